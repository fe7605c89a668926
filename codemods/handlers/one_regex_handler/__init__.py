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
from typing import Any

from ....engine.analysis.literal import NotLiteral, evaluate
from ....engine.analysis.module import Module
from ....engine.codemod import Codemod
from ....engine.model import Change, Edit, Finding, Import
from ....engine.rewriting import support as support_code
from ....engine.rewriting.imports import name_for
from ....engine.rewriting.layout import Call, comments_in, wrapped
from ....engine.sources.config import Option
from ....engine.sources.requirements import Declarations
from ..registrations import Registration, handlers_are_read, needs_arguments, rows
from .examples import EXAMPLES
from .loops import Nest, kept_elsewhere
from .number_regex import NotExpressible, expression, is_command
from .patterns import Merged, merged_patterns
from .support import CARRIED_OVER, COMMAND_PATTERN, COMMAND_PATTERN_13, TAKEN_BY_FILTER

_MESSAGE = "one CommandHandler for each command: PTB asks all of them, one by one, for each message"
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
            inside = Nest.of_loop(module, node)
            if inside is not None:
                yield self._finding(module, node, inside)
        for statement in module.all(ast.Expr):
            found = Nest.of_comprehension(module, statement)
            if found is not None:
                yield self._finding(module, statement, found)

        for comprehension in module.all(ast.ListComp):
            if reason := kept_elsewhere(module, comprehension):
                yield self.finding(module, comprehension, _MESSAGE, reason=reason)
        for loop in module.all(ast.For):
            result = merged_patterns(module, loop, self.option(module, "min-handlers"))
            if isinstance(result, Merged):
                change = self.change(
                    module, result.edits, result.why, title="Register the patterns as one event handler"
                )
                yield self.finding(module, loop, _TELETHON_MESSAGE, change=change)
            elif result:
                yield self.finding(module, loop, _TELETHON_MESSAGE, reason=result)

    def _finding(self, module: Module, node: ast.stmt, nest: Nest) -> Finding:
        result = nest.reason or self._rewritten(module, node, nest)
        if isinstance(result, str):
            return self.finding(module, node, _MESSAGE, reason=result)
        return self.finding(module, node, _MESSAGE, change=result)

    def _rewritten(self, module: Module, node: ast.stmt, nest: Nest) -> Change | str:
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
        old = _is_before_20(module)
        if old and not _requires_13(module):
            return "python-telegram-bot 12 has no class for such a filter, and the project does not require 13"
        helper = COMMAND_PATTERN_13 if old else COMMAND_PATTERN
        placement = support_code.place(module, helper)
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
        self, module: Module, node: ast.stmt, nest: Nest, found: Registration, reason: str, kept: list[str]
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


def _requires_13(module: Module) -> bool:
    release = Declarations.of(module.project).at(module.path).oldest("python-telegram-bot")
    return release is not None and release.partition(".")[0] == "13"


def _is_before_20(module: Module) -> bool:
    """Whether the file is written for python-telegram-bot 12 or 13: `Filters`, `Updater.dispatcher`, `ParseMode` of
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
