"""Where a python-telegram-bot application is built, and how its shutdown comes to close the pooled connections."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.module import Module
from ....engine.model import Edit

_BUILDERS = ("telegram.ext.ApplicationBuilder", "telegram.ext.Application.builder")


def builds(module: Module) -> Iterator[ast.Call]:
    """The calls ``….build()`` that make an application which closes no pools yet."""
    if any(
        isinstance(n, ast.Name) and n.id in ("close_http_pools", "closing_http_pools") for n in module.all(ast.Name)
    ):
        return
    for call in module.all(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "build" and not call.args and not call.keywords:
            if _is_builder(module, call.func.value):
                yield call


def _is_builder(module: Module, expression: ast.expr, depth: int = 0) -> bool:
    """Whether a chain of calls begins with the builder of an application, directly or by way of a variable."""
    while isinstance(expression, ast.Call):
        if module.resolve(expression.func) in _BUILDERS:
            return True
        if not isinstance(expression.func, ast.Attribute):
            return False
        expression = expression.func.value
    if not isinstance(expression, ast.Name) or depth > 3:
        return False
    for binding in module.bindings(expression.id, expression):
        parent = module.parent(binding.node)
        if isinstance(parent, ast.Assign) and isinstance(parent.value, ast.Call):
            if _is_builder(module, parent.value, depth + 1):
                return True
    return False


def hook_edits(module: Module, build: ast.Call) -> tuple[list[Edit], bool] | str:
    """The edits that make the application close the pools, and whether they compose with a hook that is there; or a reason."""
    hooks = [
        call
        for call in module.all(ast.Call)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "post_shutdown" and _is_builder(module, call.func.value)
        and module.function(call) is module.function(build)
    ]  # fmt: skip
    if len(hooks) > 1:
        return "it sets post_shutdown more than once"
    if hooks:
        values = [*hooks[0].args, *(keyword.value for keyword in hooks[0].keywords)]
        if len(values) != 1 or isinstance(values[0], ast.Starred):
            return "its post_shutdown cannot be read from the source"
        start, end = module.span(values[0])
        return [Edit(start, start, "closing_http_pools("), Edit(end, end, ")")], True
    assert isinstance(build.func, ast.Attribute)
    dot = module.text.rindex(".", module.end(build.func.value), module.end(build.func))
    gap = module.text[module.end(build.func.value) : dot]
    if "#" in gap:
        gap = gap[max(gap.rfind("\n"), gap.rfind("\r")) :]
    return [Edit(dot, dot, f".post_shutdown(close_http_pools){gap}")], False
