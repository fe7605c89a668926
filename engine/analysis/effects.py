"""What each step of a function does that others can see or depend on, and which of its awaits surely let others run.

A *touch* is a read or write of anything that outlives the activation: a variable that can be rebound, an attribute or
item of an object that others have, a file, a database, the network, the process, and every call of something that is not
known to be harmless. What is not understood is a touch.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...knowledge.kinds import CONTEXT, LOGGER, UPDATE
from ...knowledge.purity import (
    MUTATES_FIRST_ARGUMENT,
    MUTATING_METHODS,
    PURE_METHODS,
    TELLING_METHODS,
    is_harmless,
)
from .calls.graph import CallGraph
from .constants import is_immutable, is_unchanging, rebinding
from .file_reads import QuietReads
from .flow import Flow, Point
from .module import Module, Project
from .ownership import Frame, Whose
from .replacements import Replacements
from .resolver import Definition, class_around
from .scope import FunctionNode
from .telegram.kinds import Kinds, is_event
from .waits import Wait, Waits

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Touch:
    """Something that a step does to what others have."""

    path: Path
    line: int
    #: A clause: "`users` is read".
    what: str
    #: Whether it may change something, or be seen by others.
    writes: bool = True
    #: Whether it is what an awaited call does before it lets others run.
    at_wait: bool = False
    #: Where it is seen, if only there: "output", "telegram", with callers that are not known "callers"; "" where it may be anywhere.
    place: str = ""


#: What is fixed whatever it is called on.
_ASKS_ONLY = frozenset(
    "builtins.isinstance builtins.type builtins.id builtins.callable builtins.hasattr asyncio.iscoroutinefunction".split()
)
_PLAIN_DECORATORS = frozenset(
    "builtins.staticmethod builtins.classmethod functools.wraps typing.override abc.abstractmethod".split()
)
_DEPTH = 12


class Effects:
    """The effects of the functions of a project. Ask `Project.fact(Effects)`."""

    def __init__(self, project: Project) -> None:
        self.graph = project.fact(CallGraph)
        self.reads = project.fact(QuietReads)
        self._kinds: dict[Module, Kinds] = {}
        self._waits: dict[Module, Waits] = {}
        self._frames: dict[tuple[ast.AST | None, Path, Whose], Frame] = {}
        self._flows: dict[ast.AST, Flow] = {}
        self._summaries: dict[tuple[ast.AST, Whose], Touch | None] = {}
        self._results: dict[tuple[ast.AST, Whose], Whose] = {}
        self._busy: set[tuple[ast.AST, Whose]] = set()
        self._replacements = project.fact(Replacements)

    # Facts about expressions

    def frame(self, module: Module, function: FunctionNode | None, given: Whose) -> Frame:
        """Whose the expressions in a function are."""
        key = function, module.path, given
        if key not in self._frames:
            self._frames[key] = Frame(self, module, function, given)
        return self._frames[key]

    def flow(self, module: Module, function: FunctionNode) -> Flow:
        """The control flow of a function."""
        if function not in self._flows:
            self._flows[function] = self.waits(module).flow(function)
        return self._flows[function]

    def kinds(self, module: Module) -> Kinds:
        """The kinds of Telegram objects in a module."""
        if module not in self._kinds:
            self._kinds[module] = next(iter(self._kinds.values())).elsewhere(module) if self._kinds else Kinds(module)
        return self._kinds[module]

    def waits(self, module: Module) -> Waits:
        """What the awaits of a module are."""
        if module not in self._waits:
            self._waits[module] = Waits(module, self.kinds(module))
        return self._waits[module]

    def kind(self, module: Module, node: ast.AST) -> str:
        """The kind of Telegram object that an expression is, or ""."""
        return (self.kinds(module).of(node) or "").removesuffix("?")

    def name_of(self, module: Module, node: ast.AST) -> str:
        """The dotted name of something outside the project, or ""."""
        return self.waits(module).name_of(node)

    def library_call(self, module: Module, call: ast.Call) -> Wait | None:
        """What awaiting the call of a library's coroutine does; None where it is not known to be one."""
        return self.waits(module).library(call)

    def is_library_iterator(self, module: Module, iterated: ast.expr) -> bool:
        """Whether an ``async for`` goes over what a library gives one after the other."""
        return isinstance(iterated, ast.Call) and self.library_call(module, iterated) is not None

    def is_of_update(self, module: Module, node: ast.AST) -> bool:
        """Whether an object belongs to one update (an event, a message, a user of it): its data never changes."""
        if isinstance(node, ast.arg):
            kind = (self.kinds(module)._parameter(node) or "").removesuffix("?")
        else:
            kind = self.kind(module, node)
        return is_event(kind) or kind == UPDATE or kind in _OF_UPDATE

    def is_logging(self, module: Module, call: ast.Call) -> bool:
        """Whether a call writes to a log."""
        return isinstance(call.func, ast.Attribute) and self.kind(module, call.func.value) == LOGGER

    def definition(self, module: Module, node: ast.AST) -> tuple[Module, Definition] | None:
        """The function or class of the project that an expression stands for."""
        return self.graph.definition(module, node)

    def constant(self, module: Module, node: ast.expr) -> Whose:
        """Whose the value of a name of a module, or of an attribute of the project's, is."""
        if self.name_of(module, node) or self.definition(module, node) is not None:
            return Whose.FIXED
        if isinstance(node, ast.Attribute) and self.is_own_constant(module, node):
            stored = self._stores(module, node)
            return Whose.FIXED if stored and all(is_immutable(module, value) for value in stored) else Whose.SHARED
        found = self.graph.symbol(module, node)
        if found is None:
            return Whose.SHARED
        return Whose.FIXED if is_unchanging(*found) else Whose.SHARED

    def is_own_constant(self, module: Module, node: ast.Attribute) -> bool:
        """Whether an attribute of an object of the project, or of its class, is only set while the object is made."""
        owner = self.graph.class_of(module, node.value)
        if owner is None or not self._stores(module, node):
            return False
        where, cls = owner
        for found in self._replacements.of(node.attr):
            function = found.module.function(found.node)
            inside = (
                function is not None and function.name == "__init__" and class_around(found.module, found.node) is cls
            )
            if not inside or not (isinstance(found.owner, ast.Name) and found.owner.id == "self"):
                return False
        return not any(
            isinstance(a, (ast.For, ast.While))
            for n in self._targets(where, cls, node.attr)
            for a in where.ancestors(n)
        )

    def _targets(self, module: Module, cls: ast.ClassDef, name: str) -> list[ast.AST]:
        found: list[ast.AST] = [b.node for b in module.names.opened[cls].bindings.get(name, ())]
        for target in module.all(ast.Attribute):
            if target.attr == name and not isinstance(target.ctx, ast.Load) and class_around(module, target) is cls:
                found.append(target)
        return found

    def _stores(self, module: Module, node: ast.Attribute) -> list[ast.expr]:
        """The values that the class gives to an attribute; empty where one is none that the source shows."""
        owner = self.graph.class_of(module, node.value)
        values = []
        for target in self._targets(*owner, node.attr) if owner else ():
            parent = owner[0].parent(target) if owner else None
            if not isinstance(parent, (ast.Assign, ast.AnnAssign)) or parent.value is None:
                return []
            values.append(parent.value)
        return values

    # What runs in a with

    def entered(self, frame: Frame, manager: ast.expr) -> Whose:
        """Whose the object is that a ``with`` gives."""
        if isinstance(manager, ast.Call) and self.library_call(frame.module, manager) is not None:
            return Whose.OWN
        name = self.name_of(frame.module, manager.func) if isinstance(manager, ast.Call) else ""
        return Whose.OWN if name in _OWN_MANAGERS else frame.of(manager)

    def is_harmless_block(self, module: Module, item: ast.withitem) -> bool:
        """Whether a ``with`` item holds nothing that others may want: no lock, no transaction, no setting of the process."""
        manager = item.context_expr
        if not isinstance(manager, ast.Call):
            return False
        name = self.name_of(module, manager.func)
        if name in _HARMLESS_MANAGERS or reads_file(name, manager):
            return True
        return isinstance(module.parent(item), ast.AsyncWith) and self.library_call(module, manager) is not None

    # Calls of the project's functions

    def result(self, frame: Frame, call: ast.Call) -> Whose:
        """Whose the result of a call of the project's is."""
        meant = self.definition(frame.module, call.func)
        if meant is None or not isinstance(meant[1], (ast.FunctionDef, ast.AsyncFunctionDef)):
            return Whose.SHARED
        module, function = meant[0], meant[1]
        given = frame._made([*call.args, *(keyword.value for keyword in call.keywords)])
        key = function, given
        if key in self._results:
            return self._results[key]
        if key in self._busy or len(self._busy) > _DEPTH or not self._is_plain(module, function):
            return Whose.SHARED
        self._busy.add(key)
        try:
            inner = self.frame(module, function, given)
            returned = [r.value for r in module.all(ast.Return) if module.function(r) is function and r.value]
            found = max(map(inner.of, returned), default=Whose.FIXED)
        finally:
            self._busy.discard(key)
        self._results[key] = found
        return found

    def _is_plain(self, module: Module, function: FunctionNode) -> bool:
        """Whether calling a function runs its body and nothing else."""
        if any(module.resolve(decorator) not in _PLAIN_DECORATORS for decorator in function.decorator_list):
            return False
        return not any(module.function(n) is function for n in module.all(ast.Yield, ast.YieldFrom))

    def is_pure_call(self, frame: Frame, call: ast.Call) -> bool:
        """Whether a call of a plain function of the project touches nothing, so that it keeps nothing either."""
        meant = self.definition(frame.module, call.func)
        if meant is None or not isinstance(meant[1], ast.FunctionDef):
            return False
        return self.summary(meant[0], meant[1], Whose.OWN) is None

    def summary(self, module: Module, function: FunctionNode, given: Whose) -> Touch | None:
        """The first touch of a plain function's body; None where it touches nothing."""
        key = function, given
        if key in self._summaries:
            return self._summaries[key]
        if key in self._busy or len(self._busy) > _DEPTH or not self._is_plain(module, function):
            return Touch(module.path, function.lineno, f"`{function.name}()` is called, which cannot be followed")
        self._busy.add(key)
        try:
            steps = Steps(self, self.frame(module, function, given))
            points = (p for several in self.flow(module, function).points.values() for p in several)
            touches = [touch for point in points if (touch := steps.touch(point)) is not None]
            found = _together(touches)
        finally:
            self._busy.discard(key)
        self._summaries[key] = found
        return found


