"""The work of a search grows with what there is to find, and no faster: counted in calls and looks, which no clock disturbs."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest
from analysis import ROOT, module, project

from tgfix.codemods.event_loop.blocking_call.tables import leads
from tgfix.codemods.telegram_api import rights
from tgfix.engine.analysis import beside, follow, own_loop, ownership, programs
from tgfix.engine.analysis.concurrency import concurrency
from tgfix.engine.analysis.effects import Effects
from tgfix.engine.analysis.fates import Whose
from tgfix.engine.analysis.module import Module
from tgfix.engine.analysis.programs import Programs
from tgfix.engine.analysis.resolver import Resolver
from tgfix.engine.analysis.stretch import Stretches
from tgfix.engine.analysis.telegram import work
from tgfix.engine.analysis.telegram.calls import Calls
from tgfix.engine.model import Assumption, Hazard
from tgfix.engine.proofs import awaiting, awaiting_each, interleaving, thread, thread_steps
from tgfix.engine.sources import reach
from tgfix.engine.sources.words import Words


def growth() -> ModuleType:
    path = Path(__file__).parents[1] / "benchmarks" / "growth.py"
    spec = importlib.util.spec_from_file_location("growth", path)
    assert spec is not None and spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def counted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[Any]:
    """What a function is called with from now on."""
    seen: list[Any] = []
    before: Callable[..., Any] = getattr(owner, name)

    def call(*given: Any, **named: Any) -> Any:
        seen.append(given)
        return before(*given, **named)

    monkeypatch.setattr(owner, name, call)
    return seen


def test_ten_times_the_findings_in_a_file_take_ten_times_the_calls() -> None:
    generated = growth()
    generated.calls({"bot.py": generated.one_file(1)})  # what is imported and compiled once
    few, many = (generated.calls({"bot.py": generated.one_file(handlers)}) for handlers in (4, 40))
    assert many[1] > 9 * few[1]
    assert many[0] / many[1] < 1.5 * few[0] / few[1]


def test_eight_times_the_files_take_eight_times_the_calls() -> None:
    generated = growth()
    generated.calls(generated.many_files(2))
    small, large = generated.many_files(4), generated.many_files(32)
    few, many = generated.calls(small), generated.calls(large)
    assert many[1] == 8 * few[1] > 0
    assert many[0] / len(large) < 1.5 * few[0] / len(small)


def test_the_files_that_hold_common_words_are_found_once_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    made = project(**{f"part{n}": "import time\ntime.sleep(1)\n" for n in range(40)}, test="def patch(): sleep\n")
    looked = counted(monkeypatch, Words, "_numbers_of")
    for _ in range(3):
        assert len(list(made.words.with_all([b"time", b"sleep"]))) == 40
        assert [path.stem for path in made.words.with_all([b"sleep", b"patch"])] == ["test"]
    assert sorted(word for _, word in looked) == [b"patch", b"patch", b"patch", b"sleep", b"time"]


def test_the_imports_of_each_file_are_followed_once_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"part{n}": f"import part{n + 1}\n" for n in range(8)} | {f"test_{n}": "import part0\n" for n in range(8)}
    made = project(**files)
    followed = counted(monkeypatch, reach, "_imported")
    for path in made.files:
        concurrency(made, path)
    assert len(followed) == len(made.files)


def test_a_test_that_the_program_imports_is_a_part_of_it() -> None:
    made = project(bot="import test_data\n", other="", test_data="import other\n", test_bot="import bot\n")
    loads = reach.Loads(made)
    names = {path.stem: {file.stem for file in loads.connected(path)} for path in made.files}
    assert names == {
        "bot": {"bot"},
        "other": {"other"},
        "test_data": {"bot", "test_data", "other"},
        "test_bot": {"test_bot", "bot"},
    }


def test_only_files_that_may_start_a_program_are_parsed_to_see_whether_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    starting = {
        "asks": "import helper\nif (  # here\n    __name__ == '__main__'\n):\n    pass\n",
        "runs": "import helper\nclient = helper.client\n(client.\n run_until_disconnected)()\n",
        "waits": "import helper\nwith helper.client:\n    helper.client.idle()\n",
    }
    logging = {f"part{n}": "import helper, logging\nlog = logging.getLogger(__name__)\n" for n in range(20)}
    made = project(helper="client = object()\n", **starting, **logging)
    parsed = counted(monkeypatch, Module, "__init__")
    assert Programs.of(made).coming_to(ROOT / "helper.py") == [ROOT / f"{name}.py" for name in sorted(starting)]
    assert len(parsed) == len(starting)


def test_what_a_file_imports_is_gathered_once_for_all_files_that_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {f"part{n}": "" for n in range(8)}
    made = project(bot="".join(f"import {name}\n" for name in parts), pkg__part0="", **parts)
    found = Programs.of(made)
    gathered = counted(monkeypatch, programs, "imports_of")
    assert [found.users(ROOT / f"{name}.py", resolved=True) for name in parts] == [
        {ROOT / f"{name}.py", ROOT / "bot.py"} for name in parts
    ]
    assert found.users(ROOT / "pkg" / "part0.py", resolved=True) == {ROOT / "pkg" / "part0.py"}
    assert len(gathered) == len(parts)


def test_where_imports_lead_is_looked_up_without_a_path_for_each_place(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = project(pkg__sub__part="", json="", bot="").fact(Resolver)
    importer, part = ROOT / "pkg" / "sub" / "other.py", ROOT / "pkg" / "sub" / "part.py"
    resolver.file_of(importer, "pkg")
    made = [counted(monkeypatch, Path, name) for name in ("__truediv__", "joinpath", "with_suffix", "with_name")]
    found = [resolver.file_of(importer, name) for name in (".part.x", "..sub.part", "pkg.sub.part.x.y", "pkg.none")]
    assert not any(made)
    assert found == [(part, ["x"]), (part, []), (part, ["x", "y"]), None]


def test_each_function_around_a_line_is_found_outermost_first() -> None:
    text = "def a():\n    def b():\n        def c(): pass\n    async def d(): pass\n\ndef e():\n    pass\nasync def f(): pass\n"
    made = module(text)
    around = ["".join(function.name for function in made.functions_at(line)) for line in range(text.count("\n") + 2)]
    assert around == ["", "a", "ab", "abc", "ad", "", "e", "e", "f", ""]


def test_a_text_is_read_for_its_words_once_and_again_when_it_is_another_one(monkeypatch: pytest.MonkeyPatch) -> None:
    made = project(one="alpha = 1\n", two="beta = alpha\n")
    read = counted(monkeypatch, Words, "_replace")
    assert [path.stem for path in made.mentioning(["alpha"])] == ["one", "two"]
    assert [path.stem for path in made.mentioning(["beta", "alpha"])] == ["one", "two"]
    assert len(read) == 2
    changed = made.with_modules({ROOT / "two.py": module("beta = gamma\n")})
    changed._sources[ROOT / "two.py"] = project(two="beta = gamma\n").source(ROOT / "two.py")
    assert [path.stem for path in changed.mentioning(["alpha"])] == ["one"]
    assert [path.stem for path in changed.mentioning(["gamma"])] == ["two"]
    assert [path.stem for path in made.mentioning(["gamma"])] == []
    assert [path.stem for path in made.mentioning(["alpha"])] == ["one", "two"]


FETCHING = """
    from telethon import TelegramClient

    client = TelegramClient("bot", 1, "hash")

    def prepare():
        return int("1")

