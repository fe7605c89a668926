"""Files read and written on the event loop beside what TGF302 and TGF303 make of it: how long the loop stands still, and throughput.

    python benchmarks/async_file_io.py [--sizes 1000 100000 1000000 10000000 50000000] [--directory .]

The programs are rewritten by the codemods. *Stall* is the longest time in which a task that sleeps 1 ms at a time got no turn while
the work ran, *rate* is operations per second one after the other. Slow storage is a named pipe that is filled after 300 ms. A warm
file comes from memory, so a thread is slower there. Ends with 1
if slow storage still stops the loop, if a cached file is not ten times as fast, or if the results differ.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tgfix.codemods.files.async_file_io import AsyncFileIo
from tgfix.codemods.files.cached_json import CachedJson
from tgfix.engine import harness
from tgfix.engine.codemod import Codemod

#: Its name says that it may be large, without which a file is left alone.
FILE = "backup.log"
PROGRAM = f"""\
import json


async def read_text():
    with open("{FILE}") as f:
        return len(f.read())


def count_lines():
    with open("{FILE}") as f:
        return sum(1 for line in f)


async def read_lines():
    return count_lines()


def load_config():
    with open("config.json") as f:
        return json.load(f)


async def look():
    return len(load_config()["0"])
"""
Work = Callable[[], Awaitable[Any]]


def program(*codemods: Codemod) -> dict[str, Any]:
    """The functions of the program, rewritten by codemods."""
    files = harness.plain({"bot.py": PROGRAM})
    after = harness.result(harness.run(list(codemods), files, unsafe=True), files)[harness.ROOT / "bot.py"].decode()
    assert (after != PROGRAM) == bool(codemods)
    names: dict[str, Any] = {}
    exec(compile(after, "bot.py", "exec"), names)
    return names


async def stall(work: Work) -> tuple[float, Any]:
    """Milliseconds for which nothing else ran while `work` did, at most, and its result."""
    longest, running = 0.0, True

    async def tick() -> None:
        nonlocal longest
        last = time.perf_counter()
        while running:
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last - 0.001), now

    ticker = asyncio.create_task(tick())
    await asyncio.sleep(0.01)
    longest = 0.0
    result = await work()
    await asyncio.sleep(0.005)
    running = False
    await ticker
    return longest * 1000, result


async def rate(work: Work, seconds: float = 0.5) -> float:
    """Operations per second, one after the other."""
    count, end = 0, time.perf_counter() + seconds
    start = time.perf_counter()
    while time.perf_counter() < end:
        await work()
        count += 1
    return count / (time.perf_counter() - start)


def measured(work: Work) -> tuple[float, float, Any]:
    asyncio.run(rate(work, 0.1))
    stalls = [asyncio.run(stall(work)) for _ in range(3)]
    return min(s for s, _ in stalls), asyncio.run(rate(work)), stalls[0][1]


def slow_storage(work: Work) -> float:
    os.remove(FILE)
    os.mkfifo(FILE)
    threading.Timer(0.3, lambda: Path(FILE).write_text("late")).start()
    longest, _ = asyncio.run(stall(work))
    return longest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="*", default=[1_000, 100_000, 1_000_000, 10_000_000, 50_000_000])
    parser.add_argument("--directory", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.directory) as folder:
        os.chdir(folder)
        return report(arguments.sizes)


def report(sizes: list[int]) -> int:
    failed = 0
    before, after, cached = program(), program(AsyncFileIo()), program(CachedJson())
    print(f"{'':12} {'size':>10}   {'stall before':>12} {'after':>8}   {'rate before':>12} {'after':>9}")
    for kind in ("read_text", "read_lines"):
        for size in sizes:
            Path(FILE).write_text(("a line of a text of some length\n" * (size // 32 + 1))[:size])
            old, new = measured(before[kind]), measured(after[kind])
            failed |= old[2] != new[2]
            print(f"{kind:12} {size:>10,}   {old[0]:>9.1f} ms {new[0]:>5.1f} ms   {old[1]:>10,.0f}/s {new[1]:>7,.0f}/s")
    old_stall = slow_storage(before["read_text"])
    new_stall = slow_storage(after["read_text"])
    print(f"slow storage (300 ms): the loop stands still for {old_stall:.0f} ms before, {new_stall:.1f} ms after")
    failed |= new_stall > 100
    Path("config.json").write_text(json.dumps({str(n): f"https://example.org/{n}" for n in range(7_000)}))
    time.sleep(2.1)  # a file that is younger than two seconds is not kept
    rates = [asyncio.run(rate(names["look"])) for names in (before, cached)]
    print(f"250 kB of JSON per message: {rates[0]:,.0f}/s before, {rates[1]:,.0f}/s cached")
    failed |= rates[1] < 10 * rates[0]
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
