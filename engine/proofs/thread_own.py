"""What a function that runs in a thread has for itself: the files and the connections of sqlite3 that it opens, the environment of the
process where nobody sets it.
"""

from __future__ import annotations

import ast

from ...knowledge.threads import PATH_METHODS
from ..analysis import sqlite
from ..analysis.assignments import all_values_of
from ..analysis.effects import Effects
from ..analysis.fates import Whose
from ..analysis.files import is_path, opening
from ..analysis.looks import is_looked_at
from ..analysis.module import Module, Project
from ..analysis.resolver import Resolver
from ..analysis.touches import Steps
from .thread_values import is_text, never_changes

#: Methods of connections and cursors that do their work before they return.
DATABASE_METHODS = frozenset(
    "execute executemany executescript cursor fetchone fetchall fetchmany commit rollback close".split()
)
_FILE_METHODS = frozenset(
    "read readline readlines readinto write writelines writerow writerows seek tell truncate flush close".split()
)
#: What computes its items when they are asked for.
_LAZY = frozenset(f"builtins.{name}" for name in "map filter zip enumerate iter reversed".split())
#: What makes a block of a generator.
MANAGER = "contextlib.contextmanager"
#: What reads or writes the file that it is given.
AROUND = frozenset("csv.reader csv.writer csv.DictReader csv.DictWriter builtins.enumerate itertools.islice".split())


def is_block_of_its_own(steps: Steps, manager: ast.expr) -> bool:
    """Whether a ``with`` opens a file, or goes over the transaction of a connection that the function has opened."""
    if _opens(steps.module, manager):
        return True
    module, resolver = steps.module, steps.module.project.fact(Resolver)
    if not sqlite.is_own(resolver, module, manager, names=sqlite.CONNECTS):
        return False
    function = module.function(manager)
    made = isinstance(manager, ast.Call) and function is not None and sqlite.given_to(module, function) is None
    return made or steps.frame.of(manager) is not Whose.SHARED


def is_own_connection(steps: Steps, node: ast.AST) -> bool:
    """Whether a step asks or sets a connection or cursor that its function has made."""
    module, name = steps.module, node.value if isinstance(node, ast.Attribute) else node
    if not isinstance(name, ast.Name) or any(b.kind == "parameter" for b in module.bindings(name.id, name)):
        return False
    return sqlite.is_own(module.project.fact(Resolver), module, name, names=sqlite.CONNECTS)


def works_on_database(steps: Steps, call: ast.Call) -> bool:
    """Whether a call opens a connection of sqlite3 that stays in its function, or works on one."""
    module, resolver = steps.module, steps.module.project.fact(Resolver)
    function = module.function(call)
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    if function is None or any(
        steps.frame.of(value) is Whose.SHARED and not never_changes(module, value) for value in given
    ):
        return False
    if module.resolve(call.func) in sqlite.CONNECTS:
        return sqlite.stays(resolver, module, function)
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in DATABASE_METHODS:
        return False
    return (
        sqlite.is_own(resolver, module, call.func.value, names=sqlite.CONNECTS)
        and sqlite.given_to(module, function) is None
    )


def may_be_given(effects: Effects, steps: Steps, value: ast.expr) -> bool:
    """Whether nobody else can change a value. The steps of a generator are judged by themselves."""
    owned = isinstance(value, ast.GeneratorExp) or steps.frame.of(value) is not Whose.SHARED
    return owned or is_file(steps.module, value) or is_text(effects, steps.module, value)


