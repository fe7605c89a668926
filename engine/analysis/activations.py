"""Who runs a coroutine: the places that await it, and where its run begins by itself: as a handler, a job, a task, the main program."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from ...knowledge.running import PTB_HOOKS
from ..sources.distribution import published_by
from ..sources.ignore import Named
from .around_handlers import Around, around_handlers
from .calls.graph import Use
from .decorators import decorated_parameter, uses_of
from .effects import Effects
from .fates import Whose
from .handlers import REGISTERING, is_handler
from .lazily import Lazily
from .module import Module, Project
from .scope import FunctionNode
from .telegram.altered import Altered


@dataclass(frozen=True, slots=True)
class Start:
    """A place by which a coroutine begins to run without being awaited by code of the project."""

    path: Path
    line: int
    #: "handler", "job", "task", "main" (`asyncio.run`, hooks), "loop" (`run_until_complete`), "unused" or "unknown".
    kind: str
    #: What may end it, which is not known: "a call of `work()` in `run.sh`".
    unknown: str = ""
    #: In what a computed look-up may find it: "self.metrics".
    looked_up_in: str = ""
    #: Where that stands, if not here.
    unknown_at: tuple[Path, int] | None = None
    #: Whether nothing shows that it is so: anybody may call what a package has.
    is_supposed: bool = False
    #: Whether code of the project runs it, in a way that is not understood.
    is_own: bool = False

    @property
    def place(self) -> tuple[Path, int]:
        """Where what is not known stands."""
        return self.unknown_at or (self.path, self.line)


@dataclass(frozen=True, slots=True, eq=False)
class Caller:
    """A coroutine of the project that awaits another one."""

    module: Module
    function: FunctionNode
    #: The `await`.
    call: ast.Await


_JOBS = frozenset("run_once run_repeating run_daily run_monthly run_custom add_job".split())
_ADDS = frozenset(
    "add_event_handler add_handler add_handlers add_error_handler register_message_handler register on_startup".split()
)
#: What people call the update that a handler is given.
_UPDATES = frozenset("event update message msg callback_query".split())
_TASKS = frozenset("create_task ensure_future gather start_soon run_coroutine_threadsafe".split())
_MAIN = {"run_until_complete": "loop", "run": "main"}
_TELLING = ("builtins.staticmethod", "builtins.classmethod", "functools.wraps")
_BASES = frozenset("builtins.object abc.ABC typing.Protocol builtins.Exception enum.Enum".split())
#: So many ways to a place are followed.
MOST = 200


class Activations:
    """Who runs the coroutines of a project. Ask `Project.fact(Activations)`."""

    effects_from: type[Effects] = Effects

    def __init__(self, project: Project) -> None:
        self.effects = project.fact(self.effects_from)
        self._facts = self.effects.facts
        self._project = project
        self._seen = Named(project.files)
        self._callers: dict[FunctionNode, Lazily[Caller | Start]] = {}
        self._given: dict[FunctionNode, Whose] = {}
        #: What decorators put in the place of coroutines.
        self._wrappers: set[FunctionNode] = set()

    def callers(self, module: Module, function: FunctionNode) -> Iterable[Caller | Start]:
        """Every place that runs a coroutine, as far as they are asked for; where some may be unseen, a start says so."""
        if function not in self._callers:
            self._callers[function] = Lazily(partial(self._different, module, function))
        return self._callers[function]

    def _different(self, module: Module, function: FunctionNode) -> Iterator[Caller | Start]:
        seen = set[Caller | Start]()
        for one in self._found(module, function):
            if one not in seen:
                seen.add(one)
                if isinstance(one, Start) and one.kind == "handler" and not one.unknown and (around := self._around):
                    one = replace(one, **around)
                yield one

    def starts(self, module: Module, node: ast.AST) -> list[Start]:
        """The beginnings of all activations that come to `node`."""
        return list(self.each_start(module, node))

    def each_start(self, module: Module, node: ast.AST) -> Iterator[Start]:
        """The same one after the other, the nearest first: callers are looked for as far as they are asked for."""
        ways = 0
        for where, place in self.ways_to(module, node):
            ways += 1
            if (function := where.function(place)) is not None:
                yield from (c for c in self.callers(where, function) if isinstance(c, Start))
        if ways >= MOST:
            yield Start(module.path, getattr(node, "lineno", 1), "unknown", "one of many callers")

    def ways_to(self, module: Module, node: ast.AST) -> Iterator[tuple[Module, ast.AST]]:
        """`node`, and the places in callers that lead to it."""
        waiting, seen = [(module, node)], {node}
        while waiting:
            where, place = waiting.pop()
            yield where, place
            function = where.function(place) if len(seen) < MOST else None
            for caller in self.callers(where, function) if function else ():
                if isinstance(caller, Caller) and caller.call not in seen:
                    seen.add(caller.call)
                    waiting.append((caller.module, caller.call))

    def given(self, module: Module, function: FunctionNode) -> Whose:
        """Whose the arguments are that a coroutine is called with."""
        if function not in self._given:
            self._given[function] = Whose.SHARED  # for one that calls itself
            self._given[function] = self._arguments(module, function)
        return self._given[function]

    def _arguments(self, module: Module, function: FunctionNode) -> Whose:
        callers = self.callers(module, function)
        if any(isinstance(c, Start) or not isinstance(c.call.value, ast.Call) for c in callers):
            return Whose.SHARED
        return max((self._handed_by(caller) for caller in callers if isinstance(caller, Caller)), default=Whose.FIXED)

    def _handed_by(self, caller: Caller) -> Whose:
        """Whose the arguments are that one place gives; whose its own are is asked where it makes a difference."""
        module, function, call = caller.module, caller.function, caller.call.value
        assert isinstance(call, ast.Call)
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        found = max(map(self.effects.frame(module, function, Whose.SHARED).of, given), default=Whose.FIXED)
        if found > Whose.OWN and (own := self.given(module, function)) is not Whose.SHARED:
            found = max(map(self.effects.frame(module, function, own).of, given))
        return Whose.SHARED if found is Whose.HOLDS else found

    # Uses

    def _found(self, module: Module, function: FunctionNode) -> Iterator[Caller | Start]:
        known, found = False, list[Caller | Start]()
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if self._facts.name_of(module, called) in _TELLING:
                continue
            known = True
            if self._registers(module, called):
                found.append(Start(module.path, function.lineno, "handler"))
            elif (behind := self._decorating(module, decorator)) is not None:
                found += behind
                known = bool(behind)
            else:
                unknown = f"what `@{module.shown(called)}` makes of `{function.name}()`"
                found.append(Start(module.path, function.lineno, "unknown", unknown))
        yield from found
        is_called = any(isinstance(caller, Caller) for caller in found)
        for use, _ in self._facts.graph.each_use([(module, function)]):
            if (one := self._use(module, function, use)) is not None:
                known = True
                is_called |= isinstance(one, Caller)
                yield one
        if (is_called or not known) and (unseen := self._of_class(module, function) or self.unseen(function.name)):
            yield unseen
        elif not known:
            kind = "handler" if self._takes_an_update(module, function) else "unused"
            yield Start(module.path, function.lineno, kind)

    @cached_property
    def _around(self) -> Around | None:
        return around_handlers(self._project)

    @cached_property
    def _package(self) -> Path | None:
        return published_by(self._project.settings.root)

    def unseen(self, name: str, *also: str) -> Start | None:
        """Others that may call a function or class of a name: programs that are not analysed (and name what they take `also`),
        whoever installs the package.
        """
        if found := self._project.unseen([name, *also], self._seen):
            return Start(found.path, found.line or 1, "unknown", f"a call of `{name}()` in `{found.path.name}`")
        if not name.startswith("_") and (package := self._package):
            unknown = f"a call of `{name}()` by who installs the package"
            return Start(package, 1, "unknown", unknown, is_supposed=True)
        return None

    def _of_class(self, module: Module, function: FunctionNode) -> Start | None:
        """What the class of a method says about who calls it: the language (``async with``), or a base class of a library."""
        cls = module.parent(function)
        if not isinstance(cls, ast.ClassDef):
            return None
        if function.name.startswith("__") and function.name.endswith("__"):
            return Start(module.path, function.lineno, "unknown", f"a call of `{cls.name}.{function.name}()`")
        for base in cls.bases:
            if self._facts.definition(module, base) is None and module.resolve(base) not in _BASES:
                text = f"a call of `{function.name}()` by `{module.shown(base)}`"
                return Start(module.path, function.lineno, "unknown", text)
        return None

    def _decorating(self, module: Module, decorator: ast.expr) -> list[Caller | Start] | None:
        """Who runs what a decorator of the project is given, as far as the decorator itself does or has it done; None: not known."""
        parameter = decorated_parameter(self._facts.graph, module, decorator)
        found: list[Caller | Start] = []
        for where, use in uses_of(parameter) if parameter else ():
            call, caller = where.parent(use), where.function(use)
            if isinstance(call, (ast.Return, ast.Attribute)):
                continue
            if not isinstance(call, ast.Call):
                return None
            waits = where.parent(call)
            if call.func is use and isinstance(waits, ast.Await) and isinstance(caller, ast.AsyncFunctionDef):
                self._wrappers.add(caller)
                found.append(Caller(where, caller, waits))
            elif kind := self._handed(where, use):
                found.append(Start(where.path, use.lineno, kind))
            elif self._facts.name_of(where, call.func) not in ("functools.wraps", "functools.update_wrapper"):
                return None
        return found if parameter else None

    def _registers(self, module: Module, called: ast.expr) -> bool:
        if self._facts.name_of(module, called) == "telethon.events.register":
            return True
        if not isinstance(called, ast.Attribute) or called.attr not in REGISTERING:
            return False
        return self._facts.definition(module, called) is None and not self._project.fact(Altered).is_own(called.attr)

    def _takes_an_update(self, module: Module, function: FunctionNode) -> bool:
        first = next((a for a in function.args.args if a.arg not in ("self", "cls")), None)
        return first is not None and (first.arg in _UPDATES or self._facts.is_of_update(module, first))

    def _use(self, module: Module, function: FunctionNode, use: Use) -> Caller | Start | None:
        where, node = use.module, use.node
        line = getattr(node, "lineno", 1)
        if isinstance(node, ast.Constant):
            outer = where.parent(node)
            called = where.resolve(outer.func) if isinstance(outer, ast.Call) else ""
            if called not in ("builtins.getattr", "operator.methodcaller"):
                return None  # a text like any other
        if use.call is not None:
            return self._call(where, function, use, use.call)
        kind = self._handed(where, node) if node is not None else ""
        if not kind and function in self._wrappers and node is not None and isinstance(where.parent(node), ast.Return):
            return None  # what a decorator makes of the function that it is given, whose calls are found by its name
        if not kind and is_handler(module, function):
            kind = "handler"
        if kind:
            return Start(where.path, line, kind)
        unknown = f"an unknown caller of `{function.name}{'' if node is not None else '()'}`"
        if isinstance(node, (ast.Call, ast.Constant)):
            unknown = f"a caller of `{function.name}()` by `{where.shown(node)}`"
        owner = where.shown(node.args[0]) if isinstance(node, ast.Call) and node.args else ""
        return Start(where.path, line, "unknown", unknown, owner, is_own=True)

    def _handed(self, where: Module, node: ast.AST) -> str:
        """As what a function is given to a library."""
        parent = where.parent(node)
        if isinstance(parent, ast.keyword):
            parent = where.parent(parent)
        if not isinstance(parent, ast.Call) or parent.func is node:
            return ""
        name, word = self._facts.name_of(where, parent.func), self._last_word(where, parent)
        if word in _JOBS:
            return "job"
        if word in PTB_HOOKS or name in ("anyio.run", "trio.run"):
            return "main"
        return "handler" if word in _ADDS or (name.startswith("telegram.ext.") and word.endswith("Handler")) else ""

    def _last_word(self, where: Module, call: ast.Call) -> str:
        if isinstance(call.func, ast.Attribute):
            return call.func.attr
        return self._facts.name_of(where, call.func).rpartition(".")[2]

    def _call(self, where: Module, function: FunctionNode, use: Use, call: ast.Call) -> Caller | Start:
        parent = where.parent(call)
        if isinstance(parent, ast.Await) and isinstance(use.caller, ast.AsyncFunctionDef):
            return Caller(where, use.caller, parent)
        while isinstance(parent, (ast.Starred, ast.GeneratorExp, ast.ListComp, ast.List, ast.Tuple)):
            parent = where.parent(parent)
        if isinstance(parent, ast.Call):
            word = self._last_word(where, parent)
            if kind := "task" if word in _TASKS else _MAIN.get(word):
                return Start(where.path, call.lineno, kind)
        unknown = f"the call of `{function.name}()` without `await`"
        return Start(where.path, call.lineno, "unknown", unknown, is_own=True)
