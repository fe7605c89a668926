"""`tgfix lsp`: serve an editor on stdin and stdout until it says goodbye."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from ...engine.sources.git import UsageError

if TYPE_CHECKING:
    from .server import Server


def lsp_command() -> int:
    """Serve.

    Raises:
        UsageError: pygls is not installed.
    """
    if find_spec("pygls") is None:
        raise UsageError("`tgfix lsp` needs pygls: pip install 'tgfix[lsp]'")
    make_server().start_io()
    return 0


def make_server() -> Server:
    """A server with everything it answers."""
    from .server import Server

    server = Server()
    _follow(server)
    _answer(server)
    return server


def _follow(server: Server) -> None:
    """What the client tells: who it is, and what becomes of files."""
    from lsprotocol import types

    from .server import WATCHED

    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        options = params.initialization_options
        server.trusted = isinstance(options, dict) and options.get("localCodemods") is True

    @server.feature(types.INITIALIZED)
    async def initialized(params: types.InitializedParams) -> None:
        workspace = server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching is not None and watching.dynamic_registration:
            watchers = [types.FileSystemWatcher(pattern) for pattern in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            registration = types.Registration("tgfix-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            await server.client_register_capability_async(types.RegistrationParams([registration]))

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.look_soon(params.text_document.uri, 0)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.look_soon(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    async def saved(params: types.DidSaveTextDocumentParams) -> None:
        if params.text_document.uri.endswith((".toml", ".txt")):
            server.look_afresh()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    async def outside(params: types.DidChangeWatchedFilesParams) -> None:
        open_files = server.workspace.text_documents
        if any(change.uri not in open_files for change in params.changes):
            server.look_afresh()


def _answer(server: Server) -> None:
    """What the client asks for."""
    from lsprotocol import types

    from . import protocol
    from .server import FIX_ALL, actions, wanted

    @server.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        look = await server.look(params.text_document.uri)
        if look is None:
            return None
        positions = server.positions(look.text)
        spot = types.Range(params.position, params.position)
        here = [f for f in look.findings if positions.meets(f, spot)]
        if not here:
            return None
        text = "\n\n---\n\n".join(protocol.hover(finding, look.project.settings.root) for finding in here)
        return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text), positions.range(here[0]))

    kinds: list[types.CodeActionKind | str] = [types.CodeActionKind.QuickFix, FIX_ALL]

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(kinds, resolve_provider=True))
    async def offered(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        look = await server.look(uri)
        if look is None:
            return []
        version = server.workspace.get_text_document(uri).version
        found = list(actions(look, uri, version, server.positions(look.text), params))
        found = [action for action in found if wanted(str(action.kind), params.context.only)]
        if not resolves(server):
            for action in found:
                action.edit = await server.rewritten(uri, action.data or {})
            found = [action for action in found if action.edit is not None]
        return found

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def resolved(action: types.CodeAction) -> types.CodeAction:
        if isinstance(action.data, dict):
            action.edit = await server.rewritten(action.data["uri"], action.data)
        return action


def resolves(server: Server) -> bool:
    """Whether the client asks for the edit of an action when it is chosen."""
    document = server.client_capabilities.text_document
    actions = document.code_action if document else None
    support = actions.resolve_support if actions else None
    return support is not None and "edit" in support.properties
