"""The page as HTML."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from ...engine.model import Safety
from ...engine.report.model import Overview
from ...engine.run.plan import Proposal
from .. import assumptions
from ..diffrows import Row, diff_rows
from ..escape import escaped, prose, shown
from ..overview.page import fragment
from ..overview.words import Words
from ..report import count, place_of
from .highlight import Piece, line_html, pieces_by_line
from .model import Document, Form, Shown, gain

#: Places of one reason that are listed; the others are counted.
LISTED = 50


def render(document: Document, overview: Overview, version: str) -> str:
    """The whole page; `overview` is its first tab."""
    numbers = {change.finding.fingerprint: n for n, change in enumerate(document.changes, 1)}
    values = {
        "bot": fragment(Words(overview, document.label, document.root.name), numbers),
        "title": f"tgfix report: {document.root.name}",
        "style": _resource("style.css"),
        "script": _resource("script.js"),
        "identity": document.identity,
        "data": _data(document),
        "summary": _summary(document),
        "options": _options(document),
        "assumed": _assumed(document),
        "codemods": "".join(_codemods(document)),
        "files": "".join(_files(document)),
        "changes": "".join(_change(document, n, change) for n, change in enumerate(document.changes, 1)),
        "left": "".join(_left(document)),
        "skipped": "".join(_skipped(document)),
        "version": version,
    }
    raw = {
        "bot",
        "style",
        "script",
        "data",
        "summary",
        "options",
        "assumed",
        "codemods",
        "files",
        "changes",
        "left",
        "skipped",
    }
    page = _resource("page.html")
    return re.sub(r"\{\{(\w+)\}\}", lambda m: values[m[1]] if m[1] in raw else escaped(values[m[1]]), page)


def _resource(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _data(document: Document) -> str:
    """What the script needs: for each change the decisions that its forms stand for."""
    changes = [
        {"key": change.finding.fingerprint, "answer": change.answer, "form": change.preferred,
         "forms": [form.entry for form in change.forms],
         "assumes": [[hazard.value for hazard in assumptions.hazards_of(form.proposal.change)] for form in change.forms]}
        for change in document.changes
    ]  # fmt: skip
    return json.dumps(changes).replace("<", "\\u003c")


def _summary(document: Document) -> str:
    safe = sum(change.forms[change.preferred].proposal.change.safety is Safety.SAFE for change in document.changes)
    paths = {path for change in document.changes for form in change.forms for path in form.parts}
    parts = [
        f"<b>{count(len(document.changes), 'change')}</b> in {count(len(paths), 'file')}",
        f"{safe:,} safe, {len(document.changes) - safe:,} that need a person\u2019s eye",
        f"{count(len(document.left), 'place')} left alone",
        f"{count(document.examined, 'file')} examined",
    ]
    if document.suppressed:
        parts.append(f"{document.suppressed:,} suppressed")
    return " \u00b7 ".join(parts)


def _options(document: Document) -> str:
    codes = sorted({change.finding.code for change in document.changes})
    return "".join(
        f'<option value="{escaped(c)}">{escaped(c)} {escaped(document.codemods[c].name)}</option>' for c in codes
    )


def _assumed(document: Document) -> str:
    """What the changes assume, as values of the filter."""
    preferred = [change.forms[change.preferred].proposal.change for change in document.changes]
    counts = Counter(hazard.value for change in preferred for hazard in assumptions.hazards_of(change))
    return "".join(
        f'<option value="assumes:{name}">assumes {name} ({n:,})</option>' for name, n in counts.most_common()
    )


def _codemods(document: Document) -> Iterator[str]:
    safeties = Counter((c.finding.code, c.forms[c.preferred].proposal.change.safety) for c in document.changes)
    left = Counter(finding.code for finding in document.left)
    for code in sorted({code for code, _ in safeties} | set(left)):
        codemod = document.codemods[code]
        numbers = (safeties[code, Safety.SAFE], safeties[code, Safety.UNSAFE], left[code])
        cells = "".join(f'<td class="n">{n:,}</td>' for n in numbers)
        name = f'<button type="button" class="link" data-code="{escaped(code)}">{escaped(code)} {escaped(codemod.name)}</button>'
        said = "".join(f"<li>{prose(line)}</li>" for line in document.usual.said(code))
        said = f"<p>most of them assume</p><ul class='assumes'>{said}</ul>" if said else ""
        yield f"<tr><th>{name}<p>{escaped(codemod.title)}</p>{said}</th>{cells}<td class='gain'>{prose(gain(codemod))}</td></tr>"


def _files(document: Document) -> Iterator[str]:
    counts: Counter[Path] = Counter()
    for change in document.changes:
        counts.update(change.forms[change.preferred].parts.keys())
    for path in sorted(counts):
        name = escaped(document.label(path))
        yield f'<li><button type="button" class="link" data-path="{name}">{name}</button> {counts[path]:,}</li>'


def _change(document: Document, number: int, change: Shown) -> str:
    finding = change.finding
    place = f"{place_of(finding.path, finding.line, document.label(finding.path))}:{finding.column + 1}"
    paths = " ".join(sorted({document.label(path) for form in change.forms for path in form.parts}))
    several = len(change.forms) > 1
    choice = ""
    if several:
        radios = "".join(
            f'<label><input type="radio" name="form-{number}" value="{n}"{" checked" if n == change.preferred else ""}> '
            f"{escaped(form.proposal.change.title)} ({form.proposal.change.safety.value})</label>"
            for n, form in enumerate(change.forms)
        )
        choice = f'<fieldset class="forms"><legend>Forms</legend>{radios}</fieldset>'
    bodies = "".join(
        f'<div class="form" data-form="{n}"{"" if n == change.preferred else " hidden"}>{_form(document, form)}</div>'
        for n, form in enumerate(change.forms)
    )
    return f"""
