"""The codemods, a room for each in the folder of its family, and the registry that finds them.

A third party registers its own by the entry-point group ``tgfix.codemods`` (each entry names a `Codemod` subclass or
a module that holds some).
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import pkgutil
import sys
from collections.abc import Iterable, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

from ..engine.codemod import Codemod
from ..engine.sources.git import UsageError

ENTRY_POINTS = "tgfix.codemods"
#: Where the folder of an installed package's metadata says what it registers, by the end of its name.
_REGISTERS = {".dist-info": "entry_points.txt", ".egg-info": "entry_points.txt", ".egg": "EGG-INFO/entry_points.txt"}


def load_codemods(local: Sequence[Path] = ()) -> list[Codemod]:
    """All codemods, in order of code; those in the files `local` too.

    Raises:
        UsageError: a file cannot be used.
        ValueError: two codemods claim the same code or name.
    """
    classes: list[type[Codemod]] = []
    for family in pkgutil.iter_modules(__path__, f"{__name__}."):
        for room in pkgutil.iter_modules(importlib.import_module(family.name).__path__, f"{family.name}."):
            classes += _classes_in(importlib.import_module(room.name))
    classes += _third_party()
    found = [cls() for cls in classes] + [codemod for path in local for codemod in load_file(path)]
    codemods = sorted(found, key=lambda codemod: codemod.code)
    seen: dict[str, Codemod] = {}
    for codemod in codemods:
        for key in (codemod.code, codemod.name):
            if key in seen:
                raise ValueError(f"{type(codemod).__module__} and {type(seen[key]).__module__} both claim {key}")
            seen[key] = codemod
    return codemods


def load_file(path: Path) -> list[Codemod]:
    """The codemods that a Python file of a user defines; running it is the user's wish.

    Raises:
        UsageError: it cannot be run, or defines none.
    """
    name = f"_tgfix_local_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise UsageError(f"{path}: is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # where `explain` looks for the docstring
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise UsageError(f"{path}: cannot be imported: {type(error).__name__}: {error}") from error
    found = _classes_in(module)
    if not found:
        raise UsageError(f"{path}: defines no codemod (a subclass of `tgfix.Codemod` with a code)")
    return [cls() for cls in found]


def _classes_in(module: ModuleType) -> list[type[Codemod]]:
    return [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Codemod) and member is not Codemod and member.__module__ == module.__name__
    ]


def _third_party() -> Iterable[type[Codemod]]:
    if not may_be_registered():
        return
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINTS):
        loaded = entry.load()
        if isinstance(loaded, ModuleType):
            yield from _classes_in(loaded)
        else:
            yield loaded


def may_be_registered() -> bool:
    """Whether some installed package may register a codemod: hardly any does, and to see that takes a tenth of the time that
    `importlib.metadata` takes to be imported. What is not a folder with metadata in it (an archive, an importer of its own) may.
    """
    if any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder):
        return True
    return any(map(_may_register, sys.path))


def _may_register(folder: str) -> bool:
    try:
        with os.scandir(folder or ".") as entries:
            named = [(entry.path, _REGISTERS.get(os.path.splitext(entry.name)[1].lower())) for entry in entries]
        return any(_names_it(path, name) for path, name in named if name)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _names_it(metadata: str, name: str) -> bool:
    if os.path.isfile(metadata):
        return metadata.lower().endswith(".egg")
    try:
        return ENTRY_POINTS.encode() in Path(metadata, name).read_bytes()
    except FileNotFoundError:
        return False
