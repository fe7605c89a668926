"""The examples of TGF602: documentation and tests."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, untouched
from ....engine.model import Safety
from .support import PTB, TELETHON

_TELETHON = """\
from telethon import TelegramClient, events{imports}
{support}
client = TelegramClient("bot", 12345, "hash")


@client.on(events.NewMessage(pattern="/purge"))
async def purge(event):
{body}
"""
_PTB = """\
{imports}from telegram.ext import Application, CommandHandler


{support}async def tidy(update, context):
{body}


app = Application.builder().token("TOKEN").build()
app.add_handler(CommandHandler("tidy", tidy))
"""


def _telethon(before: str, after: str, imports: str = "", support: str = "") -> tuple[str, str]:
    return (
        _TELETHON.format(imports="", support="", body=before),
        _TELETHON.format(imports=imports, support=support, body=after),
    )


_FOUND = _telethon(
    """\
    async for m in client.iter_messages(event.chat_id, from_user="me"):
        await m.delete()""",
    """\
    await client.delete_messages(
        event.chat_id,
        [m.id async for m in client.iter_messages(event.chat_id, from_user="me")],
    )""",
)
_SPREAD = _telethon(
    """\
    async for m in client.iter_messages(
        event.chat_id,
        search="spam",
    ):
        await m.delete()""",
    """\
    await client.delete_messages(
        event.chat_id,
        [m.id async for m in client.iter_messages(event.chat_id, search="spam")],
    )""",
)
_NUMBERS = _telethon(
    """\
    for number in numbers(event):
        await client.delete_messages(event.chat_id, number)""",
    """\
    await client.delete_messages(event.chat_id, list(numbers(event)))""",
)
_LISTED = _telethon(
    """\
    for number in numbers(event):
        try:
            await event.client.delete_messages(event.chat_id, [number])
        except Exception:
            pass""",
    """\
    await delete_by_hundreds(event.client, event.chat_id, numbers(event), (Exception,))""",
    "\nfrom telethon.errors import FloodWaitError, RPCError",
    f"\n\n{TELETHON.source}\n",
)
_BOT = _PTB.format(
    imports="",
    support="",
    body="""\
    for sent in context.chat_data["sent"]:
        await context.bot.delete_message(chat_id=update.effective_chat.id, message_id=sent.message_id)""",
)
_BOT_AFTER = _PTB.format(
    imports="from telegram.error import BadRequest, RetryAfter\n",
    support=f"{PTB.source}\n\n",
    body="""\
    await delete_in_parts(
        context.bot, update.effective_chat.id, [sent.message_id for sent in context.chat_data["sent"]]
    )""",
)

EXAMPLES: tuple[Example, ...] = (
    fixed(*_FOUND, "messages that are looked for", safety=Safety.UNSAFE),
    fixed(*_SPREAD, "a call over several lines", safety=Safety.UNSAFE),
    fixed(*_NUMBERS, "numbers of messages", safety=Safety.UNSAFE),
    fixed(*_LISTED, "errors that are swallowed", safety=Safety.UNSAFE),
    fixed(
        {"bot.py": _BOT, "requirements.txt": "python-telegram-bot==22.5\n"},
        {"bot.py": _BOT_AFTER},
        "python-telegram-bot",
        safety=Safety.UNSAFE,
    ),
    left(
        {"bot.py": _BOT, "requirements.txt": "python-telegram-bot==20.7\n"},
        "asks for a python-telegram-bot older than 20.8",
        "a release that deletes one at a time",
    ),
    left(
        _TELETHON.format(
            imports="",
            support="",
            body="""\
    for number in numbers(event):
        try:
            await client.delete_messages(event.chat_id, number)
        except Exception as error:
            print(number, error)""",
        ),
        "what happens when one of them cannot be deleted",
        "failures that are told one by one",
    ),
    left(
        _TELETHON.format(
            imports="",
            support="",
            body="""\
    for message in messages(event):
        await client.delete_messages(message.chat_id, message)""",
        ),
        "the messages may be of several chats",
        "messages of several chats",
    ),
    untouched(
        _TELETHON.format(
            imports="",
            support="",
            body="""\
    for number in (event.id, event.reply_to_msg_id):
        await client.delete_messages(event.chat_id, number)
    for row in rows(event):
        await session.delete(row)
    await client.delete_messages(event.chat_id, [message async for message in client.iter_messages(event.chat_id)])""",
        ),
        "a few messages, a database, and what is deleted in bulk already",
    ),
)
