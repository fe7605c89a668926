"""What a thread is given: texts and numbers, and objects that a function has made for itself, are nobody else's to change."""

from __future__ import annotations

import pytest
from analysis import calls, module

from tgfix.engine.analysis.effects import Effects
from tgfix.engine.analysis.resolver import Resolver
from tgfix.engine.proofs.thread_values import is_made_here, takes_scalar


@pytest.mark.parametrize(
    ("body", "scalar"),
    [
        ("cursor.execute('SELECT name FROM users WHERE id = ?', (user,))", True),
        ("cursor.execute('SELECT name FROM users WHERE id = ANY(?)', (user,))", False),
        ("cursor.execute(statement, (user,))", False),
        ("os.remove(user)", True),
        ("shop.sold(user.strip())", True),
        ("inner(user)", True),
        ("shop.sell(user)", False),
        ("shop.sell(user.strip)", False),
        ("return user if isinstance(user, list) else int(user)", False),
    ],
)
def test_a_function_tells_what_it_is_given(body: str, scalar: bool) -> None:
    bot = module(
        "import os\n\nimport shop\n\n\ndef inner(name):\n    return int(name)\n\n\n"
        f"def work(cursor, user):\n    {body}\n\n\ndef handle(cursor, user):\n    work(cursor, user)\n"
    )
    call = calls(bot, "work")[0]
    meant = bot.project.fact(Resolver).definition(bot, call.func)
    assert meant is not None
    assert takes_scalar(bot.project.fact(Resolver), bot, meant[1], call, call.args[1]) is scalar  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "own"),
    [
        ("shop = Shop('de')", True),
        ("shop = Shop('de')\n    shops.append(shop)", False),
        ("shop = Shop(users)", False),
        ("shop = Shop(lambda: 1)", False),
        ("shop = Shop(handle)", False),
        ("shop = open_shop()", False),
        ("shop = Shop('de') if new else SHOP", False),
        ("global shop\n    shop = Shop('de')", False),
        ("shop = Session()", False),
    ],
)
def test_an_object_that_a_function_makes_for_itself(made: str, own: bool) -> None:
    bot = module(
        "from market import SHOP, Shop, open_shop\nfrom requests import Session\n\nshops, users = [], []\n\n\n"
        f"async def handle(event, new):\n    {made}\n    shop.sell('a cup')\n"
    )
    call = calls(bot, "shop.sell")[0]
    assert is_made_here(bot.project.fact(Effects), bot, call.func.value) is own  # type: ignore[attr-defined]
