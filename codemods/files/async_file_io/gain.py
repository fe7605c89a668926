"""Whether it pays to wait for a file in a thread: small files come out of the system's memory faster than a thread starts."""

from __future__ import annotations

import ast
import fnmatch
import os.path
import re
from pathlib import Path

from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.files import Access, argument
from ....engine.analysis.module import Module, Project
from ....engine.analysis.paths import is_made_up, last_name, pattern_of
from ....engine.analysis.replacing import last_of
from ....engine.analysis.stopped import stopped

#: What bots keep settings and their state in: small, whatever it is called.
_SMALL = frozenset(
    ".json .toml .yaml .yml .ini .cfg .conf .env .pid .lock .key .pem .crt .pkl .pickle .version".split()
)
#: What grows, or is large from the beginning, by what it is called; each with what is said of it.
_LARGE = tuple(
    (re.compile(rf".*({pattern})(\.\d+)?", re.IGNORECASE), what)
    for pattern, what in (
        (r"\.log|log[^/]*\.txt", "a log, which grows"),
        (
            r"\.(csv|tsv|xml|xlsx?|pdf|docx?|pptx?|epub)",
            "a table or document, of which some have megabytes",
        ),
        (r"\.(dump|bak|db|sqlite3?|dat|bin|parquet)", "data that grows"),
        (r"\.(zip|gz|tgz|bz2|xz|tar|7z|rar|apk|exe|iso)", "an archive, of which many have megabytes"),
        (r"\.(mp[34]|m4a|wav|flac|avi|mkv|mov|webm)", "sound or film, of which a minute has megabytes"),
        (r"(?<![^\W_])(dump|export|backup|archive|history|upload|download)[^/]*", "a copy of what grows"),
    )
)
#: What nobody has in memory as a whole before it is written.
_WRITTEN = frozenset(what for _, what in (_LARGE[2], _LARGE[3], _LARGE[5]))
#: What stays as large as it is.
_LASTING = frozenset(what for _, what in _LARGE[3:5])
#: In bytes: what is read in less time than a thread pays for on slow storage, too.
_LEAST = 200_000
#: What functions are called that make a file of the path that they are given.
_MAKES = re.compile(
    r"(?i).*(download|save|write|dump|export|make|create|build|render|generate|convert|screenshot|retrieve|fetch|copy|move|"
    r"to_(csv|file|image|excel)|run|system|call|exec|shell)"
)
_REQUESTS = ("requests.", "httpx.", "httpx2.", "urllib.request.")
_PARSERS = frozenset(
    {
        f"{library}.load"
        for library in ("json", "ujson", "simplejson", "pickle", "marshal", "tomllib", "tomli", "toml", "plistlib")
    }
    | {f"yaml.{name}" for name in ("load", "safe_load", "full_load", "unsafe_load", "load_all", "safe_load_all")}
    | {"builtins.exec", "configparser.ConfigParser.read_file"}
)


def lacking(module: Module, access: Access, pattern: str | None = None) -> str | None:
    """Why nothing would be gained by waiting for a file without blocking, as a clause; None where the file shows that it may be large.

    `pattern`: what is known of its path, where more is known than the source of `module` says.
    """
    name = pattern_of(module, access.path) if pattern is None else pattern
    writes = access.kind not in ("read", "probe")
    if is_made_up(name):
        return "no disk is behind it"
    if parser := parsed_by(module, access):
        return f"{parser}() holds Python's lock while it parses, in whatever thread"
    if access.opening is not None and "a" in (access.opening.mode or ""):
        return "a line that is appended goes to the system's memory, which takes microseconds"
    if writes and (request := _request_inside(module, access)):
        return f"what takes long is {request}(), not the disk"
    if just_made(module, access.node, access.path):
        return "it was made or downloaded just before, so the system has it in memory"
    what = size_of(name)
    if what is None:
        return SMALL
    largest = _largest_there(module, name) if what in _LASTING and not writes else 0
    if 0 < largest < _LEAST:
        return f"the files of the project that are called so have {largest // 1000 + 1} kB at the most"
    if writes and (what not in _WRITTEN or _holds_own_text(module, access)):
        return "what is written goes to the system's memory: 100 kB take less than a thread"
    return None


def _largest_there(module: Module, name: str) -> int:
    """The size in bytes of the largest file of the project that a path may name, 0 where none is seen."""
    folder, last = os.path.split(name)
    folder = folder.removeprefix("*/")
    if not folder or "*" in folder or os.path.isabs(folder):
        return 0
    project = module.project
    for place in (project.settings.root / folder, module.path.parent / folder):
        if found := fnmatch.filter(project.names_in(place), last):
            return max(_size(project, place / one) for one in found)
    return 0


