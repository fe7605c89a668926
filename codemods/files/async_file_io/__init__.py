"""Read and write files in coroutines without stopping the event loop, helpers in all modules of the project included.

## What it does
Rewrites file access that runs in a coroutine to aiofiles: `with open(…) as f:` and `f = open(…)` with everything that is done with
the file, `open(…).read()`, `json.load(open(…))`, `Path.open()`; `json`, `pickle`, `yaml` and `tomllib` read the text that was awaited
and write text that is ready before the file is written. A file that is read in the head of a loop or condition, or in the argument of
something that is awaited, is read ahead of that statement; where it is read only sometimes or again and again (`while`, `and`), by
`await asyncio.to_thread(open(…).read)` in its place. Where the access stands in a plain helper that coroutines call
(`load_links()`, `save_links()`), the helper becomes an `async def` and every caller awaits it, through all modules of the project,
as one change. A helper that has to stay a plain function is called by `asyncio.to_thread()` instead, as are `Path.read_text()` and
its kind, `shutil.copy()`, `copytree()`, `move()`, `rmtree()`, `os.walk()` and `glob.glob(…, recursive=True)`.

Lines, and the rows of `csv.reader(f)`, are read with one `await f.readlines()`, not with `async for`: 20,000 lines take 1.3 ms
before, 5.8 ms so, and 563 ms with `async for`, which changes threads for every line. What a loop writes line by line, and what
`csv.writer(f)` writes, is put together in an `io.StringIO` and written at once: 20,000 lines take 6 ms before, 11 ms so, and 2.6 s
with one `await f.write(…)` for each. A helper that looks through lines stays as it is and is called in a thread.

## Why it is slow
Handlers share one thread. While one of them waits for a disk, nobody else is served: a read that takes 300 ms on slow storage stops
every user for 290 ms, with aiofiles for 1.4 ms. Large files and slow disks are what this rewrite is for.

The rest gains nothing, and aiofiles is slower for each operation, since every one changes threads twice. A file of 1 kB that was read
lately comes from memory: 117,000 reads a second before, 4,800 after, one at a time. 10 MB of text stop the loop for 17 ms before and
4 ms after, 50 MB for 92 and 43 ms. Parsing is not the disk: 10 MB of JSON stop it for 295 ms before and 173 ms after, since the parser
holds Python's lock in whatever thread. A JSON file that handlers read again and again is better kept in memory: 250 kB of it are
looked at 986 times a second before, 855 times with aiofiles, and 844,000 times with `cached-json`, which is offered first where both
fit. (`benchmarks/async_file_io.py`)

## When it is safe
One block that only reads a file which no code of the project writes while the bot runs, in a coroutine or in helpers that can follow,
with no state that is read before and changed after it, and of which all is wanted. `aiofiles` must be among what the
project needs to run, or be imported by it in any case; where it is not, the safe form leaves `open()` as it is and reads by
`await asyncio.to_thread(f.read)`, which needs no package, and the other form adds it to the requirements.

A loop over the lines of a file is *unsafe*, since the whole file is read, is in memory and must be decodable before its first line is
handled; where the file is read on behind a loop that may end early, it is left alone.

Everything that writes is *unsafe*, since between reading and writing a file other handlers can run now, which they could not before.
Forty simultaneous `/addlink` commands that each load, add and save keep forty links before; with a bare `await` they keep one, or
break the file. So the rewrite holds one `asyncio.Lock` for each file (`file_lock(path)`) from the first read to the last write in each
coroutine, never in the helpers, so that it is never taken twice. A file that is written as a whole is written beside its place and put
there in one step (`replacing(path)`): readers never see half of it. What differs: after a failure in the middle the old file is still
there (before, it was cut off), the folder must be writable, and the lock may be held while a message is sent from within the stretch.
While it is written, its folder holds a second file, whose name ends in `.tmp`. Files that several processes write need a lock of the
system, with and without this rewrite.

## When it leaves code alone
- The open file is handed to something that wants a real one: `Image.open()`, `zipfile`, an upload. Telethon reads what it uploads in
  parts, between which others run. python-telegram-bot reads it in one go and takes the name to send from it; where the call gives a
  `filename=` of its own, it gets the bytes instead, and that is safe.
- A list is written and emptied, as a batch is: what is added or cancelled while it waits would be lost.
- Rows come one by one while the block waits for something else.
- A helper is used as a callback, in a lambda, a property, a decorator, by a thread, while a module is imported, overrides or is
  overridden, is looked up by its name: then it stays a plain function, and calls in coroutines move to a thread if nothing it uses
  belongs to the event loop or may change meanwhile; otherwise the reason is reported.
- Code outside of every lock writes the same file, or its lock would be another one (a second support module). A stretch waits for
  another message of the user, for another lock, for a task or for what it is given. Coroutines that never waited so far read and change
  a file in one go: `links = await load()`, `await save(links)`.
- The file is used by its name while it is open for writing: beside its place at first, it is not there yet.
- Nothing waits for a disk: a file that is only opened, `/proc` and `/sys`, and what only tests run.
- `os.path.exists()`, `os.remove()`, `mkdir()` and the like take microseconds and stay, unless the option `metadata` is set.

## References
- https://github.com/Tinche/aiofiles
- https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code
- https://docs.python.org/3/library/os.html#os.replace
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ....engine.analysis.calls.functions import Function, Functions
from ....engine.analysis.files import Access
from ....engine.analysis.module import Module, Project
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Finding, Hazard, Import
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for
from ....engine.sources.config import Option
from ....engine.sources.source import SourceError, SourceFile
from ....engine.sources.suppress import Suppressions
from . import costly_calls as calls
from .change import Result, rewrite
from .critical_sections import Unit, Units
from .examples import EXAMPLES
from .handles import Refused, Style
from .phrases import call_text, file_name, in_test, listed, place

_ONLY_TESTED = "only a test waits for it"
#: What is done to a file, for a person.
_DONE = (("read", {"read"}), ("written", {"write", "change"}))
_OPENS = (b"open(", b"open (", b".read_text", b".read_bytes", b".write_text", b".write_bytes")


class AsyncFileIo(Codemod):
    """See the module's docstring."""

    code = "TGF302"
    name = "async-file-io"
    title = "Read and write files without stopping the event loop"
    libraries = ("python-telegram-bot", "telethon", "aiofiles")
    needles = (*_OPENS, b"shutil", b"os.walk", b"walk(", b"glob")
    options = (
        Option(
            "style",
            str,
            "aiofiles",
            'what plain reads become; "thread" keeps open() and needs no package',
            choices=("aiofiles", "thread"),
        ),
        Option(
            "metadata",
            bool,
            False,
            "also rewrite os.path.exists(), os.remove() and the like, which take microseconds; unsafe",
        ),
    )
    related = ("ASYNC230", "ASYNC240")
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """The calls that work through whole trees or copy files, in coroutines."""
        for call, kind in calls.costly(module):
            text = f"{module.segment(call.func)}()"
            message = f"{text} blocks the event loop: nobody else is served while the disk works"
            reason = awaits.refusal(module, call) or (calls.walk_refusal(module, call) if kind == "walk" else None)
            reason = reason or (_ONLY_TESTED if in_test(module.path) else None)
            if reason:
                yield self.finding(module, call, message, reason=reason)
                continue
            imports: tuple[Import, ...]
            if kind == "walk":
                edits, imports = calls.walked(module, call)
                risk: str | None = "the tree is listed as a whole before its first folder is handled"
            else:
                asyncio, imports = name_for(module, Import("asyncio"), call)
                edits = awaits.threaded(module, call, asyncio)
                risk = awaits.risk(module, call) or (
                    "while it runs, other handlers may use the same files" if kind == "function" else None
                )
            why = f"{text} stops every user of the bot while the disk works; in a thread it stops only this coroutine."
            verdicts = [Assumption(Hazard.INTERLEAVING, why)] if risk else []
            change = self.change(
                module,
                edits,
                f"{why} But {risk}." if risk else why,
                title=f"Run {text} in a thread",
                verdicts=verdicts,
                imports=imports,
            )
            yield self.finding(module, call, message, change=change)

    def find_in_project(self, project: Project) -> Iterator[Finding]:
        """The blocking file access of all coroutines of the files that the run was asked for, and of the helpers they call."""
        options = project.settings.options.get(self.name, {})
        if options.get("metadata"):
            yield from self._metadata(project)
        if not any(_holds(source.data) for path in project.requested if (source := _source(project, path))):
            return
        functions = Functions(project, _holds)
        if not functions.coroutines:
            return
        units = Units(functions)
        for unit in units.all():
            if any(function.module.path in project.requested for function, _ in unit.accesses):
                yield from self._findings(project, units, unit, options.get("style", "aiofiles"))

    def _findings(self, project: Project, units: Units, unit: Unit, style: Style) -> Iterator[Finding]:
        """One finding for what is rewritten together; where that cannot be done, one for each place."""
        places = [(f, a) for f, a in unit.accesses if f.module.path in project.requested]
        if tested := _only_tested(units, unit):
            for function, access in places:
                yield self.finding(function.module, access.node, _message(function, access), reason=tested)
            return
        try:
            changes = list(self._changes(units, unit, style))
        except Refused as reason:
            for function, access in places:
                text = str(reason)
                if reason.access not in (None, access) and reason.module:  # it goes together with that one
                    text = f"{call_text(reason.module, reason.access)} ({place(reason.module, reason.access.node)}) stays: {text}"
                yield self.finding(function.module, access.node, _message(function, access), reason=text)
            return
        silenced = [p for p in places if _is_silenced(self, p[0].module, p[1].node)]
        # the last one, so that a cache for one of the helpers, a better rewrite, stands before it
        function, access = max(
            silenced or places, key=lambda p: (p[0].module.path, p[1].node.lineno, p[1].node.col_offset)
        )
        message = _message(function, access)
        yield self.finding(function.module, access.node, message, change=changes[0], alternatives=tuple(changes[1:]))

    def _changes(self, units: Units, unit: Unit, style: Style) -> Iterator[Change]:
        """The forms in which a unit can be rewritten, the preferred one first."""
        forms: list[Style] = ["thread", "aiofiles"] if style == "thread" else ["aiofiles", "thread"]
        if unit.keys or any(access.kind != "read" for _, access in unit.accesses):
            forms = ["aiofiles"]
        reasons: list[Refused] = []
        found: list[Change] = []
        for form in forms:
            try:
                change = self._change(unit, rewrite(units, unit, form), form)
            except Refused as reason:
                reasons.append(reason)
                continue
            if not any(_edits(change) == _edits(other) for other in found):
                found.append(change)
        if not found:
            raise reasons[0]
        yield from found

    def _change(self, unit: Unit, result: Result, style: Style) -> Change:
        notes = list(result.risks)
        kinds = {access.kind for _, access in unit.accesses}
        names = dict.fromkeys(file_name(function.module, access.path) for function, access in unit.accesses)
        files = f"{listed(names)} {'is' if len(names) == 1 else 'are'}"
        done = listed(word for word, meant in _DONE if kinds & meant)
        replaced = "replaced in one step, so that a failure leaves the old one"
        if result.locked:
            note = f"other handlers can run meanwhile; a lock keeps them from {listed(result.locked)}"
            notes.insert(0, f"{note}, which is {replaced}" if result.replaces else note)
        elif result.writes:
            note = "other handlers can run meanwhile"
            notes.insert(0, f"{note}; it is {replaced}" if result.replaces else f"{note}, and may find it half written")
        why = (
            f"Only this coroutine waits while {files} {done}: much on slow storage, nothing for a small file in memory."
        )
        if notes:
            why += f" But {'; '.join(notes)}."
        verdicts = [Assumption(Hazard.INTERLEAVING, why)] if notes or result.writes else []
        return Change(self.title, why, tuple(verdicts), result.files, style)

    def _metadata(self, project: Project) -> Iterator[Finding]:
        for path in sorted(project.requested):
            source = _source(project, path)
            if source is None or b"os" not in source.data or b"async" not in source.data:
                continue
            try:
                module = project.module(path)
            except Exception:
                continue
            for call, name in calls.metadata(module):
                text = f"{module.segment(call.func)}()"
                message = f"{text} asks the disk on the event loop"
                if reason := awaits.refusal(module, call):
                    yield self.finding(module, call, message, reason=reason)
                    continue
                edits, imports = calls.counterpart(module, call, name)
                why = "Only this coroutine waits for the disk. But what a test says may have changed when the coroutine acts on it."
                change = self.change(
                    module,
                    edits,
                    why,
                    title=f"Await aiofiles.os for {text}",
                    verdicts=[Assumption(Hazard.INTERLEAVING, why)],
                    imports=imports,
                )
                yield self.finding(module, call, message, change=change)


