"""What a program is given that does not start by itself, and what takes the place of what is missing."""

from __future__ import annotations

import asyncio
import builtins
import collections
import gettext
import importlib
import io
import json
import locale
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Generic

import pytest
from command import git_environment

from tgfix.cli.measure import command
from tgfix.engine.measure import copies, environment, plausible
from tgfix.engine.measure.entries import Entry, entries, files_of, given
from tgfix.engine.measure.failed import Failed, Repair
from tgfix.engine.measure.installing import pip_line
from tgfix.engine.measure.measuring import _replayed
from tgfix.engine.measure.obstacles import obstacle
from tgfix.engine.measure.repairs import improved, repaired
from tgfix.engine.measure.running import Interpreter, Outcome, Runner, Task
from tgfix.engine.measure.starting import NotStarted, Wish, _directories, started
from tgfix.engine.measure.workspaces import on_the_path
from tgfix.engine.measure.world import (
    aio_sqlite,
    ending,
    hooks,
    network,
    outside,
    services,
    standins,
    terminal,
    variables,
)
from tgfix.engine.measure.world.known import CHANNEL, TOKEN, USER
from tgfix.engine.sources.git import UsageError

# Stand-ins


@pytest.fixture
def shop() -> Iterator[Any]:
    """A package that is not there, and aioshop, which is asynchronous."""
    encoded, build = json.JSONEncoder.default, builtins.__build_class__
    standins.install(["shop", "aioshop"])
    standins.asked.clear()
    yield importlib.import_module("shop")
    json.JSONEncoder.default = encoded  # type: ignore[method-assign]
    builtins.__build_class__ = build
    del sys.meta_path[0]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("shop", "aioshop")]:
        del sys.modules[name]


def test_a_stand_in_has_whatever_a_program_imports(shop: Any) -> None:
    inner = importlib.import_module("shop.goods.tea")
    assert inner.Leaf(1).brew(minutes=3) is not None
    assert standins.asked[0] == ["shop.goods.tea.Leaf(1)", "shop.goods.tea.Leaf.brew(minutes=3)"]
    assert shop.__version__ and not hasattr(shop, "__all__")


def test_what_a_stand_in_is_given_to_read_is_told_from_where_it_is_read(shop: Any) -> None:
    file = io.BytesIO(b"tea")
    shop.upload(file)
    file.seek(2)
    shop.upload(file=file)
    assert standins.asked[0] == ["shop.upload(BytesIO(3: b'tea'))", "shop.upload(file=BytesIO(1: b'a'))"]


def test_functions_and_classes_that_a_stand_in_decorates_stay_what_they_are(shop: Any) -> None:
    def handler() -> int:
        return 1

    assert shop.on("open")(handler) is handler and shop.retry(handler) is handler

    class Mine(shop.Base):  # type: ignore[misc,name-defined]
        def price(self) -> int:
            return self.factor if hasattr(self, "own") else 3

    assert Mine().price() is not None and Mine.price is not None
    assert standins.asked[0] == ["shop.on('open')"]

    @shop.router.get("/prices")  # type: ignore[misc]
    def page() -> int:
        return 2

    assert page() == 2 and shop.store.get("prices") is None


def test_what_holds_a_stand_in_can_be_written(shop: Any) -> None:
    class Mine(shop.Base):  # type: ignore[misc,name-defined]
        def __repr__(self) -> str:
            return self.name  # type: ignore[no-any-return]

    shop.sell(Mine())
    assert standins.asked[0][-1] == "shop.sell(<stand-in tests.Mine>)".replace("tests", __name__)
    assert json.loads(json.dumps({"a": shop.price})) == {"a": "<stand-in shop.price>"}
    with pytest.raises(TypeError, match="not JSON"):
        json.dumps(object())


def test_a_stand_in_is_unpacked_into_as_many_names_as_there_are(shop: Any) -> None:
    price, (tea, milk) = shop.prices()
    assert str(milk) == "<stand-in shop.prices()[1][1]>" and price is not tea
    assert [*shop.prices()] == []


def test_errors_of_a_stand_in_can_be_caught_and_raised(shop: Any) -> None:
    with pytest.raises(shop.SoldOutError):
        raise shop.SoldOutError("tea")


def test_an_empty_database_answers_nothing_at_once_or_awaited(shop: Any) -> None:
    asynchronous = importlib.import_module("aioshop")

    async def ask() -> list[Any]:
        async with asynchronous.connect("db") as connection:
            return [await connection.fetch("SELECT 1"), await connection.fetchrow("SELECT 2"), await connection.close()]

    rows, row, closed = asyncio.run(ask())
    assert rows == [] and row is None and closed is not None
    assert shop.connect().cursor().fetchone() is None and list(shop.rows()) == []
    assert "aioshop.connect().fetch('SELECT 1')" in standins.asked[0]


def test_a_statement_that_is_sure_of_a_row_has_one_by_number_and_by_name(shop: Any) -> None:
    cursor = shop.connect().cursor()
    cursor.execute("SELECT COUNT(*) AS n, COALESCE(SUM(price), 0) FROM teas")
    assert cursor.fetchone() == (0, 0) and cursor.fetchone()["n"] == 0
    cursor.execute("INSERT INTO teas (name, price) VALUES (%s, %s) RETURNING id")
    assert cursor.fetchone()[0] == 1
    cursor.execute("SELECT name FROM teas")
    assert cursor.fetchone() is None


# The terminal


def test_a_stand_in_gives_variables_of_types_and_awaits_what_its_name_says(shop: Any) -> None:
    class Shelf(Generic[shop._TeaType]):  # type: ignore[name-defined]
        pass

    async def ask() -> Any:
        return await shop.AsyncConnection.connect().fetchone()

    assert Shelf[int] and asyncio.run(ask()) is None


def test_a_class_of_a_stand_in_is_derived_from_with_whatever_it_is_given(shop: Any) -> None:
    class Shelf(shop.View, model=int):
        rows = 2

    assert Shelf.rows == 2 and Shelf.model is not None


def test_a_class_derives_from_a_stand_in_and_from_what_has_a_way_of_its_own_to_make_classes(shop: Any) -> None:
    class Table(type):
        pass

    class Row(metaclass=Table):
        pass

    class Sale(Row, shop.Record):  # type: ignore[misc, name-defined]
        pass

    class Sold(shop.Record, metaclass=Table):  # type: ignore[misc, name-defined]
        pass

    assert isinstance(Sale, Table) and isinstance(Sold, Table)
    assert "price" in repr(Sale().price)


def test_questions_on_the_terminal_are_answered_by_what_they_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_seen", type(terminal._seen)())
    monkeypatch.setattr(builtins, "print", lambda *_, **__: None)
    assert terminal.answer("Your phone number: ") == "+10000000000"
    assert [terminal.answer("Really delete 'some chat'? [y/N] ") for _ in range(3)] == ["y", "n", "y"]
    assert [terminal.answer("> ") for _ in range(5)] == ["1", "2", "3", "0", "q"]
    with pytest.raises(EOFError):
        for _ in range(100):
            terminal.answer("> ")


# Repairs


def repair(
    root: Path,
    crash: dict[str, str] | None = None,
    output: str = "",
    refused: dict[str, str] | None = None,
    lacks: Sequence[str] = (),
    **task: Any,
) -> Repair | None:
    outcome = Outcome({"crash": crash or {}, "refused": refused or {}}, output, [], {})
    given = Task(**{"entry": Entry("file", "bot.py"), "environment": {}, **task})
    return repaired(
        Failed(outcome, given, root, environment.wants(root), lambda names: [n for n in names if n in lacks])
    )


def written(root: Path, text: str, name: str = "bot.py") -> Path:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_text(text)
    return root


MISSING = {"kind": "ModuleNotFoundError", "name": "shop"}


