"""What a change needs where the bot runs, read off the change."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from ...analysis.module import Project
from ...model import Change, FileChange, Helper, Import, Verdict
from ...sources.discover import SUFFIXES
from .deployment import lands_in_deployment
from .interpreter import needs_python
from .packages import needs_package

#: Libraries on whose objects codemods work: where there is something to rewrite, they are there.
_GIVEN = frozenset({"telegram", "telethon"})
#: Import → the requirement that brings it, where that is not the name of the module.
_REQUIREMENTS = {
    ("telegram.ext", "AIORateLimiter"): "python-telegram-bot[rate-limiter]",
    ("telegram.ext", "BaseUpdateProcessor"): "python-telegram-bot>=20.4",
    ("aiofiles", "os"): "aiofiles>=0.8",
    ("async_lru", "alru_cache"): "async-lru>=2.0",
    ("stamina", None): "stamina>=25.1",
    ("yaml", None): "PyYAML",
}
#: What not every Python has, as it stands in new text.
_SINCE = (
    ("asyncio.get_running_loop", re.compile(r"\bget_running_loop\b"), (3, 7)),
    ("asyncio.to_thread", re.compile(r"\bto_thread\b"), (3, 9)),
    ("asyncio.TaskGroup", re.compile(r"\bTaskGroup\b"), (3, 11)),
    ("asyncio.timeout", re.compile(r"\basyncio\.timeout\b"), (3, 11)),
    ("contextlib.aclosing", re.compile(r"\baclosing\b"), (3, 10)),
    ("contextlib.chdir", re.compile(r"\bcontextlib\.chdir\b"), (3, 11)),
)

_KNOWN: WeakKeyDictionary[Project, dict[tuple[str, Path], Any]] = WeakKeyDictionary()
A = TypeVar("A")


def surroundings(project: Project, change: Change) -> tuple[tuple[Verdict, ...], tuple[FileChange, ...]]:
    """What is proved and assumed of the places where the change runs, and the parts that it needs besides its own."""
    verdicts: dict[Verdict, None] = {}
    files: dict[FileChange, None] = {}
    own = {part.path.stem for part in change.files if project.source(part.path) is None}
    for part in change.files:
        if part.path.suffix not in SUFFIXES and part.path not in project.requested:
            continue
        new = project.source(part.path) is None
        is_support = new or part.path.stem == project.settings.support_module
        users = _users(project, change, part.path) if is_support else [part.path]
        for path in users:
            for wanted in dict.fromkeys(_requirements(project, part, own)):
                needed = _known(project, (wanted, path), partial(needs_package, project, wanted, path))
                verdicts[needed.verdict] = None
                files |= dict.fromkeys(needed.files)
            for what, version in _features(part):
                verdicts[_known(project, (what, path), partial(needs_python, project, version, what, path))] = None
        if new:
            verdicts[lands_in_deployment(project, part.path, users)] = None
    there = {(part.path, part.requirements) for part in change.files}
    return tuple(verdicts), tuple(part for part in files if (part.path, part.requirements) not in there)


def _users(project: Project, change: Change, support: Path) -> list[Path]:
    """The files that import a support module: those of the change, and all that do already."""
    parts = [part.path for part in change.files if part.edits and part.path.suffix in SUFFIXES]
    return list(dict.fromkeys([*parts, *(project.importers(support) if project.source(support) is not None else ())]))


def _requirements(project: Project, part: FileChange, own: set[str]) -> Iterator[str]:
    """The distributions that the imports of a part need; `own` are modules that the change itself brings."""
    for item in (*part.imports, *(needed for helper in _helpers(part) for needed in helper.imports)):
        if item.module.partition(".")[0] not in own and (wanted := _requirement(project, item)):
            yield wanted


def _helpers(part: FileChange) -> list[Helper]:
    """The helpers of a part and those that they require."""
    found = list(part.helpers)
    for helper in found:
        found += [required for required in helper.requires if required not in found]
    return found


def _requirement(project: Project, item: Import) -> str | None:
    """The distribution that an import needs; None for the standard library and the project's own modules."""
    if wanted := _REQUIREMENTS.get((item.module, item.name)) or _REQUIREMENTS.get((item.module, None)):
        return wanted
    top = item.module.partition(".")[0]
    if not top or top in sys.stdlib_module_names or top in _GIVEN or top == project.settings.support_module:
        return None
    return None if project.has_module(top) else top.replace("_", "-")


def _features(part: FileChange) -> Iterator[tuple[str, tuple[int, int]]]:
    texts = [*(edit.text for edit in part.edits), *(helper.source for helper in _helpers(part))]
    for what, pattern, version in _SINCE:
        if any(pattern.search(text) for text in texts):
            yield what, version


def _known(project: Project, key: tuple[str, Path], work: Callable[[], A]) -> A:
    """The answer to a question that many changes ask, found out once for each state of the project."""
    known = _KNOWN.setdefault(project, {})
    if key not in known:
        known[key] = work()
    return known[key]  # type: ignore[no-any-return]
