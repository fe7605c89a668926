"""What the server of `http` answers. Parameters are in the query: ``/redirect?to=/echo&cookie=sid=1``.

| route | answer |
|---|---|
| /echo | JSON of the request: method, path, query, headers, cookies, body |
| /json, /bad-json, /text?charset=, /gzip | a JSON object, JSON cut short, a text with umlauts, compressed JSON |
| /bytes?size= | that many bytes |
| /status/503 | that status with a small JSON body |
| /redirect?to=&status=302&cookie= | a redirect, with Set-Cookie if given |
| /set-cookie?sid=…, /cookies | sets each parameter as a cookie; says which cookies came |
| /login?password= | 401 unless "right"; sets the cookie `session` |
| /slow?seconds= | answers later |
| /chunked?count=&size=&delay= | a chunked stream |
| /close | closes the connection without an answer |
| /close-after | answers, keeps quiet about it, and closes |
| /stale | answers the first request of a connection; closes without an answer at a later one |
| /truncated | promises more bytes than it sends |
"""

from __future__ import annotations

import asyncio
import gzip
import http
import json
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


class Abort(Exception):
    """A route raises it to close the connection at once."""


@dataclass
class Request:
    """One request, as it was on the wire."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes = b""
    connection: int = 0

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def query(self) -> list[tuple[str, str]]:
        return urllib.parse.parse_qsl(self.target.partition("?")[2], keep_blank_values=True)

    @property
    def cookies(self) -> list[str]:
        """The cookies sent, as ``name=value``, sorted: their order means nothing."""
        pairs = ";".join(value for name, value in self.headers if name.lower() == "cookie").split(";")
        return sorted(pair.strip() for pair in pairs if pair.strip())

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def parameter(self, name: str, default: str = "") -> str:
        """The first query parameter of that name."""
        return next((value for key, value in self.query if key == name), default)


@dataclass
class Reply:
    """One answer; `body` may be bytes, text or what JSON can hold."""

    status: int = 200
    body: Any = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    type: str = "application/json"
    chunks: AsyncIterator[bytes] | None = None
    #: Close the connection afterwards.
    close: bool = False
    #: Bytes that are promised and never come.
    missing: int = 0

    @property
    def encoded(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    @property
    def length(self) -> int:
        return len(self.encoded) + self.missing

    @property
    def phrase(self) -> str:
        try:
            return http.HTTPStatus(self.status).phrase
        except ValueError:
            return "Unknown"


#: Takes the request and its number on its connection (from 1).
Route = Callable[[Request, int], Awaitable[Reply]]
ROUTES: dict[str, Route] = {}


def route(name: str) -> Callable[[Route], Route]:
    """Register a route; a name with a final slash answers for everything below."""

    def register(function: Route) -> Route:
        ROUTES[name] = function
        return function

    return register


@route("/echo")
async def _echo(request: Request, nth: int) -> Reply:
    said = {"method": request.method, "path": request.path, "query": request.query, "headers": dict(request.headers)}
    return Reply(body=said | {"cookies": request.cookies, "body": request.body.decode("latin-1")})


@route("/json")
async def _json(request: Request, nth: int) -> Reply:
    return Reply(body={"ok": True, "data": list(range(20))})


@route("/bad-json")
async def _bad_json(request: Request, nth: int) -> Reply:
    return Reply(body=b'{"ok": tru')


@route("/text")
async def _text(request: Request, nth: int) -> Reply:
    charset = request.parameter("charset", "utf-8")
    return Reply(body="Grüße\nzeile 2\n".encode(charset), type=f"text/plain; charset={charset}")


@route("/gzip")
async def _gzip(request: Request, nth: int) -> Reply:
    return Reply(body=gzip.compress(b'{"packed": true}', mtime=0), headers=[("Content-Encoding", "gzip")])


@route("/bytes")
async def _bytes(request: Request, nth: int) -> Reply:
    return Reply(body=b"x" * int(request.parameter("size", "10")), type="application/octet-stream")


@route("/status/")
async def _status(request: Request, nth: int) -> Reply:
    status = int(request.path.rpartition("/")[2])
    return Reply(status, b"" if status in (204, 304) else {"status": status})


@route("/redirect")
async def _redirect(request: Request, nth: int) -> Reply:
    cookie = request.parameter("cookie")
    headers = [("Location", request.parameter("to", "/echo"))] + (
        [("Set-Cookie", f"{cookie}; Path=/")] if cookie else []
    )
    return Reply(int(request.parameter("status", "302")), headers=headers)


@route("/set-cookie")
async def _set_cookie(request: Request, nth: int) -> Reply:
    return Reply(
        body={"set": request.query}, headers=[("Set-Cookie", f"{key}={value}; Path=/") for key, value in request.query]
    )


@route("/cookies")
async def _cookies(request: Request, nth: int) -> Reply:
    return Reply(body={"cookies": request.cookies})


@route("/login")
async def _login(request: Request, nth: int) -> Reply:
    if request.parameter("password") != "right":
        return Reply(401, {"error": "wrong password"}, [("WWW-Authenticate", 'Basic realm="twin"')])
    return Reply(body={"ok": True}, headers=[("Set-Cookie", "session=open; Path=/")])


@route("/slow")
async def _slow(request: Request, nth: int) -> Reply:
    await asyncio.sleep(float(request.parameter("seconds", "0.5")))
    return Reply(body={"slow": True})


@route("/chunked")
async def _chunked(request: Request, nth: int) -> Reply:
    async def chunks() -> AsyncIterator[bytes]:
        for number in range(int(request.parameter("count", "5"))):
            yield bytes([65 + number % 26]) * int(request.parameter("size", "1000"))
            await asyncio.sleep(float(request.parameter("delay", "0")))

    return Reply(chunks=chunks(), type="application/octet-stream")


@route("/close")
async def _close(request: Request, nth: int) -> Reply:
    raise Abort


@route("/close-after")
async def _close_after(request: Request, nth: int) -> Reply:
    return Reply(body={"ok": True}, close=True)


@route("/stale")
async def _stale(request: Request, nth: int) -> Reply:
    if nth > 1:
        raise Abort
    return Reply(body={"ok": True})


@route("/truncated")
async def _truncated(request: Request, nth: int) -> Reply:
    return Reply(body=b"only this", type="text/plain", missing=1000, close=True)
