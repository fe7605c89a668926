"""What a function reads from an answer of a web service: the keys that it asks for, what it goes through, compares and counts."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
#: What goes through all of a list, and what makes a number.
_THROUGH = ("sorted", "list", "reversed", "tuple", "iter", "filter", "set")
_NUMBERS = ("int", "float", "round", "abs")
#: What an answer has where something went wrong: it is looked for, and better not found.
_FAILED = re.compile(r"err|fail|exception|warn|detail", re.IGNORECASE)
#: Of functions that are handed what was read, and handed on.
_DEEPEST = 3
#: By the name of a key: what it leads to; the first that fits holds.
_BY_NAME: tuple[tuple[str, Any], ...] = (
    (r"^(ok|success\w*|is_\w+|has_\w+|valid|active|enabled)$", True),
    (r"(image|img|photo|avatar|thumb|icon|picture|poster)", "https://service.invalid/x.png"),
    (r"(ur[li]|link|href|src|website|page)s?$", "https://service.invalid/x"),
    (r"date|_at$|time$|published|created|updated", "2024-01-01T00:00:00Z"),
    (
        r"id$|count|num|total|price|amount|size|(^|_)age$|level|temp|lat|lon|rate$|score|percent|humidity|speed|year|index|length|limit",
        1,
    ),
    (r"^(status|result|state)$", "ok"),
)


@dataclass
class Shape:
    """What is read from a part of an answer."""

    keys: dict[str, Shape] = field(default_factory=dict)
    each: Shape | None = None
    #: What it is compared with first.
    equal: Any = None
    is_number: bool = False
    is_text: bool = False

    def key(self, name: str) -> Shape:
        """Of what stands under a name."""
        return self.keys.setdefault(name, Shape())

    def item(self) -> Shape:
        """Of each of several."""
        self.each = self.each or Shape()
        return self.each

    def value(self, name: str = "", more: Sequence[str] = ()) -> Any:
        """Something that has it all; `more` are keys that every part of it has besides."""
        if self.keys:
            keys = dict.fromkeys(more, Shape()) | self.keys
            return {key: inner.value(key, more) for key, inner in keys.items()}
        if self.each is not None:
            return [self.each.value(name, more)]
        if self.equal is not None:
            return self.equal
        if self.is_number:
            return 1
        found = next((value for pattern, value in _BY_NAME if re.search(pattern, name.lower())), "word")
        return "word" if self.is_text and not isinstance(found, str) else found


class Reader(ast.NodeVisitor):
    """Goes through a function from where an answer comes in."""

    def __init__(self, tree: ast.Module, comes_in: Callable[[ast.AST], bool], root: Shape, depth: int = 0) -> None:
        self.tree, self.comes_in, self.root, self.depth = tree, comes_in, root, depth
        self.names: dict[str, Shape] = {}
        #: What the function gives its caller of it.
        self.returned: Shape | None = None

    def of(self, node: ast.AST | None) -> Shape | None:
        """What an expression leads to, if that is a part of the answer."""
        if node is None:
            return None
        if self.comes_in(node):
            return self.root
        match node:
            case ast.Name(id=name):
                return self.names.get(name)
            case ast.Await(value=inner) | ast.NamedExpr(value=inner) | ast.Starred(value=inner):
                return self.of(inner)
            case ast.BoolOp(values=[inner, *_]) | ast.IfExp(body=inner):
                return self.of(inner)
            case ast.Subscript(value=inner, slice=at):
                return self._part(self.of(inner), at)
            case ast.Call(func=ast.Attribute(value=inner, attr="get" | "pop"), args=[ast.Constant(value=str(key)), *_]):
                found = None if _FAILED.search(key) else self.of(inner)
                return found and found.key(key)
            case ast.Call(func=ast.Name(id=name), args=[*_, inner]) if name in _THROUGH:
                found = self.of(inner)
                if found is not None:
                    found.item()
                return found
        return None

    @staticmethod
    def _part(found: Shape | None, at: ast.expr) -> Shape | None:
        if found is None:
            return None
        match at:
            case ast.Constant(value=str(key)):
                return found.key(key)
            case ast.Slice():
                return found
            case ast.Constant(value=int()) | ast.UnaryOp(operand=ast.Constant(value=int())):
                return found.item()
        return None

    def visit(self, node: ast.AST) -> None:
        """Whatever it is, what it reads is noted; then what is inside."""
        if isinstance(node, ast.expr):
            self.of(node)
        super().visit(node)

    def visit_If(self, node: ast.If) -> None:
        """A name that is given something else in one branch may still be what it was."""
        self.visit(node.test)
        self._branches(node.body, node.orelse)

    def visit_Try(self, node: ast.Try) -> None:
        """Where nothing fails, names are what they are at the end of the block."""
        for statement in node.body:
            self.visit(statement)
        self._branches(node.orelse, *([each] for each in node.handlers))
        for statement in node.finalbody:
            self.visit(statement)

    def _branches(self, *bodies: Sequence[ast.AST]) -> None:
        """One of these runs; of what a name is after each, the first that is known holds."""
        before = self.names
        after: list[dict[str, Shape]] = []
        for body in bodies:
            self.names = dict(before)
            for each in body:
                self.visit(each)
            after.append(self.names)
        self.names = {name: shape for names in reversed(after) for name, shape in names.items()}

    def visit_Assign(self, node: ast.Assign) -> None:
        """A name for it."""
        self.generic_visit(node)
        for target in node.targets:
            self._bind(target, self.of(node.value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """The same with an annotation."""
        self.generic_visit(node)
        self._bind(node.target, self.of(node.value))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """The same in an expression."""
        self.generic_visit(node)
        self._bind(node.target, self.of(node.value))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        """A name for each."""
        self._each(node.target, node.iter)
        self.generic_visit(node)

    visit_AsyncFor = visit_For

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        for part in node.generators:
            self._each(part.target, part.iter)
        self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _each(self, target: ast.expr, through: ast.expr) -> None:
        match through, target:
            case ast.Call(func=ast.Name(id="enumerate"), args=[through, *_]), ast.Tuple(elts=[_, inner]):
                target = inner
            case ast.Call(func=ast.Attribute(attr="items" | "values" | "keys")), _:
                return
        found = self.of(through)
        self._bind(target, found and found.item())

    def _bind(self, target: ast.expr, found: Shape | None) -> None:
        if isinstance(target, ast.Name):
            self.names.pop(target.id, None)
            if found is not None:
                self.names[target.id] = found

    def visit_Return(self, node: ast.Return) -> None:
        """To whoever called."""
        self.generic_visit(node)
        self.returned = self.of(node.value) or self.returned

    def visit_Compare(self, node: ast.Compare) -> None:
        """With what it is compared is what it is; what is ordered is a number."""
        self.generic_visit(node)
        sides = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
            for found, other in ((self.of(left), right), (self.of(right), left)):
                if found is None:
                    continue
                if isinstance(operator, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)):
                    found.is_number = True
                match operator, other:
                    case ((ast.Eq() | ast.NotEq()), ast.Constant(value=str() | int() | float() as value)) if (
                        value != ""
                    ):
                        found.equal = value if found.equal is None else found.equal
                    case ((ast.In() | ast.NotIn()), ast.Constant(value=str(key))) if other is left:
                        if not _FAILED.search(key) and not found.is_text:
                            found.key(key)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """What is counted with is a number, but for texts that are put together."""
        self.generic_visit(node)
        texts = (ast.JoinedStr, ast.Constant)
        sides = (node.left, node.right)
        said = any(isinstance(each, texts) and not _is_number(each) for each in sides)
        for found in filter(None, map(self.of, sides)):
            if isinstance(node.op, (ast.Sub, ast.Mult, ast.Div, ast.FloorDiv)) or any(map(_is_number, sides)):
                found.is_number = found.is_number or not said
            elif said and not isinstance(node.op, ast.Mod):
                found.is_text = True

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        """``{x:.2f}`` writes a number."""
        self.generic_visit(node)
        found = self.of(node.value)
        if found is not None and node.format_spec is not None:
            found.is_number = bool(re.search(r"[dfegn%,]'", ast.unparse(node.format_spec))) or found.is_number

    def visit_Call(self, node: ast.Call) -> None:
        """What makes a number or asks a text for something tells what it is; functions of the file are followed."""
        self.generic_visit(node)
        name = str(getattr(node.func, "id", None) or getattr(node.func, "attr", ""))
        given = [self.of(each) for each in node.args]
        if name in _NUMBERS and given and given[0] is not None:
            given[0].is_number = True
        if isinstance(node.func, ast.Attribute) and hasattr(str, name) and (owner := self.of(node.func.value)):
            owner.is_text = True
        named = {each.arg: self.of(each.value) for each in node.keywords if each.arg}
        if self.depth < _DEEPEST and any(each is not None for each in (*given, *named.values())):
            for function in functions(self.tree, name):
                self._follow(function, given, named, isinstance(node.func, ast.Attribute))

    def _follow(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, given: list[Shape | None], named: Any, is_method: bool
    ) -> None:
        inner = Reader(self.tree, lambda _: False, self.root, self.depth + 1)
        names = [each.arg for each in function.args.args]
        if is_method and names[:1] in (["self"], ["cls"]):
            names = names[1:]
        found = dict(zip(names, given, strict=False)) | named
        inner.names = {name: shape for name, shape in found.items() if shape is not None}
        inner.read(function)

    def read(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """All that it does."""
        for statement in function.body:
            self.visit(statement)


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def functions(tree: ast.Module, name: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Those of a file by a name."""
    return (node for node in ast.walk(tree) if isinstance(node, _Function) and node.name == name)
