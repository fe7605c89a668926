"""`tgfix measure`: how far updates lead into a program, and what keeps them from it."""

from __future__ import annotations

import asyncio
import functools
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import telegram
from measured import bot, measured, revised
from telegram.ext import CommandHandler, ConversationHandler, MessageHandler, filters

from tgfix.engine.measure import libraries
from tgfix.engine.measure.world import counting, lines
from tgfix.engine.measure.world.bot_api.answers import refused
from tgfix.engine.measure.world.bot_api.exploring import BotApiExplorer
from tgfix.engine.measure.world.contents import from_a_stranger, message, pressed, user
from tgfix.engine.measure.world.exploring import STRANGERS, Explorer
from tgfix.engine.measure.world.known import STRANGER, USER
from tgfix.engine.measure.world.menus import Menus
from tgfix.engine.measure.world.patterns import compared_in
from tgfix.engine.measure.world.ptb.exploring import PtbExplorer
from tgfix.engine.measure.world.texts import OTHERS, Texts


async def nothing(update: Any, context: Any) -> None:
    """A callback."""


PTB = """\
import os

from telegram.ext import Application, CommandHandler, ConversationHandler, MessageHandler, filters


async def start(update, context):
    await update.message.reply_text("More tea?")
    return 1


async def more(update, context):
    if update.message.text in ("oolong", "sencha"):
        await update.message.reply_text("Here it is")
    else:
        await update.message.reply_text("We have none")
    return ConversationHandler.END


application = Application.builder().token(os.environ["TOKEN"]).build()
states = {1: [MessageHandler(filters.TEXT, more)]}
application.add_handler(ConversationHandler([CommandHandler("start", start)], states, []))
application.run_polling()
"""


@pytest.mark.slow
def test_what_a_handler_compares_an_answer_with_is_said_in_a_conversation_too(tmp_path: Path) -> None:
    revised(bot(tmp_path, PTB), "Here it is", "There you are")
    found = measured(tmp_path, "--before", "HEAD", code=1)
    assert {each["update"] for each in found["differences"]} == {"oolong", "sencha"}


def test_a_stranger_starts_the_bot_as_well_and_speaks_another_language() -> None:
    assert from_a_stranger(message("/start")) == message("/start", user_id=STRANGER)
    assert from_a_stranger(message("tea", where="channel", kind="channel_post")) is None
    assert user(STRANGER)["language_code"] != user(USER)["language_code"]


def test_a_stranger_says_what_every_handler_takes_and_presses_its_buttons() -> None:
    explorer: Any = SimpleNamespace(admins=[], wanted=[])
    for nature, update in (("message", message("tea")), ("command", message("/tea")), ("press", pressed("tea"))):
        target = SimpleNamespace(nature=nature, alone=True, starts=True, handler=SimpleNamespace(callback=print))
        said = next(BotApiExplorer._variations(explorer, target, update))
        assert said == (from_a_stranger(update), STRANGERS)


def test_what_the_servers_do_not_take_is_refused() -> None:
    assert refused("sendMessage", {"text": "tea", "parse_mode": "HTML"}) is None
    assert refused("sendMessage", {"text": "tea", "parse_mode": "htlm"}) == (
        400,
        "Bad Request: unsupported parse_mode",
        {},
    )
    assert refused("editMessageText", {"text": " "}) == (400, "Bad Request: message text is empty", {})
    assert refused("sendPhoto", {"caption": "t" * 1025}) == (400, "Bad Request: message is too long", {})
    assert refused("sendMessage", {"text": "<b>" * 2000, "parse_mode": "HTML"}) is None  # marks do not count
    assert refused("answerCallbackQuery", {}) is None


def test_whoever_takes_longer_than_anybody_waits_is_told_no_more() -> None:
    target = SimpleNamespace(nature="message", handler=SimpleNamespace(callback=print))
    explorer: Any = SimpleNamespace(wanted=[target], late=False, until=time.monotonic() + 9)
    explorer._hearing, explorer._heard, explorer._slow, explorer._reactions = [], None, set(), set()
    explorer._is_heard = functools.partial(Explorer._is_heard, explorer)
    explorer._said_one = functools.partial(Explorer._said_one, explorer)
    explorer.leads_there = lambda _: False
    explorer.say = functools.partial(Explorer.say, explorer)
    said: list[str] = []
    explorer.delivery = SimpleNamespace(steps=[])

    async def takes(*_: Any) -> bool:
        return True

    async def deliver(update: Any, why: str) -> None:
        said.append(why)
        explorer.delivery.steps.append({"late": True, "callbacks": [], "calls": []})

    async def follow() -> None:
        pass

    explorer.takes, explorer.deliver, explorer.follow = takes, deliver, follow
    explorer.varied = [(target, iter([(message("a"), "argument"), (message("b"), "argument")]))]
    asyncio.run(Explorer.answer(explorer, message("/start")))
    asyncio.run(Explorer._vary(explorer, explorer.until))
    assert said == ["answer", "argument"]


