"""What is in a container of a module may be shared, whoever has it: a handler that waits finds it as others left it."""

from __future__ import annotations

import pytest
from analysis import named

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.engine import harness
from tgfix.engine.model import Hazard

_BOT = """\
import asyncio, enum, importlib, json, logging, time
from telethon import TelegramClient, events

import tables

client = TelegramClient("bot", 1, "hash")
log = logging.getLogger(__name__)
MAIN, SIDE = [], []
{made}


@client.on(events.NewMessage)
async def count(event):
    await event.reply("wait")
    {before}
    time.sleep(1)
    await event.reply(f"{{{after}}}")


client.start()
client.run_until_disconnected()
"""
_CLASS = """\
class Group:
    def __init__(self):
        self.all = []

    def {0}(self, to, one):
        to.append(one)


group = Group()
"""


def is_shared(made: str, before: str, after: str) -> bool:
    """Whether what a handler tells behind its pause may be what another one did."""
    files = {"bot.py": _BOT.format(made=made, before=before, after=after), "tables.py": "users = []\nLIMIT = 3\n"}
    (proposal,) = harness.run([AsyncSleep()], harness.plain(files), unsafe=True).chosen
    return Hazard.INTERLEAVING in named(proposal.change.verdicts)


@pytest.mark.parametrize(
    ("made", "before", "after"),
    [
        ('ROOMS = {"x": MAIN, "y": SIDE}', "ROOMS[event.raw_text].append(1)", "len(ROOMS['x'])"),
        ('ROOMS = {"x": MAIN, "y": SIDE}', "room = ROOMS.get(event.raw_text)\n    room.append(1)", "len(room)"),
        ("ALL = [{'load': 1}]\nBEST = min(ALL, key=len)", "BEST['load'] += 1", "BEST['load']"),
        (
            _CLASS.format("add") + "ALL = {'x': frozenset([group])}",
            "next(iter(ALL['x'])).all.append(1)",
            "len(group.all)",
        ),
        ("BOTH = MAIN, SIDE", "BOTH[0].append(1)", "len(BOTH[0])"),
        ("ROOMS = (('x', MAIN),)", "ROOMS[0][1].append(1)", "len(ROOMS[0][1])"),
        ("TABLES = [tables.users]", "TABLES[0].append(1)", "len(TABLES[0])"),
        ("BASE = {'log': []}\nALL = {**BASE}", "ALL['log'].append(1)", "len(ALL['log'])"),
        ("CONFIG = json.loads('[]')\nALL = {'x': CONFIG}", "ALL['x'].append(1)", "len(ALL['x'])"),
        (_CLASS.format("join") + "ALL = {'x': group}", "ALL['x'].all.append(1)", "len(ALL['x'].all)"),
        (_CLASS.format("join"), "group.join(MAIN, 1)", "len(MAIN)"),
        (_CLASS.format("error"), "group.error(MAIN, 1)", "len(MAIN)"),
        ("class Dice:\n    played = 0\n\n\nGAMES = {'x': Dice}", "GAMES['x'].played += 1", "GAMES['x'].played"),
        (
            "class Team(enum.Enum):\n    RED = 1\n\n    def __init__(self, _):\n        self.points = 0\n\n\nTEAMS = {'x': Team.RED}",
            "TEAMS['x'].points += 1",
            "TEAMS['x'].points",
        ),
        (
            "class Club:\n    @property\n    def members(self):\n        return MAIN\n\n\nred = Club()\nLISTS = {'x': red.members}",
            "LISTS['x'].append(1)",
            "len(LISTS['x'])",
        ),
        ("from config import ADMINS\n\nLISTS = {'x': ADMINS}", "LISTS['x'].append(1)", "len(LISTS['x'])"),
        (
            "class Guild:\n    @staticmethod\n    def join(to, one):\n        to.append(one)\n",
            "Guild.join(MAIN, 1)",
            "len(MAIN)",
        ),
    ],
)
def test_what_a_container_holds_by_name_is_shared(made: str, before: str, after: str) -> None:
    assert is_shared(made, before, after)


@pytest.mark.parametrize(
    ("made", "before", "after"),
    [
        ("WORDS = ['a', 'b']", "pass", "', '.join(WORDS)"),
    ],
)
def test_what_cannot_be_changed_stays_as_it_is(made: str, before: str, after: str) -> None:
    assert not is_shared(made, before, after)


@pytest.mark.parametrize(
    ("reload", "shared"),
    [
        ("importlib.reload(tables)", True),
        ("await asyncio.to_thread(importlib.reload, tables)", True),
        ("for module in [tables]:\n        importlib.reload(module)", True),
        ("importlib.reload(json)", True),
        ("pass", False),
    ],
)
def test_what_a_module_has_is_made_anew_where_it_is_loaded_again(reload: str, shared: bool) -> None:
    made = f"async def again():\n    {reload}\n"
    assert is_shared(made, "first = tables.LIMIT", "first + tables.LIMIT") is shared
