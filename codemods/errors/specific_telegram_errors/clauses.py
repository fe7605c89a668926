"""Broad ``except`` clauses as the source writes them, and the text of narrower ones in their place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....engine.analysis.follow import file_of, places
from ....engine.analysis.module import Module
from ....engine.model import Edit, Import
from ....engine.rewriting.imports import import_block, name_for
from ....engine.rewriting.layout import line_length
from ....knowledge.bots import BASES
from ....knowledge.classes import canonical, is_subclass, shadows_builtin
from ....knowledge.exports import exported

#: Where the other libraries have their errors.
_OTHERS = frozenset(base.rpartition(".")[0] for base in BASES)
EXCEPTION, BASE_EXCEPTION = "builtins.Exception", "builtins.BaseException"
#: A body of more statements or lines than this is not written twice.
_STATEMENTS, _LINES = 3, 8
#: What tells a user something → which argument is the text.
_TELLS = {
    "reply": 0, "respond": 0, "edit": 0, "answer": 0, "reply_text": 0, "edit_text": 0, "edit_message_text": 0, "print": 0,
    "send_message": 1, "edit_or_reply": 1, "eor": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause that catches everything."""

    statement: ast.Try
    handler: ast.ExceptHandler
    #: Whether it catches what is no `Exception`, too: a bare clause, or one for `BaseException`.
    beyond: bool
    #: Further types that its tuple names.
    others: tuple[ast.expr, ...]
    #: The dotted names of the classes that clauses above it catch, as far as they are known.
    above: tuple[str, ...]

    @property
    def is_last(self) -> bool:
        """Whether no clause follows it."""
        return self.statement.handlers[-1] is self.handler

    @property
    def is_short(self) -> bool:
        """Whether its body may be written twice."""
        body = self.handler.body
        statements = sum(isinstance(n, ast.stmt) for s in body for n in ast.walk(s))
        return statements <= _STATEMENTS and (body[-1].end_lineno or 0) - body[0].lineno < _LINES


def broad_clauses(module: Module) -> Iterator[Clause]:
    """The first clause of each ``try`` that catches everything."""
    for statement in module.all(ast.Try):
        above: list[str] = []
        for handler in statement.handlers:
            types = _types(handler)
            names = [module.resolve(t) or "" for t in types]
            broad = [n for n in names if n in (EXCEPTION, BASE_EXCEPTION)]
            if broad or handler.type is None:
                others = tuple(t for t, n in zip(types, names, strict=True) if n not in broad)
                yield Clause(statement, handler, handler.type is None or BASE_EXCEPTION in broad, others, tuple(above))
                break
            above += [canonical(name) for name in names if name]


def _types(handler: ast.ExceptHandler) -> list[ast.expr]:
    if isinstance(handler.type, ast.Tuple):
        return handler.type.elts
    return [handler.type] if handler.type is not None else []


def caught_above(clause: Clause, name: str) -> bool:
    """Whether a clause above catches the class."""
    return any(is_subclass(name, other) for other in clause.above)


# What the body does with the exception


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether its last statement raises what was caught."""
    last = handler.body[-1]
    if not isinstance(last, ast.Raise) or last.cause is not None:
        return False
    return last.exc is None or (isinstance(last.exc, ast.Name) and last.exc.id == handler.name)


def tells_apart(module: Module, handler: ast.ExceptHandler) -> bool:
    """Whether the body looks which error it is."""
    uses = set(uses_of_error(module, handler))
    if not uses:
        return False
    tests = False
    for node in (n for s in handler.body for n in ast.walk(s)):
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[first, *_]) if uses & set(
                ast.walk(first)
            ):
                return True
            case ast.If(test=test) | ast.IfExp(test=test) | ast.While(test=test) | ast.Match(subject=test):
                tests = tests or bool(uses & set(ast.walk(test)))
    return tests


def attributes_read(module: Module, handler: ast.ExceptHandler) -> set[str]:
    """The attributes of the exception that the body reads, those that every object has left out."""
    parents = (module.parent(use) for use in uses_of_error(module, handler))
    return {p.attr for p in parents if isinstance(p, ast.Attribute) and not p.attr.startswith("__")}


def logs_traceback(module: Module, handler: ast.ExceptHandler) -> bool:
    """Whether the body shows where the error came from."""
    for node in (n for s in handler.body for n in ast.walk(s)):
        match node:
            case ast.Call(func=ast.Attribute(attr="exception")):
                return True
            case ast.Call(keywords=keywords) if any(k.arg == "exc_info" for k in keywords):
                return True
            case ast.Call(func=function) if (module.resolve(function) or "").startswith(
                ("traceback.print_", "traceback.format_")
            ):
                return True
    return False


def uses_of_error(module: Module, handler: ast.ExceptHandler) -> list[ast.Name]:
    """Where the body reads the exception."""
    return module.fact(_reads).get(handler, [])


def _reads(module: Module) -> dict[ast.ExceptHandler, list[ast.Name]]:
    """The places in each ``except`` that read its exception."""
    found: dict[ast.ExceptHandler, list[ast.Name]] = {}
    for name in {handler.name for handler in module.all(ast.ExceptHandler) if handler.name}:
        for node in module.loads(name):
            child: ast.AST = node
            for around in module.ancestors(node):
                if isinstance(around, ast.ExceptHandler) and around.name == name and child is not around.type:
                    found.setdefault(around, []).append(node)
                child = around
    return found


# Writing


class Names:
    """How a file writes exception classes, and the imports that it needs for them."""

    def __init__(self, module: Module, at: ast.AST) -> None:
        self.module = module
        self.at = at
        self.imports: dict[Import, None] = {}

    def write(self, name: str) -> str:
        """The expression for a class by its dotted name."""
        package, _, last = name.rpartition(".")
        for bound, bindings in self.module.imported:
            if all(canonical(b.qualified or "") == name for b in bindings) and self._sees(bound):
                return bound
        if package == "builtins":
            if (
                self.module.scope(self.at).find(last) is None
                and not places(self.module, last, self.at)
                and not self._hidden(last)
            ):
                return last
            return f"{self._imported(Import('builtins'))}.{last}"
        if package in ("telethon.errors", "telegram.error", *_OTHERS):
            top, _, module = package.partition(".")
            if known := self._bound_to(package):
                return f"{known}.{last}"
            if not shadows_builtin(name) and self._imports_from(package):
                return self._imported(Import(package, last))
            if (known := self._bound_to(top)) and top == "telethon":
                return f"{known}.{module}.{last}"
            return (
                self._imported(Import(package, last))
                if top != "telethon"
                else f"{self._imported(Import(top, module))}.{last}"
            )
        top, _, rest = package.partition(".")
        return ".".join(part for part in (self._imported(Import(top)), rest, last) if part)

    def _sees(self, name: str) -> bool:
        return self.module.scope(self.at).find(name) is self.module.names.root

    def _bound_to(self, qualified: str) -> str | None:
        for bound, bindings in self.module.imported:
            if all(b.qualified == qualified for b in bindings) and self._sees(bound):
                return bound
        return None

    def _imports_from(self, package: str) -> bool:
        statements = (s for s in import_block(self.module) if isinstance(s, ast.ImportFrom) and not s.level)
        return any(s.module == package and s.names[0].name != "*" for s in statements)

    def _hidden(self, name: str) -> bool:
        """Whether a star import of another library may bring the name; those of the project's files are followed by `places`."""
        stars = {b.qualified or "" for b in self.module.names.root.bindings.get("*", ())}
        foreign = [exported(star) for star in stars if not star.startswith(".") and not file_of(self.module, star)]
        return any(names is None or name in names for names in foreign)

    def _imported(self, wanted: Import) -> str:
        name, imports = name_for(self.module, wanted, self.at)
        self.imports.update(dict.fromkeys(imports))
        return name


