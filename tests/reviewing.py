"""A bot to review, and codemods made for what the real ones seldom do: several files, several forms, the same lines."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.engine.analysis.module import Module
from tgfix.engine.codemod import Codemod, replace
from tgfix.engine.model import Assumption, Edit, FileChange, Finding, Hazard, Helper, Import
from tgfix.engine.review.session import Review
from tgfix.engine.run.decisions import Decisions
from tgfix.engine.run.journal import Journal
from tgfix.engine.sources.config import Settings

RISK = Assumption(Hazard.UNPROVED, "this is what you want")

HELPER = Helper("shout", "def shout(text):\n    return text.upper()\n")


class Shout(Codemod):
    """`loud(x)` becomes `shout(x)`, which a support module defines: one change in two files."""

    code, name, title = "TGF991", "shout-it", "Shout"
    needles = (b"loud(",)

    def find(self, module: Module) -> Iterator[Finding]:
        """Every call of `loud`."""
        support = module.path.with_name("_support.py")
        for call in module.all(ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id == "loud":
                edits = [replace(module, call.func, "shout")]
                others = (FileChange(support, helpers=(HELPER,)),)
                change = self.change(
                    module, edits, "It is louder.", imports=(Import("_support", "shout"),), others=others
                )
                yield self.finding(module, call, "it is not loud enough", change=change)


class Unwrap(Codemod):
    """`old(x)` becomes `new(x)` or, as the other form, `newer(x)`; nested calls touch the same lines."""

    code, name, title = "TGF992", "no-old", "Call new()"
    needles = (b"old(",)

    def find(self, module: Module) -> Iterator[Finding]:
        """Every call of `old`, outer ones first."""
        for call in module.all(ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id == "old":
                inner = ", ".join(module.segment(argument) for argument in call.args)
                strong = self._change(module, call, f"newer({inner})", "Call newer()", (RISK,))
                weak = self._change(module, call, f"new({inner})", "Call new()", ())
                yield self.finding(module, call, "it is old", change=strong, alternatives=(weak,))

    def _change(self, module, call, text, title, verdicts):  # type: ignore[no-untyped-def]
        start, end = module.span(call)
        edits = [Edit(start, end, text)]
        return self.change(module, edits, f"{title} is faster.", title=title, verdicts=verdicts, style=title[5:-2])


CODEMODS = (AsyncSleep(), Shout(), Unwrap())

BOT = """\
import time
from html import escape
from words import new, newer, loud, old

pending = []


async def remind(guest):
    time.sleep(1)  # first
    await guest.reply(loud("tea"))


async def remind(guest):
    time.sleep(1)


async def remind(guest):
    time.sleep(1)


async def nested(event):
    return old(old(old(1)), old(2))


async def flush(event):
    batch = list(pending)
    time.sleep(3)
    pending.clear()
    await event.reply(loud(str(batch)))
"""

WORDS = """\
import time


def new(*args):
    return args


newer = old = new


def loud(text):
    return text


async def wait(seconds):
    time.sleep(2)
"""


def write_bot(directory: Path) -> list[Path]:
    """Put the bot there; its files in order."""
    (directory / "bot.py").write_bytes(BOT.encode())
    (directory / "words.py").write_bytes(WORDS.replace("\n", "\r\n").encode())
    return [directory / "bot.py", directory / "words.py"]


def review(directory: Path, decisions: Decisions | None = None) -> Review:
    """A review of the bot in a directory."""
    files = sorted(path for path in directory.glob("*.py") if not path.name.startswith("_"))
    settings = Settings(root=directory)
    return Review(files, CODEMODS, settings, Journal(directory, ["tgfix"]), decisions=decisions)


def install_codemods(directory: Path) -> str:
    """Register `Shout` and `Unwrap` as a package of a third party would; the PYTHONPATH with which `tgfix` finds them."""
    metadata = directory / "reviewing-1.dist-info"
    if not metadata.exists():
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: reviewing\nVersion: 1\n")
        entries = "[tgfix.codemods]\nshout = reviewing:Shout\nunwrap = reviewing:Unwrap\n"
        (metadata / "entry_points.txt").write_text(entries)
    paths = [str(directory), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    return os.pathsep.join(path for path in paths if path)
