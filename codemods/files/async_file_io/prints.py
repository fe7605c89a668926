"""``print(…, file=f)`` as one text that is written."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from ....engine.analysis.literal import NotLiteral, evaluate
from ....engine.analysis.module import Module

_TEXTS = frozenset({"builtins.str", "builtins.repr", "builtins.ascii", "builtins.format", "builtins.chr"})
_NUMBERS = frozenset({"builtins.len", "builtins.int", "builtins.float", "builtins.sum", "builtins.round"})
#: A text literal to whose end more can be added.
_LITERAL = re.compile(r"""[fF]?(?P<quote>"|')(?!(?P=quote)).*(?P=quote)|""|''""", re.DOTALL)


def written(module: Module, call: ast.Call) -> str:
    """The source of the text that a call of `print` writes.

    Raises:
        ValueError: it is not known, or cannot be written as one text; the message is the reason, a clause.
    """
    separator, end = _option(module, call, "sep", " "), _option(module, call, "end", "\n")
    if any(keyword.arg not in ("sep", "end", "file", "flush") for keyword in call.keywords):
        raise ValueError("the options of print() are unpacked with **")
    if module.has_comment(*module.span(call)):
        raise ValueError("a comment stands between the arguments of print()")
    arguments = call.args
    if any(isinstance(argument, ast.Starred) for argument in arguments) or not _in_order(module, arguments):
        items = ", ".join(module.segment(argument) for argument in arguments)
        only = arguments[0] if len(arguments) == 1 else None
        source = module.segment(only.value) if isinstance(only, ast.Starred) else f"({items})"
        return _added([f"{_quoted(separator)}.join(map(str, {source}))"], end)
    parts: list[str] = []
    for index, argument in enumerate(arguments):
        parts = _joined(parts, separator if index else "")
        text = module.segment(argument)
        if parts and isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            parts = _joined(parts, argument.value)
            continue
        if _is_text(module, argument):
            bare = isinstance(argument, (ast.Constant, ast.JoinedStr, ast.Call, ast.Name))
            parts.append(text if bare else f"({text})")
        else:
            parts.append(f"str({text})")
    return _added(parts, end)


def partial(module: Module, call: ast.Call) -> bool:
    """Whether `print` may have written a part of its line when one of its values fails to become text."""
    return any(isinstance(a, ast.Starred) for a in call.args) or any(
        not _is_harmless(module, argument) for argument in call.args[1:]
    )


def flushes(call: ast.Call) -> bool | None:
    """Whether the call asks for a flush; None where that is known only when it runs."""
    for keyword in call.keywords:
        if keyword.arg == "flush":
            return bool(keyword.value.value) if isinstance(keyword.value, ast.Constant) else None
    return False


def _option(module: Module, call: ast.Call, name: str, default: str) -> str:
    for keyword in call.keywords:
        if keyword.arg == name:
            try:
                value = evaluate(module, keyword.value)
            except NotLiteral:
                value = 0
            if value is not None and not isinstance(value, str):
                raise ValueError(f"{name} of print() is known only when the bot runs")
            return default if value is None else value
    return default


def _in_order(module: Module, arguments: Sequence[ast.expr]) -> bool:
    """Whether an argument may become text before the next one is evaluated."""
    made = False
    for argument in arguments:
        if made and any(isinstance(n, (ast.Call, ast.Await, ast.NamedExpr, ast.Yield)) for n in ast.walk(argument)):
            return False
        made = made or not _is_text(module, argument)
    return True


def _is_text(module: Module, argument: ast.expr) -> bool:
    match argument:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.Call(func=func):
            return module.resolve(func) in _TEXTS
        case ast.BinOp(left=left, op=ast.Add()):
            return _is_text(module, left)
        case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod()):
            return True
    return False


def _is_harmless(module: Module, argument: ast.expr) -> bool:
    """Whether its text can surely be written."""
    if isinstance(argument, ast.Constant):
        return not isinstance(argument.value, str) or argument.value.isascii()
    return isinstance(argument, ast.Call) and module.resolve(argument.func) in _NUMBERS


def _quoted(text: str) -> str:
    return '"' + repr('"' + text)[2:-1].replace("\\'", "'") + '"' if '"' not in text else repr(text)


def _joined(parts: list[str], text: str) -> list[str]:
    """The parts with a literal text behind them, as a piece of the last part where that is a literal, too."""
    if not text:
        return parts
    body = _quoted(text)[1:-1]
    if parts and (match := _LITERAL.fullmatch(parts[-1])) and '"' not in text:
        literal = parts[-1]
        added = body.replace("{", "{{").replace("}", "}}") if literal[0] in "fF" else body
        quote = match.group("quote") or literal[0]
        if quote == '"' and _is_one_literal(literal):
            return [*parts[:-1], f"{literal[:-1]}{added}{quote}"]
        if quote == "'" and "'" not in text and _is_one_literal(literal):
            return [*parts[:-1], f"{literal[:-1]}{added}{quote}"]
    return [*parts, _quoted(text)]


def _is_one_literal(text: str) -> bool:
    """Whether a source text is one literal, not several side by side."""
    import io
    import tokenize

    names = [token.type for token in tokenize.generate_tokens(io.StringIO(text).readline)]
    starts = (tokenize.STRING, getattr(tokenize, "FSTRING_START", tokenize.STRING))
    return sum(kind in starts for kind in names) == 1


def _added(parts: list[str], end: str) -> str:
    parts = _joined(parts, end)
    return " + ".join(parts) if parts else '""'
