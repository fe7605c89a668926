"""Modules from source text, for tests of the analysis."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent

from tgfix.engine.analysis.module import Module, Project
from tgfix.engine.model import Assumption, Hazard, Verdict
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.source import SourceFile

ROOT = Path("/project")


def project(**files: str) -> Project:
    """A project in memory; ``bot="..."`` is bot.py, ``pkg__init="..."`` is pkg/init.py."""
    paths = {ROOT / (name.replace("__", "/") + ".py"): dedent(text) for name, text in files.items()}
    sources = {path: SourceFile.from_bytes(path, text.encode()) for path, text in paths.items()}
    return Project(Settings(root=ROOT), paths, sources)


def module(text: str) -> Module:
    """A project of the one file bot.py."""
    return project(bot=text).module(ROOT / "bot.py")


def calls(of: Module, name: str = "") -> list[ast.Call]:
    """The calls of a module whose callee is spelled `name` (all without one)."""
    return [call for call in of.all(ast.Call) if not name or ast.unparse(call.func) == name]


def names_nothing(asked: Assumption) -> bool:
    """Whether it is what an owner is asked for any new wait beside others, or before others: nothing in its coroutine is named."""
    general = "nothing that other" if asked.hazard is Hazard.INTERLEAVING else "a later update may overtake this one"
    of_waiting = asked.hazard in (Hazard.INTERLEAVING, Hazard.ORDERING)
    return of_waiting and asked.is_slight and asked.sentence.startswith(general) and "before" not in asked.sentence


def named(verdicts: Iterable[Verdict]) -> dict[Hazard, str]:
    """What is open and names something, by its hazard."""
    return {v.hazard: v.sentence for v in verdicts if isinstance(v, Assumption) and not names_nothing(v)}
