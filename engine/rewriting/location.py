"""Where the support module of a project stands, and how a file imports from it.

It stands where the imports of the file lead: in the package that the file belongs to, or beside the scripts that share it,
and only where everything that takes the file along takes the module along, too (packaging, images). Where no place is sure,
the file keeps its helpers to itself, which always works.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ..analysis.module import Module, Project
from ..analysis.programs import is_started
from ..model import Proof
from ..proofs.environment import lands_in_deployment
from ..sources.deployment import Deployments
from ..sources.project_files import is_aside

#: A file that is run or loaded by its path has no package around it, whatever is beside it.
_BY_PATH = re.compile(
    rb"\b(?:spec_from_file_location|SourceFileLoader|run_path|load_source|execfile)\b|\bexec\(\s*compile\("
)

Candidate = tuple[Path, str]


def location(module: Module) -> Candidate | None:
    """The support module's path and the module name to import it by; None where the helper goes into the file itself."""
    project = module.project
    parts = (path for path in project.files if not is_aside(path, project.settings.root))
    if len(list(islice(parts, 2))) < 2:
        return None
    for path, name in _candidates(module):
        if isinstance(lands_in_deployment(project, path, [module.path]), Proof):
            return path, name
    return None


def home(module: Module) -> Path:
    """The file that holds the support code of a module."""
    target = location(module)
    return module.path if target is None else target[0]


def _candidates(module: Module) -> Iterator[Candidate]:
    """The places from which the file can import, the best first.

    None for a file that is imported from several directories, or only by a path that the program sets up: another support
    module of the same name may come first there.
    """
    project, stem = module.project, module.project.settings.support_module
    levels = {node.level for node in module.all(ast.ImportFrom) if node.level}
    root = project.import_roots.get(module.path)
    package = _package(module, levels)
    if levels and package is not None:
        yield _relative(module, package, stem)
    elif root is not None:
        yield from _under(module, root, stem)
    elif package is not None:
        # started by its path it would be no part of the package: neither kind of import would work in both cases
        if not is_started(module) and not any(_BY_PATH.search(data) for data in _texts(project)):
            yield _relative(module, package, stem)
    elif module.path not in project.import_roots and is_started(module) and _imports_own(module):
        yield module.path.parent / f"{stem}.py", stem


def _relative(module: Module, package: Path, stem: str) -> Candidate:
    dots = "." * (len(module.path.parent.relative_to(package).parts) + 1)
    return package / f"{stem}.py", f"{dots}{stem}"


def _under(module: Module, root: Path, stem: str) -> Iterator[Candidate]:
    """The places for a file whose imports begin at `root`: in a package there, and beside what is there."""
    project = module.project
    beside = root / f"{stem}.py", stem
    inside = module.path.relative_to(root).parts[:-1]
    if inside:
        top = root / inside[0]
        within = top / f"{stem}.py", f"{top.name}.{stem}"
        first = top in project.relative_packages or not _is_shared(project, root, top, stem)
        yield from (within, beside) if first else (beside, within)
        return
    # a script: what the package that it imports has, it has too
    builds = Deployments.of(project).ways
    own = {root / name.partition(".")[0] for name in _imported(module)} & project.folders_at(root)
    own = {p for p in own if p in project.relative_packages or any(way.takes(p / "__init__.py") for way in builds)}
    if len(own) == 1:
        top = own.pop()
        yield top / f"{stem}.py", f"{top.name}.{stem}"
    yield beside


def _is_shared(project: Project, root: Path, top: Path, stem: str) -> bool:
    """Whether there is more below `root` than one package: scripts beside it, or other packages."""
    others = (path for path in project.files if path.is_relative_to(root) and not path.is_relative_to(top))
    return any(path.stem != stem and not is_aside(path, project.settings.root) for path in others)


def _package(module: Module, levels: set[int]) -> Path | None:
    """The directory of the outermost package around a module; without ``__init__.py`` its relative imports tell of it."""
    if not levels:
        return _outermost_package(module)
    package = module.path.parents[max(levels) - 1]
    while _is_package(module, package.parent):
        package = package.parent
    top = package == module.project.settings.root and not _outermost_package(module)
    return None if top else package


def _outermost_package(module: Module) -> Path | None:
    package = None
    for parent in module.path.parents:
        if not _is_package(module, parent):
            break
        package = parent
    return package


def _is_package(module: Module, folder: Path) -> bool:
    return folder in module.project.package_folders or (folder / "__init__.py").exists()


def _imported(module: Module) -> Iterator[str]:
    """The dotted names that the file imports at its top level, relative ones without their dots."""
    for bound in module.names.root.bindings.values():
        yield from ((b.qualified or "").lstrip(".") for b in bound if b.kind in ("import", "star"))


def _imports_own(module: Module) -> bool:
    return any(module.project.has_module(name.partition(".")[0]) for name in _imported(module))


def _texts(project: Project) -> Iterator[bytes]:
    return (source.data for source in project.others(Path()))
