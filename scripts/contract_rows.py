"""What calls of httpx, aiohttp, requests and the standard library raise by contract, written from their documentation.

`tests/test_knowledge_contracts.py` and `tests/test_knowledge_files.py` hold them against failures that happen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: `asyncio.TimeoutError` is the built-in TimeoutError (an OSError) since Python 3.11 and a class of its own before.
ASYNCIO_TIMEOUT = "asyncio.TimeoutError"
OS, VALUE, TYPE, RUNTIME = "builtins.OSError", "builtins.ValueError", "builtins.TypeError", "builtins.RuntimeError"
HTTPX, AIOHTTP, REQUESTS = "httpx.HTTPError", "aiohttp.ClientError", "requests.exceptions.RequestException"


@dataclass(frozen=True)
class Row:
    """What each of `calls` of `owner` raises."""

    #: A module or class: "os", "httpx.AsyncClient".
    owner: str
    #: Names of functions or methods, separated by spaces.
    calls: str
    #: The class over all failures that the library reports.
    base: str | None = None
    #: Errors of the call itself, below the base.
    errors: tuple[str, ...] = ()
    #: Class → reason, of what is raised besides.
    outside: Mapping[str, str] = field(default_factory=dict)
    #: Raised so seldom that nobody writes a clause for it.
    rare: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The dotted names of the calls."""
        return [f"{self.owner}.{call}" for call in self.calls.split()]


NOT_FOUND, NO_FILE = ("builtins.FileNotFoundError",), ("builtins.FileNotFoundError", "builtins.PermissionError")
ANY_FILE = (*NO_FILE, "builtins.IsADirectoryError")
DECODE, ENCODE = {"builtins.UnicodeDecodeError": "content"}, {"builtins.UnicodeEncodeError": "content"}
JSON = {"json.JSONDecodeError": "content", **DECODE}
TIMEOUT = {ASYNCIO_TIMEOUT: "timeout"}
#: A path with a null byte, a file that is closed already; nesting deeper than the interpreter's stack.
NULL, DEEP = (VALUE,), ("builtins.RecursionError",)
VERBS = "get post put patch delete head options request"
BODY = "read aread iter_bytes aiter_bytes iter_text aiter_text iter_lines aiter_lines iter_raw aiter_raw"
CONNECTION = ("requests.exceptions.ConnectionError", "requests.exceptions.Timeout")
TRANSPORT = ("httpx.TimeoutException", "httpx.TransportError")
SERVER = ("aiohttp.ClientConnectionError", "aiohttp.InvalidURL")
PAYLOAD = ("aiohttp.ClientPayloadError",)

