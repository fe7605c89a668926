"""Where support code goes: the plain helpers that rewritten code uses and that the bot's owner owns from then on.

A project of one file gets a helper inside that file. A larger one gets one support module that holds each helper once (see
`location`).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..analysis.module import Module, ParseError
from ..analysis.programs import Programs
from ..analysis.scope import BUILTINS
from ..model import Edit, FileChange, Helper, Import
from ..sources.source import SourceError
from .imports import code_start, import_block, is_starred
from .layout import gap_behind
from .location import location

HEADER = '"""Support code for this bot, written by tgfix. It is yours: read it, change it, keep it."""\n'
_LEVELS = re.compile(r"(?m)^(?: {4})+")


def is_support(data: bytes) -> bool:
    """Whether a file is one that tgfix has written for its helpers."""
    return HEADER.strip().encode() in data[: len(HEADER) + 8]


@dataclass(frozen=True, slots=True)
class Placement:
    """What a change must carry so that its code can use a helper."""

    #: The expression that names the helper in the rewritten code.
    name: str
    imports: tuple[Import, ...] = ()
    helpers: tuple[Helper, ...] = ()
    others: tuple[FileChange, ...] = ()


def place(module: Module, helper: Helper, name: str | None = None, *, alone: bool = False) -> Placement | str:
    """Make `helper` usable in `module`; the reason as text where its name means something else already.

    `name` asks for one of `helper.also_defines` instead of the helper's own name. `alone`: no other file is going to use it, so that it
    stands in this one, unless the support module has it already.
    """
    wanted = name or helper.name
    target = location(module)
    if target is None or (alone and not _holds(module, target[0], wanted)):
        return _taken(module, helper) or Placement(wanted, helpers=(helper,))
    path, imported = target
    if path == module.path:
        return Placement(wanted, helpers=(helper,))
    qualified = f"{imported}{wanted}" if imported.endswith(".") else f"{imported}.{wanted}"
    if _means_another(module, wanted, qualified):
        return f"the name {wanted} is taken in this file"
    conflict = _conflict(module, path, helper)
    if conflict:
        return conflict
    if path not in module.project.requested and module.project.source(path) is None and not module.project.requested:
        return f"it needs support code in {path.name}"
    return Placement(wanted, (Import(imported, wanted),), (), (FileChange(path, helpers=(helper,)),))


def _holds(module: Module, path: Path, name: str) -> bool:
    support = module.project.parsed(path)
    return support is not None and name in support.names.root.bindings


def _taken(module: Module, helper: Helper) -> str | None:
    for part in with_requirements((helper,)):
        names = (part.name, *part.also_defines)
        there = [name for name in names if module.names.root.bindings.get(name)]
        for name in names:
            if is_starred(module, name, "") or (
                name in there and (len(there) < len(names) or not _is_same(module, name, part))
            ):
                return f"the name {name} is taken in this file"
        for needed in part.imports:
            qualified = f"{needed.module}.{needed.name}" if needed.name else needed.module.partition(".")[0]
            if _means_another(module, needed.bound_name, qualified):
                return f"the name {needed.bound_name} is taken in this file"
        for name in _builtins_in(part.source):
            if _means_another(module, name, f"builtins.{name}"):
                return f"the name {name} is no builtin in this file"
    return None


@cache
def _builtins_in(source: str) -> list[str]:
    return sorted({n.id for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and n.id in BUILTINS})


def _means_another(module: Module, name: str, qualified: str) -> bool:
    """Whether something else has a name in the file, or a star import brings it."""
    bound = module.names.root.bindings.get(name, ())
    return any(binding.qualified != qualified for binding in bound) or is_starred(module, name, qualified)


def _conflict(module: Module, path: Path, helper: Helper) -> str | None:
    try:
        if module.project.source(path) is None:
            return None
        support = module.project.module(path)
    except (ParseError, SourceError) as error:
        return f"{path.name} cannot be read ({error})"
    if any(Programs.of(module.project).imported(support)):
        return f"`{path.name}` imports other files of the project, so that they may be loaded before its functions are there"
    for part in with_requirements((helper,)):
        for name in (part.name, *part.also_defines):
            bound = support.names.root.bindings.get(name)
            if bound and not all(b.kind in ("def", "class", "assign") for b in bound):
                return f"the name {name} is taken in {path.name}"
    return None


def _is_same(module: Module, name: str, helper: Helper) -> bool:
    """Whether the file already holds this helper, as tgfix wrote it or as its owner changed its body since."""
    bound = module.names.root.bindings[name]
    written = next((node for node in ast.parse(helper.source).body if getattr(node, "name", None) == name), None)
    if len(bound) != 1 or written is None:
        return len(bound) == 1 and bound[0].kind == "assign"
    there = bound[0].node
    return type(there) is type(written) and _says(there) == _says(written)


def _says(defined: ast.AST) -> tuple[str, str]:
    """By what a function or class is known again: the start of its description, and what it takes."""
    said = isinstance(defined, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and ast.get_docstring(defined)
    return (said or "").partition("\n")[0], ast.dump(defined.args) if hasattr(defined, "args") else ""


def with_requirements(helpers: tuple[Helper, ...]) -> list[Helper]:
    """The helpers and all that they require, each once, required ones first."""
    ordered: list[Helper] = []

    def visit(helper: Helper) -> None:
        for required in helper.requires:
            visit(required)
        if all(helper.name != other.name for other in ordered):
            ordered.append(helper)

    for helper in helpers:
        visit(helper)
    return ordered


def added(module: Module, helpers: tuple[Helper, ...]) -> list[Edit]:
    """The edit that puts those helpers into the module which it does not define yet: behind its imports, and indented as it is."""
    missing = [h for h in with_requirements(helpers) if h.name not in module.names.root.bindings]
    if not missing:
        return []
    last = _last_import(module, {name for helper in missing for name in (helper.name, *helper.also_defines)})
    offset = module.line_span(last)[1] if last else code_start(module)
    text = "\n\n".join(helper.source.strip("\n") + "\n" for helper in missing)
    text = _LEVELS.sub(lambda spaces: module.indent_unit * (len(spaces[0]) // 4), text)
    before = "" if not module.text[:offset].strip() else "\n\n"
    if offset and module.text[offset - 1] not in "\r\n":
        before = "\n" + before
    return [Edit(offset, offset, before + text + gap_behind(module, offset, 2))]


def _last_import(module: Module, helpers: set[str]) -> ast.stmt | None:
    """The import behind which helpers stand: the last one at the top, also behind settings such as ``sys.path.append(…)`` that use no
    helper.
    """
    block = import_block(module)
    last: ast.stmt | None = block[-1] if block else None
    for statement in module.tree.body[module.tree.body.index(last) + 1 :] if last else ():
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            last = statement
        elif not isinstance(statement, (ast.Expr, ast.Assign)) or any(
            isinstance(node, ast.Name) and node.id in helpers for node in ast.walk(statement)
        ):
            break
    return last


def text_of(*wanted: Helper) -> str:
    """Source text of helpers as they stand in a file, below their imports."""
    parts = with_requirements(wanted)
    plain = sorted(
        {i.statement for part in parts for i in part.imports}, key=lambda text: (text.startswith("from"), text)
    )
    return "\n".join(plain) + "\n\n\n" + "\n\n".join(part.source for part in parts)
