"""Text as HTML."""

from __future__ import annotations

import html
import re


def shown(text: str) -> str:
    """What no browser shows is replaced."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def escaped(text: str) -> str:
    """Text that is text and nothing else."""
    return html.escape(shown(text))


def sentence(text: str) -> str:
    """A sentence about a bot, with what stands in backquotes as code; asterisks are the bot's own."""
    return "".join(_pieces(text))


def prose(text: str) -> str:
    """The same in the words of codemods, where what stands in asterisks is emphasised."""
    return "".join(
        piece if n % 2 else re.sub(r"(?<!\w)\*(\w[^*]*)\*", r"<em>\1</em>", piece)
        for n, piece in enumerate(_pieces(text))
    )


def _pieces(text: str) -> list[str]:
    """What stands outside and inside of backquotes, in turn."""
    pieces = re.split(r"`([^`]+)`", escaped(text))
    return [f"<code>{piece}</code>" if n % 2 else piece for n, piece in enumerate(pieces)]
