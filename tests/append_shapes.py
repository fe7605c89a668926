"""Programs that open a file for every message, in the shapes in which they are written.

Each has `backup(source)`, where `source` iterates over messages (`Message`); it is `async def` where `source` is asynchronous. The file is
``out/messages.txt`` unless the program says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent, indent

PATH = "out/messages.txt"


@dataclass(frozen=True)
class Message:
    """What a program sees of a message."""

    id: int
    text: str


def messages(count: int) -> list[Message]:
    """`count` messages of some 80 characters, one in seven without a text, some with letters that are not ASCII."""
    return [
        Message(n, "" if n % 7 == 3 else f"message {n:06d} " + ("é漢" if n % 5 == 0 else "xy") * 25)
        for n in range(count)
    ]


def _loop(
    body: str, before: str = "", *, head: str = "async for message in source:", after: str = "return count"
) -> str:
    """A coroutine that counts; `body` stands in its loop, `before` at module level."""
    kind = "async def" if head.startswith("async") else "def"
    inner = indent(dedent(body).strip("\n"), " " * 8)
    text = f"{kind} backup(source):\n    count = 0\n    {head}\n{inner}\n        count += 1\n    {after}\n"
    return f'{dedent(before)}\nPATH = "{PATH}"\n\n\n{text}'


_SYNC = "for message in source:"

#: Shapes that both forms rewrite.
BOTH: dict[str, str] = {
    "one line": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
    """),
    "in a plain for": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(f"{message.id}: {message.text}\\n")
    """, head=_SYNC),
    "by keyword": _loop("""
        with open(file=PATH, mode="at", encoding="utf-8", errors="replace") as f:
            f.write(message.text + "\\n")
    """),
    "a literal path": _loop(f"""
        with open("{PATH}", "a+", encoding="utf-8") as f:
            f.write(message.text + "\\n")
    """),
    "pathlib": _loop("""
        with Path(PATH).open("a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
    """, "from pathlib import Path\n"),
    "a path of parts": _loop("""
        with open(os.path.join("out", "messages.txt"), "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
    """, "import os\n"),
    "an alias of io.open": _loop("""
        with iopen(PATH, "a", encoding="utf-8", newline="\\r\\n") as f:
            f.write(message.text + "\\n")
    """, "from io import open as iopen\n"),
    "UTF-16": _loop("""
        with open(PATH, "a", encoding="utf-16") as f:
            f.write(message.text + "\\n")
    """),
    "UTF-8 with a signature": _loop("""
        with open(PATH, "a", encoding="utf-8-sig") as f:
            f.write(message.text + "\\n")
    """),
    "several writes": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(str(message.id))
            f.write(" ")
            f.writelines([message.text, "\\n"])
    """),
    "writelines of a generator": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.writelines(word + "\\n" for word in message.text.split())
    """),
    "print": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            print(message.id, message.text, sep="|", file=f)
    """),
    "json.dump": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            json.dump({"id": message.id, "text": message.text}, f, ensure_ascii=False)
            f.write("\\n")
    """, "import json\n"),
    "a csv writer": _loop("""
        with open(PATH, "a", newline="", encoding="utf-8") as f:
            csv.writer(f).writerow([message.id, message.text, 'quoted "x"'])
    """, "import csv\n"),
    "a csv DictWriter": _loop("""
        with open(PATH, "a", newline="", encoding="utf-8") as f:
            writer = csv.DictWriter(f, ["id", "text"])
            writer.writerow({"id": message.id, "text": message.text})
    """, "import csv\n"),
    "open and close": _loop("""
        f = open(PATH, "a", encoding="utf-8")
        f.write(message.text)
        f.write("\\n")
        f.close()
    """),
    "only some messages": _loop("""
        if message.text:
            with open(PATH, "a", encoding="utf-8") as f:
                f.write(message.text + "\\n")
    """),
    "a continue before it": _loop("""
        if not message.text:
            continue
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
    """),
    "a continue in it": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(str(message.id))
            if not message.text:
                continue
            f.write(message.text + "\\n")
    """),
    "a break behind it": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
        if message.id == 290:
            break
    """, after="else:\n        print('to the end')\n    return count"),
    "a return in it": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
            if message.id == 290:
                f.write("enough")
                return f"{count} and the last"
    """),
    "two blocks": _loop("""
        if message.id % 2:
            with open(PATH, "a", encoding="utf-8") as f:
                f.write(message.text + "\\n")
        else:
            with open(PATH, "a", encoding="utf-8") as f:
                f.write("even\\n")
                f.write(message.text)
    """),
    "two blocks of different kinds": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
        if message.id % 50 == 0:
            with open(PATH, "a", encoding="utf-8") as f:
                print("-" * 20, file=f)
    """),
    "a text over several lines": _loop('''
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(f"""{message.id}
              {message.text}
        """)
    '''),
    "on one line": _loop("""
        with open(PATH, "a", encoding="utf-8") as f: f.write(message.text); f.write("\\n")
    """),
    "a head of several lines": _loop("""
        with open(
            PATH,
            "a",
            encoding="utf-8",
        ) as f:  # one line each
            # the text
            f.write(message.text + "\\n")
            # done
        # counted
    """),
    "progress": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
        if count % 100 == 0:
            print(f"{count} messages are in {PATH}")
    """),
    "a while loop": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
    """, head="while (message := next(source, None)) is not None:"),
    "an except clause for something else": _loop("""
        try:
            if message.id % 100 == 50:
                raise LookupError(message.id)
            with open(PATH, "a", encoding="utf-8") as f:
                f.write(message.text)
                f.write("\\n")
        except LookupError as error:
            print("skipped", error)
    """),
    "a finally around it": _loop("""
        try:
            with open(PATH, "a", encoding="utf-8") as f:
                f.write(message.text + "\\n")
        finally:
            print(message.id)
    """),
    "a path of an instance": f'''
class Archive:
    def __init__(self, path):
        self.path = path
        self.count = 0

    async def save(self, source):
        async for message in source:
            with open(self.path, "a", encoding="utf-8") as f:
                f.write(message.text + "\\n")
            self.count += 1
        return self.count


async def backup(source):
    return await Archive("{PATH}").save(source)
''',
    "an inner loop": f'''
async def backup(source):
    count = 0
    async for message in source:
        for word in message.text.split():
            with open("{PATH}", "a", encoding="utf-8") as f:
                f.write(word + "\\n")
            count += 1
    return count
''',
    "a break out of an inner loop": f'''
def backup(source):
    count = 0
    for message in source:
        for word in message.text.split():
            with open("{PATH}", "a", encoding="utf-8") as f:
                f.write(str(count))
                if count % 3 == 1:
                    break
                f.write(word + "\\n")
            print(word)
        count += 1
    return count
''',
    "a parameter and a nested function": f'''
def backup(source):
    def run(path, *, errors="strict"):
        for number, message in enumerate(source):
            with open(path, "a", encoding="utf-8", errors=errors) as log:
                log.write(f"{{number}} {{message.text}}\\n")
        return number if message else None

    return run("{PATH}")
''',
    "tabs": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
    """).replace("    ", "\t"),
    "no final newline": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
    """, after="").rstrip().removesuffix("count += 1").rstrip(),
    "awaits between the writes": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text)
            await asyncio.sleep(0)
            f.write("\\n")
    """, "import asyncio\n"),
    "aiofiles": _loop("""
        async with aiofiles.open(PATH, "a", encoding="utf-8") as f:
            await f.write(message.text + "\\n")
    """, "import aiofiles\n"),
    "aiofiles with several writes": _loop("""
        if message.text:
            async with aiofiles.open(PATH, mode="a", encoding="utf-8") as f:
                await f.write(message.text)
                await f.write("\\n")
    """, "import aiofiles\n"),
}  # fmt: skip

