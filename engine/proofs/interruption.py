"""`interruption`: a point at which a task can be cancelled or time out, or where Ctrl-C no longer arrives.

A blocking call cannot be cancelled: a cancellation that is asked for meanwhile arrives at the next await. If no effect
stands between the new await and that one, it makes no difference that it arrives earlier. What that await itself does counts
as one: it may have sent a request before it waits for the first time. Ctrl-C is one of these cases:
`asyncio.run()` (Python 3.11) cancels the main task, and Telethon's client cancels its handlers when it disconnects; with
other ways to run a loop KeyboardInterrupt was raised inside the blocking call, so that what stands behind it was not done
either, but `finally` and `except` around it saw the exception, which now goes past them.

A program may also be ended by a command of its own, a host, or the end of a coroutine that its loop runs for: what stands
behind the wait is said wherever one word of the project might do that.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from ..analysis.activations import Caller, Start
from ..analysis.concurrency import concurrency
from ..analysis.facts import Facts
from ..analysis.module import Module, Project
from ..analysis.replacing import last_of
from ..analysis.stretch import Side, Stretches
from ..analysis.touch import Touch, worst
from ..analysis.tree import entered
from ..model import Assumption, Hazard, Proof, Verdict
from ..sources.old_copies import is_aside, is_old_copy
from .endings import (
    SWEEPS,
    cancelling,
    deals_with_signals,
    is_ended_by_signals_alone,
    takes_ctrl_c,
    takes_signals,
    waits_for_handlers,
)  # fmt: skip
from .environment import needs_python
from .environment.names import at
from .interleaving import changes, is_unused, named_block, outside_tests

_TIMEOUTS = frozenset(
    "wait_for timeout timeout_at fail_after move_on_after fail_at move_on_at TaskGroup create_task_group".split()
)
_LIMITING = tuple(word.encode() + b"(" for word in sorted(_TIMEOUTS))
#: What ends a task or the program, as Python names it; libraries have other names for a cancellation.
_ENDINGS = (KeyboardInterrupt, SystemExit, GeneratorExit)
_CANCELLED = frozenset({"CancelledError", "Cancelled"})


def prove(module: Module, node: ast.expr, *, begins: bool = False) -> Verdict:
    """Whether an interruption that arrives while a coroutine waits at `node` finds the program as it would have.

    `begins`: what is waited for changes something, so that others may find it without what stands behind it.
    """
    project = module.project
    stretches = project.fact(Stretches)
    starts = stretches.activations.starts(module, node)
    ways = list(outside_tests(module, stretches.activations.ways_to(module, node)))
    waits = waits_for_handlers(project, starts)
    for where, place in ways:
        if (found := _around(where, place, waits=waits)) is not None:
            return found
    if (found := _by_others(module, node, starts)) is not None:
        return found
    if is_unused(project, starts):
        return Proof(Hazard.INTERRUPTION, "nothing in the project runs it, so that nothing interrupts it")
    behind = stretches.behind(module, node)
    done = _left_out(stretches, module, node, set())
    if done and not is_ended_by_signals_alone(module, starts):
        done = kept if (kept := behind.shared()) is not None and kept.writes else done
        ends = "nothing ends the bot at once, as `os.execl()` does," if waits else "nobody stops the bot"
        sentence = f"{ends} while it waits: {done.phrase} would be left out"
        begun = begins or changes(stretches.before(module, node).shared())
        return Assumption(
            Hazard.INTERRUPTION, sentence, done.path, done.line, is_slight=waits or not (begun and changes(done))
        )
    if not takes_signals(module, starts):
        for where, place in ways:
            for block in _cleaning(where, place):
                sentence = "nobody presses Ctrl-C while it waits: the `finally` around it would not run at once"
                return Assumption(Hazard.INTERRUPTION, sentence, where.path, block.lineno, is_slight=True)
    return Proof(
        Hazard.INTERRUPTION, "nothing stands between this wait and the next one that a cancellation could prevent"
    )


def _done(behind: Side) -> Touch | None:
    """What is done on one side of a wait, or sent at the next one."""
    done = behind.worst()
    if done is None or not done.writes or done.is_minor:
        done = worst([done if done and done.writes else None, *behind.sent])
    return done


def _left_out(stretches: Stretches, module: Module, node: ast.AST, seen: set[ast.AST]) -> Touch | None:
    """What is done behind a wait at `node` until others surely run, in its coroutine or by those who await that."""
    behind = stretches.behind(module, node)
    done, function = _done(behind), module.function(node)
    if done is not None or not behind.is_open or function is None:
        return done
    for caller in stretches.activations.callers(module, function):
        if isinstance(caller, Caller) and caller.call not in seen:
            seen.add(caller.call)
            if (done := _left_out(stretches, caller.module, caller.call, seen)) is not None:
                return done
    return None


def in_thread(
    module: Module, node: ast.expr, *, ends_soon: bool, begins: bool = True, shown: ast.expr | None = None
) -> Verdict:
    """The same for a call that goes on in a thread, which nothing can interrupt.

    Ctrl-C ended a blocking call where it raised KeyboardInterrupt; a thread goes on, and the program waits for it at its end.
    Python 3.11's `asyncio.run()` answers it by cancelling its task, which has to wait for a blocking call, too.
    """
    found, project = prove(module, node, begins=begins), module.project
    if isinstance(found, Assumption) or ends_soon:
        return found
    starts = project.fact(Stretches).activations.starts(module, node)
    of_program = [start for start in starts if not is_aside(start.path, project.settings.root)]
    if (starts and not of_program) or is_unused(project, starts) or takes_signals(module, starts):
        return found
    if of_program and all(start.kind == "main" and not start.unknown for start in of_program):
        if isinstance(needs_python(project, (3, 11), "asyncio.Runner", module.path), Proof):
            return found
    sentence = f"`{module.shown(shown or node)}` ends soon, so that it does not matter that Ctrl-C no longer ends it"
    return Assumption(Hazard.INTERRUPTION, sentence, module.path, node.lineno, is_slight=True)


def _around(module: Module, node: ast.AST, *, waits: bool) -> Assumption | None:
    """What around `node` ends it early, or may catch what ends it."""
    line = getattr(node, "lineno", 0)
    for block, child in module.around(node):
        tries = type(block).__name__ in ("Try", "TryStar")  # the second is newer than Python 3.10
        if (tries and child in block.finalbody) or (  # type: ignore[attr-defined]
            isinstance(block, ast.ExceptHandler) and _catches_ends(module, block.type)
        ):
            sentence = "nobody stops the bot a second time while this clean-up waits"
            return Assumption(Hazard.INTERRUPTION, sentence, module.path, line)
        if tries and child in block.body:  # type: ignore[attr-defined]
            for handler in block.handlers:  # type: ignore[attr-defined]
                if _catches_ends(module, handler.type) and not _only_raises(handler):
                    return _is_caught(module, "this `except`", [handler.type], handler.lineno, waits=waits)
        if isinstance(block, (ast.With, ast.AsyncWith)):
            for item in entered(block, child):
                if (found := _of_block(module, item, waits=waits)) is not None:
                    return found
        elif isinstance(block, ast.Call) and child is not block.func and _limits_time(module, block):
            return _does_not_end_it(module, block)
    return None


def _of_block(module: Module, item: ast.withitem, *, waits: bool) -> Assumption | None:
    """The same for a block that `item` begins."""
    manager, facts = item.context_expr, module.project.fact(Facts)
    caught: list[ast.expr | None] = [None]
    if isinstance(manager, ast.Call):
        if _limits_time(module, manager):
            return _does_not_end_it(module, manager)
        if facts.name_of(module, manager.func) == "contextlib.suppress":
            caught = list(manager.args)
    if not facts.waits(module).suppresses(item) or not any(_catches_ends(module, one) for one in caught):
        return None
    return _is_caught(module, named_block(module, manager), caught, manager.lineno, waits=waits)


def _only_raises(handler: ast.ExceptHandler) -> bool:
    """Whether a clause only hands on what it catches."""
    return len(handler.body) == 1 and isinstance(handler.body[0], ast.Raise) and handler.body[0].exc is None


def _is_caught(
    module: Module, what: str, caught: list[ast.expr | None], line: int, *, waits: bool
) -> Assumption:  # fmt: skip
    """A cancellation comes to what catches it earlier than before; Ctrl-C does not come there: the loop raises it."""
    parts = [part for one in caught for part in (one.elts if isinstance(one, ast.Tuple) else [one])]
    ending = [part for part in parts if _catches_ends(module, part)]
    cancelled = all(part is not None and last_of(part) in _CANCELLED for part in ending)
    cancels, is_slight = module.project.fact(cancelling), False
    if cancelled or module.project.fact(takes_ctrl_c):
        by = f", as by {cancels[0].shown}," if cancels and cancels[0].sweeps else ""
        sentence, is_slight = f"nobody cancels it{by} while it waits, which {what} would catch", not cancels
    elif any(part is None or last_of(part) == "BaseException" or last_of(part) in _CANCELLED for part in ending):
        sentence = f"nobody stops the bot while it waits: {what} would catch the cancellation and go on"
        if waits:
            sentence, is_slight = f"nobody cancels it while it waits, which {what} would catch", True
    else:
        sentence, is_slight = f"Ctrl-C need not come to {what}: the event loop gets it while this waits", not cancels
    return Assumption(Hazard.INTERRUPTION, sentence, module.path, line, is_slight=is_slight)


def _limits_time(module: Module, call: ast.Call) -> bool:
    """Whether a call limits the time that something may take."""
    name = module.project.fact(Facts).name_of(module, call.func)
    return last_of(call.func) in _TIMEOUTS or name.rpartition(".")[2] in _TIMEOUTS


def _does_not_end_it(module: Module, call: ast.Call) -> Assumption:
    sentence = f"`{module.shown(call.func)}()` does not end it while it waits"
    return Assumption(Hazard.INTERRUPTION, sentence, module.path, call.lineno)


def _catches_ends(module: Module, caught: ast.expr | None) -> bool:
    """Whether what an ``except`` names may catch what ends a task or the program: all but an exception that is known not to."""
    if caught is None:
        return True
    if isinstance(caught, ast.Tuple):
        return any(_catches_ends(module, one) for one in caught.elts)
    facts = module.project.fact(Facts)
    if (own := facts.definition(module, caught)) is not None:
        return not isinstance(own[1], ast.ClassDef)  # none of the project's is raised by Python or asyncio
    library, _, name = facts.name_of(module, caught).rpartition(".")
    if library == "builtins":
        known = getattr(builtins, name)
        return not isinstance(known, type) or any(issubclass(ending, known) for ending in _ENDINGS)
    return not library or name in _CANCELLED or name.isupper()


def _by_others(module: Module, node: ast.expr, starts: list[Start]) -> Assumption | None:
    """Code elsewhere that may end the task, or a part of it."""
    project = module.project
    files = concurrency(project, module.path).program.files
    if (dealt := next((one for one in project.fact(deals_with_signals) if one[1] in files), None)) is not None:
        sentence = f"nobody minds that a signal that {dealt[0]} handles comes while it waits"
        return Assumption(Hazard.INTERRUPTION, sentence, *dealt[1:], is_slight=True)
    kinds = {start.kind for start in starts}
    cancels = project.fact(cancelling) if project.contains(b".cancel") else []
    of_program = [start for start in starts if not is_old_copy(start.path, project.settings.root)]
    unknown = (start for start in of_program or starts if start.unknown)
    unseen = min(unknown, key=lambda start: start.is_supposed, default=None)
    if cancels and (cancels[0].sweeps or (unseen is None and kinds & {"task", "unknown"})):
        tasks = [(start.path, start.line) for start in starts if start.kind == "task"]
        cancel = next((one for one in cancels if not tasks or one.may_be_of(tasks)), None)
        if cancel is None:  # but a task that is cancelled may wait for it
            sentence = f"nobody cancels the task that {at(project, *tasks[0])} starts while it waits"
            return Assumption(Hazard.INTERRUPTION, sentence, *tasks[0])
        return Assumption(Hazard.INTERRUPTION, f"{cancel.shown} does not come while it waits", cancel.path, cancel.line)
    if unseen is not None and not (unseen.is_own and not project.fact(_may_cancel)):
        if unseen.is_supposed:  # no place says more than this one
            return Assumption(
                Hazard.INTERRUPTION, "nobody cancels it while it waits", module.path, node.lineno, is_slight=True
            )
        sentence = f"{unseen.unknown} does not cancel it while it waits"
        return Assumption(Hazard.INTERRUPTION, sentence, *unseen.place, is_slight=True)
    if "task" in kinds and (any(map(project.contains, _LIMITING)) or project.fact(_goes_on_before_tasks)):
        sentence = "no timeout ends the task that it belongs to while it waits"
        return Assumption(Hazard.INTERRUPTION, sentence, module.path, node.lineno)
    if project.contains(b".cancel") and (kinds & {"task", "unknown"} or any(map(project.contains, SWEEPS))):
        return Assumption(Hazard.INTERRUPTION, "nobody cancels it while it waits", module.path, node.lineno)
    return None


def _may_cancel(project: Project) -> bool:
    """Whether code of a project may cancel what it runs, or let it time out."""
    return project.contains(b"cancel") or any(map(project.contains, _LIMITING))


def _goes_on_before_tasks(project: Project) -> bool:
    """Whether something waits for tasks for a while, or until the first of them has ended."""
    for path in project.mentioning(("wait", "as_completed")):
        if (module := project.parsed(path)) is None:
            return True
        for call in module.all(ast.Call):
            name = module.resolve(call.func)
            if name == "asyncio.as_completed" or (name == "asyncio.wait" and len(call.args) + len(call.keywords) > 1):
                return True
    return False


def _cleaning(module: Module, node: ast.AST) -> Iterator[ast.Try]:
    """The statements around `node` that clean up behind it."""
    for block, child in module.around(node):
        if isinstance(block, ast.Try) and block.finalbody and child not in block.finalbody:
            yield block
