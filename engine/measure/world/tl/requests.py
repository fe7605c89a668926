"""Requests of the schema: what is written down of them, and how they fail."""

from __future__ import annotations

from typing import Any

from .schema import plain

#: Code and message of answers that are errors (https://core.telegram.org/api/errors). The libraries sleep for a wait that is short.
FAILURES: dict[str, tuple[int, str]] = {
    "403": (403, "CHAT_WRITE_FORBIDDEN"),
    "400": (400, "MESSAGE_NOT_MODIFIED"),
    "429": (420, "FLOOD_WAIT_61"),
}
#: That of a request which has no answer.
UNKNOWN = (400, "NOT_SUPPORTED_OFFLINE")
#: What connecting and the passing of time bring; not written down.
QUIET = (
    "Ping", "PingDelayDisconnect", "GetConfig", "GetState", "GetDifference", "GetChannelDifference", "MsgsAck", "UpdateStatus",
)  # fmt: skip
#: Parts of files: how large they are is no effect.
_PARTS = ("GetFile", "SaveFilePart", "SaveBigFilePart")


def name_of(request: Any) -> str:
    """``SendMessage``, whichever library it is of."""
    return type(request).__name__.removesuffix("Request")


def goes_on(request: Any) -> bool:
    """Whether it moves a further part of a file: how large parts are is no effect, how many there are is counted."""
    return name_of(request) in _PARTS and bool(getattr(request, "offset", 0) or getattr(request, "file_part", 0))


def told(request: Any) -> Any:
    """What a request says, without what is drawn anew each time."""
    if name_of(request) in _PARTS:  # what is sent has a checksum in the message that comes with it
        return {"_": type(request).__name__, "location": plain(getattr(request, "location", None))}
    return plain(request)
