"""Regenerate `knowledge/exports.json`: the names that ``from module import *`` brings, read from the installed libraries.

    python scripts/exported_names.py [FOLDER…]

Each FOLDER holds another release of a library (``pip install --target FOLDER python-telegram-bot==13.15``): the names of all releases are
put together. Modules that are not installed keep the names that the present table has.
"""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
import textwrap
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = """
telegram telegram.ext telegram.error telegram.constants telegram.helpers telegram.ext.filters telegram.utils.helpers
telethon telethon.sync telethon.errors telethon.events telethon.utils telethon.tl telethon.tl.types telethon.tl.custom
telethon.tl.functions telethon.tl.functions.account telethon.tl.functions.channels telethon.tl.functions.contacts
telethon.tl.functions.messages telethon.tl.functions.users telethon.tl.functions.photos telethon.sessions
pyrogram pyrogram.types pyrogram.errors pyrogram.enums pyrogram.filters pyrogram.handlers
aiogram aiogram.types aiogram.filters aiogram.exceptions aiogram.enums aiogram.utils.exceptions aiogram.dispatcher
aiogram.dispatcher.filters aiogram.fsm.context aiogram.fsm.state
telebot telebot.types telebot.async_telebot
requests httpx aiohttp aiofiles
asyncio collections concurrent.futures contextlib datetime enum functools glob io itertools json logging math os os.path pathlib
platform random re shutil signal socket sqlite3 string subprocess sys tempfile threading time traceback typing urllib urllib.error
urllib.parse urllib.request uuid zipfile
""".split()

TARGET = ROOT / "knowledge" / "exports.json"


def names_of(module: str) -> list[str] | None:
    """The names that a star import of a module brings here; None where it is not installed."""
    try:
        loaded = importlib.import_module(module)
    except Exception:  # it lacks what it needs, or this Python cannot run it
        return _written(module)
    public = getattr(loaded, "__all__", None) or [name for name in vars(loaded) if not name.startswith("_")]
    return sorted(_with_origin(module, name, getattr(loaded, name, None)) for name in public)


def _written(module: str) -> list[str] | None:
    """The names that the source of a module gives for `__all__`."""
    for folder in map(Path, sys.path):
        for path in (
            folder.joinpath(*module.split("."), "__init__.py"),
            folder.joinpath(*module.split(".")).with_suffix(".py"),
        ):
            if not path.is_file():
                continue
            for statement in ast.parse(path.read_text("utf-8")).body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List() | ast.Tuple() as names):
                        return sorted(
                            n.value for n in names.elts if isinstance(n, ast.Constant) and isinstance(n.value, str)
                        )
            return None
    return None


def _with_origin(module: str, name: str, value: object) -> str:
    if isinstance(value, types.ModuleType):
        return name if value.__name__ == f"{module}.{name}" else f"{name}={value.__name__}"
    home, called = (
        getattr(value, "__module__", None),
        getattr(value, "__qualname__", None) or getattr(value, "_name", None),
    )
    if not isinstance(home, str) or not isinstance(called, str) or "<" in called:
        return name
    top = home.partition(".")[0]
    if top in ("builtins", module.partition(".")[0]) or top.startswith("_") or top not in sys.stdlib_module_names:
        return name
    return f"{name}={home}.{called}" if module.partition(".")[0] not in sys.stdlib_module_names else name


def _in(folder: str) -> dict[str, list[str]]:
    """The names of all modules in a Python that has a folder in front of its path."""
    program = "import json, exported_names as e; print(json.dumps({m: e.names_of(m) for m in e.MODULES}))"
    search = f"import sys; sys.path[:0] = [{folder!r}, {str(Path(__file__).parent)!r}]; "
    done = subprocess.run([sys.executable, "-c", search + program], capture_output=True, text=True, check=True)
    return {module: names for module, names in json.loads(done.stdout.splitlines()[-1]).items() if names is not None}


def main() -> None:
    """Write the table anew."""
    known: dict[str, set[str]] = {}
    present: dict[str, list[str]] = json.loads(TARGET.read_text("utf-8")) if TARGET.exists() else {}
    for folder in ["", *sys.argv[1:]]:
        for module, names in _in(folder).items():
            known.setdefault(module, set()).update(names)
    table = {
        module: textwrap.wrap(" ".join(names), 135, break_long_words=False, break_on_hyphens=False)
        for module in MODULES
        if (names := sorted(known[module]) if module in known else " ".join(present.get(module, [])).split())
    }
    TARGET.write_text(json.dumps(table, indent=0) + "\n", "utf-8")


if __name__ == "__main__":
    main()
