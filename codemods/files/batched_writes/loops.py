"""Which loop a file is to be open for, and which blocks of it share the open file."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ....engine.analysis.module import Module
from ....engine.analysis.repeated import Loop, Region, within
from ....engine.proofs.errors import handled_in
from . import reasons as reasons
from .sites import Site, uses


def against(module: Module, group: Sequence[Site], region: Region) -> str | None:
    """Why no form may be used."""
    loop = region if isinstance(region, (ast.For, ast.AsyncFor, ast.While)) else None
    for site in group:
        reason = (
            reasons.file_use(module, site)
            or reasons.surroundings(module, site, region)
            or (reasons.left_after(module, site, loop) if loop is not None else None)
        )
        if reason:
            return reason
    return reasons.handle_use(module, group, region) or reasons.layout(module, group, loop)


def loop_of(module: Module, site: Site, every: Sequence[Site]) -> Loop | None:
    """The loop to open the file for: the innermost, or one around it where that one goes through the parts of a message."""
    loops = list(module.loops(site.statement))
    if not loops:
        return None
    inner = loops[0]
    for around in loops[1:]:
        if not _goes_through_parts(module, inner, around) or is_endless(around):
            break
        if reasons.path_varies(module, site, around) or against(module, group(module, site, around, every), around):
            break
        inner = around
    return inner


def _goes_through_parts(module: Module, inner: Loop, outer: Loop) -> bool:
    """Whether `inner` iterates over something of the message that `outer` is at, without waiting for anything."""
    if not isinstance(inner, ast.For) or any(isinstance(node, ast.Await) for node in ast.walk(inner)):
        return False
    names = [node.id for node in ast.walk(inner.iter) if isinstance(node, ast.Name)]
    return any(within(module, b.node, outer) for name in names for b in module.bindings(name, inner))


def group(module: Module, site: Site, loop: Loop, every: Sequence[Site]) -> list[Site]:
    """The blocks of the loop that open the same file in the same way, and can share one open."""

    def is_alike(other: Site) -> bool:
        return (
            loop in module.loops(other.statement)
            and ast.dump(site.opened.call) == ast.dump(other.opened.call)
            and site.handle is not None
            and other.handle is not None
            and site.handle.id == other.handle.id
            and not any(within(module, other.statement, part) for part in site.body)
        )

    return [other for other in every if other is site or is_alike(other)]


def is_endless(loop: Loop) -> bool:
    """Whether nothing in the loop ends it but an exception."""
    if not isinstance(loop, ast.While) or not isinstance(loop.test, ast.Constant) or not loop.test.value:
        return False
    return not any(isinstance(node, (ast.Break, ast.Return)) for node in ast.walk(loop))


def goes_on_after_half(module: Module, site: Site, loop: Loop) -> bool:
    """Whether the loop may go on although the block was left half-way through what it writes."""
    used = uses(module, site)
    if len(site.body) == 1 and used.plain and len(used.writes) == 1:
        return False  # it writes all or nothing where its text cannot be made or encoded
    awaits = any(isinstance(node, ast.Await) for part in site.body for node in ast.walk(part))
    in_try = handled_in(module, site.statement, loop, (BaseException,)) is not None
    return handled_in(module, site.statement, loop, (Exception,)) is not None or (awaits and in_try)
