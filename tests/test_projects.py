"""What the project of a path is: the nearest of its markers, never a common parent of unrelated paths."""

from __future__ import annotations

import ast
import gc
import json
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from command import BOT, tgfix

from tgfix.cli.main import app
from tgfix.codemods import load_codemods
from tgfix.engine.analysis.module import Module, Project
from tgfix.engine.run.plan import Plan, Releases, verified
from tgfix.engine.run.planner import look, make_plan
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.imports import imports_in


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two projects in one folder, beside files of nobody."""
    for name, marker in (("one", "pyproject.toml"), ("two", "setup.py")):
        (tmp_path / name).mkdir()
        (tmp_path / name / marker).write_text("")
        (tmp_path / name / "bot.py").write_text(BOT)
    (tmp_path / "other.py").write_text("def broken(:\n")
    return tmp_path


def test_several_projects_in_one_call_are_each_their_own(two: Path) -> None:
    result = tgfix("apply", "--verbose", "one", "two", cwd=two)
    assert result.code == 0
    for name in ("one", "two"):
        assert (two / name / ".tgfix" / "journal").is_dir()
        assert "await asyncio.sleep" in (two / name / "bot.py").read_text()
        assert f"project: {two / name}" in result.err
    assert not (two / ".tgfix").exists() and "other.py" not in result.text + result.err
    assert tgfix("undo", "--project", "two", cwd=two).code == 0
    assert (two / "two" / "bot.py").read_text() == BOT != (two / "one" / "bot.py").read_text()


def test_one_report_tells_of_all_of_them(two: Path) -> None:
    report = json.loads(tgfix("check", "--format", "json", "one/bot.py", "two/bot.py", cwd=two).out)
    assert {finding["path"] for finding in report["findings"]} == {"one/bot.py", "two/bot.py"}
    assert report["summary"]["files"] == 2


@pytest.mark.parametrize("option", ["-i", "--commit-per-codemod"])
def test_what_is_decided_for_a_project_is_asked_for_one_at_a_time(two: Path, option: str) -> None:
    result = tgfix("apply", option, "one", "two", cwd=two)
    assert result.code == 2 and "several projects (one, two)" in result.err


@pytest.mark.parametrize("planned", [look, make_plan])
def test_a_plan_shows_the_same_once_it_has_given_memory_back(two: Path, planned: Callable[..., Plan]) -> None:
    root = two / "one"
    (root / "helpers.py").write_text("import time\n\n\nasync def wait():\n    time.sleep(2)\n")
    files = [root / "bot.py", root / "helpers.py"]
    kept, released = (planned(files, load_codemods(), Settings(root=root)) for _ in range(2))
    shown = [*kept.chosen, *kept.hidden]
    released.release()
    projects = [proposal.project for proposal in (*released.chosen, *released.hidden)]
    assert shown and not any(project.is_parsed(path) for project in projects for path in files)
    for path in files:  # what is shown is what was found, whatever has become of the files
        path.write_text("")
    assert [p.alone for p in (*released.chosen, *released.hidden)] == [proposal.alone for proposal in shown]
    assert (released.files, released.left) == (kept.files, kept.left)


def test_projects_are_forgotten_before_the_next_one_is_read(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []
    release = Plan.release

    def released(plan: Plan) -> None:
        projects = [proposal.project for proposal in (*plan.chosen, *plan.hidden)]
        parsed.append(sum(project.is_parsed(path) for project in projects for path in plan.examined))
        release(plan)

    monkeypatch.setattr(Plan, "release", released)
    monkeypatch.chdir(two)
    together = tgfix("check", "--all", "one", "two", cwd=two).out
    for name in ("one", "two"):
        assert set(tgfix("check", "--all", name, cwd=two).out.splitlines()) <= set(together.splitlines())
    for paths, held in ((["one"], 0), (["one", "two"], 2)):
        app(["check", "--no-cache", *paths], standalone_mode=False)
        assert len(parsed) == held and all(parsed)


def test_verifying_changes_and_their_diffs_leaves_no_project_behind(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Project]] = []
    with_modules = Project.with_modules

    def counted(project: Project, changed: Mapping[Path, Module]) -> Project:
        made.append(weakref.ref(other := with_modules(project, changed)))
        return other

    plan = look([two / "one" / "bot.py"], load_codemods(), Settings(root=two / "one"))
    proposals = [*plan.chosen, *plan.hidden]
    monkeypatch.setattr(Project, "with_modules", counted)
    gc.disable()  # as a check does
    try:
        assert all(seen.is_verified and seen.alone for _, seen in verified(proposals))
    finally:
        gc.enable()
    assert made and not any(project() for project in made)
    assert all(proposal.project.module(two / "one" / "bot.py").project is proposal.project for proposal in proposals)


def test_most_trees_of_a_project_go_without_a_search_for_cycles(two: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, trees = two / "one", list[weakref.ref[ast.Module]]()
    for number in range(8):
        (root / f"part{number}.py").write_text(
            BOT if number % 2 else "import time\n\n\ndef wait():\n    time.sleep(2)\n"
        )
    made = Module.__init__

    def counted(module: Module, *given: Any) -> None:
        made(module, *given)
        trees.append(weakref.ref(module.tree))

    monkeypatch.setattr(Module, "__init__", counted)
    gc.disable()  # as a check does
    try:
        plan = look(sorted(root.glob("*.py")), load_codemods(), Settings(root=root))
        assert len(trees) >= 8 and all(tree() for tree in trees)
        plan.release()
        assert sum(tree() is not None for tree in trees) <= len(trees) // 3
    finally:
        gc.enable()


def test_a_plan_that_gives_memory_back_keeps_bytes_alone_and_no_answers_about_texts(two: Path) -> None:
    bot = two / "one" / "bot.py"
    plan = look([bot], load_codemods(), Settings(root=two / "one"))
    text = weakref.ref(plan.projects[0].source(bot))
    assert text() is not None and imports_in(b"import time\n") is imports_in(b"import time\n")
    answer = imports_in(b"import time\n")
    Releases().of(plan)
    assert text() is None and imports_in(b"import time\n") is not answer
    again = plan.projects[0].source(bot)
    assert again and again.text == BOT
