"""The JSON schemas of what other tools read and write: `[tool.tgfix]`, and what `--format json` prints.

Both lie in the package (`cli/schemas`). That of the settings is made from the codemods by ``docs/generate.py``, and kept to
draft 7, which the editors' TOML plug-ins and SchemaStore go by.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ..engine.model import Hazard
from ..engine.sources.config import MEASURE, SUPPORT_MODULE
from ..engine.sources.git import UsageError
from . import output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..engine.codemod import Codemod
    from ..engine.sources.config import Option

NAMES = ("settings", "report")

_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object"}
_STRINGS = {"type": "array", "items": {"type": "string"}}
_SELECTORS = {"type": "array", "items": {"$ref": "#/definitions/selector"}}
_HAZARDS = {"type": "array", "items": {"enum": [hazard.value for hazard in Hazard]}}


_TABLE_OF_SELECTORS, _TABLE_OF_HAZARDS = (
    {"type": "object", "additionalProperties": listed} for listed in (_SELECTORS, _HAZARDS)
)
#: Key → what its value may be, and what it means; the reference of the documentation has the same text.
_KEYS: dict[str, tuple[dict[str, Any], str]] = {
    "select": (
        _SELECTORS | {"minItems": 1},
        "Only these codemods: codes (`TGF501`), beginnings of codes (`TGF5`), names (`async-sleep`) or `ALL`. "
        "What is off unless it is selected takes its whole code or name.",
    ),
    "ignore": (_SELECTORS, "Not these. Where `select` fits as well the more specific one wins, in a tie `ignore`."),
    "exclude": (
        _STRINGS,
        "Patterns of files and directories that are left out, also where a call names them. They replace the default ones: "
        "virtual environments, caches, `build`, `dist`, `node_modules` and the like.",
    ),
    "extend-exclude": (_STRINGS, "The same, in addition to the default ones."),
    "per-file-ignores": (
        _TABLE_OF_SELECTORS,
        "Pattern of files (`!` in front: all others) → codemods that are off in them.",
    ),
    "unsafe-fixes": (
        {"type": "boolean", "default": False},
        "Apply changes that need a person's eye as well, like `--unsafe-fixes`.",
    ),
    "assume": (_HAZARDS, "Assumptions that count as granted, like `--assume`."),
    "per-file-assume": (
        _TABLE_OF_HAZARDS,
        "Pattern of files (`!` in front: all others) → assumptions that count as granted in them.",
    ),
    "support-module": (
        {"type": "string", "pattern": r"^[^\W\d]\w*$", "default": SUPPORT_MODULE},
        "The module for helpers that rewritten code needs in a project of several files, without directory and suffix.",
    ),
    "cache": (
        {"type": "boolean", "default": True},
        "Remember in `.tgfix_cache` what was found; `false` is like `--no-cache`.",
    ),
    "codemods": (
        _STRINGS,
        "Python files with codemods of the project's own, relative to the configuration file; they are run.",
    ),
    "bowler": (_STRINGS, "Bowler query scripts, relative to the configuration file; they are run."),
    "libcst": (_STRINGS, "LibCST codemods of others, as `module:Class`; they are run."),
    "baseline": (
        {"type": "string"},
        "The file with the findings that the project lives with, which `tgfix baseline` writes; it need not exist yet.",
    ),
}


def schema_command(which: str) -> int:
    """Print one of them."""
    if which not in NAMES:
        raise UsageError(f"there is no schema {which}; choose one of {', '.join(NAMES)}")
    output.write([files(__package__).joinpath("schemas").joinpath(f"{which}.json").read_bytes()])
    return 0


def settings_schema(codemods: Iterable[Codemod]) -> dict[str, Any]:
    """The schema of ``[tool.tgfix]`` for these codemods; others, of plug-ins and files, may have tables as well."""
    properties: dict[str, Any] = {key: value | {"description": text} for key, (value, text) in _KEYS.items()}
    properties["measure"] = {
        "type": "object",
        "description": "What `tgfix measure` is told about the program",
        "properties": {option.name: _option(option) for option in MEASURE.options},
        "additionalProperties": False,
    }
    for codemod in codemods:
        properties[codemod.name] = _table(codemod)
        properties[codemod.code] = {"$ref": f"#/properties/{codemod.name}"}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://json.schemastore.org/tgfix.json",
        "title": "tgfix: performance codemods for Telegram bots",
        "type": "object",
        "definitions": {"selector": {"type": "string", "pattern": r"^\s*[A-Za-z][\w-]*\s*(,\s*[A-Za-z][\w-]*\s*)*$"}},
        "properties": properties,
        "additionalProperties": {"type": "object", "description": "The table of a codemod that tgfix does not bring."},
    }


def _table(codemod: Codemod) -> dict[str, Any]:
    options = {option.name: _option(option) for option in codemod.options}
    return {
        "type": "object",
        "description": codemod.title,
        "properties": {**options, "assume": _HAZARDS | {"description": "Assumptions that count as granted for it."}},
        "additionalProperties": False,
    }


def _option(option: Option) -> dict[str, Any]:
    found: dict[str, Any] = {"type": _TYPES.get(option.type), "default": option.default, "description": option.help}
    if option.type is list:
        found["type"] = "array"
    if option.choices is not None:
        found["enum"] = list(option.choices)
    if option.minimum is not None:
        found["minimum"] = option.minimum
    return found
