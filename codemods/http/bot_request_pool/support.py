"""The support code of concurrent updates: chats side by side, each in order, and handlers that must not run together."""

from __future__ import annotations

from ....engine.model import Helper, Import

#: Updates that are handled at a time.
MOST = 64

_PER_CHAT = '''\
class PerChatUpdates(BaseUpdateProcessor):
    """Handles up to `most` updates at a time, but those of one chat or one user one after the other, as they came.

    For `ApplicationBuilder.concurrent_updates()` of python-telegram-bot 20.4 or newer.
    """

    def __init__(self, most=64):
        # it would count updates that wait for an earlier one of their chat, too
        super().__init__(2**31)
        self._most = most
        self._latest = {}  # the id of a chat or user -> what is set when its latest update is done

    async def initialize(self):
        self._places = asyncio.Semaphore(self._most)

    async def shutdown(self):
        pass

    async def do_process_update(self, update, coroutine):
        names = "effective_chat", "effective_user"
        concerned = [getattr(update, name, None) for name in names]
        keys = {one.id for one in concerned if one is not None} or {None}
        earlier = [self._latest[key] for key in keys if key in self._latest]
        done = asyncio.Event()
        self._latest.update(dict.fromkeys(keys, done))
        try:
            for event in earlier:
                await event.wait()
            async with self._places:
                await coroutine
        finally:
            done.set()
            for key in keys:
                if self._latest.get(key) is done:
                    del self._latest[key]
'''
_ONE_AT_A_TIME = '''\
def one_at_a_time(callback, _locks=weakref.WeakKeyDictionary()):
    """Of all handlers whose callbacks are wrapped in it one runs at a time, whatever chat it is for: they share something."""

    @functools.wraps(callback)
    async def alone(update, context):
        async with _locks.setdefault(asyncio.get_running_loop(), asyncio.Lock()):
            return await callback(update, context)

    return alone
'''

PER_CHAT = Helper("PerChatUpdates", _PER_CHAT, (Import("asyncio"), Import("telegram.ext", "BaseUpdateProcessor")))
ONE_AT_A_TIME = Helper("one_at_a_time", _ONE_AT_A_TIME, (Import("asyncio"), Import("functools"), Import("weakref")))
