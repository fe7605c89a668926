"""Names that only star imports bring: what they stand for, and when that is not known."""

from __future__ import annotations

import pytest
from analysis import ROOT, calls, project

from tgfix.engine.analysis.module import Module, Project
from tgfix.engine.analysis.resolver import Resolver
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.source import SourceFile


def of(text: str, **others: str) -> str | None:
    """What the first call of a program is a call of."""
    module: Module = project(bot=text, **others).module(ROOT / "bot.py")
    return module.resolve(calls(module)[0].func)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from telegram.ext import *\nCommandHandler('a', b)", "telegram.ext.CommandHandler"),
        ("from telegram.ext import *\nMessageHandler(Filters.text, b)", "telegram.ext.MessageHandler"),
        ("from telethon import *\nTelegramClient('a', 1, 'b')", "telethon.TelegramClient"),
        ("from telethon import *\nevents.NewMessage()", "telethon.events.NewMessage"),
        ("from time import *\nsleep(1)", "time.sleep"),
        ("from requests import *\nget('x')", "requests.get"),
        ("from pyrogram import *\nClient('x')", "pyrogram.Client"),
        ("from aiogram import *\nDispatcher()", "aiogram.Dispatcher"),
        ("from time import *\nfrom asyncio import *\nsleep(1)", "asyncio.sleep"),
        ("from asyncio import *\nfrom time import *\nsleep(1)", "time.sleep"),
        ("from telethon.tl.types import *\ndatetime.now()", "datetime.datetime.now"),
        ("from os import *\nopen('x')", "os.open"),
        ("from time import *\nopen('x')", "builtins.open"),
    ],
)
def test_the_names_of_libraries_are_known(text: str, name: str) -> None:
    assert of(text) == name


def test_a_name_of_the_file_itself_comes_first() -> None:
    assert of("from time import *\ndef sleep(n): pass\nsleep(1)") is None
    assert of("from time import *\nfrom asyncio import sleep\nsleep(1)") == "asyncio.sleep"


def test_a_library_that_is_not_listed_may_bring_anything() -> None:
    assert of("from time import *\nfrom some_library import *\nsleep(1)") is None
    assert of("from some_library import *\nfrom time import *\nsleep(1)") == "time.sleep", (
        "the last one hides the others"
    )


def test_a_star_import_under_a_condition_may_not_run() -> None:
    assert of("from asyncio import *\ntry:\n    from time import *\nexcept ImportError:\n    pass\nsleep(1)") is None


def test_what_a_file_of_the_project_imports_comes_along() -> None:
    bot = "from shared import *\nrequests.get('x')"
    assert of(bot, shared="import requests") == "requests.get"
    assert of(bot, shared="from libraries import *", libraries="import requests") == "requests.get"
    assert of(bot, shared="try:\n    import requests\nexcept ImportError:\n    requests = None") == "requests.get"


@pytest.mark.parametrize(
    "shared",
    [
        "requests = object()",
        "import requests\n__all__ = ['requests', 'x']",
        "import requests\nglobals()['requests'] = 1",
        "from . import requests",
        "",
    ],
)
def test_what_a_file_of_the_project_binds_otherwise_is_not_a_library(shared: str) -> None:
    assert of("from shared import *\nrequests.get('x')", shared=shared) is None


def test_a_private_name_does_not_come_along() -> None:
    assert of("from shared import *\n_requests.get('x')", shared="import requests as _requests") is None


def test_a_file_of_a_package_hides_what_the_package_imports() -> None:
    texts = {
        "bot.py": "from pkg import *\nrequests.get('x')",
        "pkg/__init__.py": "import requests",
        "pkg/requests.py": "",
    }
    sources = {ROOT / name: SourceFile.from_bytes(ROOT / name, text.encode()) for name, text in texts.items()}
    module = Project(Settings(root=ROOT), sources, sources).module(ROOT / "bot.py")
    assert module.resolve(calls(module)[0].func) is None


def test_files_that_import_each_other_have_an_end() -> None:
    assert of("from shared import *\nrequests.get('x')", shared="from bot import *") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("from time import sleep\nfrom tools import *\nsleep(1)", None),
        ("from tools import *\nfrom time import sleep\nsleep(1)", "time.sleep"),
        ("from time import sleep\nfrom other import *\nsleep(1)", "time.sleep"),
        ("from time import sleep\nfrom gevent import *\nsleep(1)", None),
        ("import time\nfrom gevent import *\ntime.sleep(1)", "time.sleep"),
        ("import time\nfrom flag import *\ntime.sleep(1)", None),
    ],
)
def test_a_star_import_may_hide_what_is_imported_above_it(text: str, name: str | None) -> None:
    others = {"tools": "def sleep(seconds):\n    pass\n", "other": "from time import sleep\n", "flag": "time = 7\n"}
    assert of(text, **others) == name


def test_each_of_many_files_that_take_everything_from_each_other_is_looked_into_a_few_times() -> None:
    names = [f"part{n}" for n in range(14)]
    files = {name: "".join(f"from {other} import *\n" for other in names if other != name) for name in names}
    found = project(**{**files, "part13": files["part13"] + "last = 1\n"})
    resolver, way = found.fact(Resolver), list[tuple[Module, str]]()
    assert resolver.exported(found.module(ROOT / "part0.py"), "missing", way) is None
    assert len(way) < 14 * 14, "there are 13 ** 12 ways"
    owner = resolver.exported(found.module(ROOT / "part0.py"), "last")
    assert owner is not None and owner[0].path.stem == "part13"
