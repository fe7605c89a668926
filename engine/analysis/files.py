"""Where code touches files: what is opened and how, what reads, writes or removes a path, and which paths are the same file."""

from __future__ import annotations

import ast
import fnmatch
import os.path
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .follow import places
from .literal import NotLiteral, evaluate
from .module import Module

#: "write" replaces the whole content, "change" does something to it in place, "probe" looks whether it is there.
Kind = Literal["read", "write", "change", "remove", "probe"]

_OPENERS = frozenset({"builtins.open", "io.open"})
_AIO_OPENERS = frozenset({"aiofiles.open", "aiofiles.threadpool.open", "anyio.open_file"})
_PATH_TYPES = frozenset(
    {"pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib.Path.cwd", "pathlib.Path.home"}
)
_PATH_METHODS = frozenset("resolve absolute expanduser with_suffix with_name with_stem joinpath relative_to".split())
_MODE = re.compile(r"[rwaxbtU+]{1,4}")
#: Methods of `pathlib.Path` that block, and what they do to the file.
PATH_CALLS: dict[str, Kind] = {
    "read_text": "read",
    "read_bytes": "read",
    "write_text": "change",
    "write_bytes": "change",
}
#: Functions that touch the file named by one argument: (index of the argument, what it does).
_PATH_FUNCTIONS: dict[str, tuple[tuple[int, Kind], ...]] = {
    "os.path.exists": ((0, "probe"),), "os.path.isfile": ((0, "probe"),), "os.path.getsize": ((0, "probe"),), "os.stat": ((0, "probe"),),
    "os.path.getmtime": ((0, "probe"),), "os.access": ((0, "probe"),), "os.remove": ((0, "remove"),), "os.unlink": ((0, "remove"),),
    "os.truncate": ((0, "change"),), "os.rename": ((0, "remove"), (1, "write")), "os.replace": ((0, "remove"), (1, "write")),
    "shutil.copy": ((0, "read"), (1, "change")), "shutil.copy2": ((0, "read"), (1, "change")),
    "shutil.copyfile": ((0, "read"), (1, "change")), "shutil.move": ((0, "remove"), (1, "change")),
}  # fmt: skip
_PATH_METHOD_KINDS: dict[str, Kind] = {
    **PATH_CALLS,
    "exists": "probe",
    "is_file": "probe",
    "stat": "probe",
    "unlink": "remove",
}


@dataclass(frozen=True, slots=True, eq=False)
class Opening:
    """A call that opens a file."""

    call: ast.Call
    path: ast.expr
    #: The mode as written; None where the source does not show it.
    mode: str | None
    #: ``path.open()`` instead of ``open(path)``.
    method: bool = False
    #: aiofiles opens it.
    awaited: bool = False

    @property
    def kind(self) -> Kind:
        """What the block does to the file, by the mode."""
        if self.mode is not None and "w" in self.mode:
            return "write"
        return "change" if self.mode is None or set(self.mode) & set("ax+") else "read"

    @property
    def binary(self) -> bool:
        """Whether it is opened for bytes."""
        return self.mode is not None and "b" in self.mode


@dataclass(frozen=True, slots=True)
class Key:
    """Which file a path expression names. Equal keys name the same file; unequal ones may only where the path is computed."""

    #: "constant", "global" (a module-level variable), "parameter", "attribute" (of an object) or "expression" (anything else).
    sort: str
    name: str
    #: The module or function whose name it is.
    owner: object = None

    def __str__(self) -> str:
        return repr(self.name) if self.sort == "constant" else self.name


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """One place that touches a file."""

    node: ast.Call
    path: ast.expr
    kind: Kind
    opening: Opening | None = None


def opening(module: Module, call: ast.Call) -> Opening | None:
    """What a call opens, if it is `open()`, `io.open()`, `Path.open()` or one of aiofiles' equivalents."""
    names = module.candidates(call.func)
    if names == {"builtins.open"} and places(module, "open", call.func):
        return None  # a star import of the project's hides the builtin
    if names & (_OPENERS | _AIO_OPENERS):
        path = _argument(call, 0, "file")
        if path is None or isinstance(path, ast.Starred):
            return None
        return Opening(call, path, _mode(call, 1), awaited=not names & _OPENERS)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "open" and is_path(module, call.func.value):
        return Opening(call, call.func.value, _mode(call, 0), method=True)
    return None


