"""The typer application that the commands are added to."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command_name


class _AsIs:
    """Takes the place of typer's converting: all parameters are text or flags, and it loads pydantic (70 ms)."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        if value is None:
            return [] if param.multiple or param.nargs == -1 else None
        return list(value) if isinstance(value, (list, tuple)) else value


def _unconverted(params: list[Any]) -> list[Any]:
    for param in params:
        if hasattr(param, "get_runtime_param"):  # typer >= 0.29
            param.get_runtime_param = _AsIs
    return params


class Command(TyperCommand):
    """A command whose parameters stay as they are given."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Options whose value may be left out have an empty one then."""
        end = args.index("--") if "--" in args else len(args)
        options = [f"{arg}=" if arg == "--add-ignore" else arg for arg in args[:end]]
        parsed: list[str] = super().parse_args(ctx, options + args[end:])
        return parsed

    def get_params(self, ctx: Any) -> list[Any]:
        """Its parameters, without typer's converting."""
        return _unconverted(super().get_params(ctx))


class _Group(TyperGroup):
    def get_params(self, ctx: Any) -> list[Any]:
        return _unconverted(super().get_params(ctx))


app = typer.Typer(
    name="tgfix",
    cls=_Group,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`tgfix COMMAND --help` explains a command. Exit codes: 0 done, 1 findings or changes to make, 2 an error.",
)


def called_by(args: Sequence[str]) -> typer.Typer:
    """The application with no command but the one that `args` begin with, if it is one.

    For each call typer works out the parameters of all commands from their signatures, which takes longer than a small check.
    """

    def name(command: Any) -> str:
        return command.name or get_command_name(command.callback.__name__)

    alone = copy.copy(app)
    alone.registered_commands = [each for each in app.registered_commands if args[:1] == [name(each)]]
    return alone if alone.registered_commands else app
