"""The twin-run kit itself: what runs show, and above all that a difference in anything observable is found."""

from __future__ import annotations

import os
from typing import Any

import pytest
from twin import Case, Run, ScenarioError, Worker, WorkerError, compare, normalise, observe

SAME = """
import asyncio, atexit, json, logging, os, pathlib, threading
log = logging.getLogger("bot")
class Refused(ValueError): ...
async def work(flag):
    print("working")
    log.warning("careful: %s", flag)
    with open("state.json", "w") as file:
        json.dump({"flag": flag}, file)
    try:
        raise KeyError("inner")
    except KeyError as error:
        if flag == "raise":
            raise Refused("no", 3) from error
    return [1, "two", {"three": 3.0}]
"""


async def work(run: Run, flag: str = "fine") -> Any:
    return await run.module.work(flag)


def test_a_program_that_only_looks_different_shows_no_difference(worker: Worker) -> None:
    after = SAME.replace('json.dump({"flag": flag}, file)', "file.write(json.dumps({'flag': flag}))")
    assert after != SAME
    assert worker.differences(SAME, after, scenario=work) == []
    assert worker.differences(SAME, after, scenario=work, arguments={"flag": "raise"}, raises=True) == []


def test_an_observation_holds_what_the_program_did(worker: Worker) -> None:
    seen = worker.run(Case(SAME, scenario=work))
    assert (seen.result, seen.stdout, seen.stderr) == ([1, "two", {"three": 3.0}], "working\n", "careful: fine\n")
    assert seen.files == {"state.json": b'{"flag": "fine"}'}
    records = [(record.logger, record.level, record.message) for record in seen.logged]
    assert records == [("bot", "WARNING", "careful: fine")]
    assert (seen.exception, seen.exit_code, seen.timed_out) == (None, 0, False)
    raised = worker.run(Case(SAME, scenario=work, arguments={"flag": "raise"}))
    assert raised.exit_code == 1 and raised.exception is not None and raised.exception.cause is not None
    assert (raised.exception.type, raised.exception.args) == ("bot.Refused", ("no", 3))
    assert raised.exception.cause.name == "KeyError"


#: What is done differently -> text of SAME, what stands there instead, how the sentence about it begins.
CHANGED = {
    "another result": ("return [1,", "return [2,", "result"),
    "True for 1": ("return [1,", "return [True,", "result"),
    "a tuple for a list": ('return [1, "two", {"three": 3.0}]', 'return (1, "two", {"three": 3.0})', "result"),
    "a word more on stdout": ('print("working")', 'print("working", "hard")', "stdout"),
    "another log level": ("log.warning", "log.error", "logged"),
    "a log record with its exception": ("flag)\n    with", "flag, exc_info=ValueError())\n    with", "logged"),
    "another file content": ('{"flag": flag}', '{"flag": flag, "x": 1}', "file state.json"),
}
#: The same for statements that the program has in addition, after it has written its file.
ADDED = {
    "output on stderr": ("os.write(2, b'oops')", "stderr"),
    "output of a child process": ("os.system('echo from below')", "stdout"),
    "a log record that nobody prints": ("log.setLevel(10); log.debug('x')", "logged"),
    "a file more": ("open('lock', 'x').close()", "file lock: only after"),
    "an empty directory more": ("os.mkdir('d')", "file d/: only after"),
    "a file that became private": ("os.chmod('state.json', 0o600)", "file state.json: mode"),
    "a link where a file was": ("os.rename('state.json', 's'); os.symlink('s', 'state.json')", "file state.json: 16"),
    "its own source rewritten": ("pathlib.Path(__file__).write_text('')", "file bot.py"),
    "sys.exit": ("raise SystemExit(3)", "exit_code: before 0, after 3"),
    "a coroutine that nobody awaits": ("asyncio.sleep(0)", "warning only after: RuntimeWarning: coroutine 'sleep' was"),
    "a file that nobody closes": ("open('state.json')", "warning only after: ResourceWarning: unclosed file"),
    "an exception in a finaliser": ("type('D', (), {'__del__': lambda self: 1 / 0})()", "stderr"),
    "an exception in a task": ("asyncio.ensure_future(asyncio.wait_for(None, 1)); await asyncio.sleep(0)", "logged"),
    "an exception in a thread": ("t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()", "stderr"),
    "an exit hook that writes": ("atexit.register(lambda: open('late', 'w').close())", "file late"),
}


