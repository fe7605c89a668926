"""TGF202: requests that block the event loop, so that a service or a file belongs to one at a time."""

from __future__ import annotations

from . import SafetyCase, driving
from .loopback import Server
from .requests_beside_others import earlier_is_slower
from .requests_between import BOT

_DICTIONARY = (
    BOT
    + """

@client.on(events.NewMessage)
async def define(event):
    answer = requests.get(f"{API}/{event.raw_text}", timeout=10)
    await event.reply(f"{event.raw_text}: {answer.status_code}")
"""
)


_CAPTCHA = (
    BOT
    + """

def token(answer):
    return answer.json()["path"]


@client.on(events.NewMessage(pattern="/solve (.+)"))
async def solve(event):
    word = event.pattern_match.group(1)
    challenge = token(requests.get(f"{API}/challenge/{word}", timeout=10))
    answer = requests.post(f"{API}/solution/{word}", json={"challenge": challenge}, timeout=10)
    await event.reply(f"{word}: {answer.status_code}")
"""
)


_PICTURE = (
    BOT
    + """
import shutil
import urllib.request


async def send(event, path):
    with open(path) as file:
        await event.reply(file.read())


@client.on(events.NewMessage(pattern="/picture (.+)"))
async def picture(event):
    url = f"{API}/{event.pattern_match.group(1)}"
    with urllib.request.urlopen(url) as answer, open("picture.png", "wb") as file:
        shutil.copyfileobj(answer, file)
    await send(event, "picture.png")
"""
)


_VOICE = (
    BOT
    + """
import urllib.request

FOLDER = "voices"


@client.on(events.NewMessage(pattern="/voice (.+)"))
async def voice(event):
    name = f"{FOLDER}/{event.chat_id}.ogg"
    urllib.request.urlretrieve(f"{API}/{event.pattern_match.group(1)}", filename=name)
    with open(name) as file:
        await event.reply(file.read())
"""
)


_DUMPED = (
    BOT
    + """
import json
from pathlib import Path


@client.on(events.NewMessage(pattern="/load"))
async def load(event):
    json.dump(requests.get(API + "/rates", timeout=10).json(), open("rates.json", "w"))


@client.on(events.NewMessage(pattern="/show"))
async def show(event):
    await event.reply(Path("rates.json").read_text() or "nothing")
"""
)


def one_at_a_time(server: Server, path: str) -> int:
    """The status by a server that allows one request at a time."""
    return 429 if server.working > 1 else 200


_SLOW = {"delay": 0.15}


CASES = [
    SafetyCase(
        "a service that allows one request at a time",
        {"bot.py": _DICTIONARY},
        driving.telethon_bot,
        {"updates": ["tea", "pot", "cup"], "server": {"status": one_at_a_time, "delay": 0.1}, "say": []},
    ),
    SafetyCase(
        "a challenge that is good for the next request",
        {"bot.py": _CAPTCHA},
        driving.telethon_bot,
        {"updates": ["/solve a", "/solve b"], "server": {"status": one_at_a_time, "delay": 0.1}, "say": ["busiest"]},
    ),
    SafetyCase(
        "a picture for each in a file of one name",
        {"bot.py": _PICTURE},
        driving.telethon_bot,
        {"updates": ["/picture a", "/picture b", "/picture c"], "server": {"delay": earlier_is_slower}, "say": []},
    ),
    SafetyCase(
        "two voices for one chat",
        {"bot.py": _VOICE, "voices": None},
        driving.telethon_bot,
        {"updates": ["/voice a", "/voice b", "/voice c"], "server": {"delay": earlier_is_slower}, "say": []},
    ),
    SafetyCase(
        "rates read while they are dumped",
        {"bot.py": _DUMPED, "rates.json": "{}"},
        driving.telethon_bot,
        {"updates": ["/load", "/show"], "server": _SLOW},
    ),
]
