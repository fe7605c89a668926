"""A browser for tests: headless Chromium by the WebDriver protocol, https://www.w3.org/TR/webdriver2/."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
#: Why there is no browser, if there is none.
MISSING = (
    "" if CHROMIUM and DRIVER else "no chromium and chromedriver here (Debian: apt install chromium chromium-driver)"
)

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    """One window, 1280 by 900; files are downloaded to `downloads`."""

    def __init__(self, downloads: Path) -> None:
        assert CHROMIUM and DRIVER
        self.downloads = downloads
        self._driver = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, text=True)
        assert self._driver.stdout is not None
        port = next(
            m[1] for line in self._driver.stdout if (m := re.search(r"started successfully on port (\d+)", line))
        )
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)
        arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,900"]
        options = {"binary": CHROMIUM, "args": [*arguments, f"--user-data-dir={downloads.parent / 'profile'}"]}
        wanted = {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}}
        self._session = f"/session/{self._call('POST', '/session', wanted)['sessionId']}"
        self.cdp("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))

    def close(self) -> None:
        """End the browser and its driver."""
        try:
            self._call("DELETE", self._session)
        finally:
            self._http.close()
            self._driver.terminate()
            self._driver.wait(10)
            if self._driver.stdout is not None:
                self._driver.stdout.close()

    def open(self, page: Path | str) -> None:
        """Load a file or an address and wait until it is drawn: keys that come earlier are lost."""
        self._command("POST", "/url", {"url": page.as_uri() if isinstance(page, Path) else page})
        drawn = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))"
        self._command("POST", "/execute/async", {"script": drawn, "args": []})

    def run(self, script: str, *args: Any) -> Any:
        """What a script returns."""
        return self._command("POST", "/execute/sync", {"script": script, "args": args})

    def click(self, selector: str) -> None:
        """Scroll to the first element that a CSS selector finds, and click it as a person does."""
        self.run("document.querySelector(arguments[0]).scrollIntoView({block: 'center'})", selector)
        found = self._command("POST", "/element", {"using": "css selector", "value": selector})
        self._command("POST", f"/element/{found[_ELEMENT]}/click", {})

    def press(self, keys: str, holding: str = "") -> None:
        """Press keys, one after the other, wherever the focus is, while others are held down."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        down, up = ([{"type": kind, "value": key} for key in holding] for kind in ("keyDown", "keyUp"))
        keyboard = {"type": "key", "id": "keyboard", "actions": [*down, *actions, *up]}
        self._command("POST", "/actions", {"actions": [keyboard]})

    def texts(self, selector: str) -> list[str]:
        """What the elements say that a CSS selector finds and that are shown."""
        shown = "return [...document.querySelectorAll(arguments[0])].filter(e => e.offsetParent).map(e => e.innerText)"
        return [text.replace("\xa0", " ") for text in self.run(shown, selector)]

    def wait(self, selector: str, part: str = "", seconds: float = 60) -> list[str]:
        """Wait until one of these texts has a part, and return those that have it."""
        end = time.monotonic() + seconds
        while not (found := [text for text in self.texts(selector) if part in text]):
            assert time.monotonic() < end, f"{selector} does not show {part!r}, but {self.texts(selector)}"
            time.sleep(0.1)
        return found

    def cdp(self, command: str, **parameters: Any) -> Any:
        """A command of Chromium's own protocol."""
        return self._command("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def screenshot(self, file: Path) -> None:
        """What the window shows, as PNG."""
        file.write_bytes(base64.b64decode(self._command("GET", "/screenshot")))

    def downloaded(self, name: str) -> Path:
        """Wait for a download."""
        file = self.downloads / name
        for _ in range(200):
            if file.exists() and not list(self.downloads.glob("*.crdownload")):
                return file
            time.sleep(0.05)
        raise AssertionError(f"{name} is not downloaded")

    def errors(self) -> list[str]:
        """What the console has complained about."""
        return [entry["message"] for entry in self._command("POST", "/se/log", {"type": "browser"})]

    def _command(self, method: str, path: str, body: Any = None) -> Any:
        return self._call(method, self._session + path, body)

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._http.request(method, path, json=body).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise AssertionError(f"{answer['error']}: {answer['message']}")
        return answer
