"""Where a project puts something else in the place of an attribute: `bot.POSTS = 5`, `setattr`, `patch("bot.rules")`, `globals()[…] = …`.

Everything that may be one is one: a name that is put together while the program runs may be any name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .escapes import module_escapes
from .module import Module, Project
from .resolver import Resolver, class_around

#: Words without which a file replaces nothing but by an assignment that shows the attribute.
_WORDS = (
    "setattr", "delattr", "__setattr__", "__delattr__", "__dict__", "globals", "vars", "locals", "exec", "patch",
    "should_receive",
)  # fmt: skip
_SETTERS = frozenset({"setattr", "delattr", "__setattr__", "__delattr__", "object", "should_receive"})
_NAMESPACES = frozenset({"globals", "vars", "locals"})
_CHANGING = frozenset({"update", "setdefault", "pop", "__setitem__"})
_NAMED_IMPORTS = frozenset(
    {
        "import_module",
        "__import__",
        "reload",
        "spec_from_file_location",
        "import_string",
        "locate",
        "run_path",
        "run_module",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Replacement:
    """One place that puts something in the place of an attribute."""

    module: Module
    node: ast.expr | ast.stmt
    #: The attribute; None where the source does not show it.
    name: str | None
    #: What the attribute belongs to; None where only a text names it, or nothing does.
    owner: ast.expr | None = None
    #: The text that names both: "bot.time.sleep".
    dotted: str | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.module.path

    @property
    def line(self) -> int:
        """The line, counted from 1."""
        return self.node.lineno


class Replacements:
    """The replacements of a project, by the name of the attribute. Ask `Project.fact(Replacements)`."""

    def __init__(self, project: Project) -> None:
        self.resolver = project.fact(Resolver)
        self._other: list[Replacement] | None = None
        self._by_name: dict[str, list[Replacement]] = {}
        self._loose: dict[Path, bool] = {}

    def of(self, name: str) -> list[Replacement]:
        """Every place that may replace an attribute called `name` of something."""
        if name not in self._by_name:
            found = [r for path in self.resolver.mentioning([name]) for r in self._assigned(path, name)]
            self._by_name[name] = found + [r for r in self._others() if r.name in (name, None)]
        return self._by_name[name]

    def of_module(self, module: Module, name: str) -> Iterator[Replacement]:
        """Those that may be of the module-level `name` of `module`."""
        for found in self.of(name):
            if found.dotted is not None:
                holder = found.dotted.rpartition(".")[0]
                if holder.rpartition(".")[2] == _stem(module.path) or (
                    # patch("bot.config.POSTS"), where `config` is a module that bot imports
                    (behind := self.resolver.module_behind(found.path, holder)) is not None and behind == module.path
                ):
                    yield found
            elif found.owner is None:
                if found.module is module:
                    yield found
            elif self.may_be_module(found.module, found.owner, module):
                yield found

    @cached_property
    def lookups(self) -> list[tuple[Module, ast.Call]]:
        """Every ``getattr(x, name)``."""
        found = []
        for path in self.resolver.mentioning(["getattr"]):
            module = self.resolver.module(path)
            for call in module.all(ast.Call) if module else ():
                if module and module.resolve(call.func) == "builtins.getattr" and len(call.args) > 1:
                    found.append((module, call))
        return found

    def may_be_module(self, where: Module, owner: ast.expr, module: Module) -> bool:
        """Whether an expression may stand for a module of the project."""
        if isinstance(owner, ast.Name) and owner.id in ("self", "cls") and class_around(where, owner):
            return False
        if self.resolver.definition(where, owner) or self.resolver.class_of(where, owner):
            return False
        names = where.candidates(owner) or frozenset({""})
        for dotted in names - {""}:
            if self.resolver.module_behind(where.path, dotted) == module.path:
                return True
        if isinstance(owner, ast.Subscript) and isinstance(owner.slice, ast.Constant):  # sys.modules["bot"]
            return str(owner.slice.value).rpartition(".")[2] == _stem(module.path)
        return "" in names and self.is_loose(module)

    def is_loose(self, module: Module) -> bool:
        """Whether something that the source does not show as this module may be it."""
        if module.path not in self._loose:
            self._loose[module.path] = module_escapes(self.resolver, module) or self._is_named(module)
        return self._loose[module.path]

    def _is_named(self, module: Module) -> bool:
        """Whether a module is taken by its name in a text: `importlib.import_module("bot")`, ``sys.modules[__name__]``."""
        for path in self.resolver.mentioning([*_NAMED_IMPORTS, "modules", "getmodule"]):
            where = self.resolver.module(path)
            if where is None:
                return True
            for node in where.all(ast.Call):
                if _last(node.func) in _NAMED_IMPORTS and node.args and _may_name(node.args[0], module.path):
                    return True
                if _last(node.func) == "getmodule":
                    return True
            for attribute in where.all(ast.Attribute):
                if where.resolve(attribute) == "sys.modules" and not _keyed(where.parent(attribute), module.path):
                    return True
        return False

    # The places

    def _assigned(self, path: Path, name: str) -> Iterator[Replacement]:
        module = self.resolver.module(path)
        for attribute in module.all(ast.Attribute) if module else ():
            if module and attribute.attr == name and not isinstance(attribute.ctx, ast.Load):
                yield Replacement(module, attribute, name, attribute.value)
        for constant in module.all(ast.Constant) if module else ():
            text = constant.value
            if module and isinstance(text, str) and text.endswith(f".{name}") and text.replace(".", "").isidentifier():
                yield Replacement(module, constant, name, None, text)

    def _others(self) -> list[Replacement]:
        """Those that do not show the attribute as one."""
        if self._other is None:
            self._other = []
            for path in self.resolver.mentioning(_WORDS):
                if (module := self.resolver.module(path)) is not None:
                    self._other += self._called(module)
        return self._other

    def _called(self, module: Module) -> Iterator[Replacement]:
        for call in module.all(ast.Call):
            last = _last(call.func)
            if module.resolve(call.func) == "builtins.exec":
                yield Replacement(module, call, None)
            if last in _SETTERS or last == "patch":
                yield from _by_setter(module, call)
            if last == "multiple" and call.args:
                yield from _by_keywords(module, call, call.args[0], last)
            elif last in _CHANGING and isinstance(call.func, ast.Attribute):
                for owner in _namespace(call.func.value):
                    yield from _by_keywords(module, call, owner, last)
            if last in _NAMESPACES and not call.args and not _is_only_read(module, call):
                yield Replacement(module, call, None)
        for subscript in module.all(ast.Subscript):
            for owner in () if isinstance(subscript.ctx, ast.Load) else _namespace(subscript.value):
                yield Replacement(module, subscript, _text(subscript.slice), owner)


def _by_setter(module: Module, call: ast.Call) -> Iterator[Replacement]:
    """`setattr(bot, "POSTS", 5)`, `patch.object(bot, "rules")`, `monkeypatch.setattr("bot.rules", …)`, `object.__setattr__(x, "y", z)`."""
    match call.args:
        case [ast.Constant(value=str(text)), *_] if _last(call.func) in ("patch", "setattr", "delattr"):
            if "." in text:
                yield Replacement(module, call, text.rpartition(".")[2], None, text)
            return
        case [owner, ast.Constant(value=str(name)), *_]:
            yield Replacement(module, call, name, owner)
        case [owner, _, *_]:
            yield Replacement(module, call, None, owner)
        case [ast.Constant(value=str(name))] if isinstance(
            call.func, ast.Attribute
        ):  # flexmock(bot).should_receive("rules")
            yield Replacement(module, call, name, call.func.value)
        case [first] if _last(call.func) == "patch":  # patch(f"{MODULE}.rules")
            yield Replacement(module, call, None, first)


def _by_keywords(module: Module, call: ast.Call, owner: ast.expr | None, last: str) -> Iterator[Replacement]:
    given = call.args[1:] if last == "multiple" else call.args
    if last not in ("update", "multiple"):
        yield Replacement(module, call, _text(given[0]) if given else None, owner)
        return
    for argument in given:
        if isinstance(argument, ast.Dict) and all(isinstance(key, ast.Constant) for key in argument.keys):
            yield from (
                Replacement(module, call, str(key.value), owner)
                for key in argument.keys
                if isinstance(key, ast.Constant)
            )
        else:
            yield Replacement(module, call, None, owner)
    yield from (Replacement(module, call, keyword.arg, owner) for keyword in call.keywords)


def _namespace(node: ast.expr) -> tuple[ast.expr | None, ...]:
    """What the namespace that an expression stands for belongs to: None for that of the code itself; nothing where it is none."""
    match node:
        case ast.Call(func=func, args=[]) if _last(func) in _NAMESPACES:
            return (None,)
        case ast.Call(func=func, args=[owner]) if _last(func) == "vars":
            return (owner,)
        case ast.Attribute(attr="__dict__", value=owner):
            return (owner,)
    return ()


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_only_read(module: Module, call: ast.Call) -> bool:
    """Whether a namespace is read or changed where it stands, so that nothing else changes it."""
    match module.parent(call):
        case ast.Subscript() | ast.Compare():
            return True
        case ast.Attribute(
            attr="get" | "items" | "keys" | "values" | "copy" | "update" | "setdefault" | "pop" | "__setitem__"
        ):
            return True
        case ast.Call(func=function):
            return module.resolve(function) in (
                "builtins.dict",
                "builtins.print",
                "builtins.sorted",
                "builtins.list",
                "builtins.len",
            )
        case ast.keyword(arg=None):
            return True
    return module.function(call) is not None and _last(call.func) != "globals"


def _last(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def _stem(path: Path) -> str:
    return path.parent.name if path.name == "__init__.py" else path.stem


def _may_name(text: ast.expr, path: Path) -> bool:
    """Whether a text may be the name, or the path, of a module."""
    if isinstance(text, ast.Constant):
        named = str(text.value).removesuffix(".py").replace("/", ".")
        return named.rpartition(".")[2] == _stem(path)
    return True


def _keyed(node: ast.AST | None, path: Path) -> bool:
    """Whether ``sys.modules[…]`` surely means another module."""
    if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)):
        return isinstance(node, ast.Compare)
    return not _may_name(node.slice, path)
