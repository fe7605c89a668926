"""The support code of `cached-json`."""

from __future__ import annotations

from ..engine.model import Helper, Import

CACHED_READ = Helper(
    "cached_read",
    '''\
_cached_reads = {}


def cached_read(path, read):
    """What `read()` returns, called again only when the file at `path` has changed since.

    All callers get the same object: look at it, but do not change it.
    """
    try:
        status = os.stat(path)
    except OSError:
        return read()
    stamp = (status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino, status.st_dev)
    known = _cached_reads.get((path, read))
    if known is not None and known[0] == stamp:
        return known[1]
    value = read()
    if time.time_ns() - status.st_mtime_ns > 2_000_000_000:  # a younger file may change once more within one tick
        _cached_reads[path, read] = (stamp, value)
    return value
''',
    imports=(Import("os"), Import("time")),
    also_defines=("_cached_reads",),
)
