"""Sizes in base units, whatever a venue counts; and how far a merged book is proved."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebook.v1 import market_data_pb2
from orderbook_ext import Audit, reference
from tests.ext.conftest import load_core

LIVE = 3


def entry(module: ModuleType, lock: Any, name: str, bids: Any, asks: Any, **book: Any) -> Any:
    made = module.BookStatus(name, lock)
    made.book = module.OrderBook(*book.pop("scales", (1, 1)), lock=lock)
    made.book.load(bids, asks, **book)
    made.state = LIVE
    return made


def test_contracts_and_quote_units_become_base_units(impl: ModuleType) -> None:
    lock = impl.BookLock()
    spot = entry(impl, lock, "spot", [("64000", "1.5")], [])
    swap = entry(impl, lock, "swap", [("64001", "12")], [])
    inverse = entry(impl, lock, "inverse", [("64000.5", "50000")], [])
    swap.set_unit("0.01")
    inverse.set_unit("10", inverse=True)
    view = impl.ConsolidatedView("BTC/USD", [spot, swap, inverse], levels=5)
    assert (view.price_decimals, view.size_decimals) == (1, 8)
    expected = int((Decimal(500000) / Decimal("64000.5")).quantize(Decimal("1e-8"), ROUND_DOWN) * 10**8)
    assert view.bids == ((640010, 12_000_000, 1), (640005, expected, 2), (640000, 150_000_000, 0))
    dust = impl.ConsolidatedView("BTC/USD", [spot, swap, inverse], levels=5, dust="0.12")
    assert [level[2] for level in dust.bids] == [2, 0]


def test_a_unit_is_positive(impl: ModuleType) -> None:
    with pytest.raises(ValueError):
        impl.BookStatus("a", impl.BookLock()).set_unit("0")


@given(
    sizes=st.lists(st.integers(1, 10**12), min_size=1, max_size=5),
    unit=st.sampled_from(["1", "0.01", "10", "0.0001", "100"]),
    inverse=st.booleans(),
    scales=st.tuples(st.integers(0, 4), st.integers(0, 4)),
)
def test_units_match_the_twin(sizes: list[int], unit: str, inverse: bool, scales: tuple[int, int]) -> None:
    packed: list[object] = []
    for module in filter(None, (load_core(), reference)):
        rows = [(1000 + number, size) for number, size in enumerate(sizes)]
        made = entry(module, module.BookLock(), "v", rows, [], scales=scales)
        made.set_unit(unit, inverse=inverse)
        view = module.ConsolidatedView("M", [made], levels=9)
        packed.append((view.size_decimals, view.pack(), view.encode_book(1, 2, 3, 4)))
    assert packed[0] == packed[-1]


def test_levels_behind_a_venues_known_depth_are_not_proved(impl: ModuleType) -> None:
    lock = impl.BookLock()
    deep = entry(impl, lock, "deep", [(9, 1), (8, 1), (5, 1)], [(11, 1), (15, 1)], whole=True)
    short = entry(impl, lock, "short", [(9, 2), (7, 1)], [(12, 1), (13, 1)])
    view = impl.ConsolidatedView("M", [deep, short], levels=10)
    book = market_data_pb2.StreamBookResponse.FromString(view.encode_book(1, 2, 3, 4)).book
    assert [level.price for level in book.bids] == [90, 90, 80, 70, 50]
    assert (book.proved_bid_levels, book.proved_ask_levels) == (4, 3)
    short.state = 4
    view.refresh()
    book = market_data_pb2.StreamBookResponse.FromString(view.encode_book(1, 2, 3, 4)).book
    assert (book.proved_bid_levels, book.proved_ask_levels) == (3, 2)


def test_proofs_are_published(impl: ModuleType) -> None:
    made = entry(impl, impl.BookLock(), "v", [(9, 1)], [])
    made.unverified = True
    made.audit = Audit(3, 999_000, 1_000_000, 2, 1)
    assert made.audit == Audit(3, 999_000, 1_000_000, 2, 1)
    data = impl.ConsolidatedView("M", [made], levels=1).encode_status(1, 2, 3, 4)
    (quality,) = market_data_pb2.StreamVenueStatusResponse.FromString(data).status.venues
    assert (quality.unverified, quality.audits, quality.ghost_levels, quality.missing_levels) == (True, 3, 2, 1)
    assert (quality.audit_bid_match_ppm, quality.audit_ask_match_ppm) == (999_000, 1_000_000)
