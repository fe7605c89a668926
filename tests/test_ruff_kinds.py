"""What ruff's rules for blocking code in coroutines fire at: each place is a finding, or is listed with its reason by ``--all``."""

from __future__ import annotations

import pytest

from tgfix.codemods import load_codemods
from tgfix.engine.harness import ROOT
from tgfix.engine.run.planner import make_plan
from tgfix.engine.sources.config import Settings

_VERBS = "get post put patch delete head options".split()
KINDS = {
    "ASYNC210": [
        *(f"requests.{verb}('https://a.test')" for verb in _VERBS),
        *(f"httpx.{verb}('https://a.test')" for verb in _VERBS),
        "requests.get('https://a.test', stream=True).json()",
        "httpx.stream('GET', 'https://a.test')",
        "urllib.request.urlopen('https://a.test')",
        "urllib3.request('GET', 'https://a.test')",
    ],
    "ASYNC212": [
        *(f"client.{verb}('https://a.test')" for verb in _VERBS),
        "client.request('GET', 'https://a.test')",
        "client.send(message)",
        "client.stream('GET', 'https://a.test')",
        "client.close()",
        "httpx.Client().get('https://a.test')",
    ],
    "ASYNC220": [
        "subprocess.Popen(['make'])",
        "os.popen('make')",
        "os.spawnl(os.P_NOWAIT, 'make')",
        "os.spawnvp(os.P_NOWAIT, 'make', ['make'])",
        "os.posix_spawn('make', ['make'], {})",
        "os.posix_spawnp('make', ['make'], {})",
    ],
    "ASYNC221": [
        *(
            f"subprocess.{name}(['make'])"
            for name in "run call check_call check_output getoutput getstatusoutput".split()
        ),
        "os.system('make')",
        "os.spawnl(os.P_WAIT, 'make')",
        "os.spawnlp(os.P_WAIT, 'make', 'make')",
        "os.spawnve(os.P_WAIT, 'make', ['make'], {})",
    ],
    "ASYNC222": [
        "os.wait()",
        "os.wait3(0)",
        "os.wait4(1, 0)",
        "os.waitid(os.P_PID, 1, os.WEXITED)",
        "os.waitpid(1, 0)",
        "os.waitpid(1, os.WNOHANG)",
    ],
    "ASYNC230": [
        "open('export.bin', 'wb').write(message)",
        "open('export.bin').read()",
        "print(open('export.bin'))",
        "json.load(open('state.json'))",
        "io.open('export.bin')",
        "io.open_code('/export.bin')",
        "os.fdopen(3)",
        "Path('export.bin').open()",
        "path.open('w')",
        "(path / 'export.bin').open()",
    ],
    "ASYNC251": ["time.sleep(1)", "time.sleep(seconds)"],
}
_PROGRAM = """\
import io, json, os, subprocess, time, urllib.request
from pathlib import Path

import httpx, requests, urllib3
from telethon import TelegramClient, events

bot = TelegramClient("bot", 1, "hash")
client = httpx.Client()
path: Path = Path("exports")


@bot.on(events.NewMessage)
async def handler(event):
    message, seconds = event.raw_text, len(event.raw_text)
    {}
    await event.reply(message)
"""


@pytest.mark.parametrize(("rule", "code"), [(rule, code) for rule, codes in KINDS.items() for code in codes])
def test_what_ruff_sees_is_found_or_listed(rule: str, code: str) -> None:
    text = _PROGRAM.format(code)
    line = 1 + text[: text.index(f"    {code}\n")].count("\n")
    settings = Settings(root=ROOT, list_all=True, unsafe_fixes=False)
    plan = make_plan([ROOT / "bot.py"], load_codemods(), settings, sources={ROOT / "bot.py": text.encode()})
    assert not plan.problems
    found = [finding for finding in plan.findings if finding.line == line and finding.code[3] in "235"]
    assert found, f"{rule} fires here"
