"""Who waits where code blocks: the users of a bot, other tasks, or nobody.

That others are served meanwhile is the gain of every rewrite that awaits instead of blocking. In a test, or in a program
that does one thing after the other and ends, nobody is there to be served.
"""

from __future__ import annotations

import ast

from ..sources.reach import is_test
from .concurrency import Concurrency, concurrency
from .handlers import is_handler
from .module import Module, Project

#: What registers handlers of updates, or keeps a program running for them.
_SERVES = (
    b"add_handler", b"add_event_handler", b".on(", b".on_", b"@bot.", b"@app.", b"@dp.", b"@router.", b"@client.", b"events.register",
    b"run_polling", b"run_webhook", b"start_polling", b"start_webhook", b"run_until_disconnected", b"run_forever", b"idle(",
    b"infinity_polling", b"register_message_handler", b"process_update", b"_handler(", b"include_router",
)  # fmt: skip


#: What runs a program's coroutines to their end.
_RUNS_ONCE = (b"asyncio.run(", b"run_until_complete(", b"anyio.run(")


def nobody_waits(module: Module) -> str | None:
    """Why nobody waits for the code of a file, as a clause; None where somebody may.

    It is shown, not supposed: a test, or a program that runs a coroutine to its end, whose files register no handler, hold
    nothing that looks like one, start nothing beside and hand no function to a library that may call it later.
    """
    if is_test(module.project.settings.root, module.path):
        return "it stands in a test, where nobody waits"
    return module.project.fact(_Programs).nobody_waits(concurrency(module.project, module.path))


def is_told(module: Module) -> bool:
    """Whether to tell of what would serve others if it stands in a file: somebody is there to be served, or all is listed."""
    return module.project.settings.list_all or nobody_waits(module) is None


class _Programs:
    """The programs of a project in which nobody waits. Ask `Project.fact(_Programs)`."""

    def __init__(self, _: Project) -> None:
        self._known: dict[Concurrency, str | None] = {}

    def nobody_waits(self, facts: Concurrency) -> str | None:
        """The reason, as a clause."""
        if facts not in self._known:
            self._known[facts] = _ends(facts)
        return self._known[facts]


def _ends(facts: Concurrency) -> str | None:
    program = facts.program
    if not program.mentions(*_RUNS_ONCE) or program.mentions(*_SERVES) or facts.beside:
        return None
    for other in program.modules(b"async def"):
        if any(is_handler(other, function) for function in other.all(ast.AsyncFunctionDef)):
            return None
    return "the program does one thing after the other and ends, so nobody waits for it"
