"""A line for each finding, for terminals and tools that read lines: ``bot.py:9:5: TGF501 [safe] message``."""

from __future__ import annotations

from collections.abc import Iterator

from ..report import Report
from .entries import entries


def render(report: Report) -> Iterator[bytes]:
    """All findings; the safety says what can be rewritten."""
    for entry in entries(report, in_file=False):
        finding = entry.finding
        line = f"{report.place(finding)}: {finding.code} [{entry.safety}] {finding.message}\n"
        yield line.encode("utf-8", "surrogateescape")
