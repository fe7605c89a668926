"""The report for a person, made to be read in ten seconds: what changes and why, what needs an eye, what is left alone.

`pieces` gives the text in styled parts; `render` drops the styles, `cli.render` shows them on a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..report import Report, count

if TYPE_CHECKING:
    from ...engine.model import Finding, Problem, Proposal

#: (style, text). Styles: "" plain, "path", "code", "safe", "unsafe", "report", "why", "heading", "diff".
Piece = tuple[str, str]

#: Places that are left alone are listed up to this number, and counted by reason beyond it.
FEW = 20


def render(report: Report) -> Iterator[bytes]:
    """The report as UTF-8."""
    for _, text in pieces(report):
        yield text.encode("utf-8", "surrogateescape")


def pieces(report: Report) -> Iterator[Piece]:
    """The report in styled parts, in order."""
    if report.command == "check":
        yield from _checked(report)
    elif report.dry_run:
        yield from _dry_run(report)
    else:
        yield from _applied(report)


# apply --dry-run


def _dry_run(report: Report) -> Iterator[Piece]:
    for result in report.plan.files:
        proposals = list(report.touching(result.path))
        if not report.quiet:
            verb = "would create" if result.before is None else "would rewrite"
            yield "heading", f"{verb} {report.label(result.path)} ({count(len(proposals), 'change')})\n"
            for proposal in proposals:
                yield from _proposal(report, proposal)
        yield "diff", report.file_diff(result).text
        yield "", "\n"
    if report.plan.hidden:
        yield "heading", "Needs a person's eye (--unsafe-fixes includes these)\n"
        for proposal in report.plan.hidden:
            yield from _proposal(report, proposal)
            for part in report.diffs_alone(proposal):
                yield "diff", part.text
            yield "", "\n"
    if not report.quiet:
        yield from _left_alone(report)
        yield from _skipped(report)


def _proposal(report: Report, proposal: Proposal) -> Iterator[Piece]:
    change = proposal.change
    yield from _finding(report, proposal.finding, change.safety.value, change.title)
    yield "why", f"    {change.why}\n"


def _finding(report: Report, finding: Finding, safety: str, text: str) -> Iterator[Piece]:
    yield "path", report.place(finding)
    yield "code", f" {finding.code} {finding.name}"
    yield safety, f" [{safety}]"
    yield "", f" {text}\n"


def _left_alone(report: Report) -> Iterator[Piece]:
    left = report.plan.left
    if not left:
        return
    yield "heading", "Left alone\n"
    if report.verbose or len(left) <= FEW:
        for finding in left:
            yield "path", report.place(finding)
            yield "code", f" {finding.code}"
            yield "", f" {finding.reason}\n"
    else:
        for (code, reason), number in Counter((f.code, f.reason or "") for f in left).most_common():
            yield "", f"{number:>5} "
            yield "code", code
            yield "", f" {reason}\n"
        yield "why", "--verbose lists the places\n"
    yield "", "\n"


def _skipped(report: Report) -> Iterator[Piece]:
    skipped = [problem for problem in report.problems if problem.skipped]
    if skipped:
        yield "heading", "Skipped\n"
        for problem in skipped:
            yield "path", _where(report, problem)
            yield "", f" {problem.message}\n"
        yield "", "\n"


def _where(report: Report, problem: Problem) -> str:
    return report.label(problem.path) + ("" if problem.line is None else f":{problem.line}")


# apply


def _applied(report: Report) -> Iterator[Piece]:
    if report.quiet:
        return
    for result in report.plan.files:
        if result.path in report.written:
            verb = "created" if result.before is None else "rewrote"
            yield "", f"{verb} "
            yield "path", report.label(result.path)
            yield "", f" ({count(sum(1 for _ in report.touching(result.path)), 'change')})\n"
    if report.verbose:
        yield from _left_alone(report)
    yield from _skipped(report)


# check


def _checked(report: Report) -> Iterator[Piece]:
    for finding in report.plan.findings:
        yield from _finding(report, finding, finding.safety.value, finding.message)
        if finding.reason and not report.quiet:
            yield "why", f"    left alone: {finding.reason}\n"
    if not report.quiet:
        yield from _skipped(report)
