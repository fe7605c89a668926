"""Suppression comments that tgfix writes and takes away: only comments change, and the next look agrees."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest
from command import BOT, tgfix, tree

from tgfix.engine.model import Finding
from tgfix.engine.run.ignores import NotWritable, unused, with_ignores, without


def finding(line: int, code: str = "TGF501", end_line: int | None = None) -> Finding:
    return Finding(code, "async-sleep", Path("/bot.py"), line, 0, end_line or line, 1, "slow", reason="none")


def test_every_finding_that_could_be_rewritten_is_silenced_by_one_call_and_undo_takes_it_back(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(BOT)
    before = tree(tmp_path)
    result = tgfix("check", "--add-ignore=the device needs it", cwd=tmp_path)
    assert result.code == 0 and "2 findings silenced in 1 file" in result.err
    text = (tmp_path / "bot.py").read_text()
    assert "    time.sleep(5)  # wait  # tgfix: ignore[TGF501] the device needs it\n" in text
    assert text.count("# tgfix: ignore[TGF501] the device needs it\n") == 2
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(BOT))
    again = tgfix("check", cwd=tmp_path)
    assert again.code == 0 and "2 suppressed" in again.err and "silences nothing" not in again.err
    assert tgfix("undo", cwd=tmp_path).code == 0 and tree(tmp_path) == before


def test_the_reason_may_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(BOT)
    assert tgfix("check", "--add-ignore", "bot.py", cwd=tmp_path).code == 0
    assert "    time.sleep(1)  # tgfix: ignore[TGF501]\n" in (tmp_path / "bot.py").read_text()


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("f(\n    a,\n    b,\n)\n", 2, "f(\n    a,  # tgfix: ignore[TGF501]\n    b,\n)\n"),
        ("f(1 + \\\n  2)\n", 1, "f(1 + \\\n  2)  # tgfix: ignore[TGF501]\n"),
        ('f("""a\nb""",\n  1)\n', 1, 'f("""a\nb""",\n  1)  # tgfix: ignore[TGF501]\n'),
        ("f(1)  # noqa", 1, "f(1)  # noqa  # tgfix: ignore[TGF501]"),
        ("f(1)\r\ng()\r\n", 1, "f(1)  # tgfix: ignore[TGF501]\r\ng()\r\n"),
        ("f(1)   \n", 1, "f(1)  # tgfix: ignore[TGF501]\n"),
        ("f(1)  # tgfix: ignore[TGF2] old\n", 1, "f(1)  # tgfix: ignore[TGF2, TGF501] old\n"),
        ("f(1)  # tgfix: ignore\n", 1, "f(1)  # tgfix: ignore\n"),
        ("if f(1): g()\n", 1, "if f(1): g()  # tgfix: ignore[TGF501]\n"),
        ("for x in (\n  1,\n):\n    pass\n", 3, "for x in (\n  1,\n):  # tgfix: ignore[TGF501]\n    pass\n"),
    ],
)
def test_a_comment_goes_where_it_counts_and_breaks_nothing(text: str, line: int, expected: str) -> None:
    assert with_ignores(text, [finding(line)]) == expected


def test_several_codemods_on_one_line_share_a_comment() -> None:
    text = with_ignores("f(1)\n", [finding(1, "TGF502"), finding(1, "TGF501"), finding(1, "TGF501")], "it is so")
    assert text == "f(1)  # tgfix: ignore[TGF501, TGF502] it is so\n"


def test_a_text_that_does_not_parse_is_left_alone() -> None:
    with pytest.raises(NotWritable):
        with_ignores("f(\n", [finding(1)])


@pytest.mark.parametrize(
    ("line", "silenced", "rest"),
    [
        ("f(1)  # tgfix: ignore[TGF501] because of it", [], "f(1)"),
        ("f(1)  # tgfix: ignore", [], "f(1)"),
        ("f(1)  # tgfix: ignore[TGF501, TGF2] because", [finding(1)], "f(1)  # tgfix: ignore[TGF501] because"),
        ("f(1)  # noqa  # tgfix: ignore[TGF501]", [], "f(1)  # noqa"),
        ("f(1)  # tgfix: ignore[TGF501]  # type: ignore", [], "f(1)  # type: ignore"),
        ("f(1)  # tgfix: ignore[TGF501]", [finding(1)], "f(1)  # tgfix: ignore[TGF501]"),
        ("f(1)  # tgfix: ignore[TGF5]", [finding(1)], "f(1)  # tgfix: ignore[TGF5]"),
    ],
)
def test_what_silences_nothing_goes_and_the_rest_stays(line: str, silenced: list[Finding], rest: str) -> None:
    for end in ("", "\n", "\r\n"):
        text = line + end
        assert without(text, unused(text, silenced, lambda selector: True)) == rest + end


def test_a_comment_at_the_end_of_a_statement_is_used_by_a_finding_on_any_of_its_lines() -> None:
    text = "f(\n    1,\n)  # tgfix: ignore[TGF501]\n"
    assert unused(text, [finding(2)], lambda selector: True) == []


def test_unused_comments_are_remarked_on_and_taken_away(tmp_path: Path) -> None:
    source = dedent(
        """\
        import time

        x = 1  # tgfix: ignore


        async def handle(event):
            time.sleep(1)  # tgfix: ignore[TGF501, TGF502] a device
            await event.reply("Done.")  # tgfix: ignore[async-sleep]
        """
    )
    (tmp_path / "bot.py").write_text(source)
    (tmp_path / "clean.py").write_text("print()  # tgfix: ignore[TGF501]\n")
    result = tgfix("check", cwd=tmp_path)
    assert result.code == 0
    assert [line for line in result.err.splitlines() if "silences nothing" in line] == [
        "tgfix: bot.py:3: the tgfix comment ignore silences nothing any more",
        "tgfix: bot.py:7: the tgfix comment ignore[TGF502] silences nothing any more",
        "tgfix: bot.py:8: the tgfix comment ignore[async-sleep] silences nothing any more",
        "tgfix: clean.py:1: the tgfix comment ignore[TGF501] silences nothing any more",
    ]
    result = tgfix("check", "--remove-unused-ignores", cwd=tmp_path)
    assert result.code == 0 and "4 unused comments taken away in 2 files" in result.err
    assert (tmp_path / "clean.py").read_text() == "print()\n"
    text = (tmp_path / "bot.py").read_text()
    assert text.count("tgfix") == 1 and "# tgfix: ignore[TGF501] a device\n" in text
    assert "silences nothing" not in tgfix("check", cwd=tmp_path).err


def test_a_comment_for_codemods_that_do_not_run_is_not_unused(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        "x = 1  # tgfix: ignore\ny = 2  # tgfix: ignore[TGF2]\nz = 3  # tgfix: ignore[LOC1]\n"
    )
    assert "silences nothing" not in tgfix("check", "--select", "TGF5", cwd=tmp_path).err
    (tmp_path / "tgfix.toml").write_text('[per-file-ignores]\n"*.py" = ["TGF201"]\n')
    assert "silences nothing" not in tgfix("check", cwd=tmp_path).err


def test_comments_are_not_written_into_stdin(tmp_path: Path) -> None:
    for option in ("--add-ignore", "--remove-unused-ignores"):
        result = tgfix("check", option, "-", cwd=tmp_path, stdin=BOT.encode())
        assert result.code == 2 and "name the file" in result.error
    result = tgfix("check", "--add-ignore=a # b", cwd=tmp_path)
    assert result.code == 2 and "# or ]" in result.error
