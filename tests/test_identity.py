"""Who looks at, or replaces, what a rewrite makes different."""

from __future__ import annotations

from pathlib import Path

import pytest
from analysis import ROOT, project

from tgfix.engine.analysis.module import Project
from tgfix.engine.model import Assumption, Proof
from tgfix.engine.proofs import identity
from tgfix.engine.sources.config import Settings

BOT = "import time\nfrom time import sleep\nimport httpx\n\n\ndef slow():\n    time.sleep(5)\n    sleep(1)\n    return open('a')\n"


def replaced(name: str, text: str) -> tuple[str, int | None] | None:
    found = project(bot=BOT, other=text, helpers="from time import sleep\nimport requests as time\n")
    verdict = identity.unreplaced(found.module(ROOT / "bot.py"), name)
    return (verdict.path.name, verdict.line) if isinstance(verdict, Assumption) and verdict.path else None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("time.sleep", "import time\ntime.sleep = print"),
        ("time.sleep", "import bot\nbot.time.sleep = print"),
        ("time.sleep", "import bot\nbot.time = None"),
        ("time.sleep", "import bot\nbot.sleep = print"),
        ("time.sleep", "def test(mocker):\n    mocker.patch('bot.time.sleep')"),
        ("time.sleep", "def test(mocker):\n    mocker.patch('bot.sleep')"),
        ("time.sleep", "def test(monkeypatch):\n    monkeypatch.setattr('time.sleep', print)"),
        ("time.sleep", "import time\n\ndef test(monkeypatch):\n    monkeypatch.setattr(time, 'sleep', print)"),
        ("time.sleep", "import bot\n\ndef test(monkeypatch):\n    monkeypatch.setattr(bot.time, 'sleep', print)"),
        ("time.sleep", "import time\n\ndef test(m, name):\n    m.setattr(time, name, print)"),
        ("time.sleep", "import sys\nsys.modules['time'] = None"),
        ("time.sleep", "import sys\n\ndef fake():\n    name = 'time'\n    sys.modules[name] = None"),
        (
            "time.sleep",
            "import sys\n\ndef fake(name='bot'):\n    if name:\n        name = 'bot'\n    sys.modules[name] = None",
        ),
        ("time.sleep", "import sys\n\ndef test(monkeypatch):\n    monkeypatch.setitem(sys.modules, 'time', None)"),
        (
            "time.sleep",
            "from unittest import mock\n\n@mock.patch.dict('sys.modules', {'a': 1, 'time': 2})\ndef test(): ...",
        ),
        ("time.sleep", "import sys\nsys.modules['time'].sleep = print"),
        ("time.sleep", "import time\n\ndef quick(clock):\n    clock.sleep = print\n\nquick(time)"),
        ("time.sleep", "import freezegun"),
        ("httpx.AsyncClient", "import bot\n\ndef test(m):\n    m.setattr(bot.httpx, 'AsyncClient', Fake)"),
        ("httpx.AsyncClient", "import httpx\nhttpx.AsyncClient.get = fake"),
        ("httpx.AsyncClient", "from httpx import AsyncClient\nsetattr(AsyncClient, name, fake)"),
        ("builtins.open", "def test(mocker):\n    mocker.patch('builtins.open')"),
        (
            "httpx.AsyncClient",
            "import httpx\n\ndef insecure(cls):\n    cls.__init__ = print\n\ninsecure(httpx.AsyncClient)",
        ),
        (
            "httpx.AsyncClient",
            "import httpx, certs\n\nfor cls in (httpx.Client, httpx.AsyncClient):\n    certs.insecure(cls)",
        ),
        ("httpx.AsyncClient", "import bot\n\ndef test(mocker):\n    mocker.spy(bot.httpx, 'AsyncClient')"),
        ("httpx.AsyncClient", "import bot\nfrom flexmock import flexmock\n\ndef test():\n    flexmock(bot.httpx)"),
        ("httpx.AsyncClient", "import bot\nfrom mockito import when\n\ndef test():\n    when(bot.httpx).AsyncClient()"),
        ("time.sleep", "import bot\n\ndef test(mocker):\n    mocker.spy(bot, 'sleep')"),
        ("builtins.open", "def test(mocker):\n    mocker.patch('bot.open', create=True)"),
    ],
)
def test_a_replacement_is_found(name: str, text: str) -> None:
    found = replaced(name, text)
    assert found is not None
    assert found[0] == "other.py"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("time.sleep", "import time\ntime.sleep(5)"),
        ("time.sleep", "import helpers\nhelpers.sleep = print"),
        (
            "httpx.AsyncClient",
            "import bot\nfrom unittest import mock\n\ndef test():\n    mock.Mock(spec=bot.httpx.AsyncClient)",
        ),
        (
            "httpx.AsyncClient",
            "import httpx\n\ndef test(x, mocker):\n    mocker.spy(httpx, 'Client')\n    return isinstance(x, httpx.AsyncClient)",
        ),
        ("time.sleep", "def test(mocker):\n    mocker.patch('helpers.sleep')\n    mocker.patch('helpers.time.sleep')"),
        ("time.sleep", "class Sleeper:\n    def __init__(self):\n        self.sleep = 5\n\nSleeper().sleep = 7"),
        ("time.sleep", "def change(user, field, value):\n    setattr(user, field, value)"),
        ("time.sleep", "args.sleep = 5"),
        (
            "time.sleep",
            "from telethon.tl.types import Rights\n\ndef lock(name):\n    rights = Rights(None)\n    setattr(rights, name, True)",
        ),
        ("time.sleep", "import sys\nsys.modules['settings'] = None"),
        ("time.sleep", "import sys\n\ndef made():\n    name = 'settings'\n    sys.modules[name] = None"),
        ("time.sleep", "import sys\n\ndef forget(name):\n    del sys.modules[name]\n    sys.modules.pop('time')"),
        ("time.sleep", "TEXT = 'a good night.sleep'"),
        ("httpx.AsyncClient", "import httpx\n\ndef use(client: httpx.AsyncClient):\n    client.get = 5"),
    ],
)
def test_what_replaces_something_else_is_not_one(name: str, text: str) -> None:
    assert replaced(name, text) is None


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("def help(app):\n    return app.handlers[0]", True),
        ("def help(app):\n    return getattr(app, 'handlers')", True),
        ("def help(app, name):\n    return getattr(app, name)", True),
        ("def help(app, name):\n    return getattr(app, f'chat_{name}')", False),
        ("def help(app):\n    return vars(app)", True),
        ("from operator import attrgetter\nhelp = attrgetter('handlers')", True),
        ("class Bot(Application):\n    def help(self):\n        return self.handlers", True),
        (
            "from telegram.ext import Application\n\nclass Bot(Application):\n    def help(self):\n        return self.handlers",
            True,
        ),
        (
            "class Bot:\n    def __init__(self):\n        self.handlers = []\n\n    def all(self):\n        return self.handlers",
            False,
        ),
        ("import logging\nlogging.root.handlers.clear()", False),
        ("import logging\nlogger = logging.getLogger('x')\nprint(logger.handlers)", False),
        ("import logging\n\ndef f(logger: logging.Logger):\n    print(logger.handlers)", False),
        ("import argparse\nargs = argparse.ArgumentParser().parse_args()\nprint(args.handlers)", False),
        ("import copy\nprint(copy.copy(app).handlers)", True),
        ("app.handlers = {}", False),
        ("import bot\nprint(bot.handlers)", False),
        ("from telegram.ext import CommandHandler\nprint(isinstance(x, CommandHandler))", True),
        ("from telegram.ext import CommandHandler\nprint(type(x) is CommandHandler)", True),
        ("from telegram import ext\nprint(isinstance(x, (ext.CommandHandler, ext.MessageHandler)))", True),
        ("print(type(x).__name__ == 'CommandHandler')", True),
        (
            "from telegram.ext import CommandHandler\nmatch x:\n    case CommandHandler(commands=names):\n        print(names)",
            True,
        ),
        ("from telegram.ext import CommandHandler\nx: CommandHandler = CommandHandler('a', b)", False),
        (
            "from telegram.ext import CommandHandler\n\ndef f(x: 'CommandHandler | None', y: list[CommandHandler]): ...",
            False,
        ),
        ("from telegram.ext import CommandHandler\n\nclass Mine(CommandHandler): ...", False),
    ],
)
def test_who_looks_is_found(text: str, looks: bool) -> None:
    found = project(bot=BOT + "handlers = []\n", other=text)
    verdict = identity.unobserved(
        found, attributes={"handlers"}, classes={"telegram.ext.CommandHandler"}, libraries={"telegram"}
    )
    assert isinstance(verdict, Assumption) is looks


