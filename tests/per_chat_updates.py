"""What the processor of TGF204 does to a real application, on any release of python-telegram-bot from 20.4 on.

``python tests/per_chat_updates.py SUPPORT`` runs the checks against the release at hand; SUPPORT is a file that defines
`PerChatUpdates` and `one_at_a_time`.
"""

from __future__ import annotations

import asyncio
import runpy
import sys
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

from telegram import Chat, Message, MessageEntity, Update, User
from telegram.ext import Application, CommandHandler, ConversationHandler, ExtBot, MessageHandler, filters


class NoRequest:
    """In the place of the bot's requests: nothing is sent."""


class Offline(ExtBot):  # type: ignore[type-arg]
    """A bot that asks nobody who it is."""

    async def initialize(self) -> None:
        """Nothing."""

    async def shutdown(self) -> None:
        """Nothing."""


def update(number: int, chat: int, text: str = "hi", user: int = 0) -> Update:
    """An update with a message of a user in a chat."""
    import datetime

    sender = User(user or chat, "U", False)
    entities = [MessageEntity("bot_command", 0, len(text.split()[0]))] if text.startswith("/") else []
    where = Chat(chat, "private" if chat > 0 else "group")
    when = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
    return Update(number, message=Message(number, when, where, from_user=sender, text=text, entities=entities))


@asynccontextmanager
async def running(processor: Any, *handlers: Any) -> Any:
    """An application without a network that takes updates from its queue; all are done when it ends."""
    app = Application.builder().bot(Offline("1:A")).updater(None).concurrent_updates(processor).build()
    app.add_handlers(list(handlers))
    app.bot._bot_user = User(42, "Bot", True, username="ThisBot")  # type: ignore[attr-defined]
    await app.initialize()
    await app.start()
    try:
        yield app
    finally:
        await app.stop()
        await app.shutdown()


async def put(app: Any, updates: list[Update]) -> None:
    """Hand over updates as polling does."""
    for one in updates:
        assert one.message is not None
        one.message.set_bot(app.bot)
        await app.update_queue.put(one)


async def order_is_kept(made: dict[str, Any]) -> None:
    """400 updates of 10 users in 5 groups: those of one chat and those of one user do not overtake each other."""
    seen: list[tuple[int, int, int]] = []

    async def note(update: Update, context: Any) -> None:
        await asyncio.sleep(0.0001 * (update.update_id * 7 % 11))
        seen.append((update.update_id, update.effective_chat.id, update.effective_user.id))  # type: ignore[union-attr]
        await asyncio.sleep(0)

    async with running(made["PerChatUpdates"](), MessageHandler(filters.ALL, note)) as app:
        await put(app, [update(n, -1 - n % 5, user=1 + n * 3 % 10) for n in range(400)])
    assert len(seen) == 400
    for part in (1, 2):
        for key in {one[part] for one in seen}:
            numbers = [one[0] for one in seen if one[part] == key]
            assert numbers == sorted(numbers)
    assert [one[0] for one in seen] != list(range(400)), "chats ran side by side"


async def chats_do_not_wait(made: dict[str, Any]) -> None:
    """20 chats are handled at a time, and one of them that sends many updates keeps nobody waiting: not even for a place."""
    running_now, most, ended = 0, 0, list[int]()

    async def slow(update: Update, context: Any) -> None:
        nonlocal running_now, most
        running_now += 1
        most = max(most, running_now)
        await asyncio.sleep(0.02)
        running_now -= 1
        ended.append(update.effective_chat.id)  # type: ignore[union-attr]

    async with running(made["PerChatUpdates"](), MessageHandler(filters.ALL, slow)) as app:
        await put(app, [update(n, n + 1) for n in range(20)])
    assert most == 20
    ended.clear()
    async with running(made["PerChatUpdates"](4), MessageHandler(filters.ALL, slow)) as app:
        await put(app, [update(n, 1) for n in range(10)] + [update(10, 2)])
    assert ended.index(2) <= 1


