"""Depth frames in: the C scanner first, JSON for the little that it does not understand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orderbook_ext import FrameDecoder, FrameShape, OrderBook, RowShape

from ..errors import FrameError
from .rest_request import decode_json

Rows = Sequence[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class JsonFrame:
    """A depth frame that was decoded in Python: with an escape in its route, for instance."""

    route: str
    first_id: int
    last_id: int
    previous_id: int
    time: int
    snapshot: bool
    checksum: int | None
    bids: Rows
    asks: Rows


Frame = FrameDecoder | JsonFrame


class DepthReader:
    """Reads depth frames of one shape. Belongs to one connection; the frame it returns is valid until the next read."""

    def __init__(self, shape: FrameShape) -> None:
        self._shape = shape
        self._decoder = FrameDecoder(shape)

    def read(self, data: bytes, after: int = -1) -> Frame | None:
        """The depth frame in these bytes; None when they are JSON but no depth frame. Raises FrameError on non-JSON.

        Rows with a number of their own count only above `after`.
        """
        if self._decoder.scan(data, after):
            return self._decoder
        return self._decode(data)

    def scan(self, data: bytes) -> FrameDecoder | None:
        """The fast half of read(): None also for what only the slow half understands."""
        return self._decoder if self._decoder.scan(data) else None

    def route(self, data: bytes) -> str:
        """The stream whose levels a JSON message has; empty if it has none. Raises CorruptError on non-JSON."""
        message = decode_json(data)
        positions = self._shape.positions
        if positions is not None and isinstance(message, list):
            return str(message[positions.route]) if len(message) > positions.rows else ""
        found: dict[str, Any] = {}
        _collect(message, found)
        shape = self._shape
        if not any(name in found for name in (*shape.bids, *shape.asks, *shape.changes)):
            return ""
        return str(self._first(found, shape.route) or "")

    def _decode(self, data: bytes) -> JsonFrame | None:
        """Rows under bids and asks only: other shapes have nothing that the scanner would not read."""
        found: dict[str, Any] = {}
        _collect(decode_json(data), found)
        bids, asks = self._first(found, self._shape.bids), self._first(found, self._shape.asks)
        if not isinstance(bids, list) or not isinstance(asks, list) or self._shape.time_format != "integer":
            return None
        checksum = self._first(found, self._shape.checksum)
        return JsonFrame(
            route=str(self._first(found, self._shape.route) or ""),
            first_id=self._integer(found, self._shape.first_id),
            last_id=self._integer(found, self._shape.last_id),
            previous_id=self._integer(found, self._shape.previous_id),
            time=self._integer(found, self._shape.time),
            snapshot=_word(self._first(found, self._shape.snapshot)) in self._shape.snapshot_words,
            checksum=None if checksum is None else self._integer(found, self._shape.checksum) & 0xFFFFFFFF,
            bids=_rows(self._shape.rows, bids),
            asks=_rows(self._shape.rows, asks),
        )

    @staticmethod
    def _first(found: Mapping[str, Any], names: Sequence[str]) -> Any:
        return next((found[name] for name in names if name in found), None)

    def _integer(self, found: Mapping[str, Any], names: Sequence[str]) -> int:
        value = self._first(found, names)
        try:
            return -1 if value is None else int(value)
        except (TypeError, ValueError) as error:
            raise FrameError(f"expected an integer for {names[0]}, was {value!r:.60}") from error


def _word(value: Any) -> str:
    return "true" if value is True else str(value)


def _rows(shape: RowShape, rows: Sequence[Any]) -> Rows:
    try:
        return [(_number(row[shape.price]), _number(row[shape.size])) for row in rows]
    except (LookupError, TypeError, ArithmeticError) as error:
        raise FrameError(f"levels could not be read: {error!r}") from error


def _number(value: Any) -> Decimal:
    return Decimal(value) if isinstance(value, str) else Decimal(int(value))


def _collect(value: Any, found: dict[str, Any]) -> None:
    """Every key of nested objects, the outermost first; arrays are entered only where they hold one object."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        for key, item in value.items():
            found.setdefault(key, item)
        for item in value.values():
            _collect(item, found)


def apply_frame(book: OrderBook, frame: Frame) -> None:
    """Applies the changes of a frame, all or none. Raises orderbook_ext.BookError."""
    if isinstance(frame, JsonFrame):
        book.apply(frame.bids, frame.asks)
    else:
        book.apply_scanned(frame)


def load_frame(book: OrderBook, frame: Frame, whole: bool) -> None:
    """Replaces the book by the levels of a frame. Raises orderbook_ext.BookError."""
    if isinstance(frame, JsonFrame):
        book.load(frame.bids, frame.asks, whole=whole)
    else:
        book.load_scanned(frame, whole=whole)


def level_counts(frame: Frame) -> tuple[int, int]:
    """Rows on the bid and the ask side of a frame."""
    if isinstance(frame, JsonFrame):
        return len(frame.bids), len(frame.asks)
    return frame.bid_count, frame.ask_count


def same_levels(book: OrderBook, other: OrderBook, levels: int) -> bool:
    """Whether the best levels of two books are equal as values, whatever their scales."""
    return level_values(book, levels) == level_values(other, levels)


def level_values(book: OrderBook, levels: int) -> list[list[tuple[Decimal, Decimal]]]:
    """The best (price, size) of bids and asks as exact values."""
    price, size = -book.price_decimals, -book.size_decimals
    return [
        [(Decimal(level[0]).scaleb(price), Decimal(level[1]).scaleb(size)) for level in side]
        for side in book.top(levels)
    ]
