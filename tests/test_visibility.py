"""Proofs about a file that stays open while a loop writes to it: where it is, when it comes to be, and who else may have it."""

from __future__ import annotations

import ast

import pytest
from analysis import project as project_of

from tgfix.engine.analysis.file_effects import file_effects
from tgfix.engine.analysis.files import accesses
from tgfix.engine.model import Assumption, Proof, Verdict
from tgfix.engine.proofs import outside, resources, visibility

LOOP = """
import asyncio
import aiofiles
import csv
import json
import logging
import os
import random
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from telethon import TelegramClient

LOG = "out/messages.txt"
CHATS = ("a", "b")
log = logging.getLogger(__name__)
client = TelegramClient("x", 1, "y")
{more}


async def save(rows, path, self=None):
    names = ["x", "y"]
    {head}
        {before}
        with open({path}, "a", encoding="utf-8") as f:
            f.write("line\\n")
        {behind}
"""


def proofs(
    before: str = "pass",
    behind: str = "pass",
    head: str = 'async for m in client.iter_messages("x"):',
    path: str = "LOG",
    more: str = "",
    **others: str,
) -> dict[str, Verdict | str]:
    """What is proved, or assumed, for a loop of these parts."""
    source = LOOP.format(before=before, behind=behind, head=head, path=path, more=more)
    module = project_of(bot=source, **others).module(next(iter(project_of(bot="").files)))
    access = next(a for a in accesses(module) if a.opening and "encoding" in ast.unparse(a.node))
    loop = next(module.loops(access.node))
    writes = [c for c in module.all(ast.Call) if isinstance(c.func, ast.Attribute) and c.func.attr == "write"]
    effects = file_effects(module, [loop], {access.node, *writes})
    taken = visibility.taken_away(module, access.path, effects)
    return {
        "stays": visibility.stays(module, access.path, loop, effects),
        "comes": visibility.comes_to_be(module, access.path, loop, module.statement(access.node)),
        "outside": outside.kept_open(module, access.path),
        "resources": resources.one_file_at_once(module, loop, effects.entered),
        "taken": taken.what if taken else "",
    }


@pytest.mark.parametrize(
    ("behind", "more"),
    [
        ("print(m.text.strip().upper(), len(names), json.dumps({}))", ""),
        ("await asyncio.sleep(random.random())", ""),
        ("names.append(m.id); log.info('%s', LOG)", ""),
        ("for word in m.text.split(): print(word)", ""),
        ("await m.reply('seen'); await client.send_message('x', 'y')", ""),
        ("note(m)", "def note(m):\n    print(clean(m.text))\n\n\ndef clean(text):\n    return text.strip()\n"),
        ("print(sorted(names, key=str), [n for n in enumerate(CHATS)])", ""),
        ("open('other.txt', 'w').write(m.text)", ""),
        ("print(os.path.exists('x'), open('rules.txt').read())", ""),
        ("os.replace('a.tmp', 'b.txt')", ""),
        ("Row(m.id, m.text)", "@dataclass\nclass Row:\n    id: int\n    text: str\n"),
        ("print(Row())", "class Row:\n    def __str__(self):\n        return 'row'\n"),
        ("rows = self.rows", "class A:\n    @property\n    def rows(self):\n        return []\n"),
    ],
)
def test_the_file_stays_where_all_that_the_loop_does_is_known(behind: str, more: str) -> None:
    assert isinstance(proofs(behind=behind, more=more)["stays"], Proof)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"behind": "rotate(m)"}, "`rotate()` does not move"),
        ({"behind": "await self.done(m)"}, "`self.done()` does not move"),
        ({"behind": "note()", "more": "def note():\n    hook()\n"}, "`hook()` does not move"),
        ({"behind": "print(sorted(names, key=self.key))"}, "`sorted()` does not move"),
        ({"behind": "yield m"}, "whoever takes what is yielded does not move"),
        ({"head": "for m in rows:"}, "what gives `rows` does not move"),
        ({"head": "for m in enumerate(rows):"}, "what gives `enumerate(rows)` does not move"),
        ({"head": "async for m in self.stream():"}, "what gives `self.stream()` does not move"),
        ({"behind": "await m.download_media('x.jpg')"}, "`m.download_media()` does not move"),
        ({"behind": "open(m.text, 'w')"}, "`open(m.text, 'w')` does not move"),
        (
            {"behind": "print(Row())", "more": "class Row:\n    def __str__(self):\n        return hook()\n"},
            "`hook()` does",
        ),
        (
            {"behind": "self.rows", "more": "class A:\n    @property\n    def rows(self):\n        return hook()\n"},
            "`hook()`",
        ),
        ({"behind": "map(hook, names)", "more": "from x import hook"}, "`map()` does not move"),
        (
            {"behind": "print(m)", "more": "class Tee:\n    def write(self, text):\n        hook(text)\n"},
            "`hook()` does not move",
        ),
        (
            {"behind": "log.info(m)", "more": "class H:\n    def emit(self, record):\n        hook()\n"},
            "`hook()` does not move",
        ),
        (
            {"behind": "m = None", "more": "class T:\n    def __del__(self):\n        hook()\n"},
            "`hook()` does not move",
        ),
        (
            {"behind": "json.dumps(m, cls=E)", "more": "class E:\n    def default(self, o):\n        hook()\n"},
            "`hook()` does",
        ),
        ({"behind": "rows.format(m)", "more": "client.format = hook"}, "`rows.format()` does not move"),
        (
            {"behind": "json.dumps(self.rows)", "more": "class A:\n    def rows(self):\n        hook()\n"},
            "`hook()` does not",
        ),
        ({"path": "self.path"}, "`self.path` is the same path for every message"),
    ],
)
def test_what_is_not_known_is_assumed_to_leave_the_file(parts: dict[str, str], sentence: str) -> None:
    verdict = proofs(**parts)["stays"]
    assert isinstance(verdict, Assumption)
    assert sentence in verdict.sentence