def _argument(call: ast.Call, index: int, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[index] if len(call.args) > index else None


def _mode(call: ast.Call, index: int) -> str | None:
    if any(isinstance(argument, ast.Starred) for argument in call.args) or any(k.arg is None for k in call.keywords):
        return None
    mode = _argument(call, index, "mode")
    if mode is None:
        return "r"
    if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and _MODE.fullmatch(mode.value):
        return mode.value
    return None


def is_path(module: Module, expression: ast.expr, depth: int = 0) -> bool:
    """Whether an expression is a `pathlib.Path` by what the source shows."""
    if depth > 6:
        return False
    match expression:
        case ast.Call(func=function):
            if module.resolve(function) in _PATH_TYPES:
                return True
            return (
                isinstance(function, ast.Attribute)
                and function.attr in _PATH_METHODS
                and is_path(module, function.value, depth + 1)
            )
        case ast.BinOp(left=left, op=ast.Div()):
            return is_path(module, left, depth + 1)
        case ast.Attribute(value=value, attr="parent"):
            return is_path(module, value, depth + 1)
        case ast.Name(id=name):
            bindings = module.bindings(name, expression)
            return bool(bindings) and all(_binds_path(module, binding.node, depth) for binding in bindings)
    return False


def _binds_path(module: Module, node: ast.AST, depth: int) -> bool:
    parent = module.parent(node)
    if isinstance(node, ast.arg):
        return node.annotation is not None and module.resolve(node.annotation) in _PATH_TYPES
    if isinstance(parent, ast.Assign) and parent.targets == [node]:
        return is_path(module, parent.value, depth + 1)
    if isinstance(parent, ast.AnnAssign):
        return module.resolve(parent.annotation) in _PATH_TYPES
    return False


def accesses(module: Module) -> Iterator[Access]:
    """Every call of the module that touches a file, as far as it is recognised, in source order."""
    for call in module.all(ast.Call):
        if found := opening(module, call):
            yield Access(call, found.path, found.kind, found)
            continue
        function = module.resolve(call.func)
        for index, kind in _PATH_FUNCTIONS.get(function or "", ()):
            if len(call.args) > index and not isinstance(call.args[index], ast.Starred):
                yield Access(call, call.args[index], kind)
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in _PATH_METHOD_KINDS
            and is_path(module, call.func.value)
        ):
            yield Access(call, call.func.value, _PATH_METHOD_KINDS[call.func.attr])


def key_of(module: Module, path: ast.expr, depth: int = 0) -> Key:
    """Which file `path` names: by its value where the source decides it, else by the variable or expression that holds it."""
    try:
        value = evaluate(module, path)
    except NotLiteral:
        value = None
    if isinstance(value, str):
        return Key("constant", os.path.normpath(value))
    match path:
        case ast.Call(func=function, args=[inner], keywords=[]) if names_same(module, function):
            return key_of(module, inner, depth + 1)
        case ast.Name(id=name):
            return _key_of_name(module, path, name, depth)
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
            return Key("attribute", f"self.{attr}", _class_around(module, path))
        case ast.Attribute() if dotted := module.resolve(path):
            return Key("global", dotted, None)
    return Key("expression", ast.unparse(path), module.function(path))


def names_same(module: Module, function: ast.expr) -> bool:
    """Whether what a function gives names the same file as its one argument."""
    return module.resolve(function) in _PATH_TYPES | {
        "builtins.str",
        "os.fspath",
        "os.path.abspath",
        "os.path.realpath",
    }


def _key_of_name(module: Module, node: ast.Name, name: str, depth: int) -> Key:
    scope = module.scope(node).find(name)
    bindings = scope.bindings[name] if scope else []
    if scope is None or len(bindings) != 1:
        return Key("expression", name, scope.node if scope else None)
    binding = bindings[0]
    if binding.kind == "parameter":
        return Key("parameter", name, scope.node)
    parent = module.parent(binding.node)
    value = parent.value if isinstance(parent, (ast.Assign, ast.AnnAssign)) else None
    simple = isinstance(parent, ast.AnnAssign) or (isinstance(parent, ast.Assign) and parent.targets == [binding.node])
    if scope.kind == "module":
        if binding.qualified:
            return Key("global", binding.qualified, module.path if binding.qualified.startswith(".") else None)
        if (
            simple
            and isinstance(value, ast.Call)
            and names_same(module, value.func)
            and depth < 6
            and len(value.args) == 1
        ):
            inner = key_of(module, value.args[0], depth + 1)
            if inner.sort in ("constant", "global"):
                return inner
        return Key("global", name, module.path)
    if simple and value is not None and depth < 6 and isinstance(value, (ast.Constant, ast.Name, ast.Attribute)):
        return key_of(module, value, depth + 1)
    return Key("expression", name, scope.node)


def _class_around(module: Module, node: ast.AST) -> ast.AST | None:
    return next((ancestor for ancestor in module.ancestors(node) if isinstance(ancestor, ast.ClassDef)), None)


