"""Stretches of a coroutine in which nothing else could run: from the first to the last of some places, without a sure await between.

A rewrite that puts an `await` into such a stretch has to keep others out by a lock around the whole of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..model import Edit
from .module import Module
from .scope import FunctionNode

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr, ast.Delete, ast.Raise, ast.Assert)
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True, eq=False)
class Section:
    """Neighbouring statements of one block."""

    block: list[ast.stmt]
    first: int
    last: int
    nodes: tuple[ast.AST, ...]

    @property
    def statements(self) -> list[ast.stmt]:
        """The statements of the section."""
        return self.block[self.first : self.last + 1]

    def awaits(self) -> Iterator[ast.AST]:
        """What is awaited inside."""
        for statement in self.statements:
            for node in _own(statement):
                if isinstance(node, (ast.Await, ast.AsyncWith, ast.AsyncFor)):
                    yield node


def sections(module: Module, function: FunctionNode, nodes: Sequence[ast.AST]) -> list[Section]:
    """The stretches of `function` that hold `nodes`; two nodes share one unless the way between them surely awaits something."""
    groups: list[list[ast.AST]] = []
    for node in sorted(nodes, key=module.start):
        if groups and any(not _parted(module, function, earlier, node) for earlier in groups[-1]):
            groups[-1].append(node)
        else:
            groups.append([node])
    found: list[Section] = []
    for group in groups:
        section = _section(module, function, group)
        while found and _overlap(module, found[-1], section):
            section = _section(module, function, [*found.pop().nodes, *section.nodes])
        found.append(section)
    return found


def _overlap(module: Module, one: Section, other: Section) -> bool:
    return module.start(other.statements[0]) < module.end(one.statements[-1])


def _chain(module: Module, function: FunctionNode, node: ast.AST) -> list[tuple[list[ast.stmt], int]]:
    """The blocks around a node, outermost first, each with the index of the statement that holds it."""
    chain: list[tuple[list[ast.stmt], int]] = []
    child: ast.AST = node
    while child is not function:
        parent = module.parent(child)
        assert parent is not None
        if isinstance(child, ast.stmt):
            for block in _blocks(parent):
                if child in block:
                    chain.append((block, block.index(child)))
        child = parent
    return chain[::-1]


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list):
            yield block


def _parted(module: Module, function: FunctionNode, earlier: ast.AST, later: ast.AST) -> bool:
    one, two = _chain(module, function, earlier), _chain(module, function, later)
    depth = 0
    while depth < min(len(one), len(two)) and one[depth][0] is two[depth][0] and one[depth][1] == two[depth][1]:
        depth += 1
    if depth == min(len(one), len(two)):
        return (
            _head_awaits(one[-1][0][one[-1][1]]) if len(two) > depth else False
        )  # one stands in the head of the other's block
    if one[depth][0] is not two[depth][0]:
        return isinstance(module.parent(one[depth][0][0]), ast.If)  # one in each branch, or in a try and its handler
    block, first, last = one[depth][0], one[depth][1], two[depth][1]
    if any(_awaits(statement) for statement in block[first + 1 : last]):
        return True
    if len(one) == depth + 1 and _awaits(block[first]) and not isinstance(block[first], _SIMPLE):
        return True  # the earlier one stands in the head, and the body awaits
    for inner, index in one[depth + 1 :]:
        if _block_awaits(inner[index + 1 :]) or (inner[index + 1 :] and isinstance(inner[-1], _LEAVES)):
            return True
    for inner, index in two[depth + 1 :]:
        if any(_awaits(statement) for statement in inner[:index]):
            return True
    return any(_head_awaits(outer[index]) for outer, index in two[depth:-1])


def _section(module: Module, function: FunctionNode, nodes: Sequence[ast.AST]) -> Section:
    chains = [_chain(module, function, node) for node in nodes]
    depth = 0
    while all(len(chain) > depth + 1 for chain in chains) and len({id(chain[depth + 1][0]) for chain in chains}) == 1:
        depth += 1
    while True:
        block = chains[0][depth][0]
        indexes = [chain[depth][1] for chain in chains]
        section = Section(block, min(indexes), max(indexes), tuple(nodes))
        owner = module.parent(block[0])
        loop = isinstance(owner, (ast.For, ast.While)) and not any(_is_await(n) for s in owner.body for n in _own(s))
        if depth == 0 or not (loop or not _stands_alone(module, section)):
            return section
        depth -= 1


def _stands_alone(module: Module, section: Section) -> bool:
    """Whether the statements begin and end with their lines, so that they can be moved one level deeper."""
    first, last = section.statements[0], section.statements[-1]
    start, end = module.start(first), module.end(last)
    before = module.text[module.line_span(first)[0] : start]
    behind = module.text[end : module.line_span(last)[1]].strip()
    return not before.strip() and (not behind or behind.startswith("#")) and not module.text.startswith("elif", start)


def can_be_wrapped(module: Module, section: Section) -> bool:
    """Whether a section can be put into a block of its own by moving its lines."""
    return _stands_alone(module, section)


def wrapped(module: Module, section: Section, header: str) -> list[Edit]:
    """Edits that put the statements of a section under ``header:``, each line one level deeper; texts keep their lines."""
    first, last = section.statements[0], section.statements[-1]
    indent = module.indent(first)
    start = module.line_span(first)[0]
    edits = [Edit(start, start, f"{indent}{header}:\n{module.indent_unit}")]
    return edits + deeper(module, first, last)[1:]


def deeper(module: Module, first: ast.stmt, last: ast.stmt) -> list[Edit]:
    """Edits that move the lines of neighbouring statements one level deeper; the inner lines of texts stay."""
    begin = module.position(module.start(first))[0]
    edits = []
    for line in range(begin, (last.end_lineno or last.lineno) + 1):
        offset = module.line_starts[line - 1]
        following = module.line_starts[line] if line < len(module.line_starts) else len(module.text)
        if line not in module.lines_in_texts and module.text[offset:following].strip():
            edits.append(Edit(offset, offset, module.indent_unit))
    return edits


# Awaiting


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run where `node` runs: not those of functions defined in it."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _FUNCTIONS):
            yield from _own(child)


def _is_await(node: ast.AST) -> bool:
    return isinstance(node, (ast.Await, ast.AsyncWith, ast.AsyncFor)) or (
        isinstance(node, ast.comprehension) and bool(node.is_async)
    )


def _expression_awaits(node: ast.AST | None) -> bool:
    """Whether evaluating an expression surely awaits."""
    match node:
        case None | ast.Lambda() | ast.GeneratorExp():
            return False
        case ast.Await():
            return True
        case ast.BoolOp(values=[first, *_]):
            return _expression_awaits(first)
        case ast.IfExp(test=test):
            return _expression_awaits(test)
        case (
            ast.ListComp(generators=[first, *_])
            | ast.SetComp(generators=[first, *_])
            | ast.DictComp(generators=[first, *_])
        ):
            return bool(first.is_async) or _expression_awaits(first.iter)
    return any(
        _expression_awaits(child) for child in ast.iter_child_nodes(node) if isinstance(child, (ast.expr, ast.keyword))
    )


def _head_awaits(statement: ast.stmt) -> bool:
    match statement:
        case ast.AsyncWith() | ast.AsyncFor():
            return True
        case ast.If(test=head) | ast.While(test=head) | ast.For(iter=head) | ast.Match(subject=head):
            return _expression_awaits(head)
        case ast.With(items=items):
            return any(_expression_awaits(item.context_expr) for item in items)
    return False


def _awaits(statement: ast.stmt) -> bool:
    """Whether a statement surely awaits before the next one runs."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return False
        case ast.If(test=test, body=body, orelse=orelse):
            return _expression_awaits(test) or (bool(orelse) and _block_awaits(body) and _block_awaits(orelse))
        case ast.With(body=body):
            return _head_awaits(statement) or _block_awaits(body)
        case ast.Try(body=body, finalbody=finalbody):
            return _awaits(body[0]) or _block_awaits(finalbody)
        case ast.AsyncWith() | ast.AsyncFor() | ast.For() | ast.While() | ast.Match():
            return _head_awaits(statement)
    return any(_expression_awaits(child) for child in ast.iter_child_nodes(statement))


def _block_awaits(block: list[ast.stmt]) -> bool:
    return any(_awaits(statement) or isinstance(statement, _LEAVES) for statement in block)
