"""Which calls wait for a child process."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .assignments import values_of
from .module import Module

CALLS = frozenset(
    {f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput")}
    | {"os.system"}
)
_WAITS = frozenset({"wait", "communicate"})
_READS = frozenset({"read", "readline", "readlines"})
#: What returns when another program has ended.
_ENDED = frozenset("run call check_call check_output".split())


def waits_for(module: Module, call: ast.Call, names: frozenset[str]) -> str | None:
    """The blocking function as the source names it, where `call` waits for a child process."""
    if names & CALLS:
        return f"{module.segment(call.func)}()"
    match call.func:
        case ast.Attribute(value=owner, attr=method) if method in _READS and output_of(module, owner):
            opened = isinstance(owner, ast.Call)
            return f"{module.segment(owner.func if isinstance(owner, ast.Call) else owner)}{'()' if opened else ''}.{method}()"
        case ast.Attribute(value=ast.Name() as process, attr=method) if method in _WAITS and is_process(
            module, process
        ):
            return f"{process.id}.{method}()"
        case ast.Attribute(value=ast.Call() as started, attr=method) if method in _WAITS:
            if module.resolve(started.func) == "subprocess.Popen":
                return f"{module.segment(started.func)}().{method}()"
    return None


def output_of(module: Module, node: ast.expr) -> bool:
    """Whether an expression is the output of a program that may still run: ``os.popen(…)``, ``process.stdout``."""
    match node:
        case ast.Call(func=opener):
            return module.resolve(opener) == "os.popen"
        case ast.Attribute(value=ast.Call(func=opener), attr="stdout" | "stderr"):
            return module.resolve(opener) == "subprocess.Popen"
        case ast.Attribute(value=ast.Name() as process, attr="stdout" | "stderr"):
            return is_process(module, process)
    return False


def gone_over(module: Module, iterated: ast.expr) -> ast.Call | None:
    """The call that has started the program whose output a loop goes over: ``process.stdout``, ``iter(process.stdout.readline, "")``."""
    match iterated:
        case ast.Call(func=ast.Name(id="iter"), args=[ast.Attribute(value=read), *_]):
            iterated = read
    if not output_of(module, iterated):
        return None
    started = iterated.value if isinstance(iterated, ast.Attribute) else iterated
    values = values_of(module, started) if isinstance(started, ast.Name) else [started]
    return next((value for value in values if isinstance(value, ast.Call)), None)


def is_process(module: Module, name: ast.Name) -> bool:
    """Whether every binding of a local name is a `subprocess.Popen` made in the same function."""
    bindings = module.bindings(name.id, name)
    for binding in bindings:
        parent = module.parent(binding.node)
        value = parent.value if isinstance(parent, ast.Assign) and parent.targets == [binding.node] else None
        if isinstance(parent, ast.withitem) and parent.optional_vars is binding.node:
            value = parent.context_expr
        if not (isinstance(value, ast.Call) and module.resolve(value.func) == "subprocess.Popen"):
            return False
    return bool(bindings)


def started(module: Module, call: ast.Call) -> Iterator[ast.Call]:
    """The calls that start the process that `call` waits for."""
    process = call.func.value if isinstance(call.func, ast.Attribute) else None
    if isinstance(process, ast.Call):
        yield process
    elif isinstance(process, ast.Name):
        yield from (value for value in values_of(module, process) if isinstance(value, ast.Call))


def is_over(module: Module, call: ast.Call) -> bool:
    """Whether the program that a `wait()` waits for has surely closed its output before, by which most programs end."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=process), attr="wait"):
            child: ast.stmt = module.statement(call)
            for around in module.ancestors(child):
                above, _ = module.beside(child)
                if any(_reads_all(statement, process) for statement in above):
                    return True
                if not isinstance(around, ast.stmt) or around is module.function(call):
                    break
                child = around
    return False


def _reads_all(statement: ast.stmt, process: str) -> bool:
    """Whether a statement reads all that a process writes, or has another program do so."""

    def is_output(node: ast.AST) -> bool:
        return (
            isinstance(node, ast.Attribute)
            and node.attr == "stdout"
            and isinstance(node.value, ast.Name)
            and node.value.id == process
        )

    if isinstance(statement, (ast.For, ast.AsyncFor)):
        leaves = any(isinstance(node, (ast.Break, ast.Return)) for node in ast.walk(statement))
        return is_output(statement.iter) and not leaves
    if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)):
        return False
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="communicate")) if name == process:
                return True
            case ast.Call(func=ast.Attribute(value=read, attr="read" | "readlines"), args=[]) if is_output(read):
                return True
            case ast.Call(func=called, args=given, keywords=keywords) if any(
                k.arg == "stdin" and is_output(k.value) for k in keywords
            ):  # a thread may be told to run it
                if any(isinstance(ran, ast.Attribute) and ran.attr in _ENDED for ran in (called, *given[:1])):
                    return True
    return False
