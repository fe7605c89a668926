"""Bots of aiogram, Pyrogram and its forks, and pyTelegramBotAPI: found in them is what is found in the same bot of Telethon."""

from __future__ import annotations

import importlib
from collections import Counter
from typing import Any

import pytest
from bot_spellings import HEADS, bot
from twin import Run, Worker

from tgfix.codemods import load_codemods
from tgfix.engine import harness
from tgfix.engine.run.plan import Plan
from tgfix.knowledge.bot_tables import classes_of
from tgfix.knowledge.bots import DISTRIBUTIONS
from tgfix.knowledge.classes import ancestors

#: What is said to work in bots of every library.
EVERYWHERE = [
    codemod
    for codemod in load_codemods()
    if (said := {*DISTRIBUTIONS} & {*codemod.libraries, *codemod.reported}) == {*DISTRIBUTIONS} or not said
]


def planned(library: str, *, unsafe: bool = False) -> Plan:
    plan = harness.run(EVERYWHERE, harness.plain(bot(library)), unsafe=unsafe)
    assert not plan.problems, plan.problems
    return plan


def found(plan: Plan) -> Counter[tuple[str, str]]:
    return Counter((finding.code, finding.safety.value) for finding in plan.findings)


@pytest.fixture(scope="module")
def of_telethon() -> Counter[tuple[str, str]]:
    return found(planned("telethon"))


#: Where libraries differ: none of these waits for a flood by itself, with no argument that makes it.
_NEVER_WAIT = ("aiogram2", "aiogram3", "telebot")


@pytest.mark.parametrize("library", [name for name in HEADS if name != "telethon"])
def test_the_same_is_found_as_in_telethons_bot(library: str, of_telethon: Counter[tuple[str, str]]) -> None:
    expected = Counter(of_telethon)
    if library in _NEVER_WAIT:
        expected[("TGF402", "report")] = expected.pop(("TGF402", "unsafe"))
    assert found(planned(library)) == expected


BEFORE_20 = """\
import json
import os
import subprocess
import time

import requests
from telegram import Update
from telegram.ext import CallbackContext, CommandHandler, Updater


def start(update: Update, context: CallbackContext):
    try:
        update.message.reply_text("hi")
    except Exception:
        print("failed")
    for user in (1, 2, 3):
        context.bot.send_message(user, "hi")
        context.bot.delete_message(user, 1)
    context.bot.get_me()


def post(update: Update, context: CallbackContext):
    with open("log.txt", "a") as log:
        log.write(update.message.text + "\\n")
    with open("settings.json") as file:
        settings = json.load(file)
    update.message.reply_text(settings["hi"])
    time.sleep(1)
    requests.get("https://a.test/")
    subprocess.run(["make"])
    os.system("make")
    context.bot.get_chat_administrators(1)


def main():
    updater = Updater("T")
    for number in range(100):
        updater.dispatcher.add_handler(CommandHandler(f"p{number}", post))
    updater.dispatcher.add_handler(CommandHandler("start", start))
    updater.dispatcher.add_handler(CommandHandler("help", start))
    updater.start_polling()


main()
"""


def test_what_is_said_to_work_in_bots_without_an_event_loop_does() -> None:
    codemods = load_codemods()
    files = {"bot.py": BEFORE_20, "requirements.txt": "python-telegram-bot==13.15\n"}
    plan = harness.run(codemods, harness.plain(files), unsafe=True)
    assert {f.code for f in plan.findings} == {codemod.code for codemod in codemods if codemod.before_20}


async def feed_aiogram(run: Run, texts: list[str]) -> None:
    from twin import aiogram

    with aiogram.offline(run):
        await aiogram.feed(run.module.dp, run.module.bot, texts)


async def feed_pyrogram(run: Run, texts: list[str]) -> None:
    from twin import pyrogram

    with pyrogram.offline(run):
        await pyrogram.feed(run.module.bot, texts)


COMMANDS = ["/pause", "/say", "/config", "/tell", "/told", "/everyone", "/everybody", "/logged", "/rows", "/config"]


@pytest.mark.slow
@pytest.mark.parametrize(("library", "scenario"), [("aiogram3", feed_aiogram), ("pyrogram", feed_pyrogram)])
def test_a_bot_that_nothing_ends_does_the_same_after_the_changes(worker: Worker, library: str, scenario: Any) -> None:
    plan = planned(library, unsafe=True)
    before, after = bot(library)["bot.py"], plan.files[0].after.decode()
    assert "await asyncio.sleep(0.01)" in after and "create_subprocess" in after or "to_thread" in after
    files = {"config.json": '{"hello": "hi"}', "users.json": "[7, 8]"}
    how = {"scenario": scenario, "arguments": {"texts": COMMANDS}, "files": files, "timeout": 120.0}
    assert worker.differences(before, after, **how) == []


@pytest.mark.slow
@pytest.mark.parametrize("module", ["aiogram.exceptions", "pyrogram.errors"])
def test_the_errors_in_the_tables_are_those_of_the_installed_library(module: str) -> None:
    installed = importlib.import_module(module)
    known = classes_of(module)
    assert known
    for name in known:
        above = {cls.__name__ for cls in getattr(installed, name).__mro__}
        assert {ancestor.rpartition(".")[2] for ancestor in ancestors(f"{module}.{name}")} <= above
