"""Spellings of what the codemods look for that are left alone: each is listed, with a reason that says what can be written instead."""

from __future__ import annotations

import pytest

from tgfix.codemods import load_codemods
from tgfix.engine.harness import ROOT
from tgfix.engine.model import Finding
from tgfix.engine.run.planner import make_plan
from tgfix.engine.sources.config import Settings

_PTB = """\
from collections import deque
from telegram.ext import ApplicationBuilder, CallbackQueryHandler, CommandHandler, MessageHandler, PrefixHandler, filters

app = ApplicationBuilder().token("T").build()


async def answer(update, context):
    await update.message.reply_text(update.message.text)


async def other(update, context):
    await update.message.reply_text("other")


{}
"""
#: The lines that register → a part of the reason.
REGISTRATIONS = {
    'all(app.add_handler(CommandHandler(f"p{i}", answer)) for i in range(9))': "stand in an expression",
    'done = [app.add_handler(CommandHandler(f"p{i}", answer)) for i in range(9)]': "stand in an expression",
    'list(map(lambda i: app.add_handler(CommandHandler(f"p{i}", answer)), range(9)))': "stand in an expression",
    'deque(map(lambda i: app.add_handler(CommandHandler(f"p{i}", answer)), range(9)))': "stand in an expression",
    'list(map(app.add_handler, (CommandHandler(f"p{i}", answer) for i in range(9))))': "kept in a list",
    'several = []\nfor i in range(9):\n    several += [CommandHandler(f"p{i}", answer)]': "kept in a list",
    'several = {i: CommandHandler(f"p{i}", answer) for i in range(9)}': "kept in a list",
    'add = app.add_handler\nfor i in range(9):\n    add(CommandHandler(f"p{i}", answer))': "not seen to be add_handler()",
    'def add(name):\n    app.add_handler(CommandHandler(name, answer))\nfor name in "abcd":\n    add(name)': "add() is called in a loop",
    'def add(name):\n    app.add_handler(CommandHandler(name, answer))\nlist(map(add, "abcd"))': "add() is called in a loop",
    'for i in range(9):\n    app.add_handler(MessageHandler(filters.Text([f"{i}"]), answer))': "takes a list of texts",
    'def add(name, f):\n    app.add_handler(CommandHandler(name, f))\nfor n, f in [("a", answer), ("b", other)]:\n    add(n, f)': (
        "a callback of its own"
    ),
    'done = [app.add_handler(CommandHandler(n, f)) for n, f in zip("abc", [answer, other, answer])]': "a callback of its own",
    'for i in range(9):\n    app.add_handler(PrefixHandler("!", f"p{i}", answer))': "takes a list of commands",
    'for i in range(9):\n    app.add_handler(CallbackQueryHandler(answer, pattern=f"^p{i}$"))': "one pattern for all",
    'app.add_handlers([MessageHandler(filters.Regex(f"^p{i}$"), answer) for i in range(9)])': "one filters.Regex()",
    'for i, f in [(1, answer), (2, other), (3, answer)]:\n    app.add_handler(MessageHandler(filters.Regex(f"{i}"), f))': (
        "a callback of its own"
    ),
    'for one in [CommandHandler("a", answer), CommandHandler("b", answer)]:\n    app.add_handler(one)': "stand in a list",
}
_CLIENTS = """\
from functools import partial
import aiohttp
from telethon import TelegramClient, events

bot = TelegramClient("bot", 1, "x")

{}


@bot.on(events.NewMessage)
async def handler(event):
    {}
    async with session.get("https://api.example.com") as response:
        await event.reply(await response.text())
"""
_API = "class Api:\n    {}:\n        self.session = aiohttp.ClientSession()\n{}"
#: What makes a client, and the line of a handler that asks for it → a part of the reason.
CLIENTS = {
    "a lambda": ("make = lambda: aiohttp.ClientSession()", "session = make()", "make() makes one"),
    "a partial": ("make = partial(aiohttp.ClientSession, trust_env=True)", "session = make()", "make() makes one"),
    "a variable of a function": (
        "def make():\n    made = aiohttp.ClientSession()\n    made.headers['a'] = 'b'\n    return made",
        "session = make()",
        "make() makes one",
    ),
    "a method": (
        "class Web:\n    def make(self):\n        return aiohttp.ClientSession()\n\n\nweb = Web()",
        "session = web.make()",
        "make() makes one",
    ),
    "an attribute": (_API.format("def __init__(self)", ""), "session = Api().session", "each Api() makes one"),
    "an attribute of a context manager": (
        _API.format(
            "async def __aenter__(self)", "        return self\n    async def __aexit__(self, *_):\n        pass\n"
        ),
        "async with Api() as api:\n        session = api.session",
        "each Api() makes one",
    ),
}
_BLOCKING = """\
import subprocess
import cloudscraper
import cv2
import telegraph
import youtube_dl
from PIL import Image
from telethon import TelegramClient, events

bot = TelegramClient("bot", 1, "x")
scraper = cloudscraper.create_scraper()


def work(given):
    {}


@bot.on(events.NewMessage)
async def handler(event):
    done = work("a")
    await event.reply(done)
"""
#: Bodies of functions that block.
BODIES = [
    "return [line for line in subprocess.Popen([given], stdout=subprocess.PIPE).stdout]",
    "process = subprocess.Popen([given], stdout=subprocess.PIPE)\n    for line in iter(process.stdout.readline, b''):\n        print(line)",
    "image = Image.open(given)\n    image = image.convert('RGB').resize((9, 9))\n    image.save(given)",
    "return scraper.get(given).text",
    "return cv2.imread(given)",
    "return telegraph.Telegraph().create_page(given)",
    "with youtube_dl.YoutubeDL({}) as loader:\n        return loader.extract_info(given)",
]