def test_most_is_said_to_handlers_in_files_with_places_that_are_to_run() -> None:
    explorer: Any = SimpleNamespace(delivery=SimpleNamespace(steps=[]), places={"tea.py"})
    said: list[str] = []

    async def say(target: str, update: int, why: str) -> None:
        said.append(f"{target} {update}")

    explorer.say, explorer._said_one = say, functools.partial(Explorer._said_one, explorer)
    explorer.leads_there = lambda target: target == "tea"
    explorer.varied = [(target, iter([(n, "argument") for n in range(5)])) for target in ("milk", "tea")]
    asyncio.run(Explorer._vary(explorer, time.monotonic() + 9))
    assert said[:6] == ["milk 0", "tea 0", "tea 1", "tea 2", "tea 3", "milk 1"] and len(said) == 10


def test_a_text_has_several_lines_and_a_command_many_arguments() -> None:
    explorer: Any = SimpleNamespace(admins=[], wanted=[])
    handler = SimpleNamespace(callback=print)
    explorer.wanted = [SimpleNamespace(nature="command", alone=True, starts=True, handler=handler)]
    said = [update for update, _ in BotApiExplorer._variations(explorer, explorer.wanted[0], message("/tea"))]
    assert any(len(each["message"]["text"].split()) > 4 and "\n" in each["message"]["text"] for each in said)
    plain = SimpleNamespace(nature="message", alone=True, starts=True, handler=handler)
    said = [update for update, _ in BotApiExplorer._variations(explorer, plain, message("tea"))]
    assert any("https" in each["message"]["text"].splitlines()[1] for each in said if "\n" in each["message"]["text"])


async def shelf(update: Any, context: Any) -> None:
    print("what is on it")
    if context.args[0] in ("add", "drop"):
        _changed(context.args[1])


def _changed(name: str) -> bool:
    return name == "all of it"


def test_a_command_is_told_what_its_code_compares_with() -> None:
    assert compared_in(shelf) == ["add", "drop", "all of it"]
    explorer: Any = SimpleNamespace(admins=[])
    explorer.wanted = [SimpleNamespace(nature="command", alone=True, handler=SimpleNamespace(callback=shelf))]
    varied = BotApiExplorer._variations(explorer, explorer.wanted[0], message("/shelf"))
    said = [update["message"]["text"] for update, why in varied if why == "said in code"]
    assert said[:2] == ["/shelf add", "/shelf add word 1"] and "/shelf all of it" in said


def test_whoever_says_something_in_a_conversation_is_put_into_its_state() -> None:
    conversation = ConversationHandler(
        [CommandHandler("tea", nothing)], {1: [MessageHandler(filters.TEXT, nothing)]}, []
    )
    sent = {"message": message("sencha", user_id=STRANGER)["message"] | {"message_id": 1}}
    asked = telegram.Update.de_json({"update_id": 1} | sent, None)  # type: ignore[arg-type]
    explorer: Any = SimpleNamespace(conversations=[conversation], delivery=SimpleNamespace(made=lambda _: asked))
    assert PtbExplorer.put(explorer, 0, 1, message("sencha", user_id=STRANGER))
    assert list(conversation._conversations) == [(STRANGER, STRANGER)]


# Buttons


def shown(menus: Menus, said: str, why: str, *buttons: str) -> None:
    menus.shown(message(said), why, {("text", text): message(text) for text in buttons}, again=True)


