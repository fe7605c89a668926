"""Programs that asyncio itself can start and wait for, with the same result while the bot runs."""

from __future__ import annotations

import ast

from ....engine.analysis.module import Module
from ....engine.model import Edit
from ....engine.rewriting import awaits

_KEPT = frozenset({"stdin", "stdout", "stderr", "cwd", "env", "start_new_session"})
_STREAMS = frozenset({"stdin", "stdout", "stderr"})
_READ_LATER = frozenset({"returncode", "pid"})

#: What is assumed in the place of a thread, as measured on Linux with Python 3.11 and 3.13.
DIFFERS = "the bot does not stop meanwhile: the program is killed then or goes on alone, as Python's version has it"
#: The same where `os.system()` waits.
DIFFERS_FROM_SYSTEM = f"{DIFFERS}, and Ctrl-C, which `os.system()` ignores, stops the bot at once"


def native(module: Module, call: ast.Call, asyncio: str) -> list[Edit] | None:
    """The edits by which asyncio starts and waits for what `call` waits for, where nothing else is lost by that.

    That is so where the command is written out, nothing of the output is kept (or it is kept as bytes by `communicate()`), no time
    limit is set and no exit code raises an error.
    """
    name = module.resolve(call.func)
    if name == "os.system" and isinstance(module.parent(call), ast.Expr) and len(call.args) == 1:
        function = Edit(*module.span(call.func), f"await (await {asyncio}.create_subprocess_shell")
        return [function, Edit(module.end(call), module.end(call), ").wait()")]
    if name == "subprocess.call" or (name == "subprocess.run" and _is_dropped(module, call)):
        return _of_call(module, call, asyncio)
    match call.func:
        case ast.Attribute(value=ast.Name() as process, attr="communicate") if not call.keywords and len(call.args) < 2:
            return _of_process(module, call, process, asyncio)
    return None


def _is_dropped(module: Module, call: ast.Call) -> bool:
    """Whether nothing of a `CompletedProcess` is used, or its return code alone."""
    parent = module.parent(call)
    return isinstance(parent, ast.Expr) or (isinstance(parent, ast.Attribute) and parent.attr == "returncode")


def _of_call(module: Module, call: ast.Call, asyncio: str) -> list[Edit] | None:
    parent = module.parent(call)
    node: ast.AST = parent if isinstance(parent, ast.Attribute) else call
    loose = awaits.binds_tighter(module.parent(node), node)
    edits = _started(module, call, asyncio, f"{'(' if loose else ''}await (await ", pipes=False)
    if edits is None:
        return None
    return [*edits, Edit(module.end(call), module.end(node), f").wait(){')' if loose else ''}")]


def _of_process(module: Module, call: ast.Call, process: ast.Name, asyncio: str) -> list[Edit] | None:
    bindings = module.bindings(process.id, process)
    assigned = module.parent(bindings[0].node) if len(bindings) == 1 else None
    if not (isinstance(assigned, ast.Assign) and isinstance(assigned.value, ast.Call)):
        return None
    opened = assigned.value
    if module.resolve(opened.func) != "subprocess.Popen" or module.function(opened) is not module.function(call):
        return None
    if awaits.refusal(module, opened) or module.in_fstring(call):
        return None
    for use in module.uses(process.id, module.scope(process)):
        attribute = module.parent(use)
        if use is process:
            continue
        if not (isinstance(attribute, ast.Attribute) and attribute.attr in _READ_LATER) or module.start(
            use
        ) < module.end(call):
            return None
    edits = _started(module, opened, asyncio, "await ", pipes=True)
    return [*edits, *awaits.prefixed(module, call)] if edits else None


def _started(module: Module, call: ast.Call, asyncio: str, before: str, *, pipes: bool) -> list[Edit] | None:
    """Edits that make `call` a call of asyncio, in the layout it has, where its arguments mean the same there."""
    keywords = {keyword.arg: keyword for keyword in call.keywords}
    optional = ("shell", "check") if module.resolve(call.func) == "subprocess.run" else ("shell",)
    dropped = [keyword for name in optional if (keyword := keywords.pop(name, None))]
    values = {
        keyword.arg: keyword.value.value if isinstance(keyword.value, ast.Constant) else None for keyword in dropped
    }
    if len(call.args) != 1 or module.has_comment(*module.span(call)) or values.get("check", False) is not False:
        return None
    allowed = {"subprocess.DEVNULL", "subprocess.STDOUT"} | ({"subprocess.PIPE"} if pipes else set())
    for name, keyword in keywords.items():
        if name not in _KEPT or (name in _STREAMS and module.resolve(keyword.value) not in allowed):
            return None
    command, edits = call.args[0], []
    start, end = module.span(command)
    if values.get("shell", False) is True:
        if not (
            isinstance(command, ast.JoinedStr) or (isinstance(command, ast.Constant) and isinstance(command.value, str))
        ):
            return None
        function = "create_subprocess_shell"
    elif values.get("shell", False) is False and isinstance(command, (ast.List, ast.Tuple)) and command.elts:
        if isinstance(command.elts[0], ast.Starred) or module.text[start] not in "([":
            return None
        function = "create_subprocess_exec"
        inner = module.text[start + 1 : end - 1].rstrip()
        last = end - 1 if not inner.endswith(",") or not keywords else start + len(inner)
        edits = [Edit(start, start + 1, ""), Edit(last, end, module.text[last + 1 : end - 1] if last < end - 1 else "")]
    else:
        return None
    for keyword in dropped:
        comma = module.text.rindex(",", 0, module.start(keyword))
        edits.append(Edit(comma, module.end(keyword), ""))
    return [Edit(*module.span(call.func), f"{before}{asyncio}.{function}"), *edits]
