"""Files that could not be worked on, and changes that were withheld."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be worked on, or a change that was withheld.

    `fatal` problems (an internal error, a file that cannot be read or written) make the exit code 2; the others (a
    file that does not parse) are listed as skipped and change nothing.
    """

    path: Path
    message: str
    fatal: bool = False
    line: int | None = None
    #: A remark on a file that was worked on all the same: a comment that means to suppress something and does not.
    remark: bool = False
    #: The traceback of an internal error.
    detail: str = ""

    @property
    def skipped(self) -> bool:
        """Whether the file was left out."""
        return not self.fatal and not self.remark
