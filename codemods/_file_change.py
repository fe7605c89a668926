"""From what a project's functions do to files to changes: which accesses belong together, which locks they need, and the edits."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from ..engine import awaits, refuse
from ..engine.files import Access, Key, is_fresh, made_by, may_meet, mentions
from ..engine.model import Edit, FileChange, Import
from ..engine.module import Module
from ..engine.open_files import written_across
from ..engine.sections import Section, can_be_wrapped, sections, wrapped
from ..engine.support import with_requirements
from ._file_functions import Effect, Function, Functions, runs_before_the_loop
from ._file_handles import Refused, Style
from ._file_locks import check_held, check_not_held, holds_file_lock, path_of
from ._file_rewrite import Rewriter, united
from ._file_support import FILE_LOCK, FILE_LOCKS
from ._file_words import awaited_in, file_name, key_name, listed
from ._file_words import place as place_of
from ._threads import thread_unsafe

_CHANGES = frozenset({"write", "change", "remove"})


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


@dataclass
class Result:
    """The edits of a unit in all its files."""

    files: tuple[FileChange, ...]
    risks: list[str]
    #: Names of the files that are locked.
    locked: list[str]
    #: Whether anything is written.
    writes: bool
    #: Whether files are replaced in one step.
    replaces: bool


class Units:
    """Groups the accesses of a project into units and rewrites each."""

    def __init__(self, functions: Functions) -> None:
        self.functions = functions
        self.becoming = functions.becoming(self._rewritable)
        self.effects = functions.effects
        on_loop = [e for f in functions.coroutines for e in self.effects[f]]
        #: Files that code on the event loop writes.
        self.written = {e.key for e in on_loop if e.kind in ("write", "change")}
        #: The same, and what it removes, each with the place.
        self.changed = [
            (f, e, functions.pattern(f, e))
            for f in functions.by_node.values()
            if f.is_coroutine or f not in functions.relevant
            for e in self.effects[f]
            if e.kind in _CHANGES
        ]
        #: Files that are not always replaced in one step, so that who reads them needs the lock too.
        self.torn = {e.key for e in on_loop if e.key in self.written and self._tears(e)}
        self.read = {e.key for e in on_loop if e.reads}

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
            for call, callee in function.calls
        ):
            return "nothing in it can be awaited"
        return None

    def thread_obstacle(
        self, helper: Function, module: Module, call: ast.Call, becoming: Collection[ast.AST]
    ) -> str | None:
        """Why a call of a plain helper in a coroutine cannot move to a thread, as a clause."""
        reason = refuse.cannot_await(module, call, becoming) or refuse.holds_thread_lock(module, call)
        reason = reason or refuse.foreign_event_loop(module)
        reason = reason or thread_unsafe(self.functions, helper, module, call) or _may_stop(helper)
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

    def _tears(self, effect: Effect) -> bool:
        if effect.kind in ("change", "remove"):
            return True
        owner = effect.way[-1][1] if effect.way else None
        return effect.kind == "write" and owner is not None and owner.node not in self.becoming

    def needs_lock(self, key: Key) -> bool:
        """Whether who writes a file must take its lock: not where its name is made anew in each call and it is only written."""
        return key in self.written and (key.sort in ("constant", "global", "attribute") or key in self.read)

    def runs_beside(self, function: Function) -> bool:
        """Whether a function may run while handlers do."""
        return function.is_coroutine or not (function.uses and runs_before_the_loop(self.functions, function.uses))

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
            if not mine or not (key in self.torn or any(e.kind in _CHANGES for e in mine)):
                continue
            nodes: list[ast.AST] = [e.node for e in mine]
            if key in self.torn:
                nodes += mentions(function.module, function.node, key)
            for section in sections(function.module, function.node, list(dict.fromkeys(nodes))):
                kinds = {e.kind for e in mine if e.node in section.nodes}
                if not kinds & _CHANGES and key not in self.torn:
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

    # Rewriting

    def rewrite(self, unit: Unit, style: Style) -> Result:
        """The edits of a unit.

        Raises:
            Refused: it cannot be rewritten, for the reason given.
        """
        work = _Work(self, unit, style)
        if unit.single:
            for access in unit.single:
                work.access(unit.coroutines[0], access)
        else:
            work.together()
        return work.result()


def _may_stop(function: Function) -> str | None:
    """Whether `next()` in a helper may let a StopIteration out, as a clause: no coroutine raises one, and in a thread it is lost."""
    module = function.module
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


class _Work:
    """One unit under way."""

    def __init__(self, units: Units, unit: Unit, style: Style) -> None:
        self.units, self.unit, self.style = units, unit, style
        self.becoming = units.becoming if style == "aiofiles" else set()
        self.rewriters: dict[Module, Rewriter] = {}
        self.moved: dict[ast.stmt, str] = {}
        self.lock: dict[ast.stmt, str] = {}
        self.locked: list[str] = []
        #: What a lock is held for besides.
        self.held: list[str] = []
        #: Why calls of helpers stay as they are.
        self.left: list[str] = []

    def rewriter(self, module: Module) -> Rewriter:
        if module not in self.rewriters:
            self.rewriters[module] = Rewriter(module, self.style, self.becoming, together=len(self.unit.accesses) > 1)
        return self.rewriters[module]

    def access(self, function: Function, access: Access) -> None:
        try:
            self.rewriter(function.module).access(access, self.moved, self.lock)
        except Refused as reason:
            reason.access, reason.module = access, function.module
            raise

    def together(self) -> None:
        unit = self.unit
        self._check_plain_writers()
        for function in unit.coroutines:
            self._sections(function)
        for function, access in unit.touched:
            self.access(function, access)
        for helper in unit.helpers:
            if helper.node in self.becoming:
                module, node = helper.module, helper.node
                at = module.offset(node.lineno, node.col_offset)
                rewriter = self.rewriter(module)
                rewriter.result.edits.append(Edit(at, at, "async "))
                for access in helper.blocking:
                    self.access(helper, access)
            for use in helper.uses:
                if use.call is not None and use.caller is not None and not use.obstacle:
                    self._call(helper, use.module, use.call, use.caller)

    def _check_plain_writers(self) -> None:
        """Plain functions that go on writing without the lock, while handlers run, must not exist."""
        for helper in self.unit.helpers:
            effects = self.units.effects[helper]
            kept = {e.key for e in effects if e.kind in _CHANGES} | {e.key for e in effects if e.key in self.units.torn}
            if helper.node in self.becoming or not self.unit.keys & kept:
                continue  # what is replaced in one step may be read at any time
            others = [
                u
                for u in helper.uses
                if not (isinstance(u.caller, ast.AsyncFunctionDef) or (u.caller in self.becoming)) or u.obstacle
            ]
            helpers = {h.node for h in self.unit.helpers}
            others = [u for u in others if u.obstacle or u.caller not in helpers]
            if not runs_before_the_loop(self.units.functions, others):
                why = self.units.functions.obstacles.get(helper.node, "it is used in ways that cannot be followed")
                files = listed(key_name(key) for key in sorted(self.unit.keys & kept, key=str))
                raise Refused(
                    f"{helper.name} stays a plain function, since {why}, and would write {files} outside of every lock"
                )
        for function in self.units.functions.by_node.values():
            if function.is_coroutine or function in self.units.functions.relevant:
                continue
            keys = {e.key for e in self.units.effects[function] if e.kind in ("write", "change")}
            if (
                keys & self.unit.keys
                and not runs_before_the_loop(self.units.functions, function.uses)
                and function.uses
            ):
                files = listed(key_name(key) for key in sorted(keys & self.unit.keys, key=str))
                raise Refused(
                    f"{function.name} ({place_of(function.module, function.node)}) writes {files}, too, and is no coroutine that could "
                    "hold a lock of asyncio"
                )

    def _call(self, helper: Function, module: Module, call: ast.Call, caller: ast.AST) -> None:
        rewriter = self.rewriter(module)
        in_coroutine = isinstance(caller, ast.AsyncFunctionDef) or caller in self.becoming
        if not in_coroutine:
            return
        if helper.node in self.becoming:
            if not awaits.has_exact_span(module, call):
                raise Refused(f"a call of {helper.name} stands in an f-string in which its place cannot be told")
            rewriter.result.edits += awaits.prefixed(module, call)
        else:
            if reason := self.units.thread_obstacle(helper, module, call, self.becoming):
                own = self.units.functions.obstacles.get(helper.node)
                both = f"; {helper.name} cannot become a coroutine either: {own}" if own and own != reason else ""
                self.left.append(
                    f"the call of {helper.name} in {module.path.name}, line {call.lineno}, cannot be awaited: {reason}{both}"
                )
                if self.unit.keys:
                    raise Refused(self.left[-1])
                return  # a call that stays where it is reads what it read before
            rewriter.result.edits += awaits.threaded(module, call, rewriter.name(Import("asyncio"), call))
        rewriter.result.awaited.append(call)

    # Locks

    def _sections(self, function: Function) -> None:
        """Take the lock of each file around every stretch of a coroutine that reads and writes it."""
        found = [(section, {key}) for section, key in self.units.stretches(function, self.unit.keys)]
        for section, keys in self._merged(function, found):
            self._lock(function, section, keys)

    def _merged(self, function: Function, found: list[tuple[Section, set[Key]]]) -> list[tuple[Section, set[Key]]]:
        merged: list[tuple[Section, set[Key]]] = []
        start = function.module.start
        for section, keys in sorted(found, key=lambda item: start(item[0].statements[0])):
            if merged and start(section.statements[0]) < function.module.end(merged[-1][0].statements[-1]):
                other, more = merged.pop()
                both = sections(function.module, function.node, [*other.nodes, *section.nodes])
                if len(both) != 1:
                    raise Refused("the stretches in which two files are kept together cross each other")
                section, keys = both[0], keys | more
            merged.append((section, keys))
        return merged

    def _lock(self, function: Function, section: Section, keys: set[Key]) -> None:
        module = function.module
        rewriter = self.rewriter(module)
        effects = self.units.effects[function]
        paths = []
        for key in sorted(keys, key=str):
            mine = [e for e in effects if e.key == key and e.node in section.nodes]
            paths.append(path_of(self.units.functions, rewriter, function, section, key, mine))
        file = listed(key_name(key) for key in sorted(keys, key=str))
        check_held(self.units.functions, function, section, self.unit.coroutines, file)
        check_not_held(self.units.functions, function)
        self.locked += [key_name(key) for key in sorted(keys, key=str)]
        if awaited := awaited_in(module, section):
            self.held.append(f"{file} stays locked while {function.name} awaits {awaited}")
        paths = list(dict.fromkeys(paths))
        text = f"{rewriter.use(FILE_LOCKS if len(paths) > 1 else FILE_LOCK)}({', '.join(paths)})"
        only = section.statements[0]
        if len(section.statements) == 1 and self._is_one_access(function, only, section):
            self.lock[only] = text
            return
        if not can_be_wrapped(module, section):
            raise Refused("several statements stand on one line")
        for statement in section.statements:
            self.moved.update({node: module.indent_unit for node in ast.walk(statement) if isinstance(node, ast.stmt)})
        rewriter.result.edits += wrapped(module, section, f"async with {text}")

    def _is_one_access(self, function: Function, statement: ast.stmt, section: Section) -> bool:
        accesses = [a for a in function.blocking if function.module.statement(a.node) is statement and a.opening]
        if len(accesses) != 1 or any(node is not accesses[0].node for node in section.nodes):
            return False
        parent = function.module.parent(accesses[0].node)
        kept = isinstance(parent, ast.Assign) and parent.value is accesses[0].node
        return isinstance(statement, (ast.With, ast.Assign, ast.AnnAssign, ast.Return, ast.Expr)) and not kept

    def _meanwhile(self) -> Iterator[str]:
        """What other handlers may do to the files that are read without a lock."""
        unit, units = self.unit, self.units
        reads: list[tuple[Key, str, str | None]] = []
        fresh: set[Access] = set()
        for function, effects in units.effects.items():
            for effect in effects:
                single = unit.single and function in unit.coroutines and not effect.way and effect.access in unit.single
                if single or (effect.kind == "read" and any(callee in unit.helpers for _, callee in effect.way)):
                    made = made_by((effect.way[-1][1] if effect.way else function).module, effect.access.path)
                    reads.append((effect.key, units.functions.pattern(function, effect), made))
                    if not effect.way and is_fresh(function.module, effect.access.path):
                        fresh.add(effect.access)
        for key, pattern, made in dict.fromkeys(reads):
            for owner, change, other in units.changed if key not in unit.keys else ():
                if change.access in fresh:
                    continue
                same = key == change.key and key.sort in ("constant", "global", "attribute")
                writer = change.way[-1][1] if change.way else owner
                same = same or (made is not None and made == made_by(writer.module, change.access.path))
                if (same or may_meet(pattern, other)) and units.runs_beside(owner):
                    where = place_of(writer.module, change.access.node)
                    name = file_name(writer.module, change.access.path) if key.sort == "expression" else key_name(key)
                    yield f"another handler may change {name} meanwhile ({where})"
                    break

    def _risk(self, module: Module, node: ast.expr) -> str | None:
        """What may differ once other handlers run while `node` is awaited; what a lock keeps them from does not."""
        risk = awaits.risk(module, node)
        if risk and self.locked and risk == written_across(module, node):
            return refuse.iterates_shared(module, node) or refuse.swallows_cancellation(module, node)
        return risk

    # The outcome

    def result(self) -> Result:
        risks: list[str] = list(self.held)
        files: list[FileChange] = []
        for module, rewriter in self.rewriters.items():
            result = rewriter.result
            risks += result.risks
            for node in result.awaited:
                if risk := self._risk(module, node):
                    risks.append(risk)
            if result.edits:
                files.append(
                    FileChange(
                        module.path, united(result.edits), tuple(sorted(result.imports)), tuple(rewriter.helpers)
                    )
                )
                files += rewriter.others
        risks += self._meanwhile()
        if not files:
            obstacles = [self.units.functions.obstacles.get(helper.node) for helper in self.unit.helpers]
            why = next(
                (f"it stays a plain function, since {reason}" for reason in obstacles if reason),
                "nothing can be awaited",
            )
            raise Refused(self.left[0] if self.left else why)
        homes = {part.path for part in files if any(h.name == FILE_LOCK.name for h in with_requirements(part.helpers))}
        if len(homes) > 1:
            raise Refused(f"the modules that use {listed(self.locked)} have no common place for its lock")
        kinds = {a.kind for _, a in self.unit.accesses}
        replaces = any(rewriter.replaces for rewriter in self.rewriters.values())
        writes = bool(kinds & {"write", "change"})
        return Result(tuple(files), list(dict.fromkeys(risks)), list(dict.fromkeys(self.locked)), writes, replaces)
