"""Make TLS settings once and keep HTTP connections open instead of building everything anew for each request.

## What it does
Gives `httpx.AsyncClient(…)` (and `httpx2.AsyncClient(…)`) in a coroutine TLS settings that are made once:
`httpx.AsyncClient(verify=tls_context(), …)`. Everything else stays the client's own. `tls_context()` is four lines that become
yours, in the file itself where no other makes clients; settings are made for each thread where event loops may run in several.

With `--unsafe-fixes`, or where the assumptions are granted, a block that makes a client of httpx or a session of aiohttp in each turn of
a loop goes around the loop, as you would write it: `async with aiohttp.ClientSession() as session:`, then `for …:`.

With `connections = "always"` a connection is kept from one client to the next everywhere: `pooled_client(…)` takes the place of
`httpx.AsyncClient(…)`, and `aiohttp.ClientSession(…)` gets `connector=PooledConnector()`. Cookies, headers, timeout and limits still
belong to each client alone. That takes about a hundred lines of helpers in your project, so you have to ask for it. One connection is left
where the client has asked one server, one request after the other, and has read every answer; for a second, ten at most for an event
loop. It goes to a client with equal settings. A request that must not be sent twice (not `GET`, `HEAD` or `OPTIONS`) does not begin on
it, and nothing is sent again. `asyncio.run()` closes what is left. With a proxy in the environment httpx clients are built as before.

## Why it is slow
`httpx.AsyncClient()` builds TLS settings from all certificate authorities: 21 to 28 ms during which the event loop serves nobody, also
for plain HTTP; with settings that are there it takes 0.3 ms. On loopback a request by one client after the other takes 41 ms, with
shared settings 5 ms; twenty at a time 580 ms and 48 ms (`benchmarks/http_clients.py`).

Then every request pays for a TCP and a TLS handshake. On a kept connection it takes 1 ms; at 40 ms round trip and a server that takes
100 ms, 148 ms in place of 277 ms. aiohttp keeps its TLS settings and still pays for the handshakes: 234 ms and 144 ms.

## When it is safe
TLS settings made once: an `ssl.SSLContext` holds settings and no connection, and each client still opens its own ones. It assumes
`wire` where the project changes what is trusted (certifi, truststore, `SSL_CERT_FILE`), `identity` where a test or
other code replaces the class, and `environment` where the helper's file or the library may be missing.

Kept connections are never safe: whether a server is about to close a connection cannot be seen from this end, so they assume `wire`.
Around a loop that holds for cookies as well, which the next turn sends; with `connections = "always"` they assume `resources` besides.

## When it leaves code alone
TLS settings stay where nobody feels 20 ms: where something has failed, while the bot starts, once in a minute or less often, in jobs of a
timer or a task queue, for a command that only the owner of the account sends; and where what takes seconds stands beside, by whatever
caller: a file that is sent or loaded, a language model, another program, pauses, a timeout of a minute.

A block stays in its loop where a turn pauses for a second or takes long, where an argument of the client may be another one in the next
turn, where something that changes something is sent (`POST`), where an answer is not closed, where a session of aiohttp may ask another
server each time, and where the loop only tries again what has failed. Where a loop calls the function that makes the client, `--all`
says so.

A client that is kept on an attribute, or that belongs to the one coroutine `asyncio.run()` runs, is shared already and no finding.
TLS settings stay where they are given or differ (`verify=`, `cert=`, `http2=`, `transport=`, `trust_env=`). Connections stay where the
client is not closed in the same function, where it brings a transport, mounts or a connector of its own, where a login belongs to
the connection (NTLM), and in files that run on trio. Arguments that are unpacked, f-strings, and code that reaches for the client's
connections are left alone.

## References
- https://www.python-httpx.org/advanced/ssl/
- https://www.python-httpx.org/advanced/clients/#why-use-a-client
- https://docs.aiohttp.org/en/stable/client_quickstart.html#make-a-request
- https://www.rfc-editor.org/rfc/rfc9112.html#name-persistence
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from ....engine.analysis import refuse
from ....engine.analysis.handlers import in_quick_loop
from ....engine.analysis.lengthy import takes_seconds_each_time
from ....engine.analysis.module import Module, Project
from ....engine.codemod import Codemod
from ....engine.model import Change, Cost, Edit, Finding, Helper, Time, Verdict
from ....engine.proofs import identity, resources, wire
from ....engine.proofs.environment.names import name_of
from ....engine.proofs.environment.packages import held_below
from ....engine.rewriting.arguments import keyword_argument
from ....engine.rewriting.support import Placement, place
from ....engine.sources.config import Option
from ....engine.sources.old_copies import is_aside
from .. import support as helpers
from ..sites import CLIENTS, Site, connector, hidden_sites, sites, unshareable
from .around import around, loop_of
from .examples import EXAMPLES
from .rare import is_in_loop, rare

_PASTED = (
    "{} makes clients as well, and no place is sure from which all files could import a helper of {} lines: make what they share in a "
    "module of yours"
)
#: What the helpers need, see `..support`.
_SINCE = {"httpx": "httpx>=0.24", "aiohttp": "aiohttp>=3.9"}
#: What makes threads, by hand or within a library, and what makes event loops.
_THREADS = (b"hread", b"xecutor", b"Scheduler", b"Timer", b"Flask", b"django")
_LOOPS = (b"asyncio.run", b"run_until_complete", b"new_event_loop", b"async_to_sync", b"import run")
#: What a client takes to make its TLS settings.
_SETTINGS_TIME = Time("20 ms", 20)


class PooledHttpClient(Codemod):
    """See the module's docstring."""

    code = "TGF201"
    name = "pooled-http-client"
    title = "Keep HTTP connections open"
    cost = Cost.HUNDREDTHS
    libraries = ("httpx", "httpx2", "aiohttp")
    needles = (b"AsyncClient", b"ClientSession", b"aiohttp")
    options = (
        Option(
            "connections",
            str,
            "loops",
            "where connections are kept: in loops alone, or always (which takes a helper of a hundred lines)",
            choices=("loops", "always"),
        ),
    )
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Clients of one use."""
        always = self.option(module, "connections") == "always"
        for site, reason in sites(module):
            settings = None if reason else self._settings_once(module, site)
            kept = reason or (self._pooled(module, site) if always else self._around(module, site))
            yield self._finding(module, site.call, kept, settings)
        for call, reason in hidden_sites(module):
            library = CLIENTS.get(module.resolve(call.func) or "")
            settings = None
            if library is not None and not refuse.unpacks_arguments(call):
                settings = self._settings_once(module, Site(call, library))
            yield self._finding(module, call, reason, settings)

    def _finding(self, module: Module, call: ast.Call, kept: Change | str, settings: Change | str | None) -> Finding:
        cost = "20 ms of TLS settings" if isinstance(settings, Change) else "a new connection"
        message = f"{module.segment(call.func)}() costs {cost} each time"
        forms = [form for form in (kept, settings) if isinstance(form, Change)]
        if forms:
            saved = _SETTINGS_TIME if forms[0] is settings else None
            return self.finding(module, call, message, change=forms[0], alternatives=tuple(forms[1:]), cost=saved)
        return self.finding(module, call, message, reason=str(settings or kept))

    def _settings_once(self, module: Module, site: Site) -> Change | str | None:
        """The form that shares TLS settings; None where they are the client's own, or cost nothing."""
        given = site.given
        if site.library == "aiohttp" or {"cert", "http2", "trust_env", "transport", "app"} & given.keys():
            return None
        if reason := _too_old(module, site.library) or rare(module, site.call):
            return reason
        helper = helpers.tls(site.library, in_threads=module.project.fact(_in_threads))
        placed = _placed(module, helper, site.call)
        if isinstance(placed, str):
            return placed
        match given.get("verify"):
            case None:
                edit = keyword_argument(module, site.call, f"verify={placed.name}()")
            case ast.Constant(value=True) as verify:
                edit = Edit(*module.span(verify), f"{placed.name}()")
            case _:
                return None
        why = "Making its TLS settings takes each client about 20 ms in which the event loop stands still. Now they are made once."
        made = (
            f"{site.library}.AsyncClient",
            f"{site.library}.create_ssl_context",
            "ssl.create_default_context",
            "ssl.SSLContext",
        )
        verdicts = [wire.same_trust(module), identity.unreplaced(module, *made, stand_ins=False)]
        return self._change(module, edit, why, verdicts, placed, title="Make the TLS settings once")

    def _around(self, module: Module, site: Site) -> Change | str:
        """The form that makes one client for all turns of a loop."""
        if reason := unshareable(module, site) or _called_in_loop(module, site):
            return reason
        loop = loop_of(module, site)
        if isinstance(loop, str):
            return loop
        if reason := takes_seconds_each_time(module, site.call):
            return f"{reason}, beside which a new connection is not felt"
        edit = around(module, site, loop)
        if isinstance(edit, str):
            return edit
        saved = "its connection" if site.library == "aiohttp" else "its TLS settings (20 ms) and its connection"
        why = f"One client for the whole loop: each turn but the first is spared {saved}."
        verdicts = [
            *wire.between_turns(module, loop),
            identity.unreplaced(module, module.resolve(site.call.func) or ""),
        ]
        return self._change(module, edit, why, verdicts, title="Make one client around the loop")

    def _pooled(self, module: Module, site: Site) -> Change | str:
        """The form that leaves connections to the next client."""
        if reason := _too_old(module, site.library) or unshareable(module, site):
            return reason
        in_threads = module.project.fact(_in_threads)
        helper = helpers.CONNECTOR if site.library == "aiohttp" else helpers.client(site.library, in_threads=in_threads)
        placed = _placed(module, helper, site.call)
        if isinstance(placed, str):
            return placed
        own = connector(module, site) if site.library == "aiohttp" else site.call
        if own is None:
            edit = keyword_argument(module, site.call, f"connector={placed.name}()")
        else:
            edit = Edit(*module.span(own.func), placed.name)
        why = "A request to the same server within a second finds its connection open."
        replaced = "aiohttp.TCPConnector" if site.library == "aiohttp" else f"{site.library}.AsyncHTTPTransport"
        verdicts = [
            wire.kept_connections(module, site.call, 1),
            resources.left_open(module, site.call, 10, 1),
            identity.unreplaced(module, module.resolve(site.call.func) or "", replaced),
        ]
        return self._change(module, edit, why, verdicts, placed)

    def _change(
        self,
        module: Module,
        edit: Edit,
        why: str,
        verdicts: list[Verdict],
        placed: Placement | None = None,
        title: str | None = None,
    ) -> Change:
        carried = placed or Placement("")
        return self.change(
            module, [edit], why, title=title, verdicts=verdicts,
            imports=carried.imports, helpers=carried.helpers, others=carried.others,
        )  # fmt: skip


