"""Declarations for setuptools: setup.cfg, and setup.py as far as it is literal."""

from __future__ import annotations

import ast
import configparser
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .contents import Contents, PythonRange, Requirement, classified, line_at, parsed


def read_setup_cfg(path: Path, text: str) -> Contents:
    """``[options]`` of setuptools, with the files that ``file:`` names."""
    config = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        config.read_string(text)
    except configparser.Error:
        return Contents()
    wanted = config.get("options", "install_requires", fallback="")
    requirements: list[Requirement] = []
    includes: list[str] = []
    if wanted.strip().startswith("file:"):
        includes = [name.strip() for name in wanted.strip().removeprefix("file:").split(",")]
    else:
        requirements += _listed(path, text, wanted)
    if config.has_section("options.extras_require"):
        for extra, value in config.items("options.extras_require"):
            requirements += _listed(path, text, value, f"the extra `{extra}`")
    pythons = list(classified(path, text))
    if python := config.get("options", "python_requires", fallback=""):
        line = line_at(text, text.find("python_requires"))
        pythons.append(PythonRange(python, path, line, f"python_requires = {python}"))
    return Contents(tuple(requirements), tuple(pythons), tuple(includes))


def _listed(path: Path, text: str, value: str, only_for: str = "") -> Iterator[Requirement]:
    for item in value.splitlines():
        item = item.strip()
        if item and (found := parsed(item, path, line_at(text, text.find(item)), only_for)):
            yield found


def read_setup_py(path: Path, text: str) -> Contents:
    """The arguments of ``setup()``, as far as they are literals or names of literals."""
    try:
        given, constants = _arguments(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Contents(computed=True)
    if given is None:
        return Contents()
    requirements: list[Requirement] = []
    computed = None in given
    if wanted := given.get("install_requires"):
        listed = _literal(wanted, constants)
        computed = not isinstance(listed, (list, tuple))
        requirements += _of_literal(path, wanted, constants, listed, "")
    extras = given.get("extras_require")
    for extra, listed in (
        (_literal(extras, constants) or {}).items() if isinstance(_literal(extras, constants), dict) else ()
    ):
        assert extras is not None
        requirements += _of_literal(path, extras, constants, listed, f"the extra `{extra}`")
    pythons = list(classified(path, text))
    if isinstance(python := _literal(given.get("python_requires"), constants), str):
        pythons.append(PythonRange(python, path, given["python_requires"].lineno, f'python_requires="{python}"'))
    includes = re.findall(r"[\"']([\w./-]*requirements[\w./-]*\.(?:txt|in))[\"']", text) if computed else ()
    return Contents(tuple(requirements), tuple(pythons), tuple(includes), computed=computed and not includes)


def setup_arguments(text: str) -> dict[str, Any] | None:
    """The arguments of ``setup()``: their values, or their nodes where they are no literals; "**" is for what is unpacked.

    None where the text has no such call.
    """
    try:
        given, constants = _arguments(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if given is None:
        return None
    values = {}
    for name, node in given.items():
        value = _literal(node, constants)
        values[name or "**"] = node if value is None else value
    return values


def _arguments(text: str) -> tuple[dict[str | None, ast.expr] | None, dict[str, ast.expr]]:
    """The arguments of ``setup()``, None where nothing calls it, and what names of the file stand for."""
    tree = ast.parse(text)
    constants = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    call = next((node for node in calls if ast.unparse(node.func).split(".")[-1] == "setup"), None)
    return {keyword.arg: keyword.value for keyword in call.keywords} if call else None, constants


def _literal(node: ast.expr | None, constants: Mapping[str, ast.expr]) -> Any:
    """The value of a literal or of a name for one; None where it is neither."""
    if isinstance(node, ast.Name):
        node = constants.get(node.id)
    if node is None:
        return None
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _of_literal(
    path: Path, node: ast.expr, constants: Mapping[str, ast.expr], listed: Any, only_for: str
) -> Iterator[Requirement]:
    at = constants.get(node.id, node) if isinstance(node, ast.Name) else node
    lines = {n.value: n.lineno for n in ast.walk(at) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for item in listed if isinstance(listed, (list, tuple)) else ():
        if isinstance(item, str) and (found := parsed(item, path, lines.get(item, at.lineno), only_for)):
            yield found
