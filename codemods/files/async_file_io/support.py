"""The support code of rewritten file access: a lock for each file, and writing that readers never see half done."""

from __future__ import annotations

from ....engine.model import Helper, Import

FILE_LOCK = Helper(
    "file_lock",
    '''\
_file_locks = weakref.WeakKeyDictionary()


def file_lock(path):
    """The lock to hold from reading a file to having written it.

    It cannot be taken twice: who holds it must not call what takes it.
    """
    locks = _file_locks.setdefault(asyncio.get_running_loop(), weakref.WeakValueDictionary())
    return locks.setdefault(os.path.realpath(path), asyncio.Lock())
''',
    imports=(Import("asyncio"), Import("os"), Import("weakref")),
    also_defines=("_file_locks",),
)

FILE_LOCKS = Helper(
    "file_locks",
    '''\
@contextlib.asynccontextmanager
async def file_locks(*paths):
    """Hold the locks of several files.

    They are taken in one order everywhere, so that two handlers never wait for each other.
    """
    async with contextlib.AsyncExitStack() as stack:
        for path in sorted({os.path.realpath(path) for path in paths}):
            await stack.enter_async_context(file_lock(path))
        yield
''',
    imports=(Import("contextlib"), Import("os")),
    requires=(FILE_LOCK,),
)

REPLACING = Helper(
    "replacing",
    '''\
@contextlib.asynccontextmanager
async def replacing(path, mode="w", *args, **options):
    """Open a file for writing that takes the place of `path` once the block is done.

    Nobody reads it half written, and after a failure the old one is still there.
    """
    target = os.path.realpath(path)
    old = os.stat(target) if os.path.exists(target) else None
    if old and (not stat.S_ISREG(old.st_mode) or old.st_nlink > 1 or not os.access(target, os.W_OK)):
        async with aiofiles.open(path, mode, *args, **options) as file:  # a device, a hard link, or no right to write
            yield file
        return
    temporary = f"{target}.{uuid.uuid4().hex}.tmp"
    try:
        file = await aiofiles.open(temporary, mode, *args, **options)
    except OSError as error:
        error.filename = os.fspath(path)
        raise
    try:
        try:
            yield file
        finally:
            await file.close()
        if old:
            os.chmod(temporary, stat.S_IMODE(old.st_mode))
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(temporary)
        raise
''',
    imports=(Import("aiofiles"), Import("contextlib"), Import("os"), Import("stat"), Import("uuid")),
)