def test_the_buttons_of_the_last_answer_come_first_and_the_way_to_others_is_gone_again() -> None:
    menus = Menus()
    shown(menus, "/start", "direct", "Teas", "Help")
    assert menus.next() == ("text", "Teas") and menus.way_to(("text", "Teas")) == ()
    shown(menus, "Teas", "button", "Oolong", "Sencha")
    assert menus.next() == ("text", "Oolong")
    shown(menus, "Oolong", "button")
    sencha = menus.next()
    assert sencha == ("text", "Sencha") and menus.way_to(sencha) == (message("/start"), message("Teas"))
    shown(menus, "Sencha", "button", "Teas", "Help")  # back where it began
    assert menus.next() == ("text", "Help") and menus.way_to(("text", "Help")) == () and menus.next() is None
    shown(menus, "Teas", "button", "Oolong", "Sencha", "Matcha")
    shown(menus, "Help", "button")
    assert menus.way_to(("text", "Matcha")) == (message("/start"), message("Teas"))


def test_what_a_stranger_was_shown_is_not_led_to() -> None:
    menus = Menus()
    menus.shown(message("/start"), STRANGERS, {("press", "tea"): pressed("tea")}, again=False)
    shown(menus, "/help", "direct")
    assert menus.way_to(("press", "tea")) == ()


MENU = """import os

from telegram import ReplyKeyboardMarkup
from telegram.ext import Application, CommandHandler, MessageHandler, filters

MENUS = {"": ["Teas", "Help"], "Teas": ["Oolong", "Sencha"]}
WORDS = []


async def start(update, context):
    context.user_data["menu"] = ""
    await update.message.reply_text("Hello", reply_markup=ReplyKeyboardMarkup([MENUS[""]]))


async def said(update, context):
    menu, text = context.user_data.get("menu", "?"), update.message.text
    if text in MENUS.get(menu, ()):
        context.user_data["menu"] = text
        keyboard = ReplyKeyboardMarkup([MENUS[text]]) if text in MENUS else None
        await update.message.reply_text(f"{menu} > {text}", reply_markup=keyboard)
        if text == "Sencha":
            WORDS.append(text)


async def sold(update, context):
    if WORDS:
        await update.message.reply_text("Sold: " + WORDS[0])


application = Application.builder().token(os.environ["TOKEN"]).build()
application.add_handler(CommandHandler("start", start))
application.add_handler(CommandHandler("sold", sold))
application.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, said))
application.run_polling()
"""


@pytest.mark.slow
def test_a_button_is_pressed_where_it_stands_and_what_was_empty_is_asked_for_again(tmp_path: Path) -> None:
    revised(bot(tmp_path, MENU), "Sold: ", "Sold is ")
    found = measured(tmp_path, "--before", "HEAD", code=1)
    assert "/sold" in {each["update"] for each in found["differences"]}


def test_whether_something_of_a_handler_is_left_is_told_by_the_lines_that_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting.counts, "project", str(Path(__file__).parent))
    ran: dict[tuple[str, bool], set[int]] = {}
    monkeypatch.setattr(lines, "ran", ran)
    assert lines.is_left(shown) and lines.is_left(print)
    ran[Path(__file__).name, True] = {shown.__code__.co_firstlineno + 1}
    assert not lines.is_left(shown)


# Values of libraries


def test_data_of_a_library_is_written_with_what_functions_leave_and_nowhere_else() -> None:
    keyboard = telegram.ReplyKeyboardMarkup([["tea"]], one_time_keyboard=True)
    text = Texts(data=True).text(keyboard)
    assert "text='tea'" in text and "one_time_keyboard=True" in text and "None" not in text
    assert Texts().text(keyboard) == OTHERS
    assert Texts(data=True).text(asyncio.Event()) == OTHERS


# Packages that are the program's own


def test_a_part_of_the_program_that_is_called_like_a_library_is_none(tmp_path: Path) -> None:
    versions = {"telegram": "22.8", "aiogram": "3.20.0"}
    (tmp_path / "bot.py").write_text("from aiogram import Bot\nfrom telegram import start\n")
    assert [each.module for each in libraries.used(tmp_path, versions)] == ["telegram", "aiogram"]
    (tmp_path / "telegram").mkdir()
    (tmp_path / "telegram" / "__init__.py").write_text("def start(): ...\n")
    assert [each.module for each in libraries.used(tmp_path, versions)] == ["aiogram"]


def test_the_order_in_which_attributes_came_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    class Tea:
        pass

    first, second = Tea(), Tea()
    first.__dict__.update(price=3, name="oolong")
    second.__dict__.update(name="oolong", price=3)
    texts = Texts()
    monkeypatch.setattr(texts, "has_attributes", lambda value: isinstance(value, Tea))
    assert texts.text(first) == texts.text(second) != texts.text(Tea())
