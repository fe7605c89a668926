"""blocking-call: processes run in threads give the same output, results and exceptions, and stop nobody."""

from __future__ import annotations

import asyncio
import sqlite3
import textwrap
import time
from typing import Any

import pytest
from analysis import named
from blocking_shapes import HELPERS
from twin import Case, Run, Worker

from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.engine import harness

BODIES = {
    "output": 'return subprocess.run(["echo", "ü"], capture_output=True, text=True)',
    "an exit code": 'return subprocess.run("exit 3", shell=True).returncode',
    "a failure": 'subprocess.run("exit 3", shell=True, check=True)',
    "a missing program": 'subprocess.run(["no-such-program"])',
    "a time limit": (
        'try:\n    subprocess.run(["sleep", "5"], timeout=0.05)\nexcept subprocess.TimeoutExpired as e:\n    return e.cmd'
    ),
    "input": 'return subprocess.run(["tr", "a", "b"], input=b"abc", stdout=subprocess.PIPE).stdout.decode()',
    "an environment and a folder": 'return subprocess.check_output("echo $X; pwd", shell=True, env={"X": "1"}, cwd="/").decode()',
    "check_output at once": 'return subprocess.check_output(["echo", "a b"]).decode().split()[1]',
    "check_output that fails": (
        'try:\n    subprocess.check_output("echo no; exit 2", shell=True)\n'
        "except subprocess.CalledProcessError as e:\n    return e.returncode, e.output"
    ),
    "call": 'return subprocess.call(["true"]), subprocess.call(["false"])',
    "check_call": 'return subprocess.check_call(["true"])',
    "getoutput": 'return subprocess.getoutput("echo a; echo b >&2")',
    "getstatusoutput": 'return subprocess.getstatusoutput("echo a; exit 4")',
    "os.system": 'return os.system("exit 2")',
    "os.system in a condition": 'if os.system("true") == 0 and not os.system("false") == 0:\n    return "both"',
    "os.popen": 'return os.popen("echo x").read().strip()',
    "a started process": (
        'p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n'
        'return p.communicate(b"in"), p.returncode'
    ),
    "a wait": 'p = subprocess.Popen(["false"])\nreturn p.wait(timeout=5)',
    "a process in a with": 'with subprocess.Popen(["echo", "x"], stdout=subprocess.PIPE) as p:\n    return p.communicate()[0]',
    "a list of outputs": 'return [subprocess.getoutput(f"echo {n}") for n in range(3)]',
    "unpacked arguments": 'command, options = ["echo", "x"], {"text": True}\nreturn subprocess.check_output(*[command], **options)',
    "an f-string beside it": 'out = subprocess.getoutput("echo 1")\nreturn f"{out}!"',
}


def program(body: str) -> str:
    return f"import os\nimport subprocess\n\n\nasync def work():\n{textwrap.indent(body, '    ')}\n"


#: Functions that only read a database move, too.
ALWAYS = {"blocking-call": {"sqlite": "always"}}


def rewritten(source: str) -> str:
    files = harness.plain({"bot.py": source})
    plan = harness.run([BlockingCall()], files, unsafe=True, options=ALWAYS)
    assert plan.files and not plan.left and not plan.problems, [f.reason for f in plan.left]
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


async def call(run: Run) -> Any:
    try:
        return await run.module.work()
    except Exception as error:
        return error


@pytest.mark.parametrize("name", BODIES)
def test_a_process_does_the_same_in_a_thread(worker: Worker, name: str) -> None:
    source = program(BODIES[name])
    ignoring = {"warnings"} if name == "os.popen" else set()  # Python warns of its process by number, before and after
    assert worker.differences(source, rewritten(source), scenario=call, ignoring=ignoring) == []


async def together(run: Run) -> tuple[float, float]:
    """Seconds for five coroutines at once, and the longest time in which the event loop did nothing else."""
    longest, last, start = 0.0, time.monotonic(), time.monotonic()
    tasks = asyncio.gather(*(run.module.work() for _ in range(5)))
    while not tasks.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    return time.monotonic() - start, longest


