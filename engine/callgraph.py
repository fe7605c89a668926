"""Who uses the project's functions: what a name resolves to across modules, every use of a function, and what each use is.

Names are followed through imports, aliases, re-exports and star imports, methods through ``self``, classes and the objects that are
made of them in plain sight. What cannot be resolved and might be meant is a use too: "unknown" rather than none.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .escapes import class_escapes, module_escapes
from .families import binds, class_around, derived, may_mean
from .lookups import Lookups
from .module import Module, ParseError
from .project import Project
from .scope import FunctionNode, Scope
from .source import SourceError

Definition = FunctionNode | ast.ClassDef
_MOST_HOPS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """One place that uses a function."""

    module: Module
    #: The name or attribute that stands for the function; None where only its name is mentioned.
    node: ast.AST | None
    #: The call, where the function is called here.
    call: ast.Call | None
    #: The function around the call; None at module level.
    caller: FunctionNode | None
    #: Why the use is no plain call, or not surely one of this function, as a clause.
    obstacle: str | None = None

    @property
    def place(self) -> str:
        """File name and line."""
        line = getattr(self.node, "lineno", None)
        return f"{self.module.path.name}, line {line}" if line else self.module.path.name


class Resolver:
    """What names mean across the modules of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known = set(project.files)
        #: What the first part of a dotted name of the project can be.
        self._tops = {part for path in self._known for part in (*path.parent.parts, path.stem)}
        self._words: dict[Path, frozenset[bytes]] = {}
        self._targets: dict[tuple[Path, str], tuple[Path, list[str]] | None] = {}
        self._escaping: dict[object, bool] = {}
        self._aliases: dict[Path, dict[str, set[str]]] = {}
        self._definitions: dict[ast.AST, tuple[Module, Definition] | None] = {}

    @cached_property
    def lookups(self) -> Lookups:
        """What the project looks up by names that the source does not show."""
        return Lookups(self)

    def module(self, path: Path) -> Module | None:
        """The parsed file, or None where it cannot be read."""
        try:
            return self.project.module(path)
        except (ParseError, SourceError):
            return None

    def mentioning(self, words: Iterable[str]) -> list[Path]:
        """The files that hold one of the words."""
        wanted = {word.encode() for word in words}
        found = []
        for path in self.project.files:
            if path not in self._words:
                try:
                    source = self.project.source(path)
                except SourceError:
                    source = None
                self._words[path] = frozenset(re.findall(rb"\w+", source.data)) if source else frozenset()
            if not wanted.isdisjoint(self._words[path]):
                found.append(path)
        return found

    def file_of(self, importer: Path, dotted: str) -> tuple[Path, list[str]] | None:
        """The project's file that a dotted name of `importer` begins with, and the names that remain."""
        if (importer, dotted) not in self._targets:
            self._targets[importer, dotted] = self._file_of(importer, dotted)
        return self._targets[importer, dotted]

    def _file_of(self, importer: Path, dotted: str) -> tuple[Path, list[str]] | None:
        level = len(dotted) - len(dotted.lstrip("."))
        parts = [part for part in dotted[level:].split(".") if part]
        if not level and parts and parts[0] not in self._tops:
            return None
        if level:
            base = importer.parent
            for _ in range(level - 1):
                base = base.parent
            bases = [base]
        else:
            bases = list(importer.parents)
        top = self.project.settings.root
        from_library = not level and parts[:1] and parts[0] in sys.stdlib_module_names
        for base in bases:
            if from_library and base / "__init__.py" in self._known and base != top:
                continue  # ``import json`` beside a json.py of the same package means the standard library
            for count in range(len(parts), -1 if level else 0, -1):
                stem = base.joinpath(*parts[:count])
                for target in (stem / "__init__.py", stem.with_suffix(".py") if count else stem / "__init__.py"):
                    if target in self._known and target != importer:
                        return target, parts[count:]
            if base == top:
                break
        return None

    def exported(self, module: Module, name: str, hops: int = 0) -> tuple[Module, str] | None:
        """The module and name behind `name` in the namespace of `module`, through re-exports and star imports."""
        if hops > _MOST_HOPS:
            return None
        bindings = module.names.root.bindings.get(name)
        if bindings:
            if (
                len({(b.kind, b.qualified) for b in bindings}) == 1
                and bindings[0].qualified
                and bindings[0].kind == "import"
            ):
                return self._dotted(module, bindings[0].qualified, hops + 1)
            return (module, name)
        for star in reversed(module.names.root.bindings.get("*", ())):  # the last one hides the others
            target = self.file_of(module.path, star.qualified or "")
            if target and not target[1] and (other := self.module(target[0])) and not name.startswith("_"):
                if found := self.exported(other, name, hops + 1):
                    return found
        return None

    def _dotted(self, module: Module, dotted: str, hops: int) -> tuple[Module, str] | None:
        found = self.file_of(module.path, dotted)
        if found is None or len(found[1]) != 1 or (other := self.module(found[0])) is None:
            return None
        return self.exported(other, found[1][0], hops)

    def symbol(self, module: Module, expression: ast.AST) -> tuple[Module, str] | None:
        """The module-level name of the project that an expression stands for, with the module that defines it."""
        if isinstance(expression, ast.Name):
            scope = module.scope(expression).find(expression.id)
            if scope is None or scope is module.names.root:
                return self.exported(module, expression.id)
        dotted = module.resolve(expression)
        return self._dotted(module, dotted, 0) if dotted else None

    def definition(self, module: Module, expression: ast.AST) -> tuple[Module, Definition] | None:
        """The function or class that an expression stands for, if exactly one definition of the project can be meant."""
        if expression not in self._definitions:
            self._definitions[expression] = None  # a name that is defined by itself
            self._definitions[expression] = self._definition(module, expression)
        return self._definitions[expression]

    def _definition(self, module: Module, expression: ast.AST) -> tuple[Module, Definition] | None:
        if isinstance(expression, ast.Name) and (local := module.definition(expression)):
            return module, local
        if found := self.symbol(module, expression):
            where, name = found
            bindings = where.names.root.bindings.get(name, [])
            if len(bindings) == 1 and isinstance(
                bindings[0].node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            ):
                return where, bindings[0].node
            return None
        if isinstance(expression, ast.Attribute) and isinstance(expression.value, ast.Call):
            if (cls := _asks_super(module, expression.value)) is not None:
                return self._inherited(module, cls, expression.attr, 0) if len(cls.bases) == 1 else None
        if isinstance(expression, ast.Attribute) and (owner := self.class_of(module, expression.value)):
            return self.method(*owner, expression.attr)
        return None

    def class_of(self, module: Module, expression: ast.expr, hops: int = 0) -> tuple[Module, ast.ClassDef] | None:
        """The class that an expression is, or is an instance of, by what the source shows."""
        if hops > 4:
            return None
        if isinstance(expression, ast.Name) and expression.id in ("self", "cls"):
            method = module.function(expression)
            around = module.parent(method) if method else None
            return (module, around) if isinstance(around, ast.ClassDef) else None
        if isinstance(expression, ast.Call):
            found = self.definition(module, expression.func)
            return (found[0], found[1]) if found and isinstance(found[1], ast.ClassDef) else None
        if (
            isinstance(expression, ast.Attribute)
            and isinstance(expression.value, ast.Name)
            and expression.value.id == "self"
        ):
            return self._attribute_class(module, expression, hops)
        found = (
            self.definition(module, expression)
            if isinstance(expression, ast.Name) or module.resolve(expression)
            else None
        )
        if found:
            return (found[0], found[1]) if isinstance(found[1], ast.ClassDef) else None
        where, value = self.assigned(module, expression)
        return self.class_of(where, value, hops + 1) if value is not None else None

    def assigned(self, module: Module, expression: ast.expr) -> tuple[Module, ast.expr | None]:
        """The value of the one assignment behind a variable."""
        where, bindings = module, []
        if isinstance(expression, ast.Name) and (scope := module.scope(expression).find(expression.id)):
            bindings = scope.bindings[expression.id]
        if not any(b.kind == "assign" for b in bindings) and (found := self.symbol(module, expression)):
            where, bindings = found[0], found[0].names.root.bindings.get(found[1], [])
        if len(bindings) != 1:
            return where, None
        parent = where.parent(bindings[0].node)
        return where, parent.value if isinstance(parent, ast.Assign) and parent.targets == [bindings[0].node] else None

    def _attribute_class(self, module: Module, node: ast.Attribute, hops: int) -> tuple[Module, ast.ClassDef] | None:
        method = module.function(node)
        around = module.parent(method) if method else None
        if not isinstance(around, ast.ClassDef):
            return None
        values = []
        for target in module.all(ast.Attribute):
            if target.attr == node.attr and isinstance(target.ctx, ast.Store) and around in module.ancestors(target):
                parent = module.parent(target)
                values.append(parent.value if isinstance(parent, ast.Assign) and parent.targets == [target] else None)
        return self.class_of(module, values[0], hops + 1) if len(values) == 1 and values[0] is not None else None

    def method(self, module: Module, cls: ast.ClassDef, name: str, hops: int = 0) -> tuple[Module, Definition] | None:
        """The method that instances of a class have under a name."""
        found = [s for s in cls.body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef)) and s.name == name]
        if found:
            return (module, found[0]) if len(found) == 1 else None
        return self._inherited(module, cls, name, hops)

    def _inherited(self, module: Module, cls: ast.ClassDef, name: str, hops: int) -> tuple[Module, Definition] | None:
        for base in cls.bases if hops < 8 else ():
            parent = self.definition(module, base)
            if (
                parent
                and isinstance(parent[1], ast.ClassDef)
                and (inherited := self.method(parent[0], parent[1], name, hops + 1))
            ):
                return inherited
        return None

    # Uses

    def uses(self, targets: Iterable[tuple[Module, FunctionNode]]) -> dict[FunctionNode, list[Use]]:
        """Every use of the target functions in the project."""
        by_name: dict[str, list[tuple[Module, FunctionNode]]] = {}
        for module, node in targets:
            by_name.setdefault(node.name, []).append((module, node))
        found: dict[FunctionNode, list[Use]] = {node: [] for nodes in by_name.values() for _, node in nodes}
        for path in self.mentioning(by_name):
            where = self.module(path)
            if where is None:
                data = self._words[path]
                for name, nodes in by_name.items():
                    if name.encode() in data:
                        for module, node in nodes:
                            found[node].append(
                                Use(module, None, None, None, f"{path.name}, which mentions it, cannot be read")
                            )
                continue
            for use, node in self._uses_in(where, by_name):
                found[node].append(use)
        for module, node in (target for nodes in by_name.values() for target in nodes):
            if looked := self.lookups.reason(module, node):
                found[node].append(Use(looked[0], looked[1], None, None, looked[2]))
        return found

    def _aliases_in(self, module: Module) -> dict[str, set[str]]:
        """The names that a module gives to what it imports, by the last part of what it is called there."""
        if module.path not in self._aliases:
            found = self._aliases[module.path] = {}
            for scope in _scopes(module):
                for binding in (b for bound in scope.bindings.values() for b in bound if b.qualified):
                    found.setdefault((binding.qualified or "").rpartition(".")[2], set()).add(binding.name)
        return self._aliases[module.path]

    def _uses_in(
        self, module: Module, by_name: dict[str, list[tuple[Module, FunctionNode]]]
    ) -> Iterator[tuple[Use, FunctionNode]]:
        aliases = {alias for word in by_name for alias in self._aliases_in(module).get(word, ())}
        known = {node for nodes in by_name.values() for _, node in nodes}
        for name in module.all(ast.Name):
            if name.id in aliases or name.id in by_name:
                if not isinstance(name.ctx, ast.Load):
                    continue
                if meant := self.definition(module, name):
                    if meant[1] in known:
                        yield self._use(module, name), meant[1]
                    continue
                possible = self._possible(module, name)
                for node in known:
                    if node in possible:
                        yield self._use(module, name, f"{name.id} may be something else there"), node
        for attribute in module.all(ast.Attribute):
            if attribute.attr in by_name:
                yield from self._attribute_use(module, attribute, by_name[attribute.attr])
        for constant in module.all(ast.Constant):
            if (
                isinstance(constant.value, str)
                and len(constant.value) < 200
                and (last := constant.value.rpartition(".")[2]) in by_name
            ):
                if not isinstance(module.parent(constant), ast.Expr):
                    for _, node in by_name[last]:
                        obstacle = "its name stands in a text, by which something may look it up"
                        yield Use(module, constant, None, None, obstacle), node

    def _attribute_use(
        self, module: Module, attribute: ast.Attribute, targets: list[tuple[Module, FunctionNode]]
    ) -> Iterator[tuple[Use, FunctionNode]]:
        meant = self.definition(module, attribute)
        if meant is not None:
            for _, node in targets:
                if node is meant[1]:
                    yield self._use(module, attribute), node
            return
        dotted = module.resolve(attribute)
        if dotted and self.file_of(module.path, dotted) is None:
            return  # a library's
        if isinstance(attribute.value, (ast.Constant, ast.JoinedStr, ast.List, ast.Dict)):
            return
        for where, node in targets:
            own = may_mean(self, module, attribute.value, where.parent(node))
            if own or self._may_be_behind(where, node, attribute.value):
                owner = ast.unparse(attribute.value)
                yield self._use(module, attribute, f"{owner[:40]}.{node.name} may be it or not"), node

    def _possible(self, module: Module, name: ast.Name) -> set[ast.AST]:
        """The functions that a name may stand for among other things: bound several times, here or where it comes from."""
        bindings = list(module.bindings(name.id, name))
        sources = [self._dotted(module, b.qualified, 0) for b in bindings if b.qualified and b.kind == "import"]
        if not bindings:
            sources.append(self.symbol(module, name))
        for source in sources:
            if source is not None:
                bindings += source[0].names.root.bindings.get(source[1], [])
        return {binding.node for binding in bindings}

    def _may_be_behind(self, where: Module, node: FunctionNode, owner: ast.expr) -> bool:
        """Whether something unknown may be an object, or the module, that has the function as an attribute."""
        cls = where.parent(node)
        if isinstance(cls, ast.ClassDef):
            if cls not in self._escaping:
                self._escaping[cls] = class_escapes(self, where, cls)
            return self._escaping[cls]
        if isinstance(owner, (ast.Name, ast.Subscript)) and self.lookups.imports(where):
            return True
        if not isinstance(owner, ast.Name):
            return False
        if where not in self._escaping:
            self._escaping[where] = module_escapes(self, where)
        return self._escaping[where]

    def _use(self, module: Module, node: ast.expr, doubt: str | None = None) -> Use:
        parent = module.parent(node)
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            return Use(module, node, None, None, "something else is put in its place")
        if isinstance(parent, ast.Call) and parent.func is node:
            return Use(module, node, parent, module.function(parent), doubt)
        handed_on = doubt or "it is handed on as a value, and who calls it then is not known"
        return Use(module, node, None, module.function(node), handed_on)


