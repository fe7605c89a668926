"""What one run of a program showed to the outside, and how two runs differ.

`Observation` is plain data (it crosses a process boundary); `compare` turns two of them into sentences.
"""

from __future__ import annotations

import collections
import dataclasses
import difflib
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from .plain import Raised

#: Longest piece of one value, and most lines of one text difference, that a sentence of `compare` quotes.
_QUOTE, _LINES = 300, 24


@dataclass(frozen=True)
class Logged:
    """One log record that reached a handler."""

    logger: str
    level: str
    message: str
    exception: Raised | None = None


@dataclass(frozen=True)
class Call:
    """One thing that was done: a Bot API call, an MTProto request, an HTTP request, a callback run, a sleep."""

    kind: str
    data: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.kind} " + ", ".join(f"{key}={value!r}" for key, value in self.data.items())


@dataclass(frozen=True)
class Observation:
    """Everything that one run showed."""

    #: What the scenario returned, as `plain` data.
    result: Any = None
    #: What escaped the scenario; `SystemExit` shows in `exit_code` alone.
    exception: Raised | None = None
    stdout: str = ""
    #: Already normalised, see `normalise`.
    stderr: str = ""
    logged: tuple[Logged, ...] = ()
    #: Path in the scratch directory to content. A directory is `name/`; a symbolic link has ``-> target`` as content.
    files: dict[str, bytes] = field(default_factory=dict)
    #: Permission bits of the same entries.
    modes: dict[str, int] = field(default_factory=dict)
    calls: tuple[Call, ...] = ()
    #: ``Category: message`` of each distinct warning, in the order of first appearance.
    warnings: tuple[str, ...] = ()
    #: 0, 1 after an uncaught exception, 130 after KeyboardInterrupt, what `sys.exit` said, or minus the signal that
    #: killed the process.
    exit_code: int = 0
    #: The run was killed because it did not end in time (a deadlock, mostly).
    timed_out: bool = False

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The data of the calls of one kind, in order."""
        return [call.data for call in self.calls if call.kind == kind]


def compare(
    before: Observation,
    after: Observation,
    *,
    ignoring: Collection[str] = (),
    unordered: Collection[str] = (),
    rewrite: Callable[[str], str] = lambda text: text,
) -> list[str]:
    """Say in sentences how `after` differs from `before`; an empty list means that nothing observable does.

    `ignoring` leaves out a field of `Observation` (``"stderr"``), `"exception.context"` (what an exception was raised
    in the course of), all calls of a kind (``"http"``) or one key of them (``"callback.args"``). `unordered` names
    kinds whose order is free, for scenarios that are concurrent. `rewrite` is applied to printed and logged text first.
    A warning that is gone counts, unless it is a `ResourceWarning`: those are shown to nobody and losing one is the
    point of closing things. A new one always counts.
    """
    found: list[str] = []

    def differ(aspect: str, old: object, new: object) -> None:
        if aspect not in ignoring and _canonical(old) != _canonical(new):
            found.append(f"{aspect}: before {_short(old)}, after {_short(new)}")

    differ("timed_out", before.timed_out, after.timed_out)
    differ("exit_code", before.exit_code, after.exit_code)
    if "exception" not in ignoring:
        bare = "exception.context" in ignoring
        sides = [_without_context(side.exception) if bare else side.exception for side in (before, after)]
        found += _exception_difference(*sides)
    differ("result", before.result, after.result)
    for aspect in ("stdout", "stderr"):
        old_text, new_text = rewrite(getattr(before, aspect)), rewrite(getattr(after, aspect))
        if "warnings" in ignoring:  # CPython 3.13 prints those of its last moments past everything that records them
            old_text, new_text = _LATE_WARNING.sub("", old_text), _LATE_WARNING.sub("", new_text)
        if aspect not in ignoring and old_text != new_text:
            found.append(f"{aspect}: {_text_difference(old_text, new_text)}")
    if "logged" not in ignoring:
        logs = (
            [dataclasses.replace(record, message=rewrite(record.message)) for record in side.logged]
            for side in (before, after)
        )
        found += _list_difference("logged", *logs)
    if "files" not in ignoring:
        found += _file_differences(before, after, "modes" not in ignoring)
    found += _call_differences(before, after, ignoring, unordered)
    if "warnings" not in ignoring:
        found += [f"warning only after: {text}" for text in after.warnings if text not in before.warnings]
        gone = [text for text in before.warnings if text not in after.warnings]
        found += [f"warning only before: {text}" for text in gone if not text.startswith("ResourceWarning")]
    return found


_LATE_WARNING = re.compile(r"^\S+:\S+: ResourceWarning: .*\n?", re.MULTILINE)


def _canonical(value: object) -> str:
    """A text that is equal for equal data of equal types: unlike ``==`` it tells 1 from True and 1.0, and NaN equals
    itself.
    """
    return repr(value)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= _QUOTE else f"{text[:_QUOTE]}… ({len(text)} characters)"


def _exception_difference(old: Raised | None, new: Raised | None) -> list[str]:
    if _canonical(old) == _canonical(new):
        return []
    if old is None or new is None or str(old) != str(new):
        return [f"exception: before {_short(str(old))}, after {_short(str(new))}"]
    names = [item.name for item in dataclasses.fields(Raised)]
    pairs = [(name, getattr(old, name), getattr(new, name)) for name in names]
    return [
        f"exception: {name}: before {_short(left)}, after {_short(right)}"
        for name, left, right in pairs
        if _canonical(left) != _canonical(right)
    ]


def _without_context(error: Raised | None) -> Raised | None:
    return None if error is None else dataclasses.replace(error, context=None, cause=_without_context(error.cause))


def _text_difference(old: str, new: str) -> str:
    lines = list(difflib.unified_diff(old.splitlines(), new.splitlines(), "before", "after", lineterm="", n=1))
    if not lines:
        return f"before {_short(repr(old))}, after {_short(repr(new))}"  # line ends only
    more = [f"… {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return "\n" + "\n".join([line[:_QUOTE] for line in lines[:_LINES]] + more)


def _list_difference(what: str, old: Iterable[object], new: Iterable[object]) -> list[str]:
    olds, news = list(old), list(new)
    left, right = [_canonical(item) for item in olds], [_canonical(item) for item in news]
    if left == right:
        return []
    if collections.Counter(left) == collections.Counter(right):
        first = next(number for number, pair in enumerate(zip(left, right, strict=True)) if pair[0] != pair[1])
        there = f"before {_short(str(olds[first]))}, after {_short(str(news[first]))}"
        return [f"{what}: the same {len(left)} in another order, first at {first}: {there}"]
    found = [f"{what}: {len(olds)} before, {len(news)} after"] if len(olds) != len(news) else []
    wrong = [
        number
        for number in range(max(len(left), len(right)))
        if left[number : number + 1] != right[number : number + 1]
    ]
    for number in wrong[:3]:
        sides = [_short(str(side[number])) if number < len(side) else "nothing" for side in (olds, news)]
        found.append(f"{what} {number}: before {sides[0]}, after {sides[1]}")
    return found


def _file_differences(before: Observation, after: Observation, with_modes: bool) -> list[str]:
    found = []
    for name in sorted(before.files.keys() | after.files.keys()):
        if name not in after.files or name not in before.files:
            found.append(f"file {name}: only {'before' if name in before.files else 'after'}")
        elif (old := before.files[name]) != (new := after.files[name]):
            counts = f"{len(old)} bytes, {_lines(old)} lines before; {len(new)} bytes, {_lines(new)} lines after"
            found.append(f"file {name}: {counts}{_text_difference(_decode(old), _decode(new))}")
        elif with_modes and before.modes.get(name) != after.modes.get(name):
            found.append(f"file {name}: mode {before.modes.get(name, 0):o} before, {after.modes.get(name, 0):o} after")
    return found


def _lines(data: bytes) -> int:
    return data.count(b"\n")


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _call_differences(
    before: Observation, after: Observation, ignoring: Collection[str], unordered: Collection[str]
) -> list[str]:
    if "calls" in ignoring:
        return []

    def visible(call: Call) -> Call:
        return Call(call.kind, {key: value for key, value in call.data.items() if f"{call.kind}.{key}" not in ignoring})

    sides = [[visible(call) for call in side.calls if call.kind not in ignoring] for side in (before, after)]
    found = _list_difference("call", *([call for call in side if call.kind not in unordered] for side in sides))
    for kind in sorted(unordered):
        found += _list_difference(
            kind, *(sorted((call for call in side if call.kind == kind), key=repr) for side in sides)
        )
    return found
