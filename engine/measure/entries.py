"""What is started: named by Procfile, Dockerfile, pyproject or README, or what looks like a program."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..sources.imports import dotted_in, imports_in
from ..sources.old_copies import is_aside
from ..sources.requirements.metadata import table
from .libraries import LIBRARIES
from .workspaces import described, members

_COMMAND = re.compile(r"python3?(?:\.\d+)?\s+(?:-[uOB]+\s+)*(?:-m\s+(?P<module>[\w.]+)|(?P<file>\S+\.py))")
_DEPLOYMENTS = (
    "Procfile", "Dockerfile", "docker-compose.yml", "docker-compose.yaml", "render.yaml", "fly.toml", "railway.json",
    "heroku.yml",
)  # fmt: skip
_BOT = re.compile(
    rb"run_polling|run_webhook|start_polling|run_until_disconnected|setup_application|\bidle\(\)|update_queue\.put\("
    rb"|\.process_update\(|\.feed_(raw_|webhook_)?update\("
)
#: An application of ASGI that a command serves, or a file makes; it is served as a bot is run, with Python's own loop.
_SERVED = re.compile(r"\buvicorn\s+(?:-\S+\s+)*(?P<module>[\w.]+):(?P<name>\w+)")
_SERVES = re.compile(rb"^(\w+)(?: ?:.*?)? ?= ?(?:\w+\.)?(?:FastAPI|Starlette)\(", re.MULTILINE)
_BY_DOTS = re.compile(rb"^from (\.+)", re.MULTILINE)
_SERVER = ("--port", "0", "--loop", "asyncio")
#: What gives a client handlers, or lets it wait: a script that makes a session does neither.
_HANDLERS = re.compile(
    rb"@\w[\w.]*\.(on|on_message|on_callback_query|on_cmd|message|callback_query)\(|\.add_(event_)?handler\(|@events\.register"
)
_CLIENT = re.compile(rb"\bTelegramClient\(|(?<![.\w])Client\(|\bpyrogram\.Client\(")
_PROGRAM = re.compile(rb"if __name__ ?== ?['\"]__main__")
#: Scripts and services below the project, after what is named once.
_SCRIPTS = ("*.sh", "*.service", "Makefile", "supervisord.conf")
#: Files of a program that are looked at for what it does.
_FILES = 200
#: What imports files that it does not name: those of its folder.
_LOADS = re.compile(rb"import_module\(|spec_from_file_location|plugins ?= ?(dict\(|\{)|__import__\(")
#: What may be the name of a folder of the project, or of the package that it is.
_NAMED = re.compile(r"[\"']([A-Za-z_][\w./]*)[\"']")
#: What is in the name of a program that prepares something for a bot, or tries it out.
_ASIDE = re.compile(
    r"session|(?:^|[/_.-])(?:login|tests?|setup|migrat\w*|examples?|samples?|seed|backup|scripts?)(?=[/_.-]|$)",
    re.IGNORECASE,
)
#: Names of packages of libraries, and what they have and a folder of a bot by that name has not.
_LIBRARIES = [library.module for library in LIBRARIES]
_OF_A_LIBRARY = ("version.py", "_version.py", "__meta__.py", "raw")
_NAMES = ("bot", "main", "app", "run", "__main__")


@dataclass(frozen=True)
class Entry:
    """A program: a file, a module that is run by ``python -m``, or a function that an installed command calls."""

    #: "file", "module" or "function" (its name is ``package.module:function``).
    kind: str
    name: str
    #: What names it.
    why: str = ""
    #: What it is told on the command line: for a server, what it serves.
    arguments: tuple[str, ...] = ()
    #: Of a module, where it is run.
    directory: str = "."

    def __str__(self) -> str:
        return self.name if self.kind != "module" else " ".join(["-m", self.name, *self.arguments[:1]])


def given(root: Path, text: str) -> Entry | None:
    """The entry that somebody has written: ``bot.py`` or ``-m package``; None where there is no such program."""
    if served := next(_served(root, text, "given"), None):
        return served
    if text.startswith("-m "):
        return _module(root, text[3:].strip(), "given")
    if re.fullmatch(r"[\w.]+:\w+", text):
        return _function(root, text, "given")
    return Entry("file", text, "given") if (root / text).is_file() else None


def entries(root: Path, places: Sequence[str] = ()) -> list[Entry]:
    """Candidates, the likeliest first: those whose files lead to what starts a bot, and to most places, then as they are named.

    `places` are the files of places that are to run, each as often as there are places in it.
    """
    found: dict[str, Entry] = {}
    for entry in (*_deployed(root), *_scripts(root), *_told(root), *_looking(root)):
        found.setdefault(str(entry), entry)
        for launched in _launched(root, entry):
            found.setdefault(str(launched), launched)

    def likely(entry: Entry) -> tuple[int, bool, int]:
        reached = files_of(root, entry)
        return -_does(root, reached), bool(_ASIDE.search(entry.name)), -sum(each in reached for each in places)

    return sorted(found.values(), key=likely)


def leads_to(root: Path, entry: Entry) -> int:
    """What a program, or what of the project it imports from there on, does: 2 take updates, 1 make a client."""
    return _does(root, files_of(root, entry))


def _does(root: Path, files: Sequence[str]) -> int:
    found = [(root / name).read_bytes() for name in files]
    if any(_BOT.search(data) or _HANDLERS.search(data) for data in found):
        return 2
    return int(any(map(_CLIENT.search, found)))


def files_of(root: Path, entry: Entry) -> list[str]:
    """The files of the project that a program imports, by their paths in it; all of a folder that one imports by names it finds."""
    start = _started(root, entry)
    queue = [] if start is None else [start]
    known = set(queue)
    parts = members(root)
    for path in queue:
        data = path.read_bytes()
        found = [*_imported(root, parts, path, data)]
        for folder in _loaded_from(root, path, data):
            found += sorted(folder.rglob("*.py"))
        for target in found if len(queue) < _FILES else ():
            if target not in known and target.is_file():
                known.add(target)
                queue.append(target)
    return [path.relative_to(root).as_posix() for path in queue]


def _loaded_from(root: Path, path: Path, data: bytes) -> list[Path]:
    """The folders from which a file imports by names it finds: its own, or those that it names."""
    if not _LOADS.search(data):
        return []
    if path.parent != root:
        return [path.parent]
    named = dict.fromkeys(_NAMED.findall(data.decode("utf-8", "replace")))
    return [folder for name in named if (folder := root / name.replace(".", "/")).is_dir() and folder != root]


def _started(root: Path, entry: Entry) -> Path | None:
    if entry.arguments:
        return _file(root, entry.arguments[0].partition(":")[0])
    if entry.kind == "file":
        return root / entry.name
    return _file(
        root / entry.directory, entry.name.partition(":")[0], "__main__" if entry.kind == "module" else "__init__"
    )


def _launched(root: Path, entry: Entry) -> Iterator[Entry]:
    """Programs that a program starts in processes of their own, where nothing of them could be seen."""
    path = _started(root, entry)
    text = "" if path is None else path.read_text("utf-8", "replace")
    if "sys.executable" in text:
        yield from _commands(root, re.sub(r'[\[\]",\']+', " ", text.replace("sys.executable", "python")), entry.name)


def _imported(root: Path, parts: Sequence[Path], path: Path, data: bytes) -> Iterator[Path]:
    """The files of the project, or of the `parts` that it has, that a file imports."""
    package = path.relative_to(root).parts[:-1]
    for module, names, plain in imports_in(data):
        up = len(module) - len(module.lstrip(b"."))
        inside = package[: len(package) - up + 1] if up else ()
        whole = ".".join([*inside, module.lstrip(b".").decode()]).strip(".")
        for dotted in dotted_in(whole.encode(), names, plain):
            yield from filter(None, (_file(folder, dotted) for folder in (root, path.parent, *parts)))


def _file(folder: Path, dotted: str, within: str = "__init__") -> Path | None:
    """The file of a module that is imported from a folder; `within`: the file of it where it is a package."""
    inner = dotted.replace(".", "/")
    places = (folder / f"{base}{inner}{end}" for base in ("", "src/") for end in (".py", f"/{within}.py"))
    return next((place for place in places if place.is_file()), None)


def _deployed(root: Path) -> Iterator[Entry]:
    for name in (*_DEPLOYMENTS, *_SCRIPTS):
        for path in filter(Path.is_file, (*sorted(root.glob(name)), *sorted(root.glob(f"*/{name}")))):
            yield from _commands(root, re.sub(r'[\[\]",]+', " ", path.read_text("utf-8", "replace")), path.name)


def _told(root: Path) -> Iterator[Entry]:
    for path in filter(Path.is_file, sorted(root.glob("README*"))):
        yield from _commands(root, path.read_text("utf-8", "replace"), path.name)


def _commands(root: Path, text: str, why: str) -> Iterator[Entry]:
    for match in _COMMAND.finditer(text):
        if match["file"]:
            name = re.sub(r"^(\./|/app/)", "", match["file"])
            entry = Entry("file", name, why) if (root / name).is_file() else None
        else:
            entry = _module(root, match["module"], why)
        if entry is not None and "test" not in entry.name and Path(entry.name).name != "setup.py":
            yield entry
    yield from _served(root, text, why)


def _served(root: Path, text: str, why: str) -> Iterator[Entry]:
    for match in _SERVED.finditer(text):
        if _file(root, match["module"]):
            yield Entry("module", "uvicorn", why, (f"{match['module']}:{match['name']}", *_SERVER))


def _module(root: Path, dotted: str, why: str, directory: str = ".") -> Entry | None:
    found = _file(root / directory, dotted, "__main__")
    return Entry("module", dotted, why, directory=directory) if found else None


def _function(root: Path, target: str, why: str, directory: str = ".") -> Entry | None:
    """What an installed command calls: a module that is a program itself is run as one."""
    dotted, _, name = target.partition(":")
    path = _file(root / directory, dotted)
    if path is None:
        return None
    is_program = _PROGRAM.search(path.read_bytes()) and why != "given"
    kind, called = ("module", dotted) if is_program or not name else ("function", target)
    return Entry(kind, called, why, directory=directory)


def _scripts(root: Path) -> Iterator[Entry]:
    for folder in (root, *members(root)):
        data, directory = described(folder), folder.relative_to(root).as_posix()
        for target in (table(data, "project", "scripts") | table(data, "tool", "poetry", "scripts")).values():
            if isinstance(target, str):
                package = target.partition(":")[0].rpartition(".")[0]
                entry = _module(root, package, "pyproject.toml", directory)
                entry = entry or _function(root, target, "pyproject.toml", directory)
                if entry is not None:
                    yield entry


def _looking(root: Path) -> Iterator[Entry]:
    scored = []
    for path in sorted(root.rglob("*.py")):
        if is_aside(path, root) or not path.is_file() or "site-packages" in path.parts or _is_library_s(path, root):
            continue
        text = path.read_bytes()
        score = 3 * bool(_BOT.search(text)) + 2 * bool(_PROGRAM.search(text)) + (path.stem in _NAMES)
        score += 2 * bool(_CLIENT.search(text)) + 2 * (b"uvicorn.run(" in text) + bool(_HANDLERS.search(text))
        if score >= 3:
            name = path.relative_to(root).as_posix()
            serves = _SERVES.search(text) if not _PROGRAM.search(text) else None
            scored.append((-score, name.count("/"), name, serves[1].decode() if serves else ""))
    for _, _, name, made in sorted(scored):
        if made:
            yield from _served(root, f"uvicorn {name.removesuffix('.py').replace('/', '.')}:{made}", "its source")
        package = name.removesuffix("/__main__.py")
        if package != name and (module := _module(root, package.replace("/", "."), "its source")):
            yield module
        yield _part(root, root / name) or Entry("file", name, "its source")


def _is_library_s(path: Path, root: Path) -> bool:
    """Whether a file belongs to a copy of a library that is kept among the project's files."""
    inside = [each for each in path.parents if each != root and each.is_relative_to(root)]
    named = [each for each in inside if each.name in _LIBRARIES and (each / "__init__.py").is_file()]
    return any((each / part).exists() for each in named for part in _OF_A_LIBRARY)


def _part(root: Path, path: Path) -> Entry | None:
    """A file that imports by dots what is beside or above it, as a module of its package; None where it does not."""
    dots = max((len(found[1]) for found in _BY_DOTS.finditer(path.read_bytes())), default=0)
    if not dots or path.stem.startswith("__") or len(path.relative_to(root).parts) <= dots:
        return None
    package = path.parents[dots - 1]
    while package.parent != root and (package.parent / "__init__.py").is_file():
        package = package.parent
    dotted = ".".join(path.relative_to(package.parent).with_suffix("").parts)
    return Entry("module", dotted, "its source", directory=package.parent.relative_to(root).as_posix())
