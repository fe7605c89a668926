"""The line that installs packages which a program's Python lacks, in the releases that the project asks for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from ..sources.requirements import Requirement, read_file
from ..sources.requirements.contents import normal
from .libraries import LIBRARIES

#: Where a project says which packages it asks for.
_REQUIREMENTS = ("*requirements*.txt", "requirements/*.txt", "pyproject.toml", "Pipfile")
#: Names of packages that differ from those of their modules.
_PACKAGES = {
    "dotenv": "python-dotenv", "yaml": "pyyaml", "PIL": "pillow", "bs4": "beautifulsoup4",
    "cv2": "opencv-python", "sklearn": "scikit-learn", "dateutil": "python-dateutil", "jwt": "pyjwt", "git": "gitpython",
    "googleapiclient": "google-api-python-client", "psycopg2": "psycopg2-binary", "decouple": "python-decouple",
    "environs": "environs", "google": "google-api-python-client", "discord": "discord.py", "magic": "python-magic",
    "whois": "whois", "Crypto": "pycryptodome", "docx": "python-docx", "fitz": "pymupdf",
}  # fmt: skip


def package_of(module: str) -> str:
    """The package that a module mostly comes from."""
    return next((each.package for each in LIBRARIES if each.module == module), _PACKAGES.get(module, module))


def asked_by(project: Path) -> dict[str, Requirement]:
    """What a project asks for, by the names in normal form."""
    paths = [path for pattern in _REQUIREMENTS for path in sorted(project.glob(pattern))]
    found = [contents.requirements for path in paths if (contents := read_file(path)) is not None]
    return {each.name: each for each in reversed([*chain.from_iterable(found)])}


def pip_line(modules: Sequence[str], project: Path | None) -> str:
    """`pip install` with the packages of modules; with the project's own list where it holds them all."""
    asked = asked_by(project) if project is not None else {}
    wanted = [(package, asked.get(normal(package))) for package in map(package_of, modules)]
    lists = {each.path for _, each in wanted if each is not None and each.path.suffix == ".txt"}
    if project is not None and len(lists) == 1 and all(each and each.path in lists for _, each in wanted):
        return f"pip install -r {lists.pop().relative_to(project).as_posix()}"
    named = [f'"{package}{each.specifier}"' if each and each.specifier else package for package, each in wanted]
    return f"pip install {' '.join(named)}"
