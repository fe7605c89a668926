"""`tgfix measure`: real bots, run offline before and after."""

from __future__ import annotations

import asyncio
import importlib
import io
import json
import logging
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command import tgfix, tree
from measured import bot, measured, revised

from tgfix.cli.measure.words import Conditions, text
from tgfix.engine.measure import copies, environment, plausible, running
from tgfix.engine.measure.effects import canonical, differences, together, told_apart
from tgfix.engine.measure.entries import Entry, entries
from tgfix.engine.measure.figures import figures
from tgfix.engine.measure.measuring import Measurement
from tgfix.engine.measure.obstacles import new_packages, obstacle
from tgfix.engine.measure.places import Place, seen
from tgfix.engine.measure.running import Outcome
from tgfix.engine.measure.world import counting, settings
from tgfix.engine.measure.world.contents import TEXTS, message, pressed
from tgfix.engine.measure.world.exploring import ANSWERS, Explorer
from tgfix.engine.measure.world.memory import Memory
from tgfix.engine.measure.world.patterns import said_in, texts_for
from tgfix.engine.measure.world.ptb.delivery import PtbDelivery
from tgfix.engine.measure.world.ptb.exploring import PtbExplorer
from tgfix.engine.measure.world.telegram import Telegram, told

BOT = """\
import os
import time

from telegram.ext import Application, CommandHandler, MessageHandler, filters


async def remind(update, context):
    await update.message.reply_text("I will.")
    time.sleep(1)
    await update.message.reply_text("Now!")


async def echo(update, context):
    await update.message.reply_text(update.message.text)


def main():
    application = Application.builder().token(os.environ["BOT_TOKEN"]).build()
    application.add_handler(CommandHandler("remind", remind))
    application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, echo))
    application.run_polling()


if __name__ == "__main__":
    main()
"""


# Runs


@pytest.mark.slow
def test_a_sleep_that_blocks_everybody_is_gone_and_the_bot_does_the_same(tmp_path: Path) -> None:
    before = tree(bot(tmp_path, BOT))
    found = measured(tmp_path, "--unsafe-fixes")
    assert [handler["ran"] for handler in found["handlers"]] == [True, True]
    assert found["places"] and all(place["ran"] for place in found["places"])
    [blocking] = found["before"]["blocking"]
    assert [blocking[key] for key in ("what", "file", "line", "function")] == ["time.sleep", "bot.py", 9, "remind"]
    assert found["after"]["blocking"] == []
    assert found["before"]["longest_stall"]["seconds"] >= 1 > 0.1 > found["after"]["longest_stall"]["seconds"]
    assert found["before"]["longest_stall"]["place"] == "bot.py:9"
    assert found["differences"] == [] and found["varying"] == []
    assert tree(tmp_path) == before  # nothing of the project is written


STUCK = BOT.replace("    time.sleep(1)\n", "").replace(
    "    await update.message.reply_text(update",
    "    while True:\n        pass\n    await update.message.reply_text(update",
)


@pytest.mark.slow
def test_handlers_that_ran_are_told_also_where_one_never_comes_to_an_end(tmp_path: Path) -> None:
    directory = bot(tmp_path, STUCK, tgfix__toml="[measure]\nlimit = 15\n")
    revised(directory, "I will.", "I shall.")
    found = measured(directory, "--before", "HEAD", code=1)
    assert {each["name"]: each["ran"] for each in found["handlers"]} == {"remind": True, "echo": True}
    assert {each["what"] for each in found["differences"]} == {"Telegram requests"}


@pytest.mark.slow
def test_another_text_is_shown_as_a_difference_and_the_exit_code_is_one(tmp_path: Path) -> None:
    revised(bot(tmp_path, BOT), '"Now!"', '"Later!"')
    found = measured(tmp_path, "--before", "HEAD", code=1)
    assert {difference["update"].split()[0] for difference in found["differences"]} == {"/remind"}
    lines = found["differences"][0]["lines"]
    assert any(line.startswith("-") and "Now!" in line for line in lines)
    assert any(line.startswith("+") and "Later!" in line for line in lines)


@pytest.mark.slow
def test_the_same_program_twice_shows_no_difference(tmp_path: Path) -> None:
    revised(bot(tmp_path, BOT.replace("time.sleep(1)", "print(time.time())")), "import time\n", "import time  # same\n")
    found = measured(tmp_path, "--before", "HEAD")
    assert found["differences"] == [] and found["varying"] == []


