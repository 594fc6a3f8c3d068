"""What can be subscribed: a topic merges its market's books, encodes one message, and hands it to its slot."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from onebook.v1 import market_data_pb2 as pb
from onebook.v1 import types_pb2
from orderbook_ext import ConsolidatedView

from ..market.market import DEFAULT_VWAP_LEVELS, Market
from ..model import Trade, TradeGap
from .source import Ring, Slot

MILLISECOND = 1_000_000
TRADE_RING = 4096


@dataclass(frozen=True, slots=True)
class Epoch:
    """One life of the server: sequences count within it."""

    start: int
    """Nanoseconds UTC."""

    @classmethod
    def now(cls) -> Epoch:
        return cls(time.time_ns())


@dataclass(frozen=True, slots=True)
class BookChoice:
    """Which consolidated book: subscribers of equal choices share one topic."""

    levels: int
    dust: Decimal
    venues: tuple[str, ...] = ()
    """In the market's order; empty is all."""
    vwap_levels: int = DEFAULT_VWAP_LEVELS


class StateTopic(ABC):
    """A topic whose messages are whole states. Subscribers may ask for the first one, so encoding has a lock."""

    def __init__(self, market: Market, epoch: Epoch, interval: float) -> None:
        self.market = market
        self.slot = Slot(market.watch)
        self.interval = int(interval * 1e9)
        """Least nanoseconds between two messages."""
        self.dirty = False
        self.asked_at = 0
        """Monotonic nanoseconds of the newest request for this topic."""
        self._epoch = epoch
        self._encoding = threading.Lock()

    def publish(self, heartbeat: bool = False) -> None:
        """Merges, encodes and publishes the state now. Raises orderbook_ext.BookError when it cannot be merged."""
        with self._encoding:
            self.dirty = False
            monotonic = time.monotonic_ns()
            payload = self._encode(monotonic, self.slot.version + 1, heartbeat)
            self.slot.publish(payload, monotonic)

    def encode_once(self) -> bytes:
        """The state now as a message that belongs to no stream: its sequence is 0. Raises orderbook_ext.BookError."""
        with self._encoding:
            return self._encode(time.monotonic_ns(), 0, False)

    def due(self, now: int) -> int:
        """Monotonic nanoseconds from which the next state may be published."""
        return self.slot.published_at + self.interval if self.slot.version else now

    def changed(self) -> bool:
        """Whether a change of the market is one of this topic."""
        return True

    @property
    def orphaned(self) -> bool:
        """Whether it names venues and none of them is there any more."""
        return False

    @abstractmethod
    def _encode(self, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        """The message of the state now."""


class ViewTopic(StateTopic):
    """A topic that is one encoding of a merged view."""

    def __init__(self, market: Market, epoch: Epoch, interval: float, choice: BookChoice) -> None:
        super().__init__(market, epoch, interval)
        self._choice = choice
        self._entries = market.entries
        self._view = self._make_view()

    def _make_view(self) -> ConsolidatedView:
        choice = self._choice
        return self.market.view(choice.levels, choice.dust, choice.venues, choice.vwap_levels)

    @property
    def orphaned(self) -> bool:
        return _orphaned(self._choice.venues, self.market)

    def _encode(self, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        with self.market.gate:
            self._follow()
            self._view.refresh()
            return self._message(self._view, monotonic, sequence, heartbeat)

    def _follow(self) -> None:
        """Venues have come or gone. A topic that has lost them all shows the last of them until it is closed."""
        if self._entries is not self.market.entries and not self.orphaned:
            self._entries = self.market.entries
            self._view = self._make_view()

    @abstractmethod
    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> bytes: ...


class BookTopic(ViewTopic):
    """StreamBookResponse, and with one venue StreamVenueBookResponse, which is the same on the wire."""

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        return view.encode_book(time.time_ns(), monotonic, self._epoch.start, sequence, heartbeat)


class SummaryTopic(ViewTopic):
    """StreamSummaryResponse."""

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        return view.encode_summary(time.time_ns(), monotonic, self._epoch.start, sequence, heartbeat)


class StatusTopic(ViewTopic):
    """StreamVenueStatusResponse: only when a state changed."""

    _seen: tuple[tuple[str, int, str, int, int], ...] = ()

    def changed(self) -> bool:
        return self.market.states() != self._seen

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> bytes:
        self._seen = self.market.states()
        return view.encode_status(time.time_ns(), monotonic, self._epoch.start, sequence, heartbeat)


class CompatTopic(ViewTopic):
    """orderbook.Summary."""

    def _message(self, view: ConsolidatedView, monotonic: int, sequence: int, heartbeat: bool) -> bytes:  # noqa: ARG002
        return view.encode_compat()


class TradeTopic:
    """StreamTradesResponse: trades and gaps between them, each of them sent."""

    def __init__(self, market: Market, epoch: Epoch, venues: tuple[str, ...]) -> None:
        self.market = market
        self.ring = Ring(TRADE_RING, mark_dropped, market.watch)
        self.asked_at = 0
        """Monotonic nanoseconds of the newest request for this topic."""
        self._venues = frozenset(venues)
        self._last: dict[str, str] = {}
        """By venue: the id of the newest trade here."""
        self._epoch = epoch
        self._sending = threading.Lock()
        """Feeds of several venues publish: a message's sequence must be its place in the ring."""

    @property
    def orphaned(self) -> bool:
        """Whether it names venues and none of them is there any more."""
        return _orphaned(self._venues, self.market)

    def publish(self, venue: str, event: Trade | TradeGap, receive_time: int) -> None:
        """Encodes and publishes an event, if it is of a venue asked for."""
        if self._venues and venue not in self._venues:
            return
        if isinstance(event, Trade):
            self._send(self._trade(venue, event, receive_time))
            self._last[venue] = event.trade_id
        else:
            self._send(self._gap(venue, event, receive_time))

    def _trade(self, venue: str, trade: Trade, receive_time: int) -> pb.StreamTradesResponse:
        price, price_exponent = _scaled(trade.price)
        size, size_exponent = _scaled(trade.size)
        message = types_pb2.Trade(
            header=self._header(receive_time, trade.exchange_time),
            market=self.market.name,
            venue=venue,
            trade_id=trade.trade_id,
            price_exponent=price_exponent,
            size_exponent=size_exponent,
            price=price,
            size=size,
            side=types_pb2.AggressorSide.ValueType(trade.side),
            exchange_time_nanos=trade.exchange_time,
            receive_time_nanos=receive_time,
        )
        return pb.StreamTradesResponse(trade=message)

    def _gap(self, venue: str, gap: TradeGap, receive_time: int) -> pb.StreamTradesResponse:
        message = types_pb2.TradeGap(
            header=self._header(receive_time, 0),
            market=self.market.name,
            venue=venue,
            after_trade_id=gap.after_id or self._last.get(venue, ""),
            before_trade_id=gap.before_id,
            missing=gap.missing,
            receive_time_nanos=receive_time,
        )
        return pb.StreamTradesResponse(gap=message)

    def heartbeat(self) -> None:
        """An empty trade: the stream is quiet and alive."""
        message = types_pb2.Trade(header=self._header(0, 0), market=self.market.name)
        message.header.heartbeat = True
        self._send(pb.StreamTradesResponse(trade=message))

    def _header(self, receive_time: int, exchange_time: int) -> types_pb2.Header:
        return types_pb2.Header(
            publish_time_nanos=time.time_ns(),
            epoch=self._epoch.start,
            receive_time_nanos=receive_time,
            exchange_time_nanos=exchange_time,
        )

    def _send(self, message: pb.StreamTradesResponse) -> None:
        with self._sending:
            _event(message).header.sequence = self.ring.version + 1
            self.ring.publish(message.SerializeToString(), time.monotonic_ns())


def _orphaned(venues: Collection[str], market: Market) -> bool:
    return bool(venues) and market.entries.keys().isdisjoint(venues)


def mark_dropped(payload: bytes, dropped: int) -> bytes:
    """Writes `dropped` into an encoded StreamTradesResponse."""
    message = pb.StreamTradesResponse.FromString(payload)
    _event(message).dropped = dropped
    return message.SerializeToString()


def _event(message: pb.StreamTradesResponse) -> types_pb2.Trade | types_pb2.TradeGap:
    return message.gap if message.HasField("gap") else message.trade


def _scaled(value: Decimal) -> tuple[int, int]:
    """Mantissa and exponent of a decimal; the exponent is never positive."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    mantissa = int("".join(map(str, digits)) or "0") * (-1 if sign else 1)
    return (mantissa * 10**exponent, 0) if exponent > 0 else (mantissa, exponent)
