"""What a search of one file, or of the project by one codemod, came to: plain data that processes and the cache hand on."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Finding
from ..problem import Problem


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of a finding on its way into the list."""

    #: As it counts, with what its change needs and what is granted; None where it gains nothing.
    finding: Finding | None
    #: Whether a comment silences it.
    silenced: bool = False
    #: The key that it shares with equal places.
    group: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The findings of one file, or of one codemod that looks at the whole project."""

    findings: tuple[Finding, ...] = ()
    #: One for each of the findings.
    admitted: tuple[Admitted, ...] = ()
    problems: tuple[Problem, ...] = ()
    #: Whether the file had to be looked into; else a search for words was enough.
    searched: bool = True
