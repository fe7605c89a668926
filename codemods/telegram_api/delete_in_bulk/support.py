"""The support code of delete-in-bulk, for each library."""

from __future__ import annotations

from ....engine.model import Helper, Import

_SOURCE = '''\
async def {name}({owner}, {chat}, {messages}, errors=()):
    """Delete messages of one chat, up to 100 with a request, and one by one where Telegram refuses a part.

    `errors` are swallowed; after a flood wait nothing more is sent.{note}
    """
    {messages} = list({messages})
    starts = range(0, len({messages}), 100)
    parts = [{messages}[start : start + 100] for start in starts]
    while parts:
        part = parts.pop(0)
        try:
            await {owner}.delete_messages({chat}, part)
        except {flood} as error:
            if isinstance(error, errors):
                return
            raise
        except ({refused}, *errors) as error:
            if len(part) > 1:
                parts[:0] = [[one] for one in part]
            elif not isinstance(error, errors):
                raise
'''


def _helper(name: str, errors: str, **names: str) -> Helper:
    source = _SOURCE.format(name=name, **names)
    return Helper(name, source, (Import(errors, names["flood"]), Import(errors, names["refused"])))


TELETHON = _helper(
    "delete_by_hundreds", "telethon.errors", owner="client", chat="chat", messages="messages", flood="FloodWaitError",
    refused="RPCError", note="",
)  # fmt: skip
PTB = _helper(
    "delete_in_parts", "telegram.error", owner="bot", chat="chat_id", messages="message_ids", flood="RetryAfter",
    refused="BadRequest", note=" For python-telegram-bot 20.8 or newer.",
)  # fmt: skip
