"""cached-json: callers see every change of the file, and what one caller does to its result no other one sees."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from analysis import calls, module
from twin import Case, Run, Worker

from tgfix.codemods.files.async_file_io import AsyncFileIo
from tgfix.codemods.files.cached_json import CachedJson
from tgfix.engine import harness
from tgfix.engine.analysis.readonly import only_read
from tgfix.engine.model import Hazard, Safety
from tgfix.engine.run.plan import Plan

LOADER = """\
import json
import os

CONFIG = "config.json"


def load_config():
    if os.path.exists(CONFIG):
        with open(CONFIG, encoding="utf-8") as f:
            return json.load(f)
    return {"limit": 0, "names": []}


"""
READER = (
    LOADER
    + "async def work():\n    config = load_config()\n    return f\"{config['limit']} of {len(config['names'])}\"\n"
)


def planned(source: str | dict[str, str], unsafe: bool = True) -> Plan:
    sources = {"bot.py": source} if isinstance(source, str) else source
    return harness.run([CachedJson()], harness.plain(sources), unsafe=unsafe)


def rewritten(source: str) -> str:
    plan = planned(source, unsafe=False)
    assert not plan.problems and not plan.left and plan.files, [finding.reason for finding in plan.left]
    assert {proposal.change.safety for proposal in plan.chosen} == {Safety.SAFE}
    return harness.result(plan, harness.plain({"bot.py": source}))[harness.ROOT / "bot.py"].decode()


@contextlib.contextmanager
def a_minute_later() -> Iterator[None]:
    """Let files be older than the time in which they are never kept; the file system's clock has gone on by a tick."""
    stamps = set()
    while len(stamps) < 3:
        Path("clock").touch()
        stamps.add(os.stat("clock").st_mtime_ns)
    Path("clock").unlink()
    true_clock = time.time_ns
    time.time_ns = lambda: true_clock() + 60_000_000_000
    try:
        yield
    finally:
        time.time_ns = true_clock


async def change_the_file(run: Run) -> list[Any]:
    """What `work` says after each of many changes of the file."""
    said: list[Any] = []

    async def look(times: int = 2) -> None:
        for _ in range(times):
            try:
                said.append(await run.module.work())
            except Exception as error:
                said.append(error)

    async def note() -> None:
        await look()
        with a_minute_later():
            await look()

    def content(number: int) -> str:
        return f'{{"limit": {number:3}, "names": []}}'

    await note()
    for text in (
        '{"limit": 1, "names": ["a"]}',
        '{"limit": 2, "names": ["b"]}',
        "{broken",
        "",
        "[]",
        '{"limit": 3, "names": []}',
    ):
        Path("config.json").write_text(text)
        await note()
    for number in range(50):  # the same size, quickly one after the other, the last time with its old times
        Path("config.json").write_text(content(number))
        await look(1)
        os.utime("config.json", (1, 1))
        await look(1)
    for number in range(50, 54):  # the same again, another file each time
        Path("new").write_text(content(number))
        os.utime("new", (1, 1))
        os.replace("new", "config.json")
        await note()
    for number in range(60, 64):  # deleted and written anew
        Path("config.json").unlink()
        await look(number % 2)
        Path("config.json").write_text(content(number))
        await note()
    with open("config.json", "r+") as file:  # in place, a part of it
        file.write(content(99)[:14])
    await note()
    Path("config.json").rename("elsewhere")
    os.symlink("elsewhere", "config.json")
    await note()
    Path("elsewhere").write_text(content(71))
    await note()
    Path("config.json").unlink()
    await note()
    os.mkdir("config.json")
    await note()
    return said


