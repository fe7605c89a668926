"""What is named of an await in whole programs, for what lasts longer than it looks, or is done by others than it looks."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from analysis import ROOT, named
from analysis import project as project_of

from tgfix.engine.model import Assumption, Hazard, Proof
from tgfix.engine.proofs import awaiting, errors

INTERLEAVING, ORDERING, INTERRUPTION = Hazard.INTERLEAVING, Hazard.ORDERING, Hazard.INTERRUPTION

_PTB = """\
import asyncio, itertools, random, time
from dataclasses import dataclass, field
from telegram.ext import ApplicationBuilder, Defaults, MessageHandler, filters

votes = {}
queue = []
ids = itertools.count(1)


def number(step, state=[0]):
    state[0] += step
    return state[0]


def register(n):
    votes[n] = 1


class State:
    sold = 0
    LIMIT = 3


@dataclass
class Ticket:
    text: str
    id: int = field(default_factory=lambda: next(ids))
    tags: list = field(default_factory=list)


@dataclass
class Note:
    text: str
    tags: list = field(default_factory=list)


class Shop:
    async def pause(self):
        await asyncio.sleep(1)

    def take(self, n):
        return n


class RealShop(Shop):
    async def pause(self):
        pass

    def take(self, n):
        State.sold += n
        return n


shop = RealShop()
base: Shop = shop


async def handler(update, context):
    BODY


app = ApplicationBuilder().token("T").concurrent_updates(True).build()
app.add_handler(MessageHandler(filters.TEXT, handler))
app.run_polling()
"""
_ANSWER = "await update.message.reply_text('x')"


def open_hazards(text: str) -> dict[Hazard, str]:
    """The assumptions that name something of an await in the place of the one `time.sleep(…)` of a program."""
    module = project_of(bot=text, state="sold = 0\nbought = {}\n").module(ROOT / "bot.py")
    (sleep,) = (call for call in module.all(ast.Call) if module.resolve(call.func) == "time.sleep")
    return named(awaiting(module, sleep))


def met_by_others(text: str) -> dict[Hazard, str]:
    """Those of what others may do meanwhile; what is lost where somebody stops the bot is tests/test_interruption.py's."""
    return {hazard: sentence for hazard, sentence in open_hazards(text).items() if hazard is not INTERRUPTION}


def _ptb(body: str) -> dict[Hazard, str]:
    lines = dedent(body).strip().replace("\n", "\n    ").replace("ANSWER", _ANSWER)
    return met_by_others(_PTB.replace("BODY", lines))


#: What stands in a concurrent handler of python-telegram-bot between two answers, and is seen by others.
OPEN = {
    "an attribute of the loop": "asyncio.get_running_loop().last = 1\nANSWER\nasyncio.get_running_loop().last = 2\ntime.sleep(1)\nANSWER",
    "a name out of a nested row": "ANSWER\n(_, kept), = [(1, queue)]\nkept.append(1)\ntime.sleep(1)\nprint(queue)",
    "a name that is imported in the function": "from state import bought\nANSWER\nn = bought[1]\ntime.sleep(1)\nbought[1] = n + 1",
    "a module that is imported in the function": "import state\nANSWER\nn = state.sold\ntime.sleep(1)\nstate.sold = n + 1",
    "an attribute of a class": "ANSWER\nn = State.sold\ntime.sleep(1)\nState.sold = n + 1",
    "an attribute of the class of an object": "ANSWER\nn = type(shop).sold\ntime.sleep(1)\ntype(shop).sold = n + 1",
    "an attribute of a function": "ANSWER\nn = register.n\ntime.sleep(1)\nregister.n = n + 1",
    "a default argument": "ANSWER\nn = number(1)\ntime.sleep(1)\nANSWER if number(1) > n else None",
    "the values of a dict": "ANSWER\nvotes[1] = 2\nv = votes.values()\ntime.sleep(1)\nprint(len(v))",
    "a generator expression": "ANSWER\nvotes[1] = 2\nv = (x for x in votes)\ntime.sleep(1)\ns = ', '.join(v)",
    "map": "ANSWER\nvotes[1] = 2\nv = map(lambda x: votes.get(x), [1])\ntime.sleep(1)\ns = sum(v)",
    "enumerate": "ANSWER\nqueue.append(2)\nv = enumerate(queue)\ntime.sleep(1)\ns = list(v)",
    "a loop over a generator": "ANSWER\nvotes[1] = 2\nfor v in (votes[x] for x in [1, 2]):\n    time.sleep(1)",
    "a function behind a variable": "ANSWER\nkey = register if update else len\nv = sorted([1], key=key)\ntime.sleep(1)\nqueue.append(v)",
    "a random number that is decided before": "ANSWER\nrandom.seed(1)\ntime.sleep(1)\nqueue and random.random()",
    "an update without a message": "ANSWER\nn = votes[1]\ntry:\n    ANSWER\nexcept Exception:\n    pass\ntime.sleep(1)\nvotes[1] = n + 1",
    "a field that is made by a function": "ANSWER\nt = Ticket('x')\ntime.sleep(1)\nqueue.append(t)",
}
PROVED = {
    "a constant of a class": "ANSWER\nn = State.LIMIT\ntime.sleep(1)\nANSWER if n < State.LIMIT else None",
    "a library that is imported in the function": "import math\nANSWER\nn = math.pi\ntime.sleep(1)\nqueue.append(math.sqrt(n))",
    "what is taken on the spot": "ANSWER\nv = ', '.join(str(x) for x in votes)\ntime.sleep(1)\nv = v.upper()",
    "a generator over its own": "ANSWER\nqueue.append(1)\nv = (x for x in [1, 2])\ntime.sleep(1)\nprint if sum(v) else None",
    "a loop over what is computed": "for v in map(str, [1, 2]):\n    ANSWER\n    time.sleep(1)",
    "the name of a class": "ANSWER\nn = type(shop).__name__\ntime.sleep(1)\nqueue.append(n + register.__name__)",
    "a record": "ANSWER\nt = Note('x')\ntime.sleep(1)\nqueue.append(t)",
}


