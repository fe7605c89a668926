"""The far side of `worker`: a process that has the libraries imported and forks for every run.

`worker` starts `main` here; the process has one thread, so forking is sound, and a run costs a few milliseconds instead
of an interpreter start and the import of Telegram libraries. Requests and answers are pickles, each after its length.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import os
import pickle
import resource
import selectors
import shutil
import signal
import struct
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from .observation import Observation
from .program import Case, Run, Scenario, assemble, close_down, load_scenario, perform, write_tree
from .surroundings import enter, watch

#: Imported once, before the first fork, if installed.
_PRELOADED = (
    "csv",  # a run without privileges may not be able to read the standard library
    "json",
    "telegram.ext",
    "telethon",
    "httpx",
    "httpx2",
    "httpcore",  # this and the next are what httpx imports with its first client and its first request
    "anyio._backends._asyncio",
    "aiohttp",
    "aiofiles",
    "aiofiles.os",
    "requests",
    "unittest.mock",
    "concurrent.futures.thread",  # `asyncio.to_thread` imports it
    "encodings.utf_16_le",  # texts of Telegram with emoji
    "sniffio",
)
#: Module, qualified name and file of a scenario; without a module it is a name in a file, without a name there is none.
Whereabouts = tuple[str | None, str | None, str | None]
_NOBODY = 65534
_LENGTH = struct.Struct("!Q")


def send(descriptor: int, message: object) -> None:
    """Write one pickle with its length."""
    data = pickle.dumps(message)
    data = _LENGTH.pack(len(data)) + data
    while data:
        data = data[os.write(descriptor, data) :]


def receive(descriptor: int) -> Any:
    """Read what `send` wrote; raises `EOFError` when the other side is gone."""

    def exactly(size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = os.read(descriptor, min(size - len(data), 1 << 20))
            if not piece:
                raise EOFError
            data += piece
        return data

    return pickle.loads(exactly(_LENGTH.unpack(exactly(_LENGTH.size))[0]))


class _Exit(BaseException):
    """Carries the exit code of a run out of the serving loop, for a shutdown of the interpreter like any other."""


def run_forked(case: Case, scenario: Scenario | None) -> Observation:
    """Fork, run `case` in the child, collect what it shows until it ends or `case.timeout` is over."""
    directory = Path(tempfile.mkdtemp(prefix="twin-")).resolve()
    write_tree(case, directory)
    pipes = {kind: os.pipe() for kind in ("stdout", "stderr", "evidence")}
    child = os.fork()
    if child == 0:  # nothing of the parent's, least of all a `finally`, may run in here
        try:
            _be_the_program(case, scenario, directory, {kind: ends[1] for kind, ends in pipes.items()})
        except Exception:  # of the kit, not of the program
            traceback.print_exc()
            os._exit(70)
    try:
        for _, end in pipes.values():
            os.close(end)
        collected, status, timed_out = _collect(child, {ends[0]: kind for kind, ends in pipes.items()}, case.timeout)
        for path in case.read_only:
            (directory / path).chmod(0o755)
        streams = {kind: bytes(collected[kind]).decode("utf-8", "backslashreplace") for kind in ("stdout", "stderr")}
        code = os.waitstatus_to_exitcode(status)
        return assemble(
            list(_frames(bytes(collected["evidence"]))), case, directory, exit_code=code, timed_out=timed_out, **streams
        )
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _frames(data: bytes) -> Iterator[tuple[str, Any]]:
    """The evidence in `data`, without a last frame that a kill cut short."""
    at = 0
    while at + _LENGTH.size <= len(data):
        start, end = at + _LENGTH.size, at + _LENGTH.size + _LENGTH.unpack_from(data, at)[0]
        if end <= len(data):
            yield pickle.loads(data[start:end])
        at = end


def _collect(child: int, readers: dict[int, str], timeout: float) -> tuple[dict[str, bytearray], int, bool]:
    """Drain the pipes while the child lives. What a grandchild leaves open is not waited for."""
    collected = {kind: bytearray() for kind in readers.values()}
    deadline, timed_out, status = time.monotonic() + timeout, False, None
    with selectors.DefaultSelector() as selector:
        for reader in readers:
            selector.register(reader, selectors.EVENT_READ)
        while selector.get_map():
            if status is None and time.monotonic() > deadline:
                timed_out = True
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)
            ready = selector.select(0 if status is not None else 0.05)
            for key, _ in ready:
                data = os.read(key.fd, 1 << 16)
                collected[readers[key.fd]] += data
                if not data:
                    selector.unregister(key.fd)
            if status is None and not ready:
                ended, code = os.waitpid(child, os.WNOHANG)
                status = code if ended else None
            elif not ready:
                break
        for reader in readers:
            os.close(reader)
    if status is None:
        status = os.waitpid(child, 0)[1]
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return collected, status, timed_out


def _be_the_program(case: Case, scenario: Scenario | None, directory: Path, ends: dict[str, int]) -> NoReturn:
    """The child's whole life."""
    loaded = next(reversed(sys.modules.values()))
    os.setpgid(0, 0)
    os.dup2(ends["stdout"], 1)
    os.dup2(ends["stderr"], 2)
    sys.stdout = sys.__stdout__ = _stream(1)  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _stream(2)  # type: ignore[misc]
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _limit(case, directory)
    run = Run(case, directory, _sink(ends["evidence"]))
    watch(directory, run.sink)
    enter(directory, case.entry, case.argv, case.environment)
    code = perform(run, scenario)
    if case.finalise:
        raise _Exit(code)
    close_down(directory, loaded)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code & 0xFF)


