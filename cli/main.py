"""The `tgfix` command: what can be called, and with which options."""

from __future__ import annotations

import atexit
import gc
import sys
from typing import Annotated

import typer

from .. import __version__
from . import catalogue as catalogue
from . import measure as measure
from . import options
from . import team as team
from .app import Command, app, called_by
from .errors import FAILED, INTERRUPTED, complain, note, run_command, run_request, usage_message


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tgfix {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _top(
    ctx: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", "-V", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Rewrite performance anti-patterns of Telegram bots (python-telegram-bot, Telethon), each as a diff to review.

    Start with `tgfix apply --dry-run`: it shows what would change and writes nothing.
    """
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


@app.command(cls=Command, short_help="Rewrite files in place, or show how: --dry-run.")
def apply(
    paths: options.Paths = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "--diff", help="Show the diffs and write nothing.")] = False,
    interactive: Annotated[bool, typer.Option("--interactive", "-i", help="Decide change by change.")] = False,
    select: options.Select = None,
    ignore: options.Ignore = None,
    unsafe_fixes: options.UnsafeFixes = None,
    assume: options.Assume = None,
    exclude: options.Exclude = None,
    baseline: options.Baseline = None,
    decisions: options.DecisionsFile = None,
    verify: options.Verify = None,
    verify_measure: options.VerifyMeasure = False,
    yes: options.RunIt = False,
    commit_per_codemod: options.CommitPerCodemod = False,
    blame_ignore_revs: options.BlameIgnoreRevs = False,
    format: options.ApplyFormat = "text",
    output: options.Output = None,
    exit_zero: options.ExitZero = False,
    staged: options.Staged = False,
    hook: options.Hook = False,
    since: options.Since = None,
    bowler: options.Bowler = None,
    libcst: options.Libcst = None,
    config: options.Config = None,
    stdin_filename: options.StdinFilename = None,
    color: options.Color = None,
    jobs: options.Jobs = None,
    no_cache: options.NoCache = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Rewrite files in place, safe changes only unless asked otherwise.

    With --dry-run nothing is written: the diffs are printed, then those that need a person's eye, then what is left
    alone and why; the exit code is 1 if there is anything to apply. `tgfix apply --dry-run --format patch | git apply`
    does what `tgfix apply` does. With `-` as PATH the source is read from stdin and the rewritten source printed.
    With --interactive each change is shown and decided by a key. `tgfix undo` takes a run back.
    """
    run_request(".apply", "apply", locals())


@app.command(cls=Command, short_help="Report findings like a linter, change nothing.")
def check(
    paths: options.Paths = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    unsafe_fixes: options.UnsafeFixes = None,
    assume: options.Assume = None,
    exclude: options.Exclude = None,
    baseline: options.Baseline = None,
    list_all: options.ListAll = False,
    statistics: options.Statistics = False,
    watch: options.Watch = False,
    add_ignore: options.AddIgnore = None,
    remove_unused_ignores: options.RemoveUnusedIgnores = False,
    format: options.CheckFormat = "text",
    output: options.Output = None,
    exit_zero: options.ExitZero = False,
    staged: options.Staged = False,
    since: options.Since = None,
    bowler: options.Bowler = None,
    libcst: options.Libcst = None,
    config: options.Config = None,
    stdin_filename: options.StdinFilename = None,
    color: options.Color = None,
    jobs: options.Jobs = None,
    no_cache: options.NoCache = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Report findings like a linter and change nothing; exit code 1 if there is one that can be rewritten.

    --add-ignore and --remove-unused-ignores change comments, and nothing else.
    """
    run_request(".apply", "check", locals())


@app.command(cls=Command, short_help="Say where the bot loses time, and what to do: --html.")
def report(
    paths: options.Paths = None,
    html: options.Html = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    unsafe_fixes: options.UnsafeFixes = None,
    assume: options.Assume = None,
    exclude: options.Exclude = None,
    baseline: options.Baseline = None,
    decisions: options.DecisionsFile = None,
    staged: options.Staged = False,
    since: options.Since = None,
    bowler: options.Bowler = None,
    libcst: options.Libcst = None,
    format: options.ReportFormat = "text",
    output: options.Output = None,
    config: options.Config = None,
    color: options.Color = None,
    jobs: options.Jobs = None,
    no_cache: options.NoCache = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Say where the bot loses time and what to do about it, in order of gain; nothing is rewritten.

    First a map: handlers and what they touch, what runs beside them, what they share. --html writes one page with it, every change, and
    buttons to accept and refuse; the decisions it saves are applied by `tgfix apply --decisions FILE`.
    """
    run_request(".page.command", "report", locals())


@app.command(cls=Command, short_help="List or forget what was decided in reviews.")
def decisions(
    action: Annotated[str, typer.Argument(metavar="list|forget", help="What to do.")] = "list",
    which: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="WHICH",
            help="Fingerprints, codes or names of codemods, or paths; to forget everything: ALL.",
            show_default=False,
        ),
    ] = None,
    project: options.Project = None,
) -> None:
    """List what was accepted and refused in reviews of the project, or forget it, so that it is asked again."""
    from .decisions import decisions_command

    run_command(lambda: decisions_command(action, tuple(which or ()), project))


@app.command(cls=Command, short_help="Take an earlier run back.")
def undo(
    run: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help="A run as `tgfix undo --list` names it; the last one when none is given.",
            show_default=False,
        ),
    ] = None,
    list_runs: Annotated[bool, typer.Option("--list", help="List the runs that can be undone, newest first.")] = False,
    project: options.Project = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name every file.")] = False,
) -> None:
    """Put back the files of an earlier `tgfix apply`, byte for byte; files that were changed since are left alone."""
    from .undo import list_command, undo_command

    run_command(
        lambda: list_command(project) if list_runs else undo_command(run, project, verbose=verbose), verbose=verbose
    )


