"""What single expressions are: names of libraries, objects of an update, constants, calls of a library's coroutines."""

from __future__ import annotations

import ast

from ...knowledge.bots import is_of_update as is_of_bots_update
from ...knowledge.kinds import LOGGER, RESPONSES, SENDS_REQUESTS, TELLS_OF_RESPONSE, UPDATE
from .arguments import is_program_argument
from .calls.graph import CallGraph
from .constants import is_unchanging, rebinding
from .container_uses import is_immutable
from .families import binds, derived
from .files import argument
from .flow import Flow
from .immutable import Options, is_given_immutable, is_of_immutable
from .module import Module, Project
from .replacements import Replacements
from .resolver import Definition, class_around
from .scope import FunctionNode
from .telegram.kind_names import is_event
from .telegram.kinds import Kinds
from .waits import Wait, Waits

_PLAIN_DECORATORS = frozenset(
    "builtins.staticmethod builtins.classmethod functools.wraps typing.override abc.abstractmethod".split()
)
#: Kinds of objects that come with an update.
_OF_UPDATE = frozenset(
    "telegram.Message telegram.CallbackQuery telegram.Chat telegram.User telegram.InlineQuery telegram.File telethon.Message "
    "telethon.Entity telethon.InlineResults telethon.InlineResult telethon.Part re.Match".split()
)
_HARMLESS_MANAGERS = frozenset(
    "contextlib.suppress contextlib.nullcontext tempfile.TemporaryDirectory tempfile.TemporaryFile tempfile.NamedTemporaryFile "
    "aiohttp.ClientSession httpx.AsyncClient httpx.Client httpx2.Client requests.Session requests.session io.BytesIO io.StringIO "
    "contextlib.closing concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor".split()
)
_DOWNLOADERS = frozenset({"yt_dlp.YoutubeDL", "youtube_dl.YoutubeDL"})

_GIVES_NONE = frozenset("os.remove os.unlink builtins.print shutil.rmtree".split())
_DEPTH = 4


