"""Files that say which Python a project is started with: containers, version managers, hosts; and what any text names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from ..at_words import at_words
from .contents import Contents, PythonRange, line_at, minor
from .lists import read_installed

#: The Python of systems that are used as a base image: https://wiki.ubuntu.com/Releases, https://wiki.debian.org/Python
_SYSTEMS = {
    "ubuntu:18.04": "3.6", "ubuntu:20.04": "3.8", "ubuntu:22.04": "3.10", "ubuntu:24.04": "3.12", "debian:10": "3.7",
    "debian:11": "3.9", "debian:12": "3.11", "debian:13": "3.13", "heroku:20": "3.8", "ubuntu:18": "3.6", "ubuntu:20": "3.8",
    "ubuntu:22": "3.10", "debian gnu/linux:10": "3.7", "debian gnu/linux:11": "3.9", "raspbian:10": "3.7", "raspbian:11": "3.9",
    "centos:7": "3.6", "centos:8": "3.6", "alpine:3.10": "3.7", "alpine:3.11": "3.8", "alpine:3.12": "3.8", "alpine:3.13": "3.8",
}  # fmt: skip
#: The same by the names of their releases, which images of others have in their tags: "buildpack-deps:buster".
_RELEASES = {
    "bionic": "3.6", "focal": "3.8", "jammy": "3.10", "noble": "3.12", "buster": "3.7", "bullseye": "3.9", "bookworm": "3.11",
    "trixie": "3.13",
}  # fmt: skip
_IMAGE = re.compile(r"(?:python|pypy)[-_:]?v?(3\.\d+)")
_ARGUMENT = re.compile(r"(?mi)^[ \t]*ARG[ \t]+(\w+)=[\"']?([^\s\"']+)")
_FROM = re.compile(r"(?mi)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)")
_VERSION = re.compile(r"\b3\.\d+")
#: A system that any text names: ``runs-on: ubuntu-20.04``, ``ubuntu/focal64``, "Raspbian Buster".
_BY_NUMBER = "|".join(_SYSTEMS).replace(":", "[-_:/ ]*").replace(".", r"\.?")
_SYSTEM = re.compile(rf"(?i)\b(?:(?:{_BY_NUMBER})(?![\w.])|(?:{'|'.join(_RELEASES)})(?:64|32)?\b)")
#: One of these stands in each text that names one: most texts hold none, which is seen a hundred times as fast.
_SYSTEM_WORDS = (*_RELEASES, *{system.partition(":")[0] for system in _SYSTEMS})
#: A setting for the version whose value a workflow works out: ``python-version: ${{ matrix.py }}``.
_WORKED_OUT = re.compile(r"python[-_]?versions?[\"']?[ \t]*:[ \t]*[\"']?\$\{\{")
_ALONE = re.compile(r"(?<![\w.])3\.\d{1,2}(?![\w.])")
#: What people read names systems for many reasons; the Python on the same line is the one of the system.
_PROSE = frozenset({".md", ".rst", ".txt"})

#: A version named near the word: `python_version = 3.8`, "Python (version 3.7 or higher)", `pkgs.python38`, `py -3.8`, `PYVER=3.8`.
_NAMED = re.compile(
    r"(?i)(?:(?:(?<![abd-z])python|pypy|pyenv|versionspec)(?:%20|\b\d-|[^\d\n]){0,30}?|(?<![.\w])py(?:_?ver(?:sion)?)?[-\"'\s:={]*)(?:(?<=%20)|(?<![\d.]))3[._]?(\d{1,2})(?!\d)(?:\.\d+)?"
    r"(?P<newer>[\s*_`]*(?:\+|[ ](?:or|and)[ ](?:higher|later|newer|above|greater|up)\b))?"
)
CONTAINER = re.compile(r"(?i)(?!.*ignore$)(?:.*[-_.])?(?:dockerfile|containerfile)(?:[-_.].*)?")

Reader = Callable[[Path, str], Iterator[PythonRange]]


def _container(path: Path, text: str) -> Iterator[PythonRange]:
    defaults = dict(_ARGUMENT.findall(text))
    for found in _FROM.finditer(text):
        image = re.sub(r"\$\{?(\w+)(?::?-([^}]*))?\}?", lambda m: defaults.get(m[1]) or m[2] or "", found[1])
        place = (path, line_at(text, found.start(1)), f"FROM {image}")
        if version := _of_image(image):
            yield minor(version, *place)
        elif re.search(r":.*\d", image) and not re.search(r"(?:python|pypy):3(?!\.)", image):
            yield PythonRange(">=3.0", *place, binding=False)  # nobody knows which Python an image of that release has
    yield from _started(path, text)


def _of_image(image: str) -> str | None:
    if named := _IMAGE.search(image):
        return named[1]
    name = image.rpartition("/")[2].split("@")[0]
    by_number = (v for system, v in _SYSTEMS.items() if name == system or name.startswith(f"{system}-"))
    by_name = (v for release, v in _RELEASES.items() if release in name.partition(":")[2])
    return next(by_number, next(by_name, None))


def _compose(path: Path, text: str) -> Iterator[PythonRange]:
    for found in re.finditer(r"(?m)^[ \t-]*image:[ \t]*[\"']?([^\s\"']+)", text):
        if version := _of_image(found[1]):
            yield minor(version, path, line_at(text, found.start(1)), f"image: {found[1]}")


def _first_version(path: Path, text: str) -> Iterator[PythonRange]:
    """``runtime.txt`` and ``.python-version``."""
    for number, line in enumerate(text.splitlines(), 1):
        if (found := re.fullmatch(r"\s*(?:c?python-)?(3\.\d+)[\w.]*\s*", line)) is not None:
            yield minor(found[1], path, number, line.strip())


def _tool_versions(path: Path, text: str) -> Iterator[PythonRange]:
    for found in re.finditer(r"(?m)^python[ \t]+(3\.\d+)[\w.]*", text):
        yield minor(found[1], path, line_at(text, found.start()), found[0])


def _started(path: Path, text: str) -> Iterator[PythonRange]:
    """Commands and settings that start the program: ``python3.8 bot.py``, ``runtime: python38``."""
    for found in re.finditer(r"\bpython-?(3)\.?(\d{1,2})\b", text):
        yield minor(f"3.{found[2]}", path, line_at(text, found.start()), found[0])


def named(path: Path, text: str) -> Iterator[PythonRange]:
    """Each Python that a text of any kind names: a tool's setting, a workflow's matrix, a command of a shell, what a README asks for.

    None of them binds: it may be what somebody tests with.
    """
    for found in at_words(_NAMED, text, ("py", "versionspec"), text.lower()):
        specifier = f">=3.{found[1]}" if found["newer"] else f"==3.{found[1]}.*"
        yield PythonRange(specifier, path, line_at(text, found.start()), " ".join(found[0].split()), binding=False)
    for key in re.finditer(r"(?m)^([ \t-]*)python(?:[-_]versions?)?:[ \t]*(.*(?:\n\1[ \t]*-[^\n]*)*)", text):
        for found in _VERSION.finditer(key[2]):
            line = line_at(text, key.start(2) + found.start())
            yield minor(found[0], path, line, f"python-version {found[0]}", binding=False)
    for image in _compose(path, text):
        yield replace(image, binding=False)
    if _WORKED_OUT.search(text):
        for found in _ALONE.finditer(text):
            yield minor(found[0], path, line_at(text, found.start()), f"python-version {found[0]}", binding=False)
    yield from systems(path, text)


def systems(path: Path, text: str) -> Iterator[PythonRange]:
    """The Python of each system that a text names."""
    lower = text.lower()
    for found in _SYSTEM.finditer(text) if any(word in lower for word in _SYSTEM_WORDS) else ():
        line = text[text.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
        if path.suffix in _PROSE and "python" not in line.lower():
            continue
        name = _bare(found[0].lower().removesuffix("64").removesuffix("32"))
        yield minor(_BY_BARE_NAME[name], path, line_at(text, found.start()), found[0], binding=False)


def _bare(name: str) -> str:
    return re.sub(r"[^a-z\d]", "", name)


_BY_BARE_NAME = _RELEASES | {_bare(name): version for name, version in _SYSTEMS.items()}


_READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (CONTAINER, _container),
    (re.compile(r"(?i)(?:docker-)?compose[\w.-]*\.ya?ml"), _compose),
    (re.compile(r"runtime\.txt|\.python-version"), _first_version),
    (re.compile(r"\.tool-versions"), _tool_versions),
    (re.compile(r"Procfile|.*\.service|(?:app|serverless|template)\.ya?ml|vercel\.json|supervisord?\.conf"), _started),
)


@cache
def reader_of(name: str) -> Reader | None:
    """What reads a file of that name for the Python it asks for; None where it is none of these."""
    return next((read for pattern, read in _READERS if pattern.fullmatch(name)), None)


@cache
def is_container(name: str) -> bool:
    """Whether a file of that name describes an image."""
    return CONTAINER.fullmatch(name) is not None


def read_interpreter(path: Path, text: str) -> Contents:
    """The versions of Python that such a file names; for a container what it installs, too."""
    read = reader_of(path.name)
    pythons = tuple(read(path, text)) if read is not None else ()
    return (
        replace(read_installed(path, text), pythons=pythons) if is_container(path.name) else Contents(pythons=pythons)
    )
