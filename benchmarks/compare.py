"""What a look at a folder with bots costs, beside other tools and Python's own parser.

    python benchmarks/compare.py FOLDER [--runs 3] [--jobs 2]

FOLDER holds bots, each in a folder of its own. Each row is the median of several runs over all of them, in CPU seconds of all
processes and in seconds on the clock, and as a multiple of `ast.parse` of the same files in the same run. Other tools are
measured where they are installed (``pip install ruff ast-grep-cli libcst fixit``): ruff with all rules, ast-grep with ten
patterns, LibCST's runner with a codemod that does nothing, Fixit's rules. The last lines say whether tgfix finds the same
with and without its cache, in one process and in several, and with the screen off. The table is Markdown, for the documentation.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Cost = tuple[float, float]

PATTERNS = (
    "time.sleep($A)", "requests.get($$$A)", "requests.post($$$A)", "open($$$A)", "json.load($A)", "subprocess.run($$$A)",
    "httpx.AsyncClient($$$A)", "aiohttp.ClientSession($$$A)", "CommandHandler($$$A)", "asyncio.get_event_loop()",
)  # fmt: skip
SCREEN_OFF = (
    "from tgfix.engine.run.searching import Searching\nSearching.screen = lambda self, path: list(self.codemods)\n"
)
TGFIX = "import sys\n{}from tgfix.cli.main import main\nmain(sys.argv[1:])\n"
NOTHING = """\
from libcst.codemod import VisitorBasedCodemodCommand

class Nothing(VisitorBasedCodemodCommand):
    DESCRIPTION = "Do nothing."
"""


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bots = Path(scratch) / "bots"
        shutil.copytree(given.folder, bots, symlinks=True, ignore=shutil.ignore_patterns(".tgfix_cache", ".git"))
        roots = sorted(path for path in bots.iterdir() if path.is_dir())
        for root in roots:  # else the folder around all would be one project
            (root / "tgfix.toml").touch()
        files = sorted(path for path in bots.rglob("*.py") if path.is_file())
        sources = [path.read_bytes() for path in files]
        print(f"{len(roots)} bots, {len(files):,} files, {sum(s.count(bytes([10])) for s in sources):,} lines\n")
        print("| | CPU s | × parsing | clock s |\n|---|---|---|---|")
        parsing = median(given.runs, lambda: parsed(sources))
        row("`ast.parse` of all files", parsing, parsing)
        for name, work in rows(bots, roots, files, given.jobs):
            row(name, median(given.runs, work), parsing)
        print()
        agree(roots, given.jobs)


def rows(bots: Path, roots: list[Path], files: list[Path], jobs: int) -> Iterator[tuple[str, Callable[[], Cost]]]:
    """What is measured, each with a function that does it once."""
    yield "`tgfix list`", lambda: spent([*tgfix(), "list"], bots)
    for count in dict.fromkeys((1, jobs)):
        options = ["--no-cache", "--jobs", str(count)]
        processes = "one process" if count == 1 else f"{count} processes"
        yield f"`tgfix check --no-cache`, {processes}", lambda options=options: over(roots, ["check", *options])
    over(roots, ["check"])
    yield "`tgfix check`, nothing has changed", lambda: over(roots, ["check"])
    yield (
        "`tgfix apply --dry-run --unsafe-fixes`",
        lambda: over(roots, ["apply", "--dry-run", "--unsafe-fixes", "--no-cache"]),
    )
    if ruff := tool("ruff"):
        yield (
            "`ruff check --select ALL`",
            lambda: spent([ruff, "check", "--no-cache", "--isolated", "--select", "ALL", "."], bots),
        )
    if grep := tool("ast-grep"):
        yield (
            "`ast-grep`, ten patterns",
            lambda: total(spent([grep, "run", "-l", "py", "-p", p, "."], bots) for p in PATTERNS),
        )
    if installed("libcst"):
        (bots.parent / "nothing.py").write_text(NOTHING)
        codemod = [sys.executable, "-m", "libcst.tool", "codemod", "-x", "nothing.Nothing"]
        yield (
            "`libcst.tool codemod`, doing nothing",
            lambda: spent([*codemod, str(bots), "--jobs", "1", "--no-format"], bots.parent),
        )
    if fixit := tool("fixit"):
        yield "`fixit lint`", lambda: spent([fixit, "lint", *map(str, files)], bots)


def agree(roots: list[Path], jobs: int) -> None:
    """Say whether the results are the same however they are come by."""
    plain = {root: findings(root, ["--no-cache", "--jobs", "1"]) for root in roots}
    for name, options, before in (
        ("out of the cache", [], ""),
        (f"with {jobs} processes", ["--no-cache", "--jobs", str(jobs)], ""),
        ("with 7 processes", ["--no-cache", "--jobs", "7"], ""),
        ("with the screen off", ["--no-cache", "--jobs", "1"], SCREEN_OFF),
    ):
        expected = {root: report["findings"] if before else report for root, report in plain.items()}
        others = [root.name for root in roots if findings(root, options, before) != expected[root]]
        print(f"Results {name}: {'the same' if not others else 'different in ' + ', '.join(others)}")


def findings(root: Path, options: list[str], before: str = "") -> Any:
    """What `check` reports, but for how much work it was; with other code `before` it, the findings alone."""
    command = [*tgfix(before), "check", "--all", "--format", "json", *options]
    run = subprocess.run(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    report = json.loads(run.stdout)
    del report["summary"]["counters"]
    return report["findings"] if before else report


def tgfix(before: str = "") -> list[str]:
    """The command, in this interpreter."""
    return [sys.executable, "-c", TGFIX.format(before)]


def over(roots: list[Path], arguments: list[str]) -> Cost:
    """The cost of a call of tgfix in each of the bots."""
    return total(spent([*tgfix(), *arguments], root) for root in roots)


def spent(command: list[str], folder: Path) -> Cost:
    """The CPU seconds and the seconds on the clock that a command takes, with all that it starts."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - started


def parsed(sources: list[bytes]) -> Cost:
    """The cost of parsing all files."""
    cpu, started = time.process_time(), time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source in sources:
            try:
                ast.parse(source)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
    return time.process_time() - cpu, time.perf_counter() - started


def total(costs: Iterator[Cost]) -> Cost:
    """All costs together."""
    cpu, clock = zip(*costs, strict=True)
    return sum(cpu), sum(clock)


def median(runs: int, work: Callable[[], Cost]) -> Cost:
    """The medians of several runs."""
    cpu, clock = zip(*(work() for _ in range(runs)), strict=True)
    return statistics.median(cpu), statistics.median(clock)


def row(name: str, cost: Cost, parsing: Cost) -> None:
    """Print a row of the table."""
    print(f"| {name} | {cost[0]:.1f} | {cost[0] / parsing[0]:.1f} | {cost[1]:.1f} |", flush=True)


def tool(name: str) -> str | None:
    """Where a command is: beside the interpreter, or on the path."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if os.access(beside, os.X_OK) else shutil.which(name)


def installed(name: str) -> bool:
    """Whether a package can be imported."""
    from importlib.util import find_spec

    return find_spec(name) is not None


if __name__ == "__main__":
    main()
