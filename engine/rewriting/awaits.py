"""Edits that turn a blocking call into an awaited one, in the layout that the call has."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..analysis import refuse
from ..analysis.module import Module
from ..model import Edit, Import, Proof
from ..proofs.environment.interpreter import needs_python
from .arguments import first_argument
from .compose import apply_edits
from .imports import name_for
from .layout import OTHERWISE, WIDEST, fits, formatted_length, line_length, widest
from .own_threads import OF_CONTEXTS, own_helper
from .wrapping import broken


def awaited(module: Module, call: ast.Call, callee: str, argument: str = "", closing: str = "") -> list[Edit]:
    """Edits that make ``f(x)`` into ``await callee(argument, x)``, in parentheses where its result is used at once.

    `argument` is source text, put in front of the call's own arguments, and `closing` what closes a bracket in it. The call must not
    stand in an f-string, nor its function in parentheses of its own (see `is_plain`). A line that gets too long is broken.
    """
    if not closing and (inside := _in_own_brackets(module, call, callee, argument)):
        return inside
    edits = _awaited(module, call, callee, argument, closing)
    loose = edits[0].text.startswith("(")
    return _short(module, call, edits, hangs=loose or bool(closing)) or edits


def _in_own_brackets(module: Module, call: ast.Call, callee: str, argument: str) -> list[Edit]:
    """Edits for a chain of several lines that stands in brackets of its own, which become those of the call: each line stays as it is."""
    text, (start, end), function = module.text, module.span(call), module.segment(call.func)
    if "\n" not in function or not argument.endswith(function) or call.args or call.keywords:
        return []
    opening, closing = text[:start].rstrip(), end + len(text[end:]) - len(text[end:].lstrip())
    alone = opening.endswith("(") and text[closing : closing + 1] == ")" and "\n" in text[len(opening) : start]
    value = getattr(module.statement(call), "value", None)
    if not alone or value is not call or opening[:-1].rstrip(" ")[-1:] != "=":
        return []
    before, bracket = argument.removesuffix(function), len(opening) - 1
    put = [Edit(start, start, before)] if before else []
    return [Edit(bracket, bracket, f"await {callee}"), *put, Edit(module.end(call.func), end, "")]


def handed_to(module: Module, call: ast.Call, callee: str) -> list[Edit]:
    """Edits that make ``f(x)``, which is awaited, into ``callee(f, x)``. A line that gets too long is broken."""
    start, end = module.span(call.func)
    edits = [Edit(start, end, callee), first_argument(module, call, module.segment(call.func))]
    edits += _aligned(module, call, len(callee) - (end - start))
    return _short(module, call, edits, hangs=False) or edits


def _awaited(module: Module, call: ast.Call, callee: str, argument: str, inner: str) -> list[Edit]:
    start, end = module.span(call)
    loose = binds_tighter(module.parent(call), call) and not module.text[end:].lstrip().startswith(")")
    opening, closing = ("(", ")") if loose else ("", "")
    edits = [Edit(start, module.end(call.func), f"{opening}await {callee}")]
    if argument and (bare := _bare_generator(module, call)):
        edits += [Edit(bare, bare, f"{argument}, ("), Edit(end - 1, end - 1, ")")]
    elif argument:
        edits.append(first_argument(module, call, argument))
        blanks = module.text[start : end - 1]
        run = len(blanks) - len(blanks.rstrip(" "))
        if run > 1 and blanks.rstrip(" ")[-1] not in "\n(":
            edits.append(Edit(end - 1 - run, end - 1, ""))
    if inner:
        edits.append(Edit(end - 1, end - 1, inner))
    if closing:
        edits.append(Edit(end, end, closing))
    return [*edits, *_aligned(module, call, len(f"{opening}await {callee}") - (module.end(call.func) - start))]


def _short(module: Module, call: ast.Call, edits: list[Edit], *, hangs: bool) -> list[Edit]:
    """One edit in the place of others, where these make a line too long, or leave arguments below the bracket of another call
    or brackets of two kinds on a line (`hangs`).

    Empty where the lines cannot be joined, or were long before.
    """
    text, (start, end) = module.text, module.span(call)
    first, behind = module.line_span(call)
    last = first + len(text[first:behind].rstrip("\r\n"))
    prefix, suffix = text[first:start], text[end:last]
    done = apply_edits(text[start:end], [Edit(e.start - start, e.end - start, e.text) for e in edits], "\n")
    most, new, old = (
        line_length(module),
        widest(f"{prefix}{done}{suffix.partition('#')[0].rstrip()}"),
        widest(text[first:last]),
    )
    several = len(done.splitlines()) > 1
    widened = most if formatted_length(module) else max(most, OTHERWISE)
    if not (hangs and several) and (new <= widened or old > max(most, WIDEST)):
        return []
    if "\n" in module.segment(call.func):
        return []  # a chain of several lines is one thing: its lines stay
    if not several and (parted := _in_parts(module, call, widest(done))):
        return [*parted, *edits]
    if several and ("\\" in done or module.has_comment(start, end) or has_long_text(module, call)):
        return []
    if several:  # on one line, a comma behind the last argument goes
        behind_last = max([module.end(a) for a in (*call.args, *call.keywords)], default=end)
        edits = [*edits, *(Edit(k, k + 1, "") for k in range(behind_last, end) if text[k] == ",")]
        done = apply_edits(text[start:end], [Edit(e.start - start, e.end - start, e.text) for e in edits], "\n")
    indent = prefix[: len(prefix) - len(prefix.lstrip())]
    before, joined = prefix[len(indent) :], _joined(done)
    at = len(before) + joined.index("(", len(edits[0].text))
    line = f"{before}{joined}{suffix}"
    written = line if fits(module, line, indent) else broken(line, at, indent, module.unit_behind(indent), most)
    if written.startswith(before) and written.endswith(suffix):
        return [Edit(start, end, written[len(before) : len(written) - len(suffix)])]
    return [Edit(first + len(indent), last, written)]


def _in_parts(module: Module, call: ast.Call, width: int) -> list[Edit]:
    """Edits that put a conditional expression into parentheses, with each part on a line: `call`, `width` columns wide then, gives its
    value one way or the other. They are the same for both; empty for what is no such thing, or too wide still.
    """
    whole, text = module.parent(call), module.text
    if not isinstance(whole, ast.IfExp) or whole.test is call or whole.lineno != whole.end_lineno:
        return []
    statement = module.statement(whole)
    if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Return)) or statement.value is not whole:
        return []
    (start, end), indent = module.span(whole), module.indent(statement)
    divided = [(module.end(whole.body), module.start(whole.test)), (module.end(whole.test), module.start(whole.orelse))]
    if [text[a:b] for a, b in divided] != [" if ", " else "] or text[start - 1] == "(":
        return []
    line = f"\n{indent}{module.unit_behind(indent)}"
    if widest(line) + len("else ") + width > line_length(module):
        return []
    breaks = (Edit(a, a + 1, line) for a, _ in divided)
    return [Edit(start, start, f"({line}"), *breaks, Edit(end, end, f"\n{indent})")]


def _joined(text: str) -> str:
    """The lines of a call as one."""
    joined, *lines = text.splitlines()
    for line in (line.strip() for line in lines if line.strip()):
        joined = joined.rstrip()
        joined += line if joined.endswith(("(", "[", "{")) or line[0] in ")]}" else f" {line}"
    return joined


def long_texts(node: ast.AST) -> Iterator[range]:
    """The lines of each text of several lines in a piece of code."""
    for part in ast.walk(node):
        if isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str | bytes)):
            if part.end_lineno != part.lineno:
                yield range(part.lineno, (part.end_lineno or 0) + 1)


def has_long_text(module: Module, call: ast.expr | ast.stmt) -> bool:
    """Whether a text of several lines stands on the lines of a call."""
    return any(
        lines[0] <= (call.end_lineno or 0) and lines[-1] >= call.lineno for lines in long_texts(module.statement(call))
    )


def _aligned(module: Module, call: ast.Call, wider: int) -> list[Edit]:
    """Edits that keep the lines of a call's arguments below its opening parenthesis, where they stand there and it moves."""
    text, end = module.text, module.end(call)
    inside = text.find("(", module.end(call.func)) + 1
    column = inside - (text.rfind("\n", 0, inside) + 1)
    starts = [place + 1 for place in range(inside, end) if text[place] == "\n"]
    widths = [len(line) - len(line.lstrip(" ")) for line in (text[place:end].partition("\n")[0] for place in starts)]
    if (
        wider <= 0
        or not starts
        or any(width < column for width in widths)
        or text[inside:end].lstrip(" ")[:1] in "\r\n"
    ):
        return []
    if has_long_text(module, call):
        return []  # whose lines are its own
    return [Edit(place, place, " " * wider) for place in starts]


