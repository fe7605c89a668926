"""Read and write large files in threads, so that the bot goes on meanwhile.

## What it does
Finds file access in coroutines that may take long, and lets a thread wait for the disk:

- ``with open(path, "rb") as f: data = f.read()`` becomes ``data = await asyncio.to_thread(Path(path).read_bytes)``, as does
  ``open(path).read()``.
- In other ``with open(…)`` blocks the calls that read or write move: ``await asyncio.to_thread(f.read)``. A file that
  python-telegram-bot uploads under a ``filename=`` of its own is read so, too.
- ``path.read_text()`` and its kind, `shutil.copy()`, `copytree()` and `rmtree()` move as they are.
- A plain function that does such things stays as it is; its calls in coroutines move: ``await asyncio.to_thread(read_export, path)``.

With ``style = "aiofiles"`` the blocks become ``async with aiofiles.open(…)``; each of its operations changes threads, so that it takes
twice as long.

## Why it is slow
A file that is read on the event loop stops everything else of the bot until the disk has answered: 291 ms on slow storage, 23 ms for
10 MB that the system has in memory. In a thread the loop stands still for 7 and for 4 ms then; lines of 50 MB that a plain function
counts stop it for 12 instead of 167 ms.

Small files gain nothing. One of 1 kB takes 10 µs, by way of a thread 54 µs, with aiofiles 125 µs. So only files that show by their
names that they may be large are meant: logs, tables and documents that are read, databases, archives, sound and film, dumps, exports
and backups; and whole trees. What the handler has just made or downloaded lies in memory, so does what is written or appended: the
user waited for the download. Parsing is not the disk: 8 MB of JSON stop the loop for 178 ms before and 170 ms in a thread, since the
parser holds Python's lock wherever it runs; what handlers read again and again is kept in memory by `cached-json`, and is no finding
here. (`benchmarks/async_file_io.py`)

## When it is safe
A file that is read as a whole, that nothing in the project writes, moves or removes and no other program may change, where nothing
else of the bot runs meanwhile. Everything else is *unsafe* and says what it assumes: beside other handlers, jobs or tasks `interleaving`.
What is opened by a path of which the source does not show that it is a text or a `Path` assumes `errors`.

## When it leaves code alone
- The bot handles one update after the other and runs nothing beside: nobody would be served sooner (`--all` lists it).
- Files of which nothing tells that they are large, sound, film and archives of the project that have less than 200 kB, `/proc` and
  `/sys`, and files that only a parser gets.
- A block that writes the answer of a request: the request takes the time, not the disk; and one that writes short texts of the source.
- A file that is read or written line by line or in small pieces: each would change threads. Put that into a plain function.
- The open file is handed to something: another upload, `csv.reader()`, `Image.open()`.
- No ``with`` closes it: ``f = open(path)``.
- `os.path.exists()`, `os.remove()`, `mkdir()`, `shutil.move()` and the like, which take microseconds, and `glob.glob()`, which takes
  as long as a thread where files are few.

## References
- https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code
- https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread
- https://github.com/Tinche/aiofiles
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator

from ....engine.analysis.files import Access, accesses
from ....engine.analysis.module import Module, Project
from ....engine.analysis.paths import pattern_of
from ....engine.analysis.reach import is_told
from ....engine.codemod import Codemod
from ....engine.model import Change, Cost, Finding, Verdict
from ....engine.rewriting import awaits
from ....engine.sources.config import Option
from ....knowledge.bots import DISTRIBUTIONS
from . import costly_calls, forms, verdicts
from .examples import EXAMPLES
from .form import Form, Refused
from .gain import gain, lacking, parsed_by, why
from .helpers import Site, blocks, opens_alone, sites

#: What parses a file that `cached-json` keeps in memory: nothing is said of it twice.
_CACHED = ("json.load", "ujson.load", "simplejson.load")
_NEEDLES = (b"open(", b"open (", b".read_text", b".read_bytes", b".write_text", b".write_bytes")


class AsyncFileIo(Codemod):
    """See the module's docstring."""

    code = "TGF302"
    name = "async-file-io"
    title = "Let a thread wait for the disk"
    cost = Cost.MILLISECONDS
    libraries = (*DISTRIBUTIONS, "aiofiles")
    needles = (*_NEEDLES, b"shutil", b"walk(", b"glob")
    options = (
        Option(
            "style",
            str,
            "thread",
            "what waits for the disk; aiofiles opens files itself",
            choices=("thread", "aiofiles"),
        ),
    )
    related = ("ASYNC230", "ASYNC240")
    examples = EXAMPLES
    serves_others = True

    def find(self, module: Module) -> Iterator[Finding]:
        """The file access of coroutines themselves."""
        for call, refusal in costly_calls.costly(module):
            yield self._costly(module, call, refusal)
        done = set()
        for access in accesses(module):
            if not module.in_coroutine(access.node) or access.node in done:
                continue
            if parsed_by(module, access) not in _CACHED and blocks(module, access):
                done.add(access.node)
                yield self._access(module, access)
            elif module.project.settings.list_all and (reason := _listed(module, access)):
                done.add(access.node)
                message = f"{_text(module, access)} runs on the event loop"
                yield self.finding(module, access.node, message, reason=reason, cost=Cost.NONE)

    def _costly(self, module: Module, call: ast.Call, refusal: str | None) -> Finding:
        text = f"{module.shown(call.func)}()"
        message = f"{text} stops the event loop while the disk works"
        reason = refusal or awaits.refusal(module, call)
        if reason:
            return self.finding(module, call, message, reason=reason)
        told = f"How long {text} takes is up to the disk and to what stands there. {gain(module)}"
        change = self._in_thread(module, call, text, told, verdicts.of_costly(module, call))
        return self.finding(module, call, message, change=change)

    def _access(self, module: Module, access: Access) -> Finding:
        message = f"{_text(module, access)} stops the event loop until the disk has answered"
        if reason := lacking(module, access):
            return self.finding(module, access.node, message, reason=reason, cost=Cost.NONE)
        try:
            changes = list(self._changes(module, access))
        except Refused as refused:
            return self.finding(module, access.node, message, reason=str(refused))
        return self.finding(module, access.node, message, change=changes[0], alternatives=tuple(changes[1:]))

    def _changes(self, module: Module, access: Access) -> Iterator[Change]:
        """The forms that fit, the preferred one first.

        Raises:
            Refused: there is none.
        """
        if access.opening is None:
            yield self._change(module, access, forms.of_path_call(module, access.node), "thread")
            return
        if self.option(module, "style") == "aiofiles":
            with contextlib.suppress(Refused):
                yield self._change(module, access, forms.of_opening(module, access, "aiofiles"), "aiofiles")
        yield self._change(module, access, forms.of_opening(module, access, "thread"), "thread")

    def _change(self, module: Module, access: Access, form: Form, style: str) -> Change:
        return self.change(
            module,
            form.edits,
            why(module, _name(module, access), pattern_of(module, access.path)),
            verdicts=verdicts.of_form(module, access, form),
            imports=sorted(form.imports),
            style=style,
        )

    def find_in_project(self, project: Project) -> Iterator[Finding]:
        """The calls in coroutines of plain functions that open files."""
        for site in sites(project, _NEEDLES):
            if site.module.path not in project.requested or site.is_parsed(_CACHED):
                continue
            if is_told(site.module):
                yield self._site(site)

    def _site(self, site: Site) -> Finding:
        module, call, helper = site.module, site.call, site.helper
        where = f"{'' if helper.owner is module else helper.owner.path.name + ', '}line {helper.access.node.lineno}"
        message = f"{helper.function.name}() stops the event loop: {_text(helper.owner, helper.access)} ({where})"
        lacks = site.lacking()
        if reason := lacks or awaits.refusal(module, call):
            return self.finding(module, call, message, reason=reason, cost=Cost.NONE if lacks else None)
        told = why(module, _name(helper.owner, helper.access), site.pattern)
        change = self._in_thread(module, call, f"{helper.function.name}()", told, verdicts.of_helper(site))
        return self.finding(module, call, message, change=change)

    def _in_thread(self, module: Module, call: ast.Call, text: str, told: str, asked: list[Verdict]) -> Change:
        """The change by which a thread makes a call, which `text` names; `told` says what is gained."""
        edits, imports = awaits.in_thread(module, call)
        return self.change(module, edits, told, title=f"Run {text} in a thread", verdicts=asked, imports=imports)


def _listed(module: Module, access: Access) -> str | None:
    """Why a file that is opened on the event loop is no finding, where all are listed."""
    if parsed_by(module, access) in _CACHED:
        return (
            "a small file is read in microseconds; parsing it each time counts, which `cached-json` looks at"
            if blocks(module, access)
            else None
        )
    if opens_alone(module, access):
        return "what reads and writes it runs in a thread already, and to open it takes microseconds"
    return None


def _text(module: Module, access: Access) -> str:
    """An access as it stands: ``open(EXPORT)``, ``path.read_text()``."""
    path = "" if access.opening is None or access.opening.method else module.shown(access.path)
    return f"{module.shown(access.node.func)}({path})"


def _name(module: Module, access: Access) -> str:
    """What to call the file: its name where the source has it, else the expression."""
    path = access.path
    if isinstance(path, ast.Constant) and isinstance(path.value, str):
        return path.value
    return f"The file that `{module.shown(path)}` names"
