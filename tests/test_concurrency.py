"""What runs together in a bot: whether updates come one after the other, and what goes on beside their handlers."""

from __future__ import annotations

from textwrap import dedent

import pytest
from analysis import ROOT, project

from tgfix.engine.analysis.concurrency import Beside, Concurrency, concurrency

HEAD = """
import asyncio, threading, functools
from telegram.ext import Application, ApplicationBuilder, CommandHandler, ConversationHandler, Defaults, Updater

async def start(update, context):
    await update.message.reply_text("hello")

"""
PLAIN = (
    HEAD
    + """
def main():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("start", start))
    app.run_polling()

if __name__ == "__main__":
    main()
"""
)


def of(text: str, **others: str) -> Concurrency:
    return concurrency(project(bot=text, **others))


def kinds(found: Concurrency) -> set[Beside | None]:
    return {evidence.kind for evidence in found.beside}


def with_line(line: str, head: str = "") -> Concurrency:
    """The plain bot with one more line before it runs, and some text in front."""
    return of(PLAIN.replace("    app.run_polling()", f"    {line}\n    app.run_polling()") + head)


# Whether updates come one after the other


def test_a_bot_built_without_concurrent_updates_handles_them_one_after_the_other_and_alone() -> None:
    found = of(PLAIN)
    assert found.library == "telegram"
    assert found.sequential is True
    assert found.beside == ()
    assert found.alone
    assert found.sentences() == [
        "bot.py:10: updates are handled one after the other: an `Application` is built without `concurrent_updates`"
    ]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (".concurrent_updates(True)", False),
        (".concurrent_updates(8)", False),
        (".concurrent_updates(False)", True),
        (".concurrent_updates(1)", True),
        (".concurrent_updates(COUNT)", None),
        (".concurrent_updates(Processor())", None),
        (".application_class(Mine)", None),
        (".rate_limiter(AIORateLimiter())", True),
        (".post_init(setup)", True),
    ],
)
def test_the_builders_options_say_whether_several_updates_are_handled_at_a_time(
    option: str, expected: bool | None
) -> None:
    found = of(PLAIN.replace(".build()", f"{option}.build()"))
    assert found.sequential is expected
    assert found.alone is (expected is True)


def test_a_builder_in_a_variable_is_followed() -> None:
    builder = '    builder = ApplicationBuilder().token("1:A")\n    {}\n    app = builder.build()\n'
    chain = '    app = Application.builder().token("1:A").build()\n'
    assert of(PLAIN.replace(chain, builder.format("pass"))).sequential is True
    assert of(PLAIN.replace(chain, builder.format("builder = builder.concurrent_updates(True)"))).sequential is False
    assert (
        of(PLAIN.replace(chain, builder.format("if FAST:\n        builder.concurrent_updates(True)"))).sequential
        is False
    )
    assert of(PLAIN.replace(chain, builder.format("configure(builder)"))).sequential is None


def test_two_applications_may_run_beside_each_other() -> None:
    assert with_line('other = Application.builder().token("2:B").build()').sequential is None


@pytest.mark.parametrize(
    "start", ["for token in TOKENS:\n        main()", "main()\n    main()", "[main() for _ in range(2)]", "app = main"]
)
def test_an_application_that_may_be_built_several_times_is_not_alone(start: str) -> None:
    text = PLAIN.replace("    main()\n", f"    {start}\n")
    assert of(text).sequential is (True if start == "app = main" else None)


def test_an_application_that_nobody_in_the_project_builds_is_not_known() -> None:
    built = HEAD + 'def build():\n    app = Application.builder().token("1:A").build()\n    return app\n'
    assert of(built).sequential is None
    assert of(built + "\nbuild().run_polling()\n").sequential is True


def test_an_entry_point_that_runs_the_bot_itself_needs_no_caller() -> None:
    assert of(PLAIN.partition("if __name__")[0]).sequential is True


def test_a_class_that_runs_its_bot_may_be_made_by_an_entry_point() -> None:
    made = HEAD + dedent("""
        class Bot:
            def __init__(self, token):
                self.app = Application.builder().token(token).build()
                self.app.run_polling()

        class Command:
            def handle(self):
                Bot("1:A"){}
        """)
    assert of(made.format("")).sequential is True
    assert of(made.format("\n        Bot('2:B')")).sequential is None
    assert of(made.format("").replace("self.app.run_polling()", "pass")).sequential is None


def test_updates_handed_out_by_hand_may_overlap() -> None:
    found = of(PLAIN, web="async def hook(app, update):\n    await app.process_update(update)\n")
    assert found.sequential is None
    method = "class App:\n    async def process_update(self, update):\n        pass\n"
    assert of(PLAIN, web=method).sequential is None
    assert of(PLAIN, web="def handle_update(update):\n    return update.message.text\n").sequential is True


