"""Keep a JSON file in memory and read it again only when it has changed.

## What it does
Finds plain functions that read one JSON, YAML or TOML file and that handlers call again and again, and rewrites those calls that
only look at the result: `load_config()["limit"]` becomes `cached_read(CONFIG_FILE, load_config)["limit"]`. The function itself stays
as it is, and so do the calls whose result is changed or kept: these read the file anew, as before.

## Why it is slow
The file is opened, read and parsed for every message, on the event loop. For 250 kB of JSON that takes 4.5 ms each time, while nobody
else is served; asking the disk whether the file has changed takes 1 µs. Threads do not help here, since the parser holds Python's
lock, and copies do not either: `copy.deepcopy()` takes five times as long as parsing, `pickle` as long as parsing.

## When it is safe
The function does nothing but read one file whose name never changes and parse it. The callers that are rewritten only look at what
they get: they compare, format, count, send or iterate it. Whether the file has changed is seen by its times of modification and
change, its size and its inode, at every call; a file that is younger than two seconds is never kept, since it may change once more
within one tick of the file system's clock. A missing file is asked for again each time and a broken one raises as before.

## When it leaves code alone
Where every caller changes or keeps what it gets, where the function has parameters, prints, logs or uses other state, where it is
decorated, and where its file has a name that is known only when the bot runs.

## References
- https://docs.python.org/3/library/os.html#os.stat_result
- https://docs.python.org/3/library/json.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ..engine.callgraph import Resolver, Use
from ..engine.codemod import Codemod, fixed, left, untouched
from ..engine.files import Access, accesses, key_of
from ..engine.foreign_names import written_in
from ..engine.model import Change, Edit, FileChange, Finding, Import, Safety
from ..engine.module import Module
from ..engine.project import Project
from ..engine.readonly import only_read
from ..engine.source import SourceError
from ..engine.support import place
from ._cache_support import CACHED_READ

_PARSERS = frozenset(
    {
        f"{library}.{name}"
        for library in ("json", "ujson", "simplejson", "tomllib", "tomli", "toml")
        for name in ("load", "loads")
    }
    | {f"yaml.{name}" for name in ("safe_load", "load", "full_load")}
)
#: What the function may call besides: it depends on nothing else and does nothing else.
_PURE = frozenset(
    "builtins.open builtins.dict builtins.list builtins.set builtins.str builtins.int os.path.exists os.path.isfile os.path.join "
    "os.path.getsize os.stat pathlib.Path io.open".split()
)
_METHODS = frozenset(
    "read open read_text read_bytes exists is_file get strip items keys values setdefault decode".split()
)


class CachedJson(Codemod):
    """See the module's docstring."""

    code = "TGF303"
    name = "cached-json"
    title = "Read the file again only when it has changed"
    libraries = ("python-telegram-bot", "telethon")
    needles = (b".load", b"import load")

    examples = (
        fixed(
            """\
import json

CONFIG = "config.json"


def load_config():
    with open(CONFIG) as f:
        return json.load(f)


async def limits(update, context):
    config = load_config()
    await update.message.reply_text(f"{config['limit']} of {len(config['names'])}")


async def is_admin(update, context):
    return update.effective_user.id in load_config()["admins"]
""",
            """\
import json
import os
import time


"""
            + CACHED_READ.source
            + """\


CONFIG = "config.json"


def load_config():
    with open(CONFIG) as f:
        return json.load(f)


async def limits(update, context):
    config = cached_read(CONFIG, load_config)
    await update.message.reply_text(f"{config['limit']} of {len(config['names'])}")


async def is_admin(update, context):
    return update.effective_user.id in cached_read(CONFIG, load_config)["admins"]
""",
            "a configuration that handlers only look at",
        ),
        fixed(
            """\
import json
import os


def load_links():
    if os.path.exists("links.json"):
        with open("links.json") as f:
            return json.load(f)
    return {}


async def get_link(update, context):
    links = load_links()
    await update.message.reply_text(links.get(context.args[0], "unknown"))


async def add_link(update, context):
    links = load_links()
    links[context.args[0]] = context.args[1]
    with open("links.json", "w") as f:
        json.dump(links, f)
""",
            """\
import json
import os
import time


"""
            + CACHED_READ.source
            + """\


def load_links():
    if os.path.exists("links.json"):
        with open("links.json") as f:
            return json.load(f)
    return {}


async def get_link(update, context):
    links = cached_read("links.json", load_links)
    await update.message.reply_text(links.get(context.args[0], "unknown"))


async def add_link(update, context):
    links = load_links()
    links[context.args[0]] = context.args[1]
    with open("links.json", "w") as f:
        json.dump(links, f)
""",
            "a caller that changes what it gets reads the file itself",
        ),
        left(
            """\
import json


def load_state():
    with open("state.json") as f:
        return json.load(f)


async def count(event):
    state = load_state()
    state["count"] += 1
    return state
""",
            "changes or keeps",
            "callers that change what they get",
        ),
        left(
            """\
import json


def load_state():
    print("reading")
    with open("state.json") as f:
        return json.load(f)


async def count(event):
    await event.reply(str(load_state()["count"]))
""",
            "calls print()",
            "a function that does more",
        ),
        untouched(
            """\
import json


def load_state(user):
    with open(f"{user}.json") as f:
        return json.load(f)


def load_names():
    with open("names.json") as f:
        return json.load(f)


NAMES = load_names()


async def count(event):
    await event.reply(str(load_state(event.sender_id)["count"]) + NAMES[0])
""",
            "a file for each user, and a file that is read once",
        ),
    )

    def find_in_project(self, project: Project) -> Iterator[Finding]:
        """Every function of the requested files that reads one file which handlers then only look at."""
        resolver = Resolver(project)
        for path in sorted(project.requested):
            try:
                source = project.source(path)
            except SourceError:
                continue
            if source is None or not any(needle in source.data for needle in self.needles):
                continue
            module = resolver.module(path)
            if module is not None:
                for function, access in _loaders(module):
                    yield from self._finding(resolver, module, function, access)

    def _finding(
        self, resolver: Resolver, module: Module, function: ast.FunctionDef, access: Access
    ) -> Iterator[Finding]:
        uses = resolver.uses([(module, function)])[function]
        calls = [
            u
            for u in uses
            if u.call is not None and isinstance(u.caller, ast.AsyncFunctionDef) and not u.call.args and not u.obstacle
        ]
        if not calls:
            return
        message = f"{function.name}() reads and parses the file for every message"
        if reason := _does_more(module, function):
            yield module.finding(self, function, message, reason=reason)
            return
        readers = [
            u for u in calls if u.call is not None and only_read(u.module, u.call) and not u.module.in_fstring(u.call)
        ]
        if not readers and any(_is_cached(use) for use in uses):
            return  # the others read the file themselves for good reason
        if not readers:
            reason = "every handler that calls it changes or keeps what it gets, and a copy takes as long as reading"
            yield module.finding(self, function, message, reason=reason)
            return
        change = self._change_of(resolver, module, function, access, readers)
        if isinstance(change, str):
            yield module.finding(self, function, message, reason=change)
        else:
            yield module.finding(self, function, message, change=change)

    def _change_of(
        self, resolver: Resolver, module: Module, function: ast.FunctionDef, access: Access, readers: Sequence[Use]
    ) -> Change | str:
        parts: list[FileChange] = []
        others: list[FileChange] = []
        for where in dict.fromkeys(use.module for use in readers):
            placed = place(where, CACHED_READ)
            if isinstance(placed, str):
                return placed
            edits: list[Edit] = []
            imports: set[Import] = set(placed.imports)
            for use in readers:
                if use.module is not where or use.call is None:
                    continue
                path = written_in(resolver, where, use.call, module, access.path)
                if path is None:
                    return f"{where.path.name} has no name for the file that {function.name}() reads"
                imports |= set(path[1])
                text = f"{placed.name}({path[0]}, {where.segment(use.call.func)})"
                edits.append(Edit(*where.span(use.call), text))
            parts.append(FileChange(where.path, tuple(edits), tuple(sorted(imports)), placed.helpers))
            others += [other for other in placed.others if other not in others]
        count = len(readers)
        why = (
            f"{function.name}() parses the file for every message; where its result is only looked at "
            f"({count} call{'s' if count > 1 else ''}), it is kept until the file changes. Asking for that takes a microsecond."
        )
        return Change(self.title, why, Safety.SAFE, (*parts, *others))


