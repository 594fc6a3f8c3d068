"""Windows on books: what clients are told when levels leave and come back."""

import random

import pytest

from simulator.generator import Profile, Tick, VenueMarket
from simulator.instruments import Instrument, Pair
from simulator.window import Window, Windows

ITEM = Instrument(Pair("BTC", "USD"), "x", 1, 4, 1, 4)


def market() -> VenueMarket:
    return VenueMarket("x", ITEM, Profile(levels=60, changes=25), 64_000.0, 1, 0)


def moved(book: dict[int, int], rows: list[tuple[int, int]]) -> None:
    for price, size in rows:
        if size:
            book[price] = size
        else:
            book.pop(price, None)


@pytest.mark.parametrize("lingering", [True, False])
@pytest.mark.parametrize("depth", [5, 20, None])
def test_rows_lead_from_window_to_window(lingering: bool, depth: int | None) -> None:
    source, rng = market(), random.Random(2)
    window = Window(source, depth, lingering)
    bids, most, price = dict(window.bids), 0, 64_000.0
    for step in range(300):
        price *= 1 + rng.gauss(0, 2e-5)
        moved(bids, window.advance(source.step(price, step)).bids)
        most = max(most, len(bids))
        if lingering and depth:
            bids = dict(sorted(bids.items(), reverse=True)[:depth])
        assert sorted(bids.items(), reverse=True) == source.book.bids.top(depth)
    assert (most > (depth or 1 << 30)) == (lingering and depth is not None)


def test_levels_are_gathered_into_steps() -> None:
    source = market()
    window = Window(source, 3, unit=100)
    for price, size in window.bids:
        assert price % 100 == 0
        assert size == sum(lots for ticks, lots in source.book.bids.sizes.items() if price <= ticks < price + 100)
    for price, size in window.asks:
        assert size == sum(lots for ticks, lots in source.book.asks.sizes.items() if price - 100 < ticks <= price)


def test_faults_are_in_the_rows_and_never_in_the_window() -> None:
    source = market()
    window = Window(source, 20)
    tick = source.step(64_000.0, 1)
    real = dict(Window(source, 20).bids)
    hidden = next(price for price in tick.bids if price in real)
    spoiled = Tick(source, 1, tick.first, tick.last, tick.bids, tick.asks, ghosts={7: 9}, withheld={(True, hidden)})
    rows = dict(window.advance(spoiled).bids)
    assert rows[7] == 9
    assert hidden not in rows
    assert dict(window.bids) == real


def test_windows_that_nobody_wants_end() -> None:
    source, windows = market(), Windows()
    windows.open("a", source, 5)
    windows.open("b", source, 5)
    assert [stream for stream, _, _ in windows.advance(source.step(64_000.0, 1), {"a"})] == ["a"]
    assert windows.find("b") is None
    assert [stream for stream, _ in windows.live({"a", "b"})] == ["a"]
