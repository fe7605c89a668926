"""The codemods, a room for each in the folder of its family, and the registry that finds them.

A third party registers its own by the entry-point group ``tgfix.codemods`` (each entry names a `Codemod` subclass or
a module that holds some).
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from types import ModuleType

from ..engine.codemod import Codemod

ENTRY_POINTS = "tgfix.codemods"


def load_codemods() -> list[Codemod]:
    """All codemods, in order of code.

    Raises:
        ValueError: two codemods claim the same code or name.
    """
    classes: list[type[Codemod]] = []
    for family in pkgutil.iter_modules(__path__, f"{__name__}."):
        for room in pkgutil.iter_modules(importlib.import_module(family.name).__path__, f"{family.name}."):
            classes += _classes_in(importlib.import_module(room.name))
    classes += _third_party()
    codemods = sorted((cls() for cls in classes), key=lambda codemod: codemod.code)
    seen: dict[str, Codemod] = {}
    for codemod in codemods:
        for key in (codemod.code, codemod.name):
            if key in seen:
                raise ValueError(f"{type(codemod).__module__} and {type(seen[key]).__module__} both claim {key}")
            seen[key] = codemod
    return codemods


def _classes_in(module: ModuleType) -> list[type[Codemod]]:
    return [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Codemod) and member is not Codemod and member.__module__ == module.__name__
    ]


def _third_party() -> Iterable[type[Codemod]]:
    from importlib.metadata import entry_points

    for entry in entry_points(group=ENTRY_POINTS):
        loaded = entry.load()
        if isinstance(loaded, ModuleType):
            yield from _classes_in(loaded)
        else:
            yield loaded
