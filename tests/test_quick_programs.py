"""Programs whose end is there at once: what counts a folder, and what has been read to its end."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import tgfix

BOT = """\
import asyncio
import subprocess
from functools import partial

from telethon import TelegramClient, events

bot = TelegramClient("shop", 1, "hash")


@bot.on(events.NewMessage)
async def count(event):
    listing = subprocess.Popen(("ls", "temp"), stdout=subprocess.PIPE)
    number = subprocess.check_output(("wc", "-l"), stdin=listing.stdout)
    listing.wait()
    await event.reply(str(number))


bot.run_until_disconnected()
"""
CALL = 'subprocess.check_output(("wc", "-l"), stdin=listing.stdout)'


def found(directory: Path, text: str) -> str:
    """What a check tells of TGF502."""
    (directory / "bot.py").write_text(text)
    return " ".join(tgfix("check", "--all", "--select", "TGF502", cwd=directory).text.split())


@pytest.mark.parametrize("counting", ['("wc", "-l")', '["wc", "-l"]', '"wc -l"', '"wc"'])
def test_to_count_a_folder_is_no_wait(tmp_path: Path, counting: str) -> None:
    told = found(tmp_path, BOT.replace('("wc", "-l")', counting))
    assert "`len(os.listdir())` does it without" in told and "[unsafe]" not in told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('("ls", "temp")', '("du", "temp")'),
        ('("wc", "-l")', '("sort", "-u")'),
        ('("wc", "-l")', '("wc", "-l", "films.csv.gz")'),
        ("stdin=listing.stdout", "stdin=open('films')"),
        ("    number =", "    if event.out:\n        listing = subprocess.Popen(COMMAND, stdout=-1)\n    number ="),
    ],
)
def test_what_counts_something_else_may_take_long(tmp_path: Path, old: str, new: str) -> None:
    assert BOT.count(old) == 1
    told = found(tmp_path, BOT.replace(old, new))
    assert "[unsafe] subprocess.check_output()" in told and "os.listdir" not in told


@pytest.mark.parametrize(
    "call",
    [
        CALL,
        'await asyncio.to_thread(subprocess.check_output, ("wc", "-l"), stdin=listing.stdout)',
        'await loop().run_in_executor(None, partial(subprocess.check_output, ("wc", "-l"), stdin=listing.stdout))',
    ],
)
def test_a_program_whose_output_another_has_read_is_over(tmp_path: Path, call: str) -> None:
    told = found(tmp_path, BOT.replace(CALL, call))
    assert "so the program is over, and to wait for it takes nothing" in told
    assert "the program is over" not in found(tmp_path, BOT.replace(CALL, call.replace("stdin=", "stderr=")))
