"""What calls do that others can see or depend on: their touches."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

from ...knowledge.blocking import FUNCTIONS, REQUEST
from ...knowledge.file_effects import LOOKING_PARTS, only_looks
from ...knowledge.purity import (
    MUTATES_FIRST_ARGUMENT,
    MUTATING_METHODS,
    PURE_METHODS,
    TELLING_METHODS,
    functions_among,
    is_harmless,
)
from .assignments import all_values_of
from .blocking import only_asks
from .commands import tells_only
from .facts import Facts
from .fates import Whose
from .file_reads import QuietReads
from .immutable import OF_TEXTS, is_text_or_number
from .module import Module
from .ownership import Frame
from .resolver import Definition
from .scope import FunctionNode
from .touch import SERVER, Touch

#: What looks at its arguments only from outside.
_ASKS_ONLY = frozenset(
    "builtins.isinstance builtins.type builtins.id builtins.callable asyncio.iscoroutinefunction".split()
)

#: Random numbers that no `random.seed()` decides.
_OWN_RANDOM = frozenset({"random.Random", "random.SystemRandom"})


class Summaries(Protocol):
    """What calls of the project's functions touch."""

    def summary(self, module: Module, function: FunctionNode, given: Whose) -> Touch | None:
        """All that a plain function touches when it is called, as one; None where it touches nothing."""


#: What runs a program.
_RUNS = frozenset(
    "subprocess.run subprocess.check_output subprocess.getoutput subprocess.getstatusoutput subprocess.Popen os.popen".split()
)


