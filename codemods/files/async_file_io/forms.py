"""File access in coroutines, rewritten so that a thread waits for the disk.

Three forms, the best that fits: the whole of ``with open(path) as f: x = f.read()`` becomes
``x = await asyncio.to_thread(Path(path).read_text)``; in any other ``with`` block the calls that read or write move to a thread
(or aiofiles opens it, if the owner wants that); ``path.read_text()`` moves as it is.
"""

from __future__ import annotations

import ast

from ....engine.analysis import refuse
from ....engine.analysis.files import Access, Opening
from ....engine.analysis.module import Module
from ....engine.model import Edit, Import
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for
from . import whole_reads
from .form import Form, Refused, asyncio_name, check
from .uploads import takes_bytes

_PARTS = frozenset("read readline readlines readinto write writelines truncate flush seek tell close".split())
#: What waits for the disk in proportion to the file.
_WAITING = frozenset("read readlines write writelines".split())
_FACTS = frozenset("name mode encoding closed errors newlines".split())


def of_path_call(module: Module, call: ast.Call) -> Form:
    """``path.read_text()`` in a thread.

    Raises:
        Refused: it stands where nothing can be awaited.
    """
    check(module, call)
    form = Form(awaited=[call], given=[*call.args, *(keyword.value for keyword in call.keywords)])
    form.edits = awaits.threaded(module, call, asyncio_name(module, call, form))
    form.writes = isinstance(call.func, ast.Attribute) and call.func.attr.startswith("write")
    return form


def of_opening(module: Module, access: Access, style: str) -> Form:
    """A file that is opened, in the best form there is.

    Raises:
        Refused: there is none.
    """
    opening = access.opening
    assert opening is not None
    if form := whole_reads.at_once(module, opening):
        return form
    item = module.parent(opening.call)
    block = module.parent(item) if isinstance(item, ast.withitem) else None
    if not isinstance(block, ast.With) or not isinstance(item, ast.withitem):
        raise Refused("it is not opened by a `with` block, which closes it when its work is done")
    if not isinstance(item.optional_vars, ast.Name):
        raise Refused("what is done with the open file is not known")
    uses = _uses(module, block, item.optional_vars, opening)
    if style == "aiofiles" and len(block.items) == 1:
        return _with_aiofiles(module, block, opening, uses)
    if read := whole_reads.only_read(module, block, opening, uses):
        return whole_reads.without_block(module, block, opening, read)
    return _in_block(module, block, opening, uses)


# In a block


def _uses(module: Module, block: ast.With, handle: ast.Name, opening: Opening) -> list[ast.Name]:
    """What is done with the open file.

    Raises:
        Refused: that is not known.
    """
    used = module.uses(handle.id, module.scope(handle))
    uses = [u for u in used if block in module.ancestors(u)]
    others = [
        b for b in module.bindings(handle.id, handle) if block in module.ancestors(b.node) and b.node is not handle
    ]
    if others or any(module.function(use) is not module.function(block) for use in uses):
        raise Refused("what is done with the open file is not known")
    for use in uses:
        parent = module.parent(use)
        if isinstance(parent, ast.Attribute):
            if parent.attr in _FACTS:
                continue
            if parent.attr in _PARTS and isinstance(module.parent(parent), ast.Call):
                continue
        if not takes_bytes(module, use, opening):
            raise Refused(_handed_on(module, use))
    if not uses:
        raise Refused("nothing is read or written")
    return uses


def _handed_on(module: Module, use: ast.Name) -> str:
    """Why an open file that is used otherwise stays as it is."""
    parent = module.parent(use)
    holder = module.parent(parent) if isinstance(parent, ast.keyword) else parent
    if isinstance(holder, (ast.For, ast.comprehension)):
        return "it is read line by line: put that into a plain function, and await `asyncio.to_thread()` with it"
    if isinstance(holder, ast.Call) and holder.func is not use:
        text = " ".join(module.segment(holder.func).split())
        return f"the open file is handed to `{text}()`: put the block into a plain function, and await `asyncio.to_thread()` with it"
    return "what is done with the open file is not known"


def _calls(module: Module, block: ast.With, uses: list[ast.Name], wanted: frozenset[str]) -> list[ast.Call]:
    """The calls of the open file's methods that are `wanted`.

    Raises:
        Refused: they read or write it in pieces, or nothing can be awaited there.
    """
    found = []
    for use in uses:
        method = module.parent(use)
        call = module.parent(method) if isinstance(method, ast.Attribute) and method.attr in wanted else None
        if not isinstance(call, ast.Call) or not isinstance(method, ast.Attribute):
            continue
        check(module, call)
        in_loop = any(block in module.ancestors(loop) for loop in module.loops(call))
        if in_loop or (method.attr == "read" and (call.args or call.keywords)):
            raise Refused(
                "it is read or written in pieces, for each of which threads would change: put the block into a plain "
                "function, and await `asyncio.to_thread()` with it"
            )
        found.append(call)
    return found


def _uploaded(module: Module, uses: list[ast.Name], opening: Opening) -> list[ast.Name]:
    """The places that upload the open file.

    Raises:
        Refused: nothing can be awaited there.
    """
    found = [use for use in uses if takes_bytes(module, use, opening)]
    for use in found:
        if reason := refuse.cannot_await(module, use) or refuse.holds_thread_lock(module, use):
            raise Refused(reason)
    return found


def _in_block(module: Module, block: ast.With, opening: Opening, uses: list[ast.Name]) -> Form:
    form = Form(writes=opening.kind != "read")
    form.stays_open = not any(
        isinstance(n, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for s in block.body for n in ast.walk(s)
    )
    calls = _calls(module, block, uses, _WAITING)
    uploaded = _uploaded(module, uses, opening)
    for use in uploaded:
        read = f"await {asyncio_name(module, use, form)}.to_thread({use.id}.read)"
        form.edits.append(Edit(*module.span(use), read))
        form.awaited.append(use)
    if not calls and not uploaded:
        raise Refused("nothing is read or written in a way that waits for the disk")
    for call in calls:
        form.edits += awaits.threaded(module, call, asyncio_name(module, call, form))
        form.awaited.append(call)
        form.given += call.args
    return form


def _with_aiofiles(module: Module, block: ast.With, opening: Opening, uses: list[ast.Name]) -> Form:
    if reason := refuse.cannot_await(module, opening.call):
        raise Refused(reason)
    if opening.method or not isinstance(opening.call.func, ast.Name):
        raise Refused("aiofiles opens what `open()` is given")
    form = Form(writes=opening.kind != "read", stays_open=True, replaces_open=True)
    aiofiles, imports = name_for(module, Import("aiofiles"), opening.call)
    form.imports |= set(imports)
    start = module.start(block)
    form.edits = [Edit(start, start, "async "), Edit(*module.span(opening.call.func), f"{aiofiles}.open")]
    form.awaited.append(opening.call)
    for use in _uploaded(module, uses, opening):
        form.edits.append(Edit(*module.span(use), f"await {use.id}.read()"))
        form.awaited.append(use)
    for call in _calls(module, block, uses, _PARTS):
        form.edits += awaits.prefixed(module, call)
        form.awaited.append(call)
        form.given += call.args
    return form
