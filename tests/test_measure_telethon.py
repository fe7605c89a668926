"""`tgfix measure` of programs that use Telethon."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command import tgfix
from measured import bot, measured, revised
from telethon import TelegramClient, errors, events, functions, types, utils
from telethon.sessions import MemorySession
from telethon.tl import TLRequest, alltlobjects

from tgfix.engine.measure import libraries
from tgfix.engine.measure.effects import told
from tgfix.engine.measure.entries import entries
from tgfix.engine.measure.world.callbacks import alike, name_of, own
from tgfix.engine.measure.world.contents import media, message, pressed
from tgfix.engine.measure.world.counting import UPDATE
from tgfix.engine.measure.world.exploring import sampled
from tgfix.engine.measure.world.known import BOT, CHANNEL, STRANGER, USER
from tgfix.engine.measure.world.mtproto import exploring
from tgfix.engine.measure.world.mtproto.candidates import Candidates
from tgfix.engine.measure.world.mtproto.delivery import MtprotoDelivery, _dispatched
from tgfix.engine.measure.world.mtproto.schema import ANSWERS, TL
from tgfix.engine.measure.world.mtproto.side import AnsweredSender
from tgfix.engine.measure.world.patterns import said_in
from tgfix.engine.measure.world.telegram import Telegram
from tgfix.engine.measure.world.tl.answers import Answers
from tgfix.engine.measure.world.tl.received import received
from tgfix.engine.measure.world.tl.requests import goes_on
from tgfix.engine.measure.world.tl.requests import told as told_of

SHOP = """\
import os
import time

from telethon import Button, TelegramClient, errors, events

bot = TelegramClient("shop", int(os.environ["API_ID"]), os.environ["API_HASH"]).start(bot_token=os.environ["BOT_TOKEN"])


@bot.on(events.NewMessage(pattern=r"/start$"))
async def start(event):
    try:
        await event.respond("Hello", buttons=[Button.inline("More", b"more:1")])
    except errors.RPCError as error:
        print(type(error).__name__)
        await event.respond("failed")


@bot.on(events.NewMessage(pattern=r"/wait (\\d+)"))
async def wait(event):
    time.sleep(int(event.pattern_match.group(1)))
    await event.reply("Now!")


@bot.on(events.CallbackQuery(pattern=rb"more:(\\d+)"))
async def more(event):
    await event.edit("More")


@bot.on(events.NewMessage(func=lambda event: event.photo))
async def picture(event):
    await event.reply(f"{await event.download_media()} of {(await event.get_sender()).first_name}")


@bot.on(events.NewMessage(pattern="/age"))
async def age(event):
    async with bot.conversation(event.chat_id) as conversation:
        await conversation.send_message("How old?")
        answer = await conversation.get_response()
        await conversation.send_message(f"{answer.text} it is")


@bot.on(events.Album())
async def album(event):
    await event.respond(f"{len(event.messages)} pictures, {event.text}")


bot.run_until_disconnected()
""".replace("\\\\", "\\")


@pytest.mark.slow
def test_handlers_buttons_files_and_conversations_of_a_bot_are_reached(tmp_path: Path) -> None:
    found = measured(bot(tmp_path, SHOP), "--unsafe-fixes")
    assert found["conditions"]["library"].startswith("Telethon 1.")
    assert {handler["name"]: handler["ran"] for handler in found["handlers"]} == dict.fromkeys(
        ["start", "wait", "more", "picture", "age", "album"], True
    )
    assert [place["ran"] for place in found["places"]] == [True]
    assert found["before"]["longest_stall"]["seconds"] >= 1 > 0.1 > found["after"]["longest_stall"]["seconds"]
    assert found["before"]["longest_stall"]["place"] == "bot.py:20"
    assert found["before"]["counts"]["Telegram requests"] == found["after"]["counts"]["Telegram requests"] > 5
    assert found["differences"] == [] and found["varying"] == []


@pytest.mark.slow
def test_what_a_bot_says_otherwise_is_a_difference_in_a_conversation_and_of_an_album_too(tmp_path: Path) -> None:
    revised(bot(tmp_path, SHOP), "it is", "it was", "pictures, ", "images, ")
    found = measured(tmp_path, "--before", "HEAD", code=1)["differences"]
    assert {each["what"] for each in found} == {"Telegram requests"}
    lines = ["".join(each["lines"]) for each in found]
    albums = [line for line in lines if "2 images, a caption" in line]
    assert albums and any("it was" in line for line in lines)
    assert all("it was" in line or line in albums for line in lines)


EXPORT = """\
from telethon.sync import TelegramClient

