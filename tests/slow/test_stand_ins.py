"""`tgfix measure` in a world of aiogram 3: stand-ins around handlers, and the library's values as text."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.default import DefaultBotProperties
from aiogram.dispatcher.event.handler import FilterObject
from aiogram.dispatcher.middlewares.manager import MiddlewareManager
from aiogram.enums import ParseMode
from aiogram.methods import SendMessage
from aiogram.types import KeyboardButton, ReplyKeyboardMarkup

from tgfix.engine.measure.world import standins
from tgfix.engine.measure.world.aiogram.side import _told, pass_stand_ins_by, passing
from tgfix.engine.measure.world.bot_api.answers import refused
from tgfix.engine.measure.world.texts import OTHERS, Texts

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A package that is not there, in a world of aiogram."""
    monkeypatch.setattr(MiddlewareManager, "register", MiddlewareManager.register)
    monkeypatch.setattr(FilterObject, "call", FilterObject.call)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    sys.meta_path.insert(0, standins._Finder(["shop"]))
    pass_stand_ins_by()
    standins.asked.clear()
    yield __import__("shop")
    del sys.modules["shop"]
    standins.asked.clear()


def test_a_middleware_that_is_a_stand_in_hands_on_and_such_a_filter_hides_no_handler(shop: Any) -> None:
    ran = []

    async def handle(update: dict[str, Any], name: str) -> Any:
        observer = Dispatcher().message
        observer.middleware(shop.Throttling(1))
        observer.outer_middleware()(shop.watch)
        observer.register(lambda message: ran.append("members"), shop.IsMember())
        observer.register(lambda message: ran.append(name))
        return await observer.wrap_outer_middleware(observer.trigger, update, {})

    asyncio.run(handle({}, "all"))
    assert ran == ["all"]
    told = [each.partition("(")[0] for each in standins.asked[0]]
    assert told == ["shop.Throttling", "shop.IsMember", "shop.watch", "shop.IsMember", "shop.Throttling"]


def test_a_middleware_that_is_derived_from_a_stand_in_is_the_program_s_own(shop: Any) -> None:
    class Counts(shop.Middleware):  # type: ignore[misc,name-defined]
        def __call__(self, *given: Any, **named: Any) -> Any:
            return "counted"

    counts = Counts()
    assert passing(counts) is counts and passing(print) is print


def test_data_of_the_library_is_written_with_what_functions_leave_and_nowhere_else() -> None:
    keyboard = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="tea")]], one_time_keyboard=True)
    text = Texts(data=True).text(keyboard)
    assert "text='tea'" in text and "one_time_keyboard=True" in text and "None" not in text
    assert Texts().text(keyboard) == OTHERS


def test_a_mode_that_is_one_of_an_enumeration_is_taken_by_what_it_is_sent_as() -> None:
    bot = Bot("1:A", default=DefaultBotProperties(parse_mode=ParseMode.HTML))
    said, told = asyncio.run(_told(bot.session, bot, SendMessage(chat_id=1, text="tea")))
    assert type(said["parse_mode"]) is str and refused("sendMessage", said) is None
    assert told == {"chat_id": 1, "text": "tea", "parse_mode": "HTML"}
