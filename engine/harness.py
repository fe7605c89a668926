"""Tests that every codemod gets from its examples.

`check` raises AssertionError with a diff when an example does not do what it says. `variants` gives the same program
in other clothes (CRLF, tabs, BOM, no final newline, one level deeper in a class and an `if`), and each must be
rewritten alike.
"""

from __future__ import annotations

import ast
import difflib
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .codemod import Codemod, Example
from .model import Safety
from .rewriting.compose import compose
from .run.plan import Plan
from .run.planner import make_plan
from .sources.config import Settings
from .sources.discover import SUFFIXES

ROOT = Path("/project")


@dataclass(frozen=True, slots=True)
class Variant:
    """An example's sources and expectation as bytes, in one of several forms."""

    label: str
    before: dict[Path, bytes]
    after: dict[Path, bytes]


def run(
    codemods: Sequence[Codemod],
    files: Mapping[Path, bytes],
    *,
    unsafe: bool,
    options: Mapping[str, Mapping[str, Any]] | None = None,
) -> Plan:
    """Plan over files in memory, of which those that are no Python are looked at. `options` maps codemod names to their
    options.
    """
    settings = Settings(root=ROOT, unsafe_fixes=unsafe, options=dict(options or {}))
    programs = sorted(path for path in files if path.suffix in SUFFIXES)
    return make_plan(programs, codemods, settings, sources=files)


def result(plan: Plan, files: Mapping[Path, bytes]) -> dict[Path, bytes]:
    """The files as the plan leaves them."""
    return {**files, **{changed.path: changed.after for changed in plan.files}}


def plain(sources: Mapping[str, str]) -> dict[Path, bytes]:
    """Sources by name as files of the in-memory project."""
    return {ROOT / name: text.encode() for name, text in sources.items()}


def variants(example: Example) -> Iterator[Variant]:
    """The example as it stands, and in every form that applies to it."""
    before, after = example.files, example.files_after

    def form(label: str, transform, everywhere: bool = False) -> Variant:  # type: ignore[no-untyped-def]
        def made(name: str, text: str) -> bytes:
            # a file that the change creates (the support module) is not of the user's form
            suits = name in before and (everywhere or name.endswith(SUFFIXES))
            return transform(text) if suits else text.encode()

        return Variant(
            label, *({ROOT / name: made(name, text) for name, text in side.items()} for side in (before, after))
        )

    yield form("as it stands", str.encode)
    yield form("CRLF", lambda text: text.replace("\n", "\r\n").encode(), everywhere=True)
    yield form("BOM", lambda text: b"\xef\xbb\xbf" + text.encode())
    yield form("latin-1", lambda text: ("# -*- coding: latin-1 -*-\n# caf\u00e9\n\n" + text).encode("latin-1"))
    texts = (text for side in (before, after) for name, text in side.items() if name.endswith(SUFFIXES))
    if not any(map(_has_multiline_string, texts)):
        yield form("tabs", lambda text: _tabs(text).encode())
    if all(text.endswith("\n") for text in before.values()):
        yield form("no final newline", lambda text: text.removesuffix("\n").encode(), everywhere=True)


def check(codemod: Codemod, example: Example, variant: Variant) -> None:
    """The example's claim, for one of its forms: the result, the safety, the reason, and that a second run does
    nothing.
    """
    options = {codemod.name: example.options}
    unsafe = example.safety is Safety.UNSAFE
    plan = run([codemod], variant.before, unsafe=unsafe, options=options)
    _assert_no_problems(plan)
    produced = result(plan, variant.before)
    assert produced == variant.after, _difference(variant.after, produced)
    for changed in plan.files:
        if changed.path.suffix in SUFFIXES:
            ast.parse(changed.after)
    if unsafe:
        assert any(p.change.safety is Safety.UNSAFE for p in plan.chosen), "no change of it is unsafe"
        safe_only = run([codemod], variant.before, unsafe=False, options=options)
        assert safe_only.hidden or any(p.finding.alternatives for p in safe_only.chosen), (
            "nothing is hidden without --unsafe-fixes"
        )
    if example.reason is not None:
        reasons = [finding.reason or "" for finding in plan.left]
        assert any(example.reason in reason for reason in reasons), f"reasons given: {reasons}"
    if example.reason is None and example.after is None:
        assert not plan.findings, f"recognised: {[f.message for f in plan.findings]}"
    if plan.files:
        again = run([codemod], produced, unsafe=unsafe, options=options)
        _assert_no_problems(again)
        assert not again.files, "a second run changes it again"


