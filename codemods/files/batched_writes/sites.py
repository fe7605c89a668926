"""Where code opens a file to write to it, and what it does with the open file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.analysis.files import Opening, opening
from ....engine.analysis.module import Module
from ....engine.analysis.repeated import Loop

#: What holds loops of its own, or code that runs at another time: a ``break`` in there leaves nothing out here.
_OWN_JUMPS = (
    ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda,
)  # fmt: skip

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
    opened: Opening
    #: The variable that holds the open file; None where it is kept elsewhere.
    handle: ast.Name | None
    #: The statements that run while the file is open.
    body: tuple[ast.stmt, ...]
    #: The statement that closes it, in the second form.
    close: ast.Expr | None = None

    @property
    def mode(self) -> str:
        """The mode as it is written; `sites` gives none without."""
        return self.opened.mode or ""

    @property
    def appends(self) -> bool:
        """Whether its mode appends."""
        return "a" in self.mode

    @property
    def last(self) -> ast.stmt:
        """The last statement of the block."""
        return self.close or self.statement

    @property
    def nodes(self) -> tuple[ast.stmt, ...]:
        """The statements between which the file is open, with those that open and close it."""
        return (self.statement, *self.body, *([self.close] if self.close else []))


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
    for block in module.all(ast.With, ast.AsyncWith):
        for item in block.items:
            target = item.optional_vars
            opened = _writing(module, item.context_expr) if target is not None else None
            if opened is not None and opened.awaited == isinstance(block, ast.AsyncWith):
                handle = target if isinstance(target, ast.Name) else None
                found.append(Site(block, opened, handle, tuple(block.body)))
    for assignment in module.all(ast.Assign):
        match assignment:
            case ast.Assign(targets=[ast.Name() as handle], value=value) if opened := _writing(module, value):
                rest = _until_close(module, assignment, handle.id)
                if rest and not opened.awaited:
                    found.append(Site(assignment, opened, handle, *rest))
    return iter(sorted(found, key=lambda site: module.start(site.opened.call)))


def _writing(module: Module, expression: ast.expr) -> Opening | None:
    opened = opening(module, expression) if isinstance(expression, ast.Call) else None
    return opened if opened is not None and set(opened.mode or "") & set("wax+") else None


def _until_close(module: Module, assignment: ast.Assign, name: str) -> tuple[tuple[ast.stmt, ...], ast.Expr] | None:
    """The statements between ``f = open(…)`` and the ``f.close()`` that follows in the same block."""
    _, rest = module.beside(assignment)
    for number, statement in enumerate(rest):
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=closed), attr="close"), args=[])):
                if closed == name:
                    return (tuple(rest[:number]), statement) if number else None
    return None


def value_of(module: Module, node: ast.AST) -> ast.expr | None:
    """The right side of ``node = value``."""
    match module.parent(node):
        case ast.Assign(targets=[target], value=value) if target is node:
            return value
        case ast.AnnAssign(value=value):
            return value
    return None


def uses(module: Module, site: Site) -> Uses:
    """How the block uses its open file."""
    writes: list[ast.Call] = []
    sinks: list[ast.Call] = []
    plain, durable, other, passed_on = True, None, None, False
    for name in (node for part in site.body for node in ast.walk(part) if isinstance(node, ast.Name)):
        if site.handle is None or name.id != site.handle.id:
            continue
        call, method = _call_of(module, name)
        if method in ("write", "writelines") and call is not None:
            writes.append(call)
            plain = plain and _is_statement(module, call, site) and len(call.args) == 1 and not call.keywords
        elif method in ("flush", "fileno") and call is not None and not _locks(module, call):
            durable, plain = durable or name, False
        elif method is None and call is not None and _is_sink(module, call, name) and not site.opened.awaited:
            sinks.append(call)
            plain = False
        else:
            other = other or name
            passed_on = passed_on or (method is None and call is not None and "lock" not in module.segment(call.func))
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


def _is_statement(module: Module, call: ast.Call, site: Site) -> bool:
    outer = module.parent(call)
    if site.opened.awaited:
        outer = module.parent(outer) if isinstance(outer, ast.Await) else None
    return isinstance(outer, ast.Expr)


def _locks(module: Module, call: ast.Call) -> bool:
    """Whether ``f.fileno()`` is an argument of something else than `os.fsync`."""
    outer = module.parent(call)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    synced = isinstance(outer, ast.Call) and module.resolve(outer.func) in ("os.fsync", "os.fdatasync")
    return method == "fileno" and not synced


def _is_sink(module: Module, call: ast.Call, name: ast.Name) -> bool:
    place = _SINKS.get(module.resolve(call.func) or "")
    if isinstance(place, int):
        given = call.args[place] if len(call.args) > place else None
        return given is name or any(k.arg == "fp" and k.value is name for k in call.keywords)
    return place is not None and any(k.arg == place and k.value is name for k in call.keywords)


# How much a block writes


def buffering_of(opened: Opening) -> object:
    """The buffering that an open asks for: None where it says nothing, ``...`` where the source does not show it."""
    position = 1 if opened.method else 2
    given = opened.call.args[position : position + 1] or [k.value for k in opened.call.keywords if k.arg == "buffering"]
    if not given:
        return None
    return given[0].value if isinstance(given[0], ast.Constant) else ...


def writes_lines(module: Module, site: Site) -> bool:
    """Whether all that the block does is one `write` of a text with a newline, which a line-buffered file writes at once."""
    used = uses(module, site)
    if len(site.body) != 1 or not used.plain or len(used.writes) != 1 or "b" in site.mode:
        return False
    write = used.writes[0]
    return isinstance(write.func, ast.Attribute) and write.func.attr == "write" and has_newline(write.args[0])


def has_newline(text: ast.expr) -> bool:
    """Whether a text surely holds a newline."""
    match text:
        case ast.Constant(value=str(value)):
            return "\n" in value
        case ast.JoinedStr(values=values):
            return any(has_newline(value) for value in values)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return has_newline(left) or has_newline(right)
        case ast.BinOp(left=ast.Constant() as left, op=ast.Mod()):
            return has_newline(left)
        case ast.Call(func=ast.Attribute(value=ast.Constant() as left, attr="format")):
            return has_newline(left)
    return False


def leaves(module: Module, site: Site, loop: Loop | None) -> bool:
    """Whether a ``continue``, or a ``break`` out of a loop within `loop`, leaves the block while `loop` goes on."""
    ends = (ast.Continue,) if next(module.loops(site.statement), None) is loop else (ast.Continue, ast.Break)
    queue: list[ast.AST] = list(site.body)
    while queue:
        node = queue.pop()
        if isinstance(node, ends):
            return True
        if not isinstance(node, _OWN_JUMPS):
            queue.extend(ast.iter_child_nodes(node))
    return False


def collects(module: Module, site: Site) -> bool:
    """Whether the block already writes many messages at once, or runs for every n-th message only."""
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
    function = module.function(site.statement)
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
            case ast.Assign(value=ast.Tuple(elts=parts)) if any(isinstance(e, ast.List) and not e.elts for e in parts):
                return True
    return False


def _counts(module: Module, node: ast.AST) -> bool:
    match node:
        case ast.Compare(left=ast.Call(func=func)) if module.resolve(func) == "builtins.len":
            return True
        case ast.BinOp(op=ast.Mod(), right=ast.Constant(value=int(every))):
            return every >= 10  # not a test for even and odd
    return False
