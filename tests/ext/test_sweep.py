"""ConsolidatedView.sweep: cases computed by hand, and both implementations against a slow model."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderbook_ext import LevelError, ScaleError, Sweep, SweepSlice, SweepTerms, reference
from tests.ext.conftest import load_core
from tests.ext.sweep_model import ModelLevel, ModelTerms, model_sweep
from tests.volume import examples

SELL, BUY = 0, 1
FREE = SweepTerms()
Levels = list[tuple[str, str]]


def view_of(module: ModuleType, *venues: tuple[Levels, Levels], whole: bool = True, **options: Any) -> Any:
    lock = module.BookLock()
    entries = []
    for number, (bids, asks) in enumerate(venues):
        entry = module.BookStatus(f"v{number}", lock)
        entry.book, entry.state = module.OrderBook(lock=lock), 3
        entry.book.load(bids, asks, whole=whole)
        entries.append(entry)
    return module.ConsolidatedView("A/B", entries, levels=1, **options)


def test_the_price_after_fee_decides(impl: ModuleType) -> None:
    """100.1 without a fee is dearer than 100 with 5 basis points, and cheaper than 100 with 15."""
    view = view_of(impl, ([], [("100", "1.0"), ("101", "5")]), ([], [("100.1", "2")]))
    fine = SweepTerms(0, "0.1")
    cheap = view.sweep(BUY, size="1.5", terms=(SweepTerms(50_000), fine))
    assert cheap == Sweep(
        True, 1, 1, 15, 1000 * 10 + 1001 * 5, 0, 1001, 2, False,
        (SweepSlice(0, 10, 10_000, 1000, 1), SweepSlice(1, 5, 5_005, 1001, 1)),
    )  # fmt: skip
    dear = view.sweep(BUY, size="1.5", terms=(SweepTerms(150_000), fine))
    assert dear.slices == (SweepSlice(1, 15, 15_015, 1001, 1),)
    bids = view_of(impl, ([("100", "1")], []), ([("99.9", "2")], []))
    assert [part.venue for part in bids.sweep(SELL, size="1", terms=(SweepTerms(50_000), FREE)).slices] == [0]
    assert [part.venue for part in bids.sweep(SELL, size="1", terms=(SweepTerms(150_000), FREE)).slices] == [1]
    rebate = bids.sweep(SELL, size="1", terms=(FREE, SweepTerms(-150_000)))
    assert [part.venue for part in rebate.slices] == [1]


def test_equal_prices_after_fee_take_the_larger_size_then_the_first_venue(impl: ModuleType) -> None:
    asks = [("100", "1")], [("100", "2")], [("100", "2")]
    view = view_of(impl, *[([], side) for side in asks])
    assert [part.venue for part in view.sweep(BUY, size="2", terms=(FREE,) * 3).slices] == [1]
    assert [part.venue for part in view.sweep(BUY, size="4", terms=(FREE,) * 3).slices] == [1, 2]
    # 99 x 1.01 = 99.99 exactly: the fee makes a tie, and nothing is rounded on the way
    tie = view_of(impl, ([], [("99", "1")]), ([], [("99.99", "2")]))
    assert [part.venue for part in tie.sweep(BUY, size="2", terms=(SweepTerms(1_000_000), FREE)).slices] == [1]
    nearly = tie.sweep(BUY, size="2", terms=(SweepTerms(999_999), FREE))
    assert [part.size for part in nearly.slices] == [1, 1]


def test_whole_lots_only(impl: ModuleType) -> None:
    """0.7 at lots of 0.25 is 0.5; what is left goes to the venue with finer lots, and 0.03 to nobody."""
    view = view_of(impl, ([], [("10", "0.7")]), ([], [("11", "0.2"), ("12", "9")]))
    sweep = view.sweep(BUY, size="0.83", terms=(SweepTerms(0, "0.25"), SweepTerms(0, "0.1")))
    assert (sweep.filled, sweep.size_decimals, sweep.size, sweep.rest) == (True, 2, 80, 3)
    assert sweep.slices == (SweepSlice(0, 50, 500, 10, 1), SweepSlice(1, 30, 20 * 11 + 10 * 12, 12, 2))


def test_the_rest_of_a_finer_lot_is_not_filled(impl: ModuleType) -> None:
    """The fine venue has run out; what is left would be its lots, but is none of the other's."""
    view = view_of(impl, ([], [("10", "0.1")]), ([], [("11", "9")]))
    sweep = view.sweep(BUY, size="1.5", terms=(SweepTerms(0, "0.1"), SweepTerms(0, "1")))
    assert (sweep.filled, sweep.size, sweep.rest) == (False, 11, 4)