def test_release_13_works_in_one_thread_unless_handlers_run_async() -> None:
    bot = HEAD + dedent("""
        def main():
            updater = Updater("1:A", use_context=True)
            updater.dispatcher.add_handler(CommandHandler("start", start{}))
            updater.start_polling()
            updater.idle()

        main()
        """)
    assert of(bot.format("")).alone
    found = of(bot.format(", run_async=True"))
    assert found.sequential is True
    assert kinds(found) == {Beside.UNBLOCKED}


@pytest.mark.parametrize(
    ("options", "expected"),
    [("", False), (", sequential_updates=True", True), (", sequential_updates=SETTING", None), (", **OPTIONS", None)],
)
def test_telethon_starts_a_task_for_each_update_unless_told_otherwise(options: str, expected: bool | None) -> None:
    found = of(
        f"""
        from telethon import TelegramClient, events
        client = TelegramClient("bot", 1, "hash"{options})

        @client.on(events.NewMessage)
        async def answer(event):
            await event.reply("yes")

        client.start()
        client.run_until_disconnected()
        """
    )
    assert found.library == "telethon"
    assert found.sequential is expected
    assert found.alone is (expected is True)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", False),
        (", handle_as_tasks=False", True),
        (", handle_as_tasks=X", None),
        (", another, handle_as_tasks=False", False),
    ],
)
def test_aiogram_starts_a_task_for_each_update_unless_told_otherwise(options: str, expected: bool | None) -> None:
    found = of(
        f"from aiogram import Bot, Dispatcher\nbot, dp = Bot('1:A'), Dispatcher()\ndp.start_polling(bot{options})\n"
    )
    assert found.sequential is expected


@pytest.mark.parametrize(
    ("options", "expected"), [("", False), (", workers=1", True), (", workers=8", False), (", workers=N", None)]
)
def test_pyrogram_has_as_many_workers_as_it_is_told(options: str, expected: bool | None) -> None:
    assert of(f"from pyrogram import Client\napp = Client('bot'{options})\napp.run()\n").sequential is expected


def test_a_program_with_two_libraries_of_bots_is_not_known() -> None:
    found = of(PLAIN, user="from telethon import TelegramClient\nclient = TelegramClient('a', 1, 'b')\n")
    assert found.library is None
    assert found.sequential is None
    assert Beside.CLIENT in kinds(found)


def test_a_file_that_does_not_parse_leaves_nothing_proved() -> None:
    found = of(PLAIN, broken="from telegram.ext import Application\ndef (:\n")
    assert found.sequential is None
    assert not found.alone
    assert not of(PLAIN, elsewhere="def (:\n").alone


# What runs beside


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("app.job_queue.run_repeating(start, 60)", Beside.JOB),
        ("app.add_handler(CommandHandler('x', start, block=False))", Beside.UNBLOCKED),
        ("app.add_handler(CommandHandler('x', start, None, False))", Beside.UNBLOCKED),
        ("app.add_handler(CommandHandler('x', start, **OPTIONS))", Beside.UNKNOWN),
        ("app.add_error_handler(start)", Beside.ERROR_HANDLER),
        ("app.create_task(start(None, None))", Beside.TASK),
        ("asyncio.get_event_loop().create_task(start(None, None))", Beside.TASK),
        ("asyncio.ensure_future(start(None, None))", Beside.TASK),
        ("threading.Thread(target=start).start()", Beside.THREAD),
        ("asyncio.get_event_loop().run_in_executor(None, start)", Beside.THREAD),
        ("app.add_handler(ConversationHandler([], {}, [], conversation_timeout=60))", Beside.JOB),
        ("Defaults(block=False)", Beside.UNBLOCKED),
        ("exec(CODE)", Beside.UNKNOWN),
    ],
)
def test_what_the_bot_starts_runs_beside_its_handlers(line: str, kind: Beside) -> None:
    found = with_line(line)
    assert kinds(found) == {kind}
    assert not found.alone


def test_a_job_is_named_with_its_function() -> None:
    found = with_line("app.job_queue.run_repeating(tick, 60)", "\n\nasync def tick(context):\n    pass\n")
    (evidence,) = found.beside
    assert evidence.located(ROOT) == "bot.py:12: `tick` runs as a job (`app.job_queue.run_repeating`)"
    module = found.program.project.module(ROOT / "bot.py")
    tick = next(f for f in module.tree.body if getattr(f, "name", "") == "tick")
    assert evidence.runs == (module.path, tick.lineno)


