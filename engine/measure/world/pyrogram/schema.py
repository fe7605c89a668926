"""The schema as Pyrogram holds it: what it has by a name, and what its parameters are of."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Sequence
from typing import Any

from pyrogram import raw

from ..tl.objects import Objects

_LIST = re.compile(r"['\"]?(typing\.)?(Optional\[)?(typing\.)?list\[", re.IGNORECASE)


def _named(where: Any, dotted: str) -> Any:
    return functools.reduce(lambda found, name: getattr(found, name, None), dotted.split("."), where)


class PyrogramObjects(Objects):
    """Objects of `pyrogram.raw.types`."""

    date = 1700000000

    def kind(self, name: str) -> Any:
        """The class of a name, in its module."""
        return _named(raw.types, name)

    def nothing_in_it(self) -> Any:
        """An empty one."""
        return []

    def base(self, annotation: Any) -> str:
        """``raw.base.Peer`` is of the type `Peer`."""
        text = (annotation.__name__ if inspect.isclass(annotation) else str(annotation)).strip("\"'")
        return "list" if _LIST.match(text) else re.sub(r"^.*?raw\.base\.", "", text)

    def kinds(self, base: str) -> Sequence[Any]:
        """By their names in the library's documentation, which has them in every release."""
        said = inspect.getdoc(_named(raw.base, base)) or ""
        listed = re.findall(r"^\s+([a-z.]*[A-Z]\w+)\s*$", said.partition("nosignatures:")[2], re.MULTILINE)
        linked = re.findall(r"<pyrogram\.raw\.types\.([\w.]+)>", said)
        return [kind for kind in map(self.kind, listed or linked) if kind is not None]

    def empty(self, request: Any) -> Any:
        """Of the type that its documentation says."""
        said = (inspect.getdoc(type(request)) or "").partition("Returns:")[2].strip()
        linked = re.search(r"<pyrogram\.raw\.base\.([\w.]+)>", said.splitlines()[0] if said else "")
        if said.startswith("List of"):
            return []
        base = linked[1] if linked else said.strip("`").partition("`")[0]
        return True if base == "bool" else self.least(base)


TL = PyrogramObjects()