def _stream(descriptor: int) -> TextIOWrapper:
    """Standard output or error anew: by lines, so that what precedes a SIGKILL is known."""
    return open(descriptor, "w", 1, "utf-8", "backslashreplace" if descriptor == 2 else "strict", closefd=False)


def _sink(descriptor: int) -> Callable[[str, Any], None]:
    """Evidence goes out at once, so that what precedes a SIGKILL is known."""
    lock, write, dumps, pack = threading.RLock(), os.write, pickle.dumps, _LENGTH.pack

    def sink(kind: str, data: Any) -> None:
        frame = dumps((kind, data))
        frame = pack(len(frame)) + frame
        with lock:
            while frame:
                frame = frame[write(descriptor, frame) :]

    return sink


def _limit(case: Case, directory: Path) -> None:
    if case.file_size_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (case.file_size_limit, case.file_size_limit))
    if not case.read_only:
        return
    for path in case.read_only:
        (directory / path).chmod(0o555)
    if os.geteuid() == 0:  # root may write everywhere
        for entry in (directory, *directory.rglob("*")):
            os.chown(entry, _NOBODY, _NOBODY)
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def serve(requests: int, answers: int) -> None:
    """Answer each request, a scenario's whereabouts and a pickled `Case`, by an `Observation` or by what went wrong."""
    loaded: dict[Whereabouts, Scenario | None] = {}
    while True:
        try:
            where, pickled = receive(requests)
        except EOFError:
            return
        try:
            if where not in loaded:
                loaded[where] = _find_scenario(*where)
                gc.collect()
                gc.freeze()  # what is here now need not be looked at in every child
            answer: Observation | str = run_forked(pickle.loads(pickled), loaded[where])
        except Exception:
            answer = traceback.format_exc()
        send(answers, answer)


def _find_scenario(module: str | None, name: str | None, path: str | None) -> Scenario | None:
    if name is None or path is None:
        return None
    if module is None:
        return load_scenario(f"{path}:{name}")
    if module not in sys.modules:
        spec = importlib.util.find_spec(module.partition(".")[0]) and importlib.util.find_spec(module)
        if spec is None or spec.origin != path:  # pytest gives test modules names that nothing can be imported by
            spec = importlib.util.spec_from_file_location(module, path)
        assert spec is not None and spec.loader is not None
        sys.modules[module] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[module])
    found: Any = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part)
    scenario: Scenario = found
    return scenario


def main() -> None:
    """Serve on what were standard input and output; programs see neither."""
    sys.path[:] = [entry for entry in sys.path if entry]  # not the directory we were started in
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests' own process, which then closes our input
    for library in _PRELOADED:
        with contextlib.suppress(ImportError):
            importlib.import_module(library)
    sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]  # httpcore looks for it at each request
    gc.freeze()
    try:
        serve(requests, answers)
    except _Exit as ended:
        sys.exit(ended.args[0])
