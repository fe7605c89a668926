"""A client that a loop makes in each turn beside one around the loop, on the real libraries."""

from __future__ import annotations

from typing import Any

import pytest
from analysis import module
from http_runs import drive, with_count
from twin import Worker
from twin.http import Server

from tgfix.codemods.http.pooled_http_client import PooledHttpClient
from tgfix.codemods.http.pooled_http_client.around import loop_of
from tgfix.codemods.http.sites import sites
from tgfix.engine import harness

BLOCKS = {
    "httpx": """\
            async with httpx.AsyncClient(headers={"X-A": "1"}) as client:
                answer = await client.get(f"{base}/echo", params={"name": name})
                found.append(answer.json()["query"])
""",
    "aiohttp": """\
            async with aiohttp.ClientSession(headers={"X-A": "1"}) as session, session.get(f"{base}/echo") as answer:
                if name == "c":
                    continue
                found.append((name, (await answer.json())["path"]))
""",
}
LOOP = """\
import {library}


async def handler(base):
    found = []
    base = f"{{base}}"
    for name in ("a", "b", "c", "d"):
        try:
{block}        except ValueError:
            break
    else:
        found.append("all")
    return found
"""


def around(source: str) -> str:
    files = harness.plain({"bot.py": source})
    plan = harness.run([PooledHttpClient()], files, unsafe=True)
    assert not plan.problems and plan.files, [finding.reason for finding in plan.left]
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


@pytest.mark.parametrize("library", BLOCKS)
def test_one_client_for_all_turns_does_what_each_did(worker: Worker, http_server: Server, library: str) -> None:
    server = with_count(http_server)
    before = (
        LOOP.format(library=library, block=BLOCKS[library])
        .replace('f"{base}/', '"http://" + base + "/')
        .replace('base = f"{base}"', 'base = base.removeprefix("http://")')
    )
    after = around(before)
    assert after.index("async with") < after.index("for name in")
    case: dict[str, Any] = {"scenario": drive, "arguments": {"times": 1}, "outside": [server]}
    assert worker.differences(before, after, **case) == []
    assert len(server.connections) == 1 + 1  # and the one that asks how many are open


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("async with httpx.AsyncClient(headers={'X': word}) as client:", "an argument may be another one"),
        ("async with httpx.AsyncClient(timeout=seconds) as client:", "it is worked out by len() each time"),
        ("client.cookies.clear()", "besides asking may last for the next turn"),
        ("await client.post('https://example.org/' + word)", "must not go out on a connection"),
        ("await client.send(client.build_request('GET', 'https://example.org'))", "may last for the next turn"),
        ("yield word", "who may stop to ask for more"),
    ],
)
def test_what_another_turn_would_notice_stays(line: str, reason: str) -> None:
    block = "async with httpx.AsyncClient() as client:"
    inside = line if not line.startswith("async with") else "pass"
    source = f"""\
import httpx


async def handler(words):
    for word in words:
        seconds = len(word)
        {line if line.startswith("async with") else block}
            await client.get("https://example.org/" + word)
            {inside}
        print(seconds)
"""
    found = module(source)
    against = [loop_of(found, site) for site, _ in sites(found)]
    assert len(against) == 1 and reason in str(against[0])