<article id="c{number}" tabindex="-1" data-key="{escaped(finding.fingerprint)}" data-code="{escaped(finding.code)}"
 data-paths="{escaped(paths)}" aria-label="Change {number}">
<header><span class="number">{number}</span> <span class="place">{escaped(place)}</span>
<span class="code">{escaped(finding.kind)}</span>
<span class="buttons"><button type="button" class="yes" aria-pressed="false">Accept</button>
<button type="button" class="no" aria-pressed="false">Refuse</button></span></header>
<p class="message">{prose(finding.message)}</p>{choice}{bodies}
</article>"""


def _form(document: Document, form: Form) -> str:
    change = form.proposal.change
    badge = f'<span class="badge {change.safety.value}">{change.safety.value}</span>'
    sentences = "".join(
        f"<li>{prose(line)}</li>" for line in document.usual.lines(form.proposal.finding.code, change, document.label)
    )
    assumed = f"<ul class='assumes'>{sentences}</ul>" if sentences else ""
    diffs = "".join(_diff(document, form.proposal, path, *form.parts[path]) for path in sorted(form.parts))
    return f"<h3>{escaped(change.title)} {badge}</h3><p class='why'>{prose(change.why)}</p>{assumed}{diffs}"


def _diff(document: Document, proposal: Proposal, path: Path, before: bytes | None, after: bytes) -> str:
    source = proposal.project.source(path)
    encoding = source.encoding if source else "utf-8"
    old = (before or b"").decode(encoding, "replace").removeprefix("\ufeff")
    new = after.decode(encoding, "replace").removeprefix("\ufeff")
    old_pieces, new_pieces = _pieces(old), _pieces(new)
    rows = []
    for index, hunk in enumerate(diff_rows(old, new)):
        if index:
            rows.append("<tr class='gap'><td colspan='4'>\u22ef</td></tr>")
        rows += (_row(row, old_pieces, new_pieces) for row in hunk)
    new_file = " (new file)" if before is None else ""
    return f"""<figure><figcaption>{escaped(document.label(path))}{new_file}</figcaption>
<div class="scroll"><table class="diff{" new" if before is None else ""}">{"".join(rows)}</table></div></figure>"""


@lru_cache(maxsize=64)
def _pieces(text: str) -> dict[int, list[Piece]]:
    return pieces_by_line(text)


def _row(row: Row, old: dict[int, list[Piece]], new: dict[int, list[Piece]]) -> str:
    kind = "ch" if row.changed else "eq"
    left = _cell(row.old_number, "o", line_html(row.old, old.get(row.old_number or 0, ()), row.old_marks))
    right = _cell(row.new_number, "w", line_html(row.new, new.get(row.new_number or 0, ()), row.new_marks))
    return f"<tr class='{kind}'>{left}{right}</tr>"


def _cell(number: int | None, side: str, body: str) -> str:
    if number is None:
        return f"<td class='l {side} no'></td><td class='t {side} no'></td>"
    return f"<td class='l {side}'>{number}</td><td class='t {side}'>{shown(body)}</td>"


def _left(document: Document) -> Iterator[str]:
    by_reason: dict[tuple[str, str], list[str]] = {}
    for finding in document.left:
        place = f"{place_of(finding.path, finding.line, document.label(finding.path))}:{finding.column + 1}"
        by_reason.setdefault((finding.code, finding.reason or ""), []).append(place)
    for (code, reason), places in sorted(by_reason.items(), key=lambda item: (-len(item[1]), item[0])):
        listed = ", ".join(f"<span class='place'>{escaped(place)}</span>" for place in places[:LISTED])
        more = f" and {len(places) - LISTED:,} more" if len(places) > LISTED else ""
        yield (
            f'<li data-code="{escaped(code)}"><span class="code">{escaped(code)}</span> {prose(reason)}'
            f"<br><small>{listed}{more}</small></li>"
        )


def _skipped(document: Document) -> Iterator[str]:
    for problem in document.problems:
        where = document.label(problem.path) + ("" if problem.line is None else f":{problem.line}")
        yield f"<li><span class='place'>{escaped(where)}</span> {escaped(problem.message)}</li>"
