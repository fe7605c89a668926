"""What names mean across the modules of a project: imports, aliases, re-exports, star imports, classes and their methods."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from ...knowledge.packages import BEFORE_FILES
from ..sources.imports import bases, levels_up, module_file
from .assignments import set_once
from .module import Module, Project
from .scope import FunctionNode

Definition = FunctionNode | ast.ClassDef
_MOST_HOPS = 12


class _Answers:
    """What every resolver of a project knows by now."""

    def __init__(self, _: Project) -> None:
        self.targets: dict[tuple[Path, str], tuple[Path, list[str]] | None] = {}
        self.definitions: dict[ast.AST, tuple[Module, Definition] | None] = {}
        self.derived: dict[ast.ClassDef, list[tuple[Module, ast.ClassDef]]] = {}
        self.families: dict[ast.ClassDef, frozenset[ast.ClassDef]] = {}
        #: The methods that a class defines itself.
        self.methods: dict[ast.ClassDef, dict[str, list[FunctionNode]]] = {}


class Resolver:
    """What names mean across the modules of a project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._known = project.known_files
        #: What the first part of a dotted name of the project can be.
        self._tops = {part for path in self._known for part in (*path.parent.parts, path.stem)}
        answers = project.fact(_Answers)
        self._targets = answers.targets
        self._above: dict[Path, tuple[str, ...]] = {}
        self._definitions = answers.definitions
        self._names: dict[tuple[Module, str], tuple[Module, str] | None] = {}
        self._methods = answers.methods
        #: The classes derived from a class, and those that its instances may inherit from, as `families` finds them out.
        self.derived = answers.derived
        self.families = answers.families

    @cached_property
    def _roots(self) -> tuple[Path, ...]:
        """The directories beside which packages lie (``src``), for importers that lie elsewhere (``tests``)."""
        folders = self.project.package_folders
        outermost = {folder.parent for folder in folders if folder.parent not in folders}
        return tuple(sorted({*outermost, self.project.settings.root / "src"} - {self.project.settings.root.parent}))

    def module(self, path: Path) -> Module | None:
        """The parsed file, or None where it cannot be read."""
        return self.project.parsed(path)

    def mentioning(self, words: Iterable[str]) -> list[Path]:
        """The files that hold one of the words."""
        return self.project.mentioning(words)

    def may_be_own(self, dotted: str) -> bool:
        """Whether a dotted name may be one of the project, by its first part."""
        return dotted.partition(".")[0] in self._tops or dotted.startswith(".")

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
        files, folders = self.project.files_by_name, self.project.folder_names
        folders_above = (levels_up(importer, level),) if level else self._bases(importer)
        from_library = not level and parts[:1] and parts[0] in BEFORE_FILES
        top = self.project.settings.root.as_posix()
        for base in folders_above:
            if not level and parts and f"{base}/{parts[0]}" not in folders and f"{base}/{parts[0]}.py" not in files:
                continue
            if from_library and base != top and f"{base}/__init__.py" in files:
                continue  # ``import json`` beside a json.py of the same package means the standard library, so does ``import telegraph``
            for count in range(len(parts), -1 if level else 0, -1):
                target = module_file(base, parts[:count], files)
                if target is not None and target != importer:
                    return target, parts[count:]
        return None

    def _bases(self, importer: Path) -> tuple[str, ...]:
        """The folders in which what a file imports may lie, the likeliest first, as `bases` gives them."""
        if importer not in self._above:
            near = bases(importer, self.project.settings.root, self.project.files_by_name)
            roots = (root.as_posix().rstrip("/") for root in self._roots)
            self._above[importer] = (*near, *(root for root in roots if root not in near))
        return self._above[importer]

    def module_behind(self, importer: Path, dotted: str) -> Path | None:
        """The module of the project that a dotted name stands for, through modules that import it."""
        for _ in range(_MOST_HOPS):
            found = self.file_of(importer, dotted)
            if found is None or not found[1]:
                return found[0] if found else None
            importer, (name, *rest) = found
            module = self.module(importer)
            bound = module.names.root.bindings.get(name, []) if module else []
            if len(bound) != 1 or bound[0].qualified is None:
                return None
            dotted = ".".join([bound[0].qualified, *rest])
        return None

    def exported(
        self, module: Module, name: str, way: list[tuple[Module, str]] | None = None
    ) -> tuple[Module, str] | None:
        """The module and name behind `name` in the namespace of `module`, through re-exports and star imports; all names on the
        way are added to `way`.
        """
        if way is not None:
            return self._exported(module, name, 0, {}, way)
        if (module, name) not in self._names:
            self._names[module, name] = self._exported(module, name, 0, {}, [])
        return self._names[module, name]

    def _exported(
        self, module: Module, name: str, hops: int, seen: dict[tuple[Module, str], int], way: list[tuple[Module, str]]
    ) -> tuple[Module, str] | None:
        """The same after so many `hops`; `seen` has after how few a name was looked for in vain, or is just looked for."""
        if hops > _MOST_HOPS or seen.get((module, name), _MOST_HOPS + 1) <= hops:
            return None  # packages whose files all take everything from each other have more ways than can be gone
        seen[module, name] = hops
        way.append((module, name))
        bindings = module.names.root.bindings.get(name)
        if bindings:
            first = bindings[0].qualified if len({(b.kind, b.qualified) for b in bindings}) == 1 else None
            if first and bindings[0].kind == "import":
                return self._dotted(module, first, hops + 1, seen, way)
            return (module, name)
        for star in reversed(module.names.root.bindings.get("*", ())):  # the last one hides the others
            target = self.file_of(module.path, star.qualified or "")
            if target and not target[1] and (other := self.module(target[0])) and not name.startswith("_"):
                if found := self._exported(other, name, hops + 1, seen, way):
                    return found
        return None

    def dotted(
        self, module: Module, dotted: str, way: list[tuple[Module, str]] | None = None
    ) -> tuple[Module, str] | None:
        """The module and name that a dotted name leads to, as `exported` says it."""
        return self._dotted(module, dotted, 0, {}, [] if way is None else way)

    def _dotted(
        self, module: Module, dotted: str, hops: int, seen: dict[tuple[Module, str], int], way: list[tuple[Module, str]]
    ) -> tuple[Module, str] | None:
        found = self.file_of(module.path, dotted)
        if found is None or len(found[1]) != 1 or (other := self.module(found[0])) is None:
            return None
        return self._exported(other, found[1][0], hops, seen, way)

    def symbol(
        self, module: Module, expression: ast.AST, way: list[tuple[Module, str]] | None = None
    ) -> tuple[Module, str] | None:
        """The module-level name of the project that an expression stands for, with the module that defines it; all names on the
        way to it are added to `way`.
        """
        if isinstance(expression, ast.Name):
            scope = module.scope(expression).find(expression.id)
            if scope is None or scope is module.names.root:
                return self.exported(module, expression.id, way)
        dotted = module.resolve(expression)
        return self.dotted(module, dotted, way) if dotted else None

    def possible_files(self, module: Module, dotted: str) -> list[Path]:
        """The files from which a dotted name may come, where there are several: it depends on how the program is started."""
        if dotted.startswith(".") or "." not in dotted or not self.may_be_own(dotted):
            return []
        around = dotted.rpartition(".")[0]
        found = set(self.project.imported_files(module.path, around))
        if b"sys.path" in module.source.data:  # it sets up where it looks
            ends = tuple(f"/{around.replace('.', '/')}{rest}" for rest in (".py", "/__init__.py"))
            named = self.project.files_by_name.items()
            found.update(path for name, path in named if name.endswith(ends) and path != module.path)
        return sorted(found) if len(found) > 1 else []

    def definition(self, module: Module, expression: ast.AST) -> tuple[Module, Definition] | None:
        """The function or class that an expression stands for, if exactly one definition of the project can be meant."""
        if expression not in self._definitions:
            self._definitions[expression] = None  # a name that is defined by itself
            self._definitions[expression] = self._definition(module, expression)
        return self._definitions[expression]

    def _definition(self, module: Module, expression: ast.AST) -> tuple[Module, Definition] | None:
        if isinstance(expression, ast.Name) and (local := module.definition(expression)):
            return module, local
        dotted = module.resolve(expression) or ""
        of_library = dotted and not self.may_be_own(dotted) and "*" not in module.names.root.bindings
        if of_library or self.possible_files(module, dotted):
            return None
        if found := self.symbol(module, expression):
            where, name = found
            bindings = where.names.root.bindings.get(name, [])
            if len(bindings) == 1 and isinstance(bindings[0].node, Definition):
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
        value = set_once(module, around, node.attr)
        return self.class_of(module, value, hops + 1) if value is not None else None

    def method(self, module: Module, cls: ast.ClassDef, name: str, hops: int = 0) -> tuple[Module, Definition] | None:
        """The method that instances of a class have under a name."""
        if cls not in self._methods:
            known = self._methods[cls] = {}
            for statement in cls.body:
                if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    known.setdefault(statement.name, []).append(statement)
        found = self._methods[cls].get(name)
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


def class_around(module: Module, node: ast.AST) -> ast.ClassDef | None:
    """The class in whose methods a node stands, nested functions included."""
    return next((ancestor for ancestor in module.ancestors(node) if isinstance(ancestor, ast.ClassDef)), None)


def _asks_super(module: Module, call: ast.Call) -> ast.ClassDef | None:
    """The class whose base a ``super()`` stands for."""
    if isinstance(call.func, ast.Name) and call.func.id == "super" and not call.args:
        return class_around(module, call)
    return None
