"""Where output goes, and whether it is a person who reads it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

#: Control characters as visible pictures, so that a source file cannot steer the terminal that shows it.
_VISIBLE = (
    {c: 0x2400 + c for c in range(32) if chr(c) not in "\t\n"}
    | {0x7F: 0x2421}
    | dict.fromkeys(range(0x80, 0xA0), "\ufffd")
)


#: What --color says; None leaves it to the environment.
_colour: bool | None = None


def choose_colour(when: str | None) -> str | None:
    """Take what --color says.

    Raises:
        UsageError: it is none of auto, always and never.
    """
    global _colour
    if when is not None and when not in ("auto", "always", "never"):
        import typer

        raise typer.BadParameter(f"--color is {when!r}; choose one of auto, always, never")
    _colour = None if when in (None, "auto") else when == "always"
    return when


def has_colour(stream: TextIO) -> bool:
    """Whether to write colours: as --color says, else on a terminal that is not dumb; FORCE_COLOR wants them anywhere, NO_COLOR nowhere."""
    if _colour is not None:
        return _colour
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return is_terminal(stream)


def is_terminal(stream: TextIO) -> bool:
    """Whether `stream` is a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def visible(text: str) -> str:
    """`text` for a terminal: carriage returns at line ends dropped, other control characters as pictures."""
    return text.replace("\r\n", "\n").translate(_VISIBLE)


def write(chunks: Iterable[bytes], target: Path | None = None) -> None:
    """Write to a file, or to stdout; a reader of stdout that has gone away is no error.

    Raises:
        OSError: the file cannot be written.
    """
    if target is not None:
        target.write_bytes(b"".join(chunks))
        return
    with tolerating_closed_stdout():
        if sys.stdout.isatty():
            for chunk in chunks:
                sys.stdout.write(visible(chunk.decode("utf-8", "replace")))
        else:
            for chunk in chunks:
                sys.stdout.buffer.write(chunk)
        sys.stdout.flush()


class tolerating_closed_stdout:
    """A context in which a closed pipe behind stdout ends the writing and not the program (``tgfix … | head``)."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, BrokenPipeError):
            return False
        # the interpreter flushes stdout again when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
