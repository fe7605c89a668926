"""The language server: what it answers, and when it looks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument

from ... import __version__
from ...engine.model import Change, Finding
from ...engine.sources.config_file import find_root
from ...engine.sources.git import UsageError
from . import granting, protocol, rewrites
from .looking import Look, Looker, looked

#: Seconds of quiet after an edit before it is looked at.
DELAY = 0.25

#: A whole file at once, as editors ask for it when they save.
FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.tgfix"

#: Files whose changes outside of the editor count.
WATCHED = ("**/*.py", "**/tgfix.toml", "**/pyproject.toml", "**/requirements*.txt", "**/.tgfix/decisions.json")


class Server(LanguageServer):
    """Holds the projects of open files, and what was found last in each file."""

    def __init__(self) -> None:
        # whole texts: a text that is put together from edits by other rules of lines would drift from the client's
        super().__init__("tgfix", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.trusted = False
        self._lookers: dict[Path, Looker] = {}
        self._looks: dict[str, tuple[int | None, Look]] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._told: set[str] = set()
        # one at a time: a project is not made for several threads, and what waits can still be dropped
        self._worker = ThreadPoolExecutor(1, "tgfix")

    @property
    def encoding(self) -> types.PositionEncodingKind | str:
        """The units of columns."""
        return self.workspace.position_encoding or types.PositionEncodingKind.Utf16

    def positions(self, text: str) -> protocol.Positions:
        """Positions of a text, in these units."""
        return protocol.Positions(text, self.encoding)

    # Looking

    def look_soon(self, uri: str, delay: float = DELAY) -> None:
        """Look at a file, and at the other open ones, once there was quiet; what waited before is dropped."""
        for other in dict.fromkeys((uri, *self._open())):
            self._drop(other)
            self._waiting[other] = asyncio.get_running_loop().create_task(self._look_later(other, delay))

    def forget(self, uri: str) -> None:
        """A file was closed."""
        self._looks.pop(uri, None)
        self._drop(uri)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def look_afresh(self) -> None:
        """Files have changed outside of the editor, or a configuration has: nothing that was found out holds."""
        self._lookers.clear()
        self._looks.clear()
        self._told.clear()
        if opened := self._open():
            self.look_soon(opened[0])  # and so at the others

    async def look(self, uri: str) -> Look | None:
        """What is found in the text as it is now; None where it is none of a project, or has changed meanwhile."""
        document = self.workspace.text_documents.get(uri)
        path = _path(uri)
        if document is None or path is None:
            return None
        version = document.version
        known = self._looks.get(uri)
        if known is not None and known[0] == version:
            return known[1]
        texts = {its: self.workspace.text_documents[other].source for other in self._open() if (its := _path(other))}
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._worker, self._look, path, texts)
        except UsageError as error:
            self._tell(str(error))
            return None
        document = self.workspace.text_documents.get(uri)
        if document is None or document.version != version:
            return None
        self._looks[uri] = (version, found)
        return found

    async def rewritten(self, uri: str, asked: dict[str, Any]) -> types.WorkspaceEdit | None:
        """The edit that a code action stands for, if the text is still the one that it was offered for."""
        look = await self.look(uri)
        document = self.workspace.text_documents.get(uri)
        if look is None or document is None or document.version != asked["version"]:
            return None
        texts = {path: held.source for path, held in self._held().items()}
        after = await asyncio.get_running_loop().run_in_executor(self._worker, _made, look, asked, texts)
        return protocol.workspace_edit(after, self.encoding, self._versions()) if after else None

    async def _look_later(self, uri: str, delay: float) -> None:
        await asyncio.sleep(delay)
        self._looks.pop(uri, None)  # another file may have changed
        look = await self.look(uri)
        if look is not None and uri in self.workspace.text_documents:
            found = list(protocol.diagnostics(look, self.positions(look.text)))
            version = self.workspace.text_documents[uri].version
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))

    def _look(self, path: Path, texts: dict[Path, str]) -> Look:
        root = find_root(path)
        if root not in self._lookers:
            self._lookers[root] = Looker(path, trusted=self.trusted)
        return looked(self._lookers[root], path, {its: text for its, text in texts.items() if find_root(its) == root})

    def _open(self) -> list[str]:
        return [uri for uri, document in self.workspace.text_documents.items() if _is_python(uri, document.language_id)]

    def _held(self) -> dict[Path, TextDocument]:
        """What the editor has open of any language, by the paths of the files."""
        documents = self.workspace.text_documents
        return {path: document for uri, document in documents.items() if (path := _path(uri)) is not None}

    def _drop(self, uri: str) -> None:
        """A look that waits is not taken."""
        waiting = self._waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()

    def _tell(self, message: str) -> None:
        if message not in self._told:
            self._told.add(message)
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, f"tgfix: {message}"))

    def _versions(self) -> dict[Path, int | None] | None:
        """The versions of open files, where the client takes them with edits."""
        workspace = self.client_capabilities.workspace
        edit = workspace.workspace_edit if workspace else None
        creates = edit is not None and types.ResourceOperationKind.Create in (edit.resource_operations or ())
        if edit is None or not edit.document_changes or not creates:
            return None
        return {path: held.version for path, held in self._held().items()}


def _path(uri: str) -> Path | None:
    name = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(name) if name else None


def _is_python(uri: str, language: str | None) -> bool:
    return _path(uri) is not None and (language == "python" or uri.endswith((".py", ".pyw")))


def _made(look: Look, asked: dict[str, Any], texts: dict[Path, str]) -> rewrites.Texts:
    """What a code action makes of the texts, some of them open; it names its findings by their fingerprints."""
    findings = [finding for finding in look.findings if finding.fingerprint in asked["findings"]]
    if not findings:
        return {}
    if asked["do"] == "ignore":
        return rewrites.ignored(look, findings[0])
    if asked["do"] == "all":
        return rewrites.made(look, rewrites.safe(findings))
    forms = _forms(findings[0])
    if asked["form"] >= len(forms):
        return {}
    form = forms[asked["form"]]
    return rewrites.granting(look, form, texts) if asked["do"] == "grant" else rewrites.made(look, [form])


def _forms(finding: Finding) -> list[Change]:
    return [finding.change, *finding.alternatives] if finding.change is not None else []


def actions(
    look: Look, uri: str, version: int | None, positions: protocol.Positions, asked: types.CodeActionParams
) -> Iterator[types.CodeAction]:
    """What can be done at a place, without edits: these are worked out when one is chosen."""

    def action(title: str, kind: str, do: str, about: list[Finding], **more: Any) -> types.CodeAction:
        data = {"uri": uri, "version": version, "do": do, "findings": [f.fingerprint for f in about], **more}
        return types.CodeAction(title, kind=kind, data=data)

    fix = types.CodeActionKind.QuickFix.value
    here = [finding for finding in look.findings if positions.meets(finding, asked.range)]
    about = {d.data["fingerprint"]: d for d in asked.context.diagnostics if isinstance(d.data, dict)}
    for finding in here:
        for number, change in enumerate(_forms(finding)):
            offered = action(f"{change.title} [{change.safety.value}]", fix, "change", [finding], form=number)
            offered.is_preferred = change is finding.choose(unsafe=False)
            offered.diagnostics = [about[finding.fingerprint]] if finding.fingerprint in about else None
            yield offered
    for finding in here:
        if finding.change is not None and finding.change.open:
            names = " and ".join(f"`{name}`" for name in rewrites.to_grant(finding.change))
            where = granting.file_of(look.project.settings).name
            title = f"{finding.change.title}, and grant {names} to the project in {where}"
            yield action(title, fix, "grant", [finding], form=0)
    for code in dict.fromkeys(finding.code for finding in here):
        alike = [finding for finding in look.findings if finding.code == code and finding.choose(unsafe=False)]
        if len(alike) > 1:
            yield action(
                f"Make all {len(alike)} safe changes of {code} {alike[0].name} in this file", fix, "all", alike
            )
    for finding in here:
        yield action(f"Ignore {finding.kind} here", fix, "ignore", [finding])
    everything = [finding for finding in look.findings if finding.choose(unsafe=False)]
    if everything:
        yield action(f"Make all safe changes of tgfix in this file ({len(everything)})", FIX_ALL, "all", everything)


def wanted(kind: str, only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether a client that asks for certain kinds of actions wants this one."""
    names = [str(getattr(each, "value", each)) for each in only or ()]
    return not names or any(kind == name or kind.startswith(f"{name}.") for name in names)
