"""Whether the bot runs on a Python that has what a rewrite uses."""

from __future__ import annotations

from pathlib import Path

from ...analysis.module import ParseError, Project
from ...analysis.programs import Programs
from ...analysis.python_features import newest_feature
from ...model import Assumption, Hazard, Proof, Verdict
from ...sources.requirements import Declarations
from ...sources.source import SourceError
from .names import at

#: The Python that a project without any declaration is taken to run on.
_TAKEN_FOR_GRANTED = (3, 9)


def needs_python(project: Project, version: tuple[int, int], what: str, path: Path) -> Verdict:
    """Whether the code of a file surely runs on Python `version` or newer, which has `what` ("asyncio.to_thread")."""
    environment = Declarations.of(project).at(path)
    older = next((m for m in range(version[1] - 1, -1, -1) if environment.allows(m)), None)
    wanted = f"{version[0]}.{version[1]}"
    if older is None:
        declared = next((p for p in environment.pythons if p.binding), None)
        if declared is not None:
            return Proof(Hazard.ENVIRONMENT, f"`{declared.text}` ({at(project, declared.path, declared.line)})")
        if version <= _TAKEN_FOR_GRANTED or environment.pythons:
            return Proof(Hazard.ENVIRONMENT, f"nothing in the project asks for a Python older than {wanted}")
    if proof := _asked_by_code(project, version, path):
        return proof
    if older is None:
        return Assumption(Hazard.ENVIRONMENT, f"the bot runs on Python {wanted} or newer, which has `{what}`")
    allowing = environment.allows(older)
    assert allowing is not None
    sentence = f"the bot never runs on Python 3.{older}, which `{allowing.text}` allows and which has no `{what}`"
    return Assumption(Hazard.ENVIRONMENT, sentence, allowing.path, allowing.line)


def _asked_by_code(project: Project, version: tuple[int, int], path: Path) -> Proof | None:
    for loaded in sorted(Programs.of(project).loaded_with(path).files):
        try:
            feature = newest_feature(project.module(loaded))
        except (ParseError, SourceError):
            continue
        if feature is not None and feature.minor >= version[1]:
            return Proof(
                Hazard.ENVIRONMENT, f"`{feature.text}` ({at(project, loaded, feature.line)}) needs 3.{feature.minor}"
            )
    return None
