"""Regenerate `knowledge/bot_methods.json`: the coroutines and errors of aiogram, Pyrogram with its forks, and pyTelegramBotAPI.

    python scripts/bot_methods.py [LIBRARY=DIRECTORY …]

`DIRECTORY` holds the package of a library ("pyrogram=site-packages/pyrogram"); several of the same name (releases, forks) count
together: a method or an error has to be in all that have its class. Libraries that are not named keep what the present table
says of them. Sources are read with `ast`; what stands in `yields.json`, because it surely sends something, is left out: run
`sure_yields.py` first.
"""

from __future__ import annotations

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sure_yields import LIBRARIES, methods, release

#: Where a library defines its exceptions, by the module that programs import them from.
_ERRORS = {
    "aiogram": {"aiogram.exceptions": "exceptions.py", "aiogram.utils.exceptions": "utils/exceptions.py"},
    "pyrogram": {"pyrogram.errors": "errors/**/*.py"},
    "telebot": {"telebot.asyncio_helper": "asyncio_helper.py"},
}
_ROOTS = ("Exception", "BaseException")


def called(name: str, directories: list[Path]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Kind → its coroutine methods, and kind → its asynchronous generators, as all releases that have them define them."""
    library = LIBRARIES[name]
    coroutines: dict[str, set[str]] = defaultdict(set)
    iterators: dict[str, set[str]] = defaultdict(set)
    others: set[tuple[str, str]] = set()
    for directory in directories:
        for (owner, method), function in methods(library, directory).items():
            kind = library.kind(owner)
            managers = any("contextmanager" in ast.unparse(decorator) for decorator in function.decorator_list)
            if not kind or managers or method.startswith("_") or method != method.lower():
                continue
            generates = any(isinstance(node, ast.Yield) for node in ast.walk(function))
            if isinstance(function, ast.AsyncFunctionDef):
                (iterators if generates else coroutines)[kind].add(method)
            elif library.makes_requests(function):
                coroutines[kind].add(method)
            else:
                others.add((kind, method))
    for kind in {*coroutines, *iterators}:
        both = coroutines[kind] & iterators[kind] | {method for owner, method in others if owner == kind}
        coroutines[kind] -= both
        iterators[kind] -= both
    return coroutines, iterators


def errors(name: str, directories: list[Path]) -> dict[str, dict[str, Any]]:
    """Module → base → the names of the classes below it, and the attributes that classes add, of all releases together."""
    table: dict[str, dict[str, Any]] = {}
    for module, pattern in _ERRORS[name].items():
        found = [dict(_classes(directory, pattern)) for directory in directories]
        found = [one for one in found if one]
        below: dict[str, list[str]] = defaultdict(list)
        attributes = {}
        for error in sorted(set.intersection(*map(set, found))):
            bases = {one[error][0] for one in found}
            if len(bases) == 1:
                below[bases.pop()].append(error)
                if own := set.intersection(*(one[error][1] for one in found)):
                    attributes[error] = " ".join(sorted(own))
        known = {error for names in below.values() for error in names}
        table[module] = {
            "below": {base: " ".join(names) for base, names in sorted(below.items()) if base in known | {*_ROOTS}},
            "attributes": attributes,
        }
    return table


def _classes(directory: Path, pattern: str) -> Iterator[tuple[str, tuple[str, set[str]]]]:
    """The exception classes of some files: name → its base and the attributes that it sets itself."""
    for path in sorted(directory.glob(pattern)):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.bases and not node.name.startswith("_"):
                base = ast.unparse(node.bases[0])
                if base.isidentifier() and not base.startswith("_"):
                    yield node.name, (base, set(_attributes(node)))


def _attributes(node: ast.ClassDef) -> Iterator[str]:
    for inner in ast.walk(node):
        match inner:
            case ast.Attribute(value=ast.Name(id="self"), attr=attr, ctx=ast.Store()) if not attr.startswith("_"):
                yield attr
            case ast.FunctionDef(name=name, decorator_list=[ast.Name(id="property")]):
                yield name


def main(arguments: list[str]) -> None:
    """Write the table."""
    given: dict[str, list[Path]] = defaultdict(list)
    for argument in arguments:
        name, _, directory = argument.partition("=")
        given[name].append(Path(directory))
    target = Path(__file__).resolve().parent.parent / "knowledge" / "bot_methods.json"
    table = json.loads(target.read_text(encoding="utf-8"))
    sure = json.loads(target.with_name("yields.json").read_text(encoding="utf-8"))["kinds"]
    for name, directories in given.items():
        table["provenance"][name] = sorted(map(release, directories))
        for key, found in zip(("coroutines", "iterators"), called(name, directories), strict=True):
            kept = {kind: names for kind, names in table[key].items() if kind.partition(".")[0] != name}
            new = {kind: " ".join(sorted(names - {*sure.get(kind, "").split()})) for kind, names in found.items()}
            table[key] = kept | {kind: names for kind, names in new.items() if names}
        table["errors"] |= errors(name, directories)
    target.write_text(json.dumps(table, indent=0, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