def test_five_handlers_that_wait_for_a_program_wait_together(worker: Worker) -> None:
    source = program('subprocess.run(["sleep", "0.3"])')
    before = worker.run(Case(source, scenario=together)).result
    after = worker.run(Case(rewritten(source), scenario=together)).result
    assert before[0] > 1.4 and before[1] > 0.25
    assert after[0] < 1.0 and after[1] < 0.2


NATIVE = {
    "a program": 'return subprocess.call(["sh", "-c", "exit 3"])',
    "a program whose result nobody wants": 'subprocess.run(["sh", "-c", "echo x > out"], stdout=subprocess.DEVNULL)',
    "an exit code": 'if subprocess.run(["true"]).returncode == 0:\n    return subprocess.run(["false"], check=False).returncode',
    "a program that is killed": 'return subprocess.call(["sh", "-c", "kill -9 $$"])',
    "a missing program": 'subprocess.call(["no-such-program"])',
    "a file that is no program": 'subprocess.run(["/etc/passwd"])',
    "a missing folder": 'subprocess.run(["true"], cwd="/no-such-folder")',
    "an argument that is no text": 'subprocess.call(["echo", 1])',
    "a null byte": 'subprocess.call(["echo", "a\\0b"])',
    "a shell": 'name = "out"\nreturn subprocess.call(f"echo x > {name}; exit 4", shell=True)',
    "an environment and a folder": (
        'return subprocess.call(["sh", "-c", "exit $X"], env={"X": "7", "PATH": "/bin:/usr/bin"}, cwd="/", start_new_session=True)'
    ),
    "more arguments": 'more = ["-c", "exit 5"]\nreturn subprocess.call(["sh", *more], stdin=subprocess.DEVNULL)',
    "several lines": (
        'subprocess.run(\n    [\n        "sh",\n        "-c", "echo x > out",\n    ],\n    check=False,\n    '
        "stdout=subprocess.DEVNULL,\n)\n"
        'return subprocess.call((\n    "sh",\n    "-c",\n    "exit 6",\n))'
    ),
    "output": (
        'p = subprocess.Popen(["echo", "ü"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n'
        "out, errors = p.communicate()\nreturn out.decode(), errors, p.returncode"
    ),
    "output and errors together": (
        'p = subprocess.Popen("echo a; echo b >&2; exit 2", shell=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)\n'
        "return p.communicate(), p.returncode"
    ),
    "input": (
        'p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\nreturn p.communicate(b"x" * 200_000)[0]'
    ),
    "os.system": 'os.system("echo x > out; exit 3")\nos.system("exit 2")',
    "input that nobody reads": 'p = subprocess.Popen(["true"], stdin=subprocess.PIPE)\nreturn p.communicate(b"x" * 200_000)',
}


def by_asyncio(source: str) -> str:
    """The program in the form in which asyncio runs the processes."""
    files = harness.plain({"bot.py": source})
    plan = harness.run([BlockingCall()], files, unsafe=True, options={"blocking-call": {"style": "asyncio"}})
    assert plan.files and not plan.left and not plan.problems
    after = harness.result(plan, files)[harness.ROOT / "bot.py"].decode()
    assert "asyncio.create_subprocess_" in after and "subprocess.run(" not in after and "to_thread" not in after
    return after


@pytest.mark.parametrize("name", NATIVE)
def test_a_program_that_asyncio_runs_does_the_same(worker: Worker, name: str) -> None:
    source = program(NATIVE[name])
    assert worker.differences(source, by_asyncio(source), scenario=call) == []


