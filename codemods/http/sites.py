"""Where a coroutine builds an HTTP client, and what stands against leaving its connection to the next one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...engine.analysis import refuse
from ...engine.analysis.calls.graph import CallGraph
from ...engine.analysis.facts import Facts
from ...engine.analysis.module import Module
from ...engine.analysis.reach import nobody_waits

#: Qualified names of the classes → the library as it is imported.
CLIENTS = {
    "httpx.AsyncClient": "httpx",
    "httpx2.AsyncClient": "httpx2",
    "aiohttp.ClientSession": "aiohttp",
    "aiohttp.client.ClientSession": "aiohttp",
}
_CONNECTORS = ("aiohttp.TCPConnector", "aiohttp.connector.TCPConnector")
#: Arguments that are about connections of the client's own.
_OWN_CONNECTIONS = {
    "aiohttp": ("connector_owner", "trace_configs", "ssl_shutdown_timeout"),
    "httpx": ("transport", "mounts", "app", "proxies"),
}
#: Ways to log in that hold for a connection, in the names of what is imported for them.
_OF_ONE_USER = ("ntlm", "gssapi", "negotiate", "kerberos", "sspi", "spnego")
_CLOSING = ("aclose", "close", "__aexit__")
_RUNNERS = ("asyncio.run", "asyncio.runners.run", "uvloop.run", "anyio.run")


@dataclass(frozen=True, slots=True)
class Site:
    """A call that builds a client for the use of one coroutine."""

    call: ast.Call
    library: str
    #: Whether it is seen to be closed.
    is_closed: bool = False
    #: The variable that holds it.
    name: ast.Name | None = None

    @property
    def given(self) -> dict[str, ast.expr]:
        """Its arguments by name."""
        return {keyword.arg or "": keyword.value for keyword in self.call.keywords}


def sites(module: Module) -> Iterator[tuple[Site, str | None]]:
    """Every client built in a coroutine for use there, with the reason why it stays as it is, if there is one.

    A client that is kept (on an attribute, in a global name, in a stack of the caller's, by the one coroutine that `asyncio.run`
    runs) is no finding: it is shared already.
    """
    for call in module.all(ast.Call):
        names = module.candidates(call.func)
        known = sorted(names & CLIENTS.keys())
        if not known or not module.in_coroutine(call) or _is_in_a_stack(module, call):
            continue
        site = _consumed(module, call, CLIENTS[known[0]])
        if site is not None and not _is_pooled(module, site):
            yield site, _reason(module, site, names - {known[0]})


def _is_in_a_stack(module: Module, call: ast.Call) -> bool:
    """Whether an `AsyncExitStack` that outlives the coroutine keeps the client, one of an object or of the caller."""
    match module.parent(call):
        case ast.Call(func=ast.Attribute(value=ast.Attribute(), attr="enter_async_context")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name) as stack, attr="enter_async_context")):
            return any(isinstance(binding.node, ast.arg) for binding in module.bindings(name, stack))
    return False


def hidden_sites(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Calls by which a coroutine gets a client for one use without building it, each with what can be done."""
    for call in module.all(ast.Call):
        name = module.resolve(call.func)
        if name == "aiohttp.request" and module.in_coroutine(call):
            yield (
                call,
                "it makes a session for this request alone; `session.request()` of one that is kept spares the connection",
            )
        elif name in CLIENTS or (name == "functools.partial" and call.args and module.resolve(call.args[0]) in CLIENTS):
            if maker := _of_factory(module, call):
                yield call, f"{maker}() makes one for each coroutine that asks; one that it keeps spares the connection"
            elif maker := _of_instance(module, call):
                yield call, f"each {maker}() makes one; one that is kept, with its client, spares the connection"


def _of_factory(module: Module, call: ast.Call) -> str | None:
    """The name of what gives a client that it makes to coroutines: a plain function, a lambda, a `functools.partial`."""
    function, parent = module.function(call), module.parent(call)
    match parent:
        case ast.Lambda() if isinstance(assigned := module.parent(parent), ast.Assign):
            return _asked_by_name(module, assigned.targets)
        case ast.Assign(targets=targets) if module.resolve(call.func) == "functools.partial":
            return _asked_by_name(module, targets)
        case ast.Assign(targets=[ast.Name() as name]) if function is not None:
            given = [
                use for use in module.uses(name.id, module.scope(name)) if isinstance(module.parent(use), ast.Return)
            ]
            if not given or module.scope(name).find(name.id) is module.names.root:
                return None
        case ast.Return():
            pass
        case _:
            return None
    if not isinstance(function, ast.FunctionDef) or not module.project.fact(Facts).is_plain(module, function):
        return None
    uses = module.project.fact(CallGraph).uses([(module, function)])[function]
    asked = (
        use.call is not None and use.module.in_coroutine(use.call) and not nobody_waits(use.module) for use in uses
    )
    return function.name if any(asked) else None


def _asked_by_name(module: Module, targets: list[ast.expr]) -> str | None:
    """The variable in `targets` that a coroutine calls."""
    for target in targets:
        for use in module.uses(target.id, module.scope(target)) if isinstance(target, ast.Name) else ():
            call = module.parent(use)
            if isinstance(call, ast.Call) and call.func is use and module.in_coroutine(call):
                return use.id
    return None


