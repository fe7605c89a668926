"""Plain functions that wait for a disk, and the calls in coroutines from which they can move to a thread."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from ....engine.analysis import refuse
from ....engine.analysis.calls.callees import Callees
from ....engine.analysis.calls.graph import CallGraph, Use
from ....engine.analysis.files import PATH_CALLS, Access, accesses, accesses_by
from ....engine.analysis.handlers import starts_the_bot
from ....engine.analysis.module import Module, Project
from ....engine.analysis.paths import pattern_of
from ....engine.analysis.scope import FunctionNode
from .gain import just_made, lacking, parsed_by

_DEPTH = 6


@dataclass(frozen=True, eq=False)
class Helper:
    """A plain function that opens a file, itself or through another one."""

    module: Module
    function: FunctionNode
    access: Access
    #: The module that the access stands in.
    owner: Module
    #: The path as far as the function tells it, with the module that has it.
    path: tuple[Module, ast.expr]


@dataclass(frozen=True, eq=False)
class Site:
    """A call of such a function in a coroutine."""

    module: Module
    call: ast.Call
    helper: Helper

    def lacking(self) -> str | None:
        """Why nothing is gained by moving it, as a clause."""
        helper = self.helper
        where, path = self.path(helper.owner, helper.access)
        if where is self.module and just_made(where, self.call, path):
            return "its file was made or downloaded just before, so the system has it in memory"
        return lacking(helper.owner, helper.access, pattern_of(where, path))

    @property
    def pattern(self) -> str:
        """What is known of the path of the file that counts most."""
        return pattern_of(*self.path(self.helper.owner, self.helper.access))

    def is_parsed(self, parsers: Collection[str]) -> bool:
        """Whether one of the parsers is all that gets the open file."""
        return parsed_by(self.helper.owner, self.helper.access) in parsers

    def path(self, owner: Module, access: Access) -> tuple[Module, ast.expr]:
        """The path of an access as far as the call tells it, with the module that has it."""
        helper = self.helper
        path = helper.path if access is helper.access else (owner, access.path)
        return _as_given(self.module, self.call, helper.function, path)

    def accesses(self) -> Iterator[tuple[Module, Access]]:
        """All that the function does to files, itself and through functions that it calls."""
        graph = self.module.project.fact(CallGraph)
        waiting, seen = [(self.helper.module, self.helper.function)], set[ast.AST]()
        while waiting:
            module, function = waiting.pop()
            seen.add(function)
            calls = module.within(function, ast.Call)
            yield from ((module, a) for call in calls for a in accesses_by(module, call))
            for call in calls:
                meant = graph.definition(module, call.func)
                if meant is not None and isinstance(meant[1], ast.FunctionDef) and meant[1] not in seen:
                    waiting.append((meant[0], meant[1]))


def blocks(module: Module, access: Access) -> bool:
    """Whether an access is more than a question to the file system, on the thread that runs it."""
    if in_thread(module, access.node):
        return False
    if access.opening is not None:
        return not access.opening.awaited and not _is_read_in_threads(module, access)
    return isinstance(access.node.func, ast.Attribute) and access.node.func.attr in PATH_CALLS


def opens_alone(module: Module, access: Access) -> bool:
    """Whether a file is opened on the event loop and only worked on in threads."""
    if access.opening is None or access.opening.awaited or in_thread(module, access.node):
        return False
    return _is_read_in_threads(module, access)


def in_thread(module: Module, call: ast.Call) -> bool:
    """Whether a thread makes a call already."""
    return refuse.runs_in_thread(module, call) or refuse.handed_to_thread(module, call)


def _is_read_in_threads(module: Module, access: Access) -> bool:
    """Whether all that is done with an open file is done in threads already."""
    item = module.parent(access.node)
    if not (isinstance(item, ast.withitem) and isinstance(item.optional_vars, ast.Name)):
        return False
    block = module.parent(item)
    used = module.uses(item.optional_vars.id, module.scope(item.optional_vars))
    inside = [use for use in used if block is not None and block in module.ancestors(use)]
    return bool(inside) and all(refuse.handed_to_thread(module, use) for use in inside)


def sites(project: Project, needles: Sequence[bytes]) -> list[Site]:
    """The calls in coroutines of plain functions that open files, in order of path and place."""
    callees = project.fact(Callees)
    found: dict[ast.Call, Site] = {}
    fresh = [helper for module in callees.modules(needles) for helper in _helpers(module, callees)]
    known: set[ast.AST] = {helper.function for helper in fresh}
    for _ in range(_DEPTH):
        uses = callees.uses((helper.module, helper.function) for helper in fresh)
        following = []
        for helper in fresh:
            for use in uses[helper.function]:
                if (
                    use.is_doubtful
                    or use.call is None
                    or use.caller is None
                    or refuse.runs_in_thread(use.module, use.call)
                ):
                    continue
                if isinstance(use.caller, ast.AsyncFunctionDef):
                    if _is_site(use, use.caller):
                        site = Site(use.module, use.call, helper)
                        if use.call not in found or found[use.call].lacking():  # what gains something counts
                            found[use.call] = site
                elif use.caller not in known:
                    known.add(use.caller)
                    path = _as_given(use.module, use.call, helper.function, helper.path)
                    following.append(Helper(use.module, use.caller, helper.access, helper.owner, path))
        fresh = following
    return sorted(found.values(), key=lambda site: (site.module.path, site.call.lineno, site.call.col_offset))


def _helpers(module: Module, callees: Callees) -> Iterator[Helper]:
    """Those of the functions that stand in a module and open a file, with the access that counts most."""
    best: dict[FunctionNode, Access] = {}
    for access in accesses(module):
        function = module.function(access.node)
        if not isinstance(function, ast.FunctionDef) or function not in callees:
            continue
        if not module.in_coroutine(access.node) and blocks(module, access):
            if function not in best or lacking(module, best[function]):
                best[function] = access
    yield from (Helper(module, function, access, module, (module, access.path)) for function, access in best.items())


def _is_site(use: Use, caller: ast.AsyncFunctionDef) -> bool:
    call = use.call
    return call is not None and not starts_the_bot(caller) and not isinstance(use.module.parent(call), ast.Await)


def _as_given(
    module: Module, call: ast.Call, function: FunctionNode, path: tuple[Module, ast.expr]
) -> tuple[Module, ast.expr]:
    """A path that `function` has, as its call in `module` gives it; where it is no parameter, the same path."""
    owner, expression = path
    while isinstance(expression, ast.Call) and len(expression.args) == 1:  # Path(path)
        expression = expression.args[0]
    if isinstance(expression, ast.Name) and owner.scope(expression).node is function:
        bindings = owner.bindings(expression.id, expression)
        given = _argument(call, function, expression.id)
        if given is not None and [binding.kind for binding in bindings] == ["parameter"]:
            return module, given
    return path


def _argument(call: ast.Call, function: FunctionNode, name: str) -> ast.expr | None:
    """What a call gives for a parameter."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
    if name not in names or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    place = names.index(name) - (isinstance(call.func, ast.Attribute) and names[0] in ("self", "cls"))
    return call.args[place] if 0 <= place < len(call.args) else None
