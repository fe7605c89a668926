"""What is copied to where a project runs: the ``COPY`` and ``ADD`` of its Dockerfiles, what ``.dockerignore`` leaves out, the
files that scripts and workflows send and that compose files mount.

https://docs.docker.com/reference/dockerfile/#copy, https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Callable
from pathlib import Path

from ..ignore import Patterns
from .taken import Taken

_SENT = re.compile(r"(?m)\b(?:scp|rsync|cp|zip|tar|install)[ \t]+((?:[^\n;&|]|(?<=\\)\n)+)")
_MOUNTED = re.compile(r"(?m)^[ \t]*-[ \t]*[\"']?(\.?[\w./-]+):/")
_COPY = re.compile(r"(?i)^\s*(?:COPY|ADD)\s+(.*)$")
#: A file of Python that a step of the build names for something else than to start it.
_STEP = re.compile(r"(?i)^\s*(?:RUN\s|(?:COPY|ADD)\s.*--from)")
_STARTED = re.compile(r"\bpython[\d.]*\s+(?:-\w+\s+)*\S+\.py\b")


def image_of(dockerfile: Path, text: str, exists: Callable[[Path], bool], root: Path) -> Taken | None:
    """The files that an image takes from the project; None where it takes none."""
    lines = _lines(text)
    sources = [source for line in lines if (found := _COPY.match(line)) for source in _sources(found[1])]
    if not sources:
        return None
    if any(_STEP.match(line) and re.search(r"\.py\b", _STARTED.sub("", line)) for line in lines):
        return Taken(dockerfile, open=True)
    contexts = [dockerfile.parent, root]  # which it is, the command that builds it says
    plain = [source for source in sources if not re.search(r"[*?\[$]", source)]
    context = next((c for c in contexts if all(exists(c / source) for source in plain)), contexts[0])
    files: set[Path] = set()
    trees: set[Path] = set()
    patterns: list[tuple[Path, str]] = []
    for source in sources:
        target = context / source if source not in (".", "") else context
        if "$" in source:
            return Taken(dockerfile, open=True)
        if re.search(r"[*?\[]", source):
            if source == "*":
                trees.add(context)
            else:
                patterns.append((target.parent, target.name))
        elif target.suffix == ".py":
            files.add(target)
        else:
            trees.add(target)
    return Taken(dockerfile, frozenset(files), frozenset(), frozenset(trees), tuple(patterns))


def _lines(text: str) -> list[str]:
    """The instructions of a Dockerfile, each on one line."""
    kept = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return re.sub(r"\\[ \t]*\n", " ", kept).splitlines()


def _sources(arguments: str) -> list[str]:
    if "--from" in arguments:
        return []
    arguments = re.sub(r"--\S+\s+", "", arguments).strip()
    try:
        words = json.loads(arguments) if arguments.startswith("[") else shlex.split(arguments)
    except ValueError:
        words = arguments.split()
    return [word.removeprefix("/").removeprefix("./").removesuffix("/") for word in words[:-1] if "://" not in word]


def sent_by(script: Path, text: str, exists: Callable[[Path], bool], root: Path) -> Taken | None:
    """The files that a script, a workflow or a compose file names one by one; None where it names none."""
    words = {word.strip("\"'\\") for line in _SENT.findall(text) for word in line.split()}
    words |= {mounted.removeprefix("./") for mounted in _MOUNTED.findall(text)}
    known = {
        path
        for word in words
        for path in (Path(os.path.normpath(folder / word)) for folder in (root, script.parent))
        if word.strip("./") and exists(path)
    }
    files = frozenset(path for path in known if path.suffix == ".py")
    if not files:
        return None
    trees = {root} if words & {".", "./", "*", "./*"} else known - files
    return Taken(script, files, trees=frozenset(trees))


def ignored_by(text: str) -> Patterns:
    """The patterns of a ``.dockerignore``, which all begin at its folder."""
    lines = (line.strip() for line in text.splitlines())
    return Patterns(
        ("!" if line.startswith("!") else "") + "/" + line.removeprefix("!").strip().removeprefix("/")
        for line in lines
        if line and not line.startswith("#")
    )
