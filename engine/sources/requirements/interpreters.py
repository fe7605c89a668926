"""Files that say which Python a project is started with: containers, version managers, hosts, continuous integration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from .contents import Contents, PythonRange, line_at, minor
from .lists import read_installed

#: The Python of systems that are used as a base image: https://wiki.ubuntu.com/Releases, https://wiki.debian.org/Python
_SYSTEMS = {
    "ubuntu:18.04": "3.6", "ubuntu:bionic": "3.6", "ubuntu:20.04": "3.8", "ubuntu:focal": "3.8", "ubuntu:22.04": "3.10",
    "ubuntu:jammy": "3.10", "ubuntu:24.04": "3.12", "ubuntu:noble": "3.12", "debian:buster": "3.7", "debian:10": "3.7",
    "debian:bullseye": "3.9", "debian:11": "3.9", "debian:bookworm": "3.11", "debian:12": "3.11", "debian:13": "3.13",
    "debian:trixie": "3.13",
}  # fmt: skip
_IMAGE = re.compile(r"(?:python|pypy)[-_:]?v?(3\.\d+)")
_ARGUMENT = re.compile(r"(?mi)^[ \t]*ARG[ \t]+(\w+)=[\"']?([^\s\"']+)")
_FROM = re.compile(r"(?mi)^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)")
_VERSION = re.compile(r"\b3\.\d+")

_README = re.compile(
    r"(?ix) python [\s*_`]* (?:version [\s*_`]*)? (?:>=|≥|v)? [\s*_`]* 3\.(\d+) (?:\.\d+)? [\s*_`]*"
    r"(?:\+ | or[ ](?:higher|later|newer|above|greater|up) | and[ ](?:above|up))"
)
#: A command that installs a Python: "brew install python@3.8", "apt install python3.8 git".
_INSTALLED = re.compile(
    r"\b(?:apt|apt-get|brew|choco|conda|dnf|pkg|pyenv|yum|zypper)\b[^\n&|;]*?\binstall\b[^\n&|;]*?\bpython[@=]{0,2}3\.(\d{1,2})\b"
)
CONTAINER = re.compile(r"(?i)(?!.*ignore$)(?:.*[-_.])?(?:dockerfile|containerfile)(?:[-_.].*)?")

Reader = Callable[[Path, str], Iterator[PythonRange]]


def _container(path: Path, text: str) -> Iterator[PythonRange]:
    defaults = dict(_ARGUMENT.findall(text))
    for found in _FROM.finditer(text):
        image = re.sub(r"\$\{?(\w+)(?::?-([^}]*))?\}?", lambda m: defaults.get(m[1]) or m[2] or "", found[1])
        if version := _of_image(image):
            yield minor(version, path, line_at(text, found.start(1)), f"FROM {image}")


def _of_image(image: str) -> str | None:
    if named := _IMAGE.search(image):
        return named[1]
    name = image.rpartition("/")[2].split("@")[0]
    return next((v for system, v in _SYSTEMS.items() if name == system or name.startswith(f"{system}-")), None)


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


def _workflow(path: Path, text: str) -> Iterator[PythonRange]:
    """``python-version: "3.8"`` and the lists of a matrix; the images of jobs."""
    for key in re.finditer(r"(?m)^([ \t-]*)python(?:[-_]versions?)?:[ \t]*(.*(?:\n\1[ \t]*-[^\n]*)*)", text):
        for found in _VERSION.finditer(key[2]):
            line = line_at(text, key.start(2) + found.start())
            yield minor(found[0], path, line, f"python-version {found[0]}", binding=False)
    for image in _compose(path, text):
        yield PythonRange(image.specifier, path, image.line, image.text, binding=False)


def _tox(path: Path, text: str) -> Iterator[PythonRange]:
    for found in re.finditer(r"\bpy3(\d{1,2})\b", text):
        yield minor(f"3.{found[1]}", path, line_at(text, found.start()), found[0], binding=False)


def _started(path: Path, text: str) -> Iterator[PythonRange]:
    """Commands and settings that start the program: ``python3.8 bot.py``, ``runtime: python38``."""
    for found in re.finditer(r"\bpython-?(3)\.?(\d{1,2})\b", text):
        yield minor(f"3.{found[2]}", path, line_at(text, found.start()), found[0])


def _named(path: Path, text: str) -> Iterator[PythonRange]:
    """What tools, shells and hosts are told: `python_version = 3.8`, `python = "3.8"`, `python3.8 -m venv env`, `pkgs.python38`."""
    for found in re.finditer(
        r"(?i)\bpy(?:thon)?(?:[-_]?version)?(?:\s*value)?[-\"'\s=:@\[(~^>]*3\.?(\d{1,2})(?!\d)", text
    ):
        yield minor(f"3.{found[1]}", path, line_at(text, found.start()), " ".join(found[0].split()), binding=False)


def _told(path: Path, text: str) -> Iterator[PythonRange]:
    """What a README asks for: "Python 3.8+", "Python 3.7 or higher", and what it tells to install."""
    for found in _INSTALLED.finditer(text):
        yield minor(f"3.{found[1]}", path, line_at(text, found.start()), " ".join(found[0].split()), binding=False)
    for found in _README.finditer(text):
        text_of = " ".join(found[0].split())
        yield PythonRange(f">=3.{found[1]}", path, line_at(text, found.start()), text_of, binding=False)


_READERS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (CONTAINER, _container),
    (re.compile(r"(?i)(?:docker-)?compose[\w.-]*\.ya?ml"), _compose),
    (re.compile(r"runtime\.txt|\.python-version"), _first_version),
    (re.compile(r"\.tool-versions"), _tool_versions),
    (re.compile(r"tox\.ini"), _tox),
    (re.compile(r"Procfile|.*\.service|(?:app|serverless|template)\.ya?ml|vercel\.json|supervisord?\.conf"), _started),
    (re.compile(r"(?i)readme(?:\..*)?|install(?:ation)?\.(?:md|rst|txt)"), _told),
    (
        re.compile(
            r"mypy\.ini|\.?(?:ruff|mise)\.toml|noxfile\.py|nixpacks\.toml|Jenkinsfile|Vagrantfile|[Mm]akefile|justfile|.*\.(?:nix|sh|bat|cmd|ps1|tf)"
            r"|\.replit|crontab|ecosystem\.config\.(?:c?js|json)|(?:render|azure-pipelines|\.pre-commit-config)\.ya?ml"
        ),
        _named,
    ),
    (re.compile(r"\.gitlab-ci\.ya?ml|\.travis\.ya?ml"), _workflow),
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
    """The versions of Python that such a file, or a workflow of GitHub, names; for a container what it installs, too."""
    pythons = tuple((reader_of(path.name) or _workflow)(path, text))
    return (
        replace(read_installed(path, text), pythons=pythons) if is_container(path.name) else Contents(pythons=pythons)
    )
