"""Plausible values for what a program wants from its environment, by the name of it."""

from __future__ import annotations

import hashlib
import re
import zlib

from .world.known import CHANNEL, GROUP, TOKEN, USER

#: As Fernet takes keys: 32 bytes in base64.
_CIPHER = "ZmFrZWZha2VmYWtlZmFrZWZha2VmYWtlZmFrZWZha2U="
_KEY = "sk-fakefakefakefakefakefakefakefakefakefakefake0000"
#: Pattern of a name in capitals → value; the first that fits holds.
_BY_NAME: tuple[tuple[str, str], ...] = (
    (r"API_?ID|APP_?ID", "12345"),
    (r"HASH", "0123456789abcdef0123456789abcdef"),
    (r"SESSION", "measured"),
    (r"(MAX|PRICE|LIMIT|COUNT).*TOKEN|TOKEN.*(MAX|PRICE|LIMIT|COUNT)", "1"),
    (r"TOKEN|^BOT_API$|^API_KEY_BOT$", TOKEN),
    (r"PHONE", "+10000000000"),
    (r"(REDIS|MONGO|RABBIT|AMQP|KAFKA|NATS)\w*HOST(NAME)?$", "localhost"),
    (r"REDIS\w*DB\w*$", "0"),
    (r"REDIS\w*(PASS|PASSWORD|PWD|USER|USERNAME)$", ""),
    (r"ADMIN|OWNER|SUDO|MANAGER|ALLOWED|AUTHORI[SZ]ED|WHITELIST|USER_?ID", str(USER)),
    (r"^(POSTGRES|PG|DB|DATABASE|MYSQL|SQL)\w*(USER|USERNAME|LOGIN)$", "user"),
    (r"^(POSTGRES|PG|DB|DATABASE|MYSQL|SQL)\w*(PASS|PASSWORD|PWD)$", "password"),
    (r"^(POSTGRES|PG|DB|DATABASE|MYSQL|SQL)\w*(HOST|SERVER)$", "localhost"),
    (r"^(POSTGRES|PG|DB|DATABASE|MYSQL|SQL)(\w*NAME|_DB|DATABASE)$", "measured"),
    (r"MONGO.*PORT$", "27017"),
    (r"REDIS.*PORT$", "6379"),
    (r"MYSQL.*PORT$", "3306"),
    (r"(POSTGRES|PG|DB|DATABASE)_?PORT$", "5432"),
    (r"PORT$", "8080"),
    (r"ENVIRONMENT|^ENV$", "development"),
    (r"^(RUN|START|ENABLE|USE)_(\w+_)?(BOT|POLLING)$|(BOT|POLLING)_(ENABLED?|ACTIVE)$", "true"),
    (r"DEBUG|VERBOSE|ENABLE|^(IS|USE|ALLOW|DISABLE|NO)_", "0"),
    (r"LOG_?LEVEL", "INFO"),
    (r"^(LOG_?)?FORMAT$", "%(message)s"),
    (r"REDIS", "redis://localhost:6379"),
    (r"MONGO", "mongodb://localhost:27017/db"),
    (r"DATABASE|DB_UR[LI]|SQLALCHEMY|POSTGRES", "sqlite:///measured.db"),
    (r"URL|URI|ENDPOINT|DOMAIN|BASE$", "https://service.invalid"),
    (r"HOST", "localhost"),
    (r"LOG.*(CHAT|GROUP|ID$)|GROUP.*LOG", str(GROUP)),
    (r"(CHAT|CHANNEL|GROUP)_?ID", str(CHANNEL)),
    (r"PATH|DIR(?!E)|FOLDER|FILE|DEST", "./measured"),
    (r"CRYPT.*KEY|FERNET|CIPHER", _CIPHER),
    (r"KEY|SECRET|PASS|CREDENT", _KEY),
    (r"CHAN|CHAT|GROUP|_ID$|^FROM|^TO_", str(CHANNEL)),
    (r"USERNAME|NAME", "ThisBot"),
    (r"LIMIT|COUNT|MAX|MIN|SIZE|TIMEOUT|INTERVAL|DELAY|SECONDS|NUM", "1"),
    (r"TZ|TIMEZONE", "UTC"),
)
#: The same by what pydantic calls the addresses of servers.
SERVERS = {
    "Postgres": "postgresql://user:password@localhost:5432/db",
    "Redis": "redis://localhost:6379/0",
    "Mongo": "mongodb://localhost:27017/db",
    "MySQL": "mysql://user:password@localhost:3306/db",
    "Amqp": "amqp://user:password@localhost:5672/",
    "Http": "https://service.invalid",
    "Any": "https://service.invalid",
}
#: Names whose values are secrets, or tell whom the program belongs to.
SECRET = re.compile(
    r"TOKEN|KEY|HASH|SECRET|PASS|SESSION|ADMIN|OWNER|ALLOWED|DATABASE|REDIS|MONGO|API_ID|APP_ID|CREDENT|DSN|BOT_API|AUTH"
)
#: Names that a program reads and that are better left as they are.
LEFT = re.compile(
    r"__|^PYTHON|PROXY|WEBHOOK|SENTRY|HEROKU|RAILWAY|KUBERNETES|ANDROID|GITHUB|^(DYNO|HOSTNAME|RUNNER_\w+|HOME|PATH|USER|PWD|LANG|SHELL|TERM)$"
)
_SECRETS = re.compile(
    r"\b\d{8,11}:[A-Za-z0-9_-]{33,36}|eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_.-]{20,}|\bsk-[A-Za-z0-9_-]{20,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bAIza[A-Za-z0-9_-]{30,}|\bgsk_[A-Za-z0-9]{20,}|1[A-Za-z0-9_-]{200,}=*"
)


