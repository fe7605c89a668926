"""A SQLite file for programs that reach their database through SQLAlchemy, whatever server it is on."""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import importlib.util
import json
import re
import sqlite3
import sys
import uuid
from typing import Any

from . import aio_sqlite, standins
from .hooks import replace

_FILE = "measured.db"
#: What is executed in the place of a statement that SQLite does not understand.
_NOTHING = "SELECT NULL WHERE 0"
#: Arguments of an engine that are for another kind of server.
_OTHERS = (
    "connect_args", "isolation_level", "server_side_cursors", "use_native_hstore", "executemany_mode", "poolclass",
)  # fmt: skip
#: What is wrong of the program's own tables; a server's catalogue is empty.
_OWN = re.compile(r"no such (table: (?!information_schema\b|pg_)|column)")
#: Types that SQLite does not know, and what serves for them there.
_TYPES = {"JSONB": "JSON", "ARRAY": "JSON", "HSTORE": "JSON", "INET": "TEXT", "CITEXT": "TEXT", "TSVECTOR": "TEXT"}
#: Functions of servers that SQLite does not have.
_FUNCTIONS: dict[str, Any] = {
    "timezone": lambda *given: given[-1],
    "now": lambda: "2024-01-01 00:00:00",
    "gen_random_uuid": lambda: str(uuid.uuid4()),
    "uuid_generate_v4": lambda: str(uuid.uuid4()),
}


def install() -> None:
    """Let every engine that is made lead to the file, which has the tables of the program's models."""
    create = importlib.import_module("sqlalchemy.engine.create")
    make, url_of = create.create_engine, importlib.import_module("sqlalchemy.engine.url").make_url

    @functools.wraps(make)
    def create_engine(url: Any, **named: Any) -> Any:
        try:
            known = url_of(url)
            own = known.get_backend_name() == "sqlite"
        except Exception:  # made of parts that are not there
            own = False
        if own and (known.database or not named.get("_is_async")):
            path = known.database
        else:
            path, named = _FILE, {name: value for name, value in named.items() if name not in _OTHERS}
        driver = "sqlite+aiosqlite" if named.get("_is_async") else "sqlite"
        query = known.query if own else {}
        engine = make(importlib.import_module("sqlalchemy").URL.create(driver, database=path, query=query), **named)
        if path and path != ":memory:":
            _watch(engine, make, path)
        return engine

    places = {"sqlalchemy": "create_engine", "sqlalchemy.engine": "create_engine", create.__name__: "create_engine"}
    if importlib.util.find_spec("greenlet"):
        if importlib.util.find_spec("aiosqlite") is None:
            aio_sqlite.install()
        places["sqlalchemy.ext.asyncio.engine"] = "_create_engine"
    for module, name in places.items():
        replace(importlib.import_module(module), **{name: create_engine})
    _know_types()


def _watch(engine: Any, make: Any, path: str) -> None:
    """Make the tables before the first statement; what is another server's is written down as well."""
    listen = importlib.import_module("sqlalchemy.event").listen

    def connected(*_: Any) -> None:
        if "alembic.command" not in sys.modules:  # which makes them itself
            _make_tables(make(f"sqlite:///{path}"))

    def opened(connection: Any, _: Any) -> None:
        for name, function in _FUNCTIONS.items():
            connection.create_function(name, -1, function)

    def executed(_: Any, cursor: Any, statement: str, parameters: Any, context: Any, __: bool) -> tuple[str, Any]:
        standins.note("sql", (statement, parameters), {})
        try:
            if type(getattr(context.compiled, "statement", None)).__name__ == "TextClause":  # of another server's kind
                cursor.execute(f"EXPLAIN {statement}", parameters)
        except Exception as error:
            if "OperationalError" in type(error).__name__ and not _OWN.search(str(error)):
                return _NOTHING, ()
        return statement, parameters

    listen(engine, "first_connect", connected)
    if path != _FILE:
        return
    listen(engine, "connect", opened)
    listen(engine, "before_cursor_execute", executed, retval=True)


def _make_tables(engine: Any) -> None:
    kind = importlib.import_module("sqlalchemy").MetaData
    for metadata in [each for each in gc.get_objects() if issubclass(type(each), kind)]:
        for table in metadata.sorted_tables:
            try:
                table.create(engine, checkfirst=True)
            except Exception:  # with a default that SQLite does not know
                plain = table.to_metadata(kind(), schema=None)
                for column in plain.columns:
                    column.server_default = None
                with contextlib.suppress(Exception):
                    plain.create(engine, checkfirst=True)
    engine.dispose()


def _know_types() -> None:
    compiles = importlib.import_module("sqlalchemy.ext.compiler").compiles
    dialect = importlib.import_module("sqlalchemy.dialects.postgresql")
    kinds = {getattr(dialect, name): text for name, text in _TYPES.items() if hasattr(dialect, name)}
    kinds[importlib.import_module("sqlalchemy").BigInteger] = "INTEGER"  # alone counts up by itself
    for kind, text in kinds.items():
        compiles(kind, "sqlite")(lambda *_, _text=text, **__: _text)
    sqlite3.register_adapter(uuid.UUID, str)
    for plain in (list, dict):
        sqlite3.register_adapter(plain, json.dumps)
