"""What a rewrite of one access to a file consists of."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from ....engine.analysis.module import Module
from ....engine.model import Edit, Import
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for


class Refused(Exception):
    """The place is left alone; the message is the reason, a clause."""


@dataclass
class Form:
    """A rewrite of one access."""

    edits: list[Edit] = field(default_factory=list)
    imports: set[Import] = field(default_factory=set)
    #: Where it awaits.
    awaited: list[ast.expr] = field(default_factory=list)
    writes: bool = False
    #: What is handed to the thread.
    given: list[ast.expr] = field(default_factory=list)
    #: Whether the file stays open while something is awaited, which it was not before.
    stays_open: bool = False
    #: What is taken for a text or a `Path`.
    taken_for_path: ast.expr | None = None
    #: Whether it is another function that opens the file.
    replaces_open: bool = False


def check(module: Module, call: ast.Call) -> None:
    """Raise `Refused` where nothing can be awaited in the place of a call."""
    if reason := awaits.refusal(module, call):
        raise Refused(reason)


def asyncio_name(module: Module, at: ast.AST, form: Form) -> str:
    """The name that asyncio has at a place; where it needs one, the import is added to the form."""
    name, imports = name_for(module, Import("asyncio"), at)
    form.imports |= set(imports)
    return name
