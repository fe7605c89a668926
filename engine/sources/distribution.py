"""Whether a project is made into a package that others install."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

from .requirements.metadata import toml_of

_LARGEST = 1_000_000


def published_by(root: Path) -> Path | None:
    """The file by which the project at `root` is built into a package, None where nothing builds one.

    A ``[build-system]`` with a ``[project]`` or ``[tool.poetry]`` name, a ``setup.py``, a ``[metadata]`` in ``setup.cfg``; not
    what says that it is none: ``package-mode = false`` (poetry), ``package = false`` (uv), a ``Private ::`` classifier.
    """
    content = toml_of(text_of(root / "pyproject.toml"))
    project, tool = content.get("project", {}), content.get("tool", {})
    poetry = tool.get("poetry", {})
    classifiers = [*project.get("classifiers", ()), *poetry.get("classifiers", ())]
    if any(str(classifier).startswith("Private ::") for classifier in classifiers):
        return None
    if poetry.get("package-mode") is False or tool.get("uv", {}).get("package") is False:
        return None
    if "build-system" in content and (project.get("name") or poetry.get("name")):
        return root / "pyproject.toml"
    if re.search(r"\bsetup\(", text_of(root / "setup.py")):
        return root / "setup.py"
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text_of(root / "setup.cfg"))
    except configparser.Error:
        return root / "setup.cfg"
    return root / "setup.cfg" if parser.has_option("metadata", "name") else None


def text_of(path: Path) -> str:
    """The text of a small file; "" where it cannot be read."""
    try:
        if path.stat().st_size <= _LARGEST:
            return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        pass
    return ""
