"""Why a block is left alone, or one of the forms is not for it. Each check gives None or a reason."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

from ....engine.analysis import refuse
from ....engine.analysis.file_effects import file_effects
from ....engine.analysis.files import key_of
from ....engine.analysis.handlers import callers, pauses
from ....engine.analysis.module import Module
from ....engine.analysis.repeated import Loop, Region, doubt, within
from ....engine.proofs.errors import handled_in
from .sites import Site, Uses, leaves, uses

#: What the forms know how to write again, or to leave as it is.
_ARGUMENTS = frozenset({"file", "mode", "encoding", "errors", "newline", "buffering"})
#: Encodings that begin a text in another way when they go on than when they begin.
_WITH_STATE = ("iso2022", "iso-2022", "hz", "utf7", "utf-7")
_WITH_BOM = ("utf-8-sig", "utf-16", "utf-32", "utf8sig", "utf16", "utf32")
_ENDS = (ast.Break, ast.Return, ast.Raise)
EACH_PASS = "the file is opened and closed again on every pass of the loop"
A_WRITER = (
    "it writes once each time, and to open the file for that takes 7 µs: the 90 lines of a writer that saves half of it pay with thousands "
    'of writes a second; then set `style = "batch"`'
)
_LONG = ', and {} lines would have to be indented; where that pays nonetheless, set `style = "open"`'
LONG_LOOP = f"to open the file takes 5 µs of the millisecond that a message from the network takes{_LONG}"
LONG_PAUSING_LOOP = f"to open the file takes 5 µs, the loop pauses for longer{_LONG}"
_DURABLE = "the block makes sure that its lines are on the disk"


def each_time(often: str) -> str:
    """What is found where no loop is seen; `often` is a clause that tells what makes the function run again."""
    return f"the file is opened and closed again each time, and {often}"


def path_varies(module: Module, site: Site, region: Region) -> str | None:
    """Why the path, or another argument of the open, is another one next time, as far as the source shows it."""
    if reason := refuse.unpacks_arguments(site.opened.call):
        return reason
    found = doubt(module, site.opened.path, region)
    if found is not None and found.shown:
        return f"its path {found.clause}"
    call = site.opened.call
    for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
        if argument is not site.opened.path and (found := doubt(module, argument, region)):
            return f"an argument of its open {found.clause}"
    return None


def made_in_loop(module: Module, site: Site, loop: Loop) -> str | None:
    """Why the open cannot be evaluated before the loop."""
    for node in ast.walk(site.opened.call):
        if isinstance(node, ast.Name) and any(within(module, b.node, loop) for b in module.bindings(node.id, node)):
            return f"{node.id}, which the open needs, is set in the loop"
    return None


def waits(module: Module, group: Sequence[Site], loop: Loop) -> bool:
    """Whether each pass waits for something else than the file: the network, most likely."""
    own = {module.parent(call) for site in group for call in uses(module, site).writes}
    return isinstance(loop, ast.AsyncFor) or any(
        isinstance(node, (ast.Await, ast.AsyncFor)) and node not in own and module.function(node) is module.function(loop)
        for part in loop.body for node in ast.walk(part)
    )  # fmt: skip


def rests(module: Module, loop: Loop) -> bool:
    """Whether a pause stands in a loop."""
    return any(pauses(module, node, 0.001) for part in loop.body for node in ast.walk(part))


# What is done with the open file


def file_use(module: Module, site: Site) -> str | None:
    """Why the file cannot stay open, or be another object, by how it is opened and what the block does with it."""
    if not isinstance(site.statement, ast.Assign) and len(site.statement.items) > 1:
        return "several things are opened in one with"
    if site.handle is None:
        return "the open file is kept in more than a plain variable"
    names = module.candidates(site.opened.call.func)
    if not site.opened.method and len(names) != 1:
        return f"{module.segment(site.opened.call.func)} may be several things"
    more = next((k.arg for k in site.opened.call.keywords if k.arg not in _ARGUMENTS), None)
    if more is not None or len(site.opened.call.args) > 6 - site.opened.method:
        return f"it is opened with more than a mode, a buffering and an encoding ({more or 'closefd'})"
    encoding = encoding_of(site)
    if encoding is not None and (encoding == "" or encoding.startswith(_WITH_STATE)):
        return "its encoding may keep a state from one message to the next"
    other = uses(module, site).other
    return _other_use(module, other) if other is not None else None


def encoding_of(site: Site) -> str | None:
    """The encoding that an open names, normalised; None where it names none, "" where it is no constant."""
    position = 2 if site.opened.method else 3
    given = site.opened.call.args[position : position + 1]
    given += [k.value for k in site.opened.call.keywords if k.arg == "encoding"]
    if not given or (isinstance(given[0], ast.Constant) and given[0].value is None):
        return None
    return str(given[0].value).lower().replace("_", "-") if isinstance(given[0], ast.Constant) else ""


def has_bom(site: Site) -> bool:
    """Whether the encoding begins a file with a byte order mark."""
    return (encoding_of(site) or "").startswith(_WITH_BOM)


def _other_use(module: Module, name: ast.Name) -> str:
    parent = module.parent(name)
    if isinstance(parent, ast.Attribute):
        if parent.attr in ("tell", "seek", "truncate"):
            return f"it works with the position in the file ({name.id}.{parent.attr})"
        if parent.attr == "fileno":
            return "the file is locked, or its descriptor is handed on"
        if parent.attr.startswith("read"):
            return f"the file is read in line {name.lineno} while it is open"
        return f"{name.id}.{parent.attr} is used in line {name.lineno}"
    call = next((a for a in module.ancestors(name) if isinstance(a, ast.Call)), None)
    if call is not None and any("lock" in word for word in module.segment(call.func).lower().split(".")):
        return f"the file is locked in line {name.lineno}"
    if call is not None:
        return f"the open file is passed on to {module.segment(call.func)}() in line {name.lineno}"
    return f"the open file is used otherwise in line {name.lineno}"


def handle_use(module: Module, group: Sequence[Site], region: Region) -> str | None:
    """Why the variable of the open file cannot keep it through the region."""
    handle = group[0].handle
    assert handle is not None, "checked by file_use"
    scope = module.scope(handle)
    if handle.id in scope.global_names | scope.nonlocal_names or scope.kind == "class":
        return f"{handle.id} belongs to more than this function"
    owner = scope.find(handle.id)
    assert owner is not None, "the with binds it"
    own = {site.handle for site in group}
    for binding in owner.bindings[handle.id]:
        if binding.node not in own and within(module, binding.node, region):
            return f"{handle.id} is also set in line {binding.node.lineno}"  # type: ignore[attr-defined]
    for use in module.uses(handle.id, owner):
        if not any(within(module, use, part) for site in group for part in site.nodes):
            if not _held_elsewhere(module, use, region):
                return f"{handle.id} is also used in line {use.lineno}, outside of its block"
    return None


def _held_elsewhere(module: Module, use: ast.Name, region: Region) -> bool:
    """Whether a block of its own around `use`, which is not around the region, opens what the variable holds there."""
    for ancestor in module.ancestors(use):
        if isinstance(ancestor, (ast.With, ast.AsyncWith)) and not within(module, region, ancestor):
            for item in ancestor.items:
                if isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == use.id:
                    return True
    return False


# What is around it


def surroundings(module: Module, site: Site, region: Region) -> str | None:
    """Why what stands around the block needs the file to be opened there."""
    if module.scope(site.statement).kind == "class":
        return "it stands in a class body"
    if (lock := refuse.held_lock(module, site.statement, region)) is not None:
        return f"{module.segment(lock)} is held while the file is open"
    return None


def left_after(module: Module, site: Site, loop: Loop) -> str | None:
    """Whether the loop ends with the first write, as one does that tries again until it works."""
    reason = "the loop ends with the first write, so the file is opened once"
    if any(isinstance(statement, _ENDS) for statement in site.body):
        return reason
    child: ast.AST = site.last
    for ancestor in module.ancestors(child):
        _, behind = module.beside(child)
        if isinstance(ancestor, ast.Try) and child in ancestor.body:
            behind += ancestor.orelse
        if any(isinstance(statement, _ENDS) for statement in behind):
            return reason
        if ancestor is loop:
            return None
        child = ancestor
    return None


def layout(module: Module, group: Sequence[Site], loop: Loop | None) -> str | None:
    """Why the blocks cannot be written otherwise as they stand."""
    for number, site in enumerate(group):
        if site.close is not None and leaves(module, site, loop):
            return "a continue or break skips the close of the file"
        head = site.statement if isinstance(site.statement, ast.Assign) else site.opened.call
        if number and module.has_comment(*module.span(head)):
            return "a comment stands within the head of its block"
    return None


# For the forms that let messages wait


def batch_form(module: Module, group: Sequence[Site], loop: Loop, every: Collection[Site]) -> str | None:
    """Why what the messages write may not wait."""
    function = module.function(loop)
    for node in ast.walk(loop):
        if isinstance(node, (ast.Yield, ast.YieldFrom)) and module.function(node) is function:
            return "the loop yields, and whoever it yields to may look into the file"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
            return f"line {node.lineno} commits to a database, and the file must stay in step with it"
    for other in every:
        if (
            other not in group
            and within(module, other.statement, loop)
            and doubt(module, other.opened.path, loop) is None
        ):
            what = module.segment(other.opened.path)
            return f"the loop also writes {what} (line {other.opened.call.lineno}), and two files must stay in step"
    for site in group:
        if reason := _may_not_wait(site, uses(module, site)):
            return reason
        if (line := handled_in(module, site.statement, loop, (ValueError, TypeError))) is not None:
            return f"line {line} handles, for each message, that it cannot be written"
    return used_meanwhile(module, group, loop)


def _may_not_wait(site: Site, used: Uses) -> str | None:
    if used.durable is not None:
        return _DURABLE
    if "b" in site.mode:
        return "it writes bytes, and many chunks of a download may be more than the memory holds"
    if site.opened.awaited and not used.plain:
        return "the result of a write is used"
    return None


def used_meanwhile(module: Module, group: Sequence[Site], region: Region) -> str | None:
    """What else uses the file, in the region or in what is called there, and would miss the messages that wait."""
    own = {site.opened.call for site in group}
    key = key_of(module, group[0].opened.path)
    effects = file_effects(module, region.body, own)
    for where, access in effects.accesses:
        if key_of(where, access.path) == key:
            name = where.function(access.node)
            there = (
                ""
                if name is None or within(module, access.node, region)
                else f" by {name.name}(), which is called there"
            )
            return f"the file is also used{there} in line {access.node.lineno}, which would not see what waits"
    return None


def writer_form(module: Module, site: Site, region: Region) -> str | None:
    """Why the writer of the support code may not take the place of the open."""
    if uses(module, site).durable is not None:
        return _DURABLE
    if reason := used_meanwhile(module, [site], region):
        return reason
    function = module.function(site.statement)
    for caller in callers(module, function) if function is not None else ():
        if others := used_meanwhile(module, [site], caller):
            return f"in {caller.name}(), {others}"
    if has_bom(site):
        return "its encoding may begin every block with a byte order mark"
    if len(site.opened.call.args) > 2 - site.opened.method or any(
        k.arg == "buffering" for k in site.opened.call.keywords
    ):
        return "it is opened with more than a mode, an encoding, errors and newline"
    if function is None:
        return "it is no open() in a function"
    if module.project.contains(b"chdir("):
        return "the project changes the current directory, which decides where the file is"
    return None
