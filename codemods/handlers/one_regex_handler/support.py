"""The filter that lets one MessageHandler stand for many CommandHandlers, as source text for a bot to own.

The filter repeats what `CommandHandler.check_update` does, step by step, with a pattern in place of its set of names.
That method is the same in python-telegram-bot 20.6 and 22.8; in 13, `filters=` narrows the default and does not replace
it. A filter cannot give `context.args`; so `has_args=` and version 13's `pass_args=` stay with CommandHandler.
"""

from __future__ import annotations

import ast

from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....engine.model import Helper, Import
from ....engine.sources.requirements import Declarations

#: The keyword arguments of CommandHandler that mean the same on MessageHandler.
CARRIED_OVER = frozenset(
    {"block", "pass_chat_data", "pass_job_queue", "pass_update_queue", "pass_user_data", "run_async"}
)
#: The keyword arguments of CommandHandler that the filter takes.
TAKEN_BY_FILTER = frozenset({"filters"})

#: For python-telegram-bot 20.0 and newer.
COMMAND_PATTERN = Helper(
    name="CommandPattern",
    imports=(
        Import("re"),
        Import("telegram", "Update"),
        Import("telegram.ext.filters", "BaseFilter"),
        Import("telegram.ext.filters", "UpdateType"),
    ),
    source='''\
class CommandPattern(BaseFilter):
    """Commands whose whole name matches a pattern, as CommandHandler finds them; for use in a MessageHandler.

    The command stands at the start of the text, in any case, without an @username or with that of this bot. Only new
    and edited messages count, unless `filters` says otherwise. Unlike CommandHandler it leaves `context.args` alone.
    """

    def __init__(self, pattern: str, filters: "BaseFilter | None" = None) -> None:
        super().__init__(name=f"CommandPattern({pattern})")
        self.pattern = re.compile(pattern)
        self.filters = UpdateType.MESSAGES if filters is None else filters

    def check_update(self, update: Update) -> "bool | dict[str, list[object]] | None":
        message = update.effective_message
        if not message or not message.text or not message.entities:
            return False
        entity = message.entities[0]
        if entity.type != "bot_command" or entity.offset != 0:
            return False
        username = message.get_bot().username
        name, addressee = (message.text[1 : entity.length].split("@") + [username])[:2]
        if addressee.lower() != username.lower():
            return False
        if not self.pattern.fullmatch(name.lower()):
            return False
        return self.filters.check_update(update)
''',
)

#: For python-telegram-bot 13; older ones have no `UpdateFilter`.
COMMAND_PATTERN_13 = Helper(
    name="CommandPattern",
    imports=(
        Import("re"),
        Import("telegram", "Update"),
        Import("telegram.ext", "BaseFilter"),
        Import("telegram.ext", "Filters"),
        Import("telegram.ext", "UpdateFilter"),
    ),
    source='''\
class CommandPattern(UpdateFilter):
    """Commands whose whole name matches a pattern, as CommandHandler finds them; for use in a MessageHandler.

    The command stands at the start of the text, in any case, without an @username or with that of this bot. Only new
    and edited messages that `filters` lets through count. Unlike CommandHandler it leaves `context.args` alone.
    """

    data_filter = True  # what `filters` finds goes to the context

    def __init__(self, pattern: str, filters: "BaseFilter | None" = None) -> None:
        self.pattern = re.compile(pattern)
        self.filters = Filters.update.messages & filters if filters else Filters.update.messages

    def filter(self, update: Update) -> "bool | dict | None":
        message = update.effective_message
        if not message or not message.text or not message.entities:
            return False
        entity = message.entities[0]
        if entity.type != "bot_command" or entity.offset != 0:
            return False
        username = message.bot.username
        name, addressee = (message.text[1 : entity.length].split("@") + [username])[:2]
        if addressee.lower() != username.lower():
            return False
        if not self.pattern.fullmatch(name.lower()):
            return False
        return self.filters(update)
''',
)


def filter_class(module: Module, callback: ast.expr) -> Helper | None:
    """The filter for the release that the file is written for, as far as it shows: `filters` and coroutines as callbacks came
    with 20, `Filters` went; 12 has no class for such a filter.
    """
    names = {b.qualified for bound in module.names.root.bindings.values() for b in bound}
    found = module.project.fact(Resolver).definition(module, callback)
    if names & _SINCE_20 or (found and isinstance(found[1], ast.AsyncFunctionDef)):
        return COMMAND_PATTERN
    release = Declarations.of(module.project).at(module.path).oldest("python-telegram-bot")
    if names & _BEFORE_20 and release is not None and release.partition(".")[0] == "13":
        return COMMAND_PATTERN_13
    return None


_SINCE_20 = frozenset(
    f"telegram.ext.{name}" for name in ("Application", "ApplicationBuilder", "ContextTypes", "filters")
)
_BEFORE_20 = frozenset({"telegram.ext.Filters", "telegram.ext.Dispatcher", "telegram.ParseMode"})
