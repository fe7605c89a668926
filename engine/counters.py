"""How much work a run was, in counts that no clock disturbs: for ``--verbose``, ``--format json`` and tests.

Texts are counted, not calls, so that a run in several processes, in which two may parse the same file, counts as one alone
does. `calls` has every call.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

#: What a text can go through.
PARSED, WALKED, LIBCST, FISSIX = "parsed_by_ast", "walked", "parsed_by_libcst", "parsed_by_fissix"
#: A step of a function that is asked what it touches.
STEPS = "steps"
#: A function that is asked what it does that a thread may not.
THREAD_STEPS = "thread_steps"
#: A name or a chain of attributes that is asked what it stands for, in its file and outside the project.
NAMES, OUTSIDE_NAMES = "names", "outside_names"


@dataclass
class Counters:
    """The counts of one run in one process."""

    #: Files that were looked for anti-patterns, those out of the cache among them.
    files: int = 0
    #: Files in which a search for words was enough.
    screened_out: int = 0
    #: Files whose findings the cache knew.
    from_cache: int = 0
    #: Questions to the provers that changes carry the answers of.
    proofs: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    _texts: dict[str, set[int]] = field(default_factory=lambda: {k: set() for k in (PARSED, WALKED, LIBCST, FISSIX)})

    def text(self, kind: str, text: str) -> None:
        """Count a text that goes through a parser, or whose tree is walked as a whole."""
        self.calls[kind] += 1
        self._texts[kind].add(hash(text))

    def add(self, other: Counters) -> None:
        """Add what another process has counted."""
        self.files += other.files
        self.screened_out += other.screened_out
        self.from_cache += other.from_cache
        self.proofs += other.proofs
        self.calls.update(other.calls)
        for kind, texts in other._texts.items():
            self._texts[kind] |= texts

    def clear(self) -> None:
        """Begin anew."""
        self.__init__()  # type: ignore[misc]

    def counts(self) -> dict[str, int]:
        """The counts by name, in the order in which a file goes through the work."""
        return {
            "files": self.files,
            "from_cache": self.from_cache,
            "screened_out": self.screened_out,
            **{kind: len(texts) for kind, texts in self._texts.items()},
            "proofs": self.proofs,
        }


#: Of this process.
work = Counters()
