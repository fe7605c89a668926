"""Files that are read as a whole: ``with open(path) as f: x = f.read()``, ``open(path).read()``."""

from __future__ import annotations

import ast

from ....engine.analysis.files import Opening, is_path
from ....engine.analysis.literal import text_of
from ....engine.analysis.module import Module
from ....engine.model import Edit, Import
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for
from .form import Form, Refused, asyncio_name, check


def at_once(module: Module, opening: Opening) -> Form | None:
    """``open(path).read()`` by a `Path`; None where it is something else.

    Raises:
        Refused: it is, and cannot be rewritten.
    """
    attribute = module.parent(opening.call)
    call = module.parent(attribute) if isinstance(attribute, ast.Attribute) and attribute.attr == "read" else None
    if not isinstance(call, ast.Call):
        return None
    check(module, call)
    if call.args or call.keywords or not _simple(module, opening):
        raise Refused("it is not opened by a `with` block, which closes it when its work is done")
    form = Form(replaces_open=True)
    form.edits = [Edit(*module.span(call), _by_path(module, opening, call, form))]
    return form


def _simple(module: Module, opening: Opening) -> bool:
    """Whether `Path.read_text()` or `read_bytes()` opens it the same way."""
    allowed = () if opening.binary else ("encoding", "errors")
    keywords = {keyword.arg for keyword in opening.call.keywords} - {"mode", "file"}
    return (
        opening.mode in ("r", "rt", "rb", "br", "tr")
        and len(opening.call.args) <= 2 - opening.method
        and keywords <= {*allowed}
        and not _is_number(module, opening.path)
    )


def _is_number(module: Module, path: ast.expr) -> bool:
    """Whether what is opened is the number of an open file, not a path."""
    value: ast.AST | None = path
    if isinstance(path, ast.Name):
        bindings = module.bindings(path.id, path)
        value = module.parent(bindings[0].node) if len(bindings) == 1 else None
        if isinstance(value, ast.Tuple):
            return value.elts[:1] == [bindings[0].node]
        value = value.value if isinstance(value, ast.Assign) else None
    if not isinstance(value, ast.Call):
        return isinstance(value, ast.Constant) and isinstance(value.value, (int, bytes))
    number = isinstance(value.func, ast.Attribute) and value.func.attr == "fileno"
    return number or module.resolve(value.func) in ("os.open", "os.dup")


def _path_text(module: Module, opening: Opening, form: Form) -> str:
    """The path as code has it that means the same file."""
    path = opening.path
    text = module.segment(path)
    if is_path(module, path):
        return f"({text})" if isinstance(path, (ast.BinOp, ast.IfExp, ast.BoolOp)) else text
    if not _is_plain_text(module, path):
        form.taken_for_path = path
    name, imports = name_for(module, Import("pathlib", "Path"), opening.call)
    form.imports |= set(imports)
    return f"{name}({text})"


def _is_plain_text(module: Module, path: ast.expr, depth: int = 0) -> bool:
    """Whether an expression is a text whose path `Path` leaves as it is: without ``./`` and ``//`` in it."""
    if (text := text_of(module, path)) is not None:
        return _keeps(text)
    match path:
        case ast.JoinedStr(values=values):
            whole = "".join(str(v.value) if isinstance(v, ast.Constant) else "*" for v in values)
            return not whole.startswith("*/") and _keeps(whole)
        case ast.Call(func=function, args=parts) if module.resolve(function) == "os.path.join":
            whole = "/".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in parts)
            return not whole.startswith("*/") and _keeps(whole)
        case ast.Name(id=name) if depth < 3:
            bindings = module.bindings(name, path)
            parent = module.parent(bindings[0].node) if len(bindings) == 1 else None
            return isinstance(parent, ast.Assign) and _is_plain_text(module, parent.value, depth + 1)
    return False


def _keeps(path: str) -> bool:
    """Whether `Path` leaves a path as it is."""
    parts = path.split("/")
    return bool(path) and "" not in parts[1:] and "." not in parts


def _by_path(module: Module, opening: Opening, read: ast.Call, form: Form) -> str:
    """``await asyncio.to_thread(Path(path).read_text, encoding="utf-8")`` for a read."""
    text = _path_text(module, opening, form)
    method = "read_bytes" if opening.binary else "read_text"
    options = [module.segment(k) for k in opening.call.keywords if k.arg in ("encoding", "errors")]
    form.awaited.append(read)
    inner = ", ".join([f"{text}.{method}", *options])
    whole = f"await {asyncio_name(module, read, form)}.to_thread({inner})"
    return f"({whole})" if awaits.needs_parentheses(module, read) else whole


def only_read(module: Module, block: ast.With, opening: Opening, uses: list[ast.Name]) -> ast.Call | None:
    """The one thing that a block does with its file, where that is to read all of it before anything else."""
    if (
        len(block.items) > 1
        or not _simple(module, opening)
        or len(uses) != 1
        or _is_used_behind(module, block, uses[0])
    ):
        return None
    method = module.parent(uses[0])
    call = module.parent(method) if isinstance(method, ast.Attribute) and method.attr == "read" else None
    if not isinstance(call, ast.Call) or call.args or call.keywords:
        return None
    match block.body[0]:
        case ast.Assign(value=value) | ast.Expr(value=value):
            return call if _is_first(value, call) else None
        case ast.AnnAssign(value=value) | ast.Return(value=value) if value is not None:
            return call if _is_first(value, call) else None
    return None


def _is_used_behind(module: Module, block: ast.With, use: ast.Name) -> bool:
    """Whether the closed file is used outside of the block that opened it."""
    for other in module.uses(use.id, module.scope(use)):
        blocks = [a for a in module.ancestors(other) if isinstance(a, (ast.With, ast.AsyncWith))]
        handles = [item.optional_vars for around in blocks for item in around.items]
        if block not in blocks and not any(isinstance(h, ast.Name) and h.id == use.id for h in handles):
            return True
    return False


def _is_first(node: ast.expr, call: ast.Call) -> bool:
    """Whether a call is what is evaluated first in an expression, but for names and constants."""
    while node is not call:
        match node:
            case ast.Call(func=ast.Attribute(value=inner)) if call in ast.walk(inner):
                node = inner
            case ast.Call(func=function, args=arguments) if _is_named(function):
                index = next((i for i, a in enumerate(arguments) if call in ast.walk(a)), None)
                if index is None or not all(_is_named(a) or isinstance(a, ast.Constant) for a in arguments[:index]):
                    return False
                node = arguments[index]
            case (
                ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.BinOp(left=inner) | ast.Await(value=inner)
            ):
                node = inner
            case ast.Compare(left=inner):
                node = inner
            case _:
                return False
    return True


def _is_named(node: ast.expr) -> bool:
    """Whether an expression is a name, or an attribute of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def without_block(module: Module, block: ast.With, opening: Opening, read: ast.Call) -> Form:
    """The statements of a block without the block, where all that it does with its file is to read it.

    Raises:
        Refused: it stands where nothing can be awaited.
    """
    check(module, read)
    form = Form(replaces_open=True)
    text = _by_path(module, opening, read, form)
    from ....engine.rewriting import statements  # imports LibCST

    parts: dict[ast.AST, statements.Part] = {block: statements.unwrapped, read: statements.expression(text)}
    try:
        form.edits = [statements.rewritten(module, block, parts)]
    except statements.NotRewritable as error:
        raise Refused(str(error)) from None
    return form
