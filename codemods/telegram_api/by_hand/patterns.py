"""What is mended by hand: where it stands, what it costs, and what to do. Figures: Telethon 1.45, a scripted sender."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ....engine.analysis.module import Module
from ....engine.model import Cost
from ....knowledge.blocking import CONNECTS
from ..rights import RIGHTS
from .programs import clients_of_handlers, connections, loops_without_one, readable_sessions, unkept
from .requests import at_once, counted, rights


@dataclass(frozen=True, slots=True)
class Pattern:
    """One row: files without a needle have none of it. What stands before the colon of the message is its title in a report."""

    needles: tuple[bytes, ...]
    message: str
    mend: str
    cost: Cost | None
    places: Callable[[Module], Iterator[ast.AST]]
    #: The codemod, off by default, that lists these places where it is selected.
    instead: tuple[str, str] = ("", "")


PATTERNS = (
    Pattern(
        (b"gather",),
        "messages that go out all at once: Telegram takes about 30 a second, one a second in a chat, and refuses the others for a while",
        "one after the other, and what was refused again after the time that `RetryAfter` or `FloodWaitError` tells",
        None,
        at_once,
    ),
    Pattern(
        (b"TelegramClient",),
        "a client for each update: it connects with 4 to 5 requests each time (twenty commands: 120 requests, with one client 25)",
        "make one client when the program starts; a second one on the session file waits five seconds, with the event loop, and fails",
        None,
        clients_of_handlers,
    ),
    Pattern(
        tuple(dict.fromkeys(name.partition(".")[0].encode() for name in CONNECTS)),
        "a connection to the database each time: a TCP connection, a TLS handshake and a log-in before the first statement",
        "keep some open: `psycopg2.pool.ThreadedConnectionPool(1, 10, …)` made once, `getconn()` and `putconn()` around each use",
        Cost.HUNDREDTHS,
        connections,
    ),
    Pattern(
        (b"get_participants",),
        "members are fetched to be counted: 6 requests, where the number alone takes one",
        "`(await client.get_participants(chat, limit=0)).total`; the two numbers differ where members are hidden",
        None,
        counted,
    ),
    Pattern(
        tuple(name.encode() for name in RIGHTS),
        "an administrator's rights are asked for with each message: 1 request with python-telegram-bot, 2 with Telethon",
        "`@alru_cache(ttl=30)` of async-lru on a function of the chat and the user, which `--select TGF605` writes; who was demoted keeps "
        "his rights so long",
        None,
        rights,
        instead=("TGF605", "cached-rights"),
    ),
    Pattern(
        (b"get_event_loop",),
        "`asyncio.get_event_loop()` without a loop: RuntimeError on Python 3.14, a warning on 3.12 and 3.13",
        "`asyncio.run(main())`, or `asyncio.new_event_loop()` with `asyncio.set_event_loop()`",
        Cost.NONE,
        loops_without_one,
    ),
    Pattern(
        (b"create_task", b"ensure_future"),
        "a task that nobody keeps: the event loop refers to it weakly, and it may be gone before it is done",
        "keep it until it is done: `tasks.add(task)` and `task.add_done_callback(tasks.discard)`, or `application.create_task()`",
        Cost.NONE,
        unkept,
    ),
    Pattern(
        (b"TelegramClient",),
        "a session file that others may read: its mode is 0644, and whoever has it is the account",
        "`chmod 600` for the file, or `os.umask(0o077)` before the client is made",
        Cost.NONE,
        readable_sessions,
    ),
)
