"""The last words of a run: one sentence, and the counts by codemod."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..engine.model import Cost
from ..engine.run.plan import Proposal
from .report import Report, count


def sentence(report: Report) -> str:
    """What was done or would be, what was not, and what to do next."""
    plan = report.plan
    parts = []
    if report.command == "check":
        safe = [p for p in plan.chosen if p.change.safety.value == "safe"]
        parts.append(count(len(plan.findings), "finding"))
        if safe:
            parts.append(
                f"`tgfix apply` fixes {len(safe):,}" + (f" ({none})" if (none := _not_for_speed(safe)) else "")
            )
        if plan.hidden:
            parts.append(f"{len(plan.hidden):,} with --unsafe-fixes")
        if plan.left:
            see = "" if report.list_all else " (--all lists them)"
            parts.append(f"{len(plan.left):,} left alone{see}")
    else:
        done = [p for p in plan.chosen if report.dry_run or report.is_applied(p)]
        files = [f for f in plan.files if report.dry_run or f.path in report.written]
        created = sum(result.before is None for result in files)
        changes = ", ".join(filter(None, (count(len(done), "change"), _not_for_speed(done))))
        verb = "would be rewritten" if report.dry_run else "rewritten"
        new = f" and {created:,} created" if created else ""
        parts.append(
            f"{count(len(files) - created, 'file')} {verb}{new} ({changes})" if files else "nothing to rewrite"
        )
        if plan.hidden:
            more = f"{count(len(plan.hidden), 'more change') if files else count(len(plan.hidden), 'change')}"
            verb = "needs" if len(plan.hidden) == 1 else "need"
            see = "" if report.dry_run else "see --dry-run, "
            parts.append(f"{more} {verb} a person's eye ({see}--unsafe-fixes)")
        if plan.left:
            parts.append(f"{count(len(plan.left), 'place')} left alone")
    skipped = {problem.path for problem in report.problems if problem.skipped}
    if skipped:
        parts.append(f"{count(len(skipped), 'file')} skipped")
    if plan.undecided:
        parts.append(f"{count(len(plan.undecided), 'change')} undecided")
    if plan.refused:
        parts.append(f"{len(plan.refused):,} refused earlier")
    if report.baseline:
        parts.append(f"{len(plan.known):,} known from the baseline")
        if report.gone:
            parts.append(f"{len(report.gone):,} of it gone (`tgfix baseline` writes it anew)")
    if plan.suppressed:
        parts.append(f"{plan.suppressed:,} suppressed")
    examined = f"{count(len(plan.examined), 'file')} examined" if plan.examined else "no Python files found"
    return f"{', '.join(parts)}; {examined}"


def _not_for_speed(planned: Iterable[Proposal]) -> str:
    """How many of some changes make nothing faster, in words; "" for none."""
    none = sum(p.finding.cost is Cost.NONE for p in planned)
    return f"{none:,} of them not for speed" if none else ""


def work(report: Report) -> str:
    """How much work the run was, as a sentence."""
    counts = report.counters
    texts = ("parsed_by_ast", "walked", "parsed_by_libcst", "parsed_by_fissix", "proofs")
    return (
        f"{count(counts['files'], 'file')}: {counts['from_cache']:,} from the cache, {counts['screened_out']:,} screened out; "
        + ", ".join(f"{counts[name]:,} {name.replace('_', ' ')}" for name in texts)
    )


@dataclass
class Row:
    """The counts of one codemod."""

    code: str
    name: str
    changes: int = 0
    hidden: int = 0
    left: int = 0

    def __post_init__(self) -> None:
        self.files: set[Path] = set()


def rows(report: Report) -> list[Row]:
    """Counts by codemod, for those that found something."""
    plan = report.plan
    table: dict[str, Row] = {}
    for finding, column in (
        *((p.finding, "changes") for p in plan.chosen),
        *((p.finding, "hidden") for p in plan.hidden),
        *((f, "left") for f in plan.left),
    ):
        row = table.setdefault(finding.code, Row(finding.code, finding.name))
        setattr(row, column, getattr(row, column) + 1)
        row.files.add(finding.path)
    return [table[code] for code in sorted(table)]
