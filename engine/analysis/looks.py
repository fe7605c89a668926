"""Where the value of an expression is looked into by what stands around it: it is tested for truth, or taken apart."""

from __future__ import annotations

import ast

from .module import Module

_SEVERAL = (ast.Tuple, ast.List)
#: What only looks at a mapping.
_LOOKS = frozenset({"get", "copy", "items", "keys", "values"})


def looks_into(module: Module, node: ast.expr) -> bool:
    """Whether what is around an expression asks whether its value is true, or takes its items."""
    parent = module.parent(node)
    match parent:
        case ast.If(test=used) | ast.While(test=used) | ast.Assert(test=used) | ast.match_case(guard=used):
            return used is node
        case ast.IfExp(test=used):
            return used is node or looks_into(module, parent)
        case ast.BoolOp(values=values):
            return node is not values[-1] or looks_into(module, parent)
        case ast.NamedExpr(value=used):
            return used is node and looks_into(module, parent)
        case ast.comprehension(ifs=conditions):
            return node in conditions
        case ast.Assign(targets=targets, value=used):
            return used is node and any(isinstance(target, _SEVERAL) for target in targets)
        case ast.Dict(keys=keys, values=values):
            return any(key is None and value is node for key, value in zip(keys, values, strict=True))
        case ast.keyword(arg=None):
            return True
        case ast.AugAssign(value=used):
            return used is node
    return False


def are_taken_apart(loop: ast.AST) -> bool:
    """Whether a loop takes the items apart over which it goes: ``for key, value in pairs``."""
    return isinstance(loop, (ast.For, ast.comprehension)) and isinstance(loop.target, _SEVERAL)


def is_looked_at(module: Module, mapping: ast.AST) -> bool:
    """Whether a use of a mapping only asks what is in it: ``os.environ["TOKEN"]``."""
    parent = module.parent(mapping)
    is_item = isinstance(parent, ast.Subscript) and parent.value is mapping and isinstance(parent.ctx, ast.Load)
    return is_item or isinstance(parent, ast.Compare) or (isinstance(parent, ast.Attribute) and parent.attr in _LOOKS)
