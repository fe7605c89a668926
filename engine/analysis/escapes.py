"""Whether the objects of a class, or a module, are only ever used by names that show what they are.

Where that is so, an attribute of something unknown (``things[0].save()``) cannot be theirs.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from .module import Module, Project
from .resolver import Resolver


def class_escapes(resolver: Resolver, module: Module, cls: ast.ClassDef, depth: int = 0) -> bool:
    """Whether an instance of the class may come to stand behind an expression that does not show its class."""
    if depth > 4 or cls.decorator_list or cls.keywords or _self_escapes(module, cls):
        return True
    for where, use in uses_of(resolver, cls.name, lambda m, node: _is(resolver, m, node, cls)):
        parent = where.parent(use)
        match parent:
            case ast.Call(func=func) if func is use:
                if _value_escapes(resolver, where, parent):
                    return True
            case ast.Attribute() | ast.alias():
                continue
            case ast.ClassDef():
                if class_escapes(resolver, where, parent, depth + 1):
                    return True
            case _ if _is_annotation(where, use):
                return True  # something is said to hold one
            case _:
                return True
    return False


def module_escapes(resolver: Resolver, target: Module) -> bool:
    """Whether the module itself is handed around as a value."""
    handed = target.project.fact(_Handed)
    for path in resolver.mentioning(
        [target.path.parent.name if target.path.name == "__init__.py" else target.path.stem]
    ):
        by = handed.by(resolver, path)
        if by is None or target.path in by:
            return True
    return False


class _Handed:
    """The modules of the project that each of its files hands around as values. Ask `Project.fact(_Handed)`."""

    def __init__(self, _: Project) -> None:
        self._by: dict[Path, set[Path] | None] = {}

    def by(self, resolver: Resolver, path: Path) -> set[Path] | None:
        """Those that one file hands around; None where it cannot be read."""
        if path not in self._by:
            self._by[path] = _handed_by(resolver, path)
        return self._by[path]


def _handed_by(resolver: Resolver, path: Path) -> set[Path] | None:
    tell = resolver.project.told
    imports, values = tell(path, _imports_handed), tell(path, _attributes_handed)
    if imports is None or values is None:
        where = resolver.module(path)
        if where is None:
            return None
        imports, values = _imports_handed(where), _resolved_attributes(where)
    files = [resolver.file_of(path, dotted) for dotted in imports]
    behind = {resolver.module_behind(path, dotted) for dotted in values}
    return {found[0] for found in files if found is not None and not found[1]} | {one for one in behind if one}


def _imports_handed(where: Module) -> frozenset[str]:
    """What imports bind to names that are handed around as values."""
    bound = (b for scope in where.names.opened.values() for bindings in scope.bindings.values() for b in bindings)
    imported = [binding for binding in bound if binding.qualified]
    handed = {name for name in {b.name for b in imported} if any(_is_value(where, node) for node in where.called(name))}
    return frozenset(binding.qualified or "" for binding in imported if binding.name in handed)


def _attributes_handed(where: Module) -> frozenset[str] | None:
    """The dotted names of attributes that are."""
    return _resolved_attributes(where) if where.is_self_contained else None


def _resolved_attributes(where: Module) -> frozenset[str]:
    values = (attribute for attribute in where.all(ast.Attribute) if _is_value(where, attribute))
    return frozenset(dotted for attribute in values if (dotted := where.resolve(attribute)))


def _is_value(where: Module, node: ast.Name | ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Load) and not isinstance(where.parent(node), ast.Attribute)


def value_uses(resolver: Resolver, dotted: str) -> Iterator[tuple[Module, ast.expr]]:
    """The places of the project that hand a library's module, class or function around as a value: it is neither called there
    nor asked for an attribute, nor does it say what something is (an annotation, a base class, an ``except``).
    """
    for path in resolver.mentioning([dotted.rpartition(".")[2]]):
        module = resolver.module(path)
        for node in module.standing_for(dotted) if module else ():
            if module is None or not isinstance(node.ctx, ast.Load):
                continue
            parent = module.parent(node)
            says = isinstance(parent, (ast.Attribute, ast.ClassDef, ast.ExceptHandler)) or _is_annotation(module, node)
            if not says and not (isinstance(parent, ast.Call) and parent.func is node):
                yield module, node


def hands_on_class(resolver: Resolver, module: Module) -> bool:
    """Whether a function of the project, or a loop, is given a class that is not the project's: it may change it."""
    given = [
        value
        for call in module.all(ast.Call)
        if resolver.definition(module, call.func) is not None
        for value in (*call.args, *(keyword.value for keyword in call.keywords))
    ]
    given += [value for loop in module.all(ast.For) for value in getattr(loop.iter, "elts", ())]
    return any(
        dotted.rpartition(".")[2][:1].isupper() and resolver.file_of(module.path, dotted) is None
        for value in given
        if (dotted := module.resolve(value))
    )


