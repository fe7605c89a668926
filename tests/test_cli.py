"""The commands as they are called, over trees of files: what they print, write and return."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command import BOT, CLEAN, environment, program, tgfix, tree


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A directory with a bot that has one safe change, one unsafe one and one place that is left alone."""
    (tmp_path / "bot.py").write_text(BOT)
    (tmp_path / "clean.py").write_text(CLEAN)
    return tmp_path


# apply --dry-run


def test_a_dry_run_shows_changes_then_unsafe_ones_then_what_is_left_alone_and_writes_nothing(bot: Path) -> None:
    before = tree(bot)
    result = tgfix("apply", "--dry-run", cwd=bot)
    assert result.code == 1
    assert tree(bot) == before and not (bot / ".tgfix").exists()
    headings = ["would rewrite bot.py (1 change)", "Needs a person's eye", "Left alone"]
    positions = [result.text.index(heading) for heading in headings]
    assert positions == sorted(positions)
    safe, unsafe, left = (result.text[start:end] for start, end in zip(positions, [*positions[1:], None], strict=True))
    assert re.search(
        r"^bot\.py:9:5 TGF501 async-sleep \[safe\] Await asyncio\.sleep\(\)\n    \w.*\.$", safe, re.MULTILINE
    )
    assert "-    time.sleep(5)  # wait\n+    await asyncio.sleep(5)  # wait\n" in safe
    assert re.search(r"^1 change assumes `\w+`", unsafe, re.MULTILINE)
    assert re.search(
        r"^bot\.py:15:5 TGF501 async-sleep \[unsafe\] .*\n    \w.*\n    assumes `\w+`: .*pending", unsafe, re.MULTILINE
    )
    assert "+    await asyncio.sleep(1)\n" not in unsafe
    verbose = tgfix("apply", "--dry-run", "--verbose", cwd=bot).text
    unsafe = verbose[verbose.index("Needs a person's eye") :]
    assert "+    await asyncio.sleep(1)\n" in unsafe and "sleep(5)" not in unsafe.replace(" time.sleep(5)", "")
    assert re.search(r"^bot\.py:22:9 TGF501 .*\n    .*plain function inside a coroutine", left, re.MULTILINE)
    assert result.err == (
        "tgfix: 1 file would be rewritten (1 change), 1 more change needs a person's eye (--unsafe-fixes), "
        "1 place left alone; 2 files examined\n"
    )


def test_the_diff_of_a_dry_run_is_what_apply_makes(bot: Path) -> None:
    patch = tgfix("apply", "--dry-run", "--format", "patch", cwd=bot).out
    assert patch in tgfix("apply", "--dry-run", cwd=bot).out
    expected = tgfix("apply", "-", "--stdin-filename", "bot.py", cwd=bot, stdin=BOT.encode()).out
    assert tgfix("apply", cwd=bot).code == 0
    assert (bot / "bot.py").read_bytes() == expected != BOT.encode()


def test_diff_is_another_name_of_dry_run(bot: Path) -> None:
    assert tgfix("apply", "--diff", cwd=bot).out == tgfix("apply", "--dry-run", cwd=bot).out


def test_unsafe_fixes_join_the_combined_diff(bot: Path) -> None:
    result = tgfix("apply", "--dry-run", "--unsafe-fixes", cwd=bot)
    assert "would rewrite bot.py (2 changes)" in result.text and "Needs a person's eye" not in result.text
    assert "[safe]" in result.text and "[unsafe]" in result.text


def test_only_unsafe_changes_are_nothing_to_apply_but_are_shown(bot: Path) -> None:
    (bot / "bot.py").write_text(BOT.replace("    time.sleep(5)  # wait\n", ""))
    result = tgfix("apply", "--dry-run", cwd=bot)
    assert result.code == 0
    assert "nothing to rewrite, 1 change needs a person's eye" in result.err and "[unsafe]" in result.text


