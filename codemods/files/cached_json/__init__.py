"""Keep a JSON file in memory and read it again only when it has changed.

## What it does
Finds what handlers read and parse again and again from one JSON, YAML or TOML file, and keeps it until the file changes:

- Calls of a plain function that reads one file: `load_config()["limit"]` becomes
  `cached_read(CONFIG_FILE, load_config)["limit"]`, and `load_json("a.json")["x"]`, where the function is given the path, becomes
  `cached_read("a.json", load_json, "a.json")["x"]`. The function itself stays as it is.
- A block `with open("config.json") as f: config = json.load(f)`, or `json.load(open("config.json"))`, in a coroutine is reported: in a
  small function of its own, `load_config()`, it can be kept.

Only those places are rewritten that look at the result; where it is changed or kept, the file is read anew, as before.

## Why it is slow
The file is opened, read and parsed each time, on the event loop. For 250 kB of JSON that takes 4.5 ms each time, while nobody
else is served; asking the disk whether the file has changed takes 1 µs. Threads do not help here, since the parser holds Python's
lock, and copies do not either: `copy.deepcopy()` takes five times as long as parsing, `pickle` as long as parsing. A file of one
kB that the system has in memory takes 20 µs; there nothing is gained that anybody notices. What was parsed stays in memory.

## When it is safe
The function does nothing but read one file and parse it. The callers that are rewritten only look at what they get: they compare,
format, count, send or iterate it. Whether the file has changed is seen by its times of modification and change, its size and its
inode, at every call; a file that is younger than two seconds is never kept, since it may change once more within one tick of the
file system's clock. A missing file is asked for again each time and a broken one raises as before. On a network file system another
machine's change may be seen some seconds late, when the system keeps file attributes that long.

It assumes `errors` where the function catches failures of the system (`except Exception`, `except OSError`) and gives a value in
their place: too many open files at the wrong moment, and that value would be kept until the file changes. It assumes `identity` where
something, a test for example, puts another function in the place of `open()`, of what parses, or of the function itself.

## When it leaves code alone
Where every caller may change or keep what it gets, where the function prints, logs, reads a second file or uses anything that may
change while the bot runs (a variable that is bound anew or changed in place, `os.environ`), where it is decorated or a
method, and where the name of its file is known only when the bot runs (a file for each user would stay in memory for each user).
Files that no disk is behind (`/sys`), and YAML of which more than what stands there may be made: with another loader than the safe ones,
or where something gives one of these constructors.
Calls in functions that only start the bot, and in tests, read a file once, and stay; so do those
in handlers for buttons, and for commands that only the owner of an account gives.

## References
- https://docs.python.org/3/library/os.html#os.stat_result
- https://docs.python.org/3/library/json.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ....engine.analysis.calls.graph import CallGraph, Use
from ....engine.analysis.module import Module, Project
from ....engine.analysis.readonly import only_read
from ....engine.analysis.resolver import Resolver
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Cost, Edit, FileChange, Finding, Hazard, Import, Proof, Verdict
from ....engine.proofs.identity import is_itself, unreplaced
from ....engine.rewriting import awaits
from ....engine.rewriting.foreign_names import Written
from ....engine.rewriting.support import place
from ....engine.sources.source import SourceError
from ....knowledge.bots import DISTRIBUTIONS
from . import inline
from .effects import does_more
from .examples import EXAMPLES
from .loaders import Loader, hides_failures, is_seldom, loaders, named, path_in, runs_while_handling
from .support import CACHED_READ


class CachedJson(Codemod):
    """See the module's docstring."""

    code = "TGF303"
    name = "cached-json"
    title = "Read the file again only when it has changed"
    cost = Cost.MILLISECONDS
    libraries = DISTRIBUTIONS
    needles = (b".load", b"_load", b"import load")
    examples = EXAMPLES

    def find_in_project(self, project: Project) -> Iterator[Finding]:
        """Every function of the requested files that reads one file which handlers then only look at, and every such place in a
        handler itself.
        """
        resolver = CallGraph(project)
        for path in sorted(project.requested):
            try:
                source = project.source(path)
            except SourceError:
                continue
            if source is None or not project.texts.holds(source.data, *self.needles):
                continue
            module = resolver.module(path)
            if module is not None:
                for loader in loaders(module):
                    yield from self._of_loader(resolver, loader)
                yield from self._inline(resolver, module)

    # Functions

    def _of_loader(self, resolver: CallGraph, loader: Loader) -> Iterator[Finding]:
        module, function = loader.module, loader.function
        uses = resolver.uses([(module, function)])[function]
        calls = [u for u in uses if runs_while_handling(resolver, u) and _path_given(loader, u) is not None]
        if not calls:
            return
        file = " and ".join(dict.fromkeys(named(*path) for use in calls if (path := _path_given(loader, use))))
        message = f"{function.name}() reads and parses {file} each time"
        if loader.is_method:
            kept = "it is a method; what a function of the module gives is kept until the file changes"
            yield self.finding(module, function, message, reason=kept)
            return
        if all(is_seldom(use.module, use.call) for use in calls):
            yield self.finding(module, function, message, reason=_SELDOM)
            return
        if reason := does_more(resolver, module, function):
            yield self.finding(module, function, message, reason=reason)
            return
        readers = [u for u in calls if u.call is not None and only_read(u.module, u.call)]
        if not readers:
            if not any(_is_cached(use) for use in uses):  # else the others read the file themselves for good reason
                reason = f"every handler that gets {file} from it may change or keep what it gets, and a copy takes as long as reading"
                yield self.finding(module, function, message, reason=reason)
            return
        change = self._change_of(resolver, loader, readers, file)
        yield self.settled(module, function, message, change)

    def _change_of(self, resolver: Resolver, loader: Loader, readers: Sequence[Use], file: str) -> Change | str:
        parts: list[FileChange] = []
        others: list[FileChange] = []
        count = 0
        reason = ""
        for where in dict.fromkeys(use.module for use in readers):
            placed = place(where, CACHED_READ)
            if isinstance(placed, str):
                return placed
            edits: list[Edit] = []
            imports: set[Import] = set(placed.imports)
            for use in readers:
                if use.module is not where or use.call is None:
                    continue
                path = _written_path(resolver, loader, use)
                if path is None:
                    reason = f"{where.path.name} has no name for the file that {loader.function.name}() reads"
                    continue
                if not awaits.has_exact_span(where, use.call) or where.has_comment(*where.span(use.call)):
                    reason = (
                        f"the call in {use.place}, stands in an f-string or holds a comment, so it is not rewritten"
                    )
                    continue
                if where.in_fstring(use.call) and not path[0].isidentifier():
                    reason = f"the call in {use.place}, stands in an f-string, where the file's name cannot be written"
                    continue
                imports |= set(path[1])
                has_path = bool(use.call.args or use.call.keywords)
                given = f", {path[0]}" if loader.given and has_path else ""
                text = f"{placed.name}({path[0]}, {where.segment(use.call.func)}{given})"
                edits.append(Edit(*where.span(use.call), text))
            if edits:
                count += len(edits)
                parts.append(FileChange(where.path, tuple(edits), tuple(sorted(imports)), placed.helpers))
                others += [other for other in placed.others if other not in others]
        if not parts:
            return reason
        why = (
            f"{loader.function.name}() parses {file} each time; where its result is only looked at "
            f"({count} call{'s' if count > 1 else ''}), it is kept until the file changes. Asking for that takes a microsecond."
        )
        asked = _verdicts(loader.module, loader.function)
        asked += dict.fromkeys(is_itself(use.module, use.call.func) for use in readers if use.call is not None)
        handler = hides_failures(loader.function)
        if handler is not None:
            sentence = (
                f"no failure that passes, such as too many open files, is caught in line {handler.lineno}: what "
                f"{loader.function.name}() gives then would be kept until the file changes"
            )
            asked.append(Assumption(Hazard.ERRORS, sentence, loader.module.path, handler.lineno))
        return Change(self.title, why, tuple(asked), (*parts, *others))

    # Places in coroutines

    def _inline(self, resolver: CallGraph, module: Module) -> Iterator[Finding]:
        """The places that read a file themselves, those with the same words together."""
        groups: dict[str, list[inline.Inline]] = {}
        for found in inline.inline_reads(module):
            use = Use(module, found.parsed, found.parsed, module.function(found.parsed))
            if runs_while_handling(resolver, use):
                groups.setdefault(found.words(), []).append(found)
        for group in groups.values():
            first = group[0]
            file = named(module, first.access.path)
            message = f"{module.segment(first.parsed.func)}() reads and parses {file} each time"
            reason = _SELDOM if all(is_seldom(module, found.parsed) for found in group) else _ITSELF
            yield self.finding(module, first.node, message, reason=reason)


