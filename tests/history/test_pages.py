"""Page tokens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.history.errors import PageError
from server.history.pages import MOST_ROWS, made_range, read_token, token
from server.history.schema import Kind

from .samples import INT64


@given(INT64, INT64, st.text())
def test_tokens_round_trip(time: int, number: int, detail: str) -> None:
    assert read_token(Kind.TRADE, token(Kind.TRADE, (time, number))) == (time, number)
    assert read_token(Kind.STATUS, token(Kind.STATUS, (time, number, detail))) == (time, number, detail)


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(PageError):
        read_token(Kind.TRADE, text)


@pytest.mark.parametrize("wrong", [token(Kind.CHUNK, (1, 2)), token(Kind.TRADE, (1,)), token(Kind.TRADE, (1, 2**63))])
def test_tokens_of_other_calls_are_refused(wrong: str) -> None:
    with pytest.raises(PageError, match="page token"):
        read_token(Kind.TRADE, wrong)


@pytest.mark.parametrize("limit", [0, -1, MOST_ROWS + 1])
def test_limits_are_bounded(limit: int) -> None:
    with pytest.raises(PageError, match="limit"):
        made_range(Kind.TRADE, 0, 1, "", limit, False)


def test_a_range_is_narrowed_by_the_last_row() -> None:
    after = token(Kind.TRADE, (50, 7))
    rising, falling = (made_range(Kind.TRADE, 0, 100, after, 1, newest) for newest in (False, True))
    assert (rising.narrowed(), falling.narrowed()) == ((50, 100), (0, 51))
    assert [rising.holds(key) for key in ((50, 7), (50, 8), (99, 0), (100, 0))] == [False, True, True, False]
    assert [falling.holds(key) for key in ((50, 7), (50, 6), (0, 0), (-1, 0))] == [False, True, True, False]