@pytest.mark.parametrize(
    "body",
    [
        "subprocess.run(command)", 'subprocess.check_call(["true"])', 'subprocess.run(["true"], check=True)',
        'subprocess.call(["true"], timeout=1)', 'x = subprocess.run(["true"])', 'subprocess.call(["true"], stdout=subprocess.PIPE)',
        'subprocess.call(["true"], stdout=log)', 'subprocess.call("true")', 'subprocess.call(command, shell=True)',
        'subprocess.call(["true"], shell=True)', 'subprocess.run([])', 'x = os.system("true")', 'subprocess.call([*command])',
        'p = subprocess.Popen(["true"], text=True)\np.communicate()', 'p = subprocess.Popen(["true"])\np.poll()\np.communicate()',
        'p = subprocess.Popen(["true"])\np.communicate(timeout=3)', 'p = subprocess.Popen(["true"])\np.wait()',
    ],
)  # fmt: skip
def test_what_asyncio_does_in_another_way_it_is_not_offered(body: str) -> None:
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": program(body)}), unsafe=True)
    assert len(plan.chosen) == 1 and not plan.chosen[0].finding.alternatives


async def with_one_thread(run: Run) -> Any:
    """Whether something else gets the only thread of the pool while the program waits for it to be done."""
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    task = asyncio.create_task(run.module.work())
    await asyncio.sleep(0.05)
    touched = asyncio.create_task(asyncio.to_thread(Path("go").touch))
    done, _ = await asyncio.wait([touched], timeout=0.3)
    Path("go").touch()
    await task
    return bool(done)


def test_a_program_that_asyncio_runs_takes_no_thread(worker: Worker) -> None:
    source = program('subprocess.call(["sh", "-c", "while [ ! -e go ]; do sleep 0.01; done"])')
    assert worker.run(Case(rewritten(source), scenario=with_one_thread)).result is False
    assert worker.run(Case(by_asyncio(source), scenario=with_one_thread)).result is True


def stopped(run: Run) -> Any:
    """Whether the program's work is done when the bot has stopped."""
    import os

    async def main() -> None:
        asyncio.create_task(run.module.work())  # noqa: RUF006
        await asyncio.sleep(0.05)

    asyncio.run(main())
    return os.path.exists("done")


def test_a_bot_that_stops_waits_for_the_thread_and_not_for_asyncio(worker: Worker) -> None:
    source = program(
        'import sys\nsubprocess.call([sys.executable, "-c", "import os, time; time.sleep(0.3); os.mkdir(\'done\')"])'
    )
    texts = (source, rewritten(source), by_asyncio(source))
    assert [worker.run(Case(text, scenario=stopped)).result for text in texts] == [True, True, False]


async def with_a_database(run: Run) -> Any:
    connection = sqlite3.connect("bot.db")
    connection.executescript("CREATE TABLE users (id INTEGER, name TEXT); INSERT INTO users VALUES (1, 'A'), (3, 'ü');")
    connection.close()
    return await call(run)


@pytest.mark.parametrize("name", HELPERS)
def test_a_plain_function_does_the_same_in_a_thread(worker: Worker, name: str) -> None:
    source = HELPERS[name]
    after = rewritten(source)
    assert "to_thread(" in after and after.count("async def") == source.count("async def")
    assert worker.differences(source, after, scenario=with_a_database) == []


def reasons(source: str) -> list[str]:
    """Why the findings of a program are left alone, and what its changes assume that names something, each with the name of the hazard."""
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=True, options=ALWAYS)
    assert not plan.problems
    assumed = [
        "; ".join(f"{hazard.value}: {sentence}" for hazard, sentence in found.items())
        for found in (named(proposal.change.verdicts) for proposal in plan.chosen)
        if found
    ]
    return [finding.reason or "" for finding in plan.left] + assumed


SHARED = """\
import sqlite3

connection = sqlite3.connect("bot.db"{})


def count():
    return connection.execute("SELECT count(*) FROM users").fetchone()[0]


async def work():
    return count()
"""


async def naively(run: Run) -> Any:
    """What the call of a plain function does in a thread, whatever speaks against it."""
    try:
        return await asyncio.to_thread(run.module.count)
    except Exception as error:
        return str(error)


