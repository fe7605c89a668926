"""Modules and classes that a program, or a test of it, hands to a call that may change them: ``mocker.spy(bot, "load")``,
``flexmock(bot.httpx)``, ``without_checks(httpx.AsyncClient)``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .module import Module, Project
from .module_names import STANDARD
from .replacing import Replacement
from .resolver import Resolver

#: What stands behind an argument or an element.
_ENDS = re.compile(rb"\s*[,)\]]")
_LETTER = re.compile(rb"\w")


class HandedOver:
    """What a project hands over, by the last part of its name. Ask `Project.fact(HandedOver)`."""

    def __init__(self, project: Project) -> None:
        self._resolver = project.fact(Resolver)
        self._known: dict[str, list[Replacement]] = {}

    def of(self, word: str) -> list[Replacement]:
        """What may be changed by what it is handed to; the attribute is the one that a text beside names."""
        if word not in self._known:
            self._known[word] = list(self._of(word))
        return self._known[word]

    def _of(self, word: str) -> Iterator[Replacement]:
        for path in self._resolver.mentioning([word]):
            if _is_given(self._resolver.project.data(path), word.encode()):
                names = self._resolver.project.told(path, names_handed)
                module = self._resolver.module(path) if names is None or word in names else None
                yield from (found for found in (module.fact(handed) if module else ()) if word in _words(found))


def _is_given(data: bytes, word: bytes) -> bool:
    """Whether a word stands where an argument ends, as far as that is seen without parsing: a pattern for each word takes longer."""
    at = data.find(word)
    while at >= 0:
        if _ENDS.match(data, at + len(word)) and not _LETTER.match(data, max(0, at - 1), at):
            return True
        at = data.find(word, at + 1)
    return False


def names_handed(module: Module) -> frozenset[str] | None:
    """The last parts of the names of what a file hands over, see `Project.told`."""
    return frozenset(w for r in module.fact(handed) for w in _words(r)) if module.is_self_contained else None


def _words(found: Replacement) -> set[str]:
    dotted = {found.dotted} if found.dotted else found.module.candidates(found.owner) if found.owner else set()
    written = getattr(found.owner, "attr", getattr(found.owner, "id", ""))
    return {written, *(name.rpartition(".")[2] for name in dotted if name)} - {""}


def handed(module: Module) -> list[Replacement]:
    """What a file hands over."""
    return list(_handed(module))


def _handed(module: Module) -> Iterator[Replacement]:
    is_test = b"def test" in module.source.data
    for call in module.all(ast.Call):
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        texts = [v.value for v in given if isinstance(v, ast.Constant) and isinstance(v.value, str)]
        names: list[str | None] = [text for text in texts if text.isidentifier()]
        for value in (part for one in given for part in getattr(one, "elts", (one,))):
            if not isinstance(value, (ast.Name, ast.Attribute)):
                continue
            if isinstance(value, ast.Attribute) and not is_test and not value.attr[:1].isupper():
                continue  # no class, and only a test's is taken for a module
            dotted = module.resolve(value)
            if not dotted:
                continue
            is_holder = _is_class(dotted) or _is_module(module, value)
            if not (is_holder or is_test) or not _is_open(module, call, dotted):
                continue
            if is_holder:
                yield from (Replacement(module, call, name, value) for name in names or [None])
            if is_test and not _is_class(dotted) and module.resolve(call.func):  # spy2(bot.load)
                yield Replacement(module, call, dotted.rpartition(".")[2], None, dotted)
    for loop in module.all(ast.For):
        for value in getattr(loop.iter, "elts", ()):
            if _is_class(module.resolve(value) or ""):
                yield Replacement(module, value, None, value)


def _is_open(module: Module, call: ast.Call, dotted: str) -> bool:
    """Whether nothing is known of what a call does with what it is given: it is the project's, another library's, or a value's."""
    called = module.resolve(call.func)
    if called is None or module.definition(call.func) is not None:
        return True
    first = called.partition(".")[0]
    # what the language and its library do with a class or a module that they are given leaves it as it is
    return first not in STANDARD and first != dotted.partition(".")[0]


def _is_class(dotted: str) -> bool:
    return dotted.rpartition(".")[2][:1].isupper() and not dotted.startswith("builtins.")


def _is_module(module: Module, value: ast.Name | ast.Attribute) -> bool:
    """Whether an expression may stand for a module: an import binds it, or it is looked up in one of a test's (``bot.httpx``)."""
    if isinstance(value, ast.Attribute):
        return (
            b"def test" in module.source.data and isinstance(value.value, ast.Name) and _is_module(module, value.value)
        )
    bindings = module.bindings(value.id, value)
    return any(isinstance(module.parent(b.node), ast.Import) or isinstance(b.node, ast.Import) for b in bindings)
