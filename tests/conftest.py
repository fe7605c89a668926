"""Fixtures of the twin runs, see `twin`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from twin import Worker

if TYPE_CHECKING:
    from twin.http import Server


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
