"""The support code of delete-in-bulk, for each library."""

from __future__ import annotations

from ....engine.model import Helper, Import

_TELETHON = '''\
async def delete_by_hundreds(client, chat, messages, errors=()):
    """Delete messages of one chat, 100 with a request, or one by one where Telegram refuses a part.

    `errors` are swallowed.
    """
    messages = list(messages)
    for start in range(0, len(messages), 100):
        part = messages[start : start + 100]
        try:
            await client.delete_messages(chat, part)
        except (RPCError, *errors):
            for message in part:
                try:
                    await client.delete_messages(chat, message)
                except errors:
                    pass
'''
_PTB = '''\
async def delete_in_parts(bot, chat_id, message_ids, errors=()):
    """Delete messages of one chat, 100 with a request, or one by one where Telegram refuses a part.

    `errors` are swallowed. For python-telegram-bot 20.8 or newer.
    """
    message_ids = list(message_ids)
    for start in range(0, len(message_ids), 100):
        part = message_ids[start : start + 100]
        try:
            await bot.delete_messages(chat_id, part)
        except (BadRequest, *errors):
            for message_id in part:
                try:
                    await bot.delete_message(chat_id, message_id)
                except errors:
                    pass
'''

TELETHON = Helper("delete_by_hundreds", _TELETHON, (Import("telethon.errors", "RPCError"),))
PTB = Helper("delete_in_parts", _PTB, (Import("telegram.error", "BadRequest"),))
