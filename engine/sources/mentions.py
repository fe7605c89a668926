"""Files of a project besides the Python ones that are analysed, of any kind, and which of them mention a name.

Excluded and ignored folders, notebooks, scripts without a suffix, entry points, Dockerfiles, templates, documentation:
each of them may use a function that tgfix would change.
"""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from heapq import merge
from operator import itemgetter
from pathlib import Path

from .ignore import ALWAYS_EXCLUDED, lies_in
from .source import SourceFile

#: Folders of other people's code, and of what tools remember. What a project itself builds or hides is looked into.
_FOREIGN = ALWAYS_EXCLUDED | {
    ".cache", ".direnv", ".eggs", ".idea", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pyenv", ".pytest_cache", ".pytype",
    ".ruff_cache", ".tox", ".venv", ".vscode", "__pycache__", "__pypackages__", "htmlcov", "node_modules", "site-packages", "venv",
}  # fmt: skip
#: Data, pictures, archives, compiled code, what programs have written, and what is to be ignored: nothing in them runs.
_DATA = (
    ".dockerignore", ".gitattributes", ".gitignore",
    ".7z", ".a", ".avi", ".bin", ".bz2", ".csv", ".db", ".dll", ".doc", ".docx", ".egg", ".exe", ".flac", ".gif", ".gz", ".ico",
    ".jpeg", ".jpg", ".lock", ".log", ".mo", ".mov", ".mp3", ".mp4", ".o", ".ogg", ".parquet", ".pdf", ".pickle", ".pkl", ".png",
    ".po", ".pyc", ".pyd", ".rar", ".session", ".so", ".sqlite", ".sqlite3", ".svg", ".tar", ".tgs", ".tsv", ".ttf", ".wav",
    ".webm", ".webp", ".whl", ".woff", ".woff2", ".xls", ".xlsx", ".xz", ".zip",
)  # fmt: skip
#: Text for people: a name in it is one of the program only where it is written like one.
_PROSE = (".adoc", ".htm", ".html", ".md", ".rst", ".tex", ".txt")
#: What may hold or run Python.
_CODE = (".py", ".pyw", ".pyi", ".pyx", ".ipynb", ".sh", ".bash", ".bat", ".ps1", ".cmd")
_MOST_FILES = 20_000
_MOST_ENTRIES = 300_000
_LARGEST_FILE = 2_000_000
_LARGEST_PROGRAM = 20_000_000  # a notebook holds its pictures
_LARGEST_SUM = 64_000_000
#: Settings of tools that look at files, and build nothing of them by a pattern.
_SETTINGS = (".cfg", ".ini", ".toml")
_VARIABLE = re.compile(r"\$+\{?\w+\}?|\{\{.*?\}\}|%+\w+%?")


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that mentions a name."""

    path: Path
    #: Counted from 1; None where the file, or a folder, is too large to be searched.
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A file of whatever kind, and its bytes."""

    path: Path
    data: bytes
    is_code: bool

    @property
    def only_tells(self) -> bool:
        """Whether it does nothing with the files that it names: prose, and what lists files to be left out."""
        return self.path.name.endswith("ignore") or self.path.suffix.lower() in _PROSE  # .gitignore, .dockerignore

    def at(self, offset: int) -> Mention:
        """The place of an offset."""
        return Mention(self.path, self.data.count(b"\n", 0, offset) + 1)


