"""Requests that TGF601, TGF602, TGF604 and TGF605 save, those that TGF603 makes side by side, and what they take.

    python benchmarks/telegram_requests.py [--trip 0.04]

The programs of `fixtures/` run before and after with scripted servers, which count. Seconds are requests one after the other times
`--trip`, the round trip of one: simulated, not measured. Where they are side by side, each of them waits for the trip, and the clock says.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import test_bounded_downloads
import test_cached_rights
import test_delete_in_bulk
import test_large_parts
import test_request_saved
from twin import Case, Observation, Worker

ROOT = Path(__file__).parents[1]
#: What is done, the fixture, the scenario of its tests and that one's arguments.
RUNS: list[tuple[str, str, Any, dict[str, Any]]] = [
    ("three messages are answered", "request-saved", test_request_saved.three_messages, {}),
    ("250 messages are deleted", "delete-in-bulk", test_delete_in_bulk.say_and_tidy, {"refused": ()}),
    ("12 files of 3 parts are fetched", "bounded-downloads", test_bounded_downloads.keep, {"failing": 0}),
    ("an administrator writes ten messages", "cached-rights", test_cached_rights.rights, {"updates": ["one"] * 10}),
    ("8 MB are sent and fetched", "large-parts", test_large_parts.transfer, {"size": 8 * test_large_parts.MB}),
]


def requests(seen: Observation) -> int:
    """The requests of a run, but for those by which messages are sent: the 250 that are deleted, and answers."""
    if seen.exception is not None:
        raise SystemExit(f"the run failed: {seen.exception}")
    sent = [call["method"] for call in seen.of("bot api")]
    return len(seen.of("request")) + sum(method.startswith(("deleteMessage", "getChatMember")) for method in sent)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trip", type=float, default=0.04, help="seconds of one round trip")
    trip = parser.parse_args().trip
    with Worker() as worker:
        print("| | requests before | after | seconds before | after |\n|---|---|---|---|---|")
        for what, fixture, scenario, arguments in RUNS:
            timed = {"trip": trip} if fixture == "bounded-downloads" else {}
            runs = [
                worker.run(
                    Case(
                        (ROOT / "fixtures" / fixture / side / "bot.py").read_text(),
                        scenario=scenario,
                        arguments=arguments | timed,
                    )
                )
                for side in ("before", "after")
            ]
            counted = [requests(run) for run in runs]
            seconds = [
                run.result["seconds"] if timed else number * trip for run, number in zip(runs, counted, strict=True)
            ]
            print(f"| {what} |", *(f"{number} |" for number in counted), *(f"{second:.2f} |" for second in seconds))


if __name__ == "__main__":
    main()