def _of_instance(module: Module, call: ast.Call) -> str | None:
    """The class whose instances each make a client, where a coroutine makes one and keeps it no longer than it runs."""
    method = module.function(call)
    cls = module.parent(method) if method is not None else None
    match module.parent(call):
        case ast.Assign(targets=[ast.Attribute(value=ast.Name(id="self"))]) if isinstance(cls, ast.ClassDef):
            pass
        case _:
            return None
    graph = module.project.fact(CallGraph)
    for path in graph.mentioning([cls.name]):
        where = graph.module(path)
        if where is None or nobody_waits(where):
            continue
        for use in (*where.loads(cls.name), *where.attributes(cls.name)):
            made = where.parent(use)
            if not (isinstance(made, ast.Call) and made.func is use and where.in_coroutine(made)):
                continue
            meant = graph.definition(where, use)
            if meant is not None and meant[1] is cls and _is_of_one_run(where, made):
                return cls.name
    return None


def _is_of_one_run(module: Module, made: ast.Call) -> bool:
    """Whether an object that a coroutine makes is used there alone: in a `with`, a local variable, or at once."""
    match module.parent(made):
        case ast.withitem() | ast.Attribute():
            return not _runs_once(module, made)
        case ast.Assign(targets=[ast.Name() as name]):
            scope = module.scope(name).find(name.id)
            uses = module.uses(name.id, scope) if scope is not None and scope.kind == "function" else []
            handed_on = any(not isinstance(module.parent(use), (ast.Attribute, ast.withitem)) for use in uses)
            return bool(uses) and not handed_on and not _runs_once(module, made)
    return False


def _is_pooled(module: Module, site: Site) -> bool:
    """Whether a session of aiohttp has a `PooledConnector`, directly or by way of a variable."""
    given = _made(module, site.given.get("connector"))
    return given is not None and module.segment(given.func).rpartition(".")[2] == "PooledConnector"


def _reason(module: Module, site: Site, others: frozenset[str]) -> str | None:
    if others:
        return f"{module.segment(site.call.func)} may also be {max(others) or 'something of the project`s own'} here"
    item = module.parent(site.call)
    if isinstance(item, ast.withitem) and isinstance(module.parent(item), ast.With):
        return "it stands in a plain `with`, which fails when it runs"
    if module.in_fstring(site.call):
        return "it stands in an f-string, where it is not rewritten"
    if reason := refuse.unpacks_arguments(site.call):
        return reason
    for use in _uses(module, site):
        attribute = module.parent(use)
        if isinstance(attribute, ast.Attribute) and (attribute.attr == "connector" or _is_private(attribute.attr)):
            return f"the code reaches for {module.segment(attribute)}, the connections of this very client"
    return None


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def _consumed(module: Module, call: ast.Call, library: str) -> Site | None:
    """A client and what becomes of it; None where it is kept."""
    node: ast.AST = call
    parent = module.parent(node)
    while isinstance(parent, (ast.IfExp, ast.BoolOp)) and node is not getattr(parent, "test", None):
        node, parent = parent, module.parent(parent)
    match parent:
        case ast.withitem(optional_vars=ast.Attribute() | ast.Subscript()):
            return None
        case ast.withitem(optional_vars=target):
            name = target if isinstance(target, ast.Name) else None
            return None if _runs_once(module, call) else Site(call, library, True, name)
        case ast.Assign(targets=[ast.Name() as name]) | ast.AnnAssign(target=ast.Name() as name):
            scope = module.scope(name).find(name.id)
            if scope is None or scope.kind in ("module", "class") or _runs_once(module, call):
                return None
            uses = [module.parent(use) for use in module.uses(name.id, scope)]
            closed = any(isinstance(p, ast.withitem) or getattr(p, "attr", "") in _CLOSING for p in uses)
            return Site(call, library, closed, name)
        case ast.Assign() | ast.AnnAssign():
            return None
    return Site(call, library)


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


def _uses(module: Module, site: Site) -> list[ast.Name]:
    """The places that read the client's variable."""
    if site.name is None:
        return []
    scope = module.scope(site.name).find(site.name.id)
    return module.uses(site.name.id, scope) if scope else []


# Connections that are left to the next client


def unshareable(module: Module, site: Site) -> str | None:
    """Why the connections of a client cannot be left to the next one."""
    if reason := refuse.foreign_event_loop(module) or logs_connections_in(module):
        return reason
    if not site.is_closed:
        return "it is not closed here, so how long it lives is not decided here"
    for name in _OWN_CONNECTIONS.get(site.library, _OWN_CONNECTIONS["httpx"]):
        if name in site.given:
            return f"{name}= is about connections of its own"
    if "connector" in site.given and connector(module, site) is None:
        return "it brings a connector of its own"
    return None


def logs_connections_in(module: Module) -> str | None:
    """A way to log in that holds for a whole connection."""
    for bound in module.names.root.bindings.values():
        for binding in bound:
            if any(word in (binding.qualified or "").lower() for word in _OF_ONE_USER):
                return f"{binding.name} logs a user in for a whole connection, which nobody else may then use"
    return None


def connector(module: Module, site: Site) -> ast.Call | None:
    """The call ``aiohttp.TCPConnector(ssl=False)`` that makes a connector for this aiohttp session alone."""
    given = _made(module, site.given.get("connector"))
    if given is None or module.resolve(given.func) not in _CONNECTORS:
        return None
    return None if given.args or refuse.unpacks_arguments(given) else given


def _made(module: Module, given: ast.expr | None) -> ast.Call | None:
    """The call that an argument is the result of, itself or in a variable of which there is no other use."""
    if isinstance(given, ast.Name):
        bound = module.bindings(given.id, given)
        parent = module.parent(bound[0].node) if len(bound) == 1 else None
        scope = module.scope(given).find(given.id)
        if scope is None or len(module.uses(given.id, scope)) != 1 or module.function(given) is not scope.node:
            return None
        given = parent.value if isinstance(parent, ast.Assign) and parent.targets == [bound[0].node] else None
    return given if isinstance(given, ast.Call) else None
