"""What is read must come back byte for byte, and what cannot must be refused with a sentence that helps."""

from __future__ import annotations

import ast
import codecs
import contextlib
import encodings.aliases
import os
from pathlib import Path

import pytest
from hypothesis import example, given, reject, settings
from hypothesis import strategies as st

from tgfix.engine.sources.source import MAX_BYTES, SourceError, SourceFile

BOT = Path("/project/bot.py")
BOM = codecs.BOM_UTF8


def source(data: bytes) -> SourceFile:
    return SourceFile.from_bytes(BOT, data)


def refusal(data: bytes) -> SourceError:
    with pytest.raises(SourceError) as caught:
        source(data)
    return caught.value


@pytest.mark.parametrize(
    ("data", "encoding", "text"),
    [
        (b"x = 1\n", "utf-8", "x = 1\n"),
        ("x = 'é'\n".encode(), "utf-8", "x = 'é'\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "iso-8859-1", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n\x80", "cp1252", None),
        (b"\x0c\n# coding: cp1251\n\xe9", "cp1251", "\x0c\n# coding: cp1251\nй"),
        (b"# caf\xe9, coding: latin-1\n", "iso-8859-1", "# café, coding: latin-1\n"),
        (b"# coding: latin-1\rx = '\xe9'\r", "iso-8859-1", "# coding: latin-1\rx = 'é'\r"),
        (b"# one\r# coding: koi8-r\r\xd6\r", "koi8-r", "# one\r# coding: koi8-r\rж\r"),
        (b"# one\n\n# coding: latin-1\n", "utf-8", None),
        (b"x = 1\n# coding: latin-1\n", "utf-8", None),
        (b"", "utf-8", ""),
    ],
)
def test_the_encoding_is_the_one_that_python_uses(data: bytes, encoding: str, text: str | None) -> None:
    read = source(data)
    assert (read.encoding, read.bom) == (encoding, b"")
    assert text is None or read.text == text
    assert read.encode(read.text) == data


def test_a_byte_order_mark_is_kept_apart() -> None:
    for data in (BOM + b"x = 1\n", BOM + b"# coding: UTF-8\nx = 1\n", BOM):
        read = source(data)
        assert (read.encoding, read.bom, read.text) == ("utf-8", BOM, data[3:].decode())
        assert read.encode(read.text) == data
    assert source(BOM + BOM).text == "\ufeff"


@pytest.mark.parametrize(
    ("data", "newline"),
    [
        (b"", "\n"), (b"x", "\n"), (b"a\nb\n", "\n"), (b"a\r\nb\r\n", "\r\n"), (b"a\rb\r", "\r"),
        (b"a\r\nb\r\nc\n", "\r\n"), (b"a\r\nb\nc\n", "\n"), (b"a\r\nb\n", "\n"), (b"a\x0cb\x1cc\r\n", "\r\n"),
        ("a\u2028b\x85c\r".encode(), "\r"),
    ],
)  # fmt: skip
def test_the_most_frequent_newline_counts_and_all_are_kept(data: bytes, newline: str) -> None:
    read = source(data)
    assert read.newline == newline
    assert read.text.encode() == data


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"a\nb\r\nc\rx = '\xe9'\n", 4, "is not valid utf-8: byte 0xe9 in line 4"),
        (b"# coding: ascii\n'\xe9'\n", 2, "is not valid ascii: byte 0xe9 in line 2"),
        (b"x = '\xe2\x82", 1, "is not valid utf-8"),
        (b"# coding: klingon\n", 1, "klingon"),
        (BOM + b"# coding: latin-1\n", 1, "byte order mark and declares another encoding"),
        (b"# coding: rot13\n", None, "rot13"),
        (b"a\n\0", 2, "NUL"),
        ("x = 1\n".encode("utf-16"), 1, "NUL"),
        (b"# coding: utf-16\nabcde", None, "utf-16"),
        (b"# coding: utf-7\n+AGE-\n", None, "cannot be written back byte for byte"),
    ],
)
def test_what_is_no_text_is_refused_with_its_place(data: bytes, line: int | None, message: str) -> None:
    error = refusal(data)
    assert message in str(error)
    assert error.line == line


