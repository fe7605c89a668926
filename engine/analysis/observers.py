"""Who in a project looks at objects of a library: reads an attribute of them, or asks of which class they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .escapes import value_uses
from .families import own_class
from .module import Module, Project
from .resolver import Resolver

#: Libraries whose functions give objects of their own, and nothing that they were given.
_OWN_OBJECTS = frozenset(
    "logging argparse re json ast subprocess requests httpx httpx2 aiohttp sqlite3 inspect datetime pathlib collections".split()
)


class Observers:
    """Those who look. Ask `Project.fact(Observers)`."""

    def __init__(self, project: Project) -> None:
        self.resolver = project.fact(Resolver)

    def reading(self, name: str, libraries: tuple[str, ...]) -> Iterator[tuple[Module, ast.expr]]:
        """The places that read an attribute called `name` of what may be an object of the libraries, or look up a name that may
        be it.
        """
        for path in self.resolver.mentioning([name, "getattr", "attrgetter", "vars", "__dict__"]):
            if (module := self.resolver.module(path)) is None:
                continue
            looks: list[tuple[ast.expr, ast.expr]] = [
                (node, node.value)
                for node in module.all(ast.Attribute)
                if node.attr in (name, "__dict__") and isinstance(node.ctx, ast.Load)
            ]
            looks += [(call, call.args[0]) for call in module.all(ast.Call) if _looks_up(module, call, name)]
            for node, owner in looks:
                if isinstance(owner, ast.Constant) or not self._is_foreign(module, owner, libraries):
                    yield module, node
            yield from ((module, case.cls) for case in module.all(ast.MatchClass) if name in case.kwd_attrs)

    def asking(self, dotted: str) -> Iterator[tuple[Module, ast.expr]]:
        """The places that ask whether something is of a library's class: by `isinstance`, by comparing types, by the class's name,
        in a ``case``.
        """
        last = dotted.rpartition(".")[2]
        yield from value_uses(self.resolver, dotted)
        for path in self.resolver.mentioning([last]):
            module = self.resolver.module(path)
            for constant in module.all(ast.Constant) if module else ():
                if module and constant.value == last and not isinstance(module.parent(constant), ast.Expr):
                    yield module, constant

    def _is_foreign(self, module: Module, node: ast.expr, libraries: tuple[str, ...], hops: int = 0) -> bool:
        """Whether an expression surely stands for nothing of the libraries."""
        if hops > 6:
            return False
        around = own_class(module, node)
        if cls := (module, around) if around else self.resolver.class_of(module, node):
            return self._is_plain(*cls, libraries)
        match node:
            case ast.Constant() | ast.JoinedStr():
                return True
            case ast.Await(value=inner) | ast.Call(func=ast.Attribute(value=inner)) if not module.resolve(node):
                called = module.resolve(node.func) if isinstance(node, ast.Call) else None
                if called is None:
                    return self._is_foreign(module, inner, libraries, hops + 1)
                return called.partition(".")[0] in _OWN_OBJECTS
            case ast.Call(func=function):
                return (module.resolve(function) or "").partition(".")[0] in _OWN_OBJECTS
            case ast.Name() | ast.Attribute():
                dotted = module.resolve(node)
                if dotted and self.resolver.file_of(module.path, dotted) is None:
                    return dotted.partition(".")[0] not in libraries
                if dotted and self.resolver.module_behind(module.path, dotted):
                    return True  # a variable of a module, whatever it is called
                where, value = self.resolver.assigned(module, node)
                if value is not None:
                    return self._is_foreign(where, value, libraries, hops + 1)
                if isinstance(node, ast.Attribute):
                    return self._is_foreign(module, node.value, libraries, hops + 1)
                return _is_caught(module, node) or _is_declared(module, node, libraries)
        return False

    def _is_plain(self, module: Module, cls: ast.AST, libraries: tuple[str, ...], depth: int = 0) -> bool:
        """Whether a class of the project is derived from nothing of the libraries, and from nothing unknown."""
        for base in cls.bases if isinstance(cls, ast.ClassDef) else ():
            known = self.resolver.definition(module, base)
            if known is not None:
                if depth > 8 or not self._is_plain(*known, libraries, depth + 1):
                    return False
            elif (module.resolve(base) or libraries[0]).partition(".")[0] in libraries:
                return False
        return True


def _looks_up(module: Module, call: ast.Call, name: str) -> bool:
    """Whether a call reads an attribute by a text that may be `name`, or all of an object's attributes."""
    called = module.resolve(call.func)
    if called == "builtins.vars" or called == "operator.attrgetter":
        return bool(call.args) and (called == "builtins.vars" or _may_be(call.args[0], name))
    return called == "builtins.getattr" and len(call.args) > 1 and _may_be(call.args[1], name)


def _may_be(text: ast.expr, name: str) -> bool:
    if isinstance(text, ast.Constant):
        return isinstance(text.value, str) and name in text.value.split(".")
    first = (
        text.left
        if isinstance(text, ast.BinOp)
        else text.values[0]
        if isinstance(text, ast.JoinedStr) and text.values
        else None
    )
    return not isinstance(first, ast.Constant) or name.startswith(str(first.value))


def _is_caught(module: Module, name: ast.Name) -> bool:
    """Whether a name stands for an exception that was caught."""
    return any(isinstance(a, ast.ExceptHandler) and a.name == name.id for a in module.ancestors(name))


def _is_declared(module: Module, name: ast.Name, libraries: tuple[str, ...]) -> bool:
    """Whether a name is a parameter that is declared to be something of another library."""
    bindings = module.bindings(name.id, name)
    if len(bindings) != 1 or not isinstance(bindings[0].node, ast.arg) or bindings[0].node.annotation is None:
        return False
    dotted = module.resolve(bindings[0].node.annotation) or ""
    return (
        bool(dotted)
        and dotted.partition(".")[0] not in (*libraries, "typing", "typing_extensions")
        and dotted != "builtins.object"
    )
