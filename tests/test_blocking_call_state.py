"""blocking-call: what a program, or a function that moves to a thread, shares with the handlers that run meanwhile."""

from __future__ import annotations

import textwrap

import pytest
from analysis import named
from http_shapes import programs
from twin import Run, Worker

from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.engine import harness
from tgfix.engine.model import Hazard

IMPORTS = (
    "import contextlib\nimport csv\nimport decimal\nimport functools\nimport inspect\nimport io\nimport os\nimport pathlib\n"
    "import random\nimport shutil\n"
    "import sqlite3\nimport subprocess\nimport sys\n\nimport matplotlib.pyplot as plt"
)
#: Each name is a part of the reason, or of the warning, that the program gets; a tilde tells those of one reason apart.
SHARING = programs(
    """
    ### os.chdir() in line
    async def work(event):
        before = os.getcwd()
        os.chdir("work")
        subprocess.run(["make", event.text])
        os.chdir(before)
    ### os.environ in line
    async def work(event):
        os.environ["LANGUAGE"] = event.text
        subprocess.run(["make"])
    ### contextlib.redirect_stdout() in line
    async def work(event):
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            print(subprocess.getoutput(event.text))
    ### changes the folder or environment that programs start with for a while
    def list_files(folder):
        before = os.getcwd()
        os.chdir(folder)
        names = os.listdir(".")
        os.chdir(before)
        return names

    async def work(event):
        await event.reply(subprocess.getoutput(event.text))
    ### changes the folder or environment that programs start with for a while ~ of a function
    async def greet(event):
        os.environ["LANGUAGE"] = event.text
        await event.reply(str(greeting()))
        del os.environ["LANGUAGE"]

    def run(command):
        return subprocess.getoutput(command)

    async def work(event):
        run(event.text)
    ### the command names in.ogg
    async def work(event):
        command = ["ffmpeg", "-y", "-i", "in.ogg"]
        command.append("out.wav")
        subprocess.run(command)
    ### the command names out.wav
    OUT = "out.wav"

    async def work(event):
        subprocess.run(["ffmpeg", "-y", "-i", event.text, OUT])
    ### the command names out.wav ~ in a list
    async def work(event):
        command = ["ffmpeg", "-y", "-i", event.text]
        command += ["out.wav"]
        subprocess.check_call(command)
    ### the command names out.wav ~ in a text
    async def work(event):
        out = "out.wav"
        os.system(f"ffmpeg -y -i {event.text} {out}")
    ### the command names out.wav ~ in a format
    async def work(event):
        os.system("ffmpeg -y -i {} out.wav".format(event.text))
    ### the command names voices/out.wav
    FOLDER = pathlib.Path("voices")

    async def work(event):
        subprocess.run(["ffmpeg", "-i", event.text, str(FOLDER / "out.wav")])
    ### the command names x.wav
    async def work(event):
        os.system("ffmpeg -y -i %s x.wav" % event.text)
    ### the command names cache
    async def work(event):
        os.system("sudo rm -rf cache")
    ### git pull needs its folder for itself
    async def work(event):
        subprocess.run(["git", "pull"])
    ### git reset needs its folder for itself
    async def work(event):
        os.system("cd .. && git -C bot reset --hard")
    ### is written in line
    async def work(event):
        pathlib.Path("in.txt").write_text(event.text)
        await event.reply(subprocess.check_output(["wc", event.text]).decode())
    ### is removed in line
    async def work(event):
        shutil.rmtree("work", ignore_errors=True)
        subprocess.run(["unpack", event.text])
    ### is removed in line ~ behind it
    async def work(event):
        subprocess.run(["unpack", event.text])
        os.remove("list")
    ### which changes a file in line
    def unpack(name):
        shutil.rmtree("work", ignore_errors=True)
        os.mkdir("work")
        return subprocess.check_output(["unpack", name])

    async def work(event):
        unpack(event.text)
    ### which changes a file in line ~ with a database
    def export():
        connection = sqlite3.connect("bot.db")
        rows = connection.execute("SELECT * FROM users").fetchall()
        connection.close()
        with open("users.csv", "w") as file:
            csv.writer(file).writerows(rows)

    async def work(event):
        export()
    ### it names out.png
    def draw():
        connection = sqlite3.connect("bot.db")
        rows = connection.execute("SELECT * FROM users").fetchall()
        connection.close()
        plot(rows)

    def plot(rows):
        subprocess.run(["gnuplot", "-o", "out.png"], input=str(rows).encode())

    async def work(event):
        draw()
    ### it has a preexec_fn
    async def work(event):
        process = subprocess.Popen(["make"], preexec_fn=os.setsid)
        process.wait()
    ### run() uses preexec_fn
    def run():
        process = subprocess.Popen(["make"], preexec_fn=os.setsid)
        return process.wait()

    async def work(event):
        run()
    ### Counts.runs is read before it
    class Counts:
        runs = 0

    async def work(event):
        before = Counts.runs
        subprocess.run(["make"])
        Counts.runs = before + 1
    ### user is read before it
    USERS = {}

    async def work(event):
        user = USERS.setdefault(event.sender_id, {"runs": 0})
        before = user["runs"]
        subprocess.run(["make"])
        user["runs"] = before + 1
    ### bot_data is read before it
    async def work(update, context):
        before = context.bot_data["runs"]
        subprocess.run(["make"])
        context.bot_data["runs"] = before + 1

    def main(builder):
        builder.concurrent_updates(True)
    ### context.bot_data is handed to run()
    def run(data):
        for name in data:
            subprocess.run(["echo", name])

    async def work(update, context):
        run(context.bot_data)
    ### user is handed to run()
    USERS = {}

    def run(given):
        before = given["runs"]
        subprocess.run(["make"])
        given["runs"] = before + 1

    async def work(event):
        user = USERS[event.sender_id]
        run(user)
    ### run() uses Counts.runs
    class Counts:
        runs = 0

    def run():
        Counts.runs += 1
        subprocess.run(["make"])

    async def work(event):
        run()
    ### run() uses self.users
    class Bot:
        def __init__(self):
            self.users = {}

        def run(self, number):
            self.users[number]["runs"] += 1
            subprocess.run(["make"])

        async def work(self, event):
            self.run(event.sender_id)
    ### run() uses self.runs
    class Bot:
        def __init__(self):
            self.runs = []

        def run(self):
            self.runs.insert(0, subprocess.getoutput("make"))

        async def work(self, event):
            self.run()
    ### note() uses self.count
    class Base:
        count = 0

        def note(self):
            self.count += 1

    class Bot(Base):
        def note(self):
            super().note()
            subprocess.run(["make"])

        async def work(self, event):
            self.note()
    ### __init__() uses JOBS
    JOBS = []

    class Job:
        def __init__(self):
            self.number = len(JOBS)
            JOBS.append(self)

    def run():
        subprocess.run(["make"])
        return Job().number

    async def work(event):
        run()
    ### __enter__() uses JOBS
    JOBS = []

    class Job:
        def __enter__(self):
            JOBS.append(self)

        def __exit__(self, *error):
            JOBS.remove(self)

    def run():
        with Job():
            subprocess.run(["make"])

    async def work(event):
        run()
    ### number() uses self.last
    class Bot:
        last = 0

        @property
        def number(self):
            self.last += 1
            return self.last

        def run(self):
            subprocess.run(["echo", str(self.number)])

        async def work(self, event):
            self.run()
    ### run() changes seen
    def run(command, seen=[]):
        seen.append(command)
        return subprocess.getoutput(command), len(seen)

    async def work(event):
        run(event.text)
    ### run() uses run.count
    def run(command):
        run.count += 1
        return subprocess.getoutput(command)

    run.count = 0

    async def work(event):
        run(event.text)
    ### version() is decorated with functools.cache
    @functools.cache
    def version():
        return subprocess.getoutput("git version")

    def run():
        return version().upper()

    async def work(event):
        run()
    ### run() raises StopIteration
    def run(command):
        if not subprocess.getoutput(command):
            raise StopIteration

    async def work(event):
        run(event.text)
    ### run() calls globals()
    runs = 0

    def run(command):
        globals()["runs"] += 1
        return subprocess.getoutput(command)

    async def work(event):
        run(event.text)
    ### event.client.busy is read before it
    async def work(event):
        if not event.client.busy:
            event.client.busy = True
            subprocess.run(["make"])
            event.client.busy = False
    ### run() changes sys.stdout
    def run(command):
        before, sys.stdout = sys.stdout, io.StringIO()
        print(subprocess.getoutput(command))
        text, sys.stdout = sys.stdout.getvalue(), before
        return text

    async def work(event):
        run(event.text)
    ### run() calls random.seed()
    def run(command):
        random.seed(1)
        return subprocess.getoutput(command), random.random()

    async def work(event):
        run(event.text)
    ### which a thread has for itself
    def run(command):
        decimal.getcontext().prec = 50
        return subprocess.getoutput(command)

    async def work(event):
        run(event.text)
    ### run() calls inspect.stack()
    def run(command):
        return inspect.stack()[1].function, subprocess.getoutput(command)

    async def work(event):
        run(event.text)
    ### chart() uses matplotlib.pyplot
    def chart():
        connection = sqlite3.connect("bot.db")
        plt.plot(connection.execute("SELECT * FROM users").fetchall())
        connection.close()

    async def work(event):
        chart()
    ### may now write in between
    def report():
        with contextlib.closing(sqlite3.connect("bot.db")) as connection:
            count = connection.execute("SELECT count(*) FROM users").fetchone()
            return count, connection.execute("SELECT * FROM users").fetchall()

    async def work(event):
        report()

    async def add(event):
        event.database.execute("INSERT INTO users VALUES (?)", (event.text,))
    ### does not wait, or not long, for a lock
    def report():
        with contextlib.closing(sqlite3.connect("bot.db")) as connection:
            return connection.execute("SELECT * FROM users").fetchall()

    async def work(event):
        report()

    def add(name):
        with contextlib.closing(sqlite3.connect("bot.db", timeout=0)) as connection, connection:
            connection.execute("INSERT INTO users VALUES (?)", (name,))
    ### may have written to the database meanwhile
    NAMES = {}

    def name_of(number):
        with contextlib.closing(sqlite3.connect("bot.db")) as connection:
            return connection.execute("SELECT name FROM users WHERE id = ?", (number,)).fetchone()

    async def work(event):
        NAMES[event.sender_id] = name_of(event.sender_id)

    async def add(event):
        event.database.execute("INSERT INTO users VALUES (?)", (event.text,))
    """,
    IMPORTS,
)


