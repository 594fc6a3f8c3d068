"""Books in other quote currencies: left out without a rate, converted with one; and venues with several locks."""

from __future__ import annotations

import threading
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onebook.v1 import market_data_pb2
from orderbook_ext import LevelError, SweepTerms, reference
from tests.ext.conftest import load_core
from tests.ext.markets import MARKETS, VIEWS, make_entry
from tests.volume import examples

STAMP = (1, 2, 3, 4)


def entry_of(module: ModuleType, name: str, bids: Any, asks: Any, whole: bool = False) -> Any:
    """Each with a lock of its own, as the books of another market have."""
    entry = module.BookStatus(name, module.BookLock())
    entry.book, entry.state = module.OrderBook(lock=entry.lock), 3
    entry.book.load(bids, asks, whole=whole)
    return entry


def test_bids_at_the_bid_rounded_down_and_asks_at_the_ask_rounded_up(impl: ModuleType) -> None:
    own = entry_of(impl, "own", [("64000.0", "1")], [("64001", "1")])
    other = entry_of(impl, "other", [("64010.1", "2")], [("64011.3", "2")])
    view = impl.ConsolidatedView("BTC/USDT", [own, other], levels=5, currencies=["", "USDC"])
    assert (view.bids, view.price_decimals) == (((64000, 1, 0),), 0), "no rate: not there"
    view.set_rate(1, "0.99987", Decimal("0.99991"))
    assert len(view.bids) == 1, "until the next refresh"
    view.refresh()
    assert view.price_decimals == 3
    assert view.bids == ((64_001_778, 2, 1), (64_000_000, 1, 0))  # 64001.778687
    assert view.asks == ((64_001_000, 1, 0), (64_005_539, 2, 1))  # 64005.538983
    view.suspend(1)
    view.refresh()
    assert (view.bids, view.price_decimals) == (((64000, 1, 0),), 0)


def test_what_is_published_of_a_converted_book(impl: ModuleType) -> None:
    other = entry_of(impl, "other", [("10", "2"), ("9.5", "1")], [("11", "2")])
    other.stamp(50, 60, 70, 80)
    view = impl.ConsolidatedView("A/USDT", [other], levels=5, currencies=["USDC"])
    quality = market_data_pb2.StreamBookResponse.FromString(view.encode_book(*STAMP)).book.venues[0]
    assert (quality.quote_currency, quality.state, quality.bid_levels, quality.lowest_complete_bid) == ("USDC", 3, 0, 0)
    assert quality.exchange_time_nanos == 50
    view.set_rate(0, "0.5", "2")
    view.refresh()
    book = market_data_pb2.StreamBookResponse.FromString(view.encode_book(*STAMP)).book
    assert (book.price_exponent, [level.price for level in book.bids]) == (-3, [5000, 4750])
    assert (book.venues[0].lowest_complete_bid, book.venues[0].highest_complete_ask) == (4750, 22000)
    assert (book.venues[0].bid_levels, book.proved_bid_levels, book.proved_ask_levels) == (2, 2, 1)
    status = market_data_pb2.StreamVenueStatusResponse.FromString(view.encode_status(*STAMP)).status
    assert status.venues[0].quote_currency == "USDC"


def test_levels_that_become_equal_keep_their_order(impl: ModuleType) -> None:
    other = entry_of(impl, "other", [("12", "1"), ("11", "5"), ("10", "3")], [])
    view = impl.ConsolidatedView("A/B", [other], levels=5, currencies=["X"])
    view.set_rate(0, "0.001", "0.001")
    view.refresh()
    assert view.bids == ((1, 1, 0), (1, 5, 0), (1, 3, 0))


def test_rates_that_are_refused(impl: ModuleType) -> None:
    own, other = entry_of(impl, "own", [], []), entry_of(impl, "other", [], [])
    view = impl.ConsolidatedView("A/B", [own, other], levels=1, currencies=["", "X"])
    for place in (0, 2, -1):
        with pytest.raises(ValueError):
            view.set_rate(place, "1", "1")
        with pytest.raises(ValueError):
            view.suspend(place)
    for bid, ask in (("0", "1"), ("2", "1"), ("0", "0"), ("0.1", "0.09"), ("-1", "1"), (1.0, "1"), ("x", "1")):
        with pytest.raises(LevelError):
            view.set_rate(1, bid, ask)
    with pytest.raises(UnicodeEncodeError):
        impl.ConsolidatedView("A/B", [own], levels=1, currencies=["\ud800"])