@app.command(cls=Command, short_help="Forget what is remembered in .tgfix_cache.")
def clean(project: options.Project = None) -> None:
    """Remove `.tgfix_cache`, where tgfix remembers what it has found, from the project; the next run writes it anew."""
    from .clean import clean_command

    run_command(lambda: clean_command(project))


@app.command(cls=Command, short_help="Set tgfix up in a project.")
def init(
    directory: Annotated[
        str | None,
        typer.Argument(metavar="DIR", help="The project; the current directory when not given.", show_default=False),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Change the files without asking.")] = False,
    skill: Annotated[
        bool,
        typer.Option("--skill", help="Add a workflow for coding agents instead: .agents/skills or .claude/skills."),
    ] = False,
) -> None:
    """Add tgfix to a project: a hook to .pre-commit-config.yaml, a table to pyproject.toml, a line to .gitignore.

    What stands in these files stays as it is. Each change is shown and asked about; a second call finds nothing to do.
    """
    from .init import init_command

    run_command(lambda: init_command(directory, yes=yes, skill=skill))


def main(args: list[str] | None = None) -> None:
    """Run `tgfix` and leave the interpreter with its exit code."""
    # Syntax trees are many objects and few cycles: looking for cycles as often as Python does by default takes a quarter
    # of the time of a large project, looking a thousand times less often costs a tenth more memory.
    gc.set_threshold(200_000, 20, 100)
    # Else Python, when it ends, looks for cycles in all that is to go with it anyway: a third of the time of a check.
    atexit.register(gc.freeze)
    try:
        code = called_by(sys.argv[1:] if args is None else args)(args, prog_name="tgfix", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        note("interrupted: nothing was written")
        code = INTERRUPTED
    except Exception as error:
        # typer's own usage errors, from whichever package its version keeps them in
        if not hasattr(error, "format_message"):
            raise
        complain(usage_message(error))
        code = FAILED
    sys.exit(code or 0)
