"""Every field of the analytics arrives, exact and named; what is absent stays absent."""

from __future__ import annotations

from decimal import Decimal

import pytest

from client import CandleSource, CandleState, MissingVenue, ProtocolError, Side
from client.analytics.averages import from_message as averages_from
from client.analytics.candles import from_message as candle_from
from client.analytics.candles_text import candle_note, missing_lines
from client.analytics.open_interest import from_message as interest_from
from client.analytics.quotes import from_message as quote_from
from client.analytics.vwap import from_message as vwap_from
from client.market_data.books import from_message as book_from
from client.market_data.summaries import from_message as summary_from
from client.numbers import Scales
from onebook.v1 import analytics_pb2 as api
from onebook.v1 import types_pb2 as pb
from tests.client.analytics_data import (
    make_averages,
    make_candle,
    make_interest,
    make_quote,
    make_reconciliation,
    make_vwap,
    make_windows,
)
from tests.client.fake_server import make_book

DECIMAL: Scales[Decimal] = Scales("decimal")
FLOAT: Scales[float] = Scales("float")


def test_averages() -> None:
    read = averages_from(make_averages(), DECIMAL)
    half, minute = read.windows
    assert (half.window, half.time_weighted, half.sample_mean) == (30.0, Decimal("61836.12345"), Decimal("61836.00000"))
    assert (minute.coverage, minute.samples, minute.coverage_ppm) == (0.97, 120, 970_000)
    empty = averages_from(api.Averages(windows=[pb.PriceAverage(window_nanos=1)]), DECIMAL)
    assert (empty.price, empty.windows[0].time_weighted, empty.windows[0].sample_mean) == (None, None, None)


def test_trade_vwap() -> None:
    read = vwap_from(make_vwap(has_gap=True, dropped=2), DECIMAL)
    assert (read.vwap, read.volume, read.quote_volume) == (
        Decimal("61837.123456789012"),
        Decimal("12.345"),
        Decimal("763379.289074"),
    )
    assert (read.has_gap, read.dropped, read.last_trade_id, read.venue) == (True, 2, "991", "")
    assert vwap_from(api.TradeVwap(), DECIMAL).vwap is None


def test_venues_that_are_missing_in_a_candle() -> None:
    message = make_candle(state=api.CANDLE_STATE_PARTIAL_GAP, counted_venues=["a", "b"], complete_over_counted=True)
    message.missing_venues.add(venue="c", reason="cannot be reached")
    candle = candle_from(message, DECIMAL)
    assert (candle.counted_venues, candle.complete_over_counted, candle.complete) == (("a", "b"), True, False)
    assert candle.missing_venues == (MissingVenue("c", "cannot be reached", False),)
    assert candle_note(candle) == "complete over a, b, without c"
    message.counted_venues.extend(["d", "e"])
    assert candle_note(candle_from(message, DECIMAL)) == "complete over 4 venues, without c"
    message.missing_venues.add(venue="f", reason="trades were lost", partly=True)
    message.complete_over_counted = False
    assert candle_note(candle_from(message, DECIMAL)) == "partial gap, in part f, without c"
    assert [line.plain for line in missing_lines(candle)] == [" without c: cannot be reached"]


def test_a_candle() -> None:
    read = candle_from(make_candle(reconciliation=make_reconciliation(), open_interest="7.5"), DECIMAL)
    assert (read.open, read.high, read.low, read.close) == (
        *(Decimal("61837.01"), Decimal("61837.08")),
        *(Decimal("61837.00"), Decimal("61837.06")),
    )
    assert (read.volume, read.quote_volume, read.vwap) == (
        *(Decimal("12.5"), Decimal("772962.5")),
        Decimal("61837.0412"),
    )
    assert (read.state, read.source, read.closed, read.complete) == (
        *(CandleState.COMPLETE, CandleSource.TRADES),
        *(True, True),
    )
    assert read.open_interest == Decimal("7.5")
    against = read.reconciliation
    assert against is not None
    assert (against.open, against.high, against.volume, against.alarm) == (
        *(Decimal(0), Decimal("-0.03")),
        *(Decimal("-0.5"), True),
    )
    one_sided = make_candle(reconciliation=api.Reconciliation(volume="-1", alarm=True))
    read = candle_from(one_sided, DECIMAL)
    assert read.reconciliation is not None
    assert read.reconciliation.open is None


def test_sums_wider_than_64_bits_are_exact() -> None:
    digits = "123456789012345678901234567890.123456789012345678"
    assert f"{candle_from(make_candle(quote_volume=digits), DECIMAL).quote_volume:f}" == digits
    assert candle_from(make_candle(quote_volume=digits), FLOAT).quote_volume == float(digits)


