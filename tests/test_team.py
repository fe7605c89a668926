"""What teams look up: counts, what is configured, schemas, explanations as data, and which files are meant."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from command import BOT, CLEAN, tgfix

from tgfix import load_codemods

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A bot with three findings."""
    (tmp_path / "bot.py").write_text(BOT)
    (tmp_path / "clean.py").write_text(CLEAN)
    return tmp_path


def schema(which: str, cwd: Path) -> Any:
    return json.loads(tgfix("schema", which, cwd=cwd).out)


# Statistics


def test_statistics_count_by_codemod_safety_assumption_and_file(bot: Path) -> None:
    result = tgfix("check", "--statistics", cwd=bot)
    assert result.code == 1
    sections = dict(part.split("\n", 1) for part in result.text.strip().split("\n\n"))
    assert sections["By codemod"].split() == ["3", "TGF501", "async-sleep"]
    assert sections["By safety"].split() == ["1", "report", "1", "safe", "1", "unsafe"]
    assert sections["By file"].split() == ["3", "bot.py"]
    counts = json.loads(tgfix("check", "--statistics", "--format=json", cwd=bot).out)["summary"]["statistics"]
    assert counts["codemod"] == {"TGF501 async-sleep": 3} and set(counts["assumption"].values()) == {1}
    assert sections["By assumption"].split()[1::2] == list(counts["assumption"])


def test_statistics_are_told_as_text_or_json_only(bot: Path) -> None:
    result = tgfix("check", "--statistics", "--format=sarif", cwd=bot)
    assert result.code == 2 and "text or json" in result.error


# Exit codes


def test_check_does_not_fail_on_what_is_left_alone(bot: Path) -> None:
    (bot / "bot.py").write_text("import time\n\n\nasync def f(event):\n    lambda: time.sleep(1)\n")
    result = tgfix("check", cwd=bot)
    assert result.code == 0 and "1 left alone" in result.err


# Settings


def test_settings_say_what_holds_for_a_file_and_where_it_is_written(bot: Path) -> None:
    (bot / "scripts").mkdir()
    (bot / "scripts" / "job.py").write_text(CLEAN)
    (bot / "pyproject.toml").write_text(
        '[tool.tgfix]\nselect = ["TGF5"]\nextend-exclude = ["old"]\nassume = ["ordering"]\n'
        '[tool.tgfix.per-file-ignores]\n"scripts/*" = ["async-sleep"]\n[tool.tgfix.blocking-call]\nstyle = "asyncio"\n'
    )
    text = tgfix("settings", "scripts/job.py", cwd=bot).text
    assert 'select = ["TGF5"]  # pyproject.toml\n' in text
    assert "unsafe-fixes = false  # default\n" in text
    assert 'TGF502 blocking-call; granted: ordering; style = "asyncio"; sqlite = "writes"\n' in text
    assert "off in this file (per-file-ignores): TGF501\n" in text
    found = json.loads(tgfix("settings", "bot.py", "--format=json", cwd=bot).out)
    assert found["project"] == str(bot) and found["off"] == [] and found["excluded"] is False
    assert {c["code"][:4] for c in found["codemods"]} == {"TGF5"}
    (bot / "old").mkdir()
    assert "excluded" in tgfix("settings", "old", cwd=bot).text.splitlines()[0]


def test_settings_of_a_file_that_is_not_there_are_an_error(bot: Path) -> None:
    assert "does not exist" in tgfix("settings", "nothing.py", cwd=bot).error


# Schemas


def test_the_configurations_of_the_documentation_fit_the_schema(tmp_path: Path) -> None:
    validator = jsonschema.Draft7Validator(schema("settings", tmp_path))
    validator.check_schema(validator.schema)
    docs = Path(__file__).parents[1] / "docs" / "configuration.md"
    blocks = [block.partition("```")[0] for block in docs.read_text(encoding="utf-8").split("```toml\n")[1:]]
    assert blocks
    for block in blocks:
        table = tomllib.loads(block)["tool"]["tgfix"]
        assert list(validator.iter_errors(table)) == []


