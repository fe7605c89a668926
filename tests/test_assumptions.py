"""Assumptions: the programs that explain them, granting them, and how the outputs tell them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from command import BOT, tgfix

from tgfix.engine.model import Hazard
from tgfix.engine.proofs.hazards import EXPLANATIONS


def findings(directory: Path, *args: str) -> list[dict[str, Any]]:
    """What a dry run says of the places that can be rewritten."""
    report = json.loads(tgfix("apply", "--dry-run", "--format", "json", *args, cwd=directory).out)
    return [finding for finding in report["findings"] if finding["safety"] != "report"]


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A project with one safe change and one that assumes something."""
    (tmp_path / "bot.py").write_text(BOT)
    return tmp_path


def assumed(directory: Path) -> list[str]:
    """All that the changes assume: what hardly matters is told once the rest is granted."""
    names: list[str] = []
    while new := {
        one["name"] for found in findings(directory, f"--assume={','.join(names)}") for one in found["assumes"]
    } - {*names}:
        names += sorted(new)
    return names


def printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("hazard", [h for h in Hazard if EXPLANATIONS[h].before], ids=lambda h: h.value)
def test_the_program_of_an_assumption_shows_how_it_bites(hazard: Hazard) -> None:
    about = EXPLANATIONS[hazard]
    assert printed(about.before) == about.prints
    assert printed(about.after) == about.prints_after
    assert about.prints != about.prints_after


def test_every_hazard_is_explained() -> None:
    assert set(EXPLANATIONS) == set(Hazard)


def test_an_assumption_granted_in_the_call_makes_the_change_safe_and_is_still_told(bot: Path) -> None:
    names = assumed(bot)
    assert names
    granted = findings(bot, "--assume", ",".join(names))
    assert {finding["safety"] for finding in granted} == {"safe"}
    assert {one["granted"] for finding in granted for one in finding["assumes"]} == {True}
    assert tgfix("apply", "--assume", ",".join(names), cwd=bot).code == 0
    assert "time.sleep(1)\n    pending" not in (bot / "bot.py").read_text()


@pytest.mark.parametrize(
    "table",
    [
        "assume = {names}\n",
        "[tool.tgfix.async-sleep]\nassume = {names}\n",
        '[tool.tgfix.per-file-assume]\n"b*.py" = {names}\n',
        '[tool.tgfix.per-file-assume]\n"!tests/*" = {names}\n',
    ],
    ids=["project", "codemod", "file", "other files"],
)
def test_an_assumption_granted_in_the_configuration_makes_the_change_safe(bot: Path, table: str) -> None:
    names = assumed(bot)
    (bot / "pyproject.toml").write_text("[tool.tgfix]\n" + table.format(names=json.dumps(names)))
    assert {finding["safety"] for finding in findings(bot)} == {"safe"}


@pytest.mark.parametrize(
    "table",
    ["[tool.tgfix.blocking-http]\nassume = {names}\n", '[tool.tgfix.per-file-assume]\n"tests/*" = {names}\n'],
    ids=["another codemod", "another file"],
)
def test_what_is_granted_elsewhere_is_not_granted_here(bot: Path, table: str) -> None:
    names = assumed(bot)
    (bot / "pyproject.toml").write_text("[tool.tgfix]\n" + table.format(names=json.dumps(names)))
    assert {finding["safety"] for finding in findings(bot)} == {"safe", "unsafe"}


def test_a_mistyped_assumption_is_a_wrong_call_and_names_the_nearest(bot: Path) -> None:
    result = tgfix("apply", "--assume", "odering", cwd=bot)
    assert result.code == 2 and "did you mean 'ordering'" in result.err


def test_an_assumption_is_explained(tmp_path: Path) -> None:
    page = tgfix("explain", "interleaving", cwd=tmp_path).text
    assert "balance: 20" in page and "balance: -60" in page
    assert all(f"### `{hazard.value}`" in tgfix("explain", "safety", cwd=tmp_path).text for hazard in Hazard)


@pytest.mark.parametrize("format", ["markdown", "sarif", "github", "rdjson"])
def test_every_format_tells_what_a_change_assumes(bot: Path, format: str) -> None:
    first = next(one for finding in findings(bot) for one in finding["assumes"])
    told = tgfix("apply", "--dry-run", "--format", format, cwd=bot).text
    assert first["name"] in told and first["sentence"].split("`")[0] in told
