"""What a finding costs as often as its place is reached, in words and as a number that orders findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..engine.model import Finding
    from .report import Report


def of(report: Report, finding: Finding) -> tuple[str, float]:
    """What the finding says that it costs, or its codemod: in words, and in milliseconds."""
    from ..engine.model import Cost

    cost = finding.cost or report.costs.get(finding.code, Cost.UNKNOWN)
    if cost is Cost.NONE:
        return "not about speed", 0.0
    words, or_longer, _ = cost.phrase.partition(",")
    return "" if cost is Cost.UNKNOWN else words + " or more" * bool(or_longer), cost.milliseconds
