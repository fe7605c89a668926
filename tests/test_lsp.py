"""`tgfix lsp` with a real client over stdio: what it shows, what its actions make, on texts that are not saved."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from command import BOT, CLEAN, environment, program, tgfix
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from tgfix.cli.lsp.granting import granted

VERSIONED = types.WorkspaceClientCapabilities(
    workspace_edit=types.WorkspaceEditClientCapabilities(
        document_changes=True, resource_operations=[types.ResourceOperationKind.Create]
    )
)
RESOLVING = types.TextDocumentClientCapabilities(
    code_action=types.CodeActionClientCapabilities(
        resolve_support=types.ClientCodeActionResolveOptions(["edit"]), data_support=True
    )
)


class Editor:
    """A client that holds texts as an editor does."""

    def __init__(self, client: LanguageClient, root: Path) -> None:
        self.client = client
        self.root = root
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.shown: dict[str, tuple[int | None, list[types.Diagnostic]]] = {}
        self.messages: list[str] = []
        self.published: list[int | None] = []
        self._news = asyncio.Event()
        client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(lambda params: self._published(params))
        client.feature(types.WINDOW_SHOW_MESSAGE)(lambda params: self.messages.append(params.message))

    def _published(self, params: types.PublishDiagnosticsParams) -> None:
        self.shown[params.uri] = (params.version, list(params.diagnostics))
        self.published.append(params.version)
        self._news.set()

    def uri(self, name: str) -> str:
        return (self.root / name).as_uri()

    def open(self, name: str, text: str) -> None:
        uri = self.uri(name)
        self.texts[uri], self.versions[uri] = text, 1
        item = types.TextDocumentItem(uri, "python", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def edit(self, name: str, text: str) -> None:
        uri = self.uri(name)
        self.texts[uri] = text
        self.versions[uri] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[uri], uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    async def diagnostics(
        self, name: str, until: Callable[[list[types.Diagnostic]], bool] = lambda found: True
    ) -> list[types.Diagnostic]:
        """Those of the text as it is now."""
        uri = self.uri(name)

        async def wait() -> list[types.Diagnostic]:
            while True:
                version, found = self.shown.get(uri, (None, []))
                if version == self.versions[uri] and until(found):
                    return found
                self._news.clear()
                await self._news.wait()

        return await asyncio.wait_for(wait(), 60)

    async def actions(self, name: str, line: int, only: list[str] | None = None) -> list[types.CodeAction]:
        """What is offered on a line."""
        uri = self.uri(name)
        place = types.Range(types.Position(line - 1, 4), types.Position(line - 1, 4))
        context = types.CodeActionContext(self.shown.get(uri, (None, []))[1], only=only)
        params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
        return [
            a
            for a in await self.client.text_document_code_action_async(params) or []
            if isinstance(a, types.CodeAction)
        ]

    async def choose(self, action: types.CodeAction) -> dict[str, str]:
        """The texts after an action, by the names of the files."""
        if action.edit is None:
            action = await self.client.code_action_resolve_async(action)
        assert action.edit is not None, action.title
        after: dict[str, str] = {}
        for change in action.edit.document_changes or []:
            if isinstance(change, types.TextDocumentEdit):
                uri = change.text_document.uri
                assert change.text_document.version == self.versions.get(uri)
                after[Path(uri).name] = edited(self.texts.get(uri, ""), list(change.edits))
        for uri, edits in (action.edit.changes or {}).items():
            after[Path(uri).name] = edited(self.texts.get(uri, ""), list(edits))
        return after


def edited(text: str, edits: list[Any]) -> str:
    """A text with edits, as an editor makes them: positions in UTF-16 of the text as it was."""
    data = text.encode("utf-16-le")
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode("utf-16-le")))
    for edit in sorted(edits, key=lambda e: (e.range.start.line, e.range.start.character), reverse=True):
        first = starts[edit.range.start.line] + 2 * edit.range.start.character
        last = starts[edit.range.end.line] + 2 * edit.range.end.character
        data = data[:first] + edit.new_text.encode("utf-16-le") + data[last:]
    return data.decode("utf-16-le")


@asynccontextmanager
async def editor(root: Path, *, capable: bool = True, options: Any = None, **env: str) -> AsyncIterator[Editor]:
    client = LanguageClient("test", "1")
    given = environment(**env)
    await client.start_io(*program(given), "lsp", cwd=root, env=given)
    held = Editor(client, root)
    capabilities = types.ClientCapabilities(
        workspace=VERSIONED if capable else None, text_document=RESOLVING if capable else None
    )
    try:
        await client.initialize_async(
            types.InitializeParams(capabilities, root_uri=root.as_uri(), initialization_options=options)
        )
        client.initialized(types.InitializedParams())
        yield held
    finally:
        await client.shutdown_async(None)
        client.exit(None)
        await client.stop()


def run(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 120))  # type: ignore[arg-type]


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A project whose file on disk is clean: what is found is found in the editor's text."""
    (tmp_path / "pyproject.toml").write_text("[tool.tgfix]\n")
    (tmp_path / "bot.py").write_text(CLEAN)
    return tmp_path


