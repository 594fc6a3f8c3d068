"""What the results of jobs must be: onebook's own answers, and the records themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import grpc

from onebook.v1 import analytics_pb2, market_data_pb2
from onebook.v1.analytics_pb2_grpc import AnalyticsServiceStub
from tests.e2e.processes import Server
from tests.waiting import eventually

from .conftest import WINDOW

ENOUGH = 4
"""Windows that are compared, but for one that may be on its way."""


def candles(server: Server) -> dict[int, Any]:
    """The candles of all venues together by the millisecond of their beginning, without the first, which is partial."""
    with grpc.insecure_channel(server.address) as channel:
        request = analytics_pb2.GetCandlesRequest(market="BTC/USDT", interval=f"{WINDOW}s", page_size=500)
        found = AnalyticsServiceStub(channel).GetCandles(request, timeout=30).candles
    return {made.open_time_nanos // 1_000_000: made for made in list(found)[1:]}


def price(candle: Any, name: str) -> Decimal:
    return Decimal(getattr(candle, name)).scaleb(candle.price_exponent)


def some_candles(server: Server) -> dict[int, Any]:
    """The same, when there are enough of them."""

    def look() -> dict[int, Any]:
        found = candles(server)
        return found if len(found) >= ENOUGH else {}

    found: dict[int, Any] = eventually(look, "candles", ENOUGH * WINDOW * 10)
    return found


def check_vwap(lines: Iterable[Mapping[str, Any]], ours: Mapping[int, Any]) -> None:
    """Every window of both has the sums of the candle, and its VWAP."""
    made = {line["start_ms"]: line for line in lines}
    both = sorted(made.keys() & ours.keys())
    assert len(both) >= ENOUGH - 1
    for start in both:
        candle, line = ours[start], made[start]
        assert Decimal(line["volume"]) == Decimal(candle.volume)
        assert Decimal(line["quote_volume"]) == Decimal(candle.quote_volume)
        assert line["trades"] == candle.trades
        assert Decimal(line["vwap"]) == Decimal(candle.vwap).scaleb(candle.vwap_exponent)


def check_candles(lines: Iterable[Mapping[str, Any]], ours: Mapping[int, Any]) -> None:
    """Every window of both is the same candle."""
    made = {line["start_ms"]: line for line in lines}
    both = sorted(made.keys() & ours.keys())
    assert len(both) >= ENOUGH - 1
    for start in both:
        candle, line = ours[start], made[start]
        for name in ("open", "high", "low", "close"):
            assert Decimal(line[name]) == price(candle, name), name
        assert Decimal(line["volume"]) == Decimal(candle.volume)
        assert Decimal(line["quote_volume"]) == Decimal(candle.quote_volume)
        assert line["trades"] == candle.trades


def number(text: str | None) -> Decimal | None:
    """Decimal text."""
    return None if text is None else Decimal(text)


def spreads(values: Iterable[bytes]) -> Iterator[list[Decimal | None]]:
    """Best bid, best ask and spread of all venues after each record."""
    tops: dict[str, tuple[Decimal | None, Decimal | None]] = {}
    for value in values:
        book = market_data_pb2.StreamVenueBookResponse.FromString(value).book
        bid = Decimal(book.bids[0].price).scaleb(book.price_exponent) if book.bids else None
        ask = Decimal(book.asks[0].price).scaleb(book.price_exponent) if book.asks else None
        tops[book.venues[0].venue] = bid, ask
        best = max((bid for bid, _ in tops.values() if bid), default=None)
        least = min((ask for _, ask in tops.values() if ask), default=None)
        yield [best, least, None if best is None or least is None else least - best]
