"""The examples of TGF504: documentation and tests."""

from __future__ import annotations

from ....engine.codemod import Example, left, patched, untouched
from ....engine.model import Safety

EXAMPLES: tuple[Example, ...] = (
    patched(
        """\
 import asyncio


 async def draw(event):
-    loop = asyncio.get_event_loop()
+    loop = asyncio.get_running_loop()
     await event.reply(await loop.run_in_executor(None, paint))
""",
        "the loop in a handler",
    ),
    patched(
        """\
-from asyncio import get_event_loop, sleep
+from asyncio import get_running_loop, sleep


 async def uptime(event):
-    started = get_event_loop().time()
+    started = get_running_loop().time()
     await sleep(1)
-    await event.reply(str(get_event_loop().time() - started))
+    await event.reply(str(get_running_loop().time() - started))
""",
        "a name imported from asyncio",
    ),
    patched(
        """\
 import asyncio as aio
-from asyncio import get_event_loop as current
+from asyncio import get_running_loop


 async def later(event):
-    aio . get_event_loop(  # the bot's own
+    aio . get_running_loop(  # the bot's own
     ).call_later(5, print, event)
-    return [current().create_future() for _ in range(2)]
+    return [get_running_loop().create_future() for _ in range(2)]
""",
        "aliases, a layout that stays, and a comprehension",
    ),
    patched(
        """\
-from asyncio import events
+from asyncio import events, get_running_loop as _get_running_loop

 get_running_loop = None


 async def later(event):
-    from asyncio import get_event_loop
-
-    assert events.get_event_loop() is get_event_loop()
+    assert events.get_running_loop() is _get_running_loop()
""",
        "an import inside the function, and a name that is taken",
    ),
    patched(
        {
            "bot.py": """\
 import asyncio


 async def later(event):
-    asyncio.get_event_loop().call_later(5, print, event)
+    asyncio.get_running_loop().call_later(5, print, event)
""",
            "test_bot.py": """\
from unittest.mock import patch


def test_later():
    with patch("asyncio.get_event_loop"):
        ...
""",
        },
        "a test that replaces the function",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import asyncio


async def draw(event):
    def stop():
        asyncio.get_event_loop().stop()

    await asyncio.to_thread(stop)
""",
        "stop(), a plain function",
        "a nested function",
    ),
    left(
        """\
import asyncio


async def draw(event):
    return asyncio.get_event_loop("main")
""",
        "with arguments",
        "an argument",
    ),
    left(
        """\
import asyncio


async def draw(event):
    try:
        await asyncio.sleep(60)
    finally:
        print(asyncio.get_event_loop().time())
""",
        "may run without a loop",
        "cleaning up",
    ),
    left(
        """\
import asyncio


async def session(event):
    try:
        await asyncio.sleep(60)
    finally:
        await farewell(event)


async def farewell(event):
    loop = asyncio.get_event_loop()
    await event.reply(f"It is {loop.time()}")
""",
        "may run without a loop",
        "a coroutine that is called for cleaning up",
    ),
    left(
        """\
import asyncio


async def draw(event):
    try:
        await event.delete()
    except:
        pass
    return asyncio.get_event_loop().time()
""",
        "may run without a loop",
        "behind a clause that catches everything",
    ),
    left(
        """\
import asyncio

import trio


async def draw(event):
    return asyncio.get_event_loop()
""",
        "runs on trio",
        "another event loop",
    ),
    untouched(
        """\
import asyncio


def build():
    return asyncio.get_event_loop()


async def draw(event):
    loop = asyncio.get_running_loop()
    policy = asyncio.get_event_loop_policy().get_event_loop()
    return loop, policy, asyncio.get_event_loop


build().run_until_complete(draw(None))
""",
        "outside of coroutines, the policy's loop, and the function itself",
    ),
)
