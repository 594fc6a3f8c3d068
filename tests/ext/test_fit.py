"""Numbers that have no place in 64 bits beside the others: a merge tells what can be told, and says what it cannot."""

from __future__ import annotations

from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onebook.compat import orderbook_pb2
from onebook.v1 import market_data_pb2, types_pb2
from orderbook_ext import ScaleError, SweepTerms, reference
from tests.ext.conftest import load_core
from tests.ext.fit_model import ModelLevel, can_be_told, merged
from tests.volume import examples

LIVE, SUSPECT = 3, 8
STAMP = (1, 2, 3, 4)


def make(module: ModuleType, name: str, bids: Any, asks: Any = (), scales: tuple[int, int] = (0, 0)) -> Any:
    entry = module.BookStatus(name, module.BookLock())
    entry.book, entry.state = module.OrderBook(*scales, lock=entry.lock), LIVE
    entry.book.load(bids, asks)
    return entry


def book_of(view: Any) -> types_pb2.Book:
    return market_data_pb2.StreamBookResponse.FromString(view.encode_book(*STAMP)).book


def left_out(view: Any) -> dict[int, str]:
    """By the venue's number: what its quality says."""
    venues = book_of(view).venues
    return {number: each.detail for number, each in enumerate(venues) if each.state == SUSPECT}


def test_whole_sizes_stand_beside_decimals_that_nobody_uses(impl: ModuleType) -> None:
    """5,950,000,000,000 units and a venue that declares 8 decimals of sizes: nothing needs them now."""
    large = make(impl, "large", [("0.1", "5950000000000")])
    fine = make(impl, "fine", [("0.2", "1.50000000")], scales=(1, 8))
    view = impl.ConsolidatedView("A/B", [large, fine], levels=5)
    assert left_out(view) == {}
    assert (view.price_decimals, view.size_decimals) == (1, 6), "the finest at which both fit"
    assert view.bids == ((2, 1_500_000, 1), (1, 5_950_000_000_000_000_000, 0))


def test_the_larger_number_goes_where_both_have_no_place(impl: ModuleType) -> None:
    large = make(impl, "large", [("0.1", "5950000000000")], [("0.4", "7")])
    fine = make(impl, "fine", [("0.2", "1.00000001")])
    large.detail, large.sequence = "", 5
    view = impl.ConsolidatedView("A/B", [large, fine], levels=5)
    assert view.bids == ((2, 100_000_001, 1),)
    assert view.asks == ()
    assert left_out(view) == {
        0: "left out: its size 5950000000000 does not fit 64 bits with the 8 decimals that other numbers need"
    }
    quality = book_of(view).venues[0]
    assert (quality.bid_levels, quality.ask_levels, quality.venue_sequence) == (0, 0, 5)
    assert (large.state, large.detail) == (LIVE, ""), "its own book is what it was"
    alone = impl.ConsolidatedView("A/B", [large], levels=5)
    assert (alone.bids, alone.asks, left_out(alone)) == (((1, 5_950_000_000_000, 0),), ((4, 7, 0),), {})


def test_a_venue_comes_back_when_the_number_is_gone(impl: ModuleType) -> None:
    large, fine = make(impl, "large", [("1", "5950000000000")]), make(impl, "fine", [("2", "1.00000001")])
    view = impl.ConsolidatedView("A/B", [large, fine], levels=5)
    assert list(left_out(view)) == [0]
    large.book.apply([("1", "5")], [])
    view.refresh()
    assert (left_out(view), len(view.bids)) == ({}, 2)


def test_a_level_that_is_not_shown_leaves_nobody_out(impl: ModuleType) -> None:
    large = make(impl, "large", [("1", "5950000000000")])
    fine = make(impl, "fine", [("2", "1.00000001")])
    view = impl.ConsolidatedView("A/B", [large, fine], levels=1, vwap_levels=1)
    assert (left_out(view), view.bids) == ({}, ((2, 100_000_001, 1),))


def test_one_odd_venue_does_not_silence_the_others(impl: ModuleType) -> None:
    """18 decimals of one venue leave no place for any price above 9: it is the one to go."""
    usual = [make(impl, f"v{number}", [(f"{10 + number}.5", "1")]) for number in range(3)]
    odd = make(impl, "odd", [("9.000000000000000001", "1")])
    view = impl.ConsolidatedView("A/B", [odd, *usual], levels=9)
    assert [level[2] for level in view.bids] == [3, 2, 1]
    reason = "left out: its price 9.000000000000000001 leaves other levels no place in 64 bits with its 18 decimals"
    assert left_out(view) == {0: reason}


