"""What changes assume, in the words that every output uses."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.sources.discover import NOTEBOOK
from .report import count

if TYPE_CHECKING:
    from ..engine.model import Assumption, Change, Finding, Hazard
    from ..engine.run.plan import Proposal

_LINE = re.compile(r" \(line \d+\)")

#: What so many changes assume is no usual assumption.
_FEW = 2
#: What stands on most changes, by its name, and its rank among those.
_ON_MOST = {name: rank for rank, name in enumerate("interleaving interruption resources ordering".split(), 1)}

Label = Callable[[Path], str]


def lines(change: Change, label: Label, at: Finding | None = None) -> list[str]:
    """A sentence for each assumption: the open ones first, then what was granted.

    `at`: the finding under which they are shown, whose own place is not said again.
    """
    return [f"{_verb(change, a)} `{a.hazard.value}`: {_sentence(a, label, at)}" for a in _in_order(change)]


def of_several(found: Sequence[tuple[Change, Finding]], label: Label) -> list[str]:
    """The same for changes that are alike: each sentence once, what few of them assume first."""
    alike: dict[tuple[str, Hazard, str], list[tuple[Assumption, Finding]]] = {}
    for change, finding in found:
        for a in _in_order(change):
            alike.setdefault((_verb(change, a), a.hazard, _LINE.sub("", a.sentence)), []).append((a, finding))
    said = []
    for (verb, hazard, sentence), group in sorted(alike.items(), key=lambda item: len(item[1])):
        (first, at), places = group[0], {(a.path, a.line) for a, _ in group}
        if len(group) == 1 or (len(places) == 1 and (first.path, first.line) != (at.path, at.line)):
            sentence = _sentence(first, label, at)
        some = f" ({len(group)} of {len(found)}: {lines_of(f for _, f in group)})" if len(group) < len(found) else ""
        said.append(f"{verb} `{hazard.value}`: {sentence}{some}")
    return said


class Usual:
    """What most changes of a codemod assume, by whatever place: said once for all of them, and then by its name alone."""

    def __init__(self, changes: Iterable[tuple[str, Change]]) -> None:
        from ..engine.model import Hazard

        of_any = (Hazard.ORDERING, Hazard.RESOURCES, Hazard.INTERRUPTION)  # which ask the same of any place
        numbers, found = Counter[str](), Counter[tuple[str, str, str]]()
        for code, change in changes:
            numbers[code] += 1
            found.update({(code, *_kind(a)) for a in change.open if a.hazard in of_any})
        self._usual = {key for key, number in found.items() if number > _FEW and 2 * number >= numbers[key[0]]}

    def said(self, code: str) -> list[str]:
        """What most changes of a codemod assume."""
        return [f"`{name}`: {sentence}" for usual, name, sentence in sorted(self._usual) if usual == code]

    def lines(self, code: str, change: Change, label: Label) -> list[str]:
        """A sentence for each assumption that is not usual, and the names of the usual ones."""
        usual = [a for a in change.open if (code, *_kind(a)) in self._usual]
        special = [line for a, line in zip(_in_order(change), lines(change, label), strict=True) if a not in usual]
        return special + ([f"as most changes of {code}: {listed([a.hazard for a in usual])}"] if usual else [])


def _kind(assumption: Assumption) -> tuple[str, str]:
    return assumption.hazard.value, re.sub(r"`[^`]+`", "`…`", _LINE.sub("", assumption.sentence))


def lines_of(findings: Iterable[Finding], most: int = 5) -> str:
    """``lines 3, 9 and 12``, of so many at the most."""
    numbers = [str(number) for number in dict.fromkeys(finding.line for finding in findings)]
    if len(numbers) > most:
        return f"lines {', '.join(numbers[:most])} and {len(numbers) - most:,} more"
    return f"lines {', '.join(numbers[:-1])} and {numbers[-1]}" if len(numbers) > 1 else f"line {numbers[0]}"


def _in_order(change: Change) -> list[Assumption]:
    """What a change assumes: the open ones first, and among them what stands on few changes before what stands on most."""
    return sorted(change.assumes, key=lambda a: (a.hazard in change.granted, _ON_MOST.get(a.hazard.value, 0)))


def _verb(change: Change, assumption: Assumption) -> str:
    return "granted" if assumption.hazard in change.granted else "assumes"


def paragraph(change: Change, label: Label) -> str:
    """The same as prose, such as ``Assumes `ordering`: … .``."""
    return " ".join(f"{line[:1].upper()}{line[1:]}." for line in lines(change, label))


def _sentence(assumption: Assumption, label: Label, at: Finding | None) -> str:
    sentence, path, line = assumption.sentence, assumption.path, assumption.line
    if path is None:
        return sentence
    if line is not None and path.suffix == NOTEBOOK:
        return sentence  # which names the cell
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
