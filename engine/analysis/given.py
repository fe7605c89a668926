"""Which methods may be a project's own: under what names it gives something to a class or an object, in whatever way."""

from __future__ import annotations

import ast
import re
from functools import cached_property
from pathlib import Path

from .assignments import all_values_of
from .escapes import hands_on_class
from .immutable import is_of_immutable
from .module import Module, Project
from .replacements import Replacements
from .replacing import Replacement
from .resolver import Resolver

#: Methods by which a class decides what its attributes are.
_DECIDING = ("__getattr__", "__getattribute__")


class Given:
    """The names under which a project may give a function of its own to something. Ask `Project.fact(Given)`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._resolver = project.fact(Resolver)
        self._replacements = project.fact(Replacements)
        self._known: dict[str, bool] = {}
        #: What the files give whose text does not tell it by itself; None for what cannot be parsed.
        self._by_file: dict[Path, frozenset[str] | None] = {}

    def may_be(self, method: str) -> bool:
        """Whether a method of that name may be one of the project, of some object."""
        return any(map(self._is_given, (method, *_DECIDING)))

    def _is_given(self, name: str) -> bool:
        if name not in self._known:
            given = any(self._gives(path, name) for path in self._resolver.mentioning([name]))
            self._known[name] = given or any(map(self._sets, self._replacements.unshown_of(name)))
        return self._known[name]

    def _sets(self, found: Replacement) -> bool:
        """Whether ``setattr(cls, "send", send_menu)`` may give something a method: it shows the name, or is of what may be a
        library's class.
        """
        if found.name is not None or found.owner is None:
            return found.owner is not None
        return any(target or self._hands_on_classes for target in self._replacements.targets(found))

    @cached_property
    def _hands_on_classes(self) -> bool:
        modules = map(self._resolver.module, self._project.files)
        return any(module is not None and hands_on_class(self._resolver, module) for module in modules)

    def _gives(self, path: Path, name: str) -> bool:
        data = self._project.data(path)
        # what is only called behind a dot, or asked for a part, is not given anything there
        if not re.search(rb"(?<![.\w])%b\b|\.\s*%b\b(?!\s*[(.\[])" % (name.encode(), name.encode()), data):
            return False
        names = self._project.told(path, names_given)
        if names is None:
            if path not in self._by_file:
                module = self._resolver.module(path)
                self._by_file[path] = _names_given(module) if module else None
            names = self._by_file[path]
        return names is None or name in names  # what cannot be parsed may give any


def names_given(module: Module) -> frozenset[str] | None:
    """The names under which a file gives something, as far as its text tells by itself, see `Project.told`."""
    return _names_given(module) if module.is_self_contained else None


def _names_given(module: Module) -> frozenset[str]:
    """What it assigns to attributes, binds in the bodies of classes, and hands on by name: ``SimpleNamespace(send=send_menu)``."""
    stored = [node for node in module.all(ast.Attribute) if isinstance(node.ctx, ast.Store)]
    names = {node.attr for node in stored if not _is_no_function(module, _assigned(module, node))}
    for cls in module.all(ast.ClassDef):
        for name, bindings in module.names.opened[cls].bindings.items():
            names |= {name for binding in bindings if not _is_plain_field(module, binding.node)}
    for call in module.all(ast.Call):
        names |= {
            keyword.arg for keyword in call.keywords if keyword.arg and not _is_no_function(module, keyword.value)
        }
    return frozenset(names)


def is_plain(found: Replacement) -> bool:
    """Whether what is assigned to an attribute is no function: ``user.delete = True``."""
    return isinstance(found.owner, ast.expr) and _is_no_function(found.module, _assigned(found.module, found.node))


def gives_function(found: Replacement) -> bool:
    """Whether what is assigned to an attribute is a function: ``message.reply = quiet``."""
    value = _assigned(found.module, found.node)
    return isinstance(value, ast.Lambda) or (value is not None and found.module.definition(value) is not None)


def _assigned(module: Module, target: ast.AST) -> ast.expr | None:
    statement = module.parent(target)
    return statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None


def _is_plain_field(module: Module, target: ast.AST) -> bool:
    """Whether what a class binds is no function: ``format = "png"``, ``format: str``."""
    declared = module.parent(target)
    if isinstance(declared, ast.AnnAssign) and is_of_immutable(module, declared.annotation):
        return True
    return _is_no_function(module, _assigned(module, target))


def _is_no_function(module: Module, value: ast.expr | None, depth: int = 0) -> bool:
    match value:
        case ast.Constant() | ast.JoinedStr() | ast.BinOp() | ast.Compare() | ast.List() | ast.Dict() | ast.Tuple():
            return True
        case ast.Name() if depth < 3:
            values = all_values_of(module, value)
            return bool(values) and all(_is_no_function(module, one, depth + 1) for one in values)
    return False
