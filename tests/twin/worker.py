"""Run cases in processes of their own, many and cheaply.

    seen = worker.run(Case(SOURCE, scenario=drive))                        # one observation
    worker.differences(BEFORE, AFTER, scenario=drive, arguments={"n": 3})  # what `compare` says of a pair
    worker.all_differences({"name": (BEFORE, AFTER), …}, scenario=drive)   # many pairs: which differ, and how

`worker` is a `Worker`; tests have it as the fixture of that name.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from .isolation import Whereabouts, receive, send
from .observation import Call, Observation, compare
from .program import Case, Source


class Outside(Protocol):
    """Something in the tests' process that runs talk to and that records what they say, such as `http.Server`."""

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment variables that tell a program where it is."""

    def begin(self) -> None:
        """Forget what was recorded."""

    def finish(self) -> Sequence[Call]:
        """What was recorded since `begin`, once the run's process is gone."""


class WorkerError(RuntimeError):
    """The worker could not run a case: its scenario cannot be imported, arguments cannot be pickled, …"""


class Worker:
    """A process that forks for every run (about 15 ms each).

    A context manager; the process starts at the first run. Not thread-safe.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None
                pipe.close()
            self._process.wait(10)
            self._process = None

    def run(self, case: Case, *, outside: Iterable[Outside] = ()) -> Observation:
        """Run one case in a fresh process, and collect what those `outside` heard of it.

        Raises `WorkerError` if it could not be started or if its scenario is broken (see `ScenarioError`).
        """
        outside = list(outside)
        environment: dict[str, str] = {}
        for world in outside:
            environment |= world.environment
            world.begin()
        environment |= case.environment
        seen = self._ask(dataclasses.replace(case, environment=environment))
        calls = [call for world in outside for call in world.finish()]
        return dataclasses.replace(seen, calls=(*seen.calls, *calls))

    def differences(
        self,
        before: Source,
        after: Source,
        *,
        outside: Iterable[Outside] = (),
        ignoring: Collection[str] = (),
        unordered: Collection[str] = (),
        rewrite: Callable[[str], str] = lambda text: text,
        raises: bool | None = False,
        **case: Any,
    ) -> list[str]:
        """Run both programs in the same way and `compare`; `case` are the other fields of `Case`.

        An exception that escapes from `before` must be meant, lest two programs are found equal that fail alike because
        of a slip in the test: `raises` says whether one escapes (None: either way). `WorkerError` if it is otherwise.
        """
        seen = [self.run(Case(source, **case), outside=outside) for source in (before, after)]
        if raises is not None and raises != (seen[0].exception is not None):
            raise WorkerError(f"raises={raises}, but what escaped from the program before is: {seen[0].exception}")
        return compare(*seen, ignoring=ignoring, unordered=unordered, rewrite=rewrite)

    def all_differences(self, pairs: Mapping[str, tuple[Source, Source]], **how: Any) -> dict[str, list[str]]:
        """The `differences` of every pair that has some; `how` are the keyword arguments of `differences`."""
        found = {name: self.differences(before, after, **how) for name, (before, after) in pairs.items()}
        return {name: sentences for name, sentences in found.items() if sentences}

    def _ask(self, case: Case) -> Observation:
        try:
            pickled = pickle.dumps(dataclasses.replace(case, scenario=None))
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise WorkerError(f"the case cannot be sent to another process: {error}") from error
        if self._process is None or self._process.poll() is not None:
            self.close()
            search = os.pathsep.join(dict.fromkeys(path or str(Path.cwd()) for path in sys.path))
            self._process = subprocess.Popen(
                [sys.executable, "-c", f"from {__package__}.isolation import main; main()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={
                    **os.environ,
                    "PYTHONPATH": search,
                    "PYTHONHASHSEED": "0",
                    "PYTHONWARNINGS": "",
                    "PYTHONDONTWRITEBYTECODE": "1",
                },
            )
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            send(self._process.stdin.fileno(), (_whereabouts(case), pickled))
            answer = receive(self._process.stdout.fileno())
        except (EOFError, BrokenPipeError) as error:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            raise WorkerError(f"the worker is gone, exit code {self._process.returncode}") from error
        if not isinstance(answer, Observation):
            raise WorkerError(answer)
        return answer


def _whereabouts(case: Case) -> Whereabouts:
    scenario = case.scenario
    if scenario is None:
        return None, None, None
    if isinstance(scenario, str):
        path, _, name = scenario.rpartition(":")
        return None, name, str(Path(path).resolve())
    if "<locals>" in scenario.__qualname__:
        raise WorkerError(f"{scenario.__qualname__} is a closure: make it a module-level function, or use `observe`")
    return scenario.__module__, scenario.__qualname__, sys.modules[scenario.__module__].__file__
