"""The functions of a project that touch files: what each does to which file, itself or through helpers, and which can be coroutines."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property

from .. import refuse
from ..file_lines import is_made_up
from ..files import PATH_CALLS, Access, Key, Kind, accesses, key_of, pattern_of
from ..literal import NotLiteral, evaluate
from ..module import Module, Project
from ..scope import FunctionNode
from .graph import CallGraph, Use, follows

#: Calls of helpers are followed through this many functions.
_DEPTH = 8


@dataclass(eq=False)
class Function:
    """A function that touches files, or that calls a plain one that does."""

    module: Module
    node: FunctionNode
    accesses: list[Access] = field(default_factory=list)
    #: The plain functions it calls that touch files.
    calls: list[tuple[ast.Call, Function]] = field(default_factory=list)
    #: Those of the calls that may be calls of something else.
    unsure: set[ast.Call] = field(default_factory=set)
    #: All uses of it, for plain functions.
    uses: list[Use] = field(default_factory=list)

    @property
    def sure_calls(self) -> list[tuple[ast.Call, Function]]:
        """Those of the calls that are calls of nothing else."""
        return [(call, callee) for call, callee in self.calls if call not in self.unsure]

    @property
    def is_coroutine(self) -> bool:
        """Whether it is an `async def`."""
        return isinstance(self.node, ast.AsyncFunctionDef)

    @property
    def name(self) -> str:
        """Its name as a call."""
        return f"{self.node.name}()"

    @property
    def blocking(self) -> list[Access]:
        """What it does itself that blocks: the rest takes microseconds."""
        return [
            a
            for a in self.accesses
            if ((a.opening and not a.opening.awaited) or is_path_call(a)) and not is_made_up(self.module, a.path)
        ]


@dataclass(frozen=True)
class Effect:
    """What a function does to a file, at one place in it."""

    key: Key
    kind: Kind
    #: The call of the function that does it: its own access, or the call of a helper.
    node: ast.Call
    #: The path, as an expression of the function that holds `access`.
    access: Access
    #: The calls of helpers on the way to the access, outermost first.
    way: tuple[tuple[ast.Call, Function], ...] = ()
    #: Whether the calls on the way surely call these helpers.
    sure: bool = True

    @property
    def reads(self) -> bool:
        """Whether it may read what stands in the file."""
        mode = self.access.opening.mode if self.access.opening else ""
        return self.kind == "read" or mode is None or ("+" in mode and "w" not in mode)


def is_path_call(access: Access) -> bool:
    """Whether it is ``path.read_text()`` or one of its kind."""
    return (
        isinstance(access.node.func, ast.Attribute) and access.node.func.attr in PATH_CALLS and access.opening is None
    )


class Functions:
    """The functions of a project's files that touch files, with all that call them."""

    def __init__(self, project: Project, holds: Callable[[bytes], bool]) -> None:
        self.project = project
        self.resolver = CallGraph(project)
        self.by_node: dict[FunctionNode, Function] = {}
        self._uses: dict[FunctionNode, list[Use]] = {}
        for path in project.files:
            try:
                source = project.source(path)
            except Exception:
                continue
            module = self.resolver.module(path) if source and holds(source.data) else None
            for access in accesses(module) if module else ():
                node = module.function(access.node) if module else None
                if (
                    module
                    and node is not None
                    and not refuse.runs_in_thread(module, access.node)
                    and not _is_threaded(module, access)
                ):
                    self._function(module, node).accesses.append(access)
        self._follow_callers()
        self.relevant = self._called_by_coroutines()
        #: Plain functions that become coroutines, and why the others cannot.
        self.obstacles: dict[FunctionNode, str] = {}

    def _function(self, module: Module, node: FunctionNode) -> Function:
        if node not in self.by_node:
            self.by_node[node] = Function(module, node)
        return self.by_node[node]

    def _follow_callers(self) -> None:
        """Add the functions that call those found, as long as they are plain ones."""
        fresh = [f for f in self.by_node.values() if not f.is_coroutine and f.blocking]
        while fresh:
            uses = self.resolver.uses([(f.module, f.node) for f in fresh])
            following = []
            for function in fresh:
                function.uses = uses[function.node]
                for use in function.uses:
                    if use.call is not None and use.caller is not None:
                        known = use.caller in self.by_node and (
                            self.by_node[use.caller].uses or self.by_node[use.caller] in fresh
                        )
                        caller = self._function(use.module, use.caller)
                        caller.calls.append((use.call, function))
                        if use.obstacle:
                            caller.unsure.add(use.call)
                        if not caller.is_coroutine and not known and caller not in following:
                            following.append(caller)
            fresh = [f for f in following if not f.uses]

    def _called_by_coroutines(self) -> list[Function]:
        """The plain functions that touch files when some coroutine runs."""
        reached: list[Function] = []
        waiting = [callee for f in self.by_node.values() if f.is_coroutine for _, callee in f.calls]
        while waiting:
            function = waiting.pop()
            if function not in reached:
                reached.append(function)
                waiting += [callee for _, callee in function.calls]
        return sorted(reached, key=lambda f: (f.module.path, f.node.lineno))

    @property
    def coroutines(self) -> list[Function]:
        """The `async def`s that touch files or call a helper that does."""
        return [f for f in self.by_node.values() if f.is_coroutine]

    # Which can become coroutines

    def becoming(self, rewritable: Callable[[Function, set[ast.AST]], str | None]) -> set[ast.AST]:
        """The largest set of helpers that can become coroutines together; `obstacles` then says why each other one cannot.

        `rewritable` says why the file access in a function itself cannot be rewritten.
        """
        chosen: set[ast.AST] = {f.node for f in self.relevant}
        changed = True
        while changed:
            changed = False
            for function in self.relevant:
                if function.node in chosen and (
                    reason := self._obstacle(function, chosen) or rewritable(function, chosen)
                ):
                    chosen.discard(function.node)
                    self.obstacles[function.node] = reason
                    changed = True
        return chosen

    def _obstacle(self, function: Function, becoming: set[ast.AST]) -> str | None:
        if reason := follows(function.module, function.node, self.resolver):
            return reason
        if not function.uses:
            return "nothing in the project calls it, so who does is not known"
        for use in function.uses:
            if use.obstacle:
                return f"{use.obstacle} ({use.place})"
            if use.call is None or use.caller is None:
                return f"it is called while a module is imported ({use.place})"
            if isinstance(use.caller, ast.FunctionDef) and use.caller not in becoming:
                return f"{use.caller.name}(), which stays a plain function, calls it ({use.place})"
            if isinstance(use.module.parent(use.call), ast.Await):
                return f"its result is awaited ({use.place})"
            if reason := refuse.cannot_await(use.module, use.call, becoming) or refuse.holds_thread_lock(
                use.module, use.call
            ):
                return f"{reason} ({use.place})"
        return None

    # What they do

    @cached_property
    def effects(self) -> dict[Function, list[Effect]]:
        """What each function does to files, itself and through helpers, with paths as far as they are known in it.

        Of several ways to one access from one call the first is kept.
        """
        found: dict[Function, dict[tuple[Key, Kind, Access, ast.Call], Effect]] = {}
        for function in self.by_node.values():
            mine = found[function] = {}
            for access in function.accesses:
                key = self.canonical(function.module, key_of(function.module, access.path))
                mine[key, access.kind, access, access.node] = Effect(key, access.kind, access.node, access)
        for _ in range(_DEPTH):
            grown = False
            for function in self.by_node.values():
                for call, callee in function.calls:
                    for effect in list(found[callee].values()):
                        key = self._seen_from(function, call, callee, effect.key)
                        place = (key, effect.kind, effect.access, call)
                        if place not in found[function] and len(effect.way) < _DEPTH:
                            sure = effect.sure and call not in function.unsure
                            way = ((call, callee), *effect.way)
                            found[function][place] = Effect(key, effect.kind, call, effect.access, way, sure)
                            grown = True
            if not grown:
                break
        return {function: list(mine.values()) for function, mine in found.items()}

    def pattern(self, function: Function, effect: Effect) -> str:
        """The path of an effect as far as it is known in the function that has it, see `pattern_of`."""
        owners = [function, *(callee for _, callee in effect.way)]
        path, owner = effect.access.path, owners[-1]
        for index in range(len(effect.way) - 1, -1, -1):
            call, callee = effect.way[index]
            if not isinstance(path, ast.Name):
                break
            argument = argument_for(call, callee.node, path.id)
            if argument is None or argument not in _arguments(call):
                break
            path, owner = argument, owners[index]
        return pattern_of(owner.module, path)

    def uses_of(self, module: Module, node: FunctionNode) -> list[Use]:
        """The uses of any function of the project, looked for once."""
        if node not in self._uses:
            self._uses[node] = self.resolver.uses([(module, node)])[node]
        return self._uses[node]

    def patterns(self, function: Function, effect: Effect) -> list[str]:
        """The same for every call of the function that gives it the path."""
        found = self.pattern(function, effect)
        path = effect.access.path
        while isinstance(path, ast.Call) and len(path.args) == 1:  # Path(path)
            path = path.args[0]
        given = [found]
        arguments = function.node.args
        names = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        if found != "*" or effect.way or not isinstance(path, ast.Name) or path.id not in names:
            return given
        for use in self.uses_of(function.module, function.node):
            value = argument_for(use.call, function.node, path.id) if use.call else None
            if use.call and value is not None:  # a default stands where the function is
                where = use.module if value in _arguments(use.call) else function.module
                given.append(pattern_of(where, value))
        return list(dict.fromkeys(given))

    def canonical(self, module: Module, key: Key) -> Key:
        """The same key for the same variable, whichever module names it."""
        if key.sort != "global":
            return key
        if key.owner is not None and not key.name.startswith("."):
            return self._value(module, key)
        target = self.resolver.file_of(module.path, key.name)
        if target is None or len(target[1]) != 1:
            return key
        other = self.resolver.module(target[0])
        found = self.resolver.exported(other, target[1][0]) if other else None
        return self._value(found[0], Key("global", found[1], found[0].path)) if found else key

    def _value(self, module: Module, key: Key) -> Key:
        bindings = module.names.root.bindings.get(key.name, [])
        parent = module.parent(bindings[0].node) if len(bindings) == 1 else None
        if isinstance(parent, (ast.Assign, ast.AnnAssign)) and parent.value is not None:
            try:
                value = evaluate(module, parent.value)
            except NotLiteral:
                return key
            if isinstance(value, str):
                import os.path

                return Key("constant", os.path.normpath(value))
        return key

    def _seen_from(self, function: Function, call: ast.Call, callee: Function, key: Key) -> Key:
        """What a helper's key is in the function that calls it."""
        if key.sort == "parameter" and key.owner is callee.node:
            argument = argument_for(call, callee.node, key.name)
            if argument is None:
                return Key("expression", f"{key.name} of {callee.name}", callee.node)
            module = function.module if argument in _arguments(call) else callee.module
            return self.canonical(module, key_of(module, argument))
        return key


