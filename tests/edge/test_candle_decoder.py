"""Records of candles: what comes out is what went in, and what is wrong is one error."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from onebook.v1 import analytics_pb2 as pb
from onebook.v1 import types_pb2
from server.analytics.candles import message
from server.analytics.candles.candle import Candle, CandleSource, CandleState, Reconciliation, Said
from server.analytics.candles.coverage_log import Missing
from server.analytics.intervals import Interval
from server.edge.candle_decoder import decode_candle
from server.edge.decoder import RecordError

MARKET, OPENED = "BTC/USDT", 1_795_000_020 * 10**9
MADE = Candle(
    Interval.parse("1m"), OPENED, OPENED + 60 * 10**9, Decimal("100.25"), Decimal("101"), Decimal("99.5"),
    Decimal("100"), Decimal("1.2345"), Decimal("123.4500001"), 12, CandleState.PARTIAL_GAP, CandleSource.TRADES, 3,
    Reconciliation(7, Decimal("-0.5"), None, Decimal(0), Decimal("1.25"), Decimal("-0.001"), None, alarm=True),
    Decimal("5000.5"), Said(9, 3, ("binance",), (Missing("kraken", "trades were lost", partly=True, ongoing=False),)),
)  # fmt: skip


def record(made: Candle = MADE, venue: str = "", **changed: Any) -> bytes:
    body = pb.Candle(header=types_pb2.Header(epoch=9), market=MARKET, venue=venue)
    message.candle(body, made)
    assert made.said is not None
    body.counted_venues.extend(made.said.counted)
    for each in made.said.missing:
        body.missing_venues.add(venue=each.venue, reason=each.reason, partly=each.partly)
    for name in ("binance", "kraken"):
        body.venues.add(venue=name)
    for name, value in changed.items():
        setattr(body, name, value)
    return pb.StreamCandlesResponse(candle=body).SerializeToString()


EMPTY = replace(
    MADE, open=None, high=None, low=None, close=None, volume=Decimal(0), quote_volume=Decimal(0), trades=0,
    reconciliation=None, open_interest=None,
)  # fmt: skip


@pytest.mark.parametrize(
    "made", [MADE, EMPTY, replace(MADE, volume=None, quote_volume=None, trades=None, source=CandleSource.VENUE)]
)
def test_a_candle_comes_out_as_it_went_in(made: Candle) -> None:
    seen = decode_candle(MARKET, "", record(made))
    assert seen is not None
    assert seen.candle == made
    assert seen.venues == {"binance", "kraken"}


def test_the_same_words_of_many_candles_are_one_object() -> None:
    first, second = (decode_candle(MARKET, "", record(replace(MADE, trades=number))) for number in (1, 2))
    assert first is not None
    assert second is not None
    assert first.candle.said is second.candle.said


def test_open_candles_are_passed_over() -> None:
    assert decode_candle(MARKET, "", record(state=pb.CANDLE_STATE_OPEN)) is None


def test_candles_that_nobody_keeps_are_passed_over() -> None:
    asked: list[tuple[str, int]] = []

    def keeps(interval: str, open_time: int) -> bool:
        asked.append((interval, open_time))
        return False

    assert decode_candle(MARKET, "", record(), keeps) is None
    assert asked == [("1m", OPENED)]


@pytest.mark.parametrize(
    "value",
    [
        b"\xff\xff", None, record(venue="kraken"), record(market="ETH/USDT"), record(interval="7 moons"),
        record(state=77), record(source=9), record(volume="many"), record(volume="NaN"), record(volume="-1"),
        record(open=0), record(price_exponent=99), record(trades=2**63), record(open_interest="Infinity"),
    ],
)  # fmt: skip
def test_what_does_not_follow_the_contract_is_one_error(value: bytes | None) -> None:
    with pytest.raises(RecordError, match=r"candle BTC/USDT\|: "):
        decode_candle(MARKET, "", value)
