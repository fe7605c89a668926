"""The floors of the house: imports run downwards, and no module takes part in a circle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def linted(tmp_path: Path, file: str = "", line: str = "") -> subprocess.CompletedProcess[str]:
    """What import-linter says of a copy of the package with one more import in a file of it."""
    copy = tmp_path / "tgfix"
    for room in ("cli", "codemods", "engine", "knowledge"):
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("__init__.py", "__main__.py"):
        shutil.copy(ROOT / name, copy)
    if file:
        path = copy / file
        path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    command += ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment, check=False)


def test_the_floors_are_kept(tmp_path: Path) -> None:
    done = linted(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("engine/model.py", "from .sources import source"),
        ("engine/analysis/scope.py", "from ..rewriting import compose"),
        ("codemods/event_loop/async_sleep/__init__.py", "from ....engine.run import planner"),
        ("engine/review/session.py", "from ...codemods import load_codemods"),
        (
            "engine/analysis/scope.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .module import Module",
        ),
    ],
    ids=["model", "upwards", "codemod to run", "review to codemods", "circle for types"],
)
def test_a_wrong_import_breaks_the_contract(tmp_path: Path, file: str, line: str) -> None:
    done = linted(tmp_path, file, line)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
