"""A live book against the venue's own answer: how many levels are equal, which are ghosts, which are missing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from orderbook_ext import OrderBook

from .depth_reader import level_values

Levels = Mapping[Decimal, Decimal]
MILLION = 1_000_000
# Levels a side that are compared at most.
COMPARED = 5000


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
    differing: int
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


def compare(before: Picture, now: Picture, venue: Picture) -> Comparison:
    """Compares what the book held both `before` the venue answered and `now` with the answer.

    A level that changed in between may rightly be either way and does not count; with the same picture twice every
    level counts. Only prices at which both books are known to be complete are compared.
    """
    lowest = max((end for end in (now.lowest, venue.lowest) if end is not None), default=None)
    highest = min((end for end in (now.highest, venue.highest) if end is not None), default=None)
    bids = _compare(before.bids, now.bids, venue.bids, lambda price: lowest is None or price >= lowest)
    asks = _compare(before.asks, now.asks, venue.asks, lambda price: highest is None or price <= highest)
    return Comparison(_ratio(bids), _ratio(asks), bids[1] + asks[1], bids[2] + asks[2], bids[3] + asks[3])


def _compare(
    before: Levels, now: Levels, venue: Levels, within: Callable[[Decimal], bool]
) -> tuple[int, int, int, int]:
    """Levels compared, ghosts, missing ones, and all that differ."""
    stable = [price for price in now.keys() | venue.keys() if within(price) and before.get(price) == now.get(price)]
    ghosts = sum(price not in venue for price in stable)
    missing = sum(price not in now for price in stable)
    differing = sum(now.get(price) != venue.get(price) for price in stable)
    return len(stable), ghosts, missing, differing


def _ratio(found: tuple[int, int, int, int]) -> int:
    compared, _, _, differing = found
    return MILLION * (compared - differing) // compared if compared else MILLION
