"""`requests` in a coroutine as a request on pooled connections, where every feature that is used has its equal in httpx."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis import refuse
from ....engine.analysis.module import Module
from ....engine.model import Edit
from ....engine.rewriting.awaits import awaited

#: What may be read from a response, by its name in requests → its name in httpx.
_RESPONSE = {
    "status_code": "status_code", "text": "text", "content": "content", "json": "json", "headers": "headers",
    "raise_for_status": "raise_for_status", "ok": "is_error",
}  # fmt: skip
_ARGUMENTS = ("params", "headers", "timeout", "json", "data", "files", "cookies", "auth", "allow_redirects", "verify")
_EXCEPTIONS = {
    "RequestException": ("HTTPError", "InvalidURL"),
    "HTTPError": ("HTTPStatusError",),
    "ConnectionError": ("NetworkError", "ProtocolError", "ProxyError", "ConnectTimeout"),
    "Timeout": ("TimeoutException",),
    "ConnectTimeout": ("ConnectTimeout",),
    "ReadTimeout": ("ReadTimeout",),
    "TooManyRedirects": ("TooManyRedirects",),
}

#: What httpx does otherwise, as an assumption.
DIFFERENCES = (
    "it does not matter that httpx names itself in `User-Agent`, takes a text without a charset for UTF-8, lets `raise_for_status()` "
    "raise for every status but 2xx, counts a timeout for each step, and raises exceptions of its own"
)
#: What `httpx.get()` and a request of an `httpx.AsyncClient` take alike, as far as it can be seen to be the same.
_OF_HTTPX = (
    "params", "headers", "cookies", "timeout", "json", "data", "files", "follow_redirects", "verify", "proxy", "trust_env", "content",
    "auth",
)  # fmt: skip


def pooled_edits(module: Module, call: ast.Call, verb: str, library: str, name: str) -> list[Edit] | None:
    """The edits that put ``await name("GET", …)`` in the place of a call of `requests`; None where something has no equal."""
    arguments = _argument_edits(module, call, verb)
    if arguments is None:
        return None
    response = _response_edits(module, call)
    clauses = _clause_edits(module, call, library)
    if response is None or clauses is None:
        return None
    return [
        *awaited(module, call, name, _method(verb)),
        *arguments,
        *response,
        *clauses,
    ]


def same_edits(module: Module, call: ast.Call, verb: str, name: str) -> list[Edit] | None:
    """The edits that put ``await name("GET", …)`` in the place of ``httpx.get(…)``; None where it may not be the same."""
    given = {keyword.arg or "": keyword.value for keyword in call.keywords}
    if refuse.unpacks_arguments(call) or given.keys() - set(_OF_HTTPX):
        return None
    if not isinstance(given.get("content", ast.Constant("")), (ast.Constant, ast.JoinedStr)):
        return None  # a plain iterator cannot be sent from a coroutine
    if not isinstance(given.get("auth", ast.Tuple([])), ast.Tuple):
        return None
    return awaited(module, call, name, _method(verb))


def _method(verb: str) -> str:
    return "" if verb == "request" else f'"{verb.upper()}"'


def _argument_edits(module: Module, call: ast.Call, verb: str) -> list[Edit] | None:
    given = {keyword.arg or "": keyword for keyword in call.keywords}
    if (
        len(call.args) != (2 if verb == "request" else 1)
        or refuse.unpacks_arguments(call)
        or set(given) - set(_ARGUMENTS)
    ):
        return None
    if not all(_is_alike(name, keyword.value, call.args[-1]) for name, keyword in given.items()):
        return None
    edits = []
    added = []
    if "allow_redirects" in given:
        start = module.start(given["allow_redirects"])
        edits.append(Edit(start, start + len("allow_redirects"), "follow_redirects"))
    elif verb != "head":
        added.append("follow_redirects=True")
    if "timeout" not in given:
        added.append("timeout=None")
    if "data" in given and not isinstance(given["data"].value, ast.Dict):
        start = module.start(given["data"])
        edits.append(Edit(start, start + len("data"), "content"))
    if added:
        last = max((*call.args, *call.keywords), key=module.end)
        end = module.end(last)
        if module.text[end : module.end(call)].strip() not in (")", ",)"):
            return None  # parentheses of its own, or a comment
        edits.append(Edit(end, end, "".join(f", {text}" for text in added)))
    return edits


def _is_alike(name: str, value: ast.expr, url: ast.expr) -> bool:
    """Whether an argument means the same to both libraries."""
    match name, value:
        case (("allow_redirects" | "verify"), ast.Constant(value=bool())):
            return True
        case "timeout", ast.Constant(value=int() | float() | None):
            return True
        case "params", _:
            texts = [
                node.value for node in ast.walk(url) if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
            return bool(texts) and not any("?" in text for text in texts)  # httpx replaces a query that is there
        case "data", ast.Dict() | ast.JoinedStr() | ast.Constant(value=str() | bytes()):
            return True
        case "files", ast.Dict():
            return True
        case "auth", ast.Tuple(elts=[_, _]):
            return True
        case (("json" | "headers" | "cookies"), _):
            return True
    return False


def _response_edits(module: Module, call: ast.Call) -> list[Edit] | None:
    """The edits for what is done with the response."""
    parent = module.parent(call)
    if isinstance(parent, ast.Expr):
        return []
    if isinstance(parent, ast.Attribute):
        return [] if parent.attr in _RESPONSE and parent.attr != "ok" else None
    if not (isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name)):
        return None
    target = parent.targets[0]
    scope = module.scope(target).find(target.id)
    if scope is None or scope.kind != "function" or len(scope.bindings[target.id]) != 1:
        return None
    edits = []
    for use in module.uses(target.id, scope):
        attribute = module.parent(use)
        if (
            not isinstance(attribute, ast.Attribute)
            or attribute.attr not in _RESPONSE
            or not isinstance(attribute.ctx, ast.Load)
        ):
            return None
        if attribute.attr == "json" and not isinstance(module.parent(attribute), ast.Call) or module.in_fstring(use):
            return None
        if attribute.attr == "ok":
            edits.append(Edit(*module.span(attribute), f"(not {use.id}.is_error)"))
    return edits


def _clause_edits(module: Module, call: ast.Call, library: str) -> list[Edit] | None:
    """The edits that make the except clauses around the call catch what httpx raises instead."""
    edits = []
    for statement in _tries(module, call):
        for handler in statement.handlers:
            types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
            names = [module.resolve(kind) or "" for kind in types]
            if not any(name.partition(".")[0] == "requests" for name in names):
                continue
            others = [
                other for other in _calls(module, statement.body) if other is not call and _is_requests(module, other)
            ]  # fmt: skip
            if (
                others
                or handler.name
                and any(
                    isinstance(node, ast.Attribute)
                    and isinstance(node.value, ast.Name)
                    and node.value.id == handler.name
                    for node in ast.walk(handler)
                )
            ):
                return None
            for kind, name in zip(types, names, strict=True):
                if name.partition(".")[0] != "requests":
                    continue
                found = _EXCEPTIONS.get(name.rpartition(".")[2])
                if found is None:
                    return None
                texts = [f"{library}.{text}" for text in found]
                if name.endswith("RequestException"):
                    texts.append("ValueError")  # what response.json() raises is a RequestException in requests
                joined = ", ".join(texts)
                alone = not isinstance(handler.type, ast.Tuple) and len(texts) > 1
                edits.append(Edit(*module.span(kind), f"({joined})" if alone else joined))
    return edits


def _tries(module: Module, call: ast.Call) -> Iterator[ast.Try]:
    child: ast.AST = call
    for ancestor in module.ancestors(call):
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return
        if isinstance(ancestor, ast.Try) and child in ancestor.body:
            yield ancestor
        child = ancestor


def _calls(module: Module, body: list[ast.stmt]) -> Iterator[ast.Call]:
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call):
                yield node


def _is_requests(module: Module, call: ast.Call) -> bool:
    return any(name.partition(".")[0] == "requests" for name in module.candidates(call.func))
