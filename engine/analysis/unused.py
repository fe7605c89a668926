"""Code that never runs: functions that nothing calls but what never runs itself, and methods of classes that nothing makes."""

from __future__ import annotations

import ast
import re

from ..sources.reach import is_test
from .activations import Activations, Caller, Start
from .escapes import uses_of
from .handlers import is_handler
from .module import Module, Project
from .programs import is_started
from .scope import FunctionNode
from .scripts import SERVES, Scripts

#: What functions are given that a library may call.
_GIVEN = frozenset("event update message msg query callback_query call context ctx e ev".split())
_HANDED = 3
#: Where words stand that are compared or chosen from.
_WORDS = (ast.List, ast.Tuple, ast.Set, ast.Compare)


def nobody_calls(module: Module, line: int) -> str | None:
    """Why code at a line never runs, as a clause: in a project with handlers, nothing calls the function around it, or nothing that
    runs, or nothing makes an object of its class.

    None where somebody may call it: a decorator, a base class, a text that is its name, a look-up by a computed name.
    """
    outer = next(iter(module.functions_at(line)), None)
    if outer is None or not any(map(module.project.contains, SERVES)):
        return None
    return module.project.fact(_Unused).of(module, outer)


def defined_again(module: Module, line: int) -> str | None:
    """Why code at a line never runs, as a clause: the function around it is defined anew further down, before anything can call it.

    Of a function that nobody names nothing is said: it may be an example, or be found by what lists a module.
    """
    outer = next(iter(module.functions_at(line)), None)
    if outer is None or outer.decorator_list or module.parent(outer) is not module.tree:
        return None
    functions = (
        node
        for binding in module.names.root.bindings[outer.name]
        if isinstance(node := binding.node, (ast.FunctionDef, ast.AsyncFunctionDef))
    )
    anew = next((f for f in functions if module.parent(f) is module.tree and f.lineno > outer.lineno), None)
    if anew is None:
        return None
    uses = module.loads(outer.name)
    if not uses and set(module.project.mentioning([outer.name])) <= {module.path}:
        return None
    between = range(module.end(outer), module.start(anew))
    if any(module.start(use) in between and module.function(use) is None for use in uses):
        return None
    return f"{outer.name}() is defined again in line {anew.lineno}, so that nothing calls this one"


