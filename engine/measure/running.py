"""Run a copy of a program in a process of its own, with limits."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..sources.git import UsageError
from . import moments
from .copies import lead, led
from .entries import Entry
from .libraries import LIBRARIES
from .workspaces import on_the_path

#: What the copy of `world` is called beside a program.
_LIBRARY = "_tgfix_world"
#: The folder of a copy for programs that its own starts and that are not there.
COMMANDS = ".commands"
_MEMORY = 8 << 30  # bytes of address space
_FILES = 1 << 30  # bytes of one file
_PROBE = (
    "import importlib.metadata as found,json,site,sys\n"
    "def version(packages):\n"
    " for package in packages.split('|'):\n"
    "  try: version = found.version(package)\n"
    "  except Exception: continue\n"
    "  if version: return version\n"  # of what an installer has left half, Python says None
    " return ''\n"
    "versions={a.partition('=')[0]: version(a.partition('=')[2]) for a in sys.argv[1:]}\n"
    "print(json.dumps([versions, site.getuserbase(), list(sys.version_info[:2])]))"
)


@dataclass(frozen=True)
class Interpreter:
    """The Python that a program runs with."""

    path: str
    #: Module of a library that can be measured → its version there; empty where there is none.
    versions: Mapping[str, str]
    user_base: str
    version: tuple[int, int]

    def lacks(self, modules: Sequence[str]) -> list[str]:
        """Those of top-level modules that cannot be found there."""
        code = (
            "import importlib.util as u,json,sys;print(json.dumps([m for m in sys.argv[1:] if u.find_spec(m) is None]))"
        )
        done = _asked([self.path, "-c", code, *modules])
        found: list[str] = json.loads(done.stdout) if done.returncode == 0 else []
        return found


def interpreter_of(root: Path, named: str | None) -> Interpreter:
    """The interpreter that is named, else that of the project's virtual environment, else the one that runs tgfix.

    Raises:
        UsageError: the one that is named cannot be run.
    """
    bins = "Scripts" if os.name == "nt" else "bin"
    folders = [root / ".venv", root / "venv", root / "env", *map(Path, filter(None, [os.environ.get("VIRTUAL_ENV")]))]
    found = [str(folder / bins / "python") for folder in folders if (folder / bins / "python").exists()]
    candidates = [named] if named else [*found, sys.executable, *filter(None, [shutil.which("python3")])]
    probed = [interpreter for path in candidates if (interpreter := _probe(path)) is not None]
    if not probed:
        raise UsageError(f"--python {named}: it cannot be run")
    return next((interpreter for interpreter in probed if any(interpreter.versions.values())), probed[0])


def _asked(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Without the PYTHONPATH of whoever measures: the program is run without it as well."""
    named = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, env=named, capture_output=True, text=True, timeout=60, check=False)


def _probe(path: str) -> Interpreter | None:
    try:
        wanted = [f"{each.module}={'|'.join((each.package, *each.continued))}" for each in LIBRARIES]
        done = _asked([path, "-c", _PROBE, *wanted])
        versions, user_base, python = json.loads(done.stdout.splitlines()[-1])
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        return None
    return Interpreter(path, versions, user_base, (python[0], python[1]))


@dataclass(frozen=True)
class Task:
    """What is run, and how."""

    entry: Entry
    environment: Mapping[str, str]
    #: Folders of `world`.
    libraries: Sequence[str] = ()
    arguments: Sequence[str] = ()
    #: Path → what the file holds; a path with a slash at its end is a folder.
    files: Mapping[str, str] = field(default_factory=dict)
    #: Where it is started, below the project.
    directory: str = "."
    admins: Sequence[int] = ()
    chats: Sequence[int] = ()
    routes: Sequence[Mapping[str, Any]] = ()
    api_latency: float = 0.0
    http_latency: float = 0.0
    #: Seconds for the whole run, until a bot is running, and for finding updates.
    limit: float = 120.0
    patience: float = 120.0
    explore: float = 40.0
    #: Files with places that are to run.
    places: Sequence[str] = ()
    #: The updates of an earlier run; None: they are to be found.
    steps: Sequence[Mapping[str, Any]] | None = None
    trace: bool = False
    #: Whether it is written down what functions of the program return and leave in their variables, which costs time.
    values: bool = False
    #: Packages that stand-ins take the place of.
    stand_ins: Sequence[str] = ()
    #: What the program has missed in answers of web services.
    keys: Sequence[str] = ()
    #: Path outside of the copy → the folder of the copy that serves for it.
    moved: Mapping[str, str] = field(default_factory=dict)
    users: int = 0
    #: How the first Telegram request of each update fails: "403", "400", "429", "time-out"; empty for none.
    fault: str = ""


