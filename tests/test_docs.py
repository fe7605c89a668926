"""The pages of the documentation say what the program does, and the commands on them run."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from command import git_environment, tgfix, tree
from pages import anchors, blocks, play, prose

from tgfix.cli.main import app
from tgfix.cli.skill import NAME

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
WRITTEN = [page for page in PAGES if page.parent in (ROOT, DOCS)]


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """The sample bot as a commit of a git repository."""
    directory = tmp_path / "bot"
    shutil.copytree(ROOT / "fixtures" / "sample_bot", directory)
    (directory / "test_bot.py").write_text("def test_it_can_be_imported():\n    import services  # noqa: F401\n")
    (directory / ".gitignore").write_text("__pycache__/\n.pytest_cache/\n.tgfix_cache/\n*.html\n")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "The bot"]):
        subprocess.run(["git", *words], cwd=directory, env=git_environment(), check=True, capture_output=True)
    return directory


def test_the_generated_pages_are_up_to_date() -> None:
    made = runpy.run_path(str(DOCS / "generate.py"))
    pages: dict[Path, str] = made["pages"]()
    assert len(pages) > 1
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale; run `python docs/generate.py`"
    assert {page for folder in made["FOLDERS"] for page in folder.rglob("*.md")} <= set(pages), "codemods that are gone"


def test_the_picture_in_the_readme_is_what_a_dry_run_of_the_sample_bot_prints(bot: Path) -> None:
    (picture,) = blocks(ROOT / "README.md", "diff")
    run = tgfix("apply", "--dry-run", "--select", "TGF501", "--assume", "interleaving", ".", cwd=bot)
    assert run.code == 1 and run.text.startswith(picture)


def test_links_in_the_documentation_lead_somewhere() -> None:
    for page in PAGES:
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", prose(page)):
            there = (page.parent / target).resolve() if target else page
            assert there.exists(), f"{page.relative_to(ROOT)} links to {target}"
            assert not anchor or anchor in anchors(there), f"{page.relative_to(ROOT)}: there is no {target}#{anchor}"


def test_every_page_is_on_the_site_and_links_to_nothing_outside_of_it() -> None:
    def files(entry: Any) -> list[str]:
        values = entry.values() if isinstance(entry, dict) else entry
        return [entry] if isinstance(entry, str) else [file for value in values for file in files(value)]

    site = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
    assert sorted(files(site["nav"])) == sorted(page.relative_to(DOCS).as_posix() for page in PAGES[1:])
    assert not [page.name for page in DOCS.glob("*.md") if "](../" in prose(page)]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.stem)
def test_the_page_is_read_in_a_few_minutes(page: Path) -> None:
    assert len(re.sub(r"\S*[|/]\S*", "", prose(page)).split()) < 700


def told(page: Path) -> list[list[str]]:
    """The calls of `tgfix` on a page, in its blocks and in its text, as words; without placeholders."""
    text = "\n".join([*blocks(page, "sh"), *re.findall(r"`(tgfix [a-z][^`\n]*)`", page.read_text(encoding="utf-8"))])
    calls = re.findall(r"^tgfix ([a-z-][^\n|&]*)", text, re.MULTILINE)
    words = [shlex.split(call, comments=True) for call in calls]
    return [[word for word in call if not re.search(r"[\[…]", word)] for call in words]


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.stem)
def test_the_commands_on_the_page_exist_with_their_options(page: Path) -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name, *words in told(page):
        if not name.startswith("-"):
            command = commands[name]
            known = {spelling for option in command.params for spelling in (*option.opts, *option.secondary_opts)}
            used = {word.partition("=")[0] for word in words if re.match(r"-\w$|--\w", word)}
            assert used <= known | {"--help"}, f"tgfix {name} {' '.join(words)}"


def test_nothing_is_found_in_what_is_said_not_to_be_detected(tmp_path: Path) -> None:
    (program,) = blocks(DOCS / "not-detected.md", "python")
    (tmp_path / "bot.py").write_text(program)
    result = tgfix("check", "--all", cwd=tmp_path)
    assert result.code == 0 and "0 findings" in result.err and not result.out


SKILL = ROOT / "skills" / NAME
#: Pages whose commands are played one after the other on the sample bot; those of the others have tests of their own.
ON_THE_BOT = {
    "the skill": [SKILL / "SKILL.md", *sorted((SKILL / "references").glob("*.md"))],
    "the guide": [DOCS / "fast-in-an-hour.md"],
    "the report": [DOCS / "report.md"],
    "hooks": [DOCS / "pre-commit.md"],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", ON_THE_BOT)
def test_every_command_on_the_pages_runs_one_after_the_other(bot: Path, name: str) -> None:
    played = play(ON_THE_BOT[name], bot, bot.parent / "programs")
    assert played
    if any("--commit-per-codemod" in block.commands for block in played):
        log = played[-1].printed + played[-2].printed
        assert "(TGF101 one-regex-handler)" in log, "the safe changes are commits"
        assert "(TGF501 async-sleep)" in log, "and those of which the assumption is granted"
        assert "await asyncio.sleep(1)" in (bot / "bot.py").read_text()


@pytest.mark.slow
def test_the_tutorial_shows_what_is_printed(tmp_path: Path) -> None:
    checkout = tmp_path / "tgfix"
    shutil.copytree(ROOT / "fixtures" / "sample_bot", checkout / "fixtures" / "sample_bot")
    played = play([DOCS / "tutorial.md"], checkout, tmp_path / "programs")
    shown = [block for block in played if block.promised is not None]
    assert len(shown) == 2
    for block in shown:
        assert block.printed == block.promised, block.commands
    assert "await asyncio.sleep(1)" in (tmp_path / "quotes-bot" / "bot.py").read_text()
    assert "(TGF501 async-sleep)" in played[-1].printed and "(TGF101 one-regex-handler)" in played[-1].printed
    assert tree(tmp_path / "quotes-bot")
