"""A file that is opened for every message beside the same loop with the file kept open, and in batches.

    python benchmarks/batched_writes.py [--messages 1000 100000] [--directory .]

The loops are rewritten by TGF301; each message is a line of 1,261 bytes, as Telethon's `Message.to_json()` gives it. Times are CPU time of
the process, the best of several runs, which is what the rewrite saves; the file's content is compared in every run. The messages
are made beforehand, so that only the writing is measured. Memory is the most that tracemalloc sees allocated for 100,000
messages made one by one. Ends with 1 if batch is not ten times or open not three times as fast, or if memory grows with the messages.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import os
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from tgfix.codemods.files.batched_writes import BatchedWrites
from tgfix.engine import harness

LOOP = """
def backup(lines, path):
    for line in lines:
        with open(path, "a", encoding="utf-8") as f:
            f.write(line + "\\n")
"""
WITH_AIOFILES = """
import aiofiles


async def backup(lines, path):
    for line in lines:
        async with aiofiles.open(path, "a", encoding="utf-8") as f:
            await f.write(line + "\\n")
"""
HANDLER = """
import asyncio
import sys


async def on_message(update, context):
    with open("messages.txt", "a", encoding="utf-8") as f:
        f.write(update + "\\n")


async def backup(lines, path):
    for line in lines:
        await on_message(line, None)
    if "BatchedWriter" in globals():
        BatchedWriter.end()
        BatchedWriter._ended = False
"""
LINE = "x" * 1_260
#: Form → how many times as fast as the original it must be.
PROMISED = {"batch": 10.0, "open": 3.0}


def program(source: str, style: str) -> Callable[..., Any]:
    """`backup` of a program, rewritten to a form ("per message": as it is)."""
    if style != "per message":
        files = harness.plain({"bot.py": source})
        wanted = "batch" if style == "writer" else style
        plan = harness.run([BatchedWrites()], files, unsafe=True, options={"batched-writes": {"style": wanted}})
        assert plan.files, "nothing was rewritten"
        source = harness.result(plan, files)[harness.ROOT / "bot.py"].decode()
    names: dict[str, Any] = {}
    exec(compile(source, style, "exec"), names)
    function: Callable[..., Any] = names["backup"]
    return function


def once(backup: Callable[..., Any], lines: Iterable[str], path: Path) -> float:
    """Seconds of CPU time that one backup takes."""
    path.unlink(missing_ok=True)
    gc.collect()
    start = time.process_time()
    ending = backup(lines, str(path))
    if asyncio.iscoroutine(ending):
        asyncio.run(ending)
    return time.process_time() - start


def seconds(backup: Callable[..., Any], count: int, path: Path) -> float:
    """The best of several backups."""
    best = float("inf")
    for _ in range(15 if count < 10_000 else 4):
        best = min(best, once(backup, itertools.repeat(LINE, count), path))
        assert path.stat().st_size == count * (len(LINE) + 1), "the file is not the expected one"
    return best


def memory(backup: Callable[..., Any], count: int, path: Path) -> int:
    """The most bytes allocated while `count` messages, each made anew, are written."""
    path.unlink(missing_ok=True)
    gc.collect()
    tracemalloc.start()
    backup((LINE + str(number) for number in range(count)), str(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def table(
    title: str, source: str, styles: tuple[str, ...], counts: list[int], path: Path
) -> dict[tuple[str, int], float]:
    """Print what the forms of one program take; the speed-ups by form and number of messages."""
    print(f"\n{title}\n{'':12}" + "".join(f"{f'{count:,} messages':>28}" for count in counts))
    gained: dict[tuple[str, int], float] = {}
    backups = {style: program(source, style) for style in styles}
    first: dict[int, float] = {}
    for style, backup in backups.items():
        cells = []
        for count in counts:
            taken = seconds(backup, count, path)
            gained[style, count] = first.setdefault(count, taken) / taken
            cells.append(f"{taken * 1e3:9.1f} ms {taken / count * 1e6:6.2f} us {gained[style, count]:5.1f}x")
        print(f"{style:12}" + "".join(f"{cell:>28}" for cell in cells))
    return gained


def main() -> int:
    """Measure, print, and check what is promised."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--messages", type=int, nargs="+", default=[1_000, 100_000])
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()), help="on which file system")
    given = parser.parse_args()
    failures = []
    with tempfile.TemporaryDirectory(dir=given.directory) as directory:
        os.chdir(directory)
        path = Path("messages.txt")
        gained = table("with open(…) in a loop", LOOP, ("per message", "open", "batch"), given.messages, path)
        failures += [f"{style} is {gain:.1f}x" for (style, _), gain in gained.items() if gain < PROMISED.get(style, 0)]
        few = [min(given.messages)]
        table("aiofiles in a loop", WITH_AIOFILES, ("per message", "open", "batch"), few, path)
        table("with open(…) in an event handler", HANDLER, ("per message", "writer"), few, path)
        print("\nmost memory allocated")
        for style in ("per message", "open", "batch"):
            small, large = (memory(program(LOOP, style), count, path) for count in (1_000, 100_000))
            print(f"{style:12}{small / 1024:8.0f} KiB for 1,000 messages {large / 1024:8.0f} KiB for 100,000")
            if large > 2 * small + 64 * 1024:
                failures.append(f"the memory of {style} grows with the messages")
        os.chdir("/")
    for failure in failures:
        print(f"NOT AS PROMISED: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
