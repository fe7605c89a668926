"""Run a program in the world: ``python -c "import …main; main.main(TASK)"``, where TASK is a file that `child` writes."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import glob
import importlib
import importlib.util
import json
import os
import random
import re
import runpy
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import Any

from . import (
    callbacks,
    counting,
    ending,
    lines,
    load,
    network,
    outside,
    replaying,
    services,
    settings,
    shapes,
    stalls,
    standins,
    terminal,
    values,
    variables,
)
from .counting import counts
from .delivery import Delivery
from .telegram import Telegram

#: Seconds after which a program that was told to stop is ended.
_PATIENCE = 4.0
#: What a program may still do when it is told to stop.
_CLOSING = ("background_calls", "background_asked", "background_logs", "background_printed")
#: Seconds of the limit that exploring leaves, those that it takes for each handler of a large program, and has anyhow.
_RESERVE, _A_HANDLER, _LEAST = 20.0, 0.4, 5.0


class Run:
    """One run of the program: what it is asked for, and its report."""

    def __init__(self, task: dict[str, Any]) -> None:
        self.task = task
        self.report: dict[str, Any] = {"started": False, "notes": []}
        self.started = time.monotonic()
        self.telegram = Telegram(task["api_latency"], task["fault"])
        #: Of the first bot that the program has started.
        self._delivery: Delivery | None = None
        #: What looks for updates, where it does.
        self._explorer: Any = None
        self.problems: list[str] = []
        #: Those of the copy that are there before it runs.
        self._files = outside.files(task["project"])

    def serve(self) -> int:
        """Start the loopback server; its port."""
        given = self.task["server"]
        command = [given["python"], "-m", f"{__package__}.server", given["log"], str(given["latency"])]
        command += [json.dumps(given["routes"]), *([given["certificate"]] if given["certificate"] else [])]
        environment = {"PYTHONPATH": given["library"], "PATH": os.environ.get("PATH", "")}
        pipe = subprocess.PIPE
        server = subprocess.Popen(command, stdin=pipe, stdout=pipe, env=environment, cwd="/")
        atexit.register(server.kill)
        assert server.stdout is not None
        return int(server.stdout.readline())

    def install(self) -> None:
        """Put the world around the libraries of the program."""
        log = Path(self.task["server"]["log"])
        for name in self.task["libraries"]:
            library = importlib.import_module(f".{name}", __package__)
            library.install(self.telegram, log, functools.partial(self._begin, library))

    def _begin(self, library: Any, delivery: Delivery) -> None:
        """The program has started a bot."""
        if self._delivery is None:
            self._delivery = delivery
            self._driver = asyncio.get_running_loop().create_task(self._drive(library, delivery))

    async def _drive(self, library: Any, delivery: Delivery) -> None:
        try:
            await delivery.ready()
        except asyncio.CancelledError:  # the program ends by itself
            return
        try:
            await self._work(library, delivery)
        except BaseException:
            self.problems.append(f"internal error: {traceback.format_exc()[-1500:]}")
        finally:
            self.report["made"] = sorted(outside.files(self.task["project"]) - self._files)
            self.write()
            self.report["closing"] = {name: len(self.report[name]) for name in _CLOSING}
            threading.Timer(_PATIENCE, self._cut).start()
            await delivery.stop()

    async def _work(self, library: Any, delivery: Delivery) -> None:
        counts.loop_thread = threading.get_ident()
        self.report["started"] = True
        self.report["startup_seconds"] = time.monotonic() - self.started
        self.report["startup_calls"] = list(self.telegram.calls[None])
        self.report["startup_asked"] = list(standins.asked[0])
        self.report["startup_planned"] = list(counts.planned[0])
        self.report["startup_logs"] = list(counts.logs[0])
        self.report["startup_printed"] = "".join(counts.printed[0]).splitlines()
        delivery.is_compared = self.task["steps"] is not None
        self.report["startup_kept"] = delivery.kept()
        if self.task["values"]:
            self.report["startup_values"] = values.left.pop(0, {})
        delivery.requests()  # those of the start-up
        left = self.task["limit"] - (time.monotonic() - self.started) - _RESERVE
        seconds = max(self.task["explore"], _A_HANDLER * len(delivery.handlers()))
        explorer = library.explorer(delivery, self.task | {"explore": max(min(seconds, left), _LEAST)})
        explorer.places = {*self.task["places"]}
        self._explorer = explorer if self.task["steps"] is None else None
        await replaying.work(explorer, self.task["steps"])
        if self.task["values"]:
            self.report["background_values"] = values.left.pop(0, {})
        self._found(explorer)
        if self.task["users"]:
            self.report["load"] = await load.measure(delivery, self.task["users"])

    def _found(self, explorer: Any) -> None:
        self.report["handlers"] = callbacks.exercised(explorer.delivery.handlers(), explorer.reasons())
        self.report["steps"] = explorer.delivery.steps
        if self.task["values"]:
            self.report["idle"] = values.idle()

    def run(self) -> None:
        """The program's whole life, from its first line."""
        kind, entry = self.task["entry"]
        sys.argv = [entry, *self.task["arguments"]]
        sys.path[0:0] = self.task["path"]
        try:
            if kind == "module":
                sys.path.insert(0, os.getcwd())
                if importlib.util.find_spec(entry.partition(".")[0]) is None:
                    raise ModuleNotFoundError(f"No module named {entry!r}", name=entry)
                runpy.run_module(entry, run_name="__main__", alter_sys=True)
            elif kind == "function":
                sys.path.insert(0, os.getcwd())
                module, _, name = entry.partition(":")
                sys.exit(getattr(importlib.import_module(module), name)())
            else:
                sys.path.insert(0, os.path.dirname(entry))
                runpy.run_path(entry, run_name="__main__")
        except SystemExit as end:
            self.report["exit"] = end.code if isinstance(end.code, (int, str)) else 0
        except BaseException as error:
            self.report["crash"] = _described(error)

    def whole(self) -> None:
        """Of a program that takes no updates and has come to its end, and to a good one, the whole run is the one step."""
        if self._delivery is None or self.report["started"] or "crash" in self.report or self.report.get("exit"):
            return
        seconds, cpu = time.monotonic() - self.started, time.process_time()
        self._delivery.done({"update": {"run": ""}}, None, seconds=seconds, cpu=cpu, late=False)
        self.report |= {"started": True, "whole": True, "handlers": [], "steps": self._delivery.steps}
        self.telegram.calls.pop(None, None)
        for kept in (standins.asked, counts.logs, counts.printed):
            kept.pop(0, None)

    def write(self) -> None:
        """Leave the report where the parent looks for it."""
        calls, asked = self.telegram.calls[None], standins.asked[0]
        first = len(self.report.get("startup_calls", ()))
        logs, printed = counts.logs[0], "".join(counts.printed[0]).splitlines()
        self.report |= {
            "refused": network.refused,
            "variables": list(variables.missing),
            "answers": shapes.made,
            "not_run": list(counting.not_run),
            "outside": list(outside.refused),
            "homeless": list(outside.homeless),
            "lines": [[file, inside, sorted(ran)] for (file, inside), ran in lines.ran.items()],
            "notes": [*self.telegram.notes, *self.problems, *_left_out()],
            "background_errors": [*(self._delivery.errors[None] if self._delivery else []), *counts.failures[0]],
            "background_calls": calls[first:] if self.report["started"] else calls,
            "background_asked": asked[len(self.report.get("startup_asked", ())) :],
            "background_logs": logs[len(self.report.get("startup_logs", ())) :],
            "background_printed": printed[len(self.report.get("startup_printed", ())) :],
        }
        target = Path(self.task["report"])
        temporary = target.with_suffix(".new")
        temporary.write_text(json.dumps(self.report, default=repr))
        temporary.replace(target)

    def watch(self, seconds: float) -> None:
        """Look after it when a time is over: that until a bot is running, or that of all."""
        timer = threading.Timer(seconds, self._give_up)
        timer.daemon = True
        timer.start()

    def _give_up(self) -> None:
        left = self.task["limit"] - (time.monotonic() - self.started)
        if self.report["started"] and left > 1:
            self.watch(left)
            return
        if self._explorer is not None and "handlers" not in self.report:  # an update keeps the loop
            self._found(self._explorer)
        stacks = [traceback.format_stack(frame) for frame in sys._current_frames().values()]
        self.report["overdue"] = "".join("".join(stack[-2:]) for stack in stacks)[-1500:]
        self._end()

    def _cut(self) -> None:
        """End a program that does not by itself: how far it came with that is chance."""
        self.report["cut"] = True
        self._end()

    def _end(self) -> None:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
        self.write()
        ending.leave(0)


