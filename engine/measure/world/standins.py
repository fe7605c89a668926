"""Stand-ins for packages that the program's Python lacks, and for clients of services that there are not.

They take whatever they are given and do nothing; what they were asked is written down, since it is what the program did.
"""

from __future__ import annotations

import abc
import collections
import dis
import importlib.abc
import importlib.machinery
import inspect
import io
import json
import linecache
import re
import sys
import types
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from . import deriving
from .counting import counts
from .hooks import replace

#: What was asked of stand-ins, by update; 0 is for start-up and what runs beside updates.
asked: dict[int, list[str]] = collections.defaultdict(list)

_ERROR = re.compile(r"(Error|Exception|Warning|Timeout|Exceeded|NotFound)$")
_ASYNCHRONOUS = re.compile(r"^(aio|async|motor)|\.(asyncio|aio)\b|\.Async[A-Z]")
#: What names a variable of types, which `Generic` takes nothing else for.
_TYPE_VARIABLE = re.compile(r"_?[KV]?T|_[A-Z]\w*Type(_co)?")
#: What a call is answered whose last name is this: an empty database has nothing to give.
_ANSWERS: dict[str, Any] = {
    "fetchone": None, "fetchrow": None, "fetchval": None, "find_one": None, "get": None, "scalar": None, "first": None,
    "fetchall": [], "fetchmany": [], "fetch": [], "to_list": [], "count_documents": 0, "exists": 0, "dumps": "{}",
}  # fmt: skip
#: What has an answer of one row also where a table is empty, and what that holds.
_SURE = (
    (r"\s*SELECT\s+(COUNT|COALESCE|EXISTS|IFNULL)\b", 0),
    (r"\s*SELECT\s+(SUM|MIN|MAX|AVG)\b", None),
    (r".*\bRETURNING\b", 1),
)
_ROWS = ("fetchone", "fetchrow", "first", "one")
_LONG = 200
_PLAIN = (str, int, float, bool, bytes, type(None))


class _Made(abc.ABCMeta):
    """Classes of stand-ins, which have whatever is asked for."""

    def __new__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **named: Any) -> Any:
        """Whatever a class is made with."""
        return super().__new__(cls, name, bases, namespace)

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **named: Any) -> None:
        super().__init__(name, bases, namespace)

    def __getattr__(cls, name: str) -> Any:
        return made(cls, f"{cls.__module__}.{cls.__name__}", name)

    def __iter__(cls) -> Iterator[Any]:
        return iter(())


class _Row(tuple[Any, ...]):
    """A row of a database, by numbers and by names."""

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(0 if isinstance(key, str) else key)


#: The last statement that was executed, by update.
_statements: dict[int, str] = {}


def _of_a_statement(name: str, given: Sequence[Any]) -> Any:
    """The row, or its value, that a statement gives of empty tables as well; None where there is none."""
    text = given[0] if given and isinstance(given[0], str) else _statements.get(counts.update or 0, "")
    for pattern, value in _SURE if name in (*_ROWS, "fetchval", "scalar") else ():
        if re.match(pattern, text, re.IGNORECASE | re.DOTALL):
            flat = re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", text))
            columns = re.split(r"\bRETURNING\b" if value == 1 else r"\bFROM\b", flat, maxsplit=1, flags=re.IGNORECASE)
            row = _Row([value] * (columns[value == 1].count(",") + 1))
            return row if name in _ROWS else value
    return None


def _decorates(frame: types.FrameType) -> bool:
    """Whether a call decorates something: ``@router.get("/")`` asks no database."""
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith("@")


