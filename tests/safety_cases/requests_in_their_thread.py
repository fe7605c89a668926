"""TGF202: requests whose parts belong to a thread, and projects for a Python without `asyncio.to_thread`."""

from __future__ import annotations

import asyncio
from typing import Any

from twin import Run

from . import SafetyCase, driving

_PROGRESS = """\
import asyncio
import os

import requests

status = []


async def show(count):
    status.append(count)


class Parts:
    def __init__(self, data):
        self.data = data

    def __iter__(self):
        for start in range(0, len(self.data), 4):
            asyncio.get_running_loop().create_task(show(start))
            yield self.data[start : start + 4]


async def main():
    answer = requests.post(os.environ["API"] + "/upload", data=Parts(b"0123456789"), timeout=10)
    await asyncio.sleep(0)
    return answer.status_code, status
"""


_SIGNED = """\
import os
import threading

import requests

keys = threading.local()
keys.secret = "k1"


class Signed(requests.auth.AuthBase):
    def __call__(self, request):
        request.headers["X-Signature"] = keys.secret
        return request


async def main():
    return requests.get(os.environ["API"] + "/me", auth=Signed(), timeout=10).request.headers["X-Signature"]
"""


_ROWS = """\
import os
import sqlite3

import requests

connection = sqlite3.connect(":memory:")
connection.execute("create table words (word text)")
connection.executemany("insert into words values (?)", [("one",), ("two",)])


def lines():
    for (word,) in connection.execute("select word from words"):
        yield word.encode() + b"\\n"


async def main():
    body = b"".join(lines())
    answer = requests.post(os.environ["API"] + "/words", data=iter([body]), timeout=10)
    sent = requests.put(os.environ["API"] + "/words", data=lines(), timeout=10)
    return answer.status_code, sent.status_code
"""


_TRACED = """\
import contextvars
import os

import requests

calls = contextvars.ContextVar("calls", default=0)


def count(response, *args, **kwargs):
    calls.set(calls.get() + 1)
    return response


async def main():
    for name in ("a", "b", "c"):
        requests.get(f"{os.environ['API']}/{name}", hooks={"response": count}, timeout=10)
    return calls.get()
"""


_OLD = """\
import os

import requests


async def main():
    return requests.get(os.environ["API"] + "/old", timeout=10).status_code
"""


def on_an_older_python(run: Run, **how: Any) -> None:
    """Call the coroutine function `main` where `asyncio.to_thread` does not exist, as on Python 3.8."""
    del asyncio.to_thread
    driving.call(run, "main", **how)


CASES = [
    SafetyCase(
        "parts of an upload report their progress",
        {"bot.py": _PROGRESS},
        driving.call,
        {"function": "main", "server": {}, "say": []},
    ),
    SafetyCase(
        "a signature with a key of the thread", {"bot.py": _SIGNED}, driving.call, {"function": "main", "server": {}}
    ),
    SafetyCase(
        "a body made from a database", {"bot.py": _ROWS}, driving.call, {"function": "main", "server": {}, "say": []}
    ),
    SafetyCase(
        "a hook that counts in a context variable",
        {"bot.py": _TRACED},
        driving.call,
        {"function": "main", "server": {}},
    ),
    SafetyCase(
        "setup.py allows Python 3.8",
        {
            "bot.py": _OLD,
            "setup.py": 'from setuptools import setup\n\nsetup(name="bot", py_modules=["bot"], python_requires=">=3.8")\n',
        },
        on_an_older_python,
        {"server": {}},
    ),
    SafetyCase(
        "the image has Python 3.8",
        {"bot.py": _OLD, "Dockerfile": 'FROM python:3.8-slim\nCOPY bot.py .\nCMD ["python", "bot.py"]\n'},
        on_an_older_python,
        {"server": {}},
    ),
    SafetyCase(
        "a runtime file asks for Python 3.8",
        {"bot.py": _OLD, "runtime.txt": "python-3.8.18\n"},
        on_an_older_python,
        {"server": {}},
    ),
]