def test_all_packages_that_are_missing_get_stand_ins_at_once_but_those_that_may_be(tmp_path: Path) -> None:
    text = "import shop.tea\nfrom goods import cups\nimport os\ntry:\n    import faster\nexcept ImportError:\n    faster = None\n"
    found = repair(written(tmp_path, text), MISSING, lacks=["shop", "goods", "faster"])
    assert found == Repair(stand_ins=["shop", "goods"])
    assert str(found) == "a stand-in for shop, a stand-in for goods"


def test_a_part_of_the_program_that_is_missing_gets_no_stand_in(tmp_path: Path) -> None:
    written(written(tmp_path, "from shop.prices import TEA\n"), "", "shop/__init__.py")
    assert repair(tmp_path, MISSING | {"name": "shop.prices"}) is None
    outcome = Outcome({"crash": MISSING | {"name": "shop.prices"}}, "", [], {})
    inside = Task(Entry("file", "shop/__main__.py"), {})
    assert repaired(Failed(outcome, inside, tmp_path, environment.wants(tmp_path), lambda _: [])) is None


def test_a_configuration_that_is_missing_is_written_by_the_names_that_are_asked_of_it(tmp_path: Path) -> None:
    written(tmp_path, "import config\nfrom config import ADMINS, Config\nprint(config.BOT_TOKEN, Config.API_ID)\n")
    found = repair(tmp_path, MISSING | {"name": "config"})
    assert found is not None
    values: dict[str, Any] = {}
    exec(found.files["config.py"], values)
    assert (values["ADMINS"], values["BOT_TOKEN"], values["Config"].API_ID) == ([USER], TOKEN, 12345)


def test_a_module_of_which_settings_are_imported_is_a_configuration_whatever_its_name(tmp_path: Path) -> None:
    written(tmp_path, "from details import api_id, api_hash\nimport shop\n")
    missing = {"kind": "ModuleNotFoundError", "name": "details"}
    made = "api_id = 12345\napi_hash = '0123456789abcdef0123456789abcdef'\n"
    assert repair(tmp_path, missing, lacks=["details", "shop"]) == Repair(files={"details.py": made})


@pytest.mark.parametrize("name", ["dotenv", "shopenv"], ids=["known", "asked for"])
def test_a_package_that_is_called_like_a_configuration_gets_a_stand_in(tmp_path: Path, name: str) -> None:
    written(tmp_path, f"import {name}\n")
    written(tmp_path, "shopenv>=2\n", "requirements.txt")
    found = repair(tmp_path, MISSING | {"name": name})
    assert found == Repair(stand_ins=[name])


@pytest.mark.parametrize(
    ("output", "arguments"),
    [
        ("bot.py: error: the following arguments are required: --channel", [f"--channel={CHANNEL}"]),
        ("usage: bot.py {watch,sync}\nerror: the following arguments are required: command", ["watch"]),
        ("Missing argument 'MODE:{past|live}'. Choose from: past, live", ["live"]),
        ("Error: Missing option '--token' / '-t'.", [f"--token={TOKEN}"]),
    ],
    ids=["option", "command", "choice", "click"],
)
def test_what_a_command_line_lacks_is_given(tmp_path: Path, output: str, arguments: list[str]) -> None:
    assert repair(tmp_path, output=output) == Repair(arguments=arguments)


def test_a_program_that_says_how_it_is_to_be_called_is_called_so(tmp_path: Path) -> None:
    output = "it runs on a server; here: python bot.py --polling\nor python bot.py --check"
    found = repair(tmp_path, {}, output=output)
    assert found is not None and found.arguments == ["--polling"]
    assert repair(tmp_path, {}, output=output, arguments=["--polling"]) is None


def test_an_argument_that_is_taken_by_its_number_is_given(tmp_path: Path) -> None:
    trace = 'File "bot.py", line 3\n    start(sys.argv[1], sys.argv[2])\nIndexError: list index out of range'
    crash = {"kind": "IndexError", "text": "list index out of range", "trace": trace}
    found = repair(tmp_path, crash)
    assert found is not None and len(found.arguments) == 2
    assert repair(tmp_path, crash, arguments=found.arguments) is None
    assert repair(tmp_path, crash | {"trace": "    teas[1]\nIndexError"}) is None


def test_a_folder_that_a_variable_names_is_one_of_the_copy(tmp_path: Path) -> None:
    given = {"SHOP_HOME": "/nowhere/shop"}
    outcome = Outcome({"crash": {"kind": "PermissionError"}, "outside": ["/nowhere/shop/data"]}, "", [], {})
    task = Task(Entry("file", "bot.py"), given)
    assert repaired(Failed(outcome, task, tmp_path, environment.wants(tmp_path), lambda _: [])) == Repair(
        moved={"/nowhere/shop": "nowhere/shop"}
    )


def test_a_service_that_is_not_there_has_a_stand_in_for_its_client(tmp_path: Path) -> None:
    written(tmp_path, "try:\n    import redis\nexcept ImportError:\n    redis = None\n")
    crash = {"kind": "ConnectionError", "text": "refused"}
    found = repair(tmp_path, crash, refused={"localhost:6379": "Redis"})
    assert found == Repair(stand_ins=["redis"])
    assert repair(tmp_path, crash, refused={"localhost:6379": "Redis"}, stand_ins=["redis"]) is None


def test_a_client_that_another_package_imports_is_found(tmp_path: Path) -> None:
    crash = {"kind": "ConnectionError", "text": "refused"}
    found = repair(tmp_path, crash, refused={"localhost:6379": "Redis"}, lacks=["aioredis"])
    assert found == Repair(stand_ins=["redis"])


def test_a_service_on_this_machine_that_is_asked_by_a_loop_is_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask() -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        monkeypatch.setattr(network, "_SERVICES", {port: "Redis"})
        monkeypatch.setattr(socket.socket, "connect", network.connect)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
        assert network.refused.pop(f"127.0.0.1:{port}") == "Redis"

    asyncio.run(ask())


def test_a_package_that_cannot_work_with_a_stand_in_gets_one_itself(tmp_path: Path) -> None:
    trace = "File \"/x/site-packages/tea_shop/url.py\", line 1\nTypeError: expected string, got 'StandIn'"
    crash = {"kind": "TypeError", "trace": trace}
    assert repair(tmp_path, crash) == Repair(stand_ins=["tea_shop"])
    assert repair(tmp_path, crash, stand_ins=["tea_shop"]) is None
    assert repair(tmp_path, crash | {"trace": trace.replace("StandIn", "int")}) is None


class _Ends:
    """In the place of a runner: each program ends after so many lines, with an error that names it."""

    interpreter = Interpreter("python", {}, "", (3, 11))

    def __init__(self, scratch: Path, lines: dict[str, int]) -> None:
        self.scratch, self._lines = scratch, lines

    def run(self, copy: Path, task: Task) -> Outcome:
        crash = {"kind": "IndentationError", "text": task.entry.name}
        lines = [[task.entry.name, False, list(range(self._lines[task.entry.name]))]]
        return Outcome({"crash": crash, "lines": lines}, "", [], {})


def test_of_several_programs_the_obstacle_of_the_one_that_came_furthest_is_told(tmp_path: Path) -> None:
    for name in ("bot.py", "main.py"):
        written(tmp_path, "application.run_polling()\n", name)
    with pytest.raises(NotStarted, match="main") as failed:
        started(_Ends(tmp_path, {"bot.py": 3, "main.py": 5}), tmp_path, Wish(), lambda _: None)  # type: ignore[arg-type]
    assert str(failed.value.entry) == "main.py"


