"""The changes as a patch for `git apply`, in the bytes of the files, whatever their encodings and newlines."""

from __future__ import annotations

from collections.abc import Iterator

from ..report import Report


def render(report: Report) -> Iterator[bytes]:
    """One combined diff for each file."""
    for result in report.plan.files:
        yield report.file_diff(result, exact=True).diff
