"""The pooled clients beside the clients of their own, on the real libraries and a server that records everything."""

from __future__ import annotations

from typing import Any

import pytest
from http_runs import SHAPES, drive, planned, rewritten, with_count
from twin import Case, Worker
from twin.http import Server

from tgfix.engine import harness


@pytest.fixture
def server(http_server: Server) -> Server:
    return with_count(http_server)


#: Plain HTTP for both libraries in the fast suite; TLS, and httpx2, which has the code of httpx, in the slow one.
EACH = [
    pytest.param(
        shape, tls, id=f"{shape}, {'TLS' if tls else 'plain'}", marks=[pytest.mark.slow] * (tls or "httpx2" in shape)
    )
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
def test_requests_one_after_the_other_use_one_connection(
    worker: Worker, server: Server, library: str, tls: bool
) -> None:
    before = SHAPES[f"{library}, one request"]
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 30, "tls": tls}}
    worker.run(Case(before, **case), outside=[server])
    assert len(server.connections) == 30 + 1  # and the one that asks how many are open
    seen = worker.run(Case(rewritten(before), **case), outside=[server])
    assert len(seen.of("http")) == 30 + 1 and len(server.connections) == 1 + 1
    assert seen.result[1] == 0 and not seen.warnings and not seen.stderr


@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_requests_at_the_same_time_use_as_many_connections_and_no_more(
    worker: Worker, server: Server, library: str
) -> None:
    after = rewritten(SHAPES[f"{library}, one request"])
    case = Case(after, scenario=drive, arguments={"times": 5, "together": 20})
    server.latency = 0.05  # so that they are at the same time
    seen = worker.run(case, outside=[server])
    assert len(seen.of("http")) == 100 + 1 and len(server.connections) <= 20 + 1
    assert seen.result[1] == 0 and not seen.warnings and not seen.stderr


@pytest.mark.parametrize("library", ["httpx", "httpx2", "aiohttp"])
def test_more_than_a_hundred_at_the_same_time_do_not_wait_for_each_other(
    worker: Worker, server: Server, library: str
) -> None:
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
        fetch = "async with httpx.AsyncClient() as client:\n        return (await client.get(base + path)).text\n"
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
