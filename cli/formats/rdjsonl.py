"""Reviewdog's diagnostic format, a diagnostic on each line: what ``reviewdog -f=rdjsonl`` reads, see `rdjson`."""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..report import Report
from .entries import entries
from .rdjson import SOURCE, diagnostic


def render(report: Report) -> Iterator[bytes]:
    """The same diagnostics as in `rdjson`, each with its source."""
    for entry in entries(report):
        yield json.dumps({**diagnostic(report, entry), "source": SOURCE}).encode() + b"\n"
