"""`tgfix measure` of bots that use aiogram 3."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import aiogram.methods as methods
import pytest
from aiogram import Bot, Dispatcher, F, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.filters import JOIN_TRANSITION, ChatMemberUpdatedFilter, Command, CommandStart, Filter, StateFilter, or_f
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import BufferedInputFile, InputMediaPhoto, Update
from measured import bot, measured, revised

from tgfix.engine.measure import libraries
from tgfix.engine.measure.effects import told
from tgfix.engine.measure.obstacles import obstacle
from tgfix.engine.measure.running import Outcome
from tgfix.engine.measure.world.aiogram import side
from tgfix.engine.measure.world.aiogram.candidates import Candidates
from tgfix.engine.measure.world.aiogram.handlers import taking, targets
from tgfix.engine.measure.world.contents import message
from tgfix.engine.measure.world.counting import UPDATE
from tgfix.engine.measure.world.telegram import Telegram

pytestmark = pytest.mark.slow

SHOP = """\
import asyncio
import os
import time

from aiogram import Bot, Dispatcher, F, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command, CommandStart
from aiogram.filters.callback_data import CallbackData
from aiogram.fsm.state import State, StatesGroup
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

router = Router()


class Order(StatesGroup):
    name = State()
    age = State()


class Page(CallbackData, prefix="page"):
    number: int
    action: str


@router.message(CommandStart())
async def start(message):
    button = InlineKeyboardButton(text="More", callback_data=Page(number=2, action="open").pack())
    try:
        await message.answer("Hello", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[button]]))
    except TelegramAPIError as error:
        print(type(error).__name__)


@router.message(Command("wait"))
async def wait(message):
    time.sleep(3)
    await message.answer("Now!")


@router.callback_query(Page.filter(F.action == "open"))
async def more(query, callback_data):
    await query.message.edit_text(f"page {callback_data.number}")


@router.message(F.photo)
async def picture(message, bot):
    file = await bot.get_file(message.photo[-1].file_id)
    data = await bot.download_file(file.file_path)
    await message.answer(str(len(data.read())))


@router.message(Command("order"))
async def order(message, state):
    await message.answer("Your name?")
    await state.set_state(Order.name)


@router.message(Order.name)
async def named(message, state):
    await state.update_data(name=message.text)
    await message.answer("Your age?")
    await state.set_state(Order.age)


@router.message(Order.age)
async def aged(message, state):
    if message.text in ("young", "old"):
        return await message.answer("In years!")
    if not message.text.isdigit():
        return await message.answer("A number!")
    await message.answer(f"{(await state.get_data())['name']} it is")
    await state.clear()


async def main():
    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    await dispatcher.start_polling(Bot(os.environ["BOT_TOKEN"]))


asyncio.run(main())
"""
#: In the place of polling: a webhook, and what is put around handlers and goes on beside them.
SERVED = """\
    from aiogram import BaseMiddleware
    from aiohttp import web
    from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    class Counted(BaseMiddleware):
        async def __call__(self, handler, event, data):
            return await handler(event, data)

    async def remind(chat):
        await bot.send_message(chat, "Tea time!")

    bot, application = Bot(os.environ["BOT_TOKEN"]), web.Application()
    scheduler = AsyncIOScheduler()
    scheduler.add_job(remind, "interval", hours=3, args=[7])
    scheduler.start()
    dispatcher.message.middleware(Counted())
    SimpleRequestHandler(dispatcher, bot).register(application, path="/hook")
    setup_application(application, dispatcher, bot=bot)
    await web._run_app(application, host="127.0.0.1", port=0)