def _left_out() -> list[str]:
    names = ", ".join(list(outside.refused)[:3])
    commands = "; ".join(list(counting.not_run)[:3])
    return [
        *([f"the program may not write outside of its copy: {names}"] if names else []),
        *([f"no packages are installed or removed while measuring: {commands}"] if commands else []),
    ]


def _described(error: BaseException) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": type(error).__name__, "text": str(error)[:2000]}
    found["trace"] = "".join(traceback.format_exception(type(error), error, error.__traceback__))[-3000:]
    if isinstance(error, ImportError):
        found["name"] = error.name
        found["compiled"] = _compiled(error.name or "")
    if isinstance(error, OSError) and error.filename is not None:
        found["file"] = os.fsdecode(error.filename)
    if isinstance(error, KeyError) and error.args:
        found["key"] = str(error.args[0])
    return found


def _compiled(name: str) -> str:
    """The release of Python for which a part of the program is compiled; empty where it is not, or for none."""
    parts = Path(counts.project).glob(f"**/{glob.escape(name.rpartition('.')[2])}.cpython-*.so") if name else ()
    found = next((re.search(r"\.cpython-(\d)(\d+)", path.name) for path in parts), None)
    return f"{found[1]}.{found[2]}" if found and (int(found[1]), int(found[2])) != sys.version_info[:2] else ""


def main(task_file: str) -> None:
    """Run the program that a task describes; the report says how it went."""
    run = Run(json.loads(Path(task_file).read_text()))
    os.chdir(run.task["directory"])
    run.report["isolated"] = network.isolate()
    port = run.serve()
    stalls.install()
    counting.install(run.task["project"])
    network.install(port)
    terminal.install()
    variables.install(run.task["project"])
    ending.install()
    settings.watch_plans(lambda job: counts.planned[counts.update or 0].append(job))
    if run.task["steps"] is None:
        shapes.install(run.task["keys"])
    standins.install(services.install(run.task["stand_ins"]))
    outside.install(*run.task["writes"])
    import faulthandler

    faulthandler.enable()
    run.watch(run.task["patience"])
    random.seed(0)
    try:
        run.install()
    except ImportError as error:
        run.report["crash"] = _described(error)
        run._end()
    if run.task["trace"]:
        lines.install()
    elif run.task["values"]:
        values.install()
    run.run()
    sys.settrace(None)
    run.whole()
    with contextlib.suppress(BaseException):
        atexit._run_exitfuncs()  # what the program wants done at its end belongs to what it does
    run._end()
