"""Order flow the long way: whole books of decimals, the formula of the paper as it is printed, every event kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

INFINITE = Decimal("Infinity")
Side = dict[Decimal, Decimal]


@dataclass
class WholeBook:
    """All levels of both sides."""

    bids: Side = field(default_factory=dict)
    asks: Side = field(default_factory=dict)

    def copy(self) -> WholeBook:
        return WholeBook(dict(self.bids), dict(self.asks))

    def apply(self, side: str, price: Decimal, size: Decimal) -> None:
        levels: Side = getattr(self, side)
        if size:
            levels[price] = size
        else:
            levels.pop(price, None)

    def level(self, side: str, rank: int) -> tuple[Decimal, Decimal]:
        """Price and size; a level that is not there is infinitely bad and empty."""
        levels: Side = getattr(self, side)
        ranked = sorted(levels.items(), reverse=side == "bids")
        return ranked[rank] if rank < len(ranked) else (-INFINITE if side == "bids" else INFINITE, Decimal(0))

    @property
    def crossed(self) -> bool:
        return bool(self.bids and self.asks) and max(self.bids) >= min(self.asks)


def contribution(before: WholeBook, after: WholeBook, rank: int) -> Decimal:
    """e_n of Cont, Kukanov and Stoikov (2014), equation 2, of the levels of one rank."""
    (bid, bid_size), (ask, ask_size) = after.level("bids", rank), after.level("asks", rank)
    (old_bid, old_bid_size), (old_ask, old_ask_size) = before.level("bids", rank), before.level("asks", rank)
    flow = Decimal(0)
    if bid >= old_bid:
        flow += bid_size
    if bid <= old_bid:
        flow -= old_bid_size
    if ask <= old_ask:
        flow -= ask_size
    if ask >= old_ask:
        flow += old_ask_size
    return flow


@dataclass
class Model:
    """One venue."""

    levels: int
    book: WholeBook = field(default_factory=WholeBook)
    shown: WholeBook | None = None
    """As it was at the last update that counted; None while it is hidden."""
    flows: list[tuple[int, list[Decimal]]] = field(default_factory=list)
    hidden: list[tuple[int, int | None]] = field(default_factory=lambda: [(0, None)])
    trades: list[tuple[int, str, Decimal]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def show(self, time: int) -> None:
        self.shown = self.book.copy()
        begun, _ = self.hidden.pop()
        self.hidden.append((begun, time))

    def hide(self, time: int) -> None:
        if self.shown is not None:
            self.shown = None
            self.hidden.append((time, None))

    def frame(self, time: int) -> None:
        if self.shown is not None:
            self.flows.append((time, [contribution(self.shown, self.book, rank) for rank in range(self.levels)]))
            self.shown = self.book.copy()

    def replace(self, time: int, book: WholeBook) -> None:
        self.book = book
        if self.shown is not None:
            if any(
                self.shown.level(side, rank) != book.level(side, rank)
                for side in ("bids", "asks")
                for rank in range(self.levels)
            ):
                self.hidden.append((time, time))
            self.shown = book.copy()

    def trade(self, time: int, trade_id: str, side: str, size: Decimal) -> None:
        if trade_id not in self.seen:
            self.seen.add(trade_id)
            self.trades.append((time, side, size))

    def window(self, start: int, end: int) -> tuple[list[Decimal], int, bool, dict[str, Decimal], int]:
        """Flow by level, updates, partial, volume by side, trades."""
        found = [flow for time, flow in self.flows if start < time <= end]
        by_level = [sum((flow[rank] for flow in found), Decimal(0)) for rank in range(self.levels)]
        missed = any((to is None or to > start) and since <= end for since, to in self.hidden)
        volumes = dict.fromkeys(("buy", "sell", "unknown"), Decimal(0))
        traded = [(side, size) for time, side, size in self.trades if start < time <= end]
        for side, size in traded:
            volumes[side] += size
        return by_level, len(found), missed, volumes, len(traded)
