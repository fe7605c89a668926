"""Files and folders that every run of a program, or of the function around it, changes alike: two runs at once would meet there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ....engine.analysis.files import accesses, key_of
from ....engine.analysis.module import Module
from ....engine.analysis.scope import FunctionNode

#: Programs that only read the files they are given.
_READERS = frozenset(
    "cat head tail grep wc ls du df stat file md5sum sha1sum sha256sum sha512sum git pip pip3 python python3 which test sh bash "
    "systemctl journalctl ps echo printf ping uptime true false sleep cd apt apt-get kill pkill ffprobe mediainfo".split()
)
#: Programs whose every argument is a file that they change, or is put into one.
_CHANGERS = frozenset("rm mv cp touch mkdir rmdir ln unzip wget".split())
#: Programs that run the one behind them.
_BEFORE = frozenset("sudo nohup nice ionice env time setsid stdbuf".split())
#: What git does to its folder, of which only one run at a time is let in: the others fail.
_GIT = frozenset("pull fetch checkout reset commit merge stash add rebase restore clean switch revert rm mv".split())
_FILE = re.compile(r"[\w./~*?\[\]-]*[\w*?\]]\.\d*[A-Za-z]\w{0,4}")
_WRITTEN = re.compile(r"(?<![&\d])\d?>>?\s*(?![&\s\0])([^\s\0;&|]+)(?=[\s;&|]|$)")
_SAME = frozenset(
    "builtins.str pathlib.Path os.fspath os.path.abspath os.path.realpath os.path.expanduser shlex.quote shlex.split".split()
)
#: What changes whole folders, and which argument names the folder: the first one of those that remove it.
_FOLDERS = {
    "os.rmdir": 0, "os.removedirs": 0, "shutil.rmtree": 0, "shutil.copytree": 1, "shutil.unpack_archive": 1,
}  # fmt: skip


def fixed_file(module: Module, call: ast.Call) -> str | None:
    """What the command names of files whose name is always the same and that the program may change, as a clause.

    "the command names out.png", as far as the command, or the variables that it is made of, are written out.
    """
    if any(keyword.arg == "cwd" and _text(module, keyword.value) == "\0" for keyword in call.keywords):
        return None  # in a folder of its own
    command = next(iter(call.args), None)
    if command is None:
        return None
    added = list(_added(module, command))
    command = _written_out(module, command)
    if isinstance(command, (ast.List, ast.Tuple)):
        words = [_text(module, element) for element in (*command.elts, *added)]
        if words[1:2] == ["-c"]:
            return _changed(" ".join(words[2:]))
        return _changed(" ".join(word if word.isprintable() and " " not in word else "\0" for word in words))
    return _changed(_text(module, command))


def _written_out(module: Module, expression: ast.expr, depth: int = 0) -> ast.expr:
    """The value behind a variable that one assignment binds."""
    if isinstance(expression, ast.Call) and len(expression.args) == 1 and module.resolve(expression.func) in _SAME:
        return _written_out(module, expression.args[0], depth + 1) if depth < 6 else expression
    if isinstance(expression, ast.Name) and depth < 6:
        bindings = [b.node for b in module.bindings(expression.id, expression)]
        first = [node for node in bindings if not isinstance(module.parent(node), ast.AugAssign)]
        parent = module.parent(first[0]) if len(first) == 1 else None
        if isinstance(parent, ast.Assign) and parent.targets == first:
            return _written_out(module, parent.value, depth + 1)
    return expression


def _added(module: Module, command: ast.expr) -> Iterator[ast.expr]:
    """What a list in a variable gets besides: ``command.append("out.png")``, ``command += ["out.png"]``."""
    scope = module.scope(command).find(command.id) if isinstance(command, ast.Name) else None
    if scope is None or not isinstance(command, ast.Name):
        return
    more: list[ast.expr] = []
    for use in module.uses(command.id, scope):
        method = module.parent(use)
        call = module.parent(method) if isinstance(method, ast.Attribute) else None
        if isinstance(method, ast.Attribute) and isinstance(call, ast.Call) and call.func is method:
            more += call.args if method.attr in ("append", "extend", "insert") else []
    for binding in scope.bindings[command.id]:
        statement = module.parent(binding.node)
        more += [statement.value] if isinstance(statement, ast.AugAssign) else []
    for value in more:
        yield from value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value]


def _text(module: Module, expression: ast.expr, depth: int = 0) -> str:
    """The text of what is written out; what is known only when the bot runs is a null byte."""
    if depth > 20:
        return "\0"

    def text(part: ast.expr) -> str:
        return _text(module, part, depth + 1)

    match _written_out(module, expression):
        case ast.Constant(value=str(constant)):
            return constant
        case ast.JoinedStr(values=values):
            return "".join(map(text, values))
        case ast.FormattedValue(value=value):
            return text(value)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return text(left) + text(right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return f"{text(left)}/{text(right)}"
        case ast.BinOp(left=left, op=ast.Mod()):
            return re.sub(r"%\(?\w*\)?[sdr]", "\0", text(left))
        case ast.Call(func=ast.Attribute(value=left, attr="format")):
            return re.sub(r"\{[^{}]*\}", "\0", text(left))
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value=" "), attr="join"), args=[ast.List() | ast.Tuple() as words]
        ):
            return " ".join(map(text, words.elts))
        case ast.Call(func=function, args=parts) if module.resolve(function) == "os.path.join":
            return "/".join(map(text, parts))
    return "\0"


def _changed(command: str) -> str | None:
    for written in _WRITTEN.findall(command):
        if not written.startswith("/dev/"):
            return "the command names " + str(written).strip("'\"")
    for part in re.split(r"[;&|]+", command):
        words = part.split()
        while words and (words[0] in _BEFORE or re.fullmatch(r"\w+=.*", words[0])):
            words = words[1:]
        program = words[0].rpartition("/")[2] if words else "true"
        if program == "git" and (done := "".join(words[3:4] if words[1:2] in (["-C"], ["-c"]) else words[1:2])) in _GIT:
            return f"git {done} needs its folder for itself"
        for word in words[1:] if program not in _READERS else ():
            name = word.strip("'\"")
            named = program in _CHANGERS and name.isprintable() or _FILE.fullmatch(name)
            if named and not name.startswith("-"):
                return f"the command names {name}"
    return None


def changed_files(module: Module, function: FunctionNode) -> Iterator[tuple[ast.Call, str, bool, bool]]:
    """What a function itself writes and removes: the call, the path, whether it is of a fixed name, whether it goes."""
    for access in accesses(module):
        if module.function(access.node) is function and access.kind not in ("read", "probe"):
            yield access.node, module.segment(access.path), _is_fixed(module, access.path), access.kind == "remove"
    for call in module.all(ast.Call):
        if module.function(call) is not function:
            continue
        index = _FOLDERS.get(module.resolve(call.func) or "")
        if index is not None and len(call.args) > index:
            path = call.args[index]
            yield call, module.segment(path), _is_fixed(module, path), index == 0


def _is_fixed(module: Module, path: ast.expr) -> bool:
    return key_of(module, path).sort in ("constant", "global") or "\0" not in _text(module, path)