def test_texts_that_are_not_saved_are_looked_into_while_they_change(bot: Path) -> None:
    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", CLEAN)
            assert await held.diagnostics("bot.py") == []
            held.edit("bot.py", BOT)
            safe, unsafe, left = await held.diagnostics("bot.py")
            assert (safe.code, safe.source, safe.severity) == ("TGF501", "tgfix", types.DiagnosticSeverity.Warning)
            assert safe.range == types.Range(types.Position(8, 4), types.Position(8, 17))
            assert "Await asyncio.sleep() [safe]" in safe.message
            assert unsafe.severity == types.DiagnosticSeverity.Information and "assumes `" in unsafe.message
            assert unsafe.related_information and unsafe.related_information[0].location.uri == held.uri("bot.py")
            assert left.severity == types.DiagnosticSeverity.Hint and "left alone: " in left.message
            held.edit("bot.py", CLEAN)
            assert await held.diagnostics("bot.py") == []
        assert (bot / "bot.py").read_text() == CLEAN

    run(work)


def test_what_it_finds_is_what_check_finds(bot: Path) -> None:
    (bot / "bot.py").write_text(BOT)
    checked = json.loads(tgfix("check", "--format=json", cwd=bot).out)["findings"]

    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", BOT)
            found = await held.diagnostics("bot.py")
            assert [d.data for d in found] == [
                {"fingerprint": f["fingerprint"], "safety": f["safety"]} for f in checked
            ]

    run(work)


def test_quick_typing_is_looked_at_once_it_pauses_and_stale_results_are_not_shown(bot: Path) -> None:
    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", CLEAN)
            for number in range(30):
                held.edit("bot.py", BOT.replace("sleep(5)", f"sleep({number + 1})"))
            assert len(await held.diagnostics("bot.py")) == 3
            assert held.published[-1] == 31 and len(held.published) <= 2

    run(work)


def test_hover_says_why_what_is_assumed_and_what_was_proved(bot: Path) -> None:
    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", BOT)

            async def hover(line: int, column: int) -> str:
                place = types.HoverParams(
                    types.TextDocumentIdentifier(held.uri("bot.py")), types.Position(line - 1, column)
                )
                found = await held.client.text_document_hover_async(place)
                return found.contents.value if found and isinstance(found.contents, types.MarkupContent) else ""

            safe = await hover(9, 6)
            assert safe.startswith("**TGF501 async-sleep**: ") and "[safe]" in safe and "- proved `" in safe
            assert "- assumes `" in await hover(15, 6)
            assert "Left alone: " in await hover(22, 10)
            assert await hover(1, 0) == ""

    run(work)


