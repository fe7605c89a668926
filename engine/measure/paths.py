"""Files and folders that a program lacks."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from . import plausible
from .failed import Failed, Repair
from .running import COMMANDS, Task

_DOES_NOTHING = '#!/bin/sh\necho "${0##*/} $*" >> "${HOME:-.}/commands"\n'
#: What differs in a name that is drawn anew in each run.
_DRAWN = re.compile(r"[0-9a-f]{8}[0-9a-f-]*|\d{6,}")


def missing_file(failed: Failed) -> Repair | None:
    """What the program looks for in its copy: a file, or the folder of a file that it is going to make."""
    made = failed.outcome.report.get("homeless", ()) if "unable to open database" in failed.text else ()
    wanted = [*filter(None, _told(failed)), *made]
    known = {_DRAWN.sub("", each) for each in failed.task.files}
    for name in filter(None, (_inside(Path(found), failed.task, failed.project) for found in wanted)):
        if _DRAWN.search(name) and _DRAWN.sub("", name) in known:
            continue
        return Repair(files={name: _namesake(failed.project, name) or plausible.content(name)})
    return None


def _namesake(project: Path, name: str) -> str:
    """What a file of the same name holds that is elsewhere in the project, as one that was made of an example is."""
    found = sorted(project.rglob(Path(name).name)) if Path(name).suffix else []
    return next((path.read_text("utf-8", "replace") for path in found if path.is_file()), "")


def command(failed: Failed) -> Repair | None:
    """A program that this one starts and its deployment brings: one that does nothing, but for writing down what it was asked."""
    name = failed.crash.get("file", "")
    if failed.crash.get("kind") != "FileNotFoundError" or "_execute_child" not in failed.crash.get("trace", ""):
        return None
    inside = f"{COMMANDS}/{name}" if "/" not in name else name
    is_there = inside in failed.task.files or Path(inside).is_absolute() or ".." in Path(inside).parts
    return None if is_there else Repair(files={inside: _DOES_NOTHING})


def outside(failed: Failed) -> Repair | None:
    """A folder of the copy for a path that its deployment has and this machine has not, or that is not the bot's here."""
    for found in (*failed.outcome.report.get("outside", ()), *_told(failed)):
        path = Path(os.path.normpath(found or "."))
        if not path.is_absolute() or path.is_relative_to(failed.project.parent):
            continue
        around = [path, *path.parents][:-1]  # from the innermost to what stands below the root
        told = failed.task.environment.values()
        named = [each for each in around if each.as_posix() in told or _rests(failed.project, each) is not None]
        wanted = next((each for each in reversed(named) if not each.exists()), named[0] if named else None)
        if wanted is not None and wanted.as_posix() not in failed.task.moved:
            rests = _rests(failed.project, wanted) or set()
            is_project = any((failed.project / rest).exists() for rest in rests)
            return Repair(moved={wanted.as_posix(): "." if is_project else wanted.as_posix().strip("/")})
    return None


def _told(failed: Failed) -> Sequence[str | None]:
    own = failed.crash.get("text", "") if failed.crash.get("kind") == "FileNotFoundError" else ""
    said = re.findall(r"['\"](/[^'\"]+)['\"]", own)  # of an error that the program raises itself
    return [failed.crash.get("file"), *re.findall(r"No such file or directory: '([^']+)'", failed.text), *said]


def _rests(project: Path, path: Path) -> set[str] | None:
    """What the sources name right below a path; None where they do not name the path."""
    pattern = re.compile(rf"[\"']{re.escape(path.as_posix())}(?:[\"']|/([^\"'/{{]*))")
    found = [m for source in project.rglob("*.py") for m in pattern.findall(source.read_text("utf-8", "replace"))]
    return {rest for rest in found if rest} if found else None


def _inside(path: Path, task: Task, project: Path) -> str | None:
    """What to make of a path that is missing: the folder of it where that is missing as well, else the file."""
    full = Path(os.path.normpath(project / task.directory / path))
    if not full.is_relative_to(project) or full.exists():
        return None
    inside = full.relative_to(project)
    name = inside.as_posix() if inside.suffix and full.parent.exists() else f"{inside.parent.as_posix()}/"
    if not inside.suffix:
        name = f"{inside.as_posix()}/"
    return None if name in task.files else name
