"""`tgfix settings FILE`: what holds for a file, where it is written, and which codemods look into it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..codemods import load_codemods
from ..engine.bowler.adapter import Scripts
from ..engine.foreign.libcst import Commands
from ..engine.model import Hazard
from ..engine.sources.config import Settings, select_codemods
from ..engine.sources.config_file import common_ancestor, load_settings, local_codemods, written
from ..engine.sources.config_table import KEYS
from ..engine.sources.git import UsageError
from ..engine.sources.ignore import absolute
from . import output
from .report import label
from .request import is_json


def settings_command(file: str, config: str | None, format: str) -> int:
    """Print them."""
    as_json = is_json(format)
    path = Path(absolute(file))
    if not path.exists():
        raise UsageError(f"{file} does not exist")
    found = document(path, Path(config) if config is not None else None)
    text = json.dumps(found, indent=1) + "\n" if as_json else _text(found)
    output.write([text.encode("utf-8", "surrogateescape")])
    return 0


def document(path: Path, config: Path | None) -> dict[str, Any]:
    """What holds for a path, as plain data."""
    start = common_ancestor([path])
    codemods = [*load_codemods(local_codemods(start, config)), Scripts(), Commands()]
    settings = load_settings(start, config, codemods)
    table = written(start, config)
    source = label(settings.config_file, Path.cwd()) if settings.config_file else "default"
    selected = select_codemods(codemods, settings.select, settings.ignore)
    running = [c for c in selected if not settings.ignores(path, c.code, c.name)]
    granted = {c.code: sorted(h.value for h in settings.grants(path, c.name)) for c in running}
    return {
        "path": label(path, Path.cwd()),
        "project": str(settings.root),
        "configuration": str(settings.config_file) if settings.config_file else None,
        "excluded": settings.excludes(path),
        "settings": {
            key: {"value": _value(settings, key), "from": source if key in table else "default"} for key in KEYS
        },
        "codemods": [
            {
                "code": codemod.code,
                "name": codemod.name,
                "assume": granted[codemod.code],
                "options": {
                    option.name: settings.options.get(codemod.name, {}).get(option.name, option.default)
                    for option in codemod.options
                },
            }
            for codemod in running
            if codemod.code not in (Scripts.code, Commands.code)
        ],
        "off": [c.code for c in selected if c not in running],
    }


def _value(settings: Settings, key: str) -> Any:
    value = getattr(settings, key.replace("-", "_"))
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {k: list(map(_plain, v)) if isinstance(v, tuple) else v for k, v in value.items()}
    return list(map(_plain, value)) if isinstance(value, tuple) else value


def _plain(value: Any) -> str:
    return value.value if isinstance(value, Hazard) else str(value)


def _text(found: dict[str, Any]) -> str:
    lines = [
        f"{found['path']}{' (excluded: it is not looked into)' if found['excluded'] else ''}",
        f"project        {found['project']}",
        f"configuration  {found['configuration'] or 'none'}",
        "",
    ]
    for key, setting in found["settings"].items():
        lines.append(f"{key} = {json.dumps(setting['value'])}  # {setting['from']}")
    lines += ["", "codemods that look into it"]
    for codemod in found["codemods"]:
        granted = f"; granted: {', '.join(codemod['assume'])}" if codemod["assume"] else ""
        options = "".join(f"; {name} = {json.dumps(value)}" for name, value in codemod["options"].items())
        lines.append(f"{codemod['code']} {codemod['name']}{granted}{options}")
    if found["off"]:
        lines.append(f"off in this file (per-file-ignores): {', '.join(found['off'])}")
    return "\n".join(lines) + "\n"