with TelegramClient("me", 1, "hash") as client:
    with open("history.txt", "w") as file:
        for message in client.iter_messages("someone", limit=70):
            file.write(f"{message.id} {message.text}\\n")
"""


ENDS = """
import os
import sys

from telethon import TelegramClient, events

bot = TelegramClient("ends", int(os.environ["API_ID"]), os.environ["API_HASH"]).start()


@bot.on(events.NewMessage(pattern="/anew"))
async def anew(event):
    os.execl(sys.executable, sys.executable, "bot.py")


@bot.on(events.NewMessage(pattern="/end"))
async def end(event):
    sys.exit(3)


@bot.on(events.NewMessage(pattern="/at_once"))
async def at_once(event):
    os._exit(4)


@bot.on(events.NewMessage(pattern="/off"))
async def off(event):
    await bot.disconnect()


@bot.on(events.NewMessage(pattern="/sticker$"))
async def sticker(event):
    answered = await event.get_reply_message()
    if answered and answered.sticker:
        await event.reply(f"a sticker of {answered.sender_id}")


bot.run_until_disconnected()
"""


@pytest.mark.slow
def test_a_program_that_would_end_goes_on_and_replies_to_all_kinds_of_messages_come(tmp_path: Path) -> None:
    revised(bot(tmp_path, ENDS), "sys.exit(3)", "sys.exit(5)")
    found = measured(tmp_path, "--before", "HEAD", code=1)
    assert {handler["name"]: handler["ran"] for handler in found["handlers"]} == dict.fromkeys(
        ["anew", "end", "at_once", "off", "sticker"], True
    )
    assert {each["what"] for each in found["differences"]} == {"errors"}
    assert {line for each in found["differences"] for line in each["lines"][2:]} == {
        "-the program ends (3)",
        "+the program ends (5)",
    }
    assert found["before"]["counts"]["Telegram requests"] >= 1


@pytest.mark.slow
def test_a_script_that_ends_with_an_error_code_has_not_run(tmp_path: Path) -> None:
    text = EXPORT + "\nraise SystemExit(1)\n"
    revised(bot(tmp_path, text), "limit=70", "limit=50")
    said = tgfix("measure", "--yes", "--before", "HEAD", cwd=tmp_path)
    assert said.code == 2 and "the program ended before a bot was started" in said.err + said.text


@pytest.mark.slow
def test_the_whole_run_of_a_script_is_compared(tmp_path: Path) -> None:
    revised(bot(tmp_path, EXPORT), "limit=70", "limit=50")
    found = measured(tmp_path, "--before", "HEAD", code=1)
    assert [(each["update"], each["what"]) for each in found["differences"]] == [
        ("the whole run", "Telegram requests"),
        ("", "file history.txt"),
    ]
    assert found["before"]["counts"]["Telegram requests"] >= 2 and found["handlers"] == []


# Parts


def test_the_servers_tell_of_the_data_centre_that_a_session_is_of() -> None:
    config = ANSWERS["GetConfig"](answers(), functions.help.GetConfigRequest())
    assert [(each.id, each.port) for each in config.dc_options] == [(config.this_dc, 443)]


def test_nearly_every_request_of_the_schema_has_an_answer() -> None:
    requests = [kind for kind in alltlobjects.tlobjects.values() if issubclass(kind, TLRequest)]
    unanswered = []
    for kind in requests[::8]:
        try:
            TL.empty(kind.__new__(kind))
        except LookupError:
            unanswered.append(kind.__name__)
    assert len(unanswered) <= len(requests[::8]) * 0.02, unanswered


def answers() -> Answers:
    numbers = iter(range(1, 100))
    return Answers(TL, lambda: next(numbers), ANSWERS)


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (functions.channels.CreateChannelRequest("Logs", "", megagroup=True), types.Channel),
        (functions.messages.ImportChatInviteRequest("abc"), types.Channel),
        (functions.channels.JoinChannelRequest(types.InputChannel(77, 1)), types.Channel),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_made_or_entered_comes_back(asked: TLRequest, kind: type[Any]) -> None:
    [chat] = answers().of(asked).chats
    assert isinstance(chat, kind) and (not hasattr(asked, "channel") or chat.id == 77)


def test_a_history_is_answered_page_by_page() -> None:
    def page(offset: int, limit: int) -> list[int]:
        peer = types.InputPeerUser(5, 1)
        request = functions.messages.GetHistoryRequest(peer, offset, None, 0, limit, 0, 0, 0)
        return [message.id for message in answers().of(request).messages]

    assert (page(0, 3), page(58, 3), page(2, 100), page(1, 100)) == ([60, 59, 58], [57, 56, 55], [1], [])
    assert page(0, 100) == list(range(60, 0, -1))  # with all kinds of content


def test_who_replies_gets_the_message_that_it_replies_to() -> None:
    known = answers()
    reply = message("/go", reply_to_message={"message_id": 8})["message"] | {"message_id": 3}
    made, *_ = received(TL, {"message": reply}, bot=True)
    known.knows(made)
    [found] = known.of(functions.messages.GetMessagesRequest([types.InputMessageReplyTo(made.message.id)])).messages
    assert found.id == 8 and found.sticker and found.sender_id == USER


def test_messages_that_are_sent_come_back_with_their_numbers() -> None:
    peer = types.InputPeerChannel(7, 1)
    sent = answers().of(functions.messages.ForwardMessagesRequest(peer, [1, 2], peer, random_id=[10, 20]))
    assert [update.random_id for update in sent.updates if isinstance(update, types.UpdateMessageID)] == [10, 20]
    assert all(update.message.peer_id == types.PeerChannel(7) for update in sent.updates[1::2])


def test_what_the_library_draws_anew_is_no_part_of_a_request() -> None:
    file = types.InputMediaUploadedPhoto(types.InputFile(id=77, parts=1, name="a.jpg", md5_checksum=""))
    request = functions.messages.SendMediaRequest(types.InputPeerUser(5, 1), file, "hi", random_id=12345)
    said = told_of(request)
    assert "12345" not in str(said) and "77" not in str(said)
    assert (said["message"], said["peer"]["user_id"], said["media"]["file"]["name"]) == ("hi", 5, "a.jpg")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("403", "ChatWriteForbiddenError"),
        ("400", "MessageNotModifiedError"),
        ("429", "FloodWaitError"),
        ("time-out", "ConnectionError"),
    ],
)
def test_the_first_request_of_an_update_fails_where_that_is_asked_for(fault: str, error: str) -> None:
    async def asked() -> list[str]:
        world = Telegram(0.0, fault)
        sender = type("Offline", (AnsweredSender,), {"world": world, "answers": answers()})()
        await sender.connect(None)
        said = []
        for number in (None, 1, 1):
            UPDATE.set(number)
            try:
                said.append(type(await sender.send(functions.messages.GetDialogFiltersRequest())).__name__)
            except Exception as failed:
                said.append(type(failed).__name__)
        return said

    assert asyncio.run(asked()) == ["DialogFilters", error, "DialogFilters"]


class Backwards(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        return iter(list(super().__iter__())[::-1])


@pytest.mark.parametrize("kind", [list, Backwards])
def test_who_is_called_is_known_and_the_program_sees_its_own_callbacks(tmp_path: Path, kind: type[Any]) -> None:
    (tmp_path / "http.jsonl").touch()
    delivery = MtprotoDelivery(Telegram(0.0), tmp_path / "http.jsonl", answers())

    async def first(event: Any) -> None:
        raise ValueError("of the program")

    async def second(event: Any) -> None:
        seen.append([callback for callback, _ in client.list_event_handlers()])

    async def run() -> None:
        client._event_builders = kind(client._event_builders)
        client._mb_entity_cache.set_self_user(BOT["id"], False, 1)
        for callback in (first, second):
            client.add_event_handler(callback, events.NewMessage(pattern="/go"))
        delivery.clients.append(client)
        assert await delivery.put(message("/go")) == (1, False)
        assert await delivery.put(message("other")) == (2, False)

    seen: list[Any] = []
    client = TelegramClient(MemorySession(), 1, "hash")
    asyncio.run(run())
    in_order = [first, second] if kind is list else [second, first]
    assert seen == [in_order] and isinstance(client._event_builders, kind)
    assert delivery.callbacks[1] == [name_of(callback) for callback in in_order] and 2 not in delivery.callbacks
    assert delivery.errors == {1: ["ValueError: of the program"]}
    assert [(callback, ran) for callback, ran in delivery.handlers()] == [(callback, True) for callback in in_order]


def test_a_request_that_has_no_answer_fails_and_is_named() -> None:
    async def asked() -> list[str]:
        world = Telegram(0.0)
        known = Answers(TL, lambda: 1, {"GetPassword": lambda answers, request: answers.tl.new("NoSuchThing")})
        sender = type("Offline", (AnsweredSender,), {"world": world, "answers": known})()
        await sender.connect(None)
        with pytest.raises(errors.BadRequestError):
            await sender.send(functions.account.GetPasswordRequest())
        return world.notes

    assert asyncio.run(asked()) == ["`GetPassword` got an error, since no answer to it is known (LookupError)"]


def test_how_large_the_parts_of_a_file_are_is_no_effect() -> None:
    sides = []
    for size in (2, 4):
        parts = [
            functions.upload.SaveFilePartRequest(7, at, b"abcd"[at * size : (at + 1) * size]) for at in range(4 // size)
        ]
        sides.append([told_of(part) for part in parts if not goes_on(part)])
        said = [told_of(functions.upload.GetFileRequest(types.InputPhotoFileLocation(1, 1, b"f", "x"), 0, size))]
        sides[-1] += said
    assert sides[0] == sides[1] and len(sides[0]) == 2


def test_an_update_is_the_same_for_both_libraries() -> None:
    made, *_ = received(TL, {"message": message("/go now")["message"] | {"message_id": 3}}, bot=True)
    assert isinstance(made, types.UpdateNewMessage) and not made.message.out
    assert (made.message.message, made.message.peer_id) == ("/go now", types.PeerUser(USER))
    assert [type(mark).__name__ for mark in made.message.entities] == ["MessageEntityBotCommand"]
    own, *_ = received(TL, {"message": message(".ping")["message"] | {"message_id": 3, "from": BOT}}, bot=False)
    assert own.message.out
    post = message("news", kind="channel_post", where="channel")["channel_post"] | {"message_id": 3}
    made, _, [channel] = received(TL, {"channel_post": post}, bot=False)
    assert isinstance(made, types.UpdateNewChannelMessage) and made.message.post
    assert channel.broadcast and utils.get_peer_id(channel) == CHANNEL
    press, *_ = received(TL, pressed("page:2"), bot=True)
    assert (press.data, press.user_id) == (b"page:2", USER)


def test_media_of_the_bot_api_are_media_of_the_schema() -> None:
    kinds: dict[str, Any] = {}
    for content in media():
        try:
            made, *_ = received(TL, {"message": message(**content)["message"] | {"message_id": 3}}, bot=True)
        except ValueError:
            continue
        kinds[next(iter(content))] = type(made.message.media).__name__
    assert kinds["photo"] == "MessageMediaPhoto" and kinds["location"] == "MessageMediaGeo"
    assert {kinds[kind] for kind in ("voice", "audio", "video", "sticker", "document")} == {"MessageMediaDocument"}


@pytest.mark.parametrize(
    ("builder", "first"),
    [
        (events.NewMessage(pattern=r"\.ping$"), ".ping"),
        (events.CallbackQuery(data=b"stop"), "press: stop"),
        (events.CallbackQuery(pattern=rb"page:\d$"), "press: page:1"),
        (events.InlineQuery(pattern="find (.+)"), "inline query: find x"),
        (events.MessageDeleted(), "deleted_message in a supergroup"),
    ],
    ids=["message", "data", "pattern", "inline", "deleted"],
)
def test_the_likeliest_update_for_a_builder_comes_first(builder: Any, first: str) -> None:
    assert told(next(Candidates([], [], []).of(builder))) == first


def test_a_library_is_measured_where_the_program_imports_it(tmp_path: Path) -> None:
    versions = {"telegram": "22.8", "telethon": "1.45.0"}
    (tmp_path / "bot.py").write_text("from telethon.sync import TelegramClient\nclient = TelegramClient('a', 1, 'b')\n")
    used = libraries.used(tmp_path, versions)
    assert libraries.told(used, versions) == "Telethon 1.45.0"
    assert libraries.used(tmp_path, versions | {"telethon": ""})[0].module == "telegram"
    assert [str(entry) for entry in entries(tmp_path)] == ["bot.py"]


def test_functions_under_a_decorator_of_the_program_are_told_apart() -> None:
    def register(function: Any) -> Any:
        async def handled(event: Any) -> None:
            await function(event)

        return handled

    async def tea(event: Any) -> None:
        await event.reply("tea")

    async def milk(event: Any) -> None:
        await event.reply("milk")

    async def again() -> None:
        await again()

    async def neighbour() -> None:
        await again()

    handlers = [register(tea), register(milk), register(register(tea)), functools.partial(tea)]
    assert [own(each) for each in handlers] == [tea, milk, tea, tea]
    assert own(again) is again and own(neighbour) is neighbour
    assert len(sampled([register(function) for function in (tea, milk) for _ in range(5)], alike)) == 6
    assert said_in(register(milk)) == ["milk"]


class States:
    """What clients before 1.25 know of where they are."""

    def get_channel_id(self, update: Any) -> int:
        return int(update.message.peer_id.channel_id)

    def __getitem__(self, channel: int) -> tuple[int, None]:
        return channel + 1, None


@pytest.mark.parametrize("states", [{}, {"_state_cache": States()}], ids=["now", "before 1.25"])
def test_each_release_of_the_library_dispatches_an_update_in_its_own_way(states: dict[str, Any]) -> None:
    found: list[tuple[Any, ...]] = []

    async def dispatch(*given: Any) -> None:
        found.append(given)

    client = type("Client", (), {"_dispatch_update": staticmethod(dispatch), **states})()
    message_of = types.Message(1, types.PeerChannel(7), None, "tea")
    update = types.UpdateNewChannelMessage(message_of, 1, 1)
    asyncio.run(_dispatched(client, update))
    assert found == [(update, None, 7, (8, None)) if states else (update,)]


@pytest.mark.parametrize(("more", "who"), [(5, BOT["id"]), (1, USER)])
def test_what_an_account_says_itself_goes_on_where_more_of_the_code_runs_for_it(
    more: int, who: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = [10]
    monkeypatch.setattr(exploring.lines, "seen", lambda: ran[0])
    explorer: Any = SimpleNamespace(delivery=SimpleNamespace(answers=SimpleNamespace(bot=False)))
    target = SimpleNamespace(builder=events.NewMessage(), callback=print)
    said = exploring.MtprotoExplorer._variations(explorer, target, message(".tea"))  # type: ignore[arg-type]
    assert next(said)["message"]["from"]["id"] == STRANGER
    assert next(said)["message"]["from"] == BOT
    ran[0] += more
    assert next(said)["message"]["from"]["id"] == who
