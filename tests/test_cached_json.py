"""cached-json: callers see every change of the file, and what one caller does to its result no other one sees."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from analysis import calls, module
from twin import Run, Worker

from tgfix.codemods.cached_json import CachedJson
from tgfix.engine import harness
from tgfix.engine.model import Plan, Safety
from tgfix.engine.readonly import only_read

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


def old(path: str = "config.json") -> None:
    """Make a file older than the time in which it is never kept."""
    os.utime(path, (time.time() - 60,) * 2)


async def change_the_file(run: Run) -> list[Any]:
    """What `work` says after each of many changes of the file."""
    said: list[Any] = []

    async def note() -> None:
        for _ in range(2):
            try:
                said.append(await run.module.work())
            except Exception as error:
                said.append(error)

    await note()
    for text in (
        '{"limit": 1, "names": ["a"]}',
        '{"limit": 2, "names": ["b"]}',
        "{broken",
        '{"limit": 3, "names": []}',
    ):
        Path("config.json").write_text(text)
        await note()
        old()
        await note()
    for number in range(50):  # the same size, quickly one after the other
        Path("config.json").write_text(f'{{"limit": {number:2}, "names": []}}')
        said.append(await run.module.work())
    Path("new").write_text('{"limit": 9, "names": []}')
    os.replace("new", "config.json")
    await note()
    Path("config.json").unlink()
    await note()
    os.mkdir("config.json")
    await note()
    return said


def test_every_change_of_the_file_is_seen(worker: Worker) -> None:
    case: dict[str, Any] = {"scenario": change_the_file, "files": {"config.json": '{"limit": 7, "names": []}'}}
    assert worker.differences(READER, rewritten(READER), **case) == []


def many_looks(run: Run) -> Any:
    Path("config.json").write_text(json.dumps({"limit": 1, "names": ["é"]}))
    old()
    opened: list[str] = []
    import builtins

    true_open = builtins.open
    builtins.open = lambda *args, **options: opened.append(args[0]) or true_open(*args, **options)  # type: ignore[assignment]
    try:
        for _ in range(100):
            asyncio.run(run.module.work())
    finally:
        builtins.open = true_open
    return opened.count("config.json")


def test_a_file_that_does_not_change_is_opened_once(worker: Worker) -> None:
    from twin import Case

    assert worker.run(Case(READER, scenario=many_looks)).result == 100
    assert worker.run(Case(rewritten(READER), scenario=many_looks)).result == 1


CHANGER = LOADER + (
    "async def change():\n    config = load_config()\n    config['names'].append('x')\n    return len(config['names'])\n\n\n"
    "async def look():\n    return len(load_config()['names'])\n\n\n"
    "async def work():\n    return [await f() for f in (look, change, change, look)]\n"
)


async def change_and_look(run: Run) -> Any:
    Path("config.json").write_text('{"limit": 1, "names": ["é"]}')
    old()
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
        "x['a'] if x else None", "not x",
    ],
)  # fmt: skip
def test_looking_is_told_from_changing(use: str) -> None:
    of = module(f"import json\nasync def work(event):\n    x = load()\n    y = {use}\n    return 1\n")
    assert only_read(of, calls(of, "load")[0])


@pytest.mark.parametrize(
    "use",
    [
        "x['a'] = 1", "del x['a']", "x['a']['b'] = 1", "x.setdefault('a', 1)", "x['list'].append(1)", "x.update({})", "return x",
        "y = x\n    y['a'] = 1", "for v in x.values():\n        v['n'] = 1", "self.x = x", "save(x)", "y = x.copy()\n    y['a']['b'] = 1",
        "y = [v for v in x['list']]\n    y[0]['a'] = 1", "x['n'] += 1", "global_list.append(x)", "random.shuffle(x['list'])",
        "y = x['a']\n    y.sort()", "def inner():\n        x['a'] = 1", "yield x", "y = {'a': x}\n    y['a']['b'] = 1",
        "await store.put(x)", "y = sorted(x['list'])\n    y[0].clear()", "a, b = x['pair']\n    a.append(1)",
    ],
)  # fmt: skip
def test_changing_or_keeping_is_told_from_looking(use: str) -> None:
    of = module(f"import random\nasync def work(event, self, store):\n    x = load()\n    {use}\n")
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