def test_a_level_below_a_lot_is_passed_over(impl: ModuleType) -> None:
    view = view_of(impl, ([], [("10", "0.4"), ("11", "1.6")]))
    sweep = view.sweep(BUY, size="1", terms=[SweepTerms(0, "0.5")])
    assert (sweep.filled, sweep.worst_price, sweep.levels) == (True, 11, 1)


def test_less_than_a_lot_is_nothing_and_not_filled(impl: ModuleType) -> None:
    view = view_of(impl, ([], [("10", "5")]))
    assert view.sweep(BUY, size="0.4", terms=[SweepTerms(0, "0.5")]) == Sweep(False, 0, 1, 0, 0, 4, None, 0, False, ())
    assert not view.sweep(SELL, size="1", terms=[FREE]).filled, "no bids"


def test_an_amount_of_money(impl: ModuleType) -> None:
    """1000 quote units: 2 at 100, then 7 lots of 1 at 110 are 970, and 30 are less than one more."""
    view = view_of(impl, ([("90", "8"), ("80", "8")], [("100", "2"), ("110", "50")]))
    buy = view.sweep(BUY, notional=1000, terms=[SweepTerms(0, 1)])  # type: ignore[arg-type]
    assert (buy.filled, buy.size, buy.notional, buy.rest) == (True, 9, 970, 30)
    sell = view.sweep(SELL, notional="790.5", terms=[SweepTerms(0, "0.5")])
    assert (sell.filled, sell.size_decimals, sell.size, sell.notional, sell.rest) == (True, 1, 85, 7600, 305)
    assert not view.sweep(SELL, notional="1440", terms=[FREE]).filled


def test_a_lot_at_a_lower_bid_may_fit_what_is_left(impl: ModuleType) -> None:
    """9.5 are left: no lot of 1 at 9.9, which ends it; but one at 9, where another venue's finer lots keep it going."""
    falling: tuple[Levels, Levels] = [("10", "1"), ("9.9", "0.5"), ("9", "1")], []
    whole, fine = SweepTerms(0, "1"), SweepTerms(0, "0.1")
    alone = view_of(impl, falling).sweep(SELL, notional="19.5", terms=[whole])
    assert (alone.filled, alone.size, alone.rest) == (True, 10, 950)
    both = view_of(impl, falling, ([("10", "0.9")], [])).sweep(SELL, notional="28.5", terms=(whole, fine))
    assert (both.filled, both.rest) == (True, 50)
    assert both.slices == (SweepSlice(0, 20, 1900, 90, 2), SweepSlice(1, 9, 900, 100, 1))


def test_parts_below_the_minimum_go_elsewhere(impl: ModuleType) -> None:
    view = view_of(impl, ([], [("10", "1")]), ([], [("11", "9")]), ([], [("12", "9")]))
    small = view.sweep(BUY, size="3", terms=(SweepTerms(0, 0, "1.5"), FREE, FREE))  # type: ignore[arg-type]
    assert [part[:2] for part in small.slices] == [(1, 3)]
    cheap = view.sweep(BUY, size="3", terms=(FREE, SweepTerms(min_notional="22.1"), FREE))
    assert [part[:2] for part in cheap.slices] == [(0, 1), (2, 2)]
    exactly = view.sweep(BUY, size="3", terms=(SweepTerms(0, 0, 1, 10), SweepTerms(0, 0, 2, 22), FREE))  # type: ignore[arg-type]
    assert [part[:2] for part in exactly.slices] == [(0, 1), (1, 2)]
    nobody = view.sweep(BUY, size="3", terms=(SweepTerms(min_size="100"),) * 3)
    assert (nobody.filled, nobody.size, nobody.rest, nobody.worst_price) == (False, 0, 3, None)


def test_what_one_venue_gives_back_may_lift_another(impl: ModuleType) -> None:
    """Both parts are too small; without the smaller one the other is large enough."""
    view = view_of(impl, ([], [("10", "1")]), ([], [("11", "9")]))
    sweep = view.sweep(BUY, size="3", terms=(SweepTerms(min_size="2"), SweepTerms(min_size="3")))
    assert [part[:2] for part in sweep.slices] == [(1, 3)]


