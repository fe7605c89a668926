"""Which requests, and which exceptions of its own, each public method of the installed Telethon leads to.

The answer is read from Telethon's sources with `ast`: from a method along every `self.x`, `self._client.x`, `client.x`,
module-level function and private class that it names, to the `functions.ns.NameRequest` at the end. A try statement on
the way absorbs what its clauses name, unless one of them raises it again; an exception counts only where some path
leaves it unabsorbed.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import inspect
import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from call_contracts import source_tree
from telethon import TelegramClient, errors, events, utils

#: Modules of `telethon.tl.custom` whose classes a bot gets handed.
CUSTOM_MODULES = (
    "adminlogevent",
    "conversation",
    "dialog",
    "draft",
    "file",
    "forward",
    "inlinebuilder",
    "inlineresult",
    "inlineresults",
    "message",
    "messagebutton",
    "participantpermissions",
    "qrlogin",
)
EVENTS = (
    "Album",
    "CallbackQuery",
    "ChatAction",
    "InlineQuery",
    "MessageDeleted",
    "MessageEdited",
    "MessageRead",
    "NewMessage",
    "UserUpdate",
)
#: What every request goes through. It says nothing about one method, so the walk ends here; `network` remembers that it
#: was reached.
PLUMBING = frozenset(
    {
        "__call__",
        "_call",
        "_switch_dc",
        "_create_exported_sender",
        "_get_dc",
        "_borrow_exported_sender",
        "_return_exported_sender",
        "_update_loop",
        "_handle_auto_reconnect",
        "_dispatch_update",
        "_on_login",
    }
)
#: Calling one of these sends a request.
SENDS = frozenset({"self", "client", "_client", "self.client", "self._client"})
#: What a request can end with that is not in its own list of errors.
NETWORK = ("RPCError", "ConnectionError", "ValueError")
#: Methods that find out whom an argument means; their requests are not what the caller asked for.
LOOKUPS = frozenset(
    {
        "get_entity",
        "get_input_entity",
        "get_peer_id",
        "get_chat",
        "get_input_chat",
        "get_sender",
        "get_input_sender",
        "get_me",
        "is_bot",
        "is_user_authorized",
        "get_user",
        "get_input_user",
        "get_users",
        "get_input_users",
        "connect",
        "disconnect",
    }
)
#: Calls that the walk cannot see because they go through a local variable, an element or a returned object. Each name
#: was found by listing the awaited calls that lead nowhere; `missing()` says when one is gone.
UNSEEN = {
    ("Message", "click"): ("MessageButton", "click"),
    ("TelegramClient", "conversation"): ("Conversation", "__aenter__"),
    ("TelegramClient", "qr_login"): ("QRLogin", "recreate"),
    ("Conversation", "wait_event"): ("TelegramClient", "get_input_entity"),
    ("events.ChatAction.Event", "get_users"): ("Message", "_reload_message"),
    **{("events.Album.Event", n): ("Message", n) for n in ("edit", "get_reply_message", "pin", "reply", "respond")},
}
#: The forms for code without a running loop. The RuntimeError that they raise under one is not a bot's.
SYNCHRONOUS = frozenset({"_sync_enter", "_sync_exit", "__iter__", "__next__"})
#: `os` functions that touch the disk and raise OSError; `os.path.isfile` and its like swallow it.
DISK = frozenset({"makedirs", "mkdir", "remove", "rename", "replace", "stat", "listdir", "getsize"})

Key = tuple[Any, str]


@dataclass
class Reach:
    """What one method leads to. Each value is the set of names that are absorbed on every path."""

    #: TL method ("messages.sendMessage") → absorbed.
    requests: dict[str, frozenset[str]] = field(default_factory=dict)
    #: Requests named by the method itself or by private helpers of its own.
    direct: set[str] = field(default_factory=set)
    #: Public client methods that the method itself or its private helpers call.
    delegates: set[str] = field(default_factory=set)
    #: Exception name → reasons: "entity" (finding out whom an argument means), "file", "timeout", "state" or
    #: "arguments" (all else).
    raised: dict[str, set[str]] = field(default_factory=dict)
    #: Whether an entity look-up is on the way.
    finds_entities: bool = False
    #: Which of `NETWORK` come through.
    network: set[str] = field(default_factory=set)


def owners() -> dict[str, type]:
    """The classes whose methods are analysed, by the name that the table gives them."""
    found: dict[str, type] = {"TelegramClient": TelegramClient}
    for name in CUSTOM_MODULES:
        module = importlib.import_module(f"telethon.tl.custom.{name}")
        found |= {n: c for n, c in vars(module).items() if isinstance(c, type) and c.__module__ == module.__name__}
    return found | {f"events.{name}.Event": getattr(events, name).Event for name in EVENTS}


def public_methods(owner: type) -> Iterator[tuple[str, types.FunctionType]]:
    """Name and function of each public method and property getter that Telethon itself defines, in order of name."""
    for name in sorted(n for n in dir(owner) if not n.startswith("_")):
        function = _function(inspect.getattr_static(owner, name))
        if function is not None:
            yield name, function


def subclasses_of(names: frozenset[str]) -> frozenset[str]:
    """`names` and every name of `telethon.errors` or builtins whose class an `except` for them would catch."""
    known = {**{n: c for n, c in vars(builtins).items() if isinstance(c, type)}, **_error_classes()}
    caught = tuple(known[n] for n in names if n in known)
    return names | {n for n, c in known.items() if issubclass(c, caught)}


@functools.cache
def _error_classes() -> dict[str, type]:
    return {n: c for n, c in vars(errors).items() if isinstance(c, type) and issubclass(c, BaseException)}


def _function(attribute: Any) -> types.FunctionType | None:
    if isinstance(attribute, property):
        attribute = attribute.fget
    elif isinstance(attribute, staticmethod | classmethod):
        attribute = attribute.__func__
    function = inspect.unwrap(attribute) if callable(attribute) else None
    is_own = isinstance(function, types.FunctionType) and function.__module__.startswith("telethon")
    return function if is_own else None


class _Walk(ast.NodeVisitor):
    """The edges that leave one function."""

    def __init__(self, function: types.FunctionType, owner: str) -> None:
        self.function, self.owner = function, owner
        self.scope = function.__globals__
        self.caught: list[frozenset[str]] = []
        #: (kind, target, absorbed): kind is "request", "method", "function", "class", "network" or "raise".
        self.edges: list[tuple[str, Any, frozenset[str]]] = []

    def add(self, kind: str, target: Any = None) -> None:
        self.edges.append((kind, target, frozenset().union(*self.caught)))

    def visit_Try(self, node: ast.Try) -> None:
        self.caught.append(frozenset().union(*(_named_in_clause(h) for h in node.handlers if not _raises_again(h))))
        for statement in node.body:
            self.visit(statement)
        self.caught.pop()
        for part in (*node.handlers, *node.orelse, *node.finalbody):
            self.visit(part)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        for statement in node.body:
            self.visit(statement)

    def visit_Raise(self, node: ast.Raise) -> None:
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        name = raised.attr if isinstance(raised, ast.Attribute) else raised.id if isinstance(raised, ast.Name) else ""
        if name[:1].isupper():
            self.add("raise", name)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        chain = _chain(node.func)
        if ".".join(chain) in SENDS or chain[-2:] == ["_sender", "send"]:
            self.add("network")
        elif chain == ["open"] or (chain[0] == "os" and chain[-1] in DISK):
            self.add("raise", "OSError")
        elif chain[-2:] == ["asyncio", "wait_for"]:
            self.add("raise", "asyncio.TimeoutError")
        if chain[-1] in ("create_task", "ensure_future"):
            self.visit(node.func)  # what a task of its own raises does not come back here
        else:
            self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        root, *rest = _chain(node)
        if root == "functions" and rest[-1].endswith("Request"):
            self.add("request", request_method(rest))
        elif root == "self" and len(rest) > 1 and rest[0] in ("client", "_client"):
            self.add("method", ("TelegramClient", rest[1]))
        elif root == "self" and rest:
            self.add("method", (self.owner, rest[0]))
        elif root in ("client", "_client") and rest:
            self.add("method", ("TelegramClient", rest[0]))
        elif (
            rest
            and isinstance(self.scope.get(root), types.ModuleType)
            and self.scope[root].__name__ in ("telethon.utils", "telethon.helpers")
        ):
            self._global(vars(self.scope[root]).get(rest[0]), helper=True)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._global(self.scope.get(node.id), helper=False)

    def _global(self, value: Any, *, helper: bool) -> None:
        if (
            isinstance(value, type)
            and value.__name__.startswith("_")
            and value.__module__.startswith(("telethon.client", "telethon.helpers"))
        ):
            self.add("class", value)
        elif (
            isinstance(value, types.FunctionType)
            and value is not self.function
            and (helper or value.__module__ == self.function.__module__)
        ):
            self.add("function", value)


def request_method(path: list[str]) -> str:
    """The TL method of a request's path in `telethon.tl.functions`: ["auth", "SignInRequest"] is "auth.signIn"."""
    *namespace, name = path
    name = name.removesuffix("Request")
    return ".".join([*namespace, name[0].lower() + name[1:]])


