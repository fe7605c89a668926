"""The extension for Visual Studio Code: it asks for what the server offers, compiles, and becomes one file to install."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tgfix.cli.lsp.server import FIX_ALL

EXTENSION = Path(__file__).parents[1] / "editors" / "vscode"


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
    place = tmp_path / "vscode"
    shutil.copytree(EXTENSION, place, ignore=shutil.ignore_patterns("node_modules", "out", "*.vsix"))
    for command in ("npm install --no-audit --no-fund", "npm run package"):
        done = subprocess.run(command.split(), cwd=place, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(place / "tgfix.vsix") as packed:
        names = set(packed.namelist())
        assert {"extension/package.json", "extension/out/extension.js"} <= names
        assert not any("node_modules" in name for name in names), "the bundle holds what it needs"
        assert b"initializationOptions" in packed.read("extension/out/extension.js")
