"""What the statements of a ``try`` body can raise, call by call and operation by operation."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ....knowledge.classes import is_known
from ....knowledge.contract import Contract
from ....knowledge.kinds import ENTITY, OPTIONAL, RESULTS
from ..module import Module, Project
from ..replacing import last_of
from .calls import Calls

#: How many functions of the project, one calling the other, are looked into.
_DEEPEST = 3
_BROAD = ("builtins.Exception", "builtins.BaseException")
STOPS = ("telethon.events.StopPropagation", "telethon.events.common.StopPropagation", "telegram.ext.ApplicationHandlerStop",
         "telegram.ext.DispatcherHandlerStop", "pyrogram.StopPropagation", "pyrogram.ContinuePropagation", "hydrogram.StopPropagation",
         "hydrogram.ContinuePropagation", "aiogram.dispatcher.handler.CancelHandler", "aiogram.dispatcher.handler.SkipHandler",
         "aiogram.dispatcher.event.bases.SkipHandler", "aiogram.dispatcher.event.bases.CancelHandler")  # fmt: skip
#: What users, groups and channels all have.
_OF_ENTITIES = frozenset("id stringify to_dict CONSTRUCTOR_ID access_hash photo".split())
#: What the message with a button still has when it is too old: https://core.telegram.org/bots/api#inaccessiblemessage
_OF_INACCESSIBLE = frozenset({"chat", "message_id", "date"})


#: What neither does anything nor holds anything that might.
_HARMLESS = (ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop, ast.Pass)


class _Known:
    """What functions of a project do, by the functions that lead to them. Ask `Project.fact(_Known)`."""

    def __init__(self, _: Project) -> None:
        self.works: dict[tuple[ast.AST, ...], Work | None] = {}


@dataclass
class Work:
    """What a piece of code does that can fail."""

    #: The known calls, in source order.
    calls: list[tuple[ast.Call, Contract]] = field(default_factory=list)
    #: Classes that its own operations and `raise` statements raise.
    own: list[str] = field(default_factory=list)
    #: What it does beyond that, as phrases that follow "the try body": "calls backup()".
    unknown: list[str] = field(default_factory=list)
    #: The exceptions that tell the library to go no further, and that it raises: "StopPropagation".
    stops: list[str] = field(default_factory=list)

    def telegram(self, calls: Calls) -> list[tuple[ast.Call, Contract]]:
        """The calls to Telegram among them."""
        return [(call, contract) for call, contract in self.calls if calls.is_telegram(contract)]


def work_of(calls: Calls, statements: Sequence[ast.stmt]) -> Work:
    """What `statements` can raise."""
    found = _Walk(calls, ())
    found.visit_all(statements)
    work = found.work
    work.unknown = list(dict.fromkeys(work.unknown))
    work.own = list(dict.fromkeys(work.own))
    return work


class _Walk:
    def __init__(self, calls: Calls, inside: tuple[ast.AST, ...]) -> None:
        self.calls = calls
        #: The functions of the project that lead here, outermost first.
        self.inside = inside
        self.module: Module = calls.module
        self.kinds = calls.kinds
        self.work = Work()

    def visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, _HARMLESS):
            return
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda() | ast.ClassDef():
                return  # runs elsewhere, if at all
            case ast.Try():
                self._try(node)
                return
            case ast.AnnAssign(value=value):
                self.visit_all([value] if value else [])
                return
            case ast.Call():
                self._call(node)
            case ast.Await(value=value) if not isinstance(value, ast.Call):
                self.work.unknown.append(f"awaits {_short(self.module, value)}")
            case ast.Attribute(ctx=ast.Load()):
                self._attribute(node)
            case ast.Subscript(ctx=ast.Load() | ast.Del(), slice=index) if not isinstance(index, ast.Slice):
                self._subscript(node)
            case ast.BinOp(left=left, op=ast.Div() | ast.FloorDiv() | ast.Mod() as op, right=right):
                formats = isinstance(op, ast.Mod) and isinstance(left, (ast.Constant, ast.JoinedStr))
                if not formats and not (isinstance(right, ast.Constant) and right.value):
                    self.work.own.append("builtins.ZeroDivisionError")
            case ast.Assign(targets=[ast.Tuple() | ast.List()], value=value) if not isinstance(
                value, (ast.Tuple, ast.List)
            ):
                if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and "split" in value.func.attr:
                    self.work.own.append("builtins.ValueError")
            case ast.Raise(exc=raised):
                self._raise(raised)
                return
            case ast.Assert():
                self.work.own.append("builtins.AssertionError")
            case ast.Import() | ast.ImportFrom():
                self.work.own.append("builtins.ImportError")
            case ast.Yield() | ast.YieldFrom():
                self.work.unknown.append("yields")
            case ast.AsyncFor(iter=iterated) if not isinstance(iterated, ast.Call):
                self.work.unknown.append(f"iterates over {_short(self.module, iterated)}")
            case ast.AsyncWith(items=items) | ast.With(items=items):
                for item in items:
                    if not isinstance(item.context_expr, ast.Call):
                        self.work.unknown.append(f"enters {_short(self.module, item.context_expr)}")
        self.visit_all(ast.iter_child_nodes(node))

    def _call(self, call: ast.Call) -> None:
        contract = self.calls.contract(call)
        if contract is not None:
            self.work.calls.append((call, contract))
        elif (inner := self._of_project(call)) is not None:
            self.work.calls += [(call, contract) for _, contract in inner.calls]
            self.work.own += inner.own
            self.work.stops += inner.stops
        else:
            self.work.unknown.append(f"calls {_short(self.module, call.func)}()")

    def _of_project(self, call: ast.Call) -> Work | None:
        """What a plain function of the project does, where all of it is known."""
        found = self.calls.function_of(call)
        if found is None or found[1] in self.inside or len(self.inside) >= _DEEPEST:
            return None
        calls, function = found
        if isinstance(function, ast.AsyncFunctionDef) and not self.calls.is_waited_for(call):
            return None
        known, way = self.module.project.fact(_Known).works, (*self.inside, function)
        if way not in known:
            walk = _Walk(calls, way)
            walk.visit_all(function.body)
            known[way] = None if walk.work.unknown else walk.work
        return known[way]

    def _try(self, node: ast.Try) -> None:
        """What handlers inside catch does not come out; what they and the rest of the statement raise does."""
        inner = _Walk(self.calls, self.inside)
        inner.visit_all(node.body)
        if not any(self._catches_all(handler) for handler in node.handlers):
            self.work.calls += inner.work.calls
            self.work.own += inner.work.own
            self.work.unknown += inner.work.unknown
        else:
            self.work.calls += [(c, _silent(contract)) for c, contract in inner.work.calls]
        self.work.stops += inner.work.stops
        for handler in node.handlers:
            self.visit_all(handler.body)
        self.visit_all([*node.orelse, *node.finalbody])

    def _catches_all(self, handler: ast.ExceptHandler) -> bool:
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        broad = any(t is None or self.module.resolve(t) in _BROAD for t in types)
        return broad and not any(isinstance(n, ast.Raise) for n in ast.walk(handler))

    def _attribute(self, node: ast.Attribute) -> None:
        kind = self.kinds.of(node.value) or ""
        differs = kind.startswith(ENTITY) and node.attr not in _OF_ENTITIES
        missing = kind.endswith(OPTIONAL) or (node.attr not in _OF_INACCESSIBLE and self._is_of_button(node.value))
        if differs or (missing and not self._is_checked(node.value)):
            self.work.own.append("builtins.AttributeError")

    def _is_of_button(self, message: ast.expr) -> bool:
        """Whether it is the message with a pressed button: where that is old there is none, or one without methods."""
        if not (isinstance(message, ast.Attribute) and message.attr == "message"):
            return False
        return (self.kinds.of(message.value) or "").removesuffix(OPTIONAL).endswith(".CallbackQuery")

    def _is_checked(self, expression: ast.expr) -> bool:
        """Whether the function looks first if a variable or a part of a message is None, or whether a message is a reply at all."""
        word = last_of(expression)
        function = self.module.function(expression)
        words = self.calls.words_of_tests(function)
        return not words.isdisjoint((word, "is_reply", "reply_to_msg_id", "reply_to"))

    def _subscript(self, node: ast.Subscript) -> None:
        match node.slice:
            case ast.Constant(value=str()):
                self.work.own.append("builtins.KeyError")
            case ast.Constant(value=int()) | ast.UnaryOp(operand=ast.Constant(value=int())):
                splits = (
                    isinstance(node.value, ast.Call)
                    and isinstance(node.value.func, ast.Attribute)
                    and "split" in node.value.func.attr
                )
                self.work.own.append(
                    "builtins.IndexError" if splits or self.kinds.of(node.value) == RESULTS else "builtins.LookupError"
                )
            case _:
                self.work.own.append("builtins.LookupError")

    def _raise(self, raised: ast.expr | None) -> None:
        if raised is None:
            return
        made = raised.func if isinstance(raised, ast.Call) else raised
        name = self.module.resolve(made) or ""
        if name in STOPS:
            self.work.stops.append(name.rpartition(".")[2])
        elif name and is_known(name) and name not in _BROAD:
            self.work.own.append(name)
        else:
            self.work.unknown.append(f"raises {_short(self.module, made)}")
        if isinstance(raised, ast.Call):
            self.visit_all([*raised.args, *(k.value for k in raised.keywords)])


def _silent(contract: Contract) -> Contract:
    """The same call where nothing it raises comes out."""
    return Contract(contract.call, contract.library, contract.kind, None)


def _short(module: Module, node: ast.expr) -> str:
    """An expression on one line, its middle left out where it is long."""
    text = " ".join(module.segment(node).split())
    return text if len(text) <= 40 else f"{text[:20].rstrip()}…{text[-16:].lstrip()}"
