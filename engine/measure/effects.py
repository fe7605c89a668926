"""What a program did, in canonical form, and how two runs differ in it: update by update, then files and the rest."""

from __future__ import annotations

import difflib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from .running import Outcome
from .world.known import DRAWN, LOCAL

#: What differs between any two runs.
_VOLATILE = (
    # a bot that sends where it failed shows lines that were rewritten
    (re.compile(r"Traceback \(most recent call last\):(?:(?:\n|\\n)[ \t]+(?:(?!\\n)[^\n])*)*"), "<traceback>"),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?([.,]\d+)?(\+00:00|Z)?"), "<time>"),
    (re.compile(r"datetime\.datetime\(20[2-9]\d(?:[^()]|\([^()]*\))*\)"), "<time>"),
    (re.compile(r"datetime\.time\((?:\d+, ){3}\d+(?:[^()]|\([^()]*\))*\)"), "<clock>"),
    (re.compile(r"(?<!\d)\d{1,2}:\d\d(:\d\d([.,]\d+)?\b|(:\d\d)? ?[AaPp]\.?[Mm]\b)"), "<clock>"),
    (re.compile(r"(?<![\d-])\d\d-\d\d-\d\d(?![\d-])"), "<clock>"),
    (re.compile(r"(?<!\d)20[2-9]\d-\d\d-\d\d\b"), "<date>"),
    (re.compile(r"(?<!\d)20[2-9]\d[01]\d[0-3]\d[_-]?\d{4,6}(?!\d)"), "<time>"),
    (
        re.compile(
            r"(?<![\d.])(\d+\.\d+(?= ?(秒|(s|sec|secs|seconds|segundos|secondes|с|сек|секунд\w*)\b))"
            r"|\d+(\.\d+)?(?= ?(毫秒|(ms|milliseconds|мс)\b)))"
        ),
        "<duration>",
    ),
    (re.compile(r"(?<!\d)(\d+d )?\d+h \d+m( \d+s)?\b"), "<duration>"),
    (re.compile(r"(?<!\d)1[789]\d{8}(\d{3}|\d{6})?(\.\d+)?\b"), "<epoch>"),
    (re.compile(r"/tmp/tmp\w+"), "<temporary>"),
    *DRAWN,
    (re.compile(r'(\.py"?,? line |\.py:)\d+'), r"\1<line>"),
    (re.compile(r"boundary=\S+|--[0-9a-f]{32}(--)?"), "<boundary>"),
)
#: What is compared of a step, and how it is called.
ASPECTS = {
    "callbacks": "callbacks",
    "calls": "Telegram requests",
    "paused": "seconds of pauses",
    "asked": "what is asked of stand-ins",
    "planned": "jobs that are planned",
    "http": "HTTP requests",
    "errors": "errors",
    "logs": "log",
    "printed": "what is printed",
    "late": "not done in time",
}
#: What is compared beside updates, in any order.
_BESIDE = {
    "startup_calls": "Telegram requests at the start",
    "startup_asked": "what is asked of stand-ins at the start",
    "startup_planned": "jobs that are planned at the start",
    "startup_logs": "log at the start",
    "startup_printed": "what is printed at the start",
    "background_calls": "beside the updates",
    "background_logs": "log beside the updates",
    "background_printed": "what is printed beside the updates",
    "background_asked": "what is asked of stand-ins beside the updates",
    "background_errors": "errors beside the updates",
}
#: How a difference of what a function returns begins.
RETURNED = "what is returned by "
#: How a difference in memory begins, and what it says of a library's object and of what is not there.
KEPT, _OBJECT, _GONE = "what is kept in ", "<object>", "(nothing)"
#: Numbers of messages: beside updates they depend on the order of everything.
_MESSAGE = re.compile(r'"(reply_to_)?message_id": \d+')
_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True)
class Difference:
    """Something that the two runs did differently."""

    #: Number of the update from 1; 0 is for what belongs to none.
    step: int
    what: str
    #: What was sent, for a person.
    update: str
    #: Lines of a diff.
    lines: tuple[str, ...]

    @property
    def key(self) -> tuple[int, str]:
        """What is the same in two comparisons: names of files may hold a clock or a number that is drawn.

        What is kept is told once, whenever it begins to differ.
        """
        return 0 if self.what.startswith((KEPT, RETURNED)) else self.step, re.sub(r"\d+", "0", self.what)


