"""`tgfix measure` of programs that use Pyrogram, or kurigram which continues it."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest
from measured import bot, measured, revised
from pyrogram import Client, filters, raw
from pyrogram.handlers import (
    CallbackQueryHandler,
    ChatJoinRequestHandler,
    ChatMemberUpdatedHandler,
    EditedMessageHandler,
    InlineQueryHandler,
    MessageHandler,
)
from pyrogram.raw.all import objects
from pyrogram.types import User

from tgfix.engine.measure.effects import told
from tgfix.engine.measure.entries import entries
from tgfix.engine.measure.world.contents import media, message
from tgfix.engine.measure.world.counting import UPDATE
from tgfix.engine.measure.world.known import BOT, CHANNEL, USER
from tgfix.engine.measure.world.pyrogram import side
from tgfix.engine.measure.world.pyrogram.delivery import PyrogramDelivery, _Updates
from tgfix.engine.measure.world.pyrogram.exploring import PyrogramExplorer
from tgfix.engine.measure.world.pyrogram.schema import TL
from tgfix.engine.measure.world.telegram import Telegram
from tgfix.engine.measure.world.tl.answers import Answers
from tgfix.engine.measure.world.tl.received import Received, received
from tgfix.engine.measure.world.tl.requests import told as told_of

SHOP = """\
import os
import time

from pyrogram import Client, filters
from pyrogram.types import InlineKeyboardButton, InlineKeyboardMarkup

app = Client("shop", api_id=int(os.environ["API_ID"]), api_hash=os.environ["API_HASH"], bot_token=os.environ["TOKEN"])


@app.on_message(filters.command("start"))
async def start(client, message):
    await message.reply("Hello", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("More", "more:2")]]))


@app.on_message(filters.command("wait") & filters.private)
async def wait(client, message):
    time.sleep(3)
    await message.reply_text("Now!")


@app.on_callback_query(filters.regex(r"^more:(\\\\d+)"))
async def more(client, query):
    await query.message.edit_text(f"page {query.matches[0].group(1)}")


@app.on_message(filters.photo)
async def picture(client, message):
    await message.reply_document(await message.download(), caption=message.from_user.first_name)


@app.on_message(filters.regex(r"price of (\\\\w+)"))
def price(client, message):
    client.send_message(message.chat.id, "cheap")


@app.on_message(filters.new_chat_members)
async def welcome(client, message):
    await message.reply(f"Welcome {message.new_chat_members[0].first_name}")


app.run()
""".replace("\\\\", "\\")


@pytest.mark.slow
def test_handlers_buttons_and_files_of_a_bot_are_reached_in_threads_too(tmp_path: Path) -> None:
    found = measured(bot(tmp_path, SHOP), "--unsafe-fixes")
    assert found["conditions"]["library"].startswith("Pyrogram 2.")
    names = ["start", "wait", "more", "picture", "price", "welcome"]
    assert {handler["name"]: handler["ran"] for handler in found["handlers"]} == dict.fromkeys(names, True)
    assert [place["ran"] for place in found["places"]] == [True]
    assert found["before"]["longest_stall"]["seconds"] >= 1 > 0.1 > found["after"]["longest_stall"]["seconds"]
    assert found["before"]["longest_stall"]["place"] == "bot.py:17"
    assert found["before"]["counts"]["Telegram requests"] == found["after"]["counts"]["Telegram requests"] > 5
    assert found["differences"] == [] and found["varying"] == []


@pytest.mark.slow
def test_what_a_bot_says_otherwise_is_a_difference_in_threads_too(tmp_path: Path) -> None:
    revised(bot(tmp_path, SHOP), '"cheap"', '"dear"')
    found = measured(tmp_path, "--before", "HEAD", code=1)["differences"]
    assert {each["what"] for each in found} == {"Telegram requests"}
    assert all(each["update"].startswith("price of a") for each in found)
    assert all('"message": "dear"' in "".join(each["lines"]) for each in found)


ACCOUNT = """\
from pyrogram import Client, filters

app = Client("account", api_id=1, api_hash="hash", phone_number="+10000000000")


def needs_a_reply(function):
    async def wrapped(client, message):
        if not message.reply_to_message:
            await message.edit("Reply to something.")
        else:
            await function(client, message)

    return wrapped


