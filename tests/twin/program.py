"""Run a program under a scenario and observe everything it shows.

A *program* is source text: one module (imported as ``bot``) or a tree ``{path: text}``. It is written to a scratch
directory that is the current directory of the run, like the directory of a real bot. A *scenario* is a module-level
function that drives it:

    async def add_a_link(run, text):                           # may be `async def` or `def`
        with ptb.offline(run) as telegram:
            await telegram.feed(run.module.build(), [ptb.message(text)])

    def test_links_survive(worker):
        case = dict(scenario=add_a_link, arguments={"text": "/add 1"}, files={"links.json": "{}"})
        assert worker.differences(BEFORE, AFTER, **case) == []

`Worker` (see `worker`) runs it in a process of its own, which is what tests want. `observe` runs it in this very
process, for a scenario that is a closure, or under a debugger; signals, limits and what happens at interpreter exit
need a `Worker`.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import importlib
import inspect
import io
import os
import runpy
import stat
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from .observation import Call, Observation
from .plain import Raised, each_text, normalise, plain
from .surroundings import Sink, enter, is_of, later_than, watch

Source = str | Mapping[str, str]
Scenario = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """One program with what happens to it."""

    #: Text of the module `bot`, or path to text of each file (also of data files that belong to the program).
    source: Source
    #: ``scenario(run, **arguments)``: a function, or ``"path/to/file.py:name"``. None runs `entry` as a script.
    scenario: Scenario | str | None = None
    #: Keyword arguments of the scenario; picklable.
    arguments: Mapping[str, Any] = field(default_factory=dict)
    #: Files that are there before the run, path to content; None makes a directory.
    files: Mapping[str, str | bytes | None] = field(default_factory=dict)
    #: The dotted name of the module that `Run.module` imports and a script run starts.
    entry: str = "bot"
    #: Added to `os.environ`.
    environment: Mapping[str, str] = field(default_factory=dict)
    #: `sys.argv` after the program's name.
    argv: Sequence[str] = ()
    #: No file may grow beyond this many bytes (RLIMIT_FSIZE: writing then fails with EFBIG). Isolated runs only.
    file_size_limit: int | None = None
    #: Paths of `files` that the program cannot write to, not even when the tests run as root. Isolated runs only.
    read_only: Sequence[str] = ()
    #: Seconds until the run is killed and observed as `timed_out`. Isolated runs only.
    timeout: float = 30.0
    #: Let the interpreter shut down for real (40 ms), for what appears only then. Otherwise exit hooks run, threads are
    #: joined, the program's globals are dropped and garbage is collected. Isolated runs only.
    finalise: bool = False

    @property
    def sources(self) -> dict[str, str]:
        """Path to text of every source file."""
        return {"bot.py": self.source} if isinstance(self.source, str) else dict(self.source)


class ScenarioError(RuntimeError):
    """An exception came from the scenario or the kit, not from the program: there is nothing to compare."""


class Run:
    """What a scenario holds in its hands."""

    def __init__(self, case: Case, directory: Path, sink: Sink) -> None:
        self.case = case
        #: The scratch directory, which is the current directory.
        self.directory = directory
        self.sink = sink

    @property
    def module(self) -> ModuleType:
        """The entry module, imported at first use (what it raises, the scenario raises)."""
        return importlib.import_module(self.case.entry)

    def start(self) -> None:
        """Run the entry module as ``__main__``."""
        runpy.run_module(self.case.entry, run_name="__main__", alter_sys=True)

    def record(self, kind: str, **data: Any) -> None:
        """Note that the program did something to the outside world; `compare` looks at it."""
        self.sink("call", Call(kind, each_text({key: plain(item) for key, item in data.items()}, str(self.directory))))


def write_tree(case: Case, directory: Path) -> None:
    """Write the program and its files into `directory`."""
    for name, content in {**case.files, **case.sources}.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)


def snapshot(case: Case, directory: Path) -> tuple[dict[str, bytes], dict[str, int]]:
    """Content and permission bits of what is in `directory`, without sources of the program that are as they were."""
    files: dict[str, bytes] = {}
    modes: dict[str, int] = {}
    sources = {name: text.encode() for name, text in case.sources.items()}
    packages = {parent.as_posix() for name in sources for parent in Path(name).parents}
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if "__pycache__" in path.parts:
            continue
        if path.is_symlink():
            files[name] = f"-> {path.readlink()}".encode()
        elif path.is_dir():
            if name not in packages:
                files[name + "/"], modes[name + "/"] = b"", stat.S_IMODE(path.stat().st_mode)
        elif not path.is_file():
            files[name] = b"<neither file nor directory>"
        elif (content := path.read_bytes()) != sources.get(name):
            files[name], modes[name] = content, stat.S_IMODE(path.stat().st_mode)
    files |= {name: b"<removed>" for name in sources if not (directory / name).exists()}
    return files, modes


def assemble(evidence: Sequence[tuple[str, Any]], case: Case, directory: Path, **rest: Any) -> Observation:
    """One observation from the evidence of a run and what only its parent process can know (`rest`).

    Raises `ScenarioError`.
    """
    files, modes = snapshot(case, directory)
    by_kind: dict[str, list[Any]] = {}
    for kind, data in evidence:
        by_kind.setdefault(kind, []).append(data)
    if "mistake" in by_kind:
        raise ScenarioError(by_kind["mistake"][0])
    rest["stderr"] = normalise(rest.get("stderr", "") + "".join(by_kind.get("unraisable", ())), str(directory))
    return Observation(
        result=by_kind.get("result", [None])[0],
        exception=by_kind.get("exception", [None])[0],
        logged=tuple(by_kind.get("log", ())),
        files=files,
        modes=modes,
        calls=tuple(by_kind.get("call", ())),
        warnings=tuple(dict.fromkeys(by_kind.get("warning", ()))),
        **{"stdout": normalise(rest.pop("stdout", ""), str(directory)), **rest},
    )


def perform(run: Run, scenario: Scenario | None) -> int:
    """Run the scenario, or without one the entry module as a script; returns the exit code, the rest is evidence."""
    scratch = str(run.directory)
    try:
        result = (scenario or Run.start)(run, **run.case.arguments)
        if inspect.iscoroutine(result):
            result = asyncio.run(result)
        run.sink("result", each_text(plain(result), scratch))
    except SystemExit as exit_:
        if exit_.code is None or isinstance(exit_.code, int):
            return exit_.code or 0
        print(exit_.code, file=sys.stderr)
        return 1
    except BaseException as error:
        if isinstance(error, Exception) and not _passed_through(error, run.directory):
            run.sink("mistake", "".join(traceback.format_exception(error)))
        run.sink("exception", Raised.of(error, scratch))
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _passed_through(error: Exception, directory: Path) -> bool:
    """Whether the program had a part in `error`; if not, the scenario is broken and there is nothing to compare."""
    return any(
        frame.f_code.co_filename.startswith(f"{directory}{os.sep}")
        for frame, _ in traceback.walk_tb(error.__traceback__)
    )


def load_scenario(scenario: Scenario | str | None) -> Scenario | None:
    """The function that a case names; raises `KeyError` or `OSError` if there is none."""
    if not isinstance(scenario, str):
        return scenario
    path, _, name = scenario.rpartition(":")
    found: Scenario = runpy.run_path(path)[name]
    return found


def observe(case: Case, scenario: Scenario | None = None) -> Observation:
    """Run `case` in this process and observe it; `scenario` (a closure is fine) takes the place of the one in `case`.

    Raises `ValueError` for what only a `Worker` can do. Log handlers of the surrounding process (pytest's) are visible
    to the program.
    """
    if case.file_size_limit is not None or case.read_only or case.finalise:
        raise ValueError("limits, read-only files and interpreter exit need a process of their own: use a Worker")
    evidence: list[tuple[str, Any]] = []
    out, err = io.StringIO(), io.StringIO()

    def sink(kind: str, data: Any) -> None:
        evidence.append((kind, data))

    with tempfile.TemporaryDirectory(prefix="twin-") as name:
        directory = Path(name).resolve()
        write_tree(case, directory)
        with contextlib.ExitStack() as stack:
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            stack.callback(watch(directory, sink))
            stack.callback(enter(directory, case.entry, case.argv, case.environment))
            stack.callback(gc.collect)  # coroutines never awaited and files never closed speak up now
            code = perform(Run(case, directory, sink), scenario or load_scenario(case.scenario))
        return assemble(evidence, case, directory, stdout=out.getvalue(), stderr=err.getvalue(), exit_code=code)


def close_down(directory: Path, loaded: ModuleType) -> None:
    """What the interpreter does at exit, short of tearing itself down: threads, exit hooks, the program's globals.

    `loaded` is the last module that was there before the program.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for module in later_than(loaded):
        if is_of(module, directory):
            vars(module).clear()
    gc.collect()
