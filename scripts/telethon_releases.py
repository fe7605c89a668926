"""Which release of Telethon has which error first, from wheels and sdists or from the table that stands."""

from __future__ import annotations

import ast
import json
import re
import tarfile
import zipfile
from pathlib import Path


def first_releases(
    installed: str, names: set[str], archives: Path | None, recorded: Path
) -> tuple[list[str], dict[str, int]]:
    """The examined releases, oldest first, and for each of `names` (those of the installed release) the place in that
    list of the first one from which on it is always there.

    `archives` is a folder of wheels and sdists; without one, the releases and names of the table `recorded` count.
    """
    by_release: dict[str, set[str]] = {}
    if archives:
        for path in sorted(archives.glob("[Tt]elethon-*")):
            if match := re.search(r"-(\d+(?:\.\d+)+)", path.name):
                by_release[match[1]] = error_classes(path)
    elif recorded.exists():
        before = json.loads(recorded.read_text(encoding="utf-8"))
        for number, release in enumerate(before["releases"]):
            by_release[release] = {row[0] for row in before["errors"] if row[2] <= number}
    by_release[installed] = names
    releases = sorted(by_release, key=lambda release: [int(part) for part in release.split(".")])
    since = {}
    for name in names:
        missing = [place for place, release in enumerate(releases) if name not in by_release[release]]
        since[name] = max(missing, default=-1) + 1
    return releases, since


def error_classes(archive: Path) -> set[str]:
    """The names of the classes of `telethon.errors` in a wheel or sdist."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            sources = [wheel.read(n) for n in wheel.namelist() if re.fullmatch(r"telethon/errors/\w+\.py", n)]
    else:
        with tarfile.open(archive) as sdist:
            members = [m for m in sdist.getmembers() if re.fullmatch(r"[^/]+/telethon/errors/\w+\.py", m.name)]
            sources = [file.read() for m in members if (file := sdist.extractfile(m))]
    return {n.name for source in sources for n in ast.parse(source).body if isinstance(n, ast.ClassDef)}
