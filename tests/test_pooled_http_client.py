"""The pooled clients beside the clients of their own, on the real libraries and a server that records everything."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from http_shapes import AIOHTTP, HTTPX
from twin import Case, Run, Worker
from twin.http import Server
from twin.routes import Reply, Request

from tgfix.codemods.pooled_http_client import PooledHttpClient
from tgfix.engine import harness
from tgfix.engine.model import Plan, Safety

SHAPES = {
    **{f"httpx, {name}": source for name, source in HTTPX.items()},
    **{f"httpx2, {name}": re.sub(r"\bhttpx\b", "httpx2", source) for name, source in HTTPX.items()},
    **{f"aiohttp, {name}": source for name, source in AIOHTTP.items()},
}


def rewritten(source: str, *, unsafe: bool = False, **options: Any) -> str:
    """The program after the codemod; it must have changed, and nothing may be left of the clients."""
    files = harness.plain({"bot.py": source})
    plan = harness.run([PooledHttpClient()], files, unsafe=unsafe, options={"pooled-http-client": options})
    assert not plan.problems, plan.problems
    assert not plan.left and plan.files, [finding.reason for finding in plan.left]
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


def planned(source: str | dict[str, str], *, unsafe: bool = False, **options: Any) -> Plan:
    sources = {"bot.py": source} if isinstance(source, str) else source
    return harness.run([PooledHttpClient()], harness.plain(sources), unsafe=unsafe, options={"pooled-http-client": options})


def drive(run: Run, tls: bool = False, times: int = 3, loops: int = 1, together: int = 1) -> Any:
    """Call `handler` some times in some event loops, then ask the server how many connections are open."""
    base = os.environ["HTTPS_URL" if tls else "HTTP_URL"]

    async def once() -> Any:
        try:
            return await run.module.handler(base)
        except Exception as error:
            return [type(error).__qualname__, re.sub(r"\d{4,}", "N", str(error))]

    async def session() -> Any:
        return [await asyncio.gather(*(once() for _ in range(together))) for _ in range(times)]

    results = [asyncio.run(session()) for _ in range(loops)]
    return results, still_open()


def still_open() -> int:
    """How many connections the server has open, besides the one that asks."""
    for _ in range(40):
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(os.environ["HTTP_URL"] + "/open") as answer:
            count = int(json.load(answer))
        if not count:
            break
        time.sleep(0.05)
    return count


@pytest.fixture
def server(http_server: Server) -> Server:
    async def still_open(request: Request, nth: int) -> Reply:
        return Reply(200, sum(not connection.closed for connection in http_server.connections) - 1)

    http_server.routes["/open"] = still_open
    return http_server


#: Plain HTTP for both libraries in the fast suite; TLS, and httpx2, which has the code of httpx, in the slow one.
EACH = [
    pytest.param(shape, tls, id=f"{shape}, {'TLS' if tls else 'plain'}", marks=[pytest.mark.slow] * (tls or "httpx2" in shape))
    for shape in SHAPES
    for tls in (False, True)
]


@pytest.mark.parametrize(("shape", "tls"), EACH)
def test_a_shape_does_what_it_did(worker: Worker, server: Server, shape: str, tls: bool) -> None:
    before = SHAPES[shape]
    after = rewritten(before)
    assert "pooled_" in after and "async with httpx.AsyncClient" not in after.partition("def handler")[2]
    case: dict[str, Any] = {"scenario": drive, "arguments": {"tls": tls, "times": 2}, "outside": [server]}
    assert worker.differences(before, after, **case) == []


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_requests_one_after_the_other_use_one_connection(worker: Worker, server: Server, library: str, tls: bool) -> None:
    before = SHAPES[f"{library}, one request"]
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 30, "tls": tls}}
    worker.run(Case(before, **case), outside=[server])
    assert len(server.connections) == 30 + 1  # and the one that asks how many are open
    seen = worker.run(Case(rewritten(before), **case), outside=[server])
    assert len(seen.of("http")) == 30 + 1 and len(server.connections) == 1 + 1
    assert seen.result[1] == 0 and not seen.warnings and not seen.stderr


@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_requests_at_the_same_time_use_as_many_connections_and_no_more(worker: Worker, server: Server, library: str) -> None:
    after = rewritten(SHAPES[f"{library}, one request"])
    case = Case(after, scenario=drive, arguments={"times": 5, "together": 20})
    server.latency = 0.05  # so that they are at the same time
    seen = worker.run(case, outside=[server])
    assert len(seen.of("http")) == 100 + 1 and len(server.connections) <= 20 + 1
    assert seen.result[1] == 0 and not seen.warnings and not seen.stderr


@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_more_than_a_hundred_at_the_same_time_do_not_wait_for_each_other(worker: Worker, server: Server, library: str) -> None:
    before = SHAPES[f"{library}, one request"].replace("/json", "/slow?seconds=0.4")
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 1, "together": 130}, "outside": [server]}
    assert worker.differences(before, rewritten(before), unordered={"http"}, **case) == []
    assert len(server.connections) == 130 + 1


@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_three_event_loops_one_after_the_other(worker: Worker, server: Server, library: str) -> None:
    before = SHAPES[f"{library}, a login and what it allows"]
    case: dict[str, Any] = {"scenario": drive, "arguments": {"loops": 3, "tls": True}, "outside": [server]}
    assert worker.differences(before, rewritten(before), **case) == []
    assert len(server.connections) == 3 + 1
    assert worker.run(Case(rewritten(before), finalise=True, scenario=drive), outside=[server]).stderr == ""


@pytest.mark.slow  # every shape that has this form, plain and TLS, in two event loops
@pytest.mark.parametrize("library", ["httpx", "aiohttp"])
def test_the_shared_client_does_what_the_clients_did(worker: Worker, server: Server, library: str) -> None:
    name = "http_client" if library == "httpx" else "http_session"
    seen = 0
    for shape, before in SHAPES.items():
        if not shape.startswith(f"{library},"):
            continue
        plan = planned(before, style="client")
        if all(p.change.style != "client" for p in plan.chosen):
            continue
        after = harness.result(plan, harness.plain({"bot.py": before}))[harness.ROOT / "bot.py"].decode()
        assert f"{name}()" in after
        seen += 1
        for tls in (False, True):
            case: dict[str, Any] = {"scenario": drive, "arguments": {"tls": tls, "loops": 2}, "outside": [server]}
            assert worker.differences(before, after, **case) == [], shape
    assert seen >= (8 if library == "httpx" else 1)


@pytest.mark.parametrize("library", ["httpx", "aiohttp"])
def test_the_shared_client_keeps_users_apart(worker: Worker, server: Server, library: str) -> None:
    if library == "httpx":
        fetch = 'async with httpx.AsyncClient() as client:\n        return (await client.get(base + path)).text\n'
    else:
        fetch = (
            "async with aiohttp.ClientSession() as session:\n        async with session.get(base + path) as r:\n"
            "            return await r.text()\n"
        )
    source = f"import {library}\n\n\nasync def fetch(base, path):\n    {fetch}\n\n"
    source += 'async def handler(base):\n    return await fetch(base, "/set-cookie?sid=ALICE"), await fetch(base, "/cookies")\n'
    after = rewritten(source, unsafe=True, style="client")
    assert "http_client()" in after or "http_session()" in after
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 2}, "outside": [server]}
    assert worker.differences(source, after, **case) == []


# Connections that the server closes


@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_a_question_is_asked_again_when_the_kept_connection_is_gone(worker: Worker, server: Server, library: str) -> None:
    before = SHAPES[f"{library}, one request"].replace("/json", "/stale")
    before = before.replace("return await response.json()", "return response.status")
    before = before.replace("return response.json()", "return response.status_code")
    arguments = {"times": 4}
    first = worker.run(Case(before, scenario=drive, arguments=arguments), outside=[server])
    second = worker.run(Case(rewritten(before), scenario=drive, arguments=arguments), outside=[server])
    assert first.result == second.result == [[[200]] * 4] and first.exception is second.exception is None or (
        first.result[0] == second.result[0]
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


@pytest.mark.parametrize("library", POSTS)
def test_what_must_not_be_sent_twice_takes_no_connection_that_has_been_idle(worker: Worker, server: Server, library: str) -> None:
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
        loop.run_until_complete(run.module.close_http_pools() if hasattr(run.module, "close_http_pools") else asyncio.sleep(0))
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
COMPOSED = BOT.replace("HOOK", "async def on_shutdown(application):\n    print('bye')\n\n").replace("SET", ".post_shutdown(on_shutdown)")
SINGLE = BOT.replace("HOOK\n", "").replace("SET", "")


def poll(run: Run) -> Any:
    from twin import ptb

    with ptb.offline(run, updates=[ptb.message(f"/start {os.environ['HTTPS_URL']}")] * 3):
        run.module.main()
    return still_open()


@pytest.mark.parametrize("source", [SINGLE, COMPOSED], ids=["no hook", "a hook"])
def test_a_bot_closes_the_pools_when_it_shuts_down(worker: Worker, server: Server, source: str) -> None:
    after = rewritten(source)
    assert ("closing_http_pools(on_shutdown)" if "on_shutdown" in source else "post_shutdown(close_http_pools)") in after
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
    source = "import httpx\n\n\ndef pooled_client():\n    pass\n\n\nasync def handler():\n    async with httpx.AsyncClient() as c:\n        await c.get('x')\n"
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
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 2}, "outside": [server], "environment": environment}
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
