"""The libraries that a bot stands on: what the project asks for, what its virtual environment has, and what is missing for speed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ...knowledge.advice import CRYPTG, TRANSFERS
from ..analysis.evidence import Beside
from ..analysis.module import Project
from ..analysis.telegram.project import TelegramProject
from ..sources.requirements import Declarations, Requirement, normal
from .model import Library, Place, Program, Remark

#: Libraries that matter for speed, by the name of their distribution.
_WANTED = (
    "python-telegram-bot telethon pyrogram aiogram httpx aiohttp requests aiofiles aiolimiter cryptg uvloop aiosqlite sqlalchemy"
).split()  # fmt: skip
_DISTRIBUTIONS = {"telegram": "python-telegram-bot", "telethon": "telethon"}


class Libraries:
    """What is declared and installed for a project."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._root = project.settings.root
        self._environment = Declarations.of(project).at(self._root)
        self._installed = _installed(self._root)
        self._found = {name: self._library(name) for name in _WANTED}

    def told(self) -> tuple[Library, ...]:
        """Those that are declared, installed or imported."""
        imported = TelegramProject.of(self._project).libraries
        used = {name for module, name in _DISTRIBUTIONS.items() if imported[module]}
        return tuple(lib for lib in self._found.values() if lib.place or lib.installed or lib.name in used)

    def remarks(self, programs: Iterable[Program]) -> Iterator[Remark]:
        """What is missing, where the source shows that it would be used."""
        for program in programs:
            touches = {
                t.place: t
                for h in program.handlers
                for t in h.touches
                if t.kind == "telegram" and t.detail in TRANSFERS
            }
            first = min(touches, default=None)
            if program.library == "telethon" and first is not None and not self._has("cryptg"):
                more = f" and {len(touches) - 1} more" if len(touches) > 1 else ""
                yield Remark(f"`cryptg` is not declared, and files are transferred here{more}: {CRYPTG}", first)
            jobs = next(
                (e for e in program.beside if e.kind is Beside.JOB and self._is_job_queue(e.path, e.line)), None
            )
            if program.library == "telegram" and jobs is not None and self._lacks_job_queue():
                sentence = (
                    "`python-telegram-bot` is declared without its extra `job-queue`, and jobs are scheduled here"
                )
                yield Remark(sentence, Place(jobs.path, jobs.line))

    def _is_job_queue(self, path: Path, line: int) -> bool:
        """Whether what schedules a job in a line is the library's own queue."""
        for call in self._project.module(path).all(ast.Call):
            if call.lineno == line and isinstance(call.func, ast.Attribute):
                owner = call.func.value
                if "job_queue" in (getattr(owner, "attr", ""), getattr(owner, "id", "")):
                    return True
        return False

    def _has(self, name: str) -> bool:
        return bool(self._found[name].place or self._found[name].installed) or self._environment.aside(name) is not None

    def _lacks_job_queue(self) -> bool:
        """Whether the library is asked for, always without the extra, and nothing else brings the scheduler."""
        asked = self._requirements("python-telegram-bot")
        extras = {"job-queue", "all", "ext"}
        declared = any(route.named("apscheduler") or route.computed for route in self._environment.routes)
        return (
            bool(asked)
            and not declared
            and not any(extras & r.extras for r in asked)
            and "apscheduler" not in self._installed
        )

    def _requirements(self, name: str) -> list[Requirement]:
        return [r for route in self._environment.routes for r in route.named(name)]

    def _library(self, name: str) -> Library:
        asked = self._requirements(name)
        required, place = "", None
        if asked:
            extras = f"[{','.join(sorted(asked[0].extras))}]" if asked[0].extras else ""
            required, place = f"{name}{extras}{asked[0].specifier}", Place(asked[0].path, asked[0].line)
        return Library(name, required, place, self._installed.get(name, ""))


def _installed(root: Path) -> dict[str, str]:
    """The releases of the distributions in the project's own virtual environment, by name."""
    releases: dict[str, str] = {}
    for folder in (".venv", "venv", "env"):
        for packages in sorted((root / folder).glob("lib/python3*/site-packages")) + sorted(
            (root / folder).glob("Lib/site-packages")
        ):
            for entry in packages.glob("*.dist-info"):
                found = re.fullmatch(r"(.+)-([^-]+)\.dist-info", entry.name)
                if found:
                    releases.setdefault(normal(found[1]), found[2])
    return releases
