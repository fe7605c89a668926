"""The three forms that replace an open for every message: the file open around the loop, batches, and the support code's writer."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import libcst as cst

from ....engine.analysis.module import Module
from ....engine.analysis.repeated import Loop
from ....engine.model import Edit, Import
from ....engine.rewriting import statements as cs
from ....engine.rewriting.fresh_names import fresh_name
from ....engine.rewriting.imports import name_for
from .sites import Site, buffering_of, leaves, uses, writes_lines


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The edit of a form, and the imports it needs. Where LibCST cannot write it, the functions say why."""

    edit: Edit
    imports: tuple[Import, ...] = ()


def _made(
    module: Module,
    first: ast.stmt,
    parts: dict[ast.AST, cs.Part],
    imports: tuple[Import, ...] = (),
    last: ast.stmt | None = None,
) -> Rewrite | str:
    try:
        return Rewrite(cs.rewritten(module, first, parts, last), imports)
    except cs.NotRewritable as error:
        return str(error)


def _nested(head: str, inner: Sequence[cst.BaseStatement]) -> Any:
    """A compound statement with this head and block."""
    (compound,) = cs.parsed(f"{head}\n    pass\n")
    return compound.with_changes(body=cs.block(inner))


def _attempt(
    body: Sequence[cst.BaseStatement], ending: Sequence[cst.BaseStatement], above: Sequence[cst.EmptyLine] = ()
) -> cst.Try:
    """``try:`` … ``finally:``."""
    return cst.Try(cs.block(body), finalbody=cst.Finally(cs.block(ending)), leading_lines=above)


def _opened(call: cst.BaseExpression, handle: str, inner: Sequence[cst.BaseStatement] = (), wait: str = "") -> Any:
    """``with call as handle:`` around some statements."""
    compound = _nested(f"{wait}with x as {handle}:", inner)
    return compound.with_changes(items=[compound.items[0].with_changes(item=call)])


# The file open around the loop


def around_loop(module: Module, group: Sequence[Site], loop: Loop, *, goes_on: bool) -> Rewrite | str:
    """Open the file before the loop, and flush it where it was closed, unless each block writes one line.

    `goes_on`: flush in a ``finally``, where the loop may go on although the block was not run to its end.
    """
    site = group[0]
    assert site.handle is not None, "checked by file_use"
    by_line = all(writes_lines(module, other) for other in group)
    given = buffering_of(site.opened)
    calls: list[cst.Call] = []
    wait = "await " if site.opened.awaited else ""
    flush = [] if by_line and given in (None, 1) else cs.parsed(f"{wait}{site.handle.id}.flush()\n")
    parts: dict[ast.AST, cs.Part] = {}

    def block(protected: bool) -> cs.Part:
        def inlined(node: cst.With) -> list[cst.BaseStatement]:
            calls.append(cst.ensure_type(node.items[0].item, cst.Call))
            if not protected:
                return cs.unwrapped(node) + flush
            return [_attempt(cs.unwrapped(node.with_changes(leading_lines=())), flush, node.leading_lines)]

        return inlined

    def first(line: cst.SimpleStatementLine) -> list[cst.BaseStatement]:
        calls.append(cst.ensure_type(cst.ensure_type(line.body[0], cst.Assign).value, cst.Call))
        return cs.comments_of(line)

    def head(node: Any) -> list[cst.BaseStatement]:
        call = cs.with_argument(calls[0], "buffering=1") if by_line and given is None else calls[0]
        assert site.handle is not None, "see above"
        return cs.around(node, _opened(call, site.handle.id, wait="async " if site.opened.awaited else ""))

    for other in group:
        if other.close is None:
            parts[other.statement] = block(bool(flush) and (goes_on or leaves(module, other, loop)))
        else:
            parts[other.statement] = first
            parts[other.close] = lambda line: cs.comments_of(line) + flush
    parts[loop] = head
    return _made(module, loop, parts)


# Batches