class Mentions:
    """The texts below a folder, read when first asked.

    Args:
        root: The folder.
        known: What has been read already: texts that are the same are kept once.
    """

    def __init__(self, root: Path, known: Mapping[Path, SourceFile | None] | None = None) -> None:
        self.root = root
        self._known: Mapping[Path, SourceFile | None] = known if known is not None else {}
        self._read: list[Text] | None = None
        #: What was too large or too much to be searched.
        self._beyond: Path | None = None
        self._listing: dict[tuple[str, str], list[Mention]] = {}
        #: Files that are known by other means, and the texts besides them.
        self._strange: tuple[Container[Path], list[tuple[int, Text]]] | None = None

    def of(
        self, name: str, analysed: Container[Path] = (), known: Container[Path] = (), holding: Iterable[Path] = ()
    ) -> Mention | None:
        """The first place outside the `analysed` files that mentions a name as a word, None where there is none.

        Of the `known` files it is known that only those of `holding` do.
        """
        word = re.escape(name).encode()
        anywhere = rb"(?<![\w])" + word + rb"(?!\w)"
        written = rb"(?:[.:`\"']|\bimport )" + word + rb"(?!\w)|(?<!\w)" + word + rb"(?:\(|`)"
        for text in self._holding(known, holding):
            if name.encode() in text.data and text.path not in analysed:
                pattern = written if text.path.suffix.lower() in _PROSE else anywhere
                if match := re.search(pattern, text.data):  # most names stand nowhere, and need no pattern
                    return text.at(match.start())
        return Mention(self._beyond) if self._beyond else None

    def of_file(
        self, name: str, analysed: Container[Path] = (), known: Container[Path] = (), holding: Iterable[Path] = ()
    ) -> Mention | None:
        """The first program, setting or unit outside the `analysed` files that holds the name of a file: what may write it.

        Of the `known` files it is known that only those of `holding` may.
        """
        word = re.compile(rb"(?<![\w.-])" + re.escape(name).encode() + rb"(?![\w-])")
        for text in self._holding(known, holding):
            if text.only_tells or name.encode() not in text.data or text.path in analysed:
                continue
            if match := word.search(text.data):
                return text.at(match.start())
        return Mention(self._beyond) if self._beyond else None

    def listing(self, name: str, new: str, besides: Container[Path] = ()) -> Mention | None:
        """The first program or setting that names a file for something else than to start it: what may copy or pack it by name, or
        by a pattern which `new`, a file beside it, does not match.
        """
        if (name, new) not in self._listing:
            self._listing[name, new] = list(self._listed(name, new))
        found = next((mention for mention in self._listing[name, new] if mention.path not in besides), None)
        return found or (Mention(self._beyond) if self._beyond else None)

    def _listed(self, name: str, new: str) -> Iterator[Mention]:
        word = re.compile(
            rb"(python[\d.]*[ \t]+(?:-\w+[ \t]+)*)?(?<![\w.-])" + re.escape(name).encode() + rb"(?![\w-])"
        )
        for text in self._texts():
            if name.encode() not in text.data:  # a search for the word alone is far quicker than for what precedes it
                continue
            if text.only_tells:
                continue
            start = next((match.start() for match in word.finditer(text.data) if match[1] is None), None)
            if start is not None:
                yield text.at(start)
        yield from (mention for mention, pattern in self._patterns if _is_apart(pattern, name, new))

    @cached_property
    def _patterns(self) -> list[tuple[Mention, str]]:
        """The patterns that stand for some of the Python files of a folder, as shells, makefiles and workflows have them."""
        found = []
        for text in self._texts():
            if text.only_tells or text.path.suffix.lower() in (*_SETTINGS, ".py", ".pyw", ".ipynb"):
                continue
            for end in re.finditer(rb"\.py\b", text.data):
                pattern = re.split(rb"[\s\"'`/\\=:;|()]", text.data[max(0, end.start() - 80) : end.end()])[-1]
                if re.search(rb"[*?\[{%$]", pattern):
                    mention = text.at(end.start())
                    found.append((mention, pattern.decode(errors="replace")))
        return found

    def in_code(
        self,
        words: Sequence[bytes],
        analysed: Container[Path],
        known: Container[Path] = (),
        holding: Iterable[Path] = (),
    ) -> Mention | None:
        """The first program outside the `analysed` files that mentions all of some words, None where there is none.

        Of the `known` files it is known that only those of `holding` do.
        """
        for text in self._holding(known, holding):
            if text.is_code and all(word in text.data for word in words) and text.path not in analysed:
                if line := _line(text, words):
                    return Mention(text.path, line)
        return Mention(self._beyond) if self._beyond else None

    def others(self, known: Container[Path]) -> Iterator[Text]:
        """The texts that are none of the `known` files."""
        return self._holding(known, ())

    def _holding(self, known: Container[Path], holding: Iterable[Path]) -> Iterator[Text]:
        """The texts that are not known, and those of `holding`, in their order."""
        if self._strange is None or self._strange[0] is not known:
            self._strange = known, [(n, text) for n, text in enumerate(self._texts()) if text.path not in known]
        held = sorted((self._numbered[path] for path in holding if path in self._numbered), key=itemgetter(0))
        return (text for _, text in merge(self._strange[1], held, key=itemgetter(0)))

    @cached_property
    def _numbered(self) -> dict[Path, tuple[int, Text]]:
        """The texts, each with its place in their order."""
        return {text.path: (n, text) for n, text in enumerate(self._texts())}

    def _texts(self) -> list[Text]:
        if self._read is None:
            self._read = []
            size = 0
            for count, path in enumerate(_files(self.root)):
                if path is None:
                    self._beyond = self.root
                    break
                if os.path.islink(path) and not lies_in(path, self.root):
                    if path.endswith(_CODE):  # it may be part of the program, and is not read
                        self._beyond = Path(path)
                    continue
                try:
                    length = os.stat(path).st_size
                    if length > largest(path):
                        if path.endswith(_CODE):
                            self._beyond = Path(path)
                        continue
                    with open(path, "rb") as stream:
                        data = stream.read()
                except OSError:
                    continue
                size += len(data)
                if count >= _MOST_FILES or size > _LARGEST_SUM:
                    self._beyond = self.root
                    break
                if b"\0" not in data[:8000]:
                    known = self._known.get(file := Path(path))
                    data = known.data if known is not None and known.data == data else data
                    self._read.append(Text(file, data, _is_code(path, data)))
            self._known = {}
        return self._read


