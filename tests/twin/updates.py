"""Bot API updates as plain data: those that `tgfix measure` makes, from its file, since twins also run where tgfix is not installed."""

from __future__ import annotations

import runpy
from pathlib import Path

_made = runpy.run_path(str(Path(__file__).parents[2] / "engine" / "measure" / "world" / "updates.py"))

BOT = _made["BOT"]
MESSAGE_KINDS = _made["MESSAGE_KINDS"]
callback_query = _made["callback_query"]
edited = _made["edited"]
message = _made["message"]
server_commands = _made["server_commands"]
utf16_length = _made["utf16_length"]
