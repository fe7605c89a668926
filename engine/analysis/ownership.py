"""Whose an object is: can anybody but this activation of a function see it?

A small flow-insensitive escape analysis. A variable is its function's own while everything that is put into it is, and
it is neither stored in something that others see nor handed to code that may keep it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...knowledge.kinds import CONTEXT
from ...knowledge.purity import MUTATING_METHODS, PURE_METHODS, TELLING_METHODS, is_harmless
from .facts import Facts
from .fates import ANEW, FIXED_RESULT, GIVES_OWN, GIVES_TEXT, PICKS, TELLS_NAMES, VIEWS, WHOLE, Callees, Fates, Whose
from .file_reads import gives_lines, read_by
from .immutable import is_of_immutable
from .lasting import is_default, is_put_off
from .module import Module
from .scope import Binding, FunctionNode, Scope

#: Attributes of a context of python-telegram-bot that belong to the update.
_OF_UPDATE = frozenset("args matches match error".split())
#: Attributes of an update, event or message that lead to what all of them share.
_LEADS_OUT = frozenset("client _client bot _bot get_bot application".split())
_DEPTH = 24
_MOST = 1000  # the ways among dozens of variables that depend on each other are without number
_OWN_MANAGERS = frozenset(
    "builtins.open io.open tempfile.TemporaryDirectory tempfile.NamedTemporaryFile aiohttp.ClientSession httpx.AsyncClient "
    "httpx.Client zipfile.ZipFile tarfile.open".split()
)


class Frame(Fates):
    """Whose the expressions in one function are. `given`: whose its arguments are, where their kind does not tell."""

    def __init__(
        self, facts: Facts, callees: Callees, module: Module, function: FunctionNode | None, given: Whose
    ) -> None:
        self.facts, self._callees = facts, callees
        self.module, self.function, self.given = module, function, given
        self._known: dict[tuple[Scope, str], Whose] = {}
        self._busy: dict[tuple[Scope, str], bool] = {}
        self._looks = 0

    def of(self, node: ast.AST | None) -> Whose:
        """Whose the value of an expression is."""
        match node:
            case None | ast.Constant() | ast.JoinedStr() | ast.Compare() | ast.Lambda() | ast.FormattedValue():
                return Whose.FIXED
            case ast.Name():
                return self._name(node)
            case ast.Attribute():
                return self._attribute(node)
            case ast.Call():
                return self._call(node)
            case ast.Await(value=value):
                return self._awaited(value)
            case ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self.of(value)
            case ast.IfExp(body=a, orelse=b):
                return max(self.of(a), self.of(b))
            case ast.BoolOp(values=values):
                return max(map(self.of, values))
            case ast.UnaryOp(op=op, operand=operand):
                return Whose.FIXED if isinstance(op, ast.Not) else self.made([operand])
            case ast.BinOp(left=left, right=right):
                text = isinstance(left, ast.JoinedStr) or (
                    isinstance(left, ast.Constant) and isinstance(left.value, str)
                )
                return Whose.FIXED if text else self.made([left, right])
            case ast.Tuple(elts=elements):
                return self.made(elements)
            case ast.List(elts=elements) | ast.Set(elts=elements):
                return max(Whose.OWN, self.made(elements))
            case ast.Dict(keys=keys, values=values):
                return max(Whose.OWN, self.made([*filter(None, keys), *values]))
            case ast.GeneratorExp() if is_put_off(self, node):
                return Whose.SHARED
            case ast.ListComp(elt=element) | ast.SetComp(elt=element) | ast.GeneratorExp(elt=element):
                return max(Whose.OWN, self.made([element]))
            case ast.DictComp(key=key, value=value):
                return max(Whose.OWN, self.made([key, value]))
            case ast.Subscript(value=value, slice=index):
                owner = self.of(value)
                return owner if isinstance(index, ast.Slice) else _part(owner)
        return Whose.SHARED

    def is_pure_call(self, call: ast.Call) -> bool:
        """Whether a call of the project's touches nothing, so that it keeps nothing either."""
        return self._callees.is_pure_call(self, call)

    def given_on(self, call: ast.Call, argument: ast.expr) -> Whose:
        """Whose an own object is that a function of the project is given; SHARED where it may keep it."""
        return self._callees.given_on(self, call, argument)

    @property
    def is_busy(self) -> bool:
        """Whether a variable is being judged, so that answers about others may be too good."""
        return bool(self._busy)

    def made(self, parts: Iterable[ast.expr]) -> Whose:
        """Whose a new object is that holds these."""
        return min(Whose.HOLDS, max((self.of(part) for part in parts), default=Whose.FIXED))

    # Names

    def _name(self, node: ast.Name) -> Whose:
        scope = self.module.scope(node).find(node.id)
        if scope is None or scope is self.module.names.root:
            return self._constant(node)
        if self.is_local(scope):
            if any(binding.kind == "import" for binding in scope.bindings[node.id]):
                return self._constant(node)
            return self.variable(scope, node.id)
        outer = scope.node
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)) and self.function is not outer:
            around = self._callees.frame(self.module, outer, Whose.SHARED)
            binding, *others = scope.bindings[node.id]
            if not others and around.variable(scope, node.id) is Whose.FIXED:
                return Whose.FIXED
            defined = binding.kind in ("def", "class", "import")
            if not others and (defined or self.facts.is_option(self.module, binding.node)):
                return Whose.FIXED
        return Whose.SHARED

    def variable(self, scope: Scope, name: str) -> Whose:
        """Whose the values of a local variable are, whichever of them it has."""
        key = scope, name
        if key in self._known:
            return self._known[key]
        self._looks = (self._looks + 1) * bool(self._busy)
        if key in self._busy or len(self._busy) > _DEPTH or self._looks > _MOST:
            self._busy.update(dict.fromkeys(self._busy, True))
            return Whose.FIXED if key in self._busy else Whose.SHARED
        self._busy[key] = False
        try:
            found = self._variable(scope, name)
        finally:
            met_itself = self._busy.pop(key)
        if not met_itself or not self._busy or found is Whose.SHARED:  # nothing worse can come out of what is open yet
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
        sure = not self._busy[scope, name]  # of nothing that is still being judged, and passes for FIXED until it is
        if (found is Whose.FIXED and sure) or self.facts.is_of_update(self.module, bindings[0].node):
            return found
        for use in self.module.uses(name, scope):
            found = max(found, self.after(use))
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
            case _, ast.AnnAssign(value=value) | ast.NamedExpr(value=value):
                return self.of(value)
            case _, ast.AugAssign(value=value):
                return self.made([value])
            case _, ast.For(iter=iterated) | ast.comprehension(iter=iterated, is_async=0):
                return self.item(iterated)
            case _, ast.AsyncFor(iter=iterated) | ast.comprehension(iter=iterated):
                return Whose.OWN if self.facts.is_library_iterator(self.module, iterated) else Whose.SHARED
            case _, ast.withitem(context_expr=manager):
                return self._entered(manager)
            case _, ast.Tuple() | ast.List() | ast.Starred():
                return self._unpacked(node)
        return Whose.OWN if isinstance(node, ast.ExceptHandler) else Whose.SHARED

    def _unpacked(self, node: ast.AST) -> Whose:
        """One of several targets: a part of what the assignment or loop gives."""
        outer = node
        depth = 0
        while isinstance(outer, (ast.Tuple, ast.List, ast.Starred, ast.Name)):
            inner, parent = outer, self.module.parent(outer)
            if parent is None:
                return Whose.SHARED
            outer = parent
            depth += isinstance(outer, (ast.Tuple, ast.List))
        match outer:
            case ast.Assign(value=ast.Tuple(elts=values), targets=[ast.Tuple(elts=targets)]) if len(values) == len(
                targets
            ):
                return self.made(values) if self.made(values) < Whose.HOLDS else Whose.SHARED
            case ast.Assign(value=value):
                return self.item(value) if depth < 2 else _part(self.item(value))
            case ast.For(iter=iterated) | ast.comprehension(iter=iterated, is_async=0):
                return _part(self.item(iterated)) if inner else Whose.SHARED
        return Whose.SHARED

    def _parameter(self, node: ast.AST) -> Whose:
        if self.facts.is_of_update(self.module, node):
            return Whose.OWN
        if not isinstance(node, ast.arg) or node.arg in ("self", "cls"):
            return Whose.SHARED
        if is_of_immutable(self.module, node.annotation):
            return Whose.FIXED
        kept = self.function is not None and is_default(self.module, self.function, node)
        return Whose.SHARED if kept else self.given

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

    def _constant(self, node: ast.expr) -> Whose:
        return Whose.FIXED if self.facts.is_constant(self.module, node) else Whose.SHARED

    def _entered(self, manager: ast.expr) -> Whose:
        """Whose the object is that a ``with`` gives."""
        if isinstance(manager, ast.Call):
            if self.facts.library_call(self.module, manager) is not None:
                return Whose.OWN
            if self.facts.name_of(self.module, manager.func) in _OWN_MANAGERS:
                return Whose.OWN
        return self.of(manager)

    # Parts and calls

    def _attribute(self, node: ast.Attribute) -> Whose:
        if self.facts.name_of(self.module, node):
            return self._constant(node)
        if node.attr in TELLS_NAMES:
            return Whose.FIXED
        if self.facts.kind(self.module, node.value) == CONTEXT:
            return Whose.OWN if node.attr in _OF_UPDATE | self.facts.data_of_chats else Whose.SHARED
        if self.facts.is_of_update(self.module, node.value):
            return Whose.SHARED if node.attr in _LEADS_OUT else Whose.OWN
        if self.facts.is_own_constant(self.module, node) or self.facts.definition(self.module, node.value):
            return self._constant(node)  # of an object, or of a class or function
        return _part(self.of(node.value))

    def _awaited(self, value: ast.expr) -> Whose:
        if not isinstance(value, ast.Call):
            return Whose.SHARED
        if self.facts.library_call(self.module, value) is not None or self.facts.is_response(self.module, value):
            return Whose.OWN
        return self._callees.result(self, value)

    def _call(self, call: ast.Call) -> Whose:
        if self.facts.is_response(self.module, call) or self.facts.tells_of_response(self.module, call):
            return Whose.OWN
        name = self.facts.name_of(self.module, call.func)
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if name:
            if name in FIXED_RESULT:
                return Whose.FIXED
            if name in ANEW:
                return Whose.OWN
            if is_put_off(self, call) or (name == "builtins.type" and self.made(given) > Whose.OWN):
                return Whose.SHARED
            if name in PICKS:
                return max((_part(self.of(part)) for part in given), default=Whose.SHARED)
            return max(Whose.OWN, self.made(given)) if is_harmless(name) else Whose.SHARED
        if read_by(self.module, call) is not None:
            return Whose.OWN if isinstance(call.func, ast.Attribute) and call.func.attr == "readlines" else Whose.FIXED
        if isinstance(call.func, ast.Attribute) and self.facts.definition(self.module, call.func) is None:
            return self._method(call.func.attr, self.of(call.func.value), given)
        return self._callees.result(self, call)

    def _method(self, name: str, owner: Whose, given: list[ast.expr]) -> Whose:
        if name in GIVES_TEXT:
            return Whose.FIXED
        if owner <= Whose.OWN:
            return max(owner, self.made(given)) if name in PURE_METHODS | MUTATING_METHODS | GIVES_OWN else Whose.SHARED
        if name in TELLING_METHODS:
            return Whose.FIXED
        if name in VIEWS:
            return owner  # they change with the dict
        return Whose.HOLDS if name in WHOLE else Whose.SHARED


def _part(owner: Whose) -> Whose:
    """Whose a part of something is."""
    return Whose.SHARED if owner is Whose.HOLDS else owner