def is_safe(sources: dict[str, str]) -> bool:
    """Whether a safe change is made to the program."""
    plan = harness.run([BlockingCall()], harness.plain(sources), unsafe=False)
    assert not plan.problems and plan.findings
    return bool(plan.chosen)


@pytest.mark.parametrize("kind", SHARING)
def test_what_is_shared_with_other_handlers_is_not_safe(kind: str) -> None:
    assert not is_safe({"bot.py": SHARING[kind]})


def test_variables_of_other_modules_are_shared() -> None:
    state = "busy = 0\n"
    work = "import subprocess\n\nimport state\n\n\nasync def work(event):\n    {}\n"
    across = "before = state.busy\n    subprocess.getoutput('uptime')\n    state.busy = before + 1"
    inside = "run()\n\n\ndef run():\n    state.busy += 1\n    subprocess.getoutput('uptime')"
    assert not is_safe({"state.py": state, "bot.py": work.format(across)})
    assert not is_safe({"state.py": state, "bot.py": work.format(inside)})


def test_a_chain_of_functions_that_is_too_long_to_follow_is_not_safe() -> None:
    chain = "".join(f"def f{n}():\n    f{n + 1}()\n\n\n" for n in range(80))
    last = "JOBS = []\n\n\ndef f80():\n    JOBS.append(1)\n\n\ndef run():\n    subprocess.getoutput('uptime')\n    f0()\n\n\n"
    assert not is_safe({"bot.py": f"import subprocess\n\n\n{chain}{last}async def work(event):\n    run()\n"})