class _Runs:
    """In the place of a runner: of two programs one has handlers."""

    interpreter = Interpreter("python", {}, "", (3, 11))

    def __init__(self, scratch: Path, handlers: dict[str, int]) -> None:
        self.scratch, self._handlers = scratch, handlers

    def run(self, copy: Path, task: Task) -> Outcome:
        number = self._handlers[task.entry.name]
        if number < 0:
            return Outcome({"crash": {"kind": "KeyError", "text": "", "key": "x y"}}, "", [], {})
        handlers = [{"name": "x", "place": "", "ran": True}] * number
        return Outcome({"started": True, "handlers": handlers}, "", [], {})


@pytest.mark.parametrize(("handlers", "chosen"), [({"a.py": 0, "b.py": 2}, "b.py"), ({"a.py": 0, "b.py": 0}, "a.py")])
def test_what_runs_without_handlers_is_left_for_what_has_some(
    tmp_path: Path, handlers: dict[str, int], chosen: str
) -> None:
    for name in handlers:
        written(tmp_path, "application.run_polling()\n", name)
    task, _ = started(_Runs(tmp_path, handlers), tmp_path, Wish(), lambda _: None)  # type: ignore[arg-type]
    assert task.entry.name == chosen


def test_a_script_that_runs_does_not_hide_why_the_bot_beside_it_does_not(tmp_path: Path) -> None:
    written(tmp_path, "client.run_until_disconnected()\n", "bot.py")
    written(tmp_path, "if __name__ == '__main__':\n    TelegramClient('x')\n", "make_session.py")
    runner: Any = _Runs(tmp_path, {"bot.py": -1, "make_session.py": 0})
    with pytest.raises(NotStarted) as failed:
        started(runner, tmp_path, Wish(), lambda _: None)
    assert failed.value.entry == Entry("file", "bot.py", "its source")


def test_a_variable_that_is_left_blank_and_not_needed_stays_blank(tmp_path: Path) -> None:
    written(tmp_path / "project", "import os\nTOKEN = os.environ['TOKEN']\nNAME = os.getenv('NAME', 'x')\n")
    written(tmp_path / "project", "TOKEN=\nNAME=\nREGION=\nSENTRY_DSN=https://key@sentry.io/1\n", ".env")
    copies.copy_of(tmp_path / "project", tmp_path / "copy", {})
    assert (tmp_path / "copy" / ".env").read_text() == f"TOKEN={TOKEN}\nNAME=\nREGION=value\nSENTRY_DSN=\n"
    assert "NAME" not in environment.variables(tmp_path / "copy", environment.wants(tmp_path / "copy"))


def test_a_repository_and_the_version_of_the_program_itself_are_made(tmp_path: Path) -> None:
    found = repair(tmp_path, {"kind": "InvalidGitRepositoryError", "trace": "InvalidGitRepositoryError: /x"})
    assert found is not None and ".git/HEAD" in found.files and str(found) == ".git"
    for name, text in found.files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    told = subprocess.run(["git", "describe"], cwd=tmp_path, capture_output=True, env=git_environment(), check=False)
    assert told.stdout == b"v1.0.0\n", told.stderr
    found = repair(tmp_path, {"kind": "PackageNotFoundError", "trace": "No package metadata was found for my-bot"})
    assert found is not None and "Name: my-bot" in found.files["my_bot-0.0.1.dist-info/METADATA"]


def test_a_number_that_a_variable_should_hold_is_put_into_it(tmp_path: Path) -> None:
    crash = {"kind": "ValueError", "trace": "invalid literal for int() with base 10: 'value'"}
    assert repair(tmp_path, crash, environment={"ROOM": "value"}) == Repair({"ROOM": "12345"})


@pytest.mark.parametrize(
    ("name", "text", "filled"),
    [
        ("config.ini", "[telegram]\napi_id = xxx\nphone = xxx\n", "[telegram]\napi_id = 12345\nphone = +10000000000\n"),
        ("config.json", '{"api_id": "xxx", "title": "xxxx"}', '{"api_id": "12345", "title": "xxxx"}'),
        ("settings.py", "API_ID = 'xxx'  # yours\n", "API_ID = '12345'  # yours\n"),
        ("config.yml", "telegram:\n  api_id: xxx\n", "telegram:\n  api_id: 12345\n"),
    ],
)
def test_a_placeholder_that_is_no_number_is_filled_in_where_it_stands(
    tmp_path: Path, name: str, text: str, filled: str
) -> None:
    wrong = {"kind": "ValueError", "trace": "invalid literal for int() with base 10: 'xxx'"}
    written(tmp_path, "", "bot.py")
    written(tmp_path, text, name)
    assert repair(tmp_path, wrong).files == {name: filled}


def test_a_file_of_settings_that_is_missing_gets_the_sections_that_are_asked_of_it(tmp_path: Path) -> None:
    text = "config.read('bot.ini')\nnumber = config['bot']['api_id']\nname = config.get('owner', 'username')\n"
    written(tmp_path, text)
    failed = {"kind": "KeyError", "key": "bot", "trace": "File \"/usr/lib/configparser.py\", line 979\nKeyError: 'bot'"}
    made = {"bot.ini": "[bot]\napi_id = 12345\n[owner]\nusername = ThisBot\n"}
    assert repair(tmp_path, failed).files == made
    assert repair(tmp_path, failed, files=made) != Repair(files=made)


def test_a_configuration_that_a_program_makes_at_its_first_start_is_there_at_the_next(tmp_path: Path) -> None:
    made = {"config.yml": b"token: ''\n", "bot.log": b"made", "~/config.yml": b"x: 1\n"}
    task = Task(Entry("file", "bot.py"), environment={})
    ended = Failed(Outcome({"exit": 1}, "", [], made), task, tmp_path, environment.wants(tmp_path), lambda names: [])
    assert repaired(ended) == Repair(files={"config.yml": "token: ''\n"})
    again = Failed(ended.outcome, repaired(ended).applied(task), tmp_path, ended.wanted, ended.lacks)
    assert repaired(again) is None


def test_what_is_left_blank_in_a_configuration_is_filled_in_after_what_the_environment_lacks(tmp_path: Path) -> None:
    wrong = {"kind": "ValueError", "trace": "invalid literal for int() with base 10: ''"}
    written(tmp_path, "import os\nLOGS = int(os.environ.get('LOGS', ''))\nTEAM = os.environ.get('TEAM')\n")
    written(tmp_path, "team: ''\n", "config.yml")
    written(tmp_path, "team: ''\n", ".github/build.yml")
    assert repair(tmp_path, wrong).variables
    given = {"TEAM": "1", "LOGS": "1"}
    assert repair(tmp_path, wrong, environment=given) == Repair(files={"config.yml": "team: 'value'\n"})


def test_a_database_that_a_library_in_c_asks_gets_a_stand_in_for_its_client(tmp_path: Path) -> None:
    written(tmp_path, "import psycopg_pool\n")
    said = 'connection to server at "127.0.0.1", port 5432 failed: Connection refused'
    assert repair(tmp_path, {"kind": "PoolTimeout"}, said) == Repair(stand_ins=["psycopg_pool"])


def test_variables_under_names_that_a_program_puts_together_are_noted_and_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variables, "missing", {})
    monkeypatch.setattr(os._Environ, "__getitem__", variables._get)
    variables.install(str(tmp_path))
    code = "for n in ('SHOP', 'HOME_OF'): os.getenv(f'{n}_TOKEN')\n'TEA_TOKEN' in os.environ"
    exec(compile(code, f"{tmp_path}/bot.py", "exec"), {"os": os})
    exec(compile("os.getenv('OTHER_TOKEN')", "library.py", "exec"), {"os": os})
    assert list(variables.missing) == ["SHOP_TOKEN", "HOME_OF_TOKEN", "TEA_TOKEN"]
    outcome = Outcome({"variables": list(variables.missing), "exit": 1}, "", [], {})
    task = Task(Entry("file", "bot.py"), environment={"TEA_TOKEN": "1"})
    failed = Failed(outcome, task, tmp_path, environment.wants(tmp_path), lambda names: [])
    assert repaired(failed) == Repair({"SHOP_TOKEN": TOKEN, "HOME_OF_TOKEN": TOKEN})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_USER", "user"),
        ("DB_PASSWORD", "password"),
        ("DATABASE_HOST", "localhost"),
        ("POSTGRES_DB", "measured"),
        ("DB_NAME", "measured"),
        ("DATABASE_URL", "sqlite:///measured.db"),
        ("DB_PORT", "5432"),
    ],
)
def test_the_parts_of_an_address_of_a_database_are_none_themselves(name: str, value: str) -> None:
    assert plausible.value(name) == value