def test_persistence_saves_what_handlers_keep_meanwhile() -> None:
    found = of(PLAIN.replace(".build()", ".persistence(PicklePersistence('x')).build()"))
    assert kinds(found) == {Beside.PERSISTENCE}


def test_requests_sent_together_and_awaited_touch_nothing_of_the_project() -> None:
    gather = "\n\nasync def all(update, context):\n    await asyncio.gather(*[context.bot.send_message(i, 'x') for i in IDS])\n"
    assert of(PLAIN + gather).alone
    assert kinds(of(PLAIN + gather.replace("context.bot.send_message(i, 'x')", "start(update, i)"))) == {Beside.TASK}
    assert kinds(of(PLAIN + gather.replace("await ", "task = "))) == {Beside.TASK}


def test_a_thread_that_is_awaited_on_the_spot_runs_beside_nothing() -> None:
    waits = "\n\ndef work():\n    pass\n\nasync def slow(update, context):\n    {}asyncio.to_thread(work)\n"
    assert of(PLAIN + waits.format("await ")).alone
    assert kinds(of(PLAIN + waits.format("job = "))) == {Beside.THREAD}


def test_a_web_application_answers_beside_the_bot() -> None:
    found = of(
        PLAIN, web="from flask import Flask\nweb = Flask(__name__)\n\n@web.route('/')\ndef index():\n    return 'ok'\n"
    )
    assert kinds(found) == {Beside.SERVER, Beside.CALLBACK}


def test_a_function_handed_to_something_unknown_may_run_at_any_time() -> None:
    text = PLAIN + "\nimport mqtt\nmqtt.Client().connect('host')\n{}\n"
    assert of(text.format("")).alone
    for line in (
        "mqtt.subscribe(start)",
        "mqtt.client.on_message = start",
        "@mqtt.handler\ndef f(): ...",
        "class A(mqtt.B): ...",
    ):
        assert kinds(of(text.format(line))) == {Beside.CALLBACK}, line


def test_what_calls_functions_in_place_is_no_danger() -> None:
    text = PLAIN + dedent("""
        import tenacity
        from pydantic import BaseModel
        from sqlalchemy.orm import declarative_base

        Base = declarative_base()

        class Settings(BaseModel): ...
        class User(Base): ...

        def restricted(handler):
            @functools.wraps(handler)
            async def inner(update, context):
                return await handler(update, context)
            return inner

        @restricted
        @tenacity.retry
        async def secret(update, context):
            print(sorted([1], key=lambda n: -n))
        """)
    assert of(text).alone
    ends = "\nif len(sys.argv) > 5:\n    sys.exit(checked())\n"
    assert of(f"import sys\n{PLAIN}{ends}", elsewhere="import bot\nasync def checked(): ...\n").alone


def test_a_coroutine_that_starts_the_bot_by_hand_goes_on_beside_it() -> None:
    by_hand = HEAD + dedent("""
        async def main():
            app = Application.builder().token("1:A").build()
            async with app:
                await app.start()
                await app.updater.start_polling()
                {}
                await app.updater.stop()
                await app.stop()

        asyncio.run(main())
        """)
    assert of(by_hand.format("await asyncio.Event().wait()")).alone
    assert kinds(of(by_hand.format("await serve()"))) == {Beside.CALLER}


# Which files run together


def test_another_bot_of_the_same_repository_is_another_program() -> None:
    both = project(one__bot=PLAIN, two__bot=PLAIN.replace(".build()", ".concurrent_updates(True).build()"))
    assert concurrency(both).sequential is None
    assert concurrency(both, ROOT / "one/bot.py").alone
    assert concurrency(both, ROOT / "two/bot.py").sequential is False


def test_a_script_that_imports_the_bot_belongs_to_its_program() -> None:
    serve = "from bot import start\nimport threading\nthreading.Thread(target=start).start()\n"
    both = project(bot=PLAIN, serve=serve)
    assert kinds(concurrency(both, ROOT / "bot.py")) == {Beside.THREAD}


def test_files_loaded_by_a_computed_name_belong_to_every_program() -> None:
    both = project(
        bot=PLAIN + "\nimport importlib\n", plugins__one="import threading\nthreading.Timer(1, print).start()\n"
    )
    assert kinds(concurrency(both, ROOT / "bot.py")) == {Beside.THREAD}


def test_tests_do_not_run_beside_the_bot() -> None:
    both = project(
        bot=PLAIN, tests__test_bot="from bot import start\nimport threading\nthreading.Thread(target=start)\n"
    )
    assert concurrency(both, ROOT / "bot.py").alone
