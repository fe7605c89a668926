"""The examples of TGF604: documentation and tests."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, patched, untouched
from ....engine.model import Safety

_BOT = """\
from telethon import TelegramClient, events


def run(client: TelegramClient):
    @client.on(events.NewMessage)
    async def keep(event):
        film = await client.upload_file({upload})
        await event.reply(file=film)
        print(len(await client.download_file(event.media.document{download})))
"""

_KEPT = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 12345, "hash")


@client.on(events.NewMessage)
async def keep(event):
    await client.download_file(event.media.document, "film.mp4"{})
"""
_LOGIN = """\
from telethon import TelegramClient

TelegramClient("bot", 12345, "hash").start()
"""

EXAMPLES: tuple[Example, ...] = (
    fixed(
        {"bot.py": _KEPT.format(""), "requirements.txt": "telethon\ncryptg\n"},
        {"bot.py": _KEPT.format(", part_size_kb=512")},
        "a file that grows in fewer steps",
        safety=Safety.UNSAFE,
    ),
    fixed(
        {"bot.py": _BOT.format(upload='"film.mp4"', download=""), "requirements.txt": "telethon\ncryptg\n"},
        {"bot.py": _BOT.format(upload='"film.mp4", part_size_kb=512', download=", part_size_kb=512")},
        "a file that is sent, and one that is fetched",
    ),
    fixed(
        {
            "bot.py": _BOT.format(upload='"film.mp4"', download=""),
            "log.py": "import logging\n\nlogging.basicConfig(level=logging.INFO)\n",
            "requirements.txt": "telethon\ncryptg\n",
        },
        {"bot.py": _BOT.format(upload='"film.mp4", part_size_kb=512', download=", part_size_kb=512")},
        "a log that shows of how many parts Telethon tells",
        safety=Safety.UNSAFE,
    ),
    fixed(
        {
            "bot.py": _BOT.format(upload='"film.mp4"', download=""),
            "log.py": "import coloredlogs\n\ncoloredlogs.install()\n",
            "requirements.txt": "telethon\ncryptg\ncoloredlogs\n",
        },
        {"bot.py": _BOT.format(upload='"film.mp4", part_size_kb=512', download=", part_size_kb=512")},
        "a package that shows what is logged at the level INFO",
        safety=Safety.UNSAFE,
    ),
    fixed(
        {
            "bot.py": _BOT.format(upload='"film.mp4", progress_callback=print', download=", part_size_kb=512"),
            "requirements.txt": "telethon\ncryptg\n",
        },
        {
            "bot.py": _BOT.format(
                upload='"film.mp4", part_size_kb=512, progress_callback=print', download=", part_size_kb=512"
            )
        },
        "a function that follows the progress is called less often",
        safety=Safety.UNSAFE,
    ),
    patched(
        {
            "bot.py": """\
-from telethon import TelegramClient, events
+from telethon import TelegramClient, events, utils

+utils.get_appropriated_part_size = lambda file_size: 512  # KiB, as for files above 750 MB
 client = TelegramClient("bot", 12345, "hash")


 @client.on(events.NewMessage)
 async def keep(event):
     await event.download_media()
""",
            "requirements.txt": """\
telethon
cryptg
""",
        },
        "calls that take no size",
        safety=Safety.UNSAFE,
    ),
    left(
        {
            "bot.py": _BOT.format(upload='"film.mp4"', download=", part_size_kb=512"),
            "requirements.txt": "telethon\n",
        },
        "`cryptg` comes first",
        "a bot without cryptg",
    ),
    left(
        {
            "bot.py": _KEPT.replace(', "film.mp4"{}', ""),
            "requirements.txt": "telethon\ncryptg\n",
        },
        "nobody takes the bytes that it fetches",
        "a download that is thrown away",
    ),
    untouched(
        {
            "bot.py": """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 12345, "hash")


@client.on(events.NewMessage)
async def show(event):
    await client.send_file(event.chat_id, "logo.png")
""",
            "requirements.txt": "telethon\n",
        },
        "a bot that sends a picture, without cryptg",
    ),
    untouched(
        {
            "bot.py": """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 12345, "hash")


@client.on(events.NewMessage)
async def show(event):
    shot = f"https://shots.example/{event.raw_text}"
    await client.send_file(event.chat_id, shot)
    await client.send_file("me", event.media)
""",
            "requirements.txt": "telethon\ncryptg\n",
        },
        "addresses that Telegram fetches itself, and what it has",
    ),
    untouched(
        {
            "bot.py": """\
import importlib

from telethon import TelegramClient, events


class Account(TelegramClient):
    def __init__(self):
        super().__init__("bot", 12345, "hash")


client = Account()
importlib.import_module("plugins")


@client.on(events.NewMessage)
async def keep(event):
    await event.download_media()
""",
            "login.py": _LOGIN,
            "requirements.txt": "telethon\ncryptg\n",
        },
        "a script beside the bot that only makes a session",
    ),
    left(
        {
            "bot.py": _BOT.format(upload="thumb", download=", part_size_kb=512"),
            "requirements.txt": "telethon\ncryptg\n",
        },
        "it is a picture by its name",
        "a thumbnail",
    ),
    left(
        {
            "bot.py": _BOT.format(upload="path", download=", part_size_kb=512").replace(
                "event.reply(file=film)", "client(UploadProfilePhotoRequest(file=film))"
            ),
            "requirements.txt": "telethon\ncryptg\n",
        },
        "it is a picture by its name",
        "the photo of a profile",
    ),
    left(
        {
            "bot.py": _BOT.format(upload='"film.mp4", key=key, iv=iv', download=", part_size_kb=512"),
            "requirements.txt": "telethon\ncryptg\n",
        },
        "may depend on the parts",
        "a file that is encrypted part by part",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 12345, "hash")


@client.on(events.NewMessage)
async def keep(event):
    async for part in client.iter_download(event.media):
        print(len(part))
""",
        "nothing that tgfix can write to asks for what the bot needs",
        "a bot that declares nothing",
    ),
    untouched(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 12345, "hash")


@client.on(events.NewMessage)
async def answer(event):
    await event.reply("hello")
    await storage.upload_file("film.mp4")
""",
        "no files, and another library's",
    ),
)
