"""Books as plain values: messages decoded, truths merged by brute force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from onebook.v1 import types_pb2

from .processes import Row, Truth


class Level(NamedTuple):
    """A level of a merged book."""

    price: Decimal
    size: Decimal
    venue: str


def levels_of(book: types_pb2.Book) -> tuple[list[Level], list[Level]]:
    """Bids and asks of a message as exact values."""
    return tuple(  # type: ignore[return-value]
        [
            Level(
                Decimal(level.price).scaleb(book.price_exponent),
                Decimal(level.size).scaleb(book.size_exponent),
                book.venues[level.venue].venue,
            )
            for level in side
        ]
        for side in (book.bids, book.asks)
    )


def rows_of(book: types_pb2.Book) -> tuple[list[Row], list[Row]]:
    """Bids and asks of a one-venue message."""
    bids, asks = levels_of(book)
    return [(price, size) for price, size, _ in bids], [(price, size) for price, size, _ in asks]


def merged(
    truths: Mapping[str, Truth], order: Sequence[str], levels: int, dust: Decimal = Decimal(0)
) -> tuple[list[Level], list[Level]]:
    """The consolidated book by brute force: all levels of all venues in one sorted list."""
    sides: list[list[Level]] = []
    for side, sign in (("bids", -1), ("asks", 1)):
        rows = [
            Level(price, size, venue)
            for venue in order
            if venue in truths
            for price, size in getattr(truths[venue], side)
            if size > dust
        ]
        rows.sort(key=lambda row: (sign * row.price, -row.size, order.index(row.venue)))
        sides.append(rows[:levels])
    return sides[0], sides[1]
