"""The page of `tgfix report --html`, in a headless Chromium: what is clicked is what is applied."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import MISSING, Browser
from command import Result, tgfix, tree
from reviewing import BOT, install_codemods, review, write_bot

from tgfix.engine.run.decisions import NAME, Decisions

CODES = "--select=TGF501,TGF991,TGF992"
in_browser = pytest.mark.skipif(bool(MISSING), reason=MISSING)


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A directory with the bot."""
    directory = tmp_path / "bot"
    directory.mkdir()
    write_bot(directory)
    return directory


@pytest.fixture(scope="module")
def _browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    directory = tmp_path_factory.mktemp("browser")
    (directory / "downloads").mkdir()
    running = Browser(directory / "downloads")
    yield running
    running.close()


@pytest.fixture
def browser(_browser: Browser) -> Browser:
    """A browser without downloads, with its usual size and colours."""
    for file in _browser.downloads.iterdir():
        file.unlink()
    _browser.cdp("Emulation.clearDeviceMetricsOverride")
    _browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
    return _browser


def call(bot: Path, *args: str | Path) -> Result:
    """`tgfix` with the codemods of the tests."""
    return tgfix(*args, cwd=bot, PYTHONPATH=install_codemods(bot.parent))


def page_of(bot: Path, *args: str | Path) -> Path:
    """The page about a bot."""
    result = call(bot, "report", CODES, "--html", bot.parent / "page.html", *args)
    assert result.code == 0 and result.text == "", result.err
    return bot.parent / "page.html"


def open_changes(browser: Browser, page: Path) -> None:
    """Open a page on the tab of the changes."""
    browser.open(page)
    browser.click("[data-tab=all]")


def tally(browser: Browser) -> str:
    """How much is decided, as the page says it."""
    return str(browser.run("return document.getElementById('tally').textContent"))


def visible(browser: Browser) -> list[int]:
    """The numbers of the changes that are not filtered out."""
    script = "return [...document.querySelectorAll('article')].filter(a => !a.hidden).map(a => Number(a.id.slice(1)))"
    return [int(number) for number in browser.run(script)]


def choose(browser: Browser, selector: str, value: str) -> None:
    """Choose in a list."""
    browser.run(
        "const e = document.querySelector(arguments[0]); e.value = arguments[1];"
        "e.dispatchEvent(new Event('input', {bubbles: true}))",
        selector,
        value,
    )


@in_browser
def test_what_is_accepted_on_the_page_is_exactly_what_is_applied(bot: Path, browser: Browser) -> None:
    open_changes(browser, page_of(bot))
    assert tally(browser) == "0 accepted, 0 refused, 11 undecided"
    for number in (2, 3, 9):
        browser.click(f"#c{number} .yes")
    for number in (1, 11):
        browser.click(f"#c{number} .no")
    browser.click("#c4 .yes")
    browser.click("#c4 .yes")  # taken back
    browser.click("#c5 .forms label:first-of-type")
    browser.click("#c5 .yes")
    assert tally(browser) == "4 accepted, 2 refused, 5 undecided"
    browser.click("#download")
    file = browser.downloaded("decisions.json")
    result = call(bot, "apply", CODES, "--decisions", file)
    assert result.code == 0, result.err
    applied = tree(bot)

    (bot / "_support.py").unlink()
    write_bot(bot)
    same = review(bot)
    items = list(same.items)
    same.switch(items[4])
    assert items[4].change.title == "Call newer()"
    assert len(same.accept([items[n - 1] for n in (2, 3, 9, 5)])) == 4
    assert tree(bot) == applied
    assert sorted(d.answer for d in Decisions.load(file)) == ["accepted"] * 4 + ["refused"] * 2
    assert browser.errors() == []


