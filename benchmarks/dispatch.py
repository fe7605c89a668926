"""What 10,000 CommandHandlers cost a bot, and what the two rewrites of one-regex-handler cost instead.

    python benchmarks/dispatch.py [--handlers 10000]

Each form is measured in a process of its own: a real Application (python-telegram-bot 20 and newer), no network. Times
are CPU time of the thread, the median of several runs; each run processes updates for some milliseconds. Memory is what
tracemalloc sees allocated.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import subprocess
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
warnings.filterwarnings("ignore")

FORMS = ("as it was", "commands", "regex")
TEXTS = {
    "first command": "/postno0000",
    "last command": "/postno{:04}",
    "unknown command": "/unknown",
    "plain text": "hello",
}


def add_handlers(form: str, count: int, pattern: Any, application: Any) -> None:
    """Register `count` commands for one callback in the given form."""
    from telegram.ext import CommandHandler, MessageHandler

    async def callback(update: Any, context: Any) -> None: ...

    if form == "as it was":
        for number in range(count):
            application.add_handler(CommandHandler(f"postno{number:04}", callback))
    elif form == "commands":
        application.add_handler(CommandHandler([f"postno{number:04}" for number in range(count)], callback))
    else:
        digits = len(str(count - 1))
        expression = f"postno{'0' * (4 - digits)}[0-9]{{{digits}}}"
        application.add_handler(MessageHandler(pattern(expression), callback))


def cpu(action: Callable[[], object]) -> float:
    """Seconds of CPU time that `action` takes."""
    start = time.thread_time()
    action()
    return time.thread_time() - start


async def measure(form: str, count: int) -> None:
    """Print one row of the table."""
    import ptb_differential
    from telegram import Update
    from telegram.ext import Application
    from twin.updates import message

    pattern = ptb_differential.command_pattern()
    request = ptb_differential.offline_request()

    def application() -> Any:
        return Application.builder().token("42:A").request(request()).get_updates_request(request()).build()

    bots = [application() for _ in range(5)]
    registration = statistics.median([cpu(partial(add_handlers, form, count, pattern, bot)) for bot in bots])

    measured = application()
    gc.collect()
    tracemalloc.start()
    add_handlers(form, count, pattern, measured)
    gc.collect()
    memory, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    bot = bots[0]
    await bot.initialize()
    row = [f"{form:12}", f"{registration * 1000:10.2f} ms", f"{memory / 2**20:8.2f} MiB"]
    for text in TEXTS.values():
        update = Update.de_json({"update_id": 1, **_numbered(message(text.format(count - 1)))}, bot.bot)
        times = []
        for _ in range(9):
            rounds, start = 0, time.thread_time()
            while time.thread_time() - start < 0.02:
                await bot.process_update(update)
                rounds += 1
            times.append((time.thread_time() - start) / rounds)
        row.append(f"{statistics.median(times) * 1e6:12.1f} µs")
    await bot.shutdown()
    print("  ".join(row), flush=True)


def _numbered(update: dict[str, Any]) -> dict[str, Any]:
    return {kind: {"message_id": 1, **value} for kind, value in update.items()}


def main() -> None:
    """Measure every form."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--handlers", type=int, default=10_000, help="how many: a power of ten up to 10,000")
    parser.add_argument("--form", choices=FORMS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.form:
        asyncio.run(measure(options.form, options.handlers))
        return
    import telegram

    print(f"python-telegram-bot {telegram.__version__}, {options.handlers} commands, CPU time for one update")
    print(f"{'':12}  {'registration':>13}  {'memory':>12}  " + "  ".join(f"{name:>15}" for name in TEXTS), flush=True)
    for form in FORMS:
        subprocess.run([sys.executable, __file__, "--form", form, "--handlers", str(options.handlers)], check=True)


if __name__ == "__main__":
    main()
