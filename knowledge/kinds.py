"""The kinds of objects that bots handle, and which of their attributes and methods lead to others.

A kind is a dotted class name, or one of Telethon's own under a short name.
"""

from __future__ import annotations

from . import blocking

CLIENT, EVENT, MESSAGE = "telethon.TelegramClient", "telethon.Event", "telethon.Message"
#: A user, a group or a channel: their attributes differ.
ENTITY = "telethon.Entity"
CONVERSATION, RESULTS, RESULT = "telethon.Conversation", "telethon.InlineResults", "telethon.InlineResult"
BOT, UPDATE, CONTEXT, APPLICATION = (
    "telegram.Bot",
    "telegram.Update",
    "telegram.ext.CallbackContext",
    "telegram.ext.Application",
)
LOGGER, MATCH, DICT, LIST = "logging.Logger", "re.Match", "builtins.dict", "builtins.list"
#: What a message may have or not: its file, its sender.
PART = "telethon.Part"
#: At the end of a kind: or None.
OPTIONAL = "?"

#: Telethon's client, as programs import it.
TELETHON_CLIENTS = frozenset(
    {"telethon.TelegramClient", "telethon.sync.TelegramClient", "telethon.client.TelegramClient"}
)

#: Other spellings of classes.
SPELLINGS = {
    "telethon.client.TelegramClient": CLIENT, "telethon.client.telegramclient.TelegramClient": CLIENT,
    "telethon.sync.TelegramClient": CLIENT, "telethon.TelegramClient": CLIENT,
    "telethon.tl.types.Message": MESSAGE, "telethon.types.Message": MESSAGE, "telethon.tl.custom.Message": MESSAGE,
    "telethon.tl.custom.message.Message": MESSAGE, "telethon.tl.patched.Message": MESSAGE, "telethon.custom.Message": MESSAGE,
    "telethon.tl.custom.Conversation": CONVERSATION, "telethon.tl.custom.conversation.Conversation": CONVERSATION,
    "telegram.ext.ExtBot": BOT, "telegram.ext.ContextTypes.DEFAULT_TYPE": CONTEXT, "telegram.ext.ContextTypes": CONTEXT,
    "telegram.ext.Updater": "telegram.ext.Updater", "loguru.logger": LOGGER,
    **blocking.SPELLINGS,
}  # fmt: skip
CLASSES = frozenset(
    {LOGGER, BOT, UPDATE, CONTEXT, APPLICATION, "telegram.Message", "telegram.CallbackQuery", "telegram.Chat", "telegram.User",
     "telegram.InlineQuery", "telegram.File", "httpx.AsyncClient", "httpx.Client", "httpx.Response", "aiohttp.ClientSession",
     "aiohttp.ClientResponse", "requests.Session", "requests.Response", "asyncio.Queue", "asyncio.Lock", "asyncio.Event",
     "asyncio.Semaphore", "pathlib.Path"}
    | blocking.CLASSES
)  # fmt: skip
_MESSAGES = frozenset(
    "message edited_message channel_post edited_channel_post effective_message reply_to_message".split()
)
LEADS_TO = {
    **{(UPDATE, name): "telegram.Message" for name in _MESSAGES}, ("telegram.CallbackQuery", "message"): "telegram.Message",
    ("telegram.Message", "reply_to_message"): "telegram.Message", (UPDATE, "callback_query"): "telegram.CallbackQuery",
    (UPDATE, "effective_chat"): "telegram.Chat", (UPDATE, "effective_user"): "telegram.User",
    (UPDATE, "inline_query"): "telegram.InlineQuery", ("telegram.Message", "chat"): "telegram.Chat",
    ("telegram.Message", "from_user"): "telegram.User", ("telegram.CallbackQuery", "from_user"): "telegram.User",
    (CONTEXT, "bot"): BOT, (APPLICATION, "bot"): BOT, (CONTEXT, "application"): APPLICATION, ("telegram.ext.Updater", "bot"): BOT,
    **blocking.LEADS_TO,
}  # fmt: skip
_SENDS = (
    "send_message",
    "send_file",
    "edit",
    "edit_message",
    "reply",
    "respond",
    "forward_to",
    "get_response",
    "get_edit",
    "get_reply",
)
#: Methods that send texts alone, and by which arguments they are given files nonetheless.
ONLY_TEXT = frozenset(
    "reply respond answer edit delete reply_text reply_html reply_markdown reply_markdown_v2 send_message send_chat_action "
    "reply_chat_action send_poll reply_poll send_dice reply_dice send_location reply_location send_contact reply_contact".split()
)
GIVES_FILES = frozenset({"file", "thumb", "media"})
_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
REQUESTS_SESSION, HTTPX_CLIENT = "requests.Session", "httpx.Client"
#: What a server has answered: an object of whoever asked, of which the data never changes.
RESPONSES = frozenset({"requests.Response", "httpx.Response", "http.client.HTTPResponse"})
#: Methods of it that only tell what the answer is. Its body may still be on its way.
TELLS_OF_RESPONSE = frozenset(
    "json raise_for_status iter_content iter_lines iter_bytes iter_text iter_raw read readline readlines close getheader getheaders "
    "geturl getcode info".split()
)
#: What sends a request on a session and returns when the answer is there.
SENDS_REQUESTS = frozenset(
    (kind, verb) for kind in (REQUESTS_SESSION, HTTPX_CLIENT) for verb in (*_VERBS, "send", "stream")
)
#: Functions that give an object of a kind.
MADE_BY = {
    **{f"requests.{part}{verb}": "requests.Response" for part in ("", "api.") for verb in _VERBS},
    **{f"{library}.{verb}": "httpx.Response" for library in ("httpx", "httpx2") for verb in _VERBS},
    "urllib.request.urlopen": "http.client.HTTPResponse", "httpx2.Client": HTTPX_CLIENT,
    **{f"requests.{name}": REQUESTS_SESSION for name in ("session", "sessions.Session", "sessions.session")},
    **blocking.MADE_BY,
}  # fmt: skip
RESULT_OF = {
    **{(REQUESTS_SESSION, name): "requests.Response" for name in (*_VERBS, "send")},
    **{(owner, name): MESSAGE for owner in (CLIENT, EVENT, MESSAGE, CONVERSATION) for name in _SENDS},
    (CLIENT, "start"): CLIENT, (CLIENT, "conversation"): CONVERSATION, (CLIENT, "inline_query"): RESULTS, (CLIENT, "get_entity"): ENTITY,
    (CLIENT, "iter_messages"): f"[{MESSAGE}]", (CLIENT, "qr_login"): "telethon.QRLogin",
    **{(owner, "get_reply_message"): MESSAGE + OPTIONAL for owner in (EVENT, MESSAGE)},
    **{(owner, name): ENTITY + OPTIONAL for owner in (EVENT, MESSAGE) for name in ("get_chat", "get_sender", "get_user")},
    **{(owner, name): "aiohttp.ClientResponse" for owner in ("aiohttp.ClientSession",)
       for name in _VERBS},
    **{(owner, name): "httpx.Response" for owner in ("httpx.AsyncClient", HTTPX_CLIENT) for name in (*_VERBS, "send", "stream")},
    **{(BOT, name): "telegram.File" for name in ("get_file", "getFile")},
    **blocking.RESULT_OF,
}  # fmt: skip
#: Attributes by which an unnamed parameter is known to be an event or a message where the project uses Telethon alone.
OF_EVENTS = frozenset(
    "get_reply_message reply_to_msg_id pattern_match get_input_chat get_input_sender is_reply raw_text via_bot_id fwd_from "
    "sender_id chat_id is_private is_group is_channel get_sender input_chat input_sender".split()
)
#: Attributes of a message that are None where it has no such thing.
PARTS = frozenset(
    "file media photo document video audio voice sticker gif poll contact geo web_preview sender chat forward fwd_from action".split()
)
OPTIONAL_WRAPPERS = ("typing.Optional", "typing.Annotated")