def _bare_generator(module: Module, call: ast.Call) -> int | None:
    """Where the only argument of a call begins, if it is a generator that shares the call's parentheses: it cannot follow another."""
    match call:
        case ast.Call(args=[ast.GeneratorExp() as generator], keywords=[]):
            opening = module.text.index("(", module.end(call.func))
            return opening + 1 if module.start(generator) == opening else None
    return None


def in_thread(module: Module, call: ast.Call) -> tuple[list[Edit], tuple[Import, ...]]:
    """The edits that let a thread make a call, and the imports that they need.

    A function of the owner's own that does so is asked, where the file has one. Where a Python without `asyncio.to_thread` may run the bot
    it is what that function does, but for the context variables that it takes along: nothing in the project may name any then.
    """
    if own := own_helper(module, call):
        return awaited(module, call, own, module.segment(call.func)), ()
    asyncio, imports = name_for(module, Import("asyncio"), call)
    if has_to_thread(module):
        return threaded(module, call, asyncio), imports
    function, closing = module.segment(call.func), ""
    if call.keywords:
        partial, more = name_for(module, Import("functools", "partial"), call)
        function, imports, closing = f"{partial}({function}", (*imports, *more), ")"
    edits = awaited(module, call, f"{asyncio}.get_running_loop().run_in_executor", f"None, {function}", closing)
    return edits, imports


