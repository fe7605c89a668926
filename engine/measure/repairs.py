"""What can be tried without asking, where a program did not start."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from . import plausible
from .environment import Wants
from .libraries import CLIENTS, LIBRARIES
from .running import Outcome, Task

#: Things that are named of one repair.
_LISTED = 6
#: Modules that nothing may stand in for.
_MEASURED = [library.module for library in LIBRARIES]
_CONFIGURATION = re.compile(r"conf|setting|secret|credential|const|keys|env|vars|info|token|cred", re.IGNORECASE)
#: Names that a project gives its own configuration, which is not published.
_OWN = re.compile(r"(my_?)?(conf(ig)?|settings?|credentials?|const(ants)?)(_\w+)?")


@dataclass(frozen=True)
class Repair:
    """What a program is given in addition."""

    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[str] = ()
    #: Packages that stand-ins take the place of.
    stand_ins: Sequence[str] = ()

    def __str__(self) -> str:
        stand_ins = [f"a stand-in for {name}" for name in self.stand_ins]
        names = [*self.variables, *self.files, *self.arguments, *stand_ins]
        more = len(names) - _LISTED
        return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")

    def applied(self, task: Task) -> Task:
        """The task with it."""
        return dataclasses.replace(
            task,
            environment={**task.environment, **self.variables},
            files={**task.files, **self.files},
            arguments=[*task.arguments, *self.arguments],
            stand_ins=[*task.stand_ins, *self.stand_ins],
        )


@dataclass(frozen=True)
class Failed:
    """A run that did not start."""

    outcome: Outcome
    task: Task
    #: Where the copy was run, and what its sources name.
    project: Path
    wanted: Wants
    #: Those of modules that the program's Python does not have.
    lacks: Callable[[Sequence[str]], Sequence[str]]

    @property
    def crash(self) -> Mapping[str, str]:
        """How it ended; empty where it did not crash."""
        return dict(self.outcome.report.get("crash") or {})

    @property
    def text(self) -> str:
        """What it said at its end."""
        return f"{self.crash.get('trace', '')[-1500:]}\n{self.outcome.output[-1500:]}"

    @cached_property
    def trees(self) -> Sequence[ast.Module]:
        """The sources of the copy that can be parsed."""
        found = []
        for path in sorted(self.project.rglob("*.py")):
            with contextlib.suppress(SyntaxError, ValueError, OSError):
                found.append(ast.parse(path.read_bytes()))
        return found


def repaired(failed: Failed) -> Repair | None:
    """What the program may get further with; None where nothing comes to mind."""
    if failed.crash.get("kind") == "SyntaxError":
        return None
    return next(filter(None, (find(failed) for find in _WAYS)), None)


def _missing_file(failed: Failed) -> Repair | None:
    for found in (failed.crash.get("file"), *re.findall(r"No such file or directory: '([^']+)'", failed.text)):
        wanted = _inside(Path(found), failed.task, failed.project) if found else None
        if wanted is not None:
            return Repair(files={wanted: plausible.content(wanted)})
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


def _missing_module(failed: Failed) -> Repair | None:
    told = re.search(r"ModuleNotFoundError: No module named '([\w.]+)'", failed.text)
    name = failed.crash.get("name") or (told[1] if told else "")
    if not name or failed.crash.get("kind") not in ("ModuleNotFoundError", None):
        return None
    top, inner = name.partition(".")[0], name.replace(".", "/")
    beside = Path(failed.task.entry.name).parent if failed.task.entry.kind == "file" else Path()
    places = [place for place in (beside, Path(), Path("src")) if (failed.project / place / inner).parent.is_dir()]
    if places and _CONFIGURATION.search(name.rpartition(".")[2]):
        file = (places[0] / f"{inner}.py").as_posix()
        return Repair(files={file: _configuration(failed.trees, name)}) if file not in failed.task.files else None
    if any(path.suffix == ".py" for path in (failed.project / beside / top).glob("*")):  # a part of the program itself
        return None
    without = failed.task.stand_ins
    imported = [n for n in dict.fromkeys(_imported(failed.trees)) if n not in without and not _OWN.fullmatch(n)]
    own = {path.stem for path in failed.project.rglob("*")} - {top}
    lacking = list(failed.lacks([each for each in imported if each not in own]))
    if (top in _MEASURED and not failed.lacks([top])) or (top == "aiosqlite" and "sqlalchemy" in without):
        return None  # of another release, or what the place of a database is to have
    if "sqlalchemy" in imported and {top, *lacking} & {*CLIENTS["PostgreSQL"], *CLIENTS["MySQL"]}:
        lacking.append("sqlalchemy")  # which would look for it
    wanted = [each for each in dict.fromkeys([top, *lacking]) if each not in without]
    return Repair(stand_ins=wanted) if wanted else None


def _other_version(failed: Failed) -> Repair | None:
    """A package that is there, but not in the version that the program is written for."""
    told = re.search(r"cannot import name '\w+' from '([\w.]+)' \(.*site-packages", failed.text)
    name = told[1].partition(".")[0] if told else ""
    if not name or name in (*failed.task.stand_ins, *_MEASURED):
        return None
    return Repair(stand_ins=[name])


def _given_a_stand_in(failed: Failed) -> Repair | None:
    """A package that cannot work with the stand-in of another."""
    packages = re.findall(r"site-packages/(\w+)/", failed.crash.get("trace", "")) if "StandIn" in failed.text else []
    name = packages[-1] if packages else ""
    if not name or name in failed.task.stand_ins or name in _MEASURED:
        return None
    return Repair(stand_ins=[name])


def _imported(trees: Iterable[ast.Module], *, guarded_too: bool = False) -> Iterator[str]:
    """Top-level modules that are imported where nothing catches it."""
    for tree in trees:
        tries = [node for node in ast.walk(tree) if isinstance(node, ast.Try) and not guarded_too]
        guarded = {id(inner) for node in tries for inner in ast.walk(node)}
        for node in ast.walk(tree):
            if id(node) in guarded:
                continue
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.partition(".")[0]


def _configuration(trees: Iterable[ast.Module], name: str) -> str:
    """A module with whatever the program imports from it, by the names of these things."""
    last = name.rpartition(".")[2]
    wanted: dict[str, None] = {}
    of: dict[str, dict[str, None]] = {}
    for tree in trees:
        classes = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2] == last:
                named = [alias.name for alias in node.names if alias.name != "*"]
                wanted.update(dict.fromkeys(named))
                classes |= {each for each in named if not each.isupper()}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id == last:
                    wanted.setdefault(node.attr)
                elif node.value.id in classes:
                    of.setdefault(node.value.id, {}).setdefault(node.attr)
    lines = [f"{each} = {plausible.literal(each)}" for each in wanted if each not in of]
    for each, names in of.items():
        lines += [f"class {each}:", *(f"    {inner} = {plausible.literal(inner)}" for inner in names)]
    return "\n".join(lines) + "\n"


def refused(failed: Failed) -> Repair | None:
    """Also of a program that has started: what asks a service that is not there waits long, or fails."""
    services = failed.outcome.report.get("refused", {}).values()
    return _clients(failed, [name for each in services for name in CLIENTS.get(each, ())])


def _named(failed: Failed) -> Repair | None:
    """A client of which the error speaks."""
    return _clients(failed, [n for names in CLIENTS.values() for n in names if re.search(rf"\b{n}\b", failed.text)])


def _clients(failed: Failed, wanted: Sequence[str]) -> Repair | None:
    imported = set(_imported(failed.trees, guarded_too=True) if wanted else ()) - set(failed.task.stand_ins)
    found = [name for name in dict.fromkeys(wanted) if name in imported]
    if not found and wanted and not {*wanted} & {*failed.task.stand_ins}:  # another package imports it
        found = [name for name in dict.fromkeys(wanted) if name not in failed.lacks(wanted)]
    return Repair(stand_ins=found) if found else None


def _key(failed: Failed) -> Repair | None:
    """Of a configuration that was made here before."""
    if failed.crash.get("kind") != "KeyError" or "environ" in failed.crash.get("trace", "")[-600:]:
        return None
    key, files = failed.crash["key"], failed.task.files.items()
    for name, text in reversed([(n, t) for n, t in files if n.endswith(".json") and t.startswith("{")]):
        known = json.loads(text)
        if key not in known:
            return Repair(files={name: json.dumps(known | {key: plausible.value(key)})})
    return None


def _variable(failed: Failed) -> Repair | None:
    text, crash, task = failed.text, failed.crash, failed.task
    names = [crash["key"]] if crash.get("kind") == "KeyError" and crash.get("key", "").isidentifier() else []
    for field_name in re.findall(r"^(\w+)\n  (?:Field required|Input should)", text, re.MULTILINE):
        upper = field_name.upper()
        names += [*(name for name in failed.wanted.variables if name.endswith(f"_{upper}")), upper]
    said = re.findall(r"\b([A-Z][A-Z0-9]*_[A-Z0-9_]+|TOKEN)\b", text)
    names += sorted(said, key=lambda name: name not in failed.wanted.variables)
    for name in names:
        if name not in task.environment and not re.search("ERROR|WARNING|PROXY|^(SSL|CERT|CURL|PYTHON)_", name):
            return Repair({name: plausible.value(name)})
    return None


def _number(failed: Failed) -> Repair | None:
    wrong = re.search(
        r"(?:invalid literal for int\(\) with base 10|could not convert string to float): '([^']*)'", failed.text
    )
    if wrong is None:
        return None
    values = failed.task.environment.items()
    names = [name for name, value in values if value == wrong[1] and not re.fullmatch(r"-?\d+", value)]
    return Repair({name: plausible.value(name, number=True) for name in names}) if names else None


def _entity(failed: Failed) -> Repair | None:
    """Telethon takes a number in a text for a name; the owner will have given one."""
    wrong = re.search(r"Cannot find any entity corresponding to \"([^\"]*)\"", failed.text)
    names = [name for name, value in failed.task.environment.items() if wrong and value == wrong[1]]
    return Repair(dict.fromkeys(names, "achannel")) if names and wrong and wrong[1] != "achannel" else None


def _argument(failed: Failed) -> Repair | None:
    """Of the command line, which argparse or click asks for."""
    asked = re.search(r"the following arguments are required: (.+)|Missing (?:option|argument) '([^']+)'", failed.text)
    if asked is None or len(failed.task.arguments) > 12:
        return None
    given: list[str] = []
    for name in re.split(r",\s*", asked[1] or asked[2]):
        option = next((part.strip() for part in reversed(re.split(r"[/ ]", name)) if part.startswith("-")), None)
        choices = re.search(r"\{([\w-]+)[,}]", failed.outcome.output)
        plain = choices[1] if choices and option is None else plausible.value((option or name).lstrip("-"))
        given += [f"{option}={plain}"] if option and option.startswith("--") else [*filter(None, [option]), plain]
    return Repair(arguments=given)


def _repository(failed: Failed) -> Repair | None:
    wanted = re.search(r"InvalidGitRepository|not a git repository|NoSuchPathError", failed.text)
    return Repair(files=plausible.REPOSITORY) if wanted and ".git/HEAD" not in failed.task.files else None


def _metadata(failed: Failed) -> Repair | None:
    own = re.search(r"No package metadata was found for ([\w.-]+)", failed.text)
    if own is None:
        return None
    file = f"{own[1].replace('-', '_')}-0.0.1.dist-info/METADATA"
    text = f"Metadata-Version: 2.1\nName: {own[1]}\nVersion: 0.0.1\n"
    return Repair(files={file: text}) if file not in failed.task.files else None


def _all_variables(failed: Failed) -> Repair | None:
    """At last, whatever it reads from its environment and has no other value for."""
    known = failed.wanted.variables  # a secret that stands in the place of a name is none of them
    names = [name for name in failed.wanted.without if name in known and name not in failed.task.environment]
    found = {name: plausible.value(name, number=known[name][1]) for name in names}
    return Repair(found) if found else None


_WAYS: tuple[Callable[[Failed], Repair | None], ...] = (
    _missing_file, _missing_module, _other_version, _given_a_stand_in, refused, _named, _repository, _metadata, _argument, _key,
    _number, _entity, _variable, _all_variables,
)  # fmt: skip
