"""Download four files at a time.

## What it does
Rewrites loops of Telethon that download a file in each turn and do nothing else, with or without a condition: `for message in
messages: await message.download_media()` becomes one call of a helper, a dozen lines that are yours, which keeps four downloads
going, and no more.

## Why it is slow
Each file waits for the one before, and each part of it for Telegram's answer: nearly all of the time is waiting. Twelve photos took
1.47 s one by one and 0.37 s four at a time, six videos 3.17 and 1.06 s; the contents and the names were the same (Telethon 1.45, a
simulated round trip of 40 ms).

## When it is safe
Never claimed: four files are under way at a time (`resources`), they are not done in their order (`ordering`), and when one fails, up to
three others are given up half-way, of which the ones before it were done before (`errors`).

## When it leaves code alone
Loops that do more than to download; a `progress_callback`, which would hear of four files in turn. Loops that download the same in each
turn are no findings. What is *sent* stays one after the other: Telegram limits it.

## References
- https://docs.telethon.dev/en/stable/modules/client.html#telethon.client.downloads.DownloadMethods.download_media
- https://core.telegram.org/api/files
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.module import Module
from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.project import TELETHON
from ....engine.codemod import Codemod, replace
from ....engine.model import Assumption, Change, Cost, Finding, Hazard
from ....engine.proofs import resources
from ....engine.rewriting.layout import fits
from ....engine.rewriting.support import place
from ..loops import on_one_line, taken_as_a_whole
from .examples import EXAMPLES
from .support import ASYNC_FOR, FOR

_DOWNLOADS = frozenset({"download_media", "download_profile_photo"})


class BoundedDownloads(Codemod):
    """See the module's docstring."""

    code = "TGF603"
    name = "bounded-downloads"
    title = "Download four files at a time"
    cost = Cost.TENTHS
    libraries = ("telethon",)
    needles = (b"download_media", b"download_profile_photo")
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every loop that downloads a file in each turn."""
        calls = Calls(module)
        for loop in module.all(ast.For, ast.AsyncFor):
            call = next(
                (call for call in _awaited(module, loop) if _is_download(calls, call) and _depends(loop, call)), None
            )
            if call is None:
                continue
            message = "the files are downloaded one after the other"
            change = _reason(module, loop, call) or self._change(module, loop, call)
            if isinstance(change, str):
                yield self.finding(module, call, message, reason=change)
            else:
                yield self.finding(module, loop, message, change=change)

    def _change(self, module: Module, loop: ast.For | ast.AsyncFor, call: ast.Call) -> Change | str:
        """The call of a helper in the place of a loop, or why it stays."""
        placed = place(module, FOR if isinstance(loop, ast.For) else ASYNC_FOR)
        if isinstance(placed, str):
            return placed
        text = _written(module, loop, call, placed.name)
        why = "Twelve photos took 0.37 s four at a time, and 1.47 s one after the other (a round trip of 40 ms)."
        line = loop.lineno
        verdicts = [
            resources.more_at_once(module, call, "downloads", 4, 1),
            Assumption(Hazard.ORDERING, "nothing needs the files in their order", module.path, line),
            Assumption(
                Hazard.ERRORS,
                "when one fails, others may be left half-way, of which those before it were done",
                module.path,
                line,
            ),
        ]
        return self.change(
            module, [replace(module, loop, text)], why, verdicts=verdicts, imports=placed.imports,
            helpers=placed.helpers, others=placed.others,
        )  # fmt: skip


def _written(module: Module, loop: ast.For | ast.AsyncFor, call: ast.Call, helper: str) -> str:
    """The call of the helper, on one line where it fits."""
    each = "for" if isinstance(loop, ast.For) else "async for"
    parts = [on_one_line(module, call), f"{each} {module.segment(loop.target)} in {on_one_line(module, loop.iter)}"]
    parts += [f"if {on_one_line(module, statement.test)}" for statement in loop.body if isinstance(statement, ast.If)]
    text, indent = f"await {helper}({' '.join(parts)})", module.indent(loop)
    if fits(module, text, indent):
        return text
    unit = f"\n{indent}{module.unit_behind(indent)}"
    return f"await {helper}({unit}{unit.join(parts)}\n{indent})"


def _awaited(module: Module, loop: ast.For | ast.AsyncFor) -> Iterator[ast.Call]:
    """What a loop itself waits for: not loops or functions in it."""
    for statement in loop.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
                if next(module.loops(node), None) is loop and module.function(node) is module.function(loop):
                    yield node.value


def _is_download(calls: Calls, call: ast.Call) -> bool:
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in _DOWNLOADS:
        return False
    contract = calls.contract(call)
    return contract is not None and contract.library == TELETHON


def _depends(loop: ast.For | ast.AsyncFor, call: ast.Call) -> bool:
    """Whether it is something else in each turn."""
    bound, named = ({n.id for n in ast.walk(part) if isinstance(n, ast.Name)} for part in (loop.target, call))
    return not bound.isdisjoint(named)


def _reason(module: Module, loop: ast.For | ast.AsyncFor, call: ast.Call) -> str | None:
    """Why a loop stays."""
    statement = loop.body[0]
    if isinstance(statement, ast.If) and not statement.orelse:
        inner = statement.body
        if any(isinstance(n, (ast.Await, ast.NamedExpr, ast.Lambda, ast.IfExp)) for n in ast.walk(statement.test)):
            return "its condition waits or binds a name"
    else:
        inner = loop.body
    match inner:
        case [ast.Expr(value=ast.Await(value=found))] if found is call and len(loop.body) == 1:
            pass
        case _:
            return "the loop does more than to download: see whether that part may wait until all files are there"
    if not isinstance(loop.target, ast.Name):
        return "it has several variables"
    if any(isinstance(node, (ast.Await, ast.NamedExpr)) for node in ast.walk(call)):
        return "what is downloaded is waited for as well"
    if any(keyword.arg in ("progress_callback", None) for keyword in call.keywords):
        return "what follows the progress would hear of four files in turn"
    return taken_as_a_whole(module, loop)
