"""Scopes and bindings of one module: which name means what, where.

One iterative walk over the `ast` tree (no recursion: real files nest hundreds of `elif`s) that records, for every
node, its parent and scope, and for every scope, what binds its names. The rules are those of the language reference,
section 4.2.
"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

BUILTINS = frozenset(dir(builtins)) | {"__file__", "__name__", "__doc__", "__spec__", "__path__", "__package__", "__loader__",
                                       "__builtins__", "__annotations__", "__debug__", "WindowsError"}  # fmt: skip

ScopeKind = Literal["module", "class", "function", "lambda", "comprehension"]
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(slots=True)
class Binding:
    """One place that binds a name."""

    name: str
    #: "import", "star", "def", "class", "parameter", "assign" (any other store) or "delete".
    kind: str
    #: The statement (import, def, class), `ast.arg`, or the `ast.Name` (or handler, or pattern) that stores.
    node: ast.AST
    #: For imports, the dotted name that the binding stands for; relative imports keep their leading dots.
    qualified: str | None = None

    @property
    def line(self) -> int:
        """Where it stands, from 1."""
        return getattr(self.node, "lineno", 0)


@dataclass(slots=True, eq=False)
class Scope:
    """A region with names of its own."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    bindings: dict[str, list[Binding]] = field(default_factory=lambda: defaultdict(list))
    global_names: frozenset[str] = frozenset()
    nonlocal_names: frozenset[str] = frozenset()
    #: The innermost function around its code, and whether some `async def` stands around it.
    function: FunctionNode | None = None
    in_coroutine: bool = False

    def __post_init__(self) -> None:
        if self.parent is not None:
            self.function, self.in_coroutine = self.parent.function, self.parent.in_coroutine
        if isinstance(self.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.function = self.node
            self.in_coroutine |= isinstance(self.node, ast.AsyncFunctionDef)

    def bind(self, binding: Binding) -> None:
        """Record `binding` where the language puts it: here, or in the scope a global/nonlocal statement names."""
        scope: Scope = self
        name = binding.name
        while scope.kind == "comprehension" and binding.kind == "walrus" and scope.parent:
            scope = scope.parent
        if name in scope.global_names:
            while scope.parent:
                scope = scope.parent
        elif name in scope.nonlocal_names:
            outer = scope.parent
            while outer and not (outer.kind in ("function", "lambda") and name in outer.bindings):
                outer = outer.parent
            scope = outer or scope
        if binding.kind == "walrus":
            binding.kind = "assign"
        scope.bindings[name].append(binding)

    def find(self, name: str) -> Scope | None:
        """The scope whose binding a use of `name` here sees, or None for a builtin or an unknown name."""
        scope: Scope | None = self
        while scope:
            if name in scope.global_names:
                while scope.parent:
                    scope = scope.parent
                return scope if name in scope.bindings else None
            visible = scope is self or scope.kind != "class"
            if visible and name not in scope.nonlocal_names and name in scope.bindings:
                return scope
            scope = scope.parent
        return None

    @property
    def qualname(self) -> str:
        """Dotted name of the functions and classes around, "" at module level."""
        parts: list[str] = []
        scope: Scope | None = self
        while scope:
            if isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                parts.append(scope.node.name)
            scope = scope.parent
        return ".".join(reversed(parts))


_OPENS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, *COMPREHENSIONS})
_EVALUATES_OUTSIDE = _OPENS | {ast.arguments, ast.arg, ast.comprehension}
_BINDS = frozenset(
    {
        ast.arg, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal,
        ast.ExceptHandler, ast.MatchAs, ast.MatchStar, ast.MatchMapping,
        *(getattr(ast, name) for name in ("TypeVar", "ParamSpec", "TypeVarTuple") if hasattr(ast, name)),
    }
)  # fmt: skip


#: Fields without nodes of interest: contexts and operators are shared singletons without a place of their own.
_WITHOUT_NODES = frozenset(
    "ctx op ops type_comment id attr lineno arg module level asname kind conversion simple is_async".split()
)


