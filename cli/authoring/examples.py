"""`tgfix test`: run the examples of codemods through the harness, in every form, for authors inside and outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ...codemods import load_codemods, load_file
from ...engine import harness
from ...engine.codemod import Codemod, Example
from ...engine.sources.git import UsageError
from .. import output
from ..report import count


def test_command(targets: Sequence[str]) -> int:
    """Run the examples of the codemods that `targets` name: files, directories of them, codes or names.

    Returns:
        0 when every example does what it says, else 1.

    Raises:
        UsageError: a target is neither a path nor a codemod, or a file cannot be used.
    """
    everything = load_codemods()
    failed = 0
    tried = 0
    for codemod in _codemods(targets, everything):
        for example in codemod.examples:
            tried += 1
            for complaint in complaints(codemod, example, everything):
                failed += 1
                output.write([f"{codemod.code} {codemod.name}: {complaint}\n".encode()])
                break
        if not codemod.examples:
            raise UsageError(f"{codemod.code} {codemod.name} has no examples")
    output.write([f"{count(tried, 'example')}, {failed:,} failed\n".encode()])
    return 1 if failed else 0


def complaints(codemod: Codemod, example: Example, others: Sequence[Codemod]) -> Iterator[str]:
    """What is wrong with an example: in one of its forms, with some of its changes, or under the other codemods."""
    forms = [
        (base, variant) for base in (example, harness.nested(example)) if base for variant in harness.variants(base)
    ]
    for base, variant in forms:
        try:
            harness.check(codemod, base, variant)
        except AssertionError as error:
            yield f"{base.title} ({variant.label}): {error}"
    try:
        harness.check_subsets(codemod, example)
        harness.check_with_others(codemod, example, others)
    except AssertionError as error:
        yield f"{example.title}: {error}"


def _codemods(targets: Sequence[str], everything: Sequence[Codemod]) -> list[Codemod]:
    found: list[Codemod] = []
    for target in targets:
        path = Path(target)
        named = [codemod for codemod in everything if target.casefold() in (codemod.code.casefold(), codemod.name)]
        if named:
            found += named
        elif path.is_dir():
            inside = [file for file in sorted(path.rglob("*.py")) if b"Codemod)" in file.read_bytes()]
            if not inside:
                raise UsageError(f"{target}: no file in it defines a codemod")
            found += [codemod for file in inside for codemod in load_file(file)]
        elif path.exists():
            found += load_file(path)
        else:
            raise UsageError(f"{target} is neither a path nor a codemod")
    return found
