"""Where the support module of a project stands, and how a file imports from it.

It stands where the imports of the file lead: in the package that the file belongs to, or beside the scripts that share it,
and only where everything that takes the file along takes the module along, too (packaging, images). That is sure of a folder
of which the file could not do without another file, imported in the same way, or in which it is itself. Where no place is
sure, the file keeps its helpers to itself, which always works.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ..analysis.module import Module
from ..analysis.programs import Programs, imports_of, is_started
from ..model import Proof
from ..proofs.environment import lands_in_deployment
from ..sources.deployment import Deployments
from ..sources.imports import levels_up
from ..sources.old_copies import is_aside
from .imports import import_block

Candidate = tuple[Path, str]


def location(module: Module) -> Candidate | None:
    """The support module's path and the module name to import it by; None where the helper goes into the file itself."""
    project = module.project
    parts = (path for path in project.files if not is_aside(path, project.settings.root))
    if len(list(islice(parts, 2))) < 2:
        return None
    sure = set(_sure(module))
    for path, name in _candidates(module):
        if (path, name) in sure and isinstance(lands_in_deployment(project, path, [module.path]), Proof):
            return path, name
    return None


def _candidates(module: Module) -> Iterator[Candidate]:
    """The places from which the file can import, the best first.

    None for a file that is imported from several directories, or only by a path that the program sets up: another support
    module of the same name may come first there.
    """
    project, stem = module.project, module.project.settings.support_module
    levels = {node.level for node in module.all(ast.ImportFrom) if node.level}
    root = project.import_roots.get(module.path)
    package = _package(module, levels)
    if root is not None and (not levels or module.path.parent != root):
        yield from _under(module, root, stem, relative=bool(levels))
    elif levels and package is not None:
        yield _relative(module, package, stem)
    elif package is not None:
        # started by its path it would be no part of the package: neither kind of import would work in both cases
        if not is_started(module) and not Programs.of(project).loads_by_path:
            yield _relative(module, package, stem)
    elif module.path not in project.import_roots and is_started(module) and _imports_own(module):
        yield module.path.parent / f"{stem}.py", stem


def _sure(module: Module) -> Iterator[Candidate]:
    """The places that are there wherever the file runs, with the name by which it finds them there: whoever copies folders one by
    one, or loads a file by more than one path, breaks no import that is not broken already.
    """
    project, folder = module.project, module.path.parent
    stem = project.settings.support_module
    roots: set[Path] = set()
    level = 0
    for statement, dotted, target in _own_imports(module):
        if isinstance(statement, ast.ImportFrom) and statement.level:
            level = max(level, statement.level)
            around = levels_up(module.path, statement.level)
            yield from _along(module, Path(around), target, "." * statement.level)
        else:
            root = target.parents[dotted.count(".") + (target.name == "__init__.py")]
            roots.add(root)
            yield from _along(module, root, target, "")
    known = project.import_roots.get(module.path)
    if (folder in roots or folder == known) and not _is_member(module):
        yield folder / f"{stem}.py", stem
    one_way = _comes_one_way(module, level)
    for depth, package in enumerate(_packages(module, level, None if one_way else level), 1):
        yield package / f"{stem}.py", "." * depth + stem
    if one_way and known not in (None, folder):
        yield from _along(module, known, module.path, "")


def _own_imports(module: Module) -> Iterator[tuple[ast.Import | ast.ImportFrom, str, Path]]:
    """The imports at the top of a file that lead to one file of the project, without which the file cannot be loaded."""
    for statement in import_block(module):
        for dotted, _ in imports_of(statement):
            if len(found := module.project.imported_files(module.path, dotted)) == 1:
                yield statement, dotted, found[0]


