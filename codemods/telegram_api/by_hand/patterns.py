"""What is mended by hand: where it stands, what it costs, and what to do. Figures: Telethon 1.45, a scripted sender."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ....engine.analysis.activations import Activations
from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.telegram.calls import Calls
from ....engine.model import Cost
from ....knowledge.kinds import CLIENT, TELETHON_CLIENTS

_ADMINISTRATORS = ("ChannelParticipantAdmin", "ChannelParticipantCreator")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One row: files without a needle have none of it. What stands before the colon of the message is its title in a report."""

    needles: tuple[bytes, ...]
    message: str
    mend: str
    cost: Cost | None
    places: Callable[[Module], Iterator[ast.AST]]


def _clients_of_handlers(module: Module) -> Iterator[ast.AST]:
    """Clients of one and the same account that a handler makes."""
    for call in _clients(module):
        if not _named_session(module, call) or module.function(call) is None:
            continue
        if any(start.kind == "handler" for start in module.project.fact(Activations).starts(module, call)):
            yield call


def _readable_sessions(module: Module) -> Iterator[ast.AST]:
    """The first client of a file that keeps its session in a file of the usual mode."""
    guarded = any(module.project.mentioning(("chmod", "umask")))
    first = None if guarded else next((call for call in _clients(module) if _named_session(module, call)), None)
    if first is not None:
        yield first


def _clients(module: Module) -> Iterator[ast.Call]:
    return (call for call in module.all(ast.Call) if module.resolve(call.func) in TELETHON_CLIENTS)


def _named_session(module: Module, call: ast.Call) -> bool:
    """Whether the session is a file whose name is a constant."""
    given = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "session"), None)
    if isinstance(given, ast.Name):
        given = module.project.fact(Resolver).assigned(module, given)[1]
    return isinstance(given, ast.Constant) and isinstance(given.value, str) and bool(given.value)


def _passed_over(module: Module) -> Iterator[ast.AST]:
    """``async for message in client.iter_messages(chat)`` with ``if message.id <= LAST: continue`` first."""
    for loop, call in _iterations(module, "iter_messages"):
        match loop.body[0]:
            case ast.If(
                test=ast.Compare(
                    left=ast.Attribute(value=ast.Name(id=name), attr="id"), ops=[ast.LtE()], comparators=[last]
                ),
                body=[ast.Continue()],
                orelse=[],
            ) if (
                _is(loop.target, name) and len(call.args) < 2 and not _gives(call, "limit", "min_id", "reverse", "ids")
            ):
                if _stays(module, loop, last):
                    yield loop.body[0].test


def _stays(module: Module, loop: ast.AsyncFor, last: ast.expr) -> bool:
    """Whether a number is the same in every turn, and none below zero."""
    if isinstance(last, ast.Constant):
        return isinstance(last.value, int)
    stored = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return isinstance(last, ast.Name) and last.id not in stored


def _counted(module: Module) -> Iterator[ast.AST]:
    """``len(await client.get_participants(chat))``."""
    for call in module.all(ast.Call):
        match call:
            case ast.Call(func=ast.Name(id="len"), args=[ast.Await(value=ast.Call() as asked)]):
                if (
                    _is_of_client(module, asked, "get_participants")
                    and len(asked.args) < 2
                    and not _gives(asked, "limit")
                ):
                    yield call


def _filtered(module: Module) -> Iterator[ast.AST]:
    """Members of one kind, of all of them: ``if isinstance(member.participant, ChannelParticipantAdmin)`` first and alone."""
    for loop, call in _iterations(module, "iter_participants"):
        match loop.body:
            case [
                ast.If(
                    test=ast.Call(
                        func=ast.Name(id="isinstance"),
                        args=[ast.Attribute(value=ast.Name(id=name), attr="participant"), kind],
                    ),
                    orelse=[],
                )
            ]:
                found = (module.resolve(kind) or "").rpartition(".")[2]
                if (
                    found in _ADMINISTRATORS
                    and _is(loop.target, name)
                    and len(call.args) < 2
                    and not _gives(call, "filter", "limit")
                ):
                    yield call


def _searched(module: Module) -> Iterator[ast.AST]:
    """All members, for one: ``if member.id == user`` is all that the loop does."""
    for loop, call in _iterations(module, "iter_participants"):
        match loop.body:
            case [ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), orelse=[])]:
                sides = [
                    s
                    for s in (left, right)
                    if isinstance(s, ast.Attribute) and s.attr == "id" and _named(loop, s.value)
                ]
                if len(sides) == 1 and len(call.args) < 2 and not _gives(call, "filter", "search", "limit"):
                    yield call


def _iterations(module: Module, method: str) -> Iterator[tuple[ast.AsyncFor, ast.Call]]:
    for loop in module.all(ast.AsyncFor):
        if isinstance(loop.iter, ast.Call) and _is_of_client(module, loop.iter, method):
            yield loop, loop.iter


def _is_of_client(module: Module, call: ast.Call, method: str) -> bool:
    match call.func:
        case ast.Attribute(value=owner, attr=attr) if attr == method:
            return module.project.fact(Facts).kind(module, owner) == CLIENT
    return False


