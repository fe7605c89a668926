"""Files that a team commits: JSON with a version and one list."""

from __future__ import annotations

import json
from typing import Any


def entries(data: bytes, key: str, version: int) -> list[Any]:
    """The list of a file, under its key.

    Raises:
        ValueError: the bytes are something else, or of another version.
    """
    document = json.loads(data)
    if not isinstance(document, dict) or not isinstance(document.get(key), list):
        raise ValueError(f"it has no list of {key}")
    if document.get("version") != version:
        raise ValueError(f"it is of version {document.get('version')}, and this tgfix knows version {version}")
    found: list[Any] = document[key]
    return found