def test_a_variable_that_leads_to_another_kind_of_server_is_told_so(tmp_path: Path) -> None:
    crash = {"kind": "ValueError", "trace": "SHOP_URL must start with amqp:// and name a queue."}
    found = repair(tmp_path, crash, environment={"SHOP_URL": "sqlite:///measured.db"})
    assert found == Repair({"SHOP_URL": plausible.SERVERS["Amqp"]})
    assert repair(tmp_path, crash, environment={"SHOP_URL": plausible.SERVERS["Amqp"]}) is None


def test_remarks_of_an_example_are_no_part_of_the_configuration(tmp_path: Path) -> None:
    written(tmp_path, '// fill this in\n{"shop": "https://example.com"}\n', "shop.json.example")
    assert environment.from_examples(tmp_path) == ["shop.json"]
    assert json.loads((tmp_path / "shop.json").read_text()) == {"shop": "https://example.com"}


def test_at_last_all_variables_without_a_value_get_one(tmp_path: Path) -> None:
    written(
        tmp_path,
        "import os\na = os.environ.get('OWNER_NAME', None)\nb = os.getenv('MODE', 'x')\nc = os.getenv('DYNO')\n"
        "d = os.getenv('87e4-a-key')\n",
    )
    crash = {"kind": "AttributeError", "trace": "'NoneType' object has no attribute 'split'"}
    found = repair(tmp_path, crash)
    assert found is not None and list(found.variables) == ["OWNER_NAME"]
    assert repair(tmp_path, crash, environment=dict(found.variables)) is None


def test_a_key_that_a_made_configuration_lacks_is_put_into_it(tmp_path: Path) -> None:
    crash = {"kind": "KeyError", "text": "'api_id'", "key": "api_id", "trace": "    number = data['api_id']"}
    files = {"login.json": '{"token": "x"}'}
    assert repair(tmp_path, crash, files=files) == Repair(files={"login.json": '{"token": "x", "api_id": "12345"}'})
    crash["trace"] = "    number = os.environ['api_id']"
    assert repair(tmp_path, crash, files=files) == Repair({"api_id": "12345"})


def test_a_package_with_a_main_module_is_started_as_one(tmp_path: Path) -> None:
    written(tmp_path, "from . import part\napplication.run_polling()\n", "shop/__main__.py")
    assert str(entries(tmp_path)[0]) == "-m shop"


def test_what_an_owner_is_to_write_into_the_source_is_written_into_the_copy(tmp_path: Path) -> None:
    written(tmp_path / "project", "API_ID = \nNAME = <your name>  \nHASH = 'x'\n", "config.py")
    written(tmp_path / "project", "if x\n", "broken.py")
    copies.copy_of(tmp_path / "project", tmp_path / "copy", {})
    values: dict[str, Any] = {}
    exec((tmp_path / "copy" / "config.py").read_text(), values)
    assert (values["API_ID"], values["NAME"], values["HASH"]) == (12345, "ThisBot", "x")
    assert (tmp_path / "copy" / "broken.py").read_text() == "if x\n"


def test_a_database_in_memory_serves_where_it_is_installed_and_says_what_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = "class {0}:\n    from_url = classmethod(lambda cls, url: cls())\n    def __init__(self, **named): self.named = named\n"
    fake = "".join(
        client.format(name) + "    def execute_command(self, *words): return words\n"
        for name in ("FakeRedis", "FakeAsyncRedis")
    )
    written(tmp_path, fake, "fakeredis.py")
    parts = ("redis", "redis.client", "redis.asyncio", "redis.asyncio.client")
    for name in ("__init__", "client", "asyncio/__init__", "asyncio/client"):
        written(tmp_path, "", f"redis/{name}.py")
    monkeypatch.syspath_prepend(tmp_path)
    standins.asked.clear()
    assert services.install(["redis", "no_such_client"]) == ["no_such_client"]
    redis = importlib.import_module("redis")
    pool = type("Pool", (), {"connection_class": dict})
    made = redis.Redis(connection_pool=pool(), port=1)
    assert made.named == {"port": 1} and made.execute_command("SET", "a") == ("SET", "a")
    assert standins.asked[0] == ["redis('SET', 'a')"]
    aside = importlib.import_module("redis.asyncio.client")  # where storages of libraries take it from
    assert aside.Redis(connection_pool=pool(), port=1).named == {"port": 1}
    for name in (*parts, "fakeredis"):
        del sys.modules[name]


SQLALCHEMY = """\
import sys, types

class MetaData: pass
class BigInteger: pass
class URL(str):
    query, get_backend_name = {}, lambda self: self.partition("+")[0].partition(":")[0]
    database = property(lambda self: self.rpartition("/")[2])
    create = classmethod(lambda cls, driver, database, query: cls(f"{driver}:///{database}"))
def create_engine(url, **named): return url, named
def listen(target, event, function, retval=False): listened.append((target, event, function))
def compiles(kind, dialect): return lambda function: function

listened = []
for name in ("engine", "engine.create", "engine.url", "event", "ext", "ext.compiler", "dialects", "dialects.postgresql"):
    module = sys.modules[f"sqlalchemy.{name}"] = types.ModuleType(f"sqlalchemy.{name}")
    module.__dict__.update(create_engine=create_engine, make_url=URL, listen=listen, compiles=compiles)
"""


def test_an_engine_leads_to_a_file_unless_it_does_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, SQLALCHEMY, "sqlalchemy.py")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "greenlet" else name)
    assert services.install(["sqlalchemy"]) == []
    sqlalchemy: Any = importlib.import_module("sqlalchemy")
    others = {"connect_args": {}, "poolclass": list}  # of a server, and of an engine that is not asynchronous
    made = sqlalchemy.create_engine("postgresql+asyncpg://a:b@db:5432/shop", _is_async=True, echo=True, **others)
    assert made == ("sqlite+aiosqlite:///measured.db", {"_is_async": True, "echo": True})
    assert sqlalchemy.create_engine("sqlite:///own.db", connect_args={"timeout": 1})[1] == {
        "connect_args": {"timeout": 1}
    }
    *_, (engine, event, executed), (own, connected, _) = sqlalchemy.listened
    assert (own[0], connected) == ("sqlite:///own.db", "first_connect")
    assert all(each is made for each, _, _ in sqlalchemy.listened[:-1])
    standins.asked.clear()
    cursor, context = sqlite3.connect(":memory:").cursor(), type("Context", (), {"compiled": None})
    assert executed(None, cursor, "SELECT ?", (1,), context, False) == ("SELECT ?", (1,))
    assert (engine, event, standins.asked[0]) == (made, "before_cursor_execute", ["sql('SELECT ?', [1])"])
    context.compiled = type("Compiled", (), {"statement": type("TextClause", (), {})()})  # type: ignore[attr-defined]
    for text in ("SELECT TOP 1 ISNULL(a)", "SELECT 1::int", "SELECT 1 FROM information_schema.tables"):
        assert executed(None, cursor, text, (), context, False) == ("SELECT NULL WHERE 0", ())
    assert executed(None, cursor, "SELECT a FROM nowhere", (), context, False)[0] == "SELECT a FROM nowhere"
    for name in [name for name in sys.modules if name.startswith("sqlalchemy")]:
        del sys.modules[name]