"""


def test_a_function_that_many_try_blocks_call_is_walked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = "".join(
        f"    async def fetch{n}():\n        try:\n            prepare()\n        except Exception:\n            pass\n\n"
        for n in range(9)
    )
    made = module(FETCHING + "    " + blocks.lstrip())
    walks = counted(monkeypatch, work._Walk, "visit_all")
    calls = Calls(made)
    bodies = [statement.body for statement in made.all(ast.Try)]
    found = [work.work_of(calls, body) for body in bodies]
    prepared = made.tree.body[2]
    assert isinstance(prepared, ast.FunctionDef) and len(found) == 9
    assert sum(given[1] is prepared.body for given in walks) == 1


def tangled(variables: int) -> Module:
    """A handler in which each variable is made of all others."""
    names = [f"v{n}" for n in range(variables)]
    mixed = "\n".join(f"        {name} = [{', '.join(names)}][{n}]" for n, name in enumerate(names))
    first = " = ".join(names)
    return module(f"    async def handle(event):\n        {first} = []\n{mixed}\n        return v0\n")


def test_variables_that_all_depend_on_each_other_are_given_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    made = tangled(14)
    looks = counted(monkeypatch, ownership.Frame, "_variable")
    function = made.tree.body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    frame = made.project.fact(Effects).frame(made, function, Whose.SHARED)
    assert frame.variable(made.names.opened[function], "v0") is Whose.SHARED
    assert len(looks) < 300


SLEEPS = """
    import time
    USERS = {}

    async def handle(event):
        USERS["a"] = 1
        time.sleep(1)
        USERS["b"] = 2
        time.sleep(2)
        USERS["c"] = 3
