"""How a regular expression for finitely many strings is put together, written, weighed and read back.

An expression is a tuple of alternatives, an alternative a sequence of repetitions, and what is repeated is a set of
characters or, as a group, an expression again.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable
from typing import Any

Unit = frozenset[str] | tuple[Any, ...]
#: A unit and how often it stands at least and at most.
Repetition = tuple[Unit, int, int]
Sequence = tuple[Repetition, ...]
Alternatives = tuple[Sequence, ...]

_SPECIAL = frozenset(r".^$*+?{}[]\|()")


def plain(words: Collection[str]) -> Alternatives:
    """The words as they are."""
    return tuple(tuple((frozenset(character), 1, 1) for character in word) for word in words)


def joined(sequence: Iterable[Repetition]) -> Sequence:
    """Neighbours that repeat the same become one repetition."""
    items: list[Repetition] = []
    for unit, least, most in sequence:
        if items and items[-1][0] == unit:
            _, before, above = items.pop()
            least, most = before + least, above + most
        items.append((unit, least, most))
    return tuple(items)


def _merged(one: Sequence, other: Sequence) -> Sequence | None:
    """The one sequence that stands for exactly what the two stand for, where there is one."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    if len(left) > len(right):
        left, right = right, left
    middle: Repetition
    if not left and len(right) == 1 and right[0][1] <= 1:
        middle = (right[0][0], 0, right[0][2])
    elif len(left) == len(right) == 1:
        (unit, least, most), (unit2, least2, most2) = left[0], right[0]
        if unit == unit2 and least <= most2 + 1 and least2 <= most + 1:
            middle = (unit, min(least, least2), max(most, most2))
        elif isinstance(unit, frozenset) and isinstance(unit2, frozenset) and least == most == least2 == most2 == 1:
            middle = (unit | unit2, 1, 1)
        else:
            return None
    else:
        return None
    return joined((*one[:start], middle, *one[len(one) - end :]))


def all_merged(sequences: Iterable[Sequence]) -> Alternatives:
    """As few sequences as merging pairs of them gives, from the first to the last."""
    done: list[Sequence] = []
    for sequence in sequences:
        place = len(done)
        again = True
        while again:
            again = False
            for index, other in enumerate(done):
                merged = _merged(other, sequence)
                if merged is not None:
                    del done[index]
                    place, sequence, again = min(place, index), merged, True
                    break
        done.insert(place, sequence)
    return tuple(done)


def _class(characters: frozenset[str]) -> str:
    if len(characters) == 1:
        (character,) = characters
        return f"\\{character}" if character in _SPECIAL else character
    text = ""
    ordered = sorted(characters)
    while ordered:
        run = 1
        while run < len(ordered) and ord(ordered[run]) == ord(ordered[0]) + run:
            run += 1
        ends = [f"\\{c}" if c in r"\]^-" else c for c in (ordered[0], ordered[run - 1])]
        if run >= 3:
            text += f"{ends[0]}-{ends[1]}"
            ordered = ordered[run:]
        else:
            text += ends[0]
            ordered = ordered[1:]
    return f"[{text}]"


def _repetition(unit: Unit, least: int, most: int) -> str:
    text = _class(unit) if isinstance(unit, frozenset) else f"(?:{written(unit)})"
    if least == most and (least == 1 or (len(text) == 1 and least <= 4)):
        return text * least
    if (least, most) == (0, 1):
        return f"{text}?"
    return f"{text}{{{least}}}" if least == most else f"{text}{{{least},{most}}}"


def written(alternatives: Alternatives) -> str:
    """The text of the expression."""
    return "|".join("".join(itertools.starmap(_repetition, sequence)) for sequence in alternatives)


def cost(alternatives: Alternatives) -> int:
    """What it takes to read: its characters, and more for each group, option and class of letters that are no run."""
    return len(written(alternatives)) + _burden(alternatives)


def _burden(alternatives: Alternatives) -> int:
    burden = 0
    for sequence in alternatives:
        for unit, least, most in sequence:
            burden += 2 * (least != most)
            if isinstance(unit, tuple):
                burden += 4 + _burden(unit)
            elif len(unit) > 1 and "-" not in _class(unit) and not all(map(str.isdecimal, unit)):
                burden += 3
    return burden


def shared_end(alternatives: Alternatives) -> Alternatives:
    """The same with what all alternatives end in written once, where that is cheaper."""
    shared = 0
    while all(len(a) > shared and a[-1 - shared] == alternatives[0][-1 - shared] for a in alternatives):
        shared += 1
    if len(alternatives) == 1 or not shared:
        return alternatives
    heads = tuple(sequence[: len(sequence) - shared] for sequence in alternatives)
    sequence = (*one_sequence(optional(heads)), *alternatives[0][-shared:])
    return min((joined(sequence),), alternatives, key=lambda spelling: cost((one_sequence(spelling),)))


def one_sequence(alternatives: Alternatives) -> Sequence:
    """The same as one sequence: in a group, where there are several."""
    return alternatives[0] if len(alternatives) == 1 else ((alternatives, 1, 1),)


def optional(alternatives: Alternatives) -> Alternatives:
    """The same without an empty alternative: the rest is optional instead."""
    rest = tuple(sequence for sequence in alternatives if sequence)
    if len(rest) == len(alternatives) or not rest:
        return alternatives
    if len(rest) == 1 and len(rest[0]) == 1 and rest[0][0][1] == 1:
        unit, _, most = rest[0][0]
        return (((unit, 0, most),),)
    return (((rest, 0, 1),),)


_TOKEN = re.compile(
    r"(?P<open>\(\?:)|(?P<close>\))|(?P<bar>\|)|(?P<set>\[(?:\\.|[^\]\\])+\])|(?P<char>\\.|[^\\])", re.S
)
_COUNT = re.compile(r"\?|\{(\d+)(?:,(\d+))?\}")
_MEMBER = re.compile(r"\\?(.)(?:-\\?(.))?", re.S)


def accepted(text: str, most: int) -> set[str]:
    """Every string that an expression written here accepts.

    Raises:
        ValueError: there are more than `most`, or `text` is not written as here.
    """
    position = 0

    def alternatives() -> set[str]:
        nonlocal position
        found: set[str] = set()
        sequence = {""}
        while True:
            token = _TOKEN.match(text, position)
            if token is None or token.lastgroup in ("bar", "close"):
                found |= sequence
                if token is None or token.lastgroup == "close":
                    return found
                position, sequence = token.end(), {""}
                continue
            position = token.end()
            if token.lastgroup == "open":
                unit = alternatives()
                position += 1
            elif token.lastgroup == "set":
                unit = {
                    chr(code)
                    for first, last in _MEMBER.findall(token.group()[1:-1])
                    for code in range(ord(first), ord(last or first) + 1)
                }
            else:
                unit = {token.group()[-1]}
            count = _COUNT.match(text, position)
            least, largest = 1, 1
            if count:
                position = count.end()
                least = int(count[1] or 0)
                largest = int(count[2] or count[1] or 1)
            if len(sequence) * len(unit) ** largest > most:
                raise ValueError(f"{text!r} accepts more than {most} strings")
            sequence = {
                head + "".join(tail)
                for times in range(least, largest + 1)
                for tail in itertools.product(unit, repeat=times)
                for head in sequence
            }

    found = alternatives()
    if position != len(text):
        raise ValueError(f"{text!r} is not written as here")
    return found
