"""Places at which nobody gains: what runs before a program serves, and what is never imported."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import tgfix

BOT = """\
import asyncio
import time

from aiogram import Bot, Dispatcher

bot = Bot("123:abc")
dp = Dispatcher()


async def prepare(names):
    for name in names:
        time.sleep(1)
        print(name)


@dp.message()
async def greet(message):
    await message.answer("Hello")


async def main():
    await prepare(["a", "b"])
    await dp.start_polling(bot)


asyncio.run(main())
"""
WEB = """\
import time
from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app):
    time.sleep(1)
    yield


app = FastAPI(lifespan=lifespan)


@app.get("/")
async def root():
    return {}
"""
PLUGIN = """\
import time

from pyrogram import filters


@Client.on_message(filters.me)
async def told(client, message):
    time.sleep(1)
    await message.delete()
"""


def found(directory: Path, text: str) -> str:
    """What a check tells of TGF501, with what is left alone."""
    (directory / "bot.py").write_text(text)
    return tgfix("check", "--all", "--select", "TGF501", "--no-cache", ".", cwd=directory).text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOT, "before the program begins to serve"),
        (BOT.replace("    await prepare", "    asyncio.create_task(greet(1))\n    await prepare"), ""),
        (WEB, "it runs once, while the bot starts or stops"),
        (PLUGIN, "nothing defines `Client` (line 6), so that the file cannot be imported"),
        (PLUGIN.replace("import filters", "import Client, filters"), ""),
    ],
)  # fmt: skip
def test_nobody_waits_before_a_program_serves_or_where_a_file_fails(tmp_path: Path, text: str, told: str) -> None:
    out = " ".join(found(tmp_path, text).split())
    assert told in out if told else ("cannot be imported" not in out and "begins to serve" not in out)
