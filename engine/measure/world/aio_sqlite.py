"""What SQLAlchemy asks of aiosqlite, for programs whose Python has none: connections with a thread of their own each."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import queue
import sqlite3
import sys
import threading
import types
from collections.abc import Callable, Generator
from typing import Any

#: A future of a loop, and what its result is made by in the connection's thread.
_Asked = tuple["asyncio.Future[Any] | None", Callable[[], Any]]
#: What SQLAlchemy takes from the module itself.
_NAMES = (
    "DatabaseError", "Error", "IntegrityError", "NotSupportedError", "OperationalError", "ProgrammingError",
    "sqlite_version", "sqlite_version_info",
)  # fmt: skip


def _settled(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def _work(asked: queue.SimpleQueue[_Asked | None]) -> None:
    for future, function in iter(asked.get, None):
        result, error = None, None
        try:
            result = function()
        except Exception as raised:
            error = raised
        if future is not None:
            with contextlib.suppress(RuntimeError):  # its loop is closed
                future.get_loop().call_soon_threadsafe(_settled, future, result, error)


class _Proxy:
    """Its methods are run in the connection's thread, and awaited."""

    def __init__(self, connection: Connection, real: Any) -> None:
        self._connection, self._real = connection, real

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        return functools.partial(self._connection.asked, found) if callable(found) else found


class Connection:
    """Made by being awaited."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self._tx: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=_work, args=(self._tx,), daemon=True)
        self._connect = functools.partial(sqlite3.connect, *given, **named)
        self._conn: Any = None

    async def asked(self, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        """What a function gives that is run in the thread."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._tx.put_nowait((future, functools.partial(function, *given, **named)))
        found = await future
        return _Proxy(self, found) if isinstance(found, sqlite3.Cursor) else found

    def __await__(self) -> Generator[Any, None, Connection]:
        self._thread.start()
        self._conn = yield from self.asked(self._connect).__await__()
        return self

    def __getattr__(self, name: str) -> Any:
        return getattr(_Proxy(self, self._conn), name)

    async def close(self) -> None:
        """Close it, and let its thread end."""
        await self.asked(self._conn.close)
        self._tx.put_nowait(None)


def install() -> None:
    """Be what the program's Python finds under the name of aiosqlite."""
    module = types.ModuleType("aiosqlite")
    module.__dict__.update({name: getattr(sqlite3, name) for name in _NAMES})
    module.__dict__.update({"__version__": "0.20.0", "Connection": Connection, "connect": Connection})
    sys.modules["aiosqlite"] = module
