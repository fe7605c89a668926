"""The wheel and the sdist: built from what is committed, they install and run, and hold what the commands read."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from command import BOT, environment

from tgfix import __version__

ROOT = Path(__file__).parents[1]

#: What is no code and yet read at run time.
DATA = ("py.typed", "cli/schemas/settings.json", "cli/schemas/report.json", "cli/page/page.html", "cli/page/script.js",
        "skills/telegram-bot-performance/SKILL.md", "skills/telegram-bot-performance/references/by-hand.md")  # fmt: skip


def run(*args: str | Path, cwd: Path, code: int = 0) -> str:
    done = subprocess.run(list(map(str, args)), cwd=cwd, env=environment(), capture_output=True, text=True, timeout=600)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def uses(python: Path, cwd: Path) -> None:
    """Try what an installation has to be able to do, away from the sources."""
    tgfix = python.with_name("tgfix")
    assert run(tgfix, "--version", cwd=cwd) == f"tgfix {__version__}\n"
    (cwd / "bot.py").write_text(BOT)
    assert "TGF501" in run(tgfix, "check", "bot.py", cwd=cwd, code=1)
    assert run(tgfix, "apply", "bot.py", cwd=cwd) and "asyncio" in (cwd / "bot.py").read_text()
    assert "properties" in run(tgfix, "schema", "report", cwd=cwd)
    assert run(tgfix, "explain", "TGF501", cwd=cwd).startswith("# TGF501")
    run(tgfix, "report", "--html", "page.html", "bot.py", cwd=cwd)
    run(tgfix, "new", "quick-clock", cwd=cwd)


@pytest.mark.slow
def test_wheel_and_sdist_install_and_run(tmp_path: Path) -> None:
    source, dist = tmp_path / "source", tmp_path / "dist"
    left = shutil.ignore_patterns(".git", ".venv", "*.egg-info", "__pycache__", "build", "dist", ".tgfix")
    shutil.copytree(ROOT, source, ignore=left)
    run(sys.executable, "-m", "build", "--outdir", dist, source, cwd=tmp_path)
    wheel, sdist = dist / f"tgfix-{__version__}-py3-none-any.whl", dist / f"tgfix-{__version__}.tar.gz"
    assert sorted(dist.iterdir()) == [wheel, sdist]
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
    assert {f"tgfix/{name}" for name in DATA} <= set(names)
    assert not [name for name in names if name.split("/")[1] in ("tests", "fixtures", "docs", "benchmarks", "scripts")]
    with tarfile.open(sdist) as packed:
        names = packed.getnames()
    assert {f"tgfix-{__version__}/{name}" for name in (*DATA, "pyproject.toml", "LICENSE", "README.md")} <= set(names)

    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    for number, distribution in enumerate((wheel, sdist)):
        again = ["--force-reinstall", "--no-deps"] if number else []
        run(
            python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *again, distribution, cwd=tmp_path
        )
        place = tmp_path / f"use-{number}"
        place.mkdir()
        uses(python, place)
