"""The encoders: byte for byte what upb writes for the same message."""

from __future__ import annotations

from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onebook.compat import orderbook_pb2
from onebook.v1 import analytics_pb2, market_data_pb2, types_pb2
from orderbook_ext import reference
from orderbook_ext.digest import book_digest, market_digest
from tests.ext.conftest import load_core
from tests.ext.markets import MARKETS, VIEWS, make_entries
from tests.volume import examples

STAMPS = st.tuples(
    st.integers(0, 2**64 - 1), st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)
)

AVERAGES = [types_pb2.PriceAverage(window_nanos=30 * 10**9, samples=3), types_pb2.PriceAverage(coverage_ppm=1)]
CONVERSIONS = [types_pb2.Conversion(quote_currency="USDC", bid="0.9998" * 100, inverted=True)]


def header(view: Any, stamp: tuple[int, int, int, int], heartbeat: bool) -> types_pb2.Header:
    return types_pb2.Header(
        publish_time_nanos=stamp[0],
        epoch=stamp[2],
        sequence=stamp[3],
        heartbeat=heartbeat,
        receive_time_nanos=view.receive_time,
        exchange_time_nanos=view.exchange_time,
    )


def qualities(view: Any, entries: list[Any], monotonic: int) -> list[types_pb2.VenueQuality]:
    return [quality(view, entry, monotonic) for entry in entries]


def quality(view: Any, entry: Any, monotonic: int, currency: str = "") -> types_pb2.VenueQuality:
    message = types_pb2.VenueQuality(
        venue=entry.name,
        state=entry.state,
        exchange_time_nanos=max(0, entry.exchange_time),
        receive_time_nanos=max(0, entry.receive_time),
        age_nanos=max(0, monotonic - entry.receive_monotonic) if entry.receive_monotonic > 0 else 0,
        venue_sequence=max(0, entry.sequence),
        resyncs=entry.resyncs,
        gaps=entry.gaps,
        checksums_verified=entry.checksums_verified,
        checksum_failures=entry.checksum_failures,
        detail=entry.detail,
        quote_currency=currency,
        trades_state=entry.trades_state,
        clock_offset_nanos=entry.clock_offset,
        clock_uncertainty_nanos=entry.clock_uncertainty,
    )
    if entry.state == 3 and entry.book is not None:
        factor = 10 ** (view.price_decimals - entry.book.price_decimals)
        message.whole_book = entry.book.whole
        message.lowest_complete_bid = entry.book.lowest_complete_bid * factor
        message.highest_complete_ask = entry.book.highest_complete_ask * factor
        message.bid_levels, message.ask_levels = entry.book.counts()
        message.digest = book_digest(entry.book.levels(), entry.book.price_decimals, entry.book.size_decimals)
    return message


def digest(entries: list[Any], market: str = "BTC/USDT") -> int:
    shown = [entry for entry in entries if entry.state == 3 and entry.book is not None]
    return market_digest(market, [(entry.name, *entry.digest()) for entry in shown])


def level(merged: tuple[int, int, int]) -> types_pb2.Level:
    return types_pb2.Level(price=merged[0], size=merged[1], venue=merged[2])


def summary(view: Any, entries: list[Any], options: dict[str, Any], stamp: Any, heartbeat: bool) -> bytes:
    decimals, bid, ask, mean = view.vwap_prices()
    message = types_pb2.Summary(
        header=header(view, stamp, heartbeat),
        market="BTC/USDT",
        price_exponent=-view.price_decimals,
        size_exponent=-view.size_decimals,
        best_bid=level(view.bids[0]) if view.bids else None,
        best_ask=level(view.asks[0]) if view.asks else None,
        spread=view.spread,
        mid=view.mid,
        vwap_exponent=-decimals,
        bid_vwap=bid,
        ask_vwap=ask,
        vwap_price=mean,
        vwap_levels=options["vwap_levels"],
        bid_levels_used=view.bid_vwap.levels,
        ask_levels_used=view.ask_vwap.levels,
        venues=qualities(view, entries, stamp[1]),
        spread_basis_points=view.spread_basis_points,
        microprice=view.microprice,
        averages=AVERAGES if options.get("extra") else (),
        digest=digest(entries),
    )
    return market_data_pb2.StreamSummaryResponse(summary=message).SerializeToString()


def book(view: Any, entries: list[Any], stamp: Any, heartbeat: bool, extra: bool = False) -> bytes:
    message = types_pb2.Book(
        header=header(view, stamp, heartbeat),
        market="BTC/USDT",
        price_exponent=-view.price_decimals,
        size_exponent=-view.size_decimals,
        bids=[level(merged) for merged in view.bids],
        asks=[level(merged) for merged in view.asks],
        spread=view.spread,
        mid=view.mid,
        venues=qualities(view, entries, stamp[1]),
        proved_bid_levels=view.proved[0],
        proved_ask_levels=view.proved[1],
        conversions=CONVERSIONS if extra else (),
        digest=digest(entries),
    )
    return market_data_pb2.StreamBookResponse(book=message).SerializeToString()


def status(view: Any, entries: list[Any], stamp: Any, heartbeat: bool) -> bytes:
    message = types_pb2.VenueStatus(
        header=header(view, stamp, heartbeat),
        market="BTC/USDT",
        price_exponent=-view.price_decimals,
        venues=qualities(view, entries, stamp[1]),
    )
    return market_data_pb2.StreamVenueStatusResponse(status=message).SerializeToString()


def compat(view: Any, entries: list[Any]) -> bytes:
    def levels(side: Any) -> list[orderbook_pb2.Level]:
        return [
            orderbook_pb2.Level(
                exchange=entries[venue].name,
                price=price / 10**view.price_decimals,
                amount=size / 10**view.size_decimals,
            )
            for price, size, venue in side
        ]

    spread = (view.spread or 0) / 10**view.price_decimals
    return orderbook_pb2.Summary(spread=spread, bids=levels(view.bids), asks=levels(view.asks)).SerializeToString()


