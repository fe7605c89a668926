"""Programs that read and write large files in a coroutine, in the shapes that bots write: ``async def work(arg)``."""

from __future__ import annotations

import textwrap

#: Files that are there when a shape begins.
FILES: dict[str, str | bytes | None] = {
    "text.log": "first line\nsecond, with ünïcode \u2028 and more\n\n  last line  ",
    "crlf.csv": b"one\r\ntwo\rthree\n",
    "empty.log": "",
    "latin.log": "caf\xe9\n".encode("latin-1"),
    "broken.log": b"fine\n" * 3 + b"\xff\xfe\n",
    "data.dat": '{"a": [1, 2, {"b": null}], "n": 1.5, "ü": "é", "count": 3}',
    "data.bin": bytes(range(256)),
    "data.csv": 'id,name\r\n1,"a, b"\r\n2,"line\nbreak"\r\n',
    "folder": None,
}
_IMPORTS = """\
import asyncio
import csv
import json
import os
from json import dumps, loads as parse
from pathlib import Path

DATA = "data.dat"
TEXT = Path("text.log")
"""


def programs(text: str) -> dict[str, str]:
    """``### name`` lines begin a program: the body of `work`, or a whole module where it begins with a definition."""
    programs: dict[str, str] = {}
    for chunk in textwrap.dedent(text).strip("\n").split("### ")[1:]:
        name, _, body = chunk.partition("\n")
        body = body.rstrip()
        if not body.startswith(("async def", "def ", "class ")):
            body = "async def work(arg):\n" + textwrap.indent(body, "    ")
        programs[name.strip()] = f"{_IMPORTS}\n\n{body}\n"
    return programs


#: Only read.
READS = programs(r"""
### the whole text
with open("text.log") as f:
    return f.read()
### a mode, an encoding and error handling
with open("latin.log", "r", encoding="utf-8", errors="replace") as f:
    return f.read()
### a missing file
with open("missing.log") as f:
    return f.read()
### a missing file that is expected
try:
    with open("missing.log") as f:
        return f.read()
except FileNotFoundError as error:
    return error.filename, str(error)
### a text that is not UTF-8
with open("broken.log", encoding="utf-8") as f:
    return f.read()
### lines
with open("text.log", encoding="utf-8") as f:
    return f.readlines()
### one line and the next
with open("text.log") as f:
    first = f.readline().strip()
    return first, f.readline(3), f.readlines()[0]
### a chain of methods
with open("text.log", encoding="utf-8") as f:
    return f.read().strip().split("\n")[0].upper()
### an index
with open("text.log", encoding="utf-8") as f:
    return f.readlines()[1][3:7]
### in a condition
with open("empty.log") as f:
    if not f.read():
        return "empty"
    return "full"
### in a comparison and an operator
with open("text.log", encoding="utf-8") as f:
    return "line" in f.read() and -f.tell() ** 2
### one name twice
with open("text.log", encoding="utf-8") as f:
    a = f.read()
with open("crlf.csv") as f:
    b = f.read()
return a, b
### used after the block
with open("text.log", encoding="utf-8") as f:
    text = f.read()
return text[:4], len(text)
### an early return in the block
with open("text.log", encoding="utf-8") as f:
    for word in f.read().split():
        if word.startswith("l"):
            return word
### a constant path
with open(DATA) as f:
    return f.read()
### json.loads of what was read
with open("data.dat", encoding="utf-8") as f:
    return parse(f.read())
### read at once
return open("text.log", encoding="utf-8").read()
### read at once into a variable
text = open("text.log", encoding="utf-8").read().strip()
return text.upper()
### a missing file read at once
return open("missing.log").read()
### Path.read_text
return Path("text.log").read_text(encoding="utf-8")
### Path.read_text of a constant
return TEXT.read_text("utf-8").split()[0], TEXT.read_bytes()[:3]
### a path from the arguments
with open(f"{arg}.log", encoding="utf-8") as f:
    return f.read()
### a path put together
with open(os.path.join("folder", os.pardir, "text.log"), encoding="utf-8") as f:
    return f.read()
### a helper
def load_text():
    with open("text.log", encoding="utf-8") as f:
        return f.read()


async def work(arg):
    return load_text()[:5]
### a helper's helper
def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def first_line(path):
    return read(path).splitlines()[0]


async def work(arg):
    if "first" in first_line("text.log"):
        return [read(name) for name in ("text.log", "crlf.csv")]
### helpers that call each other
def even(n):
    if n == 0:
        with open("text.log", encoding="utf-8") as f:
            return f.readline()
    return odd(n - 1)


def odd(n):
    return even(n - 1)


async def work(arg):
    return even(4)
### a helper used as a value
def size(path):
    with open(path, "rb") as f:
        return len(f.read())


async def work(arg):
    return sorted(["text.log", "empty.log"], key=size), size("text.log")
### a condition
if open("text.log", encoding="utf-8").read().strip().startswith("first"):
    return "yes"
else:
    return "no"
### a condition of a missing file
try:
    if open("missing.log").read() == "x":
        return 1
except FileNotFoundError as error:
    return error.filename
### a condition that is asked only sometimes
if os.path.exists("missing.log") and open("missing.log").read() == "x":
    return 1
return os.path.exists("empty.log") and open("empty.log").read() == ""
### a loop that asks again
n = 0
while len(open("text.log", encoding="utf-8").read()) > n * 10:
    n += 1
return n
### an assertion
assert open("empty.log").read() == "", "not empty"
### a loop over the lines of a text
for line in open("text.log", encoding="utf-8").read().splitlines():
    if line.endswith("more"):
        break
else:
    return None
return line
### a match of what a file holds
match open("empty.log").read():
    case "":
        return "empty"
    case _:
        return "full"
### a with behind a file
import contextlib

with contextlib.closing(io.StringIO(open("text.log", encoding="utf-8").read())) as lines:
    return lines.readline()
### a helper that looks for a line
def find(path, word):
    with open(path, encoding="utf-8") as f:
        for line in f:
            if word in line:
                return line.strip()
    return None


async def work(arg):
    return find("text.log", "first"), find("broken.log", "fine"), find("text.log", "nothing")
### a helper that counts lines
def count(path):
    return sum(1 for line in open(path, encoding="utf-8"))


async def work(arg):
    return count("text.log") + count("crlf.csv")
### a loop over a text that is not UTF-8
for word in open("broken.log", encoding="utf-8").read().split():
    return word
### a file that is named behind its block
with open("text.log", encoding="utf-8") as f:
    text = f.read()
return text, f.closed
### an argument of what is awaited
with open("text.log", encoding="utf-8") as f:
    return await asyncio.sleep(0, f.read())
### statements behind the read
with open("text.log", encoding="utf-8") as f:  # all of it
    # and then
    text = f.read()
    if text:
        text = '''
          kept as it is
        ''' + text
    words = text.split()
return words
### a block on one line
with open("text.log", encoding="utf-8") as f: text = f.read(); n = len(text)
return text, n
### a directory
with open("folder.log") as f:
    return f.read()
### rows in a helper
def rows(path, *, header=True):
    with open(path, newline="", encoding="utf-8") as f:
        return [row["name"] for row in csv.DictReader(f)]


async def work(arg):
    return rows("data.csv"), len(rows(path="data.csv"))
""")

