"""All reasons against a form of batched-writes, in the order in which they are given."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ....engine.analysis.handlers import callers
from ....engine.analysis.module import Module
from . import other_access as elsewhere
from . import reasons as reasons
from . import rewrite as rewrites
from .sites import Loop, Site, uses


def both_forms(module: Module, group: Sequence[Site], loop: Loop, every: Sequence[Site]) -> str | None:
    """Why neither form of a loop may be used."""
    for site in group:
        used = uses(module, site)
        reason = (
            reasons.file_use(module, site, used)
            or reasons.surroundings(module, site, loop)
            or reasons.left_after(module, site, loop)
        )
        if reason:
            return reason
    reason = (
        elsewhere.other_uses(module, group, loop)
        or elsewhere.in_step(module, group, loop, every)
        or reasons.handle_use(module, group, loop)
        or rewrites.not_writable(module, group, loop)
    )
    if reason:
        return reason
    if any(isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for node in ast.walk(loop)) or isinstance(
        loop, ast.AsyncFor
    ):
        if line := elsewhere.destroyed_elsewhere(module, group[0], module.function(loop)):
            return f"line {line} deletes, renames or empties the file, and may do so while the loop waits"
    return None


def batch_form(module: Module, group: Sequence[Site], loop: Loop) -> str | None:
    """Why what the messages write may not wait."""
    function = module.function(loop)
    for node in ast.walk(loop):
        if isinstance(node, (ast.Yield, ast.YieldFrom)) and module.function(node) is function:
            return "the loop yields, and whoever it yields to may look into the file"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit":
            return f"line {node.lineno} commits to a database, and the file must stay in step with it"
    for site in group:
        used = uses(module, site)
        if used.durable is not None:
            return "the block makes sure that its lines are on the disk"
        if module.resolve(site.call.func) == "codecs.open":
            return "codecs.open() loses all of a batch in which one character cannot be encoded"
        if "b" in site.mode:
            return "it writes bytes, and many chunks of a download may be more than the memory holds"
        if site.awaited and not used.plain:
            return "the result of a write is used"
        if site.awaited and any(keyword.arg in ("loop", "executor") for keyword in site.call.keywords):
            return "it has an executor of its own"
        if (line := reasons.catches(module, site.statement, loop, (ValueError, TypeError))) is not None:
            return f"line {line} handles, for each message, that it cannot be written"
    return None


def writer_form(module: Module, site: Site, region: reasons.Region) -> str | None:
    """Why the writer of the support code may not take the place of the open."""
    used = uses(module, site)
    reason = (
        reasons.path_varies(module, site, region)
        or reasons.file_use(module, site, used)
        or reasons.surroundings(module, site, region)
        or rewrites.not_writable(module, [site], None)
        or reasons.handle_use(module, [site], region)
        or elsewhere.other_uses(module, [site], region)
    )
    if reason:
        return reason
    function = module.function(site.statement)
    for caller in callers(module, function) if function is not None else ():
        if others := elsewhere.other_uses(module, [site], caller):
            return f"{others}, where {caller.name}() would not see what waits"
    if used.durable is not None:
        return "the block makes sure that its lines are on the disk"
    if reasons.has_bom(module, site):
        return "its encoding may begin every block with a byte order mark"
    if len(site.call.args) > 2 or any(
        keyword.arg not in ("mode", "encoding", "errors", "newline") for keyword in site.call.keywords
    ):
        return "it is opened with more than a mode, an encoding, errors and newline"
    if module.resolve(site.call.func) == "codecs.open" or not isinstance(
        module.scope(site.statement).node, reasons.FUNCTIONS
    ):
        return "it is no plain open() in a function"
    if module.project.contains(b"chdir("):
        return "the project changes the current directory, which decides where the file is"
    if line := elsewhere.destroyed_elsewhere(module, site, module.function(site.statement)):
        return f"line {line} deletes, renames or empties the file, and would come before lines that still wait"
    return None
