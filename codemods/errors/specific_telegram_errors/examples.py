"""Examples of specific-telegram-errors: the shapes that bots have most often, and what is left alone."""

from __future__ import annotations

from ....engine.codemod import Example, Sources, fixed, left, untouched
from ....engine.model import Safety


def _narrowed(before: Sources, after: Sources, title: str, **more: object) -> Example:
    return fixed(before, after, title, safety=Safety.UNSAFE, **more)


_FEW = """\
import logging

from telethon import TelegramClient, events

client = TelegramClient("account", 1, "hash")
log = logging.getLogger(__name__)


@client.on(events.NewMessage(pattern="/clean"))
async def clean(event):
    try:
        await event.delete()
    except Exception as e:  # whatever it is
        log.warning("not deleted: %s", e)
"""
_MANY = """\
from telethon import TelegramClient
from telethon.errors import FloodWaitError
from telethon.sessions import StringSession


async def announce(client: TelegramClient, chat, text):
    try:
        await client.send_message(chat, text)
    except FloodWaitError as e:
        print("wait", e.seconds)
        return False
    except Exception as e:
        print(e)
        return False
    return True
"""
_REPLY = """\
import logging

from telegram import Update
from telegram.ext import ContextTypes

logger = logging.getLogger(__name__)


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE):
    try:
        await update.message.reply_text("Hello")
    except Exception:
        logger.info("blocked")
"""