def test_levels_beyond_the_proved_depth(impl: ModuleType) -> None:
    view = view_of(impl, ([], [("10", "1"), ("11", "1")]), ([], [("12", "5")]), whole=False)
    entry = impl.BookStatus("x", impl.BookLock())
    entry.book, entry.state = impl.OrderBook(lock=entry.lock), 3
    entry.book.load([], [("10", "1"), ("12", "1")])
    entry.book.apply([], [("13", "5")])
    view = impl.ConsolidatedView("A/B", [entry], levels=1)
    within = view.sweep(BUY, size="4", terms=[FREE])
    assert (within.filled, within.size, within.rest, within.beyond_proved) == (False, 2, 2, False)
    beyond = view.sweep(BUY, size="4", terms=[FREE], beyond_proved=True)
    assert (beyond.filled, beyond.size, beyond.worst_price, beyond.beyond_proved) == (True, 4, 13, True)
    assert not view.sweep(BUY, size="2", terms=[FREE], beyond_proved=True).beyond_proved


def test_the_books_as_they_are_now_without_dust_and_deeper_than_the_view(impl: ModuleType) -> None:
    view = view_of(impl, ([], [("10", "0.1"), ("11", "2"), ("12", "3")]), dust="0.1")
    entry = impl.BookStatus("late", impl.BookLock())
    late = impl.ConsolidatedView("A/B", [entry], levels=1)
    assert view.sweep(BUY, size="4", terms=[FREE]).notional == (2 * 11 + 2 * 12) * 10
    entry.book = impl.OrderBook(lock=entry.lock)
    entry.book.load([], [("7", "1")], whole=True)
    assert late.sweep(BUY, size="1", terms=[FREE]).levels == 0, "not live"
    entry.state = 3
    assert late.sweep(BUY, size="1", terms=[FREE]).worst_price == 7, "without a refresh"


def test_contracts_in_base_units(impl: ModuleType) -> None:
    """Contracts of 0.05: without a lot of its own a sweep takes whole ones."""
    entry = impl.BookStatus("swap", impl.BookLock())
    entry.book, entry.state = impl.OrderBook(lock=entry.lock), 3
    entry.book.load([], [("100", "30")], whole=True)
    entry.set_unit("0.05")
    view = impl.ConsolidatedView("A/B", [entry], levels=1)
    sweep = view.sweep(BUY, size="0.33", terms=[FREE])
    assert (sweep.filled, sweep.size_decimals, sweep.size, sweep.rest) == (True, 2, 30, 3)
    entry.set_unit("100", inverse=True)
    assert view.sweep(BUY, size="30", terms=[FREE]).notional == 3000 * 10**8


def test_orders_that_are_refused(impl: ModuleType) -> None:
    view = view_of(impl, ([], [("10", "1")]))
    refused: list[tuple[dict[str, Any], type[Exception]]] = [
        ({}, ValueError),
        ({"size": "1", "notional": "1"}, ValueError),
        ({"size": "0"}, LevelError),
        ({"size": Decimal("-1")}, LevelError),
        ({"size": Decimal("NaN")}, LevelError),
        ({"notional": 1.5}, LevelError),
        ({"size": "1", "terms": []}, ValueError),
        ({"size": "1", "terms": [SweepTerms(10**8)]}, ValueError),
        ({"size": "1", "terms": [SweepTerms(-(10**8))]}, ValueError),
        ({"size": "1", "terms": [SweepTerms(1.5)]}, ValueError),  # type: ignore[arg-type]
        ({"size": "1", "terms": [SweepTerms(0, "-1")]}, LevelError),
        ({"size": "1", "terms": [SweepTerms(0, "1e-19")]}, ValueError),
    ]
    for arguments, error in refused:
        with pytest.raises(error):
            view.sweep(BUY, **{"terms": [FREE], **arguments})
    with pytest.raises(ValueError):
        view.sweep(2, size="1", terms=[FREE])
    for amount in (Decimal("1E+2"), Decimal("100.00"), 100, "100"):
        assert view.sweep(BUY, size=amount, terms=[FREE]).rest == 99


def test_nothing_is_too_large(impl: ModuleType) -> None:
    view = view_of(impl, ([], [("10", "1"), ("11", "9000000000000000000"), ("12", "9000000000000000000")]))
    assert view.sweep(BUY, size="1", terms=[FREE]).filled
    tenths = view.sweep(BUY, size="2.5", terms=[FREE])
    assert (tenths.size, tenths.rest, tenths.notional) == (20, 5, 10 * 10 + 11 * 10)
    fine = view_of(impl, ([], [("1.01", "1")]))
    money = fine.sweep(BUY, notional="9" + "0" * 18, terms=[SweepTerms(0, "0.000000000000000001")])
    assert (money.size, money.rest) == (10**18, 9 * 10**38 - 101 * 10**18)
    huge = view_of(impl, ([], [(str(9 * 10**18 + number), str(9 * 10**17)) for number in range(10)]))
    sweep = huge.sweep(BUY, size=str(9 * 10**18), terms=[SweepTerms(0, "0.1")])
    assert (sweep.filled, sweep.rest, sweep.levels) == (True, 0, 10)
    assert sweep.notional == sum((9 * 10**18 + number) * 9 * 10**18 for number in range(10))


