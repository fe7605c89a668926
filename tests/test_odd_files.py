"""Files as they really are: every byte that is not rewritten stays, and each kind has a clear outcome."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import libcst
import pytest
from command import tgfix, tree
from test_growth import counted

from tgfix.engine.analysis.module import ParseError
from tgfix.engine.analysis.newer_syntax import explain

PLAIN = "import time\n\n\nasync def pause(seconds):\n    time.sleep(1)\n    return 'now'\n"
FIXED = "import asyncio\n\n\nasync def pause(seconds):\n    await asyncio.sleep(1)\n    return 'now'\n"


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


#: What the file holds, and what it holds afterwards.
ODD = {
    "CRLF": (crlf(PLAIN), crlf(FIXED)),
    "lone CR": (PLAIN.replace("\n", "\r").encode(), FIXED.replace("\n", "\r").encode()),
    "tabs": (PLAIN.replace("    ", "\t").encode(), FIXED.replace("    ", "\t").encode()),
    "BOM": (b"\xef\xbb\xbf" + PLAIN.encode(), b"\xef\xbb\xbf" + FIXED.encode()),
    "latin-1": (
        b"# -*- coding: latin-1 -*-\n" + PLAIN.replace("now", "caf\u00e9").encode("latin-1"),
        b"# -*- coding: latin-1 -*-\n" + FIXED.replace("now", "caf\u00e9").encode("latin-1"),
    ),
    "no final newline": (PLAIN.rstrip("\n").encode(), FIXED.rstrip("\n").encode()),
    "mixed newlines": (
        PLAIN.replace("    time.sleep(1)\n", "    time.sleep(1)\r\n").encode(),
        FIXED.replace("    await asyncio.sleep(1)\n", "    await asyncio.sleep(1)\r\n").encode(),
    ),
    "trailing blank lines": ((PLAIN + "\n\n   \n\t\n").encode(), (FIXED + "\n\n   \n\t\n").encode()),
    "a line of comment signs": (
        f"# That is all. {'#' * 99}\n{PLAIN}".encode(),
        f"# That is all. {'#' * 99}\n{FIXED}".encode(),
    ),
    "a form feed": (PLAIN.replace("\n\n\n", "\n\f\n").encode(), FIXED.replace("\n\n\n", "\n\f\n").encode()),
    "characters that other tools take for newlines": (
        PLAIN.replace("now", "a\u2028b\x0bc\x1cd").encode(),
        FIXED.replace("now", "a\u2028b\x0bc\x1cd").encode(),
    ),
    "emoji before the call": (
        PLAIN.replace("    time", "    '\U0001f916 \u00fc'; time").encode(),
        FIXED.replace("    await asyncio", "    '\U0001f916 \u00fc'; await asyncio").encode(),
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_only_what_is_rewritten_changes(kind: str, tmp_path: Path) -> None:
    before, after = ODD[kind]
    bot = tmp_path / "bot.py"
    bot.write_bytes(before)
    assert tgfix("apply", cwd=tmp_path).code == 0
    assert bot.read_bytes() == after
    assert tgfix("apply", "--dry-run", cwd=tmp_path).code == 0
    assert tgfix("undo", cwd=tmp_path).code == 0
    assert bot.read_bytes() == before


@pytest.mark.parametrize("data", [b"", b"\n", b"# only a comment", b"\xef\xbb\xbf"])
def test_an_empty_file_is_left_as_it_is(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_bytes(data)
    assert tgfix("apply", cwd=tmp_path).code == 0
    assert (tmp_path / "bot.py").read_bytes() == data


def test_a_symlink_stays_one_and_its_target_is_rewritten_once(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_text(PLAIN)
    (tmp_path / "link.py").symlink_to("real.py")
    result = tgfix("apply", cwd=tmp_path)
    assert result.code == 0
    assert (tmp_path / "link.py").is_symlink() and (tmp_path / "real.py").read_text() == FIXED


@pytest.mark.parametrize("call", [["link.py"], ["."]], ids=["named", "found"])
def test_a_symlink_out_of_the_project_is_listed_and_left_alone(tmp_path: Path, call: list[str]) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "here").mkdir()
    (tmp_path / "elsewhere" / "real.py").write_text(PLAIN)
    (tmp_path / "here" / "link.py").symlink_to(tmp_path / "elsewhere" / "real.py")
    result = tgfix("apply", *call, cwd=tmp_path / "here")
    assert "link.py" in result.text and "leads out of the project" in result.text
    assert (tmp_path / "elsewhere" / "real.py").read_text() == PLAIN


def test_a_read_only_file_is_an_error_and_the_others_are_done(tmp_path: Path) -> None:
    for name in ("locked.py", "open.py"):
        (tmp_path / name).write_text(PLAIN)
    (tmp_path / "locked.py").chmod(0o444)
    result = tgfix("apply", cwd=tmp_path)
    assert result.code == 2 and "locked.py" in result.err and "read-only" in result.err
    assert (tmp_path / "locked.py").read_text() == PLAIN and (tmp_path / "open.py").read_text() == FIXED


def test_the_mode_of_a_file_is_kept(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(PLAIN)
    (tmp_path / "bot.py").chmod(0o750)
    assert tgfix("apply", cwd=tmp_path).code == 0
    assert (tmp_path / "bot.py").stat().st_mode & 0o777 == 0o750


def test_a_file_without_a_finding_keeps_bytes_and_time(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(PLAIN)
    clean = tmp_path / "clean.py"
    clean.write_bytes(b"x = 1\r\ny = 2\n")
    os.utime(clean, (1_000_000_000, 1_000_000_000))
    assert tgfix("apply", cwd=tmp_path).code == 0
    assert clean.read_bytes() == b"x = 1\r\ny = 2\n" and clean.stat().st_mtime == 1_000_000_000


@pytest.mark.slow
def test_a_file_of_thirty_thousand_lines_is_rewritten_in_seconds(tmp_path: Path) -> None:
    filler = "".join(f"def f{i}(x):\n    # number {i}\n    return x + {i}\n\n" for i in range(7_500))
    (tmp_path / "bot.py").write_text(
        PLAIN + "\n\n" + filler + "\n" + PLAIN.replace("import time\n", "").replace("pause", "again")
    )
    started = time.process_time()
    result = tgfix("apply", cwd=tmp_path)
    assert result.code == 0 and time.process_time() - started < 20
    text = (tmp_path / "bot.py").read_text()
    assert text == FIXED + "\n\n" + filler + "\n" + FIXED.replace("import asyncio\n", "").replace("pause", "again")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("import time\nasync def broken(:\n    time.sleep(1)\n", "broken.py:2 does not parse"),
        ("import time\nprint 'sleep'\n", "is Python 2"),
        ("import time\nsleep = (" * 300, "does not parse"),
        ("x = 'sleep\0'\n", "NUL"),
        (b"x = 'sleep \xff'\n", "utf-8"),
        (b"# coding: no-such-codec\nx = 'sleep'\n", "no-such-codec"),
    ],
)
def test_a_file_that_is_no_python_is_skipped_with_the_reason(text: str | bytes, says: str, tmp_path: Path) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    (tmp_path / "broken.py").write_bytes(data)
    (tmp_path / "bot.py").write_text(PLAIN)
    result = tgfix("apply", cwd=tmp_path)
    assert result.code == 0 and "broken.py" in result.text and says in result.text, result.text
    assert (tmp_path / "broken.py").read_bytes() == data and (tmp_path / "bot.py").read_text() == FIXED


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="there is no syntax yet that the newest Python cannot read")
def test_a_file_with_newer_syntax_is_skipped_with_the_version_it_needs(tmp_path: Path) -> None:
    newer = {
        (3, 11): ("try:\n    sleep()\nexcept* ValueError:\n    pass\n", "3.11"),
        (3, 12): ("def sleep[T](x: T) -> T:\n    return x\n", "3.12"),
        (3, 13): ("def sleep[T = int](x: T) -> T:\n    return x\n", "3.13"),
        (3, 14): ("x = t'{sleep}'\n", "3.14"),
    }
    text, version = next(value for key, value in newer.items() if key > sys.version_info[:2])
    (tmp_path / "newer.py").write_text(text)
    result = tgfix("check", cwd=tmp_path)
    assert result.code == 0 and f"Python {version}" in result.text


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="Python reads it")
def test_quotes_within_an_f_string_ask_for_python_3_12_whatever_else_looks_newer(tmp_path: Path) -> None:
    (tmp_path / "newer.py").write_text('x = f"{args["-m"]}"\nsleep = args["-t"]\ny = " t"\n')
    result = tgfix("check", cwd=tmp_path)
    assert result.code == 0 and "Python 3.12;" in result.text


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="there is no syntax yet that the newest Python cannot read")
@pytest.mark.parametrize("broken", [False, True])
def test_of_a_file_with_newer_syntax_only_what_python_cannot_read_is_read_otherwise(
    broken: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = "".join(f"@cache\ndef plain{n}():\n    if n:\n        return n\n\n\n" for n in range(50))
    newer = ["@cache\ndef first():\n    return t'{x}'\n\n\n", "if x:\n    y = 1\nelse:\n    y = t'{x}'\n\n\n"]
    text = plain + newer[0] + plain + newer[1] + plain + ("def broken(:\n    pass\n" if broken else "")
    read = counted(monkeypatch, libcst, "parse_module")
    said = explain(text, ParseError("invalid syntax"))
    assert said.startswith("does not parse" if broken else "uses syntax of Python 3.14")
    lengths = [len(given[0]) for given in read]
    assert (max(lengths) == len(text)) is broken
    assert broken or (len(lengths) == 2 and max(lengths) < 2 * max(map(len, newer)))


def test_a_directory_without_python_is_said_to_have_none(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("time.sleep")
    before = tree(tmp_path)
    result = tgfix("apply", cwd=tmp_path)
    assert result.code == 0 and "no Python files" in result.err and tree(tmp_path) == before


def test_a_file_that_is_named_is_read_whatever_its_ending(tmp_path: Path) -> None:
    (tmp_path / "bot").write_text("#!/usr/bin/env python3\n" + PLAIN)
    assert tgfix("apply", "bot", cwd=tmp_path).code == 0
    assert (tmp_path / "bot").read_text() == "#!/usr/bin/env python3\n" + FIXED