def canonical(value: Any) -> str:
    """A text that is equal for effects that are."""
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=repr, ensure_ascii=False)
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return text


def differences(before: Outcome, after: Outcome) -> list[Difference]:
    """How `after` differs from `before`."""
    steps = [side.report.get("steps", []) for side in (before, after)]
    found = [*_of_steps(*steps), *_of_memory(before, after)]
    requests = [Counter(line for step in side for line in _told(step.get("http", []))) for side in steps]
    if requests[0] == requests[1]:  # what runs beside updates sends its requests during any of them
        found = [each for each in found if each.what != ASPECTS["http"]]
    is_cut = any(side.report.get("cut") for side in (before, after))
    for name, what in _BESIDE.items():
        calls = [side.report.get(name, []) for side in (before, after)]
        if is_cut:  # one of them was ended while it was stopping
            calls = [
                of[: side.report.get("closing", {}).get(name)] for of, side in zip(calls, (before, after), strict=True)
            ]
        sides = [sorted({_MESSAGE.sub("", canonical(call)) for call in side}) for side in calls]
        found += as_difference(0, what, "", *sides)
    names = [sorted({handler["name"] for handler in side.report.get("handlers", [])}) for side in (before, after)]
    found += as_difference(0, "handlers that are registered", "", *names)
    made = [sorted({canonical(name) for name in side.report.get("made", [])}) for side in (before, after)]
    found += as_difference(0, "files that it has made when the updates are done", "", *made)
    for what, old, new in ((name, before.files.get(name), after.files.get(name)) for name in _names(before, after)):
        found += as_difference(0, f"file {what}", "", *(_lines_of(data) for data in (old, new)))
    crashes = [[str((side.report.get("crash") or {}).get("kind", ""))] for side in (before, after)]
    return [*found, *as_difference(0, "how it ends", "", *crashes)]


def told_apart(
    found: Sequence[Difference], varying: Sequence[Difference], steps: Sequence[Mapping[str, Any]]
) -> list[Difference]:
    """Those of `found` that are more than a number which varies in another update of the same callbacks.

    A bot that says how long something took may say the same in two runs, and something else in the third.
    """

    def known_by(each: Difference) -> tuple[Any, ...]:
        return each.what, *(steps[each.step - 1].get("callbacks", ()) if each.step else ())

    known = {known_by(each) for each in varying if each.step}
    return [each for each in found if known_by(each) not in known or not _is_of_numbers(each)]


def _is_of_numbers(found: Difference) -> bool:
    sides = [[numberless(line[1:]) for line in found.lines[2:] if line[0] == sign] for sign in "-+"]
    return sides[0] == sides[1]


def numberless(line: str) -> str:
    """A line whose numbers are all the same, each with its unit, of which there may be one or several."""
    return re.sub(r"\d+( ?[a-zA-Z]+)?", "0", line)


@dataclass(frozen=True)
class Together:
    """What updates that ran together led to, on both sides: information, since what runs together comes in any order."""

    updates: int
    #: Updates in which two runs of the program as it is differ.
    varying: int
    differences: Sequence[Difference]


def together(before: Outcome, again: Outcome, after: Outcome) -> Together:
    """Compare runs under load; `again` is the program as it is, once more."""
    sides: list[dict[str, list[Any]]] = [
        (o.report.get("load") or {}).get("effects", {}) for o in (before, again, after)
    ]
    keys = [key for key in sides[0] if key in sides[1] and key in sides[2]]
    varying = {key for key in keys if _told(sides[0][key]) != _told(sides[1][key])}
    found: list[Difference] = []
    for number, key in enumerate(keys, 1):
        if key not in varying:
            found += as_difference(
                number,
                "under load",
                key if key.startswith("job ") else f"of user {key.split()[0]}",
                *(_told(side[key]) for side in (sides[0], sides[2])),
            )
    for name in _names(before, after):
        left = [_lines_of(side.files.get(name)) for side in (before, again, after)]
        if left[0] == left[1]:
            found += as_difference(0, "under load", f"file {name} afterwards", left[0], left[2])
    return Together(len(keys), len(varying), found)


