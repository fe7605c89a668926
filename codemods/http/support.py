"""The support code of the HTTP codemods: connection pools that belong to an event loop, and clients on top of them.

What is written here goes, as text, into users' projects: it names no tgfix, needs Python 3.9 and any httpx since 0.24 or aiohttp
since 3.9, and is kept short, because its owner will read it.
"""

from __future__ import annotations

from functools import lru_cache

from ...engine.model import Helper, Import

_POOLS = '''\
_http_pools = {}  # event loop -> (what closes its pools in the end, the pools)


def _http_pool(key, make):
    """The pool that the running event loop has under `key`; `make` makes it at first use."""
    loop = asyncio.get_running_loop()
    if loop not in _http_pools:
        for ended in [known for known in list(_http_pools) if known.is_closed()]:
            _http_pools.pop(ended, None)
        pools = {}
        keeper = _keep_http_pools(loop, pools)
        with contextlib.suppress(StopIteration):
            keeper.asend(None).send(None)  # runs up to the `yield`; now the loop knows it
        _http_pools[loop] = keeper, pools
    pools = _http_pools[loop][1]
    if key not in pools:
        pools[key] = make()
    return pools[key]


async def _keep_http_pools(loop, pools):
    """Closes the pools; an asynchronous generator, because asyncio.run() ends those that are still open."""
    try:
        yield
    finally:
        _http_pools.pop(loop, None)
        await asyncio.gather(*(pool.close_pool() for pool in pools.values()), return_exceptions=True)


async def close_http_pools(application=None):
    """Close the pooled connections of the running event loop.

    asyncio.run() does it by itself and python-telegram-bot as `post_shutdown`; elsewhere await it at the end of your main coroutine.
    """
    keeper, _ = _http_pools.get(asyncio.get_running_loop(), (None, None))
    if keeper is not None:
        await keeper.aclose()


@atexit.register
def _close_http_pools_at_exit():
    """For loops that nobody closed; one that still has tasks is not started again for it."""
    for loop, (keeper, _) in list(_http_pools.items()):
        if not (loop.is_closed() or loop.is_running() or asyncio.all_tasks(loop)):
            loop.run_until_complete(keeper.aclose())
'''

_AFTER = '''\
def closing_http_pools(post_shutdown):
    """A `post_shutdown` callback that runs another one and then close_http_pools()."""

    async def then_close(application):
        try:
            await post_shutdown(application)
        finally:
            await close_http_pools()

    return then_close
'''

_CLIENT = '''\
class _PooledTransport(httpx.AsyncBaseTransport):
    """Connections that stay open when a client that used them closes."""

    def __init__(self, verify=True, cert=None, trust_env=True, limits=None, **options):
        context = httpx.create_ssl_context(verify=verify, cert=cert, trust_env=trust_env)
        limits = limits or httpx.Limits(max_connections=MAXIMUM, max_keepalive_connections=20, keepalive_expiry=5.0)
        self._reading = httpx.AsyncHTTPTransport(verify=context, limits=limits, **options)
        # What is no mere question must not be sent twice, so it takes no connection that the server may just be closing.
        soon = httpx.Limits(
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=1.0,
        )
        self._writing = httpx.AsyncHTTPTransport(verify=context, limits=soon, **options)

    async def handle_async_request(self, request):
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            return await self._writing.handle_async_request(request)
        extensions, opened = request.extensions, []

        async def trace(event, info):
            if event.endswith("connect_tcp.started"):
                opened.append(event)
            if "trace" in extensions:
                await extensions["trace"](event, info)

        try:
            request.extensions = {**extensions, "trace": trace}
            return await self._reading.handle_async_request(request)
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError):
            if opened:
                raise
            return await self._reading.handle_async_request(request)  # the server had closed the kept connection
        finally:
            request.extensions = extensions

    async def aclose(self):
        """A client closes; the connections stay."""

    async def close_pool(self):
        await self._reading.aclose()
        await self._writing.aclose()


def pooled_client(**options: Any) -> httpx.AsyncClient:
    """`httpx.AsyncClient(**options)` on connections that stay open for the next one; see close_http_pools()."""
    if options.get("trust_env", True) and getproxies():  # a client with a transport would not use them
        return httpx.AsyncClient(**options)
    names = ("verify", "cert", "http1", "http2", "proxy", "limits", "trust_env")
    of_transport = {name: options.pop(name) for name in names if name in options}
    key = ("httpx", *((name, repr(value)) for name, value in sorted(of_transport.items())))
    transport = _http_pool(key, lambda: _PooledTransport(**of_transport))
    return httpx.AsyncClient(transport=transport, trust_env=of_transport.get("trust_env", True), **options)
'''