@in_browser
def test_the_first_tab_is_the_overview_and_its_places_lead_into_the_changes(bot: Path, browser: Browser) -> None:
    browser.open(page_of(bot))
    shown = "return [...document.querySelectorAll('main')].filter(m => m.offsetParent).map(m => m.id)"
    assert browser.run(shown) == ["bot"]
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    target = browser.run("return document.querySelector('a.change').getAttribute('href').slice(1)")
    browser.click("a.change")
    assert browser.run(shown) == ["all"] and browser.run("return document.activeElement.id") == target
    browser.click("[data-tab=bot]")
    browser.run("const s = document.getElementById('priority'); s.value = 'low'; s.dispatchEvent(new Event('input'))")
    hidden = (
        "return [...document.querySelectorAll('.bottlenecks > li')].filter(l => !l.hidden).map(l => l.dataset.priority)"
    )
    assert set(browser.run(hidden)) <= {"low"}
    assert browser.errors() == []


@in_browser
def test_everything_can_be_done_with_the_keyboard(bot: Path, browser: Browser) -> None:
    browser.open(page_of(bot))
    browser.press("jyyn")
    assert tally(browser) == "2 accepted, 1 refused, 8 undecided"
    assert browser.run("return document.activeElement.id") == "c4", "a decision goes on to the next"
    browser.press("kkk")
    assert browser.run("return document.activeElement.id") == "c1"
    browser.press("u")
    assert tally(browser) == "1 accepted, 1 refused, 9 undecided"
    browser.press("/words.py\ue00c")
    assert visible(browser) == [11], "Escape leaves the search, and the keys mean decisions again"
    browser.press("jy?")
    assert browser.run("return document.getElementById('help').open") is True
    browser.press("\ue00cd")
    decisions = {(d.path, d.line): d.answer for d in Decisions.load(browser.downloaded("decisions.json"))}
    assert decisions == {("bot.py", 10): "accepted", ("bot.py", 11): "refused", ("words.py", 16): "accepted"}


@in_browser
def test_changes_are_filtered_and_searched(bot: Path, browser: Browser) -> None:
    open_changes(browser, page_of(bot))
    choose(browser, "#code", "TGF991")
    assert visible(browser) == [2, 10]
    choose(browser, "#code", "")
    choose(browser, "#safety", "unsafe")
    assert visible(browser) == [9]
    browser.click("#clear")
    assert len(visible(browser)) == 11
    choose(browser, "#search", "3 Seconds  FLUSH")
    assert visible(browser) == [9]
    choose(browser, "#search", "no such words")
    assert visible(browser) == [] and browser.run("return document.getElementById('nothing').hidden") is False
    browser.click("#clear")
    browser.click("button[data-path='words.py']")
    assert visible(browser) == [11]
    browser.click("#accept-shown")
    assert tally(browser) == "1 accepted, 0 refused, 10 undecided"
    browser.click("#clear")
    choose(browser, "#state", "accepted")
    assert visible(browser) == [11]
    choose(browser, "#state", "undecided")
    browser.click("#refuse-shown")
    assert tally(browser) == "1 accepted, 10 refused, 0 undecided"


@in_browser
def test_answers_survive_a_reload(bot: Path, browser: Browser) -> None:
    page = page_of(bot)
    open_changes(browser, page)
    browser.click("#c3 .no")
    open_changes(browser, page)
    assert tally(browser) == "0 accepted, 1 refused, 10 undecided"
    assert browser.run("return document.querySelector('#c3 .no').getAttribute('aria-pressed')") == "true"


@in_browser
def test_earlier_decisions_are_shown(bot: Path, browser: Browser) -> None:
    one = review(bot)
    one.refuse([one.items[0]])
    (bot / ".tgfix").mkdir()
    one.decisions.save(bot / NAME)
    open_changes(browser, page_of(bot))
    assert tally(browser) == "0 accepted, 1 refused, 10 undecided"


