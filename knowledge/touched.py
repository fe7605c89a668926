"""Which calls of libraries touch the network, a database, a process or the disk, and whether they hold up who calls them.

Names are those of the libraries' public interfaces. A call that is in no table is not said to touch anything.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """What a call touches."""

    #: "http", "database", "process", "sleep" or "files".
    name: str
    #: Whether the caller's thread stands still meanwhile.
    blocks: bool
    #: Whether a server elsewhere has to answer.
    remote: bool = False


_VERBS = frozenset("get post put patch delete head options request send stream ws_connect".split())
_SQL = frozenset(
    "execute executemany executescript commit rollback fetchone fetchall fetchmany fetch fetchrow fetchval fetch_one fetch_all scalar "
    "scalars flush refresh merge connect all first one one_or_none".split()
)
_DOCUMENTS = frozenset(
    "find_one insert_one insert_many update_one update_many delete_one delete_many replace_one count_documents find_one_and_update "
    "find_one_and_delete find_one_and_replace bulk_write distinct to_list estimated_document_count".split()
)
_HTTP, _AIO_HTTP = Kind("http", True, True), Kind("http", False, True)
_SERVER, _AIO_SERVER, _SQLITE = Kind("database", True, True), Kind("database", False, True), Kind("database", True)
_PROCESS, _SLEEP = Kind("process", True), Kind("sleep", True)

#: Functions, by their dotted name.
FUNCTIONS = {
    **{f"{library}.{verb}": _HTTP for library in ("requests", "requests.api", "httpx", "httpx2") for verb in _VERBS - {"send"}},
    "urllib.request.urlopen": _HTTP, "urllib.request.urlretrieve": _HTTP, "aiohttp.request": _AIO_HTTP,
    **{f"subprocess.{name}": _PROCESS for name in "run call check_call check_output getoutput getstatusoutput".split()},
    "os.system": _PROCESS,
    **dict.fromkeys(("asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell"), Kind("process", False)),
    "time.sleep": _SLEEP, "asyncio.sleep": Kind("sleep", False), "sqlite3.connect": _SQLITE, "aiosqlite.connect": Kind("database", False),
    **{f"{name}.connect": _SERVER for name in ("psycopg2", "psycopg", "pymysql", "MySQLdb", "mysql.connector")},
    "asyncpg.connect": _AIO_SERVER, "asyncpg.create_pool": _AIO_SERVER,
}  # fmt: skip
#: What makes objects whose methods touch something: the beginning of its dotted name, the methods, what they touch.
#: The first one that fits counts.
MAKERS: tuple[tuple[str, frozenset[str], Kind], ...] = (
    ("requests.Session", _VERBS, _HTTP), ("requests.session", _VERBS, _HTTP), ("cloudscraper.create_scraper", _VERBS, _HTTP),
    ("httpx.Client", _VERBS, _HTTP), ("httpx.AsyncClient", _VERBS, _AIO_HTTP), ("httpx2.AsyncClient", _VERBS, _AIO_HTTP),
    ("aiohttp.ClientSession", _VERBS, _AIO_HTTP),
    ("sqlite3.connect", _SQL, _SQLITE), ("aiosqlite.connect", _SQL, Kind("database", False)),
    *((f"{name}.connect", _SQL, _SERVER) for name in ("psycopg2", "psycopg", "pymysql", "MySQLdb", "mysql.connector")),
    ("asyncpg.", _SQL, _AIO_SERVER), ("aiomysql.", _SQL, _AIO_SERVER),
    ("sqlalchemy.ext.asyncio.", _SQL, Kind("database", False)), ("sqlalchemy.orm.", _SQL - {"connect"}, Kind("database", True)),
    ("sqlalchemy.create_engine", _SQL, Kind("database", True)), ("databases.Database", _SQL, Kind("database", False)),
    ("pymongo.", _DOCUMENTS, _SERVER), ("motor.", _DOCUMENTS, _AIO_SERVER),
)  # fmt: skip


def touched(maker: str, method: str) -> Kind | None:
    """What a method touches of an object that `maker` made; None where that is not known."""
    return next((kind for start, methods, kind in MAKERS if maker.startswith(start) and method in methods), None)
