"""Delete up to a hundred messages with one request.

## What it does
Rewrites loops that delete the messages of one chat, and do nothing else: `async for message in client.iter_messages(chat): await
message.delete()` and `for number in numbers: await client.delete_messages(chat, number)` (Telethon), and `for number in numbers: await
bot.delete_message(chat, number)` (python-telegram-bot 20.8 and newer). With Telethon they become one call of `delete_messages()`, which
takes parts of 100 by itself. With python-telegram-bot, or where the loop swallows errors, it is a call of a helper, a dozen lines that are
yours: it deletes parts of 100, and one by one what Telegram refuses as a part. What the loop swallowed is swallowed still; after a flood
wait it sends nothing more, where a loop that swallows errors sends the rest into it.

## Why it is slow
One request of 40 to 100 ms for each message: 100 messages take 4 to 10 seconds, and count a hundred times for Telegram's limits, where one
request does. The requests were counted with scripted servers.

## When it is safe
Never claimed. Telegram answers for a part and not for each message (`errors`): the Bot API's `deleteMessages` skips messages that
are gone, and refuses a part with one that may not be deleted, which is then deleted message by message. Messages that are looked for
are deleted when all are found, so that fewer are gone when the bot is stopped meanwhile (`interruption`). Telethon sends the parts of a
list side by side, and waits out no flood wait among several.

## When it leaves code alone
Loops that count, log or stop, since what they say of each message would be lost; loops over several chats or over a few messages that stand
there or in every call; a bare `except`; and projects that ask for a python-telegram-bot before 20.8.

## References
- https://docs.telethon.dev/en/stable/modules/client.html#telethon.client.messages.MessageMethods.delete_messages
- https://core.telegram.org/bots/api#deletemessages
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.module import Module
from ....engine.codemod import Codemod, replace
from ....engine.model import Assumption, Change, Finding, Hazard, Verdict
from ....engine.proofs import identity
from ....engine.proofs.environment import needs_package
from ....engine.rewriting.layout import fits, line_length
from ....engine.rewriting.support import Placement, place
from ....engine.rewriting.wrapping import broken
from ....engine.sources.requirements import Declarations
from .. import REQUEST_TIME
from .examples import EXAMPLES
from .loops import Deleting, deleting
from .support import PTB, TELETHON

#: `Bot.delete_messages` came with it: https://docs.python-telegram-bot.org/en/stable/telegram.bot.html
_SINCE = "20.8"


class DeleteInBulk(Codemod):
    """See the module's docstring."""

    code = "TGF602"
    name = "delete-in-bulk"
    title = "Delete up to a hundred messages with one request"
    cost = REQUEST_TIME
    libraries = ("telethon", "python-telegram-bot")
    needles = (b"delete",)
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every loop that deletes messages of one chat."""
        for loop in module.all(ast.For, ast.AsyncFor):
            found = deleting(module, loop)
            if found is None:
                continue
            message = "each message is deleted by a request of its own"
            change = found if isinstance(found, str) else self._change(module, found)
            yield self.settled(module, loop, message, change)

    def _change(self, module: Module, found: Deleting) -> Change | str:
        """The call of a helper in the place of a loop, or why it stays."""
        if found.is_ptb and (reason := _too_old(module)):
            return reason
        if found.takes_a_list:
            call, placed = f"{module.segment(found.owner)}.delete_messages", Placement("")
        else:
            helper = place(module, PTB if found.is_ptb else TELETHON)
            if isinstance(helper, str):
                return helper
            call, placed = helper.name, helper
        text = _written(module, found, call)
        why = "One request of 40 to 100 ms for up to 100 messages, in place of one for each. A flood wait ends it."
        return self.change(
            module, [replace(module, found.loop, text)], why, verdicts=_verdicts(module, found), imports=placed.imports,
            helpers=placed.helpers, others=placed.others,
        )  # fmt: skip


def _too_old(module: Module) -> str | None:
    """Why the release of python-telegram-bot that a project asks for has no request for many messages."""
    older = Declarations.of(module.project).at(module.path).keeps_below("python-telegram-bot", _SINCE)
    if older is None:
        return None
    return f"{older.path.name} asks for a python-telegram-bot older than {_SINCE}, which deletes one message at a time"


def _written(module: Module, found: Deleting, call: str) -> str:
    """The call of the client's method or of the helper, on one line where it fits."""
    given = [found.chat, found.messages]
    if not found.takes_a_list:
        given = [module.segment(found.owner), *given, *([found.errors] if found.errors else [])]
    elif not isinstance(
        ast.parse(found.messages, mode="eval").body, ast.ListComp
    ):  # what is no list counts as a single message
        is_taken = module.scope(found.loop).find("list") is not None
        given[1] = f"[one for one in {found.messages}]" if is_taken else f"list({found.messages})"
    head, indent = f"await {call}(", module.indent(found.loop)
    text = f"{head}{', '.join(given)})"
    if fits(module, text, indent):
        return text
    return broken(text, len(head) - 1, indent, module.unit_behind(indent), line_length(module))


def _verdicts(module: Module, found: Deleting) -> list[Verdict]:
    line = found.loop.lineno
    methods = ("delete_message", "delete_messages") if found.is_ptb else ("delete_messages",)
    sentence = "Telegram deletes messages at once where it would delete each of them, and a flood wait ends it"
    if found.takes_a_list:
        sentence = (
            "a message that Telegram refuses keeps its hundred from being deleted; more than 100 go side by side, and a flood wait "
            "among them ends in a `MultiError`"
        )
    verdicts: list[Verdict] = [
        Assumption(Hazard.ERRORS, sentence, module.path, line),
        identity.is_librarys(module, found.owner, *methods),
    ]
    if isinstance(found.loop, ast.AsyncFor):
        sentence = "messages need not be gone yet while others are looked for"
        verdicts.append(Assumption(Hazard.INTERRUPTION, sentence, module.path, line))
    if found.is_ptb:
        verdicts.append(needs_package(module.project, f"python-telegram-bot>={_SINCE}", module.path).verdict)
    return verdicts
