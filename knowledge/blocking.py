"""What blocks: functions that return only when somebody else has done something, and the methods of objects that do.

Each is told by what it waits for (`UNTIL`). What takes microseconds is no entry: `os.stat()`, `socket.gethostname()`, `Popen()` itself.
Files are another table (`engine.analysis.files`), and so are the ways to wait for a process (`engine.analysis.processes`).

Sources: the documentation of the standard library; of the other libraries the code of the releases named beside them.
"""

from __future__ import annotations

SLEEP, REQUEST, SERVER, PERSON, PROCESS, DATABASE, FILES, WORK = (
    "sleep", "request", "server", "person", "process", "database", "files", "work",
)  # fmt: skip
#: What is waited for → until when, as a clause.
UNTIL = {
    SLEEP: "the time is over",
    REQUEST: "the server has answered",
    SERVER: "the server has answered",
    PERSON: "somebody has typed a line",
    PROCESS: "the process ends",
    DATABASE: "the database has answered",
    FILES: "all its files are read and written",
    WORK: "it is done",
}
#: What works on files and folders: its time grows with what is on the disk.
COPIES = frozenset(f"shutil.{name}" for name in "copy copy2 copyfile copytree move rmtree".split())
_VERBS = "get post put patch delete head options request".split()
_FUNCTIONS = {
    # https://docs.python.org/3/library/time.html#time.sleep, psutil 7 (`interval` is slept), pause 0.3
    SLEEP: "time.sleep psutil.cpu_percent psutil.cpu_times_percent pause.seconds pause.minutes",
    # requests 2.32, httpx 0.28, urllib.request: they return when the header of the answer is there
    REQUEST: " ".join(f"{module}.{verb}" for module in ("requests", "requests.api", "httpx", "httpx2") for verb in _VERBS)
    + " urllib.request.urlopen urllib.request.urlretrieve",
    # https://docs.python.org/3/library/socket.html (name servers are asked), smtplib, ftplib, imaplib, poplib (they connect);
    # urllib3 2.5, wget 3.2, feedparser 6.0, wikipedia 1.4, speedtest-cli 2.1 (asks for its settings), telegraph 2.2,
    # openai 0.28, spotify_token 1.0, youtube-search-python 1.4 and youtube_search 2.1 (search as they are made)
    SERVER: """
    socket.gethostbyname socket.gethostbyname_ex socket.gethostbyaddr socket.getaddrinfo socket.getfqdn socket.create_connection
    smtplib.SMTP smtplib.SMTP_SSL ftplib.FTP ftplib.FTP_TLS imaplib.IMAP4 imaplib.IMAP4_SSL poplib.POP3 poplib.POP3_SSL
    urllib3.request wget.download feedparser.parse wikipedia.summary wikipedia.page wikipedia.search wikipedia.random
    wikipedia.suggest wikipedia.geosearch speedtest.Speedtest telegraph.upload_file telegraph.upload.upload_file
    openai.ChatCompletion.create openai.Completion.create openai.Image.create openai.Image.create_variation openai.Edit.create
    openai.Image.create_edit openai.Audio.transcribe openai.Audio.translate openai.Moderation.create openai.Embedding.create
    spotify_token.start_session youtubesearchpython.SearchVideos youtube_search.YoutubeSearch
    """,
    # https://docs.python.org/3/library/functions.html#input, getpass
    PERSON: "builtins.input getpass.getpass",
    # https://docs.python.org/3/library/os.html#process-management
    PROCESS: "os.wait os.waitpid os.waitid os.wait3 os.wait4 os.spawnl os.spawnle os.spawnlp os.spawnlpe os.spawnv os.spawnve "
    "os.spawnvp os.spawnvpe pty.spawn",
    # psycopg2 2.9, psycopg 3, PyMySQL 1.1, mysqlclient 2.2, mysql-connector-python 9: they connect
    DATABASE: "psycopg2.connect psycopg.connect pymysql.connect MySQLdb.connect mysql.connector.connect cx_Oracle.connect "
    "oracledb.connect pyodbc.connect",
    # https://docs.python.org/3/library/shutil.html#archiving-operations
    FILES: " ".join(sorted(COPIES)) + " shutil.make_archive shutil.unpack_archive",
    # pandas 2 and openpyxl 3: parse whole files and answers; OpenCV 4 codes pictures; pydub 0.25, pymediainfo 6, pytesseract 0.3 and
    # ffmpeg-python 0.2 run programs or go through a file; selenium 4 starts a browser
    WORK: "pandas.read_csv pandas.read_excel pandas.read_json pandas.read_html pandas.read_sql pandas.read_sql_query pandas.read_sql_table "
    "pandas.read_parquet pandas.read_xml openpyxl.load_workbook cv2.imread cv2.imwrite pytesseract.image_to_string "
    "pydub.AudioSegment.from_file pydub.AudioSegment.from_mp3 pydub.AudioSegment.from_ogg pydub.AudioSegment.from_wav "
    "pymediainfo.MediaInfo.parse ffmpeg.probe selenium.webdriver.Chrome selenium.webdriver.Firefox selenium.webdriver.Edge "
    "selenium.webdriver.Remote",
}  # fmt: skip
#: Dotted name of a function → what it waits for.
FUNCTIONS = {name: kind for kind, names in _FUNCTIONS.items() for name in names.split()}
#: Functions that wait only if they are given this argument, by its place or name.
ONLY_WITH = {"psutil.cpu_percent": (0, "interval"), "psutil.cpu_times_percent": (0, "interval")}

