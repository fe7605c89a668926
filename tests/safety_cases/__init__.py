"""Programs for the claim "safe": each is driven before and after the safe changes, and has to show the same.

Each module of this folder holds one family of them in `CASES`:

    CASES = [
        SafetyCase(
            "a counter in a file that other updates write",       # the situation, which names the test
            {"bot.py": BOT, "counter.txt": "0"},                  # the project as its owner has it
            driving.telethon_bot,                                 # what happens to it
            {"updates": ["/next", "/next"]},
        ),
    ]

A case passes when tgfix leaves it alone or what it shows stays the same; one that is `held` has to be rewritten, too, once its
owner has `granted` what cannot be proved: a new wait beside others is never safe by itself.
Drivers are functions of a `twin.Run` (see `driving`); what they print, and every Bot API call and MTProto request, is
compared, as is what is logged, escapes or ends the process.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from command import tgfix, tree
from twin import Case, Observation, Worker, compare

#: Of what a run shows, the objects and files that a rewrite is free to arrange otherwise: a driver prints those that matter.
_FREE = ("files", "modes", "callback")


@dataclass(frozen=True)
class SafetyCase:
    """A project, what happens to it, and what is asked of tgfix."""

    #: The situation in plain words.
    name: str
    #: Path to content of every file of the project, data included; None is a directory.
    files: Mapping[str, str | bytes | None]
    #: A module-level function ``drive(run, **arguments)``, `async` or not, that prints what the program does.
    drive: Callable[..., Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    #: The code of the codemod that has to rewrite the program ("TGF301").
    held: str = ""
    #: What its owner grants ("interleaving").
    granted: str = ""
    #: The code of a codemod that is off unless it is selected, to run besides the others.
    selected: str = ""
    #: Belongs to the sample that the fast tests run.
    fast: bool = False
    #: The module that drivers import.
    entry: str = "bot"
    #: Seconds until a run counts as standing still.
    timeout: float = 30.0
    environment: Mapping[str, str] = field(default_factory=dict)
    #: Let the interpreter end for real, see `twin.Case.finalise`.
    finalise: bool = False

    def running(self, files: Mapping[str, str | bytes | None]) -> Case:
        """The run of the project whose files are these."""
        return Case(
            {},
            self.drive,
            self.arguments,
            files,
            self.entry,
            self.environment,
            timeout=self.timeout,
            finalise=self.finalise,
        )


def all_cases() -> Iterator[SafetyCase]:
    """The cases of every module of this folder that has some."""
    for info in pkgutil.iter_modules(__path__):
        if not info.name.startswith("_"):
            yield from getattr(importlib.import_module(f"{__name__}.{info.name}"), "CASES", ())


def rewritten(case: SafetyCase, directory: Path) -> tuple[dict[str, str | bytes | None], set[str]]:
    """The files of the project after `tgfix apply`, and the codes of the codemods that changed them; `directory` is for
    scratch.
    """
    project, report = directory / "project", directory / "report.json"
    for name, content in case.files.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    more = ("--select", f"ALL,{case.selected}") if case.selected else ()
    granted = ("--assume", case.granted) if case.granted else ()
    result = tgfix("apply", *more, *granted, "--format", "json", "--output", report, ".", cwd=project)
    assert result.code in (0, 1) and "internal error" not in result.err, result.err
    applied = {finding["code"] for finding in json.loads(report.read_text("utf-8"))["findings"] if finding["applied"]}
    return {**{name: None for name, content in case.files.items() if content is None}, **tree(project)}, applied


def altered(before: Observation, after: Observation) -> list[str]:
    """How two runs of a case differ, in sentences.

    Numbers of ports do so between any two runs, and a `ResourceWarning` depends on when garbage is collected.
    """

    def without_ports(text: str) -> str:
        return re.sub(r"(127\.\d+\.\d+\.\d+:|localhost:|\bport=)\d+", r"\1…", text)

    def lasting(seen: Observation) -> Observation:
        return replace(seen, warnings=tuple(text for text in seen.warnings if not text.startswith("ResourceWarning")))

    return compare(lasting(before), lasting(after), ignoring=_FREE, rewrite=without_ports)


def differences(case: SafetyCase, worker: Worker, directory: Path) -> list[str]:
    """What safe changes alter in what the case shows, in sentences; also if a held case is not rewritten."""
    files, applied = rewritten(case, directory)
    before = worker.run(case.running(case.files))
    assert before.exit_code == 0 and not before.timed_out, before
    assert before.stdout.strip() or before.calls, f"nothing to compare: {before.stderr}"
    found = [] if not case.held or case.held in applied else [f"{case.held} does not rewrite it"]
    if applied:
        found += altered(before, worker.run(case.running(files)))
    return found
