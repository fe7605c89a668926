"""The world that a measured program runs in: no network, a Telegram that answers, updates made from its handlers.

This folder is copied beside the program and runs in the program's own interpreter, where tgfix need not be installed:
its modules import the standard library, the bot's library and one another, nothing else of the project. A library has a
folder of its own (`ptb`, `mtproto` for Telethon), which is imported where the program uses it: its side of the network,
how updates get to it, and how its handlers are explored.
"""