def test_a_revision_comes_with_the_files_that_git_ignores(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    root = bot(tmp_path / "bot", BOT)
    (root / ".gitignore").write_text(".env\nvenv/\n*.log\n")
    revised(root, "Now!", "Later!")
    (root / ".env").write_text("GREETING=hello\n")
    (root / "venv" / "bin").mkdir(parents=True)
    (root / "venv" / "pyvenv.cfg").write_text("")
    (root / "venv" / "bin" / "activate.py").write_text("")
    (root / "new.txt").write_text("of no revision yet")
    copies.revision_of(root, tmp_path / "before", "HEAD")
    assert "GREETING=hello" in (tmp_path / "before" / ".env").read_text()
    assert "Now!" in (tmp_path / "before" / "bot.py").read_text()
    assert not (tmp_path / "before" / "venv").exists() and not (tmp_path / "before" / "new.txt").exists()


NETWORK = """\
import socket
import tempfile
import urllib.request

from telegram.ext import Application, CommandHandler


async def look(update, context):
    page = urllib.request.urlopen("https://example.org/a.json").read().decode()
    try:
        socket.create_connection(("192.0.2.7", 6379), 1)
        reached = "reached"
    except OSError as error:
        reached = type(error).__name__
    try:
        open("PROJECT/kept.txt", "w").close()
        open("TCEJORP"[::-1] + "/seen.txt", "w").close()
    except OSError as error:
        reached += f" {type(error).__name__}"
    tempfile.TemporaryFile().close()
    await update.message.reply_text(f"{page} {reached} {context.bot.token}")


application = Application.builder().token("1234567890:AAFrealrealrealrealrealrealrealreal0").build()
application.add_handler(CommandHandler("look", look))
application.run_polling()
"""


@pytest.mark.slow
def test_no_address_but_this_machine_is_reached_nothing_outside_written_and_no_token_is_the_real_one(
    tmp_path: Path,
) -> None:
    program = NETWORK.replace("PROJECT", str(tmp_path)).replace("TCEJORP", str(tmp_path)[::-1])
    revised(bot(tmp_path, program), "a.json", "b.json")
    found = measured(tmp_path, "--before", "HEAD", code=1)
    sent = [line for each in found["differences"] for line in each["lines"]]
    assert any("b.json" in line and "example.org" in line for line in sent)
    assert found["after"]["counts"]["HTTP requests"] == found["after"]["updates"]
    assert "real0" not in json.dumps(found)
    revised_again = (tmp_path / "bot.py").read_text().replace("{page} {reached}", "{reached} {page}")
    (tmp_path / "bot.py").write_text(revised_again)
    texts = json.dumps(measured(tmp_path, "--before", "HEAD", code=1)["differences"])
    assert not list(tmp_path.glob("*.txt")) and any("outside of its copy" in note for note in found["notes"])
    assert "ConnectionRefusedError PermissionError {" in texts and plausible.value("TOKEN") in texts


@pytest.mark.slow
def test_a_stand_in_takes_the_place_of_a_package_that_is_missing(tmp_path: Path) -> None:
    text = BOT.replace("import os\n", "import os\n\nimport no_such_shop\n")
    text = text.replace('"Now!")', '"Now!")\n    no_such_shop.buy("tea", 2)')
    revised(bot(tmp_path, text), '"tea", 2', '"tea", 3')
    found = measured(tmp_path, "--before", "HEAD", code=1)
    assert {each["what"] for each in found["differences"]} == {"what is asked of stand-ins"}
    assert "-no_such_shop.buy('tea', 2)" in found["differences"][0]["lines"]
    [note] = [note for note in found["notes"] if "stand-ins" in note]
    assert note.endswith("pip install no_such_shop")


@pytest.mark.parametrize(
    ("command", "refused"),
    [
        (["python", "-m", "pip", "install", "-U", "shop"], True),
        (["uv", "pip", "sync", "requirements.txt"], True),
        (["git", "add", "pip.txt"], False),
        (["ffmpeg", "-i", "pipe.mp4"], False),
    ],
)
def test_a_program_does_not_change_the_packages_that_it_runs_with(
    command: list[str], refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bool(counting._INSTALLS.search(repr(("python", command, None, None)))) is refused
    if refused:
        with pytest.raises(PermissionError, match="while measuring"):
            counting._audit("subprocess.Popen", ("python", command, None, None))
        monkeypatch.setattr(subprocess.Popen, "__init__", counting._begin)
        assert subprocess.run(command, check=True, capture_output=True).stdout == b""
        assert counting.not_run.keys() == {" ".join(command)} and counting._run(" ".join(command)) == 0
    counting.not_run.clear()


# Asking, and what is wrong with a call


def test_the_program_is_not_run_without_a_yes(tmp_path: Path) -> None:
    result = tgfix("measure", "--unsafe-fixes", cwd=bot(tmp_path, BOT))
    assert result.code == 2 and "runs bot.py of" in result.error and result.error.endswith("Say so by --yes")


def test_where_nothing_is_rewritten_nothing_is_run(tmp_path: Path) -> None:
    result = tgfix("measure", cwd=bot(tmp_path, BOT.replace("    time.sleep(1)\n", "")))
    assert result.code == 0 and "there is nothing to rewrite" in result.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--api-latency", "soon"], "--api-latency: 'soon' is no time; write 30ms or 0.5s"),
        (["--users", "many"], "--users: 'many' is no number"),
        (["--python", "/nowhere/python"], "--python /nowhere/python: it cannot be run"),
        (["nowhere.py"], "nowhere.py does not exist; name the project or the program that starts the bot"),
    ],
    ids=["time", "number", "python", "path"],
)
def test_a_wrong_call_is_said_in_one_line(tmp_path: Path, options: list[str], message: str) -> None:
    result = tgfix("measure", "--yes", "--unsafe-fixes", *options, cwd=bot(tmp_path, BOT))
    assert result.code == 2 and result.error == message


