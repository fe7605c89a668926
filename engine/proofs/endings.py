"""What ends programs and their tasks: signals and what deals with them, what cancels, and everything else that may."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...knowledge.lengthy import RUNS_PROGRAM
from ...knowledge.packages import BEFORE_FILES
from ..analysis.activations import Start
from ..analysis.assignments import all_values_of
from ..analysis.commands import tells_only
from ..analysis.module import Module, Project
from ..analysis.processes import CALLS
from ..analysis.replacing import last_of
from ..analysis.resolver import Resolver
from ..sources.discover import SUFFIXES
from ..sources.imports import dotted_in, imports_in
from ..sources.old_copies import is_aside
from .environment.names import at

_DEALING = frozenset({"signal.signal", "signal.setitimer", "signal.alarm"})
_MAKE_TASKS = frozenset({"create_task", "ensure_future"})
#: A program without any of these words, wherever they might stand, has nothing that ends it or its handlers but a signal.
_ENDING = frozenset(
    "exit _exit quit abort SystemExit KeyboardInterrupt CancelledError kill killpg terminate raise_signal interrupt_main signal "
    "execl execle execlp execlpe execv execve execvp execvpe spawnl spawnv spawnlp spawnvp posix_spawn posix_spawnp fork "
    "restart reboot shutdown stop stop_running disconnect log_out cancel wait_for timeout_at fail_after move_on_after TaskGroup "
    "run_until_complete run_forever Runner nest_asyncio uvloop anyio trio aiogram telebot call_later call_at add_job "
    "add_signal_handler stop_signals Thread Timer multiprocessing ctypes setrlimit parse_args parse_known_args ArgumentParser docopt "
    "click typer eval exec import_module __import__ run_app AppRunner web scale enter_async_context".split()
)
#: What runs another program, which may stop this one: ``systemctl restart bot``.
_RUNS_PROGRAM = RUNS_PROGRAM | {"subprocess.Popen", "os.popen", "pty.spawn"}
#: Methods that begin a block of their own; a block of a client that was made before disconnects it at its end.
_BEGINS_BLOCK = frozenset(
    "get post put patch delete head request stream ws_connect open conversation action takeout".split()
)
#: What runs a client, or a coroutine.
_RUNNING = frozenset(
    {"run_until_disconnected", "run_polling", "run_webhook", "run", "start_polling", "start_webhook", "idle", "compose"}
)
#: Those of them that run a client until a signal ends it, where they are called for themselves.
_UNTIL_STOPPED = _RUNNING - {"start_polling", "start_webhook", "idle", "compose"}
#: Libraries whose clients run a program. Another one of them, or a web server, may end it and leave the handlers of this one.
_LIBRARIES = frozenset({"telegram", "telethon", "pyrogram", "hydrogram"})
#: Those that wait for their handlers where they stop, and libraries that do not.
_LEAVING = frozenset({"telethon", "aiogram", "telebot"})
_WAITING = _LIBRARIES - _LEAVING
#: Packages that run no loop, beside those of Python's own and those that block it.
_PLAIN = BEFORE_FILES | set(
    "aiofiles aiohttp cryptg dotenv httpx loguru pytest pytz setuptools structlog tgcrypto tgfix".split()
)
#: How a client is started that is not the one that runs the program.
_STARTED = b".start("
_STOPPED = b".stop("
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


def is_ended_by_signals_alone(module: Module, starts: list[Start]) -> bool:
    """Whether what begins there runs to its end unless a signal ends the program, which ends a call that blocks as well.

    python-telegram-bot and Pyrogram wait for their handlers where they stop (`Dispatcher.stop`); Telethon leaves Ctrl-C to Python,
    and cancels handlers only where it disconnects (`TelegramClient._disconnect_coro`). That nothing else ends them is shown by
    a project that runs nothing but its client, and that holds no word of anything that might.
    """
    if any(start.kind not in ("handler", "job") or start.unknown for start in starts):
        return False
    return module.project.fact(_library) is not None and not module.project.fact(_may_end)


def waits_for_handlers(project: Project, starts: list[Start]) -> bool:
    """Whether all that begins is handlers of libraries that wait for them where they stop (see `is_ended_by_signals_alone`), so that
    only what ends the whole program at once, as `os.execl()` does, leaves something out.
    """
    found = project.fact(running_packages)
    if not found & _WAITING or found & _LEAVING:
        return False
    if project.contains(_STARTED) and not project.contains(_STOPPED):
        return False  # nothing stops it
    return bool(starts) and all(start.kind == "handler" and not start.unknown for start in starts)


def takes_signals(module: Module, starts: list[Start]) -> bool:
    """Whether the library takes Ctrl-C in its loop, so that it never ended a call that blocks: python-telegram-bot's `run_polling()`."""
    return module.project.fact(_library) == "telegram" and is_ended_by_signals_alone(module, starts)


