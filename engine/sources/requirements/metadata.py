"""Declarations in TOML: pyproject.toml and Pipfile."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from .contents import Contents, PythonRange, Requirement, classified, line_at, minor, normal, parsed

#: https://packaging.python.org/en/latest/specifications/inline-script-metadata/
_SCRIPT = re.compile(r"(?m)^# /// script\r?$\s((?:^#(?:| .*)$\s)+?)^# ///\r?$")


def toml_of(text: str) -> dict[str, Any]:
    """The tables of a TOML file; none where it is not valid."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        content: dict[str, Any] = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError:
        return {}
    return content


def table(data: Any, *keys: str) -> dict[str, Any]:
    """A table inside of another; an empty one where there is none."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, dict) else {}


def strings(data: Any) -> list[str]:
    """The strings of a list."""
    return [item for item in data if isinstance(item, str)] if isinstance(data, list) else []


class _Place:
    """Finds the line in which a table of a TOML text has something."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    def line(self, header: str, *wanted: str) -> int:
        """The line of the first of `wanted` (regular expressions) behind the header of a table."""
        start = re.search(rf"(?m)^[ \t]*\[[ \t]*{re.escape(header)}[ \t]*\]", self.text)
        begin = start.end() if start else 0
        for pattern in wanted:
            if found := re.compile(pattern, re.MULTILINE).search(self.text, begin):
                return line_at(self.text, found.start())
        return line_at(self.text, start.start()) if start else 1

    def requirements(self, header: str, listed: Iterable[str], only_for: str = "") -> Iterator[Requirement]:
        for item in listed:
            line = self.line(header, rf"[\"']{re.escape(item)}[\"']")
            if found := parsed(item, self.path, line, only_for):
                yield found

    def key(self, header: str, key: str) -> int:
        return self.line(header, rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*[=.]")


# pyproject.toml


def read_pyproject(path: Path, text: str) -> Contents:
    """[project] with what setuptools and hatch read for it from other files, Poetry's and Flit's tables, dependency groups."""
    data, place = toml_of(text), _Place(path, text)
    project, tool = table(data, "project"), table(data, "tool")
    requirements = list(place.requirements("project", strings(project.get("dependencies"))))
    for extra, listed in table(project, "optional-dependencies").items():
        requirements += place.requirements("project.optional-dependencies", strings(listed), f"the extra `{extra}`")
    for header, groups in (
        ("dependency-groups", table(data, "dependency-groups")),
        ("tool.pdm.dev-dependencies", table(tool, "pdm", "dev-dependencies")),
        ("tool.uv", {"dev": table(tool, "uv").get("dev-dependencies")}),
    ):
        for group, listed in groups.items():
            requirements += place.requirements(header, strings(listed), f"the group `{group}`")
    flit = table(tool, "flit", "metadata")
    requirements += place.requirements("tool.flit.metadata", strings(flit.get("requires")))
    requirements += _poetry(place, table(tool, "poetry"))
    pythons = [
        PythonRange(value, path, place.key(header, key), f'{key} = "{value}"')
        for header, key, value in (
            ("project", "requires-python", project.get("requires-python")),
            ("tool.flit.metadata", "requires-python", flit.get("requires-python")),
        )
        if isinstance(value, str)
    ]
    if isinstance(python := table(tool, "poetry", "dependencies").get("python"), str):
        line = place.key("tool.poetry.dependencies", "python")
        pythons.append(PythonRange(poetry_specifier(python), path, line, f'python = "{python}"'))
    pythons += _hints(path, text, tool)
    dynamic = "dependencies" in strings(project.get("dynamic"))
    includes = _dynamic_files(tool) if dynamic else []
    return Contents(
        tuple(requirements), tuple(pythons), tuple(includes), computed=dynamic and not includes and "setup" not in text
    )


def read_script(path: Path, text: str) -> Contents | None:
    """The block in a script that tells what to run it with (PEP 723); None where it has none."""
    block = _SCRIPT.search(text)
    if block is None:
        return None
    content = "\n".join(line[2:] for line in block[1].splitlines())
    data, offset = toml_of(content), line_at(text, block.start(1)) - 1
    place = _Place(path, content)
    listed = place.requirements("", strings(data.get("dependencies")))
    requirements = tuple(replace(requirement, line=requirement.line + offset) for requirement in listed)
    python = data.get("requires-python")
    range_ = [PythonRange(python, path, offset, f'requires-python = "{python}"')] if isinstance(python, str) else []
    return Contents(requirements, tuple(range_))


def _dynamic_files(tool: dict[str, Any]) -> list[str]:
    """The files from which the packaging tool takes the dependencies."""
    named = table(tool, "setuptools", "dynamic", "dependencies").get("file")
    hatch = table(tool, "hatch", "metadata", "hooks", "requirements_txt").get("files")
    return [*strings([named] if isinstance(named, str) else named), *strings(hatch)]


def _hints(path: Path, text: str, tool: dict[str, Any]) -> Iterator[PythonRange]:
    """What the program is said to run on, and what its linters are told."""
    yield from classified(path, text)
    black = table(tool, "black").get("target-version")
    for value in (table(tool, "ruff").get("target-version"), *strings(black if isinstance(black, list) else [black])):
        if isinstance(value, str) and (version := re.fullmatch(r"py3(\d+)", value)):
            line = line_at(text, text.find(value))
            yield minor(f"3.{version[1]}", path, line, f"target-version {value}", binding=False)


def _poetry(place: _Place, poetry: dict[str, Any]) -> Iterator[Requirement]:
    yield from _poetry_table(place, "tool.poetry.dependencies", table(poetry, "dependencies"), "")
    yield from _poetry_table(
        place, "tool.poetry.dev-dependencies", table(poetry, "dev-dependencies"), "the group `dev`"
    )
    for name, group in table(poetry, "group").items():
        only_for = "" if name == "main" else f"the group `{name}`"
        yield from _poetry_table(
            place, f"tool.poetry.group.{name}.dependencies", table(group, "dependencies"), only_for
        )


def _poetry_table(place: _Place, header: str, listed: dict[str, Any], only_for: str) -> Iterator[Requirement]:
    """A table of Poetry or of Pipenv, which have the same forms."""
    for name, value in listed.items():
        if name == "python":
            continue
        several = value if isinstance(value, list) else [value]
        for one in several:
            options = one if isinstance(one, dict) else {}
            version = options.get("version", "") if options else one
            marker, condition = options.get("markers", ""), only_for
            if options.get("optional"):
                condition = condition or "an extra"
            elif (
                len(several) > 1
                or {"python", "platform", "sys_platform", "os_name", "platform_system"} & options.keys()
            ):
                condition = condition or "an entry for some systems"
            specifier = poetry_specifier(version) if isinstance(version, str) else ""
            extras = frozenset(map(normal, strings(options.get("extras"))))
            line = place.key(header, name)
            marker = marker if isinstance(marker, str) else ""
            yield Requirement(normal(name), place.path, line, specifier, extras, marker, condition)


def poetry_specifier(version: str) -> str:
    """Poetry's ``^1.2``, ``~1.2``, ``1.*`` and ``1.2`` as PEP 440 writes them; of alternatives (``||``) the widest bound.

    https://python-poetry.org/docs/dependency-specification/#version-constraints
    """
    alternatives = [part for part in re.split(r"\s*\|\|?\s*", version.strip()) if part]
    if len(alternatives) > 1:
        lowest = [re.findall(r"\d+(?:\.\d+)*", part)[:1] for part in alternatives]
        numbers = [tuple(map(int, found[0].split("."))) for found in lowest if found]
        return f">={'.'.join(map(str, min(numbers)))}" if len(numbers) == len(alternatives) else ""
    parts = re.split(r"\s*,\s*|\s+(?=[<>=!~^])", version.strip())
    return ",".join(filter(None, map(_poetry_part, parts)))


def _poetry_part(part: str) -> str:
    if part in ("", "*"):
        return ""
    match = re.fullmatch(r"([\^~])\s*v?(\d+(?:\.\d+)*)(.*)", part)
    if match is None:
        bare = re.fullmatch(r"v?\d[\w.*+!-]*", part)
        return f"=={part}" if bare else part.replace(" ", "")
    numbers = [int(number) for number in match[2].split(".")]
    if match[1] == "~":
        keep = min(len(numbers), 2)
    else:  # up to the first number that is not zero
        keep = next((index + 1 for index, number in enumerate(numbers) if number), len(numbers))
    upper = [*numbers[: keep - 1], numbers[keep - 1] + 1]
    return f">={match[2]}{match[3]},<{'.'.join(map(str, upper))}"


# Pipfile


def read_pipfile(path: Path, text: str) -> Contents:
    """Pipenv's [packages], [dev-packages] and [requires]."""
    data, place = toml_of(text), _Place(path, text)
    requirements = [
        *_poetry_table(place, "packages", table(data, "packages"), ""),
        *_poetry_table(place, "dev-packages", table(data, "dev-packages"), "the group `dev`"),
    ]
    requires = table(data, "requires")
    pythons = [
        minor(value, path, place.key("requires", key), f'{key} = "{value}"')
        for key, value in requires.items()
        if isinstance(value, str) and re.match(r"3\.\d+", value)
    ]
    return Contents(tuple(requirements), tuple(pythons))
