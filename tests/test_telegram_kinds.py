"""How it is known that a call is one to Telegram, and where it is not guessed."""

from __future__ import annotations

import ast

import pytest

import tgfix.engine.harness as harness
from tgfix.engine.analysis.module import Project
from tgfix.engine.analysis.telegram.calls import Calls
from tgfix.engine.analysis.telegram.work import Work, work_of
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.source import SourceFile

_TELETHON = "from telethon import TelegramClient, events, functions\n"
_PTB = "from telegram import Bot, CallbackQuery, Update\nfrom telegram.ext import Application, CallbackContext, ContextTypes\n"


def work(files: dict[str, str]) -> tuple[Work, Calls]:
    """What the first try body of bot.py does."""
    sources = {path: SourceFile.from_bytes(path, data) for path, data in harness.plain(files).items()}
    project = Project(Settings(root=harness.ROOT), sources, sources)
    module = project.module(harness.ROOT / "bot.py")
    calls = Calls(module)
    return work_of(calls, next(iter(module.all(ast.Try))).body), calls


def telegram(source: str, **others: str) -> list[str]:
    """The calls to Telegram in it."""
    found, calls = work({"bot.py": source, **{f"{name}.py": text for name, text in others.items()}})
    return [contract.call for _, contract in found.telegram(calls)]


def tried(head: str, statement: str, parameters: str = "", *, library: str = _TELETHON) -> str:
    """A program that does one thing in a try."""
    return f"{library}{head}\nasync def act({parameters}):\n    try:\n        {statement}\n    except Exception:\n        pass\n"


KNOWN = {
    "a client": (tried('client = TelegramClient("a", 1, "h")\n', "await client.get_me()"), "TelegramClient.get_me"),
    "an annotation": (
        tried("", "await c.delete_messages(1, 2)", "c: TelegramClient"),
        "TelegramClient.delete_messages",
    ),
    "a quoted annotation": (tried("", "await c.get_me()", 'c: "TelegramClient"'), "TelegramClient.get_me"),
    "a client or None": (tried("", "await c.get_me()", "c: TelegramClient | None = None"), "TelegramClient.get_me"),
    "an optional client": (
        tried("from typing import Optional\n", "await c.get_me()", "c: Optional[TelegramClient]"),
        "TelegramClient.get_me",
    ),
    "a function that says it": (
        tried("def make() -> TelegramClient: ...\n", "await make().get_me()"),
        "TelegramClient.get_me",
    ),
    "a class of its own": (
        tried('class Bot(TelegramClient): ...\nbot = Bot("a", 1, "h")\n', "await bot.get_me()"),
        "TelegramClient.get_me",
    ),
    "an event": (
        tried("@events.register(events.CallbackQuery)\n", "await e.answer('x')", "e").replace("\n\nasync", "\nasync"),
        "events.CallbackQuery.Event.answer",
    ),
    "an event of a builder that a function makes": (
        tried(
            "def pressed(data):\n    return events.CallbackQuery(data=data)\n@events.register(pressed(b'x'))\n",
            "await e.answer('x')",
            "e",
        ).replace("\n\nasync", "\nasync"),
        "events.CallbackQuery.Event.answer",
    ),
    "an event of a client": (
        tried(
            'client = TelegramClient("a", 1, "h")\n@client.on(events.NewMessage(pattern="x"))',
            "await e.reply('x')",
            "e",
        ),
        "Message.reply",
    ),
    "an event of the project's own decorator": (
        tried(
            'class Bot(TelegramClient):\n    def cmd(self, name): ...\nbot = Bot("a", 1, "h")\n@bot.cmd("x")',
            "await e.delete()",
            "e",
        ),
        "event.delete",
    ),
    "an event by its attributes": (tried("", "print(e.reply_to_msg_id); await e.delete()", "e"), "event.delete"),
    "an annotated event": (tried("", "await e.edit('x')", "e: events.NewMessage.Event"), "Message.edit"),
    "a handler that is added": (
        _TELETHON
        + "async def act(e):\n    try:\n        await e.delete()\n    except Exception:\n        pass\n"
        + "def add(c: TelegramClient):\n    c.add_event_handler(act, events.NewMessage())\n",
        "Message.delete",
    ),
    "the client of an event": (
        tried("", "await e.client.get_me()", "e: events.NewMessage.Event"),
        "TelegramClient.get_me",
    ),
    "a reply": (
        tried("", "await (await e.get_reply_message()).delete()", "e: events.NewMessage.Event"),
        "Message.delete",
    ),
    "a message of an iteration": (
        _TELETHON
        + "async def act(c: TelegramClient):\n    async for m in c.iter_messages(1):\n        try:\n            await m.delete()\n"
        + "        except Exception:\n            pass\n",
        "Message.delete",
    ),
    "a request": (
        tried("", "await whatever(functions.channels.JoinChannelRequest(1))", "whatever"),
        "channels.JoinChannelRequest",
    ),
    "a name that only Telethon has": (tried("", "await x.get_input_entity(1)", "x"), "get_input_entity"),
    "an annotated update": (
        tried(
            "",
            "await update.message.reply_text('x')",
            "update: Update, context: ContextTypes.DEFAULT_TYPE",
            library=_PTB,
        ),
        "Message.reply_text",
    ),
    "an update by its place": (
        tried("", "await update.effective_chat.send_message('x')", "update, context", library=_PTB),
        "Chat.send_message",
    ),
    "a bot of a context": (
        tried("", "await context.bot.send_message(1, 'x')", "update, context", library=_PTB),
        "Bot.send_message",
    ),
    "a query in a variable": (
        tried("", "query = update.callback_query; await query.answer()", "update: Update", library=_PTB),
        "CallbackQuery.answer",
    ),
    "a bot by its name": (tried("", "await bot.send_message(1, 'x')", "bot", library=_PTB), "Bot.send_message"),
    "an application": (
        tried('app = Application.builder().token("1:a").build()\n', "await app.bot.send_message(1, 'x')", library=_PTB),
        "Bot.send_message",
    ),
}


