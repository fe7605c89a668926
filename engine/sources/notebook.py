"""Jupyter notebooks as one Python source: the code cells in their order, written back with everything else byte for byte.

https://nbformat.readthedocs.io/en/latest/format_description.html. Between two cells stands a comment. What IPython reads and
Python does not (magics, shell commands, help) becomes an expression of the names in it, so that what a magic uses counts as
used; a cell that is no Python even so stands at the end in that form and is never changed.
"""

from __future__ import annotations

import ast
import json
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..problem import Problem
from .source import SourceError, SourceFile

_MARK = "#%%tgfix cell "
_OPAQUE = "#%%tgfix cells that are no Python"
_MAGIC = re.compile(r"^(?P<indent>\s*)(?P<text>[%!?].*|.*\?|[\w, ]+=\s*[%!].*)$")
_STANDS_FOR = re.compile(r"^(\s*)\(.*\)  #!tgfix (.*)$")
_NAME = re.compile(r"[^\W\d]\w*")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell that is part of the text."""

    #: Counts code cells, from 1.
    number: int
    #: The first of its lines in the text, 1-based.
    first: int
    #: For each of its lines the line in the file, 1-based.
    lines: tuple[int, ...]


@dataclass(frozen=True)
class Notebook(SourceFile):
    """A notebook as a source file."""

    cells: tuple[Cell, ...] = ()
    #: Cells that cannot be read, by number.
    opaque: tuple[int, ...] = ()
    _sources: tuple[_Source, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(cls, path: Path, data: bytes) -> Notebook:
        """A notebook from the bytes of its file.

        Raises:
            SourceError: they are no notebook of format 4 in Python.
        """
        raw, code = _code_cells(data)
        parts: list[str] = []
        cells: list[Cell] = []
        opaque = []
        line = 1
        for number, source in enumerate(code, 1):
            python = _as_python(source.text)
            if python is None:
                opaque.append(number)
                continue
            body = (f"{_MARK}{number}\n" if cells else "") + python + "\n"
            cells.append(Cell(number, line + bool(cells), tuple(source.lines(raw))))
            parts.append(body)
            line += body.count("\n")
        unread = [_uses(code[number - 1].text) for number in opaque]
        text = "".join(parts) + "".join(f"{_OPAQUE}\n{names}\n" for names in ["\n".join(unread)] if unread)
        return cls(path, data, text, "utf-8", b"", "\n", tuple(cells), tuple(opaque), tuple(code))

    def encode(self, text: str) -> bytes:
        """The bytes of the notebook if its cells were those of `text`.

        Raises:
            SourceError: a boundary between cells is gone, or a cell that cannot be read would change.
        """
        old, new = _split(self.text), _split(text)
        if old.keys() != new.keys() or old.get(0) != new.get(0):
            raise SourceError("would lose the boundaries of its cells")
        raw = self.data.decode("utf-8")
        numbers = iter(cell.number for cell in self.cells)
        after = [s.text for s in self._sources]
        edits = []
        for key in (key for key in old if key):
            number = next(numbers)
            if old[key] != new[key]:
                source = self._sources[number - 1]
                after[number - 1] = _as_cell(new[key])
                edits.append((source.start, source.end, source.rendered(raw, after[number - 1])))
        for start, end, written in reversed(edits):
            raw = raw[:start] + written + raw[end:]
        data = raw.encode("utf-8")
        if [source.text for source in _code_cells(data)[1]] != after:
            raise SourceError("cannot be written with these cells")
        return data

    def place(self, line: int) -> tuple[int, int, int]:
        """The cell of a line of the text, the line in the cell, and the line in the file."""
        cell = next(cell for cell in reversed(self.cells) if cell.first <= line or cell is self.cells[0])
        inside = max(0, min(line - cell.first, len(cell.lines) - 1))
        return cell.number, inside + 1, cell.lines[inside] if cell.lines else 1

    def sources(self) -> dict[int, str]:
        """The code cells as they stand in the notebook, by number."""
        return {number: source.text for number, source in enumerate(self._sources, 1)}


@dataclass(frozen=True, slots=True)
class _Source:
    """The source of a code cell, and where it stands in the file's text."""

    text: str
    start: int
    end: int
    #: The spans of the strings that it is a list of; nothing where it is one string.
    items: tuple[tuple[int, int], ...]

    def lines(self, raw: str) -> Iterator[int]:
        """The line in the file of each line of the cell."""
        spots = [start for start, _ in self.items] or [self.start]
        for number in range(self.text.count("\n") + 1):
            yield 1 + raw.count("\n", 0, spots[min(number, len(spots) - 1)])

    def rendered(self, raw: str, text: str) -> str:
        """Another text in the same form: a list of lines like this one, or one string."""
        if not self.items:
            return json.dumps(text, ensure_ascii=False)
        written = {json.loads(raw[start:end]): raw[start:end] for start, end in self.items}
        opening, closing = raw[self.start : self.items[0][0]], raw[self.items[-1][1] : self.end]
        between = raw[self.items[0][1] : self.items[1][0]] if len(self.items) > 1 else f",{opening[1:]}"
        lines = re.findall(r"[^\n]*\n|[^\n]+", text)
        return (
            opening
            + between.join(written.get(line) or json.dumps(line, ensure_ascii=False) for line in lines)
            + closing
        )


