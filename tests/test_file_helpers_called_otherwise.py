"""async-file-io where a helper is reached by other ways than its name, where handlers share state, and where locks could meet."""

from __future__ import annotations

import ast
import asyncio
import concurrent.futures.thread  # noqa: F401  a run without rights cannot import it later
import json
import textwrap
from typing import Any

import aiofiles  # noqa: F401  so that each run finds them loaded
import pytest
from test_async_file_io import call, planned, reasons
from twin import Run, Worker

from tgfix.engine import harness

FILES: dict[str, str | bytes | None] = {"text.txt": "first\nlast", "links.json": '{"a": 1}', "other.json": "{}"}
READ = """\
import json
import sys

import aiofiles

def load():
    with open("text.txt") as f:
        return f.read()
"""
CLASS = """\
import aiofiles

class Base:
    def load(self):
        with open("text.txt") as f:
            return f.read()
"""


def program(text: str) -> dict[str, str]:
    """A project: the parts after ``=== name`` lines, or one file."""
    if not text.startswith("=== "):
        return {"bot.py": text}
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in text.split("=== ")[1:]}


def applied(sources: dict[str, str], *, unsafe: bool) -> dict[str, str]:
    """The project after the codemod."""
    plan = planned(sources, unsafe=unsafe)
    assert not plan.problems
    files = harness.result(plan, harness.plain(sources))
    return {str(path.relative_to(harness.ROOT)): data.decode() for path, data in files.items()}


def becoming(before: dict[str, str], after: dict[str, str]) -> set[str]:
    """The functions that became coroutines."""

    def coroutines(project: dict[str, str]) -> set[str]:
        return {
            node.name
            for path, text in project.items()
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.AsyncFunctionDef) and "support" not in path
        }

    return coroutines(after) - coroutines(before)


