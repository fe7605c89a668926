"""The clients that a project builds, and the calls in loops that are theirs."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ....engine.analysis.asked_once import asked_once
from ....engine.analysis.calls.graph import CallGraph
from ....engine.analysis.module import Module, Project
from ....engine.analysis.program import program_files
from ....engine.analysis.programs import stands_alone
from ....engine.analysis.replacing import last_of
from ....engine.analysis.resolver import Definition, Resolver, class_around
from .sites import Site

#: By these Pyrogram loads handlers from elsewhere; unpacked arguments may hold it.
_HANDING = frozenset({"plugins", None})


@dataclass(frozen=True, slots=True)
class Client:
    """A client that is built, the files whose calls may be made on it, the names by which the project knows it, and who keeps it."""

    call: ast.Call
    files: frozenset[Path]
    names: frozenset[str]
    homes: frozenset[ast.AST]

    @classmethod
    def of(cls, module: Module, call: ast.Call) -> Client:
        """Of a client that nothing outside of its file gets, the calls are those of its file."""
        alone = isinstance(module.parent(call), ast.withitem) or stands_alone(module) or _is_kept(module, call)
        files = [module.path] if alone else program_files(module.project, module.path)
        homes = (_home(module, target) for target in _targets(module, call))
        return cls(call, frozenset(files), frozenset(_names(module, call)), frozenset(homes))


def callers(module: Module, site: Site, built: Collection[Client]) -> list[ast.Call]:
    """The clients on which a call in a loop may be made: none where several have it and nothing says which of them."""
    receiver = site.call.func.value if isinstance(site.call.func, ast.Attribute) else site.call
    near = [client for client in built if module.path in client.files]
    _, made = module.project.fact(Resolver).assigned(module, receiver)
    if any(client.call is made for client in near):
        return [client.call for client in near if client.call is made]
    if len({client.names for client in near}) > 1:
        names = _owners(module, receiver)
        near = [client for client in near if names & client.names]
    if len({client.homes for client in near}) > 1:
        home = _home(module, receiver)
        near = [client for client in near if home in client.homes]
    return [client.call for client in near]


def _home(module: Module, name: ast.expr) -> ast.AST:
    """Whose variable it is: the class whose methods say ``self.client``, else the function, the class or the file."""
    if isinstance(name, ast.Attribute):
        return class_around(module, name) or module.tree
    found = module.scope(name).find(name.id) if isinstance(name, ast.Name) else None
    return found.node if found is not None else module.tree


def _names(module: Module, call: ast.Call) -> Iterator[str]:
    """The names that a client is given, also by ``name = client.start()``, which answers the client itself."""
    for target in _targets(module, call):
        yield last_of(target)
        for use in module.uses(target.id, module.scope(target)) if isinstance(target, ast.Name) else ():
            attribute = module.parent(use)
            if isinstance(attribute, ast.Attribute) and attribute.attr == "start":
                yield from map(last_of, _targets(module, attribute))


def _targets(module: Module, node: ast.AST) -> list[ast.expr]:
    """What the result of a call is assigned to, by way of ``.start()``, too."""
    while isinstance(parent := module.parent(node), (ast.Attribute, ast.Call, ast.Await)):
        if isinstance(parent, ast.Attribute) and parent.attr != "start":
            return []
        node = parent
    match parent:
        case ast.Assign(targets=targets):
            return targets
        case ast.AnnAssign(target=target) | ast.withitem(optional_vars=ast.expr() as target):
            return [target]
    return []


def _owners(module: Module, receiver: ast.expr) -> set[str]:
    """The names of the clients behind what a method is called on: of what a handler is given, those on which its decorator registers it."""
    root = receiver
    while isinstance(root, ast.Attribute):
        root = root.value
    function = module.function(receiver)
    owners: set[str] = set()
    if isinstance(root, ast.Name) and function is not None and root.id in [a.arg for a in function.args.args]:
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            owners |= _registering(called)
            own = module.project.fact(CallGraph).definition(module, called)
            owners |= _registering_in(module.project, own[1]) if own is not None else set()
    return owners or {last_of(receiver)}


@asked_once
def _registering_in(_: Project, decorator: Definition) -> frozenset[str]:
    """The clients on which a decorator of the project registers what it decorates: many handlers have the same one."""
    return frozenset(name for node in ast.walk(decorator) for name in _registering(node))


def _registering(node: ast.AST) -> set[str]:
    """The client on which ``client.on``, ``client.on_message`` or ``client.add_event_handler`` registers a handler."""
    if isinstance(node, ast.Attribute) and node.attr.startswith(("on", "add_")):
        return {last_of(node.value)} - {""}
    return set()


def _is_kept(module: Module, call: ast.Call) -> bool:
    """Whether a client is only a variable's on which methods are called: nobody else gets it, and no handler is called with it."""
    match module.parent(call):
        case ast.Assign(targets=[ast.Name(id=name) as target]) if not _HANDING.intersection(
            k.arg for k in call.keywords
        ):
            scope = module.scope(target).find(name)
            if scope is not None and (scope.kind == "function" or not module.project.importers(module.path)):
                uses = list(module.uses(name, scope))
                return bool(uses) and all(_is_only_asked(module, use) for use in uses)
    return False


def _is_only_asked(module: Module, use: ast.expr) -> bool:
    match module.parent(use):
        case ast.Attribute(attr=attr):
            return not attr.startswith(("on", "add_")) and attr not in _HANDING
        case ast.withitem(optional_vars=None) | ast.Compare() | ast.If() | ast.UnaryOp():
            return True
    return False
