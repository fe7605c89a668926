"""What a thread is given: texts and numbers, and objects that a function has made for itself, are nobody else's to change."""

from __future__ import annotations

import ast

import pytest
from analysis import calls, module

from tgfix.engine.analysis.effects import Effects
from tgfix.engine.analysis.resolver import Resolver
from tgfix.engine.model import Proof
from tgfix.engine.proofs import thread, thread_requests
from tgfix.engine.proofs.thread_made import is_made_here
from tgfix.engine.proofs.thread_values import takes_scalar


@pytest.mark.parametrize(
    ("body", "scalar"),
    [
        ("cursor.execute('SELECT name FROM users WHERE id = ?', (user,))", True),
        ("cursor.execute('SELECT name FROM users WHERE id = ANY(?)', (user,))", False),
        ("cursor.execute(statement, (user,))", False),
        ("os.remove(user)", True),
        ("shop.sold(user.strip())", True),
        ("inner(user)", True),
        ("shop.sell(user)", False),
        ("shop.sell(user.strip)", False),
        ("return user if isinstance(user, list) else int(user)", False),
    ],
)
def test_a_function_tells_what_it_is_given(body: str, scalar: bool) -> None:
    bot = module(
        "import os\n\nimport shop\n\n\ndef inner(name):\n    return int(name)\n\n\n"
        f"def work(cursor, user):\n    {body}\n\n\ndef handle(cursor, user):\n    work(cursor, user)\n"
    )
    call = calls(bot, "work")[0]
    meant = bot.project.fact(Resolver).definition(bot, call.func)
    assert meant is not None
    assert takes_scalar(bot.project.fact(Resolver), bot, meant[1], call, call.args[1]) is scalar  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "own"),
    [
        ("shop = Shop('de')", True),
        ("shop = Shop('de')\n    shops.append(shop)", False),
        ("shop = Shop(users)", False),
        ("shop = Shop(lambda: 1)", False),
        ("shop = Shop(handle)", False),
        ("shop = open_shop()", False),
        ("shop = Shop('de') if new else SHOP", False),
        ("global shop\n    shop = Shop('de')", False),
        ("shop = Session()", False),
    ],
)
def test_an_object_that_a_function_makes_for_itself(made: str, own: bool) -> None:
    bot = module(
        "from market import SHOP, Shop, open_shop\nfrom requests import Session\n\nshops, users = [], []\n\n\n"
        f"async def handle(event, new):\n    {made}\n    shop.sell('a cup')\n"
    )
    call = calls(bot, "shop.sell")[0]
    assert is_made_here(bot.project.fact(Effects), bot, call.func.value) is own  # type: ignore[attr-defined]


BOT = """\
import argparse, os
import redis
import requests
from PIL import Image, ImageDraw
from selenium.webdriver import Chrome
from selenium.webdriver.chrome.options import Options
from telethon import TelegramClient, events
from pydantic import BaseSettings

client = TelegramClient("bot", 1, "hash")
store = redis.Redis()
seen = []


class Settings(BaseSettings):
    TOKEN: str
    NAMES: list


class Table:
    def __init__(self, address):
        self.address = address
        self.rows = {{}}


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repo")
    given = parser.parse_args()
    return given


SETTINGS = Settings()
table = Table("main")
args = arguments()


def work(name: str):
    {work}


def other(thing):
    {other}


@client.on(events.NewMessage)
async def handle(event):
    work("cup")
"""


def in_thread(work: str, other: str = "pass") -> bool:
    """Whether a function with this body may run in a thread."""
    bot = module(BOT.format(work=work, other=other))
    call = calls(bot, "work")[0]
    meant = bot.project.fact(Resolver).definition(bot, call.func)
    assert meant is not None and isinstance(meant[1], ast.FunctionDef)
    return isinstance(thread.function(bot, call, *meant), Proof)


@pytest.mark.parametrize(
    "work",
    [
        "img = Image.open('cup.png').convert('RGB')\n    ImageDraw.Draw(img).text((0, 0), name)\n    img.save('cup.jpg')",
        "options = Options()\n    options.add_argument('--headless')\n    driver = Chrome(options=options)\n    driver.get(name)",
        "return Chrome().find_element('a').text",
        "store.set(name, '1')",
        "return requests.get(SETTINGS.TOKEN)",
        "return requests.get(args.repo)",
        "return requests.get(table.address)",
    ],
)
def test_what_a_function_makes_for_itself_and_what_nobody_sets_is_no_danger(work: str) -> None:
    assert in_thread(work)


@pytest.mark.parametrize(
    ("work", "other"),
    [
        ("img = Image.open('cup.png')\n    seen.append(img)\n    img.save('cup.jpg')", "pass"),
        ("img = Image.open('cup.png')\n    other(img)\n    img.save('cup.jpg')", "seen.append(thing)"),
        ("store.set(name, '1')", "redis.Redis(single_connection_client=True)"),
        ("return requests.get(SETTINGS.TOKEN)", "SETTINGS.TOKEN = thing"),
        ("return requests.get(SETTINGS.NAMES[0])", "pass"),
        ("return requests.get(args.repo)", "args.repo = thing"),
        ("return requests.get(args.repo)", "thing.repo = 1"),
        ("return requests.get(table.address)", "thing.address = 1"),
        ("return requests.get(table.rows['a'])", "pass"),
    ],
)
def test_what_others_have_or_set_is_one(work: str, other: str) -> None:
    assert not in_thread(work, other)


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        (
            "path = await load(event)\n    if path.endswith('.webp'):\n        path = await load(event)\n    requests.post(URL, data=path)",
            "",
        ),
        ("path = await load(event)\n    requests.post(URL, data=path)", "path"),
        ("path = await load(event)\n    path.append('.webp')\n    requests.post(URL, data=path + '.webp')", ""),
        ("sent = {'id': event.id, 'users': users}\n    requests.post(URL, json=sent)", "users"),
        ("given = {'X-Key': Config.KEY}\n    requests.post(URL, headers=given)", ""),
        ("requests.post(URL, auth=('bot', Config.PASSWORD))", ""),
    ],
)
def test_what_is_asked_of_a_request_is_what_others_may_have(body: str, asked: str) -> None:
    bot = module(
        "import requests\nfrom settings import Config, load\n\nURL = 'https://example.org'\nusers = []\n\n\n"
        f"def add(user):\n    users.append(user)\n\n\nasync def handle(event):\n    {body}\n"
    )
    found = thread_requests.request(bot, calls(bot, "requests.post")[0])
    assert (
        isinstance(found, Proof)
        if not asked
        else f" change{'s' if asked == 'users' else ''} `{asked}`" in found.sentence
    ), found  # type: ignore[union-attr]
