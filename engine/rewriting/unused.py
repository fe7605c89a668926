"""Removing the imports that a change made unused, and no others.

An import stays when anything else may look at it: another use in the file, ``__all__``, a string annotation, a
comment on its line, a type comment, code in the file that runs other code or reads its names by `globals()`, a
package's ``__init__.py``, another file of the project, of whatever kind, that may take the name from the module.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from ..analysis.module import Module
from ..analysis.scope import Binding, Scope
from ..model import Edit, Proof
from ..proofs import callers
from .layout import blank_line_before, deleted_lines


def orphaned(before: Module, spans: Iterable[tuple[int, int]]) -> set[str]:
    """Names bound by imports that only the text inside `spans` of `before` uses; only these may become unused by editing there."""
    ranges = list(spans)
    lines = {line for start, end in ranges for line in range(before.position(start)[0], before.position(end)[0] + 1)}

    def is_edited(node: ast.Name) -> bool:
        offset = before.offset(node.lineno, node.col_offset) if node.lineno in lines else -1
        return any(start <= offset < end for start, end in ranges)

    names: set[str] = set()
    for node in before.all(ast.Name):
        if node.id not in names and isinstance(node.ctx, ast.Load) and is_edited(node):
            scope = before.scope(node).find(node.id)
            if scope is not None and any(binding.kind == "import" for binding in scope.bindings[node.id]):
                if all(map(is_edited, before.uses(node.id, scope))):
                    names.add(node.id)
    return names


def removed(after: Module, candidates: Iterable[str]) -> list[Edit]:
    """Edits that remove those of `candidates` whose imports nothing uses in `after`."""
    wanted = set(candidates)
    if not wanted:
        return []
    by_statement: dict[ast.Import | ast.ImportFrom, list[str]] = {}
    scopes: list[Scope] = [after.names.root, *after.names.opened.values()]
    seen: set[tuple[int, str]] = set()
    for scope in scopes:
        for name in wanted & set(scope.bindings):
            if (id(scope), name) in seen or not _is_unused(after, name, scope):
                continue
            seen.add((id(scope), name))
            binding = scope.bindings[name][0]
            if isinstance(binding.node, (ast.Import, ast.ImportFrom)):
                by_statement.setdefault(binding.node, []).append(name)
    edits: list[Edit] = []
    for statement, names in by_statement.items():
        edits += _removal(after, statement, set(names))
    return edits


def _is_unused(module: Module, name: str, scope: Scope) -> bool:
    bindings: list[Binding] = scope.bindings[name]
    if len(bindings) != 1 or bindings[0].kind != "import" or module.uses(name, scope):
        return False
    if _runs_text(module) or _is_in_type_comment(module, name):
        return False
    statement = bindings[0].node
    if module.has_comment(*module.line_span(statement)):
        return False
    parent = module.parent(statement)
    if not isinstance(parent, (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef)):
        return False  # in a try, an if, a class body: it is there for a reason that is not looked into
    if scope.kind == "module":
        if module.path.name == "__init__.py" or _is_seen_in_strings(module, name):
            return False
        return isinstance(callers.not_taken(module, name), Proof)
    return len(parent.body) > 1 and not _is_seen_in_strings(module, name)


_SEES_NAMES = frozenset(f"builtins.{name}" for name in ("eval", "exec", "globals", "locals", "vars"))


def _runs_text(module: Module) -> bool:
    """Whether the file calls `exec`, `globals` or the like: text that only the run knows may use any of its names."""
    return any(_SEES_NAMES & module.candidates(call.func) for call in module.all(ast.Call))


def _is_in_type_comment(module: Module, name: str) -> bool:
    word = re.compile(rf"#\s*type:.*\b{re.escape(name)}\b")
    return any(word.match(comment) for _, comment in module.comments)


def _is_seen_in_strings(module: Module, name: str) -> bool:
    """In ``__all__``, as what `getattr` asks for, or as a word of a string annotation."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    for node in module.all(ast.Constant):
        if isinstance(node.value, str) and len(node.value) < 200 and word.search(node.value):
            parent = module.parent(node)
            if isinstance(parent, ast.Expr):
                continue  # a docstring
            if (node.value == name and _is_looked_up(module, node, parent)) or _is_annotation(module, node):
                return True
    return False


def _is_looked_up(module: Module, text: ast.Constant, parent: ast.AST | None) -> bool:
    if isinstance(parent, ast.Call) and module.resolve(parent.func) == "builtins.getattr":
        return True
    return any(isinstance(node, ast.Name) and node.id == "__all__" for node in ast.walk(module.statement(text)))


def _is_annotation(module: Module, node: ast.AST) -> bool:
    child = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, (ast.arg, ast.AnnAssign)) and ancestor.annotation is child:
            return True
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef)) and ancestor.returns is child:
            return True
        if isinstance(ancestor, ast.stmt):
            return False
        child = ancestor
    return False


def _removal(module: Module, statement: ast.Import | ast.ImportFrom, names: set[str]) -> list[Edit]:
    keep = [a for a in statement.names if (a.asname or a.name.partition(".")[0]) not in names]
    if not keep:
        start, end = module.line_span(statement)
        before, after = module.text[start : module.start(statement)], module.text[module.end(statement) : end]
        if before.strip() or after.strip():
            return []  # shares its line with other statements
        return [deleted_lines(module, start, _with_blank_line(module, start, end))]
    edits = []
    aliases = statement.names
    for index, alias in enumerate(aliases):
        if alias in keep:
            continue
        later = [a for a in aliases[index + 1 :] if a in keep]
        if later:  # up to the next alias
            edits.append(Edit(module.start(alias), module.start(aliases[index + 1]), ""))
        else:  # from behind the last alias that stays: take the comma in front along
            previous = aliases[index - 1]
            edits.append(Edit(module.end(previous), module.end(alias), ""))
    return edits


def _with_blank_line(module: Module, start: int, end: int) -> int:
    """Take one blank line along where two would come to stand together, or one at the beginning of the file or a block."""
    following = re.compile(r"[ \t]*(\r\n|\r|\n)").match(module.text, end)
    if following is None:
        return end
    before = module.text[:start].rstrip()
    at_gap = not before or before.endswith(":") or blank_line_before(module, start)
    return following.end() if at_gap else end
