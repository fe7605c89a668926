"""`errors`: other exceptions escape, are swallowed, or have another type."""

from __future__ import annotations

import ast

from ..analysis.module import Module
from ..model import Assumption, Hazard, Proof, Verdict

#: Seconds to wait as the libraries' own exceptions give them: Telethon, PTB, Pyrogram.
_WAITS = ("seconds", "retry_after", "value", "x")
_KEEPS_SIGN = (
    "random.uniform", "random.randint", "random.choice", "builtins.int", "builtins.float", "builtins.min", "builtins.round",
    "builtins.sum", "math.ceil", "math.floor",
)  # fmt: skip
_NEVER_NEGATIVE = ("builtins.abs", "builtins.len", "random.random")
_DEPTH = 8


def delay(module: Module, seconds: ast.expr) -> Verdict:
    """Whether a delay is one for which `time.sleep()` and `asyncio.sleep()` do the same.

    For a negative one the first raises ValueError, and the second returns at once.
    """
    if _never_negative(module, seconds):
        return Proof(Hazard.ERRORS, "the delay is a number that is not negative")
    text = " ".join(module.segment(seconds).split())
    sentence = f"`{text[:60]}` is never negative, for which `time.sleep()` raises `ValueError` and `asyncio.sleep()` returns at once"
    return Assumption(Hazard.ERRORS, sentence, module.path, seconds.lineno)


def _never_negative(module: Module, delay: ast.expr, depth: int = 0) -> bool:
    """Whether the delay is a number of zero or more by what the source shows."""
    if depth > _DEPTH:
        return False
    match delay:
        case ast.Constant(value=int() | float() as number):
            return number >= 0
        case ast.BinOp(left=a, op=ast.Add() | ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Mod() | ast.Pow(), right=b):
            return all(_never_negative(module, side, depth + 1) for side in (a, b))
        case ast.BoolOp(values=parts):
            return all(_never_negative(module, part, depth + 1) for part in parts)
        case ast.IfExp(body=a, orelse=b):
            return all(_never_negative(module, part, depth + 1) for part in (a, b))
        case ast.Attribute(value=ast.Name(id=name)) if delay.attr in _WAITS:
            return any(isinstance(b.node, ast.ExceptHandler) for b in module.bindings(name, delay))
        case ast.Call(func=function, args=arguments):
            called = module.resolve(function)
            if called == "builtins.max":
                return any(_never_negative(module, argument, depth + 1) for argument in arguments)
            if called in _KEEPS_SIGN:
                return bool(arguments) and all(_never_negative(module, argument, depth + 1) for argument in arguments)
            return called in _NEVER_NEGATIVE
        case ast.Name(id=name):
            values = [_assigned(module, binding.node) for binding in module.bindings(name, delay)]
            return bool(values) and all(
                value is not None and _never_negative(module, value, depth + 1) for value in values
            )
    return False


def _assigned(module: Module, target: ast.AST) -> ast.expr | None:
    """The value of ``name = value``, where `target` is its name."""
    parent = module.parent(target)
    if isinstance(parent, (ast.Assign, ast.AnnAssign)):
        return parent.value if not isinstance(parent, ast.Assign) or parent.targets == [target] else None
    return None
