"""A bot that pins an older release of a library gets nothing that it cannot run, and one with a newer release does."""

from __future__ import annotations

import pytest
import test_cached_rights
import test_concurrent_updates
import test_request_saved

from tgfix.codemods import load_codemods
from tgfix.engine import harness

ONE_BY_ONE = """\
from telegram.ext import Application, CommandHandler


async def tidy(update, context):
    for number in context.chat_data["sent"]:
        await context.bot.delete_message(update.effective_chat.id, number)


def main():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("tidy", tidy))
    app.run_polling()
"""
#: What has to be there, where it stands in the new text: (code, program, text, requirement below, requirements from there on).
NEEDS = [
    ("TGF204", test_concurrent_updates.HEAD + test_concurrent_updates.HELLO
     + test_concurrent_updates.BUILD.format(register=test_concurrent_updates.HANDLE), "BaseUpdateProcessor",
     "python-telegram-bot[rate-limiter]", "20.3", "20.4"),
    ("TGF601", test_request_saved.OTHERS["aiogram"].replace("dp.include_router(router := Router())", "router = dp"), "bot.me()",
     "aiogram", "2.25.2", "3.0.0"),
    ("TGF601", test_request_saved.OTHERS["pyrogram"], "client.me", "pyrogram", "1.4.16", "2.0.0"),
    ("TGF602", ONE_BY_ONE, "delete_messages", "python-telegram-bot", "20.7", "20.8"),
    ("TGF605", test_cached_rights.BEFORE, "alru_cache", "async-lru", "1.0.3", "2.0.0"),
]  # fmt: skip


def new_text(code: str, program: str, requirement: str) -> str:
    """A program after a codemod, where a requirement is declared."""
    codemods = [codemod for codemod in load_codemods() if codemod.code == code]
    files = harness.plain({"bot.py": program, "requirements.txt": f"{requirement}\n"})
    plan = harness.run(codemods, files, unsafe=True)
    assert not plan.problems and plan.findings
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


@pytest.mark.parametrize(
    ("code", "program", "needed", "package", "below", "since"), NEEDS, ids=[f"{n[0]}-{n[3]}" for n in NEEDS]
)
def test_a_pinned_release_gets_what_it_can_run(
    code: str, program: str, needed: str, package: str, below: str, since: str
) -> None:
    assert all(needed not in new_text(code, program, f"{package}{one}") for one in (f"=={below}", f"<{since}"))
    assert all(needed in new_text(code, program, f"{package}{one}") for one in (f"=={since}", f">={since}"))
