"""The GitHub action as a runner runs it, and the commands of docs/ci.md with stand-ins for the services they talk to."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from command import BOT, CLEAN, environment, git_environment, launcher, tgfix

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")


class Runner:
    """Runs the steps of a composite action: expressions, environment files, conditions, `shell: bash`."""

    def __init__(self, temp: Path, workspace: Path, action: Path = ROOT, **inputs: str) -> None:
        self.workspace, self.action = workspace, action
        assert set(inputs) <= set(ACTION["inputs"])
        self.inputs = {name: inputs.get(name, given["default"]) for name, given in ACTION["inputs"].items()}
        self.files = {name: temp / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in self.files.values():
            file.touch()
        self.temp = temp
        self.log = ""

    def value(self, text: str) -> str:
        known = {f"inputs.{name}": value for name, value in self.inputs.items()} | {
            "github.action_path": str(self.action)
        }
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: known[found[1]], text)

    def step(self, name: str) -> int:
        (step,) = [step for step in ACTION["runs"]["steps"] if step["name"] == name]
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an input in a script is an injection"
        own = {key: self.value(value) for key, value in step.get("env", {}).items()}
        files = {key: str(file) for key, file in self.files.items()}
        run = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env=environment(RUNNER_TEMP=str(self.temp), **own, **files),
            capture_output=True,
            text=True,
            timeout=600,
        )
        self.log += run.stdout + run.stderr
        return run.returncode

    @property
    def uploads(self) -> bool:
        (step,) = [step for step in ACTION["runs"]["steps"] if "uses" in step]
        assert step["if"] == "${{ always() && inputs.report == 'sarif' }}"
        return self.inputs["report"] == "sarif" and (self.workspace / step["with"]["sarif_file"]).exists()


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    directory = tmp_path / "a bot"
    directory.mkdir()
    (directory / "bot.py").write_text(BOT)
    (directory / "clean.py").write_text(CLEAN)
    return directory


def runner(tmp_path: Path, bot: Path, **inputs: str) -> Runner:
    """One on which the action is installed."""
    launcher(tmp_path / "tgfix" / "bin" / "tgfix")
    return Runner(tmp_path, bot, **inputs)


def test_the_action_annotates_summarises_and_fails(tmp_path: Path, bot: Path) -> None:
    run = runner(tmp_path, bot)
    assert run.step("Look for findings") == 1
    assert "::warning file=bot.py,line=9" in run.log
    assert run.files["GITHUB_OUTPUT"].read_text() == "findings=1\n"
    assert "| **TGF501** async-sleep" in run.files["GITHUB_STEP_SUMMARY"].read_text()
    assert not run.uploads


def test_the_action_can_only_show(tmp_path: Path, bot: Path) -> None:
    run = runner(tmp_path, bot, fail="false", paths="bot.py clean.py", args="--select TGF501")
    assert run.step("Look for findings") == 0 and "::warning file=bot.py" in run.log
    run = runner(tmp_path, bot, paths="clean.py")
    assert run.step("Look for findings") == 0 and run.files["GITHUB_OUTPUT"].read_text().endswith("findings=0\n")


def test_the_action_writes_sarif_for_code_scanning(tmp_path: Path, bot: Path) -> None:
    run = runner(tmp_path, bot, report="sarif")
    assert run.step("Look for findings") == 1 and run.uploads
    (sarif,) = json.loads((bot / "tgfix.sarif").read_text())["runs"]
    assert len(sarif["results"]) == 3


def test_the_action_fails_on_errors_whatever_it_is_told(tmp_path: Path, bot: Path) -> None:
    for inputs in ({"args": "--select TGF9999"}, {"report": "html"}):
        run = runner(tmp_path, bot, fail="false", **inputs)
        assert run.step("Look for findings") == 2


def test_inputs_are_data_to_the_action(tmp_path: Path, bot: Path) -> None:
    run = runner(tmp_path, bot, args="$(touch hacked)", paths="; touch hacked")
    assert run.step("Look for findings") == 2
    assert not (bot / "hacked").exists()


@pytest.mark.slow
def test_the_action_installs_the_revision_it_is_of(tmp_path: Path, bot: Path) -> None:
    # a copy: setuptools leaves its files in the directory that it builds
    left = shutil.ignore_patterns(".git", ".venv", "*.egg-info", "__pycache__", "tests", "fixtures", "build")
    shutil.copytree(ROOT, tmp_path / "action", ignore=left)
    run = Runner(tmp_path, bot, tmp_path / "action")
    assert run.step("Install tgfix") == 0, run.log
    assert run.step("Look for findings") == 1, run.log


def test_every_input_of_the_action_is_documented() -> None:
    table = re.findall(r"^\| `(\w+)` \|", PAGE.partition("## GitLab")[0], re.MULTILINE)
    assert table == list(ACTION["inputs"])
    assert all(given["description"] for given in ACTION["inputs"].values())


# The recipes


def blocks(heading: str, language: str) -> list[str]:
    """The fenced blocks of a section."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