#: Written.
WRITES = programs(r"""
### a text
with open("out.dat", "w") as f:
    f.write("a\n" + arg)
### an encoding and newlines
with open("out.dat", "w", encoding="utf-16", newline="\r\n") as f:
    count = f.write("ü\n" * 2)
return count
### bytes
with open("out.bin", "wb") as f:
    f.write(b"\0\1")
    f.write(arg.encode())
### an old file replaced
with open("data.dat", "w") as f:
    f.write("short" * 2)
### a folder that is missing
with open("missing/out.dat", "w") as f:
    f.write("x" * 9)
### a new file only
try:
    with open("data.dat", "x") as f:
        f.write("x" * 9)
except FileExistsError as error:
    return error.filename
### changed in place
with open("data.bin", "r+b") as f:
    f.seek(2)
    f.write(b"XX")
    f.truncate(6)
    return f.tell()
### written and read back
with open("out.dat", "w+") as f:
    f.write("abc")
    f.seek(0)
    return f.read()
### dumps
with open("out.dat", "w") as f:
    f.write(dumps({"a": 1}, indent=1))
### Path.write_text
return Path("out.dat").write_text("ü" + arg, encoding="utf-8"), Path(DATA).write_bytes(b"x")
### an open Path written
with Path("out.dat").open("w") as f:
    f.write("x" * 9)
### a copy
with open("data.bin", "rb") as source, open("copy.bin", "wb") as target:
    target.write(source.read())
### a list in a file
names = open("text.log", encoding="utf-8").read().split("\n")
names.append(arg)
open("data.dat", "w", encoding="utf-8").write("\n".join(names))
### helpers that load and save
def load_data():
    try:
        with open(DATA, encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def save_data(data):
    with open(DATA, "w", encoding="utf-8") as f:
        json.dump(data, f, ensure_ascii=False)


async def work(arg):
    data = load_data()
    data[arg] = len(data)
    save_data(data)
    return sorted(data)
### a helper that does both
def add(key, value):
    with open(DATA, encoding="utf-8") as f:
        data = json.load(f)
    data[key] = value
    with open(DATA, "w", encoding="utf-8") as f:
        json.dump(data, f)
    return len(data)


async def work(arg):
    return add(arg, 1) + add("y", 2)
### helpers that get the path
def load_json(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def save_json(path, data):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(data, f)


async def work(arg):
    data = load_json(DATA)
    data[arg] = load_json(DATA)["n"]
    save_json(DATA, data)
    return load_json("data.dat")
### a store with methods
class Store:
    def __init__(self, path):
        self.path = path

    def load(self):
        with open(self.path, encoding="utf-8") as f:
            return json.load(f)

    def save(self, data):
        with open(DATA, "w", encoding="utf-8") as f:
            json.dump(data, f)

    async def add(self, key):
        data = self.load()
        data[key] = 1
        self.save(data)
        return len(data)


async def work(arg):
    return await Store(DATA).add(arg)
### a writer that is called twice
def save_data(data):
    with open("out.dat", "w") as f:
        json.dump(data, f)


async def work(arg):
    save_data({"fine": 1})
    for number in range(3):
        save_data([number])
### a writer that stays plain
def save_data(data):
    with open("out.dat", "w") as f:
        json.dump(data, f)


save_data([])


async def work(arg):
    save_data([arg])
""")
