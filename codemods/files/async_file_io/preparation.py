"""Reading a file ahead of the statement that wants it: where that is the same, and what is written then."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from ....engine.analysis.files import Opening
from ....engine.analysis.module import Module
from ....engine.analysis.scope import COMPREHENSIONS
from ....engine.model import Edit
from .handles import Rewrite

#: Statements without a block.
SIMPLE = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Return, ast.Expr, ast.Raise)
_READ = re.compile(r"\(?await \w+\s*\.(\w+)\(")


def free_name(module: Module, statement: ast.stmt, names: Sequence[str]) -> str:
    """The first of several names that the function around a statement does not use."""
    function = module.function(statement) or module.tree
    taken: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
                taken.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                taken.add(name)
            case ast.Global(names=declared) | ast.Nonlocal(names=declared):
                taken.update(declared)
            case ast.alias(name=name, asname=alias):
                taken.add(alias or name.partition(".")[0])
    return next(name for name in [*names, *(f"{names[0]}_{n}" for n in range(2, 99))] if name not in taken)


def names_for(text: str, opening: Opening) -> Sequence[str]:
    """What to call the value of an expression that reads a file."""
    method = _READ.match(text)
    match method and method.group(1):
        case "readlines":
            return ("lines", "file_lines")
        case "readline":
            return ("line", "first_line")
        case "read" if not opening.binary:
            return ("text", "file_text", "content")
    return ("data", "file_data", "content")


def on_one_line(text: str) -> str:
    """An expression without its line breaks, if that is the same and not long."""
    lines = re.sub(r"\s*\n\s*", "\n", text)
    joined = re.sub(r"(?<=[(\[{])\n|,?\n(?=[)\]}])|\n(?=\.)", "", lines).replace("\n", " ")
    try:
        same = ast.dump(ast.parse(joined, mode="eval")) == ast.dump(ast.parse(f"({text}\n)", mode="eval"))
    except SyntaxError:
        return text
    return joined if same and "#" not in text and len(joined) < 80 else text


def is_whole(text: str) -> bool:
    """Whether the parentheses around an expression are its own."""
    try:
        return isinstance(ast.parse(text[1:-1], mode="eval").body, ast.Await)
    except SyntaxError:
        return False


def holding(module: Module, call: ast.Call, result: Rewrite) -> ast.expr:
    """The smallest expression around an opened file that holds all edits: what is wanted of the file."""
    spans = [(edit.start, edit.end) for edit in result.edits] + [module.span(node) for node in result.awaited]
    start, end = min(first for first, _ in spans), max(last for _, last in spans)
    value: ast.expr = call
    for ancestor in module.ancestors(call):
        if module.start(value) <= start and end <= module.end(value):
            break
        if isinstance(ancestor, ast.expr):
            value = ancestor
    return value


def awaits_something(statement: ast.stmt) -> bool:
    """Whether a statement waits for something already."""
    return any(isinstance(node, ast.Await) for node in ast.walk(statement))


def applied(module: Module, node: ast.AST, edits: list[Edit]) -> str:
    """The text of a node with edits inside it applied."""
    start, end = module.span(node)
    text, position = "", start
    for edit in sorted(edits):
        text += module.text[position : edit.start] + edit.text
        position = edit.end
    return text + module.text[position:end]


def _heads(module: Module, statement: ast.stmt) -> list[ast.expr] | None:
    """The expressions of a statement with a block that run first, and once; None for simple statements."""
    match statement:
        case ast.If(test=head) if not module.text.startswith("elif", module.start(statement)):
            return [head]
        case ast.For(iter=head) | ast.AsyncFor(iter=head) | ast.Match(subject=head):
            return [head]
        case ast.With(items=[first, *_]) | ast.AsyncWith(items=[first, *_]):
            return [first.context_expr]
    return None if isinstance(statement, SIMPLE) else []


def not_first(module: Module, statement: ast.stmt, call: ast.Call) -> str | None:
    """Why the file may not be opened before the rest of its statement runs."""
    heads = _heads(module, statement)
    if heads is not None and call not in heads and not any(ancestor in heads for ancestor in module.ancestors(call)):
        return "it is opened in the head of a statement, after or more often than other things run"
    if module.line_span(statement)[0] + len(module.indent(statement)) != module.start(statement):
        return "several statements stand on one line"
    child: ast.AST = call
    for ancestor in module.ancestors(call):
        owner = module.parent(ancestor)
        first = (
            isinstance(owner, COMPREHENSIONS) and ancestor is owner.generators[0] and child is owner.generators[0].iter
        )
        if isinstance(ancestor, (ast.IfExp, ast.BoolOp, ast.comprehension)) and not first:
            return "it is opened only under a condition, or many times"
        if isinstance(ancestor, COMPREHENSIONS) and not isinstance(child, ast.comprehension):
            return "it is opened once for every item"
        if ancestor is statement:
            break
        child = ancestor
    start = module.start(call)
    around = [ancestor for ancestor in module.ancestors(call) if isinstance(ancestor, COMPREHENSIONS)]
    later = {node for comprehension in around for node in ast.walk(comprehension)}  # than the first iterable
    for other in (*module.all(ast.Call), *module.all(ast.Await), *module.all(ast.NamedExpr)):
        if module.end(other) <= start and module.statement(other) is statement and other not in later:
            return "something else runs before it in the same statement"
    return None
