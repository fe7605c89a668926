"""Drivers that many cases share: a program and what happens to it meanwhile. See `SafetyCase.drive`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from twin import Run
from twin.updates import message

from .loopback import Server, serving

#: A text, or what `updates` of `tgfix measure` or `twin.telethon.new_message` makes of one; with a number, from that user.
Update = Any


@contextlib.contextmanager
def _server(server: Mapping[str, Any] | None, say: Sequence[str]) -> Iterator[None]:
    """A loopback server for programs that want one; afterwards `say` names the counts of it that are printed."""
    if server is None:
        yield
        return
    with serving(**server) as running:
        yield
    counts(running, say)


def counts(server: Server, say: Sequence[str]) -> None:
    """Print attributes of a server by name; "requests" are printed one a line."""
    for name in say:
        if name == "requests":
            print(*(" ".join(request) for request in server.requests), sep="\n")
        else:
            print(f"{name}: {getattr(server, name)}")


async def _say_error(update: object, context: Any) -> None:
    print("error:", type(context.error).__name__, context.error)


def ptb_bot(
    run: Run,
    updates: Sequence[Update],
    how: str = "queue",
    build: str = "build",
    answers: Mapping[str, Any] | None = None,
    downloads: Mapping[str, bytes] | None = None,
    server: Mapping[str, Any] | None = None,
    say: Sequence[str] = ("requests",),
    show: Sequence[str] = (),
) -> None:
    """Hand `updates` to the application that the function `build` of the program makes (see `twin.ptb.Telegram.feed`
    for `how`); errors of callbacks are printed, and at the end the files `show`.
    """
    from twin import ptb

    with _server(server, say), ptb.offline(run, answers=answers, watch=()) as telegram:
        telegram.downloads.update(downloads or {})
        application = getattr(run.module, build)()
        application.add_error_handler(_say_error)
        asyncio.run(telegram.feed(application, list(map(_bot_update, updates)), how))
    show_files(*show)


def _bot_update(update: Update) -> dict[str, Any]:
    if isinstance(update, str):
        return message(update)
    return message(update[0], user_id=update[1]) if isinstance(update, tuple) else update


def ptb_polling(run: Run, updates: Sequence[Update], main: str = "main", **how: Any) -> None:
    """Call the function `main` of the program, which polls; it ends after `updates`."""
    from twin import ptb

    with (
        _server(how.pop("server", None), ("requests",)),
        ptb.offline(run, updates=list(map(_bot_update, updates)), watch=(), **how),
    ):
        getattr(run.module, main)()
        print("end")


def telethon_bot(
    run: Run,
    updates: Sequence[Update],
    gap: float | None = None,
    pause: float | None = None,
    client: str = "client",
    answers: Mapping[str, Any] | None = None,
    server: Mapping[str, Any] | None = None,
    say: Sequence[str] = ("requests",),
    show: Sequence[str] = (),
    disconnect_after: float | None = None,
    ctrl_c_after: float | None = None,
) -> None:
    """Hand `updates` to the handlers of the program's `client`: each in a task of its own, all at once as Telethon may
    do it, one every `gap` seconds, or each `pause` seconds after the one before is done. With `disconnect_after` the
    client is disconnected that many seconds after the last of them, which cancels what is still at work; with
    `ctrl_c_after` the process gets SIGINT that many seconds after it began, in a loop that leaves it to Python. At the end
    the files `show` are printed.
    """
    from twin import telethon

    async def main(telegram: telethon.Telegram) -> None:
        bot = getattr(run.module, client)
        await bot.connect()
        tasks = []
        for number, update in enumerate(updates, 1):
            text, chat = update if isinstance(update, tuple) else (update, 5)
            given = telethon.new_message(text, number, chat=chat) if isinstance(text, str) else text
            task = asyncio.create_task(telegram.deliver(bot, [given], together=False))
            bot._event_handler_tasks.add(task)  # what `disconnect` cancels
            task.add_done_callback(bot._event_handler_tasks.discard)
            tasks.append(task)
            if pause is not None:
                await asyncio.wait([task])
            if gap or pause:
                await asyncio.sleep(gap or pause or 0)
        if disconnect_after is not None:
            await asyncio.sleep(disconnect_after)
            await bot.disconnect()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if ended is not None:
                print("handler ended by", type(ended).__name__)
        await bot.disconnect()

    with _server(server, say), telethon.offline(run, answers=answers) as telegram:
        if ctrl_c_after is None:
            asyncio.run(main(telegram))
        else:
            loop = asyncio.new_event_loop()
            _interrupted(lambda: loop.run_until_complete(main(telegram)), ctrl_c_after)
    show_files(*show)


def call(
    run: Run,
    function: str,
    given: Sequence[Any] = (),
    server: Mapping[str, Any] | None = None,
    say: Sequence[str] = ("requests",),
    show: Sequence[str] = (),
    how: str = "",
    seconds: float = 0.2,
    open_files: int | None = None,
) -> None:
    """Call a function or coroutine function of the program and print what it returns, while `how` happens to it after
    `seconds`:

    * "wait_for": it runs under `asyncio.wait_for`;
    * "cancel", "cancel twice": its task is cancelled, a second time 50 ms later;
    * "beside": nothing; a coroutine that prints "tick" six times within `seconds` runs beside it;
    * "ctrl-c": the process gets SIGINT;
    * "kill": it runs in a process of its own, which is killed.

    `open_files` limits the file descriptors of the process.
    """
    if open_files is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_files, open_files))
    with _server(server, say):
        target = getattr(run.module, function)
        if how == "kill":
            _killed(lambda: _finish(target(*given)), seconds)
        elif how == "ctrl-c":
            _interrupted(lambda: _finish(target(*given)), seconds)
        elif how:
            asyncio.run(_beside(target(*given), how, seconds))
        else:
            print("returned", _finish(target(*given)))
    show_files(*show)


def _finish(result: Any) -> Any:
    return asyncio.run(result) if asyncio.iscoroutine(result) else result


def _killed(work: Callable[[], Any], seconds: float) -> None:
    child = os.fork()
    if child == 0:
        work()
        sys.stdout.flush()
        os._exit(0)
    timer = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    timer.start()
    _, status = os.waitpid(child, 0)
    timer.cancel()
    print("exit code", os.waitstatus_to_exitcode(status))


def _interrupted(work: Callable[[], Any], seconds: float) -> None:
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    try:
        print("returned", work())
    except KeyboardInterrupt:
        print("KeyboardInterrupt")
    timer.join()


async def _beside(work: Any, how: str, seconds: float) -> None:
    if how == "wait_for":
        try:
            print("returned", await asyncio.wait_for(work, seconds))
        except asyncio.TimeoutError:
            print("too late")
        return
    task = asyncio.ensure_future(work)
    if how == "beside":
        for _ in range(6):
            await asyncio.sleep(seconds / 6)
            print("tick")
    else:
        await asyncio.sleep(seconds)
        task.cancel()
        if how == "cancel twice":
            await asyncio.sleep(0.05)
            task.cancel()
    try:
        print("returned", await task)
    except asyncio.CancelledError:
        print("cancelled")


def show_files(*paths: str) -> None:
    """Print the text of files, or that they are not there; a directory with its entries."""
    for path in paths:
        if os.path.isdir(path):
            for name in sorted(os.listdir(path)):
                show_files(os.path.join(path, name))
        elif os.path.exists(path):
            with open(path, encoding="utf-8", errors="backslashreplace", newline="") as file:
                print(f"{path}: {file.read()!r}")
        else:
            print(f"{path}: no such file")


def scripts(run: Run, commands: Sequence[Sequence[str]], directory: str = ".") -> None:
    """Run the program's scripts, each ``[file, argument …]`` or ``["-m", module …]``, and print what they print."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    for command in commands:
        ran = subprocess.run(
            [sys.executable, *command], cwd=directory, capture_output=True, text=True, env=environment, timeout=60
        )
        print(ran.returncode, ran.stdout, *ran.stderr.strip().splitlines()[-1:], sep="\n")


def project_tests(run: Run, arguments: Sequence[str] = ()) -> None:
    """Run the program's own tests with pytest and print which pass."""
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.getcwd(), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    print(*(line for line in ran.stdout.splitlines() if line.startswith(("PASSED", "FAILED", "ERROR"))), sep="\n")
