"""Wait when Telegram says how long to wait, instead of ending a loop there.

## What it does
A call in a loop (`send_message`, `send_file`, `forward_messages`, `download_media`, `delete_messages`, `get_entity`, …) that nothing
protects from `FloodWaitError`, or only a clause that swallows it with everything else, goes through `wait_out_floods`:

    await client.send_message(user, text)
    await wait_out_floods(client.send_message, user, text)

It sleeps for the seconds that Telegram asks for and up to a tenth more, so that many tasks do not come back at once, and makes that one
call again; a wait that is too long, and the last of a few attempts, are raised as before. `SlowModeWaitError` and
`FloodPremiumWaitError` are waits, too, and no subclasses of `FloodWaitError`; a release that has them gets them.

An iteration (`async for message in client.iter_messages(chat)`) goes through `through_floods`, which keeps the iterator and asks it
again for the next item. Beginning the loop anew would begin at the newest message again.

Both helpers are plain code in your project. Where tenacity or stamina (25.1 or newer) is among what it needs to run, `wait_out_floods`
is written with that. With python-telegram-bot an application that the project builds gets `AIORateLimiter(max_retries=…)`; where the
extra `rate-limiter` that it needs is not asked for, the change adds it to the requirements and assumes that it is installed.

## Why it is slow
Telethon itself sleeps through waits of up to `flood_sleep_threshold` seconds (60), and raises longer ones. A loop over a thousand users
then ends at the two hundredth and has to be started again, with messages sent twice; a clause that swallows the error makes
the remaining eight hundred calls fail at once, each of them.

## When it is safe
It is *unsafe*: a coroutine that ended, or went on, now waits, for up to `longest` seconds at a time. A call that Telegram refuses has
had no effect, so that making it again does nothing twice; only that one call is made again, never the body of a loop or
a `try`.

## When it leaves code alone
Where a clause or a decorator deals with flood waits already; where a client has a `flood_sleep_threshold` of `longest` or more; where
the loop sleeps for half a minute and more on each turn, or ends with the call (a loop of attempts). Reported and not rewritten are calls
that send several things in turn (an album of a list of files: those sent before the wait would be sent twice), calls
that read an open file (it is at its end the second time), calls collected by `asyncio.gather`, `iter_download`, and `iter_messages` with
`ids=`, whose iterator counts a page before it has it, so that asking again would lose a hundred messages in silence.

## References
- https://docs.telethon.dev/en/stable/concepts/errors.html#avoiding-limits
- https://core.telegram.org/api/errors#420-flood
- https://docs.python-telegram-bot.org/en/stable/telegram.ext.aioratelimiter.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.module import Module, ParseError
from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.project import TelegramProject
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Edit, Finding, Hazard, Helper, Import, Proof
from ....engine.proofs.environment import needs_package
from ....engine.rewriting.awaits import handed_to
from ....engine.rewriting.imports import name_for
from ....engine.rewriting.support import place
from ....engine.sources.config import Option
from ....engine.sources.source import SourceError
from ....knowledge.errors import telethon_flood_waits
from . import support as helpers
from .examples import EXAMPLES
from .sites import Site, ptb_sites, sites

#: Libraries for retries that can wait for as long as an error says, and the release from which they can.
_RETRIES = {"tenacity": "tenacity", "stamina": "stamina>=25.1"}


class FloodWait(Codemod):
    """See the module's docstring."""

    code = "TGF402"
    name = "flood-wait"
    title = "Wait when Telegram says so"
    libraries = ("telethon", "python-telegram-bot")
    needles = (b"await", b"async for", b".build()")
    options = (
        Option("longest", int, 300, "the longest wait, in seconds; longer ones are raised", minimum=1),
        Option("attempts", int, 3, "how often a call is made before its error is raised", minimum=2),
    )
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Calls and iterations in loops, and applications without a rate limiter."""
        if not (any(module.all(ast.AsyncFunctionDef)) or ".build()" in module.text):
            return
        if not TelegramProject.of(module.project).has_telegram:
            return
        calls = Calls(module)
        yield from self._applications(calls)
        if calls.facts.sleeps_through(self.option(module, "longest")):
            return
        for site in sites(calls):
            message = f"{site.text}() in a loop: a flood wait of more than a minute {site.effect}"
            change = site.reason or self._change(calls, site)
            if isinstance(change, str):
                yield self.finding(module, site.call, message, reason=change)
            else:
                yield self.finding(module, site.call, message, change=change)

    def _change(self, calls: Calls, site: Site) -> Change | str:
        module = calls.module
        helper = self._helper(calls, site)
        placed = place(module, helper)
        if isinstance(placed, str):
            return placed
        scope = module.scope(site.call).find(placed.name)
        if scope is not None and scope is not module.names.root:
            return f"the name {placed.name} is taken here"
        longest, attempts = self.option(module, "longest"), self.option(module, "attempts")
        if site.iterates:
            start, end = module.span(site.call)
            edits = [Edit(start, start, f"{placed.name}("), Edit(end, end, ")")]
            what = "asks the same iterator again for the next item"
        else:
            edits = handed_to(module, site.call, placed.name)
            what = "makes this one call again"
        why = f"Where a flood wait {site.effect}, this now waits for as long as Telegram says (up to {longest} s, "
        why += f"{attempts - 1} times in a row) and {what}; longer waits are raised as before.{site.note}"
        return self.change(
            module,
            edits,
            why,
            verdicts=[Assumption(Hazard.ERRORS, why)],
            imports=placed.imports,
            helpers=placed.helpers,
            others=placed.others,
        )

    def _helper(self, calls: Calls, site: Site) -> Helper:
        module, facts = calls.module, calls.facts
        errors = telethon_flood_waits(facts.telethon_release)
        longest, attempts = self.option(module, "longest"), self.option(module, "attempts")
        if site.iterates:
            return helpers.iterating(errors, attempts, longest)
        library = next((name for name, wanted in _RETRIES.items() if _is_there(module, wanted)), "own")
        return helpers.calling(errors, attempts, longest, library)

    # python-telegram-bot

    def _applications(self, calls: Calls) -> Iterator[Finding]:
        """Applications whose project sends in loops without a rate limiter."""
        module = calls.module
        for build in module.all(ast.Call):
            function = build.func
            if not (
                isinstance(function, ast.Attribute)
                and function.attr == "build"
                and calls.kinds.is_builder(function.value)
            ):
                continue
            if any(isinstance(a, ast.Attribute) and a.attr == "rate_limiter" for a in module.all(ast.Attribute)):
                continue
            site = _first_ptb_site(module)
            if site is None:
                continue
            message = f"RetryAfter ends {site}, since the application has no rate limiter"
            yield self.finding(module, build, message, change=self._limited(module, build, function))

    def _limited(self, module: Module, build: ast.Call, function: ast.Attribute) -> Change:
        name, imports = name_for(module, Import("telegram.ext", "AIORateLimiter"), build)
        retries = self.option(module, "attempts") - 1
        dot = module.text.rindex(".", module.end(function.value), module.end(function))
        gap = module.text[module.end(function.value) : dot]
        gap = gap[max(gap.rfind("\n"), gap.rfind("\r")) :] if "#" in gap else gap
        edit = Edit(dot, dot, f".rate_limiter({name}(max_retries={retries})){gap}")
        why = "All requests of the bot go through the limiter: bursts are spread over time to stay within Telegram's limits, and after "
        why += f"RetryAfter it waits as long as Telegram says and tries again, up to {retries} times; the other requests wait meanwhile."
        needed = needs_package(module.project, "python-telegram-bot[rate-limiter]", module.path)
        verdicts = [Assumption(Hazard.ERRORS, why), needed.verdict]
        return self.change(module, [edit], why, verdicts=verdicts, imports=imports, others=needed.files)


def _is_there(module: Module, wanted: str) -> bool:
    return isinstance(needs_package(module.project, wanted, module.path).verdict, Proof)


def _first_ptb_site(module: Module) -> str | None:
    """The first call to the Bot API in a loop of the files of this run, in words."""
    for path in sorted(module.project.requested):
        try:
            other = module if path == module.path else module.project.module(path)
        except (ParseError, SourceError):
            continue
        if b"telegram" in other.source.data:
            for call in ptb_sites(Calls(other)):
                where = f"line {call.lineno}" + ("" if other is module else f" of {path.name}")
                return f"the loop around {other.segment(call.func)}() in {where}"
    return None