def _code_cells(data: bytes) -> tuple[str, list[_Source]]:
    """The file's text, and the sources of the code cells in it."""
    try:
        raw = data.decode("utf-8")
        document = json.loads(raw)
    except ValueError as error:
        raise SourceError(f"is no notebook: {error}", getattr(error, "lineno", None)) from None
    if not isinstance(document, dict) or not isinstance(document.get("cells"), list):
        raise SourceError("is no notebook of format 4, the only one that is read")
    metadata: Any = document.get("metadata") or {}
    language = (metadata.get("language_info") or metadata.get("kernelspec") or {}).get("name", "python")
    if not str(language).lower().startswith(("python", "ipython")):
        raise SourceError(f"is a notebook in {language}")
    spans = _source_spans(raw)
    code = []
    for index, cell in enumerate(document["cells"]):
        if isinstance(cell, dict) and cell.get("cell_type") == "code" and index in spans:
            source = cell["source"]
            start, end, items = spans[index]
            text = "".join(source) if isinstance(source, list) else source
            code.append(_Source(text, start, end, items if isinstance(source, list) else ()))
    if not code:
        raise SourceError("has no code cells")
    return raw, code


def _source_spans(raw: str) -> dict[int, tuple[int, int, tuple[tuple[int, int], ...]]]:
    """Where the value of ``source`` stands in each cell: its span, and those of the strings in it."""
    found = {}
    path: list[Any] = []  # a key or an index for each object and array that is open
    start, items = 0, list[tuple[int, int]]()
    key = ""
    for token in _TOKEN.finditer(raw):
        text = token[0]
        inside = len(path) >= 3 and path[0] == "cells" and isinstance(path[1], int) and path[2] == "source"
        if text in "{[":
            if inside and len(path) == 3:
                start, items = token.start(), []
            path.append(0 if text == "[" else "")
        elif text in "}]":
            path.pop()
            if inside and len(path) == 3:
                found[path[1]] = (start, token.end(), tuple(items))
        elif text == ",":
            path[-1] = path[-1] + 1 if isinstance(path[-1], int) else ""
        elif text == ":":
            path[-1] = key
        elif path and path[-1] == "":
            key = json.loads(text)
        elif inside and len(path) == 3:
            found[path[1]] = (token.start(), token.end(), ())
        elif inside:
            items.append(token.span())
    return found


def _split(text: str) -> dict[int, str]:
    """The parts between the marks: 0 is what stands for the cells that cannot be read."""
    body, _, unread = text.partition(f"{_OPAQUE}\n")
    parts = re.split(rf"^{re.escape(_MARK)}(\d+)\n", body, flags=re.MULTILINE)
    found = {0: unread}
    if body:
        found[1] = parts[0]
    for number, part in zip(parts[1::2], parts[2::2], strict=True):
        found[int(number) + 1] = part
    return {key: part.removesuffix("\n") for key, part in found.items()}


def _as_python(cell: str) -> str | None:
    """A cell as Python reads it; None for one that is none."""
    if "tgfix cell" in cell or "#!tgfix" in cell or "\r" in cell:
        return None
    if _parses(cell):
        return cell
    if cell.lstrip().startswith("%%"):
        return None
    lines = []
    for line in cell.split("\n"):
        magic = _MAGIC.match(line)
        lines.append(f"{magic['indent']}{_uses(line)}  #!tgfix {magic['text']}" if magic else line)
    python = "\n".join(lines)
    return python if _parses(python) else None


def _as_cell(python: str) -> str:
    return "\n".join(_STANDS_FOR.sub(r"\1\2", line) for line in python.split("\n"))


def _uses(text: str) -> str:
    """An expression of the names in a text."""
    names = dict.fromkeys(name for name in _NAME.findall(text) if not keyword.iskeyword(name))
    return f"({''.join(f'{name}, ' for name in names)})"


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        return False
    return True


def unread(path: Path) -> Problem | None:
    """What of a notebook cannot be read: a remark on cells, or a problem that leaves it out; None where all can be."""
    try:
        source = SourceFile.read(path)
    except SourceError as error:
        return Problem(path, str(error), line=error.line)
    if not isinstance(source, Notebook) or not source.opaque:
        return None
    which = (
        f"cell {source.opaque[0]} is" if len(source.opaque) == 1 else f"cells {', '.join(map(str, source.opaque))} are"
    )
    return Problem(path, f"{which} no Python, and not looked into", remark=True)


def cell_changes(before: Notebook | None, after: Notebook) -> Sequence[tuple[int, str, str]]:
    """The cells that differ: number, old and new text."""
    old, new = before.sources() if before else {}, after.sources()
    return [(number, old.get(number, ""), text) for number, text in new.items() if old.get(number) != text]
