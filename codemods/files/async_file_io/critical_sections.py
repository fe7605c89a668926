"""Which file accesses of a project belong together, and which stretches of its coroutines need locks."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ....engine.analysis import refuse
from ....engine.analysis.calls.functions import Effect, Function, Functions, runs_before_the_loop
from ....engine.analysis.files import Access, Key, mentions
from ....engine.analysis.module import Module
from ....engine.analysis.sections import Section, sections
from ....engine.analysis.shared_calls import SharedCalls
from ....engine.analysis.threads import thread_unsafe
from ....engine.rewriting import awaits
from .handles import Refused
from .locks import holds_file_lock
from .rewrite import Rewriter

#: What changes a file or takes it away.
CHANGES = frozenset({"write", "change", "remove"})


@dataclass(eq=False)
class Unit:
    """Accesses that are rewritten together or not at all."""

    helpers: list[Function] = field(default_factory=list)
    coroutines: list[Function] = field(default_factory=list)
    #: The files that are written and locked.
    keys: set[Key] = field(default_factory=set)
    #: For a statement that concerns nothing else: its accesses, and only these.
    single: tuple[Access, ...] = ()
    #: What the coroutines themselves do to the files.
    touched: list[tuple[Function, Access]] = field(default_factory=list)

    @property
    def accesses(self) -> list[tuple[Function, Access]]:
        """The blocking accesses of the unit, in order of path and place."""
        if self.single:
            return [(self.coroutines[0], access) for access in self.single]
        return [(f, a) for f in self.helpers for a in f.blocking] + self.touched


class Units:
    """Groups the accesses of a project into units and rewrites each."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.shared = SharedCalls(functions.resolver)
        self.becoming = functions.becoming(self._rewritable)
        self.effects = functions.effects
        on_loop = [(f, e) for f in functions.coroutines for e in self.effects[f]]
        #: Files that code on the event loop writes.
        self.written = {e.key for _, e in on_loop if e.kind in ("write", "change")}
        #: The same, and what it removes, each with the place.
        self.changed = [
            (f, e, pattern)
            for f in functions.by_node.values()
            if f.is_coroutine or f not in functions.relevant
            for e in self.effects[f]
            if e.kind in CHANGES
            for pattern in functions.patterns(f, e)
        ]
        #: Files that are not always replaced in one step, so that who reads them needs the lock too.
        self.torn = {e.key for f, e in on_loop if e.key in self.written and self._tears(f, e)}
        self.read = {e.key for _, e in on_loop if e.reads}

    def _rewritable(self, function: Function, becoming: set[ast.AST]) -> str | None:
        rewriter = Rewriter(function.module, "aiofiles", becoming)
        if stop := _may_stop(function):
            return stop
        try:
            for access in function.blocking:
                rewriter.access(access, {}, {})
        except Refused as reason:
            return str(reason)
        if rewriter.result.gathers and self._runs_in_thread(function):
            return "it goes through the lines of a file, and does so in a thread as it is"
        if not function.blocking and not any(
            callee.node in becoming or self.thread_obstacle(callee, function.module, call, becoming) is None
            for call, callee in function.sure_calls
        ):
            return "nothing in it can be awaited"
        return None

    def thread_obstacle(
        self, helper: Function, module: Module, call: ast.Call, becoming: Collection[ast.AST]
    ) -> str | None:
        """Why a call of a plain helper in a coroutine cannot move to a thread, as a clause."""
        reason = refuse.cannot_await(module, call, becoming) or refuse.holds_thread_lock(module, call)
        reason = reason or refuse.foreign_event_loop(module)
        reason = (
            reason or thread_unsafe(self.functions, helper, module, call) or _may_stop(helper) or _only_opens(helper)
        )
        if reason is None and not awaits.is_plain(module, call):
            return "it stands in an f-string or in parentheses of its own"
        return reason

    def _runs_in_thread(self, function: Function) -> bool:
        """Whether a helper only reads, and every call of it may move to a thread."""
        if any(access.kind not in ("read", "probe") for access in function.accesses) or function.calls:
            return False
        if _may_stop(function):
            return False
        calls = [(use.module, use.call) for use in function.uses if use.call is not None and not use.obstacle]
        return len(calls) == len(function.uses) and all(
            awaits.is_plain(module, call) and thread_unsafe(self.functions, function, module, call) is None
            for module, call in calls
        )

    def _tears(self, function: Function, effect: Effect) -> bool:
        if effect.kind in ("change", "remove"):
            return True
        owner = effect.way[-1][1] if effect.way else function
        in_variable = _variable(owner.module, effect.access) is not None
        plain = bool(effect.way) and owner.node not in self.becoming
        return effect.kind == "write" and (in_variable or plain)

    def needs_lock(self, key: Key) -> bool:
        """Whether who writes a file must take its lock: not where its name is made anew in each call and it is only written."""
        return key in self.written and (key.sort in ("constant", "global", "attribute") or key in self.read)

    def runs_beside(self, function: Function) -> bool:
        """Whether a function may run while handlers do."""
        return function.is_coroutine or not (function.uses and runs_before_the_loop(self.functions, function.uses))

    @cached_property
    def locking(self) -> set[ast.AST]:
        """The coroutines that lock a file, once all that is possible is rewritten."""
        found: set[ast.AST] = set()
        for function in self.functions.coroutines:
            keys = {e.key for e in self.effects[function] if self.needs_lock(e.key)}
            if self.stretches(function, keys):
                found.add(function.node)
        return found

    @cached_property
    def lists_folders(self) -> bool:
        """Whether some code of the project looks what stands in a folder."""
        return any(map(self.functions.project.contains, (b"listdir", b"scandir", b"iterdir", b"glob(", b"os.walk")))

    # Grouping

    def all(self) -> Iterator[Unit]:
        """The units of the project."""
        groups: dict[object, Unit] = {}
        parents: dict[object, object] = {}

        def root(item: object) -> object:
            while parents.setdefault(item, item) is not item and parents[item] != item:
                item = parents[item]
            return item

        def join(one: object, other: object) -> None:
            parents[root(one)] = root(other)

        relevant = set(self.functions.relevant)
        for function in self.functions.relevant:
            for _, callee in function.calls:
                if callee in relevant:
                    join(function, callee)
            for effect in self.effects[function]:
                if self.needs_lock(effect.key):
                    join(function, effect.key)
        for coroutine in self.functions.coroutines:
            for effect in self.effects[coroutine]:
                for _, callee in effect.way if self.needs_lock(effect.key) else ():
                    join(callee, effect.key)
            for one, other in self._entangled(coroutine):
                join(one, other)
        for function in self.functions.relevant:
            groups.setdefault(root(function), Unit()).helpers.append(function)
        for coroutine in self.functions.coroutines:
            for key in dict.fromkeys(e.key for e in self.effects[coroutine] if self.needs_lock(e.key)):
                unit = groups.setdefault(root(key), Unit())
                unit.keys.add(key)
                if coroutine not in unit.coroutines:
                    unit.coroutines.append(coroutine)
        for unit in groups.values():
            unit.touched = [(f, a) for f in unit.coroutines for a in f.blocking if self.key(f, a) in unit.keys]
        yield from (unit for unit in groups.values() if unit.accesses)
        for coroutine in self.functions.coroutines:
            by_statement: dict[object, list[Access]] = {}
            for access in coroutine.blocking:
                statement = coroutine.module.statement(access.node)
                by_statement.setdefault(statement if isinstance(statement, ast.With) else access, []).append(access)
            for accesses in by_statement.values():
                if not any(self.needs_lock(self.key(coroutine, access)) for access in accesses):
                    yield Unit(coroutines=[coroutine], single=tuple(accesses))

    def key(self, function: Function, access: Access) -> Key:
        """Which file an access of a function itself touches."""
        return next(e.key for e in self.effects[function] if e.access is access and not e.way)

    def stretches(self, function: Function, keys: Iterable[Key]) -> list[tuple[Section, Key]]:
        """The stretches of a coroutine that must keep others from a file, in source order."""
        found: list[tuple[Section, Key]] = []
        effects = self.effects[function]
        for key in sorted(keys, key=str):
            mine = [e for e in effects if e.key == key and not holds_file_lock(function.module, e.node)]
            if not mine or not (key in self.torn or any(e.kind in CHANGES for e in mine)):
                continue
            nodes: list[ast.AST] = [e.node for e in mine]
            for effect in mine:
                name = None if effect.way else _variable(function.module, effect.access)
                nodes += function.module.uses(name.id, function.module.scope(name)) if name else []
            if key in self.torn:
                nodes += mentions(function.module, function.node, key)
            for section in sections(function.module, function.node, list(dict.fromkeys(nodes))):
                kinds = {e.kind for e in mine if e.node in section.nodes}
                if not kinds & CHANGES and key not in self.torn:
                    continue
                if kinds <= {"probe", "remove"} and (key not in self.read or key.sort == "expression"):
                    continue
                found.append((section, key))
        return sorted(found, key=lambda item: function.module.start(item[0].statements[0]))

    def _entangled(self, function: Function) -> Iterator[tuple[Key, Key]]:
        """Files whose stretches overlap in a coroutine, so that they are locked together."""
        keys = {e.key for e in self.effects[function] if self.needs_lock(e.key)}
        found = self.stretches(function, keys) if len(keys) > 1 else []
        for index, (section, key) in enumerate(found):
            for other, another in found[index + 1 :]:
                if function.module.start(other.statements[0]) < function.module.end(section.statements[-1]):
                    yield key, another


