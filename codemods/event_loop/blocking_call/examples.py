"""The examples of TGF502."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, untouched
from ....engine.model import Safety

EXAMPLES: tuple[Example, ...] = (
    fixed(
        """\
import subprocess

from telegram import Update


async def uptime(update: Update, context):
    result = subprocess.run(["uptime", "-p"], capture_output=True, text=True)
    await update.message.reply_text(result.stdout)
""",
        """\
import asyncio
import subprocess

from telegram import Update


async def uptime(update: Update, context):
    result = await asyncio.to_thread(subprocess.run, ["uptime", "-p"], capture_output=True, text=True)
    await update.message.reply_text(result.stdout)
""",
        "a program's output",
    ),
    fixed(
        """\
import asyncio
import os
from subprocess import check_output as output


async def version(event):
    name = output(
        ["git", "describe"],
        timeout=5,  # seconds
    ).decode().strip()
    if os.system("git diff --quiet"):
        name += " (changed)"
    await asyncio.sleep(1)
    await event.reply(name)
""",
        """\
import asyncio
import os
from subprocess import check_output as output


async def version(event):
    name = (await asyncio.to_thread(
        output,
        ["git", "describe"],
        timeout=5,  # seconds
    )).decode().strip()
    if await asyncio.to_thread(os.system, "git diff --quiet"):
        name += " (changed)"
    await asyncio.sleep(1)
    await event.reply(name)
""",
        "a result that is used at once, and a condition; git works on files of its own",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import os
import subprocess


async def convert(event, source):
    process = subprocess.Popen(["ffmpeg", "-i", source], stdout=subprocess.PIPE)
    out, _ = process.communicate()
    load = os.popen("uptime").read().strip()
    await event.reply(f"{len(out)} bytes, {load}")
""",
        """\
import asyncio
import os
import subprocess


async def convert(event, source):
    process = subprocess.Popen(["ffmpeg", "-i", source], stdout=subprocess.PIPE)
    out, _ = await asyncio.to_thread(process.communicate)
    load = (await asyncio.to_thread(os.popen("uptime").read)).strip()
    await event.reply(f"{len(out)} bytes, {load}")
""",
        "the end of a started process, which writes a file",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import subprocess


async def evaluate(event):
    with open("snippet.py", "w") as file:
        file.write(event.text)
    await event.reply(subprocess.getoutput("python snippet.py"))
""",
        """\
import asyncio
import subprocess


async def evaluate(event):
    with open("snippet.py", "w") as file:
        file.write(event.text)
    await event.reply(await asyncio.to_thread(subprocess.getoutput, "python snippet.py"))
""",
        "a file that every run of the handler writes needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import subprocess

running = set()


async def start(event):
    if event.text in running:
        return
    subprocess.call(["systemctl", "start", event.text])
    running.add(event.text)
""",
        """\
import asyncio
import subprocess

running = set()


async def start(event):
    if event.text in running:
        return
    await asyncio.to_thread(subprocess.call, ["systemctl", "start", event.text])
    running.add(event.text)
""",
        "shared state around it needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import subprocess


async def restart(event):
    subprocess.run(["systemctl", "restart", "nginx"], stderr=subprocess.DEVNULL)
    log = subprocess.Popen("journalctl -n 5", shell=True, stdout=subprocess.PIPE)
    lines, _ = log.communicate()
    await event.reply(lines.decode())
""",
        """\
import asyncio
import subprocess


async def restart(event):
    await (await asyncio.create_subprocess_exec("systemctl", "restart", "nginx", stderr=subprocess.DEVNULL)).wait()
    log = await asyncio.create_subprocess_shell("journalctl -n 5", stdout=subprocess.PIPE)
    lines, _ = await log.communicate()
    await event.reply(lines.decode())
""",
        "programs without threads, as the option style wants",
        safety=Safety.UNSAFE,
        options={"style": "asyncio"},
    ),
    fixed(
        """\
import sqlite3
import subprocess

from telegram import Update


def sh(command):
    return subprocess.check_output(command, shell=True, text=True)


def balance(user):
    with sqlite3.connect("bank.db") as connection:
        row = connection.execute("SELECT balance FROM accounts WHERE user = ?", (user,)).fetchone()
    return row[0] if row else 0


async def uptime(update: Update, context):
    await update.message.reply_text(sh("uptime -p").strip())


async def show(update: Update, context):
    await update.message.reply_text(str(balance(update.effective_user.id)))
""",
        """\
import asyncio
import sqlite3
import subprocess

from telegram import Update


def sh(command):
    return subprocess.check_output(command, shell=True, text=True)


def balance(user):
    with sqlite3.connect("bank.db") as connection:
        row = connection.execute("SELECT balance FROM accounts WHERE user = ?", (user,)).fetchone()
    return row[0] if row else 0


async def uptime(update: Update, context):
    await update.message.reply_text((await asyncio.to_thread(sh, "uptime -p")).strip())


async def show(update: Update, context):
    await update.message.reply_text(str(await asyncio.to_thread(balance, update.effective_user.id)))
""",
        "plain functions that handlers call",
    ),
    fixed(
        """\
import sqlite3


def pay(user, amount):
    with sqlite3.connect("bank.db") as connection:
        connection.execute("UPDATE accounts SET balance = balance - ? WHERE user = ?", (amount, user))


async def buy(update, context):
    pay(update.effective_user.id, 5)
    await update.message.reply_text("Thank you")
""",
        """\
import asyncio
import sqlite3


def pay(user, amount):
    with sqlite3.connect("bank.db") as connection:
        connection.execute("UPDATE accounts SET balance = balance - ? WHERE user = ?", (amount, user))


async def buy(update, context):
    await asyncio.to_thread(pay, update.effective_user.id, 5)
    await update.message.reply_text("Thank you")
""",
        "a function that writes to a database needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import sqlite3


async def balance(update, context):
    connection = sqlite3.connect("bank.db")
    row = connection.execute("select balance from accounts").fetchone()
    connection.close()
    await update.message.reply_text(str(row[0]))
""",
        "belongs to the thread that opened it",
        "a database connection",
    ),
    left(
        """\
import sqlite3

connection = sqlite3.connect("bank.db", check_same_thread=False)


def total():
    return connection.execute("SELECT sum(balance) FROM accounts").fetchone()[0]


async def show(update, context):
    await update.message.reply_text(str(total()))
""",
        "a connection that all handlers share",
        "a connection that all handlers share",
    ),
    left(
        """\
import os
import subprocess


async def start(event):
    subprocess.call(["worker"], preexec_fn=os.setsid)
""",
        "preexec_fn",
        "code that runs between fork and exec",
    ),
    left(
        """\
import subprocess


async def start(event):
    return list(map(lambda name: subprocess.call([name]), event.text.split()))
""",
        "lambda",
        "a lambda",
    ),
    left(
        """\
try:
    from subprocess import run
except ImportError:
    from runners import run


async def start(event):
    run(["worker"])
""",
        "may also be runners.run",
        "a name that may be two things",
    ),
    untouched(
        """\
import asyncio
import os
import subprocess


def deploy():
    subprocess.run(["make"], check=True)


async def start(event):
    await asyncio.to_thread(subprocess.run, ["make"])
    process = await asyncio.create_subprocess_exec("make")
    await process.wait()
    print(os.getcwd(), subprocess.PIPE)
""",
        "threads, asyncio's own processes, and code outside coroutines",
    ),
)
