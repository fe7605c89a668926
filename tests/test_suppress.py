"""Suppression comments: what they silence, and what a mistyped one is told."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tgfix.engine.sources.suppress import PragmaWarning, Suppressions


def silenced(text: str, line: int, end_line: int | None = None) -> bool:
    """Whether a finding of async-sleep is."""
    return Suppressions.of(dedent(text)).silences(line, end_line or line, "TGF501", "async-sleep")


def warnings(text: str) -> list[tuple[int, str]]:
    return [(warning.line, warning.message) for warning in Suppressions.of(dedent(text)).warnings]


@pytest.mark.parametrize(
    "comment",
    [
        "# tgfix: ignore",
        "#tgfix:ignore",
        "# tgfix: ignore[TGF501]",
        "# tgfix: ignore[TGF201, async-sleep]",
        "# tgfix: ignore [ TGF5 ]",
        "# tgfix: ignore[tgf501]",
        "# tgfix: ignore[ALL]",
        "# tgfix: ignore because the bot is meant to wait [see TGF201]",
        "# noqa: ASYNC251  # tgfix: ignore[TGF501] because it is a script",
        "# tgfix: ignore[TGF501]  # type: ignore",
        "# tgfix: ignore[TGF201] # tgfix: ignore[TGF501]",
    ],
)
def test_a_comment_on_the_line_silences_the_codemods_it_names(comment: str) -> None:
    text = f"time.sleep(1)  {comment}\ntime.sleep(2)\n"
    assert silenced(text, 1)
    assert not silenced(text, 2)
    assert warnings(text) == []


@pytest.mark.parametrize(
    "comment",
    ["# tgfix: ignore[TGF201]", "# tgfix: ignore[TGF4, pooled-http-client]", "# noqa", "# see tgfix: it is slow"],
)
def test_other_codemods_and_other_comments_silence_nothing(comment: str) -> None:
    text = f"time.sleep(1)  {comment}\n"
    assert not silenced(text, 1)
    assert warnings(text) == []


def test_a_finding_of_several_lines_is_silenced_on_its_first_and_on_its_last_line() -> None:
    first = "for x in y:  # tgfix: ignore\n    a(x)\n    b(x)\n"
    middle = "for x in y:\n    a(x)  # tgfix: ignore\n    b(x)\n"
    last = "for x in y:\n    a(x)\n    b(x)  # tgfix: ignore\n"
    assert [silenced(text, 1, 3) for text in (first, middle, last)] == [True, False, True]


STATEMENT = """\
    x = f(
        time.sleep(1),{inside}
        time.sleep(2),
    ){behind}
    time.sleep(3)
    """


def test_a_comment_at_the_end_of_a_statement_is_about_all_its_lines() -> None:
    text = STATEMENT.format(inside="", behind="  # tgfix: ignore")
    assert [silenced(text, line) for line in range(1, 6)] == [True, True, True, True, False]


def test_a_comment_inside_of_a_statement_is_about_its_own_line() -> None:
    text = STATEMENT.format(inside="  # tgfix: ignore", behind="")
    assert [silenced(text, line) for line in range(1, 6)] == [False, True, False, False, False]


def test_a_comment_behind_a_header_of_several_lines_is_about_the_header() -> None:
    text = """\
        async with Client(
            timeout=5,
        ) as client:  # tgfix: ignore
            time.sleep(1)
        """
    assert silenced(text, 1, 4)
    assert silenced(text, 2)
    assert not silenced(text, 4)


def test_a_comment_behind_a_string_or_a_continuation_of_several_lines_is_about_all_of_it() -> None:
    assert silenced('x = """a\nb\n"""  # tgfix: ignore\n', 1, 3)
    assert silenced("x = a + \\\n    b  # tgfix: ignore\n", 1)


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\n# tgfix: ignore\ntime.sleep(1)\n",
        "f(\n    # tgfix: ignore\n    time.sleep(1)\n)\n",
        "async def f():\n    # tgfix: ignore\n    time.sleep(1)\n",
    ],
)
def test_a_comment_on_a_line_of_its_own_silences_nothing_and_says_so(text: str) -> None:
    assert not silenced(text, 3)
    assert warnings(text) == [(2, "has no effect on a line of its own; put it at the end of the line it is meant for")]


def test_a_comment_in_a_string_is_none() -> None:
    text = 'x = "# tgfix: ignore"\ny = """\n# tgfix: skip-file\n# tgfix: ignroe\n"""\nz = f"{x} # tgfix: ignore"\n'
    found = Suppressions.of(text)
    assert not found.skip_file
    assert not any(found.silences(line, line, "TGF501", "async-sleep") for line in range(1, 7))
    assert found.warnings == ()


