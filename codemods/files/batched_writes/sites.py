"""Where code opens a file to write to it, and what it does with the open file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.analysis.module import Module
from ....engine.analysis.scope import FunctionNode

Loop = ast.For | ast.AsyncFor | ast.While

_OPENERS = ("builtins.open", "io.open", "codecs.open")
_AIOFILES = ("aiofiles.open", "aiofiles.threadpool.open")
_PATHS = ("pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath")
_MODE = re.compile(r"[rwaxbt+U]{1,4}")
#: Functions that write to the open file they are given and do nothing else with it → the argument that is the file.
_SINKS: dict[str, str | int] = {
    "builtins.print": "file", "json.dump": 1, "simplejson.dump": 1, "ujson.dump": 1, "pickle.dump": 1, "marshal.dump": 1,
    "yaml.dump": 1, "yaml.safe_dump": 1, "toml.dump": 1, "pprint.pprint": "stream", "pprint.pp": "stream",
    "traceback.print_exc": "file", "traceback.print_exception": "file", "traceback.print_stack": "file",
    "csv.writer": 0, "csv.DictWriter": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A block in which a file is open for writing: ``with open(…) as f:`` or ``f = open(…)`` … ``f.close()``."""

    statement: ast.With | ast.AsyncWith | ast.Assign
    call: ast.Call
    path: ast.expr
    mode: str
    #: Whether aiofiles opens it.
    awaited: bool
    #: The variable that holds the open file; None where it is kept elsewhere.
    handle: ast.Name | None
    #: The statements that run while the file is open.
    body: tuple[ast.stmt, ...]
    #: The statement that closes it, in the second form.
    close: ast.Expr | None = None

    @property
    def appends(self) -> bool:
        """Whether its mode appends."""
        return "a" in self.mode

    @property
    def last(self) -> ast.stmt:
        """The last statement of the block."""
        return self.close or self.body[-1]


@dataclass(frozen=True, slots=True)
class Uses:
    """What the block does with its open file."""

    #: ``f.write(…)`` and ``f.writelines(…)``, and whether every one is a statement by itself.
    writes: tuple[ast.Call, ...]
    plain: bool
    #: Calls of `print(file=f)`, `json.dump(…, f)`, `csv.writer(f)` and the like.
    sinks: tuple[ast.Call, ...]
    #: Uses that have to do with the file on the disk: its descriptor, or `flush`.
    durable: ast.Name | None = None
    #: The first use that is none of these.
    other: ast.Name | None = None
    #: Whether it is an argument of a call that may write to it.
    passed_on: bool = False


def sites(module: Module) -> Iterator[Site]:
    """Every block that opens a file to write to it, in source order."""
    found: list[Site] = []
    blocks: list[ast.With | ast.AsyncWith] = [*module.all(ast.With), *module.all(ast.AsyncWith)]
    for block in blocks:
        for item in block.items:
            target = item.optional_vars
            if isinstance(item.context_expr, ast.Call) and (known := opening(module, item.context_expr)):
                handle = target if isinstance(target, ast.Name) else None
                if known[2] == isinstance(block, ast.AsyncWith) and target is not None:
                    found.append(Site(block, item.context_expr, *known, handle, tuple(block.body)))
    for assignment in module.all(ast.Assign):
        match assignment:
            case ast.Assign(targets=[ast.Name() as handle], value=ast.Call() as call):
                known = opening(module, call)
                rest = _until_close(module, assignment, handle.id)
                if known and not known[2] and rest:
                    found.append(Site(assignment, call, *known, handle, *rest))
    return iter(sorted(found, key=lambda site: module.start(site.call)))


def opening(module: Module, call: ast.Call) -> tuple[ast.expr, str, bool] | None:
    """The path, the mode and whether it is aiofiles', for a call that opens a file to write to it."""
    names = module.candidates(call.func)
    if names & {*_OPENERS, *_AIOFILES}:
        path = call.args[0] if call.args else _keyword(call, "file")
        mode = _mode(call, 1)
        return (path, mode, bool(names & set(_AIOFILES))) if path is not None and mode else None
    if isinstance(call.func, ast.Attribute) and call.func.attr == "open" and not any(names):
        mode = _mode(call, 0)
        return (call.func.value, mode, False) if mode else None
    return None


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _mode(call: ast.Call, position: int) -> str | None:
    """The mode as it is written, if it lets the file be written."""
    given = call.args[position] if len(call.args) > position else _keyword(call, "mode")
    mode = given.value if isinstance(given, ast.Constant) else None
    if isinstance(mode, str) and _MODE.fullmatch(mode) and set(mode) & set("wax+"):
        return mode
    return None


