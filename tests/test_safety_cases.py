"""What is called safe changes nothing that programs show, see `safety_cases`."""

from __future__ import annotations

from pathlib import Path

import pytest
from safety_cases import SafetyCase, all_cases, differences
from twin import Worker

CASES = list(all_cases())


def test_the_cases_have_names_of_their_own() -> None:
    names = [case.name for case in CASES]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name, marks=[] if case.fast else pytest.mark.slow) for case in CASES]
)
def test_safe_changes_alter_nothing(case: SafetyCase, worker: Worker, tmp_path: Path) -> None:
    assert differences(case, worker, tmp_path) == []
