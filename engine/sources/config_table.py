"""What a configuration table may say, checked with file and key."""

from __future__ import annotations

import keyword
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ..model import Hazard
from .config import (
    MEASURE,
    SUPPORT_MODULE,
    Configurable,
    Settings,
    check_selectors,
    did_you_mean,
)
from .git import UsageError
from .ignore import Patterns, absolute, split_selectors

_KINDS = {
    str: "a string", bool: "true or false", int: "an integer", float: "a number", list: "an array", dict: "a table"
}  # fmt: skip
KEYS = (
    "select", "ignore", "exclude", "extend-exclude", "per-file-ignores", "unsafe-fixes", "assume", "per-file-assume",
    "support-module", "cache", "codemods", "bowler", "libcst", "baseline", "measure",
)  # fmt: skip


def shown(file: Path) -> str:
    """A path as a message names it: relative where that leads there."""
    try:
        shown = os.path.relpath(file)
    except ValueError:  # on another drive
        return str(file)
    return str(file) if shown.startswith(os.pardir) else shown


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


class Table:
    """Reads a configuration table and complains with file and key."""

    def __init__(self, file: Path | None, keys: tuple[str, ...], codemods: Sequence[Configurable]) -> None:
        self.file = file
        self.keys = keys
        self.codemods = codemods

    def settings(self, root: Path, table: Mapping[str, Any]) -> Settings:
        """The settings that the table gives."""
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
                case "libcst":
                    values["libcst"] = self.strings((key,), value)
                case "baseline":
                    values["baseline"] = Path(absolute(root / self.typed((key,), value, str)))
                case "measure":
                    values["measure"] = self.options(key, value, MEASURE)
                case "unsafe-fixes":
                    values["unsafe_fixes"] = self.typed((key,), value, bool)
                case "cache":
                    values["cache"] = self.typed((key,), value, bool)
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
        """The codemod that a key names."""
        for codemod in self.codemods:
            if key == codemod.name or key.casefold() == codemod.code.casefold():
                return codemod
        hint = did_you_mean(key, [*KEYS, *(spelling for c in self.codemods for spelling in (c.name, c.code))])
        self.fail((key,), f"is neither a setting nor a codemod{hint or '; the settings are ' + ', '.join(KEYS)}")

    def options(self, key: str, table: Any, codemod: Configurable) -> dict[str, Any]:
        """The options of a codemod, checked."""
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
        """Selectors that fit codemods."""
        found = split_selectors(self.strings(keys, value))
        check_selectors(found, self.codemods, self.where(keys))
        return found

    def hazards(self, keys: tuple[str, ...], value: Any) -> tuple[Hazard, ...]:
        """Assumptions by their names."""
        return hazards(self.strings(keys, value), self.where(keys))

    def strings(self, keys: tuple[str, ...], value: Any) -> tuple[str, ...]:
        """An array of strings."""
        items = self.typed(keys, value, list, "an array of strings")
        return tuple(self.typed((*keys[:-1], f"{keys[-1]}[{i}]"), item, str) for i, item in enumerate(items))

    def paths(self, root: Path, key: str, value: Any) -> tuple[Path, ...]:
        """Paths, relative to the root."""
        return tuple(Path(absolute(root / name)) for name in self.strings((key,), value))

    def patterns(self, keys: tuple[str, ...], patterns: Iterable[str]) -> None:
        """Check patterns of files."""
        try:
            Patterns(patterns, strict=True)
        except ValueError as error:
            self.fail(keys, str(error))

    def typed(self, keys: tuple[str, ...], value: Any, kind: type, expected: str = "") -> Any:
        """A value of a type."""
        if type(value) is not kind and not (kind is float and type(value) is int):
            self.fail(keys, f"expected {expected or _KINDS[kind]}, got {_toml(value)}")
        return value

    def where(self, keys: tuple[str, ...]) -> str:
        """Where a key stands."""
        dotted = ".".join(k if re.fullmatch(r"[\w-]+(\[\d+\])?", k) else f'"{k}"' for k in (*self.keys, *keys))
        return f"{shown(self.file)}: {dotted}" if self.file else dotted

    def fail(self, keys: tuple[str, ...], text: str) -> NoReturn:
        """Complain about a key."""
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
