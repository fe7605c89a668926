"""From a finite set of names to the short regular expression that a careful person would write for it.

The names become a minimal acyclic automaton (equal ends are shared). It is cut where all its paths meet, each part is
written as alternatives of character classes with counts, and the cheapest spelling wins. What is written is read back
and compared with the names, so that an expression that accepts anything else never leaves this module.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import re
from collections.abc import Iterable
from collections.abc import Sequence as Row

from .regex_text import (
    Alternatives,
    Sequence,
    accepted,
    all_merged,
    cost,
    joined,
    one_sequence,
    optional,
    plain,
    shared_end,
    written,
)

#: More names than this are not examined.
MOST_NAMES = 100_000
#: An expression longer than this is not readable in a diff.
LONGEST = 120
#: Names, or parts of them, that take more than this have no expression near `LONGEST`: the search ends.
_MOST_STATES = 1000
_MOST_ALTERNATIVES = 40
_MOST_CHARACTERS = 2000
_NO_PATTERN = "these names follow no pattern that a short regular expression could express"

_COMMAND = re.compile(r"[a-z0-9_]{1,32}", re.ASCII)


class NotExpressible(ValueError):
    """There is no regular expression for these names that a person would want to read; the message says why."""


def is_command(name: str) -> bool:
    """Whether `name`, in any case, is a name that Telegram allows for a command: 1-32 of a-z, 0-9 and the underscore.

    python-telegram-bot also accepts other decimal digits and a final newline, which no user can send.
    """
    return _COMMAND.fullmatch(name.lower()) is not None


def expression(names: Iterable[str], longest: int = LONGEST) -> str:
    """A regular expression whose `fullmatch` accepts `names` and nothing else.

    It has no anchors and no outer group: put it into ``(?:…)`` before adding to it. `re.ASCII` makes a difference only
    beside `re.IGNORECASE`, which needs it.

    Raises:
        NotExpressible: there are no names, too many, or no spelling that was tried has at most `longest` characters.
    """
    words = sorted(set(names))
    if not words:
        raise NotExpressible("there are no names")
    if len(words) > MOST_NAMES:
        raise NotExpressible(f"there are more than {MOST_NAMES:,} names")
    if not all(word.isprintable() for word in words):
        raise NotExpressible("a name holds characters that cannot be printed")
    automaton = _Automaton()
    spellings = [automaton.alternatives(automaton.build(words))]
    if len(words[0]) > 1 and sum(map(len, words)) <= longest:
        spellings.insert(0, plain(words))
    text = written(min(spellings, key=cost))
    if len(text) > longest:
        raise NotExpressible(f"the regular expression for these names has {len(text)} characters")
    if accepted(text, 10 * len(words)) != set(words):
        raise AssertionError(f"{text!r} does not stand for the names it was made from")
    return text


_LEAF = 0  # the state that accepts and leads nowhere
_END = -1  # where every accepting state leads, to find where all paths meet
_Edges = tuple[tuple[str, int], ...]


class _Automaton:
    """Minimal acyclic automata that share their states. A state's number is above those that it leads to."""

    def __init__(self) -> None:
        self.states: list[tuple[bool, _Edges]] = [(True, ())]
        self.numbers: dict[tuple[bool, _Edges], int] = {(True, ()): _LEAF}
        self.meeting: dict[int, int] = {_LEAF: _END}
        self.known: dict[int, Alternatives] = {_LEAF: ((),)}
        self.lengths: dict[int, frozenset[int]] = {_LEAF: frozenset({0})}
        self.flat: dict[tuple[int, int], tuple[Sequence, ...]] = {}

    def state(self, accepts: bool, edges: Iterable[tuple[str, int]]) -> int:
        key = (accepts, tuple(edges))
        number = self.numbers.setdefault(key, len(self.states))
        if number == len(self.states):
            self.states.append(key)
            if number > _MOST_STATES:
                raise NotExpressible(_NO_PATTERN)
            ends = {target for _, target in key[1]} | ({_END} if accepts else set())
            self.meeting[number] = functools.reduce(self._common, ends)
        return number

    def _common(self, one: int, other: int) -> int:
        while one != other:
            if one > other:
                one = self.meeting[one]
            else:
                other = self.meeting[other]
        return one

    def build(self, words: Row[str], low: int = 0, high: int | None = None, depth: int = 0) -> int:
        """The state that accepts ``words[low:high]`` (sorted, no doubles) from their character `depth` on."""
        high = len(words) if high is None else high
        shared = _common_prefix(words[low], words[high - 1])
        accepts = len(words[low]) == len(shared)
        edges = []
        position = low + accepts
        while position < high:
            character = words[position][len(shared)]
            after = bisect.bisect_left(words, shared + chr(ord(character) + 1), position, high)
            edges.append((character, self.build(words, position, after, len(shared) + 1)))
            position = after
        number = self.state(accepts, edges)
        for character in reversed(shared[depth:]):
            number = self.state(False, [(character, number)])
        return number

    def classes(self, state: int) -> list[tuple[frozenset[str], int]]:
        """The edges of a state, those to the same target as one."""
        grouped: dict[int, set[str]] = {}
        for character, target in self.states[state][1]:
            grouped.setdefault(target, set()).add(character)
        return [(frozenset(characters), target) for target, characters in grouped.items()]

    def cut(self, state: int, at: int) -> int:
        """The automaton of what lies between `state` and the state `at`."""
        made = {at: _LEAF}

        def visit(number: int) -> int:
            if number not in made:
                accepts, edges = self.states[number]
                made[number] = self.state(accepts, [(character, visit(target)) for character, target in edges])
            return made[number]

        return visit(state)

    def word_lengths(self, state: int) -> frozenset[int]:
        """The lengths of the words that `state` accepts."""
        if state not in self.lengths:
            accepts, edges = self.states[state]
            after = {1 + length for _, target in edges for length in self.word_lengths(target)}
            self.lengths[state] = frozenset(after | {0} if accepts else after)
        return self.lengths[state]

    def of_length(self, state: int, length: int) -> tuple[Sequence, ...]:
        """The words of one length as few sequences of classes, at most one more than `_MOST_ALTERNATIVES`."""
        if length not in self.word_lengths(state):
            return ()
        if length == 0:
            return ((),)
        if (state, length) not in self.flat:
            grouped: dict[tuple[Sequence, ...], set[str]] = {}
            for characters, target in self.classes(state):
                rest = self.of_length(target, length - 1)
                if rest:
                    grouped.setdefault(rest, set()).update(characters)
            found = [joined(((frozenset(g), 1, 1), *tail)) for rest, g in grouped.items() for tail in rest]
            self.flat[state, length] = tuple(found[: _MOST_ALTERNATIVES + 1])
        return self.flat[state, length]

    def alternatives(self, state: int) -> Alternatives:
        """The cheapest spelling found of what `state` accepts."""
        if state in self.known:
            return self.known[state]
        sequence: Sequence = ()
        position = state
        while position not in (_END, _LEAF):
            meeting = self.meeting[position]
            classes = self.classes(position)
            if len(classes) == 1 and not self.states[position][0]:
                sequence += ((classes[0][0], 1, 1),)
                position = classes[0][1]
                continue
            part = self._branching(position if meeting == _END else self.cut(position, meeting))
            if meeting in (_END, _LEAF) and not sequence:
                self.known[state] = part
                return part
            sequence += one_sequence(part)
            position = meeting
        self.known[state] = (joined(sequence),)
        return self.known[state]

    def _branching(self, state: int) -> Alternatives:
        """The cheapest spelling where the paths divide at once and meet only at the end."""
        spellings = [self._tree(state)]
        flat = [sequence for length in sorted(self.word_lengths(state)) for sequence in self.of_length(state, length)]
        if len(flat) <= _MOST_ALTERNATIVES:
            spellings += [all_merged(flat), tuple(reversed(all_merged(reversed(flat))))]
        best = min((shared_end(optional(spelling)) for spelling in spellings), key=cost)
        if cost(best) > _MOST_CHARACTERS:
            raise NotExpressible(_NO_PATTERN)
        return best

    def _tree(self, state: int) -> Alternatives:
        branches: list[Sequence] = [()] if self.states[state][0] else []
        for characters, target in self.classes(state):
            branches.append(joined(((characters, 1, 1), *one_sequence(self.alternatives(target)))))
        return tuple(branches)


def _common_prefix(one: str, other: str) -> str:
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(character for character, _ in pairs)
