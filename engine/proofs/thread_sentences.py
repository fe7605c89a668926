"""What a sentence says of the hazard `thread`."""

from __future__ import annotations

import ast
import re

from ..analysis.module import Module, Project
from ..analysis.replacements import Replacements
from ..analysis.touch import Touch
from ..model import Assumption, Hazard

#: How much is said by naming what a call is given: see `weight`.
GIVEN = 2
_ATTRIBUTE = re.compile(r"reading `(?:\w+\.)+(\w+)`")


def risk(project: Project, touch: Touch, by: str) -> str:
    """What has to be true for a step to be none that a thread may not do."""
    verb, _, what = touch.what.partition(" ")
    if verb == "reading" and _is_vague(project, touch):
        return f"what {by} works with in a thread is its own, or changed by nobody"
    if verb == "reading" and what:
        return f"nobody changes {what} while {by} reads it in a thread"
    if verb in ("changing", "setting") and what:
        return f"nobody else uses {what} while {by} changes it in a thread"
    if verb == "having":
        return f"{by} may have another {what} in each thread"
    if touch.place == "output":
        if touch.what.startswith("`print("):
            return f"lines that {touch.what} in {by} writes may stand among those of others"
        return f"the log's filters and handlers may run in a thread, for {touch.what} in {by}"
    return f"{touch.what} in {by} may run in a thread"


def weight(project: Project, touch: Touch) -> int:
    """How little a sentence about a touch says: a change says most, a single name, which may be a text of the call's own, little, what
    a variable of the function holds less, a line of a log least.
    """
    verb, _, what = touch.what.partition(" ")
    if touch.is_aside:
        return GIVEN + 2
    if _is_vague(project, touch):
        return GIVEN + 1
    if verb in ("changing", "setting"):
        return 0
    return GIVEN if verb == "reading" and what.strip("`").isidentifier() else 1


def stepped(project: Project, touch: Touch, by: str) -> Assumption:
    """What a step assumes."""
    is_slight = touch.is_aside or _is_vague(project, touch)
    return Assumption(Hazard.THREAD, risk(project, touch, by), touch.path, touch.line, is_slight=is_slight)


def left_alone(module: Module, value: ast.expr, meanwhile: str) -> Assumption:
    """What has to be true of a value; of a variable of the function's own, or what it has made, that is only not shown."""
    root: ast.expr = value
    while isinstance(root, (ast.Attribute, ast.Subscript)):
        root = root.value
    scope = module.scope(root).find(root.id) if isinstance(root, ast.Name) else None
    if isinstance(root, ast.Name) and (scope is None or scope is module.names.root or root.id in ("self", "cls")):
        sentence = f"nobody changes `{module.shown(value)}` {meanwhile}"
        return Assumption(Hazard.THREAD, sentence, module.path, value.lineno)
    sentence = f"nobody else can change `{module.shown(value)}` {meanwhile}"
    bound = scope.bindings[root.id] if isinstance(root, ast.Name) and scope is not None else []
    is_part = root is not value and any(isinstance(binding.node, ast.arg) for binding in bound)
    return Assumption(Hazard.THREAD, sentence, module.path, value.lineno, is_slight=not is_part)


def _is_vague(project: Project, touch: Touch) -> bool:
    """Whether nothing shows that others have what is read, or that anybody changes it: what a call has just given is seldom theirs."""
    if touch.is_slight or (touch.what.startswith("reading ") and touch.what.endswith(")`")):
        return True
    if (attribute := _ATTRIBUTE.fullmatch(touch.what)) is None:
        return False
    set_in = (one.module.function(one.node) for one in project.fact(Replacements).of(attribute[1]) if one.name)
    return all(function is not None and function.name == "__init__" for function in set_in)
