"""What a finding's changes are known to need, and what is granted for them: for every codemod, whatever it asked itself."""

from __future__ import annotations

from dataclasses import replace

from ..analysis.module import Project
from ..model import Change, Finding, Hazard


def judged(project: Project, finding: Finding) -> Finding:
    """The finding with changes that know what they need where they run, and what is granted for them."""
    if finding.change is None:
        return finding
    granted = project.settings.grants(finding.path, finding.name)
    change, *others = (_surrounded(project, form, granted) for form in (finding.change, *finding.alternatives))
    return replace(finding, change=change, alternatives=tuple(others))


def _surrounded(project: Project, change: Change, granted: frozenset[Hazard]) -> Change:
    from ..proofs.environment import surroundings  # most files of a run have no change

    verdicts, files = surroundings(project, change)
    more = tuple(verdict for verdict in verdicts if verdict not in change.verdicts)
    return replace(change, verdicts=(*change.verdicts, *more), files=(*change.files, *files), granted=granted)