class Facts:
    """Facts about the expressions of a project. Ask `Project.fact(Facts)`."""

    #: Attributes of a context that belong to its update where updates of one chat or user never run together (see `overlap`).
    data_of_chats: frozenset[str] = frozenset()

    def __init__(self, project: Project) -> None:
        self.graph = project.fact(CallGraph)
        self._kinds: dict[Module, Kinds] = {}
        self._waits: dict[Module, Waits] = {}
        self._flows: dict[ast.AST, Flow] = {}
        self._overridden: dict[ast.AST, bool] = {}
        self._by_result: dict[ast.Call, Wait | None] = {}
        self._replacements = project.fact(Replacements)

    def flow(self, module: Module, function: FunctionNode) -> Flow:
        """The control flow of a function."""
        if function not in self._flows:
            self._flows[function] = self.waits(module).flow(function)
        return self._flows[function]

    def kinds(self, module: Module) -> Kinds:
        """The kinds of Telegram objects in a module."""
        if module not in self._kinds:
            self._kinds[module] = next(iter(self._kinds.values())).elsewhere(module) if self._kinds else Kinds(module)
        return self._kinds[module]

    def waits(self, module: Module) -> Waits:
        """What the awaits of a module are."""
        if module not in self._waits:
            self._waits[module] = Waits(module, self.kinds(module))
        return self._waits[module]

    def kind(self, module: Module, node: ast.AST) -> str:
        """The kind of Telegram object that an expression is, or ""."""
        return (self.kinds(module).of(node) or "").removesuffix("?")

    def name_of(self, module: Module, node: ast.AST) -> str:
        """The dotted name of something outside the project, or ""."""
        return self.waits(module).name_of(node)

    def library_call(self, module: Module, call: ast.Call) -> Wait | None:
        """What awaiting the call of a library's coroutine does; None where it is not known to be one."""
        if (known := self.waits(module).library(call)) is not None or not isinstance(call.func, ast.Attribute):
            return known
        if call not in self._by_result:
            kinds = self._possible_kinds(module, call.func.value)
            self._by_result[call] = self.waits(module).method_of(call.func.attr, kinds) if kinds else None
        return self._by_result[call]

    def _possible_kinds(self, module: Module, node: ast.AST, depth: int = 0) -> frozenset[str]:
        """The kinds of Telegram objects that an expression may have besides None; empty where it may have another one."""
        if depth > _DEPTH:
            return frozenset()
        if kind := self.kind(module, node):
            return frozenset({kind})
        several: list[tuple[Module, ast.AST]] = []
        match node:
            case ast.Await(value=ast.Call(func=called)) | ast.Call(func=called):
                if (meant := self.definition(module, called)) is None or isinstance(meant[1], ast.ClassDef):
                    return frozenset()
                where, function = meant[0], meant[1]
                returns = [r.value for r in where.within(function, ast.Return)]
                several = [(where, value) for value in returns if value is not None and not self._is_none(where, value)]
            case ast.Name(id=name):
                for binding in module.bindings(name, node):
                    parent = module.parent(binding.node)
                    if isinstance(binding.node, ast.arg):
                        several.append((module, binding.node))
                    elif isinstance(parent, ast.Assign) and parent.targets == [binding.node]:
                        several.append((module, parent.value))
                    else:
                        return frozenset()
            case ast.arg():
                kind = (self.kinds(module).parameter(node) or "").removesuffix("?")
                return frozenset({kind}) if kind else frozenset()
            case ast.IfExp(body=a, orelse=b) | ast.BoolOp(values=[a, b]):
                several = [(module, a), (module, b)]
        found = [self._possible_kinds(where, value, depth + 1) for where, value in several]
        return frozenset().union(*found) if all(found) else frozenset()

    def _is_none(self, module: Module, value: ast.expr) -> bool:
        if isinstance(value, ast.Call):
            return self.name_of(module, value.func) in _GIVES_NONE
        return isinstance(value, ast.Constant) and value.value is None

    def is_library_iterator(self, module: Module, iterated: ast.expr) -> bool:
        """Whether an ``async for`` goes over what a library gives one after the other."""
        return isinstance(iterated, ast.Call) and self.library_call(module, iterated) is not None

    def is_of_update(self, module: Module, node: ast.AST) -> bool:
        """Whether an object belongs to one update (an event, a message, a user of it): its data never changes."""
        if isinstance(node, ast.arg):
            kind = (self.kinds(module).parameter(node) or "").removesuffix("?")
        else:
            kind = self.kind(module, node)
        return is_event(kind) or kind == UPDATE or kind in _OF_UPDATE or is_of_bots_update(kind)

    def is_logging(self, module: Module, call: ast.Call) -> bool:
        """Whether a call writes to a log."""
        return isinstance(call.func, ast.Attribute) and self.kind(module, call.func.value) == LOGGER

    def is_option(self, module: Module, target: ast.AST) -> bool:
        """Whether a variable is assigned what is taken out of the ``**options`` of its function, of which every call gives constants."""
        made = module.parent(target)
        return isinstance(made, ast.Assign) and module.project.fact(Options).is_constant(module, made.value)

    def is_response(self, module: Module, node: ast.AST) -> bool:
        """Whether an expression is what a server has answered, to a request that did not have to be awaited or was."""
        return self.kind(module, node) in RESPONSES

    def tells_of_response(self, module: Module, call: ast.Call) -> bool:
        """Whether a call only asks a server's answer what it is."""
        function = call.func
        return (
            isinstance(function, ast.Attribute)
            and function.attr in TELLS_OF_RESPONSE
            and self.is_response(module, function.value)
        )

    def sends_request(self, module: Module, call: ast.Call) -> bool:
        """Whether a call sends a request by way of a synchronous session."""
        function = call.func
        return (
            isinstance(function, ast.Attribute) and (self.kind(module, function.value), function.attr) in SENDS_REQUESTS
        )

    def definition(self, module: Module, node: ast.AST) -> tuple[Module, Definition] | None:
        """The function or class of the project that an expression stands for."""
        return self.graph.definition(module, node)

    def is_own_constant(self, module: Module, node: ast.Attribute) -> bool:
        """Whether an attribute of an object of the project, or of its class, is only set while the object is made."""
        owner = self.graph.class_of(module, node.value)
        if owner is None:
            return self.is_steady(module, node.value) and is_program_argument(self._replacements, module, node)
        stored = self._stores(module, node)
        if not stored and not self._is_declared(*owner, node.attr):
            return False
        if module.project.contains(b"__get__") and any(isinstance(value, ast.Call) for _, value in stored):
            return False  # which may be asked each time
        where, cls = owner
        for found in self._replacements.of_method(*owner, node.attr):
            function = found.module.function(found.node)
            inside = (
                function is not None and function.name == "__init__" and class_around(found.module, found.node) is cls
            )
            if not inside or not (isinstance(found.owner, ast.Name) and found.owner.id == "self"):
                return False
        return not any(
            isinstance(a, (ast.For, ast.While))
            for n in self._targets(where, cls, node.attr)
            for a in where.ancestors(n)
        )

    def _is_declared(self, module: Module, cls: ast.ClassDef, name: str) -> bool:
        """Whether a class says of an attribute that it is a text, a number or the like, and leaves its value to a library."""
        bindings = module.names.opened[cls].bindings.get(name, ())
        declared = [module.parent(binding.node) for binding in bindings]
        return bool(declared) and all(
            isinstance(one, ast.AnnAssign) and one.value is None and is_of_immutable(module, one.annotation)
            for one in declared
        )

    def _targets(self, module: Module, cls: ast.ClassDef, name: str) -> list[ast.AST]:
        found: list[ast.AST] = [b.node for b in module.names.opened[cls].bindings.get(name, ())]
        for target in module.attributes(name):
            if not isinstance(target.ctx, ast.Load) and class_around(module, target) is cls:
                found.append(target)
        return found

    def _stores(self, module: Module, node: ast.Attribute) -> list[tuple[Module, ast.expr]]:
        """The values that the class gives to an attribute, each with its module; empty where one is none that the source shows."""
        owner = self.graph.class_of(module, node.value)
        values: list[tuple[Module, ast.expr]] = []
        for target in self._targets(*owner, node.attr) if owner else ():
            parent = owner[0].parent(target) if owner else None
            if owner is None or not isinstance(parent, (ast.Assign, ast.AnnAssign)) or parent.value is None:
                return []
            values.append((owner[0], parent.value))
        return values

    def is_harmless_block(self, module: Module, item: ast.withitem) -> bool:
        """Whether a ``with`` item holds nothing that others may want: no lock, no transaction, no setting of the process."""
        manager = item.context_expr
        if not isinstance(manager, ast.Call):
            return False
        name = self.name_of(module, manager.func)
        if name.startswith("tempfile.") and (
            len(manager.args) > 2 or any(k.arg in ("dir", None) for k in manager.keywords)
        ):
            return False  # in a folder that others may look into
        if name in _HARMLESS_MANAGERS or reads_file(name, manager) or self.is_response(module, manager):
            return True
        if name in _DOWNLOADERS:  # at its end it saves the cookies of all
            return not module.project.contains(b"cookiefile")
        known = self.library_call(module, manager) if isinstance(module.parent(item), ast.AsyncWith) else None
        return known is not None and known.place != "telegram"  # which may send requests meanwhile: "typing …"

    def is_plain(self, module: Module, function: FunctionNode) -> bool:
        """Whether calling a function runs its body and nothing else."""
        if any(module.resolve(decorator) not in _PLAIN_DECORATORS for decorator in function.decorator_list):
            return False
        if module.within(function, ast.Yield, ast.YieldFrom):
            return False
        cls = module.parent(function)
        if not isinstance(cls, ast.ClassDef):
            return True
        if function not in self._overridden:  # another class may mean something else by it
            self._overridden[function] = any(self._has_another(*one, function) for one in derived(self.graph, cls))
        return not self._overridden[function]

    def _has_another(self, module: Module, cls: ast.ClassDef, function: FunctionNode) -> bool:
        """Whether a class derived from that of a method, or another base of it, has a method of that name."""
        bases = [meant for base in cls.bases if (meant := self.definition(module, base)) is not None]
        methods = [self.graph.method(m, c, function.name) for m, c in bases if isinstance(c, ast.ClassDef)]
        return binds(module, cls, function.name) or any(found and found[1] is not function for found in methods)

    def is_constant(self, module: Module, node: ast.expr) -> bool:
        """Whether a name of a module, or an attribute of an object of the project, stands for one thing that never changes."""
        if self.name_of(module, node) or self.definition(module, node) is not None:
            return True
        if isinstance(node, ast.Attribute) and self.is_own_constant(module, node):
            stored = self._stores(module, node)
            return all(self._never_changes(where, value) for where, value in stored)
        found = self.graph.symbol(module, node)
        return found is not None and is_unchanging(*found)

    def _never_changes(self, module: Module, value: ast.expr) -> bool:
        if isinstance(value, ast.Name) and is_given_immutable(self.graph, module, value):
            return True
        return is_immutable(module, value)

    def is_steady(self, module: Module, node: ast.expr) -> bool:
        """Whether a variable of a module is never bound again."""
        found = self.graph.symbol(module, node)
        return found is not None and rebinding(*found) is None


def reads_file(name: str, call: ast.Call) -> bool:
    """Whether a call of the function `name` opens a file for reading."""
    if name not in ("builtins.open", "io.open", "zipfile.ZipFile"):
        return False
    mode = argument(call, 1, "mode")
    return mode is None or (isinstance(mode, ast.Constant) and not set(str(mode.value)) & set("wax+"))
