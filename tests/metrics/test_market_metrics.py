"""Values of markets and books are those of the entries when they are read."""

from __future__ import annotations

import time

from orderbook_ext import Audit
from server.market.market import Market
from server.metrics.market_metrics import METRICS, MarketMetrics
from server.model import Pair, VenueState

from .reading import read

BTC = Pair("BTC", "USDT")
BOOK = "BTC/USDT", "alpha"


def made() -> tuple[Market, MarketMetrics]:
    market = Market(BTC, ["alpha", "beta"], lambda _market: None)
    return market, MarketMetrics({BTC: market})


def test_a_market_that_has_just_begun() -> None:
    _, metrics = made()
    values = read(metrics.samples())
    assert values["onebook_market_ready", "BTC/USDT"] == 0
    assert values[("onebook_book_live", *BOOK)] == 0
    assert values[("onebook_book_state", *BOOK)] == VenueState.CONNECTING
    assert values[("onebook_trades_total", *BOOK)] == 0
    unknown = {"onebook_book_age_seconds", "onebook_book_audit_match_ratio", "onebook_clock_offset_seconds"}
    assert not {name for name, *_ in values} & unknown, "what is not known has no value"


def test_a_book_that_lives_and_was_doubted() -> None:
    market, metrics = made()
    entry = market.entries["alpha"]
    entry.state = VenueState.LIVE
    entry.stamp(1, 2, time.monotonic_ns() - 3_000_000_000, 7)
    entry.resyncs, entry.gaps, entry.checksums_verified, entry.checksum_failures = 1, 2, 30, 4
    entry.unverified = True
    entry.audit = Audit(5, 999_000, 1_000_000, 6, 7)
    entry.clock_offset, entry.clock_uncertainty = -2_000_000, 1_000_000
    entry.trades_state = 2
    market.trades["alpha"], market.trade_gaps["alpha"] = 8, 9
    market.watch(3)
    values = read(metrics.samples())
    assert 3.0 <= values.pop(("onebook_book_age_seconds", *BOOK)) < 60.0
    expected = {
        "book_live": 1, "book_state": 3, "book_frames_total": 1, "book_resyncs_total": 1, "book_gaps_total": 2,
        "book_checksums_verified_total": 30,
        "book_checksum_failures_total": 4, "book_unverified": 1, "book_audits_total": 5, "book_audit_extra_levels": 6,
        "book_audit_missing_levels": 7, "clock_offset_seconds": -0.002, "clock_uncertainty_seconds": 0.001,
        "trades_total": 8, "trade_gaps_total": 9, "trades_state": 2,
    }  # fmt: skip
    assert {name: values[(f"onebook_{name}", *BOOK)] for name in expected} == expected
    assert values[("onebook_book_audit_match_ratio", *BOOK, "bid")] == 0.999
    assert values[("onebook_book_audit_match_ratio", *BOOK, "ask")] == 1
    assert values["onebook_market_ready", "BTC/USDT"] == 1
    assert values["onebook_market_streams", "BTC/USDT"] == 3
    named = {f"onebook_{name}" for name in expected} | {name for name, *_ in values} | {"onebook_book_age_seconds"}
    assert named == {metric.name for metric in METRICS}, "each metric has a value here"


def test_a_venue_that_was_removed_has_no_values() -> None:
    market, metrics = made()
    market.remove_venue("alpha")
    assert not [name for name in read(metrics.samples()) if name[1:] == BOOK]