#: Stand-ins that know the options that the recipes may use and nothing else.
FAKES = {
    "pip": "#!/bin/sh\n",
    "reviewdog": """#!/usr/bin/env python3
import json, sys
assert sys.argv[1:] == ["-f=rdjsonl", "-name=tgfix", "-reporter=github-pr-review", "-fail-level=none"], sys.argv
for line in sys.stdin:
    found = json.loads(line)
    print(found["location"]["path"], found["code"]["value"], len(found.get("suggestions", [])))
""",
    "gh": """#!/usr/bin/env python3
import argparse, os, pathlib
parser = argparse.ArgumentParser()
for name in ("pr", "edit", "branch"):
    parser.add_argument(name)
parser.add_argument("--repo", default=os.path.basename(os.getcwd()))
parser.add_argument("--body-file", type=pathlib.Path, required=True)
given = parser.parse_args()
bodies = pathlib.Path(os.environ["SERVICE"], "bodies")
bodies.mkdir(exist_ok=True)
pull = pathlib.Path(os.environ["SERVICE"], "pulls", os.path.basename(given.repo))
if not pull.exists():
    raise SystemExit("no pull requests found for branch")
(bodies / pull.name).write_text(given.body_file.read_text())
""",
    "multi-gitter": """#!/usr/bin/env python3
import argparse, os, pathlib, subprocess
parser = argparse.ArgumentParser(allow_abbrev=False)
for name in ("run", "script"):
    parser.add_argument(name)
for name in ("--org", "--branch", "--commit-message"):
    parser.add_argument(name, required=True)
given = parser.parse_args()
service = pathlib.Path(os.environ["SERVICE"])
for repository in sorted((service / "repositories").iterdir()):
    clone = service / "clones" / repository.name
    git = lambda *args, cwd=clone: subprocess.run(["git", *args], cwd=cwd, check=True, capture_output=True, text=True)
    git("clone", "-q", str(repository), str(clone), cwd=service)
    git("checkout", "-q", "-b", given.branch)
    subprocess.run(given.script, cwd=clone, check=True, env={**os.environ, "REPOSITORY": f"{given.org}/{repository.name}"})
    git("add", ".")
    if git("status", "--porcelain").stdout:
        git("commit", "-q", "-m", given.commit_message)
        (service / "pulls" / repository.name).write_text(git("show", "--stat", "--format=%s").stdout)
""",
    "turbolift": """#!/usr/bin/env python3
import os, pathlib, subprocess, sys
command, *args = sys.argv[1:]
service = pathlib.Path(os.environ["SERVICE"])
run = lambda *args, cwd: subprocess.run(args, cwd=cwd, check=True, capture_output=True, text=True).stdout
if command == "init":
    assert args == ["--name", "tgfix"], args
    pathlib.Path("tgfix").mkdir()
    raise SystemExit
assert pathlib.Path("repos.txt").exists() and pathlib.Path.cwd().name == "tgfix"
for name in pathlib.Path("repos.txt").read_text().split():
    clone = pathlib.Path("work", name)
    if command == "clone":
        clone.parent.mkdir(parents=True, exist_ok=True)
        run("git", "clone", "-q", str(service / "repositories" / clone.name), str(clone), cwd=".")
        run("git", "checkout", "-q", "-b", "tgfix", cwd=clone)
    elif command == "foreach":
        assert args[0] == "--", args
        subprocess.run(args[1:], cwd=clone)
    elif command == "commit":
        assert args[0] == "--message", args
        if run("git", "status", "--porcelain", cwd=clone):
            run("git", "commit", "-q", "--all", "--message", args[1], cwd=clone)
    else:
        assert (command, args) == ("create-prs", []), (command, args)
        if run("git", "log", "origin/HEAD..HEAD", "--format=%s", cwd=clone):
            (service / "pulls" / clone.name).write_text(run("git", "show", "--stat", "--format=%s", cwd=clone))
""",
}


