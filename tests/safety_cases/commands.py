"""TGF101 and TGF102: commands that share a callback become one handler."""

from __future__ import annotations

from . import SafetyCase, driving

_SHOPS = """\
from telegram.ext import Application, CommandHandler


async def shop(update, context):
    await update.message.reply_text("You opened " + update.message.text)


def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, 41):
        app.add_handler(CommandHandler(f"shop{number}", shop))
    return app
"""

CASES = [
    SafetyCase(
        "commands with a number",
        {"bot.py": _SHOPS},
        driving.ptb_bot,
        {"updates": ["/shop1", "/shop40 now", "/SHOP7", "/shop41", "/shop", "/shop07"]},
        held="TGF101",
        fast=True,
    ),
]