def test_a_text_that_does_not_fit_the_encoding_is_refused() -> None:
    latin = source(b"# coding: latin-1\nx = '\xe9'\n")
    assert latin.encode("# coding: latin-1\ny = 'é'\n") == b"# coding: latin-1\ny = '\xe9'\n"
    with pytest.raises(SourceError, match=r"iso-8859-1.*'\\u20ac' \(line 2\)"):
        latin.encode("# coding: latin-1\ny = '€'\n")
    with pytest.raises(SourceError, match="line 1"):
        source(b"").encode("\ud800")


def test_a_text_that_would_be_read_in_another_encoding_is_refused() -> None:
    with pytest.raises(SourceError, match="declare"):
        source(b"# coding: latin-1\nx = '\xe9'\n").encode("import asyncio\n\n# coding: latin-1\nx = 'é'\n")
    with pytest.raises(SourceError, match="declare"):
        source(b"x\n\n# coding: latin-1\n").encode("# coding: latin-1\n")


def test_paths_become_absolute_and_links_stay_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "real.py").write_bytes(b"x\r\n")
    (tmp_path / "link.py").symlink_to("real.py")
    monkeypatch.chdir(tmp_path)
    read = SourceFile.read(Path("link.py"))
    assert (read.path, read.data, read.text) == (tmp_path / "link.py", b"x\r\n", "x\r\n")


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    reasons = {"missing.py": "No such file", ".": "not a regular", "pipe.py": "not a regular", "loop.py": "cannot be"}
    for name, message in reasons.items():
        with pytest.raises(SourceError, match=message):
            SourceFile.read(tmp_path / name)


def test_a_large_file_is_read_and_a_huge_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "big.py"
    path.write_bytes(b"    await bot.send_message(chat_id, text)\r\n" * 30_000)
    assert SourceFile.read(path).text.count("\r\n") == 30_000
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(SourceError, match="too large: 5,000,001 bytes"):
        SourceFile.read(path)
    with pytest.raises(SourceError, match="too large: 5,000,001 bytes"):
        source(path.read_bytes())


COOKIES = [
    b"", BOM, b"# coding: latin-1\n", b"# coding: cp1252\r", BOM + b"# coding: utf-8\r\n", b"\n# coding: shift_jis\n",
]  # fmt: skip
LINES = st.binary(max_size=8) | st.text(max_size=8).map(lambda text: text.encode("utf-8", "replace"))


@settings(max_examples=100)
@given(
    cookie=st.sampled_from(COOKIES),
    lines=st.lists(LINES),
    newlines=st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\r"]),
)
@example(cookie=BOM, lines=[BOM], newlines=b"\n")
def test_whatever_can_be_decoded_comes_back_byte_for_byte(cookie: bytes, lines: list[bytes], newlines: bytes) -> None:
    data = cookie + newlines.join(lines)
    try:
        read = source(data)
    except SourceError:
        reject()
    assert read.encode(read.text) == data
    assert read.bom + read.text.encode(read.encoding) == data


CODECS = {*encodings.aliases.aliases.values(), "utf-8-sig", "idna", "punycode", "undefined"}


@pytest.mark.parametrize("encoding", sorted(CODECS))
def test_every_codec_of_python_comes_back_or_is_refused(encoding: str) -> None:
    """Nothing but `SourceError` escapes, and what Python itself compiles to a value has the same value here."""
    for body in (b"x = 'a'\n", b"x = '\xe9\xe8'\n", b"x = '\x81\x40'\r\n", b"x = '\x1b$B$\"\x1b(B'\n"):
        data = b"# coding: %s\n" % encoding.encode() + body
        try:
            read = source(data)
        except SourceError:
            continue
        assert read.encode(read.text) == data
        with contextlib.suppress(SyntaxError, LookupError, UnicodeError, ValueError):
            assert ast.dump(ast.parse(data)) == ast.dump(ast.parse(read.text))
