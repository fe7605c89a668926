"""What there is once for the whole process: the working folder, the environment, the standard streams."""

from __future__ import annotations

import ast

from ..sources.source import SourceError
from .handlers import starts_the_bot
from .module import Module, ParseError

#: Functions that change something of it.
PROCESS_WIDE = frozenset(
    "os.chdir os.fchdir os.umask os.putenv os.unsetenv os.fork os.setuid os.setgid os.nice locale.setlocale signal.signal "
    "signal.alarm socket.setdefaulttimeout random.seed logging.disable warnings.simplefilter warnings.filterwarnings "
    "sys.setrecursionlimit dotenv.load_dotenv".split()
)
#: Blocks that change it and change it back.
_BLOCKS = frozenset(
    "contextlib.chdir contextlib.redirect_stdout contextlib.redirect_stderr warnings.catch_warnings unittest.mock.patch "
    "unittest.mock.patch.dict unittest.mock.patch.object".split()
)
_CHANGING = frozenset("update pop popitem clear setdefault".split())


def changed_by(module: Module, node: ast.AST) -> str | None:
    """What `node` itself changes for the whole process, as the source names it."""
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if (
            attr in _CHANGING and module.resolve(owner) == "os.environ"
        ):
            return module.segment(owner)
        case ast.Call(func=function) if (name := module.resolve(function)) in PROCESS_WIDE | _BLOCKS:
            return f"{module.segment(function)}()" if name else None
        case ast.Subscript(value=owner) if not isinstance(node.ctx, ast.Load) and module.resolve(owner) == "os.environ":
            return module.segment(owner)
        case ast.Attribute() if not isinstance(node.ctx, ast.Load) and (module.resolve(node) or "").startswith("sys."):
            return module.segment(node)
    return None


def changed_around(module: Module, node: ast.AST) -> str | None:
    """What the function around `node` has changed for the whole process before it gets there, as a clause."""
    function = module.function(node)
    for other in module.all(ast.Call, ast.Subscript, ast.Attribute):
        if module.function(other) is function and module.start(other) < module.start(node):
            if what := changed_by(module, other):
                return f"{what} in line {other.lineno} changes the whole program, and other handlers can now run before this one goes on"
    return None


def changed_elsewhere(module: Module, node: ast.AST) -> str | None:
    """A function of the project that changes for a while what programs are started with, as a clause: one may start just then."""
    project = module.project
    for path in project.files:
        try:
            source = project.source(path)
            if source is None or not (b"chdir" in source.data or b"environ" in source.data):
                continue
            other = project.module(path)
        except (ParseError, SourceError):
            continue
        seen: set[tuple[ast.AST, str]] = set()
        for change in sorted(other.all(ast.Call, ast.Subscript), key=other.start):
            around = other.function(change)
            if around is None or around is module.function(node) or starts_the_bot(around):
                continue
            what = changed_by(other, change) or ""
            # changed once, it stays: then it is as if that handler had run first
            key = (around, other.segment(change) if isinstance(change, ast.Subscript) else what)
            back = (
                (key in seen and not _sets_anew(other, change))
                or _takes_away(change)
                or what.endswith("contextlib.chdir()")
            )
            if what.endswith(("chdir()", "environ")) and back:
                place = f"line {change.lineno}" if other is module else f"{path.name}, line {change.lineno}"
                return f"{what} in {place}, changes the folder or environment that programs start with for a while, which may be just then"
            seen.add(key)
    return None


def _takes_away(change: ast.Call | ast.Subscript) -> bool:
    """Whether a variable of the environment is deleted."""
    if isinstance(change, ast.Subscript):
        return isinstance(change.ctx, ast.Del)
    return isinstance(change.func, ast.Attribute) and change.func.attr in ("pop", "clear")


def _sets_anew(module: Module, change: ast.Call | ast.Subscript) -> bool:
    """Whether a constant is stored: what was there before would be another expression."""
    statement = module.parent(change)
    return isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
