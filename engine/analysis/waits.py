"""The awaits of a module: which call a library's coroutine, whether that surely lets others run, and what it does before it does."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ...knowledge.bots import LIBRARIES
from ...knowledge.contract import Contract
from ...knowledge.kinds import UPDATE
from ...knowledge.purity import TELLING_METHODS
from ...knowledge.yields import function_yields, surely_yields, yields_or_does_nothing
from .evaluation import Point
from .flow import Flow
from .managers import lets_out
from .module import Module
from .resolver import Resolver
from .scope import FunctionNode
from .telegram.altered import Altered
from .telegram.calls import Calls
from .telegram.kinds import Kinds
from .touch import CHAT


@dataclass(frozen=True, slots=True)
class Wait:
    """What awaiting a library's coroutine does."""

    #: Whether others surely run before it returns.
    sure: bool
    #: Whether it does something that others see: not if it only asks.
    is_seen: bool = True
    #: Whether it does nothing but wait.
    pauses: bool = False
    #: Where what it does is seen, if only there: "telegram", `CHAT`.
    place: str = ""

    @property
    def answers(self) -> bool:
        """Whether it answers the update at hand, so that no other chat is concerned."""
        return self.place == CHAT


_PAUSES = frozenset({"asyncio.sleep", "anyio.sleep"})
#: What gives its own coroutines to the loop and waits for all of them.
_GATHERS = frozenset({"asyncio.gather"})
_ASKS = (
    "get_",
    "iter_",
    "is_",
    "download",
    "fetch",
    "resolve",
    "wait_",
    "catch_up",
    "connect",
    "start",
    "inline_query",
)
_ANSWERS = frozenset(
    "reply respond answer reply_text reply_html reply_markdown reply_markdown_v2 reply_photo reply_document".split()
)
_NEVER_FAIL = frozenset(
    f"builtins.{name}"
    for name in "str len repr isinstance format bool print range enumerate list dict set tuple".split()
)
#: Managers that may swallow what is raised in their block.
_SWALLOWS = (
    "contextlib.suppress",
    "contextlib.ExitStack",
    "contextlib.AsyncExitStack",
    "asyncio.timeout",
    "async_timeout",
    "anyio.",
)
_LOCKS = frozenset(
    "asyncio.Lock asyncio.Semaphore asyncio.BoundedSemaphore asyncio.Condition threading.Lock threading.RLock".split()
)
_LIBRARIES = frozenset({"telethon", "telegram", *LIBRARIES})
_TELEGRAM = tuple(f"{library}." for library in _LIBRARIES)


