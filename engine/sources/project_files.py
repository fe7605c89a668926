"""The texts of a project: every Python file under its root, read only when somebody asks, and what their imports say."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from .config import Settings
from .discover import SUFFIXES, discover
from .ignore import lies_in
from .imports import at_import_lines, dotted_in, imported_words, imports_in, leads_to, root_of
from .mentions import Mention, Mentions
from .old_copies import is_aside
from .source import SourceError, SourceFile
from .told import Told, longest_word
from .words import Words

_RELATIVE = re.compile(rb"[ \t]*from[ \t]+\.")


class ProjectFiles:
    """All Python files that belong together, as they are on disk or as earlier changes of this run left them.

    `requested` are the files the run was asked for; only these are searched and changed. The others are looked at
    where a rewrite must know who else uses a name.
    """

    def __init__(
        self, settings: Settings, requested: Iterable[Path], sources: Mapping[Path, SourceFile] | None = None
    ) -> None:
        self.settings = settings
        self.requested = frozenset(requested)
        self._sources: dict[Path, SourceFile | None] = dict(sources or {})
        #: The bytes of files as they were read, of which nothing else is kept.
        self._held: dict[Path, bytes] = {}
        #: The files and folders that were asked for, whether they exist or not.
        self.looked_at: set[Path] = set()
        self._contained: dict[bytes, bool] = {}
        #: What `names_in` has found: which files there are does not change in one state of a project.
        self._names: dict[Path, frozenset[str]] = {}
        self._parts: dict[Path, frozenset[Path]] = {}
        self._whole: dict[Path, bool] = {}
        #: What the imports of a file lead to, as long as neither its text nor the set of files changes.
        self._reached: dict[Path, tuple[bytes, dict[str, list[tuple[Path, Path]]]]] = {}
        #: The words of all texts, and the state of the project that asked for them last.
        self._words = Words()
        #: What each text tells by itself.
        self.texts = Told()
        #: The other files below the root.
        self.mentions = Mentions(settings.root, self._sources)

    @cached_property
    def files(self) -> tuple[Path, ...]:
        """Every Python file under the project's root (and every requested one), in order of path."""
        found = discover([self.settings.root], self.settings).files if self.settings.root.is_dir() else ()
        read = (path for path, source in self._sources.items() if source and path.suffix in SUFFIXES)
        return tuple(sorted({*self.requested, *read, *found}))  # of equal paths the object by which the run asks

    @cached_property
    def known_files(self) -> frozenset[Path]:
        """`files`, for look-ups."""
        return frozenset(self.files)

    @cached_property
    def files_by_name(self) -> dict[str, Path]:
        """`files` by their paths as texts, which are put together and looked up many times faster."""
        return {path.as_posix(): path for path in self.files}

    @cached_property
    def folder_names(self) -> frozenset[str]:
        """The folders that hold `files`, and those around them."""
        folders = {path.parent for path in self.files}
        return frozenset(folder.as_posix() for inner in folders for folder in (inner, *inner.parents))

    def source(self, path: Path) -> SourceFile | None:
        """The text of a file; None where it does not exist.

        Raises:
            SourceError: it exists and cannot be read or decoded.
        """
        if path in self._held and path not in self._sources:
            self._sources[path] = SourceFile.of(path, self._held[path])
        if path not in self._sources:
            self.looked_at.add(path)
            there = self.is_own(path) and path.exists()
            self._sources[path] = SourceFile.read(path) if there else None
        return self._sources[path]

    def is_own(self, path: Path) -> bool:
        """Whether a file is one of the run, or lies in the project: what ``..`` or a link leads to elsewhere is not read."""
        known = path in self.requested or ("files" in self.__dict__ and path in self.known_files)
        return known or lies_in(path, self.settings.root)

    def others(self, path: Path) -> Iterator[SourceFile]:
        """The readable sources of all other files of the project."""
        for other in self.files:
            if other != path:
                try:
                    source = self.source(other)
                except SourceError:
                    continue
                if source is not None:
                    yield source

    def data(self, path: Path) -> bytes:
        """The bytes of a file, none where it cannot be read."""
        try:
            return source.data if (source := self.source(path)) else b""
        except SourceError:
            return b""

    @property
    def words(self) -> Words:
        """Which file holds which words."""
        if not self.knows_words:
            self._words.follow(self, self.files, map(self.data, self.files), self.texts)
        return self._words

    def mentioning(self, words: Iterable[str]) -> list[Path]:
        """The files that hold one of the words."""
        return self.words.with_any(word.encode() for word in words)

    def mention(self, name: str, analysed: Container[Path]) -> Mention | None:
        """The first place outside the `analysed` files that mentions a name as a word, None where there is none."""
        if not (name.isascii() and name.isidentifier()):
            return self.mentions.of(name, analysed)
        return self.mentions.of(name, analysed, self.known_files, self.words.with_all([name.encode()]))

    def mention_of_file(self, name: str, analysed: Container[Path]) -> Mention | None:
        """The first program, setting or unit outside the `analysed` files that holds the name of a file."""
        return self.mentions.of_file(name, analysed, self.known_files, self.words.with_all_of(name.encode()))

    def unseen(self, names: Collection[str], analysed: Container[Path]) -> Mention | None:
        """The first program outside the `analysed` files that mentions all of some names, None where there is none."""
        words = [name.encode() for name in names]
        if not all(word.isascii() and word.decode().isidentifier() for word in words):
            return self.mentions.in_code(words, analysed)
        return self.mentions.in_code(words, analysed, self.known_files, self.words.with_all(words))

    def names_in(self, folder: Path) -> frozenset[str]:
        """The names of the files in a folder, of whatever kind, as they are on disk or as this run left them."""
        if folder not in self._names:
            self.looked_at.add(folder)
            try:
                if not lies_in(folder, self.settings.root) and all(path.parent != folder for path in self.requested):
                    raise FileNotFoundError(folder)
                there = {name for name in os.listdir(folder) if self._sources.get(folder / name, folder) is not None}
            except OSError:
                there = set()
            self._names[folder] = frozenset(there | self._given_names.get(folder, set()))
        return self._names[folder]

    @cached_property
    def _given_names(self) -> dict[Path, set[str]]:
        """The names of the files that have been read, or are in memory only, by folder."""
        found: dict[Path, set[str]] = {}
        for path, source in self._sources.items():
            if source is not None:
                found.setdefault(path.parent, set()).add(path.name)
        return found

    @property
    def knows_words(self) -> bool:
        """Whether the words of all texts have been asked for already."""
        return self._words.state is self

    def may_hold(self, needle: bytes) -> bool:
        """Whether a file of the project may hold these bytes, by the longest word in them."""
        return self.words.may_hold(longest_word(needle))

    def contains(self, needle: bytes) -> bool:
        """Whether any file of the project holds these bytes."""
        if needle not in self._contained:
            there = self.may_hold(needle)
            self._contained[needle] = there and any(self.texts.holds(data, needle) for data in self._datas)
        return self._contained[needle]

    @cached_property
    def _datas(self) -> list[bytes]:
        return [source.data for source in self.others(Path())]

    def has_module(self, name: str) -> bool:
        """Whether a top-level module or package of this name is the project's own."""
        return name in self._own_names

    @cached_property
    def _own_names(self) -> frozenset[str]:
        names = {path.stem for path in self.files}
        for path in self.files:
            if path.name == "__init__.py":
                names.add(path.parent.name)
        return frozenset(names)

    # Imports between the project's files

    def imports_from(self, path: Path, name: str) -> bool:
        """Whether another file may take `name` out of the module at `path`: by name, by star, or as an attribute of
        it.
        """
        stem = (path.parent.name if path.name == "__init__.py" else path.stem).encode()
        wanted = re.compile(rb"\b" + re.escape(name.encode()) + rb"\b|\*")
        attribute = re.compile(rb"\b" + re.escape(stem) + rb"\." + re.escape(name.encode()) + rb"\b")
        for data in (self.data(other) for other in self._naming(stem, path)):
            if attribute.search(data):
                return True
            for module, names, _ in imports_in(data):
                last = module.rpartition(b".")[2] if module.strip(b".") else b""
                if last == stem and wanted.search(names):
                    return True
        return False

    def importers(self, path: Path) -> list[Path]:
        """The files whose imports may reach the module at `path` (judged by its last name component, so never too
        few).
        """
        stem = (path.parent.name if path.name == "__init__.py" else path.stem).encode()
        words = re.findall(rb"\w+", stem)
        return [other for other in self._naming(stem, path) if imported_words(self.data(other)).issuperset(words)]

    def _naming(self, stem: bytes, path: Path) -> list[Path]:
        """The other files in which the name of a module stands."""
        return [other for other in self.words.with_all_of(stem) if other != path]

    def imported_files(self, path: Path, dotted: str) -> list[Path]:
        """The project's files to which an import of `dotted` (with its dots, where it is relative) in a file may lead: several
        where it depends on how the program is started.
        """
        if dotted.startswith("."):
            return self._leads(path, dotted)
        return [target for _, target in self._imports_of(path).get(dotted, ())] or self._leads(path, dotted)

    def _leads(self, path: Path, dotted: str) -> list[Path]:
        found = leads_to(path, dotted, self.files_by_name, self.settings.root)
        return [target for target in found if target != path]

    @cached_property
    def package_folders(self) -> frozenset[Path]:
        """The directories that hold an ``__init__.py``."""
        return frozenset(path.parent for path in self.files if path.name == "__init__.py")

    @cached_property
    def relative_packages(self) -> frozenset[Path]:
        """The outermost packages that use relative imports somewhere inside."""
        found = set()
        for source in self.others(Path()):
            folder = source.path.parent
            if folder in self.package_folders and any(True for _ in at_import_lines(_RELATIVE, source.data)):
                while folder.parent in self.package_folders:
                    folder = folder.parent
                found.add(folder)
        return frozenset(found)

    @cached_property
    def import_roots(self) -> dict[Path, Path | None]:
        """For each file that takes part in absolute imports between files: the directory that must be on `sys.path`
        for it; None for a file that is reached from several, unless its own imports tell.
        """
        own: dict[Path, Path] = {}
        reached: dict[Path, set[Path]] = {}
        tested: dict[Path, Path] = {}
        for path in self.files:
            for found in self._imports_of(path).values():
                if len(found) == 1:
                    own.setdefault(path, found[0][0])
                for root, target in found:
                    if is_aside(path, self.settings.root):
                        tested.setdefault(target, root)
                    else:
                        reached.setdefault(target, set()).add(root)
        only = {target: next(iter(roots)) if len(roots) == 1 else None for target, roots in reached.items()}
        return {**{t: root for t, root in tested.items() if t not in reached}, **only, **own}

    def is_reached(self, package: Path) -> bool:
        """Whether absolute imports of the project lead to each module of a package, or stand in it."""
        if package not in self._whole:
            inside = (path for path in self.files if path.is_relative_to(package) and path.name != "__init__.py")
            self._whole[package] = all(self.import_roots.get(path) == package.parent for path in inside)
        return self._whole[package]

    def parts_at(self, folder: Path) -> frozenset[Path]:
        """The directories and files right below a directory that are, or hold, files of the program itself, tests apart."""
        if folder not in self._parts:
            files = (
                path for path in self.files if not is_aside(path, self.settings.root) and path.is_relative_to(folder)
            )
            self._parts[folder] = frozenset(folder / path.relative_to(folder).parts[0] for path in files)
        return self._parts[folder]

    def _imports_of(self, path: Path) -> dict[str, list[tuple[Path, Path]]]:
        """What the absolute imports of a file may lead to, each with its directory on `sys.path`."""
        data = self.data(path)
        if path not in self._reached or self._reached[path][0] != data:
            named = dict.fromkeys(dotted for found in imports_in(data) for dotted in dotted_in(*found))
            hits = {dotted: [(root_of(dotted, hit), hit) for hit in self._leads(path, dotted)] for dotted in named}
            self._reached[path] = data, {dotted: found for dotted, found in hits.items() if found}
        return self._reached[path][1]
