"""Write what the package itself can say on the documentation's pages: ``python docs/generate.py``.

The page of a codemod is what `tgfix explain` prints, that in the reference what it prints with `--all`; the reference of
the commands comes from their help, that of the settings from their schema. So there is one text to keep right, and a
test compares them. The codemods also stand in zensical.toml, among the pages of the site.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from tgfix import Codemod, load_codemods
from tgfix.cli import hazards
from tgfix.cli.describe import explanation, safety_words
from tgfix.cli.main import app
from tgfix.cli.schema import settings_schema
from tgfix.engine.model import Hazard
from tgfix.engine.proofs.hazards import EXPLANATIONS
from tgfix.knowledge.blocking import FUNCTIONS, METHODS, ONE_THREAD, UNTIL
from tgfix.knowledge.bots import DISTRIBUTIONS

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
SITE = ROOT / "zensical.toml"
#: Folders in which every page is generated.
FOLDERS = (DOCS / "codemods", DOCS / "reference")
BEGIN, END = "what follows is generated", "end of what is generated"


def pages() -> dict[Path, str]:
    """Every generated file and its text."""
    codemods = load_codemods()
    reference = DOCS / "reference"
    return {
        DOCS / "codemods" / "index.md": _index(codemods),
        **{DOCS / "codemods" / _page(c): explanation(c) + _MORE.format(page=_page(c)) for c in codemods},
        **{reference / "codemods" / _page(c): explanation(c, everything=True) for c in codemods},
        reference / "assumptions.md": f"# Assumptions\n\n{_ASSUMPTIONS}\n\n{hazards.pages()}",
        reference / "commands.md": "\n\n".join(_commands()) + "\n",
        reference / "settings.md": "\n".join(_settings(settings_schema(codemods))) + "\n",
        DOCS / "blocking.md": blocking_page(),
        DOCS / "safety.md": _between(DOCS / "safety.md", f"\n{_hazards()}\n"),
        SITE: _between(SITE, _navigation(codemods)),
        ROOT / "cli" / "schemas" / "settings.json": json.dumps(settings_schema(codemods), indent=1, ensure_ascii=False)
        + "\n",
    }


def _page(codemod: Codemod) -> str:
    return f"{codemod.code}-{codemod.name}.md"


_MORE = "\nThat is on [a page of the reference](../reference/codemods/{page}), too.\n"

_ASSUMPTIONS = """\
What a rewrite may bring that somebody could notice, each with a program that shows how it bites. [Safety](../safety.md) says how they are
granted; `tgfix explain interleaving` prints one of them."""


def _between(file: Path, text: str) -> str:
    """A file with `text` between the lines that say what is generated in it."""
    before, begin, rest = file.read_text(encoding="utf-8").partition(BEGIN)
    head, _, after = rest.partition("\n")
    _, end, tail = after.rpartition(END)
    last = after[: after.rindex(END)].rpartition("\n")[2]
    return f"{before}{begin}{head}\n{text}{last}{end}{tail}"


def _table(*rows: tuple[str, ...]) -> str:
    """A table in Markdown, the first row its heads."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|---" * len(rows[0]) + "|", *lines[1:]])


def _index(codemods: list[Codemod]) -> str:
    rows = [
        (f"[{c.code}]({_page(c)})", f"`{c.name}`", c.title, f"{safety_words(c)}{', off unless selected' * c.opt_in}")
        for c in codemods
    ]
    table = _table(("code", "name", "what it does", "its rewrites are"), *rows)
    return _INDEX.format(table=table, libraries=_libraries(codemods))


def _libraries(codemods: list[Codemod]) -> str:
    """Which codemod works in bots of which library."""
    rows = []
    for codemod in codemods:
        everywhere = {*DISTRIBUTIONS}.isdisjoint(
            (*codemod.libraries, *codemod.reported)
        )  # about Python or another library
        cells = (
            "yes" if everywhere or name in codemod.libraries else "reported" if name in codemod.reported else "–"
            for name in DISTRIBUTIONS
        )
        rows.append((f"[{codemod.code}]({_page(codemod)})", "yes" if codemod.before_20 else "–", *cells))
    return _table(("", "python-telegram-bot 13", *(_TITLES[name] for name in DISTRIBUTIONS)), *rows)


def _navigation(codemods: list[Codemod]) -> str:
    """The pages of the codemods in zensical.toml."""
    short, full = (
        [f'{{ "{c.code} {c.name}" = "{folder}/{_page(c)}" }},\n' for c in codemods]
        for folder in ("codemods", "reference/codemods")
    )
    return "".join(
        f"      {line}" for line in (*short, '{ "With everything" = [\n', *(f"  {line}" for line in full), "] },\n")
    )


def _hazards() -> str:
    """What each assumption says, in a line."""
    link = "[`{0}`](reference/assumptions.md#{0})"
    return (
        _table(("assumption", "the rewrite brings"), *((link.format(h.value), EXPLANATIONS[h].brings) for h in Hazard))
        + "\n"
    )