def _along(module: Module, base: Path, target: Path, dots: str) -> Iterator[Candidate]:
    """The folders on the way from `base` to a file of which something is loaded with it: packages, and its own."""
    stem = module.project.settings.support_module
    parts = target.relative_to(base).parts[:-1]
    for depth in range(len(parts) + 1):
        folder = base.joinpath(*parts[:depth])
        if folder == target.parent or ((depth or dots) and folder in module.project.package_folders):
            yield folder / f"{stem}.py", dots + ".".join((*parts[:depth], stem))


def _packages(module: Module, levels: int, most: int | None) -> Iterator[Path]:
    """The folders that so many dots of a relative import stand for: the file's own, and the packages around it."""
    for depth, folder in enumerate(module.path.parents):
        if depth == most or (folder not in module.project.package_folders and (depth or not levels)):
            return
        yield folder


def _comes_one_way(module: Module, levels: int) -> bool:
    """Whether a file can only be loaded as the part of the package that it lies in: nothing starts it by its path, nobody changes
    where imports are looked for, and it does not try several names for one module.
    """
    project = module.project
    if is_started(module) or (not levels and any(node.level for node in module.all(ast.ImportFrom))):
        return False
    if project.import_roots.get(module.path, project.settings.root) is None:  # by more than one path
        return False
    return not project.contains(b"sys.path") and project.mentions.of("PYTHONPATH") is None


def _is_member(module: Module) -> bool:
    """Whether a relative import leads to a file: it is then loaded as a part of the package that it lies in, at least sometimes."""
    project = module.project
    for importer in filter(None, map(project.parsed, project.importers(module.path))):
        for statement in importer.all(ast.ImportFrom):
            names = (dotted for dotted, _ in imports_of(statement)) if statement.level else ()
            if any(module.path in project.imported_files(importer.path, dotted) for dotted in names):
                return True
    return False


def _relative(module: Module, package: Path, stem: str) -> Candidate:
    dots = "." * (len(module.path.parent.relative_to(package).parts) + 1)
    return package / f"{stem}.py", f"{dots}{stem}"


def _under(module: Module, root: Path, stem: str, *, relative: bool) -> Iterator[Candidate]:
    """The places for a file whose imports begin at `root`: in a package there, and beside what is there."""
    project = module.project
    beside = root / f"{stem}.py", stem
    tops = {part for part in project.parts_at(root) if part.suffix != ".py"}
    inside = module.path.relative_to(root).parts[:-1]
    if inside:
        packages = [root.joinpath(*inside[: depth + 1]) for depth in range(len(inside))]
        top = packages[0]
        names = [".".join((*inside[: depth + 1], stem)) for depth in range(len(inside))]
        within = [
            _relative(module, folder, stem) if relative else (folder / f"{stem}.py", name)
            for folder, name in zip(packages, names, strict=True)
        ]
        # what only a package's own name leads to has its support code there, and then all of the package has
        alone = project.parts_at(root) - {beside[0]} == {top}
        first = alone or (top in project.relative_packages and (tops == {top} or not project.is_reached(top)))
        yield from (*within[:1], beside, *within[1:]) if first else (beside, *within)
        return
    # a script: what the package that it imports has, it has too
    ways = Deployments.of(project).ways
    own = {root / name.partition(".")[0] for name in _imported(module)} & tops
    built = {top for top in own if any(way.takes(top / "__init__.py") and not way.takes(beside[0]) for way in ways)}
    own = built or (own & project.relative_packages if len(tops) == 1 else set())
    if len(own) == 1:
        top = own.pop()
        yield top / f"{stem}.py", f"{top.name}.{stem}"
    yield beside


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
    if folder in module.project.package_folders:
        return True
    inside = folder.is_relative_to(module.project.settings.root)
    return inside and (folder / "__init__.py").exists()


def _imported(module: Module) -> Iterator[str]:
    """The dotted names that the file imports at its top level, relative ones without their dots."""
    for bound in module.names.root.bindings.values():
        yield from ((b.qualified or "").lstrip(".") for b in bound if b.kind in ("import", "star"))


def _imports_own(module: Module) -> bool:
    return any(module.project.has_module(name.partition(".")[0]) for name in _imported(module))
