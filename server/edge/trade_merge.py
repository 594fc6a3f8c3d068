"""The trades of one venue's market out of the records of all ingesters: every trade once, and real gaps only. Pure."""

from __future__ import annotations

from ..analytics.seen_ids import SeenIds
from ..model import Trade, TradeGap
from .events import TradeSeen
from .trade_coverage import Change, TradeCoverage

Output = Trade | TradeGap
EPOCHS = 8
"""Epochs whose first trade is remembered."""


class TradeMerge:
    """Of one key. Trades are told apart by the venue's id; the ids of the newest trades are remembered."""

    def __init__(self, *, consecutive: bool) -> None:
        """`consecutive`: the venue's ids are numbers without a hole."""
        self._consecutive = consecutive
        self.coverage = TradeCoverage()
        self._seen = SeenIds()
        self._last = ""
        """The id of the newest trade that was passed on."""
        self._received: dict[int, int] = {}
        """By epoch: when its newest trade was received."""
        self._first: dict[int, tuple[str, str] | None] = {}
        """By epoch: the id of its first trade that was new here, and of the trade before that one; None: the gap
        between the two is said, and the ingester itself says what it misses later."""
        self._owed: int | None = None
        """A gap before the next new trade of this epoch is to be said."""

    def offer(self, seen: TradeSeen, now: int) -> list[Output]:
        """What a record brings."""
        made = self._lost(seen, now)
        if isinstance(seen.what, TradeGap):
            return made + self._gap(seen, seen.what, now)
        self._received[seen.epoch] = max(self._received.get(seen.epoch, 0), seen.receive_time)
        if not self._seen.add(seen.what.trade_id):
            return made
        if self._seen.full:
            self._seen.turn()
        if seen.epoch not in self._first:
            self._remember_first(seen.epoch, seen.what.trade_id)
            if self.coverage.broken and self._owed is None:
                # The first trade of a successor: its book comes later, and says the same.
                made += self._said_first(seen.epoch)
        if self._owed == seen.epoch:
            self._owed = None
            made += self._said_first(seen.epoch)
        self._last = seen.what.trade_id
        return [*made, seen.what]

    def pass_on(self, changes: list[Change]) -> list[Output]:
        """The gaps that follow from changes of the coverage."""
        made: list[Output] = []
        for change in changes:
            if not change.epoch or not self._last:
                continue
            if change.epoch in self._first:
                made += self._said_first(change.epoch)
            else:
                self._owed = change.epoch
        return made

    def _said_first(self, epoch: int) -> list[Output]:
        """The gap before the first trade of an epoch, unless it was said."""
        first = self._first[epoch]
        self._first[epoch] = None
        return [] if first is None else self._between(first[1], first[0])

    def _lost(self, seen: TradeSeen, now: int) -> list[Output]:
        """Events that the ingester lost on the way into the topic before this one."""
        if not seen.dropped:
            return []
        before = seen.what.trade_id if isinstance(seen.what, Trade) else ""
        return self._gap(seen, TradeGap("", before, 0), now)

    def _gap(self, seen: TradeSeen, gap: TradeGap, now: int) -> list[Output]:
        """A gap is none here where another ingester has the trades."""
        before = self._received.get(seen.epoch, seen.receive_time)
        filled = self.coverage.covers(before, now, seen.epoch)
        self.coverage.interrupt(seen.epoch, seen.receive_time)
        return [] if filled else [gap]

    def _between(self, after: str, before: str) -> list[Output]:
        """The gap between two trades, unless their ids say that there is none."""
        if not after:
            return []
        if not self._consecutive or not (after.isdecimal() and before.isdecimal()):
            return [TradeGap(after, before, 0)]
        missing = int(before) - int(after) - 1
        return [TradeGap(after, before, missing)] if missing > 0 else []

    def _remember_first(self, epoch: int, trade_id: str) -> None:
        if len(self._first) >= EPOCHS:
            oldest = next(iter(self._first))
            del self._first[oldest]
            self._received.pop(oldest, None)
        self._first[epoch] = trade_id, self._last
