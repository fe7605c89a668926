"""Classes of a project that are derived from one another: which functions ``self.load()`` and ``super().load()`` may mean besides."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .module import Module
from .resolver import Resolver, class_around


def derived(resolver: Resolver, cls: ast.ClassDef) -> list[tuple[Module, ast.ClassDef]]:
    """The classes of the project that are derived from a class, directly or not."""
    if cls not in resolver.derived:
        resolver.derived[cls] = list(_derived(resolver, cls))
    return resolver.derived[cls]


def _derived(resolver: Resolver, cls: ast.ClassDef) -> Iterator[tuple[Module, ast.ClassDef]]:
    seen: set[ast.ClassDef] = {cls}
    waiting = [cls]
    while waiting:
        base = waiting.pop()
        for path in resolver.mentioning([base.name]):
            module = resolver.module(path)
            for other in module.all(ast.ClassDef) if module else ():
                if module is None or other in seen or not other.bases:
                    continue
                found = [resolver.definition(module, expression) for expression in other.bases]
                if any(meant is not None and meant[1] is base for meant in found):
                    seen.add(other)
                    waiting.append(other)
                    yield module, other


def binds(module: Module, cls: ast.ClassDef, name: str) -> bool:
    """Whether the body of a class gives `name` a meaning."""
    return bool(module.names.opened[cls].bindings.get(name))


def family(resolver: Resolver, module: Module, cls: ast.ClassDef) -> frozenset[ast.ClassDef]:
    """A class with all that its instances may inherit from, those of classes derived from it included."""
    if cls not in resolver.families:
        resolver.families[cls] = frozenset(_family(resolver, module, cls))
    return resolver.families[cls]


def _family(resolver: Resolver, module: Module, cls: ast.ClassDef) -> set[ast.ClassDef]:
    found: set[ast.ClassDef] = set()
    waiting = [(module, cls), *derived(resolver, cls)]
    while waiting:
        where, member = waiting.pop()
        if member not in found:
            found.add(member)
            for base in member.bases:
                meant = resolver.definition(where, base)
                if meant and isinstance(meant[1], ast.ClassDef):
                    waiting.append((meant[0], meant[1]))
    return found


def own_class(module: Module, expression: ast.expr) -> ast.ClassDef | None:
    """The class around an expression that stands for its instance or for it: ``self``, ``cls``, ``super()``, ``type(self)``."""
    match expression:
        case ast.Name(id="self" | "cls"):
            return class_around(module, expression)
        case ast.Call(func=ast.Name(id="super")):
            return class_around(module, expression)
        case ast.Call(func=ast.Name(id="type"), args=[ast.Name(id="self")]):
            return class_around(module, expression)
        case ast.Attribute(value=ast.Name(id="self"), attr="__class__"):
            return class_around(module, expression)
    return None


def may_mean(resolver: Resolver, module: Module, owner: ast.expr, holder: ast.AST | None) -> bool:
    """Whether an attribute of `owner`, which stands for an instance of the class around it, may be one of the class `holder`."""
    cls = own_class(module, owner)
    return cls is not None and isinstance(holder, ast.ClassDef) and holder in family(resolver, module, cls)