@pytest.mark.parametrize("capable", [True, False], ids=["versioned and resolved", "plain"])
def test_an_action_makes_its_change_and_what_it_needs(bot: Path, capable: bool) -> None:
    expected = tgfix("apply", "-", "--stdin-filename", "bot.py", cwd=bot, stdin=BOT.encode()).out.decode()

    async def work() -> None:
        async with editor(bot, capable=capable) as held:
            held.open("bot.py", BOT)
            await held.diagnostics("bot.py")
            offered = await held.actions("bot.py", 9)
            assert [action.title for action in offered] == [
                "Await asyncio.sleep() [safe]",
                "Ignore TGF501 async-sleep here",
                "Make all safe changes of tgfix in this file (1)",
            ]
            assert offered[0].is_preferred and offered[0].diagnostics
            assert (offered[0].edit is None) is capable
            assert await held.choose(offered[0]) == {"bot.py": expected}

    run(work)


def test_an_unsafe_change_is_offered_at_its_place_and_not_preferred(bot: Path) -> None:
    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", BOT)
            await held.diagnostics("bot.py")
            offered = await held.actions("bot.py", 15)
            assert offered[0].title == "Await asyncio.sleep() [unsafe]" and not offered[0].is_preferred
            after = (await held.choose(offered[0]))["bot.py"]
            assert after.count("await asyncio.sleep") == 1 and "time.sleep(5)" in after

    run(work)


def test_accepting_can_grant_what_is_assumed_in_the_configuration(bot: Path) -> None:
    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", BOT)
            await held.diagnostics("bot.py")
            (grant,) = [a for a in await held.actions("bot.py", 15) if ", and grant " in a.title]
            assert grant.title.startswith("Await asyncio.sleep(), and grant `") and "pyproject.toml" in grant.title
            held.texts[held.uri("pyproject.toml")] = (bot / "pyproject.toml").read_text()
            after = await held.choose(grant)
            assert after["bot.py"].count("await asyncio.sleep") == 1
            names = re.findall(r"`(\w+)`", grant.title)
            assert after["pyproject.toml"] == f"[tool.tgfix]\nassume = {json.dumps(names)}\n"
            (bot / "pyproject.toml").write_text(after["pyproject.toml"])
            (bot / "bot.py").write_text(BOT)
        assert tgfix("check", cwd=bot).text.count("[unsafe]") == 0

    run(work)


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("tgfix.toml", "", 'assume = ["ordering"]\n'),
        (
            "tgfix.toml",
            '[async-sleep]\nassume = ["thread"]\n',
            'assume = ["ordering"]\n[async-sleep]\nassume = ["thread"]\n',
        ),
        ("tgfix.toml", '# ours\nassume = ["thread"]  # why\n', '# ours\nassume = ["thread", "ordering"]  # why\n'),
        ("pyproject.toml", "", '[tool.tgfix]\nassume = ["ordering"]\n'),
        ("pyproject.toml", "[project]\nname = 'a'", "[project]\nname = 'a'\n\n[tool.tgfix]\nassume = [\"ordering\"]\n"),
        (
            "pyproject.toml",
            "[x]\nassume = ['a']\n[tool.tgfix] # y\nselect = ['TGF5']\n[z]\n",
            "[x]\nassume = ['a']\n[tool.tgfix] # y\nassume = [\"ordering\"]\nselect = ['TGF5']\n[z]\n",
        ),
        ("pyproject.toml", "[tool]\ntgfix = { assume = ['thread'] }\n", None),
        ("tgfix.toml", 'assume = [\n  "thread",\n]\n', None),
        ("tgfix.toml", "assume = [", None),
    ],
)
def test_a_configuration_is_extended_as_text_or_not_at_all(name: str, before: str, after: str | None) -> None:
    assert granted(before, ["ordering"], shared=name == "pyproject.toml") == after


