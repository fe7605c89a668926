"""`tgfix` in a process of its own for each call, made from one that has loaded its modules: a call takes a tenth of the time."""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

#: What the interpreter itself reads when it starts: a call that changes these needs a new one.
_AT_START = ("PYTHON", "LC_", "LANG")
#: But for this one, which can be followed later.
_SEARCHED = "PYTHONPATH"


class Warm:
    """A process that forks for each call of the command."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def fits(self, environment: dict[str, str]) -> bool:
        """Whether a call with this environment does not differ from one by a new interpreter."""
        changed = {key for key in environment | self._environment if environment.get(key) != self._environment.get(key)}
        return hasattr(os, "fork") and not any(key.startswith(_AT_START) for key in changed - {_SEARCHED})

    def call(
        self, args: Sequence[str], cwd: Path, stdin: bytes, environment: dict[str, str], timeout: int
    ) -> tuple[int, bytes, bytes]:
        """The exit code, stdout and stderr of `tgfix ARGS`; raises `subprocess.TimeoutExpired` after `timeout` seconds."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=self._environment,
                cwd="/",
            )
        assert self._process.stdin and self._process.stdout
        with tempfile.TemporaryDirectory(prefix="tgfix-call-") as directory:
            streams = [Path(directory, name) for name in ("stdin", "stdout", "stderr")]
            streams[0].write_bytes(stdin)
            request = [list(args), str(cwd), list(map(str, streams)), environment, timeout]
            print(json.dumps(request), file=self._process.stdin, flush=True)
            code = int(self._process.stdout.readline())
            if code == -signal.SIGALRM:
                raise subprocess.TimeoutExpired(["tgfix", *args], timeout)
            return code, streams[1].read_bytes(), streams[2].read_bytes()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            assert self._process.stdin and self._process.stdout
            self._process.stdin.close()
            self._process.wait()
            self._process.stdout.close()
            self._process = None


def _serve() -> None:
    import tgfix

    # what a call may load, except for its start: `typer.rich_utils` looks at the environment when it is imported
    for module in pkgutil.walk_packages(tgfix.__path__, "tgfix."):
        if module.name.startswith(("tgfix.codemods.", "tgfix.engine.", "tgfix.cli.")) and "bowler" not in module.name:
            importlib.import_module(module.name)
    gc.freeze()
    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.set_inheritable(requests.fileno(), False)
    for line in requests:
        child = os.fork()
        if child == 0:
            _be_the_command(*json.loads(line))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(code, file=answers, flush=True)


def _be_the_command(args: list[str], cwd: str, streams: list[str], environment: dict[str, str], timeout: int) -> None:
    from tgfix.cli.main import main

    signal.alarm(timeout)
    for descriptor, (stream, mode) in enumerate(zip(streams, (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY), strict=True)):
        opened = os.open(stream, mode | os.O_CREAT)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(cwd)
    if (searched := environment.get(_SEARCHED)) != os.environ.get(_SEARCHED):
        sys.path[:0] = (searched or "").split(os.pathsep)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["tgfix", *args]
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1)  # without taking down all the modules that were loaded


if __name__ == "__main__":
    _serve()
