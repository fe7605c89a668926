"""Calls that fail whenever they run: of a function that takes other arguments, or behind a name that nothing defines."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .asked_once import asked_once
from .module import Module
from .programs import imports_of
from .resolver import Resolver
from .scope import Binding, FunctionNode, Scope

_PLAIN = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Delete, ast.Assert)
#: What is not evaluated wherever it stands, or not at once.
_PUT_OFF = (ast.IfExp, ast.BoolOp, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr)
#: What a coroutine has: https://docs.python.org/3/reference/datamodel.html#coroutine-objects
_OF_COROUTINES = frozenset(
    "send throw close cr_await cr_code cr_frame cr_running cr_origin cr_suspended add_done_callback".split()
)
#: What may define names that the source does not show.
_DEFINES = (b"globals", b"exec(", b"__builtins__", b"builtins", b"setattr")


def fails(
    resolver: Resolver, at: tuple[Module, ast.Call], function: FunctionNode, inner: tuple[Module, ast.expr]
) -> str | None:
    """Why the call `at` of a function never comes to `inner`, which that waits for, as a clause."""
    if reason := misfit(resolver, *at, function):
        return f"{reason}, so that the call fails, today as well: mend that first"
    for module, node in (at, inner):
        if name := undefined_before(module, node):
            where = "" if module is at[0] else f" ({module.path.name}, line {name.lineno})"
            return f"nothing defines `{name.id}`{where}, so that it fails before it waits: mend that first"
    return None


def never_comes(module: Module, line: int) -> str | None:
    """Why code at a line never runs, as a clause: its function fails above it."""
    statement = module.statement_at(line, *_PLAIN, ast.With, ast.AsyncWith)
    if statement is None:
        return None
    if (name := unbound_before(module, statement)) is not None:
        return f"`{name.id}` (line {name.lineno}) is read before it is given a value, so that nothing below it runs: mend that first"
    return _fails_above(module, statement)


def _fails_above(module: Module, node: ast.stmt) -> str | None:
    """That a call above a statement fails, or what is done there with a coroutine that nobody awaits, as a clause."""
    for part in _surely(module, node):
        if part is not node and (reason := _failing_in(module, part)) is not None:
            return f"{reason}, so that nothing below it runs: mend that first"
    return None


@asked_once
def _failing_in(module: Module, part: ast.AST) -> str | None:
    """What fails in a statement or an expression, as a clause with its line: many findings stand below one of them."""
    resolver = module.project.fact(Resolver)
    for inner in _evaluated(part):
        reason = None
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            reason = _of_coroutine(resolver, module, inner, inner.value)
        elif isinstance(inner, ast.Call) and (meant := resolver.definition(module, inner.func)) is not None:
            reason = misfit(resolver, module, inner, meant[1]) if not isinstance(meant[1], ast.ClassDef) else None
        if reason is not None:
            return f"{reason} (line {inner.lineno})"
    return None


def _of_coroutine(resolver: Resolver, module: Module, use: ast.Attribute, name: ast.Name) -> str | None:
    """That a variable holds a coroutine that nobody has awaited, which has no such attribute: ``shown = show(event)``."""
    bound = module.bindings(name.id, name)
    made = module.parent(bound[0].node) if len(bound) == 1 else None
    if not isinstance(made, ast.Assign) or not isinstance(made.value, ast.Call) or made.targets != [bound[0].node]:
        return None
    meant = resolver.definition(module, made.value.func)
    if meant is None or not isinstance(meant[1], ast.AsyncFunctionDef) or meant[1].decorator_list:
        return None
    if isinstance(meant[0].parent(meant[1]), ast.ClassDef) or use.attr in _OF_COROUTINES:
        return None
    if any(True for _ in meant[0].within(meant[1], ast.Yield, ast.YieldFrom)):
        return None
    return f"`{module.shown(made.value.func)}()` is not awaited, and a coroutine has no `{use.attr}`"


def _evaluated(part: ast.AST) -> Iterator[ast.Attribute | ast.Call]:
    """The calls, and the attributes that are read, whenever a statement or an expression is evaluated."""
    if isinstance(part, _PUT_OFF):
        return
    if isinstance(part, ast.Call) or (isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Load)):
        yield part
    for inner in ast.iter_child_nodes(part):
        if not (isinstance(part, ast.AnnAssign) and inner is part.annotation):
            yield from _evaluated(inner)


def misfit(resolver: Resolver, module: Module, call: ast.Call, function: FunctionNode) -> str | None:
    """Why a call of a function of the project raises TypeError, as a clause: "`users()` has no parameter `name`"."""
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    bound = _is_bound(resolver, module, call, function)
    if bound is None:
        return None
    a = function.args
    places = [p.arg for p in (*a.posonlyargs, *a.args)][bound:]
    name, given = f"`{function.name}()`", {k.arg for k in call.keywords if k.arg}
    known = {*places, *(p.arg for p in a.kwonlyargs)} - {p.arg for p in a.posonlyargs}
    if a.kwarg is None and (odd := sorted(given - known)):
        return f"{name} has no parameter `{odd[0]}`"
    if a.vararg is None and len(call.args) > len(places):
        return f"{name} takes no more than {len(places)} arguments without a name"
    if twice := given.intersection(places[: len(call.args)]) & known:
        return f"{name} is given `{min(twice)}` twice"
    needed = places[len(call.args) : len(places) - len(a.defaults)]
    needed += [p.arg for p, default in zip(a.kwonlyargs, a.kw_defaults, strict=True) if default is None]
    missing = [each for each in needed if each not in given]
    return f"{name} is given nothing for `{missing[0]}`" if missing else None


def _is_bound(resolver: Resolver, module: Module, call: ast.Call, function: FunctionNode) -> bool | None:
    """Whether the first parameter is the object whose method is called; None where a decorator may change what is to be given."""
    where = resolver.definition(module, call.func)
    if where is None or where[1] is not function:
        return None
    kinds = {where[0].resolve(decorator) for decorator in function.decorator_list}
    if not kinds <= {"builtins.staticmethod", "builtins.classmethod"}:
        return None
    if not isinstance(where[0].parent(function), ast.ClassDef):
        return False
    if kinds or not isinstance(call.func, ast.Attribute):
        return "builtins.classmethod" in kinds
    owner = resolver.definition(module, call.func.value)
    return owner is None or not isinstance(owner[1], ast.ClassDef)


def undefined_before(module: Module, node: ast.expr) -> ast.Name | None:
    """A name that is surely read in the function around `node`, before it or for it, and that nothing of the project defines."""
    if not module.undefined or "*" in module.names.root.bindings:
        return None
    here = module.function(node)
    if all(module.function(use) is not here for name in module.undefined for use in module.loads(name)):
        return None
    if any(word in module.source.data for word in _DEFINES):
        return None
    for part in _surely(module, node):
        for name in _names(part):
            if (
                name.id in module.undefined
                and module.scope(name).find(name.id) is None
                and not _is_put_in(module, name.id)
            ):
                return name
    return None


def never_imported(module: Module, line: int) -> str | None:
    """Why code at a line never runs, as a clause: above it, where its file is imported, a name is read that nothing defines, or a file
    is imported that lies elsewhere.
    """
    if (lost := _imports_from_above(module)) is not None:
        return f"`{lost}.py` lies in a folder where a program of this name does not look, so that it cannot be started: mend that first"
    outer = next(iter(module.functions_at(line)), None)
    name = _failing_at_import(module) if outer is not None else None
    # what runs at the top of the file before it fails may call what stands above
    if outer is None or name is None or module.statement(name).lineno > (outer.end_lineno or 0):
        return None
    return f"nothing defines `{name.id}` (line {name.lineno}), so that the file cannot be imported: mend that first"


@asked_once
def _imports_from_above(module: Module) -> str | None:
    """What a file under a name that nothing can import, such as ``0.bot.py``, imports of a folder above its own: it is an old copy, which
    Python starts with its own folder as the only one of the project in which it looks.
    """
    if module.path.stem.isidentifier() or any(word in module.source.data for word in (b"sys.path", b"__path__")):
        return None
    folder, files = module.path.parent, set(module.project.files)
    for statement in module.tree.body:
        for name, _ in imports_of(statement):
            top = name.partition(".")[0]
            if not (folder / f"{top}.py").exists() and not (folder / top).exists():
                if any(above / f"{top}.py" in files for above in folder.parents):
                    return top
    return None


@asked_once
def _failing_at_import(module: Module) -> ast.Name | None:
    """The first name that is surely read at the top of a file and that nothing of the project defines."""
    if module.path.suffix == ".ipynb":
        return None  # a cell that is no Python may define it
    if not module.undefined or "*" in module.names.root.bindings or any(w in module.source.data for w in _DEFINES):
        return None
    for statement in module.tree.body:
        read: list[ast.AST] = [statement] if isinstance(statement, _PLAIN) else []
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            read += statement.decorator_list
        for name in (name for part in read for name in _names(part)):
            if name.id in module.undefined and module.names.root.find(name.id) is None:
                return None if _is_put_in(module, name.id) else name
    return None


def unbound_before(module: Module, node: ast.AST) -> ast.Name | None:
    """A variable that is surely read in the function around `node`, before it or for it, and that only what stands below binds:
    ``message = await edit(message)`` in a function whose parameter has another name.
    """
    function = module.function(node)
    if function is None or not (late := _bound_late(module, function)):
        return None
    scope = module.names.opened[function]
    uses = {use for name in late for use in module.uses(name, scope) if not any(True for _ in module.loops(use))}
    holding = uses.union(*map(module.ancestors, uses))
    for part in _surely(module, node):
        for name in _names(part) if part in holding else ():
            bound = [binding.node for binding in scope.bindings[name.id]] if name in uses else []
            if bound and all(_is_below(module, each, part) for each in bound):
                return name
    return None


@asked_once
def _bound_late(module: Module, function: FunctionNode) -> frozenset[str]:
    """The variables of a function that are read above the first statement that binds them, or in it."""
    scope = module.names.opened[function]
    return frozenset(name for name, bound in scope.bindings.items() if _is_late(module, scope, name, bound))


def _is_late(module: Module, scope: Scope, name: str, bindings: list[Binding]) -> bool:
    if any(isinstance(one.node, ast.arg) for one in bindings):
        return False
    first = min((module.statement(one.node) for one in bindings), key=module.start, default=None)
    return first is not None and any(module.start(use) < module.end(first) for use in module.uses(name, scope))


def _is_below(module: Module, bound: ast.AST, part: ast.AST) -> bool:
    """Whether a variable is bound below a statement, or by it when all else of it is evaluated."""
    if part not in module.ancestors(bound):
        return not isinstance(bound, ast.arg) and module.start(bound) > module.start(part)
    return (
        isinstance(part, (ast.Assign, ast.AnnAssign))
        and module.statement(bound) is part
        and isinstance(bound, ast.Name)
        and not (isinstance(module.parent(bound), ast.NamedExpr))
    )


def _surely(module: Module, node: ast.AST) -> Iterator[ast.AST]:
    """What is evaluated on every way to a node: its statement, what stands above it in its blocks, the tests around it."""
    child: ast.AST = module.statement(node)
    if isinstance(child, _PLAIN):
        yield child
    function = module.function(node)
    for around in module.ancestors(child):
        above, _ = module.beside(child)
        yield from (statement for statement in above if isinstance(statement, _PLAIN))
        if around is function or not isinstance(around, ast.stmt):
            return
        if isinstance(around, ast.If):
            yield around.test
        child = around


def _names(part: ast.AST) -> Iterator[ast.Name]:
    """The names that are read whenever a statement or an expression is evaluated."""
    if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
        yield part
    if isinstance(part, _PUT_OFF):
        return
    for inner in ast.iter_child_nodes(part):
        if not (isinstance(part, ast.AnnAssign) and inner is part.annotation):
            yield from _names(inner)


def _is_put_in(module: Module, name: str) -> bool:
    """Whether some code sets an attribute of that name, of an object that may be the module."""
    for path in module.project.mentioning([name]):
        if (other := module.project.parsed(path)) is None:
            return True
        for attribute in other.attributes(name):
            owner = attribute.value.id if isinstance(attribute.value, ast.Name) else ""
            if isinstance(attribute.ctx, ast.Store) and owner not in ("self", "cls"):
                return True
    return False
