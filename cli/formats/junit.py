"""JUnit's XML, which most CI servers show as test results: https://github.com/testmoapp/junitxml.

A file is a suite, a finding a test case: failed where it can be rewritten, skipped where it is left alone. A file that could
not be worked on is an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from ..report import Report
from .entries import Entry, entries

if TYPE_CHECKING:
    from ...engine.problem import Problem

#: What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report) -> Iterator[bytes]:
    """The document; a run that finds nothing is a suite with a test that passed, since servers refuse empty ones."""
    suites = []
    for path, found in groupby(entries(report), lambda entry: entry.finding.path):
        suites.append(_suite(report.label(path), [_case(report, entry) for entry in found]))
    wrong = [problem for problem in report.problems if not problem.remark]
    for path, problems in groupby(sorted(wrong, key=lambda problem: problem.path), lambda problem: problem.path):
        suites.append(_suite(report.label(path), [_error(report, path, problem) for problem in problems]))
    if not suites:
        suites = [_suite("tgfix", ['<testcase name="No findings" classname="tgfix"/>'])]
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="tgfix">\n'
    for suite in suites:
        yield suite.encode("utf-8", "replace")
    yield b"</testsuites>\n"


def _suite(name: str, cases: list[str]) -> str:
    kinds = {kind: sum(f"<{kind} " in case for case in cases) for kind in ("failure", "error", "skipped")}
    counts = (
        f'tests="{len(cases)}" failures="{kinds["failure"]}" errors="{kinds["error"]}" skipped="{kinds["skipped"]}"'
    )
    return f"<testsuite name={_attribute(name)} {counts}>\n" + "".join(f"{case}\n" for case in cases) + "</testsuite>\n"


def _case(report: Report, entry: Entry) -> str:
    finding = entry.finding
    name = _attribute(f"{finding.kind} at {finding.line}:{finding.column + 1}")
    path = report.label(finding.path)
    head = f'<testcase name={name} classname={_attribute(path)} file={_attribute(path)} line="{finding.line}">'
    text = entry.text(report.label)
    if entry.proposal is None:
        return f"{head}<skipped message={_attribute(text)}/></testcase>"
    message = f"message={_attribute(finding.message)} type={_attribute(entry.safety)}"
    return f"{head}<failure {message}>{_text(f'{report.place(finding)}: {text}')}</failure></testcase>"


def _error(report: Report, path: Path, problem: Problem) -> str:
    place = report.label(path)
    line = "" if problem.line is None else f' line="{problem.line}"'
    head = f'<testcase name="is examined" classname={_attribute(place)} file={_attribute(place)}{line}>'
    kind = "error" if problem.fatal else "skipped"
    return f"{head}<{kind} message={_attribute(problem.message)}/></testcase>"


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))


def _attribute(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("\ufffd", text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})
