"""OrderBook in plain Python on sortedcontainers: the oracle of the C book, and what runs where it is missing."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from sortedcontainers import SortedDict

from ._reference_checksum import book_checksum
from ._reference_encoded_levels import encoded_levels
from ._reference_scale import at_scale, decimals_for, fits, moved_extreme, needed, shifted
from ._reference_scan import FrameDecoder
from .checksum import ChecksumRule
from .model import (
    FULL,
    MAX_BOOK_LEVELS,
    MAX_DECIMALS,
    MAX_MANTISSA,
    MAX_NOTIONAL,
    NO_PRICE,
    BookError,
    BookStats,
    LevelError,
    Number,
    ScaleError,
    SideVwap,
    parse_number,
    parse_written,
)

Level = tuple[int, int]
Row = Sequence[str | int | Decimal]
DEBUG = os.environ.get("ONEBOOK_DEBUG") == "1"


class BookLock:
    """A mutex shared by the books of one market."""

    def __init__(self) -> None:
        self._mutex = threading.RLock()

    def __enter__(self) -> None:
        self._mutex.acquire()

    def __exit__(self, *_: object) -> None:
        self._mutex.release()


class Side:
    """The levels of one side by price mantissa; `sign` is 1 for bids and -1 for asks."""

    def __init__(self, sign: int) -> None:
        self.sign = sign
        self.sizes: Any = SortedDict(None if sign < 0 else lambda price: -price)

    def levels(self, count: int | None = None) -> list[Level]:
        prices = self.sizes.keys()[: len(self.sizes) if count is None else count]
        return [(price, self.sizes[price]) for price in prices]

    def worst(self) -> int:
        return int(self.sizes.keys()[-1]) if self.sizes else 0

    def truncate(self, depth: int) -> int:
        dropped = max(0, len(self.sizes) - depth)
        for _ in range(dropped):
            self.sizes.popitem()
        return dropped


class OrderBook:
    """One venue's book of one pair; see the interface in _book.pyi."""

    def __init__(
        self,
        price_decimals: int = 0,
        size_decimals: int = 0,
        *,
        tick: str | Decimal | None = None,
        depth: int = 0,
        window: bool = False,
        written: bool = False,
        lock: BookLock | None = None,
    ) -> None:
        if not (0 <= price_decimals <= MAX_DECIMALS and 0 <= size_decimals <= MAX_DECIMALS):
            raise ValueError(f"decimals lie in 0..{MAX_DECIMALS}")
        if not 0 <= depth < 2**31:
            raise ValueError("depth is 0 (all) or a number of levels")
        if window and not depth:
            raise ValueError("a window has a depth")
        if tick is not None and parse_number(tick)[0] == 0:
            raise LevelError("a tick is greater than zero")
        self._decimals = (price_decimals, size_decimals)
        self._depth = depth
        self._window = window
        self._lock = lock if lock is not None else BookLock()
        self._sides = (Side(1), Side(-1))
        self._version = 0
        self._counts = dict.fromkeys(BookStats._fields, 0)
        self._whole = False
        self._extremes = [0, 0]
        self._written: tuple[dict[Number, Number], dict[Number, Number]] | None = ({}, {}) if written else None

    # -- what it is

    @property
    def price_decimals(self) -> int:
        return self._decimals[0]

    @property
    def size_decimals(self) -> int:
        return self._decimals[1]

    @property
    def version(self) -> int:
        return self._version

    @property
    def lock(self) -> BookLock:
        return self._lock

    @property
    def whole(self) -> bool:
        return self._whole

    @property
    def lowest_complete_bid(self) -> int:
        return self._extremes[0]

    @property
    def highest_complete_ask(self) -> int:
        return self._extremes[1]

    @property
    def backend(self) -> str:
        return "sorteddict"

    # -- changing it

    def load(self, bids: Iterable[Row], asks: Iterable[Row], *, whole: bool = False) -> None:
        self._load(parse_rows(bids), parse_rows(asks), whole)

    def apply(self, bids: Iterable[Row], asks: Iterable[Row]) -> None:
        self._apply(parse_rows(bids), parse_rows(asks))

    def load_encoded(
        self,
        response: bytes,
        *,
        fields: tuple[int, int, int],
        decimals: tuple[int, int],
        bounds: tuple[int, int],
        whole: bool = False,
    ) -> None:
        if max(decimals) > MAX_DECIMALS:
            raise LevelError(f"numbers have at most {MAX_DECIMALS} decimals")
        proved, beyond = encoded_levels(response, fields, decimals, bounds)
        self._load(*proved, whole)
        if any(beyond):
            self._apply(*beyond)

    def load_scanned(self, decoder: FrameDecoder, *, whole: bool = False) -> None:
        frame = decoder.scanned()
        self._load(frame.bids, frame.asks, whole)

    def apply_scanned(self, decoder: FrameDecoder) -> None:
        frame = decoder.scanned()
        self._apply(frame.bids, frame.asks)

    def feed(self, decoder: FrameDecoder, frame: bytes | bytearray | memoryview) -> bool:
        if not decoder.scan(frame):
            return False
        self.apply_scanned(decoder)
        return True

    def feed_batch(self, decoder: FrameDecoder, frames: Sequence[bytes]) -> int:
        frames = tuple(frames)
        if not all(type(frame) is bytes for frame in frames):
            raise TypeError("feed_batch takes frames of bytes")
        return sum(self.feed(decoder, frame) for frame in frames)

    def clear(self) -> None:
        with self._lock:
            self._sides = (Side(1), Side(-1))
            self._whole, self._extremes = False, [0, 0]
            self._changed()

    def _load(self, bids: list[tuple[Number, Number]], asks: list[tuple[Number, Number]], whole: bool) -> None:
        with self._lock:
            decimals, sides = self._rescaled(bids, asks, keep=False)
            kept = [{price: size for price, size in levels.items() if size} for levels in sides]
            for levels in kept:
                _check_room(min(len(levels), self._depth or len(levels)))
            self._record_written(bids, asks)
            self._moved(decimals, keep=False)
            self._sides = (Side(1), Side(-1))
            for side, levels in zip(self._sides, kept, strict=True):
                side.sizes.update(levels)
            dropped = self._truncate()
            self._whole = whole and not any(dropped) and not self._window
            self._extremes = [0 if self._whole else side.worst() for side in self._sides]
            self._counts["loads"] += 1
            self._changed()

    def _apply(self, bids: list[tuple[Number, Number]], asks: list[tuple[Number, Number]]) -> None:
        with self._lock:
            decimals, sides = self._rescaled(bids, asks, keep=True)
            for side, levels in zip(self._sides, sides, strict=True):
                _check_room(len(side.sizes) + len(levels))
            self._record_written(bids, asks)
            self._moved(decimals, keep=True)
            for side, levels in zip(self._sides, sides, strict=True):
                self._change(side, levels)
            self._note_truncation(self._truncate())
            if self._window:
                self._extremes = [side.worst() for side in self._sides]
            self._counts["updates"] += 1
            self._changed()

    def _change(self, side: Side, levels: dict[int, int]) -> None:
        for price, size in levels.items():
            held = price in side.sizes
            if size:
                side.sizes[price] = size
                self._counts["changes" if held else "inserts"] += 1
            else:
                side.sizes.pop(price, None)
                self._counts["deletes" if held else "absent_deletes"] += 1

    def _rescaled(
        self, bids: list[tuple[Number, Number]], asks: list[tuple[Number, Number]], *, keep: bool
    ) -> tuple[tuple[int, int], tuple[dict[int, int], dict[int, int]]]:
        """The levels at the book's scales, at finer ones where they need them, or at coarser ones that hold all."""
        bids, asks = ([(needed(*price), needed(*size)) for price, size in side] for side in (bids, asks))
        levels = [*bids, *asks]
        price_decimals = max([self.price_decimals, *(price[1] for price, _ in levels)])
        size_decimals = max([self.size_decimals, *(size[1] for _, size in levels)])
        finer = (price_decimals, size_decimals) != self._decimals
        if not all(fits(price, price_decimals) and fits(size, size_decimals) for price, size in levels) or (
            keep and finer and not self._held_fits(price_decimals, size_decimals)
        ):
            numbers = [*levels, *(self._held() if keep else ())]
            price_decimals = decimals_for([price for price, _ in numbers], self.price_decimals)
            size_decimals = decimals_for([size for _, size in numbers], self.size_decimals)
        scaled = [
            {at_scale(price, price_decimals): at_scale(size, size_decimals) for price, size in side}
            for side in (bids, asks)
        ]
        return (price_decimals, size_decimals), (scaled[0], scaled[1])

    def _record_written(self, *sides: list[tuple[Number, Number]]) -> None:
        """With how many decimals each price and its size were written, by the price without zeros at its end."""
        for held, levels in zip(self._written or (), sides, strict=False):
            held.update({needed(*price): (price[1], size[1]) for price, size in levels if size[0]})

    def _how_written(self, side: int, price: int) -> Number:
        held = self._written[side] if self._written else {}
        return held.get(needed(price, self.price_decimals), (0, 0))

    def _held(self) -> list[tuple[Number, Number]]:
        """The levels, each number with the decimals that it needs."""
        price_decimals, size_decimals = self._decimals
        items = [item for side in self._sides for item in side.sizes.items()]
        return [(needed(price, price_decimals), needed(size, size_decimals)) for price, size in items]

    def _held_fits(self, price_decimals: int, size_decimals: int) -> bool:
        return all(fits(price, price_decimals) and fits(size, size_decimals) for price, size in self._held())

    def _moved(self, decimals: tuple[int, int], *, keep: bool) -> None:
        """Moves to other scales, at which everything fits, with the levels if they are to be kept."""
        if decimals == self._decimals:
            return
        more = decimals[0] - self._decimals[0], decimals[1] - self._decimals[1]
        if keep:
            for side in self._sides:
                items = [(shifted(price, more[0]), shifted(size, more[1])) for price, size in side.sizes.items()]
                side.sizes.clear()
                side.sizes.update(items)
            self._extremes = [moved_extreme(extreme, place, more[0]) for place, extreme in enumerate(self._extremes)]
        self._counts["widenings"] += sum(digits > 0 for digits in more)
        self._decimals = decimals

    def _truncate(self) -> list[int]:
        dropped = [side.truncate(self._depth) if self._depth else 0 for side in self._sides]
        self._counts["truncated"] += sum(dropped)
        return dropped

    def _note_truncation(self, dropped: list[int]) -> None:
        """What is complete ends where levels were dropped; a book that was whole ends at what it holds."""
        if any(dropped):
            for index, side in enumerate(self._sides):
                if dropped[index] or self._whole:
                    self._extremes[index] = side.worst()
            self._whole = False

    def _changed(self) -> None:
        self._version += 1
        if DEBUG:
            self.check()

    # -- proving it

    def known(self, levels: int) -> tuple[int, int]:
        check_count(levels)
        with self._lock:
            return self._known(0, levels), self._known(1, levels)

    def _known(self, index: int, levels: int) -> int:
        best = self._sides[index].levels(levels)
        if self._whole:
            return len(best)
        last, sign = self._extremes[index], self._sides[index].sign
        return sum((price - last) * sign >= 0 for price, _ in best) if last else 0

    def checksum(self, rule: ChecksumRule) -> int:
        with self._lock:
            return book_checksum(rule, self.levels(), self._decimals, self._how_written)

    # -- reading it

    def best(self) -> tuple[int, int, int, int] | None:
        bid, ask = self.best_bid(), self.best_ask()
        return None if bid is None or ask is None else (*bid, *ask)

    def best_bid(self) -> Level | None:
        return self._first(0)

    def best_ask(self) -> Level | None:
        return self._first(1)

    def _first(self, index: int) -> Level | None:
        with self._lock:
            levels = self._sides[index].levels(1)
            return levels[0] if levels else None

    def top(self, levels: int) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
        check_count(levels)
        with self._lock:
            return tuple(self._sides[0].levels(levels)), tuple(self._sides[1].levels(levels))

    def top_packed(self, levels: int) -> bytes:
        bids, asks = self.top(levels)
        rows = max(len(bids), len(asks))
        missing: Level = (-1, 0)
        pairs = [side + (missing,) * (rows - len(side)) for side in (bids, asks)]
        return b"".join(struct.pack("=4q", *bid, *ask) for bid, ask in zip(*pairs, strict=True))

    def levels(self) -> tuple[list[Level], list[Level]]:
        with self._lock:
            return self._sides[0].levels(), self._sides[1].levels()

    def counts(self) -> tuple[int, int]:
        return len(self._sides[0].sizes), len(self._sides[1].sizes)

    def crossed(self) -> bool:
        best = self.best()
        return best is not None and best[0] >= best[2]

    def vwap(self, levels: int) -> tuple[SideVwap, SideVwap]:
        bids, asks = self.top(levels)
        return sum_levels(bids), sum_levels(asks)

    def stats(self) -> BookStats:
        return BookStats(**self._counts)

    def check(self) -> None:
        for side in self._sides:
            side.sizes._check()
            if not all(0 <= price <= MAX_MANTISSA and 0 < size <= MAX_MANTISSA for price, size in side.sizes.items()):
                raise AssertionError("a level is out of range")
            if self._depth and len(side.sizes) > self._depth:
                raise AssertionError("more levels than the depth")


