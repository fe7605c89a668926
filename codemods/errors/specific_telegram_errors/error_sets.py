"""From what a ``try`` body does to the classes that a clause around it has to name, and what it then lets pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.work import Work
from ....knowledge.bots import BASES, LIBRARIES
from ....knowledge.classes import RPC_ERROR, TELEGRAM_ERROR, canonical, is_subclass, smallest, subclasses_first
from .clauses import Clause, caught_above

#: Answers that cannot be read: of this very request, so a call fails with them in the place of an RPCError.
PROTOCOL = ("telethon.errors.BadMessageError", "telethon.errors.TypeNotFoundError")
#: For these reasons a call fails where the program is right; for others (arguments that never fit) it is a mistake in the code.
_MET = frozenset({"network", "retries", "file", "timeout", "entity", "state"})
#: What python-telegram-bot raises for trouble on the way, whatever the call was.
_ON_THE_WAY = frozenset(f"telegram.error.{name}" for name in ("NetworkError", "TimedOut", "RetryAfter", "Conflict"))
_MISTAKES = ("NameError", "KeyError", "AttributeError", "TypeError", "IndexError")
_AT_SHUTDOWN = ("asyncio.CancelledError", "KeyboardInterrupt", "SystemExit")


@dataclass(frozen=True, slots=True)
class ErrorSet:
    """The classes that fit, by dotted name."""

    #: The base of all that Telegram may answer, and what else bots meet around these calls: the smallest set.
    all: tuple[str, ...]
    #: The errors of what the calls are for, where there are any that certainly exist: all below the base.
    listed: tuple[str, ...]
    #: Raised seldom by these calls, and not in the set.
    passing: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.all)


def error_set(calls: Calls, clause: Clause, work: Work, major: int, *, rare: bool) -> ErrorSet:
    """What fits `work`, without what clauses above catch and what the project's libraries may not have.

    With `rare`, what is seldom met is named as well: answers that cannot be read, and arguments of a wrong type.
    """
    telegram = work.telegram(calls)
    errors = [e for _, contract in telegram for e in contract.errors if e not in _ON_THE_WAY]
    known = [e for e in dict.fromkeys(errors) if calls.facts.has_error(e, major) and not caught_above(clause, e)]
    listed = tuple(sorted(subclasses_first(smallest(known)), key=_last)) if known else ()
    wanted: list[str] = []
    seldom: list[str] = []
    for call, contract in work.calls:
        wanted += [contract.base] if contract.base else []
        for outside in contract.outside:
            met = bool(_MET & set(outside.reasons)) and outside.name != "builtins.TypeError"
            (wanted if met or (call, contract) not in telegram else seldom).append(outside.name)
        seldom += contract.rare
    named = [canonical(name) for t in clause.others if (name := calls.module.resolve(t))]
    wanted = [*wanted, *work.own, *named]
    if rare:
        wanted += [n for n in seldom if n in PROTOCOL or n == "builtins.TypeError"]
    fitting = [n for n in smallest(wanted) if not caught_above(clause, n)]
    fitting = [n for n in fitting if calls.facts.has_error(n, major) or n in named]
    both = [*fitting, *clause.above]
    passing = [n for n in dict.fromkeys(seldom) if not any(is_subclass(n, other) for other in both)]
    return ErrorSet(tuple(sorted(fitting, key=_order)), listed, tuple(sorted(passing, key=_met_first)))


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _met_first(name: str) -> tuple[bool, str]:
    """What trouble of the machine brings, before answers of a library that nobody can read."""
    return name.startswith(("telethon.", "telegram.")), _last(name)


def _order(name: str) -> tuple[int, str]:
    """Telegram's base, its other classes, other libraries' classes, builtins; each in alphabetical order."""
    library = name.partition(".")[0]
    rank = (
        0
        if name in (RPC_ERROR, TELEGRAM_ERROR, *BASES)
        else 1
        if library in ("telethon", "telegram", *LIBRARIES)
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


def enumerated(names: Iterable[str]) -> str:
    """Names in a sentence: "A", "A and B", "A, B and C"."""
    parts = list(names)
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def let_pass(errors: ErrorSet, clause: Clause, stops: Iterable[str]) -> str:
    """What a clause for the set no longer catches and the broad one did, as a list in words."""
    both = [*errors.all, *clause.above]
    passing = [name for name in errors.passing if _last(name) not in _MISTAKES]
    mistakes = [m for m in _MISTAKES if not any(is_subclass(f"builtins.{m}", other) for other in both)][:3]
    parts = [f"mistakes in the code ({', '.join(mistakes)} …)"]
    if passing:
        parts.append(f"what is seldom met ({', '.join(map(plain, passing[:2]))}{' …' if len(passing) > 2 else ''})")
    if clause.beyond:
        parts += [name for name in _AT_SHUTDOWN if not any(name.endswith(_last(other)) for other in clause.above)]
    parts += dict.fromkeys(stops)
    return enumerated(parts)
