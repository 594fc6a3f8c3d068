"""Faults of the market data itself: what a step's update names, leaves out or loses while the venue's book is right."""

from dataclasses import replace
from itertools import chain

from .book import Side
from .fault_schedule import ActiveFault, FaultSchedule
from .generator import Tick


class TickFaults:
    """Alters the steps of one venue. `window`: levels per side that its streams reach; only those can be left out."""

    def __init__(self, faults: FaultSchedule, window: int | None) -> None:
        self._faults = faults
        self._window = window
        self._kinds = {"ghost": self._ghost, "vanish": self._vanish, "trade_gap": self._trade_gap}

    def apply(self, ticks: list[Tick]) -> list[Tick]:
        """The steps as the venue publishes them."""
        for item in self._faults.active:
            alter = self._kinds.get(item.fault.kind)
            if alter is not None:
                ticks = [alter(item, tick) for tick in ticks]
        return ticks

    def _hits(self, item: ActiveFault, tick: Tick) -> bool:
        instrument = tick.market.instrument
        kind = "trade" if item.fault.kind == "trade_gap" else "diff"
        return self._faults.hits(item, instrument.symbol, str(instrument.pair), kind)

    def _ghost(self, item: ActiveFault, tick: Tick) -> Tick:
        if not (tick.bids or tick.asks) or not self._hits(item, tick):
            return tick
        price = self._free_price(tick, item.fault.away)
        ghost = {price: 10**tick.market.instrument.lot_decimals}
        return replace(tick, bids={**tick.bids, **ghost}, ghosts={**tick.ghosts, **ghost})

    def _free_price(self, tick: Tick, distance: float) -> int:
        """A bid price without a level, so many basis points below the best one but not below what clients see."""
        bids = tick.market.book.bids
        best = bids.best() or 2
        last = bids.price_at(min(self._window or len(bids), len(bids)) - 1) if len(bids) else 1
        start = min(best - 1, max(last, int(best * (1 - distance / 10_000))))
        prices = chain(range(start, last - 1, -1), range(start + 1, best), range(last - 1, 0, -1))
        return next(price for price in prices if price not in bids.sizes and price not in tick.bids)

    def _vanish(self, item: ActiveFault, tick: Tick) -> Tick:
        """Leave out one change, a level that came or went rather than another size."""
        old = tick.market.before(tick)
        found = [
            (bool(size) == bool(before), is_bid, price)
            for is_bid, levels in ((True, tick.bids), (False, tick.asks))
            for price, size in levels.items()
            if (before := old.get((is_bid, price), size)) != size
            and (is_bid, price) not in tick.withheld
            and self._reaches(tick, is_bid, price, item.fault.away)
        ]
        if not found or not self._hits(item, tick):
            return tick
        _, is_bid, price = min(found)
        bids = {p: s for p, s in tick.bids.items() if not (is_bid and p == price)}
        asks = {p: s for p, s in tick.asks.items() if is_bid or p != price}
        return replace(tick, bids=bids, asks=asks, withheld=tick.withheld | {(is_bid, price)})

    def _reaches(self, tick: Tick, is_bid: bool, price: int, distance: float) -> bool:
        """Whether a level is far enough from the middle and near enough to be seen at all."""
        book = tick.market.book
        bid, _, ask, _ = book.touch()
        middle = (bid + ask) / 2
        side: Side = book.bids if is_bid else book.asks
        last = side.price_at(min(self._window or len(side), len(side)) - 1) if len(side) else price
        return abs(price - middle) * 10_000 >= distance * middle and side.sign * price <= side.sign * last

    def _trade_gap(self, item: ActiveFault, tick: Tick) -> Tick:
        if not tick.trades or not self._hits(item, tick):
            return tick
        lost = tick.trades[len(tick.trades) // 2]
        return replace(
            tick,
            trades=[trade for trade in tick.trades if trade is not lost],
            aggregates=[taker for taker in tick.aggregates if not taker.first <= lost.id <= taker.last],
        )
