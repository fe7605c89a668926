"""Tests of the proof that nobody else changes a file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from analysis import project as project_of

from tgfix.engine.analysis.files import accesses
from tgfix.engine.analysis.module import Project
from tgfix.engine.analysis.paths import may_be_one
from tgfix.engine.model import Assumption, Proof, Verdict
from tgfix.engine.proofs import outside
from tgfix.engine.sources.config import Settings

READ = """
import os
import subprocess
import tempfile
import uuid
from pathlib import Path

RULES = "data/rules.txt"


async def rules(event, path):
    with open({path}) as f:
        await event.reply(f.read())
"""


def verdict(path: str, more: str = "", **others: str) -> Verdict:
    project = project_of(bot=READ.format(path=path) + more, **others)
    bot = project.module(next(p for p in project.files if p.name == "bot.py"))
    return outside.file(bot, next(a for a in accesses(bot) if a.kind == "read").path)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ('"data/rules.txt"', ""),
        ("RULES", ""),
        ('Path(__file__).parent / "rules.txt"', ""),
        ('f"notes/{event.chat_id}.txt"', ""),
        # read, looked at, sent and compared elsewhere
        ("RULES", "def old():\n    return os.path.exists(RULES) and RULES != 'rules.txt' and open(RULES).read()\n"),
        ("RULES", "async def send(event):\n    await event.reply_document(RULES, filename='rules.txt')\n"),
        ("RULES", "SAME: str = 'data/rules.txt'\n\n\ndef old():\n    return Path(SAME).read_text()\n"),
        # others are written
        ('"rules.txt"', "def save(user, text):\n    Path(f'{user}.json').write_text(text)\n"),
        ('"rules.txt"', "def save(text):\n    name = tempfile.mktemp()\n    open(name, 'w').write(text)\n"),
        ("RULES", "def note(text):\n    (Path(RULES).parent / 'notes.md').write_text(text)\n"),
        ('"rules.txt"', "def up():\n    return subprocess.run(['uptime'])\n"),
        ('tempfile.mkdtemp() + "/rules.txt"', "def save(path):\n    open(path, 'w')\n"),
        ('f"{uuid.uuid4()}.txt"', "def up(name):\n    subprocess.run(name)\n"),
    ],
)
def test_a_file_that_nobody_changes(path: str, more: str) -> None:
    assert isinstance(verdict(path, more), Proof)


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("path", ""),
        ("RULES", "def save(text):\n    open(RULES, 'w').write(text)\n"),
        ("RULES", "def save(text):\n    Path('data').joinpath('rules.txt').write_text(text)\n"),
        (
            "RULES",
            "def save(text):\n    for name in ('rules', 'help'):\n        Path(f'data/{name}.txt').write_text(text)\n",
        ),
        ("RULES", "def save(text, path):\n    open(path, 'w').write(text)\n"),
        ("RULES", "def save(archive):\n    archive.extractall('data')\n"),
        ("RULES", "def save(archive):\n    archive.extractall()\n"),
        ("RULES", "def clear(shutil):\n    os.rename('data', 'old')\n"),
        ("RULES", "def save(table):\n    table.to_csv('data/rules.txt')\n"),
        ("RULES", "def save(unknown):\n    unknown(RULES)\n"),
        ("RULES", "FILES = {'rules': 'rules.txt'}\n"),
        ("RULES", "class Paths:\n    rules = 'rules.txt'\n\n\ndef save(to):\n    to(Paths.rules)\n"),
        ("RULES", "async def get(file, name):\n    await file.download_to_drive(name)\n"),
        ('"out.txt"', "def read(image):\n    subprocess.run(['tesseract', image, 'out'])\n"),
        ('f"{path}.txt"', "def save(text):\n    open('a.txt', 'w').write(text)\n"),
        # not unique at all
        ('tempfile.gettempdir() + "/x.txt"', "def save(text):\n    open('/tmp/x.txt', 'w').write(text)\n"),
        ("str(uuid.uuid4())[:2]", "def save(path):\n    open(path, 'w')\n"),
    ],
)
def test_a_file_that_somebody_may_change(path: str, more: str) -> None:
    assert isinstance(verdict(path, more), Assumption)


def test_another_module_writes_by_the_name_that_it_imports() -> None:
    writer = "from bot import RULES\n\ndef save(text):\n    open(RULES, 'w').write(text)\n"
    found = verdict("RULES", admin=writer)
    assert isinstance(found, Assumption) and found.path and found.path.name == "admin.py" and found.line == 4
    assert isinstance(verdict("RULES", admin=writer.replace(", 'w').write(text)", ").read()")), Proof)
    assert isinstance(verdict("RULES", tests__test_admin=writer), Proof)


def test_names_with_unknown_parts_are_compared_by_what_is_known() -> None:
    assert may_be_one("a/notes_*.txt", "notes_5.txt") and may_be_one("*.txt", "notes_*") and may_be_one("*", "b")
    assert not may_be_one("notes_*.txt", "notes_5.json") and not may_be_one("a.txt", "b.txt")


@pytest.mark.parametrize(
    "more",
    [
        "import shutil\n\n\ndef save():\n    shutil.make_archive('data/rules', 'txt')\n",
        "def save(new):\n    new.rename(RULES)\n",
        "def save(new, old):\n    new.replace(old)\n",
        "def save(temporary):\n    os.replace(temporary, RULES)\n",
        "def build():\n    os.chdir('build')\n",
        "import sqlite3\n\n\ndef save():\n    sqlite3.connect(os.environ['DATA'])\n",
    ],
)
def test_a_file_that_is_put_in_its_place(more: str) -> None:
    assert isinstance(verdict("RULES", more), Assumption)


def test_a_text_that_is_replaced_is_no_file() -> None:
    assert isinstance(verdict("RULES", "def clean(text):\n    return text.replace('a', 'b')\n"), Proof)


@pytest.mark.parametrize("name", ["logging.ini", "backup.sh", "bot.service", "tools/count"])
def test_a_file_that_no_python_names(tmp_path: Path, name: str) -> None:
    def found() -> Verdict:
        path = tmp_path / "bot.py"
        project = Project(Settings(root=tmp_path), [path])
        bot = project.module(path)
        return outside.file(bot, next(a for a in accesses(bot) if a.kind == "read").path)

    (tmp_path / "bot.py").write_text(READ.format(path="RULES"))
    (tmp_path / ".gitignore").write_text("rules.txt\n")
    (tmp_path / "README.md").write_text("The rules stand in `rules.txt`.\n")
    assert isinstance(found(), Proof)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("#!/bin/sh\necho x >> data/rules.txt\n")
    assumption = found()
    assert isinstance(assumption, Assumption) and assumption.path == tmp_path / name and assumption.line == 2


def one_at_a_time(handler: str) -> Verdict:
    """Of the read in a bot of python-telegram-bot that handles one update after the other."""
    bot = f"""
