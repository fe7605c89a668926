"""Calls that fail whenever they run are told from those that may succeed."""

from __future__ import annotations

import ast

import pytest
from analysis import ROOT, calls, module, project

from tgfix.engine.analysis.failing import misfit, never_imported, unbound_before, undefined_before
from tgfix.engine.analysis.resolver import Resolver


@pytest.mark.parametrize(
    ("head", "call", "reason"),
    [
        ("def users(source, limit=10):", "users(name='x')", "`users()` has no parameter `name`"),
        ("def users(source, limit=10):", "users()", "`users()` is given nothing for `source`"),
        ("def users(source, limit=10):", "users(1, 2, 3)", "`users()` takes no more than 2 arguments without a name"),
        ("def users(source, limit=10):", "users(1, source=2)", "`users()` is given `source` twice"),
        ("def users(*, source):", "users()", "`users()` is given nothing for `source`"),
        ("def users(source, limit=10):", "users(1, limit=2)", None),
        ("def users(source, **more):", "users(1, limit=2)", None),
        ("def users(*sources):", "users(1, 2, 3)", None),
        ("def users(source):", "users(*given)", None),
        ("@cached\ndef users(source):", "users()", None),
    ],
)
def test_arguments_that_a_function_does_not_take(head: str, call: str, reason: str | None) -> None:
    bot = module(f"{head}\n    pass\n\n\n{call}\n")
    function = next(iter(bot.all(ast.FunctionDef)))
    assert misfit(bot.project.fact(Resolver), bot, calls(bot, "users")[0], function) == reason


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("Shop().sell(1)", None),
        ("Shop().sell()", "`sell()` is given nothing for `item`"),
        ("Shop.sell(shop, 1)", None),
        ("Shop.name(1)", None),
        ("Shop.made(1)", None),
        ("Shop.made()", "`made()` is given nothing for `item`"),
    ],
)
def test_arguments_of_methods_with_and_without_their_object(call: str, reason: str | None) -> None:
    bot = module(
        "class Shop:\n    def sell(self, item):\n        pass\n\n    @staticmethod\n    def name(item):\n        pass\n\n"
        f"    @classmethod\n    def made(cls, item):\n        pass\n\n\nshop = Shop()\n{call}\n"
    )
    resolver, made = (
        bot.project.fact(Resolver),
        calls(bot, call.partition("(")[0] if call[4] == "." else "Shop().sell")[0],
    )
    meant = resolver.definition(bot, made.func)
    assert meant is not None and isinstance(meant[1], ast.FunctionDef)
    assert misfit(resolver, bot, made, meant[1]) == reason


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("url = f'https://example.com/{user.id}'\n    get(url)", "user"),
        ("try:\n        get(user)\n    except Exception:\n        pass", "user"),
        ("if user:\n        get(1)", "user"),
        ("if given:\n        print(user)\n    get(1)", None),
        ("get(1)\n    print(user)", None),
        ("get(given and user)", None),
        ("get(given)", None),
        ("get(len(given), __file__)", None),
        ("get(bot_name)", None),
    ],
)
def test_a_name_that_nothing_defines_on_every_way_to_a_call(body: str, name: str | None) -> None:
    bot = module(f"import shop\nfrom requests import get\n\nshop.bot_name = 1\n\n\ndef ask(given):\n    {body}\n")
    found = undefined_before(bot, calls(bot, "get")[0])
    assert (found.id if found else None) == name


@pytest.mark.parametrize("line", ["from shop import *", "globals().update(shop.names)"])
def test_names_that_may_come_from_elsewhere(line: str) -> None:
    bot = module(f"{line}\n\n\ndef ask():\n    get(user)\n")
    assert undefined_before(bot, calls(bot, "get")[0]) is None


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("answer = edit(answer)\n    get(1)", "answer"),
        ("answer = edit(given)\n    get(answer)", None),
        ("if given:\n        answer = 1\n    print(answer)\n    get(1)", None),
        (
            "for one in given:\n        if one:\n            print(answer)\n            get(1)\n        answer = one",
            None,
        ),
        ("given = edit(given)\n    get(1)", None),
        ("try:\n        answer = edit(answer)\n    except NameError:\n        pass\n    get(1)", None),
        ("print(late)\n    get(1)\n\n    def late():\n        pass", "late"),
        ("print((answer := 1), answer)\n    get(1)", None),
    ],
)
def test_a_variable_that_only_what_follows_binds(body: str, name: str | None) -> None:
    bot = module(f"def ask(given):\n    {body}\n")
    found = unbound_before(bot, calls(bot, "get")[0])
    assert (found.id if found else None) == name


@pytest.mark.parametrize(
    ("place", "head", "fails"),
    [
        ("old__0.bot", "import keys", True),
        ("old__0.bot", "from keys import *", True),
        ("old__0.bot", "import json", False),
        ("old__bot", "import keys", False),  # `python -m old.bot` looks in the folder above
        ("0.bot", "import keys", False),
        ("old__0.bot", "import sys\nsys.path.append('..')\nimport keys", False),
    ],
)
def test_an_old_copy_that_cannot_find_what_it_imports(place: str, head: str, fails: bool) -> None:
    of = project(keys="", **{place: f"{head}\n\n\nasync def ask(event):\n    get(event)\n"})
    bot = of.module(ROOT / f"{place.replace('__', '/')}.py")
    found = never_imported(bot, calls(bot, "get")[0].lineno)
    assert (found is not None and found.startswith("`keys.py` lies in a folder")) is fails
