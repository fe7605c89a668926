"""What becomes of an object: whether a use of it lets others have it, or brings something of theirs into it."""

from __future__ import annotations

import abc
import ast
import enum
from collections.abc import Iterable, Iterator
from typing import Protocol

from ...knowledge.blocking import CONNECTS
from ...knowledge.kinds import CONTEXT
from ...knowledge.purity import MUTATING_METHODS, PURE_METHODS, TELLING_METHODS, is_harmless
from .facts import Facts
from .module import Module
from .scope import FunctionNode, Scope


class Whose(enum.IntEnum):
    """Who can see an object change, in rising order of danger."""

    #: Nobody: it never changes.
    FIXED = 0
    #: This activation, and all that is in it.
    OWN = 1
    #: This activation, but what is in it may be others'.
    HOLDS = 2
    #: Others, too, for all that is known.
    SHARED = 3


#: Functions whose result never changes.
FIXED_RESULT = frozenset(
    f"builtins.{name}" for name in "str len int float bool repr format hash id isinstance issubclass ord chr hex bin abs round any all "
    "callable hasattr bytes ascii range".split()
) | frozenset(
    "time.time time.monotonic time.perf_counter random.random random.randint random.uniform random.randrange os.getenv os.environ.get "
    "datetime.datetime.now datetime.datetime.utcnow datetime.date.today datetime.datetime datetime.timedelta json.dumps re.compile "
    "html.escape os.path.join os.path.basename os.path.dirname os.path.splitext os.path.abspath os.path.exists pathlib.Path "
    "secrets.token_hex uuid.uuid4 logging.getLogger asyncio.get_event_loop asyncio.get_running_loop".split()
)  # fmt: skip
#: Functions whose result shares nothing with their arguments.
ANEW = (
    frozenset(
        "copy.deepcopy json.loads json.load builtins.open io.open os.popen sqlite3.connect psycopg.Connection.connect".split()
    )
    | {*CONNECTS}
    | frozenset(
        f"subprocess.{name}" for name in "run call check_call check_output getoutput getstatusoutput Popen".split()
    )
)
#: Functions that give one of the things that are in their argument.
PICKS = frozenset(
    "builtins.max builtins.min builtins.next builtins.getattr random.choice copy.copy functools.reduce".split()
)
#: Methods that only texts and bytes have, and that give texts, bytes, numbers or tuples of them.
GIVES_TEXT = TELLING_METHODS & frozenset(
    "capitalize casefold expandtabs ljust lower lstrip partition removeprefix removesuffix rjust rpartition rstrip strip swapcase "
    "upper zfill startswith endswith isoformat strftime hexdigest".split()
)
#: Methods by which connections and cursors of databases give rows, and processes their output.
GIVES_OWN = frozenset(
    "cursor execute executemany fetchone fetchall fetchmany communicate wait poll read readline readlines".split()
)
VIEWS = frozenset("keys values items".split())
WHOLE = frozenset("copy difference union intersection symmetric_difference most_common".split())
#: Methods that keep nothing of their arguments, on texts, databases and files.
_KEEPS_NOTHING = frozenset("join format execute executemany write writelines writerow writerows".split())
#: What a class or function is called.
TELLS_NAMES = frozenset({"__name__", "__qualname__", "__module__"})
_DEPTH = 24


class Callees(Protocol):
    """What is known of calls of the project's functions."""

    def frame(self, module: Module, function: FunctionNode | None, given: Whose) -> Fates:
        """Whose the expressions in a function are."""

    def result(self, frame: Fates, call: ast.Call) -> Whose:
        """Whose the result of a call in `frame` is."""

    def is_pure_call(self, frame: Fates, call: ast.Call) -> bool:
        """Whether a call of a plain function of the project touches nothing."""

    def given_on(self, frame: Fates, call: ast.Call, argument: ast.expr) -> Whose:
        """Whose an own object is that a call in `frame` is given, as far as the called function of the project is concerned."""


