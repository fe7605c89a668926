"""Which calls of libraries touch the network, a database, a process or the disk, beside those that block (`knowledge.blocking`).

Names are those of the libraries' public interfaces. A call that is in no table is not said to touch anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import blocking


@dataclass(frozen=True, slots=True)
class Kind:
    """What a call touches."""

    #: "network", "database", "process", "sleep" or "files".
    name: str
    #: Whether the caller's thread stands still meanwhile.
    blocks: bool = False
    #: Whether a server elsewhere has to answer.
    remote: bool = False


_VERBS = frozenset("get post put patch delete head options request send stream ws_connect".split())
_SQL = frozenset(
    "execute executemany executescript commit rollback fetchone fetchall fetchmany fetch fetchrow fetchval fetch_one fetch_all scalar "
    "scalars flush refresh merge connect all first one one_or_none".split()
)
_NETWORK, _SERVER, _LOCAL = Kind("network", remote=True), Kind("database", remote=True), Kind("database")
PROCESS = Kind("process", blocks=True)
#: What blocks, by what it waits for; what waits for a person or computes is left out.
BLOCKING = {
    blocking.SLEEP: Kind("sleep", blocks=True),
    blocking.REQUEST: Kind("network", blocks=True, remote=True),
    blocking.SERVER: Kind("network", blocks=True, remote=True),
    blocking.PROCESS: PROCESS,
    blocking.DATABASE: Kind("database", blocks=True, remote=True),
    blocking.FILES: Kind("files", blocks=True),
}
#: Other functions, by their dotted name.
FUNCTIONS = {
    **{name: BLOCKING[kind] for name, kind in blocking.FUNCTIONS.items() if kind in BLOCKING},
    "sqlite3.connect": Kind("database", blocks=True), "aiohttp.request": _NETWORK, "asyncio.sleep": Kind("sleep"),
    "asyncio.create_subprocess_exec": Kind("process"), "asyncio.create_subprocess_shell": Kind("process"),
    "aiosqlite.connect": _LOCAL, "asyncpg.connect": _SERVER, "asyncpg.create_pool": _SERVER,
}  # fmt: skip
#: What makes objects whose methods touch something: the beginning of its dotted name, the methods, what they touch.
MAKERS: tuple[tuple[str, frozenset[str], Kind], ...] = (
    ("sqlite3.connect", _SQL, Kind("database", blocks=True)),
    ("httpx.AsyncClient", _VERBS, _NETWORK), ("httpx2.AsyncClient", _VERBS, _NETWORK), ("aiohttp.ClientSession", _VERBS, _NETWORK),
    ("aiosqlite.connect", _SQL, _LOCAL), ("sqlalchemy.ext.asyncio.", _SQL, _LOCAL), ("databases.Database", _SQL, _LOCAL),
    ("asyncpg.", _SQL, _SERVER), ("aiomysql.", _SQL, _SERVER),
    ("motor.", blocking.METHODS[blocking.MONGO_COLLECTION][1] | {"to_list"}, _SERVER),
)  # fmt: skip


def touched(maker: str, method: str) -> Kind | None:
    """What a method touches of an object that `maker` made; None where that is not known."""
    return next((kind for start, methods, kind in MAKERS if maker.startswith(start) and method in methods), None)
