"""Running the shapes of `http_shapes` before and after the rewrite."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
import urllib.request
from typing import Any

import pytest
from aiohttp_shapes import AIOHTTP
from http_shapes import HTTPX
from twin import Run
from twin.http import Server
from twin.routes import Reply, Request

from tgfix.codemods.http.pooled_http_client import PooledHttpClient
from tgfix.engine import harness
from tgfix.engine.run.plan import Plan

#: In the fast suite without httpx2, which has the code of httpx.
LIBRARIES = ("httpx", pytest.param("httpx2", marks=pytest.mark.slow), "aiohttp")
SHAPES = {
    **{f"httpx, {name}": source for name, source in HTTPX.items()},
    **{f"httpx2, {name}": re.sub(r"\bhttpx\b", "httpx2", source) for name, source in HTTPX.items()},
    **{f"aiohttp, {name}": source for name, source in AIOHTTP.items()},
}


def pooled(source: str) -> str:
    """The program with kept connections; it must have changed, and nothing may be left of the clients."""
    return _rewritten(source, unsafe=True)


def with_settings_once(source: str) -> str:
    """The program with the changes that are safe; it must have changed."""
    return _rewritten(source, unsafe=False)


def _rewritten(source: str, *, unsafe: bool) -> str:
    plan = planned(source, unsafe=unsafe)
    assert not plan.problems, plan.problems
    assert not plan.left and plan.files, [finding.reason for finding in plan.left]
    return harness.result(plan, harness.plain({"bot.py": source}))[harness.ROOT / "bot.py"].decode()


def planned(source: str | dict[str, str], *, unsafe: bool = False) -> Plan:
    sources = {"bot.py": source} if isinstance(source, str) else source
    return harness.run(
        [PooledHttpClient()],
        harness.plain(sources),
        unsafe=unsafe,
        options={"pooled-http-client": {"connections": "always"}},
    )


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
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            os.environ["HTTP_URL"] + "/open"
        ) as answer:
            count = int(json.load(answer))
        if not count:
            break
        time.sleep(0.05)
    return count


def with_count(http_server: Server) -> Server:
    """The server with the route that `still_open` asks."""

    async def count(request: Request, nth: int) -> Reply:
        return Reply(200, sum(not connection.closed for connection in http_server.connections) - 1)

    http_server.routes["/open"] = count
    return http_server
