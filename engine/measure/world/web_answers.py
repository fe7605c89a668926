"""What web services plausibly answer: enough for the usual clients not to fail."""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from typing import Any

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
_JSON = "application/json"
#: The only key of an answer of which nothing is known: what it leads to is the address that was asked.
INVENTED = "url"
_USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
_SAID = "An answer of the model."
_FEED = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title><link>http://f.invalid/</link>'
    b"<description>d</description><item><title>t</title><link>http://f.invalid/1</link><guid>1</guid>"
    b"<description>d</description></item></channel></rss>"
)
_PAGE = b"<html><head><title>T</title></head><body><p>text</p></body></html>"


def answer(host: str, path: str, accept: str, body: bytes) -> tuple[int, str, bytes]:
    """Status, type and content."""
    where = path.split("?")[0].lower()
    data = _data(body)
    if where.endswith("/chat/completions"):
        return _completion(data)
    said = _model(host, where)
    if said is not None:
        return 200, _JSON, json.dumps(said).encode()
    if where.endswith("/audio/speech"):
        return 200, "audio/mpeg", b"ID3" + b"\0" * 400
    if where.endswith(".zip"):
        packed = io.BytesIO()
        zipfile.ZipFile(packed, "w").close()
        return 200, "application/zip", packed.getvalue()
    if re.search(r"\.(png|jpe?g|gif|webp)$", where):
        return 200, "image/png", PNG
    if re.search(r"(\.(xml|rss|atom)|/rss|/feed)$", where):
        return 200, "application/rss+xml", _FEED
    if "text/html" in accept and "json" not in accept:
        return 200, "text/html", _PAGE
    return 200, _JSON, json.dumps({INVENTED: f"{host}{path}"}).encode()


def _data(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _completion(asked: dict[str, Any]) -> tuple[int, str, bytes]:
    """Of a language model, whole or as a stream of events."""
    base = {"id": "c1", "created": 1700000000, "model": asked.get("model", "m")}
    if not asked.get("stream"):
        message = {"role": "assistant", "content": _SAID}
        choices = [{"index": i, "message": message, "finish_reason": "stop"} for i in range(asked.get("n") or 1)]
        whole = base | {"object": "chat.completion", "usage": _USAGE, "choices": choices}
        return 200, _JSON, json.dumps(whole).encode()
    deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": _SAID}, None), ({}, "stop")]
    events = [
        base | {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
        for delta, end in deltas
    ]
    lines = [f"data: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"]
    return 200, "text/event-stream", "".join(lines).encode()


def _model(host: str, where: str) -> Any:
    """The answers of other interfaces of models; None for anything else."""
    if where.endswith("/messages") and "anthropic" in host:
        usage = {"input_tokens": 1, "output_tokens": 1}
        said = [{"type": "text", "text": _SAID}]
        return {"id": "m", "type": "message", "role": "assistant", "model": "m", "content": said} | {
            "stop_reason": "end_turn",
            "usage": usage,
        }
    if "generatecontent" in where:
        content = {"role": "model", "parts": [{"text": _SAID}]}
        return {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}]}
    if where.endswith("/audio/transcriptions"):
        return {"text": "a transcript"}
    if where.endswith("/images/generations"):
        picture = {"url": "https://images.invalid/x.png", "b64_json": base64.b64encode(PNG).decode()}
        return {"created": 1, "data": [picture]}
    if where.endswith("/embeddings"):
        return {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.0] * 8}]} | {
            "model": "m",
            "usage": _USAGE,
        }
    if host.endswith("telegra.ph"):
        account = {"access_token": "t", "auth_url": f"https://{host}/a", "short_name": "s", "author_name": "a"}
        return {"ok": True, "result": account | {"path": "p", "url": f"https://{host}/p", "title": "t", "views": 1}}
    if where.endswith("/models"):
        return {"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "x"}]}
    return None
