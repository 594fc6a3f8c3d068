"""Which streams of a market go into which topics, and what their records are.

A route is a call of the contract with a request, as a client would send it: what is in the topics is what clients of
the same calls are sent, and equal requests share their work with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from onebook.v1 import analytics_pb2, market_data_pb2

from ..api.calls import Service, Streaming
from ..market.market import Market
from ..publish.channel import Channel, Overflow
from . import contract
from .contract import TopicKind
from .record import Record, key_of
from .settings import KafkaSettings
from .stream import EVENT_WINDOW, STATE_WINDOW, Route

Requested = Callable[[bytes], Any]
"""The request of a stream; the argument is the newest message of the stream before it, empty for the first."""


class Routes:
    """Makes the routes of one server."""

    def __init__(
        self, settings: KafkaSettings, services: Iterable[Service], intervals: Iterable[str], history: bool
    ) -> None:
        """`intervals`: of candles; `history`: whether streams of trades can begin in the past."""
        self._settings = settings
        self._calls: Mapping[str, Streaming] = {
            name: call for service in services for name, call in service.streaming.items()
        }
        self._intervals = tuple(intervals)
        self._history = history

    def of_market(self, market: Market, reference: Channel) -> Iterator[Route]:
        """What goes into topics of a market as a whole; `reference`: the channel of what is known of the market."""
        name, key, pace = market.name, key_of(market.name, ""), self._settings.interval_ms
        yield from self._wanted(
            Route(
                contract.REF, self._topic(contract.REF), name, STATE_WINDOW,
                lambda _last: (reference, Overflow.DROP_OLDEST), lambda payload: Record(key, payload or None),
            )
        )  # fmt: skip
        summary = market_data_pb2.StreamSummaryRequest(market=name, min_interval_ms=pace)
        yield from self._states(contract.STAT, market, "", "StreamSummary", summary)
        status = market_data_pb2.StreamVenueStatusRequest(market=name)
        yield from self._states(contract.QUALITY, market, "", "StreamVenueStatus", status)
        trades = partial(trades_request, name, self._history)
        yield from self._events(contract.TRADE, market, "StreamTrades", trades, partial(trade_record, name))
        yield from self._candles(market, "")
        yield from self._vwap(market)

    def of_venue(self, market: Market, venue: str) -> Iterator[Route]:
        """What goes into topics of one venue's book and candles."""
        settings = self._settings
        book = market_data_pb2.StreamVenueBookRequest(
            market=market.name, venue=venue, levels=settings.levels, min_interval_ms=settings.interval_ms
        )
        yield from self._states(contract.BOOK, market, venue, "StreamVenueBook", book)
        yield from self._candles(market, venue)

    def _states(self, kind: TopicKind, market: Market, venue: str, call: str, request: Any) -> Iterator[Route]:
        key, opened = key_of(market.name, venue), self._calls[call].open
        yield from self._wanted(
            Route(
                kind, self._topic(kind), market.name, STATE_WINDOW,
                lambda _last: opened(request), lambda payload: Record(key, payload),
            )
        )  # fmt: skip

    def _events(
        self, kind: TopicKind, market: Market, call: str, request: Requested,
        record: Callable[[bytes], Record | None],
    ) -> Iterator[Route]:  # fmt: skip
        opened = self._calls[call].open
        yield from self._wanted(
            Route(kind, self._topic(kind), market.name, EVENT_WINDOW, lambda last: opened(request(last)), record)
        )

    def _candles(self, market: Market, venue: str) -> Iterator[Route]:
        # An interval without trades has a candle too: an edge, and whoever stores candles, learns that it is complete.
        request = analytics_pb2.StreamCandlesRequest(
            market=market.name, venue=venue, intervals=self._intervals, fill=analytics_pb2.CANDLE_FILL_NULL
        )
        record = partial(candle_record, key_of(market.name, venue))
        yield from self._events(contract.CANDLE, market, "StreamCandles", lambda _last: request, record)

    def _vwap(self, market: Market) -> Iterator[Route]:
        vwap = self._settings.vwap
        if vwap is None or market.name not in vwap.topics:
            return
        topic, opened = vwap.topics[market.name], self._calls["StreamTradeVwap"].open
        request = analytics_pb2.StreamTradeVwapRequest(market=market.name, venue=vwap.venue, trades=max(0, vwap.trades))
        yield Route(
            contract.TEXT, self._settings.prefix + topic, market.name, EVENT_WINDOW,
            lambda _last: opened(request), partial(vwap_record, topic.encode()),
        )  # fmt: skip

    def _wanted(self, route: Route) -> Iterator[Route]:
        if route.kind.name in self._settings.topics:
            yield route

    def _topic(self, kind: TopicKind) -> str:
        return self._settings.prefix + kind.topic


def trades_request(market: str, history: bool, last: bytes) -> market_data_pb2.StreamTradesRequest:
    """All trades. Where the server keeps a history, the trades that this stream could not take meanwhile come from
    there: from the receipt of the last one on."""
    request = market_data_pb2.StreamTradesRequest(market=market)
    if history:
        request.on_overflow = market_data_pb2.OVERFLOW_POLICY_DISCONNECT
        request.start_time_nanos = received(last)
    return request


def received(payload: bytes) -> int:
    """When a trade or gap was received, nanoseconds UTC; 0 for an empty payload."""
    message = market_data_pb2.StreamTradesResponse.FromString(payload)
    return message.gap.receive_time_nanos if message.HasField("gap") else message.trade.receive_time_nanos


def trade_record(market: str, payload: bytes) -> Record | None:
    """The record of a StreamTradesResponse."""
    message = market_data_pb2.StreamTradesResponse.FromString(payload)
    venue = message.gap.venue if message.HasField("gap") else message.trade.venue
    return Record(key_of(market, venue), payload) if venue else None


def candle_record(key: bytes, payload: bytes) -> Record | None:
    """The record of a StreamCandlesResponse."""
    message = analytics_pb2.StreamCandlesResponse.FromString(payload)
    return None if message.candle.header.heartbeat else Record(key, payload)


def vwap_record(key: bytes, payload: bytes) -> Record | None:
    """The VWAP of a StreamTradeVwapResponse as text; 0 while there is no volume."""
    vwap = analytics_pb2.StreamTradeVwapResponse.FromString(payload).vwap
    if vwap.header.heartbeat:
        return None
    value = Decimal(vwap.vwap).scaleb(vwap.vwap_exponent)
    return Record(key, f"{value.normalize():f}".encode())
