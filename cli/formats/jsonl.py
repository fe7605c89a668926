"""The content of `--format json`, an object on each line: ``type`` is finding, refused, error, or (the last one) summary."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ..report import Report
from .json import VERSION, document


def render(report: Report) -> Iterator[bytes]:
    """Findings, what was refused, errors, and the summary with the version."""
    whole = document(report)
    for kind, items in (("finding", "findings"), ("refused", "refused"), ("error", "errors")):
        for item in whole[items]:
            yield _line({"type": kind, **item})
    yield _line({"type": "summary", "version": VERSION, **whole["summary"]})


def _line(item: dict[str, Any]) -> bytes:
    return json.dumps(item).encode() + b"\n"
