"""Keep HTTP connections open between requests instead of building a client for each.

## What it does
Puts `pooled_client(…)` in the place of `httpx.AsyncClient(…)` (and of `httpx2.AsyncClient`), and `pooled_session(…)` in the place of
`aiohttp.ClientSession(…)`, where a coroutine builds a client for its own use. The client still belongs to its block alone, with its
cookies, headers, timeout and closing; only the connections under it are shared and stay open for the next request. `httpx.get(…)` and
its siblings, which block the event loop, become `await pooled_request("GET", …)`. Where the project builds a python-telegram-bot
`Application`, its `post_shutdown` closes the pools, after a callback that is there already.

The helpers are plain code in your project:

- `pooled_client`, `pooled_session`, `pooled_request`: one pool for each event loop and each combination of constant settings of the
  connections (`verify`, `cert`, `proxy`, `http1`, `http2`, `limits`, `trust_env`; `TCPConnector(ssl=False)` and the like for aiohttp).
- `close_http_pools()`: closes the pools of the running loop. `asyncio.run()` does that by itself when it ends, python-telegram-bot does
  it as `post_shutdown`; with Telethon's `client.run_until_disconnected()` or a loop of your own, await it at the end of your main
  coroutine, or leave it to the exit of the program, where loops that are idle are cleaned up.

## Why it is slow
`httpx.AsyncClient()` builds TLS settings from all certificate authorities: 21 to 28 ms during which the event loop serves nobody,
also for plain HTTP. Then every request pays for a TCP and a TLS handshake. On loopback a request takes 34 ms with a client of its own
and 1.2 ms on a kept connection; at 40 ms round trip and a server that takes 100 ms, 277 ms and 148 ms. aiohttp keeps its TLS settings
and still pays for the handshakes: 234 ms and 144 ms.

## When it is safe
The client is used within the coroutine that builds it, its settings of the connections are constants, and no response is left
streaming. What is no GET, HEAD or OPTIONS must not be sent twice: such a request takes a kept connection only within a second of its
last use, since by default no common server closes idle ones before two seconds are over. A GET that meets a connection which the
server has just closed is sent again on a new one. With a proxy in the environment httpx clients are built as before. The pool never
makes a request wait, unlike a client's own maximum of 100 connections.

It is *unsafe*, and says so, where the block has `limits=` or a maximum is configured (blocks then share it), where certificates are read
from a file (once, then), where an aiohttp response is read after its session has closed (large ones fail today), and where the library
is imported only when it is needed (it is now imported at the start).

## When it leaves code alone
Where the client is returned, yielded, kept or handed on without being closed; where it brings a transport, mounts or a connector
of its own or settings that are no constants; where a login or a server name belongs to the connection (NTLM,
`sni_hostname`); where arguments are unpacked; in plain functions and lambdas inside a coroutine; in files
that run on trio. A client that is kept on an attribute, or that belongs to the one coroutine `asyncio.run()` runs, is shared already and
no finding. Synchronous `httpx.Client()` and `httpx.stream()` in a coroutine are reported.

## Two styles
`style = "client"` turns a block that makes one request into `await http_client().get(…)` on one client for all, whose cookie jar stores
nothing; it is unsafe where redirects are followed, since a cookie set on the way is not sent on. `max-connections` bounds each pool.

## References
- https://www.python-httpx.org/advanced/clients/#why-use-a-client
- https://www.python-httpx.org/async/#opening-and-closing-clients
- https://docs.aiohttp.org/en/stable/client_quickstart.html#make-a-request
- https://docs.aiohttp.org/en/stable/client_advanced.html#graceful-shutdown
- https://docs.python-telegram-bot.org/en/stable/telegram.ext.applicationbuilder.html#telegram.ext.ApplicationBuilder.post_shutdown
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis import refuse
from ....engine.analysis.module import Module, ParseError
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Edit, Finding, Hazard, Helper
from ....engine.rewriting import awaits
from ....engine.rewriting.location import location
from ....engine.rewriting.support import Placement, place
from ....engine.sources.config import Option
from ....engine.sources.source import SourceError
from .. import support as helpers
from ..blocking_http import BlockingHttp
from ..sites import Site, connector, identity, imported_at_start, is_constant, risk, sites
from .examples import EXAMPLES
from .shared import shared_edits
from .shutdown import builds, hook_edits

_FUNCTIONS = {
    f"{library}.{verb}": (library, verb)
    for library in ("httpx", "httpx2")
    for verb in ("get", "post", "put", "patch", "delete", "head", "options", "request")
}
_BLOCKING = {f"{library}.{name}" for library in ("httpx", "httpx2") for name in ("stream", "Client")}
_MARKS = (b"AsyncClient", b"ClientSession", b"httpx", b"requests", b"pooled_")


class PooledHttpClient(Codemod):
    """See the module's docstring."""

    code = "TGF201"
    name = "pooled-http-client"
    title = "Keep HTTP connections open"
    libraries = ("httpx", "httpx2", "aiohttp", "python-telegram-bot")
    needles = (b"AsyncClient", b"ClientSession", b"httpx", b".builder()", b"ApplicationBuilder")
    related = ("ASYNC210", "ASYNC212")
    options = (
        Option(
            "style", str, "transport", "what is shared: the connections under a block's own client, or one client for single requests",
            choices=("transport", "client"),
        ),
        Option("max-connections", int, 0, "connections that a pool may have open at a time; 0 for any number", minimum=0),
    )  # fmt: skip
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Clients of one block, blocking functions of httpx, and applications that close no pools yet."""
        found = [*self._clients(module), *self._functions(module)]
        yield from found
        yield from self._applications(module, found)

    # Clients

    def _clients(self, module: Module) -> Iterator[Finding]:
        for site, reason in sites(module):
            called = module.segment(site.call.func)
            cost = "a new connection" if site.library == "aiohttp" else "28 ms of TLS settings and a new connection"
            message = f"{called}() costs {cost} each time"
            changes = reason or self._pooled(module, site)
            if isinstance(changes, str):
                yield self.finding(module, site.call, message, reason=changes)
                continue
            shared = self._shared(module, site)
            ordered = [changes] if shared is None else [changes, shared]
            if self.option(module, "style") == "client":
                ordered.reverse()
            yield self.finding(module, site.call, message, change=ordered[0], alternatives=tuple(ordered[1:]))

    def _pooled(self, module: Module, site: Site) -> Change | str:
        maximum = self.option(module, "max-connections")
        helper = helpers.session(maximum) if site.library == "aiohttp" else helpers.client(site.library, maximum)
        placed = _placed(module, helper, site.call)
        if isinstance(placed, str):
            return placed
        edits = [Edit(*module.span(site.call.func), placed.name)]
        parts = [placed]
        if site.library == "aiohttp" and (own := connector(module, site)) is not None:
            under = _placed(module, helper, site.call, "pooled_connector")
            if isinstance(under, str):
                return under
            edits.append(Edit(*module.span(own.func), under.name))
            parts.append(under)
        danger = risk(module, site) or _crowd(maximum)
        gain = "The next request finds its connection open"
        gain += "; " if site.library == "aiohttp" else " and TLS set up, without 28 ms of blocked event loop; "
        own_things = "session" if site.library == "aiohttp" else "client"
        why = f"{gain}the {own_things} with its cookies and headers still belongs to this block alone."
        return self._change(module, edits, why, danger, parts, "transport")

    def _shared(self, module: Module, site: Site) -> Change | None:
        maximum = self.option(module, "max-connections")
        is_aiohttp = site.library == "aiohttp"
        placed = _placed(
            module,
            helpers.shared_session(maximum) if is_aiohttp else helpers.shared_client(site.library, maximum),
            site.call,
        )
        if isinstance(placed, str):
            return None
        found = shared_edits(module, site, placed.name)
        if found is None:
            return None
        edits, difference = found
        why = "The request goes through one client that all share and that stores no cookies."
        late = None if imported_at_start(module, site.library) else f"{site.library} is imported when the bot starts"
        return self._change(module, edits, why, difference or late or _crowd(maximum), [placed], "client")

    def _change(
        self,
        module: Module,
        edits: list[Edit],
        why: str,
        danger: str | None,
        parts: list[Placement],
        style: str | None = None,
    ) -> Change:
        return self.change(
            module,
            edits,
            f"{why} But {danger}." if danger else why,
            verdicts=[Assumption(Hazard.WIRE, danger)] if danger else [],
            imports=tuple(dict.fromkeys(i for part in parts for i in part.imports)),
            helpers=tuple(dict.fromkeys(h for part in parts for h in part.helpers)),
            others=tuple(dict.fromkeys(o for part in parts for o in part.others)),
            style=style,
        )

    # httpx.get() and its siblings

    def _functions(self, module: Module) -> Iterator[Finding]:
        for call in module.all(ast.Call):
            names = module.candidates(call.func)
            if (
                not names & (_FUNCTIONS.keys() | _BLOCKING)
                or not module.in_coroutine(call)
                or refuse.runs_in_thread(module, call)
            ):
                continue
            message = f"{module.segment(call.func)}() blocks the event loop until the server has answered"
            change = self._awaited(module, call, names)
            if isinstance(change, str):
                yield self.finding(module, call, message, reason=change)
            else:
                yield self.finding(module, call, message, change=change)

    def _awaited(self, module: Module, call: ast.Call, names: frozenset[str]) -> Change | str:
        if len(names) > 1:
            return f"{module.segment(call.func)} may be something else here"
        (name,) = names
        if name in _BLOCKING:
            return "it is not rewritten, because everything that is done with it would have to be awaited, too"
        if reason := awaits.refusal(module, call) or refuse.unpacks_arguments(call) or identity(module):
            return reason
        given = {keyword.arg or "": keyword.value for keyword in call.keywords}
        for setting in ("verify", "proxy", "trust_env", "cert", "proxies"):
            if setting in given and (setting in ("cert", "proxies") or not is_constant(module, given[setting])):
                return f"{setting}= is no constant, and connections with different settings are not shared"
        library, verb = _FUNCTIONS[name]
        placed = _placed(module, helpers.request(library, self.option(module, "max-connections")), call)
        if isinstance(placed, str):
            return placed
        edits = awaits.awaited(module, call, placed.name, "" if verb == "request" else f'"{verb.upper()}"')
        why = "Others are served while the server answers, and the next request finds its connection open."
        return self._change(module, edits, why, _risk_of_waiting(module, call, given, library), [placed])

    # Applications

    def _applications(self, module: Module, found: list[Finding]) -> Iterator[Finding]:
        waiting = list(builds(module))
        if not waiting or not any(mark in module.text for mark in ("run_polling", "run_webhook")):
            return
        for build in waiting:
            edits = hook_edits(module, build)
            message = "the application ends without closing the pooled HTTP connections"
            composed = not isinstance(edits, str) and edits[1]
            placed = place(module, helpers.AFTER, None) if composed else place(module, helpers.POOLS, None)
            if not self._has_pools(module, found, placed):
                return
            if isinstance(edits, str) or isinstance(placed, str):
                yield self.finding(module, build, message, reason=edits if isinstance(edits, str) else str(placed))
                continue
            change = self.change(
                module,
                edits[0],
                "Connections that were kept open are closed when the bot stops.",
                title="Close the HTTP pools at shutdown",
                imports=placed.imports,
                helpers=placed.helpers,
                others=placed.others,
            )
            yield self.finding(module, build, message, change=change)

    def _has_pools(self, module: Module, found: list[Finding], placed: Placement | str) -> bool:
        """Whether something in the project uses the pools that the application's file can close, now or after this run."""
        unsafe = module.project.settings.unsafe_fixes
        if any(f.choose(unsafe=unsafe) for f in found) or "pooled_" in module.text:
            return True
        where = {part.path for part in placed.others} if isinstance(placed, Placement) else set()
        for path in sorted(module.project.requested - {module.path}):
            try:
                source = module.project.source(path)
                if source is None or not any(mark in source.data for mark in _MARKS):
                    continue
                other = module.project.module(path)
            except (ParseError, SourceError):
                continue
            if any(name.startswith("pooled_") for name in other.names.root.bindings):
                there = location(other)
                if there is not None and there[0] in where:
                    return True
            others = (*self._clients(other), *self._functions(other), *(BlockingHttp().find(other) if unsafe else ()))
            for change in (finding.choose(unsafe=unsafe) for finding in others):
                if change is not None and where <= {part.path for part in change.files if part.helpers}:
                    return True
        return False


def _crowd(maximum: int) -> str | None:
    return f"a pool has at most {maximum} connections, and a burst waits for them" if maximum else None


def _placed(module: Module, helper: Helper, at: ast.AST, name: str | None = None) -> Placement | str:
    """`support.place`, and that no variable of the functions around hides the helper's name."""
    wanted = name or helper.name
    scope = module.scope(at).find(wanted)
    if scope is not None and scope is not module.names.root:
        return f"the name {wanted} is taken here"
    return place(module, helper, name)


def _risk_of_waiting(module: Module, call: ast.Call, given: dict[str, ast.expr], library: str) -> str | None:
    """What a person has to look at where a call that blocked becomes one that waits."""
    if differs := awaits.risk(module, call):
        return differs
    if "content" in given and not is_constant(module, given["content"]):
        return "content= must be text or bytes, since a plain iterator cannot be sent from a coroutine"
    if "auth" in given and not isinstance(given["auth"], ast.Tuple):
        return "auth= must work in coroutines"
    match given.get("verify"):
        case ast.Constant(value=str()):
            return "the certificates of verify= are read once, and no longer for every request"
    if not imported_at_start(module, library):
        return f"{library} is imported when the bot starts, and no longer when this code first runs"
    return None
