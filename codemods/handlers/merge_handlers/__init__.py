"""Register the commands of one callback as one handler.

## What it does
Several `CommandHandler`s of one callback become one `CommandHandler` with a list of commands.

## Why it is slow
python-telegram-bot asks its handlers one after the other for each message; a list of commands is looked up at once.
The gain of a single pair is small (about a microsecond for each message), and the list says what belongs together.

## When it is safe
The handlers go to the same application and group with the same arguments, and nothing stands between them but
registrations that cannot answer the same command, so that the order in which handlers are asked makes no difference.
Nobody in the project sees that there is one handler: nobody reads `handlers` or `commands`, takes one away, or has an
`add_handler` of his own, and no test loads the file, which might count the calls.

## When it leaves code alone
Another kind of handler of the same group, another statement, or a registration of the same command stands between
them, or a command is known only when the bot runs. Handlers in lists and variables are reported.

## References
- https://docs.python-telegram-bot.org/en/stable/telegram.ext.commandhandler.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.analysis.files import argument
from ....engine.analysis.literal import NotLiteral, evaluate
from ....engine.analysis.module import Module
from ....engine.codemod import Codemod
from ....engine.model import Cost, Edit, Finding
from ....engine.rewriting.layout import Call, comments_in, deleted_lines, fits, wrapped
from ....engine.sources.config import Option
from ..registrations import Registration, command_handler, is_accepted, is_constant, is_made_anew, registration
from ..verdicts import one_for_many
from .examples import EXAMPLES

_IN_LIST = "they stand in a list, which is not taken apart; CommandHandler takes a list of commands"
_COMPOUND = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.For, ast.AsyncFor, ast.While,
    ast.ExceptHandler, ast.match_case,
)  # fmt: skip
_ONE_COMMENT = "a comment in the lines of one speaks of that command alone; CommandHandler takes a list of commands"
_IN_VARIABLES = "they are kept in variables, which may be used for more; CommandHandler takes a list of commands"
_MESSAGE = "one callback has several CommandHandlers where one takes a list of commands"


@dataclass(frozen=True, slots=True)
class _Known:
    """A registration whose commands are written in the source."""

    registration: Registration
    words: frozenset[str]
    key: tuple[str, ...]
    #: Whether the handler is registered by a variable.
    is_kept: bool = False


class MergeHandlers(Codemod):
    """See the module's docstring."""

    code = "TGF102"
    name = "merge-handlers"
    title = "Register the callback's commands as one handler"
    cost = Cost.LESS
    every_update = True
    before_20 = True
    libraries = ("python-telegram-bot",)
    needles = (b"CommandHandler",)
    options = (Option("min-handlers", int, 2, "Fewer handlers of one callback than this are left alone.", minimum=2),)
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every callback with several registrations in one block."""
        for body in _bodies(module):
            groups: dict[tuple[str, ...], list[tuple[int, _Known]]] = {}
            for index, statement in enumerate(body):
                if (known := _known(module, statement)) is not None:
                    groups.setdefault(known.key, []).append((index, known))
            for group in groups.values():
                if len(group) >= (least := self.option(module, "min-handlers")):
                    alike = [(index, known) for index, known in group if not _has_comment(module, known)]
                    yield self._finding(module, body, alike if len(alike) >= least else group)
        for handler in _in_lists(module, self.option(module, "min-handlers")):
            yield self.finding(module, handler, _MESSAGE, reason=_IN_LIST)

    def _finding(self, module: Module, body: list[ast.stmt], group: list[tuple[int, _Known]]) -> Finding:
        statement = group[0][1].registration.statement
        (start, first), *later = group
        reasons: list[str | None] = []
        if any(known.is_kept for _, known in group):
            reasons.append(_IN_VARIABLES)
        for index, known in later:
            taken = {i for i, _ in group}
            reasons += [_separates(module, body[i], known) for i in range(start + 1, index) if i not in taken]
        reasons += [_shares_line(module, known.registration.statement) for _, known in later]
        reasons += [_ONE_COMMENT for _, known in group if _has_comment(module, known)]
        if reason := next(filter(None, reasons), None):
            return self.finding(module, statement, _MESSAGE, reason=reason)
        why = (
            f"PTB asks {len(group)} handlers for each message, half a microsecond each, where one looks its commands up. Nothing "
            "between them can answer these commands, so the order makes no difference."
        )
        edits = _edits(module, body, first, [known for _, known in later])
        change = self.change(module, edits, why, verdicts=one_for_many(module, first.registration))
        return self.finding(module, statement, _MESSAGE, change=change)


def _bodies(module: Module) -> Iterator[list[ast.stmt]]:
    """Every block of statements."""
    yield module.tree.body
    for node in module.all(*_COMPOUND):
        for name in ("body", "orelse", "finalbody"):
            if isinstance(block := getattr(node, name, None), list) and block:
                yield block


def _known(module: Module, statement: ast.stmt) -> _Known | None:
    handler = _behind(module, statement)
    found = registration(module, statement, handler=handler)
    if not isinstance(found, Registration) or not isinstance(found.callback, (ast.Name, ast.Attribute)):
        return None
    words = _words(module, found)
    parts = [found.owner, found.callback, *([found.group] if found.group is not None else []), *found.options.values()]
    if words is None or is_made_anew(module, found.callback) or not all(is_constant(module, part) for part in parts):
        return None
    options = sorted(f"{name}={ast.unparse(value)}" for name, value in found.options.items())
    group = "0" if found.group is None else ast.unparse(found.group)
    key = (ast.unparse(found.owner), ast.unparse(found.callback), group, *options)
    return _Known(found, words, key, handler is not None)


def _behind(module: Module, statement: ast.stmt) -> ast.Call | None:
    """The handler in the variable that a statement registers: ``app.add_handler(start)``."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="add_handler"), args=[ast.Name(id=name) as used, *_])):
            values = [module.parent(binding.node) for binding in module.bindings(name, used)]
            if len(values) == 1 and isinstance(values[0], ast.Assign):
                return command_handler(module, values[0].value)
    return None


