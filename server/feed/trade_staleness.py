"""Trades that were accepted by the venue and never come, while those of others do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..market.market import Market
from ..model import Pair

# Seconds without a trade that say nothing of any market.
LEAST = 60.0
# A stream may be silent for so many of its own longest pauses.
PAUSES = 10
# So many trades of the other venues must have come meanwhile.
OTHERS = 50


@dataclass(slots=True)
class _Pace:
    count: int
    """Trades of ours when they were looked at last."""
    others: int
    """Trades of the other venues when the newest of ours came."""
    since: float
    """When that was."""
    longest: float = 0.0


class TradeStaleness:
    """Compares one venue's trades with those of the other venues, market by market. Times are monotonic seconds."""

    def __init__(self, venue: str, least: float = LEAST, others: int = OTHERS) -> None:
        self._venue = venue
        self._least = least
        self._others = others
        self._paces: dict[Pair, _Pace] = {}

    def is_mute(self, market: Market, siblings: Iterable[Market], now: float) -> bool:
        """Whether this venue's trades of the market have ceased, though the other venues trade and the `siblings`,
        which are on the same connection, go on. Once True, the count begins anew."""
        going_on = [self._look(each, now) for each in siblings if each is not market]
        pace = self._paces.get(market.pair)
        self._look(market, now)
        if pace is None or pace.since == now:
            return False
        silent = now - pace.since
        if silent <= max(self._least, PAUSES * pace.longest):
            return False
        if self._of_others(market) - pace.others < self._others or (going_on and not any(going_on)):
            return False
        pace.since, pace.others = now, self._of_others(market)
        return True

    def forget(self, pair: Pair) -> None:
        """The stream of this market begins anew."""
        self._paces.pop(pair, None)

    def _look(self, market: Market, now: float) -> bool:
        """Notes what has come; whether something has, of late."""
        count, others = market.trades.get(self._venue, 0), self._of_others(market)
        pace = self._paces.get(market.pair)
        if pace is None:
            pace = self._paces[market.pair] = _Pace(count, others, now)
        elif pace.count != count:
            pace.longest = max(pace.longest * 0.99, now - pace.since)
            pace.count, pace.others, pace.since = count, others, now
        return now - pace.since < self._least

    def _of_others(self, market: Market) -> int:
        return sum(count for venue, count in market.trades.items() if venue != self._venue)
