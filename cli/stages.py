"""`tgfix apply --verify COMMAND` and `--commit-per-codemod`: one codemod after the other."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

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
    _check(session)
    commits = Commits(session.base) if request.commit_per_codemod else None
    plan = session.make_plan()
    if commits is not None and (untracked := commits.untracked(result.path for result in plan.files)):
        names = ", ".join(label(path, session.base) for path in untracked)
        raise UsageError(f"--commit-per-codemod: git does not track {names}; `git add` and commit what is yours first")
    command = _Command(request.verify) if request.verify is not None else None
    if command is not None and plan.files and not command.passes():
        command.show()
        raise UsageError(
            f"--verify: `{command.line}` fails before any change (exit code {command.code}); nothing written"
        )
    journal = Journal(session.settings.root, ["tgfix", *sys.argv[1:]])
    stages = Stages(
        plan.examined,
        session.codemods,
        session.settings,
        journal,
        decisions=session.decisions(),
        replay=request.decisions is not None,
        passes=command.passes if command else None,
        commits=commits,
        message=lambda stage: message(stage, session.base),
    )
    done: list[Stage] = []
    failed = False
    try:
        for stage in stages.run():
            done.append(stage)
            failed = _tell(session, stage, command) or failed
        if commits is not None and request.blame_ignore_revs:
            _ignore_revisions(done, commits, journal)
    except KeyboardInterrupt:
        raise Interrupted(_summary(session, done, command)) from None
    except (WriteError, CommitError) as error:
        complain(str(error))
        failed = True
    for problem in plan.problems:
        if not problem.fatal:
            skipped = "skipped " if problem.skipped else ""
            note(f"{skipped}{label(problem.path, session.base)}: {problem.message}")
    if not request.quiet:
        note(_summary(session, done, command))
    return FAILED if failed else DONE


def _check(session: Session) -> None:
    request = session.request
    option = "--verify" if request.verify is not None else "--commit-per-codemod"
    for name, given in (
        ("--dry-run", request.dry_run),
        ("`-`, which reads the source from stdin", request.from_stdin),
        (f"--format {request.format}", request.format != "text"),
        ("--output", request.output),
    ):
        if given:
            raise UsageError(f"{option} does not go with {name}; leave one of them out")
    if request.verify is not None and not request.verify.strip():
        raise UsageError("--verify: the command is empty")


class _Command:
    """The command that says whether the program still works; it runs in the current directory, by the shell."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.runs = 0
        self.code = 0
        self.printed = ""

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
        for line in self.printed.splitlines()[-SHOWN_LINES:]:
            note(f"  {output.visible(line)}")


def _tell(session: Session, stage: Stage, command: _Command | None) -> bool:
    """Report a stage; whether something of it failed."""
    name = f"{stage.codemod.code} {stage.codemod.name}"
    for proposal in stage.broken:
        place = place_of(proposal.finding.path, proposal.finding.line, label(proposal.finding.path, session.base))
        line = command.line if command else ""
        complain(f"{place}: {name}: {proposal.change.title}: not applied, because `{line}` fails with it")
    if stage.broken and command is not None and command.code:
        command.show()
    for problem in stage.problems:
        complain(f"{label(problem.path, session.base)}: {problem.message}")
    if stage.made and not session.request.quiet:
        verified = ", verified" if command else ""
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


def _summary(session: Session, done: Sequence[Stage], command: _Command | None) -> str:
    made = sum(len(stage.made) for stage in done)
    broken = sum(len(stage.broken) for stage in done)
    files = {result.path for stage in done for result in stage.files}
    parts = [f"{count(len(files), 'file')} rewritten ({count(made, 'change')})" if made else "nothing rewritten"]
    if broken:
        parts.append(
            f"{count(broken, 'change')} not applied, because `{command.line if command else ''}` fails with it"
        )
    commits = [stage.commit for stage in done if stage.commit]
    if commits:
        parts.append(f"{count(len(commits), 'commit')}")
    if command is not None:
        parts.append(f"the command ran {count(command.runs, 'time')}")
    text = ", ".join(parts)
    if not made:
        return text
    return f"{text}; `git revert` takes one back" if commits else f"{text}; `{session.undo}` takes it back"