def test_all_of_one_codemod_and_everything_safe(bot: Path) -> None:
    text = BOT + "\n\nasync def wait(chat):\n    time.sleep(6)\n"
    expected = tgfix("apply", "-", "--stdin-filename", "bot.py", cwd=bot, stdin=text.encode()).out.decode()

    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", text)
            await held.diagnostics("bot.py")
            titles = {action.title: action for action in await held.actions("bot.py", 9)}
            everything = titles["Make all 2 safe changes of TGF501 async-sleep in this file"]
            assert await held.choose(everything) == {"bot.py": expected}
            (fix_all,) = await held.actions("bot.py", 1, only=["source.fixAll"])
            assert fix_all.kind == "source.fixAll.tgfix"
            assert await held.choose(fix_all) == {"bot.py": expected}
            assert await held.actions("bot.py", 9, only=["refactor"]) == []

    run(work)


def test_each_call_of_a_change_is_underlined_and_offers_all_of_it(bot: Path) -> None:
    text = BOT.replace("    time.sleep(5)  # wait\n", "    time.sleep(5)  # wait\n    time.sleep(6)\n")

    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", text)
            lines = [found.range.start.line for found in await held.diagnostics("bot.py")]
            assert lines[:2] == [8, 9]
            for line in (9, 10):
                titles = {action.title: action for action in await held.actions("bot.py", line)}
                after = (await held.choose(titles["Await asyncio.sleep() 2 times [safe]"]))["bot.py"]
                assert "    await asyncio.sleep(5)  # wait\n    await asyncio.sleep(6)\n" in after
                (ignore,) = [action for title, action in titles.items() if title.startswith("Ignore")]
                assert (await held.choose(ignore))["bot.py"].count("# tgfix: ignore[TGF501]\n") == 2

    run(work)


def test_ignore_here_silences_and_the_diagnostic_goes(bot: Path) -> None:
    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", BOT)
            await held.diagnostics("bot.py")
            (ignore,) = [a for a in await held.actions("bot.py", 15) if a.title.startswith("Ignore")]
            after = (await held.choose(ignore))["bot.py"]
            assert after == BOT.replace(
                "    time.sleep(1)\n    pending", "    time.sleep(1)  # tgfix: ignore[TGF501]\n    pending"
            )
            held.edit("bot.py", after)
            assert len(await held.diagnostics("bot.py")) == 2

    run(work)


def test_an_action_for_an_older_text_makes_nothing(bot: Path) -> None:
    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", BOT)
            await held.diagnostics("bot.py")
            offered = (await held.actions("bot.py", 9))[0]
            held.edit("bot.py", "# new\n" + BOT)
            assert (await held.client.code_action_resolve_async(offered)).edit is None

    run(work)


def test_columns_count_as_the_client_counts_and_the_last_line_may_have_no_end(bot: Path) -> None:
    text = "import time\n\n\nasync def f(chat):\n    await chat.send('.')\n    '🤖🤖'; time.sleep(1)"

    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", text)
            (found,) = await held.diagnostics("bot.py")
            assert found.range == types.Range(types.Position(5, 12), types.Position(5, 25))
            after = (await held.choose((await held.actions("bot.py", 6, only=["source"]))[0]))["bot.py"]
            assert after.endswith("    '🤖🤖'; await asyncio.sleep(1)")

    run(work)


def test_what_is_proved_goes_by_the_texts_of_other_open_files(bot: Path) -> None:
    caller = (
        "import time\nfrom helper import get\n\n\nasync def f(update, context):\n    n = get()\n"
        "    time.sleep(1)\n    await update.message.reply_text(str(n + get()))\n"
    )
    (bot / "helper.py").write_text("def get():\n    return 1\n")

    async def work() -> None:
        async with editor(bot) as held:
            held.open("helper.py", "def get():\n    return 1\n")
            held.open("bot.py", caller)
            (found,) = await held.diagnostics("bot.py")
            assert "`ordering`" not in found.message
            held.edit("helper.py", "x = []\n\n\ndef get():\n    x.append(1)\n    return x.pop()\n")
            await held.diagnostics("bot.py", lambda found: "`ordering`" in found[0].message)
            held.client.text_document_did_close(
                types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(held.uri("helper.py")))
            )
            held.edit("bot.py", caller + "\n")
            (found,) = await held.diagnostics("bot.py")
            assert "`ordering`" not in found.message, "the file is as it is on disk again"

    run(work)


