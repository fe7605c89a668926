"""An answer to any request, made from the schema that the library holds: of the type that it returns, with nothing in it."""

from __future__ import annotations

import collections
import functools
import inspect
import re
from typing import Any

from telethon import types
from telethon.tl import TLRequest, alltlobjects

from ..known import USER
from .objects import DATE, entity, message, parameters, updates

_BOOL = 0xF5B399AC  # crc32 of the type's name, as all of them (telethon_generator)
_DEEPEST = 6
_PLAIN: dict[str, Any] = {"int": 1, "str": "text", "bytes": b"b", "bool": False, "float": 1.0}


@functools.cache
def _constructors() -> dict[int, list[type[Any]]]:
    found: dict[int, list[type[Any]]] = collections.defaultdict(list)
    for kind in alltlobjects.tlobjects.values():
        if not issubclass(kind, TLRequest) and hasattr(kind, "SUBCLASS_OF_ID"):
            found[kind.SUBCLASS_OF_ID].append(kind)
    return found


def empty(request: Any) -> Any:
    """What the schema says that a request returns.

    Raises:
        LookupError: it says nothing that can be made.
    """
    if request.SUBCLASS_OF_ID == _BOOL:
        return True
    kinds = _constructors().get(request.SUBCLASS_OF_ID)
    if kinds is None:
        return []  # a vector
    if types.Updates in kinds:
        return updates([])
    return _of(kinds, 0)


def empty_of(kind: type[Any]) -> Any:
    """An object of one kind, with nothing in it.

    Raises:
        LookupError: it cannot be made.
    """
    return _of([kind], 0)


def _of(kinds: list[type[Any]], depth: int) -> Any:
    """The first that says something."""
    said = [kind for kind in kinds if not kind.__name__.endswith(("Empty", "NotModified", "NotFound"))] or kinds
    if depth > _DEEPEST:
        raise LookupError(said[0].__name__)
    wanted = parameters(said[0]).values()
    return said[0](**{each.name: _value(each, depth) for each in wanted if each.default is inspect.Parameter.empty})


def _value(wanted: inspect.Parameter, depth: int) -> Any:
    annotation = getattr(wanted.annotation, "__forward_arg__", wanted.annotation)
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    if "List" in str(annotation):
        return []
    if name in _PLAIN:
        return _PLAIN[name]
    if name == "datetime" or "datetime" in str(annotation):
        return DATE
    base = re.sub(r".*\bType", "", str(name))
    match base:
        case "Peer":
            return types.PeerUser(USER)
        case "User" | "Chat":
            return entity(types.PeerUser(USER) if base == "User" else types.PeerChat(1))
        case "Message":
            return message("text", 1, types.PeerUser(USER))
    options = getattr(getattr(types, f"Type{base}", None), "__args__", ())
    named = [getattr(types, getattr(option, "__forward_arg__", ""), None) for option in options]
    kinds = [kind for kind in named if kind is not None] or [getattr(types, base, None)]
    if kinds[0] is None:
        raise LookupError(base)
    return _of(kinds, depth + 1)
