"""The formats for machines and pull requests: what they say, and that their edits make what `apply` makes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from command import Result, tgfix, tree
from reviewing import BOT, install_codemods, review, write_bot

from tgfix.engine.run.decisions import NAME

CODES = "--select=TGF501,TGF991,TGF992"


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A directory with the bot, a place that is left alone, one that is silenced, one that is refused, a broken file."""
    directory = tmp_path / "bot"
    directory.mkdir()
    write_bot(directory)
    more = "\n\nasync def more():\n    time.sleep(7)  # tgfix: ignore\n    lambda: time.sleep(1)\n"
    (directory / "bot.py").write_text(BOT + more)
    (directory / "broken 1.py").write_text("import time\ntime.sleep(\n")
    one = review(directory)
    one.refuse([one.items[0]])
    (directory / ".tgfix").mkdir()
    one.decisions.save(directory / NAME)
    return directory


def call(bot: Path, *args: str | Path) -> Result:
    """`tgfix` with the codemods of the tests."""
    return tgfix(*args, cwd=bot, PYTHONPATH=install_codemods(bot.parent))


def printed(bot: Path, format: str, command: str = "check") -> Any:
    """What a format prints, as data."""
    more = ["--dry-run"] if command == "apply" else []
    return json.loads(call(bot, command, *more, CODES, f"--format={format}").out)


