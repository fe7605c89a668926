"""How much `tgfix measure` notices: statements of bots that ran are replaced by `pass`, one at a time.

    python benchmarks/sensitivity.py FOLDER... [--statements 6] [--explore 15] [--seconds 300] [--python PYTHON] [--seed 1]

Each folder is a bot, run offline as `tgfix measure` does it. First it is compared with itself: what differs then is a false alarm.
Then statements are drawn from those that ran in its functions; a program in which `pass` stands in the place of one must be told
apart from the bot. What is missed is listed to be read: a statement may do nothing that anybody could see. That is known of an
assignment alone: of what is there already each time, or of what nothing reads before it is set again.
"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import random
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from pathlib import Path

from tgfix.cli.measure.command import interpreter_for
from tgfix.engine.measure import copies
from tgfix.engine.measure.comparing import compared
from tgfix.engine.measure.effects import Difference
from tgfix.engine.measure.measuring import Recorded, certificate, recorded, scratch_removed, unlike
from tgfix.engine.measure.running import Runner
from tgfix.engine.measure.starting import NotStarted, Wish
from tgfix.engine.sources.git import UsageError

#: What an expression consists of that does nothing but read.
_READING = (ast.Constant, ast.Name, ast.Attribute, ast.expr_context)
_STATEMENTS = (ast.Expr, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Delete, ast.Raise)


@dataclass(frozen=True)
class Statement:
    """A statement of a function: its file, and where it begins and ends."""

    file: str
    line: int
    end_line: int
    column: int
    end_column: int
    #: What can be put in its place that fails, should it matter that it is gone.
    trials: tuple[str, ...] = ()

    def text(self, root: Path) -> str:
        """Its source."""
        lines = (root / self.file).read_bytes().splitlines()[self.line - 1 : self.end_line]
        return b" ".join(line.strip() for line in lines).decode("utf-8", "replace")

    def replaced(self, root: Path, new: str = "pass") -> None:
        """Put something in its place; no other line moves."""
        path = root / self.file
        lines = path.read_bytes().split(b"\n")
        rest = lines[self.end_line - 1][self.end_column :]
        lines[self.line - 1] = lines[self.line - 1][: self.column] + new.encode() + rest
        lines[self.line : self.end_line] = [b""] * (self.end_line - self.line)
        path.write_bytes(b"\n".join(lines))


@dataclass
class Tried:
    """What came of one bot."""

    #: Differences between the bot and itself.
    false: int = 0
    noticed: int = 0
    missed: int = 0
    #: That were missed, and do nothing with these updates.
    idle: int = 0


def statements(root: Path, lines: Mapping[tuple[str, bool], set[int]]) -> Iterator[Statement]:
    """Those of functions that ran, and that do something: no docstrings, no `return` alone."""
    for (file, inside), ran in sorted(lines.items()):
        if not inside or not file.endswith(".py") or not (root / file).is_file():
            continue
        try:
            tree = ast.parse((root / file).read_bytes())
        except SyntaxError:  # of a newer Python than this one
            continue
        functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
        found = {id(each): each for function in functions for each in ast.walk(function)}
        for node in found.values():
            if isinstance(node, _STATEMENTS) and node.lineno in ran and not _is_idle(node):
                assert node.end_lineno is not None and node.end_col_offset is not None
                place = file, node.lineno, node.end_lineno, node.col_offset, node.end_col_offset
                yield Statement(*place, trials=tuple(_trials(node)))


def _trials(node: ast.stmt) -> Iterator[str]:
    """For the assignment of a value that is only read: the end where it changes something; what nobody can read."""
    match node:
        case ast.Assign(targets=[ast.Name() | ast.Attribute() | ast.Subscript() as target], value=value) if all(
            isinstance(each, _READING) for each in ast.walk(value)
        ):
            name = ast.unparse(target)
            yield f"{name} == {ast.unparse(value)} or __import__('os')._exit(9)"
            if not isinstance(target, ast.Subscript):
                yield f"{name} = 0; del {name}"


def _is_idle(node: ast.stmt) -> bool:
    value = getattr(node, "value", None)
    return (isinstance(node, ast.Expr) and isinstance(value, ast.Constant)) or (
        isinstance(node, (ast.Return, ast.AnnAssign)) and value is None
    )


def tried(root: Path, given: argparse.Namespace) -> Tried:
    """Run one bot, then with statements replaced.

    Raises:
        NotStarted: it does not start.
        UsageError: its Python has no library whose bots can be run.
    """
    scratch = Path(tempfile.mkdtemp(prefix="tgfix-sensitivity-"))
    before, after = scratch / "before", scratch / "after"
    result = Tried()
    try:
        runner = Runner(scratch, interpreter_for(root, given.python), certificate(scratch), root)
        for copy in (before, after):
            copies.copy_of(root, copy, {})
        wish = Wish(api_latency=0, http_latency=0, explore=given.explore, limit=given.explore + 75)
        known = recorded(runner, before, wish, lambda _: None)
        false = unlike(runner, known, after)
        result.false, anyway = len(false), {each.key for each in false}
        print(
            f"  {known.task.entry}, {len(known.task.steps or ())} updates, differs from itself: {len(false)}",
            flush=True,
        )
        for each in false[:5]:
            print(f"    {each.step} {each.what} {each.update}:", *each.lines[2:6], sep="\n      ", flush=True)
        found = list(statements(before, _lines(runner, known))) if given.statements else []
        until = time.monotonic() + given.seconds
        for statement in random.Random(given.seed).sample(found, min(given.statements, len(found))):
            if time.monotonic() > until:
                break
            shutil.rmtree(after)
            copies.copy_of(root, after, {})
            statement.replaced(after)
            found_now = [each for each in _unlike(runner, known, after) if each.key not in anyway]
            how = "; ".join(each.what for each in found_now)
            is_idle = not how and _does_nothing(runner, known, statement, before, after, anyway)
            result.noticed += bool(how)
            result.missed += not how and not is_idle
            result.idle += is_idle
            where = f"{statement.file}:{statement.line}"
            told = "ok    " if how else "idle  " if is_idle else "MISSED"
            print(f"    {told} {where} {statement.text(before)[:110]}  [{how[:60]}]", flush=True)
    finally:
        scratch_removed(scratch)
    return result


def _does_nothing(
    runner: Runner, known: Recorded, statement: Statement, before: Path, after: Path, anyway: Set[tuple[int, str]]
) -> bool:
    """Whether the same lines run to the same effect, though what matters would fail."""
    for trial in statement.trials:
        shutil.rmtree(after)
        copies.copy_of(before, after, {})
        statement.replaced(after, trial)
        if all(each.key in anyway for each in _unlike(runner, known, after)):
            changed = dataclasses.replace(known, copy=after)
            if _lines(runner, changed) == _lines(runner, known):
                return True
    return False


def _lines(runner: Runner, known: Recorded) -> dict[tuple[str, bool], set[int]]:
    """Those that run with the updates that are compared."""
    traced = runner.run(known.copy, dataclasses.replace(known.task, trace=True))
    return {(file, inside): set(ran) for file, inside, ran in traced.report.get("lines", [])}


def _unlike(runner: Runner, known: Recorded, after: Path) -> list[Difference]:
    """What a program does otherwise in one run: `tgfix measure` runs both sides again before it says so."""
    return compared(known.runs, [runner.run(after, dataclasses.replace(known.task, values=True))])[0]


def main() -> None:
    """Try every folder that is given."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--statements", type=int, default=6, help="of one bot")
    parser.add_argument("--explore", type=float, default=15.0, help="seconds for finding updates")
    parser.add_argument("--seconds", type=float, default=300.0, help="for the statements of one bot")
    parser.add_argument("--python", help="that the bots run with")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    results = []
    for folder in given.folders:
        print(folder.name, flush=True)
        try:
            results.append(tried(folder.resolve(), given))
        except NotStarted as error:
            print(f"  does not start: {error.entry}: {error}", flush=True)
        except (UsageError, SyntaxError) as error:
            print(f"  {error}", flush=True)
    noticed, missed, idle = (sum(getattr(each, name) for each in results) for name in ("noticed", "missed", "idle"))
    print(
        f"{len(results)} of {len(given.folders)} bots started; false alarms in {sum(bool(each.false) for each in results)}"
    )
    print(f"noticed: {noticed} of {noticed + missed} statements; {idle} more do nothing with these updates")


if __name__ == "__main__":
    main()
