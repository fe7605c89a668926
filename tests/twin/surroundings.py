"""What is around a program while it runs: its place in the process, and the watch over what it lets out."""

from __future__ import annotations

import itertools
import logging
import os
import random
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from .observation import Logged
from .plain import Raised, normalise

#: Where evidence goes while the run lasts: what it is, and the plain data.
Sink = Callable[[str, Any], None]


def watch(directory: Path, sink: Sink) -> Callable[[], None]:
    """Send handled log records, warnings and exceptions that nobody could catch to `sink`; returns the undoing.

    Records are seen where handlers would be called, without a handler being added: `logging.basicConfig` and the
    handler of last resort work as if nobody watched.
    """
    root, scratch = logging.getLogger(), str(directory)
    call_handlers, excepthook, unraisablehook = logging.Logger.callHandlers, threading.excepthook, sys.unraisablehook
    level, handlers = root.level, root.handlers[:]

    def watch_record(logger: logging.Logger, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        described = None if error is None else Raised.of(error, scratch)
        sink("log", Logged(record.name, record.levelname, normalise(record.getMessage(), scratch), described))
        call_handlers(logger, record)

    def watch_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        sink("warning", f"{category.__name__}: {normalise(str(message), scratch)}")

    def watch_unraisable(lost: Any) -> None:
        sink(
            "unraisable", f"Exception ignored in {normalise(repr(lost.object))}: {Raised.of(lost.exc_value, scratch)}\n"
        )

    def watch_thread(lost: Any) -> None:
        sink("unraisable", f"Exception in thread: {Raised.of(lost.exc_value, scratch)}\n")

    def undo() -> None:
        logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
        sys.unraisablehook, threading.excepthook = unraisablehook, excepthook
        root.setLevel(level)
        root.handlers[:] = handlers
        filters.__exit__(None, None, None)

    filters = warnings.catch_warnings()
    filters.__enter__()
    warnings.simplefilter("always")
    warnings.showwarning = watch_warning
    logging.Logger.callHandlers = watch_record  # type: ignore[method-assign,assignment]
    sys.unraisablehook, threading.excepthook = watch_unraisable, watch_thread
    return undo


def enter(directory: Path, entry: str, arguments: Sequence[str], variables: Mapping[str, str]) -> Callable[[], None]:
    """Take up the directory, import path, arguments, environment and random numbers of a run; returns the undoing."""
    here, path, argv, environment = Path.cwd(), sys.path[:], sys.argv, dict(os.environ)
    bytecode, numbers = sys.dont_write_bytecode, random.getstate()

    def undo() -> None:
        for name, module in list(sys.modules.items()):
            if is_of(module, directory):
                del sys.modules[name]
        sys.path[:], sys.argv, sys.dont_write_bytecode = path, argv, bytecode
        os.environ.clear()
        os.environ.update(environment)
        random.setstate(numbers)
        os.chdir(here)

    os.chdir(directory)
    sys.path.insert(0, str(directory))
    sys.argv = [f"{entry}.py", *arguments]
    sys.dont_write_bytecode = True
    os.environ.update(variables)
    if "SSL_CERT_FILE" in variables:
        _trust(variables["SSL_CERT_FILE"])
    random.seed(0)
    return undo


def is_of(module: ModuleType, directory: Path) -> bool:
    """Whether `module` is one of the program's."""
    path = vars(module).get("__file__")  # not getattr: lazy modules would load themselves
    return isinstance(path, str) and path.startswith(f"{directory}{os.sep}")


def later_than(last: ModuleType) -> list[ModuleType]:
    """The modules that were loaded after that one. Others are not touched: in a forked process that would copy them."""
    later = itertools.takewhile(lambda module: module is not last, reversed(sys.modules.values()))
    return list(later)[::-1]


def _trust(authority: str) -> None:
    """Make aiohttp, which builds its TLS context when it is imported, trust what the others read for themselves."""
    context = getattr(sys.modules.get("aiohttp.connector"), "_SSL_CONTEXT_VERIFIED", None)
    if context is not None:
        context.load_verify_locations(authority)