def _names(before: Outcome, after: Outcome) -> list[str]:
    names = sorted(before.files.keys() | after.files.keys())
    return [name for name in names if not name.endswith(("-journal", "-wal", "-shm"))]


def _of_steps(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> Iterator[Difference]:
    for number, (old, new) in enumerate(zip(before, after, strict=False), 1):
        for key, what in ASPECTS.items():
            sides = [_told(side.get(key)) for side in (old, new)]
            if key != "printed" or old.get("logs") == new.get("logs"):  # a line of the log that is printed is told once
                yield from as_difference(number, what, told(old["update"]), *sides)
    if len(before) != len(after):
        yield from as_difference(0, "updates handled", "", [str(len(before))], [str(len(after))])


def _of_memory(before: Outcome, after: Outcome) -> Iterator[Difference]:
    """Where something that both keep begins to differ.

    What is kept after alone is no difference, nor a local variable that has gone: whoever reads it fails.
    """
    sides = [
        [{"update": {"run": ""}, "kept": side.report.get("startup_kept", {})}, *side.report.get("steps", [])]
        for side in (before, after)
    ]
    now: list[dict[str, str | None]] = [{}, {}]
    found: set[str] = set()
    for number, pair in enumerate(zip(*sides, strict=False)):
        for known, step in zip(now, pair, strict=True):
            known.update(step.get("kept", {}))
        for name in sorted({*pair[0].get("kept", ()), *pair[1].get("kept", ())} - found):
            old, new = (canonical(known.get(name) or _GONE) for known in now)
            has_gone = new == _GONE and (old == _OBJECT or LOCAL in name)
            if old not in (new, _GONE) and not has_gone:
                found.add(name)
                yield from as_difference(
                    number, f"{KEPT}`{name}`", told(pair[0]["update"]) if number else "", [old], [new]
                )


def _told(value: Any) -> list[str]:
    """One line for each thing that was done."""
    if not isinstance(value, list):
        return [str(value)]
    dropped = ("connection",)
    items = [{k: v for k, v in i.items() if k not in dropped} if isinstance(i, dict) else i for i in value]
    return [canonical(item) for item in items]


def as_difference(step: int, what: str, update: str, old: Sequence[str], new: Sequence[str]) -> list[Difference]:
    """The difference of two texts, where there is one."""
    if list(old) == list(new):
        return []
    lines = difflib.unified_diff(list(old), list(new), "before", "after", lineterm="", n=1)
    shown = [line for line in lines if not line.startswith("@@")]
    return [Difference(step, what, update, tuple(shown))]


def _lines_of(data: bytes | None) -> list[str]:
    if data is None:
        return ["(not there)"]
    if data.startswith(_SQLITE):
        return _dumped(data)
    try:
        return canonical(data.decode("utf-8")).splitlines()
    except UnicodeDecodeError:
        return [f"{len(data)} bytes, not text"]


def _dumped(data: bytes) -> list[str]:
    """The statements that make a database anew."""
    with closing(sqlite3.connect(":memory:")) as database:
        try:
            getattr(database, "deserialize")(data)  # noqa: B009
            lines = [canonical(line) for line in database.iterdump()]
            return sorted(lines, key=lambda line: line if line.startswith("CREATE INDEX") else "")  # made in any order
        except (AttributeError, sqlite3.Error):
            return [f"a database of {len(data)} bytes"]


def told(update: Mapping[str, Any]) -> str:
    """An update in a few words: ``/start``, ``press: page:2``, ``photo``."""
    kind, content = next((key, value) for key, value in update.items() if key != "update_id")
    if kind == "job":
        return f"job {content}"
    if kind == "run":
        return "the whole run"
    if kind == "callback_query":
        return f"press: {content.get('data', content.get('game_short_name'))}"
    if kind == "inline_query":
        return f"inline query: {content['query']}"
    where = (content.get("chat") or {}).get("type", "private")
    place = "" if where == "private" else f" in a {where}"
    text = content.get("text")
    if text is None:
        known = ("chat", "from", "date", "message_id", "caption_entities")
        text = next((key for key in content if key not in known), kind) if kind in ("message", "channel_post") else kind
    return f"{shorten(str(text), 40, placeholder=' …')}{place}" + (
        f" ({kind.replace('_', ' ')})" if kind == "edited_message" else ""
    )
