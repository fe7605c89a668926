"""Make requests of `requests`, `urllib` and `httpx` without blocking the event loop.

## What it does
Rewrites `requests.get(…)` and its siblings, `httpx.get(…)`, `urllib.request.urlopen(…)` and `urlretrieve(…)` in a coroutine to
`await asyncio.to_thread(requests.get, …)`, also on a `requests.Session` or an `httpx.Client`. Where a block opens a file and writes the
answer to it, the request comes before the block: no other handler sees the file empty, or writes to it meanwhile. The requests
of a function are one change, with what `TGF501` and `TGF502` find in it, what is safe among them by itself.

## Why it is slow
A blocking request stops the event loop until the server has answered: for that long nothing else happens. Five handlers that fetch
from a server which takes 0.2 s need 1.02 s, in threads 0.21 s, and the loop is never stopped for more than 3 ms.

## When it is safe
In a thread the call does exactly what it did: the same request, response and exceptions, and stand-ins of tests are called as before.
The body of `urlopen()` is read where it was read before. What else is asked:

- `interleaving`, `ordering`, `interruption`: whether somebody notices that others may run, or that the task may be cancelled, while
  the server answers. The first is proved only where nothing else of the bot runs meanwhile.
- `resources`: requests that came one after the other, because each stopped everything, may now come at the same time.
- `interruption`: the interpreter waits for a thread when it ends, so Ctrl-C takes effect when the request is over.
- `thread`: that no code of the project runs in the thread (hooks, generators, progress functions, objects that look like files), and
  that nobody changes meanwhile what is sent. A session has to be the function's own.
- `outside`: that nobody else uses the file that `urlretrieve()` writes. `environment`: Python 3.9 has `asyncio.to_thread`.

## When it leaves code alone
Where the bot handles one update after the other and runs nothing beside: nobody would be served sooner (`--all` lists it).

In a lambda, a generator expression, a class body or a plain function inside a coroutine, while a thread's lock is held, where the name may
be something else, and on other event loops than asyncio's; `httpx.stream()`, and a request with `stream=True`, of which only the headers
would come in the thread. In an endpoint of FastAPI that awaits nothing: without `async` FastAPI runs all of it in a thread. What is
handed to a thread already is no finding.

## References
- https://docs.python.org/3/library/asyncio-task.html#running-in-threads
- https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis import refuse
from ....engine.analysis.blocking import only_asks, streams
from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.facts import Facts
from ....engine.analysis.files import argument
from ....engine.analysis.module import Module
from ....engine.analysis.stopped import stopped
from ....engine.codemod import Codemod
from ....engine.model import Change, Cost, Finding, Hazard, Import
from ....engine.proofs import (
    Inside,
    awaiting,
    identity,
    interruption,
    outside,
    resources,
    thread,
    thread_requests,
)
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for
from ....engine.rewriting.several import in_threads, left_there
from ....knowledge.kinds import HTTPX_CLIENT, REQUESTS_SESSION
from . import bodies, written_answers
from .examples import EXAMPLES

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_FUNCTIONS = {
    **{f"{module}.{verb}": verb for module in ("requests", "requests.api", "httpx", "httpx2") for verb in _VERBS},
    "urllib.request.urlopen": "urlopen",
    "urllib.request.urlretrieve": "urlretrieve",
}
_WORDS = frozenset(name.rpartition(".")[2] for name in _FUNCTIONS)
_STREAMING = "{}() is not rewritten, because everything that is done with it would have to be awaited, too"
_BY_AND_BY = (
    "the event loop still reads its body (line {}), which takes longer: put both into a plain function, and await "
    "`asyncio.to_thread()` with it"
)
_ONLY_HEADERS = (
    "with `stream=True` only the headers would come in the thread, and the body on the event loop: put both into a plain function, and "
    "await `asyncio.to_thread()` with it"
)
_CLOSING = "to close connections takes microseconds: no server is waited for"
_STREAMS = frozenset({"httpx.stream", "httpx2.stream"})


class BlockingHttp(Codemod):
    """See the module's docstring."""

    code = "TGF202"
    name = "blocking-http"
    title = "Make the request in a thread"
    cost = Cost.TENTHS
    libraries = ("requests", "httpx", "httpx2")
    needles = (b"requests", b"urllib", b"httpx", b"cloudscraper")
    related = ("ASYNC210", "ASYNC212")
    examples = EXAMPLES
    serves_others = True

    def find(self, module: Module) -> Iterator[Finding]:
        """Every blocking request with a coroutine around it."""
        facts = module.project.fact(Facts)
        for call in module.all(ast.Call):
            names = module.candidates(call.func)
            if any(name.rpartition(".")[2] in _WORDS for name in names) and not names & _FUNCTIONS.keys():
                again = facts.name_of(module, call.func)  # where a file of the project imports it for others
                names = frozenset({again}) if again in _FUNCTIONS else names
            session = facts.sends_request(module, call)
            if (
                not (names & (_FUNCTIONS.keys() | _STREAMS) or session or self._closes(module, call))
                or not module.in_coroutine(call)
                or refuse.runs_in_thread(module, call)
            ):
                continue
            if not session and self._closes(module, call):
                yield self.finding(
                    module, call, f"{module.segment(call.func)}() runs on the event loop", reason=_CLOSING
                )
                continue
            message = f"{module.segment(call.func)}() blocks the event loop until the server has answered"
            if reason := _against(module, call, names, session):
                yield self.finding(module, call, message, reason=reason, several=left_there(module, call, reason))
                continue
            change = self._in_thread(module, call)
            yield self.finding(module, call, message, change=change, several=in_threads(module, call))

    @staticmethod
    def _closes(module: Module, call: ast.Call) -> bool:
        """Whether a call closes a session, which is told where everything is listed."""
        function = call.func
        if not (module.project.settings.list_all and isinstance(function, ast.Attribute) and function.attr == "close"):
            return False
        return module.project.fact(Facts).kind(module, function.value) in (HTTPX_CLIENT, REQUESTS_SESSION)

    def _in_thread(self, module: Module, call: ast.Call) -> Change:
        block = written_answers.block_of(module, call)
        if block is None:
            edits, imports = awaits.in_thread(module, call)
        else:
            asyncio, imports = name_for(module, Import("asyncio"), call)
            edits = written_answers.edits(module, block, call, asyncio)
        gain = concurrency(module.project, module.path).gain
        why = f"The whole {stopped(module)} stops until the server has answered; in a thread {gain} meanwhile."
        if streams(module, call):
            why += " The body is still read in the event loop."
        verb = _verb(module, call)
        inside = Inside.READS if only_asks(call, verb) else Inside.WRITES
        place = call if block is None else block.items[0].context_expr  # before which the answer is waited for
        verdicts = [
            *awaiting(module, place, touches_inside=inside, without=Hazard.INTERRUPTION, shown=call),
            resources.one_at_once(module, call),
            interruption.in_thread(module, place, ends_soon=False, begins=inside is Inside.WRITES, shown=call),
            thread_requests.request(module, call),
            thread.free(module),
            identity.unreplaced(
                module, f"asyncio.{'to_thread' if awaits.has_to_thread(module) else 'get_running_loop'}"
            ),
        ]
        if block is not None:
            verdicts.append(written_answers.left_as_it_was(module, block))
        if verb == "urlretrieve" and (path := argument(call, 1, "filename")) is not None:
            verdicts.append(outside.written(module, path))
        return self.change(module, edits, why, verdicts=verdicts, imports=imports)