# -- against the model

PRICES = st.one_of(st.integers(90, 110).map(str), st.decimals("90", "110", places=1).map(str))
SIZES = st.one_of(st.integers(1, 9).map(str), st.decimals("0.01", "9", places=2).map(str))
SIDES = st.dictionaries(PRICES, SIZES, max_size=8).map(lambda side: list(side.items()))
RATES = st.tuples(st.decimals("0.5", "2", places=4), st.decimals("0", "0.01", places=3))
STEPS = st.sampled_from(["0", "0", "0.01", "0.03", "0.5", "1", "0.001"])
VENUES = st.fixed_dictionaries(
    {
        "asks": SIDES,
        "later": SIDES,  # of the book, which says nothing of how far it is complete then
        "whole": st.booleans(),
        "state": st.sampled_from([3, 3, 3, 3, 4]),
        "rate": st.one_of(st.none(), st.none(), RATES),
        "unit": st.sampled_from([None, None, "0.1", "5"]),
        "fee": st.sampled_from([0, 0, 50_000, 1_000_000, -100_000, 99_999_999]),
        "lot": STEPS,
        "min_size": st.sampled_from(["0", "0", "0.5", "3"]),
        "min_notional": st.sampled_from(["0", "0", "100.5", "400"]),
    }
)
AMOUNTS = st.one_of(st.decimals("0.01", "40", places=2), st.decimals("0.001", "2", places=3), st.integers(1, 5000))


def build(module: ModuleType, venues: list[dict[str, Any]], side: int, dust: str) -> tuple[Any, list[ModelLevel]]:
    """A view of books whose levels are all on this side, and the same levels as the model wants them."""
    entries, levels = [], []
    for number, venue in enumerate(venues):
        entry = module.BookStatus(f"v{number}", module.BookLock())
        entry.book, entry.state = module.OrderBook(lock=entry.lock), venue["state"]
        sides = [[], venue["asks"]] if side else [venue["asks"], []]
        entry.book.load(*sides, whole=venue["whole"])
        entry.book.apply(*([[], venue["later"]] if side else [venue["later"], []]))
        if venue["unit"]:
            entry.set_unit(venue["unit"])
        entries.append(entry)
        held = {Decimal(price): Decimal(size) for price, size in [*venue["asks"], *venue["later"]]}
        ends = [Decimal(price) for price, _ in venue["asks"]]
        for price, size in held.items():
            base = size * Decimal(venue["unit"] or 1)
            within = bool(ends) and (price <= max(ends) if side else price >= min(ends))
            if venue["state"] == 3 and base > Decimal(dust):
                shown = converted(price, venue, side, entry.book.price_decimals)
                levels.append(ModelLevel(number, shown, Fraction(base), venue["whole"] or within))
    currencies = ["" if venue["rate"] is None else "XYZ" for venue in venues]
    view = module.ConsolidatedView("A/B", entries, levels=3, dust=dust, currencies=currencies)
    for number, venue in enumerate(venues):
        if venue["rate"] is not None:
            view.set_rate(number, venue["rate"][0], sum(venue["rate"]))
    return view, levels


def converted(price: Decimal, venue: dict[str, Any], side: int, decimals: int) -> Fraction:
    if venue["rate"] is None:
        return Fraction(price)
    rate = sum(venue["rate"]) if side else venue["rate"][0]
    step = Decimal(1).scaleb(-decimals - 2)
    return Fraction((price * rate).quantize(step, ROUND_CEILING if side else ROUND_FLOOR))


def model_terms(view: Any, venues: list[dict[str, Any]], books: list[Any]) -> list[ModelTerms]:
    steps = [Fraction(venue["unit"] or 1) / 10**book.size_decimals for venue, book in zip(venues, books, strict=True)]
    return [
        ModelTerms(
            Fraction(venue["fee"], 10**8),
            Fraction(venue["lot"]) or step,
            Fraction(venue["min_size"]),
            Fraction(venue["min_notional"]),
        )
        for venue, step in zip(venues, steps, strict=True)
    ]


