"""The import planner: which name code may use for what it needs, where a new import goes, which old one may go.

Reuses an existing binding under whatever alias; puts a new import behind the docstring and ``__future__``, next to
the imports of its kind; removes only bindings that this very change made unused and that nobody else can see.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Container, Iterable

from ..analysis.module import Module
from ..analysis.naming import Stars
from ..analysis.scope import Scope
from ..model import Edit, Import
from .layout import EOL, blank_line_before, gap_behind
from .merging import mergeable, merged_names

ImportNode = ast.Import | ast.ImportFrom


def name_for(module: Module, wanted: Import, at: ast.AST) -> tuple[str, tuple[Import, ...]]:
    """The name by which code at `at` can use `wanted`, and the imports to add for it (none where one is there already).

    A name that already means something else, in the module or in a scope around `at`, is not used: the import gets an
    alias.
    """
    qualified = wanted.module if wanted.name is None else _join(wanted.module, wanted.name)
    for name in _module_imports(module, qualified):
        if module.scope(at).find(name) is module.names.root:
            return name, ()
    for alias in (wanted.bound_name, f"_{wanted.bound_name}", f"_{wanted.bound_name}_"):
        if _is_free(module, alias, at) and not is_starred(module, alias, qualified):
            break
    if alias == wanted.bound_name:
        return alias, (wanted,)
    return alias, (Import(wanted.module, wanted.name, alias),)


def _join(module: str, name: str) -> str:
    return f"{module}{name}" if module.endswith(".") else f"{module}.{name}"


def _module_imports(module: Module, qualified: str) -> list[str]:
    """Names that top-level, unconditional imports bind to `qualified` and to nothing else."""
    return [
        name
        for name, bindings in module.imported
        if all(b.qualified == qualified for b in bindings) and module.starred_later(name) <= {qualified}
    ]


def is_starred(module: Module, name: str, qualified: str) -> bool:
    """Whether a star import is known to bring something else by this name, which would hide an import above it."""
    return bool((module.project.fact(Stars).of(module, name) or frozenset()) - {qualified})


def _is_free(module: Module, name: str, at: ast.AST) -> bool:
    if name in module.names.root.bindings:
        return False
    scope: Scope | None = module.scope(at)
    while scope:
        if name in scope.bindings or name in scope.global_names:
            return False
        scope = scope.parent
    return True


# Adding


def added(module: Module, wanted: Iterable[Import], by_helpers: Container[Import] = ()) -> list[Edit]:
    """Edits that add the imports which the module does not have yet at its top level.

    What helpers want, which are not written yet, goes to the first imports.
    """
    edits: list[Edit] = []
    new_lines: dict[int, list[Import]] = {}
    merged: dict[ast.ImportFrom, list[Import]] = {}
    blocks = _import_blocks(module)
    around: dict[int, list[ImportNode]] = {}
    for item in sorted(set(wanted)):
        qualified = item.module if item.name is None else _join(item.module, item.name)
        if item.bound_name in _module_imports(module, qualified):
            continue
        ahead = blocks[:1] if item in by_helpers else _ahead_of_uses(module, blocks, item)
        target = mergeable(module, [node for block in ahead for node in block], item)
        if target is not None:
            merged.setdefault(target, []).append(item)
        else:
            block = _block_of_its_kind(module, ahead, item)
            offset = _place(module, block, item)
            around[offset] = block
            new_lines.setdefault(offset, []).append(item)
    for statement, items in merged.items():
        edits += merged_names(module, statement, items)
    for offset, items in new_lines.items():
        edits.append(Edit(offset, offset, _new_statements(module, around[offset], offset, items)))
    return edits


def import_block(module: Module) -> list[ImportNode]:
    """The imports at the top of the module, up to the first statement that is none (dunder assignments are passed
    over).
    """
    return next(iter(_import_blocks(module)), [])


def _import_blocks(module: Module) -> list[list[ImportNode]]:
    """The imports at the module's top level, those apart that other statements stand between."""
    blocks: list[list[ImportNode]] = [[]]
    for statement in module.tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            blocks[-1].append(statement)
        elif blocks[-1] and not (isinstance(statement, ast.Assign) and _is_dunder(statement)):
            last = blocks[-1][-1]
            if not (isinstance(last, ast.ImportFrom) and last.module == "__future__"):
                blocks.append([])
    return [block for block in blocks if block]


def _ahead_of_uses(module: Module, blocks: list[list[ImportNode]], item: Import) -> list[list[ImportNode]]:
    """The first block, and those others that end above all uses of the name."""
    if len(blocks) < 2:
        return blocks
    uses = [n.lineno for n in ast.walk(module.tree) if isinstance(n, ast.Name) and n.id == item.bound_name]
    first = min(uses, default=0)
    return blocks[:1] + [block for block in blocks[1:] if (block[-1].end_lineno or 0) < first]


def _block_of_its_kind(module: Module, blocks: list[list[ImportNode]], item: Import) -> list[ImportNode]:
    """The block with the most imports of the same kind: a program may have to set something before it imports others."""
    kind = _category(module, item.module)
    return max(blocks, key=lambda block: sum(_sort_key(module, n)[0] == kind for n in block), default=[])


def _is_dunder(statement: ast.Assign) -> bool:
    return all(isinstance(target, ast.Name) and target.id.startswith("__") for target in statement.targets)


