"""Where code builds an HTTP client of its own, and what stands against pooling its connections there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ...engine.analysis import refuse
from ...engine.analysis.literal import NotLiteral, evaluate
from ...engine.analysis.module import Module

#: Qualified names of the classes → the library as it is imported.
CLIENTS = {
    "httpx.AsyncClient": "httpx",
    "httpx2.AsyncClient": "httpx2",
    "aiohttp.ClientSession": "aiohttp",
    "aiohttp.client.ClientSession": "aiohttp",
}
#: Arguments of httpx.AsyncClient that belong to its connections; the pooled client has a pool for each combination.
OF_TRANSPORT = ("verify", "cert", "http1", "http2", "proxy", "limits", "trust_env")
_OWN_TRANSPORT = ("transport", "mounts", "app", "proxies")
_OWN_CONNECTIONS = ("connector_owner", "loop", "trace_configs", "ssl_shutdown_timeout")
#: Arguments of aiohttp.TCPConnector that may differ from pool to pool without changing what a block may do.
_OF_CONNECTOR = ("ssl", "verify_ssl", "use_dns_cache", "ttl_dns_cache", "family", "enable_cleanup_closed")
#: Ways to log in that hold for a connection, in the names of what is imported for them.
_OF_ONE_USER = ("ntlm", "gssapi", "negotiate", "kerberos", "sspi", "spnego")
_CLOSING = ("aclose", "close", "__aexit__")
_RUNNERS = ("asyncio.run", "asyncio.runners.run", "uvloop.run", "anyio.run")


@dataclass(frozen=True, slots=True)
class Site:
    """A call that builds a client."""

    call: ast.Call
    library: str
    #: The block it belongs to and its place there: ``async with Client() as name``.
    block: ast.AsyncWith | None = None
    item: ast.withitem | None = None
    #: The variable that holds it.
    name: ast.Name | None = None


def sites(module: Module) -> Iterator[tuple[Site, str | None]]:
    """Every client built in a coroutine for use there, with the reason why it stays as it is, if there is one.

    A client that is kept (on an attribute, in a global name, by the one coroutine that `asyncio.run` runs) is no finding: it
    is shared already.
    """
    for call in module.all(ast.Call):
        names = module.candidates(call.func)
        known = sorted(names & CLIENTS.keys())
        if not known or not module.in_coroutine(call):
            continue
        library = CLIENTS[known[0]]
        if len(names) > 1:
            other = sorted(names - {known[0]})[-1] or "something of the project's own"
            yield Site(call, library), f"{module.segment(call.func)} may also be {other} here"
            continue
        found = _consumer(module, call, library)
        if found is None:
            continue
        site, reason = found
        yield site, reason or _against(module, site)


def _consumer(module: Module, call: ast.Call, library: str) -> tuple[Site, str | None] | None:
    """What becomes of a client; None where it is kept."""
    node: ast.AST = call
    parent = module.parent(node)
    while isinstance(parent, (ast.IfExp, ast.BoolOp)) and node is not getattr(parent, "test", None):
        node, parent = parent, module.parent(parent)
    site = Site(call, library)
    match parent:
        case ast.withitem(optional_vars=target):
            block = module.parent(parent)
            if isinstance(block, ast.With):
                return site, "it stands in a plain `with`, which fails when it runs"
            assert isinstance(block, ast.AsyncWith)
            if isinstance(target, (ast.Attribute, ast.Subscript)) or _runs_once(module, call):
                return None
            return Site(call, library, block, parent, target if isinstance(target, ast.Name) else None), None
        case (
            ast.Assign(targets=[ast.Name() as name])
            | ast.AnnAssign(target=ast.Name() as name)
            | ast.NamedExpr(target=name)
        ):
            scope = module.scope(name).find(name.id)
            if scope is None or scope.kind in ("module", "class") or _runs_once(module, call):
                return None
            return Site(call, library, name=name), None
        case ast.Assign() | ast.AnnAssign():
            return None
        case ast.Attribute() | ast.Expr():
            return site, None
        case ast.Return() | ast.Yield() | ast.Lambda():
            return site, "it is returned, so how long it lives is not decided here"
        case ast.Call() | ast.keyword() | ast.Starred():
            outer = parent if isinstance(parent, ast.Call) else module.parent(parent)
            taker = f"{module.segment(outer.func)}()" if isinstance(outer, ast.Call) else "a call"
            return site, f"it is handed to {taker}, which decides how long it lives"
    return site, "it is put away, so how long it lives is not decided here"


def _runs_once(module: Module, call: ast.Call) -> bool:
    """Whether the client belongs to the one coroutine that the program runs: it is shared by all that this calls."""
    function = module.function(call)
    if function is None or any(module.loops(call)):
        return False
    uses = module.uses(function.name, module.names.root)
    return bool(uses) and all(_is_run(module, use) for use in uses)


def _is_run(module: Module, use: ast.Name) -> bool:
    made = module.parent(use)
    runner = module.parent(made) if isinstance(made, ast.Call) and made.func is use else None
    if not isinstance(runner, ast.Call):
        return False
    return module.resolve(runner.func) in _RUNNERS or (
        isinstance(runner.func, ast.Attribute) and runner.func.attr == "run_until_complete"
    )


# Reasons


def _against(module: Module, site: Site) -> str | None:
    return (
        refuse.foreign_event_loop(module)
        or _not_directly_in_a_coroutine(module, site.call)
        or refuse.unpacks_arguments(site.call)
        or identity(module)
        or _arguments(module, site)
        or _uses(module, site)
        or ("it stands in an f-string, where it is not rewritten" if module.in_fstring(site.call) else None)
    )


def _not_directly_in_a_coroutine(module: Module, call: ast.Call) -> str | None:
    for ancestor in module.ancestors(call):
        match ancestor:
            case ast.AsyncFunctionDef():
                return None
            case ast.FunctionDef(name=name):
                return f"it stands in {name}(), a plain function, which may run where there is no event loop"
            case ast.Lambda():
                return "it stands in a lambda, which may run where there is no event loop"
    return None


def identity(module: Module) -> str | None:
    """Connections of this file that stand for more than the address they lead to."""
    for bound in module.names.root.bindings.values():
        for binding in bound:
            if any(word in (binding.qualified or "").lower() for word in _OF_ONE_USER):
                return f"{binding.name} logs a user in for a whole connection, which nobody else may then use"
    named = (k.value for k in module.all(ast.keyword) if k.arg == "server_hostname")
    names = (c for c in module.all(ast.Constant) if c.value == "sni_hostname")
    if any(True for _ in (*named, *names)):
        return "connections to one address are given different server names in this file"
    return None


def _arguments(module: Module, site: Site) -> str | None:
    for keyword in site.call.keywords:
        name = keyword.arg or ""
        if site.library == "aiohttp":
            if name in _OWN_CONNECTIONS:
                return f"{name}= is about connections of its own"
            if name == "connector" and connector(module, site) is None:
                return "it brings a connector of its own"
        elif name in _OWN_TRANSPORT:
            return f"{name}= gives it connections of its own"
        elif name in OF_TRANSPORT and not is_constant(module, keyword.value):
            return f"{name}={module.segment(keyword.value)} is no constant, and connections with different settings are not shared"
    return None


def is_constant(module: Module, expression: ast.expr) -> bool:
    """Whether a transport's setting is the same at every call: a literal, a constant of the module, or limits made of such."""
    match expression:
        case ast.Call(func=function, args=args, keywords=keywords) if (module.resolve(function) or "").endswith(
            ".Limits"
        ):
            return all(is_constant(module, value) for value in (*args, *(keyword.value for keyword in keywords)))
    try:
        value = evaluate(module, expression)
    except NotLiteral:
        return False
    return (
        value is None
        or isinstance(value, (bool, int, float, str))
        or (isinstance(value, tuple) and all(isinstance(part, str) for part in value))
    )


