"""`tgfix init`: the hook, the configuration table and the ignored directory, added to a project's own files.

The files are a person's, with their comments, order and indentation, so they are extended as text and never written
anew from what was parsed. Where that cannot be done for certain, the file stays and the lines to add are printed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..engine.rewriting.diff import unified_diff
from ..engine.run.atomic import WriteError, write_file
from ..engine.sources.git import UsageError, git_toplevel
from . import output
from .errors import DONE, FAILED, complain, note
from .report import label
from .skill import skill_files

_TABLE = """\
[tool.tgfix]
# `tgfix list` shows what can be selected or ignored; docs/configuration.md all settings
# select = ["TGF5", "TGF201"]
# ignore = ["async-sleep"]
# baseline = "tgfix-baseline.json"
unsafe-fixes = false
"""

_IGNORED = """\
# what tgfix keeps for `tgfix undo`; decisions are there to be shared
.tgfix/*
!.tgfix/decisions.json
"""

_HOOKS = ".pre-commit-config.yaml"
_BOM = "\ufeff"


class CannotExtend(Exception):
    """A file that cannot be extended for certain; the message is a clause without its subject."""


@dataclass(frozen=True)
class _Part:
    """One file that `init` looks after."""

    path: Path
    #: What is to be in it, for a person who adds it by hand.
    lines: str
    #: The whole text with the lines in it; the same text where there is nothing to do. It sees newlines as ``\\n``.
    extend: Callable[[str], str]


def init_command(directory: str | None, *, yes: bool, skill: bool = False) -> int:
    """Extend the files one by one, each shown and asked about; `skill`: only those of the skill."""
    start = Path(directory or ".")
    if not start.is_dir():
        raise UsageError(f"{start}: there is no such directory")
    start = start.resolve()
    top = git_toplevel(start) or start
    code = DONE
    for part in _of_skill(start) if skill else _parts(start, top):
        try:
            before, after = _extended(part)
        except CannotExtend as error:
            complain(f"{label(part.path, Path.cwd())}: {error}; add this yourself:")
            output.write([part.lines.encode()])
            code = FAILED
            continue
        if before == after:
            note(f"{label(part.path, Path.cwd())} has it already")
        elif yes or _agreed(part.path, before, after):
            try:
                part.path.parent.mkdir(parents=True, exist_ok=True)
                write_file(part.path, before, after)
            except (WriteError, OSError) as error:
                complain(f"{label(part.path, Path.cwd())}: {error}")
                code = FAILED
                continue
            note(f"{'created' if before is None else 'changed'} {label(part.path, Path.cwd())}")
            if part.path.name == _HOOKS:
                note("`pre-commit install` makes git run the hook")
    return code


def _parts(start: Path, top: Path) -> list[_Part]:
    hook = _hook()
    pyproject = start / "pyproject.toml"
    standalone = (start / "tgfix.toml").is_file() or not pyproject.is_file()
    alone = _TABLE.partition("\n")[2]
    settings = (
        _Part(start / "tgfix.toml", alone, lambda text: text or alone)
        if standalone
        else _Part(pyproject, _TABLE, with_table)
    )
    return [
        _Part(top / _HOOKS, f"repos:\n{_indented(hook, 0)}", lambda text: with_hook(text, hook)),
        settings,
        _Part(top / ".gitignore", _IGNORED, with_ignored),
    ]


def _of_skill(start: Path) -> list[_Part]:
    """The files of the skill; one that is there already is its owner's."""
    return [_Part(path, text, partial(_unless_there, text)) for path, text in skill_files(start).items()]


def _unless_there(wanted: str, text: str) -> str:
    return text or wanted


def _extended(part: _Part) -> tuple[bytes | None, bytes]:
    """The bytes before (None where there is no file) and after, with the newlines and the byte order mark there were."""
    if not part.path.exists():
        return None, part.extend("").encode()
    data = part.path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise CannotExtend("is not UTF-8") from None
    mark = _BOM if text.startswith(_BOM) else ""
    newline = "\r\n" if "\r\n" in text else "\n"
    plain = text.removeprefix(mark).replace("\r\n", "\n")
    extended = part.extend(plain)
    if extended == plain:
        return data, data
    if newline == "\r\n" and text.count("\n") != text.count("\r\n"):
        raise CannotExtend("mixes kinds of newlines")
    return data, (mark + extended.replace("\n", newline)).encode()


def _agreed(path: Path, before: bytes | None, after: bytes) -> bool:
    """Show what would change and ask."""
    name = label(path, Path.cwd())
    output.write([unified_diff(before, after, name)])
    question = f"{'Create' if before is None else 'Change'} {name}? [y/N] "
    sys.stderr.write(question)
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        raise UsageError("nobody answers, so nothing more is changed; --yes changes the files without asking")
    return answer.strip().lower() in ("y", "yes")


# .pre-commit-config.yaml


def _hook() -> list[str]:
    """The lines of the entry in `repos`, the first one behind its dash.

    A tgfix that pip has installed from a git repository names that one. Otherwise the hook runs the tgfix that is
    installed, whatever it came from.
    """
    origin = _origin()
    if origin is not None:
        url, revision = origin
        return [f"repo: {url}", f"rev: {revision}", "hooks:", "  - id: tgfix"]
    return [
        "repo: local",
        "hooks:",
        "  - id: tgfix",
        "    name: tgfix (rewrite safe findings)",
        "    entry: tgfix apply --quiet",
        "    language: system",
        "    types: [python]",
        "    require_serial: true",
    ]


def _origin() -> tuple[str, str] | None:
    """URL and revision of the git repository that tgfix was installed from, as pip notes them (PEP 610)."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        noted = distribution("tgfix").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    entry = json.loads(noted) if noted else {}
    version = entry.get("vcs_info", {})
    if version.get("vcs") != "git" or not version.get("commit_id"):
        return None
    return entry["url"], version.get("requested_revision") or version["commit_id"]


def _indented(entry: list[str], indent: int) -> str:
    first, *rest = entry
    pad = " " * indent
    return "".join([f"{pad}- {first}\n", *(f"{pad}  {line}\n" for line in rest)])


def with_hook(text: str, entry: list[str]) -> str:
    """A pre-commit configuration with an entry at the end of its `repos`, unless some hook is tgfix's already.

    Raises:
        CannotExtend: `repos` is not written as a block of lines.
    """
    if not text.strip():
        return f"{text}repos:\n{_indented(entry, 2)}"
    if re.search(r"(?m)^[^#\n]*\bid[\"']?[ \t]*:[ \t]*[\"']?tgfix(?:-check)?\b", text):
        return text
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    keys = [n for n, line in enumerate(lines) if re.match(r"repos[ \t]*:", line)]
    documents = [n for n, line in enumerate(lines) if re.match(r"(---|\.\.\.)(\s|$)", line)]
    if len(keys) != 1 or any(n > keys[0] for n in documents) or "\t" in "".join(re.findall(r"(?m)^\s+", text)):
        raise CannotExtend("has no single `repos:` at its top level")
    key = keys[0]
    value = re.sub(r"(?:^|\s)#.*", "", lines[key].partition(":")[2]).strip()
    if value == "[]":
        lines[key] = lines[key].replace("[]", "", 1).replace(":  ", ": ").rstrip()
        indent, last = 2, key
    elif value:
        raise CannotExtend("writes `repos` in one line")
    else:
        indent, last = _last_item(lines, key)
    lines[last + 1 : last + 1] = _indented(entry, indent).removesuffix("\n").split("\n")
    return "\n".join(lines) + ("\n" if text.endswith("\n") or last + 1 + len(entry) == len(lines) else "")


def _last_item(lines: list[str], key: int) -> tuple[int, int]:
    """The indentation of the items below a key, and the last line that belongs to them."""
    indent, last = None, key
    for number in range(key + 1, len(lines)):
        line = lines[number]
        stripped = line.lstrip(" ")
        depth = len(line) - len(stripped)
        if not stripped or stripped.startswith("#"):
            continue
        if indent is None:
            if not stripped.startswith("- "):
                if depth == 0:
                    break
                raise CannotExtend("has something else than a list in `repos`")
            indent = depth
        elif depth < indent or (depth == indent and not stripped.startswith("-")):
            break
        last = number
    return (2 if indent is None else indent), last


# pyproject.toml and .gitignore


def with_table(text: str) -> str:
    """A pyproject.toml with the table of tgfix at its end, unless it has one.

    Raises:
        CannotExtend: it is no valid TOML, or a table at its end would not be.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CannotExtend(f"is no valid TOML: {error}") from None
    tool = before.get("tool", {})
    if not isinstance(tool, dict) or "tgfix" in tool:
        return text
    extended = _appended(text, _TABLE)
    try:
        after = tomllib.loads(extended)
    except tomllib.TOMLDecodeError:
        raise CannotExtend("does not take another table") from None
    after["tool"].pop("tgfix")
    if after != before and after != {**before, "tool": {}}:
        raise CannotExtend("would mean something else with another table")
    return extended


def with_ignored(text: str) -> str:
    """A .gitignore with the lines for what tgfix keeps, unless it speaks of it already."""
    if re.search(r"(?m)^!?/?\.tgfix\b", text):
        return text
    return _appended(text, _IGNORED)


def _appended(text: str, block: str) -> str:
    """The text, an empty line where it does not begin with the block, and the block."""
    if not text.strip():
        return text + block
    ended = text if text.endswith("\n") else text + "\n"
    return ended + ("" if ended.endswith("\n\n") else "\n") + block
