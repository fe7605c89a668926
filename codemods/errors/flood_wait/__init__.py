"""Let the library wait when Telegram says how long, instead of ending a loop there.

## What it does
Where loops send, fetch or delete and nothing protects them from flood waits, the client is told to wait by itself:

- Telethon: `TelegramClient(…, flood_sleep_threshold=300)`. It then sleeps through waits of up to five minutes and repeats the request,
  iterations (`iter_messages`) included; its own default is one minute.
- python-telegram-bot: `AIORateLimiter(max_retries=…)` for an application whose project sends in loops. Where the extra `rate-limiter`
  that it needs is not asked for, the change adds it to the requirements and assumes that it is installed.

## Why it is slow
A loop over a thousand users ends at the two hundredth with a wait of more than a minute and has to be started again, with messages
sent twice; a clause that swallows the error makes the remaining eight hundred calls fail at once, each of them.

## When it is safe
Never: a request that failed at once now waits. The assumption says for how long.

## When it leaves code alone
Where a clause or a decorator deals with flood waits already; where a client has a threshold of its own; where the loop sleeps for half a
minute and more on each turn, or ends with the call (a loop of attempts). Reported is a project whose client is not built in plain sight,
or is given its arguments by `**`.

## References
- https://docs.telethon.dev/en/stable/concepts/errors.html#avoiding-limits
- https://docs.telethon.dev/en/stable/modules/client.html#telethon.client.telegrambaseclient.TelegramBaseClient
- https://core.telegram.org/api/errors#420-flood
- https://docs.python-telegram-bot.org/en/stable/telegram.ext.aioratelimiter.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.module import Module, ParseError, Project
from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.kind_names import is_builder
from ....engine.analysis.telegram.project import TelegramProject
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Cost, Edit, Finding, Hazard, Import
from ....engine.proofs.environment import needs_package
from ....engine.rewriting.imports import name_for
from ....engine.sources.config import Option
from ....engine.sources.source import SourceError
from .examples import EXAMPLES
from .sites import Site, ptb_sites, sites

_CLIENTS = ("telethon.TelegramClient", "telethon.sync.TelegramClient", "telethon.client.TelegramClient")
_THRESHOLD = "flood_sleep_threshold"


class FloodWait(Codemod):
    """See the module's docstring."""

    code = "TGF402"
    name = "flood-wait"
    title = "Wait when Telegram says so"
    cost = Cost.NONE
    libraries = ("telethon", "python-telegram-bot")
    needles = (b"TelegramClient", b"await", b".build()")
    options = (
        Option("longest", int, 300, "the longest wait, in seconds, that Telethon sleeps through", minimum=1),
        Option("attempts", int, 3, "how often python-telegram-bot makes a call before its error is raised", minimum=2),
    )
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Applications of python-telegram-bot without a rate limiter."""
        if ".build()" in module.text and TelegramProject.of(module.project).has_telegram:
            yield from self._applications(Calls(module))

    def find_in_project(self, project: Project) -> Iterator[Finding]:
        """Telethon's clients, where calls in loops anywhere in the project are not protected."""
        facts = TelegramProject.of(project)
        longest = project.settings.options.get(self.name, {}).get("longest", 300)
        if not facts.has_telegram or facts.sleeps_through(longest):
            return
        found = [(calls.module, site) for calls in _looked_into(project, b"telethon") for site in sites(calls)]
        if not found:
            return
        built = [(c.module, call) for c in _looked_into(project, b"TelegramClient") for call in _clients(c.module)]
        message = f"{_described(found)}: a flood wait of more than a minute {found[0][1].effect}"
        for module, call in built:
            change = self._patient(module, call, longest)
            if isinstance(change, str):
                yield self.finding(module, call, message, reason=change)
            else:
                yield self.finding(module, call, message, change=change)
        if not built:
            module, site = found[0]
            reason = f"no client of Telethon is built in plain sight; give it {_THRESHOLD}={longest}"
            yield self.finding(module, site.call, message, reason=reason)

    def _patient(self, module: Module, call: ast.Call, longest: int) -> Change | str:
        """The client with a threshold, or why it has none."""
        if any(keyword.arg is None for keyword in call.keywords) or any(isinstance(a, ast.Starred) for a in call.args):
            return "its arguments are unpacked, and the threshold may be among them"
        if any(keyword.arg == _THRESHOLD for keyword in call.keywords):
            return "its threshold is chosen already"
        values = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not values:
            return "it is made without arguments, which fails"
        last = max(values, key=module.end)
        edits = _added(module, values, last, f"{_THRESHOLD}={longest}")
        why = f"Telethon waits by itself for as long as Telegram says, up to {longest} s, and repeats the request."
        waits = f"a request may wait for up to {longest} seconds, five times at the most, where it failed at once"
        return self.change(module, edits, why, verdicts=[Assumption(Hazard.ERRORS, waits, module.path, call.lineno)])

    # python-telegram-bot

    def _applications(self, calls: Calls) -> Iterator[Finding]:
        """Applications whose project sends in loops without a rate limiter."""
        module = calls.module
        builds = [
            (call, function)
            for call in module.all(ast.Call)
            if isinstance(function := call.func, ast.Attribute)
            and function.attr == "build"
            and is_builder(module, function.value)
        ]
        if not builds or _is_limited(module) or (site := _first_ptb_site(module.project)) is None:
            return
        message = f"RetryAfter ends {site}, since the application has no rate limiter"
        for build, function in builds:
            yield self.finding(module, build, message, change=self._limited(module, build, function))

    def _limited(self, module: Module, build: ast.Call, function: ast.Attribute) -> Change:
        name, imports = name_for(module, Import("telegram.ext", "AIORateLimiter"), build)
        retries = self.option(module, "attempts") - 1
        dot = module.text.rindex(".", module.end(function.value), module.end(function))
        gap = module.text[module.end(function.value) : dot]
        gap = gap[max(gap.rfind("\n"), gap.rfind("\r")) :] if "#" in gap else gap
        edit = Edit(dot, dot, f".rate_limiter({name}(max_retries={retries})){gap}")
        why = f"Bursts are spread over time, and after `RetryAfter` the bot waits as long as Telegram says, up to {retries} times."
        needed = needs_package(module.project, "python-telegram-bot[rate-limiter]", module.path)
        waits = "a request may wait where it failed at once, and the others wait with it"
        verdicts = [Assumption(Hazard.ERRORS, waits, module.path, build.lineno), needed.verdict]
        return self.change(module, [edit], why, verdicts=verdicts, imports=imports, others=needed.files)


