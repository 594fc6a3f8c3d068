"""Where a stream that was disconnected continues.

A stream of events (trades, candles) asks the server's history for what happened while the stream was disconnected; see
`market_data.trade_resume` and `analytics.candle_resume`. A stream of states continues with the state now.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Resume(Protocol):
    """What one stream remembers of what it has received. Only times of the server are used."""

    @property
    def since_nanos(self) -> int:
        """The time from which on the history was asked for; 0: it was not."""
        ...

    @property
    def reached(self) -> bool:
        """Whether the history had what was received last before the connection was lost."""
        ...

    def request(self) -> Any:
        """The request of the next connection."""
        ...

    def take(self, message: Any) -> bool:
        """Remembers a message; False if it was received before."""
        ...


MakeResume = Callable[[Any], Resume]
"""From the request of the first connection."""


class StateResume:
    """For states: the past of the first request is continued, and is not asked for again once the stream was live."""

    reached = True
    since_nanos = 0

    def __init__(self, request: Any) -> None:
        self._request = request
        self._next = int(request.start_time_nanos)

    def request(self) -> Any:
        """The next state of the past, or only what is live."""
        return started(self._request, self._next)

    def take(self, message: Any) -> bool:
        """No state comes twice."""
        header = message.header
        self._next = header.receive_time_nanos + 1 if header.past else 0
        return True


class LiveResume:
    """For clients that were made with `resume=False`: once something was received, the stream continues live."""

    reached = True
    since_nanos = 0

    def __init__(self, request: Any) -> None:
        self._request = request

    def request(self) -> Any:
        """The first request, without its past once that has begun."""
        return self._request

    def take(self, message: Any) -> bool:  # noqa: ARG002 - the first message is enough
        """Nothing comes twice."""
        if self._request.start_time_nanos:
            self._request = started(self._request, 0)
        return True


def started(request: Any, start: int) -> Any:
    """A copy of a request for a stream that begins at a time; 0: now."""
    made = type(request)()
    made.CopyFrom(request)
    made.start_time_nanos = start
    return made
