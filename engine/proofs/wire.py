"""Whether the same goes over the network: each request once, byte for byte, on connections as before.

**Connections from one client to the next.** Never proved. Whether a server is about to close a connection cannot be known from this
end: a request that is sent meanwhile is lost, and to send it again is to send it twice where the server had handled it
(RFC 9112, sections 9.3.1 and 9.5). A client that opens its own connections has neither problem.

**TLS settings made once.** An `ssl.SSLContext` holds settings and no connection, and neither `ssl` nor asyncio resumes sessions by
themselves, so that handshakes and bytes stay as they were. Proved where nothing in the project changes what a new one would hold.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..analysis.module import Module
from ..model import Assumption, Hazard, Proof, Verdict

#: What takes the file of certifi's certificates only to read it.
_READERS = (
    "cafile",
    "ca_certs",
    "verify",
    "create_default_context",
    "load_verify_locations",
    "TCPConnector",
    "setdefault",
)
#: The variables of the environment by which certificates are named.
_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
#: What sets variables of the environment by names that need not stand in the source.
_SETTING = ("environ", "putenv", "dotenv")
_SETTERS = ("os.environ.update", "os.environ.setdefault", "os.putenv", "dotenv.load_dotenv")
#: What puts other TLS settings in the place of Python's.
_INJECTING = ("truststore.inject_into_ssl", "truststore.extract_from_ssl")


def kept_connections(module: Module, call: ast.Call, seconds: int) -> Verdict:
    """Connections that are used again by another client within some seconds."""
    return Assumption(
        Hazard.WIRE,
        f"the server keeps a connection open for {'a second' if seconds == 1 else f'{seconds} seconds'} behind an answer, since a "
        "`GET` that it closes it under is lost",
        module.path,
        call.lineno,
    )


def between_turns(module: Module, loop: ast.stmt) -> list[Verdict]:
    """What one client takes from one turn of a loop to the next: its connections, and the cookies that it is given."""
    sentences = (
        "the server keeps a connection open from one turn of the loop to the next: what asks while it closes it may be lost",
        "no cookie that the server sets in one turn of the loop changes what it answers in the next",
    )
    return [Assumption(Hazard.WIRE, sentence, module.path, loop.lineno) for sentence in sentences]


def same_trust(module: Module) -> Verdict:
    """TLS settings that are made once and no longer for each client."""
    project = module.project
    for path in project.mentioning(["certifi", "truststore", "_ssl_context", *_SETTING, *_VARIABLES]):
        if (other := project.parsed(path)) is None:
            return Assumption(Hazard.WIRE, f"`{path.name}` changes no trusted certificates", path)
        for node in _changing(other):
            text = other.shown(node)
            return Assumption(
                Hazard.WIRE, f"`{text}` changes no trusted certificates while the bot runs", path, node.lineno
            )
    for name in _VARIABLES:
        if (told := project.mention(name, project.analysed)) is not None:
            text = f"what `{name}` names is not replaced while the bot runs"
            return Assumption(Hazard.WIRE, text, told.path, told.line)
    return Proof(Hazard.WIRE, "each client still opens its own connections, and nothing changes what it trusts")


def _changing(module: Module) -> Iterator[ast.expr]:
    """What may change the certificates or settings that a new `SSLContext` would have."""
    yield from module.attributes("_ssl_context")
    yield from (text for text in module.texts if text.value in _VARIABLES and module.function(text) is not None)
    for item in module.all(ast.Subscript):
        is_set = isinstance(item.ctx, ast.Store) and not isinstance(item.slice, ast.Constant)
        if is_set and module.function(item) is not None and module.resolve(item.value) == "os.environ":
            yield item
    for call in module.all(ast.Call):
        name = module.resolve(call.func)
        if name in _SETTERS and module.function(call) is not None and _sets_any(call):
            yield call
        late = name in _INJECTING and module.function(call) is not None
        if late or (name == "certifi.where" and not _is_read(module, call)):
            yield call


def _sets_any(call: ast.Call) -> bool:
    """Whether a call may set variables that are set already, whatever their names."""
    if "dotenv" in ast.unparse(call.func):
        return any(keyword.arg in ("override", None) for keyword in call.keywords)
    named = call.args[0] if call.args else None
    return not isinstance(named, ast.Constant) or named.value in _VARIABLES


def _is_read(module: Module, call: ast.Call) -> bool:
    """Whether a path goes only to what reads certificates, or to the environment."""
    match module.parent(call):
        case ast.keyword(arg=str(name)):
            return name in _READERS
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name in _READERS
        case ast.Assign(targets=[ast.Subscript(value=ast.Attribute(attr="environ"))]):
            return True
    return False
