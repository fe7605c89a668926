"""Say of each case how it fares: `cd tests && python -m safety_cases [-v] [PART OF A NAME …]`; with -v what it shows."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from twin import Call, Observation, Worker, WorkerError

from . import SafetyCase, all_cases, altered, rewritten


def _verdict(case: SafetyCase, worker: Worker) -> tuple[str, list[str], Observation]:
    with tempfile.TemporaryDirectory() as directory:
        files, applied = rewritten(case, Path(directory))
    before = worker.run(case.running(case.files))
    if before.exit_code or before.timed_out:
        return "broken", [repr(before)], before
    found = altered(before, worker.run(case.running(files))) if applied else []
    word = "changed" if found else "same" if applied else "left"
    if case.held and case.held not in applied:
        word = "not rewritten"
    return f"{word} ({', '.join(sorted(applied))})" if applied else word, found, before


def _short(call: Call) -> str:
    text = str(call)
    return text if len(text) < 200 else text[:200] + "…"


def main(words: list[str]) -> None:
    """Print a line for each case and the counts."""
    parts = [word for word in words if word != "-v"]
    counted: Counter[str] = Counter()
    with Worker() as worker:
        for case in all_cases():
            if parts and not any(part in case.name for part in parts):
                continue
            try:
                verdict, found, before = _verdict(case, worker)
            except WorkerError as error:
                verdict, found, before = "broken", [str(error)], Observation()
            counted[verdict.partition(" (")[0]] += 1
            print(f"{verdict}: {case.name}")
            if "-v" in words or verdict == "broken":
                print(
                    before.stdout, before.stderr, *map(_short, before.calls), before.exception or "", *found, sep="\n"
                )
    print(dict(counted))


if __name__ == "__main__":
    main(sys.argv[1:])
