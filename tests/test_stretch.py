"""The stretch around a `time.sleep()`: what is named of an await in its place, as others touch it on both sides, shape by shape."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent, indent

import pytest
from analysis import module, named, names_nothing
from command import tgfix

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.engine import harness
from tgfix.engine.analysis.module import Project
from tgfix.engine.counters import STEPS, work
from tgfix.engine.harness import ROOT
from tgfix.engine.model import Assumption, Hazard, Proof, Verdict
from tgfix.engine.proofs import Inside, awaiting, awaiting_each
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.source import SourceFile

INTERLEAVING, ORDERING, INTERRUPTION = Hazard.INTERLEAVING, Hazard.ORDERING, Hazard.INTERRUPTION

TELETHON = """\
import asyncio, json, logging, os, random, signal, sqlite3, tempfile, threading, time
from telethon import TelegramClient, events
from telethon.errors import FloodWaitError

client = TelegramClient("bot", 1, "hash")
logger = logging.getLogger(__name__)
state = {"n": 0}
users = set()
LIMIT = 3
CHATS = (1, 2, 3)
db = sqlite3.connect("bot.db")
guard = threading.Lock()

def bump():
    state["n"] += 1

def clean(text):
    return text.strip().lower()

def seen(number):
    users.add(number)
    return number

HOW = {"seen": seen}

class Next:
    def __get__(self, instance, owner=None):
        return len(users)

class Ticket:
    number = Next()

class Slot:
    def __del__(self):
        users.clear()

class Key:
    def __hash__(self):
        return seen(1)

@client.on(events.NewMessage(pattern="/add"))
async def add(event):
    users.add(event.sender_id)

@client.on(events.NewMessage(pattern="/h"))
async def handler(event):
"""


def verdicts_of(text: str, inside: Inside = Inside.NOTHING, *, root: Path = ROOT) -> list[Verdict]:
    """What is known of an await in the place of the one `time.sleep(…)` of a program."""
    path = root / "bot.py"
    project = Project(Settings(root=root), [path], {path: SourceFile.from_bytes(path, text.encode())})
    bot = project.module(path)
    (sleep,) = (call for call in bot.all(ast.Call) if bot.resolve(call.func) == "time.sleep")
    verdicts = awaiting(bot, sleep, touches_inside=inside)
    assert [v.hazard for v in verdicts] == [INTERLEAVING, ORDERING, INTERRUPTION]
    return verdicts


def open_hazards(text: str, inside: Inside = Inside.NOTHING, *, root: Path = ROOT) -> dict[Hazard, str]:
    """The assumptions of it that name something."""
    return named(verdicts_of(text, inside, root=root))


def met_by_others(text: str, inside: Inside = Inside.NOTHING, *, root: Path = ROOT) -> dict[Hazard, str]:
    """Those of what others may do meanwhile; what is lost where somebody stops the bot is tests/test_interruption.py's."""
    found = open_hazards(text, inside, root=root)
    return {hazard: sentence for hazard, sentence in found.items() if hazard is not INTERRUPTION}


def telethon(body: str) -> dict[Hazard, str]:
    return met_by_others(TELETHON + indent(dedent(body), "    "))