def uses_of(
    resolver: Resolver, name: str, matches: Callable[[Module, ast.expr], bool]
) -> Iterator[tuple[Module, ast.expr]]:
    """The places of the project that read `name`, or an alias of it, and that `matches` confirms."""
    for path in resolver.mentioning([name]):
        module = resolver.module(path)
        if module is None:
            continue
        named: list[ast.Name | ast.Attribute] = list(module.called(name))
        if aliases := module.aliases.get(name, set()) - {name}:
            named = [
                n for n in module.all(ast.Name) if n.id == name or (n.id in aliases and _is_alias(module, n, name))
            ]
        named += module.attributes(name)
        yield from ((module, node) for node in named if isinstance(node.ctx, ast.Load) and matches(module, node))


def _is_alias(module: Module, node: ast.Name, name: str) -> bool:
    return any((b.qualified or "").rpartition(".")[2] == name for b in module.bindings(node.id, node))


def _is(resolver: Resolver, module: Module, node: ast.expr, cls: ast.ClassDef) -> bool:
    found = resolver.definition(module, node)
    return found is not None and found[1] is cls


def _is_annotation(module: Module, node: ast.AST) -> bool:
    """Whether an expression is, or is a part of, the annotation of a parameter, a variable or a result."""
    child = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, (ast.arg, ast.AnnAssign)):
            return ancestor.annotation is child
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return ancestor.returns is child
        if not isinstance(ancestor, (ast.Subscript, ast.BinOp, ast.Tuple, ast.List)):
            return False
        child = ancestor
    return False


def _self_escapes(module: Module, cls: ast.ClassDef) -> bool:
    for method in cls.body:
        if isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) and method.args.args:
            first = method.args.args[0].arg
            known = first in ("self", "cls") or any(
                isinstance(d, ast.Name) and d.id == "staticmethod" for d in method.decorator_list
            )
            scope = module.names.opened[method]
            if any(not (known and isinstance(module.parent(use), ast.Attribute)) for use in module.uses(first, scope)):
                return True
    return False


def _value_escapes(resolver: Resolver, module: Module, value: ast.expr) -> bool:
    """Whether a new object goes anywhere but into one variable of which only attributes are used."""
    parent = module.parent(value)
    if isinstance(parent, (ast.Attribute, ast.Expr)):
        return False
    if not (isinstance(parent, ast.Assign) and len(parent.targets) == 1):
        return True
    target = parent.targets[0]
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
        loads = [a for a in module.attributes(target.attr) if isinstance(a.ctx, ast.Load)]
        others = [path for path in resolver.mentioning([target.attr]) if path != module.path]
        return bool(others) or any(
            not isinstance(module.parent(a), ast.Attribute) or resolver.class_of(module, a) is None for a in loads
        )
    if not isinstance(target, ast.Name) or len(module.bindings(target.id, target)) != 1:
        return True
    scope = module.scope(target).find(target.id)
    if scope is None or any(not isinstance(module.parent(use), ast.Attribute) for use in module.uses(target.id, scope)):
        return True
    if scope is not module.names.root:
        return False
    found = resolver.exported(module, target.id)
    for where, use in uses_of(resolver, target.id, lambda m, node: resolver.symbol(m, node) == found):
        if not isinstance(where.parent(use), ast.Attribute):
            return True
    return False
