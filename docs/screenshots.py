"""Make the screenshots of the documentation: ``python docs/screenshots.py``, with the extras `test` and `docs`, and Chromium.

The review and Neovim are run in a pseudo-terminal over the sample bot, VS Code and the page in a headless browser.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import MONOKAI
from rich.text import Text

ROOT = Path(__file__).resolve().parents[1]
IMAGES = Path(__file__).parent / "images"
sys.path.insert(0, str(ROOT / "tests"))

from browser import Browser  # noqa: E402 - of the tests
from command import launcher  # noqa: E402
from pages import blocks  # noqa: E402
from test_neovim import nvim  # noqa: E402
from vscode import actions, hover, serving  # noqa: E402

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
                _terminal(browser, directory, Text.from_ansi(_session(bot, size, keys)), size, IMAGES / file)
            _terminal(browser, directory, _neovim(directory, bot), WIDE, IMAGES / "neovim.png")
            _vscode(browser, directory, bot, IMAGES / "vscode.png")
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


def _vscode(browser: Browser, directory: Path, bot: Path, image: Path) -> None:
    """VS Code with a finding and what is offered for it."""
    program = directory / "code-bin" / "tgfix"
    launcher(program)
    with serving(directory / "code", bot, [str(program), "lsp"]) as address:
        browser.open(address)
        browser.wait(".squiggly-warning")
        hover(browser, 51, "polling, jobs and connections go on")
        actions(browser)
        browser.screenshot(image)


def _neovim(directory: Path, bot: Path) -> Text:
    """What Neovim shows of the sample bot, set up as the documentation says, while it offers the actions for a finding."""
    launcher(directory / "bin" / "tgfix")
    looks = """
vim.opt.termguicolors, vim.opt.number, vim.opt.signcolumn, vim.opt.swapfile = true, true, "yes", false
vim.cmd.colorscheme("habamax")
vim.diagnostic.config({ virtual_lines = { current_line = true }, virtual_text = false, severity_sort = true })
"""
    (directory / "init.lua").write_text("\n".join([looks, *blocks(ROOT / "docs" / "editors.md", "lua")]))
    columns, rows = WIDE
    env = os.environ | {"TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_STATE_HOME": str(directory)}
    env |= {"PATH": f"{directory / 'bin'}:{os.environ['PATH']}"}
    child = pexpect.spawn(
        str(nvim()), ["-u", "../init.lua", "+51", "bot.py"], cwd=str(bot), env=env, dimensions=(rows, columns)
    )
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    for wanted, keys in (("nobody else is served", "zz^"), ("nobody else is served", "gra"), ("Ignore TGF501", "")):
        while not any(wanted in line for line in screen.display):
            stream.feed(child.read_nonblocking(100_000, timeout=30))
        child.send(keys)
    child.close(force=True)
    shown = Text()
    for row in range(rows):
        for column in range(columns):
            cell = screen.buffer[row][column]
            front, back = (None if c == "default" else f"#{c}" if len(c) == 6 else c for c in (cell.fg, cell.bg))
            shown.append(cell.data, Style(color=front, bgcolor=back, bold=cell.bold, reverse=cell.reverse))
        shown.append("\n")
    return shown


def _terminal(browser: Browser, directory: Path, shown: Text, size: tuple[int, int], file: Path) -> None:
    """Draw what a terminal shows."""
    console = Console(record=True, width=size[0], file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(shown, end="", soft_wrap=True)
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
