"""Whose an object is: can anybody but this activation of a function see it?

A small flow-insensitive escape analysis. A variable is its function's own while everything that is put into it is, and
it is neither stored in something that others see nor handed to code that may keep it.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from ...knowledge.kinds import CONTEXT
from ...knowledge.purity import MUTATING_METHODS, PURE_METHODS, TELLING_METHODS, is_harmless, is_pure
from .file_reads import gives_lines, read_by
from .scope import COMPREHENSIONS, Binding, FunctionNode, Scope

if TYPE_CHECKING:
    from .effects import Effects
    from .module import Module


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
_FIXED_RESULT = frozenset(
    f"builtins.{name}" for name in "str len int float bool repr format hash id isinstance issubclass ord chr hex bin abs round any all "
    "type callable hasattr bytes ascii range".split()
) | frozenset(
    "time.time time.monotonic time.perf_counter random.random random.randint random.uniform random.randrange os.getenv os.environ.get "
    "datetime.datetime.now datetime.datetime.utcnow datetime.date.today datetime.datetime datetime.timedelta json.dumps re.compile "
    "html.escape os.path.join os.path.basename os.path.dirname os.path.splitext os.path.abspath os.path.exists pathlib.Path "
    "secrets.token_hex uuid.uuid4 logging.getLogger".split()
)  # fmt: skip
#: Functions that give one of the things that are in their argument.
_PICKS = frozenset(
    "builtins.max builtins.min builtins.next builtins.getattr random.choice copy.copy functools.reduce".split()
)
#: Functions whose result shares nothing with their arguments.
_ANEW = frozenset({"copy.deepcopy", "json.loads", "json.load", "builtins.open", "io.open"})
#: Attributes of a context of python-telegram-bot that belong to the update.
_OF_UPDATE = frozenset("args matches match error".split())
#: Attributes of an update, event or message that lead to what all of them share.
_LEADS_OUT = frozenset("client _client bot _bot get_bot application".split())
#: Methods that only texts and bytes have, and that give texts, bytes, numbers or tuples of them.
_GIVES_TEXT = TELLING_METHODS & frozenset(
    "capitalize casefold expandtabs ljust lower lstrip partition removeprefix removesuffix rjust rpartition rstrip strip swapcase "
    "upper zfill startswith endswith isoformat strftime hexdigest".split()
)
_WHOLE = frozenset("copy keys values items difference union intersection symmetric_difference most_common".split())
_DEPTH = 24


class Frame:
    """Whose the expressions in one function are. `given`: whose its arguments are, where their kind does not tell."""

    def __init__(self, effects: Effects, module: Module, function: FunctionNode | None, given: Whose) -> None:
        self.effects, self.module, self.function, self.given = effects, module, function, given
        self._known: dict[tuple[Scope, str], Whose] = {}
        self._busy: dict[tuple[Scope, str], bool] = {}

    def of(self, node: ast.AST | None) -> Whose:
        """Whose the value of an expression is."""
        match node:
            case None | ast.Constant() | ast.JoinedStr() | ast.Compare() | ast.Lambda() | ast.FormattedValue():
                return Whose.FIXED
            case ast.Name():
                return self._name(node)
            case ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self.of(value)
            case ast.IfExp(body=a, orelse=b):
                return max(self.of(a), self.of(b))
            case ast.BoolOp(values=values):
                return max(map(self.of, values))
            case ast.UnaryOp(op=op, operand=operand):
                return Whose.FIXED if isinstance(op, ast.Not) else self._made([operand])
            case ast.BinOp(left=left, right=right):
                text = isinstance(left, ast.JoinedStr) or (
                    isinstance(left, ast.Constant) and isinstance(left.value, str)
                )
                return Whose.FIXED if text else self._made([left, right])
            case ast.Tuple(elts=elements):
                return self._made(elements)
            case ast.List(elts=elements) | ast.Set(elts=elements):
                return max(Whose.OWN, self._made(elements))
            case ast.Dict(keys=keys, values=values):
                return max(Whose.OWN, self._made([*filter(None, keys), *values]))
            case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
                return max(Whose.OWN, self._made([element]))
            case ast.DictComp(key=key, value=value):
                return max(Whose.OWN, self._made([key, value]))
            case ast.Attribute():
                return self._attribute(node)
            case ast.Subscript(value=value, slice=index):
                owner = self.of(value)
                return owner if isinstance(index, ast.Slice) else _part(owner)
            case ast.Await(value=value):
                return self._awaited(value)
            case ast.Call():
                return self._call(node)
        return Whose.SHARED

    def _made(self, parts: Iterable[ast.expr]) -> Whose:
        """A new object that holds these."""
        return min(Whose.HOLDS, max((self.of(part) for part in parts), default=Whose.FIXED))

    # Names

    def _name(self, node: ast.Name) -> Whose:
        scope = self.module.scope(node).find(node.id)
        if scope is None or scope is self.module.names.root:
            return self.effects.constant(self.module, node)
        if self.is_local(scope):
            return self.variable(scope, node.id)
        outer = scope.node
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)) and self.function is not outer:
            around = self.effects.frame(self.module, outer, Whose.SHARED)
            if len(scope.bindings[node.id]) == 1 and around.variable(scope, node.id) is Whose.FIXED:
                return Whose.FIXED
            binding = scope.bindings[node.id][0]
            if len(scope.bindings[node.id]) == 1 and binding.kind in ("def", "class", "import"):
                return Whose.FIXED
        return Whose.SHARED

    def is_local(self, scope: Scope) -> bool:
        """Whether a scope is this function's or that of a comprehension in it."""
        while scope.kind == "comprehension" and scope.parent:
            scope = scope.parent
        return self.function is not None and scope.node is self.function

    def variable(self, scope: Scope, name: str) -> Whose:
        """Whose the values of a local variable are, whichever of them it has."""
        key = scope, name
        if key in self._known:
            return self._known[key]
        if key in self._busy or len(self._busy) > _DEPTH:
            self._busy.update(dict.fromkeys(self._busy, True))
            return Whose.FIXED if key in self._busy else Whose.SHARED
        self._busy[key] = False
        try:
            found = self._variable(scope, name)
        finally:
            met_itself = self._busy.pop(key)
        if not met_itself or not self._busy:
            self._known[key] = found
        return found

    def _variable(self, scope: Scope, name: str) -> Whose:
        bindings = scope.bindings[name]
        found = Whose.FIXED
        for binding in bindings:
            if self.module.function(binding.node) is not self.function and binding.kind == "assign":
                return Whose.SHARED  # a function inside binds it, too
            found = max(found, self._bound(binding))
            if found is Whose.SHARED:
                return found
        if found is Whose.FIXED or self.effects.is_of_update(self.module, bindings[0].node):
            return found
        for use in self.module.uses(name, scope):
            found = max(found, self._after(use))
            if found is Whose.SHARED:
                return found
        return found

    def _bound(self, binding: Binding) -> Whose:
        node, parent = binding.node, self.module.parent(binding.node)
        match binding.kind, parent:
            case (("import" | "def" | "class" | "delete"), _):
                return Whose.FIXED
            case "parameter", _:
                return self._parameter(node)
            case _, ast.Assign(targets=targets, value=value) if node in targets:
                return self.of(value)
            case _, ast.AnnAssign(value=value):
                return self.of(value)
            case _, ast.NamedExpr(value=value):
                return self.of(value)
            case _, ast.AugAssign(value=value):
                return self._made([value])
            case _, ast.For(iter=iterated) | ast.comprehension(iter=iterated, is_async=0):
                return self.item(iterated)
            case _, ast.AsyncFor(iter=iterated) | ast.comprehension(iter=iterated):
                return Whose.OWN if self.effects.is_library_iterator(self.module, iterated) else Whose.SHARED
            case _, ast.withitem(context_expr=manager):
                return self.effects.entered(self, manager)
            case _, ast.Tuple() | ast.List() | ast.Starred():
                return self._unpacked(node)
        return Whose.OWN if isinstance(node, ast.ExceptHandler) else Whose.SHARED

    def _unpacked(self, node: ast.AST) -> Whose:
        """One of several targets: a part of what the assignment or loop gives."""
        outer = node
        while isinstance(outer, (ast.Tuple, ast.List, ast.Starred, ast.Name)):
            inner, parent = outer, self.module.parent(outer)
            if parent is None:
                return Whose.SHARED
            outer = parent
        match outer:
            case ast.Assign(value=ast.Tuple(elts=values), targets=[ast.Tuple(elts=targets)]) if len(values) == len(
                targets
            ):
                return self._made(values) if self._made(values) < Whose.HOLDS else Whose.SHARED
            case ast.Assign(value=value):
                return self.item(value)
            case ast.For(iter=iterated) | ast.comprehension(iter=iterated, is_async=0):
                return _part(self.item(iterated)) if inner else Whose.SHARED
        return Whose.SHARED

    def _parameter(self, node: ast.AST) -> Whose:
        if self.effects.is_of_update(self.module, node):
            return Whose.OWN
        return self.given if isinstance(node, ast.arg) and node.arg not in ("self", "cls") else Whose.SHARED

    def item(self, iterated: ast.expr) -> Whose:
        """Whose the items are over which a loop goes."""
        if gives_lines(self.module, iterated):
            return Whose.OWN
        match iterated:
            case ast.Call(func=ast.Name(id="range")):
                return Whose.FIXED
            case ast.Call(func=ast.Attribute(value=owner, attr="items" | "values" | "keys")):
                return _part(self.of(owner))
            case ast.Tuple(elts=elements) | ast.List(elts=elements) | ast.Set(elts=elements):
                return max(map(self.of, elements), default=Whose.FIXED)
        return _part(self.of(iterated))

    # Parts and calls

    def _attribute(self, node: ast.Attribute) -> Whose:
        if self.effects.name_of(self.module, node):
            return self.effects.constant(self.module, node)
        if self.effects.kind(self.module, node.value) == CONTEXT:
            return Whose.OWN if node.attr in _OF_UPDATE else Whose.SHARED
        if self.effects.is_of_update(self.module, node.value):
            return Whose.SHARED if node.attr in _LEADS_OUT else Whose.OWN
        if self.effects.is_own_constant(self.module, node):
            return self.effects.constant(self.module, node)
        return _part(self.of(node.value))

    def _awaited(self, value: ast.expr) -> Whose:
        if not isinstance(value, ast.Call):
            return Whose.SHARED
        if self.effects.library_call(self.module, value) is not None:
            return Whose.OWN
        return self.effects.result(self, value)

    def _call(self, call: ast.Call) -> Whose:
        name = self.effects.name_of(self.module, call.func)
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if name:
            if name in _FIXED_RESULT:
                return Whose.FIXED
            if name in _ANEW:
                return Whose.OWN
            if name in _PICKS:
                return max((_part(self.of(part)) for part in given), default=Whose.SHARED)
            return max(Whose.OWN, self._made(given)) if is_harmless(name) else Whose.SHARED
        if read_by(self.module, call) is not None:
            return Whose.OWN if isinstance(call.func, ast.Attribute) and call.func.attr == "readlines" else Whose.FIXED
        if isinstance(call.func, ast.Attribute) and self.effects.definition(self.module, call.func) is None:
            return self._method(call.func.attr, self.of(call.func.value), given)
        return self.effects.result(self, call)

    def _method(self, name: str, owner: Whose, given: list[ast.expr]) -> Whose:
        if name in _GIVES_TEXT:
            return Whose.FIXED
        if owner <= Whose.OWN:
            return max(owner, self._made(given)) if name in PURE_METHODS | MUTATING_METHODS else Whose.SHARED
        if name in TELLING_METHODS:
            return Whose.FIXED
        return Whose.HOLDS if name in _WHOLE else Whose.SHARED

    # What becomes of an own object

    def _after(self, use: ast.expr, depth: int = 0) -> Whose:
        """Whose an own object is after a use: SHARED where it goes out, HOLDS where something of others comes in."""
        if depth > _DEPTH or self.module.function(use) is not self.function:
            return Whose.SHARED
        parent = self.module.parent(use)

        def follow(value: ast.expr) -> Whose:
            return self._after(value, depth + 1)

        match parent:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()) if (
                parent.value is use
            ):
                return self._comes_in(parent)
            case ast.Attribute():
                call = self.module.parent(parent)
                if isinstance(call, ast.Call) and call.func is parent:
                    given = self._made([*call.args, *(k.value for k in call.keywords)])
                    if parent.attr in MUTATING_METHODS:
                        return max(Whose.OWN, given)
                    return follow(call)
                return follow(parent)
            case ast.Subscript(value=value):
                return follow(parent) if value is use else Whose.FIXED
            case ast.AugAssign(target=target, value=value):
                return self._made([value]) if target is use else self._into(target)
            case ast.Assign(targets=targets):
                return max((self._into(target) for target in targets), default=Whose.FIXED)
            case ast.AnnAssign(target=target) | ast.NamedExpr(target=target):
                inside = follow(parent) if isinstance(parent, ast.NamedExpr) else Whose.FIXED
                return max(self._into(target), inside)
            case ast.For(target=target) | ast.comprehension(target=target):
                return self._into(target)
            case ast.keyword():
                call = self.module.parent(parent)
                return self._given_to(call, depth) if isinstance(call, ast.Call) else Whose.SHARED
            case ast.Call():
                return self._given_to(parent, depth)
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

    def _comes_in(self, target: ast.expr) -> Whose:
        """An item or attribute of the object is assigned."""
        match self.module.parent(target):
            case ast.Assign(value=value) | ast.AugAssign(value=value):
                return self._made([value])
            case ast.Delete():
                return Whose.FIXED
        return Whose.HOLDS

    def _into(self, target: ast.expr) -> Whose:
        """The object goes into `target`: it is as much others' as that is."""
        for node in _roots(target):
            if not isinstance(node, ast.Name):
                return Whose.SHARED
            scope = self.module.scope(node).find(node.id)
            if scope is None or not self.is_local(scope) or self.variable(scope, node.id) is Whose.SHARED:
                return Whose.SHARED
        return Whose.FIXED

    def _given_to(self, call: ast.Call, depth: int) -> Whose:
        name = self.effects.name_of(self.module, call.func)
        if name in _FIXED_RESULT or name in _ANEW or name == "builtins.print":
            return Whose.FIXED
        if (name and is_pure(name)) or (name and is_harmless(name)) or self.effects.is_pure_call(self, call):
            return self._after(call, depth + 1)
        if isinstance(call.func, ast.Attribute):
            if self.effects.library_call(self.module, call) or self.effects.is_logging(self.module, call):
                return Whose.FIXED
            if call.func.attr in TELLING_METHODS or call.func.attr in ("join", "format"):
                return Whose.FIXED
            if call.func.attr in PURE_METHODS and self.of(call.func.value) <= Whose.OWN:
                return self._after(call, depth + 1)
            if call.func.attr in MUTATING_METHODS:
                return self._into(call.func.value)
        return Whose.SHARED


def _part(owner: Whose) -> Whose:
    """Whose a part of something is."""
    return Whose.SHARED if owner is Whose.HOLDS else owner


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


def is_comprehension(node: ast.AST | None) -> bool:
    """Whether a node is a comprehension of any kind."""
    return isinstance(node, COMPREHENSIONS)
