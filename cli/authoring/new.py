"""`tgfix new`: the room of a new codemod, with documentation, examples and tests that pass at once."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from ...codemods import load_codemods
from ...engine.run.atomic import write_file
from ...engine.sources.git import UsageError
from .. import output

#: The families of the suite by the first digit of their codes.
FAMILIES = {
    "1": "handlers",
    "2": "http",
    "3": "files",
    "4": "errors",
    "5": "event_loop",
    "6": "telegram_api",
    "7": "memory",
}
#: Codes of local codemods begin here, those of plugins and of the suite are chosen by their authors.
LOCAL = "LOC001"


def new_command(name: str, *, code: str | None, plugin: bool) -> int:
    """Write a codemod: a room in a checkout of tgfix, else a file in ``tools/``, or with `plugin` a package of its own.

    Raises:
        UsageError: the name or code is wrong or taken, or something stands there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise UsageError(
            f"{name!r} is no name of a codemod; it says the outcome in kebab-case, such as get-running-loop"
        )
    known = {key for codemod in load_codemods() for key in (codemod.code, codemod.name)}
    here = Path.cwd()
    inside = (here / "codemods" / "event_loop").is_dir() and not plugin
    wanted = code or (None if inside else LOCAL)
    if wanted is None:
        raise UsageError("give the codemod a code of its family, such as --code TGF599; `tgfix list` shows those taken")
    for key in (name, wanted):
        if key in known:
            raise UsageError(f"{key} is taken")
    made = (
        _room(here, name, wanted) if inside else _plugin(here, name, wanted) if plugin else _local(here, name, wanted)
    )
    for path in made:
        if path.exists():
            raise UsageError(f"{path.relative_to(here)} exists")
    for path, text in made.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, None, text.encode())
        output.write([f"created {path.relative_to(here).as_posix()}\n".encode()])
    output.write([_next(name, inside=inside, plugin=plugin).encode()])
    return 0


def _room(here: Path, name: str, code: str) -> dict[Path, str]:
    """A room of the suite, in the family of its code."""
    match = re.fullmatch(r"TGF([1-7])\d\d", code)
    if match is None:
        raise UsageError(f"{code} is no code of the suite; those are TGF101 to TGF799")
    family = here / "codemods" / FAMILIES[match[1]]
    words = name.replace("-", "_")
    room = family / words
    made = {
        room / "__init__.py": _filled("codemod", name, code, "....engine").replace(
            f"\n{_ROOM_EXAMPLES[0]}", _ROOM_EXAMPLES[1]
        ),
        room / "examples.py": _filled("examples", name, code, "....engine"),
        here / "fixtures" / name / "before" / "bot.py": _filled("before", name, code),
        here / "fixtures" / name / "after" / "bot.py": _filled("after", name, code),
        here / "tests" / f"test_{words}.py": _filled("test", name, code),
    }
    if not family.is_dir():
        made[family / "__init__.py"] = f'"""TGF{match[1]}xx."""\n'
    return made


def _local(here: Path, name: str, code: str) -> dict[Path, str]:
    return {here / "tools" / f"{name.replace('-', '_')}.py": _in_one_file(name, code)}


def _plugin(here: Path, name: str, code: str) -> dict[Path, str]:
    package = f"tgfix_{name.replace('-', '_')}"
    top = here / f"tgfix-{name}"
    return {
        top / "pyproject.toml": _filled("plugin", name, code).replace("PACKAGE", package),
        top / "README.md": f"# tgfix-{name}\n\nA codemod for tgfix: `pip install .`, then `tgfix explain {code}`.\n",
        top / package / "__init__.py": _in_one_file(name, code),
        top / "tests" / "test_examples.py": _filled("plugin_test", name, code).replace("PACKAGE", package),
    }


_ROOM_EXAMPLES = ("EXAMPLES = ()", "from .examples import EXAMPLES")


def _in_one_file(name: str, code: str) -> str:
    """Codemod and examples together, on the public API."""
    codemod, examples = _filled("codemod", name, code), _filled("examples", name, code)
    table = examples[examples.index("EXAMPLES") :]
    return codemod.replace(f"{_ROOM_EXAMPLES[0]}\n", table)


def _filled(template: str, name: str, code: str, engine: str = "") -> str:
    text = (files(__package__) / "templates" / f"{template}.txt").read_text(encoding="utf-8")
    public = "from tgfix import Codemod, Finding, Module, fixed, left, replace, untouched"
    if engine and template == "codemod":
        text = text.replace(
            public, f"from {engine}.analysis.module import Module\nfrom {engine}.codemod import Codemod, replace\n"
            f"from {engine}.model import Finding",
        )  # fmt: skip
    if engine and template == "examples":
        text = text.replace("from tgfix import", f"from {engine}.codemod import")
    camel = "".join(word.capitalize() for word in name.split("-"))
    return (
        text.replace("CODE", code)
        .replace("NAME", name)
        .replace("CLASS", camel)
        .replace("WORDS", name.replace("-", "_"))
    )


def _next(name: str, *, inside: bool, plugin: bool) -> str:
    words = name.replace("-", "_")
    if inside:
        return f"Next: `tgfix test {name}`, `python docs/generate.py`, `pytest tests/test_{words}.py`; CONTRIBUTING.md tells the rest.\n"
    if plugin:
        return f"Next: `pip install -e tgfix-{name}` and `tgfix test {name}`.\n"
    return f'Next: `tgfix test tools/{words}.py`, then `codemods = ["tools/{words}.py"]` in [tool.tgfix].\n'
