"""Reviewdog's diagnostic format, with the rewrites as suggestions for a pull request.

https://github.com/reviewdog/reviewdog/tree/master/proto/rdf. Columns count UTF-8 bytes from 1, ends are exclusive.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ...engine.sources.discover import NOTEBOOK
from ..report import Report
from .entries import Entry, Replacement, entries, replacements

SOURCE = {"name": "tgfix"}


def render(report: Report) -> Iterator[bytes]:
    """One DiagnosticResult."""
    diagnostics = [diagnostic(report, entry) for entry in entries(report)]
    document = {"source": SOURCE, "severity": "WARNING", "diagnostics": diagnostics}
    yield json.dumps(document, indent=1).encode() + b"\n"


def diagnostic(report: Report, entry: Entry) -> dict[str, Any]:
    """A finding as a Diagnostic."""
    finding = entry.finding
    lines = _lines(report, entry)
    message = entry.text(report.label)
    suggestions: list[dict[str, Any]] = []
    if entry.proposal is not None:
        parts = replacements(report, entry.proposal)
        others = [report.label(path) for path in parts if path != finding.path]
        if others:  # a suggestion reaches one file, and half of a change would break the program
            message += f" (It also changes {', '.join(others)}, so it is no suggestion here; use `tgfix apply`.)"
        else:
            suggestions = [_suggestion(replacement, lines) for found in parts.values() for replacement in found]
    diagnostic: dict[str, Any] = {
        "message": message,
        "location": {
            "path": report.label(finding.path),
            "range": {
                "start": _position(finding.line, finding.column, lines),
                "end": _position(finding.end_line, finding.end_column, lines),
            },
        },
        "severity": "WARNING" if entry.proposal else "INFO",
        "code": {"value": finding.code},
    }
    if suggestions:
        diagnostic["suggestions"] = suggestions
    return diagnostic


def _suggestion(replacement: Replacement, lines: list[str]) -> dict[str, Any]:
    """Whole lines without the last newline, as reviewers see them; an insertion takes the line before it along."""
    first, last, text = replacement.first, replacement.last, replacement.text
    if first == last and first > 1:
        first, text = first - 1, f"{lines[first - 2]}\n{text}"
    elif first == last:
        last, text = 2, text + (lines[0] if lines else "")
    if not text and first > 1:  # the newline in front of deleted lines goes with them
        first, text = first - 1, lines[first - 2]
    old = lines[first - 1 : last - 1]
    end = len(old[-1].encode("utf-8", "replace")) + 1 if old else 1
    place = {"start": {"line": first, "column": 1}, "end": {"line": max(first, last - 1), "column": end}}
    return {"range": place, "text": text.replace("\r\n", "\n").removesuffix("\n")}


def _position(line: int, column: int, lines: list[str]) -> dict[str, int]:
    text = lines[line - 1][:column] if line <= len(lines) else ""
    return {"line": line, "column": len(text.encode("utf-8", "replace")) + 1}


def _lines(report: Report, entry: Entry) -> list[str]:
    """The lines of the file that the entry is about, without their ends."""
    from ..diffrows import lines_of

    project = entry.proposal.project if entry.proposal is not None else None
    source = project.source(entry.finding.path) if project is not None else report.source(entry.finding.path)
    if source is not None and source.path.suffix == NOTEBOOK:  # the places are those of the file
        return lines_of(source.data.decode(source.encoding))
    return lines_of(source.text) if source is not None else []
