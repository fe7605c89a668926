"""`tgfix apply --verify COMMAND`, `--verify-measure` and `--commit-per-codemod`: one codemod after the other."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..engine.model import Safety
from ..engine.rewriting.compose import FileResult
from ..engine.run.atomic import WriteError, write_file
from ..engine.run.commit import IGNORE_REVS, CommitError, Commits
from ..engine.run.journal import Journal
from ..engine.run.plan import Proposal
from ..engine.run.stages import Stage, Stages
from ..engine.sources.git import UsageError
from . import output
from .errors import DONE, FAILED, Interrupted, complain, note
from .report import count, label, place_of

if TYPE_CHECKING:
    from ..engine.run.plan import Plan
    from .session import Session

#: Lines of the command's output that are shown when it fails.
SHOWN_LINES = 20


def stages_command(session: Session) -> int:
    """Apply codemod by codemod.

    Raises:
        Interrupted: with what was done until then.
        UsageError: the call makes no sense, or the command fails before anything is changed.
    """
    request = session.request
    _refuse(session)
    commits = Commits(session.base) if request.commit_per_codemod else None
    plan = session.make_plan()
    if commits is not None and (untracked := commits.untracked(result.path for result in plan.files)):
        names = ", ".join(label(path, session.base) for path in untracked)
        raise UsageError(f"--commit-per-codemod: git does not track {names}; `git add` and commit what is yours first")
    check = _check_of(session, plan)
    try:
        if check is not None and plan.files:
            check.begin()
        return _applied(session, plan, check, commits)
    finally:
        if check is not None:
            check.close()


def _applied(session: Session, plan: Plan, check: Check | None, commits: Commits | None) -> int:
    request = session.request
    journal = Journal(session.settings.root, ["tgfix", *sys.argv[1:]])
    stages = Stages(
        plan.examined,
        session.codemods,
        session.settings,
        journal,
        decisions=session.decisions(),
        replay=request.decisions is not None,
        passes=check.passes if check else None,
        commits=commits,
        message=lambda stage: message(stage, session.base),
    )
    done: list[Stage] = []
    failed = False
    try:
        for stage in stages.run():
            done.append(stage)
            failed = _tell(session, stage, check) or failed
        if commits is not None and request.blame_ignore_revs:
            _ignore_revisions(done, commits, journal)
    except KeyboardInterrupt:
        raise Interrupted(_summary(session, done, check)) from None
    except (WriteError, CommitError) as error:
        complain(str(error))
        failed = True
    for problem in plan.problems:
        if not problem.fatal:
            skipped = "skipped " if problem.skipped else ""
            note(f"{skipped}{label(problem.path, session.base)}: {problem.message}")
    if not request.quiet:
        note(_summary(session, done, check))
    return FAILED if failed else DONE


def _refuse(session: Session) -> None:
    request = session.request
    checks = [
        name
        for name, asked in (("--verify", request.verify is not None), ("--verify-measure", request.verify_measure))
        if asked
    ]
    option = [*checks, "--commit-per-codemod"][0]
    for name, given in (
        ("--verify-measure", len(checks) > 1),
        ("--dry-run", request.dry_run),
        ("`-`, which reads the source from stdin", request.from_stdin),
        (f"--format {request.format}", request.format != "text"),
        ("--output", request.output),
    ):
        if given:
            raise UsageError(f"{option} does not go with {name}; leave one of them out")
    if request.verify is not None and not request.verify.strip():
        raise UsageError("--verify: the command is empty")


class Check(Protocol):
    """Something that says whether the program still works."""

    @property
    def reason(self) -> str:
        """Why a change is not applied, after "because"."""

    @property
    def ran(self) -> str:
        """How often it ran, in words."""

    def begin(self) -> None:
        """Look at the program as it is.

        Raises:
            UsageError: it does not work before any change.
        """

    def passes(self) -> bool:
        """Look at the program with the files as they are now."""

    def show(self) -> None:
        """Tell what was wrong the last time."""

    def close(self) -> None:
        """Leave nothing behind."""


def _check_of(session: Session, plan: Plan) -> Check | None:
    if session.request.verify is not None:
        return _Command(session.request.verify)
    if not (session.request.verify_measure and plan.files):
        return None
    from .measure.verify import Unlike

    return Unlike(session, plan)


class _Command:
    """The command that says whether the program still works; it runs in the current directory, by the shell."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.runs = 0
        self.code = 0
        self.printed = ""

    @property
    def reason(self) -> str:
        return f"`{self.line}` fails with it"

    @property
    def ran(self) -> str:
        return f"the command ran {count(self.runs, 'time')}"

    def begin(self) -> None:
        if not self.passes():
            self.show()
            raise UsageError(
                f"--verify: `{self.line}` fails before any change (exit code {self.code}); nothing written"
            )

    def close(self) -> None:
        pass

    def passes(self) -> bool:
        """Run it."""
        self.runs += 1
        done = subprocess.run(
            self.line,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        self.code, self.printed = done.returncode, done.stdout.decode(errors="replace")
        return self.code == 0

    def show(self) -> None:
        """The end of what it printed."""
        for line in self.printed.splitlines()[-SHOWN_LINES:] if self.code else ():
            note(f"  {output.visible(line)}")


def _tell(session: Session, stage: Stage, check: Check | None) -> bool:
    """Report a stage; whether something of it failed."""
    name = f"{stage.codemod.code} {stage.codemod.name}"
    for proposal in stage.broken:
        place = place_of(proposal.finding.path, proposal.finding.line, label(proposal.finding.path, session.base))
        complain(f"{place}: {name}: {proposal.change.title}: not applied, because {check.reason if check else ''}")
    if stage.broken and check is not None:
        check.show()
    for problem in stage.problems:
        complain(f"{label(problem.path, session.base)}: {problem.message}")
    if stage.made and not session.request.quiet:
        verified = ", verified" if check else ""
        committed = f", committed as {stage.commit[:10]}" if stage.commit else ""
        made = f"{count(len(stage.made), 'change')} in {count(len(stage.files), 'file')}"
        output.write([f"{name}: {made}{verified}{committed}\n".encode()])
    return bool(stage.broken or stage.problems)


def message(stage: Stage, base: Path) -> str:
    """The message of a stage's commit: title, count, and each reason with its places."""
    codemod, made = stage.codemod, stage.made
    by_hand = sum(proposal.change.safety is Safety.UNSAFE for proposal in made)
    safety = "all safe" if not by_hand else f"{len(made) - by_hand:,} safe, {by_hand:,} looked at by a person"
    parts = [
        f"{codemod.title} ({codemod.code} {codemod.name})",
        f"{count(len(made), 'change')} in {count(len(stage.files), 'file')}, {safety}.",
    ]
    reasons: dict[str, list[Proposal]] = {}
    for proposal in made:
        reasons.setdefault(proposal.change.why, []).append(proposal)
    for why, proposals in reasons.items():
        places = ", ".join(f"{label(p.finding.path, base)}:{p.finding.line}" for p in proposals)
        parts.append(textwrap.fill(f"{places}: {why}", 72, break_long_words=False, break_on_hyphens=False))
    parts.append("Made by `tgfix apply --commit-per-codemod`.")
    return "\n\n".join(parts) + "\n"


def _ignore_revisions(done: Sequence[Stage], commits: Commits, journal: Journal) -> None:
    """List the commits where `git blame` is told which to look through, and commit that."""
    lines = [f"# {stage.codemod.title} ({stage.codemod.code})\n{stage.commit}\n" for stage in done if stage.commit]
    if not lines:
        return
    path = commits.top / IGNORE_REVS
    before = path.read_bytes() if path.exists() else None
    gap = b"" if before is None or before.endswith(b"\n") or not before else b"\n"
    result = FileResult(path, before, (before or b"") + gap + "".join(lines).encode())
    journal.record([result])
    write_file(path, before, result.after)
    commit = commits.commit([result], f"List rewrites by tgfix in {IGNORE_REVS}\n")
    note(f"{IGNORE_REVS} lists them ({commit[:10]}); `git config blame.ignoreRevsFile {IGNORE_REVS}` makes git use it")


def _summary(session: Session, done: Sequence[Stage], check: Check | None) -> str:
    made = sum(len(stage.made) for stage in done)
    broken = sum(len(stage.broken) for stage in done)
    files = {result.path for stage in done for result in stage.files}
    parts = [f"{count(len(files), 'file')} rewritten ({count(made, 'change')})" if made else "nothing rewritten"]
    if broken:
        parts.append(f"{count(broken, 'change')} not applied, because {check.reason if check else ''}")
    commits = [stage.commit for stage in done if stage.commit]
    if commits:
        parts.append(f"{count(len(commits), 'commit')}")
    if check is not None:
        parts.append(check.ran)
    text = ", ".join(parts)
    if not made:
        return text
    return f"{text}; `git revert` takes one back" if commits else f"{text}; `{session.undo}` takes it back"