@dataclass
class Outcome:
    """How a run went."""

    report: dict[str, Any]
    output: str
    #: Every HTTP request.
    requests: list[dict[str, Any]]
    #: Path → bytes, of the files below the program's directory and its HOME afterwards that it has made or changed.
    files: dict[str, bytes]

    @property
    def started(self) -> bool:
        """Whether an application of the program was running."""
        return bool(self.report.get("started"))

    @property
    def ended(self) -> bool:
        """Whether it came to its end by itself, without a handler."""
        return bool(self.report.get("whole"))

    @property
    def progress(self) -> int:
        """How many lines of the program ran."""
        return sum(len(ran) for _, _, ran in self.report.get("lines", []))


class Runner:
    """Runs programs below one scratch directory, always at the same path: paths appear in what programs say."""

    def __init__(
        self, scratch: Path, interpreter: Interpreter, certificate: Path | None, root: Path | None = None
    ) -> None:
        self.scratch, self.interpreter, self.certificate = scratch, interpreter, certificate
        #: The project that is copied: nothing of it is to be written.
        self.root = root
        self.library = scratch / "library"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(Path(__file__).parent / "world", self.library / _LIBRARY, ignore=ignored)

    def run(self, copy: Path, task: Task) -> Outcome:
        """Run a copy; it stays as it is, another copy of it is run."""
        project, home, out = (self.scratch / name for name in ("project", "home", "out"))
        for directory in (project, home, out):
            shutil.rmtree(directory, ignore_errors=True)
        shutil.copytree(copy, project)
        for directory in (home, out):
            directory.mkdir()
        for name, text in task.files.items():
            folder = project / name if name.endswith("/") else (project / name).parent
            folder.mkdir(parents=True, exist_ok=True)
            if not name.endswith("/"):
                (project / name).write_bytes(text.encode("utf-8", "surrogateescape"))
                (project / name).chmod(0o755 if text.startswith("#!") else 0o644)
        lead(project, task.moved)
        before = _contents(project)
        log = out / "http.jsonl"
        log.touch()
        (out / "task.json").write_text(json.dumps(self._told(task, project, out, log)))
        began = time.time()
        output = self._wait(project, home, out, task)
        after = _contents(project)
        files = {name: data for name, data in after.items() if before.get(name) != data}
        files |= dict.fromkeys(before.keys() - after.keys(), b"")
        files |= {f"~/{name}": data for name, data in _contents(home).items()}
        try:
            report = moments.relative(json.loads((out / "report.json").read_text()), began)
        except (OSError, ValueError):
            report = {"started": False}
        requests = [json.loads(line) for line in log.read_text().splitlines()]
        return Outcome(report, output, requests, files)

    def _told(self, task: Task, project: Path, out: Path, log: Path) -> dict[str, Any]:
        server = {
            "python": sys.executable,
            "library": str(self.library),
            "log": str(log),
            "latency": task.http_latency,
            "routes": list(task.routes),
            "certificate": str(self.certificate) if self.certificate else "",
        }
        copied = (
            "libraries", "arguments", "admins", "chats", "api_latency", "patience", "explore", "steps", "trace", "values",
            "stand_ins", "keys", "users", "fault", "places",
        )  # fmt: skip
        return {name: getattr(task, name) for name in copied} | {
            "project": str(project),
            "directory": str(project / task.directory),
            "path": list(map(str, [project, *on_the_path(project)])),
            "entry": [
                task.entry.kind,
                str(project / task.entry.name) if task.entry.kind == "file" else task.entry.name,
            ],
            "report": str(out / "report.json"),
            "limit": task.limit,
            "writes": [[str(project), str(self.scratch / "home"), str(out)], str(self.root or "")],
            "server": server,
        }

    def _wait(self, project: Path, home: Path, out: Path, task: Task) -> str:
        code = f"import sys; sys.path.append({str(self.library)!r}); import {_LIBRARY}.main as m; m.main({str(out / 'task.json')!r})"
        kept = {
            name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ
        }
        fixed = {
            "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "TZ": "UTC",
        }  # fmt: skip
        environment = {
            **kept,
            **fixed,
            "PATH": os.pathsep.join([str(project / COMMANDS), kept.get("PATH", os.defpath)]),
            "HOME": str(home),
            "PYTHONUSERBASE": self.interpreter.user_base,
            **{name: led(text, project, task.moved) for name, text in task.environment.items()},
        }
        with (out / "output").open("wb") as output:
            process = subprocess.Popen(
                [self.interpreter.path, "-c", code],
                cwd=project,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=_limit(int(task.limit) + 30) if os.name == "posix" else None,
            )
            try:
                process.wait(task.limit + 15)
            except subprocess.TimeoutExpired:
                pass
            finally:  # also where somebody presses Ctrl-C
                _end(process)
        return (out / "output").read_bytes()[-4000:].decode("utf-8", "replace")


def _limit(seconds: int) -> Any:
    def limit() -> None:
        import resource

        limits = ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, _FILES), (resource.RLIMIT_CORE, 0))
        for kind, most in (*limits, (resource.RLIMIT_AS, _MEMORY)):
            with contextlib.suppress(ValueError, OSError):  # macOS has no limit of address space
                resource.setrlimit(kind, (most, most))

    return limit


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program, and whatever it has started."""
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.suffix not in (".py", ".pyc") and "__pycache__" not in path.parts
    }
