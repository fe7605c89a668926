"""A report for a pull request: counts by codemod, then every change folded behind its title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .. import assumptions
from ..report import Report, count
from ..summary import rows, sentence

if TYPE_CHECKING:
    from ...engine.run.plan import Proposal

#: GitHub takes comments of up to 65,536 characters; diffs that do not fit any more are left out, and it is said.
MAX_CHARACTERS = 60_000
#: What a folded change takes at least.
_FOLDED = 200


def render(report: Report) -> Iterator[bytes]:
    """The report as UTF-8."""
    yield "".join(_parts(report)).encode("utf-8", "replace")


def _parts(report: Report) -> Iterator[str]:
    plan = report.plan
    text = _escape(sentence(report))
    head = f"## tgfix\n\n{text[:1].upper()}{text[1:]}.\n"
    table = rows(report)
    if table:
        head += "\n| codemod | changes | need an eye | left alone | files |\n|---|--:|--:|--:|--:|\n"
        for row in table:
            title = _escape(report.title(row.code, row.name))
            numbers = " | ".join(f"{n:,}" for n in (row.changes, row.hidden, row.left, len(row.files)))
            head += f"| **{row.code}** {row.name}: {title} | {numbers} |\n"
    usual = assumptions.Usual((p.finding.code, p.change) for p in (*plan.chosen, *plan.undecided, *plan.hidden))
    for row in table:
        if said := usual.said(row.code):
            head += f"\nMost changes of {row.code} assume {'; '.join(map(_escape, said))}.\n"
    yield head
    room = MAX_CHARACTERS - len(head)
    sections = (
        ("Changes", plan.chosen),
        ("Undecided", plan.undecided),
        *(
            (f"Need a person\u2019s eye: {assumptions.heading(hazards, len(found))}", found)
            for hazards, found in assumptions.grouped(plan.hidden)
        ),
    )
    left_out = 0
    for title, proposals in sections:
        if not proposals:
            continue
        heading = f"\n### {title}\n"
        yield heading
        room -= len(heading)
        for proposal in proposals:
            # composing a change alone takes time: not where not even its summary fits
            text = _change(report, proposal, usual) if room >= _FOLDED else ""
            if not text or len(text) > room:
                left_out += 1
                continue
            room -= len(text)
            yield text
    if left_out:
        yield f"\n{count(left_out, 'change')} more; `tgfix apply --dry-run` shows all.\n"
    yield from _left_alone(report)


def _change(report: Report, proposal: Proposal, usual: assumptions.Usual) -> str:
    change, finding = proposal.change, proposal.finding
    diff = "".join(part.text for part in report.diffs_alone(proposal)).replace("\r\n", "\n")
    fence = "`" * max(3, 1 + max(map(len, re.findall(r"`+", diff)), default=0))
    codes = " and ".join(finding.codes)
    summary = (
        f"<code>{_html(report.place(finding))}</code> {codes} {_html(change.title)} <b>[{change.safety.value}]</b>"
    )
    assumed = "".join(f"- {_escape(line)}\n" for line in usual.lines(finding.code, change, report.label))
    assumed = f"{assumed}\n" if assumed else ""
    end = "" if diff.endswith("\n") else "\n"
    return f"\n<details><summary>{summary}</summary>\n\n{_escape(change.why)}\n\n{assumed}{fence}diff\n{diff}{end}{fence}\n\n</details>\n"


def _left_alone(report: Report) -> Iterator[str]:
    left = report.plan.left
    if left:
        yield "\n### Left alone\n\n"
        for (code, reason), number in Counter((f.code, f.reason or "") for f in left).most_common():
            places = [report.place(f) for f in left if (f.code, f.reason) == (code, reason)][:5]
            more = f" and {number - len(places):,} more" if number > len(places) else ""
            yield f"- {code}: {_escape(reason)} ({', '.join(f'`{place}`' for place in places)}{more})\n"


def _escape(text: str) -> str:
    """Prose as Markdown that shows it as it is; what stands in backquotes stays code."""
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(p if n % 2 else re.sub(r"([\\*_\[\]<>|#])", r"\\\1", p) for n, p in enumerate(pieces))


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
