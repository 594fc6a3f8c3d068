"""A live book against the venue's own answer: how many levels are equal, which are ghosts, which are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orderbook_ext import OrderBook

from .depth_reader import level_values

Levels = Mapping[Decimal, Decimal]
MILLION = 1_000_000
# Levels a side that are compared at most.
COMPARED = 5000


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of both sides."""

    bids: frozenset[Decimal]
    asks: frozenset[Decimal]

    def __len__(self) -> int:
        return len(self.bids) + len(self.asks)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What an audit found."""

    bid_match: int
    """Millionths of the levels compared that are equal; all of them if there were none."""
    ask_match: int
    ghosts: int
    """Levels of the book that the venue does not have."""
    missing: int
    """Levels of the venue that the book does not have."""
    differing: Prices
    """All levels that are not equal: ghosts, missing ones, and those of another size."""

    @property
    def worst(self) -> int:
        return min(self.bid_match, self.ask_match)


@dataclass(frozen=True, slots=True)
class Picture:
    """The levels of a book at one moment, and how far they are all there is (None: to the end)."""

    bids: Levels
    asks: Levels
    lowest: Decimal | None
    highest: Decimal | None

    @classmethod
    def of(cls, book: OrderBook) -> Picture:
        """What the book holds now."""
        bids, asks = (dict(side) for side in level_values(book, COMPARED))
        scale = -book.price_decimals
        lowest, highest = (
            None if book.whole or not end else Decimal(end).scaleb(scale)
            for end in (book.lowest_complete_bid, book.highest_complete_ask)
        )
        if len(bids) == COMPARED:
            lowest = max(lowest or min(bids), min(bids))
        if len(asks) == COMPARED:
            highest = min(highest or max(asks), max(asks))
        return cls(bids, asks, lowest, highest)


def compare(before: Picture, now: Picture, venue: Picture, among: Prices | None = None) -> Comparison:
    """Compares what the book held both `before` the venue answered and `now` with the answer.

    A level that changed in between may rightly be either way and does not count; with the same picture twice every
    level counts. Only prices at which both books are known to be complete are compared. `among`: only at these prices
    a difference counts.
    """
    lowest = max((end for end in (now.lowest, venue.lowest) if end is not None), default=None)
    highest = min((end for end in (now.highest, venue.highest) if end is not None), default=None)
    bids = _stable(before.bids, now.bids, venue.bids, lambda price: lowest is None or price >= lowest)
    asks = _stable(before.asks, now.asks, venue.asks, lambda price: highest is None or price <= highest)
    differing = Prices(
        _differing(bids, now.bids, venue.bids, among.bids if among is not None else None),
        _differing(asks, now.asks, venue.asks, among.asks if among is not None else None),
    )
    return Comparison(
        _ratio(len(bids), len(differing.bids)),
        _ratio(len(asks), len(differing.asks)),
        sum(price not in venue.bids for price in differing.bids)
        + sum(price not in venue.asks for price in differing.asks),
        sum(price not in now.bids for price in differing.bids) + sum(price not in now.asks for price in differing.asks),
        differing,
    )


def _stable(before: Levels, now: Levels, venue: Levels, within: Callable[[Decimal], bool]) -> list[Decimal]:
    """The prices that are compared."""
    return [price for price in now.keys() | venue.keys() if within(price) and before.get(price) == now.get(price)]


def _differing(
    prices: Iterable[Decimal], now: Levels, venue: Levels, among: frozenset[Decimal] | None
) -> frozenset[Decimal]:
    found = frozenset(price for price in prices if now.get(price) != venue.get(price))
    return found if among is None else found & among


def _ratio(compared: int, differing: int) -> int:
    return MILLION * (compared - differing) // compared if compared else MILLION
