"""Why a program did not start, in one line, with what mends it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .failed import ends_in_a_package
from .installing import pip_line
from .libraries import LIBRARIES
from .running import Outcome

#: What Python says where a function takes something else than it is given.
_OTHERWISE_CALLED = re.compile(r"unexpected keyword argument|positional argument|instantiate abstract class")
_TABLE = "[tool.tgfix.measure]"


@dataclass(frozen=True)
class Obstacle:
    """What keeps a program from starting."""

    #: For counting: "package", "python", "variable", "file", "service", "input", "end", "time", "error".
    kind: str
    message: str
    mends: str

    def __str__(self) -> str:
        return f"{self.message}; {self.mends}"


def obstacle(outcome: Outcome, lacking: Sequence[str] = (), project: Path | None = None) -> Obstacle:
    """Of a run that did not start; `lacking`: modules that are missing, for which there were stand-ins."""
    found = _obstacle(outcome, project)
    if not lacking or found.kind not in ("error", "end"):
        return found
    message = f"{found.message}; stand-ins took the place of packages that are missing"
    return Obstacle("package", message, f"`{pip_line(lacking, project)}` there, or name another by --python")


def _obstacle(outcome: Outcome, project: Path | None) -> Obstacle:
    report = outcome.report
    crash = report.get("crash") or {}
    for named, service in report.get("refused", {}).items():
        if crash or report.get("overdue"):
            return _service(named, service)
    kind, said = crash.get("kind"), f"{crash.get('text', '')}\n{outcome.output[-1500:]}"
    told = re.search(r"ModuleNotFoundError: No module named '([\w.]+)", outcome.output) if not kind else None
    if kind == "ModuleNotFoundError" or told:
        name = told[1] if told else str(crash.get("name") or "?")
        module = name.split(".")[0]
        if name != module and module in [library.module for library in LIBRARIES]:
            message = f"the program is written for another release of `{module}`: it imports `{name}`"
            return Obstacle("package", message, "name the bot's Python by --python")
        if release := crash.get("compiled"):
            message = f"the program imports `{name}`, which is compiled for Python {release}"
            return Obstacle("python", message, "name one of that release by --python")
        if name != module:
            message = f"the program imports `{name}`, and `{module}` has no such module"
            return Obstacle("file", message, "add it to the project, or name the bot's Python by --python")
        message = f"the program imports `{module}`, which its Python does not have"
        return Obstacle("package", message, f"`{pip_line([module], project)}` there, or name another by --python")
    if other := re.search(r"cannot import name '(\w+)' from '([\w.]+)'", crash.get("text", "")):
        top = other[2].partition(".")[0]
        if top in [library.module for library in LIBRARIES]:
            message = (
                f"the program is written for another release of `{top}`: it imports `{other[1]}` from `{other[2]}`"
            )
            return Obstacle("package", message, "name the bot's Python by --python")
    if own := re.search(r"No package metadata was found for ([\w.-]+)", crash.get("text", "")):
        message = f"the program asks for the version of the package `{own[1]}`, which is not installed"
        return Obstacle("package", message, "install it there, by `pip install -e .` where it is this project")
    if lacked := re.search(r"the (\w+) library is required to use|requires the (\w+) package to be installed", said):
        message = f"the program lacks a part of a package ({lacked[0]})"
        return Obstacle(
            "package", message, f"`pip install {lacked[1] or lacked[2]}` there, or name another by --python"
        )
    if wanted := re.search(r"pip3? install (?:-U )?[\"']?([A-Za-z][\w.\[\]-]+)", crash.get("text", "")):
        message = f"the program lacks a part of a package ({crash['text'].strip().splitlines()[0][:160]})"
        return Obstacle("package", message, f"`pip install {wanted[1]}` there, or name another by --python")
    if kind == "KeyError" and re.fullmatch(r"[A-Z_][A-Z0-9_]*", crash.get("key", "")):
        return _variable(crash["key"])
    if kind in ("SyntaxError", "IndentationError", "TabError"):
        error = crash["text"].splitlines()[0][:160]
        return Obstacle(
            "python",
            f"the bot's Python does not read its source ({error})",
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
        if (kind == "TypeError" and _OTHERWISE_CALLED.search(text)) or _of_a_package(crash):
            mends = "a package may be of another release than it is written for: name the bot's Python by --python"
            return Obstacle("package", f"the program ends with {text}{last}", mends)
        return Obstacle(
            "error", f"the program ends with {text}{last}", f"give it what it wants under {_TABLE} (env, files, args)"
        )
    if report.get("overdue"):
        message = "no bot was running when the time was over"
        return Obstacle(
            "time", message, "name the program that starts the bot (`tgfix measure bot.py`), or allow more by `limit`"
        )
    if "exit" in report or report.get("started") is False:
        said = " ".join([line.strip() for line in outcome.output.splitlines() if line.strip()][-2:])
        message = f"the program ended before a bot was started{f': {said[-200:]}' if said else ''}"
        return Obstacle("end", message, f"say under {_TABLE} what it wants (entry, env, args)")
    return Obstacle("error", "the program was ended by the system", "see its output with --verbose")


def _of_a_package(crash: Mapping[str, str]) -> bool:
    """Whether an installed package misses something in another one, or in Python."""
    misses = re.search(
        "^(module|type object) '|^cannot import name '| and no __dict__|^no running event loop", crash.get("text", "")
    )
    return bool(misses) and ends_in_a_package(crash)


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


def new_packages(before: Mapping[str, bytes | None], after: Mapping[str, bytes], root: Path) -> list[str]:
    """Top-level modules that files import after changes and did not before, and that are not the project's own."""

    def imported(data: bytes | None) -> set[str]:
        return {m[1].decode() for m in re.finditer(rb"(?m)^[ \t]*(?:import|from)[ \t]+([A-Za-z_]\w*)", data or b"")}

    fresh: set[str] = set()
    for name, data in after.items():
        fresh |= imported(data) - imported(before.get(name))
    own = {Path(name).stem for name in after} | {path.stem for path in root.iterdir()}
    return sorted(fresh - own)
