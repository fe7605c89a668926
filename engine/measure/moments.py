"""Moments in what a program did, told by how far they lie from the run's begin: two runs are never at the same time."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any

#: What is said of a step and is no effect of it.
_SAID = ("update", "why", "conversation", "state", "counts", "blocking", "stall", "seconds", "cpu")
_BESIDE = ("startup_", "background_")
_TIME = re.compile(r"(20\d\d)-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::\d\d)?(?:[.,]\d+)?(?:\+00:00|Z)?(?![\d:])")
_WRITTEN = re.compile(r"datetime\.datetime\((20\d\d), (\d+), (\d+), (\d+), (\d+)(?:[^()]|\([^()]*\))*\)")
_EPOCH = re.compile(r"(?<![\d.])(1[6-9]\d{8}|20\d{8})(?:\.\d+)?(?![\d.])")
_HOUR, _YEAR = 3600.0, 366 * 86_400.0
#: Seconds before an hour is over: what a program's clock is ahead by, and what a run lasts, stays below.
_BEFORE = 900.0


def relative(report: Mapping[str, Any], began: float) -> dict[str, Any]:
    """The report of a run that began at a time, with what it did hours from then told so."""
    told = {key: _of(value, began) if key.startswith(_BESIDE) else value for key, value in report.items()}
    if "steps" in report:
        told["steps"] = [
            {key: value if key in _SAID else _of(value, began) for key, value in step.items()}
            for step in report["steps"]
        ]
    return told


def _of(value: Any, began: float) -> Any:
    if isinstance(value, dict):
        return {key: _of(each, began) for key, each in value.items()}
    if isinstance(value, list):
        return [_of(each, began) for each in value]
    if isinstance(value, str):
        for pattern in (_TIME, _WRITTEN):
            value = pattern.sub(lambda m: _told(m[0], _seconds(m), began), value)
        return _EPOCH.sub(lambda m: _told(m[0], float(m[1]), began), value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _told(value, value, began)
    return value


def _seconds(found: re.Match[str]) -> float | None:
    try:
        year, month, day, hour, minute = map(int, found.groups())
        return datetime.datetime(year, month, day, hour, minute, tzinfo=datetime.timezone.utc).timestamp()
    except ValueError:  # no date
        return None


def _told(value: Any, seconds: float | None, began: float) -> Any:
    """By the hours from the begin; as it is where there are none, or a year has gone: that is no moment of the run."""
    hours = 0 if seconds is None or abs(seconds - began) > _YEAR else (seconds - began + _BEFORE) // _HOUR
    return f"<{hours:+.0f} h>" if hours else value
