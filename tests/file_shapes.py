"""Programs that touch files in a coroutine, in the shapes that bots write: ``async def work(arg)``."""

from __future__ import annotations

import pickle
import sys
import textwrap

#: Files that are there when a shape begins.
FILES: dict[str, str | bytes | None] = {
    "text.txt": "first line\nsecond, with ünïcode \u2028 and more\n\n  last line  ",
    "crlf.txt": b"one\r\ntwo\rthree\n",
    "empty.txt": "",
    "latin.txt": "caf\xe9\n".encode("latin-1"),
    "broken.utf8": b"fine\n" * 3 + b"\xff\xfe\n",
    "data.json": '{"a": [1, 2, {"b": null}], "n": 1.5, "ü": "é", "count": 3}',
    "broken.json": '{"a": 1,',
    "data.bin": bytes(range(256)),
    "data.toml": "[bot]\nname = 'ü'\nids = [1, 2]\n",
    "data.yaml": "bot:\n  name: ü\n  ids: [1, 2]\n",
    "data.csv": 'id,name\r\n1,"a, b"\r\n2,"line\nbreak"\r\n',
    "data.pickle": pickle.dumps({"a": (1, 2)}),
    "folder": None,
}
_IMPORTS = """\
import asyncio
import csv
import io
import json
import os
import pickle
from json import dump, dumps, load, loads as parse
from pathlib import Path

import aiofiles
import yaml

DATA = "data.json"
TEXT = Path("text.txt")
"""


def programs(text: str) -> dict[str, str]:
    """``### name`` lines begin a program: the body of `work`, or a whole module where it begins with a definition."""
    programs: dict[str, str] = {}
    for chunk in textwrap.dedent(text).strip("\n").split("### ")[1:]:
        name, _, body = chunk.partition("\n")
        body = body.rstrip()
        if not body.startswith(("async def", "def ", "class ", "@", "STATE", "from ")):
            body = "async def work(arg):\n" + textwrap.indent(body, "    ")
        programs[name.strip()] = f"{_IMPORTS}\n\n{body}\n"
    return programs


