"""From what a ``try`` body does to the classes that a clause around it has to name, and what it then lets pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.work import Work
from ....knowledge.classes import RPC_ERROR, TELEGRAM_ERROR, canonical, is_subclass, smallest, subclasses_first
from .clauses import Clause, caught_above

#: Answers that cannot be read: of this very request, so a call fails with them in the place of an RPCError.
PROTOCOL = ("telethon.errors.BadMessageError", "telethon.errors.TypeNotFoundError")
#: More names than this do not stand well in one clause; those of `PROTOCOL` are the first to go.
_READABLE = 8
#: What python-telegram-bot raises for trouble on the way, whatever the call was.
_ON_THE_WAY = frozenset(f"telegram.error.{name}" for name in ("NetworkError", "TimedOut", "RetryAfter", "Conflict"))
_MISTAKES = ("NameError", "KeyError", "AttributeError", "TypeError", "IndexError")
_AT_SHUTDOWN = ("asyncio.CancelledError", "KeyboardInterrupt", "SystemExit")


@dataclass(frozen=True, slots=True)
class ErrorSet:
    """The classes that fit, by dotted name."""

    #: The errors of what the calls are for, where there are any that certainly exist.
    listed: tuple[str, ...]
    #: The base of all that Telegram may answer, and what is raised by contract beside it.
    rest: tuple[str, ...]
    #: Raised seldom by these calls, and in neither.
    passing: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        """The smallest set that catches both."""
        return smallest([*self.rest, *self.listed])

    def __bool__(self) -> bool:
        return bool(self.listed or self.rest)


def error_set(calls: Calls, clause: Clause, work: Work, major: int, *, listed_only: bool, protocol: bool) -> ErrorSet:
    """What fits `work`, without what clauses above catch and what the project's libraries may not have."""
    telegram = work.telegram(calls)
    errors = [e for _, contract in telegram for e in contract.errors if e not in _ON_THE_WAY]
    known = [e for e in dict.fromkeys(errors) if calls.facts.has_error(e, major) and not caught_above(clause, e)]
    listed = tuple(sorted(subclasses_first(smallest(known)), key=_last)) if known else ()
    outside: list[str] = []
    rare: list[str] = []
    for call, contract in work.calls:
        is_telegram = (call, contract) in telegram
        if contract.base and not (listed_only and contract.base in (RPC_ERROR, TELEGRAM_ERROR)):
            outside.append(contract.base)
        outside += [
            o.name
            for o in contract.outside
            if not (is_telegram and o.name == "builtins.TypeError" and "entity" not in o.reasons)
        ]
        rare += contract.rare
    outside += work.own
    named = [canonical(name) for t in clause.others if (name := calls.module.resolve(t))]
    wanted = [n for n in smallest([*outside, *named]) if not caught_above(clause, n)]
    wanted = [n for n in wanted if calls.facts.has_error(n, major) or n in named]
    answers = [n for n in PROTOCOL if n in rare and calls.facts.has_error(n, major)] if RPC_ERROR in wanted else []
    if protocol and len(wanted) + len(answers) <= _READABLE:
        wanted += [n for n in answers if not caught_above(clause, n)]
    both = [*wanted, *listed, *clause.above]
    passing = [n for n in dict.fromkeys(rare) if not any(is_subclass(n, other) for other in both)]
    return ErrorSet(listed, tuple(sorted(smallest(wanted), key=_order)), tuple(sorted(passing, key=_last)))


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _order(name: str) -> tuple[int, str]:
    """Telegram's base, its other classes, other libraries' classes, builtins; each in alphabetical order."""
    library = name.partition(".")[0]
    rank = (
        0
        if name in (RPC_ERROR, TELEGRAM_ERROR)
        else 1
        if library in ("telethon", "telegram")
        else 3
        if library == "builtins"
        else 2
    )
    return rank, _last(name)


def plain(name: str) -> str:
    """A class as a sentence names it."""
    return (
        name if name.startswith(("asyncio.", "sqlite3.", "json.", "httpx.", "aiohttp.", "requests.")) else _last(name)
    )


def enumerated(names: Iterable[str], word: str = "and") -> str:
    """Names in a sentence: "A", "A and B", "A, B and C"."""
    parts = list(names)
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def let_pass(errors: ErrorSet, clause: Clause, stops: Iterable[str]) -> str:
    """What a clause for the set no longer catches and the broad one did, as a list in words."""
    both = [*errors.all, *clause.above]
    mistakes = [m for m in _MISTAKES if not any(is_subclass(f"builtins.{m}", other) for other in both)][:3]
    parts = [f"mistakes in the code ({', '.join(mistakes)} …)", *(plain(name) for name in errors.passing)]
    if clause.beyond:
        parts += [name for name in _AT_SHUTDOWN if not any(name.endswith(_last(other)) for other in clause.above)]
    parts += dict.fromkeys(stops)
    return enumerated(parts)