def batch(module: Module, group: Sequence[Site], loop: Loop, size: int) -> Rewrite | str:
    """Collect what the messages write, and write it with one open for `size` messages and for the rest at the end."""
    site = group[0]
    assert site.handle is not None, "checked by file_use"
    collected = fresh_name(module, ("batch", "pending", "lines_to_write"), loop)
    lines = fresh_name(module, ("lines", "parts", "lines_of_batch"), loop)
    plain = all(uses(module, other).plain for other in group)
    file = site.handle.id if plain else fresh_name(module, ("file", "out", "target"), loop)
    buffer, imports = name_for(module, Import("io"), loop) if not plain else ("", ())
    memory = f"{buffer}.{'BytesIO' if 'b' in site.mode else 'StringIO'}()"
    calls: list[cst.Call] = []

    def written(name: str) -> str:
        return f"{file}.writelines({name})\n" if plain else f"{file}.writelines(part.getvalue() for part in {name})\n"

    def opened(text: str) -> Any:
        call = calls[0] if buffering_of(site.opened) is not None else cs.with_argument(calls[0], "buffering=1 << 20")
        if site.opened.awaited:  # a cancellation that arrives while a batch is awaited would lose it
            call = call.with_changes(func=cst.parse_expression(plain_open))
        return _opened(call, file, cs.parsed(text))

    def full() -> list[cst.BaseStatement]:
        taken = f"{lines}, {collected} = {collected}, []\n{written(lines)}"
        return [_nested(f"if len({collected}) >= {size}:", [opened(taken)])]

    def collecting(body: list[cst.BaseStatement], other: Site) -> list[cst.BaseStatement]:
        start = [] if plain else cs.parsed(f"{file_in_memory} = {memory}\n{collected}.append({file_in_memory})\n")
        return full() + start + body if leaves(module, other, loop) else start + body + full()

    def head(node: Any) -> list[cst.BaseStatement]:
        rest = _nested(f"if {collected}:", [opened(written(collected))])
        begin = cs.parsed(f"{collected} = []\n")
        begin[0] = begin[0].with_changes(leading_lines=node.leading_lines)
        return [*begin, _attempt([node.with_changes(leading_lines=())], [rest])]

    file_in_memory = site.handle.id
    plain_open = "open"
    if site.opened.awaited and module.bindings("open", loop):
        name, imports = name_for(module, Import("io"), loop)
        plain_open = f"{name}.open"
    parts: dict[ast.AST, cs.Part] = {loop: head}
    for other in group:
        parts |= _blocks(other, calls, lambda body, other=other: collecting(body, other))
        if plain:
            parts |= _collecting_calls(module, other, collected)
    return _made(module, loop, parts, imports)


def _blocks(site: Site, calls: list[cst.Call], made: Any) -> dict[ast.AST, cs.Part]:
    """The parts that take an open away; `made` gives what becomes of the statements of the block, `calls` gets the open."""
    kept: list[cst.BaseStatement] = []

    def inlined(node: cst.With) -> Any:
        calls.append(cst.ensure_type(node.items[0].item, cst.Call))
        return made(cs.unwrapped(node))

    def first(line: cst.SimpleStatementLine) -> list[cst.BaseStatement]:
        calls.append(cst.ensure_type(cst.ensure_type(line.body[0], cst.Assign).value, cst.Call))
        kept.extend(cs.comments_of(line))
        return []

    def between(node: cst.BaseStatement) -> list[cst.BaseStatement]:
        kept.append(node)
        return []

    if site.close is None:
        return {site.statement: inlined}
    last: cs.Part = lambda line: made(kept + cs.comments_of(line))  # noqa: E731
    return {site.statement: first, **dict.fromkeys(site.body, between), site.close: last}


def _collecting_calls(module: Module, site: Site, collected: str) -> dict[ast.AST, cs.Part]:
    """``f.write(x)`` becomes ``batch.append(x)``."""
    parts: dict[ast.AST, cs.Part] = _without_awaits(module, site)
    for call in uses(module, site).writes:
        assert isinstance(call.func, ast.Attribute), "a method of the file"
        function = cst.parse_expression(f"{collected}.{'append' if call.func.attr == 'write' else 'extend'}")
        parts[call] = partial(cst.Call.with_changes, func=function)
    return parts


def _without_awaits(module: Module, site: Site) -> dict[ast.AST, cs.Part]:
    written = [module.parent(call) for call in uses(module, site).writes]
    return dict.fromkeys((node for node in written if isinstance(node, ast.Await)), _expression)


def _expression(node: cst.Await) -> cst.BaseExpression:
    return node.expression


# The writer of the support code


def writer(module: Module, site: Site, name: str, size: int, age: float) -> Rewrite | str:
    """Let the support code's writer take the place of the open."""
    assert site.handle is not None, "checked by file_use"
    settings = [f"{key}={value!r}" for key, value, usual in (("size", size, 100), ("age", age, 1.0)) if value != usual]

    def call(old: cst.Call) -> cst.Call:
        new = old.with_changes(func=cst.Name(name))
        if site.opened.method:
            path = cst.ensure_type(old.func, cst.Attribute).value
            comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
            new = new.with_changes(
                args=[cst.Arg(path, comma=comma if old.args else cst.MaybeSentinel.DEFAULT), *old.args]
            )
        for setting in settings:
            new = cs.with_argument(new, setting)
        return new

    parts = _without_awaits(module, site)
    if site.close is None:

        def changed(node: cst.With) -> list[cst.BaseStatement]:
            item = node.items[0].with_changes(item=call(cst.ensure_type(node.items[0].item, cst.Call)))
            return [node.with_changes(items=[item, *node.items[1:]], asynchronous=None)]

        parts[site.statement] = changed
    else:
        calls: list[cst.Call] = []
        handle = site.handle.id
        parts |= _blocks(site, calls, lambda body: [_opened(call(calls[0]), handle, body)])
    return _made(module, site.statement, parts, last=site.last)