EXAMPLES = (
    _narrowed(
        _FEW,
        """\
import logging

from telethon import TelegramClient, errors, events

client = TelegramClient("account", 1, "hash")
log = logging.getLogger(__name__)


@client.on(events.NewMessage(pattern="/clean"))
async def clean(event):
    try:
        await event.delete()
    except (errors.ChannelInvalidError, errors.ChannelPrivateError, errors.MessageDeleteForbiddenError) as e:
        log.warning("not deleted: %s", e)
    except (
        errors.RPCError,
        errors.BadMessageError,
        errors.TypeNotFoundError,
        ConnectionError,
        TypeError,
        ValueError,
    ) as e:  # whatever it is
        log.warning("not deleted: %s", e)
""".replace(
            "    except (errors.ChannelInvalidError, errors.ChannelPrivateError, errors.MessageDeleteForbiddenError) as e:\n",
            """\
    except (
        errors.ChannelInvalidError,
        errors.ChannelPrivateError,
        errors.MessageDeleteForbiddenError,
    ) as e:
""",
        ),
        "few errors get a clause of their own",
    ),
    _narrowed(
        _MANY,
        """\
from telethon import TelegramClient
from telethon.errors import BadMessageError, FloodWaitError, RPCError, TypeNotFoundError
from telethon.sessions import StringSession


async def announce(client: TelegramClient, chat, text):
    try:
        await client.send_message(chat, text)
    except FloodWaitError as e:
        print("wait", e.seconds)
        return False
    except (
        RPCError,
        BadMessageError,
        TypeNotFoundError,
        ConnectionError,
        TypeError,
        ValueError,
    ) as e:
        print(e)
        return False
    return True
""",
        "many errors are caught by their base, what a clause above catches is left out",
    ),
    fixed(
        _FEW,
        """\
import logging

from telethon import TelegramClient, errors, events

client = TelegramClient("account", 1, "hash")
log = logging.getLogger(__name__)


@client.on(events.NewMessage(pattern="/clean"))
async def clean(event):
    try:
        await event.delete()
    except (
        errors.ChannelInvalidError,
        errors.ChannelPrivateError,
        errors.MessageDeleteForbiddenError,
    ) as e:
        log.warning("not deleted: %s", e)
    except (
        errors.RPCError,
        errors.BadMessageError,
        errors.TypeNotFoundError,
        ConnectionError,
        TypeError,
        ValueError,
    ) as e:
        log.warning("not deleted: %s", e)
    except Exception as e:  # whatever it is
        log.exception("delete failed unexpectedly")
        log.warning("not deleted: %s", e)
""",
        "the broad clause is kept last and logs",
        options={"style": "keep"},
    ),
    _narrowed(
        _FEW,
        """\
import logging

from telethon import TelegramClient, errors, events

client = TelegramClient("account", 1, "hash")
log = logging.getLogger(__name__)


@client.on(events.NewMessage(pattern="/clean"))
async def clean(event):
    try:
        await event.delete()
    except (errors.RPCError, ConnectionError, TypeError, ValueError) as e:  # whatever it is
        log.warning("not deleted: %s", e)
""",
        "the base alone where that is asked for",
        options={"max-listed": 0, "protocol-errors": False},
    ),
    _narrowed(
        _FEW,
        """\
import logging

from telethon import TelegramClient, errors, events

client = TelegramClient("account", 1, "hash")
log = logging.getLogger(__name__)


@client.on(events.NewMessage(pattern="/clean"))
async def clean(event):
    try:
        await event.delete()
    except (
        errors.ChannelInvalidError,
        errors.ChannelPrivateError,
        errors.MessageDeleteForbiddenError,
    ) as e:
        log.warning("not deleted: %s", e)
    except (ConnectionError, TypeError, ValueError) as e:  # whatever it is
        log.warning("not deleted: %s", e)
""",
        "the base left out where that is asked for",
        options={"listed-only": True},
    ),
    _narrowed(
        """\
from telethon import TelegramClient
from telethon.tl.functions.channels import JoinChannelRequest


class Joiner:
    def __init__(self, client: TelegramClient):
        self.client = client

    async def join(self, name):
        try:
            await self.client(JoinChannelRequest(name))
        except:
            pass
""",
        """\
from telethon import TelegramClient, errors
from telethon.tl.functions.channels import JoinChannelRequest


class Joiner:
    def __init__(self, client: TelegramClient):
        self.client = client

    async def join(self, name):
        try:
            await self.client(JoinChannelRequest(name))
        except (
            errors.ChannelInvalidError,
            errors.ChannelPrivateError,
            errors.ChannelsTooMuchError,
        ):
            pass
        except (
            errors.RPCError,
            errors.BadMessageError,
            errors.TypeNotFoundError,
            ConnectionError,
            TypeError,
            ValueError,
        ):
            pass
""",
        "a bare clause around a request",
    ),
    _narrowed(
        """\
import asyncio

from telethon import TelegramClient

client = TelegramClient("account", 1, "hash")


async def ask(chat):
    async with client.conversation(chat) as conversation:
        try:
            await conversation.send_message("How old are you?")
            answer = await conversation.get_response()
            return int(answer.raw_text)
        except (ValueError, Exception):
            return None
        finally:
            print("asked")
""",
        """\
import asyncio

from telethon import TelegramClient, errors

client = TelegramClient("account", 1, "hash")


async def ask(chat):
    async with client.conversation(chat) as conversation:
        try:
            await conversation.send_message("How old are you?")
            answer = await conversation.get_response()
            return int(answer.raw_text)
        except (
            errors.RPCError,
            errors.BadMessageError,
            errors.TypeNotFoundError,
            asyncio.TimeoutError,
            ConnectionError,
            TypeError,
            ValueError,
        ):
            return None
        finally:
            print("asked")
""",
        "a conversation, with a tuple and finally",
    ),
    _narrowed(
        """\
from telethon import events


@events.register(events.NewMessage)
async def keep(event):
    try:
        await event.download_media("media/")
        raise events.StopPropagation
    except Exception as e:
        print(e)
""",
        """\
from telethon import errors, events


@events.register(events.NewMessage)
async def keep(event):
    try:
        await event.download_media("media/")
        raise events.StopPropagation
    except (
        errors.AuthKeyPermEmptyError,
        errors.FileIdInvalidError,
        errors.InputFetchFailError,
        errors.LimitInvalidError,
        errors.LocationInvalidError,
        errors.OffsetInvalidError,
    ) as e:
        print(e)
    except (
        errors.RPCError,
        errors.BadMessageError,
        errors.TypeNotFoundError,
        OSError,
        TypeError,
        ValueError,
    ) as e:
        print(e)
""",
        "StopPropagation works again, and a download fails with OSError",
    ),
    _narrowed(
        _REPLY,
        """\
import logging

from telegram import Update
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError
from telegram.ext import ContextTypes

logger = logging.getLogger(__name__)


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE):
    try:
        await update.message.reply_text("Hello")
    except (BadRequest, ChatMigrated, Forbidden):
        logger.info("blocked")
    except (TelegramError, ValueError):
        logger.info("blocked")
""",
        "python-telegram-bot",
    ),
    _narrowed(
        {
            "bot.py": """\
from core import client


async def find(name):
    try:
        return await client.get_input_entity(name)
    except Exception: return None
""",
            "core.py": """\
from telethon import TelegramClient as Client


class Bot(Client):
    pass


client = Bot("account", 1, "hash")
""",
        },
        {
            "bot.py": """\
from telethon import errors

from core import client


async def find(name):
    try:
        return await client.get_input_entity(name)
    except (
        errors.RPCError,
        errors.BadMessageError,
        errors.TypeNotFoundError,
        ConnectionError,
        TypeError,
        ValueError,
    ): return None
"""
        },
        "a client of the project's own class in another file",
    ),
    left(
        """\
from telethon import TelegramClient

from backup import save


async def store(client: TelegramClient, chat):
    try:
        messages = await client.get_messages(chat, 10)
        save(messages)
    except Exception as e:
        print(e)
""",
        "the try body also calls save(), whose errors are not known; for the known calls RPCError,",
        "work of the project's own in the body",
    ),
    left(
        """\
import logging

from telethon import TelegramClient


async def store(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except Exception as e:
        logging.error("no messages: %s", e)
        raise
""",
        "it raises the error again, so that nothing is hidden",
        "a clause that logs and raises again",
    ),
    left(
        """\
from telethon import TelegramClient, errors


async def store(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except Exception as e:
        if isinstance(e, errors.FloodWaitError):
            return []
        print("failed")
""",
        "tells errors apart by itself (isinstance)",
        "a clause that tells errors apart",
    ),
    left(
        """\
from telethon import TelegramClient


async def store(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except Exception as e:
        print(e.message)
""",
        "reads e.message, which",
        "an attribute that not every class has",
    ),
    left(
        """\
try:
    from telethon import TelegramClient
except ImportError:
    TelegramClient = None


async def store(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except Exception:
        return []
""",
        "the file imports telethon only where it is there",
        "a library that may be missing",
    ),
    left(
        """\
from telethon import TelegramClient


async def store(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except Exception:
        return []
    except ValueError:
        return None
""",
        "clauses follow it that would come to life",
        "a dead clause behind it",
    ),
    left(
        _FEW.replace("Exception as e:  # whatever it is", "BaseException as e:"),
        "a bare clause also catches the end of the program",
        "a clause for BaseException is not kept",
        options={"style": "keep"},
    ),
    untouched(
        """\
import logging

from telethon import TelegramClient, errors


async def store(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except (errors.RPCError, ConnectionError) as e:
        print(e)
    except Exception:
        logging.exception("a mistake")


async def load(api):
    try:
        return await api.edit("something else")
    except Exception:
        return None
""",
        "a clause behind one for the base that logs, and a call of something unknown",
    ),
)
