"""The hazards explained: what each means, when it is proved away, and a program that shows how it bites."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Hazard


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a hazard means to the owner of a bot."""

    #: What a rewrite brings, as a clause.
    brings: str
    #: When it is proved that nobody notices, as a clause.
    proved: str
    #: Two programs, before and after a rewrite that was made without a proof, and what each prints.
    before: str = ""
    prints: str = ""
    after: str = ""
    prints_after: str = ""

    @classmethod
    def of(
        cls, brings: str, proved: str, program: str, change: tuple[str, str], prints: tuple[str, str]
    ) -> Explanation:
        """An explanation whose second program is the first one with one text changed to another."""
        old, new = change
        if program.count(old) != 1:
            raise ValueError(f"{old!r} does not stand once in the program")
        return cls(brings, proved, program, prints[0], program.replace(old, new), prints[1])


EXPLANATIONS: dict[Hazard, Explanation] = {
    Hazard.INTERLEAVING: Explanation.of(
        "a point where other handlers may run: a new `await`, a thread",
        "nothing else of the bot runs meanwhile, as where it handles one update after the other and has no jobs or tasks beside",
        """\
import asyncio
import time

balance = 100


async def buy(price):
    global balance
    if balance >= price:
        time.sleep(0.01)  # ask the shop
        balance -= price


async def main():
    await asyncio.gather(buy(80), buy(80))
    print("balance:", balance)


asyncio.run(main())
""",
        ("time.sleep(0.01)", "await asyncio.sleep(0.01)"),
        ("balance: 20", "balance: -60"),
    ),
    Hazard.ORDERING: Explanation.of(
        "what different updates cause may come in another order",
        "the handler has surely waited before, so that its order was open already, or nothing that others see comes behind "
        "the new wait; of two updates that touch nothing else, the one that is done first is answered first, and two loops that "
        "pause between their requests run side by side",
        """\
import asyncio
import time


async def mirror(text, seconds):
    time.sleep(seconds)  # fetch the picture of the message
    print(text)


async def main():
    await asyncio.gather(mirror("first", 0.05), mirror("second", 0.01))


asyncio.run(main())
""",
        ("time.sleep(seconds)", "await asyncio.sleep(seconds)"),
        ("first\nsecond", "second\nfirst"),
    ),
    Hazard.INTERRUPTION: Explanation.of(
        "a point where a handler can be cancelled or time out, or where Ctrl-C does not arrive any more",
        "nothing that has to be done stands between the new wait and the next old one, and nobody cancels, times out or "
        "catches an interruption around it",
        """\
import asyncio
import time

saved = []


async def order():
    time.sleep(0.05)
    saved.append("order 1")


async def main():
    try:
        await asyncio.wait_for(order(), timeout=0.01)
    except asyncio.TimeoutError:
        pass
    print("saved:", saved)


asyncio.run(main())
""",
        ("time.sleep(0.05)", "await asyncio.sleep(0.05)"),
        ("saved: ['order 1']", "saved: []"),
    ),
    Hazard.THREAD: Explanation.of(
        "code runs in another thread",
        "the function is known to be safe there, or every operation of it is, and nothing it touches is touched by anybody "
        "else meanwhile",
        """\
import asyncio
import sqlite3

db = sqlite3.connect(":memory:")


def users():
    return db.execute("SELECT 3").fetchone()[0]


async def main():
    try:
        print("users:", users())
    except sqlite3.ProgrammingError:
        print("objects of SQLite belong to one thread")


asyncio.run(main())
""",
        ('"users:", users()', '"users:", await asyncio.to_thread(users)'),
        ("users: 3", "objects of SQLite belong to one thread"),
    ),
    Hazard.CALLERS: Explanation.of(
        "a function becomes a coroutine, or a name goes, that somebody else may use",
        "every use is seen, in files of every kind, and nothing looks the name up while the bot runs",
        """\
import warnings

warnings.simplefilter("ignore")


def is_banned(user):  # bot.py
    return user in {"mallory"}


def post(user):  # site/views.py, which the rewrite did not see
    return "no" if is_banned(user) else "posted"


print("alice:", post("alice"))
""",
        ("def is_banned", "async def is_banned"),
        ("alice: posted", "alice: no"),
    ),
    Hazard.OUTSIDE: Explanation.of(
        "somebody else may touch the same file, folder, table, device or address meanwhile",
        "it has a name of its own in this call, or nobody else in the project names it or anything above it",
        """\
import asyncio
import tempfile
import time
from pathlib import Path

picture = Path(tempfile.mkdtemp(), "picture.txt")


async def draw(user):
    picture.write_text(f"picture of {user}")
    time.sleep(0.01)  # upload it
    print(f"{user} gets the {picture.read_text()}")


async def main():
    await asyncio.gather(draw("alice"), draw("bob"))


asyncio.run(main())
""",
        ("time.sleep(0.01)", "await asyncio.sleep(0.01)"),
        (
            "alice gets the picture of alice\nbob gets the picture of bob",
            "alice gets the picture of bob\nbob gets the picture of bob",
        ),
    ),
    Hazard.VISIBILITY: Explanation.of(
        "what is written is seen later, is lost when the bot is killed, or goes to a file that was moved away",
        "it is written through as before, and nothing that is called meanwhile can move, remove or read the file",
        """\
import tempfile
from pathlib import Path

log = Path(tempfile.mkdtemp(), "log.txt")
log.touch()
file = log.open("a", buffering=1)
for message in ("one", "two"):
    file.write(message + "\\n")
    print("on disk:", log.read_text().split())
""",
        (", buffering=1)", ")"),
        ("on disk: ['one']\non disk: ['one', 'two']", "on disk: []\non disk: []"),
    ),
    Hazard.RESOURCES: Explanation.of(
        "more connections, files, threads or memory at once",
        "the bound that there was is kept",
        """\
import asyncio

at_once = most = 0
limit = asyncio.Semaphore(100)


async def fetch():
    global at_once, most
    async with limit:
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.01)
        at_once -= 1


async def main():
    await asyncio.gather(*(fetch() for _ in range(400)))
    print("connections at once:", most)


asyncio.run(main())
""",
        ("Semaphore(100)", "Semaphore(10_000)"),
        ("connections at once: 100", "connections at once: 400"),
    ),
    Hazard.WIRE: Explanation.of(
        "what goes over the network differs: requests, headers, repetitions, connections within a block",
        "each request is sent once and the same, byte for byte",
        """\
orders = []


def shop(order):
    orders.append(order)
    if len(orders) == 1:
        raise ConnectionError("the answer was lost, the order was not")


def send(order, tries=1):
    for _ in range(tries):
        try:
            return shop(order)
        except ConnectionError:
            pass


send("one key")
print("bought:", orders)
""",
        ("tries=1", "tries=2"),
        ("bought: ['one key']", "bought: ['one key', 'one key']"),
    ),
    Hazard.ERRORS: Explanation.of(
        "other errors escape, are swallowed, or have another type",
        "the sets of errors are the same, by what the libraries promise",
        """\
def answer(text):
    try:
        return f"in {int(text)} minutes"
    except Exception:
        return "a number, please"


try:
    print(answer("soon"))
except ValueError:
    print("no answer at all")
""",
        ("except Exception", "except OSError"),
        ("a number, please", "no answer at all"),
    ),
    Hazard.ENVIRONMENT: Explanation.of(
        "the place where the bot runs needs a package, a version or a file",
        "every way in which the project is installed asks for the package at run time, or the program imports it anyway; "
        "the Python that is declared is new enough; packages, images and scripts take a new file along",
        """\
try:
    import json as files
    print("started")
except ModuleNotFoundError as error:
    print(error)
""",
        ("import json as files", "import not_installed_here as files"),
        ("started", "No module named 'not_installed_here'"),
    ),
    Hazard.IDENTITY: Explanation.of(
        "objects that others look at or replace are different ones",
        "nobody in the project looks: no `isinstance`, no attribute of theirs, no test that patches the name",
        """\
class CommandHandler:
    def __init__(self, commands):
        self.commands = commands


class MessageHandler:
    def __init__(self, pattern):
        self.pattern = pattern


handlers = [CommandHandler(["start", "rules"])]
known = [h.commands for h in handlers if isinstance(h, CommandHandler)]
print("/help lists", known)
""",
        ('CommandHandler(["start", "rules"])]', 'MessageHandler("^/(start|rules)$")]'),
        ("/help lists [['start', 'rules']]", "/help lists []"),
    ),
    Hazard.STALENESS: Explanation.of(
        "an answer of a while ago is taken for that of the moment",
        "never: what others do meanwhile is not in the program",
        """\
from functools import cache

administrators = {"alice", "bob"}


def may_change_settings(user):
    return user in administrators


for event in ("bob asks", "bob is demoted", "bob asks"):
    if event == "bob is demoted":
        administrators.remove("bob")
    else:
        print(event, may_change_settings("bob"))
""",
        ("def may_change_settings", "@cache\ndef may_change_settings"),
        ("bob asks True\nbob asks False", "bob asks True\nbob asks True"),
    ),
    Hazard.UNPROVED: Explanation(
        "a query or codemod of your own was run, for which nothing is proved",
        "never: tgfix does not know what it is meant to do",
    ),
}
