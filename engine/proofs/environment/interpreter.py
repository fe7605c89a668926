"""Whether the bot runs on a Python that has what a rewrite uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from ...analysis.asked_once import asked_once
from ...analysis.module import Project
from ...analysis.programs import Programs
from ...analysis.python_features import newest_feature
from ...model import Assumption, Hazard, Proof, Verdict
from ...sources.requirements import Declarations, PythonRange, interpreters
from ...sources.requirements.contents import line_at, minor
from .names import at

#: The Python that a project without any declaration is taken to run on.
_TAKEN_FOR_GRANTED = (3, 9)
_CHECK = re.compile(r"\bversion_info\s*(?:\[:2\]\s*)?(<=|>=|<|>)\s*\(\s*3\s*,\s*(\d+)[^)]*\)")
_COMMENT = re.compile(r"(?m)^[ \t]*#.*python.*$", re.IGNORECASE)
#: Texts about what was once.
_PAST = re.compile(
    r"(?i)(?:change[-_ ]?(?:log|s)|history|news|releases?|release[-_ ]notes?)[-_.v\d]*(?:\.(?:md|rst|txt))?"
)
_STOP = re.compile(r"\b(?:exit|quit|raise|_exit)\b")


@asked_once
def needs_python(project: Project, version: tuple[int, int], what: str, path: Path) -> Verdict:
    """Whether the code of a file surely runs on Python `version` or newer, which has `what` ("asyncio.to_thread")."""
    environment = Declarations.of(project).at(path, Programs.of(project).coming_to(path))
    named = project.fact(_named)
    allowing = ((minor, told) for minor in range(version[1] - 1, -1, -1) if (told := environment.allows(minor, named)))
    older, told = next(allowing, (0, None))
    wanted = f"{version[0]}.{version[1]}"
    if told is None:
        declared = next((p for p in environment.pythons if p.binding), None)
        if declared is not None:
            return Proof(Hazard.ENVIRONMENT, f"`{declared.text}` ({at(project, declared.path, declared.line)})")
        if version <= _TAKEN_FOR_GRANTED or environment.pythons or named:
            return Proof(Hazard.ENVIRONMENT, f"nothing in the project asks for a Python older than {wanted}")
    if proof := _asked_by_code(project, version, path):
        return proof
    if told is None:
        return Assumption(Hazard.ENVIRONMENT, f"the bot runs on Python {wanted} or newer, which has `{what}`")
    if told.binding and told.specifier == f"==3.{older}.*":
        sentence = (
            f"the bot runs on Python {wanted} or newer, though `{told.text}` asks for 3.{older}, which has no `{what}`"
        )
    else:
        sentence = f"the bot never runs on Python 3.{older}, which `{told.text}` allows and which has no `{what}`"
    return Assumption(Hazard.ENVIRONMENT, sentence, told.path, told.line)


def _named(project: Project) -> tuple[PythonRange, ...]:
    """Each Python that something in the project names: ``if sys.version_info >= (3, 9)`` tells of 3.8, and so do ``python3.8`` in a
    first line and in a script, a comment, a setting, a workflow, a text for people.
    """
    told = [found for text in project.mentions.others(project.known_files) for found in _told_by(text.path, text.data)]
    return (*_checks(project), *_comments(project), *told)


@lru_cache(maxsize=512)
def _told_by(path: Path, data: bytes) -> tuple[PythonRange, ...]:
    """Those that a text names; kept by content, as it stays the same from round to round."""
    if _PAST.fullmatch(path.name):
        return ()
    text = data.decode(errors="replace")
    return tuple(interpreters.named(path, text) if b"py" in data.lower() else interpreters.systems(path, text))


def _comments(project: Project) -> Iterator[PythonRange]:
    for source in project.others(Path()):
        for comment in _COMMENT.finditer(source.text) if b"ython" in source.data else ():
            for told in interpreters.named(source.path, comment[0]):
                yield replace(told, line=line_at(source.text, comment.start()))


def _checks(project: Project) -> Iterator[PythonRange]:
    for source in project.others(Path()):
        for found in _CHECK.finditer(source.text) if b"version_info" in source.data else ():
            text, line = " ".join(found[0].split()), line_at(source.text, found.start())
            stops = found[1] == "<" and _STOP.search(source.text[found.end() : found.end() + 120])
            older = int(found[2]) - (0 if stops or found[1] in ("<=", ">") else 1)
            yield minor(f"3.{older}", source.path, line, text, binding=False)


def _asked_by_code(project: Project, version: tuple[int, int], path: Path) -> Proof | None:
    for loaded in sorted(Programs.of(project).loaded_with(path).files):
        module = project.parsed(loaded)
        feature = newest_feature(module) if module else None
        if feature is not None and feature.minor >= version[1]:
            return Proof(
                Hazard.ENVIRONMENT, f"`{feature.text}` ({at(project, loaded, feature.line)}) needs 3.{feature.minor}"
            )
    return None
