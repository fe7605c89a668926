"""The schema as Telethon holds it: what it has by a name, and what its parameters are of."""

from __future__ import annotations

import collections
import datetime
import functools
import re
import zlib
from collections.abc import Sequence
from typing import Any

from telethon import types
from telethon.tl import TLRequest, alltlobjects

from ..tl.answers import Answer, Answers
from ..tl.objects import SELF, Objects

#: Numbers of types are of their names (telethon_generator).
_BOOL = zlib.crc32(b"Bool")


@functools.cache
def _constructors() -> dict[int, list[type[Any]]]:
    found: dict[int, list[type[Any]]] = collections.defaultdict(list)
    for kind in alltlobjects.tlobjects.values():
        if not issubclass(kind, TLRequest) and hasattr(kind, "SUBCLASS_OF_ID"):
            found[kind.SUBCLASS_OF_ID].append(kind)
    return found


@functools.cache
def _spaces() -> list[str]:
    return sorted({kind.__module__.rpartition(".")[2] for kinds in _constructors().values() for kind in kinds})


class TelethonObjects(Objects):
    """Objects of `telethon.types`."""

    date = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)

    def kind(self, name: str) -> Any:
        """The class of a name, in its module."""
        return functools.reduce(lambda found, part: getattr(found, part, None), name.split("."), types)

    def base(self, annotation: Any) -> str:
        """``TypePeer`` is of the type `Peer`."""
        named = getattr(annotation, "__forward_arg__", annotation)
        name = named if isinstance(named, str) else getattr(named, "__name__", str(named))
        if "List" in str(annotation):
            return "list"
        return "datetime" if "datetime" in f"{name} {annotation}" else re.sub(r".*\bType", "", str(name))

    def made_so(self) -> dict[str, Any]:
        """A time as well."""
        return super().made_so() | {"datetime": lambda: self.date}

    def kinds(self, base: str) -> Sequence[Any]:
        """By the number of the type, in whichever space it is."""
        names = [base, *(f"{space}.{base}" for space in _spaces())]
        found = (_constructors().get(zlib.crc32(name.encode())) for name in names)
        return next((kinds for kinds in found if kinds), [])

    def empty(self, request: Any) -> Any:
        """By the number of the type that it returns."""
        if request.SUBCLASS_OF_ID == _BOOL:
            return True
        kinds = _constructors().get(request.SUBCLASS_OF_ID)
        if kinds is None:
            return []  # a vector
        return self.updates([]) if types.Updates in kinds else self.least_of(kinds, kinds[0].__name__)


def _signed_in(answers: Answers, request: Any) -> Any:
    """The account: a bot where it comes with a token."""
    answers.bot = answers.bot or hasattr(request, "bot_auth_token")
    return answers.tl.new("auth.Authorization", user=answers.tl.user(SELF, bot=answers.bot))


def _configured(answers: Answers, request: Any) -> Any:
    """What a server says of itself, with one data centre; a program may look for its own there."""
    option = answers.tl.new("DcOption", id=2, ip_address="149.154.167.51", port=443)
    return answers.tl.new("Config", this_dc=2, dc_options=[option])


def _sent_text(answers: Answers, request: Any) -> Any:
    """The short form, as the servers answer it."""
    known = {"pts": 1, "pts_count": 1, "date": answers.tl.date, "out": True}
    return answers.tl.new("UpdateShortSentMessage", id=answers.next_id(), **known)


#: What is answered to this library alone.
ANSWERS: dict[str, Answer] = {
    "GetConfig": _configured,
    "SignIn": _signed_in,
    "ImportBotAuthorization": _signed_in,
    "SendMessage": _sent_text,
    "GetAppConfig": lambda answers, request: answers.tl.new("help.AppConfigNotModified"),
}
TL = TelethonObjects()