def _variable(module: Module, access: Access) -> ast.Name | None:
    """The variable in which an open file is kept, where no ``with`` closes it."""
    match module.parent(access.node):
        case ast.Assign(targets=[ast.Name() as name], value=value) if value is access.node and access.opening:
            return name
    return None


def _only_opens(function: Function) -> str | None:
    """Whether all that a helper does to files is to open one for its caller, as a clause."""
    module = function.module
    handed = [isinstance(module.parent(access.node), (ast.Return, ast.Yield)) for access in function.blocking]
    if handed and all(handed) and not function.calls:
        return f"{function.name} only opens the file, which takes microseconds, and its caller reads it"
    return None


def _may_stop(function: Function) -> str | None:
    """Whether `next()` in a helper may let a StopIteration out, as a clause: no coroutine raises one, and in a thread it is lost."""
    module = function.module
    for raised in module.all(ast.Raise):
        exception = raised.exc.func if isinstance(raised.exc, ast.Call) else raised.exc
        if module.function(raised) is function.node and exception is not None:
            if module.resolve(exception) == "builtins.StopIteration":
                return f"{function.name} raises StopIteration, which no coroutine and no thread hands on"
    for call in module.all(ast.Call):
        if (
            module.function(call) is function.node
            and len(call.args) == 1
            and module.resolve(call.func) == "builtins.next"
        ):
            caught = [
                handler
                for ancestor in module.ancestors(call)
                if isinstance(ancestor, ast.Try)
                for handler in ancestor.handlers
            ]
            if not caught:
                return f"next() in {function.name} may raise StopIteration, which no coroutine and no thread hands on"
    return None
