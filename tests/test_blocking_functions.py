"""Plain functions that send requests, moved to a thread as a whole, beside the blocking ones: on the real libraries and a server."""

from __future__ import annotations

import asyncio
import os
import re
import time
from typing import Any

import pytest
from blocking_shapes import BLOCKING, HTTPX_BLOCKING
from twin import Case, Run, Worker
from twin.http import Server

from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.engine import harness

#: The same requests in a plain function that the handler calls.
BEHIND = {
    name: re.sub(r"^async def handler\(base\):", "def work(base):", source, flags=re.MULTILINE)
    + "\n\nasync def handler(base):\n    return work(base)\n"
    for name, source in {**BLOCKING, **HTTPX_BLOCKING}.items()
    if "await " not in source and "async with" not in source
}


def rewritten(source: str) -> str:
    files = harness.plain({"bot.py": source})
    plan = harness.run([BlockingCall()], files, unsafe=True)
    assert not plan.problems and plan.files, (plan.problems, [finding.reason for finding in plan.left])
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


def drive(run: Run) -> Any:
    """Call `handler` twice."""

    async def once() -> Any:
        try:
            return await run.module.handler(os.environ["HTTP_URL"])
        except Exception as error:
            return [type(error).__module__, type(error).__qualname__, re.sub(r"\d{4,}|0x\w+", "N", str(error))]

    async def main() -> Any:
        return [await once() for _ in range(2)]

    return asyncio.run(main())


@pytest.mark.parametrize("shape", BEHIND)
def test_a_function_does_in_a_thread_what_it_did(worker: Worker, http_server: Server, shape: str) -> None:
    after = rewritten(BEHIND[shape])
    assert "await asyncio.to_thread(work, base)" in after
    assert worker.differences(BEHIND[shape], after, scenario=drive, outside=[http_server]) == []


THROUGH_A_METHOD = """\
import time
import requests


class Weather:
    def __init__(self):
        self.session = requests.Session()

    def ask(self, base):
        time.sleep(0.3)
        return self.session.get(f"{base}/json").json()

    def forecast(self, base):
        return self.ask(base)


async def handler(base):
    return Weather().forecast(base)
"""


def seconds(run: Run) -> float:
    """How long four handlers take that run side by side."""

    async def main() -> None:
        await asyncio.gather(*(run.module.handler(os.environ["HTTP_URL"]) for _ in range(4)))

    start = time.monotonic()
    asyncio.run(main())
    return time.monotonic() - start


def test_a_method_behind_another_answers_the_same_and_stops_nobody(worker: Worker, http_server: Server) -> None:
    after = rewritten(THROUGH_A_METHOD)
    assert "return await asyncio.to_thread(Weather().forecast, base)" in after
    before_and_after = [
        worker.run(Case(source, scenario=seconds), outside=[http_server]).result for source in (THROUGH_A_METHOD, after)
    ]
    assert before_and_after[0] > 1.2 > before_and_after[1] + 0.2
    assert worker.differences(THROUGH_A_METHOD, after, scenario=drive, outside=[http_server]) == []
