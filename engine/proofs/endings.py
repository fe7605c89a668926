"""How programs end, and whether their handlers end first: by signals, by commands, or as each library stops."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..analysis.activations import Start
from ..analysis.assignments import all_values_of
from ..analysis.calls.graph import CallGraph
from ..analysis.concurrency import concurrency
from ..analysis.module import Module, Project
from ..analysis.program import Program
from ..analysis.replacing import last_of
from ..analysis.resolver import Resolver
from ..sources.old_copies import is_aside
from .environment.names import at

_DEALING = frozenset({"signal.signal", "signal.setitimer", "signal.alarm"})
#: How a program may run its loop beside `Application.run_polling()`, or have that leave signals to Python.
_OTHER_WAYS = (
    b"asyncio.run(",
    b"asyncio.Runner",
    b"run_until_complete(",
    b"run_forever(",
    b"start_polling(",
    b"start_webhook(",
    b"stop_signals",
)
#: What runs until somebody stops it; `run()` does where it is given no coroutine.
_KEEP_ON = frozenset(
    "run_until_disconnected run_forever idle compose run_polling run_webhook start_polling run disconnected".split()
)
#: Those of them that methods of other things are called as well: a client's is given nothing.
_COMMON = frozenset({"run", "idle"})
#: What cancels tasks at its end.
_CANCELLING_RUNS = frozenset({"asyncio.run", "uvloop.run", "anyio.run"})
#: What runs the loop until a coroutine ends.
_RUNNING = frozenset({"run_until_complete", "run"})
_WAITING = (b"telegram", b"telethon", b"pyrogram", b"hydrogram")
_LEAVE_TASKS = (b"telegram.ext", b"pyrogram", b"hydrogram")
#: What cancels handlers of these libraries, or belongs to others.
_CANCEL_HANDLERS = b"asyncio.run Runner aiogram telebot".split()
_DISCONNECTS = ("disconnect", "log_out")
_MAKE_TASKS = frozenset({"create_task", "ensure_future"})
#: What gives all tasks that run, or the one that runs now.
SWEEPS = (b"current_task(", b"all_tasks(")


@dataclass(frozen=True, slots=True)
class Cancel:
    """A call that cancels tasks."""

    shown: str
    path: Path
    line: int
    #: Whether it may cancel whatever runs.
    sweeps: bool
    #: Where the tasks are made that it cancels itself; None where that is not known.
    made: frozenset[tuple[Path, int]] | None = None

    def may_be_of(self, tasks: Iterable[tuple[Path, int]]) -> bool:
        """Whether it may cancel one of the tasks that are made there."""
        return self.sweeps or self.made is None or not self.made.isdisjoint(tasks)


def waits_for_handlers(module: Module, starts: list[Start]) -> bool:
    """Whether the handlers run in a bot that python-telegram-bot runs, and in no other way."""
    if not starts or not all(start.kind in ("handler", "job") and not start.unknown for start in starts):
        return False
    program = concurrency(module.project, module.path).program
    if _leaves_jobs(program, starts):
        return False
    if not program.mentions(b"telegram.ext") or any(map(program.mentions, _OTHER_WAYS)):
        return False
    return any(
        isinstance(call.func, ast.Attribute) and call.func.attr in ("run_polling", "run_webhook")
        for where in program.modules(b"run_polling", b"run_webhook")
        for call in where.all(ast.Call)
    )


def lets_end(module: Module, starts: list[Start]) -> bool:
    """Whether handlers are ended by Ctrl-C alone, which also ends a call that blocks, and else run to their ends.

    python-telegram-bot and Pyrogram wait for them where they stop (`Dispatcher.stop`), and leave other tasks. Telethon leaves
    Ctrl-C to Python, and cancels handlers where it disconnects or signs out (`TelegramClient._disconnect_coro`). `asyncio.run()`
    cancels them at its end, which Ctrl-C brings about later; aiogram and pyTelegramBotAPI keep them as tasks and wait for none.
    """
    program = concurrency(module.project, module.path).program
    kinds = {"handler", "job"} if any(map(program.mentions, _LEAVE_TASKS)) else {"handler", "job", "task"}
    if any(start.kind not in kinds or start.unknown for start in starts) or _leaves_jobs(program, starts):
        return False
    if any(map(program.mentions, _CANCEL_HANDLERS)) or _disconnects(program) or _ends_by_itself(program):
        return False
    return any(map(program.mentions, _WAITING))


def _disconnects(program: Program) -> bool:
    """Whether a client is told to disconnect, here or by whoever is handed its method, or `asyncio.run` cancels what is left."""
    modules = program.modules(*map(str.encode, _DISCONNECTS), b"run")
    for where in modules:
        runs = map(where.resolve, where.mentions("run"))
        if any(map(where.attributes, _DISCONNECTS)) or not _CANCELLING_RUNS.isdisjoint(runs):
            return True
    return False


def _ends_by_itself(program: Program) -> bool:
    """Whether a program may run its loop for something of its own alone: it ends with that, and handlers that wait then with it."""
    return not any(_keeps_on(where) for where in program.modules(*map(str.encode, _KEEP_ON))) and any(
        last_of(call.func) in _RUNNING
        and call.args
        and not (where.resolve(call.func) or "").startswith("subprocess.")
        for where in program.modules(b"run_until_complete", b".run(")
        for call in where.all(ast.Call)
    )


def _keeps_on(module: Module) -> bool:
    """Whether something in a file runs until somebody stops it, and the program ends with that."""
    graph = module.project.fact(CallGraph)
    for node in module.mentions(*_KEEP_ON):
        call = module.parent(node)
        if last_of(node) == "disconnected":
            call = node
        elif not isinstance(call, ast.Call) or call.func is not node or not _is_of_client(module, node, call):
            continue
        if all(one is not None and _is_waited_for(*one) for one in graph.up_to_top(module, call)):
            return True
    return False


def _is_of_client(module: Module, node: ast.expr, call: ast.Call) -> bool:
    """Whether a call that is named like one that runs until somebody stops it is the library's, and no method of the project's."""
    resolver = module.project.fact(Resolver)
    if resolver.definition(module, node) is not None:
        return False
    if not isinstance(node, ast.Attribute):
        return resolver.is_of_library(module.resolve(node) or "")
    if node.attr not in _COMMON:
        return True
    if call.args or call.keywords:
        return False
    if resolver.class_of(module, node.value) is not None:
        return True
    where, made = resolver.assigned(module, node.value)
    made = made or node.value
    return isinstance(made, ast.Call) and resolver.is_of_library(where.resolve(made.func) or "")


def _is_waited_for(module: Module, place: ast.AST) -> bool:
    """Whether the code around goes on only when what is called or awaited here has ended, for which it has all the time."""
    parent = module.parent(place)
    runs = isinstance(parent, ast.Call) and place in parent.args[:1] and last_of(parent.func) in _RUNNING
    if parent is not None and (runs or isinstance(parent, ast.Await)):
        parent = module.parent(parent)
    return isinstance(parent, (ast.Expr, ast.Return)) and not any(map(_limits, module.ancestors(parent)))


def _limits(block: ast.AST) -> bool:
    """Whether a block ends what runs in it after a time."""
    managers = [item.context_expr for item in block.items] if isinstance(block, ast.AsyncWith) else []
    calls = (manager.func for manager in managers if isinstance(manager, ast.Call))
    return any(last_of(call) in ("timeout", "timeout_at", "fail_after", "move_on_after") for call in calls)


def _leaves_jobs(program: Program, starts: list[Start]) -> bool:
    """Whether they may be jobs of a scheduler of the project's own, which nobody waits for; APScheduler cancels those that run where it is
    shut down (`AsyncIOExecutor.shutdown`).
    """
    return any(start.kind == "job" for start in starts) and program.mentions(b"add_job")


def deals_with_signals(project: Project) -> list[tuple[str, Path, int | None]]:
    """What lets a signal call a function of a program, which may raise, with its place, one for each file."""
    found: list[tuple[str, Path, int | None]] = []
    for path in project.mentioning(("signal",)):
        if (module := project.parsed(path)) is None:
            found.append((f"`{path.name}`", path, None))
            continue
        for node in module.all(ast.Import, ast.ImportFrom):
            whole = isinstance(node, ast.ImportFrom) and node.module == "signal"
            names = [alias.asname or alias.name for alias in node.names if whole or alias.name == "signal"]
            if "*" in names or any(map(module.loads, names)):
                calls = [
                    c
                    for c in module.all(ast.Call)
                    if module.resolve(c.func) in _DEALING or last_of(c.func) == "add_signal_handler"
                ]
                if calls and all(_only_tells(module, call) for call in calls):
                    continue
                named = f"`{module.shown(calls[0], 60)}`" if calls else f"`{path.name}`"
                found.append((named, path, (calls[0] if calls else node).lineno))
                break
    return found


def _only_tells(module: Module, call: ast.Call) -> bool:
    """Whether the loop calls a function for a signal that does nothing but set events, and so interrupts no other code."""
    if last_of(call.func) != "add_signal_handler" or len(call.args) != 2:
        return False
    if last_of(call.args[1]) == "set":
        return True
    meant = module.project.fact(Resolver).definition(module, call.args[1])
    if meant is None or not isinstance(meant[1], ast.FunctionDef):
        return False
    return all(last_of(inner.func) in ("set", "is_set", "print") for inner in meant[0].within(meant[1], ast.Call))


def takes_ctrl_c(project: Project) -> bool:
    """Whether the loop calls a function for Ctrl-C, so that no KeyboardInterrupt is raised."""
    for path in project.mentioning(("add_signal_handler",)):
        module = project.parsed(path)
        for call in module.all(ast.Call) if module else ():
            if last_of(call.func) == "add_signal_handler" and call.args and last_of(call.args[0]) == "SIGINT":
                return True
    return False


def cancelling(project: Project) -> list[Cancel]:
    """The calls that cancel tasks: those that may cancel whatever runs before those of single ones."""
    found: list[tuple[bool, str, Cancel]] = []
    for path in project.mentioning(("cancel",)):
        if is_aside(path, project.settings.root):
            continue
        if (module := project.parsed(path)) is None:
            return [Cancel(f"a call of `cancel()` in `{path.name}`", path, 1, sweeps=True)]
        sweeps = any(word in module.source.data for word in SWEEPS)
        for attribute in module.attributes("cancel"):
            call = module.parent(attribute)
            if isinstance(call, (ast.Call, ast.keyword)):  # called, or handed to what calls it
                of_task = "task" in ast.unparse(attribute.value).lower()
                shown = f"`{module.shown(call)}` ({at(project, path, call.lineno)})"
                found.append(
                    (not of_task, shown, Cancel(shown, path, call.lineno, sweeps, _made(module, attribute.value)))
                )
    return [one for *_, one in sorted(found, key=lambda of: (not of[2].sweeps, *of[:2]))]


def _made(module: Module, task: ast.expr) -> frozenset[tuple[Path, int]] | None:
    """Where the tasks are made that a variable holds, if nothing else is assigned to it."""
    values = all_values_of(module, task)
    if not values:
        return None
    found: set[tuple[Path, int]] = set()
    for value in values:
        match value:
            case ast.Constant(value=None):
                pass
            case ast.Call(func=made, args=[ast.Call() as coroutine, *_]) if last_of(made) in _MAKE_TASKS:
                found.add((module.path, coroutine.lineno))
            case _:
                return None
    return frozenset(found)
