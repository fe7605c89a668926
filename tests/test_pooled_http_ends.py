"""Pooled clients where something ends: connections, event loops, bots; and what of a program is recognised."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from http_runs import SHAPES, drive, planned, rewritten, still_open, with_count
from twin import Case, Run, Worker
from twin.http import Server

from tgfix.codemods.http.pooled_http_client import PooledHttpClient
from tgfix.engine import harness
from tgfix.engine.model import Safety


@pytest.fixture
def server(http_server: Server) -> Server:
    return with_count(http_server)


# Connections that the server closes


@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_a_question_is_asked_again_when_the_kept_connection_is_gone(
    worker: Worker, server: Server, library: str
) -> None:
    before = SHAPES[f"{library}, one request"].replace("/json", "/stale")
    before = before.replace("return await response.json()", "return response.status")
    before = before.replace("return response.json()", "return response.status_code")
    arguments = {"times": 4}
    first = worker.run(Case(before, scenario=drive, arguments=arguments), outside=[server])
    second = worker.run(Case(rewritten(before), scenario=drive, arguments=arguments), outside=[server])
    assert (
        first.result == second.result == [[[200]] * 4]
        and first.exception is second.exception is None
        or (first.result[0] == second.result[0])
    )
    assert len(second.of("http")) > len(first.of("http"))


PACED = """
import asyncio
import {library}


async def handler(base):
    statuses = []
    for _ in range(2):
        {block}
        await asyncio.sleep(1.2)
    return statuses
"""
POSTS = {
    "httpx": "async with httpx.AsyncClient() as client:\n            statuses.append((await client.post(base + '/stale')).status_code)",
    "aiohttp": "async with aiohttp.ClientSession() as session:\n            async with session.post(base + '/stale') as response:\n"
    "                statuses.append(response.status)",
}


@pytest.mark.slow
@pytest.mark.parametrize("library", POSTS)
def test_what_must_not_be_sent_twice_takes_no_connection_that_has_been_idle(
    worker: Worker, server: Server, library: str
) -> None:
    before = PACED.format(library=library, block=POSTS[library])
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 1}, "outside": [server]}
    assert worker.differences(before, rewritten(before), **case) == []


# Ends of programs


def ends(run: Run, how: str) -> Any:
    """Drive `handler` on a loop that ends in one of the ways that programs have."""
    base = os.environ["HTTPS_URL"]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    result = loop.run_until_complete(run.module.handler(base))
    if how == "closed by hand":
        loop.run_until_complete(
            run.module.close_http_pools() if hasattr(run.module, "close_http_pools") else asyncio.sleep(0)
        )
        loop.close()
    elif how == "generators ended":
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    elif how == "closed at once":
        loop.close()
    return result, still_open() if how in ("closed by hand", "generators ended") else None


@pytest.mark.parametrize("how", ["closed by hand", "generators ended", "left open", "closed at once"])
@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_nothing_is_said_at_the_end(worker: Worker, server: Server, library: str, how: str) -> None:
    before = SHAPES[f"{library}, one request"]
    case: dict[str, Any] = {"scenario": ends, "arguments": {"how": how}, "outside": [server], "finalise": True}
    # Where the loop is closed under open connections, Python itself has a warning for developers, which it hides by default.
    ignoring = ["warnings"] if how in ("closed at once", "left open") else []
    assert worker.differences(before, rewritten(before), ignoring=ignoring, **case) == []


BOT = """
from telegram.ext import Application, CommandHandler
import aiohttp
import httpx


async def start(update, context):
    async with httpx.AsyncClient() as client:
        first = (await client.get(context.args[0] + "/json")).status_code
    async with aiohttp.ClientSession() as session:
        async with session.get(context.args[0] + "/json") as response:
            await update.message.reply_text(f"{first} {response.status}")


HOOK
def main():
    application = Application.builder().token("42:TEST")SET.build()
    application.add_handler(CommandHandler("start", start))
    application.run_polling()
