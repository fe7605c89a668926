"""How one module of the project can write what is named at the top level of another one."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ..analysis.module import Module
from ..analysis.resolver import Resolver
from ..model import Import
from .imports import name_for

Written = tuple[str, tuple[Import, ...]]


def name_in(resolver: Resolver, module: Module, at: ast.AST, owner: Module, name: str) -> Written | None:
    """The text by which code at `at` in `module` can name `name` of `owner`, and the imports to add for it."""
    inside = module.scope(at)
    if owner is module:
        return (name, ()) if inside.find(name) is module.names.root else None
    sources: list[str] = []
    for local, bound in module.names.root.bindings.items():
        for binding in bound:
            if binding.kind == "star" and resolver.file_of(module.path, binding.qualified or "") == (owner.path, []):
                if not name.startswith("_") and name not in module.names.root.bindings:
                    return name, ()
            if binding.kind != "import" or not binding.qualified or inside.find(local) is not module.names.root:
                continue
            found = resolver.file_of(module.path, binding.qualified)
            if found == (owner.path, []):
                return f"{local}.{name}", ()
            if resolver.exported(module, local) == (owner, name):
                return local, ()
            if found and found[0] == owner.path and isinstance(binding.node, ast.ImportFrom):
                sources.append("." * binding.node.level + (binding.node.module or ""))
    source = sources[0] if sources else _import_path(module, owner)
    return name_for(module, Import(source, name), at) if source else None


def written_in(resolver: Resolver, module: Module, at: ast.AST, owner: Module, expression: ast.expr) -> Written | None:
    """The same for an expression of `owner`: a constant, or a name that is bound at module level."""
    if isinstance(expression, ast.Constant):
        return owner.segment(expression), ()
    found = resolver.symbol(owner, expression)
    return name_in(resolver, module, at, *found) if found else None


def _import_path(module: Module, owner: Module) -> str | None:
    """How a module can import another one of the project: relatively where it does so already, else from the root of both."""

    def dotted(parts: Sequence[str]) -> str:
        return ".".join(parts[:-1] if parts[-1:] == ("__init__",) else parts)

    target = owner.path.with_suffix("")
    levels = [node.level for node in module.all(ast.ImportFrom) if node.level]
    if levels:
        for level, base in enumerate(module.path.parents, 1):
            if target.is_relative_to(base) and level <= max(levels):
                return "." * level + dotted(target.relative_to(base).parts)
    root = module.project.import_roots.get(module.path)
    if root is not None and target.is_relative_to(root):
        return dotted(target.relative_to(root).parts) or None
    return None
