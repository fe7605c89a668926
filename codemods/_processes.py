"""Which calls wait for a child process."""

from __future__ import annotations

import ast
import re

from ..engine.module import Module

CALLS = frozenset(
    {f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput")}
    | {"os.system"}
)
_WAITS = frozenset({"wait", "communicate"})


def waits_for(module: Module, call: ast.Call, names: frozenset[str]) -> str | None:
    """The blocking function as the source names it, where `call` waits for a child process."""
    if names & CALLS:
        return f"{module.segment(call.func)}()"
    match call.func:
        case ast.Attribute(value=ast.Call(func=opener), attr="read") if not call.args and not call.keywords:
            if module.resolve(opener) == "os.popen":
                return f"{module.segment(opener)}().read()"
        case ast.Attribute(value=ast.Name() as process, attr=method) if method in _WAITS and is_process(
            module, process
        ):
            return f"{process.id}.{method}()"
        case ast.Attribute(value=ast.Call() as started, attr=method) if method in _WAITS:
            if module.resolve(started.func) == "subprocess.Popen":
                return f"{module.segment(started.func)}().{method}()"
    return None


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


#: Programs that only read the files they are given.
_READERS = frozenset(
    "cat head tail grep wc ls du df stat file md5sum sha1sum sha256sum sha512sum git pip pip3 python python3 which test sh bash "
    "systemctl journalctl ps echo printf ping uptime true false sleep cd apt apt-get sudo kill pkill nohup ffprobe mediainfo".split()
)
_FILE = re.compile(r"[\w./~*?\[\]-]*[\w*?\]]\.\d*[A-Za-z]\w{0,4}")
#: Programs whose every argument is a file that they change, or is put into one.
_CHANGERS = frozenset("rm mv cp touch mkdir rmdir ln unzip wget".split())
_WRITTEN = re.compile(r"(?<![&\d])\d?>>?\s*(?![&\s\0])([^\s\0;&|]+)(?=[\s;&|]|$)")


def fixed_file(module: Module, call: ast.Call) -> str | None:
    """A file whose name is always the same and that the program may change, as far as the command is written out."""
    if any(keyword.arg == "cwd" and _text(keyword.value) == "\0" for keyword in call.keywords):
        return None  # in a folder of its own
    command = next(iter(call.args), None)
    if isinstance(command, (ast.List, ast.Tuple)):
        words = [_text(element) for element in command.elts]
        if words[1:2] == ["-c"]:
            return _changed(" ".join(words[2:]))
        return _changed(" ".join(word if word.isprintable() and " " not in word else "\0" for word in words))
    return _changed(_text(command)) if command is not None else None


def _text(expression: ast.expr) -> str:
    """The text of a constant; what is known only when the bot runs is a null byte."""
    match expression:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(map(_text, values))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
    return "\0"


def _changed(command: str) -> str | None:
    for written in _WRITTEN.findall(command):
        if not written.startswith("/dev/"):
            return str(written).strip("'\"")
    for part in re.split(r"[;&|]+", command):
        words = part.split()
        program = words[0].rpartition("/")[2] if words else "true"
        for word in words[1:] if program not in _READERS else ():
            name = word.strip("'\"")
            named = program in _CHANGERS and name.isprintable() or _FILE.fullmatch(name)
            if named and not name.startswith("-"):
                return name
    return None
