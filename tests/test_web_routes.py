"""Endpoints of FastAPI that block: where one awaits nothing, it had better be no coroutine."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import tgfix

API = """\
import time

from fastapi import APIRouter, FastAPI

app = FastAPI()
router = APIRouter(prefix="/orders")


@router.get("/{order}")
async def show(order: int):
    time.sleep(1)
    return {"order": order}


app.include_router(router)
"""


def test_an_endpoint_that_awaits_nothing_is_left_alone_with_what_to_do(tmp_path: Path) -> None:
    for text in (API, API.replace("@router.get", "@app.post"), API.replace("show(", "tell(")):
        (tmp_path / "api.py").write_text(text)
        told = " ".join(tgfix("check", "--all", "--select", "TGF501", cwd=tmp_path).text.split())
        assert "awaits: without `async` FastAPI runs all of it in a thread" in told
        assert tgfix("apply", "--unsafe-fixes", "--select", "TGF501", cwd=tmp_path).code in (0, 1)
        assert (tmp_path / "api.py").read_text() == text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('    return {"order": order}', "    return await found(order)"),
        ('    return {"order": order}', "    return [one async for one in found(order)]"),
        ('    return {"order": order}', "    async with found(order) as one:\n        return one"),
        ("from fastapi import APIRouter, FastAPI", "from fastapi_like import APIRouter, FastAPI"),
        ("@router.get", "@router.websocket"),
        ("router = APIRouter", "from listening import listener as router\nother = APIRouter"),
    ],
)
def test_any_other_one_is_rewritten(tmp_path: Path, old: str, new: str) -> None:
    (tmp_path / "api.py").write_text(API.replace(old, new))
    tgfix("apply", "--unsafe-fixes", "--select", "TGF501", cwd=tmp_path)
    assert "await asyncio.sleep(1)" in (tmp_path / "api.py").read_text()
