"""What `get_me()` is asked for, and where each library keeps it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.analysis.activations import Activations
from ....engine.analysis.assignments import assigned
from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.facts import Facts
from ....engine.analysis.handlers import REGISTERING
from ....engine.analysis.module import Module
from ....engine.analysis.reach import runs_once
from ....engine.analysis.resolver import Resolver, class_around
from ....engine.analysis.telegram.project import PTB, TELETHON, TelegramProject
from ....engine.codemod import replace
from ....engine.model import Assumption, Edit, Hazard, Proof, Verdict
from ....engine.proofs import errors, identity
from ....engine.rewriting.arguments import first_argument
from ....engine.rewriting.awaits import has_exact_span
from ....engine.rewriting.layout import deleted_lines
from ....engine.sources.requirements import Declarations
from ....knowledge.kinds import BOT, CLIENT
from ..clients import AIOGRAM, PYROGRAM, is_of
from .saved import Saved, attribute, uses

LIBRARIES = (PTB, TELETHON, "aiogram", "pyrogram", "hydrogram")
#: Properties of PTB's `Bot` that are those of its user, from 20.0 to 22.8 (`telegram/_bot.py`).
_OF_BOT = frozenset(
    "id first_name last_name username link name can_join_groups can_read_all_group_messages supports_inline_queries".split()
)

_CLIENTS = frozenset({"pyrogram.Client", "pyrogram.client.Client"})


@dataclass(frozen=True, slots=True)
class _Asked:
    """A `get_me()` of which it is known what is looked at."""

    call: ast.Call
    owner: ast.expr
    #: The ``await``.
    asked: ast.Await
    #: The attributes that are looked at; None for a use of another kind.
    looks: list[ast.Attribute] | None

    @property
    def names(self) -> set[str]:
        return {look.attr for look in self.looks or ()}

    @property
    def only_id(self) -> bool:
        return self.looks is not None and self.names == {"id"}


def oneself(module: Module, asked: ast.Await) -> Saved | str | None:
    """How the request of an awaited `get_me()` is saved, why it is not, or None where it is none of the libraries' own."""
    match asked.value:
        case ast.Call(func=ast.Attribute(value=owner, attr="get_me"), args=[], keywords=[]) as call:
            pass
        case _:
            return None
    if _is_new(module, owner):
        return "a client that is made here has not been asked yet: the request also tells whether its token is right"
    facts = module.project.fact(Facts)
    found = _Asked(call, owner, asked, uses(module, asked))
    kind = facts.kind(module, owner)
    known = kind in (BOT, CLIENT) or is_of(module, owner, AIOGRAM, through="bot") or is_of(module, owner, PYROGRAM)
    if known and found.looks == [] and (unused := _unused(module, found)) is not None:
        return unused
    if kind == BOT:
        return _ptb(module, found)
    if kind == CLIENT:
        return _telethon(module, found)
    if is_of(module, owner, AIOGRAM, through="bot"):
        return _aiogram(module, found)
    if is_of(module, owner, PYROGRAM):
        return _pyrogram(module, found)
    return None


def _unused(module: Module, found: _Asked) -> Saved | None:
    """The statement goes, where nobody looks at the answer and it is not the only one of its block."""
    statement = module.statement(found.asked)
    start, end = module.line_span(statement)
    alone = module.text[start:end].strip() == module.segment(statement) and len(module.block_of(statement)) > 1
    if not alone:
        return None
    why = "Nobody looks at the answer: a request of 40 to 100 ms less each time."
    verdicts = (
        errors.may_fail_unseen(module, found.asked, "`get_me()`"), identity.is_librarys(module, found.owner, "get_me")
    )  # fmt: skip
    return Saved((deleted_lines(module, start, end),), why, verdicts)


