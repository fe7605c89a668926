"""The tables of a database that functions read and write, as their statements name them, and the checks that writes rely on."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.analysis.assignments import values_of
from ....engine.analysis.blocking import Block, Blocks
from ....engine.analysis.literal import text_of
from ....engine.analysis.module import Module, Project
from ....engine.analysis.scope import FunctionNode
from ....engine.analysis.stretch import Stretches
from ....engine.model import Assumption, Hazard
from ....knowledge.blocking import MONGO_COLLECTION
from .helpers import Helpers, Site

_STATEMENT = re.compile(r"(?is)\s*(select|with|insert|update|delete|replace|merge)\b")
_NAMED = re.compile(
    r"""(?is)\b(from|join|into|update)\s+(?:only\s+)?[`"\[]?((?:[a-z_]\w*[`"\]]?\.[`"\[]?)?[a-z_]\w*)"""
)
#: What stands behind such a word without being a table (``FOR UPDATE SKIP LOCKED``, ``DO UPDATE SET``).
_WORDS = frozenset("set skip nowait of where select values lateral unnest excluded now".split())
#: With these the database itself decides what is there already,
_SETTLED = re.compile(
    r"(?is)\bon\s+(?:conflict|duplicate)\b|\binsert\s+(?:or\s+)?(?:ignore|replace)\b|\breplace\s+into\b"
)
#: but it counts on where somebody else has counted: of a limit that was looked at before it knows nothing.
_COUNTS = re.compile(r"(?is)\bupdate\b.*=[^,]*[\w)]\s*[-+]")
_TORN = (
    "`{}` looks for what `{}` writes, and with a wait between them a second update looks before the first has written: put both into a "
    "plain function, and await `asyncio.to_thread()` with it"
)
_ASKS = ("find", "count", "distinct", "estimated", "aggregate")


@dataclass(frozen=True)
class Tables:
    """What is read and written, by the names of tables or collections."""

    read: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    #: Those of the written ones for which the database settles what two writers at once do.
    settled: frozenset[str] = frozenset()

    def __or__(self, other: Tables) -> Tables:
        return Tables(self.read | other.read, self.written | other.written, self.settled | other.settled)

    @property
    def shown(self) -> str:
        """Their names as a sentence has them; "" where none is known."""
        names = [f"`{name}`" for name in sorted(self.read | self.written)]
        return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:2])} and {len(names) - 2} more tables"


def of(helpers: Helpers, site: Site) -> Tables:
    """What the function that is called works on."""
    known = helpers.project.fact(_Known).tables
    if site.helper.function not in known:
        found = Tables()
        for module, function in helpers.reached(site.helper):
            for call in module.within(function, ast.Call):
                found |= of_call(module, call)
            for block in helpers.blocks.within(module, function):
                found |= of_block(module, block)
        known[site.helper.function] = found
    return known[site.helper.function]


class _Known:
    """What was found out about the functions of a project."""

    def __init__(self, _: Project) -> None:
        self.tables: dict[FunctionNode, Tables] = {}
        #: What relies on what in a coroutine.
        self.torn: dict[FunctionNode, list[tuple[int, int, str]]] = {}


def of_call(module: Module, call: ast.Call) -> Tables:
    """What the statement names that a call is given."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Call) and len(first.args) == 1:
        first = first.args[0]  # ``text("SELECT …")``
    if isinstance(first, ast.JoinedStr):
        text: str | None = "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in first.values)
    else:
        text = text_of(module, first) if first is not None else None
    begins = _STATEMENT.match(text) if text is not None else None
    if text is None or begins is None:
        return Tables()
    read, written = set[str](), set[str]()
    for word, name in _NAMED.findall(text):
        table = name.rpartition(".")[2].strip('`"[]').lower()
        changes = word.lower() in ("into", "update") or (word.lower() == "from" and begins[1].lower() == "delete")
        if table not in _WORDS:
            (written if changes else read).add(table)
    settled = written if _SETTLED.search(text) and not _COUNTS.search(text) else ()
    return Tables(frozenset(read), frozenset(written), frozenset(settled))