def _is_cached(use: Use) -> bool:
    call = use.module.parent(use.node) if use.node is not None else None
    return isinstance(call, ast.Call) and use.module.segment(call.func).endswith(CACHED_READ.name)


def _loaders(module: Module) -> Iterator[tuple[ast.FunctionDef, Access]]:
    """The plain functions that read one file of a fixed name and parse it, each with what opens the file."""
    by_function: dict[ast.AST, list[Access]] = {}
    for access in accesses(module):
        node = module.function(access.node)
        if isinstance(node, ast.FunctionDef) and module.parent(node) is module.tree:
            by_function.setdefault(node, []).append(access)
    for function, found in by_function.items():
        reads = [access for access in found if access.kind != "probe"]
        keys = {key_of(module, access.path) for access in found}
        parses = any(module.resolve(c.func) in _PARSERS for c in module.all(ast.Call) if module.function(c) is function)
        if (
            len(reads) == 1
            and reads[0].kind == "read"
            and len(keys) == 1
            and parses
            and isinstance(function, ast.FunctionDef)
        ):
            if (
                next(iter(keys)).sort in ("constant", "global")
                and not _parameters(function)
                and not function.decorator_list
            ):
                yield function, reads[0]


def _parameters(function: ast.FunctionDef) -> bool:
    a = function.args
    return bool(a.args or a.posonlyargs or a.kwonlyargs or a.vararg or a.kwarg)


def _does_more(module: Module, function: ast.FunctionDef) -> str | None:
    """What a function does besides reading and parsing one file, as a clause."""
    for node in ast.walk(function):
        match node:
            case ast.Global() | ast.Nonlocal():
                return f"it changes {node.names[0]}"
            case ast.Yield() | ast.YieldFrom():
                return "it is a generator"
            case ast.Call(func=called):
                name = module.resolve(called)
                known = name in _PARSERS or name in _PURE or (name or "").startswith("pathlib.")
                if not known and not (isinstance(called, ast.Attribute) and called.attr in _METHODS):
                    return f"it also calls {module.segment(called)}()"
            case ast.Name(id=name, ctx=ast.Load()):
                scope = module.scope(node).find(name)
                if (
                    scope is module.names.root
                    and any(b.kind == "assign" for b in scope.bindings[name])
                    and not _fixed(module, name)
                ):
                    return f"it uses {name}, which may change"
    return None


def _fixed(module: Module, name: str) -> bool:
    return len(module.names.root.bindings[name]) == 1
