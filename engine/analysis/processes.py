"""Which calls wait for a child process."""

from __future__ import annotations

import ast

from .assignments import values_of
from .module import Module

CALLS = frozenset(
    {f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput")}
    | {"os.system"}
)
_WAITS = frozenset({"wait", "communicate"})
_READS = frozenset({"read", "readline", "readlines"})


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