#: Handlers of a Telethon bot that touch nothing which others have on both sides of their sleep.
APART = {
    "first of all": "time.sleep(1)\nawait event.reply('done')",
    "between two answers": "await event.reply('wait')\ntime.sleep(1)\nawait event.reply('done')",
    "shared state before an old wait": "state['n'] += 1\nawait event.reply('wait')\ntime.sleep(1)\nawait event.reply('done')",
    "nothing behind": "await event.reply('x')\nstate['n'] += 1\ntime.sleep(1)",
    "nothing behind but a pause": "await event.reply('x')\nstate['n'] += 1\ntime.sleep(1)\nawait asyncio.sleep(1)\nawait event.reply('y')",
    "own text": "text = clean(event.raw_text)\ntime.sleep(1)\nawait event.reply(text.upper())",
    "own list": "lines = [event.raw_text]\ntime.sleep(1)\nlines.append('end')\nawait event.reply('\\n'.join(lines))",
    "constants": "if event.sender_id > LIMIT:\n    time.sleep(1)\nawait event.reply(str(LIMIT))",
    "random and clocks": "started = time.monotonic()\ntime.sleep(random.random())\nawait event.reply(str(time.monotonic() - started))",
    "broadcast to a list of its own": """
        chats = [1, 2, 3]
        for chat in chats:
            await client.send_message(chat, event.raw_text)
            time.sleep(0.05)
    """,
    "broadcast to constant chats": """
        for chat in CHATS:
            await client.send_message(chat, event.raw_text)
            time.sleep(0.05)
    """,
    "broadcast to a copy": """
        await event.reply("ok")
        for chat in list(users):
            await client.send_message(chat, event.raw_text)
            time.sleep(0.05)
    """,
    "while": "n = 0\nwhile n < 3:\n    n += 1\n    await event.reply(str(n))\n    time.sleep(1)",
    "branches that both wait": """
        state["n"] += 1
        if event.is_private:
            await event.reply("a")
        else:
            await event.respond("b")
        time.sleep(1)
        await event.reply("c")
        state["n"] -= 1
    """,
    "touched in a branch that returns": """
        await event.reply("x")
        if event.is_private:
            state["n"] += 1
            return
        time.sleep(1)
        await event.reply("y")
    """,
    "a text that is let go of": "text = event.raw_text\nawait event.reply(text)\nusers.add(1)\ntime.sleep(1)\ndel text",
    "an own dict": "found = {}\nfound['a'] = event.raw_text\ntime.sleep(1)\nfound['b'] = 1\nawait event.reply(str(found))",
    "json of the message": "data = json.loads(event.raw_text)\ntime.sleep(1)\nawait event.reply(data['a'])",
    "comprehension": "[time.sleep(1) for _ in range(3)]\nawait event.reply('x')",
    "finally behind the next wait": """
        await event.reply("x")
        try:
            time.sleep(1)
            await event.reply("y")
        finally:
            state["n"] -= 1
    """,
}


@pytest.mark.parametrize("name", APART)
def test_where_nothing_is_touched_on_both_sides_nothing_is_named(name: str) -> None:
    asked, order, _ = verdicts_of(TELETHON + indent(dedent(APART[name]), "    "))
    assert isinstance(asked, Assumption) and names_nothing(asked), asked
    assert isinstance(order, Proof) or names_nothing(order), order


_ADDED = "await event.reply('x')\nusers.add(1)\ntime.sleep(1)\n"