def _until_close(module: Module, assignment: ast.Assign, name: str) -> tuple[tuple[ast.stmt, ...], ast.Expr] | None:
    """The statements between ``f = open(…)`` and the ``f.close()`` that follows in the same block."""
    parent = module.parent(assignment)
    for field in ("body", "orelse", "finalbody"):
        block = getattr(parent, field, None)
        if isinstance(block, list) and assignment in block:
            rest = block[block.index(assignment) + 1 :]
            for number, statement in enumerate(rest):
                match statement:
                    case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=closed), attr="close"), args=[])):
                        if closed == name:
                            return (tuple(rest[:number]), statement) if number else None
    return None


def is_a_path(module: Module, expression: ast.expr, depth: int = 0) -> bool:
    """Whether an expression is a `pathlib.Path` by what the source shows."""
    if depth > 8:
        return False
    match expression:
        case ast.Call(func=func):
            made_by = module.definition(func)
            if module.resolve(func) in _PATHS or _annotated_as_path(module, getattr(made_by, "returns", None)):
                return True
            cls = func.value if isinstance(func, ast.Attribute) else None
            if cls is not None and module.resolve(cls) in _PATHS:
                return True  # Path.home()
            return isinstance(func, ast.Attribute) and func.attr in (
                "joinpath", "with_suffix", "with_name", "with_stem", "resolve", "absolute", "expanduser",
            ) and is_a_path(module, func.value, depth + 1)  # fmt: skip
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return is_a_path(module, left, depth + 1) or isinstance(right, (ast.JoinedStr,)) or _is_text(right)
        case ast.Attribute(value=value, attr="parent"):
            return is_a_path(module, value, depth + 1)
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
            stored = [value_of(module, node) for node in stores_of(module, attr)]
            return bool(stored) and all(value is not None and is_a_path(module, value, depth + 1) for value in stored)
        case ast.Name(id=name):
            bound = module.bindings(name, expression)
            return bool(bound) and all(_bound_to_path(module, binding.node, depth) for binding in bound)
    return False


def _is_text(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Constant) and isinstance(expression.value, str)


def _bound_to_path(module: Module, node: ast.AST, depth: int) -> bool:
    if isinstance(node, ast.arg):
        return _annotated_as_path(module, node.annotation)
    parent = module.parent(node)
    if isinstance(parent, ast.AnnAssign) and _annotated_as_path(module, parent.annotation):
        return True
    value = value_of(module, node)
    return value is not None and is_a_path(module, value, depth + 1)


def _annotated_as_path(module: Module, annotation: ast.expr | None) -> bool:
    if annotation is None:
        return False
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return annotation.value in ("Path", "pathlib.Path")
    return module.resolve(annotation) in _PATHS


def value_of(module: Module, node: ast.AST) -> ast.expr | None:
    """The right side of ``node = value``."""
    match module.parent(node):
        case ast.Assign(targets=[target], value=value) if target is node:
            return value
        case ast.AnnAssign(value=value):
            return value
    return None


def stores_of(module: Module, attribute: str) -> list[ast.Attribute]:
    """The places of the module that set or delete an attribute of this name, of whatever object."""
    return [a for a in module.all(ast.Attribute) if a.attr == attribute and not isinstance(a.ctx, ast.Load)]


def uses(module: Module, site: Site) -> Uses:
    """How the block uses its open file."""
    writes: list[ast.Call] = []
    sinks: list[ast.Call] = []
    plain, durable, other, passed_on = True, None, None, False
    for statement in site.body:
        for name in (node for node in ast.walk(statement) if isinstance(node, ast.Name)):
            if site.handle is None or name.id != site.handle.id:
                continue
            call, method = _call_of(module, name)
            if method in ("write", "writelines") and call is not None:
                writes.append(call)
                plain = (
                    plain and _is_statement(module, call, site.awaited) and len(call.args) == 1 and not call.keywords
                )
            elif method in ("flush", "fileno") and call is not None and not _locks(module, call):
                durable = durable or name
                plain = False
            elif method is None and call is not None and _is_sink(module, call, name) and not site.awaited:
                sinks.append(call)
                plain = False
            else:
                other = other or name
                passed_on = passed_on or (
                    method is None and call is not None and "lock" not in module.segment(call.func)
                )
    return Uses(tuple(writes), plain, tuple(sinks), durable, other, passed_on)