def test_a_tree_without_findings_ends_with_0_and_prints_no_report(bot: Path) -> None:
    (bot / "bot.py").unlink()
    result = tgfix("apply", "--dry-run", cwd=bot)
    assert (result.code, result.out, result.err) == (0, b"", "tgfix: nothing to rewrite; 1 file examined\n")


def test_exit_zero_turns_1_into_0_and_leaves_2(bot: Path) -> None:
    assert tgfix("apply", "--dry-run", "--exit-zero", cwd=bot).code == 0
    assert tgfix("check", "--exit-zero", cwd=bot).code == 0
    assert tgfix("check", "--exit-zero", "missing.py", cwd=bot).code == 2


def test_quiet_leaves_the_diffs_and_drops_the_words(bot: Path) -> None:
    result = tgfix("apply", "--dry-run", "--quiet", "--unsafe-fixes", cwd=bot)
    assert result.code == 1 and result.err == ""
    assert result.out.startswith(b"--- a/bot.py\n") and b"would rewrite" not in result.out


def test_many_places_left_alone_are_counted_by_reason_unless_verbose(bot: Path) -> None:
    call = "    class Pause:\n        time.sleep(1)\n"
    (bot / "bot.py").write_text("import time\n\n\nasync def remind(event):\n" + call * 21)
    brief = tgfix("apply", "--dry-run", cwd=bot)
    said = " ".join(brief.text.split())
    assert said.startswith("Left alone bot.py:6:9 TGF501 ") and re.search(r"left alone, 21 places: .*class body", said)
    assert said.endswith("bot.py lines 6, 8, 10, 12, 14 and 16 more")
    full = tgfix("apply", "--dry-run", "--verbose", cwd=bot)
    assert len(re.findall(r"^bot\.py:\d+:9 TGF501 ", full.text, re.MULTILINE)) == 21
    assert re.search(r"tgfix: 2 files, codemods: .*TGF501", full.err)


def test_many_changes_that_need_an_eye_are_counted_by_codemod_unless_verbose(bot: Path) -> None:
    waits = "".join(
        f"\n\n@client.on(events.NewMessage)\nasync def f{i}(event):\n    seen.append({i})\n    time.sleep({i})\n    seen.pop()\n"
        for i in range(1, 22)
    )
    (bot / "bot.py").write_text(
        f"import time\n\nfrom telethon import TelegramClient, events\n\nclient = TelegramClient('a', 1, 'b')\nseen = []\n{waits}"
    )
    brief = tgfix("apply", "--dry-run", cwd=bot).text
    assert re.search(
        r"^TGF501 async-sleep \[unsafe\] Await asyncio.sleep\(\): 21 changes in 1 file\n    bot.py 21\n    assumed: `interleaving`.*\n"
        r"    `tgfix apply --dry-run --unsafe-fixes --select TGF501` shows them$",
        brief,
        re.MULTILINE,
    )
    assert "bot.py:12:" not in brief
    assert (
        len(re.findall(r"^bot\.py:\d+:5 TGF501 ", tgfix("apply", "-v", "--dry-run", cwd=bot).text, re.MULTILINE)) == 21
    )


def test_what_alike_changes_assume_is_said_once_behind_them(bot: Path) -> None:
    (bot / "bot.py").write_text(
        "import time\n\nfrom telethon import TelegramClient, events\n\nclient = TelegramClient('a', 1, 'b')\nseen = []\n\n\n"
        + "".join(
            f"@client.on(events.NewMessage)\nasync def {name}(event):\n    seen.append(1)\n    time.sleep(1)\n    seen.pop()\n\n\n"
            for name in "fg"
        )
    )
    text = tgfix("apply", "--dry-run", cwd=bot).text
    first, last = text.index("bot.py:12:5"), text.index("bot.py:19:5")
    why = [match.start() for match in re.finditer("time.sleep\\(\\) stops the whole bot", text)]
    assert first < last < why[0] and len(why) == 1


