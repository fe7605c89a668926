"""The checks that every rewritten file passes before it is shown or written.

A failing check withholds the change and keeps the file as it was; it is an error of tgfix, and is reported as one.
"""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..model import FileChange

if TYPE_CHECKING:
    from ..analysis.module import Module


def faults(before: Module, after: Module, parts: Iterable[FileChange]) -> list[str]:
    """What is wrong with `after`, which is `before` with `parts` applied; empty when all is well.

    That `after` parses is known, since it is a module.
    """
    found = []
    lost = Counter(text for _, text in before.comments) - Counter(text for _, text in after.comments)
    if lost:
        found.append(f"the comment {next(iter(lost))!r} would be lost")
    names = sorted(after.undefined - before.undefined)
    if names and "*" not in after.names.root.bindings:
        found.append(f"the name {names[0]} would be undefined")
    if message := _does_not_compile(before, after):
        found.append(f"the result would not be a program: {message}")
    if line := _touched_outside(before, after, [(e.start, e.end) for part in parts for e in part.edits]):
        found.append(f"line {line} would change although no edit covers it")
    return found


def _does_not_compile(before: Module, after: Module) -> str | None:
    """What the compiler, which checks more than the parser does, has against `after` and not against `before`."""
    message = _compiler_message(after)
    return message if message and not _compiler_message(before) else None


def _compiler_message(module: Module) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes in users' strings are theirs
            compile(module.tree, str(module.path), "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.msg or "invalid syntax"
    except (ValueError, RecursionError, MemoryError):
        return None  # beyond what the compiler can say
    return None


def _touched_outside(before: Module, after: Module, spans: list[tuple[int, int]]) -> int | None:
    """The first line, outside the edited spans and the import statements, that is not found again in its order.

    Independent of how the text was composed: it compares the two texts, line by line, the newlines included.
    """
    covered: set[int] = set()
    for start, end in spans:
        covered.update(range(before.position(start)[0], before.position(end)[0] + 1))
    for node in _import_lines(before):
        covered.update(node)
    new = list(_lines(after))
    place = 0
    for number, line in enumerate(_lines(before), 1):
        if number in covered or not line.strip():
            continue
        while place < len(new) and new[place] != line:
            place += 1
        if place == len(new):
            last = number == len(before.line_starts) and new and new[-1].rstrip("\r\n") == line.rstrip("\r\n")
            if not last:
                return number
        place += 1
    return None


def _import_lines(module: Module) -> Iterable[range]:
    for node in module.all(ast.Import, ast.ImportFrom):
        yield range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _lines(module: Module) -> Iterable[str]:
    starts = module.line_starts
    for index, start in enumerate(starts):
        yield module.text[start : starts[index + 1] if index + 1 < len(starts) else len(module.text)]