def test_the_configuration_holds_and_is_read_again_when_it_is_saved(bot: Path) -> None:
    async def work() -> None:
        async with editor(bot) as held:
            (bot / "pyproject.toml").write_text('[tool.tgfix]\nignore = ["TGF5"]\n')
            held.open("bot.py", BOT)
            assert await held.diagnostics("bot.py") == []
            (bot / "pyproject.toml").write_text('[tool.tgfix]\nselect = ["TGF501"]\n')
            changed = types.FileEvent(held.uri("pyproject.toml"), types.FileChangeType.Changed)
            held.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
            assert len(await held.diagnostics("bot.py", lambda found: bool(found))) == 3
            (bot / "pyproject.toml").write_text('[tool.tgfix]\nselect = ["TGF9"]\n')
            held.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([changed]))
            held.edit("bot.py", BOT + "\n")
            while not held.messages:
                await asyncio.sleep(0.05)
            assert "select: 'TGF9' is no code" in held.messages[0]

    run(work)


def test_opening_a_folder_does_not_run_its_code_unless_asked_for(bot: Path) -> None:
    (bot / "mine.py").write_text("from pathlib import Path\nPath(__file__).with_name('ran').touch()\n")
    (bot / "pyproject.toml").write_text('[tool.tgfix]\ncodemods = ["mine.py"]\n')

    async def work(options: Any) -> None:
        async with editor(bot, options=options) as held:
            held.open("bot.py", BOT)
            if options is None:
                assert len(await held.diagnostics("bot.py")) == 3
            else:
                while not held.messages and not (bot / "ran").exists():
                    await asyncio.sleep(0.05)

    run(lambda: work(None))
    assert not (bot / "ran").exists()
    run(lambda: work({"localCodemods": True}))
    assert (bot / "ran").exists()


def test_a_text_that_does_not_parse_says_so_and_comes_back(bot: Path) -> None:
    async def work() -> None:
        async with editor(bot) as held:
            held.open("bot.py", BOT + "def (\n")
            (problem,) = await held.diagnostics("bot.py")
            assert problem.code is None and problem.range.start.line == BOT.count("\n")
            held.edit("bot.py", BOT)
            assert len(await held.diagnostics("bot.py")) == 3

    run(work)


def test_the_problem_matcher_of_the_documentation_reads_concise_lines(bot: Path) -> None:
    page = (Path(__file__).parents[1] / "docs" / "editors.md").read_text(encoding="utf-8")
    (task,) = json.loads(page.partition("tasks.json`:\n\n```json\n")[2].partition("```")[0])["tasks"]
    (bot / "bot.py").write_text(BOT)
    pattern = task["problemMatcher"]["pattern"]
    lines = tgfix(*task["command"].split()[1:], cwd=bot).text.splitlines()
    found = [re.match(pattern["regexp"], line) for line in lines]
    assert [(m[pattern["file"]], m[pattern["line"]], m[pattern["code"]]) for m in found if m] == [
        ("bot.py", "9", "TGF501"),
        ("bot.py", "15", "TGF501"),
        ("bot.py", "22", "TGF501"),
    ]


def test_without_pygls_it_says_what_to_install(tmp_path: Path) -> None:
    program = "import sys; sys.modules['pygls'] = None\nfrom tgfix.cli.main import main\nmain(['lsp'])"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "pip install 'tgfix[lsp]'" in done.stderr