FORMS = {
    "a function": READER,
    "a function that is given the path": (
        "import json\n\nCONFIG = 'config.json'\n\n\ndef load(path):\n    with open(path) as f:\n        return json.load(f)\n\n\n"
        "async def work():\n    names = load('config.json')['names']\n    return f\"{load(CONFIG)['limit']} of {len(names)}\" "
        "if load(path=CONFIG) else None\n"
    ),
    "a function that catches what is missing or broken": (
        "import json\n\n\ndef load():\n    try:\n        return json.loads(open('config.json').read())\n"
        "    except (FileNotFoundError, json.JSONDecodeError):\n        return {'limit': None}\n\n\n"
        "async def work():\n    return str(load()['limit'])\n"
    ),
    "a path put together": (
        "import json\nimport os\n\nFOLDER = '.'\n\n\ndef load_config():\n"
        "    with open(os.path.join(FOLDER, 'config.json')) as f:\n        return json.load(f)\n\n\n"
        "async def work():\n    return str(load_config()['limit'])\n"
    ),
    "YAML": (
        "import yaml\n\n\ndef load():\n    with open('config.json') as f:\n        return yaml.safe_load(f)\n\n\n"
        "async def work():\n    return str(load()['limit'])\n"
    ),
    "TOML": (
        "import tomllib\n\n\ndef load():\n    with open('config.json', 'rb') as f:\n        return tomllib.load(f)\n\n\n"
        "async def work():\n    return len(load())\n"
    ),
    "in an f-string": READER.partition("async def")[0]
    + "async def work():\n    return f\"{load_config()['limit']:>4}!\"\n",
    "a plain function between": READER.replace("async def work", "def show")
    + "\n\nasync def work():\n    return show()\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_every_change_of_the_file_is_seen(worker: Worker, form: str) -> None:
    files = {"config.json": "limit = 7\n" if form == "TOML" else '{"limit": 7, "names": []}'}
    after = rewritten(FORMS[form])
    assert worker.differences(FORMS[form], after, scenario=change_the_file, files=files, ignoring={"warnings"}) == []


def many_looks(run: Run) -> Any:
    Path("config.json").write_text(json.dumps({"limit": 1, "names": ["é"]}))
    opened: list[str] = []
    import builtins

    true_open = builtins.open
    builtins.open = lambda *args, **options: opened.append(args[0]) or true_open(*args, **options)  # type: ignore[assignment]
    try:
        with a_minute_later():
            for _ in range(100):
                asyncio.run(run.module.work())
    finally:
        builtins.open = true_open
    return sum(str(path).endswith("config.json") for path in opened)


@pytest.mark.parametrize("form", ["a function", "a function that is given the path", "a path put together"])
def test_a_file_that_does_not_change_is_opened_once(worker: Worker, form: str) -> None:
    before = worker.run(Case(FORMS[form], scenario=many_looks)).result
    assert before >= 100
    assert worker.run(Case(rewritten(FORMS[form]), scenario=many_looks)).result in (1, 2)


CHANGER = LOADER + (
    "async def change():\n    config = load_config()\n    config['names'].append('x')\n    return len(config['names'])\n\n\n"
    "async def look():\n    return len(load_config()['names'])\n\n\n"
    "async def work():\n    return [await f() for f in (look, change, change, look)]\n"
)


async def change_and_look(run: Run) -> Any:
    Path("config.json").write_text('{"limit": 1, "names": ["é"]}')
    with a_minute_later():
        return [await run.module.work() for _ in range(3)]


def test_a_caller_that_changes_its_result_spoils_nothing(worker: Worker) -> None:
    after = rewritten(CHANGER)
    assert after.count("cached_read(CONFIG, load_config)") == 1 and "config = load_config()" in after
    assert worker.differences(CHANGER, after, scenario=change_and_look) == []


@pytest.mark.parametrize(
    "use",
    [
        "x['a']", "x.get('a', {}).get('b') == 1", "len(x)", "'a' in x", "f'{x[0]}'", "print(x['a'])", "x['a'] + 1",
        "[str(v) for v in x['list']]", "sum(v['n'] for v in x.values())", "any(v for v in x)", "sorted(len(k) for k in x)",
        "', '.join(x['names'])", "await event.reply(x['text'])", "await event.reply(text=x['text'])", "json.dumps(x)",
        "x['a'] if x else None", "not x", "sorted(x['list'], key=lambda v: v['n'])[0]", "min(x['names'], key=len)",
        "await event.client.send_message('me', x['text'])", "sum(x['numbers'])",
    ],
)  # fmt: skip
def test_looking_is_told_from_changing(use: str) -> None:
    listens = "from telethon import TelegramClient, events\nclient = TelegramClient('bot', 1, 'hash')\n@client.on(events.NewMessage)\n"
    of = module(f"import json\n{listens}async def work(event):\n    x = load()\n    y = {use}\n    return 1\n")
    assert only_read(of, calls(of, "load")[0])


@pytest.mark.parametrize(
    "use",
    [
        "x['a'] = 1", "del x['a']", "x['a']['b'] = 1", "x.setdefault('a', 1)", "x['list'].append(1)", "x.update({})", "return x",
        "y = x\n    y['a'] = 1", "for v in x.values():\n        v['n'] = 1", "self.x = x", "save(x)", "y = x.copy()\n    y['a']['b'] = 1",
        "y = [v for v in x['list']]\n    y[0]['a'] = 1", "x['n'] += 1", "global_list.append(x)", "random.shuffle(x['list'])",
        "y = x['a']\n    y.sort()", "def inner():\n        x['a'] = 1", "yield x", "y = {'a': x}\n    y['a']['b'] = 1",
        "x += ['more']", "y = x['names']\n    y |= {'more'}", "await store.set_config(x)", "await store.login(x)",
        "y = sum(x['pages'], [])\n    y[0]['a'] = 1", "y = sorted(x['list'], key=clean)", "y = max(x, key=lambda v: v.pop())",
        "y = list(filter(seen, x))", "logging.config.dictConfig(x)", "await store.put(x)",
        "y = sorted(x['list'])\n    y[0].clear()", "a, b = x['pair']\n    a.append(1)",
        "y = dataclasses.replace(DEFAULT, names=x['names'])\n    y.names.append(1)",
    ],
)  # fmt: skip
def test_changing_or_keeping_is_told_from_looking(use: str) -> None:
    of = module(
        f"import dataclasses\nimport logging.config\nimport random\nasync def work(event, self, store):\n    x = load()\n    {use}\n"
    )
    assert not only_read(of, calls(of, "load")[0])


def test_readers_in_other_modules_name_the_file_of_the_loader() -> None:
    sources = {
        "storage.py": LOADER,
        "a.py": "import storage\n\n\nasync def look():\n    return len(storage.load_config()['names'])\n",
        "b.py": "from storage import load_config as load\n\n\nasync def look():\n    return len(load()['names'])\n",
    }
    plan = planned(sources)
    files = {path.name: data.decode() for path, data in harness.result(plan, harness.plain(sources)).items()}
    assert "cached_read(storage.CONFIG, storage.load_config)['names']" in files["a.py"]
    assert "from storage import CONFIG" in files["b.py"] and "cached_read(CONFIG, load)['names']" in files["b.py"]
    assert files["_tgfix_support.py"].count("def cached_read(") == 1 and files["storage.py"] == LOADER


BOTH = """\
import json

from telegram.ext import Application


def load_links():
    with open("links.json") as f:
        return json.load(f)


async def get_link(update, context):
    await update.message.reply_text(load_links()["a"])


async def get_price(update, context):
    with open("prices.json") as f:
        prices = json.load(f)
    await update.message.reply_text(str(prices["a"]))


async def add_link(update, context):
    links = load_links()
    links["a"] = context.args[0]
    with open("links.json", "w") as f:
        json.dump(links, f)
"""


def test_who_changes_what_it_gets_reads_it_anew() -> None:
    plan = harness.run([AsyncFileIo(), CachedJson()], harness.plain({"bot.py": BOTH}), unsafe=True)
    assert {proposal.finding.code for proposal in plan.chosen} == {"TGF303"} and not plan.problems
    after = harness.result(plan, harness.plain({"bot.py": BOTH}))[harness.ROOT / "bot.py"].decode()
    assert 'cached_read("links.json", load_links)["a"]' in after and "    links = load_links()\n" in after


def test_the_loader_may_stand_in_another_file() -> None:
    loader, _, handlers = BOTH.partition("async def")
    sources = {
        "a_bot.py": f"import json\n\nfrom zz_store import load_links\n\n\nasync def{handlers}",
        "zz_store.py": loader,
    }
    after = harness.result(planned(sources), harness.plain(sources))
    assert 'cached_read("links.json", load_links)["a"]' in after[harness.ROOT / "a_bot.py"].decode()


def test_what_a_test_or_a_failure_would_show_is_assumed() -> None:
    def hazards(sources: dict[str, str]) -> set[Hazard]:
        return {a.hazard for p in planned(sources).chosen for a in p.change.assumes}

    patched = "from unittest import mock\n\ndef test_it():\n    with mock.patch('builtins.open'):\n        pass\n"
    assert hazards({"bot.py": READER}) == set()
    assert hazards({"bot.py": READER, "tests/test_bot.py": patched}) == {Hazard.IDENTITY}
    loader = patched.replace("builtins.open')", "bot.load_config', side_effect=[{'limit': 1}, {'limit': 2}])")
    assert hazards({"bot.py": READER, "tests/test_bot.py": loader}) == {Hazard.IDENTITY}
    assert hazards({"bot.py": READER, "tests/test_bot.py": "from freezegun import freeze_time\n"}) == {Hazard.IDENTITY}
    exists = patched.replace("builtins.open", "os.path.exists")
    assert hazards({"bot.py": READER, "tests/test_bot.py": exists}) == {Hazard.IDENTITY}
    hiding = READER.replace("    if os.path", "    try:\n      if os.path")
    hiding = hiding.replace('    return {"limit', '    except OSError:\n        pass\n    return {"limit')
    assert hazards({"bot.py": hiding}) == {Hazard.ERRORS}


GIVEN = """\
import json
from telegram import Bot
from telegram.ext import Application, CommandHandler, ContextTypes

def load():
    with open("menu.json") as f:
        return json.load(f)

async def with_back(bot, chat, buttons):
    buttons.append("Back")

async def show(update, context: ContextTypes.DEFAULT_TYPE):
    await context.bot.{method}(1, load()["menu"])

Application.builder().build().add_handler(CommandHandler("x", show))
"""


@pytest.mark.parametrize(
    "more",
    [
        "Bot.send_message = with_back",
        "def extend(cls):\n    setattr(cls, 'send_message', with_back)\nextend(Bot)",
        "class Menu:\n    send_message = with_back",
        "from types import SimpleNamespace\nviews = SimpleNamespace(send_message=with_back)",
        "from dataclasses import dataclass\nfrom typing import Callable\n@dataclass\nclass View:\n    send_message: Callable",
        "class Menu:\n    async def send_message(self, chat, buttons): ...",
        "def extend(cls, name):\n    setattr(cls, name, with_back)\nextend(Bot, 'send_' + 'message')",
    ],
)
def test_a_method_that_the_project_may_have_given_something_may_change_what_it_gets(more: str) -> None:
    source = GIVEN.format(method="send_message")
    shown = module(source)
    assert only_read(shown, calls(shown, "load")[0])
    shown = module(source + more + "\n")
    assert not only_read(shown, calls(shown, "load")[0])


def test_a_method_that_no_library_is_known_to_have_may_change_what_it_gets() -> None:
    shown = module(GIVEN.format(method="send_menu"))
    assert not only_read(shown, calls(shown, "load")[0])
