"""Whether the bounds that there were are kept: connections, files, threads and memory at a time."""

from __future__ import annotations

import ast
from collections.abc import Container

from ..analysis.concurrency import concurrency
from ..analysis.module import Module, Project
from ..analysis.programs import is_started
from ..analysis.replacing import last_of
from ..analysis.telegram.project import TELETHON
from ..analysis.tree import lets_others_run
from ..model import Assumption, Hazard, Proof, Verdict
from ..sources.reach import is_test
from .interleaving import is_alone

#: Pools that raise an error where every connection is taken, and do not wait for one.
_RAISING_POOLS = (
    "mysql.connector.pooling.MySQLConnectionPool",
    "psycopg2.pool.SimpleConnectionPool",
    "psycopg2.pool.ThreadedConnectionPool",
)
#: Words without which a program hands no function to a Telegram library.
_HANDLING = ("events", "add_event_handler", "add_handler", "add_handlers", "Application", "Dispatcher", "Router")


def left_open(module: Module, call: ast.Call, most: int, seconds: int) -> Verdict:
    """Connections that stay open when nobody uses them, so that more are open at a time than before."""
    return Assumption(
        Hazard.RESOURCES,
        f"{most} connections more may stay open for {'a second' if seconds == 1 else f'{seconds} seconds'}, also with a server that "
        "serves one at a time",
        module.path,
        call.lineno,
    )


def one_file_at_once(module: Module, region: ast.stmt, entered: Container[ast.AST]) -> Verdict:
    """Whether a file that is open as long as `region` runs is one for the whole program, and not one for each of many activations.

    `entered` are the functions that it may call.
    """
    function = module.function(region)
    waits = any(lets_others_run(node) and module.function(node) is function for node in ast.walk(region))
    if not waits and (function is None or function not in entered):
        return Proof(Hazard.RESOURCES, "the loop runs to its end before it can begin again")
    if not any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(region)) and _runs_alone(module):
        return Proof(Hazard.RESOURCES, "nothing else of the program runs while the loop waits")
    what = "loops" if function is None else f"activations of `{function.name}()`"
    sentence = f"fewer {what} run at once than the system lets a program open files"
    return Assumption(Hazard.RESOURCES, sentence, module.path, region.lineno)


def _runs_alone(module: Module) -> bool:
    """Whether nothing of a program runs while a coroutine of it waits: a bot that handles one update after the other, or a program
    that handles none and starts nothing beside.
    """
    together = concurrency(module.project, module.path)
    if together.alone:
        return True
    handles = any(module.project.mentioning([word]) for word in _HANDLING)
    is_program = any(is_started(other) for other in together.program.modules())
    return is_program and together.library in (None, TELETHON) and not handles and not together.beside


def one_at_once(module: Module, node: ast.expr) -> Verdict:
    """Whether requests that were done one after the other, since each stopped everything else, still are."""
    if is_alone(module, node):
        return Proof(Hazard.RESOURCES, "nothing else of the program runs while it waits")
    sentence = "several requests may be under way at a time, where one was"
    return Assumption(Hazard.RESOURCES, sentence, module.path, node.lineno, is_slight=True)


def pooled(module: Module, node: ast.expr) -> Assumption | None:
    """What a pool of connections holds that raises an error when it is empty: as long as a query stopped everything else, one was
    taken at a time (`mysql/connector/pooling.py`, `psycopg2/pool.py`).
    """
    made = module.project.fact(_pool)
    if made is None or is_alone(module, node):
        return None
    where, call = made
    sentence = f"no more handlers at once ask the database than `{last_of(call.func)}()` has connections: an empty pool raises an error"
    return Assumption(Hazard.RESOURCES, sentence, where.path, call.lineno)


def _pool(project: Project) -> tuple[Module, ast.Call] | None:
    """The first of such pools that the program makes."""
    for path in project.mentioning([name.rpartition(".")[2] for name in _RAISING_POOLS]):
        if is_test(project.settings.root, path) or (where := project.parsed(path)) is None:
            continue
        for call in where.all(ast.Call):
            if where.resolve(call.func) in _RAISING_POOLS:
                return where, call
    return None


def more_at_once(module: Module, at: ast.expr, what: str, most: int, before: int) -> Verdict:
    """A bound that is raised: up to `most` at a time of something of which there were `before`."""
    were = "one was" if before == 1 else f"{before} were"
    sentence = f"up to {most} {what} may be under way at a time, where {were}"
    return Assumption(Hazard.RESOURCES, sentence, module.path, at.lineno)
