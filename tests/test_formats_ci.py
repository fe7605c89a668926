"""The formats that CI servers and line readers take, each read as its consumer reads it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import pytest
from command import Result, tgfix
from reviewing import BOT, install_codemods, write_bot

CODES = "--select=TGF501,TGF991,TGF992"

#: The rules of GitLab's documentation on the code quality report.
GITLAB = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": "^(/|\\./)"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}, "end": {"type": "integer"}},
                    },
                },
            },
        },
    },
}

#: The rules of reviewdog's proto/rdf/jsonschema/Diagnostic.json, which allows nothing else.
_POSITION = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"line": {"type": "integer", "minimum": 1}, "column": {"type": "integer", "minimum": 1}},
    "required": ["line"],
}
_RANGE = {
    "type": "object",
    "additionalProperties": False,
    "required": ["start"],
    "properties": {"start": _POSITION, "end": _POSITION},
}
DIAGNOSTIC = {
    "type": "object",
    "additionalProperties": False,
    "required": ["message", "location"],
    "properties": {
        "message": {"type": "string"},
        "location": {
            "type": "object",
            "additionalProperties": False,
            "required": ["path"],
            "properties": {"path": {"type": "string"}, "range": _RANGE},
        },
        "severity": {"enum": ["UNKNOWN_SEVERITY", "ERROR", "WARNING", "INFO"]},
        "source": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"name": {"type": "string"}, "url": {"type": "string"}},
        },
        "code": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"value": {"type": "string"}, "url": {"type": "string"}},
        },
        "suggestions": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["range", "text"],
                "properties": {"range": _RANGE, "text": {"type": "string"}},
            },
        },
        "originalOutput": {"type": "string"},
    },
}


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A directory with the bot, a place that is left alone, and a broken file."""
    directory = tmp_path / "bot"
    directory.mkdir()
    write_bot(directory)
    (directory / "bot.py").write_text(BOT + "\n\nasync def more():\n    lambda: time.sleep(1)\n")
    (directory / "broken 1.py").write_text("import time\ntime.sleep(\n")
    return directory


def call(bot: Path, format: str, *args: str, command: str = "check") -> Result:
    return tgfix(command, CODES, f"--format={format}", *args, cwd=bot, PYTHONPATH=install_codemods(bot.parent))


def lines(bot: Path, format: str) -> list[Any]:
    return [json.loads(line) for line in call(bot, format).out.splitlines()]


def document(bot: Path) -> Any:
    return json.loads(call(bot, "json").out)


def test_every_format_names_every_finding_once_and_fails_alike(bot: Path) -> None:
    findings = len(document(bot)["findings"])
    called = {format: call(bot, format) for format in ("concise", "pylint", "jsonl", "rdjsonl", "gitlab", "junit")}
    numbers = {
        "concise": len(called["concise"].text.splitlines()),
        "pylint": len(called["pylint"].text.splitlines()),
        "jsonl": sum(json.loads(line)["type"] == "finding" for line in called["jsonl"].out.splitlines()),
        "rdjsonl": len(called["rdjsonl"].out.splitlines()),
        "gitlab": len(json.loads(called["gitlab"].out)),
        "junit": len(ET.fromstring(called["junit"].out).findall(".//testcase[@name!='is examined']")),
    }
    assert findings > 5 and set(numbers.values()) == {findings}, numbers
    assert {result.code for result in called.values()} == {1}


def test_concise_lines_are_places_that_editors_jump_to(bot: Path) -> None:
    for line, finding in zip(call(bot, "concise").text.splitlines(), document(bot)["findings"], strict=True):
        found = re.fullmatch(r"(\S+):(\d+):(\d+): (TGF\d+) \[(safe|unsafe|report)\] (.+)", line)
        assert found is not None, line
        assert found.groups() == (
            finding["path"],
            str(finding["line"]),
            str(finding["column"] + 1),
            finding["code"],
            finding["safety"],
            finding["message"],
        )


def test_pylint_lines_are_read_as_diff_quality_reads_them(bot: Path) -> None:
    pattern = re.compile(
        r"^(.*?):(\d+): \[(\w+)\(.*?\),? ?([^\]]*)\] (.*)$"
    )  # diff_cover's for Pylint's parseable lines
    for line, finding in zip(call(bot, "pylint").text.splitlines(), document(bot)["findings"], strict=True):
        found = pattern.match(line)
        assert found is not None and found[3] == finding["code"] and int(found[2]) == finding["line"], line
        assert found[5].startswith(finding["message"])