@pytest.fixture
def service(tmp_path: Path) -> Path:
    """Two repositories, one with findings, and the stand-ins on a path of their own."""
    found = tmp_path / "service"
    for name in ("bin", "repositories", "pulls", "clones"):
        (found / name).mkdir(parents=True)
    for name, text in FAKES.items():
        (found / "bin" / name).write_text(text)
        (found / "bin" / name).chmod(0o755)
    launcher(found / "bin" / "tgfix")
    for name, text in (("slow-bot", BOT), ("clean-bot", CLEAN)):
        repository = found / "repositories" / name
        repository.mkdir()
        (repository / "bot.py").write_text(text)
        for args in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Begin"]):
            subprocess.run(["git", *args], cwd=repository, check=True, env=git_environment())
    return found


def shell(script: str, cwd: Path, service: Path, code: int = 0, **more: str) -> str:
    """What a script prints to stdout, with the stand-ins before everything else."""
    given = git_environment() | {"PATH": f"{service / 'bin'}:{os.environ['PATH']}", "SERVICE": str(service)} | more
    run = subprocess.run(["bash", "-c", script], cwd=cwd, env=given, capture_output=True, text=True, timeout=300)
    assert run.returncode == code, run.stdout + run.stderr
    return run.stdout


def test_the_github_recipe_without_the_action(service: Path, bot: Path, tmp_path: Path) -> None:
    (script,) = blocks("GitHub", "sh")
    printed = shell(script, bot, service, GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    assert "::warning file=bot.py,line=9" in printed
    assert "TGF501" in (tmp_path / "summary.md").read_text()


def test_the_workflow_uses_inputs_that_there_are() -> None:
    (workflow,) = blocks("GitHub", "yaml")
    (job,) = yaml.safe_load(workflow)["jobs"].values()
    step = job["steps"][-1]
    assert step["uses"] == "OWNER/tgfix@RELEASE" and set(step["with"]) <= set(ACTION["inputs"])


def test_the_gitlab_recipe_leaves_the_report_it_names(service: Path, bot: Path) -> None:
    (pipeline,) = blocks("GitLab", "yaml")
    job: Any = yaml.safe_load(pipeline)["tgfix"]
    shell("set -e\n" + "\n".join(job["script"]), bot, service, code=1)
    assert job["artifacts"]["when"] == "always", "the job fails where there is something to show"
    report = json.loads((bot / job["artifacts"]["reports"]["codequality"]).read_text())
    assert {entry["location"]["path"] for entry in report} == {"bot.py"}


def test_the_reviewdog_recipe_gives_it_suggestions(service: Path, bot: Path) -> None:
    (script,) = blocks("Reviewdog", "sh")
    printed = shell(f"set -o pipefail\n{script}", bot, service).splitlines()
    assert [line.split()[:2] for line in printed] == [["bot.py", "TGF501"]] * 3
    assert any(int(line.split()[2]) for line in printed)


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["multi-gitter", "turbolift"])
def test_a_campaign_makes_one_pull_request_for_each_repository_with_its_own_text(
    service: Path, tmp_path: Path, tool: str
) -> None:
    script, *recipes = blocks("Many repositories", "sh")
    (recipe,) = [recipe for recipe in recipes if tool in recipe]
    place = tmp_path / "campaign"
    place.mkdir()
    (place / "tgfix-everywhere.sh").write_text(script)
    (place / "tgfix-everywhere.sh").chmod(0o755)
    (place / "repos.txt").write_text("ORG/slow-bot\nORG/clean-bot\n")
    shell(recipe, place, service)
    assert [pull.name for pull in (service / "pulls").iterdir()] == ["slow-bot"]
    pull = (service / "pulls" / "slow-bot").read_text()
    assert "Let the bot wait without standing still" in pull and "1 file changed" in pull and "bot.py" in pull
    assert [body.name for body in (service / "bodies").iterdir()] == ["slow-bot"]
    body = (service / "bodies" / "slow-bot").read_text()
    assert "await asyncio.sleep(5)" in body and body.startswith("## tgfix")


def test_the_checkout_of_a_campaign_holds_nothing_of_tgfix(service: Path, tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text(blocks("Many repositories", "sh")[0])
    clone = tmp_path / "clone"
    shutil.copytree(service / "repositories" / "slow-bot", clone)
    shell(f"sh {tmp_path}/run.sh", clone, service, REPOSITORY="ORG/slow-bot", TEXTS=str(tmp_path / "texts"))
    assert sorted(path.name for path in clone.iterdir()) == [".git", "bot.py"]
    assert tgfix("check", "--select=TGF501", cwd=clone).text.count("[safe]") == 0
