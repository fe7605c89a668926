"""What is sent: whether it gives as many bytes as it is asked for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import chain

from ....engine.analysis.facts import Facts
from ....engine.analysis.files import argument
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....engine.model import Assumption, Hazard, Proof, Verdict
from ....knowledge.kinds import CLIENT

#: What gives a path, bytes, or a file that is read to the number of bytes that is asked for.
_WHOLE = frozenset(
    "builtins.open builtins.str builtins.bytes io.BytesIO io.open os.path.join os.path.abspath pathlib.Path os.path.basename".split()
)
#: Words by which bots call pictures, in names of variables, arguments and requests (`UploadProfilePhotoRequest`).
_PICTURE = re.compile(r"(?i)thumb|photo|foto|pic(?![k])|avatar|sticker|ima?ge?|logo|emoji|\.(?:jpe?g|png|webp)\b")
#: What sets the level of a log, or is given to something that may: by default Python shows warnings and worse, and Telethon tells of
#: parts below these.
_LEVELS = (
    b"basicConfig", b"setLevel", b"dictConfig", b"fileConfig", b"base_logger",
    b"level=", b".level", b"INFO", b"DEBUG", b"NOTSET",
    b"coloredlogs", b"sentry_sdk",  # which show, or send, the level INFO unless they are told otherwise
)  # fmt: skip
_DOWNLOADS = frozenset({"download_media", "download_file", "download_profile_photo"})


def gives_whole_parts(module: Module, file: ast.expr) -> Verdict:
    """Whether a file gives all the bytes that are asked for at a time: Telethon raises ValueError for a part that is too short."""
    value: ast.expr | None = file
    where = module
    if isinstance(file, ast.Name):
        where, value = module.project.fact(Resolver).assigned(module, file)
    if value is not None and _is_whole(where, value):
        return Proof(Hazard.ERRORS, "it is a path, bytes, or a file of the system")
    sentence = f"`{module.shown(file)}` is a path, bytes, or a file that gives all the bytes that are asked for"
    return Assumption(Hazard.ERRORS, sentence, module.path, file.lineno)


def _is_whole(module: Module, value: ast.expr) -> bool:
    match value:
        case ast.JoinedStr() | ast.Constant(value=str() | bytes()):
            return True
        case ast.BinOp(left=left, op=ast.Add() | ast.Mod(), right=right):
            return any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in (left, right))
        case ast.Await(value=ast.Call(func=ast.Attribute(value=owner, attr=method)) as call):
            kind = module.project.fact(Facts).kind(module, owner)
            given = [*call.args[kind == CLIENT :], *(k.value for k in call.keywords if k.arg in ("file", None))]
            # a path or bytes, unless it is told to fill an object
            return method in _DOWNLOADS and kind.startswith("telethon.") and all(_names_file(value) for value in given)
        case ast.Call(func=function):
            return module.project.fact(Facts).name_of(module, function) in _WHOLE
    return False


def handed_to_telethon(module: Module, call: ast.Call) -> Verdict:
    """Whether what an upload gives, which says of how many parts it is, only goes to Telethon's own calls: it may also be printed,
    stored or compared.
    """
    awaited: ast.expr = call
    while isinstance(parent := module.parent(awaited), ast.Await):
        awaited = parent
    uses: list[ast.expr] = [awaited]
    if isinstance(parent, ast.Assign) and all(isinstance(target, ast.Name) for target in parent.targets):
        names = [target for target in parent.targets if isinstance(target, ast.Name)]
        scopes = [(name, module.scope(name).find(name.id)) for name in names]
        inside = all(scope is not None and scope is not module.names.root for _, scope in scopes)
        uses = [use for name, scope in scopes for use in module.uses(name.id, scope)] if inside else uses  # type: ignore[arg-type]
    if all(_goes_to_telethon(module, use) for use in uses):
        return Proof(Hazard.IDENTITY, "what it gives goes to Telethon, which takes it whatever the parts")
    sentence = f"nobody minds of how many parts `{module.shown(call)}` says that it is"
    return Assumption(Hazard.IDENTITY, sentence, module.path, call.lineno)


def _goes_to_telethon(module: Module, use: ast.expr) -> bool:
    """Whether a use of what was sent is none that looks at it: an argument of a method or request of Telethon, one attribute of it."""
    match module.parent(use):
        case ast.Expr():
            return True
        case ast.Attribute(ctx=context, attr=name):
            return name in ("name", "id") or isinstance(context, ast.Store)
        case ast.keyword() as keyword:
            call = module.parent(keyword)
        case other:
            call = other
    if not isinstance(call, ast.Call) or call.func is use:
        return False
    facts = module.project.fact(Facts)
    owner = call.func.value if isinstance(call.func, ast.Attribute) else call.func
    return facts.name_of(module, call.func).startswith("telethon.") or facts.kind(module, owner).startswith("telethon.")


def told_to_nobody(module: Module, call: ast.Call) -> Verdict:
    """Whether no log shows in how many parts Telethon says, at the level INFO, that it moves a file."""
    if not any(map(module.project.contains, _LEVELS)):
        return Proof(Hazard.IDENTITY, "no log of the bot shows what Telethon says of parts")
    return Assumption(
        Hazard.IDENTITY, "nobody minds that Telethon's log tells of fewer parts", module.path, call.lineno
    )


def taken_as_a_whole(module: Module, call: ast.Call) -> Verdict:
    """Whether nobody sees in how many steps a download arrives: its bytes are the result."""
    to = argument(call, 1, "file")
    if to is None or (isinstance(to, ast.Name) and module.resolve(to) == "builtins.bytes"):
        return Proof(Hazard.VISIBILITY, "its bytes are the result, when all of them have come")
    sentence = (
        f"nobody looks at `{module.shown(to)}` before all has come, or needs what has come when it is interrupted"
    )
    return Assumption(Hazard.VISIBILITY, sentence, module.path, to.lineno)


def _names_file(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or _is_text(node) or (isinstance(node, ast.Name) and node.id == "bytes")


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def thrown_away(module: Module, call: ast.Call) -> str:
    """Why a download needs no larger parts, as a clause: nobody takes its bytes."""
    awaited = module.parent(call)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "download_file" and argument(call, 1, "file") is None:
        if isinstance(awaited, ast.Await) and isinstance(module.parent(awaited), ast.Expr):
            return "nobody takes the bytes that it fetches: delete the line"
    return ""


def has_few_parts(module: Module, call: ast.Call) -> bool:
    """Whether a transfer is none of parts, or of a few: a picture, an address that Telegram fetches itself, what Telegram has already."""
    if is_picture(module, call):
        return True
    sent = argument(call, 1, "file")
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "send_file" or sent is None:
        return False
    _, value = module.project.fact(Resolver).assigned(module, sent) if isinstance(sent, ast.Name) else (module, sent)
    match value:
        case ast.Constant(value=str(text)) | ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            return text.startswith(("http://", "https://"))
        case ast.Attribute(attr=attr):
            return attr in ("media", "document")
    return False


def _handed_to(module: Module, target: ast.expr) -> Iterator[str]:
    """The names of what is called with a variable."""
    for use in module.uses(target.id, module.scope(target)) if isinstance(target, ast.Name) else ():
        parent = module.parent(use)
        parent = module.parent(parent) if isinstance(parent, ast.keyword) else parent
        if isinstance(parent, ast.Call) and parent.func is not use:
            yield module.segment(parent.func).rpartition(".")[2]


def is_picture(module: Module, call: ast.Call) -> str:
    """Why a transfer has few parts whatever their size, as a clause: the names around it say that it moves a picture."""
    names = [module.segment(value) for value in (*call.args, *(keyword.value for keyword in call.keywords))]
    for ancestor in module.ancestors(call):
        match ancestor:
            case ast.keyword(arg=str(name)):
                names.append(name)
            case ast.Call(func=function):
                names.append(module.segment(function).rpartition(".")[2])
            case ast.Assign(targets=targets):
                names += map(module.segment, targets)
                names += chain.from_iterable(_handed_to(module, target) for target in targets)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                break
    return "it is a picture by its name, which takes a few parts at most" if any(map(_PICTURE.search, names)) else ""
