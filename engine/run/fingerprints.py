"""Keys of findings that survive moved lines: what and where a finding is, and its number among equals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from ..analysis.module import Project
from ..model import Finding
from .numbers import Numbers


def fingerprinted(project: Project, grouped: Iterable[tuple[str, Finding]], numbers: Numbers) -> list[Finding]:
    """The findings, each given with its group, in order of position, each with its key."""
    keyed = sorted(grouped, key=lambda pair: position(pair[1]))
    given: dict[str, Iterator[int]] = {}
    for path, inside in groupby(keyed, key=lambda pair: pair[1].path):
        places: dict[str, list[tuple[int, int]]] = {}
        for group, finding in inside:
            places.setdefault(group, []).append((finding.line, finding.column))
        source = project.source(path)
        found = numbers.assign(path, source.text if source else "", places)
        given |= {group: iter(chosen) for group, chosen in found.items()}
    return [replace(finding, fingerprint=f"{group}-{next(given[group])}") for group, finding in keyed]


def group_of(project: Project, finding: Finding) -> str:
    """The key that equal places share: codemod, file, enclosing name, normalised text."""
    module = project.module(finding.path)
    start = module.line_starts[finding.line - 1] + finding.column
    end = module.line_starts[finding.end_line - 1] + finding.end_column
    parts = (
        finding.code,
        label(project.settings.root, finding.path),
        finding.scope,
        " ".join(module.text[start:end].split()),
    )
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def position(finding: Finding) -> tuple[Path, int, int, str]:
    """The order in which findings are shown."""
    return finding.path, finding.line, finding.column, finding.code


def label(root: Path, path: Path) -> str:
    """A path as keys and files that a team shares name it: relative to the project's root, with forward slashes."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
