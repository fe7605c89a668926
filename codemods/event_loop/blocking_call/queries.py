"""Queries of a server that gain nothing in a thread: each takes a few milliseconds at most, and what counts is who waits meanwhile."""

from __future__ import annotations

import ast
from collections import Counter

from ....engine.analysis.activations import Activations
from ....engine.analysis.asked_once import asked_once
from ....engine.analysis.blocking import Block, Blocks
from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.module import Module, Project
from ....engine.analysis.owner import only_the_owner_comes
from ....engine.analysis.paths import pattern_of
from ....engine.analysis.replacing import last_of
from ....engine.sources.reach import is_test
from ....knowledge.blocking import AWAITED_TWIN, DATABASE, LONG
from . import memory, tables
from .helpers import Helpers, Site
from .reasons import READS_ONLY

#: From so many calls of one client in a file on, its owner changes the client.
_MANY = 6
#: So many queries one after the other are taken for one.
_FEW = 4
_LOOPS = (ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
#: Methods by which SQLAlchemy and peewee change what a database holds, or may.
_CHANGES = frozenset(
    "add add_all delete merge commit flush execute executemany insert insert_many update create get_or_create save refresh".split()
)
_ONE_BY_ONE = (
    "the bot handles one update after the other, so no user is served while a query runs, which takes a few milliseconds: it may stay; "
    "where many users wait, see by `TGF204` what stands against handling updates side by side"
)
_SELDOM = "only the owner comes here, and a query takes a few milliseconds: it may stay"


def of_block(module: Module, block: Block) -> str | None:
    """Why a query stays, as a clause."""
    if block.kind != DATABASE:
        return None
    short = _gains_nothing(module, block.call) if _is_short(block) else None
    return short or _by_twin(module, block) or tables.relied_on_here(module, block)


def _by_twin(module: Module, block: Block) -> str | None:
    """That all calls of a client are better awaited, where so many block that a thread for each is the longer way, as a clause."""
    twin, function = AWAITED_TWIN.get(block.owner), block.call.func
    if twin is None or not isinstance(function, ast.Attribute):
        return None
    client = module.segment(function.value)
    if (calls := _clients(module)[client, block.owner]) < _MANY:
        return None
    return f"{calls} calls of `{client}` block here: await all of them with `{twin}` instead of a thread for each"


@asked_once
def _clients(module: Module) -> Counter[tuple[str, str]]:
    """How many calls of coroutines block, and might be awaited, of each client, as it is written, and its kind."""
    blocks, found = module.project.fact(Blocks), Counter[tuple[str, str]]()
    for call in module.all(ast.Call):
        if isinstance(call.func, ast.Attribute) and module.in_coroutine(call):
            block = blocks.of(module, call)
            if block is not None and block.owner in AWAITED_TWIN:
                found[module.segment(call.func.value), block.owner] += 1
    return found


def of_helper(helpers: Helpers, site: Site) -> str | None:
    """Why a function that asks a database stays, as a clause."""
    if _only_asks_once(helpers, site) and (reason := _gains_nothing(site.module, site.call)):
        return reason
    return memory.looked_up_first(helpers, site) or tables.relied_on(helpers, site)


def of_small_file(helpers: Helpers, site: Site) -> str | None:
    """Why a function stays that by SQLAlchemy or peewee looks up a few rows in a file of SQLite, as a clause."""
    if not _only_asks_once(helpers, site) or not site.module.project.fact(_on_sqlite):
        return None
    calls = (call for module, function in helpers.reached(site.helper) for call in module.within(function, ast.Call))
    return None if any(last_of(call.func) in _CHANGES for call in calls) else READS_ONLY


def _on_sqlite(project: Project) -> bool:
    """Whether all databases that the program opens by SQLAlchemy or peewee are files of SQLite."""
    opened: list[str] = []
    for path in project.mentioning(("create_engine", "peewee")):
        module = None if is_test(project.settings.root, path) else project.parsed(path)
        if module is None:
            continue
        for call in module.all(ast.Call):
            name = last_of(call.func)
            if name == "create_engine" and call.args:
                opened.append(pattern_of(module, call.args[0]))
            elif name.endswith("Database") and (module.resolve(call.func) or "").startswith(("peewee.", "playhouse.")):
                opened.append("sqlite" if name.startswith("Sqlite") else name)
    return bool(opened) and all(one.startswith("sqlite") for one in opened)


def _only_asks_once(helpers: Helpers, site: Site) -> bool:
    """Whether all that a function waits for are a few queries, and none of them stands in a loop."""
    if site.helper.kind != DATABASE:
        return False
    found: list[Block] = []
    for module, function in helpers.reached(site.helper):
        found += helpers.blocks.within(module, function)
        again = (call for loop in module.within(function, *_LOOPS) for call in ast.walk(loop))
        looped = any(isinstance(call, ast.Call) and _asks(helpers, module, call) for call in again)
        if looped or helpers.works.of(module, function).waiting:
            return False
    return len(found) <= _FEW and all(map(_is_short, found))


def _is_short(block: Block) -> bool:
    """Whether a query takes a few milliseconds: to connect takes longer, and so does what goes over all that is there."""
    return block.kind == DATABASE and bool(block.owner) and block.name.rpartition(".")[2] not in LONG


def _asks(helpers: Helpers, module: Module, call: ast.Call) -> bool:
    """Whether a call asks the database, itself or by a function that does."""
    meant = helpers.resolver.definition(module, call.func)
    return helpers.blocks.of(module, call) is not None or (meant is not None and meant[1] in helpers.found)


def _gains_nothing(module: Module, call: ast.Call) -> str | None:
    if next(module.loops(call), None) is not None:
        return None  # many take their time
    bot = concurrency(module.project, module.path)
    is_plain = bot.one_by_one and not bot.serves_requests
    if bot.in_turn and (is_plain or _is_for_updates(module, call)):
        return _ONE_BY_ONE
    return _SELDOM if only_the_owner_comes(module, call) else None


def _is_for_updates(module: Module, call: ast.Call) -> bool:
    """Whether nothing but updates and jobs of a bot comes to a call, and no request of a web server."""
    root = module.project.settings.root
    starts = [s for s in module.project.fact(Activations).starts(module, call) if not is_test(root, s.path)]
    return bool(starts) and all(start.kind in ("handler", "job") and not start.unknown for start in starts)
