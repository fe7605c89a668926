"""The examples of TGF502."""

from __future__ import annotations

from ....engine.codemod import Example, left, patched, untouched
from ....engine.model import Safety

EXAMPLES: tuple[Example, ...] = (
    patched(
        """\
+import asyncio
 import subprocess

 from telegram import Update


 async def uptime(update: Update, context):
-    told = subprocess.check_output(["uptime", "-p"], text=True)
+    told = await asyncio.to_thread(subprocess.check_output, ["uptime", "-p"], text=True)
     await update.message.reply_text(told)
""",
        "a program's output",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 import subprocess


 async def uptime(chat):
-    await chat.send(subprocess.getoutput("uptime -p"))
+    await chat.send(await asyncio.to_thread(subprocess.getoutput, "uptime -p"))
""",
        "a program's output where nothing else runs meanwhile",
    ),
    patched(
        """\
+import asyncio
+
 import psycopg2


 def limited(user):
     with psycopg2.connect("dbname=bot") as connection:
         cursor = connection.cursor()
         cursor.execute("SELECT count FROM calls WHERE user_id = %s", (user,))
         return cursor.fetchone()[0] > 10


 def count(user):
     with psycopg2.connect("dbname=bot") as connection:
         connection.cursor().execute("UPDATE calls SET count = count + 1 WHERE user_id = %s", (user,))


 async def ask(event):
     if limited(event.sender_id):
         return await event.reply("Later")
     count(event.sender_id)
     await event.reply("Yes")
-    count(0)
+    await asyncio.to_thread(count, 0)
""",
        "a limit that is looked at before it is counted stays with that, and what follows a wait moves",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 import asyncio
 import os
 from subprocess import check_output as output


 async def version(event):
-    name = output(
+    name = (await asyncio.to_thread(
+        output,
         ["git", "describe"],
         timeout=5,  # seconds
-    ).decode().strip()
-    if os.system("git diff --quiet"):
+    )).decode().strip()
+    if await asyncio.to_thread(os.system, "git diff --quiet"):
         name += " (changed)"
     await asyncio.sleep(1)
     await event.reply(name)
""",
        "a result that is used at once, and a condition; git works on files of its own",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 import os
 import subprocess


 async def convert(event, source):
     process = subprocess.Popen(["ffmpeg", "-i", source], stdout=subprocess.PIPE)
-    out, _ = process.communicate()
-    load = os.popen("uptime").read().strip()
+    out, _ = await asyncio.to_thread(process.communicate)
+    load = (await asyncio.to_thread(os.popen("uptime").read)).strip()
     await event.reply(f"{len(out)} bytes, {load}")
""",
        "the end of a started process, which writes a file",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 import subprocess


 async def evaluate(event):
     with open("snippet.py", "w") as file:
         file.write(event.text)
-    await event.reply(subprocess.getoutput("python snippet.py"))
+    await event.reply(await asyncio.to_thread(subprocess.getoutput, "python snippet.py"))
""",
        "a file that every run of the handler writes needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 import subprocess


 async def restart(event):
-    subprocess.run(["systemctl", "restart", "nginx"], stderr=subprocess.DEVNULL)
-    log = subprocess.Popen("journalctl -n 5", shell=True, stdout=subprocess.PIPE)
-    lines, _ = log.communicate()
+    await (await asyncio.create_subprocess_exec("systemctl", "restart", "nginx", stderr=subprocess.DEVNULL)).wait()
+    log = await asyncio.create_subprocess_shell("journalctl -n 5", stdout=subprocess.PIPE)
+    lines, _ = await log.communicate()
     await event.reply(lines.decode())
""",
        "programs without threads, as the option style wants",
        safety=Safety.UNSAFE,
        options={"style": "asyncio"},
    ),
    patched(
        """\
+import asyncio
 import sqlite3
 import subprocess

 from telegram import Update


 def up():
     return subprocess.check_output(["uptime", "-p"], text=True)


 def balance(user):
     with sqlite3.connect("bank.db") as connection:
         row = connection.execute("SELECT balance FROM accounts WHERE user = ?", (user,)).fetchone()
     return row[0] if row else 0


 async def uptime(update: Update, context):
-    await update.message.reply_text(up().strip())
+    await update.message.reply_text((await asyncio.to_thread(up)).strip())


 async def show(update: Update, context):
-    await update.message.reply_text(str(balance(update.effective_user.id)))
+    await update.message.reply_text(str(await asyncio.to_thread(balance, update.effective_user.id)))
""",
        "plain functions that handlers call, and a large database",
        safety=Safety.UNSAFE,
        options={"sqlite": "always"},
    ),
    patched(
        """\
+import asyncio
+
 from pydub import AudioSegment
 from telegram import Update


 async def voice(update: Update, context):
-    sound = AudioSegment.from_file("note.ogg")
-    sound.export(f"{update.update_id}.mp3", format="mp3")
+    sound = await asyncio.to_thread(AudioSegment.from_file, "note.ogg")
+    await asyncio.to_thread(sound.export, f"{update.update_id}.mp3", format="mp3")
     await update.message.reply_audio(f"{update.update_id}.mp3")
""",
        "a sound that is read and written in another form",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import subprocess

import patoolib
from telegram import Update


async def unpack(update: Update, context):
    patoolib.extract_archive("songs.rar", outdir="songs")
    told = subprocess.check_output(["du", "-sh", "songs"], text=True)
    await update.message.reply_text(told)
""",
        "stays on the event loop and may take longer",
        "a call beside it of which nobody knows how long it takes",
    ),
    left(
        """\
import subprocess

from telegram import Update


async def choose(update: Update, context):
    while True:
        word = input("Which one? ")
        if not word:
            break
        subprocess.check_call(["apt-get", "install", word])
    await update.message.reply_text("Done")
""",
        "stops everything at each turn until somebody has typed a line",
        "a question to whoever sits in front of the program, at each turn of a loop",
    ),
    left(
        """\
import subprocess

from selenium import webdriver
from telegram import Update


async def shot(update: Update, context):
    browser = webdriver.Chrome()
    browser.get("https://example.com")
    browser.save_screenshot("page.png")
    subprocess.run(["pngquant", "page.png"])
    await update.message.reply_photo("page.png")
""",
        "one call of many drives a browser",
        "a browser that is driven step by step",
    ),
    left(
        """\
import paramiko


async def load(event):
    client = paramiko.SSHClient()
    _, answer, _ = client.exec_command("uptime")
    await event.reply(answer.read().decode())
""",
        "what waits is to read what it gives",
        "a command on another machine, whose answer is read later",
    ),
    left(
        """\
import subprocess


async def count(event):
    listing = subprocess.Popen(("ls", "photos"), stdout=subprocess.PIPE)
    number = subprocess.check_output(("wc", "-l"), stdin=listing.stdout)  # tgfix: ignore[TGF502]
    listing.wait()
    await event.reply(number.decode())
""",
        "the program is over",
        "a program whose output has been read to the end",
    ),
    left(
        """\
import os


async def clean(event):
    await event.delete()
    os.system("rm -rf *.webp *.mp4")
    os.system("clear")
    os.system(f"rm {event.chat_id}/*.png")
    photo_file = await event.download_media()
    os.system(f"rm -rf {photo_file}")
    command = "rm report.html"
    os.system(command)
    await event.delete()
    command = "rm report.html"
    os.system(command)
""",
        "to remove files takes milliseconds",
        "files that a program removes",
    ),
    left(
        """\
import sqlite3


def query(statement, *values):
    with sqlite3.connect("bank.db") as connection:
        return connection.execute(statement, values).fetchall()


def balance(user):
    return query("SELECT balance FROM accounts WHERE user = ?", user)[0][0]


async def show(update, context):
    text = str(balance(update.effective_user.id))
    await update.message.reply_text(text)
""",
        "whether it writes is not seen",
        "a statement that comes from elsewhere",
    ),
    left(
        """\
import psycopg2


class Database:
    def __init__(self):
        self.connection = psycopg2.connect("dbname=bot")

    def users(self):
        cursor = self.connection.cursor()
        cursor.execute("SELECT name FROM users")
        return cursor.fetchall()


async def show(update, context):
    users = Database().users()
    await update.message.reply_text(str(users))
""",
        "Database() blocks, too, before a thread begins",
        "an object that connects when it is made",
    ),
    left(
        """\
import sqlite3


def balance(user):
    with sqlite3.connect("bank.db") as connection:
        return connection.execute("SELECT balance FROM accounts WHERE user = ?", (user,)).fetchone()[0]


async def show(update, context):
    await update.message.reply_text(str(balance(update.effective_user.id)))
""",
        "it only reads",
        "a row of a database",
    ),
    patched(
        """\
+import asyncio
 import sqlite3


 def pay(user, amount):
     with sqlite3.connect("bank.db") as connection:
         connection.execute("UPDATE accounts SET balance = balance - ? WHERE user = ?", (amount, user))


 async def buy(update, context):
-    pay(update.effective_user.id, 5)
+    await asyncio.to_thread(pay, update.effective_user.id, 5)
     await update.message.reply_text("Thank you")
""",
        "a function that writes to a database needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
+
 import requests
 from telegram import Update


 def weather(city):
     return requests.get(f"https://weather.test/{city}", timeout=10).json()


 def forecast(city):
     return weather(city)["forecast"]


 async def show(update: Update, context):
-    await update.message.reply_text(forecast(context.args[0]))
+    await update.message.reply_text(await asyncio.to_thread(forecast, context.args[0]))
""",
        "a request behind two plain functions",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 import smtplib
 import time
 import urllib.request

 import requests


 class Rates:
     def __init__(self):
         self.session = requests.Session()

     def euro(self):
         return self.session.get("https://rates.test/eur").json()["rate"]


 rates = Rates()


 def mail(text):
     with smtplib.SMTP("localhost") as server:
         server.sendmail("bot@bot.test", "owner@bot.test", text)


 def fetch(url, path):
     time.sleep(1)
     urllib.request.urlretrieve(url, path)


 async def show(event):
-    await event.reply(str(rates.euro()))
-    mail(event.raw_text)
-    fetch("https://rates.test/chart.png", f"{event.id}.png")
+    await event.reply(str(await asyncio.to_thread(rates.euro)))
+    await asyncio.to_thread(mail, event.raw_text)
+    await asyncio.to_thread(fetch, "https://rates.test/chart.png", f"{event.id}.png")
""",
        "a method with a session made elsewhere, a mail, a download",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 import shutil
 import socket
 import subprocess
 import zipfile

 import psutil
 from gtts import gTTS
 from pymongo import MongoClient

 users = MongoClient()["bot"]["users"]


 async def check(event):
-    address = socket.gethostbyname(event.raw_text)
-    load = psutil.cpu_percent(interval=1)
+    address = await asyncio.to_thread(socket.gethostbyname, event.raw_text)
+    load = await asyncio.to_thread(psutil.cpu_percent, interval=1)
     idle = psutil.cpu_percent()
-    user = users.find_one({"_id": event.sender_id})
-    gTTS(event.raw_text).save(f"{event.id}.mp3")
+    user = await asyncio.to_thread(users.find_one, {"_id": event.sender_id})
+    await asyncio.to_thread(gTTS(event.raw_text).save, f"{event.id}.mp3")
     with zipfile.ZipFile("themes.zip") as archive:
-        archive.extractall("themes")
-    copy = shutil.make_archive("copy", "zip", "themes")
+        await asyncio.to_thread(archive.extractall, "themes")
+    copy = await asyncio.to_thread(shutil.make_archive, "copy", "zip", "themes")
     process = subprocess.Popen(["df", "-h"], stdout=subprocess.PIPE)
-    disk = process.stdout.read()
+    disk = await asyncio.to_thread(process.stdout.read)
     await event.reply(f"{address} {load} {idle} {user} {copy} {disk}")
""",
        "what is known to block, in a coroutine itself",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 import sqlite3


 async def count(event):
-    connection = sqlite3.connect("visits.db")
-    cursor = connection.cursor()
-    cursor.execute(
-        '''
+    def work_on_database():
+        connection = sqlite3.connect("visits.db")
+        cursor = connection.cursor()
+        cursor.execute(
+            '''
         INSERT INTO visits VALUES (?)
         ''',
-        (event.sender_id,),
-    )
+            (event.sender_id,),
+        )

-    (visits,) = cursor.execute("SELECT count(*) FROM visits").fetchone()  # with this one
-    connection.commit()
-    connection.close()
+        (visits,) = cursor.execute("SELECT count(*) FROM visits").fetchone()  # with this one
+        connection.commit()
+        connection.close()
+        return visits
+
+    visits = await asyncio.to_thread(work_on_database)
     await event.reply(f"visit {visits}")


 async def leave(event):
-    with sqlite3.connect("visits.db") as connection:
-        connection.execute("UPDATE last SET user = ?", (event.sender_id,))
+    def work_on_database():
+        with sqlite3.connect("visits.db") as connection:
+            connection.execute("UPDATE last SET user = ?", (event.sender_id,))
+
+    await asyncio.to_thread(work_on_database)
     await event.reply("bye")
""",
        "a database that a coroutine opens, uses and closes itself",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import sqlite3


async def count(event):
    connection = sqlite3.connect("visits.db")
    connection.execute("INSERT INTO visits VALUES (?)", (event.sender_id,))
    await event.reply("counted")
    connection.commit()
    connection.close()
""",
        "they wait, end early, define something",
        "a database that stays open while something is sent",
    ),
    left(
        """\
import asyncio

import requests


async def download(event):
    answer = await asyncio.to_thread(requests.get, event.raw_text, stream=True)
    with open("file.bin", "wb") as file:
        for chunk in answer.iter_content(65536):
            file.write(chunk)
""",
        "put the loop into a plain function",
        "an answer that comes while a loop goes over it",
    ),
    left(
        """\
import subprocess


async def log(event):
    process = subprocess.Popen(["tail", "-f", "bot.log"], stdout=subprocess.PIPE)
    for line in process.stdout:
        await event.reply(line.decode())
""",
        "put the loop into a plain function",
        "the output of a program, line by line",
    ),
    left(
        """\
import requests


def pages(url):
    while url:
        answer = requests.get(url).json()
        yield answer["text"]
        url = answer.get("next")


async def show(event):
    for text in pages("https://pages.test"):
        await event.reply(text)
""",
        "is a generator",
        "a generator that sends requests",
    ),
    left(
        """\
import psycopg2

connection = psycopg2.connect("dbname=bot")


def total():
    cursor = connection.cursor()
    cursor.execute("SELECT sum(balance) FROM accounts")
    return cursor.fetchone()[0]


async def show(event):
    await event.reply(str(total()))
""",
        "connection belongs to all handlers",
        "a connection of another database that all handlers share",
    ),
    left(
        {
            "bot.py": """\
from clients import add


async def contact(event):
    add(event.sender_id)
    await event.reply("Thank you.")
""",
            "clients.py": """\
from models import Client
from session import session
from sqlalchemy.exc import IntegrityError


def add(number):
    session.add(Client(number=number))
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
""",
            "session.py": """\
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

engine = create_engine("postgresql://localhost/bot")
session = Session(engine)
""",
        },
        "session belongs to all handlers",
        "a session of another file that all handlers share",
    ),
    left(
        """\
import asyncio

import yt_dlp


async def load(event, url):
    def progress_hook(told):
        asyncio.create_task(event.edit(told["_percent_str"]))

    options = {"outtmpl": f"{event.id}.mp4", "progress_hooks": [progress_hook]}
    with yt_dlp.YoutubeDL(options) as ydl:
        ydl.download([url])
""",
        "is called in the thread then, where `create_task()`",
        "a hook that needs the event loop",
    ),
    left(
        """\
import pymupdf


def text_of(path):
    with open(path, "rb") as f:
        document = pymupdf.open(stream=f.read())
    return "".join(page.get_text() for page in document)


def printed(path):
    import subprocess

    subprocess.run(["qpdf", path, "a.pdf"])
    return text_of("a.pdf")


async def show(event, path):
    await event.reply(printed(path))
""",
        "may crash where two threads use it",
        "a library that is not made for threads",
    ),
    left(
        """\
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from models import User

engine = create_engine("sqlite:///bot.db")


def language(user):
    with Session(engine) as session:
        return session.scalar(select(User.language).where(User.id == user))


async def show(event):
    await event.reply(language(event.sender_id))
""",
        "it only reads, which takes 0.15 ms of a small database",
        "a row of a file of SQLite, by SQLAlchemy",
    ),
    left(
        """\
async def log_in(client, phone):
    await client.sign_in(phone, input("Code: "))
""",
        "whoever types sits in front of the program",
        "a question at the terminal",
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
    untouched(
        """\
import sqlite3

from telegram.ext import Application, CommandHandler


def total():
    with sqlite3.connect("bank.db") as connection:
        found = connection.execute("SELECT sum(balance) FROM accounts").fetchone()[0]
    connection.close()
    return found


async def show(update, context):
    await update.message.reply_text(str(total()))


application = Application.builder().token("1:A").build()
application.add_handler(CommandHandler("total", show))
application.run_polling()
""",
        "a query where updates come one after the other",
    ),
    left(
        """\
import requests

texts = {"hello": "Hallo"}


def translated(key):
    return requests.get("https://translate.example/" + key, timeout=5).text


def text(key):
    try:
        return texts[key]
    except KeyError:
        return translated(key)


async def greet(event):
    await event.reply(text("hello"))
""",
        "it waits only where something else has failed",
        "a request that replaces what is missing",
    ),
    left(
        """\
import os
import sys


def restart():
    if "HOST" in os.environ:
        os.system("host restart")
    else:
        os.execl(sys.executable, sys.executable, "bot.py")


async def update(event):
    restart()
""",
        "ends the program",
        "a function that starts the program anew",
    ),
    left(
        """\
import zipfile


async def backup(event):
    with zipfile.ZipFile("backup.zip", "w") as archive:
        archive.write("settings.json")
        archive.write("session.db")
    await event.reply(file="backup.zip")
""",
        "put the whole work into a plain function",
        "an archive, file by file",
    ),
    untouched(
        """\
import shutil


def keep(path):
    shutil.copy2(path, "settings.bak")


async def save(event):
    keep("settings.ini")
    await event.reply("saved")
""",
        "a copy of one file",
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
    left(
        """\
import subprocess


async def sums(event):
    with open("sums.txt", "w") as file:
        file.write(event.text)
    await event.reply(subprocess.check_output(["md5sum", "sums.txt"]).decode())
""",
        "`md5sum` takes milliseconds",
        "a moment's work on one file for all",
    ),
    patched(
        """\
+import asyncio
+
 from pySmartDL import SmartDL


 async def fetch(event):
     download = SmartDL(event.url, "film.mp4")
     download.start(blocking=False)
     while not download.isFinished():
-        pass
+        await asyncio.sleep(0.1)
     await event.reply("done")
""",
        "a loop that does nothing but ask",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 import asyncio

 from PIL import Image


 def shrink(source):
     picture = Image.open(source)
     picture.thumbnail((512, 512))
     picture.save(f"{source}.png")


 async def sticker(event):
     path = await event.download_media()
-    shrink(path)
+    await asyncio.to_thread(shrink, path)
     await event.reply(file=f"{path}.png")
""",
        "a function that writes a picture needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 import asyncio

 from PIL import Image


 def shaded(source):
     picture = Image.open(source).convert("RGBA")
     both = Image.alpha_composite(picture, Image.new("RGBA", picture.size, (0, 0, 0, 99)))
     both.save(f"{source}.png")


 async def card(event):
     path = await event.download_media()
-    shaded(path)
+    await asyncio.to_thread(shaded, path)
     await event.reply(file=f"{path}.png")
""",
        "a picture that a function of Pillow makes of two",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 import asyncio
 import io

 from PIL import Image, ImageEnhance


 def sharpened(data):
     picture = ImageEnhance.Sharpness(Image.open(io.BytesIO(data))).enhance(1.25)
     written = io.BytesIO()
     picture.save(written, format="JPEG", optimize=True)
     return written.getvalue()


 async def sharpen(event):
     data = await event.download_media(bytes)
-    await event.reply(file=sharpened(data))
+    await event.reply(file=await asyncio.to_thread(sharpened, data))
""",
        "a function that works on a picture in memory",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import asyncio

from PIL import Image


def shrink(source):
    picture = Image.open(source)
    picture.thumbnail((512, 512))
    picture.save("small.png")


async def sticker(event):
    shrink(await event.download_media())
    await event.reply(file="small.png")
""",
        "two updates at once would write `small.png`",
        "a picture whose name is always the same",
    ),
    left(
        """\
from PIL import Image


async def sticker(event):
    picture = Image.open("large.png")
    picture.thumbnail((512, 512))
    picture.save("small.png")
    await event.reply(file="small.png")
""",
        "it ends the work on a picture: put that into a plain function, and await `asyncio.to_thread()` with it",
        "a picture that a coroutine writes itself",
    ),
    patched(
        """\
 import asyncio
 from concurrent.futures import ThreadPoolExecutor


 async def ask(update, context):
     with ThreadPoolExecutor() as executor:
         future = executor.submit(answer, update.message.text)
-        found = future.result()
+        found = await asyncio.wrap_future(future)
     await update.message.reply_text(found)
""",
        "a thread for which the coroutine waits",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor()


async def ask(event):
    await event.reply(pool.submit(answer, event.text).result(timeout=5))
""",
        "it has a time limit",
        "a thread for which the coroutine waits some seconds",
    ),
    patched(
        """\
 import asyncio

 import speedtest


 async def measure(event):
-    test = speedtest.Speedtest()
-    test.get_best_server()
-    # both ways
-    test.download()
-    test.upload(
-        threads=4,
-    )
+    test = await asyncio.to_thread(speedtest.Speedtest)
+
+    def steps():
+        test.get_best_server()
+        # both ways
+        test.download()
+        test.upload(
+            threads=4,
+        )
+
+    await asyncio.to_thread(steps)
     await event.reply(str(test.results))
""",
        "calls that follow each other",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
from pymongo import MongoClient
from telethon import TelegramClient, events

settings = MongoClient("mongodb://db.example.org").bot.settings
client = TelegramClient("account", 1, "hash")


def save(name, value):
    settings.update_one({"_id": name}, {"$set": {"value": value}}, upsert=True)


@client.on(events.NewMessage(outgoing=True, pattern=r"\\.afk"))
async def away(event):
    save("afk", True)
    await event.edit("Away.")
""",
        "only the owner comes here",
        "a query at a command of a userbot's owner",
    ),
    left(
        """\
from pymongo import MongoClient
from telethon import TelegramClient, events

settings = MongoClient("mongodb://db.example.org").bot.settings
client = TelegramClient("account", 1, "hash")
OWNER_ID = 1


@client.on(events.NewMessage(pattern="/mode"))
async def mode(event):
    if event.sender_id != OWNER_ID:
        return
    settings.update_one({"_id": "mode"}, {"$set": {"value": event.raw_text}})
    await event.reply("Saved.")
""",
        "only the owner comes here",
        "a query behind a test that ends for all but the owner",
    ),
    patched(
        """\
+import asyncio
+
 from pymongo import MongoClient
 from telethon import TelegramClient, events

 seen = MongoClient("mongodb://db.example.org").bot.seen
 client = TelegramClient("account", 1, "hash")
 OWNER_ID = 1


 @client.on(events.NewMessage(incoming=True))
 async def count(event):
     if event.sender_id == OWNER_ID:
         return
-    seen.insert_one({"user": event.sender_id})
+    await asyncio.to_thread(seen.insert_one, {"user": event.sender_id})
     await event.reply("Seen.")
""",
        "a query for everybody but the owner",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
from pymongo import MongoClient
from telegram.ext import Application, CommandHandler

chats = MongoClient("mongodb://db.example.org").bot.chats


def register(chat):
    chats.update_one({"_id": chat}, {"$set": {"active": True}}, upsert=True)


async def start(update, context):
    register(update.effective_chat.id)
    await update.message.reply_text("Hello")


async def remind(context):
    await context.bot.send_message(1, "Good morning")


app = Application.builder().token("token").build()
app.add_handler(CommandHandler("start", start))
app.job_queue.run_repeating(remind, 60)
app.run_polling()
""",
        "the bot handles one update after the other",
        "a query where updates come one after the other, and jobs alone gain",
    ),
    left(
        """\
import sqlite3
import threading

local = threading.local()


def database():
    if not hasattr(local, "connection"):
        local.connection = sqlite3.connect("bot.db")
        local.connection.executescript("CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY)")
    return local.connection


def add(user):
    connection = database()
    connection.execute("INSERT INTO users VALUES (?)", (user,))
    connection.commit()


async def join(event):
    add(event.sender_id)
    await event.reply("Welcome")
""",
        "keeps a connection for each thread",
        "a connection of sqlite3 for each thread",
    ),
    left(
        """\
import redis

rides = redis.Redis(host="rides.example.org")


async def offer(event):
    rides.hset("rides", event.sender_id, event.raw_text)
    rides.expire("rides", 3600)
    await event.reply("Offered")


async def tell(event):
    if rides.hexists("rides", event.sender_id):
        await event.reply(rides.hget("rides", event.sender_id))


async def cancel(event):
    rides.hdel("rides", event.sender_id)
    await event.reply(f"{rides.hlen('rides')} left, {rides.get('seats')} seats")
""",
        "6 calls of `rides` block here: await all of them with `redis.asyncio`",
        "a client whose library has the same to await",
    ),
)
