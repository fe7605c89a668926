"""Register thousands of commands as one handler instead of one handler each.

## What it does
A loop that registers one `CommandHandler` for each of many command names, all with the same callback, becomes one
handler: a `MessageHandler` whose filter matches exactly those names by a regular expression, or one `CommandHandler`
with the list of names, wherever somebody might notice that it is no CommandHandler any more. Telethon's loops over
`add_event_handler` with anchored patterns become one event handler with one pattern.

## Why it is slow
python-telegram-bot asks its handlers one after the other. With 10,000 of them a command at the end costs 6.4 ms of
blocked event loop and a plain text message 1.5 ms, each time; with one handler about 4 µs. It also saves about 3 MB.

## When it is safe
The names can be worked out from the source and nothing in the project changes them, the callback and all other
arguments are the same in each pass, and the loop does nothing else. Dispatch is the same for every update: the command
stands at the beginning, in any case, addressed to nobody or to this bot, in a new or edited message (`filters.Regex`
alone gets most of these wrong). And nobody in the project sees that there is one handler: nobody reads `handlers` or
`commands`, takes one away, or has an `add_handler` of his own, and no test
loads the file, which might count the calls. For the regular expression, nobody misses
`context.args`, which only a CommandHandler sets: neither the callback nor what it hands its context to reads it, and
where there are several groups or an own context class, nobody does. The filter class that knows Telegram's rules,
`CommandPattern`, becomes part of the project. (Both forms take about a microsecond for a command; the list a little
less.)

## When it leaves code alone
Each command has its own callback (a table of commands), the callback is a lambda or closure over the loop variable,
the group depends on the loop, the names are known only when the bot runs, the loop does anything else (a retry loop),
the handlers belong to a ConversationHandler, or there are fewer than `min-handlers`. Loops of `while`, lists of handlers,
`map()`, functions that register the name they are given and are called in a loop, filters by regular expressions, and the decorators
of Telethon, Pyrogram and aiogram in loops are reported, with what makes one handler of them.

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
from ....engine.analysis.scope import COMPREHENSIONS
from ....engine.codemod import Codemod
from ....engine.model import Change, Cost, Edit, Finding, Import, Safety
from ....engine.rewriting import support as support_code
from ....engine.rewriting.imports import name_for
from ....engine.rewriting.layout import Call, comments_in, wrapped
from ....engine.sources.config import Option
from ..registrations import Registration, is_accepted, rows
from ..verdicts import arguments_unseen, one_for_many
from .examples import EXAMPLES
from .loops import Nest, kept_elsewhere, kept_variables
from .number_regex import NotExpressible, expression, is_command
from .patterns import Merged, merged_patterns
from .support import CARRIED_OVER, TAKEN_BY_FILTER, filter_class
from .unmerged import MESSAGE, unmerged

_MESSAGE = "one CommandHandler for each command: PTB asks all of them, one by one, for each message"
_TELETHON_MESSAGE = "one event handler for each pattern: Telethon tries all of them, one by one, for each message"


class OneRegexHandler(Codemod):
    """See the module's docstring."""

    code = "TGF101"
    name = "one-regex-handler"
    title = "Register the commands as one handler"
    cost = Cost.LESS
    every_update = True
    before_20 = True
    libraries = ("python-telegram-bot", "telethon")
    reported = ("aiogram", "pyrogram", "pyTelegramBotAPI")
    needles = (
        b"CommandHandler",
        b"add_event_handler",
        b"MessageHandler",
        b"NewMessage",
        b"filters.",
        b"Command(",
        b"F.text ==",
        b"commands=",
    )
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
        for alone in module.all(ast.Expr):
            found = Nest.of_comprehension(module, alone)
            if found is not None:
                yield self._finding(module, alone, found)

        for comprehension in module.all(*COMPREHENSIONS):
            if reason := kept_elsewhere(module, comprehension):
                yield self.finding(module, comprehension, _MESSAGE, reason=reason)
        for loop in module.all(ast.For):
            result = merged_patterns(module, loop, self.option(module, "min-handlers"))
            if isinstance(result, Merged):
                change = self.change(
                    module,
                    result.edits,
                    result.why,
                    title="Register the patterns as one event handler",
                    verdicts=result.verdicts,
                )
                yield self.finding(module, loop, _TELETHON_MESSAGE, change=change)
            elif result:
                yield self.finding(module, loop, _TELETHON_MESSAGE, reason=result)
        for statement, reason in unmerged(module, self.option(module, "min-handlers")):
            yield self.finding(module, statement, MESSAGE, reason=reason)

    def _finding(self, module: Module, node: ast.stmt, nest: Nest) -> Finding:
        forms = nest.reason or self._forms(module, node, nest)
        if isinstance(forms, str):
            return self.finding(module, node, _MESSAGE, reason=forms)
        return self.finding(module, node, _MESSAGE, change=forms[0], alternatives=tuple(forms[1:]))

    def _forms(self, module: Module, node: ast.stmt, nest: Nest) -> list[Change] | str:
        """The changes, the best first, or the reason why there is none."""
        found = nest.registration
        assert found is not None, "a nest without a registration has a reason"
        known = _known(module, nest)
        if isinstance(known, str):
            return known
        words, last = known
        least = self.option(module, "min-handlers")
        if len(words) < least:
            return f"{len(words)} handlers are fewer than it is worth (option min-handlers is {least})"
        kept = kept_variables(module, node, nest.names, last)
        if kept is None:
            return "the loop's variables are used after the loop"
        listed = self._as_commands(module, node, nest, found, kept)
        if self.option(module, "style") != "regex":
            return [listed]
        regex = self._as_regex(module, node, found, words, kept)
        if regex is None:
            return [listed]
        return [regex] if regex.safety is Safety.SAFE else [listed, regex]

    # The two styles

    def _as_regex(
        self, module: Module, node: ast.stmt, found: Registration, words: list[str], kept: list[str]
    ) -> Change | None:
        """The change to one MessageHandler; None where only a CommandHandler does what is asked, or no expression is short."""
        helper = filter_class(module, found.callback)
        if helper is None or not all(map(is_command, words)) or set(found.options) - CARRIED_OVER - TAKEN_BY_FILTER:
            return None
        try:
            pattern = expression(word.lower() for word in words)
        except NotExpressible:
            return None
        placement = support_code.place(module, helper)
        if isinstance(placement, str):
            return None
        handler, imports = _message_handler(module, found.handler)
        arguments = [f'r"{pattern}"']
        if "filters" in found.options:
            arguments.append(f"filters={module.segment(found.options['filters'])}")
        carried = [f"{k}={module.segment(v)}" for k, v in found.options.items() if k in CARRIED_OVER]
        inner = Call(handler, (Call(placement.name, tuple(arguments)), module.segment(found.callback), *carried))
        why = (
            f"PTB asks {len(words):,} handlers one by one for each message; one handler with a regular expression answers at once. "
            "It matches exactly these commands, as CommandHandler does."
        )
        verdicts = one_for_many(module, found, another_kind=True) + arguments_unseen(module, found.callback)
        return self.change(
            module, [_statement(module, node, found, inner, kept)], why, verdicts=verdicts, imports=(*imports, *placement.imports),
            helpers=placement.helpers, others=placement.others, style="regex",
        )  # fmt: skip

    @staticmethod
    def _of_names(module: Module, nest: Nest, found: Registration) -> Call:
        """One CommandHandler with a list or comprehension of names."""
        names = nest.comprehension(module, found)
        further = [f"{k}={module.segment(v)}" for k, v in found.options.items()]
        return Call(module.segment(found.handler.func), (names, module.segment(found.callback), *further))

    def _as_commands(self, module: Module, node: ast.stmt, nest: Nest, found: Registration, kept: list[str]) -> Change:
        """The change to one CommandHandler with a list or comprehension of names."""
        inner = self._of_names(module, nest, found)
        why = "PTB asks its handlers one by one for each message; one CommandHandler that knows all the names looks them up at once."
        edit = _statement(module, node, found, inner, kept)
        return self.change(module, [edit], why, verdicts=one_for_many(module, found), style="commands")


