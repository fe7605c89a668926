"""The three forms that replace an open for every message: one open file, batches, and the support code's writer."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ....engine.analysis.module import Module
from ....engine.model import Edit, Import
from ....engine.rewriting import indentation
from ....engine.rewriting.imports import name_for
from ....engine.rewriting.layout import deleted_lines
from .sites import Loop, Site, uses

_COLON = re.compile(r"[\s),\\]*:")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The text edits of a form, and the imports they need."""

    edits: tuple[Edit, ...]
    imports: tuple[Import, ...] = ()


def _merged(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits with insertions at one place made one: whole lines, the deeper ones first, before a line's new indentation."""
    merged: dict[tuple[int, int], list[str]] = {}
    for edit in edits:
        merged.setdefault((edit.start, edit.end), []).append(edit.text)

    def order(text: str) -> tuple[bool, int]:
        line = text.lstrip("\n")
        return "\n" not in text, len(line.lstrip()) - len(line)

    return tuple(Edit(*span, "".join(sorted(texts, key=order))) for span, texts in sorted(merged.items()))


def not_writable(module: Module, group: Sequence[Site], loop: Loop | None) -> str | None:
    """Why the text, as it is laid out, is not rewritten."""
    for site in group:
        if module.in_fstring(site.call) or not indentation.has_lines_to_itself(module, site.statement, site.last):
            return "its block shares a line with other code"
        if site.close is not None:
            if not all(indentation.has_lines_to_itself(module, part) for part in (site.statement, site.close)):
                return "its block shares a line with other code"
            if _leaves(module, site, loop):
                return "a continue or break skips the close of the file"
            if loop is None and module.has_comment(module.start(site.close), module.line_span(site.close)[1]):
                return "a comment stands behind the close of the file"
        elif _colon(module, site) is None or module.has_comment(
            module.start(site.statement), _behind_colon(module, site)
        ):
            return "a comment stands within the head of its block"
        if module.has_comment(*module.span(site.call)) or _has_multiline_string(site.call):
            return "a comment or a string of several lines stands within the open"
    if loop is not None and loop.body[0].lineno == loop.lineno:
        return "the loop stands on one line"
    return None


def _has_multiline_string(node: ast.AST) -> bool:
    return any(isinstance(n, (ast.Constant, ast.JoinedStr)) and n.end_lineno != n.lineno for n in ast.walk(node))


def _colon(module: Module, site: Site) -> int | None:
    """The offset behind the colon of the ``with``."""
    assert isinstance(site.statement, (ast.With, ast.AsyncWith)), "the other form has none"
    target = site.statement.items[-1].optional_vars
    match = _COLON.match(module.text, module.end(target if target is not None else site.call))
    return match.end() if match else None


def _behind_colon(module: Module, site: Site) -> int:
    end = _colon(module, site)
    assert end is not None, "not_writable has looked"
    return end


def _leaves(module: Module, site: Site, loop: Loop | None) -> bool:
    """Whether a ``continue``, or a ``break`` out of a loop within `loop`, leaves the block while `loop` goes on."""
    ends = (ast.Continue,) if next(module.loops(site.statement), None) is loop else (ast.Continue, ast.Break)
    queue: list[ast.AST] = list(site.body)
    while queue:
        node = queue.pop()
        if isinstance(node, ends):
            return True
        if not isinstance(
            node, (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
        ):
            queue.extend(ast.iter_child_nodes(node))
    return False


def _lines(first: int, last: int) -> range:
    return range(first, last + 1)


class _Form:
    """What the forms of a loop share: where its lines are and how they move one level in."""

    def __init__(self, module: Module, group: Sequence[Site], loop: Loop) -> None:
        self.module, self.group, self.loop = module, group, loop
        self.unit = module.indent_unit
        self.indent = module.indent(loop)
        self.start = module.line_span(loop)[0]
        self.first = module.position(module.start(loop))[0]
        self.last = indentation.last_line(module, (loop.orelse or loop.body)[-1])
        self.end = module.line_starts[self.last] if self.last < len(module.line_starts) else len(module.text)
        assert group[0].handle is not None, "checked by file_use"
        self.handle = group[0].handle.id
        self.open = indentation.on_one_line(module, group[0].call)
        self.awaited = group[0].awaited

    def moved(self, taken: set[int]) -> Iterator[Edit]:
        """The lines of the loop, one level in; those of a ``with`` block keep their place, since that level is gone."""
        module = self.module
        inner: dict[int, int] = {}
        for site in self.group:
            if site.close is None and (body := site.body[0]).lineno > module.position(_behind_colon(module, site))[0]:
                deeper = len(module.indent(body)) - len(module.indent(site.statement))
                start = module.position(_behind_colon(module, site))[0] + 1
                inner.update((number, deeper) for number in _lines(start, indentation.last_line(module, site.body[-1])))
        moving = [number for number in _lines(self.first, self.last) if number not in taken]
        yield from indentation.indented(module, moving, self.unit, inner)

    def inside(self, site: Site) -> str:
        """The indentation, after the move, of the statement that opens the file."""
        return self.module.indent(site.statement) + self.unit

    def behind(self, site: Site, lines: Sequence[str]) -> Edit:
        """An edit that puts `lines` behind the block of a site."""
        last = site.close or site.body[-1]
        number = last.end_lineno or last.lineno if site.close else indentation.last_line(self.module, last)
        return self.at_line(number, [self.inside(site) + text for text in lines])

    def at_line(self, number: int, lines: Sequence[str]) -> Edit:
        """An edit that puts `lines` behind a line."""
        text = "\n".join(lines)
        if number < len(self.module.line_starts):
            offset = self.module.line_starts[number]
            return Edit(offset, offset, text + "\n")
        return Edit(len(self.module.text), len(self.module.text), "\n" + text)


def stream(module: Module, group: Sequence[Site], loop: Loop, *, always: bool) -> Rewrite:
    """Open the file at the first message, keep it open through the loop, flush it where it was closed.

    `always`: flush in a ``finally``, where the rest of the loop may go on although the block was not run to its end.
    """
    form = _Form(module, group, loop)
    contextlib, imports = name_for(module, Import("contextlib"), loop)
    stack = indentation.fresh_name(module, ("stack", "files"), loop)
    enter, wait = ("enter_async_context", "await ") if form.awaited else ("enter_context", "")
    kind, word = ("AsyncExitStack", "async with") if form.awaited else ("ExitStack", "with")
    head = f"{form.indent}{word} {contextlib}.{kind}() as {stack}:\n{form.indent}{form.unit}{form.handle} = None\n"
    edits = [Edit(form.start, form.start, head)]
    taken: set[int] = set()
    for site in group:
        if site.call.lineno != site.call.end_lineno:
            edits.append(Edit(*module.span(site.call), form.open))
            taken.update(_lines(module.position(module.start(site.call))[0] + 1, site.call.end_lineno or 0))
        inside, flush = form.inside(site), f"{wait}{form.handle}.flush()"
        start, opening = module.start(site.statement), f"{wait}{stack}.{enter}("
        guard = f"if {form.handle} is None:\n{inside}{form.unit}"
        if site.close is not None:
            edits.append(Edit(start, start, guard))
            edits.append(Edit(module.start(site.call), module.start(site.call), opening))
            edits.append(Edit(module.end(site.call), module.end(site.call), ")"))
            assert isinstance(site.close.value, ast.Call), "f.close()"
            edits.append(Edit(*module.span(site.close.value.func), flush.removesuffix("()")))
            continue
        if site.statement.lineno != site.call.lineno:
            taken.update(_lines(site.statement.lineno + 1, site.call.lineno))
        edits.append(Edit(start, module.start(site.call), f"{guard}{form.handle} = {opening}"))
        deep = always or _leaves(module, site, loop)
        colon, body = _behind_colon(module, site), site.body[0]
        attempt = f"\n{inside}try:" if deep else ""
        if body.lineno == module.position(colon)[0]:
            edits.append(
                Edit(module.end(site.call), module.start(body), f"){attempt}\n{inside}{form.unit if deep else ''}")
            )
        else:
            edits.append(Edit(module.end(site.call), colon, ")"))
            taken.update(_lines((site.call.end_lineno or 0) + 1, module.position(colon)[0]))
            if deep:
                edits.append(form.at_line(module.position(colon)[0], [f"{inside}try:"]))
        edits.append(form.behind(site, ["finally:", form.unit + flush] if deep else [flush]))
    return Rewrite(_merged((*edits, *_moved_for_stream(form, loop, always, taken))), imports)


def _moved_for_stream(form: _Form, loop: Loop, always: bool, taken: set[int]) -> Iterator[Edit]:
    """The moved lines, where a block that became a ``try`` keeps its level."""
    deep = [site for site in form.group if site.close is None and (always or _leaves(form.module, site, loop))]
    kept: set[int] = set()
    for site in deep:
        first = form.module.position(_behind_colon(form.module, site))[0] + 1
        kept.update(_lines(first, indentation.last_line(form.module, site.body[-1])))
    yield from form.moved(kept | taken)
    yield from indentation.indented(form.module, sorted(kept), form.unit)


def batch(module: Module, group: Sequence[Site], loop: Loop, size: int) -> Rewrite:
    """Collect what the messages write, and write it with one open for `size` messages and for the rest at the end."""
    form = _Form(module, group, loop)
    names = ("batch", "pending", "lines_to_write")
    collected = indentation.fresh_name(module, names, loop)
    parts = indentation.fresh_name(module, ("lines", "parts", "lines_of_batch"), loop)
    plain = all(uses(module, site).plain for site in group)
    buffer, imports = name_for(module, Import("io"), loop) if not plain else ("", ())
    file = form.handle if plain else indentation.fresh_name(module, ("file", "out", "target"), loop)
    opened, more = _plain_open(form) if form.awaited else (form.open, ())
    if not _gives_buffering(form.group[0]):
        opened = f"{opened[:-1].rstrip().rstrip(',')}, buffering=1 << 20)"  # a batch goes to the disk in one piece
    opening, write = f"with {opened} as {file}:", f"{file}.writelines"
    imports = (*imports, *more)

    def written(name: str) -> str:
        return f"{write}({name})" if plain else f"{write}(part.getvalue() for part in {name})"

    unit = form.unit
    edits = [Edit(form.start, form.start, f"{form.indent}{collected} = []\n{form.indent}try:\n")]
    taken: set[int] = set()
    for site in group:
        full = [
            f"if len({collected}) >= {size}:", f"{unit}{opening}", f"{unit}{unit}{parts}, {collected} = {collected}, []",
            f"{unit}{unit}{written(parts)}",
        ]  # fmt: skip
        jumps = _leaves(module, site, loop)
        if plain:
            head = "".join(f"{line}\n{form.inside(site)}" for line in full) if jumps else ""
            edits += _without_open(form, site, taken, head)
            edits += _collecting(module, site, collected)
        else:
            binary = "b" in site.mode
            target = f"{form.handle} = {buffer}.{'BytesIO' if binary else 'StringIO'}()"
            lines = [target, f"{collected}.append({form.handle})"]
            edits += _opened_in_memory(form, site, taken, full if jumps else [], lines)
        if not jumps:
            edits.append(form.behind(site, full))
    rest = ["finally:", f"{unit}if {collected}:", f"{unit}{unit}{opening}", f"{unit}{unit}{unit}{written(collected)}"]
    edits.append(form.at_line(form.last, [form.indent + line for line in rest]))
    return Rewrite(_merged((*edits, *form.moved(taken))), imports)


def _gives_buffering(site: Site) -> bool:
    positional = 1 if isinstance(site.call.func, ast.Attribute) and site.call.func.value is site.path else 2
    return len(site.call.args) > positional or any(keyword.arg == "buffering" for keyword in site.call.keywords)


def _plain_open(form: _Form) -> tuple[str, tuple[Import, ...]]:
    """The open of aiofiles as one of Python's own: a cancellation that arrives while a batch is awaited would lose it."""
    call = form.group[0].call
    arguments = form.open[len(form.module.segment(call.func)) :]
    if not form.module.bindings("open", form.loop):
        return f"open{arguments}", ()
    name, imports = name_for(form.module, Import("io"), form.loop)
    return f"{name}.open{arguments}", imports


def _without_open(form: _Form, site: Site, taken: set[int], head: str) -> Iterator[Edit]:
    """The head of the block goes, and where it has a close, that goes too; `head` is put in its place."""
    module = form.module
    start = module.start(site.statement)
    number = module.position(start)[0]
    if site.close is not None:
        yield from _dropped(form, site.statement, taken, head)
        yield from _dropped(form, site.close, taken, "")
        return
    colon, body = _behind_colon(module, site), site.body[0]
    if body.lineno == module.position(colon)[0]:
        yield Edit(start, module.start(body), head)
        taken.update(_lines(number + 1, body.lineno))
        return
    comment = next((offset for offset, _ in module.comments if colon <= offset), len(module.text))
    if module.position(comment)[0] == module.position(colon)[0]:
        yield Edit(start, comment, head)
        taken.update(_lines(number + 1, module.position(colon)[0]))
        return
    line = module.line_starts[number - 1]
    end = module.line_starts[module.position(colon)[0]]
    yield Edit(line, end, f"{form.inside(site)}{head}".rstrip(" \t") if head else "")
    taken.update(_lines(number, module.position(colon)[0]))


def _dropped(form: _Form, statement: ast.stmt, taken: set[int], instead: str) -> Iterator[Edit]:
    """A statement with its line, or without it where a comment stands there."""
    module = form.module
    start, end = module.span(statement)
    line_start, line_end = module.line_span(statement)
    comment = next((offset for offset, _ in module.comments if end <= offset < line_end), None)
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    if comment is not None:
        yield Edit(start, comment, instead)
        taken.update(_lines(first + 1, last))
    else:
        yield Edit(line_start, line_end, instead) if instead else deleted_lines(module, line_start, line_end)
        taken.update(_lines(first, last))


def _collecting(module: Module, site: Site, collected: str) -> Iterator[Edit]:
    """``f.write(x)`` becomes ``batch.append(x)``."""
    for call in uses(module, site).writes:
        assert isinstance(call.func, ast.Attribute), "a method of the file"
        method = "append" if call.func.attr == "write" else "extend"
        outer = module.parent(call) if site.awaited else call
        assert outer is not None, "an expression has a parent"
        yield Edit(module.start(outer), module.end(call.func), f"{collected}.{method}")


def _opened_in_memory(form: _Form, site: Site, taken: set[int], first: list[str], lines: list[str]) -> Iterator[Edit]:
    """The head of the block becomes a buffer, which is collected before anything is written to it."""
    module, inside = form.module, form.inside(site)
    start = module.start(site.statement)
    before = "".join(f"{line}\n{inside}" for line in first)
    if site.close is not None:
        yield Edit(start, module.end(site.statement), before + f"\n{inside}".join(lines))
        taken.update(_lines(site.statement.lineno + 1, site.statement.end_lineno or 0))
        yield from _dropped(form, site.close, taken, "")
        return
    colon, body = _behind_colon(module, site), site.body[0]
    number = module.position(colon)[0]
    taken.update(_lines(module.position(start)[0] + 1, number))
    if body.lineno == number:
        yield Edit(start, module.start(body), before + f"\n{inside}".join([*lines, ""]))
    else:
        yield Edit(start, colon, before + lines[0])
        yield form.at_line(number, [inside + lines[1]])


def writer(module: Module, site: Site, name: str, size: int, age: float) -> Rewrite:
    """Let the support code's writer take the place of the open."""
    call, edits = site.call, []
    method = isinstance(call.func, ast.Attribute) and call.func.value is site.path
    opening = f"{name}({module.segment(site.path)}, " if method else f"{name}("
    paren = module.text.index("(", module.end(call.func)) + 1
    edits.append(Edit(module.start(call.func), paren, opening))
    settings = "".join(
        f", {key}={value!r}" for key, value, default in (("size", size, 100), ("age", age, 1.0)) if value != default
    )
    if settings:
        last = max((module.end(a) for a in (*call.args, *(k.value for k in call.keywords))), default=paren)
        edits.append(Edit(last, last, settings))
    if site.awaited:
        start = module.start(site.statement)
        edits.append(Edit(start, module.text.index("with", start), ""))
        for written in uses(module, site).writes:
            outer = module.parent(written)
            if isinstance(outer, ast.Await):
                edits.append(Edit(module.start(outer), module.start(written), ""))
    if site.close is not None:
        edits += _as_with(module, site)
    return Rewrite(tuple(edits))


def _as_with(module: Module, site: Site) -> Iterator[Edit]:
    """``f = open(…)`` … ``f.close()`` as a ``with`` block."""
    assert site.close is not None and site.handle is not None, "the form of the site"
    yield Edit(module.start(site.statement), module.start(site.call), "with ")
    yield Edit(module.end(site.call), module.end(site.call), f" as {site.handle.id}:")
    first = (site.statement.end_lineno or site.statement.lineno) + 1
    yield from indentation.indented(module, _lines(first, site.close.lineno - 1), module.indent(site.close) + module.indent_unit,
                               len(module.indent(site.close)))  # fmt: skip
    yield deleted_lines(module, *module.line_span(site.close))
