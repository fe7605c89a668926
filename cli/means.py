"""How a call looks into files: in how many processes, and whether it remembers what it finds."""

from __future__ import annotations

from ..engine.run.cache.store import Store
from ..engine.run.first_look import Means
from ..engine.sources.config import Settings
from ..engine.sources.git import UsageError
from .request import Request


def means_of(request: Request, settings: Settings) -> Means:
    """What the call and the settings ask for.

    Raises:
        UsageError: --jobs is no number.
    """
    jobs = request.jobs
    if jobs is not None and not (jobs.isascii() and jobs.isdigit() and int(jobs)):
        raise UsageError(f"--jobs {jobs}: expected how many processes, 1 or more")
    remembers = settings.cache and not request.no_cache
    return Means(None if jobs is None else int(jobs), Store(settings.root) if remembers else None)
