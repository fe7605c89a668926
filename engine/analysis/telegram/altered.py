"""Whether a project changes what the methods of its Telegram library do: a bot of its own that sends nothing while it is muted,
a function in the place of `client.send_message`. Then no call of the library surely waits for an answer.
"""

from __future__ import annotations

import ast
from pathlib import Path

from ....knowledge.yields import surely_yields
from ..families import derived
from ..module import Module, Project
from ..replacing import SOME_NAME, names_shown
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
                if self._may_alter(path, library)
                for module in [self._resolver.module(path)]
            )
        return self._known[library]

    def _may_alter(self, path: Path, library: str) -> bool:
        """Whether a file may, as far as its text tells by itself."""
        tell = self._project.told
        bases, stored = tell(path, _bases), tell(path, names_shown)
        if bases is None or stored is None:
            return True
        return any(base.startswith((f"{library}.", SOME_NAME)) for base in bases) or any(
            _is_sending(name, library) for name in stored
        )

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


def _bases(module: Module) -> frozenset[str] | None:
    """The dotted names of what classes derive from; `SOME_NAME` where something may stand before the requests of a session."""
    if not module.is_self_contained:
        return None
    bases = {name for cls in module.all(ast.ClassDef) for base in cls.bases if (name := module.resolve(base))}
    return frozenset(bases | {SOME_NAME for node in module.all(ast.Attribute) if _is_between(node)})


def _is_between(node: ast.Attribute) -> bool:
    """Whether it gives aiogram's session a function that requests go through: ``bot.session.middleware(…)``."""
    return node.attr in ("middleware", "middlewares") and getattr(node.value, "attr", "") == "session"


def _is_sending(name: str, library: str) -> bool:
    return name in _SENDING or surely_yields(library, "", name)
