"""The support code of bounded-downloads, for a plain loop and an asynchronous one."""

from __future__ import annotations

from ....engine.model import Helper, Import

_SOURCE = '''\
async def {name}(downloads):
    """Wait for the downloads of {what}, four at a time.

    The first error stops the others, and is raised.
    """
    running = set()
    try:
        {loop} download in downloads:
            running.add(asyncio.ensure_future(download))
            if len(running) == 4:
                first = asyncio.FIRST_COMPLETED
                done, running = await asyncio.wait(running, return_when=first)
                await asyncio.gather(*done)
        await asyncio.gather(*running)
    finally:
        for download in running:
            download.cancel()
        await asyncio.gather(*running, return_exceptions=True)
'''


def _helper(name: str, what: str, loop: str) -> Helper:
    return Helper(name, _SOURCE.format(name=name, what=what, loop=loop), (Import("asyncio"),))


FOR = _helper("four_at_once", "an iterator", "for")
ASYNC_FOR = _helper("four_at_once_as_they_come", "an asynchronous iterator", "async for")
