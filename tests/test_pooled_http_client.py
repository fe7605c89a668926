"""Shared TLS settings and kept connections beside clients of their own, on the real libraries and a server that records everything."""

from __future__ import annotations

import asyncio
import ssl
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest
from http_runs import LIBRARIES, SHAPES, drive, pooled, with_count, with_settings_once
from twin import Case, Observation, Run, Worker, compare
from twin.http import Server
from twin.routes import Reply, Request


@pytest.fixture
def server(http_server: Server) -> Server:
    return with_count(http_server)


def each(*fast: str) -> list[Any]:
    """Every shape, plain and with TLS; in the fast suite plain ones whose name begins so (httpx2 has the code of httpx)."""
    return [
        pytest.param(
            shape,
            tls,
            id=f"{shape}, {'TLS' if tls else 'plain'}",
            marks=[] if not tls and shape.startswith(fast) else [pytest.mark.slow],
        )
        for shape in SHAPES
        for tls in (False, True)
    ]


@cache
def driven(source: str, tls: bool, worker: Worker, server: Server) -> tuple[Observation, int]:
    """What a program does in two turns, and how many connections it opens for that."""
    seen = worker.run(Case(source, scenario=drive, arguments={"tls": tls, "times": 2}), outside=[server])
    return seen, len(server.connections)


@pytest.mark.parametrize(("shape", "tls"), each("httpx, one request", "aiohttp,"))
def test_a_shape_does_on_kept_connections_what_it_did(worker: Worker, server: Server, shape: str, tls: bool) -> None:
    after = pooled(SHAPES[shape])
    assert "_LeftPools" in after
    before, _ = driven(SHAPES[shape], tls, worker, server)
    assert before.exception is None and compare(before, driven(after, tls, worker, server)[0]) == []


@pytest.mark.parametrize(
    ("shape", "tls"),
    [
        param
        for param in each("httpx,")
        if "aiohttp" not in str(param.values[0]) and "verify=False" not in SHAPES[str(param.values[0])]
    ],
)
def test_a_shape_does_with_shared_settings_what_it_did(worker: Worker, server: Server, shape: str, tls: bool) -> None:
    after = with_settings_once(SHAPES[shape])
    assert "AsyncClient(verify=" in after and "_LeftPools" not in after
    seen, opened = zip(*(driven(source, tls, worker, server) for source in (SHAPES[shape], after)), strict=True)
    assert compare(*seen) == [] and seen[0].exception is None
    assert opened[0] == opened[1]


def test_clients_that_functions_and_objects_make_do_with_shared_settings_what_they_did(
    worker: Worker, server: Server
) -> None:
    before = """\
import httpx

def make():
    return httpx.AsyncClient(headers={"X-A": "1"}, timeout=5)

class Api:
    def __init__(self):
        self.client = httpx.AsyncClient()
    async def __aenter__(self):
        return await self.client.__aenter__()
    async def __aexit__(self, *error):
        await self.client.__aexit__(*error)

async def handler(base):
    client = make()
    try:
        first = (await client.get(f"{base}/echo")).json()
    finally:
        await client.aclose()
    async with Api() as client:
        return first, (await client.get(f"{base}/set-cookie?sid=ALICE")).text, (await client.get(f"{base}/cookies")).json()
"""
    after = with_settings_once(before)
    assert after.count("AsyncClient(verify=") == 2
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 2}, "outside": [server]}
    assert worker.differences(before, after, **case) == []


RUN_IN_THREADS = """

def serve(bases):
    import asyncio, threading

    threading.Thread(target=asyncio.run, args=[handler(bases[0])]).start()
    asyncio.run(handler(bases[1]))
"""


def settings_made(run: Run, together: bool) -> Any:
    """How often certificates are read while two loops make three clients each, one after the other or `together` in two threads."""
    read = []
    load = ssl.SSLContext.load_verify_locations

    def counted(self: ssl.SSLContext, *args: Any, **kwargs: Any) -> None:
        read.append(self)
        load(self, *args, **kwargs)

    def driven(_: int) -> Any:
        return drive(run, tls=True, times=3)[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl.SSLContext, "load_verify_locations", counted)
        with ThreadPoolExecutor(2 if together else 1) as threads:
            return list(threads.map(driven, range(2))), len(read)