SAME = {
    "a class with constants, an object made there and a parent's method": """\
        import subprocess
        import sys

        class Settings:
            FOLDER = "/"

        class Command:
            def __init__(self, words):
                self.words = words
                self.runs = 0

            def run(self):
                return subprocess.check_output(self.words, text=True, cwd=Settings.FOLDER)

        class Echo(Command):
            def __init__(self, word):
                super().__init__(["echo", word])

        def run(word):
            return Echo(word).run().upper(), sys.platform

        async def work():
            return run("a"), run("b")
        """,
    "a part of what is shared, only read": """\
        import subprocess

        NAMES = {1: "a"}

        def run(name):
            return subprocess.getoutput("echo " + name)

        async def work():
            name = NAMES[1]
            return run(name)

        async def rename(number, name):
            NAMES[number] = name
        """,
    "a folder and variables that are set and stay": """\
        import os
        import subprocess

        os.environ["GREETING"] = "hello"

        def main():
            os.chdir("/")

        def go(folder):
            os.chdir(folder)
            os.environ["HTTP_PROXY"] = "a"
            os.environ["HTTPS_PROXY"] = "b"
            if folder:
                os.environ["HTTP_PROXY"] = "c"

        async def work():
            return subprocess.getoutput("echo $GREETING; pwd | wc -l")
        """,
    "a file with a name of its own": """\
        import os
        import subprocess
        import tempfile

        def size(text):
            handle, name = tempfile.mkstemp()
            os.close(handle)
            try:
                return subprocess.getoutput("cat " + name)
            finally:
                os.remove(name)

        async def work():
            return size("a")
        """,
}


