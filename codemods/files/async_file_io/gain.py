"""Whether it pays to wait for a file in a thread: small files come out of the system's memory faster than a thread starts."""

from __future__ import annotations

import ast
import os.path
import re

from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.files import Access
from ....engine.analysis.module import Module
from ....engine.analysis.paths import last_name, pattern_of

#: What bots keep settings and their state in: small, whatever it is called.
_SMALL = frozenset(
    ".json .toml .yaml .yml .ini .cfg .conf .env .pid .lock .key .pem .crt .pkl .pickle .version".split()
)
#: What grows, or is large from the beginning.
_LARGE = re.compile(
    r".*(\.(log|csv|tsv|jsonl|ndjson|xml|sql|dump|bak|db|sqlite3?|dat|bin|parquet|zip|gz|tgz|bz2|xz|tar|7z|rar|apk|exe|iso|pdf|docx?|"
    r"xlsx?|pptx?|epub|png|jpe?g|gif|webp|bmp|tiff?|svg|mp[34]|m4a|ogg|oga|opus|wav|flac|avi|mkv|mov|webm|tgs|ttf)|log[^/]*\.txt|"
    r"(?<![^\W_])(dump|export|backup|archive|history|upload|download)[^/]*)(\.\d+)?",
    re.IGNORECASE,
)
#: What the system makes up in memory when it is read, and what may never come to an end.
_NO_DISK = ("/proc/", "/sys/", "/dev/")
_PARSERS = frozenset(
    {
        f"{library}.load"
        for library in ("json", "ujson", "simplejson", "pickle", "marshal", "tomllib", "tomli", "toml", "plistlib")
    }
    | {f"yaml.{name}" for name in ("load", "safe_load", "full_load", "unsafe_load", "load_all", "safe_load_all")}
    | {"builtins.exec", "configparser.ConfigParser.read_file"}
)


def lacking(module: Module, access: Access, pattern: str | None = None) -> str | None:
    """Why nothing would be gained by waiting for a file without blocking, as a clause; None where something may be.

    `pattern`: what is known of its path, where more is known than the source of `module` says.
    """
    name = pattern_of(module, access.path) if pattern is None else pattern
    if name.startswith(_NO_DISK):
        return "no disk is behind it"
    if parser := _parsed_by(module, access):
        return f"{parser}() holds Python's lock while it parses, in whatever thread; what is read again and again is better kept"
    if access.opening is not None and "a" in (access.opening.mode or ""):
        return "a line that is appended goes to the system's memory, which takes microseconds"
    last = last_name(name)
    suffix = os.path.splitext(last)[1].lower()
    if suffix in _SMALL or ("*" not in last and not _LARGE.fullmatch(name)):
        return "a small file takes 10 µs, by way of a thread 54 µs"
    return None


def _parsed_by(module: Module, access: Access) -> str | None:
    """The parser that is all that gets the open file."""
    handle: list[ast.AST] = [access.node]
    match module.parent(access.node):
        case ast.withitem(optional_vars=ast.Name() as name) as item:
            block = module.parent(item)
            used = module.uses(name.id, module.scope(name))
            handle = [u for u in used if block is not None and block in module.ancestors(u)]
        case ast.Assign(targets=[ast.Name() as name]):
            handle = [
                u for u in module.uses(name.id, module.scope(name)) if not isinstance(module.parent(u), ast.Attribute)
            ]
    calls = [module.parent(use) for use in handle]
    parsers = [c for c in calls if isinstance(c, ast.Call) and module.resolve(c.func) in _PARSERS]
    return module.segment(parsers[0].func) if parsers and len(parsers) == len(calls) else None


def gain(module: Module) -> str:
    """Who is better off, as a sentence."""
    if concurrency(module.project, module.path).sequential:
        return "The bot handles one update after the other: its jobs, its polling and its connections go on meanwhile."
    return "Other users are served meanwhile."
