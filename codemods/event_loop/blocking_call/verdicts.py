"""What is asked of the provers for calls that wait in a thread."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from ....engine.analysis.assignments import default_of
from ....engine.analysis.blocking import Block, only_asks
from ....engine.analysis.commands import tells_only
from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.effects import Effects
from ....engine.analysis.files import argument
from ....engine.analysis.module import Module
from ....engine.analysis.owner import only_the_owner_comes
from ....engine.model import Assumption, Hazard, Proof, Verdict
from ....engine.proofs import (
    Inside,
    awaiting,
    interruption,
    outside,
    resources,
    thread,
    thread_made,
    thread_requests,
)
from ....knowledge.blocking import DATABASE, FILES, PICTURE, REQUEST, SAVES, SERVER, SLEEP, WORK
from ....knowledge.threads import HANDED_OVER, is_thread_safe
from . import sqlite_statements, tables
from .helpers import Helpers, Site

#: What says of a call that it changes something on a server.
_CHANGES = re.compile("send|upload|creat|delet|remov|updat|post|put|insert|save|write")
_TWO_AT_ONCE = (
    "two updates at once would write `{}`, which they do one after the other now: give each a name of its own first"
)
#: Of how many files and databases a change asks.
_MOST_ASKED = 3


def of_process(module: Module, call: ast.Call, started: list[ast.Call]) -> list[Verdict]:
    """The verdicts for a call that waits for a program in a thread; `started` are the calls that start it, if others do."""
    tells = all(tells_only(module, command) for command in started or [call])
    inside = Inside.READS if tells else Inside.WRITES
    return [
        *awaiting(module, call, touches_inside=inside, without=Hazard.INTERRUPTION),
        interruption.in_thread(module, call, ends_soon=tells, begins=not tells),
        outside.program(module, call, tells_only=tells),
        thread.call(module, call),
        thread.free(module),
    ]


def of_asyncio(module: Module, call: ast.Call, differs: str) -> list[Verdict]:
    """The verdicts for a program that asyncio runs; `differs` says what is known to differ when the bot stops."""
    tells = tells_only(module, call)
    inside = Inside.READS if tells else Inside.WRITES
    return [
        *awaiting(module, call, touches_inside=inside, without=Hazard.INTERRUPTION),
        Assumption(Hazard.INTERRUPTION, differs, module.path, call.lineno),
        outside.program(module, call, tells_only=tells),
    ]


def of_helper(helpers: Helpers, site: Site) -> list[Verdict]:
    """The verdicts for the call of a plain function that blocks."""
    module, call, helper = site.module, site.call, site.helper
    places = list(_places(helpers, site))
    harmless = all(isinstance(place, Proof) for place, _ in places)
    changes = any(writes for _, writes in places)
    blocks = [(where, block) for where, f in helpers.reached(helper) for block in helpers.blocks.within(where, f)]
    inside = Inside.WRITES if changes or not harmless else Inside.READS
    return [
        *awaiting(module, call, touches_inside=inside, without=Hazard.INTERRUPTION),
        interruption.in_thread(module, call, ends_soon=harmless and not changes and not blocks, begins=changes),
        *_worst(places),
        *_thread(site, blocks),
        *_of_servers(site, blocks),
        *_of_pools(module, call, helper.kind),
        thread.free(module),
    ]


def of_call(module: Module, block: Block) -> list[Verdict]:
    """The verdicts for a call of a library that waits for something in a thread."""
    call = block.call
    found: Verdict = thread.call(module, call)
    facts = module.project.fact(Effects)
    made = call.func.value if isinstance(call.func, ast.Attribute) and block.owner != "yt_dlp.YoutubeDL" else None
    own = made is not None and thread_made.is_made_here(facts, module, made)
    if not own and not is_thread_safe(block.name) and not {block.name, block.owner} & HANDED_OVER:
        name = f"`{_name(module, block)}()`"
        if block.name == "shutil.make_archive":
            sentence = "nobody uses a relative path meanwhile: before Python 3.10.6 it changes the working directory of the whole program"
        elif block.owner == "yt_dlp.YoutubeDL":
            sentence = f"no hook or logger of the bot's own, which {name} may call in the thread, needs the event loop"
        elif block.owner:
            sentence = f"nobody else works with the object of {name}, which one thread at a time may use"
        else:
            sentence = f"{name} may be called by several threads at a time"
        found = Assumption(Hazard.THREAD, sentence, module.path, call.lineno)
    return [
        *awaiting(module, call, touches_inside=Inside.WRITES, without=Hazard.INTERRUPTION),
        interruption.in_thread(module, call, ends_soon=False, begins=_begins(block)),
        found,
        *([resources.one_at_once(module, call)] if block.kind == SERVER else []),
        *([_others(module, block)] if block.kind in (DATABASE, FILES) else []),
        *_of_pools(module, call, block.kind),
        *_saved(module, block),
        thread.free(module),
    ]


def _of_pools(module: Module, call: ast.Call, kind: str) -> Iterator[Verdict]:
    """That a pool has enough connections for all that ask at once."""
    if kind == DATABASE and (found := resources.pooled(module, call)) is not None:
        yield found


def _begins(block: Block) -> bool:
    """Whether a call changes something that others may find before what stands behind it is done."""
    if block.kind == SERVER:
        return block.name in SAVES or _CHANGES.search(block.name.rpartition(".")[2]) is not None
    return block.kind != WORK


def _worst(places: list[tuple[Verdict, bool]]) -> list[Verdict]:
    """What is open about files and databases, what is changed before what is read, or else one proof."""
    ordered = sorted(places, key=lambda place: not place[1])
    asked: dict[str, Verdict] = {v.sentence: v for v, _ in ordered if isinstance(v, Assumption)}
    return list(asked.values())[:_MOST_ASKED] or [place for place, _ in places[:1]]


def _thread(site: Site, blocks: list[tuple[Module, Block]]) -> Iterator[Verdict]:
    """Whether a function may run in a thread, with the requests that it sends."""
    yield thread.function(site.module, site.call, site.helper.module, site.helper.function)
    for where, block in blocks:
        if block.kind == REQUEST and isinstance(found := thread_requests.request(where, block.call), Assumption):
            yield found
            return


def _of_servers(site: Site, blocks: list[tuple[Module, Block]]) -> Iterator[Verdict]:
    """What is known of requests that came one after the other, as each stopped everything."""
    if any(block.kind in (REQUEST, SERVER) for _, block in blocks):
        yield resources.one_at_once(site.module, site.call)


def _others(module: Module, block: Block) -> Verdict:
    """What is not known of a database, or of the files, on which somebody else may work."""
    if block.kind == DATABASE and concurrency(module.project, module.path).alone:
        return Proof(Hazard.OUTSIDE, "nothing else of the bot works on the database meanwhile")
    known = tables.of_call(module, block.call) | tables.of_block(module, block)
    on = known.shown or f"what `{_name(module, block)}()` does"
    sentence = f"nobody else works on {on} meanwhile, nor another call of it"
    return Assumption(Hazard.OUTSIDE, sentence, module.path, block.call.lineno)


def _name(module: Module, block: Block) -> str:
    return module.shown(block.call.func)


def _places(helpers: Helpers, site: Site) -> Iterator[tuple[Verdict, bool]]:
    """What the function touches outside, a verdict for each, and whether it may change it."""
    for module, function in helpers.reached(site.helper):
        given = _given(site) if function is site.helper.function else {}
        work = helpers.works.of(module, function)
        for call in work.waiting:
            tells = tells_only(module, call, given)
            yield outside.program(module, call, tells_only=tells), not tells
        for access in work.accesses:
            reads = access.kind in ("read", "probe")
            yield (outside.file if reads else outside.written)(*_meant(module, function, access.path, given)), not reads
        for block in helpers.blocks.within(module, function):
            if block.kind == DATABASE and not concurrency(module.project, module.path).alone:
                yield tables.alone_with(helpers, site), True
            else:
                yield from _of_block(module, block)
            if block.owner == PICTURE and (path := argument(block.call, 0, "fp")) is not None:
                yield outside.written(*_meant(module, function, path, given)), True
        if work.on_sqlite:
            yield _database(helpers, site)


def _meant(
    module: Module, function: ast.AST, path: ast.expr, given: Mapping[str, tuple[Module, ast.expr]]
) -> tuple[Module, ast.expr]:
    """What a path is: of a parameter what the call gives for it, or else its default, or what is put in the place of None."""
    bindings = module.bindings(path.id, path) if isinstance(path, ast.Name) else []
    argument = next((b.node for b in bindings if isinstance(b.node, ast.arg)), None)
    if argument is None or not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return module, path
    if argument.arg in given:
        return given[argument.arg] if len(bindings) == 1 else (module, path)
    default = default_of(function, argument)
    if len(bindings) == 1:
        return module, default or path
    match [module.parent(b.node) for b in bindings if b.node is not argument], default:
        case [ast.Assign(value=ast.BoolOp(op=ast.Or(), values=[ast.Name(id=name), other]))], ast.Constant(value=None):
            return module, other if name == argument.arg else path
        case [ast.Assign(value=ast.Call() as made)], ast.Constant(value=None):  # if output is None: output = BytesIO()
            return module, made
    return module, path


def on_one_file(helpers: Helpers, site: Site) -> str | None:
    """Why a function stays that writes a file under a name that is always the same, as a clause: two at once would write it."""
    together = _may_meet(site.module, site.call)
    names, pictures = list[str](), list[bool]()
    for module, function in helpers.reached(site.helper):
        given = _given(site) if function is site.helper.function else {}
        blocks = helpers.blocks.within(module, function)
        pictures += [block.owner == PICTURE for block in blocks]
        paths = [argument(block.call, 0, "fp") for block in blocks if block.owner == PICTURE]
        if together:
            paths += [path for block in blocks if (path := _saved_as(block)) is not None]
            paths += [a.path for a in helpers.works.of(module, function).accesses if a.kind == "write"]
        meant = (_meant(module, function, path, given) for path in filter(None, paths))
        names += filter(None, (outside.one_name(*one) for one in meant))
    return _TWO_AT_ONCE.format(names[0]) if names and (together or all(pictures)) else None


def saves_on_one_file(module: Module, block: Block) -> str | None:
    """The same of a call that saves one."""
    path = _saved_as(block) if _may_meet(module, block.call) else None
    name = outside.one_name(module, path) if path is not None else None
    return _TWO_AT_ONCE.format(name) if name is not None else None


def _may_meet(module: Module, call: ast.Call) -> bool:
    """Whether two updates may come to a call at once, of users who do not know of each other."""
    return not concurrency(module.project, module.path).one_by_one and not only_the_owner_comes(module, call)


def _saved_as(block: Block) -> ast.expr | None:
    """Where a call saves what it gets or makes."""
    place = (1, "filename") if block.name == "urllib.request.urlretrieve" else SAVES.get(block.name)
    return argument(block.call, *place) if place is not None else None


def _of_block(module: Module, block: Block) -> Iterator[tuple[Verdict, bool]]:
    """The same for a call that waits for a server or a database."""
    if block.name == "urllib.request.urlretrieve":
        if (path := _saved_as(block)) is not None:
            yield outside.written(module, path), True
    elif block.kind in (DATABASE, FILES):
        yield _others(module, block), True
    elif saved := _saved(module, block):
        yield saved[0], True
    elif block.kind != SLEEP:
        what = (
            "it uses nothing but what it is given" if block.kind == WORK else "what it asks of the server is the same"
        )
        quiet = Proof(Hazard.OUTSIDE, what)
        yield quiet, not (block.kind == REQUEST and only_asks(block.call, block.name.rpartition(".")[2]))


def _saved(module: Module, block: Block) -> list[Verdict]:
    """Who else may use the file to which a call saves what a server has sent."""
    if block.name not in SAVES or getattr(argument(block.call, 1, "download"), "value", True) is False:
        return []
    if (path := _saved_as(block)) is not None:
        return [outside.written(module, path)]
    sentence = f"no other update comes to use the file that `{_name(module, block)}()` writes meanwhile"
    return [Assumption(Hazard.OUTSIDE, sentence, module.path, block.call.lineno)]


def _given(site: Site) -> Mapping[str, tuple[Module, ast.expr]]:
    """What the call gives for the parameters of the function, as far as it says so."""
    parameters = [a.arg for a in (*site.helper.function.args.posonlyargs, *site.helper.function.args.args)]
    if parameters[:1] in (["self"], ["cls"]) and isinstance(site.call.func, ast.Attribute):
        parameters = parameters[1:]
    given = dict(zip(parameters, site.call.args, strict=False))
    given.update((keyword.arg, keyword.value) for keyword in site.call.keywords if keyword.arg)
    starred = any(isinstance(argument, ast.Starred) for argument in site.call.args)
    return {} if starred else {name: (site.module, value) for name, value in given.items()}


def _database(helpers: Helpers, site: Site) -> tuple[Verdict, bool]:
    helper, module = site.helper, site.helper.module
    writes = helpers.writes(helper)
    if concurrency(module.project, module.path).alone:
        return Proof(Hazard.OUTSIDE, "nothing else of the bot works on the database meanwhile"), writes
    if writes:
        return tables.alone_with(helpers, site), True
    if (place := sqlite_statements.writer(helpers.resolver)) is not None:
        return Assumption(
            Hazard.OUTSIDE, f"nobody writes to the database while `{helper.name}` reads it", *place
        ), False
    return Proof(Hazard.OUTSIDE, "nothing in the project writes to the database"), False
