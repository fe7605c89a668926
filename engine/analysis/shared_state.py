"""What handlers share: state that a coroutine reads before it waits and writes after it, and what it changes for the whole process."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .module import Module
from .open_files import written_across
from .scope import FunctionNode, Scope

_MEANWHILE = "while this coroutine waits, another handler may change it"
_MUTATORS = frozenset(
    "append extend insert remove pop popitem clear update setdefault add discard sort reverse appendleft popleft".split()
)
_VIEWS = frozenset("items keys values".split())
#: What leads from a container to a part of it.
_PARTS = frozenset({"get", "setdefault"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
#: State of the whole program.
_PROCESS_WIDE = frozenset({"os.environ", "sys.stdout", "sys.stderr", "sys.path"})


def shared_state_across(module: Module, node: ast.expr, function: FunctionNode) -> str | None:
    """State on both sides of `node`, so that an `await` there lets another handler in between: read before and written
    after it, or changed before and used after it.

    Looks at names declared global or nonlocal, attributes (``self.x``, and those of the project's modules and classes), items
    of module-level containers and of those that the function is given (``context.user_data["x"]``), variables that hold a part
    of such a container, what belongs to the whole program, and files that are open for writing. Flow is judged by source order
    within the function, and a target after its value. An augmented assignment is one step that reads nothing, and counting in
    steps on both sides does no harm, except where `node` stands in its value.
    """
    before, behind = _accessed(module, node, function)
    for line, key, access in sorted(behind):
        earlier = before.get(key, set())
        if "read" in earlier and access != "read":
            return f"{key} is read before it and written in line {line}; {_MEANWHILE}"
        if "write" in earlier or ("step" in earlier and access != "step"):
            return f"{key} is changed before it and used in line {line}; {_MEANWHILE}"
    return written_across(module, node)


def written_after(module: Module, node: ast.expr, function: FunctionNode) -> str | None:
    """What handlers share that is written after `node`, or with its value, as a clause: another one may have done so meanwhile."""
    for line, key, access in sorted(_accessed(module, node, function)[1]):
        if access != "read":
            return f"{key} is written in line {line} by what was read"
    return None


def _accessed(
    module: Module, node: ast.expr, function: FunctionNode
) -> tuple[dict[str, set[str]], list[tuple[int, str, str]]]:
    """How a function uses shared state before `node` ("read", "write", "step"), and after it: the line, the state and how."""
    before: dict[str, set[str]] = {}
    behind: list[tuple[int, str, str]] = []
    for candidate in (*module.all(ast.Attribute, ast.Name),):
        if module.function(candidate) is not function:
            continue
        key = shared_key(module, candidate, function)
        if key is None:
            continue
        access = "read"
        if is_written(module, candidate):
            access = "step" if isinstance(module.parent(candidate), ast.AugAssign) else "write"
        target = _target_of_value(module, candidate, node) if access != "read" else None
        if isinstance(target, ast.AugAssign):
            before.setdefault(key, set()).add("read")
        if target or module.start(candidate) >= module.end(node):
            behind.append((candidate.lineno, key, access))
        else:
            before.setdefault(key, set()).add(access)
    return before, behind


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


#: What PTB hands to handlers of several updates, where it handles more than one at a time or runs jobs.
DATA = frozenset({"bot_data", "chat_data", "user_data"})
#: Attributes of an event or a context that all of them share.
_CLIENTS = frozenset({"client", "bot", "application", "app"})
_AT_ONCE = (b"concurrent_updates", b"block=False", b"job_queue", b"run_repeating", b"create_task")


def shared_key(module: Module, node: ast.Attribute | ast.Name, function: FunctionNode) -> str | None:
    """The name of the state that `node` in `function` stands for, if other handlers see it too."""
    if isinstance(node, ast.Attribute):
        return _shared_attribute(module, node, function)
    scope = module.scope(node).find(node.id)
    if scope is None or scope.kind == "class":
        return None
    if scope.node is function:
        if not isinstance(node.ctx, ast.Load):
            return None
        given = _is_container(module, node) and _is_parameter(module, node, function)
        return node.id if given or _is_part(module, scope, node, function) else None
    if all(binding.kind != "assign" for binding in scope.bindings[node.id]):
        own = any(
            binding.kind == "import" and _is_own(module, binding.qualified) for binding in scope.bindings[node.id]
        )
        return node.id if own and not isinstance(module.parent(node), ast.Attribute) else None
    inside = module.names.opened.get(function)
    if scope.kind == "comprehension" or (inside is not None and _is_inner(scope.node, function, module)):
        return None
    return node.id


def _shared_attribute(module: Module, node: ast.Attribute, function: FunctionNode) -> str | None:
    parent = module.parent(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        return None  # a method, not state
    if (name := module.resolve(node)) in _PROCESS_WIDE:
        return name
    if node.attr in DATA and any(map(module.project.contains, _AT_ONCE)):
        return node.attr
    if isinstance(node.value, ast.Attribute) and node.value.attr in _CLIENTS:
        return module.segment(node)
    if not isinstance(node.value, ast.Name):
        return None
    name = node.value.id
    if name in ("self", "cls"):
        return f"{name}.{node.attr}"
    if _is_parameter(module, node.value, function):
        return f"{name}.{node.attr}" if _is_container(module, node) else None
    scope = module.scope(node).find(name)
    for binding in scope.bindings[name] if scope is module.names.root and scope else ():
        if binding.kind == "class" or (binding.kind == "import" and _is_own(module, binding.qualified)):
            return f"{name}.{node.attr}"
    return None


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


def _is_own(module: Module, qualified: str | None) -> bool:
    """Whether an imported name is the project's."""
    return bool(qualified) and (
        str(qualified).startswith(".") or module.project.has_module(str(qualified).partition(".")[0])
    )


def _is_part(module: Module, scope: Scope, name: ast.Name, function: FunctionNode) -> bool:
    """Whether a local variable holds a part of what handlers share: ``user = USERS[number]``."""
    bindings = scope.bindings[name.id]
    parent = module.parent(bindings[0].node) if len(bindings) == 1 else None
    value: ast.AST | None = (
        parent.value if isinstance(parent, ast.Assign) and parent.targets == [bindings[0].node] else None
    )
    parts = _is_container(module, name)
    while True:
        match value:
            case ast.Subscript(value=owner):
                value, parts = owner, True
            case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in _PARTS:
                value, parts = owner, True
            case ast.Name(id=root) if root != name.id:
                return (
                    parts and module.scope(value).find(root) is not scope and bool(shared_key(module, value, function))
                )
            case ast.Attribute(value=ast.Name() as owner) if _is_parameter(module, owner, function):
                return parts
            case ast.Attribute():
                return parts and bool(shared_key(module, value, function))
            case _:
                return False


def _is_inner(node: ast.AST, function: FunctionNode, module: Module) -> bool:
    return function in module.ancestors(node)


def is_written(module: Module, node: ast.Attribute | ast.Name) -> bool:
    """A store, a deletion, a store to an item or attribute of it, or a call of a method that changes it or a part of it."""
    if not isinstance(node.ctx, ast.Load):
        return True
    part: ast.AST = node
    while isinstance(outer := module.parent(part), (ast.Subscript, ast.Attribute)) and outer.value is part:
        if not isinstance(outer.ctx, ast.Load):
            return True
        call = module.parent(outer)
        if isinstance(call, ast.Call) and call.func is outer:
            return isinstance(outer, ast.Attribute) and outer.attr in _MUTATORS
        part = outer
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
        if isinstance(loop, ast.For) and not awaits_in(loop.body):
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


def awaits_in(body: list[ast.stmt]) -> bool:
    """Whether statements wait for something, those of functions defined in them included."""
    return any(
        isinstance(n, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for statement in body for n in ast.walk(statement)
    )


def _may_change(module: Module, iterated: ast.expr) -> bool:
    from .constants import mutation

    if not isinstance(iterated, ast.Name):
        return True
    return (
        module.scope(iterated).find(iterated.id) is not module.names.root or mutation(module, iterated.id) is not None
    )
