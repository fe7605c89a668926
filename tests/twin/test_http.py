"""The recording server: every client finds it, plain and over TLS, and what a client does on the wire is seen."""

from __future__ import annotations

import os
from typing import Any

import pytest

from twin import Case, Run, Worker
from twin.http import Server, percentile

HTTPX = """
import httpx
async def fetch(url, **how):
    async with httpx.AsyncClient() as client:
        return (await client.get(url, **how)).text
"""
AIOHTTP = """
import aiohttp
async def fetch(url, **how):
    async with aiohttp.ClientSession() as session:
        async with session.get(url, **how) as response:
            return await response.text()
"""
REQUESTS = "import requests\nasync def fetch(url, **how):\n    return requests.get(url, **how).text\n"
URLLIB = "import urllib.request\nasync def fetch(url):\n    return urllib.request.urlopen(url).read().decode()\n"
CLIENTS = {"httpx": HTTPX, "aiohttp": AIOHTTP, "requests": REQUESTS, "urllib": URLLIB}


async def fetch(run: Run, paths: list[str], tls: bool = False, **how: Any) -> list[Any]:
    base = os.environ["HTTPS_URL" if tls else "HTTP_URL"]
    return [await run.module.fetch(base + path, **how) for path in paths]


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("library", CLIENTS)
def test_every_client_reaches_the_server(worker: Worker, http_server: Server, library: str, tls: bool) -> None:
    pytest.importorskip(library, reason="each user of the kit has the clients that their codemod is about")
    arguments = {"paths": ["/text", "/chunked?count=3&size=4"], "tls": tls}
    seen = worker.run(Case(CLIENTS[library], scenario=fetch, arguments=arguments), outside=[http_server])
    assert seen.result == ["Grüße\nzeile 2\n", "AAAABBBBCCCC"]
    assert [(call["method"], call["path"]) for call in seen.of("http")] == [("GET", "/text"), ("GET", "/chunked")]
    assert [(connection.tls, connection.closed) for connection in http_server.connections] == [(tls, True)] * 2


SHARED = """
import httpx
client = None
async def fetch(url, **how):
    global client
    client = client or httpx.AsyncClient()
    return (await client.get(url, **how)).text
"""


def test_connections_are_counted(worker: Worker, http_server: Server) -> None:
    case: dict[str, Any] = {"scenario": fetch, "arguments": {"paths": ["/json"] * 5}, "outside": [http_server]}
    found = worker.differences(HTTPX, SHARED, **case)
    assert found and all(line.startswith("warning only after: ResourceWarning: unclosed") for line in found), found
    assert len(http_server.connections) == 1
    worker.differences(SHARED, HTTPX, **case)
    assert len(http_server.connections) == 5


@pytest.mark.parametrize("cookie_path", ["/set-cookie?sid=ALICE", "/redirect?cookie=sid=ALICE&to=/json"])
@pytest.mark.parametrize("library", ["httpx", "aiohttp"])
def test_a_cookie_that_leaks_to_the_next_user_is_found(
    worker: Worker, http_server: Server, library: str, cookie_path: str
) -> None:
    before = CLIENTS[library]
    after = SHARED if library == "httpx" else SHARED_AIOHTTP
    case: dict[str, Any] = {"scenario": fetch, "outside": [http_server]}
    found = worker.differences(before, after, arguments={"paths": [cookie_path, "/cookies"]}, **case)
    assert any(line.startswith("call") and "sid=ALICE" in line for line in found), found
    assert worker.differences(before, before, arguments={"paths": [cookie_path, "/cookies"]}, **case) == []


SHARED_AIOHTTP = """
import aiohttp
session = None
async def fetch(url, **how):
    global session
    session = session or aiohttp.ClientSession()
    async with session.get(url, **how) as response:
        return await response.text()
"""


def test_a_session_that_nobody_closes_is_found(worker: Worker, http_server: Server) -> None:
    case: dict[str, Any] = {"scenario": fetch, "arguments": {"paths": ["/json"]}, "outside": [http_server]}
    found = worker.differences(AIOHTTP, SHARED_AIOHTTP, **case)
    assert any("Unclosed client session" in line for line in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("client.get(url", "client.head(url"),
        ("client.get(url", "client.get(url + '?a=1'"),
        ("client.get(url", "client.get(url, headers={'X-A': '1'}"),
        ("client.get(url", "client.get(url, headers={'user-agent': 'x'}"),
        ("client.get(url", "client.get(url, cookies={'a': '1'}"),
        ("client.get(url", "client.post(url, content=b''"),
        ("await client.get(url", "await client.get(url); await client.get(url"),
    ],
)
def test_a_difference_on_the_wire_is_found(worker: Worker, http_server: Server, old: str, new: str) -> None:
    before = HTTPX.replace("return (await client.get(url, **how)).text", "await client.get(url)")
    assert old in before
    case: dict[str, Any] = {"scenario": fetch, "arguments": {"paths": ["/json"]}, "outside": [http_server]}
    found = worker.differences(before, before.replace(old, new), **case)
    assert any(line.startswith("call") for line in found), found


