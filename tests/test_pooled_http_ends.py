"""Pooled clients where something ends: connections, event loops, bots; and what of a program is recognised."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest
from http_runs import LIBRARIES, SHAPES, drive, planned, pooled, still_open, with_count
from twin import Case, Run, Worker
from twin.http import Server

from tgfix.engine import harness
from tgfix.engine.run.plan import Plan


@pytest.fixture
def server(http_server: Server) -> Server:
    return with_count(http_server)


# What a server sees


TWICE = """
import asyncio
import {library}


async def ask(base, method, path):
    {block}


async def handler(base):
    statuses = []
    for method, path in {requests}:
        try:
            statuses.append(await ask(base, method, path))
        except Exception as error:
            statuses.append(type(error).__name__)
    return statuses
"""
BLOCKS = {
    "httpx": "async with httpx.AsyncClient() as client:\n        return (await client.request(method, base + path)).status_code",
    "aiohttp": "async with aiohttp.ClientSession() as session, session.request(method, base + path) as response:\n"
    "        return response.status",
}


def program(library: str, *requests: tuple[str, str]) -> str:
    """A program that makes these requests, each with a client of its own."""
    return TWICE.format(library=library, block=BLOCKS[library], requests=repr(requests))


@pytest.mark.parametrize("library", BLOCKS)
def test_what_must_not_be_sent_twice_takes_no_connection_of_another_client(
    worker: Worker, server: Server, library: str
) -> None:
    before = program(library, ("GET", "/stale"), ("POST", "/stale"), ("PUT", "/stale"), ("DELETE", "/stale"))
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 1}, "outside": [server]}
    assert worker.differences(before, pooled(before), **case) == []
    assert len(server.connections) == 4 + 1


@pytest.mark.parametrize("library", BLOCKS)
def test_a_question_that_is_lost_is_not_asked_more_often(worker: Worker, server: Server, library: str) -> None:
    """By itself aiohttp asks once more, on a new connection, wherever the first one came from."""
    before = program(library, ("GET", "/json"), ("GET", "/close"))
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 1}, "outside": [server]}
    assert worker.differences(before, pooled(before), **case) == []


WAITS = """
async def handler(base):
    def open_now():
        return int(urllib.request.urlopen(base + "/open").read())

    await ask(base, "GET", "/json")
    first = open_now()
    await asyncio.sleep(1.3)
    return first, open_now()


import urllib.request
"""


@pytest.mark.slow
@pytest.mark.parametrize("library", BLOCKS)
def test_a_connection_is_left_for_a_second(worker: Worker, server: Server, library: str) -> None:
    before = program(library).partition("async def handler")[0] + WAITS
    seen = [
        worker.run(Case(text, scenario=drive, arguments={"times": 1}), outside=[server])
        for text in (before, pooled(before))
    ]
    assert [observation.result[0] for observation in seen] == [[[[(0, 0)]]], [[[(1, 0)]]]]


UNREAD = """
import {library}


async def handler(base):
    {block}
"""
STREAMS = {
    "httpx": "async with httpx.AsyncClient() as client:\n"
    "        request = client.build_request('GET', base + '/chunked?count=50&size=60000')\n"
    "        return (await client.send(request, stream=True)).status_code",
    "aiohttp": "async with aiohttp.ClientSession() as session:\n"
    "        return (await session.get(base + '/chunked?count=50&size=60000')).status",
}


@pytest.mark.parametrize("library", STREAMS)
def test_an_answer_that_nobody_reads_is_let_go(worker: Worker, server: Server, library: str) -> None:
    before = UNREAD.format(library=library, block=STREAMS[library])
    seen = [
        worker.run(Case(text, scenario=drive, arguments={"times": 3}), outside=[server]).result
        for text in (before, pooled(before))
    ]
    assert seen[0] == seen[1] == ([[[200]] * 3], 0)
    assert len(server.connections) == 3 + 1


# Ends of programs


def ends(run: Run, how: str) -> Any:
    """Drive `handler` on a loop that ends in one of the ways that programs have."""
    base = os.environ["HTTPS_URL"]
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    result = loop.run_until_complete(run.module.handler(base))
    if how == "generators ended":
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
    elif how == "closed at once":
        loop.close()
    return result, still_open() if how == "generators ended" else None


@pytest.mark.parametrize("how", ["generators ended", "left open", "closed at once"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_nothing_is_said_at_the_end(worker: Worker, server: Server, library: str, how: str) -> None:
    before = SHAPES[f"{library}, one request"]
    case: dict[str, Any] = {"scenario": ends, "arguments": {"how": how}, "outside": [server], "finalise": True}
    # Where the loop is closed under open connections, Python itself has a warning for developers, which it hides by default.
    ignoring = ["warnings"] if how in ("closed at once", "left open") else []
    assert worker.differences(before, pooled(before), ignoring=ignoring, **case) == []


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


async def on_shutdown(application):
    print("bye")


def main():
    application = Application.builder().token("42:TEST").post_shutdown(on_shutdown).build()
    application.add_handler(CommandHandler("start", start))
    application.run_polling()
"""


