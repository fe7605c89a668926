"""Whether a distribution is installed where the bot runs, and the parts of a change that ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ...analysis.module import Project
from ...analysis.programs import Programs
from ...model import Assumption, FileChange, Hazard, Proof, Verdict
from ...sources.requirements import Declarations, Environment, Requirement, Route, lower_bound
from ...sources.requirements.adding import added
from ...sources.requirements.contents import parsed
from ...sources.requirements.lists import LOCKS
from .names import at, name_of

#: Extras that bring another one with them.
_BROADER = {("python-telegram-bot", "rate-limiter"): {"all", "ext"}}
#: What is imported by another name than the distribution has, and what an extra brings.
_MODULES = {"python-telegram-bot": "telegram", "python-telegram-bot[rate-limiter]": "aiolimiter"}
#: Distributions that another one needs from a release on, as its metadata says: https://pypi.org/project/python-telegram-bot/
_BROUGHT = {
    "httpx": (("python-telegram-bot", (20,)),),
    "aiohttp": (("aiogram", (2,)), ("discord-py", (1,))),
    "aiofiles": (("aiogram", (3,)),),
}
#: Distributions that an extra of another one brings: https://pypi.org/project/Telethon/
_EXTRAS = {"cryptg": ("telethon", "cryptg")}
#: Distributions that hold another one below a release, up to one of their own: https://pypi.org/project/googletrans/
_HELD = {"httpx": (("googletrans", "4.0.1"),)}


class Needed(NamedTuple):
    """What came of asking for a package."""

    verdict: Verdict
    #: The parts of the change that add it to the files which declare requirements.
    files: tuple[FileChange, ...] = ()


def needs_package(project: Project, wanted: str, path: Path) -> Needed:
    """Whether a distribution is surely installed where the code of a file runs.

    `wanted` is a requirement as PEP 508 writes it, "aiofiles>=0.8", with no other bound than a lower one.

    Raises:
        ValueError: `wanted` is no requirement.
    """
    need, environment = _asked_for(project, wanted, path)
    lacking = [route for route in environment.routes if not _covers(environment, route, need)]
    if environment.routes and not lacking:
        asked = next(r for r in _asked(environment, environment.routes[0], need))
        name = _plain(wanted) if asked.name == need.name else asked.name
        brings = "" if asked.name == need.name else f", which needs `{_plain(wanted)}`"
        return Needed(Proof(Hazard.ENVIRONMENT, f"{at(project, asked.path, asked.line)} asks for `{name}`{brings}"))
    imported = Programs.of(project).loaded_with(path).packages.get(_module_of(need))
    if imported is not None and not lower_bound(need.specifier):
        return Needed(Proof(Hazard.ENVIRONMENT, f"{at(project, *imported)} imports `{_module_of(need)}` already"))
    files = tuple(_additions(project, lacking, wanted))
    sentence, place = _missing(project, environment, lacking, need, wanted, files)
    return Needed(Assumption(Hazard.ENVIRONMENT, sentence, *place), files)


def held_below(project: Project, wanted: str, path: Path) -> str | None:
    """What holds a distribution below the release that a requirement wants ("httpx>=0.24"), as a clause; None where nothing does.

    Raises:
        ValueError: `wanted` is no requirement.
    """
    need, environment = _asked_for(project, wanted, path)
    least, name = _release(need), _plain(wanted)
    for held, since in ((need.name, least), *_HELD.get(need.name, ())):
        if asked := environment.keeps_below(held, since):
            return f"{at(project, asked.path, asked.line)} asks for a release of `{name}` before {least}"
    return None


def _asked_for(project: Project, wanted: str, path: Path) -> tuple[Requirement, Environment]:
    """A requirement, and what is declared for the code of a file."""
    need = parsed(wanted, path, 1)
    if need is None:
        raise ValueError(f"not a requirement: {wanted!r}")
    return need, Declarations.of(project).at(path, Programs.of(project).coming_to(path))


def _restricting(route: Route, name: str) -> list[Requirement]:
    """What a route asks of the releases of a distribution."""
    return [*route.named(name), *(c for c in route.constraints if c.name == name)]


def _covers(environment: Environment, route: Route, need: Requirement) -> bool:
    return next(_asked(environment, route, need), None) is not None


def _asked(environment: Environment, route: Route, need: Requirement) -> Iterator[Requirement]:
    """What asks for a distribution in a way that the need is met."""
    bound = max((lower_bound(r.specifier) for r in _restricting(route, need.name)), default=())
    for requirement in route.named(need.name):
        if not environment.is_hard(requirement) or not _has_extras(requirement, need):
            continue
        least = lower_bound(need.specifier)
        if not least or bound >= least:
            yield requirement
    for name, since in _BROUGHT.get(need.name, ()) if not need.extras and not lower_bound(need.specifier) else ():
        bounds = [c for c in route.constraints if c.name == name]
        for requirement in route.named(name):
            if environment.is_hard(requirement) and any(
                lower_bound(r.specifier) >= since for r in (requirement, *bounds)
            ):
                yield requirement
    bringing, by = _EXTRAS.get(need.name, ("", ""))
    yield from (r for r in route.named(bringing) if by in r.extras and environment.is_hard(r)) if bringing else ()
    for extra in need.extras:  # the package that the extra would bring may be asked for by itself
        module = _MODULES.get(f"{need.name}[{extra}]")
        yield from (r for r in route.named(module) if environment.is_hard(r)) if module else ()


def _has_extras(requirement: Requirement, need: Requirement) -> bool:
    return all(
        extra in requirement.extras or _BROADER.get((need.name, extra), set()) & requirement.extras
        for extra in need.extras
    )


def _module_of(need: Requirement) -> str:
    extras = f"[{','.join(sorted(need.extras))}]" if need.extras else ""
    return _MODULES.get(need.name + extras, need.name.replace("-", "_"))


def _additions(project: Project, lacking: list[Route], wanted: str) -> Iterator[FileChange]:
    """The requirement for the nearest of the ways to install that lack it."""
    nearest = lacking[0].folder if lacking else None
    seen: set[Path] = set()
    for route in lacking:
        for path in route.files if route.folder == nearest and not route.computed else ():
            source = None if project.settings.excludes(path) else project.source(path)
            edits = None if path in seen or source is None else added(path, source.text, wanted)
            if path in seen or edits:
                if path not in seen:
                    yield FileChange(path, requirements=(wanted,))
                seen.add(path)
                break


def _missing(
    project: Project,
    environment: Environment,
    lacking: list[Route],
    need: Requirement,
    wanted: str,
    files: tuple[FileChange, ...],
) -> tuple[str, tuple[Path | None, int | None]]:
    """What is assumed, and the place that prevents the proof."""
    name = _plain(wanted)
    there = next((r for route in lacking for r in route.named(need.name) if environment.is_hard(r)), None)
    text = f"`{name}` is installed where the bot runs"
    if there is not None and _has_extras(there, need):
        return f"{text}, in release {_release(need)} or newer", (there.path, there.line)
    if files:
        text += f"; the change adds it to {_listed(name_of(project, part.path) for part in files)}"
        renewed = [f"`{path.name}` has to be made anew" for route in lacking for path in route.generated]
        for part in files:
            locks = Declarations.of(project).names(part.path.parent)
            renewed += [f"`{lock}` has to be renewed (`{LOCKS[lock]}`)" for lock in locks if lock in LOCKS]
        if renewed:
            text += f", and {renewed[0]}"
        return text, (files[0].path, None)
    aside = environment.aside(need.name)
    if aside is not None:
        condition = f"by {aside.only_for}" if aside.only_for else f"where `{aside.marker}`"
        return f"{text}; it is asked for only {condition}", (aside.path, aside.line)
    where = lacking[0] if lacking else None
    at = next(iter((*where.files, *where.generated, *(r.path for r in where.requirements))), None) if where else None
    hint = f"{name_of(project, at)} does not ask for it" if at else "nothing declares it"
    hint = "its requirements are computed" if where and where.computed else hint
    return f'{text}; {hint} (`pip install "{name}"`)' if "[" in name else f"{text}; {hint} (`pip install {name}`)", (
        at,
        None,
    )


def _release(need: Requirement) -> str:
    return ".".join(map(str, lower_bound(need.specifier)))


def _plain(wanted: str) -> str:
    """The requirement without its version."""
    return re.split(r"[<>=!~; ]", wanted, maxsplit=1)[0]


def _listed(names: Iterator[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