async def worked_with() -> list[Any]:
    module: Any = importlib.import_module("aiosqlite")
    opened = module.connect(":memory:")
    opened._thread.daemon = True  # as SQLAlchemy does it
    connection = await opened
    cursor = await connection.cursor()
    await cursor.execute("CREATE TABLE teas (name)")
    await cursor.executemany("INSERT INTO teas VALUES (?)", [("assam",), ("sencha",)])
    await connection.commit()
    await connection.create_function("shout", 1, str.upper)
    rows = await (await connection.execute("SELECT shout(name) FROM teas")).fetchall()
    with pytest.raises(module.OperationalError):
        await cursor.execute("SELECT * FROM coffees")
    found = [rows, cursor.lastrowid or 0, connection.isolation_level, connection._thread.is_alive()]
    await connection.close()
    connection._thread.join(5)
    return [*found, connection._thread.is_alive()]


def test_sqlite_is_waited_for_where_the_program_has_no_package_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiosqlite", None)
    aio_sqlite.install()
    assert asyncio.run(worked_with()) == [[("ASSAM",), ("SENCHA",)], 0, "", True, False]


def test_a_driver_that_is_missing_is_not_needed_where_tables_are_in_a_file(tmp_path: Path) -> None:
    written(tmp_path, "import sqlalchemy\n")
    found = repair(tmp_path, MISSING | {"name": "asyncpg"}, lacks=["asyncpg"])
    assert found is not None and set(found.stand_ins) == {"asyncpg", "sqlalchemy"}


def test_a_release_that_cannot_be_led_to_a_database_in_memory_gets_a_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services.importlib.metadata, "version", lambda name: "1.4.54")
    assert not services._is_recent("sqlalchemy") and services._is_recent("redis")
    monkeypatch.setattr(services.importlib.metadata, "version", lambda name: "2.1")
    assert services._is_recent("sqlalchemy")


def test_fields_of_settings_are_variables_with_their_prefix_alias_and_kind(tmp_path: Path) -> None:
    text = (
        "class ShopSettings(BaseSettings):\n"
        "    model_config = SettingsConfigDict(env_prefix='shop_')\n"
        "    owner: str = Field(description='who')\n"
        "    admins: list[int]\n"
        "    city: str = Field(alias='TOWN')\n"
        "    base: Optional[PostgresDsn]\n"
        "    colour: str = Field('red')\n"
        "    size: int = 3\n"
    )
    written(tmp_path, text)
    found = environment.variables(tmp_path, environment.wants(tmp_path))
    assert found.pop("SHOP_BASE").startswith("postgresql://")
    assert found.keys() == {"SHOP_OWNER", "SHOP_ADMINS", "TOWN"} and found["SHOP_ADMINS"] == f"[{USER}]"


def test_a_line_that_an_owner_is_to_remove_is_removed(tmp_path: Path) -> None:
    written(tmp_path / "project", "____REMOVE____THIS=True\nNAME=tea\n", "config.env")
    copies.copy_of(tmp_path / "project", tmp_path / "copy", {})
    assert (tmp_path / "copy" / "config.env").read_text() == "NAME=tea\n"


# Packages that fail, and paths of another machine


def trace(root: Path, *frames: str) -> dict[str, str]:
    lines = [f'File "{frame}", line 1' for frame in (f"{root}/bot.py", *frames)]
    return {"kind": "ValueError", "trace": "\n".join([*lines, "ValueError: the key is no key"])}


def test_a_package_that_fails_when_the_program_starts_has_a_stand_in_but_none_that_tells_of_its_settings(
    tmp_path: Path,
) -> None:
    shop = trace(tmp_path, "/x/site-packages/shop/keys.py", "/x/site-packages/cipher/pem.py")
    assert repair(tmp_path, shop) == Repair(stand_ins=["shop"])
    assert repair(tmp_path, shop, stand_ins=["shop"]) is None
    assert repair(tmp_path, trace(tmp_path, "/x/site-packages/pydantic/main.py")) is None
    assert repair(tmp_path, trace(tmp_path, "/x/lib/python3.11/json/decoder.py")) is None


@pytest.mark.parametrize("place", ["/x/site-packages/shop/__init__.py", "unknown location"])
def test_a_package_of_another_version_or_of_which_a_part_is_missing_has_a_stand_in(tmp_path: Path, place: str) -> None:
    crash = {"kind": "ImportError", "trace": f"cannot import name 'tea' from 'shop.goods' ({place})"}
    assert repair(tmp_path, crash) == Repair(stand_ins=["shop"])
    (tmp_path / "shop").mkdir()
    assert repair(tmp_path, crash) is None


def test_a_package_that_cannot_work_with_the_release_of_another_has_a_stand_in(tmp_path: Path) -> None:
    importing = 'File "/x/site-packages/scraper/__init__.py", line 3, in <module>'
    text = f"{importing}\ncannot import name 'tea' from 'shop.goods' (/x/site-packages/shop/goods.py)"
    assert repair(tmp_path, {"kind": "ImportError", "trace": text}) == Repair(stand_ins=["scraper"])
    own = f'{importing}\nFile "{tmp_path}/bot.py", line 1, in <module>\n{text.partition(chr(10))[2]}'
    assert repair(tmp_path, {"kind": "ImportError", "trace": own}) == Repair(stand_ins=["shop"])


def test_a_package_that_misses_something_in_another_is_told_to_be_of_another_release() -> None:
    trace = 'File "/p/bot.py", line 1, in <module>\nFile "/x/site-packages/envs/__init__.py", line 5, in <module>'
    crash = {"kind": "AttributeError", "text": "module 'marsh' has no attribute '__version__'", "trace": trace}
    assert obstacle(Outcome({"crash": crash}, "", [], {})).kind == "package"
    crash["trace"] = trace.partition("\n")[0]
    assert obstacle(Outcome({"crash": crash}, "", [], {})).kind == "error"
    loop = {"kind": "RuntimeError", "text": "no running event loop", "trace": trace}
    assert obstacle(Outcome({"crash": loop}, "", [], {})).kind == "package"
    said = obstacle(Outcome({}, "ValueError: the greenlet library is required to use this function. ", [], {}))
    assert said.mends.startswith("`pip install greenlet` there")


def test_packages_are_installed_as_the_project_asks_for_them(tmp_path: Path) -> None:
    assert pip_line(["yaml", "aiogram"], None) == "pip install pyyaml aiogram"
    written(tmp_path, "aiogram==3.4.1\nPyYAML\n", "requirements.txt")
    assert pip_line(["yaml", "aiogram"], tmp_path) == "pip install -r requirements.txt"
    assert pip_line(["redis", "aiogram"], tmp_path) == 'pip install redis "aiogram==3.4.1"'
    crash = {"kind": "ModuleNotFoundError", "name": "yaml"}
    found = obstacle(Outcome({"crash": crash}, "", [], {}), (), tmp_path)
    assert "`pip install -r requirements.txt`" in found.mends
    (tmp_path / "requirements.txt").write_text("aiogram==3.4.1\n", "utf-16")
    assert pip_line(["yaml", "aiogram"], tmp_path) == 'pip install pyyaml "aiogram==3.4.1"'


def test_a_program_is_what_an_installed_command_calls(tmp_path: Path) -> None:
    written(tmp_path, '[project]\nname = "shop"\n[project.scripts]\nshop = "shop.cli:main"\n', "pyproject.toml")
    written(tmp_path, "", "shop/__init__.py")
    written(tmp_path, "from telethon import TelegramClient\ndef main(): TelegramClient('a', 1, '')\n", "shop/cli.py")
    command = Entry("function", "shop.cli:main", "pyproject.toml")
    assert entries(tmp_path)[0] == command and str(command) == "shop.cli:main"
    assert given(tmp_path, "shop.cli:main") == Entry("function", "shop.cli:main", "given")
    assert given(tmp_path, "shop.none:main") is None
    written(tmp_path, "def main(): pass\nif __name__ == '__main__': main()\n", "shop/cli.py")
    assert str(entries(tmp_path)[0]) == "-m shop.cli"


