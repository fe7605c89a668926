"""The report for a person, made to be read in ten seconds: what changes and why, what needs an eye, what is left alone.

`pieces` gives the text in styled parts; `render` drops the styles, `cli.render` shows them on a terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ...engine.model import Hazard
from .. import assumptions, concurrency, statistics
from ..report import Report, count
from .entries import entries
from .findings import ALIKE, Piece, alike, by_file, head, places, together, unchanged, wrapped

if TYPE_CHECKING:
    from ...engine.problem import Problem
    from ...engine.rewriting.compose import FileResult
    from ...engine.run.plan import Proposal

#: Places that are left alone, or need a person's eye, are listed up to this number, and counted beyond it.
FEW = 20
#: Of files with many of them so many are named.
MOST = 3
#: Where a dry run says what it leaves alone, so many files and lines are named for each reason.
FEW_FILES = 5


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
    for result in sorted(report.plan.files, key=lambda result: result.before is None):  # support code comes last
        if not report.quiet:
            yield from _changes_of(report, result)
        yield "diff", report.file_diff(result).text
        yield "", "\n"
    yield from _hidden(report)
    if not report.quiet:
        yield from _listed(report, "Undecided (the decisions say nothing about these)", report.plan.undecided)
        if report.verbose:
            yield from _listed(report, "Refused earlier (`tgfix decisions forget` asks again)", report.plan.refused)
        yield from _left_alone(report)
        yield from _skipped(report)


def _hidden(report: Report) -> Iterator[Piece]:
    """The changes that need a person's eye, by what they assume; their diffs only where they are asked for.

    Many are counted by codemod: whoever asked for safe changes looks at them when those are done.
    """
    hidden = report.plan.hidden
    if not hidden:
        return
    more = "" if report.verbose else "; --verbose shows their diffs"
    yield "heading", f"Needs a person's eye (--unsafe-fixes includes these, --assume NAME grants an assumption{more})\n"
    if len(hidden) > FEW and not report.verbose:
        yield from _counted(report, hidden)
        yield "", "\n"
        return
    shown: set[bytes] = set()
    for hazards, proposals in assumptions.grouped(hidden):
        yield "heading", f"{assumptions.heading(hazards, len(proposals))}\n"
        if not report.verbose:
            yield from _proposals(report, proposals)
        for proposal in proposals if report.verbose else ():
            yield from _proposals(report, [proposal])
            for part in report.diffs_alone(proposal):
                if part.diff.startswith(b"--- /dev/null") and part.diff in shown:
                    yield "why", f"    ({report.label(part.path)} as above)\n"
                else:
                    yield "diff", part.text
                shown.add(part.diff)
        yield "", "\n"


def _counted(report: Report, proposals: Sequence[Proposal]) -> Iterator[Piece]:
    """What there is of each codemod, where most of it stands, and how to see it."""
    by_codemod: dict[tuple[str, str], list[Proposal]] = {}
    for proposal in proposals:
        by_codemod.setdefault((proposal.finding.code, proposal.finding.name), []).append(proposal)
    for (code, name), found in sorted(by_codemod.items(), key=lambda item: (-len(item[1]), item[0])):
        files = Counter(proposal.finding.path for proposal in found)
        worst = ", ".join(f"{report.label(path)} {number:,}" for path, number in files.most_common(MOST))
        beside = len(files) - MOST
        titles = {proposal.change.title for proposal in found}
        title = titles.pop() if len(titles) == 1 else report.title(code, name)
        hazards = [h for h in Hazard if any(h in assumptions.hazards_of(proposal.change) for proposal in found)]
        yield "code", f"{code} {name}"
        yield "unsafe", " [unsafe]"
        yield "", f" {title}: {count(len(found), 'change')} in {count(len(files), 'file')}\n"
        yield "why", f"    {worst}{f' and {beside:,} more' if beside > 0 else ''}\n"
        yield "why", f"    assumed: {assumptions.listed(hazards)}\n"
        codes = ",".join(sorted({each for proposal in found for each in proposal.finding.codes}))
        yield "why", f"    `tgfix apply --dry-run --unsafe-fixes --select {codes}` shows them\n"


def _listed(report: Report, heading: str, proposals: Sequence[Proposal]) -> Iterator[Piece]:
    if proposals:
        yield "heading", f"{heading}\n"
        for proposal in proposals:
            yield from head(report, proposal.finding, proposal.change.safety.value, proposal.change.title)
        yield "", "\n"


def _changes_of(report: Report, result: FileResult) -> Iterator[Piece]:
    """The heading of a file's diff: the changes found in it, and where those were found that reach it from other files."""
    proposals = list(report.touching(result.path))
    number = count(len(proposals), "change")
    if result.before is None:
        yield "heading", f"would create {report.label(result.path)} (support code for {number})\n"
        return
    yield "heading", f"would rewrite {report.label(result.path)} ({number})\n"
    yield from _proposals(report, [p for p in proposals if p.finding.path == result.path])
    for proposal in proposals:
        if proposal.finding.path != result.path:
            yield "why", f"    with {report.place(proposal.finding)} {' and '.join(proposal.finding.codes)}\n"


def _proposals(report: Report, proposals: Iterable[Proposal]) -> Iterator[Piece]:
    """A line for each change, or one for those that are alike in one file; what all of a kind assume is said once, behind them."""
    same: dict[tuple[str, str], dict[str, list[Proposal]]] = {}
    for proposal in proposals:
        kind = same.setdefault((proposal.finding.code, proposal.change.title), {})
        kind.setdefault(proposal.change.why, []).append(proposal)
    for (_, title), kinds in same.items():
        yield from _kind(report, title, kinds)


def _kind(report: Report, title: str, kinds: Mapping[str, Sequence[Proposal]]) -> Iterator[Piece]:
    for why, group in kinds.items():
        for found in by_file(proposal.finding for proposal in group):
            safety = next(p.change.safety.value for p in group if p.finding is found[0])
            if len(found) <= ALIKE:
                for finding in found:
                    yield from head(report, finding, safety, title)
            else:
                yield from head(report, found[0], safety, f"{title}: {places(found)}")
        yield from wrapped(why)
    every = [(proposal.change, proposal.finding) for group in kinds.values() for proposal in group]
    for said in assumptions.of_several(every, report.label):
        yield from wrapped(said)


def _left_alone(report: Report) -> Iterator[Piece]:
    if not report.plan.left:
        return
    yield "heading", "Left alone\n"
    left = [finding for finding in report.plan.left if report.verbose or finding.code not in report.by_hand]
    if by_hand := len(report.plan.left) - len(left):
        yield (
            "",
            f"{count(by_hand, 'place')} to mend by hand: `tgfix check --all --select {','.join(sorted(report.by_hand))}`\n",
        )
    yield from unchanged(report, left, FEW_FILES)
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
    if report.statistics:
        yield from statistics.pieces(report)
        return
    found = entries(report, in_file=False)
    changes = [entry for entry in found if entry.proposal is not None]
    for group in alike(report, changes):
        yield from together(report, group)
    if report.list_all or report.verbose:
        yield from unchanged(report, [entry.finding for entry in found if entry.proposal is None], len(found))
    if not report.quiet:
        yield from _concurrency(report)
        yield from _skipped(report)


def _concurrency(report: Report) -> Iterator[Piece]:
    for program in report.programs or ():
        yield "heading", "What runs together\n"
        for line in concurrency.lines(program, report.label):
            yield "", f"{line}\n"
        yield "", "\n"
