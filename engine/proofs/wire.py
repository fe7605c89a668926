"""Whether the same goes over the network: each request once, byte for byte, on connections as before.

**Connections from one client to the next.** Never proved. Whether a server is about to close a connection cannot be known from this
end: a request that is sent meanwhile is lost, and to send it again is to send it twice where the server had handled it
(RFC 9112, sections 9.3.1 and 9.5). A client that opens its own connections has neither problem.

**TLS settings made once.** An `ssl.SSLContext` holds settings and no connection, and neither `ssl` nor asyncio resumes sessions by
themselves, so that handshakes and bytes stay as they were. Proved where nothing in the project changes what a new one would hold.
"""

from __future__ import annotations

import ast
import re

from ..analysis.module import Module
from ..model import Assumption, Hazard, Proof, Verdict

#: What changes the certificate authorities that new TLS settings are made of.
_TRUST = re.compile(rb"\b(?:certifi|truststore|pip_system_certs|_ssl_context|set_default_verify_paths)\b")


def kept_connections(module: Module, call: ast.Call, seconds: int) -> Verdict:
    """Connections that are used again by another client within some seconds."""
    return Assumption(
        Hazard.WIRE,
        f"the server keeps a connection open for {'a second' if seconds == 1 else f'{seconds} seconds'} behind an answer, since a "
        "`GET` that it closes it under is lost",
        module.path,
        call.lineno,
    )


def same_trust(module: Module) -> Verdict:
    """TLS settings that are made once and no longer for each client."""
    for source in module.project.others(module.project.settings.root):
        if found := _TRUST.search(source.data):
            return Assumption(
                Hazard.WIRE,
                f"the trusted certificates stay the same while the bot runs, whatever `{found.group().decode()}` does",
                source.path,
                source.data.count(b"\n", 0, found.start()) + 1,
            )
    return Proof(Hazard.WIRE, "each client still opens its own connections, and nothing changes what it trusts")
