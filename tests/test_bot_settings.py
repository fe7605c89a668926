"""What TGF204 and TGF403 say about the libraries' defaults, asked of the libraries."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from telegram.ext import Application
from telegram.request import HTTPXRequest
from telethon import TelegramClient
from telethon.sessions import StringSession
from twin import Case, Run, Worker, moments
from twin import telethon as offline_telethon

from tgfix.codemods.errors.flood_sleep_threshold import FloodSleepThreshold
from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.codemods.http.bot_request_pool import BotRequestPool
from tgfix.engine import harness
from tgfix.engine.model import Hazard

TOKEN = "1:a"


def rewritten(codemod: BotRequestPool | FloodSleepThreshold, source: str, **options: bool) -> str:
    """The source as the codemod leaves it."""
    files = harness.plain({"bot.py": source})
    plan = harness.run([codemod], files, unsafe=True, options={codemod.name: options})
    assert not plan.problems
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


def connections(app: Application) -> int:  # type: ignore[type-arg]
    """The size of the pool that the bot's requests go through."""
    limit = app.bot.request._client_kwargs["limits"].max_connections  # type: ignore[attr-defined]
    assert isinstance(limit, int)
    return limit


def build(source: str) -> Application:  # type: ignore[type-arg]
    """The application that a program builds as `app`."""
    names: dict[str, object] = {}
    exec(compile(source, "bot.py", "exec"), names)
    app = names["app"]
    assert isinstance(app, Application)
    return app


def test_the_builders_own_pool_has_256_connections() -> None:
    assert connections(Application.builder().token(TOKEN).build()) == 256


@pytest.mark.parametrize(
    "chain",
    [".connection_pool_size(8)", ".request(HTTPXRequest(connection_pool_size=8, read_timeout=30))"],
    ids=["in the chain", "in a request object"],
)
def test_a_pool_made_small_gets_the_builders_size(chain: str) -> None:
    source = (
        "from telegram.ext import Application\nfrom telegram.request import HTTPXRequest\n"
        f"app = Application.builder().token({TOKEN!r}){chain}.build()\n"
    )
    options = {"concurrent-updates": False}
    after = rewritten(BotRequestPool(), source, **options)
    assert after == source.replace("8", "256")
    assert (connections(build(source)), connections(build(after))) == (8, 256)


def test_a_chain_with_a_bot_of_its_own_takes_no_rate_limiter() -> None:
    from telegram.ext import ExtBot

    with pytest.raises(RuntimeError, match="rate_limiter"):
        Application.builder().bot(ExtBot(TOKEN)).rate_limiter(object()).build()  # type: ignore[arg-type]


def test_a_request_object_and_a_pool_size_exclude_each_other() -> None:
    with pytest.raises(RuntimeError):
        Application.builder().token(TOKEN).request(HTTPXRequest()).connection_pool_size(8)


def test_telethons_own_threshold_is_60_seconds_and_none_means_never() -> None:
    def threshold(**given: int | None) -> int:
        value = TelegramClient(StringSession(), 1, "hash", **given).flood_sleep_threshold
        assert isinstance(value, int)
        return value

    async def all_of_them() -> tuple[int, int, int]:
        return threshold(), threshold(flood_sleep_threshold=None), threshold(flood_sleep_threshold=0)

    assert asyncio.run(all_of_them()) == (60, 0, 0)


def test_a_threshold_of_0_is_set_to_telethons_own() -> None:
    source = 'from telethon import TelegramClient\nclient = TelegramClient("a", 1, "b", flood_sleep_threshold=0)\n'
    assert rewritten(FloodSleepThreshold(), source) == source.replace("=0", "=60")


# What the changes come to


PROGRAM = """\
from telethon import TelegramClient, types

client = TelegramClient("account", 1, "hash", flood_sleep_threshold=0)


async def main():
    await client.send_message(types.InputPeerUser(5, 5), "Hello")
"""


async def flooded(run: Run, answers: list[str]) -> str:
    """Run the program while Telegram gives these answers before it takes the message; how it ends."""
    scripted = [offline_telethon.rpc_error(answer, 420) for answer in answers]
    with offline_telethon.offline(run) as telegram, moments.instant_sleep(run):
        plausible = telegram._sent

        def answer(request: object) -> object:
            return scripted.pop(0) if scripted else plausible(request)

        telegram.answers["SendMessageRequest"] = answer
        await run.module.client.connect()
        try:
            await run.module.main()
            return "sent"
        except Exception as error:
            return type(error).__name__
        finally:
            await run.module.client.disconnect()


@pytest.mark.parametrize(
    ("answers", "ends", "slept"),
    [
        (["FLOOD_WAIT_7"], ("FloodWaitError", "sent"), [7]),
        (["FLOOD_WAIT_61"], ("FloodWaitError", "FloodWaitError"), []),
        (["FLOOD_WAIT_7"] * 6, ("FloodWaitError", "ValueError"), [7] * 6),
    ],
    ids=["a short wait", "a long wait", "more waits than retries"],
)
def test_a_short_flood_wait_is_slept_through_and_a_long_one_raised_as_before(
    worker: Worker, answers: list[str], ends: tuple[str, str], slept: list[int]
) -> None:
    after = rewritten(FloodSleepThreshold(), PROGRAM)
    seen = [worker.run(Case(source, scenario=flooded, arguments={"answers": answers})) for source in (PROGRAM, after)]
    assert [observation.result for observation in seen] == list(ends)
    assert not seen[0].of("sleep")
    assert [round(call["seconds"]) for call in seen[1].of("sleep") if call["seconds"] >= 1] == slept


@pytest.mark.slow
def test_requests_beyond_a_small_pool_fail_where_the_builders_pool_sends_them_all() -> None:
    """Against a slow server: the pool's timeout is the one second that the change's reason names."""
    ok = b'{"ok": true, "result": []}'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ok)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(1.5)
            writer.write(head + ok)
            await writer.drain()
        writer.close()

    async def ask(size: int) -> list[str]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        source = (
            "from telegram.ext import Application\n"
            f"app = Application.builder().token({TOKEN!r}).connection_pool_size({size}).build()\n"
        )
        async with server, build(source).bot.request as request:
            answers = await asyncio.gather(*(request.retrieve(url) for _ in range(9)), return_exceptions=True)
        return [str(answer) for answer in answers if isinstance(answer, Exception)]

    [failure] = asyncio.run(ask(8))
    assert failure.startswith("Pool timeout: All connections in the connection pool are occupied")
    assert asyncio.run(ask(256)) == []


SHARED = """\
import time

from telegram.ext import Application, CommandHandler

seen = []


async def start(update, context):
    await update.message.reply_text("hello")


async def about(update, context):
    await update.message.reply_text("a bot")


async def count(update, context):
    number = len(seen)
    time.sleep(0.1)
    seen.append(number)
    await update.message.reply_text(str(number))


def main():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CommandHandler("about", about))
    app.add_handler(CommandHandler("count", count))
    app.run_polling()


main()
"""


def test_what_serves_nobody_while_updates_are_sequential_is_offered_where_the_same_run_ends_that() -> None:
    files = harness.plain({"bot.py": SHARED})
    assert not harness.run([AsyncSleep()], files, unsafe=True).chosen
    together = harness.run([AsyncSleep(), BotRequestPool()], files, unsafe=True).chosen
    [pause] = [proposal for proposal in together if proposal.finding.code == "TGF501"]
    assert len(together) == 2 and Hazard.INTERLEAVING in {assumption.hazard for assumption in pause.change.assumes}
    assert SHARED.splitlines()[pause.finding.line - 1].strip() == "time.sleep(0.1)", "where the owner has it"
