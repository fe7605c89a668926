"""What a search found, remembered for as long as nothing that it depends on has changed.

A finding may depend on any file of its project, so an entry holds for one state of all of them, of the settings and of
tgfix's own code: where any of that differs there is no entry, and the search is made.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ...analysis.module import Project
from ...sources.source import SourceError, SourceFile
from ..outcome import Outcome
from .codec import decoded, encoded
from .state import Stamp, State, digest_of
from .store import Store

if TYPE_CHECKING:
    from ...codemod import Codemod

#: Changes with what entries look like.
_FORMAT = 1
_STAMPS = "files.json"
#: What each text tells by itself.
_TOLD = "texts.json"
_PACKAGE = Path(__file__).parents[3]


class Memory:
    """What is remembered of one search: of `codemods` in `files` of a project."""

    def __init__(self, store: Store, project: Project, files: Sequence[Path], codemods: Sequence[Codemod]) -> None:
        self._store = store
        self._project = project
        self._files = files
        self._codemods = codemods
        stamps = store.read(_STAMPS)
        self._known: Mapping[str, Stamp] = stamps if isinstance(stamps, dict) else {}
        self._state = self._now()

    def recall(self) -> tuple[list[Outcome], dict[Path, SourceFile]] | None:
        """The outcomes, and the texts of the files that they are about; None where nothing holds."""
        entry = None if self._state.too_much else self._store.read(self._entry)
        try:
            if entry is None or any(self._looks(path) != found for path, found in entry["beside"].items()):
                return None
            outcomes: list[Outcome] = list(decoded(entry["outcomes"]))
            return outcomes, dict(self._texts(outcomes))
        except (KeyError, ValueError, TypeError, IndexError, AttributeError, OSError, SourceError):
            return None

    def prepare(self) -> None:
        """Know of each text what it tells by itself, where an earlier run has found that out."""
        entry = self._store.read(_TOLD)
        if isinstance(entry, dict) and entry.get("for") == self._tool and isinstance(entry.get("texts"), dict):
            self._project.texts.load(entry["texts"])

    def remember_texts(self) -> None:
        """Keep what texts tell by themselves."""
        texts = self._project.texts.to_store(source.data for source in self._project.others(Path()))
        if texts is not None:
            self._store.write(_TOLD, {"for": self._tool, "texts": texts})

    def remember(self, outcomes: Sequence[Outcome]) -> None:
        """Keep the outcomes of a search, unless a file has changed since it began or something failed."""
        if self._state.too_much or any(problem.fatal for outcome in outcomes for problem in outcome.problems):
            return
        now = self._now()
        if now.digest != self._state.digest:
            return
        asked = [path for path in sorted(self._project.looked_at) if not self._counts(path)]
        beside = {str(path): self._looks(str(path)) for path in asked if self._project.is_own(path)}
        try:
            rows = encoded(tuple(outcomes))
        except (KeyError, ValueError):  # a codemod of somebody else's has classes of its own
            return
        self._store.write(self._entry, {"beside": beside, "outcomes": rows})
        if now.stamps != self._known:
            self._store.write(_STAMPS, now.stamps)

    def _now(self) -> State:
        return State(self._project.settings.root, self._project.files, self._known)

    def _counts(self, path: Path) -> bool:
        """Whether what a file or a folder is belongs to the state."""
        state = self._state
        known = str(path) in state.digests or str(path) in state.folders
        return known or (str(path.parent) in state.folders and not os.path.lexists(path))

    def _looks(self, path: str) -> str:
        """What a file or a folder is that does not belong to the state."""
        state = State(Path(os.devnull), (), {})
        state.also(path)
        return state.digest

    def _texts(self, outcomes: Sequence[Outcome]) -> Iterator[tuple[Path, SourceFile]]:
        """The files with findings, as they were when these were found.

        Raises:
            ValueError, OSError, SourceError: one is not.
        """
        findings = [admitted.finding for outcome in outcomes for admitted in outcome.admitted if admitted.finding]
        paths = {f.path for f in findings} | {p.path for f in findings for p in (f.change.files if f.change else ())}
        for path in paths:
            if digest := self._state.digests.get(str(path)):
                data = path.read_bytes()
                if digest_of(data) != digest:
                    raise ValueError(f"{path} has changed")
                yield path, SourceFile.from_bytes(path, data)

    @cached_property
    def _tool(self) -> list[object]:
        """What finds it out."""
        return [_FORMAT, tool(), sys.version]

    @cached_property
    def _entry(self) -> str:
        """The name of the entry: of before the search, which may load modules."""
        settings = replace(self._project.settings, touched=None, known=frozenset())
        parts = [
            *self._tool,
            settings,
            [(c.code, c.name, type(c).__module__) for c in self._codemods],
            [*_loaded()] if any(not _is_own(c) for c in self._codemods) else [],
            [str(path) for path in self._files],
            [str(path) for path in self._project.files],
            self._state.digest,
        ]
        digest = hashlib.sha256("\n".join(map(repr, parts)).encode("utf-8", "surrogatepass"))
        return f"run-{digest.hexdigest()[:40]}.json"


def tool() -> str:
    """Differs where the code of tgfix does, or that of the parsers it uses."""
    lines = [repr(_stamp(str(_PACKAGE / name))) for name in ("__init__.py", "pyproject.toml")]
    pending = [str(_PACKAGE / room) for room in ("codemods", "engine", "knowledge")]
    while pending:
        with os.scandir(pending.pop()) as scan:
            for entry in scan:
                if entry.is_dir() and entry.name != "__pycache__":
                    pending.append(entry.path)
                elif entry.name.endswith((".py", ".json")):
                    lines.append(f"{entry.path} {_stamp(entry.path)}")
    from importlib.util import find_spec

    for name in ("libcst", "fissix", "bowler", "packaging"):
        spec = find_spec(name)
        lines.append(f"{name} {_stamp(spec.origin) if spec and spec.origin else None}")
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogatepass")).hexdigest()


def _is_own(codemod: Codemod) -> bool:
    return type(codemod).__module__.startswith(f"{__package__.partition('.')[0]}.")


def _loaded() -> Iterator[tuple[str, object]]:
    """All modules that are loaded: a codemod of somebody else's may stand on any of them."""
    for name, module in sorted(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            yield name, _stamp(file)


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
