"""What is handed to a thread: may others have it, and change it meanwhile?

Nobody changes a text or a number; nobody else has what its function has just made.
"""

from __future__ import annotations

import ast
from pathlib import Path

from ...knowledge.kinds import DICT, LIST
from ...knowledge.threads import OF_VALUES
from ..analysis import sqlite
from ..analysis.activations import Activations, Caller
from ..analysis.assignments import all_values_of, given_for
from ..analysis.constants import mutation, rebinding
from ..analysis.effects import Effects
from ..analysis.evaluation import Point
from ..analysis.fates import Whose
from ..analysis.immutable import OF_TEXTS, is_filled, is_text_or_number
from ..analysis.literal import text_of
from ..analysis.module import Module, Project
from ..analysis.ownership import Frame
from ..analysis.resolver import Resolver
from ..analysis.scope import FunctionNode

#: What raises TypeError for all but texts, numbers and paths.
_OF_SCALARS = (
    frozenset(
        f"os.{name}"
        for name in "remove unlink rename replace stat path.exists path.lexists path.isfile path.join path.basename path.splitext".split()
    )
    | frozenset({"pathlib.Path"})
    | frozenset(f"builtins.{name}" for name in "int float ord chr".split())
)
#: What raises TypeError for all but texts.
_OF_TEXT = frozenset(f"re.{name}" for name in "search match fullmatch findall finditer split".split()) | frozenset(
    f"urllib.parse.{name}" for name in "quote quote_plus urlparse".split()
)
#: Methods that bind values to the parameters of a statement.
_EXECUTES = frozenset({"execute", "executemany"})
#: What says that code of the project may run when something is logged, or that the log tells which thread it was.
_OF_LOGS = (
    *(b"def %b(" % name for name in b"emit filter format formatMessage makeRecord".split()),
    *(b"def %b(self" % name for name in b"handle process prepare enqueue".split()),
    *b"addFilter setLogRecordFactory redirect_std logger.add( threadName taskName %(thread) {thread {record[thread".split(),
    b"sys.stdout =",
    b"sys.stderr =",
)
#: The same of files that are no programs: settings of the log.
_OF_FORMATS = ("threadName", "taskName", "%(thread", "{thread")
#: Functions that look at a value, and run through nothing that may belong to a thread, like a cursor.
_ASKS_VALUE = frozenset(
    f"builtins.{name}" for name in "str int float bool len repr isinstance abs round type id".split()
)
#: Methods of a class that run where an attribute is asked for or set.
_HOOKS = frozenset({"__getattr__", "__getattribute__", "__setattr__", "__get__", "__set__"})
_DEPTH = 4


def is_others(effects: Effects, module: Module, around: Frame, value: ast.expr) -> bool:
    """Whether others may have a value and change it."""
    return around.of(value) is Whose.SHARED and not is_text(effects, module, value)


def may_change(effects: Effects, module: Module, around: Frame, call: ast.Call, value: ast.expr) -> bool:
    """The same for what a call of a library works with; some take texts and numbers alone."""
    if not is_others(effects, module, around, value):
        return False
    called, name = call.func, effects.facts.name_of(module, call.func)
    if isinstance(called, ast.Attribute) and not name:
        name = f"{effects.facts.kind(module, called.value)}.{called.attr}"
    return name not in OF_VALUES or value not in [
        *call.args,
        *(k.value for k in call.keywords if k.arg in OF_VALUES[name]),
    ]


def is_text(effects: Effects, module: Module, value: ast.expr, depth: int = 0) -> bool:
    """Whether a value is a text or a number, a parameter by what all callers give."""
    if is_text_or_number(effects.facts.graph, module, value):
        return True
    if isinstance(value, ast.Name) and _is_used_as_text(effects, module, value):
        return True
    given = given_by_callers(module, value) if depth <= _DEPTH else []
    return bool(given) and all(is_text(effects, where, one, depth + 1) for where, one in given)


def _is_used_as_text(effects: Effects, module: Module, name: ast.Name) -> bool:
    """Whether the function around a variable of its own uses it as nothing but a text, a number or a path can be used."""
    scope, function = module.scope(name).find(name.id), module.function(name)
    if scope is None or scope.node is not function or is_filled(module, name):
        return False
    uses = module.uses(name.id, scope)
    resolver = effects.facts.graph
    return not any(_asks_kind(module, use) for use in uses) and any(
        _is_of_text(module, use) or _needs_scalar(resolver, module, use, 0) for use in uses
    )