class Waits:
    """What the awaits of one module do."""

    def __init__(self, module: Module, kinds: Kinds) -> None:
        self.module, self.kinds = module, kinds
        self._calls = Calls(module, kinds)
        self._resolver = module.project.fact(Resolver)
        self._altered = module.project.fact(Altered)
        self._known: dict[ast.Call, Wait | None] = {}
        self._names: dict[ast.AST, str] = {}

    def name_of(self, node: ast.AST) -> str:
        """The dotted name of something outside the project, or ""."""
        if node not in self._names:
            name = self.kinds.name_of(node)
            is_own = bool(name) and self._resolver.file_of(self.module.path, name) is not None
            self._names[node] = "" if is_own else name
        return self._names[node]

    def library(self, call: ast.Call) -> Wait | None:
        """What awaiting a call does, where it is one of a library's coroutine or asynchronous iterator; else None."""
        if call not in self._known:
            self._known[call] = self._library(call)
        return self._known[call]

    def _library(self, call: ast.Call) -> Wait | None:
        name = self.name_of(call.func)
        if name in _PAUSES:
            return Wait(True, is_seen=False, pauses=True)
        if name in _GATHERS:
            plain = [a for a in call.args if not isinstance(a, ast.Starred)]
            return Wait(bool(plain))
        if name and function_yields(name):
            return Wait(True)
        contract = self._calls.contract(call)
        if contract is None or contract.kind not in ("coroutine", "iterator"):
            return None
        library = {"python-telegram-bot": "telegram"}.get(contract.library, contract.library)
        if self._altered.is_altered(library):  # what the project's own function does may be seen by anybody
            return Wait(False)
        return self._contracted(call, contract, library)

    def _contracted(self, call: ast.Call, contract: Contract, library: str) -> Wait:
        if not isinstance(call.func, ast.Attribute):
            # `client(request)` waits for the answer to the request
            return Wait(
                library == "telethon" and bool(call.args) and not isinstance(call.args[0], (ast.ListComp, ast.Starred)),
                place="telegram",
            )
        method, owner = call.func.attr, call.func.value
        sure = contract.kind == "coroutine" and surely_yields(library, self._kind(owner), method)
        if self._answers(call, method, owner):
            return Wait(sure, place=CHAT)
        asks = method.startswith(_ASKS) and library in _LIBRARIES
        place = "telegram" if library in _LIBRARIES else ""
        seen = not asks and method not in ("get", "head", "options")
        return Wait(sure, is_seen=seen, place=place)

    def method_of(self, method: str, kinds: frozenset[str]) -> Wait | None:
        """What awaiting a method does, of an object of one of these kinds; None where it is not known for all of them."""
        libraries = {kind: kind.partition(".")[0] for kind in kinds}
        sure = [kind for kind, library in libraries.items() if surely_yields(library, kind, method)]
        if any(kind not in sure and not yields_or_does_nothing(kind, method) for kind in kinds):
            return None
        altered = any(map(self._altered.is_altered, libraries.values()))
        all_sure = len(sure) == len(kinds)
        return Wait(
            all_sure and not altered,
            is_seen=not method.startswith(_ASKS),
            place="telegram",
        )

    def _kind(self, owner: ast.expr) -> str:
        return (self.kinds.of(owner) or "").removesuffix("?")

    def _answers(self, call: ast.Call, method: str, owner: ast.expr) -> bool:
        """Whether the update that a handler got is answered, where its sender sees to what the answer belongs."""
        if method in _ANSWERS or method.startswith("reply_"):
            return self._is_of_update(owner)
        if method in ("edit", "delete"):  # there is one update for a new message, and many for a button
            return self._kind(owner) == "telethon.events.NewMessage.Event" and self._is_of_update(owner)
        if method.startswith("send_"):
            chat = (
                call.args[0]
                if call.args
                else next((k.value for k in call.keywords if k.arg in ("chat_id", "entity")), None)
            )
            match chat:
                case ast.Attribute(value=of, attr="chat_id" | "sender_id"):
                    return self._is_of_update(of)
                case ast.Attribute(
                    value=ast.Attribute(value=of, attr="effective_chat" | "effective_user" | "chat"), attr="id"
                ):
                    return self._is_of_update(of)
        return False

    def _is_of_update(self, owner: ast.expr) -> bool:
        """Whether something is the update, event or message of the handler at hand, or leads there from its parameter."""
        root = owner
        while isinstance(root, ast.Attribute):
            if root.attr not in (
                "message",
                "effective_message",
                "callback_query",
                "inline_query",
                "edited_message",
                "channel_post",
            ):
                return False
            root = root.value
        if not isinstance(root, ast.Name) or not self._kind(root):
            return False
        bindings = self.module.bindings(root.id, root)
        return len(bindings) == 1 and bindings[0].kind == "parameter" and self._kind(root) != "telethon.TelegramClient"

    # Control flow

    def flow(self, function: FunctionNode) -> Flow:
        """The control flow of a function of the module."""
        return Flow(
            function,
            narrow=self._is_narrow,
            catches_all=self._catches_all,
            suppresses=self.suppresses,
            fails=self._fails,
        )

    def _caught(self, handler: ast.ExceptHandler) -> list[str]:
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        return [self.name_of(t) if t is not None else "builtins.BaseException" for t in types]

    def _is_narrow(self, handler: ast.ExceptHandler) -> bool:
        return all(name.startswith(_TELEGRAM) for name in self._caught(handler))

    def _catches_all(self, handler: ast.ExceptHandler) -> bool:
        return any(name in ("builtins.BaseException", "builtins.Exception") for name in self._caught(handler))

    def suppresses(self, item: ast.withitem) -> bool:
        """Whether a ``with`` item may swallow what is raised in its block."""
        manager = item.context_expr
        if not isinstance(manager, ast.Call):
            where, made = self._resolver.assigned(self.module, manager)
            is_lock = isinstance(made, ast.Call) and where.resolve(made.func) in _LOCKS
            return not is_lock and not self._kind(manager)
        if name := self.name_of(manager.func):
            return name.startswith(_SWALLOWS)
        if isinstance(manager.func, ast.Attribute) and self._kind(manager.func.value):
            return False  # an object of a library lets out what is raised
        return self.library(manager) is None and not lets_out(self.module, manager.func)

    def _fails(self, node: ast.AST) -> bool:
        """Whether a step may raise while the program is free of plain mistakes (a wrong name, a wrong attribute)."""
        match node:
            case ast.Name():
                return False
            case ast.Call(func=function):
                if isinstance(self.module.parent(node), ast.Await):
                    return False  # the await fails
                if isinstance(function, ast.Attribute) and function.attr in TELLING_METHODS:
                    return False
                return self.name_of(function) not in _NEVER_FAIL
            case ast.Attribute(
                value=ast.Attribute(value=owner)
            ):  # an update has a message, a query, a post, and else None
                return self._kind(owner) == UPDATE
            case ast.Subscript(slice=index):
                return not (isinstance(index, ast.Constant) and isinstance(index.value, int))
            case ast.BinOp(op=op):
                return isinstance(op, (ast.Div, ast.FloorDiv, ast.Mod))
        return isinstance(node, (ast.Await, ast.Assert, ast.Import, ast.ImportFrom, ast.Yield, ast.YieldFrom))


def awaited_in(module: Module, point: Point) -> ast.expr | None:
    """The expression whose coroutine a step awaits, or whose asynchronous iterator or block it runs; None where it awaits nothing."""
    match point.role, point.node:
        case "eval", ast.Await(value=awaited):
            return awaited
        case "next", ast.AsyncFor(iter=awaited) | ast.comprehension(iter=awaited, is_async=1):
            return awaited
        case (("enter" | "exit"), ast.withitem(context_expr=awaited) as item):
            return awaited if isinstance(module.parent(item), ast.AsyncWith) else None
    return None
