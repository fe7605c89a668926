"""`tgfix measure`: what a web service that nobody knows answers is what the program reads from it."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from measured import bot, measured

from tgfix.engine.measure import environment
from tgfix.engine.measure.entries import Entry
from tgfix.engine.measure.failed import Failed
from tgfix.engine.measure.repairs import improved
from tgfix.engine.measure.running import Outcome, Task
from tgfix.engine.measure.world import counting, shapes
from tgfix.engine.measure.world.reading import Reader, Shape


def read(text: str) -> Any:
    """What a function reads that `load` hands an answer to."""
    root = Shape()
    tree = ast.parse(text)
    reader = Reader(tree, lambda node: isinstance(node, ast.Call) and ast.unparse(node.func) == "load", root)
    reader.read(next(node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))))
    return root.value()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("return load()['tea']['price']", {"tea": {"price": 1}}),
        ("if load()['status'] != 'sold': return\n", {"status": "sold"}),
        ("for each in load()[:3]: print(each['name'])", [{"name": "word"}]),
        ("return [t['label'].upper() for n, t in enumerate(load().get('teas', []))]", {"teas": [{"label": "word"}]}),
        ("found = load()\n  if 'error' in found or found.get('failed'): return\n  found['x'] * 2", {"x": 1}),
        ("return f\"{load()['grams']:.1f}\"", {"grams": 1}),
        ("found = load()\n  found = {}\n  return found['tea']", "word"),
        ("return int(load()['sold'] or 0)", {"sold": 1}),
        ("return load()['leaves'][0]['url']", {"leaves": [{"url": "https://service.invalid/x"}]}),
        ("return shown(load()['tea'])\ndef shown(tea): return tea['count'] > 3", {"tea": {"count": 1}}),
        ("if (tea := load().get('tea')): return tea['sort']", {"tea": {"sort": "word"}}),
        ("if x:\n    tea = load()\n  else:\n    tea = {}\n  return tea['count'] > 3", {"count": 1}),
        ("if x:\n    tea = {}\n  else:\n    tea = load()\n  return tea['count'] > 3", {"count": 1}),
        ("try:\n    tea = load()\n  except OSError:\n    tea = None\n  return tea['count'] > 3", {"count": 1}),
    ],
)
def test_an_answer_has_what_is_read_from_it(body: str, found: Any) -> None:
    assert read(f"async def told():\n  {body}") == found


def test_an_answer_that_was_made_up_is_filled_where_the_program_decodes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "import json\ndef got(t):\n    return json.loads(t)\ndef price(t):\n    return got(t)['tea']['price']\n"
    (tmp_path / "shop.py").write_text(text)
    monkeypatch.setattr(counting.counts, "project", str(tmp_path))
    monkeypatch.setattr(json, "loads", json.loads)
    monkeypatch.setattr(shapes, "made", {})
    shapes.install([])
    space: dict[str, Any] = {}
    exec(compile(text, str(tmp_path / "shop.py"), "exec"), space)
    assert space["price"]('{"url": "tea.example.org/rate?day=1"}') == 1
    assert shapes.made == {"tea.example.org/rate": {"tea": {"price": 1}}}
    assert space["got"]('{"url": "other.example.org/"}') == {"url": "other.example.org/"}
    assert space["got"]('{"teas": 1}') == {"teas": 1}


def test_what_handlers_miss_in_answers_is_put_into_them(tmp_path: Path) -> None:
    step = {"errors": ["KeyError: 'grams'", "KeyError: (1, 2)"]}
    report = {"started": True, "steps": [step], "answers": {"tea.example.org/rate": {"teas": [{"name": "word"}]}}}
    task = Task(Entry("file", "bot.py"), {})
    found = improved(Failed(Outcome(report, "", [], {}), task, tmp_path, environment.wants(tmp_path), lambda _: []))
    assert found is not None and found.keys == ["grams"] and str(found) == "answers with `grams`"
    assert found.applied(task).keys == ["grams"]
    shape = Shape({"teas": Shape(each=Shape({"name": Shape()}))})
    assert shape.value(more=["grams"]) == {"grams": "word", "teas": [{"grams": "word", "name": "word"}]}


ASKS = """\
import requests
from telegram.ext import Application, CommandHandler


async def rate(update, context):
    found = requests.get("http://rates.example.org/tea", params={"day": 1}).json()
    if found["status"] != "success":
        raise RuntimeError(found["message"])
    await update.message.reply_text(f"{found['data'][0]['rate'] * 2} for tea")


application = Application.builder().token("1:A").build()
application.add_handler(CommandHandler("rate", rate))
application.run_polling()
"""


@pytest.mark.slow
def test_what_a_service_answers_lets_the_bot_go_on_on_both_sides(tmp_path: Path) -> None:
    found = measured(bot(tmp_path, ASKS), "--unsafe-fixes")
    assert found["differences"] == []
    assert found["places"] and all(each["ran"] for each in found["places"])
