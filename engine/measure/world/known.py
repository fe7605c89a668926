"""Who and what there is in the offline Telegram, whatever the library."""

from __future__ import annotations

import json
import re
from typing import Any

from . import updates

#: Somebody who writes to the bot, a group and a channel; and somebody who is nobody's owner.
USER, GROUP, CHANNEL = 7000001, -1001000000001, -1001000000002
STRANGER = 7000009
#: The first names of those who are not called Ann.
OTHER_NAMES = {STRANGER: "Ben"}
#: The bot itself.
BOT: dict[str, Any] = updates.BOT | {
    "first_name": "Bot",
    "can_read_all_group_messages": True,
    "supports_inline_queries": True,
    "can_connect_to_business": False,
    "has_main_web_app": False,
}
TOKEN = "123456789:AAE-fakefakefakefakefakefakefakefake0"
FILE = {"file_id": "AgADfile", "file_unique_id": "AgAD"}
#: What every file holds.
CONTENT = b"content of a file\n" * 20
#: What stands between a function that runs and a variable of it, in the name of what is kept there.
LOCAL = ": "
#: What a variable holds that nothing was put into.
NOT_SET = "<not set>"
#: What another handler does, so that one cannot run.
BEHIND = "takes what it would"
#: How the first request of an update may fail.
FAULTS = ("403", "400", "429", "time-out")
#: What no two runs have alike and what stands for it: how many of its digits are letters varies as well.
DRAWN = (
    (re.compile(r"0x[0-9a-f]{6,}"), "<address>"),
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "<uuid>"),
)


def poll(said: dict[str, Any]) -> dict[str, Any]:
    """A poll as the servers describe it, from what it was sent with."""
    options = said.get("options") or []
    if isinstance(options, str):
        options = json.loads(options)
    texts = [option if isinstance(option, str) else option.get("text", "o") for option in options]
    return {
        "id": "poll1",
        "question": said.get("question", "q"),
        "options": [{"text": text, "voter_count": 0, "persistent_id": str(i)} for i, text in enumerate(texts)],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": False,
        "type": said.get("type", "regular"),
        "allows_multiple_answers": bool(said.get("allows_multiple_answers")),
        "allows_revoting": False,
        "members_only": False,
    }
