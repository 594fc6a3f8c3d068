"""A row comes back as it was, whatever it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.history.errors import NumberError
from server.history.intake import Row
from server.history.row_codec import decode, encode
from server.history.rows import StatusRow, TradeRow
from server.model import Side, VenueState

from .samples import BTC, books, candles, gaps, interests, metrics, statuses, trade, trades


@given(st.one_of(trades, gaps, candles, metrics, interests, statuses, books))
def test_a_row_comes_back_as_it_was(row: Row) -> None:
    again = decode(encode(row))
    assert again == row
    assert type(again) is type(row)
    if isinstance(again, TradeRow):
        assert isinstance(again.side, Side)
    if isinstance(again, StatusRow):
        assert isinstance(again.state, VenueState)


def test_a_row_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(NumberError):
        encode(trade(1)._replace(price=2**63))
    with pytest.raises(NumberError):
        encode(trade(1)._replace(trade_id=""))
    with pytest.raises(NumberError):
        encode(trade(1, BTC._replace(price_exp=3)))
