"""blocking-call: processes run in threads give the same output, results and exceptions, and stop nobody."""

from __future__ import annotations

import asyncio
import textwrap
import time
from typing import Any

import pytest
from twin import Case, Run, Worker

from tgfix.codemods.blocking_call import BlockingCall
from tgfix.engine import harness
from tgfix.engine.model import Safety

BODIES = {
    "output": 'return subprocess.run(["echo", "ü"], capture_output=True, text=True)',
    "an exit code": 'return subprocess.run("exit 3", shell=True).returncode',
    "a failure": 'subprocess.run("exit 3", shell=True, check=True)',
    "a missing program": 'subprocess.run(["no-such-program"])',
    "a time limit": (
        'try:\n    subprocess.run(["sleep", "5"], timeout=0.05)\nexcept subprocess.TimeoutExpired as e:\n    return e.cmd'
    ),
    "input": 'return subprocess.run(["tr", "a", "b"], input=b"abc", stdout=subprocess.PIPE).stdout.decode()',
    "an environment and a folder": 'return subprocess.check_output("echo $X; pwd", shell=True, env={"X": "1"}, cwd="/").decode()',
    "check_output at once": 'return subprocess.check_output(["echo", "a b"]).decode().split()[1]',
    "check_output that fails": (
        'try:\n    subprocess.check_output("echo no; exit 2", shell=True)\n'
        "except subprocess.CalledProcessError as e:\n    return e.returncode, e.output"
    ),
    "call": 'return subprocess.call(["true"]), subprocess.call(["false"])',
    "check_call": 'return subprocess.check_call(["true"])',
    "getoutput": 'return subprocess.getoutput("echo a; echo b >&2")',
    "getstatusoutput": 'return subprocess.getstatusoutput("echo a; exit 4")',
    "os.system": 'return os.system("exit 2")',
    "os.system in a condition": 'if os.system("true") == 0 and not os.system("false") == 0:\n    return "both"',
    "os.popen": 'return os.popen("echo x").read().strip()',
    "a started process": (
        'p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n'
        'return p.communicate(b"in"), p.returncode'
    ),
    "a wait": 'p = subprocess.Popen(["false"])\nreturn p.wait(timeout=5)',
    "a process in a with": 'with subprocess.Popen(["echo", "x"], stdout=subprocess.PIPE) as p:\n    return p.communicate()[0]',
    "a list of outputs": 'return [subprocess.getoutput(f"echo {n}") for n in range(3)]',
    "unpacked arguments": 'command, options = ["echo", "x"], {"text": True}\nreturn subprocess.check_output(*[command], **options)',
    "an f-string beside it": 'out = subprocess.getoutput("echo 1")\nreturn f"{out}!"',
}


def program(body: str) -> str:
    return f"import os\nimport subprocess\n\n\nasync def work():\n{textwrap.indent(body, '    ')}\n"


def rewritten(source: str) -> str:
    files = harness.plain({"bot.py": source})
    plan = harness.run([BlockingCall()], files, unsafe=False)
    assert plan.files and not plan.left and not plan.hidden and not plan.problems, [f.reason for f in plan.left]
    assert {proposal.change.safety for proposal in plan.chosen} == {Safety.SAFE}
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


async def call(run: Run) -> Any:
    try:
        return await run.module.work()
    except Exception as error:
        return error


@pytest.mark.parametrize("name", BODIES)
def test_a_process_does_the_same_in_a_thread(worker: Worker, name: str) -> None:
    source = program(BODIES[name])
    ignoring = {"warnings"} if name == "os.popen" else set()  # Python warns of its process by number, before and after
    assert worker.differences(source, rewritten(source), scenario=call, ignoring=ignoring) == []


async def together(run: Run) -> tuple[float, float]:
    """Seconds for five coroutines at once, and the longest time in which the event loop did nothing else."""
    longest, last, start = 0.0, time.monotonic(), time.monotonic()
    tasks = asyncio.gather(*(run.module.work() for _ in range(5)))
    while not tasks.done():
        await asyncio.sleep(0.005)
        longest, last = max(longest, time.monotonic() - last), time.monotonic()
    return time.monotonic() - start, longest


def test_five_handlers_that_wait_for_a_program_wait_together(worker: Worker) -> None:
    source = program('subprocess.run(["sleep", "0.3"])')
    before = worker.run(Case(source, scenario=together)).result
    after = worker.run(Case(rewritten(source), scenario=together)).result
    assert before[0] > 1.4 and before[1] > 0.25
    assert after[0] < 1.0 and after[1] < 0.2
