"""What a project lives with: findings that were there when a team began, so that runs show only what is new.

A finding is known by its fingerprint (see `fingerprints`), so moved lines change nothing, and of equal places in one
function as many are known as there were.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..model import Finding
from .fingerprints import label
from .team_file import entries, load

#: The file that `tgfix baseline` writes, in the project's root, where none is configured.
NAME = "tgfix-baseline.json"

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Known:
    """A finding that is lived with. What stands behind `code` is there for people."""

    fingerprint: str
    code: str
    #: Relative to the project's root, with forward slashes.
    path: str
    line: int
    message: str


class Baseline:
    """Known findings, in order of path and line."""

    def __init__(self, known: Iterable[Known] = ()) -> None:
        self._known = sorted(known, key=lambda k: (k.path, k.line, k.code, k.fingerprint))

    def __iter__(self) -> Iterator[Known]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    @property
    def fingerprints(self) -> frozenset[str]:
        """What the findings are known by."""
        return frozenset(known.fingerprint for known in self._known)

    @classmethod
    def of(cls, findings: Iterable[Finding], root: Path) -> Baseline:
        """A baseline of what was found in the project of that root."""
        each = (row for finding in findings for row in finding.each)
        return cls(Known(f.fingerprint, f.code, label(root, f.path), f.line, f.message) for f in each)

    def gone(self, found: Collection[str], looked: Callable[[Known], bool]) -> list[Known]:
        """What is not among the fingerprints `found` although it was looked for."""
        return [known for known in self._known if known.fingerprint not in found and looked(known)]

    @classmethod
    def load(cls, path: Path) -> Baseline:
        """The baseline in a file.

        Raises:
            UsageError: it cannot be read or is none.
        """

        def parse(data: bytes) -> Baseline:
            return cls(map(_known, entries(data, "findings", _VERSION)))

        return load(path, parse, f"`tgfix baseline --output {path}` writes it", "is no baseline of tgfix")

    def dump(self) -> bytes:
        """The content of a file: a line for each finding, so that a change of it can be read and merged."""
        lines = ",\n".join(f"  {json.dumps(asdict(known), ensure_ascii=False)}" for known in self._known)
        return f'{{"version": {_VERSION}, "findings": [\n{lines}\n]}}\n'.encode("utf-8", "backslashreplace")


def _known(entry: Any) -> Known:
    known = Known(**entry)
    if not all(isinstance(part, str) for part in (known.fingerprint, known.code, known.path)):
        raise ValueError(f"a finding is incomplete: {json.dumps(entry)[:80]}")
    return known
