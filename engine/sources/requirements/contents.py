"""What one file of a project says about where the project runs: plain data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_CLASSIFIER = re.compile(r"Programming Language :: Python :: (3\.\d+)")


@dataclass(frozen=True, slots=True)
class Requirement:
    """A distribution that a file asks for."""

    #: In its normal form (PEP 503).
    name: str
    path: Path
    #: 1-based.
    line: int
    #: PEP 440; "" for any release.
    specifier: str = ""
    #: In normal form.
    extras: frozenset[str] = frozenset()
    #: PEP 508; "" for everywhere.
    marker: str = ""
    #: Who asks for it, where the program by itself does not: "the extra `fast`", "the group `dev`".
    only_for: str = ""


@dataclass(frozen=True, slots=True)
class PythonRange:
    """The versions of Python that a file asks for."""

    #: PEP 440.
    specifier: str
    path: Path
    #: 1-based.
    line: int
    #: The words that say so: "requires-python", "FROM python:3.8-slim".
    text: str
    #: Whether the program is installed or started by it; else it only tells what somebody tests or checks with.
    binding: bool = True


@dataclass(frozen=True, slots=True)
class Contents:
    """What one file says."""

    requirements: tuple[Requirement, ...] = ()
    pythons: tuple[PythonRange, ...] = ()
    #: Files that it includes, as it names them: relative to itself.
    includes: tuple[str, ...] = ()
    #: Files that restrict releases without asking for anything.
    constraints: tuple[str, ...] = ()
    #: Whether it asks for the distribution in its own folder ("-e .").
    itself: bool = False
    #: Whether the run-time requirements are computed, so that this is not all.
    computed: bool = False
    #: Whether a program has written it from another file, or it has hashes: nobody adds a line by hand.
    generated: bool = False


def normal(name: str) -> str:
    """The name of a distribution in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def line_at(text: str, offset: int) -> int:
    """The line of a place in a text, 1-based."""
    return text.count("\n", 0, max(offset, 0)) + 1


def minor(version: str, path: Path, line: int, text: str, *, binding: bool = True) -> PythonRange:
    """The range that a version as "3.8" or "3.8.10" stands for: all releases of 3.8."""
    return PythonRange(f"=={'.'.join(version.split('.')[:2])}.*", path, line, text, binding)


def classified(path: Path, text: str) -> Iterator[PythonRange]:
    """The versions of Python that classifiers say the program runs on."""
    for found in _CLASSIFIER.finditer(text):
        yield minor(found[1], path, line_at(text, found.start()), found[0], binding=False)


def parsed(text: str, path: Path, line: int, only_for: str = "") -> Requirement | None:
    """A requirement as PEP 508 writes it; None where it is none."""
    from packaging.requirements import InvalidRequirement
    from packaging.requirements import Requirement as Pep508

    try:
        found = Pep508(text)
    except InvalidRequirement:
        return None
    extras = frozenset(map(normal, found.extras))
    marker = str(found.marker) if found.marker else ""
    return Requirement(normal(found.name), path, line, str(found.specifier), extras, marker, only_for)