KNOWN |= {}


@pytest.mark.parametrize("name", KNOWN)
def test_a_call_is_recognised(name: str) -> None:
    source, call = KNOWN[name]
    assert call in telegram(source)


def test_a_client_is_followed_through_the_projects_files() -> None:
    source = "from core import *\nimport shop.parts\n" + tried("", "await client.get_me()")
    core = "from base import made as client\n"
    base = _TELETHON + 'made: "TelegramClient" = build()\n'
    assert telegram(source, core=core, base=base) == ["TelegramClient.get_me"]
    assert telegram(tried("import core\n", "await core.client.get_me()"), core=core, base=base) == [
        "TelegramClient.get_me"
    ]


def test_an_attribute_of_self_is_what_is_assigned_to_it() -> None:
    body = "    async def act(self):\n        try:\n            await self.c.delete_messages(1, 2)\n"
    body += "        except Exception:\n            pass\n"
    for first in (
        "    def __init__(self, c: TelegramClient):\n        self.c = c\n",
        "    c: TelegramClient\n",
        '    def __init__(self):\n        self.c = None\n        self.c = TelegramClient("a", 1, "h")\n',
    ):
        assert telegram(f"{_TELETHON}class A:\n{first}{body}") == ["TelegramClient.delete_messages"]
    two = '    def __init__(self):\n        self.c = TelegramClient("a", 1, "h")\n        self.c = Other()\n    def get_me(self): ...\n'
    assert telegram(f"{_TELETHON}class A:\n{two}{body.replace('delete_messages(1, 2)', 'get_me()')}") == []


