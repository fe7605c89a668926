"""Let the library wait when Telegram says how long, instead of ending a loop there.

## What it does
Where loops send, fetch or delete and nothing protects them from flood waits, the client is told to wait by itself:

- Telethon: `TelegramClient(…, flood_sleep_threshold=300)`. It then sleeps through waits of up to five minutes and repeats the request,
  iterations (`iter_messages`) included; its own default is one minute.
- Pyrogram, Hydrogram and their forks: `Client(…, sleep_threshold=60)` where the program handles updates, since a handler that waits keeps
  one of the client's workers, and 300 elsewhere; their own default is ten seconds.
- python-telegram-bot: `AIORateLimiter(max_retries=…)` for an application whose project sends to many chats in loops. Where the extra
  `rate-limiter` that it needs is not asked for, the change adds it to the requirements and assumes that it is installed.

## Why it is slow
A loop over a thousand users ends at the two hundredth with a wait of more than a minute and has to be started again, with messages
sent twice; a clause that swallows the error makes the remaining eight hundred calls fail at once, each of them.

## When it is safe
Never: a request that failed at once now waits. The assumption says for how long.

## When it leaves code alone
Where a clause or a decorator deals with flood waits already; where a client has a threshold of its own, or is one of Pyrogram before 1.0
(`Filters`), which sleeps through a minute by itself; for answers to buttons; where the loop sleeps for half a minute and more on each
turn, or ends with the call (a loop of attempts). Reported is a project of Pyrogram whose transfers tell of their progress by requests, and
one whose client is not built in plain sight, is given its arguments by `**`, or handles one update after the other, and one of whose
several clients it is not seen which makes the calls. Reported, too, is each call in a loop of aiogram and of pyTelegramBotAPI, which never
wait by themselves.

## References
- https://docs.telethon.dev/en/stable/concepts/errors.html#avoiding-limits
- https://docs.telethon.dev/en/stable/modules/client.html#telethon.client.telegrambaseclient.TelegramBaseClient
- https://docs.pyrogram.org/api/client (`sleep_threshold`)
- https://docs.aiogram.dev/en/latest/api/session/index.html
- https://core.telegram.org/api/errors#420-flood
- https://docs.python-telegram-bot.org/en/stable/telegram.ext.aioratelimiter.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module, Project
from ....engine.analysis.program import program_files
from ....engine.analysis.programs import is_tried_out
from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.clients import clients_of
from ....engine.analysis.telegram.kind_names import is_builder
from ....engine.analysis.telegram.project import TELETHON, TelegramProject
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Cost, Edit, Finding, Hazard, Import
from ....engine.proofs.environment import needs_package
from ....engine.rewriting.arguments import last_argument
from ....engine.rewriting.chains import before_last
from ....engine.rewriting.imports import name_for
from ....engine.sources.config import Option
from ....engine.sources.reach import is_test
from ....knowledge.bots import LIBRARIES
from ....knowledge.kinds import CLIENT
from .clients import Client, callers
from .examples import EXAMPLES
from .sites import Site, described, is_limited, other_sites, ptb_sites, reads_text, sites, waits_in_transfer


@dataclass(frozen=True, slots=True)
class _Waiter:
    """A library whose client sleeps through flood waits, up to a threshold."""

    package: str
    title: str
    kind: str
    argument: str
    #: How long it waits without.
    default: str
    often: str
    #: Whether only so many handlers run at a time, and one that waits is one of them.
    workers: bool = False


_TELETHON = _Waiter(TELETHON, "Telethon", CLIENT, "flood_sleep_threshold", "a minute", "five times at the most")
_WAITERS = (
    _TELETHON,
    *(
        _Waiter(name, one.title, f"{name}.Client", one.threshold, "ten seconds", "as often as Telegram says so", True)
        for name, one in LIBRARIES.items()
        if one.threshold
    ),
)
#: Words without which no program handles updates with Pyrogram.
_HANDLERS = (b".on_", b"add_handler", b"plugins")
_LIMITED = "a request may wait where it failed at once, and the others wait with it, as those to one group do beyond 20 in a minute"


class FloodWait(Codemod):
    """See the module's docstring."""

    code = "TGF402"
    name = "flood-wait"
    title = "Wait when Telegram says so"
    cost = Cost.NONE
    libraries = ("python-telegram-bot", "telethon", "pyrogram")
    reported = ("aiogram", "pyTelegramBotAPI")
    needles = (b"Client", b"await", b".build()")
    options = (
        Option(
            "longest",
            int,
            300,
            "the longest wait, in seconds, that a client sleeps through; Pyrogram 60 if unset",
            minimum=1,
        ),
        Option("attempts", int, 3, "how often python-telegram-bot makes a call before its error is raised", minimum=2),
    )
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Applications of python-telegram-bot without a rate limiter, and calls of libraries that never wait by themselves."""
        facts = TelegramProject.of(module.project)
        if not facts.has_telegram:
            return
        if ".build()" in module.text:
            yield from self._applications(Calls(module))
        for package in LIBRARIES.keys() & facts.libraries.keys() - {waiter.package for waiter in _WAITERS}:
            if package in module.text or facts.bot_library(module.source.data):
                yield from self._never_waits(Calls(module), package)

    def _never_waits(self, calls: Calls, package: str) -> Iterator[Finding]:
        """The calls in loops of a library whose client does not wait, one finding a file."""
        library, module = calls.facts.known(package), calls.module
        found = [(module, site) for site in other_sites(calls, package)] if library else []
        if found and library:
            reason = (
                f"{library.title} never waits by itself: catch {library.wait.rpartition('.')[2]} around the call, sleep for as many "
                f"seconds as its {library.seconds} says, and make the call again"
            )
            message = f"{described(found)}: a flood wait {found[0][1].effect}"
            yield self.finding(module, found[0][1].call, message, reason=reason)

    def find_in_project(self, project: Project) -> Iterator[Finding]:
        """Clients, where calls in loops anywhere in the project are not protected."""
        facts = TelegramProject.of(project)
        for waiter in _WAITERS:
            if waiter.package in facts.libraries:
                longest = self._longest(project, waiter)
                # that of 0.18 sleeps through a minute by itself, and earlier ones have no such argument (`pyrogram/session/session.py`)
                is_old = waiter.package == "pyrogram" and facts.before_pyrogram_1 is not None
                if not is_old and not facts.sleeps_through(longest, waiter.argument):
                    yield from self._clients_of(project, waiter, longest)

    def _longest(self, project: Project, waiter: _Waiter) -> int:
        """The longest wait that is slept through, in seconds: a minute where handlers would keep one of a few workers."""
        chosen = project.settings.options.get(self.name, {}).get("longest")
        return chosen or (60 if waiter.workers and any(map(project.contains, _HANDLERS)) else 300)

    def _clients_of(self, project: Project, waiter: _Waiter, longest: int) -> Iterator[Finding]:
        sited = [
            (calls.module, site)
            for calls in _looked_into(project, waiter.package.encode())
            for site in (sites(calls) if waiter is _TELETHON else other_sites(calls, waiter.package))
        ]
        if not sited:
            return
        built = [(calls, call) for calls in _looked_into(project, b"Client") for call in clients_of(calls, waiter.kind)]
        reason = reads_text(project) or (waits_in_transfer(project) if waiter.workers else None)
        if not built:
            reason = f"no client of {waiter.title} is built in plain sight; give it {waiter.argument}={longest}"
        if not reason:
            known = [Client.of(calls.module, call) for calls, call in built]
            serving: dict[ast.Call, list[tuple[Module, Site]]] = {call: [] for _, call in built}
            for module, site in sited:
                for call in callers(module, site, known):
                    serving[call].append((module, site))
            if len(built) > 1 and not any(serving.values()):
                reason = f"it is not seen which client makes the calls; give it {waiter.argument}={longest}"
        if reason:
            at, call = (built[0][0].module, built[0][1]) if built else (sited[0][0], sited[0][1].call)
            yield self.finding(at, call, _message(sited, waiter), reason=reason)
            return
        chosen = any(keyword.arg == waiter.argument for _, call in built for keyword in call.keywords)
        for module, group in groupby(built, key=lambda one: one[0].module):
            told = [(call, _threshold(module, call, f"{waiter.argument}={longest}", chosen)) for _, call in group]
            yield from self._of_file(module, waiter, told, serving, longest)

    def _of_file(
        self,
        module: Module,
        waiter: _Waiter,
        told: list[tuple[ast.Call, list[Edit] | str]],
        serving: dict[ast.Call, list[tuple[Module, Site]]],
        longest: int,
    ) -> Iterator[Finding]:
        """One finding for the clients of a file, as far as calls in loops are theirs, and one for each that cannot be told to wait."""
        ready: list[ast.Call] = []
        edits: list[Edit] = []
        for call, added in told:
            if not serving[call]:
                continue
            if isinstance(added, str):
                yield self.finding(module, call, _message(serving[call], waiter), reason=added)
            elif added:
                ready.append(call)
                edits += added
        if ready:
            theirs = list(dict.fromkeys(one for call in ready for one in serving[call]))
            why = (
                f"{waiter.title} waits by itself for as long as Telegram says, up to {longest} s instead of {waiter.default}, and "
                f"repeats the request: {described(theirs)}."
            )
            failed = f"where it failed at once if that is more than {waiter.default}"
            handles = waiter.workers and concurrency(module.project, module.path).program.mentions(*_HANDLERS)
            holds = ", and the handler that makes it keeps one of the client's workers meanwhile" if handles else ""
            waits = f"a request may wait for up to {longest} seconds, {waiter.often}, {failed}{holds}"
            verdict = Assumption(Hazard.ERRORS, waits, module.path, ready[0].lineno)
            change = self.change(module, edits, why, verdicts=[verdict])
            yield self.finding(module, ready[0], _message(theirs, waiter), change=change)

    # python-telegram-bot

    def _applications(self, calls: Calls) -> Iterator[Finding]:
        """Applications whose project sends in loops without a rate limiter."""
        module = calls.module
        builds = [
            call
            for call in module.all(ast.Call)
            if isinstance(function := call.func, ast.Attribute)
            and function.attr == "build"
            and is_builder(module, function.value)
            and not is_tried_out(module, call)
        ]
        if not builds or is_limited(module) or (site := _first_ptb_site(module)) is None:
            return
        message = f"RetryAfter ends {site}, since the application has no rate limiter"
        for build in builds:
            yield self.finding(module, build, message, change=self._limited(module, build))

    def _limited(self, module: Module, build: ast.Call) -> Change:
        name, imports = name_for(module, Import("telegram.ext", "AIORateLimiter"), build)
        retries = self.option(module, "attempts") - 1
        edit = before_last(module, build, f".rate_limiter({name}(max_retries={retries}))")
        why = f"Bursts are spread over time, and after `RetryAfter` the bot waits as long as Telegram says, up to {retries} times."
        needed = needs_package(module.project, "python-telegram-bot[rate-limiter]", module.path)
        verdicts = [Assumption(Hazard.ERRORS, _LIMITED, module.path, build.lineno), needed.verdict]
        return self.change(module, [edit], why, verdicts=verdicts, imports=imports, others=needed.files)


def _looked_into(project: Project, needle: bytes) -> Iterator[Calls]:
    """The files of the run that hold some bytes and can be read, without tests: nobody waits there."""
    for path in sorted(path for path in project.requested if not is_test(project.settings.root, path)):
        module = project.parsed(path)
        if module is not None and needle in module.source.data:
            yield Calls(module, project.fact(Facts).kinds(module))


def _threshold(module: Module, call: ast.Call, argument: str, chosen: bool) -> list[Edit] | str:
    """The edits that give a client a threshold, or why it gets none."""
    if concurrency(module.project, module.path).sequential:
        return (
            "updates are handled one after the other, and a handler that waits for minutes keeps everybody else waiting"
        )
    if any(keyword.arg is None for keyword in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
        return "its arguments are unpacked, and the threshold may be among them"
    if any(keyword.arg == argument.partition("=")[0] for keyword in call.keywords):
        return "its threshold is chosen already"
    if chosen:
        return "another client has a threshold of its own, and whose calls these are is not known"
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    if not values:
        return "it is made without arguments, which fails"
    return last_argument(module, values, max(values, key=module.end), argument)


def _message(found: list[tuple[Module, Site]], waiter: _Waiter) -> str:
    return f"{described(found)}: a flood wait of more than {waiter.default} {found[0][1].effect}"


def _first_ptb_site(module: Module) -> str | None:
    """The first call to the Bot API in a loop of the program that a file belongs to, in words."""
    files = set(program_files(module.project, module.path))
    for calls in _looked_into(module.project, b"telegram"):
        if calls.module.path not in files:
            continue
        for call in ptb_sites(calls):
            return f"the loop around {calls.module.segment(call.func)}() ({calls.module.path.name}:{call.lineno})"
    return None
