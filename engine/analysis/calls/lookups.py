"""Functions that are found by names which are put together while the program runs, and in modules that are imported so."""

from __future__ import annotations

import ast
import fnmatch
import re
from pathlib import Path

from ...sources.at_words import at_words
from ...sources.old_copies import is_old_copy
from ..families import family, own_class
from ..module import Module
from ..paths import pattern_of
from ..resolver import Resolver
from ..scope import FunctionNode

_GETATTR = frozenset({"builtins.getattr", "operator.attrgetter", "operator.methodcaller"})
_NAMESPACES = frozenset({"builtins.globals", "builtins.vars", "builtins.locals"})
#: What gives all that is in a module.
_MEMBERS = frozenset({"builtins.vars", "inspect.getmembers"})
_IMPORTERS = frozenset({"importlib.import_module", "builtins.__import__", "importlib.util.spec_from_file_location"})
#: What tells of a function, and neither calls it nor gives it back.
_TELLING = frozenset(
    "builtins.callable builtins.hasattr builtins.isinstance builtins.str builtins.repr builtins.print asyncio.iscoroutinefunction "
    "inspect.getfile inspect.getsource inspect.getsourcefile inspect.getsourcelines inspect.getdoc inspect.getcomments "
    "inspect.signature inspect.iscoroutinefunction inspect.isfunction inspect.isclass inspect.ismethod".split()
)
_TOLD = frozenset("__doc__ __name__ __qualname__ __module__".split())
_WORDS = tuple("getattr globals vars import_module __import__ attrgetter spec_from_file_location getmembers".split())
#: What may be one of these in code, and may be given or found something that the source does not show: neither
#: `getattr(config, "TOKEN", None)` nor ``from app.globals import``, "vars for this" and other words of a text.
_UNSHOWN = re.compile(
    rb"""\b(?:import_module\b|__import__\b|attrgetter\b|getmembers\b|spec_from_file_location\b"""
    rb"""|getattr\b(?!\(\s*[\w.]+\s*,\s*(?:"[^"\\\n]*"|'[^'\\\n]*')\s*[,)])"""
    rb"""|(?:globals|vars)\b(?!["'`/.]|[ \t]+(?!as\b)[a-zA-Z]))"""
)


def _looks_up(module: Module) -> bool | None:
    """Whether it calls what `Lookups` are made by."""
    if not module.is_self_contained:
        return None
    return any(_may_count(module, call) for call in module.all(ast.Call))


def _may_count(module: Module, call: ast.Call) -> bool:
    function = module.resolve(call.func)
    if function in _NAMESPACES and not call.args:
        return not is_plain(module, call)
    named = call.args[1:2] if function in _GETATTR else call.args[:1] if function in _IMPORTERS else ()
    return (function in _MEMBERS and bool(call.args)) or any(not isinstance(name, ast.Constant) for name in named)


def may_look_up(data: bytes) -> bool:
    """Whether a text may look something up by a name that it does not show, as far as that is seen without parsing it."""
    return any(True for _ in at_words(_UNSHOWN, data, map(str.encode, _WORDS)))


def is_plain(module: Module, call: ast.Call) -> bool:
    """Whether a namespace is only asked for names that the source shows, or given some."""
    match module.parent(call):
        case ast.Subscript(slice=ast.Constant()):
            return True
        case ast.Subscript(ctx=ast.Store() | ast.Del()):
            return True
        case ast.Attribute(attr="update" | "setdefault"):
            return True
        case ast.Attribute(attr="get" | "pop") as method:
            asked = module.parent(method)
            return isinstance(asked, ast.Call) and bool(asked.args) and isinstance(asked.args[0], ast.Constant)
        case ast.Compare(left=left):
            return left is not call
    return False


def _is_only_told_of(module: Module, call: ast.Call) -> bool:
    """Whether what is looked up is only told of, or compared: a command shows its source, and runs nothing."""
    match module.parent(call):
        case ast.Assign(targets=[ast.Name() as name]) if (
            scope := module.scope(name).find(name.id)
        ) is not module.names.root:
            uses = module.uses(name.id, scope) if scope else ()
            return all(_tells(module, use) for use in uses if isinstance(use.ctx, ast.Load))
    return _tells(module, call)


def _tells(module: Module, value: ast.expr) -> bool:
    match module.parent(value):
        case ast.Call(func=function, args=args):
            return value in args and module.resolve(function) in _TELLING
        case ast.Attribute(attr=name):
            return name in _TOLD
        case ast.GeneratorExp(elt=each) | ast.ListComp(elt=each) | ast.SetComp(elt=each) as several:
            return each is value and isinstance(module.parent(several), ast.Compare)
    return isinstance(module.parent(value), (ast.FormattedValue, ast.Compare))


