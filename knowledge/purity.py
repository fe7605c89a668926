"""Which callables do nothing but compute: they read their arguments, and nobody can tell that they ran.

How an entry is known: for the standard library, from its documentation and (for modules in Python) its source; for the
Telegram libraries, from theirs: the named classes hold plain data and their constructors check and store it.

**Assumption behind every answer:** arguments are plain data. `len(x)`, `str(x)`, `x == y`, `sorted(xs)` call methods of
what they are given, and a class of the project may do anything in them; an iterator is used up by what iterates over it
(`list(generator)` runs the generator). A callable that is passed in (`sorted(key=…)`, `map`, `re.sub` with a function)
is as pure as itself: `calls_arguments` names the functions that call one.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

_BUILTINS = frozenset(
    """abs all any ascii bin bool bytearray bytes callable chr classmethod complex dict divmod enumerate filter float format
    frozenset getattr hasattr hash hex id int isinstance issubclass iter len list map max memoryview min object oct ord pow
    property range repr reversed round set slice sorted staticmethod str sum super tuple type zip Ellipsis
    NotImplemented""".split()
)
#: Exceptions hold their arguments.
_EXCEPTIONS = frozenset(name for name in dir(builtins) if name.endswith(("Error", "Exception", "Warning", "Iteration")))
#: Modules of which every public function and class computes only.
_MODULES = (
    "math.", "cmath.", "operator.", "itertools.", "html.", "textwrap.", "string.", "statistics.", "fractions.", "numbers.",
    "unicodedata.", "difflib.", "base64.", "binascii.", "hashlib.", "hmac.", "zlib.", "struct.", "colorsys.", "calendar.",
    "collections.abc.", "typing.", "typing_extensions.", "enum.", "dataclasses.", "types.", "abc.", "__future__.", "urllib.parse.",
    "ipaddress.", "shlex.", "fnmatch.", "posixpath.", "ntpath.", "keyword.", "stringprep.", "quopri.", "mimetypes.guess_",
    "telegram.helpers.", "telethon.Button.", "telethon.custom.Button.", "telethon.tl.custom.Button.", "pyrogram.filters.",
    "aiogram.utils.markdown.",
)  # fmt: skip
#: Modules whose classes hold plain data: making one sends nothing, and a request is sent by whoever is given it.
_DATA_MODULES = (
    "telegram.constants.", "telegram.ext.filters.", "telegram.error.", "telethon.types.", "telethon.tl.types.",
    "telethon.functions.", "telethon.tl.functions.", "telethon.errors.", "aiogram.types.", "aiogram.enums.",
    "aiogram.filters.", "aiogram.exceptions.", "aiogram.utils.keyboard.", "aiogram.utils.formatting.", "pyrogram.types.",
    "pyrogram.enums.", "pyrogram.errors.",
)  # fmt: skip
#: Types of plain values: their methods are those below.
_VALUES = ("builtins.str", "builtins.bytes", "builtins.int", "builtins.float", "datetime.datetime", "datetime.date")
#: What such a module has that is not pure after all: it writes, sends, changes an argument, or reads the process's state.
_EXCEPT = frozenset(
    """hashlib.file_digest operator.setitem operator.delitem operator.iadd operator.iand operator.iconcat
    operator.ifloordiv operator.ilshift operator.imatmul operator.imod operator.imul operator.ior operator.ipow
    operator.irshift operator.isub operator.itruediv operator.ixor operator.call calendar.setfirstweekday calendar.prcal
    calendar.prmonth calendar.prweek calendar.main itertools.tee struct.pack_into base64.encode base64.decode
    base64.main base64.test binascii.b2a_file quopri.encode quopri.decode posixpath.abspath posixpath.exists
    posixpath.expanduser posixpath.expandvars posixpath.getatime posixpath.getctime posixpath.getmtime
    posixpath.getsize posixpath.isdir posixpath.isfile posixpath.islink posixpath.ismount posixpath.lexists
    posixpath.realpath posixpath.samefile ntpath.abspath ntpath.exists ntpath.expanduser ntpath.expandvars
    ntpath.getatime ntpath.getctime ntpath.getmtime ntpath.getsize ntpath.isdir ntpath.isfile ntpath.islink
    ntpath.ismount ntpath.lexists ntpath.realpath ntpath.samefile types.coroutine types.new_class abc.update_abstractmethods
    typing.no_type_check""".split()
)
_FUNCTIONS = frozenset(
    """json.loads json.dumps json.JSONDecodeError json.JSONEncoder json.JSONDecoder
    re.compile re.match re.search re.fullmatch re.findall re.finditer re.split re.sub re.subn re.escape re.error
    functools.partial functools.partialmethod functools.reduce functools.wraps functools.cmp_to_key functools.total_ordering
    copy.copy copy.deepcopy bisect.bisect bisect.bisect_left bisect.bisect_right heapq.nlargest heapq.nsmallest heapq.merge
    collections.OrderedDict collections.Counter collections.defaultdict collections.deque collections.namedtuple
    collections.ChainMap collections.UserDict collections.UserList array.array pprint.pformat reprlib.repr
    datetime.datetime datetime.date datetime.time datetime.timedelta datetime.timezone
    datetime.datetime.fromtimestamp datetime.datetime.utcfromtimestamp datetime.datetime.fromisoformat
    datetime.datetime.strptime datetime.datetime.combine datetime.datetime.fromordinal datetime.date.fromtimestamp
    datetime.date.fromisoformat datetime.date.fromordinal datetime.time.fromisoformat time.strftime time.strptime
    time.mktime time.gmtime time.localtime time.struct_time zoneinfo.ZoneInfo pytz.timezone
    decimal.Decimal uuid.UUID uuid.uuid3 uuid.uuid5 io.StringIO io.BytesIO ast.literal_eval
    pathlib.Path pathlib.PurePath pathlib.PurePosixPath pathlib.PureWindowsPath pathlib.PosixPath pathlib.WindowsPath
    os.path.join os.path.basename os.path.dirname os.path.split os.path.splitext os.path.normpath os.path.isabs
    os.path.commonpath os.path.commonprefix os.path.normcase os.fspath os.fsencode os.fsdecode
    ast.parse ast.unparse ast.dump ast.walk inspect.cleandoc contextlib.suppress contextlib.nullcontext
    urllib.request.Request builtins.dict.fromkeys builtins.dict.get builtins.object.__new__ builtins.tuple.__new__
    telethon.Button telethon.utils.get_display_name telethon.utils.get_peer_id telethon.utils.get_extension
    telethon.utils.resolve_id telethon.utils.resolve_bot_file_id telethon.utils.pack_bot_file_id telethon.utils.parse_phone
    telethon.utils.parse_username telethon.utils.get_input_peer telethon.utils.is_image telethon.utils.is_video
    telethon.utils.is_audio telethon.utils.is_gif telethon.utils.is_list_like telethon.utils.get_input_photo
    telethon.utils.get_input_document telethon.utils.get_attributes telethon.helpers.add_surrogate
    telethon.helpers.del_surrogate telethon.helpers.strip_text telethon.extensions.markdown.parse
    telethon.extensions.markdown.unparse telethon.extensions.html.parse telethon.extensions.html.unparse
    httpx.Timeout httpx.Limits httpx.Headers httpx.URL httpx.QueryParams httpx.BasicAuth httpx.Client httpx2.Client
    requests.Session requests.session requests.auth.HTTPBasicAuth bs4.BeautifulSoup
    aiohttp.ClientTimeout aiohttp.BasicAuth aiohttp.FormData yarl.URL
    asyncio.Lock asyncio.Event asyncio.Queue asyncio.Semaphore asyncio.Condition
    threading.Lock threading.RLock threading.Event threading.Semaphore queue.Queue""".split()
)
#: Classes of python-telegram-bot that are no plain data: they talk to Telegram, or build what does.
_PTB_LIVE = frozenset({"telegram.Bot", "telegram.ext", "telegram.request"})

#: Functions that call what they are given: as pure as that.
_CALLING = frozenset(
    """builtins.map builtins.filter builtins.sorted builtins.min builtins.max builtins.iter functools.reduce re.sub re.subn
    json.loads json.dumps itertools.accumulate itertools.dropwhile itertools.takewhile itertools.filterfalse
    itertools.groupby itertools.starmap heapq.nlargest heapq.nsmallest heapq.merge bisect.bisect bisect.bisect_left
    bisect.bisect_right operator.methodcaller operator.attrgetter operator.itemgetter collections.defaultdict
    functools.cmp_to_key""".split()
)
#: Functions that change their first argument and nothing else: harmless on an object that nobody else has.
MUTATES_FIRST_ARGUMENT = frozenset(
    """builtins.next builtins.anext builtins.setattr builtins.delattr heapq.heappush heapq.heappop heapq.heapify
    heapq.heapreplace heapq.heappushpop bisect.insort bisect.insort_left bisect.insort_right random.shuffle operator.setitem
    operator.delitem operator.iadd operator.iand operator.iconcat operator.ior operator.isub operator.imul struct.pack_into
    builtins.dict.update builtins.dict.setdefault builtins.dict.pop builtins.list.append builtins.list.extend
    builtins.list.sort builtins.set.add builtins.set.update""".split()
)

#: Not pure, and yet of no concern to others: clocks, random numbers and names, what only tells who runs.
_HARMLESS = frozenset(
    """time.time time.time_ns time.monotonic time.monotonic_ns time.perf_counter time.perf_counter_ns time.process_time
    time.thread_time time.ctime time.asctime time.sleep
    datetime.datetime.now datetime.datetime.utcnow datetime.datetime.today datetime.date.today
    random.random random.randint random.randrange random.choice random.choices random.sample random.uniform
    random.gauss random.getrandbits random.randbytes random.triangular random.betavariate random.expovariate
    random.normalvariate random.Random random.SystemRandom secrets.token_hex secrets.token_bytes secrets.token_urlsafe
    secrets.choice secrets.randbelow secrets.randbits secrets.SystemRandom uuid.uuid1 uuid.uuid4 os.urandom
    os.getpid os.getppid os.cpu_count os.uname platform.system platform.python_version platform.machine platform.platform
    platform.release platform.node threading.get_ident threading.current_thread threading.main_thread
    sys.getsizeof sys.getrefcount sys.exc_info traceback.format_exc traceback.format_exception traceback.format_tb
    traceback.format_stack inspect.signature inspect.iscoroutinefunction inspect.isawaitable inspect.iscoroutine
    inspect.isfunction inspect.isclass inspect.getdoc asyncio.iscoroutinefunction asyncio.iscoroutine
    asyncio.get_running_loop asyncio.get_event_loop asyncio.current_task asyncio.sleep
    logging.getLogger logging.Formatter logging.getLevelName""".split()
)

#: Methods that only read, on `str`, `bytes`, `int`, `float`, `tuple`, `datetime` and its kin, `re.Match`, `re.Pattern` and paths (what
#: needs no disk), those that read a `dict`, `list` or `set`, and a tree of BeautifulSoup. A name alone does not tell: a client's
#: `get` sends a request. Ask only where the receiver is known, or see `TELLING_METHODS`.
PURE_METHODS = frozenset(
    """capitalize casefold center count decode encode endswith expandtabs find format format_map index isalnum isalpha
    isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip
    maketrans partition removeprefix removesuffix rfind rindex rjust rpartition rsplit rstrip split splitlines
    startswith strip swapcase title translate upper zfill hex fromhex
    bit_length bit_count to_bytes from_bytes as_integer_ratio is_integer conjugate quantize
    astimezone ctime date isocalendar isoformat isoweekday strftime time timestamp timetuple timetz toordinal
    total_seconds utcoffset utctimetuple weekday dst tzname
    end expand group groupdict groups span start findall finditer fullmatch match search sub subn
    as_posix as_uri is_absolute is_relative_to joinpath relative_to with_name with_stem with_suffix
    copy get items keys values difference intersection isdisjoint issubset issuperset symmetric_difference union
    most_common elements hexdigest
    find_all findAll findChildren find_next find_next_sibling find_next_siblings find_parent find_previous get_text has_attr
    prettify select select_one
    __contains__ __getitem__ __len__ __eq__ __str__ __repr__ __hash__ __iter__ __format__""".split()
)
#: Pure methods that are told by their name, whatever the receiver: no widely used class does anything else under it.
#: (Not `replace`, which moves a file; `get`, `find`, `count`, `keys`, which databases answer; `join`, which waits for
#: a thread; `translate`, which asks a service.) A class of the project may of course have its own.
TELLING_METHODS = frozenset(
    """capitalize casefold endswith expandtabs format_map isalnum isalpha isascii isdecimal isdigit isidentifier islower
    isnumeric isprintable isspace istitle isupper ljust lower lstrip partition removeprefix removesuffix rfind rindex
    rjust rpartition rsplit rstrip splitlines startswith strip swapcase upper zfill bit_length bit_count to_bytes
    is_integer astimezone isocalendar isoformat isoweekday strftime timetuple total_seconds utcoffset weekday groupdict
    as_posix is_absolute is_relative_to joinpath relative_to with_name with_stem with_suffix isdisjoint issubset
    issuperset symmetric_difference most_common hexdigest""".split()
)
#: Methods that change a `list`, `dict`, `set`, `bytearray`, `deque`, `OrderedDict` or `Counter`.
MUTATING_METHODS = frozenset(
    """append appendleft extend extendleft insert remove pop popleft popitem clear sort reverse rotate update setdefault add
    discard difference_update intersection_update symmetric_difference_update subtract move_to_end
    __setitem__ __delitem__ __iadd__ __ior__""".split()
)


def is_pure(dotted: str) -> bool:
    """Whether a callable only computes. `dotted` is what `Module.resolve` gives: "builtins.len", "json.loads".

    A file of the project that is called like a module of the standard library hides it: the caller makes sure of that.
    """
    if dotted in _FUNCTIONS:
        return True
    if dotted in _EXCEPT:
        return False
    module, _, name = dotted.rpartition(".")
    if module == "builtins":
        return name in _BUILTINS or name in _EXCEPTIONS
    if module == "telegram" and name[:1].isupper():
        return dotted not in _PTB_LIVE
    if dotted.startswith(_DATA_MODULES):
        return name[:1].isupper()
    return dotted.startswith(_MODULES) or (module in _VALUES and name in PURE_METHODS)


def is_harmless(dotted: str) -> bool:
    """Whether a callable touches nothing that the project's other code can see or depend on: a pure one, a clock, a random number.

    A project that calls `random.seed()` sees its random numbers. Logging is not harmless (its order can be read), nor is
    `os.getenv` (the environment belongs to the process, and anybody may write it).
    """
    return is_pure(dotted) or dotted in _HARMLESS


def calls_arguments(dotted: str) -> bool:
    """Whether a pure function may call something that is passed to it."""
    return dotted in _CALLING


#: Which argument of `_CALLING` functions is a function, if not the one of a keyword.
_FIRST = frozenset(
    """builtins.map builtins.filter functools.reduce functools.cmp_to_key itertools.dropwhile itertools.takewhile
    itertools.filterfalse itertools.starmap collections.defaultdict""".split()
)
_SECOND = frozenset("re.sub re.subn itertools.accumulate itertools.groupby".split())
_NO_FUNCTIONS = frozenset("default reverse initial start count flags ensure_ascii indent sort_keys separators".split())


def functions_among(dotted: str, call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call of a pure function that it may call."""
    if not calls_arguments(dotted):
        return
    asked = dotted == "builtins.iter" and len(call.args) == 2  # `iter(queue.pop, None)`
    at = 0 if dotted in _FIRST or asked else 1 if dotted in _SECOND else None
    if at is not None:
        yield from call.args[at : at + 1]
    for keyword in call.keywords:
        if keyword.arg not in _NO_FUNCTIONS or (keyword.arg == "default" and dotted == "json.dumps"):
            yield keyword.value
