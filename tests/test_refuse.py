"""The reasons that codemods share."""

from __future__ import annotations

import pytest
from analysis import calls, module

from tgfix.engine.analysis import refuse
from tgfix.engine.analysis.shared_state import shared_state_across


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


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("n = self.count\n    x()\n    self.count = n + 1", "self.count is read"),
        ("x()\n    self.count += 1", None),
        ("self.count += 1\n    x()\n    self.count += 1", None),
        ("if self.count < 5:\n        x()\n        self.count += 1", "self.count is read"),
        ("y = self.go()\n    x()\n    self.go()", None),
        ("if 1 in SEEN: return\n    x()\n    SEEN.add(1)", "SEEN is read"),
        ("SEEN.add(1)\n    x()\n    print(SEEN)", "SEEN is changed"),
        ("self.count = 0\n    x()\n    self.count += 1", "self.count is changed"),
        ("self.count += 1\n    x()\n    print(self.count)", "self.count is changed"),
        ("self.count = 1\n    x(self.count)", None),
        ("self.count = await x()\n    print(self.count)", None),
        ("self.count += await x()", "self.count is read"),
        ("n = CACHE[1]\n    x()\n    CACHE[1] = n", "CACHE is read"),
        ("n = CACHE[1]\n    x()\n    del CACHE[1]", "CACHE is read"),
        ("local = 1\n    x()\n    local = local + 1", None),
        ("[y for y in SEEN]\n    x()\n    y = 1", None),
        ("global total\n    n = total\n    x()\n    total = n", "total is read"),
    ],
)
def test_state_on_both_sides_is_named(body: str, found: str | None) -> None:
    parsed = module(f"SEEN = set()\nCACHE = {{}}\ntotal = 0\nasync def f(self):\n    {body}\n")
    call = calls(parsed, "x")[0]
    function = parsed.function(call)
    assert function is not None
    named = shared_state_across(parsed, call, function)
    assert named is None if found is None else named is not None and named.startswith(found)


@pytest.mark.parametrize(
    ("text", "swallowed"),
    [
        ("try:\n        x()\n    except:\n        pass", True),
        ("try:\n        x()\n    except BaseException:\n        log()", True),
        ("try:\n        x()\n    except (ValueError, BaseException):\n        log()", True),
        ("try:\n        x()\n    except Exception:\n        pass", False),
        ("try:\n        x()\n    except:\n        raise", False),
        ("try:\n        await y()\n        x()\n    except:\n        pass", False),
        ("try:\n        pass\n    except:\n        x()", False),
    ],
)
def test_a_clause_that_swallows_the_new_cancellation_is_seen(text: str, swallowed: bool) -> None:
    parsed = module(f"async def f():\n    {text}\n")
    assert bool(refuse.swallows_cancellation(parsed, calls(parsed, "x")[0])) is swallowed


def test_unpacked_arguments_are_refused() -> None:
    parsed = module("f(*a)\ng(**b)\nh(1, c=2)\n")
    assert [bool(refuse.unpacks_arguments(call)) for call in calls(parsed)] == [True, True, False]


def test_trio_is_another_event_loop() -> None:
    assert refuse.foreign_event_loop(module("import trio\n")) and not refuse.foreign_event_loop(
        module("import asyncio\n")
    )


@pytest.mark.parametrize(
    ("opened", "shared"),
    [
        ('open("temp.png", "wb")', True),
        ('open(NAME, mode="a")', True),
        ("open(path, 'w')", True),
        ('open(self.path, "w")', True),
        ("open(name, 'w')", False),
        ('open(f"{name}.png", "wb")', False),
        ('open(f"{uuid.uuid4()}.png", "wb")', False),
        ('open("temp.png", "rb")', False),
        ('open("temp.png")', False),
    ],
)
def test_a_file_that_every_caller_writes_is_shared_while_it_is_open(opened: str, shared: bool) -> None:
    text = (
        "import uuid\nNAME = 'log'\nasync def f(self, name):\n    path = 'data/' + NAME\n"
        f"    with {opened} as file:\n        file.write(x())\n"
    )
    parsed = module(text)
    call = calls(parsed, "x")[0]
    function = parsed.function(call)
    assert function is not None
    assert bool(shared_state_across(parsed, call, function)) is shared
