"""Which of a project's files may run in one process: those that one of them loads by its imports."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from .project_files import ProjectFiles
from .source import SourceError

#: Wherever the words stand, in a text too: one file too many does no harm.
_IMPORT = re.compile(rb"\b(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n;]*)|import[ \t]+([^\n;]*))")
_CONTINUED = re.compile(rb"\\\r?\n")
_COMMENT = re.compile(rb"#[^\n]*")
#: By these a program loads files that no import statement names.
_DYNAMIC = re.compile(rb"\b(?:importlib|__import__|runpy|pkgutil|imp\.load_\w+|SourceFileLoader)\b|\bexec\s*\(")
_TEST = re.compile(r"^(?:test_.*|.*_tests?|conftest)\.py$")
_TESTS = frozenset({"test", "tests", "testing"})


def connected(project: ProjectFiles, path: Path) -> tuple[Path, ...]:
    """The files that may be loaded in the same process as `path`, itself among them.

    Any file may be the one that is started: these are all that is loaded by those that load `path`, or the whole project
    where any file loads others by a computed name. Tests are left out (they run without the bot), unless `path` is one.
    """
    files = [file for file in project.files if file == path or not is_test(project.settings.root, file)]
    if path not in files:
        return (path,)
    sources = {file: _data(project, file) for file in files}
    if any(_DYNAMIC.search(data) for data in sources.values()):
        return tuple(files)
    known = frozenset(files)
    loads: dict[Path, set[Path]] = {file: set() for file in files}
    loaded_by: dict[Path, set[Path]] = {file: set() for file in files}
    for file, data in sources.items():
        for other in _imported(project, file, data, known):
            loads[file].add(other)
            loaded_by[other].add(file)
    found = _reached(loads, _reached(loaded_by, {path}))
    return tuple(file for file in files if file in found)


def _reached(edges: Mapping[Path, set[Path]], starts: set[Path]) -> set[Path]:
    found, waiting = set(starts), list(starts)
    while waiting:
        more = edges[waiting.pop()] - found
        found |= more
        waiting += more
    return found


def is_test(root: Path, path: Path) -> bool:
    """Whether a file holds tests, by its name or folder."""
    inside = path.relative_to(root) if path.is_relative_to(root) else path
    return bool(_TEST.match(path.name)) or bool(_TESTS.intersection(inside.parts[:-1]))


def _data(project: ProjectFiles, path: Path) -> bytes:
    try:
        source = project.source(path)
    except SourceError:
        return b""
    return source.data if source else b""


@lru_cache(maxsize=8192)
def _imports(data: bytes) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The modules that a file's import statements name, each with the names that are taken out of it."""
    found = []
    for module, names, plain in _IMPORT.findall(_CONTINUED.sub(b" ", data)):
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


def _imported(project: ProjectFiles, path: Path, data: bytes, known: frozenset[Path]) -> Iterator[Path]:
    for module, names in _imports(data):
        dots = len(module) - len(module.lstrip("."))
        parts = [part for part in module.split(".") if part]
        bases = [path.parents[dots - 1]] if 0 < dots <= len(path.parents) else list(path.parents)
        for base in bases:
            hits = [
                hit for name in ("", *names) if (hit := module_file(base, [*parts, name] if name else parts, known))
            ]
            if hits:
                yield from hits
                for end in range(1, len(parts)):  # the packages around are loaded, too
                    if (around := base.joinpath(*parts[:end], "__init__.py")) in known:
                        yield around
                break
            if base == project.settings.root:
                break


def module_file(base: Path, parts: list[str], known: frozenset[Path]) -> Path | None:
    """The package or module below `base` that the parts of a dotted name lead to, of the `known` files."""
    target = base.joinpath(*parts)
    for candidate in (target / "__init__.py", *([target.with_name(f"{target.name}.py")] if parts else [])):
        if candidate in known:
            return candidate
    return None