def test_a_wrong_setting_names_its_key(tmp_path: Path) -> None:
    bot(tmp_path, BOT, tgfix__toml="[measure]\nentri = 'bot.py'\n")
    assert "measure.entri: is no option" in tgfix("measure", "--yes", cwd=tmp_path).error


# Parts


def test_secrets_and_environments_are_no_part_of_the_copy(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    token = "1234567890:AAF" + "x" * 32
    (root / "bot.py").write_text(f'TOKEN = "{token}"\n')
    (root / ".env").write_text("API_KEY=mine\nCOLOUR=red\n")
    (root / "config.example.json").write_text("{}")
    (root / "my.session").write_bytes(b"x")
    (root / "environment").mkdir()
    (root / "environment" / "pyvenv.cfg").write_text("")
    copies.copy_of(root, tmp_path / "copy", {"new.py": b"x = 1\n"})
    found = tree(tmp_path / "copy")
    assert sorted(found) == [".env", "bot.py", "config.example.json", "config.json", "new.py"]
    assert token not in found["bot.py"].decode() and "mine" not in found[".env"].decode()
    assert "COLOUR=red" in found[".env"].decode()


def test_what_a_program_wants_from_its_environment_is_read_from_its_source(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        "import os\nTOKEN = os.environ['BOT_TOKEN']\nADMIN = int(os.getenv('ADMIN_ID'))\nADMINS = [12345678]\n"
        "CHANNEL = -1001234567890\nDEBUG = os.getenv('DEBUG', '0')\n"
    )
    (tmp_path / ".env.example").write_text("PYTHONIOENCODING=<encoding>\n")  # Python itself would read it
    wanted = environment.wants(tmp_path)
    assert wanted.variables == {"BOT_TOKEN": (True, False), "ADMIN_ID": (True, True), "DEBUG": (False, False)}
    assert wanted.admins == [12345678] and wanted.chats == [-1001234567890]
    assert environment.variables(tmp_path, wanted) == {"BOT_TOKEN": plausible.value("TOKEN"), "ADMIN_ID": "7000001"}


def test_what_starts_the_bot_is_what_the_deployment_says(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("run_polling()\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__main__.py").write_text("from main import app\n")
    (tmp_path / "Dockerfile").write_text('CMD ["python", "-m", "app"]\n')
    assert [str(entry) for entry in entries(tmp_path)] == ["-m app", "main.py"]


@pytest.mark.parametrize(
    "pattern", [r"^page:(\d+)$", r"^(yes|no)$", r"[^a]+x", r"^/quote\d{3}$", r"(a|b)\1", r"^\s*(?:set|get)_\w+"]
)
def test_a_text_is_made_for_a_pattern(pattern: str) -> None:
    texts = texts_for(pattern)
    assert texts and all(re.search(pattern, text) for text in texts)


def test_what_a_callback_compares_with_is_found_in_its_code() -> None:
    def helper(text: str) -> bool:
        return text in ("stop", "help")

    def callback(text: str) -> bool:
        return text == "menu" or helper(text)

    assert said_in(callback)[:1] == ["menu"]

    def sends_first(text: str, **send: Any) -> bool:
        return dict(caption="tea", **send) and "milk" in text.lower()  # type: ignore[return-value]

    assert said_in(sends_first)[:1] == ["milk"]


BACK, ANSWERED = "back to all", {"prices": None}


class Words:
    ADD = "add one"


class Menu:
    async def go(self, text: str) -> bool:
        return text in (Words.ADD, BACK) or text in ANSWERED or self.more(text)

    def more(self, text: str) -> bool:
        return text == "more"


def test_what_it_compares_with_may_stand_beside_it_by_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting.counts, "project", str(Path(__file__).parent))
    assert said_in(Menu().go) == ["add one", "back to all", "prices", "more"]


def test_clocks_and_addresses_are_no_effects() -> None:
    assert canonical("at 2026-01-31 10:11:12.5 <x at 0x7f0011223344>") == "at <time> <x at <address>>"
    assert canonical("up for 1:00:04, in 501 ms, 0d 5h 7m") == "up for <clock>, in <duration> ms, <duration>"
    assert canonical(["since\n2:00:04"]) == canonical(["since\n2:00:05"])
    assert canonical("总耗时: 0.25秒, за 0.31 сек") == "总耗时: <duration>秒, за <duration> сек"
    assert canonical("users_20261126_235512.csv, done in 0.10s") == "users_<time>.csv, done in <duration>s"


def test_what_is_uploaded_is_written_down_as_text_where_it_is_one() -> None:
    assert told(b'{"made": "2026-01-31 10:11"}') == '{"made": "2026-01-31 10:11"}'
    assert [told(content).partition(" bytes ")[0] for content in (b"\xff\xd8", b"a" * 9000)] == ["2", "9000"]


def test_addresses_and_numbers_of_phones_are_marked_in_a_text() -> None:
    marked = message("+10000000000 me@example.com #tea 12:30")["message"]["entities"]
    assert [(each["type"], each["length"]) for each in marked] == [("email", 14), ("phone_number", 12), ("hashtag", 4)]


def test_where_in_a_source_something_failed_is_no_effect_but_what_is() -> None:
    told = 'Failed:\nTraceback (most recent call last):\n  File "bot.py", line 3, in f\n    g()\nValueError: {}'
    assert canonical(told.format(1)) == "Failed:\n<traceback>\nValueError: 1"
    assert canonical({"text": told.format(1)}) != canonical({"text": told.format(2)})


def outcome(*texts: str, files: dict[str, bytes] | None = None, **report: Any) -> Outcome:
    steps = [
        {"update": {"message": {"text": "/go"}}, "calls": [{"method": "sendMessage", "parameters": {"text": text}}]}
        for text in texts
    ]
    return Outcome({"started": True, "steps": steps, **report}, "", [], files or {})


def test_runs_differ_by_the_update_that_led_to_it() -> None:
    assert differences(outcome("a", "b"), outcome("a", "b")) == []
    [found] = differences(outcome("a", "b"), outcome("a", "c"))
    assert (found.step, found.what, found.update) == (2, "Telegram requests", "/go")


def test_how_long_something_took_is_no_difference_where_it_varies_in_another_update() -> None:
    def run(*texts: str) -> Outcome:
        made = outcome(*texts)
        for step, name in zip(made.report["steps"], ("ping", "ping", "other"), strict=True):
            step["callbacks"] = [name]
        return made

    first, again = run("took 5", "took 5 secs", "took 5"), run("took 7", "took 5 secs", "took 5")
    varying = differences(first, again)
    assert [each.step for each in varying] == [1]
    for after, steps in (
        (("took 5", "took 1 sec", "took 5"), []),
        (("", "late", "took 5"), [1, 2]),
        (("", "", "took 6"), [1, 2, 3]),
    ):
        found = told_apart(differences(first, run(*after)), varying, first.report["steps"])
        assert [each.step for each in found] == steps


def test_errors_beside_updates_and_handlers_that_are_gone_are_seen() -> None:
    named = [[{"name": name} for name in names] for names in (("start", "stop"), ("start", "start"))]
    before, after = (
        outcome("a", handlers=named[0], background_logs=["INFO stopped"], background_asked=["redis.set('a')"]),
        outcome("a", handlers=named[1], background_errors=["KeyError: 'x'"]),
    )
    found = {each.what: each.lines[2:] for each in differences(before, after)}
    assert found == {
        "errors beside the updates": ("+KeyError: 'x'",),
        "log beside the updates": ("-INFO stopped",),
        "what is asked of stand-ins beside the updates": ("-redis.set('a')",),
        "handlers that are registered": (" start", "-stop"),
    }


def test_an_error_of_the_program_that_a_library_logs_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise KeyError("tea")

    def logged(name: str, project: Path) -> list[str]:
        monkeypatch.setattr(counting.counts, "project", str(project))
        counting.counts.failures.clear()
        try:
            fails()
        except KeyError as error:
            information = (KeyError, error, error.__traceback__)
            counting._Logs().emit(logging.LogRecord(name, 40, "/lib/library.py", 1, "failed", None, information))
        return counting.counts.failures[0]

    assert logged("library", Path(__file__).parent) == ["KeyError: 'tea'"]
    assert logged("library", tmp_path) == logged("asyncio", Path(__file__).parent) == []


def test_requests_of_what_runs_beside_updates_may_fall_into_any_of_them() -> None:
    def run(*requests: list[str]) -> Outcome:
        steps = [
            {"update": {"message": {"text": "/go"}}, "http": [{"path": path, "connection": 1} for path in paths]}
            for paths in requests
        ]
        return Outcome({"started": True, "steps": steps}, "", [], {})

    assert differences(run(["/a"], ["/b"], []), run(["/a"], [], ["/b"])) == []
    assert [found.step for found in differences(run(["/a"], ["/b"]), run(["/a"], ["/c"]))] == [2]


def test_files_named_by_a_clock_differ_in_any_two_runs() -> None:
    runs = [outcome(files={f"picture-12-30-{second}.png": b"1"}) for second in (10, 11, 12)]
    known = {found.key for found in differences(runs[0], runs[1])}
    assert {found.key for found in differences(runs[0], runs[2])} == known


def test_files_that_a_program_leaves_are_compared() -> None:
    before, after = (outcome(files={"data.json": text}) for text in (b'{"a": 1}\n', b'{"a": 2}\n'))
    assert [found.what for found in differences(before, after)] == ["file data.json"]


SOURCE = """\
def used(x):
    if x:
        return 1
    return 2


def unused():
    return 3
"""


def test_why_a_place_did_not_run_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(SOURCE)
    places = [Place("a.py", line, line, "TGF501") for line in (3, 4, 8)] + [Place("b.py", 1, 1, "TGF501")]
    lines = {("a.py", False): {1, 7}, ("a.py", True): {2, 4}}
    assert [found.reason for found in seen(places, lines, tmp_path)] == [
        "`used` ran, but not this branch of it",
        "",
        "no update led to `unused`",
        "the program does not load the file",
    ]
    (tmp_path / "b.py").write_text(
        "from telethon import TelegramClient\nTelegramClient('b', 1, '').run_until_disconnected()\n"
    )
    assert seen(places, lines, tmp_path)[-1].reason == "the program does not load the file, `b.py` does"


@pytest.mark.parametrize(
    ("crash", "refused", "kind", "mends"),
    [
        ({"kind": "KeyError", "text": "'PRICE'", "key": "PRICE"}, {}, "variable", 'env = { PRICE = "…" }'),
        ({"kind": "FileNotFoundError", "text": "x", "file": "a.csv"}, {}, "file", 'files = { "a.csv" = "…" }'),
        ({"kind": "Error", "text": "x"}, {"db:5432": "PostgreSQL"}, "service", "env = { … }"),
        (
            {"kind": "PackageNotFoundError", "text": "No package metadata was found for bot"},
            {},
            "package",
            "pip install -e .",
        ),
        ({"kind": "EOFError", "text": "EOF when reading a line"}, {}, "input", "(env, files, args)"),
        ({"kind": "ValueError", "text": "no"}, {}, "error", "(env, files, args)"),
        ({}, {}, "end", "(entry, env, args)"),
    ],
    ids=["variable", "file", "service", "own package", "question", "error", "end"],
)
def test_an_obstacle_comes_with_what_mends_it(crash: dict[str, str], refused: Any, kind: str, mends: str) -> None:
    found = obstacle(Outcome({"started": False, "crash": crash, "refused": refused}, "", [], {}))
    assert found.kind == kind and mends in found.mends


def test_packages_that_changes_bring_are_known(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("")
    assert new_packages(
        {"bot.py": b"import os\n"}, {"bot.py": b"import os\nimport aiofiles\nimport own\n"}, tmp_path
    ) == ["aiofiles"]


def under_load(*texts: str) -> Outcome:
    calls = {
        f"{8000001 + i} 0": [{"method": "sendMessage", "parameters": {"text": text}}] for i, text in enumerate(texts)
    }
    return outcome(load={"effects": calls})


def test_what_differs_under_load_is_told_apart_from_what_always_does() -> None:
    found = together(under_load("a", "b", "c"), under_load("a", "x", "c"), under_load("a", "y", "d"))
    assert (found.updates, found.varying) == (3, 1)
    assert [difference.update for difference in found.differences] == ["of user 8000003"]


PHOTO = """\
import asyncio
import urllib.request

from telegram.ext import Application, CommandHandler


async def photo(update, context):
    urllib.request.urlretrieve(context.args[0], "photo.jpg")
    with open("photo.jpg", "rb") as file:
        await update.message.reply_photo(file)


application = Application.builder().token("1:A").concurrent_updates(True).build()
application.add_handler(CommandHandler("photo", photo))
application.run_polling()
"""


@pytest.mark.slow
def test_users_who_get_the_file_of_another_are_seen_under_load(tmp_path: Path) -> None:
    blocking, waiting = "urllib.request.urlretrieve(", "await asyncio.to_thread(urllib.request.urlretrieve, "
    revised(bot(tmp_path, PHOTO), blocking, waiting)
    found = measured(tmp_path, "--before", "HEAD", "--users", "20")
    assert found["together"]["updates"] == 20 * 6 < 20 * found["before"]["updates"]  # as many of one callback
    assert found["differences"] == [] and found["together"]["differences"]
    assert found["after"]["load"]["per_second"] > 0 and found["before"]["load"]["users"] == 20


FAILS = """\
from telegram.error import TelegramError
from telegram.ext import Application, CommandHandler


async def start(update, context):
    try:
        await update.message.reply_text("hello")
    except TelegramError as error:
        print(type(error).__name__)
        await context.bot.send_message(1, "failed")


application = Application.builder().token("1:A").build()
application.add_handler(CommandHandler("start", start))
application.run_polling()
"""


@pytest.mark.slow
def test_what_a_bot_does_when_telegram_says_no_is_compared_where_it_is_asked_for(tmp_path: Path) -> None:
    revised(bot(tmp_path, FAILS), "except TelegramError", "except Forbidden")
    (tmp_path / "bot.py").write_text(
        (tmp_path / "bot.py").read_text().replace("import TelegramError", "import Forbidden")
    )
    assert measured(tmp_path, "--before", "HEAD")["differences"] == []
    found = measured(tmp_path, "--before", "HEAD", "--faults", code=1)["differences"]
    assert {each["what"].partition(":")[0] for each in found} == {"with 400", "with 429", "with time-out"}


SHY = """\
import time

from telegram import Update
from telegram.ext import (
    Application, ApplicationHandlerStop, CommandHandler, ConversationHandler, MessageHandler, TypeHandler, filters,
)

last = {}


async def not_so_fast(update, context):
    user = update.effective_user.id if update.effective_user else 0
    if time.time() - last.get(user, 0) < 3:
        raise ApplicationHandlerStop
    last[user] = time.time()


async def book(update, context):
    await update.message.reply_text("Which day?")
    return 1


async def day(update, context):
    return 1


async def pay(update, context):
    await update.message.reply_text("Book first.")
    return ConversationHandler.END


async def paid(update, context):
    await update.message.reply_text("Paid.")
    return 1


async def keys(update, context):
    await update.message.reply_text("Here.")


async def no_keys(update, context):
    await update.message.reply_text("They are not yours.")


async def note(update, context):
    context.user_data["wanted"] = "number"
    await update.message.reply_text("Which number?")


async def said(update, context):
    if context.user_data.get("wanted") and update.message.text.isdigit():
        await keep(update)


async def keep(update):
    time.sleep(1)
    await update.message.reply_text("Kept.")


async def never(update, context):
    await update.message.reply_text("Nobody hears this.")


application = Application.builder().token("1:A").build()
application.add_handler(TypeHandler(Update, not_so_fast), group=-1)
application.add_handler(ConversationHandler([CommandHandler("book", book)], {1: [MessageHandler(filters.ALL, day)]}, []))
application.add_handler(CommandHandler("note", note))
application.add_handler(ConversationHandler([CommandHandler("pay", pay)], {1: [MessageHandler(filters.TEXT, paid)]}, []))
application.add_handler(CommandHandler("keys", keys, filters.User(7000001)))
application.add_handler(CommandHandler("keys", no_keys))
application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, said))
application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, never))
application.run_polling()
"""


@pytest.mark.slow
def test_handlers_behind_conversations_and_limits_are_reached_and_of_others_it_is_said_why(
    tmp_path: Path,
) -> None:
    found = measured(bot(tmp_path, SHY), "--unsafe-fixes")
    missed = {handler["name"]: handler["why"] for handler in found["handlers"] if not handler["ran"]}
    assert missed == {"never": "`said` takes what it would"}
    assert [place["ran"] for place in found["places"] if place["code"] == "TGF501"] == [True]
    assert found["differences"] == [] and found["varying"] == []


def test_nothing_is_called_the_same_where_no_update_was_found() -> None:
    side = figures(outcome())
    found = Measurement(Entry("file", "bot.py"), [], [], side, side, [], [], None, [], True)
    told = text(found, Conditions("python-telegram-bot 22.8", 0.03, 0.02, "HEAD", 0))
    assert told.endswith("\nno update was found that a handler takes, so nothing is compared\n")


def test_handlers_that_did_not_run_come_with_why_and_those_behind_others_are_counted_apart() -> None:
    side, missed = figures(outcome()), {"place": "bot.py:3", "ran": False}
    handlers = [
        {"name": "start", "place": "bot.py:1", "ran": True},
        missed | {"name": "never", "why": "`said` takes what it would"},
        missed | {"name": "late", "why": "the time was over"},
    ]
    found = Measurement(Entry("file", "bot.py"), handlers, [], side, side, [], [], None, [], True)
    told = text(found, Conditions("python-telegram-bot 22.8", 0.03, 0.02, "HEAD", 0)).splitlines()
    assert told[1].startswith("handlers that ran: 1 of 3 callbacks (1 stands behind others), by ")
    assert told[2:4] == [
        "    not: never bot.py:3: `said` takes what it would",
        "    not: late bot.py:3: the time was over",
    ]


def test_a_pause_is_the_same_however_a_program_makes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner in (counting.time, counting.asyncio, counting.asyncio.tasks):
        monkeypatch.setattr(owner, "sleep", counting.sleep if owner is counting.time else counting.asynchronous_sleep)
    monkeypatch.setattr(counting.counts, "project", str(Path(__file__).parent))

    async def pauses() -> None:
        token = counting.UPDATE.set(77)
        time.sleep(0.001)
        await asyncio.sleep(0.002)
        await asyncio.to_thread(time.sleep, 0.004)
        await asyncio.wait_for(asyncio.sleep(0.008), 1)
        counting.UPDATE.reset(token)

    asyncio.run(pauses())
    assert counting.counts.paused.pop(77) == pytest.approx(0.015)


def test_what_a_thread_does_at_its_own_pace_belongs_to_no_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting.time, "sleep", counting.sleep)
    counts = counting.Counts()
    counts.project = str(Path(__file__).parent)
    monkeypatch.setattr(counting, "counts", counts)
    begins, works, orders = threading.Event(), threading.Event(), queue.SimpleQueue[str]()

    def poll() -> None:
        time.sleep(0.001)
        begins.set()
        works.wait(5)
        counts.add("HTTP requests")

    def serve() -> None:
        counts.add(orders.get())

    threads = [threading.Thread(target=poll), threading.Thread(target=serve)]
    for thread in threads:
        thread.start()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(time.sleep, 0.001).result()
        assert begins.wait(5)
        counts.delivered = 7
        works.set()
        orders.put("file opens")
        pool.submit(counts.add, "processes").result()
        for thread in threads:
            thread.join()
    assert counts.by_update[0] == {"HTTP requests": 1}
    assert counts.by_update[7] == {"file opens": 1, "processes": 1}


def test_what_a_bot_keeps_of_somebody_is_told_where_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting.counts, "project", str(tmp_path))
    monkeypatch.setattr(settings, "logs", dict)
    delivery = PtbDelivery(Telegram(0.0), tmp_path / "log")
    data = {"user_data": {7: {"step": 1}, 8: {}}, "chat_data": {-1: {"votes": [2]}}, "bot_data": {}}
    delivery.application = SimpleNamespace(handlers={}, **data)
    assert delivery.kept() == {}  # nothing is compared yet
    delivery.is_compared = True
    assert delivery.kept() == {
        "chat_data -1": "{'votes': [2]}",
        "user_data 7": "{'step': 1}",
        "bot_data": "{}",
        "error handlers": "[]",
    }
    delivery.application.user_data[7]["step"] = 2
    assert delivery.kept() == {"user_data 7": "{'step': 2}"} and delivery.kept() == {}
    del delivery.application.chat_data[-1]
    assert delivery.kept() == {"chat_data -1": None}