async def the_limit_holds(made: dict[str, Any]) -> None:
    """No more than the given number run at a time, and after failures all places and chats are free again."""
    at_once, most, done = 0, 0, 0

    async def count(update: Update, context: Any) -> None:
        nonlocal at_once, most, done
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.001)
        at_once -= 1
        if update.update_id % 2:
            raise RuntimeError("fails")
        done += 1

    processor = made["PerChatUpdates"](5)
    async with running(processor, MessageHandler(filters.ALL, count)) as app:
        app.add_error_handler(_quiet)
        await put(app, [update(n, n % 30 + 1) for n in range(120)])
    assert (most, done, processor._latest) == (5, 60, {})


async def _quiet(update: object, context: Any) -> None:
    return None


async def conversations_go_through(made: dict[str, Any]) -> None:
    """30 users who answer before they are asked: each conversation ends, and each user's counter is right."""
    finished: list[str] = []

    async def begin(update: Update, context: Any) -> int:
        await asyncio.sleep(0.005)
        return 1

    async def name(update: Update, context: Any) -> int:
        before = context.user_data.get("n", 0)
        await asyncio.sleep(0.002)
        context.user_data["n"] = before + 1
        return 2

    async def age(update: Update, context: Any) -> int:
        finished.append(update.message.text)  # type: ignore[union-attr, arg-type]
        return int(ConversationHandler.END)

    words = filters.TEXT & ~filters.COMMAND
    states: dict[object, list[Any]] = {1: [MessageHandler(words, name)], 2: [MessageHandler(words, age)]}
    talk = ConversationHandler([CommandHandler("start", begin)], states, [])
    async with running(made["PerChatUpdates"](), talk) as app:
        for step, text in enumerate(("/start", "Ann", "33")):
            await put(app, [update(step * 30 + user, user, text) for user in range(1, 31)])
        await app.update_queue.join()
        assert [app.user_data[user]["n"] for user in range(1, 31)] == [1] * 30
    assert finished == ["33"] * 30


async def those_that_share_run_one_at_a_time(made: dict[str, Any]) -> None:
    """A counter that all chats read and write with a wait between, by two handlers of which one calls the other."""
    shared = {"n": 0}

    async def add(update: Update, context: Any) -> None:
        before = shared["n"]
        await asyncio.sleep(0.001)
        shared["n"] = before + 1

    async def add_two(update: Update, context: Any) -> None:
        await add(update, context)
        await add(update, context)

    alone = made["one_at_a_time"]
    assert alone(add).__name__ == "add"
    handlers = CommandHandler("two", alone(add_two)), MessageHandler(filters.ALL, alone(add))
    async with running(made["PerChatUpdates"](), *handlers) as app:
        await put(app, [update(n, n + 1, "/two" if n % 2 else "hi") for n in range(40)])
    assert shared["n"] == 60


async def what_is_not_waited_for_is_as_before(made: dict[str, Any]) -> None:
    """`block=False` lets updates of one chat overlap, and an update that is none of Telegram's is taken, too."""
    running_now, most = 0, 0

    async def slow(update: Update, context: Any) -> None:
        nonlocal running_now, most
        running_now += 1
        most = max(most, running_now)
        await asyncio.sleep(0.05)
        running_now -= 1

    async with running(made["PerChatUpdates"](), MessageHandler(filters.ALL, slow, block=False)) as app:
        await put(app, [update(1, 1), update(2, 1), update(3, 1)])
        await app.update_queue.put("a text")
        await app.update_queue.join()
        await asyncio.sleep(0.01)
    assert most == 3


CHECKS: list[Callable[[dict[str, Any]], Any]] = [
    order_is_kept,
    chats_do_not_wait,
    the_limit_holds,
    conversations_go_through,
    those_that_share_run_one_at_a_time,
    what_is_not_waited_for_is_as_before,
]


def main(support: str) -> Iterator[str]:
    """Run all checks."""
    for check in CHECKS:
        asyncio.run(check(runpy.run_path(support)))
        yield check.__name__


if __name__ == "__main__":
    import telegram

    print(telegram.__version__, *main(sys.argv[1]))