def _chain(node: ast.expr) -> list[str]:
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id if isinstance(node, ast.Name) else "", *reversed(names)]


def _raises_again(handler: ast.ExceptHandler) -> bool:
    for node in (n for n in ast.walk(handler) if isinstance(n, ast.Raise)):
        if node.exc is None or (isinstance(node.exc, ast.Name) and node.exc.id == handler.name):
            return True
    return False


def _named_in_clause(handler: ast.ExceptHandler) -> frozenset[str]:
    if handler.type is None:
        return frozenset({"BaseException"})
    classes = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return frozenset(_chain(c)[-1] for c in classes)


class CallGraph:
    """The sources of the installed Telethon as a graph of calls."""

    def __init__(self) -> None:
        self.owners = owners()
        self._private: dict[str, type] = {}

    def reach(self, owner: str, name: str, function: types.FunctionType) -> Reach:
        """Everything that calling `owner`.`name` leads to."""
        reach = Reach()
        seen: dict[tuple[types.FunctionType, str, bool], frozenset[str]] = {}
        work: list[tuple[types.FunctionType, str, frozenset[str], bool]] = [(function, owner, frozenset(), True)]
        while work:
            current, holder, absorbed, is_direct = work.pop()
            key = (current, holder, is_direct)
            if key in seen:
                if seen[key] <= absorbed:
                    continue
                absorbed &= seen[key]
            seen[key] = absorbed
            for kind, target, inner in self._edges(current, holder):
                self._follow(reach, work, (kind, target, absorbed | inner), current, holder, is_direct)
        return reach

    def _follow(
        self,
        reach: Reach,
        work: list[Any],
        edge: tuple[str, Any, frozenset[str]],
        current: types.FunctionType,
        holder: str,
        is_direct: bool,
    ) -> None:
        kind, target, absorbed = edge
        if kind == "raise":
            if target.rpartition(".")[2] not in subclasses_of(absorbed):
                reach.raised.setdefault(target, set()).add(_reason(target, current))
        elif kind == "network":
            reach.network |= set(NETWORK) - subclasses_of(absorbed)
        elif kind == "request":
            reach.requests[target] = reach.requests.get(target, absorbed) & absorbed
            if is_direct:
                reach.direct.add(target)
        elif kind == "function":
            work.append((target, holder, absorbed, is_direct))
        elif kind == "class":
            self._private[target.__name__] = target
            for ancestor in target.__mro__:
                for attribute in vars(ancestor).values() if ancestor.__module__.startswith("telethon") else ():
                    method = None if isinstance(attribute, type) else _function(attribute)
                    if method is not None and method.__name__ not in SYNCHRONOUS:
                        work.append((method, target.__name__, absorbed, is_direct))
        else:
            self._follow_method(reach, work, target, absorbed, is_direct)

    def _follow_method(
        self, reach: Reach, work: list[Any], target: Key, absorbed: frozenset[str], is_direct: bool
    ) -> None:
        owner, name = target
        if owner == "TelegramClient" and name in PLUMBING:
            reach.network |= set(NETWORK) - subclasses_of(absorbed)
            return
        function = self._lookup(owner, name)
        if function is None or name in ("__init__", "loop", "session"):
            return
        reach.finds_entities |= name in ("get_entity", "get_input_entity")
        if is_direct and not name.startswith("_"):
            is_direct = owner != "TelegramClient" and name not in LOOKUPS
            if owner == "TelegramClient":
                reach.delegates.add(name)
        work.append((function, owner, absorbed, is_direct))

    def _lookup(self, owner: str, name: str) -> types.FunctionType | None:
        holder = self.owners.get(owner) or self._private.get(owner)
        attribute = inspect.getattr_static(holder, name, None) if holder else None
        return _function(attribute) if attribute is not None else None

    @functools.cache  # noqa: B019 - one graph lives as long as the script
    def _edges(self, function: types.FunctionType, owner: str) -> tuple[tuple[str, Any, frozenset[str]], ...]:
        walk = _Walk(function, owner)
        for child in ast.iter_child_nodes(source_tree(function)):
            walk.visit(child)
        if (owner, function.__name__) in UNSEEN:
            walk.add("method", UNSEEN[owner, function.__name__])
        return tuple(walk.edges)

    def missing(self) -> list[str]:
        """The entries of `UNSEEN` that the installed Telethon does not have."""
        return [
            f"{owner}.{name}" for pair in UNSEEN.items() for owner, name in pair if self._lookup(owner, name) is None
        ]


def _reason(name: str, raiser: types.FunctionType) -> str:
    if name == "asyncio.TimeoutError":
        return "timeout"
    if name == "OSError" or (name == "RuntimeError" and raiser.__module__ == "telethon.client.uploads"):
        return "file"
    if name in ("RuntimeError", "AlreadyInConversationError"):
        return "state"
    return "entity" if raiser.__module__ in ("telethon.client.users", utils.__name__) else "arguments"