def _is_limited(module: Module) -> bool:
    """Whether a builder is given a limiter, or a bot or updater of its own: then it refuses one (`_bot_check`, `_updater_check`)."""
    called = (call.func.attr for call in module.all(ast.Call) if isinstance(call.func, ast.Attribute))
    limited = any(attribute.attr == "rate_limiter" for attribute in module.all(ast.Attribute))
    return limited or not {"bot", "updater"}.isdisjoint(called)


def _added(module: Module, values: list[ast.expr], last: ast.expr, argument: str) -> list[Edit]:
    """The edits that add an argument behind the last one, on a line of its own where the others have theirs."""
    end = module.end(last)
    if len(values) < 2 or len({value.lineno for value in values}) < len(values):
        return [Edit(end, end, f", {argument}")]
    has_comma = module.text[end:].lstrip().startswith(",")
    line_end = module.line_span(last)[1]
    line_end -= len(module.text[:line_end]) - len(module.text[:line_end].rstrip("\r\n"))
    if not has_comma and "#" not in module.text[end:line_end]:
        return [Edit(end, end, f",\n{module.indent(last)}{argument}")]
    comma = [] if has_comma else [Edit(end, end, ",")]
    if not module.text[end:line_end].strip(" ,") or "#" in module.text[end:line_end]:
        return [*comma, Edit(line_end, line_end, f"\n{module.indent(last)}{argument}{',' if has_comma else ''}")]
    return [Edit(end, end, f",\n{module.indent(last)}{argument}")]


def _looked_into(project: Project, needle: bytes) -> Iterator[Calls]:
    """The files of the run that hold some bytes and can be read."""
    for path in sorted(project.requested):
        try:
            source = project.source(path)
            if source is not None and needle in source.data:
                yield Calls(project.module(path))
        except (ParseError, SourceError):
            continue


def _clients(module: Module) -> Iterator[ast.Call]:
    """The calls that build a client of Telethon."""
    return (call for call in module.all(ast.Call) if module.resolve(call.func) in _CLIENTS)


def _described(found: list[tuple[Module, Site]]) -> str:
    """The calls in words: the first, and how many more there are."""
    module, site = found[0]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{site.text}() in a loop ({module.path.name}:{site.call.lineno}){more}"


def _first_ptb_site(project: Project) -> str | None:
    """The first call to the Bot API in a loop of the files of this run, in words."""
    for calls in _looked_into(project, b"telegram"):
        for call in ptb_sites(calls):
            return f"the loop around {calls.module.segment(call.func)}() ({calls.module.path.name}:{call.lineno})"
    return None
