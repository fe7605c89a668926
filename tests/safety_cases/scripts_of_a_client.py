"""TGF501: programs whose client handles no updates, and events that functions of the project make."""

from __future__ import annotations

from typing import Any

from twin import Run

from . import SafetyCase, driving

_HEAD = """\
import asyncio
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
"""

_ALL = (
    _HEAD
    + """
CHATS = [11, 12]


async def send_all(number):
    for chat in CHATS:
        await client.send_message(chat, f"hello {number}")
        print("sent to", chat)
        time.sleep(0.02)


async def main(rounds):
    await client.connect()
    number = 0
    while True:
        number += 1
        await send_all(number)
        await asyncio.sleep(0.02)
        if number == rounds:
            break
    await client.disconnect()


if __name__ == "__main__":
    asyncio.run(main(3))
"""
)

_TWO_LOOPS = (
    _HEAD
    + """
left = 5


async def take(name, rounds):
    global left
    for _ in range(rounds):
        if left > 0:
            time.sleep(0.01)
            left -= 1
            await client.send_message(11, f"{name} took one, {left} left")


async def main(rounds):
    await client.connect()
    await asyncio.gather(take("a", rounds), take("b", rounds))
    await client.disconnect()


if __name__ == "__main__":
    asyncio.run(main(3))
"""
)

_FOLLOWS = (
    _HEAD
    + """
count = 0


async def heard(event):
    global count
    count += 1
    await client.send_message(event.chat_id, f"you are {count}")


async def watch():
    global count
    for _ in range(3):
        seen = count
        time.sleep(0.05)
        count = seen
        await client.send_message(11, f"{count} so far")


async def main(rounds):
    await client.connect()
    client.add_event_handler(heard, events.NewMessage())
    await watch()
    await client.disconnect()


if __name__ == "__main__":
    asyncio.run(main(3))
"""
)

_COMMAND = (
    _HEAD
    + """

def command(word):
    pattern = f"/{word}"
    return events.NewMessage(pattern=pattern)


@client.on(command("load"))
async def load(event):
    await event.delete()
    time.sleep(0.02)
    await client.send_message(11, f"{event.raw_text} is gone")
"""
)


def running(run: Run, rounds: int = 2) -> None:
    """Run the coroutine `main` of the program."""
    import asyncio

    from twin import telethon

    with telethon.offline(run):
        asyncio.run(run.module.main(rounds))


def following(run: Run) -> None:
    """Run the coroutine `main` of the program, to whose client two messages come meanwhile."""
    import asyncio

    from twin import telethon

    async def main(telegram: Any) -> None:
        async def deliver() -> None:
            for number in (1, 2):
                await asyncio.sleep(0.02)
                given = [telethon.new_message("hi", number, chat=20 + number)]
                await telegram.deliver(run.module.client, given, together=False)

        await asyncio.gather(run.module.main(0), deliver())

    with telethon.offline(run) as telegram:
        asyncio.run(main(telegram))


CASES = [
    SafetyCase("messages sent again and again, and nobody is listened to", {"bot.py": _ALL}, running),
    SafetyCase("two coroutines that take from one stock", {"bot.py": _TWO_LOOPS}, running, {"rounds": 4}),
    SafetyCase("a script that listens while it counts", {"bot.py": _FOLLOWS}, following),
    SafetyCase(
        "a command whose event a function makes",
        {"bot.py": _COMMAND},
        driving.telethon_bot,
        {"updates": ["/load", "/load"]},
        held="TGF501",
        granted="interleaving",
    ),
]
