"""Where a project puts something else in the place of an attribute: `bot.POSTS = 5`, `setattr`, `patch("bot.rules")`, `globals()[…] = …`.

Everything that may be one is one: a name that is put together while the program runs may be any name.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from .assignments import is_made_in_sight
from .escapes import module_escapes, value_uses
from .families import family, own_class
from .handed_over import HandedOver
from .module import Module, Project
from .module_names import is_keyed, is_of_telegram, may_name, named_module, names_for, stem_of
from .replacing import (
    NAMED_IMPORTS,
    SOME_NAME,
    WORDS,
    Replacement,
    assigned,
    last_of,
    may_replace,
    may_show,
    names_shown,
    names_unshown,
    owners_shown,
    owners_unshown,
    shown,
    takes_by_name,
    unshown,
)
from .resolver import Resolver, class_around

#: A library's dotted name, or a file of the project and a name in it (None: some name), or "" for something unknown.
Target = str | tuple[Path, str | None]


class Replacements:
    """The replacements of a project, by the name of the attribute. Ask `Project.fact(Replacements)`."""

    def __init__(self, project: Project) -> None:
        self.resolver = project.fact(Resolver)
        self._handed_over = project.fact(HandedOver)
        self._others: dict[Path, list[Replacement]] = {}
        self._by_name: dict[str, list[Replacement]] = {}
        self._loose: dict[Path, bool] = {}
        self._handed: dict[str, bool] = {}
        self._of_owner: dict[str, list[Replacement]] = {}

    def of(self, name: str) -> list[Replacement]:
        """Every place that may replace an attribute called `name` of something."""
        if name not in self._by_name:
            found = [r for path in self.resolver.mentioning([name]) for r in self._assigned(path, name)]
            self._by_name[name] = found + self.unshown_of(name)
        return self._by_name[name]

    def unshown_of(self, name: str) -> list[Replacement]:
        """Those that do not show the attribute as one, and may be of `name`."""
        paths = sorted({*self._unshown.get(name, ()), *self._unshown.get(SOME_NAME, ())})
        return [r for path in paths for r in self._unshown_in(path) if r.name in (name, None)]

    def matching(self, matches: Callable[[str], bool]) -> Iterator[Replacement]:
        """Every place that may replace an attribute of a name for which `matches` is true."""
        for path in self.resolver.project.files:
            told = self._told(path, names_shown)
            module = self.resolver.module(path) if any(name == SOME_NAME or matches(name) for name in told) else None
            yield from (
                r for name, found in (module.fact(shown) if module else {}).items() if matches(name) for r in found
            )
        names = [name for name in self._unshown if name == SOME_NAME or matches(name)]
        for path in sorted({path for name in names for path in self._unshown[name]}):
            yield from (r for r in self._unshown_in(path) if r.name is None or matches(r.name))

    @cached_property
    def _unshown(self) -> dict[str, list[Path]]:
        """The files that hold some that do not show the attribute as one, by its name."""
        found: dict[str, list[Path]] = {}
        for path in self._not_shown:
            for name in self._told(path, names_unshown):
                found.setdefault(name, []).append(path)
        return found

    def _told(self, path: Path, question: Callable[[Module], frozenset[str] | None]) -> frozenset[str]:
        """The names that a file tells, or that it may be any."""
        found = self.resolver.project.told(path, question)
        return frozenset({SOME_NAME}) if found is None else found

    def of_module(self, module: Module, name: str) -> Iterator[Replacement]:
        """Those that may be of the module-level `name` of `module`."""
        handed = (r for word in (stem_of(module.path), name) for r in self._handed_over.of(word))
        for found in [*self.of(name), *(found for found in handed if found.name in (name, None))]:
            if found.dotted is not None:
                holder = found.dotted.rpartition(".")[0]
                if holder.rpartition(".")[2] == stem_of(module.path) or (
                    # patch("bot.config.POSTS"), where `config` is a module that bot imports
                    (behind := self.resolver.module_behind(found.path, holder)) is not None and behind == module.path
                ):
                    yield found
            elif found.owner is None:
                if found.module is module:
                    yield found
            elif self.may_be_module(found.module, found.owner, module):
                yield found

    def of_method(self, module: Module, cls: ast.ClassDef, name: str) -> Iterator[Replacement]:
        """Those that may be of a method of a class of the project, for all its instances or for one."""
        members = family(self.resolver, module, cls)
        for found in self.of(name):
            owner = found.owner
            if owner is None:
                holder = (found.dotted or "").rpartition(".")[0].rpartition(".")[2]
                if any(holder == member.name for member in members):
                    yield found
                continue
            around = own_class(found.module, owner)
            meant = around or next((k[1] for k in (self._class(found.module, owner),) if k), None)
            if meant in members or (meant is None and "" in (found.module.candidates(owner) or {""})):
                yield found

    def _class(self, where: Module, owner: ast.expr) -> tuple[Module, ast.AST] | None:
        return self.resolver.definition(where, owner) or self.resolver.class_of(where, owner)

    def of_library(self, module: Module, dotted: str) -> Iterator[Replacement]:
        """Those that may be of what a library calls `dotted` ("httpx.AsyncClient"), as code of `module` sees it: of the thing
        itself, of one of its attributes, of what holds it, or of a name by which the module has it.
        """
        parts = dotted.split(".")
        bound = module.fact(names_for)
        names = {name for end in range(len(parts)) for name in bound.get(".".join(parts[: end + 1]), ())}
        names |= {parts[1]} if parts[0] == "builtins" else set()
        seen: set[ast.AST] = set()
        for word in [*parts, *names, stem_of(module.path)]:
            for found in [*self.of(word), *self._on(dotted), *self._handed_over.of(word)]:
                if found.node not in seen:
                    seen.add(found.node)
                    if any(self._hits(found, target, module, names, dotted) for target in self.targets(found)):
                        yield found

    def _hits(self, found: Replacement, target: Target, module: Module, names: set[str], dotted: str) -> bool:
        if isinstance(target, tuple):
            return target[0] == module.path and target[1] in (*names, None)
        if target:
            target = target.removesuffix("*").removesuffix(".")  # some attribute of it, or some module at all
            return not target or f"{dotted}.".startswith(f"{target}.") or target.startswith(f"{dotted}.")
        # something unknown: it may be what holds the thing, if that is handed around
        parts = dotted.split(".")
        holders = [".".join(parts[:i]) for i in range(1, len(parts) + 1) if found.name in (None, *parts[i : i + 1])]
        return any(self._is_handed(holder) for holder in holders)

    def _is_handed(self, dotted: str) -> bool:
        if dotted not in self._handed:
            self._handed[dotted] = any(not _is_asked(m, node) for m, node in value_uses(self.resolver, dotted))
        return self._handed[dotted]

    def _on(self, dotted: str) -> list[Replacement]:
        """Those of attributes of a library's class or module."""
        if dotted not in self._of_owner:
            found = self._of_owner[dotted] = []
            for path in self._not_shown:
                if not {dotted, SOME_NAME}.isdisjoint(self._told(path, owners_unshown)):
                    others = self._unshown_in(path)
                    found += (r for r in others if r.owner is not None and dotted in r.module.candidates(r.owner))
            for path in self.resolver.mentioning([dotted.rpartition(".")[2]]):
                if {dotted, SOME_NAME}.isdisjoint(self._told(path, owners_shown)):
                    continue
                where = self.resolver.module(path)
                for replacement in where.fact(assigned) if where else ():
                    if where and replacement.owner is not None and dotted in where.candidates(replacement.owner):
                        found.append(replacement)
        return self._of_owner[dotted]

    def targets(self, found: Replacement) -> set[Target]:
        """What a replacement is of: a library's dotted name, a name of a file of the project, or "" for something unknown."""
        if found.dotted is not None:
            return {self._behind(found.path, found.dotted)}
        if found.owner is None:
            return {(found.path, found.name)}
        where, owner = found.module, found.owner
        if isinstance(owner, ast.Name) and owner.id in ("self", "cls") and class_around(where, owner):
            return set()
        if self._class(where, owner) or is_made_in_sight(where, owner):
            return set()
        names = set(where.candidates(owner)) or {""}
        named = named_module(where, owner)
        if named is not None:
            names = {named}
        return {self._behind(found.path, f"{name}.{found.name or '*'}") if name else "" for name in names}

    def _behind(self, importer: Path, dotted: str) -> Target:
        """What a dotted name stands for, through the modules of the project that it leads over."""
        for _ in range(12):
            target = self.resolver.file_of(importer, dotted)
            if target is None:
                return dotted
            importer, rest = target
            module = self.resolver.module(importer)
            bound = module.names.root.bindings.get(rest[0], []) if module and rest else []
            if len(rest) < 2 or len(bound) != 1 or bound[0].qualified is None:
                return (importer, (rest[0] if rest[0] != "*" else None) if rest else None)
            dotted = ".".join([bound[0].qualified, *rest[1:]])
        return ""

    @cached_property
    def lookups(self) -> list[tuple[Module, ast.Call]]:
        """Every ``getattr(x, name)``."""
        found = []
        for path in self.resolver.mentioning(["getattr"]):
            module = self.resolver.module(path)
            for call in module.all(ast.Call) if module else ():
                if module and module.resolve(call.func) == "builtins.getattr" and len(call.args) > 1:
                    found.append((module, call))
        return found

    def may_be_module(self, where: Module, owner: ast.expr, module: Module) -> bool:
        """Whether an expression may stand for a module of the project."""
        if isinstance(owner, ast.Name) and owner.id in ("self", "cls") and class_around(where, owner):
            return False
        made = self.resolver.assigned(where, owner)[1]
        if self._class(where, owner) or (isinstance(made, ast.Call) and last_of(made.func) == "parse_args"):
            return False
        if isinstance(owner, ast.Name) and owner.id in sys.stdlib_module_names and not where.bindings(owner.id, owner):
            return owner.id == stem_of(module.path)  # by a star import, under its own name
        names = where.candidates(owner) or frozenset({""})
        loaded = owner if made is None else made
        if isinstance(loaded, ast.Call) and last_of(loaded.func) in NAMED_IMPORTS and loaded.args:
            return may_name(loaded.args[0], module.path)
        for dotted in names - {""}:
            if self.resolver.module_behind(where.path, dotted) == module.path:
                return True
        if isinstance(owner, ast.Subscript) and isinstance(owner.slice, ast.Constant):  # sys.modules["bot"]
            return str(owner.slice.value).rpartition(".")[2] == stem_of(module.path)
        return "" in names and self.is_loose(module) and not is_of_telegram(where, owner)

    def is_loose(self, module: Module) -> bool:
        """Whether something that the source does not show as this module may be it."""
        if module.path not in self._loose:
            self._loose[module.path] = module_escapes(self.resolver, module) or self._is_named(module)
        return self._loose[module.path]

    def _is_named(self, module: Module) -> bool:
        """Whether a module is taken by its name in a text: `importlib.import_module("bot")`, ``sys.modules[__name__]``."""
        named, keyed = self._taken_by_name
        return (
            named is None
            or any(may_name(text, module.path) for text in named)
            or any(not is_keyed(parent, module.path) for parent in keyed)
        )

    @cached_property
    def _taken_by_name(self) -> tuple[list[ast.expr] | None, list[ast.AST | None]]:
        """The texts by which modules are loaded (None where one may be any), and what is done with `sys.modules`."""
        named: list[ast.expr] = []
        keyed: list[ast.AST | None] = []
        for path in self.resolver.mentioning([*NAMED_IMPORTS, "modules", "getmodule"]):
            if self.resolver.project.told(path, takes_by_name) is False:
                continue
            where = self.resolver.module(path)
            if where is None:
                return None, []
            for node in where.all(ast.Call):
                last = last_of(node.func)
                if last == "getmodule":
                    return None, []
                if last in NAMED_IMPORTS and node.args:
                    named.append(node.args[0])
            for attribute in where.attributes("modules"):
                if where.resolve(attribute) == "sys.modules":
                    keyed.append(where.parent(attribute))
        return named, keyed

    def _assigned(self, path: Path, name: str) -> list[Replacement]:
        """Those of a file that show the attribute: assignments, and texts that end in its name."""
        if not self.resolver.project.is_parsed(path) and not may_show(self.resolver.project.data(path), name):
            return []
        told = self.resolver.project.told(path, names_shown)
        module = self.resolver.module(path) if told is None or name in told else None
        return module.fact(shown).get(name, []) if module else []

    @cached_property
    def _not_shown(self) -> list[Path]:
        """The files that may hold some that do not show the attribute as one."""
        data = self.resolver.project.data
        return [path for path in self.resolver.mentioning(WORDS) if may_replace(data(path))]

    def _unshown_in(self, path: Path) -> list[Replacement]:
        if path not in self._others:
            module = self.resolver.module(path)
            self._others[path] = list(unshown(module)) if module else []
        return self._others[path]


def _is_asked(module: Module, node: ast.AST) -> bool:
    """Whether a class is only compared with: ``isinstance(x, C)``."""
    call = module.parent(node)
    return isinstance(call, ast.Call) and module.resolve(call.func) in ("builtins.isinstance", "builtins.issubclass")
