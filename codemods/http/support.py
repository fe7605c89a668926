"""The support code of the HTTP codemods: TLS settings that are made once, and connections that one client leaves to the next.

What is written here goes, as text, into users' projects: it names no tgfix, needs Python 3.9 and any httpx since 0.24 or aiohttp
since 3.9, and is kept short, because its owner will read it.
"""

from __future__ import annotations

from functools import lru_cache

from ...engine.model import Helper, Import

_TLS = '''\
@functools.cache
def tls_context() -> ssl.SSLContext:
    """The TLS settings of an `httpx.AsyncClient()`, which take about 20 ms to make."""
    return httpx.create_ssl_context()
'''

_TLS_OF_THREADS = '''\
def tls_context() -> ssl.SSLContext:
    """The TLS settings of an `httpx.AsyncClient()`, which take about 20 ms to make: made once in each thread."""
    return _tls_context(threading.get_ident())


@functools.lru_cache(maxsize=4)
def _tls_context(thread: int) -> ssl.SSLContext:
    return httpx.create_ssl_context()
'''

_LEFT = '''\
class _LeftPools:
    """Connections that closed clients leave to the next ones of their event loop: each for a second, ten at most."""

    _of_loops: ClassVar[dict[asyncio.AbstractEventLoop, Any]] = {}

    def __init__(self) -> None:
        self._left: list[Any] = []  # (for what, connections, how to close them)
        self._most = 10
        self._end: Any = None

    @classmethod
    def here(cls) -> Any:
        loop = asyncio.get_running_loop()
        if loop not in cls._of_loops:
            for closed in [known for known in list(cls._of_loops) if known.is_closed()]:
                cls._of_loops.pop(closed, None)
            cls._of_loops[loop] = cls()
        return cls._of_loops[loop]

    def take(self, key: Any, method: str) -> Any:
        """The connection that was last left for `key`, unless the server may be closing it and the request must not be lost."""
        for left in reversed(self._left):
            if left[0] == key:
                if method in ("GET", "HEAD", "OPTIONS"):
                    self._left.remove(left)
                    return left[1]
                self._close(left)
        return None

    async def leave(self, key: Any, pool: Any, close: Any) -> None:
        if self._end is None:
            self._end = self._at_loop_end()
            await self._end.__anext__()
        left = (key, pool, close)
        self._left.append(left)
        asyncio.get_running_loop().call_later(1.0, self._close, left)
        if len(self._left) > self._most:
            self._close(self._left[0])

    def _close(self, left: Any) -> None:
        if left in self._left:
            self._left.remove(left)
            asyncio.ensure_future(left[2]())

    async def _at_loop_end(self) -> AsyncIterator[None]:
        """An asynchronous generator, because asyncio.run() ends those at the end of its event loop."""
        try:
            yield
        finally:
            self._most = 0
            for left in self._left:
                await left[2]()
            self._left.clear()
'''

_CLIENT = '''\
class _PooledTransport(httpx.AsyncBaseTransport):
    """The connections of one client, which may begin with one that an earlier client left and leaves its own to a later one."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._keys: list[Any] = []
        self._own: Any = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url, server_name = request.url, request.extensions.get("sni_hostname")
        key = ("httpx", self._options, url.scheme, url.host, url.port, server_name)
        if key not in self._keys:
            self._keys.append(key)
        if self._own is None:
            left = _LeftPools.here().take(key, request.method)
            self._own = left or httpx.AsyncHTTPTransport(**self._options)
        response: httpx.Response = await self._own.handle_async_request(request)
        return response

    async def aclose(self) -> None:
        own, self._own = self._own, None
        connections = own._pool.connections if own else []
        if len(self._keys) == len(connections) == 1 and connections[0].is_idle():
            await _LeftPools.here().leave(self._keys[0], own, own.aclose)
        elif own:
            await own.aclose()


def pooled_client(**options: Any) -> httpx.AsyncClient:
    """`httpx.AsyncClient(**options)` that may begin with an open connection; its cookies and limits are its own."""
    # a client with a transport would not use proxies
    if options.get("trust_env", True) and getproxies():
        return httpx.AsyncClient(**options)
    own = {"cert", "http2", "trust_env"} & options.keys()
    if not own and options.get("verify", True) is True:
        options["verify"] = tls_context()
    names = ("verify", "cert", "http1", "http2", "proxy", "limits", "trust_env")
    of_transport = {name: options.pop(name) for name in names if name in options}
    options["trust_env"] = of_transport.get("trust_env", True)
    transport = _PooledTransport(**of_transport)
    return httpx.AsyncClient(transport=transport, **options)
'''

