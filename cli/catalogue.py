"""The commands about codemods themselves: list, explain, new, test."""

from __future__ import annotations

from typing import Annotated

import typer

from .app import Command, app
from .errors import run_command
from .options import PrintFormat, option


@app.command("list", cls=Command, short_help="List the codemods.")
def list_(
    format: PrintFormat = "text",
) -> None:
    """List the codemods: code, name, what its rewrites may claim, and what it does."""
    from .describe import list_command

    run_command(lambda: list_command(format))


@app.command(cls=Command, short_help="Explain a codemod, with examples.")
def explain(
    code: Annotated[
        str,
        typer.Argument(
            metavar="CODE",
            help="A codemod: code (TGF501) or name; an assumption; or `safety`.",
            show_default=False,
        ),
    ],
    everything: Annotated[
        bool, typer.Option("--all", help="Everything: when it leaves code alone, and every example.")
    ] = False,
    format: PrintFormat = "text",
) -> None:
    """Explain a codemod: what it rewrites, why that is slow, when it is safe, its options, and an example as a diff.

    Or an assumption that changes may make: what it means, when it is proved, and a program that shows how it bites.
    """
    from .describe import explain_command

    run_command(lambda: explain_command(code, format, everything=everything))


@app.command(cls=Command, short_help="Write the beginnings of a new codemod.")
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Its name: the outcome, in kebab-case.", show_default=False)
    ],
    code: Annotated[str | None, option("--code", "CODE", "Its code; LOC001 outside tgfix.")] = None,
    plugin: Annotated[bool, typer.Option("--plugin", help="As a package of its own that others can install.")] = False,
) -> None:
    """Write a codemod with documentation, examples and tests that pass at once, to be filled in.

    In a checkout of tgfix it becomes a room of the suite, elsewhere a file in tools/.
    """
    from .authoring.new import new_command

    run_command(lambda: new_command(name, code=code, plugin=plugin))


@app.command(cls=Command, short_help="Run the examples of codemods.")
def test(
    targets: Annotated[
        list[str], typer.Argument(metavar="PATH", help="Files, directories, codes or names.", show_default=False)
    ],
) -> None:
    """Run the examples of codemods: as they stand, with other newlines and encodings, deeper, twice, and in part.

    The exit code is 1 if an example does not do what it says.
    """
    from .authoring.examples import test_command

    run_command(lambda: test_command(targets))