def _opens(module: Module, node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and opening(module, node) is not None


def works_on_file(module: Module, call: ast.Call) -> bool:
    """Whether a call opens a file, or works on one that the function has opened, or on a path."""
    if _opens(module, call):
        return True
    if not isinstance(call.func, ast.Attribute):
        return False
    owner, name = call.func.value, call.func.attr
    return (name in _FILE_METHODS and is_file(module, owner)) or (name in PATH_METHODS and is_path(module, owner))


def is_file(module: Module, node: ast.expr) -> bool:
    """Whether an expression is a file that this function has opened, or what reads or writes one."""
    if isinstance(node, ast.Call):
        return _opens(module, node) or (module.resolve(node.func) in AROUND and is_file(module, node.args[0]))
    if not isinstance(node, ast.Name):
        return False
    for binding in module.bindings(node.id, node):
        match module.parent(binding.node):
            case ast.withitem(context_expr=value) | ast.Assign(targets=[_], value=value):
                if not is_file(module, value):
                    return False
            case _:
                return False
    return bool(module.bindings(node.id, node))


def raises_what_its_caller_handles(module: Module, node: ast.Raise) -> bool:
    """Whether a ``raise`` without anything stands in no ``except`` of its function: what is being handled belongs to a thread."""
    return node.exc is None and not any(isinstance(block, ast.ExceptHandler) for block, _ in module.around(node))


def may_be_bound(module: Module, value: ast.expr) -> bool:
    """Whether a value comes, maybe by way of variables, from a method of a database, or runs code when its items are asked for."""
    resolver = module.project.fact(Resolver)
    asked: list[ast.expr] = [value]
    seen: set[str] = set()
    while asked:
        for node in ast.walk(asked.pop()):
            if isinstance(node, (ast.GeneratorExp, ast.Lambda)):
                return True
            if isinstance(node, ast.Call):
                method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                if method in DATABASE_METHODS or module.resolve(node.func) in _LAZY:
                    return True
            if isinstance(node, ast.Name) and node.id not in seen:
                seen.add(node.id)
                where, assigned = resolver.assigned(module, node)
                if where is module and assigned is not None:
                    asked.append(assigned)
    return False


def stops(effects: Effects, module: Module, function: ast.FunctionDef) -> int | None:
    """The line in which a function raises a StopIteration, or what may be one."""
    raising = [one for one in module.all(ast.Raise) if function in module.ancestors(one)]
    caught = {h.name for h in module.all(ast.ExceptHandler) if function in module.ancestors(h)} if raising else set()
    for node in raising:
        if node.exc is None:
            continue
        kind = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if isinstance(kind, ast.Name) and kind.id in caught | _kept(module, kind, caught):
            continue
        meant = effects.facts.graph.class_of(module, kind) or effects.facts.definition(module, kind)
        bases = [ast.unparse(base) for base in meant[1].bases] if meant and isinstance(meant[1], ast.ClassDef) else []
        name = effects.facts.name_of(module, kind)
        if (not name and not bases) or any("StopIteration" in one for one in (name, *bases)):
            return node.lineno
    return None


def _kept(module: Module, name: ast.Name, caught: set[str | None]) -> set[str]:
    """The name of a variable that holds nothing but what was caught, or None."""
    values = all_values_of(module, name)
    kept = [isinstance(v, ast.Name) and v.id in caught for v in values if getattr(v, "value", ...) is not None]
    return {name.id} if kept and all(kept) else set()


def sets_environment(project: Project) -> bool:
    """Whether functions of a project change the environment of the process."""
    for path in project.mentioning(("environ", "putenv", "unsetenv", "load_dotenv")):
        if (module := project.parsed(path)) is None:
            return True
        for node in module.all(ast.Name, ast.Attribute):
            name = module.resolve(node) or ""
            changes = name in ("os.putenv", "os.unsetenv", "dotenv.load_dotenv") or (
                name == "os.environ" and not is_looked_at(module, node)
            )
            if changes and module.function(node) is not None:
                return True
    return False


def is_manager(module: Module, function: ast.AST | None) -> bool:
    """Whether a function is a generator that a ``with`` runs through: what is around its `yield` runs where the ``with`` stands."""
    return any(module.resolve(decorator) == MANAGER for decorator in getattr(function, "decorator_list", ()))
