"""Requests in threads beside the blocking ones, on the real libraries and a recording server."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Any

import pytest
from analysis import named
from blocking_shapes import BLOCKING, HTTPX_BLOCKING
from command import tgfix
from twin import Case, Run, Worker
from twin.http import Server

from tgfix.codemods.http.blocking_http import BlockingHttp
from tgfix.engine import harness
from tgfix.engine.analysis.module import Project
from tgfix.engine.proofs.thread_values import log_format, logs_alone
from tgfix.engine.sources.config import Settings


def rewritten(source: str, *, unsafe: bool = False) -> str:
    files = harness.plain({"bot.py": source})
    plan = harness.run([BlockingHttp()], files, unsafe=unsafe)
    assert not plan.problems and not plan.left and plan.files, (plan.problems, plan.left)
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


def drive(run: Run, tls: bool = False, times: int = 2) -> Any:
    """Call `handler` some times."""
    base = os.environ["HTTPS_URL" if tls else "HTTP_URL"]

    async def once() -> Any:
        try:
            return await run.module.handler(base)
        except Exception as error:
            return [type(error).__module__, type(error).__qualname__, re.sub(r"\d{4,}|0x\w+", "N", str(error))]

    async def main() -> Any:
        return [await once() for _ in range(times)]

    return asyncio.run(main())


ALL = {**BLOCKING, **HTTPX_BLOCKING}
#: What may be in the arguments; a file that others may use.
NOT_PROVED = ("unpacked arguments", "urlretrieve")


@pytest.mark.parametrize("tls", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["plain", "TLS"])
@pytest.mark.parametrize("shape", ALL)
def test_a_shape_does_in_a_thread_what_it_did(worker: Worker, http_server: Server, shape: str, tls: bool) -> None:
    after = rewritten(ALL[shape], unsafe=shape in NOT_PROVED)
    assert "await asyncio.to_thread(" in after
    case: dict[str, Any] = {"scenario": drive, "arguments": {"tls": tls}, "outside": [http_server]}
    assert worker.differences(ALL[shape], after, **case) == []


def five_at_once(run: Run) -> Any:
    """How often another coroutine gets its turn while five requests of 0.2 s each are under way."""

    async def main() -> Any:
        turns = 0
        jobs = [asyncio.create_task(run.module.handler(os.environ["HTTP_URL"])) for _ in range(5)]
        await asyncio.sleep(0)
        while not all(job.done() for job in jobs):
            turns += 1
            await asyncio.sleep(0.01)
        return [await job for job in jobs], turns

    return asyncio.run(main())


def test_others_are_served_meanwhile(worker: Worker, http_server: Server) -> None:
    source = BLOCKING["a request and its JSON"]
    http_server.latency = 0.2
    results = [
        worker.run(Case(text, scenario=five_at_once), outside=[http_server]).result
        for text in (source, rewritten(source))
    ]
    assert results[0][0] == results[1][0]
    assert results[0][1] <= 1 < 10 <= results[1][1]


# What is proved

HANDLER = """
import requests
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
total = 0
HEADERS = {"Accept": "text/plain"}


class Progress:
    pass


@client.on(events.NewMessage)
async def handler(event, session=None):
    await event.reply("wait")
    LINE


client.run_until_disconnected()
"""
PTB = """
import requests
from telegram.ext import Application, CommandHandler

HEADERS = {"Accept": "text/plain"}


class Progress:
    pass


async def handler(update, context):
    LINE


async def tick(context):
    pass


def main():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("a", handler))
    app.job_queue.run_repeating(tick, 60)
    app.run_polling()