_CONNECTOR = '''\
class _LeftConnector(aiohttp.TCPConnector):
    def __del__(self, *args: Any) -> None:
        """Says nothing where the event loop was closed first, and the connection with it."""
        if not self._loop.is_closed():
            super().__del__(*args)


class PooledConnector(aiohttp.TCPConnector):
    """A session's connections, which may begin with one that an earlier session left and are left to a later one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._options = options
        self._keys: set[Any] = set()
        self._own: Any = None

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Any:
        self._keys.add(req.connection_key)
        if self._own is None:
            key = ("aiohttp", self._options, req.connection_key)
            left = _LeftPools.here().take(key, req.method)
            self._own = left or _LeftConnector(**self._options)
        return await self._own.connect(req, traces, timeout)

    async def close(self, **how: Any) -> None:
        await super().close(**how)
        own, self._own = self._own, None
        free = sum(map(len, own._conns.values())) if own else 0
        if len(self._keys) == free == 1 and not own._acquired:
            key = ("aiohttp", self._options, *self._keys)
            await _LeftPools.here().leave(key, own, own.close)
        elif own:
            await own.close(**how)
'''

_ANY = Import("typing", "Any")
_LIBRARIES = ("httpx", "httpx2")

#: What closed clients leave to the next ones.
LEFT = Helper(
    "_LeftPools",
    _LEFT,
    (Import("asyncio"), Import("collections.abc", "AsyncIterator"), _ANY, Import("typing", "ClassVar")),
)
#: `PooledConnector` for a session of aiohttp.
CONNECTOR = Helper(
    "PooledConnector", _CONNECTOR, (Import("aiohttp"), _ANY), also_defines=("_LeftConnector",), requires=(LEFT,)
)


@lru_cache
def tls(library: str, *, in_threads: bool = False) -> Helper:
    """`tls_context` for httpx, `httpx2_tls_context` for its fork.

    A client sets the protocols of its settings whenever it connects, which threads must not do at once with one object
    (httpcore, `_async/connection.py`): so each has its own where event loops may run `in_threads`.
    """
    imports = [Import("functools"), Import("ssl"), Import(library)]
    name = _of("tls_context", library)
    if in_threads:
        return Helper(name, _of(_TLS_OF_THREADS, library), (*imports, Import("threading")), also_defines=(f"_{name}",))
    return Helper(name, _of(_TLS, library), tuple(imports))


@lru_cache
def client(library: str, *, in_threads: bool = False) -> Helper:
    """`pooled_client` for httpx, `pooled_httpx2_client` for its fork."""
    imports = (Import(library), Import("urllib.request", "getproxies"), _ANY)
    defines = (_of("_PooledTransport", library),)
    return Helper(
        _of("pooled_client", library),
        _of(_CLIENT, library),
        imports,
        also_defines=defines,
        requires=(LEFT, tls(library, in_threads=in_threads)),
    )


def _of(text: str, library: str) -> str:
    """A helper's text or name for a library, beside those for the others."""
    if library == "httpx":
        return text
    for old, new in (
        ("httpx.", f"{library}."),
        ('"httpx"', f'"{library}"'),
        ("_PooledTransport", f"_Pooled{library.capitalize()}Transport"),
        ("pooled_client", f"pooled_{library}_client"),
        ("tls_context", f"{library}_tls_context"),
    ):
        text = text.replace(old, new)
    return text
