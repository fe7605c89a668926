"""Classes that derive from what others make as well as from a stand-in."""

from __future__ import annotations

import builtins
import functools
from typing import Any

from .hooks import replace

_build = builtins.__build_class__


@functools.cache
def _both(*kinds: type) -> type:
    return type("Made", kinds, {})


def install(made: type) -> None:
    """Let what `made` makes be derived with whatever else: two kinds of classes, neither of the other, are a conflict to Python."""

    def build(function: Any, name: str, *bases: Any, **named: Any) -> Any:
        kinds = [named.get("metaclass", type), *map(type, bases)]
        others = [kind for kind in dict.fromkeys(kinds) if isinstance(kind, type) and not issubclass(made, kind)]
        if made in kinds and others and not any(issubclass(kind, made) for kind in others):
            least = [kind for kind in others if not any(kind is not each and issubclass(each, kind) for each in others)]
            named["metaclass"] = _both(*least, made)
        return _build(function, name, *bases, **named)

    replace(builtins, __build_class__=build)
