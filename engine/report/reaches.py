"""What functions of a project do beyond computing, by themselves and through those that they call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ...knowledge.running import IN_A_THREAD, IN_A_THREAD_METHODS
from ...knowledge.touched import BLOCKING, FUNCTIONS, MAKERS, PROCESS, Kind, touched
from ..analysis.blocking import Blocks
from ..analysis.facts import Facts
from ..analysis.files import PATH_CALLS, is_path, opening
from ..analysis.module import Module, Project
from ..analysis.processes import waits_for
from ..analysis.scope import FunctionNode
from ..analysis.telegram.calls import Calls
from .model import Place, Touch
from .origins import Origins

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: Coroutines of these wait for what the program itself does.
_OWN_WAITS = ("asyncio.", "builtins.", "anyio.", "contextlib.", "functools.")


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """A call of a function of the project."""

    module: Module
    function: FunctionNode
    loop: Place | None = None
    #: Whether it runs in a thread of its own.
    threaded: bool = False
    #: Whether a loop does it for each of its items.
    each: bool = False
    #: Whether it is made only where something has failed, in an ``except`` clause.
    fails: bool = False
    #: Where the call is.
    place: Place | None = None


@dataclass(slots=True)
class Own:
    """What a function does by itself."""

    touches: list[Touch] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


class Reaches:
    """What functions do. Ask `Project.fact(Reaches)`."""

    def __init__(self, project: Project) -> None:
        self.facts = project.fact(Facts)
        self._origins = Origins(self.facts)
        self._blocks = project.fact(Blocks)
        self._calls: dict[Module, Calls] = {}
        self._own: dict[FunctionNode, Own] = {}
        #: What `_items` says of a loop.
        self._items: dict[ast.AST, set[str]] = {}
        self._telegram: dict[ast.Call, str] = {}
        self._returned: dict[FunctionNode, list[FunctionNode]] = {}
        self._reached: dict[FunctionNode, list[Edge]] = {}

    def reached(self, module: Module, function: FunctionNode) -> list[Edge]:
        """A function and all that it runs, each once: in a loop, if some way leads through one."""
        if function not in self._reached:
            self._reached[function] = self._reach(module, function)
        return self._reached[function]

    def _reach(self, module: Module, function: FunctionNode) -> list[Edge]:
        waiting = [Edge(module, function)]
        seen: set[tuple[FunctionNode, bool, bool, bool]] = set()
        found: dict[FunctionNode, Edge] = {}
        while waiting:
            edge = waiting.pop()
            key = (edge.function, edge.loop is not None, edge.threaded, edge.fails)
            if key in seen:
                continue
            seen.add(key)
            known = found.setdefault(edge.function, edge)
            found[edge.function] = replace(
                known,
                loop=known.loop or edge.loop,
                threaded=known.threaded and edge.threaded,
                each=known.each or edge.each,
                fails=known.fails and edge.fails,
            )
            for inner in self.own(edge.module, edge.function).edges:
                waiting.append(
                    replace(
                        inner,
                        loop=inner.loop or edge.loop,
                        threaded=inner.threaded or edge.threaded,
                        fails=inner.fails or edge.fails,
                    )
                )
        return list(found.values())

    def touches(self, module: Module, function: FunctionNode) -> list[Touch]:
        """All that a run of a function may touch."""
        found: dict[tuple[Place, str], Touch] = {}
        for edge in self.reached(module, function):
            for touch in self.own(edge.module, edge.function).touches:
                found.setdefault(
                    (touch.place, touch.what),
                    replace(touch, loop=touch.loop or edge.loop, blocks=touch.blocks and not edge.threaded),
                )
        return list(found.values())

    def own(self, module: Module, function: FunctionNode) -> Own:
        """What a function does by itself, its decorators included."""
        if function not in self._own:
            self._own[function] = own = Own()
            own.edges += (Edge(*wrapper) for wrapper in self.wrappers(module, function))
            parameters = {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
            for call in module.within(function, ast.Call):
                self._look_at(module, call, own, parameters)
        return self._own[function]

    def wrappers(self, module: Module, function: FunctionNode) -> Iterator[tuple[Module, FunctionNode]]:
        """What the project's decorators put around a function: the functions in them that they return."""
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            meant = self.facts.definition(module, called)
            if meant is not None and isinstance(meant[1], _FUNCTIONS):
                if meant[1] not in self._returned:
                    self._returned[meant[1]] = _functions_returned(meant[1])
                yield from ((meant[0], inner) for inner in self._returned[meant[1]])

    def telegram(self, module: Module, call: ast.Call) -> str:
        """The method of Telegram's library that a call is ("Bot.send_message"); "" if it is none."""
        if call not in self._telegram:
            if module not in self._calls:
                self._calls[module] = Calls(module, self.facts.kinds(module))
            contract = self._calls[module].contract(call)
            asks = contract is not None and self._calls[module].is_telegram(contract)
            self._telegram[call] = contract.call if contract is not None and asks else ""
        return self._telegram[call]

    def callee(self, module: Module, call: ast.Call) -> tuple[Module, FunctionNode] | None:
        """The function of the project that a call runs: for a class, its `__init__`."""
        return self._function(module, call.func)

    def handed(self, module: Module, call: ast.Call) -> list[tuple[Module, FunctionNode]]:
        """The functions of the project that one of its own functions is given, and may call."""
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        names = [node for node in given if isinstance(node, ast.Name | ast.Attribute)]
        return [meant for node in names if (meant := self._function(module, node)) is not None]

    def _function(self, module: Module, node: ast.expr) -> tuple[Module, FunctionNode] | None:
        meant = self.facts.definition(module, node)
        if meant is not None and isinstance(meant[1], ast.ClassDef):
            meant = self.facts.graph.method(meant[0], meant[1], "__init__")
        return (meant[0], meant[1]) if meant is not None and isinstance(meant[1], _FUNCTIONS) else None

    def _look_at(self, module: Module, call: ast.Call, own: Own, parameters: set[str]) -> None:
        found = self._touch(module, call, parameters)
        if method := self.telegram(module, call):
            own.touches.append(replace(found, kind="telegram", remote=True, detail=method.rpartition(".")[2]))
            return
        name = self.facts.name_of(module, call.func)
        moved = self._moved(call, name)
        if meant := self.callee(module, call) if moved is None else self._function(module, moved):
            threaded = moved is not None
            own.edges.append(Edge(*meant, found.loop, threaded, found.each, found.fails, found.place))
            for handed in self.handed(module, call):
                own.edges.append(Edge(*handed, found.loop, threaded, fails=found.fails, place=found.place))
            return
        waited = _is_waited_for(module, call)
        if moved is not None:
            if kind := self._kind(module, moved):
                own.touches.append(replace(found, kind=kind.name, what=_text(module, moved), remote=kind.remote))
        elif kind := self._blocking(module, call) or self._kind(module, call.func) or _of_files(module, call):
            detail = _length(call) if kind.name == "sleep" else ""
            blocks = kind.blocks and not waited
            own.touches.append(replace(found, kind=kind.name, blocks=blocks, remote=kind.remote, detail=detail))
        elif waited and not name.startswith(_OWN_WAITS):
            origin = self._origins.of(module, call.func)
            if not origin.startswith((*_OWN_WAITS, *(maker for maker, _, _ in MAKERS))):
                kind_name = "library" if origin else "unknown"
                own.touches.append(replace(found, kind=kind_name, detail=origin.partition(".")[0]))

    def _touch(self, module: Module, call: ast.Call, parameters: set[str]) -> Touch:
        """A call, but for what it touches."""
        around = next(module.loops(call), None)
        if around is not None and around not in self._items:
            self._items[around] = _items(around)
        given = _names_in(call)
        return Touch(
            "unknown",
            _text(module, call.func),
            Place(module.path, call.lineno),
            loop=Place(module.path, around.lineno) if around is not None else None,
            each=around is not None and not given.isdisjoint(self._items[around]),
            fails=fails(module, call),
            given=not given.isdisjoint(parameters),
        )

    def _blocking(self, module: Module, call: ast.Call) -> Kind | None:
        if waits_for(module, call, module.candidates(call.func)):
            return PROCESS
        block = self._blocks.of(module, call)
        return BLOCKING.get(block.kind) if block is not None else None

    def _kind(self, module: Module, function: ast.expr) -> Kind | None:
        """What a call of a function touches, by its name, or by what made the object whose method it is."""
        if kind := FUNCTIONS.get(self.facts.name_of(module, function)):
            return kind
        if not isinstance(function, ast.Attribute):
            return None
        kind_of = self.facts.kind(module, function.value)
        return touched(kind_of, function.attr) or touched(self._origins.of(module, function.value), function.attr)

    def _moved(self, call: ast.Call, name: str) -> ast.expr | None:
        """The function that a call runs in a thread."""
        if name in IN_A_THREAD and call.args:
            return call.args[0]
        if isinstance(call.func, ast.Attribute) and call.func.attr in IN_A_THREAD_METHODS and len(call.args) > 1:
            return call.args[1]
        return None


