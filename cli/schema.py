"""The JSON schemas of what other tools read and write: `[tool.tgfix]`, and what `--format json` prints.

Both lie in the package (`cli/schemas`). That of the settings is made from the codemods by ``docs/generate.py``, and kept to
draft 7, which the editors' TOML plug-ins and SchemaStore go by.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ..engine.model import Hazard
from ..engine.sources.config import SUPPORT_MODULE
from ..engine.sources.git import UsageError
from . import output

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..engine.codemod import Codemod
    from ..engine.sources.config import Option

NAMES = ("settings", "report")

_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number"}
_STRINGS = {"type": "array", "items": {"type": "string"}}
_SELECTORS = {"type": "array", "items": {"$ref": "#/definitions/selector"}}
_HAZARDS = {"type": "array", "items": {"enum": [hazard.value for hazard in Hazard]}}


def schema_command(which: str) -> int:
    """Print one of them."""
    if which not in NAMES:
        raise UsageError(f"there is no schema {which}; choose one of {', '.join(NAMES)}")
    output.write([files(__package__).joinpath("schemas").joinpath(f"{which}.json").read_bytes()])
    return 0


def settings_schema(codemods: Iterable[Codemod]) -> dict[str, Any]:
    """The schema of ``[tool.tgfix]`` for these codemods; others, of plug-ins and files, may have tables as well."""
    properties: dict[str, Any] = {
        "select": _SELECTORS
        | {"minItems": 1, "description": "Only these codemods: codes, beginnings of codes, names, or ALL."},
        "ignore": _SELECTORS | {"description": "Not these."},
        "exclude": _STRINGS | {"description": "Patterns of files that are left out, in the place of the default ones."},
        "extend-exclude": _STRINGS | {"description": "Patterns of files that are left out besides the default ones."},
        "per-file-ignores": {
            "type": "object",
            "additionalProperties": _SELECTORS,
            "description": "Pattern of files (! in front: all others) → codemods that are off in them.",
        },
        "unsafe-fixes": {
            "type": "boolean",
            "default": False,
            "description": "Apply changes that need a person's eye as well.",
        },
        "assume": _HAZARDS | {"description": "Assumptions that count as granted."},
        "per-file-assume": {
            "type": "object",
            "additionalProperties": _HAZARDS,
            "description": "Pattern of files (! in front: all others) → assumptions that count as granted in them.",
        },
        "support-module": {
            "type": "string",
            "pattern": r"^[^\W\d]\w*$",
            "default": SUPPORT_MODULE,
            "description": "The module for helpers that rewritten code needs, without directory and suffix.",
        },
        "cache": {
            "type": "boolean",
            "default": True,
            "description": "Remember in .tgfix_cache what was found.",
        },
        "codemods": _STRINGS | {"description": "Python files with codemods of the project's own; they are run."},
        "bowler": _STRINGS | {"description": "Bowler query scripts; they are run."},
        "libcst": _STRINGS | {"description": "LibCST codemods of others, as module:Class; they are run."},
        "baseline": {"type": "string", "description": "The file with known findings, see `tgfix baseline`."},
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
