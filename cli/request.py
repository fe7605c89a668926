"""What the command line asks for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..engine.sources.git import UsageError

#: The name of a source from stdin when --stdin-filename gives none.
STDIN_NAME = "stdin.py"


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    paths: tuple[str, ...] = ()
    dry_run: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    unsafe_fixes: bool | None = None
    assume: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    baseline: str | None = None
    statistics: bool = False
    watch: bool = False
    add_ignore: str | None = None
    remove_unused_ignores: bool = False
    list_all: bool = False
    format: str = "text"
    html: str | None = None
    output: str | None = None
    exit_zero: bool = False
    jobs: str | None = None
    no_cache: bool = False
    config: str | None = None
    stdin_filename: str | None = None
    quiet: bool = False
    verbose: bool = False
    interactive: bool = False
    decisions: str | None = None
    verify: str | None = None
    verify_measure: bool = False
    #: The owner lets the bot be run.
    yes: bool = False
    commit_per_codemod: bool = False
    blame_ignore_revs: bool = False
    bowler: tuple[str, ...] = ()
    libcst: tuple[str, ...] = ()
    staged: bool = False
    hook: bool = False
    since: str | None = None

    @property
    def from_stdin(self) -> bool:
        """Whether the source comes from stdin."""
        return "-" in self.paths


def is_json(format: str) -> bool:
    """Whether a command that prints text or JSON is to print JSON.

    Raises:
        UsageError: neither.
    """
    if format not in ("text", "json"):
        raise UsageError(f"there is no --format {format}; choose one of text, json")
    return format == "json"


def output_file(request: Request) -> Path | None:
    """Where the report goes, looked at before anything is rewritten.

    Raises:
        UsageError: no file can be written there.
    """
    if request.output is None:
        return None
    return writable(Path(request.output), "--output")


def writable(target: Path, option: str) -> Path:
    """The file that an option names.

    Raises:
        UsageError: no file can be written there.
    """
    if target.is_dir():
        raise UsageError(f"{option} {target} is a directory; name a file in it")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"{option} {target}: there is no directory {target.parent}; create it or choose another")
    return target


def stdin_path(request: Request, command: str) -> Path | None:
    """The path that a source from stdin stands for, if there is one.

    Raises:
        UsageError: options exclude each other.
    """
    if request.staged and request.since is not None:
        raise UsageError("--staged and --since exclude each other; choose one")
    if request.from_stdin and (request.staged or request.since is not None):
        raise UsageError("--staged and --since are about files, and `-` reads from stdin; choose one")
    if not request.from_stdin:
        if request.stdin_filename is not None:
            raise UsageError(
                "--stdin-filename goes with `-`, which reads the source from stdin; add `-` or leave it out"
            )
        return None
    if len(request.paths) > 1:
        raise UsageError("`-` reads one source from stdin and cannot be mixed with other paths; call tgfix twice")
    if command == "apply" and not request.dry_run and request.format != "text":
        raise UsageError(f"with `-` the rewritten source goes to stdout, so --format {request.format} needs --dry-run")
    return Path.cwd() / (request.stdin_filename or STDIN_NAME)
