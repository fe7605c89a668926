"""What is remembered in `.tgfix_cache` changes how long a run takes, and never what it finds."""

from __future__ import annotations

import dataclasses
import enum
import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from command import environment, program, tgfix

from tgfix.codemods import load_codemods
from tgfix.engine import model
from tgfix.engine.counters import work
from tgfix.engine.problem import Problem
from tgfix.engine.run.cache import codec, memory, store
from tgfix.engine.run.cache.store import Store
from tgfix.engine.run.first_look import Means
from tgfix.engine.run.outcome import Admitted, Outcome
from tgfix.engine.run.plan import Plan
from tgfix.engine.run.planner import look, make_plan
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.discover import discover

BOT = """\
import time
from telegram.ext import Application, CommandHandler

from helpers import save

async def start(update, context):
    time.sleep(1)
    save(update.effective_user.id)

def main():
    app = Application.builder().token("").build()
    app.add_handler(CommandHandler("start", start))
    app.run_polling()
"""
HELPERS = """\
def save(user):
    with open("users.txt", "a") as file:
        file.write(f"{user}\\n")
"""


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    (tmp_path / "bot.py").write_text(BOT)
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "texts.py").write_text('HELLO = "hello"\n')
    (tmp_path / "requirements.txt").write_text("python-telegram-bot==21.0\n")
    return tmp_path


def plan_of(root: Path, *, cached: bool, files: list[Path] | None = None) -> Plan:
    settings = Settings(root=root)
    named = files or discover([root], settings).files
    return look(named, load_codemods(), settings, means=Means(store=Store(root)) if cached else None)


def told(plan: Plan) -> list[object]:
    """All that a plan says."""
    return [plan.findings, plan.silenced, plan.suppressed, plan.problems, [(p.finding, p.change) for p in plan.hidden]]


def known(root: Path) -> bool:
    """Whether a run is answered from what is remembered."""
    work.clear()
    plan_of(root, cached=True)
    return work.from_cache == work.files


def checked(root: Path, *more: str) -> dict[str, int]:
    counters: dict[str, int] = json.loads(tgfix("check", "--format", "json", *more, cwd=root).out)["summary"][
        "counters"
    ]
    return counters


# What is asked twice


def test_a_run_in_which_nothing_has_changed_parses_nothing(bot: Path) -> None:
    first, second = checked(bot), checked(bot)
    assert first["from_cache"] == 0 and first["parsed_by_ast"] > 0
    assert second == {**dict.fromkeys(first, 0), "files": 3, "from_cache": 3}


def test_both_runs_report_the_same(bot: Path) -> None:
    (bot / "broken.py").write_text("def time.sleep(:\n")
    (bot / "quiet.py").write_text("import time\nasync def f():\n    time.sleep(1)  # tgfix: ignore\n")
    for command in (["check", "--all"], ["apply", "--dry-run"], ["apply", "--dry-run", "--unsafe-fixes"], ["report"]):
        plain = tgfix(*command, "--no-cache", cwd=bot)
        assert [tgfix(*command, cwd=bot).out for _ in range(2)] == [plain.out] * 2, command


def test_what_is_remembered_can_be_applied_and_then_nothing_is_left(bot: Path) -> None:
    copy = bot.parent / f"{bot.name}-copy"
    shutil.copytree(bot, copy)
    tgfix("check", cwd=bot)
    tgfix("apply", "--unsafe-fixes", cwd=bot)
    tgfix("apply", "--unsafe-fixes", "--no-cache", cwd=copy)
    for name in ("bot.py", "helpers.py"):
        assert (bot / name).read_bytes() == (copy / name).read_bytes()
    assert b"asyncio.sleep" in (bot / "bot.py").read_bytes()
    assert tgfix("check", cwd=bot).out == tgfix("check", "--no-cache", cwd=copy).out


def test_the_same_content_written_again_is_known(bot: Path) -> None:
    plan_of(bot, cached=True)
    for path in bot.glob("*.py"):
        path.write_bytes(path.read_bytes())
        os.utime(path, (1, 1))
    assert known(bot)


def _edit(root: Path) -> None:
    (root / "bot.py").write_text(BOT.replace("sleep(1)", "sleep(2)"))


