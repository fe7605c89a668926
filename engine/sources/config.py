"""Settings: where they are written, how they are checked, and which codemods they select.

They stand in the table ``[tool.tgfix]`` of a pyproject.toml, or in a tgfix.toml (where no table is needed), the nearest
upward. Every value is checked; an error names the file, the key, what was expected and the nearest valid spelling.
"""

from __future__ import annotations

import keyword
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar

from ..model import Hazard
from .git import UsageError, git_toplevel
from .ignore import Patterns, absolute, fits, relative, split_selectors
from .touched import Touched

SUPPORT_MODULE = "_tgfix_support"


@dataclass(frozen=True, slots=True)
class Option:
    """A setting of one codemod, given in the table ``[tool.tgfix.<codemod name>]``."""

    #: kebab-case.
    name: str
    type: type
    default: Any
    help: str
    #: The values allowed, for a closed set.
    choices: tuple[Any, ...] | None = None
    #: The smallest value allowed, for numbers.
    minimum: int | None = None


class Configurable(Protocol):
    """What settings need to know of a codemod."""

    @property
    def code(self) -> str:
        """Its code, such as TGF501."""

    @property
    def name(self) -> str:
        """Its name, such as async-sleep."""

    @property
    def options(self) -> tuple[Option, ...]:
        """What can be configured."""


AnyCodemod = TypeVar("AnyCodemod", bound=Configurable)


@dataclass(frozen=True)
class Settings:
    """The settings of a run, checked."""

    #: The project's directory, absolute; patterns are relative to it.
    root: Path
    config_file: Path | None = None
    #: Selectors (codes, prefixes, names, ALL); none means every codemod.
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    #: Pattern → selectors; a pattern that begins with ``!`` means the files it does not match.
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Patterns in the place of `ignore.DEFAULT_EXCLUDES`; None keeps these.
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    #: Hazards that count as granted: everywhere, by name of the codemod, by pattern of files.
    assume: tuple[Hazard, ...] = ()
    assume_by_codemod: Mapping[str, tuple[Hazard, ...]] = field(default_factory=dict)
    per_file_assume: Mapping[str, tuple[Hazard, ...]] = field(default_factory=dict)
    #: Name of the module that support code goes to, without directory and suffix.
    support_module: str = SUPPORT_MODULE
    #: Name of a codemod → its options as far as they are configured.
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    #: Files with codemods of the project's own, absolute.
    codemods: tuple[Path, ...] = ()
    #: The user's own Bowler scripts, absolute.
    bowler: tuple[Path, ...] = ()
    #: The lines that the run is limited to; None is for no limit.
    touched: Touched | None = None

    def ignores(self, path: Path, code: str, name: str) -> bool:
        """Whether `per_file_ignores` turns a codemod off in a file."""
        if not self.per_file_ignores:
            return False
        inside = relative(str(path), str(self.root))
        return any(
            fits(selectors, code, name) >= 0 and patterns.match(inside) is not inverted
            for patterns, inverted, selectors in self._per_file
        )

    def grants(self, path: Path, name: str) -> frozenset[Hazard]:
        """The hazards that are granted for the changes of a codemod in a file."""
        granted = {*self.assume, *self.assume_by_codemod.get(name, ())}
        if self.per_file_assume:
            inside = relative(str(path), str(self.root))
            for pattern, hazards in self.per_file_assume.items():
                if Patterns([pattern.removeprefix("!")]).match(inside) is not pattern.startswith("!"):
                    granted.update(hazards)
        return frozenset(granted)

    def excludes(self, path: Path | str) -> bool:
        """Whether `exclude` or `extend_exclude` as they are configured leave out a file, however it was named."""
        return bool(self.patterns.lines) and self.patterns.match(relative(str(path), str(self.root)))

    @cached_property
    def patterns(self) -> Patterns:
        """The configured exclusions."""
        return Patterns((*(self.exclude or ()), *self.extend_exclude))

    @cached_property
    def _per_file(self) -> list[tuple[Patterns, bool, tuple[str, ...]]]:
        return [(Patterns([p.removeprefix("!")]), p.startswith("!"), s) for p, s in self.per_file_ignores.items()]