@pytest.mark.slow
@settings(max_examples=examples(400), deadline=None)
@given(
    venues=st.lists(VENUES, max_size=5),
    side=st.sampled_from([SELL, BUY]),
    amount=AMOUNTS,
    by_notional=st.booleans(),
    beyond_proved=st.booleans(),
    dust=st.sampled_from(["0", "0", "0.5"]),
)
def test_both_against_the_model(
    venues: list[dict[str, Any]],
    side: int,
    amount: Decimal,
    by_notional: bool,
    beyond_proved: bool,
    dust: str,
) -> None:
    order = {"notional" if by_notional else "size": amount, "beyond_proved": beyond_proved}
    terms = tuple(SweepTerms(*(venue[name] for name in SweepTerms._fields)) for venue in venues)
    answers = []
    for module in filter(None, (load_core(), reference)):
        view, levels = build(module, venues, side, dust)
        answers.append(view.sweep(side, terms=terms, **order))
        assert view.sweep(side, terms=terms, **order) == answers[-1], "and again"
        require_model(answers[-1], view, venues, levels, side, Fraction(amount), by_notional, beyond_proved)
    assert answers[0] == answers[-1]


def require_model(
    sweep: Sweep,
    view: Any,
    venues: list[dict[str, Any]],
    levels: list[ModelLevel],
    side: int,
    amount: Fraction,
    by_notional: bool,
    beyond_proved: bool,
) -> None:
    books = []
    for venue in venues:
        book = reference.OrderBook()
        book.load([], [*venue["asks"], *venue["later"]])
        books.append(book)
    fills = model_sweep(side, levels, model_terms(view, venues, books), amount, by_notional, beyond_proved)
    size, money = 10**sweep.size_decimals, 10 ** (sweep.size_decimals + sweep.price_decimals)
    assert (sweep.filled, sweep.beyond_proved) == (fills.filled, fills.beyond_proved)
    assert Fraction(sweep.rest, money if by_notional else size) == fills.rest
    assert [part.venue for part in sweep.slices] == sorted(fills.taken)
    worst = max if side else min
    for part in sweep.slices:
        taken = fills.taken[part.venue]
        assert Fraction(part.size, size) == fills.size(part.venue)
        assert Fraction(part.notional, money) == fills.notional(part.venue)
        assert part.levels == len(taken)
        assert Fraction(part.worst_price, 10**sweep.price_decimals) == worst(price for price, _ in taken)
    for name in ("size", "notional", "levels"):
        assert getattr(sweep, name) == sum(getattr(part, name) for part in sweep.slices)
    assert sweep.worst_price == worst((part.worst_price for part in sweep.slices), default=None)


LARGE = st.integers(1, 2**63 - 1).map(str)
LARGE_SIDES = st.lists(st.tuples(st.one_of(LARGE, st.just("0.01"), st.just("1.5")), LARGE), max_size=4)


@settings(max_examples=examples(300), deadline=None)
@given(
    sides=st.lists(LARGE_SIDES, max_size=3),
    side=st.sampled_from([SELL, BUY]),
    amount=st.one_of(LARGE, st.decimals("0", "1", places=18).map(lambda value: format(value, "f"))),
    by_notional=st.booleans(),
    lot=st.sampled_from(["0", "0.000000000000000001", "9000000000000000000"]),
    minimum=st.sampled_from(["0", "9000000000000000000", "0.000000000000000001"]),
    rate=st.sampled_from([None, "9000000000000000000", "0.000000000000000001", "1"]),
)
def test_both_at_the_limits(
    sides: list[Levels], side: int, amount: str, by_notional: bool, lot: str, minimum: str, rate: str | None
) -> None:
    terms = tuple(SweepTerms(99_999_999, lot, minimum, minimum) for _ in sides)
    outcomes = []
    for module in filter(None, (load_core(), reference)):
        lock = module.BookLock()
        entries = []
        for number, levels in enumerate(sides):
            entry = module.BookStatus(f"v{number}", lock)
            entry.book = module.OrderBook(lock=lock)
            try:
                entry.book.load([] if side else levels, levels if side else [], whole=True)
            except ScaleError:
                return
            entries.append(entry)
        view = module.ConsolidatedView("A/B", entries, levels=1, currencies=["X" if rate else ""] * len(sides))
        for number, entry in enumerate(entries):
            entry.state = 3
            if rate:
                view.set_rate(number, rate, rate)
        order: dict[str, Any] = {"notional" if by_notional else "size": amount}
        try:
            outcomes.append(view.sweep(side, terms=terms, **order))
        except ValueError as error:
            outcomes.append((type(error), str(error)))
    assert outcomes[0] == outcomes[-1]
