"""What may change a container in place: its methods, whoever is given it or what is in it, and values that nothing can change."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ...knowledge.blocking import CONNECTS
from ...knowledge.kinds import MADE_BY
from .assignments import assigned
from .module import Module
from .resolver import Resolver

#: Methods that change no container, text or number.
_READING = frozenset(
    "keys values items get index count copy union intersection difference symmetric_difference issubset issuperset isdisjoint "
    "__contains__ __getitem__ __len__ __iter__".split()
)
#: Functions that change no container they are given, and keep none.
_READERS = frozenset(
    "builtins.all builtins.any builtins.bool builtins.dict builtins.enumerate builtins.filter builtins.format builtins.frozenset "
    "builtins.isinstance builtins.len builtins.list builtins.map builtins.max builtins.min builtins.print builtins.range "
    "builtins.repr builtins.reversed builtins.set builtins.sorted builtins.str builtins.sum builtins.tuple builtins.zip "
    "random.choice random.choices random.sample json.dumps subprocess.run subprocess.check_output subprocess.check_call subprocess.call "
    "itertools.chain itertools.product asyncpg.connect asyncpg.create_pool "
    "telegram.ext.CommandHandler telegram.ReplyKeyboardMarkup telegram.InlineKeyboardMarkup "
    "telegram.ext.filters.Text telegram.ext.filters.User telegram.ext.filters.Chat telegram.ext.Filters.user "
    "telegram.ext.Filters.chat telegram.ext.Filters.text telethon.events.NewMessage".split()
) | {*CONNECTS}
#: Those of them whose result gives what is in a container on.
_GIVING_ITEMS = frozenset(
    "builtins.dict builtins.enumerate builtins.filter builtins.list builtins.map builtins.max builtins.min builtins.reversed "
    "builtins.sorted builtins.sum builtins.tuple builtins.zip random.choice random.choices random.sample itertools.chain "
    "itertools.product".split()
)
#: What copies the headers and cookies that it is given.
_CLIENTS = frozenset({"httpx.AsyncClient", "httpx.Client", "httpx2.AsyncClient", "aiohttp.ClientSession"})
#: Methods of texts that keep nothing they are given.
_OF_TEXTS = frozenset({"join", "format"})

#: Calls that give something that cannot be changed in place, or whose changes decide nothing.
_UNCHANGING = frozenset(
    "threading.Lock threading.RLock logging.getLogger re.compile os.getenv os.environ.get zoneinfo.ZoneInfo builtins.str "
    "builtins.int builtins.float builtins.bool builtins.len builtins.range builtins.abs "
    "builtins.format pathlib.Path pathlib.PurePath pathlib.Path.cwd pathlib.Path.home os.path.join "
    "os.path.dirname os.path.abspath os.path.basename os.path.normpath os.path.expanduser os.path.realpath".split()
)
#: Methods of paths and texts that give such a thing again.
_GIVING = frozenset(
    "resolve absolute with_name with_suffix with_stem joinpath expanduser as_posix strip lstrip rstrip lower upper title "
    "capitalize casefold format replace join zfill rjust ljust center removeprefix removesuffix".split()
)


def is_immutable(module: Module, value: ast.expr, depth: int = 0) -> bool:
    """Whether an expression gives something that nothing can change in place, or whose changes decide nothing."""
    if depth > 20:
        return False
    match value:
        case ast.Constant() | ast.JoinedStr() | ast.Compare():
            return True
        case ast.BinOp(left=left, right=right):
            return is_immutable(module, left, depth + 1) and is_immutable(module, right, depth + 1)
        case ast.UnaryOp(operand=operand):
            return is_immutable(module, operand, depth + 1)
        case ast.Tuple(elts=items):
            return all(is_immutable(module, item, depth + 1) for item in items)
        case ast.Attribute(value=owner, attr="parent" | "name" | "stem" | "suffix"):  # of a path
            return is_immutable(module, owner, depth + 1)
        case ast.Name(id=name):
            behind = assigned(module, module.bindings(name, value))
            return name == "__file__" or (behind is not None and is_immutable(module, behind, depth + 1))
        case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in _GIVING:
            return is_immutable(module, owner, depth + 1)
        case ast.Call(func=function):
            return (module.resolve(function) or "") in _UNCHANGING
    return False


def changed_by(module: Module, uses: Iterable[ast.expr], nested: bool) -> ast.expr | None:
    """The first of the uses of a container that may change it."""
    return next((use for use in uses if changes(module, use, is_nested=nested)), None)


def holds_mutable(module: Module, value: ast.expr) -> bool:
    """Whether the items of a container may be such that they can be changed in place as well."""
    match value:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return not all(_is_plain(module, part) for part in parts)
        case ast.Dict(keys=keys, values=parts):
            return None in keys or not all(_is_plain(module, part) for part in parts)
    return True


def _is_plain(module: Module, part: ast.expr) -> bool:
    """Whether an item of a container is nothing that could be changed in a way that its container's value shows."""
    if isinstance(part, ast.Tuple):
        return all(_is_plain(module, item) for item in part.elts)
    if isinstance(part, (ast.Name, ast.Attribute)):
        # whatever else a name stands for may keep something for all who have it
        meant = module.project.fact(Resolver).definition(module, part)
        return meant is not None and not isinstance(meant[1], ast.ClassDef) and not meant[1].decorator_list
    return is_immutable(module, part) or isinstance(part, ast.Lambda)


def changes(module: Module, use: ast.expr, *, is_nested: bool = False) -> bool:
    """Whether a use of a container may change it in place, or hands it to something that might.

    `is_nested`: its items can be changed in place as well, so whoever gets one might do that.
    """
    parent = module.parent(use)
    match parent:
        case ast.Subscript(ctx=ast.Load()) | ast.Starred() | ast.BinOp():
            return is_nested and getattr(parent, "slice", None) is not use
        case ast.Dict(keys=keys, values=values):
            return is_nested or keys[values.index(use)] is not None if use in values else False
        case ast.Attribute(attr=attr):
            return attr not in _READING or (is_nested and attr != "keys")
        case ast.For() | ast.AsyncFor() | ast.comprehension():
            return is_nested
        case ast.Call():
            return use is not parent.func and not _only_reads(module, parent, is_nested=is_nested)
        case ast.keyword():
            return not _only_reads(module, module.parent(parent), is_nested=is_nested)
        case ast.BoolOp():
            return changes(module, parent, is_nested=is_nested)
        case ast.List() | ast.Tuple() | ast.Set():
            return changes(module, parent, is_nested=True)
        case ast.IfExp(test=test):
            return test is not use and changes(module, parent, is_nested=is_nested)
        case ast.Compare() | ast.UnaryOp() | ast.FormattedValue() | ast.If() | ast.While() | ast.Assert() | ast.Expr():
            return False
    return True


def _only_reads(module: Module, call: ast.AST | None, *, is_nested: bool) -> bool:
    """Whether a call changes none of the containers among its arguments, and gives nothing of theirs on that could be changed."""
    if not isinstance(call, ast.Call):
        return False
    if isinstance(call.func, ast.Attribute) and call.func.attr in _OF_TEXTS and is_immutable(module, call.func.value):
        return True
    name = module.resolve(call.func) or ""
    if name == "asyncio.to_thread" and call.args:
        name = module.resolve(call.args[0]) or ""
    if is_nested and name in _GIVING_ITEMS:
        return False
    return name in _READERS or name in MADE_BY or name in _CLIENTS