def _is_threaded(module: Module, access: Access) -> bool:
    """Whether all that is done with an open file is done in threads already."""
    item = module.parent(access.node)
    if refuse.handed_to_thread(module, access.node):
        return True
    if not (isinstance(item, ast.withitem) and isinstance(item.optional_vars, ast.Name)):
        return False
    block = module.parent(item)
    all_uses = module.uses(item.optional_vars.id, module.scope(item.optional_vars))
    uses = [use for use in all_uses if any(ancestor is block for ancestor in module.ancestors(use))]
    return bool(uses) and all(refuse.handed_to_thread(module, use) for use in uses)


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def argument_for(call: ast.Call, function: FunctionNode, name: str) -> ast.expr | None:
    """The expression that a call gives for a parameter, or the parameter's default."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    positional = [*function.args.posonlyargs, *function.args.args]
    names = [argument.arg for argument in positional]
    if name in names:
        index = names.index(name)
        bound = isinstance(call.func, ast.Attribute) and names[:1] in (["self"], ["cls"])
        place = index - bound
        if 0 <= place < len(call.args):
            return call.args[place]
        from_end = index - (len(names) - len(function.args.defaults))
        return function.args.defaults[from_end] if from_end >= 0 else None
    for argument, default in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
        if argument.arg == name:
            return default
    return None


def runs_before_the_loop(functions: Functions, uses: Iterable[Use], depth: int = 0) -> bool:
    """Whether every use is a call at module level, or in a function that is only called there: not while handlers run."""
    for use in uses:
        if use.obstacle or use.call is None or depth > 4:
            return False
        if use.caller is None:
            continue
        if isinstance(use.caller, ast.AsyncFunctionDef):
            return False
        if use.caller.name == "main" and isinstance(use.module.parent(use.caller), ast.Module):
            continue
        callers = functions.resolver.uses([(use.module, use.caller)])[use.caller]
        if not callers or not runs_before_the_loop(functions, callers, depth + 1):
            return False
    return True
