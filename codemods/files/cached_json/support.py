"""The support code of `cached-json`."""

from __future__ import annotations

from ....engine.model import Helper, Import

CACHED_READ = Helper(
    "cached_read",
    '''\
_cached_reads = {}


def cached_read(path, read, *args):
    """What `read(*args)` returns, called again only when the file at `path` has changed since.

    All callers get the same object: look at it, but do not change it.
    """
    try:
        status = os.stat(path)
    except (OSError, TypeError, ValueError):
        status = None
    # there is no such file, or no name of one, as reading it will say
    if status is None:
        return read(*args)
    of_file = (status.st_size, status.st_ino, status.st_dev)
    stamp = (*of_file, status.st_mtime_ns, status.st_ctime_ns)
    known = _cached_reads.get((path, read, args))
    if known is not None and known[0] == stamp:
        return known[1]
    value = read(*args)
    age = time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns)
    # nanoseconds; a younger file may change once more within one tick of the clock
    if age > 2_000_000_000:
        _cached_reads[path, read, args] = (stamp, value)
    return value
''',
    imports=(Import("os"), Import("time")),
    also_defines=("_cached_reads",),
)