def connector(module: Module, site: Site) -> ast.Call | None:
    """The call ``aiohttp.TCPConnector(ssl=False)`` that an aiohttp session is given, if sessions can share what it makes."""
    given = next((k.value for k in site.call.keywords if k.arg == "connector"), None)
    if isinstance(given, ast.Name):
        bound = module.bindings(given.id, given)
        parent = module.parent(bound[0].node) if len(bound) == 1 else None
        scope = module.scope(given).find(given.id)
        if scope is None or len(module.uses(given.id, scope)) != 1 or module.function(given) is not scope.node:
            return None
        given = parent.value if isinstance(parent, ast.Assign) and parent.targets == [bound[0].node] else None
    if not isinstance(given, ast.Call) or module.resolve(given.func) not in (
        "aiohttp.TCPConnector",
        "aiohttp.connector.TCPConnector",
    ):
        return None
    shared = all(k.arg in _OF_CONNECTOR and _is_setting(module, k.value) for k in given.keywords)
    return given if shared and not given.args else None


def _is_setting(module: Module, expression: ast.expr) -> bool:
    return is_constant(module, expression) or (module.resolve(expression) or "").startswith("socket.AF_")


def uses(module: Module, site: Site) -> list[ast.Name]:
    """The places that read the client's variable."""
    if site.name is None:
        return []
    scope = module.scope(site.name).find(site.name.id)
    return module.uses(site.name.id, scope) if scope else []


