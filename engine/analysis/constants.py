"""Names that stand for the same thing as long as the program runs: bound once, put elsewhere by nobody, and what they stand for
changed in place by nobody, in the whole project.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ...knowledge.blocking import CONNECTS
from ...knowledge.kinds import MADE_BY
from .assignments import assigned
from .escapes import uses_of
from .module import Module
from .module_names import stem_of
from .replacements import Replacements
from .resolver import Resolver
from .scope import Scope

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
_READING_METHODS = frozenset({"join", "format", "info", "debug", "warning", "error"})
#: Calls that give something that cannot be changed in place, or whose changes decide nothing.
_UNCHANGING = frozenset(
    "threading.Lock threading.RLock logging.getLogger re.compile os.getenv os.environ.get zoneinfo.ZoneInfo builtins.str "
    "builtins.int builtins.float builtins.bool builtins.len builtins.frozenset builtins.range builtins.abs builtins.min "
    "builtins.max builtins.format pathlib.Path pathlib.PurePath pathlib.Path.cwd pathlib.Path.home os.path.join "
    "os.path.dirname os.path.abspath os.path.basename os.path.normpath os.path.expanduser os.path.realpath".split()
)
#: Methods of paths and texts that give such a thing again.
_GIVING = frozenset(
    "resolve absolute with_name with_suffix with_stem joinpath expanduser as_posix strip lstrip rstrip lower upper title "
    "capitalize casefold format replace join zfill rjust ljust center removeprefix removesuffix".split()
)
_DISPLAYS = (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp, ast.SetComp)


@dataclass(frozen=True, slots=True)
class Place:
    """What may change a name or what it stands for."""

    path: Path
    line: int
    #: What the source has there.
    text: str


def value_of(module: Module, name: ast.Name | ast.Attribute) -> tuple[Module, ast.expr] | None:
    """The one value that a name of a module or function ever has, with the module it stands in; None where that is not shown.
    Imports are followed to the module of the project that binds the name.

    What it stands for may be changed in place only if the value cannot be: a list is given only if nothing changes it.
    """
    scope = module.scope(name).find(name.id) if isinstance(name, ast.Name) else None
    if scope is not None and scope.kind == "function" and isinstance(name, ast.Name):
        if (value := _surely_assigned(module, scope, name.id)) is not None:
            nested = _is_nested(module, value)
            kept = is_immutable(module, value) or not _changed_by(module, module.uses(name.id, scope), nested)
            return (module, value) if kept else None
    way: list[tuple[Module, str]] = []
    found = module.project.fact(Resolver).symbol(module, name, way)
    if found is None:
        return None
    where, what = found
    owner = name.value if isinstance(name, ast.Attribute) else None
    if isinstance(owner, ast.Name) and module.scope(owner).find(owner.id) is module.names.root:
        way.append((module, owner.id))
    value = _surely_assigned(where, where.names.root, what)
    if value is None or any(rebinding(*hop) for hop in way) or mutation(where, what):
        return None
    return where, value


def _surely_assigned(module: Module, scope: Scope, name: str) -> ast.expr | None:
    """The right side of the one binding of a name, where that is a statement of the scope itself: not in an if or a try."""
    bindings = scope.bindings.get(name, [])
    value = assigned(module, bindings)
    surely = value is not None and module.parent(module.statement(bindings[0].node)) is scope.node
    return value if surely else None


def rebinding(module: Module, name: str) -> Place | None:
    """Where the module-level `name` (a variable, function, class or import) of `module` may come to stand for something else
    than what it was bound to first; None where it is bound once and nothing of the project puts something else in its place.
    """
    found: dict[tuple[Path, str], Place | None] = module.project.fact(_Rebindings).found
    key = (module.path, name)
    if key not in found:
        found[key] = _rebinding(module, name)
    return found[key]


def mutation(module: Module, name: str) -> Place | None:
    """Where the container that the module-level `name` of `module` is bound to may be changed in place, or handed to something
    that might; None where every use in the project only reads.
    """
    found: dict[tuple[Path, str], Place | None] = module.project.fact(_Mutations).found
    key = (module.path, name)
    if key not in found:
        found[key] = _mutation(module, name)
    return found[key]


def is_unchanging(module: Module, name: str) -> bool:
    """Whether the module-level variable `name` is bound once and what it stands for is never changed, whatever its value is."""
    bindings = module.names.root.bindings.get(name, [])
    value = assigned(module, bindings)
    if value is None or rebinding(module, name) is not None:
        return False
    if isinstance(value, _DISPLAYS) or (isinstance(value, ast.Tuple) and not is_immutable(module, value)):
        return mutation(module, name) is None
    return is_immutable(module, value)


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


class _Found:
    """Answers by file and name, for one state of the project's texts."""

    def __init__(self, _: object) -> None:
        self.found: dict[tuple[Path, str], Place | None] = {}