@pytest.mark.parametrize(
    ("text", "other", "is_one"),
    [
        ("def show(): ...\nshow", "", True),
        ("from helpers import show\nshow", "", True),
        ("import helpers\nhelpers.show", "", True),
        ("import helpers\nhelpers.show", "import helpers\nhelpers.show = print", False),
        (
            "import helpers\nhelpers.show",
            "import helpers\nfor n in NAMES:\n    setattr(helpers, n, wrap(getattr(helpers, n)))",
            False,
        ),
        ("from helpers import show\nshow", "import bot\nbot.show = print", False),
        ("if x:\n    def show(): ...\nelse:\n    def show(): ...\nshow", "", False),
        ("show = wrap(print)\nshow", "", False),
        ("@wrap\ndef show(): ...\nshow", "", False),
        ("@wrap\nclass Bot:\n    def show(self): ...\n    def add(self):\n        self.show", "", False),
        ("class Bot(Base):\n    def show(self): ...\n    def add(self):\n        self.show", "", False),
        ("class Bot(metaclass=M):\n    def show(self): ...\n    def add(self):\n        self.show", "", False),
        (
            "class Base:\n    def __getattribute__(self, name): ...\nclass Bot(Base):\n    def show(self): ...\n"
            "    def add(self):\n        self.show",
            "",
            False,
        ),
        ("class Bot:\n    def show(self): ...\n    def add(self):\n        self.show", "", True),
        (
            "class Bot:\n    def show(self): ...\n    def add(self):\n        self.show = wrap(self.show)\n        self.show",
            "",
            False,
        ),
        (
            "class Bot:\n    def show(self): ...\n    def add(self):\n        self.show",
            "import bot\nbot.Bot.show = print",
            False,
        ),
        (
            "class Bot:\n    def show(self): ...\n    def add(self):\n        self.show",
            "def f(b):\n    b.show = print",
            False,
        ),
        (
            "class Bot:\n    def show(self): ...\n    def add(self):\n        self.show",
            "class Mine:\n    def __init__(self):\n        self.show = 1",
            True,
        ),
        (
            "class Bot:\n    def show(self): ...\n    def add(self):\n        self.show",
            "from bot import Bot\nclass Mine(Bot):\n    def show(self): ...",
            False,
        ),
        (
            "def show(): ...\nshow()",
            "import bot\nfrom mockito import spy2\ndef test():\n    spy2(bot.show)",
            False,
        ),
        (
            "def show(): ...\nshow()",
            "import bot\ndef test(mocker):\n    mocker.spy(bot, 'show')",
            False,
        ),
        (
            "def show(): ...\nshow()",
            "import bot\ndef test(mocker):\n    mocker.spy(bot, 'hide')\n    print(bot.show)",
            True,
        ),
    ],
)
def test_a_function_is_itself_unless_something_is_put_in_its_place(text: str, other: str, is_one: bool) -> None:
    import ast

    module = project(bot=text, other=other, helpers="def show(): ...\n").module(ROOT / "bot.py")
    named = [n for n in module.all(ast.Name, ast.Attribute) if ast.unparse(n) in ("show", "self.show", "helpers.show")]
    last = [n for n in named if isinstance(n.ctx, ast.Load)][-1]
    assert isinstance(identity.is_itself(module, last), Assumption) is not is_one


