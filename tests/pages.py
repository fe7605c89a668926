"""The pages of the documentation as what they promise: their links, and the commands on them, played as a reader would."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from command import git_environment, launcher

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_MARK = "==== next block ===="
#: Goes on where tgfix ends with 1, which is findings or changes to make, and stops at every other failure.
_TRAP = """trap 'code=$?; case "$code $BASH_COMMAND" in "1 tgfix "*) ;; *) echo "failed: $BASH_COMMAND"; exit $code;; esac' ERR"""


@dataclass(frozen=True)
class Played:
    """A block of commands, what it printed, and what the page shows of that."""

    commands: str
    printed: str
    promised: str | None


def blocks(page: Path, language: str) -> list[str]:
    """The texts of the fenced blocks of a language."""
    return [found[2] for found in _FENCE.finditer(page.read_text("utf-8")) if found[1] == language]


def prose(page: Path) -> str:
    """The text outside of fenced blocks and code."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", page.read_text("utf-8")))


def anchors(page: Path) -> set[str]:
    """The names of its headings, as GitHub and the site make them."""
    text = _FENCE.sub("", page.read_text("utf-8"))
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def play(pages: list[Path], cwd: Path, programs: Path) -> list[Played]:
    """Run the `sh` blocks of the pages, one after the other in one shell in which `tgfix` and `python` are those of the tests.

    Every question is answered by `y`. A `text` block right behind one of `sh` shows what that prints.
    """
    launcher(programs / "tgfix")
    launcher(programs / "python", [sys.executable])
    launcher(programs / "pip", ["true"])  # everything is installed
    given = git_environment()
    told = list(_told(pages))
    script = "\n".join([_TRAP, *(f"{commands}\necho '{_MARK}'" for commands, _ in told)])
    run = subprocess.run(
        ["bash", "-c", 'yes 2>/dev/null | bash -c "$1"', "bash", script],
        cwd=cwd,
        env={**given, "PATH": f"{programs}:{given['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        timeout=600,
    )
    assert run.returncode == 0 and "tgfix: error" not in run.stdout, run.stdout
    printed = run.stdout.split(f"{_MARK}\n")
    return [Played(commands, text, promised) for (commands, promised), text in zip(told, printed, strict=False)]


def _told(pages: list[Path]) -> Iterator[tuple[str, str | None]]:
    for page in pages:
        text = page.read_text("utf-8")
        found = list(_FENCE.finditer(text))
        for block, following in zip_longest(found, found[1:]):
            if block[1] != "sh":
                continue
            shows = (
                following is not None and following[1] == "text" and not text[block.end() : following.start()].strip()
            )
            yield block[2].rstrip("\n"), following[2] if following is not None and shows else None
