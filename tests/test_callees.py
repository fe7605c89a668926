"""A file that is asked for alone costs what it calls, and is told what a run over the whole project tells of it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from tgfix.codemods import load_codemods
from tgfix.engine.counters import PARSED, work
from tgfix.engine.model import Finding
from tgfix.engine.run.planner import look
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.discover import discover

#: Those that follow plain functions through the project.
CODES = {"TGF302", "TGF502"}
HEAD = "import os, shutil, sqlite3, subprocess, time\nfrom telegram.ext import Application\n"
FILES = [f"m{number}" for number in range(6)]
NAMES = ["save", "work", "pack", "Store"]
CALLS = [f"    {name}({given})" for name in NAMES for given in ("x", "'big.csv'")]
CALLS += ["    Store().save()", "    m1.save(x)", "    m2.work('big.csv')", "    y = save", "    m3.Store(x).work()"]
BLOCKS = [
    "    open('big.csv').read()", "    open(x, 'wb').write(b'1' * 9)", "    subprocess.run(['git', 'pull'])",
    "    shutil.make_archive('a', 'zip', 'b')", "    time.sleep(2)", "    sqlite3.connect('a.db').execute('delete from a')",
]  # fmt: skip


def found(root: Path, *paths: Path) -> list[Finding]:
    """What is told of some files, or of the whole project."""
    settings = Settings(root=root)
    codemods = [codemod for codemod in load_codemods() if codemod.code in CODES]
    return look(list(paths) or discover([root], settings).files, codemods, settings).findings


def told(findings: Iterable[Finding]) -> list[object]:
    """What is found and done. Where functions call each other in circles, the sentences begin at the one that was looked at first."""
    return [(f.code, f.path, f.line, f.message, f.reason, f.change and f.change.files) for f in findings]


def test_only_what_a_file_calls_is_parsed_for_it(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text("import tools\n\nasync def start(update, context):\n    tools.save(1)\n")
    (tmp_path / "tools.py").write_text("import store\n\ndef save(x):\n    store.write(x)\n")
    (tmp_path / "store.py").write_text("def write(x):\n    print(x)\n\ndef read():\n    return open('a.txt').read()\n")
    for number in range(9):
        text = "import store\n\ndef save():\n    store.read()\n\nasync def other():\n    open('a.txt').read()\n    save()\n"
        (tmp_path / f"other{number}.py").write_text(text)
    assert len(found(tmp_path)) == 18
    work.clear()
    assert not found(tmp_path, tmp_path / "bot.py")
    assert work.calls[PARSED] == 3


def _module(random_: random.Random) -> str:
    lines = [HEAD]
    names = random_.sample(NAMES, len(NAMES))  # bound once each, so that the most can be followed
    for name in names[2:]:
        kind = random_.choice(["from {0} import {1}", "from {0} import save as {1}", "from {0} import *", "import {0}"])
        lines.append(kind.format(random_.choice(FILES), name))
    for name in [*names[:2], "handle", "react"]:
        kind = "class" if name == "Store" else "async def" if name in ("handle", "react") else "def"
        lines.append(f"class {name}:\n  def __init__(self, x=0):" if kind == "class" else f"{kind} {name}(x=0):")
        lines += random_.sample(CALLS if kind == "async def" else BLOCKS + CALLS, random_.randint(1, 3))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))])
def test_whatever_is_edited_a_file_alone_is_told_the_same_as_in_a_whole_run(tmp_path: Path, seed: int) -> None:
    random_ = random.Random(seed)
    for name in FILES:
        (tmp_path / f"{name}.py").write_text(_module(random_))
    for _ in range(4):
        (tmp_path / f"{random_.choice(FILES)}.py").write_text(_module(random_))
        whole = found(tmp_path)
        for asked in (random_.sample(FILES, 1), random_.sample(FILES, 3)):
            paths = [tmp_path / f"{name}.py" for name in sorted(asked)]
            assert found(tmp_path, *paths) == [finding for finding in whole if finding.path in paths]
