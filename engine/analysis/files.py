"""Where code touches files: what is opened and how, what reads, writes or removes a path, and which paths are the same file."""

from __future__ import annotations

import ast
import os.path
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .asked_once import asked_once
from .follow import places
from .literal import text_of
from .module import Module
from .resolver import class_around

#: "write" replaces the whole content, "change" does something to it in place, "probe" looks whether it is there.
Kind = Literal["read", "write", "change", "remove", "probe"]

_OPENERS = frozenset({"builtins.open", "io.open"})
_AIO_OPENERS = frozenset({"aiofiles.open", "aiofiles.threadpool.open", "anyio.open_file"})
#: Everything that opens a file and is called by a name.
OPENERS = _OPENERS | _AIO_OPENERS
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
    if names & OPENERS:
        path = argument(call, 0, "file")
        if path is None or isinstance(path, ast.Starred):
            return None
        return Opening(call, path, _mode(call, 1), awaited=not names & _OPENERS)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "open" and is_path(module, call.func.value):
        return Opening(call, call.func.value, _mode(call, 0), method=True)
    return None


def argument(call: ast.Call, index: int, name: str) -> ast.expr | None:
    """What a call gives for a parameter, by its name or its place."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[index] if len(call.args) > index else None


def _mode(call: ast.Call, index: int) -> str | None:
    if any(isinstance(given, ast.Starred) for given in call.args) or any(k.arg is None for k in call.keywords):
        return None
    mode = argument(call, index, "mode")
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
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
            stores = [a for a in module.attributes(attr) if not isinstance(a.ctx, ast.Load)]
            return bool(stores) and all(_binds_path(module, store, depth) for store in stores)
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


@asked_once
def accesses(module: Module) -> list[Access]:
    """Every call of the module that touches a file, as far as it is recognised, in source order."""
    return [access for call in module.all(ast.Call) for access in accesses_by(module, call)]


def accesses_by(module: Module, call: ast.Call) -> Iterator[Access]:
    """What a call touches: one file, or two where it copies or moves."""
    if found := opening(module, call):
        yield Access(call, found.path, found.kind, found)
        return
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
    if (text := text_of(module, path)) is not None:
        return Key("constant", os.path.normpath(text))
    match path:
        case ast.Call(func=function, args=[inner], keywords=[]) if names_same(module, function):
            return key_of(module, inner, depth + 1)
        case ast.Name(id=name):
            return _key_of_name(module, path, name, depth)
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
            return Key("attribute", f"self.{attr}", class_around(module, path))
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
