"""Regenerate `knowledge/yields.json`: which methods of Telegram libraries give control to the event loop before they return.

    python scripts/sure_yields.py [LIBRARY=DIRECTORY …]

`DIRECTORY` holds the package of a library ("aiogram=site-packages/aiogram"); several of the same name (releases, forks)
count together: a method has to be sure in all that have it. Libraries that are not named keep what the present table
says of them; "telegram" and "telethon" are taken from the running Python unless they are named.

A method is sure if each of its paths to a return awaits a request to Telegram, directly or through another method that
surely does. Its source is read with `ast`: both branches of an `if`, every clause of a `try`; a loop may not run at all,
so what stands in one does not count, unless it is endless. A name counts where every definition of it in the library is such a method.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import sys
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from types import MappingProxyType

Key = tuple[str, str]
#: What handlers of aiogram and Pyrogram are given, and what leads from there.
_OBJECTS = frozenset(
    "Message CallbackQuery InlineQuery Chat User PreCheckoutQuery ShippingQuery ChatJoinRequest".split()
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Paths:
    """Whether each path of a coroutine that returns has awaited something that surely yields."""

    def __init__(self, sure: Collection[str], requests: Collection[str], known: Mapping[str, Collection[str]]) -> None:
        #: Names of methods known to yield so far, and the callables whose call is a request ("self", "request.post").
        self.sure, self.requests = sure, requests
        #: The methods that yield on expressions whose class is known.
        self.known = known
        self.missed = False

    def all_yield(self, function: Function) -> bool:
        """Whether no path returns without a yield."""
        self.missed = False
        return self._block(function.body, False) is not False and not self.missed

    def _block(self, body: list[ast.stmt], yielded: bool) -> bool | None:
        """Whether what comes behind the statements is reached with a yield behind it; None: it is not reached."""
        state: bool | None = yielded
        for statement in body:
            if state is None:
                return None
            state = self._statement(statement, state)
        return state

    def _statement(self, statement: ast.stmt, yielded: bool) -> bool | None:
        match statement:
            case ast.Return(value=value):
                self.missed |= not (yielded or (value is not None and self._evaluates(value)))
                return None
            case ast.Raise() | ast.Break() | ast.Continue():
                return None
            case ast.If(test=ast.Attribute(attr="_client" | "_bot"), body=body):
                return self._block(body, yielded)  # what came from the library has one
            case ast.While(test=ast.Constant(value=True), body=body):
                self._block(body, yielded)
                return None if not any(isinstance(n, ast.Break) for n in ast.walk(statement)) else yielded
            case ast.If(test=test, body=body, orelse=orelse):
                yielded = yielded or self._evaluates(test)
                return _join(self._block(body, yielded), self._block(orelse, yielded))
            case (
                ast.For(body=body, orelse=orelse)
                | ast.AsyncFor(body=body, orelse=orelse)
                | ast.While(body=body, orelse=orelse)
            ):
                self._block(body, yielded)
                return self._block(orelse, yielded)
            case ast.Try():
                return self._try(statement, yielded)
            case ast.With(body=body) | ast.AsyncWith(body=body):
                return self._block(body, yielded)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return yielded
        return yielded or any(self._evaluates(child) for child in ast.iter_child_nodes(statement))

    def _try(self, statement: ast.Try, yielded: bool) -> bool | None:
        after = self._block(statement.body, yielded)
        after = None if after is None else self._block(statement.orelse, after)
        for handler in statement.handlers:
            after = _join(after, self._block(handler.body, yielded))
        return None if after is None else self._block(statement.finalbody, after)

    def _evaluates(self, node: ast.AST) -> bool:
        """Whether evaluating an expression to its end surely awaits something that yields."""
        match node:
            case ast.Await(value=ast.Call() as call) if self._sends(call):
                return True
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._evaluates(test) or (self._evaluates(body) and self._evaluates(orelse))
            case ast.BoolOp(values=[first, *_]):
                return self._evaluates(first)
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return False
        return any(self._evaluates(child) for child in ast.iter_child_nodes(node))

    def _sends(self, call: ast.Call) -> bool:
        if ast.unparse(call.func) in self.requests:
            # A list of requests may be empty.
            return not any(isinstance(argument, (ast.ListComp, ast.List)) for argument in call.args)
        match call.func:
            case ast.Attribute(value=receiver, attr=name):
                return name in self.known.get(ast.unparse(receiver), self.sure)
        return False


def _join(one: bool | None, other: bool | None) -> bool | None:
    if one is None or other is None:
        return other if one is None else one
    return one and other


def methods(library: Library, directory: Path) -> dict[Key, Function]:
    """The methods of a package: (class, method) → its definition."""
    found: dict[Key, Function] = {}
    generated = {directory / "tl/functions", directory / "tl/types"}
    for path in sorted(path for path in directory.rglob("*.py") if path.parent not in generated):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        waiting = [(node, "") for node in tree.body]
        while waiting:
            node, outer = waiting.pop()
            if isinstance(node, Function) and path.stem == library.functions:
                found[path.stem, node.name] = node
            if not isinstance(node, ast.ClassDef):
                continue
            owner = library.spelled(path, f"{outer}{node.name}")
            waiting += [(inner, f"{node.name}.") for inner in node.body]
            own = {m.name: m for m in node.body if isinstance(m, Function)}
            for statement in node.body:
                match statement:
                    case ast.Assign(targets=[ast.Name(id=alias)], value=ast.Name(id=name)) if name in own:
                        own[alias] = own[name]
            found.update({(owner, name): method for name, method in own.items()})
    return found


def sure_methods(library: Library, definitions: dict[Key, Function]) -> set[Key]:
    """Those of a library's coroutine methods that surely yield.

    The largest set is right: a call that returns has a last call in it that awaits no other of the set.
    """
    made = {key for key, function in definitions.items() if library.makes_requests(function)}
    sure = {key for key, function in definitions.items() if isinstance(function, ast.AsyncFunctionDef)} | made
    named = defaultdict(set)
    for owner, name in definitions:
        named[name].add((owner, name))
    while True:
        names = {name for name, keys in named.items() if keys <= sure}
        fewer = set()
        for owner, name in sure - made - library.by_reading:
            known = {"self": owner, **library.receivers}
            paths = Paths(names, library.requests, {k: {n for o, n in sure if o == v} for k, v in known.items()})
            if not paths.all_yield(definitions[owner, name]):
                fewer.add((owner, name))
        if not fewer:
            return sure
        sure -= fewer


def kinds(library: Library, directories: list[Path]) -> dict[str, list[str]]:
    """Kind → its methods that are sure in every release that has them."""
    sure: set[Key] = set()
    unsure: set[Key] = set()
    for directory in directories:
        definitions = methods(library, directory)
        found = sure_methods(library, definitions)
        sure |= found
        unsure |= definitions.keys() - found
    table: dict[str, set[str]] = defaultdict(set)
    for owner, name in sure - unsure:
        kind = library.kind(owner)
        if kind and not name.startswith("_") and name == name.lower():
            table[kind].add(name)
    doubtful = {name for owner, name in unsure if library.kind(owner)} & set().union(*table.values())
    return {**{kind: sorted(names) for kind, names in sorted(table.items())}, f"{library.name}.?": sorted(doubtful)}


def release(directory: Path) -> str:
    """The release of a package, by the metadata beside it."""
    for record in sorted(directory.parent.glob("*.dist-info/RECORD")):
        if f"\n{directory.name}/__init__.py," in "\n" + record.read_text(encoding="utf-8"):
            return record.parent.name.removesuffix(".dist-info")
    raise SystemExit(f"no metadata of a release beside {directory}")


class Library:
    """How one library is read."""

    name = "telegram"
    #: Callables whose awaited call is a request.
    requests: frozenset[str] = frozenset({"request.post", "self.rate_limiter.process_request"})
    #: Expressions whose class is known.
    receivers: Mapping[str, str] = MappingProxyType({"self.get_bot()": "Bot"})
    #: Methods that were read by a person, and why their loops or lists are never empty.
    by_reading: frozenset[Key] = frozenset()
    #: The module of which the functions send the requests, where they are no methods.
    functions = ""

    def spelled(self, path: Path, name: str) -> str:
        """The name that a class goes by."""
        return name

    def makes_requests(self, function: Function) -> bool:
        """Whether a plain method returns a request that is sent when it is awaited."""
        return False

    def kind(self, owner: str) -> str:
        """The kind of the objects that have the methods of a class; "" for what no bot is given."""
        if owner in ("ExtBot", "TrackedBoundedSemaphore"):
            return ""
        return f"telegram.{ {'_ChatBase': 'Chat', '_BaseMedium': 'Medium'}.get(owner, owner) }"


class Telethon(Library):
    """Mixins of the client, and events with a class `Event` in each."""

    name = "telethon"
    requests = frozenset({"self", "client", "self._client", "self.client", "self._call"})
    receivers: Mapping[str, str] = dict.fromkeys(("client", "self._client", "self.client"), "TelegramClient")
    by_reading = frozenset(
        {
            ("TelegramClient", "send_file"),  # an empty list of files is refused at its beginning
            ("Message", "delete"),  # one identifier, so one request
            ("Message", "forward_to"),  # one message
            ("CallbackQuery.Event", "delete"),
            ("TelegramClient", "_call"),
        }
    )

    def spelled(self, path: Path, name: str) -> str:
        return "TelegramClient" if name.endswith("Methods") else name

    def kind(self, owner: str) -> str:
        if owner.endswith(".Event"):
            return f"telethon.events.{owner}"
        known = ("TelegramClient", "Message", "Conversation", "InlineResult", "Dialog", "Draft")
        return f"telethon.{owner}" if owner in known else ""


class Aiogram(Library):
    """Release 3 sends a method object when it is awaited; release 2 has coroutines."""

    name = "aiogram"
    requests = frozenset({"self", "self.request", "self.session"})
    receivers: Mapping[str, str] = dict.fromkeys(("self.bot", "self._bot", "bot"), "Bot")

    def makes_requests(self, function: Function) -> bool:
        returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
        return bool(returns) and all(
            isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "as_"
            for value in returns
        )

    def kind(self, owner: str) -> str:
        return "aiogram.Bot" if owner in ("Bot", "BaseBot") else f"aiogram.types.{owner}" if owner in _OBJECTS else ""


class Pyrogram(Library):
    """A class for each method of the client."""

    name = "pyrogram"
    requests = frozenset({"self.invoke", "client.invoke", "self._client.invoke"})
    receivers: Mapping[str, str] = MappingProxyType({"self._client": "Client", "client": "Client"})

    def spelled(self, path: Path, name: str) -> str:
        return "Client" if "methods" in path.parts else name

    def kind(self, owner: str) -> str:
        return "pyrogram.Client" if owner == "Client" else f"pyrogram.types.{owner}" if owner in _OBJECTS else ""


class Telebot(Library):
    """Methods of the asynchronous client call a function each, which sends the request."""

    name = "telebot"
    requests = frozenset({"_process_request"})
    receivers: Mapping[str, str] = MappingProxyType({"asyncio_helper": "asyncio_helper", "self": "AsyncTeleBot"})
    functions = "asyncio_helper"

    def kind(self, owner: str) -> str:
        return "telebot.AsyncTeleBot" if owner == "AsyncTeleBot" else ""


LIBRARIES: dict[str, Library] = {one.name: one for one in (Library(), Telethon(), Aiogram(), Pyrogram(), Telebot())}


def main(arguments: list[str]) -> None:
    """Write the table."""
    given = defaultdict(list)
    for argument in arguments:
        name, _, directory = argument.partition("=")
        given[name].append(Path(directory))
    for name in ("telegram", "telethon"):
        if name not in given:
            given[name].append(Path(str(importlib.util.find_spec(name).submodule_search_locations[0])))  # type: ignore[union-attr, index]
    target = Path(__file__).resolve().parent.parent / "knowledge" / "yields.json"
    table = json.loads(target.read_text(encoding="utf-8"))
    for name, directories in given.items():
        table["provenance"][name] = sorted(map(release, directories))
        table["kinds"] = {kind: names for kind, names in table["kinds"].items() if kind.partition(".")[0] != name}
        table["kinds"] |= {kind: " ".join(names) for kind, names in kinds(LIBRARIES[name], directories).items()}
    target.write_text(json.dumps(table, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