@pytest.mark.parametrize("name", OPEN)
def test_what_others_have(name: str) -> None:
    assert set(_ptb(OPEN[name])) == {INTERLEAVING}


@pytest.mark.parametrize("name", PROVED)
def test_what_nobody_else_has(name: str) -> None:
    assert not _ptb(PROVED[name])


def test_a_method_that_a_derived_class_overrides() -> None:
    assert INTERLEAVING in _ptb("n = votes[1]\nawait base.pause()\ntime.sleep(1)\nvotes[1] = n + 1")
    text = _PTB.replace("BODY", "await shop.buy()")
    method = (
        "class Shop:\n    async def buy(self):\n        n = self.take(1)\n        time.sleep(1)\n        self.take(n)\n"
    )
    assert INTERLEAVING in open_hazards(text.replace("class Shop:\n", method))


_UNBLOCKED = {
    "a handler": ("TEXT, handler)", "TEXT, handler, block=False)"),
    "all": (".build()", ".defaults(Defaults(block=False)).build()"),
}


@pytest.mark.parametrize(("old", "new"), _UNBLOCKED.values(), ids=_UNBLOCKED)
def test_handlers_in_tasks_of_their_own_have_no_order(old: str, new: str) -> None:
    text = _PTB.replace("BODY", "time.sleep(random.uniform(1, 3))\n    await context.bot.send_message(-1001, 'x')")
    text = text.replace(".concurrent_updates(True)", "")
    assert not open_hazards(text)
    assert ORDERING in open_hazards(text.replace(old, new))


def test_a_timeout_of_a_task() -> None:
    text = dedent("""\
        import asyncio, time
        from telethon import TelegramClient, events

        client = TelegramClient("bot", 1, "hash")

        async def work(event):
            await client.send_message(1, "start")
            time.sleep(10)

        @client.on(events.NewMessage)
        async def handler(event):
            task = asyncio.create_task(work(event))
            await asyncio.wait([task])
    """)
    assert not open_hazards(text)
    assert set(open_hazards(text.replace("asyncio.wait([task])", "asyncio.wait_for(task, 5)"))) == {INTERRUPTION}


@pytest.mark.parametrize(("handlers", "open_ones"), [(3, set()), (250, {INTERRUPTION})])
def test_a_helper_of_more_handlers_than_are_looked_at(handlers: int, open_ones: set[object]) -> None:
    text = dedent("""\
        import time
        from telethon import TelegramClient, events

        client = TelegramClient("bot", 1, "hash")

        async def work(chat):
            await client.send_message(chat, "start")
            time.sleep(10)
    """) + "".join(
        f"\n@client.on(events.NewMessage(pattern='/{n}'))\nasync def handle{n}(event):\n    await work({n})\n"
        for n in range(handlers)
    )
    assert set(open_hazards(text)) == open_ones


_QUIET = {
    "a bot of its own": "class Quiet(ExtBot):\n    async def send_message(self, *args):\n        pass\n",
    "derived twice": "class Loud(ExtBot):\n    pass\n\nclass Quiet(Loud):\n    async def send_message(self, *args):\n        pass\n",
    "a function in its place": "async def quiet(*args):\n    pass\n\nExtBot.send_message = quiet\n",
    "a function that is set": "async def quiet(*args):\n    pass\n\nsetattr(ExtBot, 'send_message', quiet)\n",
    "its class is handed on": "from settings import muted\n\nmuted(ExtBot)\n",
}