def _in_threads(project: Project) -> bool:
    """Whether event loops may run in several threads at once: something makes threads, and more than one place a loop."""
    loops = sum(source.data.count(word) for source in project.others(Path()) for word in _LOOPS)
    return loops > 1 and any(map(project.contains, _THREADS))


def _too_old(module: Module, library: str) -> str | None:
    """Why the helpers would not run: the project holds the library at a release that lacks what they use."""
    wanted = _SINCE.get(library)
    return held_below(module.project, wanted, module.path) if wanted else None


def _called_in_loop(module: Module, site: Site) -> str | None:
    """What its owner can do where a function makes the client that a loop calls."""
    function = module.function(site.call)
    if function is None or in_quick_loop(module, site.call) or not is_in_loop(module, site.call):
        return None
    return f"a loop calls `{function.name}()`: a client that is made around the loop and handed in spares each turn its connection"


def _placed(module: Module, helper: Helper, at: ast.AST) -> Placement | str:
    """`support.place`, and that no variable of the functions around hides the helper's name."""
    scope = module.scope(at).find(helper.name)
    if scope is not None and scope is not module.names.root:
        return f"the name {helper.name} is taken here"
    other = _maker(module)
    placed = place(module, helper, alone=other is None)
    if isinstance(placed, Placement) and placed.helpers and other is not None:
        lines = len(placed.helpers[0].source.strip().splitlines())
        return _PASTED.format(name_of(module.project, other), lines)
    return placed


def _maker(module: Module) -> Path | None:
    """Another file of the program that makes clients of the same name."""
    project = module.project
    named = project.mentioning(["ClientSession"] if b"ClientSession" in module.source.data else ["AsyncClient"])
    return next(
        (p for p in named if p != module.path and not is_aside(p, project.settings.root) and _makes(project, p)), None
    )


def _makes(project: Project, path: Path) -> bool:
    other = project.parsed(path)
    return other is not None and any(other.candidates(call.func) & CLIENTS.keys() for call in other.all(ast.Call))
