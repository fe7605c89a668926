"""What goes through an open file line by line, and what differs when all lines are read at once."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .files import pattern_of
from .module import Module
from .scope import COMPREHENSIONS

_LOOPS = (ast.For, ast.While, ast.AsyncFor)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
#: Functions that go through all of an iterable at once → whether what they return holds every item.
_ALL = {
    "builtins.list": True, "builtins.tuple": True, "builtins.set": True, "builtins.frozenset": True, "builtins.sorted": True,
    "builtins.min": False, "builtins.max": False, "builtins.sum": False, "builtins.dict": True, "collections.Counter": True,
    "collections.deque": False,
}  # fmt: skip
#: Functions that go through it as far as they are asked to → the index of the iterable.
_LAZY = {"builtins.enumerate": 0, "builtins.map": 1, "builtins.filter": 1, "builtins.zip": 0}
#: Methods that neither read nor depend on how far the file was read.
_IDLE = frozenset("close fileno isatty".split())


@dataclass(frozen=True)
class Iteration:
    """One walk through the lines of an open file."""

    sort: Literal["loop", "comprehension", "call"]
    #: The loop, comprehension or call that takes the lines.
    taker: ast.AST
    #: Whether it surely takes all of them, unless something fails.
    takes_all: bool
    #: Whether its result holds all of them.
    keeps_all: bool


def iteration(module: Module, use: ast.expr) -> Iteration | None:
    """What goes through the lines of the open file `use`, if that is what is done with it."""
    parent = module.parent(use)
    match parent:
        case ast.For(iter=iterated) if iterated is use:
            return Iteration("loop", parent, not _ends_early(parent), False)
        case ast.comprehension(iter=iterated) if iterated is use and not parent.is_async:
            return _comprehension(module, parent)
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join"), args=[first]) if first is use:
            return Iteration("call", parent, True, True)
        case ast.Call(args=arguments) if use in arguments:
            function = module.resolve(parent.func) or ""
            if function in _ALL and arguments[0] is use:
                return Iteration("call", parent, True, _ALL[function])
            if function in _LAZY and arguments.index(use) >= _LAZY[function]:
                outer = iteration(module, parent)
                if outer is None:
                    return Iteration("call", parent, False, False)
                whole = outer.takes_all and function != "builtins.zip"
                return Iteration(outer.sort, outer.taker, whole, outer.keeps_all and function != "builtins.filter")
    return None


def _comprehension(module: Module, clause: ast.comprehension) -> Iteration | None:
    taker = module.parent(clause)
    if not isinstance(taker, COMPREHENSIONS) or taker.generators[0] is not clause:
        return None
    every = not any(generator.ifs for generator in taker.generators) or _drops_blank(taker.generators)
    if not isinstance(taker, ast.GeneratorExp):
        return Iteration("comprehension", taker, True, every)
    outer = module.parent(taker)
    if isinstance(outer, ast.Call) and outer.args[:1] == [taker]:
        function = module.resolve(outer.func) or ""
        joins = isinstance(outer.func, ast.Attribute) and outer.func.attr == "join"
        if joins or function in _ALL:
            return Iteration("comprehension", taker, True, every and (joins or _ALL[function]))
    return Iteration("comprehension", taker, False, False)


def _drops_blank(generators: list[ast.comprehension]) -> bool:
    """Whether the only condition is that a line is not empty."""
    conditions = [test for generator in generators for test in generator.ifs]
    match conditions:
        case [ast.Name() | ast.Call(func=ast.Attribute(value=ast.Name(), attr="strip" | "rstrip"), args=[])]:
            return True
    return False


def _ends_early(loop: ast.For) -> bool:
    """Whether a loop may be left before its last line is handled."""

    def leaves(node: ast.AST, own: bool) -> bool:
        if isinstance(node, _DEFINITIONS):
            return False
        if isinstance(node, (ast.Return, ast.Raise)) or (own and isinstance(node, ast.Break)):
            return True
        inner = own and not isinstance(node, _LOOPS)
        return any(leaves(child, inner) for child in ast.iter_child_nodes(node))

    return any(leaves(statement, True) for statement in loop.body)


def refusal(
    module: Module, lines: Iteration, use: ast.expr, uses: Iterable[ast.expr], opened: ast.expr, name: str
) -> str | None:
    """Why all lines cannot be read at once, as a clause: the file is read in other ways too, and where that begins would change.

    `uses` are all uses of the open file, `opened` is the call that opens it, `name` is what it is called.
    """
    first, last = module.span(lines.taker)
    around = [
        ancestor
        for ancestor in module.ancestors(lines.taker)
        if isinstance(ancestor, (*_LOOPS, ast.Try)) and module.start(ancestor) > module.start(opened)
    ]
    surely = lines.takes_all and not any(isinstance(outer, ast.Try) for outer in around)
    if not surely and any(isinstance(outer, _LOOPS) for outer in around):
        return f"a loop reads on in {name}, from where its lines were left in line {_line(lines)}"
    for other in uses:
        if other is use or not _moves(module, other):
            continue
        at = module.start(other)
        if first <= at < last and lines.sort == "loop":
            return f"the loop over {name} reads from it itself, too (line {other.lineno})"
        if at >= last and not surely:
            if _goes_back(module, other):
                return None
            return f"{name} is read on in line {other.lineno}, from where the lines were left in line {_line(lines)}"
    return None


def _line(lines: Iteration) -> int:
    return int(getattr(lines.taker, "lineno", 0))


def _moves(module: Module, use: ast.expr) -> bool:
    """Whether a use reads, or tells how far the file was read."""
    parent = module.parent(use)
    if isinstance(parent, ast.Attribute):
        called = isinstance(module.parent(parent), ast.Call)
        return called and parent.attr not in _IDLE
    return True


def _goes_back(module: Module, use: ast.expr) -> bool:
    """Whether a use is ``f.seek(0)``, after which it does not matter how far the file was read."""
    parent = module.parent(use)
    call = module.parent(parent) if parent else None
    match parent, call:
        case ast.Attribute(attr="seek"), ast.Call(args=[ast.Constant(value=0)]):
            return True
    return False


def risks(module: Module, lines: Iteration, file: str, *, binary: bool) -> list[str]:
    """What differs when all lines of `file` are read at once, as clauses."""
    decoded = "" if binary else ", and must be decodable,"
    if not lines.takes_all:
        return [f"all of {file} is read{decoded} even where its first lines are enough"]
    if lines.sort == "loop":
        return [f"all of {file} is read into memory{decoded} before its first line is handled"]
    found = [] if lines.keeps_all else [f"all lines of {file} are in memory at once"]
    if lines.sort == "comprehension" and not binary and not _is_pure(module, lines.taker):
        found.append(f"a line of {file} that cannot be decoded fails before the first one is handled")
    return found


_PURE = frozenset(
    "strip lstrip rstrip split rsplit splitlines partition rpartition lower upper title casefold capitalize startswith endswith replace "
    "removeprefix removesuffix count find index isdigit isalpha isspace isnumeric encode decode format zfill get".split()
)
_PURE_FUNCTIONS = frozenset(
    f"builtins.{name}"
    for name in "len int float str bool tuple list set dict repr ord min max sum any all sorted".split()
) | {"json.loads", "re.match", "re.search", "re.sub", "re.split", "re.findall", "re.fullmatch"}


def _is_pure(module: Module, comprehension: ast.AST) -> bool:
    """Whether what is done for each item touches nothing but its own values, as far as the names of the calls tell."""
    source = comprehension.generators[0].iter if isinstance(comprehension, COMPREHENSIONS) else None
    waiting: list[ast.AST] = [comprehension]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.Await, ast.NamedExpr, ast.Yield)):
            return False
        if isinstance(node, ast.Call) and module.resolve(node.func) not in _PURE_FUNCTIONS:
            if not (isinstance(node.func, ast.Attribute) and node.func.attr in _PURE):
                return False
        waiting += [child for child in ast.iter_child_nodes(node) if child is not source]
    return True


#: What the system makes up in memory when it is read.
_MADE_UP = ("/proc/", "/sys/")


def is_made_up(module: Module, path: ast.expr) -> bool:
    """Whether a path names nothing that a disk holds."""
    return pattern_of(module, path).startswith(_MADE_UP)


def device(module: Module, path: ast.expr) -> str | None:
    """The path of a device, which may never come to an end."""
    text = pattern_of(module, path)
    return text if text.startswith("/dev/") and not text.startswith("/dev/shm/") else None