def _known(module: Module, nest: Nest) -> tuple[list[str], dict[str, Any]] | str:
    """The commands of a registration in a loop and the variables of its last pass, or why it cannot come out of the loop."""
    found = nest.registration
    assert found is not None, "a nest without a registration has a reason"
    if refusal := nest.refusal(module):
        return refusal
    try:
        table = list(rows(module, nest.steps))
        words = [_word(module, found, names) for names in table]
    except NotLiteral as error:
        return f"the commands are not written in the source: {error}"
    if refused := next((word for word in words if not is_accepted(word)), None):
        return f"python-telegram-bot refuses {refused!r} as a command"
    return words, table[-1] if table else {}


def _word(module: Module, found: Registration, names: dict[str, Any]) -> str:
    """A command's name.

    Raises:
        NotLiteral: it is known only when the bot runs, or no text.
    """
    value = evaluate(module, found.command, names)
    if not isinstance(value, str):
        raise NotLiteral("a command is no text")
    return value


def _message_handler(module: Module, handler: ast.Call) -> tuple[str, tuple[Import, ...]]:
    """How this file can write MessageHandler: beside an attribute chain as one, else imported."""
    if isinstance(handler.func, ast.Attribute):
        return f"{module.segment(handler.func.value)}.MessageHandler", ()
    return name_for(module, Import("telegram.ext", "MessageHandler"), handler)


def _statement(module: Module, node: ast.stmt, found: Registration, handler: Call, kept: list[str]) -> Edit:
    """The edit that puts one registration in the place of the loop, its comments above it, `kept` assignments below
    it.
    """
    indent = module.indent(node)
    start, end = module.span(node)
    lines = [_registering(module, node, found, handler), *kept]
    return Edit(start, end, comments_in(module, start, end, indent) + f"\n{indent}".join(lines))


def _registering(module: Module, node: ast.stmt, found: Registration, handler: Call) -> str:
    """The call that registers a handler, in the place of a loop."""
    group = () if found.group is None else (f"group={module.segment(found.group)}",)
    return wrapped(module, Call(f"{module.segment(found.owner)}.add_handler", (handler, *group)), module.indent(node))
