"""Values that nobody can change: texts and numbers, by what they are made of."""

from __future__ import annotations

import ast

import pytest
from analysis import ROOT, project

from tgfix.engine.analysis.immutable import is_text_or_number
from tgfix.engine.analysis.resolver import Resolver


def is_fixed(expression: str) -> bool:
    program = project(bot=f"notes = {{}}\n\nasync def show(event, words):\n    value = {expression}\n    send(value)\n")
    module = program.module(ROOT / "bot.py")
    (sent,) = (call.args[0] for call in module.all(ast.Call) if ast.unparse(call.func) == "send")
    return is_text_or_number(program.fact(Resolver), module, sent)


@pytest.mark.parametrize(
    "expression",
    [
        "'https://example.org/' + event.text",
        "f'{words}.txt'",
        "event.message.text.strip().lower()",
        "'a %s' % words",
        "', '.join(words)",
        "event.chat_id if event.text else 0",
        "len(words)",
        "event.data.split(':')[1]",
        "event.pattern_match.group(1)",
        "event.text[3:]",
    ],
)
def test_texts_and_numbers_are_known(expression: str) -> None:
    assert is_fixed(expression)


@pytest.mark.parametrize(
    "expression",
    ["words", "[event.text]", "notes[1].text", "words + words", "words % 2", "event.media", "words.split()[0].parts"],
)
def test_what_may_be_changed_is_not_taken_for_one(expression: str) -> None:
    assert not is_fixed(expression)


@pytest.mark.parametrize(
    ("between", "fixed"), [("parts.append(notes)", False), ("parts[0] = notes", False), ("parts.index('a')", True)]
)
def test_a_text_taken_apart_may_get_other_parts(between: str, fixed: bool) -> None:
    assert (
        is_fixed(f"event.text.split()[0]\n    parts = event.text.split()\n    {between}\n    value = parts[0]") is fixed
    )