def _is_apart(pattern: str, name: str, new: str) -> bool:
    """Whether a pattern may stand for one file and not for another: where it is put together from a variable, it may."""
    text = _VARIABLE.sub("$", pattern)
    words = re.fullmatch(r"(.*)\{([^{}]*)\}(.*)", text)
    several = [f"{words[1]}{word}{words[3]}" for word in words[2].split(",")] if words else [text]
    return "$" in text or (_matches(several, name) and not _matches(several, new))


def _matches(patterns: Iterable[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _line(text: Text, words: Sequence[bytes]) -> int | None:
    """The line of the first of the words in a text, None where it does not hold them all as words."""
    found = [re.search(rb"(?<!\w)" + re.escape(word) + rb"(?!\w)", text.data) for word in words]
    return text.data.count(b"\n", 0, found[0].start()) + 1 if found[0] and all(found) else None


def _is_code(path: str, data: bytes) -> bool:
    return path.lower().endswith(_CODE) or (data[:2] == b"#!" and b"python" in data[:120].split(b"\n")[0])


def largest(path: str) -> int:
    """The size up to which a file is searched for names; 0 for one in which nothing runs."""
    if path.lower().endswith(_DATA):
        return 0
    return _LARGEST_PROGRAM if path.endswith(_CODE) else _LARGEST_FILE


def _files(root: Path) -> Iterator[str | None]:
    """The regular files below a folder, in order of path, and None where there is too much to go on."""
    for folder in folders(root):
        if folder is None:
            yield None
            return
        for entry in folder[1]:
            if not entry.is_dir(follow_symlinks=False) and largest(entry.name) and entry.is_file():
                yield entry.path


def folders(root: Path) -> Iterator[tuple[str, list[os.DirEntry[str]]] | None]:
    """The folders that are searched for names, each with its entries in order of name, and None where there is too much to go
    on; links to folders are not followed.
    """
    pending = [str(root)]
    entered = 0
    while pending:
        if entered > _MOST_ENTRIES:
            yield None
            return
        directory = pending.pop()
        try:
            with os.scandir(directory) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError:
            continue
        entered += len(entries)
        yield directory, entries
        for entry in reversed(entries):
            if entry.is_dir(follow_symlinks=False) and entry.name not in _FOREIGN:
                if not os.path.exists(os.path.join(entry.path, "pyvenv.cfg")):
                    pending.append(entry.path)