class Calls:
    """The touches of the calls in one function."""

    def __init__(
        self, facts: Facts, summaries: Summaries, frame: Frame, exact: Callable[[], Frame] | None = None
    ) -> None:
        self._facts, self._summaries = facts, summaries
        self.module, self.line = frame.module, getattr(frame.function, "lineno", 1)
        #: Whose the expressions in the function are at worst, and what finds out whose they are.
        self.frame, self._find_out = frame, exact
        self._reads = self.module.project.fact(QuietReads)

    @cached_property
    def exact(self) -> Frame:
        """Whose they are, as far as it is known."""
        return self._find_out() if self._find_out else self.frame

    def whose(self, node: ast.AST, of: Callable[[Frame, Any], Whose] = Frame.of) -> Whose:
        """Whose the value of an expression is: that is asked of those who give the arguments where it makes a difference."""
        found = of(self.frame, node)
        return of(self.exact, node) if found > Whose.OWN and self.exact is not self.frame else found

    def text(self, node: ast.AST) -> str:
        """An expression as a message names it."""
        return self.module.shown(node.context_expr if isinstance(node, ast.withitem) else node)

    def arguments(self, node: ast.AST) -> Touch | None:
        """What of others is handed to an awaited call."""
        call = node.value if isinstance(node, ast.Await) else node
        given = [*call.args, *(k.value for k in call.keywords)] if isinstance(call, ast.Call) else []
        return next(filter(None, map(self._content, given)), None)

    def _found(self, node: ast.AST, what: str, *, writes: bool = True, place: str = "") -> Touch:
        slight = not place and self._is_slight(node)
        return Touch(self.module.path, getattr(node, "lineno", self.line), what, writes, place=place, is_slight=slight)

    def _is_slight(self, node: ast.AST) -> bool:
        """Whether what is done may well stay in this activation: with a variable of the function, or by a method that texts have."""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OF_TEXTS:
            return not self._facts.name_of(self.module, node.func)
        while isinstance(node, (ast.Attribute, ast.Subscript, ast.Starred, ast.FormattedValue, ast.Call, ast.Await)):
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name) or node.id in ("self", "cls"):
            return False
        scope = self.module.scope(node).find(node.id)
        return scope is not None and self.frame.is_local(scope)

    def _content(self, node: ast.AST, shown: ast.AST | None = None, *, writes: bool = False) -> Touch | None:
        """What is in an object is looked at or changed, by the expression that is `shown`."""
        if self.whose(node) is not Whose.SHARED or self._is_text(node):
            return None
        return self._found(node, f"{'changing' if writes else 'reading'} `{self.text(shown or node)}`", writes=writes)

    def _is_text(self, node: ast.AST) -> bool:
        """Whether an object is a text or a number, which nobody can change."""
        return isinstance(node, ast.expr) and is_text_or_number(self._facts.graph, self.module, node)

    def _is_steady(self, node: ast.expr) -> bool:
        return self._facts.is_steady(self.module, node)

    # Calls

    def _call(self, call: ast.Call) -> Touch | None:
        if isinstance(self.module.parent(call), ast.Await):
            return None  # the await says it
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if self._reads.is_quiet(self.module, call):
            return next(filter(None, map(self._content, given)), None)
        if name := self._facts.name_of(self.module, call.func):
            if name in MUTATES_FIRST_ARGUMENT and call.args:
                return self._content(call.args[0], writes=True) or self._callbacks(given)
            if not is_harmless(name) and not (name in _RUNS and tells_only(self.module, call)):
                looked = next(filter(None, map(self._content, given)), None)
                found = looked or self._found(call, f"`{self.text(call)}`", place=_place_of(name, call))
                return replace(found, is_slight=found.is_slight or only_looks(name))
            if name.startswith("random.") and name not in _OWN_RANDOM and self.module.project.contains(b"seed("):
                return self._found(call, f"`{self.text(call.func)}()`, which `random.seed()` prepares")
            looked = None if name in _ASKS_ONLY else next(filter(None, map(self._content, given)), None)
            return self._callbacks(given) or self._unseen_callback(functions_among(name, call)) or looked
        if (meant := self._facts.definition(self.module, call.func)) is not None:
            return self._own(call, *meant)
        if self._facts.library_call(self.module, call) is not None and self._is_started_elsewhere(call):
            return None
        if isinstance(call.func, ast.Attribute):
            return self._method(call, call.func, given)
        return self._found(call, f"`{self.text(call)}`")

    def _is_started_elsewhere(self, call: ast.Call) -> bool:
        """Whether only the coroutine is made here."""
        return isinstance(self.module.parent(call), (ast.Call, ast.AsyncFor, ast.withitem, ast.Starred))

    def _own(self, call: ast.Call, module: Module, meant: Definition) -> Touch | None:
        """A call of a function or class of the project."""
        if isinstance(meant, ast.AsyncFunctionDef):
            return None  # nothing runs before it is awaited
        if isinstance(meant, ast.ClassDef):
            if _is_record(module, meant, self._summaries):
                return None
            return replace(self._found(call, f"`{self.text(call.func)}()`"), is_slight=True)
        given = max(map(self.whose, [*call.args, *(k.value for k in call.keywords)]), default=Whose.FIXED)
        inner = self._summaries.summary(module, meant, Whose.SHARED if given is Whose.HOLDS else given)
        return inner and replace(inner, by=f"`{self.text(call.func)}()`")

    def _method(self, call: ast.Call, function: ast.Attribute, given: list[ast.expr]) -> Touch | None:
        name, owner = function.attr, function.value
        if self._facts.tells_of_response(self.module, call):
            return self._content(owner) or self._callbacks(given)
        if self._facts.sends_request(self.module, call):
            return self._found(call, f"`{self.text(call)}`", place=SERVER if only_asks(call, name) else "")
        if name in TELLING_METHODS or isinstance(owner, (ast.Constant, ast.JoinedStr)):
            return self._content(owner) or next(filter(None, map(self._content, given)), None)
        if self.whose(owner) is not Whose.SHARED and name in PURE_METHODS | MUTATING_METHODS:
            called = [k.value for k in call.keywords if k.arg == "key"] + given[: name in ("sub", "subn")]
            return self._callbacks(given) or self._unseen_callback(called)
        if name in PURE_METHODS | OF_TEXTS and self._is_text(owner):
            return next(filter(None, map(self._content, given)), None)
        if self._facts.is_logging(self.module, call):
            looked = next(filter(None, map(self._content, given)), None)
            return looked or self._found(call, f"`{self.text(call)}`", place="output")
        if name in PURE_METHODS:
            return self._found(call, f"reading `{self.text(owner)}`", writes=not self._is_plain_container(owner))
        found = self._found(call, f"`{self.text(call)}`")
        return replace(found, is_slight=found.is_slight or name in LOOKING_PARTS)

    def _is_plain_container(self, owner: ast.expr) -> bool:
        """Whether an object is shown to be a dict, list or set, so that reading it is all that a reading method does."""
        return self._facts.kind(self.module, owner) in ("builtins.dict", "builtins.list")

    def _callbacks(self, given: list[ast.expr]) -> Touch | None:
        """A function that is handed to a call may run in it."""
        for argument in given:
            if isinstance(argument, ast.Lambda):
                parts = (ast.Call, ast.Attribute, ast.Subscript, ast.Name)
                inside = [n for n in ast.walk(argument.body) if isinstance(n, parts) and self._inside(n)]
                if inside:
                    calls = any(isinstance(n, ast.Call) for n in inside)
                    return self._found(argument, "the function that is handed over", writes=calls)
            elif (meant := self._facts.definition(self.module, argument)) is not None:
                if not isinstance(meant[1], ast.FunctionDef) or self._summaries.summary(*meant, Whose.SHARED):  # type: ignore[arg-type]
                    return self._found(argument, f"`{self.text(argument)}()`")
            elif isinstance(argument, ast.Name) and self._may_be_function(argument):
                return self._found(argument, f"`{argument.id}()`")
        return None

    def _unseen_callback(self, called: Iterable[ast.expr]) -> Touch | None:
        """A function of which it is not known what it does: ``sorted(users, key=RANKS[0])``, ``map(os.remove, paths)``."""
        unknown = (one for one in called if not self.is_known_function(one))
        return next((self._found(one, f"calling `{self.text(one)}`") for one in unknown), None)

    def is_known_function(self, called: ast.expr) -> bool:
        """Whether what a call may call is a function that touches nothing, or one that is asked for elsewhere: of the project's own."""
        match called:
            case ast.Constant() | ast.JoinedStr() | ast.Lambda():
                return True
            case ast.Call(func=func, args=args) if name := self._facts.name_of(self.module, func):
                return is_harmless(name) and (name != "functools.partial" or all(map(self.is_known_function, args[:1])))
        if name := self._facts.name_of(self.module, called):
            return is_harmless(name)
        if self._facts.definition(self.module, called) is not None or self._is_text(called):
            return True
        if isinstance(called, ast.Attribute):
            known = self.whose(called.value) is not Whose.SHARED or self._facts.kind(self.module, called.value) != ""
            return called.attr in TELLING_METHODS or (known and called.attr in PURE_METHODS)
        values = all_values_of(self.module, called)
        own = any(self._facts.definition(self.module, value) is not None for value in values)
        return (
            bool(values) and not own and all(not isinstance(v, ast.Name) and self.is_known_function(v) for v in values)
        )

    def _may_be_function(self, name: ast.Name) -> bool:
        """Whether a local variable is bound to a function of the project, among other things."""
        for binding in self.module.bindings(name.id, name):
            parent = self.module.parent(binding.node)
            value = parent.value if isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) else None
            if value is not None and any(
                isinstance(part, (ast.Lambda, ast.Name)) and self._is_function(part) for part in ast.walk(value)
            ):
                return True
        return False

    def _is_function(self, part: ast.Lambda | ast.Name) -> bool:
        if isinstance(part, ast.Lambda):
            return True
        parent = self.module.parent(part)
        called = isinstance(parent, ast.Call) and parent.func is part
        return not called and self._facts.definition(self.module, part) is not None

    def _inside(self, node: ast.Call | ast.Attribute | ast.Subscript | ast.Name) -> bool:
        """Whether a step of a lambda touches anything."""
        if isinstance(node, ast.Call):
            name = self._facts.name_of(self.module, node.func)
            known = bool(name) and is_harmless(name)
            return not (known or (isinstance(node.func, ast.Attribute) and node.func.attr in PURE_METHODS))
        root: ast.expr = node
        while isinstance(root, (ast.Attribute, ast.Subscript, ast.Call)):
            root = root.func if isinstance(root, ast.Call) else root.value
        if not isinstance(root, ast.Name):
            return False
        scope = self.module.scope(root).find(root.id)
        while scope is not None and scope.kind == "comprehension":
            scope = scope.parent
        return scope is not None and scope.kind != "lambda" and self.whose(root) is Whose.SHARED


