"""Where a bot loses time, in order of what it costs, how often and who waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from ...knowledge.advice import IN_TURN, ONE_AT_A_TIME, THREADED
from ..analysis.module import Project
from ..codemod import Codemod
from ..model import Cost, Finding, Time
from ..sources.reach import is_test
from . import by_hand
from .frequency import EVERYONE, STANDS_STILL, TELEGRAM, Frequency, bottleneck
from .model import Bottleneck, Handler, Place, Program, Spot, lines_of
from .reaches import Reaches

ONE = "one-at-a-time"


class Bottlenecks:
    """The bottlenecks of a project."""

    def __init__(
        self, frequency: Frequency, project: Project, findings: Iterable[Finding], codemods: Mapping[str, Codemod]
    ) -> None:
        self._frequency, self._project = frequency, project
        self._codemods = codemods
        #: But for places that are left alone because nothing would be gained.
        self._findings = [
            f
            for f in findings
            if (f.change or f.cost is not Cost.NONE or self._by_hand(f.code))
            and not is_test(project.settings.root, f.path)
        ]

    def all(self) -> list[Bottleneck]:
        """What costs time, the worst first."""
        told = {p for finding in self._findings if self._cost(finding) is not Cost.NONE for p in lines_of(finding)}
        stops = {place for finding in self._findings if self._stops(finding.code) for place in lines_of(finding)}
        found = [
            *self._one_at_a_time(),
            *self._from_findings(),
            *by_hand.found(self._frequency, self._project.fact(Reaches), told, stops),
        ]
        return sorted(found, key=lambda b: (-b.weight, b.key))

    def _stops(self, code: str) -> bool:
        codemod = self._codemods.get(code)
        return codemod is not None and codemod.serves_others

    def _by_hand(self, code: str) -> bool:
        codemod = self._codemods.get(code)
        return codemod is not None and codemod.by_hand

    def _cost(self, finding: Finding) -> Cost | Time:
        codemod = self._codemods.get(finding.code)
        return finding.cost or (codemod.cost if codemod else Cost.UNKNOWN)

    # One update after the other

    def _one_at_a_time(self) -> Iterator[Bottleneck]:
        for program in (mapped.program for mapped in self._frequency.maps):
            waiting = {h.place: spot for h in program.handlers if (spot := self._waits(h)) is not None}
            if program.sequential is not True or not waiting:
                continue
            about = [f for f in self._findings if self._is_about(f, program)]
            parts = [_together(program)]
            if shared := len(program.shared):
                parts.append(
                    f"{shared} variable{'s' * (shared != 1)} that handlers change must stand it first (see the map)"
                )
            if reasons := {f"tgfix leaves it alone: {f.reason}" for f in about if f.reason}:
                parts += sorted(reasons)
            codes = sorted({f.code for f in about if f.change})
            parts += [f"`tgfix apply -i --select {','.join(codes)}` writes it"] if codes else []
            known = [Spot(Place(f.path, f.line), f.message, "for every update", 0.0, f) for f in about if f.change]
            yield bottleneck(
                ONE, "Handle several updates at a time", "as long as the slowest handler waits",
                "everyone: the next update waits until a handler is done", "; ".join(parts), [*waiting.values(), *known],
            )  # fmt: skip

    def _is_about(self, finding: Finding, program: Program) -> bool:
        """Whether a finding stands where the bot is made and is about how it handles updates."""
        made = {(e.path, e.line) for e in program.evidence} if program.sequential else set()
        return (finding.path, finding.line) in made and self._cost(finding) is not Cost.NONE

    def _waits(self, handler: Handler) -> Spot | None:
        """What a handler waits for."""
        touches = [t for t in handler.touches if self._frequency.milliseconds(t)]
        asked = handler.telegram.low + 3 * len(handler.telegram.loops)
        total = asked * TELEGRAM + sum(map(self._frequency.milliseconds, touches))
        if not total:
            return None
        named = [f"`{t.what}()`" for t in touches[:2]] + ["Telegram"] * bool(asked)
        more = f" and {len(touches) - 2} more" if len(touches) > 2 else ""
        weight = total * EVERYONE * (10 if handler.often else 1)
        return Spot(
            handler.place, f"`{handler.name}` waits for {', '.join(named)}{more}", f"for {handler.event}", weight
        )

    # What codemods have found

    def _from_findings(self) -> Iterator[Bottleneck]:
        by_code: dict[tuple[str, str], list[Finding]] = {}
        for finding in self._findings:
            if not any(self._is_about(finding, mapped.program) for mapped in self._frequency.maps):
                about = finding.message.partition(":")[0] if self._by_hand(finding.code) else ""
                by_code.setdefault((finding.code, about), []).append(finding)
        for (code, about), findings in by_code.items():
            codemod = self._codemods.get(code)
            spots = [self._spot(finding) for finding in findings]
            cost = max({self._cost(finding) for finding in findings}, key=lambda cost: cost.milliseconds)
            waits = STANDS_STILL if self._stops(code) else self._who_waits(findings)
            titles = {f.change.title for f in findings if f.change}
            title = titles.pop() if len(titles) == 1 else codemod.title if codemod else findings[0].message
            title = about[:1].upper() + about[1:] or title
            yield bottleneck(code, title, self._pauses(findings) or cost.phrase, waits, _mend(code, findings), spots)

    def _spot(self, finding: Finding) -> Spot:
        place, codemod = Place(finding.path, finding.line), self._codemods.get(finding.code)
        words, factor = self._frequency.at(finding.path, finding.line)
        if codemod is not None and codemod.every_update:
            program = self._frequency.program(finding.path)
            words, factor = "for every update", 10.0 if program and program.sequential is not None else 1.0
        pause = self._frequency.pauses.get(place)
        milliseconds = self._cost(finding).milliseconds if pause is None else pause
        waiting = self._frequency.waiting(self._frequency.program(finding.path), self._stops(finding.code))
        known = "" if pause is None else f" ({'at most ' * (place in self._frequency.bounded)}{pause / 1000:g} s)"
        return Spot(place, f"{finding.message}{known}", words, milliseconds * factor * waiting, finding)

    def _pauses(self, findings: Iterable[Finding]) -> str:
        """How long all of some places pause; "" where one is no pause, or its length is not known."""
        found = {self._frequency.pauses.get(Place(f.path, f.line), -1.0) / 1000 for f in findings}
        if min(found) < 0:
            return ""
        return f"{min(found):g} s" if len(found) == 1 else f"{min(found):g} to {max(found):g} s"

    def _who_waits(self, findings: Iterable[Finding]) -> str:
        programs = [self._frequency.program(f.path) for f in findings]
        answers = {program.sequential if program else None for program in programs}
        if answers == {True}:
            return "everyone, since updates are handled one after the other"
        return "the user of that update" + ("" if answers == {False} else "; whether others do is not known")


def _together(program: Program) -> str:
    """How a bot comes to handle several updates at a time."""
    if program.library != "telegram":
        return IN_TURN
    is_old = any(h.known for h in program.handlers) and not any(h.coroutine for h in program.handlers if h.known)
    return THREADED if is_old else ONE_AT_A_TIME


def _mend(code: str, findings: list[Finding]) -> str:
    changes = [f for f in findings if f.change]
    safe = sum(f.choose(unsafe=False) is not None for f in changes)
    parts = [f"`tgfix apply --select {code}` ({safe} proved)"] if safe else []
    if len(changes) > safe:
        parts.append(f"`tgfix apply -i --select {code}` ({len(changes) - safe} to decide)")
    reasons = Counter(f.reason for f in findings if f.reason).most_common()
    if reasons:
        others = f", and {len(reasons) - 1} other reason{'s' * (len(reasons) > 2)}" if len(reasons) > 1 else ""
        left = sum(number for _, number in reasons)
        parts.append(f"{left} by hand: {reasons[0][0]}{others}")
    return "; ".join(parts)
