"""The workflow for coding agents, and the same for people: every command in it runs, and says what the text promises."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import git_environment, launcher, tgfix, tree

from tgfix.cli.skill import NAME
from tgfix.engine.model import Hazard
from tgfix.knowledge.advice import IN_A_LOOP

ROOT = Path(__file__).parent.parent
SKILL = ROOT / "skills" / NAME
GUIDE = ROOT / "docs" / "fast-in-an-hour.md"
#: In the order in which somebody reads them.
PAGES = {
    "skill": [SKILL / "SKILL.md", *sorted((SKILL / "references").glob("*.md"))],
    "guide": [GUIDE],
}


def commands(pages: list[Path]) -> list[str]:
    """The lines of the pages' shell blocks."""
    blocks = [block for page in pages for block in re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)]
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """The sample bot with a test, as a commit of a git repository."""
    directory = tmp_path / "bot"
    shutil.copytree(ROOT / "fixtures" / "sample_bot", directory)
    (directory / "test_bot.py").write_text("def test_it_can_be_imported():\n    import services  # noqa: F401\n")
    (directory / ".gitignore").write_text("__pycache__/\n.pytest_cache/\n.tgfix_cache/\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "The bot"]):
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *words]
        subprocess.run(git, cwd=directory, check=True, capture_output=True)
    return directory


def shell(directory: Path) -> dict[str, str]:
    """An environment in which `tgfix` and `python` are those of the tests."""
    programs = directory.parent / "programs"
    launcher(programs / "tgfix")
    launcher(programs / "python", "")
    given = git_environment()
    return {**given, "PATH": f"{programs}:{given['PATH']}"}


@pytest.mark.skipif(sys.platform == "win32", reason="the pages show commands of a POSIX shell")
@pytest.mark.parametrize("pages", PAGES)
def test_every_command_runs_one_after_the_other(bot: Path, pages: str) -> None:
    told = commands(PAGES[pages])
    assert sum(line.startswith("tgfix ") for line in told) >= 5
    given, printed = shell(bot), {}
    for line in told:
        done = subprocess.run(
            line, shell=True, cwd=bot, env=given, capture_output=True, text=True, encoding="utf-8", timeout=120
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        printed[line] = done.stdout
    assert "(TGF501 async-sleep)" in printed["git log --oneline"], "the safe changes are commits"
    assert "await asyncio.sleep(1)" in (bot / "bot.py").read_text()


def test_the_skill_goes_into_a_project_once_and_stays_its_owners(tmp_path: Path) -> None:
    assert tgfix("init", "--skill", "--yes", cwd=tmp_path).code == 0
    home = tmp_path / ".agents" / "skills" / NAME
    assert {path.relative_to(home): path.read_bytes() for path in home.rglob("*.md")} == {
        path.relative_to(SKILL): path.read_bytes() for path in SKILL.rglob("*.md")
    }
    (home / "SKILL.md").write_text("mine\n")
    before = tree(tmp_path)
    again = tgfix("init", "--skill", "--yes", cwd=tmp_path)
    assert again.code == 0 and "has it already" in again.err and tree(tmp_path) == before
    assert set(before) == {path.relative_to(tmp_path).as_posix() for path in home.rglob("*.md")}, (
        "and nothing else is added"
    )


def test_the_skill_goes_where_the_project_has_its_skills(tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    tgfix("init", "--skill", "--yes", cwd=tmp_path)
    assert (tmp_path / ".claude" / "skills" / NAME / "references" / "by-hand.md").is_file()


def test_the_skill_begins_with_what_agents_choose_it_by() -> None:
    found = re.match(r"---\nname: (\S+)\ndescription: (.+)\n---\n", (SKILL / "SKILL.md").read_text("utf-8"))
    assert found and found[1] == NAME and len(found[2]) <= 1024
    links = re.findall(r"\]\((references/[^)]+)\)", (SKILL / "SKILL.md").read_text("utf-8"))
    assert {SKILL / link for link in links} == set((SKILL / "references").glob("*.md"))


def test_the_skill_names_every_assumption_and_all_that_is_left_to_people() -> None:
    assumptions = (SKILL / "references" / "assumptions.md").read_text("utf-8")
    assert {hazard.value for hazard in Hazard} - {"unproved"} == set(
        re.findall(r"^\| `(\w+)` \|", assumptions, re.MULTILINE)
    )
    by_hand = (SKILL / "references" / "by-hand.md").read_text("utf-8")
    keys = {advice.key for methods in IN_A_LOOP.values() for advice in methods.values()}
    assert all(f"`{key}`" in by_hand for key in keys)
