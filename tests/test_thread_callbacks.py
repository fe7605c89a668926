"""Code of the bot that a library runs for it, inside a function that moves to a thread or behind a wait: keys of `sorted`, factories of
rows, converters of a database.
"""

from __future__ import annotations

import ast

import pytest
from analysis import calls, module, named

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.engine import harness
from tgfix.engine.analysis.resolver import Resolver
from tgfix.engine.model import Assumption
from tgfix.engine.proofs import thread

BOT = """\
import functools, itertools, json, os, re, sqlite3, time
import psycopg2, psycopg2.extras, pymysql, pymysql.cursors
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
seen = []


def note(*given):
    seen.append(given)
    return given


def rows(user):
    seen.append(user)
    yield (user,)


def as_dict(cursor, row):
    found = {{}}
    for number, column in enumerate(cursor.description):
        found[column[0]] = row[number]
    return found


class Counted(sqlite3.Connection):
    def commit(self):
        seen.append(1)


class Bag:
    def note(self, *given):
        seen.append(given)


bag = Bag()
{before}


def work(user{more}):
    {body}


@client.on(events.NewMessage)
async def on(event):
    seen.append(0)
    time.sleep(2)
    work(event.sender_id{given})


client.run_until_disconnected()
"""
WRITES = 'c.execute("INSERT INTO t VALUES (1)"); c.commit(); c.close()'


def bot(body: str, before: str = "", more: str = "", given: str = "") -> str:
    return BOT.format(body=body, before=before, more=more, given=given)


def open_for_a_thread(text: str) -> str:
    """What is open where `work` of a bot runs in a thread."""
    where = module(text)
    call = calls(where, "work")[0]
    meant = where.project.fact(Resolver).definition(where, call.func)
    assert meant is not None and isinstance(meant[1], ast.FunctionDef)
    verdict = thread.function(where, call, *meant)
    return verdict.sentence if isinstance(verdict, Assumption) else ""


CALLBACKS = [
    ("list(map(str.lower, 'ab'))", "", "", True),
    ("sorted([1], key=lambda one: -one)", "", "", True),
    ("sorted([1], key=note)", "", "", False),
    ("key = note; sorted([1], key=key)", "", "", False),
    ("for key in (note,): sorted([1], key=key)", "", "", False),
    ("key, _ = note, 1; list(map(key, 'a'))", "", "", False),
    ("sorted([1], key=key)", ", key", ", note", False),
    ("list(map(functools.partial(key), 'a'))", ", key", ", note", False),
    ("[2, 1].sort(key=key)", ", key", ", note", False),
    ("re.sub('a', note, 'a')", "", "", False),
    ("json.dumps([], default=note)", "", "", False),
    ("list(iter(seen.pop, 1))", "", "", False),
    ("list(map(seen.append, 'a'))", "", "", False),
    ("key = bag.note; list(map(key, 'a'))", "", "", False),
    ("list(map(note if user else str, 'a'))", "", "", False),
]


@pytest.mark.parametrize(("body", "more", "given", "proved"), CALLBACKS)
def test_what_a_function_of_the_library_calls_may_run_in_a_thread(
    body: str, more: str, given: str, proved: bool
) -> None:
    assert (open_for_a_thread(bot(body, more=more, given=given)) == "") is proved


@pytest.mark.parametrize(
    ("body", "more", "given", "nothing"),
    [*CALLBACKS, ("list(map(os.remove, 'a'))", "", "", False), ("list(map(print, 'a'))", "", "", False)],
)
def test_what_a_function_of_the_library_calls_behind_a_wait(body: str, more: str, given: str, nothing: bool) -> None:
    plan = harness.run([AsyncSleep()], harness.plain({"bot.py": bot(body, more=more, given=given)}), unsafe=True)
    (proposal,) = plan.chosen
    assert (named(proposal.change.verdicts) == {}) is nothing


@pytest.mark.parametrize(
    "body",
    [
        f"c = sqlite3.connect('a'); c.row_factory = sqlite3.Row; {WRITES}",
        f"c = sqlite3.connect('a', 5.0); c.row_factory = as_dict; {WRITES}",
        f"c = sqlite3.connect('a', detect_types=sqlite3.PARSE_DECLTYPES | sqlite3.PARSE_COLNAMES); {WRITES}",
        "c = psycopg2.connect(host='a'); k = c.cursor(cursor_factory=psycopg2.extras.RealDictCursor); k.execute('x'); c.commit()",
        "c = pymysql.connect(host='a', cursorclass=pymysql.cursors.DictCursor); c.cursor().execute('x'); c.commit()",
    ],
)
def test_a_database_that_runs_no_code_of_the_bot(body: str) -> None:
    assert open_for_a_thread(bot(body)) == ""


@pytest.mark.parametrize(
    ("body", "before"),
    [
        (f"c = sqlite3.connect('a'); c.row_factory = note; {WRITES}", ""),
        (f"c = sqlite3.connect('a'); c.text_factory = lambda one: seen.append(one); {WRITES}", ""),
        (f"c = sqlite3.connect('a'); c.row_factory, c.isolation_level = note, None; {WRITES}", ""),
        (f"c = sqlite3.connect('a', factory=Counted); {WRITES}", ""),
        (f"c = sqlite3.connect('a', 5.0, 0, None, True, Counted); {WRITES}", ""),
        (f"c = sqlite3.connect('a', **{{'factory': Counted}}); {WRITES}", ""),
        (f"c = sqlite3.connect('a'); {WRITES}", "sqlite3.register_converter('money', note)"),
        (f"c = sqlite3.connect('a'); {WRITES}", "sqlite3.register_adapter(Counted, note)"),
        (f"c = sqlite3.connect('a'); {WRITES}", "sqlite3.connect = note"),
        (f"c = sqlite3.connect('a'); c.create_function('f', 1, note); {WRITES}", ""),
        ("c = sqlite3.connect('a'); c.executemany('x', map(note, [user])); c.commit()", ""),
        ("c = sqlite3.connect('a'); c.executemany('x', rows(user)); c.commit()", ""),
        ("c = pymysql.connect(host='a'); c.cursor(Counted).execute('x'); c.commit()", ""),
        ("c = pymysql.connect(host='a'); c.cursor().execute('x'); c.commit()", "pymysql.cursors.Cursor.execute = note"),
        ("c = psycopg2.connect('a'); c.cursor(cursor_factory=Counted).execute('x'); c.commit()", ""),
    ],
)
def test_a_database_that_runs_code_of_the_bot(body: str, before: str) -> None:
    assert open_for_a_thread(bot(body, before))