# Selecting codemods


def select_codemods(codemods: Sequence[AnyCodemod], select: Sequence[str], ignore: Sequence[str]) -> list[AnyCodemod]:
    """The codemods that `select` names and `ignore` does not, in their order; no `select` means all of them.

    Where both fit a codemod, the more specific selector wins (select TGF501 over ignore TGF5), in a tie `ignore`.

    Raises:
        UsageError: A selector fits no codemod.
    """
    select, ignore = split_selectors(select), split_selectors(ignore)
    check_selectors(select, codemods, "--select")
    check_selectors(ignore, codemods, "--ignore")
    select = select or ("ALL",)
    return [c for c in codemods if fits(select, c.code, c.name) > fits(ignore, c.code, c.name)]


def check_selectors(selectors: Iterable[str], codemods: Sequence[Configurable], where: str) -> None:
    """Refuse selectors that fit no codemod.

    Raises:
        UsageError: It begins with `where` and names the nearest selector that fits one.
    """
    for selector in selectors:
        if all(fits([selector], c.code, c.name) < 0 for c in codemods):
            known = {spelling for c in codemods for spelling in (c.code, c.name, *_prefixes(c.code))}
            hint = did_you_mean(selector, sorted(known)) or "; `tgfix list` shows them"
            raise UsageError(f"{where}: {selector!r} is no code, code prefix or name of a codemod{hint}")