def _ptb(module: Module, found: _Asked) -> Saved:
    """`Bot` keeps its user from `initialize()` on."""
    owner = module.segment(found.owner)
    inline = attribute(module, found.asked)
    if inline is not None and inline.attr in _OF_BOT:
        edits = [replace(module, inline, f"{owner}.{inline.attr}")]
    else:
        edits = [replace(module, found.asked, f"{owner}.bot")]
    why = "The bot knows itself since it has started: a request of 40 to 100 ms less each time."
    return Saved(tuple(edits), why, (_started(module, found), *_verdicts(module, found)))


def _telethon(module: Module, found: _Asked) -> Saved | str:
    """The client keeps its id and access hash; it asks itself once where it does not know them yet (`get_me`)."""
    if found.looks is None or not (found.only_id or found.names - {"id"}):
        return "all of it is used, and Telethon keeps only the id: ask once when the bot starts, and keep it"
    if not found.only_id:
        more = sorted(found.names - {"id"})
        names = ", ".join(f"`{name}`" for name in more)
        return f"{names} {'are' if len(more) > 1 else 'is'} used, and Telethon keeps only the id: ask once when the bot starts, and keep it"
    edits = [first_argument(module, found.call, "input_peer=True")]
    if not all(has_exact_span(module, look) for look in found.looks):
        return "it is used in an f-string, where it is not rewritten"
    for look in found.looks:
        end = module.end(look)
        edits.append(Edit(end - len("id"), end, "user_id"))
    why = "With `input_peer=True` the client answers from what it keeps: a request of 40 to 100 ms less each time."
    return Saved(tuple(edits), why, (_started(module, found), *_verdicts(module, found)))


def _aiogram(module: Module, found: _Asked) -> Saved | str:
    """The id is in the token; aiogram 3 keeps the answer of `me()`."""
    owner = module.segment(found.owner)
    inline = attribute(module, found.asked)
    if inline is not None and inline.attr == "id":
        why = "The id of a bot is in its token: a request of 40 to 100 ms less each time."
        return Saved((replace(module, inline, f"{owner}.id"),), why, tuple(_verdicts(module, found)))
    oldest = Declarations.of(module.project).at(module.path).oldest("aiogram")
    if not (oldest and int(oldest.partition(".")[0]) >= 3) and not module.project.contains(b"include_router"):
        return "whether the bot runs on aiogram 3, which keeps the answer of `me()`, is not known"
    if runs_once(module, found.call.lineno) is not None:
        return "it runs once, and the first `me()` asks as well"
    start = module.end(found.call.func) - len("get_me")
    why = "`me()` asks once and keeps the answer: a request of 40 to 100 ms less each time but the first."
    return Saved((Edit(start, start + len("get_me"), "me"),), why, tuple(_verdicts(module, found)))


def _pyrogram(module: Module, found: _Asked) -> Saved | str:
    """`Client.me` is set when the client starts, since 2.0."""
    declared = Declarations.of(module.project).at(module.path)
    if (older := declared.keeps_below("pyrogram", "2.0")) is not None:
        return f"{older.path.name} asks for a Pyrogram older than 2, which does not keep it"
    if (old := _written_before_2(module)) is not None:
        return f"`{old[1]}` in `{old[0].path.name}` is for a Pyrogram older than 2, which does not keep it"
    oldest = declared.oldest("pyrogram")
    why = "The client knows itself since it has started: a request of 40 to 100 ms less each time."
    owner, inline = module.segment(found.owner), attribute(module, found.asked)
    kept = f"{owner}.me" if inline is None else f"{owner}.me.{inline.attr}"
    edit = replace(module, inline or found.asked, kept)
    release = (
        []
        if oldest and int(oldest.partition(".")[0]) >= 2
        else [Assumption(Hazard.ENVIRONMENT, "Pyrogram 2 or a fork of it is installed where the bot runs", module.path)]
    )
    return Saved((edit,), why, (_started(module, found), *_verdicts(module, found), *release))


