"""What a name means across the project's files: imports are followed to the place that binds it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..counters import OUTSIDE_NAMES, work
from ..sources.imports import leads_to
from .module import Module, Project
from .resolver import Resolver
from .scope import Binding, Scope

_DEPTH = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A binding of a name in one of the project's files."""

    module: Module
    binding: Binding


def places(module: Module, name: str, at: ast.AST) -> list[Place]:
    """The bindings that `name` has as seen from the code at `at`, those of imports replaced by what they import.

    An import of something outside the project stays as it is; the list is empty for a builtin or an unknown name.
    """
    scope = module.scope(at).find(name)
    if scope is None:
        return root_places(module, name)
    known = module.project.fact(_Followed).places
    key = module, scope, name
    if key not in known:
        known[key] = list(_followed(module, scope.bindings[name], _DEPTH))
    return list(known[key])


def root_places(module: Module, name: str, depth: int = _DEPTH) -> list[Place]:
    """The same for a name at the top level of `module`, its star imports included."""
    known = module.project.fact(_Followed).root_places
    key = module, name, depth
    if key not in known:
        found = list(_binding_modules(module, name, set()))
        known[key] = [place for other in found for place in _followed(other, other.names.root.bindings[name], depth)]
    return list(known[key])


def _followed(module: Module, bindings: list[Binding], depth: int) -> Iterator[Place]:
    for binding in bindings:
        if binding.kind != "import" or binding.qualified is None:
            yield Place(module, binding)
            continue
        target = imported(module, binding) if depth else None
        inner = root_places(target[0], target[1], depth - 1) if target and target[1] else []
        if inner:
            yield from inner
        else:
            yield Place(module, binding)


def _binding_modules(module: Module, name: str, seen: set[Module]) -> Iterator[Module]:
    """The modules that bind a name at their top level, from `module` on by star imports, each looked at once: packages import from
    each other in circles.
    """
    seen.add(module)
    if name in module.names.root.bindings:
        yield module
        return
    stars = module.project.fact(_Followed).stars
    if module not in stars:
        written = module.names.root.bindings.get("*", ())
        found = (_parsed(module, file_of(module, star.qualified or "")) for star in written)
        stars[module] = [other for other in found if other is not None]
    for other in stars[module]:
        if other not in seen:
            yield from _binding_modules(other, name, seen)


def imported(module: Module, binding: Binding) -> tuple[Module, str] | None:
    """The project's module and the name in it that an import binds; the name is "" where the module itself is imported."""
    qualified = binding.qualified or ""
    dots = len(qualified) - len(qualified.lstrip("."))
    base, _, last = qualified.rpartition(".")
    base = qualified[:dots] if len(base) < dots else base
    package = _parsed(module, file_of(module, base)) if isinstance(binding.node, ast.ImportFrom) else None
    if package is not None and package is not module and last in package.names.root.bindings:
        return package, last  # what a package binds hides its submodule of that name
    whole = _parsed(module, file_of(module, qualified))
    if whole is not None:
        return whole, ""
    return (package, last) if package is not None and package is not module else None


class _Followed:
    """What was followed to its end."""

    def __init__(self, _: Project) -> None:
        #: What imports lead to, by the folder of the file that they stand in.
        self.files: dict[tuple[Path, str], Path | None] = {}
        #: The modules from which a file imports everything.
        self.stars: dict[Module, list[Module]] = {}
        #: What names mean, by the scope that binds them.
        self.places: dict[tuple[Module, Scope, str], list[Place]] = {}
        #: What names at the top level of a file mean, by how many imports are followed.
        self.root_places: dict[tuple[Module, str, int], list[Place]] = {}
        #: What names and chains of attributes are called outside the project.
        self.names: dict[ast.AST, str] = {}


def file_of(module: Module, dotted: str) -> Path | None:
    """The project's file that an import of `dotted` written in `module` reads; relative names keep their leading dots."""
    found = module.project.fact(_Followed).files
    key = module.folder, dotted
    if key not in found:
        project = module.project
        found[key] = next(leads_to(module.path, dotted, project.files_by_name, project.settings.root), None)
    return found[key]


def modules(module: Module, expression: ast.expr) -> Iterator[Module]:
    """The modules of the project that an expression stands for: ``package.part``, or a name that is imported."""
    found: list[Place] = []
    match expression:
        case ast.Name(id=word):
            found = places(module, word, expression)
        case ast.Attribute(value=value, attr=attr):
            for package in modules(module, value):
                found += (bound := root_places(package, attr))
                inside = file_of(package, f".{attr}") if package.path.name == "__init__.py" and not bound else None
                if (part := _parsed(package, inside)) is not None:
                    yield part
    for place in found:
        target = imported(place.module, place.binding) if place.binding.kind == "import" else None
        if target is not None and not target[1]:
            yield target[0]


def outside_name(module: Module, expression: ast.AST) -> str:
    """The dotted name of something outside the project, also where one of the project's files imports it first; or ""."""
    if not isinstance(expression, (ast.Name, ast.Attribute)):
        return ""
    known = module.project.fact(_Followed).names
    if expression not in known:
        work.calls[OUTSIDE_NAMES] += 1
        known[expression] = _outside_name(module, expression)
    return known[expression]


def _outside_name(module: Module, expression: ast.Name | ast.Attribute) -> str:
    name = module.resolve(expression) or ""
    if name and not module.project.fact(Resolver).may_be_own(name):
        return name
    found: list[Place] = []
    match expression:
        case ast.Attribute(value=value, attr=attr):
            base = outside_name(module, value)
            if base and base != module.resolve(value):
                return f"{base}.{attr}"
            found = [place for other in modules(module, value) for place in root_places(other, attr)]
        case ast.Name(id=word):
            found = places(module, word, expression)
    names = {place.binding.qualified or "" for place in found}
    name = names.pop() if len(names) == 1 else name
    return "" if name.startswith(".") else name


def _parsed(module: Module, path: Path | None) -> Module | None:
    return module.project.parsed(path) if path is not None else None


def turns(place: Place, name: str) -> list[str]:
    """The methods that a binding calls one after the other on the variable that it binds; empty for any other binding."""
    parent = place.module.parent(place.binding.node)
    value = parent.value if isinstance(parent, ast.Assign) and parent.targets == [place.binding.node] else None
    methods: list[str] = []
    while isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        methods.insert(0, value.func.attr)
        value = value.func.value
    return methods if isinstance(value, ast.Name) and value.id == name else []
