"""Which calls return only when a server, a database, a person or the clock has done something (`knowledge.blocking`)."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...knowledge.blocking import (
    BROWSER,
    FUNCTIONS,
    LIBRARIES,
    MADE_BY,
    METHODS,
    NEAR,
    NEAR_HOSTS,
    ONLY_WITH,
    SPELLINGS,
    WORDS,
)
from .assignments import set_once
from .facts import Facts
from .files import argument
from .literal import text_of
from .module import Module, Project
from .resolver import class_around
from .scope import FunctionNode

#: What says of an argument that it is an address and no text.
_ADDRESS = re.compile(r"(?i)https?:|url|link|feed|rss|href|addr|source")


@dataclass(frozen=True, slots=True)
class Block:
    """A call that blocks."""

    call: ast.Call
    #: What it waits for, a key of `knowledge.blocking.UNTIL`.
    kind: str
    #: The function's dotted name, or the kind of object and the method.
    name: str
    #: The kind of the object whose method it is; "" for a function.
    owner: str = ""

    @property
    def is_of_browser(self) -> bool:
        """Whether a program starts a browser by it, or drives one."""
        return BROWSER in (self.owner, SPELLINGS.get(self.name, self.name))


class Blocks:
    """The calls of a project's modules that block. Ask `Project.fact(Blocks)`."""

    def __init__(self, project: Project) -> None:
        self.facts = project.fact(Facts)
        self._known: dict[ast.Call, Block | None] = {}
        self._within: dict[tuple[Module, FunctionNode | None], list[Block]] = {}
        mentioned = {name for name in LIBRARIES if project.contains(name.encode())}
        makers = {**SPELLINGS, **MADE_BY}
        mentioned |= {kind.partition(".")[0] for name, kind in makers.items() if name.partition(".")[0] in mentioned}
        #: The methods that are looked at: of objects that nothing in the project can make there are none.
        self._methods = frozenset(
            method
            for kind, (_, methods) in METHODS.items()
            if kind.partition(".")[0] in mentioned or (kind.startswith("DB-API") and mentioned)
            for method in methods
        )

    def of(self, module: Module, call: ast.Call) -> Block | None:
        """What a call waits for, where it is known to block."""
        if call not in self._known:
            self._known[call] = self._find(module, call)
        return self._known[call]

    def within(self, module: Module, function: FunctionNode | None) -> list[Block]:
        """The calls of a function's own code that block, in source order."""
        key = module, function
        if key not in self._within:
            blocks = (self.of(module, call) for call in module.within(function, ast.Call))
            self._within[key] = [block for block in blocks if block is not None]
        return self._within[key]

    def _find(self, module: Module, call: ast.Call) -> Block | None:
        function = call.func
        is_method = isinstance(function, ast.Attribute)
        if isinstance(function, ast.Attribute) and function.attr not in WORDS:
            return None
        if not isinstance(function, (ast.Attribute, ast.Name)) or isinstance(module.parent(call), ast.Await):
            return None
        name = self.facts.name_of(module, function)
        if kind := FUNCTIONS.get(name):
            return Block(call, kind, name) if _waits(name, call) else None
        if name or not is_method or function.attr not in self._methods:  # type: ignore[union-attr]
            return None
        owner = self.facts.kind(module, function.value)  # type: ignore[union-attr]
        kind, methods = METHODS.get(owner, ("", frozenset()))
        method = function.attr  # type: ignore[union-attr]
        if method not in methods or self.is_answered_at_once(module, call) or _goes_on(owner, call):
            return None
        return Block(call, kind, f"{owner}.{method}", owner)

    def drives_browser(self, module: Module, block: Block) -> bool:
        """Whether a call is one of several by which its function drives a browser."""
        inside = self.within(module, module.function(block.call)) if block.is_of_browser else []
        return sum(other.is_of_browser for other in inside) > 1

    def is_answered_at_once(self, module: Module, call: ast.Call) -> bool:
        """Whether a call asks a server on this machine, or beside it, for what that gives sooner than a thread pays."""
        if not isinstance(call.func, ast.Attribute):
            return False
        client = call.func.value
        return call.func.attr in NEAR.get(self.facts.kind(module, client), ()) and self._is_near(module, client)

    def _is_near(self, module: Module, client: ast.expr) -> bool:
        """Whether nothing shows that the client of a server asks one far away, by the call that makes it.

        A name without a dot is that of a container beside it, and one out of the settings nearly always that of the same network.
        """
        where, made = (module, client) if isinstance(client, ast.Call) else self.facts.graph.assigned(module, client)
        if made is None and isinstance(client, ast.Attribute):
            made = _set_once(module, client)
        if not isinstance(made, ast.Call) or any(keyword.arg in (None, "connection_pool") for keyword in made.keywords):
            return False
        if any(isinstance(given, ast.Starred) for given in made.args):
            return False
        if self.facts.name_of(where, made.func).endswith(".from_url"):
            asked = urlsplit(text_of(where, made.args[0]) or "") if made.args else None
            return asked is not None and (asked.scheme == "unix" or asked.hostname in NEAR_HOSTS)
        host = argument(made, 0, "host")
        named = text_of(where, host) if host is not None else None
        return named is None or named in NEAR_HOSTS or "." not in named


def _set_once(module: Module, attribute: ast.Attribute) -> ast.expr | None:
    """What the one assignment to an attribute of an object gives it, in the class around: ``self.db`` of ``self.db = Redis()``."""
    cls = class_around(module, attribute)
    return set_once(module, cls, attribute.attr) if cls is not None else None


def _goes_on(owner: str, call: ast.Call) -> bool:
    """Whether a download only begins."""
    return owner == "pySmartDL.SmartDL" and getattr(argument(call, 0, "blocking"), "value", True) is False


def _waits(name: str, call: ast.Call) -> bool:
    """Whether the arguments of a function are such that it waits."""
    if name.startswith("os.spawn"):
        return bool(call.args) and "P_NOWAIT" not in ast.dump(call.args[0])
    if name == "os.waitpid":
        return not (len(call.args) > 1 and "WNOHANG" in ast.dump(call.args[1]))
    if name == "feedparser.parse":  # which takes the text of a feed as well
        return bool(call.args) and bool(_ADDRESS.search(ast.unparse(call.args[0])))
    if name in ("socket.gethostbyname", "socket.gethostbyname_ex"):
        # the machine's own name stands in its list of hosts
        return not any(isinstance(part, ast.Call) and "gethostname" in ast.dump(part.func) for part in call.args)
    if name not in ONLY_WITH:
        return True
    place, keyword = ONLY_WITH[name]
    given = call.args[place : place + 1] or [k.value for k in call.keywords if k.arg == keyword]
    return any(not (isinstance(value, ast.Constant) and not value.value) for value in given)


def streams(module: Module, call: ast.Call) -> bool:
    """Whether the answer to a request comes when it is read: ``stream=True``, and what `urlopen()` gives."""
    if (module.resolve(call.func) or "") == "urllib.request.urlopen":
        return True
    return any(
        k.arg == "stream" and not (isinstance(k.value, ast.Constant) and not k.value.value) for k in call.keywords
    )


def only_asks(call: ast.Call, verb: str) -> bool:
    """Whether a request asks for something and changes nothing, by what HTTP says of its method: `verb`, or "urlopen"."""
    if verb == "urlopen":  # which may be given a request of any method
        plain = bool(call.args) and isinstance(call.args[0], (ast.Constant, ast.JoinedStr, ast.BinOp))
        return plain and len(call.args) == 1 and all(keyword.arg not in ("data", None) for keyword in call.keywords)
    return verb in ("get", "head", "options")
