"""What the review shows: changes side by side or below each other, by the width of the terminal. rich is loaded here."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rich.console import Console
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from .. import output
from ..diffrows import Row, Spans

#: Terminals at least this wide show old and new side by side, if the lines fit.
WIDE = 120
#: Larger texts are not coloured.
MAX_COLOURED = 200_000

_STYLES = {"safe": "bold green", "unsafe": "bold yellow"}
_OLD, _NEW = "red", "green"
_OLD_WORD, _NEW_WORD = "bold white on #8b1a1a", "bold white on #1a5c1a"
#: Where there are no colours the words that differ are underlined.
_WORD_PLAIN = "bold underline"


class Screen:
    """The terminal that is stdout."""

    def __init__(self) -> None:
        plain = not output.is_terminal(sys.stdout)
        self.console = Console(
            file=sys.stdout,
            force_terminal=not plain,
            no_color=not output.has_colour(sys.stdout),
            highlight=False,
            markup=False,
            emoji=False,
        )
        self.coloured = output.has_colour(sys.stdout) and not plain

    @property
    def width(self) -> int:
        """Columns."""
        return self.console.width

    def say(self, text: str = "", style: str = "") -> None:
        """A line of text, wrapped."""
        self.console.print(Text(output.visible(text), style=style))

    def ask(self, text: str) -> None:
        """A question; the answer is typed behind it."""
        self.console.print(Text(output.visible(text), style="bold blue"), end=" ")
        sys.stdout.flush()

    def header(self, position: str, place: str, codemod: str, safety: str, note: str) -> None:
        """The first line of a change."""
        self.console.print()
        text = Text.assemble(
            (position, "bold"), "  ", (output.visible(place), "bold"), "  ", (codemod, "cyan"), "  ",
            (f"[{safety}]", _STYLES.get(safety, "")), (f"  {note}" if note else "", "dim"),
        )  # fmt: skip
        self.console.print(text)

    def title(self, title: str, why: str, assumptions: Sequence[str]) -> None:
        """What the change does, what it gains, and what it assumes."""
        self.console.print(Text(output.visible(title), style="bold"))
        self.console.print(Padding(Text(output.visible(why), style="italic"), (0, 0, 0, 2)))
        for line in assumptions:
            self.console.print(Padding(Text(output.visible(line), style="yellow"), (0, 0, 0, 2)))

    def file(self, name: str, hunks: Iterable[Sequence[Row]], before: str, after: str, *, is_new: bool) -> None:
        """The difference that a change makes to one file."""
        hunks = list(hunks)
        self.console.print()
        self.console.print(Text(output.visible(name) + (" (new file)" if is_new else ""), style="bold underline"))
        if self.coloured:
            colours = _coloured(before), _coloured(after)
        else:
            colours = [], []
        number = max((max(r.old_number or 0, r.new_number or 0) for rows in hunks for r in rows), default=1)
        digits = len(str(number))
        half = (self.width - 3) // 2
        changed = [text for rows in hunks for row in rows if row.changed for text in (row.old, row.new)]
        fits = all(len(text.expandtabs(4)) <= half - digits - 1 for text in changed)
        side_by_side = self.width >= WIDE and fits and not is_new
        for index, rows in enumerate(hunks):
            if index:
                self.console.print(Text("   ⋯" if _can_show("⋯") else "   ...", style="dim"))
            draw = _side_by_side if side_by_side else _unified
            for line in draw(rows, digits, half, colours, self.coloured):
                self.console.print(line, no_wrap=False)

    def page(self, pieces: Iterable[tuple[str, str]]) -> None:
        """A page of explanation, in pieces of style and text as `render.print_pieces` takes them."""
        from ..render import print_pieces

        if self.coloured:
            print_pieces(pieces)
        else:
            for _, text in pieces:
                self.console.print(Text(output.visible(text)), end="")


def _unified(
    rows: Sequence[Row], digits: int, half: int, colours: tuple[list[Text], list[Text]], coloured: bool
) -> Iterator[Text]:
    """Old lines above the new ones, changed lines that follow each other as one block."""
    pending: list[Row] = []
    for row in (*rows, None):
        if row is not None and row.changed:
            pending.append(row)
            continue
        for r in pending:
            if r.old_number is not None:
                yield _line(
                    r.old_number, digits, "-", _styled(r.old, colours[0], r.old_number, r.old_marks, _OLD, coloured)
                )
        for r in pending:
            if r.new_number is not None:
                yield _line(
                    r.new_number, digits, "+", _styled(r.new, colours[1], r.new_number, r.new_marks, _NEW, coloured)
                )
        pending = []
        if row is not None:
            yield _line(row.new_number, digits, " ", _styled(row.new, colours[1], row.new_number, (), "", coloured))


def _side_by_side(
    rows: Sequence[Row], digits: int, half: int, colours: tuple[list[Text], list[Text]], coloured: bool
) -> Iterator[Text]:
    for row in rows:
        signs = ("-", "+") if row.changed else (" ", " ")
        tones = (_OLD, _NEW) if row.changed else ("", "")
        left = Text()
        if row.old_number is not None:
            body = _styled(row.old, colours[0], row.old_number, row.old_marks, tones[0], coloured)
            left = _line(row.old_number, digits, signs[0], body)
        left.truncate(half, overflow="ellipsis", pad=True)
        right = Text()
        if row.new_number is not None:
            body = _styled(row.new, colours[1], row.new_number, row.new_marks, tones[1], coloured)
            right = _line(row.new_number, digits, signs[1], body)
        right.truncate(half, overflow="ellipsis")
        yield Text.assemble(left, (" │ " if _can_show("│") else " | ", "dim"), right)


def _line(number: int | None, digits: int, sign: str, body: Text) -> Text:
    tone = {"-": f"bold {_OLD}", "+": f"bold {_NEW}"}.get(sign, "dim")
    return Text.assemble((f"{number or '':>{digits}}", "dim"), (sign, tone), body)


def _styled(text: str, colours: list[Text], number: int | None, marks: Spans, tone: str, coloured: bool) -> Text:
    """A line of source: Python's colours, or the tone of its side, and the words that differ."""
    shown = output.visible(text)
    known = colours[number - 1] if number is not None and 0 < number <= len(colours) else None
    if known is not None and known.plain == shown and (tone != _OLD or not marks):
        body = known.copy()
    else:
        body = Text(shown, style=tone)
    if tone and known is not None:
        body.style = tone
    word = _WORD_PLAIN if not coloured else _OLD_WORD if tone == _OLD else _NEW_WORD
    for start, end in marks:
        body.stylize(word, start, end)
    body.expand_tabs(4)
    return body


@lru_cache(maxsize=8)
def _coloured(text: str) -> list[Text]:
    """The lines of a program in Python's colours."""
    if len(text) > MAX_COLOURED:
        return []
    shown = output.visible(re.sub(r"\r\n?", "\n", text))
    syntax = Syntax("", "python", theme="ansi_dark", background_color="default")
    return list(syntax.highlight(shown).split("\n", allow_blank=True))


def _can_show(character: str) -> bool:
    try:
        character.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
