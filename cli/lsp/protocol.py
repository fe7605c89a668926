"""Findings and texts as the protocol has them: positions in the client's units, diagnostics, edits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.uris import from_fs_path

from ...engine.model import Finding, Safety
from ...engine.sources.source import LINE
from .. import assumptions
from ..formats.entries import line_replacements
from ..report import label

if TYPE_CHECKING:
    from ...engine.model import Assumption, Change
    from .looking import Look
    from .rewrites import Texts

_SEVERITIES = {
    Safety.SAFE: types.DiagnosticSeverity.Warning,
    Safety.UNSAFE: types.DiagnosticSeverity.Information,
    Safety.REPORT: types.DiagnosticSeverity.Hint,
}


class Positions:
    """Positions of one text in the units that were agreed on with the client: lines from 0, columns in UTF-16 mostly."""

    def __init__(self, text: str, encoding: types.PositionEncodingKind | str) -> None:
        self.lines = LINE.findall(text)
        self.encoding = str(getattr(encoding, "value", encoding))

    def at(self, line: int, column: int) -> types.Position:
        """From a 1-based line and a column in characters."""
        text = self.lines[line - 1][:column] if line <= len(self.lines) else ""
        return types.Position(line - 1, self._units(text))

    def range(self, finding: Finding) -> types.Range:
        """Where a finding stands, or one of its places."""
        return types.Range(self.at(finding.line, finding.column), self.at(finding.end_line, finding.end_column))

    def meets(self, finding: Finding, spot: types.Range) -> bool:
        """Whether a range has something in common with one of a finding's places."""
        return any(overlap(self.range(place), spot) for place in finding.places)

    def end(self) -> types.Position:
        """Behind the last character."""
        if not self.lines or self.lines[-1].endswith(("\n", "\r")):
            return types.Position(len(self.lines), 0)
        return types.Position(len(self.lines) - 1, self._units(self.lines[-1]))

    def edits(self, after: str) -> list[types.TextEdit]:
        """What makes another text of it: whole lines."""
        found = []
        for part in line_replacements(self.lines, LINE.findall(after)):
            first, last = types.Position(part.first - 1, 0), types.Position(part.last - 1, 0)
            end = self.end()
            spot = types.Range(min(first, end, key=_order), min(last, end, key=_order))
            found.append(types.TextEdit(spot, part.text))
        return found

    def _units(self, text: str) -> int:
        match self.encoding:
            case "utf-8":
                return len(text.encode("utf-8", "surrogatepass"))
            case "utf-32":
                return len(text)
            case _:
                return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _order(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def overlap(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges touch."""
    return _order(one.start) <= _order(other.end) and _order(other.start) <= _order(one.end)


def diagnostics(look: Look, positions: Positions) -> Iterator[types.Diagnostic]:
    """What an editor underlines: findings by what may be claimed of them, and what stands against looking at the file."""
    for finding in look.findings:
        change = finding.change
        lines = [finding.message]
        if change is None:
            lines.append(f"left alone: {finding.reason}")
        else:
            lines += [f"{change.title} [{change.safety.value}]"]
            lines += assumptions.lines(change, lambda path: label(path, look.project.settings.root))
        for place in finding.places:
            yield types.Diagnostic(
                positions.range(place),
                "\n".join(lines),
                severity=_SEVERITIES[finding.safety],
                code=place.code,
                source="tgfix",
                related_information=[_related(a) for a in change.open if a.path is not None] if change else None,
                data={"fingerprint": finding.fingerprint, "safety": finding.safety.value},
            )
    for problem in look.problems:
        start = types.Position((problem.line or 1) - 1, 0)
        yield types.Diagnostic(
            types.Range(start, types.Position(start.line + 1, 0)),
            problem.message,
            severity=types.DiagnosticSeverity.Information,
            source="tgfix",
        )


def _related(assumption: Assumption) -> types.DiagnosticRelatedInformation:
    start = types.Position((assumption.line or 1) - 1, 0)
    place = types.Location(from_fs_path(str(assumption.path)) or "", types.Range(start, start))
    return types.DiagnosticRelatedInformation(place, f"{assumption.hazard.value}: {assumption.sentence}")


def hover(finding: Finding, root: Path) -> str:
    """Everything that is to be said of a finding, in Markdown."""
    parts = [f"**{finding.kind}**: {finding.message}"]
    if finding.change is None:
        parts.append(f"Left alone: {finding.reason}")
    for change in (finding.change, *finding.alternatives):
        if change is not None:
            parts.append("\n".join(_form(change, root)))
    return "\n\n".join(parts)


def _form(change: Change, root: Path) -> Iterator[str]:
    yield f"**{change.title}** [{change.safety.value}]  "
    yield f"{change.why}\n"
    for line in assumptions.lines(change, lambda path: label(path, root)):
        yield f"- {line}"
    for proof in assumptions.proofs(change):
        yield f"- proved `{proof['name']}`: {proof['because']}"


def workspace_edit(
    texts: Texts, encoding: types.PositionEncodingKind | str, versions: dict[Path, int | None] | None
) -> types.WorkspaceEdit:
    """New texts as an edit; `versions` of open files where the client takes versioned edits and new files."""
    if versions is None:
        return types.WorkspaceEdit(
            changes={_uri(path): Positions(old or "", encoding).edits(new) for path, (old, new) in texts.items()}
        )
    changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    for path, (old, new) in texts.items():
        if old is None:
            changes.append(types.CreateFile(_uri(path), options=types.CreateFileOptions(ignore_if_exists=True)))
        document = types.OptionalVersionedTextDocumentIdentifier(uri=_uri(path), version=versions.get(path))
        edits: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = []
        edits += Positions(old or "", encoding).edits(new)
        changes.append(types.TextDocumentEdit(document, edits))
    return types.WorkspaceEdit(document_changes=changes)


def _uri(path: Path) -> str:
    return from_fs_path(str(path)) or ""
