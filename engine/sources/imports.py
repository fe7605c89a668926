"""What the import statements of a file name, read off its bytes, and which files these lead to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from .at_words import places_of
from .for_texts import kept

_IMPORT = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\((?:[^()]*)\)|[^\n#;]*)|import[ \t]+([^\n#;]*))"
)
_PACKAGE = re.compile(rb"(?:\xef\xbb\xbf)?[ \t]*(?:from|import)[ \t]+(\w+)")
_BOM = b"\xef\xbb\xbf"
_WORD = re.compile(rb"\w+")


@kept
def _import_lines(data: bytes) -> tuple[int, ...]:
    """Where the lines begin that begin with an import."""
    found = []
    for at in (at for word in (b"from", b"import") for at in places_of(word, data)):
        start = data.rfind(b"\n", 0, at) + 1
        if not data[start:at].removeprefix(_BOM).strip(b" \t"):
            found.append(start)
    return tuple(sorted(found))


def at_import_lines(pattern: re.Pattern[bytes], data: bytes) -> Iterator[re.Match[bytes]]:
    """What a pattern matches where lines begin with an import, one behind the other."""
    end = 0
    for start in _import_lines(data):
        if start >= end and (found := pattern.match(data, start)):
            end = found.end()
            yield found


@kept
def imports_in(data: bytes) -> tuple[tuple[bytes, bytes, bytes], ...]:
    """The import statements of a file: (module, names) of each ``from`` import, and what each plain one names."""
    return tuple((m[1] or b"", m[2] or b"", m[3] or b"") for m in at_import_lines(_IMPORT, data))


@kept
def packages_in(data: bytes) -> frozenset[str]:
    """The top-level modules that a file imports from elsewhere, of a statement with several the first."""
    return frozenset(m[1].decode() for m in at_import_lines(_PACKAGE, data))


@kept
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


@kept
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


@kept
def _packages_last(folders: tuple[str, ...], packages: frozenset[str]) -> tuple[str, ...]:
    return tuple(sorted(folders, key=packages.__contains__))


def bases(importer: Path, top: Path, files: Mapping[str, Path]) -> tuple[str, ...]:
    """The folders of `above` in the order in which an absolute import is likely to look: a package is hardly ever on `sys.path`."""
    folders = above(importer, top)
    return _packages_last(folders, frozenset(folder for folder in folders if f"{folder}/__init__.py" in files))


class Names(Protocol):
    """Files by their paths as texts."""

    def get(self, name: str, /) -> Path | None:
        """The file of a name."""


def module_file(base: str, parts: Sequence[str], files: Names) -> Path | None:
    """The package or module below `base`, a folder as `above` gives it, that the parts of a dotted name lead to."""
    target = "/".join([base, *parts])
    found = files.get(f"{target}/__init__.py")
    return files.get(f"{target}.py") if found is None and parts else found


def leads_to(importer: Path, dotted: str, files: Mapping[str, Path], top: Path) -> Iterator[Path]:
    """The project's files to which an import written in `importer` may lead, the likeliest first; relative names keep their leading
    dots. Of an absolute one it depends on where the program is started.
    """
    dots = len(dotted) - len(dotted.lstrip("."))
    parts = [part for part in dotted.split(".") if part]
    for base in (levels_up(importer, dots),) if dots else bases(importer, top, files) if parts else ():
        if (found := module_file(base, parts, files)) is not None:
            yield found


def root_of(dotted: str, file: Path) -> Path:
    """The folder on `sys.path` from which an absolute import leads to a file."""
    return file.parents[sum(map(bool, dotted.split("."))) - (file.name != "__init__.py")]
