"""The event loop that a coroutine runs on, and who else runs there: where nobody else does, nobody waits while it blocks.

`asyncio.run()` makes a loop for one coroutine, in a thread of its own as well as beside a bot that runs on another one. Others come to
such a loop only by what that coroutine leads to: by tasks that it makes, or by what it starts that calls functions for updates.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ...knowledge.running import CLIENTS, SERVING
from ..sources.reach import is_test
from .activations import Activations, Start
from .asked_once import asked_once
from .assignments import values_of
from .concurrency import Beside, Concurrency, concurrency
from .module import Module, Project
from .replacing import last_of
from .resolver import Resolver
from .scope import FunctionNode

_RUNS = frozenset({"asyncio.run", "anyio.run"})
_NEEDLES = (b"asyncio.run(", b"anyio.run(", b"run_until_complete(", b"import run")
#: What makes tasks of functions, for a process of their own.
_TASKS = frozenset({"rq.decorators.job", "celery.shared_task", "dramatiq.actor"})
_QUEUES = frozenset({"celery.Celery", "celery.app.Celery"})
#: By these code of one thread runs on the loop of another one.
_FROM_OTHERS = (b"run_coroutine_threadsafe", b"call_soon_threadsafe")
#: What starts something beside, but not on the loop of who starts it.
_APART = frozenset({Beside.THREAD, Beside.ERROR_HANDLER, Beside.PERSISTENCE, Beside.CALLER})
#: Calls that have functions called for updates or requests, on the loop that runs them.
_SERVING = SERVING | set(
    "process_update process_new_updates feed_update feed_raw_update feed_webhook_update serve start_server run_app "
    "start connect initialize gather".split()
)
#: What is in every file that may do either, or has a client in a block.
_BRINGING = tuple(word.encode() for word in (*sorted(_SERVING), "async"))
_MOST = 2000


def alone_on_its_loop(module: Module, line: int) -> str | None:
    """Why nobody waits for a coroutine, as a clause: it runs on event loops on which nothing else does."""
    if not any(map(module.project.contains, _NEEDLES)) or any(map(module.project.contains, _FROM_OTHERS)):
        return None
    coroutines = [f for f in module.functions_at(line) if isinstance(f, ast.AsyncFunctionDef)]
    return module.project.fact(_Loops).reason(module, coroutines[-1]) if coroutines else None


class _Loops:
    """The loops that run the coroutines of a project. Ask `Project.fact(_Loops)`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._activations = project.fact(Activations)
        self._graph = self._activations.effects.facts.graph
        self._known: dict[FunctionNode, str | None] = {}
        self._leading: dict[Concurrency, set[FunctionNode] | None] = {}

    def reason(self, module: Module, function: FunctionNode) -> str | None:
        """See `alone_on_its_loop`."""
        if function not in self._known:
            self._known[function] = self._find(module, function)
        return self._known[function]

    def _find(self, module: Module, function: FunctionNode) -> str | None:
        told = None
        for start in self._activations.each_start(module, function.body[0]):
            if is_test(self._project.settings.root, start.path):
                continue
            found = self._run(start)
            if found is None:
                return None
            where, call, coroutine = found
            if not self._is_alone(where, coroutine):
                return None
            told = told or f"`{last_of(call.func)}()` ({where.path.name}:{call.lineno})"
        return (
            told and f"{told} runs it on an event loop of its own, on which nothing else runs, so nobody waits for it"
        )

    def _run(self, start: Start) -> tuple[Module, ast.Call, FunctionNode] | None:
        """The call that makes a loop for one coroutine, and that coroutine."""
        where = self._graph.module(start.path)
        if where is None or not (start.is_own if start.unknown else start.kind in ("main", "loop")):
            return None
        runs = self._hands_on if start.unknown else self._makes_loop
        for call in where.all(ast.Call):
            if call.args and call.lineno <= start.line <= (call.end_lineno or 0) and runs(where, call):
                run = call.args[0].func if isinstance(call.args[0], ast.Call) else call.args[0]
                meant = self._graph.definition(where, run)
                if meant is not None and isinstance(meant[1], ast.AsyncFunctionDef):
                    return where, call, meant[1]
        return None

    def _hands_on(self, module: Module, call: ast.Call) -> bool:
        """Whether a call is one of a function that has the coroutine that it is given run to its end, and does nothing else with it.

        A loop that is there already may have others; not in a process that works on a queue.
        """
        meant = self._graph.definition(module, call.func)
        if meant is None or not isinstance(meant[1], ast.FunctionDef) or len(call.args) != 1 or call.keywords:
            return False
        where, function = meant[0], meant[1]
        if len(function.args.args) != 1 or function.decorator_list:
            return False
        scope = where.names.opened[function]
        uses = where.uses(function.args.args[0].arg, scope)
        run = where.parent(uses[0]) if len(uses) == 1 else None
        if not isinstance(run, ast.Call) or run.args != uses:
            return False
        if self._makes_loop(where, run):
            return True
        return _runs_to_end(run) and _is_task(module, call)

    def _makes_loop(self, module: Module, call: ast.Call) -> bool:
        if module.resolve(call.func) in _RUNS or (_runs_to_end(call) and _is_task(module, call)):
            return True
        match call.func:
            case ast.Attribute(value=ast.Name() as loop, attr="run_until_complete"):
                made = list(values_of(module, loop))
                news = (isinstance(v, ast.Call) and module.resolve(v.func) == "asyncio.new_event_loop" for v in made)
                own = module.scope(call).find(loop.id) is not module.names.root
                return own and bool(made) and all(news)
        return False

    def _is_alone(self, module: Module, coroutine: FunctionNode) -> bool:
        if self._surely_leads(module, coroutine):
            return False
        facts = concurrency(self._project, module.path)
        if facts not in self._leading:
            self._leading[facts] = self._leads_to(facts)
        leading = self._leading[facts]
        return leading is not None and coroutine not in leading

    def _surely_leads(self, module: Module, coroutine: FunctionNode) -> bool:
        """Whether calls lead from a coroutine to what brings others, as is seen sooner than who calls what in the whole program."""
        reached: dict[FunctionNode, Module] = {coroutine: module}
        waiting = [coroutine]
        while waiting and len(reached) < _MOST:
            function = waiting.pop()
            where = reached[function]
            if function in _calling(where):
                return True
            for call in where.within(function, ast.Call):
                meant = self._graph.definition(where, call.func)
                if meant is not None and isinstance(meant[1], FunctionNode) and meant[1] not in reached:
                    reached[meant[1]] = meant[0]
                    waiting.append(meant[1])
        return False

    def _leads_to(self, facts: Concurrency) -> set[FunctionNode] | None:
        """The functions from which a way leads to what brings others to a loop; None where that is not known."""
        found = set[FunctionNode]()
        for bringing in self._bringing(facts):  # as far as there are not too many
            waiting = [bringing]
            while waiting:
                module, function = waiting.pop()
                if function is None or function in found:
                    continue
                if len(found) >= _MOST:
                    return None
                found.add(function)
                waiting.append((module, module.function(function)))
                for use, _ in self._graph.each_use([(module, function)]):
                    if use.node is None:
                        return None
                    waiting.append((use.module, use.module.function(use.node)))
        return found

    def _bringing(self, facts: Concurrency) -> Iterator[tuple[Module, FunctionNode | None]]:
        """The functions that make tasks, or start what calls functions for updates."""
        for module in facts.program.modules(*_BRINGING):
            yield from ((module, function) for function in _calling(module))
        for evidence in facts.each_beside:
            found = self._project.parsed(evidence.path) if evidence.kind not in _APART else None
            if found is not None and evidence.path in facts.program.files:
                around = found.functions_at(evidence.line)
                # what decorates a function is given it where that is defined, not where it runs
                decorates = evidence.runs == (evidence.path, evidence.line)
                yield from ((found, f) for f in around if not (decorates and f.lineno == evidence.line))