def test_the_schema_knows_every_option_of_every_codemod(tmp_path: Path) -> None:
    validator = jsonschema.Draft7Validator(schema("settings", tmp_path))
    for codemod in load_codemods():
        table = {option.name: option.default for option in codemod.options}
        for key in (codemod.name, codemod.code):
            assert list(validator.iter_errors({key: table})) == []
            assert list(validator.iter_errors({key: {**table, "no-option": 1}})) != []


@pytest.mark.parametrize(
    "table",
    [
        'select = "TGF5"',
        "select = []",
        "unsafe-fixes = 1",
        'assume = ["luck"]',
        'support-module = "a.b"',
        "[batched-writes]\nsize = 0",
    ],
)
def test_what_the_schema_refuses_tgfix_refuses_too(tmp_path: Path, table: str) -> None:
    validator = jsonschema.Draft7Validator(schema("settings", tmp_path))
    assert list(validator.iter_errors(tomllib.loads(table))) != []
    (tmp_path / "tgfix.toml").write_text(table)
    assert tgfix("check", cwd=tmp_path).code == 2


@pytest.mark.parametrize(
    "args",
    [
        ["check"],
        ["check", "--statistics", "--verbose"],
        ["apply", "--dry-run"],
        ["apply"],
        ["check", "--baseline", "b.json"],
    ],
)
def test_json_fits_its_schema(bot: Path, args: list[str]) -> None:
    (bot / "broken.py").write_text("import time\ntime.sleep(\n")
    assert tgfix("baseline", "--select", "TGF501", "-o", "b.json", cwd=bot).code == 0
    document = json.loads(tgfix(*args, "--format=json", cwd=bot).out)
    report = schema("report", bot)
    jsonschema.Draft7Validator.check_schema(report)
    jsonschema.validate(document, report)
    assert set(document["summary"]) <= set(report["properties"]["summary"]["properties"])
    for finding in document["findings"]:
        assert set(finding) == set(report["definitions"]["finding"]["properties"]) - {"cell"}


def test_there_are_two_schemas(tmp_path: Path) -> None:
    assert "settings, report" in tgfix("schema", "sarif", cwd=tmp_path).error


# Explanations


def test_explanations_are_there_as_data(tmp_path: Path) -> None:
    found = json.loads(tgfix("explain", "TGF501", "--format=json", cwd=tmp_path).out)
    assert (found["code"], found["name"], found["safety"]) == ("TGF501", "async-sleep", ["safe", "unsafe"])
    assert any(e["after"] is None and e["reason"] for e in found["examples"])
    assert any("asyncio.sleep" in text for e in found["examples"] if e["after"] for text in e["after"].values())
    (hazard,) = json.loads(tgfix("explain", "ordering", "--format=json", cwd=tmp_path).out)["assumptions"]
    assert hazard["name"] == "ordering" and hazard["brings"] and hazard["proved"]
    assert tgfix("explain", "TGF501", "--format=xml", cwd=tmp_path).code == 2


# Files and colours


def test_excluded_patterns_are_added_to_those_of_the_configuration(bot: Path) -> None:
    (bot / "tgfix.toml").write_text('extend-exclude = ["clean.py"]\n')
    assert "1 file examined" in tgfix("check", cwd=bot).err
    result = tgfix("check", "--exclude", "bot.py", cwd=bot)
    assert result.code == 0 and "no Python files found" in result.err
    assert "--exclude: " in tgfix("check", "--exclude", "[", cwd=bot).error


def test_colour_goes_by_the_option_before_the_environment(bot: Path) -> None:
    assert b"\x1b[" in tgfix("check", "--color=always", cwd=bot, NO_COLOR="1").out
    assert b"\x1b[" not in tgfix("check", "--color=never", cwd=bot, FORCE_COLOR="1").out
    assert b"\x1b[" in tgfix("check", "--color=auto", cwd=bot, FORCE_COLOR="1").out
    assert "choose one of auto, always, never" in tgfix("check", "--color=purple", cwd=bot).error
