"""What code does to files while it runs, through the functions of the project that it calls."""

from __future__ import annotations

import ast
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ...knowledge.file_effects import LOGGING, REMOVES, REMOVING_METHODS, leaves_names, method_leaves_names
from ...knowledge.kinds import LOGGER, OPTIONAL
from ...knowledge.purity import MUTATING_METHODS, calls_arguments, is_harmless
from ...knowledge.yields import surely_yields
from .files import Access, accesses, is_path
from .module import Module, Project
from .replacements import Replacements
from .resolver import Resolver
from .telegram.kinds import Kinds

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_DISPLAYS = (
    ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp, ast.JoinedStr, ast.Constant,
)  # fmt: skip
#: What iterates over its arguments, at once or later.
_ITERATING = frozenset(
    f"builtins.{name}" for name in
    "enumerate zip map filter reversed sorted list tuple set frozenset dict iter sum min max any all next anext aiter".split()
) | {"itertools.chain", "itertools.islice", "tqdm.tqdm"}  # fmt: skip
#: Methods by which Python runs a class's code without a call that shows it; those that make an object are shown by one.
_OPERATORS = re.compile(rb"def (__(?!init__|new__|post_init__|init_subclass__|set_name__|class_getitem__)\w+__)\(")
#: What functions call of an object that a program may have put in the place of their own: a stream, a handler of a log.
_PRINTING = frozenset(
    "builtins.print builtins.input pprint.pprint pprint.pp traceback.print_exc traceback.print_exception sys.stdout.write".split()
)
_BEHIND_PRINT, _BEHIND_LOGS = ("write", "flush"), ("emit", "handle", "filter", "format", "formatTime", "write", "flush")
_DECORATORS = frozenset(
    "builtins.staticmethod builtins.classmethod builtins.property functools.wraps functools.lru_cache functools.cache "
    "functools.cached_property contextlib.contextmanager contextlib.asynccontextmanager".split()
)


#: How many functions and classes are followed, where names alone say which may be called.
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Unknown:
    """A place from which code runs of which nothing is known."""

    module: Module
    line: int
    what: str

    def seen_from(self, module: Module) -> str:
        """The line, with its file where that is another one than `module`."""
        return f"line {self.line}" + ("" if self.module is module else f" of {self.module.path.name}")


@dataclass(frozen=True, slots=True)
class Removal:
    """A call that moves, removes, replaces or empties a file, or a folder with all in it."""

    module: Module
    call: ast.Call
    #: Which one; None where the current directory changes.
    path: ast.expr | None


@dataclass(slots=True)
class FileEffects:
    """What some code does to files."""

    removals: list[Removal] = field(default_factory=list)
    #: The calls that touch a file, as far as they are recognised.
    accesses: list[tuple[Module, Access]] = field(default_factory=list)
    #: By what code runs that may do anything: its place, and what it is ("`send()`", "iterating over `messages`").
    unknown: list[Unknown] = field(default_factory=list)
    #: The functions and classes of the project that it may call.
    entered: set[ast.AST] = field(default_factory=set)


def file_effects(module: Module, statements: Iterable[ast.stmt], own: Collection[ast.AST] = ()) -> FileEffects:
    """What runs when `statements` run, but for the calls in `own`."""
    walk = _Walk(module.project, own)
    walk.run((module, statement) for statement in statements)
    walk.operators()
    walk.run()
    return walk.found


