"""The map of each bot: where it starts, its handlers and what they touch, and what they share."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from ...knowledge.kinds import CONTEXT
from ...knowledge.purity import MUTATING_METHODS
from ..analysis.concurrency import Concurrency
from ..analysis.module import Module
from ..analysis.scope import FunctionNode
from .counts import Counts
from .model import Handler, Place, Program, Shared
from .reaches import Edge, Reaches
from .registered import registered

#: Methods and functions that keep a bot running.
_RUNS = frozenset("run_polling run_webhook run_until_disconnected infinity_polling start_polling start_webhook".split())


@dataclass(slots=True)
class Run:
    """Who runs a function: the handlers that come to it, and what runs beside them."""

    handlers: list[Handler] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    #: The function that the program runs to its end.
    main: str = ""
    #: Whether the event loop runs it.
    on_loop: bool = False
    threaded: bool = True
    #: Whether every way to it leads through an ``except`` clause.
    fails: bool = True
    #: Whether some way leads through a loop, and whether that does it for each of its items.
    loop: Place | None = None
    each: bool = False


class Mapped:
    """The map of one bot, and who runs each of its functions."""

    def __init__(self, facts: Concurrency, reaches: Reaches) -> None:
        self._facts, self._reaches = facts, reaches
        self._counts = Counts(reaches)
        self.runs: dict[FunctionNode, Run] = {}
        #: A way to each of them.
        self.edges: dict[FunctionNode, Edge] = {}
        handlers = tuple(self._handlers())
        self._look_beside()
        self._look_at_main()
        program = facts.program
        self.program = Program(
            facts.library, facts.summary(), facts.sequential, facts.evidence, facts.beside, tuple(self._entries()), handlers,
            tuple(self._shared()),
        )  # fmt: skip
        self.files = frozenset(program.files)

    def _handlers(self) -> Iterator[Handler]:
        #: A function, and the handler's that comes to it: the same one may be registered several times.
        seen: set[tuple[FunctionNode, FunctionNode]] = set()
        for one in registered(self._facts.program, self._reaches.facts, self._facts.library):
            if one.function is None:
                yield Handler(one.event, one.text, one.place, one.place, one.often, known=False)
                continue
            module, function = one.function
            touches = tuple(self._reaches.touches(module, function))
            place = Place(module.path, function.lineno)
            telegram = self._counts.of(module, function)
            handler = Handler(one.event, function.name, place, one.place, one.often, touches, telegram,
                              coroutine=isinstance(function, ast.AsyncFunctionDef))  # fmt: skip
            for edge in self._reaches.reached(module, function):
                run = self._run(edge)
                run.on_loop |= handler.coroutine
                if (edge.function, function) not in seen:
                    seen.add((edge.function, function))
                    run.handlers.append(handler)
            yield handler

    def _run(self, edge: Edge) -> Run:
        run = self.runs.setdefault(edge.function, Run())
        run.loop = run.loop or edge.loop
        run.each |= edge.each
        run.threaded &= edge.threaded
        run.fails &= edge.fails
        self.edges.setdefault(edge.function, edge)
        return run

    def _look_beside(self) -> None:
        """What jobs, tasks and other callbacks run."""
        for evidence in self._facts.beside:
            if evidence.runs is None or evidence.kind is None:
                continue
            path, line = evidence.runs
            module = self._reaches.facts.graph.module(path)
            for function in module.all(ast.FunctionDef, ast.AsyncFunctionDef) if module else ():
                if module is not None and function.lineno == line:
                    for edge in self._reaches.reached(module, function):
                        run = self._run(edge)
                        run.beside.append(f"a {evidence.kind.value} (`{function.name}`)")
                        run.on_loop |= isinstance(function, ast.AsyncFunctionDef)

    def _look_at_main(self) -> None:
        """What the program itself runs to its end."""
        for module in self._facts.program.modules(b"asyncio.run(", b"run_until_complete("):
            for call in module.all(ast.Call):
                name = module.resolve(call.func) or ""
                runs = name == "asyncio.run" or (
                    isinstance(call.func, ast.Attribute) and call.func.attr == "run_until_complete"
                )
                inner = call.args[0] if runs and call.args else None
                meant = self._reaches.callee(module, inner) if isinstance(inner, ast.Call) else None
                for edge in self._reaches.reached(*meant) if meant else ():
                    run = self._run(edge)
                    run.main = run.main or (meant[1].name if meant else "")
                    run.on_loop = True

    def _entries(self) -> Iterator[Place]:
        needles = [name.encode() + b"(" for name in sorted(_RUNS)]
        for module in self._facts.program.modules(*needles):
            for call in module.all(ast.Call):
                if isinstance(call.func, ast.Attribute) and call.func.attr in _RUNS:
                    yield Place(module.path, call.lineno)

    # State

    def _shared(self) -> Iterator[Shared]:
        writers: dict[tuple[str, Place | None], set[Place]] = {}
        handlers: dict[tuple[str, Place | None], set[Place]] = {}
        for function, edge in self.edges.items():
            run = self.runs[function]
            if not run.handlers:
                continue
            for what, place in self._changed(edge.module, function):
                writers.setdefault(what, set()).add(place)
                handlers.setdefault(what, set()).update(handler.place for handler in run.handlers)
        for what in sorted(writers, key=lambda what: (-len(handlers[what]), what[0], min(writers[what]))):
            name, made = what
            yield Shared(name, made or min(writers[what]), tuple(sorted(writers[what])), len(handlers[what]))

    def _changed(self, module: Module, function: FunctionNode) -> Iterator[tuple[tuple[str, Place | None], Place]]:
        """Variables of a module, and data of the whole bot, that a function changes."""
        for node in module.within(function, ast.Name, ast.Subscript):
            if not isinstance(node.ctx, ast.Load):
                owner = node.value if isinstance(node, ast.Subscript) else node
                if what := self._outlives(module, owner):
                    yield what, Place(module.path, node.lineno)
        for call in module.within(function, ast.Call):
            if isinstance(call.func, ast.Attribute) and call.func.attr in MUTATING_METHODS:
                if what := self._outlives(module, call.func.value):
                    yield what, Place(module.path, call.lineno)

    def _outlives(self, module: Module, node: ast.expr) -> tuple[str, Place | None] | None:
        """The variable of a module that holds an object, and where it is set first; what the bot holds is set nowhere."""
        while isinstance(node, ast.Subscript):
            node = node.value
        if isinstance(node, ast.Attribute) and node.attr == "bot_data":
            return ("bot_data", None) if self._reaches.facts.kind(module, node.value) == CONTEXT else None
        scope = module.scope(node).find(node.id) if isinstance(node, ast.Name) else None
        if not isinstance(node, ast.Name) or scope is not module.names.root or scope is None:
            return None
        bound = [b for b in scope.bindings[node.id] if b.kind == "assign"]
        return (node.id, Place(module.path, getattr(bound[0].node, "lineno", 1))) if bound else None