def test_the_parts_of_a_workspace_are_on_the_path_and_have_commands(tmp_path: Path) -> None:
    written(tmp_path, '[tool.uv.workspace]\nmembers = ["apps/*", "libs/*"]\nexclude = ["libs/old"]\n', "pyproject.toml")
    written(tmp_path, '[project.scripts]\nshop = "shop.cli:main"\n', "apps/bot/pyproject.toml")
    written(tmp_path, "from shop.goods import bot\ndef main(): bot.run_polling()\n", "apps/bot/shop/cli.py")
    for name in ("libs/goods", "libs/old"):
        written(tmp_path, "", f"{name}/pyproject.toml")
        written(tmp_path, "bot = 1\n", f"{name}/src/shop/goods/__init__.py")
    (tmp_path / "libs/notes").mkdir()
    below = [path.relative_to(tmp_path).as_posix() for path in on_the_path(tmp_path)]
    assert below == ["apps/bot", "libs/goods/src", "libs/goods"]
    command = entries(tmp_path)[0]
    assert (str(command), command.directory) == ("shop.cli:main", "apps/bot")
    assert files_of(tmp_path, command) == ["apps/bot/shop/cli.py", "libs/goods/src/shop/goods/__init__.py"]


def test_a_folder_that_the_deployment_has_on_the_path_is_put_there(tmp_path: Path) -> None:
    for name in ("app/goods/tea.py", "tests/goods/tea.py", "other/goods/tea.py"):
        written(tmp_path, "", name)
    missing = {"kind": "ModuleNotFoundError", "name": "goods"}
    assert repair(tmp_path, missing, entry=Entry("file", "other/bot.py")) == Repair({"PYTHONPATH": "other"})
    assert repair(tmp_path, missing | {"name": "goods.tea"}) == Repair({"PYTHONPATH": "app"})
    both = Repair({"PYTHONPATH": os.pathsep.join(["app", "other"])})
    assert repair(tmp_path, missing, environment={"PYTHONPATH": "app"}) == both
    written(tmp_path, "goods\n", "requirements.txt")  # a package that only has the same name
    assert repair(tmp_path, missing, lacks=["goods"]) == Repair(stand_ins=["goods"])


def test_a_database_gets_the_folder_that_it_is_to_be_in(tmp_path: Path) -> None:
    crash = {"kind": "OperationalError", "trace": "sqlite3.OperationalError: unable to open database file"}
    outcome = Outcome({"crash": crash, "homeless": [f"{tmp_path}/data/shop.db"]}, "", [], {})
    task = Task(Entry("file", "bot.py"), {})
    assert repaired(Failed(outcome, task, tmp_path, environment.wants(tmp_path), lambda _: [])) == Repair(
        files={"data/": ""}
    )


@pytest.mark.parametrize(
    ("source", "missing", "moved"),
    [
        ("open('/nowhere/logs/bot.log', 'a')", "/nowhere/logs", {"/nowhere": "nowhere"}),
        ("open('/nowhere/prices.csv')", "/nowhere/prices.csv", {"/nowhere": "."}),
        ("NAME = '/etc/shop.ini'", "/etc/shop.ini", {"/etc/shop.ini": "etc/shop.ini"}),
    ],
    ids=["a folder", "the project itself", "a file beside others"],
)
def test_a_path_that_only_the_deployment_has_is_led_into_the_copy(
    tmp_path: Path, source: str, missing: str, moved: dict[str, str]
) -> None:
    project = written(tmp_path / "project", source)
    (project / "prices.csv").touch()
    assert repair(project, {"kind": "FileNotFoundError", "file": missing}) == Repair(moved=moved)
    assert repair(project, {"kind": "FileNotFoundError", "file": missing}, moved=moved) is None


def test_paths_that_are_led_into_the_copy_are_rewritten_where_they_stand_whole(tmp_path: Path) -> None:
    written(tmp_path, "a = '/data/x', '/data', 'my/data/x', 'https://x/data', '/database'\n")
    copies.lead(tmp_path, {"/data": "data"})
    inside = f"{tmp_path}/data"
    text = f"a = '{inside}/x', '{inside}', 'my/data/x', 'https://x/data', '/database'\n"
    assert (tmp_path / "bot.py").read_text() == text


def test_a_setting_of_several_values_is_what_its_commas_say(tmp_path: Path) -> None:
    written(tmp_path, "class Settings(BaseSettings):\n    ADMINS: list[int]\n    NAMES: list[str]\n")
    written(tmp_path, "ADMINS=1,2\nNAMES=tea, milk\n", "x.env")
    found = environment.variables(tmp_path, environment.wants(tmp_path))
    assert found["NAMES"] == '["tea", "milk"]' and json.loads(found["ADMINS"])


def test_programs_that_lead_to_a_bot_come_first_also_those_that_another_one_launches(tmp_path: Path) -> None:
    written(tmp_path, "python admin.py\npython run.py\n", "README.md")
    written(tmp_path, "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'shop.main'])\n", "run.py")
    written(tmp_path, "import flask\n", "admin.py")
    written(tmp_path, "from .core import begin\nbegin()\n", "shop/main.py")
    written(tmp_path, "def begin():\n    application.run_polling()\n", "shop/core.py")
    assert [str(entry) for entry in entries(tmp_path)] == ["-m shop.main", "shop/core.py", "admin.py", "run.py"]


def test_a_script_that_makes_a_session_comes_after_the_program_that_has_handlers(tmp_path: Path) -> None:
    written(tmp_path, "if __name__ == '__main__':\n    print(Client('a', 1, 'b').export())\n", "app.py")
    written(
        tmp_path, "app = Client('a', 1, 'b')\n@app.on_message()\ndef tea(c, m): pass\napp.run()\n", "session_bot.py"
    )
    written(tmp_path, "app = Client('a', 1, 'b')\n@app.on_message()\ndef tea(c, m): pass\napp.run()\n", "shop.py")
    assert [str(entry) for entry in entries(tmp_path)] == ["shop.py", "session_bot.py", "app.py"]


def test_a_library_that_is_kept_in_the_project_is_no_program(tmp_path: Path) -> None:
    for name, text in (
        ("__init__.py", ""),
        ("version.py", ""),
        ("client/updates.py", "def run_until_disconnected(): pass"),
    ):
        written(tmp_path, text, f"lib/telethon/{name}")
    assert entries(tmp_path) == []
    (tmp_path / "lib/telethon/version.py").unlink()
    assert [str(entry) for entry in entries(tmp_path)] == ["lib/telethon/client/updates.py"]


def test_of_several_bots_the_one_comes_first_that_leads_to_most_places(tmp_path: Path) -> None:
    for name in ("black", "green"):
        written(tmp_path, f"from {name} import handlers\nhandlers.application.run_polling()\n", f"{name}_bot.py")
        written(tmp_path, "import importlib\nimportlib.import_module('goods')\n", f"{name}/handlers.py")
    written(tmp_path, "", "green/goods.py")
    assert str(entries(tmp_path)[0]) == "black_bot.py"
    assert str(entries(tmp_path, ["green/goods.py"])[0]) == "green_bot.py"
    assert str(entries(tmp_path, ["green/goods.py", "black/handlers.py", "black/handlers.py"])[0]) == "black_bot.py"