_SESSION = '''\
class _PooledConnector(aiohttp.TCPConnector):
    """Connections that stay open when a session that used them closes."""

    writing = None

    async def connect(self, req, *args, **kwargs):
        # What is no mere question must not be sent twice, so it takes no connection that the server may just be closing.
        if self.writing is not None and req.method not in ("GET", "HEAD", "OPTIONS"):
            return await self.writing.connect(req, *args, **kwargs)
        return await super().connect(req, *args, **kwargs)

    async def close_pool(self):
        await self.writing.close()
        await self.close()

    def __del__(self, *args):
        """Silent where its loop was closed before close_http_pools() could run."""


def pooled_connector(**options: Any) -> aiohttp.TCPConnector:
    """`aiohttp.TCPConnector(**options)`, one for all sessions of the event loop; see close_http_pools()."""

    def make():
        pool = _PooledConnector(limit=MAXIMUM, **options)
        pool.writing = _PooledConnector(limit=MAXIMUM, keepalive_timeout=1.0, **options)
        return pool

    return _http_pool(("aiohttp", *sorted(options.items())), make)


def pooled_session(*args: Any, connector: Any = None, **options: Any) -> aiohttp.ClientSession:
    """`aiohttp.ClientSession(...)` on connections that stay open for the next one; see close_http_pools()."""
    connector = connector or pooled_connector()
    return aiohttp.ClientSession(*args, connector=connector, connector_owner=False, **options)
'''

_REQUEST = '''\
async def pooled_request(method: str, url: Any, **options: Any) -> httpx.Response:
    """What `httpx.request()` does, without blocking the event loop and on connections that stay open."""
    of_client = ("cookies", "proxy", "timeout", "verify", "trust_env")
    client_options = {name: options.pop(name) for name in of_client if name in options}
    async with pooled_client(**client_options) as client:
        return await client.request(method, url, **options)
'''

_SHARED_CLIENT = '''\
def http_client() -> httpx.AsyncClient:
    """The client that all requests without a client of their own share. It stores no cookies: users' answers never mix."""

    def make():
        client = pooled_client(cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])))
        client.close_pool = client.aclose
        return client

    return _http_pool("http_client", make)
'''

_SHARED_SESSION = '''\
def http_session() -> aiohttp.ClientSession:
    """The session that all requests without a session of their own share. It stores no cookies: users' answers never mix."""
    return _http_pool("http_session", _SharedSession).session


class _SharedSession:
    def __init__(self):
        self.session = pooled_session(cookie_jar=aiohttp.DummyCookieJar())

    async def close_pool(self):
        await self.session.close()

    def __del__(self):
        self.session.detach()  # silent where its loop was closed before close_http_pools() could run
'''

_ANY = Import("typing", "Any")

#: The pools of an event loop, and what closes them.
POOLS = Helper(
    "close_http_pools",
    _POOLS,
    (Import("asyncio"), Import("atexit"), Import("contextlib")),
    also_defines=("_http_pool", "_http_pools", "_keep_http_pools", "_close_http_pools_at_exit"),
)
#: Composes `close_http_pools` with a `post_shutdown` that is there already.
AFTER = Helper("closing_http_pools", _AFTER, requires=(POOLS,))


@lru_cache
def client(library: str, maximum: int) -> Helper:
    """`pooled_client` for httpx, `pooled_httpx2_client` for its fork; `maximum` connections at a time, 0 for any number."""
    source = _CLIENT.replace("MAXIMUM", str(maximum or None))
    transport = "_PooledTransport"
    if library != "httpx":
        source = source.replace(transport, "_PooledHttpx2Transport").replace("pooled_client", client_name(library))
        source = source.replace("httpx.", f"{library}.").replace('"httpx"', f'"{library}"')
        transport = "_PooledHttpx2Transport"
    imports = (Import(library), Import("urllib.request", "getproxies"), _ANY)
    return Helper(client_name(library), source, imports, also_defines=(transport,), requires=(POOLS,))


def client_name(library: str) -> str:
    """What the pooled client of a library is called."""
    return "pooled_client" if library == "httpx" else f"pooled_{library}_client"


@lru_cache
def session(maximum: int) -> Helper:
    """`pooled_session` and `pooled_connector` for aiohttp."""
    source = _SESSION.replace("MAXIMUM", str(maximum))
    names = ("pooled_connector", "_PooledConnector")
    return Helper("pooled_session", source, (Import("aiohttp"), _ANY), also_defines=names, requires=(POOLS,))


@lru_cache
def request(library: str, maximum: int) -> Helper:
    """`pooled_request`, the twin of `httpx.request` for coroutines."""
    source = _REQUEST.replace("pooled_client", client_name(library)).replace("httpx.", f"{library}.")
    name = "pooled_request" if library == "httpx" else f"pooled_{library}_request"
    source = source.replace("def pooled_request", f"def {name}")
    return Helper(name, source, (Import(library), _ANY), requires=(client(library, maximum),))


@lru_cache
def shared_client(library: str, maximum: int) -> Helper:
    """`http_client` on top of the pooled client."""
    source = _SHARED_CLIENT.replace("pooled_client", client_name(library)).replace("httpx.", f"{library}.")
    name = "http_client" if library == "httpx" else f"{library}_client"
    source = source.replace("http_client", name)
    imports = (Import("http.cookiejar", "CookieJar"), Import("http.cookiejar", "DefaultCookiePolicy"), Import(library))
    return Helper(name, source, imports, requires=(client(library, maximum),))


@lru_cache
def shared_session(maximum: int) -> Helper:
    """`http_session` on top of the pooled session."""
    names = ("_SharedSession",)
    return Helper(
        "http_session", _SHARED_SESSION, (Import("aiohttp"),), also_defines=names, requires=(session(maximum),)
    )
