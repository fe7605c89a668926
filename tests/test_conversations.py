"""Whose return values python-telegram-bot takes for states: those of what a `ConversationHandler` is given."""

from __future__ import annotations

import ast

import pytest
from analysis import module as module_of

from tgfix.engine.analysis.conversations import sets_a_state

BOT = """\
from telegram.ext import CommandHandler, ConversationHandler, MessageHandler, filters

ASK = 1


def only_members(function):
    async def wrapper(update, context):
        return await function(update, context)

    return wrapper


async def begin(update, context):
    return ASK


@only_members
async def asked(update, context):
    return ConversationHandler.END


async def show(update, context):
    return 1


STATES = {ASK: [MessageHandler(filters.TEXT, asked)]}
talk = ConversationHandler([CommandHandler("begin", begin)], STATES, [])
"""


@pytest.mark.parametrize(("name", "sets"), [("begin", True), ("asked", True), ("wrapper", True), ("show", False)])
def test_what_a_conversation_is_given_sets_its_state(name: str, sets: bool) -> None:
    module = module_of(BOT)
    (function,) = [f for f in module.all(ast.AsyncFunctionDef) if f.name == name]
    assert sets_a_state(module, function) is sets


def test_of_a_conversation_that_is_made_of_something_unseen_any_handler_may_be() -> None:
    module = module_of(
        BOT.replace("STATES = {ASK: [MessageHandler(filters.TEXT, asked)]}", "from states import STATES")
    )
    (function,) = [f for f in module.all(ast.AsyncFunctionDef) if f.name == "show"]
    assert sets_a_state(module, function)


def test_what_a_function_gives_a_conversation_is_not_seen() -> None:
    module = module_of(BOT.replace("STATES, [])", "STATES, fallbacks())"))
    (function,) = [f for f in module.all(ast.AsyncFunctionDef) if f.name == "show"]
    assert sets_a_state(module, function)
