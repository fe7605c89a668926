"""Register thousands of commands as one handler instead of one handler each.

## What it does
A loop that registers one `CommandHandler` for each of many command names, all with the same callback, becomes one
handler: a `MessageHandler` whose filter matches exactly those names by a regular expression, or, where the callback
needs `context.args` or no short expression exists, one `CommandHandler` with the list of names. Telethon's loops over
`add_event_handler` with anchored patterns become one event handler with one pattern.

## Why it is slow
python-telegram-bot asks its handlers one after the other. With 10,000 of them a command at the end costs 6.4 ms of
blocked event loop and a plain text message 1.5 ms, each time; with one handler about 4 µs. It also saves about 3 MB.

## When it is safe
The names can be worked out from the source, the callback and all other arguments are the same in each pass, and the
loop does nothing else. Dispatch is the same for every update: the command stands at the beginning, in any case,
addressed to nobody or to this bot, in a new or edited message (`filters.Regex` alone gets most of these wrong). The
small filter class that knows this, `CommandPattern`, becomes part of the project.

## When it leaves code alone
Each command has its own callback (a table of commands), the callback is a lambda or closure over the loop variable,
the group depends on the loop, the names are known only when the bot runs, the loop does anything else (a retry loop),
the handlers belong to a ConversationHandler, or there are fewer than `min-handlers`.

## References
- https://docs.python-telegram-bot.org/en/stable/telegram.ext.commandhandler.html
- https://docs.python-telegram-bot.org/en/stable/telegram.ext.application.html#telegram.ext.Application.process_update
- https://docs.telethon.dev/en/stable/modules/events.html#telethon.events.newmessage.NewMessage
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..engine import support
from ..engine.codemod import Codemod, Option
from ..engine.imports import name_for
from ..engine.layout import Call, comments_in, wrapped
from ..engine.literal import NotLiteral, evaluate
from ..engine.model import Change, Edit, Finding, Import
from ..engine.module import Module
from ..engine.scope import Binding
from ._command_regex import NotExpressible, expression, is_command
from ._command_support import CARRIED_OVER, COMMAND_PATTERN, COMMAND_PATTERN_13, TAKEN_BY_FILTER
from ._examples_one_regex_handler import EXAMPLES
from ._merged_patterns import Merged, merged_patterns
from ._registrations import (
    Loop,
    Registration,
    command_handler,
    handlers_are_read,
    is_constant,
    mentions,
    needs_arguments,
    registration,
    rows,
    target_names,
)

_TELETHON_MESSAGE = "one event handler for each pattern: Telethon tries all of them, one by one, for each message"


class OneRegexHandler(Codemod):
    """See the module's docstring."""

    code = "TGF101"
    name = "one-regex-handler"
    title = "Register the commands as one handler"
    libraries = ("python-telegram-bot", "telethon")
    needles = (b"CommandHandler", b"add_event_handler")
    options = (
        Option(
            "style",
            str,
            "regex",
            "One handler with a regular expression, or with a list of commands.",
            ("regex", "commands"),
        ),
        Option("min-handlers", int, 3, "Fewer handlers than this are left alone.", minimum=2),
    )
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every loop or comprehension that registers command handlers."""
        for node in module.all(ast.For):
            inside = _Nest.of_loop(module, node)
            if inside is not None:
                yield self._finding(module, node, inside)
        for statement in module.all(ast.Expr):
            found = _Nest.of_comprehension(module, statement)
            if found is not None:
                yield self._finding(module, statement, found)

        for loop in module.all(ast.For):
            result = merged_patterns(module, loop, self.option(module, "min-handlers"))
            if isinstance(result, Merged):
                change = self.change(
                    module, result.edits, result.why, title="Register the patterns as one event handler"
                )
                yield module.finding(self, loop, _TELETHON_MESSAGE, change=change)
            elif result:
                yield module.finding(self, loop, _TELETHON_MESSAGE, reason=result)

    def _finding(self, module: Module, node: ast.stmt, nest: _Nest) -> Finding:
        message = "one CommandHandler for each command: PTB asks all of them, one by one, for each message"
        result = nest.reason or self._rewritten(module, node, nest)
        if isinstance(result, str):
            return module.finding(self, node, message, reason=result)
        return module.finding(self, node, message, change=result)

    def _rewritten(self, module: Module, node: ast.stmt, nest: _Nest) -> Change | str:
        """The change, or the reason why there is none."""
        found = nest.registration
        assert found is not None, "a nest without a registration has a reason"
        if refusal := nest.refusal(module):
            return refusal
        try:
            table = list(rows(module, nest.loops, nest.temporaries))
            words = _words(module, found, table)
        except NotLiteral as error:
            return f"the commands are not written in the source: {error}"
        if reader := handlers_are_read(module):
            return reader
        least = self.option(module, "min-handlers")
        if len(table) < least:
            return f"{len(table)} handlers are fewer than it is worth (option min-handlers is {least})"
        kept = nest.kept_variables(module, node, table[-1])
        if kept is None:
            return "the loop's variables are used after the loop"
        regex = self._as_regex(module, node, found, words, kept) if not nest.conditions else "it has a condition"
        return regex if isinstance(regex, Change) else self._as_commands(module, node, nest, found, regex, kept)

    # The two styles

    def _as_regex(
        self, module: Module, node: ast.stmt, found: Registration, words: list[str], kept: list[str]
    ) -> Change | str:
        """The change to one MessageHandler, or why a CommandHandler has to stay."""
        if self.option(module, "style") != "regex":
            return "the option style asks for it"
        if not all(is_command(word) for word in words):
            return "a name among them is no command that Telegram knows"
        if extra := set(found.options) - CARRIED_OVER - TAKEN_BY_FILTER:
            return f"only a CommandHandler takes {sorted(extra)[0]}="
        if reason := needs_arguments(module, found.callback):
            return reason
        try:
            pattern = expression(word.lower() for word in words)
        except NotExpressible as error:
            return f"there is no short expression for them ({error})"
        helper = COMMAND_PATTERN_13 if _is_version_13(module) else COMMAND_PATTERN
        placement = support.place(module, helper)
        if isinstance(placement, str):
            return placement
        handler, imports = _sibling(module, found.handler, "MessageHandler")
        arguments = [f'r"{pattern}"']
        if "filters" in found.options:
            arguments.append(f"filters={module.segment(found.options['filters'])}")
        carried = [f"{k}={module.segment(v)}" for k, v in found.options.items() if k in CARRIED_OVER]
        inner = Call(handler, (Call(placement.name, tuple(arguments)), module.segment(found.callback), *carried))
        why = (
            f"PTB asks {len(words):,} handlers one by one for each message; one handler with a regular expression answers at once. "
            "It matches exactly these commands, as CommandHandler does."
        )
        return self.change(
            module, [_statement(module, node, found, inner, kept)], why, imports=(*imports, *placement.imports),
            helpers=placement.helpers, others=placement.others, style="regex",
        )  # fmt: skip

    def _as_commands(
        self, module: Module, node: ast.stmt, nest: _Nest, found: Registration, reason: str, kept: list[str]
    ) -> Change:
        """The change to one CommandHandler with a comprehension of names."""
        names = nest.comprehension(module, found)
        further = [f"{k}={module.segment(v)}" for k, v in found.options.items()]
        inner = Call(module.segment(found.handler.func), (names, module.segment(found.callback), *further))
        why = (
            "PTB asks its handlers one by one for each message; one CommandHandler that knows all the names looks them up at "
            f"once. It stays a CommandHandler because {reason}."
        )
        return self.change(module, [_statement(module, node, found, inner, kept)], why, style="commands")


@dataclass(frozen=True, slots=True)
class _Nest:
    """The loops around one registration, and what stands between them."""

    loops: tuple[Loop, ...]
    temporaries: tuple[tuple[str, ast.expr], ...] = ()
    registration: Registration | None = None
    reason: str | None = None

    @classmethod
    def of_loop(cls, module: Module, node: ast.For) -> _Nest | None:
        """The outermost loop of a nest; None where it registers no command handlers or is an inner one."""
        if not any(_registers(module, child) for statement in node.body for child in _here(statement)):
            return None
        outer = module.parent(node)
        if isinstance(outer, ast.For) and node in outer.body:
            return None
        loops: list[Loop] = []
        temporaries: list[tuple[str, ast.expr]] = []
        current: ast.stmt = node
        while isinstance(current, ast.For):
            loops.append(Loop(current.target, current.iter))
            if current.orelse:
                return cls((), reason="the loop has an else")
            *before, last = current.body
            for statement in before:
                match statement:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        temporaries.append((name, value))
                    case _:
                        return cls((), reason=_what_else(module, node))
            current = last
        found = registration(module, current)
        if not isinstance(found, Registration):
            return cls((), reason=found or _what_else(module, node))
        return cls(tuple(loops), tuple(temporaries), found)

    @classmethod
    def of_comprehension(cls, module: Module, statement: ast.Expr) -> _Nest | None:
        """A comprehension of command handlers handed to `add_handlers`."""
        found = registration(module, statement, "add_handlers")
        if found is None:
            return None
        if isinstance(found, str):
            return cls((), reason=found)
        comprehension = next(a for a in module.ancestors(found.handler) if isinstance(a, ast.ListComp))
        loops = tuple(Loop(g.target, g.iter, tuple(g.ifs)) for g in comprehension.generators)
        return cls(loops, (), found)

    @property
    def conditions(self) -> bool:
        """Whether a comprehension leaves some of its items out."""
        return any(loop.conditions for loop in self.loops)

    @property
    def names(self) -> set[str]:
        """All names that differ from pass to pass."""
        return {n for loop in self.loops for n in target_names(loop.target)} | {name for name, _ in self.temporaries}

    def refusal(self, module: Module) -> str | None:
        """Why the registrations cannot be one: something differs from pass to pass, or cannot be moved."""
        found = self.registration
        assert found is not None
        names = self.names
        if mentions(found.command, names) is None:
            return "the command does not depend on the loop, so the loop is there for something else (a retry?)"
        if mentions(found.owner, names):
            return "the handlers go to different applications"
        if varies := mentions(found.callback, names):
            closure = not isinstance(found.callback, (ast.Name, ast.Attribute))
            return f"the callback depends on {varies}" if closure else "each command has a callback of its own"
        if not isinstance(found.callback, (ast.Name, ast.Attribute)):
            return "the callback is made anew in each pass"
        if found.group is not None and (mentions(found.group, names) or not is_constant(module, found.group)):
            return "the group differs from command to command, and a command may have handlers in several groups"
        for option, value in found.options.items():
            if mentions(value, names) or not is_constant(module, value):
                return f"{option}= differs from command to command"
        if module.scope(found.statement).kind == "class":
            return "it stands in a class body, whose names a comprehension cannot see"
        if any(
            isinstance(n, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr))
            for _, t in self.temporaries
            for n in ast.walk(t)
        ):
            return "the loop awaits or yields"
        return None

    def kept_variables(self, module: Module, node: ast.stmt, last: dict[str, Any]) -> list[str] | None:
        """Assignments of the loop's variables, as it leaves them, for those that are read after it; None where they
        cannot be written.
        """
        if not isinstance(node, ast.For):
            return []  # a comprehension's variables are its own
        kept = []
        for name in sorted(self.names):
            if self._is_read_outside(module, node, name):
                if not isinstance(last[name], (int, str)):
                    return None
                kept.append(f"{name} = {last[name]!r}")
        return kept

    @staticmethod
    def _is_read_outside(module: Module, node: ast.stmt, name: str) -> bool:
        start, end = module.span(node)
        home = module.scope(node).find(name)
        if home is None:
            return False
        outside = [use for use in module.uses(name, home) if not start <= module.start(use) < end]
        bound = [b for b in home.bindings[name] if not start <= module.start(b.node) < end]
        if not bound:
            return bool(outside) or (home.kind == "module" and module.project.imports_from(module.path, name))
        return any(module.start(u) >= end or module.scope(u) is not home for u in outside) and not _bound_again(
            module, bound, end, outside
        )

    def comprehension(self, module: Module, found: Registration) -> str:
        """The names as a list comprehension, spelled with the source's own expressions."""
        element, clauses = found.command, [self._clause(module, loop) for loop in self.loops]
        values = dict(self.temporaries)
        used = [
            name
            for name, _ in self.temporaries
            if mentions(element, {name}) or any(mentions(v, {name}) for v in values.values())
        ]
        if isinstance(element, ast.Name) and used == [element.id]:
            element = values[element.id]
        else:
            clauses += [f"for {name} in [{module.segment(values[name])}]" for name in used]
        only = self.loops[0]
        if len(self.loops) == 1 and clauses == [self._clause(module, only)] and not only.conditions:
            if isinstance(element, ast.Name) and isinstance(only.target, ast.Name) and element.id == only.target.id:
                if isinstance(only.iterable, (ast.List, ast.Tuple)):
                    return f"[{', '.join(module.segment(e) for e in only.iterable.elts)}]"
        return f"[{module.segment(element)} {' '.join(clauses)}]"

    @staticmethod
    def _clause(module: Module, loop: Loop) -> str:
        conditions = "".join(f" if {module.segment(condition)}" for condition in loop.conditions)
        return f"for {module.segment(loop.target)} in {module.segment(loop.iterable)}{conditions}"