main()
"""


def assumed(source: str) -> set[str]:
    """The names of what the change assumes that names something."""
    plan = harness.run([BlockingHttp()], harness.plain({"bot.py": source}), unsafe=True)
    assert len(plan.chosen) == 1 and not plan.left, plan.left
    return {hazard.value for hazard in named(plan.chosen[0].change.verdicts)}


@pytest.mark.parametrize(
    "line",
    [
        "await update.message.reply_text(requests.get('https://example.org', headers=HEADERS, timeout=9).text)",
        "requests.post('https://example.org', json={'chat': update.effective_chat.id, 'args': list(context.args)})",
        "requests.post('https://example.org', files={'file': open('a.txt', 'rb')}, data={'name': 'a'})",
        "with open('a.txt', 'rb') as file:\n        requests.put('https://example.org', data=file)",
        "data = {'a': 1}\n    data['b'] = 2\n    requests.post('https://example.org', data=data, auth=('a', 'b'))",
        "with requests.Session() as s:\n        s.auth = ('a', 'b')\n        s.get('https://example.org')",
    ],
)
def test_a_bot_that_handles_one_update_after_the_other_meets_only_what_runs_beside(line: str) -> None:
    assert assumed(PTB.replace("LINE", line)) == {"resources"}


def test_nothing_is_offered_where_updates_come_one_after_the_other_and_nothing_runs_beside() -> None:
    quiet = PTB.replace("LINE", "requests.get('https://example.org')").replace(
        "    app.job_queue.run_repeating(tick, 60)\n", ""
    )
    plan = harness.run([BlockingHttp()], harness.plain({"bot.py": quiet}), unsafe=True)
    assert not plan.chosen and not plan.left


@pytest.mark.parametrize(
    "line",
    [
        "requests.get('https://example.org', hooks={'response': print})",
        "requests.post('https://example.org', data=(str(n) for n in range(3)))",
        "lines = (str(n) for n in range(3))\n    requests.post('https://example.org', data=lines)",
        "requests.post('https://example.org', data=Progress())",
        "requests.post('https://example.org', files={'file': Progress})",
        "requests.post('https://example.org', json=context.user_data)",
        "requests.post('https://example.org', json={'all': context.bot_data})",
        "requests.get('https://example.org', auth=Progress())",
        "requests.get('https://example.org', **context.user_data)",
        "s = requests.Session()\n    s.hooks['response'] = print\n    s.get('https://example.org')",
        "s = requests.Session()\n    s.auth = Progress\n    s.get('https://example.org')",
        "s = requests.Session()\n    context.bot_data['s'] = s\n    s.get('https://example.org')",
    ],
)
def test_what_a_thread_would_run_or_share_is_assumed(line: str) -> None:
    assert assumed(PTB.replace("LINE", line)) == {"thread", "resources"}


@pytest.mark.parametrize(
    ("line", "hazards"),
    [
        ("await event.reply(requests.get('https://example.org').text)", {"resources", "interruption"}),
        (
            "global total\n    total += requests.get('https://example.org').json()",
            {"interleaving", "resources", "interruption"},
        ),
    ],
)
def test_a_bot_that_handles_updates_at_the_same_time_makes_several_requests(line: str, hazards: set[str]) -> None:
    assert assumed(HANDLER.replace("LINE", line)) == hazards


@pytest.mark.parametrize(
    "other",
    [
        "import requests\n\n\ndef counted(*args, **options):\n    return None\n\n\nrequests.get = counted\n",
        "import requests_cache\n\nrequests_cache.install_cache('answers')\n",
        "import logging\n\nlogging.basicConfig(format='%(threadName)s %(message)s')\n",
    ],
)
def test_what_changes_all_requests_of_a_program_may_not_be_made_for_threads(other: str) -> None:
    source = PTB.replace("LINE", "requests.get('https://example.org')").replace(
        "import requests\n", "import requests\nimport other\n"
    )
    plan = harness.run([BlockingHttp()], harness.plain({"bot.py": source, "other.py": other}), unsafe=True)
    assert "thread" in {assumption.hazard.value for assumption in plan.chosen[0].change.assumes}


def test_settings_of_the_log_that_name_the_thread_count_in_whatever_file_they_are(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(PTB.replace("LINE", "requests.get('https://example.org')"))
    (tmp_path / "logging.ini").write_text("[formatter_f]\nformat=%(message)s\n")
    assert log_format(Project(Settings(root=tmp_path), [tmp_path / "bot.py"])) is None
    for form in ("%(threadName)s", "%(thread)d", "%(taskName)s", "{threadName}", "{thread:d}"):
        (tmp_path / "logging.ini").write_text(f"[formatter_f]\nformat={form} %(message)s\n")
        project = Project(Settings(root=tmp_path), [tmp_path / "bot.py"])
        assert log_format(project) == tmp_path / "logging.ini" and not logs_alone(project)


FIXTURE = Path(__file__).parent.parent / "fixtures" / "blocking-http"


def poll(run: Run) -> None:
    from twin import ptb

    commands = ["/echo a b", "/status 200 404 503", "/login wrong", "/login right", "/echo"]
    with ptb.offline(run, updates=[ptb.message(text) for text in commands]):
        run.module.main()


def test_the_fixture_is_rewritten_as_it_stands_there_and_does_what_it_did(worker: Worker, http_server: Server) -> None:
    before, after = ((FIXTURE / name / "bot.py").read_text() for name in ("before", "after"))
    assert rewritten(before, unsafe=True) == after
    assert worker.differences(before, after, scenario=poll, outside=[http_server]) == []
    assert len(http_server.requests) == 2 + 3 + 1 + 2 * 2


_OPEN = "with open('a', 'wb') as file:\n        "
_THREAD = "await asyncio.to_thread(requests.get, "


@pytest.mark.parametrize(
    ("block", "after"),
    [
        (f"{_OPEN}file.write(requests.get(url).content)", f"response = {_THREAD}url)\n    with open"),
        (
            f"{_OPEN}file.write(requests.get(url,\n            timeout=9).content)",
            f"response = {_THREAD}url,\n            timeout=9)\n    with open",
        ),
        (
            "with open('a', 'wb') as response:\n        response.write(requests.get(url).content)",
            f"answer = {_THREAD}url)\n    with open",
        ),
        (f"{_OPEN}file.write(requests.get(file.name).content)", f"file.write(({_THREAD}file.name)).content)"),
        (f"{_OPEN}print(url)\n        file.write(requests.get(url).content)", f"file.write(({_THREAD}url)).content)"),
        (
            "with quiet(), open('a', 'wb') as file:\n        file.write(requests.get(url).content)",
            f"file.write(({_THREAD}url)).content)",
        ),
    ],
    ids=["nothing else", "several lines", "a name that is taken", "the file's name", "another step", "another item"],
)
def test_an_answer_that_is_written_is_waited_for_before_the_file_is_opened(block: str, after: str) -> None:
    changed = rewritten(f"import requests\n\n\nasync def keep(url, quiet):\n    {block}\n", unsafe=True)
    assert after in changed
    compile(changed, "bot.py", "exec")


def test_an_answer_that_is_written_is_waited_for_before_the_file_is_opened_in_an_older_python_too(
    tmp_path: Path,
) -> None:
    written = "    with open('cat.png', 'wb') as file:\n        file.write(requests.get('https://example.org/cat.png').content)\n"
    source = f"import requests\n\n\nasync def picture(update, context):\n{written}    await update.message.reply_photo('cat.png')\n"
    (tmp_path / "bot.py").write_text(source)
    (tmp_path / "runtime.txt").write_text("python-3.8.2\n")
    told = tgfix("apply", "--dry-run", "--unsafe-fixes", "--select", "TGF202", cwd=tmp_path).text
    waits = "+    response = await asyncio.get_running_loop().run_in_executor(None, requests.get, 'https://example.org/cat.png')"
    assert waits in told and "+        file.write(response.content)" in told and "to_thread" not in told


def test_what_is_broken_over_lines_is_indented_as_the_lines_around_it(tmp_path: Path) -> None:
    given = "headers=HEADERS, params=PARAMS"
    source = f"""\
import requests

def first():
\treturn 1


async def look(update, context):
    found = requests.post("https://example.org", {given}).json()
    return found
"""
    (tmp_path / "bot.py").write_text(source)
    (tmp_path / "pyproject.toml").write_text("[tool.black]\nline-length = 72\n")
    tgfix("apply", "--unsafe-fixes", "--select", "TGF202", cwd=tmp_path)
    changed = (tmp_path / "bot.py").read_text()
    assert "    found = (\n        await asyncio.to_thread(" in changed
    assert changed.count("\t") == 1