UNKNOWN = {
    "an event of one builder or another": tried(
        "def made(data):\n    if data:\n        return events.CallbackQuery(data)\n    return events.NewMessage()\n"
        "@events.register(made(b'x'))\n",
        "await e.answer('x')",
        "e",
    ).replace("\n\nasync", "\nasync"),
    "something else": tried("", "await page.delete()", "page"),
    "an unknown name": tried("", "await page.click()", "page"),
    "a common name": tried("", "await api.get_me()", "api"),
    "a method of the project": tried(
        "class Api:\n    async def get_entity(self, x): ...\n", "await api.get_entity(1)", "api"
    ),
    "a method that the project replaces": tried(
        "class Bot(TelegramClient): ...\nasync def mine(*a): ...\nBot.get_entity = mine\nb = Bot('a', 1, 'h')\n",
        "await b.get_entity(1)",
    ),
    "two libraries in the file": tried("import pyrogram\n", "await c.get_input_entity(1)", "c"),
    "something imported": tried("from elsewhere import page\n", "await page.get_input_entity(1)"),
    "not awaited": tried("", "x = c.get_me()", "c: TelegramClient"),
    "started and not awaited": tried("import asyncio\n", "asyncio.create_task(c.get_me())", "c: TelegramClient"),
    "an inner function": tried("", "f = lambda: c.get_me()", "c: TelegramClient"),
    "a variable of two kinds": tried("", "x = c if c else c.session; await x.get_me()", "c: TelegramClient, d"),
    "swallowed inside": _TELETHON
    + "async def act(c: TelegramClient):\n    try:\n        try:\n            await c.get_me()\n        except Exception:\n"
    + "            pass\n    except Exception:\n        pass\n",
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_not_certain_is_not_guessed(name: str) -> None:
    assert telegram(UNKNOWN[name]) == []


def test_another_library_in_a_corner_of_the_project_changes_nothing() -> None:
    source = tried("", "await c.get_input_entity(1)", "c")
    parts = {f"part{number}": "import telethon\n" for number in range(10)}
    assert telegram(source, session="import pyrogram\n", **parts) == ["get_input_entity"]
    assert telegram(source, session="import pyrogram\n") == []


OWN = {
    "await c.send_message(1, a['x'])": ["KeyError"],
    "await c.send_message(1, a.split()[1])": ["IndexError"],
    "await c.send_message(1, a[b])": ["LookupError"],
    "await c.send_message(1, a[:3])": [],
    "x, y = a.split(); await c.send_message(x, y)": ["ValueError"],
    "await c.send_message(1, a / b)": ["ZeroDivisionError"],
    "await c.send_message(1, '%s' % a)": [],
    "assert a; await c.get_me()": ["AssertionError"],
    "import os; await c.get_me()": ["ImportError"],
    "print((await c.get_entity(a)).first_name)": ["AttributeError"],
    "print((await c.get_entity(a)).id)": [],
    "m = await e.get_reply_message(); print(m.text)": ["AttributeError"],
    "m = await e.get_reply_message(); print(m.text if m else 0)": [],
    "print(m.file.name); await m.delete()": ["AttributeError"],
    "raise ValueError(await c.get_me())": ["ValueError"],
}


@pytest.mark.parametrize("statement", OWN)
def test_what_the_statements_themselves_raise_is_known(statement: str) -> None:
    types = "from telethon.tl.custom import Message\n"
    source = tried(types, statement, "a, b, c: TelegramClient, m: Message, e: events.NewMessage.Event")
    found, _ = work({"bot.py": source})
    assert [name.rpartition(".")[2] for name in found.own] == OWN[statement]
    assert not found.unknown


STRANGE = {
    "await c": "awaits c",
    "backup(c); await c.get_me()": "calls backup()",
    "await c.get_me(); raise Mine": "raises Mine",
    "async with c: await c.get_me()": "enters c",
    "await c.get_me(); yield 1": "yields",
    "await c.no_such_method()": "calls c.no_such_method()",
}


@pytest.mark.parametrize("statement", STRANGE)
def test_unknown_work_is_named(statement: str) -> None:
    found, _ = work({"bot.py": tried("from tools import Mine, backup\n", statement, "c: TelegramClient")})
    assert found.unknown == [STRANGE[statement]]


def test_functions_of_the_project_are_looked_into() -> None:
    tools = "def name(user):\n    return user.title() + str(user)\nasync def tell(client, text):\n    await client.send_message(1, text)\n"
    source = tried("from tools import name, tell\n", "name(a); await tell(c, name(a))", "a, c: TelegramClient")
    assert telegram(source, tools=tools) == ["send_message"]  # by its name
    known = tools.replace("client, text", "client: TelegramClient, text")
    assert telegram(source, tools=_TELETHON + known) == ["TelegramClient.send_message"]
    deep = "def a(x): return b(x)\ndef b(x): return c(x)\ndef c(x): return d(x)\ndef d(x): return 1\n"
    found, _ = work({"bot.py": tried(deep, "a(1); await cl.get_me()", "cl: TelegramClient")})
    assert found.unknown == ["calls a()"]
    circle = "def a(x): return a(x)\n"
    found, _ = work({"bot.py": tried(circle, "a(1); await cl.get_me()", "cl: TelegramClient")})
    assert found.unknown == ["calls a()"]
