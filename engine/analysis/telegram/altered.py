"""Whether a project changes what the methods of its Telegram library do: a bot of its own that sends nothing while it is muted,
a function in the place of `client.send_message`. Then no call of the library surely waits for an answer.
"""

from __future__ import annotations

import ast
import re
from functools import partial
from pathlib import Path

from ....knowledge.yields import sending_classes, yields_somewhere
from ..families import binds, derived, own_class
from ..given import gives_function, is_plain
from ..handed_over import HandedOver
from ..module import Module, Project
from ..replacements import Replacements, Target
from ..replacing import SOME_NAME, Replacement
from ..resolver import Resolver

#: Methods by which a library's own ones send requests.
_SENDING = frozenset(
    "__call__ _call do_request _post _do_post do_api_request invoke make_request process_request".split()
)

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
        self._replacements = project.fact(Replacements)
        self._handed_over = project.fact(HandedOver)
        self._known: dict[str, bool] = {}
        self._own: dict[str, bool] = {}

    def is_altered(self, library: str) -> bool:
        """Whether some class or object of a library ("telethon") gets a method of the project's."""
        if library not in self._known:
            self._known[library] = (
                any(self._derives(path, library) for path in self._resolver.mentioning([library]))
                or any(
                    self._hits(found, library) for found in self._replacements.matching(partial(_is_sending, library))
                )
                or self._hands_over(library)
            )
        return self._known[library]

    def is_own(self, method: str) -> bool:
        """Whether a method of that name may be the project's, where the library has one: ``on_message`` of a class derived from
        its client, or a function that is assigned.
        """
        if method not in self._own:
            defines = re.compile(rb"\bdef[ \t]+%b\b" % method.encode())
            paths = [p for p in self._resolver.mentioning([method]) if defines.search(self._project.data(p))]
            replaced = (found for found in self._replacements.of(method) if found.owner is not None)
            self._own[method] = any(map(partial(self._defines, method), paths)) or any(
                gives_function(found) or any(t and isinstance(t, str) for t in self._replacements.targets(found))
                for found in replaced
            )
        return self._own[method]

    def _defines(self, method: str, path: Path) -> bool:
        module = self._resolver.module(path)
        return module is None or any(bool(cls.bases) and binds(module, cls, method) for cls in module.all(ast.ClassDef))

    def _derives(self, path: Path, library: str) -> bool:
        """Whether a class of a file that is derived from the library's, or one derived from it, has a method that sends by itself,
        or something stands before the requests of a session.
        """
        bases = self._project.told(path, _bases)
        if bases is not None and not any(base.startswith((f"{library}.", SOME_NAME)) for base in bases):
            return False
        module = self._resolver.module(path)
        if module is None or any(map(_is_between, module.all(ast.Attribute))):
            return True
        for cls in module.all(ast.ClassDef):
            if _is_of(module, cls, library):
                classes = [cls, *(other for _, other in derived(self._resolver, cls))]
                if any(_sends(statement, library) for one in classes for statement in one.body):
                    return True
        return False

    def _hits(self, found: Replacement, library: str) -> bool:
        """Whether something is put in the place of a method of what may be the library's."""
        where, owner = found.module, found.owner
        if owner is None:
            return any(_is_named(target, library) for target in self._replacements.targets(found))
        around = own_class(where, owner)
        own = (where, around) if around else self._resolver.class_of(where, owner)
        if own is not None:
            return _is_of(*own, library)
        targets = self._replacements.targets(found)
        if any(_is_named(target, library) for target in targets):
            return True
        # anything else of the project may be an object of the library's, if a function is what it is given
        return bool(targets) and found.name is not None and not is_plain(found) and self._is_told(found, library)

    def _is_told(self, found: Replacement, library: str) -> bool:
        """Whether it tells the library's methods from those of other things: ``note.reply = text`` is a word like others."""
        mentions = self._project.words.holds(found.path, library.encode())
        return "_" in str(found.name) or mentions or gives_function(found)

    def _hands_over(self, library: str) -> bool:
        """Whether a class whose methods send is handed to a call that may change it."""
        found = (found for word in sending_classes(library) for found in self._handed_over.of(word))
        return any((f.module.resolve(f.owner) or "").startswith(f"{library}.") for f in found if f.owner is not None)


def _is_named(target: Target, library: str) -> bool:
    return isinstance(target, str) and target.startswith(f"{library}.")


def _is_of(module: Module, cls: ast.ClassDef, library: str) -> bool:
    """Whether a class is derived from one of the library's that sends."""
    bases = [base for base in map(module.resolve, cls.bases) if base and base.startswith(f"{library}.")]
    return any(not base.startswith(_NO_SENDERS) for base in bases)


def _sends(statement: ast.stmt, library: str) -> bool:
    return isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and _is_sending(library, statement.name)


def _bases(module: Module) -> frozenset[str] | None:
    """The dotted names of what classes derive from; `SOME_NAME` where something may stand before the requests of a session."""
    if not module.is_self_contained:
        return None
    bases = {name for cls in module.all(ast.ClassDef) for base in cls.bases if (name := module.resolve(base))}
    return frozenset(bases | {SOME_NAME for node in module.all(ast.Attribute) if _is_between(node)})


def _is_between(node: ast.Attribute) -> bool:
    """Whether it gives aiogram's session a function that requests go through: ``bot.session.middleware(…)``."""
    return node.attr in ("middleware", "middlewares") and getattr(node.value, "attr", "") == "session"


def _is_sending(library: str, name: str) -> bool:
    return name in _SENDING or yields_somewhere(library, name)
