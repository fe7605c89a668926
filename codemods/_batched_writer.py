"""The support code of batched-writes: a block-wise stand-in for ``with open(path, "a")`` that opens the file once for many blocks."""

from __future__ import annotations

from ..engine.model import Helper, Import

_SOURCE = '''\
class BatchedWriter:
    """Used like ``with open(path, "a") as file:``, it opens and writes the file once for many such blocks.

    What a block wrote goes to the file in one piece: with the last of `size` blocks, `age` seconds after the first of
    them, or when the program ends. Only a program that is killed loses what waits.
    """

    _batches = {}  # path -> open file, the blocks that wait for it, the timer that will write them
    _lock = threading.RLock()
    _ended = False

    def __init__(self, path, mode="a", *, size=100, age=1.0, **options):
        self._path = os.path.abspath(path)
        self._binary = "b" in mode
        self._size, self._age, self._options = size, age, options

    def __enter__(self):
        self._batch()  # what open() has to complain about it complains about here
        self._bytes = io.BytesIO()
        self._file = self._bytes if self._binary else io.TextIOWrapper(self._bytes, **self._options)
        return self._file

    def __exit__(self, *error):
        self._file.flush()
        with self._lock:
            blocks = self._batch()
            blocks.append(self._bytes.getvalue())
            if len(blocks) >= self._size or self._ended:
                self.flush(self._path)

    def _batch(self):
        with self._lock:
            if self._path not in self._batches:
                timer = threading.Timer(self._age, self.flush, [self._path])
                self._batches[self._path] = open(self._path, "ab"), [], timer
                if not self._ended:
                    timer.daemon = True
                    timer.start()
            return self._batches[self._path][1]

    @classmethod
    def flush(cls, path):
        """Write what waits for a file."""
        with cls._lock:
            if path in cls._batches:
                file, blocks, timer = cls._batches.pop(path)
                timer.cancel()
                with file:
                    file.write(b"".join(blocks))

    @classmethod
    def flush_all(cls):
        """Write what waits for any file; from now on every block is written at once."""
        cls._ended = True
        with contextlib.ExitStack() as stack:  # an error of one file does not keep the others from being written
            for path in list(cls._batches):
                stack.callback(cls.flush, path)


atexit.register(BatchedWriter.flush_all)
if hasattr(os, "register_at_fork"):  # what waits is the parent's to write
    os.register_at_fork(
        before=BatchedWriter._lock.acquire,
        after_in_parent=BatchedWriter._lock.release,
        after_in_child=lambda: (BatchedWriter._batches.clear(), BatchedWriter._lock.release()),
    )
'''

BATCHED_WRITER = Helper(
    "BatchedWriter",
    _SOURCE,
    imports=(Import("atexit"), Import("contextlib"), Import("io"), Import("os"), Import("threading")),
)
