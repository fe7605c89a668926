"""What the project as a whole tells about its use of Telegram: which libraries, which releases, which methods of its own."""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from functools import cached_property

from ....knowledge import bots, classes
from ...sources.imports import packages_in
from ...sources.requirements import Declarations
from ..module import Module, Project

#: What stands before the name that is defined, and behind it, or behind the one of an attribute that is assigned to.
_DEF = re.compile(rb"\bdef[ \t]+\Z")
_OF_SELF = re.compile(rb"[ \t]*\(\s*(?:self|cls)\b")
_ASSIGNED = re.compile(rb"[ \t]*=(?!=)")
TELETHON, PTB = "telethon", "telegram"
#: Libraries of bots, whose clients have methods of the same names.
_LIBRARIES = frozenset(
    "telethon telegram pyrogram hydrogram pyrofork kurigram aiogram telebot pytgbot hikkatl herokutl discord slack_sdk slack_bolt vkbottle "
    "vk_api mautrix nio opentele pytdbot telegrambot balethon rubpy".split()
)
_THRESHOLD = re.compile(rb"\b(\w*sleep_threshold)\s*=\s*([\d_]+(?:\s*\*\s*[\d_]+)*)")
#: What Pyrogram has under these names until 1.0.
_UNTIL_1 = ("Filters", "Emoji")
#: The oldest release of Telethon whose errors are known: what it has, every release has.
_OLDEST = "1.24.0"


class TelegramProject:
    """Facts about one state of a project, each worked out when it is first asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._own: dict[str, bool] = {}
        self._datas = tuple(
            source.data.removeprefix(b"\xef\xbb\xbf") for source in project.others(project.settings.root)
        )
        self._environment = Declarations.of(project).at(project.settings.root)

    @classmethod
    def of(cls, project: Project) -> TelegramProject:
        """The facts of `project`."""
        return project.fact(cls)

    @cached_property
    def libraries(self) -> Counter[str]:
        """How many of its files import each library of bots."""
        return Counter(name for data in self._datas for name in _imported(data))

    def imports_at_start(self, library: str) -> bool:
        """Whether a file of the project imports a library when it starts, so that any other may do so, too."""
        pattern = re.compile(rb"(?m)^(?:from|import)[ \t]+%b\b" % library.encode())
        return any(pattern.search(data) for data in self._datas)

    @property
    def has_telegram(self) -> bool:
        """Whether any file imports a library whose calls are known."""
        return bool(self.libraries.keys() & {TELETHON, PTB, *bots.LIBRARIES})

    def bot_library(self, data: bytes) -> bots.BotLibrary | None:
        """The library that methods named like its own belong to in a file, besides Telethon and python-telegram-bot."""
        return next((self.known(name) for name in bots.LIBRARIES if self.speaks(name, data)), None)

    def known(self, package: str) -> bots.BotLibrary | None:
        """The library that is imported by a name, in the release that the project is written for; None if that is not known."""
        return bots.LIBRARIES.get(package) if package != "aiogram" else self._aiogram

    @cached_property
    def _aiogram(self) -> bots.BotLibrary | None:
        datas = [data for data in self._datas if "aiogram" in _imported(data)]
        second, third = (any(re.search(words, data) for data in datas) for words in bots.AIOGRAM_RELEASES)
        return None if second is third else bots.AIOGRAM_2 if second else bots.AIOGRAM_3

    def speaks(self, library: str, data: bytes) -> bool:
        """Whether `library` is what methods named like its own belong to in a file: the file imports no other library of bots,
        and in the project others are an exception (a script that makes a session for another program, say).
        """
        others = sum(count for name, count in self.libraries.items() if name != library)
        return _imported(data) <= {library} and others * 10 <= self.libraries[library]

    def yields(self, function: ast.AST) -> bool:
        """Whether a function, or one inside of it, is a generator."""
        if function not in self._yields:
            self._yields[function] = any(isinstance(n, (ast.Yield, ast.YieldFrom)) for n in ast.walk(function))
        return self._yields[function]

    @cached_property
    def _yields(self) -> dict[ast.AST, bool]:
        return {}

    def has_own(self, method: str) -> bool:
        """Whether the project defines a method of that name, or puts something in the place of the library's."""
        if method not in self._own:
            datas = map(self._project.data, self._project.mentioning([method]))
            self._own[method] = any(_is_own(method.encode(), data) for data in datas)
        return self._own[method]

    @cached_property
    def subclasses_client(self) -> bool:
        """Whether a class of the project derives from Telethon's client (of whatever spelling) and may replace methods of it."""
        pattern = re.compile(rb"class[ \t]+\w+[ \t]*\([^)]*Client\b")
        return any(pattern.search(data) for data in self._datas)

    def sleeps_through(self, seconds: int, argument: str) -> bool:
        """Whether a client of the project is told by an argument to sleep through flood waits of that many seconds by itself."""
        return any(told >= seconds and name == argument for name, told in self._thresholds)

    @cached_property
    def _thresholds(self) -> list[tuple[str, int]]:
        """The arguments by which the project tells clients to sleep through flood waits, and for how many seconds."""
        told = (found for data in self._datas if b"sleep_threshold" in data for found in _THRESHOLD.findall(data))
        return [
            (name.decode(), math.prod(int(factor.replace(b"_", b"")) for factor in value.split(b"*")))
            for name, value in told
        ]

    @cached_property
    def before_pyrogram_1(self) -> tuple[Module, str] | None:
        """A file that is for a Pyrogram older than 1.0, and the name that it imports and that has gone since."""
        for path in sorted(self._project.mentioning(_UNTIL_1)):
            if (module := self._project.parsed(path)) is None:
                continue
            for name in _UNTIL_1:
                if any(b.qualified == f"pyrogram.{name}" for b in module.names.root.bindings.get(name, ())):
                    return module, name
        return None

    @cached_property
    def telethon_release(self) -> str:
        """The oldest release of Telethon that the project may run on."""
        return self._environment.oldest("telethon") or _OLDEST

    def has_error(self, name: str, ptb_major: int) -> bool:
        """Whether the class certainly exists where the project runs."""
        dotted = classes.canonical(name)
        if dotted.startswith("telethon.errors."):
            return classes.telethon_has(dotted, max(self.telethon_release, _OLDEST, key=_numbers))
        if dotted.startswith("telegram.error."):
            return classes.ptb_has(dotted, ptb_major)
        return classes.is_known(dotted)


def _imported(data: bytes) -> frozenset[str]:
    """The libraries of bots that a file imports."""
    return packages_in(data) & _LIBRARIES


def _is_own(method: bytes, data: bytes) -> bool:
    """Whether a file defines or assigns a method."""
    at = data.find(method)
    while at >= 0:
        end = at + len(method)
        if data[at - 1 : at] == b"." and _ASSIGNED.match(data, end):
            return True
        if _OF_SELF.match(data, end) and _DEF.search(data, data.rfind(b"\n", 0, at) + 1, at):
            return True
        at = data.find(method, end)
    return False


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))