def _functions_returned(decorator: FunctionNode) -> list[FunctionNode]:
    nodes = list(ast.walk(decorator))
    names = {n.value.id for n in nodes if isinstance(n, ast.Return) and isinstance(n.value, ast.Name)}
    return [n for n in nodes if isinstance(n, _FUNCTIONS) and n is not decorator and n.name in names]


def _of_files(module: Module, call: ast.Call) -> Kind | None:
    if (opened := opening(module, call)) is not None:
        return Kind("files", not opened.awaited)
    by_path = isinstance(call.func, ast.Attribute) and call.func.attr in PATH_CALLS and is_path(module, call.func.value)
    return Kind("files", True) if by_path else None


def _is_waited_for(module: Module, call: ast.Call) -> bool:
    parent = module.parent(call)
    if isinstance(parent, ast.withitem):
        return isinstance(module.parent(parent), ast.AsyncWith)
    if isinstance(parent, ast.AsyncFor | ast.comprehension):
        return parent.iter is call and (isinstance(parent, ast.AsyncFor) or bool(parent.is_async))
    return isinstance(parent, ast.Await)


def fails(module: Module, node: ast.AST) -> bool:
    """Whether a node stands in an ``except`` clause of its function."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, (*_FUNCTIONS, ast.Lambda)):
            return False
        if isinstance(ancestor, ast.ExceptHandler):
            return True
    return False


def _length(call: ast.Call) -> str:
    """How long a call pauses, as far as it is written there: "0.5", "<0.5" for the smaller of two."""
    match call.args:
        case [ast.Constant(value=int() | float() as seconds)]:
            return repr(seconds)
        case [ast.Call(func=ast.Name(id="min"), args=given)]:
            bounds = [a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, int | float)]
            return f"<{min(bounds)!r}" if bounds else ""
    return ""


def _names_in(call: ast.Call) -> set[str]:
    parts = [*call.args, *(keyword.value for keyword in call.keywords)]
    return {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}


def _items(loop: ast.For | ast.AsyncFor | ast.While) -> set[str]:
    """The names that stand for an item of a loop, or for what its body works out of one."""
    if isinstance(loop, ast.While) or isinstance(loop.iter, ast.Tuple | ast.List):
        return set()
    names = {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    for statement in loop.body:
        if isinstance(statement, ast.Assign) and not any(isinstance(n, ast.Await) for n in ast.walk(statement.value)):
            if names & {n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)}:
                names |= {n.id for t in statement.targets for n in ast.walk(t) if isinstance(n, ast.Name)}
    return names


def _text(module: Module, node: ast.expr) -> str:
    text = " ".join(module.segment(node).split()).replace("`", "'")
    return text if len(text) <= 50 else f"{text[:24]}…{text[-24:]}"
