"""The Telethon client with a scripted sender: it is the real one, and what escapes, what it asks and what it dispatches
is seen.
"""

from __future__ import annotations

from typing import Any

import pytest

from twin import Case, Run, Worker, WorkerError, moments
from twin import telethon as offline_telethon

SENDING = """
import logging
from telethon import TelegramClient, errors
client = TelegramClient("account", 1, "hash")
async def main():
    await client.connect()
    try:
        await client.send_message("someone", "hi")
        return "sent"
    except Exception as error:
        logging.warning("failed: %s", error)
        return "failed"
    finally:
        await client.disconnect()
"""
NARROW = SENDING.replace("except Exception", "except errors.RPCError")
#: What Telegram or the library does, and whether it is an RPCError when it escapes.
FAILURES: dict[str, tuple[Any, bool]] = {
    "listed": (("CHAT_WRITE_FORBIDDEN", 403), True),
    "unknown": (("SOMETHING_NEW", 400), True),
    "long flood": (("FLOOD_WAIT_61", 420), True),
    "repeated short flood": (("FLOOD_WAIT_30", 420), False),  # ValueError after six tries
    "slow mode": (("SLOWMODE_WAIT_61", 420), True),
    "server error": (("INTERNAL", 500), False),
    "no connection": (ConnectionError, False),
    "bad value": (ValueError, False),
}


async def scripted(run: Run, failure: Any) -> Any:
    with moments.instant_sleep(run), offline_telethon.offline(run) as telegram:
        error = offline_telethon.rpc_error(*failure) if isinstance(failure, tuple) else failure
        telegram.answers["SendMessageRequest"] = error
        return await run.module.main()


@pytest.mark.parametrize("failure", FAILURES)
def test_a_narrowed_clause_differs_exactly_where_the_error_is_of_another_family(worker: Worker, failure: str) -> None:
    error, is_rpc_error = FAILURES[failure]
    seen = worker.run(Case(SENDING, scenario=scripted, arguments={"failure": error}))
    assert (seen.result, seen.exit_code) == ("failed", 0)
    found = worker.differences(SENDING, NARROW, scenario=scripted, arguments={"failure": error})
    assert (found == []) == is_rpc_error, found


def test_requests_are_recorded_and_answered(worker: Worker) -> None:
    seen = worker.run(Case(SENDING, scenario=succeed))
    requests = seen.of("request")
    names = [request["request"] for request in requests]
    assert names == ["GetUsersRequest", "ResolveUsernameRequest", "SendMessageRequest"]
    assert requests[2]["message"] == "hi" and "random_id" not in requests[2]
    assert seen.result == "sent" and seen.files == {} and not seen.warnings
    found = worker.differences(SENDING, SENDING.replace('"hi"', '"ho"'), scenario=succeed)
    assert len(found) == 1 and found[0].startswith("call 2")


async def succeed(run: Run) -> Any:
    with offline_telethon.offline(run):
        return await run.module.main()


def test_a_request_without_an_answer_fails_the_scenario(worker: Worker) -> None:
    source = SENDING.replace('client.send_message("someone", "hi")', 'client.pin_message("someone", 1)')
    with pytest.raises(WorkerError, match="no answer in the script to UpdatePinnedMessageRequest"):
        worker.run(Case(source, scenario=succeed))


BACKUP = """
from telethon import TelegramClient
client = TelegramClient("account", 1, "hash")
async def main():
    async with client:
        count = 0
        async for message in client.iter_messages("someone"):
            with open("out.jsonl", "a") as file:
                file.write(message.to_json() + "\\n")
            count += 1
        return count
"""
HOISTED = BACKUP.replace("count = 0", 'count = 0; file = stack.enter_context(open("out.jsonl", "a"))')
HOISTED = HOISTED.replace("async with client:", "async with client, contextlib.AsyncExitStack() as stack:")
HOISTED = HOISTED.replace('with open("out.jsonl", "a") as file:', "if file:").replace(
    "from", "import contextlib\nfrom", 1
)