#: Those that do, or whose updates may overtake each other, with the hazards that name it.
OPEN = {
    "answered behind": (f"{_ADDED}await event.reply('y')", {INTERLEAVING}),
    "read before, answered behind": (
        "await event.reply('x')\nn = state['n']\ntime.sleep(1)\nawait event.reply(str(n))",
        {INTERLEAVING},
    ),
    "a task that was started": (
        "await event.reply('x')\nasyncio.create_task(client.send_message(1, 'a'))\ntime.sleep(1)\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "somebody who was woken": (
        "woken = state['event']\nawait event.reply('x')\nwoken.set()\ntime.sleep(1)\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "tested for truth behind": (f"{_ADDED}await event.reply('a' if users else 'b')", {INTERLEAVING}),
    "tested for truth among others": (f"{_ADDED}if event.out and users:\n    return", {INTERLEAVING}),
    "tested for truth in a comprehension": (
        f"{_ADDED}await event.reply(str(any(1 for n in (1,) if users)))",
        {INTERLEAVING},
    ),
    "what is let go of does something": (
        "slot = Slot()\nawait event.reply('x')\nusers.add(1)\ntime.sleep(1)\ndel slot",
        {INTERLEAVING},
    ),
    "what is let go of in a list": (
        "slots = [Slot()]\nawait event.reply('x')\nusers.add(1)\ntime.sleep(1)\ndel slots",
        {INTERLEAVING},
    ),
    "what a variable no longer holds does something": (
        "slot = Slot()\nawait event.reply('x')\nusers.add(1)\ntime.sleep(1)\nslot = None",
        {INTERLEAVING},
    ),
    "a file that is let go of": (
        "await event.reply('x')\nf = open('a.txt', 'w')\nf.write('x')\ntime.sleep(1)\ndel f\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "a folder in one that others look into": (
        "with tempfile.TemporaryDirectory(dir='downloads'):\n    time.sleep(1)\nawait event.reply('y')",
        {INTERLEAVING, ORDERING},
    ),
    "tested for truth by assert": (f"{_ADDED}assert users", {INTERLEAVING}),
    "tested for truth by a case": (
        f"{_ADDED}match event.raw_text:\n    case _ if users:\n        return",
        {INTERLEAVING},
    ),
    "tested for truth under another name": (f"{_ADDED}if (them := users):\n    return", {INTERLEAVING}),
    "taken apart behind": (f"{_ADDED}one, two = users", {INTERLEAVING}),
    "taken apart by a loop": (f"{_ADDED}for one, two in (users, users):\n    return", {INTERLEAVING}),
    "taken into another": (f"{_ADDED}mine = []\nmine += users", {INTERLEAVING}),
    "spread in a dict": (f"{_ADDED}mine = len({{**state}})", {INTERLEAVING}),
    "read by a lambda": (f"{_ADDED}mine = any(filter(lambda n: n not in users, (1, 2)))", {INTERLEAVING}),
    "asked for an attribute": (f"{_ADDED}mine = hasattr(users, 'x')", {INTERLEAVING}),
    "a descriptor read before": (
        "await event.reply('x')\nn = Ticket().number\ntime.sleep(1)\nusers.add(n)",
        {INTERLEAVING},
    ),
    "a hash that changes something": (
        "await event.reply('x')\nn = {Key(): 1}\ntime.sleep(1)\nusers.add(1)",
        {INTERLEAVING},
    ),
    "a function out of a dict": (
        "await event.reply('x')\nn = max((1, 2), key=HOW['seen'])\ntime.sleep(1)\nusers.add(1)",
        {INTERLEAVING},
    ),
    "read before, written behind": (
        "n = state['n']\ntime.sleep(1)\nstate['n'] = n + 1",
        {INTERLEAVING, ORDERING},
    ),
    "the same behind a wait": (
        "await event.reply('x')\nn = state['n']\ntime.sleep(1)\nstate['n'] = n + 1",
        {INTERLEAVING},
    ),
    "by helpers": ("await event.reply('x')\nbump()\ntime.sleep(1)\nbump()", {INTERLEAVING}),
    "an alias": (
        "await event.reply('x')\nmine = state\nif mine['n']:\n    time.sleep(1)\n    mine['n'] = 0",
        {INTERLEAVING},
    ),
    "a list that went out": (
        "await event.reply('x')\nmine = []\nstate['list'] = mine\ntime.sleep(1)\nmine.append(1)\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "a list that a lambda keeps": (
        "await event.reply('x')\nmine = []\nusers.add(lambda: mine.append(1))\ntime.sleep(1)\nn = len(mine)\nawait event.reply(str(n))",
        {INTERLEAVING},
    ),
    "printed on both sides": (
        "await event.reply('x')\nprint('a')\ntime.sleep(1)\nprint('b')\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "a global": (
        "global LIMIT\nawait event.reply('x')\nn = LIMIT\ntime.sleep(1)\nLIMIT = n + 1",
        {INTERLEAVING},
    ),
    "a transaction": (
        "await event.reply('x')\ndb.execute('UPDATE a SET n = 1')\ntime.sleep(1)\ndb.commit()\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "a lock": (
        "await event.reply('x')\nwith guard:\n    time.sleep(1)\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "a lock that is acquired": (
        "await event.reply('x')\nguard.acquire()\ntime.sleep(1)\nguard.release()\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "a file that is written": (
        "await event.reply('x')\nwith open('log', 'w') as f:\n    f.write('a')\n    time.sleep(1)\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "only one branch waits": (
        "state['n'] += 1\nif event.is_private:\n    await event.reply('x')\ntime.sleep(1)\nawait client.send_message(1, 'x')",
        {INTERLEAVING, ORDERING},
    ),
    "a loop that wraps around": (
        "await event.reply('x')\nwhile True:\n    time.sleep(1)\n    state['n'] += 1",
        {INTERLEAVING},
    ),
    "a shared set is iterated over": (
        "await event.reply('x')\nfor user in users:\n    time.sleep(1)\n    await client.send_message(user, 'x')",
        {INTERLEAVING},
    ),
    "a broadcast to a shared set": (
        "await event.reply('x')\nfor user in users:\n    await client.send_message(user, 'x')\n    time.sleep(1)",
        {INTERLEAVING},
    ),
    "sent first": ("time.sleep(1)\nawait client.send_message(1000, event.raw_text)", {ORDERING}),
    "written later": ("time.sleep(1)\nawait event.reply('x')\nstate['n'] += 1", set()),
    "read behind": ("time.sleep(1)\nawait event.reply(str(state['n']))", {ORDERING}),
    "cancelled before an effect": (
        "await event.reply('x')\ntime.sleep(1)\nstate['n'] += 1\nawait event.reply('y')",
        set(),
    ),
    "finally before the next wait": (
        "await event.reply('x')\ntry:\n    time.sleep(1)\nfinally:\n    state['n'] -= 1\nawait event.reply('y')",
        set(),
    ),
    "except that catches everything": (
        "await event.reply('x')\ntry:\n    time.sleep(1)\n    await event.reply('y')\nexcept:\n    pass",
        set(),
    ),
    "a wait that may not happen": (
        "await event.reply('x')\nstate['n'] += 1\nawait event.get_sender()\ntime.sleep(1)\nstate['n'] -= 1\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "something unknown is awaited": (
        "await event.reply('x')\nstate['n'] += 1\nawait state['job']\ntime.sleep(1)\nstate['n'] -= 1\nawait event.reply('y')",
        {INTERLEAVING},
    ),
    "an except clause passes the wait": (
        "await event.reply('x')\ntry:\n    state['n'] = int(event.raw_text)\n    await event.reply('y')\nexcept Exception:\n    pass\n"
        "time.sleep(1)\nawait client.send_message(1, 'x')",
        {INTERLEAVING},
    ),
    # Telethon may refuse a request before it waits for anything: a flood wait of that kind is not over
    "a broadcast whose errors are logged": (
        """
        sent = 0
        await event.reply("ok")
        for chat in list(users):
            try:
                await client.send_message(chat, event.raw_text)
                sent += 1
            except Exception as e:
                logger.error("failed %s", e)
            time.sleep(0.05)
        await event.reply(f"sent to {sent}")
    """,
        {INTERLEAVING},
    ),
    "a flood wait": (
        """
        for chat in CHATS:
            try:
                await client.send_message(chat, "x")
            except FloodWaitError as e:
                time.sleep(e.seconds)
    """,
        {ORDERING},
    ),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_is_touched_on_both_sides_is_named(name: str) -> None:
    body, hazards = OPEN[name]
    assert set(telethon(body)) == hazards


PTB = """\
import asyncio, functools, time
from telegram import Update
from telegram.ext import Application, CommandHandler, ConversationHandler

state = {"n": 0}

HELPERS

async def handler(update: Update, context):
BODY

async def other(update: Update, context):
    state["n"] += 1

async def tick(context):
    state["n"] -= 1

application = Application.builder().token("1:a")BUILDER.build()
application.add_handler(CommandHandler("h", handler))
application.add_handler(CommandHandler("o", other))
MORE
application.run_polling()
"""


def ptb_bot(body: str, *, helpers: str = "", builder: str = "", more: str = "") -> str:
    text = PTB.replace("BUILDER", builder).replace("HELPERS", dedent(helpers)).replace("MORE", dedent(more))
    return text.replace("BODY", indent(dedent(body), "    "))


def ptb(body: str, **more: str) -> dict[Hazard, str]:
    return met_by_others(ptb_bot(body, **more))


def proved(text: str) -> set[Hazard]:
    return {verdict.hazard for verdict in verdicts_of(text) if isinstance(verdict, Proof)}


ACROSS = "n = state['n']\ntime.sleep(1)\nstate['n'] = n + 1"
JOB = "application.job_queue.run_repeating(tick, 60)"


def test_updates_one_after_the_other_prove_interleaving_and_ordering_by_that_alone() -> None:
    assert {INTERLEAVING, ORDERING} <= proved(ptb_bot(ACROSS))
    assert set(ptb(ACROSS, builder=".concurrent_updates(True)")) == {INTERLEAVING, ORDERING}


def test_a_job_beside_leaves_the_order_of_updates_and_nothing_else() -> None:
    assert set(ptb(ACROSS, more=JOB)) == {INTERLEAVING}
    assert proved(ptb_bot("time.sleep(1)", more=JOB)) == {ORDERING, INTERRUPTION}
    assert ptb("time.sleep(1)\nstate['n'] += 1", more=JOB) == {}


def test_a_job_comes_at_a_time_of_its_own() -> None:
    def job(body: str) -> set[Hazard]:
        more = f"async def job(context):\n{indent(body, '    ')}\n\napplication.job_queue.run_once(job, 5)"
        return set(ptb("await update.message.reply_text('x')", more=more))

    assert job("time.sleep(1)\nstate['n'] += 1") == set()
    assert job(ACROSS) == {INTERLEAVING, ORDERING}


@pytest.mark.parametrize(
    ("body", "helper", "named"),
    [
        ("n = state['n']\nawait work()\ntime.sleep(1)\nstate['n'] = n", "await asyncio.sleep(0)", ""),
        ("n = state['n']\nawait work()\ntime.sleep(1)\nstate['n'] = n", "if state:\n        await asyncio.sleep(0)", "has waited"),
        ("state['n'] += 1\ntime.sleep(1)\nawait work()", "state['n'] += 1", "and `work()`"),
    ],
)  # fmt: skip
def test_what_a_coroutine_of_the_project_does_is_said_by_its_call(body: str, helper: str, named: str) -> None:
    helpers = f"async def work():\n    {helper}\n"
    found = ptb(body, helpers=helpers, builder=".concurrent_updates(True)")
    assert named in found.get(INTERLEAVING, "") and bool(named) is (INTERLEAVING in found)


def test_where_a_coroutine_is_awaited_its_caller_may_have_to_go_on() -> None:
    bot = TASK.replace(
        '    time.sleep(5)\n    await client.send_message(chat, "now")', "    await pause()\n    users.append(chat)"
    )
    bot = bot.replace("async def remind", "users = []\n\nasync def pause():\n    time.sleep(5)\n\nasync def remind")
    started = bot.replace(
        "BODY", "@client.on(events.NewMessage)\nasync def h(event):\n    asyncio.create_task(remind(event.chat_id))"
    )
    assert "`users.append(chat)` would be left out" in open_hazards(started)[INTERRUPTION]
    assert "would be left out" not in open_hazards(started.replace("users.append(chat)", "await asyncio.sleep(1)")).get(
        INTERRUPTION, ""
    )


def test_of_several_waits_the_one_is_told_of_that_names_something() -> None:
    body = "    time.sleep(1)\n    users.add(1)\n    time.sleep(2)\n    users.add(2)\n"
    made = module(TELETHON + body)
    sleeps = [call for call in made.all(ast.Call) if made.resolve(call.func) == "time.sleep"]
    first = awaiting(made, sleeps[0])[0]
    assert isinstance(first, Assumption) and names_nothing(first)
    assert "`users.add(2)`" in named(awaiting_each(made, sleeps))[INTERLEAVING]


TASK = """
import asyncio, time
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")

async def remind(chat):
    time.sleep(5)
    await client.send_message(chat, "now")
BODY

async def main():
    await client.start()
    await client.run_until_disconnected()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("body", "hazards"),
    [
        # asyncio.run() cancels it at its end, before the message is sent
        ("@client.on(events.NewMessage)\nasync def h(event):\n    asyncio.create_task(remind(event.chat_id))",
         {ORDERING, INTERRUPTION}),
        (
            "@client.on(events.NewMessage)\nasync def h(event):\n    task = asyncio.create_task(remind(event.chat_id))\n    task.cancel()",
            {ORDERING, INTERRUPTION},
        ),
        ("@client.on(events.NewMessage)\nasync def h(event):\n    await asyncio.wait_for(remind(event.chat_id), 3)", set(Hazard)),
        ("@client.on(events.NewMessage)\nasync def h(event):\n    async with asyncio.timeout(3):\n        await remind(1)",
         {ORDERING, INTERRUPTION}),
        ("import signal\nsignal.alarm(3)\n@client.on(events.NewMessage)\nasync def h(event):\n    await remind(1)",
         {ORDERING, INTERRUPTION}),
        ("@client.on(events.NewMessage)\nasync def h(event):\n    handlers.append(remind)", set(Hazard)),
    ],
)  # fmt: skip
def test_who_may_end_a_coroutine_is_looked_for(body: str, hazards: set[Hazard]) -> None:
    found = set(open_hazards(TASK.replace("BODY", body)))
    assert found == hazards & {INTERLEAVING, ORDERING, INTERRUPTION} or (hazards == set(Hazard) and found)


SCRIPT = """
import asyncio, time
from telethon import TelegramClient

client = TelegramClient("bot", 1, "hash")
done = []

async def main():
    async for message in client.iter_messages("me"):
        done.append(message.id)
        time.sleep(1)
        done.append(0)
        await client.send_message("me", "x")
"""


def test_a_script_is_not_alone_with_its_libraries() -> None:
    alone = "\nwith client:\n    client.loop.run_until_complete(main())\n"
    beside = "\nasync def both():\n    await asyncio.gather(main(), main())\n\nasyncio.run(both())\n"
    for end in (alone, beside):
        assert INTERLEAVING in open_hazards(SCRIPT + end)


PAUSE = "import time\n\n\nasync def pause(chat):\n    time.sleep(1)\n"


@pytest.mark.parametrize(
    ("text", "beside", "is_alone"),
    [
        (PAUSE, {}, True),
        (PAUSE, {"other.py": "import json, requests\n"}, True),
        (PAUSE, {"other.py": "import homeassistant\n"}, False),
        (f"import fastapi\n{PAUSE}", {}, False),
        (PAUSE, {"Procfile": "web: uvicorn bot:pause\n"}, False),
        (PAUSE, {"pyproject.toml": "[project]\nname = 'x'\n\n[tool.setuptools]\npy-modules = ['bot']\n"}, False),
    ],
)
def test_what_nobody_calls_is_alone_where_no_package_runs_it_and_no_text_tells_of_it(
    tmp_path: Path, text: str, beside: dict[str, str], is_alone: bool
) -> None:
    for name, content in {"bot.py": text, **beside}.items():
        (tmp_path / name).write_text(content)
    assert tgfix("apply", "--select", "TGF501", cwd=tmp_path).code == 0
    assert ("await asyncio.sleep(1)" in (tmp_path / "bot.py").read_text()) is is_alone


def test_a_file_that_is_not_analysed_may_call_it(tmp_path: Path) -> None:
    body = "async def work():\n    await client.send_message(1, 'x')\n    time.sleep(1)\n"
    text = TELETHON[: TELETHON.index('@client.on(events.NewMessage(pattern="/h')] + body
    assert open_hazards(text, root=tmp_path) == {}
    (tmp_path / "start").write_text(
        "#!/usr/bin/env python\nimport bot\nbot.client.loop.run_until_complete(bot.work())\n"
    )
    assert set(open_hazards(text, root=tmp_path)) == {INTERRUPTION}


@pytest.mark.parametrize(
    ("inside", "body", "hazards"),
    [
        (Inside.READS, "time.sleep(1)\nawait event.reply('x')", set()),
        (Inside.READS, "users.add(1)\ntime.sleep(1)\nawait event.reply('x')", {INTERLEAVING}),
        (Inside.READS, "await event.reply('x')\ntime.sleep(1)\nusers.add(1)", {INTERLEAVING}),
        (Inside.WRITES, "await event.reply('x')\nusers.add(1)\ntime.sleep(1)", {INTERLEAVING}),
        (Inside.WRITES, "await event.reply('x')\ntime.sleep(1)\nusers.add(1)", {INTERLEAVING}),
        (Inside.WRITES, "await event.reply('x')\ntime.sleep(1)", set()),
        (Inside.WRITES, "await event.reply('x')\ntime.sleep(1)\nawait event.reply('x')", set()),
        (Inside.WRITES, "time.sleep(1)", {ORDERING}),
    ],
)
def test_what_happens_while_it_waits_counts(inside: Inside, body: str, hazards: set[Hazard]) -> None:
    assert set(met_by_others(TELETHON + indent(body, "    "), inside)) == hazards


def test_a_wait_at_the_entrance_of_a_block_is_named_by_what_is_entered() -> None:
    program = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
waiting = []


@client.on(events.NewMessage)
async def ask(event):
    async with client.conversation(event.chat_id) as talk:
        waiting.append(event.id)
        time.sleep(1)
        waiting.remove(event.id)
"""
    plan = harness.run([AsyncSleep()], harness.plain({"bot.py": program}), unsafe=True)
    assert not plan.problems and plan.chosen


def test_what_an_object_of_another_file_is_made_with_is_looked_at_there() -> None:
    shop = "class Shop:\n    def __init__(self, limit):\n        self.name = limit.name\n        self.size = 3\n"
    program = """\
import time

from shop import Shop
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
shop = Shop(client)


@client.on(events.NewMessage)
async def ask(event):
    if shop.size and shop.name:
        time.sleep(1)
    await event.reply(shop.name)
"""
    plan = harness.run([AsyncSleep()], harness.plain({"bot.py": program, "shop.py": shop}), unsafe=True)
    assert not plan.problems and plan.chosen


def test_steps_below_the_change_that_is_named_are_not_asked() -> None:
    def steps(lines: int) -> int:
        before = work.calls[STEPS]
        change = "state['n'] += 1\n" * lines
        assert "state" in telethon(f"{change}time.sleep(1)\n{change}")[INTERLEAVING]
        return work.calls[STEPS] - before

    assert steps(80) == steps(8)


def test_a_change_further_away_is_named_before_a_look_and_the_nearest_of_several() -> None:
    body = "state['n'] = 1\nusers.add(2)\nif users:\n    pass\ntime.sleep(1)\nif users:\n    pass\nstate['n'] = 2\nusers.add(3)"
    assert "between `users.add(2)` (line" in telethon(body)[INTERLEAVING]
    assert telethon(body)[INTERLEAVING].endswith("and changing `state`")


@pytest.mark.parametrize(
    "line",
    [
        "made = event.client.photo\nmade.crop(1)",
        "text = state['a'].replace('a', 'b')",
        "rows = event.rows()\nrows[0] += 1",
    ],
    ids=["a method of what a variable holds", "what texts do", "an item of what a variable holds"],
)
def test_what_others_have_is_named_before_what_may_be_the_functions_own(line: str) -> None:
    body = f"users.add(1)\ntime.sleep(1)\nif event.out:\n    {line.replace(chr(10), chr(10) + '    ')}\nstate['n'] = 2"
    assert "and changing `state`" in telethon(body)[INTERLEAVING]
