"""Neovim, set up as docs/editors.md says: a real client shows findings, hovers, and applies a change to unsaved text."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import environment, launcher
from pages import blocks

ROOT = Path(__file__).parents[1]
DRIVE = r"""
local seen = {}
local function wait(what, test)
  if not vim.wait(60000, test, 50) then error("waited in vain for " .. what) end
end
local function diagnostics()
  return vim.tbl_map(function(d) return { d.lnum + 1, d.code, d.severity } end, vim.diagnostic.get(0))
end
vim.cmd.edit("bot.py")
vim.api.nvim_buf_set_lines(0, 0, 0, true, { "# not saved" })
wait("findings in the unsaved text", function() return vim.tbl_contains(diagnostics(), function(d)
  return d[1] == 52 end, { predicate = true }) end)
seen.diagnostics = diagnostics()
vim.api.nvim_win_set_cursor(0, { 52, 12 })
local client = vim.lsp.get_clients({ name = "tgfix" })[1]
local place = vim.lsp.util.make_position_params(0, client.offset_encoding)
seen.hover = client:request_sync("textDocument/hover", place, 60000, 0).result.contents.value
seen.actions = {}
local before = vim.b.changedtick
vim.lsp.buf.code_action({ apply = true, filter = function(action)
  table.insert(seen.actions, action.title)
  return action.title == "Await asyncio.sleep() [safe]"
end })
wait("the edit", function() return vim.b.changedtick > before end)
vim.cmd.write()
vim.fn.writefile({ vim.json.encode(seen) }, "seen.json")
vim.cmd("qa!")
"""


def nvim() -> str | None:
    """The editor, where the tests' requirements bring it or the machine has it."""
    beside = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return shutil.which("nvim", path=beside)


@pytest.mark.slow
@pytest.mark.skipif(nvim() is None, reason="there is no package of Neovim for this system")
def test_findings_are_shown_and_a_change_is_applied_to_unsaved_text(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures" / "sample_bot", tmp_path / "bot")
    (tmp_path / "bot" / "tgfix.toml").write_text('assume = ["interleaving"]\n')
    launcher(tmp_path / "bin" / "tgfix")
    (tmp_path / "init.lua").write_text("\n".join(blocks(ROOT / "docs" / "editors.md", "lua")))
    (tmp_path / "drive.lua").write_text(DRIVE)
    places = {f"XDG_{name}_HOME": str(tmp_path / "xdg") for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    done = subprocess.run(
        [str(nvim()), "--headless", "-u", "../init.lua", "-S", "../drive.lua"],
        cwd=tmp_path / "bot",
        env=environment(**places, PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    seen = tmp_path / "bot" / "seen.json"
    assert seen.exists(), done.stdout + done.stderr
    told = json.loads(seen.read_text())
    assert [52, "TGF501", 2] in told["diagnostics"] and [35, "TGF501", 3] in told["diagnostics"]
    assert "polling, jobs and connections go on" in told["hover"]
    assert "Ignore TGF501 async-sleep here" in told["actions"]
    text = (tmp_path / "bot" / "bot.py").read_text()
    assert text.startswith("# not saved\n") and "import asyncio\n" in text
    assert re.findall(r"(?:await asyncio|time)\.sleep\(.*?\)", text) == [
        "time.sleep(float(seconds)", "await asyncio.sleep(0.05)", "time.sleep(1)"
    ]  # fmt: skip
