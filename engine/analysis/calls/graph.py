"""Who uses the project's functions: what a name resolves to across modules, every use of a function, and what each use is.

Names are followed through imports, aliases, re-exports and star imports, methods through ``self``, classes and the objects that are
made of them in plain sight. What cannot be resolved and might be meant is a use too: "unknown" rather than none.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..escapes import class_escapes
from ..families import may_mean
from ..module import Module, Project
from ..replacements import Replacements
from ..resolver import Resolver
from ..scope import FunctionNode
from .lookups import Lookups

_AS = re.compile(rb" as +(\w+)")
#: Makes a space of whatever may stand between words.
_SPACED = bytes.maketrans(b"\t\n\r\f\v\\", b"      ")
#: Of more names a file is parsed at once.
_FEW = 4
_BEFORE = re.compile(rb"(\w+) *\Z")
#: What stands before a name in a text that tells where it is.
_SEPARATORS = re.compile(r"[.:/ ]")


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
    #: Whether it is no plain call, or not surely one of this function.
    is_doubtful: bool = False

    @property
    def place(self) -> str:
        """File name and line."""
        line = getattr(self.node, "lineno", None)
        return f"{self.module.path.name}, line {line}" if line else self.module.path.name


@dataclass(frozen=True, slots=True)
class _Sought:
    """Functions whose uses are asked for."""

    by_name: dict[str, list[tuple[Module, FunctionNode]]]
    #: What imports call them besides.
    others: set[str]
    nodes: set[FunctionNode]


class CallGraph(Resolver):
    """The uses of the project's functions."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._escaping: dict[object, bool] = {}
        self._defined: dict[tuple[Path, str], bool] = {}
        self._texts: dict[Module, dict[str, list[ast.Constant]]] = {}

    @cached_property
    def lookups(self) -> Lookups:
        """What the project looks up by names that the source does not show."""
        return Lookups(self)

    def uses(self, targets: Iterable[tuple[Module, FunctionNode]]) -> dict[FunctionNode, list[Use]]:
        """Every use of the target functions in the project."""
        given = list(targets)
        found: dict[FunctionNode, list[Use]] = {node: [] for _, node in given}
        for use, node in self.each_use(given):
            found[node].append(use)
        return found

    def each_use(self, targets: Iterable[tuple[Module, FunctionNode]]) -> Iterator[tuple[Use, FunctionNode]]:
        """The same one after the other: files are looked into as far as uses are asked for."""
        sought = self._sought(targets)
        by_name = sought.by_name
        names = {*by_name, *sought.others}
        for path in self.mentioning(names):
            if len(names) <= _FEW and not self.project.is_parsed(path) and self._only_defines(path, names):
                continue
            where = self.module(path)
            if where is None:
                for name, nodes in by_name.items():
                    words = (word.encode() for word in (name, *self._others_of([name])))
                    if any(self.project.words.holds(path, word) for word in words):
                        yield from ((Use(module, None, None, None, is_doubtful=True), node) for module, node in nodes)
                continue
            yield from self._uses_in(where, sought)
        for module, node in (target for nodes in by_name.values() for target in nodes):
            if looked := self.lookups.of(module, node):
                yield Use(*looked, None, None, is_doubtful=True), node

    def _only_defines(self, path: Path, names: Iterable[str]) -> bool:
        """Whether a file holds some names in definitions of functions alone, as far as that is seen without parsing it."""
        data = self.project.data(path)
        for name in names:
            if (path, name) not in self._defined:
                word = re.escape(name.encode())
                used = rb"%b(?<!\w%b)(?!\w)(?:(?<!\bdef %b)|(?!\())" % (word, word, word)
                self._defined[path, name] = name.isascii() and re.search(used, data) is None
            if not self._defined[path, name]:
                return False
        return True

    def uses_in(
        self, modules: Iterable[Module], targets: Iterable[tuple[Module, FunctionNode]]
    ) -> Iterator[tuple[Use, FunctionNode]]:
        """Every use of the target functions in some files, with the function that is used."""
        sought = self._sought(targets)
        return (use for module in modules for use in self._uses_in(module, sought))

    def _uses_in(self, module: Module, sought: _Sought) -> Iterator[tuple[Use, FunctionNode]]:
        texts = self._texts_of(module)
        known, names = sought.nodes, module.names_used
        asked = sought.by_name.keys()
        here = asked & names | asked & texts.keys() | asked & module.aliases.keys()
        others = sought.others & names
        if not (here or others):
            return
        by_name = {word: sought.by_name[word] for word in sorted(here)}
        aliases = {alias for word in by_name for alias in module.aliases.get(word, ())}
        for name in (node for word in sorted({*by_name, *aliases, *others}) for node in module.loads(word)):
            if meant := self.definition(module, name):
                if meant[1] in known:
                    yield self._use(module, name), meant[1]
                continue
            possible = self._possible(module, name)
            for node in known:
                if node in possible:
                    yield self._use(module, name, is_doubtful=True), node
        for attribute in (node for word in sorted(others) for node in module.attributes(word)):
            meant = self.definition(module, attribute)
            if meant and meant[1] in known and meant[1].name != attribute.attr:
                yield self._use(module, attribute), meant[1]
        for word, targets in by_name.items():
            for attribute in module.attributes(word):
                yield from self._attribute_use(module, attribute, targets)
            for constant in texts.get(word, ()):  # by which something may look it up
                yield from ((Use(module, constant, None, None, is_doubtful=True), node) for _, node in targets)

    def _sought(self, targets: Iterable[tuple[Module, FunctionNode]]) -> _Sought:
        by_name: dict[str, list[tuple[Module, FunctionNode]]] = {}
        for module, node in targets:
            by_name.setdefault(node.name, []).append((module, node))
        return _Sought(by_name, self._others_of(by_name), {node for nodes in by_name.values() for _, node in nodes})

    def _others_of(self, names: Iterable[str]) -> set[str]:
        """What imports, anywhere in the project, call what has one of the names: other files may import it by that."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            new = self._renamed.get(waiting.pop(), set()) - found
            found |= new
            waiting += new
        return found

    @cached_property
    def _renamed(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for source in self.project.others(Path()):
            data = source.data.translate(_SPACED)
            for other in _AS.finditer(data):
                if name := _BEFORE.search(data, max(0, other.start() - 200), other.start()):
                    found.setdefault(name[1].decode(errors="replace"), set()).add(other[1].decode(errors="replace"))
        return found

    def _texts_of(self, module: Module) -> dict[str, list[ast.Constant]]:
        """The texts of a module by the word that may be a function's name."""
        if module not in self._texts:
            found = self._texts[module] = {}
            for constant in module.texts:
                if len(text := str(constant.value)) < 200:
                    found.setdefault(_SEPARATORS.split(text)[-1], []).append(constant)
        return self._texts[module]

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
            if own or self._may_be_behind(where, node, module, attribute.value):
                yield self._use(module, attribute, is_doubtful=True), node

    def _possible(self, module: Module, name: ast.Name) -> set[ast.AST]:
        """The functions that a name may stand for among other things: bound several times, here or where it comes from."""
        bindings = list(module.bindings(name.id, name))
        sources = []
        for dotted in [b.qualified for b in bindings if b.qualified and b.kind == "import"]:
            others = map(self.module, self.possible_files(module, dotted))
            sources.append(self.dotted(module, dotted))
            sources += [self.exported(other, dotted.rpartition(".")[2]) for other in others if other is not None]
        if not bindings:
            sources.append(self.symbol(module, name))
        for source in sources:
            if source is not None:
                bindings += source[0].names.root.bindings.get(source[1], [])
        return {binding.node for binding in bindings}

    def _may_be_behind(self, where: Module, node: FunctionNode, module: Module, owner: ast.expr) -> bool:
        """Whether something unknown may be an object, or the module, that has the function as an attribute."""
        cls = where.parent(node)
        if isinstance(cls, ast.ClassDef):
            if cls not in self._escaping:
                self._escaping[cls] = class_escapes(self, where, cls)
            return self._escaping[cls]
        return self.project.fact(Replacements).may_be_module(module, owner, where)

    def _use(self, module: Module, node: ast.expr, *, is_doubtful: bool = False) -> Use:
        parent = module.parent(node)
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            return Use(module, node, None, None, is_doubtful=True)
        if isinstance(parent, ast.Call) and parent.func is node:
            return Use(module, node, parent, module.function(parent), is_doubtful)
        return Use(module, node, None, module.function(node), is_doubtful=True)