class _Walk:
    def __init__(self, project: Project, own: Collection[ast.AST]) -> None:
        self.found = FileEffects()
        self._project, self._own = project, own
        self._resolver = project.fact(Resolver)
        self._done: set[ast.AST] = set()
        #: What is still to be looked at: a list, since programs call each other deeper than Python recurses.
        self._ahead: deque[tuple[Module, ast.stmt]] = deque()
        self._touching: dict[Module, dict[ast.AST, list[Access]]] = {}
        self._pool: dict[Module, Kinds] = {}

    def run(self, several: Iterable[tuple[Module, ast.stmt]] = ()) -> None:
        """Look at all that statements do, and at the functions that they name, and so on."""
        self._ahead.extend(several)
        while self._ahead:
            module, start = self._ahead.popleft()
            if len(self.found.entered) > _MOST:
                self._ahead.clear()
                self._unknown(module, start, f"one of more than {_MOST} functions that may be called")
            stack: list[ast.AST] = [start]
            while stack:
                node = stack.pop()
                if node in self._done:
                    continue
                self._done.add(node)
                if isinstance(node, _DEFINITIONS):
                    continue  # runs when it is called
                stack.extend(ast.iter_child_nodes(node))
                self._look(module, node)

    def _look(self, module: Module, node: ast.AST) -> None:
        match node:
            case ast.Call() if node not in self._own and not self._is_known_call(module, node):
                self._unknown(module, node, f"`{module.shown(node.func)}()`")
            case ast.For(iter=several) | ast.AsyncFor(iter=several) | ast.comprehension(iter=several):
                if not self._is_known_iterable(module, several):
                    self._unknown(module, several, f"what gives `{module.shown(several)}`")
            case ast.withitem(context_expr=ast.Name() | ast.Attribute() as manager):
                value = self._resolver.assigned(module, manager)[1]
                if not (isinstance(value, ast.Call) and is_harmless(module.resolve(value.func) or "")):
                    self._unknown(module, manager, f"`{module.shown(manager)}`")
            case ast.Name(ctx=ast.Load()) | ast.Attribute(ctx=ast.Load()) if not self._names_known(module, node):
                self._unknown(module, node, f"`{module.shown(node)}()`")
            case ast.Yield() | ast.YieldFrom():
                self._unknown(module, node, "whoever takes what is yielded")
            case ast.Import() | ast.ImportFrom():
                self._unknown(module, node, "an import")

    def _unknown(self, module: Module, node: ast.expr | ast.stmt, what: str) -> None:
        self.found.unknown.append(Unknown(module, node.lineno, what))

    def _names_known(self, module: Module, node: ast.Name | ast.Attribute) -> bool:
        """What is named is taken for called: a function or property of the project, all methods of a class that is handed on."""
        parent = module.parent(node)
        is_called = isinstance(parent, ast.Call) and parent.func is node
        defined = self._resolver.definition(module, node)
        if defined is not None and isinstance(defined[1], ast.ClassDef) and not is_called:
            own = [m for m in defined[1].body if isinstance(m, (ast.FunctionDef, ast.AsyncFunctionDef))]
            return self._enter(*defined) and all(self._enter(defined[0], method) for method in own)
        if defined is not None:
            return self._enter(*defined)
        return is_called or not isinstance(node, ast.Attribute) or self._enters_all(node.attr)

    def _enters_all(self, *names: str) -> bool:
        """Whether all methods of these names can be followed; they will be."""
        return all(self._enter(*method) for name in names for method in self._methods(name))

    def _enter(self, module: Module, definition: ast.AST) -> bool:
        """Whether a function or class can be followed; it will be."""
        self.found.entered.add(definition)
        if isinstance(definition, ast.ClassDef):
            methods = [self._resolver.method(module, definition, n) for n in ("__init__", "__new__", "__post_init__")]
            bases = all(
                self._resolver.definition(module, base) or is_harmless(module.resolve(base) or "")
                for base in definition.bases
            )
            return bases and all(self._enter(*method) for method in methods if method)
        assert isinstance(definition, (ast.FunctionDef, ast.AsyncFunctionDef)), "the two kinds of definitions"
        self._ahead.extend((module, statement) for statement in definition.body)
        return all(self._is_plain_decorator(module, d) for d in definition.decorator_list)

    @staticmethod
    def _is_plain_decorator(module: Module, decorator: ast.expr) -> bool:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(called, ast.Attribute) and called.attr in ("on", "setter", "getter"):
            return True
        return (module.resolve(called) or "") in _DECORATORS

    def _methods(self, name: str) -> Iterator[tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef]]:
        """The methods of this name that classes of the project have."""
        for path in self._resolver.mentioning([name]):
            module = self._resolver.module(path)
            for function in module.all(ast.FunctionDef, ast.AsyncFunctionDef) if module else ():
                if module and function.name == name and isinstance(module.parent(function), ast.ClassDef):
                    yield module, function

    # Calls

    def _is_known_call(self, module: Module, call: ast.Call) -> bool:
        if module not in self._touching:
            self._touching[module] = {}
            for access in accesses(module):
                self._touching[module].setdefault(access.node, []).append(access)
        if not all(self._is_known_callback(module, k.value) for k in call.keywords if _is_callback(k.arg or "")):
            return False
        if removed := list(_removed(module, call)):
            self.found.removals += [Removal(module, call, path) for path in removed]
            return True
        if touched := self._touching[module].get(call):
            self.found.accesses += [(module, access) for access in touched]
            return True
        if (defined := self._resolver.definition(module, call.func)) is not None:
            return self._enter(*defined)
        dotted = module.resolve(call.func) or ""
        if dotted and not dotted.startswith(".") and not self._project.has_module(dotted.partition(".")[0]):
            return leaves_names(dotted) and self._knows_callbacks(module, dotted, call)
        if isinstance(call.func, ast.Attribute) and not self._is_own(call.func.attr):
            return self._is_known_method(module, call, call.func)
        return False

    def _is_own(self, name: str) -> bool:
        """Whether objects of the project may have something of their own under this name."""
        stored = any(found.name == name for found in self._project.fact(Replacements).of(name))
        return stored or any(True for _ in self._methods(name))

    def _knows_callbacks(self, module: Module, dotted: str, call: ast.Call) -> bool:
        if dotted in _ITERATING and not all(self._is_known_iterable(module, a) for a in _iterated(dotted, call)):
            return False
        if dotted.startswith("logging."):
            return self._enters_all(*_BEHIND_LOGS)
        if not calls_arguments(dotted):
            return dotted not in _PRINTING or self._enters_all(*_BEHIND_PRINT)
        called = call.args[:1] if dotted in ("builtins.map", "builtins.filter", "functools.reduce") else []
        return all(self._is_known_callback(module, function) for function in called)

    def _is_known_callback(self, module: Module, function: ast.expr) -> bool:
        if isinstance(function, (ast.Lambda, ast.Constant)) or self._resolver.definition(module, function):
            return True  # which are looked at where they are named
        return leaves_names(module.resolve(function) or "")

    def _is_known_method(self, module: Module, call: ast.Call, function: ast.Attribute) -> bool:
        targets = sum(keyword.arg in ("target", None) for keyword in call.keywords)
        if method_leaves_names(function.attr, len(call.args) + targets):
            return True
        kind = (Kinds(module, self._pool).of(function.value) or "").removesuffix(OPTIONAL)
        if kind.startswith(("telethon.", "telegram.")) and "download" not in function.attr:
            return surely_yields(kind.partition(".")[0], kind, function.attr)
        if function.attr in LOGGING:
            return kind == LOGGER and self._enters_all(*_BEHIND_LOGS)
        if function.attr in MUTATING_METHODS:
            value = self._resolver.assigned(module, function.value)[1]
            made = module.resolve(value.func) if isinstance(value, ast.Call) else None
            return isinstance(value, _DISPLAYS) or is_harmless(made or "")
        return False

    # Iterations

    def _is_known_iterable(self, module: Module, several: ast.expr, depth: int = 0) -> bool:
        """Whether no code but the one that is looked at runs when something is iterated over."""
        if isinstance(several, _DISPLAYS) or depth > 5:
            return depth <= 5
        match several:
            case ast.Await(value=inner) | ast.Starred(value=inner) | ast.Subscript(value=inner, slice=ast.Slice()):
                return self._is_known_iterable(module, inner, depth + 1)
            case ast.Call():
                return several in self._own or self._is_known_call(module, several)
            case ast.Name() | ast.Attribute():
                where, value = self._resolver.assigned(module, several)
                return value is not None and self._is_known_iterable(where, value, depth + 1)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return all(self._is_known_iterable(module, part, depth + 1) for part in (left, right))
        return False

    def operators(self) -> None:
        """Operators and conversions may run what the project's classes say of them."""
        names = {name.decode() for source in self._project.others(Path()) for name in _OPERATORS.findall(source.data)}
        for name in sorted(names):
            for module, function in self._methods(name):
                if not self._enter(module, function):
                    self._unknown(module, function, f"`{name}()`")


def _removed(module: Module, call: ast.Call) -> Iterator[ast.expr | None]:
    """The paths of the files that a call takes away, as far as it is one of those that do; None for all relative ones."""
    places = REMOVES.get(module.resolve(call.func) or "")
    if places is not None:
        yield from (call.args[place] if len(call.args) > place else None for place in places)
        if not places:
            yield None
    elif (
        isinstance(call.func, ast.Attribute) and call.func.attr in REMOVING_METHODS and is_path(module, call.func.value)
    ):
        yield call.func.value
        yield from call.args[:1] if call.func.attr != "rmdir" else ()


def _is_callback(keyword: str) -> bool:
    return keyword in ("key", "default", "object_hook", "cls") or keyword.endswith(("callback", "hook"))


def _iterated(dotted: str, call: ast.Call) -> list[ast.expr]:
    skipped = 1 if dotted in ("builtins.map", "builtins.filter") else 0
    several = dotted in ("builtins.zip", "builtins.map", "itertools.chain", "builtins.min", "builtins.max")
    return call.args[skipped:] if several else call.args[skipped : skipped + 1]
