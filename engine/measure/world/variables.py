"""Variables of its environment that a program asks for and has not: also by names that it puts together."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping
from types import FrameType
from typing import Any

from .hooks import replace

#: In the order in which they were asked for.
missing: dict[str, None] = {}

_get = os._Environ.__getitem__
_LIBRARY = {
    MutableMapping.get.__code__.co_filename,
    os.getenv.__code__.co_filename,
    MutableMapping.__contains__.__code__.co_filename,
}


def install(project: str) -> None:
    """Note from now on what files of the project ask for."""

    def get(self: Any, key: str) -> Any:
        try:
            return _get(self, key)
        except KeyError:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and frame.f_code.co_filename in _LIBRARY:
                frame = frame.f_back
            if frame is not None and frame.f_code.co_filename.startswith(project):
                missing.setdefault(key)
            raise

    replace(os._Environ, __getitem__=get)
