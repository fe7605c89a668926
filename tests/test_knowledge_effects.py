"""The tables of what is pure, what yields and what may run in a thread."""

from __future__ import annotations

import importlib.util
import json
import types
from pathlib import Path
from textwrap import indent

import pytest
import telegram
import telethon

from tgfix.knowledge import purity, threads, yields

SCRIPT = Path(yields.__file__).parent.parent / "scripts" / "sure_yields.py"


@pytest.mark.parametrize(
    "dotted",
    [
        "builtins.len",
        "builtins.sorted",
        "builtins.ValueError",
        "builtins.str.join",
        "json.loads",
        "re.sub",
        "html.escape",
        "hashlib.sha256",
        "os.path.join",
        "pathlib.Path",
        "datetime.timedelta",
        "telegram.InlineKeyboardMarkup",
        "telegram.ext.filters.Regex",
        "telethon.Button.inline",
        "telethon.tl.functions.channels.JoinChannelRequest",
        "aiogram.types.InlineKeyboardButton",
    ],
)
def test_what_only_computes_is_pure_and_harmless(dotted: str) -> None:
    assert purity.is_pure(dotted)
    assert purity.is_harmless(dotted)


@pytest.mark.parametrize(
    "dotted", ["time.time", "random.choice", "uuid.uuid4", "datetime.datetime.now", "logging.getLogger"]
)
def test_a_clock_or_a_random_number_is_harmless_but_not_pure(dotted: str) -> None:
    assert not purity.is_pure(dotted)
    assert purity.is_harmless(dotted)


@pytest.mark.parametrize(
    "dotted",
    [
        "builtins.print",
        "builtins.open",
        "builtins.input",
        "builtins.exec",
        "builtins.next",
        "builtins.globals",
        "os.getenv",
        "os.environ.get",
        "os.path.exists",
        "os.remove",
        "json.dump",
        "logging.info",
        "operator.setitem",
        "random.shuffle",
        "random.seed",
        "telegram.Bot",
        "telegram.ext.Application.builder",
        "telegram.Bot.send_message",
        "telethon.TelegramClient",
        "telethon.types.Message.reply",
        "mypackage.helpers.compute",
        "",
    ],
)
def test_what_writes_reads_the_process_or_is_unknown_is_not_harmless(dotted: str) -> None:
    assert not purity.is_harmless(dotted)


def test_a_function_that_calls_what_it_is_given_is_named() -> None:
    assert purity.calls_arguments("builtins.sorted")
    assert purity.calls_arguments("re.sub")
    assert not purity.calls_arguments("builtins.len")


def test_names_that_clients_and_databases_have_too_do_not_tell_that_a_method_is_pure() -> None:
    assert purity.TELLING_METHODS < purity.PURE_METHODS
    assert not purity.TELLING_METHODS & {
        "get",
        "find",
        "count",
        "keys",
        "items",
        "join",
        "replace",
        "translate",
        "group",
        "start",
        "update",
    }


def test_no_method_reads_and_changes_at_once() -> None:
    assert not purity.PURE_METHODS & purity.MUTATING_METHODS


@pytest.mark.parametrize(
    ("library", "kind", "method"),
    [
        ("telegram", "telegram.Bot", "send_message"),
        ("telegram", "telegram.Message", "reply_text"),
        ("telegram", "telegram.Message?", "reply_text"),
        ("telegram", "telegram.CallbackQuery", "answer"),
        ("telegram", "telegram.Chat", "send_action"),
        ("telegram", "", "reply_text"),
        ("telethon", "telethon.TelegramClient", "send_message"),
        ("telegram", "telegram.Bot", "sendMessage"),
        ("telethon", "telethon.Event", "respond"),
        ("telethon", "telethon.Message", "delete"),
        ("telethon", "telethon.events.CallbackQuery.Event", "edit"),
        ("aiogram", "aiogram.types.Message", "answer"),
        ("aiogram", "aiogram.Bot", "send_message"),
        ("pyrogram", "pyrogram.Client", "send_message"),
        ("telethon", "telethon.events.NewMessage.Event", "reply"),
        ("httpx", "httpx.AsyncClient", "get"),
        ("aiohttp", "aiohttp.ClientSession", "post"),
    ],
)
def test_a_request_to_a_server_surely_yields(library: str, kind: str, method: str) -> None:
    assert yields.surely_yields(library, kind, method)


