"""The small world a program runs in: stand-ins for the libraries, and a record of all that the program is seen to do.

Updates all come from one user in one chat, in a fixed order. A reply belongs to its update: in which order two updates
are replied to is not compared, as each reply is seen to answer its own. Everything else is seen by somebody in the
order in which it happens: what is printed, what comes in the channel, what is posted to the server.
"""

from __future__ import annotations

import builtins
import contextvars
import sqlite3
from collections.abc import Callable, Coroutine
from types import SimpleNamespace
from typing import Any

from .loop import Loop
from .threads import current

USER = 5
SERVER = "server"
_activation: contextvars.ContextVar[int] = contextvars.ContextVar("activation")

Handler = Callable[..., Coroutine[Any, Any, None]]


class Stuck(BaseException):
    """The event loop waits for a lock that only it could let go of."""


def reads_only(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a stand-in that changes nothing outside, so that its moment does not matter."""
    function.reads_only = True  # type: ignore[attr-defined]
    return function


class World:
    """One run's world. `handlers` and `jobs` fill up while the program is executed."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.handlers: list[Callable[[str], Coroutine[Any, Any, None]]] = []
        self.jobs: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self.side_by_side = True
        self.own: dict[int, list[tuple[str, object]]] = {}
        self.seen: dict[str, list[object]] = {}
        self.bot_data: dict[object, object] = {}
        self.user_data: dict[object, object] = {}
        self._modules = self._stand_ins()

    def effect(self, channel: str | None, value: object) -> None:
        """Record what the running activation does; `channel` names those who see it besides its own user."""
        self.own.setdefault(_activation.get(-1), []).append((channel or "reply", value))
        if channel:
            self.seen.setdefault(channel, []).append(value)

    async def activation(self, number: int, handler: Coroutine[Any, Any, None]) -> None:
        """Run a handler as the library would."""
        _activation.set(number)
        try:
            await handler
        except Exception as error:
            self.effect(None, f"raised {type(error).__name__}")

    async def sent(self, channel: str | None, text: object) -> None:
        """A request to Telegram that sends something."""
        self.effect(channel, str(text))
        await self.loop.outside()

    def namespace(self) -> dict[str, Any]:
        """Globals for the program."""
        own = dict(vars(builtins))
        own["print"] = lambda *values: self.effect("printed", " ".join(map(str, values)))
        own["__import__"] = self._import
        return {"__builtins__": own, "__name__": "bot"}

    def _import(self, name: str, scope: object = None, local: object = None, names: Any = (), level: int = 0) -> Any:
        found = self._modules.get(name if names else name.partition(".")[0])
        return found or builtins.__import__(name, scope, local, names, level)  # type: ignore[arg-type]

    def _stand_ins(self) -> dict[str, Any]:
        answer = SimpleNamespace(text="page", status_code=200, json=lambda: {"n": 1})

        def post(url: str, json: object = None, timeout: float = 0) -> object:
            self.effect(SERVER, repr(json))
            return answer

        def run(command: list[str], check: bool = False) -> object:
            return SimpleNamespace(returncode=0)

        ran = reads_only(lambda command, text=False: "up")
        return {
            "time": SimpleNamespace(sleep=reads_only(lambda seconds: None)),
            "requests": SimpleNamespace(get=reads_only(lambda url, timeout=0: answer), post=post),
            "subprocess": SimpleNamespace(run=reads_only(run), check_output=ran),
            "sqlite3": SimpleNamespace(connect=connected),
            "threading": SimpleNamespace(Lock=lambda: Lock(self)),
            "telethon": SimpleNamespace(
                TelegramClient=lambda *given, **options: Client(self, **options),
                events=SimpleNamespace(NewMessage=lambda **given: None),
            ),
            "telegram.ext": SimpleNamespace(
                Application=SimpleNamespace(builder=lambda: Builder(self)),
                CommandHandler=lambda name, handler, **given: handler,
            ),
        }


class Lock:
    """A `threading.Lock`. Waiting for it in the event loop stops everything, so that it is never let go."""

    def __init__(self, world: World) -> None:
        self._world, self._held = world, False

    def __enter__(self) -> None:
        thread = current()
        while self._held:
            if thread is None:
                self._world.loop.stuck = True
                raise Stuck
            thread.pause(until=lambda: not self._held)
        self._held = True

    def __exit__(self, *error: object) -> None:
        self._held = False


class Client:
    """A Telethon client: a task for each update, unless `sequential_updates` is set."""

    def __init__(self, world: World, sequential_updates: bool = False) -> None:
        self._world = world
        world.side_by_side = not sequential_updates

    def on(self, builder: object) -> Callable[[Handler], Handler]:
        def add(handler: Handler) -> Handler:
            self.add_event_handler(handler, builder)
            return handler

        return add

    def add_event_handler(self, handler: Handler, builder: object = None) -> None:
        self._world.handlers.append(lambda text: handler(self._event(text)))

    async def send_message(self, chat: int, text: object) -> None:
        await self._world.sent(f"chat {chat}", text)

    def _event(self, text: str) -> object:
        async def reply(message: object) -> None:
            await self._world.sent(None, message)

        return SimpleNamespace(chat_id=USER, sender_id=USER, raw_text=text, reply=reply, respond=reply)


class Builder:
    """PTB's builder of an application: updates one after the other, unless `concurrent_updates` is asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.side_by_side = False

    def token(self, token: str) -> Builder:
        return self

    def concurrent_updates(self, many: bool) -> Builder:
        self._world.side_by_side = many
        return self

    def build(self) -> Application:
        return Application(self._world)


class Application:
    """PTB's application, with its jobs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.bot = SimpleNamespace(send_message=self._send)
        self.bot_data = world.bot_data
        self.job_queue = SimpleNamespace(run_once=self._run_once)

    def add_handler(self, handler: Handler) -> None:
        self._world.handlers.append(lambda text: handler(self._update(text), self._context()))

    def _run_once(self, job: Handler, when: float) -> None:
        self._world.jobs.append(lambda: job(self._context()))

    async def _send(self, chat: int, text: object) -> None:
        await self._world.sent(f"chat {chat}", text)

    def _context(self) -> object:
        return SimpleNamespace(bot=self.bot, bot_data=self.bot_data, user_data=self._world.user_data, application=self)

    def _update(self, text: str) -> object:
        async def reply_text(message: object) -> None:
            await self._world.sent(None, message)

        return SimpleNamespace(
            message=SimpleNamespace(text=text, reply_text=reply_text),
            effective_chat=SimpleNamespace(id=USER),
            effective_user=SimpleNamespace(id=USER),
        )


def connected(path: str) -> sqlite3.Connection:
    """A connection that does not wait for the disk."""
    connection = sqlite3.connect(path, isolation_level="DEFERRED")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA journal_mode = MEMORY")
    return connection


def state(namespace: dict[str, Any], world: World, expressions: tuple[str, ...]) -> tuple[str, ...]:
    """What is left when a run is over: the values of module-level expressions, and the stores of the library."""
    left = [f"{text} = {eval(text, namespace)!r}" for text in expressions]
    return (*left, f"bot_data = {world.bot_data!r}", f"user_data = {world.user_data!r}")
