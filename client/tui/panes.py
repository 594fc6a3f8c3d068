"""What the panes beside the book know: which are shown, what they ask for, what came. The model's lock guards it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ..analytics.candles import Candle
from ..errors import UnimplementedError
from ..events import Event, Reconnecting
from ..market_data.books import Book
from .feeds import Feed
from .frame import CandlePane, Panes, PricePane, SweepPane

INTERVALS = ("1m", "5m", "15m", "1h", "4h", "1d")
_CANDLES = 500
_SMALLEST, _LARGEST = Decimal("1e-8"), Decimal("1e12")


@dataclass
class _Slot:
    """What one feed brought."""

    asked: Hashable
    newest: Any = None
    shown: Any = None
    problem: str = ""


class PaneModel:
    """The panes. Not safe for threads."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._interval = 0
        self._size: Decimal | None = None
        self._market = ""
        self._chosen: tuple[str, ...] = ()
        self._held = False
        self._slots: dict[Feed, _Slot] = {}

    def press(self, key: str) -> None:
        """One of PANE_KEYS."""
        if key in "cws":
            self._open ^= {key}
        elif key == "i" and "c" in self._open:
            self._interval = (self._interval + 1) % len(INTERVALS)
        elif key in "[]" and self._size is not None and "s" in self._open:
            self._size = min(max(step(self._size, up=key == "]"), _SMALLEST), _LARGEST)
        self._open_slots()

    def choose(self, market: str, chosen: tuple[str, ...]) -> None:
        """The market and the venues that the user wants; empty is all. A size is one of its market."""
        if market != self._market:
            self._size = None
        self._market, self._chosen = market, chosen
        self._open_slots()

    def show(self, book: Book | None) -> None:
        """The book that is on the screen now: the sweep begins with a size that goes with it."""
        if self._size is None and book is not None and "s" in self._open:
            self._size = first_size(book)
            self._open_slots()

    def hold(self, held: bool) -> None:
        """Show what is shown now until it is released."""
        self._held = held
        for slot in self._slots.values():
            slot.shown = slot.shown if held else slot.newest

    def wanted(self) -> dict[Feed, Hashable]:
        """What the open panes ask for."""
        wanted: dict[Feed, Hashable] = {}
        # One venue, or all: there are no candles and no trade VWAP of some.
        venue = self._chosen[0] if len(self._chosen) == 1 else ""
        if "c" in self._open:
            wanted[Feed.CANDLES] = self._market, INTERVALS[self._interval], venue
        if "w" in self._open:
            wanted[Feed.AVERAGES] = self._market, self._chosen
            wanted[Feed.VWAP] = self._market, venue
        if "s" in self._open and self._size is not None:
            wanted[Feed.BUY] = wanted[Feed.SELL] = self._market, self._size, self._chosen
        return wanted

    def _open_slots(self) -> None:
        """A slot for each feed that is wanted; what was asked for differently is forgotten."""
        old, self._slots = self._slots, {}
        for feed, asked in self.wanted().items():
            kept = old.get(feed)
            self._slots[feed] = kept if kept is not None and kept.asked == asked else _Slot(asked)

    def take(self, feed: Feed, asked: Hashable, message: Any) -> None:
        """A message came."""
        slot = self._slots.get(feed)
        if slot is None or slot.asked != asked:
            return
        slot.newest = _with(slot.newest or (), message) if feed is Feed.CANDLES else message
        slot.problem = ""
        if not self._held or slot.shown is None:
            slot.shown = slot.newest

    def event(self, feed: Feed, event: Event) -> None:
        """A feed lost or found its server."""
        if feed in self._slots:
            self._slots[feed].problem = _away(event) if isinstance(event, Reconnecting) else ""

    def fail(self, feed: Feed, asked: Hashable, error: BaseException) -> None:
        """A feed cannot go on."""
        slot = self._slots.get(feed)
        if slot is not None and slot.asked == asked:
            older = isinstance(error, UnimplementedError)
            slot.problem = "this server has none: it is older than this client" if older else str(error)

    def view(self) -> Panes:
        """The moment to draw."""
        return Panes(self._candles(), self._prices(), self._sweep())

    def _candles(self) -> CandlePane | None:
        slot = self._slots.get(Feed.CANDLES)
        if slot is None:
            return None
        interval, venue = INTERVALS[self._interval], self._chosen[0] if len(self._chosen) == 1 else ""
        return CandlePane(interval, venue, slot.shown or (), slot.problem)

    def _prices(self) -> PricePane | None:
        averages, vwap = self._slots.get(Feed.AVERAGES), self._slots.get(Feed.VWAP)
        if averages is None or vwap is None:
            return None
        return PricePane(averages.shown, averages.problem, vwap.shown, vwap.problem)

    def _sweep(self) -> SweepPane | None:
        buy, sell = self._slots.get(Feed.BUY), self._slots.get(Feed.SELL)
        if buy is None or sell is None or self._size is None:
            return None
        return SweepPane(self._size, buy.shown, buy.problem, sell.shown, sell.problem)


def _away(event: Reconnecting) -> str:
    """The reason without what to do about it, which is said once, by the book."""
    return f"reconnecting: {event.reason.partition('; ')[0]}"


def _with(candles: tuple[Candle, ...], new: Candle) -> tuple[Candle, ...]:
    """The candles with one more, or with a newer state of one."""
    opened = new.open_time_nanos
    if not candles or candles[-1].open_time_nanos < opened:
        return (*candles, new)[-_CANDLES:]
    if candles[-1].open_time_nanos == opened:
        return (*candles[:-1], new)
    others = [each for each in candles if each.open_time_nanos != opened]
    return tuple(sorted((*others, new), key=lambda each: each.open_time_nanos))[-_CANDLES:]


def first_size(book: Book | None) -> Decimal:
    """A size that reaches about as deep as the smaller side of the book that is on the screen."""
    if book is None or not book.bids or not book.asks:
        return Decimal(1)
    total = min(sum((level.size for level in side), Decimal(0)) for side in (book.bids, book.asks))
    return _floor(total) if total > 0 else Decimal(1)


def step(size: Decimal, up: bool) -> Decimal:
    """The next of 1, 2, 5, 10, 20, 50, ..."""
    base = _floor(size)
    digit, power = base.as_tuple().digits[0], base.adjusted()
    steps = (1, 2, 5)
    place = steps.index(digit) + (1 if up else -1)
    return Decimal(steps[place % 3]).scaleb(power + place // 3)


def _floor(size: Decimal) -> Decimal:
    """The greatest of the steps that is not above the size."""
    digit = max(each for each in (1, 2, 5) if each <= size.as_tuple().digits[0])
    return Decimal(digit).scaleb(size.adjusted())
