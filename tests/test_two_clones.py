"""The walk through docs/teams.md: from the first look at the sample bot to a reviewed and merged change, in two clones."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import git_environment, launcher

from tgfix.engine.run.baseline import Baseline

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "teams.md").read_text(encoding="utf-8").partition("## From the first look")[2]
ADA, BEN = re.findall(r"```sh\n# \w+\n(.*?)```", PAGE, re.DOTALL)


def shell(script: str, cwd: Path, path: Path) -> str:
    environment = git_environment()
    environment |= {"PATH": f"{path}:{environment['PATH']}"}
    run = subprocess.run(["bash", "-ec", script], cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


@pytest.mark.slow
def test_the_walk_ends_with_a_faster_bot_on_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "bin"
    launcher(path / "tgfix")
    launcher(path / "python", [sys.executable])
    first = tmp_path / "first"
    shutil.copytree(ROOT / "fixtures" / "sample_bot", first)
    begin = "git init -q -b main && git add . && git commit -q -m Begin && git clone -q --bare . ../shared.git"
    shell(begin, first, path)
    for name in ("ada", "ben"):
        shell(f"git clone -q shared.git {name}", tmp_path, path)
    ada, ben = tmp_path / "ada", tmp_path / "ben"

    said = shell(ADA, ada, path)
    assert "0 findings, " in said and "known from the baseline" in said
    assert (ada / "review.html").exists()
    before = len(Baseline.load(ada / "tgfix-baseline.json"))
    said = shell(BEN, ben, path)
    assert (
        "TGF201" in said
        and "+        async with httpx.AsyncClient(verify=tls_context()" in said
        and "0 findings" in said
    )
    assert "CommandPattern" in (ben / "bot.py").read_text() and "time.sleep(1)" in (ben / "bot.py").read_text()
    merged = shell("git fetch -q && git log --format=%s origin/main", ada, path).splitlines()
    assert merged[-2:] == ["Begin with tgfix", "Begin"] and merged[0] == "Take what was rewritten out of the baseline"
    assert len(merged) > 4, "a commit for each codemod"
    assert 0 < before < 14, "what was rewritten is gone from it"
    shell("python -m compileall -q .", ben, path)