POSTS = """
import httpx
async def fetch(url):
    async with httpx.AsyncClient() as client:
        await client.post(url, files={"f": ("a.txt", b"content")}, data={"k": "v"})
        await client.post(url, json={"a": 1})
        return (await client.post(url, content=(piece async for piece in pieces()))).json()["body"]
async def pieces():
    yield b"one"
    yield b"two"
"""


def test_bodies_are_compared_without_their_random_boundaries(worker: Worker, http_server: Server) -> None:
    case: dict[str, Any] = {"scenario": fetch, "arguments": {"paths": ["/echo"]}, "outside": [http_server]}
    assert worker.differences(POSTS, POSTS, **case) == []
    assert worker.differences(POSTS, POSTS.replace('b"content"', 'b"Content"'), **case)
    seen = worker.run(Case(POSTS, scenario=fetch, arguments=case["arguments"]), outside=[http_server])
    assert seen.result == ["onetwo"] and seen.of("http")[1]["body"] == b'{"a":1}'


FAILING = """
import httpx, os
async def fetch(url, **how):
    async with httpx.AsyncClient(**how) as client:
        try:
            response = await client.get(url)
            response.raise_for_status()
            return response.json()
        except Exception as error:
            return type(error).__name__
"""


def test_each_way_to_fail(worker: Worker, http_server: Server) -> None:
    expected = {
        "/close": "RemoteProtocolError",
        "/truncated": "RemoteProtocolError",
        "/bad-json": "JSONDecodeError",
        "/status/500": "HTTPStatusError",
        "/nowhere": "HTTPStatusError",
        "/slow?seconds=9": "ReadTimeout",
        "/gzip": {"packed": True},
    }
    arguments = {"paths": list(expected), "timeout": 0.3}
    seen = worker.run(Case(FAILING, scenario=fetch, arguments=arguments), outside=[http_server])
    assert dict(zip(expected, seen.result, strict=True)) == expected
    source = "import os, httpx\nasync def fetch(url):\n    await httpx.AsyncClient().get(os.environ['REFUSED_URL'])\n"
    refused = worker.run(Case(source, scenario=fetch, arguments={"paths": ["/"]}), outside=[http_server])
    assert refused.exception is not None and refused.exception.type == "httpx.ConnectError"


def test_a_stale_connection_fails_only_when_it_is_kept(worker: Worker, http_server: Server) -> None:
    for path in ("/stale", "/close-after"):
        case: dict[str, Any] = {"scenario": fetch, "arguments": {"paths": [path, path]}, "outside": [http_server]}
        found = worker.differences(HTTPX, SHARED, **case)
        lost = any(line.startswith("exception: before None, after httpx.RemoteProtocolError") for line in found)
        assert lost == (path == "/stale"), found


MANY = """
import asyncio, aiohttp, os
async def fetch(url):
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        async def one(number):
            async with session.get(url + f"?seconds=0.2&n={number}") as response:
                return response.status
        return sum([await job for job in asyncio.as_completed([one(number) for number in range(300)])])
"""


def test_hundreds_of_connections_at_once(worker: Worker, http_server: Server) -> None:
    case: dict[str, Any] = {"scenario": fetch, "arguments": {"paths": ["/slow"]}, "outside": [http_server]}
    assert worker.differences(MANY, MANY, unordered={"http"}, **case) == []
    assert len(http_server.connections) == len(http_server.requests) == 300


TIMED = """
import time, httpx
client = None
async def fetch(url):
    global client
    client = client or httpx.AsyncClient()
    start = time.perf_counter()
    await client.get(url)
    return time.perf_counter() - start
"""


def test_latency_is_charged_for_answers_and_once_for_connections(worker: Worker, http_server: Server) -> None:
    http_server.latency, http_server.connection_latency = 0.05, 0.4
    seen = worker.run(Case(TIMED, scenario=fetch, arguments={"paths": ["/json"] * 4}), outside=[http_server])
    first, *others = seen.result
    assert first >= 0.45 and all(0.05 <= sample < 0.45 for sample in others)
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 3.0 and percentile([1.0], 95) == 1.0


def test_a_route_of_the_test_s_own(worker: Worker, http_server: Server) -> None:
    from twin.routes import Reply, Request

    async def counted(request: Request, nth: int) -> Reply:
        return Reply(202, {"nth": nth}, [("X-Path", request.path)])

    http_server.routes["/own/"] = counted
    seen = worker.run(Case(HTTPX, scenario=fetch, arguments={"paths": ["/own/thing"]}), outside=[http_server])
    assert seen.result == ['{"nth": 1}']
