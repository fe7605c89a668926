"""A real Telethon `TelegramClient` whose sender is scripted instead of connected.

    async def scenario(run, error):
        with telethon.offline(run) as telegram:         # before the program is imported: it may build its client then
            telegram.answers["SendMessageRequest"] = telethon.rpc_error(error, 400)
            telegram.history = telethon.history(350)             # what iter_messages and get_messages see
            await run.module.main()                              # connect(), start(), `async with client:` … all work
            await telegram.deliver(run.module.client, [telethon.new_message("/add 1")])

Recorded is every request ("request": its class name and content without random ids). A request that nothing answers
fails the scenario.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import inspect
import itertools
import runpy
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import telethon.client.telegrambaseclient
from telethon import TelegramClient, errors, functions, types
from telethon.requestiter import RequestIter
from telethon.sessions import MemorySession

from . import moments
from .program import Run

#: That of `tgfix measure`, from its file: twins also run where tgfix is not installed.
_SENDER = Path(__file__).parents[2] / "engine" / "measure" / "world" / "mtproto" / "sender.py"
Unconnected = runpy.run_path(str(_SENDER))["Sender"]
DATE = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
#: The id of the logged-in account.
SELF = 42


def rpc_error(message: str, code: int = 400) -> errors.RPCError:
    """What Telethon raises when Telegram answers `message` (``"FLOOD_WAIT_61"``, ``"PEER_ID_INVALID"``, a new one) with
    `code`.
    """
    return errors.rpc_message_to_error(types.RpcError(code, message), functions.help.GetConfigRequest())


def user(number: int = 5, **more: Any) -> types.User:
    """A user as Telegram describes one."""
    return _made(
        types.User, id=number, access_hash=number, first_name=more.pop("first_name", "U"), usernames=[], **more
    )


def _made(kind: type[Any], **given: Any) -> Any:
    """An object of the releases that ask for these values, and of older ones that do not know some of them."""
    known = inspect.signature(kind).parameters
    return kind(**{name: value for name, value in given.items() if name in known})


def a_message(text: str = "", number: int = 1, *, chat: int = 5, outgoing: bool = False, **more: Any) -> types.Message:
    """A message in the private chat with user `chat`."""
    return types.Message(id=number, peer_id=types.PeerUser(chat), message=text, date=DATE, out=outgoing, **more)


def new_message(text: str, number: int = 1, **how: Any) -> types.UpdateNewMessage:
    """An update with `a_message`, for `Telegram.deliver`."""
    return types.UpdateNewMessage(a_message(text, number, **how), pts=number, pts_count=1)


def history(count: int, text: Callable[[int], str] = "message {}".format) -> list[types.Message]:
    """`count` messages, newest (highest id) first, as Telegram serves them."""
    return [a_message(text(number), number) for number in range(count, 0, -1)]


class Sender(Unconnected):  # type: ignore[misc, valid-type]
    """Takes the place of `MTProtoSender`; asks a `Telegram` for the answer to each request."""

    world: Telegram

    async def connect(self, connection: object) -> bool:
        """Raises what `Telegram.connecting` says, else connects at once."""
        if not self.is_connected() and self.world.connecting is not None:
            raise self.world.connecting
        return await super().connect(connection)  # type: ignore[no-any-return]

    def _send(self, request: Any) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self.pending()
        asyncio.get_running_loop().call_soon(self._resolve, request, future)
        return future

    def _resolve(self, request: Any, future: asyncio.Future[Any]) -> None:
        if future.done():
            return
        try:
            answer = self.world.answer(request)
        except BaseException as error:
            future.set_exception(error)
            return
        if answer is not PENDING:
            future.set_result(answer)


#: The answer of a request that is never answered (until the client disconnects).
PENDING = object()


class Telegram:
    """The far side of an offline client. `answers` may be filled by the name of a request class: a result, an exception
    (class or instance) to raise, a function of the request that gives one of these, or a list of them to be used up
    (the last one stays).
    """

    def __init__(self, run: Run, answers: Mapping[str, Any]) -> None:
        self.run = run
        self.answers: dict[str, Any] = dict(answers)
        #: What the chat's history consists of, newest first.
        self.history: list[types.Message] = []
        #: An exception that `connect` raises.
        self.connecting: Exception | None = None
        #: Names of requests that nothing answered.
        self.unanswered: list[str] = []
        self._message_ids = itertools.count(1001)

    def answer(self, request: Any) -> Any:
        """The result of a request; raises what the script says."""
        if isinstance(
            request,
            (functions.InvokeWithLayerRequest, functions.InvokeWithoutUpdatesRequest, functions.InitConnectionRequest),
        ):
            return self.answer(request.query)
        name = type(request).__name__
        if not isinstance(request, _HOUSEKEEPING):
            content = {key: item for key, item in request.to_dict().items() if key not in ("_", "random_id")}
            self.run.record("request", request=name, **content)
        if name in self.answers:
            found = self.answers[name]
            if isinstance(found, list) and found:
                found = found.pop(0) if len(found) > 1 else found[0]
        elif type(request) in _PLAUSIBLE:
            found = _PLAUSIBLE[type(request)](self, request)
        else:
            self.unanswered.append(name)
            raise LookupError(f"the script has no answer to {name}")
        if callable(found) and not isinstance(found, type):
            found = found(request)
        if isinstance(found, type) and issubclass(found, BaseException):
            found = found(request) if issubclass(found, errors.RPCError) else found()
        if isinstance(found, BaseException):
            raise found.with_traceback(None)
        return found

    async def deliver(self, client: TelegramClient, updates: Iterable[Any], *, together: bool | None = None) -> None:
        """Dispatch `updates` to the handlers of `client` and wait for these.

        Each gets a task of its own, as in Telethon, unless the client was made with `sequential_updates=True`;
        `together` overrides that.
        """
        for update in (updates := list(updates)):
            update._entities = {number: user(number) for number in _people(update)}
        meet(client)
        more = [None] * (len(inspect.signature(client._dispatch_update).parameters) - 1)
        if more:  # 1.24, which asks for what came before an update of somebody whom it does not know
            meet(client, *(one for update in updates for one in update._entities.values()))
        if together is False or (together is None and getattr(client, "_sequential_updates", False)):
            for update in updates:
                await client._dispatch_update(update, *more)
        else:
            await asyncio.gather(*(asyncio.create_task(client._dispatch_update(update, *more)) for update in updates))

    def _page(self, request: Any) -> types.messages.MessagesSlice:
        """A page of the history, by the rules of messages.getHistory."""
        newest_first = [item for item in self.history if not request.max_id or item.id < request.max_id]
        newest_first = [item for item in newest_first if item.id > (request.min_id or 0)]
        start = (
            next((at for at, item in enumerate(newest_first) if item.id < request.offset_id), len(newest_first))
            if request.offset_id
            else 0
        )
        start = max(start + request.add_offset, 0)
        page = newest_first[start : start + request.limit]
        slice_of = types.messages.MessagesSlice
        return _made(slice_of, count=len(self.history), messages=page, topics=[], chats=[], users=[user()])

    def _users(self, request: Any) -> list[types.User]:
        numbers = [
            SELF if isinstance(item, types.InputUserSelf) else getattr(item, "user_id", SELF) for item in request.id
        ]
        return [user(number, is_self=number == SELF) for number in numbers]

    def _resolved(self, request: Any) -> types.contacts.ResolvedPeer:
        number = 1000 + sum(request.username.lower().encode())
        return types.contacts.ResolvedPeer(types.PeerUser(number), [], [user(number, username=request.username)])

    def _sent(self, _: Any) -> types.UpdateShortSentMessage:
        return types.UpdateShortSentMessage(id=next(self._message_ids), pts=1, pts_count=1, date=DATE, out=True)


def meet(client: TelegramClient, *met: Any) -> None:
    """Let a client know itself, and users and chats: those before 1.28 keep them in another cache."""
    if hasattr(client, "_entity_cache"):
        client._self_input_peer = types.InputPeerUser(SELF, SELF)
        client._entity_cache.add(list(met))
    else:
        client._mb_entity_cache.set_self_user(SELF, False, SELF)
        people = [one for one in met if isinstance(one, types.User)]
        client._mb_entity_cache.extend(people, [one for one in met if one not in people])


def _people(update: Any) -> set[int]:
    peer = getattr(getattr(update, "message", None), "peer_id", None)
    return {peer.user_id} if isinstance(peer, types.PeerUser) else set()


def _affected(world: Telegram, request: Any) -> types.messages.AffectedMessages:
    return types.messages.AffectedMessages(pts=1, pts_count=len(getattr(request, "id", ())))


#: Requests that connecting makes by itself; not recorded.
_HOUSEKEEPING = (
    functions.help.GetConfigRequest,
    functions.updates.GetStateRequest,
    functions.updates.GetDifferenceRequest,
)
_PLAUSIBLE: dict[type, Callable[[Telegram, Any], Any]] = {
    functions.help.GetConfigRequest: lambda world, request: None,
    functions.updates.GetStateRequest: lambda world, request: types.updates.State(1, 0, DATE, 1, 0),
    functions.updates.GetDifferenceRequest: lambda world, request: types.updates.DifferenceEmpty(DATE, 0),
    functions.users.GetUsersRequest: Telegram._users,
    functions.contacts.ResolveUsernameRequest: Telegram._resolved,
    functions.messages.GetHistoryRequest: Telegram._page,
    functions.messages.SendMessageRequest: Telegram._sent,
    functions.messages.DeleteMessagesRequest: _affected,
    functions.messages.ReadHistoryRequest: _affected,
}


@contextlib.contextmanager
def offline(
    run: Run,
    *,
    answers: Mapping[str, Any] | None = None,
    interrupt: tuple[int, str] | None = None,
    file_sessions: bool = False,
) -> Iterator[Telegram]:
    """While it lasts, every `TelegramClient` that the program builds talks to the yielded `Telegram` and keeps its
    session in memory.

    Pages of a long history come without the usual pause of a second. `interrupt` is ``(k, ending)``: when an iteration
    (`iter_messages` …) asks for its item `k`, that ending of `moments` happens. `file_sessions` leaves ``name.session``
    files to Telethon. Raises `AssertionError` at the end if a request had no answer.
    """
    world = Telegram(run, answers or {})
    base = telethon.client.telegrambaseclient
    step, given = RequestIter.__anext__, itertools.count()

    async def next_item(self: Any) -> Any:
        if interrupt is not None and next(given) == interrupt[0]:
            await moments.interrupt(interrupt[1])
        self.wait_time = self.wait_time or 0
        return await step(self)

    sender = type("ScriptedSender", (Sender,), {"world": world})
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(base, "MTProtoSender", sender))
        stack.enter_context(mock.patch.object(RequestIter, "__anext__", next_item))
        if not file_sessions:
            stack.enter_context(mock.patch.object(base, "SQLiteSession", lambda *_: MemorySession()))
        try:
            yield world
        finally:
            if world.unanswered:
                raise AssertionError(f"no answer in the script to {', '.join(dict.fromkeys(world.unanswered))}")


async def connected(*arguments: Any, **more: Any) -> TelegramClient:
    """A connected client, for programs that are handed theirs; call it inside `offline`."""
    client = TelegramClient(MemorySession(), 1, "hash", *arguments, **more)
    await client.connect()
    return client
