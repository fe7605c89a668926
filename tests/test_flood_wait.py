"""Loops before and after flood-wait, against Telethon's own client and a clock that runs as fast as the program sleeps."""

from __future__ import annotations

import asyncio
import contextlib
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from flood_shapes import BOT, ITERATING, SENDING, SWALLOWING
from twin import Case, Run, Worker, ptb
from twin import telethon as offline_telethon

from tgfix.codemods.errors.flood_wait import FloodWait
from tgfix.engine import harness
from tgfix.engine.run.plan import Plan


def planned(source: str | dict[str, str], **options: Any) -> Plan:
    files = harness.plain({"bot.py": source} if isinstance(source, str) else source)
    plan = harness.run([FloodWait()], files, unsafe=True, options={"flood-wait": options})
    assert not plan.problems, plan.problems
    return plan


def rewritten(source: str, **options: Any) -> str:
    plan = planned(source, **options)
    assert plan.files and not plan.left, [finding.reason for finding in plan.left]
    return plan.files[0].after.decode()


@contextlib.contextmanager
def fast_clock() -> Iterator[list[float]]:
    """Sleeping takes no time and moves the clock on."""
    slept: list[float] = []
    real_time, real_sleep = time.time, asyncio.sleep

    async def sleep(delay: float, result: Any = None) -> Any:
        if delay > 0:
            slept.append(delay)
        return await real_sleep(0, result)

    with mock.patch.object(asyncio, "sleep", sleep), mock.patch.object(time, "time", lambda: real_time() + sum(slept)):
        yield slept


def answers(pattern: str, seconds: int, kind: str) -> list[Any]:
    """For each letter an answer: "." is what Telegram would say, "f" a flood wait. The last one stays."""
    flood = offline_telethon.rpc_error(f"{kind}_{seconds}", 420)
    return [flood if letter == "f" else None for letter in pattern]


async def drive(run: Run, request: str, pattern: str, seconds: int = 100, kind: str = "FLOOD_WAIT") -> Any:
    """Run `main` for ten users; some answers to a request are flood waits."""
    with fast_clock() as slept, offline_telethon.offline(run) as telegram:
        telegram.history = offline_telethon.history(350)
        await run.module.client.connect()
        waiting, plain = answers(pattern, seconds, kind), offline_telethon._PLAUSIBLE

        def answer(asked: Any) -> Any:
            return (waiting.pop(0) if waiting else None) or plain[type(asked)](telegram, asked)

        telegram.answers[request] = answer
        try:
            await run.module.main(range(1, 11))
            ended = "well"
        except Exception as error:
            ended = type(error).__name__
        await run.module.client.disconnect()
        return [ended, run.module.done, run.module.failed, [round(s) for s in slept if s > 60]]


def seen(worker: Worker, source: str, **arguments: Any) -> Any:
    observation = worker.run(Case(source, scenario=drive, arguments=arguments))
    assert observation.exception is None, observation.exception
    assert observation.result is not None, observation
    return observation


def test_a_loop_goes_on_behind_a_flood_wait(worker: Worker) -> None:
    source = SENDING.format(imports="")
    before = seen(worker, source, request="SendMessageRequest", pattern="...f")
    assert before.result[:2] == ["FloodWaitError", [1, 2, 3]]
    now = seen(worker, rewritten(source), request="SendMessageRequest", pattern="...f")
    assert now.result[:2] == ["well", list(range(1, 11))]
    assert now.result[3] == [100]
    sent = [call["message"] for call in now.of("request") if call["request"] == "SendMessageRequest"]
    assert sent == [f"Hello {user}" for user in (1, 2, 3, 4, *range(4, 11))], "one call made again, nothing sent twice"


def test_a_clause_that_swallowed_the_error_sees_it_no_more(worker: Worker) -> None:
    source = SWALLOWING.format(imports="")
    before = seen(worker, source, request="SendMessageRequest", pattern="...f").result
    assert before[1:3] == [[1, 2, 3], [4, 5, 6, 7, 8, 9, 10]], "every later call fails without being sent"
    after = seen(worker, rewritten(source), request="SendMessageRequest", pattern="...f").result
    assert after[:3] == ["well", list(range(1, 11)), []]


@pytest.mark.parametrize(
    ("pattern", "seconds", "kind", "ended"),
    [
        (".ff", 100, "FLOOD_WAIT", "well"),
        (".fffffff", 100, "FLOOD_WAIT", "ValueError"),  # Telethon gives a request up behind five repetitions
        (".f", 300, "FLOOD_WAIT", "well"),
        (".f", 301, "FLOOD_WAIT", "FloodWaitError"),
        (".f", 100, "SLOWMODE_WAIT", "well"),
        (".f", 100, "FLOOD_PREMIUM_WAIT", "well"),
        (".f", 30, "FLOOD_WAIT", "well"),
    ],
)
def test_waits_are_bounded_in_length_and_number(
    worker: Worker, pattern: str, seconds: int, kind: str, ended: str
) -> None:
    source = SENDING.format(imports="")
    how: dict[str, Any] = {"request": "SendMessageRequest", "pattern": pattern, "seconds": seconds, "kind": kind}
    assert seen(worker, rewritten(source), **how).result[0] == ended


