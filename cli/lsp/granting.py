"""Granting assumptions in the configuration of a project: the file that configures it, with the names added."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...engine.sources.config import Settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_ASSUME = re.compile(r"^assume[ \t]*=[ \t]*\[(?P<names>[^\]\n]*)\]", re.MULTILINE)
_HEADER = "[tool.tgfix]"


def file_of(settings: Settings) -> Path:
    """The file that configures a project, or would."""
    if settings.config_file is not None:
        return settings.config_file
    shared = settings.root / "pyproject.toml"
    return shared if shared.exists() else settings.root / "tgfix.toml"


def granted(text: str, names: Sequence[str], *, shared: bool) -> str | None:
    """The text of a configuration with assumptions granted for the project; None where it cannot be extended for certain.

    `shared` is a pyproject.toml, where the settings stand in a table of their own.
    """
    before = _table(text, shared=shared)
    if before is None or not isinstance(before.get("assume", []), list):
        return None
    wanted = [*before.get("assume", []), *(name for name in names if name not in before.get("assume", []))]
    line = f"assume = {json.dumps(wanted)}"
    begin, end = _span(text, shared=shared)
    if "assume" in before:
        after = text[:begin] + _ASSUME.sub(lambda _: line, text[begin:end], count=1) + text[end:]
    elif begin < 0:
        gap = "" if not text else "\n" if text.endswith("\n") else "\n\n"
        after = f"{text}{gap}{_HEADER}\n{line}\n"
    else:
        after = f"{text[:begin]}{line}\n{text[begin:]}"
    return after if _table(after, shared=shared) == {**before, "assume": wanted} else None


def _table(text: str, *, shared: bool) -> dict[str, Any] | None:
    try:
        content: Any = tomllib.loads(text)
        for key in ("tool", "tgfix") if shared or "tool" in content else ():
            content = content.get(key, {})
        return dict(content)
    except (tomllib.TOMLDecodeError, AttributeError, TypeError, ValueError):
        return None


def _span(text: str, *, shared: bool) -> tuple[int, int]:
    """From behind the header of the table to the next header; -1 where there is no such header."""
    header = re.search(rf"^{re.escape(_HEADER)}[ \t]*(?:#[^\n]*)?\n", text, re.MULTILINE)
    if header is None and shared:
        return -1, -1
    begin = header.end() if header is not None else 0
    following = re.compile(r"^\[", re.MULTILINE).search(text, begin)
    return begin, following.start() if following is not None else len(text)