def _bound_again(module: Module, bindings: list[Binding], end: int, uses: list[ast.Name]) -> bool:
    """Whether each use behind the loop has a binding in front of it that stands behind the loop as well."""
    starts = [module.start(b.node) for b in bindings if module.start(b.node) >= end]
    return all(any(start <= module.start(use) for start in starts) for use in uses if module.start(use) >= end)


def _registers(module: Module, node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="add_handler"), args=[first, *_]):
            return command_handler(module, first) is not None
        case ast.Call(func=ast.Attribute(attr="add_handler"), keywords=keywords):
            return any(k.arg == "handler" and command_handler(module, k.value) for k in keywords)
    return False


def _here(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement, nested functions left out."""
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        yield node
        stack.extend(ast.iter_child_nodes(node))


def _what_else(module: Module, loop: ast.For) -> str:
    names = set(target_names(loop.target))
    registered = [n for s in loop.body for n in _here(s) if _registers(module, n)]
    if not any(mentions(node, names) for node in registered):
        return "the registration does not depend on the loop, so the loop is there for something else (a retry?)"
    return "the loop does more than register one handler for each command"


def _words(module: Module, found: Registration, table: list[dict[str, Any]]) -> list[str]:
    """All command names, in order.

    Raises:
        NotLiteral: a name is no text.
    """
    words: list[str] = []
    for names in table:
        value = evaluate(module, found.command, names)
        several = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
        if not all(isinstance(word, str) for word in several):
            raise NotLiteral("a command is no text")
        words += several
    return words


def _is_version_13(module: Module) -> bool:
    """Whether the file is written for python-telegram-bot 13: `Filters`, `Updater.dispatcher`, `ParseMode` of
    telegram.
    """
    names = {b.qualified for bound in module.names.root.bindings.values() for b in bound}
    old = {
        "telegram.ext.Filters",
        "telegram.ext.Dispatcher",
        "telegram.ext.Updater",
        "telegram.ParseMode",
        "telegram.ext.CallbackContext",
    }
    new = {
        "telegram.ext.Application",
        "telegram.ext.ApplicationBuilder",
        "telegram.ext.ContextTypes",
        "telegram.ext.filters",
    }
    if names & new:
        return False
    return bool(names & old) or not any(module.all(ast.AsyncFunctionDef))


def _sibling(module: Module, handler: ast.Call, name: str) -> tuple[str, tuple[Import, ...]]:
    """How this file can write another class of telegram.ext: beside an attribute chain as one, else imported."""
    if isinstance(handler.func, ast.Attribute):
        return f"{module.segment(handler.func.value)}.{name}", ()
    return name_for(module, Import("telegram.ext", name), handler)


def _statement(module: Module, node: ast.stmt, found: Registration, handler: Call, kept: list[str]) -> Edit:
    """The edit that puts one registration in the place of the loop, its comments above it, `kept` assignments below
    it.
    """
    indent = module.indent(node)
    group = () if found.group is None else (f"group={module.segment(found.group)}",)
    call = Call(f"{module.segment(found.owner)}.add_handler", (handler, *group))
    start, end = module.span(node)
    lines = [wrapped(module, call, indent), *kept]
    return Edit(start, end, comments_in(module, start, end, indent) + f"\n{indent}".join(lines))