def _together(touches: list[Touch]) -> Touch | None:
    """All of the touches as one: the worst of them, at the place where all are seen."""
    worst = max(touches, key=lambda touch: (touch.writes, touch.place == ""), default=None)
    if worst is None or all(touch.place == worst.place for touch in touches):
        return worst
    return replace(worst, place="")


#: Kinds of objects that come with an update.
_OF_UPDATE = frozenset(
    "telegram.Message telegram.CallbackQuery telegram.Chat telegram.User telegram.InlineQuery telegram.File telethon.Message "
    "telethon.Entity telethon.InlineResults telethon.InlineResult telethon.Part re.Match".split()
)
_OWN_MANAGERS = frozenset(
    "builtins.open io.open tempfile.TemporaryDirectory tempfile.NamedTemporaryFile aiohttp.ClientSession httpx.AsyncClient "
    "httpx.Client".split()
)


class Steps:
    """The touches of the steps of one function."""

    def __init__(self, effects: Effects, frame: Frame) -> None:
        self.effects, self.frame, self.module = effects, frame, frame.module
        self._known: dict[Point, Touch | None] = {}

    def touch(self, point: Point) -> Touch | None:
        """What a step touches by itself, the await of a coroutine left out."""
        if point not in self._known:
            self._known[point] = self._touch(point)
        return self._known[point]

    def _touch(self, point: Point) -> Touch | None:
        node = point.node
        if point.role == "mark":
            return None
        if point.role == "next":
            return self._next(node)
        if point.role in ("enter", "exit"):
            return self._ends(node, point.role)
        match node:
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript(value=value, ctx=ctx):
                return self._content(value, f"`{self.text(value)}`", writes=not isinstance(ctx, ast.Load))
            case ast.Call():
                return self._call(node)
            case ast.AugAssign(target=target):
                touched = self._name(target, writes=True) if isinstance(target, ast.Name) else None
                if touched or isinstance(target, ast.Name):
                    return touched or (
                        self._content(target, f"`{target.id}`", writes=True) if isinstance(target, ast.Name) else None
                    )
                owner = target.value
                return self._content(owner, f"`{self.text(target)}`", writes=True)
            case ast.BinOp(left=left, right=right):
                return self._content(left) or self._content(right)
            case ast.UnaryOp(operand=operand):
                return self._content(operand)
            case ast.Compare(left=left, comparators=others, ops=ops):
                if all(isinstance(op, (ast.Is, ast.IsNot)) for op in ops):
                    return None
                return next(filter(None, map(self._content, [left, *others])), None)
            case ast.FormattedValue(value=value):
                return self._content(value)
            case ast.Starred(value=value, ctx=ast.Load()):
                return self._content(value)
            case ast.Tuple(ctx=ast.Store()) | ast.List(ctx=ast.Store()):
                return None
            case ast.Yield() | ast.YieldFrom():
                return self._found(node, "whoever iterates over it runs")
            case ast.match_case():
                return self._found(node, "the subject of the `match` is looked at", writes=False)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                return self._found(node, f"`{node.name}` is decorated") if node.decorator_list else None
            case ast.ClassDef():
                return (
                    self._found(node, f"the class `{node.name}` is made") if node.bases or node.decorator_list else None
                )
        return None

    def arguments(self, node: ast.AST) -> Touch | None:
        """What of others is handed to an awaited call."""
        call = node.value if isinstance(node, ast.Await) else node
        given = [*call.args, *(k.value for k in call.keywords)] if isinstance(call, ast.Call) else []
        return next(filter(None, map(self._content, given)), None)

    def _found(self, node: ast.AST, what: str, *, writes: bool = True, place: str = "") -> Touch:
        return Touch(self.module.path, getattr(node, "lineno", self.line), what, writes, place=place)

    @property
    def line(self) -> int:
        """The line of the function."""
        return self.frame.function.lineno if self.frame.function else 1

    def text(self, node: ast.AST) -> str:
        """An expression as a message names it."""
        text = " ".join(self.module.segment(node).split()).replace("`", "'")
        return text if len(text) <= 40 else f"{text[:37]}..."

    def _content(self, node: ast.AST, what: str = "", *, writes: bool = False) -> Touch | None:
        """What is in an object is looked at or changed."""
        if self.frame.of(node) is not Whose.SHARED:
            return None
        return self._found(
            node, f"{what or f'`{self.text(node)}`'} is {'changed' if writes else 'read'}", writes=writes
        )

    # Names, attributes

    def _name(self, node: ast.Name, *, writes: bool = False) -> Touch | None:
        scope = self.module.scope(node).find(node.id)
        writes = writes or not isinstance(node.ctx, ast.Load)
        if scope is None:
            return self._found(node, f"`{node.id}` is read", writes=False) if not self._is_known(node) else None
        if self.frame.is_local(scope):
            elsewhere = any(
                self.module.function(b.node) is not self.frame.function
                for b in scope.bindings[node.id]
                if b.kind == "assign"
            )
            return (
                self._found(node, f"`{node.id}` is {'set' if writes else 'read'}", writes=writes) if elsewhere else None
            )
        if scope is self.module.names.root:
            if not writes and (self.effects.name_of(self.module, node) or self._is_steady(node)):
                return None
        elif not writes and len(scope.bindings[node.id]) == 1:
            return None
        return self._found(node, f"`{node.id}` is {'set' if writes else 'read'}", writes=writes)

    def _is_known(self, node: ast.Name) -> bool:
        return bool(self.effects.name_of(self.module, node)) or self._is_steady(node)

    def _is_steady(self, node: ast.expr) -> bool:
        """Whether a variable of a module is never bound again."""
        found = self.effects.graph.symbol(self.module, node)
        return found is not None and rebinding(*found) is None

    def _attribute(self, node: ast.Attribute) -> Touch | None:
        parent = self.module.parent(node)
        writes = not isinstance(node.ctx, ast.Load)
        if not writes:
            if isinstance(parent, ast.Call) and parent.func is node:
                return None  # the call says it
            if self.effects.name_of(self.module, node):
                return None if not _is_process(self.effects.name_of(self.module, node)) else self._process(node)
            if self.effects.kind(self.module, node.value) == CONTEXT or self.effects.is_of_update(
                self.module, node.value
            ):
                return None
            if (meant := self.effects.definition(self.module, node)) is not None:
                return self._property(node, *meant)
            if self.effects.graph.symbol(self.module, node) is not None and self._is_steady(node):
                return None
            if self.effects.is_own_constant(self.module, node):
                return None
        return self._content(node.value, f"`{self.text(node)}`", writes=writes)

    def _process(self, node: ast.expr) -> Touch:
        return self._found(node, f"`{self.text(node)}` is used, which belongs to the whole program")

    def _property(self, node: ast.Attribute, module: Module, meant: Definition) -> Touch | None:
        if isinstance(meant, ast.ClassDef) or not meant.decorator_list:
            return None
        return self._found(node, f"`{self.text(node)}` is asked for")

    def _next(self, node: ast.AST) -> Touch | None:
        if isinstance(node, ast.AsyncFor) or (isinstance(node, ast.comprehension) and node.is_async):
            return None
        iterated: ast.expr = node.iter  # type: ignore[attr-defined]
        while (
            isinstance(iterated, ast.Call)
            and self.effects.name_of(self.module, iterated.func) in _PASSES_ON
            and iterated.args
        ):
            iterated = iterated.args[0]
        if (
            isinstance(iterated, ast.Call)
            and isinstance(iterated.func, ast.Attribute)
            and iterated.func.attr in ("items", "keys", "values")
        ):
            iterated = iterated.func.value
        if (
            isinstance(iterated, ast.Call)
            and self._call(iterated) is None
            and self.frame.of(iterated) is not Whose.SHARED
        ):
            return None
        if touch := self._content(iterated, f"`{self.text(iterated)}`"):
            return touch
        return self._found(iterated, "a generator goes on") if self._is_lazy(iterated) else None

    def _is_lazy(self, iterated: ast.expr) -> bool:
        if isinstance(iterated, ast.Name):
            return any(
                isinstance(parent := self.module.parent(b.node), ast.Assign)
                and isinstance(parent.value, ast.GeneratorExp)
                for b in self.module.bindings(iterated.id, iterated)
            )
        return False

    def _ends(self, node: ast.AST, role: str) -> Touch | None:
        """A ``with`` begins or ends."""
        assert isinstance(node, ast.withitem)
        if self.effects.is_harmless_block(self.module, node):
            return None
        manager = node.context_expr
        return self._found(manager, f"`{self.text(manager)}` is {'entered' if role == 'enter' else 'left'}")

    # Calls

    def _call(self, call: ast.Call) -> Touch | None:
        text = self.text(call.func)
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if isinstance(self.module.parent(call), ast.Await):
            return None  # the await says it
        if self.effects.reads.is_quiet(self.module, call):
            return next(filter(None, map(self._content, given)), None)
        if name := self.effects.name_of(self.module, call.func):
            if name in MUTATES_FIRST_ARGUMENT and call.args:
                return self._content(call.args[0], writes=True) or self._callbacks(given)
            if not is_harmless(name):
                is_output = name == "builtins.print" and not call.keywords or name.startswith("logging.")
                looked = next(filter(None, map(self._content, given)), None)
                return looked or self._found(call, f"`{text}()` is called", place="output" if is_output else "")
            looked = None if name in _ASKS_ONLY else next(filter(None, map(self._content, given)), None)
            return looked or self._callbacks(given)
        if (meant := self.effects.definition(self.module, call.func)) is not None:
            return self._own(call, *meant)
        if self.effects.library_call(self.module, call) is not None and self._is_started_elsewhere(call):
            return None
        if isinstance(call.func, ast.Attribute):
            return self._method(call, call.func, given)
        return self._found(call, f"`{text}()` is called, of which nothing is known")

    def _is_started_elsewhere(self, call: ast.Call) -> bool:
        """Whether only the coroutine is made here."""
        return isinstance(self.module.parent(call), (ast.Call, ast.AsyncFor, ast.withitem, ast.Starred))

    def _own(self, call: ast.Call, module: Module, meant: Definition) -> Touch | None:
        """A call of a function or class of the project."""
        text = self.text(call.func)
        given = self.frame._made([*call.args, *(keyword.value for keyword in call.keywords)])
        given = Whose.SHARED if given is Whose.HOLDS else given
        if isinstance(meant, ast.AsyncFunctionDef):
            return None  # nothing runs before it is awaited
        if isinstance(meant, ast.ClassDef):
            return None if _is_record(module, meant) else self._found(call, f"`{text}()` is made")
        inner = self.effects.summary(module, meant, given)
        return inner and self._found(
            call, f"`{text}()` is called, where {inner.what}", writes=inner.writes, place=inner.place
        )

    def _method(self, call: ast.Call, function: ast.Attribute, given: list[ast.expr]) -> Touch | None:
        name, owner = function.attr, function.value
        if name in TELLING_METHODS or isinstance(owner, (ast.Constant, ast.JoinedStr)):
            return self._content(owner) or next(filter(None, map(self._content, given)), None)
        if self.frame.of(owner) is not Whose.SHARED and name in PURE_METHODS | MUTATING_METHODS:
            return self._callbacks(given)
        if self.effects.is_logging(self.module, call):
            looked = next(filter(None, map(self._content, given)), None)
            return looked or self._found(call, f"`{self.text(function)}()` is called", place="output")
        if name in PURE_METHODS:
            return self._found(call, f"`{self.text(owner)}` is read", writes=not self._is_plain_container(owner))
        return self._found(call, f"`{self.text(function)}()` is called")

    def _is_plain_container(self, owner: ast.expr) -> bool:
        """Whether an object is shown to be a dict, list or set, so that reading it is all that a reading method does."""
        return self.effects.kind(self.module, owner) in ("builtins.dict", "builtins.list")

    def _callbacks(self, given: list[ast.expr]) -> Touch | None:
        """A function that is handed to a call may run in it."""
        for argument in given:
            if isinstance(argument, ast.Lambda):
                if any(
                    isinstance(n, (ast.Call, ast.Attribute, ast.Subscript)) and self._inside(n)
                    for n in ast.walk(argument.body)
                ):
                    return self._found(argument, "a function that is handed over is called")
            elif (meant := self.effects.definition(self.module, argument)) is not None:
                if not isinstance(meant[1], ast.FunctionDef) or self.effects.summary(*meant, Whose.SHARED):  # type: ignore[arg-type]
                    return self._found(argument, f"`{self.text(argument)}()` is called")
        return None

    def _inside(self, node: ast.Call | ast.Attribute | ast.Subscript) -> bool:
        """Whether a step of a lambda touches anything."""
        if isinstance(node, ast.Call):
            name = self.effects.name_of(self.module, node.func)
            known = bool(name) and is_harmless(name)
            return not (known or (isinstance(node.func, ast.Attribute) and node.func.attr in PURE_METHODS))
        root: ast.expr = node
        while isinstance(root, (ast.Attribute, ast.Subscript, ast.Call)):
            root = root.func if isinstance(root, ast.Call) else root.value
        if not isinstance(root, ast.Name):
            return False
        scope = self.module.scope(root).find(root.id)
        return scope is not None and scope.kind != "lambda" and self.frame.of(root) is Whose.SHARED