class StandIn(metaclass=_Made):
    """Anything: an object, a function, a decorator, a context, a base class."""

    def __new__(cls, *given: Any, **named: Any) -> Any:
        """A call of the class itself is written down; one of a class that the program derives from it is its own."""
        new = super().__new__(cls)
        new.__dict__["_told"] = f"{cls.__module__}.{cls.__name__}"
        if cls.__dict__.get("_is_stand_in"):
            note(new._told, given, named)
        return new

    def __init__(self, *given: Any, **named: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return made(self, self.__dict__.get("_told", "?"), name)

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Another stand-in, or what an empty database answers; a function that is decorated stays as it is."""
        if len(given) == 1 and not named and (inspect.isfunction(given[0]) or inspect.isclass(given[0])):
            return given[0]
        told = self.__dict__.get("_told", "?")
        note(told, given, named)
        name = told.rpartition(".")[2]
        result = _plain(f"{told}()")
        if name not in _ANSWERS or _decorates(sys._getframe(1)):
            return result
        answer = _of_a_statement(name, given) or _ANSWERS[name]
        answer = list(answer) if isinstance(answer, list) else answer
        if not _ASYNCHRONOUS.search(told):
            return answer
        result.__dict__["_answer"] = answer
        return result

    def __await__(self) -> Any:
        yield from ()
        return self.__dict__.get("_answer", self)

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    def __iter__(self) -> Iterator[Any]:
        """Nothing; where it is unpacked, as many as there are names for: ``figure, axes = subplots()``."""
        frame = sys._getframe(1)
        code, at = frame.f_code.co_code, frame.f_lasti
        many = code[at + 1] if at >= 0 and dis.opname[code[at]] == "UNPACK_SEQUENCE" else 0
        return iter([self[number] for number in range(many)])

    def __aiter__(self) -> Any:
        return self

    async def __anext__(self) -> Any:
        raise StopAsyncIteration

    def __getitem__(self, key: Any) -> Any:
        return _plain(f"{self.__dict__.get('_told', '?')}[{key!r}]"[:200])

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    def __contains__(self, _: Any) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return True

    def __int__(self) -> int:
        return 0

    def __index__(self) -> int:
        return 0

    def __float__(self) -> float:
        return 0.0

    def __repr__(self) -> str:
        return f"<stand-in {self.__dict__.get('_told', '?')}>"

    def _same(self, *_: Any) -> Any:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _same
    __or__ = __ror__ = __and__ = __rand__ = __invert__ = __neg__ = __mod__ = __floordiv__ = _same

    def _less(self, _: Any) -> bool:
        return False

    __lt__ = __gt__ = __le__ = __ge__ = _less

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> Any:
        return {"type": "any"}

    @classmethod
    def __class_getitem__(cls, _: Any) -> Any:
        return cls


def _plain(told: str) -> Any:
    new = object.__new__(StandIn)
    new.__dict__["_told"] = told
    return new


def made(owner: Any, where: str, name: str) -> Any:
    """What an owner has under a name: an exception, a class or anything else, by how the name is written.

    Raises:
        AttributeError: the name is Python's own.
    """
    if name.startswith("__"):
        raise AttributeError(name)
    value: Any
    if isinstance(owner, types.ModuleType) and _TYPE_VARIABLE.fullmatch(name):
        value = TypeVar(name)  # type: ignore[misc]
    elif _ERROR.search(name) and name[0].isupper():
        value = type(name, (Exception,), {"__module__": where})
    elif name[0].isupper() and not name.isupper():
        value = _Made(name, (StandIn,), {"__module__": where, "_is_stand_in": True})
    else:
        value = _plain(f"{where}.{name}")
    if isinstance(owner, (types.ModuleType, type)):
        setattr(owner, name, value)
    else:
        owner.__dict__[name] = value
    return value


def note(told: str, given: Sequence[Any], named: dict[str, Any]) -> None:
    """Write down what something was asked."""
    if told.endswith(".execute") and given and isinstance(given[0], str):
        _statements[counts.update or 0] = given[0]
    parts = [*map(_shown, given), *(f"{name}={_shown(value)}" for name, value in named.items())]
    asked[counts.update or 0].append(f"{told}({', '.join(parts)})"[:2000])


_default = json.JSONEncoder.default


def _encoded(self: json.JSONEncoder, value: Any) -> Any:
    """In the place of `json.JSONEncoder.default`: a stand-in is written as a text."""
    return StandIn.__repr__(value) if isinstance(value, StandIn) else _default(self, value)


def _shown(value: Any) -> str:
    if isinstance(value, StandIn):  # a class that the program derives may write itself with what a stand-in gives it
        return StandIn.__repr__(value)
    if isinstance(value, _PLAIN):
        return repr(value)
    if isinstance(value, (io.BytesIO, io.StringIO)):  # whoever is given it reads on from where it is
        rest = value.getvalue()[value.tell() :]
        return f"{type(value).__name__}({len(rest)}: {rest[:_LONG]!r})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {_shown(item)}' for key, item in value.items())}}}"
    if isinstance(value, (list, tuple, set)):
        return f"[{', '.join(map(_shown, value))}]"
    return type(value).__name__


class _Module(types.ModuleType):
    __version__ = "1.0.0"

    def __getattr__(self, name: str) -> Any:
        return made(self, self.__name__, name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds any module of the packages that are stood in for."""

    def __init__(self, packages: Sequence[str]) -> None:
        self.packages = packages

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        """A module without a file."""
        if name.partition(".")[0] in self.packages:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: Any) -> types.ModuleType:
        """With everything in it."""
        return _Module(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing is run."""


def install(packages: Sequence[str]) -> None:
    """Stand in for packages from now on."""
    if packages:
        replace(json.JSONEncoder, default=_encoded)
        deriving.install(_Made)
        sys.meta_path.insert(0, _Finder(packages))