def parse_rows(rows: Iterable[Row]) -> list[tuple[Number, Number]]:
    """Levels from lists; LevelError or ScaleError on the first bad one."""
    return [_parse_row(row) for row in rows]


def _parse_row(row: Row) -> tuple[Number, Number]:
    if isinstance(row, (str, bytes)) or not isinstance(row, Sequence) or len(row) < 2:
        raise LevelError(f"a level is a sequence of price and size, not {row!r:.80}")
    price, size = parse_written(row[0]), parse_written(row[1])
    if price[0] == 0:
        raise LevelError(NO_PRICE)
    return price, size


def _check_room(levels: int) -> None:
    if levels > MAX_BOOK_LEVELS:
        raise BookError(FULL)


def sum_levels(levels: Iterable[Sequence[int]]) -> SideVwap:
    """Exact sums over (price, size, ...) levels; ScaleError when the notional passes 128 bits."""
    count = notional = total = 0
    for price, size, *_ in levels:
        count, notional, total = count + 1, notional + price * size, total + size
    if notional > MAX_NOTIONAL:
        raise ScaleError("the sum of price x size passes 128 bits")
    return SideVwap(count, notional, total)


def check_count(levels: int) -> None:
    if not 0 <= levels < 2**31:
        raise ValueError("levels is not negative and below 2**31")
