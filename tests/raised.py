"""Holding what really was raised against the contracts of `tgfix.knowledge`."""

from __future__ import annotations

import importlib
import socket
from collections.abc import Awaitable
from typing import Any

from tgfix.knowledge.classes import smallest, telethon_table
from tgfix.knowledge.contract import Contract
from tgfix.knowledge.errors import call_contract


def load(name: str) -> type[BaseException]:
    """The exception class of a dotted name."""
    module, _, last = name.rpartition(".")
    found: type[BaseException] = getattr(importlib.import_module(module), last)
    assert issubclass(found, BaseException)
    return found


def catches(contract: Contract | str | None, error: BaseException | None) -> bool:
    """Whether a clause for the covering set of the contract (or of the call with that name) would catch the error."""
    contract = call_contract(contract) if isinstance(contract, str) else contract
    assert contract is not None
    return isinstance(error, tuple(load(name) for name in covering(contract)))


def covering(contract: Contract) -> tuple[str, ...]:
    """The smallest set of classes whose clause catches all of the contract but what is rare."""
    return smallest(
        [*([contract.base] if contract.base else []), *contract.errors, *(o.name for o in contract.outside)]
    )


def telethon_names() -> list[str]:
    """Every exception class of `telethon.errors`."""
    return [f"telethon.errors.{row[0]}" for row in telethon_table()["errors"]]


async def failure(awaitable: Awaitable[Any]) -> Exception | None:
    """What awaiting it raises."""
    try:
        await awaitable
    except Exception as error:
        return error
    return None


def short(names: Any) -> set[str]:
    """The names without their modules."""
    return {name.rpartition(".")[2] for name in names}


def refused_port() -> int:
    """A port of this machine at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
