"""Programs before and after `cached-json`: documentation and tests at once."""

from __future__ import annotations

from textwrap import indent

from ....engine.codemod import Example, left, patched, untouched
from ....engine.model import Safety
from .support import CACHED_READ

_CODE = "+\n+\n" + indent(CACHED_READ.source, "+", bool)

EXAMPLES: tuple[Example, ...] = (
    patched(
        """\
 import json
+import os
+import time
"""
        + _CODE
        + """\
+

 CONFIG = "config.json"


 def load_config():
     with open(CONFIG) as f:
         return json.load(f)


 async def limits(update, context):
-    config = load_config()
+    config = cached_read(CONFIG, load_config)
     await update.message.reply_text(f"{config['limit']} of {len(config['names'])}")


 async def is_admin(update, context):
-    return update.effective_user.id in load_config()["admins"]
+    return update.effective_user.id in cached_read(CONFIG, load_config)["admins"]
""",
        "a configuration that handlers only look at",
    ),
    patched(
        """\
 import json
 import os
+import time

 from telegram import Update
"""
        + _CODE
        + """\


 def load_links():
     if os.path.exists("links.json"):
         with open("links.json") as f:
             return json.load(f)
     return {}


 async def get_link(update: Update, context):
-    links = load_links()
+    links = cached_read("links.json", load_links)
     await update.message.reply_text(links.get(context.args[0], "unknown"))


 async def add_link(update, context):
     links = load_links()
     links[context.args[0]] = context.args[1]
     with open("links.json", "w") as f:
         json.dump(links, f)
""",
        "a caller that changes what it gets reads the file itself",
    ),
    patched(
        """\
+import os
+import time
+
 import yaml
 from telegram import Update
"""
        + _CODE
        + """\
+

 TEXTS = "texts.yml"


 def load_file(path):
     with open(path, encoding="utf-8") as f:
         return yaml.safe_load(f)


 async def start(update: Update, context):
-    await update.message.reply_text(load_file(TEXTS)["start"])
+    await update.message.reply_text(cached_read(TEXTS, load_file, TEXTS)["start"])


 async def restore(update: Update, context):
     await update.message.reply_text(load_file(context.args[0])["name"])
""",
        "a function that is given the path",
    ),
    left(
        """\
import json


async def price(update, context):
    with open("prices.json", encoding="utf-8") as f:
        prices = json.load(f)
    await update.message.reply_text(str(prices.get(context.args[0])))
""",
        "it is read in the coroutine itself; what a plain function of the module gives is kept until the file changes",
        "a file that a handler reads itself",
    ),
    patched(
        """\
 import json
+import os
+import time

 from telethon import events
"""
        + _CODE
        + """\


 def load_texts():
     try:
         with open("texts.json") as f:
             return json.load(f)
     except Exception:
         return {}


 @events.register(events.NewMessage)
 async def start(event):
-    await event.reply(load_texts().get("start", "Hello"))
+    await event.reply(cached_read("texts.json", load_texts).get("start", "Hello"))
""",
        "a function that hides failures needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import json


def load_state():
    with open("state.json") as f:
        return json.load(f)


async def count(event):
    state = load_state()
    state["count"] += 1
    return state
""",
        "may change or keep",
        "callers that change what they get",
    ),
    left(
        """\
import json


def load_state():
    print("reading")
    return json.load(open("state.json"))


async def count(event):
    await event.reply(str(load_state()["count"]))
""",
        "calls print()",
        "a function that does more",
    ),
    untouched(
        """\
import json


def load_state(user):
    with open(f"{user}.json") as f:
        return json.load(f)


async def remember(event):
    with open("state.json") as f:
        state = json.load(f)
    state["last"] = load_state(event.sender_id)
    return state


async def main():
    with open("token.json") as f:
        print(json.load(f)["bot"])
""",
        "a result that is changed, a file for each user, and a file that is read when the bot starts",
    ),
    patched(
        """\
 import json
+import os
+import time
"""
        + _CODE
        + """\


 def load(path="config.json"):
     with open(path) as f:
         return json.load(f)


 async def limits(update, context):
-    await update.message.reply_text(str(load()["limit"]))
+    await update.message.reply_text(str(cached_read("config.json", load)["limit"]))
""",
        "a path that is the parameter's own",
    ),
    left(
        """\
import json

from telethon import TelegramClient
from telethon.events import CallbackQuery

client = TelegramClient("bot", 1, "hash")


@client.on(CallbackQuery(data=b"secret"))
async def show(event):
    secrets = json.load(open("secrets.json"))
    await event.answer(secrets[str(event.sender_id)], alert=True)
""",
        "it is read when somebody presses a button",
        "a button that is seldom pressed",
    ),
    left(
        """\
import json

from telethon import TelegramClient, events

client = TelegramClient("account", 1, "hash")


@client.on(events.NewMessage(outgoing=True))
async def show(event):
    notes = json.load(open("notes.json"))
    await event.edit(notes[event.raw_text])
""",
        "at a command of the owner's",
        "a command of a userbot's owner",
    ),
    left(
        """\
import json


class Config:
    def __init__(self, path):
        self.path = path

    def load(self):
        with open(self.path) as f:
            return json.load(f)


config = Config("config.json")


async def limits(update, context):
    await update.message.reply_text(str(config.load()["limit"]))
""",
        "it is a method; what a function of the module gives is kept until the file changes",
        "a method that reads",
    ),
)