HOLDS = """
import logging
import queue
import time

class Item:
    __slots__ = ("price",)

    def __init__(self):
        self.price = 1

class Shop:
    sold = 0

    def __init__(self):
        self.open, self.log = True, logging.getLogger()
        self.seen = {7: [time.monotonic(), 0.25]}

    def sell(self):
        Shop.sold += 1
        del self.open

    def close(self, number, frame):
        self.open = False

users, names, shop = {7: ["a", Item()], 8: [object()]}, {"b", "a"}, Shop()
"""


def test_a_library_that_was_left_half_by_an_installer_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "teabot-2.0.dist-info").mkdir()
    (tmp_path / "kettle-3.1.dist-info").mkdir()
    (tmp_path / "kettle-3.1.dist-info" / "METADATA").write_text("Name: kettle\nVersion: 3.1\n")
    command = [sys.executable, "-c", running._PROBE, "tea=teabot", "pot=teabot|kettle", "cup=cup"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    asked = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert json.loads(asked.stdout)[0] == {"tea": "", "pot": "3.1", "cup": ""}


def test_what_a_program_holds_in_memory_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "held_by_bot.py").write_text(HOLDS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(counting.counts, "project", str(tmp_path))
    module = importlib.import_module("held_by_bot")
    memory = Memory(dict, lambda: [module.shop.sell])
    try:
        first = memory.changed()
        assert first == {
            "held_by_bot.users": "{7: ['a', Item(price=1)], 8: [<object>]}",
            "held_by_bot.names": "{'a', 'b'}",
            "held_by_bot.shop": "<Shop>",
            "held_by_bot.shop.open": "True",
            "held_by_bot.shop.seen": "{7: [<clock>, 0.25]}",
            "held_by_bot.shop.log": "<object>",
            "held_by_bot.Shop.sold": "0",
            "Shop": "<Shop>",
        }
        module.shop.sell()
        assert memory.changed() == {"held_by_bot.Shop.sold": "1", "held_by_bot.shop.open": None}
        signal.signal(signal.SIGUSR1, lambda *_: None)  # none of the program's own
        assert memory.changed() == {}
        signal.signal(signal.SIGUSR1, module.shop.close)
        assert memory.changed() == {"signal SIGUSR1": "'Shop.close'"}
    finally:
        signal.signal(signal.SIGUSR1, signal.SIG_DFL)
        del sys.modules["held_by_bot"]


def test_a_variable_of_a_running_function_may_go_but_not_be_another() -> None:
    def sides(new: dict[str, str]) -> list[Outcome]:
        update = {"update": {"message": {"text": "a", "chat": {}}}}
        return [outcome(steps=[update | {"kept": kept}]) for kept in ({"main: number": "3"}, new)]

    assert list(differences(*sides({}))) == []
    assert [each.what for each in differences(*sides({"main: number": "4"}))] == ["what is kept in `main: number`"]


@pytest.mark.parametrize(
    ("kept", "differ"),
    [
        ([{"a": "1"}, {"a": "1"}], []),
        ([{"a": "1"}, {"a": "2"}], [1]),
        ([{"a": "1"}, {}], [1]),
        ([{}, {"a": "1"}], []),  # what a change brings
        ([{"a": "<object>"}, {}], []),  # and what of a library's it needs no more
        ([{"a": "None"}, {"a": "<object>"}], [1]),
        ([{"a": "at 12:00:01"}, {"a": "at 12:00:02"}], []),
    ],
)
def test_what_is_kept_in_memory_is_compared_by_its_name(kept: list[dict[str, str]], differ: list[int]) -> None:
    steps = [{"update": {"message": {"text": "a", "chat": {}}}, "kept": each} for each in kept]
    sides = [outcome(steps=[each, {**each, "kept": {}}]) for each in steps]
    assert [(each.step, each.what) for each in differences(*sides)] == [(n, "what is kept in `a`") for n in differ]


def test_what_a_bot_prints_is_compared_and_what_libraries_log_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(counting.counts, "project", str(Path(__file__).parent))
    monkeypatch.setattr(stream, "write", counting.noting(stream.write), raising=False)
    token = counting.LOGGED.set(None)
    try:
        print("said", file=stream)
        counting.LOGGED.set(False)
        stream.write("HTTP Request: GET …")
        counting.LOGGED.set(True)
        stream.write('failed\nTraceback (most recent call last):\n  File "x.py", line 1\n    f()\nValueError: 1\n')
    finally:
        counting.LOGGED.reset(token)
    assert "".join(counting.counts.printed.pop(0)) == "said\nfailed\n<traceback>\nValueError: 1\n"


# The order of updates


class Two(PtbExplorer):
    """A program of two commands, each of which sends a button."""

    def __init__(self) -> None:
        Explorer.__init__(self, SimpleNamespace(jobs={}, called=set(), steps=[]), 60)  # type: ignore[arg-type]
        self.said: list[str] = []
        self.wanted = ["a", "b"]

    async def begin(self) -> None:
        for name in self.wanted:
            await self.deliver(message(f"/{name}"), "direct")
            self.varied.append((name, iter([(message(f"/{name} {more}"), "argument") for more in (1, 2)])))

    async def finish(self) -> None:
        self.said.append("left")

    async def follow(self, most: int = 5) -> None: ...

    async def say(self, target: Any, update: Any, why: str) -> None:
        await self.deliver(update, why)

    async def takes(self, target: Any, update: Any) -> bool:
        return True

    async def deliver(self, update: Any, why: str, **how: Any) -> None:
        content = next(iter(update.values()))
        self.said.append(content.get("text") or content["data"])
        self.delivery.steps.append({"callbacks": [], "calls": [], "late": False})
        if why == "direct":
            self.menus.shown(update, why, {("press", self.said[-1]): pressed(f"{self.said[-1]} pressed")}, again=True)


def test_every_handler_is_tried_before_any_is_told_something_else() -> None:
    explorer = Two()
    asyncio.run(explorer.explore())
    first, buttons = ["/a", "/b"], ["/a pressed", *ANSWERS, "/b pressed", ANSWERS[0]]
    assert explorer.said == [*first, *buttons, "/a 1", "/b 1", "/a 2", "/b 2", "left"]


def test_tasks_that_go_on_whatever_is_waited_are_not_waited_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    async def waits() -> list[int]:
        delivery, waited = PtbDelivery(Telegram(0.0), tmp_path), []

        async def wait(tasks: Any, timeout: float) -> Any:
            waited.append(len(list(tasks)))
            return set(), set(tasks)

        monkeypatch.setattr(asyncio, "wait", wait)
        for _ in range(4):
            task = asyncio.get_running_loop().create_task(forever())
            await delivery._wait_for({task})
            task.cancel()
        return waited

    assert asyncio.run(waits()) == [1, 1]


def test_where_the_time_is_short_some_is_kept_for_what_did_not_run() -> None:
    explorer = Two()
    explorer._seconds = 1e6  # the share that is kept of it is longer than the time that is left
    asyncio.run(explorer.explore())
    assert explorer.said.index("left") < explorer.said.index("/a 1")


# Conversations


async def book(update: Any, context: Any) -> None:
    time.strptime(update, "%d.%m.%Y")


class Booking(PtbExplorer):
    """A conversation that waits until it is told a day as `book` reads it."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.until = time.monotonic() + 60

    async def waits(self, target: Any) -> bool:
        return "15.01.2030" not in self.said and len(self.said) < 20

    async def takes(self, target: Any, update: Any) -> bool:
        return True

    async def deliver(self, update: Any, why: str, **how: Any) -> None:
        self.said.append(update["message"]["text"])


@pytest.mark.parametrize(("callback", "said"), [(book, ["15.01.2030"]), (print, list(TEXTS[3:]))])
def test_a_conversation_that_an_answer_does_not_lead_on_is_given_others(callback: Any, said: list[str]) -> None:
    target, explorer = SimpleNamespace(nature="message", handler=SimpleNamespace(callback=callback)), Booking()
    asyncio.run(explorer.insist(target, message("a text"), "conversation"))
    assert explorer.said == said


def test_a_bot_does_not_outlive_a_measurement_that_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(subprocess.Popen[bytes]):
        def wait(self, timeout: float | None = None) -> int:
            if timeout is not None:
                started.append(self)
                raise KeyboardInterrupt
            return super().wait()

    started: list[subprocess.Popen[bytes]] = []
    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "bot.py").write_text("import time\ntime.sleep(60)\n")
    runner = running.Runner(tmp_path, running.Interpreter(sys.executable, {}, "", (3, 10)), None)
    with pytest.raises(KeyboardInterrupt):
        runner.run(tmp_path / "bot", running.Task(Entry("file", "bot.py"), {}))
    assert [each.poll() for each in started] == [-signal.SIGKILL]
