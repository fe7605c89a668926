"""Calling `tgfix` as a user does: in a process of its own, in a directory with a bot."""

from __future__ import annotations

import atexit
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from warm import Warm


@dataclass(frozen=True)
class Result:
    """What a call came to."""

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Stdout as text."""
        return self.out.decode("utf-8")

    @property
    def error(self) -> str:
        """The one line of error that a failed call prints."""
        assert "Traceback" not in self.err
        errors = [line for line in self.err.splitlines() if line.startswith("tgfix: error: ")]
        assert len(errors) == 1, self.err
        return errors[0].removeprefix("tgfix: error: ")


def environment(**more: str) -> dict[str, str]:
    """The environment of the calls: no colour settings of whoever runs the tests."""
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return {**kept, "TERM": "xterm-256color", **more}


def git_environment() -> dict[str, str]:
    """The same for git: somebody who commits, and no configuration but the repository's."""
    names = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return environment(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1", **names)


WARM = Warm(environment())
atexit.register(WARM.close)


def program(given: dict[str, str]) -> list[str]:
    """The words that start `tgfix` as a program with an environment."""
    return WARM.program if WARM.fits(given) else [sys.executable, "-m", "tgfix"]


def launcher(path: Path, words: list[str] | None = None) -> None:
    """A `tgfix` (or another program) as an installation puts it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\nexec {shlex.join(words or program(environment()))} "$@"\n')
    path.chmod(0o755)


def tgfix(*args: str | Path, cwd: Path, stdin: bytes = b"", **env: str) -> Result:
    """Run ``tgfix ARGS`` in `cwd`; measuring runs a bot several times, which takes longer on a machine at work."""
    limit = 300 if "measure" in args or "--verify-measure" in args else 120
    given, texts = environment(**env), list(map(str, args))
    if WARM.fits(given):
        code, out, err = WARM.call(texts, str(cwd), stdin, given, timeout=limit)
        return Result(code, out, err.decode("utf-8"))
    command = [*program(given), *texts]
    run = subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, env=given, timeout=limit)
    return Result(run.returncode, run.stdout, run.stderr.decode("utf-8"))


def tree(directory: Path) -> dict[str, bytes]:
    """The files below a directory and their bytes, without what git and tgfix keep for themselves."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not {".git", ".tgfix", ".tgfix_cache"} & set(path.relative_to(directory).parts)
    }


#: One safe change, one that needs an eye, one place that is left alone: safe where no handler waits, as nobody calls it yet.
BOT = '''\
"""A bot."""

import json, time

pending = []


async def remind(chat):
    time.sleep(5)  # wait
    await chat.send("Time is up.")


async def flush(update, context):
    batch = list(pending)
    time.sleep(1)
    pending.clear()
    await update.message.reply_text(str(batch))


async def pace(update, context):
    def pause():
        time.sleep(1)

    pause()
'''

CLEAN = """\
async def start(update, context):
    await update.message.reply_text("Hello!")
"""
