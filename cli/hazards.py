"""`tgfix explain` for assumptions: what each means, when it is proved, and a program that shows how it bites."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from ..engine.model import Hazard
from ..engine.proofs.hazards import EXPLANATIONS


def pages() -> str:
    """All assumptions in Markdown, a section for each."""
    return "\n\n".join(page(hazard, level="###") for hazard in Hazard) + "\n"


def page(hazard: Hazard, level: str = "#") -> str:
    """One assumption in Markdown."""
    about = EXPLANATIONS[hazard]
    parts = [f"{level} `{hazard.value}`", f"It brings: {about.brings}.\n\nProved when: {about.proved}."]
    if about.before:
        parts.append("A rewrite without a proof, and what the program prints before and after it:")
        parts.append(f"```diff\n{''.join(_difference(about.before, about.after))}```")
        parts.append(f"{_printed('before', about.prints)}\n{_printed('after', about.prints_after)}")
    return "\n\n".join(parts)


def data(hazard: Hazard) -> dict[str, Any]:
    """One assumption as plain data."""
    return {"name": hazard.value, **asdict(EXPLANATIONS[hazard])}


def _difference(before: str, after: str) -> Iterator[str]:
    lines = list(difflib.unified_diff(before.splitlines(True), after.splitlines(True), n=100))
    return iter(lines[3:])  # without the names and the position: it is the whole program


def _printed(when: str, text: str) -> str:
    return f"- {when}: {', '.join(f'`{line}`' for line in text.splitlines())}"