def _size(project: Project, path: Path) -> int:
    project.looked_at.add(path)  # what is found rests on it
    try:
        return path.stat().st_size if project.is_own(path) else 0
    except OSError:
        return 0


def _holds_own_text(module: Module, access: Access) -> bool:
    """Whether all that is written into an open file are texts of the source, which are short."""
    given: list[ast.expr] = []
    for use in _handle(module, access):
        match module.parent(use):
            case ast.Attribute(attr="write") as method if isinstance(call := module.parent(method), ast.Call):
                given += call.args
            case _:
                return False
    return bool(given) and all(_is_own_text(module, text) for text in given)


def _is_own_text(module: Module, text: ast.expr) -> bool:
    """Whether an expression is a text of the source, or a name that is given nothing else and made longer by nothing else."""
    if not isinstance(text, ast.Name):
        return isinstance(text, ast.Constant)
    made = [module.parent(binding.node) for binding in module.bindings(text.id, text)]
    return bool(made) and all(
        isinstance(one, (ast.Assign, ast.AugAssign)) and isinstance(one.value, ast.Constant) for one in made
    )


#: What is said where nothing tells that a file is large.
SMALL = "nothing tells that it is large, and a small file takes 10 µs, by way of a thread 54 µs"


def size_of(name: str) -> str | None:
    """What a file of that name (with ``*`` for what is not known) is, where such files are large; else None."""
    if os.path.splitext(last_name(name))[1].lower() in _SMALL:
        return None
    return next((what for pattern, what in _LARGE if pattern.fullmatch(name)), None)


def just_made(module: Module, at: ast.AST, path: ast.expr) -> bool:
    """Whether the function around `at` has made the file before: the system has it in memory, and the wait was there."""
    function, line = module.function(at), getattr(at, "lineno", 0)
    if function is None:
        return False
    text = ast.unparse(path)
    for node in ast.walk(function):
        if getattr(node, "lineno", line) > line:
            continue
        match node:
            case ast.Assign(targets=[target], value=ast.Await(value=ast.Call(func=ast.Attribute(attr=attr)))):
                if "download" in attr and ast.unparse(target) == text:
                    return True
            case ast.Call(func=called, args=args, keywords=keywords) if node is not at:
                word = last_of(called)
                if _MAKES.match(word) or (word == "open" and _writes(node)):
                    if text in (ast.unparse(value) for value in (*args, *(k.value for k in keywords))):
                        return True
    return False


def _writes(call: ast.Call) -> bool:
    mode = argument(call, 1, "mode")
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and bool(set(mode.value) & set("wax"))


def _request_inside(module: Module, access: Access) -> str | None:
    """The request whose answer is written within the block, or by the plain function."""
    item = module.parent(access.node)
    block = module.parent(item) if isinstance(item, ast.withitem) else item
    if isinstance(function := module.function(access.node), ast.FunctionDef):
        block = function  # it moves to a thread as a whole
    for call in ast.walk(block) if block is not None else ():
        if isinstance(call, ast.Call) and (module.resolve(call.func) or "").startswith(_REQUESTS):
            return module.segment(call.func)
    return None


def parsed_by(module: Module, access: Access) -> str | None:
    """The parser that is all that gets the open file."""
    calls = [module.parent(use) for use in _handle(module, access)]
    parsers = [c for c in calls if isinstance(c, ast.Call) and module.resolve(c.func) in _PARSERS]
    return module.segment(parsers[0].func) if parsers and len(parsers) == len(calls) else None


def _handle(module: Module, access: Access) -> list[ast.AST]:
    """Where the open file is used: by the name that it is given, or at once."""
    match module.parent(access.node):
        case ast.withitem(optional_vars=ast.Name() as name) as item:
            block = module.parent(item)
            used = module.uses(name.id, module.scope(name))
            return [use for use in used if block is not None and block in module.ancestors(use)]
        case ast.Assign(targets=[ast.Name() as name]):
            used = module.uses(name.id, module.scope(name))
            return [use for use in used if not isinstance(module.parent(use), ast.Attribute)]
    return [access.node]


def why(module: Module, text: str, name: str) -> str:
    """What is gained, in sentences; `text` says which file it is, `name` is its pattern."""
    long = f"10 MB stop the {stopped(module)} for 23 ms, on slow storage for 291; in a thread for 4 and 7."
    return f"{text} is {size_of(name)}. {long} {gain(module)}"


def gain(module: Module) -> str:
    """Who is better off, as a sentence."""
    who = concurrency(module.project, module.path).gain
    return f"{who[0].upper()}{who[1:]} meanwhile."
