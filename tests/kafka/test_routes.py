"""What goes where, and what becomes of each message."""

from __future__ import annotations

from decimal import Decimal

import pytest

from onebook.v1 import analytics_pb2, market_data_pb2, types_pb2
from server.kafka.contract import KINDS
from server.kafka.reference import Reference
from server.kafka.routes import Routes, candle_record, received, trade_record, trades_request, vwap_record
from server.kafka.settings import KafkaSettings, VwapTopics

from .rig import Rig


@pytest.fixture
def rig(settings: KafkaSettings) -> Rig:
    made = Rig(settings)
    made.close()
    return made


def kinds(rig: Rig, settings: KafkaSettings) -> tuple[list[str], list[str]]:
    routes = Routes(settings, rig.services, ("1m",), False)
    market = rig.markets[0]
    reference = Reference(market, True, {}, rig.open_interest, rig.dispatcher.epoch)
    of_market = [route.topic for route in routes.of_market(market, reference.channel)]
    return of_market, [route.topic for route in routes.of_venue(market, "alpha")]


def test_a_market_has_streams_and_each_venue_its_own(rig: Rig) -> None:
    of_market, of_venue = kinds(rig, KafkaSettings("localhost:1", prefix="p."))
    names = ["md.ref.v1", "md.stat.v1", "md.quality.v1", "md.trade.v1", "md.candle.v1"]
    assert of_market == [f"p.{name}" for name in names]
    assert of_venue == ["p.md.book.v1", "p.md.candle.v1"]


@pytest.mark.parametrize("name", KINDS)
def test_only_topics_that_are_wanted_have_streams(rig: Rig, name: str) -> None:
    of_market, of_venue = kinds(rig, KafkaSettings("localhost:1", topics=(name,)))
    assert {*of_market, *of_venue} == {KINDS[name].topic}


def test_a_pair_with_a_topic_of_text_has_a_stream_of_its_vwap(rig: Rig) -> None:
    vwap = VwapTopics({"BTC/USDT": "BTC-USDT"}, trades=5, venue="alpha")
    of_market, _ = kinds(rig, KafkaSettings("localhost:1", topics=("book",), vwap=vwap))
    assert of_market == ["BTC-USDT"]


def test_trades_begin_again_where_they_ended_if_there_is_a_history() -> None:
    last = market_data_pb2.StreamTradesResponse(trade=types_pb2.Trade(venue="alpha", receive_time_nanos=7))
    live = trades_request("BTC/USDT", False, last.SerializeToString())
    assert live == market_data_pb2.StreamTradesRequest(market="BTC/USDT")
    kept = trades_request("BTC/USDT", True, last.SerializeToString())
    assert kept.start_time_nanos == 7
    assert kept.on_overflow == market_data_pb2.OVERFLOW_POLICY_DISCONNECT
    assert trades_request("BTC/USDT", True, b"").start_time_nanos == 0


def test_trades_and_gaps_have_keys_of_their_venue_and_heartbeats_are_none() -> None:
    trade = market_data_pb2.StreamTradesResponse(trade=types_pb2.Trade(venue="alpha", receive_time_nanos=7))
    gap = market_data_pb2.StreamTradesResponse(gap=types_pb2.TradeGap(venue="beta", receive_time_nanos=8))
    heartbeat = market_data_pb2.StreamTradesResponse(trade=types_pb2.Trade(market="BTC/USDT"))
    payloads = [message.SerializeToString() for message in (trade, gap, heartbeat)]
    made = [trade_record("BTC/USDT", payload) for payload in payloads]
    assert [each and each.key for each in made] == [b"BTC/USDT|alpha", b"BTC/USDT|beta", None]
    assert made[0] is not None
    assert made[0].value == payloads[0]
    assert [received(payload) for payload in (*payloads[:2], b"")] == [7, 8, 0]


def test_heartbeats_of_candles_are_no_records() -> None:
    candle = analytics_pb2.StreamCandlesResponse(candle=analytics_pb2.Candle(market="BTC/USDT", venue="alpha"))
    assert candle_record(b"key", candle.SerializeToString()) is not None
    candle.candle.header.heartbeat = True
    assert candle_record(b"key", candle.SerializeToString()) is None


@pytest.mark.parametrize(
    ("mantissa", "exponent", "text"),
    [(123450, -3, b"123.45"), (5, 0, b"5"), (None, 0, b"0"), (10, 0, b"10"), (1, -12, b"0.000000000001")],
)
def test_a_vwap_is_plain_text(mantissa: int | None, exponent: int, text: bytes) -> None:
    vwap = analytics_pb2.TradeVwap(market="ETH/USD", vwap_exponent=exponent)
    if mantissa is not None:
        vwap.vwap = mantissa
    made = vwap_record(b"ETH-USD", analytics_pb2.StreamTradeVwapResponse(vwap=vwap).SerializeToString())
    assert made is not None
    assert (made.key, made.value) == (b"ETH-USD", text)
    assert Decimal(text.decode()) == Decimal(mantissa or 0).scaleb(exponent)
    vwap.header.heartbeat = True
    assert vwap_record(b"ETH-USD", analytics_pb2.StreamTradeVwapResponse(vwap=vwap).SerializeToString()) is None
