"""What the import statements of a file name, read off its bytes, and which files these lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

_IMPORT = re.compile(
    rb"^(?:\xef\xbb\xbf)?[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\((?:[^()]*)\)|[^\n#;]*)|import[ \t]+([^\n#;]*))",
    re.MULTILINE,
)
_WORD = re.compile(rb"\w+")


@lru_cache(maxsize=8192)
def imports_in(data: bytes) -> tuple[tuple[bytes, bytes, bytes], ...]:
    """The import statements of a file: (module, names) of each ``from`` import, and what each plain one names."""
    return tuple(_IMPORT.findall(data))


@lru_cache(maxsize=8192)
def imported_words(data: bytes) -> frozenset[bytes]:
    """The words that the import statements of a file are made of."""
    return frozenset(word for parts in imports_in(data) for word in _WORD.findall(b" ".join(parts)))


def dotted_in(module: bytes, names: bytes, plain: bytes) -> Iterator[str]:
    """The modules that an import statement names."""
    if module and not module.startswith(b"."):
        yield module.decode()
        for name in names.strip(b"() \t\r\n").split(b","):
            word = name.split()
            if word:
                yield f"{module.decode()}.{word[0].decode(errors='replace')}"
    for item in plain.split(b","):
        word = item.split()
        if word:
            yield word[0].decode(errors="replace")


@lru_cache(maxsize=8192)
def above(importer: Path, top: Path) -> tuple[str, ...]:
    """The folders in which a file finds what it imports, from its own up to `top`, as texts to which ``/`` and a name are put:
    to put together and look up texts takes a tenth of the time that paths do.
    """
    folder, last, found = importer.as_posix(), top.as_posix().rstrip("/"), []
    while folder and folder != last:
        folder = folder.rpartition("/")[0]
        found.append(folder)
    return tuple(found)


def levels_up(importer: Path, level: int) -> str:
    """The folder that so many dots in an import of a file stand for, as `above` gives them."""
    return importer.as_posix().rsplit("/", level)[0]


@lru_cache(maxsize=8192)
def _packages_last(folders: tuple[str, ...], packages: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(folders, key=packages.__contains__))


def bases(importer: Path, top: Path, files: Mapping[str, Path]) -> tuple[str, ...]:
    """The folders of `above` in the order in which an absolute import is likely to look: a package is hardly ever on `sys.path`."""
    folders = above(importer, top)
    return _packages_last(folders, frozenset(folder for folder in folders if f"{folder}/__init__.py" in files))


def places(importer: Path, dotted: str, files: Mapping[str, Path], top: Path) -> list[tuple[Path, Path]]:
    """(root directory, file) of all among the project's files to which an absolute import written in `importer` may lead: which
    of them it is depends on where the program is started.
    """
    parts = [part for part in dotted.split(".") if part]
    relative = "/".join(parts)
    found = []
    for base in bases(importer, top, files) if parts else ():
        target = files.get(f"{base}/{relative}/__init__.py") or files.get(f"{base}/{relative}.py")
        if target is not None and target != importer:
            found.append((target.parents[len(parts) - (target.name != "__init__.py")], target))
    return found