@pytest.mark.parametrize(
    "text",
    [
        "# tgfix: skip-file\nx = 1\n",
        '"""Docs."""\nx = 1\n\n\n# fmt: off # tgfix: skip-file, it is generated\n',
        "def f(\n    a,  # tgfix: skip-file\n): ...\n",
        "x = 1  # tgfix: skip-file",
        "\tx = 1  # tgfix: skip-file\n",
    ],
)
def test_skip_file_holds_wherever_it_stands(text: str) -> None:
    found = Suppressions.of(text)
    assert found.skip_file
    assert found.warnings == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_are_counted_with_every_newline(newline: str) -> None:
    text = newline.join(["# comment", "x = 1", "\f", "time.sleep(1)  # tgfix: ignore", "time.sleep(2)", ""])
    assert silenced(text, 4)
    assert not silenced(text, 5)


def test_a_last_line_without_a_newline_counts() -> None:
    assert silenced("time.sleep(1)  # tgfix: ignore", 1)


def test_a_file_that_does_not_parse_keeps_what_was_read_of_it() -> None:
    found = Suppressions.of("# tgfix: skip-file\nx = (\n")
    assert found.skip_file
    assert Suppressions.of("x = (  # tgfix: ignore\n").silences(1, 1, "TGF501", "async-sleep")
    assert not Suppressions.of("if x:\n        a\n    b  # tgfix: ignore\n").skip_file


@pytest.mark.parametrize(
    ("comment", "message", "still"),
    [
        ("# tgfix: ignroe", "tgfix: ignroe is not understood; did you mean 'ignore'?", False),
        ("# tgfix: Ignore[TGF501]", "tgfix: Ignore is not understood; did you mean 'ignore'?", False),
        ("# tgfix: skipfile", "tgfix: skipfile is not understood; did you mean 'skip-file'?", False),
        ("# tgfix: off", "tgfix: off is not understood; there are ignore and skip-file", False),
        ("# tgfix:", "tgfix: nothing is not understood; there are ignore and skip-file", False),
        ("# tgfix: ignore[]", "ignore[] silences nothing; without brackets it silences all", False),
        ("# tgfix: ignore[TGF501", "ignore[ has no closing bracket", True),
        ("# tgfix: ignore[TGF5O1]", "ignore[TGF5O1] is no code, code prefix or name of a codemod", False),
        ("# tgfix: ignore[TGF501 TGF502]", "ignore[TGF501 TGF502] is no code, code prefix or name of a codemod", False),
        ("# tgfix: ignore[TGF501, *]", "ignore[*] is no code, code prefix or name of a codemod", True),
        ("# type: ignore, tgfix: ignore", "has no effect, because tgfix: does not follow a #", False),
        ("# tgfix: skip-file[TGF501]", "skip-file takes no codemods; it skips the file for all of them", False),
    ],
)
def test_a_mistyped_comment_is_reported_with_its_line(comment: str, message: str, still: bool) -> None:
    text = f"x = 1\ntime.sleep(1)  {comment}\n"
    assert Suppressions.of(text).warnings == (PragmaWarning(2, message),)
    assert silenced(text, 2) is still


def test_a_text_that_does_not_name_tgfix_is_not_tokenized(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = []
    monkeypatch.setattr("tokenize.generate_tokens", lambda readline: texts.append(readline) or iter(()))
    Suppressions.of("x = 1  # noqa\n" * 1000)
    assert texts == []
    Suppressions.of("x = 1  # tgfix: ignore\n")
    assert len(texts) == 1