#: What a loop may go over in the place of its argument.
_PASSES_ON = frozenset("builtins.enumerate builtins.zip builtins.reversed builtins.iter".split())
_HARMLESS_MANAGERS = frozenset(
    "contextlib.suppress contextlib.nullcontext tempfile.TemporaryDirectory tempfile.TemporaryFile tempfile.NamedTemporaryFile "
    "aiohttp.ClientSession httpx.AsyncClient httpx.Client requests.Session io.BytesIO io.StringIO contextlib.closing".split()
)
_PROCESS = ("os.environ", "sys.stdout", "sys.stderr", "sys.stdin", "sys.path", "sys.modules", "sys.argv")


def _is_process(name: str) -> bool:
    return name.startswith(_PROCESS)


def _is_record(module: Module, cls: ast.ClassDef) -> bool:
    """Whether making an object of a class stores its arguments and does nothing else."""
    records = ("dataclasses.dataclass", "typing.NamedTuple", "builtins.Exception", "typing.TypedDict")
    named = [d.func if isinstance(d, ast.Call) else d for d in (*cls.decorator_list, *cls.bases)]
    own = [s.name for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if {"__init__", "__new__", "__post_init__"} & set(own):
        return False
    return all(module.resolve(name) in records for name in named)


def reads_file(name: str, call: ast.Call) -> bool:
    """Whether a call of the function `name` opens a file for reading."""
    if name not in ("builtins.open", "io.open"):
        return False
    mode = call.args[1] if len(call.args) > 1 else next((k.value for k in call.keywords if k.arg == "mode"), None)
    return mode is None or (isinstance(mode, ast.Constant) and not set(str(mode.value)) & set("wax+"))
