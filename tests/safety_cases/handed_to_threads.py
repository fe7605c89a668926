"""TGF502: what may not be given to another thread, and what cannot come back from one."""

from __future__ import annotations

from . import SafetyCase, driving

_BOT = """\
import asyncio
import sqlite3
import subprocess
import sys
import traceback

from telegram.ext import Application, CommandHandler


def rows(given):
    subprocess.run(["true"])
    return [str(one) for one in given]


def handled():
    subprocess.run(["true"])
    return sys.exc_info()[1]


def again():
    subprocess.run(["true"])
    raise


def refuse():
    subprocess.run(["true"])
    raise StopIteration


async def answer(update, context):
    BODY
    await update.message.reply_text(str(text))


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("go", answer))
    return app


if __name__ == "__main__":
    build().run_polling()
"""


def _with(body: str, *unused: str) -> dict[str, str]:
    text = _BOT.replace("BODY", body)
    for name in unused:
        text = text.replace(f"import {name}\n", "")
    return {"bot.py": text}


_GO = {"updates": ["/go"]}

CASES = [
    SafetyCase(
        "a cursor given to a helper",
        _with(
            "base = sqlite3.connect(':memory:')\n    text = rows(base.execute('select 1'))\n    base.close()",
            "traceback",
        ),
        driving.ptb_bot,
        _GO,
        fast=True,
    ),
    SafetyCase(
        "a cursor in a variable, by way of map",
        _with(
            "base = sqlite3.connect(':memory:')\n    found = map(str, base.execute('select 1'))\n    text = rows(found)\n"
            "    base.close()",
            "traceback",
        ),
        driving.ptb_bot,
        _GO,
    ),
    SafetyCase(
        "a generator that asks for its loop",
        _with("text = len(rows(asyncio.get_running_loop().is_running() for _ in range(2)))", "traceback", "sqlite3"),
        driving.ptb_bot,
        _GO,
        fast=True,
    ),
    SafetyCase(
        "a helper that raises StopIteration",
        _with(
            "try:\n        text = refuse()\n    except StopIteration:\n        text = 'refused'", "traceback", "sqlite3"
        ),
        driving.ptb_bot,
        _GO,
        fast=True,
    ),
    SafetyCase(
        "a traceback sent to the chat",
        _with(
            "try:\n        text = rows(None)\n    except TypeError:\n        text = traceback.format_exc().count('File ')",
            "sqlite3",
        ),
        driving.ptb_bot,
        _GO,
    ),
    SafetyCase(
        "a helper that asks what is being handled",
        _with("try:\n        text = {}[1]\n    except KeyError:\n        text = handled()", "traceback", "sqlite3"),
        driving.ptb_bot,
        _GO,
        fast=True,
    ),
    SafetyCase(
        "a helper that raises again what is being handled",
        _with("try:\n        text = {}[1]\n    except KeyError:\n        text = again()", "traceback", "sqlite3"),
        driving.ptb_bot,
        _GO,
    ),
]