def test_other_errors_are_raised_as_before(worker: Worker) -> None:
    source = SENDING.format(imports="")
    how: dict[str, Any] = {"request": "SendMessageRequest", "pattern": "..f", "kind": "TAKEOUT_INIT_DELAY"}
    old, new = (seen(worker, program, **how).result for program in (source, rewritten(source)))
    assert old[:2] == new[:2] == ["TakeoutInitDelayError", [1, 2]]


@pytest.mark.parametrize("arguments", ["", ", reverse=True", ", limit=220", ", limit=220, reverse=True"])
@pytest.mark.parametrize("pattern", ["f", ".f", "..f", ".ff.f", "ff"])
def test_an_iteration_goes_on_at_the_same_message(worker: Worker, pattern: str, arguments: str) -> None:
    source = ITERATING.format(imports="", arguments=arguments)
    plain = seen(worker, source, request="GetHistoryRequest", pattern=".").result
    assert plain[0] == "well" and len(plain[1]) >= 220
    before = seen(worker, source, request="GetHistoryRequest", pattern=pattern).result
    assert before[0] == "FloodWaitError" and len(before[1]) < len(plain[1])
    after = seen(worker, rewritten(source), request="GetHistoryRequest", pattern=pattern).result
    assert after[:2] == plain[:2], "the same messages, each once"
    assert len(after[3]) == pattern.count("f")


def test_waits_at_different_places_of_an_iteration_do_not_add_up(worker: Worker) -> None:
    source = ITERATING.format(imports="", arguments="")
    after = seen(worker, rewritten(source), request="GetHistoryRequest", pattern=".f.f.f.").result
    assert after[0] == "well" and len(after[1]) == 350


FIXTURE = Path(__file__).parents[1] / "fixtures" / "flood-wait"


async def saved(run: Run, history: str, sending: str) -> Any:
    with fast_clock() as slept, offline_telethon.offline(run) as telegram:
        telegram.history = offline_telethon.history(250)
        for request, pattern in (("GetHistoryRequest", history), ("SendMessageRequest", sending)):
            waiting = answers(pattern, 120, "FLOOD_WAIT")

            def answer(asked: Any, waiting: list[Any] = waiting) -> Any:
                found = waiting.pop(0) if waiting else None
                return found or offline_telethon._PLAUSIBLE[type(asked)](telegram, asked)

            telegram.answers[request] = answer
        await run.module.client.connect()
        try:
            lines = await run.module.backup("someone", "messages.jsonl")
        except Exception as error:
            lines = type(error).__name__
        missed = await run.module.tell(["me"] * 5, "saved")
        await run.module.client.disconnect()
        return [lines, missed, len([s for s in slept if s > 60])]


def test_the_fixture_is_rewritten_as_it_stands_there(worker: Worker) -> None:
    before, after = ((FIXTURE / side / "backup.py").read_text() for side in ("before", "after"))
    assert rewritten(before) == after
    case: dict[str, Any] = {"scenario": saved, "entry": "backup"}

    def run(source: str, history: str, sending: str) -> Any:
        arguments = {"history": history, "sending": sending}
        return worker.run(Case({"backup.py": source}, arguments=arguments, **case)).result

    assert run(before, "", "") == run(after, "", "") == [250, [], 0]
    assert run(before, "..f", ".f") == ["FloodWaitError", ["me"] * 4, 0]
    assert run(after, "..f", ".f") == [250, [], 2]


async def announced(run: Run) -> None:
    with fast_clock(), ptb.offline(run) as telegram:
        failure = ptb.Failure(429, "Too Many Requests", retry_after=7)
        waiting = [None, failure]

        def answer(parameters: dict[str, Any]) -> Any:
            found = waiting.pop(0) if waiting else None
            return found or telegram._sent({"id": 5, "type": "private", "first_name": "U"}, parameters)

        telegram.answers["sendMessage"] = answer
        await telegram.feed(run.module.build(), [ptb.message("/announce")])


def test_an_application_gets_a_limiter_that_tries_again(worker: Worker) -> None:
    plan = planned({"bot.py": BOT, "limits.py": "import aiolimiter\n"})
    after = plan.files[0].after.decode()
    assert (
        '        .token("1:a")  # of the test\n        .rate_limiter(AIORateLimiter(max_retries=2))\n        .build()\n'
        in after
    )
    sent = {}
    for name, program in (("before", BOT), ("after", after)):
        observation = worker.run(Case(program, scenario=announced))
        sent[name] = [c["parameters"]["text"] for c in observation.of("bot api") if c["method"] == "sendMessage"]
    assert sent == {"before": ["Hello 0", "Hello 1"], "after": ["Hello 0", "Hello 1", "Hello 1", "Hello 2"]}


