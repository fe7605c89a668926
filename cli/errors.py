"""Exit codes, and errors as one line that says what is wrong and what to do."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

#: Nothing to do, or everything asked for was applied.
DONE = 0
#: Findings (`check`), or changes that would be applied (`apply --dry-run`).
FOUND = 1
#: The call is wrong and nothing was written, or something failed and the rest was done.
FAILED = 2
INTERRUPTED = 130


class Interrupted(Exception):
    """Ctrl-C arrived; the message says what was written until then."""


def complain(message: str) -> None:
    """Print one line of error to stderr."""
    _to_stderr(f"tgfix: error: {' '.join(message.split())}")


def note(message: str) -> None:
    """Print one line that is no error to stderr."""
    _to_stderr(f"tgfix: {message}")


def run_command(work: Callable[[], int], *, verbose: bool = False) -> NoReturn:
    """Leave the program with the exit code of `work`; what it raises becomes one line on stderr, never a traceback.

    Raises:
        typer.Exit: always.
    """
    import typer

    from ..engine.sources.git import UsageError

    try:
        code = work()
    except UsageError as error:
        complain(str(error))
        code = FAILED
    except Interrupted as error:
        note(f"interrupted: {error}")
        code = INTERRUPTED
    except KeyboardInterrupt:
        note("interrupted: nothing was written")
        code = INTERRUPTED
    except typer.Exit:
        raise
    except OSError as error:
        where = f"{os.fsdecode(error.filename)}: " if error.filename is not None else ""
        complain(f"{where}{error.strerror or error}")
        code = FAILED
    except Exception as error:
        if verbose:
            traceback.print_exc()
        complain(_report_request(error, verbose=verbose))
        code = FAILED
    raise typer.Exit(code)


def run_request(module: str, command: str, given: dict[str, Any]) -> NoReturn:
    """Do what the options of a command ask for, by the function of that name in a module of this package.

    Each option is a field of `Request`, but for `color`, which has been dealt with.

    Raises:
        typer.Exit: always.
    """
    from importlib import import_module

    from .request import Request

    asked: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    request = Request(**{name: value for name, value in asked.items() if value is not None and name != "color"})
    work = getattr(import_module(module, __package__), f"{command}_command")
    run_command(lambda: work(request), verbose=request.verbose)


def _report_request(error: Exception, *, verbose: bool) -> str:
    hint = "" if verbose else " (--verbose shows where)"
    what = f"internal error: {type(error).__name__}: {error}{hint}"
    return f"{what}. This is a bug in tgfix; please report it with this line"


def usage_message(error: Exception) -> str:
    """The message of a usage error that typer found, with the way to help."""
    text: str = error.format_message() if hasattr(error, "format_message") else str(error)
    stop = "" if text.endswith((".", "?")) else "."
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "tgfix"
    return f"{text}{stop} `{command} --help` shows how it is called"


def _to_stderr(line: str) -> None:
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except UnicodeEncodeError:
        encoding = sys.stderr.encoding or "ascii"
        sys.stderr.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    except OSError:
        pass  # nobody reads stderr any more
