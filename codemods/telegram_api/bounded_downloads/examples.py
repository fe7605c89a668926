"""The examples of TGF603: documentation and tests."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, untouched
from ....engine.model import Safety
from .support import ASYNC_FOR, FOR

_HEAD = """\
from telethon import TelegramClient

client = TelegramClient("bot", 12345, "hash")


"""
_IMPORTS = """\
import asyncio

from telethon import TelegramClient


"""
_CLIENT = """

client = TelegramClient("bot", 12345, "hash")


"""
_PHOTOS = """\
async def keep(messages):
    for message in messages:
        if message.photo:
            await client.download_media(message, "photos/")
"""
_ALL = """\
async def archive(chat):
    async for message in client.iter_messages(chat, limit=50):
        await message.download_media()
    print("done")
"""

EXAMPLES: tuple[Example, ...] = (
    fixed(
        _HEAD + _PHOTOS,
        _IMPORTS
        + FOR.source
        + _CLIENT
        + """\
async def keep(messages):
    await four_at_once(
        client.download_media(message, "photos/")
        for message in messages
        if message.photo
    )
""",
        "the photos among some messages",
        safety=Safety.UNSAFE,
    ),
    fixed(
        _HEAD + _ALL,
        _IMPORTS
        + ASYNC_FOR.source
        + _CLIENT
        + """\
async def archive(chat):
    await four_at_once_as_they_come(
        message.download_media()
        async for message in client.iter_messages(chat, limit=50)
    )
    print("done")
""",
        "messages that are looked for",
        safety=Safety.UNSAFE,
    ),
    left(
        _HEAD
        + """\
async def keep(messages):
    for number, message in enumerate(messages):
        await client.download_media(message, "photos/")
        print(number)
""",
        "does more than to download",
        "a loop that tells of each",
    ),
    left(
        _HEAD + _PHOTOS.replace('"photos/"', "progress_callback=print"),
        "hear of four files in turn",
        "a function that follows the progress",
    ),
    untouched(
        _HEAD
        + """\
async def keep(messages, cloud):
    for message in messages:
        await client.send_file("me", message.media)
        await cloud.upload(message)
    await client.download_media(messages[0])
""",
        "what is sent, and a single file",
    ),
)