MENU = """\
from telegram.ext import Application, CommandHandler


async def start(update, context): ...


def register(app):
    app.add_handler(CommandHandler("start", start))


def main():
    app = Application.builder().token("TOKEN").build()
    add_all(app)


def add_all(app):
    register(app)
"""


@pytest.mark.parametrize(
    ("other", "is_the_librarys"),
    [
        ("", True),
        ("from unittest.mock import MagicMock\nimport bot\n\napp = MagicMock()\nbot.register(app)\n", False),
        ("from types import SimpleNamespace\nimport bot\n\nbot.register(SimpleNamespace(add_handler=print))\n", False),
        ("import bot\n\n\ndef test(fake_app):\n    bot.add_all(fake_app)\n", False),
        (
            "from telegram.ext import Application\nimport bot\n\n\ndef use(app: Application):\n    bot.add_all(app)\n",
            True,
        ),
    ],
    ids=["only the bot", "a mock", "an object of its own", "a fixture of a test", "another application"],
)
def test_a_method_is_the_librarys_own_unless_something_else_is_given(other: str, is_the_librarys: bool) -> None:
    module = project(bot=MENU, check=other).module(ROOT / "bot.py")
    owner = next(node.value for node in module.attributes("add_handler"))
    verdict = identity.is_librarys(module, owner, "add_handler")
    assert isinstance(verdict, Assumption) is not is_the_librarys