def _is_of_text(module: Module, use: ast.Name) -> bool:
    """Whether a use fails for all but texts: ``name.endswith(".jpg")``, ``name + ".jpg"``."""
    parent = module.parent(use)
    match parent:
        case ast.Attribute(attr="endswith" | "startswith" | "splitlines" | "isdigit"):
            called = module.parent(parent)
            return isinstance(called, ast.Call) and called.func is parent
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            other = right if left is use else left
            return isinstance(other, ast.JoinedStr) or (
                isinstance(other, ast.Constant) and isinstance(other.value, str)
            )
    return False


def given_by_callers(module: Module, value: ast.expr) -> list[tuple[Module, ast.expr]]:
    """What all callers give for the parameter that a name is; empty where it is none, or a caller may not be seen."""
    bindings = module.bindings(value.id, value) if isinstance(value, ast.Name) else []
    function = module.function(value)
    if len(bindings) != 1 or not isinstance(argument := bindings[0].node, ast.arg) or function is None:
        return []
    bound, found = isinstance(module.parent(function), ast.ClassDef), []
    for caller in module.project.fact(Activations).callers(module, function):
        call = caller.call.value if isinstance(caller, Caller) else None
        given = given_for(call, function, argument, bound=bound) if isinstance(call, ast.Call) else None
        if given is None or not isinstance(caller, Caller):
            return []
        found.append((caller.module, given))
    return found


def is_owned(effects: Effects, module: Module, frame: Frame, value: ast.expr, depth: int = 0) -> bool:
    """Whether nobody else has a value, or anything in it that can be changed."""
    if frame.of(value) <= Whose.OWN or is_text(effects, module, value):
        return True
    match value:
        case ast.Dict(keys=keys, values=values) if None not in keys:  # a key cannot be changed
            return all(is_owned(effects, module, frame, part, depth) for part in values)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return all(is_owned(effects, module, frame, part, depth) for part in parts)
        case ast.Name() if frame.of(value) is Whose.HOLDS and depth < _DEPTH and not is_filled(module, value):
            given = all_values_of(module, value)
            return bool(given) and all(is_owned(effects, module, frame, part, depth + 1) for part in given)
    return False


def of_others(effects: Effects, module: Module, frame: Frame, value: ast.expr, depth: int = 0) -> ast.expr:
    """What of a value others may have, where nothing but a part of it is: of a dict that the function has just made a value."""
    parts: list[ast.expr] = []
    match value:
        case ast.Dict(keys=keys, values=values) if None not in keys:
            parts = values
        case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
            parts = elements
        case ast.Name() if frame.of(value) is Whose.HOLDS and depth < _DEPTH and not is_filled(module, value):
            parts = all_values_of(module, value)
    found = (part for part in parts if not is_owned(effects, module, frame, part, depth + 1))
    part = next(found, None)
    return value if part is None else of_others(effects, module, frame, part, depth + 1)


def takes_scalar(resolver: Resolver, module: Module, function: FunctionNode, call: ast.Call, value: ast.expr) -> bool:
    """Whether a function works with what a call gives it as only texts, numbers, times and None can be worked with."""
    if not isinstance(function, ast.FunctionDef):
        return False
    bound = isinstance(module.parent(function), ast.ClassDef) and isinstance(call.func, ast.Attribute)
    a = function.args
    for argument in (*a.posonlyargs, *a.args, *a.kwonlyargs):
        if given_for(call, function, argument, bound=bound) is value:
            return _is_scalar(resolver, module, function, argument, 0)
    return False


def _is_scalar(resolver: Resolver, module: Module, function: FunctionNode, argument: ast.arg, depth: int) -> bool:
    uses = module.uses(argument.arg, module.names.opened[function])
    if any(_asks_kind(module, use) for use in uses):
        return False
    return any(_needs_scalar(resolver, module, use, depth) for use in uses)


def _asks_kind(module: Module, use: ast.Name) -> bool:
    parent = module.parent(use)
    return isinstance(parent, ast.Call) and module.resolve(parent.func) == "builtins.isinstance"


