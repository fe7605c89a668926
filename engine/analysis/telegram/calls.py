"""What one call can raise: Telethon's and python-telegram-bot's methods and requests, other libraries, harmless functions."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import cached_property
from typing import Any

from ....knowledge.bots import CLIENTS, LIBRARIES, bot_method
from ....knowledge.classes import is_known
from ....knowledge.contract import Contract
from ....knowledge.errors import (
    call_contract,
    merge,
    ptb_method,
    telethon_event,
    telethon_method,
    telethon_owners,
    telethon_request,
)
from ....knowledge.kinds import CLIENT, DICT, EVENT, LIST, LOGGER, MATCH, OPTIONAL
from ..files import argument
from ..follow import places
from ..module import Module
from ..replacing import last_of
from ..scope import FunctionNode
from .kind_names import is_event
from .kinds import Kinds
from .project import PTB, TELETHON

#: Methods of Telethon that other things have, too, although their names have two words.
_GENERIC = frozenset(
    "get_response get_reply get_edit get_user get_users get_message get_me get_stats upload_file download_file sign_in sign_up log_out "
    "wait_event wait_read mark_read to_dict to_json is_connected is_read is_bot get_chat set_proxy results_valid serialize_bytes "
    "serialize_datetime from_reader pretty_format set_message cancel_all catch_up get_buttons forward_to".split()
)
#: Methods of python-telegram-bot with which the same is the case.
_GENERIC_PTB = frozenset(
    "get_file get_me get_chat log_out get_updates send_message delete_message delete_messages get_message".split()
)
#: What bots call the client of their library.
_CLIENT_WORDS = frozenset("bot _bot client _client app".split())
#: The libraries of contracts that are about Telegram.
TELEGRAM = frozenset({TELETHON, "python-telegram-bot", *LIBRARIES})
_STRING_METHODS = frozenset(
    "strip lstrip rstrip lower upper casefold title capitalize startswith endswith split rsplit splitlines partition rpartition join "
    "format zfill ljust rjust center isdigit isnumeric isdecimal isalpha isalnum isspace islower isupper encode append extend items "
    "keys values removeprefix removesuffix total_seconds strftime isoformat timestamp".split()
)
#: Methods of dictionaries and lists that raise by contract.
_FAILING = frozenset("pop popitem remove index".split())
_LOGGING = frozenset("debug info warning warn error exception critical log".split())
_HARMLESS = frozenset(
    f"builtins.{name}" for name in
    "range enumerate zip list dict set tuple frozenset sorted reversed min max sum any all abs round type hasattr format bytes bytearray "
    "super vars iter ord chr map filter slice object isinstance memoryview property complex".split()
) | frozenset(
    "time.time time.monotonic time.perf_counter datetime.datetime.now datetime.datetime.utcnow datetime.date.today datetime.timedelta "
    "datetime.datetime.today html.escape html.unescape os.path.join contextlib.suppress contextlib.nullcontext uuid.uuid4 io.BytesIO "
    "io.StringIO functools.partial urllib.parse.quote urllib.parse.quote_plus urllib.parse.urlencode secrets.token_hex pathlib.Path "
    "random.random random.randint random.uniform random.shuffle re.escape textwrap.dedent textwrap.shorten copy.copy copy.deepcopy "
    "collections.defaultdict collections.Counter collections.OrderedDict collections.deque asyncio.get_event_loop "
    "asyncio.get_running_loop telethon.utils.get_display_name telethon.utils.get_peer_id traceback.format_exc traceback.print_exc".split()
)  # fmt: skip
_REGEX = frozenset(f"re.{name}" for name in "compile match search fullmatch findall finditer sub split".split())
#: Where classes are built without touching the network.
_BUILDS = ("telethon.tl.types.", "telethon.types.", "telethon.Button.", "telethon.custom.Button.", "telethon.tl.custom.Button.",
           "telethon.tl.functions.", "telethon.functions.", "telethon.events.", "telegram.ext.filters.")  # fmt: skip
_REQUESTS = ("telethon.tl.functions.", "telethon.functions.")
_STARTS_TASKS = frozenset("asyncio.create_task asyncio.ensure_future asyncio.run_coroutine_threadsafe".split())
_WAITS_FOR = frozenset("asyncio.run asyncio.wait_for asyncio.gather asyncio.shield".split())


class Calls:
    """Contracts of the calls of one module."""

    def __init__(self, module: Module, kinds: Kinds | None = None) -> None:
        self.module = module
        self.kinds = kinds or Kinds(module)
        self.facts = self.kinds.facts
        self._asked: dict[ast.AST | None, frozenset[str]] = {}

    def words_of_tests(self, function: ast.AST | None) -> frozenset[str]:
        """The names and attributes in what a function asks: in its ``if``s and ``while``s."""
        if function not in self._asked:
            tests = (node.test for node in self.module.within(function, ast.If, ast.IfExp, ast.While))
            words = (getattr(n, "id", getattr(n, "attr", "")) for test in tests for n in ast.walk(test))
            self._asked[function] = frozenset(words)
        return self._asked[function]

    def function_of(self, call: ast.Call) -> tuple[Calls, FunctionNode] | None:
        """The one undecorated function of the project that a call runs, and the calls of its module; no method, no generator."""
        if not isinstance(call.func, ast.Name):
            return None
        found = places(self.module, call.func.id, call.func)
        if len(found) != 1 or not isinstance(found[0].binding.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return None
        function, module = found[0].binding.node, found[0].module
        if function.decorator_list or self.kinds.facts.yields(function):
            return None
        return (self if module is self.module else Calls(module, self.kinds.elsewhere(module))), function

    def contract(self, call: ast.Call) -> Contract | None:
        """What a call can raise where it stands: nothing of what a task raises that it starts. None if that is not known."""
        own = self._own(call)
        if own is None or own.kind == "function":
            return own
        if own.kind == "iterator":
            return own if self._is_iterated(call) else None
        waited = self.is_waited_for(call)
        if waited is None:
            return None if own.library in TELEGRAM else own
        return own if waited else Contract(own.call, own.library, own.kind, None)

    def is_telegram(self, contract: Contract) -> bool:
        """Whether a contract is of a call to Telegram itself."""
        return contract.library in TELEGRAM and contract.base is not None

    # Where it stands

    def _is_iterated(self, call: ast.Call) -> bool:
        parent = self.module.parent(call)
        return isinstance(parent, ast.AsyncFor) or (isinstance(parent, ast.comprehension) and bool(parent.is_async))

    def is_waited_for(self, node: ast.AST) -> bool | None:
        """True where what `node` raises arises here, False where a task of its own raises it, None where that is not known."""
        if "telethon.sync" in self._imported:
            return True
        parent = self.module.parent(node)
        while isinstance(parent, (ast.Starred, ast.GeneratorExp, ast.ListComp, ast.List, ast.Tuple, ast.IfExp)):
            parent = self.module.parent(parent)
        match parent:
            case ast.Await() | ast.AsyncFor():
                return True
            case ast.withitem():
                return isinstance(self.module.parent(parent), ast.AsyncWith)
            case ast.Call(func=function) if function is not node:
                name = self.module.resolve(function) or ""
                method = function.attr if isinstance(function, ast.Attribute) else ""
                if name in _STARTS_TASKS or method == "create_task":
                    return False
                if method == "run_until_complete" or name == "asyncio.run":
                    return True
                return self.is_waited_for(parent) if name in _WAITS_FOR else None
        return None

    @cached_property
    def _imported(self) -> set[str]:
        bound = self.module.names.root.bindings.values()
        return {
            b.qualified.rpartition(".")[0] for several in bound for b in several if b.kind == "import" and b.qualified
        }

    # What it is

    def _own(self, call: ast.Call) -> Contract | None:
        name = self.kinds.name_of(call.func)
        if name:
            if (known := call_contract(name)) is not None:
                constant = name in ("builtins.int", "builtins.float") and all(
                    isinstance(a, ast.Constant) for a in call.args
                )
                return _nothing(name) if constant else known
            if self._is_harmless(name, call):
                return _nothing(name)
        if (request := self._request(call)) is not None:
            return request
        if isinstance(call.func, ast.Attribute):
            return self._method(call, call.func, call)
        return None

    def _is_harmless(self, name: str, call: ast.Call) -> bool:
        if name in _HARMLESS or is_known(name):
            return True
        if name == "builtins.getattr":
            return len(call.args) == 3
        if name in _REGEX:
            return bool(call.args) and isinstance(call.args[0], ast.Constant)
        last = name.rpartition(".")[2]
        if name.startswith(_BUILDS):
            return True
        return name.startswith("telegram.") and name.count(".") == 1 and last[:1].isupper() and last not in ("Bot",)

    def _request(self, call: ast.Call) -> Contract | None:
        """``client(Request(…))``, which is known by the request, or by the client where the request is made elsewhere."""
        if len(call.args) != 1 or any(k.arg != "ordered" and k.arg != "flood_sleep_threshold" for k in call.keywords):
            return None
        argument = call.args[0]
        several = isinstance(argument, (ast.List, ast.ListComp))
        made = argument.elts[0] if isinstance(argument, ast.List) and argument.elts else argument
        if isinstance(made, ast.Name):
            made = self._assigned(made) or made
        request = self.kinds.name_of(made.func) if isinstance(made, ast.Call) else ""
        prefix = next((p for p in _REQUESTS if request.startswith(p)), None)
        if prefix is not None and isinstance(self.module.parent(call), ast.Await):
            return telethon_request(request.removeprefix(prefix), several=several)
        if self.kinds.of(call.func) == CLIENT:
            return telethon_request("", several=several)
        return None

    def _assigned(self, name: ast.Name) -> ast.expr | None:
        bound = self.module.bindings(name.id, name)
        parent = self.module.parent(bound[0].node) if len(bound) == 1 else None
        return parent.value if isinstance(parent, ast.Assign) and parent.targets == [bound[0].node] else None

    def _method(self, call: ast.Call, function: ast.Attribute, at: ast.Call) -> Contract | None:
        """The contract of a method that `call` calls where `at` stands."""
        name, kind = function.attr, (self.kinds.of(function.value) or "").removesuffix(OPTIONAL)
        arguments = _arguments(call)
        if kind == LOGGER or (
            name in _LOGGING and last_of(function.value).lower().endswith(("log", "logs", "logger", "logging"))
        ):
            return _nothing(f"logging.Logger.{name}") if name in _LOGGING else None
        if kind == MATCH or (kind in (DICT, LIST) and name not in _FAILING):
            return _nothing(f"{kind}.{name}")
        if is_event(kind):
            if kind == EVENT:
                return telethon_event(name, **arguments)
            return telethon_method(name, kind.removeprefix("telethon."), **arguments)
        if kind.startswith("telethon."):
            if kind == CLIENT and self.facts.subclasses_client and self.facts.has_own(name):
                return None  # perhaps the project's own method, in the place of Telethon's
            return _fitting_in_one(call, telethon_method(name, kind.removeprefix("telethon."), **arguments))
        if kind.startswith("telegram."):
            return ptb_method(name, kind.rpartition(".")[2], major=self._major(at))
        if kind.partition(".")[0] in LIBRARIES:
            library = self.facts.known(kind.partition(".")[0])
            return bot_method(library, kind, name) if library and not self.facts.has_own(name) else None
        if kind:
            return call_contract(f"{kind}.{name}")
        return self._by_name(call, function, arguments, at)

    def _by_name(
        self, call: ast.Call, function: ast.Attribute, arguments: dict[str, Any], at: ast.Call
    ) -> Contract | None:
        """A method of something whose kind is not known: what its name alone says."""
        name, receiver = function.attr, function.value
        if isinstance(receiver, ast.Constant) or name in _STRING_METHODS:
            return _nothing(f"builtins.str.{name}")
        if (
            name == "replace"
            and len(call.args) == 2
            and isinstance(call.args[0], ast.Constant)
            and isinstance(call.args[0].value, str)
        ):
            return _nothing("builtins.str.replace")
        if (
            "_" not in name
            or self.kinds.name_of(receiver)
            or self.facts.has_own(name)
            or not self._is_awaited_at_once(at)
        ):
            return None
        if self._speaks(TELETHON) and name not in _GENERIC:
            found = [telethon_method(name, owner, **arguments) for owner in telethon_owners(name)]
            known = [fitting for contract in found if (fitting := _fitting_in_one(call, contract)) is not None]
            return merge(known, name) if known else None
        if self._speaks(PTB) and (name not in _GENERIC_PTB or last_of(receiver) in ("bot", "_bot")):
            owner = "Bot" if last_of(receiver) in ("bot", "_bot") else None
            return ptb_method(name, owner, major=self._major(at))
        if (library := self.facts.bot_library(self.module.source.data)) is not None:
            kind = next((c for c in CLIENTS if c.startswith(f"{library.package}.")), "")
            if last_of(receiver) in _CLIENT_WORDS or name not in _GENERIC | _GENERIC_PTB:
                return bot_method(library, kind if last_of(receiver) in _CLIENT_WORDS else "", name)
        return None

    def _speaks(self, library: str) -> bool:
        return self.facts.speaks(library, self.module.source.data)

    def _is_awaited_at_once(self, call: ast.Call) -> bool:
        return bool(self.is_waited_for(call)) or self._is_iterated(call)

    def _major(self, call: ast.Call) -> int:
        return 20 if self.is_waited_for(call) is not None else 13


def _nothing(name: str) -> Contract:
    """The contract of a call that raises nothing by contract."""
    return Contract(name, name.partition(".")[0], "function", None)


def _arguments(call: ast.Call) -> dict[str, Any]:
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return {"positional": None, "keywords": ()}
    return {"positional": len(call.args), "keywords": {str(k.arg) for k in call.keywords}}


def _fitting_in_one(call: ast.Call, contract: Contract | None) -> Contract | None:
    """The contract without what only several requests at once raise, where the call shows that it makes a single one."""
    messages = argument(call, 1, "message_ids")
    if contract is None or not isinstance(messages, (ast.Constant, ast.List, ast.Tuple)):
        return contract
    several = isinstance(messages, (ast.List, ast.Tuple)) and any(isinstance(e, ast.Starred) for e in messages.elts)
    outside = tuple(o for o in contract.outside if several or o.name != "telethon.errors.MultiError")
    return replace(contract, outside=outside)