def running_packages(project: Project) -> frozenset[str]:
    """The packages from elsewhere that a project imports and that may run its code: all but those that are known to run none."""
    datas = (source.data for source in project.others(Path()) if source.path.suffix in SUFFIXES)
    named = {dotted.partition(".")[0] for data in datas for one in imports_in(data) for dotted in dotted_in(*one)}
    return frozenset(name for name in named - _PLAIN if not project.has_module(name))


def _library(project: Project) -> str | None:
    """The one library that runs a project's programs; None where there are several, or where a package might run them that is not known."""
    found = project.fact(running_packages)
    if len(found) != 1 or not found <= _LIBRARIES:
        return None
    (library,) = found
    return None if library != "telethon" and project.contains(_STARTED) else library


def _may_end(project: Project) -> bool:
    """Whether a project has something that may end its programs, or one of their coroutines."""
    if project.mentioning(_ENDING):
        return True
    for path in project.mentioning(("with",)):
        if (module := project.parsed(path)) is None:
            continue
        entered = (item.context_expr for block in module.all(ast.AsyncWith) for item in block.items)
        if any(_may_be_client(module, one) for one in entered):
            return True
    for path in project.mentioning(("subprocess", "os", "asyncio", "pty", *_RUNNING)):
        if (module := project.parsed(path)) is None:
            return True
        for call in module.all(ast.Call):
            if not module.candidates(call.func).isdisjoint(CALLS | _RUNS_PROGRAM):
                if not tells_only(module, call):
                    return True
            elif last_of(call.func) in _RUNNING and not _runs_client(module, call):
                return True
    return False


def _may_be_client(module: Module, entered: ast.expr) -> bool:
    """Whether what a block enters may be a client that handlers belong to, and no object that is made for it."""
    if not isinstance(entered, ast.Call):  # a lock, say
        where, value = (
            module.project.fact(Resolver).assigned(module, entered) if isinstance(entered, ast.Name) else (module, None)
        )
        return not isinstance(value, ast.Call) or _package(where, value) not in _PLAIN
    return _package(module, entered) not in _PLAIN | _LIBRARIES and last_of(entered.func) not in _BEGINS_BLOCK


def _package(module: Module, call: ast.Call) -> str:
    """The top-level package of what a call makes, "" where it is not known."""
    return (module.resolve(call.func) or "").partition(".")[0]


def _runs_client(module: Module, call: ast.Call) -> bool:
    """Whether a call runs a library's client until a signal ends it, as a statement of its own that no coroutine waits for."""
    name = last_of(call.func)
    if name not in _UNTIL_STOPPED or (name == "run" and (call.args or call.keywords)):
        return False
    own = module.project.fact(Resolver).definition(module, call.func)
    return own is None and isinstance(module.parent(call), ast.Expr) and not module.in_coroutine(call)


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
                uses = (use for name in names for use in module.loads(name))
                is_sent = "*" not in names and all(_is_number(module, use) for use in uses)
                if all(_only_tells(module, call) for call in calls) if calls else is_sent:
                    continue
                named = f"`{module.shown(calls[0], 60)}`" if calls else f"`{path.name}`"
                found.append((named, path, (calls[0] if calls else node).lineno))
                break
    return found


def _is_number(module: Module, use: ast.Name) -> bool:
    """Whether what is used of `signal` is the number of one, which is sent to another program, say: ``os.kill(pid, signal.SIGTERM)``."""
    parent = module.parent(use)
    name = parent.attr if isinstance(parent, ast.Attribute) and parent.value is use else use.id
    return name.startswith("SIG")


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
