"""Candles as messages: prices at one exponent, exact where 64 bits hold them, and why trades are missing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from onebook.v1 import analytics_pb2 as pb
from server.analytics.candles.candle import Candle, CandleSource, CandleState, Reconciliation
from server.analytics.candles.message import candle, coverage, encoded_venues
from server.analytics.candles.runtime import CandleRuntime
from server.model import TradesState, VenueState
from server.publish.qualities import MarketQuality
from server.units import LARGEST_MANTISSA as LARGEST

from ..call_context import CallRig
from ..model import NOON, intervals

(MINUTE,) = intervals("1m")
PRICES = st.decimals("1e-20", "1e20", allow_nan=False, allow_infinity=False)


def closed(**fields: Any) -> Candle:
    price = Decimal(10)
    values: dict[str, Any] = {
        "interval": MINUTE,
        "open_time": NOON,
        "close_time": NOON + MINUTE.longest,
        **dict.fromkeys(("open", "high", "low", "close"), price),
        "volume": Decimal("2.50"),
        "quote_volume": Decimal(25),
        "trades": 3,
        "state": CandleState.COMPLETE,
        "source": CandleSource.TRADES,
        "revision": 1,
    }
    return Candle(**{**values, **fields})


def message(made: Candle) -> pb.Candle:
    written = pb.Candle(venue="alpha")
    candle(written, made)
    return written


def test_the_fields() -> None:
    made = message(closed(open=Decimal("9.5"), open_interest=Decimal("7.0")))
    assert (made.interval, made.open_time_nanos, made.close_time_nanos) == ("1m", NOON, NOON + MINUTE.longest)
    assert (made.open, made.close, made.price_exponent) == (95, 100, -1)
    assert (made.volume, made.quote_volume, made.trades, made.revision) == ("2.5", "25", 3, 1)
    assert Decimal(made.vwap).scaleb(made.vwap_exponent) == 10
    assert (made.state, made.source) == (pb.CANDLE_STATE_COMPLETE, pb.CANDLE_SOURCE_TRADES)
    assert made.open_interest == "7"


def test_what_is_not_known_is_left_out() -> None:
    nothing = dict.fromkeys(("open", "high", "low", "close", "volume", "quote_volume", "trades"))
    made = message(closed(**nothing))
    for field in ("open", "high", "low", "close", "trades", "vwap", "reconciliation"):
        assert not made.HasField(field), field
    assert (made.volume, made.quote_volume, made.open_interest, made.price_exponent) == ("", "", "", 0)


@given(st.tuples(PRICES, PRICES, PRICES, PRICES))
def test_prices_share_an_exponent_and_are_exact_or_rounded_to_the_last_place(prices: tuple[Decimal, ...]) -> None:
    fields = ("open", "high", "low", "close")
    made = message(closed(**dict(zip(fields, prices, strict=True))))
    step = Decimal(10) ** made.price_exponent
    for field, price in zip(fields, prices, strict=True):
        mantissa = getattr(made, field)
        assert abs(mantissa) <= LARGEST
        assert abs(Decimal(mantissa) * step - price) <= step / 2


def test_a_comparison_with_the_venues_own_candle() -> None:
    compared = Reconciliation(9, Decimal("-0.10"), None, None, Decimal(0), Decimal(1), None, True)
    made = message(closed(reconciliation=compared)).reconciliation
    assert (made.time_nanos, made.open, made.price_exponent, made.alarm) == (9, -1, -1, True)
    assert (made.HasField("high"), made.HasField("close"), made.close) == (False, True, 0)
    assert (made.volume, made.quote_volume) == ("1", "")


@pytest.mark.parametrize(
    ("state", "detail", "trades", "reason"),
    [
        (VenueState.GAP, "a gap in its sequence", TradesState.RECEIVED, "a gap in its sequence"),
        (VenueState.LIVE, "", TradesState.REFUSED, "it refuses the subscription of its trades"),
        (VenueState.LIVE, "", TradesState.MUTE, "it accepted the subscription of its trades and sends none"),
        (VenueState.LIVE, "", TradesState.OVERDUE, "its trades were asked for and not confirmed in time"),
        (VenueState.LIVE, "", TradesState.RECEIVED, "no subscription is known to be in force yet"),
    ],
)
def test_why_trades_of_a_venue_are_missing(state: VenueState, detail: str, trades: TradesState, reason: str) -> None:
    rig = CallRig()
    rig.fill("alpha", "99", "101")
    entry = rig.market.entries["alpha"]
    entry.state, entry.detail, entry.trades_state = state, detail, trades
    rig.market.entries["beta"].state = VenueState.UNSUPPORTED
    made, written = closed(state=CandleState.PARTIAL_GAP, open_time=NOON * 2, close_time=NOON * 2 + 1), pb.Candle()
    coverage(written, rig.market, rig.engine.of(rig.market).get(CandleRuntime).candles, made)
    assert [(each.venue, each.reason) for each in written.missing_venues] == [("alpha", reason)]
    assert not written.complete_over_counted
    assert list(written.counted_venues) == [], "a venue that does not list the market is neither"


def test_a_complete_candle_counts_all_venues() -> None:
    rig, written = CallRig(), pb.Candle()
    coverage(written, rig.market, rig.engine.of(rig.market).get(CandleRuntime).candles, closed())
    assert list(written.counted_venues) == ["alpha", "beta"]
    assert written.complete_over_counted


def test_qualities_take_the_exponent_of_the_prices_or_a_candle_without_them_takes_theirs() -> None:
    rig = CallRig()
    rig.fill("alpha", "99.50", "101")
    quality = MarketQuality(rig.market)
    priced, empty = (
        message(closed(open=Decimal("9.125"))),
        message(closed(**dict.fromkeys(("open", "high", "low", "close")))),
    )
    for each in (priced, empty):
        each.MergeFromString(encoded_venues(each, quality))
    assert (priced.price_exponent, empty.price_exponent) == (-3, -2)
    assert [each.venue for each in priced.venues] == ["alpha", "beta"] == [each.venue for each in empty.venues]
