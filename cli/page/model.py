"""What the page shows: every change that could be made, against the files as they are."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...engine.codemod import Codemod
from ...engine.model import Finding
from ...engine.problem import Problem
from ...engine.rewriting.compose import ComposeError
from ...engine.run.decisions import ACCEPTED, Decision
from ...engine.run.find import Finder
from ...engine.run.plan import Proposal
from ..assumptions import Usual
from ..report import label


@dataclass(frozen=True)
class Form:
    """One form of a change: what it does to each file, and the decision that accepts it."""

    proposal: Proposal
    parts: Mapping[Path, tuple[bytes | None, bytes]]
    decision: Decision

    @property
    def entry(self) -> dict[str, Any]:
        """The decision as the page's script writes it into a file, but for the answer."""
        return {
            key: value
            for key, value in asdict(self.decision).items()
            if value not in (None, (), False) and key != "answer"
        }


@dataclass(frozen=True)
class Shown:
    """A change on the page."""

    finding: Finding
    forms: tuple[Form, ...]
    #: The form to begin with.
    preferred: int
    #: What was decided about it: "accepted", "refused" or nothing.
    answer: str


@dataclass(frozen=True)
class Document:
    """Everything on the page."""

    base: Path
    root: Path
    changes: tuple[Shown, ...]
    left: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    examined: int
    suppressed: int
    codemods: Mapping[str, Codemod]

    def label(self, path: Path) -> str:
        """A path as a person writes it."""
        return label(path, self.base)

    @cached_property
    def usual(self) -> Usual:
        """What most changes of each codemod assume."""
        return Usual(
            (form.proposal.finding.code, form.proposal.change) for shown in self.changes for form in shown.forms
        )

    @cached_property
    def identity(self) -> str:
        """The same for the same changes of the same project, so that a browser keeps answers apart."""
        keys = [str(self.root), *(change.finding.fingerprint for change in self.changes)]
        return hashlib.sha256("\0".join(keys).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def document(finder: Finder, codemods: Sequence[Codemod], base: Path, problems: Sequence[Problem]) -> Document:
    """The page of what a finder has found."""
    settings = finder.settings
    changes = []
    for finding in finder.findings:
        if finding.change is None:
            continue
        wanted = finding.choose(unsafe=settings.unsafe_fixes) or finding.change
        forms: list[Form] = []
        preferred = 0
        for change in (finding.change, *finding.alternatives):
            proposal = Proposal(finding, change, finder.project)
            try:
                parts = proposal.alone
            except ComposeError as error:
                message = f"internal error: the change of {finding.code} is withheld, because {error}"
                finder.problem(finding.path, message, fatal=True, line=finding.line)
                continue
            if change is wanted:
                preferred = len(forms)
            of = finder.size(finding)
            forms.append(Form(proposal, parts, Decision.about(finding, change, ACCEPTED, of=of, root=settings.root)))
        if not forms:
            continue
        known = finder.decisions.get(finding.fingerprint)
        answer = "refused" if finder.is_refused(finding) else known.answer if known else ""
        if known and (form := known.form(finding)):
            preferred = next((n for n, f in enumerate(forms) if f.proposal.change is form), preferred)
        changes.append(Shown(finding, tuple(forms), preferred, answer))
    return Document(
        base,
        settings.root,
        tuple(changes),
        tuple(finding for finding in finder.findings if finding.change is None),
        (*problems, *finder.problems.values()),
        len(finder.files),
        finder.suppressed,
        {codemod.code: codemod for codemod in codemods},
    )


def gain(codemod: Codemod) -> str:
    """What a codemod's rewrites are expected to gain: the section of its documentation that says why the code is slow."""
    page = sys.modules[type(codemod).__module__].__doc__ or ""
    section = re.search(r"(?ms)^## Why it is slow\n(.*?)(?=^## |\Z)", page)
    return " ".join(section[1].split()) if section else codemod.title
