"""Every codemod's examples, in every form, and what must hold for all codemods."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tgfix.codemods import load_codemods
from tgfix.engine import harness
from tgfix.engine.codemod import Codemod, Example
from tgfix.engine.model import Helper, Safety

CODEMODS = load_codemods()
CASES = [(codemod, example) for codemod in CODEMODS for example in codemod.examples]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _id(value: object) -> str:
    return value.code if isinstance(value, Codemod) else _slug(value.title) if isinstance(value, Example) else ""


NESTED = [(codemod, nested) for codemod, example in CASES if (nested := harness.nested(example)) is not None]


def assert_it_does_what_it_says(codemod: Codemod, example: Example, *forms: str) -> None:
    failed = {}
    for variant in harness.variants(example):
        try:
            if not forms or variant.label in forms:
                harness.check(codemod, example, variant)
        except AssertionError as error:
            failed[variant.label] = error
    if failed:
        raise AssertionError(f"as {', '.join(failed)}") from next(iter(failed.values()))


@pytest.mark.parametrize(("codemod", "example"), CASES, ids=_id)
def test_an_example_does_what_it_says(codemod: Codemod, example: Example) -> None:
    assert_it_does_what_it_says(codemod, example)


@pytest.mark.parametrize(("codemod", "example"), NESTED, ids=_id)
def test_an_example_does_one_level_deeper_what_it_says(codemod: Codemod, example: Example) -> None:
    assert_it_does_what_it_says(codemod, example, "as it stands", "tabs")


@pytest.mark.parametrize(("codemod", "example"), CASES, ids=_id)
def test_any_subset_of_an_examples_changes_leaves_a_program(codemod: Codemod, example: Example) -> None:
    harness.check_subsets(codemod, example)


@pytest.mark.parametrize(("codemod", "example"), CASES, ids=_id)
def test_the_other_codemods_take_an_examples_result(codemod: Codemod, example: Example) -> None:
    harness.check_with_others(codemod, example, CODEMODS)


@pytest.mark.parametrize(("codemod", "example"), [c for c in CASES if c[1].after is not None], ids=_id)
def test_an_examples_diff_is_the_known_one(codemod: Codemod, example: Example, snapshot) -> None:  # type: ignore[no-untyped-def]
    unsafe = example.safety is Safety.UNSAFE
    plan = harness.run([codemod], harness.plain(example.files), unsafe=unsafe, options={codemod.name: example.options})
    snapshot.snapshot_dir = snapshot.snapshot_dir.parents[1] / codemod.name
    snapshot.assert_match(harness.diff(example, plan), f"{_slug(example.title)}.diff")


def _with_required(helper: Helper) -> Iterator[Helper]:
    yield helper
    for required in helper.requires:
        yield from _with_required(required)


@pytest.mark.slow
@pytest.mark.parametrize("codemod", CODEMODS, ids=_id)
def test_support_code_is_laid_out_as_a_formatter_does_for_short_lines_and_for_long_ones(codemod: Codemod) -> None:
    sources = set()
    for example in codemod.examples:
        if example.after is not None:
            options = {codemod.name: example.options}
            plan = harness.run([codemod], harness.plain(example.files), unsafe=True, options=options)
            parts = [part for finding in plan.chosen if finding.change for part in finding.change.files]
            sources |= {one.source for part in parts for helper in part.helpers for one in _with_required(helper)}
    together = "\n\n".join(sorted(sources))
    for length in (88, 120):
        ruff = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={length}", "-"]
        assert subprocess.run(ruff, input=together, capture_output=True, text=True, check=True).stdout == together


@pytest.mark.parametrize("codemod", CODEMODS, ids=_id)
def test_a_codemod_is_fully_described(codemod: Codemod) -> None:
    import sys

    page = sys.modules[type(codemod).__module__].__doc__ or ""
    headings = re.findall(r"(?m)^## (.+)$", page)
    assert headings[:4] == ["What it does", "Why it is slow", "When it is safe", "When it leaves code alone"], headings
    assert headings[-1] == "References"
    assert re.fullmatch(r"TGF[1-7]\d\d", codemod.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", codemod.name)
    assert not codemod.title.endswith(".") and codemod.title[0].isupper()
    assert codemod.needles
    kinds = [(e.after is not None, e.reason is not None) for e in codemod.examples]
    assert (codemod.by_hand or (True, False) in kinds) and (False, True) in kinds and (False, False) in kinds
    titles = [_slug(e.title) for e in codemod.examples]
    assert len(titles) == len(set(titles)) and all(titles)


def test_codes_and_names_are_unique() -> None:
    keys = [key for codemod in CODEMODS for key in (codemod.code, codemod.name)]
    assert len(keys) == len(set(keys))