def _against(module: Module, call: ast.Call, names: frozenset[str], session: bool) -> str | None:
    """Why the call is left alone."""
    if session and isinstance(call.func, ast.Attribute) and call.func.attr == "stream":
        return _STREAMING.format(module.segment(call.func))
    if streaming := sorted(names & _STREAMS):
        return _STREAMING.format(streaming[0])
    if len(names) > 1 and not session:
        other = sorted(names - _FUNCTIONS.keys() or names)[-1] or "something of the project's own"
        return f"{module.segment(call.func)} may also be {other} here"
    if (opened := _open_session(module, call)) is not None:
        return f"`{opened.id}` (line {opened.lineno}) is a session of aiohttp that is open here, which waits without a thread"
    if bodies.is_streamed(module, call):
        read = bodies.read_at(module, call)
        return _ONLY_HEADERS if read is None else _BY_AND_BY.format(read.lineno)
    if reason := awaits.refusal(module, call):
        return reason
    if "\n" in module.segment(call.func):
        return "its function is written over several lines"
    return None


def _open_session(module: Module, call: ast.Call) -> ast.Name | None:
    """The session of aiohttp that a block around a call has opened."""
    for block, child in module.around(call):
        for item in block.items if isinstance(block, ast.AsyncWith) and child in block.body else ():
            made = item.context_expr
            if isinstance(made, ast.Call) and module.resolve(made.func) == "aiohttp.ClientSession":
                return item.optional_vars if isinstance(item.optional_vars, ast.Name) else None
    return None


def _verb(module: Module, call: ast.Call) -> str:
    """What kind of request a call makes: the method's name in lower case, "urlopen", "urlretrieve"; "" where it is not known."""
    name = (
        call.func.attr if isinstance(call.func, ast.Attribute) else (module.resolve(call.func) or "").rpartition(".")[2]
    )
    if name != "request":
        return name
    match call.args:
        case [ast.Constant(value=str(method)), *_]:
            return method.lower()
    return ""
