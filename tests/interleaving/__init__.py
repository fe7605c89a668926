"""All interleavings of a bot's handlers, explored by a deterministic scheduler.

`loop` is an event loop in which nothing happens by itself: what comes from outside (an answer of Telegram, the end of a
sleep, of a thread, the next update) waits until it is chosen. `world` is the small world a program runs in, and what it
is seen to do. `threads` are those of `asyncio.to_thread`, line by line. `explore` runs a program once for every sequence
of choices. `text` writes a bot around the bodies of its handlers, `programs` draws random ones.
"""
