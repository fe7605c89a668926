"""Which parameters are only ever given what nothing can change in place: by their annotation, or by all calls there are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...knowledge.purity import MUTATING_METHODS
from .assignments import given_for
from .calls.graph import CallGraph
from .container_uses import is_immutable
from .module import Module, Project
from .resolver import Resolver
from .scope import FunctionNode

_TYPES = frozenset(f"builtins.{name}" for name in "str int float bool bytes complex".split()) | frozenset(
    "datetime.datetime datetime.date datetime.timedelta decimal.Decimal uuid.UUID pathlib.Path".split()
)
#: Attributes of the types of the Bot API, and of Telethon's and Pyrogram's messages, that are texts, numbers or None.
_OF_TELEGRAM = frozenset("id user_id chat_id message_id sender_id username first_name last_name text raw_text".split())
_GIVES = frozenset(f"builtins.{name}" for name in "str int float bool len repr abs round hash id format".split())
#: Methods of texts that give texts.
OF_TEXTS = frozenset("strip lstrip rstrip lower upper title capitalize casefold replace format join".split())
#: Those of them that nothing but a text has, unless a class of the project does.
_ONLY_OF_TEXTS = frozenset("strip lstrip rstrip casefold capitalize".split())
#: Methods of texts that give several.
_GIVE_TEXTS = frozenset("split rsplit splitlines partition rpartition".split())
_DEPTH = 8
_WRAPPERS = frozenset({"typing.Optional", "typing.Union", "typing.Final"})


def is_of_immutable(module: Module, annotation: ast.expr | None) -> bool:
    """Whether an annotation names only types whose objects never change: ``str``, ``int | None``, ``Optional[bytes]``."""
    match annotation:
        case ast.Constant(value=None):
            return True
        case ast.Constant(value=str(text)):
            return all(part.strip() in ("str", "int", "float", "bool", "bytes", "None") for part in text.split("|"))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return is_of_immutable(module, left) and is_of_immutable(module, right)
        case ast.Subscript(value=wrapper, slice=inner):
            name = module.resolve(wrapper)
            if name == "typing.Literal":
                return True
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return name in _WRAPPERS and all(is_of_immutable(module, part) for part in parts)
        case ast.Name() | ast.Attribute():
            return module.resolve(annotation) in _TYPES
    return False


def is_given_immutable(resolver: Resolver, module: Module, name: ast.Name) -> bool:
    """Whether a name is a parameter of its function that nothing else binds, and is only given what never changes.

    Where its annotation does not say so, that is known of the parameters of ``__init__`` alone, from all calls of the class.
    """
    bindings = module.bindings(name.id, name)
    if len(bindings) != 1 or not isinstance(argument := bindings[0].node, ast.arg):
        return False
    if argument.annotation is not None:
        return is_of_immutable(module, argument.annotation)
    function = module.function(name)
    owner = module.parent(function) if function else None
    if not isinstance(function, ast.FunctionDef) or function.name != "__init__" or not isinstance(owner, ast.ClassDef):
        return False
    given = list(_given(resolver, module, owner, function, argument))
    return bool(given) and all(value is not None and is_immutable(where, value) for where, value in given)


def _given(
    resolver: Resolver, module: Module, cls: ast.ClassDef, function: FunctionNode, argument: ast.arg
) -> Iterator[tuple[Module, ast.expr | None]]:
    """What each use of a class gives for a parameter of its ``__init__``; None where it is no call, or the call does not show it."""
    for path in resolver.mentioning([cls.name]):
        where = resolver.module(path)
        if where is None:
            yield module, None
            return
        for node in where.all(ast.Name, ast.Attribute):
            meant = resolver.definition(where, node)
            if meant is None or meant[1] is not cls:
                continue
            call = where.parent(node)
            if not isinstance(call, ast.Call) or call.func is not node:
                yield where, None
                continue
            yield where, given_for(call, function, argument, bound=True)


class Options:
    """Values out of the ``**options`` of functions. Ask `Project.fact(Options)`."""

    def __init__(self, project: Project) -> None:
        self._graph = project.fact(CallGraph)
        self._known: dict[ast.expr, bool] = {}

    def is_constant(self, module: Module, value: ast.expr) -> bool:
        """Whether a value is taken out of the ``**options`` of its function, to which every call gives a constant or nothing."""
        if value not in self._known:
            self._known[value] = self._find(module, value)
        return self._known[value]

    def _find(self, module: Module, value: ast.expr) -> bool:
        match value:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=options), attr="get" | "pop"),
                args=[ast.Constant(value=str(name)), *rest],
                keywords=[],
            ) if all(isinstance(default, ast.Constant) for default in rest):
                pass
            case _:
                return False
        function = module.function(value)
        if function is None or function.args.kwarg is None or function.args.kwarg.arg != options:
            return False
        if any(_is_set(module, use, name) for use in module.uses(options, module.names.opened[function])):
            return False
        uses = self._graph.uses([(module, function)])[function]
        given = [keyword for use in uses if use.call is not None for keyword in use.call.keywords]
        is_other = any(k.arg is None or (k.arg == name and not isinstance(k.value, ast.Constant)) for k in given)
        return bool(uses) and all(use.call is not None for use in uses) and not is_other


def _is_set(module: Module, use: ast.Name, name: str) -> bool:
    """Whether a use of options may set the one of a name."""
    match module.parent(use):
        case ast.Attribute(attr="get" | "pop") | ast.Compare() | ast.keyword(arg=None):
            return False
        case ast.Subscript(slice=ast.Constant(value=other)):
            return other == name and isinstance(module.parent(use).ctx, ast.Store)  # type: ignore[union-attr]
    return True


def _has_own(module: Module, method: str) -> bool:
    return module.project.contains(f"def {method}(".encode())


def is_text_or_number(resolver: Resolver, module: Module, value: ast.expr, depth: int = 0) -> bool:
    """Whether a value is a text, a number or None: what Telegram's objects have by a name that says so, and what is made of them."""

    def follow(part: ast.expr) -> bool:
        return is_text_or_number(resolver, module, part, depth + 1)

    match value:
        case ast.Constant() | ast.JoinedStr() | ast.Compare():
            return True
        case ast.IfExp(body=one, orelse=other):
            return follow(one) and follow(other)
        case ast.BoolOp(values=values):
            return all(map(follow, values))
        case ast.Attribute(value=owner, attr=name):
            return name in _OF_TELEGRAM and _is_given(module, owner) and resolver.class_of(module, owner) is None
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return _is_text(left) or (isinstance(value.op, ast.Add) and _is_text(right))
        case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in OF_TEXTS:
            return _is_text(owner) or follow(owner) or (method in _ONLY_OF_TEXTS and not _has_own(module, method))
        case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="pattern_match"), attr="group")):
            return True
        case ast.Call(func=ast.Attribute(attr="encode"), args=[ast.Constant(value=str(coding))]):  # bytes
            return coding.lower().startswith("utf") and not _has_own(module, "encode")
        case ast.Call(func=function):
            return (module.resolve(function) or "") in _GIVES
        case ast.Subscript(value=owner, slice=index):
            return follow(owner) or (
                not isinstance(index, ast.Slice) and _are_texts(resolver, module, owner, depth + 1)
            )
        case ast.Name(id=name) if depth < _DEPTH:
            bindings = module.bindings(name, value)
            return bool(bindings) and all(_binds_text(resolver, module, one.node, depth) for one in bindings)
    return False


