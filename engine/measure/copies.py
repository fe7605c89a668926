"""Copies of a project: as it is, and as it would be after changes; without secrets, in a directory of their own."""

from __future__ import annotations

import ast
import io
import os
import re
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from ..sources.git import Git
from . import catalogs, plausible
from .environment import from_examples, wants, write_dotenv

_LEFT_OUT = (
    ".git", "__pycache__", "node_modules", ".tox", ".mypy_cache", ".pytest_cache", ".ruff_cache",
    ".tgfix", ".tgfix_cache", ".idea", "site-packages",
)  # fmt: skip
_TEXTS = (".py", ".json", ".yml", ".yaml", ".ini", ".toml", ".txt", ".cfg", ".env", "")
#: A name, and in the place of its value what is no expression; so many lines of a file are filled in.
_BLANK = re.compile(r"((\w+)[ \t]*=[ \t]*)[^\n\"'(\[{]*(\r?\n?)")
_BLANKS = 20
#: Larger files are no part of a program.
_LARGE = 50_000_000


def copy_of(root: Path, target: Path, changed: Mapping[str, bytes]) -> None:
    """Copy a project; `changed` are files by their path in it, with the bytes that they are to have."""

    def left_out(directory: str, names: list[str]) -> list[str]:
        return [name for name in names if _is_foreign(os.path.join(directory, name))]

    shutil.copytree(root, target, ignore=left_out)
    for name, data in changed.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    _prepare(target)


def revision_of(root: Path, target: Path, revision: str) -> None:
    """Copy a project as it was at a revision of git, with the files that git is told to ignore: they are of the place, not of a revision.

    Raises:
        UsageError: there is no repository, or no such revision.
    """
    git = Git(root, "--before")
    inside = root.resolve().relative_to(git.top.resolve()).as_posix()
    data = git.need("archive", "--format=tar", f"{revision}:{'' if inside == '.' else inside}")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive.getmembers():
            if member.isreg() and not Path(member.name).is_absolute() and ".." not in Path(member.name).parts:
                content = archive.extractfile(member)
                path = target / member.name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read() if content is not None else b"")
    target.mkdir(exist_ok=True)
    ignored = git.names("ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--", inside)
    for source in map(git.path, ignored):
        path = target / source.relative_to(git.top / inside)
        if not path.exists() and not _is_left_out(source, root.resolve()):
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, path)
    _prepare(target)


def _is_left_out(path: Path, root: Path) -> bool:
    """Whether a file is none of the program's own, or stands in a folder that is not."""
    return any(_is_foreign(str(each)) for each in (path, *path.parents) if each.is_relative_to(root))


def _is_foreign(path: str) -> bool:
    """What tools keep beside a program, a link that may lead out, a socket, a virtual environment, or something large."""
    if os.path.basename(path) in _LEFT_OUT:
        return True
    if os.path.isdir(path):
        return os.path.islink(path) or os.path.exists(os.path.join(path, "pyvenv.cfg"))
    return not os.path.isfile(path) or os.path.islink(path) or os.path.getsize(path) > _LARGE


def _filled_in(text: str) -> str:
    """A source in which the owner is to write his values, with plausible ones: ``API_ID = <your id>``, ``API_ID =``."""
    lines = text.splitlines(keepends=True)
    for _ in range(_BLANKS):
        try:
            ast.parse("".join(lines))
        except SyntaxError as error:
            number = (error.lineno or 1) - 1
            blank = _BLANK.fullmatch(lines[number]) if number < len(lines) else None
            if blank is None:
                return text
            lines[number] = f"{blank[1]}{plausible.literal(blank[2])}{blank[3]}"
        except ValueError:
            return text
        else:
            return "".join(lines)
    return text


def _prepare(target: Path) -> None:
    for path in target.rglob("*.session"):
        path.unlink()
    for path in target.rglob("*"):
        if path.is_file() and (path.suffix in _TEXTS or path.name.startswith(".env")):
            try:
                text = path.read_bytes().decode("utf-8")
            except UnicodeDecodeError:
                continue
            scrubbed = plausible.without_secrets(text)
            if path.suffix == ".py":
                scrubbed = _filled_in(scrubbed)
            if scrubbed != text:
                path.write_bytes(scrubbed.encode("utf-8"))
    catalogs.compile_all(target)
    from_examples(target)
    write_dotenv(target, wants(target))


def led(text: str, project: Path, moved: Mapping[str, str]) -> str:
    """`text` with the paths outside of a copy led to what serves for them in it."""
    for path, folder in moved.items():
        target = (project / folder).as_posix()
        text = re.sub(rf"(?<![\w./:~-]){re.escape(path)}(?![\w.-])", lambda _, target=target: target, text)  # type: ignore[misc]
    return text


def lead(project: Path, moved: Mapping[str, str]) -> None:
    """The same in the files of a copy; files that are going to be made get their folders."""
    for outside, folder in moved.items():
        if Path(outside).suffix:  # of a file that it is going to make
            (project / folder).parent.mkdir(parents=True, exist_ok=True)
    for path in [path for path in project.rglob("*") if path.is_file() and path.suffix in _TEXTS] if moved else ():
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue
        if (other := led(text, project, moved)) != text:
            path.write_bytes(other.encode("utf-8"))
