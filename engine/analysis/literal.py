"""The values of expressions that the source alone decides: constants, arithmetic, formatted strings, ranges, literal
containers.

Nothing of the analysed program is ever run: only the operations listed here are carried out, on plain values, with
bounds.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from .constants import value_of
from .module import Module

#: Longest sequence, string or number of bits that is worked out.
MOST = 1_000_000

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod, ast.Div: operator.truediv,
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.In: lambda a, b: a in b, ast.NotIn: lambda a, b: a not in b,
}  # fmt: skip
_STR_METHODS = frozenset(
    "format zfill lower upper casefold title capitalize rjust ljust center strip lstrip rstrip replace removeprefix "
    "removesuffix join split".split()
)
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "builtins.str": str, "builtins.int": int, "builtins.len": len, "builtins.range": range, "builtins.list": list,
    "builtins.tuple": tuple, "builtins.set": set, "builtins.frozenset": frozenset, "builtins.sorted": sorted,
    "builtins.reversed": lambda values: tuple(reversed(values)), "builtins.enumerate": lambda v, start=0: tuple(enumerate(v, start)),
    "builtins.zip": lambda *v: tuple(zip(*v, strict=False)), "builtins.chr": chr, "builtins.hex": hex, "builtins.abs": abs,
    "builtins.format": format, "builtins.min": min, "builtins.max": max,
}  # fmt: skip
_CONVERSIONS: dict[int, Callable[[Any], str]] = {-1: lambda value: value, 115: str, 114: repr, 97: ascii}


class NotLiteral(ValueError):
    """The value is not decided by the source; the message is a clause that says why."""


def evaluate(module: Module, expression: ast.expr, names: Mapping[str, Any] | None = None) -> Any:
    """The value of an expression, with `names` for the variables that the caller knows.

    A name that exactly one assignment binds, and nothing in the project changes, stands for its value (see `constants`).

    Raises:
        NotLiteral: the value depends on the run, or working it out goes beyond what is done here.
    """
    try:
        return _bounded(_value(module, expression, names or {}, 0))
    except NotLiteral:
        raise
    except RecursionError:
        raise NotLiteral("it is nested too deeply") from None
    except Exception as error:  # what the program itself would raise: 1 / 0, "x" + 1
        raise NotLiteral(f"it would raise {type(error).__name__}") from error


def text_of(module: Module, expression: ast.expr) -> str | None:
    """The text that an expression surely is; None where it is something else, or the source does not decide it."""
    if isinstance(expression, ast.Constant):
        value = expression.value
        return value if isinstance(value, str) and len(value) <= MOST else None
    try:
        value = evaluate(module, expression)
    except NotLiteral:
        return None
    return value if isinstance(value, str) else None


def _bounded(value: Any) -> Any:
    if isinstance(value, (str, list, tuple, set, frozenset, dict, range)) and len(value) > MOST:
        raise NotLiteral("it is too long to be worked out")
    if isinstance(value, int) and value.bit_length() > MOST:
        raise NotLiteral("it is too large to be worked out")
    return value


def _value(module: Module, node: ast.expr, names: Mapping[str, Any], depth: int) -> Any:
    def value(child: ast.expr) -> Any:
        return _bounded(_value(module, child, names, depth + 1))

    if depth > 60:
        raise NotLiteral("it is nested too deeply")
    match node:
        case ast.Constant(value=constant):
            return constant
        case ast.Name(id=name):
            if name in names:
                return names[name]
            return _of_constant(module, node, depth)
        case ast.Attribute() if module.resolve(node):
            return _of_constant(module, node, depth)
        case ast.JoinedStr(values=parts):
            return "".join(str(value(part)) for part in parts)
        case ast.FormattedValue(value=inner, conversion=conversion, format_spec=spec):
            return format(_CONVERSIONS[conversion](value(inner)), value(spec) if spec else "")
        case ast.BinOp(left=left, op=op, right=right_side) if type(op) in _BINARY:
            a, b = value(left), value(right_side)
            if isinstance(op, ast.Mult) and _product(a, b) > MOST:
                raise NotLiteral("it is too long to be worked out")
            return _BINARY[type(op)](a, b)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -value(operand)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not value(operand)
        case ast.Compare(left=left, ops=[op], comparators=[right_side]) if type(op) in _COMPARED:
            return _COMPARED[type(op)](value(left), value(right_side))
        case ast.BoolOp(op=op, values=parts) if all(isinstance(p, (ast.Compare, ast.BoolOp)) for p in parts):
            return (all if isinstance(op, ast.And) else any)(value(part) for part in parts)
        case ast.Tuple(elts=items):
            return tuple(value(item) for item in _plain(items))
        case ast.List(elts=items):
            return [value(item) for item in _plain(items)]
        case ast.Set(elts=items):
            return {value(item) for item in _plain(items)}
        case ast.Dict(keys=keys, values=values) if all(key is not None for key in keys):
            return {value(key): _Opaque() for key, _ in zip(keys, values, strict=True) if key is not None}
        case ast.Subscript(value=base, slice=index) if not isinstance(index, ast.Slice):
            return value(base)[value(index)]
        case ast.Call(func=function, args=arguments, keywords=keywords):
            return _call(
                module,
                function,
                [value(a) for a in _plain(arguments)],
                {str(k.arg): value(k.value) for k in keywords},
                value,
            )
    shown = module.segment(node)
    raise NotLiteral(f"{shown if len(shown) < 60 else 'it'} is known only when the bot runs")


def _of_constant(module: Module, name: ast.Name | ast.Attribute, depth: int) -> Any:
    found = value_of(module, name)
    if found is None:
        raise NotLiteral(f"{module.segment(name)} is known only when the bot runs")
    return _bounded(_value(*found, {}, depth + 1))


class _Opaque:
    """The value of a dict entry: only its key matters here, and using the value is not literal."""

    def __str__(self) -> str:
        raise NotLiteral("it uses the value of a dict")

    __format__ = __repr__ = __add__ = __radd__ = __str__  # type: ignore[assignment]


def _plain(items: list[ast.expr]) -> list[ast.expr]:
    if any(isinstance(item, ast.Starred) for item in items):
        raise NotLiteral("it unpacks another value")
    return items


def _product(a: Any, b: Any) -> int:
    sizes = [len(x) if isinstance(x, (str, list, tuple)) else abs(x) if isinstance(x, int) else 0 for x in (a, b)]
    return sizes[0] * sizes[1] if any(isinstance(x, (str, list, tuple)) for x in (a, b)) else 0


def _call(
    module: Module, function: ast.expr, args: list[Any], keywords: dict[str, Any], value: Callable[[ast.expr], Any]
) -> Any:
    called = module.resolve(function)
    if called in _FUNCTIONS:
        if called == "builtins.range" and len(range(*args)) > MOST:
            raise NotLiteral("the range is too long to be worked out")
        return _FUNCTIONS[called](*args, **keywords)
    if isinstance(function, ast.Attribute):
        base = value(function.value)
        if isinstance(base, str) and function.attr in _STR_METHODS:
            if function.attr in ("zfill", "rjust", "ljust", "center") and args and int(args[0]) > MOST:
                raise NotLiteral("it is too long to be worked out")
            return getattr(base, function.attr)(*args, **keywords)
        if isinstance(base, dict) and function.attr in ("keys", "items", "values") and not args:
            return tuple(getattr(base, function.attr)())
    raise NotLiteral(f"{module.segment(function)}() is known only when the bot runs")
