"""The least that a type of the library's schema takes."""

from __future__ import annotations

import datetime
import enum
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

_PLAIN: dict[Any, Any] = {bool: True, int: 1, float: 1.0, str: "s", datetime.datetime: 1700000000}


def least(kind: Any) -> Any:
    """A value as JSON: of a model with those fields alone that it must have."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is list:
        return []
    if origin is Literal:
        return arguments[0]
    if origin is Annotated:
        return least(arguments[0])
    if origin in (Union, types.UnionType):
        return least(next(each for each in arguments if each is not type(None)))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        needed = {name: field for name, field in kind.model_fields.items() if field.is_required()}
        return {field.alias or name: least(field.annotation) for name, field in needed.items()}
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind)).value
    return _PLAIN.get(kind)
