"""Whether the bounds that there were are kept: connections, files, threads and memory at a time."""

from __future__ import annotations

import ast

from ..analysis.module import Module
from ..model import Assumption, Hazard, Verdict


def left_open(module: Module, call: ast.Call, most: int, seconds: int) -> Verdict:
    """Connections that stay open when nobody uses them, so that more are open at a time than before."""
    return Assumption(
        Hazard.RESOURCES,
        f"{most} connections more may stay open for {'a second' if seconds == 1 else f'{seconds} seconds'}, also with a server that "
        "serves one at a time",
        module.path,
        call.lineno,
    )
