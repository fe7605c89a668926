"""Examples of flood-wait: loops of calls and iterations, and what is left alone."""

from __future__ import annotations

from ....engine.codemod import Example, Sources, fixed, left, untouched
from ....engine.model import Safety


def _waiting(before: Sources, after: Sources, title: str, **more: object) -> Example:
    return fixed(before, after, title, safety=Safety.UNSAFE, **more)


_CALLING = '''\
async def wait_out_floods(call, /, *args, **kwargs):
    """Await call(*args, **kwargs); when Telegram says how long to wait, wait a little longer and call again.

    A wait of more than 300 seconds is raised, and so is the one that follows attempt 3.
    """
    for attempt in range(1, 4):
        try:
            return await call(*args, **kwargs)
        except (FloodWaitError, SlowModeWaitError) as error:
            if attempt == 3 or error.seconds > 300:
                raise
            await asyncio.sleep(error.seconds * random.uniform(1.01, 1.1))
'''
_ITERATING = '''\
async def through_floods(iterator):
    """The items of one of Telethon's iterators; a flood wait makes it pause where it is, instead of ending it.

    A wait of more than 300 seconds is raised, and so is the one that follows attempt 3 at the same place.
    """
    iterator = iterator.__aiter__()
    started, attempt = False, 1
    while True:
        try:
            item = await iterator.__anext__()
        except StopAsyncIteration:
            return
        except (FloodWaitError, SlowModeWaitError) as error:
            if attempt == 3 or error.seconds > 300:
                raise
            await asyncio.sleep(error.seconds * random.uniform(1.01, 1.1))
            attempt += 1
            if not started:
                iterator = iterator.__aiter__()  # it had not found the chat yet
            continue
        started, attempt = True, 1
        yield item
'''
_LOOP = """\
from telethon import TelegramClient

client = TelegramClient("account", 1, "hash")


async def announce(users, text):
    for user in users:
        await client.send_message(user, text)
"""
_SENT = """\
async def announce(client: TelegramClient, users):
    for user in users:
        try:
            await client.send_message(user, "Hello")
        except Exception as e:
            print(e)
"""
_PTB = """\
from telegram.ext import Application, CommandHandler


async def announce(update, context):
    for user in context.bot_data["users"]:
        await context.bot.send_message(user, "Hello")


def main():
    application = Application.builder().token("42:T").build()
    application.add_handler(CommandHandler("announce", announce))
    application.run_polling()
"""
_LIMITED = _PTB.replace("import Application", "import AIORateLimiter, Application").replace(
    ".build()", ".rate_limiter(AIORateLimiter(max_retries=2)).build()"
)