@app.on_message(filters.command("keep", ".") & filters.me)
@needs_a_reply
async def keep(client, message):
    await message.edit("kept")


@app.on_message(filters.command("drop", ".") & filters.me)
@needs_a_reply
async def drop(client, message):
    await message.edit("dropped")


@app.on_message(filters.command("turn", ".") & filters.me)
@needs_a_reply
async def turn(client, message):
    await message.edit("turned")


@app.on_message(filters.command("hide", ".") & filters.me)
@needs_a_reply
async def hide(client, message):
    await message.edit("hidden")


@app.on_message(filters.command("show", ".") & filters.me)
@needs_a_reply
async def show(client, message):
    await message.edit("shown")


app.run()
"""


@pytest.mark.slow
def test_commands_of_an_account_are_told_apart_under_one_decorator_and_reply_to_messages(tmp_path: Path) -> None:
    revised(bot(tmp_path, ACCOUNT), '"hidden"', '"gone"')
    found = measured(tmp_path, "--before", "HEAD", code=1)
    assert [handler["ran"] for handler in found["handlers"]] == [True] * 5
    assert any("gone" in line for each in found["differences"] for line in each["lines"])


# Parts


def answers() -> Answers:
    numbers = iter(range(1, 100))
    return Answers(TL, lambda: next(numbers))


def test_a_message_without_marks_has_an_empty_list_of_them_as_it_is_read() -> None:
    made = received(TL, message("a text", message_id=1), bot=False).update.message
    made.write()
    assert made.entities == []


def test_nearly_every_request_of_the_schema_has_an_answer() -> None:
    kinds = [kind for kind in objects.values() if kind.__module__.startswith("pyrogram.raw.functions.")]
    some = sorted(kinds, key=lambda kind: str(kind.QUALNAME))[::12]
    unanswered = []
    for kind in some:
        values: dict[str, Any] = dict.fromkeys(inspect.signature(kind.__init__).parameters, None)
        request = kind.__new__(kind)
        for name in kind.__slots__:
            setattr(request, name, values.get(name))
        try:
            answers().of(request)
        except LookupError:
            unanswered.append(kind.__name__)
        except (TypeError, AttributeError):  # it was asked for nothing
            continue
    assert len(some) > 40 and len(unanswered) <= len(some) * 0.08, unanswered


def test_a_history_is_answered_page_by_page() -> None:
    def page(offset: int, limit: int) -> list[int]:
        numbers = dict.fromkeys(("offset_date", "add_offset", "max_id", "min_id", "hash"), 0)
        where = raw.types.InputPeerUser(user_id=5, access_hash=1)
        request = raw.functions.messages.GetHistory(peer=where, offset_id=offset, limit=limit, **numbers)
        return [each.id for each in answers().of(request).messages]

    assert (page(0, 3), page(58, 3), page(2, 100), page(1, 100)) == ([60, 59, 58], [57, 56, 55], [1], [])


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("403", "ChatWriteForbidden403"),
        ("400", "MessageNotModified"),
        ("429", "FloodWait"),
        ("time-out", "TimeoutError"),
    ],
)
def test_the_first_request_of_an_update_fails_where_that_is_asked_for(fault: str, error: str) -> None:
    async def asked() -> list[str]:
        world, said = Telegram(0.0, fault), []
        for number in (None, 1, 1):
            UPDATE.set(number)
            try:
                query = raw.functions.messages.GetDialogFilters()
                said.append(type(await side.request(world, answers(), query)).__name__)
            except Exception as failed:
                said.append(type(failed).__name__)
        return said

    assert asyncio.run(asked()) == ["DialogFilters", error, "DialogFilters"]


def test_what_the_library_draws_anew_is_no_part_of_a_request() -> None:
    file = TL.new("InputMediaUploadedPhoto", file=TL.new("InputFile", id=77, parts=1, name="a.jpg", md5_checksum="c"))
    where = raw.types.InputPeerUser(user_id=5, access_hash=1)
    said = told_of(raw.functions.messages.SendMedia(peer=where, media=file, message="hi", random_id=12345))
    assert "12345" not in str(said) and "77" not in str(said)
    assert (said["message"], said["peer"]["user_id"], said["media"]["file"]["name"]) == ("hi", 5, "a.jpg")


def test_an_update_of_the_bot_api_is_one_of_the_schema() -> None:
    def of(update: dict[str, Any]) -> Received:
        kind, content = next(iter(update.items()))
        return received(TL, {kind: {"message_id": 3} | content}, bot=True)

    made = of(message("/go now")).update
    assert isinstance(made, raw.types.UpdateNewMessage) and not made.message.out
    assert (made.message.message, made.message.peer_id.user_id) == ("/go now", USER)
    post = of(message("news", kind="channel_post", where="channel"))
    assert isinstance(post.update, raw.types.UpdateNewChannelMessage) and post.update.message.post
    assert post.chats[0].broadcast and -1000000000000 - post.chats[0].id == CHANNEL
    kinds = set()
    for content in media():
        try:
            kinds.add(type(of(message(**content)).update.message.media).__name__)
        except ValueError:
            continue
    assert {"MessageMediaPhoto", "MessageMediaDocument", "MessageMediaGeo", "MessageMediaContact"} <= kinds


@pytest.mark.parametrize(
    ("kind", "wanted", "first"),
    [
        (MessageHandler, filters.command("add", prefixes=["!", "."]), "!add"),
        (MessageHandler, filters.command(["start", "help"]) & filters.private, "/help"),
        (MessageHandler, filters.regex(r"^\d{3}$") & ~filters.command("no"), "111"),
        (MessageHandler, filters.document | filters.regex("never said"), "never said"),
        (MessageHandler, filters.me & filters.command("ping", "."), ".ping"),
        (MessageHandler, filters.create(lambda _, __, said: said.text == "secret"), "secret"),
        (EditedMessageHandler, filters.text, "a text (edited message)"),
        (CallbackQueryHandler, filters.regex(r"^page:(\d)"), "press: page:1"),
        (InlineQueryHandler, filters.regex("find"), "inline query: find"),
        (ChatJoinRequestHandler, None, "chat_join_request in a supergroup"),
        (
            ChatMemberUpdatedHandler,
            filters.create(lambda _, __, said: bool(said.new_chat_member)),
            "chat_member in a supergroup",
        ),
    ],
    ids=range(11),
)
def test_an_update_is_found_that_the_filters_take(tmp_path: Path, kind: Any, wanted: Any, first: str) -> None:
    async def callback(client: Any, update: Any) -> None:
        seen.append(UPDATE.get())

    async def run() -> None:
        """The library's own worker takes what was found."""
        client = Client("offline", 1, "0" * 32, in_memory=True)
        await client.storage.open()
        delivery = PyrogramDelivery(Telegram(0.0), tmp_path / "http.jsonl", answers())
        client.dispatcher.updates_queue = _Updates(delivery)
        handler = kind(callback, wanted)
        handler.callback = delivery._watched(handler, callback)
        client.dispatcher.groups[0] = [handler]
        client.invoke, client.is_connected, client.me = answer, True, User(id=BOT["id"], username=BOT["username"])
        await client.fetch_peers([TL.user(USER)])
        delivery.clients.append(client)
        explorer = PyrogramExplorer(delivery, {"explore": 9.0, "admins": [], "chats": []})
        [target] = explorer.wanted
        update = await explorer.first(target)
        assert update is not None and told(update) == first
        worker = asyncio.create_task(client.dispatcher.handler_worker(asyncio.Lock()))
        assert await delivery.put(update) == (1, False)
        client.dispatcher.updates_queue.put_nowait(None)
        await worker
        assert seen == [1] and delivery.handlers() == [(handler.callback, True)] and delivery.callbacks.keys() == {1}

    async def answer(query: Any, **_: Any) -> Any:
        return answers().of(query)

    seen: list[int | None] = []
    (tmp_path / "http.jsonl").touch()
    asyncio.run(run())


def test_the_program_that_makes_a_client_is_started(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(
        "from pyrogram import Client\n\nif __name__ == '__main__':\n    Client('a').run()\n"
    )
    (tmp_path / "http.py").write_text("import httpx\n\nif __name__ == '__main__':\n    httpx.Client()\n")
    assert [str(entry) for entry in entries(tmp_path)] == ["shop.py"]


def test_an_update_is_told_on_one_line() -> None:
    text = "/remind 10 20 thirty forty\nhttps://example.com/a\nword"
    assert (
        told({"update_id": 1, "message": {"text": text, "chat": {"type": "group"}}})
        == "/remind 10 20 thirty forty … in a group"
    )
