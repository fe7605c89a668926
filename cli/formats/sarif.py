"""SARIF 2.1.0, with the rewrites as fixes: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html.

What a comment or a decision silences is in it as suppressed; left out it would be taken for repaired.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ... import __version__
from .. import assumptions
from ..report import Report
from .entries import Entry, entries, replacements

if TYPE_CHECKING:
    from ...engine.run.plan import Proposal


def render(report: Report) -> Iterator[bytes]:
    """One run."""
    found = entries(report, suppressed=True)
    rules = sorted({(entry.finding.code, entry.finding.name) for entry in found})
    codes = [code for code, _ in rules]
    driver = {"name": "tgfix", "version": __version__, "rules": [_rule(report, *rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(report, entry, codes.index(entry.finding.code)) for entry in found],
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    yield json.dumps(document, indent=1).encode() + b"\n"


def _rule(report: Report, code: str, name: str) -> dict[str, Any]:
    title = report.title(code, name)
    return {
        "id": code,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": title},
        "help": {"text": f"`tgfix explain {code}` explains it."},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["performance"]},
    }


def _invocation(report: Report) -> dict[str, Any]:
    notes = []
    for problem in report.problems:
        place: dict[str, Any] = {"physicalLocation": {"artifactLocation": _artifact(report.label(problem.path))}}
        if problem.line is not None:
            place["physicalLocation"]["region"] = {"startLine": problem.line}
        level = "error" if problem.fatal else "note"
        notes.append({"level": level, "message": {"text": problem.message}, "locations": [place]})
    return {"executionSuccessful": not report.fatal, "toolExecutionNotifications": notes}


def _result(report: Report, entry: Entry, rule: int) -> dict[str, Any]:
    finding = entry.finding
    region = {
        "startLine": finding.line,
        "startColumn": finding.column + 1,
        "endLine": finding.end_line,
        "endColumn": finding.end_column + 1,
    }
    artifact = _artifact(report.label(finding.path))
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": "warning" if entry.proposal else "note",
        "message": {"text": entry.text(report.label)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
        "partialFingerprints": {"tgfix/v1": finding.fingerprint},
        "properties": _properties(report, entry),
    }
    if entry.proposal is not None and (changes := _changes(report, entry.proposal)):
        change = entry.proposal.change
        result["fixes"] = [{"description": {"text": f"{change.title}: {change.why}"}, "artifactChanges": changes}]
    if entry.suppressed:
        kind = "inSource" if entry.in_source else "external"
        result["suppressions"] = [{"kind": kind, "status": "accepted", "justification": entry.suppressed}]
    return result


def _properties(report: Report, entry: Entry) -> dict[str, Any]:
    if entry.proposal is None:
        return {"safety": "report"}
    change = entry.proposal.change
    return {"safety": change.safety.value, "assumes": assumptions.data(change, report.label)}


def _changes(report: Report, proposal: Proposal) -> list[dict[str, Any]]:
    changes = []
    for path, found in replacements(report, proposal).items():
        wanted = []
        for replacement in found:
            region = {"startLine": replacement.first, "startColumn": 1}
            if replacement.old.endswith(("\n", "\r")) or not replacement.old:
                region |= {"endLine": replacement.last, "endColumn": 1}
            else:  # the last line of a file, without a newline
                length = len(replacement.old.splitlines()[-1])
                region |= {"endLine": replacement.last - 1, "endColumn": length + 1}
            wanted.append({"deletedRegion": region, "insertedContent": {"text": replacement.text}})
        changes.append({"artifactLocation": _artifact(report.label(path)), "replacements": wanted})
    return changes


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path, errors="surrogateescape")}