def test_a_program_leads_to_what_is_in_a_folder_that_it_names_and_loads(tmp_path: Path) -> None:
    for name, folder in (("black", "black.plugins"), ("green", "green/plugins")):
        written(tmp_path, f"client = Client(plugins=dict(root='{folder}'))\nclient.run()\nidle()\n", f"{name}.py")
    written(tmp_path, "", "green/plugins/goods.py")
    assert str(entries(tmp_path, ["green/plugins/goods.py"])[0]) == "green.py"


def test_a_file_that_imports_by_dots_is_run_as_a_module_where_its_package_is(tmp_path: Path) -> None:
    written(tmp_path, "from .core import application\napplication.run_polling()\n", "services/tea-bot/app/main.py")
    [found] = entries(tmp_path)
    assert (str(found), found.directory) == ("-m app.main", "services/tea-bot")
    written(tmp_path, "from ..core import application\napplication.run_polling()\n", "main.py")
    assert [str(entry) for entry in entries(tmp_path)] == ["main.py", "-m app.main"]  # there is nothing above it


def test_an_application_that_a_server_runs_is_served(tmp_path: Path) -> None:
    written(tmp_path, "Run it: `uvicorn --reload shop.api:app --host 0.0.0.0`\n", "README.md")
    written(tmp_path, "from .core import app\n", "shop/api.py")
    written(tmp_path, "async def told(update):\n    await application.process_update(update)\n", "shop/core.py")
    written(
        tmp_path,
        "web: FastAPI = FastAPI()\nasync def told(update):\n    await bot.update_queue.put(update)\n",
        "hook.py",
    )
    found = [str(entry) for entry in entries(tmp_path)]
    assert found == ["-m uvicorn shop.api:app", "-m uvicorn hook:web", "hook.py", "shop/core.py"]
    assert [str(given(tmp_path, name)) for name in ("uvicorn hook:web", "uvicorn sold:web")] == [found[1], "None"]


def test_a_file_whose_name_is_drawn_is_made_once(tmp_path: Path) -> None:
    written(tmp_path, "")
    crash, names = {"kind": "FileNotFoundError"}, [f"ab12cd34-000{number}.mp3" for number in (1, 2)]
    first = repair(tmp_path, crash | {"file": names[0]})
    assert first == Repair(files={names[0]: ""})
    assert repair(tmp_path, crash | {"file": names[1]}, files=first.files) is None
    assert repair(tmp_path, crash | {"file": "b.mp3"}, files={"a.mp3": ""}) == Repair(files={"b.mp3": ""})


def test_a_language_that_the_machine_lacks_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locale, "setlocale", terminal._localized)
    before = locale.setlocale(locale.LC_TIME)
    assert locale.setlocale(locale.LC_TIME, "xx_XX") == "C.UTF-8"
    locale.setlocale(locale.LC_TIME, before)


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        ("ModuleNotFoundError: No module named 'shop'", Repair(stand_ins=["shop"])),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'prices.json'", Repair(files={"prices.json": "{}"})),
        ("OperationalError: no such table: teas", Repair(stand_ins=["sqlalchemy"])),
        ("ValueError: could not convert string to float: 'value'", Repair({"BUDGETS": "12345"})),
        ("ValueError: could not convert string to float: 'a text'", None),
        ("KeyError: 'TEA_PRICE'", None),
    ],
)
def test_what_handlers_fail_for_want_of_is_given_to_a_program_that_has_started(
    tmp_path: Path, error: str, wanted: Repair | None
) -> None:
    written(tmp_path, "import sqlalchemy\n")
    outcome = Outcome({"started": True, "steps": [{"errors": [error]}, {"errors": []}]}, "", [], {})
    task = Task(Entry("file", "bot.py"), {"BUDGETS": "value"})
    failed = Failed(
        outcome, task, tmp_path, environment.wants(tmp_path), lambda names: [n for n in names if n == "shop"]
    )
    assert improved(failed) == wanted


def test_what_fails_with_stand_ins_is_told_with_the_packages_that_are_missing() -> None:
    outcome = Outcome({"crash": {"kind": "ValueError", "text": "no router", "trace": ""}}, "", [], {})
    assert obstacle(outcome).kind == "error"
    assert str(obstacle(outcome, ["aiogram_dialog", "yaml"])) == (
        "the program ends with ValueError: no router; stand-ins took the place of packages that are missing; "
        "`pip install aiogram_dialog pyyaml` there, or name another by --python"
    )


def test_a_field_of_settings_for_a_webhook_is_blank_so_that_the_bot_polls(tmp_path: Path) -> None:
    crash = {"kind": "ValidationError", "trace": "1 validation error\nwebhook_host\n  Field required"}
    assert repair(tmp_path, crash) == Repair({"WEBHOOK_HOST": ""})
    crash["trace"] = "1 validation error\nhost\n  Field required"
    assert repair(tmp_path, crash) == Repair({"HOST": "localhost"})
    written(tmp_path, "class Settings(BaseSettings):\n    webhook_most: int\n")
    crash["trace"] = "1 validation error\nwebhook_most\n  Input should be a valid integer"
    assert repair(tmp_path, crash) == Repair({"WEBHOOK_MOST": "12345"})


def test_a_variable_that_is_there_is_written_for_a_program_that_reads_its_file_itself(tmp_path: Path) -> None:
    written(tmp_path, "TOWN=x\n", ".env")
    crash = {"kind": "KeyError", "key": "ADMIN_ID", "text": "'ADMIN_ID'", "trace": "config['ADMIN_ID']"}
    given = {"ADMIN_ID": "1", "TOWN": "y"}
    assert repair(tmp_path, crash, environment=given) == Repair(files={".env": "TOWN=x\nADMIN_ID=1\n"})
    written(tmp_path, "TOWN=x\nADMIN_ID=1\n", ".env")
    assert repair(tmp_path, crash, environment=given) is None


def test_a_database_without_a_folder_is_noted_by_its_one_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(outside, "listen", lambda hook, *_: told.append(hook))
    monkeypatch.setattr(outside, "homeless", {})
    outside.install([str(tmp_path)], "")
    told[0]("sqlite3.connect", (f"/{tmp_path}/data/shop.db",))
    told[0]("sqlite3.connect", (f"{tmp_path}/shop.db",))
    assert list(outside.homeless) == [f"{tmp_path}/data/shop.db"]


def test_the_packages_that_a_program_runs_with_stay_also_where_they_lie_among_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(outside, "listen", lambda hook, *_: told.append(hook))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setattr(outside, "refused", {})
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    outside.install([str(tmp_path / "copy")], str(tmp_path / "bot"))
    told[0]("os.remove", (f"{tmp_path}/other.txt",))
    with pytest.raises(PermissionError):
        told[0]("os.rename", (f"{tmp_path}/venv/lib/shop.py", f"{tmp_path}/copy/shop.py"))


def test_whoever_listens_to_an_event_is_told_of_it_and_of_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[Any] = []
    monkeypatch.setattr(sys, "addaudithook", added.append)
    monkeypatch.setattr(hooks, "_listening", collections.defaultdict(list))
    told: list[str] = []
    hooks.listen(lambda event, _: told.append(f"first {event}"), "open", "os.kill")
    hooks.listen(lambda event, _: told.append(f"second {event}"), "open")
    assert len(added) == 1
    for event in ("open", "os.kill", "object.__getattr__"):
        added[0](event, ())
    assert told == ["first open", "second open", "first os.kill"]


def test_translations_are_compiled_as_a_deployment_does_it(tmp_path: Path) -> None:
    catalogue = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "tea"\nmsgstr "té"\n\n#, fuzzy\nmsgid "cup"\nmsgstr "copa"\n\n'
        'msgid "{n} cup"\nmsgid_plural "{n} cups"\nmsgstr[0] "{n} taza"\nmsgstr[1] "{n} "\n"tazas"\n'
    )
    written(tmp_path / "project", catalogue, "locales/es/LC_MESSAGES/bot.po")
    copies.copy_of(tmp_path / "project", tmp_path / "copy", {})
    told = gettext.translation("bot", tmp_path / "copy/locales", ["es"])
    assert (told.gettext("tea"), told.gettext("cup")) == ("té", "cup")
    assert told.ngettext("{n} cup", "{n} cups", 3) == "{n} tazas"


