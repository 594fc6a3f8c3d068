"""Books of single orders as books of levels: for venues whose rows are an order's id, price and signed size."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from orderbook_ext import Positions

from ..errors import FrameError
from .depth_reader import Bare, Members, decode_document, json_text

CHECKED = 25
# Orders of one book at most: the venue sends the best 25, 100 or 250 levels.
MAX_ORDERS = 1 << 16
MOST_DIGITS = 18
_INTEGER = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_PLAIN = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Order:
    number: int
    price: Decimal
    size: Decimal
    """Negative: an ask."""
    spelling: str
    """The size as the venue writes it, which is what its checksum is of."""

    @property
    def level(self) -> tuple[bool, Decimal]:
        """What the order adds to: whether that is a bid, and its price."""
        return self.size > 0, self.price


class L3Book:
    """The orders of one book, in frames that are arrays.

    A row is (id, price, size); the price 0 ends the order, else the order is as the row says, wherever it was before.
    Each frame is written anew with rows of levels, which are (price, number of orders, size): size is the sum of the
    orders, negative for asks, and no orders end the level.
    """

    def __init__(self, positions: Positions) -> None:
        self._rows = positions.rows
        numbered = "last_id" in positions.tail
        self._number_at = positions.rows + 1 + list(positions.tail).index("last_id") if numbered else None
        self.number = -1
        """Number on the connection of the message that was read last; -1 if it had none."""
        self._orders: dict[int, _Order] = {}
        self._levels: dict[tuple[bool, Decimal], dict[int, _Order]] = {}

    def frames(self, data: bytes) -> tuple[bytes, ...] | None:
        """The same as frames of levels: a snapshot is one of them, a change is one for each level it concerns.

        None if there are no rows in it. Raises CorruptError on non-JSON, else FrameError, and is then as before.
        """
        message = decode_document(data)
        is_array = isinstance(message, list) and not isinstance(message, Members)
        rows = message[self._rows] if is_array and len(message) > self._rows else None
        if not isinstance(rows, list) or isinstance(rows, Members):
            return None
        try:
            whole = not rows or isinstance(rows[0], list)
            orders = [_order(row) for row in (rows if whole else [rows])]
            at = self._number_at
            number = _integer(message[at]) if at is not None and len(message) > at else -1
        except (LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise FrameError(f"orders could not be read: {error!r} in {data[:120]!r}") from error
        if len(orders) + (0 if whole else len(self._orders)) > MAX_ORDERS:
            raise FrameError(f"the book would have more than {MAX_ORDERS:,} orders")
        self.number = number
        if whole:
            self._orders.clear()
            self._levels.clear()
        touched = dict.fromkeys(level for order in orders for level in self._put(order))
        levels = [self._level(*level) for level in touched]
        return (self._written(message, f"[{','.join(levels)}]"),) if whole else tuple(
            self._written(message, level) for level in levels
        )  # fmt: skip

    def checksum(self, best: int = CHECKED) -> int:
        """Unsigned CRC-32 of ids and sizes of the best orders of both sides, by price and then by id."""
        bids = sorted((order for order in self._orders.values() if order.size > 0), key=lambda o: (-o.price, o.number))
        asks = sorted((order for order in self._orders.values() if order.size < 0), key=lambda o: (o.price, o.number))
        pairs = zip_longest(bids[:best], asks[:best])
        parts = (part for pair in pairs for order in pair if order for part in (str(order.number), order.spelling))
        return zlib.crc32(":".join(parts).encode())

    def _put(self, order: _Order) -> Iterable[tuple[bool, Decimal]]:
        """Takes an order in or out; the levels that it was and is in."""
        before = self._orders.pop(order.number, None)
        if before is not None:
            left = self._levels[before.level]
            del left[before.number]
            if not left:
                del self._levels[before.level]
            yield before.level
        if order.price:
            self._orders[order.number] = order
            self._levels.setdefault(order.level, {})[order.number] = order
            yield order.level

    def _level(self, is_bid: bool, price: Decimal) -> str:
        orders = self._levels.get((is_bid, price), {})
        size = sum((order.size for order in orders.values()), Decimal(0)) if orders else Decimal(1 if is_bid else -1)
        return f"[{price:f},{len(orders)},{size:f}]"

    def _written(self, message: Sequence[Any], rows: str) -> bytes:
        parts = [rows if at == self._rows else json_text(part) for at, part in enumerate(message)]
        return f"[{','.join(parts)}]".encode()


def _order(row: Any) -> _Order:
    if not isinstance(row, list) or isinstance(row, Members):
        raise ValueError(f"{row!r:.80} is no order")
    number, price, size = row[:3]
    made = _Order(_integer(number), _decimal(price), _decimal(size), str(size))
    if made.price < 0 or not made.size:
        raise ValueError(f"{row!r:.80} is no order")
    return made


def _integer(value: Any) -> int:
    if not isinstance(value, Bare) or not _INTEGER.fullmatch(value):
        raise ValueError(f"{value!r:.80} is no number of an order or a message")
    return int(value)


def _decimal(value: Any) -> Decimal:
    """A JSON number or plain decimal text, of a size that a book can hold."""
    form = _NUMBER if isinstance(value, Bare) else _PLAIN
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError(f"{value!r:.80} is no price and no size")
    number = Decimal(value)
    if number and not -MOST_DIGITS <= number.adjusted() <= MOST_DIGITS:
        raise ValueError(f"{value!r:.80} is out of range")
    return number
