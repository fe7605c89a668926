"""Functions that ask a database only for what they do not find in memory: a thread for each of their calls is paid by all of them."""

from __future__ import annotations

import ast

from ....engine.analysis.module import Module
from ....engine.analysis.replacing import last_of
from ....knowledge.blocking import DATABASE
from .helpers import SQLITE, Helpers, Site

_CACHED = frozenset({"functools.lru_cache", "functools.cache", "cachetools.cached", "cachetools.func.ttl_cache"})
_CONTAINERS = frozenset("dict set OrderedDict defaultdict TTLCache LRUCache LFUCache Cache".split())
_FIRST = (
    "it looks in memory first, and a thread, of 50 µs and more, would be paid by all the calls that find it there: let a thread run the "
    "query alone"
)


def looked_up_first(helpers: Helpers, site: Site) -> str | None:
    """Why a function stays that asks a database for what is not kept in memory yet, as a clause."""
    helper = site.helper
    if helper.kind not in (DATABASE, SQLITE):
        return None
    module, function = helper.module, helper.function
    if any(module.resolve(d.func if isinstance(d, ast.Call) else d) in _CACHED for d in function.decorator_list):
        return _FIRST
    asking = [call for call in module.within(function, ast.Call) if _asks(helpers, module, call, helper.call)]
    if not asking:
        return None
    first = min(module.start(call) for call in asking)
    for test in (n for n in module.within(function, ast.If) if module.start(n) < first):
        inside = all(module.start(test) < module.start(call) < module.end(test) for call in asking)
        leaves = isinstance(test.body[-1], (ast.Return, ast.Raise)) and module.end(test) <= first
        if (inside or leaves) and _is_of_memory(module, test.test):
            return _FIRST
    return None


def _asks(helpers: Helpers, module: Module, call: ast.Call, known: ast.Call) -> bool:
    """Whether a call asks the database, itself or by a function that does."""
    if call is known or helpers.blocks.of(module, call) is not None:
        return True
    meant = helpers.resolver.definition(module, call.func)
    return meant is not None and meant[1] in helpers.found


def _is_of_memory(module: Module, test: ast.expr) -> bool:
    """Whether a test asks what a container of the program holds: ``key in CACHE``, or what ``CACHE.get(key)`` has given."""
    for node in ast.walk(test):
        match node:
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[container]) if _is_kept(module, container):
                return True
            case ast.Name(id=name) if any(_is_taken(module, b.node) for b in module.bindings(name, node)):
                return True
    return False


def _is_taken(module: Module, bound: ast.AST) -> bool:
    """Whether a variable is bound to what a container gives."""
    match module.parent(bound):
        case ast.Assign(value=value) | ast.NamedExpr(value=value) | ast.AnnAssign(value=ast.expr() as value):
            pass
        case _:
            return False
    match value:
        case ast.Call(func=ast.Attribute(value=container, attr="get")) | ast.Subscript(value=container):
            return _is_kept(module, container)
    return False


def _is_kept(module: Module, container: ast.expr) -> bool:
    """Whether an expression is a variable of the file, or an attribute of the object, that is made as a dictionary or the like."""
    match container:
        case ast.Name(id=name) if module.scope(container).find(name) is module.names.root:
            targets: list[ast.AST] = [binding.node for binding in module.bindings(name, container)]
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
            targets = [node for node in module.attributes(attr) if isinstance(node.ctx, ast.Store)]
        case _:
            return False
    return bool(targets) and all(_is_made_here(module, target) for target in targets)


def _is_made_here(module: Module, target: ast.AST) -> bool:
    match module.parent(target):
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            made = isinstance(value, (ast.Dict, ast.Set, ast.DictComp))
            return made or (isinstance(value, ast.Call) and last_of(value.func) in _CONTAINERS)
    return False
