"""TGF502 on coroutines that open, use and close a database of sqlite3 themselves: before and after, and what stays."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.engine import harness

_HEAD = "import sqlite3\n\nseen = []\nlast = 0\n\n\nasync def handle(event):\n"
#: What a coroutine does with a database → what it answers.
WORKING = {
    "a row": (
        "connection = sqlite3.connect(PATH)\ncursor = connection.cursor()\ncursor.execute('INSERT INTO t VALUES (?)', (event.user,))\n"
        "(count,) = cursor.execute('SELECT count(*) FROM t').fetchone()\nconnection.commit()\nconnection.close()\nawait event.reply(count)"
    ),
    "a text of several lines": (
        'connection = sqlite3.connect(PATH)\nconnection.execute(\n    """INSERT\n  INTO t VALUES (?)""", (event.user,))\n'
        'connection.commit()\ntext = """a\n  b"""\nconnection.close()\nawait event.reply(text)'
    ),
    "a block": (
        "name = 'x'\nwith sqlite3.connect(PATH) as connection:\n    connection.execute('INSERT INTO t VALUES (?)', (event.user,))\n"
        "    rows = connection.execute('SELECT user FROM t').fetchall()\nawait event.reply([name, rows])"
    ),
    "an error that is handled around": (
        "try:\n    connection = sqlite3.connect(PATH)\n    connection.execute('INSERT INTO none VALUES (1)')\n    connection.close()\n"
        "except sqlite3.OperationalError as error:\n    await event.reply(str(error))"
    ),
    "a clean-up": (
        "connection = sqlite3.connect(PATH)\ntry:\n    connection.execute('INSERT INTO t VALUES (?)', (event.user,))\n"
        "    connection.commit()\nfinally:\n    connection.close()\nawait event.reply('done')"
    ),
    "a loop over rows": (
        "connection = sqlite3.connect(PATH)\ntotal = 0\nfor (user,) in connection.execute('INSERT INTO t VALUES (5) RETURNING user'):\n"
        "    total += user\nconnection.commit()\nconnection.close()\nawait event.reply(total)"
    ),
}
#: What may not be a function of its own, or not with all it sets.
STAYING = [
    "await event.reply('a')",
    "return",
    "global last\nlast = 1",
    "rows = rows + [1]",
    "found += 1",
    "if event.user:\n    found = 1",
    "for found in ():\n    pass",
    "with contextlib.suppress(Exception):\n    found = 1",
    "del found",
    "rows = locals()",
    "match event.user:\n    case found:\n        pass",
    "import os",
    "kept = cursor = connection.cursor()",
]


def rewritten(text: str) -> str | None:
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": text}), unsafe=True)
    assert not plan.problems
    return plan.files[0].after.decode() if plan.chosen else None


def program(body: str) -> str:
    return _HEAD + "".join(f"    {line}\n" for line in body.splitlines())


def answers(text: str, path: Path) -> tuple[list[object], list[tuple[int]]]:
    """What the coroutine answers, and what the database holds then."""
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (user INTEGER)")
    sent: list[object] = []

    async def reply(answer: object) -> None:
        sent.append(answer)

    space: dict[str, object] = {"PATH": str(path)}
    exec(compile(text, "bot.py", "exec"), space)
    asyncio.run(space["handle"](SimpleNamespace(user=7, reply=reply)))  # type: ignore[operator]
    with sqlite3.connect(path) as connection:
        return sent, connection.execute("SELECT user FROM t").fetchall()


@pytest.mark.parametrize("body", WORKING.values(), ids=WORKING)
def test_lines_that_use_a_database_do_the_same_in_a_thread(body: str, tmp_path: Path) -> None:
    before = program(body)
    after = rewritten(before)
    assert after is not None and "await asyncio.to_thread(work_on_database)" in after
    assert answers(after, tmp_path / "t.db") == answers(before, tmp_path / "t.db") != ([], [])


def test_a_function_reads_no_exception_that_is_handled_around_it() -> None:
    body = (
        "try:\n    await event.reply(1)\nexcept OSError as error:\n    with sqlite3.connect(PATH) as connection:\n"
        "        connection.execute('INSERT INTO t VALUES (?)', (error.errno,))"
    )
    assert rewritten(program(body)) is None
    assert rewritten(program(body.replace("error.errno", "event.user"))) is not None


@pytest.mark.parametrize("line", STAYING)
def test_lines_that_are_no_function_of_their_own_stay(line: str) -> None:
    body = (
        "rows = []\nfound = 0\nconnection = sqlite3.connect(PATH)\nconnection.execute('INSERT INTO t VALUES (1)')\n"
        f"{line}\nconnection.commit()\nconnection.close()\nawait event.reply([found, rows, 'kept' in dir() and kept])"
    )
    assert rewritten(program(body)) is None
    assert rewritten(program(body.replace(line, "found = 2"))) is not None


@pytest.mark.parametrize(
    ("pragma", "sentence"),
    [
        ("", "about 25 ms; for a lock it waits up to 5 seconds"),
        ("PRAGMA synchronous=NORMAL", "as long as the connection is told to"),
    ],
)
def test_the_gain_knows_no_defaults_where_the_project_sets_them(pragma: str, sentence: str) -> None:
    opened = f"    connection = sqlite3.connect('a.db')\n    connection.execute('{pragma or 'SELECT 1'}')\n"
    wrote = "    connection.execute('INSERT INTO t VALUES (1)')\n    connection.commit()\n    connection.close()\n"
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": _HEAD + opened + wrote}), unsafe=True)
    (change,) = [finding.change for finding in plan.chosen if finding.change]
    assert sentence in change.why


def test_the_first_of_the_lines_that_cannot_move_is_named_in_every_run() -> None:
    steps = "".join(f"    connection.execute('SELECT {n}')\n    await event.reply({n})\n" for n in range(30))
    body = f"    connection = sqlite3.connect('a.db')\n{steps}    connection.close()\n"
    for _ in range(3):
        plan = harness.run([BlockingCall()], harness.plain({"bot.py": _HEAD + body}), unsafe=True)
        reasons = {finding.reason for finding in plan.left if "they wait" in (finding.reason or "")}
        assert len(reasons) == 1 and "in line 10 they wait" in reasons.pop()
