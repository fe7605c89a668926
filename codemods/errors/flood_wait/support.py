"""The support code of flood-wait. It goes, as text, into users' projects: it names no tgfix and needs Python 3.8."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ....engine.model import Helper, Import
from ....knowledge.kinds import GOES_THROUGH, WAITS_OUT

_OWN = '''\
async def wait_out_floods(call, /, *args, **kwargs):
    """Await call(*args, **kwargs); when Telegram says how long to wait, wait a little longer and call again.

    A wait of more than LONGEST seconds is raised, and so is the one that follows attempt ATTEMPTS.
    """
    for attempt in range(1, BEYOND):
        try:
            return await call(*args, **kwargs)
        except ERRORS as error:
            if attempt == ATTEMPTS or error.seconds > LONGEST:
                raise
            await asyncio.sleep(error.seconds * random.uniform(1.01, 1.1))
'''
_TENACITY = '''\
@tenacity.retry(
    retry=tenacity.retry_if_exception(lambda error: isinstance(error, ERRORS) and error.seconds <= LONGEST),
    wait=lambda state: state.outcome.exception().seconds * random.uniform(1.01, 1.1),
    stop=tenacity.stop_after_attempt(ATTEMPTS),
    reraise=True,
)
async def wait_out_floods(call, /, *args, **kwargs):
    """Await call(*args, **kwargs); when Telegram says how long to wait, wait a little longer and call again.

    A wait of more than LONGEST seconds is raised, and so is the one that follows attempt ATTEMPTS.
    """
    return await call(*args, **kwargs)
'''
_STAMINA = '''\
def _announced_wait(error):
    """The seconds that Telegram wants us to wait, and a little more; False where it is too long or another error."""
    if isinstance(error, ERRORS) and error.seconds <= LONGEST:
        return error.seconds * random.uniform(1.01, 1.1)
    return False


@stamina.retry(on=_announced_wait, attempts=ATTEMPTS, timeout=None)
async def wait_out_floods(call, /, *args, **kwargs):
    """Await call(*args, **kwargs); when Telegram says how long to wait, wait a little longer and call again.

    A wait of more than LONGEST seconds is raised, and so is the one that follows attempt ATTEMPTS.
    """
    return await call(*args, **kwargs)
'''
_THROUGH = '''\
async def through_floods(iterator):
    """The items of one of Telethon's iterators; a flood wait makes it pause where it is, instead of ending it.

    A wait of more than LONGEST seconds is raised, and so is the one that follows attempt ATTEMPTS at the same place.
    """
    iterator = iterator.__aiter__()
    started, attempt = False, 1
    while True:
        try:
            item = await iterator.__anext__()
        except StopAsyncIteration:
            return
        except ERRORS as error:
            if attempt == ATTEMPTS or error.seconds > LONGEST:
                raise
            await asyncio.sleep(error.seconds * random.uniform(1.01, 1.1))
            attempt += 1
            if not started:
                iterator = iterator.__aiter__()  # it had not found the chat yet
            continue
        started, attempt = True, 1
        yield item
'''
_SOURCES = {"own": _OWN, "tenacity": _TENACITY, "stamina": _STAMINA}


@lru_cache(maxsize=16)
def calling(errors: Sequence[str], attempts: int, longest: int, library: str = "own") -> Helper:
    """`wait_out_floods`, by hand or by a library for retries ("tenacity", "stamina" from 25.1 on)."""
    needed = ("asyncio",) if library == "own" else (library,)
    also = ("_announced_wait",) if library == "stamina" else ()
    return Helper(WAITS_OUT, _filled(_SOURCES[library], errors, attempts, longest), _imports(errors, *needed), also)


@lru_cache(maxsize=16)
def iterating(errors: Sequence[str], attempts: int, longest: int) -> Helper:
    """`through_floods`."""
    return Helper(GOES_THROUGH, _filled(_THROUGH, errors, attempts, longest), _imports(errors, "asyncio"))


def _filled(source: str, errors: Sequence[str], attempts: int, longest: int) -> str:
    names = ", ".join(name.rpartition(".")[2] for name in errors)
    written = f"({names})" if len(errors) > 1 else names
    values = {"ERRORS": written, "ATTEMPTS": str(attempts), "BEYOND": str(attempts + 1), "LONGEST": str(longest)}
    for word, value in values.items():
        source = source.replace(word, value)
    return source


def _imports(errors: Sequence[str], *modules: str) -> tuple[Import, ...]:
    classes = [Import("telethon.errors", name.rpartition(".")[2]) for name in errors]
    return (*(Import(module) for module in (*modules, "random")), *classes)
