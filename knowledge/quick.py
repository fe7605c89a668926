"""What returns soon: libraries that only compute, or of which what waits is awaited. Of every other one it is not known how long it takes.

*Soon* is tens of milliseconds at most, as a call of a bot uses it: a small picture, a page, a text. What is known to block is another
table (`knowledge.blocking`) and counts first.
"""

from __future__ import annotations

#: Libraries whose calls return soon, by the name that is imported.
LIBRARIES = frozenset(
    """
    aiogram aiogram_dialog aiohttp aiofiles aiosqlite hydrogram kurigram pyrofork pyrogram pytgcalls telebot telegram telethon tgcrypto
    motor asyncpg beanie tortoise gino aioredis aiocache aiohttp_socks httpx httpx2 requests urllib3 redis pymongo psycopg2 psycopg
    pymysql MySQLdb sqlalchemy sqlmodel peewee bson
    aioflask asgiref django fastapi flask opentelemetry prometheus_client quart sentry_sdk starlette uvicorn werkzeug
    apscheduler arq cachetools tenacity
    attr attrs msgspec pydantic pydantic_settings decouple dotenv environs yaml toml tomli orjson ujson simplejson rapidjson jwt
    babel dateutil dateparser jdatetime khayyam pendulum persiantools pytz tzlocal whenever timezonefinder
    cowpy emoji flag fuzzywuzzy humanize jinja2 langdetect Levenshtein loguru markdown markdownify num2words phonenumbers prettytable
    pybase64 pyfiglet pymorphy2 pyperclip rapidfuzz regex rich structlog tabulate termcolor colorama thefuzz typing_extensions unidecode
    urlextract validators zalgo_text cloudscraper
    bs4 cssselect html2text html5lib lxml pyquery parsel
    barcode colorsys cv2 fontTools hachoir imghdr magic mutagen numpy PIL qrcode glitch_this wand
    cryptography Crypto cryptg nacl pyotp psutil click tqdm packaging pkg_resources typing_inspect
    pytest faker unittest mock freezegun grpc
    """.split()
)
#: Other functions, and everything that stands below them.
PREFIXES = (
    "google.protobuf.", "pandas.DataFrame", "pandas.Series", "pandas.to_", "selenium.webdriver.support.", "selenium.webdriver.common.",
    "selenium.webdriver.ChromeOptions", "selenium.webdriver.FirefoxOptions", "selenium.webdriver.chrome.", "selenium.webdriver.firefox.",
    "youtubesearchpython.", "youtube_search.",
)  # fmt: skip
#: What is slow all the same: writing a whole file, opening a video, what OpenCV 4 computes over a whole picture again and again.
EXCEPT = frozenset(
    "to_excel to_csv to_json to_parquet to_sql VideoCapture detailEnhance detectMultiScale edgePreservingFilter "
    "fastNlMeansDenoising fastNlMeansDenoisingColored forward inpaint pencilSketch stylization".split()
)


def returns_soon(name: str) -> bool:
    """Whether what is called so returns soon: "bs4.BeautifulSoup().find". Making an object waits for nobody, unless it is known to."""
    last = name.rpartition(".")[2]
    if last in EXCEPT:
        return False
    if name.partition(".")[0].rstrip("()[]") in LIBRARIES or name.startswith(PREFIXES):
        return True
    return last[:1].isupper()