"""


def test_a_hazard_that_is_open_for_one_await_of_a_change_is_not_asked_about_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = module(SLEEPS)
    sleeps = [call for call in made.all(ast.Call) if ast.unparse(call.func) == "time.sleep"]
    first = {verdict.hazard: verdict for verdict in awaiting(made, sleeps[0])}
    assert isinstance(first[Hazard.INTERLEAVING], Assumption)
    asked = counted(monkeypatch, interleaving, "prove")
    together = {verdict.hazard: verdict for verdict in awaiting_each(made, sleeps)}
    assert len(asked) == 1 and together[Hazard.INTERLEAVING] == first[Hazard.INTERLEAVING]


def test_a_helper_that_many_coroutines_call_is_walked_once_for_what_a_thread_may_not_touch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    callers = "".join(f"    async def handle{n}(event):\n        save(1)\n\n" for n in range(9))
    made = module("    SEEN = {}\n\n    def save(n):\n        SEEN[n] = n\n\n" + callers)
    (save,) = (f for f in made.all(ast.FunctionDef) if f.name == "save")
    calls = [call for f in made.all(ast.AsyncFunctionDef) for call in made.within(f, ast.Call)]
    walks = counted(monkeypatch, thread_steps, "_within")
    verdicts = {thread.function(made, call, made, save) for call in calls}
    assert len(calls) == 9
    assert [verdict.hazard for verdict in verdicts if isinstance(verdict, Assumption)] == [Hazard.THREAD]
    assert len(walks) == 1


def test_whether_calls_lead_to_each_other_is_asked_of_their_coroutine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = "".join(f"        work({n})\n" for n in range(5)) + "        await other()\n        work(5)\n"
    made = module(
        f"    import asyncio\n\n    async def handle(event):\n{steps}\n    async def caller():\n        await handle(1)\n"
    )
    handle = next(f for f in made.all(ast.AsyncFunctionDef) if f.name == "handle")
    calls = sorted(
        (c for c in made.within(handle, ast.Call) if made.segment(c.func) == "work"), key=lambda call: call.lineno
    )
    walks = counted(monkeypatch, Stretches, "_on")
    led = {(a.lineno, b.lineno) for a in calls for b in calls if leads(made, a, b)}
    numbers = [call.lineno for call in calls]
    assert led == {(a, b) for a in numbers for b in numbers if a < b}
    assert len(walks) == len(calls)


def test_what_the_files_of_a_project_do_to_members_is_searched_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asks = "".join(f"    async def ask{n}(event):\n        await client.get_permissions(1, {n})\n\n" for n in range(9))
    bot = dedent("    from telethon import TelegramClient\n    client = TelegramClient('a', 1, 'b')\n\n" + asks)
    made = project(bot=bot, others="def kick_all(): pass\n", plain="x = 1\n")
    where = made.module(ROOT / "bot.py")
    searched: list[bytes] = []

    class Searching:
        def search(self, data: bytes) -> re.Match[bytes] | None:
            searched.append(data)
            return before.search(data)

    before = rights._BANS
    monkeypatch.setattr(rights, "_BANS", Searching())
    calls = [request.value for request in where.all(ast.Await) if isinstance(request.value, ast.Call)]
    told = {rights.needs_the_moment(where, call) for call in calls}
    assert told == {"others.py has `kick_all`: who was demoted must not do that, not even for half a minute"}
    assert len(calls) == 9 and searched == [b"def kick_all(): pass\n"]


def test_files_that_import_everything_from_each_other_are_gone_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"part{number}" for number in range(8)]
    parts = {name: "".join(f"from {other} import *\n" for other in names if other != name) for name in names}
    parts["part7"] += "from time import sleep\n"
    made = project(**parts, bot="from part0 import *\nsleep(1)\n")
    where = made.module(ROOT / "bot.py")
    looked = counted(monkeypatch, follow, "_binding_modules")
    call = next(iter(where.all(ast.Call)))
    for _ in range(3):
        assert [place.module.path.stem for place in follow.places(where, "sleep", call)] == ["part7"]
        assert follow.places(where, "pause", call) == []
    assert len(looked) <= 2 * (len(names) + 1)


def test_who_comes_to_a_loop_is_not_asked_where_its_own_coroutine_brings_them(monkeypatch: pytest.MonkeyPatch) -> None:
    bot = """\
    import asyncio
    import time
    from telethon import TelegramClient

    async def collect():
        async with TelegramClient("a", 1, "b") as client:
            print(await client.get_me())

    async def main():
        time.sleep(1)
        await collect()

    asyncio.run(main())
    """
    where = project(bot=dedent(bot)).module(ROOT / "bot.py")
    asked = counted(monkeypatch, own_loop._Loops, "_leads_to")
    assert own_loop.alone_on_its_loop(where, 10) is None
    assert not asked


def test_what_runs_beside_is_looked_for_until_something_does(monkeypatch: pytest.MonkeyPatch) -> None:
    bot = """\
    from telegram.ext import Application, CommandHandler
    async def greet(update, context): context.application.create_task(greet(update, context))
    def main():
        app = Application.builder().token("t").build()
        app.add_handler(CommandHandler("a", greet))
        app.run_polling()
    main()
    """
    parts = {f"part{n}": f"def part{n}(): pass\n" for n in range(20)}
    lines = "".join(f"import part{n}\n" for n in range(20))
    made = project(**parts, bot=dedent(bot) + lines)
    looked = counted(monkeypatch, beside._File, "places")
    facts = concurrency(made, ROOT / "bot.py")
    assert facts.sequential and not facts.alone and len(looked) == 1
    assert facts.beside and len(looked) == 21
