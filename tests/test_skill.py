"""The workflow for coding agents: it goes into projects, and names all there is. test_docs.py runs its commands."""

from __future__ import annotations

import re
from pathlib import Path

from command import tgfix, tree

from tgfix.cli.skill import NAME
from tgfix.engine.model import Hazard
from tgfix.knowledge.advice import IN_A_LOOP

ROOT = Path(__file__).parent.parent
SKILL = ROOT / "skills" / NAME


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