def test_a_converted_price_that_does_not_fit(impl: ModuleType) -> None:
    other = entry_of(impl, "other", [("9000000000000000", "1")], [])
    view = impl.ConsolidatedView("A/B", [other], levels=1, currencies=["X"])
    view.set_rate(0, "11", "11")
    view.refresh()
    assert (view.bids, view.price_decimals) == (((99 * 10**16, 1, 0),), 1), "with fewer decimals than usual"
    rate = str(9 * 10**18)
    view.set_rate(0, rate, rate)
    view.refresh()
    assert view.bids == ()
    quality = market_data_pb2.StreamVenueStatusResponse.FromString(view.encode_status(*STAMP)).status.venues[0]
    assert (quality.state, quality.quote_currency) == (8, "X")
    assert quality.detail == "left out: its price 9000000000000000, converted, fits no 64-bit number"
    sweep = view.sweep(0, size="1", terms=[SweepTerms()])
    assert (sweep.worst_price, sweep.price_decimals) == (81 * 10**33 * 100, 2)


def test_inverse_contracts_are_turned_at_the_price_of_their_own_currency(impl: ModuleType) -> None:
    other = entry_of(impl, "other", [("50000", "100")], [])
    other.set_unit("100", inverse=True)
    view = impl.ConsolidatedView("BTC/USDT", [other], levels=1, currencies=["USD"])
    view.set_rate(0, "2", "2")
    view.refresh()
    assert view.bids == ((100_000_00, 20_000_000, 0),), "0.2 BTC at twice the price"


RATES = st.one_of(
    st.none(),
    st.tuples(st.decimals("0.0001", "3", places=5), st.decimals("0", "1", places=3)),
    st.just((Decimal("0.000000000000000001"), Decimal(0))),
)


@settings(max_examples=examples(200), deadline=None)
@given(market=MARKETS, options=VIEWS, rates=st.lists(RATES, min_size=6, max_size=6))
def test_both_merge_the_same(market: list[dict[str, Any]], options: dict[str, Any], rates: list[Any]) -> None:
    states = []
    for module in filter(None, (load_core(), reference)):
        entries = [make_entry(module, module.BookLock(), venue) for venue in market]
        currencies = ["" if rate is None else "USDC" for rate in rates[: len(market)]]
        view = module.ConsolidatedView("A/B", entries, currencies=currencies, **options)
        for place in range(len(market)):
            if rates[place] is not None and place != 4:
                bid, more = rates[place]
                view.set_rate(place, bid, bid + more)
        view.refresh()
        states.append((view.pack(), view.encode_book(*STAMP), view.encode_summary(*STAMP), view.encode_status(*STAMP)))
        require_prices(view, entries, rates)
    assert states[0] == states[-1]


def require_prices(view: Any, entries: list[Any], rates: list[Any]) -> None:
    """Every shown price is one of its venue's book, converted."""
    for side, levels in enumerate((view.bids, view.asks)):
        for price, _, number in levels:
            book = entries[number].book
            prices = [Decimal(level[0]).scaleb(-book.price_decimals) for level in book.levels()[side]]
            if rates[number] is not None:
                rate = sum(rates[number]) if side else rates[number][0]
                step = Decimal(1).scaleb(-book.price_decimals - 2)
                rounding = ROUND_CEILING if side else ROUND_FLOOR
                prices = [(own * rate).quantize(step, rounding) for own in prices]
            assert Decimal(price).scaleb(-view.price_decimals) in prices


@pytest.mark.slow
def test_several_locks_from_many_threads(impl: ModuleType) -> None:
    """Views over the same locks in different orders, while the books change: nothing is torn, nobody waits for ever."""
    entries = [entry_of(impl, f"v{number}", [], []) for number in range(4)]
    rounds = 1500 if impl.__name__.endswith("_book") else 40
    views = [impl.ConsolidatedView("A/B", order, levels=50) for order in (entries, entries[::-1])]
    errors: list[BaseException] = []

    def guarded(body: Any) -> None:
        try:
            body()
        except BaseException as error:
            errors.append(error)

    def feed(entry: Any) -> None:
        for number in range(rounds):
            rows = [(price, price) for price in range(1 + number % 7, 200, 7)]
            entry.book.load(rows, rows)

    def read(view: Any) -> None:
        for number in range(rounds):
            view.refresh()
            assert all(price == size for side in (view.bids, view.asks) for price, size, _ in side)
            sweep = view.sweep(number % 2, size="100", terms=(SweepTerms(),) * 4, beyond_proved=True)
            assert sweep.size + sweep.rest == 100
            view.encode_summary(1, 2, 3, number)

    bodies = [
        *(lambda entry=entry: feed(entry) for entry in entries),
        *(lambda view=view: read(view) for view in views),
    ]
    threads = [threading.Thread(target=guarded, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread hangs"
    assert not errors, errors
