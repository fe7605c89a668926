"""The clients that a project builds, and the calls in loops that are theirs."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ....engine.analysis.calls.graph import CallGraph
from ....engine.analysis.module import Module
from ....engine.analysis.program import program_files
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.kind_names import external_kind
from .sites import Site

#: By these Pyrogram loads handlers from elsewhere; unpacked arguments may hold it.
_HANDING = frozenset({"plugins", None})


def clients(calls: Calls, kind: str) -> Iterator[ast.Call]:
    """The calls that build a client, or one of a class of the project's own that derives from it."""
    graph = calls.module.project.fact(CallGraph)
    for call in calls.module.all(ast.Call):
        if external_kind(calls.module.resolve(call.func) or "") == kind:
            yield call
        elif (meant := graph.definition(calls.module, call.func)) is not None and isinstance(meant[1], ast.ClassDef):
            if calls.kinds.of(call) == kind and not any(map(_is_init, meant[1].body)):
                yield call


def _is_init(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name in ("__init__", "__new__")


def served(
    module: Module, call: ast.Call, found: list[tuple[Module, Site, ast.Call | None]]
) -> list[tuple[Module, Site]]:
    """The calls in loops that may be this client's: of a client that nothing outside of its file gets, those of its file."""
    if isinstance(module.parent(call), ast.withitem) or _stands_alone(module) or _is_kept(module, call):
        files = {module.path}
    else:
        files = set(program_files(module.project, module.path))
    return [(where, site) for where, site, owner in found if where.path in files and owner in (None, call)]


def client_of(module: Module, site: Site, built: Collection[ast.Call]) -> ast.Call | None:
    """The client on which a call is made, where one assignment says so."""
    receiver = site.call.func.value if isinstance(site.call.func, ast.Attribute) else site.call
    _, made = module.project.fact(Resolver).assigned(module, receiver)
    return made if isinstance(made, ast.Call) and made in built else None


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
        case ast.withitem(optional_vars=None):
            return True
    return False


def _stands_alone(module: Module) -> bool:
    """Whether a file is a program of its own: it imports nothing of the project, and nothing imports it."""
    project = module.project
    if project.importers(module.path):
        return False
    for node in module.all(ast.Import, ast.ImportFrom):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        if getattr(node, "level", 0) or any(project.has_module(name.partition(".")[0]) for name in names):
            return False
    return True
