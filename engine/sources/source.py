"""A source file as bytes and as text, so that what is not rewritten is kept byte for byte."""

from __future__ import annotations

import os
import re
import stat
import tokenize
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

#: Larger files are generated data, not bots; a parser would need minutes and gigabytes for them.
MAX_BYTES = 5_000_000

UTF8_BOM = b"\xef\xbb\xbf"

#: A line of a text, with its end where it has one.
LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?")
_NEWLINE = re.compile(r"\r\n|\r|\n")
#: Maps every byte beyond ASCII to "?", see `_declared_encoding`.
_ASCII_ONLY = bytes(range(128)) + b"?" * 128


#: Files of which Python is only a part: suffix → module and class, loaded where there is such a file.
_KINDS = {".ipynb": (".notebook", __package__, "Notebook")}


class SourceError(Exception):
    """A file that cannot be read as Python source, or a text that cannot be written as this file.

    The message is a sentence without its subject ("is not valid utf-8: …"); `line` is the place, 1-based, where there
    is one.
    """

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class SourceFile:
    """A file as it was read: ``source.encode(source.text) == source.data``, always."""

    #: Absolute; a symbolic link stays the link.
    path: Path
    data: bytes
    #: Decoded, without the byte order mark, newlines as they are.
    text: str
    #: Name of the codec, in Python's normal form: "utf-8", "iso-8859-1", "cp1252".
    encoding: str
    #: The UTF-8 byte order mark, or nothing.
    bom: bytes
    #: The most frequent newline; where two are equally frequent ``\n`` goes before ``\r\n``, and that before ``\r``.
    newline: str

    @classmethod
    def read(cls, path: Path) -> SourceFile:
        """Read and decode a file.

        Raises:
            SourceError: it cannot be read, is no regular file, is larger than `MAX_BYTES`, or cannot be decoded.
        """
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise SourceError("is not a regular file")
            _check_size(status.st_size)
            data = path.read_bytes()
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror or error}") from None
        return cls.from_bytes(path, data)

    @classmethod
    def from_bytes(cls, path: Path, data: bytes) -> SourceFile:
        """Decode the bytes of a file as Python does (PEP 263: byte order mark, coding line, else UTF-8).

        Raises:
            SourceError: the bytes are no text in the encoding that the file declares, or Python would not know that
                encoding, or the file is larger than `MAX_BYTES`.
        """
        _check_size(len(data))
        if path.suffix in _KINDS:
            kind: type[SourceFile] = getattr(import_module(*_KINDS[path.suffix][:2]), _KINDS[path.suffix][2])
            return kind.of(Path(os.path.abspath(path)), data)
        if (nul := data.find(0)) >= 0:
            raise SourceError("holds NUL bytes, so it is no Python source (perhaps UTF-16?)", _line_of(data, nul))
        encoding, bom = _declared_encoding(data)
        text = _decode(data[len(bom) :], encoding)
        absolute = os.path.abspath(path)
        # the same object where it is absolute: paths are looked up all the time, and only the same one is equal at once
        path = path if os.fspath(path) == absolute else Path(absolute)
        return SourceFile(path, data, text, encoding, bom, _newline(text))

    @classmethod
    def of(cls, path: Path, data: bytes) -> SourceFile:
        """A file of this kind.

        Raises:
            SourceError: as `from_bytes`.
        """
        return SourceFile.from_bytes(path, data)

    @classmethod
    def from_text(cls, path: Path, text: str) -> SourceFile:
        """A file that holds a text, in the encoding that the text declares.

        Raises:
            SourceError: as `from_bytes`, or the encoding has no such character.
        """
        data = text.encode("utf-8", "surrogatepass")
        encoding, bom = _declared_encoding(data)
        try:
            return cls.from_bytes(path, data if bom or encoding == "utf-8" else text.encode(encoding))
        except UnicodeEncodeError as error:
            raise SourceError(f"cannot be written as {encoding}: it has no character {text[error.start]!a}") from None

    def encode(self, text: str) -> bytes:
        """The bytes of this file if its text were `text`: same byte order mark, same encoding.

        Raises:
            SourceError: a character does not exist in the encoding, or `text` has lost the coding line that declares
            it.
        """
        try:
            data = self.bom + text.encode(self.encoding)
        except UnicodeEncodeError as error:
            line = 1 + len(_NEWLINE.findall(text, 0, error.start))
            character = text[error.start]
            message = f"cannot be written as {self.encoding}: it has no character {character!a} (line {line})"
            raise SourceError(message, line) from None
        if _declared_encoding(data) != (self.encoding, self.bom):
            raise SourceError(f"would no longer declare its encoding, {self.encoding}, in the first two lines", 1)
        return data


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise SourceError(f"is too large: {size:,} bytes, and files over {MAX_BYTES:,} are not read")


def _declared_encoding(data: bytes) -> tuple[str, bytes]:
    """The normalised name of the encoding and the byte order mark.

    `tokenize.detect_encoding` decides, but is shown what the interpreter's own tokenizer sees: lines that may end in a
    lone ``\\r``, and comments that need not be UTF-8 (it decodes the coding line as UTF-8 before it knows better).
    """
    bom = UTF8_BOM if data.startswith(UTF8_BOM) else b""
    first = _LINE.match(data, len(bom))
    assert first is not None  # the pattern matches the empty string as well
    second = _LINE.match(data, first.end())
    assert second is not None
    lines = iter([bom + first.group().translate(_ASCII_ONLY), second.group().translate(_ASCII_ONLY)])
    try:
        encoding, _ = tokenize.detect_encoding(lambda: next(lines, b""))
    except SyntaxError as error:
        if bom and "unknown" not in str(error):
            raise SourceError("begins with a UTF-8 byte order mark and declares another encoding", 1) from None
        raise SourceError(f"has a coding line that Python does not understand ({error.msg})", 1) from None
    return "utf-8" if encoding == "utf-8-sig" else encoding, bom


def _decode(body: bytes, encoding: str) -> str:
    try:
        text = body.decode(encoding)
        if encoding != "utf-8" and (text.encode(encoding) != body or "#".encode(encoding) != b"#"):
            # stateful and many-to-one codecs (utf-16, iso-2022, utf-7): writing would change bytes nobody asked to
            # change
            raise SourceError(f"is written in {encoding} in a way that cannot be written back byte for byte")
        return text
    except UnicodeDecodeError as error:
        line = _line_of(body, error.start)
        byte = f"byte 0x{body[error.start]:02x} in line {line}" if error.start < len(body) else "it ends too early"
        hint = "; save it as UTF-8, or declare its encoding in a coding line (PEP 263)" if encoding == "utf-8" else ""
        raise SourceError(f"is not valid {encoding}: {byte}{hint}", line) from None
    except (UnicodeError, LookupError, ValueError) as error:
        # `LookupError`: codecs that are no text encodings (rot13); the others: what rarely used codecs raise
        raise SourceError(f"cannot be decoded as {encoding} ({error})") from None


def _line_of(data: bytes, offset: int) -> int:
    before = data[:offset]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")


def _newline(text: str) -> str:
    if "\r" not in text:
        return "\n"
    crlf = text.count("\r\n")
    counts = {"\n": text.count("\n") - crlf, "\r\n": crlf, "\r": text.count("\r") - crlf}
    return max(counts, key=lambda newline: counts[newline])
