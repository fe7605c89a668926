"""Writing new code in the layout of the file it goes to."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import pairwise

from ..analysis.module import Module, Project
from ..model import Edit
from ..sources.distribution import text_of
from ..sources.requirements.metadata import toml_of

#: Lines are wrapped where the project's formatter is told to, else behind this many characters, or behind as many as the file's own
#: longest line has, up to `WIDEST`: who writes longer ones wraps none, and gets `OTHERWISE`.
_LINE_LENGTH = 88
WIDEST = 120
OTHERWISE = 100
_FLAKE8 = re.compile(r"(?m)^\s*max[-_]line[-_]length\s*=\s*(\d+)")
#: How lines look on which black closes a bracket, and how many of them show that it was there.
_CLOSED = frozenset({")", "]", "}", "),", "],", "},", "):"})
_MANY = 3

EOL = r"(?:\r\n|\n|\r(?!\n))"


@dataclass(frozen=True, slots=True)
class Call:
    """A call to be written: the callee's text and its arguments, each as text (``"group=1"``) or a call itself. A list has no callee."""

    callee: str
    arguments: tuple[str | Call, ...]

    def __str__(self) -> str:
        return f"{self.opening}{', '.join(map(str, self.arguments))}{self.closing}"

    @property
    def opening(self) -> str:
        """What stands before the arguments."""
        return f"{self.callee}(" if self.callee else "["

    @property
    def closing(self) -> str:
        """The bracket behind them."""
        return ")" if self.callee else "]"


def declared_length(project: Project) -> int | None:
    """The length of lines that a project's formatter or linter is told, None where none is named.

    Black and ruff begin at 88: https://black.readthedocs.io/en/stable/usage_and_configuration/the_basics.html,
    https://docs.astral.sh/ruff/settings/#line-length
    """
    root = project.settings.root
    tool = toml_of(text_of(root / "pyproject.toml")).get("tool", {})
    tables = [tool[name] for name in ("black", "ruff") if isinstance(tool.get(name), dict)]
    tables += [toml_of(text) for name in ("ruff.toml", ".ruff.toml") if (text := text_of(root / name))]
    told = [table.get("line-length", _LINE_LENGTH) for table in tables]
    for name in (".flake8", "setup.cfg", "tox.ini"):
        told += [int(length) for length in _FLAKE8.findall(text_of(root / name))]
    return next((length for length in told if isinstance(length, int) and 40 <= length <= 320), None)


def formatted_length(module: Module) -> int | None:
    """How long lines are that a formatter has written: as it is told, or 88 where the file's own lines show that there is one."""
    return module.project.fact(declared_length) or (_LINE_LENGTH if module.fact(_is_formatted) else None)


def _is_formatted(module: Module) -> bool:
    """Whether a file looks as black leaves it: brackets that close on lines of their own, and no line without a text in it too long."""
    lines = [line for line in module.text.splitlines() if not {'"', "'", "#"} & {*line}]
    closed = sum(line.strip() in _CLOSED for line in lines)
    return closed >= _MANY and all(len(line.expandtabs(4)) <= _LINE_LENGTH for line in lines)


def line_length(module: Module) -> int:
    """How long a line of this file may be, a tab counted as four columns."""
    return module.fact(_line_length)


def _line_length(module: Module) -> int:
    if formatted := formatted_length(module):
        return formatted
    ends = [*module.line_starts, len(module.text) + 1]  # the last line may have no newline
    lines = (module.text[a : b - 1] for a, b in pairwise(ends))
    longest = max((len(line.expandtabs(4)) for line in lines), default=0)
    return max(_LINE_LENGTH, longest) if longest <= WIDEST else OTHERWISE


def widest(text: str) -> int:
    """The columns of the longest line of a text."""
    return max((len(line.expandtabs(4)) for line in text.splitlines()), default=0)


def fits(module: Module, text: str, indent: str) -> bool:
    """Whether a line of a file takes a text that begins at `indent`."""
    return len(indent.expandtabs(4)) + len(text) <= line_length(module)


def wrapped(module: Module, call: str | Call, indent: str, suffix: str = "") -> str:
    """The text of a call that begins at `indent`: on one line where it fits, else wrapped as black wraps it."""
    line = f"{call}{suffix}"
    if isinstance(call, str) or fits(module, line, indent) or not call.arguments:
        return line
    deeper = indent + module.unit_behind(indent)
    together = ", ".join(map(str, call.arguments))
    if len(call.arguments) == 1:
        lines = [deeper + wrapped(module, call.arguments[0], deeper)]
    elif fits(module, together, deeper):
        lines = [deeper + together]
    else:
        lines = [deeper + wrapped(module, argument, deeper, ",") for argument in call.arguments]
    return "\n".join([call.opening, *lines, f"{indent}{call.closing}{suffix}"])


def comments_in(module: Module, start: int, end: int, indent: str) -> str:
    """The comments between two offsets, each on a line of its own, to stand above what replaces that text."""
    return "".join(f"{text}\n{indent}" for offset, text in module.comments if start <= offset < end)


def deleted_lines(module: Module, start: int, end: int) -> Edit:
    """The edit that takes whole lines away. At the end of a file without a final newline, the file still has none
    afterwards.
    """
    text = module.text
    if end == len(text) and start and not text.endswith(("\n", "\r")):
        start -= 2 if text[:start].endswith("\r\n") else 1
    return Edit(start, end, "")


def gap_behind(module: Module, offset: int, blank_lines: int = 1) -> str:
    """The newlines that are missing between an insertion at `offset` and what follows; a definition stands behind two
    blank lines.
    """
    rest = module.text[offset:]
    if not rest.strip():
        return ""
    gap = rest[: len(rest) - len(rest.lstrip("\r\n"))]
    blank = len(re.findall(EOL, gap))
    following = next((s for s in module.tree.body if module.start(s) >= offset), None)
    definition = isinstance(following, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    return "\n" * max(0, (2 if definition or blank >= 2 else blank_lines) - blank)


def blank_line_before(module: Module, offset: int) -> bool:
    """Whether the line in front of the line start `offset` is blank."""
    return re.search(rf"{EOL}[ \t]*{EOL}\Z", module.text[:offset][-200:]) is not None