def poll(run: Run) -> None:
    from twin import ptb

    with ptb.offline(run, updates=[ptb.message(f"/start {os.environ['HTTPS_URL']}")] * 3):
        run.module.main()


def test_a_bot_with_open_connections_ends_as_it_did(worker: Worker, server: Server) -> None:
    case: dict[str, Any] = {"scenario": poll, "outside": [server], "finalise": True, "ignoring": ["warnings"]}
    assert worker.differences(BOT, pooled(BOT), **case) == []
    assert len(server.connections) == 2  # one of each library


FIXTURE = Path(__file__).parent.parent / "fixtures" / "pooled-http-client"


def tree(name: str) -> dict[str, str]:
    base = FIXTURE / name
    return {path.relative_to(base).as_posix(): path.read_text() for path in sorted(base.rglob("*.py"))}


def poll_fixture(run: Run) -> None:
    from twin import ptb

    commands = ["/items", "/login wrong", "/login right", "/items", "/picture", "/login right", "/picture"]
    with ptb.offline(run, updates=[ptb.message(text) for text in commands]):
        run.module.main()


def test_the_fixture_is_rewritten_as_it_stands_there_and_does_what_it_did(worker: Worker, server: Server) -> None:
    before, after = tree("before"), tree("after")
    plan = planned(before)
    assert not plan.left and not plan.problems
    assert sorted(p.finding.path.name for p in plan.hidden) == ["api.py", "api.py", "pictures.py"]
    assert sources(plan, before) == after
    case: dict[str, Any] = {"scenario": poll_fixture, "outside": [server], "entry": "main", "finalise": True}
    assert worker.differences(before, after, **case) == []
    each = len(server.connections)
    with_kept = sources(planned(before, unsafe=True), before)
    # what is left when python-telegram-bot closes its loop goes with the process, and Python warns developers of it
    assert worker.differences(before, with_kept, ignoring=["warnings"], **case) == []
    assert len(server.connections) < each / 2


def sources(plan: Plan, before: dict[str, str]) -> dict[str, str]:
    """The files by name as a plan leaves them."""
    produced = harness.result(plan, harness.plain(before))
    return {path.relative_to(harness.ROOT).as_posix(): text.decode() for path, text in produced.items()}


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
    after = pooled(source)
    assert "async with pooled_" in after or "(connector=PooledConnector()) as client" in after


def test_a_name_of_the_projects_own_is_not_taken_for_a_helper() -> None:
    source = "from httpx import AsyncClient\n\n\ndef NAME():\n    pass\n\n\nasync def handler():\n"
    source += "    async with AsyncClient() as c:\n        await c.get('x')\n"
    for name in ("tls_context", "httpx"):
        plan = planned(source.replace("NAME", name), unsafe=True)
        assert not plan.files and plan.left[0].reason == f"the name {name} is taken in this file"
    other = source.replace("NAME", "pooled_client")  # the other form does without it
    assert b"verify=tls_context()" in planned(other, unsafe=True).files[0].after
    local = source.replace("def NAME():\n    pass\n\n\n", "").replace("handler()", "handler(tls_context)")
    assert not planned(local).files and planned(local).hidden


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
    assert worker.differences(source, pooled(source), **case) == []


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
    assert worker.differences(source, pooled(source), **case) == []
    assert len(server.connections) == 2 + 1
    strict = source.replace("httpx.AsyncClient()", f"httpx.AsyncClient(verify={authority!r})")
    assert worker.differences(strict, pooled(strict), **case) == []
