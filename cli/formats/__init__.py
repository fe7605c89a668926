"""The output formats. A new one is a module with `render` and a line in `FORMATS`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module

from ..report import Report


@dataclass(frozen=True)
class Format:
    """A way to report; its module in this package is loaded when it is used."""

    name: str
    #: The commands that offer it.
    commands: tuple[str, ...] = ("apply", "check")

    def render(self, report: Report) -> Iterator[bytes]:
        """The report in this format."""
        render: Iterator[bytes] = import_module(f".{self.name}", __name__).render(report)
        return render


FORMATS = {
    format.name: format
    for format in (
        Format("text", commands=("apply", "check", "report")),
        Format("concise"),
        Format("json", commands=("apply", "check", "report")),
        Format("jsonl"),
        Format("patch", commands=("apply",)),
        Format("markdown", commands=("apply", "report")),  # of `report`, these three are in `cli.overview`
        Format("github"),
        Format("sarif"),
        Format("rdjson"),
        Format("rdjsonl"),
        Format("gitlab"),
        Format("junit"),
        Format("pylint"),
    )
}


def format_named(name: str, command: str) -> Format:
    """The format of that name for a command.

    Raises:
        UsageError: the command has no such format.
    """
    from ...engine.sources.config import did_you_mean
    from ...engine.sources.git import UsageError

    offered = [format.name for format in FORMATS.values() if command in format.commands]
    if name in offered:
        return FORMATS[name]
    if name in FORMATS:
        others = " and ".join(f"`tgfix {other}`" for other in FORMATS[name].commands)
        raise UsageError(f"--format {name} belongs to {others}; `tgfix {command}` has {', '.join(offered)}")
    hint = did_you_mean(name, offered)
    raise UsageError(f"there is no --format {name} (there is {', '.join(offered)}){hint}")