def test_a_file_that_does_not_parse_is_listed_as_skipped_and_changes_no_exit_code(bot: Path) -> None:
    (bot / "broken.py").write_text("import time\nasync def f(:\n    time.sleep(1)\n")
    assert "Skipped\nbroken.py:2 " in tgfix("apply", "--dry-run", cwd=bot).text
    assert tgfix("apply", cwd=bot).code == 0
    result = tgfix("apply", "--dry-run", "--format", "patch", cwd=bot)
    assert (result.code, result.out) == (0, b"") and "tgfix: skipped broken.py:2: " in result.err


# apply


def test_apply_rewrites_says_so_and_a_second_run_has_nothing_to_do(bot: Path) -> None:
    result = tgfix("apply", cwd=bot)
    assert result.code == 0
    assert result.text == "rewrote bot.py (1 change)\n"
    assert (
        "1 file rewritten (1 change), 1 more change needs a person's eye (see --dry-run, --unsafe-fixes)" in result.err
    )
    assert "`tgfix undo` takes it back" in result.err
    after = tree(bot)
    again = tgfix("apply", cwd=bot)
    assert (again.code, again.out) == (0, b"") and "tgfix undo" not in again.err
    assert tree(bot) == after


def test_a_file_without_a_change_keeps_its_time(bot: Path) -> None:
    os.utime(bot / "clean.py", (1, 1))
    tgfix("apply", cwd=bot)
    assert (bot / "clean.py").stat().st_mtime == 1


def test_a_read_only_file_fails_and_the_others_are_done(bot: Path) -> None:
    (bot / "other.py").write_text(BOT)
    (bot / "bot.py").chmod(0o444)
    result = tgfix("apply", cwd=bot)
    assert result.code == 2
    assert result.error == "bot.py: is read-only"
    assert (bot / "bot.py").read_text() == BOT and "asyncio" in (bot / "other.py").read_text()
    assert result.text == "rewrote other.py (1 change)\n" and "1 file rewritten (1 change)" in result.err


def test_undo_puts_back_every_byte_and_a_changed_file_is_left_alone(bot: Path) -> None:
    (bot / "other.py").write_text(BOT)
    before = tree(bot)
    tgfix("apply", cwd=bot)
    rewritten = (bot / "other.py").read_text()
    (bot / "other.py").write_text(rewritten + "# mine\n")
    listed = tgfix("undo", "--list", cwd=bot)
    assert re.fullmatch(r"\d{8}T\d{6}Z-\d+  [\d-]+ [\d:]+  2 files  tgfix apply\n", listed.text)
    result = tgfix("undo", "--verbose", cwd=bot)
    assert result.code == 0 and result.text == "restored bot.py\n"
    assert "left alone, because it was changed since: other.py" in result.err
    assert tree(bot) == {**before, "other.py": (rewritten + "# mine\n").encode()}
    assert ", undone  tgfix apply" in tgfix("undo", "--list", cwd=bot).text
    assert "there is no run to undo" in tgfix("undo", cwd=bot).err


