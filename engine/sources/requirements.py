"""Which release of a library a project certainly has, by what its own files say about their requirements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_FILES = (
    "requirements*.txt", "requirements*.in", "requirements/*.txt", "pyproject.toml", "setup.py", "setup.cfg", "Pipfile",
    "environment*.y*ml",
)  # fmt: skip
_LARGEST = 1_000_000


def least_release(root: Path, distribution: str) -> str | None:
    """The oldest release of `distribution` ("telethon") that the requirement files under `root` allow ("1.36"), None where
    they set no lower bound.

    Several files that name it count together. Unreadable files are passed over.
    """
    name = re.sub(r"[-_.]+", "[-_.]+", distribution)
    table = r"\{[^}\n]*?version\s*=\s*"  # poetry's and pipenv's long form
    wanted = re.compile(
        rf"(?im)(?<![\w./-]){name}(?:\[[^\]]*\])?[\"']?\s*(?:=\s*(?:{table})?[\"'])?([~=><!^][^#;\n\"']*)"
    )
    bounds = [bound for text in _texts(root) for match in wanted.finditer(text) for bound in _bounds(match.group(1))]
    return ".".join(map(str, min(bounds))) if bounds else None


def extras(root: Path, distribution: str) -> frozenset[str] | None:
    """The extras with which the requirement files under `root` ask for `distribution` ("rate-limiter"), None where no file
    names it.
    """
    name = re.sub(r"[-_.]+", "[-_.]+", distribution)
    wanted = re.compile(rf"(?im)(?<![\w./-]){name}(?![\w.-])(?:\[([^\]]*)\])?(.*)")
    found: set[str] = set()
    named = False
    for text in _texts(root):
        for match in wanted.finditer(text):
            named = True
            table = re.search(r"extras\s*=\s*\[([^\]]*)\]", match.group(2))  # poetry's and pipenv's long form
            listed = f"{match.group(1) or ''},{table.group(1) if table else ''}"
            found.update(part.strip(" \"'\t\n").lower().replace("_", "-") for part in listed.split(","))
    return frozenset(found - {""}) if named else None


def _texts(root: Path) -> Iterator[str]:
    for pattern in _FILES:
        for path in sorted(root.glob(pattern)):
            try:
                if path.stat().st_size <= _LARGEST:
                    yield path.read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue


def _bounds(specifiers: str) -> Iterator[tuple[int, ...]]:
    """Lower bounds of ``==1.40.*``, ``>=1.36,<2``, ``~=1.38``, ``^1.40``; an upper bound alone gives none."""
    found = re.findall(r"(===?|>=|~=|\^|>)\s*v?(\d+(?:\.\d+)*)", specifiers)
    releases = [tuple(int(part) for part in release.split(".")) for _, release in found]
    if releases:
        yield max(releases)


def names(root: Path, distribution: str) -> bool:
    """Whether the requirement files under `root` name `distribution` at all."""
    wanted = re.compile(rf"(?im)(?<![\w./-]){re.sub(r'[-_.]+', '[-_.]+', distribution)}(?![\w-])")
    return any(wanted.search(text) for text in _texts(root))