def test_a_chain_that_would_be_too_long_goes_on_in_lines_of_its_own() -> None:
    token = '"' + "1" * 60 + ':a"'
    chain = '(\n        Application.builder()\n        .token("1:a")  # of the test\n        .build()\n    )'
    source = BOT.replace(chain, f"(\n        Application.builder().token({token}).build()\n    )")
    after = changed({"bot.py": source, "limits.py": "import aiolimiter\n"})["bot.py"]
    assert f".token({token})\n        .rate_limiter(AIORateLimiter(max_retries=2))\n        .build()\n    )" in after


def test_an_application_without_loops_of_calls_needs_no_limiter() -> None:
    plan = planned(
        {"bot.py": BOT.replace("for number in range(3)", "if (number := 1)"), "limits.py": "import aiolimiter\n"}
    )
    assert not plan.findings


def test_messages_to_one_chat_need_no_limiter() -> None:
    for same in ("context.bot.send_message(5, ", "update.message.reply_text("):
        assert not changed({"bot.py": BOT.replace("context.bot.send_message(5 + number, ", same)})


def test_a_decorator_about_floods_is_trusted() -> None:
    source = SENDING.format(imports="").replace("async def main", "@retry_on_flood\nasync def main")
    assert not planned(source.replace("done, failed", "from tools import retry_on_flood\n\ndone, failed")).findings


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ('"a", 1, "h"', '"a", 1, "h", flood_sleep_threshold=300'),
        ('\n    "a",\n    1,\n    "h"\n', '\n    "a",\n    1,\n    "h",\n    flood_sleep_threshold=300\n'),
        ('\n    "a",\n    1,\n    "h",\n', '\n    "a",\n    1,\n    "h",\n    flood_sleep_threshold=300,\n'),
        ('\n    "a",\n    1,\n    "h"', '\n    "a",\n    1,\n    "h",\n    flood_sleep_threshold=300'),
        ('\n    "a",\n    1,\n    "h"  # c\n', '\n    "a",\n    1,\n    "h",  # c\n    flood_sleep_threshold=300\n'),
        ('"a", 1,\n    api_hash="h"', '"a", 1,\n    api_hash="h", flood_sleep_threshold=300'),
    ],
    ids=["one line", "no last comma", "a last comma", "closed on the last line", "a comment", "two on a line"],
)
def test_the_argument_is_added_in_the_layout_that_is_there(arguments: str, expected: str) -> None:
    source = SENDING.format(imports="").replace('"account", 1, "hash"', arguments)
    assert f"TelegramClient({expected})" in rewritten(source)


LOOP = """\
async def everybody(client: TelegramClient, users):
    for user in users:
        await client.send_message(user, "Hello")
"""
HEAD = "from telethon import TelegramClient\n\n"


def changed(sources: dict[str, str]) -> dict[str, str]:
    """The files that change, as they are then."""
    return {result.path.name: result.after.decode() for result in planned(sources).files}


def test_a_script_that_only_logs_in_keeps_its_client() -> None:
    login = HEAD + 'with TelegramClient("account", 1, "hash") as client:\n    print(client.get_me())\n'
    main = HEAD + 'import sender\n\nclient = TelegramClient("account", 1, "hash")\n'
    assert changed({"login.py": login, "main.py": main, "sender.py": HEAD + LOOP}).keys() == {"main.py"}
    assert changed({"login.py": login + LOOP}).keys() == {"login.py"}


@pytest.mark.parametrize(
    ("ways", "kept"),
    [
        ("    await client.start()\n", True),
        ("    async with client:\n        await client.get_me()\n", True),
        ("    client.add_event_handler(sender.greet)\n    await client.start()\n", False),
        ("    client.on(events.NewMessage)(sender.greet)\n", False),
        ("    await sender.everybody(client, [1])\n", False),
        ("    await client.start()\n    return client\n", False),
    ],
    ids=["starts", "for a block", "a handler", "a decorator", "given away", "returned"],
)
def test_a_client_that_nobody_else_gets_does_not_wait_for_loops_elsewhere(ways: str, kept: bool) -> None:
    login = (
        HEAD + "import sender\n\n\nasync def main():\n" + '    client = TelegramClient("account", 1, "hash")\n' + ways
    )
    assert bool(changed({"login.py": login, "sender.py": HEAD + LOOP})) is not kept


