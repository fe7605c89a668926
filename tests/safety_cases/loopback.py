"""A small HTTP/1.1 server beside the program, in the process of its run: it can be slow, rude or busy, and counts."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Answers every request with JSON of its path and body, each connection in a thread of its own."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, **how: Any) -> None:
        self.how = _How(**how)
        super().__init__(("0.0.0.0" if self.how.everywhere else "127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        #: Method, path and body of each request, in order of arrival.
        self.requests: list[tuple[str, str, str]] = []
        #: Connections that were accepted, those open now, and the most of requests that were at work at once.
        self.accepted = self.open = self.working = self.busiest = 0

    @property
    def url(self) -> str:
        """Without a final slash."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        """In a thread of its own, or at once by a server that knows one connection at a time."""
        if self.how.one_at_a_time:
            socketserver.BaseServer.process_request(self, request, client_address)
        else:
            super().process_request(request, client_address)

    def handle_error(self, *_: Any) -> None:
        """The client went away."""


class _How:
    def __init__(
        self,
        *,
        delay: float | Callable[[str], float] = 0.0,
        status: Callable[[Server, str], int] = lambda server, path: 200,
        body: Callable[[str, str], bytes] = lambda path, sent: json.dumps({"path": path, "sent": sent}).encode(),
        closes_quietly: float | None = None,
        breaks: Callable[[str], bool] = lambda path: False,
        one_at_a_time: bool = False,
        everywhere: bool = False,
    ) -> None:
        """`delay` in seconds, or a function of the path; `status` may look at the server; `closes_quietly` closes a
        connection that many seconds after an answer without having said so; `breaks` says of which requests the
        connection breaks in place of an answer. A server that knows one connection `one_at_a_time` does not look at the
        next one before the client has closed the first; one that is `everywhere` has all addresses of 127.0.0.0/8.
        """
        self.delay = delay if callable(delay) else lambda _: delay
        self.status, self.body, self.closes_quietly, self.breaks = status, body, closes_quietly, breaks
        self.one_at_a_time, self.everywhere = one_at_a_time, everywhere


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def log_message(self, *_: Any) -> None:
        """Nothing to say."""

    def setup(self) -> None:
        with self.server.lock:
            self.server.accepted += 1
            self.server.open += 1
        super().setup()

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            with self.server.lock:
                self.server.open -= 1

    def _answer(self) -> None:
        server, how = self.server, self.server.how
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("latin-1")
        with server.lock:
            server.working += 1
            server.busiest = max(server.busiest, server.working)
            server.requests.append((self.command, self.path, sent))
        try:
            status = how.status(server, self.path)
            time.sleep(how.delay(self.path))
            if how.breaks(self.path):
                self.close_connection = True
                return
            body = how.body(self.path, sent)
        finally:
            with server.lock:
                server.working -= 1
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)
        if how.closes_quietly is not None:
            self.wfile.flush()
            time.sleep(how.closes_quietly)
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer


@contextlib.contextmanager
def serving(**how: Any) -> Iterator[Server]:
    """While it lasts, a server as `how` says (see `_How`); programs find it by ``os.environ["API"]``."""
    with Server(**how) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        os.environ["API"] = server.url
        try:
            yield server
        finally:
            threading.Thread(target=server.shutdown, daemon=True).start()
            thread.join(1)  # a server that knows one connection at a time may be waiting for its client
