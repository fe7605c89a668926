"""The generated pages and the README say what the program does."""

from __future__ import annotations

import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_generated_pages_are_up_to_date() -> None:
    pages: dict[Path, str] = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()
    assert len(pages) > 1
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is stale; run `python docs/generate.py`"
    assert set((ROOT / "docs" / "codemods").glob("*.md")) == {
        path for path in pages if path.parent.name == "codemods"
    }, "pages of codemods that are gone"


def test_the_picture_in_the_readme_is_what_a_dry_run_of_the_sample_bot_prints(tmp_path: Path) -> None:
    picture = re.search(r"```diff\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert picture is not None
    bot = tmp_path / "bot"
    shutil.copytree(ROOT / "fixtures" / "sample_bot", bot)
    run = subprocess.run(
        [sys.executable, "-m", "tgfix", "apply", "--dry-run", "--select", "TGF501", "."],
        cwd=bot,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert run.returncode == 1, run.stderr
    assert run.stdout.startswith(picture[1])


def test_links_in_the_documentation_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        prose = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", prose):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"
