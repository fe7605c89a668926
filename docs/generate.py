"""Write the documentation pages of the codemods and the schema of the settings: ``python docs/generate.py``.

A page is what `tgfix explain` prints, so there is one text to keep right (`--all` has the rest). A test compares the
pages with the codemods.
"""

from __future__ import annotations

import json
from pathlib import Path

from tgfix import load_codemods
from tgfix.cli import hazards
from tgfix.cli.describe import explanation, safety_words
from tgfix.cli.schema import settings_schema
from tgfix.knowledge.blocking import FUNCTIONS, METHODS, ONE_THREAD, UNTIL

PAGES = Path(__file__).parent / "codemods"
SAFETY = Path(__file__).parent / "safety.md"
BLOCKING = Path(__file__).parent / "blocking.md"
SCHEMA = Path(__file__).parents[1] / "cli" / "schemas" / "settings.json"
BEGIN, END = "<!-- what follows is generated -->", "<!-- end -->"


def pages() -> dict[Path, str]:
    """Every generated page and its text."""
    codemods = load_codemods()
    rows = [f"| [{c.code}]({c.code}-{c.name}.md) | `{c.name}` | {c.title} | {safety_words(c)} |" for c in codemods]
    table = "\n".join(["| code | name | what it does | its rewrites are |", "|---|---|---|---|", *rows])
    index = f"# Codemods\n\nGenerated from the codemods; `tgfix explain CODE` prints a page, with `--all` everything.\n\n{table}\n"
    schema = json.dumps(settings_schema(codemods), indent=1, ensure_ascii=False) + "\n"
    return {PAGES / "index.md": index, SAFETY: safety_page(), BLOCKING: blocking_page(), SCHEMA: schema} | {
        PAGES / f"{c.code}-{c.name}.md": explanation(c) for c in codemods
    }


def safety_page() -> str:
    """docs/safety.md with the assumptions as the package explains them."""
    head, _, rest = SAFETY.read_text(encoding="utf-8").partition(BEGIN)
    return f"{head}{BEGIN}\n\n{hazards.pages()}\n{END}{rest.partition(END)[2]}"


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
    """Write all pages and remove those of codemods that are gone."""
    PAGES.mkdir(exist_ok=True)
    wanted = pages()
    for stale in set(PAGES.glob("*.md")) - set(wanted):
        stale.unlink()
    for path, text in wanted.items():
        path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