def test_undo_of_another_project_is_hinted_at_with_its_directory(
    bot: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    result = tgfix("apply", bot, cwd=elsewhere)
    hint = re.search(r"`tgfix undo --project (.+)` takes it back", result.err)
    assert hint is not None
    assert tgfix("undo", "--project", hint[1], cwd=elsewhere).code == 0
    assert (bot / "bot.py").read_text() == BOT


def test_undo_of_a_run_that_does_not_exist_says_which_there_are(bot: Path) -> None:
    tgfix("apply", cwd=bot)
    result = tgfix("undo", "20200101T000000Z-1", cwd=bot)
    assert result.code == 2
    assert "no run 20200101T000000Z-1" in result.error and re.search(r"newest first: \d{8}T", result.error)


def test_an_interrupt_while_writing_keeps_and_names_what_is_written(
    bot: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tgfix.cli.main import main
    from tgfix.engine.run import write

    (bot / "other.py").write_text(BOT)
    monkeypatch.chdir(bot)
    really = write.write_file

    def interrupted(path: Path, before: bytes | None, after: bytes) -> None:
        if path.name == "other.py":
            raise KeyboardInterrupt
        really(path, before, after)

    monkeypatch.setattr(write, "write_file", interrupted)
    with pytest.raises(SystemExit) as end:
        main(["apply"])
    assert end.value.code == 130
    message = capsys.readouterr().err
    assert message == "tgfix: interrupted: 1 file rewritten (bot.py), 1 not; `tgfix undo` takes it back\n"
    assert "asyncio" in (bot / "bot.py").read_text() and (bot / "other.py").read_text() == BOT


def test_an_interrupt_before_anything_is_written_says_so(bot: Path) -> None:
    command = [sys.executable, "-m", "tgfix", "apply", "--verbose", "-"]  # the interrupt comes to it and to nobody else
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=bot, stdin=pipe, stderr=pipe, env=environment()) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith(b"tgfix: configuration: ")  # now it waits for the source
        process.send_signal(signal.SIGINT)
        # a shell tells 130 of both: CPython ends by the signal itself where it came while a text was executed, as dataclasses do
        assert process.wait(30) in (130, -signal.SIGINT)
        assert process.stderr.read() == b"tgfix: interrupted: nothing was written\n"


# Formats


def test_the_json_report_has_exactly_the_promised_shape(bot: Path) -> None:
    (bot / "broken.py").write_text("import time\nasync def f(:\n    time.sleep(1)\n")
    result = tgfix("apply", "--dry-run", "--format", "json", cwd=bot)
    assert result.code == 1
    report = json.loads(result.out)
    assert list(report) == ["version", "findings", "errors", "summary", "refused"] and report["version"] == 1
    safe, unsafe, left = report["findings"]
    assert safe == {
        "code": "TGF501",
        "name": "async-sleep",
        "codes": ["TGF501"],
        "path": "bot.py",
        "line": 9,
        "column": 4,
        "end_line": 9,
        "end_column": 17,
        "title": "Await asyncio.sleep()",
        "message": safe["message"],
        "why": safe["why"],
        "safety": "safe",
        "assumes": [],
        "proved": safe["proved"],
        "reason": None,
        "applied": False,
        "fingerprint": safe["fingerprint"],
        "diff": safe["diff"],
    }
    assert safe["why"] and safe["message"]
    assert (
        safe["diff"].startswith("--- a/bot.py\n+++ b/bot.py\n@@ ")
        and "+    await asyncio.sleep(5)  # wait\n" in safe["diff"]
    )
    assert (unsafe["safety"], unsafe["reason"], unsafe["applied"]) == ("unsafe", None, False)
    for assumption in unsafe["assumes"]:
        assert list(assumption) == ["name", "sentence", "path", "line", "granted"] and not assumption["granted"]
    assert unsafe["assumes"]
    assert "sleep(1)" in unsafe["diff"] and "await asyncio.sleep(5)" not in unsafe["diff"]
    assert (left["safety"], left["why"], left["diff"], left["title"]) == ("report", None, None, "Await asyncio.sleep()")
    assert "plain function" in left["reason"]
    assert [error["path"] for error in report["errors"]] == ["broken.py"]
    assert report["summary"].pop("counters")["files"] == 3
    assert report["summary"] == {
        "files": 3,
        "changed_files": 1,
        "findings": 3,
        "fixable": 2,
        "applied": 0,
        "hidden_unsafe": 1,
    }


def test_the_json_report_of_apply_marks_what_was_applied(bot: Path) -> None:
    report = json.loads(tgfix("apply", "--format", "json", cwd=bot).out)
    assert [finding["applied"] for finding in report["findings"]] == [True, False, False]
    assert report["summary"]["applied"] == 1


def test_a_failed_write_is_an_error_in_json_and_not_applied(bot: Path) -> None:
    (bot / "bot.py").chmod(0o444)
    result = tgfix("apply", "--format", "json", cwd=bot)
    report = json.loads(result.out)
    assert result.code == 2 and report["errors"] == [{"path": "bot.py", "message": "is read-only"}]
    assert report["summary"]["applied"] == 0


@pytest.mark.parametrize("below", [".", "pkg"])
def test_a_patch_through_git_apply_gives_the_bytes_that_apply_gives(bot: Path, below: str) -> None:
    package = bot / "pkg"
    package.mkdir()
    (package / "crlf.py").write_bytes(BOT.replace("\n", "\r\n").encode())
    (package / "latin.py").write_bytes(("# -*- coding: latin-1 -*-\n# caf\u00e9\n" + BOT).encode("latin-1"))
    (package / "no newline.py").write_bytes(b"import time\nasync def f(): time.sleep(1)")
    (package / "bom.py").write_bytes(b"\xef\xbb\xbf" + BOT.encode())
    before = tree(bot)
    subprocess.run(["git", "init", "-q"], cwd=bot, check=True)
    patch = tgfix("apply", "--dry-run", "--format", "patch", cwd=bot / below).out
    subprocess.run(["git", "apply", "--whitespace=nowarn"], input=patch, cwd=bot / below, check=True)
    patched = tree(bot)
    assert patched != before
    for name, data in before.items():
        (bot / name).write_bytes(data)
    assert tgfix("apply", cwd=bot / below).code == 0
    assert tree(bot) == patched


def test_output_goes_to_a_file_and_nothing_to_stdout(bot: Path) -> None:
    expected = tgfix("apply", "--dry-run", "--format", "patch", cwd=bot).out
    result = tgfix("apply", "--dry-run", "--format", "patch", "--output", "report.patch", cwd=bot, FORCE_COLOR="1")
    assert (result.code, result.out) == (1, b"")
    assert (bot / "report.patch").read_bytes() == expected


def test_a_reader_that_has_gone_away_is_no_error(bot: Path) -> None:
    for number in range(40):
        (bot / f"bot{number}.py").write_text(BOT + "# long\n" * 500)
    script = (
        f'{shlex.join(program(environment()))} apply --dry-run --unsafe-fixes | head -n 1; echo "${{PIPESTATUS[0]}}"'
    )
    run = subprocess.run(["bash", "-c", script], cwd=bot, capture_output=True, text=True, env=environment())
    assert run.stdout == "would rewrite bot.py (2 changes)\n1\n"
    assert "Error" not in run.stderr and "Exception" not in run.stderr


# check


def test_check_lists_findings_like_a_linter_and_writes_nothing(bot: Path) -> None:
    before = tree(bot)
    result = tgfix("check", cwd=bot)
    assert result.code == 1 and tree(bot) == before
    heads = [
        "bot.py:9:5 TGF501 async-sleep [safe]",
        "bot.py:15:5 TGF501 async-sleep [unsafe]",
        "bot.py:22:9 TGF501 async-sleep [report]",
    ]
    lines = result.text.replace("\n    ", " ").splitlines()
    assert [line.partition(" time.sleep")[0] for line in lines] == heads[:2]
    assert lines[0].endswith("(5 seconds)") and re.search(r" \(1 second; assumes `\w+`.*\)$", lines[1])
    assert "3 findings, `tgfix apply` fixes 1, 1 with --unsafe-fixes, 1 left alone (--all lists them)" in result.err
    everything = tgfix("check", "--all", cwd=bot).text.replace("\n    ", " ").splitlines()
    assert [line.partition(" time.sleep")[0] for line in everything] == heads
    assert "; left alone: " in everything[2]
    verbose = tgfix("check", "--verbose", cwd=bot).text
    assert re.search(r"^    assumes `\w+`: .*pending", verbose, re.MULTILINE)


def test_check_of_clean_files_ends_with_0(bot: Path) -> None:
    result = tgfix("check", "clean.py", cwd=bot)
    assert (result.code, result.out) == (0, b"")


def test_check_in_json_has_the_same_findings(bot: Path) -> None:
    report = json.loads(tgfix("check", "--format", "json", cwd=bot).out)
    assert [finding["line"] for finding in report["findings"]] == [9, 15, 22]


# Standard input


def test_stdin_comes_out_rewritten_and_the_file_of_that_name_is_not_touched(bot: Path) -> None:
    source = BOT.replace("\n", "\r\n").encode()
    result = tgfix("apply", "-", "--stdin-filename", "bot.py", cwd=bot, stdin=source)
    assert result.code == 0
    assert result.out == source.replace(b"import json, time\r\n", b"import asyncio\r\nimport json, time\r\n").replace(
        b"    time.sleep(5)", b"    await asyncio.sleep(5)"
    )
    assert (bot / "bot.py").read_text() == BOT


def test_stdin_without_a_finding_comes_out_as_it_went_in(bot: Path) -> None:
    source = b"print('\xff')\r\n\r"
    assert tgfix("apply", "-", cwd=bot, stdin=source).out == source


def test_a_dry_run_of_stdin_prints_the_diff(bot: Path) -> None:
    result = tgfix(
        "apply", "--dry-run", "--format", "patch", "-", "--stdin-filename", "new.py", cwd=bot, stdin=BOT.encode()
    )
    assert result.code == 1 and result.out.startswith(b"--- a/new.py\n+++ b/new.py\n")


def test_an_excluded_stdin_filename_is_left_as_it_is(bot: Path) -> None:
    (bot / "tgfix.toml").write_text('extend-exclude = ["legacy/*"]\n')
    result = tgfix("apply", "-", "--stdin-filename", "legacy/bot.py", cwd=bot, stdin=BOT.encode())
    assert (result.code, result.out) == (0, BOT.encode())


# Selecting and configuring


def test_select_and_ignore_take_codes_prefixes_and_names_comma_separated_or_repeated(bot: Path) -> None:
    assert tgfix("apply", "--dry-run", "--select", "async-sleep", cwd=bot).code == 1
    assert tgfix("apply", "--dry-run", "--select", "TGF5", "--select", "TGF501", cwd=bot).code == 1
    assert tgfix("apply", "--dry-run", "--ignore", "tgf501,TGF5", cwd=bot).code == 0


def test_the_command_line_overrides_the_configuration(bot: Path) -> None:
    (bot / "tgfix.toml").write_text("unsafe-fixes = true\n")
    assert "(2 changes)" in tgfix("apply", "--dry-run", cwd=bot).text
    assert "(1 change)" in tgfix("apply", "--dry-run", "--no-unsafe-fixes", cwd=bot).text
    (bot / "other.toml").write_text('ignore = ["TGF501"]\n')
    assert tgfix("apply", "--dry-run", "--config", "other.toml", cwd=bot).code == 0


# Calls that are wrong


@pytest.mark.parametrize(
    ("args", "parts"),
    [
        (["aply"], ["No such command 'aply'", "`tgfix --help`"]),
        (["apply", "--dryrun"], ["--dryrun", "`tgfix apply --help`"]),
        (["apply", "--select"], ["--select", "requires an argument"]),
        (["apply", "missing.py"], ["missing.py"]),
        (["apply", "--select", "TGF5O1"], ["TGF5O1", "TGF501"]),
        (["apply", "--ignore", "async-slep"], ["async-slep", "async-sleep"]),
        (["apply", "--config", "missing.toml"], ["missing.toml"]),
        (["apply", "--format", "xml"], ["xml", "text, concise, json, jsonl, patch"]),
        (["check", "--format", "patch"], ["belongs to `tgfix apply`", "text, concise, json"]),
        (["apply", "--output", "missing/report.txt"], ["missing/report.txt", "create it"]),
        (["apply", "--output", "."], ["is a directory"]),
        (["apply", "-", "bot.py"], ["cannot be mixed"]),
        (["apply", "-", "--format", "json"], ["--dry-run"]),
        (["apply", "--stdin-filename", "bot.py"], ["add `-`"]),
        (["explain", "TGF999"], ["TGF999"]),
        (["explain", "async-slep"], ["did you mean 'async-sleep'?"]),
        (["list", "--format", "xml"], ["text, json"]),
        (["undo", "--project", "missing"], ["there is no such directory"]),
    ],
    ids=lambda value: "-".join(value),
)
def test_a_wrong_call_is_one_line_exit_code_2_and_writes_nothing(args: list[str], parts: list[str], bot: Path) -> None:
    before = tree(bot)
    result = tgfix(*args, cwd=bot)
    assert result.code == 2 and result.out == b""
    assert result.err.count("\n") == 1
    for part in parts:
        assert part in result.error
    assert tree(bot) == before


def test_a_wrong_configuration_names_the_file_and_the_key(bot: Path) -> None:
    (bot / "tgfix.toml").write_text('selekt = ["TGF501"]\n')
    result = tgfix("apply", "--dry-run", cwd=bot)
    assert result.code == 2
    assert "tgfix.toml" in result.error and "selekt" in result.error and "select" in result.error.replace("selekt", "")


def test_an_internal_error_of_a_codemod_names_it_asks_for_a_report_and_spares_the_others(
    bot: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tgfix import Codemod, load_codemods
    from tgfix.cli import session
    from tgfix.cli.main import main

    class Broken(Codemod):
        code, name, title, needles = "TGF999", "broken", "Fail", (b"async",)

        def find(self, module: object) -> list[object]:
            raise ZeroDivisionError("on purpose")

    monkeypatch.chdir(bot)
    monkeypatch.setattr(session, "load_codemods", lambda local: [*load_codemods(local), Broken()])
    with pytest.raises(SystemExit) as end:
        main(["apply", "bot.py"])
    assert end.value.code == 2
    printed = capsys.readouterr()
    assert re.search(
        r"tgfix: error: bot\.py: internal error in TGF999 broken: ZeroDivisionError: on purpose .*please report",
        printed.err,
    )
    assert "Traceback" not in printed.err
    assert printed.out == "rewrote bot.py (1 change)\n"


# list, explain, --version, --help


def test_list_shows_code_name_safety_and_title(tmp_path: Path) -> None:
    assert re.search(
        r"^TGF501 +async-sleep +safe or unsafe +Await asyncio\.sleep\(\)$",
        tgfix("list", cwd=tmp_path).text,
        re.MULTILINE,
    )
    entries = json.loads(tgfix("list", "--format", "json", cwd=tmp_path).out)
    entry = next(entry for entry in entries if entry["code"] == "TGF501")
    assert (entry["name"], entry["safety"], entry["related"]) == ("async-sleep", ["safe", "unsafe"], ["ASYNC251"])


@pytest.mark.parametrize("code", ["TGF501", "async-sleep", "tgf501"])
def test_explain_shows_what_why_an_example_and_when_it_is_safe(code: str, tmp_path: Path) -> None:
    text = tgfix("explain", code, cwd=tmp_path).text
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert headings == [
        "# TGF501 async-sleep", "## What it does", "## Why it is slow", "## Example", "## When it is safe"
    ]  # fmt: skip
    assert text.count("```diff") == 1 and "\n-    time.sleep(5)\n+    await asyncio.sleep(5)\n" in text
    assert "| rewrites are | safe or unsafe |" in text
    assert re.search(r"`tgfix explain TGF501 --all` adds: when it leaves code alone, references, \d+ examples", text)


def test_explain_all_shows_the_whole_documentation_and_every_example(tmp_path: Path) -> None:
    text = tgfix("explain", "TGF501", "--all", cwd=tmp_path).text
    for heading in ("What it does", "When it leaves code alone", "References", "Examples", "Left alone"):
        assert f"\n## {heading}\n" in text
    assert text.count("```diff") > 3 and text.count("```python") > 3


def test_the_page_of_every_codemod_is_read_in_two_minutes() -> None:
    for page in (Path(__file__).parents[1] / "docs" / "codemods").glob("TGF*.md"):
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert len(prose.split()) < 650, f"{page.name} is too long; `tgfix explain --all` has room"


def test_version_and_bare_call(tmp_path: Path) -> None:
    from tgfix import __version__

    assert tgfix("--version", cwd=tmp_path).text == f"tgfix {__version__}\n"
    bare = tgfix(cwd=tmp_path)
    assert bare.code == 0 and bare.text == tgfix("--help", cwd=tmp_path).text
    assert "tgfix apply --dry-run" in bare.text