async def history(run: Run, count: int, interrupt: tuple[int, str] | None = None) -> Any:
    with offline_telethon.offline(run, interrupt=interrupt) as telegram:
        telegram.history = offline_telethon.history(count)
        return await run.module.main()


@pytest.mark.parametrize("count", [0, 1, 100, 250])
def test_a_history_comes_in_pages_as_from_the_servers(worker: Worker, count: int) -> None:
    seen = worker.run(Case(BACKUP, scenario=history, arguments={"count": count}))
    assert seen.result == count and seen.files.get("out.jsonl", b"").count(b"\n") == count
    pages = [request for request in seen.of("request") if request["request"] == "GetHistoryRequest"]
    assert len(pages) == max(1, (count + 99) // 100) and all(page["limit"] == 100 for page in pages)
    found = worker.differences(BACKUP, HOISTED, scenario=history, arguments={"count": count})
    assert found == ([] if count else ["file out.jsonl: only after"])


@pytest.mark.parametrize("ending", [ending for ending in moments.ENDINGS if ending != "end"])
def test_an_iteration_is_interrupted_at_the_message_asked_for(worker: Worker, ending: str) -> None:
    case: dict[str, Any] = {"scenario": history, "arguments": {"count": 250, "interrupt": (130, ending)}}
    seen = worker.run(Case(BACKUP, **case))
    assert seen.files["out.jsonl"].count(b"\n") == 130
    found = worker.differences(BACKUP, HOISTED, raises=None, **case)
    assert any(line.startswith("file") for line in found) == (ending in moments.FATAL)


HANDLERS = """
import asyncio
from telethon import TelegramClient, events
client = TelegramClient("account", 1, "hash")
links = 0
@client.on(events.NewMessage(pattern=r"/add (\\\\d+)", incoming=True))
async def add(event):
    global links
    seen = links
    links = seen + 1
    print("added", event.pattern_match.group(1), event.sender_id)
@client.on(events.NewMessage(pattern="/fail"))
async def fail(event):
    raise KeyError("in a handler")
""".replace("\\\\", "\\")
YIELDING = HANDLERS.replace("    seen = links\n", "    seen = links\n    await asyncio.sleep(0)\n")


async def deliver(run: Run, texts: list[str], together: bool | None = None) -> Any:
    with offline_telethon.offline(run) as telegram:
        client = run.module.client
        await client.connect()
        updates = [offline_telethon.new_message(text, number) for number, text in enumerate(texts, 1)]
        await telegram.deliver(client, updates, together=together)
        await client.disconnect()
        return run.module.links


def test_events_reach_the_handlers_that_match(worker: Worker) -> None:
    seen = worker.run(Case(HANDLERS, scenario=deliver, arguments={"texts": ["/add 1", "/other", "/fail", "/add 2"]}))
    assert (seen.result, seen.stdout) == (2, "added 1 5\nadded 2 5\n")
    assert [record.exception.name for record in seen.logged if record.exception] == ["KeyError"]


def test_a_race_between_handlers_is_found_unless_they_run_in_sequence(worker: Worker) -> None:
    case: dict[str, Any] = {"texts": [f"/add {number}" for number in range(10)]}
    found = worker.differences(HANDLERS, YIELDING, scenario=deliver, arguments=case)
    assert found == ["result: before 10, after 1"]
    assert worker.differences(HANDLERS, YIELDING, scenario=deliver, arguments=case | {"together": False}) == []


async def pending(run: Run) -> Any:
    with offline_telethon.offline(run, answers={"SendMessageRequest": offline_telethon.PENDING}):
        import asyncio

        task = asyncio.ensure_future(run.module.main())
        await asyncio.sleep(0.05)
        await run.module.client.disconnect()
        return await task


def test_a_disconnect_cancels_what_is_pending(worker: Worker) -> None:
    seen = worker.run(Case(SENDING, scenario=pending))
    assert seen.exception is not None and seen.exception.name == "CancelledError"
