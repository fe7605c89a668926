"""Adding a requirement to the file that declares it, in the way the file is written: its order, quotes and pins."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...model import Edit
from . import read
from .contents import Contents, Requirement, normal, parsed
from .metadata import table, toml_of

#: A place in a text where something stands, and the name of the distribution that it asks for.
Item = tuple[int, int, str]

#: The release that a new requirement begins with where its neighbours have bounds.
_RELEASES = {"aiofiles": "23.1", "tenacity": "8.2", "stamina": "25.1", "aiolimiter": "1.1", "cryptg": "0.5.2"}
_STRING = re.compile(r"\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'")


def added(path: Path, text: str, wanted: str) -> list[Edit] | None:
    """The edits that make a file ask for `wanted` (PEP 508), too; none where it does already.

    Where it asks for the distribution without an extra that is wanted, the extra is added. A bound is written where one is
    wanted, and where most of the others have one: the release itself where all are pinned. None where that cannot be done: the
    requirements are computed, or stand in another form.
    """
    need = parsed(wanted, path, 1)
    if need is None:
        return None
    before = read(path, text)
    there = next((r for r in before.requirements if r.name == need.name and not r.only_for), None)
    if there is not None and need.extras <= there.extras:
        return []
    edits = _with_extras(text, there, need) if there is not None else _inserted(path, text, before, wanted, need)
    if edits is None:
        return None
    result = text
    for edit in sorted(edits, reverse=True):
        result = result[: edit.start] + edit.text + result[edit.end :]
    return edits if _is_right(before, read(path, result), need) else None


def _is_right(before: Contents, after: Contents, need: Requirement) -> bool:
    """Whether nothing but the requirement came in."""
    old, new = (
        {(r.name, r.specifier, r.marker, r.only_for): r.extras for r in c.requirements} for c in (before, after)
    )
    key = next((key for key in new if key[0] == need.name and not key[3]), None)
    same = [p.specifier for p in before.pythons] == [p.specifier for p in after.pythons]
    if key is None or not same or (before.includes, before.itself) != (after.includes, after.itself):
        return False
    return new == {**old, key: new[key]} and need.extras <= new[key]


def _is_pinned(before: Contents) -> bool:
    main = [r for r in before.requirements if not r.only_for]
    return sum(bool(r.specifier) for r in main) * 2 > len(main)


def _inserted(path: Path, text: str, before: Contents, wanted: str, need: Requirement) -> list[Edit] | None:
    if not need.specifier and need.name in _RELEASES and _is_pinned(before):
        exact = all(r.specifier.startswith("==") for r in before.requirements if not r.only_for)
        need = replace(need, specifier=f"{'==' if exact else '>='}{_RELEASES[need.name]}")
        wanted = f"{wanted}{need.specifier}"
    match path.name:
        case "pyproject.toml":
            if table(toml_of(text), "project").get("dependencies") is not None:
                return _into_toml_list(text, wanted)
            return _into_table(text, "tool.poetry.dependencies", before, need)
        case "Pipfile":
            return _into_table(text, "packages", before, need)
        case "setup.py":
            return _into_setup(text, wanted)
        case "setup.cfg":
            return _into_lines(text, _cfg_items(text), wanted)
    if path.suffix in (".txt", ".in"):
        items = [_line_item(text, r) for r in before.requirements]
        return _into_lines(text, items, wanted)
    return None


# Lists of lines


def _line_item(text: str, requirement: Requirement) -> Item:
    """The logical line that a requirement begins in."""
    starts = _line_starts(text)
    number = requirement.line - 1
    start = end = starts[number]
    while number < len(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(text)
        line = text[starts[number] : end].rstrip("\r\n")
        number += 1
        if not line.endswith("\\"):
            break
    content = text[start:end].rstrip("\r\n")
    indent = len(content) - len(content.lstrip())
    return start + indent, start + len(content), requirement.name


def _cfg_items(text: str) -> list[Item]:
    value = re.search(
        r"(?m)^install_requires[ \t]*=[ \t]*([^\r\n]*(?:\r?\n(?:[ \t]+[^\r\n]*|[ \t]*(?=\r?\n[ \t])))*)", text
    )
    found = []
    for line in re.finditer(r"[^\r\n]+", value[1]) if value else ():
        assert value is not None
        content = line[0].strip()
        if content and not content.startswith(("#", ";")):
            start = value.start(1) + line.start() + len(line[0]) - len(line[0].lstrip())
            found.append((start, start + len(content), _name(content)))
    return found


def _into_lines(text: str, items: Sequence[Item], content: str) -> list[Edit] | None:
    if not items:
        return None
    place = _place(items, content)
    if place is not None:
        start = items[place][0]
        line = text.rfind("\n", 0, start) + 1
        if text[line:start].strip():  # the first one stands behind its key
            return [Edit(start, start, f"{content}\n{_indent_of(text, items[-1][0])}")]
        return [Edit(line, line, f"{text[line:start]}{content}\n")]
    end = items[-1][1]
    return [Edit(end, end, f"\n{_indent_of(text, items[-1][0])}{content}")]


def _indent_of(text: str, start: int) -> str:
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return line if not line.strip() else "    "


def _place(items: Sequence[Item], content: str) -> int | None:
    """The item before which a requirement belongs; None for the end, where the items are in no order."""
    names = [name for _, _, name in items]
    if len(names) < 2 or names != sorted(names):
        return None
    return next((index for index, name in enumerate(names) if name > _name(content)), None)


def _name(content: str) -> str:
    found = re.match(r"[\w.-]+", content)
    return normal(found[0]) if found else content


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]


# Lists in brackets


def _into_setup(text: str, content: str) -> list[Edit] | None:
    tree = ast.parse(text)
    values = [
        k.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for k in node.keywords
        if k.arg == "install_requires"
    ]
    values += [
        statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and any(isinstance(v, ast.Name) and v.id == ast.unparse(statement.targets[0]) for v in values)
    ]
    listed = next((value for value in values if isinstance(value, (ast.List, ast.Tuple))), None)
    if listed is None or not text.isascii():  # positions of ast count bytes
        return None
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n", text))]
    items = [
        (
            starts[item.lineno - 1] + item.col_offset,
            starts[(item.end_lineno or 1) - 1] + (item.end_col_offset or 0),
            _name(item.value),
        )
        for item in listed.elts
        if isinstance(item, ast.Constant) and isinstance(item.value, str)
    ]
    return _into_brackets(text, starts[listed.lineno - 1] + listed.col_offset + 1, items, content)


def _into_toml_list(text: str, content: str) -> list[Edit] | None:
    begin = re.search(
        r"(?ms)^[ \t]*\[[ \t]*project[ \t]*\](?:(?!^[ \t]*\[).)*?^[ \t]*dependencies[ \t]*=[ \t]*\[", text
    )
    if begin is None:
        return None
    items: list[Item] = []
    position = begin.end()
    while position < len(text) and text[position] != "]":
        if text[position] == "#":
            position = (text + "\n").find("\n", position)
        elif string := _STRING.match(text, position):
            items.append((string.start(), string.end(), _name(string[0][1:-1])))
            position = string.end()
        else:
            position += 1
    return _into_brackets(text, begin.end(), items, content)


def _into_brackets(text: str, opened: int, items: Sequence[Item], content: str) -> list[Edit]:
    if not items:
        return [Edit(opened, opened, f'"{content}"')]
    quote = text[items[0][0]]
    new = f"{quote}{content}{quote}"
    place = _place(items, content)
    first_line = text.rfind("\n", 0, items[-1][0]) + 1
    several = not text[first_line : items[-1][0]].strip()
    if place is not None:
        start = items[place][0]
        line = text.rfind("\n", 0, start) + 1
        return (
            [Edit(line, line, f"{text[line:start]}{new},\n")]
            if not text[line:start].strip()
            else [Edit(start, start, f"{new}, ")]
        )
    end = items[-1][1]
    if not several:
        return [Edit(end, end, f", {new}")]
    indent = text[first_line : items[-1][0]]
    rest = re.compile(r"[ \t]*(,?)[^\r\n]*").match(text, end)
    assert rest is not None  # the pattern matches the empty string as well
    if "]" in rest[0].partition("#")[0] or ")" in rest[0].partition("#")[0]:
        return [Edit(end, end, f",\n{indent}{new}")]
    if rest[1]:
        return [Edit(rest.end(), rest.end(), f"\n{indent}{new},")]
    return (
        [Edit(end, end, ","), Edit(rest.end(), rest.end(), f"\n{indent}{new}")]
        if rest[0]
        else [Edit(end, end, f",\n{indent}{new}")]
    )


# Tables of Poetry and Pipenv


def _into_table(text: str, header: str, before: Contents, need: Requirement) -> list[Edit] | None:
    starts = _line_starts(text)
    begin = re.search(rf"(?m)^[ \t]*\[[ \t]*{re.escape(header)}[ \t]*\]", text)
    main = [r for r in before.requirements if not r.only_for and begin and starts[r.line - 1] > begin.start()]
    if not main:
        return None
    items = [(start, end, name) for start, end, name in (_line_item(text, r) for r in main)]
    value = need.specifier or "*"
    extras = ", ".join(f'"{extra}"' for extra in sorted(need.extras))
    content = f'{need.name} = {{version = "{value}", extras = [{extras}]}}' if extras else f'{need.name} = "{value}"'
    return _into_lines(text, items, content)


# Extras


def _with_extras(text: str, there: Requirement, need: Requirement) -> list[Edit] | None:
    start, end, _ = _line_item(text, there)
    line = text[start:end]
    extras = sorted(there.extras | need.extras)
    spelling = re.escape(need.name).replace(r"\-", "[-_.]+")
    if re.match(rf"[\"']?{spelling}[\"']?[ \t]*=[ \t]*[\"'{{]", line, re.IGNORECASE):
        found = re.match(r"([^=]*=[ \t]*)(\"[^\"]*\"|'[^']*')", line)
        if found is None or there.extras:
            return None  # the long form has its version and extras in any order
        listed = ", ".join(f'"{extra}"' for extra in extras)
        return [Edit(start + found.end(1), start + found.end(2), f"{{version = {found[2]}, extras = [{listed}]}}")]
    named = re.search(rf"(?i)(?<![\w.-])({spelling})(?:[ \t]*\[[^\]]*\])?(?![\w-])", line)
    if named is None:
        return None
    return [Edit(start + named.end(1), start + named.end(), f"[{','.join(extras)}]")]
