"""Files that a coroutine reads and parses itself, which a small function could take over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.analysis.files import Access, accesses, key_of
from ....engine.analysis.module import Module
from ....engine.analysis.paths import is_made_up, pattern_of
from ....engine.analysis.readonly import only_read
from .effects import PARSERS, of_yaml
from .loaders import is_fixed


@dataclass(frozen=True, eq=False)
class Inline:
    """One place in a coroutine that reads and parses a file of a fixed name, and only looks at what it gets."""

    module: Module
    access: Access
    #: The parsing call.
    parsed: ast.Call
    #: The block that opens the file and holds nothing but an assignment of what is parsed.
    block: ast.With | None

    @property
    def node(self) -> ast.AST:
        """What is found."""
        return self.block or self.parsed

    def words(self) -> str:
        """What is read and how, as it is written: places with the same words are one finding."""
        opened = f"with {self.module.segment(self.block.items[0].context_expr)}: " if self.block else ""
        return opened + self.module.segment(self.parsed)


def inline_reads(module: Module) -> Iterator[Inline]:
    """The places of a module whose result is only looked at, in source order."""
    for access in accesses(module):
        if access.kind != "read" or not isinstance(module.function(access.node), ast.AsyncFunctionDef):
            continue
        if key_of(module, access.path).sort not in ("constant", "global") and not is_fixed(module, access.path):
            continue
        if is_made_up(pattern_of(module, access.path)):
            continue
        found = _in_block(module, access) or _in_call(module, access)
        if (
            found is not None
            and _is_movable(found)
            and not of_yaml(module, found.parsed)
            and only_read(module, found.parsed)
        ):
            yield found


def _in_block(module: Module, access: Access) -> Inline | None:
    """``with open(…) as f: x = json.load(f)``."""
    item = module.parent(access.node)
    block = module.parent(item) if isinstance(item, ast.withitem) else None
    if not (isinstance(block, ast.With) and len(block.items) == 1 and len(block.body) == 1):
        return None
    statement, handle = block.body[0], block.items[0].optional_vars
    if not (isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(handle, ast.Name)):
        return None
    if not (isinstance(statement.value, ast.Call) and isinstance(statement.targets[0], ast.Name)):
        return None
    inside = [n for n in ast.walk(statement.value) if isinstance(n, ast.Name) and n.id == handle.id]
    used = module.uses(handle.id, module.scope(handle))
    last = max((module.start(use) for use in used), default=0)
    if len(inside) != 1 or last > module.end(block):
        return None
    return Inline(module, access, statement.value, block)


def _in_call(module: Module, access: Access) -> Inline | None:
    """``json.load(open(…))``, ``json.loads(Path(…).read_text())``."""
    inner: ast.AST | None = module.parent(access.node)
    if isinstance(inner, ast.Attribute) and inner.attr == "read":
        inner = module.parent(inner)
        inner = module.parent(inner) if inner is not None else None
    if isinstance(inner, ast.Call) and inner.args and module.resolve(inner.func) in PARSERS:
        return Inline(module, access, inner, None)
    return None


def _is_movable(found: Inline) -> bool:
    """Whether it is a parsing call that uses nothing of the coroutine, in a layout that can be taken over as it is."""
    module, node = found.module, found.node
    if module.resolve(found.parsed.func) not in PARSERS:
        return False
    if module.in_fstring(node) or any(isinstance(a, ast.Lambda) for a in module.ancestors(node)):
        return False
    if any(
        module.scope(found.parsed) is not module.scope(n) for n in ast.walk(found.parsed) if isinstance(n, ast.expr)
    ):
        return False
    own = found.block.items[0].optional_vars if found.block else None
    for part in ast.walk(node):
        if isinstance(part, (ast.Await, ast.NamedExpr)):
            return False
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            scope = module.scope(part).find(part.id)
            if scope not in (None, module.names.root) and not (isinstance(own, ast.Name) and part.id == own.id):
                return False
    calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
    known = [c for c in calls if module.resolve(c.func) or c is found.access.node]
    reads = [c for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in ("read", "decode", "open")]
    return all(c in known or c in reads for c in calls) and "\n" not in found.words()