#: What a function imports → its only line.
LIBRARIES = {
    "requests": "return requests.get(given, timeout=5).json()",
    "urllib.request": "return urllib.request.urlopen(given).read()",
    "httpx": "return httpx.get(given).json()",
    "urllib3": "return urllib3.PoolManager().request('GET', given).data",
    "time": "time.sleep(given)",
    "socket": "return socket.gethostbyname(given)",
    "smtplib": "smtplib.SMTP(given).sendmail('a', 'b', 'c')",
    "os": "return os.popen(given).read()",
    "subprocess": "return subprocess.Popen([given], stdout=subprocess.PIPE).stdout.read()",
    "psutil": "return psutil.cpu_percent(interval=1)",
    "psycopg2": "return psycopg2.connect(given).cursor()",
    "pymysql": "pymysql.connect(host=given).commit()",
    "mysql.connector": "mysql.connector.connect(host=given).commit()",
    "redis": "return redis.Redis('cache.example.com').get(given)",
    "pymongo": "return pymongo.MongoClient()['base']['users'].find_one({'id': given})",
    "pymongo.mongo_client": "return pymongo.mongo_client.MongoClient()['base'].command('collstats', given)",
    "jira": "jira.JIRA('https://jira.example.com').assign_issue('BOT-1', given)",
    "yt_dlp": "return yt_dlp.YoutubeDL({}).extract_info(given)",
    "gtts": "gtts.gTTS(given).save('a.mp3')",
    "PIL.Image": "PIL.Image.open(given).save('a.png')",
    "pandas": "return pandas.read_csv(given)",
    "feedparser": "return feedparser.parse(f'https://{given}')",
    "speedtest": "return speedtest.Speedtest().download()",
    "wget": "return wget.download(given)",
    "cloudscraper": "return cloudscraper.create_scraper().get(given).text",
    "zipfile": "zipfile.ZipFile(given).extractall('a')",
    "tarfile": "tarfile.open(given).extractall('a')",
    "shutil": "shutil.make_archive('a', 'zip', given)",
}


def findings(text: str, **others: str) -> list[Finding]:
    settings = Settings(root=ROOT, list_all=True, unsafe_fixes=True)
    sources = {ROOT / f"{name}.py": each.encode() for name, each in {"bot": text, **others}.items()}
    plan = make_plan(list(sources), load_codemods(), settings, sources=sources)
    assert not plan.problems
    return list(plan.findings)


@pytest.mark.parametrize(("lines", "reason"), REGISTRATIONS.items())
def test_registrations_in_other_spellings_are_listed(lines: str, reason: str) -> None:
    listed = [found.reason or "" for found in findings(_PTB.format(lines)) if found.code in ("TGF101", "TGF102")]
    assert any(reason in one for one in listed), listed
    assert len(listed) == 1


@pytest.mark.parametrize(("maker", "line", "reason"), CLIENTS.values(), ids=CLIENTS)
def test_a_client_that_something_else_makes_is_listed(maker: str, line: str, reason: str) -> None:
    listed = [found.reason or "" for found in findings(_CLIENTS.format(maker, line)) if found.code == "TGF201"]
    assert [reason in one for one in listed] == [True]


def test_a_client_that_is_kept_is_no_finding() -> None:
    for maker, line in (
        ("made = aiohttp.ClientSession()\ndef make():\n    return made", "session = make()"),
        (_API.format("def __init__(self)", "\n\napi = Api()"), "session = api.session"),
    ):
        assert not [found for found in findings(_CLIENTS.format(maker, line)) if found.code == "TGF201"]


@pytest.mark.parametrize("body", BODIES)
def test_what_blocks_behind_a_function_is_found(body: str) -> None:
    assert [found.line for found in findings(_BLOCKING.replace("{}", body, 1)) if found.code == "TGF502"] == [
        19 + body.count("\n")
    ]


