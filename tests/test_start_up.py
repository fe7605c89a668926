"""What starts fast stays fast: heavy libraries are loaded when there is work for them, not before."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.machinery import PathFinder
from pathlib import Path

import pytest
from typer.main import get_command

from tgfix.cli.app import called_by
from tgfix.cli.main import app
from tgfix.codemods import may_be_registered

#: Each takes longer to load than everything that `tgfix list` does.
HEAVY = {
    "libcst",
    "packaging",
    "bowler",
    "fissix",
    "rich",
    "pydantic",
    "asyncio",
    "multiprocessing",
    "pygls",
    "lsprotocol",
}

PROGRAM = """\
import contextlib, io, json, sys
from tgfix.cli.main import main
out = io.TextIOWrapper(io.BytesIO(), "utf-8")
try:
    with contextlib.redirect_stdout(out):
        main(sys.argv[1:])
except SystemExit as end:
    code = end.code
out.flush()
print(json.dumps([code, len(out.buffer.getvalue()), sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def loaded_by(*args: str, cwd: Path) -> set[str]:
    """Top-level packages that are loaded after `tgfix` with those arguments has printed something and ended well."""
    run = subprocess.run([sys.executable, "-c", PROGRAM, *args], cwd=cwd, capture_output=True, text=True, check=True)
    code, printed, modules = json.loads(run.stdout)
    assert code == 0 and printed, run.stderr
    return set(modules)


@pytest.mark.parametrize(
    "args",
    [
        ["--version"],
        ["--help"],
        ["apply", "--help"],
        ["list"],
        ["list", "--format", "json"],
        ["explain", "TGF501"],
        ["lsp", "--help"],
    ],
    ids=" ".join,
)
def test_commands_that_only_print_load_nothing_heavy(args: list[str], tmp_path: Path) -> None:
    assert not loaded_by(*args, cwd=tmp_path) & HEAVY


def test_a_call_makes_the_parameters_of_its_own_command_alone() -> None:
    every = set(get_command(app).commands)  # type: ignore[attr-defined]
    called = {"check": ["check", "--help"], "list": ["list"]}
    assert {name: set(get_command(called_by(args)).commands) for name, args in called.items()} == {  # type: ignore[attr-defined]
        name: {name} for name in called
    }
    for args in ([], ["--help"], ["chekc"]):
        assert set(get_command(called_by(args)).commands) == every > {"check", "apply"}  # type: ignore[attr-defined]


def test_the_version_is_told_without_loading_the_commands(tmp_path: Path) -> None:
    program = "import sys\nfrom tgfix.__main__ import main\nmain()\nprint([n for n in sys.modules if n.startswith(('typer', 'tgfix.cli'))])"
    run = subprocess.run(
        [sys.executable, "-c", program, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("tgfix ") and run.stdout.endswith("\n[]\n")


def test_a_run_over_files_that_hold_no_needle_loads_nothing_heavy(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        "async def start(update, context):\n    await update.message.reply_text('Hello!')\n"
    )
    assert not loaded_by("apply", "--format", "json", ".", cwd=tmp_path) & HEAVY


def test_a_check_that_offers_no_change_of_statements_loads_no_libcst(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        "from telethon import TelegramClient, events\n\nclient = TelegramClient('bot', 1, '')\n\n"
        "@client.on(events.NewMessage)\nasync def handle(event):\n    with open('log.txt', 'a') as log:\n"
        "        log.write('message\\n')\n\nclient.run_until_disconnected()\n"
    )
    assert "libcst" not in loaded_by("check", "--all", "--exit-zero", "--no-cache", "--format", "json", cwd=tmp_path)


def test_where_nothing_registers_codemods_nobody_loads_what_reads_metadata(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "meta_path", [PathFinder])
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "missing")])
    (tmp_path / "other-1.dist-info").mkdir()
    entries = tmp_path / "other-1.dist-info" / "entry_points.txt"
    entries.write_text("[console_scripts]\nother = other:main\n")
    assert not may_be_registered()
    entries.write_text("[tgfix.codemods]\nother = other:Other\n")
    assert may_be_registered()
    entries.unlink()
    (tmp_path / "old-1.egg-info").write_text("Name: old\n")
    assert not may_be_registered()
    (tmp_path / "packed-1.egg").write_bytes(b"PK")
    assert may_be_registered(), "an archive is not looked into"


def test_importing_the_package_loads_nothing_of_it(tmp_path: Path) -> None:
    program = "import sys, tgfix; print([name for name in sys.modules if name.startswith('tgfix.')])"
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"


def test_every_public_name_can_be_imported() -> None:
    import tgfix

    for name in tgfix.__all__:
        assert getattr(tgfix, name) is not None
    assert set(tgfix.__all__) <= set(dir(tgfix))


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    import tgfix

    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        tgfix.nothing  # noqa: B018 - the access is what is tested