@pytest.mark.parametrize(
    ("behind", "more", "what"),
    [
        ("os.remove(LOG)", "", "os.remove()"),
        ("os.remove('OUT/Messages.txt')", "", "os.remove()"),
        ("shutil.rmtree('out')", "", "shutil.rmtree()"),
        ("Path('out', m.text).unlink()", "", "Path('out', m.text).unlink()"),
        ("clear()", "def clear(name='x'):\n    os.rename(name, 'y')\n", "os.rename()"),
        ("clear()", "ALIAS = LOG\n\n\ndef clear():\n    os.remove(ALIAS)\n", "os.remove()"),
        ("os.chdir('x')", "", "os.chdir()"),
        ("print(os.path.getsize(LOG))", "", "os.path.getsize()"),
        ("open(LOG, 'w')", "", "open()"),
        ("os.remove('x.jpg')", "", ""),
        ("print(open(LOG).read())", "", ""),
    ],
)
def test_what_takes_the_file_away_is_told(behind: str, more: str, what: str) -> None:
    assert proofs(behind=behind, more=more)["taken"] == what


@pytest.mark.parametrize(
    "head",
    [
        "for m in CHATS:",
        "for m in range(3):",
        "while True:",
        'with open(LOG, "w") as f:\n        f.write("head\\n")\n    async for m in client.iter_messages("x"):',
        'open(LOG, "a").close()\n    print("begins")\n    for m in names:',
        'Path(LOG).touch()\n    for m in names:\n      for n in names:',
    ],
)  # fmt: skip
def test_a_file_comes_to_be_when_it_did(head: str) -> None:
    assert isinstance(proofs(head=head, before="")["comes"], Proof)


@pytest.mark.parametrize(
    ("head", "before"),
    [
        ("for m in rows:", ""),
        ("for m in ():", ""),
        ("for m in CHATS:", "print(m)"),
        ('open(LOG, "w").close()\n    hook()\n    for m in rows:', ""),
        ('open("other.txt", "w").close()\n    for m in rows:', ""),
        ('if rows:\n        open(LOG, "w").close()\n    for m in rows:', ""),
        ('aiofiles.open(LOG, "w")\n    for m in rows:', ""),
        ('open(LOG).close()\n    for m in rows:', ""),
    ],
)  # fmt: skip
def test_a_file_may_come_to_be_without_a_message(head: str, before: str) -> None:
    assert isinstance(proofs(head=head, before=before)["comes"], Assumption)