def _verdicts(module: Module, function: ast.FunctionDef) -> list[Verdict]:
    """What is known of keeping what a function gives."""
    called = {module.resolve(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    return [
        unreplaced(module, *sorted({"builtins.open", "os.stat", "time.time_ns", *filter(None, called)})),
        Proof(Hazard.OUTSIDE, "a file that was changed has another time, size or number"),
        Proof(Hazard.INTERLEAVING, "nothing is awaited"),
    ]


#: Why a file that is read when somebody presses a button, or at the owner's commands, is left alone.
_SELDOM = (
    "it is read when somebody presses a button, or at a command of the owner's: to parse a small file then takes microseconds, and the "
    "code that keeps it is not worth them"
)


#: Why a file that a coroutine reads itself is left alone.
_ITSELF = "it is read in the coroutine itself; what a plain function of the module gives is kept until the file changes"


def _is_cached(use: Use) -> bool:
    call = use.module.parent(use.node) if use.node is not None else None
    return isinstance(call, ast.Call) and use.module.segment(call.func).endswith(CACHED_READ.name)


def _path_given(loader: Loader, use: Use) -> tuple[Module, ast.expr] | None:
    """The path that a call is about, with the module that names it; None where it cannot be kept: the path is made for each call."""
    if use.call is None:
        return None
    arguments = [*use.call.args, *(keyword.value for keyword in use.call.keywords)]
    if not loader.given:
        return None if arguments else (loader.module, loader.access.path)
    if not arguments and (default := loader.default) is not None:
        return loader.module, default
    if len(arguments) != 1 or any(keyword.arg != loader.parameter for keyword in use.call.keywords):
        return None
    path, module = arguments[0], use.module
    if isinstance(path, ast.Constant) and isinstance(path.value, str):
        return module, path
    if isinstance(path, ast.Name) and module.scope(path).find(path.id) in (None, module.names.root):
        return module, path
    return (module, path) if isinstance(path, ast.Attribute) and module.resolve(path) else None


def _written_path(resolver: Resolver, loader: Loader, use: Use) -> Written | None:
    assert use.call is not None
    if not loader.given:
        return path_in(resolver, use.module, use.call, loader.module, loader.access.path)
    given = _path_given(loader, use)
    if given is not None and given[0] is loader.module and given[1] is loader.default:
        return path_in(resolver, use.module, use.call, *given)
    return (use.module.segment(given[1]), ()) if given else None
