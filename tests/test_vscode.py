"""The extension for Visual Studio Code: it asks for what the server offers, compiles, and becomes one file to install."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from browser import MISSING, Browser
from command import launcher
from vscode import ENTER, EXTENSION, actions, command, hover, packed, serving

from tgfix.cli.lsp.server import FIX_ALL

ROOT = Path(__file__).parents[1]


def test_the_extension_and_the_server_agree() -> None:
    package = json.loads((EXTENSION / "package.json").read_text(encoding="utf-8"))
    settings = package["contributes"]["configuration"]["properties"]
    assert settings["tgfix.command"]["default"] == ["tgfix", "lsp"]
    program = (EXTENSION / "src" / "extension.ts").read_text(encoding="utf-8")
    assert set(re.findall(r'settings\.get<.*?>\("(\w+)"', program)) == {
        name.removeprefix("tgfix.") for name in settings
    }
    readme = (EXTENSION / "README.md").read_text(encoding="utf-8")
    assert FIX_ALL in readme and all(name in readme for name in settings)
    # what runs code of a folder is not for folders to decide while nobody trusts them
    assert set(package["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"]) == set(settings)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None, reason="needs node")
def test_the_extension_is_checked_bundled_and_packed(tmp_path: Path) -> None:
    with zipfile.ZipFile(packed(tmp_path / "vscode")) as archive:
        names = set(archive.namelist())
        assert {"extension/package.json", "extension/out/extension.js"} <= names
        assert not any("node_modules" in name for name in names), "the bundle holds what it needs"
        assert b"initializationOptions" in archive.read("extension/out/extension.js")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("npm") is None or bool(MISSING), reason=MISSING or "needs node")
def test_a_finding_is_explained_and_rewritten_in_the_editor_once_the_server_is_installed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "sample_bot", tmp_path / "bot")
    (tmp_path / "bot" / "tgfix.toml").write_text('assume = ["interleaving"]\n')
    (tmp_path / "downloads").mkdir()
    browser = Browser(tmp_path / "downloads")
    program = tmp_path / "bin" / "tgfix"
    try:
        with serving(tmp_path / "code", tmp_path / "bot", [str(program), "lsp"]) as address:
            browser.open(address)
            assert browser.wait(".notification-toast", "pip install")
            launcher(program)
            command(browser, "tgfix: Restart the server")
            browser.wait(".squiggly-warning")
            hover(browser, 51, "polling, jobs and connections go on")
            assert any("Ignore TGF501 async-sleep here" in action for action in actions(browser))
            browser.press(ENTER)
            browser.wait(".view-line", "await asyncio.sleep(0.05)")
    finally:
        browser.close()
