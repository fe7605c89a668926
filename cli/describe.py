"""`tgfix list`, `tgfix explain` and the documentation pages: the codemods' metadata, docstrings and examples."""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..codemods import load_codemods
from ..engine.model import Hazard, Safety
from ..engine.sources.config_file import local_codemods
from . import output
from .request import is_json

if TYPE_CHECKING:
    from ..engine.codemod import Codemod, Example
    from ..engine.sources.config import Option


def list_command(format: str) -> int:
    """Print all codemods."""
    codemods = load_codemods(local_codemods(Path.cwd()))
    if is_json(format):
        output.write([json.dumps([_entry(c) for c in codemods], indent=1).encode() + b"\n"])
    else:
        table = [(c.code, c.name, safety_words(c), f"{c.title}{' (off unless selected)' * c.opt_in}") for c in codemods]
        widths = [max(len(row[i]) for row in table) for i in range(3)]
        for row in table:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            output.write([("  ".join((*cells, row[3])) + "\n").encode()])
    return 0


def explain_command(wanted: str, format: str, *, everything: bool) -> int:
    """Print the page of one codemod, of one assumption, or of all assumptions (``safety``)."""
    if is_json(format):
        output.write([json.dumps(_data(wanted), indent=1).encode() + b"\n"])
        return 0
    page = _page(wanted, everything)
    if output.has_colour(sys.stdout):
        from .render import print_pieces

        print_pieces(styled(page))
    else:
        output.write([page.encode()])
    return 0


def _page(wanted: str, everything: bool) -> str:
    if wanted in ("safety", *(hazard.value for hazard in Hazard)):
        from . import hazards

        return f"# Assumptions\n\n{hazards.pages()}" if wanted == "safety" else f"{hazards.page(Hazard(wanted))}\n"
    return explanation(_codemod(wanted, load_codemods(local_codemods(Path.cwd()))), everything=everything)


def _data(wanted: str) -> dict[str, Any]:
    """What is on the page, as plain data."""
    if wanted in ("safety", *(hazard.value for hazard in Hazard)):
        from . import hazards

        return {"assumptions": [hazards.data(h) for h in Hazard if wanted in ("safety", h.value)]}
    codemod = _codemod(wanted, load_codemods(local_codemods(Path.cwd())))
    examples = [
        {
            "title": example.title,
            "safety": example.safety.value if example.after is not None else Safety.REPORT.value,
            "reason": example.reason,
            "options": dict(example.options),
            "before": dict(example.files),
            "after": dict(example.files_after) if example.after is not None else None,
        }
        for example in codemod.examples
    ]
    return {**_entry(codemod), "explanation": _docstring(codemod), "examples": examples}


def safety_words(codemod: Codemod) -> str:
    """What its rewrites may claim, as its examples show: "safe", "safe or unsafe", "unsafe", "report"."""
    shown = {example.safety for example in codemod.examples if example.after is not None}
    return (
        " or ".join(safety.value for safety in (Safety.SAFE, Safety.UNSAFE) if safety in shown) or Safety.REPORT.value
    )


#: The parts of a docstring that a page begins with, before and behind its example; the others are told by `--all`.
_FIRST, _THEN = ("What it does", "Why it is slow"), ("When it is safe",)


def explanation(codemod: Codemod, *, everything: bool = False) -> str:
    """The page of a codemod in Markdown, to be read in two minutes, or with everything that is known of it."""
    rewritten = [example for example in codemod.examples if example.after is not None]
    left = [example for example in codemod.examples if example.after is None and example.reason is not None]
    parts = [f"# {codemod.code} {codemod.name}"]
    if everything:
        parts += [_docstring(codemod), _facts(codemod)]
        if rewritten:
            parts += ["## Examples", *map(_example, rewritten)]
        if left:
            parts.append("## Left alone")
            parts += [f"{_capital(e.title)} (\u201c{e.reason}\u201d):\n\n{_sources(e)}" for e in left]
        return "\n\n".join(parts) + "\n"
    lead, *sections = re.split(r"^(?=## )", _docstring(codemod), flags=re.MULTILINE)
    told = {section.partition("\n")[0].removeprefix("## ").strip(): section.strip() for section in sections}
    parts += [lead.strip(), *(told[name] for name in _FIRST if name in told)]
    if rewritten:
        parts += ["## Example", _example(min(rewritten[:2], key=lambda example: len("".join(example.files.values()))))]
    parts += [told[name] for name in _THEN if name in told]
    more = [name[:1].lower() + name[1:] for name in told if name not in (*_FIRST, *_THEN)]
    more.append(f"{len(rewritten) + len(left)} examples")
    parts += [_facts(codemod), f"`tgfix explain {codemod.code} --all` adds: {', '.join(more)}."]
    return "\n\n".join(parts) + "\n"


