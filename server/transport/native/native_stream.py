"""One response stream of the engine, as the server knows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...codes import Code
from ...publish.channel import Overflow
from ..status import STATUS
from ._engine import Engine

if TYPE_CHECKING:
    from .processes.remote_engine import RemoteEngine


class NativeStream:
    """One stream. Its messages never pass through here: the engine takes them from the topic of the channel."""

    def __init__(
        self,
        engine: Engine | RemoteEngine,
        call: int,
        join: Callable[[NativeStream], Callable[[], None]],
        when_over: Callable[[Callable[[], None]], bool],
        overflow: Overflow,
    ) -> None:
        """`join` joins what the stream reads and returns what leaves it; `when_over` takes what is called when nothing
        is left of the call, and says whether that is still to come."""
        self.call = call
        self.cursor = 0
        self.overflow = overflow
        self.in_flight_since = 0.0
        self._engine = engine
        self._join = join
        self._when_over = when_over

    def start(self, on_end: Callable[[], None]) -> None:
        """Joins the channel; `on_end` is called once at the end of the stream, from whichever side it comes."""
        leave = self._join(self)

        def over() -> None:
            leave()
            on_end()

        if not self._when_over(over):
            over()

    def deliver(self, payload: bytes) -> None:  # noqa: ARG002
        """Streams are served by the engine."""
        raise AssertionError("the engine delivers")

    def end(self, code: Code, reason: str) -> None:
        """Ends the stream with this status; the first end of a stream counts."""
        self._engine.end(self.call, STATUS[code].value[0], reason.encode())