def _category(module: Module, name: str) -> int:
    """0 future, 1 standard library, 2 third party, 3 the project's own, as isort groups them."""
    top = name.partition(".")[0]
    if name == "__future__":
        return 0
    if name.startswith("."):
        return 4
    if top in sys.stdlib_module_names:
        return 1
    own = module.project.has_module(top) or top == module.project.settings.support_module
    return 3 if own else 2


def _sort_key(module: Module, node: ImportNode | Import) -> tuple[int, bool, int, str]:
    """Where isort puts an import: of relative ones those from furthest away come first."""
    if isinstance(node, ast.ImportFrom):
        name, whole = "." * node.level + (node.module or ""), False
    elif isinstance(node, ast.Import):
        name, whole = node.names[0].name, True
    else:
        name, whole = node.module, node.name is None
    return _category(module, name), not whole, len(name.lstrip(".")) - len(name), name.lower()


def _package(key: tuple[bool | int | str, ...]) -> str:
    """The library, or the package of the project, that an import with this sort key takes."""
    return str(key[-1]).partition(".")[0]


def _place(module: Module, block: list[ImportNode], item: Import) -> int:
    """Offset of the line start at which a new import statement goes."""
    if not block:
        return code_start(module)
    key = _sort_key(module, item)
    same = [node for node in block if _sort_key(module, node)[0] == key[0]]
    same = [node for node in same if _package(_sort_key(module, node)) == _package(key)] or same
    if same:
        smaller = [node for node in same if _sort_key(module, node) <= key]
        unsorted = item.name is None and _sort_key(module, block[0])[0] > key[0]
        return _line_behind(module, smaller[-1]) if smaller else _line_of(module, block[0] if unsorted else same[0])
    later = [node for node in block if _sort_key(module, node)[0] > key[0]]
    earlier = [node for node in block if _sort_key(module, node)[0] < key[0]]
    if later and (not earlier or block.index(later[0]) > block.index(earlier[-1])):
        return _line_of(module, later[0])
    return _line_behind(module, earlier[-1])


def _line_of(module: Module, node: ast.stmt) -> int:
    """The start of the line of `node`; the line behind it where the docstring or a ``__future__`` import shares it."""
    first = next(s for s in module.tree.body if (s.end_lineno or 0) >= node.lineno)
    if isinstance(first, ast.Expr) or (isinstance(first, ast.ImportFrom) and first.module == "__future__"):
        return _line_behind(module, first)
    return module.line_span(first)[0]


def _line_behind(module: Module, node: ast.stmt) -> int:
    """The start of the first line behind `node` and behind everything that shares a line with it."""
    line = node.end_lineno or node.lineno
    for statement in module.tree.body:
        if statement.lineno <= line:
            line = max(line, statement.end_lineno or 0)
    return module.line_starts[line] if line < len(module.line_starts) else len(module.text)


def code_start(module: Module) -> int:
    """Offset of the line where code may begin: behind shebang, coding line, leading comments, docstring and
    ``__future__``.
    """
    offset = 0
    body = module.tree.body
    if (
        body
        and isinstance(body[0], ast.Expr)
        and isinstance(body[0].value, ast.Constant)
        and isinstance(body[0].value.value, str)
    ):
        return _line_behind(module, body[0])
    if not body:
        return len(module.text)
    for start in module.line_starts:
        line = module.text[start:].split("\n", 1)[0] if start < len(module.text) else ""
        if not line.startswith("#"):
            break
        offset = start + len(line) + 1
    if offset and offset <= module.start(body[0]):
        rest = module.text[offset : module.start(body[0])]
        return min(offset + (len(rest) - len(rest.lstrip("\r\n"))), len(module.text))
    return 0


def _new_statements(module: Module, block: list[ImportNode], offset: int, items: list[Import]) -> str:
    items = sorted(items, key=lambda item: _sort_key(module, item))
    lines: list[str] = []
    by_module: dict[tuple[str, bool], list[Import]] = {}
    for item in items:
        by_module.setdefault((item.module, item.name is None), []).append(item)
    previous: int | None = None
    for (name, plain), group in by_module.items():
        category = _category(module, name)
        if previous is not None and category != previous:
            lines.append("")
        previous = category
        if plain:
            lines += [item.statement for item in group]
        else:
            names = ", ".join(f"{i.name} as {i.alias}" if i.alias else str(i.name) for i in group)
            lines.append(f"from {name} import {names}")
    text = "\n".join(lines) + "\n"
    if offset and module.text[offset - 1] not in "\r\n":
        text = "\n" + text  # the file ends here without a newline
    if not block:
        before = module.text[:offset]
        blank_before = not before.strip() or before.endswith(("\n\n", "\r\n\r\n"))
        return ("" if blank_before else "\n") + text + gap_behind(module, offset)
    first, last = _category(module, items[0].module), _category(module, items[-1].module)
    above = [n for n in block if module.end(n) <= offset]
    below = [n for n in block if module.start(n) >= offset]
    if below and not [n for n in block if _sort_key(module, n)[0] == last] and _sort_key(module, below[0])[0] != last:
        if above and _sort_key(module, above[-1])[0] != first and not blank_line_before(module, offset):
            text = "\n" + text
        return text if re.match(EOL, module.text[offset : offset + 2]) else text + "\n"
    if not below and above and _sort_key(module, above[-1])[0] != first:
        return "\n" + text
    return text
