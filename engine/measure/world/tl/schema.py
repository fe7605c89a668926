"""Objects of the schema (https://core.telegram.org/schema) by their names, made of the types that a library has."""

from __future__ import annotations

import abc
import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from ..telegram import told

_DEEPEST = 6
_PLAIN: dict[str, Any] = {"int": 1, "str": "text", "bytes": b"b", "bool": False, "float": 1.0}
#: Numbers that libraries draw.
_DRAWN = ("random_id", "random_bytes", "file_id", "query_id", "md5_checksum")
_LONG = 200


@functools.cache
def parameters(kind: Any) -> dict[str, inspect.Parameter]:
    """What a constructor takes."""
    of_object = inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD
    found = list(inspect.signature(kind.__init__).parameters.items())[1:]
    return {name: each for name, each in found if each.kind not in of_object}


class Schema(abc.ABC):
    """The schema of one library."""

    #: The time of everything, as the library has times.
    date: Any

    @abc.abstractmethod
    def kind(self, name: str) -> Any:
        """The constructor of a name (``messages.Messages``); None where the library has none."""

    @abc.abstractmethod
    def base(self, annotation: Any) -> str:
        """The type of a parameter: ``int``, ``list`` or the name of a type of the schema."""

    @abc.abstractmethod
    def kinds(self, base: str) -> Sequence[Any]:
        """The constructors of a type."""

    @abc.abstractmethod
    def empty(self, request: Any) -> Any:
        """What the schema says that a request returns, with nothing in it.

        Raises:
            LookupError: it says nothing that can be made.
        """

    def made_so(self) -> dict[str, Callable[[], Any]]:
        """Types that are made in their own way, whatever else their kinds are."""
        return {}

    def new(self, name: str, /, **given: Any) -> Any:
        """An object of a kind with what is given, as far as the release knows it, and the least in the place of the rest.

        Raises:
            LookupError: there is no such kind, or it needs what cannot be made.
        """
        kind = self.kind(name)
        if kind is None:
            raise LookupError(name)
        return self._filled(kind, given, 0)

    def _filled(self, kind: Any, given: dict[str, Any], depth: int) -> Any:
        values = {}
        for name, wanted in parameters(kind).items():
            if name in given:
                values[name] = given[name]
            elif wanted.default is inspect.Parameter.empty or self.base(wanted.annotation) == "list":
                values[name] = self.least(self.base(wanted.annotation), depth)  # no list is read as an empty one
        return kind(**values)

    def least(self, base: str, depth: int = 0) -> Any:
        """The least of a type.

        Raises:
            LookupError: it cannot be made.
        """
        if base == "list":
            return []
        if base in _PLAIN:
            return _PLAIN[base]
        if base in (own := self.made_so()):
            return own[base]()
        return self.least_of(self.kinds(base), base, depth)

    def least_of(self, kinds: Sequence[Any], base: str, depth: int = 0) -> Any:
        """The least of the first kind that says something.

        Raises:
            LookupError: it cannot be made.
        """
        if not kinds or depth > _DEEPEST:
            raise LookupError(base)
        said = [kind for kind in kinds if not kind.__name__.endswith(("Empty", "NotModified", "NotFound"))] or kinds
        return self._filled(said[0], {}, depth + 1)


def plain(value: Any) -> Any:
    """What an object says, without what is drawn anew each time."""
    if isinstance(value, bytes):
        return told(value) if len(value) > _LONG else value.decode("utf-8", "replace")
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, (str, int, float, type(None))):
        return value
    if not hasattr(value, "CONSTRUCTOR_ID") and not hasattr(value, "QUALNAME"):
        return repr(value)
    kind: Any = type(value)
    name = kind.__name__
    drawn = (*_DRAWN, "id", "parts") if name.startswith("InputFile") else _DRAWN
    said = {key: plain(getattr(value, key, None)) for key in parameters(kind) if key not in drawn}
    return {"_": name} | {key: each for key, each in said.items() if each not in (None, False)}
