"""Packages and modules that a program lacks, or that fail it: what takes their place."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..sources.old_copies import is_aside
from ..sources.requirements.contents import normal
from . import plausible
from .failed import Failed, Repair, ends_in_a_package, files_in
from .installing import asked_by, package_of
from .libraries import CLIENTS, LIBRARIES

#: Modules that nothing may stand in for.
_MEASURED = [library.module for library in LIBRARIES]
#: What reads a program's settings, or asks servers for it, which the loopback server stands for: it says what is wrong.
_SAYING = (
    "pydantic", "pydantic_core", "pydantic_settings", "decouple", "environs", "dotenv", "dynaconf", "yaml", "click",
    "typer", "marshmallow", "httpx", "requests", "aiohttp", "urllib3",
)  # fmt: skip
_CONFIGURATION = re.compile(r"conf|setting|secret|credential|const|keys|env|vars|info|token|cred", re.IGNORECASE)
#: What a library in C says, whose connections Python does not see.
_BY_LIBPQ = re.compile(r"connection to server (at|on) .{3,80} failed")
#: Names of values that only an owner has.
_SETTING = re.compile(
    r"(tg_?|bot_?|telegram_?)?(api_?id|api_?hash|api_?token|bot_?token|phone(_?number)?|string_?session)|telegram_(api|hash)|owner_?id",
    re.IGNORECASE,
)
#: Names that a project gives its own configuration, which is not published.
_OWN = re.compile(r"(my_?)?(conf(ig)?|settings?|credentials?|const(ants)?)(_\w+)?")


def missing_module(failed: Failed) -> Repair | None:
    """What is imported and not there: a configuration that is not published, a module of the program, or packages."""
    told = re.search(r"ModuleNotFoundError: No module named '([\w.]+)'", failed.text)
    name = failed.crash.get("name") or (told[1] if told else "")
    if not name or failed.crash.get("kind") not in ("ModuleNotFoundError", None):
        return None
    top, inner = name.partition(".")[0], name.replace(".", "/")
    beside = Path(failed.task.entry.name).parent if failed.task.entry.kind == "file" else Path()
    above = (beside, Path(), Path("src"))
    places = [place for place in above if (failed.project / place / inner).parent.is_dir()]
    if places and not _is_package(failed.project, name) and _is_configuration(failed.trees, name):
        file = (places[0] / f"{inner}.py").as_posix()
        return Repair(files={file: _configuration(failed.trees, name)}) if file not in failed.task.files else None
    if any(
        True for place in above for _ in (failed.project / place / top).glob("*.py")
    ):  # a part of the program itself
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


def module_aside(failed: Failed) -> Repair | None:
    """The folder of the program that a module is imported from, where its deployment puts that on the path."""
    name = failed.crash.get("name", "") if failed.crash.get("kind") == "ModuleNotFoundError" else ""
    if not name:
        return None
    project, inner, top = failed.project, name.replace(".", "/"), name.partition(".")[0]
    found = [path for end in (".py", "/__init__.py", "/*.py") for path in project.glob(f"*/**/{inner}{end}")]
    given = [*filter(None, failed.task.environment.get("PYTHONPATH", "").split(os.pathsep))]
    parts = [path.relative_to(project).as_posix() for path in found if not is_aside(path, project)]
    folders = [part.rpartition(f"/{inner}")[0] for part in parts]
    entry = Path(failed.task.entry.name).parts[:1]
    wanted = [each for each in folders if each not in given and not (project / each / "__init__.py").exists()]
    wanted.sort(key=lambda folder: (Path(folder).parts[:1] != entry, folder.count("/")))
    if not wanted or (project / top).exists() or _is_package(project, top):
        return None
    return Repair({"PYTHONPATH": os.pathsep.join([*given, wanted[0]])})


def is_setting(name: str) -> bool:
    """Whether a name is that of a value which only an owner has."""
    return bool(_SETTING.fullmatch(name))


def _is_configuration(trees: Iterable[ast.Module], name: str) -> bool:
    """Whether a module is named like a configuration, or what is imported from it is named like settings."""
    froms = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    taken = [alias.name for node in froms if node.module == name and not node.level for alias in node.names]
    return bool(_CONFIGURATION.search(name.rpartition(".")[2]) or any(map(_SETTING.fullmatch, taken)))


def _is_package(project: Path, name: str) -> bool:
    """Whether a module is that of a package: one that is known, or one that the program asks for."""
    if name in _SAYING:
        return True
    return bool(asked_by(project).keys() & {normal(name), normal(package_of(name))})


def installed_by_itself(failed: Failed) -> Repair | None:
    """What the program would install by itself, which is not done: ``pip install requests`` when an import fails."""
    told = " ".join(failed.outcome.report.get("not_run", ()))
    imported = dict.fromkeys(_imported(failed.trees, guarded_too=True)) if told else {}
    named = {normal(word) for word in re.findall(r"[A-Za-z][\w.-]*", told)}
    wanted = [each for each in imported if named & {normal(each), normal(package_of(each))}]
    found = [each for each in failed.lacks(wanted) if each not in failed.task.stand_ins] if wanted else []
    return Repair(stand_ins=found) if found else None


def other_version(failed: Failed) -> Repair | None:
    """A package that is there, but not in the version that the program is written for, or not all that shares its name.

    Where another package imports it, that one cannot work with it.
    """
    told = re.search(r"cannot import name '\w+' from '([\w.]+)' \((.*site-packages|unknown location)", failed.text)
    importing = re.findall(r'File "[^"]*site-packages/(\w+)[/.][^"]*", line', failed.crash.get("trace", ""))
    name = (importing[-1] if ends_in_a_package(failed.crash) else told[1].partition(".")[0]) if told else ""
    if not name or name in (*failed.task.stand_ins, *_MEASURED) or (failed.project / name).exists():
        return None
    return Repair(stand_ins=[name])


def given_a_stand_in(failed: Failed) -> Repair | None:
    """A package that cannot work with the stand-in of another."""
    packages = re.findall(r"site-packages/(\w+)/", failed.crash.get("trace", "")) if "StandIn" in failed.text else []
    name = packages[-1] if packages else ""
    if not name or name in failed.task.stand_ins or name in _MEASURED:
        return None
    return Repair(stand_ins=[name])


def tables(failed: Failed) -> Repair | None:
    """The tables that migrations would have made."""
    wanted = "no such table" in failed.text and "sqlalchemy" not in failed.task.stand_ins
    return _clients(failed, ["sqlalchemy"]) if wanted else None


def failing(failed: Failed) -> Repair | None:
    """At last, the package that the program was using when it failed: it will want keys, or a server that answers."""
    frames = files_in(f"{failed.crash.get('trace', '')}\n{failed.outcome.output}")
    own = [at for at, name in enumerate(frames) if Path(name).is_relative_to(failed.project)]
    used = re.search(r"site-packages/(\w+)[/.]", frames[own[-1] + 1]) if own and own[-1] + 1 < len(frames) else None
    if used is None or used[1] in (*failed.task.stand_ins, *_MEASURED, *_SAYING):
        return None
    return Repair(stand_ins=[used[1]])


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
    services = [*failed.outcome.report.get("refused", {}).values()]
    services += ["PostgreSQL"] if _BY_LIBPQ.search(failed.outcome.output) else []
    return _clients(failed, [name for each in services for name in CLIENTS.get(each, ())])


def named(failed: Failed) -> Repair | None:
    """A client of which the error speaks."""
    return _clients(failed, [n for names in CLIENTS.values() for n in names if re.search(rf"\b{n}\b", failed.text)])


def _clients(failed: Failed, wanted: Sequence[str]) -> Repair | None:
    imported = set(_imported(failed.trees, guarded_too=True) if wanted else ()) - set(failed.task.stand_ins)
    found = [name for name in dict.fromkeys(wanted) if name in imported]
    if not found and wanted and not {*wanted} & {*failed.task.stand_ins}:  # another package imports it
        found = [name for name in dict.fromkeys(wanted) if name not in failed.lacks(wanted)]
    return Repair(stand_ins=found) if found else None
