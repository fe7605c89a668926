"""Whether a program ends itself while handlers run: by an exit, by a command, by stopping its loop."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from ..analysis.calls.graph import CallGraph
from ..analysis.commands import tells_only
from ..analysis.module import Module, Project
from ..analysis.processes import CALLS
from ..analysis.replacing import last_of
from ..analysis.resolver import Resolver

#: What ends the program, or puts another one in its place, at once.
_ENDS = (
    "_exit abort kill killpg raise_signal interrupt_main terminate posix_spawn posix_spawnp"
    " execl execle execlp execlpe execv execve execvp execvpe spawnl spawnv spawnlp spawnvp"
).split()
#: What runs another program, which may stop this one: ``systemctl restart bot``.
_RUNS = frozenset(
    "subprocess.Popen os.popen pty.spawn asyncio.create_subprocess_exec asyncio.create_subprocess_shell".split()
)
#: What raises what ends a program; parsers of a command line do for one that they do not understand.
_EXITS = "exit quit SystemExit KeyboardInterrupt parse_args parse_known_args parse_intermixed_args docopt".split()
_GIVES_LOOP = frozenset({"get_event_loop", "get_running_loop", "new_event_loop"})


def ends_itself(project: Project) -> bool:
    """Whether the program may end while handlers run: a command that restarts the bot, say."""
    if project.mentioning(_ENDS):
        return True
    for module in _modules(project, ("subprocess", "os", "asyncio", "pty")):
        if module is None or any(_may_stop_it(module, call) for call in module.all(ast.Call)):
            return True
    graph = project.fact(CallGraph)
    for module in _modules(project, _EXITS):
        if module is None:
            return True
        called = {*_EXITS, *(alias for word in _EXITS for alias in module.aliases.get(word, ()))}
        named = module.mentions(*sorted(called))
        if any(_may_run_late(graph, module, node) and not _is_caught(module, node) for node in named):
            return True
    for module in _modules(project, ("restart",)):
        if module is None or any(isinstance(module.parent(node), ast.Call) for node in module.attributes("restart")):
            return True  # a host's way to start the bot anew: heroku3, Docker
    return any(
        module is None
        or any(_is_of_loop(module, node) and _may_run_late(graph, module, node) for node in module.attributes("stop"))
        for module in _modules(project, ("stop",))
    )


def _may_run_late(graph: CallGraph, module: Module, node: ast.expr) -> bool:
    """Whether what is read at `node` may be called while handlers run: all but what a program calls before and after its loop."""
    if not isinstance(getattr(node, "ctx", None), ast.Load):
        return False
    parent = module.parent(node)
    if isinstance(parent, ast.Tuple) and isinstance(around := module.parent(parent), ast.ExceptHandler):
        parent = around
    is_called = isinstance(parent, ast.Call) and parent.func is node
    if not is_called and not isinstance(parent, (ast.Raise, ast.ExceptHandler)):
        return True  # it is handed on, kept, or what a class is derived from
    return any(one is None or _is_late(*one) for one in graph.up_to_top(module, node))


def _is_late(module: Module, place: ast.AST) -> bool:
    """Whether code surely runs in the loop, or when somebody calls a function that has no name."""
    return module.in_coroutine(place) or any(isinstance(around, ast.Lambda) for around in module.ancestors(place))


def _is_caught(module: Module, node: ast.expr) -> bool:
    """Whether it is only caught: Ctrl-C comes from outside, where `SystemExit` tells of code that raises it."""
    return (
        isinstance(module.parent(node), (ast.ExceptHandler, ast.Tuple))
        and getattr(node, "id", "") == "KeyboardInterrupt"
    )


def _is_of_loop(module: Module, node: ast.Attribute) -> bool:
    """Whether it stops the event loop: ``asyncio.get_running_loop().stop()``, ``client.loop.stop()``."""
    owner = node.value
    if isinstance(owner, ast.Name):
        owner = module.project.fact(Resolver).assigned(module, owner)[1] or owner
    return last_of(owner.func if isinstance(owner, ast.Call) else owner) in {*_GIVES_LOOP, "loop"}


def _may_stop_it(module: Module, call: ast.Call) -> bool:
    """Whether a call runs a program that does more than tell something."""
    return not module.candidates(call.func).isdisjoint(CALLS | _RUNS) and not tells_only(module, call)


def _modules(project: Project, words: Iterable[str]) -> Iterator[Module | None]:
    """The files that hold one of the words; None for one that cannot be read."""
    return map(project.parsed, project.mentioning(words))
