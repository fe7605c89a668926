"""Bots to measure, and what `tgfix measure` says of them."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from command import git_environment, tgfix


def bot(tmp_path: Path, text: str, **more: str) -> Path:
    (tmp_path / "bot.py").write_text(text)
    (tmp_path / "tgfix.toml").write_text("")
    for name, content in more.items():
        (tmp_path / name.replace("__", ".")).write_text(content)
    return tmp_path


def measured(directory: Path, *options: str, code: int = 0) -> dict[str, Any]:
    result = tgfix("measure", "--yes", "--format", "json", "--api-latency", "1ms", *options, cwd=directory)
    assert result.code == code, result.err + result.text
    found: dict[str, Any] = json.loads(result.text)
    return found


def revised(directory: Path, *changes: str) -> None:
    """Commit the bot, then change it: what stands there, and what is to stand there, in turn."""
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=directory, check=True, env=git_environment())
    text = (directory / "bot.py").read_text()
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    (directory / "bot.py").write_text(text)