def _scopes(module: Module) -> Iterable[Scope]:
    return module.names.opened.values()


def _asks_super(module: Module, call: ast.Call) -> ast.ClassDef | None:
    """The class whose base a ``super()`` stands for."""
    if isinstance(call.func, ast.Name) and call.func.id == "super" and not call.args:
        return class_around(module, call)
    return None


def follows(module: Module, function: FunctionNode, resolver: Resolver) -> str | None:
    """Why a plain function cannot become a coroutine whoever calls it, as a clause; None where nothing in it forbids that."""
    if any(
        isinstance(n, (ast.Yield, ast.YieldFrom)) and module.function(n) is function
        for n in module.all(ast.Yield, ast.YieldFrom)
    ):
        return "it is a generator"
    if function.name.startswith("__") and function.name.endswith("__"):
        return "Python itself calls it"
    for decorator in function.decorator_list:
        if module.resolve(decorator) not in ("builtins.staticmethod", "builtins.classmethod"):
            return f"it is decorated with {module.segment(decorator)}"
    cls = module.parent(function)
    if isinstance(cls, ast.ClassDef):
        return _overrides(module, cls, function.name, resolver)
    if isinstance(cls, (ast.If, ast.Try)) and len(module.names.scopes[function].bindings[function.name]) > 1:
        return "it has several definitions"
    return None


def _overrides(module: Module, cls: ast.ClassDef, name: str, resolver: Resolver) -> str | None:
    for base in cls.bases:
        known = resolver.definition(module, base)
        if known is None or not isinstance(known[1], ast.ClassDef):
            if module.resolve(base) not in ("builtins.object", "abc.ABC", "typing.Generic"):
                return f"its class is derived from {ast.unparse(base)}, which may call it"
        elif resolver.method(known[0], known[1], name):
            return f"it overrides a method of {known[1].name}"
    for other, heir in derived(resolver, cls):
        if binds(other, heir, name):
            return f"{heir.name} overrides it"
    return None