def handed_over(module: Module, node: ast.AST, function: str) -> tuple[str, tuple[Import, ...]]:
    """The text by which a coroutine lets a thread run a function without arguments, at `node`, and the imports that it needs."""
    asyncio, imports = name_for(module, Import("asyncio"), node)
    if has_to_thread(module):
        return f"await {asyncio}.to_thread({function})", imports
    return f"await {asyncio}.get_running_loop().run_in_executor(None, {function})", imports


def has_to_thread(module: Module) -> bool:
    """Whether every Python that may run the bot has `asyncio.to_thread`, or has to, for context variables that go along."""
    project = module.project
    if any(map(project.contains, OF_CONTEXTS)):
        return True
    return isinstance(needs_python(project, (3, 9), "asyncio.to_thread", module.path), Proof)


def threaded(module: Module, call: ast.Call, asyncio: str) -> list[Edit]:
    """Edits that make ``f(x)`` into ``await asyncio.to_thread(f, x)``; `asyncio` is the name that module has here."""
    return awaited(module, call, f"{asyncio}.to_thread", module.segment(call.func))


def prefixed(module: Module, call: ast.AST) -> list[Edit]:
    """Edits that put ``await`` in front of an expression and change nothing else, in parentheses where its result is used at once."""
    start, end = module.span(call)
    if needs_parentheses(module, call):
        return [Edit(start, start, "(await "), Edit(end, end, ")")]
    return [Edit(start, start, "await ")]


def refusal(module: Module, call: ast.Call) -> str | None:
    """Why a call in a coroutine cannot become an awaited one, as far as its place decides that."""
    if isinstance(module.parent(call), ast.Await):
        return "it is awaited already, which fails when it runs: an asynchronous function may have been meant"
    reason = (
        refuse.cannot_await(module, call) or refuse.foreign_event_loop(module) or refuse.holds_thread_lock(module, call)
    )
    parent = module.parent(call)
    if reason is None and isinstance(parent, ast.Subscript) and parent.value is call and _is_in_await(module, parent):
        return "an item of its result goes into another await: give the result a name on a line of its own first"
    if reason is None and not is_plain(module, call):
        return "it stands in an f-string or in parentheses of its own, where it is not rewritten"
    return reason


def _is_in_await(module: Module, node: ast.expr) -> bool:
    statement = module.statement(node)
    return any(isinstance(a, ast.Await) and module.statement(a) is statement for a, _ in module.around(node))


def has_exact_span(module: Module, node: ast.AST) -> bool:
    """Whether the text at the span of `node` is the node: inside f-strings Python 3.11 and older give only rough positions."""
    around = [ancestor for ancestor in module.ancestors(node) if isinstance(ancestor, ast.JoinedStr)]
    if not around:
        return True
    text = module.segment(node)
    try:
        same = ast.dump(ast.parse(text, mode="eval").body) == ast.dump(node)
    except SyntaxError:
        return False
    return same and module.segment(around[-1]).count(text) == 1


def is_plain(module: Module, call: ast.Call) -> bool:
    """Whether the text of `call` begins with its function, without a comment in it, so that `awaited` can write it anew."""
    if module.in_fstring(call) or module.start(call) != module.start(call.func):
        return False
    return not module.has_comment(*module.span(call.func))


def needs_parentheses(module: Module, call: ast.AST) -> bool:
    """Whether an ``await`` in the place of `call` has to be put in parentheses: not where it stands in its own already."""
    if not binds_tighter(module.parent(call), call):
        return False
    start, end = module.span(call)
    return not (module.text[:start].rstrip().endswith("(") and module.text[end:].lstrip().startswith(")"))


def binds_tighter(parent: ast.AST | None, call: ast.AST) -> bool:
    """Whether what stands around `call` would take an ``await`` in its place apart: ``f().attribute``, ``f()[0]``, ``f()()``."""
    match parent:
        case ast.Attribute():
            return True
        case ast.Subscript(value=value):
            return value is call
        case ast.Call(func=func):
            return func is call
    return False
