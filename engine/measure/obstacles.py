"""Why a program did not start, in one line, with what mends it; and what can be tried without asking."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import plausible
from .libraries import LIBRARIES
from .running import Outcome, Task
from .world.known import TOKEN

_TABLE = "[tool.tgfix.measure]"
#: Names of packages that differ from those of their modules.
_PACKAGES = {
    "dotenv": "python-dotenv", "yaml": "pyyaml", "PIL": "pillow", "bs4": "beautifulsoup4",
    "cv2": "opencv-python", "sklearn": "scikit-learn", "dateutil": "python-dateutil", "jwt": "pyjwt", "git": "gitpython",
    "googleapiclient": "google-api-python-client", "psycopg2": "psycopg2-binary", "decouple": "python-decouple",
    "environs": "environs", "google": "google-api-python-client", "discord": "discord.py", "magic": "python-magic",
    "whois": "whois", "Crypto": "pycryptodome", "docx": "python-docx", "fitz": "pymupdf",
}  # fmt: skip


@dataclass(frozen=True)
class Obstacle:
    """What keeps a program from starting."""

    #: For counting: "package", "python", "variable", "file", "service", "input", "end", "time", "error".
    kind: str
    message: str
    mends: str

    def __str__(self) -> str:
        return f"{self.message}; {self.mends}"


def package_of(module: str) -> str:
    """The package that a module mostly comes from."""
    return next((each.package for each in LIBRARIES if each.module == module), _PACKAGES.get(module, module))


def obstacle(outcome: Outcome) -> Obstacle:
    """Of a run that did not start."""
    report = outcome.report
    crash = report.get("crash") or {}
    for named, service in report.get("refused", {}).items():
        if crash or report.get("overdue"):
            return _service(named, service)
    kind = crash.get("kind")
    told = re.search(r"ModuleNotFoundError: No module named '(\w+)", outcome.output) if not kind else None
    if kind == "ModuleNotFoundError" or told:
        module = told[1] if told else str(crash.get("name") or "?").split(".")[0]
        message = f"the program imports `{module}`, which its Python does not have"
        return Obstacle("package", message, f"`pip install {package_of(module)}` there, or name another by --python")
    if own := re.search(r"No package metadata was found for ([\w.-]+)", crash.get("text", "")):
        message = f"the program asks for the version of the package `{own[1]}`, which is not installed"
        return Obstacle("package", message, "install it there, by `pip install -e .` where it is this project")
    if kind == "KeyError" and re.fullmatch(r"[A-Z_][A-Z0-9_]*", crash.get("key", "")):
        return _variable(crash["key"])
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        said = crash["text"].splitlines()[0][:160]
        return Obstacle(
            "python",
            f"the bot's Python does not read its source ({said})",
            "name the one it is written for by --python",
        )
    if kind == "FileNotFoundError" and crash.get("file"):
        message = f"the program needs the file `{Path(crash['file']).name}`"
        return Obstacle(
            "file", message, f'say in {_TABLE} what it holds: files = {{ "{Path(crash["file"]).name}" = "…" }}'
        )
    if kind == "EOFError":
        message = f"the program asks for something on the terminal{_last_own_line(crash.get('trace', ''))}"
        return Obstacle("input", message, f"say under {_TABLE} what lets it not ask (env, files, args)")
    if kind:
        last = _last_own_line(crash.get("trace", ""))
        text = f"{kind}: {crash['text']}".strip().splitlines()[0][:200]
        return Obstacle(
            "error", f"the program ends with {text}{last}", f"give it what it wants under {_TABLE} (env, files, args)"
        )
    if report.get("overdue"):
        message = "no bot was running when the time was over"
        return Obstacle(
            "time", message, "name the program that starts the bot (`tgfix measure bot.py`), or allow more by `limit`"
        )
    if "exit" in report or report.get("started") is False:
        said = next((line for line in reversed(outcome.output.splitlines()) if line.strip()), "")
        message = f"the program ended before a bot was started{f': {said.strip()[:160]}' if said else ''}"
        return Obstacle("end", message, f"say under {_TABLE} what it wants (entry, env, args)")
    return Obstacle("error", "the program was ended by the system", "see its output with --verbose")


def _service(named: str, service: str) -> Obstacle:
    message = f"the program connects to {named}{f' ({service})' if service else ''}, and there is no network"
    return Obstacle(
        "service", message, f"let it do without while measuring, by a variable under {_TABLE}: env = {{ … }}"
    )


def _variable(name: str) -> Obstacle:
    return Obstacle(
        "variable", f"the program needs the variable `{name}`", f'set it in {_TABLE}: env = {{ {name} = "…" }}'
    )


def _last_own_line(trace: str) -> str:
    places = re.findall(r'File "[^"]*/project/([^"]+)", line (\d+)', trace)
    return f" at `{places[-1][0]}:{places[-1][1]}`" if places else ""


def repaired(outcome: Outcome, task: Task, project: Path) -> tuple[dict[str, str], dict[str, str]] | None:
    """Variables and files with which the program may get further; None where nothing comes to mind."""
    crash = outcome.report.get("crash") or {}
    text = f"{crash.get('trace', '')[-1500:]}\n{outcome.output[-1500:]}"
    for found in (crash.get("file"), *re.findall(r"No such file or directory: '([^']+)'", text)):
        wanted = _inside(Path(found), task, project) if found else None
        if wanted is not None:
            return {}, {wanted: _content(Path(wanted))}
    if crash.get("kind") in ("ModuleNotFoundError", "SyntaxError"):
        return None
    if crash.get("kind") == "KeyError" and "environ" not in crash.get("trace", "")[-600:]:
        made = [(name, text) for name, text in task.files.items() if name.endswith(".json") and text.startswith("{")]
        for name, text in reversed(made):
            known = json.loads(text)
            if crash["key"] not in known:
                return {}, {name: json.dumps(known | {crash["key"]: plausible.value(crash["key"])})}
    names = [crash["key"]] if crash.get("kind") == "KeyError" and crash.get("key", "").isidentifier() else []
    names += [name.upper() for name in re.findall(r"^(\w+)\n  (?:Field required|Input should)", text, re.MULTILINE)]
    names += re.findall(r"\b([A-Z][A-Z0-9]*_[A-Z0-9_]+|TOKEN)\b", text)
    for name in names:
        if name not in task.environment and not re.search("ERROR|WARNING|PROXY|^(SSL|CERT|CURL|PYTHON)_", name):
            return {name: plausible.value(name)}, {}
    number = re.search(r"invalid literal for int\(\) with base 10: '([^']*)'", text)
    if number is not None:
        wrong = {n: v for n, v in task.environment.items() if v == number[1] and not re.fullmatch(r"-?\d+", v)}
        if wrong:
            return {name: plausible.value(name, number=True) for name in wrong}, {}
    return None


def _inside(path: Path, task: Task, project: Path) -> str | None:
    """What to make of a path that is missing: the folder of it where that is missing as well, else the file."""
    full = Path(os.path.normpath(project / task.directory / path))
    if not full.is_relative_to(project) or full.exists():
        return None
    inside = full.relative_to(project)
    name = inside.as_posix() if inside.suffix and full.parent.exists() else f"{inside.parent.as_posix()}/"
    if not inside.suffix:
        name = f"{inside.as_posix()}/"
    return None if name in task.files else name


def _content(path: Path) -> str:
    if "token" in path.name.lower():
        return TOKEN
    return "{}" if path.suffix in (".json", ".yml", ".yaml") else ""


def new_packages(before: Mapping[str, bytes | None], after: Mapping[str, bytes], root: Path) -> list[str]:
    """Top-level modules that files import after changes and did not before, and that are not the project's own."""

    def imported(data: bytes | None) -> set[str]:
        return {m[1].decode() for m in re.finditer(rb"(?m)^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)", data or b"")}

    fresh: set[str] = set()
    for name, data in after.items():
        fresh |= imported(data) - imported(before.get(name))
    own = {Path(name).stem for name in after} | {path.stem for path in root.iterdir()}
    return sorted(fresh - own)
