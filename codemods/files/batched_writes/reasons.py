"""What stands against opening a file once instead of for every message. Each check gives None or a reason."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Sequence

from ....engine.analysis import refuse
from ....engine.analysis.module import Module
from .sites import Loop, Site, Uses, is_a_path, stores_of, value_of

#: Where the file has to stay the same one: a loop, or a function that is called again and again.
Region = ast.For | ast.AsyncFor | ast.While | ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

_PURE = frozenset(
    "builtins.str os.fspath os.path.join os.path.abspath os.path.expanduser os.path.normpath os.path.dirname os.path.basename "
    "pathlib.Path pathlib.PurePath pathlib.Path.home".split()
)
_PURE_METHODS = frozenset("joinpath with_suffix with_name with_stem format expanduser absolute resolve".split())
PARTS = frozenset("parent name stem suffix".split())
#: Other names of OSError and its subclasses.
_OS_ERRORS = frozenset(
    "socket.error os.error select.error socket.timeout shutil.Error asyncio.TimeoutError asyncio.exceptions.TimeoutError".split()
)
_WITH_BOM = re.compile(r"utf[-_]?(8[-_]sig|16|32)$", re.IGNORECASE)


def within(module: Module, node: ast.AST, outer: ast.AST) -> bool:
    """Whether `node` is `outer` or stands in it."""
    return node is outer or any(ancestor is outer for ancestor in module.ancestors(node))


# The path


def path_varies(module: Module, site: Site, region: Region) -> str | None:
    """Why the path, or another argument of the open, may be another one next time."""
    if reason := refuse.unpacks_arguments(site.call):
        return reason
    if (
        isinstance(site.call.func, ast.Attribute)
        and site.path is site.call.func.value
        and not is_a_path(module, site.path)
    ):
        return f"nothing shows that {module.segment(site.path)} is a pathlib.Path, whose open() is the one of a file"
    if reason := varies(module, site.path, region):
        return f"its path {reason}"
    for argument in (*site.call.args, *(keyword.value for keyword in site.call.keywords)):
        if argument is not site.path and (reason := varies(module, argument, region)):
            return f"an argument of its open {reason}"
    return None


def varies(module: Module, expression: ast.expr, region: Region, depth: int = 0) -> str | None:
    """Why an expression may give something else next time, as the rest of a clause."""
    for node in ast.walk(expression):
        reason = None
        match node:
            case ast.Call(func=func) if not _is_pure(module, func):
                reason = f"is worked out by {module.segment(func)}() each time"
            case ast.Await() | ast.NamedExpr() | ast.Yield() | ast.YieldFrom() | ast.Lambda() | ast.GeneratorExp():
                reason = "is worked out each time"
            case ast.Name(id="self" | "cls") if isinstance(region, FUNCTIONS) and isinstance(
                module.parent(node), ast.Attribute
            ):
                pass  # each object has its own; whether the attribute changes is asked below
            case ast.Name(id=name):
                reason = _name_varies(module, node, name, region, depth)
            case ast.Attribute(attr=attr):
                reason = _attribute_varies(module, node, attr, region)
            case ast.Subscript(value=ast.Name(id=name)):
                changed = [
                    s for s in module.all(ast.Subscript) if not isinstance(s.ctx, ast.Load) and _reads(s.value, name)
                ]
                reason = f"is an item of {name}, which changes in line {changed[0].lineno}" if changed else None
        if reason:
            return reason
    return None


def _is_pure(module: Module, func: ast.expr) -> bool:
    resolved = module.resolve(func)
    return resolved in _PURE or (not resolved and isinstance(func, ast.Attribute) and func.attr in _PURE_METHODS)


def _reads(expression: ast.AST, name: str) -> bool:
    return isinstance(expression, ast.Name) and expression.id == name


def _name_varies(module: Module, node: ast.Name, name: str, region: Region, depth: int) -> str | None:
    scope = module.scope(node).find(name)
    if scope is None:
        return None
    bindings = scope.bindings[name]
    inside = [b for b in bindings if within(module, b.node, region)]
    if not inside:
        home = scope.node if isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)) else None
        for binding in bindings:
            if binding.kind == "assign" and module.function(binding.node) is not home:
                return f"is {name}, which line {binding.node.lineno} may change meanwhile"  # type: ignore[attr-defined]
        return None
    value = value_of(module, inside[0].node) if len(bindings) == 1 else None
    if value is not None and depth < 5 and module.start(inside[0].node) < module.start(node):
        return varies(module, value, region, depth + 1)
    kind = "call to call" if isinstance(region, (ast.FunctionDef, ast.AsyncFunctionDef)) else "message to message"
    return f"depends on {name}, which changes from {kind}"


def _attribute_varies(module: Module, node: ast.Attribute, attr: str, region: Region) -> str | None:
    parent = module.parent(node)
    if any(module.candidates(node)) or attr in PARTS or (isinstance(parent, ast.Call) and parent.func is node):
        return None
    for store in stores_of(module, attr):
        function = module.function(store)
        if function is not None and function.name not in ("__init__", "__post_init__"):
            return f"is {module.segment(node)}, which line {store.lineno} may change meanwhile"
    pattern = re.compile(rb"\." + re.escape(attr.encode()) + rb"[ \t]*=(?!=)")
    for other in module.project.others(module.path):
        if attr.encode() in other.data and pattern.search(other.data):
            return f"is {module.segment(node)}, which {other.path.name} may change meanwhile"
    return None


# What is done with the open file


def file_use(module: Module, site: Site, used: Uses) -> str | None:
    """Why the open file cannot stay open, or be another object, by what the block does with it."""
    if not isinstance(site.statement, ast.Assign) and len(site.statement.items) > 1:
        return "several things are opened in one with, and two files must stay in step"
    if site.handle is None:
        return "the open file is kept in more than a plain variable"
    if isinstance(site.call.func, ast.Attribute) and any(k.arg == "opener" for k in site.call.keywords):
        return "it is opened by an opener of its own"
    if used.other is not None:
        return _other_use(module, used.other)
    return None


def _other_use(module: Module, name: ast.Name) -> str:
    parent = module.parent(name)
    if isinstance(parent, ast.Attribute):
        if parent.attr in ("tell", "seek", "truncate"):
            return f"it works with the position in the file ({name.id}.{parent.attr})"
        if parent.attr == "fileno":
            return "the file is locked, or its descriptor is handed on"
        if parent.attr.startswith("read"):
            return f"the file is read in line {name.lineno} while it is open"
        return f"{name.id}.{parent.attr} is used in line {name.lineno}"
    call = next((a for a in module.ancestors(name) if isinstance(a, ast.Call)), None)
    if call is not None and any("lock" in word for word in module.segment(call.func).lower().split(".")):
        return f"the file is locked in line {name.lineno}"
    if call is not None:
        return f"the open file is passed on to {module.segment(call.func)}() in line {name.lineno}"
    return f"the open file is used otherwise in line {name.lineno}"


def handle_use(module: Module, group: Sequence[Site], region: Region) -> str | None:
    """Why the variable of the open file cannot keep it through the region."""
    handle = group[0].handle
    assert handle is not None, "checked by file_use"
    scope = module.scope(handle)
    if handle.id in scope.global_names | scope.nonlocal_names or scope.kind == "class":
        return f"{handle.id} belongs to more than this function"
    owner = scope.find(handle.id)
    assert owner is not None, "the with binds it"
    own = {site.handle for site in group}
    for binding in owner.bindings[handle.id]:
        if binding.node not in own and within(module, binding.node, region):
            return f"{handle.id} is also set in line {binding.node.lineno}"  # type: ignore[attr-defined]
    for use in module.uses(handle.id, owner):
        if not any(within(module, use, part) for site in group for part in (*site.body, *filter(None, [site.close]))):
            if not _held_elsewhere(module, use, region):
                return f"{handle.id} is also used in line {use.lineno}, outside of its block"
    return None


def _held_elsewhere(module: Module, use: ast.Name, region: Region) -> bool:
    """Whether a block of its own around `use`, which is not around the region, opens what the variable holds there."""
    for ancestor in module.ancestors(use):
        if isinstance(ancestor, (ast.With, ast.AsyncWith)) and not within(module, region, ancestor):
            if any(_reads(item.optional_vars, use.id) for item in ancestor.items if item.optional_vars is not None):
                return True
    return False


# What is around it


def catches(module: Module, node: ast.AST, region: Region, errors: tuple[type[BaseException], ...]) -> int | None:
    """The line of the ``except`` clause or `suppress` between `region` and `node` that may handle one of `errors`."""
    child = node
    for ancestor in module.ancestors(node):
        if type(ancestor).__name__ in ("Try", "TryStar") and child in ancestor.body:  # type: ignore[attr-defined]
            handlers: list[ast.ExceptHandler] = ancestor.handlers  # type: ignore[attr-defined]
            for handler in handlers:
                if _may_catch(module, handler.type, errors):
                    return handler.lineno
        if isinstance(ancestor, ast.With):
            for item in ancestor.items:
                expression = item.context_expr
                if isinstance(expression, ast.Call) and module.resolve(expression.func) == "contextlib.suppress":
                    if any(_may_catch(module, argument, errors) for argument in expression.args):
                        return ancestor.lineno
        if ancestor is region:
            return None
        child = ancestor
    return None


def _may_catch(module: Module, expression: ast.expr | None, errors: tuple[type[BaseException], ...]) -> bool:
    if expression is None:
        return True
    if isinstance(expression, ast.Tuple):
        return any(_may_catch(module, element, errors) for element in expression.elts)
    if isinstance(module.definition(expression), ast.ClassDef):
        return False  # a class of the project's own is no base of OSError
    name = module.resolve(expression) or ""
    if name.startswith("builtins."):
        known = getattr(builtins, name.removeprefix("builtins."), None)
        return not isinstance(known, type) or any(issubclass(e, known) or issubclass(known, e) for e in errors)
    if name in _OS_ERRORS:
        return OSError in errors
    return (
        not name or name.rpartition(".")[2].isupper()
    )  # an imported class is no base of OSError; a constant may be a tuple


def surroundings(module: Module, site: Site, region: Region) -> str | None:
    """Why what stands between the region and the open needs it to happen there."""
    if module.scope(site.statement).kind == "class":
        return "it stands in a class body"
    if (line := catches(module, site.statement, region, (OSError,))) is not None:
        return f"line {line} handles, for each message, that the file cannot be opened or written"
    if (lock := refuse.held_lock(module, site.statement, region)) is not None:
        return f"{module.segment(lock)} is held while the file is open"
    return None


def left_after(module: Module, site: Site, loop: Loop) -> str | None:
    """Whether the loop ends with the first write, as one does that tries again until it works."""
    ends = (ast.Break, ast.Return, ast.Raise)
    reason = "the loop ends with the first write, so the file is opened once"
    if any(isinstance(statement, ends) for statement in site.body):
        return reason
    child: ast.AST = site.close or site.statement
    for ancestor in module.ancestors(child):
        for block in (getattr(ancestor, field, None) for field in ("body", "orelse", "finalbody")):
            if (
                isinstance(block, list)
                and child in block
                and any(isinstance(s, ends) for s in block[block.index(child) + 1 :])
            ):
                return reason
        if (
            isinstance(ancestor, ast.Try)
            and child in ancestor.body
            and any(isinstance(s, ends) for s in ancestor.orelse)
        ):
            return reason
        if ancestor is loop:
            return None
        child = ancestor
    return None


def has_bom(module: Module, site: Site) -> bool:
    """Whether the encoding may put a byte order mark in front of a block."""
    position = 3 if module.resolve(site.call.func) in ("builtins.open", "io.open") else 2
    given = [k.value for k in site.call.keywords if k.arg == "encoding"] or list(
        site.call.args[position : position + 1]
    )
    return any(not isinstance(e, ast.Constant) or bool(_WITH_BOM.search(str(e.value))) for e in given)
