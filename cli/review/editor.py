"""The user's editor."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

#: Editors that go to a line when it is given as ``+LINE``.
_TAKE_LINE = {"vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "joe", "kak"}


class EditorError(Exception):
    """The editor could not be started or failed. The message is a sentence."""


def edit(texts: Mapping[Path, bytes], line: int) -> dict[Path, bytes]:
    """What the user makes of some files in $VISUAL or $EDITOR; they are copies, opened at `line`.

    Raises:
        EditorError: there is no such editor, or it reports failure.
    """
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    with tempfile.TemporaryDirectory(prefix="tgfix-") as directory:
        copies = {}
        for number, (path, data) in enumerate(texts.items()):
            copies[path] = Path(directory, str(number), path.name)
            copies[path].parent.mkdir()
            copies[path].write_bytes(data)
        place = [f"+{line}"] if Path(command[0]).name in _TAKE_LINE else []
        try:
            code = subprocess.call([*command, *place, *map(str, copies.values())])
        except OSError as error:
            raise EditorError(f"the editor {command[0]} cannot be started: {error.strerror}; set $EDITOR") from None
        if code:
            raise EditorError(f"the editor ended with code {code}, so nothing is taken")
        return {path: copy.read_bytes() for path, copy in copies.items()}
