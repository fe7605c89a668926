"""`tgfix check --statistics`: how many findings there are, by codemod, by what may be claimed, by assumption and by file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from . import assumptions
from .report import Report


def data(report: Report) -> dict[str, dict[str, int]]:
    """The counts, the largest first; a finding counts once under each of its open assumptions."""
    plan = report.plan
    proposals = (*plan.chosen, *plan.hidden, *plan.undecided)
    changes = [proposal.change for proposal in proposals]
    counted = {
        "codemod": Counter(f"{row.code} {row.name}" for finding in plan.findings for row in finding.each),
        "safety": Counter([*(change.safety.value for change in changes), *("report" for _ in plan.left)]),
        "assumption": Counter(hazard.value for change in changes for hazard in assumptions.hazards_of(change)),
        "file": Counter(report.label(finding.path) for finding in plan.findings),
    }
    return {
        kind: dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))) for kind, counts in counted.items()
    }


def pieces(report: Report) -> Iterator[tuple[str, Any]]:
    """A table for each, in styled parts."""
    for kind, counts in data(report).items():
        if counts:
            yield "heading", f"By {kind}\n"
            for name, number in counts.items():
                yield "", f"{number:>7,}  {name}\n"
            yield "", "\n"