def check_subsets(codemod: Codemod, example: Example, limit: int = 64) -> None:
    """Accepting any subset of the example's changes gives programs whose names are all defined."""
    files = plain(example.files)
    plan = run([codemod], files, unsafe=True, options={codemod.name: example.options})
    first = [p for p in plan.chosen if p.project.source(p.finding.path).data == files.get(p.finding.path)]  # type: ignore[union-attr]
    subsets = itertools.chain.from_iterable(itertools.combinations(first, size) for size in range(len(first) + 1))
    for subset in itertools.islice(subsets, limit):
        if subset:
            compose(subset[0].project, [proposal.change for proposal in subset])


def check_with_others(codemod: Codemod, example: Example, others: Sequence[Codemod]) -> None:
    """Every other codemod over the result: no failure, no change that fails verification."""
    files = plain(example.files_after)
    plan = run([other for other in others if other.code != codemod.code], files, unsafe=True)
    _assert_no_problems(plan)


def nested(example: Example) -> Example | None:
    """The example one level deeper, inside a class and an `if`, where its code does not depend on standing at module
    level.

    None where it does: imports, docstrings and calls at module level, several files.
    """
    if not isinstance(example.before, str) or not (example.after is None or isinstance(example.after, str)):
        return None
    before, after = _nest(example.before), _nest(example.after) if example.after else None
    if before is None or (example.after and after is None):
        return None
    return Example(before, after, example.reason, f"{example.title}, nested deeper", example.safety, example.options)


def _nest(text: str) -> str | None:
    tree = ast.parse(text)
    body = [s for s in tree.body if not isinstance(s, (ast.Import, ast.ImportFrom))]
    functions = [s for s in body if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if not body or len(functions) < len(body):
        return None
    names = {function.name for function in functions}
    if any(isinstance(n, ast.Name) and n.id in names for n in ast.walk(tree)) or _has_multiline_string(text):
        return None  # a class body hides its names from the methods
    start = min(function.lineno - 1 - len(function.decorator_list) for function in functions)
    lines = text.splitlines(keepends=True)
    if any(isinstance(s, (ast.Import, ast.ImportFrom)) and s.lineno > start for s in tree.body):
        return None
    deeper = "".join("        " + line if line.strip() else line for line in lines[start:])
    return "".join(lines[:start]) + "class Bot:\n    if True:\n" + deeper


def diff(example: Example, plan: Plan) -> str:
    """The difflib diff of a plan over an example, as snapshots hold it."""
    files = plain(example.files)
    after = result(plan, files)
    chunks: list[str] = []
    for path in sorted(after):
        old, new = files.get(path, b"").decode(), after[path].decode()
        name = path.relative_to(ROOT).as_posix()
        chunks += difflib.unified_diff(old.splitlines(True), new.splitlines(True), f"a/{name}", f"b/{name}")
    return "".join(chunks)


def _assert_no_problems(plan: Plan) -> None:
    assert not plan.problems, "; ".join(problem.message for problem in plan.problems)


def _difference(expected: Mapping[Path, bytes], produced: Mapping[Path, bytes]) -> str:
    lines: list[str] = []
    for path in sorted({*expected, *produced}):
        old, new = (side.get(path, b"").decode("latin-1").splitlines(True) for side in (expected, produced))
        lines += difflib.unified_diff(old, new, f"expected/{path.name}", f"produced/{path.name}")
    return "not the expected result:\n" + "".join(lines)


def _tabs(text: str) -> str:
    return re.sub(r"(?m)^(?:    )+", lambda match: "\t" * (len(match.group()) // 4), text)


def _has_multiline_string(text: str) -> bool:
    return any(
        isinstance(node, (ast.Constant, ast.JoinedStr))
        and (node.end_lineno or 0) > node.lineno
        and isinstance(getattr(node, "value", ""), str)
        for node in ast.walk(ast.parse(text))
    )
