"""The lines that scripts depend on: their keys are an interface."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

from client import (
    Averages,
    Book,
    Candle,
    Conversion,
    Header,
    OpenInterest,
    PriceAverage,
    Quote,
    QuoteSlice,
    Reconciliation,
    Summary,
    Trade,
    TradeGap,
    TradeVwap,
    VenueInterest,
    VenueQuality,
    VenueStatus,
    convert,
)
from client import convert_analytics as analytics
from client.json_lines import to_json
from client.numbers import Scales
from onebook.v1 import types_pb2 as pb
from tests.client.analytics_data import (
    make_averages,
    make_candle,
    make_interest,
    make_quote,
    make_reconciliation,
    make_vwap,
)
from tests.client.fake_server import make_book

SCALES: Scales[Decimal] = Scales("decimal")
HEADER = ["publish_time_nanos", "epoch", "sequence", "heartbeat", "receive_time_nanos", "exchange_time_nanos"]
VENUE = [
    *("venue", "state", "exchange_time_nanos", "receive_time_nanos", "age_nanos", "venue_sequence", "resyncs", "gaps"),
    *("checksums_verified", "checksum_failures", "whole_book", "lowest_complete_bid", "highest_complete_ask"),
    *("bid_levels", "ask_levels", "detail", "unverified", "audits", "audit_bid_match_ppm", "audit_ask_match_ppm"),
    *("ghost_levels", "missing_levels", "quote_currency", "trades_state", "clock_offset_nanos"),
    "clock_uncertainty_nanos",
]
BOOK = [
    *("header", "market", "bids", "asks", "spread", "mid", "venues", "proved_bid_levels", "proved_ask_levels"),
    "conversions",
]
SUMMARY = [
    *("header", "market", "best_bid", "best_ask", "spread", "mid", "bid_vwap", "ask_vwap", "vwap_price"),
    *("vwap_levels", "bid_levels_used", "ask_levels_used", "venues", "spread_basis_points", "microprice", "averages"),
    "conversions",
]
GAP = [
    *("header", "market", "venue", "after_trade_id", "before_trade_id", "missing", "receive_time_nanos", "dropped"),
]
TRADE = [
    *("header", "market", "venue", "trade_id", "price", "size", "side", "exchange_time_nanos"),
    *("receive_time_nanos", "dropped"),
]
AVERAGE = [
    *("window_nanos", "start_time_nanos", "end_time_nanos", "time_weighted", "sample_mean", "samples", "coverage_ppm"),
]
CONVERSION = ["quote_currency", "rate_market", "inverted", "bid", "ask", "age_nanos", "suspended", "detail"]
AVERAGES = ["header", "market", "price", "vwap_levels", "windows", "venues"]
TRADE_VWAP = [
    *("header", "market", "venue", "vwap", "trades", "volume", "quote_volume", "first_trade_time_nanos"),
    *("last_trade_time_nanos", "last_trade_id", "has_gap", "dropped", "venues"),
]
CANDLE = [
    *("header", "market", "venue", "interval", "open_time_nanos", "close_time_nanos", "open", "high", "low", "close"),
    *("volume", "quote_volume", "trades", "vwap", "state", "source", "revision", "reconciliation", "open_interest"),
    *("dropped", "venues", "counted_venues", "missing_venues", "complete_over_counted"),
]
RECONCILIATION = ["time_nanos", "open", "high", "low", "close", "volume", "quote_volume", "alarm"]
QUOTE = [
    *("header", "market", "side", "filled", "reason", "size", "notional", "fees", "average_price", "effective_price"),
    *("worst_price", "mid", "slippage_basis_points", "levels", "slices", "beyond_proved", "venues", "conversions"),
]
SLICE = ["venue", "size", "notional", "fee", "fee_basis_points", "worst_price", "levels"]


def test_a_book_is_one_exact_line() -> None:
    line = to_json(convert.book(make_book(7), SCALES))
    assert "\n" not in line
    read = json.loads(line)
    assert list(read) == ["type", *BOOK]
    assert list(read["header"]) == HEADER
    assert list(read["venues"][0]) == VENUE
    assert (read["type"], read["header"]["sequence"], read["spread"], read["mid"]) == ("book", 7, "0.03", "61837.645")
    assert read["bids"][0] == {"price": "61837.63", "size": "0.12345678", "venue": "binance"}
    assert (read["venues"][0]["state"], read["venues"][0]["highest_complete_ask"]) == ("live", None)


def test_small_numbers_are_plain() -> None:
    message = pb.Book(price_exponent=-12, spread=5)
    assert json.loads(to_json(convert.book(message, SCALES)))["spread"] == "0.000000000005"


def test_the_other_messages() -> None:
    trade = convert.trade(pb.Trade(price=5, price_exponent=-1, side=pb.AGGRESSOR_SIDE_BUY), SCALES)
    assert json.loads(to_json(trade))["side"] == "buy"
    gap = json.loads(to_json(convert.trade_gap(pb.TradeGap(venue="x", after_trade_id="7", missing=3))))
    assert (gap["type"], gap["after_trade_id"], gap["missing"]) == ("trade_gap", "7", 3)
    status = convert.venue_status(pb.VenueStatus(market="A/B"), SCALES)
    assert json.loads(to_json(status))["type"] == "venue_status"
    summary = json.loads(to_json(convert.summary(pb.Summary(), SCALES)))
    assert (summary["type"], summary["best_bid"], summary["mid"]) == ("summary", None, None)


def test_the_analytics() -> None:
    candle = json.loads(to_json(analytics.candle(make_candle(reconciliation=make_reconciliation()), SCALES)))
    assert (candle["type"], candle["open"], candle["state"], candle["source"]) == (
        *("candle", "61837.01"),
        *("complete", "trades"),
    )
    assert (candle["volume"], candle["vwap"], candle["open_interest"]) == ("12.50000000", "61837.0412", None)
    assert (candle["reconciliation"]["high"], candle["reconciliation"]["alarm"]) == ("-0.03", True)
    vwap = json.loads(to_json(analytics.trade_vwap(make_vwap(), SCALES)))
    assert (vwap["type"], vwap["vwap"]) == ("trade_vwap", "61837.123456789012")
    averages = json.loads(to_json(analytics.averages(make_averages(), SCALES)))
    assert (averages["type"], averages["windows"][0]["time_weighted"]) == ("averages", "61836.12345")
    quote = json.loads(to_json(analytics.quote(make_quote(), SCALES)))
    assert (quote["type"], quote["side"], quote["slippage_basis_points"]) == ("quote", "buy", "0.4002")
    assert quote["slices"][0]["fee_basis_points"] == "10.0000"
    interest = json.loads(to_json(analytics.open_interest(make_interest(), SCALES)))
    assert (interest["type"], interest["venues"][0]["value"]) == ("open_interest", "81234.567")


def test_no_key_has_moved() -> None:
    """Renaming a field of a message class breaks somebody's script: think twice, then change this list."""

    def names(kind: type) -> list[str]:
        return [field.name for field in dataclasses.fields(kind)]

    assert names(Header) == HEADER
    assert names(Book) == BOOK
    assert names(Summary) == SUMMARY
    assert names(VenueStatus) == ["header", "market", "venues"]
    assert names(Trade) == TRADE
    assert names(TradeGap) == GAP
    assert names(VenueQuality) == VENUE
    assert names(PriceAverage) == AVERAGE
    assert names(Conversion) == CONVERSION
    assert names(Averages) == AVERAGES
    assert names(TradeVwap) == TRADE_VWAP
    assert names(Candle) == CANDLE
    assert names(Reconciliation) == RECONCILIATION
    assert names(OpenInterest) == ["header", "market", "venues", "qualities"]
    assert names(VenueInterest) == ["venue", "value", "exchange_time_nanos", "receive_time_nanos"]
    assert names(Quote) == QUOTE
    assert names(QuoteSlice) == SLICE
