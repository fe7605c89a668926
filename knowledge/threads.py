"""Which callables may run in a thread while the event loop goes on, and which belong to the thread that made them.

A callable is *thread-safe* here if a call with arguments of its own (plain data that nobody else changes meanwhile) may run
beside any other code: it shares no state with other callers, or guards what it shares. Files, devices and servers that
it touches are shared with everybody else and are another question; so are callbacks and file objects that are passed in.
"""

from __future__ import annotations

from . import purity

#: Each call makes what it works with, and drops it (`requests.api.request` opens a `Session` for each call; `urlopen`
#: builds its default opener once, and a second one made at the same time is as good; `subprocess` documents that it may
#: be used from threads; `smtplib`, `ftplib`, `imaplib` objects are made by the call).
_OF_ITS_OWN = frozenset(
    {
        *(f"requests.{name}" for name in "get post put patch delete head options request".split()),
        *(f"requests.api.{name}" for name in "get post put patch delete head options request".split()),
        *(f"httpx.{name}" for name in "get post put patch delete head options request".split()),
        "urllib.request.urlopen",
        "subprocess.run",
        "subprocess.call",
        "subprocess.check_call",
        "subprocess.check_output",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
        "os.system",
        "time.sleep",
        "socket.gethostbyname",
        "socket.getaddrinfo",
        "socket.create_connection",
        "socket.gethostbyaddr",
        "socket.getfqdn",
        "platform.platform",
        "platform.uname",
        "random.random",
        "random.randint",
        "random.choice",
        "uuid.uuid4",
        "secrets.token_hex",
        "secrets.token_urlsafe",
        # Parse a text or file of their own with a parser of their own.
        "json.load",
        "json.dump",
        "csv.reader",
        "csv.writer",
        "csv.DictReader",
        "csv.DictWriter",
        "pickle.load",
        "pickle.loads",
        "pickle.dumps",
        "pickle.dump",
        "tomllib.load",
        "tomllib.loads",
        "configparser.ConfigParser",
        "xml.etree.ElementTree.parse",
        "xml.etree.ElementTree.fromstring",
        "bs4.BeautifulSoup",
        "feedparser.parse",
    }
)
#: System calls: the kernel orders them, and CPython releases its lock around them.
_SYSTEM = frozenset(
    {
        *(
            f"os.{name}"
            for name in "access chmod link listdir lstat makedirs mkdir readlink remove removedirs rename renames replace "
            "rmdir scandir stat symlink truncate unlink utime walk".split()
        ),
        *(
            f"os.path.{name}"
            for name in "abspath realpath exists lexists getsize getmtime getatime getctime isfile isdir islink ismount samefile".split()
        ),
        *(
            f"shutil.{name}"
            for name in "copy copy2 copyfile copyfileobj copymode copystat copytree disk_usage move rmtree which".split()
        ),
        "glob.glob",
        "builtins.open",
        "io.open",
        "zipfile.is_zipfile",
        "tarfile.is_tarfile",
        "tempfile.mkdtemp",
        "tempfile.mkstemp",
        "filecmp.cmp",
    }
)
#: Methods of a path of one's own: a `Path` holds nothing but its text.
PATH_METHODS = frozenset(
    "chmod exists glob is_dir is_file is_symlink iterdir lstat mkdir open read_bytes read_text rename replace resolve rglob "
    "rmdir samefile stat symlink_to touch unlink write_bytes write_text".split()
)
#: Changes something that belongs to the whole process: never thread-safe, whatever else is known.
_OF_THE_PROCESS = (
    "os.chdir", "os.fchdir", "os.umask", "os.putenv", "os.unsetenv", "os.environ", "os.fork", "os.set", "os.nice", "os.kill",
    "os._exit", "os.abort", "os.exec", "os.dup", "os.close", "signal.", "sys.", "locale.", "resource.", "gc.", "faulthandler.",
    "warnings.", "socket.setdefaulttimeout", "shutil.make_archive", "shutil.unpack_archive", "mimetypes.init", "random.seed",
)  # fmt: skip
#: Calls that give an object which only the thread (or the event loop) that made it may use, or which keeps state without
#: a guard. They are no danger in a function that makes, uses and drops the object all in one thread.
THREAD_BOUND = frozenset(
    """sqlite3.connect sqlite3.Connection sqlite3.Cursor requests.Session requests.session httplib2.Http threading.local
    contextvars.ContextVar contextvars.copy_context asyncio.new_event_loop asyncio.get_event_loop asyncio.get_running_loop
    asyncio.current_task asyncio.Lock asyncio.Event asyncio.Queue asyncio.Semaphore asyncio.Condition tkinter.Tk
    sqlalchemy.orm.Session sqlalchemy.orm.sessionmaker sqlalchemy.orm.scoped_session pymysql.connect MySQLdb.connect
    psycopg2.connect psycopg.connect mysql.connector.connect decimal.localcontext decimal.getcontext decimal.setcontext
    smtplib.SMTP smtplib.SMTP_SSL ftplib.FTP imaplib.IMAP4_SSL poplib.POP3_SSL telnetlib.Telnet http.client.HTTPSConnection
    http.client.HTTPConnection selenium.webdriver.Chrome selenium.webdriver.Firefox serial.Serial""".split()
)