def _prefixes(code: str) -> Iterator[str]:
    """The prefixes worth proposing: not the letters alone, which would select whole libraries of codemods."""
    letters = code.rstrip("0123456789")
    yield from (code[:end] for end in range(len(letters) + 1, len(code)))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error message that proposes the nearest of the known words; empty where none is near."""
    from difflib import get_close_matches

    spellings = {spelling.casefold(): spelling for spelling in known}
    near = get_close_matches(word.casefold(), spellings, n=1)
    return f"; did you mean {spellings[near[0]]!r}?" if near else ""


# Where settings are written


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
    return _Table(place.file, place.keys, ()).paths(place.root, "codemods", place.table["codemods"])


def find_root(start: Path, config: Path | None = None) -> Path:
    """The root of the project that `start` belongs to, as `load_settings` finds it.

    Raises:
        UsageError: The configuration file cannot be read.
    """
    return _locate(start, config).root


def _directory(start: Path) -> Path:
    path = Path(absolute(start))
    return path if path.is_dir() else path.parent


def _locate(start: Path, config: Path | None) -> _Place:
    directory = _directory(start)
    top = git_toplevel(directory)
    root = None
    for candidate in (directory, *directory.parents):
        if config is None:
            for name in ("tgfix.toml", "pyproject.toml"):
                place = _read(candidate / name, candidate) if (candidate / name).is_file() else None
                if place is not None:
                    return place
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


def _read(file: Path, root: Path) -> _Place | None:
    """The table of a configuration file; None for a pyproject.toml that does not configure tgfix."""
    try:
        data = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{_shown(file)}: cannot be read: {error.strerror or error}") from None
    shared = file.name == "pyproject.toml"
    if shared and b"tgfix" not in data:
        return None  # not parsed, so that what is wrong with it is no concern of tgfix
    content = _parse(file, data)
    tool = content.get("tool")
    if not isinstance(tool, dict) or "tgfix" not in tool:
        return None if shared else _Place(root, file, (), content)
    if not shared and len(content) > 1:
        key = next(key for key in content if key != "tool")
        raise UsageError(f"{_shown(file)}: {key}: stands outside of [tool.tgfix]; in a {file.name} no table is needed")
    keys = ("tool", "tgfix")
    return _Place(root, file, keys, _Table(file, keys, ()).typed((), tool["tgfix"], dict))


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
        raise UsageError(f"{_shown(file)}: line {line}: not valid UTF-8, which TOML has to be") from None
    except tomllib.TOMLDecodeError as error:
        message, _, place = str(error).rpartition(" (at ")
        if place == "end of document)":
            place = f"line {len(data.splitlines())})"
        raise UsageError(f"{_shown(file)}: {place[:-1]}: not valid TOML: {message}") from None


def _shown(file: Path) -> str:
    try:
        shown = os.path.relpath(file)
    except ValueError:  # on another drive
        return str(file)
    return str(file) if shown.startswith(os.pardir) else shown


# What settings say

_KINDS = {
    str: "a string", bool: "true or false", int: "an integer", float: "a number", list: "an array", dict: "a table"
}  # fmt: skip
_KEYS = (
    "select", "ignore", "exclude", "extend-exclude", "per-file-ignores", "unsafe-fixes", "assume", "per-file-assume",
    "support-module", "codemods", "bowler",
)  # fmt: skip


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
    settings = _Table(place.file, place.keys, codemods).settings(place.root, place.table)
    given = {key: value for key, value in (overrides or {}).items() if value not in (None, (), [])}
    if "assume" in given:
        names = split_selectors(given.pop("assume"))
        given["assume"] = (*settings.assume, *hazards(names, "--assume"))
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


def hazards(names: Iterable[str], where: str) -> tuple[Hazard, ...]:
    """The hazards of these names.

    Raises:
        UsageError: A name is none; the message begins with `where`.
    """
    known = {hazard.value: hazard for hazard in Hazard}
    found = []
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known) or f"; the assumptions are {', '.join(known)}"
            raise UsageError(f"{where}: {name!r} is no assumption{hint}")
        found.append(known[name])
    return tuple(found)


class _Table:
    """Reads a configuration table and complains with file and key."""

    def __init__(self, file: Path | None, keys: tuple[str, ...], codemods: Sequence[Configurable]) -> None:
        self.file = file
        self.keys = keys
        self.codemods = codemods

    def settings(self, root: Path, table: Mapping[str, Any]) -> Settings:
        values: dict[str, Any] = {}
        options: dict[str, dict[str, Any]] = {}
        assumed: dict[str, tuple[Hazard, ...]] = {}
        for key, value in table.items():
            match key:
                case "select" | "ignore":
                    values[key] = self.selectors((key,), value)
                    if not values[key] and key == "select":
                        self.fail((key,), "selects nothing; leave it out to select every codemod")
                case "exclude" | "extend-exclude":
                    values[key.replace("-", "_")] = patterns = self.strings((key,), value)
                    self.patterns((key,), patterns)
                case "per-file-ignores":
                    globs = self.typed((key,), value, dict)
                    self.patterns((key,), [glob.removeprefix("!") for glob in globs])
                    values["per_file_ignores"] = {g: self.selectors((key, g), codes) for g, codes in globs.items()}
                case "assume":
                    values["assume"] = self.hazards((key,), value)
                case "per-file-assume":
                    globs = self.typed((key,), value, dict)
                    self.patterns((key,), [glob.removeprefix("!") for glob in globs])
                    values["per_file_assume"] = {g: self.hazards((key, g), names) for g, names in globs.items()}
                case "codemods":
                    values["codemods"] = self.paths(root, key, value)
                case "bowler":
                    values["bowler"] = self.paths(root, key, value)
                case "unsafe-fixes":
                    values["unsafe_fixes"] = self.typed((key,), value, bool)
                case "support-module":
                    values["support_module"] = name = self.typed((key,), value, str)
                    if not name.isidentifier() or keyword.iskeyword(name):
                        self.fail((key,), f"expected the name of a module, such as {SUPPORT_MODULE!r}, got {name!r}")
                case _:
                    codemod = self.codemod(key)
                    if codemod.name in options:
                        self.fail((key,), f"{codemod.code} and {codemod.name} are the same codemod; write one table")
                    if isinstance(value, dict) and "assume" in value:
                        assumed[codemod.name] = self.hazards((key, "assume"), value["assume"])
                        value = {name: given for name, given in value.items() if name != "assume"}
                    options[codemod.name] = self.options(key, value, codemod)
        return Settings(root, self.file, options=options, assume_by_codemod=assumed, **values)

    def codemod(self, key: str) -> Configurable:
        for codemod in self.codemods:
            if key == codemod.name or key.casefold() == codemod.code.casefold():
                return codemod
        hint = did_you_mean(key, [*_KEYS, *(spelling for c in self.codemods for spelling in (c.name, c.code))])
        self.fail((key,), f"is neither a setting nor a codemod{hint or '; the settings are ' + ', '.join(_KEYS)}")

    def options(self, key: str, table: Any, codemod: Configurable) -> dict[str, Any]:
        known = {option.name: option for option in codemod.options}
        for name, value in self.typed((key,), table, dict, "a table of options").items():
            option = known.get(name)
            if option is None:
                others = f"; {codemod.name} has {', '.join(known) or 'none'}"
                self.fail((key, name), f"is no option of this codemod{did_you_mean(name, known) or others}")
            if option.choices is not None and value not in option.choices:
                hint = did_you_mean(str(value), map(str, option.choices))
                choices = ", ".join(map(_toml, option.choices))
                self.fail((key, name), f"expected one of {choices}, got {_toml(value)}{hint}")
            self.typed((key, name), value, option.type)
            if option.minimum is not None and value < option.minimum:
                self.fail((key, name), f"expected {_KINDS[option.type]} of at least {option.minimum}, got {value}")
        return dict(table)

    def selectors(self, keys: tuple[str, ...], value: Any) -> tuple[str, ...]:
        found = split_selectors(self.strings(keys, value))
        check_selectors(found, self.codemods, self.where(keys))
        return found

    def hazards(self, keys: tuple[str, ...], value: Any) -> tuple[Hazard, ...]:
        return hazards(self.strings(keys, value), self.where(keys))

    def strings(self, keys: tuple[str, ...], value: Any) -> tuple[str, ...]:
        items = self.typed(keys, value, list, "an array of strings")
        return tuple(self.typed((*keys[:-1], f"{keys[-1]}[{i}]"), item, str) for i, item in enumerate(items))

    def paths(self, root: Path, key: str, value: Any) -> tuple[Path, ...]:
        return tuple(Path(absolute(root / name)) for name in self.strings((key,), value))

    def patterns(self, keys: tuple[str, ...], patterns: Iterable[str]) -> None:
        try:
            Patterns(patterns, strict=True)
        except ValueError as error:
            self.fail(keys, str(error))

    def typed(self, keys: tuple[str, ...], value: Any, kind: type, expected: str = "") -> Any:
        if type(value) is not kind and not (kind is float and type(value) is int):
            self.fail(keys, f"expected {expected or _KINDS[kind]}, got {_toml(value)}")
        return value

    def where(self, keys: tuple[str, ...]) -> str:
        dotted = ".".join(k if re.fullmatch(r"[\w-]+(\[\d+\])?", k) else f'"{k}"' for k in (*self.keys, *keys))
        return f"{_shown(self.file)}: {dotted}" if self.file else dotted

    def fail(self, keys: tuple[str, ...], text: str) -> NoReturn:
        raise UsageError(f"{self.where(keys)}: {text}")


def _toml(value: Any) -> str:
    """A value in an error message: scalars as they are written, the others by what they are."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"{value!r}" if "'" in value else f'"{value}"'
        case list() | dict():
            return _KINDS[type(value)]
        case _:
            return str(value)
