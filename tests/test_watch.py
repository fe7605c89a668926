"""`tgfix check --watch`: what is shown after each change, and how it ends."""

from __future__ import annotations

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import BOT, CLEAN, environment, tgfix


class Watching:
    """A running `tgfix check --watch` whose notes are read as they come."""

    def __init__(self, cwd: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tgfix", "check", "--watch", *options],  # interrupts come to it and to nobody else
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._lines.put(line)

    def until(self, text: str) -> str:
        """What it says up to a line with `text`."""
        said = ""
        while text not in said:
            said += self._lines.get(timeout=60)
        return said

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(60)
        self._reader.join()
        assert self.process.stdout and self.process.stderr
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    (tmp_path / "bot.py").write_text(CLEAN)
    found = Watching(tmp_path)
    yield found
    if found.process.poll() is None:
        found.process.kill()
        found.end()


def test_changed_new_and_deleted_files_and_configurations_are_looked_at_again(
    watching: Watching, tmp_path: Path
) -> None:
    assert "0 findings" in watching.until("watching")
    (tmp_path / "bot.py").write_text(BOT)
    said = watching.until("watching")
    assert "bot.py has changed" in said and "3 findings" in said
    (tmp_path / "other.py").write_text(BOT)
    assert "6 findings" in watching.until("watching")
    (tmp_path / "other.py").unlink()
    assert "3 findings" in watching.until("watching")
    (tmp_path / "tgfix.toml").write_text('select = ["TGF9"]\n')
    assert "'TGF9' is no code" in watching.until("watching"), "told, and waited out"
    (tmp_path / "tgfix.toml").write_text('ignore = ["TGF501"]\n')
    said = watching.until("watching")
    assert "tgfix.toml has changed" in said and "0 findings" in said
    assert watching.end() == 0


def test_what_is_read_is_said_for_each_check_and_not_while_it_waits(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(CLEAN)
    watching = Watching(tmp_path, "--verbose")
    try:
        assert watching.until("watching").count("1 file, codemods:") == 1
        (tmp_path / "bot.py").write_text(BOT)
        assert "codemods:" not in watching.until("has changed")
    finally:
        assert watching.end() == 0


def test_only_files_can_be_watched_and_only_for_showing(tmp_path: Path) -> None:
    assert "name the file" in tgfix("check", "--watch", "-", cwd=tmp_path, stdin=b"").error
    assert "only shows" in tgfix("check", "--watch", "--add-ignore", cwd=tmp_path).error