class Fates(abc.ABC):
    """The uses of the objects of one function."""

    facts: Facts
    module: Module
    function: FunctionNode | None

    @abc.abstractmethod
    def of(self, node: ast.AST | None) -> Whose:
        """Whose the value of an expression is."""

    @abc.abstractmethod
    def made(self, parts: Iterable[ast.expr]) -> Whose:
        """Whose a new object is that holds these."""

    @abc.abstractmethod
    def variable(self, scope: Scope, name: str) -> Whose:
        """Whose the values of a local variable are."""

    @abc.abstractmethod
    def is_pure_call(self, call: ast.Call) -> bool:
        """Whether a call of the project's touches nothing, so that it keeps nothing either."""

    @abc.abstractmethod
    def given_on(self, call: ast.Call, argument: ast.expr) -> Whose:
        """Whose an own object is that a function of the project is given; SHARED where it may keep it."""

    def is_local(self, scope: Scope) -> bool:
        """Whether a scope is this function's or that of a comprehension in it."""
        while scope.kind == "comprehension" and scope.parent:
            scope = scope.parent
        return self.function is not None and scope.node is self.function

    def after(self, use: ast.expr, depth: int = 0) -> Whose:
        """Whose an own object is after a use: SHARED where it goes out, HOLDS where something of others comes in."""
        if depth > _DEPTH or self.module.function(use) is not self.function or self._is_kept_in_lambda(use):
            return Whose.SHARED
        parent = self.module.parent(use)

        def follow(value: ast.expr) -> Whose:
            return self.after(value, depth + 1)

        match parent:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()) if (
                parent.value is use
            ):
                return self._comes_in(parent)
            case ast.Attribute():
                call = self.module.parent(parent)
                if isinstance(call, ast.Call) and call.func is parent:
                    given = self.made([*call.args, *(k.value for k in call.keywords)])
                    if parent.attr in MUTATING_METHODS:
                        return max(Whose.OWN, given)
                    return follow(call)
                return follow(parent)
            case ast.Subscript(value=value):
                return follow(parent) if value is use else Whose.FIXED
            case ast.AugAssign(target=target, value=value):
                return self.made([value]) if target is use else self._into(target)
            case ast.Assign(targets=targets):
                return max((self._into(target) for target in targets), default=Whose.FIXED)
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                inside = follow(parent) if isinstance(parent, ast.NamedExpr) else Whose.FIXED
                return max(self._into(target), inside)
            case ast.For(target=target) | ast.comprehension(target=target):
                return self._into(target)
            case ast.keyword():
                call = self.module.parent(parent)
                return self._given_to(call, use, depth) if isinstance(call, ast.Call) else Whose.SHARED
            case ast.Call():
                return self._given_to(parent, use, depth)
            case (
                ast.Compare() | ast.FormattedValue() | ast.UnaryOp() | ast.Expr() | ast.If() | ast.While() | ast.Assert()
                | ast.Return() | ast.Raise() | ast.withitem() | ast.Delete() | ast.Slice() | ast.Match()
            ):  # fmt: skip
                return Whose.FIXED
            case ast.IfExp(test=test) if test is use:
                return Whose.FIXED
            case (
                ast.BinOp() | ast.BoolOp() | ast.IfExp() | ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.Starred()
                | ast.Await() | ast.ListComp() | ast.SetComp() | ast.DictComp()
            ):  # fmt: skip
                return follow(parent)
        return Whose.SHARED

    def _is_kept_in_lambda(self, use: ast.expr) -> bool:
        """Whether a use stands in a lambda that may be called later: one that is no argument of a function that only calls it."""
        scope = self.module.scope(use)
        while scope.kind == "comprehension" and scope.parent:
            scope = scope.parent
        if scope.kind != "lambda":
            return False
        call = self.module.parent(scope.node)
        call = self.module.parent(call) if isinstance(call, ast.keyword) else call
        return not (isinstance(call, ast.Call) and is_harmless(self.facts.name_of(self.module, call.func)))

    def _comes_in(self, target: ast.expr) -> Whose:
        """An item or attribute of the object is assigned."""
        match self.module.parent(target):
            case ast.Assign(value=value) | ast.AugAssign(value=value):
                return self.made([value])
            case ast.Delete():
                return Whose.FIXED
        return Whose.HOLDS

    def _into(self, target: ast.expr) -> Whose:
        """The object goes into `target`: it is as much others' as that is."""
        if self._is_of_chat(target):
            return Whose.FIXED
        for node in _roots(target):
            if not isinstance(node, ast.Name):
                return Whose.SHARED
            scope = self.module.scope(node).find(node.id)
            if scope is None or not self.is_local(scope) or self.variable(scope, node.id) is Whose.SHARED:
                return Whose.SHARED
        return Whose.FIXED

    def _is_of_chat(self, target: ast.expr) -> bool:
        """Whether it lies in what belongs to the chat or user of the update (see `Facts.data_of_chats`)."""
        while isinstance(target, (ast.Attribute, ast.Subscript)):
            if isinstance(target, ast.Attribute) and target.attr in self.facts.data_of_chats:
                return self.facts.kind(self.module, target.value) == CONTEXT
            target = target.value
        return False

    def _given_to(self, call: ast.Call, use: ast.expr, depth: int) -> Whose:
        name = self.facts.name_of(self.module, call.func)
        if name in FIXED_RESULT or name in ANEW or name == "builtins.print":
            return Whose.FIXED
        if self.facts.is_response(self.module, call):
            return Whose.FIXED  # what is sent is not kept
        if (name and is_harmless(name)) or self.is_pure_call(call):
            return self.after(call, depth + 1)
        if (inside := self.given_on(call, use)) is not Whose.SHARED:
            return max(inside, self.after(call, depth + 1))
        if isinstance(call.func, ast.Attribute):
            if self.facts.library_call(self.module, call) or self.facts.is_logging(self.module, call):
                return Whose.FIXED
            if call.func.attr in TELLING_METHODS | _KEEPS_NOTHING:
                return Whose.FIXED
            if call.func.attr in PURE_METHODS and self.of(call.func.value) <= Whose.OWN:
                return self.after(call, depth + 1)
            if call.func.attr in MUTATING_METHODS:
                return self._into(call.func.value)
        return Whose.SHARED


def _roots(target: ast.expr) -> Iterator[ast.expr]:
    """The variables that an assignment changes, or what stands in the place of one."""
    match target:
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            for element in elements:
                yield from _roots(element)
        case ast.Starred(value=value) | ast.Attribute(value=value) | ast.Subscript(value=value):
            yield from _roots(value)
        case _:
            yield target