def test_a_connection_stays_in_the_thread_that_opened_it(worker: Worker) -> None:
    source = SHARED.format("")
    assert (
        "SQLite objects created in a thread can only be used in that same thread"
        in worker.run(Case(source, scenario=naively)).result
    )
    assert (
        len(reasons(source)) == 1
        and "connection is a connection that belongs to the thread that opened it (line 3)" in reasons(source)[0]
    )


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ('connection = sqlite3.connect("bot.db", check_same_thread=False)\ndef f():\n    connection.execute("x")\n', "share"),
        ('class D:\n    def __init__(self):\n        self.c = sqlite3.connect("x").cursor()\n    def f(self):\n'
         '        self.c.execute("SELECT 1")\n        return self.c.fetchone()\nf = D().f\nd = D()\n'
         'async def handle(event):\n    d.f()\ndef f():\n    pass\n', "self.c is a connection that belongs to the thread"),
        ('def f():\n    return sqlite3.connect("bot.db").execute("SELECT 1")\n', "thread: "),
        ('def f():\n    global c\n    c = sqlite3.connect("bot.db")\n', "thread: "),
        ('def f():\n    with sqlite3.connect("bot.db") as c:\n        c.execute("DELETE FROM users")\n', "outside: "),
        ('def f(c):\n    return c.execute("SELECT 1").fetchone(), os.system("ls")\nasync def handle(event, db):\n    f(db.c)\n',
         "thread: "),
        ('c = sqlite3.connect("x")\ndef f(c=c):\n    return c.execute("SELECT 1").fetchone(), os.system("ls")\n',
         "a connection that belongs to the thread"),
        ("def f():\n    os.chdir('/')\n    os.system('ls')\n", "thread: "),
        ("def f():\n    os.environ['A'] = 'b'\n    os.system('ls')\n", "thread: "),
        ("seen = []\ndef f():\n    seen.append(1)\n    os.system('ls')\n", "thread: "),
        ("def f():\n    open('a', 'w').write('x')\n    os.system('cat a')\n", "two updates at once would write `a`"),
        ("def f():\n    for line in os.popen('ls').read():\n        yield line\n", "is a generator"),
        ("def f():\n    os.system('ls')\nasync def handle(event):\n    try:\n        await event.reply('x')\n    finally:\n        f()\n",
         "interruption: nobody stops the bot a second time"),
        (
            "async def handle(event):\n    try:\n        await event.reply('x')\n    except BaseException:\n"
            "        os.system('x')\n        raise\n",
         "interruption: nobody stops the bot a second time"),
        ("@cache\ndef f():\n    os.system('ls')\n", "thread: "),
        ("def f():\n    subprocess.call(['a'], preexec_fn=os.setsid)\n", "preexec_fn"),
    ],
)  # fmt: skip
def test_what_cannot_move_to_a_thread_is_told(body: str, part: str) -> None:
    body = body.replace("f = D().f\n", "")
    handler = "" if "async def" in body else "\n\nasync def handle(event):\n    f()\n"
    imports = "import os\nimport sqlite3\nimport subprocess\nfrom functools import cache\n"
    found = reasons(imports.replace("\n", "; ").rstrip("; ") + "\n" + body + handler)
    assert len(found) == 1 and part in found[0], found


def test_a_read_is_unsafe_where_the_same_coroutine_writes() -> None:
    source = "import asyncio\n" + HELPERS["one user"].replace(
        "async def work():\n", "async def work():\n    asyncio.sleep(0)\n"
    )
    source += (
        "\n\ndef add(number):\n    with closing(sqlite3.connect(DATABASE)) as c, c:\n"
        "        c.execute('INSERT INTO users VALUES (?, ?)', (number, 'x'))\n\n\n"
        "async def register(event):\n    if user(event.id) is None:\n        await asyncio.sleep(1)\n        add(event.id)\n"
    )
    assert all("outside: " in reason for reason in reasons(source))


