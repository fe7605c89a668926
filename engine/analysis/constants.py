"""Names that stand for the same thing as long as the program runs: bound once, put elsewhere by nobody, and what they stand for
changed in place by nobody, in the whole project.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .assignments import assigned
from .container_uses import changed_by, changes, holds_mutable, is_immutable
from .escapes import uses_of
from .module import Module, Project
from .module_names import stem_of
from .replacements import Replacements
from .resolver import Resolver
from .scope import Scope

#: What runs the code of a module again.
_RELOADS = frozenset({"importlib.reload", "imp.reload"})
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


@dataclass(frozen=True, slots=True)
class Place:
    """What may change a name or what it stands for."""

    path: Path
    line: int
    #: What the source has there.
    text: str


def value_of(module: Module, name: ast.Name | ast.Attribute) -> tuple[Module, ast.expr] | None:
    """The one value that a name of a module or function ever has, with the module it stands in; None where that is not shown.
    Imports are followed to the module of the project that binds the name.

    What it stands for may be changed in place only if the value cannot be: a list is given only if nothing changes it.
    """
    scope = module.scope(name).find(name.id) if isinstance(name, ast.Name) else None
    if scope is not None and scope.kind == "function" and isinstance(name, ast.Name):
        if (value := _surely_assigned(module, scope, name.id)) is not None:
            nested = holds_mutable(module, value)
            kept = is_immutable(module, value) or not changed_by(module, module.uses(name.id, scope), nested)
            return (module, value) if kept else None
    way: list[tuple[Module, str]] = []
    found = module.project.fact(Resolver).symbol(module, name, way)
    if found is None:
        return None
    where, what = found
    owner = name.value if isinstance(name, ast.Attribute) else None
    if isinstance(owner, ast.Name) and module.scope(owner).find(owner.id) is module.names.root:
        way.append((module, owner.id))
    value = _surely_assigned(where, where.names.root, what)
    if value is None or any(rebinding(*hop) for hop in way) or mutation(where, what):
        return None
    return where, value


def _surely_assigned(module: Module, scope: Scope, name: str) -> ast.expr | None:
    """The right side of the one binding of a name, where that is a statement of the scope itself: not in an if or a try."""
    bindings = scope.bindings.get(name, [])
    value = assigned(module, bindings)
    surely = value is not None and module.parent(module.statement(bindings[0].node)) is scope.node
    return value if surely else None


def rebinding(module: Module, name: str) -> Place | None:
    """Where the module-level `name` (a variable, function, class or import) of `module` may come to stand for something else
    than what it was bound to first; None where it is bound once and nothing of the project puts something else in its place.
    """
    found: dict[tuple[Path, str], Place | None] = module.project.fact(_Rebindings).found
    key = (module.path, name)
    if key not in found:
        found[key] = _rebinding(module, name)
    return found[key]


def mutation(module: Module, name: str) -> Place | None:
    """Where the container that the module-level `name` of `module` is bound to may be changed in place, or handed to something
    that might; None where every use in the project only reads.
    """
    found: dict[tuple[Path, str], Place | None] = module.project.fact(_Mutations).found
    key = (module.path, name)
    if key not in found:
        found[key] = _mutation(module, name)
    return found[key]


def is_unchanging(module: Module, name: str) -> bool:
    """Whether the module-level variable `name` is bound once and what it stands for is never changed, whatever its value is."""
    bindings = module.names.root.bindings.get(name, [])
    value = assigned(module, bindings)
    if value is None or rebinding(module, name) is not None:
        return False
    if isinstance(value, _DISPLAYS) or (isinstance(value, ast.Tuple) and not is_immutable(module, value)):
        return mutation(module, name) is None
    return is_immutable(module, value)


class _Found:
    """Answers by file and name, for one state of the project's texts."""

    def __init__(self, _: object) -> None:
        self.found: dict[tuple[Path, str], Place | None] = {}


class _Rebindings(_Found): ...


class _Mutations(_Found): ...


def _rebinding(module: Module, name: str) -> Place | None:
    bindings = module.names.root.bindings.get(name, [])
    if not bindings:
        return Place(module.path, 1, name)
    first, *more = bindings
    node = more[0].node if more else first.node
    if more or module.function(node) is not None or first.kind == "delete":
        return _place(module, node)
    for star in module.names.root.bindings.get("*", ()):
        if module.start(star.node) > module.start(first.node):
            return _place(module, star.node)
    project, replacements = module.project, module.project.fact(Replacements)
    for replacement in replacements.of_module(module, name):
        return _place(replacement.module, replacement.node)
    if reload := project.fact(_reload):
        return reload
    if unseen := project.unseen([stem_of(module.path), name], project.analysed):
        return Place(unseen.path, unseen.line or 1, name)
    return None


def _reload(project: Project) -> Place | None:
    """The first place that runs the code of a module again."""
    modules = (module for path in project.mentioning(("reload",)) if (module := project.parsed(path)))
    found = (
        _place(where, node) for where in modules for node in where.mentions("reload") if where.resolve(node) in _RELOADS
    )
    return next(found, None)


def _mutation(module: Module, name: str) -> Place | None:
    bindings = module.names.root.bindings.get(name, [])
    values = [assigned(module, [binding]) for binding in bindings]
    mutable = [value for value in values if value is not None and not is_immutable(module, value)]
    if not values or None in values:
        return _place(module, bindings[0].node) if bindings else Place(module.path, 1, name)
    if not mutable:
        return None
    nested = any(holds_mutable(module, value) for value in mutable)
    if changed := changed_by(module, module.uses(name, module.names.root), nested):
        return _place(module, changed)
    resolver = module.project.fact(Resolver)
    for where, use in uses_of(resolver, name, lambda m, node: resolver.symbol(m, node) == (module, name)):
        if where is not module and changes(where, use, is_nested=nested):
            return _place(where, use)
    for where, node in _looked_up(module, name):
        return _place(where, node)
    return None


def _looked_up(module: Module, name: str) -> Iterator[tuple[Module, ast.expr]]:
    """The places that may take the variable from something that the source does not show as its module, or by a text."""
    replacements = module.project.fact(Replacements)
    resolver = replacements.resolver
    for path in resolver.mentioning([name]):
        where = resolver.module(path)
        for attribute in where.attributes(name) if where else ():
            if where and resolver.symbol(where, attribute) is None:
                if replacements.may_be_module(where, attribute.value, module) and changes(where, attribute):
                    yield where, attribute
    for where, call in replacements.lookups:
        asked = call.args[1]
        if not isinstance(asked, ast.Constant) or asked.value == name:
            if replacements.may_be_module(where, call.args[0], module):
                yield where, call


def _place(module: Module, node: ast.AST) -> Place:
    statement = module.statement(node) if not isinstance(node, ast.arg) else node
    text = " ".join(module.segment(statement).split())
    return Place(module.path, getattr(node, "lineno", 1), text if len(text) <= 60 else text[:57] + "...")
