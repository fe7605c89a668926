"""Whether a project changes what the methods of its Telegram library do: a bot of its own that sends nothing while it is muted,
a function in the place of `client.send_message`. Then no call of the library surely waits for an answer.
"""

from __future__ import annotations

import ast

from ....knowledge.yields import surely_yields
from ..families import derived
from ..module import Module, Project
from ..resolver import Resolver

#: Methods by which a library's own ones send requests.
_SENDING = frozenset("__call__ _call do_request _post _do_post do_api_request invoke make_request".split())

#: Classes that are asked about updates: what they define is not called to send a request.
_NO_SENDERS = (
    "aiogram.BaseMiddleware",
    "aiogram.dispatcher.middlewares.",
    "aiogram.filters.",
    "aiogram.dispatcher.filters.",
)


class Altered:
    """The libraries whose methods a project changes. Ask `Project.fact(Altered)`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._resolver = project.fact(Resolver)
        self._known: dict[str, bool] = {}

    def is_altered(self, library: str) -> bool:
        """Whether some class or object of a library ("telethon") gets a method of the project's."""
        if library not in self._known:
            self._known[library] = any(
                module is None or self._alters(module, library)
                for path in self._resolver.mentioning([library])
                for module in [self._resolver.module(path)]
            )
        return self._known[library]

    def _alters(self, module: Module, library: str) -> bool:
        for cls in module.all(ast.ClassDef):
            bases = [base for base in map(module.resolve, cls.bases) if (base or "").startswith(f"{library}.")]
            if any(base and not base.startswith(_NO_SENDERS) for base in bases):
                classes = [cls, *(other for _, other in derived(self._resolver, cls))]
                if any(_sends(statement, library) for one in classes for statement in one.body):
                    return True
        return any(
            (isinstance(node.ctx, ast.Store) and _is_sending(node.attr, library)) or _is_between(node)
            for node in module.all(ast.Attribute)
        )


def _sends(statement: ast.stmt, library: str) -> bool:
    return isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_sending(statement.name, library)


def _is_between(node: ast.Attribute) -> bool:
    """Whether it gives aiogram's session a function that requests go through: ``bot.session.middleware(…)``."""
    return node.attr in ("middleware", "middlewares") and getattr(node.value, "attr", "") == "session"


def _is_sending(name: str, library: str) -> bool:
    return name in _SENDING or surely_yields(library, "", name)
