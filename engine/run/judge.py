"""What a finding's changes are known to need, and what is granted for them: for every codemod, whatever it asked itself."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from ..analysis.module import Project
from ..model import Assumption, Change, Finding, Hazard, Verdict
from ..sources.discover import NOTEBOOK

#: What is proved of a program holds for a notebook only as far as this does.
_CELLS = "the cells of the notebook run once, in their order, and no other runs while one waits"


def judged(project: Project, finding: Finding) -> Finding:
    """The finding with changes that know what they need where they run, and what is granted for them."""
    if finding.change is None:
        return finding
    granted = project.settings.grants(finding.path, finding.name)
    change, *others = (_surrounded(project, form, granted) for form in (finding.change, *finding.alternatives))
    return replace(finding, change=change, alternatives=tuple(others))


def _surrounded(project: Project, change: Change, granted: frozenset[Hazard]) -> Change:
    from ..proofs.added_names import seen  # most files of a run have no change
    from ..proofs.environment import surroundings

    verdicts, files = surroundings(project, change)
    more = tuple(verdict for verdict in (*verdicts, *seen(project, change)) if verdict not in change.verdicts)
    change = replace(change, verdicts=(*change.verdicts, *more), files=(*change.files, *files), granted=granted)
    notebooks = [part.path for part in change.files if part.path.suffix == NOTEBOOK and part.edits]
    return _in_cells(project, change, notebooks[0]) if notebooks else change


def _in_cells(project: Project, change: Change, path: Path) -> Change:
    """A change of a notebook: places in cells, and what its owner has to know besides."""
    from ..sources.notebook import Notebook

    source = project.source(path)
    if not isinstance(source, Notebook):
        return change

    def placed(line: int) -> str:
        cell, inside, _ = source.place(line)
        return f"line {inside} of cell {cell}"

    verdicts: list[Verdict] = [Assumption(Hazard.INTERLEAVING, _CELLS)]
    for verdict in change.verdicts:
        if isinstance(verdict, Assumption) and verdict.path in (path, None):
            sentence, line = re.sub(r"\bline (\d+)\b", lambda m: placed(int(m[1])), verdict.sentence), verdict.line
            if line is not None and verdict.path:
                sentence, line = f"{sentence} ({placed(line)})", source.place(line)[2]
            verdict = replace(verdict, sentence=sentence, line=line)
        verdicts.append(verdict)
    return replace(change, verdicts=tuple(verdicts))