def of_block(module: Module, block: Block) -> Tables:
    """The collection of MongoDB that a call works on."""
    if block.owner != MONGO_COLLECTION or not isinstance(block.call.func, ast.Attribute):
        return Tables()
    name = frozenset({module.shown(_collection(module, block.call.func.value))})
    asks = block.call.func.attr.startswith(_ASKS) and "_and_" not in block.call.func.attr
    if asks:
        return Tables(read=name)
    # what is inserted twice is there twice, but for its `_id`
    return Tables(written=name, settled=frozenset() if block.call.func.attr.startswith("insert") else name)


def _collection(module: Module, owner: ast.expr) -> ast.expr:
    """The expression that says which collection a variable of a function is, where it has one value."""
    given = list(values_of(module, owner)) if isinstance(owner, ast.Name) and module.function(owner) else []
    return given[0] if len(given) == 1 and isinstance(given[0], (ast.Subscript, ast.Attribute)) else owner


def alone_with(helpers: Helpers, site: Site) -> Assumption:
    """That nobody else works on the same rows meanwhile."""
    tables, helper = of(helpers, site), site.helper
    on = tables.shown or "the database"
    if tables.read and not tables.written:
        sentence = f"nobody changes {on} while `{helper.name}` reads it"
    elif tables.read & (tables.written - tables.settled):
        sentence = f"no second call of `{helper.name}` reads {on} before the first has written it"
    else:
        sentence = f"nobody else works on {on} while `{helper.name}` does"
    return Assumption(Hazard.OUTSIDE, sentence, helper.owner.path, helper.call.lineno)


def relied_on(helpers: Helpers, site: Site) -> str | None:
    """Why a call stays by which something is looked for that another one then writes, as a clause: a wait between them lets others come.
    The call is one of both or stands between them.
    """
    torn, here = helpers.project.fact(_Known).torn, site.module.start(site.call)
    if site.coroutine not in torn:
        torn[site.coroutine] = list(_torn(helpers, site.module, helpers.of_coroutine(site.coroutine)))
    return next((sentence for start, end, sentence in torn[site.coroutine] if start <= here <= end), None)


def _torn(helpers: Helpers, module: Module, sites: list[Site]) -> Iterator[tuple[int, int, str]]:
    """The pairs of calls in a coroutine of which the second relies on the first with no wait between: where they begin, and a clause."""
    placed = [(module.start(site.call), site) for site in sorted(sites, key=lambda one: one.call.lineno)]
    for end, act in placed:
        for start, check in reversed(placed):
            if start < end and _relies(of(helpers, check), of(helpers, act)) and leads(module, check.call, act.call):
                yield start, end, _TORN.format(check.helper.name, act.helper.name)


def relied_on_here(module: Module, block: Block) -> str | None:
    """The same for calls of a driver that stand in the coroutine itself."""
    blocks = [
        b for b in module.project.fact(Blocks).within(module, module.function(block.call)) if b.owner == block.owner
    ]
    here = module.start(block.call)
    for check in blocks:
        for act in blocks:
            start, end = module.start(check.call), module.start(act.call)
            if start <= here <= end and start < end and _relies(of_block(module, check), of_block(module, act)):
                if leads(module, check.call, act.call):
                    return _TORN.format(f"{module.shown(check.call.func)}()", f"{module.shown(act.call.func)}()")
    return None


def _relies(check: Tables, act: Tables) -> bool:
    """Whether something is looked for in a table that is then written, and the database does not settle what two writers do."""
    return bool(check.read & (act.written - act.settled))


def leads(module: Module, one: ast.expr, other: ast.expr) -> bool:
    """Whether a way leads from one expression to another one of its coroutine on which others do not surely run."""
    function = module.function(one)
    if not isinstance(function, ast.AsyncFunctionDef) or module.function(other) is not function:
        return False
    return module.project.fact(Stretches).leads(module, one, other)