def test_of_clients_by_one_name_in_several_classes_the_one_that_calls_is_told() -> None:
    kept = (
        HEAD
        + "class Account:\n    async def connect(self):\n"
        + '        self.client = TelegramClient("account", 1, "hash")\n'
    )
    method = textwrap.indent(
        LOOP.strip().replace("client.", "self.client.").replace("client: TelegramClient, ", "self, "), "    "
    )
    main = "import login\nimport sender\n\nlogin.Account()\nsender.Account()\n"
    assert changed({"login.py": kept, "sender.py": f"{kept}\n{method}\n", "main.py": main}).keys() == {"sender.py"}
    lost = kept + "\n\nACCOUNT = Account()\n"
    ways = "from login import ACCOUNT\n\n" + LOOP.replace("client.", "ACCOUNT.client.")
    assert not changed(
        {"login.py": lost, "other.py": lost, "sender.py": ways, "main.py": "import other\nimport sender\n"}
    )


def test_the_clients_of_a_file_are_told_at_once() -> None:
    one, other = ('    client = TelegramClient("account", 1, "hash")\n' for _ in range(2))
    after = changed({"bot.py": f"import sys\n{HEAD}{LOOP}\nif sys.argv:\n{one}else:\n{other}"})["bot.py"]
    assert after.count("flood_sleep_threshold=300") == 2


CLIENT = 'client = TelegramClient("account", 1, "hash")\n'


@pytest.mark.parametrize(
    ("decorator", "told"),
    [
        ("@bot.on(events.NewMessage)", {"clients.py"}),
        ("@command('news')", {"clients.py"}),
        ("@elsewhere.on(events.NewMessage)", set()),
    ],
    ids=["its own decorator", "one of the project's", "of an unknown client"],
)
def test_the_client_whose_handler_sends_is_told_to_wait(decorator: str, told: set[str]) -> None:
    handler = "async def news(event):\n    for user in USERS:\n        await event.client.send_message(user, 'News')\n"
    register = "def command(name):\n    def register(function):\n        bot.add_event_handler(function)\n    return register\n\n\n"
    main = "from telethon import events\nfrom clients import bot\nfrom helper import client\nfrom away import elsewhere\n\n\n"
    files = {"clients.py": HEAD + CLIENT.replace("client =", "bot ="), "helper.py": HEAD + CLIENT}
    assert changed({**files, "main.py": main + register + decorator + "\n" + handler}).keys() == told


def test_a_client_of_a_class_of_the_projects_own_is_one() -> None:
    own = (
        "class Client(TelegramClient):\n    async def say(self, text):\n        await self.send_message('me', text)\n\n"
    )
    made = 'client = Client(session="account", api_id=1, api_hash="hash")\n'
    assert 'api_hash="hash", flood_sleep_threshold=300)' in changed({"bot.py": HEAD + own + LOOP + made})["bot.py"]
    strict = own.replace("async def say", "def __init__(self, session):\n        pass\n\n    async def say")
    assert not changed({"bot.py": HEAD + strict + LOOP + made})


def test_a_loop_of_another_program_is_no_reason_for_a_rate_limiter() -> None:
    loop = "async def everybody(update, context):\n    for user in context.args:\n        await context.bot.send_message(user, 'Hi')\n"
    bot = "from telegram.ext import Application\n\n\ndef main():\n    Application.builder().token('1:a').build().run_polling()\n"
    assert changed({"bot.py": "from telegram import Update\n" + bot + loop})
    assert not changed({"bot.py": bot, "other.py": "from telegram import Update\n" + loop})


def test_an_application_that_a_file_makes_to_be_tried_out_is_left_alone() -> None:
    loop = "async def everybody(update, context):\n    for user in context.args:\n        await context.bot.send_message(user, 'Hi')\n\n\n"
    built = "Application.builder().token('1:a').build().run_polling()\n"
    tried = "def main():\n    " + built + "\n\nif __name__ == '__main__':\n    main()\n"
    files = {
        "news/__init__.py": "",
        "news/handlers.py": "from telegram.ext import Application\n\n\n" + loop + tried,
        "bot.py": "from telegram.ext import Application\nfrom news.handlers import everybody\n\n\n" + tried,
    }
    assert changed(files).keys() == {"bot.py"}
    taken = files["bot.py"].replace("import everybody", "import main as run")
    assert changed({**files, "bot.py": taken}).keys() == {"bot.py", "handlers.py"}
    assert changed({**files, "bot.py": "import news.handlers\n"}).keys() == {"handlers.py"}


def test_a_program_that_looks_for_the_text_of_a_flood_wait_decides_by_itself() -> None:
    source = SWALLOWING.format(imports="").replace(
        "failed.append(user)", 'failed.append("seconds is required" in str(e))'
    )
    assert [finding.reason for finding in planned(source).left] == [
        "`bot.py` finds out by the text of an error how long a flood wait is, and decides by itself what to do"
    ]
