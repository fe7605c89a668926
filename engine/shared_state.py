"""State that handlers share: what is looked at before a place and changed behind it, so that an `await` there lets others in between."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .module import Module
from .open_files import written_across
from .scope import FunctionNode

_MEANWHILE = "while this coroutine waits, another handler may change it"
_MUTATORS = frozenset(
    "append extend insert remove pop popitem clear update setdefault add discard sort reverse appendleft popleft".split()
)
_VIEWS = frozenset("items keys values".split())
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
#: What leads from an object to a part of it.
_PARTS = frozenset({"get", "setdefault"})
#: State of the whole program.
_PROCESS_WIDE = frozenset({"os.environ", "sys.stdout", "sys.stderr", "sys.path"})
#: Calls and blocks that change something for the whole program for a while.
_FOR_ALL = frozenset({
    "os.chdir", "contextlib.chdir", "contextlib.redirect_stdout", "contextlib.redirect_stderr", "warnings.catch_warnings", "os.umask",
    "locale.setlocale", "unittest.mock.patch", "unittest.mock.patch.object", "unittest.mock.patch.dict",
})  # fmt: skip


def shared_state_across(module: Module, node: ast.expr, function: FunctionNode) -> str | None:
    """State on both sides of `node`, so that an `await` there lets another handler in between: read before and written
    after it, or changed before and used after it.

    Looks at names declared global or nonlocal, attributes (``self.x``), items of module-level containers and of what the function is
    given (``context.user_data["x"]``), what belongs to the whole program, and files that are open for writing. Flow is
    judged by source order within the function, and a target after its value. An augmented assignment is one step that
    reads nothing, and counting in steps on both sides does no harm, except where `node` stands in its value.
    """
    before: dict[str, set[str]] = {}
    behind: list[tuple[int, str, str]] = []
    for candidate in module.all(ast.Attribute, ast.Name):
        if module.function(candidate) is not function:
            continue
        key = shared_key(module, candidate, function)
        if key is None:
            continue
        access = "read"
        if is_write(module, candidate):
            access = "step" if isinstance(module.parent(candidate), ast.AugAssign) else "write"
        target = _target_of_value(module, candidate, node) if access != "read" else None
        if isinstance(target, ast.AugAssign):
            before.setdefault(key, set()).add("read")
        if target or module.start(candidate) >= module.end(node):
            behind.append((candidate.lineno, key, access))
        else:
            before.setdefault(key, set()).add(access)
    for line, key, access in sorted(behind):
        earlier = before.get(key, set())
        if "read" in earlier and access != "read":
            return f"{key} is read before it and written in line {line}; {_MEANWHILE}"
        if "write" in earlier or ("step" in earlier and access != "step"):
            return f"{key} is changed before it and used in line {line}; {_MEANWHILE}"
    return written_across(module, node) or _changed_for_all(module, node, function)


def _changed_for_all(module: Module, node: ast.expr, function: FunctionNode) -> str | None:
    """What the function changes for the whole program around `node`."""
    for call in module.all(ast.Call):
        if module.function(call) is function and module.resolve(call.func) in _FOR_ALL:
            item = module.parent(call)
            if not isinstance(item, ast.withitem) or any(a is module.parent(item) for a in module.ancestors(node)):
                return f"{module.segment(call.func)}() in line {call.lineno} changes something for all handlers while this one waits"
    return None


def _target_of_value(module: Module, candidate: ast.AST, node: ast.AST) -> ast.stmt | None:
    """The assignment that stores to `candidate` what it gets from `node`: ``shared[key] = await f()`` stores behind
    the wait.

    ``shared += await f()`` also reads in front of it.
    """
    statement = module.statement(node)
    if isinstance(statement, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and statement is module.statement(candidate):
        value = statement.value
        if value is not None and (value is node or value in module.ancestors(node)):
            if value is not candidate and value not in module.ancestors(candidate):
                return statement
    return None


def shared_key(module: Module, node: ast.Attribute | ast.Name, function: FunctionNode) -> str | None:
    """How state that `node` stands for is called, if other calls of `function` may share it."""
    if isinstance(node, ast.Attribute):
        if module.resolve(node) in _PROCESS_WIDE:
            return module.resolve(node)
        if isinstance(node.value, ast.Name):
            if node.value.id in ("self", "cls"):
                parent = module.parent(node)
                if isinstance(parent, ast.Call) and parent.func is node:
                    return None  # a method, not state
                return f"{node.value.id}.{node.attr}"
            if _is_parameter(module, node.value, function):
                return f"{node.value.id}.{node.attr}" if _is_container(module, node) else None
            if not isinstance(node.ctx, ast.Load) or not isinstance(module.parent(node), ast.Call):
                owner = shared_key(module, node.value, function)
                return f"{owner}.{node.attr}" if owner else None
        return None
    scope = module.scope(node).find(node.id)
    if scope is None or scope.kind == "class":
        return None
    if scope.node is function:
        if not _is_container(module, node):
            return None
        return node.id if _is_parameter(module, node, function) or _is_part(module, node, function, 0) else None
    if all(binding.kind != "assign" for binding in scope.bindings[node.id]):
        return None  # functions, imports, parameters
    inside = module.names.opened.get(function)
    if scope.kind == "comprehension" or (inside is not None and _is_inner(scope.node, function, module)):
        return None
    return node.id


def _is_parameter(module: Module, name: ast.Name, function: FunctionNode) -> bool:
    bindings = module.bindings(name.id, name)
    return (
        len(bindings) == 1
        and bindings[0].kind == "parameter"
        and name.id not in ("self", "cls")
        and module.scope(name).find(name.id) is module.names.opened.get(function)
    )


def _is_container(module: Module, node: ast.expr) -> bool:
    """Whether items are looked at or changed, so that `node` is something that holds others."""
    parent = module.parent(node)
    match parent:
        case ast.Subscript(value=value):
            return value is node
        case ast.Attribute(attr=attr):
            return attr in _MUTATORS | _PARTS | _VIEWS
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[container]):
            return container is node
    return False


def _is_part(module: Module, name: ast.Name, function: FunctionNode, depth: int) -> bool:
    """Whether a local variable holds a part of something shared: ``user = USERS[number]``."""
    bindings = module.bindings(name.id, name)
    parent = module.parent(bindings[0].node) if len(bindings) == 1 else None
    if depth > 3 or not (isinstance(parent, ast.Assign) and parent.targets == [bindings[0].node]):
        return False
    value = parent.value
    while True:
        match value:
            case ast.Subscript(value=inner):
                value = inner
            case ast.Call(func=ast.Attribute(value=inner, attr=attr)) if attr in _PARTS:
                value = inner
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                return True
            case ast.Attribute(value=ast.Name() as owner):
                return _is_parameter(module, owner, function) and value is not parent.value
            case ast.Name():
                if module.scope(value).find(value.id) is module.names.opened.get(function):
                    return value is not parent.value and (
                        _is_parameter(module, value, function) or _is_part(module, value, function, depth + 1)
                    )
                return shared_key(module, value, function) is not None
            case _:
                return False


def _is_inner(node: ast.AST, function: FunctionNode, module: Module) -> bool:
    return function in module.ancestors(node)


def is_write(module: Module, node: ast.Attribute | ast.Name) -> bool:
    """A store, a deletion, a store to an item or attribute of it, or a call of a method that changes it."""
    if not isinstance(node.ctx, ast.Load):
        return True
    outer = module.parent(node)
    while isinstance(outer, ast.Subscript) or (
        isinstance(outer, ast.Attribute) and not isinstance(outer.ctx, ast.Load)
    ):
        if not isinstance(outer.ctx, ast.Load):
            return True
        outer = module.parent(outer)
    if isinstance(outer, ast.Attribute) and outer.attr in _MUTATORS:
        call = module.parent(outer)
        return isinstance(call, ast.Call) and call.func is outer
    return False


def iterates_shared(module: Module, node: ast.AST) -> str | None:
    """Whether a loop around `node` that did not wait so far goes through something that other handlers may change."""
    function = module.function(node)
    for line, iterated in _iterated(module, node) if function is not None else ():
        view = False
        while (
            isinstance(iterated, ast.Call) and module.resolve(iterated.func) == "builtins.enumerate" and iterated.args
        ):
            iterated = iterated.args[0]
        if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Attribute):
            if iterated.func.attr in _VIEWS and not iterated.args:
                iterated, view = iterated.func.value, True
        if not isinstance(iterated, (ast.Name, ast.Attribute)) or function is None:
            continue
        if (key := shared_key(module, iterated, function)) is None:
            continue
        scope = None if isinstance(iterated, ast.Attribute) else module.scope(iterated).find(iterated.id)
        own = scope is None or scope is module.names.opened.get(function)
        if view or (own and key.startswith(("self.", "cls."))) or (not own and _may_change(module, iterated)):
            if own or _may_change(module, iterated):
                return (
                    f"the loop in line {line} goes through {key}, which another handler may change while this one waits"
                )
    return None


def _iterated(module: Module, node: ast.AST) -> Iterator[tuple[int, ast.expr]]:
    """What the loops and comprehensions around `node` go through, each with its line."""
    for loop in module.loops(node):
        if isinstance(loop, ast.For) and not _awaits(loop.body):
            yield loop.lineno, loop.iter
    child = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.stmt):
            break
        if isinstance(ancestor, _COMPREHENSIONS) and not any(generator.is_async for generator in ancestor.generators):
            for generator in ancestor.generators:
                if generator is not child or node not in ast.walk(generator.iter):
                    yield ancestor.lineno, generator.iter
        child = ancestor


def _awaits(body: list[ast.stmt]) -> bool:
    return any(
        isinstance(n, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for statement in body for n in ast.walk(statement)
    )


def _may_change(module: Module, iterated: ast.expr) -> bool:
    from .literal import is_mutated

    if not isinstance(iterated, ast.Name):
        return True
    return module.scope(iterated).find(iterated.id) is not module.names.root or is_mutated(module, iterated.id)
