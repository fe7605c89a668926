"""TGF604 on a running client: the same bytes in fewer requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from twin import Case, Observation, Run, Worker, telethon

from tgfix.codemods.telegram_api.large_parts import LargeParts
from tgfix.engine import harness
from tgfix.engine.model import Finding, Hazard, Safety

FIXTURE = Path(__file__).parents[1] / "fixtures" / "large-parts"
BEFORE, AFTER = ((FIXTURE / side / "bot.py").read_text() for side in ("before", "after"))
MB = 1024 * 1024


def plan_of(text: str, requirements: str = "telethon\ncryptg\n") -> harness.Plan:
    """What TGF604 finds in a bot."""
    files = harness.plain({"bot.py": text, "requirements.txt": requirements})
    return harness.run([LargeParts()], files, unsafe=True)


def rewritten(text: str) -> str:
    """The bot after TGF604."""
    plan = plan_of(text)
    assert not plan.problems
    return next(changed.after.decode() for changed in plan.files if changed.path.name == "bot.py")


async def transfer(run: Run, size: int) -> tuple[bytes, list[int], list[int]]:
    """Send and fetch a file of a size: what was fetched, and the sizes of the parts each way."""
    from telethon import types

    content = bytes(range(256)) * (size // 256)
    sent: list[int] = []
    fetched: list[int] = []
    parts: dict[int, bytes] = {}

    def save(request: object) -> bool:
        sent.append(len(request.bytes))  # type: ignore[attr-defined]
        parts[request.file_part] = request.bytes  # type: ignore[attr-defined]
        return True

    def give(request: object) -> object:
        start, most = request.offset, request.limit  # type: ignore[attr-defined]
        part = content[start : start + most]
        fetched.append(len(part))
        return types.upload.File(types.storage.FileUnknown(), 0, part)

    with telethon.offline(run) as telegram:
        for name in ("SaveFilePartRequest", "SaveBigFilePartRequest"):
            telegram.answers[name] = save
        telegram.answers["GetFileRequest"] = give
        await run.module.client.connect()
        await run.module.send(content)
        kept = await run.module.fetch(types.InputDocumentFileLocation(1, 1, b"", ""), size)
        await run.module.client.disconnect()
    assert b"".join(parts[number] for number in sorted(parts)) == content
    return bytes(kept) == content, sent, fetched  # type: ignore[return-value]


def test_the_fixture_is_rewritten_as_it_stands_there() -> None:
    plan = plan_of(BEFORE)
    assert rewritten(BEFORE) == AFTER
    assert [finding.safety for finding in plan.findings] == [Safety.UNSAFE, Safety.SAFE], (
        "what `content` is, is not seen"
    )


def test_the_same_bytes_go_in_a_quarter_of_the_requests(worker: Worker) -> None:
    results = []
    for text in (BEFORE, AFTER):
        seen: Observation = worker.run(Case(text, scenario=transfer, arguments={"size": 8 * MB}))
        assert seen.exception is None
        results.append(seen.result)
    (whole, sent, fetched), (whole_after, sent_after, fetched_after) = results
    assert whole and whole_after
    assert (len(sent), len(sent_after)) == (64, 16)
    assert len([size for size in fetched if size]) == 64
    assert len([size for size in fetched_after if size]) == 16
    assert max(sent_after) == max(fetched_after) == 512 * 1024


def test_the_choice_for_calls_that_take_no_size_is_that_of_the_client(worker: Worker) -> None:
    text = BEFORE.replace("client.upload_file(content)", "client.send_file(5, content)")
    text = text.replace("client.download_file(location, file_size=size)", "client.download_media(location)")
    after = rewritten(text)
    assert "utils.get_appropriated_part_size = lambda file_size: 512" in after
    assert "part_size_kb" not in after


CLIENT = "from telethon import TelegramClient\n\nclient = TelegramClient('a', 1, 'b')\n"
SENDS = "\n\nasync def send(event):\n    await client.send_file(1, 'film.mp4')\n"


def changes(text: str, requirements: str) -> dict[str, Finding]:
    """The findings of a bot, by their titles."""
    return {f.change.title: f for f in plan_of(text, requirements).findings if f.change}


@pytest.mark.parametrize(
    ("requirements", "asked"),
    [
        ("telethon\n", True),
        ("telethon\ncryptg\n", False),
        ("telethon[cryptg]==1.40\n", False),
        ("telethon[hachoir]\n", True),
    ],
    ids=["nothing", "asked for", "as an extra", "another extra"],
)
def test_cryptg_is_added_where_it_may_be_missing(requirements: str, asked: bool) -> None:
    found = changes(CLIENT + SENDS, requirements)
    assert list(found) == ["Ask for cryptg"] * asked + ["Move files in parts of 512 KiB"], "one after the other"


def test_the_file_that_moves_some_is_named() -> None:
    files = {
        "bot.py": CLIENT + "import media\n",
        "media.py": "from telethon import TelegramClient\n\n\nasync def send(client: TelegramClient):\n"
        "    await client.send_file(1, 'film.mp4')\n",
        "requirements.txt": "telethon\n",
    }
    finding = harness.run([LargeParts()], harness.plain(files), unsafe=True).findings[0]
    assert finding.path.name == "bot.py" and "(media.py moves some)" in finding.message


def test_a_bot_that_moves_no_files_is_no_finding() -> None:
    text = (
        CLIENT
        + "\n\nasync def send(event):\n    await client.send_message(1, 'hi')\n    await storage.upload_file('a')\n"
    )
    assert not plan_of(text, "telethon\n").findings
    forwards = (
        CLIENT + "\n\nclass Account:\n    async def download_media(self, message):\n"
        "        return await client.download_media(message)\n\n\nclient.run_until_disconnected()\n"
    )
    assert not plan_of(forwards, "telethon\n").findings, "nothing calls it"


def test_several_clients_are_asked_for_cryptg_once_and_told_what_to_do() -> None:
    text = CLIENT + "other = TelegramClient('c', 1, 'b')\n" + SENDS
    assert [finding.change is not None for finding in plan_of(text, "telethon\n").findings].count(True) == 1
    plan = plan_of(text, "telethon\ncryptg\n")
    assert any("2 clients are made" in (finding.reason or "") for finding in plan.findings)


@pytest.mark.parametrize(
    ("file", "known"),
    [
        ("'film.mp4'", True),
        ("f'{event.id}.mp4'", True),
        ("folder + '/film.mp4'", True),
        ("open('film.mp4', 'rb')", True),
        ("io.BytesIO(data)", True),
        ("await client.download_media(event.media)", True),
        ("await client.download_media(event.media, bytes)", True),
        ("await client.download_media(event.media, reader)", False),
        ("await event.download_media()", False),
        ("event.response", False),
        ("reader", False),
    ],
)
def test_a_file_that_may_give_less_than_is_asked_for_is_assumed_not_to(file: str, known: bool) -> None:
    text = f"import io\n{CLIENT}\n\nasync def send(event, reader):\n    await client.upload_file({file})\n"
    finding = next(f for f in plan_of(text).findings if f.line > 5 and f.change)
    assert finding.change is not None
    assert (not finding.change.assumes) is known


def test_a_bot_that_tells_of_the_parts_is_assumed_not_to() -> None:
    sending = "\n\nasync def send(event):\n    file = await client.upload_file('film.mp4')\n    print({})\n"
    for shown, assumed in ("file.parts", {Hazard.IDENTITY}), ("file.name", set()):
        finding = next(f for f in plan_of(CLIENT + sending.format(shown)).findings if f.line > 4 and f.change)
        assert finding.change is not None
        assert {one.hazard for one in finding.change.open} == assumed


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("coloredlogs.install(level='info')", True),
        ("logs.show('INFO')", True),
        ("logging.root.level = 20", True),
        ("logging.warning('started')", False),
    ],
)
def test_a_log_that_may_show_the_parts_is_assumed_not_to_matter(more: str, told: bool) -> None:
    imports = "coloredlogs, logging, logs" if "coloredlogs" in more else "logging, logs"
    sending = f"import {imports}\n{more}\n\nasync def send(event):\n    file = await client.upload_file('film.mp4')\n"
    finding = next(f for f in plan_of(CLIENT + sending).findings if f.line > 4 and f.change)
    assert finding.change is not None
    assert (Hazard.IDENTITY in {one.hazard for one in finding.change.open}) is told


async def short_reads(run: Run) -> str:
    """Send what gives at most 128 KiB at a time: how it ends."""

    class Slow:
        left = 512 * 1024

        def read(self, asked: int = -1) -> bytes:
            given = min(asked, 128 * 1024, self.left)
            self.left -= given
            return b"x" * given

        def seekable(self) -> bool:
            return False

    with telethon.offline(run) as telegram:
        telegram.answers["SaveFilePartRequest"] = lambda request: True
        await run.module.client.connect()
        try:
            await run.module.client.upload_file(Slow(), file_size=512 * 1024, part_size_kb=run.module.SIZE)
            return "sent"
        except ValueError as error:
            return str(error)
        finally:
            await run.module.client.disconnect()


def test_telethon_refuses_a_part_that_is_too_short(worker: Worker) -> None:
    ends = [worker.run(Case(f"{CLIENT}SIZE = {size}\n", scenario=short_reads)).result for size in (128, 256)]
    assert ends[0] == "sent"
    assert "less than" in ends[1]


UPLOADS = """\
from telethon import TelegramClient, events, utils

