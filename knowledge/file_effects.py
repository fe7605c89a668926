"""Which callables leave the names of files alone: what they call does not move, remove, replace or empty a file, nor change the
current directory.

How an entry is known: for the standard library, from its documentation; the methods of Telegram's libraries send requests, and
read or write no file but the one that a method's name speaks of (`download_media` does).
"""

from __future__ import annotations

from . import purity
from .errors import ptb_method, telethon_method

#: They look at files, write to files that are open, send, print or wait.
_FUNCTIONS = frozenset(
    """builtins.print builtins.input builtins.next builtins.anext builtins.setattr builtins.delattr builtins.aiter
    json.load json.dump pickle.load pickle.dump marshal.load marshal.dump csv.reader csv.writer csv.DictReader csv.DictWriter
    yaml.safe_load yaml.safe_dump toml.dump simplejson.dump ujson.dump pprint.pprint pprint.pp
    traceback.print_exc traceback.print_exception traceback.print_stack
    os.path.exists os.path.isfile os.path.isdir os.path.islink os.path.getsize os.path.getmtime os.path.abspath
    os.path.realpath os.path.expanduser os.stat os.lstat os.listdir os.scandir os.walk os.makedirs os.mkdir os.getcwd
    os.getenv os.environ.get os.fsync os.fdatasync glob.glob glob.iglob pathlib.Path.cwd pathlib.Path.home
    shutil.disk_usage shutil.get_terminal_size
    asyncio.sleep asyncio.gather asyncio.wait asyncio.wait_for asyncio.shield asyncio.create_task asyncio.ensure_future
    asyncio.timeout asyncio.as_completed time.sleep sys.exit sys.stdout.write sys.stdout.flush sys.stderr.write
    logging.debug logging.info logging.warning logging.error logging.exception logging.critical logging.log
    requests.get requests.post requests.put requests.patch requests.delete requests.head requests.options requests.request
    httpx.get httpx.post httpx.put httpx.patch httpx.delete httpx.head httpx.options httpx.request
    urllib.request.urlopen""".split()
)
#: Those that are done with a path, or with a text that names it, when they return.
_CONSUMING = frozenset(
    """builtins.print os.path.exists os.path.isfile os.path.isdir os.path.getsize os.path.getmtime os.stat os.access
    os.makedirs os.mkdir logging.debug logging.info logging.warning logging.error logging.exception logging.critical
    logging.log""".split()
)
#: What only tells what is there: whether a file is, what a folder holds, how the program was set up.
LOOKING = frozenset(
    "os.path.exists os.path.isfile os.path.isdir os.path.islink os.path.getsize os.path.getmtime os.stat os.listdir os.getcwd "
    "os.getenv os.environ.get shutil.disk_usage time.time PIL.Image.open PIL.ImageFont.truetype glob.glob gc.collect".split()
)
#: Methods that only make a part of a query, or find what counts: of SQLAlchemy, and of Prometheus.
LOOKING_PARTS = frozenset("query asc desc in_ notin_ is_ is_not isnot like ilike label labels".split())
#: Methods of a path that look at its file, or make it where there is none.
LOOKING_METHODS = frozenset("exists is_file is_dir stat read_text read_bytes mkdir touch".split())
#: Functions of SQLAlchemy that do.
_QUERY_PARTS = frozenset(
    "and or not text select func case cast desc asc selectinload joinedload distinct exists".split()
)
#: Methods that are told by their name: those of open files and csv writers, and what Telegram's objects give of themselves.
_METHODS = frozenset(
    """read readline readlines write writelines flush writerow writerows writeheader to_json to_dict stringify
    is_set task_done total_seconds""".split()
)
#: Functions that take a name away from a file, or what stands above it → the arguments that name the files; none where
#: every relative name means another file afterwards.
REMOVES: dict[str, tuple[int, ...]] = {
    "os.remove": (0,), "os.unlink": (0,), "os.rename": (0, 1), "os.renames": (0, 1), "os.replace": (0, 1), "os.rmdir": (0,),
    "os.removedirs": (0,), "os.truncate": (0,), "shutil.rmtree": (0,), "shutil.move": (0, 1),
    "aiofiles.os.remove": (0,), "aiofiles.os.unlink": (0,), "aiofiles.os.rename": (0, 1), "aiofiles.os.renames": (0, 1),
    "aiofiles.os.replace": (0, 1), "aiofiles.os.rmdir": (0,), "aiofiles.os.removedirs": (0,),
    "os.chdir": (), "os.fchdir": (), "contextlib.chdir": (),
}  # fmt: skip
#: Methods of paths that do.
REMOVING_METHODS = frozenset({"unlink", "rename", "replace", "rmdir"})
#: Methods of a logger.
LOGGING = frozenset("debug info warning warn error exception critical log".split())


def only_looks(dotted: str) -> bool:
    """Whether a library's function hardly does anything that others see: it looks, or makes an object or a part of a query."""
    last = dotted.rpartition(".")[2]
    if (
        dotted in LOOKING
        or dotted.startswith("psutil.")
        or (dotted.startswith("sqlalchemy.") and last.strip("_") in _QUERY_PARTS)
    ):
        return True
    return last[:1].isupper() and not last.isupper() and not last.endswith("File") and last != "Popen"


def leaves_names(dotted: str) -> bool:
    """Whether calling a function leaves the names of files alone. `dotted` is what `Module.resolve` gives.

    What it iterates over, and what it calls back, is another question.
    """
    return dotted in _FUNCTIONS or purity.is_harmless(dotted)


def consumes(dotted: str) -> bool:
    """Whether a function that is given a path leaves its file where it is, and keeps and gives nothing by which others may find it."""
    return dotted in _CONSUMING


def method_sends(name: str) -> bool:
    """Whether a method, told by its name, sends a request to Telegram: it reads the files that it is given."""
    sends = "_" in name and "download" not in name
    return sends and (telethon_method(name) is not None or ptb_method(name) is not None)


def method_leaves_names(name: str, arguments: int) -> bool:
    """The same for a method of a text, a container, an open file or one of Telegram's objects, told by its name and the number
    of its arguments that may be a path. A class of the project may have its own of that name.
    """
    if name == "replace":
        return arguments != 1  # of a text, or of a date, which names its parts; that of a path has one
    if name in purity.PURE_METHODS or name in purity.TELLING_METHODS or name in _METHODS:
        return True
    return method_sends(name)