def mentions(module: Module, function: ast.AST, key: Key) -> list[ast.AST]:
    """The calls of a function that are given the path of a file, awaited ones left out: what they do with it is not known."""
    found: list[ast.AST] = []
    for call in module.all(ast.Call):
        if module.function(call) is function and not isinstance(module.parent(call), ast.Await):
            for argument in call.args:
                if isinstance(argument, (ast.Constant, ast.Name)) and key_of(module, argument) == key:
                    found.append(call)
    return found


# Patterns


def pattern_of(module: Module, path: ast.expr, depth: int = 0) -> str:
    """The path with ``*`` for what is known only when the bot runs; ``*`` alone where nothing is known."""
    try:
        value = evaluate(module, path)
    except NotLiteral:
        value = None
    if isinstance(value, str):
        return os.path.normpath(value)
    if depth > 6:
        return "*"

    def part(expression: ast.expr) -> str:
        return pattern_of(module, expression, depth + 1)

    match path:
        case ast.JoinedStr(values=values):
            pieces = [str(v.value) if isinstance(v, ast.Constant) else "*" for v in values]
            return os.path.normpath("".join(pieces))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return part(left) + part(right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return os.path.join(part(left), part(right))
        case ast.Call(func=function, args=arguments) if arguments and module.resolve(function) == "os.path.join":
            return os.path.normpath(os.path.join(*map(part, arguments)))
        case ast.Call(func=function, args=[inner]) if names_same(module, function):
            return part(inner)
        case ast.Name(id=name):
            bindings = module.bindings(name, path)
            parent = module.parent(bindings[0].node) if len(bindings) == 1 else None
            if isinstance(parent, ast.Assign) and parent.targets == [bindings[0].node]:
                return part(parent.value)
    return "*"


#: What gives another path in each call.
_FRESH = ("tempfile.", "uuid.", "secrets.token")


def is_fresh(module: Module, path: ast.expr, depth: int = 0) -> bool:
    """Whether a path is made anew in each call, so that no two calls of a function name the same file."""
    for part in ast.walk(path):
        if isinstance(part, ast.Call) and (module.resolve(part.func) or "").startswith(_FRESH):
            return True
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and depth < 4:
            bindings = module.bindings(part.id, part)
            parent = module.parent(bindings[0].node) if len(bindings) == 1 else None
            value = None
            if isinstance(parent, ast.Assign) and parent.targets == [bindings[0].node]:
                value = parent.value
            elif isinstance(parent, ast.withitem):
                value = parent.context_expr
            local = value is not None and module.scope(bindings[0].node) is not module.names.root
            if local and value is not None and is_fresh(module, value, depth + 1):
                return True
    return False


def is_descriptor(module: Module, path: ast.expr) -> bool:
    """Whether what is opened is the number of an open file, not a path."""
    value: ast.expr | None = path
    if isinstance(path, ast.Name):
        bindings = module.bindings(path.id, path)
        parent = module.parent(bindings[0].node) if len(bindings) == 1 else None
        if isinstance(parent, ast.Tuple) and parent.elts[:1] == [bindings[0].node]:
            made = module.parent(parent)
            value = made.value if isinstance(made, ast.Assign) else None
            return isinstance(value, ast.Call) and module.resolve(value.func) == "tempfile.mkstemp"
        value = parent.value if isinstance(parent, ast.Assign) else None
    if isinstance(value, ast.Call):
        return module.resolve(value.func) in ("os.open", "os.dup") or (
            isinstance(value.func, ast.Attribute) and value.func.attr == "fileno"
        )
    return False


#: Functions that make paths of all sorts.
_GENERAL = ("builtins.", "pathlib.", "os.", "posixpath.", *_FRESH)


def made_by(module: Module, path: ast.expr) -> str | None:
    """The function that a path comes from, as the code names it: what it gives twice may be one file."""
    value = path
    if isinstance(path, ast.Name):
        bindings = module.bindings(path.id, path)
        parent = module.parent(bindings[0].node) if len(bindings) == 1 else None
        if isinstance(parent, ast.Assign) and parent.targets == [bindings[0].node]:
            value = parent.value
    if isinstance(value, ast.Call) and not (module.resolve(value.func) or "").startswith(_GENERAL):
        return ast.unparse(value.func)
    return None


def may_meet(one: str, other: str) -> bool:
    """Whether two patterns may name one file; those of which nothing is known are taken for files of their own."""
    if not one.strip("*/") or not other.strip("*/"):
        return False
    first, second = ((text.partition("*")[0], text.rpartition("*")[2], "*" in text) for text in (one, other))
    if not first[2] or not second[2]:
        return (
            fnmatch.fnmatchcase(one, other)
            if second[2]
            else fnmatch.fnmatchcase(other, one)
            if first[2]
            else one == other
        )
    begins = first[0].startswith(second[0]) or second[0].startswith(first[0])
    return begins and (first[1].endswith(second[1]) or second[1].endswith(first[1]))
