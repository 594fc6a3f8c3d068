"""Rows become columns and the same rows again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.history.errors import NumberError
from server.history.rows import trade_key

from . import samples
from .samples import BTC, book, metric, trade


@given(st.one_of(samples.trades, samples.metrics, samples.interests, samples.statuses))
def test_round_trip(row: Any) -> None:
    assert type(row).read(row.market, row.values()) == row


@pytest.mark.parametrize("trade_id", ["0", "12", str(2**63 - 1), "007", "-1", "+1", "1_0", "٣", "²", "a", "9" * 25])
def test_ids_are_kept_as_they_are(trade_id: str) -> None:
    row = trade(1)._replace(trade_id=trade_id)
    assert type(row).read(BTC, row.values()).trade_id == trade_id
    assert -(2**63) <= trade_key(trade_id) < 2**63


def test_numbers_are_their_own_keys() -> None:
    assert trade_key("12") == 12
    assert trade_key("012") != 12
    assert trade_key("a") != trade_key("b")


@pytest.mark.parametrize(
    "row",
    [
        trade(1)._replace(trade_id=""),
        trade(1)._replace(price=2**63),
        trade(1)._replace(time=-(2**63)),
        metric()._replace(bid=1.5),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_kept_is_refused(row: Any) -> None:
    with pytest.raises(NumberError):
        row.values()


def test_books_are_checked() -> None:
    book(1).check()
    with pytest.raises(NumberError):
        book(1, levels=256).check()
    with pytest.raises(NumberError):
        book(1)._replace(bids=((2**63, 1),)).check()
