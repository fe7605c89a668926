"""Catalogues of translations, which a deployment compiles before it starts a program: ``x.po`` becomes ``x.mo``."""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator
from pathlib import Path

#: A line of a catalogue: the field that it begins, if it begins one, and a text.
_LINE = re.compile(r"(?:(msgctxt|msgid|msgid_plural|msgstr|msgstr\[\d+\])\s+)?(\"(?:[^\"\\]|\\.)*\")\s*$")
_MAGIC = 0x950412DE


def compile_all(root: Path) -> None:
    """Compile those below a folder that are not."""
    for source in root.rglob("*.po"):
        target = source.with_suffix(".mo")
        if not target.exists() and source.is_file():
            target.write_bytes(compiled(source.read_text("utf-8", "replace")))


def compiled(text: str) -> bytes:
    """A catalogue as `gettext` reads it (https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html)."""
    pairs = sorted((key.encode(), value.encode()) for key, value in dict(_pairs(text)).items())
    tables, data, at = [b"", b""], b"", 28 + 16 * len(pairs)
    for side in (0, 1):
        for pair in pairs:
            tables[side] += struct.pack("<II", len(pair[side]), at + len(data))
            data += pair[side] + b"\0"
    head = struct.pack("<7I", _MAGIC, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, at)
    return head + b"".join(tables) + data


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """What is translated, with its context and plural, and how."""
    for entry in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        fields: dict[str, str] = {}
        name = ""
        lines = entry.splitlines()
        for found in filter(None, map(_LINE.match, lines)):
            name = found[1] or name
            fields[name] = fields.get(name, "") + str(ast.literal_eval(found[2]))
        said = [value for key, value in fields.items() if key.startswith("msgstr")]
        if "msgid" in fields and any(said) and not any(re.match(r"#,.*\bfuzzy\b", line) for line in lines):
            context = f"{fields['msgctxt']}\x04" if "msgctxt" in fields else ""
            plural = f"\0{fields['msgid_plural']}" if "msgid_plural" in fields else ""
            yield f"{context}{fields['msgid']}{plural}", "\0".join(said)
