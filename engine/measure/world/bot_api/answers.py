"""What Telegram's servers plausibly answer to a method of the Bot API (https://core.telegram.org/bots/api)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .. import contents
from ..known import BOT, CHANNEL, FILE, STRANGER, USER, poll
from .candidates import RIGHTS

_SIZED = FILE | {"width": 1, "height": 1}
#: What the message holds that a method sends.
_CONTENT: dict[str, dict[str, Any]] = {
    "sendPhoto": {"photo": [_SIZED]},
    "sendAudio": {"audio": FILE | {"duration": 1}},
    "sendVoice": {"voice": FILE | {"duration": 1}},
    "sendVideo": {"video": _SIZED | {"duration": 1}},
    "sendVideoNote": {"video_note": FILE | {"length": 1, "duration": 1}},
    "sendDocument": {"document": FILE},
    "sendAnimation": {"animation": _SIZED | {"duration": 1}},
    "sendDice": {"dice": {"emoji": "🎲", "value": 3}},
    "sendSticker": {"sticker": _SIZED | {"is_animated": False, "is_video": False, "type": "regular"}},
    "sendLocation": {"location": {"latitude": 1.0, "longitude": 1.0}},
}
#: Methods that answer with the message they sent.
_SENDS = re.compile(r"send(?!ChatAction|MediaGroup)|forwardMessage$|editMessage|stopMessageLiveLocation$")
_GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
_ANN = contents.user()
_ADMINISTRATOR = {"status": "administrator", "user": BOT} | RIGHTS["administrator"]
_LINK = {"creator": BOT, "creates_join_request": False, "is_primary": False, "is_revoked": False}
_FIXED: dict[str, Any] = {
    "getMe": BOT,
    "getUpdates": [],
    "getMyCommands": [],
    "getForumTopicIconStickers": [],
    "getCustomEmojiStickers": [],
    "getGameHighScores": [],
    "getChatAdministrators": [{"status": "creator", "is_anonymous": False, "user": _ANN}, _ADMINISTRATOR],
    "getChatMemberCount": 2,
    "getUserProfilePhotos": {"total_count": 0, "photos": []},
    "getWebhookInfo": {"url": "", "has_custom_certificate": False, "pending_update_count": 0},
    "getMyName": {"name": "Bot"},
    "getMyDescription": {"description": ""},
    "getMyShortDescription": {"short_description": ""},
    "exportChatInviteLink": "https://t.me/+invite",
    "createInvoiceLink": "https://t.me/+invite",
    "createChatInviteLink": {"invite_link": "https://t.me/+invite"} | _LINK,
    "editChatInviteLink": {"invite_link": "https://t.me/+invite"} | _LINK,
    "revokeChatInviteLink": {"invite_link": "https://t.me/+invite"} | _LINK,
    "answerWebAppQuery": {"inline_message_id": "i"},
}

#: Status, description and parameters of answers that are errors (https://core.telegram.org/bots/api#making-requests).
FAILURES: dict[str, tuple[int, str, dict[str, int]]] = {
    "403": (403, "Forbidden: bot was blocked by the user", {}),
    "400": (400, "Bad Request: message is not modified", {}),
    "429": (429, "Too Many Requests: retry after 1", {"retry_after": 1}),
    "time-out": (0, "", {}),
}

#: What is said of how a text is written, in lower case (https://core.telegram.org/bots/api#formatting-options).
_MODES = ("html", "markdown", "markdownv2")
#: Fields that hold a text, and their most characters (https://core.telegram.org/bots/api#sendmessage).
_MOST = {"text": 4096, "caption": 1024}


def refused(method: str, said: dict[str, Any]) -> tuple[int, str, dict[str, int]] | None:
    """The error that the servers answer to a message which they do not take; None for one that they do."""
    mode = said.get("parse_mode")
    if mode and str(mode).lower() not in _MODES:
        return 400, "Bad Request: unsupported parse_mode", {}
    if method in ("sendMessage", "editMessageText") and not str(said.get("text") or "").strip():
        return 400, "Bad Request: message text is empty", {}
    for field, most in _MOST.items():
        if not mode and method.startswith(("send", "edit")) and len(str(said.get(field) or "")) > most:
            return 400, "Bad Request: message is too long", {}
    return None


def _chat(named: Any) -> dict[str, Any]:
    if isinstance(named, str) and re.fullmatch(r"-?\d+", named):
        named = int(named)
    if isinstance(named, int) and named > 0:
        return contents.chat("private", named)
    number = CHANNEL if isinstance(named, str) else named
    return {"id": number, "type": "supergroup", "title": "A group", "username": str(named).lstrip("@")}


def _member(number: int) -> dict[str, Any]:
    """The bot helps whoever has made a chat; a stranger is but in it."""
    if number == BOT["id"]:
        return _ADMINISTRATOR
    somebody = {"user": contents.user(number)}
    return somebody | ({"status": "member"} if number == STRANGER else {"status": "creator", "is_anonymous": False})


def answer(method: str, said: dict[str, Any], next_id: Callable[[], int]) -> Any:
    """The result of a method called with parameters; `next_id` gives the numbers of new messages."""
    if method in _FIXED:
        return _FIXED[method]
    chat = _chat(said.get("chat_id", USER))
    if method == "getFile":
        return {"file_unique_id": "u", "file_path": f"documents/{said['file_id']}", "file_size": 400} | {
            "file_id": said["file_id"]
        }
    if method == "getChat":
        return chat | {
            "accent_color_id": 0,
            "max_reaction_count": 1,
            "accepted_gift_types": dict.fromkeys(_GIFTS, True),
        }
    if method == "getChatMember":
        return _member(int(said["user_id"]))
    if method == "createForumTopic":
        return {"message_thread_id": 7, "name": said.get("name", "t"), "icon_color": 1}
    if method == "copyMessage":
        return {"message_id": next_id()}
    if method in ("copyMessages", "forwardMessages"):
        return [{"message_id": next_id()} for _ in said.get("message_ids", [1])]
    if method == "stopPoll":
        return poll({"options": ["a", "b"]})
    sent = {"date": 1700000000, "chat": chat, "from": BOT}
    if method == "sendMediaGroup":
        return [sent | {"message_id": next_id()} for _ in said["media"]]
    if not _SENDS.match(method) or "inline_message_id" in said:
        return True
    sent |= {"message_id": said.get("message_id") or next_id()} | _CONTENT.get(method, {})
    if method == "sendPoll":
        sent |= {"poll": poll(said)}
    return sent | {key: said[key] for key in ("text", "caption") if isinstance(said.get(key), str)}
