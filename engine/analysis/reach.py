"""Who waits where code blocks: the users of a bot, other tasks, or nobody.

That others are served meanwhile is the gain of every rewrite that awaits instead of blocking. In a test, or in a program
that does one thing after the other and ends, nobody is there to be served.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from ..sources.old_copies import is_old_copy
from ..sources.reach import is_test
from .activations import Activations, Caller, Start
from .asked_once import asked_once
from .concurrency import Concurrency, concurrency
from .handlers import is_handler
from .module import Module, Project
from .programs import Programs
from .replacing import last_of
from .scope import FunctionNode
from .start_up import is_before_serving, is_hook

#: What registers handlers of updates, or keeps a program running for them.
SERVES = (
    b"add_handler", b"add_event_handler", b".on(", b".on_", b"@bot.", b"@app.", b"@dp.", b"@router.", b"@client.", b"events.register",
    b"run_polling", b"run_webhook", b"start_polling", b"start_webhook", b"run_until_disconnected", b"run_forever", b"idle(",
    b"infinity_polling", b"register_message_handler", b"process_update", b"_handler(", b"include_router",
)  # fmt: skip


#: What runs beside the coroutine that starts it.
_BESIDE = b"create_task ensure_future gather( start_soon TaskGroup aiohttp.web FastAPI uvicorn add_job Scheduler Thread(".split()
#: The methods of a persistence that `Application.initialize()` and `shutdown()` call.
_OF_PERSISTENCE = frozenset(
    "get_user_data get_chat_data get_bot_data get_callback_data get_conversations flush".split()
)
_IN_TURN = "the bot handles one update after the other and runs nothing beside, so nobody is served meanwhile"
_ONCE = "it runs once, while the bot starts or stops"
_FIRST = "it runs before the program begins to serve, so nobody waits for it"
_ENDS = "a program that does its work and ends runs it, so nobody waits for it"
_DEFINED = re.compile(rb"\bdef \w+")
#: What runs a program's coroutines to their end.
_RUNS_ONCE = (b"asyncio.run(", b"run_until_complete(", b"anyio.run(")


def nobody_waits(module: Module) -> str | None:
    """Why nobody waits for the code of a file, as a clause; None where somebody may.

    It is shown, not supposed: a test, or a program that runs a coroutine to its end, whose files register no handler, hold
    nothing that looks like one, start nothing beside and hand no function to a library that may call it later.
    """
    if is_test(module.project.settings.root, module.path):
        return "it stands in a test, where nobody waits"
    if is_old_copy(module.path, module.project.settings.root):
        return "it stands in an old copy, which no program can import"
    scripts = module.project.fact(Scripts)
    if scripts.is_unused(module.path):
        return "no program of the project imports its file"
    if scripts.is_script(module.path):
        return _ENDS
    return module.project.fact(_Programs).nobody_waits(concurrency(module.project, module.path))


def nobody_is_served(module: Module) -> str | None:
    """Why nobody is served sooner when the code of a file lets go of the event loop, as a clause; None where somebody may be."""
    return nobody_waits(module) or (_IN_TURN if concurrency(module.project, module.path).serves_one else None)


def is_told(module: Module) -> bool:
    """Whether to tell of what would serve others if it stands in a file: somebody is there to be served, or all is listed."""
    return module.project.settings.list_all or nobody_is_served(module) is None


def runs_once(module: Module, line: int) -> str | None:
    """Why nobody waits for code at a line, as a clause: it runs once while a bot starts or stops, or in a program that serves nobody."""
    outer = next(iter(module.functions_at(line)), None)
    if outer is None:
        return None
    reason = _runs_once(module, outer)
    around = module.within(outer, ast.For, ast.AsyncFor, ast.While) if reason == _ONCE else ()
    turns = [loop for loop in around if loop.body[0].lineno <= line <= (loop.end_lineno or line)]
    if not turns:
        return reason
    comes_to_an_end = not any(isinstance(loop, ast.While) for loop in turns)
    return _FIRST if comes_to_an_end and _is_before_all(module, outer) else None


@asked_once
def _runs_once(module: Module, outer: FunctionNode) -> str | None:
    if _is_of_persistence(module, outer):
        return "python-telegram-bot calls it once, while the bot starts or stops"
    activations = module.project.fact(Activations)
    starts: list[Start] = []
    for start in activations.each_start(module, outer.body[0]):
        if start.looked_up_in and _takes_nothing(outer):
            continue  # what is looked up by a computed name is called with an update
        if is_test(module.project.settings.root, start.path):
            continue  # who runs it in a test is none who waits for the bot
        known = start.kind in ("main", "loop") and not start.unknown
        if not known and not _is_of_start(module.project, start):
            return None
        starts.append(start)
    if not starts:
        return None
    ways = list(activations.ways_to(module, outer.body[0]))
    scripts = module.project.fact(Scripts)
    if not any(map(scripts.serves, {path for where, _ in ways for path in (where.path, *(s.path for s in starts))})):
        return _ENDS
    if any(where.function(place) is outer or next(where.loops(place), None) for where, place in ways[1:]):
        return None
    return _ONCE


@asked_once
def _is_before_all(module: Module, outer: FunctionNode) -> bool:
    """Whether all that leads to a coroutine stands above what begins to serve: then it may take its turns, and nobody waits."""
    activations = module.project.fact(Activations)
    ways = list(activations.ways_to(module, outer.body[0]))
    begins = [(w, p) for w, p in ways if any(isinstance(c, Start) for c in _callers(activations, w, p))]
    return bool(begins) and all(is_before_serving(where, place) for where, place in begins)


def _callers(activations: Activations, module: Module, place: ast.AST) -> Iterable[Caller | Start]:
    function = module.function(place)
    return activations.callers(module, function) if function is not None else ()


def _is_of_start(project: Project, start: Start) -> bool:
    """Whether the top of a file makes a task, once, or a library calls a function when it starts or stops."""
    module = project.parsed(start.path)
    if module is None or start.looked_up_in:
        return False
    if start.kind == "task":
        return not any(True for _ in module.functions_at(start.line))
    return is_hook(module, start.line)


def _takes_nothing(function: FunctionNode) -> bool:
    a = function.args
    return not (a.posonlyargs or a.args or a.kwonlyargs or a.vararg or a.kwarg)


def _is_of_persistence(module: Module, function: FunctionNode) -> bool:
    """Whether a function is a method by which a bot loads what it keeps when it starts, or writes it when it stops."""
    owner = module.parent(function)
    return (
        isinstance(owner, ast.ClassDef)
        and function.name in _OF_PERSISTENCE
        and any((module.resolve(base) or "").startswith("telegram.ext.") for base in owner.bases)
        and any(last_of(base).endswith("Persistence") for base in owner.bases)
    )


def _only_defines(statement: ast.stmt) -> bool:
    """Whether a statement at the top of a file starts nothing."""
    kept = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign)
    return isinstance(statement, kept) or (
        isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    )


class Scripts:
    """What the programs of a project that serve nobody import, and the files that no program imports. Ask `Project.fact(Scripts)`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._programs = Programs.of(project)
        self._serves: dict[Path, bool] = {}
        self._unused: dict[Path, bool] = {}
        self._runs: dict[Path, bool] = {}
        self._registers: dict[Path, bool] = {}

    def serves(self, path: Path) -> bool:
        """Whether a file runs something beside, or it or one that it may import on whatever way starts what others wait for."""
        if path not in self._serves:
            source = self._project.source(path)
            self._serves[path] = source is None or any(word in source.data for word in _BESIDE) or self._leads(path)
        return self._serves[path]

    def is_script(self, path: Path) -> bool:
        """Whether a file is a program of its own, beside others, that only tests import, and that serves nobody.

        What loads whatever a folder holds may load it as well, and calls nothing of it: it has no handlers.
        """
        programs, root = self._programs, self._project.settings.root
        if not programs.is_program(path) or self.serves(path):
            return False
        if not any(programs.is_program(other) for other in self._project.files if other != path):
            return False
        return all(user == path or is_test(root, user) for user in programs.users(path, resolved=True))

    def _leads(self, path: Path) -> bool:
        """Whether imports lead from a file to one that serves."""
        seen, waiting = {path}, [path]
        while waiting:
            module = self._project.parsed(waiting.pop())
            if module is None or self._serves_itself(module):
                return True
            fresh = set(self._programs.imported(module)) - seen
            seen |= fresh
            waiting += fresh
        return False

    def _serves_itself(self, module: Module) -> bool:
        """Whether a file registers a handler, keeps a program running for some, or holds what looks like one."""
        if module.path not in self._registers:
            functions = module.all(ast.AsyncFunctionDef)
            named = [word for word in SERVES if word in module.source.data]
            text = _DEFINED.sub(b"", module.source.data) if named else b""
            serves = any(word in text for word in named)
            self._registers[module.path] = serves or any(is_handler(module, function) for function in functions)
        return self._registers[module.path]

    def is_unused(self, path: Path) -> bool:
        """Whether no program of a project that has some comes to a file: nothing imports, loads or names it."""
        if path not in self._unused:
            self._unused[path] = self._find(path)
        return self._unused[path]

    def _find(self, path: Path) -> bool:
        project, programs = self._project, self._programs
        if programs.loads_by_path or project.contains(b"plugins") or is_test(project.settings.root, path):
            return False
        users = programs.users(path, resolved=True)
        return not any(map(self._may_run, users)) and self.has_programs

    @cached_property
    def has_programs(self) -> bool:
        """Whether a file of the project is started; else whatever nobody calls may be a start."""
        return any(map(self._programs.is_program, self._project.files))

    def _may_run(self, path: Path) -> bool:
        """Whether a file is run, or loaded by a name that is not written in an import."""
        if path not in self._runs:
            self._runs[path] = self._is_run(path)
        return self._runs[path]

    def _is_run(self, path: Path) -> bool:
        if is_test(self._project.settings.root, path):
            return False
        module = self._project.parsed(path)
        if module is None or path.stem.startswith("__") or self._programs.is_program(path):
            return True
        if self._programs.loader_of(path.parent) or not all(map(_only_defines, module.tree.body)):
            return True
        return self._project.mention(path.stem, self._project.analysed) is not None or self._is_said(path.stem)

    def _is_said(self, name: str) -> bool:
        """Whether a text of the project holds a name."""
        for path in self._project.mentioning([name]):
            module = self._project.parsed(path)
            texts = (node.value for node in module.all(ast.Constant)) if module else ()
            if module is None or any(isinstance(text, str) and name in text for text in texts):
                return True
        return False


class _Programs:
    """The programs of a project in which nobody waits. Ask `Project.fact(_Programs)`."""

    def __init__(self, _: Project) -> None:
        self._known: dict[Concurrency, str | None] = {}

    def nobody_waits(self, facts: Concurrency) -> str | None:
        """The reason, as a clause."""
        if facts not in self._known:
            self._known[facts] = _ends(facts)
        return self._known[facts]


def _ends(facts: Concurrency) -> str | None:
    program = facts.program
    if not program.mentions(*_RUNS_ONCE) or program.mentions(*SERVES) or facts.beside:
        return None
    for other in program.modules(b"async def"):
        if any(is_handler(other, function) for function in other.all(ast.AsyncFunctionDef)):
            return None
    return "the program does one thing after the other and ends, so nobody waits for it"
