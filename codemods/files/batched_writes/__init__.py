"""Write to one open file instead of opening it for every message.

## What it does
Finds a file that is opened, appended to and closed again for every message, and opens it less often. There are three forms; the
first that fits is proposed, the next one as another choice in a review, and the option `style` fixes one.

* *open*: a loop gets the `with` around it, and the file stays open as long as the loop runs. A block that writes one line is
  written through by `buffering=1`, which sends every line to the disk; any other one is followed by a `flush()`. So the
  file holds after every message what it held before, also after a hard kill.
* *batch*: what the messages write is collected in a list and written with one `open()` for `size` messages (default 100), and in
  a `finally` for the rest.
* *batch* without a loop: where an event handler or a function that is called again and again appends to the file, and in endless
  loops, `BatchedWriter` from the support code takes the place of `open()`, if `style` asks for it: its 90 lines save 4 µs. It writes
  what has come together with every 100th block, one second after the first one, and when the program ends. Blocks are never torn
  apart nor mixed.

Recognised are `with open(path, "a")`, `Path.open("a")`, `aiofiles.open()` and `f = open(…)` … `f.close()`, in `for`, `async for`
and `while` loops, with `write`, `writelines`, `print(file=…)`, `json.dump`, `csv.writer` and the like.

## Why it is slow
Opening and closing a file costs more than writing a line to it: a message of 1.3 kB takes 6.6 µs with an open of its own, 1.5 µs
in *open*, 0.6 µs in *batch*, 3 µs with the writer. With `aiofiles` every open, write and close is a trip to a thread: 120 µs for a
message, 37 µs in *open*, 0.9 µs in *batch*. (`benchmarks/batched_writes.py`; ext4.) With messages from a file, a queue or a cache it
counts, not beside a network.

## When it is safe
*open* is safe where all of this is shown; what is not shown is an assumption of the change.

* `visibility`: the path is the same for every message; all that the loop calls is known, and moves, removes, replaces or empties no
  such file; and the file comes to be when it did: it is made before the loop, or the loop surely has a first message.
  Otherwise an empty file is there when no message comes, and an open that fails does so before the first message.
* `outside`: the source shows the file's name, and nothing else in the project names it, or a folder above it, but to read or
  append; nothing goes through folders, changes the current one, or starts other programs; and the loop has an end.
* `errors`: no `except` in the loop handles that the file cannot be opened or written.
* `resources`: no other activation can have the file open at the same time.

*batch* always assumes `visibility`: up to `size` messages, or those of one second, are lost when the program is killed, others
see them later, and an error of the disk appears when the batch is written.

## When it leaves code alone
* The path depends on the loop or the event, or nothing shows that `x.open()` is a file's.
* The modes `w`, `x` and `r+`, which start the file anew or write over it; encodings that keep a state (ISO-2022).
* The file is read through the same handle, locked or passed on, or its position is used (`tell`, `seek`).
* The loop moves, removes or empties the file, or looks whether it is there.
* Loops that end with the first write.
* A function that writes once each time, unless `style` is `batch`; a loop of over 12 lines that waits for messages.
* *batch* is never proposed where the file is used otherwise in the loop, for generators and blocks that call `os.fsync()`, beside a
  second file or a database that must stay in step, and for bytes.

Lines that are collected and written at once are no finding, nor is what is written on failure: in `except`, before a `raise`, in
`emit()` of a handler of `logging`.

## References
- https://docs.python.org/3/library/functions.html#open
- https://docs.python.org/3/library/io.html#io.TextIOWrapper
- https://man7.org/linux/man-pages/man2/open.2.html (O_APPEND)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ....engine.analysis.file_effects import FileEffects, file_effects
from ....engine.analysis.handlers import runs_often, when_failing
from ....engine.analysis.module import Module
from ....engine.analysis.repeated import Loop
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Cost, Finding, Hazard, Verdict
from ....engine.proofs import errors, identity, outside, resources, visibility
from ....engine.rewriting import support as support_code
from ....engine.sources.config import Option
from ....knowledge.bots import DISTRIBUTIONS
from . import loops as loops
from . import reasons as reasons
from .examples import EXAMPLES
from .one_liners import one_liners
from .sites import Site, collects, sites, uses, writes_lines
from .support import BATCHED_WRITER

#: Seconds after which the writer of the support code writes what has come together.
AGE = 1.0
#: Up to this length a loop that waits for messages is indented, which gains 5 µs of a millisecond.
_MOST_INDENTED = 12


class BatchedWrites(Codemod):
    """See the module's docstring."""

    code = "TGF301"
    name = "batched-writes"
    title = "Write to one open file instead of opening it for every message"
    cost = Cost.LESS
    before_20 = True
    libraries = (*DISTRIBUTIONS, "aiofiles")
    needles = (b"open(", b"to_csv(")
    related = ("FURB101", "SIM115")
    options = (
        Option("style", str, "any", "the form to rewrite to, where it fits", choices=("any", "open", "batch")),
        Option("size", int, 100, "messages in a batch", minimum=1),
    )
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every block that opens a file for one message, in a loop or in code that runs again and again."""
        every = list(sites(module))
        done: set[Site] = set()
        for site in every:
            used = uses(module, site)
            writes = used.writes or used.sinks or (site.appends and used.passed_on)
            if site in done or not writes or when_failing(module, site.statement):
                continue
            loop = loops.loop_of(module, site, every)
            if loop is None:
                finding = self._in_function(module, site)
            else:
                group = loops.group(module, site, loop, every)
                done.update(group)
                batched = all(collects(module, other) for other in group)
                finding = None if batched else self._in_loop(module, group, loop, every)
            if finding is not None:
                yield finding
        for call, message, reason in one_liners(module):
            yield self.finding(module, call, message, reason=reason)

    # In a loop

    def _in_loop(self, module: Module, group: Sequence[Site], loop: Loop, every: Sequence[Site]) -> Finding | None:
        site = group[0]
        call = site.opened.call
        message = reasons.EACH_PASS
        varies = reasons.path_varies(module, site, loop)
        if not site.appends:
            if varies or reasons.left_after(module, site, loop):
                return None  # a file for each message, or one that is written until that works
            reason = f'the mode "{site.mode}" starts the file anew or writes over it on every pass'
            return self.finding(module, call, message, reason=reason)
        if against := varies or loops.against(module, group, loop):
            return self.finding(module, call, message, reason=against)
        style = self.option(module, "style")
        lines = (loop.end_lineno or 0) - loop.lineno
        if style == "any" and not site.opened.awaited and lines > _MOST_INDENTED:
            if reasons.waits(module, group, loop):
                return self.finding(module, call, message, reason=reasons.LONG_LOOP.format(lines))
            if reasons.rests(module, loop):
                return self.finding(module, call, message, reason=reasons.LONG_PAUSING_LOOP.format(lines))
        effects = file_effects(module, [loop], _own(module, group))
        made = [self._open(module, group, loop, effects)] if style != "batch" else []
        made += [self._batch(module, group, loop, every, effects)] if style != "open" else []
        return self.settled(module, call, message, *made)

    def _open(self, module: Module, group: Sequence[Site], loop: Loop, effects: FileEffects) -> Change | str:
        """The file open around the loop, or why not."""
        site = group[0]
        path = site.opened.path
        if taken := visibility.taken_away(module, path, effects):
            return f"{taken.what} in {taken.seen_from(module)} may take the file away, or looks whether it is there"
        if made := reasons.made_in_loop(module, site, loop):
            return made
        goes_on = any(loops.goes_on_after_half(module, other, loop) for other in group)
        if goes_on and any(other.close is not None for other in group):
            return "an except clause inside the loop goes on without closing the file"
        from .rewrite import around_loop  # with LibCST, which takes longer to import than to look into most bots

        form = around_loop(module, group, loop, goes_on=goes_on)
        if isinstance(form, str):
            return form
        verdicts = [
            visibility.stays(module, path, loop, effects),
            visibility.comes_to_be(module, path, loop, site.statement),
            *_of_the_file(module, group, loop),
            resources.one_file_at_once(module, loop, effects.entered),
        ]
        why = _why_open(module, group, loop)
        title = "Keep the file open while the loop runs"
        return self.change(module, [form.edit], why, title=title, verdicts=verdicts, style="open")

    def _batch(
        self, module: Module, group: Sequence[Site], loop: Loop, every: Sequence[Site], effects: FileEffects
    ) -> Change | str:
        """One open for many messages, or why not."""
        if loops.is_endless(loop):
            return self._writer(module, group[0]) if len(group) == 1 else "the loop has no end"
        path = group[0].opened.path
        if taken := visibility.taken_away(module, path, effects):
            return f"{taken.what} in {taken.seen_from(module)} may take the file away, or looks whether it is there"
        if reason := reasons.batch_form(module, group, loop, every):
            return reason
        from .rewrite import batch

        size = self.option(module, "size")
        form = batch(module, group, loop, size)
        if isinstance(form, str):
            return form
        why = f"One open() for up to {size} messages makes the writing ten times as fast."
        if group[0].opened.awaited:
            why += " Python's own open() takes the place of aiofiles, so that no cancellation comes between: a batch is written at once."
        text = module.segment(path)
        sentence = f"nobody minds that up to {size} messages are lost when the program is killed, and are seen in `{text}` later"
        waits = Assumption(Hazard.VISIBILITY, sentence, module.path, loop.lineno)
        verdicts = [waits, visibility.stays(module, path, loop, effects), *_of_the_file(module, group, loop)]
        title = f"Write in batches of up to {size} messages"
        return self.change(
            module, [form.edit], why, title=title, verdicts=verdicts, imports=form.imports, style="batch"
        )

    # In a function that runs again and again

    def _in_function(self, module: Module, site: Site) -> Finding | None:
        function = module.function(site.statement)
        if function is None or not site.appends or collects(module, site):
            return None
        often = runs_often(module, function)
        if often is None:
            return None
        message = reasons.each_time(often)
        made: Change | str = "only a loop can keep a file open, which the style open asks for"
        if self.option(module, "style") != "open":
            made = self._writer(module, site)
        return self.settled(module, site.opened.call, message, made)

    def _writer(self, module: Module, site: Site) -> Change | str:
        """The writer of the support code, or why not."""
        function = module.function(site.statement)
        region = next(module.loops(site.statement), None) or function
        assert region is not None, "in a loop or in a function"
        against = reasons.path_varies(module, site, region) or loops.against(module, [site], region)
        if against := against or reasons.writer_form(module, site, region):
            return against
        if self.option(module, "style") == "any":
            return reasons.A_WRITER
        placement = support_code.place(module, BATCHED_WRITER)
        if isinstance(placement, str):
            return placement
        from .rewrite import writer

        size = self.option(module, "size")
        form = writer(module, site, placement.name, size, AGE)
        if isinstance(form, str):
            return form
        why = f"What is appended is written with one open(): for {size} blocks, after one second, and when the program ends."
        text = module.segment(site.opened.path)
        sentence = (
            f"nobody minds that what was written to `{text}` in the last second is lost when the program is killed or replaces itself, "
            "and is seen later"
        )
        waits = Assumption(Hazard.VISIBILITY, sentence, module.path, site.opened.call.lineno)
        return self.change(
            module, [form.edit], why, title="Collect what is appended and write it every second",
            verdicts=[waits, *_of_the_file(module, [site], None)],
            imports=placement.imports, helpers=placement.helpers, others=placement.others, style="batch",
        )  # fmt: skip


def _own(module: Module, group: Sequence[Site]) -> set[ast.AST]:
    """The calls by which the blocks open, write to and close their file."""
    own: set[ast.AST] = set()
    for site in group:
        used = uses(module, site)
        own |= {site.opened.call, *used.writes, *used.sinks}
        own |= {site.close.value} if site.close is not None else set()
    return own


def _of_the_file(module: Module, group: Sequence[Site], loop: Loop | None) -> list[Verdict]:
    """What is asked of others who may use the file, of who handles its errors, and of who replaces what opens it."""
    opened = group[0].opened
    text = module.segment(opened.path)
    ours = outside.kept_open(module, opened.path, may_be_emptied=not reasons.has_bom(group[0]))
    if loop is not None and loops.is_endless(loop):
        sentence = f"no other program (logrotate, say) moves or removes `{text}` while the loop, which has no end, runs"
        ours = Assumption(Hazard.OUTSIDE, sentence, module.path, loop.lineno)
    called = "pathlib.Path.open" if opened.method else module.resolve(opened.call.func) or "builtins.open"
    verdicts = [ours, identity.unreplaced(module, called)]
    if loop is not None:
        handled = [errors.moved_out(module, site.statement, loop, f"opening and writing `{text}`") for site in group]
        verdicts.append(next((verdict for verdict in handled if isinstance(verdict, Assumption)), handled[0]))
    return verdicts


def _why_open(module: Module, group: Sequence[Site], loop: Loop) -> str:
    saved, share = "The file is opened once, which makes the writing four times as fast", "5 µs"
    awaited = group[0].opened.awaited
    if awaited:
        lines = all(writes_lines(module, site) for site in group)
        trips, share = ("One trip", "a tenth") if lines else ("Two trips", "a twentieth")
        saved = f"{trips} to a thread for a message instead of three"
    return (
        f"{saved}; of a millisecond that a message from the network takes, that is {share}."
        if reasons.waits(module, group, loop)
        else f"{saved}."
    )