def _place_of(name: str, call: ast.Call) -> str:
    """Where it is seen what a library's function does, if only there."""
    if name == "builtins.print" and not call.keywords or name.startswith("logging."):
        return "output"
    return SERVER if FUNCTIONS.get(name) == REQUEST and only_asks(call, name.rpartition(".")[2]) else ""


def _is_record(module: Module, cls: ast.ClassDef, summaries: Summaries) -> bool:
    """Whether making an object of a class stores its arguments and does nothing else, nor does Python when it is used or dropped."""
    records = ("dataclasses.dataclass", "typing.NamedTuple", "builtins.Exception", "typing.TypedDict")
    named = [d.func if isinstance(d, ast.Call) else d for d in (*cls.decorator_list, *cls.bases)]
    if cls.keywords or not all(module.resolve(name) in records for name in named):
        return False
    for own in cls.body:
        if isinstance(own, (ast.FunctionDef, ast.AsyncFunctionDef)) and own.name.startswith("__"):
            if own.name in ("__init__", "__new__", "__post_init__") or isinstance(own, ast.AsyncFunctionDef):
                return False
            touch = summaries.summary(module, own, Whose.OWN)
            if touch is not None and touch.writes:
                return False
    for call in (node for statement in cls.body for node in ast.walk(statement) if isinstance(node, ast.Call)):
        for keyword in call.keywords:
            if keyword.arg == "default_factory" and not is_harmless(module.resolve(keyword.value) or ""):
                return False
    return True