@pytest.mark.parametrize("name", ["c", "python"])
@settings(max_examples=examples(120), deadline=None)
@given(market=MARKETS, options=VIEWS, stamp=STAMPS, heartbeat=st.booleans())
def test_bytes_equal_upb(name: str, market: Any, options: dict[str, Any], stamp: Any, heartbeat: bool) -> None:
    module: ModuleType | None = load_core() if name == "c" else reference
    if module is None:
        pytest.skip("the C core is not built")
    entries = make_entries(module, market)
    view = module.ConsolidatedView("BTC/USDT", entries, **options)
    assert view.encode_book(*stamp, heartbeat) == book(view, entries, stamp, heartbeat)
    assert view.encode_summary(*stamp, heartbeat) == summary(view, entries, options, stamp, heartbeat)
    assert view.encode_status(*stamp, heartbeat) == status(view, entries, stamp, heartbeat)
    assert view.encode_compat() == compat(view, entries)


def moved(price: int, decimals: int, wanted: int) -> int:
    """At other decimals; 0 where these do not hold it."""
    exact = Fraction(price) * Fraction(10) ** (wanted - decimals)
    return int(exact) if exact.denominator == 1 and exact < 2**63 else 0


@pytest.mark.parametrize("name", ["c", "python"])
@settings(max_examples=examples(120), deadline=None)
@given(
    market=MARKETS,
    options=VIEWS,
    monotonic=STAMPS.map(lambda stamp: stamp[1]),
    decimals=st.integers(-40, 40) | st.sampled_from([-(2**31), 2**31 - 1]),
    kind=st.sampled_from([types_pb2.VenueStatus, types_pb2.Summary, analytics_pb2.TradeVwap, analytics_pb2.Quote]),
)
def test_entries_alone_equal_upb(
    name: str, market: Any, options: dict[str, Any], monotonic: int, decimals: int, kind: Any
) -> None:
    module: ModuleType | None = load_core() if name == "c" else reference
    if module is None:
        pytest.skip("the C core is not built")
    entries = make_entries(module, market)
    view = module.ConsolidatedView("BTC/USDT", entries, **options)
    wanted = qualities(view, entries, monotonic)
    for entry in wanted:
        near = max(-60, min(60, decimals))  # Beyond that nothing has a place, and the powers take long.
        entry.lowest_complete_bid = moved(entry.lowest_complete_bid, view.price_decimals, near)
        entry.highest_complete_ask = moved(entry.highest_complete_ask, view.price_decimals, near)
    field = kind.VENUES_FIELD_NUMBER
    assert view.encode_qualities(field, decimals, monotonic) == kind(venues=wanted).SerializeToString()
    assert view.states == tuple(entry.state for entry in wanted)


@pytest.mark.parametrize("sides", [([], []), ([("10", "1.5")], [("11", "2")])])
def test_extra_fields_follow_the_others(impl: ModuleType, sides: Any) -> None:
    entry = impl.BookStatus("v", impl.BookLock())
    entry.book, entry.state = impl.OrderBook(lock=entry.lock), 3
    entry.book.load(*sides)
    view, stamp = impl.ConsolidatedView("BTC/USDT", [entry], levels=2), (1, 2, 3, 4)
    averages = types_pb2.Summary(averages=AVERAGES).SerializeToString()
    expected = summary(view, [entry], {"vwap_levels": 20, "extra": True}, stamp, True)
    assert view.encode_summary(*stamp, True, averages) == expected
    conversions = types_pb2.Book(conversions=CONVERSIONS).SerializeToString()
    assert view.encode_book(*stamp, extra=conversions) == book(view, [entry], stamp, False, True)
    assert view.encode_book(*stamp) == book(view, [entry], stamp, False)
    many = types_pb2.Book(conversions=CONVERSIONS * 200)
    written = market_data_pb2.StreamBookResponse.FromString(view.encode_book(*stamp, extra=many.SerializeToString()))
    assert written.book.conversions == many.conversions


def test_encodings_are_of_the_last_refresh(impl: ModuleType) -> None:
    entry = impl.BookStatus("v", impl.BookLock())
    view = impl.ConsolidatedView("A/B", [entry], levels=1)
    before = view.encode_book(1, 2, 3, 4), view.encode_compat()
    entry.book = impl.OrderBook(lock=entry.lock)
    entry.book.load([("1", "1")], [("2", "1")])
    entry.state, entry.detail = 3, "x" * 1000
    assert (view.encode_book(1, 2, 3, 4), view.encode_compat()) == before
    view.refresh()
    assert len(view.encode_book(1, 2, 3, 4)) > 1000


@settings(max_examples=examples(300), deadline=None)
@given(st.integers(1, 2**63 - 1), st.integers(0, 18), st.integers(0, 63))
def test_doubles_are_the_nearest(mantissa: int, decimals: int, shift: int) -> None:
    module = load_core() or reference
    mantissa = max(1, mantissa >> shift)
    entry = module.BookStatus("v", module.BookLock())
    entry.book, entry.state = module.OrderBook(decimals, 0, lock=entry.lock), 3
    text = str(mantissa).rjust(decimals + 1, "0")
    entry.book.load([(text[: len(text) - decimals] + "." + text[len(text) - decimals :] if decimals else text, 1)], [])
    encoded = module.ConsolidatedView("A/B", [entry], levels=1).encode_compat()
    assert orderbook_pb2.Summary.FromString(encoded).bids[0].price == mantissa / 10**decimals