async def call(run: Run) -> object:
    return await run.module.work()


@pytest.mark.parametrize("name", SAME)
def test_what_is_not_shared_does_the_same_in_a_thread(worker: Worker, name: str) -> None:
    source = textwrap.dedent(SAME[name])
    files = harness.plain({"bot.py": source})
    plan = harness.run([BlockingCall()], files, unsafe=True)
    assert plan.files and not plan.left and not plan.problems, [f.reason for f in plan.left]
    after = harness.result(plan, files)[harness.ROOT / "bot.py"].decode()
    assert worker.differences(source, after, scenario=call) == []


#: Two functions that write to a database each, called in a row.
ROW = """\
import sqlite3

from telegram.ext import Application, CommandHandler

counter = 0


def save(name, count):
    with sqlite3.connect("a.db") as db:
        db.execute("insert into t values (?, ?)", (name, count))


def log(name, count):
    with sqlite3.connect("b.db") as db:
        db.execute("insert into u values (?, ?)", (name, count))


async def start(update, context):
    save("start", 1)
    log("start", GIVEN)


async def other(update, context):
    global counter
    counter += 1


def main():
    app = Application.builder().token("x").concurrent_updates(True).build()
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CommandHandler("other", other))
    app.run_polling()
"""


@pytest.mark.parametrize(
    ("given", "title", "others"),
    [
        ("2", "Run 2 calls in one thread", False),
        ("counter", "Run 2 calls in one thread", True),
        ("context.user_data.pop('n')", "Make 2 calls in threads", True),
    ],
    ids=["nothing of others", "a variable that others set", "what may only be asked in the coroutine"],
)
def test_what_calls_in_a_row_are_given_is_looked_up_after_others_may_have_come(
    given: str, title: str, others: bool
) -> None:
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": ROW.replace("GIVEN", given)}), unsafe=True)
    change = plan.findings[-1].change
    assert change is not None and change.title == title
    assert (Hazard.INTERLEAVING in named(change.verdicts)) is others


def test_calls_in_a_row_assume_of_each_what_it_works_on_and_of_their_wait_one_order() -> None:
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": ROW.replace("GIVEN", "2")}), unsafe=True)
    change = plan.findings[-1].change
    assert change is not None
    tables = [a.sentence.partition("`")[2][0] for a in change.assumes if a.hazard is Hazard.OUTSIDE]
    assert tables == ["t", "u"] and sum(a.hazard is Hazard.ORDERING for a in change.assumes) == 1