"""


def test_handlers_buttons_files_and_states_of_a_bot_are_reached(tmp_path: Path) -> None:
    found = measured(bot(tmp_path, SHOP), "--unsafe-fixes")
    assert found["conditions"]["library"].startswith("aiogram 3.")
    names = ["start", "wait", "order", "picture", "named", "aged", "more"]
    assert {handler["name"]: handler["ran"] for handler in found["handlers"]} == dict.fromkeys(names, True)
    assert [place["ran"] for place in found["places"]] == [True]
    assert found["before"]["longest_stall"]["seconds"] >= 1 > 0.1 > found["after"]["longest_stall"]["seconds"]
    assert found["before"]["longest_stall"]["place"] == "bot.py:36"
    assert found["before"]["counts"]["Telegram requests"] == found["after"]["counts"]["Telegram requests"] > 5
    assert found["differences"] == [] and found["varying"] == []


def test_what_a_bot_does_otherwise_is_a_difference_in_a_conversation_and_beside_updates_too(tmp_path: Path) -> None:
    pytest.importorskip("apscheduler")
    polled = '    await dispatcher.start_polling(Bot(os.environ["BOT_TOKEN"]))\n'
    kept = ("name=message.text", "name=message.text.upper()", "dispatcher.message.middleware(Counted())", "pass")
    said = ("In years!", "In full years!", "Tea time!", "Coffee time!", "hours=3", "hours=4")
    revised(bot(tmp_path, SHOP.replace(polled, SERVED)), *kept, *said)
    found = measured(tmp_path, "--before", "HEAD", code=1)["differences"]
    assert {each["what"].partition(" `")[0] for each in found} == {
        "Telegram requests",
        "what is kept in",
        "jobs that are planned at the start",
    }
    assert "what is kept in `middleware of message in router 1`" in {each["what"] for each in found}
    requests, memory = (
        "".join(line for each in found if each["what"].startswith(what) for line in each["lines"])
        for what in ("Telegram requests", "what is kept in")
    )
    assert "A TEXT" in requests and "A TEXT" in memory and "Coffee time!" in requests
    # what a handler compares an answer with is said
    assert {each["update"] for each in found if any("In full years!" in line for line in each["lines"])} == {
        "young",
        "old",
    }


# Parts

SESSION = AiohttpSession()


def ask(*requests: Any, fault: str = "") -> tuple[list[Any], Telegram]:
    """What comes of requests, the first at the start and all others for one update."""

    async def asked() -> list[Any]:
        said: list[Any] = []
        for number, request in enumerate(requests):
            UPDATE.set(1 if number else None)
            try:
                said.append(await side.request(world, SESSION, Bot("42:token", SESSION), request))
            except Exception as error:
                said.append(type(error).__name__)
        return said

    world = Telegram(0.0, fault)
    return asyncio.run(asked()), world


def test_every_method_has_an_answer_that_the_library_reads() -> None:
    said = {"chat_id": 5, "user_id": 5, "file_id": "f", "media": [{}], "text": "hi", "options": ["a"]}
    for method in [getattr(methods, name) for name in methods.__all__][::6]:
        if hasattr(method, "__api_method__") and method is not methods.TelegramMethod:
            result = side._answer(Telegram(0.0), method, method.__api_method__, said)
            methods.Response[method.__returning__].model_validate({"ok": True, "result": result})


def test_what_is_sent_comes_back_and_names_that_are_drawn_are_no_part_of_it() -> None:
    sent = methods.SendMessage(chat_id=5, text="hi")
    photo = InputMediaPhoto(media=BufferedInputFile(b"abc", "a.jpg"))
    (message, album), world = ask(sent, methods.SendMediaGroup(chat_id=5, media=[photo]))
    assert (message.text, message.chat.id, len(album)) == ("hi", 5, 1)
    assert world.calls[None] == [{"method": "sendMessage", "parameters": {"chat_id": 5, "text": "hi"}}]
    [call] = world.calls[1]
    assert call["parameters"]["media"] == [{"type": "photo", "media": "attached"}]
    assert call["parameters"]["files"] == [["a.jpg", "abc"]]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("403", "TelegramForbiddenError"),
        ("400", "TelegramBadRequest"),
        ("429", "TelegramRetryAfter"),
        ("time-out", "TelegramNetworkError"),
    ],
)
def test_the_first_request_of_an_update_fails_where_that_is_asked_for(fault: str, error: str) -> None:
    typing = methods.SendChatAction(chat_id=5, action="typing")
    assert ask(typing, typing, typing, fault=fault)[0] == [True, error, True]


class Form(StatesGroup):
    name = State()


class Page(CallbackData, prefix="page"):
    number: int
    action: str


class IsOwner(Filter):
    def __init__(self, owner: int) -> None:
        self.owner = owner

    async def __call__(self, event: Any) -> bool:
        return bool(event.from_user.id == self.owner and event.text == "secret")


def reached(router: Router, *, admins: tuple[int, ...] = ()) -> list[str]:
    """The first update that the library gives each handler."""

    async def reach() -> list[str]:
        found = []
        for target in targets(dispatcher):
            state = target.states[0] if target.states else ""
            for number, update in enumerate(Candidates(admins, [], []).of(target)):
                assert number < 2000, target
                content = {key: {"message_id": 1} | value for key, value in update.items()}
                made = Update.model_validate({"update_id": 1} | content, context={"bot": own})
                if await taking(dispatcher, own, made, target, state) is target.handler:
                    found.append(told(update))
                    break
        return found

    own, dispatcher = Bot("42:token", SESSION), Dispatcher()
    dispatcher.include_router(router)
    return asyncio.run(reach())


async def nothing(event: Any) -> None:
    """A callback."""


@pytest.mark.parametrize(
    ("kind", "filters", "update"),
    [
        ("message", [CommandStart()], "/start"),
        ("message", [Command("add", prefix="!")], "!add"),
        ("message", [F.text.regexp(r"^\d{3}$")], "111"),
        ("message", [F.text.lower().in_(["help", "prices"])], "help"),
        ("message", [F.text.startswith("calc")], "calc"),
        ("message", [or_f(F.photo, F.text == "picture")], "picture"),
        ("message", [lambda message: message.text == "lambda"], "lambda"),
        ("message", [F.document], "document"),
        ("message", [Form.name, F.text], "a text"),
        ("message", [IsOwner(77)], "secret"),
        ("edited_message", [F.text], "a text (edited message)"),
        ("callback_query", [F.data.startswith("item_"), F.data.func(lambda data: data[5:].isdigit())], "press: item_1"),
        ("callback_query", [Page.filter(F.action == "open")], "press: page:1:open"),
        ("callback_query", [Page.filter()], "press: page:1:s"),
        ("inline_query", [], "inline query: text"),
        ("chat_member", [ChatMemberUpdatedFilter(JOIN_TRANSITION)], "chat_member"),
    ],
    ids=itertools.count(),
)
def test_an_update_is_found_that_the_filters_take(kind: str, filters: list[Any], update: str) -> None:
    router = Router()
    router.observers[kind].register(nothing, *filters)
    assert [found.partition(" in a ")[0] for found in reached(router)] == [update]


def test_who_takes_an_update_is_asked_of_the_library_router_by_router() -> None:
    async def first(event: Any) -> None: ...
    async def second(event: Any) -> None: ...

    async def asked(text: str, state: str) -> list[str]:
        sent = {"message": message(text)["message"] | {"message_id": 1}, "update_id": 1}
        made = Update.model_validate(sent, context={"bot": own})
        return [
            target.handler.callback.__name__
            for target in targets(dispatcher)
            if await taking(dispatcher, own, made, target, state) is target.handler
        ]

    async def all_of_them() -> list[list[str]]:
        return [await asked("/go", ""), await asked("go", ""), await asked("go", "Form:name")]

    own, dispatcher, inner, outer = Bot("42:token", SESSION), Dispatcher(), Router(), Router()
    inner.message.register(first, Command("go"))
    inner.message.register(second, StateFilter(Form))
    outer.message.filter(F.chat.type == "private")
    outer.include_router(inner)
    dispatcher.include_router(outer)
    dispatcher.message.register(nothing, F.text == "nobody says this")
    assert asyncio.run(all_of_them()) == [["first"], [], ["second"]]
    assert [(target.starts, target.nature) for target in targets(dispatcher)] == [
        (True, "message"),
        (True, "command"),
        (False, "message"),
    ]


def test_a_program_for_another_release_is_told_so() -> None:
    crash = {"kind": "ModuleNotFoundError", "name": "aiogram.contrib", "text": "No module named 'aiogram.contrib'"}
    said = str(obstacle(Outcome({"started": False, "crash": crash}, "", [], {})))
    assert said.startswith("the program is written for another release of `aiogram`: it imports `aiogram.contrib`")


def test_only_releases_are_measured_whose_parts_are_known() -> None:
    assert [library.takes(version) for library in libraries.LIBRARIES[2:3] for version in ("2.25.2", "3.0.0", "")] == [
        False,
        True,
        False,
    ]
