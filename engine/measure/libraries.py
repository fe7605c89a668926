"""The libraries whose bots can be measured, and the clients of services that there are not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Library:
    """A library: its module, the package that it is in, and its folder of `world`."""

    module: str
    package: str
    folder: str
    #: The first release whose parts are known here.
    since: tuple[int, ...]
    #: Packages that continue it under its module's name.
    continued: tuple[str, ...] = ()

    def is_used(self, source: bytes) -> bool:
        """Whether a source imports it."""
        return re.search(rb"(?m)^[ \t]*(?:from|import)[ \t]+%s\b" % self.module.encode(), source) is not None

    def takes(self, version: str) -> bool:
        """Whether programs of a release can be measured; an empty one is not there."""
        return tuple(map(int, re.findall(r"\d+", version)[:2])) >= self.since


LIBRARIES = (
    Library("telegram", "python-telegram-bot", "ptb", (20,)),
    Library("telethon", "Telethon", "mtproto", (1, 24)),
    Library("aiogram", "aiogram", "aiogram", (3,)),
    Library("pyrogram", "Pyrogram", "pyrogram", (2,), ("kurigram", "pyrofork")),
)

#: Service → top-level modules of its clients.
CLIENTS = {
    "Redis": ("redis", "aioredis"),
    "MongoDB": ("pymongo", "motor"),
    "PostgreSQL": ("sqlalchemy", "psycopg2", "psycopg", "psycopg_pool", "asyncpg", "aiopg"),
    "MySQL": ("sqlalchemy", "pymysql", "MySQLdb", "aiomysql", "asyncmy", "mysql", "mariadb"),
    "RabbitMQ": ("pika", "aio_pika"),
}


def used(copy: Path, versions: Mapping[str, str]) -> list[Library]:
    """Those that a program imports and its Python has, by the versions there; where it imports none by name, all.

    What has the name of a library and is a part of the program is none.
    """
    own = {path.stem for path in copy.glob("*.py")} | {path.parent.name for path in copy.glob("*/__init__.py")}
    known = [library for library in LIBRARIES if library.module not in own]
    there = [library for library in known if library.takes(versions.get(library.module, ""))]
    sources = [path.read_bytes() for path in copy.rglob("*.py") if path.is_file()]
    return [library for library in there if any(map(library.is_used, sources))] or there


def told(libraries: list[Library], versions: Mapping[str, str]) -> str:
    """For a person: ``python-telegram-bot 22.8``."""
    return " and ".join(f"{library.package} {versions[library.module]}" for library in libraries)
