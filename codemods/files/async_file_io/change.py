"""Accesses that belong together, rewritten together: the edits in all their files, with the locks, and what differs."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ....engine.analysis import refuse
from ....engine.analysis.calls.functions import Effect, Function, runs_before_the_loop
from ....engine.analysis.files import Access, Key, is_fresh, made_by, may_meet
from ....engine.analysis.module import Module
from ....engine.analysis.open_files import written_across
from ....engine.analysis.scope import FunctionNode
from ....engine.analysis.sections import Section, can_be_wrapped, sections, wrapped
from ....engine.analysis.shared_state import iterates_shared
from ....engine.model import Edit, FileChange, Import
from ....engine.rewriting import awaits
from ....engine.rewriting.location import home
from ....engine.rewriting.support import with_requirements
from .critical_sections import CHANGES, Unit, Units
from .handles import Refused, Style
from .locks import check_held, check_not_held, holds_file_lock, path_of
from .phrases import awaited_in, key_name, listed
from .phrases import place as place_of
from .rewrite import Rewriter, united
from .support import FILE_LOCK, FILE_LOCKS


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


def rewrite(units: Units, unit: Unit, style: Style) -> Result:
    """The edits of a unit.

    Raises:
        Refused: it cannot be rewritten, for the reason given.
    """
    work = _Work(units, unit, style)
    if unit.single:
        for access in unit.single:
            work.access(unit.coroutines[0], access)
    else:
        work.together()
    return work.result()


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
        self._check_callers()
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
        self._check_awaits()

    def _check_awaits(self) -> None:
        """What becomes a coroutine must wait for something: else it would only be dearer to call."""
        waiting = {m.function(node) for m, rewriter in self.rewriters.items() for node in rewriter.result.awaited}
        for helper in self.unit.helpers:
            if helper.node in self.becoming and helper.node not in waiting:
                raise Refused(f"{helper.name} would be a coroutine that waits for nothing")

    def _check_plain_writers(self) -> None:
        """Plain functions that go on writing without the lock, while handlers run, must not exist."""
        for helper in self.unit.helpers:
            effects = self.units.effects[helper]
            kept = {e.key for e in effects if e.kind in CHANGES} | {e.key for e in effects if e.key in self.units.torn}
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

    def _check_callers(self) -> None:
        """Who reads and changes a file by coroutines that never waited did so in one go: locks in each of them would not."""
        shared = self.units.shared
        for key in sorted(self.unit.keys, key=str):
            kinds: dict[FunctionNode, set[str]] = {}
            calls: dict[FunctionNode, dict[ast.Call, tuple[Module, set[str]]]] = {}
            waiting: list[tuple[Module, ast.AsyncFunctionDef]] = []
            for function, effects in self.units.effects.items():
                for effect in effects if isinstance(function.node, ast.AsyncFunctionDef) else ():
                    if effect.key == key:
                        kinds.setdefault(function.node, set()).add(effect.kind)
                        found = calls.setdefault(function.node, {})
                        found.setdefault(effect.node, (function.module, set()))[1].add(effect.kind)
                        waiting.append((function.module, function.node))  # type: ignore[arg-type]
            waiting = list(dict.fromkeys(waiting))
            while waiting:
                module, node = waiting.pop()
                if shared.waits(module, node):
                    continue
                for use in self.units.functions.uses_of(module, node):
                    caller = use.caller
                    if use.call is None or not isinstance(caller, ast.AsyncFunctionDef):
                        continue
                    calls.setdefault(caller, {})[use.call] = (use.module, kinds[node])
                    if not kinds[node] <= kinds.setdefault(caller, set()):
                        kinds[caller] |= kinds[node]
                        waiting.append((use.module, caller))
            for function_node, places in calls.items():
                self._check_order(function_node, key, places)

    def _check_order(self, caller: FunctionNode, key: Key, places: dict[ast.Call, tuple[Module, set[str]]]) -> None:
        ordered = sorted(places.items(), key=lambda item: item[1][0].start(item[0]))
        awaited = {node for node, (module, _) in places.items() if isinstance(module.parent(node), ast.Await)}
        for index, (node, (module, kinds)) in enumerate(ordered):
            for later, (_, others) in ordered[index + 1 :]:
                if not kinds & CHANGES and others & CHANGES and {node, later} & awaited:
                    raise Refused(
                        f"{caller.name}() reads {key_name(key)} and changes it in line {later.lineno} with coroutines that never "
                        f"waited so far: locks in each of them would let others in between ({place_of(module, node)})"
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
        check_held(self.units.functions, function, section, self.units.locking, file)
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

    def _meanwhile(self, risks: list[str]) -> Iterator[str]:
        """What other handlers may do to the files that are read without a lock, the first in full."""
        changes: dict[str, str] = {}
        for name, where in self._changed_meanwhile():
            if not any(_tells(risk, name) for risk in risks):
                changes.setdefault(name, where)
        for name, where in list(changes.items())[:1]:
            yield f"another handler may change {name} meanwhile ({where})"
        if len(changes) > 1:
            yield f"the same goes for {listed(list(changes)[1:])}"

    def _changed_meanwhile(self) -> Iterator[tuple[str, str]]:
        """The files that are read without a lock and that other handlers may change, with the place where they do."""
        unit, units = self.unit, self.units
        reads: list[tuple[Key, str, str | None]] = []
        fresh: set[Access] = set()
        for function, effects in units.effects.items():
            for effect in effects:
                single = unit.single and function in unit.coroutines and not effect.way and effect.access in unit.single
                if single or (effect.kind == "read" and any(callee in unit.helpers for _, callee in effect.way)):
                    made = made_by((effect.way[-1][1] if effect.way else function).module, effect.access.path)
                    for pattern in units.functions.patterns(function, effect):
                        reads.append((effect.key, pattern, made))
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
                    name = "the file" if key.sort == "expression" else key_name(key)
                    yield name, where
                    break

    def _risk(self, module: Module, node: ast.expr) -> str | None:
        """What may differ once other handlers run while `node` is awaited; what a lock keeps them from does not."""
        risk = awaits.risk(module, node)
        kept_whole = self.locked or (
            self.rewriter(module).replaces and not any(access.kind == "change" for _, access in self.unit.accesses)
        )
        if risk and kept_whole and risk == written_across(module, node):
            risk = iterates_shared(module, node) or refuse.swallows_cancellation(module, node)
        return risk or self.units.shared.across(module, node) or self._file_across(module, node)

    def _file_across(self, module: Module, node: ast.expr) -> str | None:
        """A file that the function around `node` reads before it and changes behind it, without a lock of this change."""
        function = self.units.functions.by_node.get(module.function(node))  # type: ignore[arg-type]
        effects = self.units.effects[function] if function else []
        point = module.start(node)
        for first in effects:
            if first.key in self.unit.keys or first.kind in CHANGES or module.start(first.node) > point:
                continue
            for last in effects:
                if last.kind not in CHANGES or module.start(last.node) <= point or holds_file_lock(module, node):
                    continue
                if last.kind == "remove" and last.key.sort in ("expression", "parameter"):
                    continue  # what was downloaded for this call alone
                if last.key == first.key or (self._is_unknown(function, last) and first.kind == "read"):
                    line, name = last.node.lineno, key_name(first.key)
                    changed = (
                        "changed"
                        if last.key == first.key
                        else f"{key_name(last.key)}, which may be the same, is changed"
                    )
                    return f"{name} is read before it and {changed} in line {line}; another handler may change it meanwhile"
        return None

    def _is_unknown(self, function: Function | None, effect: Effect) -> bool:
        """Whether nothing is known of a path that stays the same while the program runs."""
        fixed = effect.key.sort in ("global", "attribute")
        return function is not None and fixed and not self.units.functions.pattern(function, effect).strip("*/")

    def _risks_above(self, awaited: Iterable[tuple[Module, ast.expr]]) -> Iterator[str]:
        """The same for those that await a coroutine which ran in one go so far."""
        shared = self.units.shared
        waiting = list(awaited)
        seen: set[ast.AST] = set()
        while waiting:
            module, node = waiting.pop()
            function = module.function(node)
            if not isinstance(function, ast.AsyncFunctionDef) or function in seen or shared.waits(module, function):
                continue
            seen.add(function)
            for use in self.units.functions.uses_of(module, function):
                if use.call is not None and isinstance(use.module.parent(use.call), (ast.Await, ast.Assign)):
                    if risk := self._risk(use.module, use.call):
                        yield f"{function.name}() never waited so far: {risk} ({use.place})"
                    waiting.append((use.module, use.call))

    def _check_home(self, homes: Collection[Path]) -> None:
        """Whoever locks what may be one of the unit's files, by another name of it, must find the same lock."""
        units = self.units
        mine = [
            (effect.key, units.functions.pattern(function, effect))
            for function in self.unit.coroutines
            for effect in units.effects[function]
            if effect.key in self.unit.keys
        ]
        for function in units.functions.coroutines if homes else ():
            for effect in units.effects[function] if function not in self.unit.coroutines else ():
                if not units.needs_lock(effect.key) or home(function.module) in homes:
                    continue
                pattern = units.functions.pattern(function, effect)
                if met := next((key for key, own in mine if may_meet(own, pattern)), None):
                    raise Refused(
                        f"{function.name} ({place_of(function.module, effect.node)}) may lock {key_name(met)}, too, and the two modules "
                        "have no common place for its lock"
                    )

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
        awaited = [(m, node) for m, rewriter in self.rewriters.items() for node in rewriter.result.awaited]
        risks += self._risks_above(awaited)
        risks += self._meanwhile(risks)
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
        self._check_home(homes)
        kinds = {a.kind for _, a in self.unit.accesses}
        replaces = any(rewriter.replaces for rewriter in self.rewriters.values())
        writes = bool(kinds & {"write", "change"})
        if replaces and self.units.lists_folders:
            risks.append("its folder holds a .tmp file meanwhile")
        return Result(tuple(files), list(dict.fromkeys(risks)), list(dict.fromkeys(self.locked)), writes, replaces)


def _tells(risk: str, name: str) -> bool:
    """Whether a risk says already that others may change a file."""
    return risk.startswith(f"{name} is read before it")