EXAMPLES = (
    _waiting(
        _LOOP,
        f"""\
import asyncio
import random

from telethon import TelegramClient
from telethon.errors import FloodWaitError, SlowModeWaitError


{_CALLING}

client = TelegramClient("account", 1, "hash")


async def announce(users, text):
    for user in users:
        await wait_out_floods(client.send_message, user, text)
""",
        "a message to everybody",
    ),
    _waiting(
        _LOOP.replace(
            "await client.send_message(user, text)", "await client.delete_messages(user, ids=[1], revoke=True)"
        ),
        """\
import asyncio
import random

from telethon import TelegramClient
from telethon.errors import FloodWaitError, SlowModeWaitError


async def wait_out_floods(call, /, *args, **kwargs):
    \"\"\"Await call(*args, **kwargs); when Telegram says how long to wait, wait a little longer and call again.

    A wait of more than 900 seconds is raised, and so is the one that follows attempt 5.
    \"\"\"
    for attempt in range(1, 6):
        try:
            return await call(*args, **kwargs)
        except (FloodWaitError, SlowModeWaitError) as error:
            if attempt == 5 or error.seconds > 900:
                raise
            await asyncio.sleep(error.seconds * random.uniform(1.01, 1.1))


client = TelegramClient("account", 1, "hash")


async def announce(users, text):
    for user in users:
        await wait_out_floods(client.delete_messages, user, ids=[1], revoke=True)
""",
        "other limits",
        options={"longest": 900, "attempts": 5},
    ),
    _waiting(
        """\
from telethon import TelegramClient


async def save(client: TelegramClient, chat):
    async for message in client.iter_messages(chat):
        print(message.text)
""",
        f"""\
import asyncio
import random

from telethon import TelegramClient
from telethon.errors import FloodWaitError, SlowModeWaitError


{_ITERATING}

async def save(client: TelegramClient, chat):
    async for message in through_floods(client.iter_messages(chat)):
        print(message.text)
""",
        "an iteration goes on where it was",
    ),
    _waiting(
        {
            "bot.py": f"""\
from telethon import TelegramClient

import core


{_SENT}""",
            "core.py": "import bot\n",
        },
        {
            "bot.py": f"""\
from telethon import TelegramClient

import core
from _tgfix_support import wait_out_floods


{_SENT.replace("client.send_message(user", "wait_out_floods(client.send_message, user")}""",
            "_tgfix_support.py": f"""\
\"\"\"Support code for this bot, written by tgfix. It is yours: read it, change it, keep it.\"\"\"

import asyncio
import random

from telethon.errors import FloodWaitError, SlowModeWaitError


{_CALLING}""",
        },
        "a project of several files, and a clause that swallows the error",
    ),
    _waiting(
        f"""\
import tenacity
from telethon import TelegramClient


{_SENT}""",
        f"""\
import random

import tenacity
from telethon import TelegramClient
from telethon.errors import FloodWaitError, SlowModeWaitError


@tenacity.retry(
    retry=tenacity.retry_if_exception(lambda error: isinstance(error, (FloodWaitError, SlowModeWaitError)) and error.seconds <= 300),
    wait=lambda state: state.outcome.exception().seconds * random.uniform(1.01, 1.1),
    stop=tenacity.stop_after_attempt(3),
    reraise=True,
)
async def wait_out_floods(call, /, *args, **kwargs):
    \"\"\"Await call(*args, **kwargs); when Telegram says how long to wait, wait a little longer and call again.

    A wait of more than 300 seconds is raised, and so is the one that follows attempt 3.
    \"\"\"
    return await call(*args, **kwargs)


{_SENT.replace("client.send_message(user", "wait_out_floods(client.send_message, user")}""",
        "tenacity where the project has it",
    ),
    _waiting(
        {"bot.py": _PTB, "requirements.txt": "python-telegram-bot[rate-limiter]==22.1\n"},
        {"bot.py": _LIMITED},
        "an application of python-telegram-bot",
    ),
    _waiting(
        {"bot.py": _PTB, "requirements.txt": "python-telegram-bot==22.1\n"},
        {"bot.py": _LIMITED, "requirements.txt": "python-telegram-bot[rate-limiter]==22.1\n"},
        "an application without the extra that the rate limiter needs",
    ),
    left(
        """\
from telethon import TelegramClient


async def send(client: TelegramClient, users):
    for user in users:
        await client.send_file(user, ["a.jpg", "b.jpg"])
""",
        "those before the wait would be sent twice",
        "an album",
    ),
    left(
        """\
from telethon import TelegramClient


async def send(client: TelegramClient, users):
    with open("a.jpg", "rb") as picture:
        for user in users:
            await client.send_file(user, picture)
""",
        "at its end the second time",
        "an open file",
    ),
    left(
        """\
import asyncio

from telethon import TelegramClient


async def send(client: TelegramClient, users):
    for user in users:
        await asyncio.gather(client.send_message(user, "Hello"), client.send_message(user, "World"))
""",
        "it is not awaited where it stands, but with others",
        "calls that are gathered",
    ),
    untouched(
        """\
import asyncio

from telethon import TelegramClient, errors


async def attempts(client: TelegramClient, user):
    for attempt in range(3):
        try:
            await client.send_message(user, "Hello")
            break
        except ConnectionError:
            continue


async def news(client: TelegramClient, user):
    while True:
        await client.send_message(user, "News")
        await asyncio.sleep(3600)


async def careful(client: TelegramClient, users):
    for user in users:
        try:
            await client.send_message(user, "Hello")
        except errors.FloodWaitError as e:
            await asyncio.sleep(e.seconds)


async def last(client: TelegramClient, chat):
    async for message in client.iter_messages(chat, limit=1):
        return message
""",
        "loops of attempts, loops that pause, clauses for flood waits, a single page",
    ),
    untouched(
        _LOOP.replace('"hash")', '"hash", flood_sleep_threshold=24 * 60 * 60)'), "a client that sleeps by itself"
    ),
)