def _in_the_same_moment(root: Path) -> None:
    path = root / "bot.py"
    status = path.stat()
    path.write_text(BOT.replace("sleep(1)", "sleep(2)"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def _add(root: Path) -> None:
    (root / "more.py").write_text("import time\nasync def f():\n    time.sleep(1)\n")


def _remove(root: Path) -> None:
    (root / "texts.py").unlink()


def _rename(root: Path) -> None:
    (root / "texts.py").rename(root / "words.py")


def _mention(root: Path) -> None:
    (root / "Makefile").write_text("run:\n\tpython -c 'import bot; bot.start'\n")


def _mention_in_a_folder_that_is_ignored(root: Path) -> None:
    (root / ".gitignore").write_text("local\n")
    (root / "local").mkdir()
    (root / "local" / "try.sh").write_text("python -c 'from helpers import save; save(1)'\n")


def _require(root: Path) -> None:
    (root / "requirements.txt").write_text("python-telegram-bot==13.0\n")


def _environment(root: Path) -> None:
    (root / "texts").mkdir()
    (root / "texts" / "pyvenv.cfg").write_text("")


def _link(root: Path) -> None:
    (root / "linked.py").symlink_to("texts.py")


_CHANGES = [
    _edit,
    _in_the_same_moment,
    _add,
    _remove,
    _rename,
    _mention,
    _mention_in_a_folder_that_is_ignored,
    _require,
    _environment,
    _link,
]


@pytest.mark.parametrize("change", _CHANGES, ids=lambda change: change.__name__.strip("_").replace("_", " "))
def test_a_change_of_any_file_is_noticed(bot: Path, change: Callable[[Path], None]) -> None:
    plan_of(bot, cached=True)
    assert known(bot)
    change(bot)
    assert not known(bot)
    assert told(plan_of(bot, cached=True)) == told(plan_of(bot, cached=False))


def test_other_settings_files_and_codemods_are_other_questions(bot: Path) -> None:
    assert checked(bot)["from_cache"] == 0
    assert checked(bot, "--select", "TGF501")["from_cache"] == 0
    assert checked(bot, "bot.py")["from_cache"] == 0
    assert checked(bot, "--all")["from_cache"] == 0
    assert checked(bot)["from_cache"] == 3


LOCAL = '''\
"""Find it."""
import ast
from tgfix import Codemod

class Local(Codemod):
    """Find it."""

    code, name, title, needles = "OWN001", "own-one", "Find it", (b"HELLO",)

    def find(self, module):
        for node in module.all(ast.Assign):
            yield self.finding(module, node, "MESSAGE", reason="so")
'''


def test_another_text_of_a_codemod_of_ones_own_asks_anew(bot: Path) -> None:
    (bot / "tgfix.toml").write_text('codemods = ["own.py"]\n')
    (bot / "own.py").write_text(LOCAL.replace("MESSAGE", "one"))
    assert "one" in tgfix("check", "--all", cwd=bot).text and "one" in tgfix("check", "--all", cwd=bot).text
    assert checked(bot)["from_cache"] == 0 and checked(bot)["from_cache"] == 4
    # of another length: Python takes its compiled file again for a source of the same size and second
    (bot / "own.py").write_text(LOCAL.replace("MESSAGE", "another"))
    assert "another" in tgfix("check", "--all", cwd=bot).text


def test_a_module_that_a_codemod_outside_of_the_project_stands_on_counts(bot: Path) -> None:
    own = bot.parent / f"{bot.name}-own"
    own.mkdir()
    (bot / "tgfix.toml").write_text(f'codemods = ["../{own.name}/own.py"]\n')
    (own / "told.py").write_text('WORD = "one"\n')
    head = f"import sys\nsys.path.insert(0, {str(own)!r})\nimport told\n"
    (own / "own.py").write_text(LOCAL.replace("import ast\n", f"import ast\n{head}").replace('"MESSAGE"', "told.WORD"))
    for _ in range(2):
        assert "one" in tgfix("check", "--all", cwd=bot).text
    (own / "told.py").write_text('WORD = "another"\n')
    assert "another" in tgfix("check", "--all", cwd=bot).text


def test_another_version_of_tgfix_asks_anew(bot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan_of(bot, cached=True)
    monkeypatch.setattr(memory, "tool", lambda: "another")
    assert not known(bot)


def test_the_code_of_the_suite_is_part_of_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for room in ("codemods", "engine", "knowledge"):
        (tmp_path / room).mkdir()
    monkeypatch.setattr(memory, "_PACKAGE", tmp_path)
    before = memory.tool()
    assert memory.tool() == before
    (tmp_path / "knowledge" / "errors.json").write_text("{}")
    assert memory.tool() != before


def test_a_failure_is_not_remembered(bot: Path) -> None:
    (bot / "tgfix.toml").write_text('codemods = ["own.py"]\n')
    (bot / "own.py").write_text(LOCAL.replace('"MESSAGE"', "1 / 0"))
    assert "internal error" in tgfix("check", cwd=bot).err and "internal error" in tgfix("check", cwd=bot).err


def test_a_file_that_changes_while_it_is_looked_into_is_not_remembered(bot: Path) -> None:
    class Meanwhile:
        def __call__(self, done: int, total: int) -> None:
            (bot / "texts.py").write_text(f"DONE = {done}\n")

    settings = Settings(root=bot)
    look(
        discover([bot], settings).files, load_codemods(), settings, progress=Meanwhile(), means=Means(store=Store(bot))
    )
    assert not list((bot / ".tgfix_cache").glob("run-*")) if (bot / ".tgfix_cache").exists() else True
    assert not known(bot)


# Generated projects


def _words(random_: random.Random) -> str:
    return random_.choice(["save", "load", "notify", "start", "HELLO", "client"])


def _file(random_: random.Random) -> str:
    lines = ["import time, json, requests", "from telegram.ext import Application"]
    for number in range(random_.randint(1, 3)):
        kind = random_.choice(["def", "async def"])
        lines += [f"{kind} {_words(random_)}{number}(update, context):"]
        lines += random_.sample(
            [
                "    time.sleep(1)",
                "    requests.get('http://example.org')",
                f"    {_words(random_)}0(update, context)",
                "    with open('a.json') as file:\n        data = json.load(file)",
                "    time.sleep(2)  # tgfix: ignore",
                f"    {_words(random_)} = 1",
            ],
            random_.randint(1, 4),
        )
    if random_.random() < 0.5:
        lines.insert(2, f"from m{random_.randint(0, 4)} import {_words(random_)}0")
    return "\n".join(lines) + "\n"


def _step(root: Path, random_: random.Random) -> None:
    """One change of a kind that editors, git and people make."""
    files = sorted(root.glob("m*.py")) or [root / "m0.py"]
    path = random_.choice(files)
    match random_.randrange(9):
        case 0 | 1:
            path.write_text(_file(random_))
        case 2:
            (root / f"m{random_.randint(0, 6)}.py").write_text(_file(random_))
        case 3 if len(files) > 2:
            path.unlink()
        case 4:
            text = path.read_text() if path.exists() else ""
            status = path.stat() if path.exists() else None
            path.write_text(text.replace("1", "3") if "1" in text else text.replace("3", "1"))
            if status:
                os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        case 5:
            (root / random_.choice(["README.md", "run.sh", "Dockerfile"])).write_text(f"`{_words(random_)}0()` m1.py\n")
        case 6:
            (root / "requirements.txt").write_text(random_.choice(["telethon\n", "python-telegram-bot>=20\n", ""]))
        case 7:
            (root / ".gitignore").write_text(random_.choice(["m1.py\n", "", "m*.py\n"]))
        case _:
            os.utime(path if path.exists() else root)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 4))])