#: Only read: the rewrite is safe.
READS = programs(r"""
### the whole text
with open("text.txt") as f:
    return f.read()
### a mode, an encoding and error handling
with open("latin.txt", "r", encoding="utf-8", errors="replace") as f:
    return f.read()
### positional arguments of open
with open("text.txt", "r", -1, "utf-8") as f:
    return f.read(5), f.read(-1)
### a missing file
with open("missing.txt") as f:
    return f.read()
### a missing file that is expected
try:
    with open("missing.txt") as f:
        return f.read()
except FileNotFoundError as error:
    return error.filename, str(error)
### a directory
with open("folder") as f:
    return f.read()
### a text that is not UTF-8
with open("broken.utf8", encoding="utf-8") as f:
    return f.read()
### bytes
with open("data.bin", "rb") as f:
    return f.read(3), f.tell(), f.seek(-2, 2), f.read()
### lines
with open("text.txt", encoding="utf-8") as f:
    return f.readlines()
### one line and the next
with open("text.txt") as f:
    first = f.readline().strip()
    return first, f.readline(3), f.readlines()[0]
### lines in a comprehension
with open("text.txt", encoding="utf-8") as f:
    return [line.strip() for line in f if line.strip()]
### lines as keys
with open("crlf.txt") as f:
    return {line: len(line) for line in f}
### newlines kept
with open("crlf.txt", newline="") as f:
    return [line for line in f]
### bytes by lines
with open("crlf.txt", "rb") as f:
    return list(f)
### a sorted file
with open("text.txt", encoding="utf-8") as f:
    return sorted(f), f.readline()
### numbered lines
with open("text.txt", encoding="utf-8") as f:
    return [(i, line) for i, line in enumerate(f, 1)]
### a chain of methods
with open("text.txt", encoding="utf-8") as f:
    return f.read().strip().split("\n")[0].upper()
### an index
with open("text.txt", encoding="utf-8") as f:
    return f.readlines()[1][3:7]
### in a condition
with open("empty.txt") as f:
    if not f.read():
        return "empty"
    return "full"
### in a while loop
found = []
with open("data.bin", "rb") as f:
    while chunk := f.read(100):
        found.append(len(chunk))
return found
### in a comparison and an operator
with open("text.txt", encoding="utf-8") as f:
    return "line" in f.read() and -f.tell() ** 2
### in an f-string
with open("text.txt", encoding="utf-8") as f:
    return f"{len(f.read())} characters, {f.tell()} bytes"
### as an argument
with open("text.txt", encoding="utf-8") as f:
    return max(len(f.readline()), len(f.readline()))
### as an awaited call's argument
with open("text.txt", encoding="utf-8") as f:
    return await asyncio.sleep(0, result=f.read(4))
### two files in one with
with open("text.txt", encoding="utf-8") as f, open("data.bin", "rb") as g:
    return f.read(2), g.read(2)
### parenthesised items
with (
    open("text.txt", encoding="utf-8") as f,  # the text
    open("data.bin", "rb") as g,
):
    return f.read(2), g.read(2)
### nested blocks
with open("text.txt", encoding="utf-8") as f:
    with open("crlf.txt") as g:
        return f.readline() + g.readline()
### one name twice
with open("text.txt", encoding="utf-8") as f:
    a = f.read()
with open("crlf.txt") as f:
    b = f.read()
return a, b
### used after the block
with open("text.txt", encoding="utf-8") as f:
    text = f.read()
return text[:4], len(text)
### attributes of the file
with open("text.txt", encoding="utf-8") as f:
    return f.name, f.mode, f.encoding, f.closed, f.read(1), f.fileno() > 2
### an early return in the block
with open("text.txt", encoding="utf-8") as f:
    for word in f.read().split():
        if word.startswith("l"):
            return word
### an exception in the block
with open("text.txt", encoding="utf-8") as f:
    return int(f.readline())
### in try and finally
f = None
try:
    with open("text.txt", encoding="utf-8") as g:
        return g.read(3)
finally:
    print("done")
### a constant path
with open(DATA) as f:
    return f.read()
### an open Path
with TEXT.open(encoding="utf-8") as f:
    return f.readline()
### a Path put together
with (Path("folder").parent / "text.txt").open("rb") as f:
    return f.read(4)
### json.load
with open("data.json", encoding="utf-8") as f:
    return json.load(f)
### json.load of broken JSON
with open("broken.json") as f:
    return json.load(f)
### json.load with a hook
with open("data.json", encoding="utf-8") as f:
    return json.load(f, parse_float=str, object_pairs_hook=list)
### json.load and an item of it
with open("data.json", encoding="utf-8") as f:
    return json.load(f)["a"][2].get("b", 5)
### load imported by name
with open("data.json", encoding="utf-8") as f:
    return load(f)
### json.load of bytes
with open("data.json", "rb") as f:
    data = json.load(f)
return data
### json.loads of what was read
with open("data.json", encoding="utf-8") as f:
    return parse(f.read())
### pickle
with open("data.pickle", "rb") as f:
    return pickle.load(f)
### tomllib
import tomllib

with open("data.toml", "rb") as f:
    return tomllib.load(f)
### a CSV reader
with open("data.csv", newline="") as f:
    return list(csv.reader(f))
### a CSV reader of rows by name
with open("data.csv", newline="", encoding="utf-8") as f:
    return [row["name"] for row in csv.DictReader(f, delimiter=",")]
### a CSV reader without newline
with open("data.csv") as f:
    return [row for row in csv.reader(f)]
### a variable that holds the file
f = open("text.txt", encoding="utf-8")
text = f.read()
f.close()
return text, f.closed
### a variable closed in finally
f = open("text.txt", encoding="utf-8")
try:
    return f.readline()
finally:
    f.close()
### read at once
return open("text.txt", encoding="utf-8").read()
### read at once into a variable
text = open("text.txt", encoding="utf-8").read().strip()
return text.upper()
### loaded at once
data = json.load(open("data.json", encoding="utf-8"))
return data["count"]
### lines at once
return [line.rstrip() for line in open("text.txt", encoding="utf-8").readlines()]
### a missing file read at once
return open("missing.txt").read()
### Path.read_text
return Path("text.txt").read_text(encoding="utf-8")
### Path.read_text of a constant
return TEXT.read_text("utf-8").split()[0], TEXT.read_bytes()[:3]
### a path from the arguments
with open(f"{arg}.txt", encoding="utf-8") as f:
    return f.read()
### a path put together
with open(os.path.join("folder", os.pardir, "text.txt"), encoding="utf-8") as f:
    return f.read()
### a helper
def load_text():
    with open("text.txt", encoding="utf-8") as f:
        return f.read()


async def work(arg):
    return load_text()[:5]
### a helper that checks first
def load_data(path, default=None):
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            return json.load(f)
    return default


async def work(arg):
    return load_data("data.json")["count"], load_data("missing.json", {}), load_data("missing.json") or 5
### a helper's helper
def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def first_line(path):
    return read(path).splitlines()[0]


async def work(arg):
    if "first" in first_line("text.txt"):
        return [read(name) for name in ("text.txt", "crlf.txt")]
### helpers that call each other
def even(n):
    if n == 0:
        with open("text.txt", encoding="utf-8") as f:
            return f.readline()
    return odd(n - 1)


def odd(n):
    return even(n - 1)


async def work(arg):
    return even(4)
### a method
class Store:
    def __init__(self, path):
        self.path = path

    def load(self):
        with open(self.path, encoding="utf-8") as f:
            return json.load(f)

    async def count(self):
        return self.load()["count"]


async def work(arg):
    store = Store("data.json")
    return await store.count(), store.load()["n"]
### a static method
class Store:
    @staticmethod
    def load():
        with open("data.json", encoding="utf-8") as f:
            return json.load(f)


async def work(arg):
    return Store.load()["n"]
### a helper that stays plain
def load_data():
    with open("data.json", encoding="utf-8") as f:
        return json.load(f)


START = load_data()


async def work(arg):
    return load_data() == START
### a helper used as a value
def size(path):
    with open(path, "rb") as f:
        return len(f.read())


async def work(arg):
    return sorted(["text.txt", "empty.txt"], key=size), size("text.txt")
### a loop over paths
found = []
for name in ("text.txt", "crlf.txt", "missing.txt"):
    try:
        with open(name, encoding="utf-8") as f:
            found.append(f.readline())
    except OSError:
        found.append(None)
return found
### a helper inside the coroutine
async def work(arg):
    def load_text():
        with open("text.txt", encoding="utf-8") as f:
            return f.read()

    return load_text()
""")

if sys.version_info < (3, 11):
    del READS["tomllib"]  # which is new in 3.11
