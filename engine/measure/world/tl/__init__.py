"""Telegram's own schema (TL), which the libraries for MTProto share: objects, answers and updates, whichever library holds them."""
