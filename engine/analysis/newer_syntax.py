"""Why a file does not parse: broken, Python 2, or newer than the interpreter that runs tgfix."""

from __future__ import annotations

import ast
import re
import sys
import warnings

from ..counters import LIBCST, work
from .module import ParseError
from .new_fstrings import reads_with_new_fstrings

#: Syntax by the version that brought it, as a line of code shows it. Newest first.
_NEWER: tuple[tuple[tuple[int, int], re.Pattern[str]], ...] = (
    ((3, 14), re.compile(r"""(?m)^[^#\n]*(?<![\w"'\-])[tT][rR]?["']|^\s*except\s+\w[\w.]*\s*,[^()\n]*:""")),
    ((3, 13), re.compile(r"(?m)^\s*(?:def|class|type)\s+\w+\s*\[[^\]\n]*=[^\]\n]*\]")),
    (
        (3, 12),
        re.compile(r"(?m)^\s*(?:(?:async\s+)?def|class)\s+\w+\s*\[|^\s*type\s+\w+[^=\n]*=[^=]|(?<!\w)[fF][rR]?[\"']"),
    ),
    ((3, 11), re.compile(r"(?m)^\s*except\s*\*|\[\s*\*\w")),
)
_PYTHON_2 = re.compile(
    r"(?m)^\s*print\s+[\"'\w%(]|^\s*except\s+\w[\w.]*\s*,\s*\w+\s*:|^\s*raise\s+\w+\s*,|^\s*exec\s+[\"']"
)

#: How a statement begins that stands in no other one, and goes on with no part of the one before.
_BEGINS = re.compile(r"(?!(?:else|elif|except|finally)\b)[\w@]")
#: Of so many statements the file is read as a whole.
_MOST = 20


def explain(text: str, error: ParseError) -> str:
    """One line for the list of skipped files: the error, and the Python version it takes, where it is only newer
    syntax.
    """
    running = sys.version_info[:2]
    if error.limit:
        return str(error)
    if _reads_as_newer(text):
        in_fstring = "f-string" in str(error)  # quotes of its own within an f-string: Python 3.12
        needed = next(
            (v for v, pattern in _NEWER if v > running and pattern.search(text) and not (in_fstring and v > (3, 12))),
            None,
        )
        version = ".".join(map(str, needed)) if needed else f"newer than {running[0]}.{running[1]}"
        return f"uses syntax of Python {version}; run tgfix with that version ({error})"
    if _PYTHON_2.search(text):
        return f"is Python 2 ({error})"
    return f"does not parse: {error}"


def _reads_as_newer(text: str) -> bool:
    """Whether LibCST, whose grammar does not depend on the running interpreter, can read the text.

    It makes a tree of objects and takes far longer than Python's own parser, so that it is asked of the statements that this one
    cannot read; to load it takes as long as all of a small bot, so that it is not asked of f-strings.
    """
    unread = _unread(text)
    if unread and all(map(reads_with_new_fstrings, unread)):
        return True
    work.text(LIBCST, text)
    if unread and all(map(_reads, unread)):
        return True
    return _reads(text)


def _reads(text: str) -> bool:
    import libcst

    try:
        libcst.parse_module(text)
    except libcst.ParserSyntaxError:
        return False
    except Exception:  # LibCST's own limits (deep nesting, odd white space) say nothing about the text
        return False
    return True


def _unread(text: str) -> list[str]:
    """The statements of a file, with all in them, that the running interpreter cannot read, where it can read all others; none
    where it is not seen which they are.
    """
    lines = text.split("\n")
    found: list[str] = []
    while (error := _error(lines)) is not None:
        if error.lineno is None or "\r" in text or len(found) == _MOST:
            return []
        first = last = min(error.lineno, len(lines)) - 1
        while first and not (_BEGINS.match(lines[first]) and not lines[first - 1].startswith("@")):
            first -= 1
        while last + 1 < len(lines) and not _BEGINS.match(lines[last + 1]):
            last += 1
        statement = lines[first : last + 1]
        if _error(statement) is None:
            return []
        found.append("\n".join(statement))
        lines[first : last + 1] = [""] * len(statement)
    return found


def _error(lines: list[str]) -> SyntaxError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines))
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxError(str(error))
    return None
