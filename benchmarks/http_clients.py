"""A client for every request beside the same program with shared TLS settings and with kept connections.

    python benchmarks/http_clients.py [--requests 100] [--latency 0.1 --handshake 0.12]

A small bot is rewritten by TGF201 and all versions fetch from a loopback server in another process: p50 and p95 of a request in
milliseconds, how long the event loop stood still, connections for the number of requests, plain and TLS, one request at a time
and 20 at a time. `--latency` and `--handshake` add what a way through the internet costs. Certificates are certifi's, as for any bot.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from twin import Case, Run, Worker
from twin.http import Server, percentile

PROGRAMS = {
    "httpx": """
import httpx


async def fetch(url):
    async with httpx.AsyncClient(timeout=30) as client:
        response = await client.get(url)
        return response.json()
""",
    "aiohttp": """
import aiohttp


async def fetch(url):
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            return await response.json()
""",
}


def rewritten(source: str, *, unsafe: bool) -> str:
    """The program after TGF201."""
    from tgfix.codemods.http.pooled_http_client import PooledHttpClient
    from tgfix.engine import harness

    files = harness.plain({"bot.py": source})
    # the loop around the requests stands in this file, where the codemod does not see it
    plan = harness.run(
        [PooledHttpClient()], files, unsafe=unsafe, options={"pooled-http-client": {"connections": "always"}}
    )
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


def measure(run: Run, tls: bool, together: int, requests: int) -> Any:
    """Latencies, the longest standstill of the loop and all of them that took more than 5 ms together, in seconds."""
    url = os.environ["HTTPS_URL" if tls else "HTTP_URL"] + "/json"
    fetch = run.module.fetch
    latencies: list[float] = []
    stalls: list[float] = []

    async def watch() -> None:
        while True:
            start = time.perf_counter()
            await asyncio.sleep(0.001)
            stalls.append(time.perf_counter() - start - 0.001)

    async def one() -> None:
        start = time.perf_counter()
        await fetch(url)
        latencies.append(time.perf_counter() - start)

    async def main() -> None:
        watcher = asyncio.create_task(watch())
        for _ in range(requests // together):
            await asyncio.gather(*(one() for _ in range(together)))
        watcher.cancel()

    asyncio.run(main())
    return latencies, max(stalls), sum(stall for stall in stalls if stall > 0.005)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument(
        "--handshake", type=float, default=0.0, help="more seconds before the first answer of a connection"
    )
    arguments = parser.parse_args()
    print("| library | way | at a time | form | p50 ms | p95 ms | longest stall ms | stalled in all ms | connections |")
    print("|---|---|---:|---|---:|---:|---:|---:|---:|")
    with Server() as server, Worker() as worker, tempfile.NamedTemporaryFile("w", suffix=".pem") as bundle:
        import certifi

        bundle.write(Path(certifi.where()).read_text() + Path(server.authority).read_text())
        bundle.flush()
        server.latency, server.connection_latency = arguments.latency, arguments.handshake
        for library, source in PROGRAMS.items():
            forms = {"per request": source, "kept connections": rewritten(source, unsafe=True)}
            if library == "httpx":
                forms["settings once"] = rewritten(source, unsafe=False)
            for tls in (False, True):
                for together in (1, 20):
                    for form, text in forms.items():
                        case = Case(
                            text,
                            scenario=f"{Path(__file__).resolve()}:measure",
                            arguments={"tls": tls, "together": together, "requests": arguments.requests},
                            environment={**server.environment, "SSL_CERT_FILE": bundle.name},
                            timeout=300,
                        )
                        server.begin()
                        seen = worker.run(case)
                        if seen.exception is not None:
                            raise RuntimeError(seen.exception)
                        latencies, longest, stalled = seen.result
                        row: list[object] = [library, "TLS" if tls else "plain", together, form]
                        row += [f"{percentile(latencies, p) * 1000:.1f}" for p in (50, 95)]
                        row += [f"{longest * 1000:.0f}", f"{stalled * 1000:.0f}", len(server.connections)]
                        print("|", " | ".join(map(str, row)), "|", flush=True)


if __name__ == "__main__":
    main()
