"""What a finding costs as often as its place is reached, in words and as a number that orders findings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..engine.model import Finding
    from .report import Report

_DURATION = re.compile(r"(\d[\d,]*(?:\.\d+)?)(?: to \d+)? ?(µs|ms|seconds?|s|minutes?|hours?)\b")
_MILLISECONDS = {"µs": 0.001, "ms": 1.0, "s": 1000.0, "second": 1000.0, "minute": 60_000.0, "hour": 3_600_000.0}


def of(report: Report, finding: Finding) -> tuple[str, float]:
    """The first time that the first sentence of `why` names, else what its codemod says: in words, and in milliseconds."""
    from ..engine.model import Cost

    cost = finding.cost or report.costs.get(finding.code, Cost.UNKNOWN)
    if cost is Cost.NONE:
        return "not about speed", 0.0
    first = finding.change.why.partition(". ")[0] if finding.change else ""
    if (found := _DURATION.search(first)) is not None:
        unit = found[2] if found[2] in _MILLISECONDS else found[2].removesuffix("s")
        return found[0], float(found[1].replace(",", "")) * _MILLISECONDS[unit]
    words, or_longer, _ = cost.phrase.partition(",")
    return "" if cost is Cost.UNKNOWN else words + " or more" * bool(or_longer), cost.milliseconds
