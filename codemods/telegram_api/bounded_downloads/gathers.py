"""Requests of Telethon that `asyncio.gather()` sends all at once."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....knowledge.kinds import CLIENT
from ..loops import gathers

#: What only asks, and sends a request each time.
_READS = frozenset(
    "get_entity get_messages get_permissions get_participants get_profile_photos download_media download_file "
    "download_profile_photo".split()
)
#: So many at once are no flood: floods of look-ups begin with dozens.
_FEW = 20


def gathered(module: Module) -> Iterator[tuple[ast.Call, ast.Starred]]:
    """``await asyncio.gather(*[client.get_entity(name) for name in names])``, also with a name for the list."""
    for call, starred in gathers(module):
        several = _made(module, starred.value)
        is_plain = isinstance(module.parent(call), ast.Await) and all(
            keyword.arg == "return_exceptions" for keyword in call.keywords
        )
        if is_plain and several is not None and _reads(module, several):
            yield call, starred


def _made(module: Module, given: ast.expr) -> ast.ListComp | ast.GeneratorExp | None:
    """The comprehension that makes the calls: it stands there, or is the only value of a name that nothing else uses."""
    if isinstance(given, ast.Name) and len(module.uses(given.id, module.scope(given))) == 1:
        where, value = module.project.fact(Resolver).assigned(module, given)
        given = value if value is not None and where is module else given
    return given if isinstance(given, (ast.ListComp, ast.GeneratorExp)) else None


def _reads(module: Module, several: ast.ListComp | ast.GeneratorExp) -> bool:
    match several.elt, several.generators:
        case (
            ast.Call(func=ast.Attribute(value=owner, attr=method)),
            [ast.comprehension(is_async=0, iter=given)],
        ) if method in _READS:
            return module.project.fact(Facts).kind(module, owner) == CLIENT and not _is_few(module, given)
    return False


def _is_few(module: Module, several: ast.expr) -> bool:
    """Whether a bound is there already: a short list that stands there, or a part of one."""
    if isinstance(several, ast.Name):
        several = module.project.fact(Resolver).assigned(module, several)[1] or several
    if isinstance(several, (ast.List, ast.Tuple, ast.Set)):
        return len(several.elts) <= _FEW and not any(isinstance(element, ast.Starred) for element in several.elts)
    return isinstance(several, ast.Subscript) and isinstance(several.slice, ast.Slice)