def _is_silenced(codemod: Codemod, module: Module, node: ast.Call) -> bool:
    """Whether a comment at one of several places is about to silence the finding for all of them."""
    if "tgfix:" not in module.text:
        return False
    end = node.end_lineno or node.lineno
    return Suppressions.of(module.text).silences(node.lineno, end, codemod.code, codemod.name)


def _only_tested(units: Units, unit: Unit) -> str | None:
    """Why nobody waits for what a unit does, as a clause: only tests run it on an event loop."""
    running = [*unit.coroutines]
    running += [f for f in units.functions.coroutines if any(callee in unit.helpers for _, callee in f.calls)]
    if running and all(in_test(function.module.path) for function in running):
        return _ONLY_TESTED
    return None


def _edits(change: Change) -> Any:
    return [(part.path, part.edits) for part in change.files]


def _holds(data: bytes) -> bool:
    return any(needle in data for needle in _OPENS)


def _source(project: Project, path: Path) -> SourceFile | None:
    try:
        return project.source(path)
    except SourceError:
        return None


def _message(function: Function, access: Access) -> str:
    what = call_text(function.module, access)
    where = "" if isinstance(function.node, ast.AsyncFunctionDef) else f" in {function.name}, which coroutines call,"
    return f"{what}{where} blocks the event loop: nobody else is served while the disk works"
