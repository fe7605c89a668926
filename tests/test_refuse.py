"""The reasons that codemods share."""

from __future__ import annotations

import pytest
from analysis import calls, module

from tgfix.engine.analysis import refuse


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("async def f():\n    x()", None),
        ("async def f():\n    [x() for _ in a]", None),
        ("async def f():\n    any(y for y in x())", None),
        ("async def f():\n    any(x() for _ in a)", "generator"),
        ("async def f():\n    [[x() for _ in a] for _ in b]", "3.11"),
        ("async def f():\n    lambda: x()", "lambda"),
        ("async def f():\n    lambda y=x(): y", None),
        ("async def f():\n    def g():\n        x()", "g()"),
        ("async def f():\n    def g(y=x()): ...", None),
        ("async def f():\n    @x()\n    def g(): ...", None),
        ("async def f():\n    class A:\n        x()", "class body"),
        ("async def f():\n    class A(x()): ...", None),
        ("def f():\n    x()", "plain function"),
        ("x()", "no coroutine"),
    ],
)
def test_await_is_refused_where_it_is_not_allowed(text: str, reason: str | None) -> None:
    parsed = module(text)
    found = refuse.cannot_await(parsed, calls(parsed, "x")[0])
    assert found is None if reason is None else found is not None and reason in found


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("async def f():\n    with lock:\n        x()", True),
        ("async def f(self):\n    with self._db_lock, open(1):\n        x()", True),
        ("import threading\nasync def f():\n    with threading.Lock():\n        x()", True),
        ("async def f():\n    lock.acquire()\n    x()\n    lock.release()", True),
        ("async def f():\n    await lock.acquire()\n    x()", False),
        ("async def f():\n    async with lock:\n        x()", False),
        ("async def f():\n    with open(1):\n        x()", False),
        ("async def f():\n    with lock:\n        pass\n    x()", False),
        ("with lock:\n    async def f():\n        x()", False),
    ],
)
def test_a_threads_lock_is_seen(text: str, held: bool) -> None:
    parsed = module(text)
    assert bool(refuse.holds_thread_lock(parsed, calls(parsed, "x")[0])) is held


def test_unpacked_arguments_are_refused() -> None:
    parsed = module("f(*a)\ng(**b)\nh(1, c=2)\n")
    assert [bool(refuse.unpacks_arguments(call)) for call in calls(parsed)] == [True, True, False]


def test_trio_is_another_event_loop() -> None:
    assert refuse.foreign_event_loop(module("import trio\n")) and not refuse.foreign_event_loop(
        module("import asyncio\n")
    )
