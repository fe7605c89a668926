"""When it is shown that the same goes over the network."""

from __future__ import annotations

import pytest

from tgfix.codemods.http.pooled_http_client import PooledHttpClient
from tgfix.engine import harness
from tgfix.engine.model import Hazard

FETCH = """
import httpx


async def fetch(url):
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text
"""


def assumed(other: str, source: str = FETCH) -> list[tuple[Hazard, int | None]]:
    """What the safe form of the change assumes beside another file, and in which line that stands."""
    files = harness.plain({"bot.py": source, "other.py": other})
    always = {"pooled-http-client": {"connections": "always"}}
    plan = harness.run([PooledHttpClient()], files, unsafe=False, options=always)
    changes = [p.change for p in plan.chosen] or [p.finding.alternatives[0] for p in plan.hidden]
    return [(assumption.hazard, assumption.line) for assumption in changes[0].assumes]


@pytest.mark.parametrize(
    "other",
    [
        "import certifi\nimport ssl\n\ncontext = ssl.create_default_context(cafile=certifi.where())\n",
        "import certifi\nimport ssl\n\ncontext = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, certifi.where())\n",
        "import os\nimport certifi\n\nos.environ['SSL_CERT_FILE'] = certifi.where()\n",
        "import os\nimport certifi\n\nos.environ.setdefault('SSL_CERT_FILE', certifi.where())\n",
        "import truststore\n\ntruststore.inject_into_ssl()\n",
        "import os\n\n\ndef quiet():\n    os.environ['TZ'] = 'UTC'\n    os.environ.setdefault('LANG', 'C')\n",
        "from dotenv import load_dotenv\n\n\ndef main():\n    load_dotenv()\n",
        "import httpx\nimport respx\n\n\n@respx.mock\ndef test_fetch():\n    respx.get('https://example.org')\n",
        "def test_fetch(httpx_mock):\n    httpx_mock.add_response(text='a')\n",
        "import ssl\n\nssl._create_default_https_context = ssl._create_unverified_context\n",
    ],
)
def test_what_is_trusted_stays_the_same(other: str) -> None:
    assert assumed(other) == []


@pytest.mark.parametrize(
    ("other", "hazard", "line"),
    [
        ("import certifi\n\nwith open(certifi.where(), 'a') as file:\n    file.write('mine')\n", Hazard.WIRE, 3),
        ("import certifi\n\nBUNDLE = certifi.where()\n", Hazard.WIRE, 3),
        ("import os\n\n\ndef trust(path):\n    os.environ['SSL_CERT_FILE'] = path\n", Hazard.WIRE, 5),
        ("import os\n\n\ndef put(name, value):\n    os.environ[name] = value\n", Hazard.WIRE, 5),
        ("import os\n\n\ndef put(values):\n    os.environ.update(values)\n", Hazard.WIRE, 5),
        (
            "from dotenv import load_dotenv\n\n\nasync def again(event):\n    load_dotenv('.env', override=True)\n",
            Hazard.WIRE,
            5,
        ),
        ("import truststore\n\n\ndef later():\n    truststore.inject_into_ssl()\n", Hazard.WIRE, 5),
        ("def insecure(client):\n    client._transport._pool._ssl_context.check_hostname = False\n", Hazard.WIRE, 2),
        ("import httpx\n\nhttpx.AsyncClient = print\n", Hazard.IDENTITY, 3),
        (
            "import functools\nimport httpx\n\nhttpx.AsyncClient = functools.partial(httpx.AsyncClient, verify=False)\n",
            Hazard.IDENTITY,
            4,
        ),
        ("import ssl\n\nssl.create_default_context = ssl._create_unverified_context\n", Hazard.IDENTITY, 3),
        (
            "from unittest.mock import patch\n\n\ndef test_fetch():\n    with patch('bot.httpx.AsyncClient') as client:\n"
            "        client.assert_called_once_with()\n",
            Hazard.IDENTITY,
            5,
        ),
        (
            "import httpx\n\n\ndef test_fetch(monkeypatch):\n    monkeypatch.setattr(httpx.AsyncClient, '__init__', print)\n",
            Hazard.IDENTITY,
            5,
        ),
    ],
)
def test_what_may_be_otherwise_is_assumed(other: str, hazard: Hazard, line: int) -> None:
    assert assumed(other) == [(hazard, line)]