def _gives(call: ast.Call, *names: str) -> bool:
    return any(keyword.arg is None or keyword.arg in names for keyword in call.keywords)


def _is(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _named(loop: ast.AsyncFor, node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and _is(loop.target, node.id)


def _loops_without_one(module: Module) -> Iterator[ast.AST]:
    """``asyncio.get_event_loop()`` for a loop that is started then, so that none runs, in a project that sets none."""
    if module.project.mentioning(("set_event_loop",)):
        return
    for call in module.all(ast.Call):
        if module.resolve(call.func) == "asyncio.get_event_loop" and _is_run(module, call):
            yield call


def _is_run(module: Module, call: ast.Call) -> bool:
    parent = module.parent(call)
    runs = ("run_until_complete", "run_forever")
    if isinstance(parent, ast.Attribute):
        return parent.attr in runs
    match parent:
        case ast.Assign(targets=[ast.Name(id=name)]):
            uses = (module.parent(use) for use in module.uses(name, module.scope(call)))
            return any(isinstance(use, ast.Attribute) and use.attr in runs for use in uses)
    return False


def _unkept(module: Module) -> Iterator[ast.AST]:
    """Tasks that are started as a statement, by functions that keep none."""
    for statement in module.all(ast.Expr):
        match statement.value:
            case ast.Call(func=function) as call if module.resolve(function) in (
                "asyncio.create_task",
                "asyncio.ensure_future",
            ):
                yield call
            case ast.Call(func=ast.Attribute(value=owner, attr="create_task")) as call if _is_loop(module, owner):
                yield call


def _is_loop(module: Module, owner: ast.expr) -> bool:
    if isinstance(owner, ast.Name):
        where, value = module.project.fact(Resolver).assigned(module, owner)
        return value is not None and _is_loop(where, value) if not isinstance(value, ast.Name) else False
    if isinstance(owner, ast.Call):
        return module.resolve(owner.func) in (
            "asyncio.get_event_loop",
            "asyncio.get_running_loop",
            "asyncio.new_event_loop",
        )
    return isinstance(owner, ast.Attribute) and owner.attr == "loop"


def _at_once(module: Module) -> Iterator[ast.AST]:
    """``asyncio.gather(*[client.get_entity(name) for name in names])``."""
    calls = Calls(module)
    for call in module.all(ast.Call):
        match call:
            case ast.Call(
                args=[
                    ast.Starred(value=ast.ListComp(elt=ast.Call() as each) | ast.GeneratorExp(elt=ast.Call() as each))
                ]
            ):
                if module.resolve(call.func) == "asyncio.gather":
                    contract = calls.contract(each)
                    if contract is not None and calls.is_telegram(contract):
                        yield call


PATTERNS = (
    Pattern(
        (b"gather",),
        "calls to Telegram all at once: of 100 look-ups with a flood from the 20th on, 80 were sent into it, 20 with five at a time",
        "an `asyncio.Semaphore(5)` around each; what is sent, one after the other",
        None,
        _at_once,
    ),
    Pattern(
        (b"TelegramClient",),
        "a client for each update: it connects with 4 to 5 requests each time (twenty commands: 120 requests, with one client 25)",
        "make one client when the program starts; a second one on the session file waits five seconds, with the event loop, and fails",
        None,
        _clients_of_handlers,
    ),
    Pattern(
        (b"iter_messages",),
        "messages up to an id are fetched and passed over: a request for each 100",
        "`min_id=` of that id, so that only newer ones are fetched",
        None,
        _passed_over,
    ),
    Pattern(
        (b"get_participants",),
        "members are fetched to be counted: 6 requests, where the number alone takes one",
        "`(await client.get_participants(chat, limit=0)).total`; the two numbers differ where members are hidden",
        None,
        _counted,
    ),
    Pattern(
        (b"iter_participants",),
        "administrators are picked from all members: 6 requests, where they alone take 3",
        "`filter=ChannelParticipantsAdmins()`; in a small group Telethon fetches all and filters them itself",
        None,
        _filtered,
    ),
    Pattern(
        (b"iter_participants",),
        "members are fetched to find one: a request for each 200, where one member takes 2",
        "`get_permissions(chat, user)`, which raises UserNotParticipantError where there is none",
        None,
        _searched,
    ),
    Pattern(
        (b"get_event_loop",),
        "`asyncio.get_event_loop()` without a loop: RuntimeError on Python 3.14, a warning on 3.12 and 3.13",
        "`asyncio.run(main())`, or `asyncio.new_event_loop()` with `asyncio.set_event_loop()`",
        Cost.NONE,
        _loops_without_one,
    ),
    Pattern(
        (b"create_task", b"ensure_future"),
        "a task that nobody keeps: the event loop refers to it weakly, and it may be gone before it is done",
        "keep it until it is done: `tasks.add(task)` and `task.add_done_callback(tasks.discard)`, or `application.create_task()`",
        Cost.NONE,
        _unkept,
    ),
    Pattern(
        (b"TelegramClient",),
        "a session file that others may read: its mode is 0644, and whoever has it is the account",
        "`chmod 600` for the file, or `os.umask(0o077)` before the client is made",
        Cost.NONE,
        _readable_sessions,
    ),
)
