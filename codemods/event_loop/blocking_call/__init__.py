"""Wait for programs, servers and databases in a thread instead of stopping the event loop until they are done.

## What it does
Rewrites `subprocess.run()`, `call()`, `check_call()`, `check_output()`, `getoutput()`, `getstatusoutput()`, `os.system()`,
`os.popen(…).read()` and the `wait()` and `communicate()` of a `subprocess.Popen` to `await asyncio.to_thread(…)` where the code runs
in a coroutine. A plain function that waits for a process, or that opens, uses and closes an `sqlite3` connection, moves to a thread
as a whole where a coroutine calls it: `sh("uptime")` becomes `await asyncio.to_thread(sh, "uptime")`; lines of a coroutine that do so
become a function in it. So does one that sends requests, sleeps, asks a database or works on whole archives, itself or through what
it calls. What else is known to block moves in coroutines themselves, as
``socket.gethostbyname(name)`` (`tgfix/knowledge/blocking.py` has the list).

A file's own `run_sync(func, *args, **kwargs)` is asked where it does nothing but hand on to a thread. ``future.result()`` of a pool becomes
``await asyncio.wrap_future(future)``. Calls in a row move together, in one function. The other calls of a function are one change, with
what `TGF202` and `TGF501` find in it.

A loop that does nothing but ask whether something has ended (``while not download.isFinished(): pass``) gets a pause of 0.1 s.

## Why it is slow
Until the child process has ended the event loop stands still: no other user gets an answer.
Five handlers that each wait 0.2 s for a program take 1.0 s one after the other, in threads 0.2 s together. A row of a small `sqlite3`
file is read in 0.15 ms, by way of a thread in 0.5 ms: nothing is gained. A commit waits for the disk, about 25 ms where this was
measured, and for whoever holds a lock, up to five seconds: 0.94 s where it is held for one, less than 0.1 s with the
thread.

## When it is safe
The thread makes the very same call: the same `CompletedProcess`, the same exceptions, time limits and encodings. It is safe
where the following is proved:

- nothing else of the bot runs meanwhile (*interleaving*), and the order of updates is kept or was open already (*ordering*);
- a cancellation prevents nothing that was done before, and Ctrl-C need not end the call (*interruption*);
- the program only tells something (`uptime`, `df -h`, `ffmpeg -version`), or nothing else runs; the files and the
  database that a function works on are touched by nobody else (*outside*). The arguments of a program do not tell which files
  it writes: `python3 report.py` may write anything;
- every step of a function that moves as a whole may run in a thread, and nobody else has what it works with (*thread*);
- requests still come one after the other, and no pool of connections that raises an error when it is empty is made (*resources*);
- a thread of the pool is free (*resources*), and the bot runs on Python 3.9 or newer (*environment*).

Where one of these is not proved the change is *unsafe* and says what it assumes: of a database its tables. Of 400 calls at once that
add one to a number in a database, 400 count before and 196 in threads.

## When it leaves code alone
Where the bot handles one update after the other and runs nothing beside: nobody would be served sooner (`--all` lists it). A database of
`sqlite3` that is only read, as far as its statements show, or where updates are handled one after the other: a query takes a fraction of a
millisecond. With the option `sqlite = "always"` it moves nonetheless, for databases that are large or that others keep locked. A single
query of another database stays where updates are handled one after the other, and where only the owner of a bot comes. A call that fails
before it waits stays, and so do what counts a folder (`ls` and `wc`) and what writes a file under one name that all updates share. A Redis
on the same machine answers for a single key in 0.03 ms, by way of a thread in 0.08 ms: unless the client is made for a host far away, these
stay. Nobody is served any more where the program ends by the call or right behind it. A query whose function looks in memory first stays,
as do two queries with no wait between them of which one looks for what the other writes. In an endpoint of FastAPI that awaits nothing:
without `async` FastAPI runs all of it in a thread.

Beside a call of which it is not known how long it takes (``patoolib.extract_archive()``); a browser is driven in one function. In a
lambda, a generator expression, a class body or a plain function inside a coroutine, while a thread's lock is held, with `preexec_fn`,
where the name may be another, and on other event loops than asyncio's. Connections of `sqlite3` belong to the thread that opened them: a
call that moves raises `sqlite3.ProgrammingError`, and with `check_same_thread=False` two handlers would share one transaction: functions
that use a shared one are reported so, whatever the database, and so are sessions of SQLAlchemy. A loop that waits at each turn, over
``process.stdout`` or ``response.iter_content()``, is reported, and so is a generator: they have to move as a whole. `input()` stays, and
so do functions that only run at start.

## Programs without threads
A thread of the default pool stays busy as long as its program runs, and the pool has four threads more than the machine has
processors (at most 32): of twenty programs that take 0.6 s each, started at once on two processors, the last ends after 2.4 s, and
everything else that needs a thread waits 1.7 s. With `asyncio.create_subprocess_exec()` they take 0.65 s and nothing waits. So
where that gives the same result, the second form of the change, or with the option `style = "asyncio"` the first, is
`await (await asyncio.create_subprocess_exec(…)).wait()`: a command that is written out, no `check`, `text`, `timeout` or
`capture_output`, and nothing kept but the exit code; or a `Popen` whose output one `communicate()` takes as bytes. Exit codes,
exceptions, streams, signals and open files of the program are the same, as measured on Linux with Python 3.11 and 3.13, and with
uvloop. It is *unsafe* nonetheless: when the bot stops while the program runs, `asyncio.run()` waits for the thread, as it would for
the blocking call, but not for asyncio's program. That is then killed (Python 3.13, without pipes) or goes on alone (3.11). Starting it
takes 3 ms longer. In place of `os.system()`, whose result is coded differently, it is offered where nobody looks at the result; Ctrl-C
then stops the bot at once, while `os.system()` ignores it until the program has ended, in a thread as well.

## References
- https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code
- https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread
- https://docs.python.org/3/library/asyncio-subprocess.html
- https://docs.python.org/3/library/sqlite3.html#sqlite3.connect
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from ....engine.analysis import refuse
from ....engine.analysis.blocking import Blocks
from ....engine.analysis.commands import counts_a_folder, is_over_at_once, quick_on_file
from ....engine.analysis.module import Module, Project
from ....engine.analysis.processes import CALLS, is_over, started, waits_for
from ....engine.analysis.reach import is_told
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.shared_connections import cannot_move, shared_in
from ....engine.analysis.sqlite import executes
from ....engine.codemod import Codemod
from ....engine.model import Change, Cost, Finding, Import, Verdict
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for
from ....engine.rewriting.several import awaited_results, in_threads, left_there
from ....engine.sources.config import Option
from ....knowledge.blocking import COPIES, DATABASE, FUTURE, NEEDLES, ONLY_WITH, PERSON, REQUEST, SLEEP, UNTIL
from ....knowledge.bots import DISTRIBUTIONS
from . import futures, inline_sqlite, loops, queries, steps, texts, verdicts
from .examples import EXAMPLES
from .helpers import SQLITE, Helpers, Site
from .process_forms import DIFFERS, DIFFERS_FROM_SYSTEM, native
from .reasons import COUNTS, OF_A_PERSON, OVER, RARE, REMOVES, of_block, own_way


class BlockingCall(Codemod):
    """See the module's docstring."""

    code = "TGF502"
    name = "blocking-call"
    title = "Run what blocks in a thread"
    cost = Cost.TENTHS
    libraries = DISTRIBUTIONS
    needles = (b"subprocess", b"system", b"popen", b"sqlite3", b"while not ", *NEEDLES)
    options = (
        Option("style", str, "thread", "what waits for a program where both can", choices=("thread", "asyncio")),
        Option(
            "sqlite",
            str,
            "writes",
            "which functions that work on sqlite3 move to a thread",
            choices=("writes", "always"),
        ),
    )
    related = ("ASYNC220", "ASYNC221", "ASYNC222")

    examples = EXAMPLES
    serves_others = True

    def find(self, module: Module) -> Iterator[Finding]:
        """Every wait for a child process, a server or a database with a coroutine around it."""
        yield from steps.together(self, module, self._each(module))

    def _each(self, module: Module) -> Iterator[Finding]:
        for iterated, until in loops.waiting(module):
            message = f"each turn of this loop blocks the event loop until {until}: nobody else is served meanwhile"
            yield self.finding(module, iterated, message, reason=loops.REASON)
        yield from (loops.of_spinning(self, module, loop) for loop in loops.spinning(module))
        for call in module.all(ast.Call):
            if not module.in_coroutine(call) or refuse.runs_in_thread(module, call):
                continue
            names = module.candidates(call.func)
            what = waits_for(module, call, names)
            if what is None:
                if "sqlite3.connect" in names:
                    yield inline_sqlite.of_connection(self, module, call, _SQLITE)
                else:
                    yield from self._of_library(module, call)
                continue
            if len(names) > 1 and isinstance(module.parent(call), ast.Await):
                continue  # the other meaning of the name is the one that is used here
            if not is_told(module):
                continue  # before anything is proved of it
            message = f"{what} blocks the event loop until the process ends: nobody else is served meanwhile"
            if reason := _reason(module, call, names):
                yield self.finding(module, call, message, reason=reason, several=left_there(module, call, reason))
                continue
            why = texts.gain(module, what, "until the process ends")
            asked = verdicts.of_process(module, call, list(started(module, call)))
            threaded = self._in_thread(module, call, why, asked, style="thread")
            native = self._native(module, call, what)
            forms = [threaded] if native is None else [threaded, native]
            if self.option(module, "style") == "asyncio":
                forms.reverse()
            several = in_threads(module, call) if forms[0] is threaded else None
            yield self.finding(module, call, message, change=forms[0], alternatives=tuple(forms[1:]), several=several)

    def _of_library(self, module: Module, call: ast.Call) -> Iterator[Finding]:
        """A call of a library that waits for a server, a database or its files; where all are listed, what looks like one as well."""
        block = module.project.fact(Blocks).of(module, call)
        if block is None:
            if module.project.settings.list_all and (reason := texts.returns_soon(module, call)):
                message = f"{module.shown(call.func)}() runs on the event loop"
                yield self.finding(module, call, message, reason=reason)
            return
        if block.kind in (REQUEST, SLEEP) and block.name not in ONLY_WITH or block.name in COPIES:
            return  # other codemods have them
        if not is_told(module):
            return  # before anything is proved of it
        text = f"{module.shown(call.func)}()"
        message = f"{text} blocks the event loop until {UNTIL[block.kind]}: nobody else is served meanwhile"
        of_pool = block.owner == FUTURE
        if of_pool and futures.is_there(module, block):
            return
        reason = OF_A_PERSON if block.kind == PERSON else of_block(module, block) or queries.of_block(module, block)
        reason = reason or verdicts.saves_on_one_file(module, block)
        if reason := reason or (futures.refusal(call) if of_pool else None) or awaits.refusal(module, call):
            several = left_there(module, call, reason)
            yield self.finding(module, call, message, reason=reason, cost=_COSTS.get(block.kind), several=several)
            return
        why = texts.gain(module, text, f"until {UNTIL[block.kind]}")
        if of_pool:
            change = futures.change(self, module, call, text)
        else:
            change = self._in_thread(
                module, call, why, verdicts.of_call(module, block), title=f"Run {text} in a thread"
            )
        several = awaited_results(module, call) if of_pool else in_threads(module, call)
        yield self.finding(module, call, message, change=change, cost=_COSTS.get(block.kind), several=several)

    def _in_thread(
        self,
        module: Module,
        call: ast.Call,
        why: str,
        asked: list[Verdict],
        *,
        title: str | None = None,
        style: str | None = None,
    ) -> Change:
        """The change by which a thread makes the call."""
        edits, imports = awaits.in_thread(module, call)
        return self.change(module, edits, why, title=title, verdicts=asked, imports=imports, style=style)

    def _native(self, module: Module, call: ast.Call, what: str) -> Change | None:
        """The change by which asyncio runs the program, where it can."""
        asyncio, imports = name_for(module, Import("asyncio"), call)
        edits = native(module, call, asyncio)
        if edits is None:
            return None
        differs = DIFFERS_FROM_SYSTEM if module.resolve(call.func) == "os.system" else DIFFERS
        return self.change(
            module,
            edits,
            f"{texts.stops(module, what)} until the process ends; asyncio waits for it without a thread of the pool.",
            title="Let asyncio run the program",
            verdicts=verdicts.of_asyncio(module, call, differs),
            imports=imports,
            style="asyncio",
        )

    def find_in_project(self, project: Project) -> Iterator[Finding]:
        """The calls in coroutines of plain functions that wait for a process or work on a database."""
        if not any(map(project.contains, self.needles)):
            return
        helpers = Helpers(project, self.needles)
        yield from self._shared_connections(helpers.resolver, project)
        for module, sites in groupby(helpers.wanted, key=lambda site: site.module):
            if is_told(module):
                yield from steps.together(self, module, (self._of_helper(helpers, site) for site in sites))

    def _of_helper(self, helpers: Helpers, site: Site) -> Finding:
        """The call of a plain function that blocks."""
        module, call, helper = site.module, site.call, site.helper
        message, cost = texts.message(site), _COSTS.get(helper.kind)
        stays = helpers.refusal(site) or verdicts.on_one_file(helpers, site)
        reason = stays or queries.of_helper(helpers, site)
        if reason is None and self.option(module, "sqlite") != "always":
            reason = helpers.too_short(site) or queries.of_small_file(helpers, site)
        if reason:
            several = in_threads(module, call) if stays not in (None, RARE) else None
            return self.finding(module, call, message, reason=reason, cost=cost, several=several)
        why, asked = texts.why(helpers, site), verdicts.of_helper(helpers, site)
        change = self._in_thread(module, call, why, asked, title=f"Run {helper.name} in a thread")
        return self.finding(module, call, message, change=change, cost=cost, several=in_threads(module, call))

    def _shared_connections(self, resolver: Resolver, project: Project) -> Iterator[Finding]:
        """The first use of a connection that all share in each coroutine."""
        executing = [s.path for s in project.others(Path()) if s.path in project.requested and b".execute" in s.data]
        if not executing or not resolver.mentioning(["sqlite3"]):
            return
        for module in filter(None, map(resolver.module, executing)):
            for function in module.all(ast.AsyncFunctionDef):
                call = next(filter(executes, module.within(function, ast.Call)), None)
                shared = shared_in(resolver, module, function) if call else None
                if call is not None and shared is not None:
                    yield self.finding(module, call, texts.CONNECTION, reason=cannot_move(shared), cost=_SQLITE)


#: A small file, where no lock is waited for, and a database's server, which stands near the bot.
_SQLITE = Cost.MILLISECONDS
_COSTS = {SQLITE: _SQLITE, DATABASE: Cost.HUNDREDTHS}


def _reason(module: Module, call: ast.Call, names: frozenset[str]) -> str | None:
    """Why the call is left alone."""
    if len(names) > 1:
        other = sorted(names - CALLS)[-1:] or sorted(names)[-1:]
        return f"{module.segment(call.func)} may also be {other[0] or 'something of the project’s own'} here"
    if any(keyword.arg == "preexec_fn" for start in (call, *started(module, call)) for keyword in start.keywords):
        return "it has a preexec_fn, which may hang in a program that has threads"
    if is_over(module, call):
        return OVER
    if counts_a_folder(module, call):
        return COUNTS
    if is_over_at_once(module, call):
        return REMOVES
    if own := own_way(module, call):
        return f"`{own.name}()` (line {own.lineno}) runs a command and waits without a thread: await that"
    if quick := quick_on_file(module, call):
        return f"`{quick[0]}` takes milliseconds, and while others ran they would come to the same `{quick[1]}`"
    return awaits.refusal(module, call)
