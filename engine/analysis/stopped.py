"""What stops where code blocks the event loop, in a word: a bot, or a program beside it, as its web server is.

Of a bot both are true, so where a file may be loaded by ways that are not seen nothing wrong is said.
"""

from __future__ import annotations

from pathlib import Path

from .asked_once import asked_once
from .dispatch import uses_library
from .module import Module
from .programs import Programs

#: What may start a bot, or hand it an update.
_STARTING = (
    b"run_polling", b"run_webhook", b"start_polling", b"start_webhook", b"infinity_polling", b".polling(", b"process_update",
    b"process_new_updates", b"feed_", b"run_until_disconnected", b"run_forever", b"idle", b".start(", b".run(", b".connect(",
    b".initialize(", b"async with",
)  # fmt: skip
#: What makes a program of a file that somebody else starts: `uvicorn` is given its name.
_APPLICATIONS = (b"FastAPI(", b"Starlette(", b"Quart(", b"Sanic(")


@asked_once
def stopped(module: Module) -> str:
    """The word: a program where all are seen that import a file, and none loads a file that may start a bot; else a bot."""
    project = module.project
    programs = Programs.of(project)
    users = programs.users(module.path, resolved=True)
    if not any(programs.is_program(user) or _is_application(module, user) for user in users):
        return "bot"
    seen, waiting = set(users), list(users)
    while waiting:
        path = waiting.pop()
        found = project.parsed(path)
        if found is None or _may_start_a_bot(found):
            return "bot"
        more = set(programs.imported(found)) - seen
        seen |= more
        waiting += more
    return "program"


def _may_start_a_bot(module: Module) -> bool:
    """Whether a file does what may start a bot; one that has a library for bots to send by it, or its handlers, does nothing of it."""
    return any(word in module.source.data for word in _STARTING) and uses_library(module.project, module.path)


def _is_application(module: Module, path: Path) -> bool:
    source = module.project.source(path)
    return source is not None and any(word in source.data for word in _APPLICATIONS)