def test_a_module_named_like_one_of_the_standard_library_hides_it_from_nobody_in_its_package() -> None:
    sources = {
        "bot/__init__.py": "",
        "bot/json.py": "def dump():\n    pass\n",
        "bot/links.py": (
            "import json\nimport os\n\n\ndef link(url):\n    return json.loads(os.popen('megadown').read())\n\n\n"
            "async def get(event):\n    url = link(event.text)['url']\n    await event.reply(url)\n"
        ),
    }
    plan = harness.run([BlockingCall()], harness.plain(sources), unsafe=True)
    assert len(plan.chosen) == 1 and not plan.left


@pytest.mark.parametrize(
    "call",
    [
        'os.system("ffmpeg -i in.mp4 -vframes 1 out.png")', 'os.system("rm -rf pictures")', 'subprocess.call("echo a > out", shell=True)',
        'subprocess.run(["convert", path, "x.jpg"])', 'subprocess.run(["sh", "-c", "ls >list.txt"])', "thumbnail()", "sh(path)",
        'subprocess.run(["yt-dlp", path])', 'os.system("python3 main.py")', 'subprocess.getoutput("git pull")', "os.system(command)",
        'subprocess.run(["uptime"])', 'subprocess.getoutput(f"ping -c 1 {path}")', 'subprocess.getoutput("uptime > load.txt")',
        'subprocess.check_output(["speedtest-cli", "--simple"])', 'subprocess.getoutput("ping -c 1 example.org")',
    ],
)  # fmt: skip
def test_a_program_that_may_change_something_assumes_that_nobody_else_is_at_it(call: str) -> None:
    helpers = "def thumbnail():\n    os.system('ffmpeg -i in.mp4 out.mp4')\n\n\ndef sh(command):\n    return os.popen(command).read()\n\n\n"
    found = reasons(f"import os\nimport subprocess\n\n\n{helpers}async def handle(event, path, command):\n    {call}\n")
    assert len(found) == 1 and "outside: " in found[0]


@pytest.mark.parametrize(
    "call",
    [
        'subprocess.getoutput("uptime -p")', 'subprocess.run(["uname", "-a"], capture_output=True)',
        'subprocess.check_output(["ffmpeg", "-version"])', 'subprocess.check_output(["/usr/bin/free", "-m"], text=True)',
        'os.popen("df -h").read()', 'subprocess.run(["git", "describe"], stdout=subprocess.PIPE)', 'sh("uptime")',
    ],
)  # fmt: skip
def test_a_program_that_only_tells_something_meets_nobody(call: str) -> None:
    helper = "def sh(command):\n    return subprocess.check_output(command, shell=True)\n\n\n"
    assert reasons(f"import os\nimport subprocess\n\n\n{helper}async def handle(event):\n    {call}\n") == []


@pytest.mark.parametrize("caller", ["main()", "post_init(application)", "test_deployment(monkeypatch)"])
def test_a_function_that_only_runs_at_the_start_or_in_a_test_is_left_alone(caller: str) -> None:
    source = f"import os\n\n\ndef deploy():\n    os.system('make')\n\n\nasync def {caller}:\n    deploy()\n"
    assert not harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=True).findings


BOOKS = """\
import psycopg2


def known(user):
    with psycopg2.connect("bot") as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM public.users WHERE id = %s", (user,))
        return cursor.fetchone()


def add(user):
    with psycopg2.connect("bot") as connection:
        connection.cursor().execute("INSERT INTO users VALUES (%s)", (user,))


async def welcome(event):
    if not known(event.sender_id):
        add(event.sender_id)
    await event.reply("Hi")
"""


