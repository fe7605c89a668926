"""Run a program once for every order in which outside events can come, and keep what it is seen to do."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType
from typing import Any

from .loop import Loop, TooLong
from .threads import PROGRAM
from .world import SERVER, World, state


def _database() -> bytes:
    with TemporaryDirectory() as folder:
        with closing(sqlite3.connect(Path(folder, "shop.db"))) as connection:
            connection.executescript("CREATE TABLE stock (n INTEGER); INSERT INTO stock VALUES (1)")
        return Path(folder, "shop.db").read_bytes()


JOB = -1
#: Contents of the folder in which programs run.
FILES = {"rules.txt": b"be kind\n", "log.txt": b"first\n", "shop.db": _database()}


@dataclass(frozen=True)
class Scenario:
    """Which handlers run for the updates that come, in this order; `JOB` is the job."""

    handlers: tuple[int, ...]

    def __str__(self) -> str:
        return " then ".join("the job" if n == JOB else f"handler {n}" for n in self.handlers)


@dataclass(frozen=True)
class Trace:
    """What is seen of a run: of each activation in its order, in each channel, by the server, and what is left."""

    own: tuple[tuple[tuple[str, object], ...], ...]
    seen: tuple[tuple[str, tuple[object, ...]], ...]
    posted: tuple[object, ...]
    left: tuple[str, ...]
    stuck: bool

    def views(self) -> tuple[object, object]:
        """What the bot's users and its owner see together, and what the server sees, which sees nothing else."""
        return (self.own, self.seen, self.left, self.stuck), self.posted

    def __str__(self) -> str:
        lines = [f"  activation {n}: {list(own)}" for n, own in enumerate(self.own)]
        lines += [
            f"  {name}: {list(values)}" for name, values in (*self.seen, ("server", self.posted)) if len(values) > 1
        ]
        return "\n".join(
            [*lines, f"  left: {', '.join(self.left)}", *(["  the bot stands still"] if self.stuck else [])]
        )


@dataclass(frozen=True)
class Program:
    """A compiled program, with the expressions that give its state."""

    code: CodeType
    state: tuple[str, ...] = ()
    files: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, state: tuple[str, ...] = ()) -> Program:
        """Raises SyntaxError."""
        return cls(compile(text, PROGRAM, "exec"), state, tuple(name for name in FILES if name in text))

    def scenarios(self) -> list[Scenario]:
        """Every pair of activations: two suffice to see what one does between two steps of the other."""
        loop = Loop(lambda number: 0)  # type: ignore[abstract]
        world = World(loop)
        exec(self.code, world.namespace())
        kinds = [*range(len(world.handlers)), *([JOB] if world.jobs else [])]
        return [Scenario(pair) for pair in product(kinds, repeat=2) if pair[0] != JOB]

    def run(self, scenario: Scenario, choose: Callable[[int], int]) -> Trace:
        """One run, in the working folder, whose files are as `FILES` says at its start. Raises TooLong."""
        for name in self.files:
            path = Path(name)
            if not path.exists() or path.read_bytes() != FILES[name]:
                path.write_bytes(FILES[name])
        loop = Loop(choose)  # type: ignore[abstract]
        world = World(loop)
        namespace = world.namespace()
        exec(self.code, namespace)
        _arrive(loop, world, scenario)
        loop.run()
        own = tuple(tuple(world.own.get(n, ())) for n in range(len(scenario.handlers)))
        posted = tuple(world.seen.pop(SERVER, ()))
        seen = tuple(sorted((channel, tuple(values)) for channel, values in world.seen.items()))
        left = (*state(namespace, world, self.state), *(f"{name}: {_content(name)}" for name in self.files))
        return Trace(own, seen, posted, left, loop.stuck)


@dataclass
class Choices:
    """Follows a list of choices, then takes the first each time, and remembers what there was to choose."""

    first: list[int] = field(default_factory=list)
    made: list[tuple[int, int]] = field(default_factory=list)

    def __call__(self, number: int) -> int:
        chosen = self.first[len(self.made)] if len(self.made) < len(self.first) else 0
        self.made.append((chosen, number))
        return chosen

    def next(self) -> list[int] | None:
        """The next list in depth-first order, None behind the last."""
        while self.made and self.made[-1][0] + 1 == self.made[-1][1]:
            self.made.pop()
        return [*(c for c, _ in self.made[:-1]), self.made[-1][0] + 1] if self.made else None


def runs(program: Program, scenario: Scenario, most: int) -> Iterator[Trace | None]:
    """What each run does; None where there are more than `most`.

    Raises TooLong.
    """
    first: list[int] = []
    for _ in range(most):
        choices = Choices(first)
        yield program.run(scenario, choices)
        following = choices.next()
        if following is None:
            return
        first = following
    yield None


def sampled(program: Program, scenario: Scenario, number: int) -> Iterator[Trace]:
    """Runs in which the choices are random, the same ones each time this is called."""
    source = random.Random(number)
    for _ in range(number):
        yield program.run(scenario, source.randrange)


def _some_of(program: Program, scenario: Scenario, most: int) -> Iterator[Trace]:
    for trace in runs(program, scenario, most):
        if trace is None:
            yield from sampled(program, scenario, most)
        else:
            yield trace


def news(before: Program, after: Program, scenario: Scenario, most: int = 400) -> Trace | None:
    """Something that `after` may do and `before` may not, None where nothing of the kind is found.

    All runs of `before` are made, and of `after` where it has no more than `most`, else so many and as many random ones.
    Raises TooLong where `before` has too many interleavings to know them all.
    """
    known: set[object] = set()
    posted: set[object] = set()
    for trace in runs(before, scenario, 10 * most):
        if trace is None:
            raise TooLong
        known.add(trace.views()[0])
        posted.add(trace.views()[1])
    for trace in _some_of(after, scenario, most):
        if trace.views()[0] not in known or trace.views()[1] not in posted:
            return trace
    return None


def _arrive(loop: Loop, world: World, scenario: Scenario) -> None:
    """Let the updates come: the first now, each other at any moment behind the one before it. A job runs when it likes."""

    async def in_turn(numbers: list[int]) -> None:
        for number in numbers:
            await world.activation(number, _start(world, scenario, number))

    def alone(number: int) -> None:
        loop.create_task(in_turn([number]))

    def follow(number: int) -> None:
        alone(number)
        if number + 1 < len(scenario.handlers):
            loop.later(lambda: follow(number + 1))

    if JOB in scenario.handlers:
        for number in range(len(scenario.handlers)):
            loop.later(partial(alone, number))
    elif world.side_by_side:
        follow(0)
    else:
        loop.create_task(in_turn(list(range(len(scenario.handlers)))))


def _start(world: World, scenario: Scenario, number: int) -> Coroutine[Any, Any, None]:
    handler = scenario.handlers[number]
    return world.jobs[0]() if handler == JOB else world.handlers[handler](f"text {number}")


def _content(name: str) -> str:
    if name != "shop.db":
        return Path(name).read_text()
    with closing(sqlite3.connect(name)) as connection:
        return str(connection.execute("SELECT n FROM stock").fetchall())
