"""`tgfix measure`: the bot offline, before and after changes. Here is how it is called."""

from __future__ import annotations

from typing import Annotated

import typer

from ..app import Command, app
from ..errors import run_command
from ..options import Assume, Color, Config, Ignore, Output, PrintFormat, Quiet, Select, UnsafeFixes, Verbose, option


@app.command(cls=Command, short_help="Run the bot offline before and after, and compare.")
def measure(
    path: Annotated[str, typer.Argument(metavar="PATH", help="The project, or the program that starts the bot.")] = ".",
    before: Annotated[
        str | None,
        option("--before", "REF", "Compare the files as they are with this revision of git; rewrite nothing."),
    ] = None,
    select: Select = None,
    ignore: Ignore = None,
    unsafe_fixes: UnsafeFixes = None,
    assume: Assume = None,
    api_latency: Annotated[
        str, typer.Option("--api-latency", metavar="TIME", help="What a request to Telegram takes.")
    ] = "30ms",
    http_latency: Annotated[
        str, typer.Option("--http-latency", metavar="TIME", help="What a request to another server takes.")
    ] = "20ms",
    users: Annotated[
        str, typer.Option("--users", metavar="N", help="Measure under load as well: so many users at once.")
    ] = "0",
    faults: Annotated[
        bool, typer.Option("--faults", help="Compare as well what the bot does when requests to Telegram fail.")
    ] = False,
    python: Annotated[
        str | None,
        option("--python", "FILE", "The Python that the bot runs with; that of its virtual environment."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Run the program without asking.")] = False,
    format: PrintFormat = "text",
    output: Output = None,
    config: Config = None,
    color: Color = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Run the bot offline, as it is and as `tgfix apply` would make it, and say what moved; nothing is rewritten.

    The program runs in a copy without secrets, with a token that opens nothing, and reaches no network: Telegram and other
    servers are played. Updates are made from its handlers. First it is said which handlers and which rewritten places ran;
    then come counts, and what the bot did differently, with exit code 1 where that is anything.
    """
    given = locals()
    from .asked import Asked
    from .command import measure_command

    asked = Asked.of(given)
    run_command(lambda: measure_command(asked), verbose=verbose)
