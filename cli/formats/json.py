"""Findings as one JSON object, version 1: keys are added but never renamed or dropped within a version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...engine.sources.discover import NOTEBOOK
from .. import assumptions, concurrency, statistics
from ..report import Report

if TYPE_CHECKING:
    from ...engine.model import Change, Finding
    from ...engine.run.plan import Proposal

VERSION = 1


def render(report: Report) -> Iterator[bytes]:
    """The whole report; lines count from 1 and columns from 0, both in characters, the end exclusive."""
    yield json.dumps(document(report), indent=1).encode() + b"\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    plan, programs, diffs = report.plan, report.programs, report.texts_alone()

    def entry(proposal: Proposal, *, applied: bool = False) -> dict[str, Any]:
        return _entry(report, proposal.finding, proposal.change, diffs[id(proposal)], applied=applied)

    entries = [(p.finding, entry(p, applied=report.is_applied(p))) for p in plan.chosen]
    entries += [(p.finding, entry(p)) for p in (*plan.hidden, *plan.undecided)]
    entries += [(finding, _entry(report, finding)) for finding in plan.left]
    entries.sort(key=lambda pair: (pair[0].path, pair[0].line, pair[0].column, pair[0].code))
    findings = [entry for _, entry in entries]
    return {
        "version": VERSION,
        "findings": findings,
        "errors": [{"path": report.label(p.path), "message": _message(p.message, p.line)} for p in report.problems],
        "summary": {
            "files": len(plan.examined),
            "changed_files": len(plan.files),
            "findings": len(findings),
            "fixable": len(plan.chosen) + len(plan.hidden) + len(plan.undecided),
            "applied": sum(finding["applied"] for finding in findings),
            "hidden_unsafe": len(plan.hidden),
            "counters": report.counters,
            **({"baseline": _baseline(report)} if report.baseline else {}),
            **({"statistics": statistics.data(report)} if report.statistics else {}),
            **({"concurrency": [concurrency.data(p, report.label) for p in programs]} if programs is not None else {}),
        },
        "refused": [entry(p) for p in plan.refused],
    }


def _entry(
    report: Report, finding: Finding, change: Change | None = None, diff: str | None = None, *, applied: bool = False
) -> dict[str, Any]:
    line, end_line, more = finding.line, finding.end_line, {}
    if finding.path.suffix == NOTEBOOK:
        cell, line, _ = report.in_notebook(finding.path, finding.line)
        end_line, more = line + finding.end_line - finding.line, {"cell": cell}
    return {
        "code": finding.code,
        "name": finding.name,
        "codes": list(finding.codes),
        "path": report.label(finding.path),
        **more,
        "line": line,
        "column": finding.column,
        "end_line": end_line,
        "end_column": finding.end_column,
        "title": change.title if change else report.title(finding.code, finding.name),
        "message": finding.message,
        "why": change.why if change else None,
        "safety": change.safety.value if change else "report",
        "assumes": assumptions.data(change, report.label) if change else [],
        "proved": assumptions.proofs(change) if change else [],
        "reason": finding.reason,
        "applied": applied,
        "fingerprint": finding.fingerprint,
        "diff": diff,
    }


def _baseline(report: Report) -> dict[str, Any]:
    """How much of the baseline is there, and what is gone; paths as it names them, relative to the project."""
    gone = [{"code": known.code, "path": known.path, "line": known.line} for known in report.gone]
    return {"known": len(report.plan.known), "gone": gone}


def _message(message: str, line: int | None) -> str:
    return message if line is None else f"line {line}: {message}"
