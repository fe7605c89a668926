"""What HTTP libraries take: which arguments of a request are texts and numbers, which hold data, and which hold code of the caller."""

from __future__ import annotations

#: Arguments by name that are texts, numbers, truth values or tuples of them.
PLAIN = frozenset(
    "url method timeout allow_redirects follow_redirects stream verify cert filename trust_env fullurl cafile capath".split()
)
#: Arguments that hold data: dicts, lists, texts, bytes.
DATA = frozenset("params headers cookies json data content files proxies proxy auth".split())
#: Arguments of a session that say how it connects.
OF_CLIENT = frozenset("base_url http1 http2 limits max_redirects default_encoding".split())
#: Attributes and methods of a session by which other code comes to run in its requests.
RUNS_CODE = frozenset("hooks mount adapters event_hooks get_adapter".split())
#: Names of the positional arguments of requests, by the last part of the function's name.
_POSITIONS = {
    **dict.fromkeys(("get", "head", "options", "delete"), ("url", "params")),
    "post": ("url", "data", "json"),
    "put": ("url", "data"),
    "patch": ("url", "data"),
    "request": ("method", "url"),
    "urlopen": ("url", "data", "timeout"),
    "Request": ("url", "data", "headers"),
    "urlretrieve": ("url", "filename", "reporthook", "data"),
}


def argument_name(function: str, position: int) -> str:
    """The name of a positional argument of a function of an HTTP library, given by the last part of its name; "" if unknown."""
    names = _POSITIONS.get(function, ())
    return names[position] if position < len(names) else ""
