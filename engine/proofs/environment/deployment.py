"""Whether a file that a rewrite creates gets to where the bot runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from ...analysis.module import Project
from ...analysis.programs import Programs
from ...model import Assumption, Hazard, Proof, Verdict
from ...sources.deployment import Deployments
from .names import name_of


def lands_in_deployment(project: Project, path: Path, importers: Iterable[Path]) -> Verdict:
    """Whether a new file is found by those that import it, wherever these run: each package, image or list of files that
    takes one of them takes the new file, too, nothing ignores it, and nothing loads all files of its folder as plugins.

    Of a package whose contents are computed it is only taken for granted that it takes whole directories.
    """
    deployments, programs = Deployments.of(project), Programs.of(project)
    users = [user for user in importers if user != path]
    new = name_of(project, path)
    for way in deployments.ways:
        for user in users:
            taken = way.takes(user)
            if taken is False or way.takes(path) or (taken is None and _is_beside(project, path, user)):
                continue
            sentence = f"{new} gets to where {name_of(project, user)} runs; {name_of(project, way.path)} does not take it along"
            return Assumption(Hazard.ENVIRONMENT, sentence, way.path)
    known = {*users, path, *(way.path for way in deployments.ways)}
    for part in dict.fromkeys(part for user in users for part in (user, *_imported_beside(project, path, user))):
        if listed := project.mentions.listing(part.name, path.name, known):
            place, lister = name_of(project, part), name_of(project, listed.path)
            sentence = f"{new} gets to where {place} runs; {lister} names that file, and may copy it alone"
            return Assumption(Hazard.ENVIRONMENT, sentence, listed.path, listed.line)
    if (loader := programs.loader_of(path.parent)) and not any(map(programs.is_program, _beside(project, path))):
        sentence = (
            f"{name_of(project, loader)} does not take {new} for one of the modules that it loads from its folder"
        )
        return Assumption(Hazard.ENVIRONMENT, sentence, loader)
    if listing := programs.lister_of(path.parent):
        sentence = f"{name_of(project, listing)}, which lists folders of modules, does not mind {new}"
        return Assumption(Hazard.ENVIRONMENT, sentence, listing)
    ignoring = deployments.ignoring(path)
    if ignoring is not None and not all(deployments.ignoring(user) for user in users):
        sentence = f"{new} gets to where the bot runs; {name_of(project, ignoring)} leaves it out"
        return Assumption(Hazard.ENVIRONMENT, sentence, ignoring)
    if not deployments.ways:
        return Proof(Hazard.ENVIRONMENT, f"the project runs from its own folder, where {new} is created")
    ways = ", ".join(dict.fromkeys(name_of(project, way.path, quoted=False) for way in deployments.ways))
    return Proof(Hazard.ENVIRONMENT, f"{new} goes wherever the files go that import it ({ways})")


def _is_beside(project: Project, path: Path, user: Path) -> bool:
    return path.parent == user.parent and path.parent in project.package_folders


def _imported_beside(project: Project, path: Path, user: Path) -> Iterator[Path]:
    """The files in the folder of a new one that a file imports: it is there where they are, if these are not sent one by one."""
    module = project.parsed(user)
    found = Programs.of(project).imported(module) if module is not None else ()
    return (other for other in found if other.parent == path.parent and other.name != "__init__.py")


def _beside(project: Project, path: Path) -> Iterator[Path]:
    return (other for other in project.files if other.parent == path.parent)