def header_span(module: Module, handler: ast.ExceptHandler) -> tuple[int, int] | None:
    """Offsets of what stands between ``except`` and ``as`` or the colon, without white space at its ends; None where comments
    stand there.
    """
    start = module.start(handler) + len("except")
    if handler.type is None:
        return start, start
    end = module.end(handler.type)
    closing = re.compile(r"(?:\s*\))*").match(module.text, end)
    assert closing is not None
    if "(" in module.text[start : module.start(handler.type)]:
        end = closing.end()
    start += len(module.text[start:end]) - len(module.text[start:end].lstrip())
    return None if module.has_comment(start, end) else (start, end)


def types_text(module: Module, handler: ast.ExceptHandler, types: Sequence[str]) -> str:
    """The types of a clause as they follow ``except``: one, a tuple on the line, or a tuple of lines where that would be long."""
    if len(types) == 1:
        return types[0]
    indent = module.indent(handler)
    unit = module.unit_behind(indent)
    flat = f"({', '.join(types)})"
    if len(indent.expandtabs(4)) + len("except  as :") + len(flat) + len(handler.name or "") <= line_length(module):
        return flat
    inner = indent + unit
    return "(\n" + "".join(f"{inner}{name},\n" for name in types) + f"{indent})"


def header_edit(module: Module, handler: ast.ExceptHandler, types: Sequence[str]) -> Edit | None:
    """The edit that gives a clause other types; None where comments stand among its own."""
    span = header_span(module, handler)
    if span is None:
        return None
    text = types_text(module, handler, types)
    return Edit(*span, f" {text}" if handler.type is None or module.text[span[0] - 1].isalpha() else text)


def split_off(module: Module, handler: ast.ExceptHandler, said: ast.expr, cases: Sequence[tuple[str, str]]) -> Edit:
    """The edit that puts a clause in front of `handler` for each (type, message): its body, saying the message for `said`."""
    indent = module.indent(handler)
    body = handler.body
    line_start = module.line_span(body[0])[0]
    on_header = line_start <= module.start(handler)
    first, last = (module.start(body[0]) if on_header else line_start), module.end(body[-1])
    start, end = module.span(said)
    quote = "'" if module.segment(said).lstrip("fFrRbB").startswith("'") else '"'
    written = []
    for name, message in cases:
        told = f"{quote}{message}{quote}" if quote not in message else repr(message)
        text = module.text[first:start] + told + module.text[end:last]
        used = f" as {handler.name}" if handler.name and _is_used(module, handler, said) else ""
        written.append(f"{indent}except {name}{used}:{' ' if on_header else chr(10)}{text}\n")
    place = module.line_span(handler)[0]
    return Edit(place, place, "".join(written).replace("\r\n", "\n").replace("\r", "\n"))


def _is_used(module: Module, handler: ast.ExceptHandler, said: ast.expr) -> bool:
    """Whether the body uses the exception outside of `said`."""
    inside = set(ast.walk(said))
    return any(use not in inside for use in uses_of_error(module, handler))


def what_it_says(module: Module, handler: ast.ExceptHandler) -> ast.expr | None:
    """The one text by which the body tells the user of the error, where it has one."""
    texts = []
    for node in (n for s in handler.body for n in ast.walk(s)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            word = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            texts += [argument for argument in node.args[_TELLS.get(word, 9) :][:1] if _is_text(module, argument)]
    return texts[0] if len(texts) == 1 else None


def _is_text(module: Module, node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.Call(func=function, args=[_]):
            return module.resolve(function) in ("builtins.str", "builtins.repr")
    return False
