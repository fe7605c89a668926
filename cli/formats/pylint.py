"""Pylint's ``parseable`` lines, which CI servers and editors read: ``bot.py:9: [TGF501(async-sleep), remind] message``."""

from __future__ import annotations

from collections.abc import Iterator

from ..report import Report
from .entries import entries


def render(report: Report) -> Iterator[bytes]:
    """All findings, with what can be done about each."""
    for entry in entries(report):
        finding = entry.finding
        kind = f"{finding.code}({finding.name}), {finding.scope}"
        line = f"{report.label(finding.path)}:{finding.line}: [{kind}] {entry.text(report.label)}\n"
        yield line.encode("utf-8", "surrogateescape")