#: Shapes whose open cannot move in front of the loop.
BATCH_ONLY: dict[str, str] = {
    "a path made in the loop": _loop("""
        path = os.path.join("out", "messages.txt")
        with open(path, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
    """, "import os\n", head=_SYNC),
}  # fmt: skip

#: Shapes whose messages may not wait for others: only the open file is kept.
OPEN_ONLY: dict[str, str] = {
    "a generator": f'''
def backup(source):
    def recorded():
        for message in source:
            with open("{PATH}", "a", encoding="utf-8") as f:
                f.write(message.text + "\\n")
            yield message

    seen = []
    for message in recorded():
        with open("{PATH}", encoding="utf-8") as f:
            seen.append(len(f.read()))
    return sum(seen)
''',
    "an asynchronous generator": f'''
async def recorded(source):
    async for message in source:
        with open("{PATH}", "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
        yield message


async def backup(source):
    return len([message async for message in recorded(source)])
''',
    "bytes": _loop("""
        with open(PATH, "ab") as f:
            f.write(message.text.encode() + b"\\n")
    """),
    "pickle": _loop("""
        with open(PATH, "ab") as f:
            pickle.dump((message.id, message.text), f)
    """, "import pickle\n"),
    "fsync": _loop("""
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
            f.flush()
            if message.id > 345:
                os.fsync(f.fileno())
    """, "import os\n", head=_SYNC),
    "an except clause for what cannot be written": _loop("""
        try:
            with open(PATH, "a", encoding="ascii") as f:
                f.write(f"{message.id} ")
                f.write(message.text + "\\n")
        except UnicodeEncodeError:
            print("skipped", message.id)
    """),
    "a database in step": _loop("""
        db.execute("insert into ids values (?)", (message.id,))
        with open(PATH, "a", encoding="utf-8") as f:
            f.write(message.text + "\\n")
        db.commit()
    """, "import sqlite3\n\ndb = sqlite3.connect(':memory:')\ndb.execute('create table ids (id)')\n", head=_SYNC),
}  # fmt: skip
