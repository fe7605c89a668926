"""TGF302, TGF501 and TGF502: what others see in the order in which updates came, and what is gone through meanwhile."""

from __future__ import annotations

from . import SafetyCase, driving

_ATTRIBUTE = """\
import subprocess

from telethon import TelegramClient, events


class Watch:
    def __init__(self):
        self.hosts = {"a": "up", "b": "up"}

    async def check(self, event):
        lines = []
        for host, state in self.hosts.items():
            subprocess.run(["sleep", "0.05"])
            lines.append(f"{host} {state}")
        await event.reply("\\n".join(lines))

    async def add(self, event):
        self.hosts[event.raw_text.split()[1]] = "new"
        await event.reply("added")


client = TelegramClient("bot", 1, "hash")
watch = Watch()
client.add_event_handler(watch.check, events.NewMessage(pattern="/check"))
client.add_event_handler(watch.add, events.NewMessage(pattern="/add"))
"""


CASES = [
    SafetyCase(
        "hosts added while they are checked",
        {"bot.py": _ATTRIBUTE},
        driving.telethon_bot,
        {"updates": ["/check", "/add c"]},
    ),
]
