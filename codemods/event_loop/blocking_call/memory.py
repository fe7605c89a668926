"""Functions that ask a database only for what they do not find in memory: a thread for each of their calls is paid by all of them."""

from __future__ import annotations

import ast

from ....engine.analysis.assignments import all_values_of
from ....engine.analysis.module import Module
from ....engine.analysis.replacing import last_of
from ....engine.analysis.resolver import Resolver, class_around
from ....engine.analysis.scope import FunctionNode
from ....engine.analysis.sqlite import executes
from ....knowledge.blocking import DATABASE
from .helpers import SQLITE, Helpers, Site

_CACHED = frozenset({"functools.lru_cache", "functools.cache", "cachetools.cached", "cachetools.func.ttl_cache"})
_CONTAINERS = frozenset("dict set OrderedDict defaultdict TTLCache LRUCache LFUCache Cache".split())
_DEPTH = 3
_FIRST = (
    "it looks in memory first, and a thread, of 50 µs and more, would be paid by all the calls that find it there: let a thread run the "
    "query alone"
)


def looked_up_first(helpers: Helpers, site: Site) -> str | None:
    """Why a function stays that asks a database for what is not kept in memory yet, as a clause."""
    helper = site.helper
    if helper.kind not in (DATABASE, SQLITE):
        return None
    return _FIRST if _looks_first(helpers, helper.module, helper.function, _DEPTH) else None


def _looks_first(helpers: Helpers, module: Module, function: FunctionNode, depth: int) -> bool:
    """Whether a function asks a database behind a look into memory alone, itself or by functions that do so."""
    if any(module.resolve(d.func if isinstance(d, ast.Call) else d) in _CACHED for d in function.decorator_list):
        return True
    every = [call for call in module.within(function, ast.Call) if _asks(helpers, module, call)]
    asking = [call for call in every if not (depth and _calls_one(helpers, module, call, depth))]
    if not asking:
        return bool(every)
    first = min(module.start(call) for call in asking)
    for test in (n for n in module.within(function, ast.If) if module.start(n) < first):
        inside = all(module.start(test) < module.start(call) < module.end(test) for call in asking)
        leaves = isinstance(test.body[-1], (ast.Return, ast.Raise)) and module.end(test) <= first
        if (inside or leaves) and _is_of_memory(helpers.resolver, module, test.test):
            return True
    return False


def _calls_one(helpers: Helpers, module: Module, call: ast.Call, depth: int) -> bool:
    """Whether a call is one of a function that looks in memory first."""
    meant = helpers.resolver.definition(module, call.func)
    if meant is None or not isinstance(meant[1], ast.FunctionDef) or helpers.blocks.of(module, call) is not None:
        return False
    return _looks_first(helpers, meant[0], meant[1], depth - 1)


def _asks(helpers: Helpers, module: Module, call: ast.Call) -> bool:
    """Whether a call asks the database, itself or by a function that does."""
    if executes(call) or module.resolve(call.func) == "sqlite3.connect" or helpers.blocks.of(module, call) is not None:
        return True
    meant = helpers.resolver.definition(module, call.func)
    return meant is not None and meant[1] in helpers.found


def _is_of_memory(resolver: Resolver, module: Module, test: ast.expr) -> bool:
    """Whether a test asks what a container of the program holds: ``key in CACHE``, or what ``CACHE.get(key)`` has given."""
    for node in ast.walk(test):
        match node:
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[container]) if _is_kept(
                resolver, module, container
            ):
                return True
            case ast.Name(id=name) if any(_is_taken(resolver, module, b.node) for b in module.bindings(name, node)):
                return True
    return False


def _is_taken(resolver: Resolver, module: Module, bound: ast.AST) -> bool:
    """Whether a variable is bound to what a container gives."""
    match module.parent(bound):
        case ast.Assign(value=value) | ast.NamedExpr(value=value) | ast.AnnAssign(value=ast.expr() as value):
            pass
        case _:
            return False
    return _takes(resolver, module, value) or (isinstance(value, ast.Call) and _gives_kept(resolver, module, value))


def _takes(resolver: Resolver, module: Module, value: ast.AST) -> bool:
    match value:
        case ast.Call(func=ast.Attribute(value=container, attr="get")) | ast.Subscript(value=container):
            return _is_kept(resolver, module, container)
    return False


def _gives_kept(resolver: Resolver, module: Module, call: ast.Call) -> bool:
    """Whether a call is one of a function of the project that looks into a container and calls nothing else of the project."""
    meant = resolver.definition(module, call.func)
    if meant is None or not isinstance(meant[1], ast.FunctionDef):
        return False
    where, function = meant
    calls = list(where.within(function, ast.Call))
    looks = any(_takes(resolver, where, node) for node in (*calls, *where.within(function, ast.Subscript)))
    return looks and all(resolver.definition(where, inner.func) is None for inner in calls)


def _is_kept(resolver: Resolver, module: Module, container: ast.expr) -> bool:
    """Whether an expression is a variable of a file, or an attribute of an object, that is made as a dictionary or the like."""
    where, targets = module, list[ast.AST]()
    match container:
        case ast.Name(id=name) if module.scope(container).find(name) is module.names.root:
            targets = [binding.node for binding in module.bindings(name, container)]
        case ast.Name() if len(values := all_values_of(module, container)) == 1:
            match values[0]:
                case ast.Attribute():
                    return _is_kept(resolver, module, values[0])
                case ast.Call(func=ast.Name(id="getattr"), args=[owner, _, *_]) if made := resolver.class_of(
                    module, owner
                ):
                    where, targets = made[0], [node for node in made[0].all(ast.Attribute) if _is_own(*made, node)]
        case ast.Attribute(value=owner, attr=attr) if made := resolver.class_of(module, owner):
            where, targets = made[0], [node for node in made[0].attributes(attr) if _is_own(*made, node)]
    return bool(targets) and all(_is_made_here(where, target) for target in targets)


def _is_own(module: Module, cls: ast.ClassDef, node: ast.Attribute) -> bool:
    """Whether an attribute of an instance is set in its class."""
    set_here = isinstance(node.ctx, ast.Store) and class_around(module, node) is cls
    return set_here and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def _is_made_here(module: Module, target: ast.AST) -> bool:
    match module.parent(target):
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            made = isinstance(value, (ast.Dict, ast.Set, ast.DictComp))
            return made or (isinstance(value, ast.Call) and last_of(value.func) in _CONTAINERS)
    return False
