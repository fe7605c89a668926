"""Where ruff sees blocking code in coroutines and tgfix says nothing.

    python scripts/compare_with_ruff.py PROJECT…

For each project `ruff check --preview` and `tgfix check --all` are run, as they are found on the path; a place counts as seen where a
finding of tgfix stands on a line of the expression that ruff names.
"""

from __future__ import annotations

import collections
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

RULES = ("ASYNC210", "ASYNC212", "ASYNC220", "ASYNC221", "ASYNC222", "ASYNC230", "ASYNC251")


def places(project: Path) -> list[dict[str, Any]]:
    """What ruff reports."""
    command = ["ruff", "check", "--isolated", "--no-cache", "--preview", "--exit-zero", "--output-format", "json"]
    command += ["--select", ",".join(RULES), "."]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True)
    return [found for found in json.loads(done.stdout) if found["code"] in RULES]


def seen(project: Path) -> dict[str, list[tuple[int, int, str]]]:
    """The lines of tgfix's findings by file, with their codes."""
    command = ["tgfix", "check", "--all", "--unsafe-fixes", "--exit-zero", "--format", "json", "."]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    found: dict[str, list[tuple[int, int, str]]] = {}
    for finding in json.loads(done.stdout)["findings"]:
        lines = (finding["line"], finding["end_line"] or finding["line"], finding["code"])
        found.setdefault(str((project / finding["path"]).resolve()), []).append(lines)
    return found


def main() -> None:
    """Print the figures, and each place that is missing."""
    counts: dict[str, collections.Counter[bool]] = {rule: collections.Counter() for rule in RULES}
    for project in map(Path, sys.argv[1:]):
        theirs = places(project)
        ours = seen(project) if theirs else {}
        for place in theirs:
            first, last = place["location"]["row"], place["end_location"]["row"]
            spans = ours.get(str(Path(place["filename"]).resolve()), [])
            hit = any(start <= last and end >= first for start, end, code in spans if code[3] in "235")
            counts[place["code"]][hit] += 1
            if not hit:
                print(f"{place['code']} {place['filename']}:{first} {place['message'][:60]}")
    for rule, count in counts.items():
        print(f"{rule}: {count[True]} of {count.total()}")
    print(f"all: {sum(c[True] for c in counts.values())} of {sum(c.total() for c in counts.values())}")


if __name__ == "__main__":
    main()
