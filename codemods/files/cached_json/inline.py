"""Files that a coroutine reads and parses itself, where a small function can take that over."""

from __future__ import annotations

import ast
import builtins
import os.path
import re
import textwrap
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ....engine.analysis.files import Access, accesses, key_of
from ....engine.analysis.module import Module
from ....engine.analysis.readonly import only_read
from ....engine.analysis.resolver import Resolver
from .effects import PARSERS
from .loaders import is_fixed, named


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
        """What is replaced."""
        return self.block or self.parsed

    @property
    def has_comment(self) -> bool:
        """Whether a comment stands in what is replaced."""
        return self.module.has_comment(*self.module.span(self.node))

    def parts(self) -> list[ast.expr]:
        """What the function that takes it over will hold."""
        return [self.parsed, *([self.block.items[0].context_expr] if self.block else [])]

    def body(self) -> str:
        """The body of the function that takes it over."""
        parsed = self.module.segment(self.parsed)
        if self.block is None:
            return f"return {parsed}"
        item = self.module.segment(self.block.items[0].context_expr)
        return f"with {item} as {self._handle}:\n{self.module.indent_unit}return {parsed}"

    @property
    def _handle(self) -> str:
        assert self.block is not None and isinstance(self.block.items[0].optional_vars, ast.Name)
        return self.block.items[0].optional_vars.id

    def kept_in(self) -> str:
        """What the block assigns to, as text: "config = "."""
        if self.block is None:
            return ""
        statement = self.block.body[0]
        assert isinstance(statement, ast.Assign)
        return f"{self.module.segment(statement.targets[0])} = "


def inline_reads(module: Module) -> Iterator[Inline]:
    """The places of a module whose result is only looked at, in source order."""
    for access in accesses(module):
        if access.kind != "read" or not isinstance(module.function(access.node), ast.AsyncFunctionDef):
            continue
        if key_of(module, access.path).sort not in ("constant", "global") and not is_fixed(module, access.path):
            continue
        found = _in_block(module, access) or _in_call(module, access)
        if found is not None and _is_movable(found) and only_read(module, found.parsed):
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
    return all(c in known or c in reads for c in calls) and "\n" not in found.body().replace(":\n", "", 1)


def loader_name(resolver: Resolver, module: Module, found: list[Inline], given: Collection[str]) -> str | None:
    """A free name for the function that reads the file: ``load_config`` for ``config.json`` or ``CONFIG_FILE``."""
    path = os.path.basename(named(module, found[0].access.path).rstrip("\"')"))
    stem = re.sub(r"\W+", "_", path.rpartition(".")[0] or path, flags=re.ASCII).strip("_").lower()
    stem = re.sub(r"_(file|path|filename|json)$", "", stem) or "file"
    for name in (f"load_{stem}", f"read_{stem}", f"load_{stem}_file", *(f"load_{stem}_{n}" for n in range(2, 10))):
        if name not in given and not hasattr(builtins, name) and not _is_known(resolver, module, name):
            return name
    return None


def _is_known(resolver: Resolver, module: Module, name: str) -> bool:
    """Whether the file holds the word, or has the name by a star import, or a file does that star-imports this one."""
    if re.search(rf"\b{name}\b", module.text) or resolver.exported(module, name) is not None:
        return True
    importers = set(module.project.importers(module.path))
    return any(
        path in importers and (other := resolver.module(path)) is not None and "*" in other.names.root.bindings
        for path in resolver.mentioning([name])
    )


def loader_source(found: Inline, name: str) -> str:
    """The function that takes a place over."""
    unit = found.module.indent_unit
    return f"def {name}():\n{textwrap.indent(found.body(), unit)}\n"