def value(name: str, *, number: bool = False) -> str:
    """A value for a variable of that name; `number`: one that `int` reads."""
    upper = name.upper()
    found = next((text for pattern, text in _BY_NAME if re.search(pattern, upper)), "value")
    return found if not number or re.fullmatch(r"-?\d+", found) else "12345"


def literal(name: str) -> str:
    """The same as an expression of Python; a list where the name is one of several people or chats."""
    found = value(name)
    plain = found if re.fullmatch(r"-?\d+", found) else repr(found)
    return f"[{plain}]" if re.search(r"(IDS|LIST|ADMINS|OWNERS|USERS|CHATS|CHANNELS|GROUPS)$", name.upper()) else plain


def without_secrets(text: str) -> str:
    """`text` with keys and tokens of known forms replaced by ones that open nothing."""
    return _SECRETS.sub(lambda found: TOKEN if ":" in found[0] else _KEY, text)


def repository() -> dict[str, str]:
    """The files of a repository of git with one commit, that has a tag; bytes that are no text are in it by `surrogateescape`."""
    files = {
        ".git/HEAD": "ref: refs/heads/main\n",
        ".git/config": "[core]\n\trepositoryformatversion = 0\n\tbare = false\n",
    }

    def added(kind: str, text: str) -> str:
        data = f"{kind} {len(text)}\0{text}".encode()
        name = hashlib.sha1(data).hexdigest()
        files[f".git/objects/{name[:2]}/{name[2:]}"] = zlib.compress(data).decode("utf-8", "surrogateescape")
        return name

    by = "Ann <ann@service.invalid> 1700000000 +0000"
    commit = added("commit", f"tree {added('tree', '')}\nauthor {by}\ncommitter {by}\n\nBegin\n")
    tag = added("tag", f"object {commit}\ntype commit\ntag v1.0.0\ntagger {by}\n\nv1.0.0\n")
    return files | {".git/refs/heads/main": f"{commit}\n", ".git/refs/tags/v1.0.0": f"{tag}\n"}


def content(name: str) -> str:
    """What a file holds that a program looks for, by its name."""
    if "token" in name.rpartition("/")[2].lower():
        return TOKEN
    return "{}" if name.endswith((".json", ".yml", ".yaml")) else ""