@pytest.mark.parametrize("what", [*CHANGED, *ADDED])
def test_a_difference_is_found(worker: Worker, what: str) -> None:
    if what in CHANGED:
        old, new, sentence = CHANGED[what]
    else:
        old, new, sentence = "    try:", f"    {ADDED[what][0]}\n    try:", ADDED[what][1]
    assert old in SAME
    found = worker.differences(SAME, SAME.replace(old, new, 1), scenario=work)
    assert any(line.startswith(sentence) for line in found), found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('raise Refused("no", 3)', 'raise PermissionError("no", 3)'),
        ('Refused("no", 3)', 'Refused("no", 3.0)'),
        ("from error", "from None"),
        ('Refused("no", 3) from error', "error"),
    ],
)
def test_a_difference_in_what_is_raised_is_found(worker: Worker, old: str, new: str) -> None:
    assert old in SAME
    found = worker.differences(SAME, SAME.replace(old, new), scenario=work, arguments={"flag": "raise"}, raises=True)
    assert len(found) == 1 and found[0].startswith("exception: ")


async def record(run: Run, calls: list[tuple[str, int]]) -> None:
    for kind, number in calls:
        run.record(kind, number=number)


def test_calls_are_compared_in_order_unless_told_otherwise(worker: Worker) -> None:
    def run(*calls: tuple[str, int]) -> Any:
        return worker.run(Case("", scenario=record, arguments={"calls": calls}))

    before = run(("a", 1), ("b", 2), ("b", 3))
    assert compare(before, run(("a", 1), ("b", 2), ("b", 3))) == []
    assert "in another order" in compare(before, run(("a", 1), ("b", 3), ("b", 2)))[0]
    assert compare(before, run(("a", 1), ("b", 3), ("b", 2)), unordered={"b"}) == []
    assert compare(before, run(("a", 1), ("b", 2)), unordered={"b"})
    other = run(("a", 9), ("b", 2), ("b", 3))
    assert compare(before, other) == ["call 0: before a number=1, after a number=9"]
    assert compare(before, other, ignoring={"a.number"}) == []
    assert compare(before, run(("b", 2), ("b", 3)), ignoring={"a"}) == []
    assert compare(before, run(), ignoring={"calls"}) == []


def test_what_varies_by_itself_is_no_difference(worker: Worker) -> None:
    source = """
import logging, os, tempfile, time, uuid
def work(flag):
    print(object(), os.getcwd(), time.strftime("%Y-%m-%d %H:%M:%S"))
    logging.basicConfig(format="%(asctime)s %(message)s")
    try:
        1 / 0
    except ZeroDivisionError:
        logging.exception("failed")
    raise OSError(2, "missing", os.getcwd() + "/x")
"""
    moved = "\n\n\n" + source.replace("1 / 0", "helper()").replace("def work", "def helper(): return 1 / 0\ndef work")
    assert worker.differences(source, moved, scenario=plain_work, raises=True) == []
    assert normalise("2001-02-03 04:05:06") == "2001-02-03 04:05:06", "not a reading of a clock"
    assert normalise('  File "/x/bot.py", line 12, in main <Task-3 0x7f00aabbcc>', "/x") == (
        '  File "<scratch>/bot.py", line …, in main <Task-… 0x…>'
    )


def plain_work(run: Run) -> Any:
    return run.module.work("fine")


def test_what_happened_before_a_kill_is_known(worker: Worker) -> None:
    source = "import logging, os\nprint('printed')\nlogging.error('logged')\nos.kill(os.getpid(), 9)"
    seen = worker.run(Case(source))
    assert (seen.exit_code, seen.stdout, seen.stderr) == (-9, "printed\n", "ERROR:root:logged\n")
    assert seen.logged[0].message == "logged"


@pytest.mark.slow
def test_a_deadlock_ends_as_a_difference(worker: Worker) -> None:
    lock = "import asyncio\nasync def work(flag):\n    lock = asyncio.Lock()\n    async with lock:\n        pass\n"
    found = worker.differences(lock, lock.replace("pass", "await lock.acquire()"), scenario=work, timeout=1.0)
    assert "timed_out: before False, after True" in found


