"""Trades that cannot have happened on a book: far outside the touch, or through a level that does not change."""

from __future__ import annotations

import random
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from orderbook_ext import trade_through
from orderbook_ext.trade_through import BUYS, SECOND, SELLS, UNKNOWN
from tests.captures import ROOT
from tests.ext.trade_through_model import TradeThroughModel
from tests.volume import examples


def book_of(impl: ModuleType, bid: str = "99", ask: str = "101", size: int = 1) -> Any:
    made = impl.OrderBook(2, 0)
    made.load([(bid, size)], [(ask, size)])
    return made


def findings(monitor: Any, book: Any, price: str, side: int, start: int = 0) -> list[str]:
    return [monitor.traded(book, Decimal(price), side, (start + at) * SECOND + 1) for at in range(20)]


@pytest.mark.parametrize("price", ["120", "1.5"])
def test_trades_far_outside_the_touch(impl: ModuleType, price: str) -> None:
    found = findings(impl.TradeThroughCounter(), book_of(impl), price, UNKNOWN)
    assert found == [""] * 5 + [f"trades at {price} are far outside the touch"] * 15


@pytest.mark.parametrize(("price", "side"), [("101.01", BUYS), ("98.99", SELLS)])
def test_trades_through_a_level_that_stands(impl: ModuleType, price: str, side: int) -> None:
    words = f"trades at {price} go through a level that does not change"
    monitor, book = impl.TradeThroughCounter(), book_of(impl)
    assert findings(monitor, book, price, side) == [""] * 3 + [words] * 17
    book.apply([("99", 2)], [("101", 2)])
    assert findings(monitor, book, price, side, 30)[:4] == [""] * 3 + [words]
    monitor.clear()
    assert findings(monitor, book, price, side, 60)[:4] == [""] * 3 + [words]
    assert not any(findings(monitor, book, price, 3 - side, 90))


@pytest.mark.parametrize("price", ["99", "100", "101", "101.000", "1.01E+2", "9.9E1"])
def test_trades_at_the_touch_or_between(impl: ModuleType, price: str) -> None:
    for side in (UNKNOWN, BUYS, SELLS):
        assert not any(findings(impl.TradeThroughCounter(), book_of(impl), price, side))


def test_a_book_without_a_side_says_nothing(impl: ModuleType) -> None:
    monitor, book = impl.TradeThroughCounter(), book_of(impl)
    assert findings(monitor, book, "120", BUYS)[-1]
    book.clear()
    assert not any(findings(monitor, book, "120", BUYS))
    book.load([("99", 1)], [("101", 1)])
    assert not monitor.traded(book, Decimal(120), BUYS, 99 * SECOND)


def test_prices_that_no_book_can_have(impl: ModuleType) -> None:
    for price in ("1e30", "1e-30", "99." + "9" * 25, "9" * 30):
        monitor = impl.TradeThroughCounter()
        far = not 98 < Decimal(price) < 103
        assert any(findings(monitor, book_of(impl), price, UNKNOWN)) is far


def test_what_is_no_price_is_an_error(impl: ModuleType) -> None:
    for wrong in (None, Decimal("nan"), Decimal("inf")):
        for _ in range(2):
            with pytest.raises((TypeError, AttributeError, ValueError, OverflowError)):
                impl.TradeThroughCounter().traded(book_of(impl), wrong, UNKNOWN, 1)


def test_the_numbers_are_the_same_in_c() -> None:
    text = (ROOT / "orderbook_ext" / "trade_through.h").read_text()
    for name in ("FAR_TRADES", "THROUGH_TRADES", "FAR_PERCENT", "BELOW_BID", "ABOVE_ASK", "FAR_OUTSIDE"):
        assert f"{name} = {getattr(trade_through, name)}" in text
    for name in ("FAR_TIME", "THROUGH_TIME"):
        assert f"{name} ({getattr(trade_through, name) // SECOND} * 1000000000LL)" in text
    assert (UNKNOWN, BUYS, SELLS) == (0, 1, 2)


def some_price(choice: random.Random, touch: int, decimals: int, finer: int = 0) -> str:
    """About the touch; `finer`: with up to so many digits more than the book."""
    away = choice.choice([0, 1, 1, 2, 5, touch // 100, touch // 100 + 1, touch // 50])
    price = Decimal(max(1, touch + choice.choice([-1, 1]) * away)).scaleb(-decimals)
    more = choice.choice([0, 0, 0, min(1, finer), finer])
    return f"{price:f}" if not more else f"{price + Decimal(choice.choice([0, 1, -1])).scaleb(-decimals - more):f}"


def test_it_does_what_the_model_does(impl: ModuleType) -> None:
    """Event by event, over books that move, cross, widen their scale, and lose a side."""
    found = 0
    for seed in range(examples(60)):
        choice = random.Random(seed)
        decimals = choice.choice([0, 1, 2, 8])
        touch = choice.choice([3, 150, 6_000_000, 10**13])
        book, both, now = impl.OrderBook(decimals, 0), (impl.TradeThroughCounter(), TradeThroughModel()), 0
        price, side = Decimal(touch).scaleb(-decimals), BUYS
        for _ in range(400):
            now += choice.choice([0, 1, SECOND // 3, SECOND])
            act = choice.random()
            if act < 0.05:
                rows = [[(some_price(choice, touch, decimals, 2), choice.randint(1, 3))] for _ in range(2)]
                book.load(rows[0], rows[1] if choice.random() < 0.95 else [])
            elif act < 0.055:
                for monitor in both:
                    monitor.clear()
            else:
                if choice.random() < 0.3:
                    price, side = Decimal(some_price(choice, touch, decimals, 9)), choice.choice([BUYS, SELLS, UNKNOWN])
                says = {monitor.traded(book, price, side, now) for monitor in both}
                assert len(says) == 1, (seed, says)
                found += says != {""}
    assert found > 5 * examples(60)
