"""Where imports go, which name code may use, and which imports may leave."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest
from analysis import ROOT, calls, module, project

from tgfix.engine.model import Import
from tgfix.engine.rewriting import imports, unused
from tgfix.engine.rewriting.compose import apply_edits


def with_imports(text: str, *wanted: Import) -> str:
    parsed = module(text)
    return apply_edits(parsed.text, imports.added(parsed, wanted), "\n")


ASYNCIO = Import("asyncio")
ERRORS = Import("telethon.errors", "RPCError")
SUPPORT = Import(".._support", "shout")
HTTPX = Import("httpx")


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ("", ASYNCIO, "import asyncio\n"),
        ("x = 1\n", ASYNCIO, "import asyncio\n\nx = 1\n"),
        ("def f(): ...\n", ASYNCIO, "import asyncio\n\n\ndef f(): ...\n"),
        ('"""Doc."""\nx = 1\n', ASYNCIO, '"""Doc."""\n\nimport asyncio\n\nx = 1\n'),
        ("#!/usr/bin/python\n# licence\n\nx = 1\n", ASYNCIO, "#!/usr/bin/python\n# licence\n\nimport asyncio\n\nx = 1\n"),
        ("import os\n", ASYNCIO, "import asyncio\nimport os\n"),
        ("import abc\nimport os\n", ASYNCIO, "import abc\nimport asyncio\nimport os\n"),
        ("import abc", ASYNCIO, "import abc\nimport asyncio\n"),
        ("from os import path\n", ASYNCIO, "import asyncio\nfrom os import path\n"),
        ("import telegram\n", ASYNCIO, "import asyncio\n\nimport telegram\n"),
        ("import os\n\nimport telegram\n", ERRORS, "import os\n\nimport telegram\nfrom telethon.errors import RPCError\n"),
        ("import os\n", ERRORS, "import os\n\nfrom telethon.errors import RPCError\n"),
        ("from __future__ import annotations\nx = 1\n", ASYNCIO, "from __future__ import annotations\n\nimport asyncio\nx = 1\n"),
        ("from telethon.errors import FloodError\n", ERRORS, "from telethon.errors import FloodError, RPCError\n"),
        ("from telethon.errors import TimedOutError\n", ERRORS, "from telethon.errors import RPCError, TimedOutError\n"),
        ("from telethon.errors import B, A\n", ERRORS, "from telethon.errors import B, A, RPCError\n"),
        ("from telethon.errors import (\n    A,\n    Z,\n)\n", ERRORS, "from telethon.errors import (\n    A,\n    RPCError,\n    Z,\n)\n"),
        ("from telethon.errors import (\n    A,  # why\n)\n", ERRORS, "from telethon.errors import (\n    RPCError,\n    A,  # why\n)\n"),
        ("from telethon.errors import *\n", ERRORS, "from telethon.errors import *\nfrom telethon.errors import RPCError\n"),
        ("from telethon.errors import RPCError\n", ERRORS, "from telethon.errors import RPCError\n"),
        ("import os; import sys\nx = 1\n", ASYNCIO, "import asyncio\nimport os; import sys\nx = 1\n"),
        ("from ..a import b\nfrom . import c\n", SUPPORT, "from .._support import shout\nfrom ..a import b\nfrom . import c\n"),
        ("from . import a\n\nimport os\n\nfrom . import b\n", HTTPX, "from . import a\n\nimport os\n\nimport httpx\n\nfrom . import b\n"),
        ("from .a import b\n", SUPPORT, "from .._support import shout\nfrom .a import b\n"),
        ("from bot import on\nfrom time import sleep\n", ASYNCIO, "import asyncio\nfrom bot import on\nfrom time import sleep\n"),
        ("from telethon import events\n\nfrom service import a\n", ERRORS,
         "from telethon import events\nfrom telethon.errors import RPCError\n\nfrom service import a\n"),
        ("if True:\n    import asyncio\n", ASYNCIO, "import asyncio\n\nif True:\n    import asyncio\n"),
        ("import time\ntime.tzset()\nimport os\nimport sys\nasyncio.run\n", ASYNCIO,
         "import time\ntime.tzset()\nimport asyncio\nimport os\nimport sys\nasyncio.run\n"),
        ("import time\nasyncio.run\nimport os\nimport sys\nasyncio.run\n", ASYNCIO,
         "import asyncio\nimport time\nasyncio.run\nimport os\nimport sys\nasyncio.run\n"),
        ("import os\nimport sys\nsys.path.append('.')\nimport telegram\nasyncio.run\n", ASYNCIO,
         "import asyncio\nimport os\nimport sys\nsys.path.append('.')\nimport telegram\nasyncio.run\n"),
        ("import time\ntime.tzset()\nfrom telethon.errors import B\nRPCError\n", ERRORS,
         "import time\ntime.tzset()\nfrom telethon.errors import B, RPCError\nRPCError\n"),
    ],
)  # fmt: skip
def test_an_import_goes_where_a_person_would_put_it(before: str, wanted: Import, after: str) -> None:
    assert with_imports(before, wanted) == after


def test_the_projects_own_modules_stand_last() -> None:
    parsed = project(bot="import os\n\nimport helpers\n", helpers="", store="").module(ROOT / "bot.py")
    text = apply_edits(parsed.text, imports.added(parsed, [Import("store"), Import("httpx")]), "\n")
    assert text == "import os\n\nimport httpx\n\nimport helpers\nimport store\n"


def test_several_imports_are_added_at_once() -> None:
    after = with_imports("import os\n", ASYNCIO, Import("telethon", "errors"), ERRORS, Import("time"))
    assert (
        after
        == "import asyncio\nimport os\nimport time\n\nfrom telethon import errors\nfrom telethon.errors import RPCError\n"
    )


@pytest.mark.parametrize(
    ("text", "name", "adds"),
    [
        ("import asyncio\nf()", "asyncio", False),
        ("import asyncio as aio\nf()", "aio", False),
        ("f()", "asyncio", True),
        ("asyncio = 1\nf()", "_asyncio", True),
        ("def g(asyncio):\n    f()", "_asyncio", True),
        ("def g():\n    import asyncio\ndef h():\n    f()", "asyncio", True),
        ("def g():\n    f()\n    import asyncio", "_asyncio", True),
        ("import asyncio\ndef g(asyncio):\n    f()", "_asyncio", True),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import asyncio\nf()", "_asyncio", True),
    ],
)
def test_code_uses_a_name_that_means_what_it_wants(text: str, name: str, adds: bool) -> None:
    parsed = module(text)
    found, wanted = imports.name_for(parsed, ASYNCIO, calls(parsed, "f")[0])
    assert (found, bool(wanted)) == (name, adds)


def without(text: str, *names: str, **others: str) -> str:
    parsed = project(bot=text, **others).module(ROOT / "bot.py")
    return apply_edits(parsed.text, unused.removed(parsed, names), "\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import time\nx = 1\n", "x = 1\n"),
        ("import os\nimport time\n\nprint(os)\n", "import os\n\nprint(os)\n"),
        ("import time\n\nimport telegram\n", "import telegram\n"),
        ('"""Doc."""\n\nimport time\n\nimport telegram\n', '"""Doc."""\n\nimport telegram\n'),
        ("import os, time\nos\n", "import os\nos\n"),
        ("import time, os\nos\n", "import os\nos\n"),
        ("from x import (\n    a,\n    time,\n)\na\n", "from x import (\n    a,\n)\na\n"),
        ("from x import a, time, b\na, b\n", "from x import a, b\na, b\n"),
        ("def f():\n    import time\n    return 1\n", "def f():\n    return 1\n"),
    ],
)
def test_an_import_that_nothing_uses_leaves(before: str, after: str) -> None:
    assert without(before, "time") == after


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime\n",
        "import time  # noqa: used by plugins\n",
        "import time\n__all__ = ['time']\n",
        "import time\ndef f(x: 'time.struct_time'): ...\n",
        "try:\n    import time\nexcept ImportError:\n    pass\n",
        "if True:\n    import time\n",
        "import time; x = 1\n",
        "import time\nimport time\n",
        "def f():\n    import time\n",
    ],
)
def test_an_import_that_something_may_look_at_stays(text: str) -> None:
    assert without(text, "time") == text


@pytest.mark.parametrize(
    "other",
    ["from bot import *", "from bot import time", "from .bot import (a,\n    time)", "import bot\nbot.time.sleep(1)"],
)
def test_an_import_that_another_file_takes_stays(other: str) -> None:
    text = "import time\nx = 1\n"
    assert without(text, "time", other=other) == text
    assert without(text, "time", other="import bot\nfrom bot import x\n") == "x = 1\n"


def test_only_names_used_in_the_edited_text_are_candidates() -> None:
    parsed = module("import os, time\nos.x(1)\ntime.y(2)\n")
    spans = [parsed.span(calls(parsed, "time.y")[0])]
    assert unused.orphaned(parsed, spans) == {"time"}


def test_a_name_that_other_text_uses_is_no_candidate() -> None:
    parsed = module("import time\ntime.y(2)\ntime.y(3)\ndef f():\n    import time\n    time.y(4)\n")
    spans = [parsed.span(call) for call in calls(parsed, "time.y")]
    assert [unused.orphaned(parsed, [span]) for span in spans] == [set(), set(), {"time"}]
    assert unused.orphaned(parsed, spans) == {"time"}


def test_a_semicolon_line_is_never_split() -> None:
    text = dedent("""\
        import os; import sys
        print(os, sys)
    """)
    assert ast.parse(with_imports(text, Import("zlib"))).body


def test_an_import_that_grows_too_long_gets_a_line_for_each_name() -> None:
    names = "ApplicationBuilder, CommandHandler, ContextTypes"
    after = with_imports(f"from telegram.ext import {names}\n", Import("telegram.ext", "MessageHandler"))
    assert after == (
        "from telegram.ext import (\n    ApplicationBuilder,\n    CommandHandler,\n    ContextTypes,\n    MessageHandler,\n)\n"
    )


def test_imports_of_a_module_and_from_it_have_an_order() -> None:
    wanted = [Import("telegram", "Bot"), Import("telegram"), Import("telegram", "Bot", "B"), Import("asyncio")]
    assert [item.statement for item in sorted(wanted)] == [
        "import asyncio", "import telegram", "from telegram import Bot", "from telegram import Bot as B",
    ]  # fmt: skip