def _commands() -> Iterator[str]:
    """Every command with its arguments and options, as its help tells them."""
    yield "# Commands\n\nGenerated from the commands; `tgfix COMMAND --help` prints the same."
    for name, command in sorted(typer.main.get_command(app).commands.items()):  # type: ignore[attr-defined]
        usage = " ".join(
            (p.metavar if p.required else f"[{p.metavar}]") + "..." * (p.nargs != 1)
            for p in command.params
            if _is_argument(p)
        )
        yield f"## tgfix {name}\n\n`{f'tgfix {name} [OPTIONS] {usage}'.strip()}`"
        yield command.help
        rows = [(_spelling(p), p.help) for p in command.params]
        if rows:
            yield _table(("", "meaning"), *rows)


def _is_argument(param: Any) -> bool:
    return bool(param.param_type_name == "argument")


def _spelling(param: Any) -> str:
    if _is_argument(param):
        return f"`{param.metavar}`"
    value = f" {param.metavar}" if param.metavar else ""
    return ", ".join(
        f"`{name}{value if name.startswith('--') else ''}`" for name in (*param.opts, *param.secondary_opts)
    )


def _settings(schema: dict[str, Any]) -> Iterator[str]:
    """Every key of `[tool.tgfix]` and of the codemods' tables, as their schema tells them."""
    keys = schema["properties"]
    tables = {name: about for name, about in keys.items() if about.get("additionalProperties") is False}
    plain = [(name, about) for name, about in keys.items() if name not in tables and "$ref" not in about]
    yield "# Settings\n\nGenerated from the JSON schema of `[tool.tgfix]`, which `tgfix schema` prints."
    yield "How to use them: [configuration](../configuration.md).\n"
    yield _table(("key", "type", "default", "meaning"), *(_setting(name, about) for name, about in plain))
    yield "\n## Tables of the codemods\n\nEach may also have `assume`, the assumptions that count as granted for it."
    for name, about in tables.items():
        options = [_setting(key, option) for key, option in about["properties"].items() if key != "assume"]
        if options:
            yield f"\n### `[tool.tgfix.{name}]`\n\n{about['description']}.\n"
            yield _table(("key", "type", "default", "meaning"), *options)


def _setting(name: str, about: dict[str, Any]) -> tuple[str, ...]:
    default = f"`{json.dumps(about['default'])}`" if "default" in about else ""
    values = " or ".join(f"`{json.dumps(value)}`" for value in about.get("enum", ()))
    return (
        f"`{name}`",
        values or {"array": "list", "object": "table"}.get(about["type"], about["type"]),
        default,
        about["description"],
    )


def blocking_page() -> str:
    """docs/blocking.md: what is known to block."""
    functions: dict[str, list[str]] = {}
    for name, kind in FUNCTIONS.items():
        functions.setdefault(kind, []).append(f"`{name.removeprefix('builtins.')}()`")
    rows = [f"| {UNTIL[kind]} | {', '.join(names)} |" for kind, names in functions.items()]
    objects = [
        f"| `{owner}` | {UNTIL[kind]} | {', '.join(f'`{name}()`' for name in sorted(names))} |{' yes |' if owner in ONE_THREAD else ' |'}"
        for owner, (kind, names) in METHODS.items()
    ]
    return _BLOCKING.format(functions="\n".join(rows), objects="\n".join(objects))


_TITLES = {
    "python-telegram-bot": "python-telegram-bot ≥ 20",
    "telethon": "Telethon",
    "aiogram": "aiogram 2 and 3",
    "pyrogram": "Pyrogram, Hydrogram, kurigram, pyrofork",
    "pyTelegramBotAPI": "pyTelegramBotAPI (asynchronous)",
}
_INDEX = """\
# Codemods

Generated from the codemods; `tgfix explain CODE` prints a page, with `--all` everything.

{table}

## In which bots

"reported": the pattern is found and left alone, with what can be done about it. Bots of python-telegram-bot 13 have no event loop that
could stand still.

{libraries}
"""
_BLOCKING = """\
# What is known to block

Generated from `tgfix/knowledge/blocking.py`, which names the releases that were looked at. In a coroutine, or in a plain function
that a coroutine calls, these stop the whole bot until what they wait for has happened. [TGF501](codemods/TGF501-async-sleep.md) is
about `time.sleep()`, [TGF202](codemods/TGF202-blocking-http.md) about requests, [TGF302](codemods/TGF302-async-file-io.md) about
files, [TGF502](codemods/TGF502-blocking-call.md) about the rest, child processes (`subprocess`, `os.system()`) and `sqlite3`, and
about all of these in plain functions. What does not stand here is not known to block.

## Functions

| they return when | functions |
|---|---|
{functions}

## Methods

An object that one thread at a time may use, and that all handlers share, cannot move to threads call by call.

| objects | they return when | methods | one thread at a time |
|---|---|---|---|
{objects}
"""


def main() -> None:
    """Write all of it, and remove the pages of codemods that are gone."""
    wanted = pages()
    for stale in {page for folder in FOLDERS for page in folder.rglob("*.md")} - set(wanted):
        stale.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
