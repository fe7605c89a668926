"""Files that a team commits: JSON with a version and one list."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ..sources.git import UsageError

T = TypeVar("T")


def load(path: Path, parse: Callable[[bytes], T], made_by: str | None, otherwise: str) -> T:
    """What is in a file; `made_by` says how one comes to be, `otherwise` what is wrong with one that is something else.

    Raises:
        UsageError: it cannot be read or is none.
        FileNotFoundError: there is none, and `made_by` is None.
    """
    try:
        return parse(path.read_bytes())
    except FileNotFoundError:
        if made_by is None:
            raise
        raise UsageError(f"{path}: there is no such file; {made_by}") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path}: {otherwise}: {error}") from None


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