def _needs_scalar(resolver: Resolver, module: Module, use: ast.Name, depth: int) -> bool:
    """Whether a use fails for what can be changed."""
    parent = module.parent(use)
    if isinstance(parent, (ast.Tuple, ast.List)):
        return _is_bound(module, parent)
    if isinstance(parent, ast.Attribute):
        called = module.parent(parent)
        return parent.attr in OF_TEXTS and isinstance(called, ast.Call) and called.func is parent
    if not isinstance(parent, ast.Call):
        return False
    dotted = module.resolve(parent.func) or ""
    if dotted in _OF_SCALARS | _OF_TEXT or (dotted.startswith("requests.") and parent.args[:1] == [use]):
        return True
    where, inner = (resolver.definition(module, parent.func) if depth < _DEPTH else None) or (module, None)
    if not isinstance(inner, ast.FunctionDef):
        return False
    bound = isinstance(where.parent(inner), ast.ClassDef) and isinstance(parent.func, ast.Attribute)
    arguments = (*inner.args.posonlyargs, *inner.args.args, *inner.args.kwonlyargs)
    given = next((p for p in arguments if given_for(parent, inner, p, bound=bound) is use), None)
    return given is not None and _is_scalar(resolver, where, inner, given, depth + 1)


def _is_bound(module: Module, values: ast.Tuple | ast.List) -> bool:
    """Whether values are bound to the parameters of a statement that is written out and asks for no list."""
    match module.parent(values):
        case ast.Call(func=ast.Attribute(attr=method), args=[statement, given, *_]) if given is values:
            text = text_of(module, statement) or ""
            return method in _EXECUTES and bool(text) and "any(" not in text.lower().replace(" ", "")
    return False


def is_container(effects: Effects, module: Module, node: ast.AST) -> bool:
    """Whether an expression is a dict or list, and no object that may belong to a thread."""
    return effects.facts.kind(module, node) in (DICT, LIST)


def is_plain_data(effects: Effects, module: Module, point: Point) -> bool:
    """Whether a step only computes, or looks at or sets a variable, an attribute of the project's own or an item of a container."""
    match point.node:
        case ast.Name() | ast.AugAssign(target=ast.Name()) | ast.BinOp() | ast.UnaryOp() | ast.Compare():
            return True
        case ast.Attribute(value=owner) as node:
            meant = effects.facts.graph.class_of(module, owner)
            if meant is None or effects.facts.definition(module, node) is not None:
                return False
            hooks = {s.name for s in meant[1].body if isinstance(s, ast.FunctionDef)}
            return not meant[1].bases and not meant[1].keywords and hooks.isdisjoint(_HOOKS)
        case ast.Call(func=called) if name := effects.facts.name_of(module, called):
            return name in _ASKS_VALUE
        case ast.Subscript(value=owner) | ast.Call(func=ast.Attribute(value=owner)):
            return is_container(effects, module, owner)
        case ast.For(iter=iterated) | ast.comprehension(iter=iterated):
            while isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Attribute):
                iterated = iterated.func.value
            return is_container(effects, module, iterated)
    return False


def never_changes(module: Module, value: ast.AST) -> bool:
    """Whether an expression is a variable of a module that is bound once, and what it stands for is changed by nobody.

    What a database is connected with by its name is a text or a number.
    """
    found = (
        module.project.fact(Resolver).symbol(module, value) if isinstance(value, (ast.Name, ast.Attribute)) else None
    )
    if found is None or rebinding(*found) is not None:
        return False
    given = (module.parent(use) for use in module.called(value.id)) if isinstance(value, ast.Name) else ()
    calls = [module.parent(one) for one in given if isinstance(one, ast.keyword) and one.arg is not None]
    if any(isinstance(call, ast.Call) and module.resolve(call.func) in sqlite.CONNECTS for call in calls):
        return True
    return mutation(*found) is None


def logs_alone(project: Project) -> bool:
    """Whether nothing of a project's own runs when something is logged, so that any thread may do it."""
    return not any(map(project.contains, _OF_LOGS)) and project.fact(log_format) is None


def log_format(project: Project) -> Path | None:
    """The file, no program, that may have the log tell which thread or task it was."""
    found = (project.mentions.of(word, (), project.known_files) for word in _OF_FORMATS)
    return next((mention.path for mention in found if mention), None)
