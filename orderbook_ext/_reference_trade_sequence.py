"""The trades of one stream in order, in plain Python; see the interface in _book.pyi."""

from __future__ import annotations

from typing import Any

from ._reference_shared import ConsistencyLock
from .trades import MAX_REMEMBERED, TRADE_IDS

MOST_DIGITS = 38


class TradeSequence:
    """The newest trade of a stream, and the ids of those that came last."""

    def __init__(self, lock: ConsistencyLock, ids: str, remembered: int) -> None:
        if not 0 < remembered <= MAX_REMEMBERED:
            raise ValueError(f"1..{MAX_REMEMBERED} ids are remembered")
        self._lock = lock
        self._ids = TRADE_IDS[TRADE_IDS.index(ids)]
        self._remembered = remembered
        self._seen: dict[str, None] = {}
        self._last: Any = None
        self._last_rank: int | None = None
        self.interrupted = False
        self.filling = False

    @property
    def last(self) -> Any:
        return self._last

    @last.setter
    def last(self, trade: Any) -> None:
        with self._lock:
            self._last_rank = None if trade is None else self._rank(trade)
            self._last = trade

    def accept(self, trade: Any) -> bool | None:
        rank = self._rank(trade)
        with self._lock:
            if trade.trade_id in self._seen:
                return False
            last = self._last_rank
            if self.interrupted or self.filling or last is None or rank is None:
                return None
            if self._ids == "consecutive" and rank - last > 1:
                return None
            self._add(trade.trade_id)
            if rank > last or (rank == last and self._ids == "opaque"):
                self._last, self._last_rank = trade, rank
            return True

    def remember(self, trade: Any) -> bool:
        with self._lock:
            if _id(trade) in self._seen:
                return False
            self._add(trade.trade_id)
            return True

    def has_seen(self, trade: Any) -> bool:
        with self._lock:
            return _id(trade) in self._seen

    def _add(self, trade_id: str) -> None:
        if len(self._seen) == self._remembered:
            del self._seen[next(iter(self._seen))]
        self._seen[trade_id] = None

    def _rank(self, trade: Any) -> int | None:
        """What the trade is ordered by; None where the owner of the stream is to say it."""
        trade_id = _id(trade)
        if self._ids == "opaque":
            time: int = trade.exchange_time
            return time if -(2**63) <= time < 2**63 else None
        plain = trade_id.isascii() and trade_id.isdecimal() and len(trade_id) <= MOST_DIGITS
        return int(trade_id) if plain else None


def _id(trade: Any) -> str:
    if type(trade.trade_id) is not str:
        raise TypeError(f"a trade's id is a str, was {type(trade.trade_id).__name__}")
    return trade.trade_id