def test_what_a_venue_does_not_say_is_none_and_not_0() -> None:
    empty = api.Candle(volume="0", reconciliation=api.Reconciliation())
    read = candle_from(empty, DECIMAL)
    assert (read.open, read.quote_volume, read.trades, read.vwap, read.open_interest) == (None,) * 5
    assert read.reconciliation is not None
    assert (read.reconciliation.volume, read.reconciliation.quote_volume) == (None, None)
    assert candle_from(api.Candle(), DECIMAL).reconciliation is None
    assert candle_from(api.Candle(trades=0), DECIMAL).trades == 0
    assert candle_from(api.Candle(), DECIMAL).volume is None


def test_text_that_is_no_number_is_an_error() -> None:
    with pytest.raises(ProtocolError, match="not a decimal number: 'many'"):
        candle_from(make_candle(volume="many"), DECIMAL)


def test_a_quote() -> None:
    read = quote_from(make_quote(reason="only 2 of 3", filled=False, beyond_proved=True), DECIMAL)
    assert (read.side, read.filled, read.reason, read.beyond_proved) == (Side.BUY, False, "only 2 of 3", True)
    assert (read.size, read.notional, read.fees) == (Decimal(2), Decimal("123680.24"), Decimal("123.68024"))
    assert (read.average_price, read.effective_price) == (Decimal("61840.12"), Decimal("61901.960120"))
    assert (read.worst_price, read.mid, read.slippage_basis_points) == (
        *(Decimal("61841"), Decimal("61837.645")),
        Decimal("0.4002"),
    )
    first, second = read.slices
    assert (first.venue, first.size, first.fee, first.fee_basis_points) == (
        *("binance", Decimal("1.5")),
        *(Decimal("92.76018"), Decimal("10.0000")),
    )
    assert (second.venue, second.levels, first.worst_price) == ("bitstamp", 3, Decimal("61841.000000"))
    nothing = quote_from(api.Quote(side=api.QUOTE_SIDE_SELL), DECIMAL)
    assert (nothing.side, nothing.average_price, nothing.mid, nothing.slippage_basis_points) == (
        *(Side.SELL, None),
        *(None, None),
    )


def test_a_slice_of_an_unknown_venue_is_an_error() -> None:
    with pytest.raises(ProtocolError, match="a slice names a venue beyond the message's 0"):
        quote_from(make_quote(venues=[]), DECIMAL)


def test_open_interest() -> None:
    (told,) = interest_from(make_interest(), DECIMAL).venues
    assert (told.venue, told.value) == ("binance", Decimal("81234.567"))


def test_a_summary_with_its_averages() -> None:
    message = pb.Summary(vwap_exponent=-5, spread_basis_points=-4852, microprice=6183764512, averages=make_windows())
    read = summary_from(message, DECIMAL)
    assert (read.spread_basis_points, read.microprice) == (Decimal("-0.4852"), Decimal("61837.64512"))
    assert read.averages[1].time_weighted == Decimal("61835.12345")
    assert summary_from(pb.Summary(), DECIMAL).spread_basis_points is None


def test_books_of_other_currencies_are_told_apart() -> None:
    message = make_book()
    message.venues.add(venue="binance", state=pb.VENUE_STATE_LIVE, quote_currency="USDC")
    message.bids[0].venue = 2
    message.conversions.add(quote_currency="USDC", rate_market="USDC/USDT", bid="0.9998", ask="0.9999", age_nanos=5)
    message.conversions.add(quote_currency="USD", suspended=True, detail="no book of USD/USDT")
    read = book_from(message, DECIMAL)
    assert read.bids[0].venue == "binance:USDC"
    assert read.live_venues == ("binance", "bitstamp", "binance:USDC")
    good, bad = read.conversions
    assert (good.bid, good.ask, good.suspended, good.age) == (Decimal("0.9998"), Decimal("0.9999"), False, 5e-9)
    assert (bad.bid, bad.suspended, bad.detail) == (None, True, "no book of USD/USDT")


def test_every_state_of_the_contract_has_a_name() -> None:
    for kind, prefix, numbers in (
        (CandleState, "CANDLE_STATE_", api.CandleState.items()),
        (CandleSource, "CANDLE_SOURCE_", api.CandleSource.items()),
    ):
        assert {each.name: int(each) for each in kind} == {name.removeprefix(prefix): n for name, n in numbers}
    assert CandleState(99) is CandleState.UNSPECIFIED
    assert CandleSource(99) is CandleSource.UNSPECIFIED