@pytest.mark.parametrize(
    ("source", "relied", "outside"),
    [
        (BOOKS, True, None),
        (BOOKS.replace("(%s)", "(%s) ON CONFLICT DO NOTHING"), False, None),
        (BOOKS.replace("(%s)", "(%s, 1) ON CONFLICT DO UPDATE SET visits = users.visits + 1"), True, None),
        (BOOKS.replace("INTO users", "INTO guests"), False, None),
        (
            BOOKS.replace("        add(", "        await event.reply('?')\n        add("),
            False,
            ["nobody changes `users` while `known()` reads it", "nobody else works on `users` while `add()` does"],
        ),
        (BOOKS.replace("        add(", "        return await event.reply('?')\n    add("), True, None),
        (BOOKS.replace("):\n        add", "):\n        pass\n    else:\n        add"), True, None),
        (BOOKS.replace("if not known", "if event.out:\n        known").replace(":\n        add", "\n    else:\n        add"), False, None),
    ],
    ids=["a check and an act", "the database settles it", "the database counts on", "another table", "a wait between",
         "a wait on another way", "either way", "one or the other"],
)  # fmt: skip
def test_a_check_and_the_write_that_relies_on_it_stay_together(
    source: str, relied: bool, outside: list[str] | None
) -> None:
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=True)
    left = [finding.reason for finding in plan.left]
    assert [reason.startswith("`known()` looks for what `add()` writes") for reason in left] == [True, True] * relied
    assumed = [a for p in plan.chosen for a in p.change.assumes]
    assert bool(assumed) is not relied
    assert outside is None or [a.sentence for a in assumed if a.hazard.value == "outside"] == outside
    assert not any(a.hazard.value == "thread" and "sender_id" in a.sentence for a in assumed), "a number is a number"


MEETING = """\
from pymongo import MongoClient

users = MongoClient("mongodb://db.example.org")["bot"]["users"]


async def welcome(event):
    if users.find_one({"user": event.sender_id}) is None:
        users.insert_one({"user": event.sender_id})
    await event.reply("Hi")
"""


@pytest.mark.parametrize(
    ("source", "stays"),
    [
        (MEETING, True),
        (MEETING.replace("insert_one(", "update_one({}, upsert=True, update="), False),
        (MEETING.replace("        users.insert", "        await event.reply('?')\n        users.insert"), False),
    ],
    ids=["a check and an insert", "the database settles it", "a wait between"],
)
def test_a_driver_s_check_and_insert_stay_together(source: str, stays: bool) -> None:
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=True)
    assert ["looks for what" in finding.reason for finding in plan.left] == [True, True] * stays
    assert bool(plan.chosen) is not stays


PRICES = """\
import psycopg2

PRICES = {}


def price(coin):
    if coin in PRICES:
        return PRICES[coin]
    with psycopg2.connect("bot") as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT price FROM coins WHERE name = %s", (coin,))
        PRICES[coin] = cursor.fetchone()[0]
    return PRICES[coin]


async def tell(event):
    await event.reply(str(price(event.text)))
"""
FRESH = """\
def fresh(coin):
    entry = PRICES.get(coin)
    return entry[0] if entry and entry[1] > time.monotonic() else None


def price(coin):
    known = fresh(coin)
    if known is not None:
        return known
"""
TWICE = "def twice(coin):\n    return 2 * price(coin)\n\n\n"
PRICES_OF_AN_OBJECT = """\
import psycopg2
import redis


class Memory:
    def __init__(self):
        self.coins = {}


memory = Memory()


def price(kind, coin):
    known = getattr(memory, kind)
    found = known.get(coin)
    if not found:
        with psycopg2.connect("bot") as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT price FROM coins WHERE name = %s", (coin,))
            found = memory.coins[coin] = cursor.fetchone()[0]
    return found


async def tell(event):
    await event.reply(str(price("coins", event.text)))
"""


