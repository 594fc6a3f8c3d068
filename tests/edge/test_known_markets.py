"""Markets and venues as ingesters say: the union of those that live, and removals that hold only if nobody else has
the market."""

from __future__ import annotations

from decimal import Decimal

from server.edge.known_markets import FRESH, GONE, KnownMarkets
from server.model import Pair, Reach

from .records import reference

BTC = Pair("BTC", "USDT")


def test_markets_begin_with_the_default_one() -> None:
    known = KnownMarkets()
    for name in ("ETH/USDT", "BTC/USDT", "ADA/USDT"):
        known.know(reference(name, default=name == "BTC/USDT"), 0)
    assert known.markets == ("BTC/USDT", "ADA/USDT", "ETH/USDT")


def test_venues_are_those_of_all_ingesters_that_live() -> None:
    known = KnownMarkets()
    known.know(reference(epoch=1, venues=("binance",)), 0)
    known.know(reference(epoch=2, venues=("kraken",)), 1)
    assert set(known.venues("BTC/USDT")) == {"binance", "kraken"}
    known.know(reference(epoch=2, venues=("kraken",)), FRESH + 1)
    assert known.venues("BTC/USDT") == ("kraken",)


def test_a_record_of_long_before_does_not_count_whenever_it_is_read() -> None:
    known = KnownMarkets()
    known.know(reference(epoch=1, venues=("binance",), published=1), 0)
    known.know(reference(epoch=2, venues=("kraken",), published=FRESH + 2), 1)
    assert known.venues("BTC/USDT") == ("kraken",)


def test_a_listing_is_an_instrument() -> None:
    known = KnownMarkets()
    known.know(reference(contract_size="0.01", inverse=True, status="TRADING"), 0)
    listing = known.listing(BTC, "binance")
    assert listing.reach is Reach.LISTED
    instrument = listing.instrument
    assert instrument is not None
    assert (instrument.symbol, instrument.tick, instrument.lot) == ("BTCUSDT", Decimal("0.01"), Decimal("0.001"))
    assert (instrument.contract, instrument.inverse, instrument.status) == (Decimal("0.01"), True, "TRADING")


def test_listings_without_numbers_have_no_instrument() -> None:
    for wrong in ({"tick_size": "x"}, {"lot_size": "0"}, {"contract_size": "NaN"}):
        known = KnownMarkets()
        known.know(reference(**wrong), 0)  # type: ignore[arg-type]
        assert known.listing(BTC, "binance").instrument is None


def test_the_listing_of_an_ingester_that_has_the_pair_counts() -> None:
    known = KnownMarkets()
    known.know(reference(epoch=1, published=1), 0)
    known.know(reference(epoch=2, published=2, listed=False), 0)
    assert known.listing(BTC, "binance").reach is Reach.LISTED
    assert known.listing(BTC, "kraken").reach is Reach.UNLISTED
    assert known.listing(Pair("X", "Y"), "kraken").reach is Reach.UNKNOWN


def test_a_removed_market_is_gone_after_a_while() -> None:
    known = KnownMarkets()
    known.know(reference(), 0)
    known.remove("BTC/USDT", 10)
    known.expire(GONE + 9)
    assert known.markets == ("BTC/USDT",)
    known.expire(GONE + 10)
    assert known.markets == ()
    assert known.newest("BTC/USDT") is None


def test_a_market_that_another_ingester_has_stays() -> None:
    known = KnownMarkets()
    for again in (False, True):
        known.know(reference(), 0)
        known.remove("BTC/USDT", 10)
        if again:
            known.know(reference(epoch=2), 11)
        else:
            known.heard("BTC/USDT")
        known.expire(10 * GONE)
        assert known.markets == ("BTC/USDT",)