def _binds_text(resolver: Resolver, module: Module, target: ast.AST, depth: int) -> bool:
    """Whether what binds a name gives it a text or a number."""
    match module.parent(target):
        case ast.Assign(value=value) as assignment if _binds_names(assignment):
            return is_text_or_number(resolver, module, value, depth + 1)
        case ast.AnnAssign(target=ast.Name(), value=value) if value is not None:
            return is_text_or_number(resolver, module, value, depth + 1)
        case ast.For(iter=values) as loop if loop.target is target:
            return _are_texts(resolver, module, values, depth + 1)
        case ast.Tuple() as names:
            unpacked = module.parent(names)
            return isinstance(unpacked, ast.Assign) and _are_texts(resolver, module, unpacked.value, depth + 1)
    return False


def _are_texts(resolver: Resolver, module: Module, values: ast.expr, depth: int) -> bool:
    """Whether the items of something are texts or numbers: those of a text that is taken apart, and of a range."""
    match values:
        case ast.Call(func=ast.Name(id="range")):
            return True
        case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in _GIVE_TEXTS:
            told = _is_given(module, owner) and resolver.class_of(module, owner) is None
            return told or is_text_or_number(resolver, module, owner, depth)
        case ast.Name(id=name) if depth < _DEPTH:
            given = [module.parent(binding.node) for binding in module.bindings(name, values)]
            plain = [one.value for one in given if isinstance(one, ast.Assign) and _binds_names(one)]
            known = bool(given) and len(plain) == len(given) and not is_filled(module, values)
            return known and all(_are_texts(resolver, module, one, depth + 1) for one in plain)
    return False


def _is_text(value: ast.expr) -> bool:
    return isinstance(value, ast.JoinedStr) or (isinstance(value, ast.Constant) and isinstance(value.value, str))


def is_filled(module: Module, name: ast.Name) -> bool:
    """Whether something is put into what a variable holds: ``parts.append(users)``, ``parts[0] = users``."""
    scope = module.scope(name).find(name.id)
    for use in module.uses(name.id, scope) if scope else ():
        match module.parent(use):
            case ast.Attribute(attr=method) if method in MUTATING_METHODS:
                return True
            case ast.Subscript(value=owner, ctx=ast.Store()) if owner is use:
                return True
    return False


def _is_given(module: Module, owner: ast.expr) -> bool:
    """Whether an object belongs to what a function is given, as ``update.effective_user``, and comes out of no collection."""
    while isinstance(owner, ast.Attribute):
        owner = owner.value
    bindings = module.bindings(owner.id, owner) if isinstance(owner, ast.Name) else []
    return bool(bindings) and all(binding.kind == "parameter" for binding in bindings)


def _binds_names(assignment: ast.Assign) -> bool:
    return all(isinstance(target, ast.Name) for target in assignment.targets)