import subprocess
from telegram.ext import Application, CommandHandler


async def show(update, context):
    with open("state.txt") as f:
        await update.message.reply_text(f.read())


async def keep(update, context):
    {handler}


app = Application.builder().token("1:A").build()
app.add_handlers([CommandHandler("show", show), CommandHandler("keep", keep)])
app.run_polling()
"""
    module = (project := project_of(bot=bot)).module(next(iter(project.files)))
    return outside.file(module, next(a for a in accesses(module) if a.kind == "read").path)


def test_a_file_that_another_handler_writes_before_or_afterwards() -> None:
    assert isinstance(one_at_a_time('open("state.txt", "w").write("kept")'), Proof)


@pytest.mark.parametrize(
    "handler",
    [
        'subprocess.Popen(["sh", "-c", "date > state.txt"]); open("state.txt", "w").write("kept")',
        'context.job_queue.run_once(keep, 5); open("state.txt", "w").write("kept")',
    ],
)
def test_a_file_that_is_written_meanwhile_although_updates_come_one_by_one(handler: str) -> None:
    assert isinstance(one_at_a_time(handler), Assumption)


@pytest.mark.parametrize(
    ("made", "is_file"),
    [("io.BytesIO()", False), ('io.BytesIO(b"a")', False), ('open("a.png", "wb")', True), ("found()", True)],
)
def test_a_picture_that_is_saved_in_memory_is_no_file(made: str, is_file: bool) -> None:
    project = project_of(
        bot=f"import io\n\n\ndef draw(picture):\n    file = {made}\n    picture.save(file)\n    return file\n"
    )
    bot = project.module(next(iter(project.files)))
    (use,) = (call.args[0] for call in bot.all(ast.Call) if getattr(call.func, "attr", "") == "save")
    assert isinstance(outside.written(bot, use), Assumption) is is_file