OTHERWISE = {
    "by super() under another name": CLASS
    + """
class Child(Base):
    def shout(self):
        return super().load() + "!"

async def work(arg):
    return Child().shout(), Child().load()
""",
    "overridden by a class derived of a derived one": CLASS
    + """
    def run(self):
        return self.load() + "!"

class Middle(Base):
    pass

class Child(Middle):
    def load(self):
        return "child"

async def work(arg):
    return Base().run(), Child().run()
""",
    "overridden by an assignment": CLASS
    + """
    def run(self):
        return self.load() + "!"

class Child(Base):
    load = lambda self: "child"

async def work(arg):
    return Base().run(), Child().run()
""",
    "by a mixin that does not define it": """\
import aiofiles

class Mixin:
    def run(self):
        return self.load() + "!"

class Base(Mixin):
    def load(self):
        with open("text.txt") as f:
            return f.read()

async def work(arg):
    return Base().run(), Base().load()
""",
    "by another base of a derived class": CLASS
    + """
class Runner:
    def run(self):
        return self.load() + "!"

class Both(Base, Runner):
    pass

async def work(arg):
    return Both().run(), Both().load()
""",
    "by an object that an object of another class holds": CLASS
    + """
class Holder:
    def __init__(self):
        self.base = Base()

class Bot:
    def __init__(self):
        self.holder = Holder()

    def shout(self):
        return self.holder.base.load() + "!"

async def work(arg):
    return Bot().shout(), Base().load()
""",
    "by an attribute that is set twice": CLASS
    + """
class Bot:
    def __init__(self):
        self.base = None

    def start(self):
        self.base = Base()

    def shout(self):
        return self.base.load() + "!"

async def work(arg):
    bot = Bot()
    bot.start()
    return bot.shout(), Base().load()
""",
    "by an instance of another name than self": CLASS
    + """
    def shout(this):
        return this.load() + "!"

async def work(arg):
    return Base().shout(), Base().load()
""",
    "by a computed attribute of self": """\
import aiofiles

class Bot:
    def do_text(self):
        with open("text.txt") as f:
            return f.read()

    async def run(self, name):
        return getattr(self, f"do_{name}")(), self.do_text()

async def work(arg):
    return await Bot().run("text")
""",
    "by a computed name of the module": READ
    + """
async def work(arg):
    return getattr(sys.modules[__name__], "lo" + "ad")(), load()
""",
    "by globals()": READ
    + """
async def work(arg):
    return globals()["lo" + "ad"](), load()
""",
    "in a module that is imported by a computed name": """\
=== bot.py
import importlib

import aiofiles

import plugins.notes

async def work(arg):
    modules = [importlib.import_module(f"plugins.{name}") for name in ("notes",)]
    return [module.setup() for module in modules], plugins.notes.setup()
=== plugins/__init__.py
=== plugins/notes.py
def setup():
    with open("text.txt") as f:
        return f.read()
""",
    "hidden by a later star import": """\
=== bot.py
import aiofiles
from store import *
from other import *

async def work(arg):
    return load()
=== other.py
def load():
    return "other"
=== store.py
def load():
    with open("text.txt") as f:
        return f.read()

async def first():
    return load()
""",
    "by open() of a star import": """\
=== bot.py
import aiofiles
from compat import *

async def work(arg):
    with open("text.txt") as f:
        return f.read()
=== compat.py
import io

def open(path):
    return io.StringIO("another " + path)
""",
    "raising StopIteration": """\
import aiofiles

def first():
    with open("text.txt") as f:
        text = f.read()
    raise StopIteration(text)

async def work(arg):
    try:
        return first()
    except StopIteration as stop:
        return stop.value
""",
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_helper_that_is_reached_otherwise_stays_what_it_is(worker: Worker, name: str) -> None:
    sources = program(OTHERWISE[name])
    assert worker.differences(sources, applied(sources, unsafe=True), scenario=call, files=FILES) == []


def test_a_method_of_something_unknown_does_not_make_its_caller_a_coroutine() -> None:
    sources = program("""\
import aiofiles
import git

class Storage:
    def __init__(self, names):
        self.names = names
        names.append(self)

    def fetch(self, name):
        with open(name) as file:
            return file.read()

class Notifier:
    def changelog(self):
        for remote in git.Repo().remotes:
            remote.fetch()
        return git.log()

    async def poll(self):
        return self.changelog()

async def get(name):
    return Storage([]).fetch(name)
""")
    assert "changelog" not in becoming(sources, applied(sources, unsafe=True))


def test_a_helper_that_only_opens_a_file_for_its_caller_is_left_alone() -> None:
    text = "def get():\n    return open('a')\n\nasync def work(arg):\n    with get() as f:\n        return f.read()\n"
    assert "only opens the file" in reasons(text)


SHARED = {
    "set before and read behind": """
class Bot:
    async def go(self, arg):
        self.current = arg
        with open("text.txt") as f:
            f.read()
        return self.current

BOT = Bot()

async def work(arg):
    return await BOT.go(arg)
""",
    "a container that is given": """
async def count(context):
    n = context.get("n", 0)
    with open("text.txt") as f:
        f.read()
    context["n"] = n + 1
    return n

CONTEXT = {}

async def work(arg):
    return await count(CONTEXT)
""",
    "data of a user": """
class Context:
    user_data = {}

async def count(context):
    n = context.user_data.get("n", 0)
    with open("text.txt") as f:
        f.read()
    context.user_data["n"] = n + 1
    return n

async def work(arg):
    return await count(Context)
""",
    "through functions": """
STATE = {"n": 0}

def get():
    return STATE["n"]

def put(n):
    STATE["n"] = n

async def work(arg):
    n = get()
    with open("text.txt") as f:
        f.read()
    put(n + 1)
    return n
""",
    "around a coroutine that never waited": """
STATE = {"n": 0}

async def load():
    with open("text.txt") as f:
        return f.read()

async def work(arg):
    n = STATE["n"]
    await load()
    STATE["n"] = n + 1
    return n
""",
    "around a coroutine that is kept first": """
STATE = {"n": 0}

async def load():
    with open("text.txt") as f:
        return f.read()

async def work(arg):
    n = STATE["n"]
    loading = load()
    await loading
    STATE["n"] = n + 1
    return n
""",
    "a comprehension over what others change": """
PATHS = {"a": "text.txt"}

def load(path):
    with open(path) as f:
        return f.read()

async def work(arg):
    found = [load(path) for path in PATHS.values()]
    PATHS[arg] = "text.txt"
    return len(found)
""",
    "the working directory": """
import os

async def work(arg):
    os.makedirs(arg, exist_ok=True)
    before = os.getcwd()
    os.chdir(arg)
    with open("../text.txt") as f:
        f.read()
    here = os.path.basename(os.getcwd())
    os.chdir(before)
    return here
""",
    "standard output": """
import contextlib
import io

async def work(arg):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        with open("text.txt") as f:
            print(arg, len(f.read()))
    return said.getvalue()
""",
    "a file that is read before and written behind": """
import json

def on_exit():
    with open("links.json", "w") as f:
        json.dump({}, f)

HOOKS = [on_exit]

async def work(arg):
    with open("links.json") as f:
        links = json.load(f)
    with open("text.txt") as f:
        links[arg] = f.read()
    with open("links.json", "w") as f:
        json.dump(links, f)
    return "ok"
""",
}


@pytest.mark.parametrize("name", SHARED)
def test_what_others_may_change_meanwhile_is_never_safe(name: str) -> None:
    plan = planned("import aiofiles\n" + SHARED[name], unsafe=False)
    assert not plan.problems and not plan.chosen
    assert any(
        "another handler may" in p.change.why or "changes the whole program" in p.change.why for p in plan.hidden
    )


STORE = """\
import asyncio
import json
import os

import aiofiles

NAME = os.path.join(".", "links.json")

async def put(key):
    with open("links.json") as f:
        links = json.load(f)
    links[key] = 1
    with open("links.json", "w") as f:
        json.dump(links, f)

async def other(key):
    with open("other.json") as f:
        links = json.load(f)
    links[key] = 1
    with open("other.json", "w") as f:
        json.dump(links, f)

async def work(arg, then=put):
    with open({path}) as f:
        links = json.load(f)
    if links:
        {meanwhile}
    with open({path}, "w") as f:
        json.dump(links, f)
"""
LOCKS = {
    "what locks another file": ('"links.json"', "await other(arg)", "other() locks a file, too"),
    "what locks the file by another name": ("NAME", "await put(arg)", "put() locks a file, too"),
    "a task": ('"links.json"', "task = asyncio.create_task(put(arg)); await task", "waits for task"),
    "what it is given": ('"links.json"', "await then(arg)", "then() may lock a file"),
    "a lock of the bot": ('"links.json"', "await LOCK.acquire()", "waits for LOCK.acquire()"),
    "a block of the bot": (
        '"links.json"',
        "\n        async with GUARD:\n            links[arg] = 1",
        "waits for GUARD",
    ),
}


@pytest.mark.parametrize("name", LOCKS)
def test_nothing_waits_for_another_lock_while_a_file_is_locked(name: str) -> None:
    path, meanwhile, reason = LOCKS[name]
    text = (
        STORE.format(path=path, meanwhile=meanwhile.strip()) + "\nLOCK = asyncio.Lock()\nGUARD = asyncio.Semaphore()\n"
    )
    left = planned(text).left
    assert any(reason in (finding.reason or "") for finding in left), [finding.reason for finding in left]


def test_the_methods_of_something_that_is_given_never_waited_either() -> None:
    text = textwrap.dedent("""\
        import json

        class Store:
            def __init__(self, path):
                self.path = path

            async def read(self):
                with open(self.path) as f:
                    return json.load(f)

            async def write(self, links):
                with open(self.path, "w") as f:
                    json.dump(links, f)

        async def add(store, key):
            links = await store.read()
            links[key] = 1
            await store.write(links)

        STORE = Store("links.json")

        async def work(arg):
            await add(STORE, arg)
    """)
    assert "never waited so far" in reasons(text)


def test_a_file_that_a_function_is_given_is_known_from_its_calls() -> None:
    text = program("""\
=== bot.py
import aiofiles
import store

async def work(arg):
    await store.save("x")
    return await store.load()
=== store.py
LINKS = "links.json"

async def save(text, path="links.json"):
    with open(path, "w") as f:
        f.write(text)

async def load(path=LINKS):
    with open(path) as f:
        return f.read()
""")
    plan = planned(text, unsafe=False)
    assert not plan.problems and not plan.chosen


def test_coroutines_that_never_waited_keep_what_they_did_in_one_go() -> None:
    text = textwrap.dedent("""\
        import json

        async def load():
            with open("links.json") as f:
                return json.load(f)

        async def save(links):
            with open("links.json", "w") as f:
                json.dump(links, f)

        async def work(arg):
            links = await load()
            links[arg] = 1
            await save(links)
    """)
    assert "never waited so far" in reasons(text)


async def readers_and_writers(run: Run) -> Any:
    """Readers and writers of one file at once."""
    await asyncio.gather(*(run.module.work(number) for number in range(8)), return_exceptions=False)
    with open("links.json") as f:
        return json.load(f)


def test_a_file_that_is_kept_in_a_variable_is_locked_until_its_last_use(worker: Worker) -> None:
    text = textwrap.dedent("""\
        import asyncio
        import json

        import aiofiles

        async def save(links):
            f = open("links.json", "w")
            json.dump(links, f)
            f.close()

        async def read():
            with open("links.json") as f:
                return json.load(f)

        async def work(number):
            for _ in range(5):
                await (save({"a": [1] * 1000}) if number % 2 else read())
                await asyncio.sleep(0)
    """)
    sources = {"bot.py": text}
    after = applied(sources, unsafe=True)
    assert after != sources
    assert worker.differences(text, after["bot.py"], scenario=readers_and_writers, files=FILES) == []


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            'with open("a.txt", "w") as f:\n        f.write("x")\n        await arg.send_file("a.txt")',
            "used in line 5 while",
        ),
        (
            'number = os.open("a.txt", os.O_RDONLY)\n    with open(number) as f:\n        return f.read()',
            "file descriptor",
        ),
        ('f = open("a.txt")\n    with f:\n        return f.read()', "is not known"),
    ],
)
def test_what_is_not_a_file_of_its_own_is_left_alone(body: str, reason: str) -> None:
    assert reason in reasons(f"import os\nasync def work(arg):\n    {body}\n")


TWO_HOMES = program("""\
=== bot.py
import core
import plugins.notes
=== core/__init__.py
from . import store
=== core/util.py
=== core/store.py
import json
from . import util

async def put(key):
    with open(f"data/{key}.json") as f:
        notes = json.load(f)
    with open(f"data/{key}.json", "w") as f:
        json.dump(notes, f)
=== plugins/__init__.py
=== plugins/other.py
=== plugins/notes.py
import json
from . import other

async def add(event):
    with open("data/notes.json") as f:
        notes = json.load(f)
    with open("data/notes.json", "w") as f:
        json.dump(notes, f)
""")


def test_a_file_whose_locks_would_come_from_two_places_is_left_alone() -> None:
    assert "no common place for its lock" in reasons(TWO_HOMES)