def test_whatever_is_edited_the_results_are_those_of_a_run_without_a_cache(tmp_path: Path, seed: int) -> None:
    random_ = random.Random(seed)
    for number in range(4):
        (tmp_path / f"m{number}.py").write_text(_file(random_))
    hits = 0
    for _ in range(12):
        plain = told(plan_of(tmp_path, cached=False))
        for _ in range(2):
            work.clear()
            assert told(plan_of(tmp_path, cached=True)) == plain
            hits += bool(work.from_cache)
        _step(tmp_path, random_)
    assert hits >= 12


# What is written


def test_all_plain_data_can_be_written_and_read() -> None:
    here = [
        member for member in vars(model).values() if isinstance(member, type) and member.__module__ == model.__name__
    ]
    kinds = {member for member in here if dataclasses.is_dataclass(member)}
    assert kinds <= set(codec._CLASSES)
    assert {member for member in here if issubclass(member, enum.Enum)} - {model.Safety} == set(codec._ENUMS)
    path = Path("bot.py")
    helper = model.Helper("f", "def f(): ...\n", (model.Import("a", "b", None),), ("g",), (model.Helper("g", ""),))
    part = model.FileChange(path, (model.Edit(1, 2, "\udcff\u2028"),), (), (helper,), ("httpx",))
    verdicts = (model.Proof(model.Hazard.THREAD, "so"), model.Assumption(model.Hazard.WIRE, "so", path, 3))
    change = model.Change("Title", "why", verdicts, (part,), "style", frozenset({model.Hazard.WIRE}))
    finding = model.Finding(
        "T1", "t", path, 1, 0, 2, 3, "what", change, alternatives=(change,), cost=model.Cost.TENTHS, scope="f"
    )
    problem = Problem(path, "no", fatal=True, line=None)
    outcome = Outcome((finding,), (Admitted(finding, True, "g"), Admitted(None)), (problem,), searched=False)
    written = json.loads(json.dumps(codec.encoded((outcome, outcome))))
    assert codec.decoded(written) == (outcome, outcome)


# The folder


def test_the_folder_says_what_it_is_and_stays_out_of_commits(bot: Path) -> None:
    tgfix("check", cwd=bot)
    folder = bot / ".tgfix_cache"
    assert (folder / "CACHEDIR.TAG").read_bytes().startswith(b"Signature: 8a477f597d28d172789f06886806bc55")
    assert (folder / ".gitignore").read_text().splitlines()[-1] == "*"