def test_jsonl_is_json_by_lines(bot: Path) -> None:
    found, whole = lines(bot, "jsonl"), document(bot)
    assert [{k: v for k, v in line.items() if k != "type"} for line in found if line["type"] == "finding"] == whole[
        "findings"
    ]
    assert [line["path"] for line in found if line["type"] == "error"] == ["broken 1.py"]
    for summary in (found[-1], whole["summary"]):
        del summary["counters"]  # the second look remembers the first
    assert found[-1] == {"type": "summary", "version": 1, **whole["summary"]}


def test_rdjsonl_fits_reviewdogs_schema_and_says_what_rdjson_says(bot: Path) -> None:
    found = lines(bot, "rdjsonl")
    for line in found:
        jsonschema.validate(line, DIAGNOSTIC)
        assert line.pop("source") == {"name": "tgfix"}
    assert found == json.loads(call(bot, "rdjson").out)["diagnostics"]
    assert any("suggestions" in line for line in found)


def test_gitlab_fits_its_rules_and_every_finding_has_a_fingerprint_of_its_own(bot: Path) -> None:
    found = json.loads(call(bot, "gitlab").out)
    jsonschema.validate(found, GITLAB)
    prints = [entry["fingerprint"] for entry in found]
    assert len(set(prints)) == len(prints)
    assert {entry["severity"] for entry in found} == {"minor", "info"}


def test_fingerprints_in_gitlab_survive_moved_lines(bot: Path) -> None:
    before = {entry["fingerprint"] for entry in json.loads(call(bot, "gitlab").out)}
    (bot / "bot.py").write_text("# moved\n\n" + (bot / "bot.py").read_text())
    assert {entry["fingerprint"] for entry in json.loads(call(bot, "gitlab").out)} == before


def test_junit_is_read_by_junitparser(bot: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.xml"
    assert call(bot, "junit", "-o", str(target)).code == 1
    suites = list(junitparser.JUnitXml.fromfile(str(target)))
    assert [suite.name for suite in suites] == ["bot.py", "words.py", "broken 1.py"]
    whole = document(bot)
    cases = [case for suite in suites[:2] for case in suite]
    assert suites[0].tests + suites[1].tests == len(cases) == len(whole["findings"])
    assert suites[0].failures + suites[1].failures == whole["summary"]["fixable"]
    kinds = [type(case.result[0]).__name__ for case in cases]
    assert kinds.count("Failure") == whole["summary"]["fixable"]
    assert kinds.count("Skipped") == len(cases) - kinds.count("Failure") == suites[0].skipped + suites[1].skipped
    assert cases[0].result[0].text.startswith("bot.py:")


def test_junit_holds_what_xml_can_hold_only(tmp_path: Path) -> None:
    name = 'a&b"<\x01>.py'
    (tmp_path / name).write_text("import time\n\n\nasync def f():\n    time.sleep(1)\n")
    root = ET.fromstring(tgfix("check", "--format=junit", cwd=tmp_path).out)
    (suite,) = root.findall("testsuite")
    assert suite.get("name") == 'a&b"<\ufffd>.py'


def test_a_failure_is_an_error_in_junit(tmp_path: Path) -> None:
    plugin = (
        "from tgfix import Codemod\n\n\nclass Bad(Codemod):\n    code, name, title = 'LOC7', 'bad', 'Fail'\n"
        "    needles = (b'sleep',)\n\n    def find(self, module):\n        raise ValueError('no <luck>')\n"
    )
    (tmp_path / "mine.py").write_text(plugin)
    (tmp_path / "tgfix.toml").write_text('codemods = ["mine.py"]\n')
    (tmp_path / "bot.py").write_text("import time\n\ntime.sleep(1)\n")
    result = tgfix("check", "--select=LOC7", "--format=junit", "bot.py", cwd=tmp_path)
    assert result.code == 2
    (error,) = ET.fromstring(result.out).iter("error")
    assert "no <luck>" in (error.get("message") or "")


@pytest.mark.parametrize("format", ["concise", "pylint", "jsonl", "rdjsonl", "gitlab", "junit"])
def test_nothing_to_report_is_valid_too(tmp_path: Path, format: str) -> None:
    (tmp_path / "bot.py").write_text("print()\n")
    result = tgfix("check", f"--format={format}", cwd=tmp_path)
    assert result.code == 0
    if format == "gitlab":
        assert json.loads(result.out) == []
    elif format == "junit":
        (suite,) = junitparser.JUnitXml.fromstring(result.out)
        assert (suite.tests, suite.failures) == (1, 0)
    elif format == "jsonl":
        assert json.loads(result.out)["type"] == "summary"
    else:
        assert result.out == b""


@pytest.mark.parametrize("format", ["concise", "pylint", "jsonl", "rdjsonl", "gitlab", "junit"])
def test_a_dry_run_reports_in_it_too(bot: Path, format: str) -> None:
    assert call(bot, format, "--dry-run", command="apply").code == 1