#: What any thread may go on with that has it alone, as functions and as kinds of objects: no callback of the bot's own runs in it.
#: zipfile, tarfile; gTTS 2.5, speedtest-cli 2.1, googletrans 3, deep-translator 1, selenium 4 send requests of their own; urllib3,
#: pymongo, redis and openai say that threads may share theirs; pandas 2 and psutil 7 keep nothing between calls with an interval, nor do
#: OpenCV's, openpyxl's, telegraph's and pydub's functions that open or save a file.
HANDED_OVER = frozenset(
    """zipfile.ZipFile tarfile.TarFile gtts.gTTS speedtest.Speedtest googletrans.Translator deep_translator.GoogleTranslator
    selenium.webdriver.Chrome urllib3.PoolManager pymongo.Collection pymongo.MongoClient redis.Redis openai.OpenAI smtplib.SMTP
    imaplib.IMAP4_SSL psutil.cpu_percent psutil.cpu_times_percent wikipedia.summary wikipedia.page wikipedia.search
    shutil.copytree shutil.copy shutil.copy2 shutil.copyfile shutil.move shutil.rmtree shutil.unpack_archive
    cv2.imread cv2.imwrite openpyxl.load_workbook telegraph.upload_file telegraph.upload.upload_file
    pydub.AudioSegment.from_file pydub.AudioSegment.from_mp3 pydub.AudioSegment.from_ogg pydub.AudioSegment.from_wav
    pydub.AudioSegment jikanpy.Jikan pandas.read_csv pandas.read_excel pandas.read_json pandas.read_html pandas.read_parquet pandas.read_xml
    openai.ChatCompletion.create openai.Completion.create openai.Image.create openai.Image.create_variation openai.Edit.create
    openai.Image.create_edit openai.Audio.transcribe openai.Audio.translate openai.Moderation.create openai.Embedding.create""".split()
)
#: Libraries whose objects any one thread may make, use and drop: nothing in them belongs to the main thread or to an event loop.
OF_ONE_THREAD = frozenset(
    "PIL bs4 cv2 deep_translator googletrans groq gtts jikanpy openpyxl py7zr pydub selenium urllib3 zipfile".split()
)
#: Packages that no two threads may use at a time, whatever each of them works on → what they are called. PyMuPDF: "does not support running
#: on multiple threads - doing so may cause incorrect behaviour or even crash Python itself"
#: (https://pymupdf.readthedocs.io/en/latest/recipes-multiprocessing.html).
NO_THREADS = {"fitz": "PyMuPDF", "pymupdf": "PyMuPDF"}
#: Kinds of clients that threads may share, as their documentation says, and by what a program makes one otherwise.
SHARED_CLIENTS = frozenset(
    {"pymongo.MongoClient", "pymongo.Database", "pymongo.Collection", "redis.Redis", "openai.OpenAI"}
)
NOT_SHARED = (b"single_connection_client", b"event_listeners", b"monitoring.register", b"event_hooks", b"http_client=")
#: What works with texts and numbers alone, and fails for all else: Python's clients of mail servers, which make an address or a line of it;
#: gTTS 2.5 and deep-translator 1, which strip it → what else may be given by name.
OF_VALUES: dict[str, frozenset[str]] = {
    **dict.fromkeys(
        """imaplib.IMAP4 imaplib.IMAP4_SSL smtplib.SMTP smtplib.SMTP_SSL ftplib.FTP ftplib.FTP_TLS poplib.POP3 poplib.POP3_SSL
        smtplib.SMTP.login imaplib.IMAP4_SSL.login imaplib.IMAP4_SSL.select imaplib.IMAP4_SSL.search imaplib.IMAP4_SSL.fetch
        ftplib.FTP.login ftplib.FTP.cwd""".split(),
        frozenset({"host", "port", "timeout", "user", "password", "mailbox", "readonly"}),
    ),
    "gtts.gTTS": frozenset({"text", "lang", "tld", "slow"}),
    "gtts.gTTS.save": frozenset({"savefile"}),
    "deep_translator.GoogleTranslator": frozenset({"source", "target"}),
    "deep_translator.GoogleTranslator.translate": frozenset({"text"}),
}
#: Harmless where they are called, and another answer (or an error) in another thread: who runs, its loop, its frames, the exception
#: that is being handled. (The context variables, `decimal`'s among them, go along with `asyncio.to_thread()`; what is set there does not
#: come back.)
TELLS_THREAD = frozenset(
    """threading.current_thread threading.main_thread threading.get_ident threading.get_native_id threading.active_count
    threading.enumerate asyncio.get_running_loop asyncio.get_event_loop asyncio.current_task asyncio.all_tasks
    asyncio.run asyncio.run_coroutine_threadsafe inspect.stack inspect.currentframe sys._getframe traceback.format_stack
    traceback.extract_stack traceback.print_stack decimal.setcontext
    contextvars.copy_context warnings.catch_warnings sys.exc_info sys.exception traceback.format_exc traceback.print_exc
    traceback.print_last""".split()
)


def is_thread_safe(dotted: str) -> bool:
    """Whether a callable may run in a thread beside any other code, and its result may be used by the caller afterwards.

    What is not known may not.
    """
    if dotted.startswith(_OF_THE_PROCESS) or dotted in THREAD_BOUND:
        return False
    return dotted in _OF_ITS_OWN or dotted in _SYSTEM or purity.is_pure(dotted)