def test_a_script_runs_like_a_script(worker: Worker) -> None:
    source = "import sys\nif __name__ == '__main__':\n    print(sys.argv[1:])\n    sys.exit('stopped')"
    seen = worker.run(Case(source, argv=["-v"]))
    assert (seen.stdout, seen.stderr, seen.exit_code) == ("['-v']\n", "stopped\n", 1)


def test_a_tree_of_modules_is_a_program(worker: Worker) -> None:
    tree = {"app/__init__.py": "", "app/main.py": "from .store import load\ndef work(flag):\n    return load()\n"}
    tree["app/store.py"] = "def load():\n    return open('data/x.txt').read()\n"
    case: dict[str, Any] = {"entry": "app.main", "scenario": plain_work, "files": {"data/x.txt": "content"}}
    seen = worker.run(Case(tree, **case))
    assert seen.result == "content" and seen.files == {"data/": b"", "data/x.txt": b"content"}
    after = tree | {"_tgfix_support.py": "def load(): return 'content'"}
    after["app/store.py"] = "from _tgfix_support import load"
    assert worker.differences(tree, after, **case) == []


def test_what_appears_only_when_the_interpreter_ends_is_seen(worker: Worker) -> None:
    source = "class Late:\n    def __del__(self): print('deleted')\nlate = Late()\ndef work(flag): pass\n"
    for finalise in (False, True):
        assert worker.run(Case(source, scenario=plain_work, finalise=finalise)).stdout == "deleted\n"


@pytest.mark.slow
def test_runs_do_not_see_each_other(worker: Worker) -> None:
    source = """
import os, random
seen = []
def work(flag):
    seen.append(os.environ.get("X"))
    os.environ["X"] = "x"
    return seen, random.random()
"""
    assert worker.run(Case(source, scenario=plain_work)) == worker.run(Case(source, scenario=plain_work))
    first, second = (observe(Case(source), plain_work) for _ in range(2))
    assert first == second and first.result[0] == [None] and "X" not in os.environ


@pytest.mark.slow
def test_a_closure_is_a_scenario_in_this_process() -> None:
    handed = []

    async def scenario(run: Run) -> Any:
        handed.append(run.directory)
        return await run.module.work("fine")

    seen = observe(Case(SAME), scenario)
    assert seen.result == [1, "two", {"three": 3.0}] and seen.stdout == "working\n" and not handed[0].exists()
    assert compare(seen, observe(Case(SAME.replace("return [1", "return [2")), scenario))


def test_a_mistake_in_the_test_is_an_error_and_no_observation(worker: Worker) -> None:
    with pytest.raises(WorkerError, match="closure"):
        worker.run(Case(SAME, scenario=lambda run: None))
    with pytest.raises(WorkerError, match="no_such_function"):
        worker.run(Case(SAME, scenario=f"{__file__}:no_such_function"))
    with pytest.raises(WorkerError, match="cannot be sent"):
        worker.run(Case(SAME, scenario=work, arguments={"flag": lambda: None}))
    with pytest.raises(WorkerError, match=r"raises=False, but .* bot.Refused"):
        worker.differences(SAME, SAME, scenario=work, arguments={"flag": "raise"})
    with pytest.raises(WorkerError, match=r"raises=True, but .* None"):
        worker.differences(SAME, SAME, scenario=work, raises=True)
    with pytest.raises(WorkerError, match="no attribute 'work'"):
        worker.run(Case("", scenario=work))
    with pytest.raises(ScenarioError, match="no_such_thing"):
        observe(Case(SAME), lambda run: run.no_such_thing)
    with pytest.raises(ValueError, match="Worker"):
        observe(Case(SAME, file_size_limit=1))
    assert worker.run(Case(SAME, scenario=work)).exit_code == 0, "the worker survives mistakes"


def test_all_differences_names_the_pairs_that_differ(worker: Worker) -> None:
    pairs = {"same": (SAME, SAME + "# the same"), "other": (SAME, SAME.replace("[1,", "[2,"))}
    found = worker.all_differences(pairs, scenario=work)
    assert list(found) == ["other"] and found["other"][0].startswith("result: before [1, 'two'")
