"""What is started: named by Procfile, Dockerfile, pyproject or README, or what looks like a program."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..sources.project_files import is_aside
from ..sources.requirements.metadata import table, toml_of

_COMMAND = re.compile(r"python3?(?:\.\d+)?\s+(?:-[uOB]+\s+)*(?:-m\s+(?P<module>[\w.]+)|(?P<file>\S+\.py))")
_DEPLOYMENTS = (
    "Procfile", "Dockerfile", "docker-compose.yml", "docker-compose.yaml", "render.yaml", "fly.toml", "railway.json",
    "heroku.yml",
)  # fmt: skip
_BOT = re.compile(rb"run_polling|run_webhook|start_polling|run_until_disconnected|setup_application")
_CLIENT = re.compile(rb"\bTelegramClient\(|(?<![.\w])Client\(|\bpyrogram\.Client\(")
_PROGRAM = re.compile(rb"if __name__ ?== ?['\"]__main__")
_NAMES = ("bot", "main", "app", "run", "__main__")


@dataclass(frozen=True)
class Entry:
    """A program: a file, or a module that is run by ``python -m``."""

    #: "file" or "module".
    kind: str
    name: str
    #: What names it.
    why: str = ""

    def __str__(self) -> str:
        return self.name if self.kind == "file" else f"-m {self.name}"


def given(root: Path, text: str) -> Entry | None:
    """The entry that somebody has written: ``bot.py`` or ``-m package``; None where there is no such program."""
    if text.startswith("-m "):
        return _module(root, text[3:].strip(), "given")
    return Entry("file", text, "given") if (root / text).is_file() else None


def entries(root: Path) -> list[Entry]:
    """Candidates, the likeliest first."""
    found: dict[tuple[str, str], Entry] = {}
    for entry in (*_deployed(root), *_scripts(root), *_told(root), *_looking(root)):
        found.setdefault((entry.kind, entry.name), entry)
    return list(found.values())


def _deployed(root: Path) -> Iterator[Entry]:
    for name in _DEPLOYMENTS:
        for path in (*root.glob(name), *root.glob(f"*/{name}")):
            yield from _commands(root, re.sub(r'[\[\]",]+', " ", path.read_text("utf-8", "replace")), name)


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


def _module(root: Path, dotted: str, why: str) -> Entry | None:
    inner = dotted.replace(".", "/")
    places = [f"{base}{inner}{end}" for base in ("", "src/") for end in (".py", "/__main__.py")]
    return Entry("module", dotted, why) if any((root / place).is_file() for place in places) else None


def _scripts(root: Path) -> Iterator[Entry]:
    try:
        data = toml_of((root / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return
    for target in (table(data, "project", "scripts") | table(data, "tool", "poetry", "scripts")).values():
        if isinstance(target, str):
            module = target.partition(":")[0]
            entry = _module(root, module.rpartition(".")[0], "pyproject.toml") or _module(
                root, module, "pyproject.toml"
            )
            if entry is not None:
                yield entry


def _looking(root: Path) -> Iterator[Entry]:
    scored = []
    for path in sorted(root.rglob("*.py")):
        if is_aside(path, root) or not path.is_file() or path.name == "setup.py":
            continue
        text = path.read_bytes()
        score = 3 * bool(_BOT.search(text)) + 2 * bool(_PROGRAM.search(text)) + (path.stem in _NAMES)
        score += 2 * bool(_CLIENT.search(text))
        if score >= 3:
            name = path.relative_to(root).as_posix()
            scored.append((-score, name.count("/"), name))
    for _, _, name in sorted(scored):
        package = name.removesuffix("/__main__.py")
        if package != name and (module := _module(root, package.replace("/", "."), "its source")):
            yield module
        yield Entry("file", name, "its source")
