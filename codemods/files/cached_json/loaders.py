"""What reads and parses one file: plain functions, and who calls them."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.analysis.calls.graph import CallGraph, Use
from ....engine.analysis.files import Access, accesses, key_of
from ....engine.analysis.handlers import handles_presses, starts_the_bot
from ....engine.analysis.literal import text_of
from ....engine.analysis.module import Module
from ....engine.analysis.owner import only_the_owner_comes
from ....engine.analysis.replacing import last_of
from ....engine.analysis.resolver import Resolver
from ....engine.rewriting.foreign_names import Written, written_in
from .effects import PARSERS

#: Of these the content of a file alone decides, or its absence, which is never kept.
_DECIDED = frozenset(
    "FileNotFoundError ValueError UnicodeError UnicodeDecodeError KeyError IndexError TypeError LookupError AttributeError "
    "JSONDecodeError TOMLDecodeError YAMLError ScannerError ParserError".split()
)
_PATH_PARTS = (ast.Constant, ast.Name, ast.Attribute, ast.BinOp, ast.Div, ast.Add, ast.JoinedStr, ast.FormattedValue,
               ast.Call, ast.Load)  # fmt: skip
_PATH_CALLS = frozenset(
    "os.path.join os.path.dirname os.path.abspath os.path.realpath os.path.normpath pathlib.Path builtins.str".split()
)


@dataclass(frozen=True, eq=False)
class Loader:
    """A plain function that reads and parses one file."""

    module: Module
    function: ast.FunctionDef
    access: Access
    #: Whether its first parameter is the file's path; else the function names the file itself.
    given: bool = False
    #: Whether it is a method: recognised, and left alone.
    is_method: bool = False

    @property
    def default(self) -> ast.expr | None:
        """What its first parameter is where a call gives no path, as far as that never changes."""
        defaults = self.function.args.defaults
        parameters = [*self.function.args.posonlyargs, *self.function.args.args]
        if not self.given or not defaults or len(defaults) != len(parameters):
            return None
        return defaults[0] if text_of(self.module, defaults[0]) is not None else None

    @property
    def parameter(self) -> str:
        """The name of its first parameter."""
        return (*self.function.args.posonlyargs, *self.function.args.args)[0].arg

    def file(self) -> str:
        """The file for a person: its name, or the expression that gives it."""
        return named(self.module, self.access.path)


def named(module: Module, path: ast.expr) -> str:
    """A path for a person: its value where the source decides it, else the expression."""
    return text_of(module, path) or " ".join(module.segment(path).split())


def loaders(module: Module) -> Iterator[Loader]:
    """The plain functions at module level that read and parse one file of a fixed name, or of the name they are given; and methods."""
    by_function: dict[ast.AST, list[Access]] = {}
    for access in accesses(module):
        node = module.function(access.node)
        owner = module.parent(node) if node is not None else None
        if (
            isinstance(node, ast.FunctionDef)
            and isinstance(owner, (ast.Module, ast.ClassDef))
            and (not node.decorator_list or (isinstance(owner, ast.ClassDef) and _without_self(module, node)))
        ):
            by_function.setdefault(node, []).append(access)
    for function, found in by_function.items():
        reads = [access for access in found if access.kind != "probe"]
        if not isinstance(function, ast.FunctionDef) or len(reads) != 1 or reads[0].kind != "read":
            continue
        keys = {key_of(module, access.path) for access in found}
        if len(keys) != 1 or not any(module.resolve(c.func) in PARSERS for c in module.within(function, ast.Call)):
            continue
        key = next(iter(keys))
        if isinstance(module.parent(function), ast.ClassDef):
            if _only_reads(module, function, reads[0]):
                yield Loader(module, function, reads[0], is_method=True)
            continue
        if key.sort == "parameter":
            names = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
            if key.owner is function and names[:1] == [key.name]:
                yield Loader(module, function, reads[0], given=True)
        elif not _has_parameters(function) and (key.sort in ("constant", "global") or is_fixed(module, reads[0].path)):
            yield Loader(module, function, reads[0])


def _without_self(module: Module, method: ast.FunctionDef) -> bool:
    names = [module.resolve(decorator) for decorator in method.decorator_list]
    return names in (["builtins.staticmethod"], ["builtins.classmethod"])


def _only_reads(module: Module, method: ast.FunctionDef, access: Access) -> bool:
    """Whether a method gives what it reads, and keeps nothing and asks for nothing of its object but the path."""
    given = [argument.arg for argument in method.args.args]
    if given not in (["self"], ["cls"], []) or not module.within(method, ast.Return):
        return False
    path = set(ast.walk(access.path))
    named = (node for node in module.within(method, ast.Attribute) if getattr(node.value, "id", "") in given)
    return all(node in path or ast.unparse(node) == ast.unparse(access.path) for node in named)


def _has_parameters(function: ast.FunctionDef) -> bool:
    a = function.args
    return bool(a.args or a.posonlyargs or a.kwonlyargs or a.vararg or a.kwarg)


def is_fixed(module: Module, path: ast.expr) -> bool:
    """Whether a path is put together from names of the module and constants alone, by operations that only join."""
    for part in ast.walk(path):
        if not isinstance(part, _PATH_PARTS):
            return False
        if isinstance(part, ast.Call) and (module.resolve(part.func) not in _PATH_CALLS or part.keywords):
            return False
        if isinstance(part, ast.Name):
            scope = module.scope(part).find(part.id)
            if scope is not None and scope is not module.names.root:
                return False
    return True


def path_in(resolver: Resolver, where: Module, at: ast.AST, owner: Module, path: ast.expr) -> Written | None:
    """The text by which code at `at` in `where` can name the file that code of `owner` names by `path`."""
    if written := written_in(resolver, where, at, owner, path):
        return written
    if (value := text_of(owner, path)) is not None:
        return json.dumps(value, ensure_ascii=False), ()
    if where is owner and is_fixed(owner, path) and owner.segment(path).isprintable():
        inside, root = where.scope(at), where.names.root
        if all(inside.find(n.id) in (None, root) for n in ast.walk(path) if isinstance(n, ast.Name)):
            return owner.segment(path), ()
    return None


def hides_failures(function: ast.FunctionDef) -> ast.ExceptHandler | None:
    """The except clause that would also catch a failure of the system, which is over the next time, and give a value then."""
    for handler in ast.walk(function):
        if isinstance(handler, ast.ExceptHandler) and not any(isinstance(n, ast.Raise) for n in ast.walk(handler)):
            types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            for kind in types:
                if last_of(kind) not in _DECIDED:
                    return handler
    return None


def runs_while_handling(resolver: CallGraph, use: Use, depth: int = 4) -> bool:
    """Whether a call is made while a coroutine runs that is not only there to start the bot."""
    if use.caller is None or use.call is None or use.is_doubtful:
        return False
    if isinstance(use.caller, ast.AsyncFunctionDef):
        return not starts_the_bot(use.caller) or next(use.module.loops(use.call), None) is not None
    callers = resolver.uses([(use.module, use.caller)])[use.caller] if depth else []
    return any(runs_while_handling(resolver, caller, depth - 1) for caller in callers)


def is_seldom(module: Module, call: ast.Call | None) -> bool:
    """Whether a file is read at a press of a button, or at a command of the owner's."""
    function = module.function(call) if call is not None else None
    if call is None or function is None:
        return False
    return handles_presses(function) or only_the_owner_comes(module, call)
