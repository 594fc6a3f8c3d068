"""Random markets for tests: the same venues, books and states in both implementations."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import hypothesis.strategies as st

PRICES = st.one_of(
    st.integers(1, 30).map(str), st.decimals("0.5", "30", places=2).map(str), st.sampled_from(["0.01", "7"])
)
SIZES = st.one_of(st.integers(1, 9).map(str), st.decimals("0.001", "9", places=3).map(str), st.just("123456789.5"))
SIDES = st.lists(st.tuples(PRICES, SIZES), max_size=12)
COUNTS = st.one_of(st.just(0), st.integers(0, 300), st.just(2**32 - 1))
TIMES = st.one_of(st.just(0), st.just(-1), st.integers(0, 2**63 - 1))
VENUES = st.fixed_dictionaries(
    {
        "name": st.one_of(
            st.sampled_from(["binance", "b", "交易所", "x" * 200]), st.text("abcé", min_size=0, max_size=5)
        ),
        "state": st.sampled_from([3, 3, 3, 3, 0, 5, 11]),
        "detail": st.sampled_from(["", "", "lost €", "d" * 300]),
        "book": st.one_of(st.none(), st.tuples(SIDES, SIDES, st.booleans(), st.integers(0, 4), st.integers(0, 8))),
        "resyncs": COUNTS,
        "gaps": COUNTS,
        "checksum_failures": COUNTS,
        "checksums_verified": st.one_of(COUNTS, st.just(2**63 - 1)),
        "stamp": st.tuples(TIMES, TIMES, TIMES, TIMES),
        "trades_state": st.integers(0, 5),
        "clock_offset": st.one_of(st.just(0), st.integers(-(2**63), 2**63 - 1)),
        "clock_uncertainty": st.one_of(st.just(0), st.integers(0, 2**63 - 1)),
    }
)
QUALITIES = ("trades_state", "clock_offset", "clock_uncertainty")
MARKETS = st.lists(VENUES, max_size=6)
VIEWS = st.fixed_dictionaries(
    {
        "levels": st.integers(1, 12),
        "vwap_levels": st.integers(1, 25),
        "dust": st.sampled_from([None, "0", "1", "0.5", "0.0001", "100"]),
    }
)


def make_entries(module: ModuleType, market: list[dict[str, Any]]) -> list[Any]:
    """BookStatus objects of one implementation, filled as described."""
    lock = module.BookLock()
    return [make_entry(module, lock, venue) for venue in market]


def make_entry(module: ModuleType, lock: Any, venue: dict[str, Any]) -> Any:
    entry = module.BookStatus(venue["name"], lock)
    for name in ("state", "detail", "resyncs", "gaps", "checksum_failures", "checksums_verified", *QUALITIES):
        setattr(entry, name, venue[name])
    entry.stamp(*venue["stamp"])
    if venue["book"] is not None:
        bids, asks, whole, price_decimals, size_decimals = venue["book"]
        entry.book = module.OrderBook(price_decimals, size_decimals, lock=lock)
        entry.book.load(bids, asks, whole=whole)
    return entry
