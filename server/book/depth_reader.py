"""Depth frames in: one decoder, and JSON written anew for it where a venue spells text or numbers in another way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from orderbook_ext import ConsistencyLock, FrameDecoder, FrameLane, FrameShape, MessageNumbers, OrderBook, key_path

from ..errors import CorruptError, FrameError

Frame = FrameDecoder
Otherwise = Callable[[Any, Any, Exception | None], Any]
# Bytes of a message at most that is taken apart here: a larger one is a depth frame that the decoder takes, or nothing.
LONGEST = 1 << 18
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_EXPONENT = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]+)?[eE][+-]?[0-9]{1,3}", re.ASCII)


class DepthReader:
    """Reads depth frames of one shape. Belongs to one connection; the frame it returns is valid until the next read."""

    def __init__(self, shape: FrameShape) -> None:
        self._shape = shape
        self._decoder = FrameDecoder(shape)
        self._levels = [key_path(name) for name in (*shape.bids, *shape.asks, *shape.changes)]
        self._routes = [key_path(name) for name in shape.route]

    def read(self, data: bytes, after: int = -1) -> Frame | None:
        """The depth frame in these bytes; None when they are JSON without levels.

        Raises CorruptError on non-JSON, FrameError where the levels do not follow the shape. Rows with a number of
        their own count only above `after`.
        """
        if self._decoder.scan(data, after):
            return self._decoder
        document = decode_document(data)
        if not self._has_levels(document):
            return None
        if not self._decoder.scan(_plainly(data), after):
            raise FrameError("its levels are not written as the venue writes them")
        return self._decoder

    def lane(self, lock: ConsistencyLock, otherwise: Otherwise, numbers: MessageNumbers | None) -> FrameLane:
        """The fast lane of a connection whose frames this reads; with `numbers` it counts all messages."""
        return FrameLane(self._decoder, lock, otherwise, numbers)

    @property
    def held(self) -> Frame | None:
        """The frame that was scanned last, by whoever it was; None if it was none."""
        return self._decoder if self._decoder.valid else None

    def scan(self, data: bytes) -> Frame | None:
        """The fast half of read(): None also for what only the slow half understands."""
        return self._decoder if self._decoder.scan(data) else None

    def route(self, data: bytes) -> str:
        """The stream whose levels a JSON message has; empty if it has none. Raises CorruptError on non-JSON."""
        document = decode_document(data)
        if not self._has_levels(document):
            return ""
        positions = self._shape.positions
        if positions is not None:
            return str(document[positions.route])
        return next((str(value) for place in self._routes for value in _values(document, *place)), "")

    def _has_levels(self, document: Any) -> bool:
        positions = self._shape.positions
        if positions is not None and isinstance(document, list) and not isinstance(document, Members):
            return len(document) > positions.rows
        return any(True for place in self._levels for _ in _values(document, *place))


class Bare(str):
    """A number that stood without quotes, as its text."""

    __slots__ = ()


class Members(list[tuple[str, Any]]):
    """The members of a JSON object in the order of the message, repeated keys included."""


# json.loads makes a decoder per call where it is given hooks, which takes longer than to decode a trade.
_DOCUMENTS = json.JSONDecoder(parse_float=Bare, parse_int=Bare, parse_constant=Bare, object_pairs_hook=Members)


def decode_document(data: bytes) -> Any:
    """A JSON message with its numbers as they were written, the words NaN and Infinity among them: no decoder of levels
    takes those, and the rest of the message tells whose they are. Raises CorruptError."""
    if len(data) > LONGEST:
        raise CorruptError(f"a message of {len(data):,} bytes that is no depth frame: {data[:80]!r}")
    try:
        return _DOCUMENTS.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise CorruptError(f"not JSON: {data[:80]!r}") from error


def _plainly(data: bytes) -> bytes:
    """A JSON message with text as it is, not as escapes, and numbers in text with an exponent as numbers.

    Raises CorruptError where that cannot be written.
    """
    try:
        return _STRING.sub(_plain_text, data.decode()).encode()
    except UnicodeEncodeError as error:
        raise CorruptError(f"text that cannot be written: {error!s:.80}") from error


def _plain_text(match: re.Match[str]) -> str:
    text = match[0]
    if "\\" in text:
        text = json.dumps(json.loads(text), ensure_ascii=False)
    return text[1:-1] if _EXPONENT.fullmatch(text, 1, len(text) - 1) else text


def json_text(value: Any) -> str:
    """A number or text that decode_document read, as JSON."""
    return value if isinstance(value, Bare) else json.dumps(value, ensure_ascii=False)


def _values(value: Any, path: Sequence[str] | None, key: str) -> Iterator[Any]:
    """The values of a key at its place, or anywhere; arrays on the way are not looked at."""
    if isinstance(value, Members):
        for name, member in value:
            if name == key and not path:
                yield member
            elif path is None:
                yield from _values(member, None, key)
            elif path and name == path[0]:
                yield from _values(member, path[1:], key)
    elif isinstance(value, list):
        for item in value:
            yield from _values(item, path, key)


def apply_frame(book: OrderBook, frame: Frame) -> None:
    """Applies the changes of a frame, all or none. Raises orderbook_ext.BookError."""
    book.apply_scanned(frame)


def load_frame(book: OrderBook, frame: Frame, whole: bool) -> None:
    """Replaces the book by the levels of a frame. Raises orderbook_ext.BookError."""
    book.load_scanned(frame, whole=whole)


def level_counts(frame: Frame) -> tuple[int, int]:
    """Rows on the bid and the ask side of a frame."""
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
