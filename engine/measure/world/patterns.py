"""Texts that match a regular expression, and texts that a function has in its code."""

from __future__ import annotations

import dis
import itertools
import os
import re
import sys
import time
import types
from collections.abc import Iterator
from typing import Any

from .callbacks import own
from .counting import counts

try:  # Python 3.11
    import re._constants as constants  # type: ignore[import-not-found,unused-ignore]
    import re._parser as parser  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    import sre_constants as constants  # type: ignore[no-redef,unused-ignore]
    import sre_parse as parser  # type: ignore[no-redef,unused-ignore]

#: What nobody says.
_UNSAID = re.compile(r"[{}%<>*\n]|^\s|\s$|\.\.|^$")
#: Instructions before a comparison that load what is compared.
_BESIDE = 6
#: Items of a collection that are looked at.
_ITEMS = 40
_C: Any = constants
_CATEGORY = {
    _C.CATEGORY_DIGIT: "1", _C.CATEGORY_SPACE: " ", _C.CATEGORY_WORD: "a",
    _C.CATEGORY_NOT_SPACE: "a", _C.CATEGORY_NOT_DIGIT: "a", _C.CATEGORY_NOT_WORD: " ",
}  # fmt: skip


class _Text:
    """Makes one text: `which` of alternatives, `more` times where repetition is free."""

    def __init__(self, which: int, more: int) -> None:
        self.which, self.more = which, more
        self.groups: dict[int, str] = {}

    def of(self, parsed: Any) -> str:
        return "".join(self._part(operation, value) for operation, value in parsed)

    def _part(self, operation: Any, value: Any) -> str:
        if operation is _C.LITERAL:
            return chr(value)
        if operation is _C.NOT_LITERAL:
            return "a" if value != ord("a") else "b"
        if operation is _C.ANY:
            return "x"
        if operation is _C.IN:
            return self._one_of(value)
        if operation is _C.BRANCH:
            return self.of(value[1][min(self.which, len(value[1]) - 1)])
        if operation is _C.SUBPATTERN:
            text: str = self.of(value[3])
            self.groups[value[0]] = text
            return text
        if operation in (_C.MAX_REPEAT, _C.MIN_REPEAT, getattr(_C, "POSSESSIVE_REPEAT", None)):
            return self.of(value[2]) * max(int(value[0]), min(self.more, int(value[1])))
        return str(self.groups.get(value, "")) if operation is _C.GROUPREF else ""

    def _one_of(self, items: Any) -> str:
        if items[0][0] is not _C.NEGATE:
            operation, value = items[min(self.which, len(items) - 1)]
            if operation is _C.CATEGORY:
                return _CATEGORY.get(value, "a")
            return chr(value[0] if operation is _C.RANGE else value)
        excluded = re.compile("[" + "".join(map(_written, items[1:])) + "]")
        return next(character for character in "a1 -.Zéб" if not excluded.match(character))


def _written(item: Any) -> str:
    operation, value = item
    if operation is _C.LITERAL:
        return re.escape(chr(value))
    if operation is _C.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return {_C.CATEGORY_DIGIT: r"\d", _C.CATEGORY_SPACE: r"\s", _C.CATEGORY_WORD: r"\w"}.get(value, "")


def texts_for(pattern: re.Pattern[str] | str) -> list[str]:
    """Different texts in which the pattern is found; none for one that cannot be read so simply."""
    compiled = re.compile(pattern)
    found: list[str] = []
    for which in range(6):
        for more in (1, 0, 3):
            try:
                text = _Text(which, more).of(parser.parse(compiled.pattern, compiled.flags & ~re.DEBUG))
            except Exception:  # the parser's structures are nobody's promise
                continue
            if text not in found and compiled.search(text):
                found.append(text)
    return found


def said_in(function: Any, most: int = 30) -> list[str]:
    """Short texts in the code of a callback, and of functions of the program that it names: what it may compare with."""
    found = [text for text in _all_in(function) if len(text) <= 28 and not _UNSAID.search(text)]
    return found[:most]


def compared_in(function: Any, most: int = 8) -> list[str]:
    """Those of them that stand beside a comparison: ``args[0] == "add"``; what a command is told beside its name."""
    function = own(function)
    found = dict.fromkeys(_constants(function, getattr(function, "__code__", None), set(), 0, compared=True))
    return [text for text in found if len(text) <= 28 and not _UNSAID.search(text)][:most]


def dates_in(function: Any) -> list[str]:
    """A day far off, as the same code reads dates: ``15.01.2030`` where it has ``%d.%m.%Y``."""
    formats = [text for text in _all_in(function) if re.search(r"%[dHYmy].*%[dMYmy]", text) and len(text) <= 28]
    return [time.strftime(text, (2030, 1, 15, 10, 30, 0, 1, 15, 0)) for text in formats]


def _all_in(function: Any) -> list[str]:
    function = own(function)
    return list(dict.fromkeys(_constants(function, getattr(function, "__code__", None), set(), 0)))


def _constants(function: Any, code: Any, seen: set[Any], depth: int, compared: bool = False) -> Iterator[str]:
    if code is None or code in seen or depth > 2:
        return
    seen.add(code)
    yield from _compared(code)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _constants(function, constant, seen, depth, compared)
        elif not compared:
            yield from _texts(constant)
    known, around = getattr(function, "__globals__", {}), type(getattr(function, "__self__", None))
    for name in code.co_names:
        named = known.get(name)
        if isinstance(named, types.FunctionType) and named.__module__ == getattr(function, "__module__", None):
            yield from _constants(named, named.__code__, seen, depth + 1, compared)
        elif isinstance(method := vars(around).get(name), types.FunctionType):
            yield from _constants(method.__get__(function.__self__), method.__code__, seen, depth + 1, compared)
        elif compared:
            continue
        elif isinstance(named, (type, types.ModuleType)) and counts.is_own(_file(named)):
            yield from (text for inner in code.co_names for text in _texts(vars(named).get(inner)))
        elif not name.startswith("__"):
            yield from _texts(named)


def _compared(code: types.CodeType) -> Iterator[str]:
    """What stands beside a comparison: ``text in ("yes", "no")``, ``"tea" in message.text``."""
    instructions = list(dis.get_instructions(code))
    for at, instruction in enumerate(instructions):
        if instruction.opname in ("COMPARE_OP", "CONTAINS_OP"):
            for each in instructions[max(at - _BESIDE, 0) : at]:
                yield from _texts(each.argval) if each.opname == "LOAD_CONST" else ()


def _texts(value: Any) -> Iterator[str]:
    """A text, or those in a collection."""
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, (tuple, frozenset, set, list, dict)):
        yield from (str(item) for item in itertools.islice(value, _ITEMS) if isinstance(item, str))


def _file(named: Any) -> str:
    module = named if isinstance(named, types.ModuleType) else sys.modules.get(named.__module__)
    return os.path.abspath(getattr(module, "__file__", None) or os.devnull)