class _Rebindings(_Found): ...


class _Mutations(_Found): ...


def _rebinding(module: Module, name: str) -> Place | None:
    bindings = module.names.root.bindings.get(name, [])
    if not bindings:
        return Place(module.path, 1, name)
    first, *more = bindings
    node = more[0].node if more else first.node
    if more or module.function(node) is not None or first.kind == "delete":
        return _place(module, node)
    for star in module.names.root.bindings.get("*", ()):
        if module.start(star.node) > module.start(first.node):
            return _place(module, star.node)
    for replacement in module.project.fact(Replacements).of_module(module, name):
        return _place(replacement.module, replacement.node)
    project = module.project
    if unseen := project.unseen([stem_of(module.path), name], project.analysed):
        return Place(unseen.path, unseen.line or 1, name)
    return None


def _mutation(module: Module, name: str) -> Place | None:
    bindings = module.names.root.bindings.get(name, [])
    values = [assigned(module, [binding]) for binding in bindings]
    mutable = [value for value in values if value is not None and not is_immutable(module, value)]
    if not values or None in values:
        return _place(module, bindings[0].node) if bindings else Place(module.path, 1, name)
    if not mutable:
        return None
    nested = any(_is_nested(module, value) for value in mutable)
    if changed := _changed_by(module, module.uses(name, module.names.root), nested):
        return _place(module, changed)
    resolver = module.project.fact(Resolver)
    for where, use in uses_of(resolver, name, lambda m, node: resolver.symbol(m, node) == (module, name)):
        if where is not module and _changes(where, use, is_nested=nested):
            return _place(where, use)
    for where, node in _looked_up(module, name):
        return _place(where, node)
    return None


def _looked_up(module: Module, name: str) -> Iterator[tuple[Module, ast.expr]]:
    """The places that may take the variable from something that the source does not show as its module, or by a text."""
    replacements = module.project.fact(Replacements)
    resolver = replacements.resolver
    for path in resolver.mentioning([name]):
        where = resolver.module(path)
        for attribute in where.attributes(name) if where else ():
            if where and resolver.symbol(where, attribute) is None:
                if replacements.may_be_module(where, attribute.value, module) and _changes(where, attribute):
                    yield where, attribute
    for where, call in replacements.lookups:
        asked = call.args[1]
        if not isinstance(asked, ast.Constant) or asked.value == name:
            if replacements.may_be_module(where, call.args[0], module):
                yield where, call


def _changed_by(module: Module, uses: Iterable[ast.expr], nested: bool) -> ast.expr | None:
    """The first of the uses of a container that may change it."""
    return next((use for use in uses if _changes(module, use, is_nested=nested)), None)


def _is_nested(module: Module, value: ast.expr) -> bool:
    """Whether the items of a container may be such that they can be changed in place as well."""
    match value:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.Dict(values=parts):
            return not all(_is_plain(module, part) for part in parts)
    return True


def _is_plain(module: Module, part: ast.expr) -> bool:
    """Whether an item of a container is nothing that could be changed in a way that its container's value shows."""
    if isinstance(part, ast.Tuple):
        return all(_is_plain(module, item) for item in part.elts)
    return is_immutable(module, part) or isinstance(part, (ast.Name, ast.Attribute, ast.Lambda))


def _changes(module: Module, use: ast.expr, *, is_nested: bool = False) -> bool:
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
            return _changes(module, parent, is_nested=is_nested)
        case ast.List() | ast.Tuple() | ast.Set():
            return _changes(module, parent, is_nested=True)
        case ast.IfExp(test=test):
            return test is not use and _changes(module, parent, is_nested=is_nested)
        case ast.Compare() | ast.UnaryOp() | ast.FormattedValue() | ast.If() | ast.While() | ast.Assert() | ast.Expr():
            return False
    return True


def _only_reads(module: Module, call: ast.AST | None, *, is_nested: bool) -> bool:
    """Whether a call changes none of the containers among its arguments, and gives nothing of theirs on that could be changed."""
    if not isinstance(call, ast.Call):
        return False
    if isinstance(call.func, ast.Attribute) and call.func.attr in _READING_METHODS:
        return True
    name = module.resolve(call.func) or ""
    if name == "asyncio.to_thread" and call.args:
        name = module.resolve(call.args[0]) or ""
    if is_nested and name in _GIVING_ITEMS:
        return False
    return name in _READERS or name in MADE_BY or name in _CLIENTS


def _place(module: Module, node: ast.AST) -> Place:
    statement = module.statement(node) if not isinstance(node, ast.arg) else node
    text = " ".join(module.segment(statement).split())
    return Place(module.path, getattr(node, "lineno", 1), text if len(text) <= 60 else text[:57] + "...")
