"""Terms of venues, and quotes of sweeps: base and quote units, fees, and the reason where an order is not filled."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from orderbook_ext import SweepTerms
from server.analytics.quotes.compute import Order, Quoted, Terms, quote, sweep
from server.model import Instrument

from ..call_context import CallRig


def instrument(rig: CallRig, **fields: Any) -> Instrument:
    return Instrument(rig.market.pair, "S", Decimal("0.01"), Decimal("0.1"), "TRADING", True, **fields)


def quoted(rig: CallRig, order: Order, terms: Sequence[SweepTerms]) -> Quoted:
    view = rig.market.view(10, Decimal(0))
    view.refresh()
    return quote(sweep(view, order, terms), order, terms)


FREE = (SweepTerms(0, Decimal(0), Decimal(0), Decimal(0)),) * 2
TENTH = (SweepTerms(100_000, Decimal(0), Decimal(0), Decimal(0)), SweepTerms(0, Decimal(0), Decimal(0), Decimal(0)))


def test_terms_count_in_base_and_quote_units() -> None:
    rig = CallRig()
    fields = {"min_size": Decimal(2), "min_notional": Decimal(7), "contract": Decimal("0.5")}
    listed: list[Instrument | None] = [None, instrument(rig, **fields), instrument(rig, inverse=True, **fields)]
    terms = [Terms({"alpha": Decimal("0.001")}, lambda _venue, _market, item=item: item) for item in listed]  # type: ignore[misc]
    unlisted, linear, inverse = (each.of("alpha", rig.market) for each in terms)
    assert unlisted == SweepTerms(100_000, Decimal(0), Decimal(0), Decimal(0)), "a fee in 1e-8 of the notional"
    assert linear == SweepTerms(100_000, Decimal("0.05"), Decimal(1), Decimal(7))
    assert inverse == SweepTerms(100_000, Decimal(0), Decimal(0), Decimal(7)), "its contracts are worth quote units"
    assert terms[1].of("beta", rig.market).fee == 0


def test_an_order_over_two_venues() -> None:
    rig = CallRig()
    rig.fill("alpha", "99", "101", "1")
    rig.fill("beta", "98", "100", "2")
    made = quoted(rig, Order(True, Decimal("2.5"), None), TENTH)
    assert (made.filled, made.reason, made.size, made.notional) == (True, "", Decimal("2.5"), Decimal("250.5"))
    assert (made.worst_price, made.fees) == (101, Decimal("0.0505"))
    parts = {part.venue: (part.size, part.notional, part.fee, part.fee_rate) for part in made.slices}
    assert parts == {
        0: (Decimal("0.5"), Decimal("50.5"), Decimal("0.0505"), 100_000),
        1: (Decimal(2), Decimal(200), Decimal(0), 0),
    }
    sold = quoted(rig, Order(False, None, Decimal(99)), FREE)
    assert (sold.filled, sold.size, sold.worst_price) == (True, Decimal(1), 99)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (Order(True, Decimal(5), None), "only 1 can be had in the asks that are proved complete"),
        (Order(True, Decimal(5), None, beyond_proved=True), "only 1 can be had in the asks"),
        (Order(False, None, Decimal(500)), "only 99 can be spent in the bids that are proved complete"),
    ],
)
def test_the_reason_of_a_quote_that_is_not_filled(order: Order, words: str) -> None:
    rig = CallRig()
    rig.fill("alpha", "99", "101", "1")
    made = quoted(rig, order, FREE)
    assert (made.filled, made.reason) == (False, words)


def test_books_that_are_not_there_have_no_price() -> None:
    made = quoted(CallRig(), Order(True, Decimal(1), None), FREE)
    assert (made.filled, made.size, made.worst_price, made.slices) == (False, 0, None, ())
    assert made.reason == "no asks that are proved complete can be had within the venues' lots and minimums"
