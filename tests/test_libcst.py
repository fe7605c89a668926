"""LibCST codemods of others under review, undo and outputs of tgfix."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from command import tgfix, tree

DOCUMENT = Path(__file__).parents[1] / "docs" / "libcst.md"
BOT = "import os\n\nFIRST = 1\nLAST = 30  # caf\u00e9\n"
REMOVE = "libcst.codemod.commands.remove_unused_imports:RemoveUnusedImportsCommand"
NAMED = ("--select", "LIBCST", "--libcst", "tools.waits:ShorterWaits")
HEAD = "import libcst as cst\nfrom libcst.codemod import Codemod, SkipFile, VisitorBasedCodemodCommand\n\n\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A bot with CRLF and no final newline, another file, and the codemod of the documentation."""
    (tmp_path / "bot.py").write_bytes(BOT.replace("\n", "\r\n").encode().removesuffix(b"\r\n"))
    (tmp_path / "other.py").write_bytes(b"# coding: latin-1\nname = 'caf\xe9'\nsize = 2\n")
    (tmp_path / "tools").mkdir()
    [code] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    (tmp_path / "tools" / "waits.py").write_text(code)
    (tmp_path / "pyproject.toml").write_text('[tool.tgfix]\nexclude = ["tools"]\n')
    return tmp_path


def written(project: Path, code: str) -> None:
    """Puts another codemod in the place of the documentation's."""
    (project / "tools" / "waits.py").write_text(HEAD + code)


def test_what_it_edits_is_one_change_that_keeps_all_other_bytes_and_is_undone(project: Path) -> None:
    before = tree(project)
    run = tgfix("apply", "--unsafe-fixes", *NAMED, cwd=project)
    assert run.code == 0 and "2 files rewritten (1 change)" in run.err, run.err
    assert "running the LibCST codemod tools.waits:ShorterWaits, as --libcst asks for" in run.err
    after = tree(project)
    assert after["bot.py"] == before["bot.py"].replace(b"LAST = 30", b"LAST = 1")
    assert after["other.py"] == before["other.py"].replace(b"size = 2", b"size = 1")
    assert tgfix("undo", cwd=project).code == 0 and tree(project) == before


def test_it_is_unsafe_and_its_warnings_are_told(project: Path) -> None:
    run = tgfix("check", "--format", "json", *NAMED, cwd=project)
    [finding] = json.loads(run.text)["findings"]
    assert (finding["code"], finding["name"], finding["safety"]) == ("LIBCST", "shorter-waits", "unsafe")
    assert "It says of bot.py: 30 is a long time" in finding["why"] and run.code == 1


def test_a_warning_without_an_edit_is_a_finding_with_a_reason(project: Path) -> None:
    written(
        project,
        "class ShorterWaits(VisitorBasedCodemodCommand):\n"
        "    def visit_Integer(self, node: cst.Integer) -> None:\n"
        "        self.warn(f'look at {node.value}')\n",
    )
    run = tgfix("check", "--format", "json", *NAMED, "bot.py", cwd=project)
    assert [f["reason"] for f in json.loads(run.text)["findings"]] == ["look at 1", "look at 30"] and run.code == 0


def test_a_codemod_of_libcst_itself_runs_with_the_metadata_that_it_asks_for(project: Path) -> None:
    run = tgfix("apply", "--unsafe-fixes", "--select", "LIBCST", "--libcst", REMOVE, "bot.py", cwd=project)
    assert run.code == 0 and b"import os" not in (project / "bot.py").read_bytes()


def test_metadata_of_the_whole_repository_is_there(project: Path) -> None:
    written(
        project,
        "class ShorterWaits(VisitorBasedCodemodCommand):\n"
        "    METADATA_DEPENDENCIES = (cst.metadata.FullyQualifiedNameProvider,)\n\n"
        "    def visit_Assign(self, node: cst.Assign) -> None:\n"
        "        for name in self.get_metadata(cst.metadata.FullyQualifiedNameProvider, node.targets[0].target):\n"
        "            self.warn(name.name)\n",
    )
    run = tgfix("check", "--format", "json", *NAMED, "bot.py", cwd=project)
    assert [f["reason"] for f in json.loads(run.text)["findings"]] == ["bot.FIRST", "bot.LAST"]


def test_the_configuration_names_codemods(project: Path) -> None:
    (project / "pyproject.toml").write_text(
        '[tool.tgfix]\nexclude = ["tools"]\nselect = ["LIBCST"]\nlibcst = ["tools.waits:ShorterWaits"]\n'
    )
    run = tgfix("apply", "--unsafe-fixes", cwd=project)
    assert run.code == 0 and "as pyproject.toml asks for" in run.err and "2 files rewritten" in run.err
    off = tgfix("check", "--ignore", "LIBCST", cwd=project)
    assert off.code == 0 and "running" not in off.err


def test_a_file_that_it_skips_stays(project: Path) -> None:
    written(
        project,
        "class ShorterWaits(Codemod):\n"
        "    def transform_module_impl(self, tree: cst.Module) -> cst.Module:\n"
        "        raise SkipFile('not this one')\n",
    )
    before = tree(project)
    assert tgfix("apply", "--unsafe-fixes", *NAMED, cwd=project).code == 0 and tree(project) == before


def test_one_that_fails_changes_nothing_and_says_where(project: Path) -> None:
    written(
        project,
        "class ShorterWaits(VisitorBasedCodemodCommand):\n"
        "    def visit_Integer(self, node: cst.Integer) -> None:\n"
        "        1 / 0\n",
    )
    before = tree(project)
    run = tgfix("apply", "--unsafe-fixes", *NAMED, cwd=project)
    assert run.code == 2 and tree(project) == before
    assert "the codemod fails: ZeroDivisionError: division by zero (waits.py:7)" in run.err


def test_an_edit_that_leaves_a_name_undefined_is_refused(project: Path) -> None:
    written(
        project,
        "class ShorterWaits(VisitorBasedCodemodCommand):\n"
        "    def leave_Integer(self, original_node: cst.Integer, updated_node: cst.Integer) -> cst.Name:\n"
        "        return cst.Name('unknown')\n",
    )
    run = tgfix("apply", "--dry-run", "--unsafe-fixes", *NAMED, cwd=project)
    assert run.code == 0 and "is refused: the name unknown would be undefined" in " ".join(run.text.split())


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("tools.waits", "write it as `module:Class`"),
        ("tools.gone:X", "the module cannot be imported: ModuleNotFoundError: No module named 'tools.gone'"),
        ("tools.waits:cst", "`cst` is no codemod: it has to be a subclass of `libcst.codemod.Codemod`"),
        ("libcst.codemod:VisitorBasedCodemodCommand", None),
        ("libcst.codemod:Codemod", "`Codemod` is abstract"),
        ("tools.waits:Needy", "needs `limit`; name a subclass that gives them"),
    ],
)
def test_a_name_that_cannot_be_run_is_a_wrong_call(project: Path, spec: str, message: str | None) -> None:
    written(
        project,
        "class Needy(VisitorBasedCodemodCommand):\n"
        "    def __init__(self, context, limit):\n"
        "        super().__init__(context)\n",
    )
    run = tgfix("apply", "--libcst", spec, cwd=project)
    if message is None:
        assert run.code == 0
    else:
        assert run.code == 2 and run.error == f"--libcst {spec}: {message}"