class _Unused:
    """The functions of a project that nothing runs, or nothing but its tests. Ask `Project.fact(_Unused)`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._activations = project.fact(Activations)
        self._lookups = self._activations.effects.facts.graph.lookups
        self._scripts = project.fact(Scripts)
        self._is_unused_file = self._scripts.is_unused
        self._known: dict[ast.AST, str | None] = {}

    def of(self, module: Module, function: FunctionNode) -> str | None:
        """Why a function that is in no other one never runs."""
        cls = module.parent(function)
        if isinstance(cls, ast.ClassDef) and self._scripts.has_programs and (reason := self._of_class(module, cls)):
            return reason
        if function.decorator_list or function.name.startswith("__"):
            return None
        if isinstance(cls, ast.ClassDef) and (cls.bases or cls.decorator_list):
            return None
        if function.name == "main" and not self._is_beside_its_program(module, function):
            return None
        given = any(a.arg in _GIVEN for a in function.args.args) and _may_be_handler(function)
        looks_like_one = given or is_handler(module, function)
        if looks_like_one and not self._is_reached(module, function) and not self._is_unnamed(module, function):
            return None
        return self._reason(module, function)

    def _is_unnamed(self, module: Module, function: FunctionNode) -> bool:
        """Whether a program is seen, and nothing in it names a function: then nothing registers it."""
        by_itself = ("unused",) if function.decorator_list else ("unused", "handler")
        return self._scripts.has_programs and all(
            isinstance(c, Start) and c.kind in by_itself and not c.unknown and _begins_at(c, module, function)
            for c in self._activations.callers(module, function)
        )

    def _reason(self, module: Module, function: FunctionNode) -> str | None:
        """That nothing calls a function, as a clause."""
        if function not in self._known:
            self._known[function] = None  # for one that calls itself
            self._known[function] = self._find(module, function)
        return self._known[function]

    def _find(self, module: Module, function: FunctionNode) -> str | None:
        root, name, tests, dead = self._project.settings.root, function.name, False, False
        beside = self._is_beside_its_program(module, function)
        for caller in self._activations.callers(module, function):
            path = caller.path if isinstance(caller, Start) else caller.module.path
            if self._is_no_caller(module, function, caller) or (path != module.path and self._is_unused_file(path)):
                continue
            if is_test(root, path):
                tests = True
            elif isinstance(caller, Caller):
                if caller.function is not function and self._reason(caller.module, caller.function) is None:
                    return None
            elif not caller.looked_up_in and self._never_runs(function, caller):
                dead = True
            elif caller.unknown and beside and path not in self._project.known_files:
                dead = True  # a program that starts its file, and names it otherwise
            elif caller.kind != "unused" or caller.unknown:
                return None
        also = [module.path.stem] if beside else []
        unseen = self._activations.unseen(name, *also) if dead else None
        if self._is_said(module, function) or (unseen is not None and not unseen.is_supposed):
            return None
        return f"nothing but tests calls {name}()" if tests else f"nothing in the project calls {name}()"

    def _of_class(self, module: Module, cls: ast.ClassDef) -> str | None:
        """That nothing makes an object of a class, or takes it by its name, as a clause."""
        if cls not in self._known:
            self._known[cls] = None  # for one that makes its like
            self._known[cls] = self._find_class(module, cls)
        return self._known[cls]

    def _find_class(self, module: Module, cls: ast.ClassDef) -> str | None:
        graph = self._activations.effects.facts.graph
        if cls.bases or cls.keywords or cls.decorator_list or module.parent(cls) is not module.tree:
            return None  # what it is made of may know of it
        if not self._is_read(cls.name) or self._lookups.of(module, cls) or self._is_said(module, cls):
            return None
        for where, use in uses_of(graph, cls.name, lambda *_: True):
            if where is module and cls in module.ancestors(use):
                continue
            if where.path != module.path and self._is_unused_file(where.path):
                continue
            if not self._is_in_unused(where, use.lineno):
                return None
        return None if self._activations.unseen(cls.name) else f"nothing in the project makes a {cls.name}()"

    def _is_read(self, name: str) -> bool:
        """Whether every file that has a name can be read, and none takes what has it by another one."""
        modules = list(map(self._project.parsed, self._project.mentioning([name])))
        return all(module is not None and not module.aliases.get(name, set()) - {name} for module in modules)

    def _never_runs(self, function: FunctionNode, start: Start) -> bool:
        """Whether a run of a function begins in another one that never runs."""
        is_seen = self._scripts.has_programs and start.path in self._project.known_files
        where = self._project.parsed(start.path) if is_seen else None
        return where is not None and self._is_in_unused(where, start.line, function)

    def _is_in_unused(self, where: Module, line: int, apart_from: FunctionNode | None = None) -> bool:
        """Whether a line stands in a function that never runs."""
        outer = next(iter(where.functions_at(line)), None)
        return outer is not None and outer is not apart_from and self.of(where, outer) is not None

    def _is_reached(self, module: Module, function: FunctionNode) -> bool:
        """Whether a place is seen that calls a function, or registers it as a handler by its name."""
        callers = self._activations.callers(module, function)
        return any(
            isinstance(c, Caller) or (c.kind == "handler" and not _begins_at(c, module, function)) for c in callers
        )

    def _is_beside_its_program(self, module: Module, function: FunctionNode) -> bool:
        """Whether it is a `main()` of a file that has a ``__main__`` block, so that who starts the file runs that block instead."""
        own = function.name == "main" and module.parent(function) is module.tree
        own = own and b"__main__" in module.source.data and is_started(module)
        return own and not self._project.imports_from(module.path, "main")

    def _is_no_caller(self, module: Module, function: FunctionNode, caller: Caller | Start) -> bool:
        """Whether a caller is only supposed: for the names of parameters, as whoever installs a package may call what it has, as an
        attribute of an object has a computed name, or as a name that nothing shows may be that of a function which is its file's own.
        """
        if not isinstance(caller, Start):
            return False
        if caller.is_supposed and caller.kind == "unknown":
            return self._scripts.has_programs  # a bot is started, and hardly taken for a library
        if caller.kind == "handler" and not caller.unknown:
            takes_more = not _may_be_handler(function)
            return _begins_at(caller, module, function) and (takes_more or self._is_unnamed(module, function))
        if not isinstance(module.parent(function), ast.Module):
            return False
        return caller.looked_up_in.startswith("self.") or (
            bool(caller.looked_up_in) and function.name.startswith("_") and not self._lookups.names(function.name)
        )

    def _is_said(self, module: Module, named: FunctionNode | ast.ClassDef) -> bool:
        """Whether a text names a function or class, and nothing besides: something may look it up by that."""
        name = re.compile(rf"([\w.]+[.:/])?{named.name}(?:\(.*\))?")
        common = not isinstance(named, ast.ClassDef) and self._is_beside_its_program(module, named)
        inside = range(named.lineno, (named.end_lineno or named.lineno) + 1)
        for path in self._project.mentioning([named.name]):
            if (where := self._project.parsed(path)) is None:
                return True
            for text in where.texts:
                told = name.fullmatch(str(text.value))
                if told is None or (where is module and text.lineno in inside) or _is_export(where, text):
                    continue
                if not told[1] and where is not module and isinstance(where.parent(text), _WORDS):
                    continue  # a look-up by what is in a list is found as one
                if told[1] or where is module or not common:  # elsewhere "main" alone is a key like any other
                    return True
        return False


def _begins_at(start: Start, module: Module, function: FunctionNode) -> bool:
    """Whether a start is the function itself: nothing is seen that calls or registers it."""
    return (start.path, start.line) == (module.path, function.lineno)


def _may_be_handler(function: FunctionNode) -> bool:
    """Whether a function asks for no more than what libraries give to handlers."""
    return len(function.args.args) - len(function.args.defaults) <= _HANDED


def _is_export(module: Module, text: ast.Constant) -> bool:
    """Whether a text stands in a list of what a star import takes."""
    assigned = module.parent(module.parent(text) or text)
    targets = assigned.targets if isinstance(assigned, ast.Assign) else [getattr(assigned, "target", None)]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)