def _names(module: Module, name: ast.expr) -> list[str]:
    """What a computed name may be, as patterns: each text that a loop over some goes through, else what is written of it."""
    bound = module.bindings(name.id, name) if isinstance(name, ast.Name) else []
    match [module.parent(binding.node) for binding in bound]:
        case [ast.For(target=target, iter=ast.Tuple(elts=texts) | ast.List(elts=texts))] if target is bound[0].node:
            each = [text.value for text in texts if isinstance(text, ast.Constant) and isinstance(text.value, str)]
            if len(each) == len(texts):
                return each
    return [pattern_of(module, name)]


class Lookups:
    """The places of a project that look something up by a name that the source does not show."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._named: list[tuple[Module, ast.Call, ast.expr, str]] = []
        self._namespaces: dict[Path, ast.Call] = {}
        #: The dotted names of modules that are imported so, as patterns.
        self._imported: list[str] = []
        project = resolver.project
        for path in project.mentioning(_WORDS):
            if not may_look_up(project.data(path)) or project.told(path, _looks_up) is False:
                continue
            module = None if is_old_copy(path, project.settings.root) else resolver.module(path)
            for call in module.all(ast.Call) if module else ():
                if module is not None:
                    self._add(module, call)

    def _add(self, module: Module, call: ast.Call) -> None:
        function = module.resolve(call.func)
        if function in _GETATTR and len(call.args) > 1 and not isinstance(call.args[1], ast.Constant):
            if not _is_only_told_of(module, call):
                named = _names(module, call.args[1])
                self._named += [(module, call, call.args[0], pattern) for pattern in named]
        elif function in _NAMESPACES and not (call.args or is_plain(module, call)):
            self._namespaces.setdefault(module.path, call)
        elif function in _MEMBERS and call.args and self.module_of(module, call.args[0]) is not None:
            self._named.append((module, call, call.args[0], "*"))
        elif function in _IMPORTERS and call.args and not isinstance(call.args[0], ast.Constant):
            self._imported += _names(module, call.args[0])

    def of(self, module: Module, function: FunctionNode | ast.ClassDef) -> tuple[Module, ast.Call] | None:
        """The place that may look a function or class up."""
        cls = module.parent(function)
        if not isinstance(cls, ast.ClassDef) and isinstance(cls, ast.Module) and module.path in self._namespaces:
            return module, self._namespaces[module.path]
        for where, call, owner, pattern in self._named:
            if fnmatch.fnmatchcase(function.name, pattern) and self._may_have(where, owner, pattern, module, cls):
                return where, call
        return None

    def names(self, name: str) -> bool:
        """Whether a place that looks something up shows a part of a name, as "_on_" of ``getattr(self, f"_on_{kind}")``."""
        patterns = (pattern for *_, pattern in self._named if pattern.strip("*"))
        return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)

    def _may_have(self, where: Module, owner: ast.expr, pattern: str, module: Module, cls: ast.AST | None) -> bool:
        if isinstance(cls, ast.ClassDef):
            around = own_class(where, owner)
            if around is not None:
                return cls in family(self._resolver, where, around)
            known = self._resolver.class_of(where, owner)
            return known[1] is cls if known else pattern != "*" and self.module_of(where, owner) is None
        if not isinstance(cls, ast.Module):
            return False
        named = self.module_of(where, owner)
        if named is not None:
            return named == module.path
        text = ast.unparse(owner)
        if text == "sys.modules[__name__]":
            return where is module
        return self.imports(module) and own_class(where, owner) is None and where.resolve(owner) is None

    def module_of(self, where: Module, owner: ast.expr) -> Path | None:
        """The module of the project that an expression stands for."""
        dotted = where.resolve(owner)
        found = self._resolver.file_of(where.path, dotted) if dotted else None
        return found[0] if found and not found[1] else None

    def imports(self, module: Module) -> bool:
        """Whether a module may be imported by a name that the source does not show."""
        path = module.path.parent if module.path.name == "__init__.py" else module.path.with_suffix("")
        dotted = path.as_posix().replace("/", ".")
        return any(
            fnmatch.fnmatchcase(dotted, f"*.{pattern.lstrip('.').replace('/', '.').removesuffix('.py')}")
            for pattern in self._imported
        )
