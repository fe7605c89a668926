"""Names that stand for the same value as long as the program runs."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import pytest
from analysis import ROOT, project

from tgfix.engine.analysis.constants import mutation, rebinding, value_of
from tgfix.engine.analysis.literal import NotLiteral, evaluate

PLAIN = "POSTS = 100\nNAMES = ['a', 'b']\nTABLE = [['a'], ['b']]\n\n\ndef build():\n    return POSTS, len(NAMES)\n"


def places(others: Mapping[str, str], name: str) -> tuple[str, int] | None:
    """File and line of what may change a name of bot.py, or what it stands for."""
    found = project(**{"bot": PLAIN, **others})
    module = found.module(next(path for path in found.files if path.name == "bot.py"))
    place = rebinding(module, name) or mutation(module, name)
    return (place.path.name, place.line) if place else None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("POSTS", "import bot\nbot.POSTS = 5"),
        ("POSTS", "import bot as b\nb.POSTS += 5"),
        ("POSTS", "import bot\nsetattr(bot, 'POSTS', 5)"),
        ("POSTS", "import bot\nfor name, value in VALUES:\n    setattr(bot, name, value)"),
        ("POSTS", "import bot\n\ndef start(module):\n    module.POSTS = 5\n\nstart(bot)"),
        ("POSTS", "import importlib\nbot = importlib.import_module('bot')\nbot.POSTS = 5"),
        ("POSTS", "import importlib\n\ndef load(name):\n    importlib.import_module(name).POSTS = 5"),
        ("POSTS", "import sys\nsys.modules['bot'].POSTS = 5"),
        ("POSTS", "import bot\nbot.__dict__['POSTS'] = 5"),
        ("POSTS", "import bot\nvars(bot).update(POSTS=5)"),
        ("POSTS", "import bot\nvars(bot).update(VALUES)"),
        ("POSTS", "from unittest.mock import patch\n\n@patch('bot.POSTS', 5)\ndef test(): ..."),
        ("POSTS", "from unittest import mock\nimport bot\nmock.patch.object(bot, 'POSTS', 5).start()"),
        ("POSTS", "from unittest import mock\nimport bot\nmock.patch.multiple(bot, POSTS=5).start()"),
        ("POSTS", "def test(monkeypatch):\n    monkeypatch.setattr('bot.POSTS', 5)"),
        ("POSTS", "import bot\n\ndef test(monkeypatch):\n    monkeypatch.setattr(bot, 'POSTS', 5)"),
        ("NAMES", "import bot\nbot.NAMES.append('c')"),
        ("NAMES", "from bot import NAMES\nNAMES[0] = 'c'"),
        ("NAMES", "from bot import NAMES as them\nthem.sort()"),
        ("NAMES", "from bot import *\nNAMES.append('c')"),
        ("NAMES", "import bot\nnames = bot.NAMES\nnames.append('c')"),
        ("NAMES", "import bot\ngetattr(bot, 'NAMES').append('c')"),
        ("NAMES", "import bot\n\ndef change(module):\n    module.NAMES.append('c')\n\nchange(bot)"),
        ("NAMES", "import bot\nextend(bot.NAMES)"),
        ("TABLE", "import bot\nfor row in bot.TABLE:\n    row.append('c')"),
        ("TABLE", "import bot\nbot.TABLE[0].append('c')"),
    ],
)
def test_whoever_may_change_a_constant_is_found(name: str, text: str) -> None:
    place = places({"other": text}, name)
    assert place is not None
    assert place[0] == "other.py"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("POSTS", "import bot\nprint(bot.POSTS)"),
        ("POSTS", "class Settings:\n    def __init__(self):\n        self.POSTS = 5"),
        ("POSTS", "import settings\nsettings.POSTS = 5"),
        ("POSTS", "from bot import POSTS\nPOSTS = 7"),
        ("POSTS", "import settings\nfor name, value in VALUES:\n    setattr(settings, name, value)"),
        ("POSTS", "from unittest.mock import patch\n\n@patch('other.POSTS', 5)\ndef test(): ..."),
        ("NAMES", "import bot\nfor name in bot.NAMES:\n    print(name)"),
        ("NAMES", "from bot import NAMES\nprint(NAMES.index('a'), sorted(NAMES), [*NAMES], NAMES[0])"),
        ("NAMES", "import bot\nif text in bot.NAMES and bot.NAMES:\n    print(', '.join(bot.NAMES))"),
    ],
)
def test_reading_leaves_a_constant_one(name: str, text: str) -> None:
    assert places({"other": text, "settings": "POSTS = 1\n"}, name) is None


@pytest.mark.parametrize(
    "text",
    [
        "POSTS = 100\nfrom settings import *",
        "POSTS = 100\nglobals().update(settings)",
        "POSTS = 100\nfor name in VALUES:\n    globals()[name] = 5",
        "POSTS = 100\nexec(open('settings.txt').read())",
        "POSTS = 100\ndef set_(n):\n    global POSTS\n    POSTS = n",
        "POSTS = 100\ndel POSTS",
    ],
)
def test_a_module_that_changes_its_own_name_is_found(text: str) -> None:
    assert places({"bot": text}, "POSTS") is not None


@pytest.mark.parametrize(
    ("body", "is_known"),
    [
        ("n = 5\nreturn n", True),
        ("names = ['a']\nreturn len(names)", True),
        ("names = ['a']\nnames.append(x)\nreturn len(names)", False),
        ("names = ['a']\nreturn names", False),
        ("n = 5\nn += 1\nreturn n", False),
        ("if x:\n    n = 5\nreturn n", False),
        ("n = 5\ndef inner():\n    nonlocal n\n    n = 7\ninner()\nreturn n", False),
    ],
)
def test_a_local_name_that_is_bound_once_is_known(body: str, is_known: bool) -> None:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    found = project(bot=f"def build(x):\n{lines}")
    module = found.module(found.files[0])
    function = module.tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    used = [node for node in ast.walk(function.body[-1]) if isinstance(node, ast.Name) and node.id in ("n", "names")]
    assert (value_of(module, used[-1]) is not None) is is_known


@pytest.mark.parametrize(
    ("text", "others", "expected"),
    [
        ("from config import NAMES\nNAMES", {"config": "NAMES = ['a', 'b']"}, ["a", "b"]),
        ("import config\nconfig.NAMES", {"config": "NAMES = ['a', 'b']"}, ["a", "b"]),
        ("import config as c\nrange(c.LAST)", {"config": "LAST = 3"}, range(3)),
        ("from config import NAMES\nNAMES", {"config": "from names import NAMES", "names": "NAMES = ('a',)"}, ("a",)),
        ("from config import NAMES\nNAMES", {"config": "NAMES = ['a', 'b']\nNAMES.append('c')"}, None),
        ("from config import NAMES\nNAMES", {"config": "NAMES = ['a']", "x": "import bot\nbot.NAMES = 1"}, None),
        (
            "from config import NAMES\nNAMES",
            {"config": "NAMES = ['a']", "x": "import config\nconfig.NAMES[0] = 1"},
            None,
        ),
        (
            "from config import NAMES\nNAMES",
            {"config": "from x import NAMES", "x": "NAMES = 1", "y": "import config\nconfig.NAMES = 2"},
            None,
        ),
        (
            "import config\nconfig.NAMES",
            {"config": "NAMES = 1", "x": "def test(m):\n    m.setattr('bot.config', 2)"},
            None,
        ),
        ("from config import NAMES\nNAMES", {"config": "import os\nNAMES = os.environ['NAMES']"}, None),
        ("def f(n):\n    return n\nn", {"config": ""}, None),
    ],
)
def test_constants_of_other_modules_are_followed(text: str, others: Mapping[str, str], expected: object) -> None:
    module = project(bot=text, **others).module(ROOT / "bot.py")
    last = module.tree.body[-1]
    assert isinstance(last, ast.Expr)
    try:
        assert evaluate(module, last.value) == expected
    except NotLiteral:
        assert expected is None