{before}
client = {made}("bot", 1, "hash")


@client.on(events.NewMessage)
async def keep(event):
    {body}
"""


@pytest.mark.parametrize(
    ("body", "safe"),
    [
        ('film = await client.upload_file("film.mp4")\n    await event.reply(file=film)', True),
        (
            'film = await client.upload_file("film.mp4")\n    film.name = "a.mp4"\n    await event.reply(file=film)',
            True,
        ),
        ('film = await client.upload_file("film.mp4")\n    print(film.parts)', False),
        ('film = await client.upload_file("film.mp4")\n    print(film)', False),
        ('film = await client.upload_file("film.mp4")\n    await event.reply(film.to_json())', False),
        ("print(f\"{await client.upload_file('film.mp4')}\")", False),
        ('sent.append(await client.upload_file("film.mp4"))', False),
    ],
)
def test_what_is_sent_says_of_how_many_parts_it_is(body: str, safe: bool) -> None:
    plan = plan_of(UPLOADS.format(before="sent = []", made="TelegramClient", body=body))
    assert [chosen.finding.safety is Safety.SAFE for chosen in plan.chosen] == [safe]


@pytest.mark.parametrize("method", ["__call__", "_call"])
def test_a_client_that_sees_each_request(method: str) -> None:
    before = f"class Client(TelegramClient):\n    async def {method}(self, *given):\n        print(given)\n"
    plan = plan_of(
        UPLOADS.format(before=before, made="Client", body='await event.reply(file=await client.upload_file("a.mp4"))')
    )
    assert [chosen.finding.safety for chosen in plan.chosen] == [Safety.UNSAFE]


def test_a_bot_that_chooses_the_size_itself_keeps_its_choice() -> None:
    before = "utils.get_appropriated_part_size = lambda size: 64\n"
    plan = plan_of(
        UPLOADS.format(
            before=before, made="TelegramClient", body='await event.reply(file=await client.upload_file("a.mp4"))'
        )
    )
    assert not plan.chosen and [left.reason for left in plan.left] == [
        "the bot chooses the size of parts itself, by `get_appropriated_part_size`"
    ]


def test_no_function_of_telethon_is_replaced_each_time_that_a_function_makes_a_client() -> None:
    async_with = (
        "    async with TelegramClient('c', 1, 'b') as client:\n        await client.send_file(1, 'film.mp4')\n"
    )
    for name, changed in (("main", True), ("scrape", False)):
        text = f"from telethon import TelegramClient\n\n\nasync def {name}():\n{async_with}"
        findings = plan_of(text, "telethon\ncryptg\n").findings
        assert [finding.change is not None for finding in findings] == [changed]
        assert changed or "each call of scrape() makes a client" in (findings[0].reason or "")
