"""Which kind of object an expression is: Telethon's client, an event, a message, python-telegram-bot's bot, a logger and so on.

A kind is a dotted class name. Names are followed through assignments, parameters, attributes of `self`, annotations and
imports across the project's files; what is not known is None.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from ....knowledge.bots import leads_to
from ....knowledge.kinds import (
    APPLICATION,
    CLIENT,
    CONVERSATION,
    DICT,
    EVENT,
    LEADS_TO,
    LIST,
    LOGGER,
    MADE_BY,
    MATCH,
    MESSAGE,
    OPTIONAL,
    OPTIONAL_WRAPPERS,
    PART,
    PARTS,
    RESULT,
    RESULT_OF,
    RESULTS,
)  # fmt: skip
from ..files import argument
from ..follow import Place, modules, outside_name, places, root_places, turns
from ..module import Module
from ..resolver import class_around
from .handed import handed
from .kind_names import external_kind, is_builder, is_event, item_kind
from .project import TelegramProject


class Kinds:
    """The kinds of the expressions of one module."""

    def __init__(self, module: Module, pool: dict[Module, Kinds] | None = None) -> None:
        self.module = module
        self.facts = TelegramProject.of(module.project)
        self._pool = pool if pool is not None else {}
        self._pool[module] = self
        self._memo: dict[ast.AST, str | None] = {}
        self._busy: set[ast.AST] = set()

    def of(self, expression: ast.AST | None) -> str | None:
        """The kind of an expression, with `OPTIONAL` at its end where it may be None."""
        if expression is None or expression in self._busy:
            return None
        if expression not in self._memo:
            self._busy.add(expression)
            try:
                self._memo[expression] = self._kind(expression)
            finally:
                self._busy.discard(expression)
        return self._memo[expression]

    def name_of(self, expression: ast.AST) -> str:
        """The dotted name of something outside the project, also where one of the project's files imports it first; or ""."""
        return outside_name(self.module, expression)

    def elsewhere(self, module: Module) -> Kinds:
        """The kinds of another module, with what is known of all modules looked at so far."""
        return self._pool.get(module) or Kinds(module, self._pool)

    def _kind(self, node: ast.AST) -> str | None:
        match node:
            case ast.Await(value=inner) | ast.NamedExpr(value=inner) | ast.Starred(value=inner):
                return self.of(inner)
            case ast.Name(id=name):
                return self._of_variable(name, places(self.module, name, node))
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return self._call(node)
            case ast.Subscript(value=value, slice=index) if not isinstance(index, ast.Slice):
                kind = self.of(value)
                return RESULT if kind == RESULTS else item_kind(kind) or LEADS_TO.get((kind or "", "[]"))
            case ast.Dict() | ast.DictComp():
                return DICT
            case ast.List() | ast.ListComp():
                return LIST
            case ast.IfExp(body=a, orelse=b) | ast.BoolOp(values=[a, b]):
                return self._agreed(self.of(part) for part in (a, b))
        return None

    @staticmethod
    def _agreed(kinds: Iterable[str | None]) -> str | None:
        found = {kind for kind in kinds if kind != "None"}
        if len(found) == 2 and None not in found:  # the same, and perhaps None
            bare = {kind.removesuffix(OPTIONAL) for kind in found if kind}
            return f"{bare.pop()}{OPTIONAL}" if len(bare) == 1 else None
        return found.pop() if len(found) == 1 else None

    # Names

    def _of_variable(self, name: str, found: Sequence[Place]) -> str | None:
        """The kind on which all bindings agree. What turns a variable into another of its kind (``image = image.resize(size)``)
        has the last word on none.
        """
        steps = [turns(place, name) for place in found]
        others = (place for place, methods in zip(found, steps, strict=True) if not methods)
        kind = self._agreed(self.elsewhere(place.module)._bound(place) for place in others)
        for methods in filter(None, steps):
            result = bare = (kind or "").removesuffix(OPTIONAL)
            for method in methods:
                result = RESULT_OF.get((result, method)) or ""
            if not bare or result != bare:
                return None
        return kind

    def _bound(self, place: Place) -> str | None:
        node, binding = place.binding.node, place.binding
        parent = self.module.parent(node)
        if binding.kind == "parameter" and isinstance(node, ast.arg):
            return self.parameter(node)
        if binding.kind == "import":
            return external_kind(binding.qualified or "")
        match parent:
            case ast.Assign(targets=targets, value=value) if node in targets:
                return "None" if isinstance(value, ast.Constant) and value.value is None else self.of(value)
            case ast.AnnAssign(annotation=annotation):
                return self.annotated(annotation)
            case ast.NamedExpr(value=value):
                return self.of(value)
            case ast.withitem(context_expr=manager):
                return self.of(manager)
            case ast.For(iter=several) | ast.AsyncFor(iter=several) | ast.comprehension(iter=several):
                return item_kind(self.of(several))
        return None

    def parameter(self, argument: ast.arg) -> str | None:
        """The kind of what a parameter is given."""
        if argument.annotation is not None:
            return self.annotated(argument.annotation)
        function = self.module.parent(self.module.parent(argument) or argument)
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return None
        owner = self.module.parent(function)
        if argument.arg == "self" and isinstance(owner, ast.ClassDef):
            return self._made_by(owner)
        names = [a.arg for a in (*function.args.posonlyargs, *function.args.args) if a.arg not in ("self", "cls")]
        return handed(self, function, argument, names)

    # Attributes

    def _attribute(self, node: ast.Attribute) -> str | None:
        if external := external_kind(self.name_of(node)):
            return external
        owner = (self.of(node.value) or "").removesuffix(OPTIONAL)
        if is_event(owner) or owner in (MESSAGE, CONVERSATION, RESULT):
            if node.attr in ("client", "_client"):
                return CLIENT
            if node.attr == "message" and owner.endswith(("NewMessage.Event", "MessageEdited.Event", EVENT)):
                return MESSAGE
            if node.attr in PARTS and not is_event(owner):
                return PART + OPTIONAL
            return {"pattern_match": MATCH, "builder": "telethon.InlineBuilder"}.get(node.attr)
        if owner:
            return LEADS_TO.get((owner, node.attr)) or LEADS_TO.get((owner, "*")) or leads_to(owner, node.attr)
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return self._of_self(node)
        for other in modules(self.module, node.value):
            return self._agreed(self.elsewhere(p.module)._bound(p) for p in root_places(other, node.attr))
        return None

    def _of_self(self, node: ast.Attribute) -> str | None:
        """What is assigned to an attribute of `self` in the class around, or what its body says of it."""
        owner = class_around(self.module, node)
        if owner is None:
            return None
        kinds: list[str | None] = []
        for other in self.module.stored(owner, node.attr):
            match self.module.parent(other):
                case ast.Assign(targets=targets, value=value) if other in targets:
                    kinds.append("None" if isinstance(value, ast.Constant) and value.value is None else self.of(value))
                case ast.AnnAssign(annotation=annotation):
                    return self.annotated(annotation)
                case _:
                    kinds.append(None)
        for statement in owner.body:
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation) if name == node.attr:
                    return self.annotated(annotation)
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == node.attr:
                    kinds.append("None" if isinstance(value, ast.Constant) and value.value is None else self.of(value))
        return self._agreed(kinds)

    # Calls

    def _call(self, call: ast.Call) -> str | None:
        called = self.name_of(call.func)
        if called in ("builtins.open", "io.open"):
            mode = argument(call, 1, "mode")
            binary = isinstance(mode, ast.Constant) and "b" in str(mode.value)
            return "io.BufferedIOBase" if binary else "io.TextIOWrapper"
        if called in ("logging.getLogger", "logging.Logger.getChild"):
            return LOGGER
        if external := external_kind(called) or MADE_BY.get(called):
            return external
        if called == "asyncio.to_thread" and call.args:
            return self._result(call.args[0])
        function: ast.expr = call.func
        match function:
            case ast.Attribute(attr="build", value=builder) if is_builder(self.module, builder):
                return APPLICATION
            case ast.Attribute(value=receiver, attr=method):
                if (result := self._result(function)) is not None:
                    return result
                owner = self.of(receiver) or ""
                sends = method.startswith(("send_", "reply_", "edit_message", "copy_message"))
                if sends and owner.startswith("telegram."):
                    return "telegram.Message"
        if isinstance(call.func, (ast.Name, ast.Attribute)):
            if (made := self._constructed(call.func)) is not None:
                return made
        return LEADS_TO.get((self.of(call.func) or "", "()"))

    def _result(self, function: ast.expr) -> str | None:
        """What a function or method of a library gives, where it is not told by its class."""
        if isinstance(function, ast.Attribute) and (kind := self.of(function.value)):
            owner = kind.removesuffix(OPTIONAL)
            return RESULT_OF.get((EVENT if is_event(owner) else owner, function.attr))
        return MADE_BY.get(self.name_of(function))

    def _constructed(self, called: ast.expr) -> str | None:
        """An instance of a class of the project, or what a function of the project says it returns."""
        found = places(self.module, called.id, called) if isinstance(called, ast.Name) else []
        if isinstance(called, ast.Attribute):
            found = [place for other in modules(self.module, called.value) for place in root_places(other, called.attr)]
        return self._agreed(self.elsewhere(p.module)._made_by(p.binding.node) for p in found) if found else None

    def _made_by(self, node: ast.AST, depth: int = 5) -> str | None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return self.annotated(node.returns) if node.returns is not None else None
        if not isinstance(node, ast.ClassDef) or not depth:
            return None
        for base in node.bases:
            if external := external_kind(self.name_of(base)):
                return external
            if isinstance(base, ast.Name):
                for place in places(self.module, base.id, base):
                    if place.binding.node is not node:
                        if kind := self.elsewhere(place.module)._made_by(place.binding.node, depth - 1):
                            return kind
        return None

    # Annotations

    def annotated(self, annotation: ast.AST) -> str | None:
        """The kind that an annotation names: ``Client``, ``Optional[Client]``, ``Client | None``, ``"Client"``."""
        match annotation:
            case ast.Constant(value=str(text)):
                try:
                    parsed = ast.parse(text, mode="eval").body
                except (SyntaxError, ValueError):
                    return None
                self.module.names.adopt(parsed)
                return self.annotated(parsed)
            case ast.Subscript(value=wrapper, slice=inner) if self.module.resolve(wrapper) in OPTIONAL_WRAPPERS:
                return self.annotated(inner.elts[0] if isinstance(inner, ast.Tuple) and inner.elts else inner)
            case ast.Subscript(value=wrapper, slice=ast.Tuple(elts=parts)) if (
                self.module.resolve(wrapper) == "typing.Union"
            ):
                return self._agreed(self.annotated(part) for part in parts)
            case ast.BinOp(left=a, op=ast.BitOr(), right=b):
                return self._agreed(self.annotated(part) for part in (a, b))
            case ast.Constant(value=None):
                return "None"
            case ast.Name() | ast.Attribute():
                return external_kind(self.name_of(annotation)) or self._constructed(annotation)
        return None