@pytest.mark.parametrize("library", LIBRARIES[:2])
@pytest.mark.parametrize("together", [False, True], ids=["one after the other", "in threads"])
def test_settings_are_made_once(worker: Worker, server: Server, library: str, together: bool) -> None:
    before = SHAPES[f"{library}, one request"]
    if together:
        before += RUN_IN_THREADS
    case: dict[str, Any] = {"scenario": settings_made, "arguments": {"together": together}}
    first, second = (
        worker.run(Case(source, **case), outside=[server]) for source in (before, with_settings_once(before))
    )
    assert (first.result[1], second.result[1]) == (6, 2 if together else 1)
    assert first.result[0] == second.result[0]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_requests_one_after_the_other_use_one_connection(
    worker: Worker, server: Server, library: str, tls: bool
) -> None:
    before = SHAPES[f"{library}, one request"]
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 30, "tls": tls}}
    worker.run(Case(before, **case), outside=[server])
    assert len(server.connections) == 30 + 1  # and the one that asks how many are open
    seen = worker.run(Case(pooled(before), **case), outside=[server])
    assert len(seen.of("http")) == 30 + 1 and len(server.connections) == 1 + 1
    assert seen.result[1] == 0 and not seen.warnings and not seen.stderr


@pytest.mark.parametrize("library", LIBRARIES)
def test_of_many_connections_at_the_same_time_ten_are_left(worker: Worker, server: Server, library: str) -> None:
    after = pooled(SHAPES[f"{library}, one request"])
    case = Case(after, scenario=drive, arguments={"times": 5, "together": 20})
    server.latency = 0.05  # so that they are at the same time
    seen = worker.run(case, outside=[server])
    assert len(seen.of("http")) == 100 + 1 and len(server.connections) == 20 + 4 * 10 + 1
    assert seen.result[1] == 0 and not seen.warnings and not seen.stderr


@pytest.mark.slow
@pytest.mark.parametrize("library", LIBRARIES)
def test_more_than_a_hundred_clients_do_not_wait_for_each_other(worker: Worker, server: Server, library: str) -> None:
    before = SHAPES[f"{library}, one request"].replace("/json", "/slow?seconds=0.4")
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 1, "together": 130}, "outside": [server]}
    assert worker.differences(before, pooled(before), unordered={"http"}, **case) == []
    assert len(server.connections) == 130 + 1


AT_ONCE = {
    "httpx": "async with httpx.AsyncClient(timeout=30) as client:\n"
    "        answers = await asyncio.gather(*(client.get(base + '/busy') for _ in range(130)))\n"
    "        return {answer.status_code for answer in answers}",
    "aiohttp": "async with aiohttp.ClientSession() as session:\n"
    "        answers = await asyncio.gather(*(session.get(base + '/busy') for _ in range(130)))\n"
    "        return {answer.status for answer in answers}",
}


@pytest.mark.slow
@pytest.mark.parametrize("library", AT_ONCE)
def test_a_client_keeps_its_bound_of_a_hundred_connections(worker: Worker, server: Server, library: str) -> None:
    now, most = 0, 0

    async def busy(request: Request, nth: int) -> Reply:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.2)
        now -= 1
        return Reply()

    server.routes["/busy"] = busy
    before = f"import asyncio\nimport {library}\n\n\nasync def handler(base):\n    {AT_ONCE[library]}\n"
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 1}, "outside": [server]}
    assert worker.differences(before, pooled(before), unordered={"http"}, **case) == []
    assert most == 100


@pytest.mark.parametrize("library", LIBRARIES)
def test_three_event_loops_one_after_the_other(worker: Worker, server: Server, library: str) -> None:
    before = SHAPES[f"{library}, a login and what it allows"]
    case: dict[str, Any] = {"scenario": drive, "arguments": {"loops": 3, "tls": True}, "outside": [server]}
    assert worker.differences(before, pooled(before), **case) == []
    assert len(server.connections) == 3 + 1
    assert worker.run(Case(pooled(before), finalise=True, scenario=drive), outside=[server]).stderr == ""
