"""How a change is laid out on the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ...engine.review.item import Item, State
from ...engine.run.plan import Proposal
from ...engine.sources.source import SourceError, SourceFile
from ..diffrows import diff_rows
from ..report import place_of
from .function import function_rows
from .screen import Screen

Label = Callable[[Path], str]


def change(
    screen: Screen,
    item: Item,
    number: str,
    proposal: Proposal,
    parts: Mapping[Path, tuple[bytes | None, bytes]],
    label: Label,
    assumed: Sequence[str],
) -> None:
    """A change with everything that is to be known for a decision."""
    finding = item.finding
    notes = [f"form {item.form + 1}/{len(item.forms)} (Tab)"] if len(item.forms) > 1 else []
    notes += ["shown afresh"] if item.afresh else []
    notes += [item.state.value] if item.state is not State.OPEN else []
    place = f"{place_of(finding.path, finding.line, label(finding.path))}:{finding.column + 1}"
    codemod = finding.kind
    screen.header(number, place, codemod, item.change.safety.value, ", ".join(notes))
    screen.title(item.change.title, item.change.why, assumed)
    for path, (before, after) in sorted(parts.items()):
        old, new = text_of(proposal, path, before), text_of(proposal, path, after)
        screen.file(label(path), diff_rows(old, new), old, new, is_new=before is None)
    screen.say()


def function(screen: Screen, item: Item, proposal: Proposal, label: Label) -> None:
    """The whole function around a change, before and after."""
    path = item.finding.path
    before, after = (text_of(proposal, path, data) for data in proposal.alone[path])
    rows = function_rows(before, after, item.finding)
    screen.file(f"{label(path)}, {item.finding.scope or 'module'}", [rows], before, after, is_new=False)
    screen.say()


def text_of(proposal: Proposal, path: Path, data: bytes | None) -> str:
    """The bytes of a file as text."""
    source = proposal.project.source(path)
    return (data or b"").decode(source.encoding if source else "utf-8", "replace").removeprefix("\ufeff")


def decoded(proposal: Proposal, path: Path, data: bytes) -> str:
    """What an editor has made of a file, as text.

    Raises:
        SourceError: it is no text in the encoding of the file.
    """
    source = proposal.project.source(path)
    if source is None:
        return SourceFile.from_bytes(path, data).text
    try:
        return data.decode(source.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise SourceError(f"it is not valid {source.encoding}: {error.reason}") from None