def _facts(codemod: Codemod) -> str:
    """What can be said in a table: of the rewrites, and the options, which stand in the codemod's own table."""
    rows = [("rewrites are", safety_words(codemod))]
    if codemod.opt_in:
        rows.append(("off unless", f"`--select ALL,{codemod.code}`, or `select` in the configuration, names it"))
    if codemod.libraries:
        rows.append(("libraries", ", ".join(codemod.libraries)))
    if codemod.related:
        rows.append(("also detected, without a rewrite, by", ", ".join(codemod.related)))
    table = f"`[tool.tgfix.{codemod.name}]`"
    rows += [(f"{table}: `{option.name} = {_toml(option.default)}`", _option(option)) for option in codemod.options]
    lines = [f"| {name} | {text.replace('|', chr(92) + '|')} |" for name, text in rows]
    return "\n".join(["| | |", "|---|---|", *lines])


def _docstring(codemod: Codemod) -> str:
    return (sys.modules[type(codemod).__module__].__doc__ or codemod.title).strip()


def _option(option: Option) -> str:
    allowed = ""
    if option.choices is not None:
        allowed = f" (one of {', '.join(_toml(choice) for choice in option.choices)})"
    elif option.minimum is not None:
        allowed = f" (at least {option.minimum})"
    return f"{option.help}{allowed}"


def _toml(value: Any) -> str:
    return json.dumps(value)


def _example(example: Example) -> str:
    notes = [] if example.safety is Safety.SAFE else [example.safety.value]
    notes += [f"`{name} = {_toml(value)}`" for name, value in example.options.items()]
    title = _capital(example.title) + (f" ({', '.join(notes)})" if notes else "") + ":"
    diff = "".join(_diff(example))
    return f"{title}\n\n```diff\n{diff}```"


def _diff(example: Example) -> Iterator[str]:
    before, after = example.files, example.files_after
    for name in sorted(after):
        old, new = before.get(name, ""), after[name]
        header = f"a/{name}" if name in before else "/dev/null"
        yield from difflib.unified_diff(old.splitlines(True), new.splitlines(True), header, f"b/{name}")


def _sources(example: Example) -> str:
    several = len(example.files) > 1
    blocks = []
    for name, text in example.files.items():
        heading = f"# {name}\n" if several else ""
        blocks.append(f"```python\n{heading}{text.rstrip()}\n```")
    return "\n\n".join(blocks)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _entry(codemod: Codemod) -> dict[str, Any]:
    return {
        "code": codemod.code,
        "name": codemod.name,
        "title": codemod.title,
        "safety": safety_words(codemod).split(" or "),
        "opt_in": codemod.opt_in,
        "libraries": list(codemod.libraries),
        "related": list(codemod.related),
        "options": [
            {
                "name": o.name,
                "type": o.type.__name__,
                "default": o.default,
                "help": o.help,
                "choices": o.choices,
                "minimum": o.minimum,
            }
            for o in codemod.options
        ],
    }


def _codemod(wanted: str, codemods: Sequence[Codemod]) -> Codemod:
    """The codemod of that code or name.

    Raises:
        UsageError: there is none.
    """
    from ..engine.sources.config import did_you_mean
    from ..engine.sources.git import UsageError

    known = {key.lower(): codemod for codemod in codemods for key in (codemod.code, codemod.name)}
    if wanted.lower() in known:
        return known[wanted.lower()]
    hint = did_you_mean(wanted, known) or "; `tgfix list` shows them"
    raise UsageError(f"there is no codemod {wanted}{hint}")


def styled(page: str) -> Iterator[tuple[str, str]]:
    """A Markdown page for the terminal: headings underlined, diffs coloured, fences dropped."""
    block: list[str] | None = None
    for line in page.splitlines(keepends=True):
        if line.startswith("```"):
            if block:
                yield "diff", "".join(block)
            block = [] if line.startswith("```diff") else None
        elif block is not None:
            block.append(line)
        elif line.startswith("#"):
            yield "heading", line.lstrip("# ").rstrip("\n") + "\n"
        else:
            yield "", line
