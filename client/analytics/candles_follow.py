"""Candles from the past into the future without a hole: what the server has, then its stream, each revision once.

A stream of candles begins with the next one that closes, and what closed while it was disconnected is not sent again.
So whenever the stream may have missed something (its first candle, a reconnect, a loss), the server is asked for what
it has before that candle is handed on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import TracebackType

from ..errors import OnebookError
from ..message_parts import Header
from ..sync import Client
from .candles import Candle, Fill

_KEPT = 2000
"""Candles whose revisions are remembered; so far back corrections are found again after a loss."""


class FollowedCandles(Iterator[Candle]):
    """Candles of one interval, oldest first; a correction is handed out when it comes.

    Iterate in one thread; `close()` may be called from any.
    """

    def __init__(
        self,
        client: Client,
        market: str,
        interval: str,
        venue: str = "",
        fill: Fill = "none",
        include_open: bool = False,
        start: int = 0,
    ) -> None:
        self._client = client
        self._market, self._interval, self._venue = market, interval, venue
        self._fill: Fill = fill
        self._include_open = include_open
        self._start = start
        self._stream = client.stream_candles(market, interval, venue=venue, fill=fill, include_open=include_open)
        self._seen: dict[int, tuple[int, Candle]] = {}  # by open time: the stream's epoch then, and the newest state
        self._losses: tuple[int, ...] | None = None
        self._candles = self._read()

    @property
    def missed(self) -> int:
        """Messages of the stream that were lost; the candles were asked for afterwards."""
        return self._stream.missed

    def close(self) -> None:
        """Ends the iteration."""
        self._stream.close()

    def __iter__(self) -> FollowedCandles:
        return self

    def __next__(self) -> Candle:
        return next(self._candles)

    def __enter__(self) -> FollowedCandles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _read(self) -> Iterator[Candle]:
        yield from filter(self._new, self._history())
        for candle in self._stream:
            losses = (self._stream.epoch, self._stream.reconnects, self._stream.missed)
            if losses != self._losses:
                yield from filter(self._new, self._history(losses))
            if self._new(candle):
                yield candle

    def _history(self, losses: tuple[int, ...] | None = None) -> tuple[Candle, ...]:
        """What the server has; nothing, and to be asked again, where it cannot be reached now."""
        try:
            found: tuple[Candle, ...] = self._client.candles(
                self._market,
                self._interval,
                venue=self._venue,
                start=self._start,
                fill=self._fill,
                include_open=self._include_open,
            )
        except OnebookError as error:
            if not error.retry:
                raise
            return ()
        self._losses = losses
        return found

    def _new(self, candle: Candle) -> bool:
        """Whether this state of the candle was not handed out yet."""
        opened, epoch = candle.open_time_nanos, self._stream.epoch
        before_epoch, before = self._seen.get(opened, (0, None))
        if before is not None:
            # Revisions begin again with the server's process: behind a restart only what differs is new.
            if epoch == before_epoch and (candle.closed, candle.revision) < (before.closed, before.revision):
                return False
            if _numbers(candle) == _numbers(before):
                self._seen[opened] = epoch, before
                return False
        self._seen[opened] = epoch, candle
        if len(self._seen) > _KEPT:
            del self._seen[next(iter(self._seen))]
            self._start = max(self._start, next(iter(self._seen)))
        return True


def _numbers(candle: Candle) -> Candle:
    """The candle without what differs in every message."""
    return replace(candle, header=_NO_HEADER, dropped=0)


_NO_HEADER = Header(0, 0, 0, False, 0, 0, False)
