"""Make `requests` and `urllib` requests without blocking the event loop.

## What it does
Rewrites `requests.get(…)` and its siblings, `urllib.request.urlopen(…)` and `urlretrieve(…)` in a coroutine to
`await asyncio.to_thread(requests.get, …)`, also on a `requests.Session`. With `--unsafe-fixes`, where every feature that is used has its
equal in httpx and the project has httpx, a request becomes `await pooled_request("GET", …)` on a connection that stays open.

## Why it is slow
A blocking request stops the event loop until the server has answered: for that long no other user is served. Five handlers that fetch
from a server which takes 0.2 s need 1.02 s, in threads 0.21 s, and the loop is never stopped for more than 3 ms.

## When it is safe
In a thread the call does exactly what it did: the same request, response and exceptions. The call stands directly in an `async def`,
no thread's lock is held, and no shared state is read before it and written after it. While it runs, other handlers may
run, as at every other `await`. The body of `urlopen()` and of `stream=True` is read where it was read before.

It is *unsafe*, and says so, where shared state is read before and written after the call, where a bare `except` around it would swallow
the cancellation that can now arrive, where a session is shared by several coroutines (a `Session` is not made for threads), and where
httpx takes the place of requests. Redirects are then asked for, the timeout is spelled out, and the except clauses of the same `try`
catch the exceptions of httpx.

## When it leaves code alone
In a lambda, a generator expression, a class body or a plain function inside a coroutine, while a thread's lock is held, where the name may
be something else, and on other event loops than asyncio's. What is handed to a thread already is no finding.

## References
- https://docs.python.org/3/library/asyncio-task.html#running-in-threads
- https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code
- https://www.python-httpx.org/compatibility/
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis import refuse
from ....engine.analysis.module import Module
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Finding, Hazard, Import, Proof, Verdict
from ....engine.proofs import environment, resources, wire
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for
from ....engine.rewriting.support import place
from .. import support as helpers
from ..sites import logs_connections_in
from .examples import EXAMPLES
from .to_pooled import DIFFERENCES, pooled_edits, same_edits

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
_FUNCTIONS = {
    **{f"{module}.{verb}": verb for module in ("requests", "requests.api", "httpx", "httpx2") for verb in _VERBS},
    "urllib.request.urlopen": "urlopen",
    "urllib.request.urlretrieve": "urlretrieve",
}
_SESSIONS = (
    "requests.Session", "requests.session", "requests.sessions.Session", "requests.sessions.session", "httpx.Client", "httpx2.Client",
)  # fmt: skip
_STREAMS = frozenset({"httpx.stream", "httpx2.stream"})


class BlockingHttp(Codemod):
    """See the module's docstring."""

    code = "TGF202"
    name = "blocking-http"
    title = "Make the request in a thread"
    libraries = ("requests", "httpx", "httpx2")
    needles = (b"requests", b"urllib", b"httpx")
    related = ("ASYNC210", "ASYNC212")
    examples = EXAMPLES
    serves_others = True

    def find(self, module: Module) -> Iterator[Finding]:
        """Every blocking request with a coroutine around it."""
        for call in module.all(ast.Call):
            names = module.candidates(call.func)
            session = _session(module, call)
            if (
                not (names & (_FUNCTIONS.keys() | _STREAMS) or session)
                or not module.in_coroutine(call)
                or refuse.runs_in_thread(module, call)
            ):
                continue
            message = f"{module.segment(call.func)}() blocks the event loop until the server has answered"
            if reason := _against(module, call, names, session):
                yield self.finding(module, call, message, reason=reason)
                continue
            in_thread = self._in_thread(module, call, session)
            pooled = None if session else self._pooled(module, call, names)
            if pooled is None:
                yield self.finding(module, call, message, change=in_thread)
            else:
                yield self.finding(module, call, message, change=pooled, alternatives=(in_thread,))

    def _in_thread(self, module: Module, call: ast.Call, session: str | None) -> Change:
        asyncio, imports = name_for(module, Import("asyncio"), call)
        edits = awaits.threaded(module, call, asyncio)
        why = "The same request in a thread: others are served while the server answers."
        if _reads_later(module, call):
            why += " The body is still read in the event loop."
        verdicts = _waiting(module, call)
        if session == "shared":
            name = module.segment(call.func).partition(".")[0]
            sentence = f"no two threads use `{name}` at the same time, which it is not made for"
            verdicts.append(Assumption(Hazard.THREAD, sentence, module.path, call.lineno))
        return self.change(module, edits, why, verdicts=verdicts, imports=imports)

    def _pooled(self, module: Module, call: ast.Call, names: frozenset[str]) -> Change | None:
        """The form on a connection that may be open already, where everything that is used has its equal there."""
        (qualified,) = names
        verb, own = _FUNCTIONS[qualified], qualified.partition(".")[0]
        library = next((name for name in ("httpx", "httpx2") if own == name or _has(module, name)), None)
        if library is None or verb not in _VERBS or logs_connections_in(module):
            return None
        placed = place(module, helpers.request(library))
        if isinstance(placed, str) or module.scope(call).find(placed.name) not in (None, module.names.root):
            return None
        spelled, imports = name_for(module, Import(library), call)
        if own == library:
            edits = same_edits(module, call, verb, placed.name)
        else:
            edits = pooled_edits(module, call, verb, spelled, placed.name)
        if edits is None:
            return None
        if not any(edit.text.startswith((f"{spelled}.", f"({spelled}.")) for edit in edits):
            imports = ()
        verdicts = [wire.kept_connections(module, call, 1), resources.left_open(module, call, 10, 1)]
        if own != library:
            verdicts.append(Assumption(Hazard.ERRORS, DIFFERENCES, module.path, call.lineno))
        return self.change(
            module,
            edits,
            "No thread is needed, and a request to the same server within a second finds its connection open.",
            title="Make the request on pooled connections",
            verdicts=[*verdicts, *_waiting(module, call)],
            imports=(*placed.imports, *imports),
            helpers=placed.helpers,
            others=placed.others,
        )


