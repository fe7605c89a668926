"""The commands for teams: what is lived with, what is configured, and the schemas of files that other tools read."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import Command, app
from .errors import run_command, run_request
from .options import Config, Exclude, Ignore, Jobs, NoCache, Paths, PrintFormat, Quiet, Select, option


@app.command(cls=Command, short_help="Write down the findings of today, so that only new ones are shown.")
def baseline(
    paths: Paths = None,
    select: Select = None,
    ignore: Ignore = None,
    exclude: Exclude = None,
    config: Config = None,
    output: Annotated[
        str | None,
        option(
            "--output",
            "-o",
            "FILE",
            "The file; tgfix-baseline.json in the project's directory unless it is configured.",
        ),
    ] = None,
    jobs: Jobs = None,
    no_cache: NoCache = False,
    quiet: Quiet = False,
) -> None:
    """Write what is found today to a file; `--baseline FILE`, or `baseline` in the configuration, shows only what is new.

    Findings are known by what and where they are, not by their lines. What is rewritten or deleted later is told as
    gone; called again, the command takes it out of the file.
    """
    run_request(".baseline", "baseline", locals())


@app.command(cls=Command, short_help="Show what is configured for a file, and where.")
def settings(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file or directory of the project.")] = ".",
    config: Config = None,
    format: PrintFormat = "text",
) -> None:
    """Show the settings that hold for FILE, where each comes from, and which codemods look into it."""
    from .settings import settings_command

    run_command(lambda: settings_command(file, config, format))


@app.command(cls=Command, short_help="Print a JSON schema: settings or report.")
def schema(
    which: Annotated[
        str, typer.Argument(metavar="settings|report", help="Of [tool.tgfix], or of `--format json`.")
    ] = "settings",
) -> None:
    """Print the JSON schema of the configuration, for editors, or of what `--format json` prints."""
    from .schema import schema_command

    run_command(lambda: schema_command(which))


@app.command(cls=Command, short_help="Serve an editor (Language Server Protocol, on stdin and stdout).")
def lsp() -> None:
    """Show findings in an editor while you type, and make changes by its code actions; needs `pip install 'tgfix[lsp]'`.

    Editors start it by themselves; docs/editors.md has the lines for each.
    """
    from .lsp.command import lsp_command

    run_command(lsp_command)