def test_a_program_is_started_also_where_its_deployment_is_described(tmp_path: Path) -> None:
    written(tmp_path, "", "shop/requirements.txt")
    assert _directories(tmp_path, Entry("file", "shop/src/bot.py")) == [".", "shop", "shop/src"]
    assert _directories(tmp_path, Entry("file", "bot.py")) == ["."]


def test_a_program_is_started_first_where_what_it_imports_is_found(tmp_path: Path) -> None:
    written(tmp_path, "", "shop/requirements.txt")
    written(tmp_path, "from src.teas import price", "shop/src/bot.py")
    assert _directories(tmp_path, Entry("file", "shop/src/bot.py")) == ["shop", ".", "shop/src"]


def test_a_module_that_is_compiled_for_another_python_is_told() -> None:
    crash = {"kind": "ModuleNotFoundError", "name": "shop.core", "text": "x", "trace": "", "compiled": "3.9"}
    found = obstacle(Outcome({"crash": crash}, "", [], {}))
    assert (found.kind, found.message) == (
        "python",
        "the program imports `shop.core`, which is compiled for Python 3.9",
    )


def test_a_program_that_this_one_starts_and_that_is_missing_does_nothing_and_says_what_it_was_asked(
    tmp_path: Path,
) -> None:
    crash = {"kind": "FileNotFoundError", "file": "teamaker", "trace": "in _execute_child"}
    found = repair(tmp_path, crash)
    assert found is not None and found.files[".commands/teamaker"].startswith("#!/bin/sh")
    made = written(tmp_path, found.files[".commands/teamaker"], "teamaker") / "teamaker"
    made.chmod(0o755)
    subprocess.run([made, "-q", "3 cups"], env={"HOME": str(tmp_path)}, check=True)
    assert (tmp_path / "commands").read_text() == "teamaker -q 3 cups\n"
    assert repair(tmp_path, crash, files=found.files) is None


def test_of_several_commands_one_is_given_that_does_not_only_prepare(tmp_path: Path) -> None:
    boxed = "Usage: shop [OPTIONS]\n╭─ Commands ───╮\n│ auth   Signs in. │\n│ sell   Sells tea. │\n╰──╯\n"
    plain = "usage: shop [-h]\n\npositional arguments:\n  {init,sell}\n    init   prepares\n    sell   sells\n"
    for output in (boxed, plain):
        found = repair(tmp_path, {}, output=output)
        assert found is not None and found.arguments == ["sell"]


def test_what_is_blank_in_a_module_of_settings_and_missed_is_filled_in(tmp_path: Path) -> None:
    written(tmp_path, 'BOT_TOKEN = ""  # yours\nOWNER_ID = 0\nTELEGRAM_HASH = ""\nDATABASE_URL = ""\n', "config.py")
    crash = {"kind": "ValueError", "text": "BOT_TOKEN is missing", "trace": "ValueError: BOT_TOKEN is missing"}
    found = repair(tmp_path, crash)
    assert found is not None
    lines = found.files["config.py"].splitlines()
    assert lines[0] == f"BOT_TOKEN = {TOKEN!r}  # yours" and lines[1] == f"OWNER_ID = {USER}"
    assert "0123" in lines[2] and lines[3] == 'DATABASE_URL = ""'


def test_a_file_that_a_program_misses_itself_holds_what_its_example_does(tmp_path: Path) -> None:
    written(tmp_path, '{"tea": 3}', "prices.json")
    written(tmp_path, "", "data/x.txt")
    missing = f"{tmp_path}/data/prices.json"
    found = repair(tmp_path, {"kind": "FileNotFoundError", "text": f"File '{missing}' is not there", "trace": ""})
    assert found is not None and found.files == {"data/prices.json": '{"tea": 3}'}


def test_what_another_release_of_a_package_takes_otherwise_is_told() -> None:
    text = "Defaults.__init__() got an unexpected keyword argument 'quote'"
    found = obstacle(Outcome({"crash": {"kind": "TypeError", "text": text, "trace": ""}}, "", [], {}))
    assert found.kind == "package" and "--python" in found.mends and text in found.message


def test_a_run_that_was_ended_before_all_updates_were_handled_shows_nothing(tmp_path: Path) -> None:
    class Slow(Runner):
        def run(self, copy: Path, task: Task) -> Outcome:
            return Outcome({"started": True, "overdue": "bot.py, line 3"}, "", [], {})

    interpreter = Interpreter(sys.executable, {}, "", (3, 11))
    with pytest.raises(NotStarted, match="before all updates were handled; allow more by `limit`"):
        _replayed(Slow(tmp_path, interpreter, None), tmp_path, Task(Entry("file", "bot.py"), {}), "before")


def test_a_release_without_a_method_that_ends_the_program_has_nothing_to_hold_back() -> None:
    class Application:
        def stop(self) -> int:
            return 1

    ending.hold_back(Application, "stop_running")
    assert not hasattr(Application, "stop_running") and Application().stop() == 1


def test_a_python_that_is_too_old_for_a_measurement_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = Interpreter("/opt/python", {"aiogram": "3.1"}, "", (3, 9))
    monkeypatch.setattr(command, "interpreter_of", lambda root, named: old)
    with pytest.raises(UsageError, match=r"Python 3\.9, and bots are measured in 3\.10 or newer"):
        command.interpreter_for(tmp_path, None)


def test_names_that_settings_do_not_know_are_left_out_of_their_file(tmp_path: Path) -> None:
    written(tmp_path, "BOT_TOKEN=1:a\nSHELF=2\n", ".env")
    said = "1 validation error for Settings\nshelf\n  Extra inputs are not permitted [type=extra_forbidden]"
    found = repair(tmp_path, {"kind": "ValidationError", "trace": said})
    assert found is not None and found.files == {".env": "BOT_TOKEN=1:a\n"}
    written(tmp_path, "BOT_TOKEN=1:a\n", ".env")
    assert repair(tmp_path, {"kind": "ValidationError", "trace": said}) is None


def test_what_a_program_would_install_by_itself_has_a_stand_in(tmp_path: Path) -> None:
    written(tmp_path, "try:\n    import shop, yaml, tea\nexcept ImportError:\n    pass\n")
    report = {"not_run": ["/usr/bin/python -m pip install shop PyYAML"]}
    task = Task(entry=Entry("file", "bot.py"), environment={})
    given = Failed(Outcome(report, "", [], {}), task, tmp_path, environment.wants(tmp_path), lambda names: names)
    assert repaired(given) == Repair(stand_ins=["shop", "yaml"])


def test_a_variable_that_another_part_of_the_program_sets_has_that_value(tmp_path: Path) -> None:
    written(tmp_path, 'import os\nos.environ.setdefault("SHOP_SETTINGS_MODULE", "shop.settings")\n')
    said = {"kind": "ImproperlyConfigured", "trace": "define the environment variable SHOP_SETTINGS_MODULE"}
    assert repair(tmp_path, said) == Repair({"SHOP_SETTINGS_MODULE": "shop.settings"})


@pytest.mark.parametrize(("name", "value"), [("RUN_BOT", "true"), ("POLLING_ENABLED", "true"), ("USE_WEBHOOK", "0")])
def test_what_switches_a_bot_on_is_on(name: str, value: str) -> None:
    assert plausible.value(name) == value


def test_what_whoever_measures_has_on_the_path_is_no_package_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "", "teashop.py")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert Interpreter(sys.executable, {}, "", (3, 12)).lacks(["teashop", "json"]) == ["teashop"]
