"""`tgfix check --watch`: look again whenever a file of the call, or a configuration, has changed."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..engine.sources.config_file import ROOT_MARKERS
from ..engine.sources.git import UsageError
from . import output
from .errors import DONE, complain, note
from .request import Request
from .session import Session, sessions

#: Seconds between two looks at the times of the files.
PAUSE = 0.5


def watch(request: Request, check: Callable[[Sequence[Session]], int]) -> int:
    """Check again and again until Ctrl-C; a configuration that is wrong meanwhile is told, and waited out.

    Raises:
        UsageError: the call is wrong.
    """
    if request.from_stdin:
        raise UsageError("--watch watches files, and `-` reads from stdin; name the file")
    if request.add_ignore is not None or request.remove_unused_ignores:
        raise UsageError("--watch only shows; write comments in a call of its own")
    everything = sessions(request, "check")
    try:
        while True:
            seen = _state(everything)
            try:
                check(everything)
            except UsageError as error:
                complain(str(error))
            note("watching; Ctrl-C ends it")
            while (now := _state(everything)) == seen:
                time.sleep(PAUSE)
            changed = min(path for path in {*seen, *now} if seen.get(path) != now.get(path))
            if output.is_terminal(sys.stdout):
                sys.stdout.write("\x1b[2J\x1b[H")
            note(f"{os.path.relpath(changed)} has changed")
            try:
                everything = sessions(request, "check")
            except UsageError as error:
                complain(str(error))
    except KeyboardInterrupt:
        return DONE


def _state(everything: Sequence[Session]) -> dict[Path, tuple[int, int]]:
    """When the files of the call and the configurations of their projects were written, and their sizes."""
    state = {}
    for session in everything:
        try:
            files = session.files().files
        except UsageError:  # a path of the call has gone
            files = ()
        configurations = [session.settings.root / name for name in ROOT_MARKERS if name != ".git"]
        for path in (*files, *configurations):
            try:
                status = path.stat()
            except OSError:
                continue
            state[path] = (status.st_mtime_ns, status.st_size)
    return state