"""
COMPOSED = BOT.replace("HOOK", "async def on_shutdown(application):\n    print('bye')\n\n").replace(
    "SET", ".post_shutdown(on_shutdown)"
)
SINGLE = BOT.replace("HOOK\n", "").replace("SET", "")


def poll(run: Run) -> Any:
    from twin import ptb

    with ptb.offline(run, updates=[ptb.message(f"/start {os.environ['HTTPS_URL']}")] * 3):
        run.module.main()
    return still_open()


@pytest.mark.parametrize("source", [SINGLE, COMPOSED], ids=["no hook", "a hook"])
def test_a_bot_closes_the_pools_when_it_shuts_down(worker: Worker, server: Server, source: str) -> None:
    after = rewritten(source)
    assert (
        "closing_http_pools(on_shutdown)" if "on_shutdown" in source else "post_shutdown(close_http_pools)"
    ) in after
    case: dict[str, Any] = {"scenario": poll, "outside": [server], "finalise": True}
    assert worker.differences(source, after, **case) == []
    assert len(server.connections) == 2 + 1  # one of each library, and the one that asks


FIXTURE = Path(__file__).parent.parent / "fixtures" / "pooled-http-client"


def tree(name: str) -> dict[str, str]:
    base = FIXTURE / name
    return {path.relative_to(base).as_posix(): path.read_text() for path in sorted(base.rglob("*.py"))}


def poll_fixture(run: Run) -> Any:
    from twin import ptb

    commands = ["/items", "/login wrong", "/login right", "/items", "/picture", "/login right", "/picture"]
    with ptb.offline(run, updates=[ptb.message(text) for text in commands]):
        run.module.main()
    return still_open()


def test_the_fixture_is_rewritten_as_it_stands_there_and_does_what_it_did(worker: Worker, server: Server) -> None:
    before, after = tree("before"), tree("after")
    plan = planned(before)
    assert not plan.left and not plan.hidden and not plan.problems
    produced = harness.result(plan, harness.plain(before))
    assert {path.relative_to(harness.ROOT).as_posix(): text.decode() for path, text in produced.items()} == after
    case: dict[str, Any] = {"scenario": poll_fixture, "outside": [server], "entry": "main", "finalise": True}
    assert worker.differences(before, after, **case) == []
    together = len(server.connections)
    worker.differences(after, before, **case)
    assert together < len(server.connections) / 2


# What is recognised


@pytest.mark.parametrize(
    ("imports", "name"),
    [
        ("import httpx", "httpx.AsyncClient"),
        ("import httpx as hx", "hx.AsyncClient"),
        ("from httpx import AsyncClient", "AsyncClient"),
        ("from httpx import AsyncClient as Client", "Client"),
        ("import httpx2", "httpx2.AsyncClient"),
        ("import aiohttp", "aiohttp.ClientSession"),
        ("import aiohttp as http", "http.ClientSession"),
        ("from aiohttp import ClientSession", "ClientSession"),
        ("from aiohttp import ClientSession as Session", "Session"),
        ("from aiohttp.client import ClientSession", "ClientSession"),
        ("try:\n    import aiohttp\nexcept ImportError:\n    raise SystemExit('no aiohttp')", "aiohttp.ClientSession"),
    ],
)
def test_every_way_to_import_a_client(imports: str, name: str) -> None:
    source = f"{imports}\n\n\nasync def handler():\n    async with {name}() as client:\n        await client.get('x')\n"
    after = rewritten(source, unsafe=True)
    assert "async with pooled_" in after


def test_a_name_of_the_projects_own_is_not_taken_for_the_helper() -> None:
    source = "import httpx\n\n\ndef pooled_client():\n    pass\n\n\nasync def handler():\n"
    source += "    async with httpx.AsyncClient() as c:\n        await c.get('x')\n"
    plan = planned(source)
    assert not plan.files and plan.left[0].reason == "the name pooled_client is taken in this file"
    plan = planned(source.replace("def pooled_client():\n    pass", "async def asyncio():\n    pass"))
    assert not plan.files and plan.left[0].reason == "the name asyncio is taken in this file"
    local = source.replace("def pooled_client():\n    pass\n\n\n", "").replace("handler()", "handler(pooled_client)")
    assert planned(local).left[0].reason == "the name pooled_client is taken here"


def test_a_maximum_needs_a_persons_eye_and_is_kept(worker: Worker, server: Server) -> None:
    for library in ("httpx", "aiohttp"):
        source = SHAPES[f"{library}, one request"].replace("/json", "/slow?seconds=0.05")
        plan = planned(source, **{"max-connections": 3})
        assert not plan.chosen and plan.hidden[0].change.safety is Safety.UNSAFE
        after = rewritten(source, unsafe=True, **{"max-connections": 3})
        case = Case(after, scenario=drive, arguments={"times": 2, "together": 20})
        assert len(worker.run(case, outside=[server]).of("http")) == 41
        assert len(server.connections) == 3 + 1


def test_with_a_proxy_in_the_environment_the_client_is_built_as_before(worker: Worker, server: Server) -> None:
    source = SHAPES["httpx, one request"]
    environment = {"HTTP_PROXY": server.url, "NO_PROXY": ""}
    case: dict[str, Any] = {
        "scenario": drive,
        "arguments": {"times": 2},
        "outside": [server],
        "environment": environment,
    }
    server.routes["http://"] = server.routes["/json"]
    assert worker.differences(source, rewritten(source), **case) == []


def test_pools_are_kept_apart_by_settings_of_the_connection(worker: Worker, server: Server) -> None:
    """A connection whose certificate nobody checked must not serve a block that has it checked."""
    source = """
import httpx


async def handler(base):
    async with httpx.AsyncClient(verify=False) as client:
        first = (await client.get(f"{base}/json")).status_code
    async with httpx.AsyncClient() as client:
        return first, (await client.get(f"{base}/json")).status_code
"""
    authority = str(Path(json.__file__))  # a file without certificates
    case: dict[str, Any] = {"scenario": drive, "arguments": {"tls": True, "times": 2}, "outside": [server]}
    assert worker.differences(source, rewritten(source), **case) == []
    assert len(server.connections) == 2 + 1
    strict = source.replace("httpx.AsyncClient()", f"httpx.AsyncClient(verify={authority!r})")
    assert worker.differences(strict, rewritten(strict, unsafe=True), **case) == []


def test_an_application_closes_the_pools_that_it_can_reach_and_says_nothing_of_others() -> None:
    """Two parts of a project that cannot import each other's support code have pools of their own; a second run finds no more."""
    fetch = "import httpx\n\nfrom .base import Base\n\n\nasync def fetch():\n"
    fetch += "    async with httpx.AsyncClient() as c:\n        await c.get('x')\n"
    bot = (
        BOT.replace("HOOK\n", "")
        .replace("SET", "")
        .replace("httpx.AsyncClient()", "Other()")
        .replace("aiohttp.ClientSession()", "Other()")
    )
    loader = "import importlib\n\nplugin = importlib.import_module('plugins.news')\n"
    sources = {
        "bot.py": "import loader\n" + bot,
        "loader.py": loader,
        "plugins/news.py": fetch,
        "plugins/base.py": "class Base:\n    pass\n",
    }
    plan = planned(sources)
    assert [change.path.name for change in plan.files if change.before is not None] == ["news.py"]
    after = harness.result(plan, harness.plain(sources))
    again = harness.run([PooledHttpClient()], after, unsafe=False)
    assert not again.files and not again.problems
