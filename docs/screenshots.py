"""Make the screenshots of the documentation: ``python docs/screenshots.py``, with what the tests need and Chromium.

The review is run in a pseudo-terminal over the sample bot, the page is drawn by a headless browser.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pexpect
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
IMAGES = Path(__file__).parent / "images"
sys.path.insert(0, str(ROOT / "tests"))

from browser import Browser  # noqa: E402 - of the tests

#: Columns and rows of the two terminals.
NARROW, WIDE = (84, 30), (132, 34)


def main() -> None:
    """Make all of them."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        bot = directory / "bot"
        shutil.copytree(ROOT / "fixtures" / "sample_bot", bot, ignore=shutil.ignore_patterns("__pycache__", ".tgfix"))
        (directory / "downloads").mkdir()
        browser = Browser(directory / "downloads")
        try:
            for file, size, keys in (("review.png", WIDE, "jj"), ("review-narrow.png", NARROW, "nj")):
                _terminal(browser, directory, _session(bot, size, keys), size, IMAGES / file)
            page = directory / "page.html"
            pexpect.run(f"{sys.executable} -m tgfix report --html {page}", cwd=str(bot))
            _page(browser, page)
        finally:
            browser.close()


def _session(bot: Path, size: tuple[int, int], keys: str) -> str:
    """What the last screen of a review shows after some keys, with its escape sequences."""
    columns, rows = size
    env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    env.pop("NO_COLOR", None)
    child = pexpect.spawn(
        sys.executable,
        ["-m", "tgfix", "apply", "-i", "--select", "TGF501"],
        cwd=str(bot),
        env=env,
        dimensions=(rows, columns),
        encoding="utf-8",
        timeout=30,
    )
    shown = ""
    for key in (*keys, ""):
        child.expect_exact("lists the keys)")
        shown = child.before + child.after
        child.send(key)
    child.close(force=True)
    shutil.rmtree(bot / ".tgfix", ignore_errors=True)
    return shown.replace("\r\n", "\n").partition("\n\n")[2]


def _terminal(browser: Browser, directory: Path, shown: str, size: tuple[int, int], file: Path) -> None:
    """Draw what a terminal shows."""
    console = Console(record=True, width=size[0], file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(shown), end="")
    page = directory / "terminal.html"
    page.write_text(console.export_html(theme=MONOKAI, inline_styles=True), encoding="utf-8")
    browser.open(page)
    browser.run("document.body.style.cssText += 'margin:0;padding:12px;width:max-content'")
    width, height = browser.run("const b = document.body; return [b.offsetWidth, b.offsetHeight]")
    _window(browser, width, height)
    browser.screenshot(file)


def _page(browser: Browser, page: Path) -> None:
    """Draw the page in its three forms."""
    for file, (width, height), scheme in (
        ("report.png", (1200, 760), "light"),
        ("report-dark.png", (1200, 760), "dark"),
        ("report-phone.png", (390, 760), "light"),
    ):
        browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        _window(browser, width, height)
        browser.open(page)
        browser.run("localStorage.clear()")
        browser.open(page)
        browser.screenshot(IMAGES / file.replace("report", "overview"))
        browser.press("jjy")
        browser.run("document.querySelector('#c2').scrollIntoView()")
        browser.screenshot(IMAGES / file)


def _window(browser: Browser, width: int, height: int) -> None:
    mobile = width < 800
    browser.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)


if __name__ == "__main__":
    main()