def test_no_cache_and_the_setting_do_without_it(bot: Path) -> None:
    tgfix("check", "--no-cache", cwd=bot)
    (bot / "tgfix.toml").write_text("cache = false\n")
    tgfix("check", cwd=bot)
    assert not (bot / ".tgfix_cache").exists()


def test_clean_takes_it_away(bot: Path) -> None:
    (bot / "tgfix.toml").write_text("")
    tgfix("check", cwd=bot)
    (bot / "below").mkdir()
    assert "is removed" in tgfix("clean", cwd=bot / "below").err
    assert not (bot / ".tgfix_cache").exists()
    assert "nothing to remove" in tgfix("clean", "--project", bot, cwd=bot.parent).err


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff" * 50, b"[]"], ids=["empty", "cut", "noise", "another form"])
def test_damaged_entries_are_no_entries(bot: Path, damage: bytes) -> None:
    plain = told(plan_of(bot, cached=True))
    for entry in (bot / ".tgfix_cache").glob("*.json"):
        entry.write_bytes(damage)
    assert told(plan_of(bot, cached=True)) == plain
    assert known(bot)


def test_a_flipped_bit_is_noticed(bot: Path) -> None:
    plan_of(bot, cached=True)
    (entry,) = (bot / ".tgfix_cache").glob("run-*.json")
    data = bytearray(entry.read_bytes())
    data[data.index(b"sleep")] ^= 1
    entry.write_bytes(data)
    assert not known(bot)


@pytest.mark.parametrize("kind", ["file", "link", "link to nowhere"])
def test_what_only_looks_like_the_folder_is_left_alone(bot: Path, kind: str) -> None:
    elsewhere = bot.parent / f"{bot.name}-elsewhere"
    folder = bot / ".tgfix_cache"
    if kind == "file":
        folder.write_text("mine")
    else:
        if kind == "link":
            elsewhere.mkdir()
        folder.symlink_to(elsewhere)
    plain = told(plan_of(bot, cached=False))
    assert [told(plan_of(bot, cached=True)) for _ in range(2)] == [plain] * 2
    assert not (elsewhere.exists() and list(elsewhere.iterdir()))
    assert folder.is_symlink() or folder.read_text() == "mine"


def test_a_link_in_the_place_of_an_entry_is_replaced_and_not_written_through(bot: Path) -> None:
    plan_of(bot, cached=True)
    (entry,) = (bot / ".tgfix_cache").glob("run-*.json")
    target = bot.parent / f"{bot.name}-target"
    target.write_text("mine")
    entry.unlink()
    entry.symlink_to(target)
    plan_of(bot, cached=True)
    assert target.read_text() == "mine" and not entry.is_symlink()
    target.unlink()


def test_a_folder_that_cannot_be_written_costs_nothing_else(bot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = told(plan_of(bot, cached=False))

    def full(self: Path, data: bytes) -> int:
        with open(self, "wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert told(plan_of(bot, cached=True)) == plain
    assert [path.name for path in (bot / ".tgfix_cache").iterdir() if path.suffix in (".json", ".tmp")] == []


def test_many_runs_at_once_agree(bot: Path) -> None:
    plain = tgfix("check", "--no-cache", cwd=bot).out
    command = [*program(environment()), "check"]
    runs = [subprocess.Popen(command, cwd=bot, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(4)]
    assert {run.communicate()[0] for run in runs} == {plain}
    assert checked(bot)["from_cache"] == 3


def test_it_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MOST_ENTRIES", 5)
    kept = Store(tmp_path)
    for number in range(9):
        kept.write(f"run-{number}.json", number)
        os.utime(tmp_path / ".tgfix_cache" / f"run-{number}.json", ns=(time.time_ns(), number))
    (tmp_path / ".tgfix_cache" / ".left.tmp").write_text("")
    os.utime(tmp_path / ".tgfix_cache" / ".left.tmp", (0, 0))
    kept.write("run-9.json", 9)
    assert kept.read("run-9.json") == 9 and kept.read("run-8.json") == 8 and kept.read("run-0.json") is None
    assert len(list((tmp_path / ".tgfix_cache").glob("run-*.json"))) == 5
    assert not list((tmp_path / ".tgfix_cache").glob("*.tmp"))


def test_a_plan_made_of_what_is_remembered_is_the_same(bot: Path) -> None:
    settings = Settings(root=bot)
    files = discover([bot], settings).files
    plain = make_plan(files, load_codemods(), settings)
    for _ in range(2):
        work.clear()
        made = make_plan(files, load_codemods(), settings, means=Means(store=Store(bot)))
        assert [(f.path, f.after) for f in made.files] == [(f.path, f.after) for f in plain.files]
    assert work.from_cache == 3
