"""What `MTProtoSender` is to the library above it, without a connection.

It stands alone, since the tests have a far side of their own that is made of it, also where tgfix is not installed.
"""

from __future__ import annotations

import asyncio
from typing import Any

from telethon import utils
from telethon.crypto import AuthKey


class Sender:
    """Connects at once; who derives from it answers."""

    def __init__(self, auth_key: object = None, **_: Any) -> None:
        self.auth_key = auth_key or AuthKey(None)
        self.dc_id = 2
        self._connected = self._user_connected = False
        self._pending: set[asyncio.Future[Any]] = set()
        self._disconnected: asyncio.Future[None] | None = None

    async def connect(self, connection: object) -> bool:
        """At once."""
        if self._connected:
            return False
        self._connected, self._disconnected = True, asyncio.get_running_loop().create_future()
        return True

    def is_connected(self) -> bool:
        """Whether it was, and was not told otherwise."""
        return self._connected

    _transport_connected = is_connected

    async def disconnect(self) -> None:
        """Cancel what is pending, as the real one does."""
        self._connected = False
        for future in list(self._pending):
            future.cancel()
        if self._disconnected is not None and not self._disconnected.done():
            self._disconnected.set_result(None)

    @property
    def disconnected(self) -> asyncio.Future[None]:
        """Done when the client is to end."""
        if self._disconnected is None:
            self._disconnected = asyncio.get_running_loop().create_future()
            self._disconnected.set_result(None)
        return asyncio.shield(self._disconnected)

    def _keepalive_ping(self, _: int) -> None:
        """Nothing to keep alive."""

    def send(self, request: Any, ordered: bool = False) -> Any:
        """A future for one request, a list of futures for a list.

        Raises:
            ConnectionError: there is no connection.
        """
        if not self._connected:
            raise ConnectionError("Cannot send requests while disconnected")
        return [self._send(each) for each in request] if utils.is_list_like(request) else self._send(request)

    def _send(self, request: Any) -> asyncio.Future[Any]:
        """The future of one request, which a derived class makes by `pending`."""
        raise NotImplementedError

    def pending(self) -> asyncio.Future[Any]:
        """A future that ends with the connection."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        return future
