"""What the venues tell of the time before the server's own candles of all venues began, added up to one past.

The server makes candles of all venues of the trades that it receives, from its start on. Of the time before it has
each venue's own candles. Added up they are no exact candle: which venue traded first and last is not known, so open
and close are those of the venue that traded most. They are marked as partial, and drawn as such.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from ..analytics.candles import Candle, CandleSource, CandleState
from ..analytics.candles_follow import FollowedCandles
from ..errors import OnebookError
from ..rows import Rows
from ..sync import Client

_AGAIN_SECONDS = 5.0
_VENUES = 30


class CandlesWithPast:
    """The candles of all venues, with the past that the venues tell of before them. One thread iterates."""

    def __init__(self, client: Client, market: str, interval: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._market, self._interval = client, market, interval
        self._followed = FollowedCandles(client, market, interval, "", include_open=True)
        self._clock = clock
        self._asked_at: float | None = None
        self._found = False

    @property
    def missed(self) -> int:
        """As in the stream."""
        return self._followed.missed

    def close(self) -> None:
        """Ends the iteration."""
        self._followed.close()

    def __iter__(self) -> Iterator[Candle]:
        for candle in self._followed:
            yield from self._past(candle)
            yield candle

    def _past(self, first: Candle) -> Sequence[Candle]:
        """The past before the first candle, once; asked for again while the server itself does not have it yet."""
        now = self._clock()
        if self._found or (self._asked_at is not None and now - self._asked_at < _AGAIN_SECONDS):
            return ()
        self._asked_at = now
        try:
            past = merged(self._of_venues(first))
        except OnebookError as error:
            if not error.retry:
                raise
            return ()
        self._found = bool(past)
        return past

    def _of_venues(self, first: Candle) -> list[Candle]:
        names = [quality.venue for quality in self._client.venue_status(self._market).venues]
        found: list[Candle] = []
        for name in names[:_VENUES]:
            found += self._client.candles(self._market, self._interval, venue=name, end=first.open_time_nanos)
        return found


def merged(candles: Iterable[Candle]) -> tuple[Candle, ...]:
    """One candle per open time of those of several venues, oldest first; those without prices do not count."""
    by_time: dict[int, list[Candle]] = {}
    for candle in candles:
        if candle.open is not None:
            by_time.setdefault(candle.open_time_nanos, []).append(candle)
    return tuple(_sum(by_time[opened]) for opened in sorted(by_time))


def _sum(parts: Sequence[Candle]) -> Candle:
    most = max(parts, key=lambda part: part.volume or Decimal(0))
    volume, quote_volume = _total(part.volume for part in parts), _total(part.quote_volume for part in parts)
    trades = [part.trades for part in parts]
    return Candle(
        header=most.header,
        market=most.market,
        venue="",
        interval=most.interval,
        open_time_nanos=most.open_time_nanos,
        close_time_nanos=most.close_time_nanos,
        open=most.open,
        high=max(part.high for part in parts if part.high is not None),
        low=min(part.low for part in parts if part.low is not None),
        close=most.close,
        volume=volume,
        quote_volume=quote_volume,
        trades=None if None in trades else sum(each for each in trades if each is not None),
        vwap=quote_volume / volume if quote_volume is not None and volume else None,
        state=CandleState.PARTIAL_GAP,
        source=CandleSource.VENUE,
        revision=0,
        reconciliation=None,
        open_interest=None,
        dropped=0,
        venues=Rows(),
        counted_venues=tuple(part.venue for part in parts),
        missing_venues=Rows(),
        complete_over_counted=False,
    )


def _total(values: Iterable[Decimal | None]) -> Decimal | None:
    """The sum; None where one of them is not known."""
    total = Decimal(0)
    for value in values:
        if value is None:
            return None
        total += value
    return total
