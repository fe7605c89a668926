"""What changes assume, in the words that every output uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .report import count

if TYPE_CHECKING:
    from ..engine.model import Assumption, Change, Finding, Hazard
    from ..engine.run.plan import Proposal

Label = Callable[[Path], str]


def lines(change: Change, label: Label, at: Finding | None = None) -> list[str]:
    """A sentence for each assumption: the open ones first, then what was granted.

    `at`: the finding under which they are shown, whose own place is not said again.
    """
    still_open = [f"assumes `{a.hazard.value}`: {_sentence(a, label, at)}" for a in change.open]
    granted = [f"granted `{a.hazard.value}`: {_sentence(a, label, at)}" for a in change.assumes if a not in change.open]
    return still_open + granted


def paragraph(change: Change, label: Label) -> str:
    """The same as prose, such as ``Assumes `ordering`: … .``."""
    return " ".join(f"{line[:1].upper()}{line[1:]}." for line in lines(change, label))


def _sentence(assumption: Assumption, label: Label, at: Finding | None) -> str:
    sentence, path, line = assumption.sentence, assumption.path, assumption.line
    if path is None:
        return sentence
    if at is not None and path == at.path:
        said = line is None or line == at.line or re.search(rf"\bline {line}\b", sentence)
        return sentence if said else f"{sentence} (line {line})"
    return f"{sentence} ({label(path)}{'' if line is None else f':{line}'})"


def data(change: Change, label: Label) -> list[dict[str, Any]]:
    """What a change assumes, as plain data for the formats for machines."""
    return [
        {
            "name": assumption.hazard.value,
            "sentence": assumption.sentence,
            "path": None if assumption.path is None else label(assumption.path),
            "line": assumption.line,
            "granted": assumption.hazard in change.granted,
        }
        for assumption in change.assumes
    ]


def proofs(change: Change) -> list[dict[str, str]]:
    """What was proved of a change, as plain data."""
    from ..engine.model import Proof

    return [{"name": v.hazard.value, "because": v.because} for v in change.verdicts if isinstance(v, Proof)]


def to_check(changes: Iterable[Change]) -> list[str]:
    """What has to be there where the bot runs, each once: what a person does after such changes are made."""
    from ..engine.model import Hazard

    assumed = (a for change in changes for a in change.assumes if a.hazard is Hazard.ENVIRONMENT)
    return list(dict.fromkeys(f"check that {assumption.sentence}" for assumption in assumed))


def hazards_of(change: Change) -> tuple[Hazard, ...]:
    """The hazards of a change that are open, in the order of the set."""
    from ..engine.model import Hazard

    still_open = {assumption.hazard for assumption in change.open}
    return tuple(hazard for hazard in Hazard if hazard in still_open)


def grouped(proposals: Iterable[Proposal]) -> list[tuple[tuple[Hazard, ...], list[Proposal]]]:
    """Changes by what they assume: the largest group first, fewer assumptions before more."""
    groups: dict[tuple[Hazard, ...], list[Proposal]] = {}
    for proposal in proposals:
        groups.setdefault(hazards_of(proposal.change), []).append(proposal)
    return sorted(groups.items(), key=lambda group: (-len(group[1]), len(group[0]), [h.value for h in group[0]]))


def heading(hazards: Sequence[Hazard], number: int) -> str:
    """``12 changes assume `interleaving` and `ordering```."""
    return f"{count(number, 'change')} {'assumes' if number == 1 else 'assume'} {listed(hazards)}"


def listed(hazards: Sequence[Hazard]) -> str:
    """```interleaving` and `ordering```."""
    names = [f"`{hazard.value}`" for hazard in hazards]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)
