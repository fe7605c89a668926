"""The contracts of files, JSON and asyncio, held against failures that really happen."""

# The calls are written as bots write them.
# ruff: noqa: SIM115

from __future__ import annotations

import asyncio
import functools
import importlib
import importlib.util
import io
import json
import os
import shutil
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from raised import catches, covering, failure, refused_port

from tgfix.knowledge import errors as knowledge
from tgfix.knowledge.classes import contracts_table


@pytest.mark.parametrize("content", [b"", b'{"a": 1', '{"a": "é"}'.encode("latin1"), b"\xef\xbb\xbf{}"])
def test_a_damaged_json_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with path.open(encoding="utf-8") as file, pytest.raises(Exception) as raised:
        json.load(file)
    assert catches("json.load", raised.value)
    if not content.startswith(b"\xef"):  # of bytes, `loads` takes the mark for what it is
        with pytest.raises(Exception) as text:
            json.loads(content)
        assert catches("json.loads", text.value)


def test_what_json_cannot_write() -> None:
    circle: list[Any] = []
    circle.append(circle)
    for value in ({1, 2}, circle):
        with pytest.raises(Exception) as raised:
            json.dumps(value)
        assert catches("json.dumps", raised.value)


def test_files_that_are_not_there_or_not_files(tmp_path: Path) -> None:
    missing, full = tmp_path / "missing", tmp_path / "full"
    full.mkdir()
    (full / "x").touch()
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("builtins.open", lambda: open(missing)),
        ("builtins.open", lambda: open(tmp_path)),
        ("builtins.open", lambda: open("/dev/null/x", "w")),
        ("pathlib.Path.read_text", missing.read_text),
        ("pathlib.Path.unlink", missing.unlink),
        ("pathlib.Path.write_text", lambda: full.write_text("")),
        ("os.path.getsize", lambda: os.path.getsize(missing)),
        ("shutil.copy", lambda: shutil.copy(missing, full)),
        ("shutil.rmtree", lambda: shutil.rmtree(missing)),
        ("shutil.copyfile", lambda: shutil.copyfile(full / "x", full / "x")),
    ]
    calls += [
        (f"os.{name}", functools.partial(getattr(os, name), missing))
        for name in ("remove", "listdir", "rmdir", "stat", "scandir")
    ]
    calls += [
        ("os.mkdir", lambda: os.mkdir(full)),
        ("os.rename", lambda: os.rename(missing, full)),
        ("os.rmdir", lambda: os.rmdir(full)),
    ]
    for call, run in calls:
        with pytest.raises(Exception) as raised:
            run()
        assert catches(call, raised.value), call


def test_text_that_does_not_fit_its_encoding(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(b"\xff")
    with path.open(encoding="utf-8") as file, pytest.raises(Exception) as read:
        file.read()
    assert isinstance(file, io.TextIOWrapper) and catches("io.TextIOWrapper.read", read.value)
    with path.open("w", encoding="ascii") as file, pytest.raises(Exception) as written:
        file.write("é")
    assert catches("io.TextIOWrapper.write", written.value)
    with open("/dev/full", "wb", buffering=0) as raw, pytest.raises(Exception) as no_space:
        raw.write(b"x")
    assert catches("io.BufferedIOBase.write", no_space.value)


def test_asyncio() -> None:
    async def run() -> None:
        async def never() -> None:
            await asyncio.Event().wait()

        assert catches("asyncio.wait_for", await failure(asyncio.wait_for(never(), 0.01)) or Exception())
        refused = await failure(asyncio.open_connection("127.0.0.1", refused_port()))
        assert catches("asyncio.open_connection", refused or Exception())
        with pytest.raises(Exception) as empty:
            asyncio.Queue[int]().get_nowait()
        assert catches("asyncio.Queue.get_nowait", empty.value)
        missing = await failure(asyncio.create_subprocess_exec("/dev/null/x"))
        assert catches("asyncio.create_subprocess_exec", missing or Exception())

    asyncio.run(run())
    gather = knowledge.call_contract("asyncio.gather")
    assert gather is not None and gather.passes_on and not covering(gather)


def test_calls_that_are_known_exist() -> None:
    """A name that the libraries do not have would be a contract that nobody can call."""
    platform = {"os.startfile"}  # Windows alone has it
    for name in sorted(set(contracts_table()["calls"]) - platform):
        head, *rest = name.split(".")
        if importlib.util.find_spec(head) is None:
            continue  # aiofiles and requests are not always installed
        if name.startswith("asyncio.timeout") and sys.version_info < (3, 11):
            continue
        found: Any = importlib.import_module(head)
        for part in rest:
            if isinstance(found, types.ModuleType) and not hasattr(found, part):
                importlib.import_module(f"{found.__name__}.{part}")
            found = getattr(found, part)
        assert callable(found), name
