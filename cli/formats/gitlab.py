"""GitLab's code quality report: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.

GitLab wants paths from the root of the repository: call tgfix there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from ..report import Report
from .entries import entries


def render(report: Report) -> Iterator[bytes]:
    """One array; what can be rewritten is minor, what is left alone is info."""
    found = [
        {
            "description": entry.text(report.label),
            "check_name": entry.finding.kind,
            "fingerprint": entry.finding.fingerprint,
            "severity": "minor" if entry.proposal else "info",
            "location": {
                "path": report.label(entry.finding.path),
                "lines": {"begin": entry.finding.line, "end": entry.finding.end_line},
            },
        }
        for entry in entries(report)
    ]
    yield json.dumps(found, indent=1).encode() + b"\n"