@pytest.mark.parametrize(
    "more",
    [
        "def show():\n    print(open(LOG).read(), os.path.exists(LOG), f'in {LOG}')\n",
        "async def send(event):\n    await event.reply(file=LOG)\n",
        "def add(text):\n    with open(LOG, 'a') as f:\n        f.write(text)\n",
        "def save():\n    Path('rules.json').write_text('x')\n",
    ],
)
def test_a_file_is_the_programs_own_where_others_only_read_and_add(more: str) -> None:
    assert isinstance(proofs(more=more)["outside"], Proof)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"path": "path"}, "`path` is an ordinary file"),
        ({"path": '"pipe"'}, '`"pipe"` is an ordinary file'),
        ({"more": "def clear():\n    os.remove(LOG)\n"}, "`os.remove(LOG)`"),
        ({"more": "def clear(name):\n    os.remove(name)\n"}, "`os.remove(name)`"),
        ({"more": "def clear():\n    shutil.rmtree('out')\n"}, "shutil.rmtree"),
        ({"more": "import glob\n\n\ndef clear():\n    return glob.glob('*.txt')\n"}, "`glob.glob('*.txt')`"),
        ({"more": "import subprocess\n\n\ndef pack():\n    subprocess.run(['gzip', 'x'])\n"}, "subprocess.run"),
        ({"more": "def go():\n    os.chdir('x')\n"}, "os.chdir"),
        ({"more": "ALIAS = LOG\n\n\ndef done():\n    archive(ALIAS)\n"}, "nobody uses"),
        ({"admin": "from bot import LOG\n\n\ndef done():\n    archive(LOG)\n"}, "nobody uses"),
    ],
)
def test_others_may_take_the_file_away(parts: dict[str, str], sentence: str) -> None:
    verdict = proofs(**parts)["outside"]  # type: ignore[arg-type]
    assert isinstance(verdict, Assumption)
    assert sentence in verdict.sentence


def test_a_script_of_the_project_may_take_the_file_away(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from tgfix.engine.analysis.module import Project
    from tgfix.engine.sources.config import Settings

    (tmp_path / "bot.py").write_text(LOOP.format(before="", behind="", head="for m in CHATS:", path="LOG", more=""))
    (tmp_path / ".gitignore").write_text("out/messages.txt\n*.txt\n")

    def verdict() -> Verdict:
        module = Project(Settings(root=tmp_path), [tmp_path / "bot.py"]).module(tmp_path / "bot.py")
        return outside.kept_open(module, accesses(module)[0].path)

    assert isinstance(verdict(), Proof)
    (tmp_path / "Makefile").write_text("clean:\n\trm -f out/*.txt\n")
    assert isinstance(verdict(), Assumption)


@pytest.mark.parametrize(
    ("parts", "proved"),
    [
        ({"head": "for m in CHATS:"}, True),
        ({"head": "for m in CHATS:", "behind": "save"}, False),
        ({"head": "for m in CHATS:", "behind": "more(m)", "more": "def more(m):\n    save([m], LOG)\n"}, False),
        ({}, False),
        ({"more": "if __name__ == '__main__':\n    asyncio.run(save([], ''))"}, True),
        ({"more": "async def main():\n    await asyncio.gather(save(), save())\n\n\nasyncio.run(main())"}, False),
    ],
)
def test_the_file_is_open_once_at_a_time(parts: dict[str, str], proved: bool) -> None:
    assert isinstance(proofs(**parts)["resources"], Proof) is proved  # type: ignore[arg-type]


def test_functions_that_call_each_other_deeper_than_python_recurses_are_followed_and_too_many_are_said() -> None:
    def chain(length: int) -> str:
        return (
            "".join(f"def step{n}():\n    step{n + 1}()\n\n\n" for n in range(length))
            + f"def step{length}():\n    os.remove(LOG)\n"
        )

    assert proofs(before="step0()", more=chain(900))["taken"] == "os.remove()"
    assert "one of more than 1000 functions" in str(proofs(before="step0()", more=chain(1500))["stays"])