def _in_lists(module: Module, least: int) -> Iterator[ast.Call]:
    """The first handler of each callback that has several in a list of handlers, where the list is no conversation's."""
    for several in module.all(ast.List, ast.Tuple):
        match module.parent(several):
            case ast.Call(func=ast.Attribute(attr="add_handlers")) | ast.For():
                pass
            case ast.Assign() as assigned if _registers_list(module, assigned):
                pass
            case _:
                continue
        handlers: dict[str, list[ast.Call]] = {}
        for element in several.elts:
            if (made := command_handler(module, element)) is not None and len(made.args) > 1:
                handlers.setdefault(", ".join(map(ast.unparse, [*made.args[1:], *made.keywords])), []).append(made)
        yield from (calls[0] for calls in handlers.values() if len(calls) >= least)


def _registers_list(module: Module, assigned: ast.Assign) -> bool:
    """Whether a list that a variable holds is registered: by ``add_handlers``, or one by one in a loop."""
    names = {target.id for target in assigned.targets if isinstance(target, ast.Name)}
    calls = (call for call in module.all(ast.Call) if getattr(call.func, "attr", "") == "add_handlers")
    given = [*(call.args[0] for call in calls if call.args), *(loop.iter for loop in module.all(ast.For))]
    return any(isinstance(several, ast.Name) and several.id in names for several in given)


def _words(module: Module, found: Registration) -> frozenset[str] | None:
    try:
        value = evaluate(module, found.command)
    except NotLiteral:
        return None
    several = (
        [value] if isinstance(value, str) else list(value) if isinstance(value, (list, tuple, set, frozenset)) else []
    )
    if not several or not all(isinstance(word, str) and is_accepted(word) for word in several):
        return None
    return frozenset(word.lower() for word in several)


