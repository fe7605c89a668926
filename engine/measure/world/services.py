"""Databases in memory for the clients of services that there are not, where the program's Python has such a thing.

fakeredis takes the place of Redis, mongomock that of MongoDB, a SQLite file that of what SQLAlchemy leads to. They are
asked and answer as the services do; what they are asked is written down like what stand-ins are, which serve where
neither is installed.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from . import standins, tables
from .hooks import replace

_WRITES = (
    "insert_one", "insert_many", "update_one", "update_many", "replace_one", "delete_one", "delete_many", "find",
    "find_one", "find_one_and_update", "find_one_and_replace", "find_one_and_delete", "count_documents", "aggregate",
)  # fmt: skip


def _recording(told: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, of which is written down what it is asked: `self` is left out."""

    @functools.wraps(function)
    def called(self: Any, *given: Any, **named: Any) -> Any:
        standins.note(told, given, named)
        return function(self, *given, **named)

    return called


def _redis() -> None:
    fake, redis = importlib.import_module("fakeredis"), importlib.import_module("redis")
    for module, kind in ((redis, fake.FakeRedis), (importlib.import_module("redis.asyncio"), fake.FakeAsyncRedis)):

        def made(self: Any, *given: Any, connection_pool: Any = None, _kind: Any = kind, **named: Any) -> None:
            if connection_pool is not None and "Fake" in connection_pool.connection_class.__name__:
                named["connection_pool"] = connection_pool
            _kind.__init__(self, *given, **named)

        execute = _recording("redis", kind.execute_command)
        client: Any = type(kind.__name__, (kind,), {"__init__": made, "execute_command": execute})
        replace(module, Redis=client, StrictRedis=client, from_url=client.from_url)
        replace(importlib.import_module(f"{module.__name__}.client"), Redis=client, StrictRedis=client)


def _pymongo() -> None:
    mock, pymongo = importlib.import_module("mongomock"), importlib.import_module("pymongo")
    collection = mock.collection.Collection
    for name in _WRITES:
        replace(collection, **{name: _recording(f"mongo.{name}", getattr(collection, name))})

    def made(*given: Any, **named: Any) -> Any:
        known = inspect.signature(mock.MongoClient.__init__).parameters
        return mock.MongoClient(*given[:1], **{name: value for name, value in named.items() if name in known})

    replace(pymongo, MongoClient=made)
    replace(importlib.import_module("pymongo.mongo_client"), MongoClient=made)
    replace(importlib.import_module("pymongo.database"), Database=lambda client, name, *_, **__: client[name])
    replace(importlib.import_module("pymongo.collection"), Collection=lambda base, name, *_, **__: base[name])


def _motor() -> None:
    motor = importlib.import_module("motor.motor_asyncio")
    replace(motor, AsyncIOMotorClient=importlib.import_module("mongomock_motor").AsyncMongoMockClient)


#: Package of a client → the first major release that can be led to a database in memory.
_LEAST = {"sqlalchemy": 2}
#: Package of a client → the package of a database in memory, and what puts it there.
_IN_MEMORY: dict[str, tuple[str, Callable[[], None]]] = {
    "redis": ("fakeredis", _redis),
    "pymongo": ("mongomock", _pymongo),
    "motor": ("mongomock_motor", _motor),
    "sqlalchemy": ("sqlite3", tables.install),
}


def _is_recent(name: str) -> bool:
    """Whether a package is of the release that most programs are written for: for others a stand-in serves."""
    try:
        return int(importlib.metadata.version(name).partition(".")[0]) >= _LEAST.get(name, 0)
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return True


def install(packages: Sequence[str]) -> list[str]:
    """Let databases in memory serve clients; the packages for which there is none."""
    rest = []
    for name in sorted(packages, key=lambda name: name != "motor"):  # it looks at the classes of pymongo
        there, put = _IN_MEMORY.get(name, (name, None))
        if put is not None and all(importlib.util.find_spec(each) for each in (name, there)) and _is_recent(name):
            put()
        else:
            rest.append(name)
    return rest