def _runs_to_end(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "run_until_complete"


def _is_task(module: Module, call: ast.Call) -> bool:
    """Whether a process that works on a queue, one task after the other, makes a call."""
    function = next(iter(module.functions_at(call.lineno)), None)
    decorators = (d.func if isinstance(d, ast.Call) else d for d in getattr(function, "decorator_list", ()))
    for decorator in decorators:
        if module.resolve(decorator) in _TASKS:
            return True
        if isinstance(decorator, ast.Attribute) and decorator.attr == "task":
            where, made = module.project.fact(Resolver).assigned(module, decorator.value)
            if isinstance(made, ast.Call) and where.resolve(made.func) in _QUEUES:
                return True
    return False


@asked_once
def _calling(module: Module) -> Collection[FunctionNode | None]:
    """The functions of a file that start what calls functions for updates, or enter a client, in their order."""
    places: list[ast.AST] = [call for call in module.all(ast.Call) if last_of(call.func) in _SERVING]
    for block in module.all(ast.AsyncWith):
        if any(_may_be_client(module, item.context_expr) for item in block.items):
            places.append(block)
    return dict.fromkeys(map(module.function, places))


def _may_be_client(module: Module, entered: ast.expr) -> bool:
    """Whether what a block enters may be a client, which calls the handlers that it has been given elsewhere."""
    if not isinstance(entered, ast.Call):
        return True
    return (module.resolve(entered.func) or "").startswith(CLIENTS)
