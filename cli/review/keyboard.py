"""Single keys and lines from the terminal; whole lines where the terminal is a dumb one."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from .. import output

#: Keys that arrive as several characters, by what they do here.
_SEQUENCES = {b"[A": "k", b"[B": "j", b"[C": "j", b"[D": "k", b"OA": "k", b"OB": "j", b"OC": "j", b"OD": "k"}

#: The end of input: Ctrl-D, or the terminal is gone.
END = "\x04"


class Keyboard:
    """What is typed at the terminal that is stdin."""

    def __init__(self) -> None:
        self.by_line = not output.is_terminal(sys.stdout) or not _has_keys()
        self._descriptor = sys.stdin.fileno()

    def key(self) -> str:
        """The next key. By lines it is the first character of one, or "\\n" for an empty one."""
        if self.by_line:
            text = self.line()
            if text is None:
                return END
            return "\t" if text.strip().lower() == "tab" else text.strip()[:1] or "\n"
        with _single_keys(self._descriptor):
            data = _read(self._descriptor, 1)
            if data == b"\x1b":
                return _SEQUENCES.get(_rest(self._descriptor), "\x1b")
            if data >= b"\x80":  # the first byte of a letter beyond ASCII
                _rest(self._descriptor)
                return "\ufffd"
        return data.decode("ascii") if data else END

    def line(self) -> str | None:
        """The next line without its end; None at the end of input."""
        typed = bytearray()
        while not typed.endswith(b"\n"):
            data = _read(self._descriptor, 1)
            if not data:
                return None
            typed += data
        return typed.decode(sys.stdin.encoding or "utf-8", "replace").rstrip("\r\n")


def _has_keys() -> bool:
    try:
        import termios  # noqa: F401 - not on Windows
        import tty  # noqa: F401
    except ImportError:
        return False
    return True


@contextmanager
def _single_keys(descriptor: int) -> Iterator[None]:
    """The terminal hands over each key as it is pressed, unseen; Ctrl-C and Ctrl-Z keep their meaning.

    Only while a key is awaited, so that whatever ends or suspends the program finds the terminal as it was.
    """
    import termios
    import tty

    before = termios.tcgetattr(descriptor)
    try:
        tty.setcbreak(descriptor, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _read(descriptor: int, size: int) -> bytes:
    try:
        return os.read(descriptor, size)
    except OSError:  # the terminal is gone
        return b""


def _rest(descriptor: int) -> bytes:
    """What follows an escape character at once."""
    import select

    found = b""
    while len(found) < 2 and select.select([descriptor], [], [], 0.05)[0]:
        found += _read(descriptor, 1)
    return found
