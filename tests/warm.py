"""`tgfix` in a process of its own for each call, made from one that has loaded its modules: a call takes a tenth of the time.

The process listens at a socket. Who calls hands it three streams and passes signals on; `python warm.py SOCKET ARGS` is such a caller
for what starts the command as a program.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys

#: What the interpreter itself reads when it starts: a call that changes these needs a new one.
_AT_START = ("PYTHON", "LC_", "LANG")
#: But for this one, which can be followed later.
_SEARCHED = "PYTHONPATH"


class Warm:
    """A process that forks for each call of the command."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._close: list[object] = []

    def fits(self, environment: dict[str, str]) -> bool:
        """Whether a call with this environment does not differ from one by a new interpreter."""
        changed = {key for key in environment | self._environment if environment.get(key) != self._environment.get(key)}
        return hasattr(os, "pidfd_open") and not any(key.startswith(_AT_START) for key in changed - {_SEARCHED})

    @property
    def program(self) -> list[str]:
        """The command to call in the place of ``python -m tgfix``."""
        return [sys.executable, "-IS", __file__, self._address]

    @property
    def _address(self) -> str:
        if not self._close:
            import subprocess
            import tempfile

            directory = tempfile.TemporaryDirectory(prefix="tgfix-warm-")
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(os.path.join(directory.name, "socket"))
                listener.listen(64)
                number = listener.fileno()
                command = [sys.executable, __file__, str(number)]
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=self._environment,
                    cwd="/",
                    pass_fds=[number],
                )
            assert process.stdout
            process.stdout.readline()  # it has loaded them
            self._close = [directory, process]
            self._path = os.path.join(directory.name, "socket")
        return self._path

    def call(
        self, args: list[str], cwd: str, stdin: bytes, environment: dict[str, str], timeout: int
    ) -> tuple[int, bytes, bytes]:
        """The exit code, stdout and stderr of `tgfix ARGS`; raises `subprocess.TimeoutExpired` after `timeout` seconds."""
        import subprocess
        import tempfile

        file = tempfile.TemporaryFile
        with file() as given, file() as out, file() as err, socket.socket(socket.AF_UNIX) as connection:
            given.write(stdin)
            given.seek(0)
            connection.settimeout(timeout)
            connection.connect(self._address)
            try:
                _ask(connection, args, cwd, environment, [given.fileno(), out.fileno(), err.fileno()])
                with connection.makefile("rb") as answers:
                    code = int(answers.readlines()[1])
            except TimeoutError:
                raise subprocess.TimeoutExpired(["tgfix", *args], timeout) from None
            out.seek(0)
            err.seek(0)
            return code, out.read(), err.read()

    def close(self) -> None:
        """End the process."""
        if self._close:
            directory, process = self._close
            process.communicate()  # type: ignore[attr-defined]
            directory.cleanup()  # type: ignore[attr-defined]
            self._close = []


def _ask(connection: socket.socket, args: list[str], cwd: str, environment: dict[str, str], streams: list[int]) -> None:
    parts = [str(len(args)), *args, cwd, *(f"{key}={value}" for key, value in environment.items())]
    request = b"\0".join(map(os.fsencode, parts))
    socket.send_fds(connection, [len(request).to_bytes(8, "big")], streams)
    connection.sendall(request)


def _pass_on(address: str, args: list[str]) -> None:
    """Be the command for whoever has started this program."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        _ask(connection, args, os.getcwd(), dict(os.environ), [0, 1, 2])
        answers = connection.makefile("rb")
        child = int(answers.readline())

        def pass_on(number: int, _: object) -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, pass_on)
        code = int(answers.readline())
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


def _serve(number: int) -> None:
    import gc
    import importlib
    import importlib.metadata  # a call looks for other codemods in what is installed
    import pkgutil
    import select

    def load(name: str) -> None:
        """What a call may load, except for its start: `typer.rich_utils` looks at the environment when it is imported."""
        if name in ("tgfix.engine.bowler", "tgfix.engine.measure.world"):
            return  # they load other libraries; the second runs in processes of the bot
        for module in pkgutil.iter_modules(getattr(importlib.import_module(name), "__path__", ()), f"{name}."):
            load(module.name)

    for room in ("codemods", "engine", "cli"):
        load(f"tgfix.{room}")
    gc.freeze()
    print("ready", flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(fileno=number)
    while 0 not in select.select([0, listener], [], [])[0]:
        connection = listener.accept()[0]
        if os.fork() == 0:
            listener.close()
            _answer(connection)
        connection.close()


def _answer(connection: socket.socket) -> None:
    """Run one call: the number of its process, then its exit code. It ends with whoever has called."""
    import select

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    size, streams, _, _ = socket.recv_fds(connection, 8, 3)
    with connection.makefile("rb") as given:
        parts = [os.fsdecode(part) for part in given.read(int.from_bytes(size, "big")).split(b"\0")]
    count = int(parts[0]) + 1
    child = os.fork()
    if child == 0:
        connection.close()
        _be_the_command(parts[1:count], parts[count], streams, dict(p.split("=", 1) for p in parts[count + 1 :]))
    for stream in streams:
        os.close(stream)
    connection.sendall(f"{child}\n".encode())
    ended = os.pidfd_open(child)
    if ended not in select.select([connection, ended], [], [])[0]:
        os.kill(child, signal.SIGKILL)
        os._exit(0)
    connection.sendall(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n".encode())
    os._exit(0)


def _be_the_command(args: list[str], cwd: str, streams: list[int], environment: dict[str, str]) -> None:
    from tgfix.cli.main import main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    for descriptor, (stream, name) in enumerate(zip(streams, ("stdin", "stdout", "stderr"), strict=True)):
        os.dup2(stream, descriptor)
        os.close(stream)
        old = getattr(sys, name)  # made anew, as a terminal gets whole lines
        new = open(descriptor, "w" if descriptor else "r", encoding=old.encoding, errors=old.errors, closefd=False)  # noqa: SIM115
        setattr(sys, name, new)
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
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # nobody is there any more
            stream.flush()
    os._exit(code if isinstance(code, int) else 1)  # without taking down all the modules that were loaded


if __name__ == "__main__":
    if sys.argv[1].isdigit():
        _serve(int(sys.argv[1]))
    else:
        _pass_on(sys.argv[1], sys.argv[2:])
