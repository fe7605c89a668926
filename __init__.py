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
    from .engine.analysis.literal import evaluate as evaluate
    from .engine.analysis.module import Module as Module
    from .engine.analysis.module import Project as Project
    from .engine.analysis.refuse import cannot_await as cannot_await
    from .engine.codemod import Codemod as Codemod
    from .engine.codemod import Example as Example
    from .engine.codemod import fixed as fixed
    from .engine.codemod import left as left
    from .engine.codemod import patched as patched
    from .engine.codemod import replace as replace
    from .engine.codemod import untouched as untouched
    from .engine.model import Assumption as Assumption
    from .engine.model import Change as Change
    from .engine.model import Edit as Edit
    from .engine.model import FileChange as FileChange
    from .engine.model import Finding as Finding
    from .engine.model import Hazard as Hazard
    from .engine.model import Helper as Helper
    from .engine.model import Import as Import
    from .engine.model import Proof as Proof
    from .engine.model import Safety as Safety
    from .engine.problem import Problem as Problem
    from .engine.rewriting.awaits import awaited as awaited
    from .engine.rewriting.imports import name_for as name_for
    from .engine.rewriting.support import place as place
    from .engine.run.plan import Plan as Plan
    from .engine.run.planner import make_plan as make_plan
    from .engine.sources.config import Option as Option
    from .engine.sources.config import Settings as Settings
    from .engine.sources.config_file import load_settings as load_settings
    from .engine.sources.discover import discover as discover
    from .engine.sources.git import UsageError as UsageError

_HOMES = {
    "codemods": ("load_codemods",),
    "engine.analysis.literal": ("evaluate",),
    "engine.analysis.module": ("Module", "Project"),
    "engine.analysis.refuse": ("cannot_await",),
    "engine.codemod": ("Codemod", "Example", "fixed", "left", "patched", "replace", "untouched"),
    "engine.model": (
        "Assumption",
        "Change",
        "Edit",
        "FileChange",
        "Finding",
        "Hazard",
        "Helper",
        "Import",
        "Proof",
        "Safety",
    ),
    "engine.problem": ("Problem",),
    "engine.rewriting.awaits": ("awaited",),
    "engine.rewriting.imports": ("name_for",),
    "engine.rewriting.support": ("place",),
    "engine.run.plan": ("Plan",),
    "engine.run.planner": ("make_plan",),
    "engine.sources.config": ("Option", "Settings"),
    "engine.sources.config_file": ("load_settings",),
    "engine.sources.discover": ("discover",),
    "engine.sources.git": ("UsageError",),
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
