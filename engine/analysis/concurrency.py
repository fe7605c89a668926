"""What of a program runs beside what: whether its bot handles updates one after the other, and what else goes on meanwhile.

Both are facts of the whole program, found out once for a state of the project. They are positive: updates are handled
one after the other only where the source shows the one application that is built, to its end, and nothing runs beside
its handlers only where all that the program hands to libraries is known to run in place.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from ..sources.reach import is_test
from .beside import started
from .dispatch import Dispatch, uses_library
from .evidence import Beside, Evidence
from .lazily import Lazily
from .module import Module, Project
from .program import Program, program_files
from .replacing import last_of
from .scope import FunctionNode
from .telegram.project import PTB, TELETHON

#: Methods that start a bot and return, of python-telegram-bot and of Telethon.
_STARTS = (("start_polling", "start_webhook"), ("start", "connect", "run_until_disconnected"))
#: What waits for the end, and what may stand beside it.
_WAITS = frozenset("idle wait run_forever run_until_disconnected pause Future".split())
_STOPS = frozenset("stop shutdown Event print info debug warning create_future get_running_loop".split())

__all__ = ["Beside", "Concurrency", "Evidence", "concurrency"]


class Concurrency:
    """What runs together in one program. Each answer is worked out when it is first asked for."""

    def __init__(self, program: Program) -> None:
        self.program = program

    @cached_property
    def _dispatch(self) -> Dispatch:
        return Dispatch(self.program)

    @property
    def library(self) -> str | None:
        """The import name of the program's Telegram library; None where it has none, or several."""
        return self._dispatch.library

    @property
    def sequential(self) -> bool | None:
        """Whether updates are handled one after the other; None where it is not known."""
        return self._dispatch.sequential

    @property
    def made(self) -> tuple[Module, ast.Call] | None:
        """The call that makes the one application or client (of a builder the first call of its chain), where there is one."""
        return self._dispatch.made

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The places that say how updates are handled."""
        return tuple(self._dispatch.evidence)

    @cached_property
    def beside(self) -> tuple[Evidence, ...]:
        """The places that make code run beside the handlers of updates, or may."""
        return tuple(sorted(self.each_beside, key=lambda evidence: (evidence.path, evidence.line)))

    @cached_property
    def each_beside(self) -> Iterable[Evidence]:
        """The same one after the other, found out as far as somebody asks."""
        return Lazily(self._find_beside)

    def _find_beside(self) -> Iterator[Evidence]:
        for module in self.program.modules():
            yield from started(self.program, module, self.library)
        yield from self._of_the_library()
        for path, line in sorted(self.program.unread.items()):
            yield Evidence("the file cannot be read", path, line, Beside.UNKNOWN)

    @property
    def alone(self) -> bool:
        """Whether nothing of the program runs while a handler waits: updates come one after the other, and there is nothing else."""
        return self.sequential is True and next(iter(self.each_beside), None) is None

    @property
    def serves_one(self) -> bool:
        """Whether a handler that lets go of the event loop serves nobody sooner: the next update waits for it all the same."""
        quiet = (Beside.ERROR_HANDLER, Beside.PERSISTENCE)
        return self.sequential is True and all(evidence.kind in quiet for evidence in self.each_beside)

    @cached_property
    def one_by_one(self) -> bool:
        """Whether the next update waits for a handler that lets go of the event loop, as no handler runs in a task."""
        return self.sequential is True and self._none_unblocked

    @cached_property
    def in_turn(self) -> bool:
        """Whether that is so of each application that is made, also where there are several: enough to say who gains."""
        return self.one_by_one or (self._dispatch.each_in_turn and self._none_unblocked)

    @cached_property
    def _none_unblocked(self) -> bool:
        return all(evidence.kind is not Beside.UNBLOCKED for evidence in self.each_beside)

    @cached_property
    def serves_requests(self) -> bool:
        """Whether the program answers other programs as well, which come beside updates."""
        return any(evidence.kind is Beside.SERVER for evidence in self.each_beside)

    @property
    def gain(self) -> str:
        """Who is better off when a handler lets go of the event loop, as the end of a sentence."""
        return "polling, jobs and connections go on" if self.in_turn else "everything else goes on"

    def summary(self) -> str:
        """The answer in one sentence, without a period."""
        handled = {True: "one after the other", False: "several at a time", None: "in a way that is not known"}
        kinds = Counter(evidence.kind.value for evidence in self.beside if evidence.kind is not None)
        beside = ", ".join(f"{kind} ({number})" for kind, number in kinds.items())
        runs = f"beside their handlers may run: {beside}" if beside else "nothing runs beside their handlers"
        return f"updates are handled {handled[self.sequential]}; {runs}"

    def sentences(self) -> list[str]:
        """All evidence in words, each with its place."""
        root = self.program.project.settings.root
        return [evidence.located(root) for evidence in (*self.evidence, *self.beside)]

    def _of_the_library(self) -> Iterator[Evidence]:
        if self.library == PTB:
            yield from self._error_handlers()
            for module in self.program.modules(b"persistence"):
                for call in module.all(ast.Call):
                    given = isinstance(call.func, ast.Attribute) and call.func.attr == "persistence"
                    if (given and call.args) or any(k.arg == "persistence" for k in call.keywords):
                        yield Evidence(
                            "what handlers keep is saved from time to time",
                            module.path,
                            call.lineno,
                            Beside.PERSISTENCE,
                        )
        for module in self.program.modules(*(name.encode() for name in _STARTS[self.library == TELETHON])):
            yield from self._going_on(module)

    def _error_handlers(self) -> Iterator[Evidence]:
        """`Application.run_polling` gives what polling raises to the error handlers, in a task of its own."""
        if not self.program.mentions(b"run_polling"):
            return
        for module in self.program.modules(b"add_error_handler"):
            for call in module.all(ast.Call):
                if isinstance(call.func, ast.Attribute) and call.func.attr == "add_error_handler" and call.args:
                    sentence = f"`{ast.unparse(call.args[0])}` handles errors, also those of polling"
                    place = self.program.place(module, call.args[0])
                    yield Evidence(sentence, module.path, call.lineno, Beside.ERROR_HANDLER, place)

    def _going_on(self, module: Module) -> Iterator[Evidence]:
        """Code that starts the bot by hand goes on beside it, unless all it does is to wait for the end."""
        for call in module.all(ast.Call):
            if not (isinstance(call.func, ast.Attribute) and call.func.attr in _STARTS[self.library == TELETHON]):
                continue
            function = module.function(call)
            if self.library == TELETHON and not isinstance(function, ast.AsyncFunctionDef):
                continue  # at the top of a file, Telethon's methods run the loop until they are done
            if not _only_waits(module, function, call):
                name = f"`{function.name}`" if function else "the file"
                place = (module.path, function.lineno) if function else None
                yield Evidence(
                    f"{name} goes on after it has started the bot", module.path, call.lineno, Beside.CALLER, place
                )


def _only_waits(module: Module, function: FunctionNode | None, start: ast.Call) -> bool:
    """Whether what stands behind the start of a bot does nothing but wait for its end and stop it."""
    behind = [
        last_of(call.func)
        for call in module.within(function, ast.Call)
        if call is not start and call.lineno >= start.lineno
    ]
    loops = any(True for _ in module.loops(start))
    names_others = bool(module.within(function, ast.Global, ast.Nonlocal))
    return not loops and not names_others and set(behind) <= _WAITS | _STOPS and not _WAITS.isdisjoint(behind)


class _Programs:
    """The programs of one state of a project that were asked for."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.by_files: dict[tuple[Path, ...], Concurrency] = {}
        self.by_path: dict[Path | None, Concurrency] = {}

    def of(self, path: Path | None) -> Concurrency:
        if path not in self.by_path:
            files = program_files(self.project, path)
            if files not in self.by_files:
                self.by_files[files] = Concurrency(Program(self.project, files))
            self.by_path[path] = self.by_files[files]
        return self.by_path[path]


def concurrency(project: Project, path: Path | None = None) -> Concurrency:
    """What runs together in the program that a file belongs to; without a file, in the project as a whole."""
    return project.fact(_Programs).of(path)


def programs(project: Project, paths: Iterable[Path]) -> list[Concurrency]:
    """The programs that the given files belong to, as far as they use a library for bots and are no tests."""
    found: list[Concurrency] = []
    covered: set[Path] = set()
    for path in paths:
        test = is_test(project.settings.root, path)
        if path not in covered and not test and uses_library(project, path):
            found.append(concurrency(project, path))
            covered.update(found[-1].program.files)
    return found
