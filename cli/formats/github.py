"""Annotations of GitHub Actions: one workflow command for each finding.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from ..report import Report
from .entries import Entry, entries


def render(report: Report) -> Iterator[bytes]:
    """A warning for what can be rewritten, a notice for what is left alone."""
    for entry in entries(report):
        yield f"{_command(report, entry)}\n".encode("utf-8", "replace")


def _command(report: Report, entry: Entry) -> str:
    finding = entry.finding
    properties = {"file": report.label(finding.path), "line": finding.line, "endLine": finding.end_line}
    if finding.line == finding.end_line:  # columns are ignored on several lines, and may then be out of order
        properties |= {"col": finding.column + 1, "endColumn": max(finding.end_column, finding.column + 1)}
    properties["title"] = finding.kind
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{'warning' if entry.proposal else 'notice'} {given}::{_data(entry.text(report.label))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
