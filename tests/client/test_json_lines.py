"""The lines that scripts depend on: their keys are an interface."""

from __future__ import annotations

import dataclasses
import json
import math
from decimal import Decimal
from typing import Any

import pytest

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
)
from client.analytics.averages import from_message as averages_from
from client.analytics.candles import from_message as candle_from
from client.analytics.open_interest import from_message as interest_from
from client.analytics.quotes import from_message as quote_from
from client.analytics.vwap import from_message as vwap_from
from client.errors import InvalidArgumentError
from client.json_fields import Selection
from client.json_lines import to_json
from client.market_data.books import from_message as book_from
from client.market_data.summaries import from_message as summary_from
from client.market_data.trades import from_message as trade_from
from client.market_data.trades import gap_from_message
from client.market_data.venue_status import from_message as status_from
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
HEADER = [
    *("publish_time_nanos", "epoch", "sequence", "heartbeat", "receive_time_nanos", "exchange_time_nanos", "past"),
]
VENUE = [
    *("venue", "state", "exchange_time_nanos", "receive_time_nanos", "age_nanos", "venue_sequence", "resyncs", "gaps"),
    *("checksums_verified", "checksum_failures", "whole_book", "lowest_complete_bid", "highest_complete_ask"),
    *("bid_levels", "ask_levels", "detail", "unverified", "audits", "audit_bid_match_ppm", "audit_ask_match_ppm"),
    *("ghost_levels", "missing_levels", "quote_currency", "trades_state", "clock_offset_nanos"),
    *("clock_uncertainty_nanos", "digest"),
]
BOOK = [
    *("header", "market", "bids", "asks", "spread", "mid", "venues", "proved_bid_levels", "proved_ask_levels"),
    *("conversions", "digest"),
]
SUMMARY = [
    *("header", "market", "best_bid", "best_ask", "spread", "mid", "bid_vwap", "ask_vwap", "vwap_price"),
    *("vwap_levels", "bid_levels_used", "ask_levels_used", "venues", "spread_basis_points", "microprice", "averages"),
    *("conversions", "digest"),
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
    line = to_json(book_from(make_book(7), SCALES))
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
    assert json.loads(to_json(book_from(message, SCALES)))["spread"] == "0.000000000005"


def test_the_other_messages() -> None:
    trade = trade_from(pb.Trade(price=5, price_exponent=-1, side=pb.AGGRESSOR_SIDE_BUY), SCALES)
    assert json.loads(to_json(trade))["side"] == "buy"
    gap = json.loads(to_json(gap_from_message(pb.TradeGap(venue="x", after_trade_id="7", missing=3))))
    assert (gap["type"], gap["after_trade_id"], gap["missing"]) == ("trade_gap", "7", 3)
    status = status_from(pb.VenueStatus(market="A/B"), SCALES)
    assert json.loads(to_json(status))["type"] == "venue_status"
    summary = json.loads(to_json(summary_from(pb.Summary(), SCALES)))
    assert (summary["type"], summary["best_bid"], summary["mid"]) == ("summary", None, None)


def test_the_analytics() -> None:
    candle = json.loads(to_json(candle_from(make_candle(reconciliation=make_reconciliation()), SCALES)))
    assert (candle["type"], candle["open"], candle["state"], candle["source"]) == (
        *("candle", "61837.01"),
        *("complete", "trades"),
    )
    assert (candle["volume"], candle["vwap"], candle["open_interest"]) == ("12.50000000", "61837.0412", None)
    assert (candle["reconciliation"]["high"], candle["reconciliation"]["alarm"]) == ("-0.03", True)
    vwap = json.loads(to_json(vwap_from(make_vwap(), SCALES)))
    assert (vwap["type"], vwap["vwap"]) == ("trade_vwap", "61837.123456789012")
    averages = json.loads(to_json(averages_from(make_averages(), SCALES)))
    assert (averages["type"], averages["windows"][0]["time_weighted"]) == ("averages", "61836.12345")
    quote = json.loads(to_json(quote_from(make_quote(), SCALES)))
    assert (quote["type"], quote["side"], quote["slippage_basis_points"]) == ("quote", "buy", "0.4002")
    assert quote["slices"][0]["fee_basis_points"] == "10.0000"
    interest = json.loads(to_json(interest_from(make_interest(), SCALES)))
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


def messages() -> list[Any]:
    """One of each kind, with times and numbers of the real size."""
    book = make_book(levels=3)
    for quality in book.venues:
        quality.exchange_time_nanos = quality.receive_time_nanos
        quality.venue_sequence = 1_795_000_020_123_456_789
    book.header.epoch = 1_795_000_020_123_456_789
    return [
        book_from(book, SCALES),
        candle_from(make_candle(reconciliation=make_reconciliation()), SCALES),
        averages_from(make_averages(), SCALES),
        vwap_from(make_vwap(), SCALES),
        interest_from(make_interest(), SCALES),
        quote_from(make_quote(), SCALES),
    ]


def numbers(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [found for each in value.values() for found in numbers(each)]
    if isinstance(value, list):
        return [found for each in value for found in numbers(each)]
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


@pytest.mark.parametrize("place", range(6))
def test_every_number_survives_a_reader_that_keeps_doubles(place: int) -> None:
    message = messages()[place]
    line = to_json(message)
    as_double = json.loads(line, parse_int=float)
    for exact, double in zip(numbers(json.loads(line)), numbers(as_double), strict=True):
        assert exact == double
        assert abs(exact) <= 2**53
    assert math.isclose(float(as_double["header"]["publish_time_nanos"]), message.header.publish_time_nanos)


def test_times_are_text_whatever_their_size_and_lengths_are_numbers() -> None:
    line = json.loads(to_json(messages()[0]))
    header, quality = line["header"], line["venues"][0]
    assert header["epoch"] == "1795000020123456789"
    assert header["exchange_time_nanos"] == "0", "one type, also where a time is not known"
    assert quality["venue_sequence"] == "1795000020123456789"
    assert isinstance(quality["receive_time_nanos"], str)
    assert quality["age_nanos"] == 120_000_000
    assert isinstance(header["sequence"], int)
    candle = json.loads(to_json(messages()[1]))
    assert isinstance(candle["open_time_nanos"], str)
    assert isinstance(candle["reconciliation"]["time_nanos"], str)


def test_a_length_that_no_double_holds_is_text_too() -> None:
    quality = dataclasses.replace(messages()[0].venues[0], clock_offset_nanos=2**60 + 1)
    book = dataclasses.replace(messages()[0], venues=(quality,))
    assert json.loads(to_json(book))["venues"][0]["clock_offset_nanos"] == str(2**60 + 1)


def chosen(only: str = "", without: str = "", message: Any = None) -> dict[str, Any]:
    message = message or messages()[0]
    kept, left_out = (tuple(text.split(",")) if text else () for text in (only, without))
    line: dict[str, Any] = json.loads(to_json(message, Selection(kept, left_out, kinds=(type(message),))))
    return line


def test_only_the_fields_that_are_wanted_in_that_order() -> None:
    assert list(chosen("spread,market")) == ["type", "spread", "market"]
    line = chosen("bids.price,header.sequence")
    assert line["header"] == {"sequence": 1}
    assert line["bids"] == [{"price": "61837.63"}, {"price": "61837.62"}, {"price": "61837.61"}]


def test_all_but_some() -> None:
    assert set(chosen()) - set(chosen(without="venues")) == {"venues"}
    quality = chosen(without="venues.detail,venues.audits")["venues"][0]
    assert "detail" not in quality
    assert quality["venue"] == "binance"
    assert chosen("bids", "bids.size")["bids"][0].keys() == {"price", "venue"}


def test_a_field_and_a_part_of_it_is_the_field() -> None:
    whole = chosen("bids")["bids"]
    assert chosen("bids,bids.price")["bids"] == chosen("bids.price,bids")["bids"] == whole


def test_objects_that_are_not_there_stay_null() -> None:
    assert chosen("reconciliation.open", message=candle_from(make_candle(), SCALES))["reconciliation"] is None


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("bid", "Book has no field 'bid'; did you mean bids\\?; it has header, market, bids"),
        ("venues.stat", "venues has no field 'stat'; did you mean state"),
        ("bids.price.x", "bids.price has no field 'x': it is no object"),
        ("", "Book has no field ''"),
        ("zzz", "Book has no field 'zzz'; it has header"),
    ],
)
@pytest.mark.parametrize("flag", ["only", "without"])
def test_a_field_that_is_not_there_names_the_nearest(path: str, words: str, flag: str) -> None:
    given: dict[str, Any] = {"only": (), "without": (), flag: (path,)}
    name = {"only": "--fields", "without": "--without"}[flag]
    with pytest.raises(InvalidArgumentError, match=f"{name}: {words}"):
        Selection(**given, kinds=(Book,))


def test_lines_of_two_kinds_have_what_each_has() -> None:
    selection = Selection(("trade_id", "after_trade_id"), (), kinds=(Trade, TradeGap))
    assert selection.of({"type": "trade", "trade_id": "1", "price": "2"}) == {"type": "trade", "trade_id": "1"}
