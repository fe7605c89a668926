"""What is known to help with Telegram's methods where they cost more than they need, and what is known not to help.

Figures were measured with Telethon 1.45 and python-telegram-bot 22.8 over a connection of 40 ms; a request of a bot to Telegram takes 40
to 100 ms in reality.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do by hand where a method is called in a certain way."""

    key: str
    title: str
    mend: str


_ONCE = "Ask Telegram once, not for every item of a loop"
_ENTITIES = Advice(
    "look-ups-in-a-loop",
    _ONCE,
    "`get_entity([…])` takes a list (450 users: 3 requests), and `get_input_entity()` needs none for an id or name that the session knows",
)
_RIGHTS = Advice(
    "look-ups-in-a-loop",
    _ONCE,
    "one request for all, `get_participants()`, or keep the answer for a while: somebody who was demoted keeps his rights so long",
)
_MEMBERS = Advice(
    "look-ups-in-a-loop",
    _ONCE,
    "`get_chat_administrators()` gives all administrators for one request; else keep the answer for a while: somebody who has left counts "
    "as a member so long",
)
_MESSAGES = Advice(
    "messages-one-by-one",
    "Ask for messages in lists",
    "`get_messages(chat, ids=[…])` gives 100 messages for one request, None where one is missing; match them by `id`. Over 300 ids it "
    "sleeps 10 seconds between pages",
)
_DOWNLOADS = Advice(
    "downloads-one-by-one",
    "Download several files at once",
    "four at a time took 0.37 instead of 1.47 s for 12 photos, with the same contents: `asyncio.gather()` behind an `asyncio.Semaphore(4)`",
)
#: By the library and the method, where a loop calls it for each of its items.
IN_A_LOOP: dict[str | None, dict[str, Advice]] = {
    "telethon": {
        "get_entity": _ENTITIES,
        "get_permissions": _RIGHTS,
        "get_messages": _MESSAGES,
        "download_media": _DOWNLOADS,
    },
    "telegram": {"get_chat_member": _MEMBERS},
}
#: Methods of Telethon that send or fetch files.
TRANSFERS = frozenset("download_media download_file upload_file send_file iter_download download_profile_photo".split())
CRYPTG = (
    "Telethon encrypts files in Python or by way of OpenSSL where `cryptg` is missing: each part of 512 KiB stops the event loop for 42 to "
    "788 ms, with it for 1 ms (0.67 to 12 MB/s against 525)"
)
#: What people try for speed, with what it gave.
USELESS = (
    ("uvloop", "saves nothing that a user sees: a bot waits for Telegram, 40–100 ms a request, and not for its event loop"),
    ("`__slots__`", "89 instead of 137 bytes an object, 127 instead of 135 ns to make one; old pickles, weak references break"),
    ("`QueueHandler` for logs", "8 µs a line instead of 7 for a file, and `exc_info` is lost"),
    ("fewer `print()` calls", "each takes 0.4–4 µs"),
    ("more connections, or more updates at once than connections",
     "64 updates at once made 272 calls a second, 256 made 62; with a pool of 8 connections, 52 of 60 calls ended in `PoolTimeout`"),
    ("sending to many chats in parallel", "runs into flood limits: of 100 look-ups 80 were sent into the flood, five at a time 20"),
)  # fmt: skip
#: What handling chats side by side gave.
ONE_AT_A_TIME = (
    "chats side by side, each in order, by an update processor (`BaseUpdateProcessor` of python-telegram-bot 20.4 and newer): 20 chats "
    "whose handlers wait 0.1 s took 2.0 s one after the other and 0.1 s then; `concurrent_updates(True)` is as fast and loses the order"
)
#: The same for Telethon, and for python-telegram-bot 13, where handlers are plain functions.
IN_TURN = "leave out `sequential_updates=True`: Telethon starts a task for each update then"
THREADED = "python-telegram-bot 13: `run_async=True` for the handlers that wait, each in a thread; 20 and newer have `concurrent_updates`"
