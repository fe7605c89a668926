"""Updates of different chats that are handled side by side, where one was handled after the other before.

Those of one chat or user keep their order. Then two activations meet only in what all chats share. `Handlers` tells which handlers
touch nothing of it, and which do so at one moment; all others must not run together.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ..analysis.blocking import Blocks
from ..analysis.module import Module
from ..analysis.overlap import Overlap, Overlaps
from ..analysis.program import Program
from ..analysis.ptb_callbacks import Callback, Unknown, callbacks
from ..analysis.touch import Touch, worst
from ..model import Assumption, Hazard, Proof, Verdict

#: A log handler of the project's own, which may send what is logged, or what stands in the place of the terminal.
_TELLING_ELSEWHERE = (b"def emit(", b"sys.stdout =", b"sys.stderr =")


@dataclass(frozen=True, slots=True)
class _Handler:
    callback: Callback
    #: None where the function is not known.
    overlap: Overlap | None


class Handlers:
    """The handlers of one program, for the question which of them may run side by side."""

    def __init__(self, program: Program) -> None:
        self._program = program
        found = list(callbacks(program))
        self._unknown = [one for one in found if isinstance(one, Unknown)]
        overlaps = program.project.fact(Overlaps)
        self._handlers = [
            _Handler(one, overlaps.of(*one.function) if one.function else None)
            for one in found
            if isinstance(one, Callback)
        ]

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self._handlers)

    @cached_property
    def alone(self) -> tuple[Callback, ...]:
        """The handlers of which one may run at a time: they touch what all chats share, with waits in between, or may do so.

        A handler that the application does not wait for runs beside the others already.
        """
        if not any(self._writes(handler) for handler in self._waited):
            return ()
        if not any(self._is_apart(handler) for handler in self._waited):
            return ()
        return tuple(handler.callback for handler in self._waited if not self._is_free(handler))

    @property
    def free(self) -> int:
        """How many touch nothing that all chats share, so that they may run beside any other."""
        return sum(self._is_free(handler) for handler in self._handlers)

    @property
    def keeps_waiting(self) -> bool:
        """Whether what takes its time still runs one at a time, and the others do nothing but answer."""
        blocks = self._program.project.fact(Blocks)
        alone = [handler for handler in self._handlers if handler.callback in self.alone]
        takes_time = any(
            handler.overlap is None
            or handler.overlap.lingers
            or (handler.callback.function and blocks.within(*handler.callback.function))
            for handler in alone
        )
        others = [handler.overlap for handler in self._handlers if handler not in alone]
        return takes_time and not any(overlap is None or overlap.lingers for overlap in others)

    @property
    def stops_all(self) -> tuple[Module, ast.Call] | None:
        """A call of a handler that blocks the event loop, where nothing else of all handlers takes its time: it keeps all chats waiting,
        side by side or not.
        """
        if any(handler.overlap is None or handler.overlap.lingers for handler in self._handlers):
            return None
        blocks = self._program.project.fact(Blocks)
        for function in (handler.callback.function for handler in self._handlers):
            if function is not None and (found := next(iter(blocks.within(*function)), None)) is not None:
                return function[0], found.call
        return None

    def obstacles(self) -> Iterator[tuple[Callback, Touch | None]]:
        """What stands against each of those that run alone."""
        for handler in self._handlers:
            if handler.callback in self.alone:
                touches = self._shared(handler.overlap) if handler.overlap else ()
                yield handler.callback, worst(touches)

    # Verdicts

    def interleaving(self) -> Verdict:
        """Whether no activation comes between what another one does, when those in `alone` run one at a time."""
        for unknown in self._unknown:
            return Assumption(Hazard.INTERLEAVING, f"nothing comes between: {unknown.what}", unknown.path, unknown.line)
        if self.alone:
            because = "the handlers that use what all chats share still run one at a time"
        elif self._waited and not any(self._writes(handler) for handler in self._waited):
            because = "no handler changes what all chats share"
        else:
            because = "each handler that uses what all chats share does so between two waits"
        return Proof(Hazard.INTERLEAVING, because)

    def ordering(self) -> Verdict:
        """Whether nobody sees which of two chats' updates was handled first."""
        for handler in self._handlers:
            if handler.overlap is None:
                callback = handler.callback
                sentence = f"it does not matter which of two chats `{callback.name}` answers first"
                return Assumption(Hazard.ORDERING, sentence, callback.module.path, callback.expression.lineno)
        seen = [t for handler in self._handlers if handler.overlap for t in handler.overlap.touches if t.writes]
        first = worst(t for t in seen if not t.place) or worst(seen)
        if first is None and self._unknown:
            unknown = self._unknown[0]
            sentence = f"it does not matter which of two chats comes first: {unknown.what}"
            return Assumption(Hazard.ORDERING, sentence, unknown.path, unknown.line)
        if first is None:
            return Proof(Hazard.ORDERING, "all that a handler does goes to the chat of its own update")
        sentence = f"it does not matter which of two chats comes first: {first.phrase}"
        return Assumption(Hazard.ORDERING, sentence, first.path, first.line)

    def resources(self, module: Module, at: ast.expr, most: int, *, limited: bool) -> Verdict:
        """Whether what is used at a time keeps its bound; `limited` where the bot's requests go through a rate limiter."""
        elsewhere = [
            h for h in self._handlers if h.overlap is None or any(t.place != "telegram" for t in h.overlap.touches)
        ]
        if limited and not elsewhere and not self._unknown:
            return Proof(Hazard.RESOURCES, "its handlers only send requests to Telegram, which its rate limiter counts")
        what = "" if limited else ", and Telegram takes what the bot then sends in a second"
        sentence = f"up to {most} chats may be answered at a time, where one was{what}"
        return Assumption(Hazard.RESOURCES, sentence, module.path, at.lineno)

    # One handler

    @property
    def _waited(self) -> list[_Handler]:
        return [handler for handler in self._handlers if handler.callback.blocks]

    @cached_property
    def _tells_elsewhere(self) -> bool:
        return any(self._program.mentions(word) for word in _TELLING_ELSEWHERE)

    def _is_free(self, handler: _Handler) -> bool:
        return handler.overlap is not None and not self._shared(handler.overlap)

    def _is_apart(self, handler: _Handler) -> bool:
        if handler.overlap is None:
            return True
        return handler.overlap.apart is not None or (self._tells_elsewhere and bool(self._shared(handler.overlap)))

    def _writes(self, handler: _Handler) -> bool:
        return handler.overlap is None or any(touch.writes for touch in self._shared(handler.overlap))

    def _shared(self, overlap: Overlap) -> tuple[Touch, ...]:
        return overlap.touches if self._tells_elsewhere else overlap.shared