@pytest.mark.parametrize(("statement", "moves"), [("INSERT INTO t VALUES (1)", True), ("SELECT 1", False)])
def test_a_statement_that_a_function_of_the_project_is_given_tells_whether_it_writes(
    statement: str, moves: bool
) -> None:
    text = f"""\
import sqlite3
from telethon import TelegramClient, events

bot = TelegramClient("bot", 1, "x")


def run(statement):
    with sqlite3.connect("bot.db") as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        return connection.execute(statement).fetchall()


def work():
    return run("{statement}")


@bot.on(events.NewMessage)
async def handler(event):
    await event.reply("wait")
    done = work()
    await event.reply(str(done))
"""
    (found,) = (found for found in findings(text) if found.code == "TGF502" and found.line == 20)
    assert (found.change is not None) is moves
    assert "commit" in (found.change.why if found.change else found.reason or "")


def test_a_library_that_another_file_imports_first_is_the_same_library() -> None:
    text = """\
from .base import bot, events, requests


@bot.on(events.NewMessage)
async def handler(event):
    answer = requests.get("https://api.example.com", timeout=5)
    await event.reply(answer.text)
"""
    base = "import requests\nfrom telethon import TelegramClient, events\n\nbot = TelegramClient('bot', 1, 'x')\n"
    assert [found.line for found in findings(text, base=base) if found.code == "TGF202"] == [6]


def test_what_blocks_is_found_behind_functions_and_in_coroutines() -> None:
    begin = "from telethon import TelegramClient, events\n\nbot = TelegramClient('bot', 1, 'x')\n\n\n"
    functions, handlers = [], []
    for number, (library, line) in enumerate(LIBRARIES.items()):
        called = line.removeprefix("return ")
        functions.append(f"import {library}\n\n\ndef work{number}(given):\n    {line}\n")
        handlers.append(
            f"@bot.on(events.NewMessage)\nasync def handler{number}(event):\n    await event.reply('wait')\n"
            f"    behind = work{number}('a')  # behind\n    given = 'a'\n    inside = {called}  # inside\n"
        )
    text = begin + "\n".join(functions) + "\n\n" + "\n\n".join(handlers)
    codes = ("TGF202", "TGF302", "TGF501", "TGF502")
    lines = {place.line for found in findings(text) if found.code in codes for place in found.places}
    expected = [n for n, line in enumerate(text.splitlines(), 1) if line.endswith(("# behind", "# inside"))]
    assert len(expected) == 2 * len(LIBRARIES)
    assert [text.splitlines()[line - 1] for line in expected if line not in lines] == []


def test_files_that_are_opened_in_an_upload_are_listed() -> None:
    text = """\
from telegram import InputMediaPhoto
from telegram.ext import ApplicationBuilder, CommandHandler


async def pictures(update, context):
    await update.message.reply_media_group([InputMediaPhoto(open("a.jpg", "rb")), InputMediaPhoto(open("b.jpg", "rb"))])
    await update.message.reply_document(document=open("report.pdf", "rb"))


app = ApplicationBuilder().token("T").build()
app.add_handler(CommandHandler("pictures", pictures))
app.run_polling()
"""
    assert [found.line for found in findings(text) if found.code == "TGF302" and found.reason] == [6, 6, 7]


def test_a_pause_that_a_second_import_of_its_name_makes_block_is_listed() -> None:
    text = """\
from asyncio import sleep
from time import sleep
from telethon import TelegramClient, events

bot = TelegramClient("bot", 1, "x")


@bot.on(events.NewMessage)
async def handler(event):
    await sleep(1)
"""
    (found,) = (found for found in findings(text) if found.code == "TGF501")
    assert found.reason == "sleep may also be asyncio.sleep here"


def test_what_a_package_imports_for_others_is_the_same_by_its_whole_name() -> None:
    text = """\
import kit.web
from kit import events, get, session
from kit.web import session as other


async def handler(event):
    answers = [get("https://a.test/")]
    answers.append(session.get("https://b.test/"))
    answers.append(other.get("https://c.test/"))
    answers.append(kit.web.session.get("https://d.test/"))
    answers.append(kit.web.requests.get("https://e.test/"))
    await event.reply(str(answers))
"""
    web = "import requests\nfrom telethon import events\n\nsession = requests.Session()\n"
    kit = {"kit/__init__": "from requests import get\nfrom kit.web import events, session\n", "kit/web": web}
    titles = [found.change and found.change.title for found in findings(text, **kit) if found.code == "TGF202"]
    assert titles == ["Make 5 calls in threads"]


@pytest.mark.parametrize(
    "second", ["from unknown import *", "if True:\n    from unknown import *", "from own import *"]
)
def test_a_pause_that_two_star_imports_may_bring_is_listed(second: str) -> None:
    text = f"""\
from time import *
{second}


async def handler(event):
    sleep(1)
    await event.reply("done")
"""
    own = "import somewhere\n\nglobals().update(somewhere.names)\n"
    (found,) = (found for found in findings(text, own=own) if found.code == "TGF501")
    assert found.reason == "sleep may also be something of the project's own here"
