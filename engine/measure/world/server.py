"""The loopback server: answers HTTP and HTTPS for every host, and writes down what it was asked.

In a process of its own, so that its work is not the program's: ``python -m … LOG LATENCY ROUTES [CERTIFICATE]``. The first
byte of a connection tells TLS (a handshake record, 0x16) from plain HTTP.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import web_answers

_TLS = b"\x16"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    log_file: Any
    latency = 0.0
    routes: tuple[dict[str, Any], ...] = ()
    certificate: ssl.SSLContext | None = None
    _lock = threading.Lock()
    _number = 0

    def setup(self) -> None:
        """Greet in TLS whoever speaks it."""
        self.tls = self.request.recv(1, socket.MSG_PEEK) == _TLS
        with Handler._lock:
            Handler._number += 1
            self.number = Handler._number
        self.first = True
        if self.tls:
            if self.certificate is None:
                self.note({"host": "?", "unanswered": "HTTPS"})
                raise ConnectionAbortedError("no certificate")
            self.request = self.certificate.wrap_socket(self.request, server_side=True)
        super().setup()

    def note(self, what: dict[str, Any]) -> None:
        """Write a line of the log."""
        with Handler._lock:
            self.log_file.write(json.dumps(what) + "\n")
            self.log_file.flush()

    def handle_one_request(self) -> None:
        """Answer the next request of the connection."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        body = self._body()
        # a new connection costs a round trip for TCP and one for TLS
        time.sleep(self.latency * (1 + self.first * (1 + self.tls)))
        host = self.headers.get("Host", "?")
        self.note(
            {"method": self.command, "host": host, "path": self.path, "body": _shown(body[:5000])}
            | {"connection": self.number}
        )
        self.first = False
        status, kind, content = self._answer(host, body)
        head = f"HTTP/1.1 {status} OK\r\nContent-Type: {kind}\r\nContent-Length: {len(content)}\r\n\r\n"
        self.wfile.write(head.encode() + (b"" if self.command == "HEAD" else content))
        if self.headers.get("Connection", "").lower() == "close":
            self.close_connection = True

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size + 2)[:-2])
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, host: str, body: bytes) -> tuple[int, str, bytes]:
        for route in self.routes:
            if re.search(route["match"], f"{self.command} {host}{self.path}"):
                if "json" in route:
                    return route.get("status", 200), "application/json", json.dumps(route["json"]).encode()
                return route.get("status", 200), route.get("type", "text/plain"), route.get("text", "").encode()
        return web_answers.answer(host, self.path, self.headers.get("Accept", ""), body)


def _shown(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()


class Server(ThreadingHTTPServer):
    """Says nothing of connections that end badly: those who made them know."""

    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing."""


def main(log: str, latency: str, routes: str, certificate: str = "") -> None:
    """Serve until the standard input is closed; the port is the first line of the standard output."""
    Handler.log_file = open(log, "a")  # noqa: SIM115
    Handler.latency = float(latency)
    Handler.routes = tuple(json.loads(routes))
    if certificate:
        Handler.certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        Handler.certificate.load_cert_chain(certificate)
    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
