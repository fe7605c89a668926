"""Where settings are written, and what they may say: `[tool.tgfix]` of pyproject.toml, or tgfix.toml."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .config import (
    Configurable,
    Settings,
    check_selectors,
    select_codemods,
)
from .config_table import Table, hazards, shown
from .git import UsageError, git_toplevel
from .ignore import Patterns, absolute, fits, split_selectors


@dataclass(frozen=True)
class _Place:
    """A project's root and the table that configures it."""

    root: Path
    file: Path | None = None
    #: The keys that lead to the table inside the file.
    keys: tuple[str, ...] = ()
    table: Mapping[str, Any] = field(default_factory=dict)


#: The nearest directory upward that holds one of these is a project.
ROOT_MARKERS = ("tgfix.toml", "pyproject.toml", "setup.py", ".git")


def common_ancestor(paths: Iterable[Path]) -> Path:
    """The directory that holds all of the paths; the current one without paths."""
    try:
        return _directory(Path(os.path.commonpath([absolute(path) for path in paths])))
    except ValueError:  # there are none, or they are on several drives
        return Path.cwd()


def local_codemods(start: Path, config: Path | None = None) -> tuple[Path, ...]:
    """The files with codemods of its own that the project of `start` configures, absolute.

    Raises:
        UsageError: The configuration file cannot be read, or the setting is wrong.
    """
    place = _locate(start, config)
    if "codemods" not in place.table:
        return ()
    return Table(place.file, place.keys, ()).paths(place.root, "codemods", place.table["codemods"])


def written(start: Path, config: Path | None = None) -> Mapping[str, Any]:
    """The configuration that holds for `start` as it is written, without defaults.

    Raises:
        UsageError: The configuration file cannot be read.
    """
    return _locate(start, config).table


def find_root(start: Path) -> Path:
    """The root of the project that `start` belongs to, as `load_settings` finds it.

    Raises:
        UsageError: The configuration file cannot be read.
    """
    return _locate(start).root


def hidden_beside(file: Path | None) -> Path | None:
    """The pyproject.toml beside a tgfix.toml whose table does not count because of it, if there is one."""
    if file is None or file.name != "tgfix.toml":
        return None
    beside = file.with_name("pyproject.toml")
    return beside if beside.is_file() and b"[tool.tgfix" in beside.read_bytes() else None


def _directory(start: Path) -> Path:
    path = Path(absolute(start))
    return path if path.is_dir() else path.parent


def _locate(start: Path, config: Path | None = None) -> _Place:
    directory = _directory(start)
    top = git_toplevel(directory)
    root = None
    homes = _homes()
    for candidate in (directory, *directory.parents):
        if config is None:
            for name in ("tgfix.toml", "pyproject.toml"):
                place = _read(candidate / name, candidate) if (candidate / name).is_file() else None
                if place is not None:
                    return place
        if candidate != directory and candidate in homes:
            break  # what lies in a home belongs together no more than what lies on a disk
        if root is None and any((candidate / name).exists() for name in ROOT_MARKERS):
            root = candidate
        if candidate == top:
            break
    root = root or directory
    if config is None:
        return _Place(root)
    file = Path(absolute(config))
    if not file.is_file():
        raise UsageError(f"--config: {config} {'is not a file' if file.exists() else 'does not exist'}")
    place = _read(file, file.parent if directory.is_relative_to(file.parent) else root)
    if place is None:
        raise UsageError(f"--config: {config} has no table [tool.tgfix]")
    return place


def _homes() -> tuple[Path, ...]:
    """The user's home and the directories above: a ``.git`` there keeps settings of programs, and is no project around all."""
    try:
        home = Path(absolute(Path.home()))
    except (RuntimeError, OSError):
        return ()
    return (home, *home.parents)


def _read(file: Path, root: Path) -> _Place | None:
    """The table of a configuration file; None for a pyproject.toml that does not configure tgfix."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{shown(file)}: cannot be read: {error.strerror or error}") from None
    shared = file.name == "pyproject.toml"
    if shared and b"tgfix" not in data:
        return None  # not parsed, so that what is wrong with it is no concern of tgfix
    content = _parse(file, data)
    tool = content.get("tool")
    if not isinstance(tool, dict) or "tgfix" not in tool:
        return None if shared else _Place(root, file, (), content)
    if not shared and len(content) > 1:
        key = next(key for key in content if key != "tool")
        raise UsageError(f"{shown(file)}: {key}: stands outside of [tool.tgfix]; in a {file.name} no table is needed")
    keys = ("tool", "tgfix")
    return _Place(root, file, keys, Table(file, keys, ()).typed((), tool["tgfix"], dict))


def _parse(file: Path, data: bytes) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content: dict[str, Any] = tomllib.loads(data.decode("utf-8-sig"))
        return content
    except UnicodeDecodeError as error:
        line = 1 + data.count(b"\n", 0, error.start)
        raise UsageError(f"{shown(file)}: line {line}: not valid UTF-8, which TOML has to be") from None
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).rpartition(" (at ")
        if place == "end of document)":
            place = f"line {len(data.splitlines())})"
        raise UsageError(f"{shown(file)}: {place[:-1]}: not valid TOML: {message}") from None


def load_settings(
    start: Path,
    config: Path | None,
    codemods: Sequence[Configurable],
    overrides: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings that hold for `start` (see `common_ancestor`), checked against the codemods there are.

    `config` is a file to read in the place of the nearest one. `overrides` hold what the command line gives, by the
    names of `Settings`; None and empty sequences mean "not given". As in ruff, `select` starts over (what the file
    selects and ignores no longer counts), and `ignore` without it takes away from what the file leaves selected.

    Raises:
        UsageError: A file or a value is wrong.
    """
    place = _locate(start, config)
    settings = Table(place.file, place.keys, codemods).settings(place.root, place.table)
    given = {key: value for key, value in (overrides or {}).items() if value not in (None, (), [])}
    if "assume" in given:
        names = split_selectors(given.pop("assume"))
        given["assume"] = (*settings.assume, *hazards(names, "--assume"))
    if "exclude" in given:
        patterns = split_selectors(given.pop("exclude"))
        try:
            Patterns(patterns, strict=True)
        except ValueError as error:
            raise UsageError(f"--exclude: {error}") from None
        given["extend_exclude"] = (*settings.extend_exclude, *patterns)
    chosen: dict[str, tuple[str, ...]] = {}
    for key in ("select", "ignore"):
        if key in given:
            chosen[key] = split_selectors(given.pop(key))
            if not chosen[key]:
                raise UsageError(f"--{key} is empty; name codemods by code, code prefix or name, or leave it out")
            check_selectors(chosen[key], codemods, f"--{key}")
    if "select" in chosen:
        given.update(select=chosen["select"], ignore=chosen.get("ignore", ()))
    elif chosen and not (settings.select or settings.ignore):
        given.update(chosen)
    elif chosen:
        before = select_codemods(codemods, settings.select, settings.ignore)
        rest = tuple(c.code for c in before if fits(chosen["ignore"], c.code, c.name) < 0)
        given.update(select=rest, ignore=() if rest else ("ALL",))
    return replace(settings, **given)
