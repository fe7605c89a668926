"""VS Code for the web, as code-server of the npm registry brings it, with the extension of this project in it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from browser import Browser
from command import environment

EXTENSION = Path(__file__).parents[1] / "editors" / "vscode"
#: The last series that runs on Node.js 20, 22 and what npm takes for them.
CODE_SERVER = "code-server@4.96.4"
#: Keys of WebDriver, https://www.w3.org/TR/webdriver2/#keyboard-actions.
CONTROL, ENTER, ESCAPE = "\ue009", "\ue007", "\ue00c"


def npm(command: str, place: Path) -> None:
    """Run npm in a directory."""
    done = subprocess.run(
        ["npm", *command.split()], cwd=place, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def packed(place: Path) -> Path:
    """The extension as the one file to install, made in a copy of its directory."""
    shutil.copytree(EXTENSION, place, ignore=shutil.ignore_patterns("node_modules", "out", "*.vsix"))
    npm("install --no-audit --no-fund", place)
    npm("run package", place)
    return place / "tgfix.vsix"


def installed(place: Path) -> Path:
    """The start script of a code-server without what it compiles: terminals and passwords, which nobody needs here."""
    place.mkdir()
    quiet = "--ignore-scripts --omit=dev --no-audit --no-fund"
    npm(f"install {quiet} {CODE_SERVER}", place)
    modules = place / "node_modules"
    (modules / "argon2" / "argon2.js").write_text("module.exports = {};\n")
    editor = modules / "code-server" / "lib" / "vscode"
    # its locked versions name a repository instead of the registry
    (editor / "npm-shrinkwrap.json").unlink()
    package = json.loads((editor / "package.json").read_text(encoding="utf-8"))
    package["dependencies"] = {name: at for name, at in package["dependencies"].items() if "windows" not in name}
    (editor / "package.json").write_text(json.dumps(package), encoding="utf-8")
    npm(f"install {quiet}", editor)
    (editor / "node_modules.asar").symlink_to("node_modules")
    return modules / "code-server" / "out" / "node" / "entry.js"


@contextmanager
def serving(place: Path, bot: Path, command: list[str]) -> Iterator[str]:
    """The address of an editor that has `bot.py` of a directory open; `command` is the setting ``tgfix.command``."""
    extension, entry = packed(place / "extension"), installed(place / "editor")
    data = place / "data"
    (data / "User").mkdir(parents=True)
    look = {"workbench.colorTheme": "Default Light Modern", "editor.minimap.enabled": False, "files.autoSave": "off"}
    (data / "User" / "settings.json").write_text(json.dumps({"workbench.startupEditor": "none", **look}))
    (data / "Machine").mkdir()
    (data / "Machine" / "settings.json").write_text(json.dumps({"tgfix.command": command}))
    start = ["node", str(entry), "--user-data-dir", str(data), "--extensions-dir", str(place / "extensions")]
    env = {**environment(HOME=str(place)), "XDG_CONFIG_HOME": str(place / "config")}
    subprocess.run(
        [*start, "--install-extension", str(extension)], env=env, check=True, capture_output=True, timeout=120
    )
    options = ["--auth=none", "--bind-addr=127.0.0.1:0", "--disable-telemetry", "--disable-update-check"]
    log = place / "log"
    with log.open("w") as written:
        server = subprocess.Popen(
            [*start, *options, "--disable-workspace-trust"], env=env, stdout=written, stderr=written
        )
    try:
        for _ in range(600):
            if found := re.search(r"listening on http://(127\.0\.0\.1:\d+)/", log.read_text()):
                break
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            raise AssertionError(log.read_text())
        file = json.dumps([["openFile", f"vscode-remote://{found[1]}{bot / 'bot.py'}"]])
        yield f"http://{found[1]}/?folder={quote(str(bot))}&payload={quote(file)}"
    finally:
        server.terminate()
        server.wait(30)


def command(browser: Browser, name: str) -> None:
    """Run a command by its name."""
    browser.press("\ue031")  # F1
    browser.wait(".quick-input-widget")
    browser.press(name)
    browser.wait(".quick-input-list .monaco-list-row.focused", name)
    browser.press(ENTER)


def hover(browser: Browser, line: int, part: str) -> None:
    """Put the cursor into a line and wait until what is told of the place has a part."""
    browser.press("g", CONTROL)
    browser.wait(".quick-input-widget")
    browser.press(f"{line}:12")
    browser.wait(".quick-input-widget", f"{line}")
    browser.press(ENTER)
    browser.wait(".statusbar-item", f"Ln {line}, Col 12")
    browser.press("ki", CONTROL)
    browser.wait(".monaco-hover", part)
    browser.press(ESCAPE)


def actions(browser: Browser) -> list[str]:
    """What is offered at the cursor; the first is chosen and waits for Enter."""
    browser.press(".", CONTROL)
    return browser.wait(".action-widget .monaco-list-row")
