"""Rounds, choices, withheld changes and what a plan reports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tgfix.engine import harness
from tgfix.engine.analysis.module import Module, Project
from tgfix.engine.codemod import Codemod, replace
from tgfix.engine.model import Assumption, Change, Edit, FileChange, Finding, Hazard
from tgfix.engine.run.plan import Plan

RISK = Assumption(Hazard.UNPROVED, "this is what you want")

BOT = harness.ROOT / "bot.py"


class Rename(Codemod):
    """`old()` becomes `new()`; `risky()` needs an eye; `never()` is left alone."""

    code, name, title = "TGF901", "rename-old", "Rename it"
    needles = (b"old", b"risky", b"never")
    replacement = "new"

    def find(self, module: Module) -> Iterator[Finding]:
        for call in module.all(ast.Call):
            match call.func:
                case ast.Name(id="old" | "risky" as word):
                    verdicts = () if word == "old" else (RISK,)
                    edit = replace(module, call.func, self.replacement)
                    yield self.finding(
                        module, call, "it is old", change=self.change(module, [edit], "It is new.", verdicts=verdicts)
                    )
                case ast.Name(id="never"):
                    yield self.finding(module, call, "it is old", reason="it is loved")


def plan(codemod: Codemod, text: str, *, unsafe: bool = False) -> Plan:
    return harness.run([codemod], {BOT: text.encode()}, unsafe=unsafe)


def text_after(of: Plan) -> str:
    return of.files[0].after.decode() if of.files else ""


NEW = "def new(*a): ...\n"


def test_safe_changes_are_chosen_and_unsafe_ones_hidden() -> None:
    made = plan(Rename(), NEW + "old()\nrisky = never = print\nrisky()\nnever()\n")
    assert text_after(made) == NEW + "new()\nrisky = never = print\nrisky()\nnever()\n"
    assert [p.finding.line for p in made.chosen] == [2]
    assert [p.finding.line for p in made.hidden] == [4]
    assert [(f.line, f.reason) for f in made.left] == [(5, "it is loved")]
    assert [f.line for f in made.findings] == [2, 4, 5]


def test_unsafe_changes_are_chosen_when_asked_for() -> None:
    assert text_after(plan(Rename(), NEW + "risky()\n", unsafe=True)) == NEW + "new()\n"


def test_overlapping_changes_are_applied_in_rounds() -> None:
    class Unwrap(Rename):
        def find(self, module: Module) -> Iterator[Finding]:
            for call in module.all(ast.Call):
                if isinstance(call.func, ast.Name) and call.func.id == "old":
                    text = f"new({', '.join(module.segment(a) for a in call.args)})"
                    yield self.finding(
                        module, call, "old", change=self.change(module, [replace(module, call, text)], "New.")
                    )

    made = plan(Unwrap(), NEW + "old(old(old(1)), old(2))\n")
    assert text_after(made) == NEW + "new(new(new(1)), new(2))\n"
    assert len(made.chosen) == 4 and not made.problems


def test_hidden_findings_keep_the_positions_of_the_users_text() -> None:
    class Grow(Rename):
        replacement = "new(\n    0\n) or new"

    made = plan(Grow(), NEW + "old()\nnever()\nif risky(): pass\n")
    assert [p.finding.line for p in made.hidden] == [4] and [f.line for f in made.left] == [3]
    assert list(made.hidden[0].alone) == [BOT]


def test_a_change_that_fails_verification_is_withheld_and_the_others_are_made() -> None:
    class Mixed(Rename):
        def find(self, module: Module) -> Iterator[Finding]:
            for finding in super().find(module):
                if finding.line == 3 and finding.change:
                    broken = Edit(finding.change.files[0].edits[0].start, finding.change.files[0].edits[0].end, "((")
                    yield self.finding(
                        module, module.tree.body[2], "x", change=self.change(module, [broken], "Broken.")
                    )
                else:
                    yield finding

    made = plan(Mixed(), NEW + "old()\nold()\nold()\n")
    assert text_after(made) == NEW + "new()\nold()\nnew()\n"
    (problem,) = made.problems
    assert problem.fatal and "TGF901" in problem.message and problem.line == 3


def test_a_hidden_change_that_would_fail_is_reported_and_not_shown() -> None:
    class Broken(Rename):
        replacement = "(("

    made = plan(Broken(), "risky()\n")
    assert not made.hidden and made.problems[0].fatal


def test_a_codemod_that_fails_costs_only_its_own_findings() -> None:
    class Failing(Rename):
        code, name = "TGF902", "fail-always"

        def find(self, module: Module) -> Iterator[Finding]:
            raise KeyError("x")

    made = harness.run([Failing(), Rename()], {BOT: (NEW + "old()\n").encode()}, unsafe=False)
    assert text_after(made) == NEW + "new()\n"
    assert made.problems[0].fatal and "TGF902" in made.problems[0].message and "KeyError" in made.problems[0].message


def test_changes_that_never_settle_are_given_up() -> None:
    class Endless(Rename):
        replacement = "old"

        def find(self, module: Module) -> Iterator[Finding]:
            for call in module.all(ast.Call):
                if isinstance(call.func, ast.Name) and call.func.id == "old":
                    yield self.finding(
                        module,
                        call,
                        "x",
                        change=self.change(module, [Edit(*[module.end(call) - 1] * 2, "0,")], "More."),
                    )

    made = plan(Endless(), "def old(*a): ...\nold()\n")
    assert not made.files and not made.chosen
    assert made.problems[0].fatal and "does not settle" in made.problems[0].message


def test_a_fingerprint_survives_moved_lines_and_tells_equals_apart() -> None:
    first = plan(Rename(), "never()\nnever()\n").left
    moved = plan(Rename(), "# more\n\nx = 1\nnever()\nnever( )\n").left
    assert first[0].fingerprint == moved[0].fingerprint
    assert len({f.fingerprint for f in first}) == 2


def test_a_comment_silences_its_finding() -> None:
    made = plan(Rename(), NEW + "old()  # tgfix: ignore[TGF901]\nold()\n")
    assert [p.finding.line for p in made.chosen] == [3] and made.suppressed == 1
    assert not plan(Rename(), NEW + "# tgfix: skip-file\nold()\n").findings


def test_progress_counts_files() -> None:
    seen: list[tuple[int, int]] = []
    from tgfix.engine.run.planner import make_plan
    from tgfix.engine.sources.config import Settings

    files = {BOT: b"x", BOT.with_name("b.py"): b"y"}
    make_plan(
        sorted(files),
        [Rename()],
        Settings(root=harness.ROOT),
        sources=files,
        progress=lambda done, of: seen.append((done, of)),
    )
    assert seen == [(0, 2), (1, 2), (2, 2)]


class Everywhere(Rename):
    """One change over all files of the project."""

    def find(self, module: Module) -> Iterator[Finding]:
        return iter(())

    def find_in_project(self, project: Project) -> Iterator[Finding]:
        parts = []
        for path in project.files:
            module = project.module(path)
            edits = [replace(module, c.func, "new") for c in module.all(ast.Call) if ast.unparse(c.func) == "old"]
            if edits:
                parts.append((module, FileChange(path, tuple(edits))))
        if parts:
            change = Change("Rename all", "All at once.", (), tuple(part for _, part in parts))
            yield self.finding(parts[0][0], parts[0][0].tree.body[-1], "old names", change=change)


def test_a_change_over_several_files_is_one_change() -> None:
    files = {harness.ROOT / name: (NEW + "old()\n").encode() for name in ("a.py", "b.py", "c.py")}
    made = harness.run([Everywhere()], files, unsafe=False)
    assert len(made.files) == 3 and len(made.chosen) == 1 and len(made.chosen[0].alone) == 3


def test_a_change_that_reaches_files_not_asked_for_is_left_with_that_reason(tmp_path: Path) -> None:
    from tgfix.engine.run.planner import make_plan
    from tgfix.engine.sources.config import Settings

    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text(NEW + "old()\n")
    made = make_plan([tmp_path / "a.py"], [Everywhere()], Settings(root=tmp_path))
    assert not made.files and "b.py" in (made.left[0].reason or "")


@pytest.mark.parametrize("form", ["nothing", "both"])
def test_a_finding_has_either_a_change_or_a_reason(form: str) -> None:
    change = Change("t", "w", (), ())
    with pytest.raises(ValueError, match="either"):
        Finding(
            "TGF901", "n", BOT, 1, 0, 1, 1, "m", change if form == "both" else None, "r" if form == "both" else None
        )


def test_a_mistyped_comment_is_remarked_on_and_silences_nothing() -> None:
    made = plan(Rename(), NEW + "old()  # tgfix: ignroe[TGF901]\n")
    assert len(made.chosen) == 1
    (problem,) = made.problems
    assert problem.remark and not problem.fatal and not problem.skipped and problem.line == 2


def test_an_internal_error_keeps_its_traceback_for_who_asks() -> None:
    class Failing(Rename):
        def find(self, module: Module) -> Iterator[Finding]:
            raise KeyError("x")

    (problem,) = plan(Failing(), "old()\n").problems
    assert "Traceback" in problem.detail and "Traceback" not in problem.message
