"""How the work of a search grows with what there is to find: more findings in one file, more files.

    python benchmarks/growth.py [--findings 100 1000 10000] [--files 50 500 5000]

The programs are generated: handlers of Telethon and python-telegram-bot that block, read files, make clients anew and catch
everything, with helpers in other files. Counted are the calls of Python functions, which no clock or neighbour disturbs, and
shown for each finding or file; where they grow, something is worked out anew for each.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any

_HEAD = """\
import time
import shutil
import requests
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
SEEN = {{}}
"""
_HANDLER = """

@client.on(events.NewMessage(pattern="/do{number}"))
async def do{number}(event):
    SEEN[event.sender_id] = "{number}"
    try:
        await event.reply("one moment")
    except Exception:
        pass
    time.sleep({number} % 7 + 1)
    answer = requests.get("https://example.com/{number}", timeout=5).text
    await event.reply(answer)
    shutil.copy("/srv/in/{number}.zip", f"/srv/out/{{event.id}}-{number}.zip")
    for line in read_rows{number}("/srv/rows/{number}.csv"):
        await event.reply(line)
"""
_HELPER = """

def read_rows{number}(path):
    with open(path) as file:
        return [line.strip() for line in file]
"""
_FOUND_IN_A_HANDLER = 5


def one_file(handlers: int) -> str:
    """A program with so many handlers, each with several things to find."""
    numbers = range(handlers)
    return _HEAD.format() + "".join(_HANDLER.format(number=n) + _HELPER.format(number=n) for n in numbers)


def many_files(count: int) -> dict[str, str]:
    """So many files, each of which uses a helper of the next."""
    files = {}
    for number in range(count):
        imported = f"from helpers{number % (count // 2 or 1)} import read_rows{number}\n"
        files[f"plugin{number}.py"] = _HEAD.format() + imported + _HANDLER.format(number=number)
    for number in range(count // 2 or 1):
        held = [n for n in range(count) if n % (count // 2 or 1) == number]
        files[f"helpers{number}.py"] = "".join(_HELPER.format(number=n) for n in held)
    return files


def calls(files: dict[str, str]) -> tuple[int, int]:
    """How many Python functions a search in such a project calls, and how much it finds."""
    from tgfix.codemods import load_codemods
    from tgfix.engine.run.find import Finder
    from tgfix.engine.sources.config import Settings

    root = Path("/project")
    given = {root / name: text.encode() for name, text in files.items()}
    finder = Finder(sorted(given), load_codemods(), Settings(root=root), given=given)
    counted = 0

    def count(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal counted
        counted += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        found = len(finder.search())
    finally:
        sys.setprofile(before)
    return counted, found


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", nargs="*", type=int, default=[100, 1000, 10_000])
    parser.add_argument("--files", nargs="*", type=int, default=[50, 500, 5000])
    options = parser.parse_args(arguments)
    for wanted in options.findings:
        counted, found = calls({"bot.py": one_file(wanted // _FOUND_IN_A_HANDLER)})
        print(f"{found:6} findings in one file: {counted / max(found, 1):10,.0f} calls for each")
    for wanted in options.files:
        files = many_files(wanted * 2 // 3)
        counted, found = calls(files)
        print(f"{len(files):6} files, {found} findings: {counted / len(files):10,.0f} calls for each file")


if __name__ == "__main__":
    main()
