"""What a terminal gets beyond plain text: colours and the table of counts. Imported only there: rich takes its time."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from .output import tolerating_closed_stdout, visible
from .summary import Row

_STYLES = {
    "path": "bold",
    "code": "cyan",
    "safe": "green",
    "unsafe": "bold yellow",
    "report": "magenta",
    "why": "italic",
    "heading": "bold underline",
}


def print_pieces(pieces: Iterable[tuple[str, str]]) -> None:
    """Print styled pieces of text (see `formats.text`) to stdout in colour."""
    console = Console(file=sys.stdout, force_terminal=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
    with tolerating_closed_stdout():
        for style, raw in pieces:
            text = visible(raw)
            if style == "diff":
                for line in _diff_lines(text):
                    console.print(line)
            elif style in ("why", "prose") and sys.stdout.isatty():
                indent = len(text) - len(text.lstrip(" "))
                body = Text(text.strip(), style=_STYLES.get(style, ""))
                console.print(Padding(body, (0, 0, 0, indent)), soft_wrap=False)
            else:
                console.print(Text(text, style=_STYLES.get(style, "")), end="")
        sys.stdout.flush()


def _diff_lines(diff: str) -> Iterator[Text]:
    """The lines of a diff: removed ones red, added ones with Python's syntax colours behind a green sign."""
    lines = diff.split("\n")
    if lines and not lines[-1]:
        lines.pop()
    new_side: Iterator[Text] | None = None
    for index, line in enumerate(lines):
        if line.startswith("@@"):
            new_side = _highlighted(lines, index + 1)
            yield Text(line, style="cyan")
        elif new_side is None:
            yield Text(line, style="bold")
        elif line.startswith("+"):
            yield Text.assemble(("+", "bold"), next(new_side), style="green")
        elif line.startswith("-"):
            yield Text(line, style="red")
        elif line.startswith("\\"):
            yield Text(line, style="dim")
        else:
            next(new_side)
            yield Text(line)


def _highlighted(lines: list[str], start: int) -> Iterator[Text]:
    """The new side of the hunk that begins at `start`, highlighted as one piece, line by line."""
    side = []
    for line in lines[start:]:
        if line.startswith("@@"):
            break
        if line.startswith(("+", " ")):
            side.append(line[1:])
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    # a hunk that begins inside a string would be coloured wrongly, but never shown wrongly
    coloured = syntax.highlight("\n".join(side)).split("\n", allow_blank=True)
    return iter([*coloured, *[Text()] * len(side)][: len(side)])


def print_table(rows: list[Row]) -> None:
    """Print the counts by codemod to stderr."""
    console = Console(stderr=True, highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("codemod")
    for title in ("changes", "unsafe hidden", "left alone", "files"):
        table.add_column(title, justify="right")
    for row in rows:
        numbers = (row.changes, row.hidden, row.left, len(row.files))
        table.add_row(f"[cyan]{row.code}[/cyan] {row.name}", *(f"{n:,}" if n else "[dim]-[/dim]" for n in numbers))
    console.print(table)
