"""tgfix rewrites performance anti-patterns of Telegram bots and shows each rewrite as a diff to review.

What a plugin author or a script may import stands here; everything else is internal. Names are loaded when they are
first used, so that ``import tgfix`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from .codemods import load_codemods as load_codemods
    from .engine.codemod import Codemod as Codemod
    from .engine.codemod import Example as Example
    from .engine.codemod import Option as Option
    from .engine.codemod import fixed as fixed
    from .engine.codemod import left as left
    from .engine.codemod import replace as replace
    from .engine.codemod import untouched as untouched
    from .engine.config import Settings as Settings
    from .engine.config import UsageError as UsageError
    from .engine.config import load_settings as load_settings
    from .engine.discover import discover as discover
    from .engine.model import Change as Change
    from .engine.model import Edit as Edit
    from .engine.model import FileChange as FileChange
    from .engine.model import Finding as Finding
    from .engine.model import Helper as Helper
    from .engine.model import Import as Import
    from .engine.model import Plan as Plan
    from .engine.model import Problem as Problem
    from .engine.model import Safety as Safety
    from .engine.plan import make_plan as make_plan

_HOMES = {
    "codemods": ("load_codemods",),
    "engine.codemod": ("Codemod", "Example", "Option", "fixed", "left", "replace", "untouched"),
    "engine.config": ("Settings", "UsageError", "load_settings"),
    "engine.discover": ("discover",),
    "engine.model": ("Change", "Edit", "FileChange", "Finding", "Helper", "Import", "Plan", "Problem", "Safety"),
    "engine.plan": ("make_plan",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOME[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
