"""The ways in which the program is installed, and the versions of Python that it may meet, for a file of a project."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from . import interpreters, lists
from .contents import Contents, PythonRange, Requirement, minor, normal
from .versions import includes, is_always, lower_bound, reaches

CONDA = re.compile(r"environment[\w.-]*\.ya?ml")
METADATA = ("pyproject.toml", "setup.cfg", "setup.py", "Pipfile")
#: Versions of Python on which a program may run that asks for none in particular.
_PYTHONS = range(7, 16)
#: Where files for containers stand, below the folder that they are about.
_CONTAINERS = ("docker", ".docker")
#: Tools that install the program, not what it needs.
_INSTALLERS = frozenset({"pip", "setuptools", "wheel", "poetry", "pipenv", "uv", "pdm", "hatch", "virtualenv"})


@dataclass(frozen=True, slots=True)
class Route:
    """One way in which a project is installed, with all that it brings."""

    folder: Path
    #: The files in which a person would add a requirement, the best one first.
    files: tuple[Path, ...]
    requirements: tuple[Requirement, ...]
    #: Requirements that hold only for releases that something else asks for.
    constraints: tuple[Requirement, ...] = ()
    #: Whether a part of it is computed or comes from elsewhere, so that more may be asked for than is seen.
    computed: bool = False
    #: Files of it that a program writes from others, and that have to be written anew.
    generated: tuple[Path, ...] = ()

    def named(self, name: str) -> list[Requirement]:
        """All that asks for a distribution."""
        return [requirement for requirement in self.requirements if requirement.name == normal(name)]


class Environment:
    """What some folders declare, the nearest first."""

    def __init__(
        self,
        folders: tuple[Path, ...],
        contents: Callable[[Path], Contents | None],
        names: Callable[[Path], list[str]],
        scripts: Iterable[Contents] = (),
        installed: Callable[[], Iterable[Requirement]] = tuple,
    ) -> None:
        self.folders = folders
        self._contents = contents
        self._names = names
        #: What programs say in themselves (PEP 723).
        self._scripts = tuple(scripts)
        #: What the commands in any text of the project install.
        self._installed = installed

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The ways in which the program is installed; a file that asks for nothing is none."""
        scripts = [Route(self.folders[0], (), script.requirements) for script in self._scripts]
        return (*scripts, *(route for folder in self.folders for route in self._routes_in(folder)))

    @cached_property
    def pythons(self) -> tuple[PythonRange, ...]:
        """Everything that asks for a Python, the nearest first."""
        found = [python for script in self._scripts for python in script.pythons]
        for folder in self.folders:
            for path in self._python_files(folder):
                contents = self._contents(path)
                found += contents.pythons if contents else ()
        found += (older for route in self.routes for r in route.requirements if (older := _older_python(r)))
        return tuple(found)

    def allows(self, release: int, named: Iterable[PythonRange] = ()) -> PythonRange | None:
        """What lets the program be started by a Python 3.`release`: a range that binds, else what it is tested or checked
        with, or what is `named` elsewhere; None where nothing does.
        """
        binding = [python for python in self.pythons if python.binding]
        told = binding or (*self.pythons, *named)
        return next((python for python in told if includes(python.specifier, release)), None)

    def is_hard(self, requirement: Requirement) -> bool:
        """Whether the program is never installed without a requirement: no extra, no group, and true wherever it may run."""
        if requirement.only_for:
            return False
        if not requirement.marker:
            return True
        binding = [p for p in self.pythons if p.binding]
        minors = [m for m in _PYTHONS if not binding or any(includes(p.specifier, m) for p in binding)]
        return is_always(requirement.marker, tuple(minors))

    def aside(self, name: str) -> Requirement | None:
        """What asks for a distribution, but not wherever the program runs: an extra, a group, a list for tests."""
        for route in self.routes:
            if found := next((r for r in route.named(name) if not self.is_hard(r)), None):
                return found
        for path in (path for folder in self.folders for path in self._lists_in(folder) if lists.only_for(path)):
            contents = self._contents(path)
            for requirement in contents.requirements if contents else ():
                if requirement.name == normal(name):
                    return replace(requirement, only_for=lists.only_for(path))
        return None

    def oldest(self, name: str) -> str | None:
        """The oldest release of a distribution ("1.36") that may be installed; None where that is open.

        Where several ways lead to an installation, the one that allows the oldest counts.
        """
        bounds: list[tuple[int, ...]] = []
        for route in self.routes:
            wanted = [r for r in route.named(name) if self.is_hard(r)]
            if wanted:
                restricted = [*wanted, *(c for c in route.constraints if c.name == normal(name))]
                bounds.append(max((bound for r in restricted if (bound := lower_bound(r.specifier))), default=()))
        return ".".join(map(str, min(bounds))) if bounds and all(bounds) else None

    def keeps_below(self, name: str, least: str) -> Requirement | None:
        """What asks for a distribution so that no release from `least` on may be installed: a declaration, a lock, a command."""
        asking: list[Iterable[Requirement]] = [(*route.requirements, *route.constraints) for route in self.routes]
        locks = (folder / lock for folder in self.folders for lock in lists.LOCKS if lock in self._names(folder))
        asking += [contents.requirements for lock in locks if (contents := self._contents(lock))]
        asking.append(self._installed())
        restricting = (r for found in asking for r in found if r.name == normal(name))
        return next((r for r in restricting if not reaches(r.specifier, least)), None)

    # Ways to install

    def _routes_in(self, folder: Path) -> Iterator[Route]:
        names = self._names(folder)
        described = [folder / name for name in ("pyproject.toml", "setup.cfg", "setup.py") if name in names]
        main = self._route(folder, described)
        if main is not None:
            yield main
        for name in names:
            if name == "Pipfile" or CONDA.fullmatch(name):
                if route := self._route(folder, [folder / name]):
                    yield route
        listed = self._lists_in(folder)
        wanted = [path for path in listed if not lists.only_for(path)]
        included = {target for path in listed for target in self._included(path)}
        for path in wanted:
            if path in included or (path.suffix == ".in" and path.with_suffix(".txt") in wanted):
                continue
            if route := self._route(folder, [path], main):
                yield route
        for path in self._containers_in(folder):
            route = self._route(folder, [path], main)
            if route and (route.computed or not {r.name for r in route.requirements} <= _INSTALLERS):
                yield route

    def _containers_in(self, folder: Path) -> list[Path]:
        places = (folder, *(folder / name for name in _CONTAINERS))
        return [place / name for place in places for name in self._names(place) if interpreters.is_container(name)]

    def _lists_in(self, folder: Path) -> list[Path]:
        inside = folder / "requirements"
        suffixes = (".txt", ".in")
        paths = [where / n for where in (folder, inside) for n in self._names(where) if n.endswith(suffixes)]
        return [path for path in paths if lists.is_list(path)]

    def _route(self, folder: Path, paths: Iterable[Path], itself: Route | None = None) -> Route | None:
        requirements: list[Requirement] = []
        constraints: list[Requirement] = []
        computed, generated, files = False, [], []
        pending, seen = list(paths), set[Path]()
        while pending:
            path = pending.pop(0)
            contents = self._contents(path) if path not in seen else None
            seen.add(path)
            if contents is None:
                continue
            if contents.generated:
                generated.append(path)
                if self._contents(path.with_suffix(".in")):
                    files.append(path.with_suffix(".in"))
            elif contents.requirements:
                files.append(path)
            requirements += contents.requirements
            computed |= contents.computed
            for name in contents.includes:
                target = self._found(path, name, folder)
                pending += [target] if target else []
                computed |= target is None
            for name in contents.constraints:
                restricting = self._contents(_target(path, name))
                constraints += restricting.requirements if restricting else ()
                computed |= restricting is None
            if contents.itself and itself is not None:
                requirements += itself.requirements
                files = [*itself.files, *files]
        if not any(not r.only_for for r in requirements) and not computed:
            return None
        sizes = Counter(r.path for r in requirements if not r.only_for)
        files = sorted(dict.fromkeys(files), key=lambda path: -sizes[path])
        return Route(folder, tuple(files), tuple(requirements), tuple(constraints), computed, tuple(generated))

    def _found(self, path: Path, name: str, folder: Path) -> Path | None:
        """The file that another one includes; in a container it may stand in another place than in the project."""
        places = [_target(path, name)]
        if interpreters.is_container(path.name):
            places += [_target(folder / path.name, name.lstrip("/")), folder / Path(name).name]
        return next((place for place in places if self._contents(place) is not None), None)

    def _included(self, path: Path) -> Iterator[Path]:
        contents = self._contents(path)
        for name in (*contents.includes, *contents.constraints) if contents else ():
            yield _target(path, name)

    def _python_files(self, folder: Path) -> Iterator[Path]:
        for name in self._names(folder):
            if name in (*METADATA, *lists.LOCKS) or CONDA.fullmatch(name) or interpreters.reader_of(name) is not None:
                yield folder / name
        yield from (path for path in self._containers_in(folder) if path.parent != folder)


def _target(path: Path, name: str) -> Path:
    return Path(os.path.normpath(path.parent / name))


def _older_python(requirement: Requirement) -> PythonRange | None:
    """The Python that a requirement is for by its marker: ``backport; python_version < "3.9"`` tells of 3.8."""
    found = re.search(r"python(?:_full)?_version\s*<\s*[\"']3\.(\d+)", requirement.marker)
    if found is None:
        return None
    text = f"{requirement.name}; {found[0]}"
    return minor(f"3.{int(found[1]) - 1}", requirement.path, requirement.line, text, binding=False)
