"""A live book against the venue's own answer: how many levels are equal, which are extra, which are missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from orderbook_ext import OrderBook

Levels = Mapping[int, int]
MILLION = 1_000_000
# Levels per side that are compared at most.
COMPARED = 5000


@dataclass(frozen=True, slots=True)
class Differences:
    """Prices at which two books are not equal, with the size that ours has there; None: it has no such level."""

    bids: Mapping[Decimal, Decimal | None] = field(default_factory=dict)
    asks: Mapping[Decimal, Decimal | None] = field(default_factory=dict)

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
    differing: Differences
    """All levels that are not equal: extra, missing ones, and those of another size."""

    @property
    def worst(self) -> int:
        return min(self.bid_match, self.ask_match)


@dataclass(frozen=True, slots=True)
class LevelSnapshot:
    """The levels of a book at one moment, and how far they are all there is (None: to the end); scaled integers."""

    bids: Levels
    asks: Levels
    lowest: int | None
    highest: int | None
    price_decimals: int
    size_decimals: int

    @classmethod
    def of(cls, book: OrderBook) -> LevelSnapshot:
        """What the book holds now."""
        bids, asks = ({level[0]: level[1] for level in side} for side in book.top(COMPARED))
        lowest, highest = (
            None if book.whole or not end else end for end in (book.lowest_complete_bid, book.highest_complete_ask)
        )
        if len(bids) == COMPARED:
            lowest = max(lowest or min(bids), min(bids))
        if len(asks) == COMPARED:
            highest = min(highest or max(asks), max(asks))
        return cls(bids, asks, lowest, highest, book.price_decimals, book.size_decimals)

    def at(self, price_decimals: int, size_decimals: int) -> LevelSnapshot:
        """The same with scales that are at least as fine."""
        price, size = 10 ** (price_decimals - self.price_decimals), 10 ** (size_decimals - self.size_decimals)
        if price == size == 1:
            return self
        return LevelSnapshot(
            {level * price: amount * size for level, amount in self.bids.items()},
            {level * price: amount * size for level, amount in self.asks.items()},
            None if self.lowest is None else self.lowest * price,
            None if self.highest is None else self.highest * price,
            price_decimals,
            size_decimals,
        )


def compare(
    before: LevelSnapshot, now: LevelSnapshot, venue: LevelSnapshot, among: Differences | None = None
) -> Comparison:
    """Compares what the book held both `before` the venue answered and `now` with the answer.

    A level that changed in between may rightly be either way and does not count; with the same picture twice every
    level counts. Only prices at which both books are known to be complete are compared. `among`: a difference counts
    only where there was one before, and only if our level is still the same.
    """
    pictures = (before, now, venue)
    decimals = max(each.price_decimals for each in pictures), max(each.size_decimals for each in pictures)
    before, now, venue = (each.at(*decimals) for each in pictures)
    lowest = max((end for end in (now.lowest, venue.lowest) if end is not None), default=None)
    highest = min((end for end in (now.highest, venue.highest) if end is not None), default=None)
    bids = [
        price for price in _stable(before.bids, now.bids, venue.bids) if lowest is None or price >= lowest
    ]  # fmt: skip
    asks = [
        price for price in _stable(before.asks, now.asks, venue.asks) if highest is None or price <= highest
    ]  # fmt: skip
    scale = _Scale(*decimals)
    bid_prices = scale.differing(bids, now.bids, venue.bids, among.bids if among is not None else None)
    ask_prices = scale.differing(asks, now.asks, venue.asks, among.asks if among is not None else None)
    return Comparison(
        _ratio(len(bids), len(bid_prices)),
        _ratio(len(asks), len(ask_prices)),
        sum(price not in venue.bids for price in bid_prices) + sum(price not in venue.asks for price in ask_prices),
        sum(price not in now.bids for price in bid_prices) + sum(price not in now.asks for price in ask_prices),
        Differences(scale.values(bid_prices, now.bids), scale.values(ask_prices, now.asks)),
    )


def _stable(before: Levels, now: Levels, venue: Levels) -> Iterable[int]:
    """The prices of levels that did not change in our book."""
    if before is now:
        return now.keys() | venue.keys()
    return [price for price in now.keys() | venue.keys() if before.get(price) == now.get(price)]


@dataclass(frozen=True, slots=True)
class _Scale:
    """From scaled integers to values."""

    price_decimals: int
    size_decimals: int

    def differing(
        self, prices: Iterable[int], now: Levels, venue: Levels, among: Mapping[Decimal, Decimal | None] | None
    ) -> list[int]:
        found = [price for price in prices if now.get(price) != venue.get(price)]
        if among is None:
            return found
        values = self.values(found, now)
        return [price for price, (value, size) in zip(found, values.items(), strict=True)
                if value in among and among[value] == size]  # fmt: skip

    def values(self, prices: Iterable[int], now: Levels) -> dict[Decimal, Decimal | None]:
        return {
            Decimal(price).scaleb(-self.price_decimals):
                Decimal(now[price]).scaleb(-self.size_decimals) if price in now else None
            for price in prices
        }  # fmt: skip


def _ratio(compared: int, differing: int) -> int:
    return MILLION * (compared - differing) // compared if compared else MILLION
