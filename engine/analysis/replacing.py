"""The ways in which a program puts something else in the place of an attribute, besides assigning to it: `setattr`, `patch`,
namespaces, `exec`, `sys.modules`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .assignments import all_values_of
from .module import Module

#: Words without which a file replaces nothing but by an assignment that shows the attribute.
WORDS = (
    "setattr", "delattr", "__setattr__", "__delattr__", "__dict__", "globals", "vars", "locals", "exec", "patch",
    "should_receive", "modules",
)  # fmt: skip
#: Stands for an attribute of which the source does not show the name.
SOME_NAME = "*"
_SETTERS = frozenset({"setattr", "delattr", "__setattr__", "__delattr__", "object", "should_receive"})
_NAMESPACES = frozenset({"globals", "vars", "locals"})
#: Of these only a call counts, and not the module of ``from app.globals import``, nor a word of a sentence.
_IN_CODE = re.compile(
    rb"\b(?:%b)\b|\b(?:globals|vars|locals)[\s\\]*[(#)]"
    % "|".join(word for word in WORDS if word not in _NAMESPACES).encode()
)
_CHANGING = frozenset({"update", "setdefault", "pop", "__setitem__"})
NAMED_IMPORTS = frozenset(
    {
        "import_module",
        "__import__",
        "reload",
        "spec_from_file_location",
        "import_string",
        "locate",
        "run_path",
        "run_module",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Replacement:
    """One place that puts something in the place of an attribute."""

    module: Module
    node: ast.expr | ast.stmt
    #: The attribute; None where the source does not show it.
    name: str | None
    #: What the attribute belongs to; None where only a text names it, or nothing does.
    owner: ast.expr | None = None
    #: The text that names both: "bot.time.sleep".
    dotted: str | None = None

    @property
    def path(self) -> Path:
        """The file."""
        return self.module.path

    @property
    def line(self) -> int:
        """The line, counted from 1."""
        return self.node.lineno


def may_replace(data: bytes) -> bool:
    """Whether `unshown` may find something in a text, as far as that is seen without parsing it."""
    return _IN_CODE.search(data) is not None


def may_show(data: bytes, name: str) -> bool:
    """Whether a text may put something in the place of an attribute in a way that shows its name, or hold a text that ends in it, as
    far as that is seen without parsing it: both stand behind a dot, or begin a literal, and are neither called nor asked for a part.
    """
    if not name.isascii():
        return True
    for found in re.finditer(rb"%b(?!\w)(?![ \t]*[.(\[])" % name.encode(), data):
        start = max(0, found.start() - 1000)
        around = data[start : found.start()]
        before = around.rstrip(b" \t\r\n\f\\")
        if before[-1:] in (b".", b"'", b'"') or (not before and start):
            return True
        if b"\n" in around[len(before) :] and b"#" in before.rpartition(b"\n")[2]:
            return True  # a comment may stand behind the dot
    return False


def unshown(module: Module) -> Iterator[Replacement]:
    """The replacements in a module that do not show the attribute as one."""
    holds = module.project.words.holds
    has_exec, has_modules = holds(module.path, b"exec"), holds(module.path, b"modules")
    for call in module.all(ast.Call):
        last = last_of(call.func)
        if has_exec and module.resolve(call.func) == "builtins.exec":
            yield Replacement(module, call, None)
        if last in _SETTERS or last == "patch":
            yield from _by_setter(module, call)
        if last == "multiple" and call.args:
            yield from _by_keywords(module, call, call.args[0], last)
        elif last in _CHANGING and isinstance(call.func, ast.Attribute):
            for owner in _namespace(call.func.value):
                yield from _by_keywords(module, call, owner, last)
        if last in _NAMESPACES and not call.args and not _is_only_read(module, call):
            yield Replacement(module, call, None)
        if has_modules and any(_is_modules(module, argument) for argument in (*call.args, call.func)):
            yield from _into_modules(module, call)
    for subscript in module.all(ast.Subscript):
        if has_modules and isinstance(subscript.ctx, ast.Store) and _is_modules(module, subscript.value):
            if isinstance(subscript.slice, ast.Name) and subscript.slice.id == "__name__":
                yield Replacement(module, subscript, None)  # the file itself, by another one
            else:
                yield from _module_replaced(module, subscript, subscript.slice)
        for owner in () if isinstance(subscript.ctx, ast.Load) else _namespace(subscript.value):
            yield Replacement(module, subscript, _text(subscript.slice), owner)


def assigned(module: Module) -> list[Replacement]:
    """The assignments of a module to attributes."""
    stored = (node for node in module.all(ast.Attribute) if not isinstance(node.ctx, ast.Load))
    return [Replacement(module, node, node.attr, node.value) for node in stored]


def shown(module: Module) -> dict[str, list[Replacement]]:
    """The replacements in a module that show the attribute, by its name: assignments, and texts that end in it."""
    found: dict[str, list[Replacement]] = {}
    for replacement in module.fact(assigned):
        found.setdefault(str(replacement.name), []).append(replacement)
    for constant in module.all(ast.Constant):
        text = constant.value
        if isinstance(text, str) and "." in text and text.replace(".", "").isidentifier():
            name = text.rpartition(".")[2]
            found.setdefault(name, []).append(Replacement(module, constant, name, None, text))
    return found


# What a text tells of its replacements by itself, see `Project.told`


def names_shown(module: Module) -> frozenset[str]:
    """The attributes that may be replaced, as far as they are shown."""
    return frozenset(module.fact(shown))


def names_unshown(module: Module) -> frozenset[str] | None:
    """The attributes that may be replaced besides."""
    return frozenset(r.name or SOME_NAME for r in unshown(module)) if module.is_self_contained else None


def owners_shown(module: Module) -> frozenset[str] | None:
    """The dotted names of what attributes are assigned to."""
    return _owners(module, module.fact(assigned))


def owners_unshown(module: Module) -> frozenset[str] | None:
    """Those of what attributes are replaced of in other ways."""
    return _owners(module, unshown(module))


def _owners(module: Module, replacements: Iterable[Replacement]) -> frozenset[str] | None:
    if not module.is_self_contained:
        return None
    owners = [r.owner for r in replacements if r.owner is not None]
    return frozenset(name for owner in owners for name in module.candidates(owner) if name)


def takes_by_name(module: Module) -> bool:
    """Whether it may load a module by its name in a text, or look into `sys.modules`."""
    named = (call for call in module.all(ast.Call) if last_of(call.func) in (*NAMED_IMPORTS, "getmodule"))
    return any(named) or bool(module.attributes("modules"))


def _by_setter(module: Module, call: ast.Call) -> Iterator[Replacement]:
    """`setattr(bot, "POSTS", 5)`, `patch.object(bot, "rules")`, `monkeypatch.setattr("bot.rules", …)`, `object.__setattr__(x, "y", z)`."""
    match call.args:
        case [ast.Constant(value=str(text)), *_] if last_of(call.func) in ("patch", "setattr", "delattr"):
            if "." in text:
                yield Replacement(module, call, text.rpartition(".")[2], None, text)
            return
        case [owner, ast.Constant(value=str(name)), *_]:
            yield Replacement(module, call, name, owner)
        case [owner, _, *_]:
            yield Replacement(module, call, None, owner)
        case [ast.Constant(value=str(name))] if isinstance(
            call.func, ast.Attribute
        ):  # flexmock(bot).should_receive("rules")
            yield Replacement(module, call, name, call.func.value)
        case [first] if last_of(call.func) == "patch":  # patch(f"{MODULE}.rules")
            yield Replacement(module, call, None, first)


def _is_modules(module: Module, node: ast.expr) -> bool:
    """Whether an expression is `sys.modules`, its name as a text, or a method of it."""
    owner = node.value if isinstance(node, ast.Attribute) and node.attr in _CHANGING else node
    return module.resolve(owner) == "sys.modules" or _text(node) == "sys.modules"


def _into_modules(module: Module, call: ast.Call) -> Iterator[Replacement]:
    """`monkeypatch.setitem(sys.modules, "time", fake)`, `patch.dict("sys.modules", {"time": fake})`.

    What is taken out is loaded anew where it is imported again, and is what it was.
    """
    given = [argument for argument in call.args if not _is_modules(module, argument)]
    if given and last_of(call.func) in (*_CHANGING - {"pop"}, "dict", "setitem"):
        keys = given[0].keys if isinstance(given[0], ast.Dict) else given[:1]
        for key in keys:
            yield from _module_replaced(module, call, key)


def _module_replaced(module: Module, node: ast.expr, key: ast.expr | None) -> Iterator[Replacement]:
    """What is put in the place of a whole module; not what a loader of plugins puts there under its own name."""
    if (values := all_values_of(module, key) if key else ()) and None not in (names := [*map(_text, values)]):
        yield from (Replacement(module, node, name.rpartition(".")[2], None, name) for name in names if name)
        return
    name = _text(key) if key else None
    begins = _text(key.values[0]) if isinstance(key, ast.JoinedStr) and key.values else None
    if name is not None:
        yield Replacement(module, node, name.rpartition(".")[2], None, name)
    elif begins is not None and "." in begins:  # one of a package: f"services.{name}"
        yield Replacement(module, node, None, None, f"{begins.rpartition('.')[0]}.*")
    elif not module.project.words.holds(module.path, b"module_from_spec"):
        yield Replacement(module, node, None, None, "*")


def _by_keywords(module: Module, call: ast.Call, owner: ast.expr | None, last: str) -> Iterator[Replacement]:
    given = call.args[1:] if last == "multiple" else call.args
    if last not in ("update", "multiple"):
        yield Replacement(module, call, _text(given[0]) if given else None, owner)
        return
    for argument in given:
        if isinstance(argument, ast.Dict) and all(isinstance(key, ast.Constant) for key in argument.keys):
            yield from (
                Replacement(module, call, str(key.value), owner)
                for key in argument.keys
                if isinstance(key, ast.Constant)
            )
        else:
            yield Replacement(module, call, None, owner)
    yield from (Replacement(module, call, keyword.arg, owner) for keyword in call.keywords)


def _namespace(node: ast.expr) -> tuple[ast.expr | None, ...]:
    """What the namespace that an expression stands for belongs to: None for that of the code itself; nothing where it is none."""
    match node:
        case ast.Call(func=func, args=[]) if last_of(func) in _NAMESPACES:
            return (None,)
        case ast.Call(func=func, args=[owner]) if last_of(func) == "vars":
            return (owner,)
        case ast.Attribute(attr="__dict__", value=owner):
            return (owner,)
    return ()


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_only_read(module: Module, call: ast.Call) -> bool:
    """Whether a namespace is read or changed where it stands, so that nothing else changes it."""
    match module.parent(call):
        case ast.Subscript() | ast.Compare():
            return True
        case ast.Attribute(
            attr="get" | "items" | "keys" | "values" | "copy" | "update" | "setdefault" | "pop" | "__setitem__"
        ):
            return True
        case ast.Call(func=function):
            return module.resolve(function) in (
                "builtins.dict",
                "builtins.print",
                "builtins.sorted",
                "builtins.list",
                "builtins.len",
            )
        case ast.keyword(arg=None):
            return True
    return module.function(call) is not None and last_of(call.func) != "globals"


def last_of(function: ast.AST | None) -> str:
    """The last part of a name, "" for something else."""
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )
