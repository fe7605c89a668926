"""What made an object: the function of a library whose result it is, or leads to."""

from __future__ import annotations

import ast

from ..analysis.facts import Facts
from ..analysis.module import Module
from ..analysis.resolver import class_around

_DEEPEST = 8


class Origins:
    """The makers of objects; each expression is looked at once."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._known: dict[ast.AST, str] = {}

    def of(self, module: Module, node: ast.AST, depth: int = 0) -> str:
        """The dotted name of what made an object ("sqlite3.connect"), or of the library's object that it is; "" if not known."""
        if node not in self._known and depth < _DEEPEST:
            self._known[node] = ""  # a variable that is made from itself
            self._known[node] = self._of(module, node, depth + 1)
        return self._known.get(node, "")

    def _of(self, module: Module, node: ast.AST, depth: int) -> str:
        match node:
            case ast.Await(value=value) | ast.Subscript(value=value) | ast.Call(func=value):
                if isinstance(node, ast.Call) and (meant := self._facts.definition(module, value)):
                    return (
                        self._returned(*meant, depth)
                        if isinstance(meant[1], ast.FunctionDef | ast.AsyncFunctionDef)
                        else ""
                    )
                return self.of(module, value, depth)
            case ast.Attribute(value=ast.Name(id="self"), attr=attr):
                return self._attribute(module, node, attr, depth)
            case ast.Attribute(value=value):
                return self._facts.name_of(module, node) or self.of(module, value, depth)
            case ast.Name():
                return self._facts.name_of(module, node) or self._variable(module, node, depth)
        return ""

    def _variable(self, module: Module, name: ast.Name, depth: int) -> str:
        bindings = module.bindings(name.id, name)
        found = {self._bound(module, binding.node, depth) for binding in bindings if binding.kind != "import"}
        if not found:
            where, value = self._facts.graph.assigned(module, name)
            return self.of(where, value, depth) if value is not None else ""
        found.discard("None")
        return found.pop() if len(found) == 1 else ""

    def _bound(self, module: Module, target: ast.AST, depth: int) -> str:
        match module.parent(target):
            case ast.Assign(targets=[one], value=value) if one is target:
                pass
            case ast.AnnAssign(value=ast.expr() as value) | ast.NamedExpr(value=value):
                pass
            case ast.withitem(context_expr=value):
                pass
            case _:
                return ""
        if isinstance(value, ast.Constant) and value.value is None:
            return "None"
        return self.of(module, value, depth)

    def _attribute(self, module: Module, node: ast.Attribute, attr: str, depth: int) -> str:
        """What the class of a method puts into an attribute, where it is one thing."""
        cls = class_around(module, node)
        stores = [
            target
            for target in module.attributes(attr)
            if isinstance(target.ctx, ast.Store) and class_around(module, target) is cls
        ]
        found = {self._bound(module, store, depth) for store in stores} - {"None"}
        return found.pop() if len(found) == 1 else ""

    def _returned(self, module: Module, function: ast.AST, depth: int) -> str:
        """What a function of the project returns, or gives to the block that it manages."""
        given = [n.value for n in module.within(function, ast.Return, ast.Yield)]
        found = {self.of(module, value, depth) for value in given if value is not None}
        return found.pop() if len(found) == 1 else ""