def test_mid_and_sums_leave_out_too(impl: ModuleType) -> None:
    high = 2**62
    touch = make(impl, "touch", [(high, 1)], [(high + 1, 1)])
    bids = make(impl, "bids", [(5, 1)])
    view = impl.ConsolidatedView("A/B", [touch, bids], levels=5)
    assert (view.bids, view.asks) == (((5, 1, 1),), ()), "(bid + ask) / 2 has one decimal more"
    assert left_out(view) == {
        0: f"left out: its price {high} does not fit 64 bits with the 0 decimals that other numbers need"
    }
    touch.book.load([], [(high + 1, 1)])
    view.refresh()
    assert list(left_out(view)) == [0]
    bids.book.clear()
    view.refresh()
    assert view.asks == ((high + 1, 1, 0),), "without a bid there is no mid"
    rows = [(2**63 - 1 - number, 2**62 + number) for number in range(9)]
    small = make(impl, "small", [(3, 2)])
    view = impl.ConsolidatedView("A/B", [make(impl, "huge", rows), small], levels=20)
    assert view.bids == ((3, 2, 1),)
    assert "128 bits" in left_out(view)[0]


def test_numbers_that_no_message_holds(impl: ModuleType) -> None:
    contracts = make(impl, "contracts", [(5, 2**62)])
    contracts.set_unit("1000.5")
    converted = make(impl, "converted", [(2**62, 1)])
    view = impl.ConsolidatedView(
        "A/B", [contracts, converted, make(impl, "own", [(4, 1)])], levels=5, currencies=["", "X", ""]
    )
    view.set_rate(1, "11", "11")
    view.refresh()
    assert view.bids == ((4, 1, 2),) or view.bids == ((40, 10, 2),)
    assert left_out(view) == {
        0: "left out: its size 4611686018427387904, in base units, fits no 64-bit number",
        1: "left out: its price 4611686018427387904, converted, fits no 64-bit number",
    }


def test_contracts_of_many_units_lose_their_zeros(impl: ModuleType) -> None:
    """10,000,000 base units a contract, written with 9 decimals of prices beside 8 of sizes."""
    swap = make(impl, "swap", [("0.000012", "900000")], scales=(9, 0))
    swap.set_unit("10000000")
    spot = make(impl, "spot", [("0.000011", "100.00000000")], scales=(9, 8))
    view = impl.ConsolidatedView("A/B", [swap, spot], levels=5)
    assert (left_out(view), view.size_decimals) == ({}, 6)
    assert view.bids == ((12_000, 9 * 10**18, 0), (11_000, 100_000_000, 1))


def test_depth_that_is_proved_is_never_told_too_far(impl: ModuleType) -> None:
    """The price to which a side is complete has more decimals than there is place for: it moves towards the touch."""
    near = make(impl, "near", [("10", "1"), ("9.001", "1")], [("11", "1"), ("11.999", "1")])
    far = make(impl, "far", [(10**18, 1)], [(2 * 10**18, 1)])
    view = impl.ConsolidatedView("A/B", [near, far], levels=1, vwap_levels=1)
    assert (left_out(view), view.price_decimals) == ({}, 0)
    qualities = book_of(view).venues
    assert (qualities[0].lowest_complete_bid, qualities[0].highest_complete_ask) == (10, 11)
    assert (qualities[1].lowest_complete_bid, qualities[1].highest_complete_ask) == (10**18, 2 * 10**18)


def test_the_compat_book_names_venues_that_stay(impl: ModuleType) -> None:
    large, fine = make(impl, "large", [("1", "5950000000000")]), make(impl, "fine", [("2", "1.00000001")])
    view = impl.ConsolidatedView("A/B", [large, fine], levels=5)
    assert [level.exchange for level in orderbook_pb2.Summary.FromString(view.encode_compat()).bids] == ["fine"]


def test_sweeps_have_no_limit(impl: ModuleType) -> None:
    large = make(impl, "large", [], [("0.5", "5950000000000")])
    fine = make(impl, "fine", [], [("0.25", "1.00000001")])
    view = impl.ConsolidatedView("A/B", [large, fine], levels=5)
    terms = (SweepTerms(0, "1"),) * 2
    sweep = view.sweep(1, size="5950000000000", terms=terms, beyond_proved=True)
    assert (sweep.filled, sweep.size_decimals, sweep.rest) == (True, 8, 0)
    assert sweep.size == 595_000_000_000_000_000_000
    assert [(part.venue, part.size) for part in sweep.slices] == [(0, 5_949_999_999_999 * 10**8), (1, 10**8)]


# -- against the model

NUMBERS = st.one_of(
    st.tuples(st.integers(1, 2**63 - 1), st.integers(0, 18)),
    st.tuples(st.integers(1, 999), st.integers(0, 18)),
    st.tuples(st.sampled_from([10**18, 9 * 10**18, 2**63 - 1, 10**15, 5_950_000_000_000]), st.integers(0, 3)),
    st.tuples(st.integers(1, 99), st.integers(0, 2)),
)
LEVELS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=4)
VENUES = st.fixed_dictionaries(
    {
        "bids": LEVELS,
        "asks": LEVELS,
        "scales": st.tuples(st.integers(0, 10), st.integers(0, 10)),
        "unit": st.sampled_from([None, None, None, (1, 2), (10**7, 0), (12345, 9), (2**63 - 1, 0)]),
        "rate": st.sampled_from([None, None, None, (99987, 5), (10**12, 0), (1, 18)]),
    }
)