@pytest.mark.parametrize(
    ("source", "stays"),
    [
        (PRICES, True),
        (PRICES.replace("if coin in PRICES:", "known = PRICES.get(coin)\n    if known:"), True),
        (PRICES.replace("    if coin in PRICES:\n        return PRICES[coin]\n", ""), False),
        (PRICES.replace("PRICES = {}", "from redis import Redis\n\nPRICES = Redis('db.example.org')"), False),
        (PRICES.replace("if coin in PRICES:", "if not coin:"), False),
        (PRICES_OF_AN_OBJECT, True),
        (PRICES_OF_AN_OBJECT.replace("self.coins = {}", "self.coins = redis.Redis()"), False),
        (PRICES.replace("async def", f"{TWICE}async def").replace("str(price", "str(twice"), True),
        (PRICES.replace("def price(coin):\n    if coin in PRICES:\n        return PRICES[coin]\n", FRESH), True),
        (
            PRICES.replace(
                "def price(coin):\n    if coin in PRICES:\n        return PRICES[coin]\n",
                FRESH.replace("PRICES.get", "ask"),
            ),
            False,
        ),
    ],
    ids=[
        "in",
        "get",
        "no look-up",
        "kept elsewhere",
        "another question",
        "an object's",
        "a store's",
        "through another function",
        "by another function",
        "by another function that asks something else",
    ],
)
def test_what_is_looked_up_in_memory_first_pays_for_no_thread(source: str, stays: bool) -> None:
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=True)
    assert ["it looks in memory first" in finding.reason for finding in plan.left] == [True] * stays
    assert bool(plan.chosen) is not stays


RUNS_COMMANDS = """\
import asyncio
import os


async def run(command):
    process = await asyncio.create_subprocess_shell(command)
    return await process.wait()


async def convert(event):
    os.system(f"ffmpeg -i {event.chat_id}.mp4 {event.chat_id}.mp3")
    await event.delete()
"""


@pytest.mark.parametrize(
    ("source", "stays"),
    [(RUNS_COMMANDS, True), (RUNS_COMMANDS.replace("_shell(command)", "_exec('uptime')"), False)],
    ids=["whatever it is given", "another program"],
)
def test_a_coroutine_of_the_bot_s_own_that_runs_commands_needs_no_thread(source: str, stays: bool) -> None:
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=True)
    assert ["waits without a thread" in finding.reason for finding in plan.left] == [True] * stays
    assert bool(plan.chosen) is not stays


def test_two_calls_of_one_statement_are_one_change() -> None:
    source = (
        "import socket\nimport shutil\n\n\nasync def install(event, host):\n"
        "    found = socket.gethostbyname(host) if event.out else socket.getfqdn(host)\n    await event.reply(found)\n"
    )
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=False)
    assert [p.change.title for p in plan.hidden] == ["Make 2 calls in threads"]


def test_a_call_within_the_arguments_of_another_that_is_laid_out_anew_is_a_change_of_its_own() -> None:
    source = (
        "import socket\n\n\nasync def tell(event, host):\n    name = socket.getfqdn(host)\n    found = socket.getaddrinfo(\n"
        "        socket.gethostbyname(name), 443, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_CANONNAME\n"
        "    )\n    await event.reply(str(found))\n"
    )
    project = harness.plain({"bot.py": source, "setup.py": 'setup(python_requires=">=3.8")\n'})
    plan = harness.run([BlockingCall()], project, unsafe=True)
    assert [p.change.title for p in plan.chosen] == [
        "Make 2 calls in threads",
        "Run socket.gethostbyname() in a thread",
    ]
    after = plan.files[0].after.decode()
    assert after.count("await asyncio.get_running_loop().run_in_executor(") == 3, after


@pytest.mark.parametrize(
    ("comment", "titles"),
    [("", ["Make 2 calls in threads"]), ("  # tgfix: ignore", ["Run socket.getfqdn() in a thread"])],
)
def test_a_call_that_is_to_stay_is_not_moved_with_another(comment: str, titles: list[str]) -> None:
    source = (
        "import socket\n\n\nasync def tell(event, host):\n    name = socket.getfqdn(host)\n    print(name)\n"
        f"    address = socket.gethostbyname(name){comment}\n    await event.reply(name + address)\n"
    )
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=False)
    assert [p.change.title for p in plan.hidden] == titles