FILES = (
    # An unknown `encoding` (LookupError) and a bad mode (ValueError) are errors in the program, not in the world.
    Row("builtins", "open", OS, ANY_FILE, rare=NULL),
    Row("io", "open", OS, ANY_FILE, rare=NULL),
    Row("aiofiles", "open", OS, ANY_FILE, rare=NULL),
    Row("io.TextIOWrapper", "read readline readlines __iter__", OS, outside=DECODE, rare=NULL),
    Row("io.TextIOWrapper", "write writelines", OS, outside=ENCODE, rare=NULL),
    Row("io.TextIOWrapper", "close flush seek tell truncate", OS, outside=ENCODE, rare=NULL),
    Row("io.BufferedIOBase", "read readline readlines __iter__ write writelines", OS, rare=NULL),
    Row("io.BufferedIOBase", "close flush seek tell truncate", OS, rare=NULL),
    Row("os", "remove unlink rmdir rename replace mkdir makedirs removedirs", OS, NO_FILE, rare=NULL),
    Row("os", "listdir scandir stat chmod chdir truncate startfile", OS, NO_FILE, rare=NULL),
    Row("os", "getcwd", OS),
    Row("os", "getenv getpid"),
    Row("os.path", "getsize getmtime getctime getatime samefile", OS, NOT_FOUND, rare=NULL),
    Row("os.path", "exists isfile isdir islink join basename dirname split splitext expanduser normpath"),
    Row("shutil", "copy copy2 copyfile copytree move rmtree copymode copystat disk_usage", OS, NO_FILE, rare=NULL),
    Row("pathlib.Path", "unlink mkdir rmdir rename replace stat touch chmod open iterdir", OS, NO_FILE, rare=NULL),
    Row("pathlib.Path", "read_bytes write_bytes", OS, ANY_FILE, rare=NULL),
    Row("pathlib.Path", "read_text", OS, ANY_FILE, DECODE, NULL),
    Row("pathlib.Path", "write_text", OS, ANY_FILE, ENCODE, NULL),
    Row("pathlib.Path", "with_suffix with_name", outside={VALUE: "arguments"}),
    Row("pathlib.Path", "joinpath as_posix"),
    # These let through what is not "it is not there": a directory that may not be searched.
    Row("pathlib.Path", "exists is_file is_dir", OS, ("builtins.PermissionError",)),
    Row("tempfile", "NamedTemporaryFile TemporaryFile TemporaryDirectory mkdtemp mkstemp", OS, NO_FILE),
    # `load` reads its file first; a text that is not what its encoding says is a ValueError as well.
    Row("json", "loads", outside=JSON, rare=DEEP),
    Row("json", "load", outside={OS: "file", **JSON}, rare=DEEP),
    Row("json", "dumps", outside={TYPE: "content", VALUE: "content"}, rare=DEEP),
    Row("json", "dump", outside={OS: "file", TYPE: "content", VALUE: "content"}, rare=DEEP),
)

BUILTINS = (
    # What stands between the calls. `int` and `float` complain of what they are given.
    Row("builtins", "print len str repr bool id isinstance issubclass callable hasattr"),
    Row("builtins", "int float", outside={VALUE: "content", TYPE: "content"}),
    Row("logging", "debug info warning warn error exception critical log getLogger basicConfig"),
    Row("logging.Logger", "debug info warning warn error exception critical log"),
    Row("time", "sleep time monotonic perf_counter"),
)

ASYNCIO = (
    Row("asyncio", "sleep current_task all_tasks Event Lock Semaphore Queue iscoroutine"),
    # What is awaited raises through these: see `PASSES_ON`.
    Row("asyncio", "wait_for timeout timeout_at", outside=TIMEOUT),
    Row("asyncio", "gather shield to_thread run", rare=(RUNTIME,)),
    Row("asyncio", "as_completed", outside=TIMEOUT),
    # These collect it or leave it to the task.
    Row("asyncio", "wait create_task ensure_future", rare=(RUNTIME,)),
    Row("asyncio", "open_connection open_unix_connection start_server", OS),
    Row("asyncio", "create_subprocess_exec create_subprocess_shell", OS, NO_FILE),
    Row("asyncio.Queue", "get_nowait", outside={"asyncio.QueueEmpty": "state"}),
    Row("asyncio.Queue", "put_nowait", outside={"asyncio.QueueFull": "state"}),
    Row("asyncio.Queue", "get put join empty full qsize"),
    Row("asyncio.Lock", "acquire locked"),
    Row("asyncio.StreamReader", "read readline", OS, rare=NULL),
    Row("asyncio.StreamReader", "readexactly", OS, outside={"asyncio.IncompleteReadError": "content"}),
)