@pytest.mark.parametrize(
    ("test", "is_the_librarys"),
    [
        ("import bot\n\n\ndef test_it(monkeypatch):\n    monkeypatch.setattr(bot, 'client', None)\n", False),
        ("import other\n", False),
        ("def test_it(): ...\n", True),
    ],
    ids=["imports it", "imports what imports it", "has nothing to do with it"],
)
def test_a_test_may_put_its_own_object_in_the_place_of_whatever_it_loads(test: str, is_the_librarys: bool) -> None:
    module = project(bot=MENU, other="import bot\n", test_bot=test).module(ROOT / "bot.py")
    owner = next(node.value for node in module.attributes("add_handler"))
    verdict = identity.is_librarys(module, owner, "add_handler")
    assert isinstance(verdict, Assumption) is not is_the_librarys


RECIPE = "demo:\n\tpython -c 'import asyncio, bot; {}'\n"


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("Makefile", RECIPE.format("bot.time.sleep = print"), 2),
        ("README.md", "# Bot\n\n>>> from bot import slow\n", 3),
        (".github/workflows/test.yml", "run: |\n  python - <<EOF\n  import bot\n  EOF\n", 3),
        ("Makefile", RECIPE.replace("bot", "robot"), None),
        ("README.md", "Import your messages, and the bot answers them.\n", None),
        ("Procfile", "worker: python bot.py\n", None),
        ("report.html", "<pre>from bot import slow</pre>\n", None),
    ],
)
def test_a_text_that_imports_a_file_may_replace_what_it_has(
    tmp_path: Path, name: str, text: str, line: int | None
) -> None:
    for path, data in {"bot.py": BOT, name: text}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(data)
    found = Project(Settings(root=tmp_path), [tmp_path / "bot.py"])
    verdict = identity.unreplaced(found.module(tmp_path / "bot.py"), "time.sleep")
    assert (verdict.line if isinstance(verdict, Assumption) else None) == line


def test_a_recipe_may_look_at_the_handlers_of_what_it_imports(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(BOT)
    for shown, proved in (("print(bot.build().handlers[0])", False), ("print(bot.build())", True)):
        (tmp_path / "Makefile").write_text(RECIPE.format(shown))
        found = Project(Settings(root=tmp_path), [tmp_path / "bot.py"])
        verdict = identity.unobserved(found, attributes=["handlers"], libraries=["telegram"])
        assert isinstance(verdict, Proof) is proved
