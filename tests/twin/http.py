"""A loopback HTTP and HTTPS server that records every connection and every request, for clients of any kind.

    def test_same_requests(worker, http_server):       # programs find it by os.environ["HTTP_URL"] and ["HTTPS_URL"]
        assert worker.differences(BEFORE, AFTER, scenario=drive, outside=[http_server]) == []
        assert len(http_server.connections) < len(http_server.requests)

It runs in a thread of the tests' process, answers under ``localhost`` (cookies need a host name; both IPv4 and IPv6)
and certifies itself with an authority made at run time: `Server.environment` makes httpx, aiohttp, requests and urllib
of a run trust it. Routes are in `routes`; `Server.routes` takes more. Not for the internet: no limits, no chunk
extensions, no pipelining.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import itertools
import socket
import ssl
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme

from .observation import Call
from .routes import ROUTES, Abort, Reply, Request, Route

#: Headers that tell connections apart, not requests.
_OF_THE_CONNECTION = ("connection", "keep-alive")


@dataclass
class Connection:
    """One connection as the server sees it."""

    number: int
    tls: bool
    reader: asyncio.StreamReader = field(repr=False)
    requests: list[Request] = field(default_factory=list)
    closed_here: bool = False

    @property
    def closed(self) -> bool:
        """By either side, also while a slow answer is on its way."""
        return self.closed_here or self.reader.at_eof() or self.reader.exception() is not None


class Server:
    """Use as a context manager; one server serves a whole test session, `begin` forgets what was recorded."""

    def __init__(self) -> None:
        self.routes: dict[str, Route] = dict(ROUTES)
        #: Seconds before each answer.
        self.latency = 0.0
        #: Seconds before the first answer on a connection, in addition: what handshakes over a long way would cost.
        self.connection_latency = 0.0
        self.connections: list[Connection] = []
        self.requests: list[Request] = []
        self.port = self.tls_port = 0
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="twin-http", daemon=True)
        self._refusing = socket.socket()  # bound and never listening
        self._directory = tempfile.TemporaryDirectory(prefix="twin-ca-")
        self._listening: list[asyncio.AbstractServer] = []
        self._serving: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Server:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(self.authority)
        Path(self._directory.name).chmod(0o755)  # runs that are not root read it, too
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1", "::1").configure_cert(context)
        self._refusing.bind(("127.0.0.1", 0))
        self._thread.start()
        self.port, self.tls_port = self._call(self._listen(None)), self._call(self._listen(context))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._refusing.close()
        self._directory.cleanup()

    @property
    def authority(self) -> str:
        """Path of the certificate authority (PEM)."""
        return f"{self._directory.name}/authority.pem"

    @property
    def url(self) -> str:
        """Without a final slash."""
        return f"http://localhost:{self.port}"

    @property
    def tls_url(self) -> str:
        return f"https://localhost:{self.tls_port}"

    @property
    def environment(self) -> Mapping[str, str]:
        """For a run: where the server is, and the authority as the only one."""
        trust = dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"), self.authority)
        refused = self._refusing.getsockname()[1]
        return {
            "HTTP_URL": self.url,
            "HTTPS_URL": self.tls_url,
            "REFUSED_URL": f"http://localhost:{refused}",
            **trust,
        }

    def begin(self) -> None:
        """Forget connections and requests (those of connections that are still open, too)."""
        with self._lock:
            self.connections, self.requests = [], []

    def finish(self) -> Sequence[Call]:
        """The requests as calls of kind "http", when the program's connections are closed: its process is gone."""
        self.all_closed(5.0)
        return self.calls()

    def calls(self) -> list[Call]:
        """The requests so far, in order of arrival, as calls of kind "http": everything on the wire but which
        connection it was.
        """
        with self._lock:
            return [_as_call(request) for request in self.requests]

    def all_closed(self, timeout: float = 2.0) -> bool:
        """Wait until every recorded connection is closed; false if some are still open after `timeout` seconds."""

        async def closed() -> bool:
            deadline = self._loop.time() + timeout
            while any(not connection.closed for connection in self.connections):
                if self._loop.time() > deadline:
                    return False
                await asyncio.sleep(0.002)
            return True

        all_are: bool = self._call(closed())
        return all_are

    def _call(self, coroutine: Any) -> Any:
        future: concurrent.futures.Future[Any] = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        return future.result(30)

    async def _listen(self, context: ssl.SSLContext | None) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._serving.add(task)
            task.add_done_callback(self._serving.discard)
            await self._serve(reader, writer, context is not None)

        first = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context, backlog=1024)
        self._listening.append(first)
        port: int = first.sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):  # no IPv6 here, or the port is taken there
            self._listening.append(await asyncio.start_server(serve, "::1", port, ssl=context, backlog=1024))
        return port

    async def _stop(self) -> None:
        for server in self._listening:
            server.close()
        for task in list(self._serving):
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await asyncio.sleep(0.01)  # transports get to close

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, tls: bool) -> None:
        connection = Connection(next(self._numbers), tls, reader)
        with self._lock:
            self.connections.append(connection)
        try:
            while (request := await _read_request(reader)) is not None:
                request.connection = connection.number
                with self._lock:
                    connection.requests.append(request)
                    self.requests.append(request)
                await asyncio.sleep(self.latency + (self.connection_latency if len(connection.requests) == 1 else 0))
                if not await self._answer(request, writer, len(connection.requests)):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, Abort, ssl.SSLError, asyncio.CancelledError):
            pass  # the client went away, or the route wants to be rude, or the server stops
        finally:
            writer.transport.abort() if tls else writer.close()
            connection.closed_here = True

    async def _answer(self, request: Request, writer: asyncio.StreamWriter, nth: int) -> bool:
        """Write the route's reply; says whether the connection stays open."""
        name = next((name for name in sorted(self.routes, key=len, reverse=True) if _fits(name, request.path)), None)
        reply = Reply(404, {"error": "no such route"}) if name is None else await self.routes[name](request, nth)
        head = [f"HTTP/1.1 {reply.status} {reply.phrase}"]
        body = reply.encoded
        headers = [("Content-Type", reply.type), *reply.headers]
        headers.append(
            ("Transfer-Encoding", "chunked") if reply.chunks is not None else ("Content-Length", str(reply.length))
        )
        head += [f"{key}: {value}" for key, value in headers]
        writer.write("\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + (b"" if request.method == "HEAD" else body))
        await writer.drain()
        if reply.chunks is not None and request.method != "HEAD":
            async for chunk in reply.chunks:
                writer.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                await writer.drain()
            writer.write(b"0\r\n\r\n")
            await writer.drain()
        return not reply.close and (request.header("connection") or "").lower() != "close"


def _fits(route: str, path: str) -> bool:
    return path == route or (route.endswith("/") and path.startswith(route))


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection; None when the client has closed it."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise
    first, *lines = head.decode("latin-1").split("\r\n")[:-2]
    method, target, _ = first.split(" ", 2)
    headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    request = Request(method, target, headers)
    if (request.header("expect") or "").lower() == "100-continue":
        raise Abort("not needed by any client here")
    if "chunked" in (request.header("transfer-encoding") or ""):
        while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
            request.body += (await reader.readexactly(size + 2))[:-2]
        await reader.readuntil(b"\r\n")
    elif length := int(request.header("content-length") or 0):
        request.body = await reader.readexactly(length)
    return request


def _as_call(request: Request) -> Call:
    boundary = (request.header("content-type") or "").partition("boundary=")[2].strip('"')

    def without_boundary(text: str) -> str:
        return text.replace(boundary, "boundary") if boundary else text

    headers = [
        (name, without_boundary(value)) for name, value in request.headers if name.lower() not in _OF_THE_CONNECTION
    ]
    body = without_boundary(request.body.decode("latin-1")).encode("latin-1")
    where = {"method": request.method, "path": request.path, "query": request.query}
    return Call("http", where | {"cookies": request.cookies, "body": body, "headers": headers})


def percentile(samples: Sequence[float], percent: float) -> float:
    """The sample below which `percent` of the others lie (nearest rank), for latencies."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
