"""Write in batches instead of opening the file for every message.

## What it does
Finds a file that is opened, appended to and closed again for every message, and opens it less often. There are three forms; each
change says which it is, and the option `style` fixes one.

* *batch* (unsafe): in a loop, what the messages write is collected in a list and written with one `open()` for `size` messages
  (default 100), and in a `finally` for the rest. The end of the loop, an exception, a cancellation, `sys.exit()` and Ctrl-C leave the
  same bytes in the file as before.
* *stream* (safe): in a loop, the file is opened at the first message, kept open and flushed after every message. When there is no
  message there is no file, as before. Everything that was in the file before is in it now, at every moment, also after a hard kill.
* *writer* (unsafe): where no loop stands around the open, because an event handler or a function that is called again and again
  appends to the file, and in endless loops, `BatchedWriter` from the support code takes the place of `open()`. It writes what has
  come together with every 100th block, one second after the first one, and when the program ends. Blocks are never torn apart, nor
  mixed with those of other threads and tasks.

Recognised are `with open(path, "a")`, `Path.open("a")`, `codecs.open()`, `aiofiles.open()` and `f = open(…)` … `f.close()`, in
`for`, `async for` and `while` loops, with `write`, `writelines`, `print(file=…)`, `json.dump`, `csv.writer` and the like.

## Why it is slow
Opening and closing a file costs ten times what writing a line to it costs. A message of 1.3 kB takes 6.6 µs with an open of its own,
1.2 µs in *stream*, 0.6 µs in *batch*, 3 µs in *writer*. With `aiofiles` every open, write and close is a trip to a thread: 120 µs for one
message, 66 µs in *stream*, 0.9 µs in *batch*. (`benchmarks/batched_writes.py`; ext4.) Against a network that delivers a message
per millisecond the gain is small; with messages from a file, a queue or a cache it is what counts.

## When it is safe
*stream* is safe: the path, the mode and the other arguments cannot change in the loop, the mode appends, the block uses its file for
writing only, nothing else in the loop (or in a function called there) uses the same file, and no `except` inside the loop handles
that the file could not be opened. When a write fails, as on a full disk, the same exception leaves the loop with the same
bytes on the disk; the close that follows fails once more, which the traceback shows as its context.
While the loop runs the file stays open: another *program* that renames or deletes it meanwhile does not make the loop
begin a new one, and on Windows it cannot do so at all.

*batch* is unsafe, because up to `size` messages that were not written yet are lost when the program is killed (kill -9, SIGTERM without a
handler, a power cut), because others who read the file see them later, and because an error of the disk or of
the encoding appears when the batch is written. *writer* is unsafe for the same reasons, with the age of one second as the limit.

## When it leaves code alone
* The path depends on the loop or the event, or may change meanwhile, or nothing shows that `x.open()` is a file's.
* The modes `w`, `x` and `r+`, which start the file anew or write over it.
* The file is read, renamed, deleted, locked or passed on, or its position is used (`tell`, `seek`).
* An `except` inside the loop that handles errors of the open: they would come at another message, or outside of it.
* Loops that end with the first write, as those that try again until it works.
* Two files that must stay in step: after any ending they have to agree on how far the loop came.
* *batch* is never proposed for generators and blocks that call `os.fsync()`, because what they wrote has to be in the file when they go on,
  for a loop that commits to a database, and for bytes, whose chunks may be large.

Code that collects lines and writes many at once is no finding, nor is what is written in an `except` clause, when something fails.

## References
- https://docs.python.org/3/library/io.html#io.IOBase.flush
- https://docs.python.org/3/library/contextlib.html#contextlib.ExitStack
- https://docs.python.org/3/library/functions.html#open
- https://man7.org/linux/man-pages/man2/open.2.html (O_APPEND)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ....engine.analysis.handlers import runs_often
from ....engine.analysis.module import Module
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Finding, Hazard, Verdict
from ....engine.rewriting import support as support_code
from ....engine.sources.config import Option
from . import other_access as elsewhere
from . import reasons as reasons
from . import refusals as refusals
from . import rewrite as rewrites
from .examples import EXAMPLES
from .sites import Loop, Site, collects, sites, uses
from .support import BATCHED_WRITER

#: Seconds after which the writer of the support code writes what has come together.
AGE = 1.0


class BatchedWrites(Codemod):
    """See the module's docstring."""

    code = "TGF301"
    name = "batched-writes"
    title = "Write in batches instead of opening the file for every message"
    libraries = ("python-telegram-bot", "telethon", "aiofiles")
    needles = (b"open(",)
    related = ("FURB101", "SIM115")
    options = (
        Option(
            "style", str, "strongest", "the form to rewrite to, where it fits", choices=("strongest", "batch", "stream")
        ),
        Option("size", int, 100, "messages in a batch", minimum=1),
    )
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every block that opens a file for one message, in a loop or in code that runs again and again."""
        every = list(sites(module))
        done: set[Site] = set()
        for site in every:
            used = uses(module, site)
            if (
                site in done
                or not (used.writes or used.sinks or (site.appends and used.passed_on))
                or _only_on_failure(module, site)
            ):
                continue
            loop = _loop_of(module, site, every)
            if loop is None:
                finding = self._in_function(module, site)
            else:
                group = _group(module, site, loop, every)
                done.update(group)
                batched = all(collects(module, other) for other in group)
                finding = None if batched else self._in_loop(module, group, loop, every)
            if finding is not None:
                yield finding

    # In a loop

    def _in_loop(self, module: Module, group: Sequence[Site], loop: Loop, every: Sequence[Site]) -> Finding | None:
        site = group[0]
        message = "the file is opened and closed again on every pass of the loop"
        varies = reasons.path_varies(module, site, loop)
        if not site.appends:
            if varies or reasons.left_after(module, site, loop):
                return None  # a file for each message, or one that is written until that works
            reason = f'the mode "{site.mode}" starts the file anew or writes over it on every pass'
            return self.finding(module, site.call, message, reason=reason)
        if against := varies or refusals.both_forms(module, group, loop, every):
            return self.finding(module, site.call, message, reason=against)
        forms: list[Change] = []
        refused: list[str] = []
        style = self.option(module, "style")
        for name, form in (("batch", self._batch), ("stream", self._stream)):
            if style in ("strongest", name):
                made = form(module, group, loop)
                if isinstance(made, Change):
                    forms.append(made)
                else:
                    refused.append(made)
        if not forms:
            return self.finding(module, site.call, message, reason=refused[0])
        return self.finding(module, site.call, message, change=forms[0], alternatives=tuple(forms[1:]))

    def _batch(self, module: Module, group: Sequence[Site], loop: Loop) -> Change | str:
        """One open for many messages, or why not."""
        if _is_endless(loop):
            return self._writer(module, group[0]) if len(group) == 1 else "the loop has no end"
        if reason := refusals.batch_form(module, group, loop):
            return reason
        size = self.option(module, "size")
        form = rewrites.batch(module, group, loop, size)
        why = (
            f"One open() for up to {size} messages makes the writing ten times as fast. But when the program is killed, up to {size} "
            "messages that were not written yet are lost, others who read the file see them later, and an error of the disk "
            "appears when the batch is written."
        )
        if group[0].awaited:
            why += " Python's own open() takes the place of aiofiles, so that no cancellation comes between: a batch is written at once."
        title = f"Write in batches of up to {size} messages"
        return self.change(
            module,
            form.edits,
            why,
            title=title,
            verdicts=[Assumption(Hazard.VISIBILITY, why)],
            imports=form.imports,
            style="batch",
        )

    def _stream(self, module: Module, group: Sequence[Site], loop: Loop) -> Change | str:
        """One open for the loop."""
        goes_on = any(_goes_on_after_half(module, site, loop) for site in group)
        if goes_on and any(site.close is not None for site in group):
            return "an except clause inside the loop goes on without closing the file"
        form = rewrites.stream(module, group, loop, always=goes_on)
        why = (
            "The file is opened at the first message and flushed after each one, so that it always holds what it held before; that "
            f"is {'almost twice' if group[0].awaited else 'five times'} as fast."
        )
        verdicts: list[Verdict] = []
        if _is_endless(loop):
            verdicts = [Assumption(Hazard.VISIBILITY, why)]
            why += " But the loop has no end: a file that is renamed or deleted meanwhile, by logrotate say, goes on being written."
        title = "Keep the file open while the loop runs"
        return self.change(
            module, form.edits, why, title=title, verdicts=verdicts, imports=form.imports, style="stream"
        )

    # In a function that runs again and again

    def _in_function(self, module: Module, site: Site) -> Finding | None:
        function = module.function(site.statement)
        if function is None or not site.appends or collects(module, site):
            return None
        often = runs_often(module, function)
        if often is None:
            return None
        message = f"the file is opened and closed again each time, and {often}"
        made: Change | str = "only a loop can keep a file open, which the style stream asks for"
        if self.option(module, "style") != "stream":
            made = self._writer(module, site)
        if isinstance(made, str):
            return self.finding(module, site.call, message, reason=made)
        return self.finding(module, site.call, message, change=made)

    def _writer(self, module: Module, site: Site) -> Change | str:
        """The writer of the support code, or why not."""
        function = module.function(site.statement)
        region = next(module.loops(site.statement), None) or function
        assert region is not None, "in a loop or in a function"
        if reason := refusals.writer_form(module, site, region):
            return reason
        placement = support_code.place(module, BATCHED_WRITER)
        if isinstance(placement, str):
            return placement
        size = self.option(module, "size")
        form = rewrites.writer(module, site, placement.name, size, AGE)
        why = (
            f"What is appended is written with one open(): for {size} blocks, after one second, and when the program ends. But others "
            "who read the file see it up to a second later, and what waits is lost when the program is killed or replaces itself "
            "(os.execl)."
        )
        readers = [
            use.lineno
            for use in elsewhere.mentions(module, site, module.tree)
            if not reasons.within(module, use, site.call)
        ]
        readers = [line for line in readers if line != _definition_line(module, site)]
        if readers:
            why += f" Line {readers[0]} uses the same file."
        return self.change(
            module, form.edits, why, title="Collect what is appended and write it every second",
            verdicts=[Assumption(Hazard.VISIBILITY, why)],
            imports=(*form.imports, *placement.imports), helpers=placement.helpers, others=placement.others, style="batch",
        )  # fmt: skip


def _only_on_failure(module: Module, site: Site) -> bool:
    """Whether the block stands in an ``except`` clause, within its loop or function."""
    for ancestor in module.ancestors(site.statement):
        if isinstance(ancestor, (ast.For, ast.AsyncFor, ast.While, ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        if isinstance(ancestor, ast.ExceptHandler):
            return True
    return False


def _loop_of(module: Module, site: Site, every: Sequence[Site]) -> Loop | None:
    """The loop to open the file for: the innermost, or one around it where that one goes through the parts of a message."""
    loops = list(module.loops(site.statement))
    if not loops:
        return None
    inner = loops[0]
    for around in loops[1:]:
        if not _goes_through_parts(module, inner, around) or _is_endless(around):
            break
        group = _group(module, site, around, every)
        if reasons.path_varies(module, site, around) or refusals.both_forms(module, group, around, every):
            break
        inner = around
    return inner


def _goes_through_parts(module: Module, inner: Loop, outer: Loop) -> bool:
    """Whether `inner` iterates over something of the message that `outer` is at, without waiting for anything."""
    if not isinstance(inner, ast.For) or any(isinstance(node, ast.Await) for node in ast.walk(inner)):
        return False
    names = [node.id for node in ast.walk(inner.iter) if isinstance(node, ast.Name)]
    return any(reasons.within(module, b.node, outer) for name in names for b in module.bindings(name, inner))


def _group(module: Module, site: Site, loop: Loop, every: Sequence[Site]) -> list[Site]:
    """The blocks of the loop that open the same file in the same way, and can share one open."""

    def is_alike(other: Site) -> bool:
        return (
            loop in module.loops(other.statement)
            and ast.dump(site.call) == ast.dump(other.call)
            and site.handle is not None
            and other.handle is not None
            and site.handle.id == other.handle.id
            and site.awaited == other.awaited
            and not any(reasons.within(module, other.statement, part) for part in site.body)
        )

    return [other for other in every if other is site or is_alike(other)]


def _is_endless(loop: Loop) -> bool:
    """Whether nothing in the loop ends it but an exception."""
    if not isinstance(loop, ast.While) or not isinstance(loop.test, ast.Constant) or not loop.test.value:
        return False
    return not any(isinstance(node, (ast.Break, ast.Return)) for node in ast.walk(loop))


def _goes_on_after_half(module: Module, site: Site, loop: Loop) -> bool:
    """Whether the loop may go on although the block was left half-way through what it writes."""
    used = uses(module, site)
    if len(site.body) == 1 and used.plain and len(used.writes) == 1:
        return False  # it writes all or nothing where its text cannot be made or encoded
    awaits = any(isinstance(node, ast.Await) for part in site.body for node in ast.walk(part))
    return reasons.catches(module, site.statement, loop, (Exception,)) is not None or (
        awaits and _in_try(module, site, loop)
    )


def _in_try(module: Module, site: Site, loop: Loop) -> bool:
    for ancestor in module.ancestors(site.statement):
        if ancestor is loop:
            return False
        if isinstance(ancestor, ast.Try) and ancestor.handlers:
            return True
    return False


def _definition_line(module: Module, site: Site) -> int | None:
    """The line of the assignment that names the path."""
    match site.path:
        case ast.Name(id=name):
            bound = module.bindings(name, site.path)
            return bound[0].node.lineno if bound else None  # type: ignore[attr-defined]
    return None