def text(number: tuple[int, int]) -> str:
    digits = str(number[0]).rjust(number[1] + 1, "0")
    return f"{digits[: -number[1]]}.{digits[-number[1] :]}" if number[1] else digits


def fraction(number: tuple[int, int]) -> Fraction:
    return Fraction(number[0], 10 ** number[1])


def build(module: ModuleType, venues: list[dict[str, Any]], options: dict[str, Any]) -> tuple[Any, list[Any]]:
    entries, rates = [], []
    for number, venue in enumerate(venues):
        entry = module.BookStatus(f"v{number}", module.BookLock())
        entry.book, entry.state = module.OrderBook(*venue["scales"], lock=entry.lock), LIVE
        sides = ([(text(price), text(size)) for price, size in venue[side]] for side in ("bids", "asks"))
        try:
            entry.book.load(*sides)
        except ScaleError:
            entry.book.load([("1", "1")], [])
        if venue["unit"]:
            entry.set_unit(text(venue["unit"]))
        entries.append(entry)
        rates.append(venue["rate"])
    currencies = ["X" if rate else "" for rate in rates]
    view = module.ConsolidatedView("A/B", entries, currencies=currencies, **options)
    for number, rate in enumerate(rates):
        if rate:
            view.set_rate(number, text(rate), text(rate))
    view.refresh()
    return view, entries


def model_sides(venues: list[dict[str, Any]], entries: list[Any]) -> tuple[list[ModelLevel], list[ModelLevel]]:
    sides: tuple[list[ModelLevel], list[ModelLevel]] = ([], [])
    for number, (venue, entry) in enumerate(zip(venues, entries, strict=True)):
        book = entry.book
        for side, levels in enumerate(book.levels()):
            for price, size in levels:
                exact = Fraction(price, 10**book.price_decimals)
                if venue["rate"]:
                    step = Fraction(1, 10 ** min(18, book.price_decimals + 2))
                    steps = exact * fraction(venue["rate"]) / step
                    exact = (steps.__ceil__() if side else steps.__floor__()) * step
                unit = fraction(venue["unit"]) if venue["unit"] else 1
                sides[side].append(ModelLevel(number, exact, Fraction(size, 10**book.size_decimals) * unit))
    return sides


@settings(max_examples=examples(400), deadline=None)
@given(
    venues=st.lists(VENUES, min_size=1, max_size=5),
    options=st.fixed_dictionaries({"levels": st.integers(1, 6), "vwap_levels": st.integers(1, 6)}),
)
def test_all_that_can_be_told_is_told_exactly(venues: list[dict[str, Any]], options: dict[str, Any]) -> None:
    states = []
    for module in filter(None, (load_core(), reference)):
        view, entries = build(module, venues, options)
        states.append((view.pack(), view.encode_book(*STAMP), view.encode_summary(*STAMP), view.encode_compat()))
    assert states[0] == states[-1]
    sides, out = model_sides(venues, entries), left_out(view)
    staying = set(range(len(venues))) - set(out)
    price, size = 10**view.price_decimals, 10**view.size_decimals
    expected = merged(sides, staying, options["levels"])
    for side, levels in enumerate((view.bids, view.asks)):
        assert [ModelLevel(n, Fraction(p, price), Fraction(s, size)) for p, s, n in levels] == expected[side]
    depth = max(options.values())
    assert can_be_told(sides, staying, depth, options["vwap_levels"])
    for number, reason in out.items():
        assert reason.startswith("left out: its ")
        assert not can_be_told(sides, staying | {number}, depth, options["vwap_levels"]), (number, reason)


@settings(max_examples=examples(150), deadline=None)
@given(
    venues=st.lists(VENUES, min_size=1, max_size=4),
    side=st.integers(0, 1),
    amount=NUMBERS,
    money=st.booleans(),
    lot=st.sampled_from(["0", "0.00000001", "1000"]),
)
def test_sweeps_of_any_numbers(
    venues: list[dict[str, Any]], side: int, amount: tuple[int, int], money: bool, lot: str
) -> None:
    sweeps = []
    terms = tuple(SweepTerms(12_345, lot) for _ in venues)
    for module in filter(None, (load_core(), reference)):
        view, _ = build(module, venues, {"levels": 3})
        order: dict[str, Any] = {"notional" if money else "size": text(amount)}
        sweeps.append(view.sweep(side, terms=terms, beyond_proved=True, **order))
    assert sweeps[0] == sweeps[-1]


@pytest.mark.parametrize("name", ["c", "python"])
def test_many_venues_at_the_limits(name: str) -> None:
    """64 venues, each with numbers of its own kind: it ends, and nothing raises."""
    module = load_core() if name == "c" else reference
    if module is None:
        pytest.skip("the C core is not built")
    entries = []
    for number in range(64):
        size = "0." + "0" * (number % 17) + "1" if number % 2 else "1" + "0" * (number % 18)
        entries.append(make(module, f"v{number}", [(1 + number, size)], [("1000", size)]))
    view = module.ConsolidatedView("A/B", entries, levels=50)
    assert 0 < len(left_out(view)) < 64
    assert len(view.bids) + len(view.asks) == 2 * (64 - len(left_out(view)))