def _separates(module: Module, statement: ast.stmt, moved: _Known) -> str | None:
    """Why `moved` may not be registered before `statement`."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="add_handler")) as call):
            pass
        case _:
            return f"{_shortened(module, statement)} in line {statement.lineno} stands between them"
    called = [node.func for node in ast.walk(call) if isinstance(node, ast.Call) and node is not call]
    if own := next((func for func in called if not (module.resolve(func) or "").startswith("telegram.")), None):
        return f"{module.shown(own)}() in line {statement.lineno}, which may register handlers, stands between them"
    found = registration(module, statement)
    group = argument(call, 1, "group")
    mine, theirs = moved.registration.group, group
    numbers = [0 if g is None else g.value if isinstance(g, ast.Constant) else None for g in (mine, theirs)]
    if None not in numbers and numbers[0] != numbers[1]:
        return None
    if not isinstance(found, Registration) or (words := _words(module, found)) is None:
        return f"another handler of the group stands between them in line {statement.lineno}"
    if words & moved.words:
        return f"the handler in line {statement.lineno} answers one of the same commands"
    return None


def _shortened(module: Module, statement: ast.stmt) -> str:
    text = " ".join(module.segment(statement).split())
    return text if len(text) <= 40 else text[:37] + "..."


def _shares_line(module: Module, statement: ast.stmt) -> str | None:
    before, after = module.line_rest(statement)
    if before.strip() or (after.strip() and not after.lstrip().startswith("#")):
        return f"line {statement.lineno} holds more than one statement"
    return None


def _has_comment(module: Module, known: _Known) -> bool:
    """Whether a comment stands in the lines of a registration: it speaks of that one, whether to a reader or to a tool."""
    begin, behind = module.line_span(known.registration.statement)
    return any(begin <= offset < behind for offset, _ in module.comments)


def _edits(module: Module, body: list[ast.stmt], first: _Known, later: list[_Known]) -> list[Edit]:
    """One list of commands in the first registration, the others taken away; the comments above that belong to them alone are
    put above the first.
    """
    elements = [text for known in (first, *later) for text in _elements(module, known.registration.command)]
    indent = module.indent(first.registration.statement)
    edits = [_with_commands(module, first.registration, Call("", tuple(dict.fromkeys(elements))))]
    moved = ""
    gone: list[tuple[int, int]] = []
    statements = {known.registration.statement for known in later}
    for known in later:
        statement = known.registration.statement
        begin, behind = module.line_span(statement)
        if _heads_only(module, body, statement, statements):
            begin = _comments_above(module, begin)
        moved += comments_in(module, begin, behind, indent)
        if gone and gone[-1][1] == begin:
            begin = gone.pop()[0]
        gone.append((begin, behind))
    edits += [deleted_lines(module, begin, behind) for begin, behind in gone]
    if moved:
        head = module.start(first.registration.statement)
        edits.append(Edit(head, head, moved))
    return edits


def _with_commands(module: Module, found: Registration, commands: Call) -> Edit:
    """The edit that gives a registration a list of commands: in its place where the line takes it, else in a call that is wrapped anew."""
    start, end = module.span(found.command)
    line = module.line_starts[module.position(start)[0] - 1]
    behind = module.text[end : module.line_span(found.command)[1]].rstrip()
    handler = _with_argument(module, found.handler, found.command, commands)
    call = _with_argument(module, found.call, found.handler, handler)
    if fits(module, f"{commands}{behind}", module.text[line:start]) or "\n" in str(call).replace("\r", "\n"):
        return Edit(start, end, str(commands))
    return Edit(*module.span(found.call), wrapped(module, call, module.indent(found.statement)))


def _with_argument(module: Module, call: ast.Call, old: ast.expr, new: Call) -> Call:
    """A call to be written like one that stands there, with another argument in the place of one."""
    given = [new if argument is old else module.segment(argument) for argument in call.args]
    named = [f"{k.arg}={new}" if k.value is old else module.segment(k) for k in call.keywords]
    return Call(module.segment(call.func), (*given, *named))


def _heads_only(module: Module, body: list[ast.stmt], statement: ast.stmt, gone: set[ast.stmt]) -> bool:
    """Whether the comment above a statement speaks of statements that go: all up to the next empty line or comment."""
    line = module.position(module.line_span(statement)[1])[0]
    for following in body[body.index(statement) + 1 :]:
        if following.lineno != line:
            return True  # an empty line or a comment in between
        if following not in gone:
            return False
        line = module.position(module.line_span(following)[1])[0]
    return True


def _elements(module: Module, command: ast.expr) -> list[str]:
    if isinstance(command, (ast.List, ast.Tuple, ast.Set)):
        return [module.segment(element) for element in command.elts]
    text = module.segment(command)
    if isinstance(evaluate(module, command), str):
        return [text]
    closed = isinstance(command, (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.ListComp, ast.SetComp))
    return [f"*{text}" if closed else f"*({text})"]


def _comments_above(module: Module, begin: int) -> int:
    """The start of the comment lines that stand directly above the line start `begin`, or `begin`."""
    line = module.position(begin)[0]
    while line >= 2:
        start = module.line_starts[line - 2]
        if not module.text[start : module.line_starts[line - 1]].strip().startswith("#"):
            break
        begin, line = start, line - 1
    return begin