def _call_of(module: Module, name: ast.Name) -> tuple[ast.Call | None, str | None]:
    """The call that a name takes part in, and the method where it is the name's own."""
    parent = module.parent(name)
    if isinstance(parent, ast.Attribute):
        call = module.parent(parent)
        return (call if isinstance(call, ast.Call) and call.func is parent else None), parent.attr
    if isinstance(parent, ast.keyword):
        parent = module.parent(parent)
    return (parent if isinstance(parent, ast.Call) else None), None


def _is_statement(module: Module, call: ast.Call, awaited: bool) -> bool:
    outer = module.parent(call)
    if awaited:
        return isinstance(outer, ast.Await) and isinstance(module.parent(outer), ast.Expr)
    return isinstance(outer, ast.Expr)


def _locks(module: Module, call: ast.Call) -> bool:
    """Whether ``f.fileno()`` is an argument of something else than `os.fsync`."""
    outer = module.parent(call)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return method == "fileno" and not (
        isinstance(outer, ast.Call) and module.resolve(outer.func) in ("os.fsync", "os.fdatasync")
    )


def _is_sink(module: Module, call: ast.Call, name: ast.Name) -> bool:
    place = _SINKS.get(module.resolve(call.func) or "")
    if isinstance(place, int):
        return (
            len(call.args) > place
            and call.args[place] is name
            or any(k.arg == "fp" and k.value is name for k in call.keywords)
        )
    return place is not None and any(k.arg == place and k.value is name for k in call.keywords)


def collects(module: Module, site: Site) -> bool:
    """Whether the block already writes many messages at once, or runs for every n-th message only."""
    function = module.function(site.statement)
    used = uses(module, site)
    if any(
        loop in site.body or site.statement in module.ancestors(loop)
        for call in used.writes
        for loop in module.loops(call)
    ):
        return True  # the block goes through many messages itself
    written = [list_written(call) for call in used.writes]
    if written and all(name is not None and _starts_empty(module, name, site) for name in written):
        return True
    for ancestor in module.ancestors(site.statement):
        if ancestor is function:
            return False
        if isinstance(ancestor, ast.If) and any(_counts(module, node) for node in ast.walk(ancestor.test)):
            return True
    return False


def list_written(call: ast.Call) -> str | None:
    """The name of the list that ``f.writelines(lines)`` or ``f.write("".join(lines) …)`` writes."""
    argument = call.args[0] if call.args else None
    if isinstance(argument, ast.BinOp):
        argument = argument.left
    match argument:
        case ast.Name(id=name) if isinstance(call.func, ast.Attribute) and call.func.attr == "writelines":
            return name
        case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join"), args=[ast.Name(id=name)]):
            return name
        case ast.GeneratorExp(generators=[ast.comprehension(iter=ast.Name(id=name))]):
            return name
    return None


def _starts_empty(module: Module, name: str, site: Site) -> bool:
    """Whether a list was filled elsewhere: it begins empty, or a function without a loop around the block is given it."""
    looped = next(module.loops(site.statement), None) is not None
    for binding in module.bindings(name, site.statement):
        if binding.kind == "parameter" and not looped:
            return True
        match value_of(module, binding.node):
            case ast.List(elts=[]) | ast.Call(func=ast.Name(id="list"), args=[]):
                return True
        match module.parent(module.parent(binding.node) or binding.node):
            case ast.Assign(value=ast.Tuple(elts=elements)) if any(
                isinstance(e, ast.List) and not e.elts for e in elements
            ):
                return True
    return False


def _counts(module: Module, node: ast.AST) -> bool:
    match node:
        case ast.Compare(left=ast.Call(func=func)) if module.resolve(func) == "builtins.len":
            return True
        case ast.BinOp(op=ast.Mod(), right=ast.Constant(value=int(every))):
            return every >= 10  # not a test for even and odd
    return False


def enclosing_class(module: Module, function: FunctionNode) -> ast.ClassDef | None:
    """The class that `function` is a method of."""
    parent = module.parent(function)
    while isinstance(parent, (ast.If, ast.Try)):
        parent = module.parent(parent)
    return parent if isinstance(parent, ast.ClassDef) else None