def _waiting(module: Module, call: ast.Call) -> list[Verdict]:
    risk = awaits.risk(module, call)
    return (
        [Assumption(Hazard.INTERLEAVING, f"it does not matter that {risk}", module.path, call.lineno)] if risk else []
    )


def _has(module: Module, library: str) -> bool:
    """Whether a library is certainly there."""
    return isinstance(environment.needs_package(module.project, library, module.path).verdict, Proof)


def _against(module: Module, call: ast.Call, names: frozenset[str], session: str | None) -> str | None:
    """Why the call is left alone."""
    if streams := sorted(names & _STREAMS):
        return f"{streams[0]}() is not rewritten, because everything that is done with it would have to be awaited, too"
    if len(names) > 1 and not session:
        other = sorted(names - _FUNCTIONS.keys() or names)[-1] or "something of the project's own"
        return f"{module.segment(call.func)} may also be {other} here"
    if reason := awaits.refusal(module, call):
        return reason
    if "\n" in module.segment(call.func):
        return "its function is written over several lines"
    return None


def _session(module: Module, call: ast.Call) -> str | None:
    """Whether a call is a request on a `requests.Session` of the coroutine itself ("local") or of the module ("shared")."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=name) as holder, attr=attr) if attr in _VERBS:
            scope = module.scope(holder).find(name)
            if (
                scope is None
                or not scope.bindings[name]
                or not all(_is_session(module, b.node) for b in scope.bindings[name])
            ):
                return None
            own = scope.node is module.function(call)
            return "local" if own else "shared"
    return None


def _is_session(module: Module, target: ast.AST) -> bool:
    match module.parent(target):
        case ast.Assign(value=ast.Call(func=function)) | ast.withitem(context_expr=ast.Call(func=function)):
            return module.resolve(function) in _SESSIONS
    return False


def _reads_later(module: Module, call: ast.Call) -> bool:
    return module.resolve(call.func) == "urllib.request.urlopen" or any(
        k.arg == "stream" and not (isinstance(k.value, ast.Constant) and not k.value.value) for k in call.keywords
    )
