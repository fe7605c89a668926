"""What makes code of a program run beside other code of it, and which libraries do not, whatever they are given.

Read from the documentation of each library. What is in neither list is not known, and a function that is handed to it
may run at any time.
"""

from __future__ import annotations

#: Callables that start a task, by their dotted name.
TASKS = frozenset(
    f"asyncio.{name}"
    for name in "create_task ensure_future shield wait as_completed run_coroutine_threadsafe Task".split()
)
#: The same as methods: of a loop, a task group, an application, a nursery.
TASK_METHODS = frozenset(
    "create_task ensure_future start_soon run_coroutine_threadsafe call_later call_soon call_at call_soon_threadsafe "
    "add_reader add_writer add_signal_handler run_async".split()
)
#: Run several coroutines beside each other and wait for all of them.
TOGETHER = frozenset({"asyncio.gather"})
#: Run something in a thread; nothing else of the caller runs meanwhile if it is awaited on the spot.
IN_A_THREAD = frozenset({"asyncio.to_thread", "anyio.to_thread.run_sync", "starlette.concurrency.run_in_threadpool"})
IN_A_THREAD_METHODS = frozenset({"run_in_executor"})
#: Start threads or further processes.
THREADS = (
    "threading.Thread",
    "threading.Timer",
    "_thread.start_new_thread",
    "concurrent.futures.",
    "multiprocessing.",
    "billiard.",
    "gevent.",
    "eventlet.",
)
#: python-telegram-bot's job queue.
JOBS = frozenset("run_once run_repeating run_daily run_monthly run_custom".split())
#: Answer requests of browsers and other programs in this process.
SERVERS = (
    "flask.Flask",
    "fastapi.FastAPI",
    "quart.Quart",
    "sanic.Sanic",
    "bottle.",
    "starlette.applications.",
    "aiohttp.web.Application",
    "aiohttp.web.AppRunner",
    "aiohttp.web.run_app",
    "uvicorn.",
    "hypercorn.",
    "waitress.",
    "gunicorn.",
    "http.server.",
    "socketserver.",
    "wsgiref.",
    "websockets.serve",
    "tornado.",
    "asyncio.start_server",
    "xmlrpc.server.",
)
#: What hands the updates of a bot to its handlers until it is stopped, or keeps its program running for them, in all libraries.
SERVING = frozenset(
    "run_polling run_webhook start_polling start_webhook polling infinity_polling run_until_disconnected run_forever idle compose".split()
)
#: The hooks of python-telegram-bot's application, methods of its builder; and the arguments by which libraries are given theirs.
PTB_HOOKS = frozenset({"post_init", "post_stop", "post_shutdown"})
HOOKS = PTB_HOOKS | {"on_startup", "on_shutdown", "lifespan"}
#: Run functions at times of their own.
SCHEDULERS = ("apscheduler.", "schedule.", "aiocron.", "sched.", "aioschedule.", "rocketry.", "repeat_timer.")
#: Clients of Telegram and of other chats.
CLIENTS = (
    "telethon.TelegramClient",
    "telethon.sync.TelegramClient",
    "pyrogram.Client",
    "aiogram.Bot",
    "aiogram.Dispatcher",
    "telebot.TeleBot",
    "telebot.async_telebot.AsyncTeleBot",
    "discord.",
    "slack_bolt.",
    "vkbottle.",
    "nio.AsyncClient",
)
#: Modules that change how the event loop or threads work.
CHANGES_THE_LOOP = frozenset({"nest_asyncio", "gevent", "eventlet", "trio", "curio"})

#: Modules whose functions, decorators and base classes call what they are given only while they are called themselves, at import,
#: when the program ends, or in place of the decorated function.
IN_PLACE = (
    "builtins.", "functools.", "contextlib.", "itertools.", "operator.", "inspect.", "typing.", "typing_extensions.", "dataclasses.",
    "abc.", "enum.", "types.", "collections.", "copy.", "json.", "re.", "logging.", "traceback.", "warnings.", "argparse.", "heapq.",
    "bisect.", "string.", "random.", "html.", "ast.", "io.", "os.", "pathlib.", "shutil.", "pickle.", "csv.", "datetime.", "time.",
    "decimal.", "fractions.", "numbers.", "atexit.register", "unittest.", "doctest.", "timeit.", "configparser.", "urllib.parse.",
    "asyncio.run", "asyncio.iscoroutinefunction", "asyncio.wait_for", "asyncio.timeout", "asyncio.Lock", "asyncio.Semaphore",
    "asyncio.Queue", "asyncio.Event", "asyncio.iscoroutine", "asyncio.coroutine", "threading.Lock", "threading.RLock",
    "telegram.", "telethon.", "aiogram.", "pyrogram.", "click.", "typer.", "tenacity.", "backoff.", "retry.", "cachetools.",
    "async_lru.", "aiocache.", "pydantic.", "pydantic_settings.", "attr.", "attrs.", "marshmallow.", "sqlalchemy.", "sqlmodel.",
    "peewee.", "pony.", "tortoise.", "mongoengine.", "odmantic.", "beanie.", "pandas.", "numpy.", "tabulate.", "loguru.",
    "structlog.", "rich.", "tqdm.", "pytest.", "bs4.", "lxml.", "requests.", "httpx.", "aiohttp.Client", "aiohttp.TraceConfig",
    "django.", "rest_framework.",
    "jinja2.", "yaml.", "toml.", "tomllib.", "orjson.", "ujson.", "dotenv.", "environs.", "decouple.", "babel.", "gettext.",
    "sys.exit", "deprecated.", "wrapt.", "decorator.", "injector.", "dependency_injector.", "zope.interface.", "overrides.", "strenum.",
    "aenum.", "protobuf.", "google.protobuf.", "openai.", "PIL.", "matplotlib.", "gtts.", "qrcode.", "emoji.", "regex.",
)  # fmt: skip
#: Methods of anything that keep or call what they are given in the same way.
IN_PLACE_METHODS = frozenset(
    """add_handler add_handlers add_error_handler remove_handler remove_error_handler add_event_handler
    remove_event_handler append appendleft insert extend add update setdefault get pop put put_nowait index count remove
    discard sort map filter apply applymap agg transform reduce join format sub subn partial wraps run_until_complete
    post_init post_stop post_shutdown filter_by order_by where select values options execute executemany fetch
    validator field_validator model_validator root_validator setter getter deleter command group
    option argument get_command add_typer add_command add_parser add_argument set_defaults info debug warning error
    exception critical log write create_function create_aggregate set_trace_callback""".split()
)
#: Attributes that a library reads at its own start or end.
IN_PLACE_ATTRIBUTES = PTB_HOOKS | {"excepthook", "__doc__", "__name__", "__wrapped__"}
