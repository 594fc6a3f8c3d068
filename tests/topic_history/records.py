"""Records of every topic, as ingesters write them."""

from __future__ import annotations

from typing import Any

from onebook.v1 import market_data_pb2, types_pb2
from server.kafka.record import key_of
from server.units import SECOND
from tests.edge import records
from tests.edge.test_candle_decoder import OPENED, record

MARKET, VENUE = records.MARKET, records.VENUE
KEY, OF_ALL = key_of(MARKET, VENUE), key_of(MARKET, "")
NOW = OPENED + 100 * SECOND
candle, book = record, records.book


def trade(number: int, *, epoch: int = 1, **given: Any) -> bytes:
    made = types_pb2.Trade(
        header=types_pb2.Header(epoch=epoch), market=MARKET, venue=VENUE, trade_id=str(number), price=10_050 + number,
        price_exponent=-2, size=5, size_exponent=-1, side=types_pb2.AGGRESSOR_SIDE_BUY,
        exchange_time_nanos=NOW + number, receive_time_nanos=NOW + number + epoch, **given,
    )  # fmt: skip
    return market_data_pb2.StreamTradesResponse(trade=made).SerializeToString()


def gap(**given: Any) -> bytes:
    made = types_pb2.TradeGap(
        header=types_pb2.Header(epoch=1), market=MARKET, venue=VENUE, after_trade_id="7", before_trade_id="9",
        missing=1, receive_time_nanos=NOW, **given,
    )  # fmt: skip
    return market_data_pb2.StreamTradesResponse(gap=made).SerializeToString()


def summary(published: int = NOW, **given: Any) -> bytes:
    made = types_pb2.Summary(
        header=types_pb2.Header(publish_time_nanos=published), market=MARKET, price_exponent=-2, size_exponent=-3,
        best_bid=types_pb2.Level(price=10_050, size=2_000), vwap_exponent=-4, vwap_price=1_005_100,
        averages=[types_pb2.PriceAverage(window_nanos=30 * SECOND, time_weighted=1_005_000, coverage_ppm=500_000)],
    )  # fmt: skip
    made.MergeFrom(types_pb2.Summary(**given))
    return market_data_pb2.StreamSummaryResponse(summary=made).SerializeToString()


def status(state: int, published: int = NOW) -> bytes:
    made = types_pb2.VenueStatus(
        header=types_pb2.Header(publish_time_nanos=published), market=MARKET,
        venues=[types_pb2.VenueQuality(venue=VENUE, state=types_pb2.VenueState.ValueType(state), detail="why")],
    )  # fmt: skip
    return market_data_pb2.StreamVenueStatusResponse(status=made).SerializeToString()


def reference(value: str = "5000.5") -> bytes:
    return records.reference(interest=value, received=NOW).reference.SerializeToString()
