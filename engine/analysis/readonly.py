"""Whether a value is only looked at: what follows from an expression changes nothing in the object and keeps nothing of it."""

from __future__ import annotations

import ast
import re

from .facts import Facts
from .given import Given
from .module import Module

#: Methods of dicts, lists and texts that give a part of the object, or something that leads to its parts.
_PARTS = frozenset("get keys values items copy".split())
#: Methods of texts, numbers and containers whose result is no part of the object.
_FACTS = frozenset(
    "count index find startswith endswith format strip lstrip rstrip split splitlines lower upper title capitalize casefold "
    "replace join isdigit isalpha zfill encode removeprefix removesuffix is_integer".split()
)
#: Functions whose result is no part of their arguments.
_LOOKS = frozenset(
    f"builtins.{name}"
    for name in "len str int float bool any all print repr isinstance format hash round abs ascii".split()
) | {"json.dumps", "pprint.pformat", "html.escape", "asyncio.sleep"}
#: Functions whose result may be a part of their arguments, or lead to it.
_PASSES = frozenset(
    f"builtins.{name}"
    for name in "sorted list tuple dict set frozenset enumerate zip reversed min max next iter filter sum".split()
) | {"random.choice", "random.choices", "random.sample", "itertools.islice", "itertools.chain"}
#: Libraries that make messages of what they are given.
_LIBRARIES = ("telegram", "telethon", "logging")
#: What a library hands on as it is: to who presses a button of python-telegram-bot, to a job.
_KEPT = frozenset({"callback_data", "data", None})
#: `send()` alone may be that of a queue, which hands on what it is given.
_SENDERS = re.compile(
    r"send_\w+|(reply|edit|answer|respond|forward|delete|pin|copy)(_\w+)?|set_(my|chat|message|webhook|sticker)\w*"
)
_DEPTH = 12


def only_read(module: Module, value: ast.expr, depth: int = 0) -> bool:
    """Whether the value of an expression, with all its parts, is only looked at by what is done with it."""
    parent = module.parent(value)
    if depth > _DEPTH:
        return False

    def follow(expression: ast.expr) -> bool:
        return only_read(module, expression, depth + 1)

    match parent:
        case ast.Subscript(value=owner, ctx=ast.Load()):
            return owner is not value or follow(parent)
        case ast.Subscript():
            return False
        case ast.Attribute(attr=attr):
            call = module.parent(parent)
            if not (isinstance(call, ast.Call) and call.func is parent):
                return False
            return attr in _FACTS or (attr in _PARTS and follow(call))
        case ast.Compare(ops=ops, comparators=others) if any(isinstance(op, (ast.Is, ast.IsNot)) for op in ops):
            return all(isinstance(other, ast.Constant) for other in others)  # another object each time, before
        case ast.Compare() | ast.FormattedValue() | ast.If() | ast.While() | ast.Expr() | ast.Assert():
            return True
        case ast.UnaryOp() | ast.BinOp():
            return isinstance(parent, ast.UnaryOp) or follow(parent)
        case ast.IfExp(test=test):
            return test is value or follow(parent)
        case ast.BoolOp() | ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.Starred() | ast.Await():
            return follow(parent)
        case ast.For(iter=iterated, target=target) | ast.comprehension(iter=iterated, target=target):
            if iterated is not value:
                return True  # a condition of the comprehension
            return all(_name_only_read(module, name, depth) for name in ast.walk(target) if isinstance(name, ast.Name))
        case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
            return follow(parent)
        case ast.Assign(targets=[target]) if isinstance(target, (ast.Name, ast.Tuple)):
            names = [target] if isinstance(target, ast.Name) else target.elts
            return all(isinstance(name, ast.Name) and _name_only_read(module, name, depth) for name in names)
        case ast.AnnAssign(target=ast.Name() as target):
            return _name_only_read(module, target, depth)
        case ast.NamedExpr(target=target):
            return _name_only_read(module, target, depth) and follow(parent)
        case ast.keyword():
            call = module.parent(parent)
            return isinstance(call, ast.Call) and _given_to(module, call, depth)
        case ast.Call():
            return _given_to(module, parent, depth)
    return False


def _name_only_read(module: Module, name: ast.Name, depth: int) -> bool:
    """Whether a local variable that holds the value is only looked at."""
    scope = module.scope(name).find(name.id)
    if scope is None or scope.kind not in ("function", "comprehension"):
        return False
    if any(isinstance(module.parent(binding.node), ast.AugAssign) for binding in scope.bindings[name.id]):
        return False  # ``names += more`` changes the list itself
    for use in module.uses(name.id, scope):
        if module.function(use) is not module.function(name) or not only_read(module, use, depth + 1):
            return False
    return True


def _given_to(module: Module, call: ast.Call, depth: int) -> bool:
    function = module.resolve(call.func)
    if function in _LOOKS:
        return True
    if function in _PASSES:
        return _keys_only_look(module, call) and only_read(module, call, depth + 1)
    if (function or "").partition(".")[0] in _LIBRARIES and not (function or "").startswith("logging.config"):
        return not any(keyword.arg in _KEPT for keyword in call.keywords)
    if not isinstance(call.func, ast.Attribute) or function is not None:  # `dataclasses.replace()`
        return False
    method, owner = call.func.attr, call.func.value
    if method in _FACTS and isinstance(owner, (ast.Constant, ast.JoinedStr)):
        return True
    if module.project.fact(Given).may_be(method):
        return False
    # a method of a client, a message, an event: what it sends it does not change
    return method in _FACTS or (_SENDERS.fullmatch(method) is not None and _is_of_library(module, call))


def _is_of_library(module: Module, call: ast.Call) -> bool:
    """Whether a call that is awaited is of a method that a library is known to have."""
    return (
        isinstance(module.parent(call), ast.Await) and module.project.fact(Facts).library_call(module, call) is not None
    )


def _keys_only_look(module: Module, call: ast.Call) -> bool:
    """Whether the functions that `sorted()` and its like call with each part only look at it."""
    functions = [keyword.value for keyword in call.keywords if keyword.arg == "key"]
    if module.resolve(call.func) == "builtins.filter":
        functions += call.args[:1]
    for function in functions:
        if isinstance(function, ast.Lambda):
            calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
            if not all(module.resolve(c.func) in _LOOKS | _PASSES or _asks_part(c.func) for c in calls):
                return False
        elif isinstance(function, ast.Call):
            if not (module.resolve(function.func) or "").startswith("operator."):
                return False
        elif not (module.resolve(function) or "").startswith(("builtins.", "operator.")) and not (
            isinstance(function, ast.Constant) and function.value is None
        ):
            return False
    return True


def _asks_part(method: ast.expr) -> bool:
    return isinstance(method, ast.Attribute) and method.attr in _FACTS | _PARTS