@pytest.mark.parametrize("name", _QUIET)
def test_methods_of_the_library_that_the_project_changes(name: str) -> None:
    text = _PTB.replace("BODY", f"n = votes[1]\n    {_ANSWER}\n    time.sleep(1)\n    votes[1] = n + 1")
    assert not met_by_others(text)
    assert set(met_by_others(f"from telegram.ext import ExtBot\n{_QUIET[name]}{text}")) == {INTERLEAVING, ORDERING}


_MUTED = {
    "on the class": "events.NewMessage.Event.respond = quiet",
    "on a name for it": "Event = events.NewMessage.Event\nEvent.respond = quiet",
    "by `setattr`": "setattr(events.NewMessage.Event, 'respond', quiet)",
    "by a function that is given the class": "def mute(cls):\n    cls.respond = quiet\n\nmute(events.NewMessage.Event)",
    "by one that is told the name": "def put(cls, *what):\n    setattr(cls, *what)\n\nput(events.NewMessage.Event, 'respond', quiet)",
    "in a loop": "for cls in (events.NewMessage.Event, events.CallbackQuery.Event):\n    setattr(cls, 'respond', quiet)",
    "on a client that another file makes": "from app import bot\n\nbot.respond = quiet",
    "on the program's own client": "class Own(TelegramClient):\n    pass\n\nown = Own('x', 1, 'y')\nown.send_message = quiet",
    "on an event": "@client.on(events.NewMessage)\nasync def mute(event):\n    event.respond = quiet",
}


@pytest.mark.parametrize("name", _MUTED)
def test_an_answer_that_the_project_replaces_need_not_wait(name: str) -> None:
    text = dedent("""\
        import time
        from telethon import TelegramClient, events

        client = TelegramClient("bot", 1, "hash")

        async def quiet(*args):
            print(args)

        MUTED

        class Answer:
            def __init__(self, respond):
                self.respond = respond

        class Note:
            pass

        note = Note()
        note.respond = quiet

        def change(words):
            words.delete = True

        @client.on(events.NewMessage(pattern="/y"))
        async def y(event):
            await event.respond("one")
            time.sleep(0.2)
            await event.respond("two")
    """)
    assert not met_by_others(text.replace("MUTED", ""))
    assert met_by_others(text.replace("MUTED", _MUTED[name]))


_COPIES = ["dict(BASE)", "dict(BASE, lang='en')", "{**BASE}", "BASE | {}", "dict(BASE.items())"]


@pytest.mark.parametrize("copied", _COPIES)
def test_what_is_in_a_copy_is_still_shared(copied: str) -> None:
    body = f"mine = {copied}\nANSWER\nmine['texts'].append(1)\ntime.sleep(1)\nprint(mine['texts'])"
    lines = dedent(body).replace("\n", "\n    ").replace("ANSWER", _ANSWER)
    text = _PTB.replace("BODY", lines)
    assert INTERLEAVING in open_hazards(f"BASE = {{'texts': []}}\n{text}")
    assert INTERLEAVING not in open_hazards(f"BASE = {{'lang': 'de'}}\n{text.replace('.append(1)', '')}")


def test_a_request_that_fails_may_not_have_waited() -> None:
    caught = "votes[1] += 1\ntry:\n    ANSWER\nexcept Exception:\n    pass\ntime.sleep(1)\nprint(votes[1])"
    assert INTERLEAVING in _ptb(caught)
    assert INTERLEAVING not in _ptb(caught.replace("ANSWER", "await asyncio.sleep(1)"))


def test_a_message_that_edits_itself() -> None:
    text = dedent("""\
        import time
        from telethon import TelegramClient, events

        client = TelegramClient("user", 1, "hash")

        @client.on(events.NewMessage(outgoing=True))
        async def handler(event):
            time.sleep(1)
            await event.edit("done")
    """)
    assert not met_by_others(text)
    assert set(met_by_others(text.replace("NewMessage(outgoing=True)", "CallbackQuery()"))) == {ORDERING}


def test_a_delay_that_another_file_sets() -> None:
    text = "import config, time\nfrom config import PAUSE\n\nasync def handler(event):\n    time.sleep(config.PAUSE + PAUSE)\n"
    for value, proved in {"0.5": Proof, "-1": Assumption}.items():
        module = project_of(bot=text, config=f"PAUSE = {value}\n").module(ROOT / "bot.py")
        (sleep,) = module.all(ast.Call)
        assert isinstance(errors.delay(module, sleep.args[0]), proved)


def test_a_line_is_printed_before_the_pause_and_a_message_sent_behind_it() -> None:
    body = f"{_ANSWER}\n    print('x')\n    time.sleep(1)\n    await context.bot.send_message(1, 'x')"
    assert set(met_by_others(_PTB.replace("BODY", body))) == {INTERLEAVING}