#: InvalidURL is not an HTTPError; HTTPStatusError comes from raise_for_status() alone; a closed client: RuntimeError.
HTTPX_ROWS = (
    *(
        Row(
            owner,
            f"{VERBS} stream",
            HTTPX,
            TRANSPORT,
            {"httpx.InvalidURL": "arguments"},
            ("httpx.CookieConflict", RUNTIME),
        )
        for owner in ("httpx", "httpx.Client", "httpx.AsyncClient")
    ),
    Row("httpx.Client", "send", HTTPX, TRANSPORT, rare=(RUNTIME,)),
    Row("httpx.AsyncClient", "send", HTTPX, TRANSPORT, rare=(RUNTIME,)),
    Row("httpx.Client", "close"),
    Row("httpx.AsyncClient", "aclose"),
    Row("httpx.Response", "raise_for_status", HTTPX, ("httpx.HTTPStatusError",)),
    Row("httpx.Response", "json", outside=JSON, rare=DEEP),
    Row("httpx.Response", BODY, HTTPX, (*TRANSPORT, "httpx.DecodingError"), rare=("httpx.StreamError",)),
    Row("httpx.Response", "close aclose"),
)

#: The total timeout is asyncio's, not a ClientError; JSON of the wrong content type is a ContentTypeError, so it is.
AIOHTTP_ROWS = (
    Row("aiohttp.ClientSession", f"{VERBS} ws_connect", AIOHTTP, SERVER, TIMEOUT, (RUNTIME, VALUE)),
    Row("aiohttp", "request", AIOHTTP, SERVER, TIMEOUT, (VALUE,)),
    Row("aiohttp.ClientSession", "close"),
    Row("aiohttp", "ClientSession ClientTimeout"),
    Row("aiohttp.ClientResponse", "json", AIOHTTP, ("aiohttp.ContentTypeError", *PAYLOAD), {**TIMEOUT, **JSON}, DEEP),
    Row("aiohttp.ClientResponse", "text", AIOHTTP, PAYLOAD, {**TIMEOUT, **DECODE}, ("builtins.LookupError",)),
    Row("aiohttp.ClientResponse", "read", AIOHTTP, PAYLOAD, TIMEOUT),
    Row("aiohttp.StreamReader", "read readline readany iter_chunked iter_any", AIOHTTP, PAYLOAD, TIMEOUT),
    Row("aiohttp.ClientResponse", "raise_for_status", AIOHTTP, ("aiohttp.ClientResponseError",)),
    Row("aiohttp.ClientResponse", "release close"),
)

#: json() is a ValueError in every release, a RequestException only since 2.27.
REQUESTS_ROWS = (
    Row("requests", VERBS, REQUESTS, CONNECTION, rare=("builtins.UnicodeError",)),
    Row("requests.Session", f"{VERBS} send", REQUESTS, CONNECTION, rare=("builtins.UnicodeError",)),
    Row("requests.Response", "raise_for_status", REQUESTS, ("requests.exceptions.HTTPError",)),
    Row("requests.Response", "json", outside={VALUE: "content"}, rare=DEEP),
    Row(
        "requests.Response",
        "iter_content iter_lines",
        REQUESTS,
        ("requests.exceptions.ChunkedEncodingError", "requests.exceptions.ConnectionError"),
    ),
    Row("requests.Response", "close"),
    Row("requests.Session", "close"),
    Row("requests", "Session"),
)

ROWS: tuple[Row, ...] = (*FILES, *BUILTINS, *ASYNCIO, *HTTPX_ROWS, *AIOHTTP_ROWS, *REQUESTS_ROWS)
#: Calls that raise whatever the coroutines or functions handed to them raise.
PASSES_ON = (
    "asyncio.wait_for",
    "asyncio.gather",
    "asyncio.shield",
    "asyncio.to_thread",
    "asyncio.run",
    "asyncio.as_completed",
    "asyncio.timeout",
    "asyncio.timeout_at",
)

#: Methods of python-telegram-bot 13 that later releases do not have: name → (whether it names a chat, class → reason).
PTB_13: dict[str, tuple[bool, dict[str, str]]] = {
    "Bot.get_chat_members_count": (True, {}),
    "Bot.kick_chat_member": (True, {}),
    "Bot.set_sticker_set_thumb": (False, {OS: "file"}),
    "Chat.get_members_count": (True, {}),
    "Chat.kick_member": (True, {}),
    "File.download": (False, {OS: "file"}),
}