def _uses(module: Module, site: Site) -> str | None:
    """What the code does with the client that a pooled one could not take."""
    handed: str | None = None
    closed = site.block is not None
    for use in uses(module, site):
        parent = module.parent(use)
        match parent:
            case ast.Attribute(attr=attr):
                closed = closed or attr in _CLOSING
                if attr.startswith("_") and attr not in _CLOSING or attr == "connector":
                    return f"the code reaches for {module.segment(parent)}, the connections of this very client"
                if reason := _stream(module, parent):
                    return reason
            case ast.withitem():
                closed = True
            case ast.Return() | ast.Yield():
                return f"{use.id} is returned, so how long it lives is not decided here"
            case ast.Assign(targets=targets) if any(isinstance(t, (ast.Attribute, ast.Subscript)) for t in targets):
                return f"{use.id} is kept by {module.segment(targets[0])}, so how long it lives is not decided here"
            case ast.Call() | ast.keyword():
                outer = parent if isinstance(parent, ast.Call) else module.parent(parent)
                if isinstance(outer, ast.Call):
                    handed = f"{use.id} is handed to {module.segment(outer.func)}() and not closed here"
    return None if closed else handed


def _stream(module: Module, method: ast.Attribute) -> str | None:
    """A response that is asked for as a stream and not closed: it would keep its connection from the others."""
    call = module.parent(method)
    if not isinstance(call, ast.Call) or call.func is not method:
        return None
    holder = module.parent(call)
    if method.attr == "stream":
        entered = (
            isinstance(holder, ast.Call)
            and isinstance(holder.func, ast.Attribute)
            and holder.func.attr == "enter_async_context"
        )
        held = isinstance(holder, ast.withitem) or entered
    elif method.attr == "send" and any(
        k.arg == "stream" and not (isinstance(k.value, ast.Constant) and not k.value.value) for k in call.keywords
    ):
        statement = module.parent(holder) if isinstance(holder, ast.Await) else None
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        held = isinstance(target, ast.Name) and any(
            isinstance(module.parent(use), ast.Attribute) and module.parent(use).attr == "aclose"  # type: ignore[union-attr]
            for use in module.uses(target.id, module.scope(target))
        )
    else:
        return None
    return None if held else "a response is streamed and not closed, and would keep its connection from the others"


# Risks


def risk(module: Module, site: Site) -> str | None:
    """What a person has to look at before accepting the change."""
    given = {keyword.arg: keyword.value for keyword in site.call.keywords}
    if site.library != "aiohttp":
        for name in ("verify", "cert"):
            if name in given and not isinstance(getattr(given[name], "value", ""), (bool, type(None))):
                return f"the certificates of {name}= are read once, and no longer for every client"
        if "limits" in given:
            return "its limits now count for all blocks with these limits together, and no longer for each by itself"
    elif late := _read_late(module, site):
        return late
    if not imported_at_start(module, site.library):
        return f"{site.library} is imported when the bot starts, and no longer when this code first runs"
    return None


def _read_late(module: Module, site: Site) -> str | None:
    """An aiohttp response without `async with` that lives longer than its session."""
    for use in uses(module, site):
        method = module.parent(use)
        call = module.parent(method) if isinstance(method, ast.Attribute) else None
        awaited = module.parent(call) if isinstance(call, ast.Call) else None
        if not isinstance(awaited, ast.Await) or not isinstance(method, ast.Attribute) or method.attr in _CLOSING:
            continue
        holder = module.parent(awaited)
        late = isinstance(holder, ast.Return)
        if isinstance(holder, ast.Assign) and isinstance(holder.targets[0], ast.Name) and site.block is not None:
            target, end = holder.targets[0], module.end(site.block)
            late = any(module.start(read) > end for read in module.uses(target.id, module.scope(target)))
        if late:
            return "a response that is read after its session has closed fails today if it is large, and will not"
    return None


def imported_at_start(module: Module, library: str) -> bool:
    """Whether the project needs the library in any case: some file imports it at its top level, or PTB does, for httpx."""
    for bound in module.names.root.bindings.values():
        for binding in bound:
            top = (binding.qualified or "").partition(".")[0]
            if module.parent(binding.node) is module.tree and (
                top == library or (top, library) == ("telegram", "httpx")
            ):
                return True
    names = f"{library}|telegram" if library == "httpx" else library
    pattern = re.compile(rf"(?m)^(?:import|from)[ \t]+(?:{names})\b".encode())
    return any(_imports(pattern, source.data) for source in module.project.others(module.path))


@lru_cache(maxsize=8192)
def _imports(pattern: re.Pattern[bytes], data: bytes) -> bool:
    return pattern.search(data) is not None
