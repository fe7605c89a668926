"""What is asked many times in a run is found out once: of each name what it stands for, of each function what it does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from analysis import calls, module

from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.engine.analysis.evaluation import Point
from tgfix.engine.analysis.facts import Facts
from tgfix.engine.analysis.files import accesses
from tgfix.engine.analysis.follow import outside_name
from tgfix.engine.analysis.module import Project
from tgfix.engine.analysis.stretch import Stretches
from tgfix.engine.analysis.telegram.calls import Calls
from tgfix.engine.analysis.telegram.clients import clients_of
from tgfix.engine.analysis.touch import Touch
from tgfix.engine.analysis.touches import Steps
from tgfix.engine.counters import NAMES, OUTSIDE_NAMES, PARSED, STEPS, THREAD_STEPS, work
from tgfix.engine.rewriting import compose
from tgfix.engine.rewriting.verify import faults
from tgfix.engine.run.planner import make_plan
from tgfix.engine.sources.config import Settings


def test_names_are_asked_once_what_they_stand_for() -> None:
    bot = module("import os.path\nimport time as t\n\n\ndef wait(p):\n    t.sleep(1)\n    os.path.exists(p)\n")
    asked = [call.func for call in bot.all(ast.Call)]
    work.clear()
    for _ in range(3):
        assert [bot.resolve(one) for one in asked] == ["time.sleep", "os.path.exists"]
        assert [outside_name(bot, one) for one in asked] == ["time.sleep", "os.path.exists"]
    assert work.calls[NAMES] == work.calls[OUTSIDE_NAMES] == len(asked)


def test_names_of_star_imports_are_asked_again_when_another_file_is_changed(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("from time import sleep\n")
    (tmp_path / "bot.py").write_text("from shop import *\n\nsleep(1)\n")
    project = Project(Settings(root=tmp_path), [])
    bot = project.module(tmp_path / "bot.py")
    function = calls(bot, "sleep")[0].func
    assert bot.resolve(function) == "time.sleep"
    (tmp_path / "shop.py").write_text("def sleep(n): ...\n")
    changed = Project(Settings(root=tmp_path), []).module(tmp_path / "shop.py")
    again = project.with_modules({tmp_path / "shop.py": changed})
    assert again.module(tmp_path / "bot.py") is bot and bot.resolve(function) is None


def test_the_files_that_a_module_touches_are_looked_for_once() -> None:
    bot = module("import os\n\n\ndef read(p):\n    os.remove(p)\n    return open(p).read()\n")
    work.clear()
    first = accesses(bot)
    asked = work.calls[NAMES]
    assert [access.kind for access in first] == ["remove", "read"] and asked
    assert accesses(bot) == first and work.calls[NAMES] == asked


def test_functions_below_many_helpers_are_walked_through_once(tmp_path: Path) -> None:
    def walked(helpers: int) -> int:
        below = "".join(f"def below{n}(x):\n    below{n + 1}(x)\n    subprocess.run(['ls'])\n\n" for n in range(5))
        above = "".join(f"def helper{n}(x):\n    below0(x)\n\n" for n in range(helpers))
        called = "".join(f"    helper{n}(1)\n    await event.reply('done')\n" for n in range(helpers))
        (tmp_path / "bot.py").write_text(
            "import subprocess\nfrom telethon import TelegramClient, events\n\nclient = TelegramClient('bot', 1, '')\n\n"
            f"{below}def below5(x):\n    pass\n\n{above}@client.on(events.NewMessage)\nasync def handle(event):\n{called}\n"
            "client.run_until_disconnected()\n"
        )
        work.clear()
        project = Project(Settings(root=tmp_path), [tmp_path / "bot.py"])
        assert len([f for f in BlockingCall().find_in_project(project) if f.change]) == helpers
        return work.calls[THREAD_STEPS]

    assert walked(20) - walked(2) == 18


def test_the_sides_of_a_place_are_walked_through_once_for_all_provers() -> None:
    bot = module(
        "import time\n\nstate = {}\n\n\nasync def handle(event):\n    state[1] = 2\n    time.sleep(1)\n    state[3] = 4\n"
    )
    place, stretches = calls(bot, "time.sleep")[0], bot.project.fact(Stretches)
    assert stretches.before(bot, place) is stretches.before(bot, place)
    assert stretches.before(bot, place) is not stretches.before(bot, place, relying=True)
    first = stretches.behind(bot, place).worst()
    work.clear()
    assert first is not None and stretches.behind(bot, place).worst() is first and not work.calls[STEPS]


def test_what_a_wait_does_is_the_same_for_all_walks_that_come_by() -> None:
    bot = module(
        "import time\nfrom telethon import TelegramClient, events\n\nclient = TelegramClient('bot', 1, '')\n\n"
        "@client.on(events.NewMessage)\nasync def handle(event):\n    time.sleep(1)\n    time.sleep(2)\n    await event.respond('x')\n"
    )
    stretches = bot.project.fact(Stretches)
    first, second = (stretches.behind(bot, place).sent for place in calls(bot, "time.sleep"))
    assert len(first) == 1 and first[0] is second[0]


def test_a_side_on_which_a_step_failed_is_looked_at_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    bot = module("import time\n\nstate = {}\n\n\nasync def handle(event):\n    state[1] = 2\n    time.sleep(1)\n")
    before = bot.project.fact(Stretches).before(bot, calls(bot, "time.sleep")[0])

    def fails(steps: Steps, point: Point) -> Touch:
        raise RecursionError

    with monkeypatch.context() as patched, pytest.raises(RecursionError):
        patched.setattr(Steps, "touch", fails)
        before.worst()
    assert before.worst() is not None


def test_nothing_is_proved_of_calls_in_files_where_nobody_is_served(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        "from telethon import TelegramClient, events\n\nclient = TelegramClient('bot', 1, '')\n\n"
        "@client.on(events.NewMessage)\nasync def handle(event):\n    await event.reply('done')\n\n"
        "client.run_until_disconnected()\n"
    )
    script = "import asyncio\nimport subprocess\n\nasync def work():\n    subprocess.run(['make'])\n\n"
    script += "if __name__ == '__main__':\n    asyncio.run(work())\n"
    (tmp_path / "script.py").write_text(script)
    files = [tmp_path / "bot.py", tmp_path / "script.py"]
    asked = {}
    for list_all in (False, True):
        work.clear()
        plan = make_plan(files, [BlockingCall()], Settings(root=tmp_path, list_all=list_all))
        asked[list_all] = work.proofs, len(plan.findings)
    assert asked[False] == (0, 0) and asked[True][0] > 0 and asked[True][1] == 1


def test_the_clients_of_a_program_are_looked_for_once_in_each_file() -> None:
    bot = module("from telethon import TelegramClient\n\nclient = TelegramClient('bot', 1, '')\n")
    found = [clients_of(Calls(bot, bot.project.fact(Facts).kinds(bot)), "telethon.TelegramClient") for _ in range(2)]
    assert found[0] is found[1] and len(found[0]) == 1


def test_changes_that_were_verified_together_are_not_verified_again_for_their_diffs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handlers = "".join(
        f"@client.on(events.NewMessage)\nasync def handle{n}(event):\n    work()\n    await event.reply('done')\n\n"
        for n in range(5)
    )
    (tmp_path / "bot.py").write_text(
        "import asyncio\nimport subprocess\nfrom telethon import TelegramClient, events\n\nclient = TelegramClient('bot', 1, '')\n\n"
        f"def work():\n    subprocess.run(['ls'])\n\n{handlers}client.run_until_disconnected()\n"
    )
    asked: list[object] = []
    monkeypatch.setattr(compose, "faults", lambda *given: asked.append(given) or faults(*given))
    for unsafe in (False, True):
        settings = Settings(root=tmp_path, unsafe_fixes=unsafe)
        plan = make_plan([tmp_path / "bot.py"], [BlockingCall()], settings)
        found = (*plan.chosen, *plan.hidden)
        before, parsed = len(asked), work.calls[PARSED]
        texts = [text.decode() for proposal in found for _, text in proposal.alone.values()]
        assert [text.count("await asyncio.to_thread") for text in texts] == [1] * 5
        assert before > 0 and len(asked) == before and work.calls[PARSED] == parsed
