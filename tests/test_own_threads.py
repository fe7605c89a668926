"""Calls that move to a thread by a function of the owner's own, where the file has one."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import tgfix

HELPER = """\
def run_sync(func, *args, **kwargs):
    return get_event_loop().run_in_executor(None, partial(func, *args, **kwargs))
"""
BOT = f"""\
import asyncio
import subprocess
from asyncio import get_event_loop
from functools import partial

import requests
from telethon import TelegramClient, events

client = TelegramClient("shop", 1, "hash")


{HELPER}

@client.on(events.NewMessage)
async def answer(event):
    found = requests.get("https://example.org", timeout=5)
    await event.reply(found.text)


@client.on(events.NewMessage)
async def build(event):
    subprocess.run(["make", "all"])
    await event.reply("done")


client.run_until_disconnected()
"""


def rewritten(directory: Path, text: str) -> str:
    """The bot after all changes of calls that block."""
    (directory / "bot.py").write_text(text)
    tgfix("apply", "--unsafe-fixes", "--select", "TGF202,TGF502", ".", cwd=directory)
    return (directory / "bot.py").read_text()


@pytest.mark.parametrize(
    "helper",
    [
        HELPER,
        '''\
async def run_sync(function, *given, **named):
    """Run it in a thread."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, partial(function, *given, **named))
''',
        """\
async def run_sync(func, *args, **kwargs):
    return await asyncio.to_thread(func, *args, **kwargs)
""",
    ],
)
def test_the_owners_own_function_is_asked(tmp_path: Path, helper: str) -> None:
    text = rewritten(tmp_path, BOT.replace(HELPER, helper))
    assert 'found = await run_sync(requests.get, "https://example.org", timeout=5)' in text
    assert 'await run_sync(subprocess.run, ["make", "all"])' in text
    assert text == rewritten(tmp_path, text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(None, partial", "(POOL, partial"),
        ("partial(func, *args, **kwargs)", "partial(func, *args)"),
        ("partial(func, *args, **kwargs)", "partial(func, args, **kwargs)"),
        ("def run_sync", "@traced\ndef run_sync"),
        ("def run_sync(", "def run_sync(who, "),
        ("def run_sync(", "async def run_sync("),
        ("    return get_event", "    print(func)\n    return get_event"),
        ("return get_event_loop()", "return client.loop"),
        ("\n\n@client", "\n\nrun_sync = other\n\n\n@client"),
        ("run_sync(func, ", "run_sync(timeout, "),
    ],
)
def test_another_function_is_not(tmp_path: Path, old: str, new: str) -> None:
    text = BOT.replace(old, new, 1)
    if "run_sync(timeout" in text:
        text = text.replace("partial(func", "partial(timeout")
    assert text != BOT
    assert "run_sync(requests.get" not in rewritten(tmp_path, text)


def test_context_variables_go_along_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "who.py").write_text("from contextvars import ContextVar\n\nUSER = ContextVar('user')\n")
    assert "to_thread(requests.get" in rewritten(
        tmp_path, BOT.replace("import asyncio\n", "import asyncio\n\nimport who\n")
    )


def test_one_that_the_file_imports_is_asked_too(tmp_path: Path) -> None:
    made = HELPER.replace("get_event_loop", "asyncio.get_running_loop")
    (tmp_path / "threads.py").write_text(f"import asyncio\nfrom functools import partial\n\n\n{made}")
    text = rewritten(
        tmp_path,
        BOT.replace(f"{HELPER}\n\n", "").replace(
            "import requests\n", "import requests\nfrom threads import run_sync as beside\n"
        ),
    )
    assert "found = await beside(requests.get," in text
    again = BOT.replace(f"{HELPER}\n\n", "").replace("import requests\n", "import requests\nimport threads\n")
    assert "to_thread(requests.get" in rewritten(tmp_path, again)
