"""The support code of batched-writes: a block-wise stand-in for ``with open(path, "a")`` that opens the file once for many blocks."""

from __future__ import annotations

from ....engine.model import Helper, Import

_SOURCE = '''\
class BatchedWriter:
    """Used like ``with open(path, "a") as file:``, it opens and writes the file once for many such blocks.

    What a block wrote goes to the file in one piece: with the last of `size` blocks, `age` seconds after the first of
    them, or when the program ends. Only a program that is killed loses what waits.
    """

    _batches = {}  # what was given to open() -> the open file, the blocks that wait for it, when they are due
    _lock = threading.RLock()
    _timer = None
    _ended = False

    def __init__(self, path, mode="a", *, size=100, age=1.0, **options):
        self._given = path, mode, *options.items()
        self._options, self._size, self._age = options, size, age

    def __enter__(self):
        with self._lock:
            self._batch()  # what open() has to complain about it complains about here
        self._block = io.BytesIO() if "b" in self._given[1] else io.StringIO()
        return self._block

    def __exit__(self, *error):
        block = self._block.getvalue()
        with self._lock:
            file, blocks, _ = self._batch()
            if isinstance(block, str):
                # the same error for what cannot be encoded
                block.encode(file.encoding, file.errors)
            blocks.append(block)
            if len(blocks) >= self._size or self._ended:
                self._write(self._given)

    def _batch(self):
        batch = self._batches.get(self._given)
        if batch is None:
            file = open(*self._given[:2], **self._options)
            batch = self._batches[self._given] = file, [], time.monotonic() + self._age
            self._wait()
        return batch

    @classmethod
    def _write(cls, given):
        file, blocks, _ = cls._batches.pop(given)
        with file:
            if blocks:
                file.write(blocks[0][:0].join(blocks))

    @classmethod
    def _wait(cls):
        if cls._timer is None and cls._batches and not cls._ended:
            due = min(due for _, _, due in cls._batches.values())
            cls._timer = threading.Timer(max(due - time.monotonic(), 0), cls.write_due)
            cls._timer.daemon = True
            cls._timer.start()

    @classmethod
    def write_due(cls, now=None):
        """Write what has waited long enough."""
        # an error of one file does not keep the others from being written
        with cls._lock, contextlib.ExitStack() as stack:
            cls._timer = None
            stack.callback(cls._wait)
            for given, (_, _, due) in list(cls._batches.items()):
                if due <= (time.monotonic() if now is None else now):
                    stack.callback(cls._write, given)

    @classmethod
    def end(cls):
        """Write all that waits; from now on every block is written at once."""
        cls._ended = True
        cls.write_due(float("inf"))

    @classmethod
    def _forget(cls):
        cls._batches.clear()
        cls._timer = None
        cls._lock.release()


atexit.register(BatchedWriter.end)
# what waits in a program is not for its forked children to write
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=BatchedWriter._lock.acquire,
        after_in_parent=BatchedWriter._lock.release,
        after_in_child=BatchedWriter._forget,
    )
'''

BATCHED_WRITER = Helper(
    "BatchedWriter",
    _SOURCE,
    imports=tuple(Import(name) for name in ("atexit", "contextlib", "io", "os", "threading", "time")),
)
