"""What has to hold in a project for one handler to stand for several."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...engine.analysis.module import Module, Project
from ...engine.analysis.resolver import Resolver
from ...engine.analysis.scope import FunctionNode
from ...engine.model import Assumption, Hazard, Proof, Verdict
from ...engine.proofs import identity
from .registrations import Registration

_HANDLER = "telegram.ext.CommandHandler"
#: What it is derived from, by its names of all releases.
_BASES = ("telegram.ext.BaseHandler", "telegram.ext.Handler")
#: What shows how many handlers there are and of what kind.
_SHOWING = ("handlers", "commands", "remove_handler")


def one_for_many(module: Module, found: Registration, *, another_kind: bool = False) -> list[Verdict]:
    """That nobody sees that there is one handler; of `another_kind` than before, where so asked."""
    classes = [_HANDLER, *(["telegram.ext.MessageHandler"] if another_kind else [])]
    return [
        identity.unobserved(module.project, attributes=_SHOWING, classes=classes, libraries={"telegram"}),
        identity.is_librarys(module, found.owner, "add_handler", "add_handlers"),
        identity.unreplaced(module, _HANDLER, *_BASES),
    ]


def arguments_unseen(module: Module, callback: ast.expr) -> list[Verdict]:
    """That nobody misses `context.args`, which only a CommandHandler sets: neither the callback and what it hands its context to,
    nor (where the context of an update comes to further callbacks, or is of a class of the project) anybody in the project.
    """
    project = module.project
    verdicts = list(_Reading(module.project).verdicts(module, callback))
    if _shares_contexts(project):
        verdicts.append(identity.unobserved(project, attributes={"args"}, libraries={"telegram"}))
    return verdicts


def _shares_contexts(project: Project) -> bool:
    """Whether the context of one update may come to more than one callback, or to methods of a class of the project."""
    resolver = project.fact(Resolver)
    for path in project.mentioning(["add_handler", "add_handlers", "context_types", "ContextTypes", "CallbackContext"]):
        if (where := resolver.module(path)) is None:
            return True
        for call in where.all(ast.Call):
            called = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if called == "context_types" or (where.resolve(call.func) or "").endswith(".ContextTypes"):
                return True
            if called in ("add_handler", "add_handlers") and not _is_of_first_group(call, called):
                return True
        for cls in where.all(ast.ClassDef):
            if any((where.resolve(_plain(base)) or "").endswith(".CallbackContext") for base in cls.bases):
                return True
    return False


def _plain(base: ast.expr) -> ast.expr:
    return base.value if isinstance(base, ast.Subscript) else base


def _is_of_first_group(call: ast.Call, method: str) -> bool:
    groups = [keyword.value for keyword in call.keywords if keyword.arg in ("group", None)] + call.args[1:]
    if any(not (isinstance(group, ast.Constant) and group.value in (0, None)) for group in groups):
        return False
    # add_handlers() takes a dict of groups, too
    return method == "add_handler" or isinstance(next(iter(call.args), None), (ast.List, ast.ListComp, ast.Tuple))


class _Reading:
    """Whether a callback reads `context.args`, itself or by what it hands its context to."""

    def __init__(self, project: Project) -> None:
        self._resolver = project.fact(Resolver)
        self._seen: set[tuple[ast.AST, int]] = set()

    def verdicts(self, module: Module, callback: ast.expr, index: int = 1) -> Iterator[Verdict]:
        """The verdicts for what an expression names, whose parameter number `index` (``self`` not counted) is the context."""
        text = ast.unparse(callback)
        found = self._resolver.definition(module, callback)
        if found is None:
            yield _reads(text, module, callback)
            return
        home, function = found
        if isinstance(function, ast.ClassDef):
            yield _reads(text, module, callback)
            return
        if (function, index) in self._seen:
            return
        self._seen.add((function, index))
        yield identity.is_itself(module, callback)
        is_static = any(home.resolve(decorator) == "builtins.staticmethod" for decorator in function.decorator_list)
        has_self = isinstance(home.parent(function), ast.ClassDef) and not is_static
        yield from self._in(home, function, index + has_self)

    def _in(self, module: Module, function: FunctionNode, index: int) -> Iterator[Verdict]:
        parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
        name = function.name
        if len(parameters) <= index or function.args.vararg:
            yield _reads(name, module, function)
            return
        context = parameters[index]
        for use in module.uses(context, module.names.opened[function]):
            parent = module.parent(use)
            if isinstance(parent, ast.Attribute) and parent.attr not in ("args", "__dict__", "__getattribute__"):
                continue
            if (
                isinstance(parent, ast.Call)
                and use in parent.args
                and not any(isinstance(a, ast.Starred) for a in parent.args)
            ):
                yield from self.verdicts(module, parent.func, parent.args.index(use))
                continue
            yield _reads(name, module, use)
            return
        yield Proof(Hazard.IDENTITY, f"`{name}` reads no `context.args`")


def _reads(name: str, module: Module, node: ast.expr | FunctionNode) -> Assumption:
    return Assumption(Hazard.IDENTITY, f"`{name}` does not need `context.args`", module.path, node.lineno)