def _written_before_2(module: Module) -> tuple[Module, str] | None:
    """A file for an older Pyrogram, and by what it shows: it makes a client with `session_name`, which 2.0 calls `name` and refuses
    under its old name (`pyrogram/client.py`), or imports `Filters`, which 1.0 calls `filters`.
    """
    for path in sorted(module.project.mentioning(["session_name"])):
        if (other := module.project.parsed(path)) is None:
            continue
        named = (c for c in other.all(ast.Call) if any(keyword.arg == "session_name" for keyword in c.keywords))
        if any(other.candidates(call.func) & _CLIENTS or _is_init(other, call.func) for call in named):
            return other, "session_name"
    return TelegramProject.of(module.project).before_pyrogram_1


def _is_init(module: Module, function: ast.expr) -> bool:
    """Whether it is ``super().__init__`` of a class that derives from Pyrogram's client."""
    cls = class_around(module, function)
    derived = cls is not None and any(module.candidates(base) & _CLIENTS for base in cls.bases)
    return derived and isinstance(function, ast.Attribute) and function.attr == "__init__"


# What has to hold


def _verdicts(module: Module, found: _Asked) -> Iterator[Verdict]:
    yield errors.may_fail_unseen(module, found.asked, "`get_me()`")
    yield identity.is_librarys(module, found.owner, "get_me")
    if not found.only_id:
        sentence = "the bot's names and settings are not changed while it runs"
        yield Assumption(Hazard.IDENTITY, sentence, module.path, found.asked.lineno)


def _started(module: Module, found: _Asked) -> Verdict:
    """Whether the client is known to have started: it has when it hands out updates and jobs."""
    for path in module.project.mentioning(["context_types", "ContextTypes"]):
        source = module.project.source(path)
        if source is not None and (b"context_types(" in source.data or b"ContextTypes(" in source.data):
            sentence = f"`{module.shown(found.owner)}` is the bot that hands out updates, also in contexts of the project's own"
            return Assumption(Hazard.ERRORS, sentence, path)
    starts = module.project.fact(Activations).starts(module, found.asked)
    if (
        _hands_out(module, found)
        and starts
        and all(start.kind in ("handler", "job") and not start.unknown for start in starts)
    ):
        return Proof(Hazard.ERRORS, "the bot has started when it handles updates")
    sentence = f"the bot has started before `{module.shown(found.owner)}` is asked here"
    return Assumption(Hazard.ERRORS, sentence, module.path, found.asked.lineno)


def _hands_out(module: Module, found: _Asked) -> bool:
    """Whether the updates of handlers around a call come from the client that it asks: the update has it, it is the only one that the
    program makes, or it registers them.
    """
    owner = found.owner
    if isinstance(owner, ast.Attribute) and owner.attr in ("bot", "client", "_client"):
        return True
    if not isinstance(owner, ast.Name):
        return False
    if (made := concurrency(module.project, module.path).made) is not None:
        where, value = module.project.fact(Resolver).assigned(module, owner)
        if value is not None and where is made[0] and made[1] in ast.walk(value):
            return True
    scope, outer = module.scope(owner).find(owner.id), next(iter(module.functions_at(owner.lineno)), None)
    decorators = [d.func for d in outer.decorator_list if isinstance(d, ast.Call)] if outer else []
    registering = [d.value for d in decorators if isinstance(d, ast.Attribute) and d.attr in REGISTERING]
    return any(
        isinstance(one, ast.Name) and one.id == owner.id and module.scope(one).find(one.id) is scope
        for one in registering
    )


def _is_new(module: Module, owner: ast.expr) -> bool:
    """Whether an object is made in the function that asks it."""
    if not isinstance(owner, ast.Name):
        return isinstance(owner, ast.Call)
    scope = module.scope(owner).find(owner.id)
    bound = module.bindings(owner.id, owner)
    return scope is not None and scope.kind == "function" and isinstance(assigned(module, bound), ast.Call)
