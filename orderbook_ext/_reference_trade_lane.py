"""The fast lane of trades in plain Python: the same decisions as trade_lane.pxi, message by message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ._reference_lane import BookLane
from ._reference_trade_through import TradeThroughCounter
from ._reference_trades import TradeDecoder


class TradeLane:
    """The fast lane of a connection's trades; see the interface in _book.pyi."""

    def __init__(
        self,
        decoder: TradeDecoder,
        received: Callable[[Any], Any],
        otherwise: Callable[[list[Any], int], Sequence[Any]],
        fault: Callable[[str, str, int], Sequence[Any]],
        *,
        longest: int,
    ) -> None:
        self._decoder = decoder
        self._received = received
        self._otherwise = otherwise
        self._fault = fault
        self._longest = longest
        self._streams: dict[str, tuple[BookLane | None, TradeThroughCounter | None]] = {}
        self.taken = 0

    def bind(self, stream: str, book: BookLane | None = None, counter: TradeThroughCounter | None = None) -> None:
        if counter is not None and book is None:
            raise ValueError("a counter of trades needs the lane of their book")
        self._streams[stream] = (book, counter)

    def forget(self, stream: str | None = None) -> None:
        if stream is None:
            self._streams.clear()
        else:
            self._streams.pop(stream, None)

    def _read(self, data: object, monotonic: int) -> Sequence[Any] | None:
        """What the trades of a message lead to; None: it is no message of trades. The connection's lock is held."""
        if type(data) is not bytes or len(data) > self._longest:
            return None
        events = self._decoder.read(data)
        if events is None:
            return None
        way = self._streams.get(events[0].stream) if len(events) == 1 else None
        return self._otherwise(events, monotonic) if way is None else self._take(events[0], *way, monotonic)

    def _take(
        self, event: Any, book: BookLane | None, counter: TradeThroughCounter | None, monotonic: int
    ) -> Sequence[Any]:
        """The only trade of a message, of a stream that needs no decision while its book needs none."""
        if book is not None and not book.armed:
            return self._otherwise([event], monotonic)
        if counter is not None and book is not None:
            trade = event.trade
            try:
                reason = counter.traded(book._book, trade.price, trade.side, monotonic)
            except Exception:
                return self._otherwise([event], monotonic)  # It decides in its own way, and loses no trade.
            if reason:
                self.taken += 1
                return (self._received(event), *self._fault(event.stream, reason, monotonic))
        self.taken += 1
        return (self._received(event),)