def lines_of(text: str) -> list[str]:
    """Lines with their ends."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)


def sarif_fixed(text: str, replacements: list[dict[str, Any]]) -> str:
    """A text with the replacements of a SARIF fix, which are all meant for the text as it was."""
    starts = [0]
    for line in lines_of(text):
        starts.append(starts[-1] + len(line))
    for replacement in reversed(replacements):
        region = replacement["deletedRegion"]
        first = starts[region["startLine"] - 1] + region["startColumn"] - 1
        last = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:first] + replacement["insertedContent"]["text"] + text[last:]
    return text


def test_the_fixes_in_sarif_make_exactly_what_accepting_the_change_makes(bot: Path) -> None:
    (run,) = printed(bot, "sarif")["runs"]
    results = [r for r in run["results"] if "fixes" in r and "suppressions" not in r]
    assert len(results) == 10, "each against the files as they are, those inside of another included"
    one = review(bot)
    before = tree(bot)
    for result in results:
        item = next(i for i in one.items if i.key == result["partialFingerprints"]["tgfix/v1"])
        (fix,) = result["fixes"]
        files = {c["artifactLocation"]["uri"]: c["replacements"] for c in fix["artifactChanges"]}
        if not fix["description"]["text"].startswith(f"{item.change.title}: "):
            one.switch(item)
        fixed = {
            name: sarif_fixed(before.get(name, b"").decode(), replacements).encode()
            for name, replacements in files.items()
        }
        assert one.accept([item]) == [item]
        assert {**before, **fixed} == tree(bot), item.change.title
        one.undo()


def test_sarif_describes_rules_places_and_problems(bot: Path) -> None:
    document = printed(bot, "sarif", "apply")
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["TGF501", "TGF991", "TGF992"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    second = next(r for r in run["results"] if r["ruleId"] == "TGF991")
    region = second["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 10, "startColumn": 23, "endLine": 10, "endColumn": 34}
    left = next(r for r in run["results"] if r["level"] == "note" and "suppressions" not in r)
    assert "Left alone: " in left["message"]["text"] and "fixes" not in left
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken%201.py"


def test_what_is_silenced_is_in_sarif_as_suppressed(bot: Path) -> None:
    results = printed(bot, "sarif")["runs"][0]["results"]
    suppressed = {
        r["locations"][0]["physicalLocation"]["region"]["startLine"]: r["suppressions"]
        for r in results
        if "suppressions" in r
    }
    assert {line: [s["kind"] for s in given] for line, given in suppressed.items()} == {
        9: ["external"],
        33: ["inSource"],
    }


def rdjson_fixed(text: str, suggestions: list[dict[str, Any]]) -> str:
    """A text with suggestions of whole lines, as a reviewer accepts them."""
    lines = text.split("\n")
    for suggestion in reversed(suggestions):
        start, end = suggestion["range"]["start"], suggestion["range"]["end"]
        assert start["column"] == 1 and end["column"] == len(lines[end["line"] - 1].encode()) + 1
        lines[start["line"] - 1 : end["line"]] = suggestion["text"].split("\n")
    return "\n".join(lines)


def test_the_suggestions_in_rdjson_make_what_accepting_the_change_makes(bot: Path) -> None:
    diagnostics = printed(bot, "rdjson")["diagnostics"]
    suggested = [d for d in diagnostics if "suggestions" in d and d["location"]["path"] == "bot.py"]
    assert len(suggested) == 7
    one = review(bot)
    for diagnostic in suggested:
        start = diagnostic["location"]["range"]["start"]
        item = next(i for i in one.items if (i.finding.line, i.finding.column + 1) == (start["line"], start["column"]))
        if item.change.title not in diagnostic["message"]:
            one.switch(item)
        fixed = rdjson_fixed((bot / "bot.py").read_text(), diagnostic["suggestions"])
        one.accept([item])
        assert (bot / "bot.py").read_text() == fixed, diagnostic["message"]
        one.undo()


def test_a_change_in_several_files_is_no_suggestion(bot: Path) -> None:
    diagnostics = printed(bot, "rdjson")["diagnostics"]
    shout = [d for d in diagnostics if d["code"]["value"] == "TGF991"]
    assert len(shout) == 2 and all(
        "suggestions" not in d and "It also changes _support.py" in d["message"] for d in shout
    )
    assert {d["severity"] for d in diagnostics} == {"WARNING", "INFO"}


def test_columns_in_rdjson_count_bytes(bot: Path) -> None:
    (bot / "bot.py").write_text(BOT.replace('loud("tea")', 'loud("t\u00e4\U0001f375") + loud("x")'))
    found = [
        d["location"]["range"]
        for d in printed(bot, "rdjson")["diagnostics"]
        if d["location"]["range"]["start"]["line"] == 10
    ]
    assert [(r["start"]["column"], r["end"]["column"]) for r in found] == [(23, 38), (41, 50)]


def test_github_annotations_are_one_escaped_line_each(bot: Path) -> None:
    result = call(bot, "check", CODES, "--format=github")
    lines = result.text.splitlines()
    assert result.code == 1 and len(lines) == 11
    pattern = re.compile(
        r"::(warning|notice) file=([^,:]+),line=\d+,endLine=\d+(,col=\d+,endColumn=\d+)?,title=TGF\d+ [\w-]+::.+"
    )
    assert all(pattern.fullmatch(line) for line in lines)
    assert [line.startswith("::notice") for line in lines].count(True) == 1
    (bot / "100%,a:b.py").write_text("import time\n\n\nasync def f():\n    time.sleep(1)\n")
    assert "file=100%25%2Ca%3Ab.py,line=5" in call(bot, "check", CODES, "--format=github").text


def test_markdown_counts_and_folds_every_change(bot: Path) -> None:
    text = call(bot, "apply", "--dry-run", CODES, "--format=markdown").text
    assert "| **TGF501** async-sleep: Await asyncio.sleep() | 3 | 1 | 1 | 2 |" in text
    assert text.count("<details>") == text.count("</details>") == text.count("```diff") == 10
    assert "1 refused earlier, 1 suppressed" in text and "### Need a person\u2019s eye" in text
    assert "`bot.py:34:13`" in text.partition("### Left alone")[2]


def test_markdown_stays_below_what_a_comment_may_hold(bot: Path) -> None:
    note = f"    # {'long ' * 100}\n"
    many = "".join(f"\n\nasync def wait{n}(event):\n{note * 3}    time.sleep({n})\n{note * 3}" for n in range(40))
    (bot / "bot.py").write_text(BOT + many)
    text = call(bot, "apply", "--dry-run", CODES, "--format=markdown").text
    assert len(text) < 65_536 and re.search(r"\n\d+ changes more; `tgfix apply --dry-run` shows all\.\n", text)


def test_code_with_fences_and_tags_does_not_break_markdown(bot: Path) -> None:
    (bot / "bot.py").write_text(BOT.replace("# first", "# ```` </details>"))
    text = call(bot, "apply", "--dry-run", CODES, "--format=markdown").text
    assert "`````diff\n" in text and text.count("\n`````\n") >= 1


@pytest.mark.parametrize("format", ["github", "sarif", "rdjson"])
def test_nothing_to_report_is_valid_too(tmp_path: Path, format: str) -> None:
    (tmp_path / "bot.py").write_text("print()\n")
    result = tgfix("check", f"--format={format}", cwd=tmp_path)
    assert result.code == 0
    if format == "github":
        assert result.text == ""
    else:
        assert json.loads(result.out)


def test_verbose_says_what_runs_together(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        "from telegram.ext import Application\n\napp = Application.builder().token('1:A').build()\n"
        "app.job_queue.run_once(print, 1)\napp.run_polling()\n"
    )
    text = tgfix("check", "--verbose", cwd=tmp_path).text
    assert text.endswith(
        "What runs together\n"
        "bot.py:3 updates are handled one after the other: an `Application` is built without `concurrent_updates`\n"
        "bot.py:4 what `app.job_queue.run_once` is given runs as a job\n"
        "updates are handled one after the other; beside their handlers may run: job (1)\n\n"
    )
    summary = json.loads(tgfix("check", "--verbose", "--format", "json", cwd=tmp_path).text)["summary"]
    (program,) = summary["concurrency"]
    assert (program["library"], program["sequential"], program["alone"]) == ("telegram", True, False)
    assert program["beside"] == [
        {"path": "bot.py", "line": 4, "kind": "job", "sentence": "what `app.job_queue.run_once` is given runs as a job"}
    ]
    assert "concurrency" not in json.loads(tgfix("check", "--format", "json", cwd=tmp_path).text)["summary"]
