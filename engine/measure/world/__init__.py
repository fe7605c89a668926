"""The world that a measured program runs in: no network, a Telegram that answers, updates made from its handlers.

This folder is copied beside the program and runs in the program's own interpreter, where tgfix need not be installed:
its modules import the standard library, python-telegram-bot and one another, nothing else of the project.
"""
