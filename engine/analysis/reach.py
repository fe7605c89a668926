"""Who waits where code blocks: the users of a bot, other tasks, or nobody.

That others are served meanwhile is the gain of every rewrite that awaits instead of blocking. In a test, or in a program
that does one thing after the other and ends, nobody is there to be served.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..sources.old_copies import is_old_copy
from ..sources.reach import is_test
from .activations import MOST, Activations, Caller, Start
from .asked_once import asked_once
from .concurrency import Concurrency, concurrency
from .handlers import is_handler
from .last_steps import is_ended_by_it
from .module import Module, Project
from .replacing import last_of
from .scope import FunctionNode
from .scripts import SERVES, Scripts
from .start_up import is_before_serving, is_hook

#: The methods of a persistence that `Application.initialize()` and `shutdown()` call.
_OF_PERSISTENCE = frozenset(
    "get_user_data get_chat_data get_bot_data get_callback_data get_conversations flush".split()
)
_IN_TURN = "the bot handles one update after the other and runs nothing beside, so nobody is served meanwhile"
_ONCE = "it runs once, while the bot starts or stops"
_FIRST = "it runs before the program begins to serve, so nobody waits for it"
_ENDS = "a program that does its work and ends runs it, so nobody waits for it"
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
    ways, paths = list[tuple[Module, ast.AST]](), set[Path]()
    for where, place in module.project.fact(Activations).ways_to(module, outer.body[0]):
        if is_test(module.project.settings.root, where.path):
            continue
        ways.append((where, place))
        for start in _starts(where, place):
            if start.looked_up_in and _takes_nothing(outer):
                continue  # what is looked up by a computed name is called with an update
            known = start.kind in ("main", "loop") and not start.unknown
            if not known and not _is_of_start(module.project, start):
                return None
            paths |= {where.path, start.path}
    if not paths or len(ways) >= MOST:
        return None
    paths |= {where.path for where, _ in ways}
    if not any(map(module.project.fact(Scripts).serves, paths)):
        return _ENDS
    if any(where.function(place) is outer or next(where.loops(place), None) for where, place in ways[1:]):
        return None
    return _ONCE


def _starts(module: Module, place: ast.AST) -> Iterator[Start]:
    """What begins a run of the function around a place, but for tests: who runs it there is none who waits for the bot. What may look it
    up by a computed name counts where nothing else is seen to run it.
    """
    root, looked_up, is_run = module.project.settings.root, list[Start](), False
    for caller in _callers(module.project.fact(Activations), module, place):
        if is_test(root, caller.path if isinstance(caller, Start) else caller.module.path):
            continue
        if isinstance(caller, Start) and caller.looked_up_in:
            looked_up.append(caller)
            continue
        is_run = True
        if isinstance(caller, Start):
            yield caller
    if not is_run:
        yield from looked_up


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
    """Whether the top of a file makes a task, once, a library calls a function when it starts or stops, or the program ends behind it."""
    module = project.parsed(start.path)
    if module is None or start.looked_up_in:
        return False
    if start.is_own and is_ended_by_it(module, start.line):
        return True
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