MONGO, MONGO_DB, MONGO_COLLECTION, MONGO_CURSOR = (
    "pymongo.MongoClient", "pymongo.Database", "pymongo.Collection", "pymongo.Cursor",
)  # fmt: skip
CONNECTION, CURSOR = "DB-API connection", "DB-API cursor"
PICTURE, ENHANCER = "PIL.Image.Image", "PIL.ImageEnhance.Sharpness"
#: Functions of Pillow that give a picture: https://pillow.readthedocs.io/en/stable/reference/Image.html, ImageOps.html
_PICTURES = (
    *(f"PIL.Image.{name}" for name in "open new alpha_composite blend composite merge fromarray frombytes".split()),
    *(
        f"PIL.ImageOps.{name}"
        for name in "contain cover fit pad scale expand crop exif_transpose grayscale autocontrast".split()
    ),
)
#: A browser that a program drives, by many calls one after the other; a piece of sound.
BROWSER, SOUND = "selenium.webdriver.Chrome", "pydub.AudioSegment"
#: What `submit()` of a pool of threads or processes gives: https://docs.python.org/3/library/concurrent.futures.html
FUTURE, POOLS = (
    "concurrent.futures.Future",
    ("concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor"),
)
OPENAI, SQL_SESSION, SQL_QUERY = "openai.OpenAI", "sqlalchemy.orm.Session", "sqlalchemy.orm.Query"
#: What opens a connection to a database server, and logs in.
CONNECTS = ("psycopg2.connect", "psycopg.connect", "pymysql.connect", "MySQLdb.connect", "mysql.connector.connect")
#: Classes of which an instance is a kind of its own.
CLASSES = frozenset(
    {MONGO, OPENAI, PICTURE, ENHANCER, "redis.Redis", "urllib3.PoolManager",
     "yt_dlp.YoutubeDL", "gtts.gTTS", "speedtest.Speedtest", "smtplib.SMTP",
     "ftplib.FTP", "imaplib.IMAP4_SSL", "paramiko.SSHClient", "googletrans.Translator", "deep_translator.GoogleTranslator",
     "telegraph.Telegraph", "lyricsgenius.Genius", "zipfile.ZipFile", "tarfile.TarFile", BROWSER, SQL_SESSION,
     "jikanpy.Jikan", "pySmartDL.SmartDL", "jira.JIRA", "spotdl.Spotdl", "sqlalchemy.orm.sessionmaker", *POOLS}
)  # fmt: skip
#: Other spellings of them, and other classes with the same methods.
SPELLINGS = {
    "redis.StrictRedis": "redis.Redis", "redis.client.Redis": "redis.Redis", "youtube_dl.YoutubeDL": "yt_dlp.YoutubeDL",
    "pymongo.mongo_client.MongoClient": MONGO, "smtplib.SMTP_SSL": "smtplib.SMTP", "ftplib.FTP_TLS": "ftplib.FTP",
    "imaplib.IMAP4": "imaplib.IMAP4_SSL", "gtts.tts.gTTS": "gtts.gTTS", "anthropic.Anthropic": OPENAI, "groq.Groq": OPENAI,
    "openai.AzureOpenAI": OPENAI, "google_trans_new.google_translator": "googletrans.Translator", "jikanpy.jikan.Jikan": "jikanpy.Jikan",
    "jira.client.JIRA": "jira.JIRA", **{f"PIL.ImageEnhance.{name}": ENHANCER for name in ("Brightness", "Color", "Contrast")},
    **{f"selenium.webdriver.{name}": BROWSER for name in ("Firefox", "Edge", "Remote")},
}  # fmt: skip
#: Functions that give an object of a kind.
MADE_BY = {
    **dict.fromkeys(CONNECTS, CONNECTION), **dict.fromkeys(_PICTURES, PICTURE),
    "redis.from_url": "redis.Redis", "redis.Redis.from_url": "redis.Redis",
    "redis.StrictRedis.from_url": "redis.Redis", "tarfile.open": "tarfile.TarFile", "sqlalchemy.orm.scoped_session": SQL_SESSION,
    "cloudscraper.create_scraper": "requests.Session", "cloudscraper.session": "requests.Session",
    "cloudscraper.CloudScraper": "requests.Session",
    "urllib.request.build_opener": "urllib.request.OpenerDirector",
    **{f"{SOUND}.from_{name}": SOUND for name in ("file", "mp3", "ogg", "wav")},
}  # fmt: skip
#: (kind, attribute) → kind; "*" is every attribute, "[]" an item, "()" what calling it gives.
LEADS_TO = {
    (MONGO, "*"): MONGO_DB, (MONGO, "[]"): MONGO_DB, (MONGO_DB, "*"): MONGO_COLLECTION, (MONGO_DB, "[]"): MONGO_COLLECTION,
    ("speedtest.Speedtest", "results"): "speedtest.SpeedtestResults",
    (OPENAI, "*"): OPENAI, ("sqlalchemy.orm.sessionmaker", "()"): SQL_SESSION, ("spotdl.Spotdl", "downloader"): "spotdl.Downloader",
}  # fmt: skip
_OF_QUERY = (
    "filter filter_by order_by limit offset join outerjoin distinct group_by having options with_for_update".split()
)
_BY = "id name xpath link_text partial_link_text tag_name class_name css_selector".split()
#: (kind, method) → kind of what it gives.
RESULT_OF = {
    (MONGO, "get_database"): MONGO_DB, (MONGO, "get_default_database"): MONGO_DB, (MONGO_DB, "get_collection"): MONGO_COLLECTION,
    (MONGO_COLLECTION, "find"): MONGO_CURSOR, (MONGO_COLLECTION, "aggregate"): MONGO_CURSOR, (CONNECTION, "cursor"): CURSOR,
    **{(PICTURE, name): PICTURE for name in ("resize", "convert", "crop", "rotate", "copy", "filter", "transpose", "quantize", "point")},
    (ENHANCER, "enhance"): PICTURE,
    **{(MONGO_CURSOR, name): MONGO_CURSOR for name in ("sort", "limit", "skip")},
    **{(pool, "submit"): FUTURE for pool in POOLS}, (SQL_SESSION, "query"): SQL_QUERY,
    **{(SQL_QUERY, name): SQL_QUERY for name in _OF_QUERY},
    **{(SOUND, f"set_{name}"): SOUND for name in ("channels", "frame_rate", "sample_width")},
}  # fmt: skip
#: What saves to a file what a server has sent → where the call names the file, by its place or name; None where settings do.
SAVES: dict[str, tuple[int, str] | None] = {
    "wget.download": (1, "out"),
    "gtts.gTTS.save": (0, "savefile"),
    "cv2.imwrite": (0, "filename"),
    "pydub.AudioSegment.export": (0, "out_f"),
    "yt_dlp.YoutubeDL.extract_info": None,
    "yt_dlp.YoutubeDL.download": None,
}
#: Kind → what its methods wait for, and which of them do.
METHODS: dict[str, tuple[str, frozenset[str]]] = {
    kind: (wait, frozenset(names.split()))
    for kind, wait, names in (
        ("requests.Session", REQUEST, " ".join(_VERBS) + " send"),
        ("httpx.Client", REQUEST, " ".join(_VERBS) + " send"),
        ("urllib3.PoolManager", SERVER, "request request_encode_url request_encode_body urlopen"),
        ("yt_dlp.YoutubeDL", SERVER, "extract_info download download_with_info_file"),  # yt-dlp 2025
        ("gtts.gTTS", SERVER, "save write_to_fp stream"),  # gTTS 2.5: the constructor asks nobody
        ("speedtest.Speedtest", SERVER, "get_servers get_best_server get_closest_servers download upload"),
        ("speedtest.SpeedtestResults", SERVER, "share"),
        ("urllib.request.OpenerDirector", SERVER, "open"),
        ("jikanpy.Jikan", SERVER, "search anime manga character person user top season schedule"),  # jikanpy 4
        ("pySmartDL.SmartDL", SERVER, "start"),  # pySmartDL 1.3: unless `blocking=False` is said
        # spotdl 4: what it downloads itself it downloads in threads of its own
        ("spotdl.Spotdl", SERVER, "search get_download_urls"),
        ("spotdl.Downloader", SERVER, "search_and_download"),
        (SOUND, WORK, "export"),
        ("smtplib.SMTP", SERVER, "connect login starttls ehlo helo sendmail send_message quit"),
        ("ftplib.FTP", SERVER, "connect login cwd nlst retrbinary retrlines storbinary storlines quit delete rename size"),
        ("imaplib.IMAP4_SSL", SERVER, "login select search fetch store copy logout list uid expunge"),
        ("paramiko.SSHClient", SERVER, "connect exec_command open_sftp"),
        ("telegraph.Telegraph", SERVER, "create_account create_page edit_page get_page upload_file"),
        ("lyricsgenius.Genius", SERVER, "search_song search_artist search_album search_songs lyrics"),  # lyricsgenius 3
        ("googletrans.Translator", SERVER, "translate detect"),  # googletrans 3; those of 4.0.2 are awaited
        ("deep_translator.GoogleTranslator", SERVER, "translate translate_file translate_batch"),
        (OPENAI, SERVER, "create generate edit transcribe translate parse create_variation"),  # openai 1, anthropic, groq
        (BROWSER, SERVER, f"""get refresh back forward execute execute_script execute_async_script set_window_size maximize_window quit
         close save_screenshot get_screenshot_as_png get_screenshot_as_file get_screenshot_as_base64 find_element find_elements
         {" ".join(f"find_element_by_{name} find_elements_by_{name}" for name in _BY)}"""),
        (MONGO_COLLECTION, DATABASE, """find_one insert_one insert_many update_one update_many delete_one delete_many replace_one
         count_documents estimated_document_count find_one_and_update find_one_and_delete find_one_and_replace distinct bulk_write
         create_index drop"""),
        (MONGO_DB, DATABASE, "command list_collection_names list_collections drop_collection validate_collection"),  # pymongo 4
        # jira 3.10: each asks the server, some more than once
        ("jira.JIRA", SERVER, """issue search_issues create_issue create_issues add_comment comments comment assign_issue transitions
         transition_issue projects project add_attachment add_watcher add_worklog create_issue_link boards sprints search_users user
         fields myself server_info"""),
        ("redis.Redis", DATABASE, """get set setex setnx mget mset delete exists expire ttl keys incr incrby decr hget hset hgetall
         hdel hexists hkeys hincrby lpush rpush lpop rpop lrange llen lrem sadd srem smembers sismember scard zadd zrem zrange
         zscore publish ping flushdb flushall"""),
        (CONNECTION, DATABASE, "commit rollback execute"),
        (CURSOR, DATABASE, "execute executemany fetchone fetchall fetchmany callproc copy_from"),
        (SQL_SESSION, DATABASE, "commit flush execute scalar scalars rollback merge refresh"),
        (SQL_QUERY, DATABASE, "all first one one_or_none count get delete update scalar exists"),
        # Pillow 11: writing a photo of 12 megapixels takes 100 ms and more; opening it reads its header alone
        (PICTURE, WORK, "save"),
        (FUTURE, WORK, "result"),
        ("zipfile.ZipFile", FILES, "extractall extract read write writestr testzip"),
        ("tarfile.TarFile", FILES, "extractall extract add"),
    )
}  # fmt: skip
#: What a server on the same machine answers sooner than a thread begins. Measured with redis-py and Redis 7: a `ping` or a single key
#: takes 0.03 ms, the same by `asyncio.to_thread()` 0.08 ms. What works on all keys, or gives as much as there is (`keys`, `hgetall`,
#: `lrange`, `smembers`), is none of it.
NEAR = {
    "redis.Redis": frozenset(
        """get set setex setnx delete exists expire ttl incr incrby decr hget hset hdel hexists hincrby lpush rpush lpop rpop llen sadd srem
        sismember scard zadd zrem zscore publish ping""".split()
    ),
}
#: Methods of databases that go over all that is there, or change its shape.
LONG = frozenset(
    "keys flushdb flushall aggregate create_index distinct bulk_write insert_many drop executemany copy_from".split()
)
#: What a library has beside a client whose calls block, with the same methods to await: redis-py 4.2, PyMongo 4.13.
AWAITED_TWIN = {"redis.Redis": "redis.asyncio", MONGO_COLLECTION: "pymongo.AsyncMongoClient"}
#: The machine itself, which is also meant where a client is told no host.
NEAR_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
#: Kinds that one thread at a time may use (`threadsafety` 1 of the DB-API; SQLAlchemy, "Is the Session thread-safe?"), or of which the
#: transaction is that of all who share it (psycopg2).
ONE_THREAD = frozenset({CONNECTION, CURSOR, SQL_SESSION, SQL_QUERY, "smtplib.SMTP", "ftplib.FTP", "imaplib.IMAP4_SSL"})
#: Libraries whose objects have such methods: where a project names none of them, no method is looked at.
LIBRARIES = frozenset(
    "requests httpx httpx2 urllib3 yt_dlp youtube_dl gtts speedtest smtplib ftplib imaplib paramiko googletrans deep_translator openai "
    "anthropic groq selenium pymongo redis psycopg2 psycopg pymysql MySQLdb mysql sqlalchemy zipfile tarfile cloudscraper PIL "
    "concurrent telegraph lyricsgenius jikanpy pydub pySmartDL google_trans_new jira spotdl".split()
)
#: The last parts of all these names.
WORDS = frozenset(
    {name.rpartition(".")[2] for name in FUNCTIONS} | {name for _, names in METHODS.values() for name in names}
)
#: A file that holds none of these has none of them.
NEEDLES = tuple(
    word.encode()
    for word in sorted(
        {name.partition(".")[0] for name in FUNCTIONS} | LIBRARIES | {"sleep", "input(", "os.wait", "os.spawn"}
    )
    if word not in ("builtins", "time", "os")
)
