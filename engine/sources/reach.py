"""Which of a project's files may run in one process: those that one of them loads by its imports."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from .at_words import at_words
from .for_texts import kept
from .imports import Names, above, levels_up, module_file
from .old_copies import parts_below
from .project_files import ProjectFiles

#: Wherever the words stand, in a text too: one file too many does no harm.
_IMPORT = re.compile(rb"\b(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n;]*)|import[ \t]+([^\n;]*))")
_CONTINUED = re.compile(rb"\\\r?\n")
_COMMENT = re.compile(rb"#[^\n]*")
#: By these a program loads files that no import statement names.
_DYNAMIC = re.compile(rb"\b(?:importlib|__import__|runpy|pkgutil|imp\.load_\w+|SourceFileLoader)\b|\bexec\s*\(")
_DYNAMIC_WORDS = "importlib __import__ runpy pkgutil imp SourceFileLoader exec".split()
_TEST = re.compile(r"^(?:test_.*|.*_tests?|tests|conftest)\.py$")
_TESTS = frozenset({"test", "tests", "testing"})


class Loads:
    """Which of a project's files load which by their imports.

    Tests are left out, because they run without the bot: all but `test`, if it is given.
    """

    def __init__(self, project: ProjectFiles, test: Path | None = None) -> None:
        self._project = project
        root = project.settings.root
        self._files = tuple(file for file in project.files if file == test or not is_test(root, file))
        known = self._known = _Known(self._files, project.files_by_name)
        self._places = _places(self._files, root)
        #: The files are told by their numbers: a path is slow to look up.
        self._numbers = {file: number for number, file in enumerate(self._files)}
        may = (file for file in project.mentioning(_DYNAMIC_WORDS) if file in self._numbers)
        #: Whether any of them loads others by a computed name.
        self._is_dynamic = any(_DYNAMIC.search(project.data(file)) for file in may)
        self._edges = [set() if self._is_dynamic else self._imported(file, known) for file in self._files]
        self._loaded_by: list[set[int]] = [set() for _ in self._files]
        for number, others in enumerate(self._edges):
            for other in others:
                self._loaded_by[other].add(number)

    def _imported(self, path: Path, known: Names) -> set[int]:
        imported = _imported(self._project, path, self._project.data(path), known, self._places)
        return {self._numbers[other] for other in imported if other in self._numbers}

    def connected(self, path: Path) -> tuple[Path, ...]:
        """The files that may be loaded in the same process as `path`, itself among them.

        Any file may be the one that is started: these are all that is loaded by those that load `path`, or the whole project
        where any file loads others by a computed name.
        """
        if path not in self._numbers:
            return self._connected_test(path) if path in self._project.known_files else (path,)
        if self._is_dynamic:
            return self._files
        found = _reached(self._edges, _reached(self._loaded_by, {self._numbers[path]}))
        return tuple(self._files[number] for number in sorted(found))

    def _connected_test(self, path: Path) -> tuple[Path, ...]:
        if self._is_dynamic or _DYNAMIC.search(self._project.data(path)):
            return tuple(sorted((*self._files, path)))
        if path in self._known.missed:  # the program may load it
            return Loads(self._project, path).connected(path)
        loaded = _reached(self._edges, self._imported(path, {**self._known.files, path.as_posix(): path}))
        return tuple(sorted((path, *(self._files[number] for number in loaded))))


class _Known:
    """Files that an import may lead to, by their paths as texts. It remembers which of `others` one would have led to."""

    def __init__(self, files: tuple[Path, ...], others: Mapping[str, Path]) -> None:
        self.files = {path.as_posix(): path for path in files}
        self._others = others
        self.missed: set[Path] = set()

    def get(self, name: str, /) -> Path | None:
        """The file of a name."""
        if (found := self.files.get(name)) is None and name in self._others:
            self.missed.add(self._others[name])
        return found


def _reached(edges: Sequence[set[int]], starts: set[int]) -> set[int]:
    found, waiting = set(starts), list(starts)
    while waiting:
        more = edges[waiting.pop()] - found
        found |= more
        waiting += more
    return found


def is_test(root: Path, path: Path) -> bool:
    """Whether a file holds tests, by its name or folder."""
    inside = parts_below(root, path)
    return bool(_TEST.match(path.name)) or not _TESTS.isdisjoint((path.parts if inside is None else inside)[:-1])


@kept
def _imports(data: bytes) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The modules that a file's import statements name, each with the names that are taken out of it."""
    found = []
    for match in at_words(_IMPORT, _CONTINUED.sub(b" ", data), (b"from", b"import")):
        module, names, plain = match.groups(b"")
        if module:
            items = _COMMENT.sub(b"", names).strip(b"() \t\r\n").split(b",")
            found.append(
                (module.decode(), tuple(word[0].decode(errors="replace") for i in items if (word := i.split())))
            )
        else:
            for item in _COMMENT.sub(b"", plain).split(b","):
                if word := item.split():
                    found.append((word[0].decode(errors="replace"), ()))
    return tuple(found)


def _places(files: tuple[Path, ...], root: Path) -> dict[str, set[str]]:
    """The folders in which a module or package of a name lies: any may be where a program looks, by `sys.path`, ``PYTHONPATH`` or
    because it is installed.
    """
    found: dict[str, set[str]] = {}
    for file in files:
        folder = root.as_posix().rstrip("/")
        for part in parts_below(root, file) or ():
            found.setdefault(part.removesuffix(".py"), set()).add(folder)
            folder = f"{folder}/{part}"
    return found


def _imported(
    project: ProjectFiles, path: Path, data: bytes, known: Names, places: Mapping[str, set[str]] | None = None
) -> Iterator[Path]:
    for module, names in _imports(data):
        dots = len(module) - len(module.lstrip("."))
        parts = [part for part in module.split(".") if part]
        # each folder in which it may be found: which comes first depends on where the program is started
        around = (levels_up(path, dots),) if dots else above(path, project.settings.root)
        found = list(_found(around, parts, names, known))
        if not (found or dots or not parts or parts[0] in sys.stdlib_module_names):
            found = list(_found(sorted((places or {}).get(parts[0], ())), parts, names, known))
        yield from found


def _found(folders: Iterable[str], parts: list[str], names: tuple[str, ...], known: Names) -> Iterator[Path]:
    """The files that an import loads if one of the folders is where it looks."""
    for base in folders:
        hits = [hit for name in ("", *names) if (hit := module_file(base, [*parts, name] if name else parts, known))]
        yield from hits
        for end in range(1, len(parts)) if hits else ():  # the packages around are loaded, too
            if around := known.get("/".join([base, *parts[:end], "__init__.py"])):
                yield around