@in_browser
def test_it_is_dark_where_the_system_is_dark_and_can_be_switched(bot: Path, browser: Browser) -> None:
    page = page_of(bot)
    script = "return getComputedStyle(document.body).backgroundColor"
    open_changes(browser, page)
    assert browser.run(script) == "rgb(255, 255, 255)"
    browser.cdp("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    assert browser.run(script) == "rgb(13, 17, 23)"
    browser.click("#theme")
    assert browser.run(script) == "rgb(255, 255, 255)"
    browser.press("t")
    assert browser.run(script) == "rgb(13, 17, 23)"


@pytest.mark.slow
@in_browser
@pytest.mark.parametrize("width", [360, 390, 1280])
def test_nothing_is_wider_than_the_screen(bot: Path, browser: Browser, width: int) -> None:
    browser.cdp("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 800)
    open_changes(browser, page_of(bot))
    assert browser.run("return document.documentElement.scrollWidth") <= width
    wider = (
        "return [...document.querySelectorAll('article, article *')].filter(e => e.getClientRects().length && "
        f"e.getBoundingClientRect().right > {width}).length"
    )
    assert browser.run(wider) == 0
    shown = browser.run("return getComputedStyle(document.querySelector('#c1 tr.eq td.t.o')).display")
    assert shown == ("none" if width < 800 else "table-cell"), "a phone shows unchanged lines once"


@in_browser
def test_the_page_loads_nothing(bot: Path, browser: Browser) -> None:
    page = page_of(bot)
    open_changes(browser, page)
    assert browser.run("return performance.getEntriesByType('resource').map(e => e.name)") == []
    assert browser.errors() == []


@in_browser
def test_source_code_is_text_and_nothing_else(bot: Path, browser: Browser) -> None:
    hostile = "# </script></td><img src=x onerror=alert(1)><!-- & &lt; \\u003c"
    (bot / "bot.py").write_text(BOT.replace("# first", hostile).replace("tea", "</textarea><script>alert(2)</script>"))
    open_changes(browser, page_of(bot))
    assert hostile in browser.run("return document.querySelector('#c1').textContent")
    assert browser.run("return document.querySelectorAll('article img, article script').length") == 0
    browser.click("#c2 .yes")
    browser.click("#download")
    assert [d.line for d in Decisions.load(browser.downloaded("decisions.json"))] == [10]


# Without a browser


def test_the_page_refers_to_nothing_outside_and_says_all(bot: Path) -> None:
    text = page_of(bot).read_text()
    assert not re.search(
        r"""(?:src|href|action)\s*=\s*["']?(?!data:|#)\w""", re.sub(r"(?s)<script>.*?</script>", "", text)
    )
    assert "@import" not in text and "url(" not in text
    for said in (
        "11 changes",
        "1 that need",
        "time.sleep() stops the whole bot",
        "Five handlers that sleep 0.2",
        "_support.py",
    ):
        assert said in text, said
    assert "{{" not in re.sub(r"(?s)<script.*", "", text)


def test_what_is_left_alone_and_skipped_is_on_the_page(bot: Path) -> None:
    (bot / "other.py").write_text("import time\n\n\nasync def f():\n    lambda: time.sleep(1)\n")
    (bot / "broken.py").write_text("import time\ntime.sleep(\n")
    text = page_of(bot).read_text()
    assert "1 place left alone" in text and "other.py:5:13" in text and "lambda" in text
    assert "broken.py:2" in text


def test_a_bot_without_findings_gives_a_page_too(tmp_path: Path) -> None:
    bot = tmp_path / "bot"
    bot.mkdir()
    (bot / "bot.py").write_text("print()\n")
    assert "0 changes" in page_of(bot).read_text()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--html", "."), "is a directory"),
        (("--html", "no/page.html"), "there is no directory no"),
        (("--format", "sarif"), "`tgfix report` has text, json, markdown"),
        (("-",), "not stdin"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(bot: Path, args: tuple[str, ...], said: str) -> None:
    result = call(bot, "report", *args)
    assert result.code == 2 and said in result.error
