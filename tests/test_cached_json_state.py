"""cached-json: what a function that reads a file does or uses besides its file keeps it from being cached."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twin import Run, Worker

from tgfix.codemods.files.cached_json import CachedJson
from tgfix.engine import harness

LATER = 60_000_000_000  # nanoseconds: files are older than the time in which they are never kept


def function(body: str, above: str = "") -> str:
    lines = "\n    ".join(body.splitlines())
    return f"import json\nimport os\n{above}\n\ndef load():\n    {lines}\n\n\nasync def work():\n    return str(load()['a'])\n"


def files(source: str | dict[str, str]) -> dict[Path, bytes]:
    return harness.plain({"bot.py": source} if isinstance(source, str) else source)


PLAIN = 'with open("config.json") as f:\n    return json.load(f)'
STORAGE = (
    'import json\n\nCONFIG = "config.json"\n\n\ndef load():\n    with open(CONFIG) as f:\n        return json.load(f)\n'
)
NOTE = "def note(found):\n    print(found)\n    return found\n"
_YAML = 'with open("config.yaml") as f:\n    return yaml.safe_load(f)'
LEFT = {
    "code of the bot's own reads a part of the YAML file": (
        {
            "bot.py": function(_YAML, "import yaml\n"),
            "tags.py": "import os\nimport yaml\n\nyaml.SafeLoader.add_constructor('!env', lambda loader, node: os.environ['A'])\n",
        },
        "what stands in a YAML file may have code of tags.py run",
    ),
    "a loader of YAML that runs code": (
        function(_YAML.replace("safe_load(f)", "load(f, Loader=yaml.UnsafeLoader)"), "import yaml\n"),
        "what stands in a YAML file may have code run by yaml.load() with its `Loader`",
    ),
    "a package that gives the loader of YAML a tag": (
        {
            "bot.py": function(_YAML, "import yaml\n"),
            "tags.py": "import yaml\nimport yaml_env_tag\n\nyaml_env_tag.add_env_tag(yaml.SafeLoader)\n",
        },
        "what stands in a YAML file may have code of tags.py run",
    ),
    "a file that the system makes up": (
        function('with open("/sys/class/net/lo/statistics/rx_bytes") as f:\n    return json.load(f)'),
        "no disk is behind its file",
    ),
    "the working folder decides what is returned": (
        function('with open("config.json") as f:\n    return {"a": os.path.abspath(json.load(f)["a"])}'),
        "it also calls os.path.abspath()",
    ),
    "a link decides what is returned": (
        function('with open("config.json") as f:\n    return {"a": os.path.realpath(json.load(f)["a"])}'),
        "it also calls os.path.realpath()",
    ),
    "a setting decides what is returned": (
        function(PLAIN + "[settings['lang']]", "settings = {'lang': 'en'}\n\n\nasync def german():\n    settings['lang'] = 'de'\n"),
        "it uses settings, which may change",
    ),
    "a setting is asked by its method": (
        function(PLAIN + "[settings.get('lang')]", "settings = {'lang': 'en'}\n\n\ndef german():\n    settings['lang'] = 'de'\n"),
        "it uses settings, which may change",
    ),
    "defaults that a handler changes": (
        function(
            'with open("config.json") as f:\n    return {**DEFAULTS, **json.load(f)}',
            "DEFAULTS = {'a': 1}\n\n\nasync def change():\n    DEFAULTS['a'] = 2\n",
        ),
        "it uses DEFAULTS, which may change",
    ),
    "a variable of another module": (
        {
            "bot.py": function(PLAIN + "[state.lang]", "import state\n\n\nasync def german():\n    state.lang = 'de'\n"),
            "state.py": "lang = 'en'\n",
        },
        "it uses state.lang, which may change",
    ),
    "an attribute of a class": (
        function(PLAIN + "[State.lang]", "\n\nclass State:\n    lang = 'en'\n"),
        "it uses State.lang, which may change",
    ),
    "an attribute of an object": (
        function(PLAIN + "[state.lang]", "from types import SimpleNamespace\n\nstate = SimpleNamespace(lang='en')\n"),
        "it uses state, which may change",
    ),
    "an environment variable": (function(PLAIN + "[os.environ['LANG']]"), "it uses os.environ, which may change"),
    "a count of its calls": (
        function("COUNT['calls'] += 1\n" + PLAIN, "COUNT = {'calls': 0}"),
        "it changes COUNT['calls']",
    ),
    "a default that it changes": (
        function(PLAIN, "").replace("def load():", "def load(path='x', more={}):\n    more['calls'] = 1").replace(
            '"config.json"', "path"
        ).replace("load()", "load('config.json')"),
        "it changes more['calls']",
    ),
    "a method that a library offers": (
        function(
            'with open("config.json") as f:\n    data = json.load(f)\ndata["news"] = requests.get(URL).text\nreturn data',
            "import requests\n\nURL = 'http://127.0.0.1:9'",
        ),
        "it also calls requests.get()",
    ),
    "a queue": (
        function(PLAIN + "[jobs.get()]", "import queue\n\njobs = queue.Queue()"),
        "it uses jobs, which may change",
    ),
    "a generator": (
        function('with open("config.json") as f:\n    return (row for row in json.load(f))'),
        "it gives a generator, which can be gone through only once",
    ),
    "a function for each object": (
        function('with open("config.json") as f:\n    return json.load(f, object_hook=note)', NOTE),
        "it hands note on",
    ),
    "a second file that another module names": (
        {
            "bot.py": function(
                'with open("config.json") as f:\n    data = json.load(f)\nreturn {**data, **json.loads(MORE.read_text())}',
                "from paths import MORE",
            ),
            "paths.py": "from pathlib import Path\n\nMORE = Path('more.json')\n",
        },
        "it also calls MORE.read_text()",
    ),
    "a path that the start of the program sets": (
        {
            "storage.py": STORAGE,
            "bot.py": "from storage import load\n\n\nasync def work():\n    return str(load()['a'])\n",
            "main.py": "import sys\n\nimport bot\nimport storage\n\n\ndef main():\n    storage.CONFIG = sys.argv[1]\n",
        },
        "it uses CONFIG, which may change",
    ),
    "a path that a test sets": (
        {
            "storage.py": STORAGE,
            "bot.py": "from storage import load\n\n\nasync def work():\n    return str(load()['a'])\n",
            "test_bot.py": "def test_work(monkeypatch, tmp_path):\n    monkeypatch.setattr('storage.CONFIG', tmp_path / 'x.json')\n",
        },
        "it uses CONFIG, which may change",
    ),
    "a method of the project that is named like one of a client": (
        function(PLAIN).replace(
            "return str(load()['a'])", "await store.set_chat_config(load())"
        )
        + "\n\nclass Store:\n    async def set_chat_config(self, config):\n        config['a'] = 2\n",
        "may change or keep what it gets",
    ),
    "a button that hands it to who presses it": (
        function(PLAIN, "from telegram import InlineKeyboardButton\n").replace(
            "return str(load()['a'])", "return InlineKeyboardButton('x', callback_data=load())"
        ),
        "may change or keep what it gets",
    ),
    "a queue that hands it on": (
        function(PLAIN).replace("return str(load()['a'])", "await queue.send(load())"),
        "may change or keep what it gets",
    ),
    "a method of the project that is named like one of a list": (
        function(PLAIN).replace("return str(load()['a'])", "return store.count(load())")
        + "\n\nclass Store:\n    def count(self, config):\n        config['a'] += 1\n",
        "may change or keep what it gets",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_what_a_cache_would_change_is_left_alone(name: str) -> None:
    source, reason = LEFT[name]
    plan = harness.run([CachedJson()], files(source), unsafe=True)
    assert not plan.files and [reason in finding.reason for finding in plan.left if finding.reason] == [True]


SAME = {
    "a lock": function(
        "with LOCK:\n    with open('config.json') as f:\n        return json.load(f)",
        "import threading\n\nLOCK = threading.Lock()",
    ),
    "values of its module that nothing changes": function(
        'with open(os.path.join(FOLDER, "config.json")) as f:\n    return {**DEFAULTS, **json.load(f)}',
        "FOLDER = '.'\nDEFAULTS = {'a': 0}",
    ),
    "an error of the library": function(
        "try:\n    " + PLAIN.replace("\n", "\n    ") + "\nexcept json.JSONDecodeError:\n    return {'a': None}"
    ),
    "a path that is none yet": (
        "import json\n\nCONFIG = None\n\n\ndef load(path):\n    if path is None:\n        return {'a': 'none'}\n    with open(path) as f:\n"
        "        return json.load(f)\n\n\nasync def work():\n    global CONFIG\n    before = str(load(CONFIG)['a'])\n"
        "    CONFIG = 'config.json'\n    return before, str(load(CONFIG)['a'])\n"
    ),
}


@contextlib.contextmanager
def a_minute_later() -> Iterator[None]:
    true_clock = time.time_ns
    time.time_ns = lambda: true_clock() + LATER
    try:
        yield
    finally:
        time.time_ns = true_clock


async def look_twice(run: Run) -> list[Any]:
    Path("other").mkdir()
    Path("config.json").write_text('{"a": "ä"}', encoding="utf-8")
    Path("other/config.json").write_text('{"a": "other"}')
    with a_minute_later():
        return [await run.module.work(), await run.module.work()]


@pytest.mark.parametrize("name", SAME)
def test_readers_of_a_cache_get_what_they_got_before(worker: Worker, name: str) -> None:
    before = files(SAME[name])
    plan = harness.run([CachedJson()], before, unsafe=False)
    assert plan.files and not plan.problems and not plan.left, [finding.reason for finding in plan.left]
    after = {path.name: data.decode() for path, data in harness.result(plan, before).items()}
    assert (
        worker.differences({path.name: data.decode() for path, data in before.items()}, after, scenario=look_twice)
        == []
    )
