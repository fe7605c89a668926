"""Who comes across a helper or an import that a change adds to a file."""

from __future__ import annotations

import pytest
from analysis import ROOT, project

from tgfix.engine.model import Change, FileChange, Helper, Import
from tgfix.engine.proofs.added_names import seen

HELPER = Helper("pool", "def pool(): ...\n", (Import("time"), Import("pathlib", "Path")))
STORE = "import json\n\n\nasync def read(event): ...\n"


def told(store: str = STORE, **others: str) -> list[str]:
    """The files that a change of `store.py` has to be afraid of."""
    path = ROOT / "store.py"
    change = Change("Pool it", "For a test.", (), (FileChange(path, (), (), (HELPER,)),))
    return [found.path.name for found in seen(project(store=store, **others), change) if found.path]


@pytest.mark.parametrize(
    "text",
    [
        "import inspect, store\nfor name, f in inspect.getmembers(store, inspect.isfunction):\n    add(name, f)\n",
        "import store\nfor name, f in vars(store).items():\n    add(name, f)\n",
        "import store\nfor name in dir(store):\n    add(getattr(store, name))\n",
        "import store\nfor name in store.__dict__:\n    add(name)\n",
        "import importlib\nfor name in names():\n    for f in vars(importlib.import_module(name)).values():\n        add(f)\n",
        "import importlib\nstore = importlib.import_module('app.store')\nfor name in dir(store):\n    add(name)\n",
        "import importlib\nfor name in plugins:\n    add(importlib.import_module(name))\n\n"
        "class Loader:\n    async def get_chat(self):\n        return self.plugin\n\n"
        "async def mute(event):\n    chat = await event.get_chat()\n    return vars(chat)\n",
        "import runpy\nfor f in runpy.run_path('store.py').values():\n    add(f)\n",
        "names = {}\nexec(open('store.py').read(), names)\nfor f in names.values():\n    add(f)\n",
        "from time import time\nfrom store import *\n\nprint(time())\n",
        "from anyio import Path\nfrom store import *\n",
        "from asynctools import *\nfrom store import *\n\nasync def f():\n    return pool()\n",
    ],
)
def test_who_comes_across_a_new_name(text: str) -> None:
    assert set(told(bot=text)) == {"bot.py"}


@pytest.mark.parametrize(
    "text",
    [
        "import store\nfrom store import read\n",
        "async def run(event):\n    exec(event.text, {'event': event})\n",
        "import runpy, store\nrunpy.run_path('other.py')\n",
        "import store\n\ndef show(args):\n    print(vars(args), dir(show))\n",
        "import importlib\nimportlib.import_module(name)\n\ndef run(parser):\n    args = parser.parse_args()\n    return vars(args)\n",
        "import importlib\nfor name in plugins:\n    add(importlib.import_module(name))\n\n"
        "async def mute(event):\n    chat = await event.get_chat()\n    return 'admin_rights' in vars(chat)\n",
        "from importlib import import_module\nsettings = import_module('config')\nfor name in dir(settings):\n    add(name)\n",
        "import time\nfrom store import *\n\nprint(time.time())\n",
        "from store import *\n\nprint(read)\n",
        "import store\n\n\nclass Shop:\n    def show(self):\n        return self.__dict__, vars(self)\n",
        "import inspect, telethon\nprint(inspect.getmembers(telethon))\n",
        "def pool(): ...\n",
    ],
)
def test_who_does_not(text: str) -> None:
    assert told(bot=text) == []


def test_what_another_file_takes_over_is_looked_through_there() -> None:
    scan = "import shop\nprint(dir(shop))\n"
    assert told(shop="from store import *\n", bot=scan) == ["bot.py"]
    assert told(STORE + "\n__all__ = ['read']\n", shop="from store import *\n", bot=scan) == []


def test_a_file_that_goes_through_its_own_names() -> None:
    assert told(STORE + "\nCOMMANDS = {n: f for n, f in globals().items() if callable(f)}\n") == ["store.py"]
    assert told(STORE + "\nread2 = globals()['read']\n") == []
