"""Fixtures of the twin runs, see `twin`."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from twin import Worker

if TYPE_CHECKING:
    from twin.http import Server


# What a shell starts in the background is deaf to interrupts, what `nohup` starts to hang-ups, and children inherit that:
# some tests send them one.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


# Some hundred processes of the tests load the modules that are loaded while tests are collected, and so does each run of them:
# their bytecode is kept, even where the environment says that none is. Nothing of that is garbage.
_BYTECODE = sys.dont_write_bytecode
sys.dont_write_bytecode = False
gc.disable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the slow tests as well")


def _asks_for_slow(config: pytest.Config) -> bool:
    """Whether slow tests are to run: by --slow, by -m, or by their own names."""
    return bool(config.getoption("--slow") or config.getoption("-m")) or any(
        "::" in argument for argument in config.args
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no file of `tests/slow/` that is not asked for: aiogram alone takes four seconds, in each process of the tests."""
    is_named = any(Path(argument).is_file() for argument in config.args)
    return True if collection_path.name == "slow" and not (is_named or _asks_for_slow(config)) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow tests out, unless they are asked for."""
    if _asks_for_slow(config):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    config.hook.pytest_deselected(items=slow)
    items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_collection_finish() -> None:
    """Look for cycles in what tests make alone, and as seldom as the command does: what is imported and collected stays."""
    sys.dont_write_bytecode = _BYTECODE
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
    gc.enable()


def pytest_runtest_teardown() -> None:
    """Let what follows look for cycles again: a check leaves that off, as its process ends with it."""
    gc.enable()


@pytest.fixture(scope="session")
def worker() -> Iterator[Worker]:
    """Runs programs in processes of their own."""
    with Worker() as running:
        yield running


@pytest.fixture(scope="session")
def _server() -> Iterator[Server]:
    from twin.http import Server

    with Server() as serving:
        yield serving


@pytest.fixture
def http_server(_server: Server) -> Iterator[Server]:
    """The recording loopback server, with nothing recorded yet and without added latency or routes."""
    _server.begin()
    routes = dict(_server.routes)
    yield _server
    _server.routes, _server.latency, _server.connection_latency = routes, 0.0, 0.0