@cache
def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields that can hold nodes of interest, the last one first."""
    without = _WITHOUT_NODES if kind.__name__ == "TypeAlias" else _WITHOUT_NODES | {"name"}
    return tuple(name for name in reversed(kind._fields) if name not in without)


class Names:
    """Parents, scopes and an index by node type for a whole tree."""

    def __init__(self, tree: ast.Module) -> None:
        self.root = Scope("module", tree, None)
        self.parents: dict[ast.AST, ast.AST] = {}
        #: Of the nodes that are evaluated in another scope than what they are a part of: a tenth of all (`scope`).
        self._scopes: dict[ast.AST, Scope] = {tree: self.root}
        #: The scope that a function, class, lambda or comprehension opens.
        self.opened: dict[ast.AST, Scope] = {tree: self.root}
        self.by_type: dict[type[ast.AST], list[ast.AST]] = defaultdict(list)
        self._walk(tree)

    def scope(self, node: ast.AST) -> Scope:
        """The scope in which a node is evaluated."""
        while node not in self._scopes:
            node = self.parents[node]
        return self._scopes[node]

    def adopt(self, expression: ast.expr) -> None:
        """Take an expression that a text of the module spells for one at its top level."""
        for node in ast.walk(expression):
            self._scopes.setdefault(node, self.root)

    def _walk(self, tree: ast.Module) -> None:
        parents, by_type = self.parents, self.by_type
        stack: list[ast.AST] = tree.body[::-1]  # type: ignore[assignment]
        parents.update(dict.fromkeys(stack, tree))
        within: list[Scope] = [self.root] * len(stack)
        while stack:
            node, scope = stack.pop(), within.pop()
            kind = type(node)
            by_type[kind].append(node)
            if kind is ast.Constant:
                continue
            if kind is ast.Name:
                if type(node.ctx) is not ast.Load:  # type: ignore[attr-defined]
                    self._bind(node, scope)
                continue
            inner = self._open(node, scope) if kind in _OPENS else scope
            if kind in _BINDS:
                self._bind(node, scope)
            special = kind in _EVALUATES_OUTSIDE
            for name in _fields(kind):  # type: ignore[arg-type]  # typeshed gives AST classes no hash
                value = getattr(node, name, None)
                if not value:
                    continue
                child_scope = self._child_scope(node, name, scope, inner) if special else scope
                for child in reversed(value) if type(value) is list else (value,):
                    if isinstance(child, ast.AST):
                        parents[child] = node
                        if child_scope is not scope:
                            self._scopes[child] = child_scope
                        stack.append(child)
                        within.append(child_scope)

    def _open(self, node: ast.AST, scope: Scope) -> Scope:
        kind: ScopeKind
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            kind = "function"
        elif isinstance(node, ast.ClassDef):
            kind = "class"
        elif isinstance(node, ast.Lambda):
            kind = "lambda"
        elif isinstance(node, COMPREHENSIONS):
            kind = "comprehension"
        else:
            return scope
        inner = self.opened[node] = Scope(kind, node, scope)
        return inner

    def _child_scope(self, node: ast.AST, name: str, scope: Scope, inner: Scope) -> Scope:
        """Decorators, defaults, annotations, bases and a comprehension's first iterable are evaluated outside."""
        if inner is scope:
            if isinstance(node, ast.arguments) and name in ("defaults", "kw_defaults") and scope.parent:
                return scope.parent  # `arguments` itself stands in the function's scope, for its parameters
            if isinstance(node, ast.arg) and name == "annotation" and scope.parent:
                return scope.parent
            if isinstance(node, ast.comprehension) and name == "iter" and scope.parent:
                owner = scope.node
                if isinstance(owner, COMPREHENSIONS) and owner.generators[0] is node:
                    return scope.parent
            return scope
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return inner if name in ("body", "args") else scope
        return inner

    def _bind(self, node: ast.AST, scope: Scope) -> None:
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                parent = self.parents[node]
                walrus = isinstance(parent, ast.NamedExpr) and parent.target is node
                scope.bind(Binding(name, "walrus" if walrus else "assign", node))
            case ast.Name(id=name, ctx=ast.Del()):
                scope.bind(Binding(name, "delete", node))
            case ast.arg(arg=name):
                scope.bind(Binding(name, "parameter", node))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                scope.bind(Binding(name, "def", node))
            case ast.ClassDef(name=name):
                scope.bind(Binding(name, "class", node))
            case ast.Import(names=aliases):
                for alias in aliases:
                    top = alias.name.partition(".")[0]
                    scope.bind(Binding(alias.asname or top, "import", node, alias.name if alias.asname else top))
            case ast.ImportFrom(module=module, names=aliases, level=level):
                base = "." * (level or 0) + (module or "")
                for alias in aliases:
                    if alias.name == "*":
                        scope.bind(Binding("*", "star", node, base))
                    else:
                        dot = "" if base.endswith(".") or not base else "."
                        scope.bind(Binding(alias.asname or alias.name, "import", node, f"{base}{dot}{alias.name}"))
            case ast.Global(names=names):
                scope.global_names |= frozenset(names)
            case ast.Nonlocal(names=names):
                scope.nonlocal_names |= frozenset(names)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                scope.bind(Binding(name, "assign", node))
            case ast.MatchMapping(rest=str(name)):
                scope.bind(Binding(name, "assign", node))
            case _ if type(node).__name__ in ("TypeVar", "ParamSpec", "TypeVarTuple"):  # Python 3.12 type parameters
                # their own scope lies between the definition and what is around it: annotations, bases and the body see them
                binding = Binding(node.name, "parameter", node)  # type: ignore[attr-defined]
                scope.bind(binding)
                owner = self.opened.get(self.parents[node])
                if owner is not None and owner is not scope:
                    owner.bind(binding)