@pytest.mark.parametrize(
    ("library", "kind", "method"),
    [
        ("telethon", "telethon.TelegramClient", "get_input_entity"),
        ("telethon", "telethon.TelegramClient", "get_me"),
        ("telethon", "telethon.Event", "get_chat"),
        ("telethon", "telethon.Event", "get_sender"),
        ("telethon", "telethon.events.CallbackQuery.Event", "answer"),  # it may have answered already
        ("telethon", "telethon.Message", "edit"),  # older releases return at once if the message is not their own
        ("telethon", "telethon.TelegramClient", "delete_messages"),  # of an empty list
        ("telethon", "", "delete"),
        ("aiogram", "aiogram.Bot", "me"),
        ("telegram", "telegram.File", "download_to_drive"),
        ("telegram", "telegram.Bot", "initialize"),
        ("telegram", "telegram.ext.Application", "process_update"),
        ("telegram", "", "answer"),
        ("asyncio", "asyncio.Lock", "acquire"),
        ("asyncio", "asyncio.Queue", "get"),
        ("", "", "get"),
    ],
)
def test_what_a_cache_or_a_free_lock_may_answer_does_not_surely_yield(library: str, kind: str, method: str) -> None:
    assert not yields.surely_yields(library, kind, method)


def test_functions_that_wait_for_a_timer_or_a_thread_yield() -> None:
    assert yields.function_yields("asyncio.sleep")
    assert yields.function_yields("asyncio.to_thread")
    assert yields.function_yields("aiofiles.open")
    assert not yields.function_yields("asyncio.gather")
    assert not yields.function_yields("asyncio.wait_for")


@pytest.mark.parametrize(
    "dotted", ["requests.get", "subprocess.run", "shutil.copyfile", "os.listdir", "time.sleep", "json.loads"]
)
def test_a_call_that_makes_what_it_works_with_is_thread_safe(dotted: str) -> None:
    assert threads.is_thread_safe(dotted)


@pytest.mark.parametrize(
    "dotted",
    [
        "os.chdir",
        "signal.alarm",
        "sqlite3.connect",
        "requests.Session",
        "locale.setlocale",
        "mylib.work",
        "builtins.print",
    ],
)
def test_what_belongs_to_the_process_or_to_one_thread_is_not(dotted: str) -> None:
    assert not threads.is_thread_safe(dotted)


def script() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("sure_yields", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return await self.request()", True),
        ("if x:\n return await self.request()\nreturn await self.request(1)", True),
        ("if x:\n return\nreturn await self.request()", False),
        ("if x:\n raise ValueError\nreturn await self.request()", True),
        ("for i in x:\n await self.request(i)", False),
        ("while True:\n return await self.request()", True),
        ("while True:\n if x:\n  break\n await self.request()", False),
        ("try:\n return await self.request()\nexcept ValueError:\n return None", False),
        ("try:\n await self.request()\nexcept ValueError:\n raise", True),
        ("with x:\n await self.request()", True),
        ("return await self.request() if x else None", False),
        ("return x and await self.request()", False),
        ("return await self.request([a for a in x])", False),
        ("return [await self.request() for i in x]", False),
        ("return await self.other()", True),
        ("return await self.cached()", False),
    ],
)
def test_a_method_surely_yields_if_each_path_to_a_return_sends_a_request(
    tmp_path: Path, body: str, expected: bool
) -> None:
    sure_yields = script()
    source = (
        "class Bot:\n async def request(self, *a): ...\n async def cached(self):\n  return self.me\n"
        f" async def other(self):\n  return await self.request()\n async def asked(self):\n{indent(body, '  ')}\n"
    )
    (tmp_path / "bot.py").write_text(source)
    library = sure_yields.Library()
    library.requests = frozenset({"self.request"})
    found = sure_yields.sure_methods(library, sure_yields.methods(library, tmp_path))
    assert (("Bot", "asked") in found) is expected


def test_the_table_holds_for_the_installed_releases() -> None:
    sure_yields = script()
    table = json.loads(SCRIPT.parent.parent.joinpath("knowledge/yields.json").read_text())["kinds"]
    for name, module in (("telegram", telegram), ("telethon", telethon)):
        library = sure_yields.LIBRARIES[name]
        definitions = sure_yields.methods(library, Path(module.__file__).parent)
        sure = sure_yields.sure_methods(library, definitions)
        assert len(sure) > 50
        for owner, method in definitions.keys() - sure:
            assert method not in table.get(library.kind(owner), "").split()
